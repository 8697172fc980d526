/* store FILE [WHAT]: makes the store that tests/tools.sh looks at, or does WHAT to one, as another process
** would:   hostile   makes one in which the texts of records, errors and metadata try what they can do to a
** terminal   change    saves a record   many      saves what standard input holds   old       makes one in
** which all is 40 days old   unsound   changes a count */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "nangolite.h"

/* Escape sequences, C1, DEL, right-to-left override, zero width and a tag, raw where JSON allows it, else
** escaped. */
#define ATTACK                                                                                               \
  "\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\xc2\x9b"                                                       \
  "31m\x7f\xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x80\xa0"
#define RAW_ATTACK                                                                                           \
  "\x1b[2J\x1b]0;owned\x07\xc2\x9b"                                                                          \
  "31m\x7f\xe2\x80\xae\xff\r\n\t"
#define WIDE "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97"

static nangolite *store;
static int is_hostile;

static void need(int result) {
  if (result != NANGOLITE_OK) fprintf(stderr, "store: %s\n", nangolite_errmsg(store));
}

static int save_issues(nangolite_run *run, void *user) {
  static const char plain[] =
    "[{\"id\": \"1\", \"title\": \"" WIDE "\"}, {\"id\": 2, \"title\": \"b\",\n \"open\": true}]";
  static const char hostile[] = "[{\"id\": \"1" ATTACK "\", \"title\": \"" ATTACK WIDE "\"}, {\"id\": 2}]";
  (void)user;
  need(nangolite_run_checkpoint_save(run, is_hostile ? "{\"at\": \"" ATTACK "\"}" : "{\"at\": 7}"));
  return nangolite_run_save(run, "Issue", is_hostile ? hostile : plain, -1, NULL);
}

static int fail_pulls(nangolite_run *run, void *user) {
  (void)user;
  need(nangolite_run_fail(
    run, "network", is_hostile ? RAW_ATTACK : "GET /pulls?page=2 was answered with 503: try again later"));
  return NANGOLITE_ERROR;
}

static void define(const char *key, const char *name, const char *model, nangolite_sync_fn exec) {
  const char *models[] = {model};
  nangolite_sync sync = {.provider_config_key = key,
                         .name = name,
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour",
                         .max_retries = 2,
                         .retry_after_s = 600,
                         .exec = exec};
  need(nangolite_sync_define(store, &sync));
}

static void make(int64_t now) {
  const char *pulls[] = {"pulls"}, *notes[] = {"notes"};
  int64_t minute = INT64_C(60) * 1000000;
  nangolite_clock_set(store, now - 150 * minute);
  define("github", "issues", "Issue", save_issues);
  define("github", "pulls", "Pull", fail_pulls);
  define("notion", "notes", "Note", save_issues);
  need(nangolite_connection_create(store, "github", "ada"));
  need(nangolite_connection_create(store, "github", "grace"));
  need(nangolite_connection_create(store, "notion", "ada"));
  need(nangolite_metadata_set(store, "github", "ada",
                              is_hostile ? "{\"team\": \"" ATTACK "\"}" : "{\"team\": 7}", 0));
  need(nangolite_variant_create(store, "github", "ada", "issues", "eu"));
  need(nangolite_sync_pause(store, "notion", "ada", notes, 1));
  need(nangolite_sync_pause(store, "github", "grace", pulls, 1));
  need(nangolite_run_until(store, now - 20 * minute, NULL));
  need(nangolite_records_delete(store, &(nangolite_scope){"github", "grace", "Issue", NULL}, "{\"id\": 2}",
                                -1, NULL));
}

static void save(const char *json) {
  need(nangolite_records_save(store, &(nangolite_scope){"github", "ada", "Issue", NULL}, json, -1, NULL));
}

static void save_input(void) {
  static char json[1 << 20];
  json[fread(json, 1, sizeof json - 1, stdin)] = '\0';
  save(json);
}

static void execute(const char *file, const char *sql) {
  sqlite3 *db;
  if (sqlite3_open(file, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
    fprintf(stderr, "store: %s: %s\n", sql, sqlite3_errmsg(db));
  }
  sqlite3_close(db);
}

int main(int count, char **words) {
  const char *what = count > 2 ? words[2] : "";
  int64_t now = (int64_t)time(NULL) * 1000000;
  if (count < 2) return 2;
  is_hostile = strcmp(what, "hostile") == 0;
  need(nangolite_open(words[1], NULL, &store));
  if (count == 2 || is_hostile) make(now);
  if (strcmp(what, "old") == 0) make(now - 40 * 86400 * INT64_C(1000000));
  if (strcmp(what, "change") == 0) save("{\"id\": 3}");
  if (strcmp(what, "many") == 0) save_input();
  nangolite_close(store);
  if (strcmp(what, "unsound") == 0) execute(words[1], "UPDATE nango_collection SET added = added + 1");
  return 0;
}
