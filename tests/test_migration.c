/* test_migration.c: a store of schema version 1 becomes a current one in one transaction, with all that it
** holds. */
#define _POSIX_C_SOURCE 200809L

#include "disk.h"
#include "scenario.h"

#include <sys/wait.h>
#include <unistd.h>

/* The tables as version 1 had them; never to be edited. */
static const char version_1[] =
  "CREATE TABLE old.nango_store (version INTEGER NOT NULL, last_stamp INTEGER NOT NULL,"
  " key0 INTEGER NOT NULL, key1 INTEGER NOT NULL);"
  "CREATE TABLE old.nango_connection (id INTEGER PRIMARY KEY, provider_config_key TEXT NOT NULL,"
  " connection_id TEXT NOT NULL, UNIQUE (provider_config_key, connection_id));"
  "CREATE TABLE old.nango_collection (id INTEGER PRIMARY KEY, connection INTEGER NOT NULL,"
  " variant TEXT NOT NULL, model TEXT NOT NULL, sequence INTEGER NOT NULL, numbers INTEGER NOT NULL,"
  " added INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL,"
  " pruned_added INTEGER NOT NULL, pruned_updated INTEGER NOT NULL, pruned_deleted INTEGER NOT NULL,"
  " bytes INTEGER NOT NULL, oldest_payload_at INTEGER, window_opened_at INTEGER,"
  " UNIQUE (connection, variant, model));"
  "CREATE INDEX old.nango_collection_by_age ON nango_collection (oldest_payload_at)"
  " WHERE oldest_payload_at IS NOT NULL;"
  "CREATE TABLE old.nango_record (key INTEGER PRIMARY KEY, id TEXT NOT NULL,"
  " last_modified_at INTEGER NOT NULL, first_seen_at INTEGER, pruned_at INTEGER, payload TEXT NOT NULL);"
  "CREATE TABLE old.nango_identity (collection INTEGER NOT NULL, id TEXT NOT NULL, key INTEGER NOT NULL,"
  " hash BLOB NOT NULL, number INTEGER NOT NULL, writer INTEGER, PRIMARY KEY (collection, id)) WITHOUT ROWID;"
  "CREATE TABLE old.nango_seen (collection INTEGER NOT NULL, chunk INTEGER NOT NULL, bits BLOB NOT NULL,"
  " PRIMARY KEY (collection, chunk)) WITHOUT ROWID;"
  "INSERT INTO old.nango_store SELECT 1, last_stamp, key0, key1 FROM main.nango_store;"
  "INSERT INTO old.nango_connection SELECT * FROM main.nango_connection;"
  "INSERT INTO old.nango_collection SELECT * FROM main.nango_collection;"
  "INSERT INTO old.nango_record SELECT * FROM main.nango_record;"
  "INSERT INTO old.nango_identity SELECT * FROM main.nango_identity;"
  "DETACH old";

static void execute(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

/* Makes a store of version 1 with records of each kind. Returns its state, to be given to free(). */
static char *make_old_store(const char *path) {
  sqlite3 *db = NULL;
  nangolite *store = NULL;
  char sql[300];
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_OK);
  for (int step = 0; scenario[step].run != scenario_maintain; step++) {
    assert_int_equal(scenario_prepare(store, step), NANGOLITE_OK);
    assert_int_equal(scenario_run(store, step), NANGOLITE_OK);
  }
  nangolite_clock_set(store, HALF_PAST_TEN);
  char *state = scenario_state(store);
  nangolite_close(store);
  snprintf(sql, sizeof sql, "ATTACH '%s' AS old", path);
  execute(db, sql);
  execute(db, version_1);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  return state;
}

static int64_t ask(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

static void expect_migrated(const char *path, const char *state, const char *when) {
  nangolite *store = NULL;
  int result = nangolite_open(path, NULL, &store);
  if (result != NANGOLITE_OK)
    fail_msg("%s, opening gave %s: %s", when, nangolite_result_name(result), nangolite_errmsg(store));
  nangolite_clock_set(store, HALF_PAST_TEN);
  scenario_expect_sound(store, when);
  scenario_expect_state(store, state, when);
  assert_int_equal(scenario_define(store, "issues"), NANGOLITE_OK);
  scenario_expect_sound(store, when);
  nangolite_close(store);
}

TEST(test_an_older_store_becomes_a_current_one) {
  const char *path = temporary(t);
  char *state = make_old_store(path);
  expect_migrated(path, state, "after a migration");
  free(state);
}

TEST(test_an_older_store_is_left_alone_when_read_only) {
  const char *path = temporary(t);
  nangolite *store = NULL;
  sqlite3 *db = NULL;
  free(make_old_store(path));
  assert_int_equal(nangolite_open(path, &(nangolite_options){.read_only = 1}, &store), NANGOLITE_READONLY);
  nangolite_close(store);
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(ask(db, "SELECT version FROM nango_store"), 1);
  sqlite3_close(db);
}

TEST(test_a_migration_inside_a_transaction_goes_with_it) {
  const char *path = temporary(t);
  nangolite *store = NULL;
  sqlite3 *db = NULL;
  char *state = make_old_store(path);
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  execute(db, "BEGIN");
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_OK);
  assert_true(ask(db, "SELECT version FROM nango_store") > 1);
  nangolite_close(store);
  execute(db, "ROLLBACK");
  assert_int_equal(ask(db, "SELECT version FROM nango_store"), 1);
  assert_int_equal(ask(db, "SELECT count(*) FROM sqlite_master WHERE name = 'nango_instance'"), 0);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  expect_migrated(path, state, "after a migration that was rolled back");
  free(state);
}

/* Whatever operation fails or is the last one before the power goes: the file has the old version or the
** new, whole. */
static void migrate_failing(int has_shared_memory, int is_cut, int stride) {
  disk_file before[DISK_FILES] = {{{0}, NULL, NULL, 0, 0, NULL, NULL}};
  test_random random = random_sequence();
  int failures = 1;
  disk_begin(has_shared_memory);
  char *state = make_old_store("/store.db");
  disk_save(before);
  for (int number = 0; failures > 0; number += 1 + (int)random_below(&random, (uint64_t)(2 * stride))) {
    nangolite *store = NULL;
    sqlite3 *db = NULL;
    disk_load(before);
    disk_fail(number, SQLITE_IOERR, is_cut || number % 2);
    int result = nangolite_open("/store.db", NULL, &store);
    failures = disk_failures;
    if (!is_cut) disk_mend();
    assert_true(result == NANGOLITE_OK || failures > 0);
    nangolite_close(store);
    disk_mend();
    if (is_cut) disk_cut_power(&random);
    assert_int_equal(sqlite3_open("/store.db", &db), SQLITE_OK);
    int64_t version = ask(db, "SELECT version FROM nango_store");
    int64_t instances = ask(db, "SELECT count(*) FROM sqlite_master WHERE name = 'nango_instance'");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(version > 1, instances);
    expect_migrated("/store.db", state, "after a migration failed");
  }
  for (int i = 0; i < DISK_FILES; i++) disk_remove(&before[i]);
  free(state);
  disk_end();
}

TEST(test_a_migration_that_fails_leaves_the_old_store) {
  assert_null(t->store);
  migrate_failing(1, 0, 3);
  migrate_failing(0, 0, 3);
}

TEST(test_a_migration_survives_a_power_cut) {
  assert_null(t->store);
  migrate_failing(1, 1, 3);
  migrate_failing(0, 1, 3);
}

TEST(test_processes_that_migrate_at_once_all_succeed) {
  for (int i = 0, n = rounds(4); i < n; i++) {
    const char *path = temporary(t);
    char *state = make_old_store(path);
    pid_t processes[5];
    int failed = 0, status = 0;
    fflush(NULL);
    for (int p = 0; p < 5; p++) {
      processes[p] = fork();
      if (processes[p] != 0) continue;
      nangolite *store = NULL;
      int result = nangolite_open(path, NULL, &store);
      if (result == NANGOLITE_OK) result = nangolite_connection_create(store, "github", "user-1");
      nangolite_close(store);
      _exit(result);
    }
    for (int p = 0; p < 5; p++) {
      int has_ended = waitpid(processes[p], &status, 0) == processes[p];
      failed += !has_ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    assert_int_equal(failed, 0);
    expect_migrated(path, state, "after several processes migrated it");
    free(state);
  }
}

TESTS(BARE(test_an_older_store_becomes_a_current_one), BARE(test_an_older_store_is_left_alone_when_read_only),
      BARE(test_a_migration_inside_a_transaction_goes_with_it),
      BARE(test_a_migration_that_fails_leaves_the_old_store),
      BARE(test_a_migration_survives_a_power_cut), BARE(test_processes_that_migrate_at_once_all_succeed))
