/* Delete windows: what was not seen between start and end is marked as deleted. */
#define _POSIX_C_SOURCE 200809L

#include "syncs.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define start_window(t, run, model) OK(nangolite_run_track_deletes_start(run, model))

/* A run of a sync that fills Issue and Label, with three issues stored. */
static nangolite_run *begin_guarded(test *t, int max_delete_percent) {
  static const char *const models[] = {"Issue", "Label"};
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.models = models;
  sync.model_count = 2;
  sync.max_delete_percent = max_delete_percent;
  define_of(t, sync);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  return run;
}

static nangolite_run *begin(test *t) {
  return begin_guarded(t, 0);
}

static nangolite_run *next_run(test *t, nangolite_run *run) {
  succeed(t, run);
  nangolite_clock_advance(t->store, HOURS(1));
  return claim(t);
}

TEST(test_what_was_not_seen_is_deleted_at_the_end) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  SAME(run_save(t, run, "Issue", "[{'id':1},{'id':4}]"), "1 added, 1 unchanged");
  SAME(end_window(t, run, "Issue"), "2 deleted");
  succeed(t, run);
  FEED(t, "Issue", "1 ADDED {'id':1}; 4 ADDED {'id':4}; 2 DELETED {'id':2}; 3 DELETED {'id':3}");
}

TEST(test_saved_updated_and_deleted_count_as_seen) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  run_save(t, run, "Issue", "{'id':1}");
  SAME(run_update(t, run, "Issue", "[{'id':2,'a':1},{'id':9}]"), "1 updated, 1 skipped");
  run_delete(t, run, "Issue", "{'id':3}");
  SAME(end_window(t, run, "Issue"), "nothing");
  succeed(t, run);
}

TEST(test_duplicates_count_as_seen) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  SAME(run_save(t, run, "Issue", "[{'id':1},{'id':1,'a':2},{'id':2},{'id':2}]"), "2 unchanged, 2 duplicates");
  SAME(end_window(t, run, "Issue"), "1 deleted");
  succeed(t, run);
}

TEST(test_what_was_deleted_before_is_not_deleted_again) {
  nangolite_run *run = begin(t);
  run_delete(t, run, "Issue", "[{'id':1},{'id':7}]");
  start_window(t, run, "Issue");
  SAME(end_window(t, run, "Issue"), "2 deleted");
  succeed(t, run);
}

TEST(test_pruned_records_are_seen_and_deleted_like_others) {
  nangolite_run *run = begin(t);
  prune(t, NULL, 0);
  start_window(t, run, "Issue");
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 unchanged");
  SAME(end_window(t, run, "Issue"), "2 deleted");
  succeed(t, run);
  FEED(t, "Issue", "1 ADDED {'id':1}; 2 DELETED pruned {'id':2}; 3 DELETED pruned {'id':3}");
}

TEST(test_a_window_counts_whoever_wrote) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  save(t, "Issue", "{'id':1}");
  update(t, "Issue", "{'id':2,'a':1}");
  delete (t, "Issue", "{'id':3}");
  SAME(end_window(t, run, "Issue"), "nothing");
  succeed(t, run);
}

TEST(test_a_window_spans_runs) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  run_save(t, run, "Issue", "{'id':1}");
  OK(nangolite_run_finish(run, "network", "failed in the middle"));
  nangolite_clock_advance(t->store, HOURS(1));
  run = claim(t);
  start_window(t, run, "Issue"); /* has no effect: it is open */
  run_save(t, run, "Issue", "{'id':2}");
  SAME(end_window(t, run, "Issue"), "1 deleted");
  succeed(t, run);
}

TEST(test_a_window_survives_a_reopen) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  run_save(t, run, "Issue", "{'id':1}");
  succeed(t, run);
  reopen(t, NULL);
  nangolite_clock_advance(t->store, HOURS(1));
  run = claim(t);
  SAME(end_window(t, run, "Issue"), "2 deleted");
  succeed(t, run);
}

/* Sees the first issue, and dies. */
static void see_one_and_die(const char *path) {
  nangolite *store;
  nangolite_run *run = NULL;
  nangolite_open(path, NULL, &store);
  nangolite_clock_set(store, HALF_PAST_TEN + HOURS(1));
  nangolite_run_next(store, &run);
  nangolite_run_track_deletes_start(run, "Issue");
  nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL);
  kill(getpid(), SIGKILL);
}

TEST(test_a_window_survives_a_crash) {
  int status;
  succeed(t, begin(t));
  close_store(t, t->store);
  pid_t process = fork();
  if (process == 0) see_one_and_die(t->path);
  waitpid(process, &status, 0);
  reopen(t, NULL);
  nangolite_clock_advance(t->store, HOURS(2));
  nangolite_run *run = claim(t);
  start_window(t, run, "Issue");
  run_save(t, run, "Issue", "{'id':3}");
  SAME(end_window(t, run, "Issue"), "1 deleted");
  succeed(t, run);
  FEED(t, "Issue", "1 ADDED {'id':1}; 3 ADDED {'id':3}; 2 DELETED {'id':2}");
}

TEST(test_an_end_without_a_start_is_refused) {
  nangolite_run *run = begin(t);
  nangolite_changes changes = {.deleted = 7};
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Issue", &changes));
  assert_int_equal(changes.deleted, 0);
  SAYS("no delete window");
  start_window(t, run, "Issue");
  SAME(end_window(t, run, "Issue"), "3 deleted");
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Issue", NULL));
  succeed(t, run);
}

TEST(test_each_model_has_its_own_window) {
  nangolite_run *run = begin(t);
  run_save(t, run, "Label", "[{'id':1},{'id':2}]");
  start_window(t, run, "Label");
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Issue", NULL));
  run_save(t, run, "Issue", "{'id':1}");
  SAME(end_window(t, run, "Label"), "2 deleted");
  succeed(t, run);
  assert_int_equal(live(t, "Issue"), 3);
}

TEST(test_a_window_of_an_empty_collection_deletes_nothing) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Label");
  SAME(end_window(t, run, "Label"), "nothing");
  succeed(t, run);
}

TEST(test_a_reset_clears_the_window) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  reset(t, "issues");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  run = claim(t);
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Issue", NULL));
  start_window(t, run, "Issue");
  run_save(t, run, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  SAME(end_window(t, run, "Issue"), "nothing");
  succeed(t, run);
}

TEST(test_a_window_forgets_the_one_before_it) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  run_save(t, run, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  SAME(end_window(t, run, "Issue"), "nothing");
  run = next_run(t, run);
  start_window(t, run, "Issue");
  SAME(end_window(t, run, "Issue"), "3 deleted");
  succeed(t, run);
}

TEST(test_what_is_added_again_after_a_window_is_live) {
  nangolite_run *run = begin(t);
  start_window(t, run, "Issue");
  SAME(end_window(t, run, "Issue"), "3 deleted");
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  start_window(t, run, "Issue");
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 unchanged");
  SAME(end_window(t, run, "Issue"), "nothing");
  succeed(t, run);
}

/* ---- the guard ---- */

TEST(test_half_a_source_does_not_look_like_a_mass_deletion) {
  nangolite_run *run = begin_guarded(t, 50);
  nangolite_changes changes = {.deleted = 7};
  start_window(t, run, "Issue");
  run_save(t, run, "Issue", "{'id':1}");
  FAILS(NANGOLITE_TOO_MANY_DELETES, nangolite_run_track_deletes_end(run, "Issue", &changes));
  assert_int_equal(changes.deleted, 0);
  assert_int_equal(live(t, "Issue"), 3);
  run_save(t, run, "Issue", "{'id':2}"); /* the window is still open */
  SAME(end_window(t, run, "Issue"), "1 deleted");
  succeed(t, run);
}

TEST(test_the_guard_at_its_edge) {
  static const struct {
    int percent, live, missing, is_refused;
  } cases[] = {{10, 10, 1, 0}, {10, 10, 2, 1}, {10, 9, 1, 1},    {33, 3, 1, 1},
               {34, 3, 1, 0},  {100, 3, 3, 0}, {0, 3, 3, 0},     {1, 100, 1, 0},
               {1, 100, 2, 1}, {1, 99, 1, 1},  {99, 100, 99, 0}, {99, 100, 100, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reopen(t, NULL);
    nangolite_run *run = begin_guarded(t, cases[i].percent);
    run_delete(t, run, "Issue", "[{'id':1},{'id':2},{'id':3}]"); /* what is deleted does not count */
    for (int n = 0; n < cases[i].live; n++) run_save(t, run, "Issue", format(t, "{'id':'x%d'}", n));
    start_window(t, run, "Issue");
    for (int n = cases[i].missing; n < cases[i].live; n++)
      run_save(t, run, "Issue", format(t, "{'id':'x%d'}", n));
    if (cases[i].is_refused)
      FAILS(NANGOLITE_TOO_MANY_DELETES, nangolite_run_track_deletes_end(run, "Issue", NULL));
    else SAME(end_window(t, run, "Issue"), format(t, "%d deleted", cases[i].missing));
    succeed(t, run);
  }
}

TEST(test_a_guard_is_that_of_the_latest_definition) {
  nangolite_run *run = begin_guarded(t, 10);
  start_window(t, run, "Issue");
  FAILS(NANGOLITE_TOO_MANY_DELETES, nangolite_run_track_deletes_end(run, "Issue", NULL));
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  define_of(t, sync);
  SAME(end_window(t, run, "Issue"), "3 deleted");
  succeed(t, run);
}

/* ---- many ---- */

TEST(test_a_window_over_many_records) {
  enum { RECORDS = 20000, BATCH = 1000 };
  nangolite_run *run = begin(t);
  for (int round = 0; round < 2; round++) {
    for (int from = 0; from < RECORDS; from += BATCH) {
      char json[BATCH * 24], *at = json;
      for (int i = from; i < from + BATCH; i++) {
        if (round == 1 && i % 100 == 0) continue;
        at += sprintf(at, "%c{\"id\":\"n%d\"}", at == json ? '[' : ',', i);
      }
      strcpy(at, "]");
      OK(nangolite_run_save(run, "Label", json, -1, NULL));
    }
    if (round == 0) start_window(t, run, "Label");
  }
  SAME(end_window(t, run, "Label"), "200 deleted");
  succeed(t, run);
  assert_int_equal(live(t, "Label"), RECORDS - 200);
}

/* New ones do not count: all ids changed is all gone. */
TEST(test_the_share_is_of_the_records_that_were_live_when_the_window_opened) {
  nangolite_run *run = begin_guarded(t, 50);
  run_save(t, run, "Issue", "{'id':4}");
  start_window(t, run, "Issue");
  SAME(run_save(t, run, "Issue", "[{'id':11},{'id':12},{'id':13},{'id':14}]"), "4 added");
  FAILS(NANGOLITE_TOO_MANY_DELETES, nangolite_run_track_deletes_end(run, "Issue", NULL));
  if (strstr(nangolite_errmsg(t->store), "4 of 4") == NULL) fail_msg("%s", nangolite_errmsg(t->store));
  SAME(run_save(t, run, "Issue", "[{'id':1},{'id':2}]"), "2 unchanged");
  SAME(end_window(t, run, "Issue"), "2 deleted");
  succeed(t, run);
}

TESTS(MEMORY(test_the_share_is_of_the_records_that_were_live_when_the_window_opened),
      EVERYWHERE(test_what_was_not_seen_is_deleted_at_the_end),
      MEMORY(test_saved_updated_and_deleted_count_as_seen), MEMORY(test_duplicates_count_as_seen),
      MEMORY(test_what_was_deleted_before_is_not_deleted_again),
      MEMORY(test_pruned_records_are_seen_and_deleted_like_others),
      MEMORY(test_a_window_counts_whoever_wrote), EVERYWHERE(test_a_window_spans_runs),
      ON_FILE(test_a_window_survives_a_reopen), ON_FILE(test_a_window_survives_a_crash),
      EVERYWHERE(test_an_end_without_a_start_is_refused), MEMORY(test_each_model_has_its_own_window),
      MEMORY(test_a_window_of_an_empty_collection_deletes_nothing),
      EVERYWHERE(test_a_reset_clears_the_window), MEMORY(test_a_window_forgets_the_one_before_it),
      MEMORY(test_what_is_added_again_after_a_window_is_live),
      EVERYWHERE(test_half_a_source_does_not_look_like_a_mass_deletion), MEMORY(test_the_guard_at_its_edge),
      MEMORY(test_a_guard_is_that_of_the_latest_definition), MEMORY(test_a_window_over_many_records))
