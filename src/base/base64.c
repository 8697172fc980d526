#include "base/base64.h"

/* The two characters for each value of 12 bits. Every record that is read gets a cursor; this takes half as
** many look-ups as the alphabet alone. */
#define BASE64_ROW(a)                                                                                        \
  a, 'A', a, 'B', a, 'C', a, 'D', a, 'E', a, 'F', a, 'G', a, 'H', a, 'I', a, 'J', a, 'K', a, 'L', a, 'M', a, \
    'N', a, 'O', a, 'P', a, 'Q', a, 'R', a, 'S', a, 'T', a, 'U', a, 'V', a, 'W', a, 'X', a, 'Y', a, 'Z', a,  \
    'a', a, 'b', a, 'c', a, 'd', a, 'e', a, 'f', a, 'g', a, 'h', a, 'i', a, 'j', a, 'k', a, 'l', a, 'm', a,  \
    'n', a, 'o', a, 'p', a, 'q', a, 'r', a, 's', a, 't', a, 'u', a, 'v', a, 'w', a, 'x', a, 'y', a, 'z', a,  \
    '0', a, '1', a, '2', a, '3', a, '4', a, '5', a, '6', a, '7', a, '8', a, '9', a, '+', a, '/'

static const char base64_pairs[2 * 4096] = {
  BASE64_ROW('A'), BASE64_ROW('B'), BASE64_ROW('C'), BASE64_ROW('D'), BASE64_ROW('E'), BASE64_ROW('F'),
  BASE64_ROW('G'), BASE64_ROW('H'), BASE64_ROW('I'), BASE64_ROW('J'), BASE64_ROW('K'), BASE64_ROW('L'),
  BASE64_ROW('M'), BASE64_ROW('N'), BASE64_ROW('O'), BASE64_ROW('P'), BASE64_ROW('Q'), BASE64_ROW('R'),
  BASE64_ROW('S'), BASE64_ROW('T'), BASE64_ROW('U'), BASE64_ROW('V'), BASE64_ROW('W'), BASE64_ROW('X'),
  BASE64_ROW('Y'), BASE64_ROW('Z'), BASE64_ROW('a'), BASE64_ROW('b'), BASE64_ROW('c'), BASE64_ROW('d'),
  BASE64_ROW('e'), BASE64_ROW('f'), BASE64_ROW('g'), BASE64_ROW('h'), BASE64_ROW('i'), BASE64_ROW('j'),
  BASE64_ROW('k'), BASE64_ROW('l'), BASE64_ROW('m'), BASE64_ROW('n'), BASE64_ROW('o'), BASE64_ROW('p'),
  BASE64_ROW('q'), BASE64_ROW('r'), BASE64_ROW('s'), BASE64_ROW('t'), BASE64_ROW('u'), BASE64_ROW('v'),
  BASE64_ROW('w'), BASE64_ROW('x'), BASE64_ROW('y'), BASE64_ROW('z'), BASE64_ROW('0'), BASE64_ROW('1'),
  BASE64_ROW('2'), BASE64_ROW('3'), BASE64_ROW('4'), BASE64_ROW('5'), BASE64_ROW('6'), BASE64_ROW('7'),
  BASE64_ROW('8'), BASE64_ROW('9'), BASE64_ROW('+'), BASE64_ROW('/'),
};

/* Writes 24 bits as four characters. */
static inline void base64_put(char *to, uint32_t bits) {
  memcpy(to, base64_pairs + 2 * (bits >> 12), 2);
  memcpy(to + 2, base64_pairs + 2 * (bits & 4095), 2);
}

static char *base64_write(slice bytes, char *to) {
  const unsigned char *from = (const unsigned char *)bytes.at;
  size_t left = bytes.length;
  for (; left >= 3; left -= 3, from += 3, to += 4) {
    base64_put(to, (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2]);
  }
  if (left == 0) return to;
  base64_put(to, (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0));
  if (left == 1) to[2] = '=';
  to[3] = '=';
  return to + 4;
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
  unsigned bits = 0; /* read and not yet written: the lowest `held` bits; the others are 0 */
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
