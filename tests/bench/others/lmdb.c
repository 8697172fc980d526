/* LMDB, with the promise of SQLite's WAL and synchronous=NORMAL: after a power cut the file is sound, and the
** latest transactions may be missing. */
#define _POSIX_C_SOURCE 200809L
#include "others.h"

#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct lmdb {
  MDB_env *environment;
  MDB_dbi records, changes;
  int64_t stamp;
  unsigned char *value;    /* a stamp and a payload, put together */
  size_t room;
} lmdb;

static void must(int code) {
  if (code != 0) die("LMDB failed", mdb_strerror(code));
}

static MDB_txn *begin(lmdb *m, unsigned flags) {
  MDB_txn *transaction;
  must(mdb_txn_begin(m->environment, NULL, flags, &transaction));
  return transaction;
}

static void *open_store(const char *path) {
  lmdb *m = must_allocate(sizeof *m);
  mkdir(path, 0777);
  must(mdb_env_create(&m->environment));
  must(mdb_env_set_maxdbs(m->environment, 2));
  must(mdb_env_set_mapsize(m->environment, (size_t)8 << 30));
  must(mdb_env_open(m->environment, path, MDB_NOMETASYNC, 0666));
  MDB_txn *transaction = begin(m, 0);
  must(mdb_dbi_open(transaction, "records", MDB_CREATE, &m->records));
  must(mdb_dbi_open(transaction, "changes", MDB_CREATE, &m->changes));
  must(mdb_txn_commit(transaction));
  m->stamp = INT64_C(1700000000000000);
  return m;
}

static void close_store(void *store) {
  lmdb *m = store;
  mdb_env_close(m->environment);
  free(m->value);
  free(m);
}

static MDB_val join(lmdb *m, const record *r) {
  size_t size = 8 + (size_t)r->text_length;
  if (size > m->room) m->value = realloc(m->value, m->room = size * 2);
  if (m->value == NULL) die("out of memory", "");
  put_stamp(m->value, m->stamp);
  memcpy(m->value + 8, r->text, (size_t)r->text_length);
  return (MDB_val){size, m->value};
}

static int is_same(const MDB_val *found, const record *r) {
  const char *payload = (const char *)found->mv_data + 8;
  return found->mv_size == 8 + (size_t)r->text_length && memcmp(payload, r->text, found->mv_size - 8) == 0;
}

static void save_one(lmdb *m, MDB_txn *transaction, const record *r) {
  MDB_val id = {(size_t)r->id_length, (void *)(uintptr_t)r->id}, found;
  unsigned char bytes[8];
  MDB_val stamp = {8, bytes};
  int code = mdb_get(transaction, m->records, &id, &found);
  if (code == 0 && is_same(&found, r)) return;
  if (code == 0) {
    memcpy(bytes, found.mv_data, 8);
    must(mdb_del(transaction, m->changes, &stamp, NULL));
  } else if (code != MDB_NOTFOUND) must(code);
  m->stamp++;
  MDB_val value = join(m, r);
  put_stamp(bytes, m->stamp);
  must(mdb_put(transaction, m->records, &id, &value, 0));
  must(mdb_put(transaction, m->changes, &stamp, &id, MDB_APPEND));
}

static void save(void *store, const record_set *set) {
  for (int i = 0; i < set->count; i += set->batch) {
    MDB_txn *transaction = begin(store, 0);
    for (int j = i; j < i + set->batch && j < set->count; j++) save_one(store, transaction, &set->records[j]);
    must(mdb_txn_commit(transaction));
  }
}

/* One page: a read transaction and a cursor, from behind the stamp in `last`. Returns how many records there
** were. */
static int read_page(lmdb *m, int limit, unsigned char *last, int64_t *bytes) {
  static char copy[4 << 20];
  MDB_txn *transaction = begin(m, MDB_RDONLY);
  MDB_cursor *cursor;
  MDB_val stamp = {8, last}, id, value;
  size_t at = 0;
  int count = 0;
  put_stamp(last, get_stamp(last) + 1);
  must(mdb_cursor_open(transaction, m->changes, &cursor));
  int code = mdb_cursor_get(cursor, &stamp, &id, MDB_SET_RANGE);
  for (; code == 0; code = count < limit ? mdb_cursor_get(cursor, &stamp, &id, MDB_NEXT) : MDB_NOTFOUND) {
    must(mdb_get(transaction, m->records, &id, &value));
    memcpy(last, stamp.mv_data, 8);
    if (at + id.mv_size + value.mv_size > sizeof copy) die("a page is too large", "");
    memcpy(copy + at, id.mv_data, id.mv_size);
    memcpy(copy + at + id.mv_size, value.mv_data, value.mv_size);
    at += id.mv_size + value.mv_size;
    count++;
  }
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
  *bytes += (int64_t)at;
  return count;
}

static int64_t read_all(void *store, int limit) {
  unsigned char last[8] = {0};
  int64_t bytes = 0;
  while (read_page(store, limit, last, &bytes) == limit) continue;
  return bytes;
}

const other_store lmdb_store = {"LMDB, by hand in C", open_store, save, read_all, close_store};
