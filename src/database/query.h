/* query: the one way to run a statement of sql.h.
**
**   query q = query_open(store, CONNECTION_FIND);
**   query_bind_text(&q, slice_of(provider_config_key));      parameters in the order in which they appear
**   query_bind_text(&q, slice_of(connection_id));
**   if (query_next(&q)) id = query_int(&q, 0);               columns by their position
**   query_close(&q);
**
** Failures are latched in the store (store.h). After one, these functions do nothing, and query_next()
** returns 0. What is bound must live until query_close(). Each statement exists once: close it before you
** open it again. */
#ifndef NANGOLITE_QUERY_H
#define NANGOLITE_QUERY_H

#include "base/slice.h"
#include "database/store.h"

typedef struct query {
  nangolite *store;
  sqlite3_stmt *statement; /* NULL: nothing to run, a failure is latched */
  int parameter;           /* bound so far */
} query;

/* Prepares the statement on its first use. */
static query query_open(nangolite *store, statement_id id);

static void query_bind_int(query *q, int64_t value);
static void query_bind_int_or_null(query *q, int64_t value); /* 0: NULL */
static void query_bind_text(query *q, slice value);          /* absent: NULL */
static void query_bind_blob(query *q, const void *bytes, size_t length);

/* The name of the parameter that is bound next, without its colon. NULL: there are no more, or a failure is latched. */
static const char *query_parameter(const query *q);

/* Steps to the next row. 0: no more, or a failure. */
static int query_next(query *q);

static int64_t query_int(const query *q, int column); /* NULL: 0 */
/* The same for what a damaged file may hold: 0 where the column is no integer from `low` to `high`, else 1 and *value.
** NULL counts as 0. */
static int query_int_within(const query *q, int column, int64_t low, int64_t high, int64_t *value);
static int query_is_blob(const query *q, int column);
/* The same for a number that code relies on: where it is no integer of this range the file is damaged, and that is
** latched. `_or_null` takes NULL as well: 0. */
static int64_t query_range(const query *q, int column, int64_t minimum, int64_t maximum);
static int64_t query_range_or_null(const query *q, int column, int64_t minimum, int64_t maximum);
static slice query_text(const query *q, int column); /* until the next step; NULL: absent */
static slice query_blob(const query *q, int column);

/* Ends the reading; the statement stays prepared. */
static void query_close(query *q);

/* For a statement whose row is a number: reads it and closes the statement. 0: there is no row. */
static int64_t query_number(query *q);

/* For a statement without rows: runs it and closes it. Returns how many rows it changed. */
static int64_t query_run(query *q);

/* The same for a statement with one parameter, a number. */
static void query_run_with(nangolite *store, statement_id id, int64_t parameter);

/* For a statement that frees rows of a collection, with the parameters :collection and :limit: runs it and returns how
** many rows went. */
static int64_t query_free_rows(nangolite *store, statement_id id, int64_t collection, int64_t limit);

/* Frees all statements from one on. */
static void query_finalize_from(nangolite *store, int first);
/* All of them; for closing the store. */
static void query_finalize_all(nangolite *store);

#endif
