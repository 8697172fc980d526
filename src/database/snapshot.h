/* snapshot: the whole database of a store as bytes, and back. */
#ifndef NANGOLITE_SNAPSHOT_H
#define NANGOLITE_SNAPSHOT_H

#include "database/schema.h"

/* Both are for outside a transaction, and latch NANGOLITE_MISUSE where this SQLite cannot do it, or the store is
** attached: its database is then not ours. */

/* The bytes of the database; they go with sqlite3_free(). NULL and latched. */
static char *snapshot_take(nangolite *store, size_t *size);

/* Makes the store what the bytes are. Latches NANGOLITE_MISUSE where it is not in memory, NANGOLITE_BUSY where another
** handle shares it, and NANGOLITE_INVALID, NANGOLITE_CORRUPT or NANGOLITE_NEWER_SCHEMA where the bytes are no store; it
** is then as before. */
static void snapshot_load(nangolite *store, slice bytes);

#endif
