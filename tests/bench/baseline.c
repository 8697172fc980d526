/* The baseline: what one would write by hand with SQLite for a cache of records that can be read by change.
** One table, a unique index for finding a record, an index for the changes; statements prepared once, bound
** without copying, a transaction for each array of a set. The records come split and with their ids: no JSON is
** looked at. The connection is set up as the library sets up its own. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct baseline {
  sqlite3 *db;
  sqlite3_stmt *begin, *commit, *save, *save_changed, *page;
  int64_t stamp;
};

/* As nangolite_open() does it: the order matters, auto_vacuum comes before the first write. */
static const char pragmas[] = "PRAGMA auto_vacuum = INCREMENTAL;"
                              "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = NORMAL;";

static const char schema[] = "CREATE TABLE records ("
                             "  key INTEGER PRIMARY KEY,"
                             "  collection INTEGER NOT NULL,"
                             "  id TEXT NOT NULL,"
                             "  payload TEXT NOT NULL,"
                             "  action INTEGER NOT NULL,"
                             "  first_seen_at INTEGER NOT NULL,"
                             "  last_modified_at INTEGER NOT NULL,"
                             "  UNIQUE (collection, id));"
                             "CREATE INDEX records_by_change ON records (collection, last_modified_at);";

/* Parameters: 1 id, 2 payload, 3 stamp, 4 collection. */
static const char save[] =
  "INSERT INTO records (collection, id, payload, action, first_seen_at, last_modified_at)"
  " VALUES (?4, ?1, ?2, 0, ?3, ?3)"
  " ON CONFLICT (collection, id) DO UPDATE SET"
  "  payload = excluded.payload, action = 1, last_modified_at = excluded.last_modified_at";

static const char save_changed[] =
  "INSERT INTO records (collection, id, payload, action, first_seen_at, last_modified_at)"
  " VALUES (?4, ?1, ?2, 0, ?3, ?3)"
  " ON CONFLICT (collection, id) DO UPDATE SET"
  "  payload = excluded.payload, action = 1, last_modified_at = excluded.last_modified_at"
  " WHERE payload <> excluded.payload";

/* Parameters: 1 the last stamp of the page before, 2 the limit. */
static const char page[] =
  "SELECT last_modified_at, id, payload, action, first_seen_at FROM records"
  " WHERE collection = 1 AND last_modified_at > ?1 ORDER BY last_modified_at LIMIT ?2";

static void must(baseline *b, int code) {
  if (code != SQLITE_OK) die("the baseline failed", sqlite3_errmsg(b->db));
}

void baseline_set_up(sqlite3 *db, int cache_kb) {
  char cache[64];
  snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d", cache_kb);
  if (sqlite3_exec(db, cache, NULL, NULL, NULL) != SQLITE_OK) die(cache, sqlite3_errmsg(db));
  if (sqlite3_exec(db, pragmas, NULL, NULL, NULL) != SQLITE_OK) die(pragmas, sqlite3_errmsg(db));
}

baseline *baseline_open(const char *path, int cache_kb) {
  baseline *b = must_allocate(sizeof *b);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  must(b, sqlite3_open_v2(path, &b->db, flags, NULL));
  baseline_set_up(b->db, cache_kb);
  must(b, sqlite3_exec(b->db, schema, NULL, NULL, NULL));
  must(b, sqlite3_prepare_v2(b->db, "BEGIN IMMEDIATE", -1, &b->begin, NULL));
  must(b, sqlite3_prepare_v2(b->db, "COMMIT", -1, &b->commit, NULL));
  must(b, sqlite3_prepare_v2(b->db, save, -1, &b->save, NULL));
  must(b, sqlite3_prepare_v2(b->db, save_changed, -1, &b->save_changed, NULL));
  must(b, sqlite3_prepare_v2(b->db, page, -1, &b->page, NULL));
  b->stamp = INT64_C(1700000000000000);
  return b;
}

void baseline_close(baseline *b) {
  sqlite3_finalize(b->begin);
  sqlite3_finalize(b->commit);
  sqlite3_finalize(b->save);
  sqlite3_finalize(b->save_changed);
  sqlite3_finalize(b->page);
  sqlite3_close(b->db);
  free(b);
}

void baseline_settle(baseline *b) {
  must(b, sqlite3_wal_checkpoint_v2(b->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
}

static void step(baseline *b, sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) die("the baseline failed", sqlite3_errmsg(b->db));
  sqlite3_reset(statement);
}

static void upsert(baseline *b, sqlite3_stmt *statement, int collection, const record *r) {
  sqlite3_bind_text(statement, 1, r->id, r->id_length, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, r->text, r->text_length, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 3, ++b->stamp);
  sqlite3_bind_int(statement, 4, collection);
  step(b, statement);
}

static void upsert_array(baseline *b, sqlite3_stmt *how, int collection, const record_set *set, int array) {
  int from = array * set->batch, to = from + set->batch;
  step(b, b->begin);
  for (int i = from; i < to && i < set->count; i++) upsert(b, how, collection, &set->records[i]);
  step(b, b->commit);
}

void baseline_save(baseline *b, int collection, const record_set *set) {
  for (int i = 0; i < records_arrays(set); i++) upsert_array(b, b->save, collection, set, i);
}

void baseline_save_changed(baseline *b, int collection, const record_set *set) {
  for (int i = 0; i < records_arrays(set); i++) upsert_array(b, b->save_changed, collection, set, i);
}

void baseline_save_array(baseline *b, int collection, const record_set *set, int array) {
  upsert_array(b, b->save_changed, collection, set, array);
}

static char *copy_column(char *to, sqlite3_stmt *row, int column) {
  const unsigned char *text = sqlite3_column_text(row, column);
  int length = sqlite3_column_bytes(row, column);
  memcpy(to, text, (size_t)length);
  return to + length;
}

int64_t baseline_read_all(baseline *b, int limit) {
  static char copy[4 << 20];
  int64_t last = 0, bytes = 0;
  int count;
  do {
    char *to = copy;
    count = 0;
    sqlite3_bind_int64(b->page, 1, last);
    sqlite3_bind_int(b->page, 2, limit);
    while (sqlite3_step(b->page) == SQLITE_ROW) {
      last = sqlite3_column_int64(b->page, 0);
      int64_t numbers[3] = {last, sqlite3_column_int64(b->page, 3), sqlite3_column_int64(b->page, 4)};
      if (sizeof copy - (size_t)(to - copy) < 100000) die("a page is too large for the baseline", "");
      to = copy_column(to, b->page, 1);
      to = copy_column(to, b->page, 2);
      memcpy(to, numbers, sizeof numbers);
      to += sizeof numbers;
      count++;
    }
    sqlite3_reset(b->page);
    bytes += to - copy;
  } while (count == limit);
  return bytes;
}

static void open_memory(const char *sql) {
  sqlite3 *db;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) die("the baseline failed", sqlite3_errmsg(db));
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) die("the baseline failed", sqlite3_errmsg(db));
  sqlite3_close(db);
}

void baseline_open_memory(void) {
  open_memory("CREATE TABLE records (id TEXT PRIMARY KEY, payload TEXT)");
}

void baseline_open_memory_and_save(void) {
  open_memory("CREATE TABLE records (id TEXT PRIMARY KEY, payload TEXT);"
              "INSERT INTO records VALUES ('1', '{\"id\":\"1\"}')");
}
