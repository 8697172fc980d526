#include "records/record.h"

static void identity_read(const query *q, identity *found) {
  slice hash = query_blob(q, 1);
  *found = (identity){query_int(q, 0), {0, 0}, query_int(q, 2), query_int(q, 3)};
  if (hash.length == HASH_BYTES) found->hash = hash_read(hash.at);
  if (row_key_state(found->key) < STATE_COUNT && found->number >= 0) return;
  store_fail(q->store, NANGOLITE_CORRUPT, "an identity has a key or a number that cannot be");
  *found = (identity){0};
}

static int identity_find(nangolite *store, int64_t collection_id, slice id, identity *found) {
  query q = query_open(store, IDENTITY_FIND);
  query_bind_int(&q, collection_id);
  query_bind_text(&q, id);
  int is_there = query_next(&q);
  if (is_there) identity_read(&q, found);
  query_close(&q);
  return is_there;
}

/* Whoever prunes or restores a payload has not changed the record: its writer stays. */
static void identity_write(nangolite *store, int64_t key, int is_change, const record_change *change) {
  char hash[HASH_BYTES];
  hash_write(change->hash, hash);
  query q = query_open(store, is_change ? IDENTITY_CHANGE : IDENTITY_REFRESH);
  query_bind_int(&q, key);
  query_bind_blob(&q, hash, sizeof hash);
  if (is_change) query_bind_int_or_null(&q, change->writer);
  query_bind_int(&q, row_key_collection(key));
  query_bind_text(&q, change->id);
  query_run(&q);
}

static void record_read(const query *q, record_row *found) {
  found->key = query_int(q, 0);
  found->id = query_text(q, 1);
  found->last_modified_at = query_int(q, 2);
  found->first_seen_at = query_int(q, 3);
  found->pruned_at = query_int(q, 4);
  found->payload = query_text(q, 5);
  if (found->first_seen_at == 0) found->first_seen_at = found->last_modified_at;
}

static int record_get(nangolite *store, int64_t key, query *q, record_row *found) {
  *q = query_open(store, RECORD_GET);
  query_bind_int(q, key);
  if (query_next(q)) {
    record_read(q, found);
    return !store_failed(store);   /* its texts may have wanted memory */
  }
  store_fail(store, NANGOLITE_CORRUPT, "an identity has no record");
  return 0;
}

static int record_insert(nangolite *store, collection *c, action as, const record_change *change,
                         int64_t *number) {
  char hash[HASH_BYTES];
  hash_write(change->hash, hash);
  int64_t key = row_key_make(c->id, (int)as, c->sequence + 1);
  query q = query_open(store, IDENTITY_INSERT);
  query_bind_int(&q, c->id);
  query_bind_text(&q, change->id);
  query_bind_int(&q, key);
  query_bind_blob(&q, hash, sizeof hash);
  query_bind_int(&q, c->numbers + 1);
  query_bind_int_or_null(&q, change->writer);
  if (query_run(&q) == 0) return 0;
  key = collection_next_key(store, c, (int)as);
  int64_t stamp = store_next_stamp(store);
  q = query_open(store, RECORD_INSERT);
  query_bind_int(&q, key);
  query_bind_text(&q, change->id);
  query_bind_int(&q, stamp);
  query_bind_text(&q, change->payload);
  query_run(&q);
  *number = ++c->numbers;
  c->counts[as]++;
  c->bytes += (int64_t)change->payload.length;
  collection_note_payload(c, stamp);
  return 1;
}

/* Takes back what record_insert_group() wrote before it met an id that is taken. */
static void record_undo_group(nangolite *store, const collection *c, const record_change *changes) {
  for (int i = 0; i < RECORD_GROUP; i++) {
    query q = query_open(store, IDENTITY_UNDO);
    query_bind_int(&q, c->id);
    query_bind_text(&q, changes[i].id);
    query_bind_int(&q, row_key_make(c->id, ACTION_ADDED, c->sequence + 1 + i));
    query_run(&q);
  }
}

static int record_insert_identities(nangolite *store, const collection *c, const record_change *changes) {
  char hashes[RECORD_GROUP][HASH_BYTES];
  query q = query_open(store, IDENTITY_INSERT_GROUP);
  for (int i = 0; i < RECORD_GROUP; i++) {
    hash_write(changes[i].hash, hashes[i]);
    query_bind_int(&q, c->id);
    query_bind_text(&q, changes[i].id);
    query_bind_int(&q, row_key_make(c->id, ACTION_ADDED, c->sequence + 1 + i));
    query_bind_blob(&q, hashes[i], sizeof hashes[i]);
    query_bind_int(&q, c->numbers + 1 + i);
    query_bind_int_or_null(&q, changes[i].writer);
  }
  if (query_run(&q) == RECORD_GROUP) return 1;
  record_undo_group(store, c, changes);
  return 0;
}

static int record_insert_group(nangolite *store, collection *c, const record_change *changes,
                               int64_t *first_number) {
  if (!record_insert_identities(store, c, changes)) return 0;
  query q = query_open(store, RECORD_INSERT_GROUP);
  for (int i = 0; i < RECORD_GROUP; i++) {
    int64_t stamp = store_next_stamp(store);
    query_bind_int(&q, collection_next_key(store, c, ACTION_ADDED));
    query_bind_text(&q, changes[i].id);
    query_bind_int(&q, stamp);
    query_bind_text(&q, changes[i].payload);
    c->bytes += (int64_t)changes[i].payload.length;
    collection_note_payload(c, stamp);
  }
  query_run(&q);
  *first_number = c->numbers + 1;
  c->numbers += RECORD_GROUP;
  c->counts[ACTION_ADDED] += RECORD_GROUP;
  return 1;
}

/* Moves a record to another key in both tables; `q` is the statement for nango_record with all but :key
** bound. */
static void record_move(query *q, collection *c, int64_t from, int64_t to, const record_change *change) {
  query_bind_int(q, from);
  query_run(q);
  identity_write(q->store, to, row_key_sequence(from) != row_key_sequence(to), change);
  c->counts[row_key_state(from)]--;
  c->counts[row_key_state(to)]++;
}

/* What is pruned counts for nothing. */
static int64_t record_bytes(const record_row *r) {
  return row_key_is_pruned(r->key) ? 0 : (int64_t)r->payload.length;
}

static void record_replace(nangolite *store, collection *c, statement_id id, const record_row *was,
                           const record_change *change) {
  int64_t key = collection_next_key(store, c, id == RECORD_REVIVE ? ACTION_ADDED : ACTION_UPDATED);
  int64_t stamp = store_next_stamp(store);
  query q = query_open(store, id);
  query_bind_int(&q, key);
  query_bind_int(&q, stamp);
  query_bind_text(&q, change->payload);
  record_move(&q, c, was->key, key, change);
  c->bytes += (int64_t)change->payload.length - record_bytes(was);
  collection_note_payload(c, stamp);
}

static void record_update(nangolite *store, collection *c, const record_row *was,
                          const record_change *change) {
  record_replace(store, c, RECORD_CHANGE, was, change);
}

static void record_revive(nangolite *store, collection *c, const record_row *was,
                          const record_change *change) {
  record_replace(store, c, RECORD_REVIVE, was, change);
}

static void record_restore(nangolite *store, collection *c, const record_row *was,
                           const record_change *change) {
  int64_t key = row_key_make(c->id, (int)row_key_action(was->key), row_key_sequence(was->key));
  query q = query_open(store, RECORD_RESTORE);
  query_bind_int(&q, key);
  query_bind_text(&q, change->payload);
  record_move(&q, c, was->key, key, change);
  c->bytes += (int64_t)change->payload.length - record_bytes(was);
  collection_note_payload(c, was->last_modified_at);
}

static void record_prune(nangolite *store, collection *c, const record_row *was,
                         const record_change *change) {
  int64_t key = row_key_make(c->id, STATE_PRUNED + (int)row_key_action(was->key), row_key_sequence(was->key));
  query q = query_open(store, RECORD_PRUNE);
  query_bind_int(&q, key);
  query_bind_text(&q, change->payload);
  query_bind_int(&q, store->now);
  record_move(&q, c, was->key, key, change);
  c->bytes -= record_bytes(was);
}

static void record_delete(nangolite *store, collection *c, const identity *stored, slice id, int64_t writer) {
  int state = row_key_is_pruned(stored->key) ? STATE_PRUNED + ACTION_DELETED : ACTION_DELETED;
  int64_t key = collection_next_key(store, c, state);
  query q = query_open(store, RECORD_DELETE);
  query_bind_int(&q, key);
  query_bind_int(&q, store_next_stamp(store));
  record_move(&q, c, stored->key, key, &(record_change){id, {NULL, 0}, stored->hash, writer});
}
