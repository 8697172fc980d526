#include "records/feed.h"

static int feed_is_behind(const feed_place *place, int64_t stamp, slice id) {
  if (stamp != place->stamp) return stamp < place->stamp;
  return place->id.at == NULL || slice_compare(id, place->id) <= 0;
}

/* In a damaged b-tree the next row can have a smaller key, so that reading would never end. */
static void feed_fail_order(nangolite *store, int64_t key) {
  store_fail(store, NANGOLITE_CORRUPT, "collection %lld: its records are not in the order of their keys",
             (long long)row_key_collection(key));
}

/* The first row key of [from, to) that has a record, and whether that record is before the place. 0: there
** is none. */
static int64_t feed_probe(nangolite *store, int64_t from, int64_t to, const feed_place *place,
                          int *is_behind) {
  query q = query_open(store, RECORD_FIRST);
  query_bind_int(&q, from);
  query_bind_int(&q, to);
  int64_t key = query_next(&q) ? query_int(&q, 0) : 0;
  if (key != 0 && (key < from || key >= to)) feed_fail_order(store, key);
  if (key != 0) *is_behind = feed_is_behind(place, query_int(&q, 1), query_text(&q, 2));
  query_close(&q);
  return key;
}

/* The sequence of the place, found by looking up the record that it names: so it is mostly found for a
** reader who goes from page to page. -1: there is no such record, or it has another stamp by now. */
static int64_t feed_named_sequence(nangolite *store, const collection *c, const feed_place *place) {
  entry named;
  collection of = *c;
  entries known = entries_open(store, &of);
  int is_named = place->id.at != NULL && record_find(&known, place->id, &named) != 0;
  entries_free(&known);
  if (!is_named) return -1;
  query q = query_open(store, RECORD_FIRST);
  query_bind_int(&q, named.key);
  query_bind_int(&q, named.key + 1);
  int is_there = query_next(&q) && query_int(&q, 1) == place->stamp;
  query_close(&q);
  return is_there ? row_key_sequence(named.key) : -1;
}

/* By bisection: in a state, stamps ascend with row keys. Invariant: records below `low` are before the place, records at `high` or above are after it. */
static int64_t feed_bisect(nangolite *store, const collection *c, int state, const feed_place *place) {
  int64_t low = row_key_make(c->id, state, 0), high = row_key_make(c->id, state, c->sequence) + 1;
  while (low < high && !store_failed(store)) {
    int64_t middle = low + (high - low) / 2;
    int is_behind = 0;
    int64_t key = feed_probe(store, middle, high, place, &is_behind);
    if (is_behind) low = key + 1;
    else high = middle;
  }
  return low;
}

static void feed_step(feed *f, int state) {
  record_row *head = &f->heads[state];
  int64_t before = head->key;
  head->key = 0;
  if (!query_next(&f->states[state]) || !record_read(&f->states[state], head)) return;
  if (head->key <= before || row_key_state(head->key) != state) feed_fail_order(f->store, head->key);
}

static feed feed_open(nangolite *store, const collection *c, unsigned states, const feed_place *after) {
  feed f = {store, {{NULL, NULL, 0}}, {{0}}, -1};
  int64_t named = after == NULL ? 0 : feed_named_sequence(store, c, after);
  for (int state = 0; state < STATE_COUNT; state++) {
    if (!(states >> state & 1) || c->counts[state] == 0) continue;
    int64_t from = named >= 0 ? row_key_make(c->id, state, named + 1) : feed_bisect(store, c, state, after);
    f.states[state] = query_open(store, (statement_id)(FEED_STATE + state));
    query_bind_int(&f.states[state], from);
    query_bind_int(&f.states[state], row_key_make(c->id, state + 1, 0));
    feed_step(&f, state);
  }
  return f;
}

static int feed_next(feed *f, record_row *next) {
  if (f->last >= 0) feed_step(f, f->last);
  f->last = -1;
  for (int state = 0; state < STATE_COUNT; state++) {
    if (f->heads[state].key == 0) continue;
    if (f->last < 0 || row_key_sequence(f->heads[state].key) < row_key_sequence(f->heads[f->last].key))
      f->last = state;
  }
  if (f->last < 0 || store_failed(f->store)) return 0;
  *next = f->heads[f->last];
  return 1;
}

static void feed_close(feed *f) {
  for (int state = 0; state < STATE_COUNT; state++) query_close(&f->states[state]);
}

static int64_t feed_newest_key(nangolite *store, const collection *c) {
  int64_t newest = 0;
  for (int state = 0; state < STATE_COUNT; state++) {
    if (c->counts[state] == 0) continue;
    query q = query_open(store, RECORD_LAST);
    query_bind_int(&q, row_key_make(c->id, state, 0));
    query_bind_int(&q, row_key_make(c->id, state + 1, 0));
    int64_t key = query_number(&q);
    if (key != 0 && row_key_sequence(key) > row_key_sequence(newest)) newest = key;
  }
  return newest;
}

static int feed_newest(nangolite *store, const collection *c, query *row, feed_place *newest) {
  int64_t key = feed_newest_key(store, c);
  if (key == 0) return 0;
  *row = query_open(store, RECORD_FIRST);
  query_bind_int(row, key);
  query_bind_int(row, key + 1);
  if (!query_next(row)) return 0;
  *newest = (feed_place){query_int(row, 1), query_text(row, 2)};
  return 1;
}
