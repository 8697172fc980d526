/* event: what the application is told at the end of a run. Events are made inside the transaction that
** ends the run, and delivered once that is committed: the callback may use the store. */
#ifndef NANGOLITE_EVENT_H
#define NANGOLITE_EVENT_H

#include "syncs/kept_run.h"

/* Queues the events of the instance's latest run, which has just ended: one for each model, or of a run that has failed
** one in all. Does nothing where nobody listens. */
static void event_queue(nangolite *store, const instance *i, const instance_names *names,
                        const run_error *error);

#endif
