#include "api/repair_report.h"

static void repair_append(repair *r, const char *sentence, int64_t count, const text *first) {
  if (store_failed(r->store)) return;
  text_append_string(&r->report, sentence);
  text_append_string(&r->report, " (");
  text_append_int(&r->report, count);
  text_append_string(&r->report, count == 1 ? " row" : " rows");
  if (first != NULL) {
    text_append_string(&r->report, count == 1 ? ": " : ", the first is ");
    text_append(&r->report, first->at, first->length);
  }
  text_append_string(&r->report, ").\n");
  store_check_text(r->store, &r->report);
}

static void repair_say(repair *r, const char *sentence, int64_t count) {
  if (count > 0) repair_append(r, sentence, count, NULL);
}

static void repair_run_step(repair *r, const repair_step *step) {
  query q = query_open(r->store, step->id);
  int takes_time = q.statement != NULL && sqlite3_bind_parameter_count(q.statement) == 1;
  if (takes_time) query_bind_int(&q, r->store->now);
  repair_say(r, step->sentence, query_run(&q));
}

static void repair_run_steps(repair *r, const repair_step *steps, size_t count) {
  for (size_t i = 0; i < count && !store_failed(r->store); i++) repair_run_step(r, &steps[i]);
}

static void repair_count_row(repair *r, repair_count *count, const char *place, ...) {
  if (count->rows++ > 0 || store_failed(r->store)) return;
  va_list arguments;
  va_start(arguments, place);
  char *name = sqlite3_vmprintf(place, arguments);
  va_end(arguments);
  if (name == NULL) store_fail_memory(r->store);
  else text_append_string(&count->first, name);
  store_check_text(r->store, &count->first);
  sqlite3_free(name);
}

static void repair_say_counted(repair *r, const char *sentence, repair_count *count) {
  if (count->rows > 0) repair_append(r, sentence, count->rows, &count->first);
  text_free(&count->first);
  *count = (repair_count){0};
}
