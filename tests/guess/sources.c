/* sources.c: sources that send their records again, changed, moved, reformatted, more than once, in and out of delete
** windows; after each call what it answered, and in the end of each source all that is stored. tests/slow/guess.sh runs it with
** the guess and without, and compares the two.
**
**   sources FIRST COUNT     the sources with the numbers FIRST, FIRST + 1, ... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "nangolite.h"

enum { RECORDS_MAX = 420, TEXT_MAX = 400, STEPS = 24, JSON_MAX = RECORDS_MAX * 2 * TEXT_MAX };

typedef struct record {
  int id, revision, size, format, quotes_id;
} record;

static uint64_t state;
static record source[RECORDS_MAX];
static int count, next_id;
static char json[JSON_MAX];

static unsigned below(unsigned limit) {
  state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t z = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (unsigned)((z ^ z >> 31) % limit);
}

static int one_in(unsigned n) {
  return below(n) == 0;
}

/* ---- the source ---- */

static void add_records(int more) {
  for (; more > 0 && count < RECORDS_MAX; more--) {
    int at = one_in(2) ? count : (int)below((unsigned)count + 1);
    memmove(source + at + 1, source + at, (size_t)(count - at) * sizeof *source);
    source[at] = (record){next_id++, 1, (int)below(4) * 20, 0, 0};
    count++;
  }
}

static void drop_records(unsigned per) {
  int kept = 0;
  for (int i = 0; i < count; i++) {
    if (!one_in(per)) source[kept++] = source[i];
  }
  count = kept;
}

static void change_records(unsigned per) {
  for (int i = 0; i < count; i++) source[i].revision += one_in(per);
}

static void reformat_records(unsigned per, int format) {
  for (int i = 0; i < count; i++) {
    if (one_in(per)) source[i].format = format;
    if (one_in(8 * per)) source[i].quotes_id = !source[i].quotes_id;
  }
}

static void shuffle_records(void) {
  for (int i = count - 1; i > 0; i--) {
    int other = (int)below((unsigned)i + 1);
    record moved = source[i];
    source[i] = source[other];
    source[other] = moved;
  }
}

/* The last ones to the front, as sources do that list by the time of the last change. */
static void rotate_records(void) {
  static record moved[RECORDS_MAX];
  int by = count == 0 ? 0 : (int)below((unsigned)count);
  for (int i = 0; i < count; i++) moved[(i + by) % count] = source[i];
  memcpy(source, moved, (size_t)count * sizeof *source);
}

/* Every third id is a number, which is written as a string at times. */
static size_t write_record(const record *r, char *to) {
  static const char filler[] =
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
  static const char *const formats[] = {
    "{\"id\":%s%d%s,\"revision\":%d,\"text\":\"%.*s\",\"labels\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
    "{ \"id\": %s%d%s, \"revision\": %d, \"text\": \"%.*s\", \"labels\": [ {\"name\":\"a\"}, {\"name\":\"b\"} ] }",
    "{\"_nango_metadata\":{\"x\":{}},\"id\":%s%d%s,\"revision\":%d,\"text\":\"%.*s\",\"labels\":[{\"name\":\"a\"},"
    "{\"name\":\"b\"}]}",
    "{\"id\":%s%d%s,\"labels\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"revision\":%d,\"text\":\"%.*s\"}"};
  int is_number = r->id % 3 == 0 && !r->quotes_id;
  const char *start = r->id % 3 == 0 ? "\"" : r->id % 7 == 0 ? "\"\\u0061" : "\"a";
  const char *quote = is_number ? "" : start, *end = is_number ? "" : "\"";
  return (size_t)sprintf(to, formats[r->format], quote, r->id, end, r->revision, r->size, filler);
}

/* Some records once more, some of these changed in between. */
static size_t write_records(int from, int to, unsigned again_per) {
  size_t at = 0;
  json[at++] = '[';
  for (int i = from; i < to; i++) {
    record r = source[i];
    at += write_record(&r, json + at);
    json[at++] = ',';
    if (again_per == 0 || !one_in(again_per)) continue;
    r = source[below((unsigned)count)];
    r.revision += (int)below(2);
    at += write_record(&r, json + at);
    json[at++] = ',';
  }
  if (at > 1) at--;
  json[at++] = ']';
  json[at] = '\0';
  return at;
}

/* ---- the store ---- */

static sqlite3 *db;
static nangolite *store;
static nangolite_run *run;
static const nangolite_scope issues = {"github", "user", "Issue", NULL};

static void say(const char *what, int result, const nangolite_changes *c) {
  printf("%s: %s: %s", what, nangolite_result_name(result),
         result == NANGOLITE_OK ? "" : nangolite_errmsg(store));
  if (c != NULL)
    printf("%lld added, %lld updated, %lld deleted, %lld unchanged, %lld skipped, %lld duplicates",
           (long long)c->added, (long long)c->updated, (long long)c->deleted, (long long)c->unchanged,
           (long long)c->skipped, (long long)c->duplicates);
  printf("\n");
}

static void need(int result) {
  if (result == NANGOLITE_OK) return;
  printf("failed: %s\n", nangolite_errmsg(store));
  exit(1);
}

static void send(size_t length, int is_update) {
  nangolite_changes changes;
  int in_run = run != NULL && one_in(2), result;
  if (one_in(12)) length -= below((unsigned)length); /* a text that ends too early is refused as a whole */
  if (is_update) result = nangolite_records_update(store, &issues, json, (int64_t)length, &changes);
  else if (in_run) result = nangolite_run_save(run, "Issue", json, (int64_t)length, &changes);
  else result = nangolite_records_save(store, &issues, json, (int64_t)length, &changes);
  say(is_update ? "update" : in_run ? "save in run" : "save", result, &changes);
}

static void send_all(int is_update) {
  int batch = 1 + (int)below(one_in(2) ? 20 : 500);
  unsigned again_per = one_in(3) ? 2 + below(20) : 0;
  for (int i = 0; i < count; i += batch)
    send(write_records(i, i + batch < count ? i + batch : count, again_per), is_update);
}

static void delete_some(void) {
  nangolite_changes changes;
  int from = (int)below((unsigned)count + 1), to = from + (int)below(30);
  size_t length = write_records(from, to < count ? to : count, 0);
  say("delete", nangolite_records_delete(store, &issues, json, (int64_t)length, &changes), &changes);
}

static void track(void) {
  static const char *const names[] = {"issues"};
  nangolite_changes changes = {0};
  int result;
  if (run == NULL) {
    need(nangolite_sync_trigger(store, "github", "user", names, 1, 0));
    need(nangolite_run_next(store, &run));
    if (one_in(3)) need(nangolite_run_set_merging(run, "Issue", "ignore_if_modified_after"));
    need(nangolite_run_track_deletes_start(run, "Issue"));
    return;
  }
  result = nangolite_run_track_deletes_end(run, "Issue", &changes);
  say("end of the window", result, &changes);
  need(nangolite_run_finish(run, NULL, NULL));
  run = NULL;
}

static void step(void) {
  int64_t pruned = 0;
  switch (below(16)) {
    case 0: add_records((int)below(60)); break;
    case 1: drop_records(2 + below(20)); break;
    case 2:
    case 3: change_records(2 + below(30)); break;
    case 4: shuffle_records(); break;
    case 5: rotate_records(); break;
    case 6:
    case 7: reformat_records(1 + below(3), (int)below(4)); break;
    case 8: delete_some(); break;
    case 9: need(nangolite_records_prune(store, &issues, NULL, 1 + below(50), &pruned, NULL)); break;
    case 10:
    case 11: track(); break;
    case 12: send_all(1); break;
    default: break;
  }
  send_all(0);
  nangolite_clock_advance(store, (int64_t)below(1000));
}

/* ---- one source ---- */

static void execute(const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK) return;
  printf("%s: %s\n", sql, sqlite3_errmsg(db));
  exit(1);
}

static void print_rows(const char *sql) {
  sqlite3_stmt *statement = NULL;
  sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
      const unsigned char *bytes = sqlite3_column_blob(statement, i);
      int length = sqlite3_column_bytes(statement, i),
          is_blob = sqlite3_column_type(statement, i) == SQLITE_BLOB;
      for (int j = 0; j < length; j++) printf(is_blob ? "%02x" : "%c", bytes[j]);
      printf("|");
    }
    printf("\n");
  }
  sqlite3_finalize(statement);
}

static void print_store(void) {
  print_rows("SELECT * FROM nango_collection");
  print_rows("SELECT * FROM nango_identity");
  print_rows("SELECT * FROM nango_entry");
  print_rows("SELECT * FROM nango_alternate");
  print_rows(
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, deleted_at, writer IS NULL, payload"
    " FROM nango_record"); /* numbers of runs are random */
  print_rows("SELECT * FROM nango_seen");
  print_rows("SELECT last_stamp FROM nango_store");
}

/* Every other source is sent to a store that does as Nango's. */
static void run_source(uint64_t number) {
  const nangolite_options options = {.as_nango = number % 2 == 0};
  static const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour",
                         .manual_start = 1};
  char *reason = NULL;
  state = number;
  count = 0;
  next_id = 1;
  run = NULL;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) exit(1);
  need(nangolite_attach(db, &options, &store));
  execute("UPDATE nango_store SET key0 = 1, key1 = 2");
  nangolite_clock_set(store, 1705314600000000);
  need(nangolite_connection_create(store, "github", "user"));
  need(nangolite_sync_define(store, &sync));
  add_records((int)below(RECORDS_MAX / 2));
  printf("source %llu%s\n", (unsigned long long)number, options.as_nango ? " as Nango" : "");
  send_all(0);
  for (int i = 0; i < STEPS; i++) step();
  if (run != NULL) track();
  need(nangolite_check(store, &reason));
  printf("check: %s\n", reason == NULL ? "sound" : reason);
  nangolite_free(reason);
  print_store();
  nangolite_close(store);
  sqlite3_close(db);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  for (uint64_t i = 0; i < strtoull(argv[2], NULL, 10); i++) run_source(strtoull(argv[1], NULL, 10) + i);
  return 0;
}
