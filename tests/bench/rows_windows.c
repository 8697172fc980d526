/* Saving in a run inside a delete window, against the same outside of one. */
#include "bench.h"

#include <stdio.h>

typedef struct window_job {
  library *l;
  nangolite_run *run;
} window_job;

static void job_save(void *job, const void *set) {
  const window_job *j = job;
  library_run_save(j->run, set);
  library_settle(j->l);
}

static void open_window(window_job *job) {
  library_must(job->l, nangolite_run_track_deletes_start(job->run, library_scope()->model), "track deletes");
}

/* Returns how long the end took. */
static double close_window(window_job *job, int64_t missing) {
  nangolite_changes changes;
  cost from = cost_now();
  int result = nangolite_run_track_deletes_end(job->run, library_scope()->model, &changes);
  double seconds = cost_since(from).wall;
  library_must(job->l, result, "track deletes");
  if (changes.deleted != missing) die("track deletes", "an unexpected number of records was deleted");
  return seconds;
}

/* Two stores, so that both sides find the same; one of them has its window open while it saves. */
static void measure(bench_row *r, window_job *inside, window_job *outside, const record_set *set,
                    double *end) {
  open_window(inside);
  row_measure(r, job_save, inside, job_save, outside, set);
  *end = close_window(inside, 0);
}

static window_job begin(const options *o, const char *path, const record_set *set) {
  remove_database(path);
  window_job job = {library_open(path, o->cache_kb), NULL};
  job.run = library_begin_run(job.l);
  library_run_save(job.run, set);
  return job;
}

static void finish(window_job *job) {
  library_must(job->l, nangolite_run_finish(job->run, NULL, NULL), "nangolite_run_finish");
  library_close(job->l);
}

/* A window in which the last array is missing: of 100,000 records that is one percent. */
static void report_missing(window_job *job, const record_set *set) {
  char name[64];
  record_set part = *set;
  part.count = (set->count - 1) / BATCH * BATCH;
  int missing = set->count - part.count;
  open_window(job);
  library_run_save(job->run, &part);
  snprintf(name, sizeof name, "the end of a window with %d of %d missing", missing, set->count);
  report_value(name, close_window(job, missing) * 1e3, "ms", 1);
}

void rows_windows(const options *o) {
  bench_row unchanged = {.name = "unchanged, inside a delete window", .cpu_limit = 1.05};
  bench_row changed = {.name = "10 % changed, inside a delete window", .cpu_limit = 1.05};
  double ends[PAIRS_MAX];
  int pair_count = o->pairs + 2;
  report_heading("In a run, inside a delete window", "the same outside of one");
  record_set *set = records_make(0, o->records, BATCH, IDS_RANDOM);
  window_job inside = begin(o, o->ours, set), outside = begin(o, o->theirs, set);
  for (int i = 0; i < pair_count; i++) {
    measure(&unchanged, &inside, &outside, set, &ends[i]);
    records_change_tenth(set, i + 1);
    measure(&changed, &inside, &outside, set, &ends[i]);
  }
  report_row(&unchanged);
  report_row(&changed);
  report_value("the end of a window with none missing", median(ends, pair_count) * 1e3, "ms", 1);
  report_missing(&inside, set);
  finish(&inside);
  finish(&outside);
  records_free(set);
}
