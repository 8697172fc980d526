#include "text.h"

#define TEXT_CAPACITY_MIN 64

static char *text_reserve(text *t, size_t more) {
  if (t->failed) return NULL;
  if (t->at != NULL && more <= t->capacity - t->length) return t->at + t->length;
  size_t wanted = t->capacity < TEXT_CAPACITY_MIN ? TEXT_CAPACITY_MIN : t->capacity;
  while (wanted - t->length < more && wanted <= SIZE_MAX / 2) wanted *= 2;
  char *grown = wanted - t->length < more ? NULL : sqlite3_realloc64(t->at, wanted);
  if (grown == NULL) {
    t->failed = 1;
    return NULL;
  }
  t->at = grown;
  t->capacity = wanted;
  return t->at + t->length;
}

static void text_append(text *t, const char *bytes, size_t length) {
  char *to = text_reserve(t, length);
  if (to == NULL || length == 0) return;
  memcpy(to, bytes, length);
  t->length += length;
}

static void text_append_string(text *t, const char *string) {
  text_append(t, string, strlen(string));
}

static void text_append_int(text *t, int64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) text_append(t, "-", 1);
  text_append(t, digits + at, sizeof digits - at);
}

/* RFC 8259 section 7: what a string must escape. */
static void text_append_escaped(text *t, unsigned char byte) {
  static const char hex[] = "0123456789abcdef";
  static const char names[] = "\bb\tt\nn\ff\rr\"\"\\\\";
  char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
  for (const char *name = names; *name != '\0'; name += 2) {
    if ((unsigned char)*name != byte) continue;
    escape[1] = name[1];
    text_append(t, escape, 2);
    return;
  }
  text_append(t, escape, sizeof escape);
}

static void text_append_json(text *t, slice bytes) {
  size_t from = 0;
  text_append(t, "\"", 1);
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.at[i];
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    text_append(t, bytes.at + from, i - from);
    text_append_escaped(t, byte);
    from = i + 1;
  }
  if (from < bytes.length) text_append(t, bytes.at + from, bytes.length - from);
  text_append(t, "\"", 1);
}

static void text_append_json_string(text *t, const char *string) {
  if (string == NULL) text_append(t, "null", 4);
  else text_append_json(t, slice_of(string));
}

static char *text_take(text *t) {
  char *end = text_reserve(t, 1);
  if (end == NULL) {
    text_free(t);
    return NULL;
  }
  *end = '\0';
  char *taken = t->at;
  *t = (text){NULL, 0, 0, 0};
  return taken;
}

static void text_clear(text *t) {
  t->length = 0;
  t->failed = 0;
}

static void text_free(text *t) {
  sqlite3_free(t->at);
  *t = (text){NULL, 0, 0, 0};
}

static slice slice_of(const char *string) {
  slice s = {string, string == NULL ? 0 : strlen(string)};
  return s;
}

static int slice_equals(slice a, slice b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static slice slice_from(slice s, size_t from) {
  return (slice){s.at + from, s.length - from};
}

static int slice_compare(slice a, slice b) {
  size_t shorter = a.length < b.length ? a.length : b.length;
  int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);
  return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static char text_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int slice_is_word(slice s, const char *word) {
  size_t i = 0;
  while (i < s.length && word[i] != '\0' && text_lower(s.at[i]) == word[i]) i++;
  return i == s.length && word[i] == '\0';
}
