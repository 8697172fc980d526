#include "records/entry.h"

#include "base/bytes.h"
#include "base/list.h"

#define ENTRY_ALTERNATE_BIT UINT32_C(0x80000000)

_Static_assert((ENTRY_GROUP * ENTRY_BYTES) < 4000, "a full row needs no page beside its own");
_Static_assert(ENTRY_GROUP == 128 && ENTRY_BYTES == 28 && ALTERNATE_BYTES == 20,
               "the statements on invariants count with them");

/* The two tables, which are read and written in the same way. */
enum { ENTRY_TABLE, ALTERNATE_TABLE };

static const struct {
  statement_id get, put;
  size_t bytes;
} entry_tables[] = {[ENTRY_TABLE] = {ENTRY_GET, ENTRY_PUT, ENTRY_BYTES},
                    [ALTERNATE_TABLE] = {ALTERNATE_GET, ALTERNATE_PUT, ALTERNATE_BYTES}};

static int64_t entry_row_key(const entries *e, int64_t group) {
  return e->of->id << 32 | group;
}

static void entry_fail(entries *e, int64_t number, const char *what) {
  store_fail(e->store, NANGOLITE_CORRUPT, "collection %lld, record number %lld: %s", (long long)e->of->id,
             (long long)number, what);
}

static void entry_write_row(entries *e, int table, entry_row *row) {
  query q = query_open(e->store, entry_tables[table].put);
  query_bind_int(&q, entry_row_key(e, row->group));
  query_bind_blob(&q, row->bytes, row->length);
  query_run(&q);
  row->is_changed = 0;
}

/* A row that is not in the file is read as an empty one. */
static void entry_read_row(entries *e, int table, int64_t group, entry_row *row) {
  size_t bytes = entry_tables[table].bytes;
  row->group = group;
  row->length = 0;
  query q = query_open(e->store, entry_tables[table].get);
  query_bind_int(&q, entry_row_key(e, group));
  if (query_next(&q)) {
    slice stored = query_blob(&q, 0);
    if (stored.length % bytes != 0 || stored.length > ENTRY_GROUP * bytes || !query_is_blob(&q, 0))
      entry_fail(e, group * ENTRY_GROUP + 1, "the row of its entry has a length that cannot be");
    else if (stored.length > 0) memcpy(row->bytes, stored.at, row->length = stored.length);
  }
  query_close(&q);
}

static entry_row *entry_make_rows(entries *e) {
  entry_row *rows = store_allocate(e->store, ENTRY_ROWS * sizeof *rows);
  for (int i = 0; rows != NULL && i < ENTRY_ROWS; i++) {
    rows[i].group = -1;
    rows[i].is_changed = 0;
  }
  return rows;
}

/* The row of a number, which is read where it is not in memory. It takes the place of another row there,
** which is written first if it has changed. NULL: a failure is latched. */
static entry_row *entry_row_of(entries *e, int table, int64_t number) {
  int64_t group = (number - 1) / ENTRY_GROUP;
  if (e->rows[table] == NULL) e->rows[table] = entry_make_rows(e);
  if (e->rows[table] == NULL) return NULL;
  entry_row *row = &e->rows[table][group % ENTRY_ROWS];
  if (row->group == group) return row;
  if (row->group >= 0 && row->is_changed) entry_write_row(e, table, row);
  entry_read_row(e, table, group, row);
  if (!store_failed(e->store)) return row;
  row->group = -1;
  return NULL;
}

/* The bytes of a number in its row. NULL: the row ends before them. */
static unsigned char *entry_bytes(entry_row *row, int64_t number, size_t bytes) {
  size_t at = (size_t)((number - 1) % ENTRY_GROUP) * bytes;
  return at + bytes <= row->length ? row->bytes + at : NULL;
}

/* The same for writing: a row that ends before them is made longer, with zeros. */
static unsigned char *entry_room(entry_row *row, int64_t number, size_t bytes) {
  size_t end = (size_t)((number - 1) % ENTRY_GROUP + 1) * bytes;
  if (end > row->length) {
    memset(row->bytes + row->length, 0, end - row->length);
    row->length = end;
  }
  row->is_changed = 1;
  return row->bytes + (end - bytes);
}

static uint32_t entry_read_length(const unsigned char *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static void entry_write_length(unsigned char *to, uint32_t length) {
  for (int i = 0; i < 4; i++) to[i] = (unsigned char)(length >> (8 * i));
}

static int entry_find(entries *e, int64_t number, entry *found) {
  entry_row *row = entry_row_of(e, ENTRY_TABLE, number);
  const unsigned char *from = row == NULL ? NULL : entry_bytes(row, number, ENTRY_BYTES);
  if (row != NULL && from == NULL) entry_fail(e, number, "it has no entry");
  if (from == NULL) return 0;
  uint32_t length = entry_read_length(from + 24);
  found->text.hash = hash_read((const char *)from);
  found->key = (int64_t)bytes_word((const char *)from + 16);
  found->text.length = length & ~ENTRY_ALTERNATE_BIT;
  found->has_alternate = (length & ENTRY_ALTERNATE_BIT) != 0;
  if (found->key == 0) return 0;
  if (row_key_is_of(found->key, e->of->id, e->of->sequence)) return 1;
  entry_fail(e, number, "its entry has a row key that cannot be");
  return 0;
}

static int entry_find_alternate(entries *e, int64_t number, const entry *of, entry_text *found) {
  if (!of->has_alternate) return 0;
  entry_row *row = entry_row_of(e, ALTERNATE_TABLE, number);
  const unsigned char *from = row == NULL ? NULL : entry_bytes(row, number, ALTERNATE_BYTES);
  if (row != NULL && from == NULL) entry_fail(e, number, "it has no alternate");
  if (from == NULL) return 0;
  found->hash = hash_read((const char *)from);
  found->length = entry_read_length(from + HASH_BYTES);
  return found->length > 0;
}

static void entry_add_mark(entries *e, const entry_mark *mark) {
  entry_mark *marks = list_room(e->marks, NULL, e->count, &e->capacity, sizeof *marks);
  if (marks == NULL) {
    store_fail_memory(e->store);
    return;
  }
  e->marks = marks;
  if (e->count > 0 && marks[e->count - 1].number > mark->number) e->is_unsorted = 1;
  marks[e->count++] = *mark;
}

static void entry_mark_change(entries *e, int64_t number, const entry *becomes) {
  entry_mark mark = {number, *becomes, {{0, 0}, 0}};
  mark.becomes.has_alternate = 0;
  entry_add_mark(e, &mark);
}

static void entry_mark_alternate(entries *e, int64_t number, const entry *becomes, entry_text alternate) {
  entry_mark mark = {number, *becomes, alternate};
  mark.becomes.has_alternate = 1;
  entry_add_mark(e, &mark);
}

static int entry_compare_marks(const void *a, const void *b) {
  int64_t left = ((const entry_mark *)a)->number, right = ((const entry_mark *)b)->number;
  return (left > right) - (left < right);
}

static void entry_write(unsigned char *to, const entry *becomes) {
  uint32_t bit = becomes->has_alternate ? ENTRY_ALTERNATE_BIT : 0;
  hash_write(becomes->text.hash, (char *)to);
  for (int i = 0; i < 8; i++) to[16 + i] = (unsigned char)((uint64_t)becomes->key >> (8 * i));
  entry_write_length(to + 24, becomes->text.length | bit);
}

static void entry_flush_mark(entries *e, const entry_mark *mark) {
  entry_row *row = entry_row_of(e, ENTRY_TABLE, mark->number);
  if (row != NULL) entry_write(entry_room(row, mark->number, ENTRY_BYTES), &mark->becomes);
  if (row == NULL || mark->alternate.length == 0) return;
  row = entry_row_of(e, ALTERNATE_TABLE, mark->number);
  if (row == NULL) return;
  unsigned char *to = entry_room(row, mark->number, ALTERNATE_BYTES);
  hash_write(mark->alternate.hash, (char *)to);
  entry_write_length(to + HASH_BYTES, mark->alternate.length);
}

static void entries_flush(entries *e) {
  if (e->is_unsorted) qsort(e->marks, e->count, sizeof *e->marks, entry_compare_marks);
  for (size_t i = 0; i < e->count && !store_failed(e->store); i++) entry_flush_mark(e, &e->marks[i]);
  for (int table = ENTRY_TABLE; table <= ALTERNATE_TABLE; table++) {
    for (int i = 0; i < ENTRY_ROWS && e->rows[table] != NULL; i++) {
      entry_row *row = &e->rows[table][i];
      if (row->group >= 0 && row->is_changed) entry_write_row(e, table, row);
    }
  }
  e->count = 0;
  e->is_unsorted = 0;
}

static entries entries_open(nangolite *store, collection *of) {
  return (entries){.store = store, .of = of};
}

static void entries_free(entries *e) {
  sqlite3_free(e->rows[ENTRY_TABLE]);
  sqlite3_free(e->rows[ALTERNATE_TABLE]);
  sqlite3_free(e->marks);
  *e = (entries){.store = e->store, .of = e->of};
}

/* Any bytes: a row that is too long, or no blob, is read as an empty one. */
static void entry_mend_read(entry_mender *m, int table, entry_row *row) {
  row->length = 0;
  query q = query_open(m->store, entry_tables[table].get);
  query_bind_int(&q, m->of->id << 32 | row->group);
  if (query_next(&q) && query_is_blob(&q, 0)) {
    slice stored = query_blob(&q, 0);
    if (stored.length > 0 && stored.length <= sizeof row->bytes)
      memcpy(row->bytes, stored.at, row->length = stored.length);
  }
  query_close(&q);
}

static void entry_mend_open(entry_mender *m, int64_t group) {
  int64_t numbers = m->of->numbers - group * ENTRY_GROUP;
  m->stored.group = m->alternates.group = m->made.group = group;
  entry_mend_read(m, ENTRY_TABLE, &m->stored);
  entry_mend_read(m, ALTERNATE_TABLE, &m->alternates);
  m->made.length = (size_t)(numbers < ENTRY_GROUP ? numbers : ENTRY_GROUP) * ENTRY_BYTES;
  memset(m->made.bytes, 0, m->made.length);
}

static void entry_mend_close(entry_mender *m) {
  entry_row *made = &m->made;
  if (made->length == m->stored.length && memcmp(made->bytes, m->stored.bytes, made->length) == 0) return;
  entries all = {.store = m->store, .of = m->of};
  entry_write_row(&all, ENTRY_TABLE, made);
  m->has_written = 1;
}

/* Closes the groups before this one, and opens those that follow up to it. */
static void entry_mend_go_to(entry_mender *m, int64_t group) {
  while (m->made.group < group && !store_failed(m->store)) {
    if (m->made.group >= 0) entry_mend_close(m);
    entry_mend_open(m, m->made.group + 1);
  }
}

static entry_mender entry_mend_begin(nangolite *store, collection *of) {
  entry_mender m = {.store = store, .of = of};
  m.made.group = -1;
  return m;
}

static entry entry_mend_make(entry_mender *m, int64_t number, int64_t key, slice payload) {
  const unsigned char *was = entry_bytes(&m->stored, number, ENTRY_BYTES);
  entry made = {.key = key};
  if (row_key_is_pruned(key)) {
    int has_hash = was != NULL && entry_read_length(was + 24) == 0;
    if (has_hash) made.text.hash = hash_read((const char *)was);
    return made;
  }
  made.text.hash = hash_bytes(&m->store->key, payload.at, payload.length);
  made.text.length = (uint32_t)payload.length;
  const unsigned char *alternate = entry_bytes(&m->alternates, number, ALTERNATE_BYTES);
  made.has_alternate = was != NULL && alternate != NULL && entry_read_length(alternate + HASH_BYTES) > 0 &&
                       entry_read_length(was + 24) == (made.text.length | ENTRY_ALTERNATE_BIT) &&
                       hash_equals(made.text.hash, hash_read((const char *)was));
  return made;
}

static entry_mended entry_mend(entry_mender *m, int64_t number, int64_t key, slice payload) {
  entry_mend_go_to(m, (number - 1) / ENTRY_GROUP);
  if (store_failed(m->store)) return ENTRY_WAS_RIGHT;
  const unsigned char *was = entry_bytes(&m->stored, number, ENTRY_BYTES);
  unsigned char *bytes = entry_bytes(&m->made, number, ENTRY_BYTES);
  entry made = entry_mend_make(m, number, key, payload);
  entry_write(bytes, &made);
  if (was == NULL) return ENTRY_WAS_WRONG;
  if (memcmp(was, bytes, ENTRY_BYTES) == 0) return ENTRY_WAS_RIGHT;
  int is_led_to = memcmp(was + 16, bytes + 16, 8) == 0 && !row_key_is_pruned(key);
  return is_led_to && memcmp(was, bytes, 16) != 0 ? ENTRY_HAD_ANOTHER_TEXT : ENTRY_WAS_WRONG;
}

static int entry_mend_end(entry_mender *m) {
  if (m->of->numbers > 0) entry_mend_go_to(m, (m->of->numbers - 1) / ENTRY_GROUP);
  if (m->made.group >= 0 && !store_failed(m->store)) entry_mend_close(m);
  return m->has_written;
}

static int64_t entry_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, ENTRIES_FREE, collection_id, limit);
}

static int64_t entry_free_alternate_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, ALTERNATES_FREE, collection_id, limit);
}
