/* removal: takes collections away for good, without tombstones, so that no feed shows their records any
** more.
**
** A collection is taken away at once, whatever its size: its row loses its connection, so no name leads to
** it any more, and a new collection of the same name begins empty. Its rows in the other tables are freed
** in parts, so that no call holds the file's lock for long. The collection's row is deleted last: until
** then no other collection can get its id. */
#ifndef NANGOLITE_REMOVAL_H
#define NANGOLITE_REMOVAL_H

#include "records/collection.h"

/* Takes a collection away, in a write transaction. Frees all of it where it is small, and a part where it
** is large. Then frees a part of one that is left, so that the rows are freed even where nobody calls
** nangolite_maintain(). A call that takes many collections away frees at most store->rows_to_free rows of
** each table, which counts down. */
static void removal_take_away(nangolite *store, int64_t id);

/* Frees at most `limit` records of collections that were taken away, and at most as many rows of each other
** table. Returns how many records it has freed. A call that adds records frees as many as it adds, so that
** what is left to free does not stay for long where records are saved. */
static int64_t removal_free(nangolite *store, int64_t limit);
/* Whether a collection is left whose rows are still to be freed. */
static int removal_is_left(nangolite *store);

#endif
