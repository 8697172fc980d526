#include "database/immutable.h"

/* Whether there is a file whose name is the database's with this ending. 1 also where that cannot be found
** out. */
static int immutable_has(nangolite *store, const char *ending) {
  sqlite3_vfs *vfs = NULL;
  int is_there = 1;
  char *name = sqlite3_mprintf("%s%s", sqlite3_db_filename(store->db, "main"), ending);
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
  if (name == NULL) store_fail_memory(store);
  else if (vfs != NULL) vfs->xAccess(vfs, name, SQLITE_ACCESS_EXISTS, &is_there);
  sqlite3_free(name);
  return is_there;
}

/* Whether the database has no log, no index of a log and no journal beside it: then nobody is writing it. */
static int immutable_is_alone(nangolite *store) {
  return !immutable_has(store, "-wal") && !immutable_has(store, "-shm") && !immutable_has(store, "-journal");
}

/* A filename as a URI, in which % ? and # have a meaning. NULL: there is no memory. Free it with
** sqlite3_free(). */
static char *immutable_uri(const char *filename) {
  static const char digits[] = "0123456789abcdef";
  text uri = {0};
  text_append_string(&uri, "file:");
  for (; *filename != '\0'; filename++) {
    unsigned char byte = (unsigned char)*filename;
    char escaped[3] = {'%', digits[byte >> 4], digits[byte & 15]};
    if (strchr("%?#", byte) != NULL) text_append(&uri, escaped, sizeof escaped);
    else text_append(&uri, filename, 1);
  }
  text_append_string(&uri, "?immutable=1");
  return text_take(&uri);
}

static int immutable_append(text *t, sqlite3_file *file, int bytes, sqlite3_int64 at) {
  char *to = text_reserve(t, (size_t)bytes);
  if (to == NULL || file->pMethods->xRead(file, to, bytes, at) != SQLITE_OK) return 0;
  t->length += (size_t)bytes;
  return 1;
}

/* A digest of what changes with every change of the store: of the database's header, which tells the size
** of a page, and of the page that has nango_store's one row. */
static hash128 immutable_digest(nangolite *store) {
  static const hash_key key = {0, 0};
  sqlite3_file *file = NULL;
  text read = {0};
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file != NULL && immutable_append(&read, file, 100, 0)) {
    int size = (unsigned char)read.at[16] << 8 | (unsigned char)read.at[17];
    if (size == 1) size = 65536;
    immutable_append(&read, file, size, (store->immutable_page - 1) * size);
  }
  hash128 digest = hash_bytes(&key, read.at, read.length);
  text_free(&read);
  return digest;
}

/* Opens the file again, as immutable. 0: it could not be opened, and the store keeps its connection. */
static int immutable_reopen(nangolite *store) {
  sqlite3 *db = NULL;
  char *uri = immutable_uri(sqlite3_db_filename(store->db, "main"));
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  int code = uri == NULL ? SQLITE_NOMEM : sqlite3_open_v2(uri, &db, flags, NULL);
  sqlite3_free(uri);
  if (code == SQLITE_OK) {
    query_finalize_all(store);
    sqlite3_close(store->db);
    store->db = db;
    sqlite3_extended_result_codes(db, 1);
  } else {
    sqlite3_close(db);
  }
  return code == SQLITE_OK;
}

static void immutable_open(nangolite *store) {
  const char *filename = sqlite3_db_filename(store->db, "main");
  if (filename == NULL || *filename == '\0') return;
  int needs_index = immutable_has(store, "-wal") && !immutable_has(store, "-shm");
  if (needs_index) {
    store->result = NANGOLITE_OK;
    store_fail(
      store, NANGOLITE_IOERR,
      "filename: the folder cannot be written, where the index of %s-wal has to be made: open the store "
      "once where it can be written",
      filename);
  }
  if (needs_index || !immutable_is_alone(store) || !immutable_reopen(store)) return;
  store->result = NANGOLITE_OK;
  query q = query_open(store, SCHEMA_STORE_PAGE);
  store->immutable_page = query_number(&q);
  store->immutable_digest = immutable_digest(store);
}

static void immutable_check(nangolite *store) {
  if (store->immutable_page == 0 || store_failed(store)) return;
  if (immutable_is_alone(store) && hash_equals(immutable_digest(store), store->immutable_digest)) return;
  store_fail(
    store, NANGOLITE_IOERR,
    "the file was opened in a folder that cannot be written, and another process has begun to write it: "
    "open it again");
}
