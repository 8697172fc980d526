/* dumps: the functions of the C API that write a store as text, and read it back. */
#include "api/check.h"
#include "database/arguments.h"
#include "database/call.h"
#include "records/batch.h"
#include "syncs/load.h"
#include "syncs/run.h"

/* A NULL means all, so only what is given is checked. */
static void dumps_check_scope(nangolite *store, const nangolite_scope *scope) {
  if (scope->provider_config_key != NULL)
    arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, scope->provider_config_key);
  if (scope->connection_id != NULL) arguments_check_name(store, NAME_CONNECTION_ID, scope->connection_id);
  if (scope->model != NULL) arguments_check_name(store, NAME_MODEL, scope->model);
  if (scope->variant != NULL) arguments_check_name(store, NAME_VARIANT, scope->variant);
}

/* A name that is wrong must not give an empty dump, which would be equal to another empty one. */
static void dumps_find_scope(nangolite *store, const nangolite_scope *scope) {
  if (store_failed(store) || scope->provider_config_key == NULL) return;
  if (scope->connection_id != NULL) connection_find(store, scope->provider_config_key, scope->connection_id);
  else connection_need_integration(store, scope->provider_config_key);
}

static nangolite_scope dumps_scope(const nangolite_scope *given) {
  nangolite_scope scope = {0};
  if (given != NULL) scope = *given;
  if (scope.variant != NULL) scope.variant = name_of_variant(slice_of(scope.variant)).at;
  return scope;
}

int nangolite_dump(nangolite *store, const nangolite_scope *scope, unsigned flags,
                   int (*write)(void *ctx, const char *text, size_t length), void *ctx) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  dump d = {.store = store,
            .scope = dumps_scope(scope),
            .has_metadata = (flags & NANGOLITE_DUMP_METADATA) != 0,
            .write = write,
            .ctx = ctx,
            .now = store_clock(store)};
  if (write == NULL) store_fail(store, NANGOLITE_MISUSE, "write is NULL");
  if (flags & ~(unsigned)NANGOLITE_DUMP_METADATA) store_fail(store, NANGOLITE_INVALID, "flags: unknown ones");
  dumps_check_scope(store, &d.scope);
  call_read(store);
  transaction_read_store(store);
  dumps_find_scope(store, &d.scope);
  store->is_dumping = 1;
  if (!store_failed(store)) dump_write(&d);
  store->is_dumping = 0;
  return call_end(store);
}

/* What the check finds wrong came from the dump, except what SQLite says of its pages. */
static void dumps_judge(nangolite *store) {
  char *reason = store_failed(store) ? NULL : check_run(store);
  int is_of_file = reason != NULL && slice_starts_with(slice_of(reason), "*** in database");
  if (is_of_file) store_fail(store, NANGOLITE_CORRUPT, "%s", reason);
  else if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "json: %s", reason);
  sqlite3_free(reason);
}

int nangolite_load(nangolite *store, const char *json, int64_t length) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  slice written = batch_text(store, json, length);
  if (store->is_executing) store_fail(store, NANGOLITE_MISUSE, "called from inside a sync function");
  call_write(store);
  if (!store_failed(store)) load_lines(store, written);
  dumps_judge(store);
  if (!store_failed(store)) load_compare(store, written);
  int result = call_end(store);
  if (result == NANGOLITE_OK) runs_disown(store);
  return result;
}
