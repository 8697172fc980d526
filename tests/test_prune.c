/* Pruning by hand. */
#include "records.h"

TEST(test_pruning_empties_the_payload_and_keeps_the_metadata) {
  save(t, "Issue", "{'id':1,'a':{'b':[1,2,3]}}");
  save(t, "Issue", "{'id':1,'a':2}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(prune(t, NULL, 0), "1");
  SAME(emptied(t, "1"), "{'id':1}");
  SAME(metadata(t, "1"), "UPDATED, first 0d+0, last 0d+1, pruned 1d+0");
}

TEST(test_pruning_moves_no_stamp_and_is_not_in_the_feed) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1}]");
  const char *seen = end_of_feed(t, "Issue");
  nangolite_clock_advance(t->store, DAYS(1));
  prune(t, NULL, 0);
  SAME(feed_after(t, "Issue", seen), "");
  SAME(metadata(t, "2"), "ADDED, first 0d+1, last 0d+1, pruned 1d+0");
}

TEST(test_the_cursor_to_prune_to_is_inclusive) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  SAME(prune(t, record(t, "Issue", "2")->cursor, 0), "2");
  SAME(feed(t, "Issue"), format(t, "1 ADDED pruned %s; 2 ADDED pruned %s; 3 ADDED {'id':3,'a':1}",
                                payload(t, "1"), payload(t, "2")));
}

TEST(test_a_limit_takes_the_oldest_stamps_first) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3},{'id':4}]");
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(prune(t, NULL, 2), "2 ...");
  assert_int_equal(record(t, "Issue", "1")->pruned_at, 0);
  assert_true(record(t, "Issue", "2")->pruned_at != 0);
  assert_true(record(t, "Issue", "3")->pruned_at != 0);
  assert_int_equal(record(t, "Issue", "4")->pruned_at, 0);
}

TEST(test_has_more_is_exact) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3},{'id':4},{'id':5}]");
  const char *until = record(t, "Issue", "4")->cursor;
  SAME(prune(t, until, 1), "1 ...");
  SAME(prune(t, until, 2), "2 ...");
  SAME(prune(t, until, 1), "1");
  SAME(prune(t, until, 1), "0");
  SAME(prune(t, NULL, 1), "1");
  SAME(prune(t, NULL, 1), "0");
}

TEST(test_has_more_sees_past_what_is_pruned_already) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3},{'id':4}]");
  prune(t, record(t, "Issue", "2")->cursor, 0);
  SAME(prune(t, record(t, "Issue", "3")->cursor, 1), "1");
  SAME(prune(t, NULL, 1), "1");
}

TEST(test_pruned_records_are_not_counted_again) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(prune(t, NULL, 0), "2");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(prune(t, NULL, 0), "0");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0, pruned 1d+0");
}

TEST(test_a_record_changed_after_pruning_can_be_pruned_again) {
  save(t, "Issue", "{'id':1,'a':1}");
  prune(t, NULL, 0);
  save(t, "Issue", "{'id':1,'a':2}");
  SAME(prune(t, NULL, 0), "1");
  save(t, "Issue", "{'id':1,'a':2}");
  SAME(prune(t, NULL, 0), "1");
}

TEST(test_deleted_records_are_pruned_too) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1}]");
  delete (t, "Issue", "{'id':1}");
  SAME(prune(t, NULL, 0), "2");
  SAME(emptied(t, "1"), "{'id':1}");
  assert_true(record(t, "Issue", "1")->deleted_at != 0);
}

TEST(test_pruning_by_a_cursor_before_everything_prunes_nothing) {
  save(t, "Label", "{'id':1}");
  save(t, "Issue", "{'id':1}");
  SAME(prune(t, record(t, "Label", "1")->cursor, 0), "0");
}

TEST(test_pruning_an_unknown_collection_prunes_nothing) {
  nangolite_scope nowhere = {"github", "user-1", "Nothing", "v"};
  SAME(test_prune(t, nowhere, NULL, 0, __FILE__, __LINE__), "0");
  SAME(test_prune(t, nowhere, NULL, 5, __FILE__, __LINE__), "0");
}

TEST(test_pruning_stays_in_its_collection) {
  nangolite_scope variant = {"github", "user-1", "Issue", "v"};
  save(t, "Label", "{'id':1}");
  save(t, "Issue", "{'id':1}");
  OK(nangolite_records_save(t->store, &variant, "{\"id\":1}", -1, NULL));
  SAME(prune(t, NULL, 0), "1");
  assert_int_equal(record(t, "Label", "1")->pruned_at, 0);
  SAME(feed_of(t, t->store, variant, NULL), "1 ADDED {'id':1}");
}

TEST(test_a_limit_below_0_is_refused) {
  REFUSED(nangolite_records_prune(t->store, &issues, NULL, -1, NULL, NULL), "limit");
  REFUSED(nangolite_records_prune(t->store, &issues, NULL, INT64_MIN, NULL, NULL), "limit");
}

TEST(test_a_limit_of_any_size_is_fine) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  SAME(prune(t, NULL, INT64_MAX), "2");
}

TEST(test_count_and_has_more_may_be_null) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  OK(nangolite_records_prune(t->store, &issues, NULL, 1, NULL, NULL));
  SAME(prune(t, NULL, 0), "1");
}

TEST(test_a_refused_prune_gives_zeros) {
  int64_t count = 5;
  int has_more = 5;
  FAILS(NANGOLITE_INVALID_CURSOR, nangolite_records_prune(t->store, &issues, "x", 0, &count, &has_more));
  assert_int_equal(count, 0);
  assert_int_equal(has_more, 0);
}

TEST(test_a_pruned_record_still_belongs_to_the_feed) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2}]");
  prune(t, record(t, "Issue", "1")->cursor, 0);
  SAME(ids(t, NULL), "1 2");
  SAME(ids(t, &(nangolite_query){.filter = "added"}), "1 2");
  assert_int_equal(live(t, "Issue"), 2);
}

TESTS(MEMORY(test_pruning_empties_the_payload_and_keeps_the_metadata),
      MEMORY(test_pruning_moves_no_stamp_and_is_not_in_the_feed),
      MEMORY(test_the_cursor_to_prune_to_is_inclusive), MEMORY(test_a_limit_takes_the_oldest_stamps_first),
      MEMORY(test_has_more_is_exact), MEMORY(test_has_more_sees_past_what_is_pruned_already),
      MEMORY(test_pruned_records_are_not_counted_again),
      MEMORY(test_a_record_changed_after_pruning_can_be_pruned_again),
      MEMORY(test_deleted_records_are_pruned_too),
      MEMORY(test_pruning_by_a_cursor_before_everything_prunes_nothing),
      MEMORY(test_pruning_an_unknown_collection_prunes_nothing), MEMORY(test_pruning_stays_in_its_collection),
      MEMORY(test_a_limit_below_0_is_refused), MEMORY(test_a_limit_of_any_size_is_fine),
      MEMORY(test_count_and_has_more_may_be_null), MEMORY(test_a_refused_prune_gives_zeros),
      MEMORY(test_a_pruned_record_still_belongs_to_the_feed))
