/* Stamps: one total order of changes, whatever the clocks do. */
#include "records.h"

#include <time.h>

static int64_t stamp(test *t, const char *id) {
  return record(t, "Issue", id)->last_modified_at;
}

static int save_with(test *t, nangolite *store, const char *json) {
  return nangolite_records_save(store, &issues, double_quoted(t, json), -1, NULL);
}

TEST(test_each_change_has_its_own_stamp_while_the_clock_stands_still) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  save(t, "Issue", "{'id':3}");
  delete (t, "Issue", "{'id':1}");
  update(t, "Issue", "{'id':2,'a':1}");
  SAME(metadata(t, "3"), "ADDED, first 0d+2, last 0d+2");
  SAME(metadata(t, "1"), "DELETED, first 0d+0, last 0d+3, deleted 0d+3");
  SAME(metadata(t, "2"), "UPDATED, first 0d+1, last 0d+4");
}

TEST(test_stamps_go_on_while_the_clock_goes_back) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, -DAYS(365));
  save(t, "Issue", "[{'id':2},{'id':3}]");
  assert_int_equal(stamp(t, "2"), HALF_PAST_TEN + 1);
  assert_int_equal(stamp(t, "3"), HALF_PAST_TEN + 2);
  nangolite_clock_set(t->store, HALF_PAST_TEN + 10);
  save(t, "Issue", "{'id':4}");
  assert_int_equal(stamp(t, "4"), HALF_PAST_TEN + 10);
}

TEST(test_a_stamp_is_the_clock_where_that_is_later) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(400));
  save(t, "Issue", "[{'id':2},{'id':3}]");
  SAME(metadata(t, "2"), "ADDED, first 400d+0, last 400d+0");
  SAME(metadata(t, "3"), "ADDED, first 400d+1, last 400d+1");
}

TEST(test_unchanged_records_take_no_stamp) {
  save(t, "Issue", "{'id':1}");
  for (int i = 0; i < 10; i++) save(t, "Issue", "{'id':1}");
  update(t, "Issue", "[{'id':1},{'id':5}]");
  prune(t, NULL, 0);
  save(t, "Issue", "{'id':1}");
  save(t, "Issue", "{'id':2}");
  assert_int_equal(stamp(t, "2"), HALF_PAST_TEN + 1);
}

TEST(test_stamps_are_of_the_file_not_of_the_collection) {
  nangolite_scope other = {"slack", "user-9", "Message", "v"};
  OK(nangolite_connection_create(t->store, "slack", "user-9"));
  save(t, "Issue", "{'id':1}");
  OK(nangolite_records_save(t->store, &other, "{\"id\":1}", -1, NULL));
  save(t, "Issue", "{'id':2}");
  assert_int_equal(stamp(t, "2"), HALF_PAST_TEN + 2);
}

TEST(test_the_last_stamp_outlives_the_handle) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  reopen(t, NULL);
  nangolite_clock_advance(t->store, -DAYS(1));
  save(t, "Issue", "{'id':3}");
  assert_int_equal(stamp(t, "3"), HALF_PAST_TEN + 2);
}

TEST(test_handles_with_different_clocks_give_one_order) {
  static const int64_t clocks[] = {0, 5000000, -7000000, 1, DAYS(1)};
  nangolite *handles[5];
  handles[0] = t->store;
  for (int i = 1; i < 5; i++) {
    handles[i] = open_store(t, t->path, NULL);
    nangolite_clock_set(handles[i], HALF_PAST_TEN + clocks[i]);
  }
  int64_t last = 0;
  for (int i = 0; i < 60; i++) {
    const char *id = format(t, "%d", i);
    OK_OF(handles[i * 7 % 5], save_with(t, handles[i * 7 % 5], format(t, "{'id':%d}", i)));
    assert_true(stamp(t, id) > last);
    last = stamp(t, id);
  }
  feed(t, "Issue"); /* which makes sure that the stamps rise */
}

TEST(test_the_order_of_stamps_is_the_order_of_changes) {
  for (int i = 0; i < 30; i++) {
    nangolite_clock_advance(t->store, i % 3 == 0 ? -SECONDS(i) : SECONDS(1));
    save(t, "Issue", format(t, "[{'id':%d,'n':%d},{'id':%d,'n':%d}]", i * 5 % 7, i, 7 + i % 4, i));
    SAME(feed_after(t, "Issue", record(t, "Issue", format(t, "%d", i * 5 % 7))->cursor),
         format(t, "%d %s {'id':%d,'n':%d}", 7 + i % 4, i < 4 ? "ADDED" : "UPDATED", 7 + i % 4, i));
  }
}

static int64_t counting_clock(void *ctx) {
  return *(int64_t *)ctx;
}

TEST(test_the_clock_of_the_options_is_asked) {
  static int64_t now;
  now = HALF_PAST_TEN + DAYS(3);
  reopen(t, (&(nangolite_options){.clock = counting_clock, .clock_ctx = &now}));
  assert_int_equal(nangolite_now(t->store), now);
  save(t, "Issue", "{'id':1}");
  SAME(metadata(t, "1"), "ADDED, first 3d+0, last 3d+0");
  now += DAYS(1);
  save(t, "Issue", "{'id':2}");
  SAME(metadata(t, "2"), "ADDED, first 4d+0, last 4d+0");
}

TEST(test_a_held_clock_stands_still_until_it_is_moved) {
  nangolite_clock_set(t->store, 12345678);
  assert_int_equal(nangolite_now(t->store), 12345678);
  assert_int_equal(nangolite_now(t->store), 12345678);
  nangolite_clock_advance(t->store, 22);
  assert_int_equal(nangolite_now(t->store), 12345700);
  nangolite_clock_advance(t->store, -700);
  assert_int_equal(nangolite_now(t->store), 12345000);
}

TEST(test_advancing_a_running_clock_holds_it) {
  static int64_t now;
  now = HALF_PAST_TEN;
  reopen(t, (&(nangolite_options){.clock = counting_clock, .clock_ctx = &now}));
  nangolite_clock_advance(t->store, SECONDS(5));
  now += SECONDS(100);
  assert_int_equal(nangolite_now(t->store), HALF_PAST_TEN + SECONDS(5));
}

PLAIN_TEST(test_the_default_clock_is_the_system_clock) {
  nangolite *store;
  int64_t before = (int64_t)time(NULL) * 1000000;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  int64_t now = nangolite_now(store);
  assert_true(now >= before - SECONDS(1) && now <= before + SECONDS(20));
  nangolite_close(store);
}

TEST(test_first_seen_at_is_the_stamp_of_the_addition) {
  save(t, "Issue", "[{'id':0},{'id':1}]");
  nangolite_clock_advance(t->store, -DAYS(1));
  save(t, "Issue", "{'id':2}");
  SAME(metadata(t, "2"), "ADDED, first 0d+2, last 0d+2");
}

TEST(test_a_call_that_failed_leaves_the_order_as_it_was) {
  save(t, "Issue", "{'id':1}");
  REFUSED(save_text(t, "[{'id':2},{'id':3},{}]"), "");
  save(t, "Issue", "{'id':4}");
  assert_int_equal(stamp(t, "4"), HALF_PAST_TEN + 1);
}

TESTS(MEMORY(test_each_change_has_its_own_stamp_while_the_clock_stands_still),
      EVERYWHERE(test_stamps_go_on_while_the_clock_goes_back),
      MEMORY(test_a_stamp_is_the_clock_where_that_is_later), MEMORY(test_unchanged_records_take_no_stamp),
      MEMORY(test_stamps_are_of_the_file_not_of_the_collection),
      ON_FILE(test_the_last_stamp_outlives_the_handle),
      ON_FILE(test_handles_with_different_clocks_give_one_order),
      MEMORY(test_the_order_of_stamps_is_the_order_of_changes),
      EVERYWHERE(test_the_clock_of_the_options_is_asked),
      MEMORY(test_a_held_clock_stands_still_until_it_is_moved),
      MEMORY(test_advancing_a_running_clock_holds_it), PLAIN(test_the_default_clock_is_the_system_clock),
      MEMORY(test_first_seen_at_is_the_stamp_of_the_addition),
      EVERYWHERE(test_a_call_that_failed_leaves_the_order_as_it_was))
