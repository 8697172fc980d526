#include "base/utf8.h"

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

static size_t utf8_units(slice bytes) {
  size_t units = 0;
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.at[i];
    units += (size_t)((byte & 0xc0) != 0x80) + (byte >= 0xf0);
  }
  return units;
}
