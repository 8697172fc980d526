/* Retries, runs that are taken up again, again_at, cancel, claims of one's own, exclusive handles, local time, and calls
** that must come to an end. */
#define _POSIX_C_SOURCE 200809L

#include "syncs.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CANCEL(t) OK(nangolite_sync_cancel(t->store, "github", "user-1", NULL, 0))

static nangolite_run *claim_one(test *t) {
  nangolite_run *run = NULL;
  OK(nangolite_run_claim(t->store, "github", "user-1", "issues", NULL, &run));
  assert_non_null(run);
  return run;
}

/* ---- retries ---- */

static void define_with_retries(test *t, script *s, int max_retries, int retry_after_s) {
  nangolite_sync sync = sync_of("issues", "every hour", s);
  sync.max_retries = max_retries;
  sync.retry_after_s = retry_after_s;
  define_of(t, sync);
}

TEST(test_a_failed_run_is_repeated_with_doubled_waits) {
  script s = {.t = t, .fails = 3};
  define_with_retries(t, &s, 5, 0);
  SAME(run_until(t, HALF_PAST_TEN + HOURS(1)), "5");
  SAME(s.log, "issues 0:00; issues 0:00:30; issues 0:01:30; issues 0:03:30; issues 1:00");
}

TEST(test_each_turn_has_its_own_retries_and_no_more) {
  script s = {.t = t, .fails = 100};
  define_with_retries(t, &s, 1, 600);
  SAME(run_until(t, HALF_PAST_TEN + MINUTES(90)), "4");
  SAME(s.log, "issues 0:00; issues 0:10; issues 1:00; issues 1:10");
}

TEST(test_retries_that_a_definition_may_have) {
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.max_retries = 101;
  FAILS(NANGOLITE_INVALID, nangolite_sync_define(t->store, &sync));
  SAYS("max_retries");
  sync.max_retries = 100;
  sync.retry_after_s = -1;
  FAILS(NANGOLITE_INVALID, nangolite_sync_define(t->store, &sync));
  SAYS("retry_after_s");
  sync.retry_after_s = 31536000;
  OK(nangolite_sync_define(t->store, &sync));
}

/* ---- taking up ---- */

TEST(test_an_expired_run_is_taken_up_three_times_from_the_saved_checkpoint) {
  define(t, "issues", "every day", NULL);
  for (int attempt = 0; attempt < 4; attempt++) {
    nangolite_run *run = claim(t);
    assert_non_null(run);
    SAME(checkpoint(t, run), attempt == 0 ? NULL : format(t, "{'page':%d}", attempt));
    OK(nangolite_run_checkpoint_save(run, format(t, "{\"page\":%d}", attempt + 1)));
    nangolite_clock_advance(t->store, MINUTES(5)); /* its process died */
  }
  assert_null(claim(t));
  SAME(next_due(t), "24:00"); /* once a turn */
  nangolite_clock_set(t->store, HALF_PAST_TEN + DAYS(1));
  assert_non_null(claim(t));
  nangolite_clock_advance(t->store, MINUTES(5));
  assert_null(claim(t));
  nangolite_clock_set(t->store, HALF_PAST_TEN + DAYS(2));
  OK(nangolite_run_finish(claim(t), "network", NULL)); /* it ends by itself */
  nangolite_clock_set(t->store, HALF_PAST_TEN + DAYS(3));
  assert_non_null(claim(t));
  nangolite_clock_advance(t->store, MINUTES(5));
  assert_non_null(claim(t));
}

/* ---- again_at ---- */

static int64_t again_at;

static int ask_again(nangolite_run *run, script *s) {
  int result = nangolite_run_again_at(run, again_at);
  return s->fails > 0 ? NANGOLITE_ERROR : result;
}

TEST(test_again_at_sets_the_next_run) {
  script s = {.t = t, .act = ask_again};
  define_with_retries(t, &s, 5, 0);
  again_at = HALF_PAST_TEN + HOURS(3);
  SAME(run_due(t), "1");
  SAME(next_due(t), "3:00");
  again_at = 5; /* the past is now */
  nangolite_clock_set(t->store, HALF_PAST_TEN + HOURS(3));
  SAME(run_due(t), "1");
  SAME(next_due(t), "3:00");
  s.act = NULL;
  SAME(run_due(t), "1");
  SAME(next_due(t), "4:00");
}

TEST(test_again_at_is_stored_at_once_and_kept_while_paused) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_again_at(run, HALF_PAST_TEN + MINUTES(90)));
  FAILS(NANGOLITE_INVALID, nangolite_run_again_at(run, HALF_PAST_TEN + DAYS(365) + 1));
  nangolite_clock_advance(t->store, MINUTES(5)); /* the process dies: no take-up */
  assert_null(claim(t));
  SAME(next_due(t), "1:30");
  FAILS(NANGOLITE_ABORTED, nangolite_run_again_at(run, HALF_PAST_TEN));
  pause_sync(t, "issues");
  nangolite_clock_set(t->store, HALF_PAST_TEN + HOURS(2));
  assert_null(claim(t));
  start_sync(t, "issues");
  succeed(t, claim(t));
  SAME(next_due(t), "3:00");
}

/* ---- cancel ---- */

TEST(test_cancel_aborts_and_takes_back_what_waits) {
  listener l = {.t = t};
  define_with_retries(t, NULL, 5, 0);
  listen_to(t, t->store, &l);
  nangolite_run *run = claim(t);
  OK(nangolite_run_checkpoint_save(run, "{\"page\":1}"));
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  OK(nangolite_run_again_at(run, HALF_PAST_TEN));
  trigger(t, "issues");
  CANCEL(t);
  FAILS(NANGOLITE_ABORTED, nangolite_run_heartbeat(run));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  SAME(status(t, "issues", "status"), "'STOPPED'");
  SAME(status(t, "issues", "checkpoint"), "{'page':1}");
  SAME(next_due(t), "1:00");
  assert_int_equal(l.count, 0);
  run = claim_one(t);
  SAME(end_window(t, run, "Issue"), "nothing"); /* the window is still open */
  OK(nangolite_run_finish(run, "network", NULL));
  CANCEL(t); /* the retry */
  SAME(next_due(t), "1:00");
  trigger(t, "issues");
  CANCEL(t);
  SAME(next_due(t), "1:00");
}

static int cancel_itself(nangolite_run *run, script *s) {
  nangolite *store = nangolite_run_store(run);
  nangolite_sync_cancel(store, "github", "user-1", NULL, 0);
  int result = nangolite_run_save(run, "Issue", "{\"id\":1}", -1, NULL);
  s->told = nangolite_result_name(result);
  return result;
}

TEST(test_a_function_that_cancels_itself_hears_aborted_and_is_counted) {
  script s = {.t = t, .act = cancel_itself};
  listener l = {.t = t};
  define(t, "issues", "every hour", &s);
  listen_to(t, t->store, &l);
  SAME(run_due(t), "1");
  SAME(s.told, "aborted");
  assert_int_equal(l.count, 0);
  SAME(next_due(t), "1:00");
}

/* ---- claims ---- */

TEST(test_a_claim_is_for_this_one_now_due_or_not_paused_or_not) {
  nangolite_run *second = NULL;
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim_one(t); /* takes the turn that is due */
  FAILS(NANGOLITE_BUSY, nangolite_run_claim(t->store, "github", "user-1", "issues", "base", &second));
  assert_null(second);
  SAME(next_due(t), "0:05"); /* its lease */
  succeed(t, run);
  SAME(next_due(t), "1:00");
  nangolite_clock_advance(t->store, MINUTES(10));
  trigger(t, "issues");
  succeed(t, claim_one(t)); /* and the trigger */
  SAME(next_due(t), "1:00");
  pause_sync(t, "issues");
  succeed(t, claim_one(t));
  SAME(next_due(t), "never");
  run = claim_one(t);
  SAME(next_due(t), "0:15");
  nangolite_clock_advance(t->store, MINUTES(5));
  succeed(t, claim_one(t)); /* the one before has expired */
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_run_claim(t->store, "github", "user-1", "none", NULL, &run));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION,
        nangolite_run_claim(t->store, "github", "user-9", "issues", NULL, &run));
  FAILS(NANGOLITE_INVALID, nangolite_run_claim(t->store, "github", "user-1", "a b", NULL, &run));
  FAILS(NANGOLITE_MISUSE, nangolite_run_claim(t->store, "github", "user-1", "issues", NULL, NULL));
}

TEST(test_run_next_until_moves_the_clock_to_the_next_run_and_keeps_leases_alive) {
  nangolite_run *run = NULL, *held = NULL;
  define(t, "issues", "every hour", NULL);
  define(t, "more", "every 2 hours", NULL);
  OK(nangolite_run_claim(t->store, "github", "user-1", "more", NULL, &held));
  succeed(t, claim(t));
  OK(nangolite_run_next_until(t->store, HALF_PAST_TEN + MINUTES(59), &run));
  assert_null(run);
  assert_true(nangolite_now(t->store) == HALF_PAST_TEN + MINUTES(59));
  OK(nangolite_run_next_until(t->store, HALF_PAST_TEN + HOURS(9), &run));
  SAME(nangolite_run_sync(run), "issues");
  assert_true(nangolite_now(t->store) == HALF_PAST_TEN + HOURS(1));
  succeed(t, run);
  SAME(run_save(t, held, "Of_more", "{'id':1}"), "1 added");
  OK(nangolite_run_until(t->store, HALF_PAST_TEN + MINUTES(90), NULL));
  succeed(t, held);
  FAILS(NANGOLITE_INVALID, nangolite_run_next_until(t->store, HALF_PAST_TEN, &run));
  FAILS(NANGOLITE_MISUSE, nangolite_run_next_until(t->store, HALF_PAST_TEN + DAYS(1), NULL));
  held = claim(t);
  if (held == NULL) held = claim_one(t);
  nangolite_clock_advance(t->store, MINUTES(5)); /* the caller moves the clock: that extends nothing */
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(held, NULL, NULL));
}

TEST(test_a_lease_that_has_over_half_of_it_left_is_not_written_again) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  nangolite_clock_advance(t->store, SECONDS(149));
  OK(nangolite_run_checkpoint_clear(run));
  SAME(next_due(t), "0:05");
  nangolite_clock_advance(t->store, SECONDS(1));
  OK(nangolite_run_checkpoint_clear(run));
  SAME(next_due(t), "0:07:30");
  nangolite_clock_advance(t->store, SECONDS(1));
  OK(nangolite_run_heartbeat(run)); /* always */
  SAME(next_due(t), "0:07:31");
  succeed(t, run);
}

/* ---- exclusive ---- */

TEST(test_two_exclusive_handles_of_one_process_live_side_by_side) {
  nangolite_options alone = {.exclusive = 1};
  reopen(t, &alone);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  nangolite *second = open_store(t, t->path, &alone);
  SAME(status_in(t, second, "issues", "status"), "'RUNNING'");
  assert_null(claim_in(t, second));
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  succeed(t, run);
}

TEST(test_exclusive_closes_the_runs_of_a_process_that_died) {
  int process_status = 0;
  listener l = {.t = t};
  define(t, "issues", "every hour", NULL);
  close_store(t, t->store);
  fflush(NULL);
  pid_t process = fork();
  if (process == 0) {
    nangolite *store = NULL;
    nangolite_run *run = NULL;
    nangolite_open(t->path, NULL, &store);
    nangolite_clock_set(store, HALF_PAST_TEN);
    nangolite_run_next(store, &run);
    _exit(run == NULL);
  }
  waitpid(process, &process_status, 0);
  assert_int_equal(WEXITSTATUS(process_status), 0);
  t->store = open_store(t, t->path, &(nangolite_options){.exclusive = 1});
  listen_to(t, t->store, &l);
  assert_true(nangolite_next_due(t->store) <= HALF_PAST_TEN);
  nangolite_run *run = claim(t); /* the first call that claims */
  assert_non_null(run);
  SAME(member(t, l.heard, "error.type"), "'expired'");
  succeed(t, run);
}

TEST(test_exclusive_closes_what_a_closed_handle_of_this_process_left) {
  nangolite_options alone = {.exclusive = 1};
  reopen(t, &alone);
  define(t, "issues", "every hour", NULL);
  nangolite *other = open_store(t, t->path, &alone);
  assert_non_null(claim_in(t, other));
  assert_null(claim(t));
  close_store(t, other);
  nangolite_run *run = claim(t);
  assert_non_null(run);
  succeed(t, run);
}

/* ---- calls that come to an end ---- */

static int make_its_connection_again(nangolite_run *run, script *s) {
  nangolite *store = nangolite_run_store(run);
  (void)s;
  nangolite_connection_delete(store, "github", "user-1");
  return nangolite_connection_create(store, "github", "user-1");
}

TEST(test_run_due_ends_when_a_function_removes_and_makes_its_own_connection) {
  script s = {.t = t, .act = make_its_connection_again};
  define(t, "issues", "every hour", &s);
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  OK(nangolite_run_due(t->store, 0, NULL));
  assert_true(s.count <= 3);
}

static int reset_itself(nangolite_run *run, script *s) {
  const char *name = "issues";
  (void)s;
  nangolite_sync_trigger(nangolite_run_store(run), "github", "user-1", &name, 1, NANGOLITE_RESET);
  return NANGOLITE_OK;
}

TEST(test_the_1000th_run_at_one_instant_ends_run_until_with_an_error) {
  static int (*const acts[])(nangolite_run *, script *) = {reset_itself, make_its_connection_again};
  for (int kind = 0; kind < 2; kind++) {
    script s = {.t = t, .act = acts[kind]};
    int ran = 0;
    reopen(t, NULL);
    define(t, "issues", "every hour", &s);
    FAILS(NANGOLITE_ERROR, nangolite_run_until(t->store, HALF_PAST_TEN + DAYS(1), &ran));
    assert_int_equal(ran, 1000);
    assert_true(nangolite_now(t->store) == HALF_PAST_TEN);
  }
}

/* ---- local time ---- */

/* Both changes of 2024 in the European Union. */
#define SPRING INT64_C(1711846800000000)
#define AUTUMN INT64_C(1729990800000000)

static int berlin(void *ctx, int64_t time) {
  (void)ctx;
  return time >= SPRING && time < AUTUMN ? 7200 : 3600;
}

/* Daily at 18:00 in Berlin, over a year: every run is at 18:00 by local clocks. */
static int note_local_time(nangolite_run *run, script *s) {
  int64_t now = nangolite_now(nangolite_run_store(run));
  int64_t local = now + SECONDS(berlin(NULL, now));
  if (s->count > 1) assert_true(local % DAYS(1) == HOURS(18));
  return NANGOLITE_OK;
}

static void run_a_year_at_18(test *t) {
  script s = {.t = t, .act = note_local_time};
  nangolite_sync sync = sync_of("issues", "every day", &s);
  sync.start_at = HALF_PAST_TEN + HOURS(6) + MINUTES(30); /* 17:00 UTC is 18:00 in winter */
  sync.local_time = 1;
  define_of(t, sync);
  SAME(run_until(t, HALF_PAST_TEN + DAYS(366)), "366");
}

TEST(test_daily_at_18_stays_at_18_over_both_changes_by_utc_offset_s) {
  reopen(t, (&(nangolite_options){.utc_offset_s = berlin}));
  run_a_year_at_18(t);
}

TEST(test_daily_at_18_stays_at_18_over_both_changes_by_TZ) {
  const char *before = getenv("TZ");
  const char *kept = before == NULL ? NULL : format(t, "%s", before);
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  run_a_year_at_18(t);
  if (kept == NULL) unsetenv("TZ");
  else setenv("TZ", kept, 1);
  tzset();
}

TEST(test_without_local_time_a_day_is_24_hours) {
  script s = {.t = t};
  reopen(t, (&(nangolite_options){.utc_offset_s = berlin}));
  define(t, "issues", "every day", &s);
  run_until(t, SPRING + DAYS(2));
  assert_true((nangolite_next_due(t->store) - HALF_PAST_TEN) % DAYS(1) == 0);
}

TESTS(MEMORY(test_a_failed_run_is_repeated_with_doubled_waits),
      MEMORY(test_each_turn_has_its_own_retries_and_no_more), MEMORY(test_retries_that_a_definition_may_have),
      EVERYWHERE(test_an_expired_run_is_taken_up_three_times_from_the_saved_checkpoint),
      EVERYWHERE(test_again_at_sets_the_next_run),
      MEMORY(test_again_at_is_stored_at_once_and_kept_while_paused),
      EVERYWHERE(test_cancel_aborts_and_takes_back_what_waits),
      MEMORY(test_a_function_that_cancels_itself_hears_aborted_and_is_counted),
      EVERYWHERE(test_a_claim_is_for_this_one_now_due_or_not_paused_or_not),
      EVERYWHERE(test_run_next_until_moves_the_clock_to_the_next_run_and_keeps_leases_alive),
      MEMORY(test_a_lease_that_has_over_half_of_it_left_is_not_written_again),
      ON_FILE(test_two_exclusive_handles_of_one_process_live_side_by_side),
      ON_FILE(test_exclusive_closes_the_runs_of_a_process_that_died),
      ON_FILE(test_exclusive_closes_what_a_closed_handle_of_this_process_left),
      MEMORY(test_run_due_ends_when_a_function_removes_and_makes_its_own_connection),
      MEMORY(test_the_1000th_run_at_one_instant_ends_run_until_with_an_error),
      MEMORY(test_daily_at_18_stays_at_18_over_both_changes_by_utc_offset_s),
      MEMORY(test_daily_at_18_stays_at_18_over_both_changes_by_TZ),
      MEMORY(test_without_local_time_a_day_is_24_hours))
