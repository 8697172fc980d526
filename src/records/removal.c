#include "records/removal.h"

#include "records/delete_window.h"

enum {
  REMOVAL_CHUNK = 500,             /* rows that one statement frees, which limits its memory */
  REMOVAL_AT_ONCE = 4000,          /* rows of the collection that is being taken away */
  REMOVAL_EARLIER = 1000,          /* rows of a collection that is left */
  REMOVAL_BYTES = 16 * 1024 * 1024 /* of the payloads that are freed with them, roughly */
};

/* The rows of a collection: each function frees a limited number of them in one table. */
typedef int64_t (*removal_table)(nangolite *store, int64_t collection, int64_t limit);
static const removal_table removal_tables[] = {record_free_rows, identity_free_rows, entry_free_rows,
                                               entry_free_alternate_rows, window_free_rows};

static int64_t removal_free_table(nangolite *store, int64_t id, removal_table table, int64_t limit) {
  int64_t freed = 0, now = REMOVAL_CHUNK;
  while (freed < limit && now == REMOVAL_CHUNK && !store_interrupted(store)) {
    now = table(store, id, limit - freed < REMOVAL_CHUNK ? limit - freed : REMOVAL_CHUNK);
    freed += now;
  }
  return freed;
}

/* Frees at most `limit` rows of each table, and deletes the collection's row where none are left. Returns
** the greatest number of rows that one table has lost: that is the number of records, which have a row
** each. */
static int64_t removal_free_collection(nangolite *store, int64_t id, int64_t limit) {
  int64_t most = 0;
  for (size_t i = 0; i < sizeof removal_tables / sizeof *removal_tables; i++) {
    int64_t freed = removal_free_table(store, id, removal_tables[i], limit);
    if (freed > most) most = freed;
  }
  if (most == limit || store_failed(store)) return most;
  collection_remove(store, id);
  return most;
}

/* A collection without rows counts as one record, so that a call does not go through too many of them
** either. */
static int64_t removal_free(nangolite *store, int64_t limit) {
  int64_t freed = 0, id, left = limit;
  while (left > 0 && (id = collection_taken_away(store)) != 0) {
    int64_t now = removal_free_collection(store, id, left);
    freed += now;
    left -= now > 0 ? now : 1;
  }
  return freed;
}

static int removal_is_left(nangolite *store) {
  return collection_taken_away(store) != 0;
}

/* Frees at most `limit` rows of each table of a collection, fewer where its payloads are large, and not
** more than the call may still free. */
static void removal_free_share(nangolite *store, int64_t id, int64_t limit) {
  collection c = collection_by_id(store, id);
  int64_t records = 0;
  for (int state = 0; state < STATE_COUNT; state++) records += c.counts[state];
  int64_t average = records > 0 ? c.bytes / records : 0;
  if (average > 0 && limit > REMOVAL_BYTES / average) limit = REMOVAL_BYTES / average + 1;
  if (limit > store->rows_to_free) limit = store->rows_to_free;
  if (c.id != 0 && limit > 0) store->rows_to_free -= removal_free_collection(store, id, limit);
}

static void removal_take_away(nangolite *store, int64_t id) {
  collection_take_away(store, id);
  store_move_stamp(store);
  removal_free_share(store, id, REMOVAL_AT_ONCE);
  removal_free_share(store, collection_taken_away(store), REMOVAL_EARLIER);
}
