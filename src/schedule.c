#include "schedule.h"

/* The first turn after `time` that was not executed yet. */
static int64_t schedule_next(const schedule *s, int64_t time) {
  int64_t next = frequency_next(s->anchor, s->interval, time);
  int was_executed = s->turn_at != 0 && next >= s->turn_from && next <= s->turn_at;
  return was_executed ? frequency_next(s->anchor, s->interval, s->turn_at) : next;
}

static schedule schedule_create(int64_t now, int64_t interval, int64_t start_at, int is_paused) {
  schedule s = {0};
  s.anchor = start_at != 0 ? start_at : now;
  s.interval = interval;
  s.is_paused = is_paused;
  s.due_at = is_paused ? 0 : frequency_at_or_after(s.anchor, interval, now);
  s.is_initial = 1;
  return s;
}

static void schedule_trigger(schedule *s, int64_t now) {
  if (s->run != 0 || (s->due_at != 0 && s->due_at <= now)) return;
  s->due_at = now;
  s->is_triggered = 1;
}

static void schedule_reset(schedule *s, int64_t now) {
  if (s->run != 0) schedule_abort(s, now);
  s->has_succeeded = 0;
}

static void schedule_start(schedule *s, int64_t now) {
  if (!s->is_paused) return;
  s->is_paused = 0;
  s->due_at = now;
  s->is_triggered = 1;
}

static void schedule_pause(schedule *s) {
  s->is_paused = 1;
  s->is_triggered = 0;
  s->due_at = 0;
}

static void schedule_set_grid(schedule *s, int64_t now, int64_t anchor, int64_t interval) {
  s->anchor = anchor;
  s->interval = interval;
  if (s->due_at > now) s->due_at = schedule_next(s, now);
}

static void schedule_clock_back(schedule *s, int64_t now) {
  if (s->run != 0 || s->is_triggered || s->due_at <= now) return;
  int64_t next = schedule_next(s, now);
  if (next < s->due_at) s->due_at = next;
}

/* A run that was late stands for the turn that was due; the turns it missed are not made up for. */
static void schedule_note_turn(schedule *s) {
  if (s->is_triggered || s->due_at == 0) return;
  if (s->turn_at == 0 || frequency_next(s->anchor, s->interval, s->turn_at) != s->due_at) s->turn_from = s->due_at;
  s->turn_at = s->due_at;
}

static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until) {
  schedule_note_turn(s);
  s->is_triggered = 0;
  s->due_at = s->is_paused ? 0 : schedule_next(s, now);
  s->run = run;
  s->lease_until = lease_until;
  s->started_at = now;
  s->is_initial = !s->has_succeeded;
}

static void schedule_end(schedule *s, int64_t at, run_status as) {
  s->run = 0;
  s->lease_until = 0;
  s->finished_at = at;
  s->latest = as;
  if (as == RUN_SUCCESS) s->has_succeeded = 1;
  if (!s->is_triggered) s->due_at = s->is_paused ? 0 : schedule_next(s, at);
}

static void schedule_abort(schedule *s, int64_t at) {
  schedule_end(s, at, RUN_STOPPED);
}

static int64_t schedule_wake_at(const schedule *s) {
  return s->run != 0 ? s->lease_until : s->due_at;
}

static int schedule_has_expired(const schedule *s, int64_t now) {
  return s->run != 0 && s->lease_until <= now;
}
