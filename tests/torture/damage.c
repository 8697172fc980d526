/* damage: files with damage drawn at random, and every public function on each of them: none may crash, hang or be
** read outside of its memory, and a repair either makes the file sound or refuses it.
**
**   damage -n 1000 [-s SEED]    that many files, each in a process of its own; prints a summary
**   damage -i NUMBER            one of them again, in this process, for a debugger
**   damage -k NUMBER FILE       writes that damaged file to FILE
**   damage FILE...              the same calls on files
**
** Number and seed say it all: the same damage comes again. It is to be compiled with ASan and UBSan. A file that
** takes more than two seconds of CPU counts as one that hangs. */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "nangolite.h"

#define DAY INT64_C(86400000000)
#define NOW INT64_C(1705314600000000) /* 2024-01-15T10:30:00Z */

enum { HANGS_AFTER_S = 2, BASES = 3, RESULT_MAX = 64 };

typedef struct bytes {
  unsigned char *at;
  size_t length;
} bytes;

static const char *folder;         /* of the files, removed in the end */
static uint64_t random_state;      /* of the damage at hand */
static bytes bases[BASES];         /* sound files */
static const char *step = "begin"; /* what is being done, for the report of a crash */

static void give_up(const char *what) {
  fprintf(stderr, "damage: %s: %s\n", what, strerror(errno));
  exit(2);
}

static uint64_t draw(uint64_t below) {
  random_state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
  uint64_t z = random_state;
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (z ^ (z >> 31)) % below;
}

static const char *in_folder(const char *name) {
  static char paths[4][512];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static bytes read_file(const char *path) {
  bytes all = {NULL, 0};
  FILE *file = fopen(path, "rb");
  if (file == NULL) give_up(path);
  fseek(file, 0, SEEK_END);
  all.length = (size_t)ftell(file);
  rewind(file);
  all.at = malloc(all.length + 1);
  if (all.at == NULL || fread(all.at, 1, all.length, file) != all.length) give_up(path);
  fclose(file);
  return all;
}

static void write_file(const char *path, bytes all) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(all.at, 1, all.length, file) != all.length || fclose(file) != 0) give_up(path);
}

static void remove_database(const char *name) {
  static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
  char path[512];
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    snprintf(path, sizeof path, "%s%s", in_folder(name), ends[i]);
    unlink(path);
  }
}

/* ---- the sound files ----------------------------------------------------------------------------------- */

static const nangolite_scope issues = {"github", "user-1", "Issue", NULL};
static const nangolite_scope labels = {"github", "user-1", "Label", "copy"};

static void must(nangolite *store, int result, const char *what) {
  if (result == NANGOLITE_OK) return;
  fprintf(stderr, "damage: %s: %s\n", what, nangolite_errmsg(store));
  exit(2);
}

#define MUST(call) must(store, call, #call)

static int exec(nangolite_run *run, void *ctx) {
  (void)ctx;
  nangolite_run_save(run, "Issue", "[{\"id\":1,\"n\":2},{\"id\":\"from a run\"}]", -1, NULL);
  return NANGOLITE_OK;
}

static int define(nangolite *store, int has_function) {
  static const char *const models[] = {"Issue", "Label"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 2,
                         .frequency = "every hour",
                         .max_retries = 2,
                         .max_delete_percent = 90,
                         .exec = has_function ? exec : NULL};
  return nangolite_sync_define(store, &sync);
}

static void save_many(nangolite *store, const nangolite_scope *scope, int from, int to, int version,
                      int width) {
  char *json = malloc((size_t)(to - from) * (size_t)(width + 80) + 10);
  size_t length = 0;
  if (json == NULL) give_up("malloc");
  for (int i = from; i < to; i++)
    length += (size_t)sprintf(json + length, "%c{\"id\":%d,\"version\":%d,\"text\":\"%0*d\"}",
                              i == from ? '[' : ',', i, version, width, i);
  strcpy(json + length, "]");
  MUST(nangolite_records_save(store, scope, json, -1, NULL));
  free(json);
}

/* Records in every state, an alternate, a run in progress with a window, kept runs, a variant, metadata. */
static void fill(nangolite *store, int records, int width) {
  nangolite_run *run = NULL;
  MUST(nangolite_connection_create(store, "github", "user-1"));
  MUST(nangolite_connection_create(store, "github", "user-2"));
  MUST(nangolite_metadata_set(store, "github", "user-1", "{\"team\":7}", 0));
  MUST(nangolite_env_set(store, "TOKEN", "secret"));
  MUST(define(store, 0));
  MUST(nangolite_variant_create(store, "github", "user-1", "issues", "copy"));
  save_many(store, &issues, 0, records, 0, width);
  save_many(store, &issues, 0, records / 4, 1, width);
  MUST(nangolite_records_delete(store, &issues, "[{\"id\":3},{\"id\":\"never\"}]", -1, NULL));
  MUST(nangolite_records_prune(store, &issues, NULL, records / 5, NULL, NULL));
  MUST(nangolite_records_delete(store, &issues, "[{\"id\":5}]", -1, NULL));
  MUST(nangolite_records_save(store, &issues, "[{\"text\" : \"a\" ,\"id\":\"x\"}]", -1, NULL));
  MUST(nangolite_records_save(store, &issues, "[{\"id\":\"x\",\"text\":\"a\"}]", -1, NULL));
  save_many(store, &labels, 0, records / 3 + 1, 0, width / 2);
  MUST(nangolite_run_claim(store, "github", "user-2", "issues", NULL, &run));
  MUST(nangolite_run_finish(run, "script_error", "no such host"));
  MUST(nangolite_run_claim(store, "github", "user-1", "issues", NULL, &run));
  MUST(nangolite_run_track_deletes_start(run, "Issue"));
  MUST(nangolite_run_save(run, "Issue", "[{\"id\":1,\"n\":1},{\"id\":2,\"n\":1}]", -1, NULL));
  MUST(nangolite_run_checkpoint_save(run, "{\"page\":2}"));
}

static void make_base(int base) {
  static const int records[BASES] = {6, 300, 40}, widths[BASES] = {20, 60, 6000};
  nangolite *store = NULL;
  remove_database("base.db");
  if (nangolite_open(in_folder("base.db"), NULL, &store) != NANGOLITE_OK) give_up(nangolite_errmsg(store));
  nangolite_clock_set(store, NOW);
  fill(store, records[base], widths[base]);
  nangolite_close(store);
  bases[base] = read_file(in_folder("base.db"));
  remove_database("base.db");
}

/* ---- damage -------------------------------------------------------------------------------------------- */

static size_t page_size(bytes file) {
  return (size_t)file.at[16] << 8 | file.at[17];
}

static void damage_bytes(bytes *file) {
  for (uint64_t n = draw(8) + 1; n > 0; n--) file->at[draw(file->length)] = (unsigned char)draw(256);
}

static void damage_bits(bytes *file) {
  for (uint64_t n = draw(4) + 1; n > 0; n--) file->at[draw(file->length)] ^= (unsigned char)(1u << draw(8));
}

static void damage_run(bytes *file) {
  size_t at = draw(file->length), length = draw(200) + 1;
  int zero = draw(2) == 0;
  for (size_t i = at; i < file->length && i < at + length; i++)
    file->at[i] = zero ? 0 : (unsigned char)draw(256);
}

static void damage_pages(bytes *file) {
  size_t size = page_size(*file), pages = file->length / size;
  unsigned char *a = file->at + draw(pages) * size, *b = file->at + draw(pages) * size;
  switch (draw(3)) {
    case 0: memset(a, 0, size); break;
    case 1: memmove(a, b, size); break;
    default:
      for (size_t i = 0; i < size; i++) {
        unsigned char byte = a[i];
        a[i] = b[i];
        b[i] = byte;
      }
  }
}

static void damage_cut(bytes *file) {
  file->length = draw(file->length);
}

static void run_sql(sqlite3 *db, const char *sql) {
  sqlite3_exec(db, sql, NULL, NULL, NULL); /* what the tables refuse is no damage */
}

static char *text_of(sqlite3 *db, const char *sql, uint64_t position) {
  sqlite3_stmt *statement = NULL;
  char *found = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) give_up(sqlite3_errmsg(db));
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)position);
  if (sqlite3_step(statement) == SQLITE_ROW) found = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return found;
}

static const char *const hostile[] = {"NULL",
                                      "0",
                                      "-1",
                                      "1",
                                      "2",
                                      "7",
                                      "128",
                                      "2147483648",
                                      "4294967296",
                                      "274877906943",
                                      "9223372036854775807",
                                      "-9223372036854775807 - 1",
                                      "253402300800000000",
                                      "0.5",
                                      "1e300",
                                      "9e999",
                                      "'x'",
                                      "''",
                                      "x''",
                                      "x'00ff'",
                                      "zeroblob(511)",
                                      "zeroblob(100000)",
                                      "hex(zeroblob(3000))",
                                      "cast(x'ff22' AS TEXT)",
                                      "'a' || char(0) || 'b'",
                                      "'{}'",
                                      "'{\"id\":'",
                                      "'[1]'",
                                      "'BASE'",
                                      "'base'",
                                      "'every hour'",
                                      "COLUMN + 1",
                                      "COLUMN - 1",
                                      "-COLUMN",
                                      "COLUMN * 2",
                                      "COLUMN << 33",
                                      "substr(COLUMN, 1, length(COLUMN) - 1)",
                                      "substr(COLUMN, 2)",
                                      "COLUMN || COLUMN",
                                      "cast(COLUMN AS BLOB)",
                                      "cast(COLUMN AS TEXT)",
                                      "cast(substr(COLUMN, 1, 20) || x'ff' || substr(COLUMN, 22) AS BLOB)",
                                      "replace(COLUMN, '\"', '')",
                                      "replace(COLUMN, '}', '{')",
                                      "(SELECT COLUMN FROM TABLE ORDER BY random() LIMIT 1)",
                                      "random()",
                                      "abs(random()) % 1000"};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

/* Every TABLE and COLUMN in the pattern is replaced. */
static char *named(const char *pattern, const char *table, const char *column) {
  char *result = sqlite3_mprintf("%s", ""), *more;
  while (*pattern != '\0') {
    const char *word = strncmp(pattern, "COLUMN", 6) == 0  ? column
                       : strncmp(pattern, "TABLE", 5) == 0 ? table
                                                           : NULL;
    more = word != NULL ? sqlite3_mprintf("%s%s", result, word) : sqlite3_mprintf("%s%c", result, *pattern);
    pattern += word == NULL ? 1 : word == column ? 6 : 5;
    sqlite3_free(result);
    result = more;
  }
  return result;
}

/* A value that cannot be, a row that is gone, or one that is there again. */
static void damage_row(sqlite3 *db) {
  char *table =
    text_of(db,
            "SELECT name FROM (SELECT name, count(*) OVER () AS n, row_number() OVER (ORDER BY name) AS i"
            " FROM sqlite_master WHERE type = 'table') WHERE i = ? % n + 1",
            draw(1000));
  char *sql =
    sqlite3_mprintf("SELECT name FROM pragma_table_info('%q') LIMIT 1 OFFSET ?1 %% (SELECT count(*) FROM"
                    " pragma_table_info('%q'))",
                    table, table);
  char *column = text_of(db, sql, draw(1000));
  char *value = named(hostile[draw(HOSTILE)], table, column);
  sqlite3_free(sql);
  const char *which = draw(3) == 0 ? "1" : "abs(random()) % 4 = 0";
  switch (draw(12)) {
    case 0: sql = sqlite3_mprintf("DELETE FROM %s WHERE %s", table, which); break;
    case 1:
      sql = sqlite3_mprintf("CREATE TEMP TABLE c AS SELECT * FROM %s; UPDATE c SET %s = %s;"
                            "INSERT OR IGNORE INTO %s SELECT * FROM c; DROP TABLE c",
                            table, column, value, table);
      break;
    default: sql = sqlite3_mprintf("UPDATE OR IGNORE %s SET %s = %s WHERE %s", table, column, value, which);
  }
  run_sql(db, sql);
  sqlite3_free(sql);
  sqlite3_free(value);
  sqlite3_free(column);
  sqlite3_free(table);
}

static void damage_values(const char *path) {
  sqlite3 *db = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK) give_up(path);
  run_sql(db, "PRAGMA journal_mode = DELETE; PRAGMA ignore_check_constraints = ON");
  for (uint64_t n = draw(3) + 1; n > 0; n--) damage_row(db);
  sqlite3_close(db);
}

/* Writes the damaged file of a number. Half of them are sound databases with rows that are wrong. (random() in SQL is
** not repeated: what must come again is kept as a file.) */
static void make_damaged(uint64_t number, const char *path) {
  static void (*const kinds[])(bytes *) = {damage_bytes, damage_bits, damage_run, damage_pages, damage_cut};
  random_state = number;
  bytes base = bases[draw(BASES)], file = {malloc(base.length), base.length};
  if (file.at == NULL) give_up("malloc");
  memcpy(file.at, base.at, base.length);
  uint64_t kind = draw(10);
  if (kind < 5) kinds[kind](&file);
  write_file(path, file);
  free(file.at);
  if (kind >= 5) damage_values(path);
}

/* ---- the calls ----------------------------------------------------------------------------------------- */

typedef struct calls {
  nangolite *store;
  nangolite_run *run;
} calls;

static void hear(void *ctx, const char *event) {
  (void)ctx;
  if (strlen(event) < 2) abort();
}

static void read_page(nangolite_page *page) {
  size_t length = 0;
  for (size_t i = 0; page != NULL && i < page->count; i++)
    length +=
      strlen(page->records[i].id) + strlen(page->records[i].payload) + strlen(page->records[i].cursor);
  if (length > 0 && page->count == 0) abort();
  nangolite_page_free(page);
}

static void read_text(char *text) {
  if (text != NULL && strlen(text) > 100000000) abort();
  nangolite_free(text);
}

#define RECORDS_CALL(name, function, json)                                                                   \
  static int name(calls *c) {                                                                                \
    return function(c->store, &issues, json, -1, NULL);                                                      \
  }
RECORDS_CALL(
  call_save, nangolite_records_save,
  "[{\"id\":1,\"n\":9},{\"id\":2,\"version\":0,\"text\":\"x\"},{\"id\":\"x\",\"text\":\"a\"},{\"id\":\"new\"}]")
RECORDS_CALL(call_save_again, nangolite_records_save,
             "[{\"id\":0,\"version\":1,\"text\":\"00000000000000000000\"},{\"id\":4},{\"id\":5}]")
RECORDS_CALL(call_update, nangolite_records_update,
             "[{\"id\":2,\"a\":{\"b\":1}},{\"id\":4,\"text\":1},{\"id\":1}]")
RECORDS_CALL(call_delete, nangolite_records_delete, "[{\"id\":2},{\"id\":4},{\"id\":\"gone\"}]")

static int call_list(calls *c) {
  nangolite_query query = {.limit = 7};
  nangolite_page *page = NULL;
  int result = NANGOLITE_OK;
  char *cursor = NULL;
  for (int i = 0; i < 100 && result == NANGOLITE_OK; i++) {
    query.cursor = cursor;
    result = nangolite_records_list(c->store, &issues, &query, &page);
    if (result != NANGOLITE_OK || page == NULL) break;
    int is_last = page->next_cursor == NULL;
    char *next = is_last ? NULL : sqlite3_mprintf("%s", page->next_cursor);
    read_page(page);
    sqlite3_free(cursor);
    cursor = next;
    if (is_last) break;
  }
  sqlite3_free(cursor);
  return result;
}

static int call_list_ids(calls *c) {
  static const char *const ids[] = {"1", "2", "x", "5"};
  nangolite_query query = {.ids = ids, .id_count = 4, .filter = "deleted,updated"};
  nangolite_page *page = NULL;
  int result = nangolite_records_list(c->store, &issues, &query, &page);
  read_page(page);
  query = (nangolite_query){.modified_after = "2024-01-15T10:30:00.000005Z"};
  if (nangolite_records_list(c->store, &labels, &query, &page) == NANGOLITE_OK) read_page(page);
  return result;
}

static int call_list_after(calls *c) {
  nangolite_query query = {.cursor = "MjAyNC0wMS0xNVQxMDozMDowMC4wMDAwMTBafHwz"}; /* 10:30:00.000010Z||3 */
  nangolite_page *page = NULL;
  int result = nangolite_records_list(c->store, &issues, &query, &page);
  read_page(page);
  return result;
}

static int call_count(calls *c) {
  int64_t live, size;
  return nangolite_records_count(c->store, &issues, &live, &size);
}

static int call_prune(calls *c) {
  int64_t count;
  int has_more;
  return nangolite_records_prune(c->store, &issues, NULL, 3, &count, &has_more);
}

static int call_maintain(calls *c) {
  int64_t pruned = 1, deleted = 0;
  int result = NANGOLITE_OK;
  for (int i = 0; i < 50 && result == NANGOLITE_OK && pruned + deleted > 0; i++)
    result = nangolite_maintain(c->store, 100, &pruned, &deleted);
  return result;
}

static int call_maintain_late(calls *c) {
  nangolite_clock_advance(c->store, 40 * DAY);
  return call_maintain(c);
}

static int call_looks(calls *c) {
  char *json = NULL;
  int result = nangolite_connections(c->store, NULL, &json);
  read_text(json);
  json = NULL;
  nangolite_collections(c->store, NULL, NULL, 0, &json);
  read_text(json);
  json = NULL;
  nangolite_syncs(c->store, NULL, &json);
  read_text(json);
  json = NULL;
  nangolite_metadata_get(c->store, "github", "user-1", &json);
  read_text(json);
  json = NULL;
  nangolite_env_get(c->store, "TOKEN", &json);
  read_text(json);
  nangolite_last_change(c->store);
  return result;
}

static int call_sets(calls *c) {
  nangolite_env_set(c->store, "OTHER", "value");
  nangolite_metadata_set(c->store, "github", "user-1", "{\"a\":{\"b\":1}}", 1);
  return nangolite_sync_set_frequency(c->store, "github", "user-1", "issues", NULL, "every half hour", NULL);
}

static int call_status(calls *c) {
  char *json = NULL;
  int result = nangolite_sync_status(c->store, "github", "user-1", NULL, 0, &json);
  read_text(json);
  json = NULL;
  nangolite_sync_runs(c->store, "github", "user-2", "issues", NULL, 20, &json);
  read_text(json);
  return result;
}

static int call_commands(calls *c) {
  static const char *const names[] = {"issues"};
  nangolite_sync_pause(c->store, "github", NULL, names, 1);
  nangolite_sync_start(c->store, "github", NULL, names, 1);
  nangolite_sync_cancel(c->store, "github", "user-2", names, 1);
  return nangolite_sync_trigger(c->store, "github", NULL, names, 1, NANGOLITE_RESET);
}

static int call_define(calls *c) {
  int result = define(c->store, 1);
  nangolite_next_due(c->store);
  return result;
}

static int call_run_due(calls *c) {
  int ran;
  return nangolite_run_due(c->store, 10, &ran);
}

static int call_run_until(calls *c) {
  int ran;
  return nangolite_run_until(c->store, nangolite_now(c->store) + DAY / 2, &ran);
}

static int call_claim(calls *c) {
  if (c->run != NULL) nangolite_run_finish(c->run, NULL, NULL);
  c->run = NULL;
  return nangolite_run_claim(c->store, "github", "user-2", "issues", NULL, &c->run);
}

static int call_next(calls *c) {
  nangolite_run *run = NULL;
  int result = nangolite_run_next(c->store, &run);
  if (run != NULL) nangolite_run_finish(run, NULL, NULL);
  if (nangolite_run_next_until(c->store, nangolite_now(c->store) + DAY, &run) == NANGOLITE_OK && run != NULL)
    nangolite_run_finish(run, "script_error", NULL);
  return result;
}

static int call_in_run(calls *c) {
  nangolite_page *page = NULL;
  char *json = NULL;
  if (c->run == NULL) return NANGOLITE_OK;
  nangolite_run_track_deletes_start(c->run, "Issue");
  nangolite_run_set_merging(c->run, "Label", "ignore_if_modified_after");
  nangolite_run_save(c->run, "Issue", "[{\"id\":1},{\"id\":77}]", -1, NULL);
  nangolite_run_update(c->run, "Issue", "[{\"id\":1,\"x\":1}]", -1, NULL);
  nangolite_run_delete(c->run, "Label", "[{\"id\":1}]", -1, NULL);
  if (nangolite_run_list(c->run, "Issue", NULL, &page) == NANGOLITE_OK) read_page(page);
  nangolite_run_checkpoint_save(c->run, "{\"page\":3}");
  if (nangolite_run_checkpoint_get(c->run, &json) == NANGOLITE_OK) read_text(json);
  nangolite_run_checkpoint_clear(c->run);
  nangolite_run_progress(c->run, 1, 2);
  nangolite_run_heartbeat(c->run);
  nangolite_run_again_at(c->run, nangolite_now(c->store) + DAY);
  int result = nangolite_run_track_deletes_end(c->run, "Issue", NULL);
  nangolite_run *run = c->run;
  c->run = NULL;
  nangolite_run_finish(run, NULL, NULL);
  return result;
}

/* The window that is open in the sound file. */
static int call_window(calls *c) {
  nangolite_run *run = NULL;
  nangolite_clock_advance(c->store, DAY);
  int result = nangolite_run_claim(c->store, "github", "user-1", "issues", NULL, &run);
  if (result != NANGOLITE_OK || run == NULL) return result;
  result = nangolite_run_track_deletes_end(run, "Issue", NULL);
  nangolite_run_finish(run, NULL, NULL);
  return result;
}

static int call_requests(calls *c) {
  static const char *const requests[][3] = {
    {"GET", "/records?model=Issue&limit=20", NULL},
    {"GET", "/records?model=Issue&filter=updated&modified_after=2024-01-15T10:30:00Z", NULL},
    {"GET", "/sync/status?provider_config_key=github&syncs=*", NULL},
    {"GET", "/environment-variables", NULL},
    {"GET", "/connections?search=u", NULL},
    {"GET", "/connections/user-1?provider_config_key=github", NULL},
    {"PATCH", "/records/prune",
     "{\"model\":\"Issue\",\"until_cursor\":\"MjAyNC0wMS0xNVQxMDozMDowMC4wMDAwMTBafHwz\"}"},
    {"PATCH", "/connections/metadata",
     "{\"provider_config_key\":\"github\",\"connection_id\":\"user-1\",\"metadata\":{\"b\":2}}"}};
  int result = NANGOLITE_OK;
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    int status;
    char *response = NULL;
    result = nangolite_request(c->store, requests[i][0], requests[i][1],
                               "Connection-Id: user-1\nProvider-Config-Key: github", requests[i][2], &status,
                               &response);
    read_text(response);
  }
  return result;
}

static int call_variants(calls *c) {
  nangolite_variant_delete(c->store, "github", "user-1", "issues", "copy");
  return nangolite_variant_create(c->store, "github", "user-1", "issues", "third");
}

static int call_testing(calls *c) {
  char *report = NULL;
  int result = nangolite_expect(c->store, &issues, "[{\"id\":1},{\"id\":2}]", -1, &report);
  read_text(report);
  nangolite_fixture_load(c->store, "github", "user-3", NULL, "{\"Issue\":[{\"id\":1}]}", -1, NULL);
  return result;
}

static int call_snapshot(calls *c) {
  void *image = NULL;
  size_t size = 0;
  nangolite *copy = NULL;
  int result = nangolite_snapshot(c->store, &image, &size);
  if (result != NANGOLITE_OK) return result;
  if (nangolite_open(":memory:", NULL, &copy) == NANGOLITE_OK &&
      nangolite_restore(copy, image, size) == NANGOLITE_OK) {
    calls inner = {copy, NULL};
    call_list(&inner);
    call_save(&inner);
  }
  nangolite_close(copy);
  nangolite_free(image);
  return result;
}

static int call_backup(calls *c) {
  remove_database("backup.db");
  int result = nangolite_backup(c->store, in_folder("backup.db"));
  remove_database("backup.db");
  return result;
}

static int call_rename(calls *c) {
  nangolite_sync_rename(c->store, "github", "issues", "tasks");
  return nangolite_sync_rename(c->store, "github", "tasks", "issues");
}

static int call_removals(calls *c) {
  static const char *const names[] = {"issues"};
  nangolite_sync_trigger(c->store, "github", "user-1", names, 1, NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE);
  nangolite_sync_remove(c->store, "github", "issues");
  return nangolite_connection_delete(c->store, "github", "user-1");
}

static const struct {
  const char *name;
  int (*call)(calls *c);
} all_calls[] = {
  {"list", call_list},         {"save", call_save},           {"update", call_update},
  {"delete", call_delete},     {"list by id", call_list_ids}, {"list after", call_list_after},
  {"count", call_count},       {"prune", call_prune},         {"look", call_looks},
  {"set", call_sets},          {"status", call_status},       {"claim", call_claim},
  {"in a run", call_in_run},   {"window", call_window},       {"commands", call_commands},
  {"define", call_define},     {"run_due", call_run_due},     {"run_until", call_run_until},
  {"next", call_next},         {"requests", call_requests},   {"save again", call_save_again},
  {"variants", call_variants}, {"testing", call_testing},     {"snapshot", call_snapshot},
  {"backup", call_backup},     {"maintain", call_maintain},   {"maintain late", call_maintain_late},
  {"rename", call_rename},     {"removals", call_removals}};
enum { CALLS = sizeof all_calls / sizeof *all_calls };

/* ---- a file ---------------------------------------------------------------------------------------------- */

/* What became of a file. */
enum { REFUSED, SOUND, REPAIRED, BEYOND_REPAIR, WRONG, OUTCOMES };

static nangolite *open_damaged(const char *path) {
  nangolite *store = NULL;
  nangolite_options options = {.lease_ms = 60000};
  step = "open";
  if (nangolite_open(path, &options, &store) == NANGOLITE_OK) {
    nangolite_clock_set(store, NOW + 3600 * INT64_C(1000000));
    nangolite_on_sync(store, hear, NULL);
    return store;
  }
  nangolite_close(store);
  return NULL;
}

static int check(nangolite *store, char **reason) {
  step = "check";
  return nangolite_check(store, reason);
}

/* The check names the damage, a repair mends it, and then there is nothing to mend. */
static int repair(nangolite *store) {
  char *reason = NULL, *report = NULL, *after = NULL, *again = NULL;
  int checked = check(store, &reason);
  step = "repair";
  int result = nangolite_repair(store, &report), outcome = BEYOND_REPAIR;
  if (result == NANGOLITE_OK) {
    outcome = report == NULL ? SOUND : REPAIRED;
    int is_sound = check(store, &after) == NANGOLITE_OK && after == NULL;
    step = "repair again";
    int is_done = nangolite_repair(store, &again) == NANGOLITE_OK && again == NULL;
    if (!is_sound || !is_done || (checked == NANGOLITE_OK && reason == NULL && report != NULL)) {
      fprintf(stderr, "damage: before: %s\nreport: %s\nafter: %s\nagain: %s\n",
              reason == NULL ? "sound" : reason, report == NULL ? "none" : report,
              after == NULL ? "sound" : after, again == NULL ? "nothing" : again);
      outcome = WRONG;
    }
  } else if (getenv("DAMAGE_VERBOSE") != NULL) {
    fprintf(stderr, "damage: %s: %s\n", nangolite_result_name(result), nangolite_errmsg(store));
  }
  nangolite_free(reason);
  nangolite_free(report);
  nangolite_free(after);
  nangolite_free(again);
  return outcome;
}

static void call_everything(const char *path, uint64_t first) {
  calls c = {open_damaged(path), NULL};
  if (c.store == NULL) return;
  for (uint64_t i = 0; i < CALLS; i++) {
    step = all_calls[(first + i) % CALLS].name;
    int result = all_calls[(first + i) % CALLS].call(&c);
    if (result < 0 || result > RESULT_MAX) abort();
  }
  if (c.run != NULL) nangolite_run_finish(c.run, NULL, NULL);
  char *reason = NULL;
  check(c.store, &reason);
  nangolite_free(reason);
  step = "close";
  nangolite_close(c.store);
}

/* Works on two copies of the file: on one it repairs, and then calls everything; on the other it calls everything on
** the damage itself. */
static int try_file(bytes file, uint64_t first) {
  remove_database("mended.db");
  remove_database("called.db");
  write_file(in_folder("called.db"), file);
  call_everything(in_folder("called.db"), first);
  write_file(in_folder("mended.db"), file);
  nangolite *store = open_damaged(in_folder("mended.db"));
  if (store == NULL) return REFUSED;
  int outcome = repair(store);
  nangolite_close(store);
  if (outcome == REPAIRED) call_everything(in_folder("mended.db"), first + 7);
  return outcome;
}

static void say_step(int signal_number) {
  static const char before[] = "damage: stopped in: ";
  if (write(2, before, sizeof before - 1) < 0 || write(2, step, strlen(step)) < 0 || write(2, "\n", 1) < 0)
    _exit(3);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

static void limit_time(void) {
  struct itimerval limit = {{0, 0}, {HANGS_AFTER_S, 0}};
  signal(SIGPROF, say_step);
  signal(SIGABRT, say_step);
  setitimer(ITIMER_PROF, &limit, NULL);
  alarm(120); /* a lock that is never given */
}

static int try_number(uint64_t number, int is_limited) {
  make_damaged(number, in_folder("damaged.db"));
  bytes file = read_file(in_folder("damaged.db"));
  if (is_limited) limit_time();
  int outcome = try_file(file, draw(CALLS));
  free(file.at);
  return outcome;
}

static int try_in_child(uint64_t number) {
  int status = 0;
  pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child == 0) _exit(10 + try_number(number, 1));
  if (waitpid(child, &status, 0) != child) give_up("waitpid");
  int outcome = WIFEXITED(status) ? WEXITSTATUS(status) - 10 : -1;
  if (outcome >= 0 && outcome < WRONG) return outcome;
  printf("FAILED: damage -i %llu: %s %d\n", (unsigned long long)number,
         WIFEXITED(status) ? "status" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  char kept[64];
  snprintf(kept, sizeof kept, "damage-%llu.db", (unsigned long long)number);
  bytes file = read_file(in_folder("damaged.db")); /* random() of SQL would draw others */
  write_file(kept, file);
  free(file.at);
  return WRONG;
}

static int try_many(uint64_t seed, uint64_t count) {
  uint64_t outcomes[OUTCOMES] = {0};
  for (uint64_t i = 0; i < count; i++) outcomes[try_in_child(seed + i)]++;
  printf(
    "%llu damaged files from seed %llu: %llu sound, %llu refused at opening, %llu repaired, %llu beyond repair, "
    "%llu failed\n",
    (unsigned long long)count, (unsigned long long)seed, (unsigned long long)outcomes[SOUND],
    (unsigned long long)outcomes[REFUSED], (unsigned long long)outcomes[REPAIRED],
    (unsigned long long)outcomes[BEYOND_REPAIR], (unsigned long long)outcomes[WRONG]);
  return outcomes[WRONG] != 0;
}

static int try_named(char **names, int count) {
  static const char *const words[] = {"refused at opening", "sound", "repaired", "beyond repair", "WRONG"};
  int is_wrong = 0;
  for (int i = 0; i < count; i++) {
    bytes file = read_file(names[i]);
    int outcome = try_file(file, (uint64_t)i);
    printf("%s: %s\n", names[i], words[outcome]);
    is_wrong |= outcome == WRONG;
    free(file.at);
  }
  return is_wrong;
}

int main(int count, char **arguments) {
  char made[] = "/tmp/nangolite-damage-XXXXXX";
  uint64_t number = 0, seed = 1, one = 0;
  int option, is_one = 0, keeps = 0;
  while ((option = getopt(count, arguments, "n:s:i:k:")) != -1) {
    uint64_t value = strtoull(optarg == NULL ? "" : optarg, NULL, 10);
    if (option == 'n') number = value;
    else if (option == 's') seed = value;
    else if (option == 'i' || option == 'k') one = value, is_one = 1, keeps = option == 'k';
    else return 2;
  }
  folder = mkdtemp(made);
  if (folder == NULL) give_up("mkdtemp");
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int base = 0; base < BASES; base++) make_base(base);
  int failed = 0;
  if (keeps && optind < count) make_damaged(one, arguments[optind]);
  else if (is_one) failed = try_number(one, 0) == WRONG;
  else if (optind < count) failed = try_named(arguments + optind, count - optind);
  else failed = try_many(seed, number == 0 ? 100 : number);
  static const char *const names[] = {"damaged.db", "called.db", "mended.db", "backup.db"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) remove_database(names[i]);
  rmdir(folder);
  for (int base = 0; base < BASES; base++) free(bases[base].at);
  return failed;
}
