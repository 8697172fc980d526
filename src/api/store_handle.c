/* store_handle: the functions of the C API that need no file: errors, interrupts, the clock of a handle,
** and freeing. */
#include "database/store.h"

const char *nangolite_version(void) {
  return NANGOLITE_VERSION;
}

const char *nangolite_errmsg(nangolite *store) {
  return store == NULL ? "out of memory" : store_message(store);
}

const char *nangolite_result_name(int result) {
  return store_result_name(result);
}

void nangolite_interrupt(nangolite *store) {
  if (store == NULL || !store->opened) return;
  store->interrupted = 1;
  /* On an attached store this could roll back the caller's own transaction. */
  if (store->owned) sqlite3_interrupt(store->db);
}

void nangolite_free(void *memory) {
  sqlite3_free(memory);
}

int64_t nangolite_now(nangolite *store) {
  return store == NULL ? 0 : store_given_clock(store);
}

void nangolite_clock_set(nangolite *store, int64_t microseconds) {
  if (store != NULL) store_hold_clock(store, microseconds);
}

/* A sum that is too great for int64_t becomes INT64_MAX; store_given_clock() keeps the time in the years
** 1970 to 9999. */
void nangolite_clock_advance(nangolite *store, int64_t microseconds) {
  if (store == NULL) return;
  int64_t now = store_given_clock(store);
  store_hold_clock(store, microseconds > INT64_MAX - now ? INT64_MAX : now + microseconds);
}
