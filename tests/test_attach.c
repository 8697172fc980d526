/* A store on the caller's connection: inside its transactions, beside its tables, and leaving no trace. */
#include "syncs.h"

static void run(test *t, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(t->db, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", sql, message);
}

/* The first column of the first row. */
static int64_t ask(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

TEST(test_the_callers_rollback_takes_the_changes_back) {
  nangolite_scope slack = {"slack", "x", "Message", NULL};
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  const char *before = feed(t, "Issue");
  run(t, "BEGIN");
  save(t, "Issue", "[{'id':1,'a':2},{'id':4}]");
  update(t, "Issue", "{'id':2,'b':1}");
  delete (t, "Issue", "[{'id':3},{'id':5}]");
  prune(t, NULL, 0);
  OK(nangolite_connection_create(t->store, "slack", "x"));
  assert_int_equal(live(t, "Issue"), 3);
  run(t, "ROLLBACK");
  SAME(feed(t, "Issue"), before);
  assert_int_equal(live(t, "Issue"), 3);
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_records_count(t->store, &slack, NULL, NULL));
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':4}]"), "1 added, 1 unchanged");
}

TEST(test_the_callers_commit_keeps_the_changes) {
  run(t, "CREATE TABLE mine (a); BEGIN; INSERT INTO mine VALUES (1)");
  save(t, "Issue", "{'id':1}");
  run(t, "INSERT INTO mine VALUES (2); COMMIT");
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}");
  assert_int_equal(ask(t->db, "SELECT count(*) FROM mine"), 2);
}

TEST(test_a_new_model_is_gone_with_the_callers_rollback) {
  run(t, "BEGIN");
  save(t, "Label", "{'id':1}");
  run(t, "ROLLBACK");
  SAME(feed(t, "Label"), "");
  save(t, "Message", "{'id':1}");
  save(t, "Label", "{'id':2}");
  SAME(feed(t, "Label"), "2 ADDED {'id':2}");
  SAME(feed(t, "Message"), "1 ADDED {'id':1}");
}

TEST(test_a_call_that_fails_leaves_the_callers_transaction_open) {
  run(t, "CREATE TABLE mine (a); BEGIN; INSERT INTO mine VALUES (1)");
  save(t, "Issue", "{'id':1}");
  REFUSED(save_text(t, "[{'id':2},{'id':3},{}]"), "2");
  assert_false(sqlite3_get_autocommit(t->db));
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}");
  run(t, "COMMIT");
  assert_int_equal(ask(t->db, "SELECT count(*) FROM mine"), 1);
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}");
}

TEST(test_the_callers_savepoints_hold) {
  run(t, "BEGIN");
  save(t, "Issue", "{'id':1}");
  run(t, "SAVEPOINT a");
  save(t, "Issue", "{'id':2}");
  run(t, "SAVEPOINT b");
  save(t, "Issue", "[{'id':3},{'id':1,'a':1}]");
  run(t, "ROLLBACK TO b");
  SAME(ids(t, NULL), "1 2");
  save(t, "Issue", "{'id':4}");
  run(t, "ROLLBACK TO a; RELEASE a");
  SAME(ids(t, NULL), "1");
  run(t, "COMMIT");
  SAME(ids(t, NULL), "1");
}

TEST(test_a_transaction_that_only_read_so_far_can_be_written_in) {
  run(t, "BEGIN");
  SAME(ids(t, NULL), "");
  save(t, "Issue", "{'id':1}");
  run(t, "COMMIT");
  SAME(ids(t, NULL), "1");
}

TEST(test_stamps_stay_in_order_after_the_callers_rollback) {
  save(t, "Issue", "{'id':1}");
  run(t, "BEGIN");
  save(t, "Issue", "[{'id':2},{'id':3}]");
  run(t, "ROLLBACK");
  save(t, "Issue", "[{'id':4},{'id':5}]");
  feed(t, "Issue"); /* which makes sure that the stamps rise */
  SAME(ids(t, NULL), "1 4 5");
}

TEST(test_a_run_whose_claim_the_caller_rolled_back_is_aborted) {
  define(t, "issues", "every hour", NULL);
  run(t, "BEGIN");
  nangolite_run *undone = claim(t);
  run(t, "ROLLBACK");
  nangolite_run *claimed = claim(t);
  assert_non_null(claimed);
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(undone, "Issue", "{\"id\":1}", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(undone, NULL, NULL));
  succeed(t, claimed);
}

TEST(test_every_call_works_inside_a_transaction) {
  run(t, "BEGIN IMMEDIATE");
  OK(nangolite_connection_create(t->store, "slack", "x"));
  save(t, "Issue", "[{'id':1,'a':1},{'id':2}]");
  update(t, "Issue", "{'id':1,'b':2}");
  delete (t, "Issue", "{'id':2}");
  SAME(feed(t, "Issue"), "1 UPDATED {'id':1,'a':1,'b':2}; 2 DELETED {'id':2}");
  SAME(prune(t, NULL, 1), "1 ...");
  assert_int_equal(live(t, "Issue"), 1);
  nangolite_clock_advance(t->store, DAYS(40));
  OK(nangolite_maintain(t->store, 10, NULL, NULL));
  char *reason = NULL;
  OK(nangolite_check(t->store, &reason));
  SAME(taken(t, reason), NULL);
  assert_false(sqlite3_get_autocommit(t->db));
  run(t, "COMMIT");
}

TEST(test_no_transaction_is_left_open) {
  save(t, "Issue", "{'id':1}");
  assert_true(sqlite3_get_autocommit(t->db));
  FAILS(NANGOLITE_INVALID, save_text(t, "x"));
  assert_true(sqlite3_get_autocommit(t->db));
  feed(t, "Issue");
  assert_true(sqlite3_get_autocommit(t->db));
}

static const char *const pragmas[] = {
  "journal_mode",       "synchronous",        "cache_size",         "auto_vacuum", "foreign_keys",
  "busy_timeout",       "user_version",       "application_id",     "temp_store",  "locking_mode",
  "recursive_triggers", "secure_delete",      "wal_autocheckpoint", "mmap_size",   "page_size",
  "encoding",           "journal_size_limit", "read_uncommitted",   "query_only",  "cell_size_check",
  "cache_spill",        "automatic_index"};

static const char *all_pragmas(test *t, sqlite3 *db) {
  const char *text = "";
  for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
    sqlite3_stmt *statement;
    const char *sql = format(t, "PRAGMA %s", pragmas[i]);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    const char *value =
      sqlite3_step(statement) == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : "none";
    text = format(t, "%s%s=%s ", text, pragmas[i], value);
    sqlite3_finalize(statement);
  }
  return text;
}

TEST(test_no_pragma_is_changed) {
  sqlite3 *db;
  const char *path = temporary(t);
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  sqlite3_exec(
    db,
    "PRAGMA user_version = 7; PRAGMA application_id = 77; PRAGMA cache_size = 99; PRAGMA foreign_keys = ON",
    NULL, NULL, NULL);
  const char *before = all_pragmas(t, db);
  nangolite *store = attach_store(t, db, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "[{\"id\":1},{\"id\":2}]", -1, NULL));
  OK_OF(store, nangolite_maintain(store, 10, NULL, NULL));
  SAME(all_pragmas(t, db), before);
  close_store(t, store);
  SAME(all_pragmas(t, db), before);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int commits, rollbacks, updates, busies;

static int on_commit(void *ctx) {
  (void)ctx;
  commits++;
  return 0;
}

static void on_rollback(void *ctx) {
  (void)ctx;
  rollbacks++;
}

static void on_update(void *ctx, int operation, const char *database, const char *table,
                      sqlite3_int64 rowid) {
  (void)ctx, (void)operation, (void)database, (void)table, (void)rowid;
  updates++;
}

static int on_busy(void *ctx, int tried) {
  (void)ctx, (void)tried;
  busies++;
  return 0;
}

TEST(test_no_hook_is_taken) {
  int mark = 0;
  sqlite3_commit_hook(t->db, on_commit, &mark);
  sqlite3_rollback_hook(t->db, on_rollback, &mark);
  sqlite3_update_hook(t->db, on_update, &mark);
  commits = rollbacks = updates = 0;
  nangolite *second = attach_store(t, t->db, NULL);
  save(t, "Issue", "{'id':1}");
  FAILS(NANGOLITE_INVALID, save_text(t, "x"));
  close_store(t, second);
  run(t, "CREATE TABLE mine (a); INSERT INTO mine VALUES (1); BEGIN; INSERT INTO mine VALUES (2); ROLLBACK");
  assert_true(commits >= 2 && rollbacks >= 1 && updates >= 2);
  assert_ptr_equal(sqlite3_commit_hook(t->db, NULL, NULL), &mark);
  assert_ptr_equal(sqlite3_rollback_hook(t->db, NULL, NULL), &mark);
  assert_ptr_equal(sqlite3_update_hook(t->db, NULL, NULL), &mark);
}

TEST(test_the_callers_busy_handler_is_asked) {
  const char *path = temporary(t);
  sqlite3 *mine, *other;
  assert_int_equal(sqlite3_open(path, &mine), SQLITE_OK);
  assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
  sqlite3_busy_handler(mine, on_busy, NULL);
  nangolite *store = attach_store(t, mine, NULL);
  assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  busies = 0;
  FAILS_OF(store, NANGOLITE_BUSY, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  assert_true(busies > 0);
  assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  close_store(t, store);
  sqlite3_close(other);
  assert_int_equal(sqlite3_close(mine), SQLITE_OK);
}

TEST(test_all_tables_and_indexes_are_prefixed) {
  assert_int_equal(ask(t->db,
                       "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'nango\\_%' ESCAPE '\\' "
                       "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"),
                   0);
  assert_true(ask(t->db, "SELECT count(*) FROM sqlite_master") > 0);
  assert_int_equal(ask(t->db, "SELECT count(*) FROM sqlite_temp_master"), 0);
}

TEST(test_the_callers_tables_are_left_alone) {
  run(t, "CREATE TABLE records (id, payload); CREATE TABLE nangolite (x); INSERT INTO records VALUES (1, "
         "'mine')");
  save(t, "Issue", "[{'id':1},{'id':2}]");
  assert_int_equal(ask(t->db, "SELECT count(*) FROM records WHERE payload = 'mine'"), 1);
  assert_int_equal(ask(t->db, "SELECT count(*) FROM nangolite"), 0);
}

TEST(test_a_database_with_tables_gets_a_store) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  sqlite3_exec(db, "CREATE TABLE mine (a)", NULL, NULL, NULL);
  nangolite *store = attach_store(t, db, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  close_store(t, store);
  store = attach_store(t, db, NULL); /* it is there the next time */
  SAME(feed_of(t, store, issues, NULL), "1 ADDED {'id':1}");
  close_store(t, store);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

TEST(test_closing_leaves_the_connection_open_and_no_statement) {
  save(t, "Issue", "{'id':1}");
  ids(t, NULL);
  close_store(t, t->store);
  assert_null(sqlite3_next_stmt(t->db, NULL));
  assert_true(ask(t->db, "SELECT count(*) FROM sqlite_master") > 0);
}

TEST(test_no_statement_is_left_running) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  ids(t, &(nangolite_query){.limit = 1});
  for (sqlite3_stmt *one = sqlite3_next_stmt(t->db, NULL); one != NULL; one = sqlite3_next_stmt(t->db, one)) {
    assert_false(sqlite3_stmt_busy(one));
  }
}

TEST(test_attaching_inside_a_transaction_joins_it) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  sqlite3_exec(db, "BEGIN; CREATE TABLE mine (a)", NULL, NULL, NULL);
  nangolite *store = attach_store(t, db, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  close_store(t, store);
  assert_false(sqlite3_get_autocommit(db));
  sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
  assert_int_equal(ask(db, "SELECT count(*) FROM sqlite_master"), 0);
  store = attach_store(t, db, NULL);
  SAME(feed_of(t, store, issues, NULL), "");
  close_store(t, store);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

TEST(test_an_attached_store_can_be_opened_by_name) {
  const char *path = temporary(t);
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  nangolite *store = attach_store(t, db, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  close_store(t, store);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  SAME(feed_of(t, open_store(t, path, NULL), issues, NULL), "1 ADDED {'id':1}");
}

/* The bytes of payloads are those of UTF-8, whatever the encoding of the caller's database. */
TEST(test_a_database_in_utf_16_serves_as_well) {
  const char *const models[] = {"Issue"};
  const nangolite_sync sync = {.provider_config_key = "github",
                               .name = "issues",
                               .models = models,
                               .model_count = 1,
                               .frequency = "every hour"};
  sqlite3 *db;
  int64_t bytes = 0, deleted = 0;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "PRAGMA encoding = 'UTF-16'", NULL, NULL, NULL), SQLITE_OK);
  nangolite *store = attach_store(t, db, NULL);
  OK_OF(store, nangolite_sync_define(store, &sync));
  OK_OF(store,
        nangolite_records_save(store, &issues,
                               "[{\"id\":\"\xc3\xa9\"},{\"id\":\"\xf0\x9f\x98\x80\"},{\"id\":3}]", -1, NULL));
  OK_OF(store, nangolite_records_update(store, &issues, "{\"id\":3,\"t\":\"\xe2\x82\xac\"}", -1, NULL));
  OK_OF(store, nangolite_records_count(store, &issues, NULL, &bytes));
  assert_int_equal(bytes, 11 + 13 + 18);
  SAME(feed_of(t, store, issues, NULL),
       "\xc3\xa9 ADDED {'id':'\xc3\xa9'}; \xf0\x9f\x98\x80 ADDED {'id':'\xf0\x9f\x98\x80'}; 3 UPDATED"
       " {'id':3,'t':'\xe2\x82\xac'}");
  nangolite_clock_advance(store, DAYS(100));
  OK_OF(store, nangolite_maintain(store, 1, NULL, &deleted));
  assert_int_equal(deleted, 1);
  OK_OF(store, nangolite_records_count(store, &issues, NULL, &bytes));
  assert_int_equal(bytes, 0); /* all were taken away, and one of them is freed */
  char *reason = NULL;
  OK_OF(store, nangolite_check(store, &reason));
  SAME(taken(t, reason), NULL);
  close_store(t, store);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

TEST(test_an_attached_store_may_be_read_only) {
  nangolite *reader = NULL;
  save(t, "Issue", "{'id':1}");
  OK(nangolite_attach(t->db, &(nangolite_options){.read_only = 1}, &reader));
  FAILS_OF(reader, NANGOLITE_READONLY, nangolite_records_save(reader, &issues, "{\"id\":2}", -1, NULL));
  SAME(feed_of(t, reader, issues, NULL), "1 ADDED {'id':1}");
  nangolite_close(reader);
}

TEST(test_two_stores_on_one_connection_see_each_other) {
  nangolite *second = attach_store(t, t->db, NULL);
  save(t, "Issue", "{'id':1}");
  SAME(feed_of(t, second, issues, NULL), "1 ADDED {'id':1}");
  close_store(t, second);
}

TESTS(ATTACHED(test_the_callers_rollback_takes_the_changes_back),
      ATTACHED(test_the_callers_commit_keeps_the_changes),
      ATTACHED(test_a_new_model_is_gone_with_the_callers_rollback),
      ATTACHED(test_a_call_that_fails_leaves_the_callers_transaction_open),
      ATTACHED(test_the_callers_savepoints_hold),
      ATTACHED(test_a_transaction_that_only_read_so_far_can_be_written_in),
      ATTACHED(test_stamps_stay_in_order_after_the_callers_rollback),
      ATTACHED(test_a_run_whose_claim_the_caller_rolled_back_is_aborted),
      ATTACHED(test_every_call_works_inside_a_transaction), ATTACHED(test_no_transaction_is_left_open),
      MEMORY(test_no_pragma_is_changed), ATTACHED(test_no_hook_is_taken),
      MEMORY(test_the_callers_busy_handler_is_asked), ATTACHED(test_all_tables_and_indexes_are_prefixed),
      ATTACHED(test_the_callers_tables_are_left_alone), MEMORY(test_a_database_with_tables_gets_a_store),
      ATTACHED(test_closing_leaves_the_connection_open_and_no_statement),
      ATTACHED(test_no_statement_is_left_running), MEMORY(test_attaching_inside_a_transaction_joins_it),
      MEMORY(test_an_attached_store_can_be_opened_by_name), MEMORY(test_a_database_in_utf_16_serves_as_well),
      ATTACHED(test_an_attached_store_may_be_read_only),
      ATTACHED(test_two_stores_on_one_connection_see_each_other))
