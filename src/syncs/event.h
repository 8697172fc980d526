/* event: what the application is told at the end of a run. Events are queued inside the transaction that
** ends the run, and call_end() delivers them once that is committed, so that the callback may use the
** store. */
#ifndef NANGOLITE_EVENT_H
#define NANGOLITE_EVENT_H

#include "syncs/kept_run.h"

/* Queues the events of the instance's latest run, which has just ended: one event for each model, or a
** single one where the run has failed. Does nothing where no callback is set. In a write transaction. */
static void event_queue(nangolite *store, const instance *i, const instance_names *names,
                        const run_error *error);

#endif
