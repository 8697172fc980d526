#include "syncs/event.h"
#include "json/json_write.h"

static void event_append_member(text *out, const char *key, slice value) {
  text_append(out, ",", 1);
  json_write(out, slice_of(key));
  text_append(out, ":", 1);
  json_write(out, value);
}

static void event_append_time(text *out, const char *key, int64_t time, int digits) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0};
  timestamp_format(time, digits, &cache, written);
  event_append_member(out, key, (slice){written, TIMESTAMP_LENGTH(digits)});
}

static void event_append_json(text *out, slice json) {
  if (json.at == NULL) text_append_string(out, "null");
  else text_append(out, json.at, json.length);
}

/* The time for a run that has changed nothing: no record that was changed before its end was changed after
** this time. */
static int64_t event_after_all(const nangolite *store, const instance *i) {
  return store->last_stamp > i->s.started_at ? store->last_stamp : i->s.started_at;
}

static void event_append_success(nangolite *store, const instance *i, const query *q) {
  text *out = &store->events;
  int64_t changed_after = result_changed_after(q);
  text_append_string(out, ",\"success\":true");
  event_append_time(out, "modifiedAfter", changed_after != 0 ? changed_after : event_after_all(store, i),
                    TIMESTAMP_MICROSECONDS);
  text_append_string(out, ",\"responseResults\":");
  result_append_counts(out, q);
}

static void event_append_failure(text *out, const instance *i, const run_error *error) {
  text_append_string(out, ",\"success\":false,\"error\":{\"type\":");
  json_write_any(out, slice_of(error->type));
  text_append_string(out, ",\"description\":");
  if (error->description == NULL) text_append_string(out, "null");
  else json_write_any(out, slice_of(error->description));
  text_append(out, "}", 1);
  event_append_time(out, "startedAt", i->s.started_at, TIMESTAMP_MILLISECONDS);
  event_append_time(out, "failedAt", i->s.finished_at, TIMESTAMP_MILLISECONDS);
}

static void event_append_head(text *out, const instance *i, const instance_names *names, slice model) {
  text_append_string(out, "{\"from\":\"nango\",\"type\":\"sync\"");
  event_append_member(out, "connectionId", names->connection_id);
  event_append_member(out, "providerConfigKey", names->provider_config_key);
  event_append_member(out, "syncName", names->sync);
  event_append_member(out, "syncVariant", names->variant);
  event_append_member(out, "model", model);
  event_append_member(out, "syncType", slice_of(i->s.is_initial ? "INITIAL" : "INCREMENTAL"));
}

static void event_append_checkpoints(text *out, const instance_names *names) {
  text_append_string(out, ",\"checkpoints\":{\"from\":");
  event_append_json(out, names->checkpoint_before);
  text_append_string(out, ",\"to\":");
  event_append_json(out, names->checkpoint);
  text_append(out, "}}", 3); /* 3, because the NUL belongs to the string in the queue */
}

static void event_queue_successes(nangolite *store, const instance *i, const instance_names *names) {
  query q = result_open(store, i);
  while (query_next(&q)) {
    event_append_head(&store->events, i, names, result_model(&q));
    event_append_success(store, i, &q);
    event_append_checkpoints(&store->events, names);
  }
  query_close(&q);
}

/* The models of a failure, joined by commas. */
static void event_append_models(nangolite *store, const instance *i, text *out) {
  query q = result_open(store, i);
  while (query_next(&q)) {
    slice model = result_model(&q);
    if (out->length > 0) text_append(out, ",", 1);
    text_append(out, model.at, model.length);
  }
  query_close(&q);
  store_check_text(store, out);
}

static void event_queue_failure(nangolite *store, const instance *i, const instance_names *names,
                                const run_error *error) {
  text models = {0};
  event_append_models(store, i, &models);
  event_append_head(&store->events, i, names, (slice){models.at, models.length});
  event_append_failure(&store->events, i, error);
  event_append_checkpoints(&store->events, names);
  text_free(&models);
}

static void event_queue(nangolite *store, const instance *i, const instance_names *names,
                        const run_error *error) {
  if (store->on_sync == NULL) return;
  if (error->type == NULL) event_queue_successes(store, i, names);
  else event_queue_failure(store, i, names, error);
  store_check_text(store, &store->events);
}
