/* delete_window: what a delete window has seen, as one bit for each number of the collection (identity.h), and what its
** end deletes.
**
** The bits lie in nango_seen, in chunks of 4096, and are written once for each call: an unchanged record
** costs the window no row of its own. They outlive runs and processes. */
#ifndef NANGOLITE_DELETE_WINDOW_H
#define NANGOLITE_DELETE_WINDOW_H

#include "records/record.h"

/* So few that a chunk's row fits on its page, without one of its own for what is left over. */
enum { WINDOW_CHUNK_BITS = 4096, WINDOW_CHUNK_BYTES = WINDOW_CHUNK_BITS / 8 };

/* The chunk at hand. Zeroed: none. */
typedef struct window_seen {
  int is_loaded, is_changed;
  int64_t collection, chunk;
  unsigned char bits[WINDOW_CHUNK_BYTES];
} window_seen;

/* Notes that the record of a number was seen; where no window is open it does nothing. In ascending order each chunk is
** read and written once. */
static void window_see(nangolite *store, const collection *c, window_seen *seen, int64_t number);
static void window_flush(nangolite *store, window_seen *seen);

/* A window that is open stays as it is. */
static void window_open(nangolite *store, collection *c);
/* Forgets the window, deleting nothing. */
static void window_discard(nangolite *store, collection *c);

/* Marks what is live and was not seen as deleted, and closes the window. Latches NANGOLITE_TOO_MANY_DELETES where that
** would be more than `max_percent` of the records that were live when the window was opened (0: no bound). All that was
** saved since then was seen, so what is missing is among those. Returns how many were deleted, by `writer` (record.h).
** Memory does not grow with the collection. */
static int64_t window_end(nangolite *store, collection *c, int max_percent, int64_t writer);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t window_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif
