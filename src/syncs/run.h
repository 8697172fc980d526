/* run: one execution of a sync instance. It is claimed, kept alive by its lease, and ended. docs/file-format.md
** draws its states. */
#ifndef NANGOLITE_RUN_H
#define NANGOLITE_RUN_H

#include "syncs/event.h"
#include "records/write.h"

/* The merging strategy that a run has set for a model. The first setting holds. */
typedef struct run_merging {
  int is_set;           /* 0: the strategy is not set, there is only room for it */
  int ignores_modified; /* 1: ignore_if_modified_after, 0: override */
  int64_t since;        /* the collection's sequence when the strategy was set */
  char model[256];
} run_merging;

/* The description of the error of a run whose lease has ended; the type is "expired". */
#define RUN_EXPIRED "the lease of the run has ended"

struct nangolite_run {
  nangolite *store;
  nangolite_run *next, **place; /* in store->runs: the next one, and what points to this one */
  int64_t number;               /* never issued twice in a file */
  int64_t instance, connection, sync;
  instance_names names;
  run_merging **mergings; /* in the order of their models */
  size_t merging_count, merging_capacity;
  int is_executing;                     /* its exec function is running, and the run ends when that returns */
  int must_end;                         /* its function has returned, and the end could not be stored yet */
  int has_failed;                       /* its exec function has returned an error */
  char *error_type, *error_description; /* what nangolite_run_fail() said */
};

/* Claims a run of an instance. `is_wanted`: the caller asked for this run, whether it is due or not.
** Returns the run, which is in store->runs then. NULL: a failure is latched. In a write transaction. */
static nangolite_run *run_claim(nangolite *store, instance *i, int is_wanted);
/* Takes the run out of store->runs and frees it. Changes nothing in the file. */
static void run_free(nangolite_run *run);
static void runs_free(nangolite *store);

/* The next three are for the inside of a write transaction. */

/* Ends the run that the instance has in progress and that is over, as expired at a time, and queues its
** event. */
static void run_close_expired(nangolite *store, instance *i, int64_t at);
/* The caller has just aborted the instance's latest run in `i`, and saves `i` afterwards: keeps the run.
** No event is queued. */
static void run_end_aborted(nangolite *store, instance *i);
/* Aborts every run in progress in the file. */
static void run_abort_all(nangolite *store);

/* The store has another content now, which does not know the runs that this handle holds. From now on
** each call that reads or writes the file for one of them returns NANGOLITE_ABORTED. */
enum { RUN_DISOWNED = -1 }; /* instead of a number, which is above 0 */
static void runs_disown(nangolite *store);

/* How long a lease lasts, in microseconds. */
static int64_t run_lease(const nangolite *store);

/* Reads the run's instance and extends the lease. Latches NANGOLITE_ABORTED where the run was aborted or
** its lease has ended. A lease of which more than half is left stays as it is, unless `is_always`. In a
** write transaction. */
static instance run_extend_lease(nangolite_run *run, int is_always);

/* Ends the run: with an error type as failed, without one as succeeded. Returns NANGOLITE_ABORTED where
** the run was aborted before or its lease has ended. The run is freed where this or NANGOLITE_OK is
** returned; after any other result it is still there and can be ended again. Begins and ends a transaction
** of its own. */
static int run_finish(nangolite_run *run, const run_error *error);

/* By which number and strategy the run writes to a model (write.h). */
static writer run_writer(const nangolite_run *run, const char *model);
/* Makes room for the model's strategy, before the call is committed; run_set_merging() fills it
** afterwards. NULL: a failure is latched. */
static run_merging *run_reserve_merging(nangolite_run *run, const char *model);
static void run_set_merging(run_merging *m, int ignores_modified, int64_t since);

#endif
