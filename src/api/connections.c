/* connections: the functions of the C API that make and delete connections. A connection is made with an
** instance of every sync of its integration, and is deleted with all that these have stored. */
#include "database/arguments.h"
#include "database/call.h"
#include "records/removal.h"
#include "syncs/instance.h"

int nangolite_connection_create(nangolite *store, const char *provider_config_key,
                                const char *connection_id) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  call_write(store);
  if (!store_failed(store)) {
    int64_t connection = connection_open(store, provider_config_key, connection_id);
    instance_create_for_connection(store, provider_config_key, connection);
  }
  return call_end(store);
}

/* Deletes the connection with its instances and all its collections, also those that belong to no sync. */
static void connections_remove(nangolite *store, int64_t connection) {
  id_list instances = {0}, collections = {0};
  query q = query_open(store, INSTANCE_OF_CONNECTION);
  query_bind_int(&q, connection);
  id_list_read(store, &instances, &q);
  for (size_t i = 0; i < instances.count && !store_failed(store); i++)
    command_remove_instance(store, instances.at[i]);
  q = query_open(store, COLLECTION_OF_CONNECTION);
  query_bind_int(&q, connection);
  id_list_read(store, &collections, &q);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++)
    removal_take_away(store, collections.at[i]);
  connection_remove(store, connection);
  store_move_stamp(store);
  sqlite3_free(instances.at);
  sqlite3_free(collections.at);
}

int nangolite_connection_delete(nangolite *store, const char *provider_config_key,
                                const char *connection_id) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  call_write(store);
  if (!store_failed(store)) {
    int64_t connection = connection_find(store, provider_config_key, connection_id);
    if (connection != 0) connections_remove(store, connection);
  }
  return call_end(store);
}
