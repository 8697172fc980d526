/* bench: how fast nangolite is, next to the SQLite code that one would write by hand for the same job.
**
**   records.c        the records that both sides store, made before any clock runs
**   orders.c         the same records in another order, a part of them, or written in another way
**   baseline.c       the hand-written SQLite: all of its SQL and all of its loops
**   baseline_hash.c  a second one, which keeps a hash of each payload in its index
**   library.c        the same jobs through nangolite.h
**   counting.c       a VFS that counts the bytes written
**   harness.c        clocks, databases, memory
**   report.c         pairs, medians, the report
**   bench.c          the program; rows_*.c, the rows of the report
**   counted.c        fixed jobs, for counting instructions (make bench-check) */
#ifndef NANGOLITE_BENCH_H
#define NANGOLITE_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

#include "nangolite.h"

/* ---- records.c ---- */

enum { BATCH = 1000 }; /* records of one call, and of one transaction of the baseline, mostly */

typedef struct record {
  const char *id, *text; /* no NUL behind them */
  int id_length, text_length;
} record;

/* `count` records, and the same bytes as JSON arrays of `batch` records each. */
typedef struct record_set {
  record *records;
  int count, batch;
  char *text;
  size_t *arrays; /* where the arrays start in text; one entry more than there are arrays */
} record_set;

typedef enum id_order { IDS_ASCENDING, IDS_RANDOM } id_order;

/* A bijection that makes consecutive numbers look random. */
uint64_t mixed(uint64_t number);
/* Takes the records' bodies from a file with a JSON array of objects, in place of those made up here. */
void records_use_file(const char *path);
/* Records number first to first + count - 1: the same in every run. */
record_set *records_make(int first, int count, int batch, id_order order);
/* Changes one number in each record that records_is_tenth() names. */
void records_change_tenth(record_set *set, int revision);
void records_change_all(record_set *set, int revision);
/* One record in ten, at random, others for every revision. */
int records_is_tenth(int index, int revision);
int records_arrays(const record_set *set);
/* The bytes of all records, without the commas and brackets of the arrays. */
int64_t records_bytes(const record_set *set);
void records_free(record_set *set);

/* ---- orders.c: new sets, made of the records of another one ---- */

record_set *records_shuffled(const record_set *set);
record_set *records_tenth_first(const record_set *set, int revision);
record_set *records_only_tenth(const record_set *set, int revision);
/* All members but the id in reverse order, with white space behind commas and colons: the same values. */
record_set *records_reformatted(const record_set *set);

/* ---- the two sides: the same jobs ---- */

enum { CACHE_KB = 2000 }; /* SQLite's page cache: what nangolite_open() gives a store by default */

/* Before a job counts as done, both sides move what it has written out of the WAL (..._settle): so its bytes
** and its time are whole, however large the WAL was when it began. */

typedef struct baseline baseline;
baseline *baseline_open(const char *path, int cache_kb);
void baseline_close(baseline *b);
void baseline_settle(baseline *b);
/* An upsert that overwrites, and one that skips equal payloads. */
void baseline_save(baseline *b, int collection, const record_set *set);
void baseline_save_changed(baseline *b, int collection, const record_set *set);
/* One array of the set, in a transaction of its own. */
void baseline_save_array(baseline *b, int collection, const record_set *set, int array);
int64_t baseline_read_all(baseline *b, int limit); /* pages by keyset; returns bytes copied */
void baseline_open_memory(void);                   /* sqlite3_open, one CREATE TABLE, close */
void baseline_open_memory_and_save(void);          /* the same, with an INSERT before the end */
/* The settings of a connection, those that nangolite_open() makes. */
void baseline_set_up(sqlite3 *db, int cache_kb);

typedef struct hash_baseline hash_baseline;
hash_baseline *hash_baseline_open(const char *path, int cache_kb);
void hash_baseline_close(hash_baseline *b);
void hash_baseline_save(hash_baseline *b, const record_set *set);

typedef struct library library;
/* With a connection and a sync, so that a run is due. */
library *library_open(const char *path, int cache_kb);
void library_close(library *l);
void library_settle(library *l);
nangolite *library_store(library *l);
const nangolite_scope *library_scope(void);
void library_save(library *l, const record_set *set);
void library_save_array(library *l, const nangolite_scope *scope, const record_set *set, int array);
int64_t library_read_pages(library *l, int limit); /* of the C API; returns bytes of payload */
int64_t library_read_text(library *l, int limit);  /* GET /records; returns bytes of text */
void library_open_memory(void);
void library_open_memory_and_save(void);

/* A run that is due, and saving in it. */
nangolite_run *library_begin_run(library *l);
void library_run_save(nangolite_run *run, const record_set *set);

/* Stops the program where a call failed that should not: a wrong figure is worse than none. */
void library_must(library *l, int result, const char *what);

/* ---- counting.c ---- */

/* From here on every file is opened through the counting VFS. */
void counting_begin(void);
int64_t counting_written(void);     /* bytes written to all files */
int64_t counting_wal_written(void); /* those of them that went to a WAL */

/* ---- harness.c ---- */

/* Where a clock is held: later than anything that was made with the system's, so that what can be due is. */
#define HELD_TIME INT64_C(4000000000000000)

typedef struct cost {
  double wall, cpu; /* seconds */
  int64_t bytes;    /* written to files */
} cost;

cost cost_now(void);
cost cost_since(cost from);

void die(const char *what, const char *why);
void *must_allocate(size_t bytes);
/* Removes a database with its -wal and -shm. */
void remove_database(const char *path);
void copy_database(const char *from, const char *to);
/* Its size as pages, after everything in the WAL has been moved there. */
int64_t database_bytes(const char *path);
double load_average(void); /* of the last minute; 0 where it is not known */

/* ---- report.c ---- */

enum { PAIRS_MAX = 64 };

/* One row: interleaved measurements of us and of what we compare with. */
typedef struct bench_row {
  const char *name;
  double cpu_limit, bytes_limit; /* of the ratios of CPU time and of bytes written; 0: none */
  int count;
  cost ours[PAIRS_MAX], theirs[PAIRS_MAX];
} bench_row;

typedef void timed_job(void *us_or_them, const void *argument);
/* Measures both jobs, in turns beginning with the one or the other. */
void row_measure(bench_row *r, timed_job *ours, void *us, timed_job *theirs, void *them, const void *how);

double median(double *values, int count); /* sorts them */
double percentile(const double *sorted, int count, double share);

/* The report goes to standard output and, as JSON, to a file. */
void report_open(const char *path, int records);
void report_heading(const char *text, const char *against);
void report_row(const bench_row *r);
void report_rows(const bench_row *rows, int count);
void report_value(const char *name, double value, const char *unit, int decimals);
void report_limited(const char *name, double value, const char *unit, int decimals, double limit);
void report_growth(int64_t records, double saved_a_second, double page_ms, double status_ms);
void report_close(void);

/* ---- rows_*.c ---- */

typedef struct options {
  const char *object; /* the compiled library, or NULL */
  const char *only;   /* the sections to measure, or NULL: all */
  int is_full, cache_kb;
  int records, pairs, growth, schedules;
  char ours[4096], theirs[4096]; /* the databases */
} options;

void rows_saving(const options *o);
void rows_hash(const options *o);
void rows_small(const options *o);
void rows_windows(const options *o);
void rows_life(const options *o);
void rows_schedule(const options *o);
void rows_opening(const options *o);
void rows_memory(const options *o);
void rows_snapshot(const options *o);
void rows_locks(const options *o);
void rows_growth(const options *o);
void rows_other(const options *o);

#endif
