#include "extension/records_plan.h"

#include "extension/cursor_collation.h"

#ifdef NANGOLITE_EXTENSION

/* Which value a constraint gives; -1: none that is used. */
static int records_plan_given(int column, int op) {
  int is_equal = op == SQLITE_INDEX_CONSTRAINT_EQ;
  if (column >= RECORDS_PROVIDER_CONFIG_KEY) return is_equal ? column - RECORDS_PROVIDER_CONFIG_KEY : -1;
  if (column == RECORDS_ID) return is_equal ? GIVEN_ID : -1;
  if (column != RECORDS_CURSOR) return -1;
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return GIVEN_EQUAL;
    case SQLITE_INDEX_CONSTRAINT_GT: return GIVEN_ABOVE;
    case SQLITE_INDEX_CONSTRAINT_GE: return GIVEN_FROM;
    case SQLITE_INDEX_CONSTRAINT_LT: return GIVEN_BELOW;
    case SQLITE_INDEX_CONSTRAINT_LE: return GIVEN_UNTIL;
    default: return -1;
  }
}

/* Whether a constraint compares as its column does: the query may ask for another collation. SQLite tells since 3.22. */
static int records_plan_collates(sqlite3_index_info *info, int constraint, int given) {
#if SQLITE_VERSION_NUMBER >= 3022000
  const char *own = given >= GIVEN_EQUAL ? CURSOR_COLLATION : "BINARY";
  if (sqlite3_libversion_number() < 3022000 || given < GIVEN_ID) return 1;
  return sqlite3_stricmp(sqlite3_vtab_collation(info, constraint), own) == 0;
#else
  (void)info, (void)constraint, (void)given;
  return 1;
#endif
}

/* Sets at[] to the constraint that gives each value, or -1. 0: a needed argument is there, but not yet known in this
** order of the tables. */
static int records_plan_choose(sqlite3_index_info *info, int *at) {
  int usable = 1;
  for (int given = 0; given < GIVEN_COUNT; given++) at[given] = -1;
  for (int i = 0; i < info->nConstraint; i++) {
    int given = records_plan_given(info->aConstraint[i].iColumn, info->aConstraint[i].op);
    if (given < 0 || !records_plan_collates(info, i, given)) continue;
    if (info->aConstraint[i].usable) at[given] = i;
    else if (given < RECORDS_ARGUMENTS) usable = 0;
  }
  return usable;
}

static void records_plan_order(sqlite3_index_info *info) {
  if (info->nOrderBy != 1) return;
  int column = info->aOrderBy[0].iColumn;
  info->orderByConsumed = column == RECORDS_CURSOR || column == RECORDS_LAST_MODIFIED_AT;
  if (info->orderByConsumed && info->aOrderBy[0].desc) info->idxNum |= RECORDS_BACKWARDS;
}

/* How many rows the query planner is to expect. */
static double records_plan_estimate(int plan) {
  double rows = 100000;
  if (plan & (1 << GIVEN_ID | 1 << GIVEN_EQUAL)) return 1;
  if (plan & (1 << GIVEN_ABOVE | 1 << GIVEN_FROM)) rows /= 10;
  if (plan & (1 << GIVEN_BELOW | 1 << GIVEN_UNTIL)) rows /= 10;
  return rows;
}

/* The tables must be read in another order. Before 3.26 SQLite takes a hint only: that this order is dear. */
static int records_plan_refuse(sqlite3_index_info *info) {
  info->estimatedCost = 1e99;
  return sqlite3_libversion_number() >= 3026000 ? SQLITE_CONSTRAINT : SQLITE_OK;
}

/* Arguments and cursors are compared here and not again by SQLite; an id is, because it may be given as a number. */
static int records_plan_make(sqlite3_vtab *table, sqlite3_index_info *info) {
  int at[GIVEN_COUNT], values = 0;
  (void)table;
  if (!records_plan_choose(info, at)) return records_plan_refuse(info);
  for (int given = 0; given < GIVEN_COUNT; given++) {
    if (at[given] < 0) continue;
    info->idxNum |= 1 << given;
    info->aConstraintUsage[at[given]].argvIndex = ++values;
    info->aConstraintUsage[at[given]].omit = given != GIVEN_ID;
  }
  records_plan_order(info);
  double rows = records_plan_estimate(info->idxNum);
  info->estimatedCost = 10 + rows * 2;
  info->estimatedRows = (sqlite3_int64)rows;
  return SQLITE_OK;
}

#endif
