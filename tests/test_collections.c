/* Collections: models, variants and connections apart from each other, and how large they are. */
#include "records.h"

static void save_in(test *t, nangolite_scope where, const char *json) {
  OK(nangolite_records_save(t->store, &where, double_quoted(t, json), -1, NULL));
}

static const char *feed_in(test *t, nangolite_scope where) {
  return feed_of(t, t->store, where, NULL);
}

/* "live, bytes" */
static const char *size_of(test *t, nangolite_scope where) {
  int64_t live_records = -1, bytes = -1;
  OK(nangolite_records_count(t->store, &where, &live_records, &bytes));
  return format(t, "%lld, %lld", (long long)live_records, (long long)bytes);
}

TEST(test_models_variants_and_connections_are_apart) {
  nangolite_scope where[] = {issues,
                             {"github", "user-1", "Label", NULL},
                             {"github", "user-1", "Issue", "v"},
                             {"github", "user-2", "Issue", NULL},
                             {"slack", "user-1", "Issue", NULL}};
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  OK(nangolite_connection_create(t->store, "slack", "user-1"));
  for (size_t i = 0; i < 5; i++) save_in(t, where[i], format(t, "{'id':1,'n':%zu}", i));
  for (size_t i = 0; i < 5; i++) SAME(feed_in(t, where[i]), format(t, "1 ADDED {'id':1,'n':%zu}", i));
  delete (t, "Issue", "{'id':1}");
  for (size_t i = 1; i < 5; i++) SAME(feed_in(t, where[i]), format(t, "1 ADDED {'id':1,'n':%zu}", i));
}

TEST(test_an_unknown_variant_is_empty_for_reading) {
  nangolite_scope unknown = {"github", "user-1", "Issue", "nowhere"};
  SAME(feed_in(t, unknown), "");
  SAME(size_of(t, unknown), "0, 0");
}

TEST(test_writing_makes_the_collection) {
  nangolite_scope fresh = {"github", "user-1", "Fresh-Model_1", "fresh-variant_1"};
  nangolite_changes changes;
  OK(nangolite_records_update(t->store, &fresh, "{\"id\":1}", -1, &changes));
  SAME(changes_text(t, changes), "1 skipped");
  OK(nangolite_records_delete(t->store, &fresh, "{\"id\":1}", -1, &changes));
  SAME(changes_text(t, changes), "1 deleted");
  save_in(t, fresh, "{'id':2}");
  SAME(ids_of(t, fresh, NULL), "1 2");
}

TEST(test_records_of_an_unknown_connection_are_refused) {
  nangolite_scope unknown = {"github", "nobody", "Issue", NULL};
  nangolite_page *page;
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_save(t->store, &unknown, "[]", -1, NULL));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_update(t->store, &unknown, "[]", -1, NULL));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_delete(t->store, &unknown, "[]", -1, NULL));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_prune(t->store, &unknown, NULL, 0, NULL, NULL));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_count(t->store, &unknown, NULL, NULL));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_list(t->store, &unknown, NULL, &page));
  assert_null(page);
  unknown.provider_config_key = "nothing";
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_records_save(t->store, &unknown, "[]", -1, NULL));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_records_list(t->store, &unknown, NULL, &page));
}

TEST(test_live_counts_the_records_that_are_not_deleted) {
  SAME(size_of(t, issues), "0, 0");
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  assert_int_equal(live(t, "Issue"), 3);
  delete (t, "Issue", "[{'id':1},{'id':9}]");
  assert_int_equal(live(t, "Issue"), 2);
  prune(t, NULL, 0);
  assert_int_equal(live(t, "Issue"), 2);
  save(t, "Issue", "[{'id':1},{'id':2},{'id':4}]");
  assert_int_equal(live(t, "Issue"), 4);
}

/* As after millions of caches that were emptied. */
TEST(test_the_numbers_of_collections_that_are_gone_are_used_again) {
  save(t, "Issue", "{'id':1}");
  int code = sqlite3_exec(
    t->db,
    "INSERT INTO nango_collection"
    " SELECT 4194303, connection, 'last', model, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0 FROM"
    " nango_collection",
    NULL, NULL, NULL);
  assert_int_equal(code, SQLITE_OK);
  save(t, "Label", "{'id':2}");
  save(t, "Milestone", "{'id':3}");
  FEED(t, "Issue", "1 ADDED {'id':1}");
  FEED(t, "Label", "2 ADDED {'id':2}");
  FEED(t, "Milestone", "3 ADDED {'id':3}");
}

TEST(test_bytes_are_the_payloads_stored) {
  save(t, "Issue", "[{'id':1},{'id':2}]"); /* 8 bytes each */
  SAME(size_of(t, issues), "2, 16");
  save(t, "Issue", "{'id':2,'a':1}"); /* 14 bytes */
  SAME(size_of(t, issues), "2, 22");
  update(t, "Issue", "{'id':1,'a':1}");
  SAME(size_of(t, issues), "2, 28");
  delete (t, "Issue", "{'id':1}");
  SAME(size_of(t, issues), "1, 28");
}

TEST(test_a_pruned_payload_takes_no_bytes) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  delete (t, "Issue", "{'id':3}");
  prune(t, record(t, "Issue", "1")->cursor, 0);
  SAME(size_of(t, issues), "2, 28");
  prune(t, NULL, 0);
  SAME(size_of(t, issues), "2, 0");
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(size_of(t, issues), "2, 14");
}

TEST(test_the_metadata_member_takes_no_bytes) {
  save(t, "Issue", "{'id':1,'_nango_metadata':{'cursor':'x'}}");
  SAME(size_of(t, issues), "1, 8");
}

TEST(test_live_and_bytes_may_be_null) {
  int64_t bytes;
  save(t, "Issue", "{'id':1}");
  OK(nangolite_records_count(t->store, &issues, NULL, NULL));
  OK(nangolite_records_count(t->store, &issues, NULL, &bytes));
  assert_int_equal(bytes, 8);
}

TEST(test_counts_are_of_their_collection) {
  nangolite_scope variant = {"github", "user-1", "Issue", "v"};
  save(t, "Issue", "{'id':1}");
  save_in(t, variant, "[{'id':1,'a':1},{'id':2}]");
  SAME(size_of(t, issues), "1, 8");
  SAME(size_of(t, variant), "2, 22");
}

TESTS(ATTACHED(test_the_numbers_of_collections_that_are_gone_are_used_again),
      EVERYWHERE(test_models_variants_and_connections_are_apart),
      MEMORY(test_an_unknown_variant_is_empty_for_reading), MEMORY(test_writing_makes_the_collection),
      MEMORY(test_records_of_an_unknown_connection_are_refused),
      MEMORY(test_live_counts_the_records_that_are_not_deleted), MEMORY(test_bytes_are_the_payloads_stored),
      MEMORY(test_a_pruned_payload_takes_no_bytes), MEMORY(test_the_metadata_member_takes_no_bytes),
      MEMORY(test_live_and_bytes_may_be_null), MEMORY(test_counts_are_of_their_collection))
