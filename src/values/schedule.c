#include "values/schedule.h"

/* An anchor not after `time`. Where it is the moment of creation and the clock is set back before that,
** the grid goes back as well. */
static int64_t schedule_anchor(const schedule *s, int64_t time) {
  if (s->has_start || time >= s->anchor || time < 0 || s->interval < 1) return s->anchor;
  return time - (s->interval - (s->anchor - time) % s->interval) % s->interval;
}

static int64_t schedule_turn_after(const schedule *s, int64_t time) {
  return frequency_next(schedule_anchor(s, time), s->interval, time);
}

/* The first turn after `time` that was not executed yet. */
static int64_t schedule_next(const schedule *s, int64_t time) {
  int64_t next = schedule_turn_after(s, time);
  for (int i = 0; i < s->executed_count; i++) {
    if (next >= s->executed[i].from && next <= s->executed[i].to)
      next = schedule_turn_after(s, s->executed[i].to);
  }
  return next;
}

static void schedule_join(schedule_row *rows, int *count, int first) {
  rows[first].to = rows[first + 1].to;
  memmove(&rows[first + 1], &rows[first + 2], sizeof *rows * (size_t)(*count - first - 2));
  --*count;
}

/* Makes one of the rows that have no turn between them; and of the closest two, while there are too many. */
static void schedule_join_rows(const schedule *s, schedule_row *rows, int *count) {
  for (int i = *count - 2; i >= 0; i--) {
    if (schedule_turn_after(s, rows[i].to) >= rows[i + 1].from) schedule_join(rows, count, i);
  }
  while (*count > SCHEDULE_ROWS) {
    int closest = 0;
    for (int i = 1; i + 1 < *count; i++) {
      if (rows[i + 1].from - rows[i].to < rows[closest + 1].from - rows[closest].to) closest = i;
    }
    schedule_join(rows, count, closest);
  }
}

static void schedule_note(schedule *s, int64_t turn) {
  schedule_row rows[SCHEDULE_ROWS + 1];
  int at = 0, count = s->executed_count + 1;
  while (at < s->executed_count && s->executed[at].to < turn) at++;
  if (at < s->executed_count && s->executed[at].from <= turn) return;
  memcpy(rows, s->executed, sizeof *rows * (size_t)at);
  rows[at] = (schedule_row){turn, turn};
  memcpy(rows + at + 1, s->executed + at, sizeof *rows * (size_t)(s->executed_count - at));
  schedule_join_rows(s, rows, &count);
  memcpy(s->executed, rows, sizeof *rows * (size_t)count);
  s->executed_count = count;
}

static schedule schedule_create(int64_t now, int64_t interval, int64_t start_at, int is_paused) {
  schedule s = {0};
  s.anchor = start_at != 0 ? start_at : now;
  s.interval = interval;
  s.has_start = start_at != 0;
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

/* A trigger is no turn, and stays. */
static void schedule_set_grid(schedule *s, int64_t now, int64_t anchor, int64_t interval) {
  s->anchor = anchor;
  s->interval = interval;
  int is_due = s->due_at <= now && !(s->has_start && now < anchor);
  if (s->due_at != 0 && !s->is_triggered && !is_due) s->due_at = schedule_next(s, now);
}

static void schedule_clock_back(schedule *s, int64_t now, int64_t lease) {
  if (s->run != 0 && s->lease_until > now + lease + SCHEDULE_LEASE_SLACK) s->lease_until = now + lease;
  if (s->due_at <= now) return;
  int64_t next = s->is_triggered ? now : schedule_next(s, now);
  if (next < s->due_at) s->due_at = next;
}

/* A run executes the turn that was due. Where it comes late, it stands for the latest turn as well; those
** between are not made up for, but come again if the clock is set back before them. */
static void schedule_note_turns(schedule *s, int64_t now) {
  if (s->due_at == 0) return;
  if (!s->is_triggered) schedule_note(s, s->due_at);
  int64_t latest = schedule_turn_after(s, now > s->interval ? now - s->interval : 0);
  if (latest >= s->due_at && latest <= now) schedule_note(s, latest);
}

static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until) {
  schedule_note_turns(s, now);
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
