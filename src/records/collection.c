#include "records/collection.h"

/* The numbers of the row are checked here only. All other code may rely on their ranges. */
static int collection_read_row(const query *q, collection *c) {
  int column = 0;
  int is_sound = query_int_within(q, column++, 1, ROW_KEY_COLLECTION_MAX, &c->id);
  is_sound &= query_int_within(q, column++, 0, ROW_KEY_SEQUENCE_MAX, &c->sequence);
  is_sound &= query_int_within(q, column++, 0, c->sequence, &c->numbers);
  for (int state = 0; state < STATE_COUNT; state++)
    is_sound &= query_int_within(q, column++, 0, c->numbers, &c->counts[state]);
  is_sound &= query_int_within(q, column++, 0, INT64_MAX / 2, &c->bytes);
  is_sound &= query_int_within(q, column++, 0, TIME_MAX, &c->oldest_payload_at);
  c->stored_oldest = c->oldest_payload_at;
  is_sound &= query_int_within(q, column++, 0, TIME_MAX, &c->window_opened_at);
  is_sound &= query_int_within(q, column++, 0, c->numbers, &c->window_live);
  return is_sound;
}

static collection collection_read(query *q) {
  collection c = {0};
  if (query_next(q) && !collection_read_row(q, &c)) {
    store_fail(q->store, NANGOLITE_CORRUPT, "collection %lld: its row has a number that cannot be",
               (long long)c.id);
    c = (collection){0};
  }
  query_close(q);
  return c;
}

static collection collection_find(nangolite *store, const collection_name *name) {
  query q = query_open(store, COLLECTION_FIND);
  query_bind_int(&q, name->connection);
  query_bind_text(&q, name_of_variant(slice_of(name->variant)));
  query_bind_text(&q, slice_of(name->model));
  return collection_read(&q);
}

static collection collection_by_id(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_BY_ID);
  query_bind_int(&q, id);
  return collection_read(&q);
}

/* For a new collection whose id does not fit into a row key: gives it the least id that no collection has. */
static int64_t collection_reuse_id(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_FREE_ID);
  int64_t free_id = query_next(&q) ? query_int(&q, 0) : 0;
  query_close(&q);
  if (free_id > ROW_KEY_COLLECTION_MAX)
    store_fail(store, NANGOLITE_FULL, "the file has no room for a further collection");
  q = query_open(store, COLLECTION_SET_ID);
  query_bind_int(&q, free_id);
  query_bind_int(&q, id);
  query_run(&q);
  return free_id;
}

static collection collection_open(nangolite *store, const collection_name *name) {
  collection c = collection_find(store, name);
  if (c.id != 0 || store_failed(store)) return c;
  query q = query_open(store, COLLECTION_INSERT);
  query_bind_int(&q, name->connection);
  query_bind_text(&q, name_of_variant(slice_of(name->variant)));
  query_bind_text(&q, slice_of(name->model));
  query_run(&q);
  if (store_failed(store)) return c;
  c.id = sqlite3_last_insert_rowid(store->db);
  if (c.id > ROW_KEY_COLLECTION_MAX) c.id = collection_reuse_id(store, c.id);
  return c;
}

static void collection_save_age(nangolite *store, collection *c) {
  query q = query_open(store, COLLECTION_UPDATE_AGE);
  query_bind_int_or_null(&q, c->oldest_payload_at);
  query_bind_int(&q, c->id);
  query_run(&q);
  c->stored_oldest = c->oldest_payload_at;
}

static void collection_save(nangolite *store, collection *c) {
  query q = query_open(store, COLLECTION_UPDATE);
  query_bind_int(&q, c->sequence);
  query_bind_int(&q, c->numbers);
  for (int state = 0; state < STATE_COUNT; state++) query_bind_int(&q, c->counts[state]);
  query_bind_int(&q, c->bytes);
  query_bind_int_or_null(&q, c->window_opened_at);
  query_bind_int(&q, c->window_live);
  query_bind_int(&q, c->id);
  query_run(&q);
  if (c->oldest_payload_at != c->stored_oldest) collection_save_age(store, c);
}

static int64_t collection_live(const collection *c) {
  return c->counts[ACTION_ADDED] + c->counts[ACTION_UPDATED] + c->counts[STATE_PRUNED + ACTION_ADDED] +
         c->counts[STATE_PRUNED + ACTION_UPDATED];
}

static int64_t collection_next_key(nangolite *store, collection *c, int state) {
  if (c->sequence == ROW_KEY_SEQUENCE_MAX)
    store_fail(store, NANGOLITE_FULL, "the collection has no room for a further change");
  else c->sequence++;
  return row_key_make(c->id, state, c->sequence);
}

static int64_t collection_changed_at(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_CHANGED_AT);
  query_bind_int(&q, id);
  return query_number(&q);
}

static void collection_lower_oldest(collection *c, int64_t stamp) {
  if (c->oldest_payload_at == 0 || stamp < c->oldest_payload_at) c->oldest_payload_at = stamp;
}

static collection collection_of_scope(nangolite *store, const nangolite_scope *scope) {
  if (store_failed(store)) return (collection){0};
  collection_name name = {.connection =
                            connection_find(store, scope->provider_config_key, scope->connection_id),
                          .model = scope->model,
                          .variant = scope->variant};
  return collection_find(store, &name);
}

static void collection_take_away(nangolite *store, int64_t id) {
  query_run_with(store, COLLECTION_TAKE_AWAY, id);
}

static int64_t collection_taken_away(nangolite *store) {
  query q = query_open(store, COLLECTION_TAKEN_AWAY);
  return query_number(&q);
}

static void collection_remove(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_REMOVE);
  query_bind_int(&q, id);
  if (query_run(&q) == 0) store_fail(store, NANGOLITE_CORRUPT, "a collection's row cannot be removed");
}
