#include "syncs/kept_run.h"

#include "json/json_write.h"

static slice run_error_cut(const char *string) {
  slice cut = slice_of(string);
  if (cut.length <= RUN_ERROR_MAX) return cut;
  cut.length = RUN_ERROR_MAX;
  while (cut.length > 0 && ((unsigned char)cut.at[cut.length] & 0xc0) == 0x80) cut.length--;
  return cut;
}

static void kept_run_trim(nangolite *store, const instance *i) {
  query q = query_open(store, RUN_TRIM);
  query_bind_int(&q, i->id);
  query_bind_int(&q, store->options.keep_runs > 0 ? store->options.keep_runs : 0);
  query_run(&q);
}

static void kept_run_insert(nangolite *store, const instance *i, const instance_names *names,
                            const run_error *error, const text *results) {
  query q = query_open(store, RUN_INSERT);
  query_bind_int(&q, i->id);
  query_bind_int(&q, i->latest_run);
  query_bind_int(&q, i->s.started_at);
  query_bind_int(&q, i->s.finished_at);
  query_bind_int(&q, i->s.latest);
  query_bind_int(&q, i->s.is_initial);
  query_bind_text(&q, run_error_cut(error->type));
  query_bind_text(&q, run_error_cut(error->description));
  query_bind_text(&q, (slice){results->at, results->length});
  query_bind_text(&q, names->checkpoint_before);
  query_bind_text(&q, names->checkpoint);
  query_run(&q);
}

static void kept_run_add(nangolite *store, const instance *i, const instance_names *names,
                         const run_error *error) {
  text results = {0};
  if (store->options.keep_runs > 0) {
    result_append_all(store, i, &results);
    store_check_text(store, &results);
    kept_run_insert(store, i, names, error, &results);
  }
  kept_run_trim(store, i);
  text_free(&results);
}

static void kept_run_append_time(text *out, const char *key, int64_t time) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0};
  timestamp_format(time, TIMESTAMP_MILLISECONDS, &cache, written);
  text_append_string(out, key);
  if (time == 0) text_append_string(out, "null");
  else json_write(out, (slice){written, TIMESTAMP_LENGTH(TIMESTAMP_MILLISECONDS)});
}

static void kept_run_append_json(text *out, slice json) {
  if (json.at == NULL) text_append_string(out, "null");
  else text_append(out, json.at, json.length);
}

static void kept_run_append_error(text *out, slice type, slice description) {
  if (type.at == NULL) {
    text_append_string(out, "null");
    return;
  }
  text_append_string(out, "{\"type\":");
  json_write_any(out, type);
  text_append_string(out, ",\"description\":");
  if (description.at == NULL) text_append_string(out, "null");
  else json_write_any(out, description);
  text_append_string(out, "}");
}

/* Appends the first members of one run, up to the key of its error. The caller appends the error, the
** results and the checkpoints. A `result` of RUN_NONE: the run is in progress. */
static void kept_run_append_head(text *out, int64_t number, int64_t started_at, int64_t finished_at,
                                 run_status result, int is_initial) {
  static const char *const names[] = {"null", "\"SUCCESS\"", "\"ERROR\"", "\"STOPPED\""};
  text_append_string(out, "{\"id\":\"");
  text_append_int(out, number);
  kept_run_append_time(out, "\",\"startedAt\":", started_at);
  kept_run_append_time(out, ",\"finishedAt\":", finished_at);
  text_append_string(out, ",\"result\":");
  text_append_string(out, names[result]);
  text_append_string(out, is_initial ? ",\"type\":\"INITIAL\"" : ",\"type\":\"INCREMENTAL\"");
  text_append_string(out, ",\"error\":");
}

static void kept_run_append_checkpoints(text *out, slice from, slice to) {
  text_append_string(out, ",\"checkpoints\":{\"from\":");
  kept_run_append_json(out, from);
  text_append_string(out, ",\"to\":");
  kept_run_append_json(out, to);
  text_append_string(out, "}}");
}

static void kept_run_append_current(nangolite *store, const instance *i, text *out) {
  instance_names names = instance_get_names(store, i->id);
  kept_run_append_head(out, i->s.run, i->s.started_at, 0, RUN_NONE, i->s.is_initial);
  text_append_string(out, "null,\"results\":");
  result_append_all(store, i, out);
  kept_run_append_checkpoints(out, names.checkpoint_before, names.checkpoint);
  text_free(&names.strings);
}

static void kept_run_append_row(const query *q, text *out) {
  run_status result = (run_status)query_range(q, 3, RUN_SUCCESS, RUN_STOPPED);
  kept_run_append_head(out, query_int(q, 0), query_range(q, 1, 1, TIME_MAX), query_range(q, 2, 1, TIME_MAX),
                       result, query_int(q, 4) != 0);
  kept_run_append_error(out, query_text(q, 5), query_text(q, 6));
  text_append_string(out, ",\"results\":");
  kept_run_append_json(out, query_text(q, 7));
  kept_run_append_checkpoints(out, query_text(q, 8), query_text(q, 9));
}

static void kept_run_append(nangolite *store, const instance *i, int limit, text *out) {
  const char *separator = "";
  int is_running = i->s.run != 0;
  text_append_string(out, "{\"runs\":[");
  if (is_running) kept_run_append_current(store, i, out);
  if (is_running) separator = ",";
  query q = query_open(store, RUN_LIST);
  query_bind_int(&q, i->id);
  query_bind_int(&q, limit == 0 ? -1 : limit - is_running);
  for (; query_next(&q); separator = ",") {
    text_append_string(out, separator);
    kept_run_append_row(&q, out);
  }
  query_close(&q);
  text_append_string(out, "]}");
}

static void kept_run_clear(nangolite *store, int64_t instance_id) {
  query_run_with(store, RUN_CLEAR, instance_id);
}
