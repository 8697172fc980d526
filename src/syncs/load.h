/* load: reads the lines of a dump of a whole store, with metadata, into an empty store. */
#ifndef NANGOLITE_LOAD_H
#define NANGOLITE_LOAD_H

#include "syncs/dump.h"

/* Both are for the inside of one write transaction. They latch NANGOLITE_INVALID, with the number of the line. */

/* Stores what the lines say, where the store has neither a connection nor a definition. Whether it may be is not
** known before nangolite_check() and load_compare() have agreed. */
static void load_lines(nangolite *store, slice json);
/* Dumps the store, and compares each line with that of `json`: so whatever it has besides what a dump writes is found. */
static void load_compare(nangolite *store, slice json);

#endif
