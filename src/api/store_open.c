#include "api/store_open.h"

#include "database/blank_image.h"
#include "database/call.h"
#include "database/schema.h"
#include "syncs/due.h"

#define BUSY_TIMEOUT_MS 5000
#define LEASE_MS 300000
#define PRUNE_AFTER_DAYS 30
#define DELETE_AFTER_DAYS 60
#define MAX_VARIANTS 100
#define CACHE_KB 2000
#define KEEP_RUNS 20 /* enough to see since when a sync fails, in a few kilobytes for each instance */

static int64_t open_option(nangolite *store, const char *name, int64_t value, int64_t minimum,
                           int64_t otherwise) {
  if (value < minimum)
    store_fail(store, NANGOLITE_INVALID, "options.%s must be at least %lld", name, (long long)minimum);
  return value == 0 ? otherwise : value;
}

static void open_options(nangolite *store, const nangolite_options *given) {
  nangolite_options *o = &store->options;
  if (given != NULL) *o = *given;
  o->busy_timeout_ms = (int)open_option(store, "busy_timeout_ms", o->busy_timeout_ms, 0, BUSY_TIMEOUT_MS);
  o->lease_ms = (int)open_option(store, "lease_ms", o->lease_ms, 0, LEASE_MS);
  o->prune_after_days =
    (int)open_option(store, "prune_after_days", o->prune_after_days, -1, PRUNE_AFTER_DAYS);
  o->delete_after_days =
    (int)open_option(store, "delete_after_days", o->delete_after_days, -1, DELETE_AFTER_DAYS);
  o->max_variants = (int)open_option(store, "max_variants", o->max_variants, 0, MAX_VARIANTS);
  o->keep_runs = (int)open_option(store, "keep_runs", o->keep_runs, -1, KEEP_RUNS);
  o->page_bytes = open_option(store, "page_bytes", o->page_bytes, 0, INT64_MAX);
  o->cache_kb = (int)open_option(store, "cache_kb", o->cache_kb, 0, CACHE_KB);
}

/* SQLite built with SQLITE_OMIT_AUTOINIT has no allocator until it is initialized. */
static nangolite *open_allocate(const nangolite_options *options, nangolite **store) {
  nangolite *made = sqlite3_initialize() == SQLITE_OK ? sqlite3_malloc64(sizeof *made) : NULL;
  *store = made;
  if (made == NULL) return NULL;
  memset(made, 0, sizeof *made);
  sqlite3_randomness((int)sizeof made->key, &made->key); /* for a new store; any other has its own */
  open_options(made, options);
  return made;
}

/* "memory:NAME" is a store in memory for all handles of the process. SQLite has shared memory by name
** since 3.36. Before 3.40.1 writers there did not wait for readers, who could then see half of a change.
** With such a version reads take the write lock as well. */
#define OPEN_MEMORY "memory:"
#define OPEN_MEMORY_NAME_MAX 255
#define OPEN_MEMORY_SINCE 3036000
#define OPEN_MEMORY_SOUND_SINCE 3040001

static void open_check_memory(nangolite *store, const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > OPEN_MEMORY_NAME_MAX)
    store_fail(store, NANGOLITE_INVALID, "filename: the name after memory: must have 1 to %d bytes",
               OPEN_MEMORY_NAME_MAX);
  if (sqlite3_libversion_number() < OPEN_MEMORY_SINCE || sqlite3_vfs_find("memdb") == NULL)
    store_fail(store, NANGOLITE_MISUSE,
               "filename: memory:NAME needs SQLite 3.36 or newer with its memdb VFS, this is %s",
               sqlite3_libversion());
}

/* The file name by which SQLite's memdb VFS shares a store in memory. Also sets what is special about such
** a store. Absent: the filename is that of a file, or it was refused. */
static slice open_memory(nangolite *store, const char *filename, text *path) {
  slice none = {NULL, 0};
  if (!slice_starts_with(slice_of(filename), OPEN_MEMORY)) return none;
  const char *name = filename + strlen(OPEN_MEMORY);
  open_check_memory(store, name);
  text_append_string(path, "/");
  text_append(path, name, strlen(name) + 1);
  store_check_text(store, path);
  store->is_shared_memory = 1;
  store->reads_exclude = sqlite3_libversion_number() < OPEN_MEMORY_SOUND_SINCE;
  return store_failed(store) ? none : (slice){path->at, path->length};
}

/* A shared store in memory that is opened read-only is so for this library only, not for SQLite, because a
** reader may have to take the write lock. */
static int open_access(const nangolite *store) {
  int is_read_only = store->options.read_only && !store->is_shared_memory;
  return is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

static int open_connection(nangolite *store, const char *filename) {
  text path = {0};
  slice memory = open_memory(store, filename, &path);
  const char *vfs = memory.at == NULL ? NULL : "memdb";
  int code = SQLITE_OK;
  if (!store_failed(store))
    code = sqlite3_open_v2(memory.at == NULL ? filename : memory.at, &store->db,
                           open_access(store) | SQLITE_OPEN_NOMUTEX, vfs);
  text_free(&path);
  return code;
}

static void open_database(nangolite *store, const char *filename) {
  if (store_failed(store)) return;
  int code = open_connection(store, filename);
  if (store_failed(store)) return;
  store->owned = 1;
  if (store->db == NULL) {
    store_fail_memory(store);
    return;
  }
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
  sqlite3_extended_result_codes(store->db, 1);
  sqlite3_busy_timeout(store->db, store->options.busy_timeout_ms);
}

/* SQLite takes a file of one byte for an empty one: on some file systems it writes the first byte of a new
** database by itself. */
static int open_is_one_byte(nangolite *store) {
  sqlite3_file *file = NULL;
  char first = 'S'; /* a database begins with "SQLite" */
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == NULL || file->pMethods == NULL) return 0;
  return file->pMethods->xRead(file, &first, 1, 0) == SQLITE_OK && first != 'S';
}

/* Refuses a file that is no store, before anything is written to it. */
static schema_kind open_inspect(nangolite *store) {
  schema_kind kind = schema_inspect(store);
  if (store->options.read_only && (store->result == NANGOLITE_IOERR || store->result == NANGOLITE_READONLY)) {
    immutable_open(store);
    kind = schema_inspect(store);
  }
  int not_a_database = store_failed(store) && (sqlite3_errcode(store->db) & 0xff) == SQLITE_NOTADB;
  if (not_a_database) store->result = NANGOLITE_OK;
  int is_foreign = kind == SCHEMA_FOREIGN;
  int is_missing = store->is_shared_memory && store->options.read_only && kind == SCHEMA_EMPTY;
  if (is_missing) store_fail(store, NANGOLITE_IOERR, "filename: there is no store of this name in memory");
  if (!store_failed(store) && kind == SCHEMA_EMPTY)
    is_foreign = store->options.read_only || open_is_one_byte(store);
  if (not_a_database || (!store_failed(store) && is_foreign)) {
    store_fail(store, NANGOLITE_INVALID, "filename: the file is not a nangolite store");
  }
  return kind;
}

static void open_pragma(nangolite *store, statement_id id) {
  query q = query_open(store, id);
  query_run(&q);
}

/* Another program copies the log into the file, so this handle never does, not even when it is closed. */
static void open_leave_checkpoints(nangolite *store) {
  enum { NO_CHECKPOINT_ON_CLOSE = 1006 }; /* SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE of SQLite 3.16 */
  if (store_failed(store)) return;
  sqlite3_wal_autocheckpoint(store->db, 0);
  if (sqlite3_db_config(store->db, NO_CHECKPOINT_ON_CLOSE, 1, NULL) != SQLITE_OK)
    store_fail(store, NANGOLITE_MISUSE, "options.leave_checkpoints needs SQLite 3.16, this is %s",
               sqlite3_libversion());
}

/* This is the only SQL that a number is put into, because a pragma takes no parameter. A negative size is
** in KiB. */
static void open_cache(nangolite *store) {
  char sql[64];
  if (store_failed(store)) return;
  sqlite3_snprintf(sizeof sql, sql, "PRAGMA main.cache_size = -%d", store->options.cache_kb);
  int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
}

/* Chooses WAL where that is possible. It is not possible on some file systems, in memory, and while others
** use the file with a rollback journal. With a rollback journal a power cut could damage the file under
** synchronous=NORMAL, so synchronous is FULL there. */
static void open_journal(nangolite *store) {
  if (store->options.read_only || store_failed(store)) return;
  query q = query_open(store, PRAGMA_WAL);
  int is_wal = query_next(&q) && slice_equals(query_text(&q, 0), slice_of("wal"));
  query_close(&q);
  if (store->result == NANGOLITE_BUSY) store->result = NANGOLITE_OK;
  open_pragma(store, is_wal ? PRAGMA_NORMAL : PRAGMA_FULL);
  if (store->options.leave_checkpoints) open_leave_checkpoints(store);
  else open_pragma(store, PRAGMA_WAL_LIMIT);
}

static void open_file(nangolite *store) {
  schema_kind kind = open_inspect(store);
  open_cache(store);
  if (kind == SCHEMA_EMPTY) open_pragma(store, PRAGMA_AUTO_VACUUM);
  if (kind == SCHEMA_STORE) schema_refuse(store, schema_now(), "filename");
  open_journal(store);
  schema_migrate(store, schema_now(), "filename");
  schema_take_mode(store, "filename");
}

static int open_result(nangolite *store) {
  store->opened = !store_failed(store);
  if (store->opened) open_stores_enter(store);
  store->is_recovering = store->options.exclusive && !store->options.read_only;
  return store->result;
}

int nangolite_open(const char *filename, const nangolite_options *options, nangolite **store) {
  if (store == NULL) return NANGOLITE_MISUSE;
  nangolite *made = open_allocate(options, store);
  if (made == NULL) return NANGOLITE_NOMEM;
  if (filename == NULL) store_fail(made, NANGOLITE_MISUSE, "filename is NULL");
  else if (*filename == '\0') store_fail(made, NANGOLITE_INVALID, "filename is empty");
  open_database(made, filename);
  int is_made =
    filename != NULL && strcmp(filename, ":memory:") == 0 && !made->options.read_only && image_load(made);
  if (!is_made) open_file(made);
  return open_result(made);
}

#ifdef NANGOLITE_EXTENSION
/* Before anything is written to it. */
static void open_need_store(nangolite *store) {
  if (schema_inspect(store) != SCHEMA_STORE)
    store_fail(store, NANGOLITE_INVALID, "the database has no nangolite store: nangolite_save() makes one");
}

static int store_attach_in_statement(sqlite3 *db, int makes, nangolite **store) {
  nangolite *made = open_allocate(NULL, store);
  if (made == NULL) return NANGOLITE_NOMEM;
  made->db = db;
  made->is_in_statement = 1;
  if (!makes) open_need_store(made);
  schema_migrate(made, schema_now(), "the database");
  return open_result(made);
}
#endif

int nangolite_attach(struct sqlite3 *db, const nangolite_options *options, nangolite **store) {
  if (store == NULL) return NANGOLITE_MISUSE;
  nangolite *made = open_allocate(options, store);
  if (made == NULL) return NANGOLITE_NOMEM;
  if (db == NULL) store_fail(made, NANGOLITE_MISUSE, "db is NULL");
  made->db = db;
  schema_migrate(made, schema_now(), "db");
  schema_take_mode(made, "db");
  return open_result(made);
}

void nangolite_close(nangolite *store) {
  if (store == NULL) return;
  transaction_end_late(store);
  open_stores_leave(store);
  runs_free(store);
  sync_functions_free(store);
  text_free(&store->events);
  query_finalize_all(store);
  if (store->owned) sqlite3_close(store->db);
  text_free(&store->message);
  text_free(&store->secret_key);
  sqlite3_free(store);
}
