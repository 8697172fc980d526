/* transaction: the one place that begins, commits and rolls back.
**
** On a connection that is in no transaction, a call runs in its own; inside one of the caller's (an
** attached store), it runs in a savepoint. Either way it ends whole, or as if it had not begun. */
#ifndef NANGOLITE_TRANSACTION_H
#define NANGOLITE_TRANSACTION_H

#include "database/query.h"

typedef enum transaction_kind {
  TRANSACTION_NONE,
  TRANSACTION_READ,
  TRANSACTION_WRITE,
  TRANSACTION_SAVEPOINT
} transaction_kind;

/* One state of the file for all the reads of a call. */
static void transaction_begin_read(nangolite *store);

/* Rows that one call frees at most of the collections that it takes away, or that were taken away before. */
enum { TRANSACTION_ROWS_TO_FREE = 8000 };

/* Waits for the file's one write lock, reads the clock and the last stamp. A read-only store is refused. */
static void transaction_begin_write(nangolite *store);

/* Reads the last stamp and the key of all hashes, as transaction_begin_write() does. */
static void transaction_read_store(nangolite *store);

/* The same before there are tables: reads nothing. */
static void transaction_begin_schema(nangolite *store);

/* Commits where nothing is latched, else rolls back; nothing may fail unnoticed. Harmless where none was
** begun. */
static void transaction_end(nangolite *store);

/* Rolls back what transaction_end() could not for want of memory; for closing the store. */
static void transaction_end_late(nangolite *store);

#endif
