/* memory_image: a database as bytes, through the file system of SQLite that keeps its files in memory.
**
** That file system is asked for by its name, because a program may run with an older SQLite than the one
** whose header it was compiled with. It is missing where SQLite was built with SQLITE_OMIT_DESERIALIZE, and
** before 3.36 mostly: SQLITE_ENABLE_DESERIALIZE was needed for it then. */
#ifndef NANGOLITE_MEMORY_IMAGE_H
#define NANGOLITE_MEMORY_IMAGE_H

#include "base/slice.h"

static int memory_image_is_available(void);

/* A database with a copy of these bytes; without any bytes it is empty. NULL: there is no memory for it.
** Close it with sqlite3_close(). */
static sqlite3 *memory_image_open(slice bytes);

/* Makes the database `to` a copy of `from`. Returns SQLITE_OK, or SQLite's result code: then `to` is as it
** was before. */
static int memory_image_copy(sqlite3 *to, sqlite3 *from);

/* The bytes of a database that memory_image_open() made. Free them with sqlite3_free(). NULL: there is no
** memory. */
static char *memory_image_read(sqlite3 *db, size_t *size);

#endif
