/* connection_list: writes the list of connections as JSON. */
#ifndef NANGOLITE_CONNECTION_LIST_H
#define NANGOLITE_CONNECTION_LIST_H

#include "records/connection.h"

/* Appends {"connections":[...]} with the connections of an integration (NULL: of all). It is called in a
** transaction. */
static void connection_list_append(nangolite *store, const char *provider_config_key, text *out);

/* Appends a connection's metadata as they are stored, or null where none were set. */
static void connection_append_metadata(const connection_row *c, text *out);

#endif
