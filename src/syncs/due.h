/* due: finds the runs that are due among the syncs that this handle serves, claims them and executes them. */
#ifndef NANGOLITE_DUE_H
#define NANGOLITE_DUE_H

#include "syncs/run.h"
#include "syncs/sync_function.h"

/* A place in the order in which instances are due: by wake_at, then by id. */
typedef struct due_place {
  int64_t wake_at, id;
} due_place;

/* The time at which there is next something to do for this handle. INT64_MAX: there never is. A time in
** the past: there is now. In a transaction. */
static int64_t due_next(nangolite *store);

/* The next two are for the inside of a write transaction. */

/* Where the clock was set back, slots that had been put off may be due earlier: looks at every schedule
** again. */
static void due_follow_clock(nangolite *store);

/* Claims the first run that is due at `until` and stands behind the place *after, which becomes its place.
** Closes the runs on the way there that are over. `exec_only`: claims only a run whose sync has a function
** here. *function is that function, or NULL. Returns NULL where nothing is due or a failure is latched. */
static nangolite_run *due_claim(nangolite *store, due_place *after, int64_t until, int exec_only,
                                const sync_function **function);

/* The functions from here on begin and end transactions of their own (call.h), and return the result. */

/* Every call that executes or claims begins with this. It ends the runs whose end could not be stored
** before, and then calls due_recover(). */
static int due_prepare(nangolite *store);
/* With the option `exclusive`, closes the runs that dead processes have left. Once it has succeeded, it
** does nothing. */
static int due_recover(nangolite *store);

/* *ran grows by the number of runs that were executed, whatever the result is. */

/* Executes what is due now, at most `max_runs` runs (0: all). */
static int due_run_all(nangolite *store, int max_runs, int *ran);
/* Executes what falls due up to a time, and moves the clock, which is held, along to that time. */
static int due_run_until(nangolite *store, int64_t until, int *ran);
/* Moves the clock, which is held, to the next run that falls due up to a time, and claims that run. Where
** there is none, moves the clock to that time and leaves *run NULL. */
static int due_claim_until(nangolite *store, int64_t until, nangolite_run **run);

#endif
