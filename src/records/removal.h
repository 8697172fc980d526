/* removal: taking collections away for good, as if they had never been: no tombstones, no trace in a feed. */
#ifndef NANGOLITE_REMOVAL_H
#define NANGOLITE_REMOVAL_H

#include "records/collection.h"

/* Everything of a collection. */
static void removal_collection(nangolite *store, int64_t id);

/* At most `limit` records of it, and itself with the last. Returns how many records went. */
static int64_t removal_slice(nangolite *store, int64_t id, int64_t limit);

#endif
