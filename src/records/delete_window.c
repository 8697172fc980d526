#include "records/delete_window.h"

static void window_flush(nangolite *store, window_seen *seen) {
  if (!seen->is_changed) return;
  query q = query_open(store, SEEN_PUT);
  query_bind_int(&q, seen->collection);
  query_bind_int(&q, seen->chunk);
  query_bind_blob(&q, seen->bits, sizeof seen->bits);
  query_run(&q);
  seen->is_changed = 0;
}

/* A chunk of another length was not written by this code. It is refused, because it would decide what is
** deleted. */
static void window_read_chunk(nangolite *store, window_seen *seen) {
  memset(seen->bits, 0, sizeof seen->bits);
  query q = query_open(store, SEEN_GET);
  query_bind_int(&q, seen->collection);
  query_bind_int(&q, seen->chunk);
  if (query_next(&q)) {
    slice bits = query_blob(&q, 0);
    if (bits.length == sizeof seen->bits && query_is_blob(&q, 0))
      memcpy(seen->bits, bits.at, sizeof seen->bits);
    else
      store_fail(store, NANGOLITE_CORRUPT, "collection %lld, chunk %lld of its window: it has not %d bytes",
                 (long long)seen->collection, (long long)seen->chunk, WINDOW_CHUNK_BYTES);
  }
  query_close(&q);
}

static unsigned char *window_byte(nangolite *store, const collection *c, window_seen *seen, int64_t number) {
  int64_t chunk = number / WINDOW_CHUNK_BITS;
  if (!seen->is_loaded || seen->chunk != chunk) {
    window_flush(store, seen);
    seen->is_loaded = 1;
    seen->collection = c->id;
    seen->chunk = chunk;
    window_read_chunk(store, seen);
  }
  return &seen->bits[number % WINDOW_CHUNK_BITS / 8];
}

static void window_see(nangolite *store, const collection *c, window_seen *seen, int64_t number) {
  if (c->window_opened_at == 0) return;
  unsigned char *byte = window_byte(store, c, seen, number);
  int bit = 1 << number % 8;
  if (*byte & bit) return;
  *byte = (unsigned char)(*byte | bit);
  seen->is_changed = 1;
}

static int window_has_seen(nangolite *store, const collection *c, window_seen *seen, int64_t number) {
  return *window_byte(store, c, seen, number) >> number % 8 & 1;
}

static void window_open(nangolite *store, collection *c) {
  if (c->window_opened_at != 0) return;
  c->window_opened_at = store->now;
  c->window_live = collection_live(c);
}

static void window_discard(nangolite *store, collection *c) {
  c->window_opened_at = 0;
  c->window_live = 0;
  query_run_with(store, SEEN_CLEAR, c->id);
}

/* Goes through the numbers of a collection, and finds those whose records are live and were not seen. */
typedef struct window_missing {
  entries *known;
  window_seen *seen;
  int64_t number; /* the next one to look at */
  entry stored;   /* the entry of the number that was found last */
} window_missing;

/* The next such number. 0: there are no more, or a failure is latched. */
static int64_t window_next_missing(window_missing *m) {
  nangolite *store = m->known->store;
  const collection *c = m->known->of;
  while (m->number <= c->numbers && !store_interrupted(store)) {
    int64_t number = m->number++;
    if (window_has_seen(store, c, m->seen, number) || !entry_find(m->known, number, &m->stored)) continue;
    if (row_key_action(m->stored.key) != ACTION_DELETED) return number;
  }
  return 0;
}

static void window_guard(entries *known, window_seen *seen, int max_percent) {
  int64_t missing = 0, live = known->of->window_live;
  window_missing m = {.known = known, .seen = seen, .number = 1};
  while (window_next_missing(&m) != 0) missing++;
  if (missing == 0 || missing * 100 <= live * max_percent) return;
  store_fail(known->store, NANGOLITE_TOO_MANY_DELETES,
             "%lld of %lld live records were not seen, and max_delete_percent is %d", (long long)missing,
             (long long)live, max_percent);
}

enum { WINDOW_SLICE = 4096 }; /* so many deletions are flushed at once, which limits the memory */

static int64_t window_delete_missing(entries *known, window_seen *seen, int64_t writer) {
  int64_t deleted = 0, number;
  window_missing m = {.known = known, .seen = seen, .number = 1};
  while ((number = window_next_missing(&m)) != 0) {
    record_delete(known, &(record_change){.number = number, .was = m.stored, .writer = writer});
    if (++deleted % WINDOW_SLICE == 0) entries_flush(known);
  }
  entries_flush(known);
  return deleted;
}

static int64_t window_end(nangolite *store, collection *c, int max_percent, int64_t writer) {
  int64_t deleted = 0;
  window_seen seen = {0};
  entries known = entries_open(store, c);
  if (max_percent > 0) window_guard(&known, &seen, max_percent);
  if (!store_failed(store)) deleted = window_delete_missing(&known, &seen, writer);
  window_discard(store, c);
  entries_free(&known);
  return deleted;
}

static int64_t window_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, SEEN_FREE, collection_id, limit);
}
