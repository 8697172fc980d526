/* dump: writes the lines of a dump. It reads the store in one transaction, row by row, so that its memory does not
** grow with the store. */
#ifndef NANGOLITE_DUMP_H
#define NANGOLITE_DUMP_H

#include "syncs/dump_form.h"
#include "syncs/instance.h"

typedef struct dump {
  nangolite *store;
  nangolite_scope scope; /* a NULL means all */
  int has_metadata;
  int (*write)(void *ctx, const char *text, size_t length); /* takes one line; other than 0: the dump ends */
  void *ctx;
  int64_t now;   /* when the runs in progress end */
  int64_t lines; /* written so far */
  text line;
} dump;

/* Writes all lines, in a transaction. A row that cannot be is latched as NANGOLITE_CORRUPT, a `write` that returns other
** than 0 as NANGOLITE_INTERRUPTED. */
static void dump_write(dump *d);

#endif
