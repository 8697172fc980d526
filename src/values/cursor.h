/* cursor: a place in a feed as text: base64 of "<last_modified_at>||<id>". It means what it says, whatever
** the store holds. */
#ifndef NANGOLITE_CURSOR_H
#define NANGOLITE_CURSOR_H

#include "base/slice.h"
#include "values/timestamp.h"

typedef struct cursor_place {
  int64_t stamp;
  slice id;
} cursor_place;

static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out);

/* NULL: *place is set, and its id lives in `buffer`, whose former content is gone. Else the reason why it is
** refused, which continues "cursor …". A failed allocation is latched in `buffer`: look there first. */
static const char *cursor_decode(slice encoded, text *buffer, cursor_place *place);

#endif
