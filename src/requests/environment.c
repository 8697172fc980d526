/* environment: the function of the C API on the variables that requests list. */
#include "base/utf8.h"
#include "database/arguments.h"
#include "database/call.h"
#include "syncs/environment_rows.h"

static void environment_check(nangolite *store, const char *what, const char *written) {
  int is_right = written == NULL || utf8_is_valid(slice_of(written));
  if (!is_right) store_fail(store, NANGOLITE_INVALID, "%s is not UTF-8", what);
}

int nangolite_env_set(nangolite *store, const char *name, const char *value) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, name, "name");
  if (name != NULL && *name == '\0') store_fail(store, NANGOLITE_INVALID, "name is empty");
  environment_check(store, "name", name);
  environment_check(store, "value", value);
  call_write(store);
  environment_write(store, name, value);
  return call_end(store);
}
