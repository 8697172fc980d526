#include "syncs/status.h"

#include "json/json_write.h"

static const char *status_latest(run_status latest) {
  static const char *const names[] = {NULL, "SUCCESS", "ERROR", "STOPPED"};
  return latest >= RUN_NONE && latest <= RUN_STOPPED ? names[latest] : NULL;
}

/* How the latest run stands; NULL: there was none. */
static const char *status_execution(const schedule *s) {
  return s->run != 0 ? "RUNNING" : status_latest(s->latest);
}

static const char *status_of(const schedule *s) {
  const char *execution = status_execution(s);
  if (s->run != 0) return execution;
  if (s->is_paused) return "PAUSED";
  return execution == NULL ? "SUCCESS" : execution;
}

static void status_append_key(text *out, const char *key) {
  json_write(out, slice_of(key));
  text_append(out, ":", 1);
}

static void status_append_string(text *out, const char *key, slice value) {
  status_append_key(out, key);
  if (value.at == NULL) text_append_string(out, "null");
  else json_write(out, value);
  text_append(out, ",", 1);
}

static void status_append_time(text *out, const char *key, int64_t time) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0};
  timestamp_format(time, TIMESTAMP_MILLISECONDS, &cache, written);
  slice value = {written, TIMESTAMP_LENGTH(TIMESTAMP_MILLISECONDS)};
  status_append_string(out, key, time == 0 ? slice_of(NULL) : value);
}

/* Appends {"Model":live records} with each model of the definition. */
static void status_append_counts(nangolite *store, const instance *i, const char *variant, text *out) {
  const char *separator = "{";
  query q = query_open(store, SYNC_MODELS);
  query_bind_int(&q, i->sync);
  while (query_next(&q)) {
    slice model = query_text(&q, 0);
    collection_name name = {.connection = i->connection, .model = model.at, .variant = variant};
    collection c = collection_find(store, &name);
    text_append_string(out, separator);
    json_write(out, model);
    text_append(out, ":", 1);
    text_append_int(out, collection_live(&c));
    separator = ",";
  }
  query_close(&q);
  text_append_string(out, *separator == '{' ? "{}" : "}");
}

/* Shows a run that is over as failed, although nobody has closed it yet. */
static instance status_instance(nangolite *store, int64_t id, int *has_expired) {
  int64_t at;
  instance i = instance_get(store, id);
  *has_expired = !store_failed(store) && instance_has_ended_run(store, &i, store_clock(store), &at);
  if (*has_expired) schedule_expire(&i.s, at);
  return i;
}

static void status_append_error(text *out, slice type, slice description, int64_t at) {
  status_append_key(out, "latestError");
  if (type.at == NULL) {
    text_append_string(out, "null,");
    return;
  }
  text_append_string(out, "{\"type\":");
  json_write_any(out, type);
  text_append_string(out, ",\"description\":");
  if (description.at == NULL) text_append_string(out, "null");
  else json_write_any(out, description);
  text_append_string(out, ",");
  status_append_time(out, "at", at);
  out->length--; /* the comma */
  text_append_string(out, "},");
}

static void status_append_progress(text *out, const instance *i) {
  status_append_key(out, "progress");
  if (i->s.run == 0 || i->progress_done == INSTANCE_NO_PROGRESS) {
    text_append_string(out, "null,");
    return;
  }
  text_append_string(out, "{\"done\":");
  text_append_int(out, i->progress_done);
  text_append_string(out, ",\"total\":");
  if (i->progress_total == 0) text_append_string(out, "null");
  else text_append_int(out, i->progress_total);
  text_append_string(out, "},");
}

static void status_append_schedule(text *out, const schedule *s) {
  int64_t due_at = s->is_paused ? 0 : schedule_due_at(s);
  status_append_time(out, "finishedAt", s->run != 0 ? 0 : s->finished_at);
  status_append_time(out, "nextScheduledSyncAt", due_at > TIME_MAX ? 0 : due_at);
}

static void status_append_outcome(nangolite *store, const instance *i, const instance_names *names,
                                  int has_expired, text *out) {
  text_append_string(out, "\"latestResult\":");
  if (i->s.started_at == 0) text_append_string(out, "null");
  else result_append_all(store, i, out);
  text_append(out, ",", 1);
  status_append_string(out, "latestExecutionStatus", slice_of(status_execution(&i->s)));
  if (has_expired) status_append_error(out, slice_of("expired"), slice_of(RUN_EXPIRED), i->s.finished_at);
  else status_append_error(out, names->error_type, names->error_description, i->error_at);
  status_append_progress(out, i);
}

static void status_append_instance(nangolite *store, int64_t id, text *out) {
  int has_expired;
  instance i = status_instance(store, id, &has_expired);
  instance_names names = instance_get_names(store, id);
  if (store_failed(store)) return;
  text_append_string(out, "{\"id\":\"");
  text_append_int(out, id);
  text_append_string(out, "\",");
  status_append_string(out, "connection_id", names.connection_id);
  status_append_string(out, "name", names.sync);
  status_append_string(out, "variant", names.variant);
  status_append_string(out, "type", slice_of(i.s.is_initial ? "INITIAL" : "INCREMENTAL"));
  status_append_string(out, "status", slice_of(status_of(&i.s)));
  status_append_string(out, "frequency", names.frequency);
  status_append_schedule(out, &i.s);
  status_append_key(out, "checkpoint");
  if (names.checkpoint.at == NULL) text_append_string(out, "null");
  else text_append(out, names.checkpoint.at, names.checkpoint.length);
  text_append(out, ",", 1);
  status_append_outcome(store, &i, &names, has_expired, out);
  status_append_key(out, "recordCount");
  status_append_counts(store, &i, names.variant.at, out);
  text_append(out, "}", 1);
  text_free(&names.strings);
}

static void status_append(nangolite *store, const selection *s, text *out) {
  id_list list = selection_find(store, s);
  text_append_string(out, "{\"syncs\":[");
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    if (n > 0) text_append(out, ",", 1);
    status_append_instance(store, list.at[n], out);
  }
  text_append_string(out, "]}");
  sqlite3_free(list.at);
}
