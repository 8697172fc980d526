/* The views on records and collections: what any tool that reads SQLite sees. */
#include "records.h"

/* The rows of a query, one a line, with | between the columns. */
static const char *rows(test *t, const char *sql) {
  sqlite3_stmt *statement;
  const char *text = "";
  assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &statement, NULL), SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
      const char *value = (const char *)sqlite3_column_text(statement, i);
      text = format(t, "%s%s%s", text, i ? "|" : "", value == NULL ? "NULL" : value);
    }
    text = format(t, "%s\n", text);
  }
  sqlite3_finalize(statement);
  return text;
}

static void fill(test *t) {
  save(t, "Issue", "[{'id':1},{'id':2,'a':1},{'id':3}]");
  SAME(prune(t, NULL, 1), "1 ...");
  nangolite_clock_advance(t->store, 1000000);
  update(t, "Issue", "{'id':2,'a':2}");
  delete (t, "Issue", "{'id':3}");
  save(t, "Label", "{'id':'x'}");
}

TEST(test_the_view_of_records_has_names_and_times) {
  fill(t);
  SAME(
    rows(t,
         "SELECT provider_config_key, connection_id, model, variant, id, payload, last_action, first_seen_at,"
         " last_modified_at, deleted_at, pruned_at FROM nango_view_records ORDER BY model, id"),
    "github|user-1|Issue|base|1|{'id':1}|ADDED|2024-01-15T10:30:00.000000Z|2024-01-15T10:30:00.000000Z|NULL|"
    "2024-01-15T10:30:00.000000Z\n"
    "github|user-1|Issue|base|2|{'id':2,'a':2}|UPDATED|2024-01-15T10:30:00.000001Z|2024-01-15T10:30:01.000000Z|NULL|"
    "NULL\n"
    "github|user-1|Issue|base|3|{'id':3}|DELETED|2024-01-15T10:30:00.000002Z|2024-01-15T10:30:01.000001Z|"
    "2024-01-15T10:30:01.000001Z|NULL\n"
    "github|user-1|Label|base|x|{'id':'x'}|ADDED|2024-01-15T10:30:01.000002Z|2024-01-15T10:30:01.000002Z|NULL|NULL\n");
}

TEST(test_the_view_of_collections_has_counts_and_the_last_change) {
  fill(t);
  SAME(
    rows(
      t,
      "SELECT provider_config_key, connection_id, model, variant, live, deleted, pruned, bytes, last_change"
      " FROM nango_view_collections ORDER BY model"),
    "github|user-1|Issue|base|2|1|1|22|2024-01-15T10:30:01.000001Z\n"
    "github|user-1|Label|base|1|0|0|10|2024-01-15T10:30:01.000002Z\n");
}

TEST(test_a_collection_that_never_had_a_change_has_no_last_change) {
  const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  nangolite_run *run = NULL;
  OK(nangolite_sync_define(t->store, &sync));
  OK(nangolite_run_next(t->store, &run));
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  SAME(rows(t, "SELECT model, live, last_change FROM nango_view_collections"), "Issue|0|NULL\n");
  OK(nangolite_run_finish(run, NULL, NULL));
}

/* Its rows are still there, to be freed in slices. */
TEST(test_what_was_taken_away_does_not_show) {
  fill(t);
  assert_int_equal(sqlite3_exec(t->db,
                                "UPDATE nango_collection SET is_removed = 1, connection = NULL,"
                                " oldest_payload_at = NULL WHERE model = 'Issue'",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  SAME(rows(t, "SELECT id FROM nango_view_records"), "x\n");
  SAME(rows(t, "SELECT model FROM nango_view_collections"), "Label\n");
}

TESTS(ATTACHED(test_the_view_of_records_has_names_and_times),
      ATTACHED(test_the_view_of_collections_has_counts_and_the_last_change),
      ATTACHED(test_a_collection_that_never_had_a_change_has_no_last_change),
      ATTACHED(test_what_was_taken_away_does_not_show))
