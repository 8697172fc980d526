/* records: the functions of the C API on the records of a collection. */
#ifndef NANGOLITE_RECORDS_H
#define NANGOLITE_RECORDS_H

#include "records/write.h"

/* What is written, and where to. */
typedef struct records_call {
  const nangolite_scope *scope;
  write_kind kind;
  int makes_connection; /* where it is not there */
} records_call;

/* A call that writes records, from its beginning to its end. `changes` may be NULL. */
static int records_write(nangolite *store, const records_call *call, const char *json, int64_t length,
                         nangolite_changes *changes);

#endif
