#include "cursor.h"
#include "base64.h"
#include "utf8.h"

/* The time, the bars with the first byte of the id, and the rest of the id are encoded one by one: the first two are 27 and
** 3 bytes, so that what they become ends without padding and the pieces join. */
static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out) {
  char time[TIMESTAMP_LENGTH_MAX];
  char bars[3] = {'|', '|', '\0'};
  if (place.id.length > 0) bars[2] = place.id.at[0];
  timestamp_format(place.stamp, TIMESTAMP_MICROSECONDS, cache, time);
  base64_encode((slice){time, sizeof time}, out);
  base64_encode((slice){bars, place.id.length > 0 ? 3 : 2}, out);
  if (place.id.length > 1) base64_encode((slice){place.id.at + 1, place.id.length - 1}, out);
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
