/* Deleting a connection, and what outlives it. */
#include "records.h"

static const char *feed_in(test *t, nangolite_scope where) {
  return feed_of(t, t->store, where, NULL);
}

static void save_in(test *t, nangolite_scope where, const char *json) {
  OK(nangolite_records_save(t->store, &where, double_quoted(t, json), -1, NULL));
}

TEST(test_a_deleted_connection_is_gone_with_its_records) {
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  save(t, "Issue", "[{'id':1},{'id':2}]");
  save_in(t, (nangolite_scope){"github", "user-1", "Label", "v"}, "{'id':3}");
  save_in(t, (nangolite_scope){"github", "user-2", "Issue", NULL}, "{'id':4}");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_count(t->store, &issues, NULL, NULL));
  SAME(feed_in(t, (nangolite_scope){"github", "user-2", "Issue", NULL}), "4 ADDED {'id':4}");
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  SAME(feed(t, "Issue"), "");
  SAME(feed_in(t, (nangolite_scope){"github", "user-1", "Label", "v"}), "");
  int64_t bytes = -1;
  OK(nangolite_records_count(t->store, &issues, NULL, &bytes));
  assert_int_equal(bytes, 0);
}

TEST(test_deleting_an_unknown_connection_is_refused) {
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_connection_delete(t->store, "github", "nobody"));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_connection_delete(t->store, "slack", "user-1"));
  REFUSED(nangolite_connection_delete(t->store, "", "user-1"), "provider_config_key");
  REFUSED(nangolite_connection_delete(t->store, "github", ""), "connection_id");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_connection_delete(t->store, "github", "user-1"));
}

TEST(test_a_handle_sees_a_connection_that_another_deleted) {
  nangolite *other = open_store(t, t->path, NULL);
  save(t, "Issue", "{'id':1}");
  OK_OF(other, nangolite_connection_delete(other, "github", "user-1"));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, save_text(t, "{'id':2}"));
  OK_OF(other, nangolite_connection_create(other, "github", "user-1"));
  SAME(save(t, "Issue", "{'id':2}"), "1 added");
  SAME(feed_of(t, other, issues, NULL), "2 ADDED {'id':2}");
}

TEST(test_a_cursor_stays_good_after_its_record_vanished) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  const char *cursor = format(t, "%s", record(t, "Issue", "2")->cursor);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  save(t, "Issue", "[{'id':7},{'id':8}]");
  SAME(ids(t, &(nangolite_query){.cursor = cursor}), "7 8");
}

TEST(test_the_last_stamp_outlives_the_records) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  save(t, "Issue", "{'id':4}");
  assert_true(record(t, "Issue", "4")->last_modified_at > HALF_PAST_TEN + 2);
}

TEST(test_deleting_with_null_is_misuse) {
  assert_int_equal(nangolite_connection_delete(NULL, "github", "a"), NANGOLITE_MISUSE);
  FAILS(NANGOLITE_MISUSE, nangolite_connection_delete(t->store, NULL, "a"));
  FAILS(NANGOLITE_MISUSE, nangolite_connection_delete(t->store, "github", NULL));
}

TEST(test_a_read_only_store_deletes_no_connection) {
  reopen(t, (&(nangolite_options){.read_only = 1}));
  FAILS(NANGOLITE_READONLY, nangolite_connection_delete(t->store, "github", "user-1"));
  SAME(feed(t, "Issue"), "");
}

TEST(test_the_callers_rollback_brings_a_connection_back) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  assert_int_equal(sqlite3_exec(t->db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_records_count(t->store, &issues, NULL, NULL));
  assert_int_equal(sqlite3_exec(t->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}; 2 ADDED {'id':2}");
}

TESTS(EVERYWHERE(test_a_deleted_connection_is_gone_with_its_records),
      MEMORY(test_deleting_an_unknown_connection_is_refused),
      ON_FILE(test_a_handle_sees_a_connection_that_another_deleted),
      MEMORY(test_a_cursor_stays_good_after_its_record_vanished),
      MEMORY(test_the_last_stamp_outlives_the_records), MEMORY(test_deleting_with_null_is_misuse),
      ON_FILE(test_a_read_only_store_deletes_no_connection),
      ATTACHED(test_the_callers_rollback_brings_a_connection_back))
