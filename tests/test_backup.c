/* nangolite_backup(): a sound copy of a store that is in use. */
#include <pthread.h>
#include <stdatomic.h>

#include "syncs.h"

/* A copy is sound, and its feed of Issue is this. */
static void expect_copy(test *t, const char *path, const char *expected) {
  nangolite *copy = open_store(t, path, NULL);
  char *reason = NULL;
  OK_OF(copy, nangolite_check(copy, &reason));
  assert_null(reason);
  SAME(feed_of(t, copy, scope("Issue"), NULL), expected);
  close_store(t, copy);
}

static int is_there(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file != NULL) fclose(file);
  return file != NULL;
}

TEST(test_a_backup_is_a_store_with_the_same_content) {
  const char *path = temporary(t);
  save(t, "Issue", "[{'id':1,'a':'b'},{'id':2}]");
  delete (t, "Issue", "[{'id':2}]");
  OK(nangolite_env_set(t->store, "TOKEN", "x"));
  OK(nangolite_backup(t->store, path));
  save(t, "Issue", "[{'id':3}]");
  expect_copy(t, path, "1 ADDED {'id':1,'a':'b'}; 2 DELETED {'id':2}");
  nangolite *copy = open_store(t, path, NULL);
  char *value = NULL;
  OK_OF(copy, nangolite_env_get(copy, "TOKEN", &value));
  SAME(taken(t, value), "x");
  assert_true(nangolite_last_change(copy) < nangolite_last_change(t->store));
}

TEST(test_an_empty_store_can_be_backed_up) {
  const char *path = temporary(t);
  OK(nangolite_backup(t->store, path));
  expect_copy(t, path, "");
}

TEST(test_an_existing_file_is_refused_and_left_as_it_is) {
  const char *path = temporary(t), *other = temporary(t);
  FILE *file = fopen(path, "wb");
  fputs("mine", file);
  fclose(file);
  FAILS(NANGOLITE_INVALID, nangolite_backup(t->store, path));
  SAYS("filename");
  char content[8] = "";
  file = fopen(path, "rb");
  assert_int_equal(fread(content, 1, sizeof content, file), 4);
  fclose(file);
  assert_string_equal(content, "mine");
  fclose(fopen(other, "wb"));
  FAILS(NANGOLITE_INVALID, nangolite_backup(t->store, other));
}

TEST(test_a_backup_onto_itself_is_refused) {
  save(t, "Issue", "[{'id':1}]");
  FAILS(NANGOLITE_INVALID, nangolite_backup(t->store, t->path));
  FEED(t, "Issue", "1 ADDED {'id':1}");
}

TEST(test_what_names_no_file_is_refused) {
  FAILS(NANGOLITE_INVALID, nangolite_backup(t->store, ""));
  FAILS(NANGOLITE_INVALID, nangolite_backup(t->store, ":memory:"));
  FAILS(NANGOLITE_INVALID, nangolite_backup(t->store, "memory:copy"));
  FAILS(NANGOLITE_MISUSE, nangolite_backup(t->store, NULL));
  assert_int_equal(nangolite_backup(NULL, "x"), NANGOLITE_MISUSE);
  FAILS(NANGOLITE_IOERR, nangolite_backup(t->store, format(t, "%s/none/such", temporary(t))));
}

TEST(test_a_backup_inside_the_callers_transaction_is_misuse) {
  const char *path = temporary(t);
  assert_int_equal(sqlite3_exec(t->db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
  FAILS(NANGOLITE_MISUSE, nangolite_backup(t->store, path));
  assert_false(is_there(path));
  assert_int_equal(sqlite3_exec(t->db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  OK(nangolite_backup(t->store, path));
}

TEST(test_of_an_attached_store_the_whole_database_is_copied) {
  const char *path = temporary(t);
  sqlite3 *copy;
  assert_int_equal(sqlite3_exec(t->db, "CREATE TABLE mine (x)", NULL, NULL, NULL), SQLITE_OK);
  save(t, "Issue", "[{'id':1}]");
  OK(nangolite_backup(t->store, path));
  assert_int_equal(sqlite3_open(path, &copy), SQLITE_OK);
  assert_int_equal(sqlite3_exec(copy, "SELECT * FROM mine", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(copy);
  expect_copy(t, path, "1 ADDED {'id':1}");
}

TEST(test_a_backup_of_a_store_opened_for_reading) {
  const char *path = temporary(t);
  nangolite_options options = {.read_only = 1};
  save(t, "Issue", "[{'id':1}]");
  reopen(t, &options);
  OK(nangolite_backup(t->store, path));
  expect_copy(t, path, "1 ADDED {'id':1}");
}

TEST(test_a_run_in_progress_is_so_in_the_backup_until_its_lease_ends) {
  const char *path = temporary(t);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = NULL, *other = NULL;
  OK(nangolite_run_next(t->store, &run));
  OK(nangolite_backup(t->store, path));
  nangolite *copy = open_store(t, path, NULL);
  nangolite_clock_set(copy, nangolite_now(t->store));
  OK_OF(copy, nangolite_run_next(copy, &other));
  assert_null(other);
  nangolite_clock_advance(copy, HOURS(2));
  OK_OF(copy, nangolite_run_next(copy, &other));
  assert_non_null(other);
  OK_OF(copy, nangolite_run_finish(other, NULL, NULL));
  OK(nangolite_run_finish(run, NULL, NULL));
}

/* A writer that does not rest: every save adds three records at once. */
typedef struct writing {
  const char *path;
  atomic_int stop, failed;
} writing;

static void *write_on(void *given) {
  writing *w = given;
  nangolite *store = NULL;
  int result = nangolite_open(w->path, NULL, &store);
  for (int i = 0; !w->stop && result == NANGOLITE_OK; i++) {
    char json[128];
    snprintf(json, sizeof json, "[{\"id\":\"%d-a\"},{\"id\":\"%d-b\"},{\"id\":\"%d-c\"}]", i, i, i);
    result = nangolite_records_save(store, &issues, json, -1, NULL);
  }
  w->failed = result;
  nangolite_close(store);
  return NULL;
}

TEST(test_a_backup_while_another_thread_writes_is_one_moment) {
  writing w = {.path = t->path};
  pthread_t writer;
  save(t, "Issue", format(t, "[{'id':'large','a':'%0500000d'}]", 0));
  assert_int_equal(pthread_create(&writer, NULL, write_on, &w), 0);
  for (int i = 0; i < 8; i++) {
    const char *path = temporary(t);
    int64_t live;
    char *reason = NULL;
    OK(nangolite_backup(t->store, path));
    nangolite *copy = open_store(t, path, NULL);
    OK_OF(copy, nangolite_check(copy, &reason));
    assert_null(reason);
    OK_OF(copy, nangolite_records_count(copy, &issues, &live, NULL));
    assert_int_equal(live % 3, 1);
    close_store(t, copy);
  }
  w.stop = 1;
  pthread_join(writer, NULL);
  assert_int_equal(w.failed, NANGOLITE_OK);
}

TESTS(EVERYWHERE(test_a_backup_is_a_store_with_the_same_content),
      MEMORY(test_an_empty_store_can_be_backed_up),
      MEMORY(test_an_existing_file_is_refused_and_left_as_it_is),
      ON_FILE(test_a_backup_onto_itself_is_refused), MEMORY(test_what_names_no_file_is_refused),
      ATTACHED(test_a_backup_inside_the_callers_transaction_is_misuse),
      ATTACHED(test_of_an_attached_store_the_whole_database_is_copied),
      ON_FILE(test_a_backup_of_a_store_opened_for_reading),
      MEMORY(test_a_run_in_progress_is_so_in_the_backup_until_its_lease_ends),
      ON_FILE(test_a_backup_while_another_thread_writes_is_one_moment))
