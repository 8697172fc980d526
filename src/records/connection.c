#include "records/connection.h"

#include "json/json_scan.h"

/* A damaged file may have any text in the place of metadata. */
static void connection_judge_metadata(nangolite *store, const connection_row *found) {
  json_value value;
  if (found->metadata.at == NULL || store_failed(store)) return;
  json_error error = json_scan(found->metadata, &value);
  if (error.reason == NULL && value.type == JSON_OBJECT) return;
  store_fail(store, NANGOLITE_CORRUPT, "the metadata of the connection '%.*s' are no JSON object",
             (int)found->connection_id.length, found->connection_id.at);
}

static int connection_get(nangolite *store, int64_t id, query *q, connection_row *found) {
  *q = query_open(store, CONNECTION_GET);
  query_bind_int(q, id);
  if (!query_next(q)) return 0;
  *found = (connection_row){query_int(q, 0),  query_text(q, 1), query_text(q, 2),
                            query_text(q, 3), query_int(q, 4),  query_int(q, 5)};
  connection_judge_metadata(store, found);
  return !store_failed(store);
}

static void connection_set_metadata(nangolite *store, int64_t id, slice metadata) {
  query q = query_open(store, CONNECTION_SET_METADATA);
  query_bind_text(&q, metadata);
  query_bind_int(&q, store->now);
  query_bind_int(&q, id);
  query_run(&q);
}

static int64_t connection_id_of(nangolite *store, const char *provider_config_key,
                                const char *connection_id) {
  query q = query_open(store, CONNECTION_FIND);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(connection_id));
  return query_number(&q);
}

/* An integration exists where it has a connection or a definition. */
static int connection_integration_exists(nangolite *store, const char *provider_config_key) {
  query q = query_open(store, INTEGRATION_FIND);
  query_bind_text(&q, slice_of(provider_config_key));
  int exists = query_next(&q);
  query_close(&q);
  return exists;
}

static void connection_need_integration(nangolite *store, const char *provider_config_key) {
  if (store_failed(store) || connection_integration_exists(store, provider_config_key)) return;
  store_fail(store, NANGOLITE_UNKNOWN_PROVIDER_CONFIG, "provider_config_key: there is no integration '%s'",
             provider_config_key);
}

static int64_t connection_find(nangolite *store, const char *provider_config_key, const char *connection_id) {
  int64_t id = connection_id_of(store, provider_config_key, connection_id);
  if (id != 0 || store_failed(store)) return id;
  connection_need_integration(store, provider_config_key);
  store_fail(store, NANGOLITE_UNKNOWN_CONNECTION,
             "connection_id: there is no connection '%s' in the integration '%s'", connection_id,
             provider_config_key);
  return 0;
}

static id_list connection_select(nangolite *store, const char *provider_config_key,
                                 const char *connection_id) {
  id_list list = {NULL, 0, 0};
  if (provider_config_key != NULL && connection_id != NULL) {
    int64_t id = connection_id_of(store, provider_config_key, connection_id);
    if (id != 0) id_list_add(store, &list, id);
    return list;
  }
  statement_id by = provider_config_key != NULL ? CONNECTION_OF_INTEGRATION
                    : connection_id != NULL     ? CONNECTION_OF_NAME
                                                : CONNECTION_ALL;
  query q = query_open(store, by);
  if (provider_config_key != NULL) query_bind_text(&q, slice_of(provider_config_key));
  if (connection_id != NULL) query_bind_text(&q, slice_of(connection_id));
  id_list_read(store, &list, &q);
  return list;
}

static int64_t connection_open(nangolite *store, const char *provider_config_key, const char *connection_id) {
  int64_t id = connection_id_of(store, provider_config_key, connection_id);
  if (id != 0 || store_failed(store)) return id;
  query q = query_open(store, CONNECTION_INSERT);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(connection_id));
  query_bind_int(&q, store->now);
  query_run(&q);
  return store_failed(store) ? 0 : sqlite3_last_insert_rowid(store->db);
}

static void connection_remove(nangolite *store, int64_t id) {
  query_run_with(store, CONNECTION_DELETE, id);
}
