/* backup: a copy of the store in a file of its own, made while the store is in use. */
#include "database/arguments.h"
#include "database/call.h"

#define BACKUP_PAGES 1024 /* copied between two looks at whether the call was interrupted */

static void backup_check(nangolite *store, const char *filename) {
  arguments_need(store, filename, "filename");
  slice name = slice_of(filename);
  if (filename != NULL && name.length == 0) store_fail(store, NANGOLITE_INVALID, "filename is empty");
  if (slice_starts_with(name, ":memory:") || slice_starts_with(name, "memory:"))
    store_fail(store, NANGOLITE_INVALID, "filename must name a file");
  if (!sqlite3_get_autocommit(store->db))
    store_fail(store, NANGOLITE_MISUSE, "a backup cannot be made inside your transaction");
  if (store->reads_exclude)
    store_fail(store, NANGOLITE_MISUSE, "a backup of memory:NAME needs SQLite 3.40.1 or newer, this is %s",
               sqlite3_libversion());
}

/* Whether there is a file of this name: without SQLITE_OPEN_CREATE, SQLite opens only files that are
** there. */
static int backup_exists(const char *filename) {
  sqlite3 *found = NULL;
  int code = sqlite3_open_v2(filename, &found, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
  sqlite3_close(found);
  return code == SQLITE_OK;
}

/* Makes the file, and latches a failure where one of this name is there. NULL: a failure is latched. */
static sqlite3 *backup_open(nangolite *store, const char *filename) {
  sqlite3 *made = NULL;
  if (store_failed(store)) return NULL;
  if (backup_exists(filename)) {
    store_fail(store, NANGOLITE_INVALID, "filename: there is a file of this name");
    return NULL;
  }
  int access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(filename, &made, access, NULL);
  if (code == SQLITE_OK) return made;
  if (made == NULL) store_fail_memory(store);
  else store_fail_sqlite_of(store, made, code);
  sqlite3_close(made);
  return NULL;
}

/* The copy is one transaction of the new file, so that either all of it is there, or nothing. */
static void backup_copy(nangolite *store, sqlite3 *made) {
  sqlite3_backup *copy = sqlite3_backup_init(made, "main", store->db, "main");
  int code = copy == NULL ? sqlite3_errcode(made) : SQLITE_OK;
  while (code == SQLITE_OK && !store_interrupted(store)) code = sqlite3_backup_step(copy, BACKUP_PAGES);
  sqlite3_backup_finish(copy);
  if (code != SQLITE_OK && code != SQLITE_DONE) store_fail_sqlite_of(store, made, code);
}

/* Closes the copy. Where it failed, its file is deleted, but not where the failure is BUSY: then somebody
** else may have made the file at the same moment. */
static void backup_close(nangolite *store, sqlite3 *made) {
  text path = {0};
  const char *name = sqlite3_db_filename(made, "main");
  int is_left = store_failed(store) && store->result != NANGOLITE_BUSY && name != NULL;
  if (is_left) text_append(&path, name, strlen(name) + 1);
  sqlite3_close(made);
  sqlite3_vfs *files = sqlite3_vfs_find(NULL);
  if (is_left && !path.failed && files != NULL) files->xDelete(files, path.at, 0);
  text_free(&path);
}

int nangolite_backup(nangolite *store, const char *filename) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  backup_check(store, filename);
  call_read(store);
  transaction_read_store(store); /* reads, so that all pages of the copy are of this moment */
  sqlite3 *made = backup_open(store, filename);
  if (made != NULL) backup_copy(store, made);
  if (made != NULL) backup_close(store, made);
  return call_end(store);
}
