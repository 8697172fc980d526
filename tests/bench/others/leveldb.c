/* LevelDB. Records lie behind "r" and their ids, changes behind "c" and their stamps. */
#include "others.h"

#include <leveldb/c.h>
#include <stdlib.h>
#include <string.h>

enum { ID_ROOM = 1025 };

typedef struct level {
  leveldb_t *db;
  leveldb_options_t *options;
  leveldb_readoptions_t *reading;
  leveldb_writeoptions_t *writing;
  leveldb_cache_t *cache;
  leveldb_filterpolicy_t *filter;
  int64_t stamp;
  char *value;             /* a stamp and a payload, put together */
  size_t room;
} level;

static void must(char *error) {
  if (error != NULL) die("LevelDB failed", error);
}

static void *open_store(const char *path) {
  level *l = must_allocate(sizeof *l);
  char *error = NULL;
  l->options = leveldb_options_create();
  l->reading = leveldb_readoptions_create();
  l->writing = leveldb_writeoptions_create();
  l->cache = leveldb_cache_create_lru((size_t)CACHE_KB * 1024);
  l->filter = leveldb_filterpolicy_create_bloom(10);
  leveldb_options_set_create_if_missing(l->options, 1);
  leveldb_options_set_cache(l->options, l->cache);
  leveldb_options_set_filter_policy(l->options, l->filter);
  l->db = leveldb_open(l->options, path, &error);
  must(error);
  l->stamp = INT64_C(1700000000000000);
  return l;
}

static void close_store(void *store) {
  level *l = store;
  leveldb_close(l->db);
  leveldb_options_destroy(l->options);
  leveldb_readoptions_destroy(l->reading);
  leveldb_writeoptions_destroy(l->writing);
  leveldb_cache_destroy(l->cache);
  leveldb_filterpolicy_destroy(l->filter);
  free(l->value);
  free(l);
}

static size_t record_key(char *key, const char *id, size_t length) {
  if (length >= ID_ROOM) die("LevelDB", "an id is too long");
  key[0] = 'r';
  memcpy(key + 1, id, length);
  return length + 1;
}

static void change_key(char key[9], int64_t stamp) {
  key[0] = 'c';
  put_stamp((unsigned char *)key + 1, stamp);
}

static size_t join(level *l, const record *r) {
  size_t size = 8 + (size_t)r->text_length;
  if (size > l->room) l->value = realloc(l->value, l->room = size * 2);
  if (l->value == NULL) die("out of memory", "");
  put_stamp((unsigned char *)l->value, l->stamp);
  memcpy(l->value + 8, r->text, (size_t)r->text_length);
  return size;
}

static int is_same(const char *found, size_t length, const record *r) {
  return length == 8 + (size_t)r->text_length && memcmp(found + 8, r->text, length - 8) == 0;
}

static void write_one(level *l, leveldb_writebatch_t *batch, const record *r) {
  char key[ID_ROOM], change[9];
  l->stamp++;
  size_t key_length = record_key(key, r->id, (size_t)r->id_length), length = join(l, r);
  leveldb_writebatch_put(batch, key, key_length, l->value, length);
  change_key(change, l->stamp);
  leveldb_writebatch_put(batch, change, sizeof change, r->id, (size_t)r->id_length);
}

static void save_one(level *l, leveldb_writebatch_t *batch, const record *r) {
  char key[ID_ROOM], change[9] = "c", *error = NULL;
  size_t length;
  size_t key_length = record_key(key, r->id, (size_t)r->id_length);
  char *found = leveldb_get(l->db, l->reading, key, key_length, &length, &error);
  must(error);
  int is_unchanged = found != NULL && is_same(found, length, r);
  if (found != NULL && !is_unchanged) {
    memcpy(change + 1, found, 8);
    leveldb_writebatch_delete(batch, change, sizeof change);
  }
  if (!is_unchanged) write_one(l, batch, r);
  leveldb_free(found);
}

static void save(void *store, const record_set *set) {
  level *l = store;
  for (int i = 0; i < set->count; i += set->batch) {
    char *error = NULL;
    leveldb_writebatch_t *batch = leveldb_writebatch_create();
    for (int j = i; j < i + set->batch && j < set->count; j++) save_one(l, batch, &set->records[j]);
    leveldb_write(l->db, l->writing, batch, &error);
    must(error);
    leveldb_writebatch_destroy(batch);
  }
}

static size_t copy_record(level *l, const char *id, size_t id_length, char *to) {
  char key[ID_ROOM], *error = NULL;
  size_t length;
  char *found = leveldb_get(l->db, l->reading, key, record_key(key, id, id_length), &length, &error);
  must(error);
  if (found == NULL) die("LevelDB", "a record is missing");
  memcpy(to, id, id_length);
  memcpy(to + id_length, found, length);
  leveldb_free(found);
  return id_length + length;
}

/* One page: an iterator from behind the stamp in `last`. Returns how many records there were. */
static int read_page(level *l, int limit, int64_t *last, int64_t *bytes) {
  static char copy[4 << 20];
  char start[9];
  size_t at = 0, length;
  int count = 0;
  leveldb_iterator_t *i = leveldb_create_iterator(l->db, l->reading);
  change_key(start, *last + 1);
  leveldb_iter_seek(i, start, sizeof start);
  for (; count < limit && leveldb_iter_valid(i); leveldb_iter_next(i)) {
    const char *key = leveldb_iter_key(i, &length);
    if (key[0] != 'c') break;
    *last = get_stamp((const unsigned char *)key + 1);
    const char *id = leveldb_iter_value(i, &length);
    if (at + 100000 > sizeof copy) die("a page is too large", "");
    at += copy_record(l, id, length, copy + at);
    count++;
  }
  leveldb_iter_destroy(i);
  *bytes += (int64_t)at;
  return count;
}

static int64_t read_all(void *store, int limit) {
  int64_t last = 0, bytes = 0;
  while (read_page(store, limit, &last, &bytes) == limit) continue;
  return bytes;
}

const other_store leveldb_store = {"LevelDB, by hand in C", open_store, save, read_all, close_store};
