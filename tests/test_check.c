/* test_check.c: nangolite_check() finds every invariant that is broken, and says which and where.
**
** Each test gets a sound store with a bit of everything, breaks one thing in its tables, and expects the
** sentence. */
#include "test.h"

/* Two collections. Issue: 1 added, 2 updated, 3 deleted, 4 to 6 the same and pruned, 7 an unknown id deleted.
** Label: one record. */
static void fill(test *t) {
  nangolite_scope issues = scope("Issue"), labels = scope("Label");
  save(t, "Issue", "[{'id':4},{'id':5,'n':1},{'id':6}]");
  update(t, "Issue", "[{'id':5,'n':2}]");
  delete (t, "Issue", "[{'id':6}]");
  OK(nangolite_records_prune(t->store, &issues, NULL, 0, NULL, NULL));
  save(t, "Issue", "[{'id':1,'text':'one'},{'id':2,'text':'two'},{'id':'3','text':'three'}]");
  update(t, "Issue", "[{'id':2,'text':'deux'}]");
  delete (t, "Issue", "[{'id':3},{'id':7}]");
  OK(nangolite_records_save(t->store, &labels, "{\"id\":\"it's\"}", -1, NULL));
}

static void run_sql(test *t, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(t->db, sql, NULL, NULL, &message) == SQLITE_OK) return;
  print_error("%s: %s\n", sql, message);
  sqlite3_free(message);
  fail();
}

/* What was not damaged: records, checkpoints of syncs and connections that are there, and definitions, as they
** were before. */
#define ALL_THAT_COUNTS                                                                                      \
  "SELECT 'record' AS kind, key AS place, id AS name, payload AS value FROM nango_record"                    \
  " UNION ALL SELECT 'checkpoint', i.connection, i.sync, i.checkpoint FROM nango_instance AS i"              \
  "  JOIN nango_sync AS s ON s.id = i.sync"                                                                  \
  "  JOIN nango_connection AS c ON c.id = i.connection AND c.provider_config_key = s.provider_config_key"    \
  " UNION ALL SELECT 'sync', id, name, frequency FROM nango_sync"

static int64_t number(test *t, const char *sql) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

/* The repair mends what this SQL has damaged, keeps the rest, and has nothing to do when it is called again. */
static void repaired(test *t, const char *sql) {
  char *report = NULL, *reason = NULL, *again = NULL;
  run_sql(t, "CREATE TEMP TABLE undamaged AS SELECT * FROM before INTERSECT SELECT * FROM (" ALL_THAT_COUNTS
             ")");
  OK(nangolite_repair(t->store, &report));
  OK(nangolite_check(t->store, &reason));
  OK(nangolite_repair(t->store, &again));
  if (report == NULL || reason != NULL || again != NULL)
    fail_msg("after %s\n  the repair says %s\n  the check %s\n  and the next repair %s", sql,
             report == NULL ? "NULL" : report, reason == NULL ? "NULL" : reason,
             again == NULL ? "NULL" : again);
  int64_t lost = number(
    t, "SELECT count(*) FROM (SELECT kind, CASE kind WHEN 'record' THEN 0 ELSE place END, name, value"
       "  FROM undamaged EXCEPT SELECT kind, CASE kind WHEN 'record' THEN 0 ELSE place END, name, value"
       "  FROM (" ALL_THAT_COUNTS "))");
  if (lost != 0) fail_msg("after %s the repair lost %d rows that were undamaged: %s", sql, (int)lost, report);
  nangolite_free(report);
}

/* The store is unsound after this SQL, for this reason, and sound again after a repair, and also after the
** caller's rollback. */
static void broken_by(test *t, const char *sql, const char *expected) {
  char *reason = NULL;
  run_sql(t, "BEGIN; CREATE TEMP TABLE before AS " ALL_THAT_COUNTS);
  run_sql(t, sql);
  OK(nangolite_check(t->store, &reason));
  if (reason == NULL || strstr(reason, expected) == NULL) {
    print_error("after %s\n  the check says  %s\n  and should say  %s\n", sql,
                reason == NULL ? "NULL" : reason, expected);
    fail();
  }
  nangolite_free(reason);
  if (strstr(expected, "schema version") == NULL) repaired(t, sql);
  run_sql(t, "ROLLBACK");
  OK(nangolite_check(t->store, &reason));
  assert_null(reason);
}

/* The key of a record of the first collection. */
#define KEY_OF(id) "(SELECT key FROM nango_record WHERE key >> 41 = 1 AND id = '" id "')"
/* Puts bytes, as a blob of SQL, at a place of the entry of a record of the first collection, which has 28 of them. */
#define IN_ENTRY(number, at, length, blob)                                                                   \
  "UPDATE nango_entry SET entries = cast(substr(entries, 1, 28 * " number " - 28 + " at ") || " blob         \
  " || substr(entries, 28 * " number " - 27 + " at " + " length ") AS BLOB) WHERE key = 1 << 32;"
#define LANE(state, sequence) "((1 << 3 | " state ") << 38 | (" sequence "))"

TEST(test_a_store_of_everything_is_sound) {
  char *reason = (char *)"";
  fill(t);
  OK(nangolite_check(t->store, &reason));
  assert_null(reason);
}

TEST(test_null_for_the_reason_is_misuse) {
  FAILS(NANGOLITE_MISUSE, nangolite_check(t->store, NULL));
}

TEST(test_columns_hold_their_types) {
  fill(t);
  broken_by(t, "UPDATE nango_store SET last_stamp = 'late'", "last_stamp is no integer");
  broken_by(t, "UPDATE nango_connection SET connection_id = x'00'", "connection_id is no text");
  broken_by(t, "UPDATE nango_collection SET bytes = 'many' WHERE id = 1",
            "nango_collection, 1: bytes is no integer");
  broken_by(t, "UPDATE nango_record SET payload = cast(payload AS BLOB)", "payload is no text");
  broken_by(t, "UPDATE nango_record SET pruned_at = 'x' WHERE pruned_at IS NOT NULL",
            "pruned_at is no integer");
  broken_by(t, "UPDATE nango_record SET writer = 'x'", "writer is no integer");
  broken_by(t, "UPDATE nango_record SET number = 'x'", "number is no integer");
  broken_by(t, "UPDATE nango_collection SET window_live = 'x'", "window_live is no integer");
  broken_by(t, "UPDATE nango_collection SET is_removed = 'x'", "is_removed is no integer");
}

TEST(test_the_store_has_one_row_of_a_known_version) {
  fill(t);
  broken_by(t, "INSERT INTO nango_store SELECT * FROM nango_store", "nango_store has 2 rows, not 1");
  broken_by(t, "UPDATE nango_store SET version = 1000", "the schema version is 1000, not");
}

TEST(test_names_are_allowed) {
  fill(t);
  broken_by(t, "UPDATE nango_connection SET connection_id = 'user#1'", "connection 1: connection_id must");
  broken_by(t, "UPDATE nango_connection SET provider_config_key = ''",
            "connection 1: provider_config_key must");
  broken_by(t, "UPDATE nango_collection SET model = 'issue' WHERE id = 1", "collection 1: model must");
  broken_by(t, "UPDATE nango_collection SET variant = 'a b' WHERE id = 1", "collection 1: variant must");
  broken_by(t, "UPDATE nango_collection SET variant = 'Base' WHERE id = 1",
            "collection 1: variant is another spelling of base");
}

TEST(test_a_collection_belongs_to_a_connection) {
  fill(t);
  broken_by(t, "UPDATE nango_collection SET connection = 9 WHERE id = 2",
            "collection 2: there is no connection 9");
  broken_by(t,
            "INSERT INTO nango_collection SELECT 4194304, 1, 'base', 'Big', 0, 0, 0, 0, 0, 0, 0, 0, 0,"
            " NULL, NULL, 0, 0",
            "collection 4194304: its number does not fit");
  broken_by(t, "UPDATE nango_collection SET connection = NULL WHERE id = 2",
            "collection 2: there is no connection null");
  broken_by(t, "UPDATE nango_collection SET is_removed = 1 WHERE id = 2",
            "collection 2: it was taken away, and has a connection");
  broken_by(t, "UPDATE nango_collection SET is_removed = 7 WHERE id = 2",
            "collection 2: is_removed is neither 0 nor 1");
}

/* Its rows are still to be freed, and nobody reads them. */
TEST(test_what_was_taken_away_is_sound_as_it_is) {
  char *reason = NULL;
  fill(t);
  run_sql(t, "UPDATE nango_collection SET is_removed = 1, connection = NULL, added = 7 WHERE id = 1;"
             "DELETE FROM nango_record WHERE id = '2'; DELETE FROM nango_identity WHERE id = '1';"
             "DELETE FROM nango_entry WHERE key = 1 << 32");
  OK(nangolite_check(t->store, &reason));
  assert_null(reason);
}

TEST(test_the_numbers_of_a_collection_are_in_their_range) {
  fill(t);
  broken_by(t, "UPDATE nango_collection SET sequence = -1 WHERE id = 2",
            "collection 2: its sequence does not fit");
  broken_by(t, "UPDATE nango_collection SET sequence = 274877906944 WHERE id = 2",
            "collection 2: its sequence does not fit");
  broken_by(t, "UPDATE nango_collection SET numbers = sequence + 1 WHERE id = 2",
            "collection 2: more numbers were given than changes made");
  broken_by(t, "UPDATE nango_collection SET window_live = 9 WHERE id = 2",
            "collection 2: a number of its window");
  broken_by(t, "UPDATE nango_collection SET window_opened_at = -1 WHERE id = 2",
            "collection 2: a number of its window");
}

TEST(test_nobodys_triggers_stand_on_its_tables) {
  fill(t);
  broken_by(t, "CREATE TRIGGER spy AFTER INSERT ON nango_record BEGIN DELETE FROM nango_seen; END",
            "trigger spy: it stands on nango_record");
}

TEST(test_counters_are_the_records_in_each_lane) {
  static const char *const states[] = {"added",        "updated",        "deleted",
                                       "pruned_added", "pruned_updated", "pruned_deleted"};
  static const int counts[] = {1, 1, 2, 1, 1, 1};
  fill(t);
  for (int i = 0; i < 6; i++) {
    broken_by(t, format(t, "UPDATE nango_collection SET %s = %s + 1 WHERE id = 1", states[i], states[i]),
              format(t, "collection 1: %s is %d, and there are %d", states[i], counts[i] + 1, counts[i]));
  }
}

TEST(test_bytes_are_those_of_the_payloads) {
  fill(t);
  broken_by(t, "UPDATE nango_collection SET bytes = bytes - 1 WHERE id = 2",
            "collection 2: bytes are 12, its payloads have 13");
}

TEST(test_the_oldest_payload_is_no_older_than_it_says) {
  fill(t);
  broken_by(t, "UPDATE nango_collection SET oldest_payload_at = NULL WHERE id = 2",
            "collection 2: oldest_payload_at is null");
  broken_by(t, "UPDATE nango_collection SET oldest_payload_at = oldest_payload_at + 1 WHERE id = 2",
            "collection 2: oldest_payload_at is ");
  broken_by(
    t, "INSERT INTO nango_collection SELECT 3, 1, 'base', 'Empty', 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, NULL, 0, 0",
    "collection 3: oldest_payload_at is 5, and the oldest is null");
}

TEST(test_a_key_names_a_state_and_a_collection) {
  fill(t);
  broken_by(t, "UPDATE nango_record SET key = " LANE("6", "1") " WHERE key = " KEY_OF("1"),
            "id '1': its key has a state");
  broken_by(t, "UPDATE nango_record SET key = key + (1 << 45) WHERE key = " KEY_OF("1"),
            "its key has a collection that is not there");
  broken_by(t, "UPDATE nango_record SET key = -key WHERE key = " KEY_OF("1"),
            "its key has a collection that is not there");
  broken_by(t, "UPDATE nango_collection SET sequence = sequence - 1 WHERE id = 1",
            "its key has a sequence that was never issued");
  broken_by(t, "DELETE FROM nango_collection WHERE id = 2",
            "collection 2, id 'it's': its key has a collection");
}

TEST(test_each_record_has_one_identity) {
  fill(t);
  broken_by(t, "DELETE FROM nango_identity WHERE id = '1'",
            "collection 1, id '1': the record has no identity");
  broken_by(t, "UPDATE nango_identity SET id = 'x' WHERE id = '1'", "id '1': the record has no identity");
  broken_by(t, "UPDATE nango_record SET id = 'x' WHERE id = '1'", "id 'x': the payload has another id");
  broken_by(t, "UPDATE nango_record SET number = 1 WHERE id = '1'",
            "id '1': its number is not that of its identity");
  broken_by(t, "UPDATE nango_identity SET number = 1 WHERE id = '1'",
            "id '1': its number is not that of its identity");
}

/* 1 to 7 came in the order 4, 5, 6, 1, 2, 3, 7. */
TEST(test_each_record_has_its_entry) {
  fill(t);
  broken_by(t, IN_ENTRY("4", "16", "8", "substr(entries, 28 * 5 - 11, 8)"),
            "id '1': its entry does not lead to it");
  broken_by(t, IN_ENTRY("4", "16", "8", "zeroblob(8)"), "id '1': its entry does not lead to it");
  broken_by(t, IN_ENTRY("4", "16", "8", "x'ffffffffffffffff'"),
            "collection 1, record number 4: its entry has a row key that cannot be");
  broken_by(t, IN_ENTRY("4", "24", "1", "x'01'"),
            "id '1': the length in its entry is not that of the payload");
  broken_by(t, IN_ENTRY("4", "27", "1", "x'80'"), "collection 1, record number 4: it has no alternate");
  broken_by(t, IN_ENTRY("1", "24", "1", "x'01'"), "id '4': its entry knows a text that was pruned");
}

TEST(test_entries_lie_in_rows_of_the_right_length) {
  fill(t);
  broken_by(t, "UPDATE nango_entry SET entries = substr(entries, 2) WHERE key = 1 << 32",
            "collection 1, records from number 1: the row of their entries has not the length");
  broken_by(t, "UPDATE nango_entry SET entries = zeroblob(28 * 8) WHERE key = 1 << 32",
            "collection 1, records from number 1: the row of their entries has not the length");
  broken_by(t, "INSERT INTO nango_entry VALUES ((1 << 32) + 1, zeroblob(28))",
            "collection 1, records from number 129: the row of their entries has not the length");
  broken_by(t, "INSERT INTO nango_entry VALUES (8 << 32, zeroblob(28))",
            "collection 8, records from number 1: entries, but the collection is not there");
  broken_by(t, "DELETE FROM nango_entry WHERE key = 1 << 32", "collection 1: some records have no entry");
  broken_by(t, "INSERT INTO nango_alternate VALUES (8 << 32, zeroblob(20))",
            "collection 8, records from number 1: alternates, but the collection is not there");
  broken_by(t, "INSERT INTO nango_alternate VALUES (1 << 32, zeroblob(21))",
            "collection 1, records from number 1: the row of their alternates has a length");
  broken_by(t, "INSERT INTO nango_alternate VALUES (1 << 32, zeroblob(160))",
            "collection 1, records from number 1: the row of their alternates has a length");
}

TEST(test_each_identity_has_one_record) {
  fill(t);
  broken_by(t,
            "DELETE FROM nango_record WHERE id = '1';"
            "UPDATE nango_collection SET added = added - 1, bytes = bytes - 21 WHERE id = 1",
            "collection 1: there is no record with the key");
  broken_by(t, "INSERT INTO nango_identity SELECT 1, 'twin', number FROM nango_identity WHERE id = '1'",
            "id 'twin': the identity has no record");
  broken_by(t, "INSERT INTO nango_identity SELECT 9, id, number FROM nango_identity WHERE id = '1'",
            "collection 9, id '1': its number was never issued");
}

TEST(test_numbers_were_given_once) {
  fill(t);
  broken_by(t, "UPDATE nango_identity SET number = 0 WHERE id = '1'", "id '1': its number was never issued");
  broken_by(t, "UPDATE nango_collection SET numbers = 6 WHERE id = 1", "id '7': its number was never issued");
  broken_by(t, "UPDATE nango_identity SET number = 1.5 WHERE id = '1'",
            "id '1': its number was never issued");
  broken_by(t, "UPDATE nango_identity SET number = 2 WHERE id = '1'",
            "id '1': its number is not that of its identity");
}

TEST(test_stamps_ascend_with_the_sequence) {
  fill(t);
  broken_by(t, "UPDATE nango_record SET last_modified_at = 1, first_seen_at = NULL WHERE id = '2'",
            "oldest_payload_at is ");
  broken_by(t,
            "UPDATE nango_collection SET oldest_payload_at = 1;"
            "UPDATE nango_record SET last_modified_at = 1, first_seen_at = NULL WHERE id = '2'",
            "collection 1, id '2': its stamp is not above that of the change before");
  broken_by(
    t,
    "UPDATE nango_record SET key = " LANE("1", KEY_OF("3") " & 0x3fffffffff") " WHERE id = '2';" IN_ENTRY(
      "5", "16", "4", "substr(entries, 28 * 6 - 11, 4)"),
    "its sequence is there twice");
}

TEST(test_stamps_are_unique_and_were_given) {
  fill(t);
  broken_by(t,
            "UPDATE nango_record SET last_modified_at = (SELECT last_stamp + 1 FROM nango_store) WHERE id"
            " = 'it''s'",
            "collection 2, id 'it's': its stamp was never issued");
  broken_by(t, "UPDATE nango_record SET last_modified_at = 0, first_seen_at = NULL WHERE id = '4'",
            "id '4': its stamp was never issued");
  broken_by(t,
            "UPDATE nango_collection SET oldest_payload_at = 1 WHERE id = 2;"
            "UPDATE nango_record SET last_modified_at = (SELECT last_modified_at FROM nango_record"
            " WHERE id = '1')"
            " WHERE id = 'it''s'",
            "is there twice");
}

TEST(test_first_seen_at_is_not_after_the_stamp) {
  fill(t);
  broken_by(t, "UPDATE nango_record SET first_seen_at = last_modified_at + 1 WHERE id = '2'",
            "id '2': first_seen_at is after");
  broken_by(t, "UPDATE nango_record SET first_seen_at = -1 WHERE id = '2'", "id '2': first_seen_at is after");
}

TEST(test_pruned_at_is_set_where_the_state_says_so) {
  fill(t);
  broken_by(t, "UPDATE nango_record SET pruned_at = 5 WHERE id = '1'",
            "id '1': pruned_at and the state disagree");
  broken_by(t, "UPDATE nango_record SET pruned_at = NULL WHERE id = '4'",
            "id '4': pruned_at and the state disagree");
  broken_by(t, "UPDATE nango_record SET pruned_at = -1 WHERE id = '4'",
            "id '4': pruned_at and the state disagree");
}

TEST(test_a_payload_is_one_object_with_the_records_id) {
  static const char *const wrong[][2] = {{"{\"id\":1", "is no JSON object"},
                                         {"[{\"id\":1}]", "is no JSON object"},
                                         {"", "is no JSON object"},
                                         {"{\"id\":1}{}", "is no JSON object"},
                                         {"{\"id\":1} ", "is no JSON object"},
                                         {"{\"n\":1}", "has no id"},
                                         {"{\"id\":2}", "has another id"},
                                         {"{\"id\":1.0}", "has another id"},
                                         {"{\"id\":\"1 \"}", "has another id"},
                                         {"{\"id\":1,\"_nango_metadata\":{}}", "has a _nango_metadata"},
                                         {"{\"id\":1,\"id\":3}", "has another id"}};
  fill(t);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    broken_by(t, format(t, "UPDATE nango_record SET payload = '%s' WHERE id = '1'", wrong[i][0]),
              format(t, "collection 1, id '1': the payload %s", wrong[i][1]));
  }
}

TEST(test_a_pruned_payload_is_its_id_alone) {
  fill(t);
  broken_by(t, "UPDATE nango_record SET payload = '{\"id\":4,\"n\":1}' WHERE id = '4'",
            "id '4': the pruned payload is not its id alone");
  broken_by(t, "UPDATE nango_record SET payload = '{\"id\": 4}' WHERE id = '4'",
            "id '4': the pruned payload is not its id alone");
}

TEST(test_a_hash_is_that_of_the_payload) {
  fill(t);
  broken_by(t, IN_ENTRY("4", "0", "16", "zeroblob(16)"), "id '1': the hash is not that of the payload");
  broken_by(t, "UPDATE nango_record SET payload = '{\"id\":1,\"text\":\"ONE\"}' WHERE id = '1'",
            "the hash is not that of the payload");
}

#define OPEN_WINDOW "UPDATE nango_collection SET window_opened_at = 5 WHERE id = 1;"

TEST(test_only_an_open_window_has_seen_anything) {
  fill(t);
  broken_by(t, "INSERT INTO nango_seen VALUES (1, 0, zeroblob(512))",
            "collection 1, chunk 0: seen, but no window is open");
  broken_by(t, "INSERT INTO nango_seen VALUES (8, 0, zeroblob(512))",
            "collection 8, chunk 0: seen, but the collection is not there");
  broken_by(t, OPEN_WINDOW "INSERT INTO nango_seen VALUES (1, 0, zeroblob(511))",
            "the chunk has not 512 bytes");
  broken_by(t, OPEN_WINDOW "INSERT INTO nango_seen VALUES (1, 1, zeroblob(512))",
            "collection 1, chunk 1: such numbers were never issued");
}

TEST(test_only_numbers_that_were_given_are_seen) {
  fill(t);
  broken_by(t, OPEN_WINDOW "INSERT INTO nango_seen SELECT 1, 0, cast(x'01' || zeroblob(511) AS BLOB)",
            "collection 1: number 0 was seen");
  broken_by(t, OPEN_WINDOW "INSERT INTO nango_seen SELECT 1, 0, cast(x'0001' || zeroblob(510) AS BLOB)",
            "collection 1: number 8 was seen");
}

/* ---- syncs --------------------------------------------------------------------------------------------- */

/* Three instances: base of user-1 in the middle of a run with a checkpoint, its variant, and base of
** user-2, paused. */
static nangolite_run *fill_syncs(test *t) {
  const char *const models[] = {"Issue", "Label"};
  const nangolite_sync sync = {.provider_config_key = "github",
                               .name = "issues",
                               .models = models,
                               .model_count = 2,
                               .frequency = "every hour"};
  const char *const names[] = {"issues"};
  nangolite_run *run = NULL;
  OK(nangolite_sync_define(t->store, &sync));
  OK(nangolite_run_next(t->store, &run));
  assert_non_null(run);
  OK(nangolite_run_checkpoint_save(run, "{\"page\":1}"));
  OK(nangolite_run_set_merging(run, "Label", "ignore_if_modified_after"));
  OK(nangolite_run_save(run, "Label", "{\"id\":1}", -1, NULL));
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "copy"));
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  OK(nangolite_sync_pause(t->store, "github", "user-2", names, 1));
  return run;
}

TEST(test_a_run_in_progress_is_sound) {
  char *reason = NULL;
  nangolite_run *run = fill_syncs(t);
  OK(nangolite_check(t->store, &reason));
  assert_null(reason);
  OK(nangolite_run_finish(run, NULL, NULL));
}

#define IN_RUN(body)                                                                                         \
  nangolite_run *run = fill_syncs(t);                                                                        \
  body OK(nangolite_run_finish(run, NULL, NULL))

TEST(test_syncs_have_models_names_and_intervals) {
  IN_RUN(
    broken_by(t, "UPDATE nango_sync SET name = 'a b'", "sync 1: sync must"); broken_by(
      t, "UPDATE nango_sync SET interval = interval + 1", "sync 1: interval is not that of the frequency");
    broken_by(t, "UPDATE nango_sync SET frequency = 'never'",
              "sync 1: interval is not that of the frequency");
    broken_by(t, "UPDATE nango_sync SET start_at = 'x'", "nango_sync, 1: start_at is no integer");
    broken_by(t, "UPDATE nango_sync_model SET model = 'issue' WHERE position = 0", "sync 1: model must");
    broken_by(t, "DELETE FROM nango_sync_model", "sync 1: it has no model");
    broken_by(t, "INSERT INTO nango_sync_model VALUES ('github', 'Other', 7, 0)",
              "sync 7, model Other: there is no such sync");
    broken_by(t, "UPDATE nango_sync_model SET position = NULL", "sync 1: it has no model");
    broken_by(t, "UPDATE nango_sync_model SET provider_config_key = 'gitlab'", "there is no such sync"););
}

TEST(test_instances_belong_to_a_connection_and_a_sync) {
  IN_RUN(
    broken_by(t, "UPDATE nango_instance SET connection = 9 WHERE id = 2",
              "instance 2: there is no connection 9");
    broken_by(t, "UPDATE nango_instance SET sync = 9 WHERE id = 2", "instance 2: there is no sync 9");
    broken_by(t, "DELETE FROM nango_sync_model; DELETE FROM nango_sync", "instance 1: there is no sync 1");
    broken_by(t, "UPDATE nango_connection SET provider_config_key = 'gitlab' WHERE id = 2",
              "instance 3: its connection and its sync are of two integrations");
    broken_by(t, "DELETE FROM nango_instance WHERE id = 3",
              "connection 2, sync 1: there is no base instance");
    broken_by(t, "UPDATE nango_instance SET variant = 'x y' WHERE id = 2", "instance 2: variant must");
    broken_by(t, "UPDATE nango_instance SET variant = 'BASE' WHERE id = 2",
              "instance 2: variant is another spelling"););
}

TEST(test_a_run_is_in_progress_once) {
  IN_RUN(
    broken_by(t, "UPDATE nango_instance SET run = latest_run + 1, latest_run = latest_run + 1 WHERE id = 1",
              "instance 1: its latest run was never begun");
    broken_by(t, "UPDATE nango_instance SET run = run - 1 WHERE id = 1",
              "instance 1: its run in progress is not the latest");
    broken_by(t, "UPDATE nango_instance SET succeeded_run = latest_run + 1 WHERE id = 1",
              "instance 1: the run that succeeded was never begun");
    broken_by(t, "UPDATE nango_instance SET started_at = NULL WHERE id = 1",
              "instance 1: its run has no start");
    broken_by(t, "UPDATE nango_instance SET lease_until = NULL WHERE id = 1",
              "instance 1: only a run in progress");
    broken_by(t, "UPDATE nango_instance SET token = 5 WHERE id = 2", "instance 2: only a run in progress");
    broken_by(t, "UPDATE nango_instance SET progress_done = 5 WHERE id = 2",
              "instance 2: only a run in progress has progress");
    broken_by(t,
              "UPDATE nango_instance SET run = (SELECT max(run) FROM nango_instance), started_at = 5,"
              " latest_run = (SELECT max(run) FROM nango_instance), lease_until = 9, token = 7, wake_at = 5"
              " WHERE id = 2",
              "instance 1: its run is in progress elsewhere too");
    broken_by(t, "UPDATE nango_record SET writer = (SELECT last_run + 1 FROM nango_store)",
              "its writer is a run that never was"););
}

TEST(test_the_scheduler_wakes_when_it_must) {
  IN_RUN(
    broken_by(t, "UPDATE nango_instance SET wake_at = NULL WHERE id = 1",
              "instance 1: wake_at is null, and should be not after");
    broken_by(t, "UPDATE nango_instance SET wake_at = started_at + 1 WHERE id = 1",
              "and should be not after the start of its run");
    broken_by(t, "UPDATE nango_instance SET wake_at = wake_at + 1 WHERE id = 2", "instance 2: wake_at is ");
    broken_by(t, "UPDATE nango_instance SET wake_at = 5 WHERE id = 3",
              "instance 3: wake_at is 5, and should be null");
    broken_by(t, "UPDATE nango_instance SET again_at = 5 WHERE id = 2", "instance 2: wake_at is ");
    broken_by(t, "UPDATE nango_instance SET asked = 2, asked_at = 5 WHERE id = 3",
              "instance 3: wake_at is null, and should be 5"););
}

TEST(test_the_columns_of_a_schedule_agree) {
  IN_RUN(
    broken_by(t, "UPDATE nango_instance SET latest = 4 WHERE id = 2", "instance 2: its state is none");
    broken_by(t, "UPDATE nango_instance SET latest = 1 WHERE id = 2", "instance 2: its state is none");
    broken_by(t, "UPDATE nango_instance SET asked = 1 WHERE id = 3", "instance 3: asked is 1, asked_at null");
    broken_by(t, "UPDATE nango_instance SET runs_again = 1 WHERE id = 2", "instance 2: asked is 0");
    broken_by(t, "UPDATE nango_instance SET allows_deletes = 1 WHERE id = 2", "instance 2: asked is 0");
    broken_by(t, "UPDATE nango_instance SET retries = 101 WHERE id = 2", "instance 2: its state is none");
    broken_by(t, "UPDATE nango_instance SET expired = 1.5 WHERE id = 2", "instance 2: its state is none");
    broken_by(t, "UPDATE nango_instance SET error_type = 'x' WHERE id = 2", "instance 2: its state is none");
    broken_by(t, "UPDATE nango_instance SET started_at = 1 << 60 WHERE id = 2",
              "instance 2: its state is none");
    broken_by(t, "UPDATE nango_instance SET slot_at = 'x' WHERE id = 2", "slot_at is no integer");
    broken_by(t, "UPDATE nango_sync SET retry_after_s = 0", "sync 1: a number is out of range");
    broken_by(t, "UPDATE nango_sync SET local_time = 2", "sync 1: a number is out of range");
    broken_by(t, "UPDATE nango_instance SET interval = 5 WHERE id = 2", "instance 2: its state is none");
    broken_by(t, "UPDATE nango_instance SET interval = 5, frequency = 'every hour' WHERE id = 2",
              "instance 2: interval is not that of the frequency"););
}

/* What cannot be true is found where an instance is read, and nothing is done with it. */
TEST(test_an_instance_that_cannot_be_is_corrupt) {
  static const char *const changes[] = {"UPDATE nango_sync SET interval = 1",
                                        "UPDATE nango_sync SET interval = 0.5",
                                        "UPDATE nango_sync SET interval = 'hour'",
                                        "UPDATE nango_instance SET slot_at = -5, wake_at = -5",
                                        "UPDATE nango_instance SET asked = 9, asked_at = 5, wake_at = 5",
                                        "UPDATE nango_instance SET is_paused = 2",
                                        "UPDATE nango_instance SET latest = 99",
                                        "UPDATE nango_instance SET created_at = -1"};
  const char *const models[] = {"Issue"};
  const nangolite_sync sync = {.provider_config_key = "github",
                               .name = "issues",
                               .models = models,
                               .model_count = 1,
                               .frequency = "every hour"};
  nangolite_run *run = NULL;
  char *json = NULL;
  OK(nangolite_sync_define(t->store, &sync));
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    run_sql(t, "BEGIN");
    run_sql(t, changes[i]);
    int result = nangolite_run_next(t->store, &run);
    assert_true(result == NANGOLITE_CORRUPT || run == NULL);
    FAILS(NANGOLITE_CORRUPT, nangolite_sync_status(t->store, "github", "user-1", NULL, 0, &json));
    SAYS("damaged");
    result = nangolite_run_until(t->store, HALF_PAST_TEN + DAYS(1), NULL);
    nangolite_clock_set(t->store, HALF_PAST_TEN);
    assert_true(result == NANGOLITE_CORRUPT || result == NANGOLITE_OK);
    run_sql(t, "ROLLBACK");
  }
}

TEST(test_checkpoints_keep_their_rules_and_results_their_instance) {
  IN_RUN(broken_by(t, "UPDATE nango_instance SET checkpoint = '[1]' WHERE id = 1",
                   "instance 1: a checkpoint breaks the rules");
         broken_by(t, "UPDATE nango_instance SET checkpoint_before = '{' WHERE id = 2",
                   "instance 2: a checkpoint breaks the rules");
         broken_by(t, "UPDATE nango_instance SET checkpoint = ' {}' WHERE id = 1",
                   "instance 1: a checkpoint has white space");
         broken_by(t, "INSERT INTO nango_result VALUES (9, 'Issue', 1, 0, 0, 0, 0)",
                   "instance 9, model Issue: a result, but no");
         broken_by(t, "INSERT INTO nango_result VALUES (1, 'Comment', 1, 0, 0, 0, 0)",
                   "instance 1, model Comment: a result, but the sync has no such model");
         broken_by(t, "UPDATE nango_result SET run = run + 1", "a result of a run that was never begun");
         broken_by(t, "UPDATE nango_result SET added = 'x'", "added is no integer");
         broken_by(t, "UPDATE nango_result SET added = -1", "a result below 0"););
}

#define KEPT(instance, number, result, type)                                                                 \
  "INSERT INTO nango_run VALUES (" instance ", " number ", 5, 6, " result ", 0, " type                       \
  ", NULL, '{}', NULL, NULL)"

TEST(test_a_kept_run_is_one_that_has_ended) {
  IN_RUN(broken_by(t, KEPT("9", "1", "1", "NULL"), "instance 9, run 1: kept, but no such instance");
         broken_by(t, KEPT("2", "7", "1", "NULL"), "instance 2, run 7: kept, but it was never begun");
         broken_by(t, KEPT("1", "(SELECT run FROM nango_instance WHERE id = 1)", "1", "NULL"),
                   "it is in progress");
         broken_by(t, KEPT("1", "1", "4", "NULL"), "its columns disagree");
         broken_by(t, KEPT("1", "1", "2", "NULL"), "its columns disagree");
         broken_by(t, KEPT("1", "1", "2", "hex(zeroblob(9000))"), "its columns disagree"););
}

/* An index that lacks a row of its table. (Pages that nothing uses are not always told of: where a database has
** views, SQLite may take its check for one of single tables.) */
TEST(test_sqlites_own_check_is_asked) {
  char *reason = NULL;
  sqlite3 *other = NULL;
  fill(t);
  close_store(t, t->store);
  assert_int_equal(sqlite3_open(t->path, &other), SQLITE_OK);
  t->db = other;
  run_sql(t, "CREATE TABLE other (a, b); CREATE INDEX other_a ON other (a); INSERT INTO other VALUES (1, 2);"
             "PRAGMA writable_schema = ON;"
             "UPDATE sqlite_master SET sql = 'CREATE INDEX other_a ON other (b)' WHERE name = 'other_a'");
  t->db = NULL;
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  nangolite *store = NULL;
  OK_OF(store, nangolite_open(t->path, NULL, &store));
  OK_OF(store, nangolite_check(store, &reason));
  assert_non_null(reason);
  nangolite_free(reason);
  nangolite_close(store);
}

TESTS(EVERYWHERE(test_a_store_of_everything_is_sound), MEMORY(test_null_for_the_reason_is_misuse),
      ATTACHED(test_columns_hold_their_types), ATTACHED(test_the_store_has_one_row_of_a_known_version),
      ATTACHED(test_names_are_allowed), ATTACHED(test_a_collection_belongs_to_a_connection),
      ATTACHED(test_counters_are_the_records_in_each_lane), ATTACHED(test_bytes_are_those_of_the_payloads),
      ATTACHED(test_the_oldest_payload_is_no_older_than_it_says),
      ATTACHED(test_a_key_names_a_state_and_a_collection),
      ATTACHED(test_what_was_taken_away_is_sound_as_it_is),
      ATTACHED(test_the_numbers_of_a_collection_are_in_their_range),
      ATTACHED(test_nobodys_triggers_stand_on_its_tables), ATTACHED(test_each_record_has_its_entry),
      ATTACHED(test_entries_lie_in_rows_of_the_right_length), ATTACHED(test_each_record_has_one_identity),
      ATTACHED(test_each_identity_has_one_record), ATTACHED(test_numbers_were_given_once),
      ATTACHED(test_stamps_ascend_with_the_sequence), ATTACHED(test_stamps_are_unique_and_were_given),
      ATTACHED(test_first_seen_at_is_not_after_the_stamp),
      ATTACHED(test_pruned_at_is_set_where_the_state_says_so),
      ATTACHED(test_a_payload_is_one_object_with_the_records_id),
      ATTACHED(test_a_pruned_payload_is_its_id_alone), ATTACHED(test_a_hash_is_that_of_the_payload),
      ATTACHED(test_only_an_open_window_has_seen_anything),
      ATTACHED(test_only_numbers_that_were_given_are_seen), EVERYWHERE(test_a_run_in_progress_is_sound),
      ATTACHED(test_syncs_have_models_names_and_intervals),
      ATTACHED(test_instances_belong_to_a_connection_and_a_sync), ATTACHED(test_a_run_is_in_progress_once),
      ATTACHED(test_the_scheduler_wakes_when_it_must), ATTACHED(test_the_columns_of_a_schedule_agree),
      ATTACHED(test_checkpoints_keep_their_rules_and_results_their_instance),
      ATTACHED(test_a_kept_run_is_one_that_has_ended), ATTACHED(test_an_instance_that_cannot_be_is_corrupt),
      ON_FILE(test_sqlites_own_check_is_asked))
