/* What is taken away goes at once, whatever its size, and is freed in slices. */
#include "syncs.h"

enum { MANY = 10000, BATCH = 1000 };

static const nangolite_scope of_variant = {"github", "user-1", "Issue", "v"};

/* Records 0 to count - 1, in batches. */
static void save_many(test *t, nangolite_scope where, int count) {
  char *json = malloc(BATCH * 80);
  for (int from = 0; from < count; from += BATCH) {
    char *at = json;
    for (int i = from; i < from + BATCH && i < count; i++)
      at += sprintf(at, "%c{\"id\":\"n%d\",\"title\":\"something to be removed\"}", i == from ? '[' : ',', i);
    strcpy(at, "]");
    OK(nangolite_records_save(t->store, &where, json, -1, NULL));
  }
  free(json);
}

static int64_t ask_of(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

static int64_t rows(test *t) {
  return ask_of(t->db, "SELECT count(*) FROM nango_record");
}

/* Of an attached store there are this many rows. Elsewhere nobody can count them. */
static void expect_rows(test *t, int64_t expected) {
  if (t->db != NULL) assert_int_equal(rows(t), expected);
}

static void sound(test *t) {
  char *reason = NULL;
  OK(nangolite_check(t->store, &reason));
  SAME(taken(t, reason), NULL);
}

static void disconnect(test *t) {
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
}

static void connect_again(test *t) {
  OK(nangolite_connection_create(t->store, "github", "user-1"));
}

/* Until nothing is left; how many were deleted. */
static int64_t maintain_all(test *t, int64_t max_records) {
  int64_t all = 0, pruned = 1, deleted = 1;
  while (pruned + deleted > 0) {
    OK(nangolite_maintain(t->store, max_records, &pruned, &deleted));
    assert_true(pruned == 0 && deleted <= max_records);
    all += deleted;
  }
  return all;
}

TEST(test_a_collection_of_a_few_thousand_records_goes_at_once) {
  save_many(t, issues, 3000);
  save(t, "Label", "[{'id':1}]");
  disconnect(t);
  expect_rows(t, 0);
  assert_int_equal(maintain_all(t, 100), 0);
}

TEST(test_a_large_connection_is_taken_away_at_once_and_freed_in_slices) {
  int64_t pruned, deleted, left;
  save_many(t, issues, MANY);
  disconnect(t);
  sound(t);
  connect_again(t);
  SAME(feed(t, "Issue"), "");
  left = rows(t);
  assert_true(left > MANY / 3 && left < MANY);
  while (left > 0) {
    OK(nangolite_maintain(t->store, 700, &pruned, &deleted));
    int64_t now = left < 700 ? left : 700;
    assert_int_equal(deleted, now);
    left -= now;
    expect_rows(t, left);
    sound(t);
    SAME(feed(t, "Issue"), "");
  }
  OK(nangolite_maintain(t->store, 700, &pruned, &deleted));
  assert_int_equal(pruned + deleted, 0);
  assert_int_equal(ask_of(t->db, "SELECT count(*) FROM nango_collection"), 0);
}

TEST(test_a_new_collection_of_the_same_name_begins_empty) {
  int64_t bytes = -1;
  save_many(t, issues, MANY);
  disconnect(t);
  connect_again(t);
  OK(nangolite_records_count(t->store, &issues, NULL, &bytes));
  assert_int_equal(bytes, 0);
  SAME(save(t, "Issue", "[{'id':'n1'},{'id':'n9999'}]"), "2 added");
  FEED(t, "Issue", "n1 ADDED {'id':'n1'}; n9999 ADDED {'id':'n9999'}");
  sound(t);
  maintain_all(t, 1000);
  FEED(t, "Issue", "n1 ADDED {'id':'n1'}; n9999 ADDED {'id':'n9999'}");
}

TEST(test_a_variant_is_taken_away_at_once_and_freed_in_slices) {
  define(t, "issues", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  save_many(t, of_variant, MANY);
  OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", "v"));
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  SAME(feed_of(t, t->store, of_variant, NULL), "");
  assert_true(maintain_all(t, 1000) > MANY / 3);
  expect_rows(t, 0);
}

TEST(test_a_cache_is_emptied_at_once_and_freed_in_slices) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  save_many(t, issues, MANY);
  empty_cache(t, "issues");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  SAME(feed(t, "Issue"), "");
  SAME(status(t, "issues", "recordCount"), "{'Issue':0}");
  sound(t);
  run = claim(t);
  SAME(run_save(t, run, "Issue", "{'id':'n1'}"), "1 added");
  succeed(t, run);
  assert_true(maintain_all(t, 1000) > MANY / 3);
  FEED(t, "Issue", "n1 ADDED {'id':'n1'}");
}

TEST(test_each_taking_away_frees_a_slice_of_earlier_ones) {
  save_many(t, issues, MANY);
  disconnect(t);
  for (int64_t before = rows(t); before > 0; before = rows(t)) {
    connect_again(t);
    save(t, "Label", "[{'id':1}]");
    disconnect(t);
    assert_true(rows(t) < before);
    sound(t);
  }
}

TEST(test_a_store_that_nobody_maintains_does_not_grow_for_ever) {
  save_many(t, issues, MANY);
  for (int round = 0; round < 5; round++) {
    disconnect(t);
    connect_again(t);
    save_many(t, issues, MANY);
    assert_true(rows(t) <= 2 * MANY);
  }
  assert_int_equal(live(t, "Issue"), MANY);
}

TEST(test_a_number_is_not_used_again_while_its_rows_are_freed) {
  save_many(t, issues, MANY);
  int64_t id = ask_of(t->db, "SELECT id FROM nango_collection");
  disconnect(t);
  connect_again(t);
  save(t, "Label", "[{'id':1}]");
  assert_true(ask_of(t->db, "SELECT min(id) FROM nango_collection WHERE NOT is_removed") != id);
}

TEST(test_the_callers_rollback_brings_back_what_was_taken_away) {
  save_many(t, issues, MANY);
  assert_int_equal(sqlite3_exec(t->db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
  disconnect(t);
  assert_int_equal(sqlite3_exec(t->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(live(t, "Issue"), MANY);
}

TEST(test_the_check_knows_what_was_taken_away) {
  char *reason = NULL;
  save_many(t, issues, MANY);
  disconnect(t);
  sound(t);
  int code = sqlite3_exec(t->db, "BEGIN; UPDATE nango_collection SET is_removed = 0", NULL, NULL, NULL);
  assert_int_equal(code, SQLITE_OK);
  OK(nangolite_check(t->store, &reason));
  SAME(taken(t, reason), "collection 1: there is no connection null");
  assert_int_equal(sqlite3_exec(t->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
}

/* ---- how much a call does ---- */

static int count_step(void *steps) {
  ++*(int64_t *)steps;
  return 0;
}

/* In steps of SQLite's machine: what deleting a connection with so many records takes. */
static int64_t steps_to_disconnect(test *t, int records) {
  int64_t steps = 0;
  connect_again(t);
  save_many(t, issues, records);
  sqlite3_progress_handler(t->db, 1, count_step, &steps);
  disconnect(t);
  sqlite3_progress_handler(t->db, 0, NULL, NULL);
  while (maintain_all(t, 1000) > 0) continue;
  return steps;
}

TEST(test_taking_away_takes_no_longer_for_having_more_records) {
  int64_t less = steps_to_disconnect(t, MANY), more = steps_to_disconnect(t, 3 * MANY);
  assert_true(less > 1000 && more < less + less / 10);
}

TESTS(ATTACHED(test_a_collection_of_a_few_thousand_records_goes_at_once),
      ATTACHED(test_a_large_connection_is_taken_away_at_once_and_freed_in_slices),
      EVERYWHERE(test_a_new_collection_of_the_same_name_begins_empty),
      EVERYWHERE(test_a_variant_is_taken_away_at_once_and_freed_in_slices),
      MEMORY(test_a_cache_is_emptied_at_once_and_freed_in_slices),
      ATTACHED(test_each_taking_away_frees_a_slice_of_earlier_ones),
      ATTACHED(test_a_store_that_nobody_maintains_does_not_grow_for_ever),
      ATTACHED(test_a_number_is_not_used_again_while_its_rows_are_freed),
      ATTACHED(test_the_callers_rollback_brings_back_what_was_taken_away),
      ATTACHED(test_the_check_knows_what_was_taken_away),
      ATTACHED(test_taking_away_takes_no_longer_for_having_more_records))
