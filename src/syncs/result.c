#include "syncs/result.h"

#include "json/json_write.h"

static void result_clear(nangolite *store, int64_t instance_id) {
  query_run_with(store, RESULT_CLEAR, instance_id);
}

static void result_begin(nangolite *store, const instance *i) {
  result_clear(store, i->id);
  query q = query_open(store, RESULT_INIT);
  query_bind_int(&q, i->id);
  query_bind_int(&q, i->sync);
  query_run(&q);
}

static void result_add(nangolite *store, int64_t instance_id, const char *model, const nangolite_changes *made) {
  if (made->added + made->updated + made->deleted == 0) return;
  query q = query_open(store, RESULT_ADD);
  query_bind_int(&q, made->added);
  query_bind_int(&q, made->updated);
  query_bind_int(&q, made->deleted);
  query_bind_int(&q, store->first_stamp - 1);
  query_bind_int(&q, instance_id);
  query_bind_text(&q, slice_of(model));
  query_run(&q);
}

static query result_open(nangolite *store, int64_t instance_id) {
  query q = query_open(store, RESULT_LIST);
  query_bind_int(&q, instance_id);
  return q;
}

static slice result_model(const query *q) {
  return query_text(q, 0);
}

static int64_t result_changed_after(const query *q) {
  return query_int(q, 4);
}

static void result_append_counts(text *out, const query *q) {
  static const char *const keys[] = {"{\"added\":", ",\"updated\":", ",\"deleted\":"};
  for (int i = 0; i < 3; i++) {
    text_append_string(out, keys[i]);
    text_append_int(out, query_int(q, 1 + i));
  }
  text_append(out, "}", 1);
}

static void result_append_all(nangolite *store, int64_t instance_id, text *out) {
  const char *separator = "{";
  query q = result_open(store, instance_id);
  while (query_next(&q)) {
    text_append_string(out, separator);
    json_write(out, result_model(&q));
    text_append(out, ":", 1);
    result_append_counts(out, &q);
    separator = ",";
  }
  query_close(&q);
  text_append_string(out, *separator == '{' ? "{}" : "}");
}
