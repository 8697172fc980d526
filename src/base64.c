#include "base64.h"

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four characters for the 24 bits. */
static void base64_put(char *to, uint32_t bits) {
  to[0] = base64_alphabet[bits >> 18];
  to[1] = base64_alphabet[bits >> 12 & 63];
  to[2] = base64_alphabet[bits >> 6 & 63];
  to[3] = base64_alphabet[bits & 63];
}

static void base64_encode(slice bytes, text *out) {
  char *to = text_reserve(out, (bytes.length + 2) / 3 * 4);
  if (to == NULL || bytes.length == 0) return;
  const unsigned char *from = (const unsigned char *)bytes.at;
  size_t left = bytes.length;
  for (; left >= 3; left -= 3, from += 3, to += 4) {
    base64_put(to, (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2]);
  }
  if (left > 0) {
    base64_put(to, (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0));
    if (left == 1) to[2] = '=';
    to[3] = '=';
  }
  out->length += (bytes.length + 2) / 3 * 4;
}

/* -1: not in the alphabet. */
static int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int base64_decode(slice encoded, text *out) {
  if (encoded.length % 4 != 0) return 0;
  char *to = text_reserve(out, encoded.length / 4 * 3);
  if (to == NULL || encoded.length == 0) return 1;
  size_t digits = encoded.length;
  while (encoded.length - digits < 2 && encoded.at[digits - 1] == '=') digits--;
  size_t written = 0;
  unsigned bits = 0;   /* read and not yet written: as many as `held`, and zeros above them */
  int held = 0;
  for (size_t i = 0; i < digits; i++) {
    int value = base64_value(encoded.at[i]);
    if (value < 0) return 0;
    bits = bits << 6 | (unsigned)value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    to[written++] = (char)(bits >> held);
    bits &= (1U << held) - 1;
  }
  if (bits != 0) return 0;
  out->length += written;
  return 1;
}
