#include "records/delete_window.h"

typedef struct window_chunk {
  int64_t collection;
  int64_t chunk;       /* -1: none is loaded */
  int is_changed;
  unsigned char bits[WINDOW_CHUNK_BYTES];
} window_chunk;

static void window_flush(nangolite *store, window_chunk *w) {
  if (w->chunk < 0 || !w->is_changed) return;
  query q = query_open(store, SEEN_PUT);
  query_bind_int(&q, w->collection);
  query_bind_int(&q, w->chunk);
  query_bind_blob(&q, w->bits, sizeof w->bits);
  query_run(&q);
  w->is_changed = 0;
}

static void window_load(nangolite *store, window_chunk *w, int64_t chunk) {
  if (w->chunk == chunk) return;
  window_flush(store, w);
  memset(w->bits, 0, sizeof w->bits);
  w->chunk = chunk;
  query q = query_open(store, SEEN_GET);
  query_bind_int(&q, w->collection);
  query_bind_int(&q, chunk);
  if (query_next(&q)) {
    slice bits = query_blob(&q, 0);
    if (bits.length == sizeof w->bits) memcpy(w->bits, bits.at, sizeof w->bits);
  }
  query_close(&q);
}

static int window_has(nangolite *store, window_chunk *w, int64_t number) {
  window_load(store, w, number / WINDOW_CHUNK_BITS);
  int64_t bit = number % WINDOW_CHUNK_BITS;
  return w->bits[bit / 8] >> bit % 8 & 1;
}

static void window_add(nangolite *store, window_chunk *w, int64_t number) {
  if (window_has(store, w, number)) return;
  int64_t bit = number % WINDOW_CHUNK_BITS;
  w->bits[bit / 8] = (unsigned char)(w->bits[bit / 8] | 1 << bit % 8);
  w->is_changed = 1;
}

static void window_note(nangolite *store, window_seen *seen, int64_t number) {
  int64_t *numbers = list_room(seen->numbers, NULL, seen->count, &seen->capacity, sizeof *numbers);
  if (numbers == NULL) {
    store_fail_memory(store);
    return;
  }
  seen->numbers = numbers;
  if (seen->count > 0 && numbers[seen->count - 1] > number) seen->is_unsorted = 1;
  numbers[seen->count++] = number;
}

static int window_compare(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

/* In ascending order each chunk is read and written once. */
static void window_store(nangolite *store, const collection *c, window_seen *seen) {
  window_chunk w = {c->id, -1, 0, {0}};
  if (c->window_opened_at != 0 && !store_failed(store) && seen->count > 0) {
    if (seen->is_unsorted) qsort(seen->numbers, seen->count, sizeof *seen->numbers, window_compare);
    for (size_t i = 0; i < seen->count && !store_failed(store); i++) window_add(store, &w, seen->numbers[i]);
    window_flush(store, &w);
  }
  sqlite3_free(seen->numbers);
  *seen = (window_seen){NULL, 0, 0, 0};
}

static void window_open(nangolite *store, collection *c) {
  if (c->window_opened_at == 0) c->window_opened_at = store->now;
}

static void window_discard(nangolite *store, collection *c) {
  c->window_opened_at = 0;
  query_run_with(store, SEEN_CLEAR, c->id);
}

/* All bits of a collection: one for each number, from 0. The caller frees it. */
static unsigned char *window_bits(nangolite *store, const collection *c) {
  size_t chunks = (size_t)(c->numbers / WINDOW_CHUNK_BITS) + 1;
  unsigned char *bits = store_allocate(store, chunks * WINDOW_CHUNK_BYTES);
  if (bits == NULL) return NULL;
  memset(bits, 0, chunks * WINDOW_CHUNK_BYTES);
  query q = query_open(store, SEEN_ALL);
  query_bind_int(&q, c->id);
  while (query_next(&q)) {
    int64_t chunk = query_int(&q, 0);
    slice stored = query_blob(&q, 1);
    if (chunk >= 0 && (size_t)chunk < chunks && stored.length == WINDOW_CHUNK_BYTES)
      memcpy(bits + (size_t)chunk * WINDOW_CHUNK_BYTES, stored.at, WINDOW_CHUNK_BYTES);
  }
  query_close(&q);
  return bits;
}

/* Steps over a collection's identities to those that are live and were not seen. */
typedef struct window_missing {
  query q;
  const unsigned char *bits;
  int64_t numbers;      /* of its last bit */
  slice id;
  identity stored;
} window_missing;

static window_missing window_missing_open(nangolite *store, const collection *c, const unsigned char *bits,
                                          slice after) {
  window_missing m = {query_open(store, IDENTITIES_FROM), bits, c->numbers, {NULL, 0}, {0}};
  query_bind_int(&m.q, c->id);
  query_bind_text(&m.q, after);
  return m;
}

static int window_missing_next(window_missing *m) {
  while (query_next(&m->q)) {
    identity_read(&m->q, &m->stored);
    if (m->stored.number > m->numbers) {
      store_fail(m->q.store, NANGOLITE_CORRUPT, "an identity has a number that was not given");
      break;
    }
    int seen = m->bits[m->stored.number / 8] >> m->stored.number % 8 & 1;
    if (seen || row_key_action(m->stored.key) == ACTION_DELETED) continue;
    m->id = query_text(&m->q, 4);
    return 1;
  }
  query_close(&m->q);
  return 0;
}

static void window_guard(nangolite *store, const collection *c, const unsigned char *bits, int max_percent) {
  int64_t missing = 0;
  window_missing m = window_missing_open(store, c, bits, slice_of(""));
  while (window_missing_next(&m)) missing++;
  int64_t live = collection_live(c);
  if (missing * 100 > live * max_percent) {
    store_fail(store, NANGOLITE_TOO_MANY_DELETES,
               "%lld of %lld live records were not seen, and max_delete_percent is %d", (long long)missing,
               (long long)live, max_percent);
  }
}

enum { WINDOW_SLICE = 128 };   /* records that are deleted between two readings: bounds the memory */

/* Deletes the next missing records after `after`, which then is the id of the last. 0: there were none. */
static int window_delete_slice(nangolite *store, collection *c, const unsigned char *bits, int64_t writer,
                               text *after) {
  identity stored[WINDOW_SLICE];
  size_t ends[WINDOW_SLICE];
  int count = 0;
  text ids = {0};
  window_missing m = window_missing_open(store, c, bits, (slice){after->at, after->length});
  while (count < WINDOW_SLICE && window_missing_next(&m)) {
    text_append(&ids, m.id.at, m.id.length);
    stored[count] = m.stored;
    ends[count++] = ids.length;
  }
  query_close(&m.q);
  store_check_text(store, &ids);
  for (int i = 0; i < count && !store_failed(store); i++) {
    size_t from = i == 0 ? 0 : ends[i - 1];
    record_delete(store, c, &stored[i], (slice){ids.at + from, ends[i] - from}, writer);
    text_clear(after);
    text_append(after, ids.at + from, ends[i] - from);
  }
  store_check_text(store, after);
  text_free(&ids);
  return store_failed(store) ? 0 : count;
}

static int64_t window_end(nangolite *store, collection *c, int max_percent, int64_t writer) {
  int64_t deleted = 0;
  unsigned char *bits = window_bits(store, c);
  text after = {0};
  text_append(&after, "", 1);
  after.length = 0;
  store_check_text(store, &after);
  if (bits != NULL && max_percent > 0) window_guard(store, c, bits, max_percent);
  for (int count = 1; count > 0 && bits != NULL; deleted += count)
    count = window_delete_slice(store, c, bits, writer, &after);
  text_free(&after);
  sqlite3_free(bits);
  window_discard(store, c);
  return deleted;
}
