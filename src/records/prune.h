/* prune: replaces the payloads of a collection by stubs, in the order of stamps. */
#ifndef NANGOLITE_PRUNE_H
#define NANGOLITE_PRUNE_H

#include "records/as_nango.h"
#include "records/feed.h"
#include "records/payload.h"

/* Prunes at most `limit` payloads (0: all) of the records that are before the place `until` (NULL: of all
** records), and returns how many it has pruned. *has_more says whether there are more of them. The
** collection's row is written. */
static int64_t prune_collection(nangolite *store, collection *c, const feed_place *until, int64_t limit,
                                int *has_more);

#endif
