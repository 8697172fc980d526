/* records_plan: what a query asks of the table of records, and which part of that the table finds by itself. */
#ifndef NANGOLITE_RECORDS_PLAN_H
#define NANGOLITE_RECORDS_PLAN_H

#include "base/internal.h"

#ifdef NANGOLITE_EXTENSION

typedef enum records_column {
  RECORDS_ID,
  RECORDS_PAYLOAD,
  RECORDS_LAST_ACTION,
  RECORDS_FIRST_SEEN_AT,
  RECORDS_LAST_MODIFIED_AT,
  RECORDS_DELETED_AT,
  RECORDS_PRUNED_AT,
  RECORDS_CURSOR,
  RECORDS_PROVIDER_CONFIG_KEY, /* from here on, the arguments */
  RECORDS_CONNECTION_ID,
  RECORDS_MODEL,
  RECORDS_VARIANT
} records_column;

/* What xBestIndex tells xFilter: a bit for each value that is given, in this order, and one for the direction. */
typedef enum records_given {
  GIVEN_PROVIDER_CONFIG_KEY,
  GIVEN_CONNECTION_ID,
  GIVEN_MODEL,
  GIVEN_VARIANT,
  GIVEN_ID,
  GIVEN_EQUAL, /* from here on, cursors */
  GIVEN_ABOVE,
  GIVEN_FROM,
  GIVEN_BELOW,
  GIVEN_UNTIL,
  GIVEN_COUNT
} records_given;

enum {
  RECORDS_ARGUMENTS = GIVEN_VARIANT + 1,
  RECORDS_BOUNDS = GIVEN_COUNT - GIVEN_EQUAL,
  RECORDS_BACKWARDS = 1 << GIVEN_COUNT,
  RECORDS_NEEDED = 1 << GIVEN_PROVIDER_CONFIG_KEY | 1 << GIVEN_CONNECTION_ID | 1 << GIVEN_MODEL,
};

/* xBestIndex: sets idxNum. The values come in the order of their bits. */
static int records_plan_make(sqlite3_vtab *table, sqlite3_index_info *info);

#endif
#endif
