/* Deleting, and tombstones. */
#include "records.h"

TEST(test_a_deleted_record_keeps_its_last_payload) {
  save(t, "Issue", "{'id':1,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(delete (t, "Issue", "{'id':1}"), "1 deleted");
  SAME(metadata(t, "1"), "DELETED, first 0d+0, last 1d+0, deleted 1d+0");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_deleting_twice_is_unchanged) {
  save(t, "Issue", "{'id':1,'a':1}");
  delete (t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(delete (t, "Issue", "{'id':1}"), "1 unchanged");
  SAME(metadata(t, "1"), "DELETED, first 0d+0, last 0d+1, deleted 0d+1");
}

TEST(test_an_unknown_id_gets_a_tombstone) {
  SAME(delete (t, "Issue", "[{'id':1},{'id':'x'}]"), "2 deleted");
  SAME(emptied(t, "1"), "{'id':1}");
  SAME(emptied(t, "x"), "{'id':'x'}");
  SAME(metadata(t, "1"), "DELETED, first 0d+0, last 0d+0, deleted 0d+0");
  assert_int_equal(live(t, "Issue"), 0);
}

TEST(test_a_tombstone_reads_its_id_alone) {
  delete (t, "Issue", "{'a':{'id':2},'id':'7','b':[]}");
  SAME(emptied(t, "7"), "{'id':'7'}");
}

TEST(test_a_tombstone_deleted_again_is_unchanged) {
  delete (t, "Issue", "{'id':1}");
  SAME(delete (t, "Issue", "[{'id':'1'},{'id':2}]"), "1 deleted, 1 unchanged");
}

TEST(test_a_tombstone_is_pruned_like_any_other) {
  delete (t, "Issue", "{'id':'7'}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(prune(t, NULL, 0), "1");
  SAME(emptied(t, "7"), "{'id':'7'}");
  SAME(metadata(t, "7"), "DELETED, first 0d+0, last 0d+0, deleted 0d+0, pruned 1d+0");
  SAME(prune(t, NULL, 0), "0");
  SAME(delete (t, "Issue", "{'id':7}"), "1 unchanged");
}

TEST(test_a_record_pruned_before_stays_so_when_it_is_deleted) {
  save(t, "Issue", "{'id':1,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  prune(t, NULL, 0);
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(delete (t, "Issue", "{'id':1,'a':1}"), "1 deleted");
  SAME(metadata(t, "1"), "DELETED, first 0d+0, last 2d+0, deleted 2d+0, pruned 1d+0");
  SAME(emptied(t, "1"), "{'id':1}");
}

TEST(test_only_the_id_is_looked_at) {
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(delete (t, "Issue", "{'id':1,'a':2,'b':{'c':3}}"), "1 deleted");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_a_bad_object_refuses_the_whole_delete) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  REFUSED(nangolite_records_delete(t->store, &issues, "[{\"id\":1},{\"id\":null}]", -1, NULL), "1");
  REFUSED(nangolite_records_delete(t->store, &issues, "[{\"id\":1},2]", -1, NULL), "1");
  REFUSED(nangolite_records_delete(t->store, &issues, "[{\"id\":1},{\"id\":2}", -1, NULL), "");
  assert_int_equal(live(t, "Issue"), 2);
}

TEST(test_deletes_are_in_the_feed) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  const char *seen = end_of_feed(t, "Issue");
  delete (t, "Issue", "[{'id':3},{'id':1}]");
  SAME(feed_after(t, "Issue", seen), "3 DELETED {'id':3}; 1 DELETED {'id':1}");
}

TEST(test_a_record_can_come_and_go_for_ever) {
  for (int i = 0; i < 20; i++) {
    SAME(save(t, "Issue", format(t, "{'id':1,'n':%d}", i / 2)), "1 added");
    SAME(delete (t, "Issue", "{'id':1}"), "1 deleted");
  }
  SAME(feed(t, "Issue"), "1 DELETED {'id':1,'n':9}");
}

TESTS(MEMORY(test_a_deleted_record_keeps_its_last_payload), MEMORY(test_deleting_twice_is_unchanged),
      MEMORY(test_an_unknown_id_gets_a_tombstone), MEMORY(test_a_tombstone_reads_its_id_alone),
      MEMORY(test_a_tombstone_deleted_again_is_unchanged), MEMORY(test_a_tombstone_is_pruned_like_any_other),
      MEMORY(test_a_record_pruned_before_stays_so_when_it_is_deleted), MEMORY(test_only_the_id_is_looked_at),
      EVERYWHERE(test_a_bad_object_refuses_the_whole_delete), MEMORY(test_deletes_are_in_the_feed),
      MEMORY(test_a_record_can_come_and_go_for_ever))
