/* test_memory_faults.c: no call breaks where memory runs out.
**
** Each call of the scenario is run again and again, on a store restored from an image, and each time
** another allocation fails: once, or from then on for ever. SQLite's allocations are failed like the
** library's own. After each: the call says NANGOLITE_NOMEM and has cleared its results, or has recovered;
** the store has all of the call or nothing; the handle works; in the end no memory is left.
**
** Some of the allocations are picked at random; TEST_EVERY=1 fails every one. */
#define _POSIX_C_SOURCE 200809L

#include "failing.h"
#include "scenario.h"

typedef struct sweep {
  const char *encoding; /* of the databases */
  int in_transaction;   /* of the caller's; 2: in which it has changed the schema */
  sqlite3 *image;       /* as it is before the step */
  sqlite3 *work;
  char *before, *after; /* the state */
  test_random random;
} sweep;

static void copy_database(sqlite3 *from, sqlite3 *to) {
  sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
  assert_non_null(backup);
  sqlite3_backup_step(backup, -1);
  assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);
}

static sqlite3 *open_database(const char *encoding) {
  sqlite3 *db = NULL;
  char sql[64];
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  snprintf(sql, sizeof sql, "PRAGMA encoding = '%s'", encoding);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  return db;
}

static nangolite *attach(sqlite3 *db) {
  nangolite *store = NULL;
  int result = nangolite_attach(db, NULL, &store);
  if (result != NANGOLITE_OK)
    fail_msg("attaching gave %s: %s", nangolite_result_name(result), nangolite_errmsg(store));
  return store;
}

static void execute(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

/* How far to go on to the next allocation that fails. */
static int stride(test_random *random, int mean) {
  const char *every = getenv("TEST_EVERY");
  int scaled = every != NULL ? atoi(every) : mean * 200 / rounds(100);
  return scaled <= 1 ? 1 : 1 + (int)random_below(random, (uint64_t)(2 * scaled - 1));
}

static void arm(int after, int for_ever) {
  if (for_ever) failing_after(after);
  else failing_once(after);
}

/* The step once more, after it failed, now that there is memory. */
static void run_after_all(sweep *s, nangolite *store, int step, const char *when) {
  if (!scenario_is_whole(step)) return;
  scenario_expect_state(store, s->before, when);
  if (!scenario_is_repeatable(step)) return;
  if (scenario_run(store, step) != NANGOLITE_OK)
    fail_msg("%s, the same handle fails: %s", when, nangolite_errmsg(store));
  scenario_expect_state(store, s->after, when);
}

/* Has the statements of the step prepared, so that the change of the schema makes SQLite prepare them again. */
static void warm_up(sweep *s, nangolite *store, int step) {
  if (scenario[step].kind != STEP_SIMPLE) return;
  execute(s->work, "BEGIN");
  scenario_run(store, step);
  execute(s->work, "ROLLBACK");
}

/* Runs a step with the allocation `number` failing. 0: there is no such allocation. */
static int attempt(sweep *s, int step, int number, int for_ever) {
  char when[200];
  snprintf(when, sizeof when, "after '%s', where allocation %d fails %s (%s%s)", scenario[step].name, number,
           for_ever ? "for ever" : "once", s->encoding, s->in_transaction ? ", in a transaction" : "");
  copy_database(s->image, s->work);
  nangolite *store = attach(s->work);
  if (scenario_prepare(store, step) != NANGOLITE_OK)
    fail_msg("%s: %s", scenario[step].name, nangolite_errmsg(store));
  if (s->in_transaction > 1) warm_up(s, store, step);
  if (s->in_transaction) execute(s->work, "BEGIN");
  if (s->in_transaction > 1) execute(s->work, "CREATE TABLE mine (a)");
  arm(number, for_ever);
  int result = scenario_run(store, step);
  const char *message = nangolite_errmsg(store);
  int failed = failing_count;
  int again = for_ever && result != NANGOLITE_OK && scenario_is_repeatable(step);
  if (again && scenario_run(store, step) == NANGOLITE_OK) failed = -1;
  failing_never();
  if (failed < 0) fail_msg("%s, the second call is OK", when);
  if (result == NANGOLITE_NOMEM && message == NULL) fail_msg("%s, there is no message", when);
  int is_told =
    result == NANGOLITE_NOMEM || (result == NANGOLITE_ERROR && scenario[step].run == scenario_request);
  if (result != NANGOLITE_OK && (!is_told || failed == 0))
    fail_msg("%s, it gave %s: %s", when, nangolite_result_name(result), nangolite_errmsg(store));
  int is_gone = s->in_transaction && sqlite3_get_autocommit(s->work);
  if (result == NANGOLITE_OK && scenario_is_whole(step) && is_gone)
    fail_msg("%s, it is OK, and the caller's transaction is gone", when);
  if (result == NANGOLITE_OK && scenario_is_whole(step)) scenario_expect_state(store, s->after, when);
  if (result != NANGOLITE_OK) run_after_all(s, store, step, when);
  if (s->in_transaction && !sqlite3_get_autocommit(s->work))
    execute(s->work, number % 2 == 0 ? "COMMIT" : "ROLLBACK");
  scenario_conclude();
  scenario_expect_sound(store, when);
  nangolite_close(store);
  return failed > 0;
}

static void sweep_step(sweep *s, int step, int mean) {
  nangolite *store = attach(s->work);
  if (scenario_prepare(store, step) != NANGOLITE_OK)
    fail_msg("%s: %s", scenario[step].name, nangolite_errmsg(store));
  s->before = scenario_state(store);
  if (scenario_run(store, step) != NANGOLITE_OK)
    fail_msg("%s: %s", scenario[step].name, nangolite_errmsg(store));
  s->after = scenario_state(store);
  scenario_conclude();
  nangolite_close(store);
  sqlite3 *next = open_database(s->encoding);
  copy_database(s->work, next);
  for (int for_ever = 0; for_ever < 2; for_ever++) {
    int number = stride(&s->random, mean) - 1;
    while (attempt(s, step, number, for_ever)) number += stride(&s->random, mean);
  }
  copy_database(next, s->work);
  copy_database(next, s->image);
  sqlite3_close(next);
  free(s->before);
  free(s->after);
}

static void sweep_scenario(const char *encoding, int in_transaction, int mean) {
  failing_begin();
  sweep s = {encoding, in_transaction, open_database(encoding), open_database(encoding),
             NULL,     NULL,           random_sequence()};
  nangolite_close(attach(s.image));
  copy_database(s.image, s.work);
  for (int step = 0; step < SCENARIO_STEPS; step++) sweep_step(&s, step, mean);
  sqlite3_close(s.image);
  sqlite3_close(s.work);
  failing_end();
}

PLAIN_TEST(test_every_call_survives_a_failing_allocation) {
  sweep_scenario("UTF-8", 0, 150);
}

PLAIN_TEST(test_every_call_in_a_transaction_survives_a_failing_allocation) {
  sweep_scenario("UTF-8", 1, 300);
}

PLAIN_TEST(test_every_call_survives_a_failing_allocation_after_the_caller_changed_the_schema) {
  sweep_scenario("UTF-8", 2, 700);
}

PLAIN_TEST(test_every_call_on_utf_16_survives_a_failing_allocation) {
  sweep_scenario("UTF-16le", 0, 300);
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static void remove_store(const char *path) {
  static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
  char name[300];
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    snprintf(name, sizeof name, "%s%s", path, endings[i]);
    remove(name);
  }
}

static int open_failing(const char *path, int number, int for_ever) {
  nangolite *store = (nangolite *)(uintptr_t)path;
  arm(number, for_ever);
  int result = nangolite_open(path, NULL, &store);
  const char *message = nangolite_errmsg(store);
  int failed = failing_count;
  if (result != NANGOLITE_OK)
    assert_int_equal(nangolite_connection_create(store, "github", "user-1"), NANGOLITE_MISUSE);
  nangolite_interrupt(store);
  failing_never();
  assert_non_null(message);
  assert_true(result == NANGOLITE_OK || (result == NANGOLITE_NOMEM && failed > 0));
  if (result == NANGOLITE_OK) scenario_expect_sound(store, "after opening with a failing allocation");
  nangolite_close(store);
  return failed > 0;
}

/* Opens where there is nothing, and where there is a store, whole. */
static void open_all(const char *path, int is_new, int mean) {
  test_random random = random_sequence();
  for (int for_ever = 0; for_ever < 2; for_ever++) {
    for (int number = 0;; number += stride(&random, mean)) {
      if (is_new) remove_store(path);
      if (!open_failing(path, number, for_ever)) break;
      nangolite *store = NULL;
      assert_int_equal(nangolite_open(path, NULL, &store), NANGOLITE_OK);
      scenario_expect_sound(store, "after opening failed");
      nangolite_close(store);
    }
  }
}

PLAIN_TEST(test_opening_survives_a_failing_allocation) {
  char path[200];
  snprintf(path, sizeof path, "%s/memory-faults.db", getenv("B") != NULL ? getenv("B") : "build");
  failing_begin();
  open_all(path, 1, 200);
  open_all(path, 0, 100);
  open_all(":memory:", 1, 20);
  remove_store(path);
  failing_end();
}

static int attach_failing(sqlite3 *db, int number, int for_ever) {
  nangolite *store = NULL;
  arm(number, for_ever);
  int result = nangolite_attach(db, NULL, &store);
  int failed = failing_count;
  failing_never();
  assert_true(result == NANGOLITE_OK || (result == NANGOLITE_NOMEM && failed > 0));
  nangolite_close(store);
  assert_null(sqlite3_next_stmt(db, NULL));
  return failed > 0;
}

/* The caller's table and transaction are there afterwards, and nothing of ours that is not whole. */
PLAIN_TEST(test_attaching_survives_a_failing_allocation) {
  test_random random = random_sequence();
  failing_begin();
  for (int variant = 0; variant < 4; variant++) {
    int is_failing = 1;
    for (int number = 0; is_failing; number += stride(&random, 60)) {
      sqlite3 *db = open_database("UTF-8");
      execute(db, "CREATE TABLE mine (a)");
      if (variant & 1) execute(db, "BEGIN; INSERT INTO mine VALUES (1)");
      is_failing = attach_failing(db, number, variant & 2);
      if (!sqlite3_get_autocommit(db)) execute(db, "COMMIT");
      nangolite *store = attach(db);
      scenario_expect_sound(store, "after attaching failed");
      nangolite_close(store);
      execute(db, "SELECT a FROM mine");
      sqlite3_close(db);
    }
  }
  failing_end();
}

/* sqlite3_config() of the tests must come before anything is opened. */
TESTS(PLAIN(test_opening_survives_a_failing_allocation), PLAIN(test_attaching_survives_a_failing_allocation),
      PLAIN(test_every_call_survives_a_failing_allocation),
      PLAIN(test_every_call_in_a_transaction_survives_a_failing_allocation),
      PLAIN(test_every_call_survives_a_failing_allocation_after_the_caller_changed_the_schema),
      PLAIN(test_every_call_on_utf_16_survives_a_failing_allocation))
