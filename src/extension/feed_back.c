#include "extension/feed_back.h"

#ifdef NANGOLITE_EXTENSION

/* Moves a state's head to its last record whose row key is less than `below`. */
static void feed_back_seek(feed_back *f, int state, int64_t below) {
  query q = query_open(f->store, RECORD_LAST);
  query_bind_int(&q, f->first[state]);
  query_bind_int(&q, below);
  int64_t key = query_number(&q);
  if (key != 0 && (key < f->first[state] || key >= below)) feed_fail_order(f->store, key);
  f->heads[state] = key;
}

static feed_back feed_back_open(nangolite *store, const collection *c, const feed_place *before) {
  feed_back f = {.store = store};
  for (int state = 0; state < STATE_COUNT; state++) {
    if (c->counts[state] == 0) continue;
    f.first[state] = row_key_make(c->id, state, 0);
    int64_t end = row_key_make(c->id, state + 1, 0);
    feed_back_seek(&f, state, before == NULL ? end : feed_bisect(store, c, state, before));
  }
  return f;
}

static int feed_back_next(feed_back *f, record_row *next) {
  int last = 0;
  query_close(&f->row);
  for (int state = 1; state < STATE_COUNT; state++) {
    if (row_key_sequence(f->heads[state]) > row_key_sequence(f->heads[last])) last = state;
  }
  int64_t key = f->heads[last];
  if (key == 0 || store_failed(f->store)) return 0;
  feed_back_seek(f, last, key);
  return record_get_at(f->store, key, &f->row, next);
}

static void feed_back_close(feed_back *f) {
  query_close(&f->row);
}

#endif
