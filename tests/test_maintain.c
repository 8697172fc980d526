/* nangolite_maintain(): payloads that did not change for long are pruned, in bounded slices. */
#include "records.h"

/* One slice: "pruned, deleted". */
static const char *maintain(test *t, int64_t max_records) {
  int64_t pruned = -1, deleted = -1;
  OK(nangolite_maintain(t->store, max_records, &pruned, &deleted));
  return format(t, "%lld, %lld", (long long)pruned, (long long)deleted);
}

TEST(test_payloads_not_changed_for_30_days_are_pruned) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1}]");
  nangolite_clock_advance(t->store, DAYS(20));
  save(t, "Issue", "{'id':2,'a':2}");
  SAME(maintain(t, 100), "0, 0");
  nangolite_clock_advance(t->store, DAYS(11));
  SAME(maintain(t, 100), "1, 0");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0, pruned 31d+0");
  SAME(metadata(t, "2"), "UPDATED, first 0d+1, last 20d+0");
  SAME(maintain(t, 100), "0, 0");
}

TEST(test_a_payload_of_just_under_30_days_stays) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(30) - 1);
  SAME(maintain(t, 100), "0, 0");
  nangolite_clock_advance(t->store, 2);
  SAME(maintain(t, 100), "1, 0");
}

TEST(test_saving_the_same_does_not_keep_a_payload) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(29));
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(2));
  SAME(maintain(t, 100), "1, 0");
}

TEST(test_maintaining_moves_no_stamp) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  const char *seen = end_of_feed(t, "Issue");
  nangolite_clock_advance(t->store, DAYS(40));
  maintain(t, 100);
  SAME(feed_after(t, "Issue", seen), "");
}

TEST(test_the_work_is_done_in_bounded_slices) {
  for (int i = 0; i < 25; i++) save(t, i % 2 ? "Issue" : "Label", format(t, "{'id':%d}", i));
  nangolite_clock_advance(t->store, DAYS(31));
  SAME(maintain(t, 10), "10, 0");
  SAME(maintain(t, 10), "10, 0");
  SAME(maintain(t, 10), "5, 0");
  SAME(maintain(t, 10), "0, 0");
}

TEST(test_both_0_means_that_nothing_is_left) {
  for (int i = 0; i < 7; i++) save(t, format(t, "Model%d", i), "[{'id':1},{'id':2},{'id':3}]");
  nangolite_clock_advance(t->store, DAYS(31));
  int64_t pruned, deleted, all = 0;
  do {
    OK(nangolite_maintain(t->store, 2, &pruned, &deleted));
    assert_true(pruned >= 0 && pruned <= 2);
    all += pruned;
  } while (pruned + deleted > 0);
  assert_int_equal(all, 21);
}

TEST(test_it_goes_over_all_collections) {
  nangolite_scope other = {"slack", "user-9", "Message", "v"};
  OK(nangolite_connection_create(t->store, "slack", "user-9"));
  OK(nangolite_records_save(t->store, &other, "[{\"id\":1},{\"id\":2}]", -1, NULL));
  save(t, "Issue", "{'id':1}");
  delete (t, "Label", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(31));
  SAME(maintain(t, 100), "4, 0");
  assert_true(record(t, "Label", "1")->pruned_at != 0);
}

TEST(test_what_is_pruned_already_is_not_counted) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  prune(t, record(t, "Issue", "1")->cursor, 0);
  nangolite_clock_advance(t->store, DAYS(31));
  SAME(maintain(t, 100), "1, 0");
}

TEST(test_a_collection_that_belongs_to_no_sync_is_only_pruned) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1}]");
  nangolite_clock_advance(t->store, DAYS(1000));
  SAME(maintain(t, 100), "2, 0");
  SAME(maintain(t, 100), "0, 0");
  SAME(ids(t, NULL), "1 2");
}

TEST(test_the_age_is_an_option) {
  reopen(t, (&(nangolite_options){.prune_after_days = 3}));
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(2));
  SAME(maintain(t, 100), "0, 0");
  nangolite_clock_advance(t->store, DAYS(2));
  SAME(maintain(t, 100), "1, 0");
}

TEST(test_the_greatest_age_never_prunes) {
  reopen(t, (&(nangolite_options){.prune_after_days = INT32_MAX, .delete_after_days = INT32_MAX}));
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(1000000));
  SAME(maintain(t, 100), "0, 0");
  SAME(payload(t, "1"), "{'id':1}");
}

TEST(test_an_age_of_minus_1_never_prunes) {
  reopen(t, (&(nangolite_options){.prune_after_days = -1, .delete_after_days = -1}));
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(5000));
  SAME(maintain(t, 100), "0, 0");
  SAME(payload(t, "1"), "{'id':1}");
}

TEST(test_nothing_is_pruned_unless_it_is_called) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(100));
  reopen(t, NULL);
  nangolite_clock_advance(t->store, DAYS(100));
  save(t, "Issue", "{'id':2}");
  SAME(payload(t, "1"), "{'id':1}");
}

TEST(test_a_clock_far_in_the_past_prunes_nothing) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_set(t->store, 0);
  SAME(maintain(t, 100), "0, 0");
}

TEST(test_pruned_and_deleted_may_be_null) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(31));
  OK(nangolite_maintain(t->store, 10, NULL, NULL));
  SAME(maintain(t, 10), "0, 0");
}

TEST(test_max_records_below_1_is_refused) {
  REFUSED(nangolite_maintain(t->store, 0, NULL, NULL), "max_records");
  REFUSED(nangolite_maintain(t->store, -1, NULL, NULL), "max_records");
}

/* Of the whole file, in bytes. */
static int64_t file_size(test *t) {
  FILE *file = fopen(t->path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  int64_t size = ftell(file);
  fclose(file);
  return size;
}

TEST(test_freed_pages_go_back_to_the_file_system) {
  char *json = malloc(2100000);
  for (int i = 0; i < 4; i++) {
    size_t at = (size_t)sprintf(json, "{\"id\":%d,\"a\":\"", i);
    memset(json + at, 'x', 2000000);
    strcpy(json + at + 2000000, "\"}");
    OK(nangolite_records_save(t->store, &issues, json, -1, NULL));
  }
  free(json);
  reopen(t, NULL); /* so that all of it is in the file itself */
  int64_t before = file_size(t);
  assert_true(before > 8000000);
  nangolite_clock_advance(t->store, DAYS(31));
  while (strcmp(maintain(t, 100), "0, 0") != 0) {
  }
  reopen(t, NULL);
  assert_true(file_size(t) < before / 4);
}

/* Of the database as the next reader sees it. */
static int64_t page_count(test *t) {
  sqlite3 *db;
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA page_count", -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t pages = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return pages;
}

TEST(test_pages_go_back_at_most_max_records_a_call_in_later_calls_where_more_are_left) {
  int64_t pruned = 0, deleted = 0, calls = 0, before;
  char *json = malloc(2100000);
  memset(json, 'x', 2000000);
  memcpy(json, "{\"id\":1,\"a\":\"", 13);
  strcpy(json + 2000000, "\"}");
  OK(nangolite_records_save(t->store, &issues, json, -1, NULL));
  free(json);
  nangolite_clock_advance(t->store, DAYS(31));
  do {
    before = page_count(t);
    OK(nangolite_maintain(t->store, 50, &pruned, &deleted));
    assert_true(before - page_count(t) <= 50);
    assert_true(pruned + deleted <= 50);
    calls++;
  } while (pruned + deleted > 0);
  assert_true(calls > 2000000 / 4096 / 50);
  assert_true(before < 60);
  assert_int_equal(page_count(t), before);
}

TESTS(EVERYWHERE(test_payloads_not_changed_for_30_days_are_pruned),
      MEMORY(test_a_payload_of_just_under_30_days_stays),
      MEMORY(test_saving_the_same_does_not_keep_a_payload), MEMORY(test_maintaining_moves_no_stamp),
      MEMORY(test_the_work_is_done_in_bounded_slices), MEMORY(test_both_0_means_that_nothing_is_left),
      MEMORY(test_it_goes_over_all_collections), MEMORY(test_what_is_pruned_already_is_not_counted),
      MEMORY(test_a_collection_that_belongs_to_no_sync_is_only_pruned), EVERYWHERE(test_the_age_is_an_option),
      MEMORY(test_the_greatest_age_never_prunes), MEMORY(test_an_age_of_minus_1_never_prunes),
      ON_FILE(test_nothing_is_pruned_unless_it_is_called),
      MEMORY(test_a_clock_far_in_the_past_prunes_nothing), MEMORY(test_pruned_and_deleted_may_be_null),
      MEMORY(test_max_records_below_1_is_refused), ON_FILE(test_freed_pages_go_back_to_the_file_system),
      ON_FILE(test_pages_go_back_at_most_max_records_a_call_in_later_calls_where_more_are_left))
