#include "database/open_stores.h"

#include "base/slice.h"

/* The list of the open stores is the only state that stores share. Whoever holds its lock takes only a few
** steps along the list, so waiting for the lock may spin. SQLite's mutexes are not used, because they are
** missing where SQLite was built for one thread. */
static nangolite *open_stores_first;
static ATOMIC_INT open_stores_is_locked;

static void open_stores_lock(void) {
  while (ATOMIC_SWAP(&open_stores_is_locked, 1)) continue;
}

static void open_stores_unlock(void) {
  open_stores_is_locked = 0;
}

static void open_stores_enter(nangolite *store) {
  sqlite3_randomness((int)sizeof store->token, &store->token);
  store->token = (store->token & INT64_MAX) | 1; /* a positive number: 0 is none */
  open_stores_lock();
  store->next_open = open_stores_first;
  open_stores_first = store;
  open_stores_unlock();
}

static void open_stores_leave(nangolite *store) {
  open_stores_lock();
  nangolite **place = &open_stores_first;
  while (*place != NULL && *place != store) place = &(*place)->next_open;
  if (*place == store) *place = store->next_open;
  open_stores_unlock();
}

static int open_stores_has(int64_t token) {
  open_stores_lock();
  const nangolite *found = open_stores_first;
  while (found != NULL && found->token != token) found = found->next_open;
  open_stores_unlock();
  return found != NULL;
}

static int open_stores_share_memory(const nangolite *store) {
  if (!store->is_shared_memory) return 0;
  slice name = slice_of(sqlite3_db_filename(store->db, "main"));
  int is_shared = 0;
  open_stores_lock();
  for (const nangolite *other = open_stores_first; other != NULL && !is_shared; other = other->next_open) {
    if (other == store || !other->is_shared_memory) continue;
    is_shared = slice_equals(name, slice_of(sqlite3_db_filename(other->db, "main")));
  }
  open_stores_unlock();
  return is_shared;
}
