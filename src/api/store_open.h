/* store_open: the functions of the C API that open, attach and close a store. */
#ifndef NANGOLITE_STORE_OPEN_H
#define NANGOLITE_STORE_OPEN_H

#include "database/store.h"

#ifdef NANGOLITE_EXTENSION
/* nangolite_attach() with default options for functions of SQL, which are called while a statement of the connection is
** running. Where the database has no store, `makes` says whether it gets one; else that is NANGOLITE_INVALID. */
static int store_attach_in_statement(sqlite3 *db, int makes, nangolite **store);
#endif

#endif
