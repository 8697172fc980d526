/* Finding what is due among many schedules, against the same among few; and what a run writes that finds
** nothing new. */
#include "bench.h"

#include <stdio.h>

/* ---- many schedules ---- */

/* As many syncs as connections, so that each has an instance of every sync. */
static library *make_schedules(const options *o, const char *path, int side) {
  char name[32];
  const char *models[] = {name};
  nangolite_sync sync = {.provider_config_key = "many", .frequency = "every day"};
  sync.name = name;
  sync.models = models;
  sync.model_count = 1;
  remove_database(path);
  library *l = library_open(path, o->cache_kb);
  for (int i = 0; i < side; i++) {
    snprintf(name, sizeof name, "Sync-%d", i);
    library_must(l, nangolite_sync_define(library_store(l), &sync), "nangolite_sync_define");
    int result = nangolite_connection_create(library_store(l), "many", name);
    library_must(l, result, "nangolite_connection_create");
  }
  return l;
}

static void job_next_due(void *l, const void *times) {
  for (int i = 0; i < *(const int *)times; i++) {
    if (nangolite_next_due(library_store(l)) == INT64_MAX) die("nangolite_next_due", "nothing is due");
  }
}

/* Claims what is due and ends it at once. */
static void job_run(void *l, const void *times) {
  for (int i = 0; i < *(const int *)times; i++) {
    library_must(l, nangolite_run_finish(library_begin_run(l), NULL, NULL), "nangolite_run_finish");
  }
}

static int square_root(int number) {
  int root = 1;
  while ((root + 1) * (root + 1) <= number) root++;
  return root;
}

static void report_due(const options *o) {
  static const int looks = 1000, runs = 5;
  char name[64];
  bench_row due = {.name = name, .cpu_limit = 2};
  bench_row run = {.name = "claiming and ending a run, the same"};
  snprintf(name, sizeof name, "next due among %d schedules", o->schedules);
  report_heading("The schedule", "100 schedules");
  library *many = make_schedules(o, o->ours, square_root(o->schedules));
  library *few = make_schedules(o, o->theirs, 10);
  for (int i = 0; i < 15; i++) row_measure(&due, job_next_due, many, job_next_due, few, &looks);
  for (int i = 0; i < 15; i++) row_measure(&run, job_run, many, job_run, few, &runs);
  report_row(&due);
  report_row(&run);
  library_close(many);
  library_close(few);
}

/* ---- a run that finds nothing new ---- */

static int save_two(nangolite_run *run, void *user) {
  static const char records[] = "[{\"id\":1,\"state\":\"open\"},{\"id\":2,\"state\":\"closed\"}]";
  (void)user;
  return nangolite_run_save(run, "Issue", records, -1, NULL);
}

static library *open_with_runs(const options *o, int connections) {
  static const char *const models[] = {"Issue"};
  char name[32];
  nangolite_sync sync = {.provider_config_key = "small", .name = "two", .frequency = "every hour"};
  sync.exec = save_two;
  sync.models = models;
  sync.model_count = 1;
  remove_database(o->ours);
  library *l = library_open(o->ours, o->cache_kb);
  nangolite_clock_set(library_store(l), HELD_TIME);
  library_must(l, nangolite_sync_define(library_store(l), &sync), "nangolite_sync_define");
  for (int i = 0; i < connections; i++) {
    snprintf(name, sizeof name, "account-%d", i);
    library_must(l, nangolite_connection_create(library_store(l), "small", name), "a connection");
  }
  return l;
}

/* Everything that is due, once. */
static void run_all(library *l, int connections) {
  int ran;
  library_must(l, nangolite_run_due(library_store(l), 0, &ran), "nangolite_run_due");
  if (ran != connections) die("nangolite_run_due", "not all of them ran");
}

static void report_written(const options *o) {
  enum { CONNECTIONS = 200 };
  library *l = open_with_runs(o, CONNECTIONS);
  run_all(l, CONNECTIONS);
  nangolite_clock_advance(library_store(l), INT64_C(3600000000));
  cost from = cost_now();
  int64_t before = counting_wal_written();
  run_all(l, CONNECTIONS);
  double written = (double)(counting_wal_written() - before) / CONNECTIONS;
  report_limited("a run that saves two unchanged records: WAL", written / 1e3, "KB", 1, 24);
  report_value("its CPU time", cost_since(from).cpu / CONNECTIONS * 1e6, "us", 0);
  library_close(l);
}

void rows_schedule(const options *o) {
  report_due(o);
  report_written(o);
}
