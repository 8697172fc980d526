#include "records/batch_lookup.h"

enum {
  LOOKUP_STEPS = 4,        /* rows to pass before descending from the root again */
  LOOKUP_GROUP = 16,       /* ids that one statement looks up where they lie far apart */
  LOOKUP_GROUPS = 3,       /* groups to look up before stepping is tried again */
  LOOKUP_NEW_MAX = 16      /* new ids in a row until the rest is taken to be new too */
};

/* Rows are compared with ids for being equal only: their order is that of the database's encoding, which may
** be another one. */
typedef struct lookup_walk {
  nangolite *store;
  int64_t collection_id;
  query rows;
  int has_row;
  int groups;      /* to be looked up before stepping is tried again */
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
  return 0;
}

static int lookup_find(lookup_walk *w, slice id, lookup *entry) {
  int is_there = lookup_step_to(w, id);
  if (!is_there) {
    if (w->has_row) w->groups = LOOKUP_GROUPS;
    lookup_descend(w, id);
    is_there = lookup_is_at(w, id);
  }
  if (is_there) identity_read(&w->rows, &entry->stored);
  entry->state = is_there ? LOOKUP_FOUND : LOOKUP_ABSENT;
  return is_there;
}

/* The entry of the batch that has the id of a row. */
static lookup *lookup_entry_of(lookup *entries, const batch *b, const size_t *places, slice id) {
  for (int i = 0; i < LOOKUP_GROUP; i++) {
    if (slice_equals(b->items[places[i]].id, id)) return &entries[places[i]];
  }
  return NULL;
}

/* Returns how many are there. */
static int lookup_find_group(lookup_walk *w, lookup *entries, const batch *b, const size_t *places) {
  int found = 0;
  query q = query_open(w->store, IDENTITIES_OF_GROUP);
  for (int i = 0; i < LOOKUP_GROUP; i++) {
    query_bind_text(&q, b->items[places[i]].id);
    entries[places[i]].state = LOOKUP_ABSENT;
  }
  query_bind_int(&q, w->collection_id);
  for (; query_next(&q); found++) {
    lookup *entry = lookup_entry_of(entries, b, places, query_text(&q, 4));
    if (entry == NULL) continue;
    entry->state = LOOKUP_FOUND;
    identity_read(&q, &entry->stored);
  }
  query_close(&q);
  w->groups--;
  return found;
}

static lookup *lookup_batch(nangolite *store, int64_t collection_id, const batch *b) {
  lookup_walk w = {store, collection_id, {NULL, NULL, 0}, 0, 0};
  lookup *entries = store_allocate(store, b->count * sizeof *entries);
  if (entries == NULL) return NULL;
  memset(entries, 0, b->count * sizeof *entries);
  int new_in_a_row = 0, at_end = 0;
  for (size_t i = 0; i < b->count && new_in_a_row < LOOKUP_NEW_MAX && !at_end;) {
    const size_t *places = &b->by_id[i];
    int is_group = w.groups > 0 && b->count - i >= LOOKUP_GROUP, count = is_group ? LOOKUP_GROUP : 1;
    int found = is_group ? lookup_find_group(&w, entries, b, places)
                         : lookup_find(&w, b->items[*places].id, &entries[*places]);
    new_in_a_row = found > 0 ? 0 : new_in_a_row + count;
    at_end = !is_group && !w.has_row;
    i += (size_t)count;
  }
  query_close(&w.rows);
  if (!store_failed(store)) return entries;
  sqlite3_free(entries);
  return NULL;
}
