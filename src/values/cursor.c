#include "values/cursor.h"
#include "base/base64.h"
#include "base/utf8.h"

#define CURSOR_BARS 2
#define CURSOR_HEAD (TIMESTAMP_LENGTH_MAX + CURSOR_BARS + 1)

_Static_assert(CURSOR_HEAD % 3 == 0, "three bytes become four characters, without padding");
_Static_assert(RECORD_ID_MAX == 1024, "a message of cursor_decode() names it");

/* The time, the bars and the first byte of the id are 30 bytes, which become 40 characters without padding.
** So the rest of the id can be encoded by itself and follow them, and the id is not copied. */
static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out) {
  size_t rest = place.id.length > 0 ? place.id.length - 1 : 0;
  char head[CURSOR_HEAD] = {0};
  slice written = {head, place.id.length > 0 ? CURSOR_HEAD : CURSOR_HEAD - 1};
  timestamp_format(place.stamp, TIMESTAMP_MICROSECONDS, cache, head);
  memcpy(head + TIMESTAMP_LENGTH_MAX, "||", CURSOR_BARS);
  if (place.id.length > 0) head[CURSOR_HEAD - 1] = place.id.at[0];
  char *to = text_reserve(out, BASE64_LENGTH(written.length) + BASE64_LENGTH(rest));
  if (to == NULL) return;
  to = base64_write(written, to);
  if (rest > 0) base64_write((slice){place.id.at + 1, rest}, to);
  out->length += BASE64_LENGTH(written.length) + BASE64_LENGTH(rest);
}

/* The length of what stands before the first "||"; that of the whole where there is none. */
static size_t cursor_find_bars(slice decoded) {
  for (size_t i = 0; i + 1 < decoded.length; i++) {
    if (decoded.at[i] == '|' && decoded.at[i + 1] == '|') return i;
  }
  return decoded.length;
}

static const char *cursor_decode(slice encoded, text *buffer, cursor_place *place) {
  text_clear(buffer);
  if (encoded.length == 0 || !base64_decode(encoded, buffer) || buffer->failed) return "is not base64";
  slice decoded = {buffer->at, buffer->length};
  size_t bars = cursor_find_bars(decoded);
  if (bars == decoded.length) return "is not a time and an id with || between them";
  slice id = {decoded.at + bars + 2, decoded.length - bars - 2};
  int64_t stamp;
  if (!timestamp_parse((slice){decoded.at, bars}, &stamp)) return "does not begin with a time of RFC 3339";
  if (id.length < 1 || id.length > RECORD_ID_MAX) return "has an id that is not 1 to 1024 bytes";
  if (memchr(id.at, '\0', id.length) != NULL || !utf8_is_valid(id)) return "has an id that is not UTF-8";
  *place = (cursor_place){stamp, id};
  return NULL;
}
