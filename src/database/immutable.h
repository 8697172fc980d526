/* immutable: a store that is read in a folder which cannot be written, such as a file that is shipped with a
** program, or one under version control.
**
** WAL needs a file of shared memory beside the database. Where it is missing and cannot be made, and no
** log is there either, everything is in the database itself, and SQLite can read it as immutable: without
** locks, and without checking whether it has changed. Another process may be allowed to change it, so each
** call checks. */
#ifndef NANGOLITE_IMMUTABLE_H
#define NANGOLITE_IMMUTABLE_H

#include "database/query.h"

/* For a store whose file could not be read, and whose failure is latched. Where the file can be read as
** immutable, opens it so and forgets the failure. Where that is impossible because a log has no index, the
** message says so instead. */
static void immutable_open(nangolite *store);

/* Latches NANGOLITE_IOERR where the file is no longer what it was when it was opened, or where a log or
** journal has appeared beside it. Does nothing for a file that is not read as immutable. */
static void immutable_check(nangolite *store);

#endif
