/* open_stores: the stores that this process has open, each known by a token that it draws at random. The
** token is kept in the file with the runs that a store holds, so that a run whose process has died can be
** recognized. Two copies of the library in one process do not know each other's stores. */
#ifndef NANGOLITE_OPEN_STORES_H
#define NANGOLITE_OPEN_STORES_H

#include "database/store.h"

/* All of these may be called from any thread. */

/* Draws the token of a store and lists it. */
static void open_stores_enter(nangolite *store);
/* Takes a store off the list. Does nothing where it is not listed. */
static void open_stores_leave(nangolite *store);
/* Whether an open store of this process has this token. */
static int open_stores_has(int64_t token);
/* Whether another open store of this process has the same memory:NAME. */
static int open_stores_share_memory(const nangolite *store);

#endif
