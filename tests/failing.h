/* failing.h: an allocator that fails when it is told to, so that a test can walk through every allocation of
** a call.
**
**   failing_begin();
**   for (int i = 0; ...; i++) { failing_after(i); call; failing_never(); … }
**   failing_end();
**
** failing_once() fails only one allocation. failing_count is how many have failed since the last of these
** calls.
**
** No connection may be open at failing_begin() or at failing_end(): SQLite is restarted with another
** allocator. */
#ifndef NANGOLITE_TEST_FAILING_H
#define NANGOLITE_TEST_FAILING_H

#include "plain.h"

static sqlite3_mem_methods failing_real;
static int failing_left = -1; /* allocations that still succeed; -1: all */

static int failing_is_once;
static int failing_count;

static int failing_now(void) {
  if (failing_left < 0) return 0;
  if (failing_left > 0) {
    failing_left--;
    return 0;
  }
  failing_count++;
  if (failing_is_once) failing_left = -1;
  return 1;
}

static void *failing_malloc(int size) {
  return failing_now() ? NULL : failing_real.xMalloc(size);
}

static void *failing_realloc(void *old, int size) {
  return failing_now() ? NULL : failing_real.xRealloc(old, size);
}

static void failing_set(const sqlite3_mem_methods *methods) {
  sqlite3_shutdown();
  assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, methods), SQLITE_OK);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* which would not ask the allocator */
  sqlite3_initialize();
}

static void failing_begin(void) {
  sqlite3_shutdown();
  assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &failing_real), SQLITE_OK);
  sqlite3_mem_methods methods = failing_real;
  methods.xMalloc = failing_malloc;
  methods.xRealloc = failing_realloc;
  failing_set(&methods);
}

static void failing_end(void) {
  failing_set(&failing_real);
}

static void failing_after(int allocations) {
  failing_left = allocations;
  failing_is_once = failing_count = 0;
}

static inline void failing_once(int allocations) {
  failing_after(allocations);
  failing_is_once = 1;
}

static void failing_never(void) {
  failing_left = -1;
}

#endif
