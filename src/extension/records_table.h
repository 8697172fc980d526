/* records_table: the records of a collection as a table of SQL, in the order of change, forwards or backwards:
**
**   SELECT id, payload FROM nango_records('github', 'ada', 'Issue' [, variant]) WHERE cursor > :cursor ORDER BY cursor
**
** Cursors are compared by the places that they name. A cursor, an id, and both orders are found by index. The rows are
** read in batches, each in one call, and a batch is a copy: so a statement may write the records that it reads. It does
** not read what was written after it had begun. */
#ifndef NANGOLITE_RECORDS_TABLE_H
#define NANGOLITE_RECORDS_TABLE_H

#include "extension/host.h"

#ifdef NANGOLITE_EXTENSION

/* Registers it. Returns a code of SQLite. */
static int records_table_register(host *h);

#endif
#endif
