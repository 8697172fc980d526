/* How long another writer waits while the library does its largest pieces of work: a thread with a connection
** of its own asks for the write lock again and again, and the longest time until it had it is the row. Between
** two calls of ours it gets its turn, so that a row is about one call. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { STEP = BATCH }; /* records that are made at a time */

static const double limit = 0.25; /* seconds */
static const int64_t day = INT64_C(86400000000);

/* ---- the other writer ---- */

typedef struct other_writer {
  const char *path;
  pthread_t thread;
  atomic_int is_over, turns;
  double longest;
} other_writer;

static void pause_microseconds(long microseconds) {
  const struct timespec pause = {0, microseconds * 1000};
  nanosleep(&pause, NULL);
}

static void take_turn(other_writer *w, sqlite3 *db) {
  cost from = cost_now();
  while (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) pause_microseconds(500);
  sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
  double waited = cost_since(from).wall;
  if (waited > w->longest) w->longest = waited;
  w->turns++;
}

static void *write_again_and_again(void *writer) {
  other_writer *w = writer;
  sqlite3 *db;
  if (sqlite3_open(w->path, &db) != SQLITE_OK) die(w->path, sqlite3_errmsg(db));
  while (!w->is_over) {
    take_turn(w, db);
    pause_microseconds(1000);
  }
  sqlite3_close(db);
  return NULL;
}

static void let_it_write(other_writer *w) {
  int turns = w->turns;
  while (w->turns < turns + 2) pause_microseconds(200);
}

static void start_writer(other_writer *w, const char *path) {
  *w = (other_writer){.path = path};
  if (pthread_create(&w->thread, NULL, write_again_and_again, w) != 0) die("a thread", "could not be made");
  let_it_write(w);
}

static void stop_writer(other_writer *w, const char *name) {
  w->is_over = 1;
  pthread_join(w->thread, NULL);
  report_limited(name, w->longest, "s", 3, limit);
}

/* ---- the stores ---- */

static void fill(library *l, int records) {
  for (int first = 0; first < records; first += STEP) {
    record_set *set = records_make(first, STEP, BATCH, IDS_ASCENDING);
    library_save(l, set);
    records_free(set);
  }
}

/* Each piece of work finds the same store: a copy of one that was filled once. */
static library *open_copy(const options *o) {
  copy_database(o->theirs, o->ours);
  library *l = library_open(o->ours, o->cache_kb);
  nangolite_clock_set(library_store(l), HELD_TIME);
  return l;
}

static void make_store(const options *o) {
  remove_database(o->theirs);
  library *l = library_open(o->theirs, o->cache_kb);
  nangolite_clock_set(library_store(l), HELD_TIME);
  fill(l, o->growth);
  library_close(l);
}

/* ---- the pieces of work ---- */

/* Calls of nangolite_maintain() until nothing is left to do, but at most so many. */
static void maintain(library *l, other_writer *w, int calls) {
  int64_t pruned = 1, deleted = 0;
  for (int i = 0; i < calls && pruned + deleted > 0; i++) {
    library_must(l, nangolite_maintain(library_store(l), 1000, &pruned, &deleted), "nangolite_maintain");
    let_it_write(w);
  }
}

static void measure_maintain(const options *o, const char *name, library *l, int calls) {
  other_writer w;
  start_writer(&w, o->ours);
  maintain(l, &w, calls);
  stop_writer(&w, name);
}

static void prune(library *l, other_writer *w, int calls) {
  for (int i = 0; i < calls; i++) {
    int result = nangolite_records_prune(library_store(l), library_scope(), NULL, 1000, NULL, NULL);
    library_must(l, result, "nangolite_records_prune");
    let_it_write(w);
  }
}

static void measure_pruning(const options *o) {
  other_writer w;
  library *l = open_copy(o);
  nangolite_clock_advance(library_store(l), 40 * day);
  start_writer(&w, o->ours);
  prune(l, &w, 20);
  stop_writer(&w, "nangolite_records_prune(), 1,000 records a call");
  measure_maintain(o, "nangolite_maintain(1000), all payloads past their age", l, 200);
  library_close(l);
}

/* Saves the records again, but the last percent. */
static void save_most(nangolite_run *run, int records) {
  for (int first = 0; first < records - records / 100; first += STEP) {
    record_set *set = records_make(first, STEP, BATCH, IDS_ASCENDING);
    library_run_save(run, set);
    records_free(set);
  }
}

static void measure_window(const options *o) {
  other_writer w;
  library *l = open_copy(o);
  nangolite_changes changes;
  nangolite_run *run = library_begin_run(l);
  const char *model = library_scope()->model;
  library_must(l, nangolite_run_track_deletes_start(run, model), "track deletes");
  save_most(run, o->growth);
  start_writer(&w, o->ours);
  library_must(l, nangolite_run_track_deletes_end(run, model, &changes), "track deletes");
  stop_writer(&w, "the end of a delete window, 1 % missing");
  if (changes.deleted != o->growth / 100) die("track deletes", "an unexpected number of records was deleted");
  library_must(l, nangolite_run_finish(run, NULL, NULL), "nangolite_run_finish");
  library_close(l);
}

static void measure_connection(const options *o) {
  other_writer w;
  library *l = open_copy(o);
  start_writer(&w, o->ours);
  int result = nangolite_connection_delete(library_store(l), "tracker", "acme");
  library_must(l, result, "nangolite_connection_delete");
  stop_writer(&w, "deleting a connection");
  measure_maintain(o, "nangolite_maintain(1000) after it, to the end", l, o->growth);
  library_close(l);
}

static void measure_emptying(const options *o) {
  static const char *const syncs[] = {"issues"};
  other_writer w;
  library *l = open_copy(o);
  start_writer(&w, o->ours);
  unsigned flags = NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE;
  int result = nangolite_sync_trigger(library_store(l), "tracker", "acme", syncs, 1, flags);
  library_must(l, result, "nangolite_sync_trigger");
  stop_writer(&w, "emptying a cache");
  library_close(l);
}

static void fill_variant(library *l, int records) {
  const nangolite_scope scope = {"tracker", "acme", "Issue", "large"};
  int result = nangolite_variant_create(library_store(l), "tracker", "acme", "issues", "large");
  library_must(l, result, "nangolite_variant_create");
  for (int first = 0; first < records; first += STEP) {
    record_set *set = records_make(first, STEP, BATCH, IDS_ASCENDING);
    for (int i = 0; i < records_arrays(set); i++) library_save_array(l, &scope, set, i);
    records_free(set);
  }
}

static void measure_variant(const options *o) {
  other_writer w;
  remove_database(o->ours);
  library *l = library_open(o->ours, o->cache_kb);
  fill_variant(l, o->growth);
  start_writer(&w, o->ours);
  int result = nangolite_variant_delete(library_store(l), "tracker", "acme", "issues", "large");
  library_must(l, result, "nangolite_variant_delete");
  stop_writer(&w, "deleting a variant");
  library_close(l);
}

void rows_locks(const options *o) {
  static char title[96];
  snprintf(title, sizeof title, "The longest wait of another writer, at %d records", o->growth);
  report_heading(title, NULL);
  make_store(o);
  measure_pruning(o);
  measure_window(o);
  measure_connection(o);
  measure_emptying(o);
  measure_variant(o);
}
