#include "database/schema.h"

/* From version 1 to 2; the objects that are new in 2 follow. */
static const char schema_to_2[] =
  "ALTER TABLE nango_store ADD COLUMN last_run INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE nango_store ADD COLUMN clock INTEGER NOT NULL DEFAULT 0;";

static int64_t schema_read(nangolite *store, statement_id id) {
  query q = query_open(store, id);
  return query_number(&q);
}

/* In this order: another process may make the store between the two readings, and makes all its tables at
** once. */
static schema_state schema_inspect(nangolite *store) {
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

static void schema_insert_store(nangolite *store) {
  query q = query_open(store, STORE_INSERT);
  query_bind_int(&q, TABLES_VERSION);
  query_bind_int(&q, (int64_t)store->key.k0);
  query_bind_int(&q, (int64_t)store->key.k1);
  query_run(&q);
}

static void schema_refuse_newer(nangolite *store) {
  int64_t version = schema_version(store);
  if (version > TABLES_VERSION) {
    store_fail(store, NANGOLITE_NEWER_SCHEMA, "the file has schema version %lld, this library knows %d",
               (long long)version, TABLES_VERSION);
  }
}

/* Makes what versions above this one have brought. */
static void schema_create(nangolite *store, int64_t above) {
  const table_object *object;
  for (int i = 0; (object = table_at(i)) != NULL; i++) {
    if (object->since > above && object->sql != NULL) schema_execute(store, object->sql);
  }
}

static void schema_upgrade(nangolite *store, int64_t from) {
  if (from == 1) schema_execute(store, schema_to_2);
  query_run_with(store, SCHEMA_VERSION_WRITE, TABLES_VERSION);
}

static void schema_migrate(nangolite *store) {
  if (schema_version(store) == TABLES_VERSION || store_failed(store)) return;
  transaction_begin_schema(store);
  schema_refuse_newer(store);
  int64_t version = schema_version(store);   /* again, now that nobody else can change it */
  schema_create(store, version);
  if (version == 0) schema_insert_store(store);
  else if (version < TABLES_VERSION) schema_upgrade(store, version);
  transaction_end(store);
}
