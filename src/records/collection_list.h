/* collection_list: what collections there are, with their counters, as JSON. */
#ifndef NANGOLITE_COLLECTION_LIST_H
#define NANGOLITE_COLLECTION_LIST_H

#include "base/text.h"
#include "records/connection.h"

/* Appends {"collections":[...]} of all whose connection has these names (NULL: any) and whose newest change
** is after a stamp; 0: whether anything changed or not. In a transaction.
**
** Where nothing in the file is newer than the stamp, this reads one row. Otherwise it looks at each
** collection of these connections, with some look-ups by key for its newest change, however many records it
** has. */
static void collection_list_append(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, int64_t changed_after, text *out);

#endif
