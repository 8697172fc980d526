#include "lookup.h"

enum {
  LOOKUP_STEPS = 4,        /* rows to pass before descending from the root again */
  LOOKUP_DESCENTS = 16,    /* descents in a row after steps that led nowhere */
  LOOKUP_NEW_MAX = 16      /* new ids in a row until the rest is taken to be new too */
};

/* Rows are compared with ids for being equal only: their order is that of the database's encoding, which may
** be another one. */
typedef struct lookup_walk {
  nangolite *store;
  int64_t collection_id;
  query rows;
  int has_row;
  int descents;    /* to be made before stepping is tried again */
} lookup_walk;

static int lookup_is_at(const lookup_walk *w, slice id) {
  return w->has_row && slice_equals(query_text(&w->rows, 4), id);
}

static void lookup_descend(lookup_walk *w, slice id) {
  query_close(&w->rows);
  w->rows = query_open(w->store, IDENTITIES_AT);
  query_bind_int(&w->rows, w->collection_id);
  query_bind_text(&w->rows, id);
  w->has_row = query_next(&w->rows);
}

static int lookup_step_to(lookup_walk *w, slice id) {
  for (int i = 0; i < LOOKUP_STEPS && w->has_row; i++) {
    w->has_row = query_next(&w->rows);
    if (lookup_is_at(w, id)) return 1;
  }
  w->descents = LOOKUP_DESCENTS;
  return 0;
}

static int lookup_find(lookup_walk *w, slice id, identity *found) {
  int is_there = 0;
  if (w->descents > 0) w->descents--;
  else is_there = lookup_step_to(w, id);
  if (!is_there) {
    lookup_descend(w, id);
    is_there = lookup_is_at(w, id);
  }
  if (is_there) identity_read(&w->rows, found);
  return is_there;
}

static lookup *lookup_batch(nangolite *store, int64_t collection_id, const batch *b) {
  lookup_walk w = {store, collection_id, {NULL, NULL, 0}, 0, 1};
  lookup *entries = store_allocate(store, b->count * sizeof *entries);
  if (entries == NULL) return NULL;
  memset(entries, 0, b->count * sizeof *entries);
  int new_in_a_row = 0, at_end = 0;
  for (size_t i = 0; i < b->count && new_in_a_row < LOOKUP_NEW_MAX && !at_end; i++) {
    lookup *entry = &entries[b->by_id[i]];
    int is_there = lookup_find(&w, b->items[b->by_id[i]].id, &entry->stored);
    entry->state = is_there ? LOOKUP_FOUND : LOOKUP_ABSENT;
    new_in_a_row = is_there ? 0 : new_in_a_row + 1;
    at_end = !w.has_row;
  }
  query_close(&w.rows);
  if (!store_failed(store)) return entries;
  sqlite3_free(entries);
  return NULL;
}
