/* result: what an instance's latest run changed, for each model: the only code that touches nango_result. */
#ifndef NANGOLITE_RESULT_H
#define NANGOLITE_RESULT_H

#include "base/slice.h"
#include "base/text.h"
#include "syncs/instance.h"

/* Each of these is for the inside of a transaction. */

/* A run begins: zero for each model of its sync. */
static void result_begin(nangolite *store, const instance *i);

/* Adds what a call of the run has changed. */
static void result_add(nangolite *store, int64_t instance_id, const char *model, const nangolite_changes *made);

static void result_clear(nangolite *store, int64_t instance_id);

/* The results of an instance, in the order of the definition: query_next() steps through them, and the next two
** read the row at hand. Closed with query_close(). */
static query result_open(nangolite *store, int64_t instance_id);
static slice result_model(const query *q);
static int64_t result_changed_after(const query *q);   /* just before its first change; 0: it changed nothing */

/* Appends {"added":1,"updated":2,"deleted":3} of the row at hand. */
static void result_append_counts(text *out, const query *q);
/* Appends {"Model":{"added":0,"updated":0,"deleted":0}} of all. */
static void result_append_all(nangolite *store, int64_t instance_id, text *out);

#endif
