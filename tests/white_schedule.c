/* When an instance runs, and the states of its runs: every state and every event, and schedules at random. */
#include "../nangolite.c"
#include "plain.h"

#define HOUR (3600 * MICROSECONDS_PER_SECOND)
#define DAY MICROSECONDS_PER_DAY
#define NOW (INT64_C(1705314600) * MICROSECONDS_PER_SECOND)   /* 2024-01-15T10:30:00Z */
#define LEASE (300 * MICROSECONDS_PER_SECOND)

/* ---- the state machine: every state and every event ---- */

typedef enum phase { FRESH, WAITING, DUE, TRIGGERED, PAUSED, PAUSED_TRIGGERED, RUNNING, PAUSED_RUNNING, STATES } phase;
typedef enum event { TRIGGER, RESET, START, PAUSE, BEGIN, SUCCEED, FAIL, ABORT, EVENTS } event;

static const char *const phase_names[] = {
    "fresh", "waiting", "due", "triggered", "paused", "paused+triggered", "running", "paused+running"};

/* An instance of an hourly sync, half an hour after its first run, or, where it is due, an hour. */
static schedule in_phase(phase is) {
  schedule s = schedule_create(NOW, HOUR, 0, 0);
  if (is == FRESH) return s;
  schedule_begin(&s, NOW, 1, NOW + LEASE);
  if (is == RUNNING || is == PAUSED_RUNNING) {
    if (is == PAUSED_RUNNING) schedule_pause(&s);
    return s;
  }
  schedule_end(&s, NOW, RUN_SUCCESS);
  if (is == PAUSED || is == PAUSED_TRIGGERED) schedule_pause(&s);
  if (is == TRIGGERED || is == PAUSED_TRIGGERED) schedule_trigger(&s, NOW + HOUR / 2);
  return s;
}

static int64_t time_of(phase is) {
  return is == DUE ? NOW + HOUR : is == FRESH || is == RUNNING || is == PAUSED_RUNNING ? NOW : NOW + HOUR / 2;
}

static void happen(schedule *s, event what, int64_t now) {
  switch (what) {
    case TRIGGER: schedule_trigger(s, now); break;
    case RESET: schedule_reset(s, now); break;
    case START: schedule_start(s, now); break;
    case PAUSE: schedule_pause(s); break;
    case BEGIN: schedule_begin(s, now, 9, now + LEASE); break;
    case SUCCEED: schedule_end(s, now, RUN_SUCCESS); break;
    case FAIL: schedule_end(s, now, RUN_ERROR); break;
    default: schedule_abort(s, now);
  }
}

static phase phase_of(const schedule *s, int64_t now) {
  if (s->run != 0) return s->is_paused ? PAUSED_RUNNING : RUNNING;
  if (s->is_paused) return s->due_at != 0 ? PAUSED_TRIGGERED : PAUSED;
  if (s->is_triggered) return TRIGGERED;
  if (s->due_at > now) return WAITING;
  return s->started_at == 0 ? FRESH : DUE;
}

enum { NEVER = STATES };   /* the caller sees to it that this does not happen */

static const int expected[STATES][EVENTS] = {
    /*                     TRIGGER           RESET             START      PAUSE           BEGIN           SUCCEED  FAIL     ABORT */
    [FRESH] =            {FRESH,            FRESH,            FRESH,     PAUSED,         RUNNING,        NEVER,   NEVER,   NEVER},
    [WAITING] =          {TRIGGERED,        WAITING,          WAITING,   PAUSED,         NEVER,          NEVER,   NEVER,   NEVER},
    [DUE] =              {DUE,              DUE,              DUE,       PAUSED,         RUNNING,        NEVER,   NEVER,   NEVER},
    [TRIGGERED] =        {TRIGGERED,        TRIGGERED,        TRIGGERED, PAUSED,         RUNNING,        NEVER,   NEVER,   NEVER},
    [PAUSED] =           {PAUSED_TRIGGERED, PAUSED,           TRIGGERED, PAUSED,         NEVER,          NEVER,   NEVER,   NEVER},
    [PAUSED_TRIGGERED] = {PAUSED_TRIGGERED, PAUSED_TRIGGERED, TRIGGERED, PAUSED,         PAUSED_RUNNING, NEVER,   NEVER,   NEVER},
    [RUNNING] =          {RUNNING,          WAITING,          RUNNING,   PAUSED_RUNNING, NEVER,          WAITING, WAITING, WAITING},
    [PAUSED_RUNNING] =   {PAUSED_RUNNING,   PAUSED,           RUNNING,   PAUSED_RUNNING, NEVER,          PAUSED,  PAUSED,  PAUSED},
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
  static const struct { event what; run_status latest; int has_succeeded; } cases[] = {
      {SUCCEED, RUN_SUCCESS, 1}, {FAIL, RUN_ERROR, 0}, {ABORT, RUN_STOPPED, 0}, {RESET, RUN_STOPPED, 0}};
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
  static const struct { event what; int is_initial; } runs[] = {
      {FAIL, 1}, {ABORT, 1}, {SUCCEED, 1}, {FAIL, 0}, {SUCCEED, 0}, {SUCCEED, 0}};
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
    schedule_begin(&s, NOW + (int64_t)i * HOUR, 1, NOW + DAY);
    assert_int_equal(s.is_initial, runs[i].is_initial);
    happen(&s, runs[i].what, NOW + (int64_t)i * HOUR + 1);
  }
  schedule_reset(&s, NOW + DAY);
  schedule_begin(&s, NOW + DAY, 1, NOW + 2 * DAY);
  assert_int_equal(s.is_initial, 1);
}

PLAIN_TEST(test_a_start_while_a_run_is_in_progress_runs_again_after_it) {
  schedule s = in_phase(PAUSED_RUNNING);
  schedule_start(&s, NOW + 1);
  schedule_end(&s, NOW + 2, RUN_SUCCESS);
  assert_int_equal(s.due_at, NOW + 1);
  schedule_begin(&s, NOW + 2, 2, NOW + LEASE);
  schedule_end(&s, NOW + 3, RUN_SUCCESS);
  assert_int_equal(s.due_at, NOW + HOUR);
}

PLAIN_TEST(test_an_instance_wakes_for_its_lease_or_its_turn) {
  schedule s = in_phase(RUNNING);
  assert_int_equal(schedule_wake_at(&s), NOW + LEASE);
  assert_false(schedule_has_expired(&s, NOW + LEASE - 1));
  assert_true(schedule_has_expired(&s, NOW + LEASE));
  s = in_phase(WAITING);
  assert_int_equal(schedule_wake_at(&s), NOW + HOUR);
  assert_false(schedule_has_expired(&s, NOW + DAY));
  s = in_phase(PAUSED);
  assert_int_equal(schedule_wake_at(&s), 0);
}

/* ---- the grid ---- */

PLAIN_TEST(test_the_first_turn) {
  static const struct { int64_t start_at, due_at; } cases[] = {
      {0, NOW}, {NOW, NOW}, {NOW + 1, NOW + 1}, {NOW + 10 * DAY, NOW + 10 * DAY}, {NOW - 1, NOW - 1 + HOUR},
      {NOW - HOUR, NOW}, {NOW - 3 * HOUR / 2, NOW + HOUR / 2}, {1, NOW - (NOW - 1) % HOUR + HOUR}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    schedule s = schedule_create(NOW, HOUR, cases[i].start_at, 0);
    assert_int_equal(s.due_at, cases[i].due_at);
    s = schedule_create(NOW, HOUR, cases[i].start_at, 1);
    assert_int_equal(s.due_at, 0);
  }
}

PLAIN_TEST(test_another_grid) {
  static const struct { phase is; int64_t anchor, interval, due_at; int has_start; } cases[] = {
      {WAITING, NOW, DAY, NOW + DAY, 0}, {WAITING, NOW, HOUR / 4, NOW + HOUR * 3 / 4, 0},
      {DUE, NOW, DAY, NOW + HOUR, 0}, {DUE, NOW + DAY, HOUR, NOW + DAY, 1},
      {TRIGGERED, NOW, DAY, NOW + HOUR / 2, 0}, {PAUSED, NOW, DAY, 0, 0}, {RUNNING, NOW, 2 * HOUR, NOW + 2 * HOUR, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    schedule s = in_phase(cases[i].is);
    s.has_start = cases[i].has_start;
    schedule_set_grid(&s, time_of(cases[i].is), cases[i].anchor, cases[i].interval);
    assert_int_equal(s.due_at, cases[i].due_at);
  }
}

PLAIN_TEST(test_triggers_and_pauses_leave_the_grid) {
  schedule s = in_phase(WAITING);
  schedule_trigger(&s, NOW + 20 * HOUR / 60);
  schedule_begin(&s, NOW + 25 * HOUR / 60, 2, NOW + HOUR);
  schedule_end(&s, NOW + 30 * HOUR / 60, RUN_ERROR);
  assert_int_equal(s.due_at, NOW + HOUR);
  schedule_pause(&s);
  schedule_start(&s, NOW + 40 * HOUR / 60);
  schedule_begin(&s, NOW + 45 * HOUR / 60, 3, NOW + HOUR);
  schedule_end(&s, NOW + 50 * HOUR / 60, RUN_SUCCESS);
  assert_int_equal(s.due_at, NOW + HOUR);
}

static void run_at(schedule *s, int64_t time) {
  schedule_begin(s, time, 1, time + LEASE);
  schedule_end(s, time, RUN_SUCCESS);
}

PLAIN_TEST(test_rows_of_turns_grow_join_and_stay_few) {
  schedule s = schedule_create(NOW, HOUR, 0, 0);
  static const int hours[] = {5, 7, 6, 0, 20, 22, 24, 26, 28, 30, 40};
  for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) schedule_note(&s, NOW + hours[i] * HOUR);
  assert_int_equal(s.executed_count, SCHEDULE_ROWS);
  for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
    int64_t turn = NOW + hours[i] * HOUR;
    schedule_note(&s, turn);
    assert_int_not_equal(schedule_next(&s, turn - 1), turn);
  }
  assert_int_equal(s.executed_count, SCHEDULE_ROWS);
  schedule_note(&s, NOW + 50 * HOUR);   /* the closest are two hours apart: they become one */
  assert_int_equal(s.executed_count, SCHEDULE_ROWS);
  assert_int_equal(s.executed[1].from, NOW + 5 * HOUR);
  assert_int_equal(s.executed[1].to, NOW + 7 * HOUR);
  assert_int_equal(schedule_next(&s, NOW + 20 * HOUR), NOW + 25 * HOUR);
}

PLAIN_TEST(test_a_clock_set_back_before_the_creation_moves_no_turn_but_waits_for_none) {
  schedule s = schedule_create(NOW, DAY, 0, 0);
  run_at(&s, NOW);
  schedule_clock_back(&s, NOW - 365 * DAY + HOUR, LEASE);
  assert_int_equal(s.due_at, NOW - 364 * DAY);
  s = schedule_create(NOW, DAY, NOW, 0);   /* with start_at, nothing is before it */
  run_at(&s, NOW);
  schedule_clock_back(&s, NOW - 365 * DAY + HOUR, LEASE);
  assert_int_equal(s.due_at, NOW + DAY);
}

PLAIN_TEST(test_a_lease_from_a_clock_that_was_ahead_ends_soon) {
  schedule s = in_phase(WAITING);
  schedule_begin(&s, NOW + 365 * DAY, 2, NOW + 365 * DAY + LEASE);
  schedule_clock_back(&s, NOW + HOUR, LEASE);
  assert_int_equal(s.lease_until, NOW + HOUR + LEASE);
  schedule_clock_back(&s, NOW + HOUR + LEASE / 2, LEASE);   /* never longer */
  assert_int_equal(s.lease_until, NOW + HOUR + LEASE);
  schedule_clock_back(&s, NOW, LEASE);   /* an hour is no reason to take it for dead */
  assert_int_equal(s.lease_until, NOW + HOUR + LEASE);
}

PLAIN_TEST(test_the_ends_of_time_are_defined) {
  schedule s = schedule_create(TIME_MAX, FREQUENCY_MAX, 0, 0);
  run_at(&s, TIME_MAX);
  assert_true(s.due_at > TIME_MAX);
  s = schedule_create(1, FREQUENCY_MIN, 0, 0);
  run_at(&s, 1);
  run_at(&s, TIME_MAX);
  schedule_clock_back(&s, 1, LEASE);
  assert_int_equal(s.due_at, 1 + 2 * FREQUENCY_MIN);   /* the turn that was due at the end was the second */
  s.interval = 0;   /* from a damaged file */
  schedule_clock_back(&s, 1, LEASE);
  run_at(&s, 5);
  s.interval = INT64_MAX;
  s.anchor = INT64_MAX;
  schedule_clock_back(&s, 1, LEASE);
  run_at(&s, 5);
}

/* ---- at random ---- */

typedef struct turns {
  int64_t at[4096];
  int count;
} turns;

static void never_twice(turns *executed, int64_t turn) {
  for (int i = 0; i < executed->count; i++) {
    if (executed->at[i] == turn) fail_msg("the turn %lld is executed twice", (long long)turn);
  }
  if (executed->count < 4096) executed->at[executed->count++] = turn;
}

static int64_t random_interval(test_random *r) {
  static const int64_t some[] = {FREQUENCY_MIN, HOUR / 4, HOUR, DAY, 30 * DAY, FREQUENCY_MAX};
  return random_below(r, 2) ? some[random_below(r, 6)] : FREQUENCY_MIN + (int64_t)random_below(r, 3 * (uint64_t)DAY);
}

static int64_t random_start(test_random *r) {
  static const int64_t some[] = {NOW, INT64_C(2147483647) * MICROSECONDS_PER_SECOND, TIME_MAX - 40 * DAY, 2};
  return some[random_below(r, 4)];
}

/* A scheduler that looks at every step, whose clock mostly goes forward; without commands every run is a turn's. */
static void play(test_random *r, turns *executed) {
  int64_t now = random_start(r), interval = random_interval(r);
  int64_t start_at = random_below(r, 3) ? 0 : now + (int64_t)random_below(r, 10) * interval / 3;
  schedule s = schedule_create(now, interval, start_at, 0);
  executed->count = 0;
  for (int step = 0; step < 300; step++) {
    int64_t before = now;
    uint64_t kind = random_below(r, 20);
    if (kind == 0) now -= (int64_t)random_below(r, 50 * (uint64_t)interval);
    else if (kind == 1) now += (int64_t)random_below(r, 50 * (uint64_t)interval);
    else if (kind == 2) now = s.due_at;
    else now += (int64_t)random_below(r, (uint64_t)interval);
    now = now < 1 ? 1 : now > TIME_MAX ? TIME_MAX : now;
    if (now < before) schedule_clock_back(&s, now, LEASE);
    assert_true(now >= TIME_MAX - interval || s.due_at <= now + interval || s.due_at == start_at || executed->count > 0);
    if (s.due_at > now) continue;
    if (start_at != 0) assert_true(now >= start_at);
    never_twice(executed, s.due_at);
    int64_t due_at = s.due_at, end = now + (int64_t)random_below(r, 2) * (int64_t)random_below(r, 2 * (uint64_t)interval);
    schedule_begin(&s, now, 1, now + LEASE);
    schedule_end(&s, end, random_below(r, 2) ? RUN_SUCCESS : RUN_ERROR);
    assert_true(s.due_at > end);                                     /* one run after a gap */
    assert_true((s.due_at - due_at) % interval == 0);                /* on the grid */
    if (end > before && due_at > before && now == due_at) assert_true(s.due_at >= due_at + interval);
    now = end > TIME_MAX ? TIME_MAX : end;
  }
}

PLAIN_TEST(test_a_turn_is_executed_once_however_the_clock_moves) {
  static turns executed;
  test_random r = random_sequence();
  for (int i = 0; i < rounds(1000); i++) play(&r, &executed);
}

/* A clock goes a year ahead, for a while, and is corrected: from then on no turn is missed but those executed before. */
PLAIN_TEST(test_a_clock_that_was_a_year_ahead_sticks_nothing) {
  test_random r = random_sequence();
  for (int i = 0; i < rounds(1000); i++) {
    int64_t interval = FREQUENCY_MIN + (int64_t)random_below(&r, 2 * (uint64_t)DAY), now = NOW;
    schedule s = schedule_create(now, interval, 0, 0);
    for (uint64_t n = random_below(&r, 20); n > 0; n--, now += interval) run_at(&s, now);
    int64_t ahead = now + 365 * DAY;
    for (uint64_t n = random_below(&r, 20); n > 0; n--, ahead += (int64_t)random_below(&r, (uint64_t)interval)) {
      if (s.due_at <= ahead) run_at(&s, ahead);
      if (random_below(&r, 4) == 0) schedule_trigger(&s, ahead);
    }
    schedule_clock_back(&s, now, LEASE);
    assert_true(s.due_at <= now + 2 * interval);   /* the turn at hand may have been executed at the wrong time */
  }
}

PLAIN_TEST(test_without_jumps_every_turn_is_executed) {
  test_random r = random_sequence();
  for (int i = 0; i < rounds(300); i++) {
    int64_t interval = random_interval(&r), now = NOW, end = NOW + 50 * interval;
    int count = 0;
    schedule s = schedule_create(now, interval, 0, 0);
    while (now < end) {
      if (s.due_at <= now) {
        run_at(&s, now);
        count++;
      }
      int64_t step = 1 + (int64_t)random_below(&r, (uint64_t)interval / 2);
      now = s.due_at - now < step ? s.due_at : now + step;
    }
    assert_int_equal(count, 50);
    assert_int_equal(s.executed_count, 1);
  }
}

TESTS(PLAIN(test_every_event_in_every_state), PLAIN(test_how_the_latest_run_ended),
    PLAIN(test_runs_are_initial_until_one_has_succeeded),
    PLAIN(test_a_start_while_a_run_is_in_progress_runs_again_after_it),
    PLAIN(test_an_instance_wakes_for_its_lease_or_its_turn), PLAIN(test_the_first_turn), PLAIN(test_another_grid),
    PLAIN(test_triggers_and_pauses_leave_the_grid), PLAIN(test_rows_of_turns_grow_join_and_stay_few),
    PLAIN(test_a_clock_set_back_before_the_creation_moves_no_turn_but_waits_for_none),
    PLAIN(test_a_lease_from_a_clock_that_was_ahead_ends_soon), PLAIN(test_the_ends_of_time_are_defined),
    PLAIN(test_a_turn_is_executed_once_however_the_clock_moves),
    PLAIN(test_a_clock_that_was_a_year_ahead_sticks_nothing), PLAIN(test_without_jumps_every_turn_is_executed))
