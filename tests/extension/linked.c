/* A program with the extension linked in: the connection closes at once, in whatever order it was used, and no memory
** is left. Prints what is wrong; the exit status is then 1. Usage: linked FILE */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nangolite.h"

#define REQUIRE(condition) require((condition), #condition, __LINE__)

static void require(int condition, const char *written, int line) {
  if (condition) return;
  fprintf(stderr, "linked.c:%d: %s\n", line, written);
  exit(1);
}

static sqlite3 *open_file(const char *filename) {
  sqlite3 *db;
  REQUIRE(sqlite3_open(filename, &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL) == SQLITE_OK); /* for speed */
  return db;
}

/* The first column of the first row, or the message of the failure. */
static const char *ask(sqlite3 *db, const char *sql) {
  static char answer[1000];
  sqlite3_stmt *statement;
  answer[0] = '\0';
  int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
    sqlite3_snprintf(sizeof answer, answer, "%s", (const char *)sqlite3_column_text(statement, 0));
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    sqlite3_snprintf(sizeof answer, answer, "%s", sqlite3_errmsg(db));
  sqlite3_finalize(statement);
  return answer;
}

static int says(sqlite3 *db, const char *sql, const char *expected) {
  const char *answer = ask(db, sql);
  if (strstr(answer, expected) == NULL) fprintf(stderr, "%s\n  said: %s\n", sql, answer);
  return strstr(answer, expected) != NULL;
}

static void a_connection_closes_after_use(const char *file) {
  sqlite3 *db = open_file(file);
  REQUIRE(
    says(db, "SELECT nangolite_save('github', 'ada', 'Issue', '[{\"id\":1},{\"id\":2}]')", "\"added\":2"));
  REQUIRE(says(db, "SELECT group_concat(id) FROM nango_records('github', 'ada', 'Issue')", "1,2"));
  REQUIRE(says(db, "SELECT nangolite('GET', '/connections')", "\"connection_id\":\"ada\""));
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
}

static void a_connection_closes_that_has_used_only_a_function(const char *file) {
  sqlite3 *db = open_file(file);
  REQUIRE(says(db, "SELECT nangolite_delete('github', 'ada', 'Issue', '{\"id\":2}')", "\"deleted\":1"));
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
}

static void a_connection_closes_that_has_used_nothing(const char *file) {
  REQUIRE(sqlite3_close(open_file(file)) == SQLITE_OK);
}

static void a_connection_closes_after_a_failure(const char *file) {
  sqlite3 *db = open_file(":memory:");
  REQUIRE(says(db, "SELECT nangolite('GET', '/connections')", "the database has no nangolite store"));
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
  db = open_file(file);
  REQUIRE(
    says(db, "SELECT nangolite_save('github', 'ada', 'Issue', 'no JSON')", "expected an array of objects"));
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
}

/* A table of the user's own may have the name of ours. */
static void a_connection_closes_where_a_table_has_our_name(void) {
  sqlite3 *db = open_file(":memory:");
  REQUIRE(says(db, "CREATE TABLE nango_syncs (mine)", ""));
  REQUIRE(says(db, "SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":1}')", "\"added\":1"));
  REQUIRE(says(db, "SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":1}')", "\"unchanged\":1"));
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
}

/* While a statement of the caller's is open, it does not close, as always; the functions go on working. */
static void a_connection_with_an_open_statement_closes_after_it(const char *file) {
  sqlite3 *db = open_file(file);
  sqlite3_stmt *reading;
  const char *sql = "SELECT id FROM nango_records('github', 'ada', 'Issue')";
  REQUIRE(sqlite3_prepare_v2(db, sql, -1, &reading, NULL) == SQLITE_OK);
  REQUIRE(sqlite3_step(reading) == SQLITE_ROW);
  REQUIRE(sqlite3_close(db) == SQLITE_BUSY);
  REQUIRE(says(db, "SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":3}')", "\"added\":1"));
  REQUIRE(sqlite3_step(reading) == SQLITE_ROW);
  sqlite3_finalize(reading);
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
  db = open_file(file);
  REQUIRE(sqlite3_prepare_v2(db, sql, -1, &reading, NULL) == SQLITE_OK);
  REQUIRE(sqlite3_step(reading) == SQLITE_ROW);
  REQUIRE(sqlite3_close_v2(db) == SQLITE_OK); /* which waits for the statement */
  sqlite3_finalize(reading);
}

/* Old versions of SQLite refuse the second time. */
static void entering_twice_harms_nothing(const char *file) {
  sqlite3 *db = open_file(file);
  char *message = NULL;
  REQUIRE(says(db, "SELECT count(*) FROM nango_records('github', 'ada', 'Issue')", "3"));
  sqlite3_nangolite_init(db, &message, NULL);
  sqlite3_free(message);
  REQUIRE(says(db, "SELECT count(*) FROM nango_records('github', 'ada', 'Issue')", "3"));
  REQUIRE(sqlite3_close(db) == SQLITE_OK);
}

/* The library's own handles have the functions as well, and close as before. */
static void a_store_opens_and_closes(const char *file) {
  nangolite *store;
  REQUIRE(nangolite_open(file, NULL, &store) == NANGOLITE_OK);
  REQUIRE(nangolite_connection_create(store, "github", "grace") == NANGOLITE_OK);
  nangolite_close(store);
}

/* Where memory fails at one place or another, the statement fails, and nothing is left. */
static int fail_at = -1;
static sqlite3_mem_methods real;

static void *failing_malloc(int size) {
  if (fail_at >= 0 && fail_at-- == 0) return NULL;
  return real.xMalloc(size);
}

static void *failing_realloc(void *memory, int size) {
  if (fail_at >= 0 && fail_at-- == 0) return NULL;
  return real.xRealloc(memory, size);
}

static void memory_may_fail(const char *file) {
  static const char *const statements[] = {
    "SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":3}')",
    "SELECT group_concat(id) FROM nango_records('github', 'ada', 'Issue') WHERE cursor > "
    "'MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3'",
    "SELECT group_concat(id) FROM (SELECT id FROM nango_records('github', 'ada', 'Issue') ORDER BY cursor DESC)",
    "SELECT payload FROM nango_records('github', 'ada', 'Issue') WHERE id = '3'",
    "SELECT count(*) FROM nango_syncs()",
    "SELECT nangolite('GET', '/connections')",
  };
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    int is_through = 0;
    for (int at = 0; !is_through; at += 3) {
      sqlite3 *db = open_file(file);
      fail_at = at;
      ask(db, statements[i]);
      is_through = fail_at >= 0;
      fail_at = -1;
      REQUIRE(sqlite3_close(db) == SQLITE_OK);
    }
  }
}

int main(int count, char **arguments) {
  const char *file = count > 1 ? arguments[1] : "linked.db";
  REQUIRE(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) == SQLITE_OK);
  sqlite3_mem_methods failing = real;
  failing.xMalloc = failing_malloc;
  failing.xRealloc = failing_realloc;
  REQUIRE(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK);
  REQUIRE(sqlite3_auto_extension((void (*)(void))sqlite3_nangolite_init) == SQLITE_OK);
  a_connection_closes_after_use(file);
  a_connection_closes_that_has_used_only_a_function(file);
  a_connection_closes_that_has_used_nothing(file);
  a_connection_closes_after_a_failure(file);
  a_connection_closes_where_a_table_has_our_name();
  a_connection_with_an_open_statement_closes_after_it(file);
  entering_twice_harms_nothing(file);
  a_store_opens_and_closes(file);
  memory_may_fail(file);
  sqlite3_reset_auto_extension();
  REQUIRE(sqlite3_memory_used() == 0);
  return 0;
}
