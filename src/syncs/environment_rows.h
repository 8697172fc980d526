/* environment_rows: the variables that GET /environment-variables lists. */
#ifndef NANGOLITE_ENVIRONMENT_ROWS_H
#define NANGOLITE_ENVIRONMENT_ROWS_H

#include "base/text.h"
#include "database/query.h"

/* These are for the inside of a transaction; environment_write() and environment_clear() need a write transaction. */

/* Sets a variable; a NULL value removes it. */
static void environment_write(nangolite *store, const char *name, const char *value);

/* Removes all variables. */
static void environment_clear(nangolite *store);

/* The variable's value. Free it with sqlite3_free(). NULL: it is not set, or a failure is latched. */
static char *environment_read(nangolite *store, const char *name);

/* Appends all variables, in the order of their names, as a JSON array of {"name":...,"value":...}. */
static void environment_append(nangolite *store, text *out);

#endif
