/* White-box tests of schema: how a store of an older version becomes a current one, in one transaction, with all
** that it holds. No older version was released yet, so they make up a newer one: version NEXT, with a table and
** a column more. */
#define _POSIX_C_SOURCE 200809L

#include "../nangolite.c"

#include "disk.h"

#include <sys/wait.h>
#include <unistd.h>

#define NEXT (TABLES_VERSION + 1)
#define HAS_COLUMN "SELECT count(*) FROM sqlite_master WHERE name = 'nango_store' AND sql LIKE '%made_up%'"
#define HAS_TABLE "SELECT count(*) FROM sqlite_master WHERE name = 'nango_made_up'"

static const table_object *next_object_at(int position) {
  static const table_object made_up = {NEXT,
                                       "table",
                                       "nango_made_up",
                                       "nango_made_up",
                                       TREE_TABLE,
                                       "CREATE TABLE nango_made_up (id INTEGER PRIMARY KEY)"};
  const table_object *object = table_at(position);
  if (object != NULL) return object;
  return position == 0 || table_at(position - 1) != NULL ? &made_up : NULL;
}

/* The step to a version that the store has already must not be taken again. */
static const schema_step next_steps[] = {
  {TABLES_VERSION, "CREATE TABLE nango_store (version)"},
  {NEXT, "ALTER TABLE nango_store ADD COLUMN made_up INTEGER NOT NULL DEFAULT 7;"},
  {0, NULL}};

static const schema_history next_history = {TABLES_FIRST_VERSION, NEXT, next_object_at, next_steps};

static void execute(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static int64_t ask(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

static int64_t ask_file(const char *path, const char *sql) {
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  int64_t value = ask(db, sql);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  return value;
}

/* Makes a store of the current version with two records and a sync. */
static void make_store(const char *path) {
  nangolite *store = NULL;
  const char *const models[] = {"Issue"};
  const nangolite_scope issues = {"github", "user-1", "Issue", NULL};
  const nangolite_sync sync = {.provider_config_key = "github",
                               .name = "issues",
                               .models = models,
                               .model_count = 1,
                               .frequency = "every hour"};
  assert_int_equal(nangolite_open(path, NULL, &store), NANGOLITE_OK);
  assert_int_equal(nangolite_connection_create(store, "github", "user-1"), NANGOLITE_OK);
  assert_int_equal(nangolite_sync_define(store, &sync), NANGOLITE_OK);
  assert_int_equal(nangolite_records_save(store, &issues, "[{\"id\":1},{\"id\":2}]", -1, NULL), NANGOLITE_OK);
  nangolite_close(store);
}

/* As a library would open it whose version is NEXT. */
static int open_as_next(const char *path, const nangolite_options *options) {
  nangolite *store = NULL;
  assert_non_null(open_allocate(options, &store));
  open_database(store, path);
  schema_migrate(store, &next_history, "filename");
  int result = store->result;
  nangolite_close(store);
  return result;
}

/* The store is whole, of one version or the other. */
static void expect_whole(const char *path, int64_t version) {
  nangolite *store = NULL;
  sqlite3 *db = NULL;
  char *reason = NULL;
  int64_t live = 0;
  const nangolite_scope issues = {"github", "user-1", "Issue", NULL};
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(ask(db, "SELECT version FROM nango_store"), version);
  assert_int_equal(ask(db, HAS_COLUMN), version == NEXT);
  assert_int_equal(ask(db, HAS_TABLE), version == NEXT);
  if (version == NEXT) execute(db, "UPDATE nango_store SET version = version - 1; DROP TABLE nango_made_up");
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  assert_int_equal(nangolite_open(path, NULL, &store), NANGOLITE_OK);
  assert_int_equal(nangolite_check(store, &reason), NANGOLITE_OK);
  assert_null(reason);
  assert_int_equal(nangolite_records_count(store, &issues, &live, NULL), NANGOLITE_OK);
  assert_int_equal(live, 2);
  nangolite_close(store);
}

static void forget(const char *path) {
  char name[300];
  static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    snprintf(name, sizeof name, "%s%s", path, endings[i]);
    remove(name);
  }
}

/* The name of a file that there is not. */
static const char *new_path(char *path) {
  strcpy(path, "/tmp/nangolite-migration-XXXXXX");
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  return path;
}

PLAIN_TEST(test_an_older_store_becomes_a_current_one) {
  char path[40];
  make_store(new_path(path));
  assert_int_equal(open_as_next(path, NULL), NANGOLITE_OK);
  assert_int_equal(ask_file(path, "SELECT made_up FROM nango_store"), 7);
  assert_int_equal(open_as_next(path, NULL), NANGOLITE_OK); /* nothing is left to do */
  expect_whole(path, NEXT);
  forget(path);
}

PLAIN_TEST(test_a_new_store_is_made_with_all_that_versions_have_brought) {
  nangolite *store = NULL;
  assert_non_null(open_allocate(NULL, &store));
  open_database(store, ":memory:");
  schema_migrate(store, &next_history, "filename");
  assert_int_equal(store->result, NANGOLITE_OK);
  assert_int_equal(ask(store->db, "SELECT version FROM nango_store"), NEXT);
  assert_int_equal(ask(store->db, HAS_TABLE), 1);
  nangolite_close(store);
}

PLAIN_TEST(test_an_older_store_is_left_alone_when_read_only) {
  char path[40];
  make_store(new_path(path));
  assert_int_equal(open_as_next(path, &(nangolite_options){.read_only = 1}), NANGOLITE_READONLY);
  expect_whole(path, TABLES_VERSION);
  forget(path);
}

PLAIN_TEST(test_a_newer_store_is_refused) {
  char path[40];
  nangolite *store = NULL;
  make_store(new_path(path));
  assert_int_equal(open_as_next(path, NULL), NANGOLITE_OK);
  assert_int_equal(nangolite_open(path, NULL, &store), NANGOLITE_NEWER_SCHEMA);
  nangolite_close(store);
  expect_whole(path, NEXT);
  forget(path);
}

PLAIN_TEST(test_a_migration_inside_a_transaction_goes_with_it) {
  char path[40];
  sqlite3 *db = NULL;
  nangolite *store = NULL;
  make_store(new_path(path));
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  execute(db, "BEGIN");
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_OK);
  schema_migrate(store, &next_history, "db");
  assert_int_equal(store->result, NANGOLITE_OK);
  assert_int_equal(ask(db, "SELECT version FROM nango_store"), NEXT);
  nangolite_close(store);
  execute(db, "ROLLBACK");
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  expect_whole(path, TABLES_VERSION);
  forget(path);
}

/* Whatever operation fails or is the last one before the power goes: the file has the old version or the
** new, whole. */
static void migrate_failing(int has_shared_memory, int is_cut, int stride) {
  disk_file before[DISK_FILES] = {{{0}, NULL, NULL, 0, 0, NULL, NULL}};
  test_random random = random_sequence();
  int failures = 1;
  disk_begin(has_shared_memory);
  make_store("/store.db");
  disk_save(before);
  for (int number = 0; failures > 0; number += 1 + (int)random_below(&random, (uint64_t)(2 * stride))) {
    disk_load(before);
    disk_fail(number, SQLITE_IOERR, is_cut || number % 2);
    int result = open_as_next("/store.db", NULL);
    failures = disk_failures;
    assert_true(result == NANGOLITE_OK || failures > 0);
    disk_mend();
    if (is_cut) disk_cut_power(&random);
    int64_t version = ask_file("/store.db", "SELECT version FROM nango_store");
    if (result == NANGOLITE_OK && !is_cut) assert_int_equal(version, NEXT);
    expect_whole("/store.db", version);
  }
  for (int i = 0; i < DISK_FILES; i++) disk_remove(&before[i]);
  disk_end();
}

PLAIN_TEST(test_a_migration_that_fails_leaves_the_old_store) {
  migrate_failing(1, 0, 3);
  migrate_failing(0, 0, 3);
}

PLAIN_TEST(test_a_migration_survives_a_power_cut) {
  migrate_failing(1, 1, 3);
  migrate_failing(0, 1, 3);
}

PLAIN_TEST(test_processes_that_migrate_at_once_all_succeed) {
  for (int i = 0, n = rounds(4); i < n; i++) {
    char path[40];
    make_store(new_path(path));
    pid_t processes[5];
    int failed = 0, status = 0;
    fflush(NULL);
    for (int p = 0; p < 5; p++) {
      processes[p] = fork();
      if (processes[p] == 0) _exit(open_as_next(path, NULL));
    }
    for (int p = 0; p < 5; p++) {
      int has_ended = waitpid(processes[p], &status, 0) == processes[p];
      failed += !has_ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    assert_int_equal(failed, 0);
    expect_whole(path, NEXT);
    forget(path);
  }
}

TESTS(PLAIN(test_an_older_store_becomes_a_current_one),
      PLAIN(test_a_new_store_is_made_with_all_that_versions_have_brought),
      PLAIN(test_an_older_store_is_left_alone_when_read_only), PLAIN(test_a_newer_store_is_refused),
      PLAIN(test_a_migration_inside_a_transaction_goes_with_it),
      PLAIN(test_a_migration_that_fails_leaves_the_old_store), PLAIN(test_a_migration_survives_a_power_cut),
      PLAIN(test_processes_that_migrate_at_once_all_succeed))
