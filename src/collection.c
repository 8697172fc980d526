#include "collection.h"

static void collection_check_scope(nangolite *store, const nangolite_scope *scope) {
  store_need(store, scope, "scope");
  if (store_failed(store)) return;
  connection_check_names(store, scope->provider_config_key, scope->connection_id);
  connection_check_name(store, NAME_MODEL, scope->model);
  if (scope->variant != NULL) connection_check_name(store, NAME_VARIANT, scope->variant);
}

static collection collection_read(query *q) {
  collection c = {0};
  if (query_next(q)) {
    c.id = query_int(q, 0);
    c.sequence = query_int(q, 1);
    c.numbers = query_int(q, 2);
    for (int lane = 0; lane < LANE_COUNT; lane++) c.counts[lane] = query_int(q, 3 + lane);
    c.bytes = query_int(q, 3 + LANE_COUNT);
    c.oldest_payload_at = query_int(q, 4 + LANE_COUNT);
    c.window_opened_at = query_int(q, 5 + LANE_COUNT);
  }
  query_close(q);
  return c;
}

static collection collection_find(nangolite *store, int64_t connection, const char *model,
                                  const char *variant) {
  query q = query_open(store, COLLECTION_FIND);
  query_bind_int(&q, connection);
  query_bind_text(&q, name_of_variant(slice_of(variant)));
  query_bind_text(&q, slice_of(model));
  return collection_read(&q);
}

static collection collection_by_id(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_BY_ID);
  query_bind_int(&q, id);
  return collection_read(&q);
}

/* Where the numbers that fit into a key have been used up, one of a collection that is gone. */
static int64_t collection_reuse_number(nangolite *store, int64_t number) {
  query q = query_open(store, COLLECTION_FREE_ID);
  int64_t free_number = query_next(&q) ? query_int(&q, 0) : 0;
  query_close(&q);
  if (free_number > KEY_COLLECTION_MAX)
    store_fail(store, NANGOLITE_FULL, "the file has no room for a further collection");
  q = query_open(store, COLLECTION_SET_ID);
  query_bind_int(&q, free_number);
  query_bind_int(&q, number);
  query_run(&q);
  return free_number;
}

static collection collection_open(nangolite *store, int64_t connection, const char *model,
                                  const char *variant) {
  collection c = collection_find(store, connection, model, variant);
  if (c.id != 0 || store_failed(store)) return c;
  query q = query_open(store, COLLECTION_INSERT);
  query_bind_int(&q, connection);
  query_bind_text(&q, name_of_variant(slice_of(variant)));
  query_bind_text(&q, slice_of(model));
  query_run(&q);
  if (store_failed(store)) return c;
  c.id = sqlite3_last_insert_rowid(store->db);
  if (c.id > KEY_COLLECTION_MAX) c.id = collection_reuse_number(store, c.id);
  return c;
}

static void collection_save(nangolite *store, const collection *c) {
  query q = query_open(store, COLLECTION_UPDATE);
  query_bind_int(&q, c->sequence);
  query_bind_int(&q, c->numbers);
  for (int lane = 0; lane < LANE_COUNT; lane++) query_bind_int(&q, c->counts[lane]);
  query_bind_int(&q, c->bytes);
  query_bind_int_or_null(&q, c->oldest_payload_at);
  query_bind_int_or_null(&q, c->window_opened_at);
  query_bind_int(&q, c->id);
  query_run(&q);
}

static int64_t collection_live(const collection *c) {
  return c->counts[ACTION_ADDED] + c->counts[ACTION_UPDATED] + c->counts[LANE_PRUNED + ACTION_ADDED] +
         c->counts[LANE_PRUNED + ACTION_UPDATED];
}

static int64_t collection_next_key(nangolite *store, collection *c, int lane) {
  if (c->sequence == KEY_SEQUENCE_MAX)
    store_fail(store, NANGOLITE_FULL, "the collection has no room for a further change");
  else c->sequence++;
  return key_make(c->id, lane, c->sequence);
}

static void collection_note_payload(collection *c, int64_t stamp) {
  if (c->oldest_payload_at == 0 || stamp < c->oldest_payload_at) c->oldest_payload_at = stamp;
}
