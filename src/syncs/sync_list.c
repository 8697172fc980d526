#include "syncs/sync_list.h"

#include "database/query.h"
#include "json/json_write.h"
#include "values/timestamp.h"

static void sync_list_append_models(nangolite *store, int64_t sync, text *out) {
  const char *separator = "[";
  query q = query_open(store, SYNC_MODELS);
  query_bind_int(&q, sync);
  for (; query_next(&q); separator = ",") {
    text_append_string(out, separator);
    json_write(out, query_text(&q, 0));
  }
  query_close(&q);
  text_append_string(out, *separator == '[' ? "[]" : "]");
}

static void sync_list_append_number(text *out, const char *key, int64_t number) {
  text_append_string(out, key);
  text_append_int(out, number);
}

static void sync_list_append_boolean(text *out, const char *key, int is_true) {
  text_append_string(out, key);
  text_append_string(out, is_true ? "true" : "false");
}

/* `q` is at the row of the sync. */
static void sync_list_append_one(nangolite *store, const query *q, text *out) {
  slice provider_config_key = query_text(q, 1), name = query_text(q, 2);
  text_append_string(out, "{\"provider_config_key\":");
  json_write(out, provider_config_key);
  text_append_string(out, ",\"name\":");
  json_write(out, name);
  text_append_string(out, ",\"models\":");
  sync_list_append_models(store, query_int(q, 0), out);
  text_append_string(out, ",\"frequency\":");
  json_write(out, query_text(q, 3));
  text_append_string(out, ",\"start_at\":");
  timestamp_write(out, query_int(q, 4));
  sync_list_append_boolean(out, ",\"manual_start\":", query_int(q, 5) != 0);
  sync_list_append_number(out, ",\"max_delete_percent\":", query_int(q, 6));
  sync_list_append_number(out, ",\"max_retries\":", query_int(q, 7));
  sync_list_append_number(out, ",\"retry_after_s\":", query_int(q, 8));
  sync_list_append_boolean(out, ",\"local_time\":", query_int(q, 9) != 0);
  sync_list_append_boolean(out, ",\"served\":", sync_function_serves(store, provider_config_key, name));
  text_append_string(out, "}");
}

static void sync_list_append(nangolite *store, const char *provider_config_key, text *out) {
  const char *separator = "";
  query q = query_open(store, provider_config_key == NULL ? SYNC_LIST : SYNC_OF_INTEGRATION_LIST);
  if (provider_config_key != NULL) query_bind_text(&q, slice_of(provider_config_key));
  text_append_string(out, "{\"syncs\":[");
  for (; query_next(&q); separator = ",") {
    text_append_string(out, separator);
    sync_list_append_one(store, &q, out);
  }
  query_close(&q);
  text_append_string(out, "]}");
}
