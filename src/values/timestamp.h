/* timestamp: RFC 3339 text to microseconds since 1970-01-01T00:00Z, and back. Leap seconds are not
** counted. */
#ifndef NANGOLITE_TIMESTAMP_H
#define NANGOLITE_TIMESTAMP_H

#include "base/slice.h"
#include "base/text.h"

/* "2024-01-15T10:31:00.000000Z" of a record, "2024-01-15T10:31:00.000Z" of a schedule. */
#define TIMESTAMP_MICROSECONDS 6
#define TIMESTAMP_MILLISECONDS 3
#define TIMESTAMP_LENGTH(digits) ((size_t)(digits) + 21)
#define TIMESTAMP_LENGTH_MAX TIMESTAMP_LENGTH(TIMESTAMP_MICROSECONDS)

/* The second that was formatted last: neighbouring records often have the same one, and its date takes most
** of the work. Zeros: none yet. */
typedef struct timestamp_cache {
  int64_t second;
  char text[20]; /* "2024-01-15T10:31:00." */
} timestamp_cache;

_Static_assert(TIMESTAMP_LENGTH(0) == sizeof(((timestamp_cache *)0)->text) + 1, "the digits and a Z follow");

/* Writes TIMESTAMP_LENGTH(digits) characters and no NUL. What is finer than `digits` is cut off, towards the
** past. The years are 0000 to 9999; a time before or after reads as the first or the last one of them, so
** that the width is fixed. */
static void timestamp_format(int64_t microseconds, int digits, timestamp_cache *cache, char *to);

/* Appends a time as a JSON string, with three digits; 0: null. */
static void timestamp_write(text *out, int64_t microseconds);

/* Any time of RFC 3339: any offset; `T` and `Z` in lower case too, or a blank for the `T`; up to nine digits
** of fraction, of which the first six count; a leap second (23:59:60 UTC at the end of a month) is the first
** second of the next day. Returns 0 where the text is no such time. */
static int timestamp_parse(slice written, int64_t *microseconds);

#endif
