#include "database/tables.h"

static const table_object tables[] = {
  {1, "table", "nango_store", "nango_store", TREE_TABLE,
   "CREATE TABLE nango_store ("
   "  version INTEGER NOT NULL,"
   "  last_stamp INTEGER NOT NULL,"           /* the greatest stamp given */
   "  key0 INTEGER NOT NULL,"                 /* the key of all hashes, drawn at random */
   "  key1 INTEGER NOT NULL,"
   "  last_run INTEGER NOT NULL DEFAULT 0,"   /* the last number given to a run; version 2 */
   "  clock INTEGER NOT NULL DEFAULT 0)"      /* the latest one that the schedule has seen; version 2 */},

  {1, "table", "nango_connection", "nango_connection", TREE_TABLE,
   "CREATE TABLE nango_connection ("
   "  id INTEGER PRIMARY KEY,"
   "  provider_config_key TEXT NOT NULL,"
   "  connection_id TEXT NOT NULL,"
   "  UNIQUE (provider_config_key, connection_id))"},

  {1, "index", "sqlite_autoindex_nango_connection_1", "nango_connection", TREE_INDEX, NULL},

  {1, "table", "nango_collection", "nango_collection", TREE_TABLE,
   "CREATE TABLE nango_collection ("
   "  id INTEGER PRIMARY KEY,"
   "  connection INTEGER NOT NULL,"
   "  variant TEXT NOT NULL,"
   "  model TEXT NOT NULL,"
   "  sequence INTEGER NOT NULL,"             /* changes made: the last sequence given (key.h) */
   "  numbers INTEGER NOT NULL,"              /* identities made: the last number given */
   "  added INTEGER NOT NULL,"                /* records in each state */
   "  updated INTEGER NOT NULL,"
   "  deleted INTEGER NOT NULL,"
   "  pruned_added INTEGER NOT NULL,"
   "  pruned_updated INTEGER NOT NULL,"
   "  pruned_deleted INTEGER NOT NULL,"
   "  bytes INTEGER NOT NULL,"                /* of payloads that are not pruned */
   "  oldest_payload_at INTEGER,"             /* no payload has an earlier stamp; NULL: there is none */
   "  window_opened_at INTEGER,"              /* NULL: no delete window is open */
   "  UNIQUE (connection, variant, model))"},

  {1, "index", "sqlite_autoindex_nango_collection_1", "nango_collection", TREE_INDEX, NULL},

  {1, "index", "nango_collection_by_age", "nango_collection", TREE_INDEX,
   "CREATE INDEX nango_collection_by_age ON nango_collection (oldest_payload_at)"
   "  WHERE oldest_payload_at IS NOT NULL"},

  {1, "table", "nango_record", "nango_record", TREE_TABLE,
   "CREATE TABLE nango_record ("
   "  key INTEGER PRIMARY KEY,"               /* collection, state and sequence (key.h) */
   "  id TEXT NOT NULL,"
   "  last_modified_at INTEGER NOT NULL,"     /* the stamp */
   "  first_seen_at INTEGER,"                 /* NULL: the stamp */
   "  pruned_at INTEGER,"
   "  payload TEXT NOT NULL)"                /* only {\"id\":...} once pruned */},

  {1, "table", "nango_identity", "nango_identity", TREE_INDEX,
   "CREATE TABLE nango_identity ("
   "  collection INTEGER NOT NULL,"
   "  id TEXT NOT NULL,"
   "  key INTEGER NOT NULL,"                  /* of the record */
   "  hash BLOB NOT NULL,"                    /* of the payload's text; once pruned, of its value */
   "  number INTEGER NOT NULL,"               /* its bit in the delete window */
   "  writer INTEGER,"                        /* the run that changed it last, where its strategy asks */
   "  PRIMARY KEY (collection, id)) WITHOUT ROWID"},

  {1, "table", "nango_seen", "nango_seen", TREE_INDEX,
   "CREATE TABLE nango_seen ("
   "  collection INTEGER NOT NULL,"
   "  chunk INTEGER NOT NULL,"                /* numbers from chunk * 4096 */
   "  bits BLOB NOT NULL,"
   "  PRIMARY KEY (collection, chunk)) WITHOUT ROWID"},

  {2, "table", "nango_sync", "nango_sync", TREE_TABLE,
   "CREATE TABLE nango_sync ("
   "  id INTEGER PRIMARY KEY,"
   "  provider_config_key TEXT NOT NULL,"
   "  name TEXT NOT NULL,"
   "  frequency TEXT NOT NULL,"               /* as it was given */
   "  interval INTEGER NOT NULL,"
   "  start_at INTEGER,"                      /* NULL: when the instance is created */
   "  manual_start INTEGER NOT NULL,"
   "  max_delete_percent INTEGER NOT NULL,"   /* 0: no guard */
   "  UNIQUE (provider_config_key, name))"},

  {2, "index", "sqlite_autoindex_nango_sync_1", "nango_sync", TREE_INDEX, NULL},

  {2, "table", "nango_sync_model", "nango_sync_model", TREE_INDEX,
   "CREATE TABLE nango_sync_model ("         /* a model belongs to one sync of its integration */
   "  provider_config_key TEXT NOT NULL,"
   "  model TEXT NOT NULL,"
   "  sync INTEGER NOT NULL,"
   "  position INTEGER,"                      /* NULL: it has left the definition; its records are still here */
   "  PRIMARY KEY (provider_config_key, model)) WITHOUT ROWID"},

  {2, "index", "nango_sync_model_by_sync", "nango_sync_model", TREE_INDEX,
   "CREATE INDEX nango_sync_model_by_sync ON nango_sync_model (sync, model)"},

  {2, "table", "nango_instance", "nango_instance", TREE_TABLE,
   "CREATE TABLE nango_instance ("
   "  id INTEGER PRIMARY KEY,"
   "  connection INTEGER NOT NULL,"
   "  sync INTEGER NOT NULL,"
   "  variant TEXT NOT NULL,"
   "  created_at INTEGER NOT NULL,"
   "  frequency TEXT,"                        /* its own; NULL: the definition's */
   "  interval INTEGER,"
   "  is_paused INTEGER NOT NULL,"            /* from here on: struct schedule of schedule.h */
   "  is_triggered INTEGER NOT NULL,"
   "  due_at INTEGER,"
   "  executed TEXT,"                         /* rows of turns, "from-to from-to" */
   "  run INTEGER,"
   "  wake_at INTEGER,"                       /* the end of the run's lease, or due_at */
   "  started_at INTEGER,"
   "  finished_at INTEGER,"
   "  latest INTEGER NOT NULL,"
   "  is_initial INTEGER NOT NULL,"
   "  has_succeeded INTEGER NOT NULL,"        /* up to here */
   "  checkpoint TEXT,"
   "  checkpoint_before TEXT,"                /* as it was when the latest run began */
   "  idle_since INTEGER,"                    /* began or ended last; NULL: its records are gone */
   "  UNIQUE (connection, sync, variant))"},

  {2, "index", "sqlite_autoindex_nango_instance_1", "nango_instance", TREE_INDEX, NULL},

  {2, "index", "nango_instance_by_wake", "nango_instance", TREE_INDEX,
   "CREATE INDEX nango_instance_by_wake ON nango_instance (wake_at) WHERE wake_at IS NOT NULL"},

  {2, "index", "nango_instance_by_age", "nango_instance", TREE_INDEX,
   "CREATE INDEX nango_instance_by_age ON nango_instance (idle_since) WHERE idle_since IS NOT NULL"},

  {2, "table", "nango_result", "nango_result", TREE_INDEX,
   "CREATE TABLE nango_result ("             /* of the latest run, for each model */
   "  instance INTEGER NOT NULL,"
   "  model TEXT NOT NULL,"
   "  position INTEGER NOT NULL,"
   "  added INTEGER NOT NULL,"
   "  updated INTEGER NOT NULL,"
   "  deleted INTEGER NOT NULL,"
   "  changed_after INTEGER,"                 /* just before its first stamp; NULL: no change */
   "  PRIMARY KEY (instance, model)) WITHOUT ROWID"},

  {2, "table", "nango_environment", "nango_environment", TREE_INDEX,
   "CREATE TABLE nango_environment ("
   "  name TEXT PRIMARY KEY,"
   "  value TEXT NOT NULL) WITHOUT ROWID"},
};

static const table_object *table_at(int position) {
  return position < (int)(sizeof tables / sizeof *tables) ? &tables[position] : NULL;
}
