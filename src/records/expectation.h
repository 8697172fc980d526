/* expectation: compares the live records of a collection with an array of expected records. */
#ifndef NANGOLITE_EXPECTATION_H
#define NANGOLITE_EXPECTATION_H

#include "records/batch.h"
#include "records/collection.h"

/* Compares ids and JSON values. A member "_nango_metadata" of an expected record does not count, nor does
** the JSON type of an id. Of a pruned record the hash of its value is compared. `expected` was read without
** a guess, and has no duplicates. Where all are equal nothing is appended, otherwise a report for a person
** whose test has failed:
**
**     3 differences between the 10 expected and the 10 live records:
**       missing 7: {"id":7,"open":true}
**       unexpected 9: {"id":9,"open":false}
**       2 is different:
**         open: expected true, found false
**
** It is called in a transaction that has read the store's hash key. */
static void expectation_compare(nangolite *store, const collection *c, const batch *expected, text *report);

#endif
