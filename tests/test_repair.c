/* nangolite_repair() makes a damaged store sound, keeps what was not damaged, and says what it did. (That it mends
** every damage that nangolite_check() knows is shown in test_check.c, after each of them.) */
#include <stdlib.h>

#include "records.h"

static void run_sql(test *t, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(t->db, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", sql, message);
}

/* After a repair the check holds, and a second repair does nothing. Returns the report. */
static const char *repair_of(test *t, nangolite *store) {
  char *report = NULL, *again = NULL, *reason = NULL;
  OK_OF(store, nangolite_repair(store, &report));
  OK_OF(store, nangolite_check(store, &reason));
  assert_null(reason);
  OK_OF(store, nangolite_repair(store, &again));
  if (again != NULL) fail_msg("a second repair did something: %s", again);
  return report == NULL ? NULL : taken(t, report);
}

static const char *repair(test *t) {
  return repair_of(t, t->store);
}

static void says(const char *report, const char *part) {
  if (report == NULL || strstr(report, part) == NULL)
    fail_msg("the report is\n%s\nand should say %s", report == NULL ? "NULL" : report, part);
}

static nangolite_run *claim(test *t) {
  const char *const models[] = {"Issue"};
  const nangolite_sync sync = {.provider_config_key = "github",
                               .name = "issues",
                               .models = models,
                               .model_count = 1,
                               .frequency = "every hour"};
  nangolite_run *run = NULL;
  OK(nangolite_sync_define(t->store, &sync));
  OK(nangolite_run_next(t->store, &run));
  assert_non_null(run);
  return run;
}

/* ---- what is asked for --------------------------------------------------------------------------------- */

TEST(test_a_sound_store_is_not_changed) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  delete (t, "Issue", "[{'id':1}]");
  int64_t before = nangolite_last_change(t->store);
  assert_null(repair(t));
  assert_true(nangolite_last_change(t->store) == before);
}

TEST(test_no_place_for_the_report_is_misuse) {
  FAILS(NANGOLITE_MISUSE, nangolite_repair(t->store, NULL));
  SAYS("report");
  assert_int_equal(nangolite_repair(NULL, NULL), NANGOLITE_MISUSE);
}

TEST(test_a_store_that_is_read_only_is_not_repaired) {
  char *report = (char *)"";
  close_store(t, t->store);
  nangolite *store = open_store(t, t->path, &(nangolite_options){.read_only = 1});
  FAILS_OF(store, NANGOLITE_READONLY, nangolite_repair(store, &report));
  assert_null(report);
}

/* ---- records ------------------------------------------------------------------------------------------- */

TEST(test_a_payload_that_is_lost_leaves_its_record_pruned_until_the_next_save) {
  static const char *const payloads[] = {
    "",    "}",   "{", "{}", "{\"id\":\"b\",\"n\":", "{\"id\":\"b\",\"n\":1}}", "{\"id\":\"b\",\"n\":\"}",
    "[1]", "null"};
  for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
    save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1},{'id':'c','n':1}]");
    run_sql(t, format(t, "UPDATE nango_record SET payload = '%s' WHERE id = 'b'", payloads[i]));
    says(repair(t), "Payloads were no JSON object of their record's id");
    SAME(payload(t, "a"), "{'id':'a','n':1}");
    SAME(emptied(t, "b"), "{'id':'b'}");
    assert_true(record(t, "Issue", "b")->pruned_at != 0);
    SAME(save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1},{'id':'c','n':1}]"), "1 updated, 2 unchanged");
    SAME(payload(t, "b"), "{'id':'b','n':1}");
  }
}

TEST(test_a_payload_that_is_still_json_stays_and_gets_its_own_hash) {
  save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1}]");
  run_sql(t, "UPDATE nango_record SET payload = '{\"id\":\"b\",\"n\":7}' WHERE id = 'b'");
  says(repair(t),
       "not the text that was stored; they stay as they are until they are saved again (1 row: collection 1, "
       "id 'b')");
  SAME(payload(t, "b"), "{'id':'b','n':7}");
  SAME(save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1}]"), "1 updated, 1 unchanged");
}

TEST(test_entries_identities_and_counters_come_back_from_the_records) {
  static const char *const sqls[] = {
    "DELETE FROM nango_entry; DELETE FROM nango_identity;"
    " UPDATE nango_collection SET added = -1, updated = 0, deleted = 0, bytes = -9223372036854775807 - 1",
    "UPDATE nango_entry SET entries = substr(entries, 1, 30)",
    "UPDATE nango_entry SET entries = x''",
    "UPDATE nango_entry SET entries = 'text'",
    "UPDATE nango_entry SET entries = zeroblob(28 * 4)",
    "UPDATE nango_entry SET entries = zeroblob(28 * 129)",
    "UPDATE nango_identity SET number = 3 WHERE id = 'b'",
    "UPDATE nango_identity SET id = x'ff' WHERE id = 'a'",
    "UPDATE nango_collection SET numbers = 9223372036854775807",
    "UPDATE nango_collection SET numbers = 274877906943, sequence = 274877906943",
    "UPDATE nango_record SET number = 274877906943 WHERE id = 'b'"};
  for (size_t i = 0; i < sizeof sqls / sizeof *sqls; i++) {
    save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1},{'id':'c','n':1},{'id':'d','n':1}]");
    const char *before = feed(t, "Issue");
    run_sql(t, sqls[i]);
    if (repair(t) == NULL) fail_msg("%s: the repair found nothing", sqls[i]);
    FEED(t, "Issue", before);
    SAME(save(t, "Issue", "[{'id':'b','n':1},{'id':'d','n':2},{'id':'a','n':1},{'id':'c','n':1}]"),
         "1 updated, 3 unchanged");
    SAME(update(t, "Issue", "[{'id':'d','n':1}]"), "1 updated");
  }
}

TEST(test_numbers_of_a_collection_are_counted_again) {
  static const char *const columns[] = {"sequence",         "numbers",    "added",
                                        "pruned_deleted",   "bytes",      "oldest_payload_at",
                                        "window_opened_at", "window_live"};
  static const char *const values[] = {"-1", "9223372036854775807", "'x'", "1.5"};
  save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1},{'id':'c','n':1},{'id':'d','n':1}]");
  const char *before = feed(t, "Issue");
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
      run_sql(t, format(t, "UPDATE nango_collection SET %s = %s", columns[i], values[j]));
      if (repair(t) == NULL) fail_msg("%s = %s: the repair found nothing", columns[i], values[j]);
      FEED(t, "Issue", before);
      assert_int_equal(live(t, "Issue"), 4);
    }
  }
}

/* A reader who has passed a record before it was damaged, or one of its neighbours, hears of both again. */
TEST(test_the_feed_misses_nothing_where_stamps_were_damaged) {
  static const char *const stamps[] = {"1", "last_modified_at + 2", "last_modified_at - 2",
                                       "9223372036854775807", "'x'"};
  for (size_t i = 0; i < sizeof stamps / sizeof *stamps; i++) {
    save(t, "Issue", format(t, "[{'id':1,'n':%d},{'id':2,'n':%d},{'id':3,'n':%d}]", (int)i, (int)i, (int)i));
    const char *end = end_of_feed(t, "Issue");
    run_sql(t, format(t, "UPDATE nango_record SET last_modified_at = %s WHERE id = '2'", stamps[i]));
    says(repair(t), "moved to its end");
    if (strstr(feed_after(t, "Issue", end), "2 ") == NULL)
      fail_msg("with the stamp %s, a reader does not hear of 2: %s", stamps[i], feed_after(t, "Issue", end));
    SAME(payload(t, "1"), format(t, "{'id':1,'n':%d}", (int)i));
    SAME(payload(t, "2"), format(t, "{'id':2,'n':%d}", (int)i));
  }
}

TEST(test_records_that_lost_their_collection_are_found_under_recovered) {
  const nangolite_scope found = {"recovered", "collection-1", "Recovered", NULL};
  save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1}]");
  const char *before = feed(t, "Issue");
  run_sql(t, "DELETE FROM nango_collection");
  says(repair(t), "Recovered");
  SAME(feed_of(t, t->store, found, NULL), before);
  FEED(t, "Issue", "");
}

TEST(test_a_collection_that_lost_its_connection_is_found_under_recovered) {
  const nangolite_scope found = {"recovered", "collection-1", "Issue", NULL};
  save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1}]");
  const char *before = feed(t, "Issue");
  run_sql(t, "DELETE FROM nango_connection");
  says(repair(t), "recovered");
  SAME(feed_of(t, t->store, found, NULL), before);
}

/* Two rows with one id: the collection's later change counts. */
TEST(test_of_two_records_with_one_id_the_later_stays) {
  save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1}]");
  run_sql(t, "UPDATE nango_record SET id = 'a', payload = '{\"id\":\"a\",\"n\":2}' WHERE id = 'b'");
  says(repair(t), "there twice");
  SAME(payload(t, "a"), "{'id':'a','n':2}");
  assert_int_equal(live(t, "Issue"), 1);
}

/* ---- delete windows, runs ------------------------------------------------------------------------------ */

TEST(test_a_window_that_does_not_know_what_it_has_seen_deletes_nothing) {
  static const char *const sqls[] = {"UPDATE nango_seen SET bits = zeroblob(511)",
                                     "UPDATE nango_seen SET bits = 'seen'",
                                     "UPDATE nango_seen SET bits = cast(x'ff' || substr(bits, 2) AS BLOB)",
                                     "UPDATE nango_record SET number = 1 WHERE id = 'b'"};
  nangolite_run *run = claim(t);
  for (size_t i = 0; i < sizeof sqls / sizeof *sqls; i++) {
    OK(nangolite_run_save(run, "Issue", "[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}]", -1, NULL));
    OK(nangolite_run_track_deletes_start(run, "Issue"));
    OK(nangolite_run_save(run, "Issue", "[{\"id\":\"a\"}]", -1, NULL));
    run_sql(t, sqls[i]);
    says(repair(t), "Delete windows were closed");
    assert_int_equal(live(t, "Issue"), 3);
    FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Issue", NULL));
  }
  OK(nangolite_run_finish(run, NULL, NULL));
}

/* What is sound in an open window stays as it is. */
TEST(test_a_window_of_another_collection_goes_on) {
  nangolite_changes changes;
  nangolite_run *run = claim(t);
  OK(nangolite_run_save(run, "Issue", "[{\"id\":\"a\"},{\"id\":\"b\"}]", -1, NULL));
  save(t, "Label", "[{'id':1}]");
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  OK(nangolite_run_save(run, "Issue", "[{\"id\":\"a\"}]", -1, NULL));
  OK(nangolite_run_checkpoint_save(run, "{\"page\":2}"));
  run_sql(t, "UPDATE nango_collection SET added = 7 WHERE model = 'Label'");
  says(repair(t), "counted again");
  OK(nangolite_run_track_deletes_end(run, "Issue", &changes));
  assert_int_equal(changes.deleted, 1);
  char *checkpoint = NULL;
  OK(nangolite_run_checkpoint_get(run, &checkpoint));
  SAME(taken(t, checkpoint), "{'page':2}");
  OK(nangolite_run_finish(run, NULL, NULL));
}

TEST(test_a_run_in_progress_that_cannot_be_is_aborted) {
  nangolite_run *run = claim(t);
  run_sql(t, "UPDATE nango_instance SET lease_until = NULL");
  says(repair(t), "aborted");
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "{\"id\":1}", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  OK(nangolite_run_claim(t->store, "github", "user-1", "issues", NULL, &run));
  OK(nangolite_run_finish(run, NULL, NULL));
}

TEST(test_a_schedule_that_cannot_be_runs_again) {
  static const char *const changes[] = {"UPDATE nango_sync SET interval = 1",
                                        "UPDATE nango_sync SET interval = 0.5",
                                        "UPDATE nango_sync SET interval = 'hour'",
                                        "UPDATE nango_sync SET frequency = x'00', interval = 3600000000",
                                        "UPDATE nango_instance SET slot_at = -5, wake_at = -5",
                                        "UPDATE nango_instance SET asked = 9, asked_at = 5, wake_at = 5",
                                        "UPDATE nango_instance SET is_paused = 2",
                                        "UPDATE nango_instance SET latest = 99",
                                        "UPDATE nango_instance SET created_at = -1",
                                        "DELETE FROM nango_instance",
                                        "DELETE FROM nango_sync_model"};
  nangolite_run *run = claim(t);
  OK(nangolite_run_finish(run, NULL, NULL));
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    run_sql(t, changes[i]);
    if (repair(t) == NULL) fail_msg("%s: the repair found nothing", changes[i]);
    OK(nangolite_run_claim(t->store, "github", "user-1", "issues", NULL, &run));
    OK(nangolite_run_finish(run, NULL, NULL));
    int64_t due = nangolite_next_due(t->store);
    assert_true(due > HALF_PAST_TEN && due <= HALF_PAST_TEN + HOURS(1));
  }
}

/* ---- the file ------------------------------------------------------------------------------------------ */

TEST(test_tables_that_are_missing_are_made) {
  save(t, "Issue", "[{'id':1}]");
  run_sql(t, "DROP TABLE nango_entry; DROP TABLE nango_alternate; DROP VIEW nango_view_records;"
             "DROP INDEX nango_instance_by_wake");
  says(repair(t), "were missing, and were made (4 rows)");
  FEED(t, "Issue", "1 ADDED {'id':1}");
  run_sql(t, "SELECT * FROM nango_view_records");
}

TEST(test_a_trigger_whatever_its_name_is_dropped) {
  run_sql(t, "CREATE TRIGGER \"a \"\" 'b\" AFTER INSERT ON nango_record BEGIN DELETE FROM nango_record; END;"
             "CREATE TRIGGER c AFTER INSERT ON nango_record BEGIN DELETE FROM nango_record; END");
  says(repair(t), "Triggers stood on the tables of the store, and were dropped (2 rows)");
  save(t, "Issue", "[{'id':1}]");
  FEED(t, "Issue", "1 ADDED {'id':1}");
}

TEST(test_an_index_that_lacks_a_row_is_made_again) {
  sqlite3 *other = NULL;
  close_store(t, t->store);
  assert_int_equal(sqlite3_open(t->path, &other), SQLITE_OK);
  t->db = other;
  run_sql(
    t, "CREATE TABLE copy AS SELECT * FROM nango_connection; PRAGMA writable_schema = ON;"
       "UPDATE sqlite_master SET sql = NULL, type = 'index', name = 'kept' WHERE 0;"
       "CREATE INDEX a ON copy (id); UPDATE sqlite_master SET sql = 'CREATE INDEX a ON copy (connection_id)'"
       " WHERE name = 'a'");
  t->db = NULL;
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  nangolite *store = open_store(t, t->path, NULL);
  says(repair_of(t, store), "indexes were made again");
}

/* A page is overwritten, SQLite's own recovery brings out what is left, and the repair makes a store of it. */
TEST(test_what_sqlites_recovery_brings_out_becomes_a_store) {
  char json[64];
  if (system("sqlite3 -version >build/log/sqlite3.version 2>&1") != 0) SKIP("there is no sqlite3 program");
  nangolite_run *run = claim(t);
  for (int i = 0; i < 400; i++) {
    snprintf(json, sizeof json, "{\"id\":%d,\"text\":\"%0*d\"}", i, 20, i);
    OK(nangolite_run_save(run, "Issue", json, -1, NULL));
  }
  OK(nangolite_run_checkpoint_save(run, "{\"page\":2}"));
  OK(nangolite_run_finish(run, NULL, NULL));
  close_store(t, t->store);
  long pages = 0;
  for (int page = 3; pages == 0 || page <= pages; page += 2) {
    const char *damaged = temporary(t), *recovered = temporary(t);
    FILE *from = fopen(t->path, "rb"), *to = fopen(damaged, "wb");
    assert_non_null(from);
    assert_non_null(to);
    unsigned char bytes[4096];
    for (pages = 0; fread(bytes, 1, sizeof bytes, from) == sizeof bytes;) {
      if (++pages == page) memset(bytes + 100, 0x5a, 2000);
      assert_int_equal(fwrite(bytes, 1, sizeof bytes, to), sizeof bytes);
    }
    fclose(from);
    fclose(to);
    int code = system(
      format(t, "sqlite3 '%s' .recover 2>/dev/null | sqlite3 '%s' >/dev/null 2>&1", damaged, recovered));
    nangolite *store = NULL;
    if (code != 0 || nangolite_open(recovered, NULL, &store) != NANGOLITE_OK) {
      nangolite_close(store);
      continue;
    }
    repair_of(t, store);
    nangolite_changes changes;
    OK_OF(store, nangolite_connection_create(store, "github", "user-1"));
    OK_OF(store, nangolite_records_save(store, &issues, "[{\"id\":1},{\"id\":7777}]", -1, &changes));
    nangolite_close(store);
  }
}

/* Rows of a b-tree that are out of order: whoever asks for the next row may get one again. */
TEST(test_rows_that_are_out_of_order_end_the_repair) {
  char *json = NULL, *report = NULL;
  for (int i = 0; i < 300; i++) {
    json = sqlite3_mprintf("{\"id\":%d,\"text\":\"%064d\"}", i, i);
    OK(nangolite_records_save(t->store, &issues, json, -1, NULL));
    sqlite3_free(json);
  }
  close_store(t, t->store);
  unsigned char bytes[4096];
  const char *damaged = temporary(t);
  FILE *from = fopen(t->path, "rb"), *to = fopen(damaged, "wb");
  assert_non_null(from);
  assert_non_null(to);
  for (int page = 0; fread(bytes, 1, sizeof bytes, from) == sizeof bytes; page++) {
    int is_leaf = page > 0 && bytes[0] == 0x0d && bytes[4] > 4;
    for (int i = 8; is_leaf && i < 10; i++) { /* the first place of a cell, and the third */
      unsigned char byte = bytes[i];
      bytes[i] = bytes[i + 4];
      bytes[i + 4] = byte;
    }
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, to), sizeof bytes);
  }
  fclose(from);
  fclose(to);
  nangolite *store = NULL;
  if (nangolite_open(damaged, NULL, &store) == NANGOLITE_OK)
    FAILS_OF(store, NANGOLITE_CORRUPT, nangolite_repair(store, &report));
  assert_null(report);
  nangolite_close(store);
}

TEST(test_a_column_that_is_null_against_its_rule_is_mended) {
  if (sqlite3_libversion_number() < 3026000) SKIP("this SQLite does not read a changed schema again (3.26)");
  save(t, "Issue", "[{'id':'a','n':1},{'id':'b','n':1}]");
  run_sql(
    t,
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'TEXT NOT NULL', 'TEXT')"
    " WHERE name IN ('nango_record', 'nango_environment'); PRAGMA writable_schema = RESET;"
    "UPDATE nango_record SET id = NULL WHERE id = 'a'; UPDATE nango_record SET payload = NULL WHERE id = 'b'");
  says(repair(t), "pruned ones");
  SAME(payload(t, "a"), "{'id':'a','n':1}");
  SAME(emptied(t, "b"), "{'id':'b'}");
}

TESTS(ON_FILE(test_rows_that_are_out_of_order_end_the_repair),
      ATTACHED(test_a_column_that_is_null_against_its_rule_is_mended),
      EVERYWHERE(test_a_sound_store_is_not_changed), MEMORY(test_no_place_for_the_report_is_misuse),
      ON_FILE(test_a_store_that_is_read_only_is_not_repaired),
      ATTACHED(test_a_payload_that_is_lost_leaves_its_record_pruned_until_the_next_save),
      ATTACHED(test_a_payload_that_is_still_json_stays_and_gets_its_own_hash),
      ATTACHED(test_entries_identities_and_counters_come_back_from_the_records),
      ATTACHED(test_numbers_of_a_collection_are_counted_again),
      ATTACHED(test_the_feed_misses_nothing_where_stamps_were_damaged),
      ATTACHED(test_records_that_lost_their_collection_are_found_under_recovered),
      ATTACHED(test_a_collection_that_lost_its_connection_is_found_under_recovered),
      ATTACHED(test_of_two_records_with_one_id_the_later_stays),
      ATTACHED(test_a_window_that_does_not_know_what_it_has_seen_deletes_nothing),
      ATTACHED(test_a_window_of_another_collection_goes_on),
      ATTACHED(test_a_run_in_progress_that_cannot_be_is_aborted),
      ATTACHED(test_a_schedule_that_cannot_be_runs_again), ATTACHED(test_tables_that_are_missing_are_made),
      ATTACHED(test_a_trigger_whatever_its_name_is_dropped),
      ON_FILE(test_an_index_that_lacks_a_row_is_made_again),
      ON_FILE(test_what_sqlites_recovery_brings_out_becomes_a_store))
