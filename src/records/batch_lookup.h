/* lookup: what is stored under the ids of a batch, found in one walk over the identities in the order of ids.
**
** Looking one id up costs a statement and a descent from the root of the tree. Where the ids of a batch lie
** close together in the store, as when a sync saves its records again, the next one is a step away; where
** they lie far apart, one statement looks several up. */
#ifndef NANGOLITE_LOOKUP_H
#define NANGOLITE_LOOKUP_H

#include "records/batch.h"
#include "records/record.h"

typedef enum lookup_state {
  LOOKUP_UNKNOWN,    /* not looked for: whoever needs to know uses identity_find() */
  LOOKUP_ABSENT,
  LOOKUP_FOUND
} lookup_state;

typedef struct lookup {
  lookup_state state;
  identity stored;
} lookup;

/* One entry for each item of the batch, in its order; NULL and latched: no memory. Give it back with
** sqlite3_free(). It stays true while the batch is written, as no two items have the same id. Where ids turn
** out to be new one after the other, the rest stays unknown: an insertion finds that out at no cost. */
static lookup *lookup_batch(nangolite *store, int64_t collection_id, const batch *b);

#endif
