/* What a program may have done to its SQLite: other limits, its own functions and tables of the same names. */
#include "records.h"

TEST(test_a_value_that_sqlite_cannot_hold_is_refused) {
  sqlite3_limit(t->db, SQLITE_LIMIT_LENGTH, 4000);
  const char *long_one = format(t, "%4000d", 1);
  FAILS(NANGOLITE_INVALID, nangolite_env_set(t->store, "KEY", long_one));
  SAYS("longer than the 4000 bytes");
  const char *json = format(t, "{\"id\":1,\"a\":\"%s\"}", long_one);
  FAILS(NANGOLITE_INVALID, nangolite_records_save(t->store, &issues, json, -1, NULL));
  SAYS("longer than the 4000 bytes");
  SAME(save(t, "Issue", "{'id':1}"), "1 added");
}

/* A caller who limits the length of statements hears of that, and nothing of a record. */
TEST(test_a_statement_that_sqlite_cannot_hold_is_no_fault_of_the_input) {
  nangolite *second = attach_store(t, t->db, NULL);
  int before = sqlite3_limit(t->db, SQLITE_LIMIT_SQL_LENGTH, 10);
  FAILS_OF(second, NANGOLITE_ERROR, nangolite_records_save(second, &issues, "{\"id\":1}", -1, NULL));
  SAME(nangolite_errmsg(second), "string or blob too big");
  sqlite3_limit(t->db, SQLITE_LIMIT_SQL_LENGTH, before);
}

/* A temporary table is found before one of the file, unless a statement says which it means. */
TEST(test_temporary_tables_of_the_caller_hide_nothing) {
  static const char *const names[] = {"store",  "connection", "collection", "record", "identity",
                                      "entry",  "alternate",  "seen",       "sync",   "instance",
                                      "result", "run",        "environment"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *sql = format(t, "CREATE TEMP TABLE nango_%s (x)", names[i]);
    assert_int_equal(sqlite3_exec(t->db, sql, NULL, NULL, NULL), SQLITE_OK);
  }
  nangolite *second = attach_store(t, t->db, NULL);
  SAME(save(t, "Issue", "[{'id':1},{'id':2}]"), "2 added");
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':2}]"), "1 updated, 1 unchanged");
  FEED(t, "Issue", "2 ADDED {'id':2}; 1 UPDATED {'id':1,'a':1}");
  const char *models[] = {"Task"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "tasks",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  OK_OF(second, nangolite_sync_define(second, &sync));
  nangolite_run *run = NULL;
  OK_OF(second, nangolite_run_next(second, &run));
  OK_OF(second, nangolite_run_track_deletes_start(run, "Task"));
  OK_OF(second, nangolite_run_save(run, "Task", "{\"id\":1}", -1, NULL));
  OK_OF(second, nangolite_run_track_deletes_end(run, "Task", NULL));
  OK_OF(second, nangolite_run_finish(run, NULL, NULL));
  OK_OF(second, nangolite_maintain(second, 10, NULL, NULL));
  OK_OF(second, nangolite_env_set(second, "KEY", "value"));
  assert_int_equal(live(t, "Issue"), 2);
}

PLAIN_TEST(test_a_store_is_not_made_where_a_temporary_table_has_its_name) {
  sqlite3 *db;
  nangolite *store;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "CREATE TEMP TABLE Nango_Record (x)", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_INVALID);
  assert_non_null(strstr(nangolite_errmsg(store), "temporary table"));
  nangolite_close(store);
  assert_int_equal(sqlite3_exec(db, "DROP TABLE temp.nango_record", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_OK);
  nangolite_close(store);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void answer_seven(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  (void)arguments;
  sqlite3_result_int(context, 7);
}

PLAIN_TEST(test_the_callers_own_length_and_typeof_do_not_confuse_the_check) {
  static const char *const names[] = {"length", "typeof"};
  for (int i = 0; i < 2; i++) {
    sqlite3 *db;
    nangolite *store;
    char *reason;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    sqlite3_create_function(db, names[i], 1, SQLITE_UTF8, NULL, answer_seven, NULL, NULL);
    assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_OK);
    assert_int_equal(nangolite_check(store, &reason), NANGOLITE_MISUSE);
    assert_null(reason);
    assert_non_null(strstr(nangolite_errmsg(store), "length or typeof"));
    nangolite_close(store);
    sqlite3_close(db);
  }
}

TESTS(ATTACHED(test_temporary_tables_of_the_caller_hide_nothing),
      PLAIN(test_a_store_is_not_made_where_a_temporary_table_has_its_name),
      PLAIN(test_the_callers_own_length_and_typeof_do_not_confuse_the_check),
      ATTACHED(test_a_value_that_sqlite_cannot_hold_is_refused),
      ATTACHED(test_a_statement_that_sqlite_cannot_hold_is_no_fault_of_the_input))
