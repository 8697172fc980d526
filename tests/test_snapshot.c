/* nangolite_snapshot() and nangolite_restore() (SPEC section 8). */
#include "syncs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct image {
  void *bytes;
  size_t size;
} image;

/* Skips the test with an SQLite that has no files in memory, where the call says which it is. */
static int has_snapshots(test *t) {
  image none = {NULL, 1};
  if (sqlite3_vfs_find("memdb") != NULL) return 1;
  FAILS(NANGOLITE_MISUSE, nangolite_snapshot(t->store, &none.bytes, &none.size));
  SAYS(sqlite3_libversion());
  FAILS(NANGOLITE_MISUSE, nangolite_restore(t->store, "x", 1));
  SAYS(sqlite3_libversion());
  return 0;
}

#define NEED_SNAPSHOTS(t)                                                                                    \
  if (!has_snapshots(t)) SKIP("this SQLite has no files in memory (memdb, 3.36)")

static image snapshot(nangolite *store) {
  image taken_now = {NULL, 0};
  OK_OF(store, nangolite_snapshot(store, &taken_now.bytes, &taken_now.size));
  return taken_now;
}

static void restore(nangolite *store, image from) {
  OK_OF(store, nangolite_restore(store, from.bytes, from.size));
}

TEST(test_a_store_becomes_what_it_was) {
  NEED_SNAPSHOTS(t);
  save(t, "Issue", "[{'id':1,'a':1},{'id':2}]");
  image before = snapshot(t->store);
  const char *end = end_of_feed(t, "Issue");
  save(t, "Issue", "[{'id':1,'a':2},{'id':3}]");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  restore(t->store, before);
  FEED(t, "Issue", "1 ADDED {'id':1,'a':1}; 2 ADDED {'id':2}");
  SAME(end_of_feed(t, "Issue"), end);
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':2}]"), "2 unchanged");
  nangolite_free(before.bytes);
}

static const char *play(test *t) {
  save(t, "Issue", "[{'id':2,'a':2},{'id':3}]");
  delete (t, "Issue", "[{'id':1}]");
  char *json = NULL;
  int status;
  OK(nangolite_request(t->store, "GET", "/records?model=Issue",
                       "Connection-Id: user-1\nProvider-Config-Key: github", NULL, &status, &json));
  return taken(t, json);
}

TEST(test_a_replay_gives_the_same_bytes) {
  NEED_SNAPSHOTS(t);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  image before = snapshot(t->store);
  const char *first = play(t);
  restore(t->store, before);
  SAME(play(t), first);
  nangolite_free(before.bytes);
}

TEST(test_a_snapshot_of_a_file_is_restored_in_memory) {
  NEED_SNAPSHOTS(t);
  save(t, "Issue", "[{'id':1}]");
  image before = snapshot(t->store);
  nangolite *memory = open_store(t, ":memory:", NULL);
  restore(memory, before);
  SAME(feed_of(t, memory, scope("Issue"), NULL), "1 ADDED {'id':1}");
  FAILS(NANGOLITE_MISUSE, nangolite_restore(t->store, before.bytes, before.size));
  SAYS("in a file");
  nangolite_free(before.bytes);
}

TEST(test_a_snapshot_is_a_file_of_a_store) {
  NEED_SNAPSHOTS(t);
  save(t, "Issue", "[{'id':1}]");
  image before = snapshot(t->store);
  const char *path = temporary(t);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(before.bytes, 1, before.size, file), before.size);
  fclose(file);
  nangolite *opened = open_store(t, path, NULL);
  SAME(feed_of(t, opened, scope("Issue"), NULL), "1 ADDED {'id':1}");
  nangolite_free(before.bytes);
}

TEST(test_runs_in_progress_are_aborted_by_a_restore) {
  NEED_SNAPSHOTS(t);
  nangolite_run *run = NULL;
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  image before = snapshot(t->store);
  OK(nangolite_run_next(t->store, &run));
  assert_non_null(run);
  image during = snapshot(t->store);
  restore(t->store, during);
  SAME(status(t, "issues", "status"), "'STOPPED'");
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "[]", -1, NULL));
  restore(t->store, before);
  SAME(status(t, "issues", "latestExecutionStatus"), "null");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  nangolite_free(before.bytes);
  nangolite_free(during.bytes);
}

TEST(test_functions_options_and_clock_stay) {
  NEED_SNAPSHOTS(t);
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  image before = snapshot(t->store);
  nangolite_clock_advance(t->store, HOURS(5));
  int64_t now = nangolite_now(t->store);
  restore(t->store, before);
  assert_true(nangolite_now(t->store) == now);
  SAME(run_due(t), "1");
  nangolite_free(before.bytes);
}

static image to_restore;

static int restore_inside(nangolite_run *run, script *s) {
  (void)s;
  int result = nangolite_restore(nangolite_run_store(run), to_restore.bytes, to_restore.size);
  return result == NANGOLITE_MISUSE ? NANGOLITE_OK : NANGOLITE_ERROR;
}

TEST(test_a_sync_function_cannot_restore) {
  NEED_SNAPSHOTS(t);
  to_restore = snapshot(t->store);
  script s = {.t = t, .act = restore_inside};
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  nangolite_free(to_restore.bytes);
}

TEST(test_an_attached_store_has_no_snapshot) {
  image none = {NULL, 1};
  FAILS(NANGOLITE_MISUSE, nangolite_snapshot(t->store, &none.bytes, &none.size));
  assert_null(none.bytes);
  assert_int_equal(none.size, 0);
  FAILS(NANGOLITE_MISUSE, nangolite_restore(t->store, "x", 1));
}

/* Whatever the bytes are: refused, and the store is unchanged. */
static void refused(test *t, const void *bytes, size_t size, int result) {
  FAILS(result, nangolite_restore(t->store, bytes, size));
  FEED(t, "Issue", "1 ADDED {'id':1}");
}

TEST(test_bytes_that_are_no_store_are_refused) {
  NEED_SNAPSHOTS(t);
  char zeros[4096] = {0};
  save(t, "Issue", "[{'id':1}]");
  image before = snapshot(t->store);
  char *bytes = before.bytes;
  refused(t, "no database", 11, NANGOLITE_INVALID);
  refused(t, zeros, 0, NANGOLITE_INVALID);
  refused(t, zeros, sizeof zeros, NANGOLITE_INVALID);
  memset(bytes, 'x', 16);
  refused(t, bytes, before.size, NANGOLITE_INVALID);
  FAILS(NANGOLITE_MISUSE, nangolite_restore(t->store, NULL, 0));
  FAILS(NANGOLITE_MISUSE, nangolite_snapshot(t->store, NULL, &before.size));
  nangolite_free(before.bytes);
}

/* The verdict on an image is kept, so that the same one is not judged again. */
TEST(test_an_image_is_treated_alike_each_time_and_judged_anew_once_a_byte_differs) {
  NEED_SNAPSHOTS(t);
  nangolite_run *run = NULL;
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  OK(nangolite_run_next(t->store, &run));
  image during = snapshot(t->store);
  for (int i = 0; i < 3; i++) {
    restore(t->store, during);
    SAME(status(t, "issues", "status"), "'STOPPED'");
  }
  *(char *)during.bytes ^= 1; /* the first byte of "SQLite format 3" */
  FAILS(NANGOLITE_INVALID, nangolite_restore(t->store, during.bytes, during.size));
  *(char *)during.bytes ^= 1;
  restore(t->store, during);
  SAME(status(t, "issues", "status"), "'STOPPED'");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  nangolite_free(during.bytes);
}

TEST(test_a_store_that_others_have_open_is_busy) {
  if (sqlite3_libversion_number() < 3036000 || sqlite3_vfs_find("memdb") == NULL)
    SKIP("this SQLite has no shared memory");
  nangolite *one = open_store(t, "memory:snapshot", NULL), *two = open_store(t, "memory:snapshot", NULL);
  OK_OF(one, nangolite_connection_create(one, "github", "user-1"));
  image before = snapshot(one);
  FAILS_OF(one, NANGOLITE_BUSY, nangolite_restore(one, before.bytes, before.size));
  close_store(t, two);
  restore(one, before);
  nangolite_free(before.bytes);
}

TESTS(MEMORY(test_a_store_becomes_what_it_was), MEMORY(test_a_replay_gives_the_same_bytes),
      ON_FILE(test_a_snapshot_of_a_file_is_restored_in_memory), MEMORY(test_a_snapshot_is_a_file_of_a_store),
      ON_FILE(test_a_snapshot_is_a_file_of_a_store), MEMORY(test_runs_in_progress_are_aborted_by_a_restore),
      MEMORY(test_functions_options_and_clock_stay), MEMORY(test_a_sync_function_cannot_restore),
      ATTACHED(test_an_attached_store_has_no_snapshot), MEMORY(test_bytes_that_are_no_store_are_refused),
      MEMORY(test_an_image_is_treated_alike_each_time_and_judged_anew_once_a_byte_differs),
      BARE(test_a_store_that_others_have_open_is_busy))
