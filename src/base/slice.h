/* slice: bytes that somebody else owns. */
#ifndef NANGOLITE_SLICE_H
#define NANGOLITE_SLICE_H

#include "base/internal.h"

/* Not NUL-terminated, valid as long as their owner. `at` NULL: absent. */
typedef struct slice {
  const char *at;
  size_t length;
} slice;

static slice slice_of(const char *string);     /* NULL: an absent slice */
static slice slice_from(slice s, size_t from); /* what is left behind the first `from` bytes */
static int slice_equals(slice a, slice b);
static int slice_compare(slice a, slice b); /* by bytes: less than, equal to or greater than 0 */
static int slice_starts_with(slice s, const char *start);

/* The next two take letters of ASCII without regard to case; `word` and `start` are in lower case. */
static int slice_is_word(slice s, const char *word);
static int slice_starts_with_word(slice s, const char *start);
static char slice_lower(char c);

#endif
