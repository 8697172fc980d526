/* result: what runs of an instance have changed, for each model: the only code that touches nango_result. */
#ifndef NANGOLITE_RESULT_H
#define NANGOLITE_RESULT_H

#include "base/slice.h"
#include "base/text.h"
#include "syncs/instance.h"

/* Each of these is for the inside of a transaction. */

/* Adds what a call of the instance's run in progress has changed. A run that changes nothing leaves no row. */
static void result_add(nangolite *store, const instance *i, const char *model, const nangolite_changes *made);

static void result_clear(nangolite *store, int64_t instance_id);
/* Forgets those of models that have become another sync's. */
static void result_clear_strays(nangolite *store);

/* The results of the instance's latest run, one for each model of the definition, in its order: query_next() steps
** through them, and the next two read the row at hand. Closed with query_close(). */
static query result_open(nangolite *store, const instance *i);
static slice result_model(const query *q);
/* Just before the first change of all runs since one has succeeded; 0: there was none. */
static int64_t result_changed_after(const query *q);

/* Appends {"added":1,"updated":2,"deleted":3} of the row at hand. */
static void result_append_counts(text *out, const query *q);
/* Appends {"Model":{"added":0,"updated":0,"deleted":0}} of all. */
static void result_append_all(nangolite *store, const instance *i, text *out);

#endif
