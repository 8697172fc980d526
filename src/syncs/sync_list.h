/* sync_list: what definitions there are, as JSON. */
#ifndef NANGOLITE_SYNC_LIST_H
#define NANGOLITE_SYNC_LIST_H

#include "base/text.h"
#include "syncs/sync_function.h"

/* Appends {"syncs":[...]} of an integration, NULL: of all. In a transaction. */
static void sync_list_append(nangolite *store, const char *provider_config_key, text *out);

#endif
