/* record_page: a page of records as the structs of the C API. */
#ifndef NANGOLITE_RECORD_PAGE_H
#define NANGOLITE_RECORD_PAGE_H

#include "base/slice.h"
#include "database/call.h"
#include "records/page.h"

/* Checks a query of the C API, NULL for the defaults, and latches what is wrong. The result points into
** `buffer`, which the caller frees, and into `ids`, an array of PAGE_IDS_MAX (NULL where the query has no
** ids). */
static page_query record_page_query(nangolite *store, const nangolite_query *given, text *buffer, slice *ids);

/* Reads a page of the collection. NULL: a failure is latched. */
static nangolite_page *record_page_read(nangolite *store, const collection *c, const page_query *wanted);

/* Ends the call (call.h) and returns its result. Frees the buffer. Gives the page to the caller in *page,
** or frees it where the call failed. */
static int record_page_end(nangolite *store, nangolite_page *read, text *buffer, nangolite_page **page);

#endif
