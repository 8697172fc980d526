/* check: whether a store keeps the invariants that the other parts rely on. */
#ifndef NANGOLITE_CHECK_H
#define NANGOLITE_CHECK_H

#include "records/record.h"

/* Latches NANGOLITE_MISUSE where the connection has replaced a function of SQLite that the statements on
** invariants need. */
static void check_functions(nangolite *store);

/* Which invariant was found broken first, in words that are to be freed with sqlite3_free(). NULL: none was, or a
** failure is latched. In a transaction, after transaction_read_store(). */
static char *check_run(nangolite *store);

/* What is wrong with the payload of a record; NULL: nothing is. The record's id ends with a NUL. */
static const char *check_payload_says(const record_row *r);

#endif
