#include "base/slice.h"

static slice slice_of(const char *string) {
  slice s = {string, string == NULL ? 0 : strlen(string)};
  return s;
}

static int slice_equals(slice a, slice b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

/* C does not define NULL + 0, so nothing is added for an absent slice. */
static slice slice_from(slice s, size_t from) {
  return from == 0 ? s : (slice){s.at + from, s.length - from};
}

static int slice_compare(slice a, slice b) {
  size_t shorter = a.length < b.length ? a.length : b.length;
  int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);
  return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static char slice_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int slice_is_word(slice s, const char *word) {
  size_t i = 0;
  while (i < s.length && word[i] != '\0' && slice_lower(s.at[i]) == word[i]) i++;
  return i == s.length && word[i] == '\0';
}

static int slice_starts_with(slice s, const char *start) {
  size_t length = strlen(start);
  return s.length >= length && memcmp(s.at, start, length) == 0;
}

static int slice_starts_with_word(slice s, const char *start) {
  size_t length = strlen(start);
  return s.length >= length && slice_is_word((slice){s.at, length}, start);
}
