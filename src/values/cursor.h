/* cursor: a place in a feed as text: base64 of "<last_modified_at>||<id>". Only its content counts: it stays
** valid whatever becomes of the record. */
#ifndef NANGOLITE_CURSOR_H
#define NANGOLITE_CURSOR_H

#include "base/slice.h"
#include "values/timestamp.h"

typedef struct cursor_place {
  int64_t stamp;
  slice id;
} cursor_place;

static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out);

/* Returns NULL and sets *place, whose id lives in `buffer` (what was there before is gone); else why the
** cursor is refused, as the words that follow "cursor" in a message. Where memory is missing, `buffer` has
** failed: check that first. */
static const char *cursor_decode(slice encoded, text *buffer, cursor_place *place);

#endif
