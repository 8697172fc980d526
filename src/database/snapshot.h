/* snapshot: the whole database of a store as bytes, and a store from such bytes. */
#ifndef NANGOLITE_SNAPSHOT_H
#define NANGOLITE_SNAPSHOT_H

#include "database/schema.h"

/* Both are for outside a transaction. They latch NANGOLITE_MISUSE where this SQLite cannot do it, and
** where the store is attached, because its database is then the caller's. */

/* The bytes of the database. Free them with sqlite3_free(). NULL: a failure is latched. */
static char *snapshot_take(nangolite *store, size_t *size);

/* Gives the store the content that the bytes have. Latches NANGOLITE_MISUSE where the store is not in
** memory, NANGOLITE_BUSY where another handle of this process has it open, and NANGOLITE_INVALID,
** NANGOLITE_CORRUPT or NANGOLITE_NEWER_SCHEMA where the bytes are no store that this library reads, or
** have pages of another size. After a failure the store is as it was before. Returns whether runs are in
** progress in the content. */
static int snapshot_load(nangolite *store, slice bytes);

#endif
