/* schedule: decides when an instance runs, and how its runs begin and end (docs/file-format.md has a drawing of
** it). These functions know their arguments only: they read no clock and no file.
**
** Times are microseconds since 1970; 0 means that there is none. `now` is in the years 1970 to 9999, and
** never 0. */
#ifndef NANGOLITE_SCHEDULE_H
#define NANGOLITE_SCHEDULE_H

#include "values/frequency.h"

typedef enum run_status { RUN_NONE, RUN_SUCCESS, RUN_ERROR, RUN_STOPPED } run_status;

/* Why a run was asked for, beside the slots. The start of a paused sync counts as a trigger. */
typedef enum schedule_ask { ASK_NONE, ASK_TRIGGER, ASK_RETRY, ASK_TAKE_UP } schedule_ask;

/* The slots are at anchor + k * interval. With a zone and an interval of whole days, each slot is at the
** anchor's time of day by local clocks. Where that time does not exist on a day, the slot is later by the
** length of the gap; where it exists twice, the slot is at the first of the two. */
typedef struct schedule_grid {
  int64_t anchor, interval;
  int has_start;                             /* the anchor is a start_at, and no slot is before it */
  int (*offset_s)(void *zone, int64_t time); /* local time minus UTC, in seconds; NULL: UTC */
  void *zone;
} schedule_grid;

typedef struct schedule {
  schedule_grid grid;
  int max_retries;
  int64_t retry_after; /* how long after a failure the first retry is; doubled for each further retry */

  int is_paused;
  int64_t slot_at;    /* the next slot; it is due once it is not in the future. A pause leaves it as it is */
  schedule_ask asked; /* why a run was asked for at asked_at */
  int64_t asked_at;
  int64_t again_at; /* asked for by a run: until then there are no retries, take-ups and slots */
  int runs_again;   /* a trigger came during a run: one more run follows it */
  int may_repeat;   /* neither a pause nor a cancel has come since the latest run began: it may be repeated */
  int retries;      /* how many came since the latest run that was neither a retry nor a take-up */
  int expired;      /* runs whose lease has ended since one ended by itself; at most SCHEDULE_TAKE_UPS + 1 */
  int allows_deletes; /* the next run may delete more records than max_delete_percent allows */

  int64_t run;            /* the number of the run in progress; 0: none is */
  int64_t lease_until;    /* of that run */
  int run_allows_deletes; /* what allows_deletes was when that run began */
  int64_t started_at;     /* when the latest run began, in progress or not */
  int64_t finished_at;    /* when the latest run that has ended did so */
  run_status latest;      /* how that run ended */
  int is_initial;         /* when the latest run began, none had succeeded since the creation or a reset */
  int has_succeeded;      /* a run has succeeded since the creation or the latest reset */
} schedule;

#define SCHEDULE_TAKE_UPS 3 /* how many runs in a row may expire and be taken up */
#define SCHEDULE_AGAIN_MAX (365 * MICROSECONDS_PER_DAY) /* how far away again_at may be */

/* The first slot after a time. INT64_MAX: there is none. */
static int64_t schedule_slot_after(const schedule_grid *g, int64_t time);

/* The schedule of a new instance. Unless it is paused it runs at once, or at start_at where that is in the
** future. */
static schedule schedule_create(int64_t now, const schedule_grid *g, int is_paused);

/* Asks for a run now, or for one more run after the one in progress. */
static void schedule_trigger(schedule *s, int64_t now, int allows_deletes);
/* Stops the run in progress, and forgets that a run has succeeded. */
static void schedule_reset(schedule *s, int64_t now);
/* Ends a pause, and triggers a run. Does nothing where the sync is not paused. */
static void schedule_start(schedule *s, int64_t now);
/* Takes back the runs that were asked for. The run in progress goes on. Does nothing where the sync is paused. */
static void schedule_pause(schedule *s);
/* Stops the run in progress, and takes back what was asked for and again_at. The slots stay, but
** one that was left out because of again_at does not follow now. */
static void schedule_cancel(schedule *s, int64_t now);

/* To be called when the grid has changed. A slot that is due stays due, unless a run is in progress,
** again_at is set, or the start is in the future. Otherwise the next slot is the first one after now. */
static void schedule_follow_grid(schedule *s, int64_t now);

/* A lease that ends later than a new one would, by more than this, was given by a clock that was wrong, and
** its process has not extended it since. Where it ends later by less, its process may be about to extend
** it. */
#define SCHEDULE_LEASE_SLACK MICROSECONDS_PER_DAY

/* To be called when the clock may have been set back. `before` is what it showed before, or `now` where
** that is not known. Where it was set back by less than an interval, no slot is executed again; otherwise
** the schedule goes on from the new time. A run that was asked for does not become later by this. A lease
** that is too long by more than SCHEDULE_LEASE_SLACK is made to end `lease` after now. */
static void schedule_follow_clock(schedule *s, int64_t before, int64_t now, int64_t lease);

/* Begins a run, which takes the slot that is due and what was asked for. `is_claimed`: the run was claimed,
** and begins whether it is due or not. */
static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until, int is_claimed);
/* Ends the run in progress. After RUN_ERROR a retry is asked for, if any are left, the run may be repeated,
** and the retry would be before the next slot, or the sync is paused. */
static void schedule_end(schedule *s, int64_t at, run_status as);
/* Ends the run in progress, whose lease has ended, as RUN_ERROR. If it may be repeated, a take-up
** is asked for at once, but not after more than SCHEDULE_TAKE_UPS runs in a row that have expired. */
static void schedule_expire(schedule *s, int64_t at);

/* When the next run is due, supposing that none is in progress. 0: never. */
static int64_t schedule_due_at(const schedule *s);
/* Whether a run is in progress and its lease has ended. */
static int schedule_has_expired(const schedule *s, int64_t now);

#endif
