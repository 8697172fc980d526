/* Listing: limit, filter, ids, times, and where a page ends. */
#include "records.h"

static int list_result(test *t, const nangolite_query *query) {
  nangolite_page *page = (nangolite_page *)1;
  int result = nangolite_records_list(t->store, &issues, query, &page);
  assert_true((result == NANGOLITE_OK) == (page != NULL));
  nangolite_page_free(page);
  return result;
}

#define QUERY(...) (&(nangolite_query){__VA_ARGS__})

/* Records 1 to `count`. */
static void save_many(test *t, int count) {
  const char *json = "";
  for (int i = 1; i <= count; i++) json = format(t, "%s%s{'id':%d}", json, i > 1 ? "," : "", i);
  save(t, "Issue", format(t, "[%s]", json));
}

static size_t page_size(test *t, const nangolite_query *query) {
  nangolite_page *page;
  OK(nangolite_records_list(t->store, &issues, query, &page));
  size_t count = page->count;
  nangolite_page_free(page);
  return count;
}

TEST(test_a_page_has_limit_records_unless_it_is_the_last) {
  save_many(t, 5);
  SAME(ids(t, QUERY(.limit = 1)), "1 ...");
  SAME(ids(t, QUERY(.limit = 4)), "1 2 3 4 ...");
  SAME(ids(t, QUERY(.limit = 5)), "1 2 3 4 5");
  SAME(ids(t, QUERY(.limit = 6)), "1 2 3 4 5");
}

TEST(test_the_default_limit_is_100) {
  save_many(t, 101);
  assert_int_equal(page_size(t, NULL), 100);
  assert_int_equal(page_size(t, QUERY(.limit = 0)), 100);
}

TEST(test_a_limit_is_1_to_500) {
  save_many(t, 501);
  assert_int_equal(page_size(t, QUERY(.limit = 500)), 500);
  assert_int_equal(page_size(t, QUERY(.limit = 1)), 1);
  REFUSED(list_result(t, QUERY(.limit = 501)), "limit");
  REFUSED(list_result(t, QUERY(.limit = -1)), "limit");
  REFUSED(list_result(t, QUERY(.limit = INT32_MAX)), "limit");
}

TEST(test_records_come_in_the_order_of_their_changes) {
  save(t, "Issue", "[{'id':'b'},{'id':'a'},{'id':'c'}]");
  SAME(ids(t, NULL), "b a c");
  save(t, "Issue", "{'id':'b','x':1}");
  SAME(ids(t, NULL), "a c b");
}

TEST(test_a_filter_takes_the_union_of_its_actions) {
  save(t, "Issue", "[{'id':'u'},{'id':'d'},{'id':'a'}]");
  save(t, "Issue", "{'id':'u','x':1}");
  delete (t, "Issue", "{'id':'d'}");
  SAME(ids(t, QUERY(.filter = "added")), "a");
  SAME(ids(t, QUERY(.filter = "updated")), "u");
  SAME(ids(t, QUERY(.filter = "deleted")), "d");
  SAME(ids(t, QUERY(.filter = "added,updated")), "a u");
  SAME(ids(t, QUERY(.filter = "updated,added")), "a u");
  SAME(ids(t, QUERY(.filter = "deleted,added")), "a d");
  SAME(ids(t, QUERY(.filter = "deleted,updated,added")), "a u d");
}

TEST(test_a_filter_is_read_in_any_letter_case) {
  save(t, "Issue", "[{'id':'d'},{'id':'a'}]");
  delete (t, "Issue", "{'id':'d'}");
  SAME(ids(t, QUERY(.filter = "ADDED")), "a");
  SAME(ids(t, QUERY(.filter = "Deleted")), "d");
  SAME(ids(t, QUERY(.filter = "aDDed,DELETED")), "a d");
}

TEST(test_any_other_filter_is_refused) {
  static const char *const filters[] = {
    "",        ",",   "added,",        ",added",        "added,,updated", "add", "addedd",
    "created", "all", "added;updated", "added updated", "added|updated",  "*",   "\xc3\xa4 dded"};
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
    if (list_result(t, QUERY(.filter = filters[i])) == NANGOLITE_OK)
      print_error("accepted: %s\n", filters[i]);
    REFUSED(list_result(t, QUERY(.filter = filters[i])), "filter");
  }
}

TEST(test_next_cursor_is_null_exactly_where_no_record_follows_that_matches) {
  save(t, "Issue", "[{'id':'u'},{'id':1},{'id':2}]");
  save(t, "Issue", "{'id':'u','x':1}");
  SAME(ids(t, QUERY(.limit = 2)), "1 2 ...");
  SAME(ids(t, QUERY(.limit = 2, .filter = "added")), "1 2");
  SAME(ids(t, QUERY(.limit = 1, .filter = "added")), "1 ...");
  SAME(ids(t, QUERY(.limit = 1, .filter = "updated")), "u");
  const char *two[] = {"1", "2"};
  SAME(ids(t, QUERY(.limit = 2, .ids = two, .id_count = 2)), "1 2");
  SAME(ids(t, QUERY(.limit = 1, .ids = two, .id_count = 2)), "1 ...");
  delete (t, "Issue", "{'id':2}");
  SAME(ids(t, QUERY(.limit = 1, .ids = two, .id_count = 2, .filter = "added")), "1");
}

TEST(test_an_empty_collection_is_an_empty_page) {
  nangolite_page *page;
  OK(nangolite_records_list(t->store, &issues, NULL, &page));
  assert_int_equal(page->count, 0);
  assert_null(page->next_cursor);
  nangolite_page_free(page);
}

TEST(test_ids_restrict_the_page) {
  save(t, "Issue", "[{'id':1},{'id':'two'},{'id':3.0},{'id':4}]");
  const char *wanted[] = {"3.0", "nobody", "1", "two"};
  SAME(ids(t, QUERY(.ids = wanted, .id_count = 4)), "1 two 3.0");
  SAME(ids(t, QUERY(.ids = wanted, .id_count = 2)), "3.0");
  SAME(ids(t, QUERY(.ids = wanted + 1, .id_count = 1)), "");
  SAME(ids(t, QUERY(.ids = wanted, .id_count = 0)), "1 two 3.0 4");
}

TEST(test_an_id_asked_for_twice_comes_once) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  const char *wanted[] = {"2", "2", "1", "2"};
  SAME(ids(t, QUERY(.ids = wanted, .id_count = 4)), "1 2");
  SAME(ids(t, QUERY(.ids = wanted, .id_count = 4, .limit = 1)), "1 ...");
}

TEST(test_ids_are_at_most_100) {
  const char *wanted[101];
  save_many(t, 101);
  for (int i = 0; i < 101; i++) wanted[i] = format(t, "%d", i + 1);
  assert_int_equal(page_size(t, QUERY(.ids = wanted, .id_count = 100)), 100);
  REFUSED(list_result(t, QUERY(.ids = wanted, .id_count = 101)), "ids");
}

TEST(test_ids_can_be_paged) {
  const char *wanted[] = {"9", "3", "5", "7", "1"};
  save_many(t, 9);
  SAME(feed_of(t, t->store, issues, QUERY(.ids = wanted, .id_count = 5, .limit = 2)),
       "1 ADDED {'id':1}; 3 ADDED {'id':3}; 5 ADDED {'id':5}; 7 ADDED {'id':7}; 9 ADDED {'id':9}");
}

TEST(test_an_empty_id_is_refused) {
  const char *wanted[] = {"1", ""};
  REFUSED(list_result(t, QUERY(.ids = wanted, .id_count = 2)), "id");
}

TEST(test_null_ids_are_misuse) {
  const char *wanted[] = {"1", NULL};
  FAILS(NANGOLITE_MISUSE, list_result(t, QUERY(.ids = wanted, .id_count = 2)));
  FAILS(NANGOLITE_MISUSE, list_result(t, QUERY(.ids = NULL, .id_count = 1)));
}

TEST(test_modified_after_is_strict) {
  save_many(t, 3);
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:29:59.999999Z")), "1 2 3");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00.000000Z")), "2 3");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00.000001Z")), "3");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00.000002Z")), "");
}

TEST(test_modified_after_takes_any_offset) {
  save_many(t, 2);
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T12:30:00+02:00")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T00:30:00-10:00")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-16T10:29:00+23:59")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00-00:00")), "2");
}

TEST(test_modified_after_takes_up_to_nine_digits) {
  save_many(t, 2);
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00Z")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00.0Z")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00.000Z")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00.000000000Z")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:30:00.000000999Z")), "2");
  SAME(ids(t, QUERY(.modified_after = "2024-01-15T10:29:59.999999999Z")), "1 2");
}

TEST(test_times_of_any_year_are_compared_right) {
  save_many(t, 1);
  SAME(ids(t, QUERY(.modified_after = "1970-01-01T00:00:00Z")), "1");
  SAME(ids(t, QUERY(.modified_after = "1969-12-31T23:59:59Z")), "1");
  SAME(ids(t, QUERY(.modified_after = "1900-02-28T00:00:00Z")), "1");
  SAME(ids(t, QUERY(.modified_after = "2024-02-29T00:00:00Z")), "");
  SAME(ids(t, QUERY(.modified_after = "9999-12-31T23:59:59.999999Z")), "");
}

TEST(test_a_time_that_is_not_rfc_3339_is_refused) {
  static const char *const times[] = {"",
                                      "yesterday",
                                      "2024-01-15",
                                      "10:30:00Z",
                                      "2024-01-15T10:30:00",
                                      "2024-01-15T10:30Z",
                                      "2024-1-15T10:30:00Z",
                                      "24-01-15T10:30:00Z",
                                      "2024-00-15T10:30:00Z",
                                      "2024-13-15T10:30:00Z",
                                      "2024-01-00T10:30:00Z",
                                      "2024-01-32T10:30:00Z",
                                      "2023-02-29T10:30:00Z",
                                      "2024-02-30T10:30:00Z",
                                      "2024-04-31T10:30:00Z",
                                      "1900-02-29T10:30:00Z",
                                      "2024-01-15T24:00:00Z",
                                      "2024-01-15T10:60:00Z",
                                      "2024-01-15T10:30:61Z",
                                      "2024-01-15T10:30:00.Z",
                                      "2024-01-15T10:30:00.0000000000Z",
                                      "2024-01-15T10:30:00,5Z",
                                      "2024-01-15T10:30:00+2:00",
                                      "2024-01-15T10:30:00+0200",
                                      "2024-01-15T10:30:00+24:00",
                                      "2024-01-15T10:30:00+02:60",
                                      "2024-01-15T10:30:00 Z",
                                      " 2024-01-15T10:30:00Z",
                                      "2024-01-15T10:30:00Z ",
                                      "2024-01-15T10:30:00ZZ",
                                      "2024-01-15T10:30:00Z+01:00",
                                      "2024/01/15T10:30:00Z",
                                      "2024-01-15_10:30:00Z",
                                      "+2024-01-15T10:30:00Z",
                                      "12024-01-15T10:30:00Z",
                                      "1705314600",
                                      "1705314600000",
                                      "2024-01-15T10:30:00.-1Z",
                                      "2024-01-15T10:30:0xZ"};
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    if (list_result(t, QUERY(.modified_after = times[i])) == NANGOLITE_OK)
      print_error("accepted: %s\n", times[i]);
    REFUSED(list_result(t, QUERY(.modified_after = times[i])), "modified_after");
  }
}

TEST(test_restrictions_hold_together) {
  save_many(t, 6);
  save(t, "Issue", "[{'id':2,'x':1},{'id':4,'x':1}]");
  delete (t, "Issue", "[{'id':1},{'id':6}]");
  const char *wanted[] = {"1", "2", "3", "4", "5"};
  SAME(ids(t, NULL), "3 5 2 4 1 6");
  SAME(ids(t, QUERY(.ids = wanted, .id_count = 5, .filter = "updated,deleted")), "2 4 1");
  SAME(ids(t, QUERY(.ids = wanted, .id_count = 5, .filter = "updated,deleted", .limit = 2)), "2 4 ...");
  SAME(ids(t, QUERY(.cursor = record(t, "Issue", "2")->cursor, .filter = "updated,deleted", .limit = 1)),
       "4 ...");
  SAME(
    ids(t, QUERY(.cursor = record(t, "Issue", "5")->cursor, .modified_after = "2024-01-15T10:30:00.000006Z")),
    "4 1 6");
  SAME(
    ids(t, QUERY(.cursor = record(t, "Issue", "4")->cursor, .modified_after = "2024-01-15T10:30:00.000002Z")),
    "1 6");
}

TEST(test_page_bytes_end_a_page_before_the_record_that_would_exceed_them) {
  reopen(t, (&(nangolite_options){.page_bytes = 30})); /* a payload of 10 bytes each */
  save(t, "Issue", "[{'id':101},{'id':102},{'id':103},{'id':104},{'id':105}]");
  assert_int_equal(record(t, "Issue", "101")->payload_length, 10);
  SAME(ids(t, NULL), "101 102 103 ...");
  SAME(ids(t, QUERY(.limit = 2)), "101 102 ...");
  SAME(ids(t, QUERY(.cursor = record(t, "Issue", "103")->cursor)), "104 105");
  SAME(ids(t, QUERY(.cursor = record(t, "Issue", "102")->cursor)), "103 104 105");
  save(t, "Issue", "{'id':106}");
  SAME(ids(t, QUERY(.cursor = record(t, "Issue", "103")->cursor)), "104 105 106");
}

TEST(test_a_page_holds_at_least_one_record) {
  reopen(t, (&(nangolite_options){.page_bytes = 1}));
  save(t, "Issue", "[{'id':1},{'id':2,'a':'long long long long'},{'id':3}]");
  SAME(ids(t, NULL), "1 ...");
  SAME(ids(t, QUERY(.cursor = record(t, "Issue", "1")->cursor)), "2 ...");
  SAME(ids(t, QUERY(.cursor = record(t, "Issue", "2")->cursor)), "3");
}

TEST(test_next_cursor_is_right_where_page_bytes_end_a_page) {
  reopen(t, (&(nangolite_options){.page_bytes = 25}));
  save(t, "Issue", "[{'id':'u1'},{'id':201},{'id':202},{'id':'u2'},{'id':203}]");
  save(t, "Issue", "[{'id':'u1','x':1},{'id':'u2','x':1}]");
  SAME(ids(t, QUERY(.filter = "added")), "201 202 ...");
  SAME(ids(t, QUERY(.filter = "added", .cursor = record(t, "Issue", "201")->cursor)), "202 203");
  SAME(feed(t, "Issue"),
       "201 ADDED {'id':201}; 202 ADDED {'id':202}; 203 ADDED {'id':203}; u1 UPDATED {'id':'u1','x':1}; "
       "u2 UPDATED {'id':'u2','x':1}");
}

TEST(test_a_page_outlives_its_store) {
  nangolite_page *page;
  save_many(t, 3);
  OK(nangolite_records_list(t->store, &issues, QUERY(.limit = 2), &page));
  close_store(t, t->store);
  assert_string_equal(page->records[0].id, "1");
  assert_string_equal(page->records[1].payload, "{\"id\":2}");
  assert_string_equal(page->records[1].last_action, "ADDED");
  assert_string_equal(page->next_cursor, page->records[1].cursor);
  nangolite_page_free(page);
}

/* ---- where to go on next time ---- */

static const char *last_cursor(test *t, const nangolite_query *query) {
  nangolite_page *page;
  OK(nangolite_records_list(t->store, &issues, query, &page));
  const char *last = page->last_cursor == NULL ? NULL : format(t, "%s", page->last_cursor);
  nangolite_page_free(page);
  return last;
}

static const char *cursor_of(test *t, const char *id) {
  const char *const ids[] = {id};
  nangolite_page *page;
  OK(nangolite_records_list(t->store, &issues, QUERY(.ids = ids, .id_count = 1), &page));
  assert_int_equal(page->count, 1);
  const char *cursor = format(t, "%s", page->records[0].cursor);
  nangolite_page_free(page);
  return cursor;
}

TEST(test_last_cursor_is_that_of_the_last_record_where_records_follow) {
  save_many(t, 5);
  SAME(last_cursor(t, QUERY(.limit = 2)), cursor_of(t, "2"));
  SAME(last_cursor(t, QUERY(.limit = 2, .cursor = cursor_of(t, "2"))), cursor_of(t, "4"));
}

TEST(test_last_cursor_at_the_end_is_that_of_the_newest_change) {
  save_many(t, 3);
  SAME(last_cursor(t, NULL), cursor_of(t, "3"));
  SAME(last_cursor(t, QUERY(.cursor = cursor_of(t, "1"))), cursor_of(t, "3"));
  SAME(last_cursor(t, QUERY(.cursor = cursor_of(t, "3"))), cursor_of(t, "3"));
  save(t, "Issue", "{'id':2,'a':1}");
  SAME(last_cursor(t, NULL), cursor_of(t, "2"));
  delete (t, "Issue", "{'id':1}");
  SAME(last_cursor(t, NULL), cursor_of(t, "1"));
  OK(nangolite_records_prune(t->store, &issues, NULL, 0, NULL, NULL));
  SAME(last_cursor(t, NULL), cursor_of(t, "1"));
  SAME(last_cursor(t, QUERY(.modified_after = "2030-01-01T00:00:00Z")), cursor_of(t, "1"));
}

TEST(test_a_reader_whose_filter_matches_nothing_moves_on) {
  save_many(t, 3);
  const char *cursor = last_cursor(t, QUERY(.filter = "deleted"));
  SAME(cursor, cursor_of(t, "3"));
  delete (t, "Issue", "{'id':2}");
  save(t, "Issue", "{'id':4}");
  SAME(ids(t, QUERY(.filter = "deleted", .cursor = cursor)), "2");
  SAME(last_cursor(t, QUERY(.filter = "deleted", .cursor = cursor)), cursor_of(t, "4"));
  SAME(ids(t, QUERY(.cursor = last_cursor(t, QUERY(.filter = "deleted", .cursor = cursor)))), "");
}

TEST(test_a_given_cursor_that_is_later_stays) {
  const char *later = "MjAzMC0wMS0wMVQwMDowMDowMC4wMDBafHwx"; /* 2030-01-01T00:00:00.000Z||1 */
  SAME(last_cursor(t, QUERY(.cursor = later)), later);
  save_many(t, 3);
  SAME(last_cursor(t, QUERY(.cursor = later)), later);
  nangolite_clock_set(t->store, HALF_PAST_TEN + DAYS(3000));
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(last_cursor(t, QUERY(.cursor = later)), cursor_of(t, "1"));
}

TEST(test_with_ids_last_cursor_is_the_given_one) {
  static const char *const two[] = {"1", "2"};
  save_many(t, 3);
  const char *first = cursor_of(t, "1");
  assert_null(last_cursor(t, QUERY(.ids = two, .id_count = 2)));
  assert_null(last_cursor(t, QUERY(.ids = two, .id_count = 2, .limit = 1)));
  SAME(last_cursor(t, QUERY(.ids = two, .id_count = 2, .cursor = first)), first);
  SAME(last_cursor(t, QUERY(.ids = two, .id_count = 2, .limit = 1, .cursor = first)), first);
}

TEST(test_last_cursor_is_null_where_nothing_ever_changed_and_none_was_given) {
  assert_null(last_cursor(t, NULL));
  assert_null(last_cursor(t, QUERY(.filter = "added", .modified_after = "2020-01-01T00:00:00Z")));
  save(t, "Pull", "{'id':1}");
  assert_null(last_cursor(t, NULL));
}

/* Readers with a filter each, in turn with a writer: each hears of all that concerns it, once. */
TEST(test_polling_by_last_cursor_tells_each_change_once) {
  static const char *const filters[] = {"added", "updated", "deleted", "added,deleted", NULL};
  enum { READERS = sizeof filters / sizeof *filters };
  const char *cursors[READERS] = {NULL}, *told[READERS] = {"", "", "", "", ""};
  static const char *const steps[] = {"+1", "+2", "~1", "-2", "+3", "-1", "~3", "+4"};
  for (size_t step = 0; step < sizeof steps / sizeof *steps; step++) {
    const char *json = format(t, "{'id':%c,'step':%d}", steps[step][1], (int)step);
    if (*steps[step] == '-') delete (t, "Issue", json);
    else save(t, "Issue", json);
    for (int i = 0; i < READERS; i++) {
      const nangolite_query *query = QUERY(.filter = filters[i], .cursor = cursors[i]);
      told[i] = format(t, "%s%s ", told[i], ids(t, query));
      cursors[i] = last_cursor(t, query);
    }
  }
  SAME(told[0], "1 2   3   4 ");
  SAME(told[1], "  1    3  ");
  SAME(told[2], "   2  1   ");
  SAME(told[3], "1 2  2 3 1  4 ");
  SAME(told[4], "1 2 1 2 3 1 3 4 ");
}

TESTS(MEMORY(test_a_page_has_limit_records_unless_it_is_the_last), MEMORY(test_the_default_limit_is_100),
      MEMORY(test_a_limit_is_1_to_500), MEMORY(test_records_come_in_the_order_of_their_changes),
      MEMORY(test_a_filter_takes_the_union_of_its_actions), MEMORY(test_a_filter_is_read_in_any_letter_case),
      MEMORY(test_any_other_filter_is_refused),
      MEMORY(test_next_cursor_is_null_exactly_where_no_record_follows_that_matches),
      MEMORY(test_an_empty_collection_is_an_empty_page), MEMORY(test_ids_restrict_the_page),
      MEMORY(test_an_id_asked_for_twice_comes_once), MEMORY(test_ids_are_at_most_100),
      MEMORY(test_ids_can_be_paged), MEMORY(test_an_empty_id_is_refused), MEMORY(test_null_ids_are_misuse),
      MEMORY(test_modified_after_is_strict), MEMORY(test_modified_after_takes_any_offset),
      MEMORY(test_modified_after_takes_up_to_nine_digits), MEMORY(test_times_of_any_year_are_compared_right),
      MEMORY(test_a_time_that_is_not_rfc_3339_is_refused), MEMORY(test_restrictions_hold_together),
      MEMORY(test_page_bytes_end_a_page_before_the_record_that_would_exceed_them),
      MEMORY(test_a_page_holds_at_least_one_record),
      MEMORY(test_next_cursor_is_right_where_page_bytes_end_a_page), MEMORY(test_a_page_outlives_its_store),
      MEMORY(test_last_cursor_is_that_of_the_last_record_where_records_follow),
      EVERYWHERE(test_last_cursor_at_the_end_is_that_of_the_newest_change),
      MEMORY(test_a_reader_whose_filter_matches_nothing_moves_on),
      MEMORY(test_a_given_cursor_that_is_later_stays), MEMORY(test_with_ids_last_cursor_is_the_given_one),
      MEMORY(test_last_cursor_is_null_where_nothing_ever_changed_and_none_was_given),
      MEMORY(test_polling_by_last_cursor_tells_each_change_once))
