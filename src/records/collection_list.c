#include "records/collection_list.h"

#include "json/json_write.h"
#include "records/collection.h"

static int64_t collection_list_pruned(const collection *c) {
  int64_t pruned = 0;
  for (int state = STATE_PRUNED; state < STATE_COUNT; state++) pruned += c->counts[state];
  return pruned;
}

static void collection_list_append_number(text *out, const char *key, int64_t number) {
  text_append_string(out, key);
  text_append_int(out, number);
}

static void collection_list_append_string(text *out, const char *key, slice value) {
  text_append_string(out, key);
  json_write(out, value);
}

/* The current row of `q` has the collection's names. */
static void collection_list_append_one(const query *q, const collection *c, int64_t last_change, text *out) {
  collection_list_append_string(out, "{\"provider_config_key\":", query_text(q, 1));
  collection_list_append_string(out, ",\"connection_id\":", query_text(q, 2));
  collection_list_append_string(out, ",\"model\":", query_text(q, 3));
  collection_list_append_string(out, ",\"variant\":", query_text(q, 4));
  collection_list_append_number(out, ",\"live\":", collection_live(c));
  collection_list_append_number(
    out, ",\"deleted\":", c->counts[ACTION_DELETED] + c->counts[STATE_PRUNED + ACTION_DELETED]);
  collection_list_append_number(out, ",\"pruned\":", collection_list_pruned(c));
  collection_list_append_number(out, ",\"bytes\":", c->bytes);
  collection_list_append_number(out, ",\"last_change\":", last_change);
  text_append_string(out, "}");
}

static void collection_list_append_of(nangolite *store, int64_t connection, int64_t changed_after,
                                      text *out) {
  query q = query_open(store, COLLECTION_LIST);
  query_bind_int(&q, connection);
  while (query_next(&q)) {
    collection c = collection_by_id(store, query_int(&q, 0));
    int64_t last_change = collection_changed_at(store, c.id);
    if (changed_after > 0 && last_change <= changed_after) continue;
    if (out->length > 0 && out->at[out->length - 1] == '}') text_append_string(out, ",");
    collection_list_append_one(&q, &c, last_change, out);
  }
  query_close(&q);
}

static void collection_list_append(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, int64_t changed_after, text *out) {
  id_list connections = {NULL, 0, 0};
  text_append_string(out, "{\"collections\":[");
  transaction_read_store(store);
  if (changed_after == 0 || store->last_stamp > changed_after)
    connections = connection_select(store, provider_config_key, connection_id);
  for (size_t i = 0; i < connections.count && !store_failed(store); i++)
    collection_list_append_of(store, connections.at[i], changed_after, out);
  sqlite3_free(connections.at);
  text_append_string(out, "]}");
}
