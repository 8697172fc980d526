#include "database/open_stores.h"

#include "base/slice.h"

static nangolite *open_stores_first;   /* the only state that stores share, hence the mutex */

static sqlite3_mutex *open_stores_mutex(void) {
  return sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
}

static void open_stores_enter(nangolite *store) {
  sqlite3_randomness((int)sizeof store->token, &store->token);
  store->token = (store->token & INT64_MAX) | 1;   /* a positive number: 0 is none */
  sqlite3_mutex_enter(open_stores_mutex());
  store->next_open = open_stores_first;
  open_stores_first = store;
  sqlite3_mutex_leave(open_stores_mutex());
}

static void open_stores_leave(nangolite *store) {
  sqlite3_mutex_enter(open_stores_mutex());
  nangolite **place = &open_stores_first;
  while (*place != NULL && *place != store) place = &(*place)->next_open;
  if (*place == store) *place = store->next_open;
  sqlite3_mutex_leave(open_stores_mutex());
}

static int open_stores_has(int64_t token) {
  sqlite3_mutex_enter(open_stores_mutex());
  const nangolite *found = open_stores_first;
  while (found != NULL && found->token != token) found = found->next_open;
  sqlite3_mutex_leave(open_stores_mutex());
  return found != NULL;
}

static int open_stores_share_memory(const nangolite *store) {
  if (!store->is_shared_memory) return 0;
  slice name = slice_of(sqlite3_db_filename(store->db, "main"));
  int is_shared = 0;
  sqlite3_mutex_enter(open_stores_mutex());
  for (const nangolite *other = open_stores_first; other != NULL && !is_shared; other = other->next_open) {
    if (other == store || !other->is_shared_memory) continue;
    is_shared = slice_equals(name, slice_of(sqlite3_db_filename(other->db, "main")));
  }
  sqlite3_mutex_leave(open_stores_mutex());
  return is_shared;
}
