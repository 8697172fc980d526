/* run: one execution of a sync instance: claimed, kept alive by its lease, ended. src/README.md draws
** its states. */
#ifndef NANGOLITE_RUN_H
#define NANGOLITE_RUN_H

#include "syncs/event.h"
#include "records/write.h"

/* A model for which a run set its merging strategy. The first setting holds. */
typedef struct run_merging {
  int is_set;           /* 0: there is only room for it */
  int ignores_modified; /* ignore_if_modified_after, else override */
  int64_t since;        /* the collection's sequence then */
  char model[256];
} run_merging;

/* Why a run failed whose lease has ended: the type is "expired". */
#define RUN_EXPIRED "the lease of the run has ended"

struct nangolite_run {
  nangolite *store;
  nangolite_run *next, **place; /* in store->runs: the next one, and what points to this one */
  int64_t number;               /* never issued twice in a file */
  int64_t instance, connection, sync;
  instance_names names;
  run_merging **mergings; /* in the order of their models */
  size_t merging_count, merging_capacity;
  int is_executing;                     /* its exec function is running: that ends the run */
  int must_end;                         /* its function has returned, and the end could not be stored yet */
  int has_failed;                       /* that function said so */
  char *error_type, *error_description; /* what nangolite_run_fail() said */
};

/* Claims an instance whose run is due, or (`is_wanted`) wanted now, due or not; in a write transaction. NULL and
** latched, or the run, which is in store->runs. */
static nangolite_run *run_claim(nangolite *store, instance *i, int is_wanted);
static void run_free(nangolite_run *run);
static void runs_free(nangolite *store);

/* The next two are for the inside of a write transaction. */

/* Ends the run that the instance has in progress, whose lease has ended, and queues its event. */
static void run_close_expired(nangolite *store, instance *i, int64_t at);
/* Where a command has just aborted the instance's latest run: keeps what is told of it. */
static void run_note_aborted(nangolite *store, instance *i);
/* Aborts every run in progress. */
static void run_abort_all(nangolite *store);

/* The runs that this handle holds are not in the store any more: they hear that they were aborted. */
enum { RUN_DISOWNED = -1 }; /* instead of a number, which is above 0 */
static void runs_disown(nangolite *store);

/* How long a lease lasts, in microseconds. */
static int64_t run_lease(const nangolite *store);

/* Reads the run's instance and extends the lease, or latches NANGOLITE_ABORTED; in a write transaction. A lease that
** has over half of it left stays as it is, unless `is_always`. */
static instance run_extend_lease(nangolite_run *run, int is_always);

/* Ends the run as what became of it. NANGOLITE_ABORTED where it was not the instance's any more. Frees the run after
** this and NANGOLITE_OK; after any other result it is still there and can be ended again. */
static int run_finish(nangolite_run *run, const run_error *error);

/* How the run writes to a model. */
static writer run_writer(const nangolite_run *run, const char *model);
/* Room for the model's strategy: made before the call is committed, filled after. NULL and latched: no memory. */
static run_merging *run_reserve_merging(nangolite_run *run, const char *model);
static void run_set_merging(run_merging *m, int ignores_modified, int64_t since);

#endif
