#include "database/tables.h"

/* A time of a schedule as text, with three digits of fraction; NULL for NULL. */
#define TABLES_TIME(column)                                                                                  \
  "strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000, 'unixepoch')"                                         \
  " || printf('.%03dZ', " column " / 1000 % 1000)"

/* A stamp, or another time of a record, as text with six digits of fraction. */
#define TABLES_STAMP(column)                                                                                 \
  "strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000, 'unixepoch')"                                         \
  " || printf('.%06dZ', " column " % 1000000)"

/* The stamp of the last change of a collection that left a record in a state; row_key.h says where those lie. */
#define TABLES_LAST(state)                                                                                   \
  "coalesce((SELECT last_modified_at FROM nango_record WHERE key >= (c.id << 3 | " state ") << 38"           \
  " AND key < (c.id << 3 | " state ") + 1 << 38 ORDER BY key DESC LIMIT 1), 0)"

/* clang-format off */
static const table_object tables[] = {
  {100, "table", "nango_store", "nango_store", TREE_TABLE,
   "CREATE TABLE nango_store ("
   "  version INTEGER NOT NULL,"
   "  as_nango INTEGER NOT NULL,"             /* 1: the store does as Nango's does, see the option */
   "  last_stamp INTEGER NOT NULL,"           /* the greatest stamp that was issued */
   "  key0 INTEGER NOT NULL,"                 /* the hash key, drawn at random */
   "  key1 INTEGER NOT NULL,"
   "  last_run INTEGER NOT NULL,"             /* the last number that a run was issued */
   "  clock INTEGER NOT NULL)"                /* the latest time that the schedule has seen */},

  {100, "table", "nango_connection", "nango_connection", TREE_TABLE,
   "CREATE TABLE nango_connection ("
   "  id INTEGER PRIMARY KEY,"
   "  provider_config_key TEXT NOT NULL,"
   "  connection_id TEXT NOT NULL,"
   "  metadata TEXT,"                         /* a JSON object; NULL: none was set */
   "  created_at INTEGER NOT NULL,"
   "  updated_at INTEGER NOT NULL,"           /* when the metadata were set last, or created_at */
   "  UNIQUE (provider_config_key, connection_id))"},

  {100, "index", "sqlite_autoindex_nango_connection_1", "nango_connection", TREE_INDEX, NULL},

  {100, "table", "nango_collection", "nango_collection", TREE_TABLE,
   "CREATE TABLE nango_collection ("
   "  id INTEGER PRIMARY KEY,"
   "  connection INTEGER,"                    /* NULL: taken away */
   "  variant TEXT NOT NULL,"
   "  model TEXT NOT NULL,"
   "  sequence INTEGER NOT NULL,"             /* the last one that was issued (row_key.h) */
   "  numbers INTEGER NOT NULL,"              /* the last number that was issued */
   "  added INTEGER NOT NULL,"                /* records in each state */
   "  updated INTEGER NOT NULL,"
   "  deleted INTEGER NOT NULL,"
   "  pruned_added INTEGER NOT NULL,"
   "  pruned_updated INTEGER NOT NULL,"
   "  pruned_deleted INTEGER NOT NULL,"
   "  bytes INTEGER NOT NULL,"                /* of payloads that are not pruned */
   "  oldest_payload_at INTEGER,"             /* no payload has an earlier stamp; NULL: no payload */
   "  window_opened_at INTEGER,"              /* NULL: no delete window is open */
   "  window_live INTEGER NOT NULL DEFAULT 0,"  /* live records when it was opened */
   "  is_removed INTEGER NOT NULL DEFAULT 0," /* taken away; its rows are still to be freed */
   "  UNIQUE (connection, variant, model))"},

  {100, "index", "sqlite_autoindex_nango_collection_1", "nango_collection", TREE_INDEX, NULL},

  {100, "index", "nango_collection_by_age", "nango_collection", TREE_INDEX,
   "CREATE INDEX nango_collection_by_age ON nango_collection (oldest_payload_at)"
   "  WHERE oldest_payload_at IS NOT NULL"},

  {100, "table", "nango_record", "nango_record", TREE_TABLE,
   "CREATE TABLE nango_record ("
   "  key INTEGER PRIMARY KEY,"               /* collection, state and sequence (row_key.h) */
   "  id TEXT NOT NULL,"
   "  number INTEGER NOT NULL,"               /* as its identity has it */
   "  last_modified_at INTEGER NOT NULL,"     /* the stamp */
   "  first_seen_at INTEGER,"                 /* NULL: it is the stamp */
   "  pruned_at INTEGER,"
   "  deleted_at INTEGER,"                    /* as_nango: as a deletion gave it; NULL: it is the stamp, or not deleted */
   "  writer INTEGER,"                        /* the run that changed it last, where its merging needs it */
   "  payload TEXT NOT NULL)"                 /* only {\"id\":...} once pruned */},

  {100, "table", "nango_identity", "nango_identity", TREE_INDEX,
   "CREATE TABLE nango_identity ("
   "  collection INTEGER NOT NULL,"
   "  id TEXT NOT NULL,"
   "  number INTEGER NOT NULL,"               /* 1, 2, 3, ... in the order of arrival; never changes */
   "  PRIMARY KEY (collection, id)) WITHOUT ROWID"},

  {100, "table", "nango_entry", "nango_entry", TREE_TABLE,
   "CREATE TABLE nango_entry ("
   "  key INTEGER PRIMARY KEY,"               /* collection << 32 | group of numbers */
   "  entries BLOB NOT NULL)"                 /* what is known of these records (entry.h) */},

  {100, "table", "nango_alternate", "nango_alternate", TREE_TABLE,
   "CREATE TABLE nango_alternate ("
   "  key INTEGER PRIMARY KEY,"               /* as in nango_entry */
   "  alternates BLOB NOT NULL)"              /* further texts of the same values (entry.h) */},

  {100, "table", "nango_seen", "nango_seen", TREE_INDEX,
   "CREATE TABLE nango_seen ("
   "  collection INTEGER NOT NULL,"
   "  chunk INTEGER NOT NULL,"                /* numbers from chunk * 4096 */
   "  bits BLOB NOT NULL,"
   "  PRIMARY KEY (collection, chunk)) WITHOUT ROWID"},

  {100, "table", "nango_sync", "nango_sync", TREE_TABLE,
   "CREATE TABLE nango_sync ("
   "  id INTEGER PRIMARY KEY,"
   "  provider_config_key TEXT NOT NULL,"
   "  name TEXT NOT NULL,"
   "  frequency TEXT NOT NULL,"               /* as it was given */
   "  interval INTEGER NOT NULL,"
   "  start_at INTEGER,"                      /* NULL: when each instance was created */
   "  manual_start INTEGER NOT NULL,"
   "  max_delete_percent INTEGER NOT NULL,"   /* 0: no guard */
   "  max_retries INTEGER NOT NULL,"          /* 0: none */
   "  retry_after_s INTEGER NOT NULL,"        /* until the first retry, then doubled each time */
   "  local_time INTEGER NOT NULL,"           /* 1: whole days keep the local time of day */
   "  UNIQUE (provider_config_key, name))"},

  {100, "index", "sqlite_autoindex_nango_sync_1", "nango_sync", TREE_INDEX, NULL},

  {100, "table", "nango_sync_model", "nango_sync_model", TREE_INDEX,
   "CREATE TABLE nango_sync_model ("         /* a model belongs to one sync of its integration */
   "  provider_config_key TEXT NOT NULL,"
   "  model TEXT NOT NULL,"
   "  sync INTEGER NOT NULL,"
   "  position INTEGER,"                      /* NULL: it has left the definition; its records are still here */
   "  PRIMARY KEY (provider_config_key, model)) WITHOUT ROWID"},

  {100, "index", "nango_sync_model_by_sync", "nango_sync_model", TREE_INDEX,
   "CREATE INDEX nango_sync_model_by_sync ON nango_sync_model (sync, model)"},

  {100, "table", "nango_instance", "nango_instance", TREE_TABLE,
   "CREATE TABLE nango_instance ("
   "  id INTEGER PRIMARY KEY,"
   "  connection INTEGER NOT NULL,"
   "  sync INTEGER NOT NULL,"
   "  variant TEXT NOT NULL,"
   "  created_at INTEGER NOT NULL,"
   "  frequency TEXT,"                        /* its own; NULL: the definition's */
   "  interval INTEGER,"
   "  is_paused INTEGER NOT NULL,"            /* the columns from here on are struct schedule of schedule.h */
   "  slot_at INTEGER NOT NULL,"
   "  asked INTEGER NOT NULL,"
   "  asked_at INTEGER,"
   "  again_at INTEGER,"
   "  runs_again INTEGER NOT NULL,"
   "  may_repeat INTEGER NOT NULL,"
   "  retries INTEGER NOT NULL,"
   "  expired INTEGER NOT NULL,"
   "  allows_deletes INTEGER NOT NULL,"
   "  run INTEGER,"
   "  lease_until INTEGER,"
   "  run_allows_deletes INTEGER NOT NULL,"
   "  started_at INTEGER,"
   "  finished_at INTEGER,"
   "  latest INTEGER NOT NULL,"
   "  is_initial INTEGER NOT NULL,"
   "  has_succeeded INTEGER NOT NULL,"        /* struct schedule ends here */
   "  wake_at INTEGER,"                       /* when a run is due; while one is in progress, not after its start */
   "  token INTEGER,"                         /* of the open store that holds the run */
   "  progress_done INTEGER,"
   "  progress_total INTEGER,"
   "  latest_run INTEGER NOT NULL,"           /* the number of the latest run, 0: none */
   "  succeeded_run INTEGER NOT NULL,"        /* of the latest one that has succeeded */
   "  checkpoint TEXT,"
   "  checkpoint_before TEXT,"                /* as it was when the latest run began */
   "  error_type TEXT,"                       /* of the latest run that failed since one has succeeded */
   "  error_description TEXT,"
   "  error_at INTEGER,"
   "  idle_since INTEGER,"                    /* since when it may have rested (docs/file-format.md) */
   "  variants INTEGER NOT NULL DEFAULT 0,"   /* of a base: how many variants there are beside it */
   "  UNIQUE (connection, sync, variant))"},

  {100, "index", "sqlite_autoindex_nango_instance_1", "nango_instance", TREE_INDEX, NULL},

  {100, "index", "nango_instance_by_wake", "nango_instance", TREE_INDEX,
   "CREATE INDEX nango_instance_by_wake ON nango_instance (wake_at) WHERE wake_at IS NOT NULL"},

  {100, "index", "nango_instance_by_age", "nango_instance", TREE_INDEX,
   "CREATE INDEX nango_instance_by_age ON nango_instance (idle_since) WHERE idle_since IS NOT NULL"},

  {100, "table", "nango_result", "nango_result", TREE_INDEX,
   "CREATE TABLE nango_result ("             /* what runs have changed, for each model */
   "  instance INTEGER NOT NULL,"
   "  model TEXT NOT NULL,"
   "  run INTEGER NOT NULL,"                  /* the latest one with a change: the counts are of it */
   "  added INTEGER NOT NULL,"
   "  updated INTEGER NOT NULL,"
   "  deleted INTEGER NOT NULL,"
   "  changed_after INTEGER NOT NULL,"        /* a time before the first change since a run has succeeded */
   "  PRIMARY KEY (instance, model)) WITHOUT ROWID"},

  {100, "table", "nango_run", "nango_run", TREE_INDEX,
   "CREATE TABLE nango_run ("                /* the runs that ended last, at most keep_runs of an instance */
   "  instance INTEGER NOT NULL,"
   "  number INTEGER NOT NULL,"
   "  started_at INTEGER NOT NULL,"
   "  finished_at INTEGER NOT NULL,"
   "  result INTEGER NOT NULL,"               /* run_status of schedule.h */
   "  is_initial INTEGER NOT NULL,"
   "  error_type TEXT,"                       /* both at most 4,096 bytes */
   "  error_description TEXT,"
   "  results TEXT NOT NULL,"                 /* {\"Model\":{\"added\":1,\"updated\":0,\"deleted\":0}} */
   "  checkpoint_from TEXT,"
   "  checkpoint_to TEXT,"
   "  PRIMARY KEY (instance, number)) WITHOUT ROWID"},

  {100, "table", "nango_environment", "nango_environment", TREE_INDEX,
   "CREATE TABLE nango_environment ("
   "  name TEXT PRIMARY KEY,"
   "  value TEXT NOT NULL) WITHOUT ROWID"},

  /* ---- views, for any tool that reads SQLite: names for columns, RFC 3339 text for times ---- */

  {100, "view", "nango_view_records", "nango_view_records", TREE_NONE,
   "CREATE VIEW nango_view_records AS"
   " SELECT n.provider_config_key AS provider_config_key, n.connection_id AS connection_id, c.model AS model,"
   "  c.variant AS variant, r.id AS id, r.payload AS payload,"
   "  CASE (r.key >> 38 & 7) % 3 WHEN 0 THEN 'ADDED' WHEN 1 THEN 'UPDATED' ELSE 'DELETED' END AS last_action,"
   "  " TABLES_STAMP("coalesce(r.first_seen_at, r.last_modified_at)") " AS first_seen_at,"
   "  " TABLES_STAMP("r.last_modified_at") " AS last_modified_at,"
   "  CASE WHEN (r.key >> 38 & 7) % 3 = 2 THEN " TABLES_STAMP("coalesce(r.deleted_at, r.last_modified_at)")
   "  END AS deleted_at,"
   "  " TABLES_STAMP("r.pruned_at") " AS pruned_at"
   " FROM nango_connection AS n JOIN nango_collection AS c ON c.connection = n.id"
   "  JOIN nango_record AS r ON r.key >= c.id << 41 AND r.key < (c.id + 1) << 41"},

  {100, "view", "nango_view_collections", "nango_view_collections", TREE_NONE,
   "CREATE VIEW nango_view_collections AS"
   " SELECT provider_config_key, connection_id, model, variant, live, deleted, pruned, bytes,"
   "  CASE WHEN last_change > 0 THEN " TABLES_STAMP("last_change") " END AS last_change FROM ("
   "  SELECT n.provider_config_key AS provider_config_key, n.connection_id AS connection_id, c.model AS model,"
   "   c.variant AS variant, c.added + c.updated + c.pruned_added + c.pruned_updated AS live,"
   "   c.deleted + c.pruned_deleted AS deleted, c.pruned_added + c.pruned_updated + c.pruned_deleted AS pruned,"
   "   c.bytes AS bytes, max(" TABLES_LAST("0") ", " TABLES_LAST("1") ", " TABLES_LAST("2") ", "
        TABLES_LAST("3") ", " TABLES_LAST("4") ", " TABLES_LAST("5") ") AS last_change"
   "  FROM nango_connection AS n JOIN nango_collection AS c ON c.connection = n.id)"},

  {100, "view", "nango_view_connections", "nango_view_connections", TREE_NONE,
   "CREATE VIEW nango_view_connections AS"
   " SELECT provider_config_key, connection_id, metadata, " TABLES_TIME("created_at") " AS created_at"
   " FROM nango_connection"},

  /* A row for each instance. */
  {100, "view", "nango_view_syncs", "nango_view_syncs", TREE_NONE,
   "CREATE VIEW nango_view_syncs AS"
   " SELECT s.provider_config_key AS provider_config_key, c.connection_id AS connection_id, s.name AS name,"
   "  i.variant AS variant,"
   "  (SELECT '[' || group_concat('\"' || model || '\"') || ']' FROM"
   "   (SELECT m.model AS model FROM nango_sync_model AS m WHERE m.sync = s.id AND m.position IS NOT NULL"
   "    ORDER BY m.position)) AS models,"
   "  coalesce(i.frequency, s.frequency) AS frequency, " TABLES_TIME("s.start_at") " AS start_at,"
   "  s.manual_start AS manual_start, s.max_delete_percent AS max_delete_percent,"
   "  s.max_retries AS max_retries, s.retry_after_s AS retry_after_s, s.local_time AS local_time,"
   "  CASE WHEN i.run IS NOT NULL THEN 'RUNNING' WHEN i.is_paused THEN 'PAUSED' WHEN i.latest = 2 THEN 'ERROR'"
   "   WHEN i.latest = 3 THEN 'STOPPED' ELSE 'SUCCESS' END AS status,"
   "  i.error_type AS latest_error_type, i.error_description AS latest_error_description,"
   "  " TABLES_TIME("i.error_at") " AS latest_error_at"
   " FROM nango_instance AS i JOIN nango_sync AS s ON s.id = i.sync JOIN nango_connection AS c"
   "  ON c.id = i.connection"},

  /* A row for each run that is kept. */
  {100, "view", "nango_view_runs", "nango_view_runs", TREE_NONE,
   "CREATE VIEW nango_view_runs AS"
   " SELECT s.provider_config_key AS provider_config_key, c.connection_id AS connection_id, s.name AS name,"
   "  i.variant AS variant, r.number AS id, " TABLES_TIME("r.started_at") " AS startedAt,"
   "  " TABLES_TIME("r.finished_at") " AS finishedAt,"
   "  CASE r.result WHEN 1 THEN 'SUCCESS' WHEN 2 THEN 'ERROR' ELSE 'STOPPED' END AS result,"
   "  CASE WHEN r.is_initial THEN 'INITIAL' ELSE 'INCREMENTAL' END AS type,"
   "  r.error_type AS error_type, r.error_description AS error_description, r.results AS results,"
   "  '{\"from\":' || coalesce(r.checkpoint_from, 'null') || ',\"to\":' || coalesce(r.checkpoint_to, 'null')"
   "   || '}' AS checkpoints"
   " FROM nango_run AS r JOIN nango_instance AS i ON i.id = r.instance JOIN nango_sync AS s ON s.id = i.sync"
   "  JOIN nango_connection AS c ON c.id = i.connection"},
};
/* clang-format on */

static const table_object *table_at(int position) {
  return position < (int)(sizeof tables / sizeof *tables) ? &tables[position] : NULL;
}
