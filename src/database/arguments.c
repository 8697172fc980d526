#include "database/arguments.h"

static void arguments_need(nangolite *store, const void *argument, const char *name) {
  if (argument == NULL) store_fail(store, NANGOLITE_MISUSE, "%s is NULL", name);
}

static void arguments_check_name(nangolite *store, name_kind kind, const char *name) {
  arguments_need(store, name, name_field(kind));
  const char *rule = name_check(kind, slice_of(name));
  if (rule != NULL) store_fail(store, NANGOLITE_INVALID, "%s %s", name_field(kind), rule);
}

static void arguments_check_names(nangolite *store, const char *provider_config_key,
                                  const char *connection_id) {
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  arguments_check_name(store, NAME_CONNECTION_ID, connection_id);
}

static void arguments_check_scope(nangolite *store, const nangolite_scope *scope) {
  arguments_need(store, scope, "scope");
  if (store_failed(store)) return;
  arguments_check_names(store, scope->provider_config_key, scope->connection_id);
  arguments_check_name(store, NAME_MODEL, scope->model);
  if (scope->variant != NULL) arguments_check_name(store, NAME_VARIANT, scope->variant);
}
