/* transaction: the one place that begins, commits and rolls back.
**
** A call has a transaction of its own. Where the caller of an attached store has one open, the call has a
** savepoint in it instead. Either way all of its changes are kept, or none. */
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

/* Reads the last stamp and the hash key, as transaction_begin_write() does. */
static void transaction_read_store(nangolite *store);

/* As transaction_begin_write(), but reads nothing: there may be no tables yet. */
static void transaction_begin_schema(nangolite *store);

/* Commits where no failure is latched, else rolls back. A commit that fails is latched, and rolled back. Does
** nothing where no transaction was begun. Public functions end with call_end(), which calls this; opening a
** store and making its tables call it themselves. */
static void transaction_end(nangolite *store);

/* Rolls back what transaction_end() could not, because it had no memory: before the next transaction, and
** when the store is closed. */
static void transaction_end_late(nangolite *store);

#endif
