#include "base/text.h"

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

static char *text_take(text *t) {
  char *end = text_reserve(t, 1);
  if (end == NULL) {
    text_free(t);
    return NULL;
  }
  *end = '\0';
  char *taken = t->at;
  *t = (text){0};
  return taken;
}

static void text_clear(text *t) {
  t->length = 0;
  t->failed = 0;
}

static void text_free(text *t) {
  sqlite3_free(t->at);
  *t = (text){0};
}
