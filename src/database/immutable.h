/* immutable: a store that is read in a folder which cannot be written: a resource that is shipped with a
** program, a fixture under version control.
**
** WAL needs a file of shared memory beside the database. Where it is missing and cannot be made, and no log is
** there either, everything is in the database itself, and SQLite reads it as immutable: without locks, and
** without looking whether it has changed. A process that may write there could begin to, so each call looks. */
#ifndef NANGOLITE_IMMUTABLE_H
#define NANGOLITE_IMMUTABLE_H

#include "database/query.h"

/* For a store whose file could not be read: opens it as immutable, if it is one, and forgets the failure. */
static void immutable_open(nangolite *store);

/* Latches NANGOLITE_IOERR where the file is no longer what it was when it was opened. */
static void immutable_check(nangolite *store);

#endif
