/* page: reads one page of the records that a query selects, from a feed or by their ids, and says whether
** more records follow. */
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
  const slice *ids; /* NULL: the ids do not matter */
  size_t id_count;
  slice cursor; /* as it was given; absent: none was given. Below is the place that it names */
  feed_place cursor_place;
} page_query;

/* Turns a text like "added,UPDATED" into a set of states. 0: one of its words is not an action. With
** as_nango, deletions are left out unless they are all that it names. */
static unsigned page_filter(const nangolite *store, slice written);

/* The most that a page's limit may be. */
static int page_limit_max(const nangolite *store);

/* Why the records after this time cannot be asked for, or NULL. */
static const char *page_refuse_time(nangolite *store, int64_t time);
/* The place after which the records modified after this time stand; with as_nango, those of that time too. */
static feed_place page_modified_after(const nangolite *store, int64_t time);

/* Narrows the query to the records after a place, beside what it asks for already. Where there are a time
** and a cursor, give the time first: if both have the same stamp, the time leaves out more records, and is
** kept. */
static void page_begin_after(page_query *wanted, feed_place place);

/* Gives each record of the page to `emit`, and returns whether more records follow that the query selects.
** The page ends at the query's limit, or before the record with which its payloads would have more bytes
** than options.page_bytes (0: there is no such limit), but it has at least one record, if there is any.
** The slices of a record are valid during the call of `emit`. */
typedef void (*page_emit)(void *ctx, const record_row *r);
static int page_run(nangolite *store, const collection *c, const page_query *wanted, page_emit emit,
                    void *ctx);

/* For a page after which no records follow: whether the collection's newest change is after the cursor that
** was given, or no cursor was given. Then a reader can go on from *newest, the place of that change. `row`
** is as in feed_newest(). */
static int page_newest(nangolite *store, const collection *c, const page_query *wanted, query *row,
                       feed_place *newest);

#endif
