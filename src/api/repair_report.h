/* repair_report: what a repair has done, in sentences, and the one way to run a statement of it and tell. */
#ifndef NANGOLITE_REPAIR_REPORT_H
#define NANGOLITE_REPAIR_REPORT_H

#include "database/query.h"

typedef struct repair {
  nangolite *store;
  text report; /* a line for each kind of damage; empty: nothing was done */
} repair;

/* A line, where something was done so many times: "SENTENCE (3 rows).". */
static void repair_say(repair *r, const char *sentence, int64_t count);

/* A statement that mends rows by itself, and what it says of them. One with a parameter takes the time. */
typedef struct repair_step {
  statement_id id;
  const char *sentence;
} repair_step;

/* Runs statements one after the other and tells of those that changed rows. */
static void repair_run_steps(repair *r, const repair_step *steps, size_t count);

/* Of rows that are mended one by one: how many there were, and the name of the first. */
typedef struct repair_count {
  int64_t rows;
  text first;
} repair_count;

/* Counts a row. `place` is the name of it, as sqlite3_mprintf() formats it. */
static void repair_count_row(repair *r, repair_count *count, const char *place, ...);
/* A line that tells of them, if there were any: "SENTENCE (3 rows, the first is collection 1, id 'a').". Then
** none are counted. */
static void repair_say_counted(repair *r, const char *sentence, repair_count *count);

#endif
