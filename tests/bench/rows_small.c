/* Few records a call, and many collections: where what a call costs by itself tells. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- one collection ---- */

static void job_library_save(void *l, const void *set) {
  library_save(l, set);
  library_settle(l);
}

static void job_baseline_save(void *b, const void *set) {
  baseline_save_changed(b, 1, set);
  baseline_settle(b);
}

/* All records are there, and all change in each pair. */
static void measure_calls(const options *o, int batch, bench_row *unchanged, bench_row *changed) {
  enum { RECORDS = 10000 };
  remove_database(o->ours);
  remove_database(o->theirs);
  record_set *set = records_make(0, o->is_full ? RECORDS : RECORDS / 2, batch, IDS_RANDOM);
  library *l = library_open(o->ours, o->cache_kb);
  baseline *b = baseline_open(o->theirs, o->cache_kb);
  library_save(l, set);
  baseline_save(b, 1, set);
  for (int i = 0; i < o->pairs; i++) {
    row_measure(unchanged, job_library_save, l, job_baseline_save, b, set);
    records_change_all(set, i + 1);
    row_measure(changed, job_library_save, l, job_baseline_save, b, set);
  }
  library_close(l);
  baseline_close(b);
  records_free(set);
}

static void report_calls(const options *o) {
  bench_row rows[] = {{.name = "one record a call, unchanged"},
                      {.name = "one record a call, all changed", .cpu_limit = 1.5, .bytes_limit = 1.7},
                      {.name = "ten records a call, unchanged"},
                      {.name = "ten records a call, all changed", .cpu_limit = 1.3, .bytes_limit = 2.2}};
  measure_calls(o, 1, &rows[0], &rows[1]);
  measure_calls(o, 10, &rows[2], &rows[3]);
  report_rows(rows, 4);
}

/* ---- many collections ---- */

enum { COLLECTIONS = 1000 };

/* The records of each collection, and the connection that it belongs to. */
typedef struct many {
  record_set *sets[COLLECTIONS];
  char connections[COLLECTIONS][16];
} many;

static many *make_many(int each) {
  many *m = must_allocate(sizeof *m);
  for (int i = 0; i < COLLECTIONS; i++) {
    m->sets[i] = records_make(i * each, each, 10, IDS_RANDOM);
    snprintf(m->connections[i], sizeof m->connections[i], "account-%d", i);
  }
  return m;
}

static void change_many(many *m, int revision) {
  for (int i = 0; i < COLLECTIONS; i++) records_change_tenth(m->sets[i], revision * COLLECTIONS + i);
}

static void free_many(many *m) {
  for (int i = 0; i < COLLECTIONS; i++) records_free(m->sets[i]);
  free(m);
}

/* Ten records of each collection in turn, then the next ten of each. */
static void job_library_many(void *l, const void *collections) {
  const many *m = collections;
  for (int array = 0; array < records_arrays(m->sets[0]); array++) {
    for (int i = 0; i < COLLECTIONS; i++) {
      const nangolite_scope scope = {"tracker", m->connections[i], "Issue", NULL};
      library_save_array(l, &scope, m->sets[i], array);
    }
  }
  library_settle(l);
}

static void job_baseline_many(void *b, const void *collections) {
  const many *m = collections;
  for (int array = 0; array < records_arrays(m->sets[0]); array++) {
    for (int i = 0; i < COLLECTIONS; i++) baseline_save_array(b, i + 1, m->sets[i], array);
  }
  baseline_settle(b);
}

static void connect_many(library *l, const many *m) {
  for (int i = 0; i < COLLECTIONS; i++) {
    int result = nangolite_connection_create(library_store(l), "tracker", m->connections[i]);
    library_must(l, result, "nangolite_connection_create");
  }
}

static void report_many(const options *o) {
  bench_row rows[] = {
    {.name = "1,000 collections, ten a call, first save"},
    {.name = "1,000 collections, ten a call, unchanged"},
    {.name = "1,000 collections, ten a call, 10 % changed", .cpu_limit = 1.3, .bytes_limit = 2.2}};
  remove_database(o->ours);
  remove_database(o->theirs);
  many *m = make_many(o->is_full ? 100 : 20);
  library *l = library_open(o->ours, o->cache_kb);
  baseline *b = baseline_open(o->theirs, o->cache_kb);
  connect_many(l, m);
  row_measure(&rows[0], job_library_many, l, job_baseline_many, b, m);
  for (int i = 0; i < o->pairs; i++) {
    row_measure(&rows[1], job_library_many, l, job_baseline_many, b, m);
    change_many(m, i + 1);
    row_measure(&rows[2], job_library_many, l, job_baseline_many, b, m);
  }
  report_rows(rows, 3);
  library_close(l);
  baseline_close(b);
  free_many(m);
}

void rows_small(const options *o) {
  report_heading("Small calls, random ids", "an upsert that skips equal payloads");
  report_calls(o);
  report_many(o);
}
