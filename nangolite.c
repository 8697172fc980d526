/* nangolite.c, version 0.1.0: Nango's Syncs API as a C library on one SQLite file.
**
** Made by amalgamate.sh from the parts in src/: edit those, not this file.
** To use it, compile it with your program, include nangolite.h, and link SQLite (3.15 or newer).
**
** Copyright (c) 2026 the nangolite authors
** SPDX-License-Identifier: MIT */

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

/******** internal.h ********/

/* internal.h: what every part of nangolite shares: the system headers, the limits of SPEC.md, and `slice`.
**
** Layering: a part uses only the parts that stand before it in amalgamate.sh. All memory comes from
** sqlite3_malloc64(), so that the host's allocator settings and its fault tests reach every allocation. */
#ifndef NANGOLITE_INTERNAL_H
#define NANGOLITE_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "nangolite.h"

/* SPEC.md section 2: what a record may be. */
#define RECORD_ID_MAX 1024      /* bytes of UTF-8 */
#define JSON_DEPTH_MAX 1000     /* nested arrays and objects */

/* SPEC.md section 4: the pages of a feed. */
#define PAGE_LIMIT_DEFAULT 100
#define PAGE_LIMIT_MAX 500
#define PAGE_IDS_MAX 100

#define MICROSECONDS_PER_SECOND INT64_C(1000000)
#define MICROSECONDS_PER_DAY (86400 * MICROSECONDS_PER_SECOND)

/* Bytes that somebody else owns: not NUL-terminated, valid as long as their owner. `at` NULL: absent. */
typedef struct slice {
  const char *at;
  size_t length;
} slice;

#endif

/******** text.h ********/

/* text: a growing byte buffer, and the one way in which nangolite builds JSON text.
**
** A failed allocation is latched: `failed` is set, later appends do nothing, and the caller looks once at the end.
** A zeroed `text` is empty and ready; text_free() gives its memory back and makes it empty again. */
#ifndef NANGOLITE_TEXT_H
#define NANGOLITE_TEXT_H

typedef struct text {
  char *at;        /* NUL-terminated after text_take() only */
  size_t length;
  size_t capacity;
  int failed;      /* an allocation failed: the content is incomplete */
} text;

/* Makes room for `more` bytes behind the content and returns where they go, NULL when there is no memory.
** The caller writes there and adds to `length` what it wrote. */
static char *text_reserve(text *t, size_t more);

static void text_append(text *t, const char *bytes, size_t length);
static void text_append_string(text *t, const char *string);      /* up to the NUL */
static void text_append_int(text *t, int64_t value);
static void text_append_json(text *t, slice bytes);               /* UTF-8 as a JSON string, quotes included */
static void text_append_json_string(text *t, const char *string); /* NULL: the JSON null */

/* Ends the content with a NUL and hands it over: give it back with sqlite3_free(). NULL: no memory. `t` is empty then. */
static char *text_take(text *t);
static void text_clear(text *t);   /* empty, keeps the memory for the next use */
static void text_free(text *t);

static slice slice_of(const char *string);   /* NULL: an absent slice */
static int slice_equals(slice a, slice b);

#endif

/******** text.c ********/

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
  text_append(t, bytes.at + from, bytes.length - from);
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

/******** list.h ********/

/* list: arrays that grow, of any kind of item. The first items may live in a small array of the owner
** (`local`), so that what is usually short costs no allocation. */
#ifndef NANGOLITE_LIST_H
#define NANGOLITE_LIST_H

/* Returns the array with room for one more item than `count`, moved if need be. NULL: no memory; the array
** is as it was. `size` is an item's; `local` NULL: there is none. */
static void *list_room(void *items, const void *local, size_t count, size_t *capacity, size_t size);
static void list_free(void *items, const void *local);

#endif

/******** list.c ********/

#define LIST_CAPACITY_MIN 16

static void *list_room(void *items, const void *local, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return items;
  size_t wanted = *capacity < LIST_CAPACITY_MIN ? LIST_CAPACITY_MIN : 2 * *capacity;
  if (wanted > SIZE_MAX / 2 / size) return NULL;
  void *grown = sqlite3_realloc64(items == local ? NULL : items, wanted * size);
  if (grown == NULL) return NULL;
  if (items == local && count > 0) memcpy(grown, items, count * size);
  *capacity = wanted;
  return grown;
}

static void list_free(void *items, const void *local) {
  if (items != local) sqlite3_free(items);
}

/******** utf8.h ********/

/* utf8: which bytes are UTF-8 (the Unicode Standard, table 3-7). */
#ifndef NANGOLITE_UTF8_H
#define NANGOLITE_UTF8_H

/* How many bytes follow the first one of a character that is not ASCII (0: no character begins with it), and the range of
** the one next to it; the others are 0x80 to 0xbf. There are no overlong forms, no surrogates and nothing above U+10FFFF. */
static size_t utf8_followers(unsigned char first, unsigned char *low, unsigned char *high);

static int utf8_is_valid(slice bytes);

#endif

/******** utf8.c ********/

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

/******** base64.h ********/

/* base64: RFC 4648 section 4, the standard alphabet with padding. */
#ifndef NANGOLITE_BASE64_H
#define NANGOLITE_BASE64_H

static void base64_encode(slice bytes, text *out);

/* Appends the bytes. 0: not what base64_encode() could have made (other characters, wrong padding, bits that are left over
** and not zero), and nothing is appended. A failed allocation is no such answer: it is latched in `out`. */
static int base64_decode(slice encoded, text *out);

#endif

/******** base64.c ********/

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

/******** timestamp.h ********/

/* timestamp: RFC 3339 text to microseconds since 1970-01-01T00:00Z, and back. Leap seconds are not counted. */
#ifndef NANGOLITE_TIMESTAMP_H
#define NANGOLITE_TIMESTAMP_H

/* "2024-01-15T10:31:00.000000Z" of a record, "2024-01-15T10:31:00.000Z" of a schedule. */
#define TIMESTAMP_MICROSECONDS 6
#define TIMESTAMP_MILLISECONDS 3
#define TIMESTAMP_LENGTH(digits) ((size_t)(digits) + 21)
#define TIMESTAMP_LENGTH_MAX TIMESTAMP_LENGTH(TIMESTAMP_MICROSECONDS)

/* The second that was formatted last. The times of neighbouring records mostly share it, and its date is the costly half.
** Zeroed: none yet. */
typedef struct timestamp_cache {
  int64_t second;
  char text[20];   /* "2024-01-15T10:31:00." */
} timestamp_cache;

/* Writes TIMESTAMP_LENGTH(digits) characters and no NUL. What is finer than `digits` is cut off, towards the past. The years
** are 0000 to 9999; a time before or after reads as the first or the last one of them, so that the width is fixed. */
static void timestamp_format(int64_t microseconds, int digits, timestamp_cache *cache, char *to);
static void timestamp_append(int64_t microseconds, int digits, timestamp_cache *cache, text *out);

/* Any time of RFC 3339: any offset; `T` and `Z` in lower case too, or a blank for the `T`; up to nine digits of fraction, of
** which the first six count; a leap second (23:59:60 UTC at the end of a month) is the first second of the next day.
** 0: it is none. */
static int timestamp_parse(slice written, int64_t *microseconds);

#endif

/******** timestamp.c ********/

#define TIMESTAMP_FIRST (-INT64_C(62167219200) * MICROSECONDS_PER_SECOND)      /* 0000-01-01T00:00:00Z */
#define TIMESTAMP_LAST (INT64_C(253402300800) * MICROSECONDS_PER_SECOND - 1)   /* the end of 9999-12-31 */

/* Both directions of the date as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years are counted from
** March, so that the leap day is a year's last, in eras of 400 years, which all have 146,097 days. 1970-01-01 is the
** 719,468th day after 0000-03-01. Days before that one (year 0000 has some) fall into era -1. */
#define DAYS_PER_ERA 146097
#define DAYS_TO_1970 719468

typedef struct timestamp_date { int year, month, day; } timestamp_date;

static timestamp_date timestamp_date_of(int64_t day) {
  int64_t since = day + DAYS_TO_1970;
  int64_t era = (since >= 0 ? since : since - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
  int of_era = (int)(since - era * DAYS_PER_ERA);
  int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int of_year = of_era - (365 * year + year / 4 - year / 100);
  int month = (5 * of_year + 2) / 153;   /* 0 is March */
  timestamp_date date = {year + (int)era * 400 + (month >= 10), month < 10 ? month + 3 : month - 9,
                         of_year - (153 * month + 2) / 5 + 1};
  return date;
}

static int64_t timestamp_day_of(timestamp_date date) {
  int year = date.year - (date.month <= 2);
  int era = (year >= 0 ? year : year - 399) / 400;
  int of_era = year - era * 400;
  int of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
  int day = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return (int64_t)era * DAYS_PER_ERA + day - DAYS_TO_1970;
}

static int timestamp_month_length(int year, int month) {
  static const char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return lengths[month - 1] + leap;
}

/* ---- to text ---- */

static void timestamp_put(char *to, int value, int width) {
  while (width-- > 0) {
    to[width] = (char)('0' + value % 10);
    value /= 10;
  }
}

static void timestamp_fill(timestamp_cache *cache, int64_t second) {
  int64_t day = (second >= 0 ? second : second - 86399) / 86400;
  int of_day = (int)(second - day * 86400);
  timestamp_date date = timestamp_date_of(day);
  memcpy(cache->text, "0000-00-00T00:00:00.", sizeof cache->text);
  timestamp_put(cache->text, date.year, 4);
  timestamp_put(cache->text + 5, date.month, 2);
  timestamp_put(cache->text + 8, date.day, 2);
  timestamp_put(cache->text + 11, of_day / 3600, 2);
  timestamp_put(cache->text + 14, of_day / 60 % 60, 2);
  timestamp_put(cache->text + 17, of_day % 60, 2);
  cache->second = second;
}

static void timestamp_format(int64_t microseconds, int digits, timestamp_cache *cache, char *to) {
  if (microseconds < TIMESTAMP_FIRST) microseconds = TIMESTAMP_FIRST;
  if (microseconds > TIMESTAMP_LAST) microseconds = TIMESTAMP_LAST;
  int64_t second = microseconds / MICROSECONDS_PER_SECOND;
  int fraction = (int)(microseconds % MICROSECONDS_PER_SECOND);
  if (fraction < 0) {
    second--;
    fraction += (int)MICROSECONDS_PER_SECOND;
  }
  if (second != cache->second || cache->text[0] == '\0') timestamp_fill(cache, second);
  memcpy(to, cache->text, sizeof cache->text);
  timestamp_put(to + sizeof cache->text, digits == TIMESTAMP_MILLISECONDS ? fraction / 1000 : fraction, digits);
  to[TIMESTAMP_LENGTH(digits) - 1] = 'Z';
}

static void timestamp_append(int64_t microseconds, int digits, timestamp_cache *cache, text *out) {
  char *to = text_reserve(out, TIMESTAMP_LENGTH(digits));
  if (to == NULL) return;
  timestamp_format(microseconds, digits, cache, to);
  out->length += TIMESTAMP_LENGTH(digits);
}

/* ---- from text ---- */

/* Reads text from left to right; the first thing that does not fit is latched. */
typedef struct timestamp_reader {
  slice rest;
  int wrong;
} timestamp_reader;

static char timestamp_read(timestamp_reader *r) {
  if (r->rest.length == 0) {
    r->wrong = 1;
    return '\0';
  }
  r->rest.length--;
  return *r->rest.at++;
}

static char timestamp_read_one_of(timestamp_reader *r, const char *allowed) {
  char c = timestamp_read(r);
  if (c == '\0' || strchr(allowed, c) == NULL) r->wrong = 1;
  return c;
}

static int timestamp_read_number(timestamp_reader *r, int width, int low, int high) {
  int number = 0;
  for (; width > 0; width--) number = number * 10 + (timestamp_read_one_of(r, "0123456789") - '0');
  if (number < low || number > high) r->wrong = 1;
  return number;
}

static int timestamp_next_is_digit(const timestamp_reader *r) {
  return r->rest.length > 0 && *r->rest.at >= '0' && *r->rest.at <= '9';
}

/* An optional "." and one to nine digits, as microseconds. */
static int64_t timestamp_read_fraction(timestamp_reader *r) {
  if (r->rest.length == 0 || *r->rest.at != '.') return 0;
  timestamp_read(r);
  int64_t nanoseconds = 0;
  for (int i = 0; i < 9; i++) {
    int digit = i == 0 || timestamp_next_is_digit(r) ? timestamp_read_number(r, 1, 0, 9) : 0;
    nanoseconds = nanoseconds * 10 + digit;
  }
  return nanoseconds / 1000;
}

/* Seconds that local time is ahead of UTC. */
static int timestamp_read_offset(timestamp_reader *r) {
  char sign = timestamp_read_one_of(r, "Zz+-");
  if (sign == 'Z' || sign == 'z') return 0;
  int hours = timestamp_read_number(r, 2, 0, 23);
  timestamp_read_one_of(r, ":");
  int minutes = timestamp_read_number(r, 2, 0, 59);
  return (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
}

static timestamp_date timestamp_read_date(timestamp_reader *r) {
  timestamp_date date = {1970, 1, 1};
  date.year = timestamp_read_number(r, 4, 0, 9999);
  timestamp_read_one_of(r, "-");
  date.month = timestamp_read_number(r, 2, 1, 12);
  timestamp_read_one_of(r, "-");
  if (!r->wrong) date.day = timestamp_read_number(r, 2, 1, timestamp_month_length(date.year, date.month));
  return date;
}

/* Seconds since midnight; *leap: the sixtieth second. */
static int timestamp_read_time(timestamp_reader *r, int *leap) {
  int hour = timestamp_read_number(r, 2, 0, 23);
  timestamp_read_one_of(r, ":");
  int minute = timestamp_read_number(r, 2, 0, 59);
  timestamp_read_one_of(r, ":");
  int second = timestamp_read_number(r, 2, 0, 60);
  *leap = second == 60;
  return hour * 3600 + minute * 60 + second;
}

/* Whether a month begins with this second, in UTC: before it there may have been a leap second. */
static int timestamp_begins_month(int64_t second) {
  int64_t day = (second >= 0 ? second : second - 86399) / 86400;
  return day * 86400 == second && timestamp_date_of(day).day == 1;
}

static int timestamp_parse(slice written, int64_t *microseconds) {
  timestamp_reader r = {written, 0};
  int leap = 0;
  timestamp_date date = timestamp_read_date(&r);
  timestamp_read_one_of(&r, "Tt ");
  int of_day = timestamp_read_time(&r, &leap);
  int64_t fraction = timestamp_read_fraction(&r);
  int offset = timestamp_read_offset(&r);
  if (r.wrong || r.rest.length > 0) return 0;
  int64_t second = timestamp_day_of(date) * 86400 + of_day - offset;
  if (leap && !timestamp_begins_month(second)) return 0;
  *microseconds = second * MICROSECONDS_PER_SECOND + fraction;
  return 1;
}

/******** frequency.h ********/

/* frequency: "every 1.5 hours" to microseconds, and the grid on which runs fall: anchor + k * interval, k = 0, 1, 2, … */
#ifndef NANGOLITE_FREQUENCY_H
#define NANGOLITE_FREQUENCY_H

#define FREQUENCY_MIN (30 * MICROSECONDS_PER_SECOND)
#define FREQUENCY_MAX (365 * MICROSECONDS_PER_DAY)

/* NULL: *interval is set. Else the reason why it is refused, which continues "frequency …". */
static const char *frequency_parse(slice written, int64_t *interval);

/* The first point of the grid not before `time`, and the first after it. None is before the anchor; INT64_MAX (never) where
** the next one would be beyond int64_t. */
static int64_t frequency_at_or_after(int64_t anchor, int64_t interval, int64_t time);
static int64_t frequency_next(int64_t anchor, int64_t interval, int64_t time);

#endif

/******** frequency.c ********/

#define FREQUENCY_MINUTE (60 * MICROSECONDS_PER_SECOND)
#define FREQUENCY_HOUR (60 * FREQUENCY_MINUTE)

static const char frequency_unknown[] = "must be like \"every half hour\", \"every day\", \"every 90 minutes\" or \"1.5h\"";

typedef struct frequency_word {
  const char *word;
  int64_t interval;
} frequency_word;

static const frequency_word frequency_phrases[] = {
  {"every half day", 12 * FREQUENCY_HOUR},
  {"every half hour", 30 * FREQUENCY_MINUTE},
  {"every quarter hour", 15 * FREQUENCY_MINUTE},
  {"every hour", FREQUENCY_HOUR},
  {"every day", MICROSECONDS_PER_DAY},
  {"every week", 7 * MICROSECONDS_PER_DAY},
  {"every month", 30 * MICROSECONDS_PER_DAY},
  {NULL, 0},
};

static const frequency_word frequency_units[] = {
  {"s", MICROSECONDS_PER_SECOND}, {"sec", MICROSECONDS_PER_SECOND}, {"secs", MICROSECONDS_PER_SECOND},
  {"second", MICROSECONDS_PER_SECOND}, {"seconds", MICROSECONDS_PER_SECOND},
  {"m", FREQUENCY_MINUTE}, {"min", FREQUENCY_MINUTE}, {"mins", FREQUENCY_MINUTE},
  {"minute", FREQUENCY_MINUTE}, {"minutes", FREQUENCY_MINUTE},
  {"h", FREQUENCY_HOUR}, {"hr", FREQUENCY_HOUR}, {"hrs", FREQUENCY_HOUR},
  {"hour", FREQUENCY_HOUR}, {"hours", FREQUENCY_HOUR},
  {"d", MICROSECONDS_PER_DAY}, {"day", MICROSECONDS_PER_DAY}, {"days", MICROSECONDS_PER_DAY},
  {"w", 7 * MICROSECONDS_PER_DAY}, {"week", 7 * MICROSECONDS_PER_DAY}, {"weeks", 7 * MICROSECONDS_PER_DAY},
  {NULL, 0},
};

/* 0: none of the words. */
static int64_t frequency_find(const frequency_word *words, slice wanted) {
  while (words->word != NULL && !slice_equals(slice_of(words->word), wanted)) words++;
  return words->interval;
}

static slice frequency_skip(slice s, size_t count) {
  slice rest = {s.at + count, s.length - count};
  return rest;
}

static size_t frequency_count_digits(slice s) {
  size_t count = 0;
  while (count < s.length && s.at[count] >= '0' && s.at[count] <= '9') count++;
  return count;
}

/* How often the whole digits say the unit; more than FREQUENCY_MAX where it is too long, whatever the number of digits. */
static int64_t frequency_of_whole(slice digits, int64_t unit) {
  int64_t number = 0;
  for (size_t i = 0; i < digits.length && number * unit <= FREQUENCY_MAX; i++) {
    number = number * 10 + (digits.at[i] - '0');
  }
  return number * unit;
}

/* That of the digits behind the point, cut off to microseconds. From the last digit to the first, because then the cut of
** each step does not add up. */
static int64_t frequency_of_decimals(slice digits, int64_t unit) {
  int64_t tenths = 0;
  for (size_t i = digits.length; i > 0; i--) tenths = (tenths + (digits.at[i - 1] - '0') * unit) / 10;
  return tenths;
}

/* "[every ]N unit". 0: it is not of this form. */
static int64_t frequency_of_number(slice written) {
  static const slice every = {"every ", 6};
  slice rest = written;
  if (rest.length > every.length && memcmp(rest.at, every.at, every.length) == 0) rest = frequency_skip(rest, every.length);
  slice whole = {rest.at, frequency_count_digits(rest)};
  slice decimals = {NULL, 0};
  rest = frequency_skip(rest, whole.length);
  if (rest.length > 0 && *rest.at == '.') {
    rest = frequency_skip(rest, 1);
    decimals = (slice){rest.at, frequency_count_digits(rest)};
    rest = frequency_skip(rest, decimals.length);
    if (decimals.length == 0) return 0;
  }
  if (rest.length > 0 && *rest.at == ' ') rest = frequency_skip(rest, 1);
  int64_t unit = frequency_find(frequency_units, rest);
  if (unit == 0 || whole.length == 0) return 0;
  int64_t interval = frequency_of_whole(whole, unit) + frequency_of_decimals(decimals, unit);
  return interval > 0 ? interval : 1;   /* 0 is of this form, and too short */
}

static const char *frequency_parse(slice written, int64_t *interval) {
  if (written.at == NULL) return frequency_unknown;
  int64_t found = frequency_find(frequency_phrases, written);
  if (found == 0) found = frequency_of_number(written);
  if (found == 0) return frequency_unknown;
  if (found < FREQUENCY_MIN) return "must be at least 30 seconds";
  if (found > FREQUENCY_MAX) return "must be at most 365 days";
  *interval = found;
  return NULL;
}

/* The distance may be more than int64_t holds, not more than uint64_t. An interval from a damaged file may be anything. */
static int64_t frequency_at_or_after(int64_t anchor, int64_t interval, int64_t time) {
  if (time <= anchor) return anchor;
  if (interval < 1) return INT64_MAX;
  uint64_t over = ((uint64_t)time - (uint64_t)anchor) % (uint64_t)interval;
  if (over == 0) return time;
  int64_t missing = interval - (int64_t)over;
  return time > INT64_MAX - missing ? INT64_MAX : time + missing;
}

static int64_t frequency_next(int64_t anchor, int64_t interval, int64_t time) {
  return time == INT64_MAX ? INT64_MAX : frequency_at_or_after(anchor, interval, time + 1);
}

/******** name.h ********/

/* name: which names are allowed. */
#ifndef NANGOLITE_NAME_H
#define NANGOLITE_NAME_H

typedef enum name_kind { NAME_PROVIDER_CONFIG_KEY, NAME_CONNECTION_ID, NAME_MODEL, NAME_SYNC, NAME_VARIANT } name_kind;

/* NULL: allowed. Else the rule, which continues the field's name in a message: "must be 1 to 255 of …". An absent name is
** never allowed. */
static const char *name_check(name_kind kind, slice name);

/* "provider_config_key", as messages call it. */
static const char *name_field(name_kind kind);

/* Whether this is the default variant: absent, or "base" in any letter case. */
static int name_is_base(slice variant);

#endif

/******** name.c ********/

#define NAME_MAX 255

typedef struct name_rule {
  const char *field;
  const char *marks;   /* what is allowed besides A-Z a-z 0-9 */
  const char *words;
} name_rule;

static const name_rule name_rules[] = {
  {"provider_config_key", "~:.@ _-", "must be 1 to 255 of A-Z a-z 0-9 ~ : . @ _ - and blank"},
  {"connection_id", ",.;:=+~[]|@${}\"'\\/_ -",
   "must be 1 to 255 of A-Z a-z 0-9 , . ; : = + ~ [ ] | @ $ { } \" ' \\ / _ - and blank"},
  {"model", "_-", "must be a capital letter, then 1 to 254 of A-Z a-z 0-9 _ -"},
  {"sync", "_-", "must be 1 to 255 of A-Z a-z 0-9 _ -"},
  {"variant", "_-", "must be 1 to 255 of A-Z a-z 0-9 _ -"},
};

static int name_is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

static int name_allows(const name_rule *rule, char c) {
  if (name_is_capital(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return 1;
  return c != '\0' && strchr(rule->marks, c) != NULL;
}

static const char *name_check(name_kind kind, slice name) {
  const name_rule *rule = &name_rules[kind];
  if (name.length < 1 || name.length > NAME_MAX) return rule->words;
  if (kind == NAME_MODEL && (name.length < 2 || !name_is_capital(name.at[0]))) return rule->words;
  for (size_t i = 0; i < name.length; i++) {
    if (!name_allows(rule, name.at[i])) return rule->words;
  }
  return NULL;
}

static const char *name_field(name_kind kind) {
  return name_rules[kind].field;
}

static int name_is_base(slice variant) {
  static const char base[] = "base";
  if (variant.at == NULL) return 1;
  if (variant.length != sizeof base - 1) return 0;
  for (size_t i = 0; i < variant.length; i++) {
    if ((variant.at[i] | 0x20) != base[i]) return 0;
  }
  return 1;
}

/******** cursor.h ********/

/* cursor: a place in a feed as text: base64 of "<last_modified_at>||<id>". It means what it says, whatever the store holds. */
#ifndef NANGOLITE_CURSOR_H
#define NANGOLITE_CURSOR_H

typedef struct cursor_place {
  int64_t stamp;
  slice id;
} cursor_place;

static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out);

/* NULL: *place is set, and its id lives in `buffer`, whose former content is gone. Else the reason why it is refused, which
** continues "cursor …". A failed allocation is latched in `buffer`: look there first. */
static const char *cursor_decode(slice encoded, text *buffer, cursor_place *place);

#endif

/******** cursor.c ********/

/* The time, the bars with the first byte of the id, and the rest of the id are encoded one by one: the first two are 27 and
** 3 bytes, so that what they become ends without padding and the pieces join. */
static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out) {
  char time[TIMESTAMP_LENGTH_MAX];
  char bars[3] = {'|', '|', '\0'};
  if (place.id.length > 0) bars[2] = place.id.at[0];
  timestamp_format(place.stamp, TIMESTAMP_MICROSECONDS, cache, time);
  base64_encode((slice){time, sizeof time}, out);
  base64_encode((slice){bars, place.id.length > 0 ? 3 : 2}, out);
  if (place.id.length > 1) base64_encode((slice){place.id.at + 1, place.id.length - 1}, out);
}

/* The length of what stands before the first "||"; that of the whole where there is none. */
static size_t cursor_find_bars(slice decoded) {
  for (size_t i = 0; i + 1 < decoded.length; i++) {
    if (decoded.at[i] == '|' && decoded.at[i + 1] == '|') return i;
  }
  return decoded.length;
}

static const char *cursor_decode(slice encoded, text *buffer, cursor_place *place) {
  text_clear(buffer);
  if (encoded.length == 0 || !base64_decode(encoded, buffer) || buffer->failed) return "is not base64";
  slice decoded = {buffer->at, buffer->length};
  size_t bars = cursor_find_bars(decoded);
  if (bars == decoded.length) return "is not a time and an id with || between them";
  slice id = {decoded.at + bars + 2, decoded.length - bars - 2};
  int64_t stamp;
  if (!timestamp_parse((slice){decoded.at, bars}, &stamp)) return "does not begin with a time of RFC 3339";
  if (id.length < 1 || id.length > RECORD_ID_MAX) return "has an id that is not 1 to 1024 bytes";
  if (memchr(id.at, '\0', id.length) != NULL || !utf8_is_valid(id)) return "has an id that is not UTF-8";
  *place = (cursor_place){stamp, id};
  return NULL;
}

/******** hash.h ********/

/* hash: SipHash with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012,
** and their reference code's 128-bit variant). The key is drawn at random for each store, so nobody who
** feeds records can aim at a collision. */
#ifndef NANGOLITE_HASH_H
#define NANGOLITE_HASH_H

typedef struct hash_key { uint64_t k0, k1; } hash_key;
typedef struct hash128 { uint64_t low, high; } hash128;

/* SipHash-1-3. The same bytes and key give the same number whatever the machine's byte order. */
static hash128 hash_bytes(const hash_key *key, const char *bytes, size_t length);
/* The same with any number of rounds per block and at the end: SipHash-2-4 is what test vectors are
** published for. */
static hash128 hash_bytes_rounds(const hash_key *key, const char *bytes, size_t length,
                                 int block_rounds, int final_rounds);
static int hash_equals(hash128 a, hash128 b);

/* The 16 bytes that the reference code writes, and back. */
#define HASH_BYTES 16
static void hash_write(hash128 hash, char *bytes);
static hash128 hash_read(const char *bytes);

/* Eight bytes as a little-endian number: the first byte is the lowest. */
static uint64_t hash_word(const char *bytes);

#endif

/******** hash.c ********/

typedef struct hash_state { uint64_t v0, v1, v2, v3; } hash_state;

static inline uint64_t hash_word(const char *bytes) {
  static const uint16_t one = 1;
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  if (*(const unsigned char *)&one == 1) return word;
  word = (word & UINT64_C(0x00ff00ff00ff00ff)) << 8 | (word >> 8 & UINT64_C(0x00ff00ff00ff00ff));
  word = (word & UINT64_C(0x0000ffff0000ffff)) << 16 | (word >> 16 & UINT64_C(0x0000ffff0000ffff));
  return word << 32 | word >> 32;
}

static inline uint64_t hash_rotate(uint64_t word, int bits) {
  return word << bits | word >> (64 - bits);
}

static inline void hash_rounds(hash_state *s, int rounds) {
  for (int i = 0; i < rounds; i++) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = hash_rotate(s->v1, 13) ^ s->v0;
    s->v3 = hash_rotate(s->v3, 16) ^ s->v2;
    s->v0 = hash_rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = hash_rotate(s->v1, 17) ^ s->v2;
    s->v3 = hash_rotate(s->v3, 21) ^ s->v0;
    s->v2 = hash_rotate(s->v2, 32);
  }
}

static inline void hash_block(hash_state *s, uint64_t word, int rounds) {
  s->v3 ^= word;
  hash_rounds(s, rounds);
  s->v0 ^= word;
}

/* What is left behind the last whole block, and the length in the highest byte. */
static inline uint64_t hash_last_word(const char *bytes, size_t length) {
  size_t rest = length % 8;
  uint64_t word = (uint64_t)length << 56;
  if (rest == 0) return word;
  if (length >= 8) return word | hash_word(bytes + (length - 8)) >> (64 - 8 * rest);
  for (size_t i = 0; i < rest; i++) word |= (uint64_t)(unsigned char)bytes[length - rest + i] << (8 * i);
  return word;
}

/* Inlined where the rounds are constants, so that their loops vanish. */
static inline hash128 hash_bytes_rounds(const hash_key *key, const char *bytes, size_t length,
                                        int block_rounds, int final_rounds) {
  hash_state s = {
    key->k0 ^ UINT64_C(0x736f6d6570736575), key->k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
    key->k0 ^ UINT64_C(0x6c7967656e657261), key->k1 ^ UINT64_C(0x7465646279746573),
  };
  hash128 result;
  for (size_t at = 0; length - at >= 8; at += 8) hash_block(&s, hash_word(bytes + at), block_rounds);
  hash_block(&s, hash_last_word(bytes, length), block_rounds);
  s.v2 ^= 0xee;
  hash_rounds(&s, final_rounds);
  result.low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  s.v1 ^= 0xdd;
  hash_rounds(&s, final_rounds);
  result.high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  return result;
}

static hash128 hash_bytes(const hash_key *key, const char *bytes, size_t length) {
  return hash_bytes_rounds(key, bytes, length, 1, 3);
}

static int hash_equals(hash128 a, hash128 b) {
  return a.low == b.low && a.high == b.high;
}

static void hash_write(hash128 hash, char *bytes) {
  for (int i = 0; i < 8; i++) {
    bytes[i] = (char)(hash.low >> (8 * i) & 0xff);
    bytes[8 + i] = (char)(hash.high >> (8 * i) & 0xff);
  }
}

static hash128 hash_read(const char *bytes) {
  hash128 hash = {hash_word(bytes), hash_word(bytes + 8)};
  return hash;
}

/******** json.h ********/

/* json: stepping through well-formed JSON text (RFC 8259), in place and without copies.
**
** json_scan.h judges text that nobody has looked at. What is here takes a json_value of scanned text and
** relies on its being well-formed. Nothing recurses: nesting costs heap or a bit, never stack. */
#ifndef NANGOLITE_JSON_H
#define NANGOLITE_JSON_H

typedef enum json_type {
  JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT
} json_type;

/* One well-formed value: its bytes without the white space around it. A string's bytes include its quotes. */
typedef struct json_value {
  slice text;
  json_type type;
} json_value;

typedef struct json_member {
  json_value key;     /* a string, as written */
  json_value value;
} json_member;

/* Well-formed text without white space around it, as a value: what the store wrote and reads back. */
static json_value json_of(slice text);

/* Steps through a container. 0: no more. */
typedef struct json_iterator { const char *at, *end; } json_iterator;
static json_iterator json_iterate(json_value container);
static int json_next_member(json_iterator *iterator, json_member *member);
static int json_next_element(json_iterator *iterator, json_value *element);

/* Appends the characters of a string value as UTF-8. A lone surrogate becomes the three bytes that UTF-8
** would use for it (so that unequal strings stay unequal); *lone_surrogate then is 1, else 0. The pointer
** may be NULL. */
static void json_unescape(json_value string, text *out, int *lone_surrogate);

/* Whether a string value spells exactly these bytes once unescaped. */
static int json_string_is(json_value string, const char *spelled);

/* The order of two string values by their unescaped bytes: less than, equal to or greater than 0. */
static int json_compare_strings(json_value a, json_value b);

/* Appends `object` without its top-level members of that name; all other bytes stay as they are, but for
** the comma and the white space around such a member. */
static void json_without_member(json_value object, const char *name, text *out);

#endif

/******** json.c ********/

#define JSON_EVERY_BYTE UINT64_C(0x0101010101010101)
#define JSON_HIGH_BITS (0x80 * JSON_EVERY_BYTE)

static json_type json_type_at(const char *at) {
  switch (*at) {
    case '"': return JSON_STRING;
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case 'n': return JSON_NULL;
    case 'f': return JSON_FALSE;
    case 't': return JSON_TRUE;
    default: return JSON_NUMBER;
  }
}

static json_value json_between(const char *from, const char *to) {
  json_value value = {{from, (size_t)(to - from)}, json_type_at(from)};
  return value;
}

static json_value json_of(slice bytes) {
  return json_between(bytes.at, bytes.at + bytes.length);
}

static inline int json_is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline const char *json_skip_space(const char *at, const char *end) {
  while (at < end && json_is_space(*at)) at++;
  return at;
}

/* The number of the first byte of a word (hash_word()) whose highest bit is set in `flags`, which is not
** 0. */
static inline size_t json_first_flag(uint64_t flags) {
  uint64_t lowest = flags & (0 - flags);
  return (size_t)((lowest >> 7) * UINT64_C(0x0001020304050607) >> 56);
}

/* Flags the bytes of `word` that are 0. Bytes behind the first one flagged may be flagged in error. */
static inline uint64_t json_flag_zero(uint64_t word) {
  return (word - JSON_EVERY_BYTE) & ~word & JSON_HIGH_BITS;
}

/* The next quote or backslash of a string, which ends before `end`. */
static inline const char *json_find_quote(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t word = hash_word(at);
    uint64_t flags = json_flag_zero(word ^ '"' * JSON_EVERY_BYTE);
    flags |= json_flag_zero(word ^ '\\' * JSON_EVERY_BYTE);
    if (flags != 0) return at + json_first_flag(flags);
  }
  while (*at != '"' && *at != '\\') at++;
  return at;
}

static int json_is_escaped(json_value string) {
  const char *end = string.text.at + (string.text.length - 1);
  return json_find_quote(string.text.at + 1, end) != end;
}

/* From behind a string's opening quote to behind its closing one. */
static inline const char *json_skip_string(const char *at, const char *end) {
  for (at = json_find_quote(at, end); *at != '"'; at = json_find_quote(at + 2, end)) continue;
  return at + 1;
}

/* The brackets match, so that counting them is enough. */
static const char *json_skip_container(const char *at, const char *end) {
  size_t depth = 0;
  do {
    switch (*at++) {
      case '"': at = json_skip_string(at, end); break;
      case '{': case '[': depth++; break;
      case '}': case ']': depth--; break;
      default: break;
    }
  } while (depth > 0);
  return at;
}

static const char *json_skip_value(const char *at, const char *end) {
  if (*at == '"') return json_skip_string(at + 1, end);
  if (*at == '{' || *at == '[') return json_skip_container(at, end);
  while (at < end && *at != ',' && *at != ']' && *at != '}' && !json_is_space(*at)) at++;
  return at;
}

/* `end` is where the closing bracket stands. */
static json_iterator json_iterate(json_value container) {
  json_iterator iterator = {container.text.at + 1, container.text.at + (container.text.length - 1)};
  return iterator;
}

static int json_next_element(json_iterator *iterator, json_value *element) {
  const char *end = iterator->end;
  const char *from = json_skip_space(iterator->at, end);
  if (from == end) return 0;
  if (*from == ',') from = json_skip_space(from + 1, end);
  iterator->at = json_skip_value(from, end);
  *element = json_between(from, iterator->at);
  return 1;
}

static int json_next_member(json_iterator *iterator, json_member *member) {
  const char *end = iterator->end;
  if (!json_next_element(iterator, &member->key)) return 0;
  const char *from = json_skip_space(iterator->at, end);
  from = json_skip_space(from + 1, end);
  iterator->at = json_skip_value(from, end);
  member->value = json_between(from, iterator->at);
  return 1;
}

static uint32_t json_hex4(const char *at) {
  uint32_t number = 0;
  for (int i = 0; i < 4; i++) {
    uint32_t digit = (unsigned char)at[i];
    number = number << 4 | (digit <= '9' ? digit - '0' : (digit & 0xf) + 9);
  }
  return number;
}

static int json_is_surrogate(uint32_t character) {
  return character >= 0xd800 && character <= 0xdfff;
}

/* Reads the escape at *at; two that make a surrogate pair are read as one. */
static uint32_t json_read_escape(const char **at) {
  static const char names[] = "b\bf\fn\nr\rt\t";
  const char *from = *at;
  *at = from + 2;
  if (from[1] != 'u') {
    for (const char *name = names; *name != '\0'; name += 2) {
      if (*name == from[1]) return (unsigned char)name[1];
    }
    return (unsigned char)from[1];
  }
  *at = from + 6;
  uint32_t first = json_hex4(from + 2);
  if (first < 0xd800 || first > 0xdbff || from[6] != '\\' || from[7] != 'u') return first;
  uint32_t second = json_hex4(from + 8);
  if (second < 0xdc00 || second > 0xdfff) return first;
  *at = from + 12;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

/* Writes one character as UTF-8, at most four bytes, and returns how many. */
static size_t json_encode(uint32_t character, char *to) {
  if (character < 0x80) {
    to[0] = (char)character;
    return 1;
  }
  size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; i--) {
    to[i] = (char)(0x80 | (character & 0x3f));
    character >>= 6;
  }
  to[0] = (char)((0xf00 >> length & 0xf0) | character);
  return length;
}

/* Writes a string's characters to `to`, which has room for as many bytes as the string has, and returns
** where they end. */
static char *json_write_unescaped(json_value string, char *to, int *lone_surrogate) {
  const char *at = string.text.at + 1;
  const char *end = string.text.at + (string.text.length - 1);
  while (at < end) {
    const char *escape = memchr(at, '\\', (size_t)(end - at));
    size_t plain = (size_t)((escape == NULL ? end : escape) - at);
    memcpy(to, at, plain);
    to += plain;
    at += plain;
    if (escape == NULL) break;
    uint32_t character = json_read_escape(&at);
    if (json_is_surrogate(character)) *lone_surrogate = 1;
    to += json_encode(character, to);
  }
  return to;
}

static void json_unescape(json_value string, text *out, int *lone_surrogate) {
  int unasked;
  char *to = text_reserve(out, string.text.length);
  if (lone_surrogate == NULL) lone_surrogate = &unasked;
  *lone_surrogate = 0;
  if (to == NULL) return;
  out->length += (size_t)(json_write_unescaped(string, to, lone_surrogate) - to);
}

/* The unescaped bytes of a string, one after the other. */
typedef struct json_bytes {
  const char *at, *end;
  char character[4];    /* what is left of an escaped one */
  size_t from, length;
} json_bytes;

static json_bytes json_bytes_of(json_value string) {
  json_bytes bytes = {string.text.at + 1, string.text.at + (string.text.length - 1), "", 0, 0};
  return bytes;
}

/* -1: no more. */
static int json_next_byte(json_bytes *bytes) {
  if (bytes->from < bytes->length) return (unsigned char)bytes->character[bytes->from++];
  if (bytes->at == bytes->end) return -1;
  if (*bytes->at != '\\') return (unsigned char)*bytes->at++;
  bytes->length = json_encode(json_read_escape(&bytes->at), bytes->character);
  bytes->from = 1;
  return (unsigned char)bytes->character[0];
}

static int json_string_is(json_value string, const char *spelled) {
  size_t length = strlen(spelled);
  char first = string.text.at[1];
  if (string.text.length < length + 2 || (length > 0 && first != *spelled && first != '\\')) return 0;
  if (string.text.length == length + 2 && memcmp(string.text.at + 1, spelled, length) == 0) {
    return memchr(spelled, '\\', length) == NULL;
  }
  json_bytes bytes = json_bytes_of(string);
  for (size_t i = 0; i < length; i++) {
    if (json_next_byte(&bytes) != (unsigned char)spelled[i]) return 0;
  }
  return json_next_byte(&bytes) == -1;
}

static int json_compare_strings(json_value a, json_value b) {
  json_bytes bytes_a = json_bytes_of(a), bytes_b = json_bytes_of(b);
  for (;;) {
    int byte_a = json_next_byte(&bytes_a), byte_b = json_next_byte(&bytes_b);
    if (byte_a != byte_b) return byte_a < byte_b ? -1 : 1;
    if (byte_a == -1) return 0;
  }
}

/* A kept member goes with the white space around it, up to the commas. */
static void json_without_member(json_value object, const char *name, text *out) {
  json_iterator iterator = json_iterate(object);
  const char *from = iterator.at, *end = iterator.end;
  json_member member;
  int kept = 0;
  text_append(out, "{", 1);
  while (json_next_member(&iterator, &member)) {
    const char *to = json_skip_space(iterator.at, end);
    if (!json_string_is(member.key, name)) {
      if (kept++ > 0) text_append(out, ",", 1);
      text_append(out, from, (size_t)(to - from));
    } else if (to == end) {
      text_append(out, iterator.at, (size_t)(to - iterator.at));
    }
    from = to == end ? end : to + 1;
  }
  text_append(out, from, (size_t)(end + 1 - from));
}

/******** json_scan.h ********/

/* json_scan: judging text that nobody has looked at: where it ends as JSON (RFC 8259) or why it is not
** JSON. Text must be UTF-8 (overlong forms and raw surrogates are refused; escaped lone surrogates are
** not) and nest no deeper than JSON_DEPTH_MAX. */
#ifndef NANGOLITE_JSON_SCAN_H
#define NANGOLITE_JSON_SCAN_H

/* Where a scan stopped and why; the reason is a static string ("expected a value", "not UTF-8", …). */
typedef struct json_error {
  const char *reason;    /* NULL: no error */
  size_t offset;         /* bytes from the start of the text */
} json_error;

/* A whole JSON text: one value, white space around it, nothing else. On an error the value is zero. */
static json_error json_scan(slice text, json_value *value);

/* The records of a call: an array of objects, or one object as an array of one. */
typedef struct json_record {
  slice text;          /* from { to } */
  json_value id;       /* the last top-level member "id"; text.at NULL: there is none */
  int has_metadata;    /* it has a top-level member "_nango_metadata", however escaped */
} json_record;

typedef struct json_records {
  slice text;
  size_t at;           /* bytes read */
  size_t count;        /* records read; on an error, the position of the wrong one in the array */
  int state;           /* private */
  json_error error;
} json_records;

/* Reads the next record in one pass over its bytes: validates it, finds its id. 0: the end (after checking
** that nothing follows), or an error, which stays in `records->error`; the record is zero then. A record's
** own nesting counts, not the array's. */
static void json_records_open(json_records *records, slice text);
static int json_records_next(json_records *records, json_record *record);

#endif

/******** json_scan.c ********/

#define JSON_ENDS_EARLY "the text ends too early"

/* Every function below that passes a part of the text takes where it starts and returns where it ends, or
** NULL after having set `reason` and `failed_at`. */
typedef struct json_scanner {
  const char *end;
  const char *reason, *failed_at;
  int escaped;          /* set by a string with an escape */
  size_t depth;         /* open containers */
  uint64_t objects[JSON_DEPTH_MAX / 64 + 1];   /* one bit for each of them: it is an object, not an array */
} json_scanner;

_Static_assert(JSON_DEPTH_MAX == 1000, "json_pass_opening() names the limit");

/* Leaves the bits alone: none counts yet. */
static inline void json_begin(json_scanner *s, slice bytes) {
  s->end = bytes.at + bytes.length;
  s->reason = NULL;
  s->failed_at = bytes.at;
  s->escaped = 0;
  s->depth = 0;
}

static const char *json_fail(json_scanner *s, const char *at, const char *reason) {
  s->failed_at = at;
  s->reason = at == s->end ? JSON_ENDS_EARLY : reason;
  return NULL;
}

/* The first byte of a string's body that needs a closer look: a quote, a backslash, a control character,
** one of a character that is not ASCII. Such a byte sets its own highest flag; only bytes behind the first
** one may be flagged in error. */
static inline const char *json_pass_plain(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t word = hash_word(at);
    uint64_t quotes = (word ^ '"' * JSON_EVERY_BYTE) - JSON_EVERY_BYTE;
    uint64_t backslashes = (word ^ '\\' * JSON_EVERY_BYTE) - JSON_EVERY_BYTE;
    uint64_t controls = word - 0x20 * JSON_EVERY_BYTE;
    uint64_t flags = (word | quotes | backslashes | controls) & JSON_HIGH_BITS;
    if (flags != 0) return at + json_first_flag(flags);
  }
  for (; at < end; at++) {
    unsigned char byte = (unsigned char)*at;
    if (byte == '"' || byte == '\\' || byte < 0x20 || byte >= 0x80) break;
  }
  return at;
}

static int json_is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *json_pass_escape(json_scanner *s, const char *at) {
  const char *from = at++;
  s->escaped = 1;
  if (at == s->end) return json_fail(s, at, NULL);
  switch (*at++) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return at;
    case 'u': break;
    default: return json_fail(s, from, "an unknown escape");
  }
  for (int i = 0; i < 4; i++, at++) {
    if (at == s->end || !json_is_hex(*at)) return json_fail(s, at, "expected four hexadecimal digits");
  }
  return at;
}

/* How many bytes follow the first one of a character (0: it cannot be the first), and the range of the one
** next to it: the Unicode Standard's table 3-7, which has no overlong forms, no surrogates and nothing
** above U+10FFFF. */
static size_t json_followers(unsigned char first, unsigned char *low, unsigned char *high) {
  *low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  *high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/* Passes characters that are not ASCII, one or more of them. */
static const char *json_pass_characters(json_scanner *s, const char *at) {
  do {
    unsigned char low, high;
    const char *from = at++;
    size_t followers = json_followers((unsigned char)*from, &low, &high);
    if (followers == 0) return json_fail(s, from, "not UTF-8");
    for (; followers > 0; followers--, at++) {
      if (at == s->end) return json_fail(s, at, NULL);
      if ((unsigned char)*at < low || (unsigned char)*at > high) return json_fail(s, from, "not UTF-8");
      low = 0x80;
      high = 0xbf;
    }
  } while (at < s->end && (unsigned char)*at >= 0x80);
  return at;
}

/* From behind the opening quote to behind the closing one. */
static const char *json_pass_string(json_scanner *s, const char *at) {
  for (;;) {
    at = json_pass_plain(at, s->end);
    if (at == s->end) return json_fail(s, at, NULL);
    if (*at == '"') return at + 1;
    if (*at == '\\') at = json_pass_escape(s, at);
    else if ((unsigned char)*at < 0x20) return json_fail(s, at, "a control character in a string");
    else at = json_pass_characters(s, at);
    if (at == NULL) return NULL;
  }
}

static inline const char *json_skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

static const char *json_pass_digits(json_scanner *s, const char *at) {
  const char *to = json_skip_digits(at, s->end);
  return to == at ? json_fail(s, at, "expected a digit") : to;
}

static const char *json_pass_number(json_scanner *s, const char *at) {
  if (*at == '-') at++;
  at = at < s->end && *at == '0' ? at + 1 : json_pass_digits(s, at);
  if (at != NULL && at < s->end && *at == '.') at = json_pass_digits(s, at + 1);
  if (at != NULL && at < s->end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < s->end && (*at == '+' || *at == '-')) at++;
    at = json_pass_digits(s, at);
  }
  return at;
}

static const char *json_pass_word(json_scanner *s, const char *at, const char *word) {
  const char *from = at;
  for (; *word != '\0'; word++, at++) {
    if (at == s->end || *at != *word) return json_fail(s, at == s->end ? at : from, "expected a value");
  }
  return at;
}

static inline const char *json_pass_scalar(json_scanner *s, const char *at) {
  if (at == s->end) return json_fail(s, at, NULL);
  switch (*at) {
    case '"': return json_pass_string(s, at + 1);
    case 't': return json_pass_word(s, at, "true");
    case 'f': return json_pass_word(s, at, "false");
    case 'n': return json_pass_word(s, at, "null");
    case '-': case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
      return json_pass_number(s, at);
    default: return json_fail(s, at, "expected a value");
  }
}

static inline const char *json_pass_name(json_scanner *s, const char *at) {
  if (at == s->end || *at != '"') return json_fail(s, at, "expected a member's name");
  return json_pass_string(s, at + 1);
}

/* From behind a member's name to its value. */
static inline const char *json_pass_colon(json_scanner *s, const char *at) {
  at = json_skip_space(at, s->end);
  if (at == s->end || *at != ':') return json_fail(s, at, "expected ':'");
  return json_skip_space(at + 1, s->end);
}

static inline int json_is_opening(json_scanner *s, const char *at) {
  return at < s->end && (*at == '{' || *at == '[');
}

static const char *json_pass_opening(json_scanner *s, const char *at) {
  uint64_t bit = UINT64_C(1) << (s->depth % 64), *bits = &s->objects[s->depth / 64];
  if (s->depth == JSON_DEPTH_MAX) return json_fail(s, at, "nested deeper than 1000");
  *bits = *at == '{' ? *bits | bit : *bits & ~bit;
  s->depth++;
  return at + 1;
}

static inline int json_in_object(const json_scanner *s) {
  return s->objects[(s->depth - 1) / 64] >> ((s->depth - 1) % 64) & 1;
}

/* From the comma behind a value to what follows it. */
static inline const char *json_pass_comma(json_scanner *s, const char *at, int object) {
  if (at < s->end && *at == ',') return json_skip_space(at + 1, s->end);
  return json_fail(s, at, object ? "expected ',' or '}'" : "expected ',' or ']'");
}

/* From behind a value, or behind an opening bracket, to the next value, or until no more than `outside`
** containers are open. Passes closing brackets, one comma, and the next member's name. */
static const char *json_pass_to_value(json_scanner *s, const char *at, size_t outside, int opened) {
  for (; s->depth > outside; opened = 0) {
    int object = json_in_object(s);
    at = json_skip_space(at, s->end);
    if (at < s->end && *at == (object ? '}' : ']')) {
      s->depth--;
      at++;
      continue;
    }
    if (!opened) at = json_pass_comma(s, at, object);
    if (object && at != NULL) at = json_pass_name(s, at);
    return object && at != NULL ? json_pass_colon(s, at) : at;
  }
  return at;
}

static const char *json_pass_value(json_scanner *s, const char *at) {
  size_t outside = s->depth;
  do {
    int opening = json_is_opening(s, at);
    at = opening ? json_pass_opening(s, at) : json_pass_scalar(s, at);
    if (at != NULL) at = json_pass_to_value(s, at, outside, opening);
  } while (at != NULL && s->depth > outside);
  return at;
}

static json_error json_scan(slice bytes, json_value *value) {
  json_error error = {NULL, 0};
  json_scanner s;
  if (bytes.at == NULL) bytes.at = "";
  json_begin(&s, bytes);
  const char *from = json_skip_space(bytes.at, s.end);
  const char *to = json_pass_value(&s, from);
  *value = (json_value){{NULL, 0}, JSON_NULL};
  if (to != NULL && json_skip_space(to, s.end) < s.end) {
    to = json_fail(&s, json_skip_space(to, s.end), "text behind the value");
  }
  if (to != NULL) *value = json_between(from, to);
  else error = (json_error){s.reason, (size_t)(s.failed_at - bytes.at)};
  return error;
}

/* Where json_records stand. */
enum { JSON_RECORDS_START, JSON_RECORDS_ARRAY, JSON_RECORDS_SINGLE, JSON_RECORDS_END };

/* A member of a record: the first character of its name tells most of them from the two that count. */
static inline void json_note_member(json_record *record, json_value name, int escaped, json_value value) {
  char first = name.text.at[1];
  size_t length = name.text.length;
  if (!escaped && !(first == 'i' && length == 4) && !(first == '_' && length == 17)) return;
  if (json_string_is(name, "id")) record->id = value;
  else if (json_string_is(name, "_nango_metadata")) record->has_metadata = 1;
}

static inline const char *json_pass_member(json_scanner *s, const char *at, json_record *record) {
  s->escaped = 0;
  const char *name_end = json_pass_name(s, at);
  int escaped = s->escaped;
  const char *value = name_end == NULL ? NULL : json_pass_colon(s, name_end);
  const char *end = value == NULL ? NULL : json_pass_value(s, value);
  if (end != NULL) json_note_member(record, json_between(at, name_end), escaped, json_between(value, end));
  return end;
}

static const char *json_pass_record(json_scanner *s, const char *at, json_record *record) {
  const char *from = at;
  if (at == s->end || *at != '{') return json_fail(s, at, "a record must be an object");
  s->depth = 1;
  at = json_skip_space(at + 1, s->end);
  int more = at == s->end || *at != '}';
  while (more) {
    at = json_pass_member(s, at, record);
    if (at == NULL) return NULL;
    at = json_skip_space(at, s->end);
    more = at == s->end || *at != '}';
    if (more) at = json_pass_comma(s, at, 1);
    if (at == NULL) return NULL;
  }
  record->text = (slice){from, (size_t)(at + 1 - from)};
  return at + 1;
}

static void json_records_open(json_records *records, slice bytes) {
  *records = (json_records){bytes, 0, 0, JSON_RECORDS_START, {NULL, 0}};
  if (bytes.at == NULL) records->text = (slice){"", 0};
}

/* To the next record, or behind the last one, where the state becomes JSON_RECORDS_END. */
static const char *json_pass_to_record(json_scanner *s, const char *at, json_records *records) {
  int first = records->state == JSON_RECORDS_START;
  at = json_skip_space(at, s->end);
  if (first && at < s->end && *at == '{') {
    records->state = JSON_RECORDS_SINGLE;
    return at;
  }
  if (first) {
    if (at == s->end || *at != '[') return json_fail(s, at, "expected an array of objects or one object");
    records->state = JSON_RECORDS_ARRAY;
    at = json_skip_space(at + 1, s->end);
  }
  if (records->state == JSON_RECORDS_ARRAY) {
    if (at == s->end || *at != ']') return first ? at : json_pass_comma(s, at, 0);
    at++;
  }
  records->state = JSON_RECORDS_END;
  at = json_skip_space(at, s->end);
  return at < s->end ? json_fail(s, at, "text behind the records") : at;
}

static int json_records_next(json_records *records, json_record *record) {
  json_scanner s;
  const char *at = records->text.at + records->at;
  *record = (json_record){{NULL, 0}, {{NULL, 0}, JSON_NULL}, 0};
  if (records->error.reason != NULL || records->state == JSON_RECORDS_END) return 0;
  json_begin(&s, records->text);
  at = json_pass_to_record(&s, at, records);
  if (at != NULL && records->state == JSON_RECORDS_END) return 0;
  if (at != NULL) at = json_pass_record(&s, at, record);
  if (at == NULL) {
    *record = (json_record){{NULL, 0}, {{NULL, 0}, JSON_NULL}, 0};
    records->error = (json_error){s.reason, (size_t)(s.failed_at - records->text.at)};
    return 0;
  }
  records->at = (size_t)(at - records->text.at);
  records->count++;
  return 1;
}

/******** members.h ********/

/* members: the names of an object's members in order, for whoever must not depend on the order they are
** written in: comparing objects, merging them, finding the last of several members with one name. */
#ifndef NANGOLITE_MEMBERS_H
#define NANGOLITE_MEMBERS_H

typedef struct members_entry {
  uint64_t prefix;      /* the name's first eight bytes, unescaped, the first one highest */
  json_value name;
  size_t number;        /* the owner's: where it keeps the rest of the member */
  int escaped;          /* the name has an escape */
} members_entry;

static members_entry members_entry_of(json_value name, size_t number);

/* Sorts the entries of one object by the bytes of their names, and keeps only the last written one of each
** name. Returns how many are left. Takes n log n steps whatever the input. */
static size_t members_sort(members_entry *entries, size_t count);

/* The entry of that name in sorted entries, or NULL. */
static members_entry *members_find(members_entry *entries, size_t count, json_value name);

#endif

/******** members.c ********/

/* Up to this many, insertion is quicker than a heap. */
#define MEMBERS_INSERTION_MAX 32

/* The prefix of a name with escapes. */
static uint64_t members_escaped_prefix(json_value name) {
  json_bytes bytes = json_bytes_of(name);
  uint64_t prefix = 0;
  int byte = 0;
  for (int i = 0; i < 8; i++) {
    if (byte != -1) byte = json_next_byte(&bytes);
    prefix = prefix << 8 | (byte == -1 ? 0 : (uint64_t)byte);
  }
  return prefix;
}

static uint64_t members_plain_prefix(json_value name) {
  size_t length = name.text.length - 2;
  uint64_t prefix = 0;
  if (length > 8) length = 8;
  for (size_t i = 1; i <= length; i++) prefix = prefix << 8 | (unsigned char)name.text.at[i];
  return length == 0 ? 0 : prefix << (64 - 8 * length);
}

static members_entry members_entry_of(json_value name, size_t number) {
  int escaped = json_is_escaped(name);
  members_entry entry = {0, name, number, escaped};
  entry.prefix = escaped ? members_escaped_prefix(name) : members_plain_prefix(name);
  return entry;
}

/* By the bytes of the names. */
static int members_compare(const members_entry *a, const members_entry *b) {
  if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
  if (a->escaped || b->escaped) return json_compare_strings(a->name, b->name);
  size_t length_a = a->name.text.length, length_b = b->name.text.length;
  size_t shorter = length_a < length_b ? length_a : length_b;
  int order = memcmp(a->name.text.at + 1, b->name.text.at + 1, shorter - 2);
  if (order != 0 || length_a == length_b) return order;
  return length_a < length_b ? -1 : 1;
}

/* Equal names in the order in which they are written: all lie in one text. */
static int members_before(const members_entry *a, const members_entry *b) {
  int order = members_compare(a, b);
  return order != 0 ? order < 0 : a->name.text.at < b->name.text.at;
}

static void members_sort_by_insertion(members_entry *entries, size_t count) {
  for (size_t i = 1; i < count; i++) {
    size_t to = i;
    members_entry entry = entries[i];
    for (; to > 0 && members_before(&entry, &entries[to - 1]); to--) entries[to] = entries[to - 1];
    entries[to] = entry;
  }
}

/* Puts `entry` into the heap whose hole is `hole`: no entry comes before one of the two below it. */
static void members_sift(members_entry *entries, size_t hole, size_t count, members_entry entry) {
  for (;;) {
    size_t below = 2 * hole + 1;
    if (below >= count) break;
    if (below + 1 < count && members_before(&entries[below], &entries[below + 1])) below++;
    if (members_before(&entries[below], &entry)) break;
    entries[hole] = entries[below];
    hole = below;
  }
  entries[hole] = entry;
}

static void members_sort_by_heap(members_entry *entries, size_t count) {
  for (size_t i = count / 2; i-- > 0;) members_sift(entries, i, count, entries[i]);
  for (size_t last = count - 1; last > 0; last--) {
    members_entry entry = entries[last];
    entries[last] = entries[0];
    members_sift(entries, 0, last, entry);
  }
}

static size_t members_sort(members_entry *entries, size_t count) {
  size_t kept = 0;
  if (count <= MEMBERS_INSERTION_MAX) members_sort_by_insertion(entries, count);
  else members_sort_by_heap(entries, count);
  for (size_t i = 0; i < count; i++) {
    if (i + 1 == count || members_compare(&entries[i], &entries[i + 1]) != 0) entries[kept++] = entries[i];
  }
  return kept;
}

static members_entry *members_find(members_entry *entries, size_t count, json_value name) {
  members_entry wanted = members_entry_of(name, 0);
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = members_compare(&wanted, &entries[middle]);
    if (order == 0) return &entries[middle];
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return NULL;
}

/******** json_digest.h ********/

/* json_digest: the 128-bit digest of a JSON value. */
#ifndef NANGOLITE_JSON_DIGEST_H
#define NANGOLITE_JSON_DIGEST_H

/* Equal for equal values whatever their white space, key order, escapes and overridden duplicate keys;
** numbers count as written. Top-level members named in `ignored` (a NULL-terminated list; NULL: none) are
** left out. 0: no memory. */
static int json_digest(json_value value, const char *const *ignored, const hash_key *key, hash128 *digest);

#endif

/******** json_digest.c ********/

/* What is hashed, for each container apart, innermost first:
**
**   array   "[" element …                   string        quote, its unescaped bytes, end mark
**   object  "{" (name, end mark, value) …   other scalar  its text, end mark
**                                           container     "[" or "{", its own digest
**
** with the members in the order of their names. The end mark is a byte that UTF-8 has no use for, so that
** no two values are written alike. */
#define DIGEST_END_MARK "\xff"

/* A member's value: a scalar's text, or the digest of a container. */
typedef struct digest_value {
  json_type type;
  union { slice text; hash128 digest; } as;
} digest_value;

typedef struct digest_frame {
  int object;
  size_t start;      /* object: its first member in the lists; array: its first byte in `bytes` */
} digest_frame;

enum { DIGEST_LOCAL_MEMBERS = 32, DIGEST_LOCAL_FRAMES = 8 };

typedef struct digester {
  const hash_key *key;
  const char *const *ignored;
  const char *end;           /* of the text */
  hash128 result;            /* of the container closed last */
  text bytes;                /* what is being written of open arrays, and of the object being closed */
  members_entry *names;      /* of the open objects; the rest of each is in `values` */
  digest_value *values;
  digest_frame *frames;      /* open containers */
  size_t names_capacity, values_capacity, frames_capacity;
  size_t count, depth;       /* of names and values; of frames */
  members_entry local_names[DIGEST_LOCAL_MEMBERS];
  digest_value local_values[DIGEST_LOCAL_MEMBERS];
  digest_frame local_frames[DIGEST_LOCAL_FRAMES];
} digester;

static int digest_is_container(json_type type) {
  return type == JSON_ARRAY || type == JSON_OBJECT;
}

static void digest_write_scalar(digester *d, json_value scalar) {
  char *to = text_reserve(&d->bytes, scalar.text.length + 1);
  int lone_surrogate;
  if (to == NULL) return;
  if (scalar.type == JSON_STRING) {
    *to++ = '"';
    to = json_write_unescaped(scalar, to, &lone_surrogate);
  } else {
    memcpy(to, scalar.text.at, scalar.text.length);
    to += scalar.text.length;
  }
  *to++ = DIGEST_END_MARK[0];
  d->bytes.length = (size_t)(to - d->bytes.at);
}

static void digest_write_name(digester *d, json_value name) {
  json_unescape(name, &d->bytes, NULL);
  text_append(&d->bytes, DIGEST_END_MARK, 1);
}

static void digest_write_container(digester *d, json_type type, hash128 digest) {
  char bytes[HASH_BYTES];
  hash_write(digest, bytes);
  text_append(&d->bytes, type == JSON_OBJECT ? "{" : "[", 1);
  text_append(&d->bytes, bytes, sizeof bytes);
}

static void digest_write_members(digester *d, size_t first) {
  size_t count = members_sort(d->names + first, d->count - first);
  text_append(&d->bytes, "{", 1);
  for (size_t i = first; i < first + count; i++) {
    const digest_value *value = &d->values[d->names[i].number];
    digest_write_name(d, d->names[i].name);
    if (digest_is_container(value->type)) digest_write_container(d, value->type, value->as.digest);
    else digest_write_scalar(d, (json_value){value->as.text, value->type});
  }
}

/* Room for one more member, whose value is still to come. */
static int digest_add_name(digester *d, json_value name) {
  members_entry *names = list_room(d->names, d->local_names, d->count, &d->names_capacity, sizeof *names);
  if (names != NULL) d->names = names;
  digest_value *values = list_room(d->values, d->local_values, d->count, &d->values_capacity, sizeof *values);
  if (values != NULL) d->values = values;
  if (names == NULL || values == NULL) return 0;
  d->names[d->count] = members_entry_of(name, d->count);
  d->count++;
  return 1;
}

static int digest_in_object(const digester *d) {
  return d->depth > 0 && d->frames[d->depth - 1].object;
}

static void digest_add_scalar(digester *d, json_value scalar) {
  digest_value *value = d->values + d->count;
  if (!digest_in_object(d)) {
    digest_write_scalar(d, scalar);
    return;
  }
  value[-1].type = scalar.type;
  value[-1].as.text = scalar.text;
}

static int digest_open(digester *d, int object) {
  digest_frame *frames = list_room(d->frames, d->local_frames, d->depth, &d->frames_capacity, sizeof *frames);
  if (frames == NULL) return 0;
  d->frames = frames;
  d->frames[d->depth++] = (digest_frame){object, object ? d->count : d->bytes.length};
  if (!object) text_append(&d->bytes, "[", 1);
  return 1;
}

static void digest_close(digester *d) {
  digest_frame frame = d->frames[--d->depth];
  size_t from = frame.object ? d->bytes.length : frame.start;
  json_type type = frame.object ? JSON_OBJECT : JSON_ARRAY;
  if (frame.object) {
    digest_write_members(d, frame.start);
    d->count = frame.start;
  }
  if (d->bytes.failed) return;
  d->result = hash_bytes(d->key, d->bytes.at + from, d->bytes.length - from);
  d->bytes.length = from;
  if (digest_in_object(d)) d->values[d->count - 1] = (digest_value){type, {.digest = d->result}};
  else if (d->depth > 0) digest_write_container(d, type, d->result);
}

static int digest_ignores(const digester *d, json_value name) {
  if (d->ignored == NULL || d->depth > 1) return 0;
  for (const char *const *ignored = d->ignored; *ignored != NULL; ignored++) {
    if (json_string_is(name, *ignored)) return 1;
  }
  return 0;
}

/* From behind a value or an opening bracket to the next value, past closing brackets and the next member's
** name. NULL: no memory. */
static const char *digest_to_value(digester *d, const char *at) {
  while (d->depth > 0) {
    at = json_skip_space(at, d->end);
    if (*at == '}' || *at == ']') {
      digest_close(d);
      at++;
      continue;
    }
    if (*at == ',') at = json_skip_space(at + 1, d->end);
    if (!digest_in_object(d)) return at;
    const char *name_end = json_skip_string(at + 1, d->end);
    json_value name = json_between(at, name_end);
    at = json_skip_space(json_skip_space(name_end, d->end) + 1, d->end);
    if (!digest_ignores(d, name)) return digest_add_name(d, name) ? at : NULL;
    at = json_skip_value(at, d->end);
  }
  return at;
}

/* 0: no memory. One walk over the text: a nested container is not skipped first to find its end. */
static int digest_walk(digester *d, const char *at) {
  do {
    if (*at == '{' || *at == '[') {
      if (!digest_open(d, *at == '{')) return 0;
      at++;
    } else {
      const char *from = at;
      at = json_skip_value(at, d->end);
      digest_add_scalar(d, json_between(from, at));
    }
    at = digest_to_value(d, at);
  } while (at != NULL && d->depth > 0 && !d->bytes.failed);
  return at != NULL && !d->bytes.failed;
}

static int json_digest(json_value value, const char *const *ignored, const hash_key *key, hash128 *digest) {
  digester d;
  d.key = key;
  d.ignored = ignored;
  d.end = value.text.at + value.text.length;
  d.bytes = (text){NULL, 0, 0, 0};
  d.names = d.local_names;
  d.values = d.local_values;
  d.frames = d.local_frames;
  d.names_capacity = d.values_capacity = DIGEST_LOCAL_MEMBERS;
  d.frames_capacity = DIGEST_LOCAL_FRAMES;
  d.count = d.depth = 0;
  text_reserve(&d.bytes, value.text.length + 2);   /* enough for a flat object, in one allocation */
  int done = digest_walk(&d, value.text.at);
  if (done && !digest_is_container(value.type)) d.result = hash_bytes(key, d.bytes.at, d.bytes.length);
  if (done) *digest = d.result;
  text_free(&d.bytes);
  list_free(d.names, d.local_names);
  list_free(d.values, d.local_values);
  list_free(d.frames, d.local_frames);
  return done;
}

/******** merge.h ********/

/* merge: the deep merge of JSON objects, as text. */
#ifndef NANGOLITE_MERGE_H
#define NANGOLITE_MERGE_H

/* Appends `stored` with `patch` merged into it; both are objects. A patch's object merges into an object
** member by member; any other value replaces what is stored, null too. Of members with one name the last
** counts, on both sides. What is stored keeps its place and its bytes, white space included, unless its
** value changes; a scalar of the same value does not. New members follow the last stored one, in the
** patch's order and spelling. The patch's top-level members of the name `dropped` (NULL: none) are left
** out. */
static void merge_json(json_value stored, json_value patch, const char *dropped, text *out);

#endif

/******** merge.c ********/

/* Where a container ends, so that stepping over it does not read it again at each level of nesting:
** without this, deep nesting would cost depth times length. Containers are numbered in the order in which
** they open. */
typedef struct merge_extent {
  const char *end;
  size_t next;         /* the number of the first one behind it; while it is open, of the one around it */
} merge_extent;

/* All containers of one of the two texts. */
typedef struct merge_extents {
  merge_extent *at;
  size_t count, capacity;
} merge_extents;

typedef struct merge_member {
  json_value name, value;
  size_t container;    /* the value's number, if it is a container */
} merge_member;

typedef struct merge_iterator {
  const char *at, *end;
  size_t container;    /* the number of the next one that comes */
} merge_iterator;

/* A member of the patch. `edit` is the number of its edit, or one of the two below. */
typedef struct merge_change {
  merge_member member;
  size_t edit;
} merge_change;

/* Nothing of that name is stored. */
#define MERGE_NEW SIZE_MAX
/* It changes nothing: its value is stored already, or a later member overrides it. */
#define MERGE_NOTHING (SIZE_MAX - 1)

/* What becomes of a stored member, in the order of the stored text. */
typedef struct merge_edit {
  merge_member stored;
  size_t change;       /* its number; MERGE_NOTHING: a later stored member has the same name and counts */
} merge_edit;

/* Two objects being merged. The innermost ones own the ends of the lists, from the numbers noted here on. */
typedef struct merge_frame {
  size_t names, changes, edits;
  size_t next_edit;
  const char *copied;        /* the stored text before this is dealt with */
  const char *last, *end;    /* of the stored object: behind its last member, behind itself */
  int empty;                 /* it has no member yet */
} merge_frame;

typedef struct merge {
  text *out;                 /* its `failed` is the merge's */
  const char *dropped;
  merge_extents stored, patch;
  members_entry *names;      /* of the patch's members that count, in order; numbers are those of changes */
  merge_change *changes;
  merge_edit *edits;
  merge_frame *frames;
  size_t name_count, name_capacity;
  size_t change_count, change_capacity;
  size_t edit_count, edit_capacity;
  size_t depth, frame_capacity;
} merge;

/* Returns items with room for one more, or sets `failed`. */
static void *merge_room(merge *m, void *items, size_t count, size_t *capacity, size_t size) {
  void *room = list_room(items, NULL, count, capacity, size);
  if (room == NULL) m->out->failed = 1;
  return room == NULL ? items : room;
}

static void merge_read_extents(merge *m, merge_extents *extents, json_value object) {
  const char *at = object.text.at, *end = at + object.text.length;
  size_t open = SIZE_MAX;
  do {
    char c = *at++;
    if (c == '"') {
      at = json_skip_string(at, end);
    } else if (c == '{' || c == '[') {
      extents->at = merge_room(m, extents->at, extents->count, &extents->capacity, sizeof *extents->at);
      if (m->out->failed) return;
      extents->at[extents->count] = (merge_extent){NULL, open};
      open = extents->count++;
    } else if (c == '}' || c == ']') {
      size_t around = extents->at[open].next;
      extents->at[open] = (merge_extent){at, extents->count};
      open = around;
    }
  } while (open != SIZE_MAX);
}

static merge_iterator merge_iterate(const merge_extents *extents, const merge_member *object) {
  const char *end = extents->at[object->container].end - 1;
  merge_iterator iterator = {object->value.text.at + 1, end, object->container + 1};
  return iterator;
}

static int merge_next_member(const merge_extents *extents, merge_iterator *iterator, merge_member *member) {
  const char *end = iterator->end;
  const char *from = json_skip_space(iterator->at, end);
  if (from == end) return 0;
  if (*from == ',') from = json_skip_space(from + 1, end);
  const char *to = json_skip_string(from + 1, end);
  member->name = json_between(from, to);
  from = json_skip_space(json_skip_space(to, end) + 1, end);
  member->container = iterator->container;
  if (*from == '{' || *from == '[') {
    to = extents->at[iterator->container].end;
    iterator->container = extents->at[iterator->container].next;
  } else {
    to = json_skip_value(from, end);
  }
  member->value = json_between(from, to);
  iterator->at = to;
  return 1;
}

static void merge_add_change(merge *m, const merge_member *member) {
  m->changes = merge_room(m, m->changes, m->change_count, &m->change_capacity, sizeof *m->changes);
  m->names = merge_room(m, m->names, m->name_count, &m->name_capacity, sizeof *m->names);
  if (m->out->failed) return;
  m->names[m->name_count++] = members_entry_of(member->name, m->change_count);
  m->changes[m->change_count++] = (merge_change){*member, MERGE_NOTHING};
}

/* Lists the patch's members; those that count are MERGE_NEW until a stored one turns up. */
static void merge_read_patch(merge *m, const merge_frame *frame, const merge_member *patch) {
  merge_iterator iterator = merge_iterate(&m->patch, patch);
  merge_member member;
  while (!m->out->failed && merge_next_member(&m->patch, &iterator, &member)) {
    int dropped = m->depth == 0 && m->dropped != NULL && json_string_is(member.name, m->dropped);
    if (!dropped) merge_add_change(m, &member);
  }
  if (m->out->failed) return;
  m->name_count = frame->names + members_sort(m->names + frame->names, m->name_count - frame->names);
  for (size_t i = frame->names; i < m->name_count; i++) m->changes[m->names[i].number].edit = MERGE_NEW;
}

/* Whether a patch's value leaves the stored one as it is. Objects are merged to find out. */
static int merge_keeps(json_value stored, json_value patch) {
  if (stored.type != patch.type || stored.type == JSON_OBJECT) return 0;
  if (slice_equals(stored.text, patch.text)) return 1;
  return stored.type == JSON_STRING && json_compare_strings(stored, patch) == 0;
}

/* A stored member for which there is a change. */
static void merge_add_edit(merge *m, const merge_member *stored, size_t number) {
  merge_change *change = &m->changes[number];
  if (change->edit < MERGE_NOTHING) m->edits[change->edit].change = MERGE_NOTHING;
  change->edit = MERGE_NOTHING;
  if (merge_keeps(stored->value, change->member.value)) return;
  m->edits = merge_room(m, m->edits, m->edit_count, &m->edit_capacity, sizeof *m->edits);
  if (m->out->failed) return;
  change->edit = m->edit_count;
  m->edits[m->edit_count++] = (merge_edit){*stored, number};
}

static void merge_read_stored(merge *m, merge_frame *frame, const merge_member *stored) {
  merge_iterator iterator = merge_iterate(&m->stored, stored);
  merge_member member;
  while (!m->out->failed && merge_next_member(&m->stored, &iterator, &member)) {
    members_entry *name = members_find(m->names + frame->names, m->name_count - frame->names, member.name);
    frame->empty = 0;
    if (name != NULL) merge_add_edit(m, &member, name->number);
  }
  frame->last = iterator.at;
  frame->end = iterator.end + 1;
}

static void merge_open(merge *m, const merge_member *stored, const merge_member *patch) {
  merge_frame frame = {
    .names = m->name_count, .changes = m->change_count, .edits = m->edit_count, .next_edit = m->edit_count,
    .copied = stored->value.text.at, .empty = 1,
  };
  m->frames = merge_room(m, m->frames, m->depth, &m->frame_capacity, sizeof *m->frames);
  if (m->out->failed) return;
  merge_read_patch(m, &frame, patch);
  merge_read_stored(m, &frame, stored);
  m->frames[m->depth++] = frame;
}

static void merge_copy(merge *m, merge_frame *frame, const char *to) {
  text_append(m->out, frame->copied, (size_t)(to - frame->copied));
  frame->copied = to;
}

static void merge_append_new(merge *m, merge_frame *frame) {
  for (size_t i = frame->changes; i < m->change_count; i++) {
    const merge_member *member = &m->changes[i].member;
    if (m->changes[i].edit != MERGE_NEW) continue;
    if (!frame->empty) text_append(m->out, ",", 1);
    frame->empty = 0;
    text_append(m->out, member->name.text.at, member->name.text.length);
    text_append(m->out, ":", 1);
    text_append(m->out, member->value.text.at, member->value.text.length);
  }
}

static void merge_close(merge *m) {
  merge_frame *frame = &m->frames[m->depth - 1];
  merge_copy(m, frame, frame->last);
  merge_append_new(m, frame);
  merge_copy(m, frame, frame->end);
  m->name_count = frame->names;
  m->change_count = frame->changes;
  m->edit_count = frame->edits;
  m->depth--;
}

/* Makes the next edit of the innermost pair of objects; closes them when there is none left. */
static void merge_step(merge *m) {
  merge_frame *frame = &m->frames[m->depth - 1];
  if (frame->next_edit == m->edit_count) {
    merge_close(m);
    return;
  }
  merge_edit edit = m->edits[frame->next_edit++];
  if (edit.change == MERGE_NOTHING) return;
  merge_member patch = m->changes[edit.change].member;
  merge_copy(m, frame, edit.stored.value.text.at);
  frame->copied += edit.stored.value.text.length;
  int objects = edit.stored.value.type == JSON_OBJECT && patch.value.type == JSON_OBJECT;
  if (objects) merge_open(m, &edit.stored, &patch);
  else text_append(m->out, patch.value.text.at, patch.value.text.length);
}

static void merge_json(json_value stored, json_value patch, const char *dropped, text *out) {
  merge m = {.out = out, .dropped = dropped};
  merge_member stored_root = {.value = stored}, patch_root = {.value = patch};
  if (out->failed) return;
  merge_read_extents(&m, &m.stored, stored);
  merge_read_extents(&m, &m.patch, patch);
  if (!out->failed) merge_open(&m, &stored_root, &patch_root);
  while (m.depth > 0 && !out->failed) merge_step(&m);
  sqlite3_free(m.stored.at);
  sqlite3_free(m.patch.at);
  sqlite3_free(m.names);
  sqlite3_free(m.changes);
  sqlite3_free(m.edits);
  sqlite3_free(m.frames);
}
