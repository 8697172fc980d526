#include "records/metadata.h"

#include "database/arguments.h"
#include "json/json_overlay.h"
#include "json/json_scan.h"

static slice metadata_check(nangolite *store, const char *json) {
  json_value value = {{NULL, 0}, JSON_NULL};
  arguments_need(store, json, "json");
  if (store_failed(store)) return value.text;
  json_error error = json_scan(slice_of(json), &value);
  if (error.reason != NULL)
    store_fail(store, NANGOLITE_INVALID, "metadata: %s, at byte %lld", error.reason, (long long)error.offset);
  else if (value.type != JSON_OBJECT) store_fail(store, NANGOLITE_INVALID, "metadata must be a JSON object");
  return value.text;
}

static void metadata_append(nangolite *store, int64_t connection, text *out) {
  connection_row found;
  query q = {NULL, NULL, 0};
  if (connection_get(store, connection, &q, &found)) {
    slice metadata = found.metadata.at == NULL ? slice_of("{}") : found.metadata;
    text_append(out, metadata.at, metadata.length);
  }
  query_close(&q);
}

static void metadata_set(nangolite *store, int64_t connection, slice object, int is_merged) {
  text before = {0}, merged = {0};
  if (is_merged) metadata_append(store, connection, &before);
  store_check_text(store, &before);
  if (is_merged && !store_failed(store)) {
    json_overlay(json_of((slice){before.at, before.length}), json_of(object), &merged);
    store_check_text(store, &merged);
    object = (slice){merged.at, merged.length};
  }
  if (!store_failed(store)) connection_set_metadata(store, connection, object);
  text_free(&before);
  text_free(&merged);
}
