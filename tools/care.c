/* care: the commands for the file as a whole. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "line.h"
#include "store.h"
#include "text.h"

/* Records, or pages, in one transaction: others can write between two. */
enum { SLICE = 1000, BUSY_TIMEOUT_MS = 5000 };

int care_check(nangolite *store, const line *given) {
  char *reason = NULL;
  (void)given;
  int result = nangolite_check(store, &reason);
  if (result != NANGOLITE_OK) return store_failed(store, result);
  fputs(reason == NULL ? "sound" : "unsound: ", stdout);
  text_put(stdout, span_of(reason));
  putchar('\n');
  int status = reason == NULL ? DONE : FAILED;
  nangolite_free(reason);
  return status;
}

/* A sentence in a line for each kind of damage. */
static void put_report(const char *report) {
  while (*report != '\0') {
    size_t length = strcspn(report, "\n");
    text_put(stdout, (span){report, length});
    putchar('\n');
    report += length + (report[length] == '\n');
  }
}

int care_repair(nangolite *store, const line *given) {
  char *report = NULL;
  (void)given;
  int result = nangolite_repair(store, &report);
  if (result != NANGOLITE_OK) return store_failed(store, result);
  put_report(report == NULL ? "sound: there was nothing to repair" : report);
  nangolite_free(report);
  return DONE;
}

int care_backup(nangolite *store, const line *given) {
  const char *copy = given->arguments[0];
  int result = nangolite_backup(store, copy);
  if (result == NANGOLITE_OK || store_is_stopped()) return result == NANGOLITE_OK ? DONE : FAILED;
  text_complain("%s: %s", copy, store_message(store));
  return FAILED;
}

/* ---- maintain ---- */

static int maintain(nangolite *store, int64_t *pruned, int64_t *deleted) {
  int64_t pruned_now = 0, deleted_now = 0;
  do {
    int result = nangolite_maintain(store, SLICE, &pruned_now, &deleted_now);
    if (result != NANGOLITE_OK) return store_failed(store, result);
    *pruned += pruned_now;
    *deleted += deleted_now;
  } while ((pruned_now > 0 || deleted_now > 0) && !store_is_stopped());
  return store_is_stopped() ? FAILED : DONE;
}

int care_maintain(nangolite *store, const line *given) {
  int64_t pruned = 0, deleted = 0;
  (void)given;
  int status = maintain(store, &pruned, &deleted);
  if (status == DONE) printf("pruned %" PRId64 ", freed %" PRId64 "\n", pruned, deleted);
  return status;
}

/* ---- compact ---- */

static sqlite3 *volatile compacted;

static void interrupt_compacting(void) {
  if (compacted != NULL) sqlite3_interrupt(compacted);
}

/* The number that a pragma tells; -1: it could not be read. */
static int64_t pragma(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  int64_t number = -1;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    number = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  return number;
}

static int64_t size_of(sqlite3 *db) {
  return pragma(db, "PRAGMA page_count") * pragma(db, "PRAGMA page_size");
}

/* Then the log is taken over and cut off, as far as readers let it. */
static int vacuum(sqlite3 *db) {
  int64_t before = size_of(db);
  int code = sqlite3_exec(db, "VACUUM", NULL, NULL, NULL);
  if (code != SQLITE_OK) {
    if (!store_is_stopped()) text_complain("%s: %s", store_filename(), sqlite3_errmsg(db));
    return FAILED;
  }
  int64_t after = size_of(db);
  sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  printf("%" PRId64 " bytes before, %" PRId64 " now\n", before, after);
  return DONE;
}

/* The library has no function for it, and the store keeps nothing that VACUUM may change. */
static int compact_file(void) {
  sqlite3 *db = NULL;
  int code = sqlite3_open_v2(store_filename(), &db, SQLITE_OPEN_READWRITE, NULL), status = FAILED;
  compacted = db;
  store_on_stop(interrupt_compacting);
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    status = vacuum(db);
  } else {
    text_complain("%s: %s", store_filename(), db == NULL ? "no memory" : sqlite3_errmsg(db));
  }
  store_on_stop(NULL);
  compacted = NULL;
  sqlite3_close(db);
  return status;
}

int care_compact(nangolite *store, const line *given) {
  int64_t pruned = 0, deleted = 0;
  (void)given;
  int status = maintain(store, &pruned, &deleted);
  return status == DONE ? compact_file() : status;
}
