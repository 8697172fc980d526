/* environment: the functions of the C API on the variables that GET /environment-variables lists. */
#include "base/utf8.h"
#include "database/arguments.h"
#include "database/call.h"
#include "syncs/environment_rows.h"

static void environment_check(nangolite *store, const char *what, const char *written) {
  int is_right = written == NULL || utf8_is_valid(slice_of(written));
  if (!is_right) store_fail(store, NANGOLITE_INVALID, "%s is not UTF-8", what);
}

static void environment_check_name(nangolite *store, const char *name) {
  arguments_need(store, name, "name");
  if (name != NULL && *name == '\0') store_fail(store, NANGOLITE_INVALID, "name is empty");
  environment_check(store, "name", name);
}

int nangolite_env_get(nangolite *store, const char *name, char **value) {
  if (value != NULL) *value = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  environment_check_name(store, name);
  arguments_need(store, value, "value");
  call_read(store);
  return call_end_with(store, environment_read(store, name), value);
}

int nangolite_env_set(nangolite *store, const char *name, const char *value) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  environment_check_name(store, name);
  environment_check(store, "value", value);
  call_write(store);
  environment_write(store, name, value);
  return call_end(store);
}
