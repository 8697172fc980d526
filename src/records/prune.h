/* prune: emptying payloads, the oldest stamps first. */
#ifndef NANGOLITE_PRUNE_H
#define NANGOLITE_PRUNE_H

#include "records/feed.h"
#include "records/payload.h"

/* Prunes at most `limit` payloads of the collection (0: all) that are behind `until` (NULL: to the end),
** and returns how many. *has_more: whether one is left there. The collection's row is up to date
** afterwards. */
static int64_t prune_collection(nangolite *store, collection *c, const feed_place *until, int64_t limit,
                                int *has_more);

#endif
