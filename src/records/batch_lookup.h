/* batch_lookup: the numbers of a batch's ids, found in one walk over the identities in the order of ids.
**
** Looking one id up costs a statement and a descent from the root of the tree. Where the ids of a batch lie
** close together in the store, as when a sync saves its records again, the next one is a step away; where
** they lie far apart, one statement looks several up. */
#ifndef NANGOLITE_BATCH_LOOKUP_H
#define NANGOLITE_BATCH_LOOKUP_H

#include "records/batch.h"
#include "records/identity.h"

/* Gives every item its number, 0 where its id is new. */
static void lookup_batch(nangolite *store, const collection *c, batch *b);

#endif
