#include "requests/target.h"

/* Removes what stands before the first `mark` from `rest`, and the mark itself. Returns what stood before
** it. */
static slice target_cut(slice *rest, char mark) {
  const char *found = rest->length == 0 ? NULL : memchr(rest->at, mark, rest->length);
  slice piece = {rest->at, found == NULL ? rest->length : (size_t)(found - rest->at)};
  size_t taken = piece.length + (found != NULL);
  *rest = slice_from(*rest, taken);
  return piece;
}

/* How many bytes stand before the first of these marks. (The text has no NUL, which strchr() would take
** for a mark.) */
static size_t target_before(slice written, const char *marks) {
  size_t length = 0;
  while (length < written.length && strchr(marks, written.at[length]) == NULL) length++;
  return length;
}

/* The text without "scheme://host" before the path. */
static slice target_without_host(slice written) {
  slice colon = slice_from(written, target_before(written, ":/?#"));
  if (!slice_starts_with(colon, "://")) return written;
  slice host = slice_from(colon, strlen("://"));
  return slice_from(host, target_before(host, "/?#"));
}

static target_parts target_of(slice written) {
  slice rest = target_without_host(written);
  slice until_fragment = target_cut(&rest, '#');
  target_parts t;
  t.query = until_fragment;
  t.path = target_cut(&t.query, '?');
  if (t.path.length > 1 && t.path.at[t.path.length - 1] == '/') t.path.length--;
  return t;
}

static int target_next_segment(slice *path, slice *segment) {
  if (path->length == 0 || *path->at != '/') return 0;
  slice rest = slice_from(*path, 1);
  *segment = target_cut(&rest, '/');
  size_t taken = 1 + segment->length;
  *path = slice_from(*path, taken);
  return 1;
}

static int target_next_pair(slice *pairs, slice *name, slice *value) {
  while (pairs->length > 0) {
    slice pair = target_cut(pairs, '&');
    if (pair.length == 0) continue;
    *value = pair;
    *name = target_cut(value, '=');
    return 1;
  }
  return 0;
}

static slice target_trim(slice written) {
  while (written.length > 0 && strchr(" \t\r", *written.at) != NULL) {
    written.at++;
    written.length--;
  }
  while (written.length > 0 && strchr(" \t\r", written.at[written.length - 1]) != NULL) written.length--;
  return written;
}

static int target_next_header(slice *headers, slice *name, slice *value) {
  while (headers->length > 0) {
    slice line = target_trim(target_cut(headers, '\n'));
    if (line.length == 0) continue;
    slice rest = line;
    *name = target_trim(target_cut(&rest, ':'));
    *value = target_trim(rest);
    if (name->length > 0 && rest.at > line.at + name->length) return 1;
    *name = line;
    *value = (slice){NULL, 0};
    return 1;
  }
  return 0;
}

static slice target_header(slice headers, const char *name) {
  slice found, value;
  while (target_next_header(&headers, &found, &value)) {
    if (value.at != NULL && slice_is_word(found, name)) return value;
  }
  return (slice){NULL, 0};
}

/* -1: not a hexadecimal digit. */
static int target_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = slice_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Removes the next byte from `rest`, which is not empty, and returns it decoded. */
static char target_next_byte(slice *rest, target_coding coding) {
  char c = *rest->at;
  size_t taken = 1;
  int high = c == '%' && rest->length >= 3 ? target_digit(rest->at[1]) : -1;
  int low = high >= 0 ? target_digit(rest->at[2]) : -1;
  if (low >= 0) {
    c = (char)(unsigned char)(high << 4 | low);
    taken = 3;
  } else if (c == '+' && coding == CODING_FORM) {
    c = ' ';
  }
  *rest = slice_from(*rest, taken);
  return c;
}

static void target_decode(slice written, target_coding coding, text *out) {
  char *to = text_reserve(out, written.length);
  if (to == NULL) return;
  while (written.length > 0) *to++ = target_next_byte(&written, coding);
  out->length = (size_t)(to - out->at);
}

static int target_spells(slice written, slice word) {
  size_t i = 0;
  for (; written.length > 0 && i < word.length; i++) {
    if (target_next_byte(&written, CODING_PATH) != word.at[i]) return 0;
  }
  return written.length == 0 && i == word.length;
}
