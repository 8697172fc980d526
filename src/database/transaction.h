/* transaction: the only code that begins, commits and rolls back transactions.
**
** A call has a transaction of its own. Where the caller of an attached store has one open, the call has a
** savepoint in it instead. Either way all of its changes are kept, or none.
**
** Where the call is made by a function of SQL, a statement of the same connection is running. While one runs that
** writes, SQLite lets nobody end a transaction or begin a savepoint: such a call can read, but not write. */
#ifndef NANGOLITE_TRANSACTION_H
#define NANGOLITE_TRANSACTION_H

#include "database/query.h"

typedef enum transaction_kind {
  TRANSACTION_NONE,
  TRANSACTION_READ,
  TRANSACTION_WRITE,
  TRANSACTION_SAVEPOINT
} transaction_kind;

/* Begins a transaction that shows one state of the file to all the reads of a call. */
static void transaction_begin_read(nangolite *store);

/* At most so many rows does one call free of the collections that it takes away and that were taken away
** before. */
enum { TRANSACTION_ROWS_TO_FREE = 8000 };

/* Waits for the file's one write lock, then reads the clock, the last stamp and the hash key. Refuses a
** read-only store. */
static void transaction_begin_write(nangolite *store);

/* Reads the last stamp and the hash key, as transaction_begin_write() does. */
static void transaction_read_store(nangolite *store);

/* Does the same without reading anything, because there may be no tables yet. */
static void transaction_begin_schema(nangolite *store);

/* Commits where no failure is latched, else rolls back. A commit that fails is latched, and rolled back. Does
** nothing where no transaction was begun. Public functions end with call_end(), which calls this; only
** schema_migrate() and run_finish() call it themselves. */
static void transaction_end(nangolite *store);

/* Rolls back what transaction_end() could not roll back, because there was no memory. It is called before
** the next transaction begins, and when the store is closed. */
static void transaction_end_late(nangolite *store);

#endif
