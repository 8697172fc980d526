#include "sql.h"

static const char *const statements[STATEMENT_COUNT] = {
  /* ---- transactions ---- */

  [BEGIN_READ] = "BEGIN",
  [BEGIN_WRITE] = "BEGIN IMMEDIATE",
  [COMMIT] = "COMMIT",
  [ROLLBACK] = "ROLLBACK",
  [SAVEPOINT_OPEN] = "SAVEPOINT nangolite",
  [SAVEPOINT_ROLLBACK] = "ROLLBACK TO nangolite",
  [SAVEPOINT_RELEASE] = "RELEASE nangolite",

  /* ---- opening ---- */

  [PRAGMA_AUTO_VACUUM] = "PRAGMA main.auto_vacuum = INCREMENTAL",
  [PRAGMA_VACUUM] = "PRAGMA main.incremental_vacuum",
  [PRAGMA_WAL] = "PRAGMA main.journal_mode = WAL",
  [PRAGMA_NORMAL] = "PRAGMA main.synchronous = NORMAL",
  [PRAGMA_FULL] = "PRAGMA main.synchronous = FULL",
  [PRAGMA_CACHE] = "PRAGMA main.cache_size = -16384",

  [SCHEMA_COUNT_OURS] =
    "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = 'nango_store'",
  [SCHEMA_COUNT_ALL] = "SELECT count(*) FROM main.sqlite_master",
  [SCHEMA_VERSION_READ] = "SELECT version FROM nango_store",
  [SCHEMA_VERSION_WRITE] = "UPDATE nango_store SET version = :version",
  [STORE_INSERT] =
    "INSERT INTO nango_store (version, last_stamp, key0, key1) VALUES (0, 0, :key0, :key1)",

  /* ---- the store's one row ---- */

  [STORE_READ] = "SELECT last_stamp, key0, key1 FROM nango_store",
  [STORE_SET_STAMP] = "UPDATE nango_store SET last_stamp = :last_stamp",

  /* ---- connections ---- */

  [CONNECTION_FIND] =
    "SELECT id FROM nango_connections"
    " WHERE provider_config_key = :provider_config_key AND connection_id = :connection_id",

  [INTEGRATION_FIND] =
    "SELECT 1 FROM nango_connections WHERE provider_config_key = :provider_config_key LIMIT 1",

  [CONNECTION_OF_INTEGRATION] =
    "SELECT id, connection_id FROM nango_connections"
    " WHERE provider_config_key = :provider_config_key ORDER BY connection_id",

  [CONNECTION_INSERT] =
    "INSERT INTO nango_connections (provider_config_key, connection_id)"
    " VALUES (:provider_config_key, :connection_id)",

  /* ---- collections ---- */

  [COLLECTION_FIND] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at"
    " FROM nango_collections WHERE connection = :connection AND variant = :variant AND model = :model",

  [COLLECTION_BY_ID] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at"
    " FROM nango_collections WHERE id = :id",

  /* The collection whose oldest payload is the oldest, if that is not after :until. */
  [COLLECTION_OLDEST] =
    "SELECT id FROM nango_collections WHERE oldest_payload_at <= :until ORDER BY oldest_payload_at LIMIT 1",

  [COLLECTION_INSERT] =
    "INSERT INTO nango_collections (connection, variant, model, sequence, numbers,"
    "  added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, bytes)"
    " VALUES (:connection, :variant, :model, 0, 0, 0, 0, 0, 0, 0, 0, 0)",

  [COLLECTION_UPDATE] =
    "UPDATE nango_collections SET sequence = :sequence, numbers = :numbers,"
    "  added = :added, updated = :updated, deleted = :deleted,"
    "  pruned_added = :pruned_added, pruned_updated = :pruned_updated, pruned_deleted = :pruned_deleted,"
    "  bytes = :bytes, oldest_payload_at = :oldest_payload_at, window_opened_at = :window_opened_at"
    " WHERE id = :id",

  /* ---- identities: what a save has to know of a record that may be unchanged ---- */

  [IDENTITY_FIND] =
    "SELECT key, hash, number, writer FROM nango_identities WHERE collection = :collection AND id = :id",

  /* Changes no row where the id is taken. */
  [IDENTITY_INSERT] =
    "INSERT OR IGNORE INTO nango_identities (collection, id, key, hash, number, writer)"
    " VALUES (:collection, :id, :key, :hash, :number, :writer)",

  [IDENTITY_CHANGE] =
    "UPDATE nango_identities SET key = :key, hash = :hash, writer = :writer"
    " WHERE collection = :collection AND id = :id",

  [IDENTITY_REFRESH] =
    "UPDATE nango_identities SET key = :key, hash = :hash WHERE collection = :collection AND id = :id",

  /* The next identities of a collection in the order of their ids. */
  [IDENTITIES_FROM] =
    "SELECT key, hash, number, writer, id FROM nango_identities"
    " WHERE collection = :collection AND id > :id ORDER BY id",

  /* ---- records ---- */

  [RECORD_GET] =
    "SELECT key, id, last_modified_at, first_seen_at, pruned_at, payload FROM nango_records WHERE key = :key",

  [RECORD_INSERT] =
    "INSERT INTO nango_records (key, id, last_modified_at, payload)"
    " VALUES (:key, :id, :last_modified_at, :payload)",

  /* A new payload for a live record. */
  [RECORD_CHANGE] =
    "UPDATE nango_records SET key = :new_key, last_modified_at = :stamp, payload = :payload,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at), pruned_at = NULL"
    " WHERE key = :key",

  /* A deleted record is added again. */
  [RECORD_REVIVE] =
    "UPDATE nango_records SET key = :new_key, last_modified_at = :stamp, payload = :payload,"
    "  first_seen_at = NULL, pruned_at = NULL"
    " WHERE key = :key",

  /* The payload stays, and so does its having been pruned. */
  [RECORD_DELETE] =
    "UPDATE nango_records SET key = :new_key, last_modified_at = :stamp,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at)"
    " WHERE key = :key",

  /* Another text for the same value: a pruned payload comes back, or the id's type changed. */
  [RECORD_RESTORE] =
    "UPDATE nango_records SET key = :new_key, payload = :payload, pruned_at = NULL WHERE key = :key",

  [RECORD_PRUNE] =
    "UPDATE nango_records SET key = :new_key, payload = :stub, pruned_at = :pruned_at WHERE key = :key",

  [RECORD_FIRST] =
    "SELECT key, last_modified_at, id FROM nango_records WHERE key >= :from AND key < :to ORDER BY key LIMIT 1",

#define FEED_LANE_SQL                                                                  \
    "SELECT key, id, last_modified_at, first_seen_at, pruned_at, payload"              \
    " FROM nango_records WHERE key >= :from AND key < :to ORDER BY key"
  [FEED_LANE] = FEED_LANE_SQL,
  [FEED_LANE + 1] = FEED_LANE_SQL,
  [FEED_LANE + 2] = FEED_LANE_SQL,
  [FEED_LANE + 3] = FEED_LANE_SQL,
  [FEED_LANE + 4] = FEED_LANE_SQL,
  [FEED_LANE + 5] = FEED_LANE_SQL,

  /* ---- delete windows ---- */

  [SEEN_GET] = "SELECT bits FROM nango_seen WHERE collection = :collection AND chunk = :chunk",

  [SEEN_ALL] = "SELECT chunk, bits FROM nango_seen WHERE collection = :collection ORDER BY chunk",

  [SEEN_PUT] = "INSERT OR REPLACE INTO nango_seen (collection, chunk, bits) VALUES (:collection, :chunk, :bits)",

  [SEEN_CLEAR] = "DELETE FROM nango_seen WHERE collection = :collection",

  /* ---- invariants ---- */

  [CHECK_INTEGRITY] = "PRAGMA main.integrity_check(1)",
};

static const char *sql_text(statement_id id) {
  return statements[id];
}
