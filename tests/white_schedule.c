/* When an instance runs, and the states of its runs: every state and every event, the grid by UTC and by local time,
** clocks that jump, and schedules at random. */
#include "../nangolite.c"
#include "plain.h"

#define MINUTE (60 * MICROSECONDS_PER_SECOND)
#define HOUR (60 * MINUTE)
#define DAY MICROSECONDS_PER_DAY
#define NOW (INT64_C(1705314600) * MICROSECONDS_PER_SECOND) /* 2024-01-15T10:30:00Z */
#define LEASE (5 * MINUTE)

static schedule_grid grid_of(int64_t anchor, int64_t interval, int has_start) {
  return (schedule_grid){anchor, interval, has_start, NULL, NULL};
}

static schedule make(int64_t now, int64_t interval, int64_t start_at, int is_paused) {
  schedule_grid g = grid_of(start_at != 0 ? start_at : now, interval, start_at != 0);
  schedule s = schedule_create(now, &g, is_paused);
  s.retry_after = 30 * MICROSECONDS_PER_SECOND;
  return s;
}

static void begin(schedule *s, int64_t now) {
  schedule_begin(s, now, 1, now + LEASE, 0);
}

/* ---- the state machine: every state and every event ---- */

typedef enum phase {
  FRESH,
  WAITING,
  DUE,
  TRIGGERED,
  PAUSED,
  PAUSED_TRIGGERED,
  RUNNING,
  PAUSED_RUNNING,
  AGAIN_RUNNING,
  RETRYING,
  EXPIRED,
  STATES
} phase;
typedef enum event { TRIGGER, RESET, START, PAUSE, CANCEL, BEGIN, SUCCEED, FAIL, EXPIRE, EVENTS } event;

static const char *const phase_names[] = {"fresh",         "waiting",          "due",     "triggered",
                                          "paused",        "paused+triggered", "running", "paused+running",
                                          "running+again", "retrying",         "expired"};

/* An instance of an hourly sync with one retry, half an hour after its first run, or, where it is due, an hour. */
static schedule in_phase(phase is) {
  schedule s = make(NOW, HOUR, 0, 0);
  s.max_retries = 1;
  if (is == FRESH) return s;
  begin(&s, NOW);
  if (is == AGAIN_RUNNING) schedule_trigger(&s, NOW, 0);
  if (is == PAUSED_RUNNING) schedule_pause(&s);
  if (is == RUNNING || is == PAUSED_RUNNING || is == AGAIN_RUNNING) return s;
  if (is == EXPIRED) schedule_expire(&s, NOW);
  else schedule_end(&s, NOW, is == RETRYING ? RUN_ERROR : RUN_SUCCESS);
  if (is == PAUSED || is == PAUSED_TRIGGERED) schedule_pause(&s);
  if (is == TRIGGERED || is == PAUSED_TRIGGERED) schedule_trigger(&s, NOW + HOUR / 2, 0);
  return s;
}

static int64_t time_of(phase is) {
  int is_at_start = is == FRESH || is == RUNNING || is == PAUSED_RUNNING || is == AGAIN_RUNNING;
  return is == DUE ? NOW + HOUR : is_at_start ? NOW : NOW + HOUR / 2;
}

static void happen(schedule *s, event what, int64_t now) {
  switch (what) {
    case TRIGGER: schedule_trigger(s, now, 0); break;
    case RESET: schedule_reset(s, now); break;
    case START: schedule_start(s, now); break;
    case PAUSE: schedule_pause(s); break;
    case CANCEL: schedule_cancel(s, now); break;
    case BEGIN: schedule_begin(s, now, 9, now + LEASE, 0); break;
    case SUCCEED: schedule_end(s, now, RUN_SUCCESS); break;
    case FAIL: schedule_end(s, now, RUN_ERROR); break;
    default: schedule_expire(s, now);
  }
}

static phase phase_of(const schedule *s, int64_t now) {
  if (s->run != 0) return s->is_paused ? PAUSED_RUNNING : s->runs_again ? AGAIN_RUNNING : RUNNING;
  if (s->is_paused) return s->asked != ASK_NONE ? PAUSED_TRIGGERED : PAUSED;
  if (s->asked != ASK_NONE)
    return s->asked == ASK_TRIGGER ? TRIGGERED : s->asked == ASK_RETRY ? RETRYING : EXPIRED;
  if (s->slot_at > now) return WAITING;
  return s->started_at == 0 ? FRESH : DUE;
}

enum { NEVER = STATES }; /* the caller sees to it that this does not happen */

static const int expected[STATES][EVENTS] = {
  /* TRIGGER, RESET, START, PAUSE, CANCEL, BEGIN, SUCCEED, FAIL, EXPIRE */
  [FRESH] = {TRIGGERED, FRESH, FRESH, PAUSED, FRESH, RUNNING, NEVER, NEVER, NEVER},
  [WAITING] = {TRIGGERED, WAITING, WAITING, PAUSED, WAITING, NEVER, NEVER, NEVER, NEVER},
  [DUE] = {TRIGGERED, DUE, DUE, PAUSED, DUE, RUNNING, NEVER, NEVER, NEVER},
  [TRIGGERED] = {TRIGGERED, TRIGGERED, TRIGGERED, PAUSED, WAITING, RUNNING, NEVER, NEVER, NEVER},
  [PAUSED] = {PAUSED_TRIGGERED, PAUSED, TRIGGERED, PAUSED, PAUSED, NEVER, NEVER, NEVER, NEVER},
  [PAUSED_TRIGGERED] = {PAUSED_TRIGGERED, PAUSED_TRIGGERED, TRIGGERED, PAUSED_TRIGGERED, PAUSED,
                        PAUSED_RUNNING, NEVER, NEVER, NEVER},
  [RUNNING] = {AGAIN_RUNNING, WAITING, RUNNING, PAUSED_RUNNING, WAITING, NEVER, WAITING, RETRYING, EXPIRED},
  [PAUSED_RUNNING] = {PAUSED_RUNNING, PAUSED, AGAIN_RUNNING, PAUSED_RUNNING, PAUSED, NEVER, PAUSED, PAUSED,
                      PAUSED},
  [AGAIN_RUNNING] = {AGAIN_RUNNING, TRIGGERED, AGAIN_RUNNING, PAUSED_RUNNING, WAITING, NEVER, TRIGGERED,
                     TRIGGERED, TRIGGERED},
  [RETRYING] = {TRIGGERED, RETRYING, RETRYING, PAUSED, WAITING, RUNNING, NEVER, NEVER, NEVER},
  [EXPIRED] = {TRIGGERED, EXPIRED, EXPIRED, PAUSED, WAITING, RUNNING, NEVER, NEVER, NEVER},
};

PLAIN_TEST(test_every_event_in_every_state) {
  for (int from = 0; from < STATES; from++) {
    for (int what = 0; what < EVENTS; what++) {
      schedule s = in_phase((phase)from);
      int64_t now = time_of((phase)from);
      if (expected[from][what] == NEVER) continue;
      assert_int_equal(phase_of(&s, now), from);
      happen(&s, (event)what, now);
      if ((int)phase_of(&s, now) != expected[from][what])
        fail_msg("event %d takes it from %s to %s", what, phase_names[from], phase_names[phase_of(&s, now)]);
    }
  }
}

PLAIN_TEST(test_how_the_latest_run_ended) {
  static const struct {
    event what;
    run_status latest;
    int has_succeeded;
  } cases[] = {{SUCCEED, RUN_SUCCESS, 1},
               {FAIL, RUN_ERROR, 0},
               {EXPIRE, RUN_ERROR, 0},
               {CANCEL, RUN_STOPPED, 0},
               {RESET, RUN_STOPPED, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    schedule s = in_phase(RUNNING);
    happen(&s, cases[i].what, NOW + 1);
    assert_int_equal(s.latest, cases[i].latest);
    assert_int_equal(s.has_succeeded, cases[i].has_succeeded);
    assert_int_equal(s.finished_at, NOW + 1);
    assert_int_equal(s.lease_until, 0);
  }
}

PLAIN_TEST(test_runs_are_initial_until_one_has_succeeded) {
  schedule s = in_phase(FRESH);
  static const struct {
    event what;
    int is_initial;
  } runs[] = {{FAIL, 1}, {CANCEL, 1}, {SUCCEED, 1}, {FAIL, 0}, {SUCCEED, 0}, {SUCCEED, 0}};
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
    begin(&s, NOW + (int64_t)i * HOUR);
    assert_int_equal(s.is_initial, runs[i].is_initial);
    happen(&s, runs[i].what, NOW + (int64_t)i * HOUR + 1);
  }
  schedule_reset(&s, NOW + DAY);
  begin(&s, NOW + DAY);
  assert_int_equal(s.is_initial, 1);
}

PLAIN_TEST(test_a_start_while_a_run_is_in_progress_runs_again_after_it) {
  schedule s = in_phase(PAUSED_RUNNING);
  schedule_start(&s, NOW + 1);
  schedule_end(&s, NOW + 2, RUN_SUCCESS);
  assert_int_equal(schedule_due_at(&s), NOW + 2);
  begin(&s, NOW + 2);
  schedule_end(&s, NOW + 3, RUN_SUCCESS);
  assert_int_equal(schedule_due_at(&s), NOW + HOUR);
}

/* ---- retries, take-ups, again_at ---- */

/* Fails an hourly sync's runs until none is due before the next slot: how long after each the next one was due. */
PLAIN_TEST(test_retries_are_doubled_and_counted_for_each_turn) {
  static const int64_t waits[] = {30, 60, 120, 240, 480, 960};
  schedule s = make(NOW, HOUR, 0, 0);
  s.max_retries = 100;
  int64_t now = NOW;
  for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
    begin(&s, now);
    schedule_end(&s, now, RUN_ERROR);
    assert_int_equal(schedule_due_at(&s), now + waits[i] * MICROSECONDS_PER_SECOND);
    now = schedule_due_at(&s);
  }
  begin(&s, now);
  schedule_end(&s, now, RUN_ERROR); /* 32 minutes from now is after the next slot: that is it */
  assert_int_equal(schedule_due_at(&s), NOW + HOUR);
  assert_int_equal(s.asked, ASK_NONE);
  begin(&s, NOW + HOUR);
  schedule_end(&s, NOW + HOUR, RUN_ERROR);
  assert_int_equal(s.retries, 1); /* the slot has its own */
}

PLAIN_TEST(test_each_trigger_start_and_claim_has_its_own_retries) {
  for (int kind = 0; kind < 3; kind++) {
    schedule s = make(NOW, DAY, 0, 0);
    s.max_retries = 1;
    begin(&s, NOW);
    schedule_end(&s, NOW, RUN_ERROR);
    assert_int_equal(s.asked, ASK_RETRY);
    begin(&s, schedule_due_at(&s));
    schedule_end(&s, NOW + MINUTE, RUN_ERROR);
    assert_int_equal(s.asked, ASK_NONE);
    if (kind == 0) schedule_trigger(&s, NOW + HOUR, 0);
    if (kind == 1) schedule_pause(&s);
    if (kind == 1) schedule_start(&s, NOW + HOUR);
    schedule_begin(&s, NOW + HOUR, 2, NOW + HOUR + LEASE, kind == 2);
    schedule_end(&s, NOW + HOUR, RUN_ERROR);
    assert_int_equal(s.asked, ASK_RETRY);
  }
}

PLAIN_TEST(test_a_retry_on_the_next_turn_is_that_turn) {
  schedule s = make(NOW, 30 * MICROSECONDS_PER_SECOND, 0, 0);
  s.max_retries = 3;
  begin(&s, NOW);
  schedule_end(&s, NOW, RUN_ERROR);
  assert_int_equal(s.asked, ASK_NONE);
  assert_int_equal(schedule_due_at(&s), NOW + 30 * MICROSECONDS_PER_SECOND);
}

PLAIN_TEST(test_a_trigger_of_a_paused_sync_has_retries_too) {
  schedule s = in_phase(PAUSED_TRIGGERED);
  begin(&s, NOW + HOUR / 2);
  schedule_end(&s, NOW + HOUR / 2, RUN_ERROR);
  assert_int_equal(s.asked, ASK_RETRY);
  schedule_cancel(&s, NOW + HOUR / 2);
  assert_int_equal(schedule_due_at(&s), 0);
}

PLAIN_TEST(test_an_expired_run_is_taken_up_three_times_and_then_once_a_turn) {
  schedule s = make(NOW, HOUR, 0, 0);
  int64_t now = NOW;
  for (int i = 0; i < SCHEDULE_TAKE_UPS; i++) {
    begin(&s, now);
    now += LEASE;
    schedule_expire(&s, now);
    assert_int_equal(schedule_due_at(&s), now);
  }
  for (int turn = 1; turn < 5; turn++) {
    begin(&s, now);
    schedule_expire(&s, now + LEASE);
    assert_int_equal(schedule_due_at(&s), NOW + turn * HOUR);
    now = NOW + turn * HOUR;
  }
  begin(&s, now);
  schedule_end(&s, now, RUN_ERROR); /* a run has ended by itself */
  begin(&s, now + HOUR);
  schedule_expire(&s, now + HOUR + LEASE);
  assert_int_equal(schedule_due_at(&s), now + HOUR + LEASE);
}

PLAIN_TEST(test_again_at_replaces_everything_until_then_but_a_trigger) {
  for (int how = 0; how < 3; how++) {
    schedule s = make(NOW, HOUR, 0, 0);
    s.max_retries = 5;
    begin(&s, NOW);
    s.again_at = NOW + 3 * HOUR;
    if (how == 2) schedule_expire(&s, NOW + LEASE);
    else schedule_end(&s, NOW + MINUTE, how == 0 ? RUN_SUCCESS : RUN_ERROR);
    assert_int_equal(schedule_due_at(&s), NOW + 3 * HOUR);
    schedule_trigger(&s, NOW + HOUR, 0);
    assert_int_equal(schedule_due_at(&s), NOW + HOUR);
    begin(&s, NOW + HOUR);
    schedule_end(&s, NOW + HOUR, RUN_ERROR);
    assert_int_equal(schedule_due_at(&s), NOW + 3 * HOUR); /* it stays until its time */
    schedule_pause(&s);
    assert_int_equal(schedule_due_at(&s), 0); /* kept and not run */
    schedule_start(&s, NOW + 2 * HOUR);
    assert_int_equal(schedule_due_at(&s), NOW + 2 * HOUR);
    begin(&s, NOW + 2 * HOUR);
    schedule_end(&s, NOW + 2 * HOUR, RUN_SUCCESS);
    assert_int_equal(schedule_due_at(&s), NOW + 3 * HOUR);
    begin(&s, NOW + 3 * HOUR);
    schedule_end(&s, NOW + 3 * HOUR, RUN_SUCCESS);
    assert_int_equal(schedule_due_at(&s), NOW + 4 * HOUR);
  }
}

PLAIN_TEST(test_cancel_takes_back_again_at_and_leads_to_the_next_turn) {
  schedule s = make(NOW, HOUR, 0, 0);
  begin(&s, NOW);
  s.again_at = NOW + 5 * HOUR;
  schedule_end(&s, NOW, RUN_SUCCESS);
  schedule_cancel(&s, NOW + 3 * HOUR + MINUTE);
  assert_int_equal(schedule_due_at(&s), NOW + 4 * HOUR);
}

PLAIN_TEST(test_what_lifts_the_guard_goes_with_its_trigger) {
  schedule s = in_phase(WAITING);
  schedule_trigger(&s, NOW + HOUR / 2, 1);
  begin(&s, NOW + HOUR / 2);
  assert_int_equal(s.run_allows_deletes, 1);
  schedule_trigger(&s, NOW + HOUR / 2, 1); /* for the run after this one */
  schedule_expire(&s, NOW + HOUR / 2);
  assert_int_equal(s.run_allows_deletes, 0);
  begin(&s, NOW + HOUR / 2);
  assert_int_equal(s.run_allows_deletes, 1);
  schedule_end(&s, NOW + HOUR / 2, RUN_ERROR);
  begin(&s, NOW + HOUR);
  assert_int_equal(s.run_allows_deletes, 0);
  schedule_end(&s, NOW + HOUR, RUN_SUCCESS);
  schedule_trigger(&s, NOW + HOUR, 1);
  schedule_pause(&s); /* taken back */
  schedule_start(&s, NOW + HOUR);
  begin(&s, NOW + HOUR);
  assert_int_equal(s.run_allows_deletes, 0);
}

/* ---- the grid ---- */

PLAIN_TEST(test_the_first_turn) {
  static const struct {
    int64_t start_at, due_at;
  } cases[] = {{0, NOW},       {NOW, NOW}, {NOW + 1, NOW + 1}, {NOW + 10 * DAY, NOW + 10 * DAY},
               {NOW - 1, NOW}, {1, NOW}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    schedule s = make(NOW, HOUR, cases[i].start_at, 0);
    assert_int_equal(schedule_due_at(&s), cases[i].due_at);
    s = make(NOW, HOUR, cases[i].start_at, 1);
    assert_int_equal(schedule_due_at(&s), 0);
  }
}

PLAIN_TEST(test_another_grid) {
  static const struct {
    phase is;
    int64_t anchor, interval, due_at;
    int has_start;
  } cases[] = {{WAITING, NOW, DAY, NOW + DAY, 0},
               {WAITING, NOW, HOUR / 4, NOW + HOUR * 3 / 4, 0},
               {DUE, NOW, DAY, NOW + HOUR, 0},
               {DUE, NOW + DAY, HOUR, NOW + DAY, 1},
               {TRIGGERED, NOW, DAY, NOW + HOUR / 2, 0},
               {PAUSED, NOW, DAY, 0, 0},
               {RUNNING, NOW, 2 * HOUR, NOW + 2 * HOUR, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    schedule s = in_phase(cases[i].is);
    s.grid = grid_of(cases[i].anchor, cases[i].interval, cases[i].has_start);
    schedule_follow_grid(&s, time_of(cases[i].is));
    assert_int_equal(schedule_due_at(&s), cases[i].due_at);
  }
}

PLAIN_TEST(test_triggers_and_pauses_leave_the_grid) {
  schedule s = in_phase(WAITING);
  schedule_trigger(&s, NOW + 20 * MINUTE, 0);
  begin(&s, NOW + 25 * MINUTE);
  schedule_end(&s, NOW + 30 * MINUTE, RUN_SUCCESS);
  assert_int_equal(schedule_due_at(&s), NOW + HOUR);
  schedule_pause(&s);
  schedule_start(&s, NOW + 40 * MINUTE);
  begin(&s, NOW + 45 * MINUTE);
  schedule_end(&s, NOW + 50 * MINUTE, RUN_SUCCESS);
  assert_int_equal(schedule_due_at(&s), NOW + HOUR);
}

static void run_at(schedule *s, int64_t time) {
  begin(s, time);
  schedule_end(s, time, RUN_SUCCESS);
}

PLAIN_TEST(test_the_turn_after_a_run_is_the_first_after_its_end) {
  schedule s = make(NOW, HOUR, 0, 0);
  begin(&s, NOW);
  schedule_end(&s, NOW + 3 * HOUR, RUN_SUCCESS); /* at a grid point: that is not after the end */
  assert_int_equal(schedule_due_at(&s), NOW + 4 * HOUR);
  run_at(&s, NOW + 7 * DAY + MINUTE); /* missed turns do not pile up */
  assert_int_equal(schedule_due_at(&s), NOW + 7 * DAY + HOUR);
}

/* ---- the clock ---- */

PLAIN_TEST(test_a_clock_that_is_set_back) {
  static const struct {
    int64_t back, due_at;
  } cases[] = {{0, 11 * HOUR},          {MINUTE, 11 * HOUR},  {59 * MINUTE, 11 * HOUR}, {HOUR, 10 * HOUR},
               {90 * MINUTE, 9 * HOUR}, {3 * HOUR, 8 * HOUR}, {48 * HOUR, -37 * HOUR}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    schedule s = make(NOW, HOUR, 0, 0);
    run_at(&s, NOW + 10 * HOUR);
    int64_t before = NOW + 10 * HOUR, now = before - cases[i].back;
    schedule_follow_clock(&s, before, now, LEASE);
    assert_int_equal(schedule_due_at(&s), NOW + cases[i].due_at);
  }
}

PLAIN_TEST(test_a_clock_set_back_before_the_creation_moves_no_turn_but_waits_for_none) {
  schedule s = make(NOW, DAY, 0, 0);
  run_at(&s, NOW);
  schedule_follow_clock(&s, NOW, NOW - 365 * DAY + HOUR, LEASE);
  assert_int_equal(schedule_due_at(&s), NOW - 364 * DAY);
  s = make(NOW, DAY, NOW, 0); /* with start_at, nothing is before it */
  run_at(&s, NOW);
  schedule_follow_clock(&s, NOW, NOW - 365 * DAY + HOUR, LEASE);
  assert_int_equal(schedule_due_at(&s), NOW);
}

PLAIN_TEST(test_a_new_frequency_inherits_no_silence) {
  schedule s = make(NOW, HOUR, 0, 0);
  run_at(&s, NOW + 5 * DAY); /* the clock was five days ahead, and is put right */
  s.grid.interval = 2 * HOUR;
  schedule_follow_grid(&s, NOW + HOUR);
  assert_int_equal(schedule_due_at(&s), NOW + 2 * HOUR);
}

PLAIN_TEST(test_what_was_asked_for_is_not_put_off_by_the_clock) {
  schedule s = in_phase(TRIGGERED);
  schedule_follow_clock(&s, NOW + HOUR / 2, NOW, LEASE);
  assert_int_equal(schedule_due_at(&s), NOW);
  s = in_phase(RETRYING);
  schedule_follow_clock(&s, NOW, NOW - 30 * MINUTE, LEASE);
  assert_int_equal(schedule_due_at(&s), NOW - 30 * MINUTE + 30 * MICROSECONDS_PER_SECOND);
  s = in_phase(WAITING);
  s.again_at = NOW + 300 * DAY;
  schedule_follow_clock(&s, NOW, NOW - 300 * DAY, LEASE);
  assert_int_equal(schedule_due_at(&s), NOW + 65 * DAY); /* never further than a year */
}

PLAIN_TEST(test_a_lease_from_a_clock_that_was_ahead_ends_soon) {
  schedule s = in_phase(WAITING);
  schedule_begin(&s, NOW + 365 * DAY, 2, NOW + 365 * DAY + LEASE, 0);
  schedule_follow_clock(&s, NOW + 365 * DAY, NOW + HOUR, LEASE);
  assert_int_equal(s.lease_until, NOW + HOUR + LEASE);
  schedule_follow_clock(&s, NOW + HOUR, NOW + HOUR + LEASE / 2, LEASE); /* never longer */
  assert_int_equal(s.lease_until, NOW + HOUR + LEASE);
  schedule_follow_clock(&s, NOW + HOUR, NOW, LEASE); /* an hour is no reason to take it for dead */
  assert_int_equal(s.lease_until, NOW + HOUR + LEASE);
}

PLAIN_TEST(test_the_ends_of_time_are_defined) {
  schedule s = make(TIME_MAX, FREQUENCY_MAX, 0, 0);
  run_at(&s, TIME_MAX);
  assert_true(schedule_due_at(&s) > TIME_MAX);
  s = make(1, FREQUENCY_MIN, 0, 0);
  run_at(&s, 1);
  run_at(&s, TIME_MAX);
  schedule_follow_clock(&s, TIME_MAX, 1, LEASE);
  assert_int_equal(schedule_due_at(&s), 1 + FREQUENCY_MIN);
  s.grid.interval = 0; /* from a damaged file */
  assert_true(schedule_slot_after(&s.grid, 5) > 5);
  s.grid.interval = INT64_MAX;
  s.grid.anchor = INT64_MAX;
  assert_true(schedule_slot_after(&s.grid, 5) > 5);
}

/* ---- local time ---- */

/* Berlin in 2024: one hour ahead of UTC, from 2024-03-31T01:00Z to 2024-10-27T01:00Z two. */
#define SPRING (INT64_C(1711846800) * MICROSECONDS_PER_SECOND)
#define AUTUMN (INT64_C(1729990800) * MICROSECONDS_PER_SECOND)

static int berlin(void *zone, int64_t time) {
  (void)zone;
  return time >= SPRING && time < AUTUMN ? 7200 : 3600;
}

static schedule_grid local_grid(int64_t anchor, int64_t interval) {
  return (schedule_grid){anchor, interval, 1, berlin, NULL};
}

PLAIN_TEST(test_whole_days_keep_the_local_time_of_day_over_both_changes_of_a_year) {
  schedule_grid g = local_grid(NOW, DAY); /* 11:30 in Berlin, in winter */
  int64_t time = NOW;
  for (int day = 1; day < 366; day++) {
    int64_t slot = schedule_slot_after(&g, time);
    int64_t local = slot + berlin(NULL, slot) * MICROSECONDS_PER_SECOND;
    assert_int_equal(local, NOW + HOUR + day * DAY);
    assert_int_equal(schedule_slot_after(&g, slot - 1), slot);
    time = slot;
  }
  g.interval = 7 * DAY;
  assert_int_equal(schedule_slot_after(&g, AUTUMN - DAY), NOW + 287 * DAY); /* 2024-10-28: winter again */
}

PLAIN_TEST(test_a_time_that_a_day_lacks_moves_forward_by_the_gap) {
  schedule_grid g = local_grid(SPRING - DAY + 30 * MINUTE, DAY);                        /* 02:30 in Berlin */
  assert_int_equal(schedule_slot_after(&g, SPRING - DAY + HOUR), SPRING + 30 * MINUTE); /* 03:30 */
  assert_int_equal(schedule_slot_after(&g, SPRING + HOUR), SPRING + DAY - 30 * MINUTE); /* 02:30 again */
}

PLAIN_TEST(test_of_a_time_that_a_day_has_twice_the_first_counts) {
  schedule_grid g = local_grid(AUTUMN - DAY - 30 * MINUTE, DAY); /* 02:30 in Berlin, in summer */
  assert_int_equal(schedule_slot_after(&g, AUTUMN - DAY), AUTUMN - 30 * MINUTE);
  assert_int_equal(schedule_slot_after(&g, AUTUMN - 30 * MINUTE), AUTUMN + DAY + 30 * MINUTE);
}

PLAIN_TEST(test_other_frequencies_ignore_local_time) {
  schedule_grid g = local_grid(NOW, 36 * HOUR);
  assert_int_equal(schedule_slot_after(&g, NOW + 119 * 36 * HOUR), NOW + 120 * 36 * HOUR);
}

static int nonsense(void *zone, int64_t time) {
  test_random *r = zone;
  (void)time;
  return (int)random_next(r);
}

PLAIN_TEST(test_a_zone_that_makes_no_sense_still_goes_forward) {
  test_random r = random_sequence();
  schedule_grid g = {NOW, DAY, 0, nonsense, &r};
  for (int i = 0; i < rounds(2000); i++) {
    int64_t time = NOW + (int64_t)random_below(&r, 1000 * (uint64_t)DAY);
    assert_true(schedule_slot_after(&g, time) > time);
  }
}

/* ---- at random ---- */

static int64_t random_interval(test_random *r) {
  static const int64_t some[] = {FREQUENCY_MIN, HOUR / 4, HOUR, DAY, 30 * DAY, FREQUENCY_MAX};
  return random_below(r, 2) ? some[random_below(r, 6)]
                            : FREQUENCY_MIN + (int64_t)random_below(r, 3 * (uint64_t)DAY);
}

/* A clock jumps at random. A started sync is never silent for longer than two intervals, and no slot is executed twice
** unless the clock has gone back by an interval or more since. */
static void play(test_random *r) {
  int64_t now = NOW, interval = random_interval(r), executed = 0;
  int64_t start_at = random_below(r, 3) ? 0 : now - (int64_t)random_below(r, 10) * interval / 3;
  schedule s = make(now, interval, start_at, 0);
  int64_t peak = now; /* of the clock since a slot was executed */
  int has_jumped = 0;
  for (int step = 0; step < 300; step++) {
    int64_t before = now;
    uint64_t kind = random_below(r, 20);
    if (kind == 0) now -= (int64_t)random_below(r, 50 * (uint64_t)interval);
    else if (kind == 1) now += (int64_t)random_below(r, 50 * (uint64_t)interval);
    else if (kind == 2) now -= (int64_t)random_below(r, (uint64_t)interval);
    else if (kind == 3 && s.slot_at <= TIME_MAX) now = s.slot_at;
    else now += (int64_t)random_below(r, (uint64_t)interval);
    now = now < DAY ? DAY : now > TIME_MAX ? TIME_MAX : now;
    if (before > peak) peak = before;
    if (now > peak) peak = now;
    if (peak - now >= interval) has_jumped = 1;
    if (now < before) schedule_follow_clock(&s, before, now, LEASE);
    if (now < TIME_MAX - 2 * interval && now >= start_at)
      assert_true(schedule_due_at(&s) <= now + 2 * interval);
    if (random_below(r, 9) == 0) schedule_trigger(&s, now, 0);
    if (schedule_due_at(&s) > now) continue;
    int is_slot = s.slot_at <= now;
    if (is_slot && !has_jumped && executed != 0) assert_true(s.slot_at > executed);
    if (is_slot) executed = s.slot_at;
    if (is_slot) peak = now;
    if (is_slot) has_jumped = 0;
    begin(&s, now);
    if (random_below(r, 4) == 0) now += (int64_t)random_below(r, 2 * (uint64_t)interval);
    now = now > TIME_MAX ? TIME_MAX : now;
    if (random_below(r, 9) == 0) schedule_expire(&s, now);
    else schedule_end(&s, now, random_below(r, 2) ? RUN_SUCCESS : RUN_ERROR);
    assert_true(s.slot_at > now); /* one run after a gap */
    assert_true(s.slot_at > TIME_MAX || s.slot_at == NOW || (s.slot_at - s.grid.anchor) % interval == 0);
  }
}

PLAIN_TEST(test_however_the_clock_jumps_no_sync_is_silent_and_no_turn_is_doubled) {
  test_random r = random_sequence();
  for (int i = 0; i < rounds(1000); i++) play(&r);
}

/* Two days ahead for a day, then put right: every turn of the days that follow is there. */
PLAIN_TEST(test_a_clock_that_was_ahead_loses_no_turn_once_it_is_right) {
  schedule s = make(NOW, HOUR, 0, 0);
  int64_t now = NOW;
  for (int hour = 0; hour < 24; hour++, now += HOUR) run_at(&s, now);
  for (int hour = 0; hour < 24; hour++) run_at(&s, now + 2 * DAY + hour * HOUR);
  now += DAY;
  schedule_follow_clock(&s, now + 2 * DAY, now, LEASE);
  for (int hour = 0; hour < 48; hour++) {
    int64_t due_at = schedule_due_at(&s);
    assert_int_equal(due_at, now + (hour + 1) * HOUR);
    run_at(&s, due_at);
  }
}

PLAIN_TEST(test_without_jumps_every_turn_is_executed) {
  test_random r = random_sequence();
  for (int i = 0; i < rounds(300); i++) {
    int64_t interval = random_interval(&r), now = NOW, end = NOW + 50 * interval;
    int count = 0;
    schedule s = make(now, interval, 0, 0);
    while (now < end) {
      if (schedule_due_at(&s) <= now) {
        run_at(&s, now);
        count++;
      }
      int64_t step = 1 + (int64_t)random_below(&r, (uint64_t)interval / 2);
      now = schedule_due_at(&s) - now < step ? schedule_due_at(&s) : now + step;
    }
    assert_int_equal(count, 50);
  }
}

TESTS(PLAIN(test_every_event_in_every_state), PLAIN(test_how_the_latest_run_ended),
      PLAIN(test_runs_are_initial_until_one_has_succeeded),
      PLAIN(test_a_start_while_a_run_is_in_progress_runs_again_after_it),
      PLAIN(test_retries_are_doubled_and_counted_for_each_turn),
      PLAIN(test_each_trigger_start_and_claim_has_its_own_retries),
      PLAIN(test_a_retry_on_the_next_turn_is_that_turn),
      PLAIN(test_a_trigger_of_a_paused_sync_has_retries_too),
      PLAIN(test_an_expired_run_is_taken_up_three_times_and_then_once_a_turn),
      PLAIN(test_again_at_replaces_everything_until_then_but_a_trigger),
      PLAIN(test_cancel_takes_back_again_at_and_leads_to_the_next_turn),
      PLAIN(test_what_lifts_the_guard_goes_with_its_trigger), PLAIN(test_the_first_turn),
      PLAIN(test_another_grid), PLAIN(test_triggers_and_pauses_leave_the_grid),
      PLAIN(test_the_turn_after_a_run_is_the_first_after_its_end), PLAIN(test_a_clock_that_is_set_back),
      PLAIN(test_a_clock_set_back_before_the_creation_moves_no_turn_but_waits_for_none),
      PLAIN(test_a_new_frequency_inherits_no_silence),
      PLAIN(test_what_was_asked_for_is_not_put_off_by_the_clock),
      PLAIN(test_a_lease_from_a_clock_that_was_ahead_ends_soon), PLAIN(test_the_ends_of_time_are_defined),
      PLAIN(test_whole_days_keep_the_local_time_of_day_over_both_changes_of_a_year),
      PLAIN(test_a_time_that_a_day_lacks_moves_forward_by_the_gap),
      PLAIN(test_of_a_time_that_a_day_has_twice_the_first_counts),
      PLAIN(test_other_frequencies_ignore_local_time),
      PLAIN(test_a_zone_that_makes_no_sense_still_goes_forward),
      PLAIN(test_however_the_clock_jumps_no_sync_is_silent_and_no_turn_is_doubled),
      PLAIN(test_a_clock_that_was_ahead_loses_no_turn_once_it_is_right),
      PLAIN(test_without_jumps_every_turn_is_executed))
