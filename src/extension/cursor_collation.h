/* cursor_collation: a collation for the cursors of records, which as text have no order that means anything. */
#ifndef NANGOLITE_CURSOR_COLLATION_H
#define NANGOLITE_CURSOR_COLLATION_H

#include "base/internal.h"

#ifdef NANGOLITE_EXTENSION

#define CURSOR_COLLATION "nangolite_cursor"

/* Registers it. Returns a code of SQLite. */
static int cursor_collation_register(sqlite3 *db);

#endif
#endif
