#include "schema.h"

/* Step i takes a file from version i to version i + 1. A step is never edited once it was released: a change of the
** tables is a further step. */
static const char *const schema_steps[] = {
  /* 0 to 1: connections, collections and records */
  "CREATE TABLE nango_store ("
  "  version INTEGER NOT NULL,"
  "  last_stamp INTEGER NOT NULL,"           /* the greatest stamp given */
  "  key0 INTEGER NOT NULL,"                 /* the key of all hashes, drawn at random */
  "  key1 INTEGER NOT NULL);"

  "CREATE TABLE nango_connections ("
  "  id INTEGER PRIMARY KEY,"
  "  provider_config_key TEXT NOT NULL,"
  "  connection_id TEXT NOT NULL,"
  "  UNIQUE (provider_config_key, connection_id));"

  "CREATE TABLE nango_collections ("
  "  id INTEGER PRIMARY KEY,"
  "  connection INTEGER NOT NULL,"
  "  variant TEXT NOT NULL,"
  "  model TEXT NOT NULL,"
  "  sequence INTEGER NOT NULL,"             /* changes made: the last sequence given (key.h) */
  "  numbers INTEGER NOT NULL,"              /* identities made: the last number given */
  "  added INTEGER NOT NULL,"                /* records in each lane */
  "  updated INTEGER NOT NULL,"
  "  deleted INTEGER NOT NULL,"
  "  pruned_added INTEGER NOT NULL,"
  "  pruned_updated INTEGER NOT NULL,"
  "  pruned_deleted INTEGER NOT NULL,"
  "  bytes INTEGER NOT NULL,"                /* of payloads that are not pruned */
  "  oldest_payload_at INTEGER,"             /* no payload has an earlier stamp; NULL: there is none */
  "  window_opened_at INTEGER,"              /* NULL: no delete window is open */
  "  UNIQUE (connection, variant, model));"
  "CREATE INDEX nango_collections_by_age ON nango_collections (oldest_payload_at)"
  "  WHERE oldest_payload_at IS NOT NULL;"

  "CREATE TABLE nango_records ("
  "  key INTEGER PRIMARY KEY,"               /* collection, lane and sequence (key.h) */
  "  id TEXT NOT NULL,"
  "  last_modified_at INTEGER NOT NULL,"     /* the stamp */
  "  first_seen_at INTEGER,"                 /* NULL: the stamp */
  "  pruned_at INTEGER,"
  "  payload TEXT NOT NULL);"                /* only {\"id\":...} once pruned */

  "CREATE TABLE nango_identities ("
  "  collection INTEGER NOT NULL,"
  "  id TEXT NOT NULL,"
  "  key INTEGER NOT NULL,"                  /* of the record */
  "  hash BLOB NOT NULL,"                    /* of the payload's text; once pruned, of its value */
  "  number INTEGER NOT NULL,"               /* its bit in the delete window */
  "  writer INTEGER,"                        /* the run that changed it last, where its strategy asks */
  "  PRIMARY KEY (collection, id)) WITHOUT ROWID;"

  "CREATE TABLE nango_seen ("
  "  collection INTEGER NOT NULL,"
  "  chunk INTEGER NOT NULL,"                /* numbers from chunk * 8192 */
  "  bits BLOB NOT NULL,"
  "  PRIMARY KEY (collection, chunk)) WITHOUT ROWID;",

  /* 1 to 2: syncs, their instances and runs, the environment */
  "ALTER TABLE nango_store ADD COLUMN last_run INTEGER NOT NULL DEFAULT 0;"   /* the last number given to a run */
  "ALTER TABLE nango_store ADD COLUMN clock INTEGER NOT NULL DEFAULT 0;"      /* when the schedule was last looked at */

  "CREATE TABLE nango_syncs ("
  "  id INTEGER PRIMARY KEY,"
  "  provider_config_key TEXT NOT NULL,"
  "  name TEXT NOT NULL,"
  "  frequency TEXT NOT NULL,"               /* as it was given */
  "  interval INTEGER NOT NULL,"
  "  start_at INTEGER,"                      /* NULL: when the instance is created */
  "  manual_start INTEGER NOT NULL,"
  "  max_delete_percent INTEGER NOT NULL,"   /* 0: no guard */
  "  UNIQUE (provider_config_key, name));"

  "CREATE TABLE nango_sync_models ("
  "  sync INTEGER NOT NULL,"
  "  model TEXT NOT NULL,"
  "  position INTEGER NOT NULL,"
  "  PRIMARY KEY (sync, model)) WITHOUT ROWID;"

  "CREATE TABLE nango_instances ("
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
  "  turn_from INTEGER,"
  "  turn_at INTEGER,"
  "  run INTEGER,"
  "  wake_at INTEGER,"                       /* the end of the run's lease, or due_at */
  "  started_at INTEGER,"
  "  finished_at INTEGER,"
  "  latest INTEGER NOT NULL,"
  "  is_initial INTEGER NOT NULL,"
  "  has_succeeded INTEGER NOT NULL,"        /* up to here */
  "  checkpoint TEXT,"
  "  checkpoint_before TEXT,"                /* as it was when the latest run began */
  "  idle_since INTEGER,"                    /* the end of its latest run; NULL: its records were removed since */
  "  UNIQUE (connection, sync, variant));"
  "CREATE INDEX nango_instances_by_wake ON nango_instances (wake_at) WHERE wake_at IS NOT NULL;"
  "CREATE INDEX nango_instances_by_age ON nango_instances (idle_since) WHERE idle_since IS NOT NULL;"

  "CREATE TABLE nango_results ("             /* of the latest run, for each model */
  "  instance INTEGER NOT NULL,"
  "  model TEXT NOT NULL,"
  "  position INTEGER NOT NULL,"
  "  added INTEGER NOT NULL,"
  "  updated INTEGER NOT NULL,"
  "  deleted INTEGER NOT NULL,"
  "  changed_after INTEGER,"                 /* just before the run's first stamp; NULL: it changed nothing */
  "  PRIMARY KEY (instance, model)) WITHOUT ROWID;"

  "CREATE TABLE nango_environment ("
  "  name TEXT PRIMARY KEY,"
  "  value TEXT NOT NULL) WITHOUT ROWID;",
};

enum { SCHEMA_VERSION = sizeof schema_steps / sizeof *schema_steps };

static int64_t schema_read(nangolite *store, statement_id id) {
  query q = query_open(store, id);
  int64_t value = query_next(&q) ? query_int(&q, 0) : 0;
  query_close(&q);
  return value;
}

/* In this order: another process may make the store between the two readings, and makes all its tables at once. */
static schema_state schema_inspect(nangolite *store) {
  if (schema_read(store, SCHEMA_COUNT_ALL) == 0) return SCHEMA_EMPTY;
  return schema_read(store, SCHEMA_COUNT_OURS) > 0 ? SCHEMA_STORE : SCHEMA_FOREIGN;
}

/* 0: there are no tables yet. */
static int64_t schema_version(nangolite *store) {
  if (schema_inspect(store) != SCHEMA_STORE) return 0;
  int64_t version = schema_read(store, SCHEMA_VERSION_READ);
  if (version < 1) store_fail(store, NANGOLITE_CORRUPT, "nango_store has no version");
  return version;
}

static void schema_execute(nangolite *store, const char *sql) {
  if (store_failed(store)) return;
  int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
}

static void schema_insert_store(nangolite *store) {
  int64_t key[2];
  sqlite3_randomness((int)sizeof key, key);
  query q = query_open(store, STORE_INSERT);
  query_bind_int(&q, key[0]);
  query_bind_int(&q, key[1]);
  query_run(&q);
}

static void schema_refuse_newer(nangolite *store) {
  int64_t version = schema_version(store);
  if (version > SCHEMA_VERSION) {
    store_fail(store, NANGOLITE_NEWER_SCHEMA, "the file has schema version %lld, this library knows %d",
               (long long)version, (int)SCHEMA_VERSION);
  }
}

static void schema_step(nangolite *store, int64_t step) {
  schema_execute(store, schema_steps[step]);
  if (step == 0) schema_insert_store(store);
  query q = query_open(store, SCHEMA_VERSION_WRITE);
  query_bind_int(&q, step + 1);
  query_run(&q);
}

static void schema_migrate(nangolite *store) {
  if (schema_version(store) == SCHEMA_VERSION || store_failed(store)) return;
  transaction_begin_schema(store);
  schema_refuse_newer(store);
  int64_t version = schema_version(store);   /* again, now that nobody else can change it */
  for (int64_t step = version; step < SCHEMA_VERSION && !store_failed(store); step++) schema_step(store, step);
  transaction_end(store);
}
