#include "event.h"
#include "utf8.h"

static void event_append_member(text *out, const char *key, slice value) {
  text_append(out, ",", 1);
  text_append_json(out, slice_of(key));
  text_append(out, ":", 1);
  text_append_json(out, value);
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

/* {"added":1,"updated":2,"deleted":3} of the columns that follow the model's. */
static void event_append_counts(text *out, const query *q) {
  static const char *const keys[] = {"{\"added\":", ",\"updated\":", ",\"deleted\":"};
  for (int i = 0; i < 3; i++) {
    text_append_string(out, keys[i]);
    text_append_int(out, query_int(q, 1 + i));
  }
  text_append(out, "}", 1);
}

/* Of a run that changed nothing: nothing that was before its end is after this. */
static int64_t event_after_all(const nangolite *store, const instance *i) {
  return store->last_stamp > i->s.started_at ? store->last_stamp : i->s.started_at;
}

static void event_append_outcome(nangolite *store, const instance *i, const run_error *error,
                                 const query *q) {
  text *out = &store->events;
  if (error->type == NULL) {
    int64_t changed_after = query_int(q, 4);
    text_append_string(out, ",\"success\":true");
    event_append_time(out, "modifiedAfter", changed_after != 0 ? changed_after : event_after_all(store, i),
                      TIMESTAMP_MICROSECONDS);
    text_append_string(out, ",\"responseResults\":");
    event_append_counts(out, q);
    return;
  }
  text_append_string(out, ",\"success\":false,\"error\":{\"type\":");
  utf8_append_json(out, slice_of(error->type));
  text_append_string(out, ",\"description\":");
  if (error->description == NULL) text_append_string(out, "null");
  else utf8_append_json(out, slice_of(error->description));
  text_append(out, "}", 1);
  event_append_time(out, "startedAt", i->s.started_at, TIMESTAMP_MILLISECONDS);
  event_append_time(out, "failedAt", i->s.finished_at, TIMESTAMP_MILLISECONDS);
}

static void event_append(nangolite *store, const instance *i, const instance_names *names,
                         const run_error *error, const query *q) {
  text *out = &store->events;
  text_append_string(out, "{\"type\":\"sync\"");
  event_append_member(out, "connectionId", names->connection_id);
  event_append_member(out, "providerConfigKey", names->provider_config_key);
  event_append_member(out, "syncName", names->sync);
  event_append_member(out, "syncVariant", names->variant);
  event_append_member(out, "model", query_text(q, 0));
  event_append_member(out, "syncType", slice_of(i->s.is_initial ? "INITIAL" : "INCREMENTAL"));
  event_append_outcome(store, i, error, q);
  text_append_string(out, ",\"checkpoints\":{\"from\":");
  event_append_json(out, names->checkpoint_before);
  text_append_string(out, ",\"to\":");
  event_append_json(out, names->checkpoint);
  text_append(out, "}}", 3);   /* with the NUL: the queue is a row of strings */
}

static void event_queue(nangolite *store, const instance *i, const run_error *error) {
  if (store->on_sync == NULL && store->opened) return;   /* while it is opened nobody can listen yet */
  instance_names names = instance_get_names(store, i->id);
  query q = query_open(store, RESULT_LIST);
  query_bind_int(&q, i->id);
  while (query_next(&q)) event_append(store, i, &names, error, &q);
  query_close(&q);
  text_free(&names.strings);
  if (store->events.failed) store_fail_memory(store);
}

static int event_end_transaction(nangolite *store) {
  transaction_end(store);
  text queue = store->events;
  store->events = (text){NULL, 0, 0, 0};
  int result = store_end(store);
  for (size_t at = 0; result == NANGOLITE_OK && at < queue.length; at += strlen(queue.at + at) + 1) {
    if (store->on_sync != NULL) store->on_sync(store->on_sync_ctx, queue.at + at);
  }
  text_free(&queue);
  store->result = result;   /* of this call, not of those that the callback made */
  return result;
}

static void event_append_results(nangolite *store, int64_t instance_id, text *out) {
  const char *separator = "{";
  query q = query_open(store, RESULT_LIST);
  query_bind_int(&q, instance_id);
  while (query_next(&q)) {
    text_append_string(out, separator);
    text_append_json(out, query_text(&q, 0));
    text_append(out, ":", 1);
    event_append_counts(out, &q);
    separator = ",";
  }
  query_close(&q);
  text_append_string(out, *separator == '{' ? "{}" : "}");
}
