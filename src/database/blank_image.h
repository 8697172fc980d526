/* blank_image: an empty store as bytes, in SQLite's file format (https://sqlite.org/fileformat2.html).
**
** Tests open stores in memory by the thousand. Making the tables with CREATE statements takes SQLite half
** a millisecond; copying them with the backup interface takes less than a tenth of that. The image is made
** from the same list of tables, and a test compares the two. Where SQLite has no file system for files in
** memory (memory_image.h), and in every store but ":memory:", the tables are made with CREATE. */
#ifndef NANGOLITE_BLANK_IMAGE_H
#define NANGOLITE_BLANK_IMAGE_H

#include "database/store.h"
#include "database/tables.h"

/* Fills the store's database, which is in memory and empty, with the tables. 0: that was not possible, and
** the database is as it was. */
static int image_load(nangolite *store);

#endif
