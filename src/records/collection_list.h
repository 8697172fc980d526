/* collection_list: writes the list of collections, with their counters, as JSON. */
#ifndef NANGOLITE_COLLECTION_LIST_H
#define NANGOLITE_COLLECTION_LIST_H

#include "base/text.h"
#include "records/connection.h"

/* Appends {"collections":[...]} with the collections whose connection has these names (NULL: any name) and
** whose newest change is after a stamp (0: all of them). It is called in a transaction.
**
** Where nothing in the file has changed after the stamp, this reads one row. Otherwise it reads each
** collection of these connections, and finds its newest change by one look-up in each state, however many
** records there are. */
static void collection_list_append(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, int64_t changed_after, text *out);

#endif
