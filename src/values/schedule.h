/* schedule: when a sync instance runs, and the states of its runs (drawn in src/README.md): decisions on
** values, without a clock or a file.
**
** Times are microseconds; 0 means none. `now` is in the years 1970 to 9999, and never 0. */
#ifndef NANGOLITE_SCHEDULE_H
#define NANGOLITE_SCHEDULE_H

#include "values/frequency.h"

typedef enum run_status { RUN_NONE, RUN_SUCCESS, RUN_ERROR, RUN_STOPPED } run_status;

/* Why a run was asked for that is not the next slot's. */
typedef enum schedule_ask { ASK_NONE, ASK_TRIGGER, ASK_RETRY, ASK_TAKE_UP } schedule_ask;

/* The slots: anchor + k * interval. With a zone and an interval of whole days, each is at the anchor's time of day by
** local time: a time that does not exist on its day moves forward by the length of the gap, of one that exists
** twice the first counts. */
typedef struct schedule_grid {
  int64_t anchor, interval;
  int has_start;                             /* the anchor is a start_at: no slot is before it */
  int (*offset_s)(void *zone, int64_t time); /* local time less UTC at a time, in seconds; NULL: UTC */
  void *zone;
} schedule_grid;

typedef struct schedule {
  schedule_grid grid;
  int max_retries;
  int64_t retry_after; /* until the first retry; doubled each time */

  int is_paused;
  int64_t slot_at;    /* the next slot; where that is not in the future, its run is due. Kept while paused */
  schedule_ask asked; /* a run at asked_at */
  int64_t asked_at;
  int64_t again_at;   /* what a run has asked for: replaces retries, take-ups and the slots until then */
  int runs_again;     /* one more run follows the one in progress */
  int may_repeat;     /* nothing has forbidden since the latest run began that it is retried or taken up */
  int retries;        /* since the slot, trigger, start or claim */
  int expired;        /* runs whose lease has ended, since one has ended by itself */
  int allows_deletes; /* the run that was asked for may delete more than the guard of its windows says */

  int64_t run;         /* the number of the run in progress */
  int64_t lease_until; /* of that run */
  int run_allows_deletes;
  int64_t started_at;  /* of the latest run, in progress or not */
  int64_t finished_at; /* of the latest run that ended */
  run_status latest;   /* how that one ended */
  int is_initial;      /* no run before the latest one had succeeded, since the creation or a reset */
  int has_succeeded;   /* a run has succeeded since then */
} schedule;

#define SCHEDULE_TAKE_UPS 3                             /* of runs that expire, one after the other */
#define SCHEDULE_AGAIN_MAX (365 * MICROSECONDS_PER_DAY) /* how far away again_at may be */

/* The first slot after a time. INT64_MAX: never. */
static int64_t schedule_slot_after(const schedule_grid *g, int64_t time);

/* A new instance: it runs at once, or at a start_at that is still to come. */
static schedule schedule_create(int64_t now, const schedule_grid *g, int is_paused);

static void schedule_trigger(schedule *s, int64_t now, int allows_deletes);
static void schedule_reset(schedule *s, int64_t now); /* aborts, and forgets that a run has succeeded */
static void schedule_start(schedule *s, int64_t now);
static void schedule_pause(schedule *s);
/* Aborts a run in progress, and takes back whatever is not a slot. */
static void schedule_cancel(schedule *s, int64_t now);

/* The grid has changed: a slot that is due stays due, else the next run is the first slot after now. */
static void schedule_follow_grid(schedule *s, int64_t now);

/* A lease that seems to be longer by this was given by a clock that was wrong, and its process has not been
** heard of since. By less, it may be that of another process, which is about to extend it. */
#define SCHEDULE_LEASE_SLACK MICROSECONDS_PER_DAY

/* The clock may have been set back, from `before`, which is `now` where that is not known. Back by less than an interval,
** it executes no slot again; by more, the schedule goes on from the new time. What was asked for is not put off. A lease
** that would be waited for in vain ends `lease` from now. */
static void schedule_follow_clock(schedule *s, int64_t before, int64_t now, int64_t lease);

/* A run takes the slot that is due and what was asked for. `is_claimed`: somebody wants it now, due or not. */
static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until, int is_claimed);
static void schedule_end(schedule *s, int64_t at, run_status as);
/* The run's lease has ended: it did not have its slot, and is taken up at once, up to SCHEDULE_TAKE_UPS times. */
static void schedule_expire(schedule *s, int64_t at);

/* When the next run is due, if none is in progress. 0: never. */
static int64_t schedule_due_at(const schedule *s);
static int schedule_has_expired(const schedule *s, int64_t now);

#endif
