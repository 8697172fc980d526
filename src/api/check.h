/* check: whether a store keeps the invariants that the other parts rely on. */
#ifndef NANGOLITE_CHECK_H
#define NANGOLITE_CHECK_H

#include "database/store.h"

/* Which invariant was found broken first, in words that are to be freed with sqlite3_free(). NULL: none was, or a
** failure is latched. In a transaction, after transaction_read_store(). */
static char *check_run(nangolite *store);

#endif
