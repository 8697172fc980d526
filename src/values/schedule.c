#include "values/schedule.h"

/* ---- the grid ---- */

/* In seconds. No zone is further from UTC, so what a caller's function says is limited to this. */
#define ZONE_OFFSET_MAX (26 * 3600)

static int64_t schedule_offset(const schedule_grid *g, int64_t time) {
  int offset = g->offset_s(g->zone, time);
  if (offset > ZONE_OFFSET_MAX) offset = ZONE_OFFSET_MAX;
  if (offset < -ZONE_OFFSET_MAX) offset = -ZONE_OFFSET_MAX;
  return offset * MICROSECONDS_PER_SECOND;
}

/* When local clocks show this time; where they show it twice, the first of the two. In a gap they never
** show it: there the offset before the gap gives a time that is later by the length of the gap. */
static int64_t schedule_of_local(const schedule_grid *g, int64_t local) {
  int64_t before = schedule_offset(g, local - MICROSECONDS_PER_DAY);
  int64_t after = schedule_offset(g, local + MICROSECONDS_PER_DAY);
  int is_before = schedule_offset(g, local - before) == before;
  int is_after = schedule_offset(g, local - after) == after;
  return is_before || !is_after ? local - before : local - after;
}

/* Divides, and rounds down. */
static int64_t schedule_divide(int64_t distance, int64_t interval) {
  int64_t quotient = distance / interval;
  return distance % interval < 0 ? quotient - 1 : quotient;
}

/* A local day differs from 24 hours by a few hours at most, so the first slot is one of three neighbours.
** 0: it is none of them, because the zone's offsets make no sense. */
static int64_t schedule_local_slot_after(const schedule_grid *g, int64_t time) {
  int64_t local_anchor = g->anchor + schedule_offset(g, g->anchor);
  int64_t k = schedule_divide(time + schedule_offset(g, time) - local_anchor, g->interval);
  if (g->has_start && k < 1) k = 1;
  if (g->has_start && time < g->anchor) return g->anchor;
  for (int64_t last = k + 1, at = k - 1; at <= last; at++) {
    int64_t slot = schedule_of_local(g, local_anchor + at * g->interval);
    if (slot > time) return slot;
  }
  return 0;
}

/* The anchor to count from. Where it is the time of creation, and the clock was set back before that, it is
** a point of the same grid that is not after `time`. A start_at stays the anchor, as no slot is before it. */
static int64_t schedule_anchor(const schedule_grid *g, int64_t time) {
  if (g->has_start || time >= g->anchor || time < 0) return g->anchor;
  return time - (g->interval - (g->anchor - time) % g->interval) % g->interval;
}

static int64_t schedule_slot_after(const schedule_grid *g, int64_t time) {
  int is_usual = g->interval > 0 && time >= 0 && time <= TIME_MAX && g->anchor >= 0 && g->anchor <= TIME_MAX;
  if (is_usual && g->offset_s != NULL && g->interval % MICROSECONDS_PER_DAY == 0) {
    int64_t slot = schedule_local_slot_after(g, time);
    if (slot > time) return slot;
  }
  return is_usual ? frequency_next(schedule_anchor(g, time), g->interval, time)
                  : frequency_next(g->anchor, g->interval, time);
}

/* ---- what is due ---- */

static schedule schedule_create(int64_t now, const schedule_grid *g, int is_paused) {
  schedule s = {0};
  s.grid = *g;
  s.is_paused = is_paused;
  s.slot_at = g->has_start && g->anchor > now ? g->anchor : now;
  s.is_initial = 1;
  return s;
}

/* Until again_at there are no slots, retries and take-ups, but a trigger before again_at is due. */
static int64_t schedule_due_at(const schedule *s) {
  int64_t planned = s->again_at != 0 ? s->again_at : s->slot_at;
  if (s->is_paused) return s->asked != ASK_NONE ? s->asked_at : 0;
  if (s->again_at != 0 && s->asked != ASK_TRIGGER) return planned;
  return s->asked != ASK_NONE && s->asked_at < planned ? s->asked_at : planned;
}

static int schedule_has_expired(const schedule *s, int64_t now) {
  return s->run != 0 && s->lease_until <= now;
}

static void schedule_ask_for(schedule *s, schedule_ask what, int64_t at) {
  s->asked = what;
  s->asked_at = at;
}

static void schedule_take_back(schedule *s) {
  schedule_ask_for(s, ASK_NONE, 0);
  s->runs_again = 0;
  s->may_repeat = 0;
  s->allows_deletes = 0;
}

/* ---- commands ---- */

static void schedule_trigger(schedule *s, int64_t now, int allows_deletes) {
  if (s->run != 0) s->runs_again = 1;
  else if (s->asked != ASK_TRIGGER) schedule_ask_for(s, ASK_TRIGGER, now);
  if (allows_deletes) s->allows_deletes = 1;
}

static void schedule_start(schedule *s, int64_t now) {
  if (!s->is_paused) return;
  s->is_paused = 0;
  schedule_trigger(s, now, 0);
}

static void schedule_pause(schedule *s) {
  if (s->is_paused) return;
  s->is_paused = 1;
  schedule_take_back(s);
}

static void schedule_reset(schedule *s, int64_t now) {
  if (s->run != 0) schedule_end(s, now, RUN_STOPPED);
  s->has_succeeded = 0;
}

static void schedule_cancel(schedule *s, int64_t now) {
  schedule_take_back(s);
  if (s->again_at != 0 && s->slot_at <= now) s->slot_at = schedule_slot_after(&s->grid, now);
  s->again_at = 0;
  if (s->run != 0) schedule_end(s, now, RUN_STOPPED);
}

/* ---- the grid and the clock change ---- */

static void schedule_follow_grid(schedule *s, int64_t now) {
  int is_before_start = s->grid.has_start && now < s->grid.anchor;
  int is_due = s->slot_at <= now && s->again_at == 0 && s->run == 0 && !is_before_start;
  if (!is_due) s->slot_at = schedule_slot_after(&s->grid, now);
}

static int64_t schedule_delay(const schedule *s, int retries) {
  int64_t delay = s->retry_after;
  for (int i = 1; i < retries && delay < FREQUENCY_MAX; i++) delay *= 2;
  return delay < FREQUENCY_MAX ? delay : FREQUENCY_MAX;
}

/* Moves the next slot to the first one after now, if that is earlier, in two cases. The slot is more than
** two intervals away: then a clock that was wrong has put it off. Or the clock has shown a time that is an
** interval or more after now (before, or at the latest run): then the slots from now on are executed again.
** In all other cases slot_at does not move back, so no slot is executed again. */
static void schedule_follow_slots(schedule *s, int64_t before, int64_t now) {
  int64_t interval = s->grid.interval;
  int64_t latest = s->started_at > s->finished_at ? s->started_at : s->finished_at;
  if (latest < before) latest = before;
  if (s->slot_at <= now || (s->slot_at - now <= 2 * interval && latest - now < interval)) return;
  int64_t next = schedule_slot_after(&s->grid, now);
  if (next < s->slot_at) s->slot_at = next;
}

static void schedule_follow_clock(schedule *s, int64_t before, int64_t now, int64_t lease) {
  int64_t asked_until = s->asked == ASK_RETRY ? now + schedule_delay(s, s->retries) : now;
  if (s->run != 0 && s->lease_until > now + lease + SCHEDULE_LEASE_SLACK) s->lease_until = now + lease;
  if (s->asked != ASK_NONE && s->asked_at > asked_until) s->asked_at = asked_until;
  if (s->again_at > now + SCHEDULE_AGAIN_MAX) s->again_at = now + SCHEDULE_AGAIN_MAX;
  schedule_follow_slots(s, before, now);
}

/* ---- runs ---- */

static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until, int is_claimed) {
  int is_slot = !s->is_paused && s->slot_at <= now && s->again_at <= now;
  int goes_on = (s->asked == ASK_RETRY || s->asked == ASK_TAKE_UP) && s->asked_at <= now;
  if (is_claimed || is_slot || !goes_on) s->retries = 0;
  s->run_allows_deletes = s->allows_deletes;
  schedule_take_back(s);
  s->may_repeat = 1;
  if (s->again_at <= now) s->again_at = 0;
  if (s->slot_at <= now) s->slot_at = schedule_slot_after(&s->grid, now);
  s->run = run;
  s->lease_until = lease_until;
  s->started_at = now;
  s->is_initial = !s->has_succeeded;
}

/* What every end of a run has in common. A slot that fell during the run is left out: the next one is after
** its end. */
static void schedule_close(schedule *s, int64_t at, run_status as) {
  s->run = 0;
  s->lease_until = 0;
  s->run_allows_deletes = 0;
  s->finished_at = at;
  s->latest = as;
  if (as == RUN_SUCCESS) s->has_succeeded = 1;
  if (s->slot_at <= at) s->slot_at = schedule_slot_after(&s->grid, at);
  schedule_follow_slots(s, at, at);
  if (s->runs_again) schedule_ask_for(s, ASK_TRIGGER, at);
  s->runs_again = 0;
}

static int schedule_may_repeat(const schedule *s) {
  return s->may_repeat && s->asked == ASK_NONE && s->again_at == 0;
}

/* A retry that would not be before the next slot is not asked for, because that slot takes its place. */
static void schedule_retry(schedule *s, int64_t at) {
  if (!schedule_may_repeat(s) || s->retries >= s->max_retries) return;
  int64_t retry_at = at + schedule_delay(s, s->retries + 1);
  if (!s->is_paused && retry_at >= s->slot_at) return;
  s->retries++;
  schedule_ask_for(s, ASK_RETRY, retry_at);
}

static void schedule_end(schedule *s, int64_t at, run_status as) {
  schedule_close(s, at, as);
  if (as != RUN_STOPPED) s->expired = 0;
  if (as == RUN_ERROR) schedule_retry(s, at);
}

static void schedule_expire(schedule *s, int64_t at) {
  schedule_close(s, at, RUN_ERROR);
  if (s->expired <= SCHEDULE_TAKE_UPS) s->expired++;
  if (s->expired <= SCHEDULE_TAKE_UPS && schedule_may_repeat(s)) schedule_ask_for(s, ASK_TAKE_UP, at);
}
