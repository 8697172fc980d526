/* Results: their names and messages, what out-parameters are then, and that the handle stays usable. */
#include "records.h"

PLAIN_TEST(test_every_result_has_its_name) {
  static const struct {
    int result;
    const char *name;
  } names[] = {{NANGOLITE_OK, "ok"},
               {NANGOLITE_NOMEM, "nomem"},
               {NANGOLITE_MISUSE, "misuse"},
               {NANGOLITE_BUSY, "busy"},
               {NANGOLITE_READONLY, "readonly"},
               {NANGOLITE_IOERR, "ioerr"},
               {NANGOLITE_FULL, "full"},
               {NANGOLITE_CORRUPT, "corrupt"},
               {NANGOLITE_INTERRUPTED, "interrupted"},
               {NANGOLITE_UNKNOWN_CONNECTION, "unknown_connection"},
               {NANGOLITE_UNKNOWN_PROVIDER_CONFIG, "unknown_provider_config"},
               {NANGOLITE_UNKNOWN_SYNC, "unknown_sync"},
               {NANGOLITE_NO_SYNCS_FOUND, "no_syncs_found"},
               {NANGOLITE_NOT_FOUND, "not_found"},
               {NANGOLITE_INVALID_VARIANT, "invalid_variant"},
               {NANGOLITE_VARIANT_EXISTS, "sync_variant_already_exists"},
               {NANGOLITE_RESOURCE_CAPPED, "resource_capped"},
               {NANGOLITE_INVALID_CURSOR, "invalid_cursor"},
               {NANGOLITE_ABORTED, "aborted"},
               {NANGOLITE_TOO_MANY_DELETES, "too_many_deletes"},
               {NANGOLITE_NEWER_SCHEMA, "newer_schema"},
               {NANGOLITE_INVALID, "invalid"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    assert_string_equal(nangolite_result_name(names[i].result), names[i].name);
  }
}

PLAIN_TEST(test_names_differ_and_are_there_for_any_number) {
  for (int a = 0; a <= NANGOLITE_NEWER_SCHEMA; a++) {
    for (int b = 0; b < a; b++) assert_string_not_equal(nangolite_result_name(a), nangolite_result_name(b));
    assert_string_not_equal(nangolite_result_name(a), nangolite_result_name(NANGOLITE_NEWER_SCHEMA + 1));
  }
  assert_non_null(nangolite_result_name(-1));
  assert_non_null(nangolite_result_name(INT32_MAX));
  assert_non_null(nangolite_result_name(INT32_MIN));
}

PLAIN_TEST(test_the_version_is_that_of_the_header) {
  int major, minor, patch;
  assert_string_equal(nangolite_version(), NANGOLITE_VERSION);
  assert_int_equal(sscanf(NANGOLITE_VERSION, "%d.%d.%d", &major, &minor, &patch), 3);
  assert_int_equal(major * 1000000 + minor * 1000 + patch, NANGOLITE_VERSION_NUMBER);
}

TEST(test_a_null_store_is_misuse) {
  nangolite_page *page = (nangolite_page *)1;
  char *text = (char *)1;
  int64_t number = 1;
  (void)t;
  assert_int_equal(nangolite_connection_create(NULL, "github", "a"), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_records_save(NULL, &issues, "[]", -1, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_records_update(NULL, &issues, "[]", -1, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_records_delete(NULL, &issues, "[]", -1, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_records_prune(NULL, &issues, NULL, 0, &number, NULL), NANGOLITE_MISUSE);
  assert_int_equal(number, 0);
  assert_int_equal(nangolite_records_count(NULL, &issues, NULL, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_records_list(NULL, &issues, NULL, &page), NANGOLITE_MISUSE);
  assert_null(page);
  assert_int_equal(nangolite_check(NULL, &text), NANGOLITE_MISUSE);
  assert_null(text);
  assert_int_equal(nangolite_maintain(NULL, 1, NULL, NULL), NANGOLITE_MISUSE);
}

TEST(test_null_where_a_pointer_is_needed_is_misuse) {
  FAILS(NANGOLITE_MISUSE, nangolite_connection_create(t->store, NULL, "a"));
  FAILS(NANGOLITE_MISUSE, nangolite_connection_create(t->store, "github", NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_records_save(t->store, &issues, NULL, -1, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_records_save(t->store, &issues, NULL, 0, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_records_update(t->store, &issues, NULL, -1, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_records_delete(t->store, &issues, NULL, -1, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_records_list(t->store, &issues, NULL, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_check(t->store, NULL));
}

TEST(test_null_in_a_scope_is_misuse_but_for_the_variant) {
  nangolite_scope wrong[] = {
    {NULL, "user-1", "Issue", NULL}, {"github", NULL, "Issue", NULL}, {"github", "user-1", NULL, NULL}};
  const nangolite_scope *scopes[] = {NULL, &wrong[0], &wrong[1], &wrong[2]};
  for (size_t i = 0; i < 4; i++) {
    nangolite_page *page;
    FAILS(NANGOLITE_MISUSE, nangolite_records_save(t->store, scopes[i], "[]", -1, NULL));
    FAILS(NANGOLITE_MISUSE, nangolite_records_update(t->store, scopes[i], "[]", -1, NULL));
    FAILS(NANGOLITE_MISUSE, nangolite_records_delete(t->store, scopes[i], "[]", -1, NULL));
    FAILS(NANGOLITE_MISUSE, nangolite_records_prune(t->store, scopes[i], NULL, 0, NULL, NULL));
    FAILS(NANGOLITE_MISUSE, nangolite_records_count(t->store, scopes[i], NULL, NULL));
    FAILS(NANGOLITE_MISUSE, nangolite_records_list(t->store, scopes[i], NULL, &page));
  }
}

TEST(test_null_is_fine_where_there_is_nothing_to_do) {
  (void)t;
  nangolite_free(NULL);
  nangolite_page_free(NULL);
  nangolite_close(NULL);
  nangolite_interrupt(NULL);
  nangolite_clock_set(NULL, 1);
  nangolite_clock_advance(NULL, 1);
  assert_int_equal(nangolite_now(NULL), 0);
  assert_non_null(nangolite_errmsg(NULL));
}

TEST(test_out_parameters_are_zero_unless_ok) {
  static const nangolite_changes none = {0};
  nangolite_scope unknown = {"github", "nobody", "Issue", NULL};
  nangolite_changes changes;
  nangolite_page *page = (nangolite_page *)1;
  int64_t count = 9, bytes = 9;
  int has_more = 9;
  memset(&changes, 9, sizeof changes);
  FAILS(NANGOLITE_UNKNOWN_CONNECTION,
        nangolite_records_save(t->store, &unknown, "[{\"id\":1}]", -1, &changes));
  assert_memory_equal(&changes, &none, sizeof none);
  memset(&changes, 9, sizeof changes);
  FAILS(NANGOLITE_MISUSE, nangolite_records_delete(t->store, NULL, "[]", -1, &changes));
  assert_memory_equal(&changes, &none, sizeof none);
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_list(t->store, &unknown, NULL, &page));
  assert_null(page);
  FAILS(NANGOLITE_UNKNOWN_CONNECTION,
        nangolite_records_prune(t->store, &unknown, NULL, 0, &count, &has_more));
  assert_int_equal(count, 0);
  assert_int_equal(has_more, 0);
  count = 9;
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_count(t->store, &unknown, &count, &bytes));
  assert_int_equal(count, 0);
  assert_int_equal(bytes, 0);
  count = bytes = 9;
  FAILS(NANGOLITE_INVALID, nangolite_maintain(t->store, 0, &count, &bytes));
  assert_int_equal(count, 0);
  assert_int_equal(bytes, 0);
}

TEST(test_the_handle_stays_usable_after_every_failure) {
  nangolite_scope unknown = {"github", "nobody", "Issue", NULL};
  for (int i = 0; i < 30; i++) {
    save(t, "Issue", format(t, "{'id':%d}", i));
    REFUSED(save_text(t, "[{'id':'x'},{]"), "1");
    FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_save(t->store, &unknown, "[]", -1, NULL));
    FAILS(NANGOLITE_MISUSE, nangolite_records_save(t->store, NULL, "[]", -1, NULL));
    FAILS(NANGOLITE_INVALID_CURSOR, nangolite_records_prune(t->store, &issues, "?", 0, NULL, NULL));
    assert_int_equal(live(t, "Issue"), i + 1);
  }
}

TEST(test_the_message_is_of_the_last_failure) {
  REFUSED(nangolite_connection_create(t->store, "github", ""), "connection_id");
  FAILS(NANGOLITE_INVALID_CURSOR, nangolite_records_prune(t->store, &issues, "?", 0, NULL, NULL));
  assert_null(strstr(nangolite_errmsg(t->store), "connection_id"));
  SAYS("cursor");
}

TEST(test_a_message_that_quotes_input_stays_whole_text) {
  REFUSED(save_text(t, "[{'id':1,'a':\xff}]"), "0");
  REFUSED(nangolite_connection_create(t->store, "\xff\xfe%s%n\n", "a"), "provider_config_key");
  const unsigned char *message = (const unsigned char *)nangolite_errmsg(t->store);
  for (; *message; message++) assert_true(*message >= 0x20 && *message < 0x80);
}

TEST(test_another_process_that_holds_the_file_makes_it_busy) {
  sqlite3 *other;
  reopen(t, (&(nangolite_options){.busy_timeout_ms = 10}));
  save(t, "Issue", "{'id':1}");
  assert_int_equal(sqlite3_open(t->path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  FAILS(NANGOLITE_BUSY, save_text(t, "{'id':2}"));
  FAILS(NANGOLITE_BUSY, nangolite_records_prune(t->store, &issues, NULL, 0, NULL, NULL));
  FAILS(NANGOLITE_BUSY, nangolite_connection_create(t->store, "github", "x"));
  SAME(ids(t, NULL), "1"); /* reading goes on */
  assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  SAME(save(t, "Issue", "{'id':2}"), "1 added");
}

TEST(test_a_full_disk_is_full_and_stores_nothing) {
  char *json = malloc(3000100);
  size_t at = (size_t)sprintf(json, "[{\"id\":2},{\"id\":3,\"a\":\"");
  memset(json + at, 'x', 3000000);
  strcpy(json + at + 3000000, "\"}]");
  save(t, "Issue", "{'id':1}");
  assert_int_equal(sqlite3_exec(t->db, "PRAGMA max_page_count = 200", NULL, NULL, NULL), SQLITE_OK);
  FAILS(NANGOLITE_FULL, nangolite_records_save(t->store, &issues, json, -1, NULL));
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}");
  assert_int_equal(sqlite3_exec(t->db, "PRAGMA max_page_count = 100000", NULL, NULL, NULL), SQLITE_OK);
  OK(nangolite_records_save(t->store, &issues, json, -1, NULL));
  SAME(ids(t, NULL), "1 2 3");
  free(json);
}

TEST(test_a_damaged_file_is_corrupt) {
  const char *path = temporary(t);
  nangolite *store = open_store(t, path, NULL);
  for (int i = 0; i < 200; i++) {
    OK_OF(store,
          nangolite_records_save(store, &issues, format(t, "{\"id\":%d,\"a\":\"%0500d\"}", i, i), -1, NULL));
  }
  close_store(t, store);
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  for (long at = 4096; at < size; at += 512) {
    fseek(file, at, SEEK_SET);
    fwrite("\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5", 1, 16, file);
  }
  fclose(file);
  nangolite_page *page = NULL;
  int result = nangolite_open(path, NULL, &store);
  if (result == NANGOLITE_OK) result = nangolite_records_list(store, &issues, NULL, &page);
  assert_int_equal(result, NANGOLITE_CORRUPT);
  assert_null(page);
  assert_non_null(nangolite_errmsg(store));
  nangolite_close(store);
}

TESTS(PLAIN(test_every_result_has_its_name), PLAIN(test_names_differ_and_are_there_for_any_number),
      PLAIN(test_the_version_is_that_of_the_header), MEMORY(test_a_null_store_is_misuse),
      MEMORY(test_null_where_a_pointer_is_needed_is_misuse),
      MEMORY(test_null_in_a_scope_is_misuse_but_for_the_variant),
      MEMORY(test_null_is_fine_where_there_is_nothing_to_do), MEMORY(test_out_parameters_are_zero_unless_ok),
      EVERYWHERE(test_the_handle_stays_usable_after_every_failure),
      MEMORY(test_the_message_is_of_the_last_failure),
      MEMORY(test_a_message_that_quotes_input_stays_whole_text),
      ON_FILE(test_another_process_that_holds_the_file_makes_it_busy),
      ATTACHED(test_a_full_disk_is_full_and_stores_nothing), MEMORY(test_a_damaged_file_is_corrupt))
