/* sync_list: the definitions in a store, as JSON. */
#ifndef NANGOLITE_SYNC_LIST_H
#define NANGOLITE_SYNC_LIST_H

#include "base/text.h"
#include "syncs/sync_function.h"

/* Appends {"syncs":[...]} with the definitions of an integration; NULL: of all integrations. In a
** transaction. */
static void sync_list_append(nangolite *store, const char *provider_config_key, text *out);

#endif
