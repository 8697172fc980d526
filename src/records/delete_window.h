/* window: what a delete window has seen, as one bit for each identity of the collection (identity.number).
**
** The bits lie in nango_seen, in chunks of 4096, and are written once for each call: an unchanged record
** costs the window no row of its own. They outlive runs and processes. */
#ifndef NANGOLITE_WINDOW_H
#define NANGOLITE_WINDOW_H

#include "base/list.h"
#include "records/record.h"

/* So few that a chunk's row fits on its page, without one of its own for what is left over. */
enum { WINDOW_CHUNK_BITS = 4096, WINDOW_CHUNK_BYTES = WINDOW_CHUNK_BITS / 8 };

/* The numbers that one call has seen, on their way to the bits. */
typedef struct window_seen {
  int64_t *numbers;
  size_t count, capacity;
  int is_unsorted;
} window_seen;

static void window_note(nangolite *store, window_seen *seen, int64_t number);
/* Sets their bits and frees the list; where no window is open it only frees. */
static void window_store(nangolite *store, const collection *c, window_seen *seen);

static void window_open(nangolite *store, collection *c);
/* Forgets the window, deleting nothing. */
static void window_discard(nangolite *store, collection *c);

/* Marks what is live and was not seen as deleted, and closes the window. Latches
** NANGOLITE_TOO_MANY_DELETES where that would be more than `max_percent` of the live records (0: no
** bound). Returns how many were deleted, by `writer` (record.h). */
static int64_t window_end(nangolite *store, collection *c, int max_percent, int64_t writer);

#endif
