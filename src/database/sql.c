#include "database/sql.h"

_Static_assert(ROW_KEY_SEQUENCE_BITS == 38 && ROW_KEY_STATE_BITS == 3 && STATE_COUNT == 6 && STATE_PRUNED == 3 &&
                 ROW_KEY_COLLECTION_MAX == 4194303 && ROW_KEY_SEQUENCE_MAX == 274877906943,
               "the statements on invariants take keys apart");

#define SQL_4(text) text ", " text ", " text ", " text
#define SQL_16(text) SQL_4(text) ", " SQL_4(text) ", " SQL_4(text) ", " SQL_4(text)

static const char *const statements[STATEMENT_COUNT] = {
  /* ---- transactions ---- */

  [TRANSACTION_BEGIN_READ] = "BEGIN",
  [TRANSACTION_BEGIN_WRITE] = "BEGIN IMMEDIATE",
  [TRANSACTION_COMMIT] = "COMMIT",
  [TRANSACTION_ROLLBACK] = "ROLLBACK",
  [TRANSACTION_SAVEPOINT_OPEN] = "SAVEPOINT nangolite",
  [TRANSACTION_SAVEPOINT_ROLLBACK] = "ROLLBACK TO nangolite",
  [TRANSACTION_SAVEPOINT_RELEASE] = "RELEASE nangolite",

  /* ---- opening ---- */

  [PRAGMA_AUTO_VACUUM] = "PRAGMA main.auto_vacuum = INCREMENTAL",
  [PRAGMA_VACUUM] = "PRAGMA main.incremental_vacuum",
  [PRAGMA_FREE_PAGES] = "PRAGMA main.freelist_count",
  [PRAGMA_WAL] = "PRAGMA main.journal_mode = WAL",
  /* In bytes: what a log that begins again keeps of its file after it has been larger. */
  [PRAGMA_WAL_LIMIT] = "PRAGMA main.journal_size_limit = 4194304",
  [PRAGMA_NORMAL] = "PRAGMA main.synchronous = NORMAL",
  [PRAGMA_FULL] = "PRAGMA main.synchronous = FULL",

  /* TABLES_APPLICATION_ID: a pragma takes no parameter. */
  [PRAGMA_APPLICATION_ID] = "PRAGMA main.application_id = 1313752908",

  [SCHEMA_COUNT_OURS] =
    "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = 'nango_store'",
  [SCHEMA_COUNT_ALL] = "SELECT count(*) FROM main.sqlite_master",
  [SCHEMA_STORE_PAGE] =
    "SELECT rootpage FROM main.sqlite_master WHERE type = 'table' AND name = 'nango_store'",
  [SCHEMA_VERSION_READ] = "SELECT version FROM nango_store",
  [SCHEMA_VERSION_WRITE] = "UPDATE nango_store SET version = :version",
  [STORE_INSERT] =
    "INSERT INTO nango_store (version, as_nango, last_stamp, key0, key1, last_run, clock)"
    " VALUES (:version, 0, 0, :key0, :key1, 0, 0)",

  /* ---- the store's one row ---- */

  [STORE_READ] = "SELECT last_stamp, key0, key1 FROM nango_store",
  [STORE_SET_STAMP] = "UPDATE nango_store SET last_stamp = :last_stamp",

  /* ---- connections ---- */

  [CONNECTION_FIND] =
    "SELECT id FROM nango_connection"
    " WHERE provider_config_key = :provider_config_key AND connection_id = :connection_id",

  [INTEGRATION_FIND] =
    "SELECT 1 FROM nango_connection WHERE provider_config_key = :provider_config_key"
    " UNION ALL SELECT 1 FROM nango_sync WHERE provider_config_key = :provider_config_key LIMIT 1",

  [CONNECTION_OF_INTEGRATION] =
    "SELECT id, connection_id FROM nango_connection"
    " WHERE provider_config_key = :provider_config_key ORDER BY connection_id",

  [CONNECTION_ALL] = "SELECT id FROM nango_connection ORDER BY provider_config_key, connection_id",

  [CONNECTION_OF_NAME] =
    "SELECT id FROM nango_connection WHERE connection_id = :connection_id ORDER BY provider_config_key",

  [CONNECTION_GET] =
    "SELECT id, provider_config_key, connection_id, metadata, created_at, updated_at FROM nango_connection"
    " WHERE id = :id",

  [CONNECTION_SET_METADATA] =
    "UPDATE nango_connection SET metadata = :metadata, updated_at = :now WHERE id = :id",

  /* The youngest first; a NULL is no condition. */
  [CONNECTION_SEARCH] =
    "SELECT id, provider_config_key FROM nango_connection"
    " WHERE (:connection_id IS NULL OR connection_id = :connection_id)"
    "  AND (:search IS NULL OR instr(lower(connection_id), lower(:search)) > 0)"
    " ORDER BY created_at DESC, id DESC",

  [CONNECTION_INSERT] =
    "INSERT INTO nango_connection (provider_config_key, connection_id, created_at, updated_at)"
    " VALUES (:provider_config_key, :connection_id, :now, :now)",

  /* ---- collections ---- */

  [COLLECTION_FIND] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at, window_live"
    " FROM nango_collection WHERE connection = :connection AND variant = :variant AND model = :model",

  [COLLECTION_BY_ID] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at, window_live"
    " FROM nango_collection WHERE id = :id",

  /* Those of a connection by name. */
  [COLLECTION_LIST] =
    "SELECT c.id, n.provider_config_key, n.connection_id, c.model, c.variant"
    " FROM nango_connection AS n JOIN nango_collection AS c ON c.connection = n.id"
    " WHERE n.id = :connection ORDER BY c.model, c.variant <> 'base', c.variant",

  /* The collection whose oldest payload is the oldest, if that is not after :until. */
  [COLLECTION_OLDEST] =
    "SELECT id FROM nango_collection WHERE oldest_payload_at <= :until ORDER BY oldest_payload_at LIMIT 1",

  /* The stamp of the latest change: the last record of each state has the greatest of that state. */
#define COLLECTION_LAST_SQL(state)                                                                            \
    "SELECT * FROM (SELECT last_modified_at FROM nango_record WHERE key >= (:id << 3 | " state ") << 38"     \
    "  AND key < (:id << 3 | " state ") + 1 << 38 ORDER BY key DESC LIMIT 1)"
  [COLLECTION_CHANGED_AT] =
    "SELECT max(last_modified_at) FROM (" COLLECTION_LAST_SQL("0") " UNION ALL " COLLECTION_LAST_SQL("1")
    " UNION ALL " COLLECTION_LAST_SQL("2") " UNION ALL " COLLECTION_LAST_SQL("3")
    " UNION ALL " COLLECTION_LAST_SQL("4") " UNION ALL " COLLECTION_LAST_SQL("5") ")",

  /* The least number that no collection has. */
  [COLLECTION_FREE_ID] =
    "SELECT min(n) FROM (SELECT 1 AS n UNION ALL SELECT id + 1 FROM nango_collection)"
    " WHERE NOT EXISTS (SELECT 1 FROM nango_collection WHERE id = n)",

  [COLLECTION_SET_ID] = "UPDATE nango_collection SET id = :new_id WHERE id = :id",

  [COLLECTION_INSERT] =
    "INSERT INTO nango_collection (connection, variant, model, sequence, numbers,"
    "  added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, bytes)"
    " VALUES (:connection, :variant, :model, 0, 0, 0, 0, 0, 0, 0, 0, 0)",

  [COLLECTION_UPDATE] =
    "UPDATE nango_collection SET sequence = :sequence, numbers = :numbers,"
    "  added = :added, updated = :updated, deleted = :deleted,"
    "  pruned_added = :pruned_added, pruned_updated = :pruned_updated, pruned_deleted = :pruned_deleted,"
    "  bytes = :bytes, oldest_payload_at = :oldest_payload_at, window_opened_at = :window_opened_at,"
    "  window_live = :window_live"
    " WHERE id = :id",

  /* ---- identities: from ids to numbers ---- */

  [IDENTITY_FIND] = "SELECT number FROM nango_identity WHERE collection = :collection AND id = :id",

  /* The identity with an id and those behind it. */
  [IDENTITIES_AT] =
    "SELECT id, number FROM nango_identity WHERE collection = :collection AND id >= :id ORDER BY id",

  /* Those of LOOKUP_GROUP ids; the cursor stays open from one to the next. */
  [IDENTITIES_OF_GROUP] =
    "WITH wanted (id) AS (VALUES " SQL_16("(?)") ")"
    " SELECT i.id, i.number FROM wanted CROSS JOIN nango_identity AS i"
    " WHERE i.collection = ? AND i.id = wanted.id",

  [IDENTITY_INSERT] =
    "INSERT INTO nango_identity (collection, id, number) VALUES (:collection, :id, :number)",

  /* The same for IDENTITY_GROUP of them. OR FAIL: what fails takes the call back, so SQLite need not keep a journal of
  ** each statement. */
  [IDENTITY_INSERT_GROUP] =
    "INSERT OR FAIL INTO nango_identity (collection, id, number) VALUES " SQL_16("(?, ?, ?)"),

  /* ---- entries: what is known of records without reading them ---- */

  [ENTRY_GET] = "SELECT entries FROM nango_entry WHERE key = :key",
  [ENTRY_PUT] = "INSERT OR REPLACE INTO nango_entry (key, entries) VALUES (:key, :entries)",

  [ALTERNATE_GET] = "SELECT alternates FROM nango_alternate WHERE key = :key",
  [ALTERNATE_PUT] = "INSERT OR REPLACE INTO nango_alternate (key, alternates) VALUES (:key, :alternates)",

  /* ---- records ---- */

  [RECORD_GET] =
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload, writer"
    " FROM nango_record WHERE key = :key",

  [RECORD_INSERT] =
    "INSERT INTO nango_record (key, id, number, last_modified_at, writer, payload)"
    " VALUES (:key, :id, :number, :last_modified_at, :writer, :payload)",

  /* The same for RECORD_GROUP of them. OR FAIL as above. */
  [RECORD_INSERT_GROUP] =
    "INSERT OR FAIL INTO nango_record (key, id, number, last_modified_at, writer, payload)"
    " VALUES " SQL_16("(?, ?, ?, ?, ?, ?)"),

  /* A new payload for a live record. */
  [RECORD_CHANGE] =
    "UPDATE nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, payload = :payload,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at), pruned_at = NULL"
    " WHERE key = :key AND number = :number",

  /* A deleted record is added again. */
  [RECORD_REVIVE] =
    "UPDATE nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, payload = :payload,"
    "  first_seen_at = NULL, pruned_at = NULL"
    " WHERE key = :key AND number = :number",

  /* The payload stays, and so does its having been pruned. */
  [RECORD_DELETE] =
    "UPDATE nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at)"
    " WHERE key = :key AND number = :number",

  /* Another text for the same value: a pruned payload comes back, or the id's type changed. */
  [RECORD_RESTORE] =
    "UPDATE nango_record SET key = :new_key, payload = :payload, pruned_at = NULL"
    " WHERE key = :key AND number = :number",

  [RECORD_PRUNE] =
    "UPDATE nango_record SET key = :new_key, payload = :stub, pruned_at = :pruned_at"
    " WHERE key = :key AND number = :number",

  [RECORD_FIRST] =
    "SELECT key, last_modified_at, id FROM nango_record WHERE key >= :from AND key < :to"
    " ORDER BY key LIMIT 1",

  [RECORD_LAST] = "SELECT max(key) FROM nango_record WHERE key >= :from AND key < :to",

#define FEED_STATE_SQL                                                                          \
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload"               \
    " FROM nango_record WHERE key >= :from AND key < :to ORDER BY key"
  [FEED_STATE] = FEED_STATE_SQL,
  [FEED_STATE + 1] = FEED_STATE_SQL,
  [FEED_STATE + 2] = FEED_STATE_SQL,
  [FEED_STATE + 3] = FEED_STATE_SQL,
  [FEED_STATE + 4] = FEED_STATE_SQL,
  [FEED_STATE + 5] = FEED_STATE_SQL,

  /* ---- delete windows ---- */

  [SEEN_GET] = "SELECT bits FROM nango_seen WHERE collection = :collection AND chunk = :chunk",

  [SEEN_PUT] =
    "INSERT OR REPLACE INTO nango_seen (collection, chunk, bits) VALUES (:collection, :chunk, :bits)",

  [SEEN_CLEAR] = "DELETE FROM nango_seen WHERE collection = :collection",

  /* ---- syncs ---- */

#define SYNC_LIST_COLUMNS                                                                           \
    "SELECT id, provider_config_key, name, frequency, start_at, manual_start, max_delete_percent," \
    "  max_retries, retry_after_s, local_time FROM nango_sync"
  [SYNC_LIST] = SYNC_LIST_COLUMNS " ORDER BY provider_config_key, name",

  [SYNC_OF_INTEGRATION_LIST] =
    SYNC_LIST_COLUMNS " WHERE provider_config_key = :provider_config_key ORDER BY name",

  [SYNC_FIND] =
    "SELECT id, interval, start_at, manual_start, max_delete_percent, frequency FROM nango_sync"
    " WHERE provider_config_key = :provider_config_key AND name = :name",

  [SYNC_GET] =
    "SELECT id, interval, start_at, manual_start, max_delete_percent, frequency FROM nango_sync"
    " WHERE id = :id",

  [SYNC_INSERT] =
    "INSERT INTO nango_sync (frequency, interval, start_at, manual_start, max_delete_percent,"
    "  max_retries, retry_after_s, local_time, provider_config_key, name)"
    " VALUES (:frequency, :interval, :start_at, :manual_start, :max_delete_percent,"
    "  :max_retries, :retry_after_s, :local_time, :provider_config_key, :name)",

  [SYNC_UPDATE] =
    "UPDATE nango_sync SET frequency = :frequency, interval = :interval, start_at = :start_at,"
    "  manual_start = :manual_start, max_delete_percent = :max_delete_percent,"
    "  max_retries = :max_retries, retry_after_s = :retry_after_s, local_time = :local_time"
    " WHERE provider_config_key = :provider_config_key AND name = :name",

  [SYNC_OF_INTEGRATION] =
    "SELECT id FROM nango_sync WHERE provider_config_key = :provider_config_key ORDER BY id",

  [SYNC_MODELS_LEAVE] = "UPDATE nango_sync_model SET position = NULL WHERE sync = :sync",

  /* The sync that a model belongs to, or belonged to when it left its definition. */
  [SYNC_MODEL_OWNER] =
    "SELECT m.sync, m.position IS NOT NULL, s.name FROM nango_sync_model AS m"
    "  JOIN nango_sync AS s ON s.id = m.sync"
    " WHERE m.provider_config_key = :provider_config_key AND m.model = :model",

  [SYNC_MODEL_PUT] =
    "INSERT OR REPLACE INTO nango_sync_model (provider_config_key, model, sync, position)"
    " VALUES (:provider_config_key, :model, :sync, :position)",

  [SYNC_MODEL_FIND] =
    "SELECT 1 FROM nango_sync_model WHERE sync = :sync AND model = :model AND position IS NOT NULL",

  [SYNC_MODELS] =
    "SELECT model FROM nango_sync_model WHERE sync = :sync AND position IS NOT NULL ORDER BY position",

  /* The collections of a model whose delete windows are open. */
  [COLLECTION_WITH_WINDOW] =
    "SELECT k.id FROM nango_connection AS c JOIN nango_collection AS k ON k.connection = c.id"
    " WHERE c.provider_config_key = :provider_config_key AND k.model = :model"
    "  AND k.window_opened_at IS NOT NULL",

  /* ---- instances and their runs ---- */

  [INSTANCE_FIND] =
    "SELECT id FROM nango_instance WHERE connection = :connection AND sync = :sync AND variant = :variant",

  [INSTANCE_GET] =
    "SELECT i.id, i.connection, i.sync, coalesce(s.start_at, i.created_at), coalesce(i.interval, s.interval),"
    "  i.is_paused, i.is_triggered, i.due_at, s.start_at IS NOT NULL, i.executed, i.run, i.wake_at,"
    "  i.started_at, i.finished_at, i.latest, i.is_initial, i.has_succeeded, i.interval, i.created_at"
    " FROM nango_instance AS i JOIN nango_sync AS s ON s.id = i.sync WHERE i.id = :id",

  [INSTANCE_NAMES] =
    "SELECT s.provider_config_key, c.connection_id, s.name, i.variant, coalesce(i.frequency, s.frequency),"
    "  i.checkpoint, i.checkpoint_before"
    " FROM nango_instance AS i JOIN nango_sync AS s ON s.id = i.sync"
    "  JOIN nango_connection AS c ON c.id = i.connection"
    " WHERE i.id = :id",

  [INSTANCE_INSERT] =
    "INSERT INTO nango_instance (connection, sync, variant, created_at, idle_since, is_paused, is_triggered,"
    "  due_at, wake_at, latest, is_initial, has_succeeded)"
    " VALUES (:connection, :sync, :variant, :created_at, :created_at, :is_paused, 0,"
    "  :due_at, :due_at, 0, 1, 0)",

  [INSTANCE_SAVE] =
    "UPDATE nango_instance SET is_paused = :is_paused, is_triggered = :is_triggered, due_at = :due_at,"
    "  executed = :executed, run = :run, wake_at = :wake_at,"
    "  started_at = :started_at, finished_at = :finished_at,"
    "  latest = :latest, is_initial = :is_initial, has_succeeded = :has_succeeded"
    " WHERE id = :id",

  [INSTANCE_DELETE] = "DELETE FROM nango_instance WHERE id = :id",

  [INSTANCE_OF_CONNECTION] =
    "SELECT id FROM nango_instance WHERE connection = :connection ORDER BY sync, variant <> 'base', variant",

  [INSTANCE_OF_SYNC] =
    "SELECT i.id FROM nango_connection AS c"
    "  JOIN nango_instance AS i ON i.connection = c.id AND i.sync = :sync"
    " WHERE c.provider_config_key = :provider_config_key ORDER BY i.id",

  [INSTANCE_COUNT_VARIANTS] =
    "SELECT count(*) FROM nango_instance"
    " WHERE connection = :connection AND sync = :sync AND variant <> 'base'",

  [INSTANCE_IN_PROGRESS] = "SELECT id FROM nango_instance WHERE run IS NOT NULL ORDER BY id",

  /* Those that a clock that was set back concerns. */
  [INSTANCE_ASLEEP] = "SELECT id FROM nango_instance WHERE wake_at > :now ORDER BY id",

  /* Of the instances that have not run, nor changed as far as is known, for the time that retention gives them
  ** and for two of their intervals: the one that has rested the longest. */
  [INSTANCE_IDLE] =
    "SELECT i.id, i.idle_since FROM nango_instance AS i JOIN nango_sync AS s ON s.id = i.sync"
    " WHERE i.idle_since <= :until AND i.idle_since <= :now - 2 * coalesce(i.interval, s.interval)"
    "  AND (i.run IS NULL OR i.wake_at <= :now)"
    " ORDER BY i.idle_since LIMIT 1",

  [INSTANCE_SET_FREQUENCY] =
    "UPDATE nango_instance SET frequency = :frequency, interval = :interval WHERE id = :id",

  [INSTANCE_SET_CHECKPOINT] =
    "UPDATE nango_instance SET checkpoint = :checkpoint WHERE id = :id",

  [INSTANCE_BEGIN_CHECKPOINT] =
    "UPDATE nango_instance SET checkpoint_before = checkpoint WHERE id = :id",

  [INSTANCE_SET_IDLE] = "UPDATE nango_instance SET idle_since = :idle_since WHERE id = :id",

  /* Changes no row where the run is not the instance's any more, or its lease has ended. */
  [INSTANCE_EXTEND_LEASE] =
    "UPDATE nango_instance SET wake_at = :lease_until WHERE id = :id AND run = :run AND wake_at > :now",

  [INSTANCE_HAS_LEASE] =
    "SELECT 1 FROM nango_instance WHERE id = :id AND run = :run AND wake_at > :now",

  /* The collections that an instance fills, and those that it filled before their models left the
  ** definition. */
  [INSTANCE_COLLECTIONS] =
    "SELECT k.id FROM nango_instance AS i JOIN nango_sync_model AS m ON m.sync = i.sync"
    " JOIN nango_collection AS k ON k.connection = i.connection AND k.variant = i.variant"
    "  AND k.model = m.model"
    " WHERE i.id = :id ORDER BY k.id",

  [INSTANCE_WAKE_FIRST] = "SELECT min(wake_at) FROM nango_instance WHERE wake_at IS NOT NULL",

  /* What the scheduler must look at, from a place in the order of time on. */
  [INSTANCE_WAKE_NEXT] =
    "SELECT i.id, i.wake_at, i.run, s.provider_config_key, s.name"
    " FROM nango_instance AS i JOIN nango_sync AS s ON s.id = i.sync"
    " WHERE i.wake_at >= :from AND i.wake_at <= :until AND (i.wake_at > :from OR i.id > :after_id)"
    " ORDER BY i.wake_at, i.id",

  [RESULT_CLEAR] = "DELETE FROM nango_result WHERE instance = :instance",

  [RESULT_INIT] =
    "INSERT INTO nango_result (instance, model, position, added, updated, deleted)"
    " SELECT :instance, model, position, 0, 0, 0 FROM nango_sync_model"
    " WHERE sync = :sync AND position IS NOT NULL",

  [RESULT_ADD] =
    "UPDATE nango_result SET added = added + :added, updated = updated + :updated,"
    "  deleted = deleted + :deleted,"
    "  changed_after = coalesce(changed_after, :changed_after)"
    " WHERE instance = :instance AND model = :model",

  [RESULT_LIST] =
    "SELECT model, added, updated, deleted, changed_after FROM nango_result WHERE instance = :instance"
    " ORDER BY position",

  [STORE_NEXT_RUN] = "UPDATE nango_store SET last_run = last_run + :step",
  [STORE_RUN] = "SELECT last_run FROM nango_store",
  [STORE_CLOCK] = "SELECT clock FROM nango_store",
  [STORE_SET_CLOCK] = "UPDATE nango_store SET clock = :clock",
  [STORE_NOTE_CLOCK] = "UPDATE nango_store SET clock = :clock WHERE clock < :clock - :tolerance",

  /* ---- removing for good ---- */

  [COLLECTION_OF_CONNECTION] = "SELECT id FROM nango_collection WHERE connection = :connection ORDER BY id",
  [COLLECTION_REMOVE] = "DELETE FROM nango_collection WHERE id = :id",
  [COLLECTION_TAKE_AWAY] =
    "UPDATE nango_collection SET connection = NULL, is_removed = 1, oldest_payload_at = NULL WHERE id = :id",

  /* One whose rows are still to be freed, by the index on connections. */
  [COLLECTION_TAKEN_AWAY] = "SELECT id FROM nango_collection WHERE connection IS NULL LIMIT 1",

  /* The last :limit rows of a collection in each table. What was written last lies at the end of the file, most
  ** often, and is given back from there. */
  [RECORDS_FREE] =
    "DELETE FROM nango_record WHERE key IN (SELECT key FROM nango_record"
    "  WHERE key >= :collection << 41 AND key < :collection + 1 << 41 ORDER BY key DESC LIMIT :limit)",

  [IDENTITIES_FREE] =
    "DELETE FROM nango_identity WHERE collection = :collection AND id IN (SELECT id FROM nango_identity"
    "  WHERE collection = :collection ORDER BY id DESC LIMIT :limit)",

  [ENTRIES_FREE] =
    "DELETE FROM nango_entry WHERE key IN (SELECT key FROM nango_entry"
    "  WHERE key >= :collection << 32 AND key < :collection + 1 << 32 ORDER BY key DESC LIMIT :limit)",

  [ALTERNATES_FREE] =
    "DELETE FROM nango_alternate WHERE key IN (SELECT key FROM nango_alternate"
    "  WHERE key >= :collection << 32 AND key < :collection + 1 << 32 ORDER BY key DESC LIMIT :limit)",

  [SEEN_FREE] =
    "DELETE FROM nango_seen WHERE collection = :collection AND chunk IN (SELECT chunk FROM nango_seen"
    "  WHERE collection = :collection ORDER BY chunk DESC LIMIT :limit)",

  [CONNECTION_DELETE] = "DELETE FROM nango_connection WHERE id = :id",

  /* ---- invariants: each selects a sentence for every place where it is broken (api/check.c lists them) ---- */

#define CHECK_RECORD_PLACE "'collection ' || (r.key >> 41) || ', id ''' || r.id || ''': "
#define CHECK_IDENTITY_PLACE "'collection ' || i.collection || ', id ''' || i.id || ''': "

  [CHECK_INTEGRITY] = "PRAGMA main.integrity_check(1)",

  [CHECK_STORE] =
    "SELECT 'nango_store has ' || n || ' rows, not 1' FROM (SELECT count(*) AS n FROM nango_store)"
    " WHERE n <> 1",

#define CHECK_TYPE(table, place, column, type) \
    "SELECT '" table ", ' || " place " || ': " column " is no " type "'" \
    " FROM " table " WHERE typeof(" column ") <> '" type "'"
#define CHECK_INTEGER(table, place, column) CHECK_TYPE(table, place, column, "integer")
#define CHECK_INTEGER_OR_NULL(table, place, column) \
    CHECK_TYPE(table, place, column, "integer") " AND " column " IS NOT NULL"
  [CHECK_TYPES] =
    CHECK_INTEGER("nango_store", "'its row'", "last_stamp") " UNION ALL "
    CHECK_INTEGER("nango_store", "'its row'", "key0") " UNION ALL "
    CHECK_INTEGER("nango_store", "'its row'", "key1") " UNION ALL "
    CHECK_TYPE("nango_connection", "id", "provider_config_key", "text") " UNION ALL "
    CHECK_TYPE("nango_connection", "id", "connection_id", "text") " UNION ALL "
    CHECK_TYPE("nango_connection", "id", "metadata", "text") " AND metadata IS NOT NULL UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "created_at") " UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "updated_at") " UNION ALL "
    CHECK_TYPE("nango_collection", "id", "model", "text") " UNION ALL "
    CHECK_TYPE("nango_collection", "id", "variant", "text") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "sequence") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "numbers") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "bytes") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_collection", "id", "oldest_payload_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_collection", "id", "window_opened_at") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "window_live") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "is_removed") " UNION ALL "
    CHECK_TYPE("nango_record", "key", "id", "text") " UNION ALL "
    CHECK_TYPE("nango_record", "key", "payload", "text") " UNION ALL "
    CHECK_INTEGER("nango_record", "key", "number") " UNION ALL "
    CHECK_INTEGER("nango_record", "key", "last_modified_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_record", "key", "first_seen_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_record", "key", "pruned_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_record", "key", "writer") " UNION ALL "
    CHECK_TYPE("nango_identity", "collection", "id", "text"),

  [CHECK_TRIGGER] =
    "SELECT 'trigger ' || name || ': it stands on ' || tbl_name FROM main.sqlite_master"
    " WHERE type = 'trigger' AND tbl_name LIKE 'nango!_%' ESCAPE '!' ORDER BY name",

  [CHECK_COLLECTION_OWNER] =
    "SELECT 'collection ' || c.id || CASE WHEN c.is_removed NOT IN (0, 1) THEN ': is_removed is neither 0 nor 1'"
    "   WHEN c.is_removed AND c.connection IS NOT NULL THEN ': it was taken away, and has a connection'"
    "   WHEN n.id IS NULL AND NOT c.is_removed"
    "    THEN ': there is no connection ' || coalesce(c.connection, 'null')"
    "   ELSE ': its number does not fit into a key' END"
    " FROM nango_collection AS c LEFT JOIN nango_connection AS n ON n.id = c.connection"
    " WHERE CASE WHEN c.is_removed THEN c.connection IS NOT NULL ELSE n.id IS NULL END"
    "  OR c.id NOT BETWEEN 1 AND 4194303 OR c.is_removed NOT IN (0, 1) ORDER BY c.id",

  [CHECK_COLLECTION_RANGE] =
    "SELECT 'collection ' || id || ': ' || CASE WHEN sequence NOT BETWEEN 0 AND 274877906943"
    "   THEN 'its sequence does not fit into a key' WHEN numbers NOT BETWEEN 0 AND sequence"
    "   THEN 'more numbers were given than changes made' ELSE 'a number of its window or its bytes cannot be' END"
    " FROM nango_collection WHERE sequence NOT BETWEEN 0 AND 274877906943 OR numbers NOT BETWEEN 0 AND sequence"
    "  OR window_live NOT BETWEEN 0 AND numbers OR bytes < 0"
    "  OR window_opened_at NOT BETWEEN 1 AND 253402300799999999 ORDER BY id",

  [CHECK_RECORD_KEY] =
    "SELECT " CHECK_RECORD_PLACE "its key has ' ||"
    "  CASE WHEN c.id IS NULL THEN 'a collection that is not there'"
    "   WHEN (r.key >> 38 & 7) > 5 THEN 'a state that there is not' ELSE 'a sequence that was not given' END"
    " FROM nango_record AS r LEFT JOIN nango_collection AS c ON c.id = r.key >> 41"
    " WHERE c.id IS NULL OR (r.key >> 38 & 7) > 5 OR (r.key & 274877906943) NOT BETWEEN 1 AND c.sequence"
    " ORDER BY r.key",

  [CHECK_IDENTITY_NUMBER] =
    "SELECT " CHECK_IDENTITY_PLACE "its number was not given'"
    " FROM nango_identity AS i LEFT JOIN nango_collection AS c ON c.id = i.collection"
    " WHERE c.id IS NULL OR typeof(i.number) <> 'integer' OR i.number NOT BETWEEN 1 AND c.numbers"
    " ORDER BY i.collection, i.id",

#define CHECK_GROUP_PLACE "'collection ' || (e.key >> 32) || ', records from number ' || ((e.key & 4294967295) * 128 + 1) || ': '"
  [CHECK_ENTRY_ROW] =
    "SELECT " CHECK_GROUP_PLACE " || CASE WHEN c.id IS NULL THEN 'entries, but the collection is not there'"
    "   ELSE 'the row of their entries has not the length for these numbers' END"
    " FROM nango_entry AS e LEFT JOIN nango_collection AS c ON c.id = e.key >> 32"
    " WHERE c.id IS NULL OR (NOT c.is_removed AND (typeof(e.entries) <> 'blob'"
    "  OR length(e.entries) <> 28 * min(128, c.numbers - 128 * (e.key & 4294967295)))) ORDER BY e.key",

  [CHECK_ENTRY_ROWS] =
    "SELECT 'collection ' || id || ': some records have no entry' FROM nango_collection AS c"
    " WHERE NOT is_removed AND (numbers + 127) / 128 <> (SELECT count(*) FROM nango_entry"
    "  WHERE key >= c.id << 32 AND key < (c.id + 1) << 32) ORDER BY id",

  [CHECK_ALTERNATE_ROW] =
    "SELECT " CHECK_GROUP_PLACE " || CASE WHEN c.id IS NULL THEN 'alternates, but the collection is not there'"
    "   ELSE 'the row of their alternates has a length that cannot be' END"
    " FROM nango_alternate AS e LEFT JOIN nango_collection AS c ON c.id = e.key >> 32"
    " WHERE c.id IS NULL OR (NOT c.is_removed AND (typeof(e.alternates) <> 'blob' OR length(e.alternates) % 20 <> 0"
    "  OR length(e.alternates) > 20 * min(128, c.numbers - 128 * (e.key & 4294967295)))) ORDER BY e.key",

#define CHECK_COUNT(name, state)                                                                              \
    "SELECT id, '" name "' AS name, " name " AS counter, (SELECT count(*) FROM nango_record"                \
    "  WHERE key >= (c.id << 3 | " state ") << 38 AND key < (c.id << 3 | " state ") + 1 << 38) AS records"     \
    " FROM nango_collection AS c WHERE NOT is_removed"
  [CHECK_COUNTS] =
    "SELECT 'collection ' || id || ': ' || name || ' is ' || counter || ', and there are ' || records FROM ("
    CHECK_COUNT("added", "0") " UNION ALL " CHECK_COUNT("updated", "1") " UNION ALL "
    CHECK_COUNT("deleted", "2") " UNION ALL " CHECK_COUNT("pruned_added", "3") " UNION ALL "
    CHECK_COUNT("pruned_updated", "4") " UNION ALL " CHECK_COUNT("pruned_deleted", "5")
    ") WHERE typeof(counter) <> 'integer' OR counter <> records",

  [CHECK_OLDEST_PAYLOAD] =
    "SELECT 'collection ' || id || ': oldest_payload_at is ' || coalesce(oldest_payload_at, 'null')"
    "  || ', and the oldest is ' || coalesce(oldest, 'null')"
    " FROM (SELECT id, oldest_payload_at, (SELECT min(last_modified_at) FROM nango_record"
    "   WHERE key >= c.id << 41 AND key < (c.id << 3 | 3) << 38) AS oldest"
    "  FROM nango_collection AS c WHERE NOT is_removed)"
    " WHERE (oldest IS NULL) <> (oldest_payload_at IS NULL) OR oldest_payload_at > oldest ORDER BY id",

  [CHECK_STAMP] =
    "SELECT " CHECK_RECORD_PLACE "its stamp was not given'"
    " FROM nango_record AS r WHERE last_modified_at NOT BETWEEN 1 AND (SELECT last_stamp FROM nango_store)"
    " ORDER BY key",

  [CHECK_STAMP_UNIQUE] =
    "SELECT 'the stamp ' || last_modified_at || ' is there twice'"
    " FROM nango_record GROUP BY last_modified_at HAVING count(*) > 1",

  [CHECK_FIRST_SEEN] =
    "SELECT " CHECK_RECORD_PLACE "first_seen_at is after the stamp, or no time'"
    " FROM nango_record AS r WHERE first_seen_at NOT BETWEEN 1 AND last_modified_at ORDER BY key",

  [CHECK_PRUNED] =
    "SELECT " CHECK_RECORD_PLACE "pruned_at and the state disagree'"
    " FROM nango_record AS r WHERE (pruned_at IS NULL) <> ((key >> 38 & 7) < 3)"
    "  OR pruned_at NOT BETWEEN 1 AND 253402300799999999 ORDER BY key",

  [CHECK_SEEN_WINDOW] =
    "SELECT 'collection ' || s.collection || ', chunk ' || s.chunk || ': ' ||"
    "  CASE WHEN c.id IS NULL THEN 'seen, but the collection is not there'"
    "   WHEN window_opened_at IS NULL THEN 'seen, but no window is open'"
    "   WHEN typeof(bits) <> 'blob' OR length(bits) <> 512 THEN 'the chunk has not 512 bytes'"
    "   ELSE 'no such numbers were given' END"
    " FROM nango_seen AS s LEFT JOIN nango_collection AS c ON c.id = s.collection"
    " WHERE window_opened_at IS NULL OR typeof(bits) <> 'blob' OR length(bits) <> 512"
    "  OR typeof(chunk) <> 'integer' OR chunk NOT BETWEEN 0 AND numbers / 4096"
    " ORDER BY s.collection, s.chunk",

  [CHECK_SYNC_TYPES] =
    CHECK_INTEGER("nango_store", "'its row'", "last_run") " UNION ALL "
    CHECK_INTEGER("nango_store", "'its row'", "clock") " UNION ALL "
    CHECK_TYPE("nango_sync", "id", "provider_config_key", "text") " UNION ALL "
    CHECK_TYPE("nango_sync", "id", "name", "text") " UNION ALL "
    CHECK_TYPE("nango_sync", "id", "frequency", "text") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "interval") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_sync", "id", "start_at") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "manual_start") " UNION ALL "
    CHECK_TYPE("nango_sync_model", "sync", "model", "text") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_sync_model", "sync", "position") " UNION ALL "
    CHECK_TYPE("nango_instance", "id", "variant", "text") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "created_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "due_at") " UNION ALL "
    CHECK_TYPE("nango_instance", "id", "executed", "text") " AND executed IS NOT NULL UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "run") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "wake_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "started_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "finished_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "idle_since") " UNION ALL "
    CHECK_TYPE("nango_environment", "name", "value", "text"),

  [CHECK_WRITER] =
    "SELECT " CHECK_RECORD_PLACE "its writer is a run that never was'"
    " FROM nango_record AS r WHERE writer NOT BETWEEN 1 AND (SELECT last_run FROM nango_store) ORDER BY key",

  [CHECK_SYNC_MODELS] =
    "SELECT 'sync ' || s.id || ': it has no model' FROM nango_sync AS s"
    " WHERE NOT EXISTS (SELECT 1 FROM nango_sync_model AS m WHERE m.sync = s.id AND m.position IS NOT NULL)"
    " UNION ALL SELECT 'sync ' || m.sync || ', model ' || m.model || ': there is no such sync'"
    " FROM nango_sync_model AS m WHERE NOT EXISTS (SELECT 1 FROM nango_sync AS s"
    "  WHERE s.id = m.sync AND s.provider_config_key = m.provider_config_key)",

  [CHECK_INSTANCE_OWNER] =
    "SELECT 'instance ' || i.id || ': ' ||"
    "  CASE WHEN c.id IS NULL THEN 'there is no connection ' || i.connection"
    "   WHEN s.id IS NULL THEN 'there is no sync ' || i.sync"
    "   ELSE 'its connection and its sync are of two integrations' END"
    " FROM nango_instance AS i LEFT JOIN nango_connection AS c ON c.id = i.connection"
    "  LEFT JOIN nango_sync AS s ON s.id = i.sync"
    " WHERE c.id IS NULL OR s.id IS NULL OR c.provider_config_key <> s.provider_config_key ORDER BY i.id",

  [CHECK_INSTANCE_BASE] =
    "SELECT 'connection ' || c.id || ', sync ' || s.id || ': there is no base instance'"
    " FROM nango_sync AS s JOIN nango_connection AS c ON c.provider_config_key = s.provider_config_key"
    " WHERE NOT EXISTS (SELECT 1 FROM nango_instance AS i"
    "  WHERE i.connection = c.id AND i.sync = s.id AND i.variant = 'base')",

  [CHECK_INSTANCE_RUN] =
    "SELECT 'instance ' || id || ': ' || CASE WHEN run NOT BETWEEN 1 AND (SELECT last_run FROM nango_store)"
    "   THEN 'its run was never begun' WHEN started_at IS NULL THEN 'its run has no start'"
    "   ELSE 'its run is in progress elsewhere too' END"
    " FROM nango_instance AS i WHERE run IS NOT NULL AND (started_at IS NULL"
    "  OR run NOT BETWEEN 1 AND (SELECT last_run FROM nango_store)"
    "  OR run IN (SELECT run FROM nango_instance WHERE run IS NOT NULL GROUP BY run HAVING count(*) > 1))"
    " ORDER BY id",

  [CHECK_INSTANCE_WAKE] =
    "SELECT 'instance ' || id || ': wake_at is ' || coalesce(wake_at, 'null') || ', and should be '"
    "  || CASE WHEN run IS NULL THEN coalesce(due_at, 'null') ELSE 'the end of a lease' END"
    " FROM nango_instance WHERE CASE WHEN run IS NULL THEN wake_at IS NOT due_at ELSE wake_at IS NULL END"
    " ORDER BY id",

  [CHECK_INSTANCE_DUE] =
    "SELECT 'instance ' || id || ': due_at is ' || coalesce(due_at, 'null') || ', is_paused ' || is_paused"
    "  || ', is_triggered ' || is_triggered"
    " FROM nango_instance WHERE (due_at IS NULL) <> (is_paused AND NOT is_triggered) ORDER BY id",

  [CHECK_INSTANCE_STATE] =
    "SELECT 'instance ' || id || ': its state is none that there is' FROM nango_instance"
    " WHERE is_paused NOT IN (0, 1) OR is_triggered NOT IN (0, 1) OR is_initial NOT IN (0, 1)"
    "  OR has_succeeded NOT IN (0, 1) OR latest NOT BETWEEN 0 AND 3 OR (latest = 0) <> (finished_at IS NULL)"
    "  OR (frequency IS NULL) <> (interval IS NULL) ORDER BY id",

  [CHECK_RESULT] =
    "SELECT 'instance ' || r.instance || ', model ' || r.model || ': ' ||"
    "  CASE WHEN i.id IS NULL THEN 'a result, but no such instance' ELSE 'a result below 0' END"
    " FROM nango_result AS r LEFT JOIN nango_instance AS i ON i.id = r.instance"
    " WHERE i.id IS NULL OR NOT (r.added >= 0 AND r.updated >= 0 AND r.deleted >= 0)"
    " ORDER BY r.instance, r.position",

  [NAMES_OF_CONNECTIONS] =
    "SELECT id, provider_config_key, connection_id, metadata FROM nango_connection ORDER BY id",

  [NAMES_OF_COLLECTIONS] =
    "SELECT id, model, variant FROM nango_collection WHERE NOT is_removed ORDER BY id",

  [IDENTITIES_OF_COLLECTION] =
    "SELECT id, number FROM nango_identity WHERE collection = :collection ORDER BY id",

  [SEEN_OF_ALL] =
    "SELECT s.collection, s.chunk, s.bits, c.numbers"
    " FROM nango_seen AS s JOIN nango_collection AS c ON c.id = s.collection"
    " ORDER BY s.collection, s.chunk",

  [NAMES_OF_SYNCS] =
    "SELECT s.id, s.provider_config_key, s.name, s.frequency, s.interval, m.model"
    " FROM nango_sync AS s JOIN nango_sync_model AS m ON m.sync = s.id ORDER BY s.id, m.position",

  [NAMES_OF_INSTANCES] =
    "SELECT id, variant, frequency, interval, checkpoint, checkpoint_before, executed FROM nango_instance"
    " ORDER BY id",

  /* ---- the environment ---- */

  [ENVIRONMENT_LIST] = "SELECT name, value FROM nango_environment ORDER BY name",

  [ENVIRONMENT_GET] = "SELECT value FROM nango_environment WHERE name = :name",

  [ENVIRONMENT_PUT] = "INSERT OR REPLACE INTO nango_environment (name, value) VALUES (:name, :value)",

  [ENVIRONMENT_REMOVE] = "DELETE FROM nango_environment WHERE name = :name",
};

static const char *sql_text(statement_id id) {
  return statements[id];
}
