/* value.h: JSON values for the model test, written independently of the library: random trees, which are
** written in many ways, read, compared and merged in the simplest manner. It is slow, and it recurses. */
#ifndef NANGOLITE_TEST_VALUE_H
#define NANGOLITE_TEST_VALUE_H

#include <stdlib.h>

#include "test.h"

/* A scalar has `text`, without escapes. Members of an object have a `key`, no two the same. */
typedef struct value {
  char kind; /* { [ " n (anything else) */
  const char *text, *key;
  struct value *first, *next; /* members or elements, and the next one in the same container */
} value;

/* All values of a test. They are freed at its end, or by values_back_to(). */
enum { VALUES_MAX = 400000 };
static value *values;
static size_t values_used;

static inline value *value_new(char kind, const char *text, const char *key) {
  if (values == NULL) values = malloc(VALUES_MAX * sizeof *values);
  assert_true(values != NULL && values_used < VALUES_MAX);
  value *made = &values[values_used++];
  *made = (value){kind, text, key, NULL, NULL};
  return made;
}

static inline value *value_member(const value *object, const char *key) {
  for (value *one = object->first; one != NULL; one = one->next) {
    if (strcmp(one->key, key) == 0) return one;
  }
  return NULL;
}

static inline void value_add(value *container, value *one) {
  value **at = &container->first;
  while (*at != NULL) at = &(*at)->next;
  *at = one;
  one->next = NULL;
}

static inline void value_remove(value *object, const char *key) {
  for (value **at = &object->first; *at != NULL; at = &(*at)->next) {
    if (strcmp((*at)->key, key) != 0) continue;
    *at = (*at)->next;
    return;
  }
}

static inline value *value_copy(const value *from) {
  value *copy = value_new(from->kind, from->text, from->key);
  for (const value *one = from->first; one != NULL; one = one->next) value_add(copy, value_copy(one));
  return copy;
}

static inline int value_equal(const value *a, const value *b) {
  if (a->kind != b->kind) return 0;
  if (a->text != NULL) return strcmp(a->text, b->text) == 0;
  int count = 0;
  const value *other = b->first;
  for (const value *one = a->first; one != NULL; one = one->next, count++) {
    if (a->kind == '{') other = value_member(b, one->key);
    if (other == NULL || !value_equal(one, other)) return 0;
    if (a->kind == '[') other = other->next;
  }
  for (const value *one = b->first; one != NULL; one = one->next) count--;
  return count == 0;
}

/* Objects member by member, all else replaced. */
static inline value *value_merged(const value *stored, const value *patch) {
  if (stored->kind != '{' || patch->kind != '{') {
    value *copy = value_copy(patch);
    copy->key = stored->key;
    return copy;
  }
  value *merged = value_new('{', NULL, stored->key);
  for (const value *one = stored->first; one != NULL; one = one->next) {
    const value *with = value_member(patch, one->key);
    value_add(merged, with == NULL ? value_copy(one) : value_merged(one, with));
  }
  for (const value *one = patch->first; one != NULL; one = one->next) {
    if (value_member(stored, one->key) == NULL) value_add(merged, value_copy(one));
  }
  return merged;
}

/* ---- making ---- */

static inline const char *value_pick(test_random *r, const char *const *from, size_t count) {
  return from[random_below(r, count)];
}
#define PICK(r, ...)                                                                                         \
  value_pick(r, (const char *const[]){__VA_ARGS__},                                                          \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static inline value *value_random(test_random *r, const char *key, int depth) {
  uint64_t kind = random_below(r, depth > 0 ? 8 : 5);
  if (kind < 2)
    return value_new('n', PICK(r, "0", "-0", "1", "1.0", "2", "1e2", "12345678901234567890"), key);
  if (kind < 4)
    return value_new('"', PICK(r, "", "a", "b", "1", "a/b", "\xc3\xa9", "it is", "\xf0\x9f\x98\x80", "}]"),
                     key);
  if (kind < 5) return value_new('n', PICK(r, "true", "false", "null"), key);
  value *container = value_new(kind < 6 ? '[' : '{', NULL, key);
  for (uint64_t left = random_below(r, 4); left > 0; left--) {
    const char *name = kind < 6 ? NULL : PICK(r, "a", "b", "c", "id", "\xc3\xa9", "");
    if (name == NULL || value_member(container, name) == NULL)
      value_add(container, value_random(r, name, depth - 1));
  }
  return container;
}

/* A record without its id. */
static inline value *value_random_record(test_random *r) {
  value *record = value_new('{', NULL, NULL);
  for (uint64_t left = random_below(r, 4); left > 0; left--) {
    const char *name = PICK(r, "a", "b", "c", "d", "o");
    if (value_member(record, name) == NULL) value_add(record, value_random(r, name, 3));
  }
  return record;
}

/* ---- writing, in one of many ways ---- */

static inline void write_blank(test_random *r, FILE *out) {
  if (random_below(r, 12) == 0) fputs(PICK(r, " ", "\n", "\t ", "\r\n"), out);
}

static inline void write_string(test_random *r, FILE *out, const char *text) {
  fputc('"', out);
  for (; *text != '\0'; text++) {
    if (strncmp(text, "\xf0\x9f\x98\x80", 4) == 0 && random_below(r, 2) == 0)
      fputs("\\ud83d\\uDE00", out), text += 3;
    else if (strncmp(text, "\xc3\xa9", 2) == 0 && random_below(r, 2) == 0) fputs("\\u00E9", out), text++;
    else if (*text == '/' && random_below(r, 2) == 0) fputs("\\/", out);
    else if (*text >= 'a' && *text <= 'z' && random_below(r, 12) == 0)
      fprintf(out, "\\u%04x", (unsigned)*text);
    else fputc(*text, out);
  }
  fputc('"', out);
}

static inline void write_value(test_random *r, FILE *out, const value *what);

static inline void write_member(test_random *r, FILE *out, const value *one) {
  if (one->key != NULL) {
    if (random_below(r, 20) == 0) { /* overridden by what follows */
      write_string(r, out, one->key);
      fputs(PICK(r, ":0,", ":{\"a\":1},", ":[1,2],"), out);
    }
    write_string(r, out, one->key);
    write_blank(r, out);
    fputc(':', out);
    write_blank(r, out);
  }
  write_value(r, out, one);
}

static inline void write_value(test_random *r, FILE *out, const value *what) {
  if (what->kind == '"') write_string(r, out, what->text);
  else if (what->text != NULL) fputs(what->text, out);
  if (what->text != NULL) return;
  const value *order[16];
  size_t count = 0;
  for (const value *one = what->first; one != NULL; one = one->next) order[count++] = one;
  for (size_t i = 1; what->kind == '{' && i < count; i++) {
    size_t other = random_below(r, 3) == 0 ? random_below(r, i + 1) : i;
    const value *one = order[i];
    order[i] = order[other];
    order[other] = one;
  }
  fputc(what->kind, out);
  for (size_t i = 0; i < count; i++) {
    if (i > 0) fputc(',', out);
    write_blank(r, out);
    write_member(r, out, order[i]);
    write_blank(r, out);
  }
  fputc(what->kind == '{' ? '}' : ']', out);
}

/* ---- reading ---- */

static inline const char *read_blank(const char *at) {
  return at + strspn(at, " \t\r\n");
}

static inline const char *read_string(test *t, const char **at) {
  char *text = (char *)(uintptr_t)format(t, "%*s", (int)strcspn(*at + 1, "\""), ""), *to = text;
  for (++*at; **at != '"'; ++*at) {
    if (**at != '\\') *to++ = **at;
    else if (*++*at != 'u') *to++ = **at; /* only / is escaped that way here */
    else {
      unsigned code = (unsigned)strtoul(format(t, "%.4s", *at + 1), NULL, 16);
      if (code < 0x80) *to++ = (char)code;
      else to += sprintf(to, "%s", code == 0xe9 ? "\xc3\xa9" : "\xf0\x9f\x98\x80");
      *at += code == 0xd83d ? 10 : 4;
    }
  }
  ++*at;
  *to = '\0';
  return text;
}

static inline value *read_value(test *t, const char **at, const char *key) {
  *at = read_blank(*at);
  if (**at == '"') return value_new('"', read_string(t, at), key);
  if (**at != '{' && **at != '[') {
    size_t length = strcspn(*at, ",]} \t\r\n");
    *at += length;
    return value_new('n', format(t, "%.*s", (int)length, *at - length), key);
  }
  value *container = value_new(*(*at)++, NULL, key);
  for (*at = read_blank(*at); **at != '}' && **at != ']'; *at = read_blank(*at)) {
    const char *name = container->kind == '{' ? read_string(t, at) : NULL;
    if (name != NULL) *at = read_blank(*at) + 1, value_remove(container, name);
    value_add(container, read_value(t, at, name));
    *at = read_blank(*at);
    if (**at == ',') *at = read_blank(*at + 1);
  }
  ++*at;
  return container;
}

#endif
