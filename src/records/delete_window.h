/* delete_window: which records were seen since the delete window was opened, as one bit for each number of
** the collection (identity.h), and the deletion of the others when the window ends.
**
** The bits are in nango_seen, 4096 in each row; such a row is called a chunk. A call writes each chunk once
** in which it has set a bit, so a record that is seen needs no row of its own. The bits stay when a run or
** a process ends. */
#ifndef NANGOLITE_DELETE_WINDOW_H
#define NANGOLITE_DELETE_WINDOW_H

#include "records/record.h"

/* A chunk is so small that its row fits on a page with others, and needs no overflow page. */
enum { WINDOW_CHUNK_BITS = 4096, WINDOW_CHUNK_BYTES = WINDOW_CHUNK_BITS / 8 };

/* The chunk that is in memory. Where all is 0, there is none. */
typedef struct window_seen {
  int is_loaded, is_changed;
  int64_t collection, chunk;
  unsigned char bits[WINDOW_CHUNK_BYTES];
} window_seen;

/* Sets the bit of a number, where a window is open. If it is called with ascending numbers, each chunk is
** read and written once. Call window_flush() in the end. */
static void window_see(nangolite *store, const collection *c, window_seen *seen, int64_t number);
static void window_flush(nangolite *store, window_seen *seen);
/* Whether the bit of a number is set. */
static int window_has_seen(nangolite *store, const collection *c, window_seen *seen, int64_t number);

/* Opens a window. One that is open stays as it is. The caller saves the collection, here and in what
** follows. */
static void window_open(nangolite *store, collection *c);
/* Closes the window and forgets its bits. No record is deleted. */
static void window_discard(nangolite *store, collection *c);

/* Deletes the records that are live and were not seen, and closes the window. Returns how many it has
** deleted. `writer` is that of record_change (record.h). Latches NANGOLITE_TOO_MANY_DELETES where they
** would be more than `max_percent` of the records that were live when the window was opened (0: there is no
** limit). Whatever was saved since then was seen, so the missing records are among those. The memory that
** it needs does not grow with the collection. */
static int64_t window_end(nangolite *store, collection *c, int max_percent, int64_t writer);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t window_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif
