/* result: what the runs of an instance have changed, for each model. No other part but the check and dumps
** (dump_form.h) touches nango_result. */
#ifndef NANGOLITE_RESULT_H
#define NANGOLITE_RESULT_H

#include "base/slice.h"
#include "base/text.h"
#include "syncs/instance.h"

/* Each of these is for the inside of a transaction. */

/* Adds what a call of the instance's run in progress has changed. A run that changes nothing writes no
** row. */
static void result_add(nangolite *store, const instance *i, const char *model, const nangolite_changes *made);

static void result_clear(nangolite *store, int64_t instance_id);
/* Forgets those of models that have become another sync's. */
static void result_clear_strays(nangolite *store);

/* Opens the results of the instance's latest run, one row for each model of the definition, in its order.
** query_next() steps through them, result_model() and the functions below it read the row at hand, and
** query_close() closes them. */
static query result_open(nangolite *store, const instance *i);
static slice result_model(const query *q);
/* A time just before the first change that runs have made since one has succeeded. 0: there was no change. */
static int64_t result_changed_after(const query *q);

/* Appends {"added":1,"updated":2,"deleted":3} of the row at hand. */
static void result_append_counts(text *out, const query *q);
/* Appends {"Model":{"added":0,"updated":0,"deleted":0}} with all models. */
static void result_append_all(nangolite *store, const instance *i, text *out);

#endif
