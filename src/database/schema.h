/* schema: the tables of a store, their version, and how an older file becomes a current one. src/README.md
** draws them. */
#ifndef NANGOLITE_SCHEMA_H
#define NANGOLITE_SCHEMA_H

#include "database/tables.h"
#include "database/transaction.h"

/* What a database is to us before we touch it. */
typedef enum schema_state {
  SCHEMA_EMPTY,     /* no table at all */
  SCHEMA_FOREIGN,   /* tables, but not ours */
  SCHEMA_STORE      /* ours, of some version */
} schema_state;

static schema_state schema_inspect(nangolite *store);

/* The version of the tables that are there; 0: there are none of ours. */
static int64_t schema_version(nangolite *store);

/* Latches NANGOLITE_NEWER_SCHEMA where a newer library wrote the store. Only reads. */
static void schema_refuse_newer(nangolite *store);

/* Makes the tables that are missing, in one transaction; does nothing on a current store.
** A newer store is refused. */
static void schema_migrate(nangolite *store);

#endif
