#include "syncs/environment_rows.h"

#include "json/json_write.h"

static void environment_append(nangolite *store, text *out) {
  const char *before = "";
  text_append_string(out, "[");
  query q = query_open(store, ENVIRONMENT_LIST);
  for (; query_next(&q); before = ",") {
    text_append_string(out, before);
    text_append_string(out, "{\"name\":");
    json_write(out, query_text(&q, 0));
    text_append_string(out, ",\"value\":");
    json_write(out, query_text(&q, 1));
    text_append_string(out, "}");
  }
  query_close(&q);
  text_append_string(out, "]");
}

static void environment_write(nangolite *store, const char *name, const char *value) {
  query q = query_open(store, value == NULL ? ENVIRONMENT_REMOVE : ENVIRONMENT_PUT);
  query_bind_text(&q, slice_of(name));
  if (value != NULL) query_bind_text(&q, slice_of(value));
  query_run(&q);
}

static void environment_clear(nangolite *store) {
  query q = query_open(store, ENVIRONMENT_CLEAR);
  query_run(&q);
}

static char *environment_read(nangolite *store, const char *name) {
  text value = {0};
  query q = query_open(store, ENVIRONMENT_GET);
  query_bind_text(&q, slice_of(name));
  int is_set = query_next(&q);
  slice found = is_set ? query_text(&q, 0) : slice_of("");
  text_append(&value, found.at, found.length);
  query_close(&q);
  char *taken = is_set ? store_take(store, &value) : NULL;
  text_free(&value);
  return taken;
}
