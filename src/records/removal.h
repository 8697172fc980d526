/* removal: taking collections away for good, as if they had never been: no tombstones, no trace in a feed.
**
** A collection is taken away at once, whatever its size: its row loses its connection, so nobody finds it any
** more, and a new one of the same name begins empty. Its rows are freed a slice at a time, so that no call holds
** the file's lock for long. Until the last of them is gone, the collection's row keeps its number from being
** used again. */
#ifndef NANGOLITE_REMOVAL_H
#define NANGOLITE_REMOVAL_H

#include "records/collection.h"

/* In a write transaction. Frees a small collection at once, and of a large one a part; then a slice of what was
** taken away before, so that a store on which nobody calls nangolite_maintain() gets rid of it too. A call that
** takes many away frees no more than store->rows_to_free rows in all, which counts down. */
static void removal_take_away(nangolite *store, int64_t id);

/* Frees at most `limit` records of what was taken away, with all that belongs to them. Returns how many. Whoever
** adds records frees as many, so that what is left stays below what was there at one time. */
static int64_t removal_free(nangolite *store, int64_t limit);
/* Whether a collection is left whose rows are still to be freed. */
static int removal_is_left(nangolite *store);

#endif
