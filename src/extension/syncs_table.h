/* syncs_table: the instances of syncs as a table of SQL, nango_syncs(): what GET /sync/status tells of each, in columns.
**
**   SELECT connection_id, name, status, latest_error_description FROM nango_syncs() WHERE status = 'ERROR' */
#ifndef NANGOLITE_SYNCS_TABLE_H
#define NANGOLITE_SYNCS_TABLE_H

#include "extension/host.h"

#ifdef NANGOLITE_EXTENSION

/* Registers it. Returns a code of SQLite. */
static int syncs_table_register(host *h);

#endif
#endif
