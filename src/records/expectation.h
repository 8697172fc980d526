/* expectation: the live records of a collection against an array of expected ones. */
#ifndef NANGOLITE_EXPECTATION_H
#define NANGOLITE_EXPECTATION_H

#include "records/batch.h"
#include "records/collection.h"

/* Compares by id and by JSON value; `_nango_metadata` in what is expected does not count, nor does the JSON type of
** an id. Of a pruned record the kept hash is compared. Appends nothing where they are equal, else what a person
** wants to read in a failing test:
**
**     3 differences between the 10 expected and the 10 live records:
**       missing 7: {"id":7,"open":true}
**       unexpected 9: {"id":9,"open":false}
**       2 is different:
**         open: expected true, found false
**
** In a transaction that has read the store's hash key. */
static void expectation_compare(nangolite *store, const collection *c, const batch *expected, text *report);

#endif
