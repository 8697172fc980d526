#include "syncs/result.h"

#include "json/json_write.h"

static void result_put(nangolite *store, statement_id id, const instance *i, const char *model,
                       const nangolite_changes *made, int64_t *changed) {
  query q = query_open(store, id);
  query_bind_int(&q, made->added);
  if (id == RESULT_ADD) query_bind_int(&q, i->s.run);
  query_bind_int(&q, made->updated);
  query_bind_int(&q, made->deleted);
  query_bind_int(&q, id == RESULT_ADD ? i->succeeded_run : i->s.run);
  query_bind_int(&q, store->first_stamp - 1);
  query_bind_int(&q, i->id);
  query_bind_text(&q, slice_of(model));
  *changed = query_run(&q);
}

static void result_add(nangolite *store, const instance *i, const char *model,
                       const nangolite_changes *made) {
  int64_t changed = 0;
  if (made->added + made->updated + made->deleted == 0) return;
  result_put(store, RESULT_ADD, i, model, made, &changed);
  if (changed == 0) result_put(store, RESULT_INSERT, i, model, made, &changed);
}

static void result_clear_strays(nangolite *store) {
  query q = query_open(store, RESULT_CLEAR_STRAYS);
  query_run(&q);
}

static query result_open(nangolite *store, const instance *i) {
  query q = query_open(store, RESULT_LIST);
  query_bind_int(&q, i->latest_run);
  query_bind_int(&q, i->succeeded_run);
  query_bind_int(&q, i->id);
  query_bind_int(&q, i->sync);
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

static void result_append_all(nangolite *store, const instance *i, text *out) {
  const char *separator = "{";
  query q = result_open(store, i);
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

static void result_clear(nangolite *store, int64_t instance_id) {
  query_run_with(store, RESULT_CLEAR, instance_id);
}
