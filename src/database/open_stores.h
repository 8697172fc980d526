/* open_stores: the stores that this process has open, each known by a token that it draws at random. The token is kept
** with the runs that a store holds, so that a run whose process has died is known for one. Two copies of the library in
** a process know nothing of each other. */
#ifndef NANGOLITE_OPEN_STORES_H
#define NANGOLITE_OPEN_STORES_H

#include "database/store.h"

/* From any thread. Leaving is harmless where it was never entered. */
static void open_stores_enter(nangolite *store);
static void open_stores_leave(nangolite *store);
static int open_stores_has(int64_t token);
/* Whether another store of this process has the same memory:NAME. */
static int open_stores_share_memory(const nangolite *store);

#endif
