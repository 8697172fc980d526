#include "database/sql.h"

_Static_assert(ROW_KEY_SEQUENCE_BITS == 38 && ROW_KEY_STATE_BITS == 3 && STATE_COUNT == 6 &&
                 STATE_PRUNED == 3 && ROW_KEY_COLLECTION_MAX == 4194303 &&
                 ROW_KEY_SEQUENCE_MAX == 274877906943,
               "the statements on invariants take keys apart");

#define SQL_4(text) text ", " text ", " text ", " text
#define SQL_16(text) SQL_4(text) ", " SQL_4(text) ", " SQL_4(text) ", " SQL_4(text)

/* clang-format off */
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
  [PRAGMA_SCHEMA_CHANGES] = "PRAGMA main.schema_version",
  [PRAGMA_NORMAL] = "PRAGMA main.synchronous = NORMAL",
  [PRAGMA_FULL] = "PRAGMA main.synchronous = FULL",

  /* TABLES_APPLICATION_ID: a pragma takes no parameter. */
  [PRAGMA_APPLICATION_ID] = "PRAGMA main.application_id = 1313752908",

  [SCHEMA_COUNT_OURS] =
    "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = 'nango_store'",
  [SCHEMA_COUNT_ALL] = "SELECT count(*) FROM main.sqlite_master",
  [SCHEMA_STORE_PAGE] =
    "SELECT rootpage FROM main.sqlite_master WHERE type = 'table' AND name = 'nango_store'",
  [SCHEMA_COUNT_TEMPORARY] =
    "SELECT count(*) FROM sqlite_temp_master"
    " WHERE tbl_name >= 'nango_' COLLATE NOCASE AND tbl_name < 'nango`' COLLATE NOCASE",
  [SCHEMA_VERSION_READ] = "SELECT version FROM main.nango_store",
  [SCHEMA_VERSION_WRITE] = "UPDATE main.nango_store SET version = :version",
  [STORE_INSERT] =
    "INSERT INTO main.nango_store (version, as_nango, last_stamp, key0, key1, last_run, clock)"
    " VALUES (:version, :as_nango, 0, :key0, :key1, 0, 0)",
  [STORE_MODE] = "SELECT as_nango FROM main.nango_store",

  /* ---- the store's one row ---- */

  [STORE_READ] = "SELECT last_stamp, key0, key1 FROM main.nango_store",
  [STORE_HOLD] = "SELECT version FROM main.nango_store",
  [STORE_SET_STAMP] = "UPDATE main.nango_store SET last_stamp = :last_stamp",

  /* ---- connections ---- */

  [CONNECTION_FIND] =
    "SELECT id FROM main.nango_connection"
    " WHERE provider_config_key = :provider_config_key AND connection_id = :connection_id",

  [INTEGRATION_FIND] =
    "SELECT 1 FROM main.nango_connection WHERE provider_config_key = :provider_config_key"
    " UNION ALL SELECT 1 FROM main.nango_sync WHERE provider_config_key = :provider_config_key LIMIT 1",

  [CONNECTION_OF_INTEGRATION] =
    "SELECT id, connection_id FROM main.nango_connection"
    " WHERE provider_config_key = :provider_config_key ORDER BY connection_id",

  [CONNECTION_ALL] = "SELECT id FROM main.nango_connection ORDER BY provider_config_key, connection_id",

  [CONNECTION_OF_NAME] =
    "SELECT id FROM main.nango_connection WHERE connection_id = :connection_id ORDER BY provider_config_key",

  [CONNECTION_GET] =
    "SELECT id, provider_config_key, connection_id, metadata, created_at, updated_at FROM "
    "main.nango_connection"
    " WHERE id = :id",

  [CONNECTION_SET_METADATA] =
    "UPDATE main.nango_connection SET metadata = :metadata, updated_at = :now WHERE id = :id",

  /* The youngest first; a NULL is no condition. */
  [CONNECTION_SEARCH] =
    "SELECT id, provider_config_key FROM main.nango_connection"
    " WHERE (:connection_id IS NULL OR connection_id = :connection_id)"
    "  AND (:search IS NULL OR instr(lower(connection_id), lower(:search)) > 0)"
    " ORDER BY created_at DESC, id DESC",

  [CONNECTION_INSERT] =
    "INSERT INTO main.nango_connection (provider_config_key, connection_id, created_at, updated_at)"
    " VALUES (:provider_config_key, :connection_id, :now, :now)",

  /* ---- collections ---- */

  [COLLECTION_FIND] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at, window_live"
    " FROM main.nango_collection WHERE connection = :connection AND variant = :variant AND model = :model",

  [COLLECTION_BY_ID] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at, window_live"
    " FROM main.nango_collection WHERE id = :id",

  /* Those of a connection by name. */
  [COLLECTION_LIST] =
    "SELECT c.id, n.provider_config_key, n.connection_id, c.model, c.variant"
    " FROM main.nango_connection AS n JOIN main.nango_collection AS c ON c.connection = n.id"
    " WHERE n.id = :connection ORDER BY c.model, c.variant <> 'base', c.variant",

  /* The collection whose oldest payload is the oldest, if that is not after :until. */
  [COLLECTION_OLDEST] =
    "SELECT id FROM main.nango_collection WHERE oldest_payload_at <= :until ORDER BY "
    "oldest_payload_at LIMIT 1",

  /* The stamp of the latest change: the last record of each state has the greatest of that state. */
#define COLLECTION_LAST_SQL(state)                                                                            \
    "SELECT * FROM (SELECT last_modified_at FROM main.nango_record WHERE key >= (:id << 3 | " \
    "" state ") << 38" \
    "  AND key < (:id << 3 | " state ") + 1 << 38 ORDER BY key DESC LIMIT 1)"
  [COLLECTION_CHANGED_AT] =
    "SELECT max(last_modified_at) FROM (" COLLECTION_LAST_SQL("0") " UNION ALL " COLLECTION_LAST_SQL("1")
    " UNION ALL " COLLECTION_LAST_SQL("2") " UNION ALL " COLLECTION_LAST_SQL("3")
    " UNION ALL " COLLECTION_LAST_SQL("4") " UNION ALL " COLLECTION_LAST_SQL("5") ")",

  /* The least number that no collection has. */
  [COLLECTION_FREE_ID] =
    "SELECT min(n) FROM (SELECT 1 AS n UNION ALL SELECT id + 1 FROM main.nango_collection)"
    " WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = n)",

  [COLLECTION_SET_ID] = "UPDATE main.nango_collection SET id = :new_id WHERE id = :id",

  [COLLECTION_INSERT] =
    "INSERT INTO main.nango_collection (connection, variant, model, sequence, numbers,"
    "  added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, bytes)"
    " VALUES (:connection, :variant, :model, 0, 0, 0, 0, 0, 0, 0, 0, 0)",

  [COLLECTION_UPDATE] =
    "UPDATE main.nango_collection SET sequence = :sequence, numbers = :numbers,"
    "  added = :added, updated = :updated, deleted = :deleted,"
    "  pruned_added = :pruned_added, pruned_updated = :pruned_updated, pruned_deleted = :pruned_deleted,"
    "  bytes = :bytes, window_opened_at = :window_opened_at, window_live = :window_live"
    " WHERE id = :id",

  /* By itself: naming the column writes its index, changed or not. */
  [COLLECTION_UPDATE_AGE] =
    "UPDATE main.nango_collection SET oldest_payload_at = :oldest_payload_at WHERE id = :id",

  /* ---- identities: from ids to numbers ---- */

  [IDENTITY_FIND] = "SELECT number FROM main.nango_identity WHERE collection = :collection AND id = :id",

  /* The identity with an id and those behind it. */
  [IDENTITIES_AT] =
    "SELECT id, number FROM main.nango_identity WHERE collection = :collection AND id >= :id ORDER BY id",

  /* Those of LOOKUP_GROUP ids; the cursor stays open from one to the next. */
  [IDENTITIES_OF_GROUP] =
    "WITH wanted (id) AS (VALUES " SQL_16("(?)") ")"
    " SELECT i.id, i.number FROM wanted CROSS JOIN main.nango_identity AS i"
    " WHERE i.collection = ? AND i.id = wanted.id",

  [IDENTITY_INSERT] =
    "INSERT INTO main.nango_identity (collection, id, number) VALUES (:collection, :id, :number)",

  /* The same for IDENTITY_GROUP of them. OR FAIL: what fails takes the call back, so SQLite need not keep a journal of
  ** each statement. */
  [IDENTITY_INSERT_GROUP] =
    "INSERT OR FAIL INTO main.nango_identity (collection, id, number) VALUES " SQL_16("(?, ?, ?)"),

  /* ---- entries: what is known of records without reading them ---- */

  [ENTRY_GET] = "SELECT entries FROM main.nango_entry WHERE key = :key",
  [ENTRY_PUT] = "INSERT OR REPLACE INTO main.nango_entry (key, entries) VALUES (:key, :entries)",

  [ALTERNATE_GET] = "SELECT alternates FROM main.nango_alternate WHERE key = :key",
  [ALTERNATE_PUT] = "INSERT OR REPLACE INTO main.nango_alternate (key, alternates) VALUES (:key, "
    ":alternates)",

  /* ---- records ---- */

  [RECORD_GET] =
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload, deleted_at, writer"
    " FROM main.nango_record WHERE key = :key",

  [RECORD_INSERT] =
    "INSERT INTO main.nango_record (key, id, number, last_modified_at, writer, payload)"
    " VALUES (:key, :id, :number, :last_modified_at, :writer, :payload)",

  /* The same for RECORD_GROUP of them. OR FAIL as above. */
  [RECORD_INSERT_GROUP] =
    "INSERT OR FAIL INTO main.nango_record (key, id, number, last_modified_at, writer, payload)"
    " VALUES " SQL_16("(?, ?, ?, ?, ?, ?)"),

  /* A new payload for a live record. */
  [RECORD_CHANGE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, "
    "payload = :payload,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at), pruned_at = NULL"
    " WHERE key = :key AND number = :number",

  /* A deleted record is added again. */
  [RECORD_REVIVE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, "
    "payload = :payload,"
    "  first_seen_at = NULL, pruned_at = NULL, deleted_at = NULL"
    " WHERE key = :key AND number = :number",

  /* The payload stays, and so does its having been pruned. */
  [RECORD_DELETE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at)"
    " WHERE key = :key AND number = :number",

  /* The given payload becomes the last one. */
  [RECORD_DELETE_WITH] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, "
    "payload = :payload,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at), pruned_at = NULL, deleted_at = NULL"
    " WHERE key = :key AND number = :number",

  [RECORD_SET_DELETED_AT] = "UPDATE main.nango_record SET deleted_at = :deleted_at WHERE key = :key",

  /* Another text for the same value: a pruned payload comes back, or the id's type changed. */
  [RECORD_RESTORE] =
    "UPDATE main.nango_record SET key = :new_key, payload = :payload, pruned_at = NULL"
    " WHERE key = :key AND number = :number",

  [RECORD_PRUNE] =
    "UPDATE main.nango_record SET key = :new_key, payload = :stub, pruned_at = :pruned_at"
    " WHERE key = :key AND number = :number",

  [RECORD_FIRST] =
    "SELECT key, last_modified_at, id FROM main.nango_record WHERE key >= :from AND key < :to"
    " ORDER BY key LIMIT 1",

  [RECORD_LAST] = "SELECT max(key) FROM main.nango_record WHERE key >= :from AND key < :to",

#define FEED_STATE_SQL(columns)                                                                 \
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload" columns       \
    " FROM main.nango_record WHERE key >= :from AND key < :to ORDER BY key"
  [FEED_STATE] = FEED_STATE_SQL(""),
  [FEED_STATE + 1] = FEED_STATE_SQL(""),
  [FEED_STATE + 2] = FEED_STATE_SQL(", deleted_at"),
  [FEED_STATE + 3] = FEED_STATE_SQL(""),
  [FEED_STATE + 4] = FEED_STATE_SQL(""),
  [FEED_STATE + 5] = FEED_STATE_SQL(", deleted_at"),

  /* ---- delete windows ---- */

  [SEEN_GET] = "SELECT bits FROM main.nango_seen WHERE collection = :collection AND chunk = :chunk",

  [SEEN_PUT] =
    "INSERT OR REPLACE INTO main.nango_seen (collection, chunk, bits) VALUES (:collection, :chunk, :bits)",

  [SEEN_CLEAR] = "DELETE FROM main.nango_seen WHERE collection = :collection",

  /* ---- syncs ---- */

#define SYNC_LIST_COLUMNS                                                                           \
    "SELECT id, provider_config_key, name, frequency, start_at, manual_start, max_delete_percent," \
    "  max_retries, retry_after_s, local_time FROM main.nango_sync"
  [SYNC_LIST] = SYNC_LIST_COLUMNS " ORDER BY provider_config_key, name",

  [SYNC_OF_INTEGRATION_LIST] =
    SYNC_LIST_COLUMNS " WHERE provider_config_key = :provider_config_key ORDER BY name",

  [SYNC_FIND] =
    "SELECT id, interval, start_at, manual_start, max_delete_percent, local_time FROM main.nango_sync"
    " WHERE provider_config_key = :provider_config_key AND name = :name",

  [SYNC_GET] =
    "SELECT id, interval, start_at, manual_start, max_delete_percent, local_time FROM main.nango_sync"
    " WHERE id = :id",

  [SYNC_INSERT] =
    "INSERT INTO main.nango_sync (frequency, interval, start_at, manual_start, max_delete_percent,"
    "  max_retries, retry_after_s, local_time, provider_config_key, name)"
    " VALUES (:frequency, :interval, :start_at, :manual_start, :max_delete_percent,"
    "  :max_retries, :retry_after_s, :local_time, :provider_config_key, :name)",

  [SYNC_UPDATE] =
    "UPDATE main.nango_sync SET frequency = :frequency, interval = :interval, start_at = :start_at,"
    "  manual_start = :manual_start, max_delete_percent = :max_delete_percent,"
    "  max_retries = :max_retries, retry_after_s = :retry_after_s, local_time = :local_time"
    " WHERE provider_config_key = :provider_config_key AND name = :name",

  [SYNC_RENAME] = "UPDATE main.nango_sync SET name = :name WHERE id = :id",

  [SYNC_DELETE] = "DELETE FROM main.nango_sync WHERE id = :id",

  [SYNC_MODELS_DELETE] = "DELETE FROM main.nango_sync_model WHERE sync = :sync",

  [SYNC_OF_INTEGRATION] =
    "SELECT id FROM main.nango_sync WHERE provider_config_key = :provider_config_key ORDER BY id",

  [SYNC_MODELS_LEAVE] = "UPDATE main.nango_sync_model SET position = NULL WHERE sync = :sync",

  /* The sync that a model belongs to, or belonged to when it left its definition. */
  [SYNC_MODEL_OWNER] =
    "SELECT m.sync, m.position IS NOT NULL, s.name FROM main.nango_sync_model AS m"
    "  JOIN main.nango_sync AS s ON s.id = m.sync"
    " WHERE m.provider_config_key = :provider_config_key AND m.model = :model",

  [SYNC_MODEL_PUT] =
    "INSERT OR REPLACE INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " VALUES (:provider_config_key, :model, :sync, :position)",

  [SYNC_MODEL_FIND] =
    "SELECT 1 FROM main.nango_sync_model WHERE sync = :sync AND model = :model AND position IS NOT NULL",

  [SYNC_MODELS] =
    "SELECT model FROM main.nango_sync_model WHERE sync = :sync AND position IS NOT NULL ORDER BY position",

  /* The collections of a model whose delete windows are open. */
  [COLLECTION_WITH_WINDOW] =
    "SELECT k.id FROM main.nango_connection AS c JOIN main.nango_collection AS k ON k.connection = c.id"
    " WHERE c.provider_config_key = :provider_config_key AND k.model = :model"
    "  AND k.window_opened_at IS NOT NULL",

  /* ---- instances and their runs ---- */

  [INSTANCE_FIND] =
    "SELECT id FROM main.nango_instance WHERE connection = :connection AND sync = :sync AND variant "
    "= :variant",

  [INSTANCE_GET] =
    "SELECT i.id, i.connection, i.sync, i.created_at, s.start_at, coalesce(i.interval, s.interval), i.interval,"
    "  s.local_time, s.max_retries, s.retry_after_s,"
    "  i.is_paused, i.slot_at, i.asked, i.asked_at, i.again_at, i.runs_again, i.may_repeat, i.retries, i.expired,"
    "  i.allows_deletes, i.run, i.lease_until, i.run_allows_deletes, i.started_at, i.finished_at, i.latest,"
    "  i.is_initial, i.has_succeeded,"
    "  i.wake_at, i.token, coalesce(i.progress_done, -1), i.progress_total, i.latest_run, i.succeeded_run,"
    "  i.error_at"
    " FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync WHERE i.id = :id",

  [INSTANCE_NAMES] =
    "SELECT s.provider_config_key, c.connection_id, s.name, i.variant, coalesce(i.frequency, s.frequency),"
    "  i.checkpoint, i.checkpoint_before, i.error_type, i.error_description"
    " FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync"
    "  JOIN main.nango_connection AS c ON c.id = i.connection"
    " WHERE i.id = :id",

  [INSTANCE_INSERT] =
    "INSERT INTO main.nango_instance (connection, sync, variant, created_at, idle_since, is_paused, "
    "slot_at, wake_at,"
    "  asked, runs_again, may_repeat, retries, expired, allows_deletes, run_allows_deletes,"
    "  latest, is_initial, has_succeeded, latest_run, succeeded_run)"
    " VALUES (:connection, :sync, :variant, :created_at, :created_at, :is_paused, :slot_at, :wake_at,"
    "  0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)",

  [INSTANCE_SAVE] =
    "UPDATE main.nango_instance SET is_paused = :is_paused, slot_at = :slot_at, asked = :asked, "
    "asked_at = :asked_at,"
    "  again_at = :again_at, runs_again = :runs_again, may_repeat = :may_repeat, retries = :retries,"
    "  expired = :expired, allows_deletes = :allows_deletes, run = :run, lease_until = :lease_until,"
    "  run_allows_deletes = :run_allows_deletes, started_at = :started_at, finished_at = :finished_at,"
    "  latest = :latest, is_initial = :is_initial, has_succeeded = :has_succeeded,"
    "  token = :token,"
    "  latest_run = :latest_run, succeeded_run = :succeeded_run"
    " WHERE id = :id",

  /* Apart, because setting a column writes its index, even where the value stays. */
  [INSTANCE_SET_WAKE] =
    "UPDATE main.nango_instance SET wake_at = :wake_at WHERE id = :id AND wake_at IS NOT :wake_at",

  [INSTANCE_SET_ERROR] =
    "UPDATE main.nango_instance SET error_type = :error_type, error_description = :error_description,"
    "  error_at = :error_at WHERE id = :id",

  [INSTANCE_SET_PROGRESS] =
    "UPDATE main.nango_instance SET progress_done = :done, progress_total = :total WHERE id = :id",

  [INSTANCE_CLEAR_PROGRESS] =
    "UPDATE main.nango_instance SET progress_done = NULL, progress_total = NULL"
    " WHERE id = :id AND progress_done IS NOT NULL",

  [INSTANCE_DELETE] = "DELETE FROM main.nango_instance WHERE id = :id",

  [INSTANCE_OF_CONNECTION] =
    "SELECT id FROM main.nango_instance WHERE connection = :connection ORDER BY sync, variant <> "
    "'base', variant",

  [INSTANCE_OF_SYNC] =
    "SELECT i.id FROM main.nango_connection AS c"
    "  JOIN main.nango_instance AS i ON i.connection = c.id AND i.sync = :sync"
    " WHERE c.provider_config_key = :provider_config_key ORDER BY i.id",

  [INSTANCE_COUNT_VARIANTS] =
    "SELECT variants FROM main.nango_instance"
    " WHERE connection = :connection AND sync = :sync AND variant = 'base'",

  /* At the base beside a variant; none where the instance is a base itself. */
  [INSTANCE_ADD_VARIANTS] =
    "UPDATE main.nango_instance SET variants = variants + :more WHERE variant = 'base' AND (connection, sync) ="
    " (SELECT connection, sync FROM main.nango_instance WHERE id = :id AND variant <> 'base')",

  [INSTANCE_IN_PROGRESS] = "SELECT id FROM main.nango_instance WHERE run IS NOT NULL ORDER BY id",

  [INSTANCE_ALL] = "SELECT id FROM main.nango_instance ORDER BY id",

  /* Of the instances that have not run, nor changed as far as is known, for the time that retention gives them
  ** and for two of their intervals: the one that has rested the longest. */
  [INSTANCE_IDLE] =
    "SELECT i.id, i.idle_since FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync"
    " WHERE i.idle_since <= :until AND i.idle_since <= :now - 2 * coalesce(i.interval, s.interval)"
    "  AND (i.run IS NULL OR i.lease_until <= :now)"
    " ORDER BY i.idle_since LIMIT 1",

  [INSTANCE_SET_FREQUENCY] =
    "UPDATE main.nango_instance SET frequency = :frequency, interval = :interval WHERE id = :id",

  [INSTANCE_SET_CHECKPOINT] =
    "UPDATE main.nango_instance SET checkpoint = :checkpoint WHERE id = :id",

  [INSTANCE_BEGIN_CHECKPOINT] =
    "UPDATE main.nango_instance SET checkpoint_before = checkpoint"
    " WHERE id = :id AND checkpoint_before IS NOT checkpoint",

  [INSTANCE_SET_IDLE] = "UPDATE main.nango_instance SET idle_since = :idle_since WHERE id = :id",

  /* Within a day it is right enough, and an index less is written for each run. */
  [INSTANCE_STIR] =
    "UPDATE main.nango_instance SET idle_since = :now"
    " WHERE id = :id AND (idle_since IS NULL OR idle_since NOT BETWEEN :now - 86400000000 AND :now)",

  /* No row: the run is not the instance's any more. */
  [INSTANCE_LEASE] = "SELECT lease_until FROM main.nango_instance WHERE id = :id AND run = :run",

  /* Changes no row where the run is not the instance's any more, or its lease has ended. */
  [INSTANCE_EXTEND_LEASE] =
    "UPDATE main.nango_instance SET lease_until = :lease_until WHERE id = :id AND run = :run AND "
    "lease_until > :now",

  /* The collections that an instance fills, and those that it filled before their models left the
  ** definition. */
  [INSTANCE_COLLECTIONS] =
    "SELECT k.id FROM main.nango_instance AS i JOIN main.nango_sync_model AS m ON m.sync = i.sync"
    " JOIN main.nango_collection AS k ON k.connection = i.connection AND k.variant = i.variant"
    "  AND k.model = m.model"
    " WHERE i.id = :id ORDER BY k.id",

  /* What the scheduler must look at, from a place in the order of time on. */
  [INSTANCE_WAKE_NEXT] =
    "SELECT i.id, i.wake_at, i.run, i.lease_until, i.token, s.provider_config_key, s.name"
    " FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync"
    " WHERE i.wake_at >= :from AND i.wake_at <= :until AND (i.wake_at > :from OR i.id > :after_id)"
    " ORDER BY i.wake_at, i.id",

  /* Seconds that local time is ahead of UTC, by the C library. */
  [LOCAL_OFFSET] = "SELECT strftime('%s', :second, 'unixepoch', 'localtime') - :second",

  /* ---- results: what runs have changed; of the models of the definition ---- */

  [RESULT_CLEAR] = "DELETE FROM main.nango_result WHERE instance = :instance",

  /* Those whose models another sync has taken over. */
  [RESULT_CLEAR_STRAYS] =
    "DELETE FROM main.nango_result WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i JOIN "
    "main.nango_sync_model AS m"
    "  ON m.sync = i.sync AND m.model = nango_result.model WHERE i.id = nango_result.instance)",

  /* Counts of an earlier run begin anew, and so does changed_after where a run has succeeded since. */
  [RESULT_ADD] =
    "UPDATE main.nango_result SET added = :added + CASE WHEN run = :run THEN added ELSE 0 END,"
    "  updated = :updated + CASE WHEN run = :run THEN updated ELSE 0 END,"
    "  deleted = :deleted + CASE WHEN run = :run THEN deleted ELSE 0 END,"
    "  changed_after = CASE WHEN run > :succeeded_run THEN changed_after ELSE :changed_after END, run = :run"
    " WHERE instance = :instance AND model = :model",

  [RESULT_INSERT] =
    "INSERT INTO main.nango_result (added, updated, deleted, run, changed_after, instance, model)"
    " VALUES (:added, :updated, :deleted, :run, :changed_after, :instance, :model)",

  [RESULT_LIST] =
    "SELECT m.model, CASE WHEN r.run = :run THEN r.added ELSE 0 END,"
    "  CASE WHEN r.run = :run THEN r.updated ELSE 0 END, CASE WHEN r.run = :run THEN r.deleted ELSE 0 END,"
    "  CASE WHEN r.run > :succeeded_run THEN r.changed_after ELSE 0 END"
    " FROM main.nango_sync_model AS m LEFT JOIN main.nango_result AS r ON r.instance = :instance "
    "AND r.model = m.model"
    " WHERE m.sync = :sync AND m.position IS NOT NULL ORDER BY m.position",

  /* ---- the runs that ended last ---- */

  [RUN_INSERT] =
    "INSERT INTO main.nango_run (instance, number, started_at, finished_at, result, is_initial, error_type,"
    "  error_description, results, checkpoint_from, checkpoint_to)"
    " VALUES (:instance, :number, :started_at, :finished_at, :result, :is_initial, :error_type,"
    "  :error_description, :results, :checkpoint_from, :checkpoint_to)",

  [RUN_TRIM] =
    "DELETE FROM main.nango_run WHERE instance = :instance AND number <= (SELECT number FROM main.nango_run"
    " WHERE instance = :instance ORDER BY number DESC LIMIT 1 OFFSET :keep)",

  [RUN_LIST] =
    "SELECT number, started_at, finished_at, result, is_initial, error_type, error_description, results,"
    "  checkpoint_from, checkpoint_to"
    " FROM main.nango_run WHERE instance = :instance ORDER BY number DESC LIMIT :limit",

  [RUN_CLEAR] = "DELETE FROM main.nango_run WHERE instance = :instance",

  /* ---- numbers and the clock of the schedule ---- */

  [STORE_NEXT_RUN] = "UPDATE main.nango_store SET last_run = last_run + :step",
  [STORE_RUN] = "SELECT last_run FROM main.nango_store",
  [STORE_CLOCK] = "SELECT clock FROM main.nango_store",
  [STORE_SET_CLOCK] = "UPDATE main.nango_store SET clock = :clock",
  [STORE_KEEP_CLOCK] = "UPDATE main.nango_store SET clock = :clock WHERE clock < :clock - :tolerance",

  /* ---- removing for good ---- */

  [COLLECTION_OF_CONNECTION] = "SELECT id FROM main.nango_collection WHERE connection = :connection "
    "ORDER BY id",
  [COLLECTION_REMOVE] = "DELETE FROM main.nango_collection WHERE id = :id",
  [COLLECTION_TAKE_AWAY] =
    "UPDATE main.nango_collection SET connection = NULL, is_removed = 1, oldest_payload_at = NULL "
    "WHERE id = :id",

  /* One whose rows are still to be freed, by the index on connections. */
  [COLLECTION_TAKEN_AWAY] = "SELECT id FROM main.nango_collection WHERE connection IS NULL LIMIT 1",

  /* The last :limit rows of a collection in each table. What was written last lies at the end of the file, most
  ** often, and is given back from there. */
  [RECORDS_FREE] =
    "DELETE FROM main.nango_record WHERE key IN (SELECT key FROM main.nango_record"
    "  WHERE key >= :collection << 41 AND key < :collection + 1 << 41 ORDER BY key DESC LIMIT :limit)",

  [IDENTITIES_FREE] =
    "DELETE FROM main.nango_identity WHERE collection = :collection AND id IN (SELECT id FROM "
    "main.nango_identity"
    "  WHERE collection = :collection ORDER BY id DESC LIMIT :limit)",

  [ENTRIES_FREE] =
    "DELETE FROM main.nango_entry WHERE key IN (SELECT key FROM main.nango_entry"
    "  WHERE key >= :collection << 32 AND key < :collection + 1 << 32 ORDER BY key DESC LIMIT :limit)",

  [ALTERNATES_FREE] =
    "DELETE FROM main.nango_alternate WHERE key IN (SELECT key FROM main.nango_alternate"
    "  WHERE key >= :collection << 32 AND key < :collection + 1 << 32 ORDER BY key DESC LIMIT :limit)",

  [SEEN_FREE] =
    "DELETE FROM main.nango_seen WHERE collection = :collection AND chunk IN (SELECT chunk FROM "
    "main.nango_seen"
    "  WHERE collection = :collection ORDER BY chunk DESC LIMIT :limit)",

  [CONNECTION_DELETE] = "DELETE FROM main.nango_connection WHERE id = :id",

  /* ---- invariants: each selects a sentence for every place where it is broken (api/check.c lists them) ---- */

#define CHECK_RECORD_PLACE "'collection ' || (r.key >> 41) || ', id ''' || r.id || ''': "
#define CHECK_IDENTITY_PLACE "'collection ' || i.collection || ', id ''' || i.id || ''': "

  /* A connection's own functions of these names would hide SQLite's: then 1. */
  [CHECK_FUNCTIONS] =
    "SELECT typeof(NULL) IS NOT 'null' OR typeof(1) IS NOT 'integer' OR typeof(0.5) IS NOT 'real'"
    " OR typeof('') IS NOT 'text' OR typeof(x'') IS NOT 'blob'"
    " OR length(NULL) IS NOT NULL OR length('a\xc3\xb6') IS NOT 2 OR length(x'010203') IS NOT 3",
  [CHECK_INTEGRITY] = "PRAGMA main.integrity_check(1)",

  [CHECK_STORE] =
    "SELECT 'nango_store has ' || n || ' rows, not 1' FROM (SELECT count(*) AS n FROM main.nango_store)"
    " WHERE n <> 1",

#define CHECK_TYPE(table, place, column, type) \
    "SELECT '" table ", ' || " place " || ': " column " is no " type "'" \
    " FROM main." table " WHERE typeof(" column ") <> '" type "'"
#define CHECK_INTEGER(table, place, column) CHECK_TYPE(table, place, column, "integer")
#define CHECK_INTEGER_OR_NULL(table, place, column) \
    CHECK_TYPE(table, place, column, "integer") " AND " column " IS NOT NULL"
  [CHECK_TYPES] =
    CHECK_TYPE("nango_store", "'its row'", "as_nango", "integer") " OR as_nango NOT IN (0, 1) UNION ALL "
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
    CHECK_INTEGER_OR_NULL("nango_record", "key", "deleted_at") " UNION ALL "
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
    " FROM main.nango_collection AS c LEFT JOIN main.nango_connection AS n ON n.id = c.connection"
    " WHERE CASE WHEN c.is_removed THEN c.connection IS NOT NULL ELSE n.id IS NULL END"
    "  OR c.id NOT BETWEEN 1 AND 4194303 OR c.is_removed NOT IN (0, 1) ORDER BY c.id",

  [CHECK_COLLECTION_RANGE] =
    "SELECT 'collection ' || id || ': ' || CASE WHEN sequence NOT BETWEEN 0 AND 274877906943"
    "   THEN 'its sequence does not fit into a key' WHEN numbers NOT BETWEEN 0 AND sequence"
    "   THEN 'more numbers were given than changes made' ELSE 'a number of its window or its bytes cannot be' END"
    " FROM main.nango_collection WHERE sequence NOT BETWEEN 0 AND 274877906943 OR numbers NOT "
    "BETWEEN 0 AND sequence"
    "  OR window_live NOT BETWEEN 0 AND numbers OR bytes < 0"
    "  OR window_opened_at NOT BETWEEN 1 AND 253402300799999999 ORDER BY id",

  [CHECK_RECORD_KEY] =
    "SELECT " CHECK_RECORD_PLACE "its key has ' ||"
    "  CASE WHEN c.id IS NULL THEN 'a collection that is not there'"
    "   WHEN (r.key >> 38 & 7) > 5 THEN 'a state that there is not' ELSE 'a sequence that was never issued' END"
    " FROM main.nango_record AS r LEFT JOIN main.nango_collection AS c ON c.id = r.key >> 41"
    " WHERE c.id IS NULL OR (r.key >> 38 & 7) > 5 OR (r.key & 274877906943) NOT BETWEEN 1 AND c.sequence"
    " ORDER BY r.key",

  [CHECK_IDENTITY_NUMBER] =
    "SELECT " CHECK_IDENTITY_PLACE "its number was never issued'"
    " FROM main.nango_identity AS i LEFT JOIN main.nango_collection AS c ON c.id = i.collection"
    " WHERE c.id IS NULL OR typeof(i.number) <> 'integer' OR i.number NOT BETWEEN 1 AND c.numbers"
    " ORDER BY i.collection, i.id",

#define CHECK_GROUP_PLACE "'collection ' || (e.key >> 32) || ', records from number ' || ((e.key & 4294967295) * 128 + 1) || ': '"
  [CHECK_ENTRY_ROW] =
    "SELECT " CHECK_GROUP_PLACE " || CASE WHEN c.id IS NULL THEN 'entries, but the collection is not there'"
    "   ELSE 'the row of their entries has not the length for these numbers' END"
    " FROM main.nango_entry AS e LEFT JOIN main.nango_collection AS c ON c.id = e.key >> 32"
    " WHERE c.id IS NULL OR (NOT c.is_removed AND (typeof(e.entries) <> 'blob'"
    "  OR length(e.entries) <> 28 * min(128, c.numbers - 128 * (e.key & 4294967295)))) ORDER BY e.key",

  [CHECK_ENTRY_ROWS] =
    "SELECT 'collection ' || id || ': some records have no entry' FROM main.nango_collection AS c"
    " WHERE NOT is_removed AND (numbers + 127) / 128 <> (SELECT count(*) FROM main.nango_entry"
    "  WHERE key >= c.id << 32 AND key < (c.id + 1) << 32) ORDER BY id",

  [CHECK_ALTERNATE_ROW] =
    "SELECT " CHECK_GROUP_PLACE " || CASE WHEN c.id IS NULL THEN 'alternates, but the collection is not there'"
    "   ELSE 'the row of their alternates has a length that cannot be' END"
    " FROM main.nango_alternate AS e LEFT JOIN main.nango_collection AS c ON c.id = e.key >> 32"
    " WHERE c.id IS NULL OR (NOT c.is_removed AND (typeof(e.alternates) <> 'blob' OR length(e.alternates) % 20 <> 0"
    "  OR length(e.alternates) > 20 * min(128, c.numbers - 128 * (e.key & 4294967295)))) ORDER BY e.key",

#define CHECK_COUNT(name, state)                                                                              \
    "SELECT id, '" name "' AS name, " name " AS counter, (SELECT count(*) FROM " \
    "main.nango_record" \
    "  WHERE key >= (c.id << 3 | " state ") << 38 AND key < (c.id << 3 | " state ") + 1 << 38) AS records"     \
    " FROM main.nango_collection AS c WHERE NOT is_removed"
  [CHECK_COUNTS] =
    "SELECT 'collection ' || id || ': ' || name || ' is ' || counter || ', and there are ' || records FROM ("
    CHECK_COUNT("added", "0") " UNION ALL " CHECK_COUNT("updated", "1") " UNION ALL "
    CHECK_COUNT("deleted", "2") " UNION ALL " CHECK_COUNT("pruned_added", "3") " UNION ALL "
    CHECK_COUNT("pruned_updated", "4") " UNION ALL " CHECK_COUNT("pruned_deleted", "5")
    ") WHERE typeof(counter) <> 'integer' OR counter <> records",

  [CHECK_OLDEST_PAYLOAD] =
    "SELECT 'collection ' || id || ': oldest_payload_at is ' || coalesce(oldest_payload_at, 'null')"
    "  || ', and the oldest is ' || coalesce(oldest, 'null')"
    " FROM (SELECT id, oldest_payload_at, (SELECT min(last_modified_at) FROM main.nango_record"
    "   WHERE key >= c.id << 41 AND key < (c.id << 3 | 3) << 38) AS oldest"
    "  FROM main.nango_collection AS c WHERE NOT is_removed)"
    " WHERE (oldest IS NULL) <> (oldest_payload_at IS NULL) OR oldest_payload_at > oldest ORDER BY id",

  [CHECK_STAMP] =
    "SELECT " CHECK_RECORD_PLACE "its stamp was never issued'"
    " FROM main.nango_record AS r WHERE last_modified_at NOT BETWEEN 1 AND (SELECT last_stamp FROM "
    "main.nango_store)"
    " ORDER BY key",

  [CHECK_STAMP_UNIQUE] =
    "SELECT 'the stamp ' || last_modified_at || ' is there twice'"
    " FROM main.nango_record GROUP BY last_modified_at HAVING count(*) > 1",

  [CHECK_FIRST_SEEN] =
    "SELECT " CHECK_RECORD_PLACE "first_seen_at is after the stamp, or no time'"
    " FROM main.nango_record AS r WHERE first_seen_at NOT BETWEEN 1 AND last_modified_at ORDER BY key",

  [CHECK_PRUNED] =
    "SELECT " CHECK_RECORD_PLACE "pruned_at and the state disagree'"
    " FROM main.nango_record AS r WHERE (pruned_at IS NULL) <> ((key >> 38 & 7) < 3)"
    "  OR pruned_at NOT BETWEEN 1 AND 253402300799999999 ORDER BY key",

  [CHECK_DELETED] =
    "SELECT " CHECK_RECORD_PLACE "deleted_at is no time, or the record cannot have one'"
    " FROM main.nango_record AS r WHERE deleted_at IS NOT NULL AND ((r.key >> 38 & 7) % 3 <> 2"
    "  OR deleted_at NOT BETWEEN 1 AND 253402300799999999 OR (SELECT as_nango FROM main.nango_store) = 0)"
    " ORDER BY key",

  [CHECK_SEEN_WINDOW] =
    "SELECT 'collection ' || s.collection || ', chunk ' || s.chunk || ': ' ||"
    "  CASE WHEN c.id IS NULL THEN 'seen, but the collection is not there'"
    "   WHEN window_opened_at IS NULL THEN 'seen, but no window is open'"
    "   WHEN typeof(bits) <> 'blob' OR length(bits) <> 512 THEN 'the chunk has not 512 bytes'"
    "   ELSE 'such numbers were never issued' END"
    " FROM main.nango_seen AS s LEFT JOIN main.nango_collection AS c ON c.id = s.collection"
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
    CHECK_INTEGER("nango_sync", "id", "max_retries") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "retry_after_s") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "local_time") " UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "created_at") " UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "updated_at") " UNION ALL "
    CHECK_TYPE("nango_environment", "name", "value", "text"),

  [CHECK_INSTANCE_TYPES] =
    CHECK_TYPE("nango_sync_model", "sync", "model", "text") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_sync_model", "sync", "position") " UNION ALL "
    CHECK_TYPE("nango_instance", "id", "variant", "text") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "created_at") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "slot_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "asked_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "again_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "run") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "lease_until") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "token") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "wake_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "started_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "finished_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "progress_done") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "progress_total") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "error_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "idle_since") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "latest_run") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "succeeded_run") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "run") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "added") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "updated") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "deleted") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "changed_after") " UNION ALL "
    CHECK_INTEGER("nango_run", "instance", "number") " UNION ALL "
    CHECK_INTEGER("nango_run", "instance", "started_at") " UNION ALL "
    CHECK_INTEGER("nango_run", "instance", "finished_at") " UNION ALL "
    CHECK_TYPE("nango_run", "instance", "results", "text"),

  [CHECK_WRITER] =
    "SELECT " CHECK_RECORD_PLACE "its writer is a run that never was'"
    " FROM main.nango_record AS r WHERE writer NOT BETWEEN 1 AND (SELECT last_run FROM "
    "main.nango_store) ORDER BY key",

  [CHECK_SYNC_MODELS] =
    "SELECT 'sync ' || s.id || ': it has no model' FROM main.nango_sync AS s"
    " WHERE NOT EXISTS (SELECT 1 FROM main.nango_sync_model AS m WHERE m.sync = s.id AND m.position "
    "IS NOT NULL)"
    " UNION ALL SELECT 'sync ' || m.sync || ', model ' || m.model || ': there is no such sync'"
    " FROM main.nango_sync_model AS m WHERE NOT EXISTS (SELECT 1 FROM main.nango_sync AS s"
    "  WHERE s.id = m.sync AND s.provider_config_key = m.provider_config_key)",

  [CHECK_INSTANCE_OWNER] =
    "SELECT 'instance ' || i.id || ': ' ||"
    "  CASE WHEN c.id IS NULL THEN 'there is no connection ' || i.connection"
    "   WHEN s.id IS NULL THEN 'there is no sync ' || i.sync"
    "   ELSE 'its connection and its sync are of two integrations' END"
    " FROM main.nango_instance AS i LEFT JOIN main.nango_connection AS c ON c.id = i.connection"
    "  LEFT JOIN main.nango_sync AS s ON s.id = i.sync"
    " WHERE c.id IS NULL OR s.id IS NULL OR c.provider_config_key <> s.provider_config_key ORDER BY i.id",

  [CHECK_INSTANCE_BASE] =
    "SELECT 'connection ' || c.id || ', sync ' || s.id || ': there is no base instance'"
    " FROM main.nango_sync AS s JOIN main.nango_connection AS c ON c.provider_config_key = "
    "s.provider_config_key"
    " WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i"
    "  WHERE i.connection = c.id AND i.sync = s.id AND i.variant = 'base')",

  [CHECK_INSTANCE_VARIANTS] =
    "SELECT 'instance ' || id || ': variants is ' || variants || ', and there are ' || there FROM ("
    "  SELECT id, variants, CASE variant WHEN 'base' THEN (SELECT count(*) FROM main.nango_instance AS v"
    "   WHERE v.connection = i.connection AND v.sync = i.sync AND v.variant <> 'base') ELSE 0 END AS there"
    "  FROM main.nango_instance AS i) WHERE typeof(variants) <> 'integer' OR variants <> there ORDER BY id",

  [CHECK_INSTANCE_RUN] =
    "SELECT 'instance ' || id || ': ' || CASE"
    "   WHEN latest_run NOT BETWEEN 0 AND (SELECT last_run FROM main.nango_store) THEN 'its latest "
    "run was never begun'"
    "   WHEN succeeded_run NOT BETWEEN 0 AND latest_run THEN 'the run that succeeded was never begun'"
    "   WHEN run IS NOT NULL AND run IS NOT latest_run THEN 'its run in progress is not the latest'"
    "   WHEN run IS NOT NULL AND started_at IS NULL THEN 'its run has no start'"
    "   WHEN (run IS NULL) <> (lease_until IS NULL) OR (run IS NULL) <> (token IS NULL)"
    "    THEN 'only a run in progress has a lease and a holder'"
    "   WHEN run IS NULL AND (progress_done IS NOT NULL OR progress_total IS NOT NULL)"
    "    THEN 'only a run in progress has progress'"
    "   ELSE 'its run is in progress elsewhere too' END"
    " FROM main.nango_instance AS i WHERE latest_run NOT BETWEEN 0 AND (SELECT last_run FROM "
    "main.nango_store)"
    "  OR succeeded_run NOT BETWEEN 0 AND latest_run"
    "  OR (run IS NULL) <> (lease_until IS NULL) OR (run IS NULL) <> (token IS NULL)"
    "  OR (run IS NULL AND (progress_done IS NOT NULL OR progress_total IS NOT NULL))"
    "  OR (run IS NOT NULL AND (started_at IS NULL OR run <> latest_run"
    "   OR run IN (SELECT run FROM main.nango_instance WHERE run IS NOT NULL GROUP BY run HAVING "
    "count(*) > 1)))"
    " ORDER BY id",

  /* As schedule_due_at() has it. */
#define CHECK_PLANNED_AT "coalesce(again_at, slot_at)"
#define CHECK_DUE_AT                                                                                         \
    "CASE WHEN is_paused THEN asked_at WHEN again_at IS NOT NULL AND asked <> 1 THEN again_at"              \
    " WHEN asked_at < " CHECK_PLANNED_AT " THEN asked_at ELSE " CHECK_PLANNED_AT " END"
  [CHECK_INSTANCE_WAKE] =
    "SELECT 'instance ' || id || ': wake_at is ' || coalesce(wake_at, 'null') || ', and should be '"
    "  || CASE WHEN run IS NULL THEN coalesce(" CHECK_DUE_AT ", 'null') ELSE 'not after the start of its run' END"
    " FROM main.nango_instance WHERE CASE WHEN run IS NULL THEN wake_at IS NOT (" CHECK_DUE_AT ")"
    "  ELSE wake_at IS NULL OR wake_at > started_at END"
    " ORDER BY id",

  [CHECK_INSTANCE_DUE] =
    "SELECT 'instance ' || id || ': asked is ' || asked || ', asked_at ' || coalesce(asked_at, 'null')"
    "  || ', runs_again ' || runs_again"
    " FROM main.nango_instance WHERE (asked = 0) <> (asked_at IS NULL) OR (run IS NOT NULL AND asked <> 0)"
    "  OR (run IS NULL AND runs_again <> 0) OR (allows_deletes AND asked <> 1 AND NOT runs_again)"
    "  OR (run_allows_deletes AND run IS NULL) ORDER BY id",

#define CHECK_TIME(column) column " NOT BETWEEN 1 AND 253402300799999999"
  [CHECK_INSTANCE_STATE] =
    "SELECT 'instance ' || id || ': its state is none that there is' FROM main.nango_instance"
    " WHERE is_paused NOT IN (0, 1) OR is_initial NOT IN (0, 1) OR has_succeeded NOT IN (0, 1)"
    "  OR runs_again NOT IN (0, 1) OR may_repeat NOT IN (0, 1) OR allows_deletes NOT IN (0, 1)"
    "  OR run_allows_deletes NOT IN (0, 1) OR asked NOT IN (0, 1, 2, 3)"
    "  OR typeof(retries) <> 'integer' OR retries NOT BETWEEN 0 AND 100"
    "  OR typeof(expired) <> 'integer' OR expired NOT BETWEEN 0 AND 4"
    "  OR latest NOT IN (0, 1, 2, 3) OR (latest = 0) <> (finished_at IS NULL)"
    "  OR (frequency IS NULL) <> (interval IS NULL)"
    "  OR (error_type IS NULL) <> (error_at IS NULL)"
    "  OR length(cast(error_type AS BLOB)) > 8192 OR length(cast(error_description AS BLOB)) > 8192"
    "  OR created_at NOT BETWEEN 0 AND 253402300799999999 OR slot_at < 1 OR asked_at < 1 OR again_at < 1"
    "  OR lease_until < 1 OR progress_done < 0 OR progress_total < 1"
    "  OR " CHECK_TIME("started_at") " OR " CHECK_TIME("finished_at") " OR " CHECK_TIME("error_at")
    "  OR idle_since NOT BETWEEN 0 AND 253402300799999999 ORDER BY id",

  [CHECK_SYNC_STATE] =
    "SELECT 'sync ' || id || ': a number is out of range' FROM main.nango_sync"
    " WHERE manual_start NOT IN (0, 1) OR local_time NOT IN (0, 1) OR max_retries NOT BETWEEN 0 AND 100"
    "  OR retry_after_s NOT BETWEEN 1 AND 31536000 OR typeof(max_delete_percent) <> 'integer'"
    "  OR max_delete_percent NOT BETWEEN 0 AND 100 OR " CHECK_TIME("start_at") " ORDER BY id",

  [CHECK_RESULT] =
    "SELECT 'instance ' || r.instance || ', model ' || r.model || ': ' ||"
    "  CASE WHEN i.id IS NULL THEN 'a result, but no such instance'"
    "   WHEN NOT EXISTS (SELECT 1 FROM main.nango_sync_model AS m WHERE m.sync = i.sync AND m.model "
    "= r.model)"
    "    THEN 'a result, but the sync has no such model'"
    "   WHEN r.run NOT BETWEEN 1 AND i.latest_run THEN 'a result of a run that was never begun'"
    "   ELSE 'a result below 0' END"
    " FROM main.nango_result AS r LEFT JOIN main.nango_instance AS i ON i.id = r.instance"
    " WHERE i.id IS NULL OR NOT (r.added >= 0 AND r.updated >= 0 AND r.deleted >= 0 AND r.changed_after >= 0)"
    "  OR r.run NOT BETWEEN 1 AND i.latest_run"
    "  OR NOT EXISTS (SELECT 1 FROM main.nango_sync_model AS m WHERE m.sync = i.sync AND m.model = r.model)"
    " ORDER BY r.instance, r.model",

  [CHECK_KEPT_RUN] =
    "SELECT 'instance ' || r.instance || ', run ' || r.number || ': ' ||"
    "  CASE WHEN i.id IS NULL THEN 'kept, but no such instance'"
    "   WHEN r.number NOT BETWEEN 1 AND i.latest_run THEN 'kept, but it was never begun'"
    "   WHEN r.number IS i.run THEN 'kept, but it is in progress' ELSE 'its columns disagree' END"
    " FROM main.nango_run AS r LEFT JOIN main.nango_instance AS i ON i.id = r.instance"
    " WHERE i.id IS NULL OR r.number NOT BETWEEN 1 AND i.latest_run OR r.number IS i.run"
    "  OR r.result NOT IN (1, 2, 3) OR r.is_initial NOT IN (0, 1) OR (r.result = 2) <> (r.error_type IS NOT NULL)"
    "  OR length(cast(r.error_type AS BLOB)) > 8192 OR length(cast(r.error_description AS BLOB)) > 8192"
    "  OR " CHECK_TIME("r.started_at") " OR " CHECK_TIME("r.finished_at")
    " ORDER BY r.instance, r.number",

  [NAMES_OF_CONNECTIONS] =
    "SELECT id, provider_config_key, connection_id, metadata FROM main.nango_connection ORDER BY id",

  [NAMES_OF_COLLECTIONS] =
    "SELECT id, model, variant FROM main.nango_collection WHERE NOT is_removed ORDER BY id",

  [IDENTITIES_OF_COLLECTION] =
    "SELECT id, number FROM main.nango_identity WHERE collection = :collection ORDER BY id",

  [SEEN_OF_ALL] =
    "SELECT s.collection, s.chunk, s.bits, c.numbers"
    " FROM main.nango_seen AS s JOIN main.nango_collection AS c ON c.id = s.collection"
    " ORDER BY s.collection, s.chunk",

  [NAMES_OF_SYNCS] =
    "SELECT s.id, s.provider_config_key, s.name, s.frequency, s.interval, m.model"
    " FROM main.nango_sync AS s JOIN main.nango_sync_model AS m ON m.sync = s.id ORDER BY s.id, m.position",

  [NAMES_OF_INSTANCES] =
    "SELECT id, variant, frequency, interval, checkpoint, checkpoint_before FROM main.nango_instance"
    " ORDER BY id",

  /* ---- dumps: the columns and parameters have the names of members (syncs/dump_form.h); what else a row is needed
  ** for stands behind them. A NULL in the scope means all ---- */

  [DUMP_STORE] = "SELECT as_nango, last_stamp, last_run, clock, key0, key1 FROM main.nango_store",

#define DUMP_SQL_CONNECTION                                                                                    \
    "(:provider_config_key IS NULL OR c.provider_config_key = :provider_config_key)"                          \
    " AND (:connection_id IS NULL OR c.connection_id = :connection_id)"
  [DUMP_CONNECTIONS] =
    "SELECT c.provider_config_key AS provider_config_key, c.connection_id AS connection_id,"
    "  c.metadata AS metadata, c.created_at AS created_at, c.updated_at AS updated_at"
    " FROM main.nango_connection AS c WHERE " DUMP_SQL_CONNECTION
    " ORDER BY c.provider_config_key, c.connection_id",

#define DUMP_SQL_MODEL(sync)                                                                                   \
    "(:model IS NULL OR EXISTS (SELECT 1 FROM main.nango_sync_model AS m"                                     \
    "  WHERE m.sync = " sync " AND m.model = :model AND m.position IS NOT NULL))"
  [DUMP_SYNCS] =
    "SELECT s.provider_config_key AS provider_config_key, s.name AS sync, s.frequency AS frequency,"
    "  s.start_at AS start_at, s.manual_start AS manual_start, s.max_delete_percent AS max_delete_percent,"
    "  s.max_retries AS max_retries, s.retry_after_s AS retry_after_s, s.local_time AS local_time, s.id"
    " FROM main.nango_sync AS s"
    " WHERE (:provider_config_key IS NULL OR s.provider_config_key = :provider_config_key)"
    "  AND " DUMP_SQL_MODEL("s.id") " ORDER BY s.provider_config_key, s.name",

  /* Those that have left the definition come last, and belong to the metadata. */
  [DUMP_MODELS] =
    "SELECT s.provider_config_key AS provider_config_key, s.name AS sync, m.model AS model,"
    "  m.position AS position"
    " FROM main.nango_sync AS s JOIN main.nango_sync_model AS m ON m.sync = s.id"
    " WHERE s.id = :of AND (:metadata OR m.position IS NOT NULL)"
    " ORDER BY m.position IS NULL, m.position, m.model",

#define DUMP_SQL_INSTANCE_NAMES                                                                                   \
    "SELECT c.provider_config_key AS provider_config_key, c.connection_id AS connection_id, s.name AS sync,"  \
    "  i.variant AS variant"
  [DUMP_INSTANCES] =
    DUMP_SQL_INSTANCE_NAMES ", i.frequency AS frequency, i.is_paused AS is_paused, i.checkpoint AS checkpoint,"
    "  i.created_at AS created_at, i.slot_at AS slot_at, i.asked AS asked, i.asked_at AS asked_at,"
    "  i.again_at AS again_at, i.may_repeat AS may_repeat, i.retries AS retries, i.expired AS expired,"
    "  i.allows_deletes AS allows_deletes, i.started_at AS started_at, i.finished_at AS finished_at,"
    "  i.latest AS latest, i.is_initial AS is_initial, i.has_succeeded AS has_succeeded,"
    "  i.latest_run AS latest_run, i.succeeded_run AS succeeded_run,"
    "  i.checkpoint_before AS checkpoint_before, i.error_type AS error_type,"
    "  i.error_description AS error_description, i.error_at AS error_at, i.idle_since AS idle_since, i.id, i.run"
    " FROM main.nango_connection AS c CROSS JOIN main.nango_sync AS s CROSS JOIN main.nango_instance AS i"
    " WHERE s.provider_config_key = c.provider_config_key AND i.connection = c.id AND i.sync = s.id"
    "  AND " DUMP_SQL_CONNECTION " AND (:variant IS NULL OR i.variant = :variant) AND " DUMP_SQL_MODEL("s.id")
    " ORDER BY c.provider_config_key, c.connection_id, s.name, i.variant <> 'base', i.variant",

#define DUMP_SQL_INSTANCE_FROM                                                                                    \
    " FROM main.nango_instance AS i JOIN main.nango_connection AS c ON c.id = i.connection"                   \
    "  JOIN main.nango_sync AS s ON s.id = i.sync"
  [DUMP_RESULTS] =
    DUMP_SQL_INSTANCE_NAMES ", r.model AS model, r.run AS run, r.added AS added, r.updated AS updated,"
    "  r.deleted AS deleted, r.changed_after AS changed_after"
    DUMP_SQL_INSTANCE_FROM " JOIN main.nango_result AS r ON r.instance = i.id WHERE i.id = :of ORDER BY r.model",

  [DUMP_RUNS] =
    DUMP_SQL_INSTANCE_NAMES ", r.number AS number, r.started_at AS started_at, r.finished_at AS finished_at,"
    "  r.result AS result, r.is_initial AS is_initial, r.error_type AS error_type,"
    "  r.error_description AS error_description, r.results AS results,"
    "  r.checkpoint_from AS checkpoint_from, r.checkpoint_to AS checkpoint_to"
    DUMP_SQL_INSTANCE_FROM " JOIN main.nango_run AS r ON r.instance = i.id WHERE i.id = :of ORDER BY r.number",

  [DUMP_COLLECTIONS] =
    "SELECT c.provider_config_key AS provider_config_key, c.connection_id AS connection_id, k.model AS model,"
    "  k.variant AS variant, k.window_opened_at AS window_opened_at, k.window_live AS window_live, k.id"
    " FROM main.nango_connection AS c CROSS JOIN main.nango_collection AS k"
    " WHERE k.connection = c.id AND " DUMP_SQL_CONNECTION
    "  AND (:model IS NULL OR k.model = :model) AND (:variant IS NULL OR k.variant = :variant)"
    " ORDER BY c.provider_config_key, c.connection_id, k.model, k.variant <> 'base', k.variant",

  [LOAD_IS_EMPTY] =
    "SELECT NOT EXISTS (SELECT 1 FROM main.nango_connection) AND NOT EXISTS (SELECT 1 FROM main.nango_sync)",

  [LOAD_STORE] =
    "UPDATE main.nango_store SET last_stamp = :last_stamp, last_run = :last_run, clock = :clock,"
    "  key0 = :key0, key1 = :key1",

  /* OR IGNORE: a row that is there already, or whose owner is not, changes nothing, and that is looked at. */
  [LOAD_VARIABLE] = "INSERT OR IGNORE INTO main.nango_environment (name, value) VALUES (:name, :value)",

  [LOAD_CONNECTION] =
    "INSERT OR IGNORE INTO main.nango_connection (provider_config_key, connection_id, metadata, created_at,"
    "  updated_at) VALUES (:provider_config_key, :connection_id, :metadata, :created_at, :updated_at)",

  [LOAD_SYNC] =
    "INSERT OR IGNORE INTO main.nango_sync (provider_config_key, name, frequency, interval, start_at,"
    "  manual_start, max_delete_percent, max_retries, retry_after_s, local_time)"
    " VALUES (:provider_config_key, :sync, :frequency, :interval, :start_at, :manual_start,"
    "  :max_delete_percent, :max_retries, :retry_after_s, :local_time)",

  [LOAD_MODEL] =
    "INSERT OR IGNORE INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " SELECT provider_config_key, :model, id, :position FROM main.nango_sync"
    " WHERE provider_config_key = :provider_config_key AND name = :sync",

  [LOAD_INSTANCE] =
    "INSERT OR IGNORE INTO main.nango_instance (connection, sync, variant, created_at, frequency, interval,"
    "  is_paused, slot_at, asked, asked_at, again_at, runs_again, may_repeat, retries, expired,"
    "  allows_deletes, run_allows_deletes, started_at, finished_at, latest, is_initial, has_succeeded,"
    "  latest_run, succeeded_run, checkpoint, checkpoint_before, error_type, error_description, error_at,"
    "  idle_since)"
    " SELECT c.id, s.id, :variant, :created_at, :frequency, :interval, :is_paused, :slot_at, :asked, :asked_at,"
    "  :again_at, 0, :may_repeat, :retries, :expired, :allows_deletes, 0, :started_at, :finished_at, :latest,"
    "  :is_initial, :has_succeeded, :latest_run, :succeeded_run, :checkpoint, :checkpoint_before, :error_type,"
    "  :error_description, :error_at, :idle_since"
    " FROM main.nango_connection AS c JOIN main.nango_sync AS s ON s.provider_config_key = c.provider_config_key"
    " WHERE c.provider_config_key = :provider_config_key AND c.connection_id = :connection_id AND s.name = :sync",

#define LOAD_SQL_INSTANCE                                                                                      \
    DUMP_SQL_INSTANCE_FROM                                                                                        \
    " WHERE c.provider_config_key = :provider_config_key AND c.connection_id = :connection_id"                \
    "  AND s.provider_config_key = c.provider_config_key AND s.name = :sync AND i.variant = :variant"
  [LOAD_RESULT] =
    "INSERT OR IGNORE INTO main.nango_result (instance, model, run, added, updated, deleted, changed_after)"
    " SELECT i.id, :model, :run, :added, :updated, :deleted, :changed_after" LOAD_SQL_INSTANCE,

  [LOAD_RUN] =
    "INSERT OR IGNORE INTO main.nango_run (instance, number, started_at, finished_at, result, is_initial,"
    "  error_type, error_description, results, checkpoint_from, checkpoint_to)"
    " SELECT i.id, :number, :started_at, :finished_at, :result, :is_initial, :error_type, :error_description,"
    "  :results, :checkpoint_from, :checkpoint_to" LOAD_SQL_INSTANCE,

  [LOAD_COLLECTION] =
    "INSERT OR IGNORE INTO main.nango_collection (connection, variant, model, sequence, numbers,"
    "  added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, bytes)"
    " SELECT id, :variant, :model, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM main.nango_connection"
    " WHERE provider_config_key = :provider_config_key AND connection_id = :connection_id",

  [LOAD_RECORD] =
    "INSERT INTO main.nango_record (key, id, number, last_modified_at, first_seen_at, pruned_at, deleted_at,"
    "  payload) VALUES (:key, :id, :number, :last_modified_at, :first_seen_at, :pruned_at, :deleted_at, :payload)",

  /* ---- the environment ---- */

  [ENVIRONMENT_CLEAR] = "DELETE FROM main.nango_environment",

  [ENVIRONMENT_LIST] = "SELECT name, value FROM main.nango_environment ORDER BY name",

  [ENVIRONMENT_GET] = "SELECT value FROM main.nango_environment WHERE name = :name",

  [ENVIRONMENT_PUT] = "INSERT OR REPLACE INTO main.nango_environment (name, value) VALUES (:name, :value)",

  [ENVIRONMENT_REMOVE] = "DELETE FROM main.nango_environment WHERE name = :name",

  /* ---- repairs: each mends what one or more of the invariants above tell of (api/repair.c) ---- */

#define REPAIR_IS(column, low, high) \
    "(typeof(" column ") = 'integer' AND " column " BETWEEN " low " AND " high ")"
  /* To be put behind a first column and a first condition. A NULL that may be there stays. */
#define REPAIR_SET(column, low, high, otherwise) \
    ", " column " = CASE WHEN " REPAIR_IS(column, low, high) " THEN " column " ELSE " otherwise " END"
#define REPAIR_WRONG(column, low, high, otherwise) \
    " OR (" column " IS NOT " otherwise " AND NOT " REPAIR_IS(column, low, high) ")"
#define REPAIR_TIME_MAX "253402300799999999"
#define REPAIR_RUN_MAX "4611686018427387904"
#define REPAIR_END "9223372036854775807"

  [REPAIR_OBJECT] = "SELECT count(*) FROM main.sqlite_master WHERE name = :name",

  [REPAIR_TRIGGERS] =
    "SELECT name FROM main.sqlite_master"
    " WHERE type = 'trigger' AND tbl_name LIKE 'nango!_%' ESCAPE '!' ORDER BY name",

  [REPAIR_REINDEX] = "REINDEX",
  [REPAIR_REINDEX_CONNECTION] = "REINDEX main.nango_connection",
  [REPAIR_REINDEX_COLLECTION] = "REINDEX main.nango_collection",
  [REPAIR_REINDEX_SYNC] = "REINDEX main.nango_sync",
  [REPAIR_REINDEX_SYNC_MODEL] = "REINDEX main.nango_sync_model",
  [REPAIR_REINDEX_INSTANCE] = "REINDEX main.nango_instance",

  [REPAIR_STORE_ROWS] =
    "DELETE FROM main.nango_store WHERE rowid > (SELECT min(rowid) FROM main.nango_store)",

#define REPAIR_STORE_COLUMNS(X) \
    X("last_stamp", "0", REPAIR_TIME_MAX, "0") X("last_run", "0", REPAIR_RUN_MAX, "0") \
    X("clock", "0", REPAIR_TIME_MAX, "0") X("as_nango", "0", "1", "0")
  [REPAIR_STORE] =
    "UPDATE main.nango_store SET key0 = CASE typeof(key0) WHEN 'integer' THEN key0 ELSE random() END,"
    " key1 = CASE typeof(key1) WHEN 'integer' THEN key1 ELSE random() END" REPAIR_STORE_COLUMNS(REPAIR_SET)
    " WHERE typeof(key0) <> 'integer' OR typeof(key1) <> 'integer'" REPAIR_STORE_COLUMNS(REPAIR_WRONG),

  /* A stamp after :latest was hardly issued. */
#define REPAIR_MAX_STAMP \
    "(SELECT max(last_modified_at) FROM main.nango_record" \
    "  WHERE typeof(last_modified_at) = 'integer' AND last_modified_at <= :latest)"
  [REPAIR_LAST_STAMP] =
    "UPDATE main.nango_store SET last_stamp = " REPAIR_MAX_STAMP " WHERE last_stamp < " REPAIR_MAX_STAMP,

#define REPAIR_MAX_RUN \
    "(SELECT max(n) FROM (SELECT run AS n FROM main.nango_instance UNION ALL SELECT latest_run FROM main.nango_instance" \
    " UNION ALL SELECT run FROM main.nango_result UNION ALL SELECT number FROM main.nango_run)" \
    " WHERE typeof(n) = 'integer' AND n <= " REPAIR_RUN_MAX ")"
  [REPAIR_LAST_RUN] =
    "UPDATE main.nango_store SET last_run = " REPAIR_MAX_RUN " WHERE last_run < " REPAIR_MAX_RUN,

  [REPAIR_CONNECTION_TEXT] =
    "UPDATE OR IGNORE main.nango_connection SET provider_config_key = cast(provider_config_key AS TEXT),"
    "  connection_id = cast(connection_id AS TEXT), metadata = cast(metadata AS TEXT)"
    " WHERE typeof(provider_config_key) <> 'text' OR typeof(connection_id) <> 'text'"
    "  OR typeof(metadata) NOT IN ('text', 'null')",

#define REPAIR_CONNECTION_COLUMNS(X) \
    X("created_at", "0", REPAIR_TIME_MAX, ":now") X("updated_at", "0", REPAIR_TIME_MAX, ":now")
  [REPAIR_CONNECTION_TIMES] =
    "UPDATE main.nango_connection SET id = id" REPAIR_CONNECTION_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_CONNECTION_COLUMNS(REPAIR_WRONG),

  [REPAIR_CONNECTION_RENAME] =
    "UPDATE OR IGNORE main.nango_connection SET provider_config_key = :provider_config_key,"
    "  connection_id = 'connection-' || id WHERE id = :id",
  [REPAIR_CONNECTION_METADATA] = "UPDATE main.nango_connection SET metadata = NULL WHERE id = :id",

  [REPAIR_COLLECTION_IDS] = "DELETE FROM main.nango_collection WHERE id NOT BETWEEN 1 AND 4194303",

  [REPAIR_COLLECTION_TEXT] =
    "UPDATE OR IGNORE main.nango_collection SET model = cast(model AS TEXT), variant = cast(variant AS TEXT)"
    " WHERE typeof(model) <> 'text' OR typeof(variant) <> 'text'",

  [REPAIR_COLLECTION_REMOVED] =
    "UPDATE main.nango_collection SET is_removed = connection IS NULL"
    " WHERE is_removed NOT IN (0, 1) OR (is_removed AND connection IS NOT NULL)",

#define REPAIR_COLLECTION_COLUMNS(X) \
    X("numbers", "0", "274877906943", "0") X("added", "0", "numbers", "0") X("updated", "0", "numbers", "0") \
    X("deleted", "0", "numbers", "0") X("pruned_added", "0", "numbers", "0") \
    X("pruned_updated", "0", "numbers", "0") X("pruned_deleted", "0", "numbers", "0") \
    X("bytes", "0", "4611686018427387903", "0") X("window_live", "0", "numbers", "0") \
    X("oldest_payload_at", "1", REPAIR_TIME_MAX, "NULL") X("window_opened_at", "1", REPAIR_TIME_MAX, "NULL")
  [REPAIR_COLLECTION_NUMBERS] =
    "UPDATE main.nango_collection SET sequence = CASE WHEN " REPAIR_IS("sequence", "0", "274877906943")
    " THEN sequence ELSE 0 END" REPAIR_COLLECTION_COLUMNS(REPAIR_SET)
    " WHERE NOT " REPAIR_IS("sequence", "0", "274877906943") REPAIR_COLLECTION_COLUMNS(REPAIR_WRONG),

  /* Records are not removed one by one, so there are not many more numbers than records. */
  [REPAIR_COLLECTION_MANY] =
    "UPDATE main.nango_collection SET numbers = 0, sequence = 0 WHERE NOT is_removed AND numbers > 128 + 2 *"
    " (SELECT count(*) FROM main.nango_record"
    "  WHERE key BETWEEN nango_collection.id << 41 AND nango_collection.id << 41 | 2199023255551)",

  /* The counters of records are no more than the numbers, and these no more than the sequence. */
#define REPAIR_LAST_SEQUENCE \
    "max(numbers, (SELECT coalesce(max(key & 274877906943), 0) FROM main.nango_record" \
    "  WHERE key BETWEEN nango_collection.id << 41 AND nango_collection.id << 41 | 2199023255551))"
  [REPAIR_COLLECTION_SEQUENCE] =
    "UPDATE main.nango_collection SET sequence = " REPAIR_LAST_SEQUENCE " WHERE sequence < " REPAIR_LAST_SEQUENCE,

  [REPAIR_COLLECTION_COUNTS] =
    "UPDATE main.nango_collection SET added = 0, updated = 0, deleted = 0, pruned_added = 0, pruned_updated = 0,"
    "  pruned_deleted = 0, window_live = 0"
    " WHERE max(added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, window_live) > numbers",

  /* Where records have lost the row of their collection: a row without a connection. */
  [REPAIR_COLLECTION_LOST] =
    "INSERT INTO main.nango_collection (id, connection, variant, model, sequence, numbers, added, updated, deleted,"
    "  pruned_added, pruned_updated, pruned_deleted, bytes)"
    " SELECT DISTINCT key >> 41, NULL, 'base', 'Recovered', 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM main.nango_record AS r"
    " WHERE key >> 41 BETWEEN 1 AND 4194303 AND (key >> 38 & 7) < 6 AND key & 274877906943"
    "  AND NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = r.key >> 41)",

  [REPAIR_CONNECTION_LOST] =
    "INSERT OR IGNORE INTO main.nango_connection (provider_config_key, connection_id, created_at, updated_at)"
    " SELECT 'recovered', 'collection-' || id, :now, :now FROM main.nango_collection AS c"
    " WHERE NOT is_removed AND NOT EXISTS (SELECT 1 FROM main.nango_connection WHERE id = c.connection)",

  [REPAIR_COLLECTION_OWNER] =
    "UPDATE main.nango_collection SET connection = (SELECT id FROM main.nango_connection"
    "  WHERE provider_config_key = 'recovered' AND connection_id = 'collection-' || nango_collection.id)"
    " WHERE NOT is_removed AND NOT EXISTS (SELECT 1 FROM main.nango_connection"
    "  WHERE id = nango_collection.connection)",

  [REPAIR_COLLECTION_MODEL] =
    "UPDATE main.nango_collection SET model = 'Recovered-' || id WHERE id = :id",
  [REPAIR_COLLECTION_BASE] = "UPDATE OR IGNORE main.nango_collection SET variant = 'base' WHERE id = :id",
  [REPAIR_COLLECTION_VARIANT] =
    "UPDATE main.nango_collection SET variant = 'recovered-' || id WHERE id = :id",

  [REPAIR_RECORD_KEYS] =
    "DELETE FROM main.nango_record WHERE (key >> 38 & 7) > 5 OR NOT key & 274877906943"
    "  OR NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = nango_record.key >> 41)",

  /* NULL is looked at record by record. */
  [REPAIR_RECORD_IDS] =
    "UPDATE main.nango_record SET id = cast(id AS TEXT) WHERE typeof(id) NOT IN ('text', 'null')",
  [REPAIR_RECORD_PAYLOADS] =
    "UPDATE main.nango_record SET payload = cast(payload AS TEXT) WHERE typeof(payload) NOT IN ('text', 'null')",

  /* Of what was taken away any row may be gone. */
  [REPAIR_RECORD_REMOVED] =
    "DELETE FROM main.nango_record WHERE (SELECT is_removed FROM main.nango_collection WHERE id = key >> 41)"
    " AND (NOT " REPAIR_IS("last_modified_at", "1", "(SELECT last_stamp FROM main.nango_store)")
    "  OR typeof(number) <> 'integer' OR last_modified_at IN"
    "  (SELECT last_modified_at FROM main.nango_record GROUP BY last_modified_at HAVING count(*) > 1))",

  [REPAIR_STAMP_TWICE] =
    "UPDATE main.nango_record SET first_seen_at = coalesce(first_seen_at, last_modified_at), last_modified_at = 0"
    " WHERE last_modified_at IN"
    "  (SELECT last_modified_at FROM main.nango_record GROUP BY last_modified_at HAVING count(*) > 1)",

#define REPAIR_RECORD_COLUMNS(X) \
    X("first_seen_at", "1", "last_modified_at", "NULL") \
    X("deleted_at", "1", REPAIR_DELETED_MAX, "NULL") X("writer", "1", "(SELECT last_run FROM main.nango_store)", "NULL")
  /* Only of a deleted record, in a store that was made with as_nango. */
#define REPAIR_DELETED_MAX \
    "CASE WHEN (key >> 38 & 7) % 3 = 2 AND (SELECT as_nango FROM main.nango_store) THEN " REPAIR_TIME_MAX " ELSE 0 END"
  [REPAIR_RECORD_TIMES] =
    "UPDATE main.nango_record SET pruned_at = CASE WHEN (key >> 38 & 7) < 3 THEN NULL"
    "   WHEN " REPAIR_IS("pruned_at", "1", REPAIR_TIME_MAX) " THEN pruned_at ELSE :now END"
    REPAIR_RECORD_COLUMNS(REPAIR_SET)
    " WHERE CASE WHEN (key >> 38 & 7) < 3 THEN pruned_at IS NOT NULL ELSE NOT "
    REPAIR_IS("pruned_at", "1", REPAIR_TIME_MAX) " END" REPAIR_RECORD_COLUMNS(REPAIR_WRONG),

  [REPAIR_ENTRIES_LOST] =
    "DELETE FROM main.nango_entry WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = key >> 32)",
  [REPAIR_ALTERNATES_LOST] =
    "DELETE FROM main.nango_alternate WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = key >> 32)",
  [REPAIR_IDENTITIES_LOST] =
    "DELETE FROM main.nango_identity WHERE NOT EXISTS"
    " (SELECT 1 FROM main.nango_collection WHERE id = nango_identity.collection)",
  [REPAIR_IDENTITIES_REMOVED] =
    "DELETE FROM main.nango_identity WHERE EXISTS (SELECT 1 FROM main.nango_collection AS c"
    "  WHERE c.id = collection AND c.is_removed AND (typeof(nango_identity.id) <> 'text' OR NOT "
    REPAIR_IS("number", "1", "c.numbers") "))",
  [REPAIR_SEEN_LOST] =
    "DELETE FROM main.nango_seen WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection"
    "  WHERE id = nango_seen.collection AND window_opened_at IS NOT NULL)",

  [REPAIR_COLLECTIONS] = "SELECT id, is_removed FROM main.nango_collection ORDER BY id",

  /* By sequence; SQLite sorts them before the first is read, so they may change meanwhile. */
  [REPAIR_RECORDS_IN_ORDER] =
    "SELECT key, last_modified_at FROM main.nango_record WHERE key BETWEEN :first AND :last"
    " ORDER BY key & 274877906943, key",

  [REPAIR_RECORD_MOVE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, first_seen_at ="
    "  coalesce(first_seen_at, CASE WHEN " REPAIR_IS("last_modified_at", "1", ":stamp") " THEN last_modified_at END)"
    " WHERE key = :key",

  [REPAIR_RECORD_AFTER] =
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload FROM main.nango_record"
    " WHERE key > :after AND key <= :last ORDER BY key LIMIT 1",

  [REPAIR_RECORD_PUT] =
    "UPDATE main.nango_record SET key = :new_key, id = :id, payload = :payload, pruned_at = :pruned_at"
    " WHERE key = :key",

  [REPAIR_RECORD_DROP] = "DELETE FROM main.nango_record WHERE key = :key",

  /* Of those with one id, the latest stays. */
  [REPAIR_RECORDS_TWICE] =
    "DELETE FROM main.nango_record WHERE key BETWEEN :first AND :last AND key NOT IN"
    " (SELECT key FROM (SELECT key, max(key & 274877906943) FROM main.nango_record"
    "   WHERE key BETWEEN :first AND :last GROUP BY id))",

  [REPAIR_RECORDS_COUNT] = "SELECT count(*) FROM main.nango_record WHERE key BETWEEN :first AND :last",

  [REPAIR_NUMBERS] =
    "UPDATE main.nango_record SET number = 0 WHERE key BETWEEN :first AND :last AND number IS NOT 0 AND"
    " (NOT " REPAIR_IS("number", "1", ":numbers") " OR key NOT IN"
    "  (SELECT min(key) FROM main.nango_record WHERE key BETWEEN :first AND :last GROUP BY number))",

  [REPAIR_NUMBERS_LAST] = "SELECT max(number) FROM main.nango_record WHERE key BETWEEN :first AND :last",

  [REPAIR_RECORDS_UNNUMBERED] =
    "SELECT key FROM main.nango_record WHERE key BETWEEN :first AND :last AND number = 0"
    " ORDER BY key & 274877906943",

  [REPAIR_RECORD_NUMBER] = "UPDATE main.nango_record SET number = :number WHERE key = :key",

  [REPAIR_RECORDS_BY_NUMBER] =
    "SELECT key FROM main.nango_record WHERE key BETWEEN :first AND :last ORDER BY number, key",

  [REPAIR_ENTRIES_BEYOND] = "DELETE FROM main.nango_entry WHERE key BETWEEN :first AND :last",
  [REPAIR_ALTERNATES_WRONG] =
    "DELETE FROM main.nango_alternate WHERE key >> 32 = :collection AND (typeof(alternates) <> 'blob'"
    "  OR length(alternates) % 20 OR length(alternates) > 20 * min(128, :numbers - 128 * (key & 4294967295)))",

  [REPAIR_IDENTITY_PUT] =
    "INSERT OR REPLACE INTO main.nango_identity (collection, id, number) VALUES (:collection, :id, :number)",

  [REPAIR_IDENTITIES_STRAY] =
    "DELETE FROM main.nango_identity WHERE collection = :collection AND id NOT IN"
    " (SELECT id FROM main.nango_record WHERE key BETWEEN :first AND :last)",

  [REPAIR_SEEN] = "SELECT chunk, bits FROM main.nango_seen WHERE collection = :collection ORDER BY chunk",

  [REPAIR_SYNC_TEXT] =
    "UPDATE OR IGNORE main.nango_sync SET provider_config_key = cast(provider_config_key AS TEXT),"
    "  name = cast(name AS TEXT), frequency = cast(frequency AS TEXT)"
    " WHERE typeof(provider_config_key) <> 'text' OR typeof(name) <> 'text' OR typeof(frequency) <> 'text'",

#define REPAIR_SYNC_COLUMNS(X) \
    X("start_at", "1", REPAIR_TIME_MAX, "NULL") X("manual_start", "0", "1", "0") X("local_time", "0", "1", "0") \
    X("max_retries", "0", "100", "0") X("retry_after_s", "1", "31536000", "30") \
    X("max_delete_percent", "0", "100", "0") X("interval", "30000000", "31536000000000", "0")
  [REPAIR_SYNC_NUMBERS] =
    "UPDATE main.nango_sync SET id = id" REPAIR_SYNC_COLUMNS(REPAIR_SET) " WHERE 0" REPAIR_SYNC_COLUMNS(REPAIR_WRONG),

  [REPAIR_SYNCS] =
    "SELECT id, provider_config_key, name, frequency, interval FROM main.nango_sync ORDER BY id",
  [REPAIR_SYNC_INTEGRATION] =
    "SELECT provider_config_key FROM main.nango_sync_model WHERE sync = :sync LIMIT 1",
  [REPAIR_SYNC_RENAME] =
    "UPDATE OR IGNORE main.nango_sync SET provider_config_key = :provider_config_key, name = :name WHERE id = :id",
  [REPAIR_SYNC_FREQUENCY] =
    "UPDATE main.nango_sync SET frequency = :frequency, interval = :interval WHERE id = :id",

  [REPAIR_MODEL_TEXT] =
    "UPDATE OR IGNORE main.nango_sync_model SET model = cast(model AS TEXT) WHERE typeof(model) <> 'text'",
  [REPAIR_MODEL_POSITIONS] =
    "UPDATE main.nango_sync_model SET position = cast(position AS INTEGER)"
    " WHERE typeof(position) NOT IN ('integer', 'null')",
  [REPAIR_MODEL_OWNERS] =
    "UPDATE OR IGNORE main.nango_sync_model SET provider_config_key ="
    "  (SELECT provider_config_key FROM main.nango_sync WHERE id = sync)"
    " WHERE provider_config_key <> (SELECT provider_config_key FROM main.nango_sync WHERE id = sync)",
  [REPAIR_MODELS_STRAY] =
    "DELETE FROM main.nango_sync_model WHERE provider_config_key IS NOT"
    "  (SELECT provider_config_key FROM main.nango_sync WHERE id = sync)",
  [REPAIR_MODELS] = "SELECT provider_config_key, model FROM main.nango_sync_model",
  [REPAIR_MODEL_DROP] =
    "DELETE FROM main.nango_sync_model WHERE provider_config_key = :provider_config_key AND model = :model",

  /* A sync without a model has those that it had once, else those of its results, else one that is made up. */
#define REPAIR_HAS_MODEL "EXISTS (SELECT 1 FROM main.nango_sync_model WHERE sync = s.id AND position IS NOT NULL)"
  [REPAIR_MODELS_LEFT] =
    "UPDATE main.nango_sync_model SET position = 0"
    " WHERE sync IN (SELECT id FROM main.nango_sync AS s WHERE NOT " REPAIR_HAS_MODEL ")",
  [REPAIR_MODELS_OF_RESULTS] =
    "INSERT OR IGNORE INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " SELECT DISTINCT s.provider_config_key, r.model, s.id, 0 FROM main.nango_sync AS s"
    "  JOIN main.nango_instance AS i ON i.sync = s.id JOIN main.nango_result AS r ON r.instance = i.id"
    " WHERE typeof(r.model) = 'text' AND NOT " REPAIR_HAS_MODEL,
  [REPAIR_MODELS_MADE_UP] =
    "INSERT INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " SELECT provider_config_key, 'Recovered-' || id, id, 0 FROM main.nango_sync AS s WHERE NOT " REPAIR_HAS_MODEL,

  [REPAIR_INSTANCES_STRAY] =
    "DELETE FROM main.nango_instance WHERE NOT EXISTS (SELECT 1 FROM main.nango_connection AS c"
    "  JOIN main.nango_sync AS s ON s.provider_config_key = c.provider_config_key"
    "  WHERE c.id = nango_instance.connection AND s.id = nango_instance.sync)",

#define REPAIR_ERROR_TEXT(column) \
    column " = CASE WHEN length(cast(" column " AS BLOB)) > 8192 THEN substr(cast(" column " AS TEXT), 1, 2000)" \
    " ELSE cast(" column " AS TEXT) END"
#define REPAIR_ERROR_WRONG(column) \
    " OR typeof(" column ") NOT IN ('text', 'null') OR length(cast(" column " AS BLOB)) > 8192"
  [REPAIR_INSTANCE_TEXT] =
    "UPDATE OR IGNORE main.nango_instance SET variant = cast(variant AS TEXT), frequency = cast(frequency AS TEXT),"
    "  checkpoint = cast(checkpoint AS TEXT), checkpoint_before = cast(checkpoint_before AS TEXT), "
    REPAIR_ERROR_TEXT("error_type") ", " REPAIR_ERROR_TEXT("error_description")
    " WHERE typeof(variant) <> 'text' OR typeof(frequency) NOT IN ('text', 'null')"
    "  OR typeof(checkpoint) NOT IN ('text', 'null') OR typeof(checkpoint_before) NOT IN ('text', 'null')"
    REPAIR_ERROR_WRONG("error_type") REPAIR_ERROR_WRONG("error_description"),

  [REPAIR_INSTANCE_BASE] = "UPDATE OR IGNORE main.nango_instance SET variant = 'base' WHERE id = :id",
  [REPAIR_INSTANCE_VARIANT] =
    "UPDATE main.nango_instance SET variant = 'recovered-' || id WHERE id = :id",

#define REPAIR_INSTANCE_COLUMNS(X) \
    X("created_at", "0", REPAIR_TIME_MAX, ":now") X("is_paused", "0", "1", "0") X("slot_at", "1", REPAIR_END, ":now") \
    X("asked", "0", "3", "0") X("asked_at", "1", REPAIR_END, "NULL") X("again_at", "1", REPAIR_END, "NULL") \
    X("runs_again", "0", "1", "0") X("may_repeat", "0", "1", "0") X("retries", "0", "100", "0") \
    X("expired", "0", "4", "0") X("allows_deletes", "0", "1", "0") X("run_allows_deletes", "0", "1", "0")
  [REPAIR_INSTANCE_SCHEDULE] =
    "UPDATE main.nango_instance SET id = id" REPAIR_INSTANCE_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_INSTANCE_COLUMNS(REPAIR_WRONG),

#define REPAIR_LATEST_COLUMNS(X) \
    X("run", "1", REPAIR_RUN_MAX, "NULL") X("lease_until", "1", REPAIR_END, "NULL") \
    X("token", "1", REPAIR_END, "NULL") X("started_at", "1", REPAIR_TIME_MAX, "NULL") \
    X("finished_at", "1", REPAIR_TIME_MAX, "NULL") X("latest", "0", "3", "3") X("is_initial", "0", "1", "1") \
    X("has_succeeded", "0", "1", "0") X("progress_done", "0", REPAIR_END, "NULL") \
    X("progress_total", "1", REPAIR_END, "NULL") X("error_at", "1", REPAIR_TIME_MAX, "NULL") \
    X("idle_since", "0", REPAIR_TIME_MAX, "NULL")
  [REPAIR_INSTANCE_LATEST] =
    "UPDATE main.nango_instance SET id = id" REPAIR_LATEST_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_LATEST_COLUMNS(REPAIR_WRONG),

#define REPAIR_KEPT_LAST \
    "(SELECT coalesce(max(number), 0) FROM main.nango_run" \
    "  WHERE instance = nango_instance.id AND " REPAIR_IS("number", "1", REPAIR_RUN_MAX) ")"
  [REPAIR_INSTANCE_LATEST_RUN] =
    "UPDATE main.nango_instance SET latest_run = max(coalesce(run, 0), " REPAIR_KEPT_LAST ")"
    " WHERE NOT " REPAIR_IS("latest_run", "0", "(SELECT last_run FROM main.nango_store)"),
  [REPAIR_INSTANCE_SUCCEEDED_RUN] =
    "UPDATE main.nango_instance SET succeeded_run = 0 WHERE NOT " REPAIR_IS("succeeded_run", "0", "latest_run"),

  /* A run in progress that cannot be is an aborted one. */
  [REPAIR_INSTANCE_RUN] =
    "UPDATE main.nango_instance SET run = NULL, latest = 3, finished_at = :now,"
    "  asked = CASE WHEN runs_again THEN 1 ELSE asked END, asked_at = CASE WHEN runs_again THEN :now ELSE asked_at END"
    " WHERE run IS NOT NULL AND (lease_until IS NULL OR token IS NULL OR started_at IS NULL OR run <> latest_run"
    "  OR run IN (SELECT run FROM main.nango_instance WHERE run IS NOT NULL GROUP BY run HAVING count(*) > 1))",
  [REPAIR_INSTANCE_NO_RUN] =
    "UPDATE main.nango_instance SET lease_until = NULL, token = NULL, progress_done = NULL, progress_total = NULL,"
    "  run_allows_deletes = 0, runs_again = 0"
    " WHERE run IS NULL AND (lease_until IS NOT NULL OR token IS NOT NULL OR progress_done IS NOT NULL"
    "  OR progress_total IS NOT NULL OR run_allows_deletes OR runs_again)",
  [REPAIR_INSTANCE_ASKED] =
    "UPDATE main.nango_instance SET asked = 0, asked_at = NULL, runs_again = run IS NOT NULL"
    " WHERE (asked = 0) <> (asked_at IS NULL) OR (run IS NOT NULL AND asked <> 0)",
  [REPAIR_INSTANCE_ALLOWS] =
    "UPDATE main.nango_instance SET allows_deletes = 0 WHERE allows_deletes AND asked <> 1 AND NOT runs_again",
  [REPAIR_INSTANCE_ENDED] =
    "UPDATE main.nango_instance SET latest = CASE latest WHEN 0 THEN 3 ELSE latest END,"
    "  finished_at = coalesce(finished_at, started_at, :now) WHERE (latest = 0) <> (finished_at IS NULL)",
  [REPAIR_INSTANCE_ERROR] =
    "UPDATE main.nango_instance SET error_at = CASE WHEN error_type IS NOT NULL THEN coalesce(finished_at, :now) END"
    " WHERE (error_type IS NULL) <> (error_at IS NULL)",
  [REPAIR_INSTANCE_BEFORE] =
    "UPDATE main.nango_instance SET checkpoint_before = :checkpoint WHERE id = :id",

  [REPAIR_INSTANCE_WAKE] =
    "UPDATE main.nango_instance SET wake_at = CASE WHEN run IS NULL THEN " CHECK_DUE_AT " ELSE started_at END"
    " WHERE CASE WHEN run IS NULL THEN wake_at IS NOT (" CHECK_DUE_AT ")"
    "  ELSE NOT " REPAIR_IS("wake_at", "1", "started_at") " END",

#define REPAIR_VARIANTS \
    "CASE variant WHEN 'base' THEN (SELECT count(*) FROM main.nango_instance AS v WHERE v.connection ="               \
    " nango_instance.connection AND v.sync = nango_instance.sync AND v.variant <> 'base') ELSE 0 END"
  [REPAIR_INSTANCE_VARIANTS] =
    "UPDATE main.nango_instance SET variants = " REPAIR_VARIANTS " WHERE variants IS NOT " REPAIR_VARIANTS,

  [REPAIR_RESULTS_STRAY] =
    "DELETE FROM main.nango_result WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i"
    "  JOIN main.nango_sync_model AS m ON m.sync = i.sync"
    "  WHERE i.id = nango_result.instance AND m.model = nango_result.model AND i.latest_run > 0)",
#define REPAIR_RESULT_RUN "(SELECT latest_run FROM main.nango_instance WHERE id = instance)"
#define REPAIR_RESULT_COLUMNS(X) \
    X("run", "1", REPAIR_RESULT_RUN, REPAIR_RESULT_RUN) X("added", "0", REPAIR_END, "0") \
    X("updated", "0", REPAIR_END, "0") X("deleted", "0", REPAIR_END, "0") \
    X("changed_after", "0", REPAIR_TIME_MAX, "1")
  [REPAIR_RESULT_NUMBERS] =
    "UPDATE main.nango_result SET instance = instance" REPAIR_RESULT_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_RESULT_COLUMNS(REPAIR_WRONG),

  [REPAIR_RUNS_STRAY] =
    "DELETE FROM main.nango_run WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i"
    "  WHERE i.id = instance AND number BETWEEN 1 AND i.latest_run AND number IS NOT i.run)"
    " OR typeof(number) <> 'integer' OR typeof(results) <> 'text' OR result NOT IN (1, 2, 3)"
    " OR is_initial NOT IN (0, 1) OR (result = 2) <> (error_type IS NOT NULL)"
    " OR length(cast(error_type AS BLOB)) > 8192 OR length(cast(error_description AS BLOB)) > 8192"
    " OR NOT " REPAIR_IS("started_at", "1", REPAIR_TIME_MAX) " OR NOT " REPAIR_IS("finished_at", "1", REPAIR_TIME_MAX),

  [REPAIR_ENVIRONMENT] =
    "UPDATE main.nango_environment SET value = coalesce(cast(value AS TEXT), '') WHERE typeof(value) <> 'text'",
};
/* clang-format on */

static const char *sql_text(statement_id id) {
  return statements[id];
}
