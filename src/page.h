/* page: a page of records as the structs of the C API. */
#ifndef NANGOLITE_PAGE_H
#define NANGOLITE_PAGE_H

#include "list.h"
#include "listing.h"

/* Checks a query of the C API; what is wrong is latched. `buffer` holds what the result points to, `ids`
** has PAGE_IDS_MAX. */
static listing_query page_query(nangolite *store, const nangolite_query *given, text *buffer, slice *ids);

/* Reads a page of the collection, or latches and returns NULL. */
static nangolite_page *page_read(nangolite *store, const collection *c, const listing_query *wanted);

#endif
