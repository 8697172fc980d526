#include "feed.h"

static int feed_is_behind(const feed_place *place, int64_t stamp, slice id) {
  if (stamp != place->stamp) return stamp < place->stamp;
  return place->id.at == NULL || slice_compare(id, place->id) <= 0;
}

/* The first key of [from, to) with a record, and whether the place is before it. 0: there is no record. */
static int64_t feed_probe(nangolite *store, int64_t from, int64_t to, const feed_place *place,
                          int *is_behind) {
  query q = query_open(store, RECORD_FIRST);
  query_bind_int(&q, from);
  query_bind_int(&q, to);
  int64_t key = query_next(&q) ? query_int(&q, 0) : 0;
  if (key != 0) *is_behind = feed_is_behind(place, query_int(&q, 1), query_text(&q, 2));
  query_close(&q);
  return key;
}

/* Where the place is the stamp of the record that it names, as it is for a reader who turns pages, one
** look-up tells. */
static int64_t feed_named_sequence(nangolite *store, const collection *c, const feed_place *place) {
  identity named;
  if (place->id.at == NULL || !identity_find(store, c->id, place->id, &named)) return -1;
  query q = query_open(store, RECORD_FIRST);
  query_bind_int(&q, named.key);
  query_bind_int(&q, named.key + 1);
  int is_there = query_next(&q) && query_int(&q, 1) == place->stamp;
  query_close(&q);
  return is_there ? key_sequence(named.key) : -1;
}

/* Bisection: stamps ascend with keys, so this finds the first key of a lane that is not behind the place.
** Invariant: what is below `low` is behind the place, what is at `high` or above is not. */
static int64_t feed_bisect(nangolite *store, const collection *c, int lane, const feed_place *place) {
  int64_t low = key_make(c->id, lane, 0), high = key_make(c->id, lane, c->sequence) + 1;
  while (low < high && !store_failed(store)) {
    int64_t middle = low + (high - low) / 2;
    int is_behind = 0;
    int64_t key = feed_probe(store, middle, high, place, &is_behind);
    if (is_behind) low = key + 1;
    else high = middle;
  }
  return low;
}

static void feed_step(feed *f, int lane) {
  f->heads[lane].key = 0;
  if (query_next(&f->lanes[lane])) record_read(&f->lanes[lane], &f->heads[lane]);
}

static feed feed_open(nangolite *store, const collection *c, unsigned lanes, const feed_place *after) {
  feed f = {store, {{NULL, NULL, 0}}, {{0}}, -1};
  int64_t named = after == NULL ? 0 : feed_named_sequence(store, c, after);
  for (int lane = 0; lane < LANE_COUNT; lane++) {
    if (!(lanes >> lane & 1) || c->counts[lane] == 0) continue;
    int64_t from = named >= 0 ? key_make(c->id, lane, named + 1) : feed_bisect(store, c, lane, after);
    f.lanes[lane] = query_open(store, (statement_id)(FEED_LANE + lane));
    query_bind_int(&f.lanes[lane], from);
    query_bind_int(&f.lanes[lane], key_make(c->id, lane + 1, 0));
    feed_step(&f, lane);
  }
  return f;
}

static int feed_next(feed *f, record_row *next) {
  if (f->last >= 0) feed_step(f, f->last);
  f->last = -1;
  for (int lane = 0; lane < LANE_COUNT; lane++) {
    if (f->heads[lane].key == 0) continue;
    if (f->last < 0 || key_sequence(f->heads[lane].key) < key_sequence(f->heads[f->last].key)) f->last = lane;
  }
  if (f->last < 0 || store_failed(f->store)) return 0;
  *next = f->heads[f->last];
  return 1;
}

static void feed_close(feed *f) {
  for (int lane = 0; lane < LANE_COUNT; lane++) query_close(&f->lanes[lane]);
}
