#include "utf8.h"

static size_t utf8_followers(unsigned char first, unsigned char *low, unsigned char *high) {
  *low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  *high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

static int utf8_is_valid(slice bytes) {
  for (size_t i = 0; i < bytes.length;) {
    unsigned char first = (unsigned char)bytes.at[i++];
    if (first < 0x80) continue;
    unsigned char low, high;
    size_t followers = utf8_followers(first, &low, &high);
    if (followers == 0 || followers > bytes.length - i) return 0;
    for (; followers > 0; followers--, i++) {
      unsigned char next = (unsigned char)bytes.at[i];
      if (next < low || next > high) return 0;
      low = 0x80;
      high = 0xbf;
    }
  }
  return 1;
}

/* The length of the UTF-8 character at the start of the bytes; 0: there is none. */
static size_t utf8_character(slice bytes) {
  unsigned char low, high;
  size_t length = utf8_followers((unsigned char)*bytes.at, &low, &high) + 1;
  if ((unsigned char)*bytes.at < 0x80) return 1;
  if (length == 1 || length > bytes.length || !utf8_is_valid((slice){bytes.at, length})) return 0;
  return length;
}

static void utf8_append_json(text *out, slice bytes) {
  text valid = {0};
  if (utf8_is_valid(bytes)) {
    text_append_json(out, bytes);
    return;
  }
  while (bytes.length > 0) {
    size_t length = utf8_character(bytes);
    if (length > 0) text_append(&valid, bytes.at, length);
    else text_append_string(&valid, "\xef\xbf\xbd");
    if (length == 0) length = 1;
    bytes = slice_from(bytes, length);
  }
  text_append_json(out, (slice){valid.at, valid.length});
  if (valid.failed) out->failed = 1;
  text_free(&valid);
}
