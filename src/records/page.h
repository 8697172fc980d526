/* listing: one page of a feed: what a query selects, where the page ends, and whether something follows. */
#ifndef NANGOLITE_PAGE_H
#define NANGOLITE_PAGE_H

#include "base/slice.h"
#include "values/cursor.h"
#include "records/feed.h"

typedef struct page_query {
  unsigned states;
  int has_after;
  feed_place after;
  int limit;
  const slice *ids; /* absent: no restriction */
  size_t id_count;
  slice cursor; /* as it was given, and the place that it names; absent: none was given */
  feed_place cursor_place;
} page_query;

/* "added,UPDATED" to states; 0: a word is none of the three. */
static unsigned page_filter(slice written);

/* Narrows the query to what follows a place as well. A time goes before a cursor: it leaves out its whole
** stamp, so where both have one stamp the time must stay. */
static void page_begin_after(page_query *wanted, feed_place place);

/* Hands each record of the page to `emit`, and returns whether a record follows that the query selects.
** A record's slices are valid during the call. */
typedef void (*page_emit)(void *ctx, const record_row *r);
static int page_run(nangolite *store, const collection *c, const page_query *wanted, page_emit emit,
                    void *ctx);

/* Of a page behind which nothing follows: whether the collection's newest change is later than the cursor
** that was given, so that a reader goes on from there. *newest: that change; its id is valid until `row`,
** which is to be closed either way. */
static int page_newest(nangolite *store, const collection *c, const page_query *wanted, query *row,
                       feed_place *newest);

#endif
