/* Saving: what becomes of a record in each state. */
#include "records.h"

TEST(test_an_absent_record_is_added) {
  SAME(save(t, "Issue", "{'id':1,'a':1}"), "1 added");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0");
}

TEST(test_a_different_record_is_updated) {
  save(t, "Issue", "{'id':1,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{'id':1,'a':2}"), "1 updated");
  SAME(metadata(t, "1"), "UPDATED, first 0d+0, last 1d+0");
  SAME(payload(t, "1"), "{'id':1,'a':2}");
}

TEST(test_the_same_record_is_unchanged) {
  save(t, "Issue", "{'id':1,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{ 'a':1,'id':1}"), "1 unchanged");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_an_unchanged_record_keeps_its_last_action) {
  save(t, "Issue", "{'id':1,'a':1}");
  save(t, "Issue", "{'id':1,'a':2}");
  SAME(save(t, "Issue", "{'id':1,'a':2}"), "1 unchanged");
  SAME(metadata(t, "1"), "UPDATED, first 0d+0, last 0d+1");
}

TEST(test_a_deleted_record_that_comes_again_is_added_with_a_new_first_seen_at) {
  save(t, "Issue", "{'id':1,'a':1}");
  delete (t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{'id':1,'a':1}"), "1 added");
  SAME(metadata(t, "1"), "ADDED, first 1d+0, last 1d+0");
}

TEST(test_a_deleted_record_that_comes_again_different_is_added) {
  save(t, "Issue", "{'id':1,'a':1}");
  delete (t, "Issue", "{'id':1}");
  SAME(save(t, "Issue", "{'id':1,'a':2}"), "1 added");
  SAME(payload(t, "1"), "{'id':1,'a':2}");
}

TEST(test_a_deleted_and_pruned_record_that_comes_again_is_added) {
  save(t, "Issue", "{'id':1,'a':1}");
  delete (t, "Issue", "{'id':1}");
  prune(t, NULL, 0);
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{'id':1,'a':1}"), "1 added");
  SAME(metadata(t, "1"), "ADDED, first 1d+0, last 1d+0");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_a_tombstone_that_comes_is_added) {
  delete (t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{'id':1}"), "1 added");
  SAME(metadata(t, "1"), "ADDED, first 1d+0, last 1d+0");
}

TEST(test_a_pruned_record_that_comes_the_same_gets_its_payload_back) {
  save(t, "Issue", "{'id':1,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  prune(t, NULL, 0);
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0, pruned 1d+0");
  SAME(save(t, "Issue", "{'id':1,'a':1}"), "1 unchanged");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_a_pruned_record_takes_the_text_that_brings_it_back) {
  save(t, "Issue", "{'id':1,'a':1}");
  prune(t, NULL, 0);
  SAME(save(t, "Issue", "{'a':1, 'id':1}"), "1 unchanged");
  SAME(payload(t, "1"), "{'a':1, 'id':1}");
}

TEST(test_a_pruned_record_that_comes_different_is_updated) {
  save(t, "Issue", "{'id':1,'a':1}");
  prune(t, NULL, 0);
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{'id':1,'a':2}"), "1 updated");
  SAME(metadata(t, "1"), "UPDATED, first 0d+0, last 1d+0");
  SAME(payload(t, "1"), "{'id':1,'a':2}");
}

TEST(test_one_call_counts_each_kind) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3},{'id':4,'a':1}]");
  delete (t, "Issue", "{'id':3}");
  prune(t, NULL, 0);
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1}]");
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':2},{'id':3},{'id':4,'a':1},{'id':6},{'id':6},{'id':7}]"),
       "3 added, 1 updated, 2 unchanged, 1 duplicates");
}

TEST(test_changes_are_made_in_the_order_of_the_array) {
  save(t, "Issue", "[{'id':'c'},{'id':'a'},{'id':'b'}]");
  SAME(ids(t, NULL), "c a b");
  save(t, "Issue", "[{'id':'b','x':1},{'id':'d'},{'id':'a','x':1}]");
  SAME(ids(t, NULL), "c b d a");
  delete (t, "Issue", "[{'id':'d'},{'id':'b'}]");
  SAME(ids(t, NULL), "c a d b");
  update(t, "Issue", "[{'id':'a','y':1},{'id':'c','y':1}]");
  SAME(ids(t, NULL), "d b a c");
}

TEST(test_changes_may_be_null) {
  OK(nangolite_records_save(t->store, &issues, "{\"id\":1}", -1, NULL));
  OK(nangolite_records_update(t->store, &issues, "{\"id\":1}", -1, NULL));
  OK(nangolite_records_delete(t->store, &issues, "{\"id\":1}", -1, NULL));
}

/* A change of another connection moves SQLite's counter; what writes nothing does not. */
static long data_version(sqlite3 *db) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA data_version", -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  long version = (long)sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return version;
}

TEST(test_a_save_that_changes_nothing_writes_nothing) {
  sqlite3 *beside;
  save(t, "Issue", "[{'id':1,'a':1},{'id':2}]");
  assert_int_equal(sqlite3_open(t->path, &beside), SQLITE_OK);
  long before = data_version(beside);
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':2}]"), "2 unchanged");
  assert_int_equal(data_version(beside), before);
  SAME(save(t, "Issue", "[{'a':1,'id':1},{'id':2}]"),
       "2 unchanged"); /* another text: that is remembered, once */
  before = data_version(beside);
  SAME(save(t, "Issue", "[{'a':1,'id':1},{'id':2}]"), "2 unchanged");
  assert_int_equal(data_version(beside), before);
  SAME(save(t, "Issue", "[{'id':2,'a':1}]"), "1 updated");
  assert_int_not_equal(data_version(beside), before);
  sqlite3_close(beside);
}

TESTS(ON_FILE(test_a_save_that_changes_nothing_writes_nothing), MEMORY(test_an_absent_record_is_added),
      MEMORY(test_a_different_record_is_updated), MEMORY(test_the_same_record_is_unchanged),
      MEMORY(test_an_unchanged_record_keeps_its_last_action),
      MEMORY(test_a_deleted_record_that_comes_again_is_added_with_a_new_first_seen_at),
      MEMORY(test_a_deleted_record_that_comes_again_different_is_added),
      MEMORY(test_a_deleted_and_pruned_record_that_comes_again_is_added),
      MEMORY(test_a_tombstone_that_comes_is_added),
      MEMORY(test_a_pruned_record_that_comes_the_same_gets_its_payload_back),
      MEMORY(test_a_pruned_record_takes_the_text_that_brings_it_back),
      MEMORY(test_a_pruned_record_that_comes_different_is_updated),
      EVERYWHERE(test_one_call_counts_each_kind), MEMORY(test_changes_are_made_in_the_order_of_the_array),
      MEMORY(test_changes_may_be_null))
