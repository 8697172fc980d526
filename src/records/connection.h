/* connection: the end users' accounts, and the checks of names that every call begins with. */
#ifndef NANGOLITE_CONNECTION_H
#define NANGOLITE_CONNECTION_H

#include "values/name.h"
#include "database/id_list.h"
#include "database/transaction.h"

/* The connection's number; 0 and latched where it is not there. */
static int64_t connection_find(nangolite *store, const char *provider_config_key, const char *connection_id);

/* All connections of these names, in the order of names; NULL: any. There may be none. */
static id_list connection_select(nangolite *store, const char *provider_config_key, const char *connection_id);

/* Latches NANGOLITE_UNKNOWN_PROVIDER_CONFIG where the integration has neither a connection nor a
** definition. */
static void connection_need_integration(nangolite *store, const char *provider_config_key);

/* The connection's number; makes it where it is not there. */
static int64_t connection_open(nangolite *store, const char *provider_config_key, const char *connection_id);

#endif
