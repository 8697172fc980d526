/* A source that writes the same values in another text: once that was seen, it costs no more than the stored text. */
#include "records.h"

static int64_t ask(test *t, const char *sql) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

/* What is compared with the stored payload would miss it, were it not there: so nobody looks. */
static void take_payloads_away(test *t) {
  assert_int_equal(sqlite3_exec(t->db, "UPDATE nango_record SET payload = '{}'", NULL, NULL, NULL),
                   SQLITE_OK);
}

static void put_payloads_back(test *t) {
  assert_int_equal(sqlite3_exec(t->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
}

TEST(test_a_text_that_was_seen_is_known_without_the_payload) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  SAME(save(t, "Issue", "[{'a':1,'id':1},{'id':2, 'a':1},{'id':3,'a':1 }]"), "3 unchanged");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
  assert_int_equal(sqlite3_exec(t->db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
  take_payloads_away(t);
  SAME(save(t, "Issue", "[{'a':1,'id':1},{'id':2, 'a':1},{'id':3,'a':1 }]"), "3 unchanged");
  SAME(save(t, "Issue", "[{'id':3,'a':1 },{'id':2,'a':1},{'a':1,'id':1}]"), "3 unchanged");
  put_payloads_back(t);
}

TEST(test_it_moves_no_stamp_and_counts_as_unchanged) {
  save(t, "Issue", "[{'id':1,'a':1}]");
  int64_t stamp = ask(t, "SELECT last_stamp FROM nango_store");
  SAME(save(t, "Issue", "[{'a':1,'id':1}]"), "1 unchanged");
  assert_int_equal(ask(t, "SELECT last_stamp FROM nango_store"), stamp);
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0");
}

TEST(test_a_change_forgets_the_other_text) {
  save(t, "Issue", "[{'id':1,'a':1}]");
  save(t, "Issue", "[{'a':1,'id':1}]");
  SAME(save(t, "Issue", "[{'id':1,'a':2}]"), "1 updated");
  SAME(save(t, "Issue", "[{'a':1,'id':1}]"), "1 updated");
  SAME(payload(t, "1"), "{'a':1,'id':1}");
}

TEST(test_deleting_and_pruning_forget_the_other_text) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1}]");
  save(t, "Issue", "[{'a':1,'id':1},{'a':1,'id':2}]");
  delete (t, "Issue", "[{'id':1}]");
  SAME(prune(t, NULL, 0), "2");
  SAME(save(t, "Issue", "[{'a':1,'id':1},{'a':1,'id':2}]"), "1 added, 1 unchanged");
  SAME(payload(t, "2"), "{'a':1,'id':2}");
}

/* The type of an id is what it was saved with last, so another type is no other text of the same. */
TEST(test_an_id_of_the_other_type_is_stored) {
  save(t, "Issue", "[{'id':1,'a':1}]");
  SAME(save(t, "Issue", "[{'a':1,'id':1}]"), "1 unchanged");
  SAME(save(t, "Issue", "[{'a':1,'id':'1'}]"), "1 unchanged");
  SAME(payload(t, "1"), "{'a':1,'id':'1'}");
  SAME(save(t, "Issue", "[{'a':1,'id':1}]"), "1 unchanged");
  SAME(payload(t, "1"), "{'a':1,'id':1}");
}

TEST(test_metadata_is_no_part_of_the_other_text) {
  save(t, "Issue", "[{'id':1,'a':1}]");
  SAME(save(t, "Issue", "[{'a':1,'id':1,'_nango_metadata':{}}]"), "1 unchanged");
  SAME(save(t, "Issue", "[{'a':1,'id':1}]"), "1 unchanged");
  SAME(save(t, "Issue", "[{'a':1,'id':1,'_nango_metadata':{}}]"), "1 unchanged");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_one_further_text_is_kept) {
  save(t, "Issue", "[{'id':1,'a':1}]");
  save(t, "Issue", "[{'a':1,'id':1}]");
  SAME(save(t, "Issue", "[{'id':1, 'a':1}]"), "1 unchanged");
  SAME(save(t, "Issue", "[{'a':1,'id':1}]"), "1 unchanged");
  assert_int_equal(ask(t, "SELECT count(*) FROM nango_alternate"), 1);
}

TEST(test_a_reformatted_source_is_seen_in_a_window) {
  const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  nangolite_run *run = NULL;
  nangolite_changes changes;
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  save(t, "Issue", "[{'a':1,'id':1},{'a':1,'id':2},{'a':1,'id':3}]");
  OK(nangolite_sync_define(t->store, &sync));
  OK(nangolite_run_next(t->store, &run));
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  OK(nangolite_run_save(run, "Issue", "[{\"a\":1,\"id\":1},{\"a\":1,\"id\":2}]", -1, &changes));
  SAME(changes_text(t, changes), "2 unchanged");
  OK(nangolite_run_track_deletes_end(run, "Issue", &changes));
  SAME(changes_text(t, changes), "1 deleted");
  OK(nangolite_run_finish(run, NULL, NULL));
}

TESTS(ATTACHED(test_a_text_that_was_seen_is_known_without_the_payload),
      ATTACHED(test_it_moves_no_stamp_and_counts_as_unchanged), MEMORY(test_a_change_forgets_the_other_text),
      MEMORY(test_deleting_and_pruning_forget_the_other_text), MEMORY(test_an_id_of_the_other_type_is_stored),
      MEMORY(test_metadata_is_no_part_of_the_other_text), ATTACHED(test_one_further_text_is_kept),
      MEMORY(test_a_reformatted_source_is_seen_in_a_window))
