/* schedule: when a sync instance runs, and the states of its runs (drawn in src/README.md): decisions on
** values, without a clock or a file.
**
** Times are microseconds; 0 means none. */
#ifndef NANGOLITE_SCHEDULE_H
#define NANGOLITE_SCHEDULE_H

#include "values/frequency.h"

typedef enum run_status { RUN_NONE, RUN_SUCCESS, RUN_ERROR, RUN_STOPPED } run_status;

/* Turns without a gap between them, from the first to the last. */
typedef struct schedule_row {
  int64_t from, to;
} schedule_row;

#define SCHEDULE_ROWS 8

typedef struct schedule {
  int64_t anchor;        /* runs fall on anchor + k * interval */
  int64_t interval;
  int has_start;         /* the anchor is a start_at: no turn is before it */
  int is_paused;
  int is_triggered;      /* due_at is a wish for one run, not a turn of the grid */
  int64_t due_at;        /* when the next run is due, or in the past: is due now */

  /* Turns that were, in order: a turn is executed once, however the clock moves. Where there are more rows,
  ** the closest two become one. */
  schedule_row executed[SCHEDULE_ROWS];
  int executed_count;

  int64_t run;           /* the number of the run in progress */
  int64_t lease_until;   /* of that run */
  int64_t started_at;    /* of the latest run, in progress or not */
  int64_t finished_at;   /* of the latest run that ended */
  run_status latest;     /* how that one ended */
  int is_initial;        /* no run before the latest one had succeeded, since the creation or a reset */
  int has_succeeded;     /* a run has succeeded since then */
} schedule;

/* A new instance. `start_at` 0: the grid begins now, with a run. */
static schedule schedule_create(int64_t now, int64_t interval, int64_t start_at, int is_paused);

static void schedule_trigger(schedule *s, int64_t now);
static void schedule_reset(schedule *s, int64_t now);    /* aborts, and forgets that a run has succeeded */
static void schedule_start(schedule *s, int64_t now);
static void schedule_pause(schedule *s);

/* Another grid: a turn that is due stays due, else the next run is the first turn after now. */
static void schedule_set_grid(schedule *s, int64_t now, int64_t anchor, int64_t interval);

/* A lease that seems to be longer by this was given by a clock that was wrong, and its process has not been
** heard of since. By less, it may be that of another process, which is about to extend it. */
#define SCHEDULE_LEASE_SLACK MICROSECONDS_PER_DAY

/* The clock was set back: a turn that was put off for times that are now to come may be earlier. A lease that
** would be waited for in vain ends `lease` from now. */
static void schedule_clock_back(schedule *s, int64_t now, int64_t lease);

static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until);
static void schedule_end(schedule *s, int64_t at, run_status as);
static void schedule_abort(schedule *s, int64_t at);

/* When the scheduler must look at the instance again: at the end of its run's lease, or when it is due. 0:
** never. */
static int64_t schedule_wake_at(const schedule *s);
static int schedule_has_expired(const schedule *s, int64_t now);

#endif
