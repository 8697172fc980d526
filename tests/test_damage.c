/* A damaged file: what a call comes upon that cannot be is CORRUPT and names the record, and nothing is changed. */
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

TESTS(ATTACHED(test_a_payload_that_was_damaged_is_not_parsed),
      ATTACHED(test_an_identity_of_another_record_loses_nothing),
      ATTACHED(test_entries_of_a_wrong_length_or_place_are_refused),
      ATTACHED(test_the_numbers_of_a_collection_are_judged_when_it_is_read),
      ATTACHED(test_a_chunk_of_a_wrong_length_deletes_nothing))
