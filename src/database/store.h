/* store: an open store, its clock, and the one error idiom.
**
** The first failure of a public call is latched in the store, with its message. From then on every query does
** nothing, and the end of the call (call.h) rolls the transaction back and returns the result. So the code in
** between does not check each step: it asks store_failed() only before it loops, allocates or returns
** something. */
#ifndef NANGOLITE_STORE_H
#define NANGOLITE_STORE_H

#include "base/hash.h"
#include "base/platform.h"
#include "database/sql.h"
#include "base/text.h"

typedef struct sync_function sync_function; /* syncs/sync_function.h */

/* What was found out of an image (snapshot.h): the same bytes need not be judged again. */
typedef struct image_verdict {
  size_t size; /* 0: nothing was judged yet */
  hash_key key;
  hash128 hash;
  int has_runs, as_nango;
} image_verdict;

struct nangolite {
  sqlite3 *db;
  int opened;                /* opening it succeeded; else call_open() refuses it */
  int owned;                 /* nangolite_open() opened db; an attached store leaves it open */
  int is_shared_memory;      /* memory:NAME */
  int is_in_statement;       /* its calls are made by functions of SQL: a statement of db is running */
  int reads_exclude;         /* a read takes the write lock: this SQLite's memory:NAME needs that */
  nangolite_options options; /* defaults filled in */
  int as_nango;              /* the file's mode, whatever options.as_nango says (schema_take_mode()) */

  image_verdict verdict; /* of the image that was restored last */

  /* Of a file that is read where it cannot be written, see immutable.h. */
  int64_t immutable_page; /* nango_store's page; 0: it is not read so */
  hash128 immutable_digest;

  int result;                 /* of the current public call, latched */
  unsigned failures;          /* counted, so that a run's end knows whether a call failed during the run */
  text message;               /* NUL-terminated; of the last failure */
  const char *static_message; /* instead, when there is no memory for one */
  int had_no_memory; /* a call has failed for want of memory: its statements are to be prepared anew */

  int64_t held_time;
  int clock_is_held;
  ATOMIC_INT interrupted; /* set by any thread, cleared at the start of a call */

  sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared when first used */
  int64_t schema_changes;                    /* SQLite's count of them when the statements were prepared */

  /* Valid inside a write transaction, see transaction.h. */
  int transaction;    /* enum transaction_kind */
  int is_held;        /* instead of one, a statement keeps the file as it is: transaction_hold() */
  int64_t now;        /* the clock at its start */
  int64_t last_stamp; /* the greatest stamp given in this file */
  int stamp_given;
  int64_t first_stamp; /* the first one given in this transaction */
  hash_key key;
  int64_t rows_to_free; /* that it may still free of collections that it takes away */

  sync_function **functions; /* in the order of their names (sync_function.h) */
  size_t function_count, function_capacity;
  int has_defined; /* this handle serves the syncs that it has defined, and no others */
  int64_t token;   /* of this open store among those of the process (open_stores.h) */
  nangolite *next_open;
  int is_recovering;   /* exclusive: runs that dead processes have left are still to be looked for */
  nangolite_run *runs; /* claimed here and not finished */
  int64_t runs_to_end; /* of these: whose functions have returned, and whose end could not be stored */
  void (*on_sync)(void *ctx, const char *event_json);
  void *on_sync_ctx;
  text events;       /* to be delivered when the transaction is committed, each with its NUL */
  int is_executing;  /* inside nangolite_run_due() or nangolite_run_until() */
  int is_dumping;    /* nangolite_dump() is giving out lines: until it returns, no other call may begin */
  int is_ending_run; /* the end of a run is being stored: an interrupt waits until it is */

  text secret_key; /* that requests must bring; empty: they need none */
};

/* Latches a failure with its message (sqlite3_mprintf() formats); does nothing when one is latched.
** Returns what is latched. */
static int store_fail(nangolite *store, int result, const char *format, ...);
static int store_fail_memory(nangolite *store);
/* The same for a result code of SQLite. */
static int store_fail_sqlite(nangolite *store, int code);
/* The same for another connection of SQLite that the call works on. */
static int store_fail_sqlite_of(nangolite *store, sqlite3 *db, int code);
static int store_failed(const nangolite *store);
/* Latches NANGOLITE_INTERRUPTED if nangolite_interrupt() was called; for loops that run no statement. */
static int store_interrupted(nangolite *store);

/* Latches NANGOLITE_NOMEM where an allocation of the text failed. */
static void store_check_text(nangolite *store, const text *t);

/* Memory for this call, NULL and latched when there is none. Give it back with sqlite3_free(). */
static void *store_allocate(nangolite *store, size_t bytes);
/* A text's content as a result of the call, or NULL and latched. The text is empty then. */
static char *store_take(nangolite *store, text *t);

/* The message of the last failure; "no error" where there was none. */
static const char *store_message(const nangolite *store);
/* A result as the word that programs compare. */
static const char *store_result_name(int result);

/* From now on the clock stands still at this time. */
static void store_hold_clock(nangolite *store, int64_t microseconds);

/* Microseconds since the epoch: the held clock, the caller's, or the system's; between 1970 and 9999. */
static int64_t store_given_clock(const nangolite *store);
/* The same for what is stored, where 0 means none: never less than 1. */
static int64_t store_clock(const nangolite *store);

/* The next stamp: the clock's, or one more than the last in this file. Inside a write transaction. */
static int64_t store_next_stamp(nangolite *store);
/* Moves the last stamp for what changes no record, so that whoever asks whether anything has changed hears of it. At the
** end of the year 9999 it stays. */
static void store_move_stamp(nangolite *store);

#endif
