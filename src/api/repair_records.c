#include "api/repair_records.h"

#include "api/check.h"
#include "base/list.h"
#include "json/json_scan.h"
#include "json/json_write.h"
#include "records/delete_window.h"
#include "records/payload.h"

/* What is mended in one collection. */
typedef struct repair_collection {
  repair *r;
  nangolite *store;
  collection c;
  int64_t first, last; /* the row keys that its records can have */
  int is_renumbered;   /* a bit of its delete window may mean another record than it did */
} repair_collection;

/* What is told of the records of all collections. */
typedef struct repair_told {
  repair_count moved, emptied, trimmed, renamed, dropped, twice, renumbered, entries, identities, strays,
    changed, counters, windows, beyond;
} repair_told;

static query repair_open_range(repair_collection *k, statement_id id) {
  query q = query_open(k->store, id);
  query_bind_int(&q, k->first);
  query_bind_int(&q, k->last);
  return q;
}

/* ---- connections and collections ----------------------------------------------------------------------- */

static const repair_step repair_first_steps[] = {
  {REPAIR_CONNECTION_TEXT, "Names and metadata of connections that were no text became text"},
  {REPAIR_CONNECTION_TIMES, "Connections had times that cannot be, which became the time of this repair"},
  {REPAIR_COLLECTION_IDS, "Collections had numbers that cannot be, and were dropped"},
  {REPAIR_COLLECTION_TEXT, "Names of collections that were no text became text"},
  {REPAIR_COLLECTION_REMOVED,
   "Whether collections were taken away was not clear; those with a connection were not"},
  {REPAIR_COLLECTION_NUMBERS, "Collections had numbers that cannot be, which were counted again"},
  {REPAIR_COLLECTION_MANY, "Collections had issued more numbers than can be, which were counted again"},
  {REPAIR_COLLECTION_LOST,
   "Collections had lost their own rows, and their records went into the model Recovered"},
  {REPAIR_COLLECTION_SEQUENCE, "Collections did not know how many changes they have had"},
  {REPAIR_COLLECTION_COUNTS, "Collections had counters that cannot be, which were counted again"},
  {REPAIR_CONNECTION_LOST,
   "Connections were made for collections that had lost theirs; their provider_config_key is "
   "recovered"},
  {REPAIR_COLLECTION_OWNER, "Collections that had lost their connections now have these"},
  {REPAIR_RECORD_KEYS, "Records had row keys that cannot be, and were dropped"},
  {REPAIR_RECORD_IDS, "Ids of records that were no text became text"},
  {REPAIR_RECORD_PAYLOADS, "Payloads that were no text became text"},
  {REPAIR_RECORD_REMOVED, "Records of collections that were taken away were damaged, and were dropped"},
  {REPAIR_STAMP_TWICE, "Stamps were there twice; these records get new ones"},
  {REPAIR_ENTRIES_LOST, "Rows of entries belonged to no collection, and were dropped"},
  {REPAIR_ALTERNATES_LOST, "Rows of alternates belonged to no collection, and were dropped"},
  {REPAIR_IDENTITIES_LOST, "Identities belonged to no collection, and were dropped"},
  {REPAIR_IDENTITIES_REMOVED,
   "Identities of collections that were taken away were damaged, and were dropped"},
  {REPAIR_SEEN_LOST, "Rows of delete windows belonged to none that is open, and were dropped"}};

static const repair_step repair_last_steps[] = {
  {REPAIR_RECORD_TIMES, "Records had a first_seen_at, pruned_at, deleted_at or writer that cannot be"}};

static void repair_rename_connection(repair *r, int64_t id, slice provider_config_key,
                                     repair_count *renamed) {
  int is_allowed = name_check(NAME_PROVIDER_CONFIG_KEY, provider_config_key) == NULL;
  query q = query_open(r->store, REPAIR_CONNECTION_RENAME);
  query_bind_text(&q, is_allowed ? provider_config_key : slice_of("recovered"));
  query_bind_int(&q, id);
  query_run(&q);
  repair_count_row(r, renamed, "connection %lld", (long long)id);
}

static int repair_is_object(slice json) {
  json_value value;
  return json_scan(json, &value).reason == NULL && value.type == JSON_OBJECT;
}

static void repair_connections(repair *r) {
  repair_count renamed = {0}, cleared = {0};
  query q = query_open(r->store, NAMES_OF_CONNECTIONS);
  while (query_next(&q)) {
    slice provider_config_key = query_text(&q, 1), metadata = query_text(&q, 3);
    if (name_check(NAME_PROVIDER_CONFIG_KEY, provider_config_key) != NULL ||
        name_check(NAME_CONNECTION_ID, query_text(&q, 2)) != NULL)
      repair_rename_connection(r, query_int(&q, 0), provider_config_key, &renamed);
    if (metadata.at == NULL || repair_is_object(metadata)) continue;
    query_run_with(r->store, REPAIR_CONNECTION_METADATA, query_int(&q, 0));
    repair_count_row(r, &cleared, "connection %lld", (long long)query_int(&q, 0));
  }
  query_close(&q);
  repair_say_counted(
    r, "Connections had names that cannot be, and are now named connection- and their number", &renamed);
  repair_say_counted(r, "Metadata of connections were no JSON object, and were dropped", &cleared);
}

/* "base" in another spelling becomes "base", where there is none. */
static void repair_variant(repair *r, slice variant, statement_id base, statement_id other, int64_t id) {
  query q = query_open(r->store, base);
  query_bind_int(&q, id);
  int is_base = name_is_base(variant) && query_run(&q) == 1;
  query_close(&q);
  if (!is_base) query_run_with(r->store, other, id);
}

static int repair_variant_is_wrong(slice variant) {
  if (name_is_base(variant)) return !slice_equals(variant, slice_of("base"));
  return name_check(NAME_VARIANT, variant) != NULL;
}

static void repair_collection_names(repair *r) {
  repair_count renamed = {0};
  query q = query_open(r->store, NAMES_OF_COLLECTIONS);
  while (query_next(&q)) {
    int64_t id = query_int(&q, 0);
    slice variant = query_text(&q, 2);
    int model_is_wrong = name_check(NAME_MODEL, query_text(&q, 1)) != NULL;
    int variant_is_wrong = repair_variant_is_wrong(variant);
    if (model_is_wrong) query_run_with(r->store, REPAIR_COLLECTION_MODEL, id);
    if (variant_is_wrong) repair_variant(r, variant, REPAIR_COLLECTION_BASE, REPAIR_COLLECTION_VARIANT, id);
    if (model_is_wrong || variant_is_wrong) repair_count_row(r, &renamed, "collection %lld", (long long)id);
  }
  query_close(&q);
  repair_say_counted(r, "Models or variants of collections had names that cannot be, and have new ones",
                     &renamed);
}

/* ---- the order of changes ------------------------------------------------------------------------------ */

typedef struct repair_place {
  int64_t key, stamp;
} repair_place;

/* The records of a collection in the order of sequences, as far as their stamps ascend with them, and those
** that are in doubt. */
typedef struct repair_order {
  repair_place *kept;
  size_t count, capacity;
  id_list doubtful;
} repair_order;

static void repair_keep(repair_collection *k, repair_order *order, repair_place place) {
  repair_place *kept = list_room(order->kept, NULL, order->count, &order->capacity, sizeof *kept);
  if (kept == NULL) {
    store_fail_memory(k->store);
    return;
  }
  order->kept = kept;
  kept[order->count++] = place;
}

/* Of two that contradict each other nobody knows which one is wrong, so both are in doubt: a reader who has
** passed one of them may not have seen the other. */
static void repair_place_record(repair_collection *k, repair_order *order, repair_place place) {
  repair_place *before = order->count > 0 ? &order->kept[order->count - 1] : NULL;
  int follows = before == NULL ||
                (row_key_sequence(before->key) < row_key_sequence(place.key) && before->stamp < place.stamp);
  if (place.stamp != 0 && follows) {
    repair_keep(k, order, place);
    return;
  }
  id_list_add(k->store, &order->doubtful, place.key);
  if (place.stamp == 0) return;
  id_list_add(k->store, &order->doubtful, before->key);
  order->count--;
}

/* Gives a record a new sequence and stamp, as if it had changed last. So each reader sees it once more. */
static void repair_move(repair_collection *k, int64_t key, repair_told *told) {
  query q = query_open(k->store, REPAIR_RECORD_MOVE);
  query_bind_int(&q, collection_next_key(k->store, &k->c, row_key_state(key)));
  query_bind_int(&q, store_next_stamp(k->store));
  query_bind_int(&q, key);
  query_run(&q);
  repair_count_row(k->r, &told->moved, "collection %lld, change %lld", (long long)k->c.id,
                   (long long)row_key_sequence(key));
}

static void repair_put_in_order(repair_collection *k, repair_told *told) {
  repair_order order = {0};
  query q = repair_open_range(k, REPAIR_RECORDS_IN_ORDER);
  while (query_next(&q) && !store_failed(k->store)) {
    repair_place place = {query_int(&q, 0), 0};
    if (!query_int_within(&q, 1, 1, k->store->last_stamp, &place.stamp)) place.stamp = 0;
    repair_place_record(k, &order, place);
  }
  query_close(&q);
  for (size_t i = 0; i < order.doubtful.count && !store_failed(k->store); i++)
    repair_move(k, order.doubtful.at[i], told);
  sqlite3_free(order.kept);
  sqlite3_free(order.doubtful.at);
}

/* ---- payloads and ids ---------------------------------------------------------------------------------- */

static int repair_id_can_be(slice id) {
  return id.length > 0 && id.length <= RECORD_ID_MAX && memchr(id.at, '\0', id.length) == NULL;
}

static void repair_put(repair_collection *k, const record_row *r, int64_t key, slice id, slice payload) {
  query q = query_open(k->store, REPAIR_RECORD_PUT);
  query_bind_int(&q, key);
  query_bind_text(&q, id);
  query_bind_text(&q, payload);
  query_bind_int_or_null(&q, !row_key_is_pruned(key) ? 0 : r->pruned_at > 0 ? r->pruned_at : k->store->now);
  query_bind_int(&q, r->key);
  query_run(&q);
}

static int64_t repair_key_pruned(const record_row *r) {
  int state = STATE_PRUNED + (int)row_key_action(r->key);
  return row_key_make(row_key_collection(r->key), state, row_key_sequence(r->key));
}

/* The payload is lost, and the record is not: it stays as one that was pruned. Its next save brings a payload
** back, as a change, because nobody knows the hash of what was lost. */
static void repair_empty(repair_collection *k, const record_row *r) {
  text stub = {0};
  text_append_string(&stub, "{\"id\":");
  json_write(&stub, r->id);
  text_append_string(&stub, "}");
  store_check_text(k->store, &stub);
  repair_put(k, r, repair_key_pruned(r), r->id, (slice){stub.at, stub.length});
  text_free(&stub);
}

/* The payload's own id, where it is JSON with one. The caller frees it. */
static int repair_own_id(repair_collection *k, slice payload, json_record *parsed, text *id) {
  json_records records;
  json_record further;
  json_records_open(&records, payload);
  int is_one = json_records_next(&records, parsed) && !json_records_next(&records, &further);
  if (!is_one || records.error.reason != NULL || parsed->has_metadata || parsed->id.text.at == NULL) return 0;
  if (parsed->id.type == JSON_STRING) json_unescape(parsed->id, id, NULL);
  else text_append(id, parsed->id.text.at, parsed->id.text.length);
  store_check_text(k->store, id);
  return !store_failed(k->store) && repair_id_can_be((slice){id->at, id->length});
}

static int repair_has_identity(repair_collection *k, slice id) {
  query q = query_open(k->store, IDENTITY_FIND);
  query_bind_int(&q, k->c.id);
  query_bind_text(&q, id);
  int is_there = query_next(&q);
  query_close(&q);
  return is_there;
}

/* Where id and payload disagree: the id is right if there is an identity of it. */
static void repair_disagreeing(repair_collection *k, const record_row *r, repair_told *told) {
  text own = {0};
  json_record parsed;
  int has_own = repair_own_id(k, r->payload, &parsed, &own);
  slice id = {own.at, own.length};
  int id_can_be = repair_id_can_be(r->id);
  if (has_own && id_can_be && slice_equals(id, r->id)) {
    repair_put(k, r, r->key, id, parsed.text);
    repair_count_row(k->r, &told->trimmed, "collection %lld, id '%.*s'", (long long)k->c.id, (int)id.length,
                     id.at);
  } else if (has_own && (!id_can_be || !repair_has_identity(k, r->id))) {
    repair_put(k, r, r->key, id, parsed.text);
    repair_count_row(k->r, &told->renamed, "collection %lld, id '%.*s'", (long long)k->c.id, (int)id.length,
                     id.at);
  } else if (id_can_be) {
    repair_empty(k, r);
    repair_count_row(k->r, &told->emptied, "collection %lld, id '%.*s'", (long long)k->c.id,
                     (int)r->id.length, r->id.at);
  } else {
    query_run_with(k->store, REPAIR_RECORD_DROP, r->key);
    repair_count_row(k->r, &told->dropped, "collection %lld, change %lld", (long long)k->c.id,
                     (long long)row_key_sequence(r->key));
  }
  text_free(&own);
}

/* A pruned record whose stub has more than its id gets the stub of it. */
static void repair_stub(repair_collection *k, const record_row *r, repair_told *told) {
  text stub = {0};
  payload_append_stub(r->payload, &stub);
  store_check_text(k->store, &stub);
  if (!slice_equals(r->payload, (slice){stub.at, stub.length})) {
    repair_put(k, r, r->key, r->id, (slice){stub.at, stub.length});
    repair_count_row(k->r, &told->trimmed, "collection %lld, id '%.*s'", (long long)k->c.id,
                     (int)r->id.length, r->id.at);
  }
  text_free(&stub);
}

/* The row is copied, because it is changed while it is read. Where the rows of a damaged b-tree are out of order, the
** next one may be one that was passed. */
static int repair_next_record(repair_collection *k, int64_t after, record_row *r, text *copy) {
  query q = query_open(k->store, REPAIR_RECORD_AFTER);
  query_bind_int(&q, after);
  query_bind_int(&q, k->last);
  int is_there = query_next(&q);
  text_clear(copy);
  if (is_there && query_int(&q, 0) <= after)
    store_fail(k->store, NANGOLITE_CORRUPT, "collection %lld: the rows of its records are out of order",
               (long long)k->c.id);
  else if (is_there) {
    *r = (record_row){.key = query_int(&q, 0), .pruned_at = query_int(&q, 5)};
    slice id = query_text(&q, 1), payload = query_text(&q, 6);
    text_append(copy, id.at == NULL ? "" : id.at, id.length);
    text_append(copy, "", 1);
    text_append(copy, payload.at == NULL ? "" : payload.at, payload.length);
    text_append(copy, "", 1);
    store_check_text(k->store, copy);
    r->id = (slice){copy->at, id.length};
    r->payload = (slice){copy->at + id.length + 1, payload.length};
  }
  query_close(&q);
  return is_there && !store_failed(k->store);
}

static void repair_payloads(repair_collection *k, repair_told *told) {
  record_row r;
  text copy = {0};
  int64_t after = k->first;
  while (repair_next_record(k, after, &r, &copy)) {
    if (!repair_id_can_be(r.id) || check_payload_says(&r) != NULL) repair_disagreeing(k, &r, told);
    else if (row_key_is_pruned(r.key)) repair_stub(k, &r, told);
    after = r.key;
  }
  text_free(&copy);
  query q = query_open(k->store, REPAIR_RECORDS_TWICE);
  query_bind_int(&q, k->first);
  query_bind_int(&q, k->last);
  int64_t twice = query_run(&q);
  if (twice == 0) return;
  repair_count_row(k->r, &told->twice, "collection %lld", (long long)k->c.id);
  told->twice.rows += twice - 1;
}

/* ---- numbers, entries and identities ------------------------------------------------------------------- */

/* Records are never removed one by one, so there are about as many numbers as records. A number that is far
** above would have to be counted up to. */
static int64_t repair_greatest_number(repair_collection *k) {
  query q = repair_open_range(k, REPAIR_RECORDS_COUNT);
  int64_t most = 2 * query_number(&q) + ENTRY_GROUP;
  return most < ROW_KEY_SEQUENCE_MAX ? most : ROW_KEY_SEQUENCE_MAX;
}

static void repair_give_number(repair_collection *k, int64_t key, repair_told *told) {
  query q = query_open(k->store, REPAIR_RECORD_NUMBER);
  query_bind_int(&q, ++k->c.numbers);
  query_bind_int(&q, key);
  query_run(&q);
  k->is_renumbered = 1;
  repair_count_row(k->r, &told->renumbered, "collection %lld, number %lld", (long long)k->c.id,
                   (long long)k->c.numbers);
}

static void repair_numbers(repair_collection *k, repair_told *told) {
  id_list unnumbered = {NULL, 0, 0};
  int64_t greatest = repair_greatest_number(k);
  query q = repair_open_range(k, REPAIR_NUMBERS);
  query_bind_int(&q, greatest);
  query_run(&q);
  q = repair_open_range(k, REPAIR_NUMBERS_LAST);
  int64_t last = query_number(&q);
  if (k->c.numbers < last) k->c.numbers = last;
  q = repair_open_range(k, REPAIR_RECORDS_UNNUMBERED);
  id_list_read(k->store, &unnumbered, &q);
  for (size_t i = 0; i < unnumbered.count && !store_failed(k->store); i++)
    repair_give_number(k, unnumbered.at[i], told);
  sqlite3_free(unnumbered.at);
  if (k->c.sequence < k->c.numbers) k->c.sequence = k->c.numbers;
}

static void repair_identity(repair_collection *k, const record_row *r, repair_told *told) {
  int64_t number = 0;
  query q = query_open(k->store, IDENTITY_FIND);
  query_bind_int(&q, k->c.id);
  query_bind_text(&q, r->id);
  int is_right =
    query_next(&q) && query_int_within(&q, 0, 1, ROW_KEY_SEQUENCE_MAX, &number) && number == r->number;
  query_close(&q);
  if (is_right) return;
  q = query_open(k->store, REPAIR_IDENTITY_PUT);
  query_bind_int(&q, k->c.id);
  query_bind_text(&q, r->id);
  query_bind_int(&q, r->number);
  query_run(&q);
  repair_count_row(k->r, &told->identities, "collection %lld, id '%.*s'", (long long)k->c.id,
                   (int)r->id.length, r->id.at);
}

static void repair_count_record(repair_collection *k, const record_row *r) {
  k->c.counts[row_key_state(r->key)]++;
  if (row_key_is_pruned(r->key)) return;
  k->c.bytes += (int64_t)r->payload.length;
  collection_lower_oldest(&k->c, r->last_modified_at);
}

static void repair_record(repair_collection *k, entry_mender *mender, int64_t key, repair_told *told) {
  query q = {0};
  record_row r;
  if (record_get_at(k->store, key, &q, &r)) {
    repair_identity(k, &r, told);
    entry_mended found = entry_mend(mender, r.number, r.key, r.payload);
    if (found != ENTRY_WAS_RIGHT)
      repair_count_row(k->r, found == ENTRY_WAS_WRONG ? &told->entries : &told->changed,
                       "collection %lld, id '%.*s'", (long long)k->c.id, (int)r.id.length, r.id.at);
    repair_count_record(k, &r);
  }
  query_close(&q);
}

static void repair_stray_rows(repair_collection *k, repair_told *told) {
  query q = query_open(k->store, REPAIR_IDENTITIES_STRAY);
  query_bind_int(&q, k->c.id);
  query_bind_int(&q, k->first);
  query_bind_int(&q, k->last);
  int64_t strays = query_run(&q);
  if (strays == 0) return;
  repair_count_row(k->r, &told->strays, "collection %lld", (long long)k->c.id);
  told->strays.rows += strays - 1;
}

/* Makes the entries and identities of the records, in the order of numbers, and counts the records. */
static void repair_entries(repair_collection *k, repair_told *told) {
  id_list keys = {NULL, 0, 0};
  query q = repair_open_range(k, REPAIR_RECORDS_BY_NUMBER);
  id_list_read(k->store, &keys, &q);
  entry_mender mender = entry_mend_begin(k->store, &k->c);
  for (size_t i = 0; i < keys.count && !store_interrupted(k->store); i++)
    repair_record(k, &mender, keys.at[i], told);
  if (entry_mend_end(&mender) && told->entries.rows == 0)
    repair_count_row(k->r, &told->entries, "collection %lld", (long long)k->c.id);
  sqlite3_free(keys.at);
  repair_stray_rows(k, told);
}

/* ---- delete windows ------------------------------------------------------------------------------------ */

static int repair_bits_are_wrong(const collection *c, int64_t chunk, slice bits) {
  for (int64_t bit = 0; bit < WINDOW_CHUNK_BITS; bit++) {
    int64_t number = chunk * WINDOW_CHUNK_BITS + bit;
    int is_seen = (unsigned char)bits.at[bit / 8] >> bit % 8 & 1;
    if (is_seen && (number < 1 || number > c->numbers)) return 1;
  }
  return 0;
}

static int repair_window_is_wrong(repair_collection *k) {
  int is_wrong = 0;
  query q = query_open(k->store, REPAIR_SEEN);
  query_bind_int(&q, k->c.id);
  while (!is_wrong && query_next(&q)) {
    int64_t chunk = 0;
    slice bits = query_blob(&q, 1);
    is_wrong = !query_int_within(&q, 0, 0, k->c.numbers / WINDOW_CHUNK_BITS, &chunk) ||
               !query_is_blob(&q, 1) || bits.length != WINDOW_CHUNK_BYTES ||
               repair_bits_are_wrong(&k->c, chunk, bits);
  }
  query_close(&q);
  return is_wrong;
}

/* Where it is not certain what a window has seen, it is closed without deleting anything: its end would take
** what was seen for missing. */
static void repair_window(repair_collection *k, repair_told *told) {
  if (k->c.window_opened_at == 0 || (!k->is_renumbered && !repair_window_is_wrong(k))) return;
  window_discard(k->store, &k->c);
  repair_count_row(k->r, &told->windows, "collection %lld", (long long)k->c.id);
}

/* ---- a collection -------------------------------------------------------------------------------------- */

static repair_collection repair_open(repair *r, int64_t id) {
  repair_collection k = {.r = r, .store = r->store, .c = collection_by_id(r->store, id)};
  k.first = row_key_make(id, 0, 0);
  k.last = row_key_make(id, (1 << ROW_KEY_STATE_BITS) - 1, ROW_KEY_SEQUENCE_MAX);
  return k;
}

static int repair_counters_differ(const collection *a, const collection *b) {
  int differ = a->sequence != b->sequence || a->numbers != b->numbers || a->bytes != b->bytes ||
               a->oldest_payload_at != b->oldest_payload_at || a->window_opened_at != b->window_opened_at ||
               a->window_live != b->window_live;
  for (int state = 0; state < STATE_COUNT; state++) differ |= a->counts[state] != b->counts[state];
  return differ;
}

/* Forgets what is counted again. An oldest_payload_at that was too early is allowed, and stays. */
static void repair_begin_counting(collection *c) {
  memset(c->counts, 0, sizeof c->counts);
  c->bytes = 0;
  c->oldest_payload_at = 0;
}

static void repair_end_counting(repair_collection *k, const collection *was, repair_told *told) {
  collection *c = &k->c;
  int is_bound = was->oldest_payload_at != 0 && was->oldest_payload_at < c->oldest_payload_at;
  if (is_bound) c->oldest_payload_at = was->oldest_payload_at;
  if (c->window_live > c->numbers) c->window_live = collection_live(c);
  if (!repair_counters_differ(c, was)) return;
  collection_save(k->store, c);
  repair_count_row(k->r, &told->counters, "collection %lld", (long long)c->id);
}

static void repair_free_wrong_rows(repair_collection *k, repair_told *told) {
  int64_t groups = (k->c.numbers + ENTRY_GROUP - 1) / ENTRY_GROUP;
  query q = query_open(k->store, REPAIR_ENTRIES_BEYOND);
  query_bind_int(&q, k->c.id << 32 | groups);
  query_bind_int(&q, k->c.id << 32 | UINT32_MAX);
  int64_t freed = query_run(&q);
  q = query_open(k->store, REPAIR_ALTERNATES_WRONG);
  query_bind_int(&q, k->c.id);
  query_bind_int(&q, k->c.numbers);
  freed += query_run(&q);
  if (freed > 0) repair_count_row(k->r, &told->beyond, "collection %lld", (long long)k->c.id);
}

static void repair_order_of(repair *r, int64_t id, repair_told *told) {
  repair_collection k = repair_open(r, id);
  int64_t sequence = k.c.sequence;
  repair_put_in_order(&k, told);
  if (k.c.sequence != sequence) collection_save(k.store, &k.c);
}

static void repair_collection_of(repair *r, int64_t id, repair_told *told) {
  repair_collection k = repair_open(r, id);
  collection was = k.c;
  repair_payloads(&k, told);
  repair_begin_counting(&k.c);
  repair_numbers(&k, told);
  repair_free_wrong_rows(&k, told);
  repair_entries(&k, told);
  repair_window(&k, told);
  repair_end_counting(&k, &was, told);
}

/* Of what was taken away only the window is looked at: nobody reads the rest. */
static void repair_window_of(repair *r, int64_t id, repair_told *told) {
  repair_collection k = repair_open(r, id);
  collection was = k.c;
  repair_window(&k, told);
  if (repair_counters_differ(&k.c, &was)) collection_save(k.store, &k.c);
}

static void repair_each(repair *r, void (*mend)(repair *, int64_t, repair_told *),
                        void (*mend_removed)(repair *, int64_t, repair_told *), repair_told *told) {
  query q = query_open(r->store, REPAIR_COLLECTIONS);
  while (query_next(&q)) {
    if (query_int(&q, 1) == 0) mend(r, query_int(&q, 0), told);
    else if (mend_removed != NULL) mend_removed(r, query_int(&q, 0), told);
  }
  query_close(&q);
}

static void repair_tell(repair *r, repair_told *told) {
  repair_say_counted(
    r, "Records contradicted the order of changes, and were moved to its end: readers see them again",
    &told->moved);
  repair_say_counted(
    r,
    "Payloads were no JSON object of their record's id; the records stay, as pruned ones, until "
    "they are saved again",
    &told->emptied);
  repair_say_counted(r, "Payloads had more around them than there may be, which was cut off", &told->trimmed);
  repair_say_counted(r, "Records had another id than their payload, and now have that one", &told->renamed);
  repair_say_counted(r, "Records had neither an id nor a payload with one, and were dropped", &told->dropped);
  repair_say_counted(r, "Records were there twice; the earlier ones were dropped", &told->twice);
  repair_say_counted(r, "Records had numbers that cannot be, and got new ones", &told->renumbered);
  repair_say_counted(
    r,
    "Payloads are JSON, but not the text that was stored; they stay as they are until they are "
    "saved again",
    &told->changed);
  repair_say_counted(r, "Rows of entries or alternates could not be, and were dropped", &told->beyond);
  repair_say_counted(r, "Entries of records were made again", &told->entries);
  repair_say_counted(r, "Identities of records were made again", &told->identities);
  repair_say_counted(r, "Identities belonged to no record, and were dropped", &told->strays);
  repair_say_counted(r, "Counters of collections were counted again", &told->counters);
  repair_say_counted(r, "Delete windows were closed without deleting, as it is not known what they have seen",
                     &told->windows);
}

static void repair_records(repair *r) {
  repair_told told = {0};
  repair_run_steps(r, repair_first_steps, sizeof repair_first_steps / sizeof *repair_first_steps);
  repair_connections(r);
  repair_collection_names(r);
  repair_each(r, repair_order_of, NULL, &told);
  repair_run_steps(r, repair_last_steps, sizeof repair_last_steps / sizeof *repair_last_steps);
  repair_each(r, repair_collection_of, repair_window_of, &told);
  repair_tell(r, &told);
}
