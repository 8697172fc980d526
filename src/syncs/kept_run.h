/* kept_run: the runs of an instance that ended last, as many as options.keep_runs: the only code that touches
** nango_run. */
#ifndef NANGOLITE_KEPT_RUN_H
#define NANGOLITE_KEPT_RUN_H

#include "syncs/result.h"

/* Why a run failed; type NULL: it did not. */
typedef struct run_error {
  const char *type, *description; /* the description may be NULL */
} run_error;

#define RUN_ERROR_MAX 4096 /* bytes of each of the two that are kept */

/* A string cut to that, at a character's end; NULL: an absent slice. */
static slice run_error_cut(const char *string);

/* Both are for the inside of a transaction. */

/* Keeps the instance's latest run, which has just ended, and forgets the oldest. */
static void kept_run_add(nangolite *store, const instance *i, const instance_names *names,
                         const run_error *error);

/* Appends {"runs":[...]}: the one in progress first, then the newest, at most `limit` (0: all). */
static void kept_run_append(nangolite *store, const instance *i, int limit, text *out);

static void kept_run_clear(nangolite *store, int64_t instance_id);

#endif
