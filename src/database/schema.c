#include "database/schema.h"

static const schema_history *schema_now(void) {
  static const schema_step none[] = {{0, NULL}};
  static const schema_history now = {
    .first = TABLES_FIRST_VERSION, .current = TABLES_VERSION, .object_at = table_at, .steps = none};
  return &now;
}

static int64_t schema_read(nangolite *store, statement_id id) {
  query q = query_open(store, id);
  return query_number(&q);
}

/* The order matters: another process may make the store between the two readings, and makes all its tables
** in one transaction. In the other order that store would look foreign. */
static schema_kind schema_inspect(nangolite *store) {
  if (schema_read(store, SCHEMA_COUNT_ALL) == 0) return SCHEMA_EMPTY;
  return schema_read(store, SCHEMA_COUNT_OURS) > 0 ? SCHEMA_STORE : SCHEMA_FOREIGN;
}

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

static void schema_insert_store(nangolite *store, int version) {
  query q = query_open(store, STORE_INSERT);
  query_bind_int(&q, version);
  query_bind_int(&q, store->options.as_nango != 0);
  query_bind_int(&q, (int64_t)store->key.k0);
  query_bind_int(&q, (int64_t)store->key.k1);
  query_run(&q);
}

static void schema_refuse(nangolite *store, const schema_history *history, const char *argument) {
  int64_t version = schema_version(store);
  if (version > history->current) {
    store_fail(store, NANGOLITE_NEWER_SCHEMA, "%s: the file has schema version %lld, this library knows %d",
               argument, (long long)version, history->current);
  } else if (version > 0 && version < history->first) {
    store_fail(store, NANGOLITE_INVALID,
               "%s: the file was written by a draft of nangolite (version %lld), which no release reads",
               argument, (long long)version);
  }
}

/* Makes the objects that versions above this one have brought. */
static void schema_create(nangolite *store, const schema_history *history, int64_t above) {
  const table_object *object;
  for (int i = 0; (object = history->object_at(i)) != NULL; i++) {
    if (object->since > above && object->sql != NULL) schema_execute(store, object->sql);
  }
}

/* Completes a new store. A file gets the mark of the library, but not the database of a caller who
** attached it. */
static void schema_begin(nangolite *store, int version) {
  schema_insert_store(store, version);
  query q = query_open(store, PRAGMA_APPLICATION_ID);
  if (store->owned) query_run(&q);
}

static void schema_upgrade(nangolite *store, const schema_history *history, int64_t from) {
  for (const schema_step *step = history->steps; step->to != 0; step++) {
    if (step->to > from) schema_execute(store, step->sql);
  }
  query_run_with(store, SCHEMA_VERSION_WRITE, history->current);
}

/* CREATE INDEX names its table without a database, and SQLite finds a temporary table of that name first.
** (The statements of sql.c name the store's tables with their database.) */
static void schema_refuse_temporary(nangolite *store) {
  if (schema_read(store, SCHEMA_COUNT_TEMPORARY) == 0) return;
  store_fail(
    store, NANGOLITE_INVALID,
    "db: it has a temporary table whose name begins with nango_, which must not be there while the store's "
    "tables are made");
}

static void schema_take_mode(nangolite *store, const char *argument) {
  store->as_nango = schema_read(store, STORE_MODE) != 0;
  if (store->options.as_nango && !store->as_nango)
    store_fail(store, NANGOLITE_INVALID, "%s: the store was made without as_nango, which cannot be changed",
               argument);
}

static void schema_migrate(nangolite *store, const schema_history *history, const char *argument) {
  schema_refuse(store, history, argument);
  if (store_failed(store) || schema_version(store) == history->current) return;
  transaction_begin_schema(store);
  schema_refuse_temporary(store);
  schema_refuse(store, history, argument); /* again, now that nobody else can change it */
  int64_t version = schema_version(store);
  schema_create(store, history, version);
  if (version == 0) schema_begin(store, history->current);
  else if (version < history->current) schema_upgrade(store, history, version);
  transaction_end(store);
}
