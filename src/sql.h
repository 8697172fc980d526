/* sql: every statement of the library, written once and in full. Parameters are bound in the order of their first
** appearance, columns are read by position; both have names in the SQL. None is put together at run time. */
#ifndef NANGOLITE_SQL_H
#define NANGOLITE_SQL_H

#include "key.h"

typedef enum statement_id {
  /* transactions */
  BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, SAVEPOINT_OPEN, SAVEPOINT_ROLLBACK, SAVEPOINT_RELEASE,
  /* opening */
  PRAGMA_AUTO_VACUUM, PRAGMA_VACUUM, PRAGMA_WAL, PRAGMA_NORMAL, PRAGMA_FULL, PRAGMA_CACHE,
  SCHEMA_COUNT_OURS, SCHEMA_COUNT_ALL, SCHEMA_VERSION_READ, SCHEMA_VERSION_WRITE, STORE_INSERT,
  /* the store's one row */
  STORE_READ, STORE_SET_STAMP,
  /* connections */
  CONNECTION_FIND, INTEGRATION_FIND, CONNECTION_OF_INTEGRATION, CONNECTION_INSERT,
  /* collections */
  COLLECTION_FIND, COLLECTION_INSERT, COLLECTION_UPDATE, COLLECTION_OLDEST, COLLECTION_BY_ID,
  /* identities and records */
  IDENTITY_FIND, IDENTITY_INSERT, IDENTITY_CHANGE, IDENTITY_REFRESH,
  RECORD_GET, RECORD_INSERT, RECORD_CHANGE, RECORD_REVIVE, RECORD_DELETE, RECORD_RESTORE, RECORD_PRUNE,
  RECORD_FIRST,
  FEED_LANE, FEED_LANE_LAST = FEED_LANE + LANE_COUNT - 1,   /* one copy for each lane of a merge */
  /* delete windows */
  SEEN_GET, SEEN_ALL, SEEN_PUT, SEEN_CLEAR, IDENTITIES_FROM,
  /* invariants */
  CHECK_INTEGRITY,
  STATEMENT_COUNT
} statement_id;

static const char *sql_text(statement_id id);

#endif
