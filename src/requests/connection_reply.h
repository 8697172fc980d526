/* connection_reply: connections as the HTTP API tells of them. */
#ifndef NANGOLITE_CONNECTION_REPLY_H
#define NANGOLITE_CONNECTION_REPLY_H

#include "records/connection_list.h"
#include "requests/reply.h"

/* Which connections are asked for. */
typedef struct connection_query {
  slice connection_id, search, integrations; /* absent: any; integrations have commas between */
  int64_t limit, page;
} connection_query;

/* {"connections":[...]}, the youngest first. */
static void reply_set_connections(nangolite *store, reply *r, const connection_query *wanted);

/* One with all its members; in a transaction. */
static void reply_set_connection(nangolite *store, reply *r, int64_t connection);

#endif
