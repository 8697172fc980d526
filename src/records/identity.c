#include "records/identity.h"

static int64_t identity_number(const query *q, int column, const collection *c) {
  int64_t number;
  if (query_int_within(q, column, 1, c->numbers, &number)) return number;
  store_fail(q->store, NANGOLITE_CORRUPT, "collection %lld: an identity has a number that was never issued",
             (long long)c->id);
  return 0;
}

static int64_t identity_find(nangolite *store, const collection *c, slice id) {
  query q = query_open(store, IDENTITY_FIND);
  query_bind_int(&q, c->id);
  query_bind_text(&q, id);
  int64_t number = query_next(&q) ? identity_number(&q, 0, c) : 0;
  query_close(&q);
  return number;
}

static void identity_insert(identity_writer *w, statement_id id, int from, int count) {
  query q = query_open(w->store, id);
  for (int i = from; i < from + count; i++) {
    query_bind_int(&q, w->collection);
    query_bind_text(&q, w->ids[i]);
    query_bind_int(&q, w->numbers[i]);
  }
  query_run(&q);
}

static void identity_flush(identity_writer *w) {
  if (w->count == IDENTITY_GROUP) {
    identity_insert(w, IDENTITY_INSERT_GROUP, 0, IDENTITY_GROUP);
  } else {
    for (int i = 0; i < w->count; i++) identity_insert(w, IDENTITY_INSERT, i, 1);
  }
  w->count = 0;
}

static void identity_add(identity_writer *w, slice id, int64_t number) {
  w->ids[w->count] = id;
  w->numbers[w->count++] = number;
  if (w->count == IDENTITY_GROUP) identity_flush(w);
}

static int64_t identity_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, IDENTITIES_FREE, collection_id, limit);
}
