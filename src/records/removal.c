#include "records/removal.h"

static void removal_records(nangolite *store, int64_t from, int64_t to) {
  query q = query_open(store, RECORDS_REMOVE);
  query_bind_int(&q, from);
  query_bind_int(&q, to);
  query_run(&q);
}

static void removal_collection(nangolite *store, int64_t id) {
  removal_records(store, row_key_make(id, 0, 0), row_key_make(id + 1, 0, 0));
  query_run_with(store, IDENTITIES_REMOVE, id);
  query_run_with(store, SEEN_CLEAR, id);
  query_run_with(store, COLLECTION_REMOVE, id);
}

/* The first records of one state: the key behind them, or 0 where there are none. */
static int64_t removal_find(nangolite *store, int64_t from, int64_t to, int64_t limit, int64_t *count,
                            int64_t *bytes) {
  int64_t end = 0;
  *count = *bytes = 0;
  query q = query_open(store, RECORDS_SLICE);
  query_bind_int(&q, from);
  query_bind_int(&q, to);
  query_bind_int(&q, limit);
  while (query_next(&q)) {
    end = query_int(&q, 0) + 1;
    *bytes += (int64_t)query_text(&q, 1).length;
    ++*count;
  }
  query_close(&q);
  return end;
}

static int64_t removal_state(nangolite *store, collection *c, int state, int64_t limit) {
  int64_t count, bytes;
  int64_t from = row_key_make(c->id, state, 0);
  int64_t end = removal_find(store, from, row_key_make(c->id, state + 1, 0), limit, &count, &bytes);
  if (end == 0) return 0;
  query q = query_open(store, IDENTITIES_REMOVE_SLICE);
  query_bind_int(&q, c->id);
  query_bind_int(&q, from);
  query_bind_int(&q, end);
  query_run(&q);
  removal_records(store, from, end);
  c->counts[state] -= count;
  if (state < STATE_PRUNED) c->bytes -= bytes;
  return count;
}

static int64_t removal_slice(nangolite *store, int64_t id, int64_t limit) {
  collection c = collection_by_id(store, id);
  int64_t removed = 0, left = 0;
  for (int state = 0; state < STATE_COUNT && removed < limit && !store_failed(store); state++) {
    removed += removal_state(store, &c, state, limit - removed);
  }
  for (int state = 0; state < STATE_COUNT; state++) left += c.counts[state];
  if (c.counts[ACTION_ADDED] + c.counts[ACTION_UPDATED] + c.counts[ACTION_DELETED] == 0)
    c.oldest_payload_at = 0;
  if (left == 0) removal_collection(store, id);
  else collection_save(store, &c);
  return removed;
}
