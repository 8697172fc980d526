#include "environment.h"
#include "utf8.h"

static void environment_check(nangolite *store, const char *what, const char *written) {
  int is_right = written == NULL || utf8_is_valid(slice_of(written));
  if (!is_right) store_fail(store, NANGOLITE_INVALID, "%s is not UTF-8", what);
}

static void environment_write(nangolite *store, const char *name, const char *value) {
  query q = query_open(store, value == NULL ? ENVIRONMENT_REMOVE : ENVIRONMENT_PUT);
  query_bind_text(&q, slice_of(name));
  if (value != NULL) query_bind_text(&q, slice_of(value));
  query_run(&q);
}

int nangolite_env_set(nangolite *store, const char *name, const char *value) {
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  store_need(store, name, "name");
  if (name != NULL && *name == '\0') store_fail(store, NANGOLITE_INVALID, "name is empty");
  environment_check(store, "name", name);
  environment_check(store, "value", value);
  transaction_begin_write(store);
  environment_write(store, name, value);
  transaction_end(store);
  return store_end(store);
}

static void environment_append(nangolite *store, text *out) {
  const char *before = "";
  text_append_string(out, "[");
  query q = query_open(store, ENVIRONMENT_LIST);
  for (; query_next(&q); before = ",") {
    text_append_string(out, before);
    text_append_string(out, "{\"name\":");
    text_append_json(out, query_text(&q, 0));
    text_append_string(out, ",\"value\":");
    text_append_json(out, query_text(&q, 1));
    text_append_string(out, "}");
  }
  query_close(&q);
  text_append_string(out, "]");
}
