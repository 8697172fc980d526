/* due: finding what is due among what this handle serves, and executing it. */
#ifndef NANGOLITE_DUE_H
#define NANGOLITE_DUE_H

#include "syncs/run.h"
#include "syncs/sync_function.h"

/* A place in the order in which instances wake. */
typedef struct due_place {
  int64_t wake_at, id;
} due_place;

/* When there is something to do for this handle; in a transaction. INT64_MAX: never; in the past: now. */
static int64_t due_next(nangolite *store);

/* The next two are for the inside of a write transaction. */

/* When the clock was set back, slots that had been put off may be due earlier: looks at them again. */
static void due_follow_clock(nangolite *store);

/* Closes what has expired on the way to the next run that is due at `until`, behind a place, and claims that. With
** `exec_only` only what has a function here, which is then *function. NULL: nothing is due. */
static nangolite_run *due_claim(nangolite *store, due_place *after, int64_t until, int exec_only,
                                const sync_function **function);

/* These open and end transactions of their own (call.h). */

/* What every call that executes or claims begins with: ends the runs whose end could not be stored before, and, with
** the option `exclusive`, closes the runs that dead processes have left. */
static int due_prepare(nangolite *store);
/* The second of the two alone. */
static int due_recover(nangolite *store);

/* *ran counts what was executed, whatever the result. */

/* Executes what is due now, at most `max_runs` (0: all). */
static int due_run_all(nangolite *store, int max_runs, int *ran);
/* Executes what falls due up to a time, moving the clock, which is held. */
static int due_run_until(nangolite *store, int64_t until, int *ran);
/* Moves the clock, which is held, to the next run that falls due up to a time, and claims that. */
static int due_claim_until(nangolite *store, int64_t until, nangolite_run **run);

#endif
