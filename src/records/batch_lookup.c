#include "records/batch_lookup.h"

enum {
  LOOKUP_STEPS = 4,  /* rows to step over before the next descent from the root */
  LOOKUP_GROUP = 16, /* ids that one statement looks up, where they are far apart */
  LOOKUP_GROUPS = 3  /* how many groups are looked up before stepping is tried again */
};

/* The order of the rows depends on the encoding of the database, and may differ from that of the items. So
** a row and an id are only compared for being equal. */
typedef struct lookup_walk {
  nangolite *store;
  const collection *c;
  batch *b;
  query rows;
  int has_row;
  int groups; /* how many groups are still to be looked up before stepping is tried again */
} lookup_walk;

static int lookup_is_at(const lookup_walk *w, slice id) {
  return w->has_row && slice_equals(query_text(&w->rows, 0), id);
}

static void lookup_descend(lookup_walk *w, slice id) {
  query_close(&w->rows);
  w->rows = query_open(w->store, IDENTITIES_AT);
  query_bind_int(&w->rows, w->c->id);
  query_bind_text(&w->rows, id);
  w->has_row = query_next(&w->rows);
}

static int lookup_step_to(lookup_walk *w, slice id) {
  for (int i = 0; i < LOOKUP_STEPS && w->has_row; i++) {
    w->has_row = query_next(&w->rows);
    if (lookup_is_at(w, id)) return 1;
  }
  return 0;
}

static void lookup_find(lookup_walk *w, batch_item *item) {
  int is_there = lookup_step_to(w, item->id);
  if (!is_there) {
    if (w->has_row) w->groups = LOOKUP_GROUPS;
    lookup_descend(w, item->id);
    is_there = lookup_is_at(w, item->id);
  }
  item->number = is_there ? identity_number(&w->rows, 1, w->c) : 0;
}

/* Looks up LOOKUP_GROUP items with one statement: those from place `from` on, in the order of ids. */
static void lookup_find_group(lookup_walk *w, size_t from) {
  const size_t *places = &w->b->by_id[from];
  query q = query_open(w->store, IDENTITIES_OF_GROUP);
  for (int i = 0; i < LOOKUP_GROUP; i++) {
    query_bind_text(&q, w->b->items[places[i]].id);
    w->b->items[places[i]].number = 0;
  }
  query_bind_int(&q, w->c->id);
  while (query_next(&q)) {
    slice id = query_text(&q, 0);
    for (int i = 0; i < LOOKUP_GROUP; i++) {
      batch_item *item = &w->b->items[places[i]];
      if (slice_equals(item->id, id)) item->number = identity_number(&q, 1, w->c);
    }
  }
  query_close(&q);
  w->groups--;
}

static void lookup_batch(nangolite *store, const collection *c, batch *b) {
  lookup_walk w = {.store = store, .c = c, .b = b};
  for (size_t i = 0; i < b->by_id_count && !store_failed(store);) {
    batch_item *item = &b->items[b->by_id[i]];
    int is_group = w.groups > 0 && b->by_id_count - i >= LOOKUP_GROUP;
    if (c->numbers == 0) item->number = 0;
    else if (is_group) lookup_find_group(&w, i);
    else if (item->number == BATCH_NOT_SOUGHT) lookup_find(&w, item);
    i += is_group ? LOOKUP_GROUP : 1;
  }
  query_close(&w.rows);
}
