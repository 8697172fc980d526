/* test_io_faults.c: no call breaks a store where reading, writing, syncing or the disk's room fails, or
** the power.
**
** Some of the operations that fail are picked at random, and some of the writes at which the log is copied;
** TEST_EVERY=1 takes every one. */
#define _POSIX_C_SOURCE 200809L

#include "disk.h"
#include "scenario.h"

#define STORE_NAME "/store.db"

static nangolite *open_on_disk(const char *when) {
  nangolite *store = NULL;
  int result = nangolite_open(STORE_NAME, NULL, &store);
  if (result != NANGOLITE_OK)
    fail_msg("%s, opening gave %s: %s", when, nangolite_result_name(result), nangolite_errmsg(store));
  nangolite_clock_set(store, HALF_PAST_TEN);
  return store;
}

static int stride(test_random *random, int mean) {
  const char *every = getenv("TEST_EVERY");
  int scaled = every != NULL ? atoi(every) : mean * 200 / rounds(100);
  return scaled <= 1 ? 1 : 1 + (int)random_below(random, (uint64_t)(2 * scaled - 1));
}

/* ---- one operation fails, or all from then on ---------------------------------------------------------- */

typedef struct sweep {
  const char *journal;
  disk_file before[DISK_FILES], crashed[DISK_FILES];
  char *state_before, *state_after;
  test_random random;
  int (*attempt)(struct sweep *s, int step, int number, int error, int for_ever);
} sweep;

static void expect_after_crash(sweep *s, int step, const char *state, const char *when) {
  disk_load(s->crashed);
  nangolite *store = open_on_disk(when);
  nangolite_clock_set(store, HALF_PAST_TEN + HOURS(step));
  if (scenario_is_whole(step)) scenario_expect_state(store, state, when);
  scenario_expect_sound(store, when);
  nangolite_close(store);
}

/* Runs a step with the operation `number` failing. 0: there is no such operation. */
static int attempt(sweep *s, int step, int number, int error, int for_ever) {
  char when[200];
  snprintf(when, sizeof when, "after '%s', where operation %d %s %s (%s)", scenario[step].name, number,
           error == SQLITE_FULL ? "finds the disk full" : "fails", for_ever ? "for ever" : "once",
           s->journal);
  disk_load(s->before);
  nangolite *store = open_on_disk(when);
  assert_int_equal(scenario_prepare(store, step), NANGOLITE_OK);
  disk_fail(number, error, for_ever);
  int result = scenario_run(store, step);
  int failures = disk_failures;
  disk_mend();
  disk_save(s->crashed);
  int expected = error == SQLITE_FULL ? NANGOLITE_FULL : NANGOLITE_IOERR;
  int is_told = result == expected || result == NANGOLITE_IOERR ||
                (result == NANGOLITE_ERROR && scenario[step].run == scenario_request);
  if (result != NANGOLITE_OK && (failures == 0 || !is_told))
    fail_msg("%s, it gave %s: %s", when, nangolite_result_name(result), nangolite_errmsg(store));
  const char *state = result == NANGOLITE_OK ? s->state_after : s->state_before;
  if (scenario_is_whole(step)) scenario_expect_state(store, state, when);
  if (result != NANGOLITE_OK && scenario_is_repeatable(step)) {
    if (scenario_run(store, step) != NANGOLITE_OK)
      fail_msg("%s, the same handle fails: %s", when, nangolite_errmsg(store));
    scenario_expect_state(store, s->state_after, when);
  }
  scenario_conclude();
  nangolite_close(store);
  expect_after_crash(s, step, state, when);
  return failures > 0;
}

/* ---- the same inside the caller's transaction, with a cache so small that it is written early ---------- */

static void execute(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static int is_in_table_of_the_caller(sqlite3 *db) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM mine", -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int count = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return count;
}

/* Commits what the caller's transaction has left, and opens the file anew. Where SQLite had to roll the
** transaction back, the caller's row is gone with the call's. */
static void expect_in_transaction(sweep *s, sqlite3 *db, nangolite *store, int step, const char *state,
                                  const char *when) {
  int is_open = !sqlite3_get_autocommit(db);
  if (is_open && scenario_is_whole(step)) scenario_expect_state(store, state, when);
  scenario_conclude();
  if (is_open) execute(db, "COMMIT");
  nangolite_close(store);
  assert_int_equal(is_in_table_of_the_caller(db), is_open);
  disk_save(s->crashed);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  disk_load(s->crashed);
  store = open_on_disk(when);
  scenario_expect_sound(store, when);
  nangolite_close(store);
}

static int attempt_in_transaction(sweep *s, int step, int number, int error, int for_ever) {
  char when[200];
  sqlite3 *db = NULL;
  nangolite *store = NULL;
  snprintf(when, sizeof when, "after '%s' in a transaction, where operation %d %s %s", scenario[step].name,
           number, error == SQLITE_FULL ? "finds the disk full" : "fails", for_ever ? "for ever" : "once");
  disk_load(s->before);
  assert_int_equal(sqlite3_open(STORE_NAME, &db), SQLITE_OK);
  execute(db, "PRAGMA cache_size = 6; CREATE TABLE mine (a)");
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_OK);
  assert_int_equal(scenario_prepare(store, step), NANGOLITE_OK);
  execute(db, "BEGIN; INSERT INTO mine VALUES (1)");
  disk_fail(number, error, for_ever);
  int result = scenario_run(store, step);
  int failures = disk_failures;
  disk_mend();
  if (result != NANGOLITE_OK && failures == 0)
    fail_msg("%s, it gave %s: %s", when, nangolite_result_name(result), nangolite_errmsg(store));
  if (result == NANGOLITE_OK && scenario_is_whole(step) && sqlite3_get_autocommit(db))
    fail_msg("%s, it was OK, and the transaction is gone", when);
  expect_in_transaction(s, db, store, step, result == NANGOLITE_OK ? s->state_after : s->state_before, when);
  return failures > 0;
}

static void sweep_step(sweep *s, int step, int mean) {
  disk_file after[DISK_FILES] = {{{0}, NULL, NULL, 0, 0, NULL, NULL}};
  disk_load(s->before);
  nangolite *store = open_on_disk(scenario[step].name);
  assert_int_equal(scenario_prepare(store, step), NANGOLITE_OK);
  s->state_before = scenario_state(store);
  assert_int_equal(scenario_run(store, step), NANGOLITE_OK);
  s->state_after = scenario_state(store);
  scenario_conclude();
  disk_save(after); /* before it is closed: the WAL is there */
  nangolite_close(store);
  int is_left_out = rounds(100) < 50 && random_below(&s->random, 4) != 0; /* under valgrind, most are */
  for (int kind = 0; kind < 4 && !is_left_out; kind++) {
    int number = stride(&s->random, mean) - 1;
    int error = kind & 2 ? SQLITE_FULL : SQLITE_IOERR;
    while (s->attempt(s, step, number, error, kind & 1)) number += stride(&s->random, mean);
  }
  disk_load(after);
  disk_save(s->before);
  for (int i = 0; i < DISK_FILES; i++) disk_remove(&after[i]);
  free(s->state_before);
  free(s->state_after);
}

static void sweep_scenario(const char *journal, int has_shared_memory, int in_transaction, int mean) {
  sweep s = {.journal = journal, .random = random_sequence()};
  s.attempt = in_transaction ? attempt_in_transaction : attempt;
  disk_begin(has_shared_memory);
  nangolite_close(open_on_disk("at first"));
  disk_save(s.before);
  for (int step = 0; step < SCENARIO_STEPS; step++) sweep_step(&s, step, mean);
  for (int i = 0; i < DISK_FILES; i++) {
    disk_remove(&s.before[i]);
    disk_remove(&s.crashed[i]);
  }
  disk_end();
}

PLAIN_TEST(test_every_call_survives_a_failing_disk) {
  sweep_scenario("WAL", 1, 0, 90);
}

PLAIN_TEST(test_every_call_survives_a_failing_disk_with_a_rollback_journal) {
  sweep_scenario("rollback journal", 0, 0, 120);
}

PLAIN_TEST(test_a_failing_disk_takes_the_callers_transaction_back_whole_or_not_at_all) {
  sweep_scenario("WAL", 1, 1, 200);
  sweep_scenario("rollback journal", 0, 1, 200);
}

/* Opening what is new, and opening what is there: afterwards it can be opened, and has what it had. */
static void open_failing(int has_shared_memory, int is_new) {
  disk_file before[DISK_FILES] = {{{0}, NULL, NULL, 0, 0, NULL, NULL}};
  test_random random = random_sequence();
  disk_begin(has_shared_memory);
  if (!is_new) {
    nangolite *made = open_on_disk("at first");
    for (int step = 0; step < 4; step++) assert_int_equal(scenario_run(made, step), NANGOLITE_OK);
    disk_save(before);
    nangolite_close(made);
  }
  for (int kind = 0; kind < 4; kind++) {
    int failures = 1;
    for (int number = 0; failures > 0; number += stride(&random, 3)) {
      nangolite *store = NULL;
      disk_load(before);
      disk_fail(number, kind & 2 ? SQLITE_FULL : SQLITE_IOERR, kind & 1);
      int result = nangolite_open(STORE_NAME, NULL, &store);
      failures = disk_failures;
      assert_non_null(nangolite_errmsg(store));
      if (result != NANGOLITE_OK && result != NANGOLITE_IOERR && result != NANGOLITE_FULL)
        fail_msg("opening gave %s: %s", nangolite_result_name(result), nangolite_errmsg(store));
      nangolite_close(store);
      disk_mend();
      store = open_on_disk("after opening failed");
      if (!is_new) assert_int_equal(scenario_run(store, 3), NANGOLITE_OK);
      scenario_expect_sound(store, "after opening failed");
      nangolite_close(store);
    }
  }
  for (int i = 0; i < DISK_FILES; i++) disk_remove(&before[i]);
  disk_end();
}

PLAIN_TEST(test_opening_survives_a_failing_disk) {
  open_failing(1, 1);
  open_failing(0, 1);
  open_failing(1, 0);
  open_failing(0, 0);
}

/* ---- the power is cut ---------------------------------------------------------------------------------- */

static char *states[3 * SCENARIO_STEPS + 1];             /* in the order in which they come */
static int state_count, state_after[SCENARIO_STEPS + 1]; /* [i]: the number of the state after i steps */

/* Runs a step with what goes before it and after it, and calls `note` in between. */
static int run_whole_step(nangolite *store, int step, void (*note)(nangolite *store)) {
  int result = scenario_prepare(store, step);
  if (note != NULL) note(store);
  if (result == NANGOLITE_OK) result = scenario_run(store, step);
  if (note != NULL) note(store);
  scenario_conclude();
  if (note != NULL) note(store);
  return result;
}

static void note_state(nangolite *store) {
  int64_t now = nangolite_now(store);
  nangolite_clock_set(store, HALF_PAST_TEN);
  states[state_count++] = scenario_state(store);
  nangolite_clock_set(store, now);
}

static void note_states(void) {
  nangolite *store = NULL;
  state_count = 0;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  note_state(store);
  for (int step = 0; step < SCENARIO_STEPS; step++) {
    if (scenario_is_whole(step)) assert_int_equal(run_whole_step(store, step, note_state), NANGOLITE_OK);
    state_after[step + 1] = state_count - 1;
  }
  nangolite_close(store);
}

/* Runs the scenario up to the operation `number`, at which the power goes. Returns how many steps were OK. */
static int run_until_the_cut(int number) {
  int done = 0, result = NANGOLITE_OK;
  disk_clear();
  disk_fail(number, SQLITE_IOERR, 1);
  while (result == NANGOLITE_OK && done < SCENARIO_STEPS) {
    nangolite *store = NULL;
    result = nangolite_open(STORE_NAME, NULL, &store);
    for (int i = 0; i < 6 && result == NANGOLITE_OK && done < SCENARIO_STEPS; i++) {
      if (scenario_is_whole(done)) result = run_whole_step(store, done, NULL);
      if (result == NANGOLITE_OK && disk_failures == 0) done++;
    }
    nangolite_close(store);
  }
  disk_mend();
  return done;
}

/* The state is one of these. */
static void expect_one_of(nangolite *store, int least, int most, const char *when) {
  nangolite_clock_set(store, HALF_PAST_TEN);
  char *state = scenario_state(store);
  int found = 0;
  for (int i = least; i <= most && !found; i++) found = strcmp(state, states[i]) == 0;
  if (!found)
    fail_msg("%s, one of the states %d to %d should be there, and the store has\n%s", when, least, most,
             state);
  free(state);
}

/* With the rollback journal nothing that was OK is lost either. */
static void cut_power(int has_shared_memory) {
  test_random random = random_sequence();
  int operations = 0;
  disk_begin(has_shared_memory);
  note_states();
  disk_operations = 0;
  assert_int_equal(run_until_the_cut(INT32_MAX), SCENARIO_STEPS);
  operations = disk_operations;
  for (int i = 0, count = getenv("TEST_EVERY") != NULL ? 500 : rounds(50); i < count; i++) {
    char when[100];
    int number = (int)random_below(&random, (uint64_t)operations);
    int done = run_until_the_cut(number);
    disk_cut_power(&random);
    snprintf(when, sizeof when, "after the power was cut at operation %d, after %d steps", number, done);
    nangolite *store = open_on_disk(when);
    scenario_expect_sound(store, when);
    int most = state_after[done < SCENARIO_STEPS ? done + 1 : done];
    expect_one_of(store, has_shared_memory ? 0 : state_after[done], most, when);
    nangolite_close(store);
  }
  for (int i = 0; i < state_count; i++) free(states[i]);
  disk_end();
}

PLAIN_TEST(test_after_a_power_cut_each_call_is_there_whole_or_not_at_all) {
  cut_power(1);
}

PLAIN_TEST(test_after_a_power_cut_with_a_rollback_journal_all_that_was_ok_is_there) {
  cut_power(0);
}

/* ---- the log is copied by a tool that replicates the file ---------------------------------------------- */

/* The log of a store that leaves checkpoints to others: what was synced, and every write since then. */
typedef struct copied_log {
  disk_file before[DISK_FILES]; /* the files without the log */
  unsigned char *synced;
  size_t synced_size;
  disk_change *writes;
} copied_log;

/* Runs the scenario and notes its states. The file itself must stay as it is. */
static void write_log(copied_log *log) {
  nangolite *store = NULL;
  nangolite_options options = {.leave_checkpoints = 1};
  nangolite_close(open_on_disk("at first"));
  disk_save(log->before);
  assert_int_equal(nangolite_open(STORE_NAME, &options, &store), NANGOLITE_OK);
  nangolite_clock_set(store, HALF_PAST_TEN);
  note_state(store);
  for (int step = 0; step < SCENARIO_STEPS; step++) {
    if (scenario_is_whole(step)) assert_int_equal(run_whole_step(store, step, note_state), NANGOLITE_OK);
  }
  disk_file *file = disk_find(STORE_NAME), *wal = disk_find(STORE_NAME "-wal");
  for (int i = 0; i < DISK_FILES; i++) {
    if (strcmp(log->before[i].name, STORE_NAME) == 0)
      assert_memory_equal(file->data, log->before[i].data, file->size);
  }
  log->writes = wal->first;
  wal->first = wal->last = NULL;
  log->synced = disk_copy(wal->synced, wal->synced_size);
  log->synced_size = wal->synced_size;
  nangolite_close(store);
}

/* Loads the file, and the log up to a write, of which the last half is not there yet where it `is_torn`. */
static void load_copied_log(const copied_log *log, const disk_change *until, int is_torn) {
  disk_load(log->before);
  disk_file *wal = disk_find("");
  snprintf(wal->name, sizeof wal->name, "%s", STORE_NAME "-wal");
  wal->data = disk_copy(log->synced, log->synced_size);
  wal->size = log->synced_size;
  for (const disk_change *write = log->writes; write != until; write = write->next)
    disk_apply(&wal->data, &wal->size, write, write->length);
  if (until != NULL && is_torn) disk_apply(&wal->data, &wal->size, until, until->length / 2);
}

/* Opens the copy. Its state must be that one, or a later one; returns which. */
static int expect_copy(int least, const char *when) {
  nangolite *store = open_on_disk(when);
  scenario_expect_sound(store, when);
  nangolite_clock_set(store, HALF_PAST_TEN);
  char *state = scenario_state(store);
  nangolite_close(store);
  while (least < state_count && strcmp(state, states[least]) != 0) least++;
  if (least == state_count) fail_msg("%s, a state that was there before, or none: %s", when, state);
  free(state);
  return least;
}

PLAIN_TEST(test_a_copy_of_the_log_at_any_write_opens_sound) {
  copied_log log = {.writes = NULL};
  char when[100];
  test_random random = random_sequence();
  int number = 0, state = 0, next = 0;
  if (sqlite3_libversion_number() < 3016000) SKIP("this SQLite cannot leave checkpoints to others (3.16)");
  state_count = 0;
  disk_begin(1);
  write_log(&log);
  for (disk_change *write = log.writes; write != NULL; write = write->next, number++) {
    if (number < next) continue;
    next = number + (getenv("TEST_EVERY") != NULL ? 1 : stride(&random, 4));
    snprintf(when, sizeof when, "in the copy of the log before write %d", number);
    load_copied_log(&log, write, number % 2);
    state = expect_copy(state, when);
  }
  load_copied_log(&log, NULL, 0);
  assert_string_equal(states[expect_copy(state, "in the copy of the whole log")], states[state_count - 1]);
  assert_true(number > 300);
  while (log.writes != NULL) {
    disk_change *write = log.writes;
    log.writes = write->next;
    free(write->data);
    free(write);
  }
  free(log.synced);
  for (int i = 0; i < DISK_FILES; i++) disk_remove(&log.before[i]);
  for (int i = 0; i < state_count; i++) free(states[i]);
  disk_end();
}

TESTS(PLAIN(test_every_call_survives_a_failing_disk),
      PLAIN(test_every_call_survives_a_failing_disk_with_a_rollback_journal),
      PLAIN(test_a_failing_disk_takes_the_callers_transaction_back_whole_or_not_at_all),
      PLAIN(test_opening_survives_a_failing_disk),
      PLAIN(test_after_a_power_cut_each_call_is_there_whole_or_not_at_all),
      PLAIN(test_after_a_power_cut_with_a_rollback_journal_all_that_was_ok_is_there),
      PLAIN(test_a_copy_of_the_log_at_any_write_opens_sound))
