/* When runs fall: the grid, gaps, failures, start_at, frequencies, triggers, pauses, and a clock that
** moves. */
#include "syncs.h"

/* ---- the grid ---- */

TEST(test_an_instance_runs_at_once_and_then_on_its_grid) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  SAME(next_due(t), "0:00");
  SAME(run_due(t), "1");
  SAME(run_due(t), "0");
  SAME(next_due(t), "1:00");
  nangolite_clock_advance(t->store, HOURS(1) - 1);
  SAME(run_due(t), "0");
  nangolite_clock_advance(t->store, 1);
  SAME(run_due(t), "1");
  SAME(s.log, "issues 0:00; issues 1:00");
}

TEST(test_a_late_run_does_not_move_the_grid) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(75));
  SAME(run_due(t), "1");
  SAME(next_due(t), "2:00");
}

static int take_90_minutes(nangolite_run *run, script *s) {
  (void)s;
  for (int i = 0; i < 30; i++) {
    nangolite_clock_advance(nangolite_run_store(run), MINUTES(3));
    if (nangolite_run_heartbeat(run) != NANGOLITE_OK) return NANGOLITE_ERROR;
  }
  return NANGOLITE_OK;
}

TEST(test_the_turn_after_a_run_is_the_first_after_its_end) {
  script s = {.t = t, .act = take_90_minutes};
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  SAME(next_due(t), "2:00");
}

TEST(test_a_month_is_played_in_one_call) {
  script hourly = {.t = t}, daily = {.t = t}, monthly = {.t = t};
  define(t, "hourly", "every hour", &hourly);
  define(t, "daily", "every day", &daily);
  define(t, "monthly", "every month", &monthly);
  SAME(run_until(t, HALF_PAST_TEN + DAYS(30)), format(t, "%d", 721 + 31 + 2));
  assert_int_equal(hourly.count, 721);
  assert_int_equal(daily.count, 31);
  SAME(monthly.log, "monthly 0:00; monthly 720:00");
}

TEST(test_run_until_executes_each_at_its_time) {
  script s = {.t = t};
  define(t, "a", "every 40 minutes", &s);
  define(t, "b", "every hour", &s);
  SAME(run_until(t, HALF_PAST_TEN + HOURS(2)), "7");
  SAME(s.log, "a 0:00; b 0:00; a 0:40; b 1:00; a 1:20; a 2:00; b 2:00");
}

TEST(test_run_until_executes_what_is_overdue_now) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(90));
  SAME(run_until(t, HALF_PAST_TEN + HOURS(2)), "2");
  SAME(s.log, "issues 0:00; issues 1:30; issues 2:00");
}

TEST(test_run_until_is_always_the_same) {
  const char *first = NULL;
  for (int i = 0; i < 2; i++) {
    script s = {.t = t, .fails = 3};
    reopen(t, NULL);
    define(t, "a", "every 40 minutes", &s);
    define(t, "b", "every 1.5 hours", &s);
    run_until(t, HALF_PAST_TEN + DAYS(2));
    if (first != NULL) SAME(s.log, first);
    first = s.log;
  }
}

TEST(test_run_until_needs_a_clock_that_is_held) {
  int ran = 7;
  nangolite *running;
  OK(nangolite_open(":memory:", NULL, &running));
  int result = nangolite_run_until(running, INT64_C(4000000000000000), &ran);
  nangolite_close(running);
  assert_int_equal(result, NANGOLITE_MISUSE);
  assert_int_equal(ran, 0);
}

TEST(test_run_until_a_time_before_now_is_refused) {
  int ran = 7;
  FAILS(NANGOLITE_INVALID, nangolite_run_until(t->store, HALF_PAST_TEN - 1, &ran));
  assert_int_equal(ran, 0);
  SAME(run_until(t, HALF_PAST_TEN), "0");
}

/* ---- gaps and failures ---- */

TEST(test_missed_turns_do_not_pile_up) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, DAYS(7) + MINUTES(20));
  SAME(run_due(t), "1");
  SAME(run_due(t), "0");
  SAME(next_due(t), "169:00");
}

TEST(test_a_failed_run_waits_for_its_next_turn_like_any_other) {
  script s = {.t = t, .fails = 2};
  define(t, "issues", "every hour", &s);
  SAME(run_until(t, HALF_PAST_TEN + HOURS(3)), "4");
  SAME(s.log, "issues 0:00; issues 1:00; issues 2:00; issues 3:00");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
}

TEST(test_a_failure_stops_no_other_sync) {
  script bad = {.t = t, .fails = 1}, good = {.t = t};
  define(t, "bad", "every hour", &bad);
  define(t, "good", "every hour", &good);
  SAME(run_due(t), "2");
  SAME(status(t, "bad", "status"), "'ERROR'");
  SAME(status(t, "good", "status"), "'SUCCESS'");
}

/* ---- start_at ---- */

static void define_daily_at(test *t, script *s, int64_t start_at) {
  nangolite_sync sync = sync_of("issues", "every day", s);
  sync.start_at = start_at;
  define_of(t, sync);
}

TEST(test_no_run_falls_before_start_at) {
  script s = {.t = t};
  define_daily_at(t, &s, HALF_PAST_TEN + DAYS(3));
  SAME(next_due(t), "72:00");
  SAME(run_until(t, HALF_PAST_TEN + DAYS(3) - 1), "0");
  SAME(run_until(t, HALF_PAST_TEN + DAYS(5)), "3");
  SAME(s.log, "issues 72:00; issues 96:00; issues 120:00");
}

TEST(test_a_start_at_in_the_past_is_the_anchor_and_a_new_instance_runs_at_once) {
  script s = {.t = t};
  define_daily_at(t, &s, HALF_PAST_TEN - DAYS(10) + HOURS(7) + MINUTES(30));
  SAME(run_until(t, HALF_PAST_TEN + DAYS(2)), "3");
  SAME(s.log, "issues 0:00; issues 7:30; issues 31:30");
}

TEST(test_the_first_turn_may_be_the_moment_of_creation) {
  script s = {.t = t};
  define_daily_at(t, &s, HALF_PAST_TEN - DAYS(10));
  SAME(run_due(t), "1");
  SAME(next_due(t), "24:00");
}

TEST(test_another_start_at_moves_the_grid) {
  script s = {.t = t};
  define_daily_at(t, &s, 0);
  run_due(t);
  define_daily_at(t, &s, HALF_PAST_TEN + HOURS(7));
  SAME(next_due(t), "7:00");
  SAME(run_until(t, HALF_PAST_TEN + DAYS(2)), "2");
  SAME(s.log, "issues 0:00; issues 7:00; issues 31:00");
  define_daily_at(t, &s, 0);
  SAME(next_due(t), "72:00");
}

/* ---- frequencies ---- */

static const char *set_frequency(test *t, const char *name, const char *variant, const char *frequency) {
  char *active = NULL;
  OK(nangolite_sync_set_frequency(t->store, "github", "user-1", name, variant, frequency, &active));
  return taken(t, active);
}

TEST(test_a_new_frequency_leaves_the_anchor) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(25));
  SAME(set_frequency(t, "issues", NULL, "every 10 minutes"), "every 10 minutes");
  SAME(next_due(t), "0:30");
  SAME(set_frequency(t, "issues", "BASE", "40m"), "40m");
  SAME(next_due(t), "0:40");
  SAME(run_until(t, HALF_PAST_TEN + HOURS(2)), "3");
  SAME(s.log, "issues 0:00; issues 0:40; issues 1:20; issues 2:00");
}

TEST(test_the_turn_after_a_new_frequency_is_after_now) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(30));
  set_frequency(t, "issues", NULL, "every 15 minutes");
  SAME(next_due(t), "0:45");
  SAME(run_due(t), "0");
}

TEST(test_a_turn_that_is_due_stays_due_with_a_new_frequency) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, HOURS(1));
  set_frequency(t, "issues", NULL, "every day");
  SAME(run_due(t), "1");
  SAME(next_due(t), "24:00");
}

TEST(test_a_null_frequency_goes_back_to_the_default) {
  define(t, "issues", "every hour", NULL);
  set_frequency(t, "issues", NULL, "every day");
  SAME(status(t, "issues", "frequency"), "'every day'");
  SAME(set_frequency(t, "issues", NULL, NULL), "every hour");
  SAME(status(t, "issues", "frequency"), "'every hour'");
}

TEST(test_a_frequency_set_for_a_connection_outlives_a_definition) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  set_frequency(t, "issues", NULL, "every 10 minutes");
  define(t, "issues", "every day", &s);
  SAME(status(t, "issues", "frequency"), "'every 10 minutes'");
  SAME(next_due(t), "0:10");
  SAME(set_frequency(t, "issues", NULL, NULL), "every day");
  SAME(next_due(t), "24:00");
}

TEST(test_a_new_default_frequency_moves_the_next_run) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(10));
  define(t, "issues", "every half hour", &s);
  SAME(next_due(t), "0:30");
}

TEST(test_what_is_no_frequency_is_refused_and_changes_nothing) {
  char *active = (char *)(uintptr_t) "?";
  define(t, "issues", "every hour", NULL);
  const char *const wrong[] = {
    "", "every 29 seconds", "366 days", "Every hour", "every  hour", "hour", "1 h ", "-1h"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    FAILS(NANGOLITE_INVALID,
          nangolite_sync_set_frequency(t->store, "github", "user-1", "issues", NULL, wrong[i], &active));
    SAYS("frequency");
    assert_null(active);
  }
  SAME(status(t, "issues", "frequency"), "'every hour'");
}

TEST(test_a_frequency_of_what_is_not_there_is_refused) {
  define(t, "issues", "every hour", NULL);
  FAILS(NANGOLITE_UNKNOWN_SYNC,
        nangolite_sync_set_frequency(t->store, "github", "user-1", "other", NULL, "1h", NULL));
  FAILS(NANGOLITE_UNKNOWN_SYNC,
        nangolite_sync_set_frequency(t->store, "github", "user-1", "issues", "v", "1h", NULL));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION,
        nangolite_sync_set_frequency(t->store, "github", "user-2", "issues", NULL, "1h", NULL));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG,
        nangolite_sync_set_frequency(t->store, "slack", "user-1", "issues", NULL, "1h", NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_set_frequency(t->store, "github", "user-1", NULL, NULL, "1h", NULL));
}

/* ---- a clock that moves ---- */

TEST(test_a_turn_is_executed_once_when_the_clock_is_set_back_by_less_than_an_interval) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_until(t, HALF_PAST_TEN + HOURS(3));
  s.log = NULL;
  nangolite_clock_set(t->store, HALF_PAST_TEN + MINUTES(121));
  SAME(run_until(t, HALF_PAST_TEN + HOURS(5)), "2");
  SAME(s.log, "issues 4:00; issues 5:00");
}

TEST(test_after_a_greater_jump_back_the_schedule_goes_on_from_the_new_time) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_until(t, HALF_PAST_TEN + HOURS(3));
  s.log = NULL;
  nangolite_clock_set(t->store, HALF_PAST_TEN + MINUTES(90));
  SAME(run_until(t, HALF_PAST_TEN + HOURS(4)), "3");
  SAME(s.log, "issues 2:00; issues 3:00; issues 4:00");
}

TEST(test_a_late_run_is_not_repeated_when_the_clock_is_set_back) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, HOURS(5)); /* is at a turn, and stands for those that were missed */
  run_due(t);
  s.log = NULL;
  nangolite_clock_advance(t->store, -MINUTES(59));
  SAME(run_until(t, HALF_PAST_TEN + HOURS(6)), "1");
  SAME(s.log, "issues 6:00");
}

TEST(test_a_clock_that_was_a_year_ahead_stops_nothing) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, DAYS(365));
  SAME(run_due(t), "1");
  nangolite_clock_set(t->store, HALF_PAST_TEN + MINUTES(100));
  assert_true(nangolite_next_due(t->store) <= HALF_PAST_TEN + HOURS(2));
  run_due(t);
  SAME(next_due(t), "2:00");
  s.log = NULL;
  SAME(run_until(t, HALF_PAST_TEN + HOURS(3)), "2");
  SAME(s.log, "issues 2:00; issues 3:00");
}

/* Two days ahead for a day, then put right: 48 of the 48 hourly runs that follow, and none is put off by a new frequency. */
TEST(test_a_sync_is_not_silent_after_the_clock_was_put_right) {
  for (int is_new_frequency = 0; is_new_frequency < 2; is_new_frequency++) {
    script s = {.t = t};
    reopen(t, NULL);
    define(t, "issues", "every hour", &s);
    OK(nangolite_run_until(t->store, HALF_PAST_TEN + DAYS(1), NULL));
    nangolite_clock_advance(t->store, DAYS(2));
    OK(nangolite_run_until(t->store, HALF_PAST_TEN + DAYS(4), NULL));
    nangolite_clock_set(t->store, HALF_PAST_TEN + DAYS(2));
    if (is_new_frequency)
      OK(nangolite_sync_set_frequency(t->store, "github", "user-1", "issues", NULL, "2 hours", NULL));
    SAME(run_until(t, HALF_PAST_TEN + DAYS(4)), is_new_frequency ? "24" : "48");
  }
}

TEST(test_run_until_sees_that_the_clock_was_set_back) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  nangolite_clock_advance(t->store, DAYS(365));
  run_due(t);
  nangolite_clock_set(t->store, HALF_PAST_TEN + MINUTES(30));
  s.log = NULL;
  SAME(run_until(t, HALF_PAST_TEN + HOURS(2)), "2");
  SAME(s.log, "issues 1:00; issues 2:00");
}

TEST(test_a_trigger_from_a_clock_that_was_ahead_is_not_lost) {
  script s = {.t = t};
  define(t, "issues", "every day", &s);
  run_due(t);
  nangolite_clock_advance(t->store, DAYS(3) - HOURS(1));
  run_due(t);
  trigger(t, "issues");
  nangolite_clock_set(t->store, HALF_PAST_TEN + HOURS(1));
  SAME(run_due(t), "1");
}

TEST(test_the_epoch_is_a_time_like_any_other) {
  script s = {.t = t};
  nangolite_clock_set(t->store, 0);
  define(t, "issues", "every hour", &s);
  assert_true(nangolite_next_due(t->store) <= nangolite_now(t->store));
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "latestExecutionStatus"), "'SUCCESS'");
  SAME(run_due(t), "0");
  SAME(run_until(t, HOURS(3)), "3");
}

TEST(test_the_year_2038_is_a_year_like_any_other) {
  script s = {.t = t};
  nangolite_clock_set(t->store, INT64_C(2147483647) * 1000000 - HOURS(1));
  define(t, "issues", "every half hour", &s);
  SAME(run_until(t, INT64_C(2147483647) * 1000000 + HOURS(1)), "5");
}

TEST(test_the_schedule_ends_with_the_year_9999) {
  script s = {.t = t};
  int64_t end = INT64_C(253402300799999999);
  nangolite_clock_set(t->store, end - HOURS(1));
  define(t, "issues", "every half hour", &s);
  SAME(run_until(t, end), "3");
  SAME(status(t, "issues", "nextScheduledSyncAt"), "null");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(run_due(t), "0");
  OK(nangolite_run_until(t->store, INT64_MAX, NULL));
  assert_true(nangolite_now(t->store) == end);
}

TESTS(MEMORY(test_an_instance_runs_at_once_and_then_on_its_grid),
      MEMORY(test_a_late_run_does_not_move_the_grid),
      MEMORY(test_the_turn_after_a_run_is_the_first_after_its_end),
      EVERYWHERE(test_a_month_is_played_in_one_call), MEMORY(test_run_until_executes_each_at_its_time),
      MEMORY(test_run_until_executes_what_is_overdue_now), MEMORY(test_run_until_is_always_the_same),
      MEMORY(test_run_until_needs_a_clock_that_is_held), MEMORY(test_run_until_a_time_before_now_is_refused),
      MEMORY(test_missed_turns_do_not_pile_up),
      MEMORY(test_a_failed_run_waits_for_its_next_turn_like_any_other),
      MEMORY(test_a_failure_stops_no_other_sync), MEMORY(test_no_run_falls_before_start_at),
      MEMORY(test_a_start_at_in_the_past_is_the_anchor_and_a_new_instance_runs_at_once),
      MEMORY(test_the_first_turn_may_be_the_moment_of_creation), MEMORY(test_another_start_at_moves_the_grid),
      MEMORY(test_a_new_frequency_leaves_the_anchor),
      MEMORY(test_the_turn_after_a_new_frequency_is_after_now),
      MEMORY(test_a_turn_that_is_due_stays_due_with_a_new_frequency),
      MEMORY(test_a_null_frequency_goes_back_to_the_default),
      MEMORY(test_a_frequency_set_for_a_connection_outlives_a_definition),
      MEMORY(test_a_new_default_frequency_moves_the_next_run),
      MEMORY(test_what_is_no_frequency_is_refused_and_changes_nothing),
      MEMORY(test_a_frequency_of_what_is_not_there_is_refused),
      MEMORY(test_a_turn_is_executed_once_when_the_clock_is_set_back_by_less_than_an_interval),
      MEMORY(test_after_a_greater_jump_back_the_schedule_goes_on_from_the_new_time),
      MEMORY(test_a_late_run_is_not_repeated_when_the_clock_is_set_back),
      MEMORY(test_a_clock_that_was_a_year_ahead_stops_nothing),
      MEMORY(test_run_until_sees_that_the_clock_was_set_back),
      MEMORY(test_a_sync_is_not_silent_after_the_clock_was_put_right),
      MEMORY(test_a_trigger_from_a_clock_that_was_ahead_is_not_lost),
      MEMORY(test_the_epoch_is_a_time_like_any_other), MEMORY(test_the_year_2038_is_a_year_like_any_other),
      MEMORY(test_the_schedule_ends_with_the_year_9999))
