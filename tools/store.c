#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store.h"
#include "terminal.h"
#include "text.h"

static const char *filename = "";
static nangolite *volatile opened;
static void (*volatile interrupt_other)(void);

/* The file is read, and had neither a log nor an index of one before: SQLite makes both, and a reader leaves
** them. */
static int is_clean_reader;

/* ---- ending early ---- */

/* Called by the signal's handler. */
static void stop(void) {
  nangolite_interrupt(opened);
  if (interrupt_other != NULL) interrupt_other();
}

int store_is_stopped(void) {
  return terminal_signal() != 0;
}

void store_on_stop(void (*interrupt)(void)) {
  interrupt_other = interrupt;
}

/* ---- the file ---- */

static int exists(const char *name) {
  sqlite3_vfs *vfs;
  int is_there = 0;
  sqlite3_initialize();
  vfs = sqlite3_vfs_find(NULL);
  return vfs != NULL && vfs->xAccess(vfs, name, SQLITE_ACCESS_EXISTS, &is_there) == SQLITE_OK && is_there;
}

static int exists_beside(const char *ending) {
  char *name = text_need(sqlite3_mprintf("%s%s", filename, ending));
  int is_there = exists(name);
  sqlite3_free(name);
  return is_there;
}

int store_is_there(const char *file) {
  return exists(file);
}

void store_remove(void) {
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  vfs->xDelete(vfs, filename, 0);
}

const char *store_filename(void) {
  return filename;
}

/* The library takes ":memory:" and "memory:NAME" for stores in memory, and SQLite "file:..." for an address;
** here they are names of files like others. */
static const char *plain_filename(const char *file) {
  static char *other;
  int is_special = *file == ':' || strncmp(file, "memory:", 7) == 0 || strncmp(file, "file:", 5) == 0;
  if (!is_special) return file;
  sqlite3_free(other);
  other = text_need(sqlite3_mprintf("./%s", file));
  return other;
}

/* ---- opening and closing ---- */

const char *store_message(nangolite *store) {
  const char *message = store == NULL ? "no memory" : nangolite_errmsg(store);
  return strncmp(message, "filename: ", 10) == 0 ? message + 10 : message;
}

static int complain_of_opening(nangolite *store, int result) {
  text_complain("%s: %s", filename, store_message(store));
  return result == NANGOLITE_INVALID ? NO_STORE : FAILED;
}

static int open_store(const nangolite_options *options, nangolite **store) {
  terminal_on_signal(stop);
  is_clean_reader = options->read_only && !exists_beside("-wal") && !exists_beside("-shm");
  int result = nangolite_open(filename, options, store);
  opened = *store;
  return result;
}

/* What is no store is refused before it is opened for writing: an empty database would become one. */
int store_open(const char *file, command_access access, const nangolite_options *options, nangolite **store) {
  nangolite_options with = options == NULL ? (nangolite_options){.clock = NULL} : *options;
  filename = plain_filename(file);
  if (access != ACCESS_MAKE && !exists(filename)) {
    text_complain("%s: there is no file of this name, or it is empty", file);
    return NO_STORE;
  }
  if (access == ACCESS_READ || (access == ACCESS_WRITE && exists(filename))) {
    with.read_only = 1;
    int result = open_store(&with, store);
    if (result != NANGOLITE_OK) return complain_of_opening(*store, result);
    if (access == ACCESS_READ) return DONE;
    store_close(*store);
    with.read_only = 0;
  }
  int result = open_store(&with, store);
  return result == NANGOLITE_OK ? DONE : complain_of_opening(*store, result);
}

int store_open_quietly(const char *file, nangolite **store) {
  nangolite_options options = {.read_only = 1, .busy_timeout_ms = 100};
  filename = plain_filename(file);
  return exists(filename) && open_store(&options, store) == NANGOLITE_OK;
}

/* The last connection that could write takes log and index away when it closes, if it has used them. SQLite
** sees to it that nobody else needs them. */
static sqlite3 *open_writer(void) {
  sqlite3 *db = NULL;
  int code = sqlite3_open_v2(filename, &db, SQLITE_OPEN_READWRITE, NULL);
  if (code == SQLITE_OK) sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
  return db;
}

void store_close(nangolite *store) {
  sqlite3 *writer = is_clean_reader && opened != NULL ? open_writer() : NULL;
  opened = NULL;
  is_clean_reader = 0;
  nangolite_close(store);
  sqlite3_close(writer);
}

int store_failed(nangolite *store, int result) {
  if (store_is_stopped()) return FAILED;
  text_complain("%s: %s", filename, store_message(store));
  return result == NANGOLITE_INVALID || result == NANGOLITE_INVALID_CURSOR ? WRONG_USAGE : FAILED;
}
