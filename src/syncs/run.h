/* run: one execution of a sync instance: claimed, kept alive by its lease, ended. src/README.md draws
** its states. */
#ifndef NANGOLITE_RUN_H
#define NANGOLITE_RUN_H

#include "syncs/event.h"
#include "records/write.h"

/* A model for which a run set ignore_if_modified_after. */
typedef struct run_merging {
  struct run_merging *next;
  int64_t since;               /* the collection's sequence then */
  char model[256];
} run_merging;

struct nangolite_run {
  nangolite *store;
  nangolite_run *next;         /* in store->runs */
  int64_t number;              /* never given twice in a file */
  int64_t instance, connection, sync;
  instance_names names;
  run_merging *merging;
  int is_executing;            /* its exec function is running: that ends the run */
  char *error_type, *error_description;   /* what nangolite_run_fail() said */
};

/* Claims an instance that is due; in a write transaction. NULL and latched, or the run, which is in
** store->runs. */
static nangolite_run *run_claim(nangolite *store, instance *i);
static void run_free(nangolite_run *run);
static void runs_free(nangolite *store);

/* Ends the run that the instance has in progress, whose lease has ended, and queues its events; in a write
** transaction. */
static void run_close_expired(nangolite *store, instance *i, int64_t at);

/* How long a lease lasts, in microseconds. */
static int64_t run_lease(const nangolite *store);

/* Extends the lease, or latches NANGOLITE_ABORTED; in a write transaction. */
static void run_extend_lease(nangolite_run *run);

/* Ends the run as what became of it, and frees it. NANGOLITE_ABORTED where it was not the instance's any
** more. */
static int run_finish(nangolite_run *run, const run_error *error);

/* How the run writes to a model. */
static writer run_writer(const nangolite_run *run, const char *model);
static void run_set_merging(nangolite_run *run, const char *model, int64_t since);
static void run_clear_merging(nangolite_run *run, const char *model);

#endif
