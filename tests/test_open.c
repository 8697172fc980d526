/* Opening and closing: files, memory, options, and what is refused and left as it was. */
#define _POSIX_C_SOURCE 200809L

#include "records.h"

#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *path, const void *bytes, size_t length) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, length, file), length);
  fclose(file);
}

/* The content of a file; *length is -1 where there is none. */
static char *read_file(const char *path, long *length) {
  FILE *file = fopen(path, "rb");
  *length = -1;
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *length = ftell(file);
  rewind(file);
  char *bytes = malloc((size_t)*length + 1);
  assert_int_equal(fread(bytes, 1, (size_t)*length, file), *length);
  fclose(file);
  return bytes;
}

static void run_sql(const char *path, const char *sql) {
  sqlite3 *db;
  char *message = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", sql, message);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first column of the first row, as text. */
static const char *ask_sql(test *t, const char *path, const char *sql) {
  sqlite3 *db;
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  const char *text = format(t, "%s", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return text;
}

static void expect_open_fails(const char *path, const nangolite_options *options, int expected) {
  nangolite *store = NULL;
  int result = nangolite_open(path, options, &store);
  if (result != expected)
    print_error("%s gave %s: %s\n", path, nangolite_result_name(result), nangolite_errmsg(store));
  assert_int_equal(result, expected);
  assert_non_null(store);
  assert_true(strlen(nangolite_errmsg(store)) > 0);
  assert_int_equal(nangolite_connection_create(store, "github", "a"), NANGOLITE_MISUSE);
  nangolite_close(store);
}

/* Opening fails, and the file is the same, byte for byte, with no journal beside it. (Of a file in WAL,
** SQLite leaves an empty one behind where it may only read.) */
static void expect_refused_untouched(test *t, const char *path, int expected) {
  long before, after;
  char *was = read_file(path, &before);
  expect_open_fails(path, NULL, expected);
  expect_open_fails(path, &(nangolite_options){.read_only = 1}, expected);
  char *is = read_file(path, &after);
  assert_int_equal(before, after);
  assert_memory_equal(was, is, (size_t)before);
  free(was);
  free(is);
  free(read_file(format(t, "%s-wal", path), &after));
  assert_true(after <= 0);
  assert_int_not_equal(access(format(t, "%s-journal", path), F_OK), 0);
}

TEST(test_a_missing_file_becomes_a_store) {
  const char *path = temporary(t);
  close_store(t, open_store(t, path, NULL));
  assert_int_equal(access(path, F_OK), 0);
  close_store(t, open_store(t, path, NULL));
}

TEST(test_an_empty_file_becomes_a_store) {
  const char *path = temporary(t);
  write_file(path, "", 0);
  nangolite *store = open_store(t, path, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
}

TEST(test_an_empty_database_becomes_a_store) {
  const char *path = temporary(t);
  run_sql(path, "CREATE TABLE a (b); DROP TABLE a");
  nangolite *store = open_store(t, path, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
}

TEST(test_text_is_no_store) {
  const char *path = temporary(t);
  char text[5000];
  memset(text, 'x', sizeof text);
  write_file(path, text, sizeof text);
  expect_refused_untouched(t, path, NANGOLITE_INVALID);
  write_file(path, "hello", 5);
  expect_refused_untouched(t, path, NANGOLITE_INVALID);
  write_file(path, "\n", 1);
  expect_refused_untouched(t, path, NANGOLITE_INVALID);
}

TEST(test_another_programs_database_is_no_store) {
  const char *path = temporary(t);
  run_sql(path, "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('http://example.com')");
  expect_refused_untouched(t, path, NANGOLITE_INVALID);
}

TEST(test_another_programs_database_with_a_version_is_no_store) {
  const char *path = temporary(t);
  run_sql(
    path,
    "PRAGMA user_version = 1; PRAGMA application_id = 77; CREATE TABLE store (version); CREATE VIEW v AS "
    "SELECT 1");
  expect_refused_untouched(t, path, NANGOLITE_INVALID);
}

TEST(test_another_programs_database_in_wal_is_left_as_it_was) {
  const char *path = temporary(t);
  run_sql(path, "PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url TEXT)");
  expect_refused_untouched(t, path, NANGOLITE_INVALID);
}

TEST(test_a_newer_store_in_wal_is_left_as_it_was) {
  const char *path = temporary(t);
  close_store(t, open_store(t, path, NULL));
  run_sql(path, "UPDATE nango_store SET version = version + 1000");
  expect_refused_untouched(t, path, NANGOLITE_NEWER_SCHEMA);
}

TEST(test_a_newer_schema_is_refused_untouched) {
  const char *path = temporary(t);
  close_store(t, open_store(t, path, NULL));
  run_sql(path, "PRAGMA journal_mode = DELETE; UPDATE nango_store SET version = version + 1000");
  expect_refused_untouched(t, path, NANGOLITE_NEWER_SCHEMA);
}

TEST(test_a_store_without_a_version_is_corrupt) {
  static const char *const changes[] = {"UPDATE nango_store SET version = -1",
                                        "UPDATE nango_store SET version = 0", "DELETE FROM nango_store"};
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    const char *path = temporary(t);
    close_store(t, open_store(t, path, NULL));
    run_sql(path, changes[i]);
    expect_refused_untouched(t, path, NANGOLITE_CORRUPT);
  }
}

TEST(test_a_newer_schema_is_refused_when_attached) {
  const char *path = temporary(t);
  nangolite *store = NULL;
  sqlite3 *db;
  close_store(t, open_store(t, path, NULL));
  run_sql(path, "UPDATE nango_store SET version = version + 1000");
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_NEWER_SCHEMA);
  nangolite_close(store);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

TEST(test_a_file_of_a_draft_is_refused_untouched_and_the_message_says_so) {
  const char *path = temporary(t);
  nangolite *store = NULL;
  sqlite3 *db;
  close_store(t, open_store(t, path, NULL));
  run_sql(path, "PRAGMA journal_mode = DELETE; UPDATE nango_store SET version = 2");
  expect_refused_untouched(t, path, NANGOLITE_INVALID);
  assert_int_equal(nangolite_open(path, NULL, &store), NANGOLITE_INVALID);
  assert_non_null(
    strstr(nangolite_errmsg(store), "filename: the file was written by a draft of nangolite (version 2)"));
  nangolite_close(store);
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(nangolite_attach(db, NULL, &store), NANGOLITE_INVALID);
  assert_non_null(strstr(nangolite_errmsg(store), "draft of nangolite"));
  nangolite_close(store);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int application_of(sqlite3 *db) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA application_id", -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int found = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return found;
}

TEST(test_a_file_that_open_made_is_marked_and_an_attached_database_is_not) {
  const char *path = temporary(t), *attached = temporary(t);
  sqlite3 *db;
  close_store(t, open_store(t, path, NULL));
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(application_of(db), 0x4E4E474C);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  assert_int_equal(sqlite3_open(attached, &db), SQLITE_OK);
  close_store(t, attach_store(t, db, NULL));
  assert_int_equal(application_of(db), 0);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  close_store(t, open_store(t, attached, NULL)); /* known by its tables */
}

TEST(test_a_directory_cannot_be_opened) {
  const char *path = temporary(t);
  mkdir(path, 0777);
  expect_open_fails(path, NULL, NANGOLITE_IOERR);
  rmdir(path);
  expect_open_fails(format(t, "%s/no/such/directory", path), NULL, NANGOLITE_IOERR);
}

TEST(test_an_empty_filename_is_refused) {
  (void)t;
  expect_open_fails("", NULL, NANGOLITE_INVALID);
}

TEST(test_null_for_filename_or_store_is_misuse) {
  nangolite *store = NULL;
  (void)t;
  assert_int_equal(nangolite_open(NULL, NULL, &store), NANGOLITE_MISUSE);
  nangolite_close(store);
  assert_int_equal(nangolite_open(":memory:", NULL, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_attach(NULL, NULL, &store), NANGOLITE_MISUSE);
  nangolite_close(store);
}

TEST(test_an_exclusive_store_that_cannot_be_opened_is_refused) {
  static const nangolite_options exclusive = {.exclusive = 1};
  nangolite *store;
  (void)t;
  assert_int_equal(nangolite_open(NULL, &exclusive, &store), NANGOLITE_MISUSE);
  nangolite_close(store);
  assert_int_equal(nangolite_attach(NULL, &exclusive, &store), NANGOLITE_MISUSE);
  nangolite_close(store);
  assert_int_equal(nangolite_open("/nowhere/at/all", &exclusive, &store), NANGOLITE_IOERR);
  nangolite_close(store);
}

TEST(test_options_below_their_range_are_refused) {
  static const nangolite_options wrong[] = {
    {.busy_timeout_ms = -1}, {.lease_ms = -1},   {.prune_after_days = -2}, {.delete_after_days = -2},
    {.max_variants = -1},    {.page_bytes = -1}, {.cache_kb = -1}};
  static const char *const names[] = {"busy_timeout_ms",   "lease_ms",     "prune_after_days",
                                      "delete_after_days", "max_variants", "page_bytes",
                                      "cache_kb"};
  const char *path = temporary(t);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    nangolite *store;
    assert_int_equal(nangolite_open(path, &wrong[i], &store), NANGOLITE_INVALID);
    assert_non_null(strstr(nangolite_errmsg(store), names[i]));
    nangolite_close(store);
  }
  assert_int_not_equal(access(path, F_OK), 0);
}

/* Saves four megabytes with this cache, and returns what the handle keeps of them in memory, in KiB. */
static int64_t kept_kb(test *t, int cache_kb) {
  static char large[20000];
  sqlite3_int64 before = sqlite3_memory_used();
  nangolite *store = open_store(t, temporary(t), (&(nangolite_options){.cache_kb = cache_kb}));
  OK_OF(store, nangolite_connection_create(store, "github", "user-1"));
  for (int i = 0; i < 200; i++) {
    snprintf(large, sizeof large, "{\"id\":%d,\"text\":\"%019000d\"}", i, i);
    OK_OF(store, nangolite_records_save(store, &issues, large, -1, NULL));
  }
  return (sqlite3_memory_used() - before) / 1024;
}

TEST(test_a_handle_keeps_no_more_than_cache_kb_of_the_file) {
  int64_t least = kept_kb(t, 100);
  assert_in_range(kept_kb(t, 1000) - least, 500, 1200);
  assert_in_range(kept_kb(t, 0) - least, 1500, 2300);
}

TEST(test_each_memory_store_is_its_own) {
  nangolite *other = open_store(t, ":memory:", NULL);
  save(t, "Issue", "{'id':1}");
  SAME(feed_of(t, other, issues, NULL), "");
}

TEST(test_records_are_there_after_closing_and_opening) {
  save(t, "Issue", "[{'id':1,'a':'\xc3\xa9'},{'id':'2'},{'id':3}]");
  update(t, "Issue", "{'id':3,'b':1}");
  delete (t, "Issue", "{'id':1}");
  prune(t, record(t, "Issue", "2")->cursor, 0);
  const char *before = feed(t, "Issue");
  reopen(t, NULL);
  SAME(feed(t, "Issue"), before);
  assert_int_equal(live(t, "Issue"), 2);
  SAME(save(t, "Issue", "{'id':'2'}"), "1 unchanged");
}

TEST(test_a_file_has_wal) {
  save(t, "Issue", "{'id':1}");
  SAME(ask_sql(t, t->path, "PRAGMA journal_mode"), "wal");
}

/* SQLite's own way to files, but without the shared memory that WAL needs, as on some file systems. */
static int (*plain_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static sqlite3_io_methods plain_methods;

static int open_without_shared_memory(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                                      int *out) {
  int code = plain_open(vfs, name, file, flags, out);
  if (code != SQLITE_OK || file->pMethods == NULL || (flags & SQLITE_OPEN_MAIN_DB) == 0) return code;
  plain_methods = *file->pMethods;
  plain_methods.iVersion = 1;
  file->pMethods = &plain_methods;
  return code;
}

TEST(test_where_wal_cannot_be_had_the_rollback_journal_is_used) {
  sqlite3_vfs without = *sqlite3_vfs_find(NULL), *usual = sqlite3_vfs_find(NULL);
  plain_open = usual->xOpen;
  without.zName = "without-shared-memory";
  without.xOpen = open_without_shared_memory;
  const char *path = temporary(t);
  assert_int_equal(sqlite3_vfs_register(&without, 1), SQLITE_OK);
  nangolite *store = open_store(t, path, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "[{\"id\":1},{\"id\":2}]", -1, NULL));
  SAME(feed_of(t, store, issues, NULL), "1 ADDED {'id':1}; 2 ADDED {'id':2}");
  close_store(t, store);
  assert_int_equal(sqlite3_vfs_unregister(&without), SQLITE_OK);
  assert_int_equal(sqlite3_vfs_register(usual, 1), SQLITE_OK);
  SAME(ask_sql(t, path, "PRAGMA journal_mode"), "delete");
}

TEST(test_handles_on_one_file_see_each_other) {
  nangolite *other = open_store(t, t->path, NULL);
  save(t, "Issue", "{'id':1}");
  SAME(feed_of(t, other, issues, NULL), "1 ADDED {'id':1}");
  OK_OF(other, nangolite_records_delete(other, &issues, "{\"id\":1}", -1, NULL));
  SAME(feed(t, "Issue"), "1 DELETED {'id':1}");
  OK_OF(other, nangolite_connection_create(other, "slack", "x"));
  OK(nangolite_records_save(t->store, &(nangolite_scope){"slack", "x", "Message", NULL}, "{\"id\":1}", -1,
                            NULL));
}

TEST(test_a_read_only_store_reads_and_does_not_write) {
  save(t, "Issue", "{'id':1}");
  reopen(t, (&(nangolite_options){.read_only = 1}));
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}");
  assert_int_equal(live(t, "Issue"), 1);
  FAILS(NANGOLITE_READONLY, save_text(t, "{'id':2}"));
  FAILS(NANGOLITE_READONLY, nangolite_records_update(t->store, &issues, "{\"id\":1,\"a\":1}", -1, NULL));
  FAILS(NANGOLITE_READONLY, nangolite_records_delete(t->store, &issues, "{\"id\":1}", -1, NULL));
  FAILS(NANGOLITE_READONLY, nangolite_records_prune(t->store, &issues, NULL, 0, NULL, NULL));
  FAILS(NANGOLITE_READONLY, nangolite_connection_create(t->store, "github", "user-2"));
  FAILS(NANGOLITE_READONLY, nangolite_maintain(t->store, 10, NULL, NULL));
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}");
}

TEST(test_a_read_only_store_must_exist) {
  const char *path = temporary(t);
  expect_open_fails(path, &(nangolite_options){.read_only = 1}, NANGOLITE_IOERR);
  assert_int_not_equal(access(path, F_OK), 0);
}

TEST(test_a_read_only_store_follows_a_writer) {
  nangolite *reader = open_store(t, t->path, (&(nangolite_options){.read_only = 1}));
  save(t, "Issue", "{'id':1}");
  SAME(feed_of(t, reader, issues, NULL), "1 ADDED {'id':1}");
}

/* (On Windows a name has no question mark, and access() does not read UTF-8.) */
TEST(test_a_path_with_odd_characters_is_taken_literally) {
#ifdef _WIN32
  const char *path = format(t, "%s &mode=memory&x=%%41#'", temporary(t));
#else
  const char *path = format(t, "%s ?mode=memory&x=%%41#\xc3\xa9'", temporary(t));
#endif
  close_store(t, open_store(t, path, NULL));
  assert_int_equal(access(path, F_OK), 0);
  unlink(path);
  unlink(format(t, "%s-wal", path));
  unlink(format(t, "%s-shm", path));
}

TEST(test_closing_leaves_one_file) {
  const char *path = temporary(t);
  nangolite *store = open_store(t, path, NULL);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  close_store(t, store);
  assert_int_not_equal(access(format(t, "%s-wal", path), F_OK), 0);
  SAME(ask_sql(t, path, "PRAGMA integrity_check"), "ok");
}

TESTS(MEMORY(test_a_missing_file_becomes_a_store), MEMORY(test_an_empty_file_becomes_a_store),
      MEMORY(test_an_empty_database_becomes_a_store), MEMORY(test_text_is_no_store),
      MEMORY(test_another_programs_database_is_no_store),
      MEMORY(test_another_programs_database_with_a_version_is_no_store),
      MEMORY(test_another_programs_database_in_wal_is_left_as_it_was),
      MEMORY(test_a_newer_store_in_wal_is_left_as_it_was), MEMORY(test_a_newer_schema_is_refused_untouched),
      MEMORY(test_a_store_without_a_version_is_corrupt), MEMORY(test_a_newer_schema_is_refused_when_attached),
      MEMORY(test_a_file_of_a_draft_is_refused_untouched_and_the_message_says_so),
      MEMORY(test_a_file_that_open_made_is_marked_and_an_attached_database_is_not),
      MEMORY(test_a_directory_cannot_be_opened), MEMORY(test_an_empty_filename_is_refused),
      MEMORY(test_null_for_filename_or_store_is_misuse),
      MEMORY(test_an_exclusive_store_that_cannot_be_opened_is_refused),
      MEMORY(test_options_below_their_range_are_refused),
      MEMORY(test_a_handle_keeps_no_more_than_cache_kb_of_the_file),
      MEMORY(test_each_memory_store_is_its_own), ON_FILE(test_records_are_there_after_closing_and_opening),
      ON_FILE(test_a_file_has_wal), MEMORY(test_where_wal_cannot_be_had_the_rollback_journal_is_used),
      ON_FILE(test_handles_on_one_file_see_each_other),
      ON_FILE(test_a_read_only_store_reads_and_does_not_write), MEMORY(test_a_read_only_store_must_exist),
      ON_FILE(test_a_read_only_store_follows_a_writer),
      MEMORY(test_a_path_with_odd_characters_is_taken_literally), MEMORY(test_closing_leaves_one_file))
