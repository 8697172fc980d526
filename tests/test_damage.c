/* A damaged file: what a call comes upon that cannot be is CORRUPT and names the record, and nothing is changed. */
#define _POSIX_C_SOURCE 200809L

#include "dump.h"
#include "records.h"

static void fill(test *t) {
  save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1},{'id':'c','n':1},{'id':'d','n':1}]");
}

static void run_sql(test *t, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(t->db, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", sql, message);
}

/* After this SQL each of these calls answers CORRUPT with a message that has these words; then all is as before. */
static void corrupt(test *t, const char *sql, int result, const char *expected) {
  if (result == NANGOLITE_CORRUPT && strstr(nangolite_errmsg(t->store), expected) != NULL) return;
  fail_msg("after %s: %s: %s", sql, nangolite_result_name(result), nangolite_errmsg(t->store));
}

static void damage(test *t, const char *sql) {
  run_sql(t, "BEGIN");
  run_sql(t, sql);
}

static void mend(test *t) {
  run_sql(t, "ROLLBACK");
}

TEST(test_a_payload_that_was_damaged_is_not_parsed) {
  static const char *const payloads[] = {
    "",    "}",   "{", "{}", "{\"id\":\"b\",\"n\":", "{\"id\":\"b\",\"n\":1}}", "{\"id\":\"b\",\"n\":\"}",
    "[1]", "null"};
  nangolite_page *page = NULL;
  fill(t);
  for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
    const char *sql = format(t, "UPDATE nango_record SET payload = '%s' WHERE id = 'b'", payloads[i]);
    damage(t, sql);
    corrupt(t, sql, nangolite_records_update(t->store, &issues, "{\"id\":\"b\",\"x\":2}", -1, NULL),
            "id 'b'");
    corrupt(t, sql, nangolite_records_save(t->store, &issues, "{\"id\":\"b\",\"x\":2}", -1, NULL), "id 'b'");
    corrupt(t, sql, nangolite_records_prune(t->store, &issues, NULL, 0, NULL, NULL), "id 'b'");
    int result = nangolite_records_list(t->store, &issues, NULL, &page);
    if (result != NANGOLITE_OK) corrupt(t, sql, result, "id 'b'");
    nangolite_page_free(page);
    mend(t);
  }
}

TEST(test_an_identity_of_another_record_loses_nothing) {
  static const char sql[] = "UPDATE nango_identity SET number = 3 WHERE id = 'b'";
  fill(t);
  damage(t, sql);
  corrupt(t, sql, nangolite_records_save(t->store, &issues, "{\"id\":\"b\",\"n\":2}", -1, NULL), "id 'b'");
  corrupt(t, sql, nangolite_records_update(t->store, &issues, "{\"id\":\"b\",\"n\":2}", -1, NULL), "id 'b'");
  mend(t);
  FEED(t, "Issue",
       "a ADDED {'id':'a','n':1}; b ADDED {'id':'b','n':1}; c ADDED {'id':'c','n':1}; "
       "d ADDED {'id':'d','n':1}");
}

TEST(test_entries_of_a_wrong_length_or_place_are_refused) {
  static const char *const sqls[] = {"UPDATE nango_entry SET entries = substr(entries, 1, 30)",
                                     "UPDATE nango_entry SET entries = x''",
                                     "UPDATE nango_entry SET entries = 'text'",
                                     "UPDATE nango_entry SET entries = zeroblob(28 * 4)",
                                     "DELETE FROM nango_entry",
                                     "UPDATE nango_entry SET entries = zeroblob(28 * 129)"};
  fill(t);
  for (size_t i = 0; i < sizeof sqls / sizeof *sqls; i++) {
    damage(t, sqls[i]);
    corrupt(t, sqls[i], nangolite_records_save(t->store, &issues, "[{\"id\":\"b\",\"n\":2}]", -1, NULL),
            "collection 1");
    corrupt(t, sqls[i], nangolite_records_delete(t->store, &issues, "[{\"id\":\"b\"}]", -1, NULL),
            "collection 1");
    mend(t);
  }
}

TEST(test_the_numbers_of_a_collection_are_judged_when_it_is_read) {
  static const char *const columns[] = {"sequence",         "numbers",    "added",
                                        "pruned_deleted",   "bytes",      "oldest_payload_at",
                                        "window_opened_at", "window_live"};
  static const char *const values[] = {"-1", "9223372036854775807", "'x'", "1.5"};
  nangolite_page *page = NULL;
  fill(t);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
      const char *sql = format(t, "UPDATE nango_collection SET %s = %s", columns[i], values[j]);
      damage(t, sql);
      corrupt(t, sql, nangolite_records_save(t->store, &issues, "{\"id\":\"b\"}", -1, NULL), "collection 1");
      corrupt(t, sql, nangolite_records_list(t->store, &issues, NULL, &page), "collection 1");
      corrupt(t, sql, nangolite_records_count(t->store, &issues, NULL, NULL), "collection 1");
      mend(t);
    }
  }
}

TEST(test_a_chunk_of_a_wrong_length_deletes_nothing) {
  const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  static const char sql[] = "UPDATE nango_seen SET bits = zeroblob(511)";
  nangolite_run *run = NULL;
  fill(t);
  OK(nangolite_sync_define(t->store, &sync));
  OK(nangolite_run_next(t->store, &run));
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  OK(nangolite_run_save(run, "Issue", "[{\"id\":\"a\",\"n\":1},{\"id\":\"b\",\"n\":1}]", -1, NULL));
  damage(t, sql);
  corrupt(t, sql, nangolite_run_track_deletes_end(run, "Issue", NULL), "collection 1, chunk 0");
  mend(t);
  assert_int_equal(live(t, "Issue"), 4);
  OK(nangolite_run_finish(run, NULL, NULL));
}

/* A store with a row in each table that a dump reads. */
static void fill_all(test *t) {
  const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  nangolite_run *run = NULL;
  fill(t);
  save(t, "Issue", "[{'n':1,'id':'b'}]");
  prune(t, NULL, 1);
  OK(nangolite_env_set(t->store, "TOKEN", "x"));
  OK(nangolite_metadata_set(t->store, "github", "user-1", "{\"a\":1}", 0));
  OK(nangolite_sync_define(t->store, &sync));
  OK(nangolite_sync_set_frequency(t->store, "github", "user-1", "issues", NULL, "every day", NULL));
  OK(nangolite_run_next(t->store, &run));
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  OK(nangolite_run_save(run, "Issue", "[{\"id\":\"e\"}]", -1, NULL));
  OK(nangolite_run_checkpoint_save(run, "{\"page\":1}"));
  OK(nangolite_run_finish(run, "script_error", "it failed"));
  nangolite_clock_advance(t->store, HOURS(1));
}

static int count_line(void *ctx, const char *line, size_t length) {
  if (line[length - 1] != '\n') fail_msg("no line: %.*s", (int)length, line);
  ++*(int64_t *)ctx;
  return 0;
}

/* Whatever a column has: the dump is CORRUPT with a message, or its lines can be read. What was dumped of it loads as the
** same, or is refused. */
static void dump_damaged(test *t, const char *sql) {
  nangolite *other = NULL;
  int64_t lines = 0;
  int result = nangolite_dump(t->store, NULL, 0, count_line, &lines);
  if (result != NANGOLITE_OK && result != NANGOLITE_CORRUPT)
    fail_msg("after %s: %s: %s", sql, nangolite_result_name(result), nangolite_errmsg(t->store));
  result = nangolite_dump(t->store, NULL, NANGOLITE_DUMP_METADATA, count_line, &lines);
  if (result == NANGOLITE_CORRUPT && strlen(nangolite_errmsg(t->store)) > 10) return;
  if (result != NANGOLITE_OK)
    fail_msg("after %s: %s: %s", sql, nangolite_result_name(result), nangolite_errmsg(t->store));
  const char *dump = full(t, t->store);
  assert_int_equal(nangolite_open(":memory:", NULL, &other), NANGOLITE_OK);
  result = nangolite_load(other, dump, -1);
  if (result == NANGOLITE_OK) SAME(full(t, other), dump);
  else if (result != NANGOLITE_INVALID) fail_msg("after %s: %s", sql, nangolite_errmsg(other));
  nangolite_close(other);
}

/* Each value in the place of each column's. */
static void damage_column(test *t, const char *table, const char *column) {
  static const char *const values[] = {"NULL", "-1",           "7",       "9223372036854775807",
                                       "1.5",  "'[]'",         "x'00ff'", "cast(x'ff' AS TEXT)",
                                       "''",   "zeroblob(512)"};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    const char *sql = format(t, "UPDATE OR IGNORE %s SET %s = %s", table, column, values[i]);
    run_sql(t, "BEGIN");
    if (sqlite3_exec(t->db, sql, NULL, NULL, NULL) == SQLITE_OK) dump_damaged(t, sql);
    mend(t);
  }
}

TEST(test_a_damaged_column_is_dumped_right_or_corrupt) {
  static const char *const tables[] = {"store",    "connection", "collection", "record",     "identity",
                                       "entry",    "alternate",  "seen",       "sync",       "sync_model",
                                       "instance", "result",     "run",        "environment"};
  int columns = 0;
  fill_all(t);
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    const char *names[64];
    int count = 0;
    sqlite3_stmt *info = NULL;
    const char *sql = format(t, "PRAGMA table_info(nango_%s)", tables[i]);
    assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &info, NULL), SQLITE_OK);
    while (sqlite3_step(info) == SQLITE_ROW) names[count++] = format(t, "%s", sqlite3_column_text(info, 1));
    sqlite3_finalize(info);
    for (int n = 0; n < count; n++) damage_column(t, format(t, "nango_%s", tables[i]), names[n]);
    columns += count;
  }
  assert_true(columns > 100);
}

TEST(test_what_a_dump_comes_upon_that_cannot_be_is_named) {
  static const char *const cases[][2] = {
    {"UPDATE nango_record SET payload = '{}' WHERE id = 'b'", "id 'b'"},
    {"UPDATE nango_connection SET metadata = '{'", "metadata"},
    {"UPDATE nango_connection SET connection_id = cast(x'ff' AS TEXT)", "connection_id"},
    {"UPDATE nango_instance SET checkpoint = '[]'", "checkpoint"},
    {"UPDATE nango_instance SET latest = 4", "latest"},
    {"UPDATE nango_sync SET max_retries = 101", "max_retries"},
    {"UPDATE nango_run SET results = 'x'", "results"},
    {"UPDATE nango_environment SET value = x'01'", "value"},
    {"UPDATE nango_seen SET bits = zeroblob(511)", "collection 1, chunk 0"},
    {"UPDATE nango_entry SET entries = x''", "collection 1"},
    {"UPDATE nango_store SET clock = -1", "clock"},
    {"DELETE FROM nango_store", "nango_store"}};
  int64_t lines = 0;
  fill_all(t);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    damage(t, cases[i][0]);
    corrupt(t, cases[i][0], nangolite_dump(t->store, NULL, NANGOLITE_DUMP_METADATA, count_line, &lines),
            cases[i][1]);
    mend(t);
  }
}

/* What is told of an instance is a part of events and of the status, so it has to be there and to be JSON. */
TEST(test_an_instance_without_connection_or_with_a_checkpoint_that_is_none_is_corrupt) {
  static const char *const sqls[] = {"DELETE FROM nango_connection",
                                     "UPDATE nango_instance SET checkpoint = zeroblob(1000)",
                                     "UPDATE nango_instance SET checkpoint = '{\"a\":'"};
  const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  fill(t);
  OK(nangolite_sync_define(t->store, &sync));
  for (size_t i = 0; i < sizeof sqls / sizeof *sqls; i++) {
    nangolite_run *run = NULL;
    damage(t, sqls[i]);
    corrupt(t, sqls[i], nangolite_run_next(t->store, &run), "instance 1");
    assert_null(run);
    mend(t);
  }
}

TESTS(ATTACHED(test_an_instance_without_connection_or_with_a_checkpoint_that_is_none_is_corrupt),
      ATTACHED(test_a_payload_that_was_damaged_is_not_parsed),
      ATTACHED(test_an_identity_of_another_record_loses_nothing),
      ATTACHED(test_entries_of_a_wrong_length_or_place_are_refused),
      ATTACHED(test_the_numbers_of_a_collection_are_judged_when_it_is_read),
      ATTACHED(test_a_chunk_of_a_wrong_length_deletes_nothing),
      ATTACHED(test_a_damaged_column_is_dumped_right_or_corrupt),
      ATTACHED(test_what_a_dump_comes_upon_that_cannot_be_is_named))
