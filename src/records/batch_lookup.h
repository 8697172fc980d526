/* batch_lookup: looks up the numbers of a batch's ids, going through them in the order of ids.
**
** Looking up one id takes a statement and a descent from the root of the b-tree. Where the ids of a batch
** are close together in the file, as when a sync saves its records again, the next identity is found by
** stepping to it. Where they are far apart, one statement looks up several ids. */
#ifndef NANGOLITE_BATCH_LOOKUP_H
#define NANGOLITE_BATCH_LOOKUP_H

#include "records/batch.h"
#include "records/identity.h"

/* Gives every item of b->by_id its number, 0 where its id is new. */
static void lookup_batch(nangolite *store, const collection *c, batch *b);

#endif
