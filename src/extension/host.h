/* host: what the functions and tables of SQL share: the store of the connection that has loaded the library as an
** extension.
**
** The store is opened by the first call that needs it, and lives as long as a table of ours is connected. SQLite
** connects a table when a statement names it, and disconnects all tables when the connection is closed, before it looks
** whether statements are left: that is when the store frees its own. So whoever opens the store sees to it that a table
** is connected. Where that fails, the store is closed again at the end of the call. */
#ifndef NANGOLITE_HOST_H
#define NANGOLITE_HOST_H

#include "base/slice.h"
#include "database/store.h"

#ifdef NANGOLITE_EXTENSION

typedef struct host {
  sqlite3 *db;
  nangolite *store; /* NULL: it is closed; one that could not be opened stays for its message */
  int references;   /* functions, modules and connected tables that know this host */
  int connected;    /* tables of ours that SQLite has connected */
} host;

/* NULL: there is no memory. It has one reference, which the caller gives up with host_release(). */
static host *host_make(sqlite3 *db);
static host *host_keep(host *h);
static void host_release(void *kept); /* the last one frees the host */

/* The store. NULL: there is no memory. Where the database has none, `makes` says whether it gets one. A store that could
** not be opened answers NANGOLITE_MISUSE to every call, and has the message. */
static nangolite *host_store(host *h, int makes);
/* The end of a function's call. */
static void host_leave(host *h);

/* The code of SQLite for the store's latest failure. */
static int host_code(const host *h);

/* ---- tables ---- */

typedef struct host_table {
  sqlite3_vtab base; /* the first member: SQLite holds a pointer to it */
  host *h;
} host_table;

/* Makes the table for xConnect; `columns` is a CREATE TABLE. */
static int host_connect(host *h, const char *columns, sqlite3_vtab **table, char **message);
static int host_disconnect(sqlite3_vtab *table);
/* Gives the table the message of the store's failure, and returns its code. */
static int host_fail(sqlite3_vtab *table);
/* Whether an argument can be text; else the table gets a message that names it. NULL can. */
static int host_is_text(sqlite3_vtab *table, sqlite3_value *value, const char *name);
/* Why an argument cannot be text, as the words behind its name. NULL: it can. */
static const char *host_refuse(sqlite3_value *value);

#endif
#endif
