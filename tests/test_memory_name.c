/* "memory:NAME": one store in memory for all handles of the process. */
#include <pthread.h>
#include <stdatomic.h>

#include "syncs.h"

/* Skips the test with an SQLite that has no shared memory, where the open says which it is. */
static int has_names(test *t) {
  (void)t;
  if (sqlite3_libversion_number() >= 3036000 && sqlite3_vfs_find("memdb") != NULL) return 1;
  nangolite *store = NULL;
  int result = nangolite_open("memory:a", NULL, &store);
  FAILS_OF(store, NANGOLITE_MISUSE, result);
  assert_non_null(strstr(nangolite_errmsg(store), sqlite3_libversion()));
  nangolite_close(store);
  return 0;
}

static nangolite *named(test *t, const char *name) {
  nangolite *store = open_store(t, name, NULL);
  nangolite_clock_set(store, HALF_PAST_TEN);
  OK_OF(store, nangolite_connection_create(store, "github", "user-1"));
  return store;
}

static void save_in(test *t, nangolite *store, const char *json) {
  OK_OF(store, nangolite_records_save(store, &issues, double_quoted(t, json), -1, NULL));
}

#define FEED_OF(store, expected) SAME(feed_of(t, store, issues, NULL), expected)

TEST(test_handles_of_one_name_share_a_store) {
  if (!has_names(t)) SKIP("this SQLite has no shared memory");
  nangolite *ui = named(t, "memory:a"), *worker = named(t, "memory:a"), *other = named(t, "memory:b");
  save_in(t, worker, "[{'id':1}]");
  FEED_OF(ui, "1 ADDED {'id':1}");
  save_in(t, ui, "[{'id':1,'a':2}]");
  FEED_OF(worker, "1 UPDATED {'id':1,'a':2}");
  FEED_OF(other, "");
  assert_true(nangolite_last_change(ui) == nangolite_last_change(worker));
}

TEST(test_the_store_lives_until_the_last_handle_is_closed) {
  if (!has_names(t)) SKIP("this SQLite has no shared memory");
  nangolite *first = named(t, "memory:a");
  save_in(t, first, "[{'id':1}]");
  nangolite *second = named(t, "memory:a");
  close_store(t, first);
  FEED_OF(second, "1 ADDED {'id':1}");
  close_store(t, second);
  FEED_OF(named(t, "memory:a"), "");
}

TEST(test_a_name_is_any_1_to_255_bytes) {
  if (!has_names(t)) SKIP("this SQLite has no shared memory");
  const char *longest = format(t, "memory:%0255d", 0);
  nangolite *plain = named(t, "memory:a?b"), *odd = named(t, "memory:a"), *large = named(t, longest),
            *store = NULL;
  save_in(t, plain, "[{'id':1}]");
  save_in(t, large, "[{'id':2}]");
  FEED_OF(odd, "");
  FEED_OF(named(t, "memory:a?b"), "1 ADDED {'id':1}");
  FEED_OF(named(t, longest), "2 ADDED {'id':2}");
  int result = nangolite_open("memory:", NULL, &store);
  FAILS_OF(store, NANGOLITE_INVALID, result);
  nangolite_close(store);
  result = nangolite_open(format(t, "%s0", longest), NULL, &store);
  FAILS_OF(store, NANGOLITE_INVALID, result);
  nangolite_close(store);
}

TEST(test_read_only_needs_a_store_of_that_name_and_does_not_write) {
  if (!has_names(t)) SKIP("this SQLite has no shared memory");
  nangolite_options reading = {.read_only = 1};
  nangolite *store = NULL;
  int result = nangolite_open("memory:a", &reading, &store);
  FAILS_OF(store, NANGOLITE_IOERR, result);
  nangolite_close(store);
  nangolite *writer = named(t, "memory:a");
  save_in(t, writer, "[{'id':1}]");
  nangolite *reader = open_store(t, "memory:a", &reading);
  FEED_OF(reader, "1 ADDED {'id':1}");
  FAILS_OF(reader, NANGOLITE_READONLY, nangolite_records_save(reader, &issues, "[]", -1, NULL));
}

/* A second connection of SQLite on the store, as its name is known there. */
static sqlite3 *raw(test *t, const char *sql) {
  sqlite3 *db;
  int access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI;
  assert_int_equal(sqlite3_open_v2("file:/a?vfs=memdb", &db, access, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  (void)t;
  return db;
}

TEST(test_while_another_writes_a_call_waits_and_then_is_busy) {
  if (!has_names(t)) SKIP("this SQLite has no shared memory");
  nangolite_options options = {.busy_timeout_ms = 20};
  nangolite *first = named(t, "memory:a"), *second = open_store(t, "memory:a", &options);
  sqlite3 *writer = raw(t, "BEGIN IMMEDIATE");
  nangolite_page *page;
  FAILS_OF(second, NANGOLITE_BUSY, nangolite_records_save(second, &issues, "[]", -1, NULL));
  FAILS_OF(second, NANGOLITE_BUSY, nangolite_records_list(second, &issues, NULL, &page));
  assert_int_equal(sqlite3_exec(writer, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(writer);
  save_in(t, second, "[{'id':1}]");
  FEED_OF(first, "1 ADDED {'id':1}");
}

TEST(test_while_another_reads_a_writer_waits_and_then_is_busy_and_nothing_is_stored) {
  if (!has_names(t) || sqlite3_libversion_number() < 3040001) /* there writers do not wait (store_open.c) */
    SKIP("in this SQLite's shared memory writers do not wait");
  nangolite_options options = {.busy_timeout_ms = 20};
  nangolite *first = named(t, "memory:a"), *second = open_store(t, "memory:a", &options);
  sqlite3 *reader = raw(t, "BEGIN; SELECT * FROM nango_store");
  FAILS_OF(second, NANGOLITE_BUSY, nangolite_records_save(second, &issues, "[{\"id\":1}]", -1, NULL));
  FEED_OF(first, "");
  assert_int_equal(sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(reader);
  save_in(t, second, "[{'id':1}]");
  FEED_OF(first, "1 ADDED {'id':1}");
}

TEST(test_a_worker_and_a_ui_handle_work_on_it) {
  if (!has_names(t)) SKIP("this SQLite has no shared memory");
  nangolite *ui = named(t, "memory:app"), *worker = named(t, "memory:app");
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  nangolite_run *run = NULL, *none = NULL;
  char *json = NULL;
  OK_OF(worker, nangolite_sync_define(worker, &sync));
  OK_OF(worker, nangolite_run_next(worker, &run));
  OK_OF(ui, nangolite_run_next(ui, &none));
  assert_null(none);
  OK_OF(worker, nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL));
  OK_OF(ui, nangolite_sync_status(ui, "github", NULL, NULL, 0, &json));
  assert_non_null(strstr(taken(t, json), "\"RUNNING\""));
  FEED_OF(ui, "1 ADDED {'id':1}");
  OK_OF(worker, nangolite_run_finish(run, NULL, NULL));
}

/* ---- threads ---- */

enum { THREADS = 4, CALLS = 60 };

typedef struct worker {
  int number;
  atomic_int *wrong; /* pages that were not one state of the store */
  int result;
} worker;

/* Each writer saves two records that always have the same `n`: a reader must never see them differ. */
static int write_pair(nangolite *store, int number, int n) {
  char json[160];
  snprintf(json, sizeof json, "[{\"id\":\"%d-a\",\"n\":%d},{\"id\":\"%d-b\",\"n\":%d}]", number, n, number,
           n);
  return nangolite_records_save(store, &issues, json, -1, NULL);
}

static void look_at_page(const nangolite_page *page, atomic_int *wrong) {
  for (size_t i = 0; i < page->count; i++) {
    const char *n = strstr(page->records[i].payload, "\"n\"");
    for (size_t j = 0; j < page->count; j++) {
      int are_pair = strncmp(page->records[i].id, page->records[j].id, 2) == 0;
      if (are_pair && strcmp(n, strstr(page->records[j].payload, "\"n\"")) != 0) ++*wrong;
    }
  }
}

static void *work(void *given) {
  worker *w = given;
  nangolite *store = NULL;
  w->result = nangolite_open("memory:threads", &(nangolite_options){.busy_timeout_ms = 60000}, &store);
  for (int i = 0; i < CALLS && w->result == NANGOLITE_OK; i++) {
    nangolite_page *page = NULL;
    w->result = write_pair(store, w->number, i);
    if (w->result == NANGOLITE_OK) w->result = nangolite_records_list(store, &issues, NULL, &page);
    if (page != NULL) look_at_page(page, w->wrong);
    nangolite_page_free(page);
  }
  nangolite_close(store);
  return NULL;
}

TEST(test_threads_read_and_write_whole_states_side_by_side) {
  if (!has_names(t) || !sqlite3_threadsafe()) SKIP("this SQLite has no shared memory, or is for one thread");
  nangolite *store = named(t, "memory:threads");
  pthread_t threads[THREADS];
  worker workers[THREADS];
  atomic_int wrong = 0;
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (worker){i, &wrong, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) SAME(nangolite_result_name(workers[i].result), "ok");
  assert_int_equal(wrong, 0);
  int64_t live;
  OK_OF(store, nangolite_records_count(store, &issues, &live, NULL));
  assert_int_equal(live, 2 * THREADS);
}

/* Threads that open and close the name at once make one store, or several one after the other, and never half
** of one. */
static void *open_and_close(void *given) {
  worker *w = given;
  for (int i = 0; i < CALLS && w->result == NANGOLITE_OK; i++) {
    nangolite *store = NULL;
    w->result = nangolite_open("memory:racing", &(nangolite_options){.busy_timeout_ms = 60000}, &store);
    if (w->result == NANGOLITE_OK) w->result = nangolite_connection_create(store, "github", "user-1");
    if (w->result == NANGOLITE_OK) w->result = write_pair(store, w->number, i);
    nangolite_close(store);
  }
  return NULL;
}

TEST(test_threads_open_and_close_a_name_at_once) {
  if (!has_names(t) || !sqlite3_threadsafe()) SKIP("this SQLite has no shared memory, or is for one thread");
  pthread_t threads[THREADS];
  worker workers[THREADS];
  atomic_int wrong = 0;
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (worker){i, &wrong, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, &workers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) SAME(nangolite_result_name(workers[i].result), "ok");
}

TEST(test_a_backup_of_shared_memory) {
  if (!has_names(t)) SKIP("this SQLite has no shared memory");
  const char *path = temporary(t);
  nangolite *store = named(t, "memory:a");
  save_in(t, store, "[{'id':1}]");
  if (sqlite3_libversion_number() < 3040001) {
    FAILS_OF(store, NANGOLITE_MISUSE, nangolite_backup(store, path));
    return;
  }
  OK_OF(store, nangolite_backup(store, path));
  FEED_OF(open_store(t, path, NULL), "1 ADDED {'id':1}");
}

TESTS(BARE(test_handles_of_one_name_share_a_store),
      BARE(test_the_store_lives_until_the_last_handle_is_closed), BARE(test_a_name_is_any_1_to_255_bytes),
      BARE(test_read_only_needs_a_store_of_that_name_and_does_not_write),
      BARE(test_while_another_writes_a_call_waits_and_then_is_busy),
      BARE(test_while_another_reads_a_writer_waits_and_then_is_busy_and_nothing_is_stored),
      BARE(test_a_worker_and_a_ui_handle_work_on_it),
      BARE(test_threads_read_and_write_whole_states_side_by_side),
      BARE(test_threads_open_and_close_a_name_at_once), BARE(test_a_backup_of_shared_memory))
