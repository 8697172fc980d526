/* page: a page of records as the structs of the C API. */
#ifndef NANGOLITE_RECORD_PAGE_H
#define NANGOLITE_RECORD_PAGE_H

#include "base/slice.h"
#include "database/call.h"
#include "records/page.h"

/* Checks a query of the C API; what is wrong is latched. `buffer` holds what the result points to, `ids`
** has PAGE_IDS_MAX. */
static page_query record_page_query(nangolite *store, const nangolite_query *given, text *buffer, slice *ids);

/* Reads a page of the collection, or latches and returns NULL. */
static nangolite_page *record_page_read(nangolite *store, const collection *c, const page_query *wanted);

/* Ends the call (call.h): frees the buffer, and hands the page out or frees it. */
static int record_page_end(nangolite *store, nangolite_page *read, text *buffer, nangolite_page **page);

#endif
