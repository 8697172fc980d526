/* event: what the application is told at the end of a run. Events are made inside the transaction that
** ends the run, and delivered once that is committed: the callback may use the store. */
#ifndef NANGOLITE_EVENT_H
#define NANGOLITE_EVENT_H

#include "syncs/instance.h"

/* Why a run failed; type NULL: it succeeded. */
typedef struct run_error {
  const char *type, *description;   /* the description may be NULL */
} run_error;

/* Queues the events of a run that has just ended, one for each model. Does nothing where nobody listens.
** Those of runs that are closed at opening wait for the first transaction that call_end()
** ends. */
static void event_queue(nangolite *store, const instance *i, const run_error *error);

#endif
