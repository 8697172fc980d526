#include "database/snapshot.h"

#include "database/memory_image.h"
#include "database/open_stores.h"

/* The header of a database file (https://sqlite.org/fileformat2.html, section 1.3). */
enum {
  SNAPSHOT_HEADER = 100,
  SNAPSHOT_JOURNAL = 18 /* two bytes: 1 for a rollback journal, 2 for a write-ahead log */
};

static void snapshot_check_store(nangolite *store) {
  if (!store->owned)
    store_fail(store, NANGOLITE_MISUSE, "the store is attached: its database is the caller's");
  if (!memory_image_is_available())
    store_fail(store, NANGOLITE_MISUSE, "snapshots need SQLite 3.36 or newer, and this is %s",
               sqlite3_libversion());
}

/* The copy has no write-ahead log beside it, so its header must not name one. */
static char *snapshot_take(nangolite *store, size_t *size) {
  snapshot_check_store(store);
  sqlite3 *copy = store_failed(store) ? NULL : memory_image_open((slice){NULL, 0});
  if (copy == NULL) {
    store_fail_memory(store);
    return NULL;
  }
  int code = memory_image_copy(copy, store->db);
  char *bytes = code == SQLITE_OK ? memory_image_read(copy, size) : NULL;
  if (bytes == NULL) store_fail_sqlite(store, code == SQLITE_OK ? SQLITE_NOMEM : code);
  else if (*size >= SNAPSHOT_HEADER) bytes[SNAPSHOT_JOURNAL] = bytes[SNAPSHOT_JOURNAL + 1] = 1;
  sqlite3_close(copy);
  return bytes;
}

static int snapshot_has_runs(nangolite *probe) {
  query q = query_open(probe, INSTANCE_IN_PROGRESS);
  int has_runs = query_next(&q);
  query_close(&q);
  return has_runs;
}

/* Latches what is wrong with the bytes, by the same look at them that opening a file takes. Sets *verdict to the mode of
** the store that they are, and to whether runs are in progress there. */
static void snapshot_judge(nangolite *store, sqlite3 *from, image_verdict *verdict) {
  nangolite *probe = store_allocate(store, sizeof *probe);
  if (probe == NULL) return;
  memset(probe, 0, sizeof *probe);
  probe->db = from;
  probe->options.as_nango = store->options.as_nango;
  schema_kind kind = schema_inspect(probe);
  int is_store = kind == SCHEMA_STORE && (sqlite3_errcode(from) & 0xff) != SQLITE_NOTADB;
  if (store_failed(probe) && !is_store) probe->result = NANGOLITE_OK;
  if (!is_store) store_fail(probe, NANGOLITE_INVALID, "these bytes are no store");
  schema_refuse(probe, schema_now(), "image");
  schema_take_mode(probe, "image");
  transaction_read_store(probe);
  verdict->has_runs = snapshot_has_runs(probe);
  if (store_failed(probe)) store_fail(store, probe->result, "%s", store_message(probe));
  query_finalize_all(probe);
  text_free(&probe->message);
  verdict->as_nango = probe->as_nango;
  sqlite3_free(probe);
}

/* Tests restore one image again and again. To judge it, SQLite parses the whole schema, which takes longer than to copy
** a small store. So the last verdict is kept, with a hash of the bytes: its key is drawn anew for each image, so nobody
** can prepare two images with one hash. */
static void snapshot_judge_once(nangolite *store, sqlite3 *from, slice bytes) {
  image_verdict *last = &store->verdict;
  if (last->size == bytes.length && hash_equals(last->hash, hash_bytes(&last->key, bytes.at, bytes.length)))
    return;
  image_verdict verdict = {.size = bytes.length};
  snapshot_judge(store, from, &verdict);
  if (store_failed(store)) return;
  sqlite3_randomness((int)sizeof verdict.key, &verdict.key);
  verdict.hash = hash_bytes(&verdict.key, bytes.at, bytes.length);
  *last = verdict;
}

static void snapshot_copy(nangolite *store, sqlite3 *from) {
  int code = memory_image_copy(store->db, from);
  if (code == SQLITE_READONLY)
    store_fail(store, NANGOLITE_INVALID, "image: its pages have another size than those of the store");
  else if (code != SQLITE_OK) store_fail_sqlite(store, code);
}

/* A database in memory has no file name, except that of memory:NAME, which SQLite's memdb knows by one. */
static void snapshot_check_memory(nangolite *store) {
  if (store_failed(store)) return;
  const char *name = sqlite3_db_filename(store->db, "main");
  int is_file = !store->is_shared_memory && name != NULL && *name != '\0';
  if (is_file)
    store_fail(store, NANGOLITE_MISUSE, "the store is in a file: only one in memory can be restored");
  if (open_stores_share_memory(store))
    store_fail(store, NANGOLITE_BUSY, "the store is busy: another handle has it open");
}

static int snapshot_load(nangolite *store, slice bytes) {
  snapshot_check_store(store);
  snapshot_check_memory(store);
  if (store_failed(store)) return 0;
  if (bytes.length < SNAPSHOT_HEADER) store_fail(store, NANGOLITE_INVALID, "image: these bytes are no store");
  sqlite3 *from = store_failed(store) ? NULL : memory_image_open(bytes);
  if (from == NULL) store_fail_memory(store);
  else snapshot_judge_once(store, from, bytes);
  if (!store_failed(store)) snapshot_copy(store, from);
  sqlite3_close(from);
  if (store_failed(store)) return 0;
  store->as_nango = store->verdict.as_nango;
  return store->verdict.has_runs;
}
