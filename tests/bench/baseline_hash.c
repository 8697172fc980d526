/* The second baseline: one that keeps a 128-bit hash of each payload in the index by which a record is found.
** Whether a record has changed is then seen without its row: the index covers the question. It costs a hash of
** every record, and a wider index. It only saves; reading would be that of baseline.c. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

struct hash_baseline {
  sqlite3 *db;
  sqlite3_stmt *begin, *commit, *find, *insert, *update;
  int64_t stamp;
};

static const char schema[] = "CREATE TABLE records ("
                             "  key INTEGER PRIMARY KEY,"
                             "  collection INTEGER NOT NULL,"
                             "  id TEXT NOT NULL,"
                             "  hash BLOB NOT NULL,"
                             "  payload TEXT NOT NULL,"
                             "  action INTEGER NOT NULL,"
                             "  first_seen_at INTEGER NOT NULL,"
                             "  last_modified_at INTEGER NOT NULL);"
                             "CREATE UNIQUE INDEX records_by_id ON records (collection, id, hash);"
                             "CREATE INDEX records_by_change ON records (collection, last_modified_at);";

/* Parameters: 1 id. Columns: key, hash. */
static const char find[] = "SELECT key, hash FROM records WHERE collection = 1 AND id = ?1";

/* Parameters: 1 id, 2 hash, 3 payload, 4 stamp. */
static const char insert[] =
  "INSERT INTO records (collection, id, hash, payload, action, first_seen_at, last_modified_at)"
  " VALUES (1, ?1, ?2, ?3, 0, ?4, ?4)";

/* Parameters: 1 key, 2 hash, 3 payload, 4 stamp. */
static const char update[] =
  "UPDATE records SET hash = ?2, payload = ?3, action = 1, last_modified_at = ?4 WHERE key = ?1";

static void must(hash_baseline *b, int code) {
  if (code != SQLITE_OK) die("the baseline with a hash failed", sqlite3_errmsg(b->db));
}

hash_baseline *hash_baseline_open(const char *path, int cache_kb) {
  hash_baseline *b = must_allocate(sizeof *b);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  must(b, sqlite3_open_v2(path, &b->db, flags, NULL));
  baseline_set_up(b->db, cache_kb);
  must(b, sqlite3_exec(b->db, schema, NULL, NULL, NULL));
  must(b, sqlite3_prepare_v2(b->db, "BEGIN IMMEDIATE", -1, &b->begin, NULL));
  must(b, sqlite3_prepare_v2(b->db, "COMMIT", -1, &b->commit, NULL));
  must(b, sqlite3_prepare_v2(b->db, find, -1, &b->find, NULL));
  must(b, sqlite3_prepare_v2(b->db, insert, -1, &b->insert, NULL));
  must(b, sqlite3_prepare_v2(b->db, update, -1, &b->update, NULL));
  b->stamp = INT64_C(1700000000000000);
  return b;
}

void hash_baseline_close(hash_baseline *b) {
  sqlite3_finalize(b->begin);
  sqlite3_finalize(b->commit);
  sqlite3_finalize(b->find);
  sqlite3_finalize(b->insert);
  sqlite3_finalize(b->update);
  sqlite3_close(b->db);
  free(b);
}

/* ---- the hash: two sums of eight bytes at a time, fast and not for keeping anybody out ---- */

typedef struct hash128 {
  uint64_t first, second;
} hash128;

static uint64_t rotated(uint64_t word, int by) {
  return word << by | word >> (64 - by);
}

static void hash_word(hash128 *h, uint64_t word) {
  h->first = rotated(h->first ^ word * UINT64_C(0x9e3779b97f4a7c15), 27) * UINT64_C(0xc2b2ae3d27d4eb4f);
  h->second = rotated(h->second ^ word * UINT64_C(0x165667b19e3779f9), 31) * UINT64_C(0x27d4eb2f165667c5);
}

static hash128 hash_of(const char *text, int length) {
  hash128 h = {(uint64_t)length, ~(uint64_t)length};
  uint64_t word;
  for (; length >= 8; text += 8, length -= 8) {
    memcpy(&word, text, 8);
    hash_word(&h, word);
  }
  word = 0;
  memcpy(&word, text, (size_t)length);
  hash_word(&h, word);
  return (hash128){mixed(h.first ^ h.second), mixed(h.second + rotated(h.first, 32))};
}

/* ---- saving ---- */

static void step(hash_baseline *b, sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) die("the baseline with a hash failed", sqlite3_errmsg(b->db));
  sqlite3_reset(statement);
}

/* Returns the record's key, or 0. */
static int64_t look_up(hash_baseline *b, const record *r, hash128 *was) {
  int64_t key = 0;
  sqlite3_bind_text(b->find, 1, r->id, r->id_length, SQLITE_STATIC);
  if (sqlite3_step(b->find) == SQLITE_ROW) {
    key = sqlite3_column_int64(b->find, 0);
    memcpy(was, sqlite3_column_blob(b->find, 1), sizeof *was);
  }
  sqlite3_reset(b->find);
  return key;
}

static void save_one(hash_baseline *b, const record *r) {
  hash128 is = hash_of(r->text, r->text_length), was;
  int64_t key = look_up(b, r, &was);
  if (key != 0 && memcmp(&is, &was, sizeof is) == 0) return;
  sqlite3_stmt *statement = key == 0 ? b->insert : b->update;
  if (key == 0) sqlite3_bind_text(statement, 1, r->id, r->id_length, SQLITE_STATIC);
  else sqlite3_bind_int64(statement, 1, key);
  sqlite3_bind_blob(statement, 2, &is, sizeof is, SQLITE_STATIC);
  sqlite3_bind_text(statement, 3, r->text, r->text_length, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 4, ++b->stamp);
  step(b, statement);
}

void hash_baseline_save(hash_baseline *b, const record_set *set) {
  for (int i = 0; i < set->count; i++) {
    if (i % set->batch == 0) step(b, b->begin);
    save_one(b, &set->records[i]);
    if (i % set->batch == set->batch - 1 || i == set->count - 1) step(b, b->commit);
  }
  must(b, sqlite3_wal_checkpoint_v2(b->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
}
