/* bench: how fast nangolite is, next to the SQLite code that one would write by hand for the same job.
**
**   records.c    the records that both sides store, made before any clock runs
**   baseline.c   the hand-written SQLite: all of its SQL and all of its loops
**   library.c    the same jobs through nangolite.h
**   harness.c    clocks, pairs, medians, the report
**   bench.c      the program; rows_*.c, the rows of the report
**   counted.c    a few fixed jobs, for counting instructions (make bench-check) */
#ifndef NANGOLITE_BENCH_H
#define NANGOLITE_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

#include "nangolite.h"

/* ---- records.c ---- */

enum { BATCH = 1000 };   /* records of one call, and of one transaction of the baseline */

typedef struct record {
  const char *id, *text;   /* no NUL behind them */
  int id_length, text_length;
} record;

/* `count` records, and the same bytes as JSON arrays of BATCH records. */
typedef struct record_set {
  record *records;
  int count;
  char *text;
  size_t *arrays;          /* where the arrays start in text; one entry more than there are arrays */
} record_set;

typedef enum id_order { IDS_ASCENDING, IDS_RANDOM } id_order;

/* Takes the records' bodies from a file with a JSON array of objects, in place of those made up here. */
void records_use_file(const char *path);
/* Records number first to first + count - 1: the same in every run. */
record_set *records_make(int first, int count, id_order order);
/* Changes one number in every `every`-th record. */
void records_change(record_set *set, int every, int revision);
void records_free(record_set *set);

/* ---- the two sides: the same jobs ---- */

typedef struct baseline baseline;
baseline *baseline_open(const char *path);
void baseline_close(baseline *b);
void baseline_save(baseline *b, const record_set *set);         /* an upsert that overwrites */
void baseline_save_changed(baseline *b, const record_set *set); /* an upsert that skips equal payloads */
int64_t baseline_read_all(baseline *b, int limit);              /* pages by keyset; returns bytes copied */
void baseline_open_memory(void);                                /* sqlite3_open, one CREATE TABLE, close */
void baseline_open_memory_and_save(void);                       /* the same, with an INSERT before the end */

typedef struct library library;
library *library_open(const char *path);   /* with a connection and a sync, so that a run is due */
void library_close(library *l);
nangolite *library_store(library *l);
const nangolite_scope *library_scope(void);
void library_save(library *l, const record_set *set);
int64_t library_read_all(library *l, int limit);                /* returns bytes of text */
void library_open_memory(void);
void library_open_memory_and_save(void);

/* A run that is due, and saving in it. */
nangolite_run *library_begin_run(library *l);
void library_run_save(nangolite_run *run, const record_set *set);

/* Stops the program where a call failed that should not: a wrong figure is worse than none. */
void library_must(library *l, int result, const char *what);

/* ---- harness.c ---- */

typedef struct clock_reading { double wall, cpu; } clock_reading;   /* seconds */
clock_reading clock_now(void);
clock_reading clock_since(clock_reading from);

enum { PAIRS_MAX = 64 };

/* One row: interleaved measurements of us and of what we compare with. */
typedef struct pairs {
  const char *name, *ours_name, *theirs_name;
  double limit;            /* of the ratio of wall times; 0: none */
  int count;
  clock_reading ours[PAIRS_MAX], theirs[PAIRS_MAX];
} pairs;

typedef void timed_job(void *us_or_them, const void *argument);
/* Times both jobs, in turns beginning with the one or the other. */
void pairs_measure(pairs *p, timed_job *ours, void *us, timed_job *theirs, void *them, const void *argument);

double median(double *values, int count);      /* sorts them */
double percentile(const double *sorted, int count, double share);

/* The report goes to standard output and, as JSON, to a file. */
void report_open(const char *path, int records);
void report_heading(const char *text);
void report_pairs(const pairs *p);
void report_value(const char *name, double value, const char *unit, int decimals);
void report_growth(int64_t records, double saved_a_second, double page_ms, double status_ms);
void report_close(void);
int report_missed(void);                       /* rows above their limit */

/* ---- rows_*.c ---- */

typedef struct options {
  const char *object;      /* the compiled library, or NULL */
  int records, pairs, growth, schedules;
  char ours[4096], theirs[4096];   /* the databases */
} options;

void report_saving(const options *o, id_order order);
void report_windows(const options *o);
void report_schedule(const options *o);
void report_opening(void);
void report_other_work(const options *o);
void report_growing(const options *o);

/* ---- of all ---- */

void die(const char *what, const char *why);
void *must_allocate(size_t bytes);
/* Removes a database with its -wal and -shm. */
void remove_database(const char *path);
/* Its size as pages, after everything in the WAL has been moved there. */
int64_t database_bytes(const char *path);

#endif
