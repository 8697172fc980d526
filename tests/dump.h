/* dump.h: dumps of stores as texts, for tests. */
#ifndef NANGOLITE_TEST_DUMP_H
#define NANGOLITE_TEST_DUMP_H

#include <stdio.h>
#include <stdlib.h>

#include "test.h"

/* The whole store with metadata, or without. */
#define full(t, store) dump_of(t, store, NULL, NANGOLITE_DUMP_METADATA)
#define plain(t, store) dump_of(t, store, NULL, 0)

static inline int dump_append(void *ctx, const char *line, size_t length) {
  if (length < 2 || line[length - 1] != '\n' || memchr(line, '\n', length - 1) != NULL)
    fail_msg("no whole line: %.*s", (int)length, line);
  return fwrite(line, 1, length, ctx) == length ? 0 : 1;
}

static inline const char *dump_of(test *t, nangolite *store, const nangolite_scope *scope, unsigned flags) {
  char *written = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&written, &length);
  OK_OF(store, nangolite_dump(store, scope, flags, dump_append, out));
  fclose(out);
  const char *copy = format(t, "%s", written);
  assert_int_equal(strlen(copy), length);
  free(written);
  return copy;
}

/* Loads a dump into a store without connections and definitions, which then gives the same dump. */
static inline void load_dump(test *t, nangolite *store, const char *dump) {
  char *reason = NULL;
  OK_OF(store, nangolite_load(store, dump, -1));
  SAME(full(t, store), dump);
  OK_OF(store, nangolite_check(store, &reason));
  SAME(taken(t, reason), NULL);
}

#endif
