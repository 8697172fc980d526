#include "records/record.h"

#include "json/json_scan.h"

static void record_fail(nangolite *store, int64_t key, slice id, const char *what) {
  store_fail(store, NANGOLITE_CORRUPT, "collection %lld, id '%.*s': %s", (long long)row_key_collection(key),
             (int)id.length, id.at == NULL ? "" : id.at, what);
}

static int64_t record_find(entries *e, slice id, entry *found) {
  int64_t number = identity_find(e->store, e->of, id);
  if (number == 0 || entry_find(e, number, found)) return number;
  record_fail(e->store, row_key_make(e->of->id, 0, 0), id, "its identity leads to no record");
  return 0;
}

/* Why a row cannot be, or NULL. Every reader relies on this. It does not check that the payload is JSON,
** which would mean reading each of its bytes: whoever parses a payload does that. A column of another type
** is read as some value of the right type, which must be in its range as well. */
static const char *record_wrong(const record_row *r) {
  slice id = r->id, payload = r->payload;
  if (id.length == 0 || id.length > RECORD_ID_MAX || memchr(id.at, '\0', id.length) != NULL)
    return "its id cannot be";
  if (r->number < 1 || r->number > ROW_KEY_SEQUENCE_MAX) return "its number cannot be";
  if (r->last_modified_at < 1 || r->last_modified_at > TIME_MAX) return "its stamp cannot be";
  if (r->first_seen_at < 0 || r->first_seen_at > r->last_modified_at) return "its first_seen_at cannot be";
  if (r->pruned_at < 0 || r->pruned_at > TIME_MAX) return "its pruned_at cannot be";
  if (r->deleted_at < 0 || r->deleted_at > TIME_MAX) return "its deleted_at cannot be";
  if (row_key_state(r->key) >= STATE_COUNT) return "its key has a state that there is not";
  if (row_key_is_pruned(r->key) != (r->pruned_at != 0)) return "its pruned_at and its state disagree";
  if (payload.length < 2 || payload.at[0] != '{' || payload.at[payload.length - 1] != '}')
    return "the payload is no JSON object";
  return NULL;
}

static int record_read(const query *q, record_row *found) {
  *found = (record_row){.key = query_int(q, 0),
                        .id = query_text(q, 1),
                        .number = query_int(q, 2),
                        .last_modified_at = query_int(q, 3),
                        .first_seen_at = query_int(q, 4),
                        .pruned_at = query_int(q, 5),
                        .payload = query_text(q, 6)};
  int is_deleted = row_key_action(found->key) == ACTION_DELETED;
  if (is_deleted) found->deleted_at = query_int(q, 7);
  if (store_failed(q->store)) return 0; /* reading the texts may have failed for want of memory */
  const char *wrong = record_wrong(found);
  if (wrong != NULL) record_fail(q->store, found->key, found->id, wrong);
  if (found->first_seen_at == 0) found->first_seen_at = found->last_modified_at;
  if (is_deleted && found->deleted_at == 0) found->deleted_at = found->last_modified_at;
  return wrong == NULL;
}

static int record_get_at(nangolite *store, int64_t key, query *q, record_row *found) {
  *q = query_open(store, RECORD_GET);
  query_bind_int(q, key);
  if (query_next(q)) return record_read(q, found);
  store_fail(store, NANGOLITE_CORRUPT, "collection %lld: there is no record with the key %lld",
             (long long)row_key_collection(key), (long long)key);
  return 0;
}

static int record_get(entries *e, int64_t number, const entry *of, query *q, record_row *found) {
  if (!record_get_at(e->store, of->key, q, found)) return 0;
  if (found->number == number) return 1;
  record_fail(e->store, found->key, found->id, "its number is another than that of its entry");
  return 0;
}

/* A payload that has its hash is the one that was stored, and it was parsed before that. The hash of a
** pruned record is not that of its stub, so a stub is parsed here. */
static int record_is_judged(entries *e, const record_row *r, const entry *known) {
  if (!row_key_is_pruned(r->key)) {
    if (hash_equals(hash_bytes(&e->store->key, r->payload.at, r->payload.length), known->text.hash)) return 1;
    record_fail(e->store, r->key, r->id, "the payload has another hash than it was stored with");
    return 0;
  }
  json_value value;
  if (json_scan(r->payload, &value).reason == NULL && value.type == JSON_OBJECT) return 1;
  record_fail(e->store, r->key, r->id, "the payload is no JSON object");
  return 0;
}

static int record_get_sound(entries *e, int64_t number, const entry *of, slice id, query *q,
                            record_row *found) {
  if (!record_get(e, number, of, q, found)) return 0;
  if (slice_equals(found->id, id)) return record_is_judged(e, found, of);
  record_fail(e->store, found->key, id, "its entry leads to a record with another id");
  return 0;
}

static int record_is_sound(entries *e, const record_row *r, entry *known) {
  int is_there = r->number <= e->of->numbers && entry_find(e, r->number, known);
  if (!store_failed(e->store) && (!is_there || known->key != r->key))
    record_fail(e->store, r->key, r->id, "its entry does not lead to it");
  return !store_failed(e->store) && record_is_judged(e, r, known);
}

static int64_t record_writer(entries *e, int64_t number, const entry *of) {
  query q;
  record_row found = {0};
  int64_t writer = record_get(e, number, of, &q, &found) ? query_int(&q, 8) : 0;
  query_close(&q);
  return writer;
}

static entry_text record_given(const record_change *change) {
  return change->alternate.length > 0 ? change->alternate
                                      : (entry_text){change->hash, (uint32_t)change->payload.length};
}

static void record_mark(entries *into, int64_t number, const entry *becomes, const record_change *change) {
  if (change->alternate.length == 0) entry_mark_change(into, number, becomes);
  else entry_mark_alternate(into, number, becomes, change->alternate);
}

static entry record_entry(int64_t key, const record_change *change) {
  return (entry){{change->hash, (uint32_t)change->payload.length}, key, 0};
}

/* Marks the entry of a new record under the collection's next number, and counts the record. */
static void record_count_new(entries *into, int64_t key, int64_t stamp, const record_change *change) {
  entry made = record_entry(key, change);
  record_mark(into, ++into->of->numbers, &made, change);
  into->of->counts[row_key_state(key)]++;
  into->of->bytes += (int64_t)change->payload.length;
  collection_lower_oldest(into->of, stamp);
}

static void record_bind_new(query *q, int64_t key, int64_t number, int64_t stamp,
                            const record_change *change) {
  query_bind_int(q, key);
  query_bind_text(q, change->id);
  query_bind_int(q, number);
  query_bind_int(q, stamp);
  query_bind_int_or_null(q, change->writer);
  query_bind_text(q, change->payload);
}

static void record_set_deleted_at(nangolite *store, int64_t key, int64_t deleted_at) {
  if (deleted_at == 0) return;
  query q = query_open(store, RECORD_SET_DELETED_AT);
  query_bind_int(&q, deleted_at);
  query_bind_int(&q, key);
  query_run(&q);
}

static int64_t record_insert(entries *into, action as, const record_change *change) {
  int64_t key = collection_next_key(into->store, into->of, (int)as);
  int64_t stamp = store_next_stamp(into->store);
  query q = query_open(into->store, RECORD_INSERT);
  record_bind_new(&q, key, into->of->numbers + 1, stamp, change);
  query_run(&q);
  record_set_deleted_at(into->store, key, change->deleted_at);
  record_count_new(into, key, stamp, change);
  return into->of->numbers;
}

static int64_t record_insert_group(entries *into, const record_change *changes) {
  query q = query_open(into->store, RECORD_INSERT_GROUP);
  for (int i = 0; i < RECORD_GROUP; i++) {
    int64_t key = collection_next_key(into->store, into->of, ACTION_ADDED);
    int64_t stamp = store_next_stamp(into->store);
    record_bind_new(&q, key, into->of->numbers + 1, stamp, &changes[i]);
    record_count_new(into, key, stamp, &changes[i]);
  }
  query_run(&q);
  return into->of->numbers - RECORD_GROUP + 1;
}

static void record_load_row(entries *into, int64_t key, int64_t number, const record_row *row) {
  query q = query_open(into->store, LOAD_RECORD);
  query_bind_int(&q, key);
  query_bind_text(&q, row->id);
  query_bind_int(&q, number);
  query_bind_int(&q, row->last_modified_at);
  query_bind_int_or_null(&q, row->first_seen_at == row->last_modified_at ? 0 : row->first_seen_at);
  query_bind_int_or_null(&q, row->pruned_at);
  query_bind_int_or_null(&q, row->deleted_at);
  query_bind_text(&q, row->payload);
  query_run(&q);
}

static int64_t record_load(entries *into, int state, const record_row *row, entry_text written,
                           entry_text alternate) {
  collection *c = into->of;
  int64_t key = collection_next_key(into->store, c, state), number = ++c->numbers;
  entry becomes = {written, key, alternate.length > 0};
  record_load_row(into, key, number, row);
  if (alternate.length > 0) entry_mark_alternate(into, number, &becomes, alternate);
  else entry_mark_change(into, number, &becomes);
  c->counts[state]++;
  if (state >= STATE_PRUNED) return number;
  c->bytes += (int64_t)row->payload.length;
  collection_lower_oldest(c, row->last_modified_at);
  return number;
}

/* Gives a record another row key: runs `q`, a statement of which all but :key and :number is bound, marks
** the entry and counts the record in its new state. */
static void record_move(query *q, entries *into, const record_change *change, entry becomes) {
  int64_t from = change->was.key;
  query_bind_int(q, from);
  query_bind_int(q, change->number);
  if (query_run(q) != 1 && !store_failed(into->store))
    record_fail(into->store, from, change->id, "its entry leads to no record");
  record_mark(into, change->number, &becomes, change);
  into->of->counts[row_key_state(from)]--;
  into->of->counts[row_key_state(becomes.key)]++;
}

/* What the payload adds to the collection's bytes: nothing where it was pruned. */
static int64_t record_bytes(const record_row *r) {
  return row_key_is_pruned(r->key) ? 0 : (int64_t)r->payload.length;
}

/* Returns the new row key. */
static int64_t record_replace(entries *into, statement_id id, action as, const record_row *was,
                              const record_change *change) {
  int64_t key = collection_next_key(into->store, into->of, (int)as);
  int64_t stamp = store_next_stamp(into->store);
  query q = query_open(into->store, id);
  query_bind_int(&q, key);
  query_bind_int(&q, stamp);
  query_bind_int_or_null(&q, change->writer);
  query_bind_text(&q, change->payload);
  record_move(&q, into, change, record_entry(key, change));
  into->of->bytes += (int64_t)change->payload.length - record_bytes(was);
  collection_lower_oldest(into->of, stamp);
  return key;
}

static void record_update(entries *into, const record_row *was, const record_change *change) {
  record_replace(into, RECORD_CHANGE, ACTION_UPDATED, was, change);
}

static void record_revive(entries *into, const record_row *was, const record_change *change) {
  record_replace(into, RECORD_REVIVE, ACTION_ADDED, was, change);
}

static void record_delete_with(entries *into, const record_row *was, const record_change *change) {
  int64_t key = record_replace(into, RECORD_DELETE_WITH, ACTION_DELETED, was, change);
  record_set_deleted_at(into->store, key, change->deleted_at);
}

static void record_restore(entries *into, const record_row *was, const record_change *change) {
  int64_t key = row_key_make(into->of->id, (int)row_key_action(was->key), row_key_sequence(was->key));
  query q = query_open(into->store, RECORD_RESTORE);
  query_bind_int(&q, key);
  query_bind_text(&q, change->payload);
  record_move(&q, into, change, record_entry(key, change));
  into->of->bytes += (int64_t)change->payload.length - record_bytes(was);
  collection_lower_oldest(into->of, was->last_modified_at);
}

static void record_prune(entries *into, const record_row *was, const record_change *change) {
  int64_t key =
    row_key_make(into->of->id, STATE_PRUNED + (int)row_key_action(was->key), row_key_sequence(was->key));
  query q = query_open(into->store, RECORD_PRUNE);
  query_bind_int(&q, key);
  query_bind_text(&q, change->payload);
  query_bind_int(&q, was->pruned_at != 0 ? was->pruned_at : into->store->now);
  record_move(&q, into, change, (entry){{change->hash, 0}, key, 0});
  into->of->bytes -= record_bytes(was);
}

static void record_delete(entries *into, const record_change *change) {
  int state = row_key_is_pruned(change->was.key) ? STATE_PRUNED + ACTION_DELETED : ACTION_DELETED;
  entry becomes = change->was;
  becomes.key = collection_next_key(into->store, into->of, state);
  query q = query_open(into->store, RECORD_DELETE);
  query_bind_int(&q, becomes.key);
  query_bind_int(&q, store_next_stamp(into->store));
  query_bind_int_or_null(&q, change->writer);
  record_move(&q, into, change, becomes);
}

static int64_t record_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, RECORDS_FREE, collection_id, limit);
}
