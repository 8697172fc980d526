/* connection: the row of a connection, which is an account of an end user in an integration: finding,
** making and listing connections, and their metadata. */
#ifndef NANGOLITE_CONNECTION_H
#define NANGOLITE_CONNECTION_H

#include "values/name.h"
#include "database/id_list.h"
#include "database/transaction.h"

/* A connection as the file has it. */
typedef struct connection_row {
  int64_t id;
  slice provider_config_key, connection_id;
  slice metadata;                 /* a JSON object; absent: no metadata were set */
  int64_t created_at, updated_at; /* updated_at: when the metadata were set last, else created_at */
} connection_row;

/* Reads a connection's row. Its slices are valid until `q` is closed, which the caller does in any case. 0:
** there is no such connection, or a failure is latched; metadata that are no JSON object are
** NANGOLITE_CORRUPT. */
static int connection_get(nangolite *store, int64_t id, query *q, connection_row *found);
/* Sets the metadata to a checked JSON object, and updated_at to now. */
static void connection_set_metadata(nangolite *store, int64_t id, slice metadata);

/* The connection's id. 0: it does not exist, which is latched, or a failure was latched before. */
static int64_t connection_find(nangolite *store, const char *provider_config_key, const char *connection_id);

/* The ids of the connections that have these names, in the order of names. Where a name is NULL, any name
** will do. The list may be empty. The caller frees it with sqlite3_free(list.at). */
static id_list connection_select(nangolite *store, const char *provider_config_key,
                                 const char *connection_id);

/* Latches NANGOLITE_UNKNOWN_PROVIDER_CONFIG where the integration has neither a connection nor a
** definition. */
static void connection_need_integration(nangolite *store, const char *provider_config_key);

/* The connection's id, for a write transaction: makes the connection where it does not exist. 0: a failure is
** latched. */
static int64_t connection_open(nangolite *store, const char *provider_config_key, const char *connection_id);

/* Only its own row: what it has must have gone before. */
static void connection_remove(nangolite *store, int64_t id);

#endif
