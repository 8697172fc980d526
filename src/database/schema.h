/* schema: makes the tables of a store, knows their version, and makes a current file of an older one.
** docs/file-format.md draws the tables. */
#ifndef NANGOLITE_SCHEMA_H
#define NANGOLITE_SCHEMA_H

#include "database/tables.h"
#include "database/transaction.h"

/* What a database is before anything is written to it. */
typedef enum schema_kind {
  SCHEMA_EMPTY,   /* it has no tables, indexes or views at all */
  SCHEMA_FOREIGN, /* it has some, but is no store */
  SCHEMA_STORE    /* a store, of some version */
} schema_kind;

static schema_kind schema_inspect(nangolite *store);

/* The version of the store's tables; 0: it is no store. */
static int64_t schema_version(nangolite *store);

/* The way to a version from the one before: what the list of tables does not make, such as new columns of
** an old table. */
typedef struct schema_step {
  int to; /* 0: there are no more */
  const char *sql;
} schema_step;

/* Which versions a store may have, and how it becomes a current one. The library has one history; a test
** of the migration makes up another. */
typedef struct schema_history {
  int first, current; /* versions: lower ones are drafts, higher ones are newer libraries' */
  const table_object *(*object_at)(int position);
  const schema_step *steps; /* in the order of versions */
} schema_history;

/* Latches NANGOLITE_NEWER_SCHEMA where a newer library wrote the store, and NANGOLITE_INVALID where a
** draft of the library did. Only reads the file. `argument` names the store in the message. */
static void schema_refuse(nangolite *store, const schema_history *history, const char *argument);

/* Makes what is missing, in one transaction; does nothing on a current store. Refuses what schema_refuse()
** refuses. */
static void schema_migrate(nangolite *store, const schema_history *history, const char *argument);

/* Sets store->as_nango to the mode in which a current store was made. Latches NANGOLITE_INVALID where the
** option as_nango asks for it and the store was made without. */
static void schema_take_mode(nangolite *store, const char *argument);
/* Runs SQL that makes or drops something. */
static void schema_execute(nangolite *store, const char *sql);

/* The history of this library. */
static const schema_history *schema_now(void);

#endif
