/* make bench-check: fixed jobs, one of each kind, each in a function of its own named job_*, whose instructions
** valgrind counts. The clock is held and the records are the same in every run; what the store draws at random
** moves the counts by far less than the five percent that are looked for. */
#include "bench.h"

#include <stdio.h>

enum { RECORDS = 5000, SMALL_CALLS = 500, RUNS = 50 };

#if defined(__GNUC__)
#define COUNTED __attribute__((noinline))
#else
#define COUNTED
#endif

void job_save_new(library *l, const record_set *set);
void job_save_unchanged(library *l, const record_set *set);
void job_save_shuffled(library *l, const record_set *set);
void job_save_changed(library *l, const record_set *set);
void job_save_reformatted(library *l, const record_set *set);
void job_small_calls(library *l, const record_set *set);
void job_window_end(nangolite_run *run);
void job_read_pages(library *l);
void job_read_text(library *l);
void job_scheduled_runs(nangolite *store);
void job_open_memory(void);

COUNTED void job_save_new(library *l, const record_set *set) {
  library_save(l, set);
}
COUNTED void job_save_unchanged(library *l, const record_set *set) {
  library_save(l, set);
}
COUNTED void job_save_shuffled(library *l, const record_set *set) {
  library_save(l, set);
}
COUNTED void job_save_changed(library *l, const record_set *set) {
  library_save(l, set);
}
COUNTED void job_save_reformatted(library *l, const record_set *set) {
  library_save(l, set);
}
COUNTED void job_small_calls(library *l, const record_set *set) {
  library_save(l, set);
}
COUNTED void job_read_pages(library *l) {
  library_read_pages(l, 100);
}
COUNTED void job_read_text(library *l) {
  library_read_text(l, 100);
}
COUNTED void job_open_memory(void) {
  library_open_memory();
}

COUNTED void job_window_end(nangolite_run *run) {
  if (nangolite_run_track_deletes_end(run, "Issue", NULL) != NANGOLITE_OK) die("track deletes", "refused");
}

COUNTED void job_scheduled_runs(nangolite *store) {
  int ran, result = nangolite_run_due(store, 0, &ran);
  if (result != NANGOLITE_OK || ran != RUNS) die("nangolite_run_due", "not all ran");
}

static void save_copy(library *l, record_set *set, void (*job)(library *, const record_set *)) {
  job(l, set);
  records_free(set);
}

static void count_saving(library *l, record_set *set) {
  job_save_new(l, set);
  job_save_unchanged(l, set);
  save_copy(l, records_shuffled(set), job_save_shuffled);
  records_change_tenth(set, 1);
  job_save_changed(l, set);
  record_set *reformatted = records_reformatted(set);
  library_save(l, reformatted); /* seen once; counted is the next time */
  save_copy(l, reformatted, job_save_reformatted);
  save_copy(l, records_make(RECORDS, SMALL_CALLS, 1, IDS_RANDOM), job_small_calls);
}

/* A tenth of the records comes again; the others are missing at the end. */
static void count_window(library *l, const record_set *set) {
  nangolite_run *run = library_begin_run(l);
  record_set *part = records_only_tenth(set, 1);
  library_must(l, nangolite_run_track_deletes_start(run, "Issue"), "track deletes");
  library_run_save(run, part);
  job_window_end(run);
  library_must(l, nangolite_run_finish(run, NULL, NULL), "nangolite_run_finish");
  records_free(part);
}

static int save_two(nangolite_run *run, void *user) {
  (void)user;
  return nangolite_run_save(run, "Issue", "[{\"id\":1,\"a\":1},{\"id\":2,\"a\":2}]", -1, NULL);
}

static void define_runs(nangolite *store) {
  static const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "small", .name = "two", .frequency = "every hour"};
  sync.exec = save_two;
  sync.models = models;
  sync.model_count = 1;
  if (nangolite_sync_define(store, &sync) != NANGOLITE_OK) die("a sync", nangolite_errmsg(store));
  for (int i = 0; i < RUNS; i++) {
    char name[32];
    snprintf(name, sizeof name, "account-%d", i);
    if (nangolite_connection_create(store, "small", name) != NANGOLITE_OK) die("a connection", "was refused");
  }
}

/* The second turn: it finds what the first has saved. */
static void count_runs(library *l) {
  nangolite *store = library_store(l);
  define_runs(store);
  library_must(l, nangolite_run_due(store, 0, NULL), "nangolite_run_due");
  nangolite_clock_advance(store, INT64_C(3600000000));
  job_scheduled_runs(store);
}

int main(int argc, char **argv) {
  if (argc != 2) die("usage", "counted DATABASE");
  remove_database(argv[1]);
  record_set *set = records_make(0, RECORDS, BATCH, IDS_RANDOM);
  library *l = library_open(argv[1], CACHE_KB);
  nangolite_clock_set(library_store(l), HELD_TIME);
  count_saving(l, set);
  job_read_pages(l);
  job_read_text(l);
  count_window(l, set);
  count_runs(l);
  job_open_memory();
  library_close(l);
  records_free(set);
  remove_database(argv[1]);
  return 0;
}
