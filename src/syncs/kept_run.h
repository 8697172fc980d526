/* kept_run: the runs of an instance that ended last, as many as options.keep_runs. No other part but the
** check and dumps (dump_form.h) touches nango_run. */
#ifndef NANGOLITE_KEPT_RUN_H
#define NANGOLITE_KEPT_RUN_H

#include "syncs/result.h"

/* Why a run failed. A type that is NULL: it did not fail. */
typedef struct run_error {
  const char *type, *description; /* the description may be NULL */
} run_error;

#define RUN_ERROR_MAX 4096 /* bytes of each of the two that are kept */

/* At most the first RUN_ERROR_MAX bytes of a string, which end with a whole character. NULL: an absent
** slice. */
static slice run_error_cut(const char *string);

/* Both are for the inside of a transaction; kept_run_add() needs a write transaction. */

/* Keeps the instance's latest run, which has just ended, and deletes the oldest ones that are too many. */
static void kept_run_add(nangolite *store, const instance *i, const instance_names *names,
                         const run_error *error);

/* Appends {"runs":[...]}: the run in progress, then the kept ones from the newest on, at most `limit` in
** all (0: all). */
static void kept_run_append(nangolite *store, const instance *i, int limit, text *out);

static void kept_run_clear(nangolite *store, int64_t instance_id);

#endif
