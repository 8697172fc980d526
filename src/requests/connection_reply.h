/* connection_reply: connections as the HTTP API tells of them. */
#ifndef NANGOLITE_CONNECTION_REPLY_H
#define NANGOLITE_CONNECTION_REPLY_H

#include "records/connection_list.h"
#include "requests/reply.h"

/* Which connections a request asks for. */
typedef struct connection_query {
  slice connection_id, search, integrations; /* absent: any; `integrations` are names with commas between */
  int64_t limit, page;                       /* at most `limit`, which is above 0; pages are counted from 0 */
} connection_query;

/* These write into the reply, in a transaction. */

/* {"connections":[...]}, the youngest first. */
static void reply_set_connections(nangolite *store, reply *r, const connection_query *wanted);

/* One connection with all its members. */
static void reply_set_connection(nangolite *store, reply *r, int64_t connection);

#endif
