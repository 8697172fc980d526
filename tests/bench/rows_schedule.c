/* Finding what is due among many schedules, against the same among few. */
#include "bench.h"

#include <stdio.h>

/* As many syncs as connections, so that each has an instance of every sync. */
static library *make_schedules(const char *path, int side) {
  static const char *const models[] = {"Issue"};
  remove_database(path);
  library *l = library_open(path);
  nangolite_sync sync = {.provider_config_key = "many", .frequency = "every day"};
  sync.models = models;
  sync.model_count = 1;
  for (int i = 0; i < side; i++) {
    char name[32];
    snprintf(name, sizeof name, "sync-%d", i);
    sync.name = name;
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

void report_schedule(const options *o) {
  static const int looks = 1000, runs = 5;
  char name[64];
  pairs due = {.name = name, .limit = 2};
  pairs run = {.name = "claiming and ending a run, the same"};
  snprintf(name, sizeof name, "next due among %d schedules, against 100", o->schedules);
  report_heading("The schedule");
  library *many = make_schedules(o->ours, square_root(o->schedules)), *few = make_schedules(o->theirs, 10);
  for (int i = 0; i < 15; i++) pairs_measure(&due, job_next_due, many, job_next_due, few, &looks);
  for (int i = 0; i < 15; i++) pairs_measure(&run, job_run, many, job_run, few, &runs);
  report_pairs(&due);
  report_pairs(&run);
  library_close(many);
  library_close(few);
}
