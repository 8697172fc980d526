/* listing: one page of a feed: what a query selects, where the page ends, and whether something follows. */
#ifndef NANGOLITE_LISTING_H
#define NANGOLITE_LISTING_H

#include "cursor.h"
#include "feed.h"

typedef struct listing_query {
  unsigned lanes;
  int has_after;
  feed_place after;
  int limit;
  const slice *ids;      /* absent: no restriction */
  size_t id_count;
} listing_query;

/* "added,UPDATED" to lanes; 0: a word is none of the three. */
static unsigned listing_filter(slice written);

/* Narrows the query to what follows a place as well. A time goes before a cursor: it leaves out its whole
** stamp, so where both have one stamp the time must stay. */
static void listing_begin_after(listing_query *wanted, feed_place place);

/* Hands each record of the page to `emit`, and returns whether a record follows that the query selects.
** A record's slices are valid during the call. */
typedef void (*listing_emit)(void *ctx, const record_row *r);
static int listing_run(nangolite *store, const collection *c, const listing_query *wanted, listing_emit emit,
                       void *ctx);

#endif
