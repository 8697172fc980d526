/* overview: the functions of the C API that tell what is in a store, and the one that sets a connection's
** metadata. */
#include "database/arguments.h"
#include "database/call.h"
#include "records/collection_list.h"
#include "records/connection_list.h"
#include "records/metadata.h"
#include "syncs/sync_list.h"

/* Checks names that may be NULL. */
static void overview_check_names(nangolite *store, const char *provider_config_key,
                                 const char *connection_id) {
  if (provider_config_key != NULL) arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  if (connection_id != NULL) arguments_check_name(store, NAME_CONNECTION_ID, connection_id);
}

int nangolite_collections(nangolite *store, const char *provider_config_key, const char *connection_id,
                          int64_t changed_after, char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  overview_check_names(store, provider_config_key, connection_id);
  if (changed_after < 0) store_fail(store, NANGOLITE_INVALID, "changed_after must be 0 or more");
  call_read(store);
  if (!store_failed(store))
    collection_list_append(store, provider_config_key, connection_id, changed_after, &out);
  return call_end_with(store, store_take(store, &out), json);
}

/* Appends what there is of an integration; NULL: of all integrations. */
typedef void (*overview_append)(nangolite *store, const char *provider_config_key, text *out);

static int overview_call(nangolite *store, const char *provider_config_key, overview_append append,
                         char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  overview_check_names(store, provider_config_key, NULL);
  call_read(store);
  if (!store_failed(store)) append(store, provider_config_key, &out);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_connections(nangolite *store, const char *provider_config_key, char **json) {
  return overview_call(store, provider_config_key, connection_list_append, json);
}

int nangolite_syncs(nangolite *store, const char *provider_config_key, char **json) {
  return overview_call(store, provider_config_key, sync_list_append, json);
}

int nangolite_metadata_get(nangolite *store, const char *provider_config_key, const char *connection_id,
                           char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  arguments_check_names(store, provider_config_key, connection_id);
  call_read(store);
  int64_t connection = store_failed(store) ? 0 : connection_find(store, provider_config_key, connection_id);
  if (connection != 0) metadata_append(store, connection, &out);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_metadata_set(nangolite *store, const char *provider_config_key, const char *connection_id,
                           const char *json, int is_merged) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  slice object = metadata_check(store, json);
  call_write(store);
  int64_t connection = store_failed(store) ? 0 : connection_find(store, provider_config_key, connection_id);
  if (connection != 0) metadata_set(store, connection, object, is_merged);
  return call_end(store);
}

int64_t nangolite_last_change(nangolite *store) {
  if (!call_open(store)) return 0;
  call_read(store);
  transaction_read_store(store);
  int64_t newest = store->last_stamp;
  return call_end(store) == NANGOLITE_OK ? newest : 0;
}
