/* records: the functions of the C API on records: arguments, a transaction, and the parts that do the
** work. */
#ifndef NANGOLITE_RECORDS_H
#define NANGOLITE_RECORDS_H

#include "page.h"
#include "prune.h"
#include "write.h"

/* The collection that a scope names, empty where it is not there; in a transaction. */
static collection records_collection(nangolite *store, const nangolite_scope *scope);

#endif
