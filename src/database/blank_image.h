/* image: an empty store as bytes, in SQLite's file format (https://sqlite.org/fileformat2.html).
**
** A store in memory is opened by the thousand, by tests. Making its tables with CREATE statements costs
** SQLite half a millisecond; copying them in with the backup interface, under a tenth of that. The image is
** made of the same tables.h, and a test compares the two. Where SQLite has no file system named "memdb" (before
** 3.36, or built with SQLITE_OMIT_DESERIALIZE), CREATE serves. */
#ifndef NANGOLITE_BLANK_IMAGE_H
#define NANGOLITE_BLANK_IMAGE_H

#include "database/store.h"
#include "database/tables.h"

/* Fills an empty database in memory with a store's tables. 0: it could not, and the database is as it was. */
static int image_load(nangolite *store);

#endif
