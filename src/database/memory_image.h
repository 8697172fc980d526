/* memory_image: a database as bytes, through SQLite's file system whose files are memory.
**
** That file system is asked for by its name, because a program may run with an older SQLite than the one whose header
** it was compiled with. It is missing before 3.36, and where SQLite was built with SQLITE_OMIT_DESERIALIZE. */
#ifndef NANGOLITE_MEMORY_IMAGE_H
#define NANGOLITE_MEMORY_IMAGE_H

#include "base/slice.h"

static int memory_image_is_available(void);

/* A database with a copy of these bytes; without any it is empty. NULL: there is no memory for it. Goes with
** sqlite3_close(). */
static sqlite3 *memory_image_open(slice bytes);

/* Makes one database what the other is. Returns what SQLite says, SQLITE_OK where it is done; else `to` is as before. */
static int memory_image_copy(sqlite3 *to, sqlite3 *from);

/* The bytes of a database that was opened here; they go with sqlite3_free(). NULL: there is no memory for them. */
static char *memory_image_read(sqlite3 *db, size_t *size);

#endif
