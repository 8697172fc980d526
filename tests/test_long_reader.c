/* The write-ahead log: bounded once no reader needs it any more, and left alone for a tool that replicates it. */
#include "syncs.h"

#include <sys/stat.h>
#include <time.h>

#define MEGABYTES(n) ((int64_t)(n) << 20)

static int64_t size_of(test *t, const char *ending) {
  struct stat found;
  return stat(format(t, "%s%s", t->path, ending), &found) == 0 ? (int64_t)found.st_size : 0;
}

/* One record of so many kilobytes. */
static void save_large(test *t, int id, size_t kilobytes) {
  char *json = malloc(kilobytes * 1024 + 100);
  int at = sprintf(json, "{\"id\":%d,\"text\":\"", id);
  memset(json + at, 'x', kilobytes * 1024);
  strcpy(json + at + kilobytes * 1024, "\"}");
  OK(nangolite_records_save(t->store, &issues, json, -1, NULL));
  free(json);
}

static void maintain_all(test *t) {
  int64_t pruned = 1, deleted = 1;
  while (pruned + deleted > 0) OK(nangolite_maintain(t->store, 1000, &pruned, &deleted));
}

/* Another program's connection, in a transaction that has read. */
static sqlite3 *begin_reading(test *t) {
  sqlite3 *reader;
  assert_int_equal(sqlite3_open(t->path, &reader), SQLITE_OK);
  const char *sql = "BEGIN; SELECT count(*) FROM nango_record";
  assert_int_equal(sqlite3_exec(reader, sql, NULL, NULL, NULL), SQLITE_OK);
  return reader;
}

static void end_reading(sqlite3 *reader) {
  assert_int_equal(sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_close(reader), SQLITE_OK);
}

TEST(test_the_log_is_under_8_mb_once_no_reader_needs_it_and_maintain_finds_nothing_left) {
  save(t, "Label", "{'id':1}");
  sqlite3 *reader = begin_reading(t);
  for (int id = 0; id < 24; id++) save_large(t, id, 512);
  maintain_all(t);
  assert_true(size_of(t, "-wal") > MEGABYTES(12)); /* the reader needs it */
  end_reading(reader);
  maintain_all(t);
  assert_true(size_of(t, "-wal") < MEGABYTES(8));
  assert_int_equal(live(t, "Issue"), 24);
}

TEST(test_saves_alone_cut_the_log_off_as_well) {
  sqlite3 *reader = begin_reading(t);
  for (int id = 0; id < 24; id++) save_large(t, id, 512);
  end_reading(reader);
  save_large(t, 0, 513);
  save_large(t, 0, 514);
  assert_true(size_of(t, "-wal") < MEGABYTES(8));
}

TEST(test_cutting_the_log_off_waits_for_nobody) {
  sqlite3 *reader = begin_reading(t);
  for (int id = 0; id < 24; id++) save_large(t, id, 512);
  time_t start = time(NULL);
  for (int n = 0; n < 3; n++) maintain_all(t);
  assert_true(time(NULL) - start < 12); /* three busy timeouts are 15 seconds */
  end_reading(reader);
}

/* Skips the test with an SQLite that checkpoints whenever a file is closed, where the open says which it is. */
static int can_leave_checkpoints(test *t) {
  nangolite *store = NULL;
  if (sqlite3_libversion_number() >= 3016000) return 1;
  int result = nangolite_open(t->path, &(nangolite_options){.leave_checkpoints = 1}, &store);
  FAILS_OF(store, NANGOLITE_MISUSE, result);
  assert_non_null(strstr(nangolite_errmsg(store), sqlite3_libversion()));
  nangolite_close(store);
  return 0;
}

TEST(test_a_store_that_leaves_checkpoints_never_takes_its_log_over) {
  if (!can_leave_checkpoints(t)) SKIP("this SQLite cannot leave checkpoints to others (3.16)");
  reopen(t, (&(nangolite_options){.leave_checkpoints = 1}));
  int64_t before = size_of(t, "");
  for (int id = 0; id < 24; id++) save_large(t, id, 512);
  maintain_all(t);
  assert_int_equal(size_of(t, ""), before);
  assert_true(size_of(t, "-wal") > MEGABYTES(12));
  close_store(t, t->store);
  assert_int_equal(size_of(t, ""), before);
  assert_true(size_of(t, "-wal") > MEGABYTES(12));
  t->store = open_store(t, t->path, NULL);
  assert_int_equal(live(t, "Issue"), 24);
}

TESTS(ON_FILE(test_the_log_is_under_8_mb_once_no_reader_needs_it_and_maintain_finds_nothing_left),
      ON_FILE(test_saves_alone_cut_the_log_off_as_well), ON_FILE(test_cutting_the_log_off_waits_for_nobody),
      ON_FILE(test_a_store_that_leaves_checkpoints_never_takes_its_log_over))
