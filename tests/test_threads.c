/* test_threads.c: handles of several threads on one file: they write, prune, maintain and read side by
** side. */
#define _POSIX_C_SOURCE 200809L

#include "records.h"

#include <pthread.h>
#include <time.h>

enum { THREADS = 4, IDS = 30 };

typedef struct worker {
  const char *path;
  int number, rounds;
  int result; /* the first that was not OK */
  char message[200];
  int is_live[IDS]; /* what this thread, which alone writes these ids, has left */
} worker;

static int judge(worker *w, nangolite *store, int result) {
  if (result != NANGOLITE_OK && w->result == NANGOLITE_OK) {
    w->result = result;
    snprintf(w->message, sizeof w->message, "%s", nangolite_errmsg(store));
  }
  return result == NANGOLITE_OK;
}

/* A few of the thread's own records, changed or deleted. */
static void change(worker *w, nangolite *store, test_random *random, int round) {
  char json[IDS * 48];
  size_t at = 0;
  int is_delete = random_below(random, 3) == 0;
  int from = (int)random_below(random, IDS), count = 1 + (int)random_below(random, 10);
  for (int i = 0; i < count; i++) {
    at += (size_t)snprintf(json + at, sizeof json - at, "%c{\"id\":\"%d-%d\",\"n\":%d}", i == 0 ? '[' : ',',
                           w->number, (from + i) % IDS, round);
    w->is_live[(from + i) % IDS] = !is_delete;
  }
  snprintf(json + at, sizeof json - at, "]");
  judge(w, store,
        is_delete ? nangolite_records_delete(store, &issues, json, -1, NULL)
                  : nangolite_records_save(store, &issues, json, -1, NULL));
}

/* Some of the feed, whose stamps must rise. */
static void read_feed(worker *w, nangolite *store) {
  char cursor[200] = "";
  int64_t stamp = 0;
  for (int i = 0; i < 3; i++) {
    nangolite_query query = {.cursor = cursor[0] == '\0' ? NULL : cursor, .limit = 40};
    nangolite_page *page = NULL;
    if (!judge(w, store, nangolite_records_list(store, &issues, &query, &page))) return;
    for (size_t r = 0; r < page->count; r++) {
      if (page->records[r].last_modified_at <= stamp) judge(w, store, NANGOLITE_ERROR);
      stamp = page->records[r].last_modified_at;
    }
    int is_over = page->next_cursor == NULL;
    if (!is_over) snprintf(cursor, sizeof cursor, "%s", page->next_cursor);
    nangolite_page_free(page);
    if (is_over) return;
  }
}

static void *work(void *ctx) {
  worker *w = ctx;
  nangolite *store = NULL;
  test_random random = {(uint64_t)w->number + 1};
  int result =
    nangolite_open(w->path, &(nangolite_options){.busy_timeout_ms = 60000, .prune_after_days = 1}, &store);
  judge(w, store, result);
  for (int round = 0; round < w->rounds && w->result == NANGOLITE_OK; round++) {
    nangolite_clock_set(store, HALF_PAST_TEN + HOURS(round) - HOURS(random_below(&random, 30)));
    switch (random_below(&random, 6)) {
      case 0: judge(w, store, nangolite_records_prune(store, &issues, NULL, 7, NULL, NULL)); break;
      case 1: judge(w, store, nangolite_maintain(store, 20, NULL, NULL)); break;
      case 2: read_feed(w, store); break;
      default: change(w, store, &random, round);
    }
  }
  nangolite_close(store);
  return NULL;
}

TEST(test_threads_with_handles_of_their_own_work_side_by_side) {
  pthread_t threads[THREADS];
  worker workers[THREADS];
  char *reason = NULL;
  int expected = 0;
  if (sqlite3_threadsafe() == 0) SKIP("this SQLite is for one thread");
  memset(workers, 0, sizeof workers);
  for (int i = 0; i < THREADS; i++) {
    workers[i].path = t->path;
    workers[i].number = i;
    workers[i].rounds = rounds(60);
    assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  for (int i = 0; i < THREADS; i++) {
    if (workers[i].result != NANGOLITE_OK)
      fail_msg("%s: %s", nangolite_result_name(workers[i].result), workers[i].message);
    for (int id = 0; id < IDS; id++) expected += workers[i].is_live[id];
  }
  assert_int_equal(live(t, "Issue"), expected);
  OK(nangolite_check(t->store, &reason));
  SAME(taken(t, reason), NULL);
}

/* The lock of a writer that does not end is waited for as long as the option says: more than a second,
** since there are SQLites that can only sleep for whole ones. */
TEST(test_busy_comes_after_the_busy_timeout) {
  sqlite3 *writer = NULL;
  nangolite *store = open_store(t, t->path, (&(nangolite_options){.busy_timeout_ms = 1100}));
  struct timespec from, to;
  assert_int_equal(sqlite3_open(t->path, &writer), SQLITE_OK);
  assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  clock_gettime(CLOCK_MONOTONIC, &from);
  FAILS_OF(store, NANGOLITE_BUSY, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  clock_gettime(CLOCK_MONOTONIC, &to);
  double waited = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
  assert_true(waited > 0.9);
  SAME(feed_of(t, store, issues, NULL), ""); /* reading goes on */
  assert_int_equal(sqlite3_close(writer), SQLITE_OK);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
}

/* In WAL a store opens while somebody writes. */
TEST(test_a_store_opens_while_another_one_writes) {
  sqlite3 *writer = NULL;
  nangolite *store = NULL;
  assert_int_equal(sqlite3_open(t->path, &writer), SQLITE_OK);
  assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  OK_OF(store, nangolite_open(t->path, &(nangolite_options){.busy_timeout_ms = 50}, &store));
  FAILS_OF(store, NANGOLITE_BUSY, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  SAME(feed_of(t, store, issues, NULL), "");
  nangolite_close(store);
  assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

TESTS(ON_FILE(test_threads_with_handles_of_their_own_work_side_by_side),
      ON_FILE(test_busy_comes_after_the_busy_timeout), ON_FILE(test_a_store_opens_while_another_one_writes))
