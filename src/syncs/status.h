/* status: what GET /sync/status tells of instances. */
#ifndef NANGOLITE_STATUS_H
#define NANGOLITE_STATUS_H

#include "syncs/run.h"
#include "syncs/selection.h"

/* Appends {"syncs":[...]} with the instances that are selected. In a transaction. */
static void status_append(nangolite *store, const selection *s, text *out);

/* Appends what is told of one instance, as an object. In a transaction. */
static void status_append_instance(nangolite *store, int64_t id, text *out);

#endif
