/* connection: the end users' accounts, and the checks of names that every call begins with. */
#ifndef NANGOLITE_CONNECTION_H
#define NANGOLITE_CONNECTION_H

#include "values/name.h"
#include "database/id_list.h"
#include "database/transaction.h"

/* A connection as the file has it. */
typedef struct connection_row {
  int64_t id;
  slice provider_config_key, connection_id;
  slice metadata;                 /* a JSON object; absent: none was set */
  int64_t created_at, updated_at; /* updated_at: when the metadata were set last */
} connection_row;

/* Its slices are valid until `q`, which is to be closed either way. 0: it is not there, or a failure is latched. */
static int connection_get(nangolite *store, int64_t id, query *q, connection_row *found);
static void connection_set_metadata(nangolite *store, int64_t id, slice metadata);

/* The connection's number; 0 and latched where it is not there. */
static int64_t connection_find(nangolite *store, const char *provider_config_key, const char *connection_id);

/* All connections of these names, in the order of names; NULL: any. There may be none. */
static id_list connection_select(nangolite *store, const char *provider_config_key,
                                 const char *connection_id);

/* Latches NANGOLITE_UNKNOWN_PROVIDER_CONFIG where the integration has neither a connection nor a
** definition. */
static void connection_need_integration(nangolite *store, const char *provider_config_key);

/* The connection's number; makes it where it is not there. */
static int64_t connection_open(nangolite *store, const char *provider_config_key, const char *connection_id);

/* Only its own row: what it has must have gone before. */
static void connection_remove(nangolite *store, int64_t id);

#endif
