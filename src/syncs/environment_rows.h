/* environment_rows: the variables that GET /environment-variables lists. */
#ifndef NANGOLITE_ENVIRONMENT_ROWS_H
#define NANGOLITE_ENVIRONMENT_ROWS_H

#include "base/text.h"
#include "database/query.h"

/* These are for the inside of a transaction. */

/* A NULL value removes the variable. */
static void environment_write(nangolite *store, const char *name, const char *value);

/* The variable's value, to be freed with sqlite3_free(); NULL: it is not set, or a failure is latched. */
static char *environment_read(nangolite *store, const char *name);

/* Appends all of them as a JSON array of {"name","value"}, by name. */
static void environment_append(nangolite *store, text *out);

#endif
