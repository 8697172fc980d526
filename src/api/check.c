/* check: nangolite_check(), which looks whether a store keeps the invariants that the other parts rely on.
**
** The file
**  1. passes SQLite's own integrity_check;
**  2. has one row in nango_store, of this library's schema version, and every column holds values of its
**     type.
**
** Connections and collections
**  3. Their names are allowed, and a default variant is called "base". Metadata are a JSON object.
**  4. A collection belongs to a connection that is there, or was taken away (is_removed) and has none; its
**     number fits into a key (row_key.h). Of what was taken away any rows may be gone, so the names of its
**     collection and 5 to 7, 9, 11 and 15 to 17 are not checked there.
**  5. Its counters are the number of records in each state.
**  6. Its bytes are those of the payloads that are not pruned.
**  7. oldest_payload_at is not after the stamp of any payload that is not pruned; it is NULL exactly where
**     there is none.
**
** Records, identities and entries
**  8. A record's key names a state that there is, a collection that is there, and a sequence that was
**     issued.
**  9. Each record has one identity and each identity one record, by id and number. There is one entry for each
**     number that was issued, in rows of the right length; each record's entry leads to it, and no other does.
** 10. Identities have numbers that were issued, and no two of a collection have the same.
** 11. Within a collection, over all states, no sequence is there twice, and stamps ascend with it.
** 12. No stamp is there twice in the file, and none is above last_stamp.
** 13. first_seen_at is not after the stamp.
** 14. pruned_at is set exactly in the states of pruned records; deleted_at only of deleted ones, where the
**     store was made with as_nango.
** 15. A payload is one JSON object without "_nango_metadata", and its id is the record's.
** 16. A pruned payload is an object with the id alone.
** 17. Where the payload is there, its entry has the hash and the length of its text. For an entry that tells
**     of an alternate, there is one.
**
** Delete windows
** 18. Only a collection whose window is open has bits of what was seen, in chunks of WINDOW_CHUNK_BYTES.
** 19. Only numbers that were issued have been seen.
**
** Syncs, instances and runs
** 20. Names are allowed, a sync has models, each of its own integration, and an interval is that of its
**     frequency.
** 21. An instance belongs to a connection and a sync of one integration, and each pair of these has a base
**     instance, which counts the variants beside it.
** 22. A run in progress has a number that was issued, and no other instance has the same. The writer of a
**     record is a number of a run that was issued.
** 23. wake_at is when the instance is due by its schedule; while a run is in progress, not after that began.
** 24. An instance has a lease and a holder exactly while a run is in progress.
** 25. The columns of an instance's schedule agree with each other, and its times are in range.
** 26. A checkpoint keeps the rules of checkpoints.
** 27. A result belongs to an instance, to a model of its sync and to a run that was begun, and no count is
**     below 0.
** 28. A kept run belongs to an instance, was begun and is not in progress. It has an error exactly where it
**     failed, and its texts are bounded. */
#include "api/check.h"

#include "database/arguments.h"
#include "database/call.h"
#include "database/schema.h"
#include "records/delete_window.h"
#include "records/feed.h"
#include "records/identity.h"
#include "records/payload.h"
#include "syncs/checkpoint.h"
#include "syncs/instance.h"
#include "values/frequency.h"

_Static_assert(WINDOW_CHUNK_BITS == 4096 && WINDOW_CHUNK_BYTES == 512, "CHECK_SEEN_WINDOW names both");
_Static_assert(RUN_NONE == 0 && RUN_STOPPED == 3, "CHECK_INSTANCE_STATE names them");

typedef struct check_call {
  nangolite *store;
  char *reason; /* which invariant was found broken first, in words; NULL: none was */
} check_call;

static int check_goes_on(const check_call *k) {
  return k->reason == NULL && !store_interrupted(k->store);
}

static void check_say(check_call *k, const char *format, ...) {
  if (!check_goes_on(k)) return;
  va_list arguments;
  va_start(arguments, format);
  k->reason = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  if (k->reason == NULL) store_fail_memory(k->store);
}

static void check_version(check_call *k) {
  int64_t version = schema_version(k->store);
  if (version != TABLES_VERSION)
    check_say(k, "the schema version is %lld, not %d", (long long)version, TABLES_VERSION);
}

/* Each statement selects a sentence for every place where its invariant is broken. That of the pragma is
** "ok" where nothing is broken. */
static void check_statements(check_call *k) {
  for (int id = CHECK_INTEGRITY; id <= CHECK_LAST && check_goes_on(k); id++) {
    query q = query_open(k->store, (statement_id)id);
    slice found = query_next(&q) ? query_text(&q, 0) : slice_of("ok");
    if (!slice_equals(found, slice_of("ok"))) check_say(k, "%.*s", (int)found.length, found.at);
    query_close(&q);
  }
}

static void check_name(check_call *k, name_kind kind, slice name, const char *table, int64_t id) {
  const char *rule = name_check(kind, name);
  if (rule != NULL) check_say(k, "%s %lld: %s %s", table, (long long)id, name_field(kind), rule);
}

static void check_metadata(check_call *k, slice metadata, int64_t id) {
  json_value value;
  if (metadata.at == NULL) return;
  json_error error = json_scan(metadata, &value);
  if (error.reason != NULL || value.type != JSON_OBJECT)
    check_say(k, "connection %lld: its metadata are no JSON object", (long long)id);
}

static void check_connection_names(check_call *k) {
  query q = query_open(k->store, NAMES_OF_CONNECTIONS);
  while (check_goes_on(k) && query_next(&q)) {
    check_name(k, NAME_PROVIDER_CONFIG_KEY, query_text(&q, 1), "connection", query_int(&q, 0));
    check_name(k, NAME_CONNECTION_ID, query_text(&q, 2), "connection", query_int(&q, 0));
    check_metadata(k, query_text(&q, 3), query_int(&q, 0));
  }
  query_close(&q);
}

static void check_collection_names(check_call *k) {
  query q = query_open(k->store, NAMES_OF_COLLECTIONS);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t id = query_int(&q, 0);
    slice variant = query_text(&q, 2);
    check_name(k, NAME_MODEL, query_text(&q, 1), "collection", id);
    check_name(k, NAME_VARIANT, variant, "collection", id);
    if (name_is_base(variant) && !slice_equals(variant, slice_of("base")))
      check_say(k, "collection %lld: variant is another spelling of base", (long long)id);
  }
  query_close(&q);
}

static void check_interval(check_call *k, slice frequency, int64_t interval, const char *table, int64_t id) {
  int64_t parsed = 0;
  const char *reason = frequency_parse(frequency, &parsed);
  if (reason != NULL || parsed != interval)
    check_say(k, "%s %lld: interval is not that of the frequency", table, (long long)id);
}

static void check_syncs(check_call *k) {
  query q = query_open(k->store, NAMES_OF_SYNCS);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t id = query_int(&q, 0);
    check_name(k, NAME_PROVIDER_CONFIG_KEY, query_text(&q, 1), "sync", id);
    check_name(k, NAME_SYNC, query_text(&q, 2), "sync", id);
    check_name(k, NAME_MODEL, query_text(&q, 5), "sync", id);
    check_interval(k, query_text(&q, 3), query_int(&q, 4), "sync", id);
  }
  query_close(&q);
}

/* `checkpoint` is absent where there is none. Its text ends with a NUL. */
static void check_checkpoint(check_call *k, slice checkpoint, int64_t id) {
  if (checkpoint.at == NULL || !check_goes_on(k)) return;
  slice kept = checkpoint_check(k->store, checkpoint.at);
  if (k->store->result == NANGOLITE_INVALID) {
    k->store->result = NANGOLITE_OK; /* it was in the file, and is no argument of this call */
    check_say(k, "instance %lld: a checkpoint breaks the rules", (long long)id);
  } else if (!slice_equals(kept, checkpoint)) {
    check_say(k, "instance %lld: a checkpoint has white space around it", (long long)id);
  }
}

static void check_instances(check_call *k) {
  query q = query_open(k->store, NAMES_OF_INSTANCES);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t id = query_int(&q, 0);
    slice variant = query_text(&q, 1), frequency = query_text(&q, 2);
    check_name(k, NAME_VARIANT, variant, "instance", id);
    if (name_is_base(variant) && !slice_equals(variant, slice_of("base")))
      check_say(k, "instance %lld: variant is another spelling of base", (long long)id);
    if (frequency.at != NULL) check_interval(k, frequency, query_int(&q, 3), "instance", id);
    check_checkpoint(k, query_text(&q, 4), id);
    check_checkpoint(k, query_text(&q, 5), id);
  }
  query_close(&q);
}

static void check_say_of_record(check_call *k, const record_row *r, const char *what) {
  check_say(k, "collection %lld, id '%.*s': %s", (long long)row_key_collection(r->key), (int)r->id.length,
            r->id.at, what);
}

static const char *check_payload_says(const record_row *r) {
  json_records records;
  json_record parsed, further;
  if (r->payload.length == 0 || *r->payload.at != '{') return "the payload is no JSON object";
  json_records_open(&records, r->payload);
  int is_there = json_records_next(&records, &parsed) && !json_records_next(&records, &further);
  if (!is_there || records.error.reason != NULL) return "the payload is no JSON object";
  if (parsed.text.length != r->payload.length) return "the payload has white space around it";
  if (parsed.has_metadata) return "the payload has a " PAYLOAD_METADATA;
  if (parsed.id.text.at == NULL) return "the payload has no id";
  int is_same =
    parsed.id.type == JSON_STRING ? json_string_is(parsed.id, r->id.at) : slice_equals(parsed.id.text, r->id);
  return is_same ? NULL : "the payload has another id";
}

static void check_stub(check_call *k, const record_row *r) {
  text stub = {0};
  payload_append_stub(r->payload, &stub);
  store_check_text(k->store, &stub);
  if (!slice_equals(r->payload, (slice){stub.at, stub.length}))
    check_say_of_record(k, r, "the pruned payload is not its id alone");
  text_free(&stub);
}

/* Compares a payload that is there with what its record's entry says of it. */
static void check_entry_text(check_call *k, entries *known, const record_row *r, const entry *of) {
  entry_text other;
  if (!hash_equals(of->text.hash, hash_bytes(&k->store->key, r->payload.at, r->payload.length)))
    check_say_of_record(k, r, "the hash is not that of the payload");
  else if (of->text.length != r->payload.length)
    check_say_of_record(k, r, "the length in its entry is not that of the payload");
  else if (of->has_alternate && !entry_find_alternate(known, r->number, of, &other))
    check_say_of_record(k, r, "its entry tells of an alternate, and there is none");
}

static void check_entry(check_call *k, entries *known, const record_row *r) {
  entry of;
  int64_t number = identity_find(k->store, known->of, r->id);
  if (number == 0) check_say_of_record(k, r, "the record has no identity");
  else if (number != r->number) check_say_of_record(k, r, "its number is not that of its identity");
  else if (!entry_find(known, number, &of) || of.key != r->key)
    check_say_of_record(k, r, "its entry does not lead to it");
  else if (!row_key_is_pruned(r->key)) check_entry_text(k, known, r, &of);
  else if (of.text.length != 0 || of.has_alternate)
    check_say_of_record(k, r, "its entry knows a text that was pruned");
}

static void check_record(check_call *k, entries *known, const record_row *r) {
  const char *wrong = check_payload_says(r);
  if (wrong != NULL) check_say_of_record(k, r, wrong);
  else if (row_key_is_pruned(r->key)) check_stub(k, r);
  check_entry(k, known, r);
}

static void check_follows(check_call *k, const record_row *r, int64_t last_sequence, int64_t last_stamp) {
  if (row_key_sequence(r->key) == last_sequence) check_say_of_record(k, r, "its sequence is there twice");
  else if (r->last_modified_at <= last_stamp)
    check_say_of_record(k, r, "its stamp is not above that of the change before");
}

static void check_records(check_call *k, entries *known) {
  record_row r;
  int64_t sequence = 0, stamp = 0, bytes = 0;
  feed f = feed_open(k->store, known->of, FEED_ALL, NULL);
  while (check_goes_on(k) && feed_next(&f, &r)) {
    check_follows(k, &r, sequence, stamp);
    check_record(k, known, &r);
    sequence = row_key_sequence(r.key);
    stamp = r.last_modified_at;
    if (!row_key_is_pruned(r.key)) bytes += (int64_t)r.payload.length;
  }
  feed_close(&f);
  if (bytes != known->of->bytes)
    check_say(k, "collection %lld: bytes are %lld, its payloads have %lld", (long long)known->of->id,
              (long long)known->of->bytes, (long long)bytes);
}

/* check_record() has seen that every record has its identity. This finds identities that have no record. */
static void check_identities(check_call *k, entries *known) {
  query q = query_open(k->store, IDENTITIES_OF_COLLECTION);
  query_bind_int(&q, known->of->id);
  while (check_goes_on(k) && query_next(&q)) {
    query row = {k->store, NULL, 0};
    entry of;
    record_row r = {0};
    slice id = query_text(&q, 0);
    int is_there =
      entry_find(known, query_int(&q, 1), &of) && record_get(known, query_int(&q, 1), &of, &row, &r);
    if (!is_there || !slice_equals(r.id, id))
      check_say(k, "collection %lld, id '%.*s': the identity has no record", (long long)known->of->id,
                (int)id.length, id.at);
    query_close(&row);
  }
  query_close(&q);
}

static void check_entries(check_call *k, entries *known) {
  int64_t records = 0, used = 0;
  entry of;
  for (int state = 0; state < STATE_COUNT; state++) records += known->of->counts[state];
  for (int64_t number = 1; number <= known->of->numbers && check_goes_on(k); number++)
    used += entry_find(known, number, &of);
  if (used != records)
    check_say(k, "collection %lld: %lld entries lead to records, and there are %lld",
              (long long)known->of->id, (long long)used, (long long)records);
}

/* What the other parts refuse to read in the file, they latch as CORRUPT. Here this is what was looked
** for, and becomes the reason. What SQLite itself cannot read stays a failure. */
static void check_take_latched(check_call *k) {
  nangolite *store = k->store;
  if (store->result != NANGOLITE_CORRUPT || (sqlite3_errcode(store->db) & 0xff) == SQLITE_CORRUPT) return;
  store->result = NANGOLITE_OK;
  check_say(k, "%s", store_message(store));
}

static void check_collection(check_call *k, int64_t id) {
  collection c = collection_by_id(k->store, id);
  entries known = entries_open(k->store, &c);
  check_records(k, &known);
  check_identities(k, &known);
  check_entries(k, &known);
  check_take_latched(k);
  entries_free(&known);
}

static void check_collections(check_call *k) {
  query q = query_open(k->store, NAMES_OF_COLLECTIONS);
  while (check_goes_on(k) && query_next(&q)) check_collection(k, query_int(&q, 0));
  query_close(&q);
}

static void check_seen(check_call *k) {
  query q = query_open(k->store, SEEN_OF_ALL);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t first = query_int(&q, 1) * WINDOW_CHUNK_BITS;
    slice bits = query_blob(&q, 2);
    for (int64_t bit = 0; bit < WINDOW_CHUNK_BITS; bit++) {
      int64_t number = first + bit;
      if ((number > 0 && number <= query_int(&q, 3)) || !((unsigned char)bits.at[bit / 8] >> bit % 8 & 1))
        continue;
      check_say(k, "collection %lld: number %lld was seen, and was never issued", (long long)query_int(&q, 0),
                (long long)number);
    }
  }
  query_close(&q);
}

static char *check_run(nangolite *store) {
  check_call k = {store, NULL};
  check_version(&k);
  check_statements(&k);
  check_connection_names(&k);
  check_collection_names(&k);
  check_collections(&k);
  check_seen(&k);
  check_syncs(&k);
  check_instances(&k);
  return k.reason;
}

static void check_functions(nangolite *store) {
  query q = query_open(store, CHECK_FUNCTIONS);
  if (query_number(&q) == 0) return;
  store_fail(
    store, NANGOLITE_MISUSE,
    "db: the connection has a function of its own named length or typeof, by which the check cannot go");
}

int nangolite_check(nangolite *store, char **reason) {
  if (reason != NULL) *reason = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, reason, "reason");
  call_read(store);
  check_functions(store);
  transaction_read_store(store);
  return call_end_with(store, check_run(store), reason);
}
