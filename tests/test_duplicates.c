/* The same id more than once in a call. */
#include "records.h"

TEST(test_the_first_of_a_save_wins) {
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':1,'a':2},{'id':2},{'id':1,'a':3}]"), "2 added, 2 duplicates");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_the_first_of_an_update_wins) {
  save(t, "Issue", "{'id':1,'a':0}");
  SAME(update(t, "Issue", "[{'id':1,'a':1},{'id':1,'a':2,'b':3}]"), "1 updated, 1 duplicates");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_the_first_of_a_delete_wins) {
  save(t, "Issue", "{'id':1}");
  SAME(delete (t, "Issue", "[{'id':1},{'id':1},{'id':2},{'id':2}]"), "2 deleted, 2 duplicates");
}

TEST(test_a_number_and_a_string_are_duplicates) {
  SAME(save(t, "Issue", "[{'id':'1','a':1},{'id':1,'a':2}]"), "1 added, 1 duplicates");
  SAME(payload(t, "1"), "{'id':'1','a':1}");
}

TEST(test_an_id_written_otherwise_is_a_duplicate) {
  SAME(save(t, "Issue", "[{'id':'a'},{'id':'\\u0061'},{'id':'x','id':'a'}]"), "1 added, 2 duplicates");
}

TEST(test_a_duplicate_of_an_unchanged_record_does_not_count_twice) {
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':1,'a':2}]"), "1 unchanged, 1 duplicates");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_a_duplicate_of_a_skipped_record_does_not_count_twice) {
  SAME(update(t, "Issue", "[{'id':1},{'id':1}]"), "1 skipped, 1 duplicates");
}

TEST(test_the_next_call_starts_afresh) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':1,'a':2}]");
  SAME(save(t, "Issue", "{'id':1,'a':2}"), "1 updated");
}

TEST(test_a_duplicate_is_still_looked_at) {
  REFUSED(save_text(t, "[{'id':1},{'id':1,'a':}]"), "1");
  SAME(ids(t, NULL), "");
}

TEST(test_a_duplicate_takes_no_stamp) {
  save(t, "Issue", "[{'id':1},{'id':1},{'id':1},{'id':2}]");
  SAME(metadata(t, "2"), "ADDED, first 0d+1, last 0d+1");
}

TEST(test_many_duplicates_in_a_large_call_are_found) {
  char *json = malloc(20000 * 32);
  size_t at = 0;
  nangolite_changes changes;
  for (int i = 0; i < 20000; i++) {
    at += (size_t)sprintf(json + at, "%c{\"id\":%d,\"n\":%d}", i ? ',' : '[', i * 7919 % 5000, i);
  }
  strcpy(json + at, "]");
  OK(nangolite_records_save(t->store, &issues, json, -1, &changes));
  free(json);
  SAME(changes_text(t, changes), "5000 added, 15000 duplicates");
  SAME(payload(t, "7919"), NULL);
  SAME(payload(t, "2919"), "{'id':2919,'n':1}");
  SAME(payload(t, "0"), "{'id':0,'n':0}");
}

/* Records that are recognized by their bytes, and such as have to be looked up, are duplicates of each other. */
TEST(test_a_record_sent_again_as_it_is_and_changed_counts_once) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1},{'id':2,'a':2},{'id':3,'a':1}]"),
       "3 unchanged, 2 duplicates");
  SAME(payload(t, "2"), "{'id':2,'a':1}");
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':3,'a':3},{'id':2,'a':1},{'id':3,'a':1}]"),
       "1 updated, 2 unchanged, 1 duplicates");
  SAME(payload(t, "3"), "{'id':3,'a':3}");
  SAME(save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':2},{'id':2,'a':1},{'id':2,'a':1},{'id':3,'a':3}]"),
       "1 updated, 2 unchanged, 2 duplicates");
  SAME(payload(t, "2"), "{'id':2,'a':2}");
}

TESTS(MEMORY(test_a_record_sent_again_as_it_is_and_changed_counts_once),
      MEMORY(test_the_first_of_a_save_wins), MEMORY(test_the_first_of_an_update_wins),
      MEMORY(test_the_first_of_a_delete_wins), MEMORY(test_a_number_and_a_string_are_duplicates),
      MEMORY(test_an_id_written_otherwise_is_a_duplicate),
      MEMORY(test_a_duplicate_of_an_unchanged_record_does_not_count_twice),
      MEMORY(test_a_duplicate_of_a_skipped_record_does_not_count_twice),
      MEMORY(test_the_next_call_starts_afresh), MEMORY(test_a_duplicate_is_still_looked_at),
      MEMORY(test_a_duplicate_takes_no_stamp), MEMORY(test_many_duplicates_in_a_large_call_are_found))
