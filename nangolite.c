/* nangolite.c, version 0.2.0: Nango's Syncs API as a C library on one SQLite file.
**
** Made by amalgamate.sh from the parts in src/: edit those, not this file.
** To use it, compile it with your program, include nangolite.h, and link SQLite (3.15 or newer).
**
** Copyright (c) 2026 the nangolite authors
** SPDX-License-Identifier: MIT */

/******** base/internal.h ********/

/* internal: the system's headers and the limits, for every part.
**
** A part uses only the parts that stand above it in the list of amalgamate.sh. All memory comes from SQLite's
** allocator: a program that configures that, or lets it fail in tests, reaches every allocation. */
#ifndef NANGOLITE_INTERNAL_H
#define NANGOLITE_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A loadable extension calls SQLite by a table that its host gives it: sqlite3ext.h makes a macro of each name. The
** host has initialized SQLite, which that table has no function for. */
#if defined(NANGOLITE_EXTENSION) && !defined(SQLITE_CORE)
#ifdef NANGOLITE_SQLITE_H /* another sqlite3ext.h, as "…" or <…> */
#include NANGOLITE_SQLITE_H
#else
#include <sqlite3ext.h>
#endif
static const sqlite3_api_routines *sqlite3_api;
#define sqlite3_initialize() SQLITE_OK
#elif defined(NANGOLITE_SQLITE_H) /* another header of SQLite, as "…" or <…> */
#include NANGOLITE_SQLITE_H
#elif !defined(SQLITE3_H) /* SQLite's own source may stand above */
#include <sqlite3.h>
#endif

#include "nangolite.h"

/* A flag that another thread may set. A C11 compiler may lack atomics, and C99 has none; then a volatile int is
** used. */
#if __STDC_VERSION__ >= 201112L && !defined(__STDC_NO_ATOMICS__) && !defined(__TINYC__)
#include <stdatomic.h>
#define ATOMIC_INT atomic_int
#define ATOMIC_SWAP(place, value) atomic_exchange(place, value) /* sets it, and is what it was */
#else
#define ATOMIC_INT volatile int
#define ATOMIC_SWAP(place, value) (*(place) = (value), 0) /* without atomics: for programs of one thread */
#endif

/* What a record may be. */
#define RECORD_ID_MAX 1024  /* bytes of UTF-8 */
#define JSON_DEPTH_MAX 1000 /* nested arrays and objects */

/* What a page may hold. */
#define PAGE_LIMIT_DEFAULT 100
#define PAGE_LIMIT_MAX 500
#define PAGE_LIMIT_MAX_AS_NANGO 10000
#define PAGE_IDS_MAX 100

#define TIME_MAX INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z, the last of RFC 3339 */
#define MICROSECONDS_PER_SECOND INT64_C(1000000)
#define MICROSECONDS_PER_DAY (86400 * MICROSECONDS_PER_SECOND)

#endif

/******** base/platform.h ********/

/* platform: what differs between operating systems; no other part asks which one it is compiled for.
**
** It defines no feature macro, because nangolite.c may be included behind other headers: it takes what the
** system's headers show under the compiler's options. */
#ifndef NANGOLITE_PLATFORM_H
#define NANGOLITE_PLATFORM_H

/* The system's clock: microseconds since 1970, UTC. */
static int64_t platform_clock(void);

#endif

/******** base/platform.c ********/

#if defined(_WIN32)

/* Declared here as <windows.h> does it, whose macros would get into a program that includes nangolite.c. Every
** version of Windows has this function; those with a finer clock lack it before Windows 8. */
struct _FILETIME;
__declspec(dllimport) void __stdcall GetSystemTimeAsFileTime(struct _FILETIME *time);

static int64_t platform_clock(void) {
  uint32_t time[2] = {0, 0}; /* a FILETIME: tenths of microseconds since 1601, the lower half first */
  GetSystemTimeAsFileTime((struct _FILETIME *)time);
  int64_t since_1601 = (int64_t)((uint64_t)time[1] << 32 | time[0]) / 10;
  return since_1601 - INT64_C(11644473600) * MICROSECONDS_PER_SECOND;
}

#elif defined(CLOCK_REALTIME) && !defined(__wasi__) /* POSIX, Android; WASI may hide the function alone */

static int64_t platform_clock(void) {
  struct timespec time = {0, 0};
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * MICROSECONDS_PER_SECOND + time.tv_nsec / 1000;
}

#elif defined(TIME_UTC) /* C11: the same call, where the options hide what is not of the C standard */

static int64_t platform_clock(void) {
  struct timespec time = {0, 0};
  timespec_get(&time, TIME_UTC);
  return (int64_t)time.tv_sec * MICROSECONDS_PER_SECOND + time.tv_nsec / 1000;
}

#else /* -std=c99 hides both: SQLite has found the clock, and tells days since noon in Greenwich, 4714 BC */

static int64_t platform_clock(void) {
  double days = 2440587.5; /* 1970 */
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  if (vfs != NULL) vfs->xCurrentTime(vfs, &days);
  return (int64_t)((days - 2440587.5) * 86400000 + 0.5) * 1000; /* to the millisecond */
}

#endif

/******** base/bytes.h ********/

/* bytes: eight bytes looked at as one number. */
#ifndef NANGOLITE_BYTES_H
#define NANGOLITE_BYTES_H

/* Words of eight equal bytes: 01 01 .. 01, and 80 80 .. 80. */
#define BYTES_EVERY UINT64_C(0x0101010101010101)
#define BYTES_HIGH_BITS (0x80 * BYTES_EVERY)

/* Eight bytes as a little-endian number: the first byte is the lowest. */
static uint64_t bytes_word(const char *bytes);
/* The same number with its bytes in the opposite order. */
static uint64_t bytes_reverse(uint64_t word);

/* Flags each byte of `word` that is 0, by the highest bit of that byte in the result. Bytes behind the first one
** that is 0 may be flagged although they are not 0, so only the first flag counts. */
static uint64_t bytes_flag_zero(uint64_t word);

/* The position, 0 to 7, of the first byte whose highest bit is set in `flags`, which is not 0. */
static size_t bytes_first_flag(uint64_t flags);

#endif

/******** base/bytes.c ********/

static inline uint64_t bytes_reverse(uint64_t word) {
  word = (word & UINT64_C(0x00ff00ff00ff00ff)) << 8 | (word >> 8 & UINT64_C(0x00ff00ff00ff00ff));
  word = (word & UINT64_C(0x0000ffff0000ffff)) << 16 | (word >> 16 & UINT64_C(0x0000ffff0000ffff));
  return word << 32 | word >> 32;
}

static inline uint64_t bytes_word(const char *bytes) {
  static const uint16_t one = 1;
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return *(const unsigned char *)&one == 1 ? word : bytes_reverse(word);
}

static inline uint64_t bytes_flag_zero(uint64_t word) {
  return (word - BYTES_EVERY) & ~word & BYTES_HIGH_BITS;
}

static inline size_t bytes_first_flag(uint64_t flags) {
  uint64_t lowest = flags & (0 - flags);
  return (size_t)((lowest >> 7) * UINT64_C(0x0001020304050607) >> 56);
}

/******** base/slice.h ********/

/* slice: bytes that somebody else owns. */
#ifndef NANGOLITE_SLICE_H
#define NANGOLITE_SLICE_H

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

/******** base/slice.c ********/

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

/******** base/text.h ********/

/* text: a growing byte buffer.
**
** A failed allocation is latched: `failed` is set, later appends do nothing, and the caller checks it once,
** at the end. A text of zeros is empty and ready for use; text_free() frees its memory and makes it that
** again. */
#ifndef NANGOLITE_TEXT_H
#define NANGOLITE_TEXT_H

typedef struct text {
  char *at; /* without a NUL at its end: text_take() adds one */
  size_t length;
  size_t capacity;
  int failed; /* an allocation failed: the content is incomplete */
} text;

/* Makes room for `more` bytes behind the content and returns where they go, NULL when there is no memory.
** The caller writes there and adds to `length` what it wrote. */
static char *text_reserve(text *t, size_t more);

static void text_append(text *t, const char *bytes, size_t length);
static void text_append_string(text *t, const char *string); /* up to the NUL */
static void text_append_int(text *t, int64_t value);

/* Ends the content with a NUL and hands it over: free it with sqlite3_free(). NULL: there was no memory.
** Either way `t` is empty afterwards. */
static char *text_take(text *t);
static void text_clear(text *t); /* empty, keeps the memory for the next use */
static void text_free(text *t);

#endif

/******** base/text.c ********/

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

/******** base/list.h ********/

/* list: arrays that grow, of any kind of item. The first items may live in a small array of the owner
** (`local`), so that what is usually short costs no allocation. */
#ifndef NANGOLITE_LIST_H
#define NANGOLITE_LIST_H

/* Returns the array with room for one more item than `count`, moved if need be. NULL: no memory; the array
** is as it was. `size` is an item's; `local` NULL: there is none. */
static void *list_room(void *items, const void *local, size_t count, size_t *capacity, size_t size);
static void list_free(void *items, const void *local);

#endif

/******** base/list.c ********/

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

/******** base/utf8.h ********/

/* utf8: which bytes are UTF-8 (the Unicode Standard, table 3-7). */
#ifndef NANGOLITE_UTF8_H
#define NANGOLITE_UTF8_H

/* How many bytes follow the first one of a character that is not ASCII; 0: no character begins with it. *low
** and *high are the range of the second byte; the bytes behind that one are 0x80 to 0xbf. This admits no
** overlong forms, no surrogates and nothing above U+10FFFF. */
static size_t utf8_followers(unsigned char first, unsigned char *low, unsigned char *high);

static int utf8_is_valid(slice bytes);

/* How many UTF-16 units the characters are, which JavaScript counts as a string's length. The three bytes
** of a lone surrogate (json_unescape()) are one. */
static size_t utf8_units(slice bytes);

#endif

/******** base/utf8.c ********/

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

static size_t utf8_units(slice bytes) {
  size_t units = 0;
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.at[i];
    units += (size_t)((byte & 0xc0) != 0x80) + (byte >= 0xf0);
  }
  return units;
}

/******** base/base64.h ********/

/* base64: RFC 4648 section 4, the standard alphabet with padding. */
#ifndef NANGOLITE_BASE64_H
#define NANGOLITE_BASE64_H

#define BASE64_LENGTH(bytes) (((bytes) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(length) characters, and returns their end. */
static char *base64_write(slice bytes, char *to);

/* Appends the bytes. Returns 0, and appends nothing, where the text is not what base64_write() writes: other
** characters, wrong padding, or bits left over that are not zero. Where memory is missing it returns 1, and
** `out` has failed. */
static int base64_decode(slice encoded, text *out);

#endif

/******** base/base64.c ********/

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

/******** base/hash.h ********/

/* hash: SipHash with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012,
** and their reference code's 128-bit variant). The hash key is drawn at random for each store, so
** that nobody who supplies records can prepare two with the same hash. */
#ifndef NANGOLITE_HASH_H
#define NANGOLITE_HASH_H

typedef struct hash_key {
  uint64_t k0, k1;
} hash_key;
typedef struct hash128 {
  uint64_t low, high;
} hash128;

/* SipHash-1-3. The same bytes and key give the same number whatever the machine's byte order. */
static hash128 hash_bytes(const hash_key *key, const char *bytes, size_t length);
/* The same with any number of rounds per block and at the end: SipHash-2-4 is what test vectors are
** published for. */
static hash128 hash_bytes_rounds(const hash_key *key, const char *bytes, size_t length, int block_rounds,
                                 int final_rounds);
static int hash_equals(hash128 a, hash128 b);

/* A hash as the 16 bytes that the reference code writes, and back. */
#define HASH_BYTES 16
_Static_assert(HASH_BYTES == sizeof(hash128), "all of it is written");
static void hash_write(hash128 hash, char *bytes);
static hash128 hash_read(const char *bytes);

#endif

/******** base/hash.c ********/

typedef struct hash_state {
  uint64_t v0, v1, v2, v3;
} hash_state;

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

/* The bytes behind the last whole block, with the length in the highest byte. */
static inline uint64_t hash_last_word(const char *bytes, size_t length) {
  size_t rest = length % 8;
  uint64_t word = (uint64_t)length << 56;
  if (rest == 0) return word;
  if (length >= 8) return word | bytes_word(bytes + (length - 8)) >> (64 - 8 * rest);
  for (size_t i = 0; i < rest; i++) word |= (uint64_t)(unsigned char)bytes[length - rest + i] << (8 * i);
  return word;
}

/* Inlined, so that the compiler can unroll the loops where the numbers of rounds are constants. */
static inline hash128 hash_bytes_rounds(const hash_key *key, const char *bytes, size_t length,
                                        int block_rounds, int final_rounds) {
  hash_state s = {
    .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
    .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
    .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
    .v3 = key->k1 ^ UINT64_C(0x7465646279746573),
  };
  hash128 result;
  for (size_t at = 0; length - at >= 8; at += 8) hash_block(&s, bytes_word(bytes + at), block_rounds);
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
  hash128 hash = {bytes_word(bytes), bytes_word(bytes + 8)};
  return hash;
}

/******** json/json_write.h ********/

/* json_write: strings as JSON. All else of JSON is appended as it is (text.h).
**
** A failed allocation is latched in the text. */
#ifndef NANGOLITE_JSON_WRITE_H
#define NANGOLITE_JSON_WRITE_H

static void json_write(text *t, slice bytes);               /* UTF-8 as a JSON string, in quotes */
static void json_write_string(text *t, const char *string); /* NULL: the JSON null */

/* For the parts that write strings themselves: the escape of a byte that must be escaped, and that of a lone
** surrogate, which json_unescape() has written as three bytes. */
static void json_write_escape(text *t, unsigned char byte);
static void json_write_surrogate(text *t, const char *bytes);

/* Any bytes as a JSON string; what is not UTF-8 in them becomes U+FFFD. */
static void json_write_any(text *out, slice bytes);

#endif

/******** json/json_write.c ********/

/* RFC 8259 section 7: what a string must escape. */
static void json_write_escape(text *t, unsigned char byte) {
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

static void json_write_surrogate(text *t, const char *bytes) {
  char escape[8];
  int number = 0xd000 | (bytes[1] & 0x3f) << 6 | (bytes[2] & 0x3f);
  sqlite3_snprintf(sizeof escape, escape, "\\u%04x", number);
  text_append_string(t, escape);
}

static void json_write(text *t, slice bytes) {
  size_t from = 0;
  text_append(t, "\"", 1);
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.at[i];
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    text_append(t, bytes.at + from, i - from);
    json_write_escape(t, byte);
    from = i + 1;
  }
  if (from < bytes.length) text_append(t, bytes.at + from, bytes.length - from);
  text_append(t, "\"", 1);
}

static void json_write_string(text *t, const char *string) {
  if (string == NULL) text_append(t, "null", 4);
  else json_write(t, slice_of(string));
}

/* The length of the UTF-8 character at the start of the bytes; 0: there is none. */
static size_t json_write_character(slice bytes) {
  unsigned char low, high;
  size_t length = utf8_followers((unsigned char)*bytes.at, &low, &high) + 1;
  if ((unsigned char)*bytes.at < 0x80) return 1;
  if (length == 1 || length > bytes.length || !utf8_is_valid((slice){bytes.at, length})) return 0;
  return length;
}

static void json_write_any(text *out, slice bytes) {
  text valid = {0};
  if (utf8_is_valid(bytes)) {
    json_write(out, bytes);
    return;
  }
  while (bytes.length > 0) {
    size_t length = json_write_character(bytes);
    if (length > 0) text_append(&valid, bytes.at, length);
    else text_append_string(&valid, "\xef\xbf\xbd");
    if (length == 0) length = 1;
    bytes = slice_from(bytes, length);
  }
  json_write(out, (slice){valid.at, valid.length});
  if (valid.failed) out->failed = 1;
  text_free(&valid);
}

/******** json/json.h ********/

/* json: stepping through well-formed JSON text (RFC 8259), in place and without copies.
**
** Text from outside is checked by json_scan.h first. What is here takes values of checked text, and relies on
** their being well-formed. Nothing recurses, so that deep nesting takes no stack. */
#ifndef NANGOLITE_JSON_H
#define NANGOLITE_JSON_H

/* sqlite3.c has macros of these names until version 3.44. Where nangolite.c follows it in one translation
** unit, nothing needs them any more. */
#undef JSON_NULL
#undef JSON_FALSE
#undef JSON_TRUE
#undef JSON_STRING
#undef JSON_ARRAY
#undef JSON_OBJECT

typedef enum json_type {
  JSON_NULL,
  JSON_FALSE,
  JSON_TRUE,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT
} json_type;

/* One well-formed value: its bytes without the white space around it. A string's bytes include its quotes. */
typedef struct json_value {
  slice text;
  json_type type;
} json_value;

typedef struct json_member {
  json_value key; /* a string, as written */
  json_value value;
} json_member;

/* Well-formed text without white space around it, as a value: for what the store wrote itself. */
static json_value json_of(slice text);

/* Steps through a container. 0: no more. */
typedef struct json_iterator {
  const char *at, *end;
} json_iterator;
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

/* ---- for the parts that go over the text themselves ---- */

static json_type json_type_at(const char *at); /* of the value that begins there */
static json_value json_between(const char *from, const char *to);

/* Each of these returns where the thing ends that it skips, at `end` at the latest. The two that skip a
** string begin behind its opening quote and return what is behind its closing one; *escaped: whether it has
** an escape. */
static const char *json_skip_space(const char *at, const char *end);
static const char *json_skip_value(const char *at, const char *end);
static const char *json_skip_string(const char *at, const char *end);
static const char *json_judge_string(const char *at, const char *end, int *escaped);

static int json_is_escaped(json_value string);

/* Writes a string's characters to `to`, which has room for as many bytes as the string has, and returns
** where they end. Sets *lone_surrogate where there is one. */
static char *json_write_unescaped(json_value string, char *to, int *lone_surrogate);

/* The unescaped bytes of a string, one after the other. */
typedef struct json_bytes {
  const char *at, *end;
  char character[4]; /* what is left of an escaped one */
  size_t from, length;
} json_bytes;
static json_bytes json_bytes_of(json_value string);
static int json_next_byte(json_bytes *bytes); /* -1: no more */

#endif

/******** json/json.c ********/

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

/* The next quote or backslash of a string, which ends before `end`. */
static inline const char *json_find_quote(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t word = bytes_word(at);
    uint64_t flags = bytes_flag_zero(word ^ '"' * BYTES_EVERY);
    flags |= bytes_flag_zero(word ^ '\\' * BYTES_EVERY);
    if (flags != 0) return at + bytes_first_flag(flags);
  }
  while (*at != '"' && *at != '\\') at++;
  return at;
}

static int json_is_escaped(json_value string) {
  const char *end = string.text.at + (string.text.length - 1);
  return json_find_quote(string.text.at + 1, end) != end;
}

static inline const char *json_judge_string(const char *at, const char *end, int *escaped) {
  at = json_find_quote(at, end);
  *escaped = *at != '"';
  while (*at != '"') at = json_find_quote(at + 2, end);
  return at + 1;
}

static inline const char *json_skip_string(const char *at, const char *end) {
  int escaped;
  return json_judge_string(at, end, &escaped);
}

/* Well-formed text has brackets that match, so that counting them is enough. */
static const char *json_skip_container(const char *at, const char *end) {
  size_t depth = 0;
  do {
    switch (*at++) {
      case '"': at = json_skip_string(at, end); break;
      case '{':
      case '[': depth++; break;
      case '}':
      case ']': depth--; break;
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

static json_bytes json_bytes_of(json_value string) {
  json_bytes bytes = {.at = string.text.at + 1, .end = string.text.at + (string.text.length - 1)};
  return bytes;
}

static int json_next_byte(json_bytes *bytes) {
  if (bytes->from < bytes->length) return (unsigned char)bytes->character[bytes->from++];
  if (bytes->at == bytes->end) return -1;
  if (*bytes->at != '\\') return (unsigned char)*bytes->at++;
  bytes->length = json_encode(json_read_escape(&bytes->at), bytes->character);
  bytes->from = 1;
  return (unsigned char)bytes->character[0];
}

static int json_string_is(json_value string, const char *spelled) {
  char first = string.text.at[1];
  if (first != '\\' && first != (*spelled == '\0' ? '"' : *spelled)) return 0; /* tells most apart */
  size_t length = strlen(spelled);
  if (string.text.length < length + 2) return 0;
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

/******** json/json_scan.h ********/

/* json_scan: checks text from outside: it is JSON (RFC 8259), or where and why it is not. The text must be
** UTF-8 and nest no deeper than JSON_DEPTH_MAX. Overlong forms and surrogates are not UTF-8; a lone surrogate
** that is written as an escape is accepted. */
#ifndef NANGOLITE_JSON_SCAN_H
#define NANGOLITE_JSON_SCAN_H

/* Where a scan stopped and why; the reason is a static string ("expected a value", "not UTF-8", …). */
typedef struct json_error {
  const char *reason; /* NULL: no error */
  size_t offset;      /* bytes from the start of the text */
} json_error;

/* A whole JSON text: one value, white space around it, nothing else. On an error the value is zero. */
static json_error json_scan(slice text, json_value *value);

/* The records of a call: an array of objects, or one object as an array of one. */
typedef struct json_record {
  slice text;       /* from { to } */
  json_value id;    /* the last top-level member "id"; text.at NULL: there is none */
  int has_metadata; /* it has a top-level member "_nango_metadata", however escaped */
} json_record;

typedef struct json_records {
  slice text;
  size_t at;        /* bytes read */
  size_t count;     /* records read; on an error, the position of the wrong one in the array */
  int state;        /* private */
  int is_at_record; /* `at` is where the next record begins */
  json_error error;
} json_records;

/* Reads the next record, in one pass over its bytes: checks it, and finds its id. Returns 0 at the end, when
** it has checked that nothing follows, and on an error, which stays in `records->error`; the record is zero
** then. The depth of a record is counted without the array around it. */
static void json_records_open(json_records *records, slice text);
static int json_records_next(json_records *records, json_record *record);

/* For whoever knows a record by its bytes: json_records_rest() gives the text from the next record on, whatever that
** is; absent: the end or an error, as above. json_records_pass() takes that record, which is `length` bytes of
** well-formed JSON, as read. */
static slice json_records_rest(json_records *records);
static void json_records_pass(json_records *records, size_t length);

#endif

/******** json/json_scan.c ********/

#define JSON_ENDS_EARLY "the text ends too early"

/* Every function below that passes a part of the text takes where it starts and returns where it ends, or
** NULL after having set `reason` and `failed_at`. */
typedef struct json_scanner {
  const char *end;
  const char *reason, *failed_at;
  int escaped;                               /* set by a string with an escape */
  size_t depth;                              /* open containers */
  uint64_t objects[JSON_DEPTH_MAX / 64 + 1]; /* one bit for each of them: it is an object, not an array */
} json_scanner;

_Static_assert(JSON_DEPTH_MAX == 1000, "json_pass_opening() names the limit");

/* `objects` needs no initial value: a bit of it counts only while its container is open. */
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
    uint64_t word = bytes_word(at);
    uint64_t quotes = (word ^ '"' * BYTES_EVERY) - BYTES_EVERY;
    uint64_t backslashes = (word ^ '\\' * BYTES_EVERY) - BYTES_EVERY;
    uint64_t controls = word - 0x20 * BYTES_EVERY;
    uint64_t flags = (word | quotes | backslashes | controls) & BYTES_HIGH_BITS;
    if (flags != 0) return at + bytes_first_flag(flags);
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
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at;
    case 'u': break;
    default: return json_fail(s, from, "an unknown escape");
  }
  for (int i = 0; i < 4; i++, at++) {
    if (at == s->end || !json_is_hex(*at)) return json_fail(s, at, "expected four hexadecimal digits");
  }
  return at;
}

/* Passes characters that are not ASCII, one or more of them. */
static const char *json_pass_characters(json_scanner *s, const char *at) {
  do {
    unsigned char low, high;
    const char *from = at++;
    size_t followers = utf8_followers((unsigned char)*from, &low, &high);
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

/* From within a string's body to behind the closing quote. */
static const char *json_pass_string_rest(json_scanner *s, const char *at) {
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

/* From behind the opening quote to behind the closing one. */
static inline const char *json_pass_string(json_scanner *s, const char *at) {
  at = json_pass_plain(at, s->end);
  return at < s->end && *at == '"' ? at + 1 : json_pass_string_rest(s, at);
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
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return json_pass_number(s, at);
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

/* Remembers a member that counts, "id" or "_nango_metadata". The first character of the name and its length
** rule out most others at once. */
static inline void json_take_member(json_record *record, json_value name, int escaped, json_value value) {
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
  const char *end = value == NULL               ? NULL
                    : json_is_opening(s, value) ? json_pass_value(s, value)
                                                : json_pass_scalar(s, value);
  if (end != NULL) json_take_member(record, json_between(at, name_end), escaped, json_between(value, end));
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
  *records = (json_records){.text = bytes, .state = JSON_RECORDS_START};
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

/* The next record's first byte; NULL: the end or an error. */
static const char *json_find_record(json_scanner *s, json_records *records) {
  const char *at = records->text.at + records->at;
  if (records->error.reason != NULL || records->state == JSON_RECORDS_END) return NULL;
  json_begin(s, records->text);
  if (records->is_at_record) return at;
  at = json_pass_to_record(s, at, records);
  if (at == NULL) records->error = (json_error){s->reason, (size_t)(s->failed_at - records->text.at)};
  if (at == NULL || records->state == JSON_RECORDS_END) return NULL;
  records->at = (size_t)(at - records->text.at);
  records->is_at_record = 1;
  return at;
}

static slice json_records_rest(json_records *records) {
  json_scanner s;
  const char *at = json_find_record(&s, records);
  return at == NULL ? (slice){NULL, 0} : slice_from(records->text, records->at);
}

static void json_records_pass(json_records *records, size_t length) {
  records->at += length;
  records->count++;
  records->is_at_record = 0;
}

static int json_records_next(json_records *records, json_record *record) {
  json_scanner s;
  *record = (json_record){{NULL, 0}, {{NULL, 0}, JSON_NULL}, 0};
  const char *at = json_find_record(&s, records);
  if (at == NULL) return 0;
  const char *end = json_pass_record(&s, at, record);
  if (end == NULL) {
    *record = (json_record){{NULL, 0}, {{NULL, 0}, JSON_NULL}, 0};
    records->error = (json_error){s.reason, (size_t)(s.failed_at - records->text.at)};
    return 0;
  }
  json_records_pass(records, (size_t)(end - at));
  return 1;
}

/******** json/json_pointer.h ********/

/* json_pointer: finding one value in JSON text by its path (RFC 6901). Nothing is allocated. */
#ifndef NANGOLITE_JSON_POINTER_H
#define NANGOLITE_JSON_POINTER_H

/* Whether this is a pointer: empty, or tokens that each begin with '/', in which '~' is followed by 0 or 1. */
static int json_pointer_is_valid(const char *pointer);

/* The value that a valid pointer names within a checked one; text.at NULL: there is none. Of two equal keys
** the last counts. */
static json_value json_pointer_find(json_value within, const char *pointer);

#endif

/******** json/json_pointer.c ********/

static const json_value json_pointer_nothing = {{NULL, 0}, JSON_NULL};

static int json_pointer_is_valid(const char *pointer) {
  if (*pointer != '\0' && *pointer != '/') return 0;
  for (const char *at = pointer; *at != '\0'; at++) {
    if (*at == '~' && at[1] != '0' && at[1] != '1') return 0;
  }
  return 1;
}

/* Removes the next token from the pointer, and returns it without the '/' before it. */
static slice json_pointer_take(const char **pointer) {
  slice token = {*pointer + 1, 0};
  while (token.at[token.length] != '\0' && token.at[token.length] != '/') token.length++;
  *pointer = token.at + token.length;
  return token;
}

/* Whether a token, in which ~0 stands for ~ and ~1 for /, spells this key. */
static int json_pointer_spells(slice token, json_value key) {
  json_bytes bytes = json_bytes_of(key);
  for (size_t i = 0; i < token.length; i++) {
    char c = token.at[i];
    if (c == '~') c = token.at[++i] == '0' ? '~' : '/';
    if (json_next_byte(&bytes) != (unsigned char)c) return 0;
  }
  return json_next_byte(&bytes) == -1;
}

static json_value json_pointer_member(json_value object, slice token) {
  json_value found = json_pointer_nothing;
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (json_pointer_spells(token, member.key)) found = member.value;
  }
  return found;
}

/* Digits without a zero before them, and no more of them than any text has elements. -1: it is none; "-", the
** place behind the last element, is none either. */
static int64_t json_pointer_index(slice token) {
  int64_t index = 0;
  if (token.length == 0 || token.length > 18 || (token.length > 1 && *token.at == '0')) return -1;
  for (size_t i = 0; i < token.length; i++) {
    if (token.at[i] < '0' || token.at[i] > '9') return -1;
    index = index * 10 + (token.at[i] - '0');
  }
  return index;
}

static json_value json_pointer_element(json_value array, slice token) {
  int64_t left = json_pointer_index(token);
  json_iterator elements = json_iterate(array);
  json_value element;
  while (left >= 0 && json_next_element(&elements, &element)) {
    if (left-- == 0) return element;
  }
  return json_pointer_nothing;
}

static json_value json_pointer_find(json_value within, const char *pointer) {
  while (*pointer != '\0' && within.text.at != NULL) {
    slice token = json_pointer_take(&pointer);
    if (within.type == JSON_OBJECT) within = json_pointer_member(within, token);
    else if (within.type == JSON_ARRAY) within = json_pointer_element(within, token);
    else within = json_pointer_nothing;
  }
  return within;
}

/******** json/json_members.h ********/

/* json_members: the names of an object's members, sorted: for comparing objects, for merging them, and for
** finding the last of several members with the same name. */
#ifndef NANGOLITE_JSON_MEMBERS_H
#define NANGOLITE_JSON_MEMBERS_H

typedef struct members_entry {
  uint64_t prefix; /* the name's first eight bytes, unescaped, the first one highest */
  json_value name;
  size_t number; /* the owner's: where it keeps the rest of the member */
  int escaped;   /* the name has an escape */
} members_entry;

/* `name` is where it stands in its object: some bytes that follow it there are read, too. */
static members_entry members_entry_of(json_value name, int escaped, size_t number);

/* Sorts the entries of one object by the bytes of their names, and keeps only the last written one of each
** name. Returns how many are left. Takes n log n steps whatever the input. */
static size_t members_sort(members_entry *entries, size_t count);

/* The entry of that name in sorted entries, or NULL. */
static members_entry *members_find(members_entry *entries, size_t count, json_value name);

#endif

/******** json/json_members.c ********/

/* Up to this many members, sorting by insertion is quicker than by a heap. */
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

/* A name of at least four bytes can be read as eight: a quote, a colon, a value and a bracket follow it. */
static uint64_t members_plain_prefix(json_value name) {
  size_t length = name.text.length - 2;
  uint64_t prefix = 0;
  if (length >= 4) {
    prefix = bytes_reverse(bytes_word(name.text.at + 1));
    return length >= 8 ? prefix : prefix & ~(UINT64_MAX >> (8 * length));
  }
  for (size_t i = 0; i < length; i++) prefix |= (uint64_t)(unsigned char)name.text.at[1 + i] << (56 - 8 * i);
  return prefix;
}

static members_entry members_entry_of(json_value name, int escaped, size_t number) {
  members_entry entry = {.name = name, .number = number, .escaped = escaped};
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
  members_entry wanted = members_entry_of(name, json_is_escaped(name), 0);
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

/******** json/json_digest.h ********/

/* json_digest: the 128-bit digest of a JSON value. */
#ifndef NANGOLITE_JSON_DIGEST_H
#define NANGOLITE_JSON_DIGEST_H

/* Equal values have equal digests, whatever their white space, the order of their keys, the way their strings
** are escaped, and the members that a later one of the same key overrides. Numbers are compared as they are
** written. Top-level members named in `ignored` (a list that ends with NULL; NULL: none) are left out.
** Returns 0 where there was no memory. */
static int json_digest(json_value value, const char *const *ignored, const hash_key *key, hash128 *digest);

#endif

/******** json/json_digest.c ********/

/* Each container is hashed by itself, the innermost first. What is hashed:
**
**   array   "[" element …                   string        quote, its unescaped bytes, end mark
**   object  "{" (name, end mark, value) …   other scalar  its text, end mark
**                                           container     "[" or "{", its own digest
**
** with the members in the order of their names. The end mark is a byte that does not occur in UTF-8, so that
** no two different values are written alike. */
#define DIGEST_END_MARK ((char)0xff)

/* A member's value: a scalar's text, or the digest of a container. */
typedef struct digest_value {
  json_type type;
  int escaped; /* a string with an escape */
  union {
    slice text;
    hash128 digest;
  } as;
} digest_value;

typedef struct digest_frame {
  int object;
  size_t start; /* object: its first member in the lists; array: its first byte in `bytes` */
} digest_frame;

enum { DIGEST_LOCAL_MEMBERS = 32, DIGEST_LOCAL_FRAMES = 8 };

typedef struct digester {
  const hash_key *key;
  const char *const *ignored;
  const char *end;      /* of the text */
  hash128 result;       /* of the container closed last */
  text bytes;           /* what is being written of open arrays, and of the object being closed */
  members_entry *names; /* of the open objects; the rest of each is in `values` */
  digest_value *values;
  digest_frame *frames;   /* open containers */
  size_t count, capacity; /* of names and values */
  size_t depth, frames_capacity;
  members_entry local_names[DIGEST_LOCAL_MEMBERS];
  digest_value local_values[DIGEST_LOCAL_MEMBERS];
  digest_frame local_frames[DIGEST_LOCAL_FRAMES];
} digester;

static int digest_is_container(json_type type) {
  return type == JSON_ARRAY || type == JSON_OBJECT;
}

/* The functions below write to memory that has room for it, and return where they end. A string without an
** escape is copied with its closing quote, whose place the end mark takes. */
static char *digest_put_characters(json_value string, int escaped, char *to) {
  int lone_surrogate;
  if (escaped) {
    to = json_write_unescaped(string, to, &lone_surrogate);
  } else {
    memcpy(to, string.text.at + 1, string.text.length - 1);
    to += string.text.length - 2;
  }
  *to++ = DIGEST_END_MARK;
  return to;
}

static char *digest_put_value(const digest_value *value, char *to) {
  slice bytes = value->as.text;
  if (value->type == JSON_STRING) {
    *to++ = '"';
    return digest_put_characters((json_value){bytes, JSON_STRING}, value->escaped, to);
  }
  if (digest_is_container(value->type)) {
    *to++ = value->type == JSON_OBJECT ? '{' : '[';
    hash_write(value->as.digest, to);
    return to + HASH_BYTES;
  }
  memcpy(to, bytes.at, bytes.length);
  to += bytes.length;
  *to++ = DIGEST_END_MARK;
  return to;
}

/* What a value takes at most. */
static size_t digest_value_size(const digest_value *value) {
  return digest_is_container(value->type) ? 1 + HASH_BYTES : value->as.text.length + 1;
}

/* Writes what comes next in the innermost array. */
static void digest_write_value(digester *d, const digest_value *value) {
  char *to = text_reserve(&d->bytes, digest_value_size(value));
  if (to != NULL) d->bytes.length = (size_t)(digest_put_value(value, to) - d->bytes.at);
}

static void digest_write_members(digester *d, size_t first) {
  size_t count = members_sort(d->names + first, d->count - first);
  text_append(&d->bytes, "{", 1);
  for (size_t i = first; i < first + count; i++) {
    const members_entry *name = &d->names[i];
    const digest_value *value = &d->values[name->number];
    char *to = text_reserve(&d->bytes, name->name.text.length + digest_value_size(value));
    if (to == NULL) return;
    to = digest_put_characters(name->name, name->escaped, to);
    d->bytes.length = (size_t)(digest_put_value(value, to) - d->bytes.at);
  }
}

/* Makes both lists longer. */
static int digest_grow_members(digester *d) {
  size_t capacity = d->capacity;
  members_entry *names = list_room(d->names, d->local_names, d->count, &capacity, sizeof *names);
  if (names == NULL) return 0;
  d->names = names;
  digest_value *values = list_room(d->values, d->local_values, d->count, &d->capacity, sizeof *values);
  if (values == NULL) return 0;
  d->values = values;
  return 1;
}

/* One more member, whose value is still to come. */
static int digest_add_name(digester *d, json_value name, int escaped) {
  if (d->count == d->capacity && !digest_grow_members(d)) return 0;
  d->names[d->count] = members_entry_of(name, escaped, d->count);
  d->count++;
  return 1;
}

static int digest_in_object(const digester *d) {
  return d->depth > 0 && d->frames[d->depth - 1].object;
}

/* A value of the innermost container. */
static void digest_add_value(digester *d, const digest_value *value) {
  if (digest_in_object(d)) d->values[d->count - 1] = *value;
  else digest_write_value(d, value);
}

/* From a scalar to behind it. */
static const char *digest_pass_scalar(digester *d, const char *at) {
  digest_value value = {.type = json_type_at(at), .as.text = {at, 0}};
  const char *end = value.type == JSON_STRING ? json_judge_string(at + 1, d->end, &value.escaped)
                                              : json_skip_value(at, d->end);
  value.as.text.length = (size_t)(end - at);
  digest_add_value(d, &value);
  return end;
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
  if (d->depth > 0) digest_add_value(d, &(digest_value){.type = type, .as.digest = d->result});
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
    int escaped;
    const char *name_end = json_judge_string(at + 1, d->end, &escaped);
    json_value name = json_between(at, name_end);
    at = json_skip_space(json_skip_space(name_end, d->end) + 1, d->end);
    if (!digest_ignores(d, name)) return digest_add_name(d, name, escaped) ? at : NULL;
    at = json_skip_value(at, d->end);
  }
  return at;
}

/* Returns 0 where there was no memory. It reads the text once: no container is skipped to find its end. */
static int digest_walk(digester *d, const char *at) {
  do {
    if (*at == '{' || *at == '[') {
      if (!digest_open(d, *at == '{')) return 0;
      at++;
    } else {
      at = digest_pass_scalar(d, at);
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
  d.bytes = (text){0};
  d.names = d.local_names;
  d.values = d.local_values;
  d.frames = d.local_frames;
  d.capacity = DIGEST_LOCAL_MEMBERS;
  d.frames_capacity = DIGEST_LOCAL_FRAMES;
  d.count = d.depth = 0;
  text_reserve(&d.bytes, value.text.length + 2); /* enough for a flat object, in one allocation */
  int done = digest_walk(&d, value.text.at);
  if (done && !digest_is_container(value.type)) d.result = hash_bytes(key, d.bytes.at, d.bytes.length);
  if (done) *digest = d.result;
  text_free(&d.bytes);
  list_free(d.names, d.local_names);
  list_free(d.values, d.local_values);
  list_free(d.frames, d.local_frames);
  return done;
}

/******** json/json_difference.h ********/

/* json_difference: where two JSON values differ, in lines for people. */
#ifndef NANGOLITE_JSON_DIFFERENCE_H
#define NANGOLITE_JSON_DIFFERENCE_H

/* Appends a line for each place where `found` is not `expected`, at most DIFFERENCE_LINES and one that says that
** there are more. Values are equal as json_digest() has it. Top-level members named in `ignored` (a NULL-terminated
** list; NULL: none) are left out. A failed allocation is latched in `out`. For {"a":{"b":1},"c":2} and
** {"a":{"b":3},"d":2}:
**
**     a.b: expected 1, found 3
**     c: expected 2, found nothing
**     d: expected nothing, found 2
**
** Long values are cut. */
enum { DIFFERENCE_LINES = 20 };
static void json_difference(json_value expected, json_value found, const char *const *ignored,
                            const hash_key *key, text *out);

/* Appends the text of a value on one line, at most `most` bytes of it. */
static void json_difference_append_value(slice value, size_t most, text *out);

#endif

/******** json/json_difference.c ********/

enum {
  DIFFERENCE_DEPTH = 8,      /* deeper values are shown whole, so that the recursion is bounded */
  DIFFERENCE_VALUE_MAX = 100 /* bytes of a value that are shown */
};

typedef struct difference_call {
  text *out;
  const char *const *ignored;
  const hash_key *key;
  int lines;
  text path;
} difference_call;

/* The members of an object that count, in the order of their names. */
typedef struct difference_members {
  members_entry *names; /* the number is the member's place in `values` */
  json_value *values;
  size_t count, names_capacity, values_capacity, read;
} difference_members;

static void difference_compare(difference_call *d, json_value expected, json_value found, int depth);

static int difference_is_same(difference_call *d, json_value a, json_value b) {
  hash128 digest_a, digest_b;
  if (json_digest(a, NULL, d->key, &digest_a) && json_digest(b, NULL, d->key, &digest_b))
    return hash_equals(digest_a, digest_b);
  d->out->failed = 1;
  return 1;
}

/* A cut does not go through a UTF-8 character. */
static void json_difference_append_value(slice value, size_t most, text *out) {
  size_t length = value.length;
  if (length > most) {
    length = most;
    while (length > 0 && ((unsigned char)value.at[length] & 0xc0) == 0x80) length--;
  }
  for (size_t i = 0; i < length; i++) {
    char c = value.at[i];
    text_append(out, (unsigned char)c < 0x20 ? " " : &c, 1);
  }
  if (length < value.length) text_append_string(out, "...");
}

/* An absent value is shown as "nothing". */
static void difference_append_side(difference_call *d, const char *side, json_value value) {
  text_append_string(d->out, side);
  if (value.text.at == NULL) text_append_string(d->out, "nothing");
  else json_difference_append_value(value.text, DIFFERENCE_VALUE_MAX, d->out);
}

static void difference_append_line(difference_call *d, json_value expected, json_value found) {
  if (d->lines++ >= DIFFERENCE_LINES) return;
  text_append_string(d->out, "    ");
  text_append(d->out, d->path.at, d->path.length);
  difference_append_side(d, d->path.length > 0 ? ": expected " : "expected ", expected);
  difference_append_side(d, ", found ", found);
  text_append(d->out, "\n", 1);
}

/* ---- objects ---- */

static int difference_ignores(const difference_call *d, json_value name, int depth) {
  for (const char *const *ignored = d->ignored; depth == 0 && ignored != NULL && *ignored != NULL;
       ignored++) {
    if (json_string_is(name, *ignored)) return 1;
  }
  return 0;
}

static int difference_add_member(difference_members *m, const json_member *member) {
  members_entry *names = list_room(m->names, NULL, m->read, &m->names_capacity, sizeof *names);
  if (names == NULL) return 0;
  m->names = names;
  json_value *values = list_room(m->values, NULL, m->read, &m->values_capacity, sizeof *values);
  if (values == NULL) return 0;
  m->values = values;
  names[m->read] = members_entry_of(member->key, json_is_escaped(member->key), m->read);
  values[m->read++] = member->value;
  return 1;
}

static difference_members difference_read(difference_call *d, json_value object, int depth) {
  difference_members m = {0};
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (!difference_ignores(d, member.key, depth) && !difference_add_member(&m, &member)) d->out->failed = 1;
  }
  m.count = m.read == 0 ? 0 : members_sort(m.names, m.read);
  return m;
}

static void difference_free(difference_members *m) {
  sqlite3_free(m->names);
  sqlite3_free(m->values);
}

static json_value difference_value(const difference_members *m, json_value name) {
  json_value absent = {{NULL, 0}, JSON_NULL};
  const members_entry *found = m->count == 0 ? NULL : members_find(m->names, m->count, name);
  return found == NULL ? absent : m->values[found->number];
}

/* Compares what is one step further down the path. */
static void difference_step(difference_call *d, const char *separator, slice step, const char *end,
                            json_value expected, json_value found, int depth) {
  size_t length = d->path.length;
  if (length > 0 || *separator == '[') text_append_string(&d->path, separator);
  text_append(&d->path, step.at, step.length);
  text_append_string(&d->path, end);
  if (expected.text.at == NULL || found.text.at == NULL) difference_append_line(d, expected, found);
  else difference_compare(d, expected, found, depth + 1);
  d->path.length = length;
}

static void difference_member(difference_call *d, json_value name, json_value expected, json_value found,
                              int depth) {
  slice written = {name.text.at + 1, name.text.length - 2};
  difference_step(d, ".", written, "", expected, found, depth);
}

static void difference_objects(difference_call *d, json_value expected, json_value found, int depth) {
  difference_members e = difference_read(d, expected, depth), f = difference_read(d, found, depth);
  for (size_t i = 0; i < e.count && !d->out->failed; i++) {
    json_value name = e.names[i].name;
    difference_member(d, name, e.values[e.names[i].number], difference_value(&f, name), depth);
  }
  for (size_t i = 0; i < f.count && !d->out->failed; i++) {
    json_value name = f.names[i].name, absent = difference_value(&e, name);
    if (absent.text.at == NULL) difference_member(d, name, absent, f.values[f.names[i].number], depth);
  }
  difference_free(&e);
  difference_free(&f);
}

/* ---- arrays ---- */

static size_t difference_count(json_value array) {
  json_iterator elements = json_iterate(array);
  json_value element;
  size_t count = 0;
  while (json_next_element(&elements, &element)) count++;
  return count;
}

static void difference_arrays(difference_call *d, json_value expected, json_value found, int depth) {
  json_iterator left = json_iterate(expected), right = json_iterate(found);
  json_value in_left, in_right;
  for (int i = 0; json_next_element(&left, &in_left) && json_next_element(&right, &in_right); i++) {
    char position[16];
    sqlite3_snprintf(sizeof position, position, "%d", i);
    difference_step(d, "[", slice_of(position), "]", in_left, in_right, depth);
  }
}

static void difference_compare(difference_call *d, json_value expected, json_value found, int depth) {
  int is_alike = expected.type == found.type && depth < DIFFERENCE_DEPTH;
  if (d->out->failed || (depth > 0 && difference_is_same(d, expected, found))) return;
  if (is_alike && expected.type == JSON_OBJECT) difference_objects(d, expected, found, depth);
  else if (is_alike && expected.type == JSON_ARRAY && difference_count(expected) == difference_count(found))
    difference_arrays(d, expected, found, depth);
  else difference_append_line(d, expected, found);
}

static void json_difference(json_value expected, json_value found, const char *const *ignored,
                            const hash_key *key, text *out) {
  difference_call d = {.out = out, .ignored = ignored, .key = key};
  difference_compare(&d, expected, found, 0);
  if (d.lines > DIFFERENCE_LINES) {
    text_append_string(out, "    and ");
    text_append_int(out, d.lines - DIFFERENCE_LINES);
    text_append_string(out, " more\n");
  }
  if (d.path.failed) out->failed = 1;
  text_free(&d.path);
}

/******** json/json_merge.h ********/

/* json_merge: the deep merge of JSON objects, as text. */
#ifndef NANGOLITE_JSON_MERGE_H
#define NANGOLITE_JSON_MERGE_H

/* Appends `stored` with `patch` merged into it; both are objects. An object in the patch is merged into a
** stored object member by member; any other value, null too, replaces the stored one. Of members with the
** same name the last counts, on both sides. Stored members keep their places. Where a value does not change,
** its bytes stay as they are, white space included; a string that is only escaped in another way is no
** change. New members follow the last stored one, as they are written in the patch and in its order. The
** patch's top-level members of the name `dropped` (NULL: none) are left out. */
static void json_merge(json_value stored, json_value patch, const char *dropped, text *out);

#endif

/******** json/json_merge.c ********/

/* Where a container ends, so that stepping over it does not read its text. Without this, a text would be read
** once for each level of nesting. Containers are numbered in the order in which they begin. */
typedef struct merge_extent {
  const char *end;
  size_t next; /* the number of the first one behind it; while it is open, of the one around it */
} merge_extent;

/* All containers of one of the two texts. */
typedef struct merge_extents {
  merge_extent *at;
  size_t count, capacity;
} merge_extents;

typedef struct merge_member {
  json_value name, value;
  size_t container; /* the value's number, if it is a container */
} merge_member;

typedef struct merge_iterator {
  const char *at, *end;
  size_t container; /* the number of the next one that comes */
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
  size_t change; /* its number; MERGE_NOTHING: a later stored member has the same name and counts */
} merge_edit;

/* Two objects that are being merged. What is in the lists from these numbers on belongs to the innermost. */
typedef struct merge_frame {
  size_t names, changes, edits;
  size_t next_edit;
  const char *copied;     /* the stored text before this is dealt with */
  const char *last, *end; /* of the stored object: behind its last member, behind itself */
  int empty;              /* it has no member yet */
} merge_frame;

typedef struct merge {
  text *out; /* its `failed` is the merge's */
  const char *dropped;
  merge_extents stored, patch;
  members_entry *names; /* of the patch's members that count, in order; numbers are those of changes */
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
  return (merge_iterator){.at = object->value.text.at + 1, .end = end, .container = object->container + 1};
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
  m->names[m->name_count++] = members_entry_of(member->name, json_is_escaped(member->name), m->change_count);
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
  if (m->out->failed || m->name_count == frame->names) return;
  m->name_count = frame->names + members_sort(m->names + frame->names, m->name_count - frame->names);
  for (size_t i = frame->names; i < m->name_count; i++) m->changes[m->names[i].number].edit = MERGE_NEW;
}

/* Whether a patch's value leaves the stored one as it is. Objects are merged to find out. */
static int merge_keeps(json_value stored, json_value patch) {
  if (stored.type != patch.type || stored.type == JSON_OBJECT) return 0;
  if (slice_equals(stored.text, patch.text)) return 1;
  return stored.type == JSON_STRING && json_compare_strings(stored, patch) == 0;
}

/* The patch's member of that name, or NULL. */
static const members_entry *merge_find(const merge *m, const merge_frame *frame, json_value name) {
  size_t count = m->name_count - frame->names;
  return count == 0 ? NULL : members_find(m->names + frame->names, count, name);
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
    const members_entry *name = merge_find(m, frame, member.name);
    frame->empty = 0;
    if (name != NULL) merge_add_edit(m, &member, name->number);
  }
  frame->last = iterator.at;
  frame->end = iterator.end + 1;
}

static void merge_open(merge *m, const merge_member *stored, const merge_member *patch) {
  merge_frame frame = {
    .names = m->name_count,
    .changes = m->change_count,
    .edits = m->edit_count,
    .next_edit = m->edit_count,
    .copied = stored->value.text.at,
    .empty = 1,
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

static void json_merge(json_value stored, json_value patch, const char *dropped, text *out) {
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

/******** json/json_overlay.h ********/

/* json_overlay: the members of one object over those of another, at the top only. */
#ifndef NANGOLITE_JSON_OVERLAY_H
#define NANGOLITE_JSON_OVERLAY_H

/* Appends `below` with the members of `above` put over it: a value takes the place of the one with its
** name, null too, and members with new names follow. Of members with one name the last counts, on both
** sides. White space between members goes. */
static void json_overlay(json_value below, json_value above, text *out);

#endif

/******** json/json_overlay.c ********/

/* The members of `above`: as they are written, and by name. */
typedef struct overlay {
  json_member *members;
  char *is_used; /* it took the place of one below */
  members_entry *by_name;
  size_t count, name_count;
} overlay;

static size_t overlay_count(json_value object) {
  json_iterator iterator = json_iterate(object);
  json_member member;
  size_t count = 0;
  while (json_next_member(&iterator, &member)) count++;
  return count;
}

/* 0: no memory. */
static int overlay_read(overlay *o, json_value above) {
  json_iterator iterator = json_iterate(above);
  o->count = overlay_count(above);
  o->members = sqlite3_malloc64((o->count + 1) * sizeof *o->members);
  o->by_name = sqlite3_malloc64((o->count + 1) * sizeof *o->by_name);
  o->is_used = sqlite3_malloc64(o->count + 1);
  if (o->members == NULL || o->by_name == NULL || o->is_used == NULL) return 0;
  memset(o->is_used, 0, o->count + 1);
  for (size_t i = 0; i < o->count && json_next_member(&iterator, &o->members[i]); i++) {
    json_value key = o->members[i].key;
    o->by_name[i] = members_entry_of(key, json_is_escaped(key), i);
  }
  o->name_count = o->count == 0 ? 0 : members_sort(o->by_name, o->count);
  return 1;
}

static void overlay_free(overlay *o) {
  sqlite3_free(o->members);
  sqlite3_free(o->by_name);
  sqlite3_free(o->is_used);
}

static void overlay_append(text *out, json_value key, json_value value) {
  if (out->length > 0 && out->at[out->length - 1] != '{') text_append(out, ",", 1);
  text_append(out, key.text.at, key.text.length);
  text_append(out, ":", 1);
  text_append(out, value.text.at, value.text.length);
}

static void overlay_append_below(overlay *o, json_value below, text *out) {
  json_iterator iterator = json_iterate(below);
  json_member member;
  while (json_next_member(&iterator, &member)) {
    const members_entry *over = members_find(o->by_name, o->name_count, member.key);
    if (over != NULL) member.value = o->members[over->number].value;
    if (over != NULL) o->is_used[over->number] = 1;
    overlay_append(out, member.key, member.value);
  }
}

/* The first of several with one name takes the value of the last. */
static void overlay_append_new(overlay *o, text *out) {
  for (size_t i = 0; i < o->count; i++) {
    const members_entry *over = members_find(o->by_name, o->name_count, o->members[i].key);
    if (over == NULL || o->is_used[over->number]) continue;
    o->is_used[over->number] = 1;
    overlay_append(out, o->members[i].key, o->members[over->number].value);
  }
}

static void json_overlay(json_value below, json_value above, text *out) {
  overlay o = {NULL, NULL, NULL, 0, 0};
  text_append(out, "{", 1);
  if (overlay_read(&o, above)) {
    overlay_append_below(&o, below, out);
    overlay_append_new(&o, out);
  } else {
    out->failed = 1;
  }
  text_append(out, "}", 1);
  overlay_free(&o);
}

/******** json/json_number.h ********/

/* json_number: a JSON number as JavaScript has it and writes it: a double, in the shortest decimal spelling
** that reads back as the same double (ECMAScript, Number::toString). */
#ifndef NANGOLITE_JSON_NUMBER_H
#define NANGOLITE_JSON_NUMBER_H

/* Appends a well-formed JSON number as JSON.stringify(JSON.parse(written)) writes it: "null" where it is
** too great for a double, and "0" for -0. The locale does not matter. */
static void json_number_write(slice written, text *out);

#endif

/******** json/json_number.c ********/

/* The greatest double. The cast matters where constants have more digits than doubles (x87). */
#define NUMBER_MAX ((double)1.7976931348623157e308)

enum {
  NUMBER_PLAIN_MAX = 15, /* any integer of so many digits is a double, and is written as it is */
  NUMBER_DIGITS = 800,   /* no double needs more than 767 digits to be told from its neighbours */
  NUMBER_SHORTEST = 17,  /* so many digits always read back as the same double */
  NUMBER_EXPONENT_MAX = 100000,
  NUMBER_TEXT = 64
};

/* A positive number: digits * 10^exponent. */
typedef struct number_decimal {
  uint64_t digits;
  int exponent;
} number_decimal;

/* An integer whose spelling cannot change. */
static int number_is_plain(slice written) {
  size_t from = *written.at == '-';
  size_t count = written.length - from;
  if (count > NUMBER_PLAIN_MAX || (written.at[from] == '0' && written.length > 1)) return 0;
  for (size_t i = from; i < written.length; i++) {
    if (written.at[i] < '0' || written.at[i] > '9') return 0;
  }
  return 1;
}

/* The exponent that is written from `at` on, or a greater one than any double has. */
static int number_read_exponent(slice written, size_t at) {
  int is_negative = written.at[at] == '-', exponent = 0;
  if (written.at[at] == '-' || written.at[at] == '+') at++;
  for (; at < written.length && exponent < 10 * NUMBER_EXPONENT_MAX; at++)
    exponent = exponent * 10 + (written.at[at] - '0');
  return is_negative ? -exponent : exponent;
}

/* The number without its sign. strtod() gets digits and an exponent, and no decimal point, which would have
** to be that of the locale. Of digits that are too many only this is kept: whether one of them is not 0. */
static double number_read(slice written) {
  char digits[NUMBER_DIGITS + NUMBER_TEXT];
  size_t count = 0, i = 0;
  int64_t exponent = 0;
  int has_point = 0, has_more = 0;
  for (; i < written.length && written.at[i] != 'e' && written.at[i] != 'E'; i++) {
    char c = written.at[i];
    if (c == '.') has_point = 1;
    if (c < '0' || c > '9') continue;
    int is_kept = count < NUMBER_DIGITS && (count > 0 || c != '0');
    if (is_kept) digits[count++] = c;
    else if (count > 0 && c != '0') has_more = 1;
    exponent += (count == NUMBER_DIGITS && !is_kept) - has_point;
  }
  if (has_more && digits[count - 1] == '0') digits[count - 1] = '1';
  if (i < written.length) exponent += number_read_exponent(written, i + 1);
  if (count == 0) return 0;
  if (exponent > NUMBER_EXPONENT_MAX) exponent = NUMBER_EXPONENT_MAX;
  if (exponent < -NUMBER_EXPONENT_MAX) exponent = -NUMBER_EXPONENT_MAX;
  sqlite3_snprintf(NUMBER_TEXT, digits + count, "e%lld", (long long)exponent);
  return strtod(digits, NULL);
}

static int number_reads_back(number_decimal d, double value) {
  char spelled[NUMBER_TEXT];
  sqlite3_snprintf(sizeof spelled, spelled, "%llue%d", (unsigned long long)d.digits, d.exponent);
  return strtod(spelled, NULL) == value;
}

/* The nearest decimal of so many digits. Whatever stands for the decimal point is skipped. */
static number_decimal number_nearest(double value, int count) {
  char spelled[NUMBER_TEXT];
  const char *at = spelled;
  number_decimal d = {0, 0};
  snprintf(spelled, sizeof spelled, "%.*e", count - 1, value);
  for (; *at != 'e'; at++) {
    if (*at >= '0' && *at <= '9') d.digits = d.digits * 10 + (uint64_t)(*at - '0');
  }
  d.exponent = (int)strtol(at + 1, NULL, 10) - (count - 1);
  return d;
}

/* The decimal with the fewest digits that reads back as the value. Where the value is a power of two, the
** doubles below it are nearer than those above, so that a neighbour of the nearest decimal may read back
** where that one does not. */
static number_decimal number_shortest(double value) {
  number_decimal d = {0, 0};
  for (int count = 1; count <= NUMBER_SHORTEST; count++) {
    d = number_nearest(value, count);
    if (number_reads_back(d, value)) break;
    d.digits++;
    if (number_reads_back(d, value)) break;
    d.digits -= 2;
    if (number_reads_back(d, value)) break;
  }
  for (; d.digits % 10 == 0; d.digits /= 10) d.exponent++;
  return d;
}

static void number_append_zeros(int count, text *out) {
  for (int i = 0; i < count; i++) text_append(out, "0", 1);
}

/* digits[.digits]e+exponent, with one digit before the point. */
static void number_append_scientific(const char *digits, size_t count, int exponent, text *out) {
  text_append(out, digits, 1);
  if (count > 1) text_append(out, ".", 1);
  text_append(out, digits + 1, count - 1);
  text_append_string(out, exponent < 0 ? "e" : "e+");
  text_append_int(out, exponent);
}

/* Number::toString; `point` is how many digits stand before the decimal point. */
static void number_append(number_decimal d, text *out) {
  char digits[NUMBER_TEXT];
  sqlite3_snprintf(sizeof digits, digits, "%llu", (unsigned long long)d.digits);
  size_t count = strlen(digits);
  int point = (int)count + d.exponent;
  if (point < -5 || point > 21) {
    number_append_scientific(digits, count, point - 1, out);
  } else if (d.exponent >= 0) {
    text_append(out, digits, count);
    number_append_zeros(d.exponent, out);
  } else if (point > 0) {
    text_append(out, digits, (size_t)point);
    text_append(out, ".", 1);
    text_append(out, digits + point, count - (size_t)point);
  } else {
    text_append_string(out, "0.");
    number_append_zeros(-point, out);
    text_append(out, digits, count);
  }
}

static void json_number_write(slice written, text *out) {
  if (number_is_plain(written)) {
    text_append(out, written.at, written.length);
    return;
  }
  double value = number_read(written);
  if (value == 0) {
    text_append_string(out, "0");
  } else if (value > NUMBER_MAX) {
    text_append_string(out, "null");
  } else {
    if (*written.at == '-') text_append(out, "-", 1);
    number_append(number_shortest(value), out);
  }
}

/******** json/json_script.h ********/

/* json_script: JSON objects as JavaScript has them, written anew and merged. */
#ifndef NANGOLITE_JSON_SCRIPT_H
#define NANGOLITE_JSON_SCRIPT_H

/* Appends an object as JSON.stringify(JSON.parse(text)) writes it: without white space; of members with the
** same name the last value, in the place of the first; members whose names are array indices first, in
** ascending order; numbers as json_number.h has them; nothing escaped in strings but what must be, and lone
** surrogates. */
static void json_script_write(json_value object, text *out);

/* Appends `stored` with `patch` merged into it, in the same spelling. It differs from json_merge.h in this:
** members that the patch names stand behind those that it does not name; the members "constructor",
** "prototype" and "__proto__" are dropped everywhere, on both sides; and so is, where two objects are
** merged, a new member that has the name of a method that every object of JavaScript has, such as
** "toString". */
static void json_script_merge(json_value stored, json_value patch, text *out);

#endif

/******** json/json_script.c ********/

/* A value, and its name where it is a member of an object. Nodes are known by their numbers in the list; 0
** is none, and stands above the roots. */
typedef struct script_node {
  json_value name, value;           /* as they are written; of a container only the type is set */
  size_t parent, first, last, next; /* first and last: of its children */
} script_node;

/* A child and where it comes in its object: array indices in their order, and behind them all others. */
typedef struct script_place {
  uint64_t rank;
  size_t node;
} script_place;

#define SCRIPT_INDEX_MAX UINT64_C(4294967294)
#define SCRIPT_BEHIND_INDICES (SCRIPT_INDEX_MAX + 1)

/* The names of an object's members in order. */
typedef struct script_names {
  members_entry *at; /* numbers are those of nodes */
  size_t count, capacity;
} script_names;

/* Two objects that are still to be merged. */
typedef struct script_pair {
  size_t stored, patch;
} script_pair;

typedef struct script {
  text *out; /* its `failed` is that of all that is done */
  int is_merge;
  script_node *nodes;
  script_place *places; /* of the object that is put in order */
  script_names stored, patch;
  script_pair *pairs;
  size_t node_count, node_capacity;
  size_t place_count, place_capacity;
  size_t pair_count, pair_capacity;
} script;

/* Returns items with room for one more, or sets `failed`. */
static void *script_room(script *s, void *items, size_t count, size_t *capacity, size_t size) {
  void *room = list_room(items, NULL, count, capacity, size);
  if (room == NULL) s->out->failed = 1;
  return room == NULL ? items : room;
}

static int script_is_container(json_type type) {
  return type == JSON_OBJECT || type == JSON_ARRAY;
}

/* ---- the order of members ---- */

/* The order in which JavaScript goes through members: `position` is that in which they were made. */
static uint64_t script_rank(json_value name, uint64_t position) {
  json_bytes bytes = json_bytes_of(name);
  uint64_t index = 0;
  int digits = 0, byte;
  while ((byte = json_next_byte(&bytes)) != -1) {
    int is_digit = byte >= '0' && byte <= '9' && digits < 10 && (digits == 0 || index > 0);
    if (!is_digit) return SCRIPT_BEHIND_INDICES + position;
    index = index * 10 + (uint64_t)(byte - '0');
    digits++;
  }
  return digits > 0 && index <= SCRIPT_INDEX_MAX ? index : SCRIPT_BEHIND_INDICES + position;
}

static int script_compare_places(const void *a, const void *b) {
  uint64_t left = ((const script_place *)a)->rank, right = ((const script_place *)b)->rank;
  return (left > right) - (left < right);
}

/* One more child of the object that is put in order, behind those before. */
static void script_place_child(script *s, size_t node) {
  s->places = script_room(s, s->places, s->place_count, &s->place_capacity, sizeof *s->places);
  if (s->out->failed) return;
  uint64_t rank = script_rank(s->nodes[node].name, s->place_count);
  s->places[s->place_count++] = (script_place){rank, node};
}

static void script_link(script *s, size_t parent, size_t child) {
  script_node *above = &s->nodes[parent];
  if (above->last == 0) above->first = child;
  else s->nodes[above->last].next = child;
  above->last = child;
  s->nodes[child].parent = parent;
  s->nodes[child].next = 0;
}

/* The children that were placed become those of the object. */
static void script_take_places(script *s, size_t object) {
  int has_index = 0;
  for (size_t i = 0; i < s->place_count; i++) has_index |= s->places[i].rank <= SCRIPT_INDEX_MAX;
  if (has_index) qsort(s->places, s->place_count, sizeof *s->places, script_compare_places);
  s->nodes[object].first = s->nodes[object].last = 0;
  for (size_t i = 0; i < s->place_count; i++) script_link(s, object, s->places[i].node);
  s->place_count = 0;
}

static void script_read_names(script *s, size_t object, script_names *names) {
  names->count = 0;
  for (size_t child = s->nodes[object].first; child != 0; child = s->nodes[child].next) {
    json_value name = s->nodes[child].name;
    names->at = script_room(s, names->at, names->count, &names->capacity, sizeof *names->at);
    if (s->out->failed) return;
    names->at[names->count++] = members_entry_of(name, json_is_escaped(name), child);
  }
  if (names->count > 0) names->count = members_sort(names->at, names->count);
}

static members_entry *script_find(const script_names *names, json_value name) {
  return names->count == 0 ? NULL : members_find(names->at, names->count, name);
}

static int script_is_one_of(json_value name, const char *const *names) {
  for (; *names != NULL; names++) {
    if (json_string_is(name, *names)) return 1;
  }
  return 0;
}

static int script_is_dropped(const script *s, json_value name) {
  static const char *const names[] = {"constructor", "prototype", "__proto__", NULL};
  return s->is_merge && script_is_one_of(name, names);
}

/* Whether every object of JavaScript has something of this name. */
static int script_is_inherited(json_value name) {
  static const char *const names[] = {"__defineGetter__",
                                      "__defineSetter__",
                                      "__lookupGetter__",
                                      "__lookupSetter__",
                                      "hasOwnProperty",
                                      "isPrototypeOf",
                                      "propertyIsEnumerable",
                                      "toLocaleString",
                                      "toString",
                                      "valueOf",
                                      NULL};
  return script_is_one_of(name, names);
}

/* The object was read: of the children with one name the last one takes the place of the first. */
static void script_settle(script *s, size_t object) {
  script_read_names(s, object, &s->stored);
  for (size_t child = s->nodes[object].first; child != 0 && !s->out->failed; child = s->nodes[child].next) {
    members_entry *last = script_find(&s->stored, s->nodes[child].name);
    if (last->number != 0 && !script_is_dropped(s, last->name)) script_place_child(s, last->number);
    last->number = 0;
  }
  if (!s->out->failed) script_take_places(s, object);
}

/* ---- reading ---- */

static size_t script_add(script *s, size_t parent, json_value name, json_value value) {
  s->nodes = script_room(s, s->nodes, s->node_count, &s->node_capacity, sizeof *s->nodes);
  if (s->out->failed) return 0;
  s->nodes[s->node_count] = (script_node){.name = name, .value = value};
  if (parent != 0) script_link(s, parent, s->node_count);
  return s->node_count++;
}

/* Reads the name of a member, where `at` is in an object, and returns where its value begins. */
static const char *script_read_name(const script *s, size_t open, const char *at, const char *end,
                                    json_value *name) {
  *name = (json_value){{NULL, 0}, JSON_NULL};
  if (open == 0 || s->nodes[open].value.type != JSON_OBJECT) return at;
  const char *to = json_skip_string(at + 1, end);
  *name = json_between(at, to);
  return json_skip_space(json_skip_space(to, end) + 1, end);
}

/* Reads an object, and returns its node. */
static size_t script_read(script *s, json_value object) {
  const char *at = object.text.at, *end = at + object.text.length;
  size_t open = 0, root = s->node_count;
  do {
    at = json_skip_space(at, end);
    if (*at == '}' || *at == ']') {
      if (*at++ == '}') script_settle(s, open);
      if (!s->out->failed) open = s->nodes[open].parent;
      continue;
    }
    if (*at == ',') at = json_skip_space(at + 1, end);
    json_value name, value;
    at = script_read_name(s, open, at, end, &name);
    value = (json_value){{at, 1}, json_type_at(at)};
    if (!script_is_container(value.type)) value = json_between(at, json_skip_value(at, end));
    size_t node = script_add(s, open, name, value);
    at += value.text.length;
    if (script_is_container(value.type)) open = node;
  } while (open != 0 && !s->out->failed);
  return root;
}

/* ---- merging ---- */

static void script_add_pair(script *s, size_t stored, size_t patch) {
  s->pairs = script_room(s, s->pairs, s->pair_count, &s->pair_capacity, sizeof *s->pairs);
  if (!s->out->failed) s->pairs[s->pair_count++] = (script_pair){stored, patch};
}

/* A member of the patch, where an object is merged into the stored one. */
static void script_merge_member(script *s, size_t member) {
  const script_node *patch = &s->nodes[member];
  const members_entry *found = script_find(&s->stored, patch->name);
  if (found == NULL) {
    if (!script_is_inherited(patch->name)) script_place_child(s, member);
  } else if (patch->value.type == JSON_OBJECT && s->nodes[found->number].value.type == JSON_OBJECT) {
    script_add_pair(s, found->number, member);
    script_place_child(s, found->number);
  } else {
    script_place_child(s, member);
  }
}

static void script_merge_pair(script *s, script_pair pair) {
  script_read_names(s, pair.stored, &s->stored);
  script_read_names(s, pair.patch, &s->patch);
  size_t child = s->nodes[pair.stored].first;
  for (; child != 0 && !s->out->failed; child = s->nodes[child].next) {
    if (script_find(&s->patch, s->nodes[child].name) == NULL) script_place_child(s, child);
  }
  for (child = s->nodes[pair.patch].first; child != 0 && !s->out->failed; child = s->nodes[child].next)
    script_merge_member(s, child);
  if (!s->out->failed) script_take_places(s, pair.stored);
}

/* ---- writing ---- */

/* The bytes of an unescaped string; a lone surrogate is three bytes there, which begin with 0xed. */
static void script_write_unescaped(slice bytes, text *out) {
  text_append(out, "\"", 1);
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.at[i];
    if (byte < 0x20 || byte == '"' || byte == '\\') {
      json_write_escape(out, byte);
    } else if (byte == 0xed && (unsigned char)bytes.at[i + 1] >= 0xa0) {
      json_write_surrogate(out, bytes.at + i);
      i += 2;
    } else {
      text_append(out, bytes.at + i, 1);
    }
  }
  text_append(out, "\"", 1);
}

static void script_write_string(json_value string, text *out) {
  text unescaped = {0};
  if (!json_is_escaped(string)) {
    text_append(out, string.text.at, string.text.length);
    return;
  }
  json_unescape(string, &unescaped, NULL);
  if (unescaped.failed) out->failed = 1;
  script_write_unescaped((slice){unescaped.at, unescaped.length}, out);
  text_free(&unescaped);
}

static void script_write_scalar(json_value value, text *out) {
  if (value.type == JSON_NUMBER) json_number_write(value.text, out);
  else if (value.type == JSON_STRING) script_write_string(value, out);
  else text_append(out, value.text.at, value.text.length);
}

/* Writes a node up to where its children stand. */
static void script_write_start(script *s, const script_node *node) {
  if (node->name.text.at != NULL) {
    script_write_string(node->name, s->out);
    text_append(s->out, ":", 1);
  }
  if (script_is_container(node->value.type)) text_append(s->out, node->value.text.at, 1);
  else script_write_scalar(node->value, s->out);
}

static void script_write_end(script *s, const script_node *node) {
  if (script_is_container(node->value.type))
    text_append(s->out, node->value.type == JSON_OBJECT ? "}" : "]", 1);
}

static void script_write(script *s, size_t root) {
  size_t at = root;
  while (!s->out->failed) {
    script_write_start(s, &s->nodes[at]);
    if (s->nodes[at].first != 0) {
      at = s->nodes[at].first;
      continue;
    }
    script_write_end(s, &s->nodes[at]);
    while (at != root && s->nodes[at].next == 0) {
      at = s->nodes[at].parent;
      script_write_end(s, &s->nodes[at]);
    }
    if (at == root) break;
    text_append(s->out, ",", 1);
    at = s->nodes[at].next;
  }
}

static script script_open(text *out, int is_merge) {
  script s = {.out = out, .is_merge = is_merge};
  json_value none = {{NULL, 0}, JSON_NULL};
  if (!out->failed) script_add(&s, 0, none, none); /* so that no other node has the number 0 */
  return s;
}

static void script_free(script *s) {
  sqlite3_free(s->nodes);
  sqlite3_free(s->places);
  sqlite3_free(s->stored.at);
  sqlite3_free(s->patch.at);
  sqlite3_free(s->pairs);
}

static void json_script_write(json_value object, text *out) {
  script s = script_open(out, 0);
  size_t root = out->failed ? 0 : script_read(&s, object);
  script_write(&s, root);
  script_free(&s);
}

static void json_script_merge(json_value stored, json_value patch, text *out) {
  script s = script_open(out, 1);
  size_t root = out->failed ? 0 : script_read(&s, stored);
  size_t changes = out->failed ? 0 : script_read(&s, patch);
  if (!out->failed) script_add_pair(&s, root, changes);
  while (s.pair_count > 0 && !out->failed) script_merge_pair(&s, s.pairs[--s.pair_count]);
  script_write(&s, root);
  script_free(&s);
}

/******** values/timestamp.h ********/

/* timestamp: RFC 3339 text to microseconds since 1970-01-01T00:00Z, and back. Leap seconds are not
** counted. */
#ifndef NANGOLITE_TIMESTAMP_H
#define NANGOLITE_TIMESTAMP_H

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

/******** values/timestamp.c ********/

#define TIMESTAMP_FIRST (-INT64_C(62167219200) * MICROSECONDS_PER_SECOND)    /* 0000-01-01T00:00:00Z */
#define TIMESTAMP_LAST (INT64_C(253402300800) * MICROSECONDS_PER_SECOND - 1) /* the end of 9999-12-31 */

/* Both directions of the date as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years are
** counted from March, so that the leap day is a year's last, in eras of 400 years, which all have 146,097
** days. 1970-01-01 is the 719,468th day after 0000-03-01. Days before that one (year 0000 has some) fall into
** era -1. */
#define DAYS_PER_ERA 146097
#define DAYS_TO_1970 719468

typedef struct timestamp_date {
  int year, month, day;
} timestamp_date;

static timestamp_date timestamp_date_of(int64_t day) {
  int64_t since = day + DAYS_TO_1970;
  int64_t era = (since >= 0 ? since : since - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
  int of_era = (int)(since - era * DAYS_PER_ERA);
  int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int of_year = of_era - (365 * year + year / 4 - year / 100);
  int month = (5 * of_year + 2) / 153; /* 0 is March */
  return (timestamp_date){.year = year + (int)era * 400 + (month >= 10),
                          .month = month < 10 ? month + 3 : month - 9,
                          .day = of_year - (153 * month + 2) / 5 + 1};
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

/* ---- to text ------------------------------------------------------------------------------------------- */

/* Two digits. In pairs, because the divisions of a pair need not wait for those of another. */
static inline void timestamp_put(char *to, int value) {
  to[0] = (char)('0' + value / 10);
  to[1] = (char)('0' + value % 10);
}

static void timestamp_fill(timestamp_cache *cache, int64_t second) {
  int64_t day = (second >= 0 ? second : second - 86399) / 86400;
  int of_day = (int)(second - day * 86400);
  timestamp_date date = timestamp_date_of(day);
  memcpy(cache->text, "0000-00-00T00:00:00.", sizeof cache->text);
  timestamp_put(cache->text, date.year / 100);
  timestamp_put(cache->text + 2, date.year % 100);
  timestamp_put(cache->text + 5, date.month);
  timestamp_put(cache->text + 8, date.day);
  timestamp_put(cache->text + 11, of_day / 3600);
  timestamp_put(cache->text + 14, of_day / 60 % 60);
  timestamp_put(cache->text + 17, of_day % 60);
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
  to += sizeof cache->text;
  timestamp_put(to, fraction / 10000);
  if (digits == TIMESTAMP_MICROSECONDS) {
    timestamp_put(to + 2, fraction / 100 % 100);
    timestamp_put(to + 4, fraction % 100);
  } else {
    to[2] = (char)('0' + fraction / 1000 % 10);
  }
  to[digits] = 'Z';
}

/* ---- from text ----------------------------------------------------------------------------------------- */

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
  timestamp_date date = {.year = 1970, .month = 1, .day = 1};
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

static void timestamp_write(text *out, int64_t microseconds) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0, ""};
  if (microseconds == 0) {
    text_append_string(out, "null");
    return;
  }
  timestamp_format(microseconds, TIMESTAMP_MILLISECONDS, &cache, written);
  text_append_string(out, "\"");
  text_append(out, written, TIMESTAMP_LENGTH(TIMESTAMP_MILLISECONDS));
  text_append_string(out, "\"");
}

/******** values/frequency.h ********/

/* frequency: turns a text like "every 1.5 hours" into microseconds, and finds the points of the grid anchor,
** anchor + interval, anchor + 2 * interval, ... */
#ifndef NANGOLITE_FREQUENCY_H
#define NANGOLITE_FREQUENCY_H

#define FREQUENCY_MIN (30 * MICROSECONDS_PER_SECOND)
#define FREQUENCY_MAX (365 * MICROSECONDS_PER_DAY)

/* Returns NULL and sets *interval, or returns why the text is refused, as the words that follow "frequency"
** in a message. */
static const char *frequency_parse(slice written, int64_t *interval);

/* The first point of the grid that is not before `time`, and the first point that is after it. No point is
** before the anchor. INT64_MAX means never: int64_t cannot hold the next point, or the interval is less
** than 1. */
static int64_t frequency_at_or_after(int64_t anchor, int64_t interval, int64_t time);
static int64_t frequency_next(int64_t anchor, int64_t interval, int64_t time);

#endif

/******** values/frequency.c ********/

#define FREQUENCY_MINUTE (60 * MICROSECONDS_PER_SECOND)
#define FREQUENCY_HOUR (60 * FREQUENCY_MINUTE)

static const char frequency_unknown[] =
  "must be like \"every half hour\", \"every day\", \"every 90 minutes\" or \"1.5h\"";

typedef struct frequency_word {
  const char *word;
  int64_t interval;
} frequency_word;

static const frequency_word frequency_phrases[] = {
  {"every half day", 12 * FREQUENCY_HOUR},       {"every half hour", 30 * FREQUENCY_MINUTE},
  {"every quarter hour", 15 * FREQUENCY_MINUTE}, {"every hour", FREQUENCY_HOUR},
  {"every day", MICROSECONDS_PER_DAY},           {"every week", 7 * MICROSECONDS_PER_DAY},
  {"every month", 30 * MICROSECONDS_PER_DAY},    {NULL, 0},
};

/* clang-format off */
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
/* clang-format on */

/* The interval of a word of the table. 0: the table does not have the word. */
static int64_t frequency_find(const frequency_word *words, slice wanted) {
  while (words->word != NULL && !slice_equals(slice_of(words->word), wanted)) words++;
  return words->interval;
}

static size_t frequency_count_digits(slice s) {
  size_t count = 0;
  while (count < s.length && s.at[count] >= '0' && s.at[count] <= '9') count++;
  return count;
}

/* The interval that the digits before the point stand for. Where that is too long, the result is more than
** FREQUENCY_MAX, but it does not overflow, however many digits there are. */
static int64_t frequency_of_whole(slice digits, int64_t unit) {
  int64_t number = 0;
  for (size_t i = 0; i < digits.length && number * unit <= FREQUENCY_MAX; i++) {
    number = number * 10 + (digits.at[i] - '0');
  }
  return number * unit;
}

/* The interval that the digits after the point stand for, rounded down to microseconds. It goes from the last
** digit to the first: in this order, rounding down in each step gives the same as rounding down once. */
static int64_t frequency_of_decimals(slice digits, int64_t unit) {
  int64_t tenths = 0;
  for (size_t i = digits.length; i > 0; i--) tenths = (tenths + (digits.at[i - 1] - '0') * unit) / 10;
  return tenths;
}

/* Reads "[every ]N[.N][ ]unit". 0: the text does not have this form. */
static int64_t frequency_of_number(slice written) {
  static const char every[] = "every ";
  slice rest = slice_starts_with(written, every) ? slice_from(written, strlen(every)) : written;
  slice whole = {rest.at, frequency_count_digits(rest)};
  slice decimals = {NULL, 0};
  rest = slice_from(rest, whole.length);
  if (rest.length > 0 && *rest.at == '.') {
    rest = slice_from(rest, 1);
    decimals = (slice){rest.at, frequency_count_digits(rest)};
    rest = slice_from(rest, decimals.length);
    if (decimals.length == 0) return 0;
  }
  if (rest.length > 0 && *rest.at == ' ') rest = slice_from(rest, 1);
  int64_t unit = frequency_find(frequency_units, rest);
  if (unit == 0 || whole.length == 0) return 0;
  int64_t interval = frequency_of_whole(whole, unit) + frequency_of_decimals(decimals, unit);
  return interval > 0 ? interval : 1; /* "0s" has this form, and is refused as too short */
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

/* The distance may be more than int64_t can hold, but uint64_t holds it. The interval may come from a damaged
** file, and may then have any value. */
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

/******** values/name.h ********/

/* name: which names are allowed. */
#ifndef NANGOLITE_NAME_H
#define NANGOLITE_NAME_H

#define NAME_LENGTH_MAX 255

typedef enum name_kind {
  NAME_PROVIDER_CONFIG_KEY,
  NAME_CONNECTION_ID,
  NAME_MODEL,
  NAME_SYNC,
  NAME_VARIANT
} name_kind;

/* NULL: allowed. Else the rule, which continues the field's name in a message: "must be 1 to 255 of …". An
** absent name is never allowed. */
static const char *name_check(name_kind kind, slice name);

/* "provider_config_key", as messages call it. */
static const char *name_field(name_kind kind);

/* Whether this is the default variant: absent, or "base" in any letter case. */
static int name_is_base(slice variant);
/* The variant as the store knows it: "base" for the default one. */
static slice name_of_variant(slice variant);

#endif

/******** values/name.c ********/

_Static_assert(NAME_LENGTH_MAX == 255, "the rules below name it");

typedef struct name_rule {
  const char *field;
  const char *marks; /* what is allowed besides A-Z a-z 0-9 */
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
  if (name.length < 1 || name.length > NAME_LENGTH_MAX) return rule->words;
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
  return variant.at == NULL || slice_is_word(variant, "base");
}

static slice name_of_variant(slice variant) {
  return name_is_base(variant) ? slice_of("base") : variant;
}

/******** values/cursor.h ********/

/* cursor: a place in a feed as text: base64 of "<last_modified_at>||<id>". Only its content counts: it stays
** valid whatever becomes of the record. */
#ifndef NANGOLITE_CURSOR_H
#define NANGOLITE_CURSOR_H

typedef struct cursor_place {
  int64_t stamp;
  slice id;
} cursor_place;

static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out);

/* Returns NULL and sets *place, whose id lives in `buffer` (what was there before is gone); else why the
** cursor is refused, as the words that follow "cursor" in a message. Where memory is missing, `buffer` has
** failed: check that first. */
static const char *cursor_decode(slice encoded, text *buffer, cursor_place *place);

#endif

/******** values/cursor.c ********/

#define CURSOR_BARS 2
#define CURSOR_HEAD (TIMESTAMP_LENGTH_MAX + CURSOR_BARS + 1)

_Static_assert(CURSOR_HEAD % 3 == 0, "three bytes become four characters, without padding");
_Static_assert(RECORD_ID_MAX == 1024, "a message of cursor_decode() names it");

/* The time, the bars and the first byte of the id are 30 bytes, which become 40 characters without padding.
** So the rest of the id can be encoded by itself and follow them, and the id is not copied. */
static void cursor_encode(cursor_place place, timestamp_cache *cache, text *out) {
  size_t rest = place.id.length > 0 ? place.id.length - 1 : 0;
  char head[CURSOR_HEAD] = {0};
  slice written = {head, place.id.length > 0 ? CURSOR_HEAD : CURSOR_HEAD - 1};
  timestamp_format(place.stamp, TIMESTAMP_MICROSECONDS, cache, head);
  memcpy(head + TIMESTAMP_LENGTH_MAX, "||", CURSOR_BARS);
  if (place.id.length > 0) head[CURSOR_HEAD - 1] = place.id.at[0];
  char *to = text_reserve(out, BASE64_LENGTH(written.length) + BASE64_LENGTH(rest));
  if (to == NULL) return;
  to = base64_write(written, to);
  if (rest > 0) base64_write((slice){place.id.at + 1, rest}, to);
  out->length += BASE64_LENGTH(written.length) + BASE64_LENGTH(rest);
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

/******** values/row_key.h ********/

/* row_key: where a record stands: its collection, state and sequence in one number, the rowid of
** nango_record.
**
**   bit 62 ........ 41 | 40 .. 38 | 37 ........ 0
**   collection         | state     | sequence
**
** The records of a collection lie together, and within it the records of each state lie in the order of
** change: the sequence counts the collection's changes, so it orders the records as their stamps do. The
** state is what feeds and pruning select by: the last action, and whether the payload was pruned. So a feed
** of any states is a merge of at most six ranges of one b-tree, and no further index is needed. */
#ifndef NANGOLITE_ROW_KEY_H
#define NANGOLITE_ROW_KEY_H

typedef enum action { ACTION_ADDED, ACTION_UPDATED, ACTION_DELETED, ACTION_COUNT } action;

/* A state is an action, plus STATE_PRUNED once the payload has been pruned. */
enum { STATE_PRUNED = ACTION_COUNT, STATE_COUNT = 2 * ACTION_COUNT };

#define ROW_KEY_SEQUENCE_BITS 38
#define ROW_KEY_STATE_BITS 3
/* A collection can have 274 billion changes, and a file can have 4 million collections. */
#define ROW_KEY_SEQUENCE_MAX ((INT64_C(1) << ROW_KEY_SEQUENCE_BITS) - 1)
#define ROW_KEY_COLLECTION_MAX ((INT64_C(1) << 22) - 1)

static int64_t row_key_make(int64_t collection, int state, int64_t sequence);
static int64_t row_key_collection(int64_t key);
static int64_t row_key_sequence(int64_t key);
static int row_key_state(int64_t key);
static action row_key_action(int64_t key);
static int row_key_is_pruned(int64_t key);
/* Whether a record of this collection can have this row key. `last` is the sequence of the collection's last
** change. */
static int row_key_is_of(int64_t key, int64_t collection, int64_t last);

#endif

/******** values/row_key.c ********/

static int64_t row_key_make(int64_t collection, int state, int64_t sequence) {
  return (collection << ROW_KEY_STATE_BITS | state) << ROW_KEY_SEQUENCE_BITS | sequence;
}

static int64_t row_key_collection(int64_t key) {
  return key >> (ROW_KEY_SEQUENCE_BITS + ROW_KEY_STATE_BITS);
}

static int64_t row_key_sequence(int64_t key) {
  return key & ROW_KEY_SEQUENCE_MAX;
}

static int row_key_state(int64_t key) {
  return (int)(key >> ROW_KEY_SEQUENCE_BITS & ((1 << ROW_KEY_STATE_BITS) - 1));
}

static action row_key_action(int64_t key) {
  return (action)(row_key_state(key) % STATE_PRUNED);
}

static int row_key_is_pruned(int64_t key) {
  return row_key_state(key) >= STATE_PRUNED;
}

static int row_key_is_of(int64_t key, int64_t collection, int64_t last) {
  int64_t sequence = row_key_sequence(key);
  return row_key_collection(key) == collection && row_key_state(key) < STATE_COUNT && sequence >= 1 &&
         sequence <= last;
}

/******** values/schedule.h ********/

/* schedule: decides when an instance runs, and how its runs begin and end (docs/file-format.md has a drawing of
** it). These functions know their arguments only: they read no clock and no file.
**
** Times are microseconds since 1970; 0 means that there is none. `now` is in the years 1970 to 9999, and
** never 0. */
#ifndef NANGOLITE_SCHEDULE_H
#define NANGOLITE_SCHEDULE_H

typedef enum run_status { RUN_NONE, RUN_SUCCESS, RUN_ERROR, RUN_STOPPED } run_status;

/* Why a run was asked for, beside the slots. The start of a paused sync counts as a trigger. */
typedef enum schedule_ask { ASK_NONE, ASK_TRIGGER, ASK_RETRY, ASK_TAKE_UP } schedule_ask;

/* The slots are at anchor + k * interval. With a zone and an interval of whole days, each slot is at the
** anchor's time of day by local clocks. Where that time does not exist on a day, the slot is later by the
** length of the gap; where it exists twice, the slot is at the first of the two. */
typedef struct schedule_grid {
  int64_t anchor, interval;
  int has_start;                             /* the anchor is a start_at, and no slot is before it */
  int (*offset_s)(void *zone, int64_t time); /* local time minus UTC, in seconds; NULL: UTC */
  void *zone;
} schedule_grid;

typedef struct schedule {
  schedule_grid grid;
  int max_retries;
  int64_t retry_after; /* how long after a failure the first retry is; doubled for each further retry */

  int is_paused;
  int64_t slot_at;    /* the next slot; it is due once it is not in the future. A pause leaves it as it is */
  schedule_ask asked; /* why a run was asked for at asked_at */
  int64_t asked_at;
  int64_t again_at; /* asked for by a run: until then there are no retries, take-ups and slots */
  int runs_again;   /* a trigger came during a run: one more run follows it */
  int may_repeat;   /* neither a pause nor a cancel has come since the latest run began: it may be repeated */
  int retries;      /* how many came since the latest run that was neither a retry nor a take-up */
  int expired;      /* runs whose lease has ended since one ended by itself; at most SCHEDULE_TAKE_UPS + 1 */
  int allows_deletes; /* the next run may delete more records than max_delete_percent allows */

  int64_t run;            /* the number of the run in progress; 0: none is */
  int64_t lease_until;    /* of that run */
  int run_allows_deletes; /* what allows_deletes was when that run began */
  int64_t started_at;     /* when the latest run began, in progress or not */
  int64_t finished_at;    /* when the latest run that has ended did so */
  run_status latest;      /* how that run ended */
  int is_initial;         /* when the latest run began, none had succeeded since the creation or a reset */
  int has_succeeded;      /* a run has succeeded since the creation or the latest reset */
} schedule;

#define SCHEDULE_TAKE_UPS 3 /* how many runs in a row may expire and be taken up */
#define SCHEDULE_AGAIN_MAX (365 * MICROSECONDS_PER_DAY) /* how far away again_at may be */

/* The first slot after a time. INT64_MAX: there is none. */
static int64_t schedule_slot_after(const schedule_grid *g, int64_t time);

/* The schedule of a new instance. Unless it is paused it runs at once, or at start_at where that is in the
** future. */
static schedule schedule_create(int64_t now, const schedule_grid *g, int is_paused);

/* Asks for a run now, or for one more run after the one in progress. */
static void schedule_trigger(schedule *s, int64_t now, int allows_deletes);
/* Stops the run in progress, and forgets that a run has succeeded. */
static void schedule_reset(schedule *s, int64_t now);
/* Ends a pause, and triggers a run. Does nothing where the sync is not paused. */
static void schedule_start(schedule *s, int64_t now);
/* Takes back the runs that were asked for. The run in progress goes on. Does nothing where the sync is paused. */
static void schedule_pause(schedule *s);
/* Stops the run in progress, and takes back what was asked for and again_at. The slots stay, but
** one that was left out because of again_at does not follow now. */
static void schedule_cancel(schedule *s, int64_t now);

/* To be called when the grid has changed. A slot that is due stays due, unless a run is in progress,
** again_at is set, or the start is in the future. Otherwise the next slot is the first one after now. */
static void schedule_follow_grid(schedule *s, int64_t now);

/* A lease that ends later than a new one would, by more than this, was given by a clock that was wrong, and
** its process has not extended it since. Where it ends later by less, its process may be about to extend
** it. */
#define SCHEDULE_LEASE_SLACK MICROSECONDS_PER_DAY

/* To be called when the clock may have been set back. `before` is what it showed before, or `now` where
** that is not known. Where it was set back by less than an interval, no slot is executed again; otherwise
** the schedule goes on from the new time. A run that was asked for does not become later by this. A lease
** that is too long by more than SCHEDULE_LEASE_SLACK is made to end `lease` after now. */
static void schedule_follow_clock(schedule *s, int64_t before, int64_t now, int64_t lease);

/* Begins a run, which takes the slot that is due and what was asked for. `is_claimed`: the run was claimed,
** and begins whether it is due or not. */
static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until, int is_claimed);
/* Ends the run in progress. After RUN_ERROR a retry is asked for, if any are left, the run may be repeated,
** and the retry would be before the next slot, or the sync is paused. */
static void schedule_end(schedule *s, int64_t at, run_status as);
/* Ends the run in progress, whose lease has ended, as RUN_ERROR. If it may be repeated, a take-up
** is asked for at once, but not after more than SCHEDULE_TAKE_UPS runs in a row that have expired. */
static void schedule_expire(schedule *s, int64_t at);

/* When the next run is due, supposing that none is in progress. 0: never. */
static int64_t schedule_due_at(const schedule *s);
/* Whether a run is in progress and its lease has ended. */
static int schedule_has_expired(const schedule *s, int64_t now);

#endif

/******** values/schedule.c ********/

/* ---- the grid ---- */

/* In seconds. No zone is further from UTC, so what a caller's function says is limited to this. */
#define ZONE_OFFSET_MAX (26 * 3600)

static int64_t schedule_offset(const schedule_grid *g, int64_t time) {
  int offset = g->offset_s(g->zone, time);
  if (offset > ZONE_OFFSET_MAX) offset = ZONE_OFFSET_MAX;
  if (offset < -ZONE_OFFSET_MAX) offset = -ZONE_OFFSET_MAX;
  return offset * MICROSECONDS_PER_SECOND;
}

/* When local clocks show this time; where they show it twice, the first of the two. In a gap they never
** show it: there the offset before the gap gives a time that is later by the length of the gap. */
static int64_t schedule_of_local(const schedule_grid *g, int64_t local) {
  int64_t before = schedule_offset(g, local - MICROSECONDS_PER_DAY);
  int64_t after = schedule_offset(g, local + MICROSECONDS_PER_DAY);
  int is_before = schedule_offset(g, local - before) == before;
  int is_after = schedule_offset(g, local - after) == after;
  return is_before || !is_after ? local - before : local - after;
}

/* Divides, and rounds down. */
static int64_t schedule_divide(int64_t distance, int64_t interval) {
  int64_t quotient = distance / interval;
  return distance % interval < 0 ? quotient - 1 : quotient;
}

/* A local day differs from 24 hours by a few hours at most, so the first slot is one of three neighbours.
** 0: it is none of them, because the zone's offsets make no sense. */
static int64_t schedule_local_slot_after(const schedule_grid *g, int64_t time) {
  int64_t local_anchor = g->anchor + schedule_offset(g, g->anchor);
  int64_t k = schedule_divide(time + schedule_offset(g, time) - local_anchor, g->interval);
  if (g->has_start && k < 1) k = 1;
  if (g->has_start && time < g->anchor) return g->anchor;
  for (int64_t last = k + 1, at = k - 1; at <= last; at++) {
    int64_t slot = schedule_of_local(g, local_anchor + at * g->interval);
    if (slot > time) return slot;
  }
  return 0;
}

/* The anchor to count from. Where it is the time of creation, and the clock was set back before that, it is
** a point of the same grid that is not after `time`. A start_at stays the anchor, as no slot is before it. */
static int64_t schedule_anchor(const schedule_grid *g, int64_t time) {
  if (g->has_start || time >= g->anchor || time < 0) return g->anchor;
  return time - (g->interval - (g->anchor - time) % g->interval) % g->interval;
}

static int64_t schedule_slot_after(const schedule_grid *g, int64_t time) {
  int is_usual = g->interval > 0 && time >= 0 && time <= TIME_MAX && g->anchor >= 0 && g->anchor <= TIME_MAX;
  if (is_usual && g->offset_s != NULL && g->interval % MICROSECONDS_PER_DAY == 0) {
    int64_t slot = schedule_local_slot_after(g, time);
    if (slot > time) return slot;
  }
  return is_usual ? frequency_next(schedule_anchor(g, time), g->interval, time)
                  : frequency_next(g->anchor, g->interval, time);
}

/* ---- what is due ---- */

static schedule schedule_create(int64_t now, const schedule_grid *g, int is_paused) {
  schedule s = {0};
  s.grid = *g;
  s.is_paused = is_paused;
  s.slot_at = g->has_start && g->anchor > now ? g->anchor : now;
  s.is_initial = 1;
  return s;
}

/* Until again_at there are no slots, retries and take-ups, but a trigger before again_at is due. */
static int64_t schedule_due_at(const schedule *s) {
  int64_t planned = s->again_at != 0 ? s->again_at : s->slot_at;
  if (s->is_paused) return s->asked != ASK_NONE ? s->asked_at : 0;
  if (s->again_at != 0 && s->asked != ASK_TRIGGER) return planned;
  return s->asked != ASK_NONE && s->asked_at < planned ? s->asked_at : planned;
}

static int schedule_has_expired(const schedule *s, int64_t now) {
  return s->run != 0 && s->lease_until <= now;
}

static void schedule_ask_for(schedule *s, schedule_ask what, int64_t at) {
  s->asked = what;
  s->asked_at = at;
}

static void schedule_take_back(schedule *s) {
  schedule_ask_for(s, ASK_NONE, 0);
  s->runs_again = 0;
  s->may_repeat = 0;
  s->allows_deletes = 0;
}

/* ---- commands ---- */

static void schedule_trigger(schedule *s, int64_t now, int allows_deletes) {
  if (s->run != 0) s->runs_again = 1;
  else if (s->asked != ASK_TRIGGER) schedule_ask_for(s, ASK_TRIGGER, now);
  if (allows_deletes) s->allows_deletes = 1;
}

static void schedule_start(schedule *s, int64_t now) {
  if (!s->is_paused) return;
  s->is_paused = 0;
  schedule_trigger(s, now, 0);
}

static void schedule_pause(schedule *s) {
  if (s->is_paused) return;
  s->is_paused = 1;
  schedule_take_back(s);
}

static void schedule_reset(schedule *s, int64_t now) {
  if (s->run != 0) schedule_end(s, now, RUN_STOPPED);
  s->has_succeeded = 0;
}

static void schedule_cancel(schedule *s, int64_t now) {
  schedule_take_back(s);
  if (s->again_at != 0 && s->slot_at <= now) s->slot_at = schedule_slot_after(&s->grid, now);
  s->again_at = 0;
  if (s->run != 0) schedule_end(s, now, RUN_STOPPED);
}

/* ---- the grid and the clock change ---- */

static void schedule_follow_grid(schedule *s, int64_t now) {
  int is_before_start = s->grid.has_start && now < s->grid.anchor;
  int is_due = s->slot_at <= now && s->again_at == 0 && s->run == 0 && !is_before_start;
  if (!is_due) s->slot_at = schedule_slot_after(&s->grid, now);
}

static int64_t schedule_delay(const schedule *s, int retries) {
  int64_t delay = s->retry_after;
  for (int i = 1; i < retries && delay < FREQUENCY_MAX; i++) delay *= 2;
  return delay < FREQUENCY_MAX ? delay : FREQUENCY_MAX;
}

/* Moves the next slot to the first one after now, if that is earlier, in two cases. The slot is more than
** two intervals away: then a clock that was wrong has put it off. Or the clock has shown a time that is an
** interval or more after now (before, or at the latest run): then the slots from now on are executed again.
** In all other cases slot_at does not move back, so no slot is executed again. */
static void schedule_follow_slots(schedule *s, int64_t before, int64_t now) {
  int64_t interval = s->grid.interval;
  int64_t latest = s->started_at > s->finished_at ? s->started_at : s->finished_at;
  if (latest < before) latest = before;
  if (s->slot_at <= now || (s->slot_at - now <= 2 * interval && latest - now < interval)) return;
  int64_t next = schedule_slot_after(&s->grid, now);
  if (next < s->slot_at) s->slot_at = next;
}

static void schedule_follow_clock(schedule *s, int64_t before, int64_t now, int64_t lease) {
  int64_t asked_until = s->asked == ASK_RETRY ? now + schedule_delay(s, s->retries) : now;
  if (s->run != 0 && s->lease_until > now + lease + SCHEDULE_LEASE_SLACK) s->lease_until = now + lease;
  if (s->asked != ASK_NONE && s->asked_at > asked_until) s->asked_at = asked_until;
  if (s->again_at > now + SCHEDULE_AGAIN_MAX) s->again_at = now + SCHEDULE_AGAIN_MAX;
  schedule_follow_slots(s, before, now);
}

/* ---- runs ---- */

static void schedule_begin(schedule *s, int64_t now, int64_t run, int64_t lease_until, int is_claimed) {
  int is_slot = !s->is_paused && s->slot_at <= now && s->again_at <= now;
  int goes_on = (s->asked == ASK_RETRY || s->asked == ASK_TAKE_UP) && s->asked_at <= now;
  if (is_claimed || is_slot || !goes_on) s->retries = 0;
  s->run_allows_deletes = s->allows_deletes;
  schedule_take_back(s);
  s->may_repeat = 1;
  if (s->again_at <= now) s->again_at = 0;
  if (s->slot_at <= now) s->slot_at = schedule_slot_after(&s->grid, now);
  s->run = run;
  s->lease_until = lease_until;
  s->started_at = now;
  s->is_initial = !s->has_succeeded;
}

/* What every end of a run has in common. A slot that fell during the run is left out: the next one is after
** its end. */
static void schedule_close(schedule *s, int64_t at, run_status as) {
  s->run = 0;
  s->lease_until = 0;
  s->run_allows_deletes = 0;
  s->finished_at = at;
  s->latest = as;
  if (as == RUN_SUCCESS) s->has_succeeded = 1;
  if (s->slot_at <= at) s->slot_at = schedule_slot_after(&s->grid, at);
  schedule_follow_slots(s, at, at);
  if (s->runs_again) schedule_ask_for(s, ASK_TRIGGER, at);
  s->runs_again = 0;
}

static int schedule_may_repeat(const schedule *s) {
  return s->may_repeat && s->asked == ASK_NONE && s->again_at == 0;
}

/* A retry that would not be before the next slot is not asked for, because that slot takes its place. */
static void schedule_retry(schedule *s, int64_t at) {
  if (!schedule_may_repeat(s) || s->retries >= s->max_retries) return;
  int64_t retry_at = at + schedule_delay(s, s->retries + 1);
  if (!s->is_paused && retry_at >= s->slot_at) return;
  s->retries++;
  schedule_ask_for(s, ASK_RETRY, retry_at);
}

static void schedule_end(schedule *s, int64_t at, run_status as) {
  schedule_close(s, at, as);
  if (as != RUN_STOPPED) s->expired = 0;
  if (as == RUN_ERROR) schedule_retry(s, at);
}

static void schedule_expire(schedule *s, int64_t at) {
  schedule_close(s, at, RUN_ERROR);
  if (s->expired <= SCHEDULE_TAKE_UPS) s->expired++;
  if (s->expired <= SCHEDULE_TAKE_UPS && schedule_may_repeat(s)) schedule_ask_for(s, ASK_TAKE_UP, at);
}

/******** database/sql.h ********/

/* sql: the statements of the library, each written once and in full; none is put together at run time. (Those
** that make the tables are in tables.c, and store_open.c has a pragma that takes no parameter.)
**
** Parameters are bound in the order of their first appearance, and have names. Only the statements for a
** group of rows have a `?` for each value, row by row. Columns are read by position. */
#ifndef NANGOLITE_SQL_H
#define NANGOLITE_SQL_H

/* clang-format off */
typedef enum statement_id {
  /* transactions: none of them reads the schema */
  TRANSACTION_BEGIN_READ, TRANSACTION_BEGIN_WRITE, TRANSACTION_COMMIT, TRANSACTION_ROLLBACK,
  TRANSACTION_SAVEPOINT_OPEN, TRANSACTION_SAVEPOINT_ROLLBACK, TRANSACTION_SAVEPOINT_RELEASE,
  /* opening */
  PRAGMA_AUTO_VACUUM, PRAGMA_VACUUM, PRAGMA_FREE_PAGES, PRAGMA_WAL, PRAGMA_WAL_LIMIT,
  PRAGMA_NORMAL, PRAGMA_FULL, PRAGMA_SCHEMA_CHANGES, PRAGMA_APPLICATION_ID,
  SCHEMA_COUNT_OURS, SCHEMA_COUNT_ALL, SCHEMA_STORE_PAGE, SCHEMA_COUNT_TEMPORARY, SCHEMA_VERSION_READ, SCHEMA_VERSION_WRITE, STORE_INSERT,
  STORE_MODE,
  /* the store's one row */
  STORE_READ, STORE_HOLD, STORE_SET_STAMP,
  /* connections */
  CONNECTION_FIND, INTEGRATION_FIND, CONNECTION_OF_INTEGRATION, CONNECTION_ALL, CONNECTION_OF_NAME,
  CONNECTION_INSERT, CONNECTION_GET, CONNECTION_SET_METADATA, CONNECTION_SEARCH,
  /* collections */
  COLLECTION_FIND, COLLECTION_LIST, COLLECTION_INSERT, COLLECTION_UPDATE, COLLECTION_UPDATE_AGE,
  COLLECTION_OLDEST, COLLECTION_BY_ID,
  COLLECTION_CHANGED_AT,
  COLLECTION_FREE_ID, COLLECTION_SET_ID,
  /* identities and records */
  IDENTITY_FIND, IDENTITIES_AT, IDENTITIES_OF_GROUP, IDENTITY_INSERT, IDENTITY_INSERT_GROUP,
  ENTRY_GET, ENTRY_PUT, ALTERNATE_GET, ALTERNATE_PUT,
  RECORD_GET, RECORD_INSERT, RECORD_INSERT_GROUP, RECORD_CHANGE, RECORD_REVIVE, RECORD_DELETE,
  RECORD_DELETE_WITH, RECORD_SET_DELETED_AT, RECORD_RESTORE, RECORD_PRUNE,
  RECORD_FIRST, RECORD_LAST,
  FEED_STATE, FEED_STATE_LAST = FEED_STATE + STATE_COUNT - 1,   /* one copy for each state of a merge */
  /* delete windows */
  SEEN_GET, SEEN_PUT, SEEN_CLEAR,
  /* syncs */
  SYNC_LIST, SYNC_OF_INTEGRATION_LIST, SYNC_FIND, SYNC_GET, SYNC_INSERT, SYNC_UPDATE, SYNC_RENAME, SYNC_DELETE,
  SYNC_MODELS_DELETE, SYNC_OF_INTEGRATION, SYNC_MODELS_LEAVE, SYNC_MODEL_OWNER,
  SYNC_MODEL_PUT, SYNC_MODEL_FIND, SYNC_MODELS, COLLECTION_WITH_WINDOW,
  /* instances and their runs */
  INSTANCE_FIND, INSTANCE_GET, INSTANCE_NAMES, INSTANCE_INSERT, INSTANCE_SAVE, INSTANCE_SET_WAKE, INSTANCE_SET_ERROR,
  INSTANCE_SET_PROGRESS, INSTANCE_CLEAR_PROGRESS, INSTANCE_DELETE,
  INSTANCE_OF_CONNECTION, INSTANCE_OF_SYNC, INSTANCE_COUNT_VARIANTS, INSTANCE_ADD_VARIANTS,
  INSTANCE_IN_PROGRESS, INSTANCE_ALL, INSTANCE_IDLE,
  INSTANCE_SET_FREQUENCY, INSTANCE_SET_CHECKPOINT, INSTANCE_SET_IDLE, INSTANCE_BEGIN_CHECKPOINT,
  INSTANCE_STIR, INSTANCE_LEASE, INSTANCE_EXTEND_LEASE, INSTANCE_COLLECTIONS,
  INSTANCE_WAKE_NEXT, LOCAL_OFFSET,
  RESULT_CLEAR, RESULT_CLEAR_STRAYS, RESULT_ADD, RESULT_INSERT, RESULT_LIST,
  RUN_INSERT, RUN_TRIM, RUN_LIST, RUN_CLEAR,
  STORE_NEXT_RUN, STORE_RUN, STORE_CLOCK, STORE_SET_CLOCK, STORE_KEEP_CLOCK,
  /* removing for good */
  COLLECTION_OF_CONNECTION, COLLECTION_TAKE_AWAY, COLLECTION_TAKEN_AWAY, COLLECTION_REMOVE,
  RECORDS_FREE, IDENTITIES_FREE, ENTRIES_FREE, ALTERNATES_FREE, SEEN_FREE, CONNECTION_DELETE,
  /* invariants */
  CHECK_FUNCTIONS, CHECK_INTEGRITY, CHECK_STORE, CHECK_TYPES, CHECK_TRIGGER, CHECK_COLLECTION_OWNER,
  CHECK_COLLECTION_RANGE, CHECK_RECORD_KEY, CHECK_IDENTITY_NUMBER, CHECK_ENTRY_ROW, CHECK_ENTRY_ROWS,
  CHECK_ALTERNATE_ROW, CHECK_COUNTS, CHECK_OLDEST_PAYLOAD,
  CHECK_STAMP, CHECK_STAMP_UNIQUE, CHECK_FIRST_SEEN, CHECK_PRUNED, CHECK_DELETED, CHECK_SEEN_WINDOW,
  CHECK_SYNC_TYPES, CHECK_INSTANCE_TYPES, CHECK_WRITER, CHECK_SYNC_MODELS, CHECK_INSTANCE_OWNER, CHECK_INSTANCE_BASE,
  CHECK_INSTANCE_VARIANTS, CHECK_INSTANCE_RUN,
  CHECK_INSTANCE_WAKE, CHECK_INSTANCE_DUE, CHECK_INSTANCE_STATE, CHECK_SYNC_STATE, CHECK_RESULT,
  CHECK_KEPT_RUN, CHECK_LAST = CHECK_KEPT_RUN,
  NAMES_OF_CONNECTIONS, NAMES_OF_COLLECTIONS, IDENTITIES_OF_COLLECTION, SEEN_OF_ALL, NAMES_OF_SYNCS, NAMES_OF_INSTANCES,
  /* dumps */
  DUMP_STORE, DUMP_CONNECTIONS, DUMP_SYNCS, DUMP_MODELS, DUMP_INSTANCES, DUMP_RESULTS, DUMP_RUNS, DUMP_COLLECTIONS,
  LOAD_IS_EMPTY, LOAD_STORE, LOAD_VARIABLE, LOAD_CONNECTION, LOAD_SYNC, LOAD_MODEL, LOAD_INSTANCE, LOAD_RESULT, LOAD_RUN,
  LOAD_COLLECTION, LOAD_RECORD,
  /* the environment */
  ENVIRONMENT_CLEAR, ENVIRONMENT_LIST, ENVIRONMENT_GET, ENVIRONMENT_PUT, ENVIRONMENT_REMOVE,
  /* repairs */
  REPAIR_OBJECT, REPAIR_TRIGGERS, REPAIR_REINDEX, REPAIR_REINDEX_CONNECTION, REPAIR_REINDEX_COLLECTION,
  REPAIR_REINDEX_SYNC, REPAIR_REINDEX_SYNC_MODEL, REPAIR_REINDEX_INSTANCE, REPAIR_STORE_ROWS, REPAIR_STORE,
  REPAIR_LAST_STAMP, REPAIR_LAST_RUN, REPAIR_CONNECTION_TEXT, REPAIR_CONNECTION_TIMES,
  REPAIR_CONNECTION_RENAME, REPAIR_CONNECTION_METADATA, REPAIR_COLLECTION_IDS, REPAIR_COLLECTION_TEXT,
  REPAIR_COLLECTION_REMOVED, REPAIR_COLLECTION_NUMBERS, REPAIR_COLLECTION_MANY, REPAIR_COLLECTION_SEQUENCE,
  REPAIR_COLLECTION_COUNTS, REPAIR_COLLECTION_LOST, REPAIR_CONNECTION_LOST, REPAIR_COLLECTION_OWNER,
  REPAIR_COLLECTION_MODEL, REPAIR_COLLECTION_BASE, REPAIR_COLLECTION_VARIANT, REPAIR_RECORD_KEYS,
  REPAIR_RECORD_IDS, REPAIR_RECORD_PAYLOADS, REPAIR_RECORD_REMOVED, REPAIR_STAMP_TWICE, REPAIR_RECORD_TIMES, REPAIR_ENTRIES_LOST,
  REPAIR_ALTERNATES_LOST, REPAIR_IDENTITIES_LOST, REPAIR_IDENTITIES_REMOVED, REPAIR_SEEN_LOST,
  REPAIR_COLLECTIONS, REPAIR_RECORDS_IN_ORDER, REPAIR_RECORD_MOVE, REPAIR_RECORD_AFTER, REPAIR_RECORD_PUT,
  REPAIR_RECORD_DROP, REPAIR_RECORDS_TWICE, REPAIR_RECORDS_COUNT, REPAIR_NUMBERS, REPAIR_NUMBERS_LAST,
  REPAIR_RECORDS_UNNUMBERED, REPAIR_RECORD_NUMBER, REPAIR_RECORDS_BY_NUMBER, REPAIR_ENTRIES_BEYOND,
  REPAIR_ALTERNATES_WRONG, REPAIR_IDENTITY_PUT, REPAIR_IDENTITIES_STRAY, REPAIR_SEEN, REPAIR_SYNC_TEXT,
  REPAIR_SYNC_NUMBERS, REPAIR_SYNCS, REPAIR_SYNC_INTEGRATION, REPAIR_SYNC_RENAME, REPAIR_SYNC_FREQUENCY,
  REPAIR_MODEL_TEXT, REPAIR_MODEL_POSITIONS, REPAIR_MODEL_OWNERS, REPAIR_MODELS_STRAY, REPAIR_MODELS,
  REPAIR_MODEL_DROP, REPAIR_MODELS_LEFT, REPAIR_MODELS_OF_RESULTS, REPAIR_MODELS_MADE_UP,
  REPAIR_INSTANCES_STRAY, REPAIR_INSTANCE_TEXT, REPAIR_INSTANCE_BASE, REPAIR_INSTANCE_VARIANT,
  REPAIR_INSTANCE_SCHEDULE, REPAIR_INSTANCE_LATEST, REPAIR_INSTANCE_LATEST_RUN,
  REPAIR_INSTANCE_SUCCEEDED_RUN, REPAIR_INSTANCE_RUN, REPAIR_INSTANCE_NO_RUN, REPAIR_INSTANCE_ASKED,
  REPAIR_INSTANCE_ALLOWS, REPAIR_INSTANCE_ENDED, REPAIR_INSTANCE_ERROR, REPAIR_INSTANCE_BEFORE,
  REPAIR_INSTANCE_WAKE, REPAIR_INSTANCE_VARIANTS, REPAIR_RESULTS_STRAY, REPAIR_RESULT_NUMBERS,
  REPAIR_RUNS_STRAY, REPAIR_ENVIRONMENT,
  STATEMENT_COUNT
} statement_id;
/* clang-format on */

static const char *sql_text(statement_id id);

#endif

/******** database/sql.c ********/

_Static_assert(ROW_KEY_SEQUENCE_BITS == 38 && ROW_KEY_STATE_BITS == 3 && STATE_COUNT == 6 &&
                 STATE_PRUNED == 3 && ROW_KEY_COLLECTION_MAX == 4194303 &&
                 ROW_KEY_SEQUENCE_MAX == 274877906943,
               "the statements on invariants take keys apart");

#define SQL_4(text) text ", " text ", " text ", " text
#define SQL_16(text) SQL_4(text) ", " SQL_4(text) ", " SQL_4(text) ", " SQL_4(text)

/* clang-format off */
static const char *const statements[STATEMENT_COUNT] = {
  /* ---- transactions ---- */

  [TRANSACTION_BEGIN_READ] = "BEGIN",
  [TRANSACTION_BEGIN_WRITE] = "BEGIN IMMEDIATE",
  [TRANSACTION_COMMIT] = "COMMIT",
  [TRANSACTION_ROLLBACK] = "ROLLBACK",
  [TRANSACTION_SAVEPOINT_OPEN] = "SAVEPOINT nangolite",
  [TRANSACTION_SAVEPOINT_ROLLBACK] = "ROLLBACK TO nangolite",
  [TRANSACTION_SAVEPOINT_RELEASE] = "RELEASE nangolite",

  /* ---- opening ---- */

  [PRAGMA_AUTO_VACUUM] = "PRAGMA main.auto_vacuum = INCREMENTAL",
  [PRAGMA_VACUUM] = "PRAGMA main.incremental_vacuum",
  [PRAGMA_FREE_PAGES] = "PRAGMA main.freelist_count",
  [PRAGMA_WAL] = "PRAGMA main.journal_mode = WAL",
  /* In bytes: what a log that begins again keeps of its file after it has been larger. */
  [PRAGMA_WAL_LIMIT] = "PRAGMA main.journal_size_limit = 4194304",
  [PRAGMA_SCHEMA_CHANGES] = "PRAGMA main.schema_version",
  [PRAGMA_NORMAL] = "PRAGMA main.synchronous = NORMAL",
  [PRAGMA_FULL] = "PRAGMA main.synchronous = FULL",

  /* TABLES_APPLICATION_ID: a pragma takes no parameter. */
  [PRAGMA_APPLICATION_ID] = "PRAGMA main.application_id = 1313752908",

  [SCHEMA_COUNT_OURS] =
    "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = 'nango_store'",
  [SCHEMA_COUNT_ALL] = "SELECT count(*) FROM main.sqlite_master",
  [SCHEMA_STORE_PAGE] =
    "SELECT rootpage FROM main.sqlite_master WHERE type = 'table' AND name = 'nango_store'",
  [SCHEMA_COUNT_TEMPORARY] =
    "SELECT count(*) FROM sqlite_temp_master"
    " WHERE tbl_name >= 'nango_' COLLATE NOCASE AND tbl_name < 'nango`' COLLATE NOCASE",
  [SCHEMA_VERSION_READ] = "SELECT version FROM main.nango_store",
  [SCHEMA_VERSION_WRITE] = "UPDATE main.nango_store SET version = :version",
  [STORE_INSERT] =
    "INSERT INTO main.nango_store (version, as_nango, last_stamp, key0, key1, last_run, clock)"
    " VALUES (:version, :as_nango, 0, :key0, :key1, 0, 0)",
  [STORE_MODE] = "SELECT as_nango FROM main.nango_store",

  /* ---- the store's one row ---- */

  [STORE_READ] = "SELECT last_stamp, key0, key1 FROM main.nango_store",
  [STORE_HOLD] = "SELECT version FROM main.nango_store",
  [STORE_SET_STAMP] = "UPDATE main.nango_store SET last_stamp = :last_stamp",

  /* ---- connections ---- */

  [CONNECTION_FIND] =
    "SELECT id FROM main.nango_connection"
    " WHERE provider_config_key = :provider_config_key AND connection_id = :connection_id",

  [INTEGRATION_FIND] =
    "SELECT 1 FROM main.nango_connection WHERE provider_config_key = :provider_config_key"
    " UNION ALL SELECT 1 FROM main.nango_sync WHERE provider_config_key = :provider_config_key LIMIT 1",

  [CONNECTION_OF_INTEGRATION] =
    "SELECT id, connection_id FROM main.nango_connection"
    " WHERE provider_config_key = :provider_config_key ORDER BY connection_id",

  [CONNECTION_ALL] = "SELECT id FROM main.nango_connection ORDER BY provider_config_key, connection_id",

  [CONNECTION_OF_NAME] =
    "SELECT id FROM main.nango_connection WHERE connection_id = :connection_id ORDER BY provider_config_key",

  [CONNECTION_GET] =
    "SELECT id, provider_config_key, connection_id, metadata, created_at, updated_at FROM "
    "main.nango_connection"
    " WHERE id = :id",

  [CONNECTION_SET_METADATA] =
    "UPDATE main.nango_connection SET metadata = :metadata, updated_at = :now WHERE id = :id",

  /* The youngest first; a NULL is no condition. */
  [CONNECTION_SEARCH] =
    "SELECT id, provider_config_key FROM main.nango_connection"
    " WHERE (:connection_id IS NULL OR connection_id = :connection_id)"
    "  AND (:search IS NULL OR instr(lower(connection_id), lower(:search)) > 0)"
    " ORDER BY created_at DESC, id DESC",

  [CONNECTION_INSERT] =
    "INSERT INTO main.nango_connection (provider_config_key, connection_id, created_at, updated_at)"
    " VALUES (:provider_config_key, :connection_id, :now, :now)",

  /* ---- collections ---- */

  [COLLECTION_FIND] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at, window_live"
    " FROM main.nango_collection WHERE connection = :connection AND variant = :variant AND model = :model",

  [COLLECTION_BY_ID] =
    "SELECT id, sequence, numbers, added, updated, deleted, pruned_added, pruned_updated, pruned_deleted,"
    "  bytes, oldest_payload_at, window_opened_at, window_live"
    " FROM main.nango_collection WHERE id = :id",

  /* Those of a connection by name. */
  [COLLECTION_LIST] =
    "SELECT c.id, n.provider_config_key, n.connection_id, c.model, c.variant"
    " FROM main.nango_connection AS n JOIN main.nango_collection AS c ON c.connection = n.id"
    " WHERE n.id = :connection ORDER BY c.model, c.variant <> 'base', c.variant",

  /* The collection whose oldest payload is the oldest, if that is not after :until. */
  [COLLECTION_OLDEST] =
    "SELECT id FROM main.nango_collection WHERE oldest_payload_at <= :until ORDER BY "
    "oldest_payload_at LIMIT 1",

  /* The stamp of the latest change: the last record of each state has the greatest of that state. */
#define COLLECTION_LAST_SQL(state)                                                                            \
    "SELECT * FROM (SELECT last_modified_at FROM main.nango_record WHERE key >= (:id << 3 | " \
    "" state ") << 38" \
    "  AND key < (:id << 3 | " state ") + 1 << 38 ORDER BY key DESC LIMIT 1)"
  [COLLECTION_CHANGED_AT] =
    "SELECT max(last_modified_at) FROM (" COLLECTION_LAST_SQL("0") " UNION ALL " COLLECTION_LAST_SQL("1")
    " UNION ALL " COLLECTION_LAST_SQL("2") " UNION ALL " COLLECTION_LAST_SQL("3")
    " UNION ALL " COLLECTION_LAST_SQL("4") " UNION ALL " COLLECTION_LAST_SQL("5") ")",

  /* The least number that no collection has. */
  [COLLECTION_FREE_ID] =
    "SELECT min(n) FROM (SELECT 1 AS n UNION ALL SELECT id + 1 FROM main.nango_collection)"
    " WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = n)",

  [COLLECTION_SET_ID] = "UPDATE main.nango_collection SET id = :new_id WHERE id = :id",

  [COLLECTION_INSERT] =
    "INSERT INTO main.nango_collection (connection, variant, model, sequence, numbers,"
    "  added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, bytes)"
    " VALUES (:connection, :variant, :model, 0, 0, 0, 0, 0, 0, 0, 0, 0)",

  [COLLECTION_UPDATE] =
    "UPDATE main.nango_collection SET sequence = :sequence, numbers = :numbers,"
    "  added = :added, updated = :updated, deleted = :deleted,"
    "  pruned_added = :pruned_added, pruned_updated = :pruned_updated, pruned_deleted = :pruned_deleted,"
    "  bytes = :bytes, window_opened_at = :window_opened_at, window_live = :window_live"
    " WHERE id = :id",

  /* By itself: naming the column writes its index, changed or not. */
  [COLLECTION_UPDATE_AGE] =
    "UPDATE main.nango_collection SET oldest_payload_at = :oldest_payload_at WHERE id = :id",

  /* ---- identities: from ids to numbers ---- */

  [IDENTITY_FIND] = "SELECT number FROM main.nango_identity WHERE collection = :collection AND id = :id",

  /* The identity with an id and those behind it. */
  [IDENTITIES_AT] =
    "SELECT id, number FROM main.nango_identity WHERE collection = :collection AND id >= :id ORDER BY id",

  /* Those of LOOKUP_GROUP ids; the cursor stays open from one to the next. */
  [IDENTITIES_OF_GROUP] =
    "WITH wanted (id) AS (VALUES " SQL_16("(?)") ")"
    " SELECT i.id, i.number FROM wanted CROSS JOIN main.nango_identity AS i"
    " WHERE i.collection = ? AND i.id = wanted.id",

  [IDENTITY_INSERT] =
    "INSERT INTO main.nango_identity (collection, id, number) VALUES (:collection, :id, :number)",

  /* The same for IDENTITY_GROUP of them. OR FAIL: what fails takes the call back, so SQLite need not keep a journal of
  ** each statement. */
  [IDENTITY_INSERT_GROUP] =
    "INSERT OR FAIL INTO main.nango_identity (collection, id, number) VALUES " SQL_16("(?, ?, ?)"),

  /* ---- entries: what is known of records without reading them ---- */

  [ENTRY_GET] = "SELECT entries FROM main.nango_entry WHERE key = :key",
  [ENTRY_PUT] = "INSERT OR REPLACE INTO main.nango_entry (key, entries) VALUES (:key, :entries)",

  [ALTERNATE_GET] = "SELECT alternates FROM main.nango_alternate WHERE key = :key",
  [ALTERNATE_PUT] = "INSERT OR REPLACE INTO main.nango_alternate (key, alternates) VALUES (:key, "
    ":alternates)",

  /* ---- records ---- */

  [RECORD_GET] =
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload, deleted_at, writer"
    " FROM main.nango_record WHERE key = :key",

  [RECORD_INSERT] =
    "INSERT INTO main.nango_record (key, id, number, last_modified_at, writer, payload)"
    " VALUES (:key, :id, :number, :last_modified_at, :writer, :payload)",

  /* The same for RECORD_GROUP of them. OR FAIL as above. */
  [RECORD_INSERT_GROUP] =
    "INSERT OR FAIL INTO main.nango_record (key, id, number, last_modified_at, writer, payload)"
    " VALUES " SQL_16("(?, ?, ?, ?, ?, ?)"),

  /* A new payload for a live record. */
  [RECORD_CHANGE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, "
    "payload = :payload,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at), pruned_at = NULL"
    " WHERE key = :key AND number = :number",

  /* A deleted record is added again. */
  [RECORD_REVIVE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, "
    "payload = :payload,"
    "  first_seen_at = NULL, pruned_at = NULL, deleted_at = NULL"
    " WHERE key = :key AND number = :number",

  /* The payload stays, and so does its having been pruned. */
  [RECORD_DELETE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at)"
    " WHERE key = :key AND number = :number",

  /* The given payload becomes the last one. */
  [RECORD_DELETE_WITH] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, writer = :writer, "
    "payload = :payload,"
    "  first_seen_at = coalesce(first_seen_at, last_modified_at), pruned_at = NULL, deleted_at = NULL"
    " WHERE key = :key AND number = :number",

  [RECORD_SET_DELETED_AT] = "UPDATE main.nango_record SET deleted_at = :deleted_at WHERE key = :key",

  /* Another text for the same value: a pruned payload comes back, or the id's type changed. */
  [RECORD_RESTORE] =
    "UPDATE main.nango_record SET key = :new_key, payload = :payload, pruned_at = NULL"
    " WHERE key = :key AND number = :number",

  [RECORD_PRUNE] =
    "UPDATE main.nango_record SET key = :new_key, payload = :stub, pruned_at = :pruned_at"
    " WHERE key = :key AND number = :number",

  [RECORD_FIRST] =
    "SELECT key, last_modified_at, id FROM main.nango_record WHERE key >= :from AND key < :to"
    " ORDER BY key LIMIT 1",

  [RECORD_LAST] = "SELECT max(key) FROM main.nango_record WHERE key >= :from AND key < :to",

#define FEED_STATE_SQL(columns)                                                                 \
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload" columns       \
    " FROM main.nango_record WHERE key >= :from AND key < :to ORDER BY key"
  [FEED_STATE] = FEED_STATE_SQL(""),
  [FEED_STATE + 1] = FEED_STATE_SQL(""),
  [FEED_STATE + 2] = FEED_STATE_SQL(", deleted_at"),
  [FEED_STATE + 3] = FEED_STATE_SQL(""),
  [FEED_STATE + 4] = FEED_STATE_SQL(""),
  [FEED_STATE + 5] = FEED_STATE_SQL(", deleted_at"),

  /* ---- delete windows ---- */

  [SEEN_GET] = "SELECT bits FROM main.nango_seen WHERE collection = :collection AND chunk = :chunk",

  [SEEN_PUT] =
    "INSERT OR REPLACE INTO main.nango_seen (collection, chunk, bits) VALUES (:collection, :chunk, :bits)",

  [SEEN_CLEAR] = "DELETE FROM main.nango_seen WHERE collection = :collection",

  /* ---- syncs ---- */

#define SYNC_LIST_COLUMNS                                                                           \
    "SELECT id, provider_config_key, name, frequency, start_at, manual_start, max_delete_percent," \
    "  max_retries, retry_after_s, local_time FROM main.nango_sync"
  [SYNC_LIST] = SYNC_LIST_COLUMNS " ORDER BY provider_config_key, name",

  [SYNC_OF_INTEGRATION_LIST] =
    SYNC_LIST_COLUMNS " WHERE provider_config_key = :provider_config_key ORDER BY name",

  [SYNC_FIND] =
    "SELECT id, interval, start_at, manual_start, max_delete_percent, local_time FROM main.nango_sync"
    " WHERE provider_config_key = :provider_config_key AND name = :name",

  [SYNC_GET] =
    "SELECT id, interval, start_at, manual_start, max_delete_percent, local_time FROM main.nango_sync"
    " WHERE id = :id",

  [SYNC_INSERT] =
    "INSERT INTO main.nango_sync (frequency, interval, start_at, manual_start, max_delete_percent,"
    "  max_retries, retry_after_s, local_time, provider_config_key, name)"
    " VALUES (:frequency, :interval, :start_at, :manual_start, :max_delete_percent,"
    "  :max_retries, :retry_after_s, :local_time, :provider_config_key, :name)",

  [SYNC_UPDATE] =
    "UPDATE main.nango_sync SET frequency = :frequency, interval = :interval, start_at = :start_at,"
    "  manual_start = :manual_start, max_delete_percent = :max_delete_percent,"
    "  max_retries = :max_retries, retry_after_s = :retry_after_s, local_time = :local_time"
    " WHERE provider_config_key = :provider_config_key AND name = :name",

  [SYNC_RENAME] = "UPDATE main.nango_sync SET name = :name WHERE id = :id",

  [SYNC_DELETE] = "DELETE FROM main.nango_sync WHERE id = :id",

  [SYNC_MODELS_DELETE] = "DELETE FROM main.nango_sync_model WHERE sync = :sync",

  [SYNC_OF_INTEGRATION] =
    "SELECT id FROM main.nango_sync WHERE provider_config_key = :provider_config_key ORDER BY id",

  [SYNC_MODELS_LEAVE] = "UPDATE main.nango_sync_model SET position = NULL WHERE sync = :sync",

  /* The sync that a model belongs to, or belonged to when it left its definition. */
  [SYNC_MODEL_OWNER] =
    "SELECT m.sync, m.position IS NOT NULL, s.name FROM main.nango_sync_model AS m"
    "  JOIN main.nango_sync AS s ON s.id = m.sync"
    " WHERE m.provider_config_key = :provider_config_key AND m.model = :model",

  [SYNC_MODEL_PUT] =
    "INSERT OR REPLACE INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " VALUES (:provider_config_key, :model, :sync, :position)",

  [SYNC_MODEL_FIND] =
    "SELECT 1 FROM main.nango_sync_model WHERE sync = :sync AND model = :model AND position IS NOT NULL",

  [SYNC_MODELS] =
    "SELECT model FROM main.nango_sync_model WHERE sync = :sync AND position IS NOT NULL ORDER BY position",

  /* The collections of a model whose delete windows are open. */
  [COLLECTION_WITH_WINDOW] =
    "SELECT k.id FROM main.nango_connection AS c JOIN main.nango_collection AS k ON k.connection = c.id"
    " WHERE c.provider_config_key = :provider_config_key AND k.model = :model"
    "  AND k.window_opened_at IS NOT NULL",

  /* ---- instances and their runs ---- */

  [INSTANCE_FIND] =
    "SELECT id FROM main.nango_instance WHERE connection = :connection AND sync = :sync AND variant "
    "= :variant",

  [INSTANCE_GET] =
    "SELECT i.id, i.connection, i.sync, i.created_at, s.start_at, coalesce(i.interval, s.interval), i.interval,"
    "  s.local_time, s.max_retries, s.retry_after_s,"
    "  i.is_paused, i.slot_at, i.asked, i.asked_at, i.again_at, i.runs_again, i.may_repeat, i.retries, i.expired,"
    "  i.allows_deletes, i.run, i.lease_until, i.run_allows_deletes, i.started_at, i.finished_at, i.latest,"
    "  i.is_initial, i.has_succeeded,"
    "  i.wake_at, i.token, coalesce(i.progress_done, -1), i.progress_total, i.latest_run, i.succeeded_run,"
    "  i.error_at"
    " FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync WHERE i.id = :id",

  [INSTANCE_NAMES] =
    "SELECT s.provider_config_key, c.connection_id, s.name, i.variant, coalesce(i.frequency, s.frequency),"
    "  i.checkpoint, i.checkpoint_before, i.error_type, i.error_description"
    " FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync"
    "  JOIN main.nango_connection AS c ON c.id = i.connection"
    " WHERE i.id = :id",

  [INSTANCE_INSERT] =
    "INSERT INTO main.nango_instance (connection, sync, variant, created_at, idle_since, is_paused, "
    "slot_at, wake_at,"
    "  asked, runs_again, may_repeat, retries, expired, allows_deletes, run_allows_deletes,"
    "  latest, is_initial, has_succeeded, latest_run, succeeded_run)"
    " VALUES (:connection, :sync, :variant, :created_at, :created_at, :is_paused, :slot_at, :wake_at,"
    "  0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)",

  [INSTANCE_SAVE] =
    "UPDATE main.nango_instance SET is_paused = :is_paused, slot_at = :slot_at, asked = :asked, "
    "asked_at = :asked_at,"
    "  again_at = :again_at, runs_again = :runs_again, may_repeat = :may_repeat, retries = :retries,"
    "  expired = :expired, allows_deletes = :allows_deletes, run = :run, lease_until = :lease_until,"
    "  run_allows_deletes = :run_allows_deletes, started_at = :started_at, finished_at = :finished_at,"
    "  latest = :latest, is_initial = :is_initial, has_succeeded = :has_succeeded,"
    "  token = :token,"
    "  latest_run = :latest_run, succeeded_run = :succeeded_run"
    " WHERE id = :id",

  /* Apart, because setting a column writes its index, even where the value stays. */
  [INSTANCE_SET_WAKE] =
    "UPDATE main.nango_instance SET wake_at = :wake_at WHERE id = :id AND wake_at IS NOT :wake_at",

  [INSTANCE_SET_ERROR] =
    "UPDATE main.nango_instance SET error_type = :error_type, error_description = :error_description,"
    "  error_at = :error_at WHERE id = :id",

  [INSTANCE_SET_PROGRESS] =
    "UPDATE main.nango_instance SET progress_done = :done, progress_total = :total WHERE id = :id",

  [INSTANCE_CLEAR_PROGRESS] =
    "UPDATE main.nango_instance SET progress_done = NULL, progress_total = NULL"
    " WHERE id = :id AND progress_done IS NOT NULL",

  [INSTANCE_DELETE] = "DELETE FROM main.nango_instance WHERE id = :id",

  [INSTANCE_OF_CONNECTION] =
    "SELECT id FROM main.nango_instance WHERE connection = :connection ORDER BY sync, variant <> "
    "'base', variant",

  [INSTANCE_OF_SYNC] =
    "SELECT i.id FROM main.nango_connection AS c"
    "  JOIN main.nango_instance AS i ON i.connection = c.id AND i.sync = :sync"
    " WHERE c.provider_config_key = :provider_config_key ORDER BY i.id",

  [INSTANCE_COUNT_VARIANTS] =
    "SELECT variants FROM main.nango_instance"
    " WHERE connection = :connection AND sync = :sync AND variant = 'base'",

  /* At the base beside a variant; none where the instance is a base itself. */
  [INSTANCE_ADD_VARIANTS] =
    "UPDATE main.nango_instance SET variants = variants + :more WHERE variant = 'base' AND (connection, sync) ="
    " (SELECT connection, sync FROM main.nango_instance WHERE id = :id AND variant <> 'base')",

  [INSTANCE_IN_PROGRESS] = "SELECT id FROM main.nango_instance WHERE run IS NOT NULL ORDER BY id",

  [INSTANCE_ALL] = "SELECT id FROM main.nango_instance ORDER BY id",

  /* Of the instances that have not run, nor changed as far as is known, for the time that retention gives them
  ** and for two of their intervals: the one that has rested the longest. */
  [INSTANCE_IDLE] =
    "SELECT i.id, i.idle_since FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync"
    " WHERE i.idle_since <= :until AND i.idle_since <= :now - 2 * coalesce(i.interval, s.interval)"
    "  AND (i.run IS NULL OR i.lease_until <= :now)"
    " ORDER BY i.idle_since LIMIT 1",

  [INSTANCE_SET_FREQUENCY] =
    "UPDATE main.nango_instance SET frequency = :frequency, interval = :interval WHERE id = :id",

  [INSTANCE_SET_CHECKPOINT] =
    "UPDATE main.nango_instance SET checkpoint = :checkpoint WHERE id = :id",

  [INSTANCE_BEGIN_CHECKPOINT] =
    "UPDATE main.nango_instance SET checkpoint_before = checkpoint"
    " WHERE id = :id AND checkpoint_before IS NOT checkpoint",

  [INSTANCE_SET_IDLE] = "UPDATE main.nango_instance SET idle_since = :idle_since WHERE id = :id",

  /* Within a day it is right enough, and an index less is written for each run. */
  [INSTANCE_STIR] =
    "UPDATE main.nango_instance SET idle_since = :now"
    " WHERE id = :id AND (idle_since IS NULL OR idle_since NOT BETWEEN :now - 86400000000 AND :now)",

  /* No row: the run is not the instance's any more. */
  [INSTANCE_LEASE] = "SELECT lease_until FROM main.nango_instance WHERE id = :id AND run = :run",

  /* Changes no row where the run is not the instance's any more, or its lease has ended. */
  [INSTANCE_EXTEND_LEASE] =
    "UPDATE main.nango_instance SET lease_until = :lease_until WHERE id = :id AND run = :run AND "
    "lease_until > :now",

  /* The collections that an instance fills, and those that it filled before their models left the
  ** definition. */
  [INSTANCE_COLLECTIONS] =
    "SELECT k.id FROM main.nango_instance AS i JOIN main.nango_sync_model AS m ON m.sync = i.sync"
    " JOIN main.nango_collection AS k ON k.connection = i.connection AND k.variant = i.variant"
    "  AND k.model = m.model"
    " WHERE i.id = :id ORDER BY k.id",

  /* What the scheduler must look at, from a place in the order of time on. */
  [INSTANCE_WAKE_NEXT] =
    "SELECT i.id, i.wake_at, i.run, i.lease_until, i.token, s.provider_config_key, s.name"
    " FROM main.nango_instance AS i JOIN main.nango_sync AS s ON s.id = i.sync"
    " WHERE i.wake_at >= :from AND i.wake_at <= :until AND (i.wake_at > :from OR i.id > :after_id)"
    " ORDER BY i.wake_at, i.id",

  /* Seconds that local time is ahead of UTC, by the C library. */
  [LOCAL_OFFSET] = "SELECT strftime('%s', :second, 'unixepoch', 'localtime') - :second",

  /* ---- results: what runs have changed; of the models of the definition ---- */

  [RESULT_CLEAR] = "DELETE FROM main.nango_result WHERE instance = :instance",

  /* Those whose models another sync has taken over. */
  [RESULT_CLEAR_STRAYS] =
    "DELETE FROM main.nango_result WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i JOIN "
    "main.nango_sync_model AS m"
    "  ON m.sync = i.sync AND m.model = nango_result.model WHERE i.id = nango_result.instance)",

  /* Counts of an earlier run begin anew, and so does changed_after where a run has succeeded since. */
  [RESULT_ADD] =
    "UPDATE main.nango_result SET added = :added + CASE WHEN run = :run THEN added ELSE 0 END,"
    "  updated = :updated + CASE WHEN run = :run THEN updated ELSE 0 END,"
    "  deleted = :deleted + CASE WHEN run = :run THEN deleted ELSE 0 END,"
    "  changed_after = CASE WHEN run > :succeeded_run THEN changed_after ELSE :changed_after END, run = :run"
    " WHERE instance = :instance AND model = :model",

  [RESULT_INSERT] =
    "INSERT INTO main.nango_result (added, updated, deleted, run, changed_after, instance, model)"
    " VALUES (:added, :updated, :deleted, :run, :changed_after, :instance, :model)",

  [RESULT_LIST] =
    "SELECT m.model, CASE WHEN r.run = :run THEN r.added ELSE 0 END,"
    "  CASE WHEN r.run = :run THEN r.updated ELSE 0 END, CASE WHEN r.run = :run THEN r.deleted ELSE 0 END,"
    "  CASE WHEN r.run > :succeeded_run THEN r.changed_after ELSE 0 END"
    " FROM main.nango_sync_model AS m LEFT JOIN main.nango_result AS r ON r.instance = :instance "
    "AND r.model = m.model"
    " WHERE m.sync = :sync AND m.position IS NOT NULL ORDER BY m.position",

  /* ---- the runs that ended last ---- */

  [RUN_INSERT] =
    "INSERT INTO main.nango_run (instance, number, started_at, finished_at, result, is_initial, error_type,"
    "  error_description, results, checkpoint_from, checkpoint_to)"
    " VALUES (:instance, :number, :started_at, :finished_at, :result, :is_initial, :error_type,"
    "  :error_description, :results, :checkpoint_from, :checkpoint_to)",

  [RUN_TRIM] =
    "DELETE FROM main.nango_run WHERE instance = :instance AND number <= (SELECT number FROM main.nango_run"
    " WHERE instance = :instance ORDER BY number DESC LIMIT 1 OFFSET :keep)",

  [RUN_LIST] =
    "SELECT number, started_at, finished_at, result, is_initial, error_type, error_description, results,"
    "  checkpoint_from, checkpoint_to"
    " FROM main.nango_run WHERE instance = :instance ORDER BY number DESC LIMIT :limit",

  [RUN_CLEAR] = "DELETE FROM main.nango_run WHERE instance = :instance",

  /* ---- numbers and the clock of the schedule ---- */

  [STORE_NEXT_RUN] = "UPDATE main.nango_store SET last_run = last_run + :step",
  [STORE_RUN] = "SELECT last_run FROM main.nango_store",
  [STORE_CLOCK] = "SELECT clock FROM main.nango_store",
  [STORE_SET_CLOCK] = "UPDATE main.nango_store SET clock = :clock",
  [STORE_KEEP_CLOCK] = "UPDATE main.nango_store SET clock = :clock WHERE clock < :clock - :tolerance",

  /* ---- removing for good ---- */

  [COLLECTION_OF_CONNECTION] = "SELECT id FROM main.nango_collection WHERE connection = :connection "
    "ORDER BY id",
  [COLLECTION_REMOVE] = "DELETE FROM main.nango_collection WHERE id = :id",
  [COLLECTION_TAKE_AWAY] =
    "UPDATE main.nango_collection SET connection = NULL, is_removed = 1, oldest_payload_at = NULL "
    "WHERE id = :id",

  /* One whose rows are still to be freed, by the index on connections. */
  [COLLECTION_TAKEN_AWAY] = "SELECT id FROM main.nango_collection WHERE connection IS NULL LIMIT 1",

  /* The last :limit rows of a collection in each table. What was written last lies at the end of the file, most
  ** often, and is given back from there. */
  [RECORDS_FREE] =
    "DELETE FROM main.nango_record WHERE key IN (SELECT key FROM main.nango_record"
    "  WHERE key >= :collection << 41 AND key < :collection + 1 << 41 ORDER BY key DESC LIMIT :limit)",

  [IDENTITIES_FREE] =
    "DELETE FROM main.nango_identity WHERE collection = :collection AND id IN (SELECT id FROM "
    "main.nango_identity"
    "  WHERE collection = :collection ORDER BY id DESC LIMIT :limit)",

  [ENTRIES_FREE] =
    "DELETE FROM main.nango_entry WHERE key IN (SELECT key FROM main.nango_entry"
    "  WHERE key >= :collection << 32 AND key < :collection + 1 << 32 ORDER BY key DESC LIMIT :limit)",

  [ALTERNATES_FREE] =
    "DELETE FROM main.nango_alternate WHERE key IN (SELECT key FROM main.nango_alternate"
    "  WHERE key >= :collection << 32 AND key < :collection + 1 << 32 ORDER BY key DESC LIMIT :limit)",

  [SEEN_FREE] =
    "DELETE FROM main.nango_seen WHERE collection = :collection AND chunk IN (SELECT chunk FROM "
    "main.nango_seen"
    "  WHERE collection = :collection ORDER BY chunk DESC LIMIT :limit)",

  [CONNECTION_DELETE] = "DELETE FROM main.nango_connection WHERE id = :id",

  /* ---- invariants: each selects a sentence for every place where it is broken (api/check.c lists them) ---- */

#define CHECK_RECORD_PLACE "'collection ' || (r.key >> 41) || ', id ''' || r.id || ''': "
#define CHECK_IDENTITY_PLACE "'collection ' || i.collection || ', id ''' || i.id || ''': "

  /* A connection's own functions of these names would hide SQLite's: then 1. */
  [CHECK_FUNCTIONS] =
    "SELECT typeof(NULL) IS NOT 'null' OR typeof(1) IS NOT 'integer' OR typeof(0.5) IS NOT 'real'"
    " OR typeof('') IS NOT 'text' OR typeof(x'') IS NOT 'blob'"
    " OR length(NULL) IS NOT NULL OR length('a\xc3\xb6') IS NOT 2 OR length(x'010203') IS NOT 3",
  [CHECK_INTEGRITY] = "PRAGMA main.integrity_check(1)",

  [CHECK_STORE] =
    "SELECT 'nango_store has ' || n || ' rows, not 1' FROM (SELECT count(*) AS n FROM main.nango_store)"
    " WHERE n <> 1",

#define CHECK_TYPE(table, place, column, type) \
    "SELECT '" table ", ' || " place " || ': " column " is no " type "'" \
    " FROM main." table " WHERE typeof(" column ") <> '" type "'"
#define CHECK_INTEGER(table, place, column) CHECK_TYPE(table, place, column, "integer")
#define CHECK_INTEGER_OR_NULL(table, place, column) \
    CHECK_TYPE(table, place, column, "integer") " AND " column " IS NOT NULL"
  [CHECK_TYPES] =
    CHECK_TYPE("nango_store", "'its row'", "as_nango", "integer") " OR as_nango NOT IN (0, 1) UNION ALL "
    CHECK_INTEGER("nango_store", "'its row'", "last_stamp") " UNION ALL "
    CHECK_INTEGER("nango_store", "'its row'", "key0") " UNION ALL "
    CHECK_INTEGER("nango_store", "'its row'", "key1") " UNION ALL "
    CHECK_TYPE("nango_connection", "id", "provider_config_key", "text") " UNION ALL "
    CHECK_TYPE("nango_connection", "id", "connection_id", "text") " UNION ALL "
    CHECK_TYPE("nango_connection", "id", "metadata", "text") " AND metadata IS NOT NULL UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "created_at") " UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "updated_at") " UNION ALL "
    CHECK_TYPE("nango_collection", "id", "model", "text") " UNION ALL "
    CHECK_TYPE("nango_collection", "id", "variant", "text") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "sequence") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "numbers") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "bytes") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_collection", "id", "oldest_payload_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_collection", "id", "window_opened_at") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "window_live") " UNION ALL "
    CHECK_INTEGER("nango_collection", "id", "is_removed") " UNION ALL "
    CHECK_TYPE("nango_record", "key", "id", "text") " UNION ALL "
    CHECK_TYPE("nango_record", "key", "payload", "text") " UNION ALL "
    CHECK_INTEGER("nango_record", "key", "number") " UNION ALL "
    CHECK_INTEGER("nango_record", "key", "last_modified_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_record", "key", "first_seen_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_record", "key", "pruned_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_record", "key", "deleted_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_record", "key", "writer") " UNION ALL "
    CHECK_TYPE("nango_identity", "collection", "id", "text"),

  [CHECK_TRIGGER] =
    "SELECT 'trigger ' || name || ': it stands on ' || tbl_name FROM main.sqlite_master"
    " WHERE type = 'trigger' AND tbl_name LIKE 'nango!_%' ESCAPE '!' ORDER BY name",

  [CHECK_COLLECTION_OWNER] =
    "SELECT 'collection ' || c.id || CASE WHEN c.is_removed NOT IN (0, 1) THEN ': is_removed is neither 0 nor 1'"
    "   WHEN c.is_removed AND c.connection IS NOT NULL THEN ': it was taken away, and has a connection'"
    "   WHEN n.id IS NULL AND NOT c.is_removed"
    "    THEN ': there is no connection ' || coalesce(c.connection, 'null')"
    "   ELSE ': its number does not fit into a key' END"
    " FROM main.nango_collection AS c LEFT JOIN main.nango_connection AS n ON n.id = c.connection"
    " WHERE CASE WHEN c.is_removed THEN c.connection IS NOT NULL ELSE n.id IS NULL END"
    "  OR c.id NOT BETWEEN 1 AND 4194303 OR c.is_removed NOT IN (0, 1) ORDER BY c.id",

  [CHECK_COLLECTION_RANGE] =
    "SELECT 'collection ' || id || ': ' || CASE WHEN sequence NOT BETWEEN 0 AND 274877906943"
    "   THEN 'its sequence does not fit into a key' WHEN numbers NOT BETWEEN 0 AND sequence"
    "   THEN 'more numbers were given than changes made' ELSE 'a number of its window or its bytes cannot be' END"
    " FROM main.nango_collection WHERE sequence NOT BETWEEN 0 AND 274877906943 OR numbers NOT "
    "BETWEEN 0 AND sequence"
    "  OR window_live NOT BETWEEN 0 AND numbers OR bytes < 0"
    "  OR window_opened_at NOT BETWEEN 1 AND 253402300799999999 ORDER BY id",

  [CHECK_RECORD_KEY] =
    "SELECT " CHECK_RECORD_PLACE "its key has ' ||"
    "  CASE WHEN c.id IS NULL THEN 'a collection that is not there'"
    "   WHEN (r.key >> 38 & 7) > 5 THEN 'a state that there is not' ELSE 'a sequence that was never issued' END"
    " FROM main.nango_record AS r LEFT JOIN main.nango_collection AS c ON c.id = r.key >> 41"
    " WHERE c.id IS NULL OR (r.key >> 38 & 7) > 5 OR (r.key & 274877906943) NOT BETWEEN 1 AND c.sequence"
    " ORDER BY r.key",

  [CHECK_IDENTITY_NUMBER] =
    "SELECT " CHECK_IDENTITY_PLACE "its number was never issued'"
    " FROM main.nango_identity AS i LEFT JOIN main.nango_collection AS c ON c.id = i.collection"
    " WHERE c.id IS NULL OR typeof(i.number) <> 'integer' OR i.number NOT BETWEEN 1 AND c.numbers"
    " ORDER BY i.collection, i.id",

#define CHECK_GROUP_PLACE "'collection ' || (e.key >> 32) || ', records from number ' || ((e.key & 4294967295) * 128 + 1) || ': '"
  [CHECK_ENTRY_ROW] =
    "SELECT " CHECK_GROUP_PLACE " || CASE WHEN c.id IS NULL THEN 'entries, but the collection is not there'"
    "   ELSE 'the row of their entries has not the length for these numbers' END"
    " FROM main.nango_entry AS e LEFT JOIN main.nango_collection AS c ON c.id = e.key >> 32"
    " WHERE c.id IS NULL OR (NOT c.is_removed AND (typeof(e.entries) <> 'blob'"
    "  OR length(e.entries) <> 28 * min(128, c.numbers - 128 * (e.key & 4294967295)))) ORDER BY e.key",

  [CHECK_ENTRY_ROWS] =
    "SELECT 'collection ' || id || ': some records have no entry' FROM main.nango_collection AS c"
    " WHERE NOT is_removed AND (numbers + 127) / 128 <> (SELECT count(*) FROM main.nango_entry"
    "  WHERE key >= c.id << 32 AND key < (c.id + 1) << 32) ORDER BY id",

  [CHECK_ALTERNATE_ROW] =
    "SELECT " CHECK_GROUP_PLACE " || CASE WHEN c.id IS NULL THEN 'alternates, but the collection is not there'"
    "   ELSE 'the row of their alternates has a length that cannot be' END"
    " FROM main.nango_alternate AS e LEFT JOIN main.nango_collection AS c ON c.id = e.key >> 32"
    " WHERE c.id IS NULL OR (NOT c.is_removed AND (typeof(e.alternates) <> 'blob' OR length(e.alternates) % 20 <> 0"
    "  OR length(e.alternates) > 20 * min(128, c.numbers - 128 * (e.key & 4294967295)))) ORDER BY e.key",

#define CHECK_COUNT(name, state)                                                                              \
    "SELECT id, '" name "' AS name, " name " AS counter, (SELECT count(*) FROM " \
    "main.nango_record" \
    "  WHERE key >= (c.id << 3 | " state ") << 38 AND key < (c.id << 3 | " state ") + 1 << 38) AS records"     \
    " FROM main.nango_collection AS c WHERE NOT is_removed"
  [CHECK_COUNTS] =
    "SELECT 'collection ' || id || ': ' || name || ' is ' || counter || ', and there are ' || records FROM ("
    CHECK_COUNT("added", "0") " UNION ALL " CHECK_COUNT("updated", "1") " UNION ALL "
    CHECK_COUNT("deleted", "2") " UNION ALL " CHECK_COUNT("pruned_added", "3") " UNION ALL "
    CHECK_COUNT("pruned_updated", "4") " UNION ALL " CHECK_COUNT("pruned_deleted", "5")
    ") WHERE typeof(counter) <> 'integer' OR counter <> records",

  [CHECK_OLDEST_PAYLOAD] =
    "SELECT 'collection ' || id || ': oldest_payload_at is ' || coalesce(oldest_payload_at, 'null')"
    "  || ', and the oldest is ' || coalesce(oldest, 'null')"
    " FROM (SELECT id, oldest_payload_at, (SELECT min(last_modified_at) FROM main.nango_record"
    "   WHERE key >= c.id << 41 AND key < (c.id << 3 | 3) << 38) AS oldest"
    "  FROM main.nango_collection AS c WHERE NOT is_removed)"
    " WHERE (oldest IS NULL) <> (oldest_payload_at IS NULL) OR oldest_payload_at > oldest ORDER BY id",

  [CHECK_STAMP] =
    "SELECT " CHECK_RECORD_PLACE "its stamp was never issued'"
    " FROM main.nango_record AS r WHERE last_modified_at NOT BETWEEN 1 AND (SELECT last_stamp FROM "
    "main.nango_store)"
    " ORDER BY key",

  [CHECK_STAMP_UNIQUE] =
    "SELECT 'the stamp ' || last_modified_at || ' is there twice'"
    " FROM main.nango_record GROUP BY last_modified_at HAVING count(*) > 1",

  [CHECK_FIRST_SEEN] =
    "SELECT " CHECK_RECORD_PLACE "first_seen_at is after the stamp, or no time'"
    " FROM main.nango_record AS r WHERE first_seen_at NOT BETWEEN 1 AND last_modified_at ORDER BY key",

  [CHECK_PRUNED] =
    "SELECT " CHECK_RECORD_PLACE "pruned_at and the state disagree'"
    " FROM main.nango_record AS r WHERE (pruned_at IS NULL) <> ((key >> 38 & 7) < 3)"
    "  OR pruned_at NOT BETWEEN 1 AND 253402300799999999 ORDER BY key",

  [CHECK_DELETED] =
    "SELECT " CHECK_RECORD_PLACE "deleted_at is no time, or the record cannot have one'"
    " FROM main.nango_record AS r WHERE deleted_at IS NOT NULL AND ((r.key >> 38 & 7) % 3 <> 2"
    "  OR deleted_at NOT BETWEEN 1 AND 253402300799999999 OR (SELECT as_nango FROM main.nango_store) = 0)"
    " ORDER BY key",

  [CHECK_SEEN_WINDOW] =
    "SELECT 'collection ' || s.collection || ', chunk ' || s.chunk || ': ' ||"
    "  CASE WHEN c.id IS NULL THEN 'seen, but the collection is not there'"
    "   WHEN window_opened_at IS NULL THEN 'seen, but no window is open'"
    "   WHEN typeof(bits) <> 'blob' OR length(bits) <> 512 THEN 'the chunk has not 512 bytes'"
    "   ELSE 'such numbers were never issued' END"
    " FROM main.nango_seen AS s LEFT JOIN main.nango_collection AS c ON c.id = s.collection"
    " WHERE window_opened_at IS NULL OR typeof(bits) <> 'blob' OR length(bits) <> 512"
    "  OR typeof(chunk) <> 'integer' OR chunk NOT BETWEEN 0 AND numbers / 4096"
    " ORDER BY s.collection, s.chunk",

  [CHECK_SYNC_TYPES] =
    CHECK_INTEGER("nango_store", "'its row'", "last_run") " UNION ALL "
    CHECK_INTEGER("nango_store", "'its row'", "clock") " UNION ALL "
    CHECK_TYPE("nango_sync", "id", "provider_config_key", "text") " UNION ALL "
    CHECK_TYPE("nango_sync", "id", "name", "text") " UNION ALL "
    CHECK_TYPE("nango_sync", "id", "frequency", "text") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "interval") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_sync", "id", "start_at") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "manual_start") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "max_retries") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "retry_after_s") " UNION ALL "
    CHECK_INTEGER("nango_sync", "id", "local_time") " UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "created_at") " UNION ALL "
    CHECK_INTEGER("nango_connection", "id", "updated_at") " UNION ALL "
    CHECK_TYPE("nango_environment", "name", "value", "text"),

  [CHECK_INSTANCE_TYPES] =
    CHECK_TYPE("nango_sync_model", "sync", "model", "text") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_sync_model", "sync", "position") " UNION ALL "
    CHECK_TYPE("nango_instance", "id", "variant", "text") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "created_at") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "slot_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "asked_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "again_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "run") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "lease_until") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "token") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "wake_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "started_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "finished_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "progress_done") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "progress_total") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "error_at") " UNION ALL "
    CHECK_INTEGER_OR_NULL("nango_instance", "id", "idle_since") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "latest_run") " UNION ALL "
    CHECK_INTEGER("nango_instance", "id", "succeeded_run") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "run") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "added") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "updated") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "deleted") " UNION ALL "
    CHECK_INTEGER("nango_result", "instance", "changed_after") " UNION ALL "
    CHECK_INTEGER("nango_run", "instance", "number") " UNION ALL "
    CHECK_INTEGER("nango_run", "instance", "started_at") " UNION ALL "
    CHECK_INTEGER("nango_run", "instance", "finished_at") " UNION ALL "
    CHECK_TYPE("nango_run", "instance", "results", "text"),

  [CHECK_WRITER] =
    "SELECT " CHECK_RECORD_PLACE "its writer is a run that never was'"
    " FROM main.nango_record AS r WHERE writer NOT BETWEEN 1 AND (SELECT last_run FROM "
    "main.nango_store) ORDER BY key",

  [CHECK_SYNC_MODELS] =
    "SELECT 'sync ' || s.id || ': it has no model' FROM main.nango_sync AS s"
    " WHERE NOT EXISTS (SELECT 1 FROM main.nango_sync_model AS m WHERE m.sync = s.id AND m.position "
    "IS NOT NULL)"
    " UNION ALL SELECT 'sync ' || m.sync || ', model ' || m.model || ': there is no such sync'"
    " FROM main.nango_sync_model AS m WHERE NOT EXISTS (SELECT 1 FROM main.nango_sync AS s"
    "  WHERE s.id = m.sync AND s.provider_config_key = m.provider_config_key)",

  [CHECK_INSTANCE_OWNER] =
    "SELECT 'instance ' || i.id || ': ' ||"
    "  CASE WHEN c.id IS NULL THEN 'there is no connection ' || i.connection"
    "   WHEN s.id IS NULL THEN 'there is no sync ' || i.sync"
    "   ELSE 'its connection and its sync are of two integrations' END"
    " FROM main.nango_instance AS i LEFT JOIN main.nango_connection AS c ON c.id = i.connection"
    "  LEFT JOIN main.nango_sync AS s ON s.id = i.sync"
    " WHERE c.id IS NULL OR s.id IS NULL OR c.provider_config_key <> s.provider_config_key ORDER BY i.id",

  [CHECK_INSTANCE_BASE] =
    "SELECT 'connection ' || c.id || ', sync ' || s.id || ': there is no base instance'"
    " FROM main.nango_sync AS s JOIN main.nango_connection AS c ON c.provider_config_key = "
    "s.provider_config_key"
    " WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i"
    "  WHERE i.connection = c.id AND i.sync = s.id AND i.variant = 'base')",

  [CHECK_INSTANCE_VARIANTS] =
    "SELECT 'instance ' || id || ': variants is ' || variants || ', and there are ' || there FROM ("
    "  SELECT id, variants, CASE variant WHEN 'base' THEN (SELECT count(*) FROM main.nango_instance AS v"
    "   WHERE v.connection = i.connection AND v.sync = i.sync AND v.variant <> 'base') ELSE 0 END AS there"
    "  FROM main.nango_instance AS i) WHERE typeof(variants) <> 'integer' OR variants <> there ORDER BY id",

  [CHECK_INSTANCE_RUN] =
    "SELECT 'instance ' || id || ': ' || CASE"
    "   WHEN latest_run NOT BETWEEN 0 AND (SELECT last_run FROM main.nango_store) THEN 'its latest "
    "run was never begun'"
    "   WHEN succeeded_run NOT BETWEEN 0 AND latest_run THEN 'the run that succeeded was never begun'"
    "   WHEN run IS NOT NULL AND run IS NOT latest_run THEN 'its run in progress is not the latest'"
    "   WHEN run IS NOT NULL AND started_at IS NULL THEN 'its run has no start'"
    "   WHEN (run IS NULL) <> (lease_until IS NULL) OR (run IS NULL) <> (token IS NULL)"
    "    THEN 'only a run in progress has a lease and a holder'"
    "   WHEN run IS NULL AND (progress_done IS NOT NULL OR progress_total IS NOT NULL)"
    "    THEN 'only a run in progress has progress'"
    "   ELSE 'its run is in progress elsewhere too' END"
    " FROM main.nango_instance AS i WHERE latest_run NOT BETWEEN 0 AND (SELECT last_run FROM "
    "main.nango_store)"
    "  OR succeeded_run NOT BETWEEN 0 AND latest_run"
    "  OR (run IS NULL) <> (lease_until IS NULL) OR (run IS NULL) <> (token IS NULL)"
    "  OR (run IS NULL AND (progress_done IS NOT NULL OR progress_total IS NOT NULL))"
    "  OR (run IS NOT NULL AND (started_at IS NULL OR run <> latest_run"
    "   OR run IN (SELECT run FROM main.nango_instance WHERE run IS NOT NULL GROUP BY run HAVING "
    "count(*) > 1)))"
    " ORDER BY id",

  /* As schedule_due_at() has it. */
#define CHECK_PLANNED_AT "coalesce(again_at, slot_at)"
#define CHECK_DUE_AT                                                                                         \
    "CASE WHEN is_paused THEN asked_at WHEN again_at IS NOT NULL AND asked <> 1 THEN again_at"              \
    " WHEN asked_at < " CHECK_PLANNED_AT " THEN asked_at ELSE " CHECK_PLANNED_AT " END"
  [CHECK_INSTANCE_WAKE] =
    "SELECT 'instance ' || id || ': wake_at is ' || coalesce(wake_at, 'null') || ', and should be '"
    "  || CASE WHEN run IS NULL THEN coalesce(" CHECK_DUE_AT ", 'null') ELSE 'not after the start of its run' END"
    " FROM main.nango_instance WHERE CASE WHEN run IS NULL THEN wake_at IS NOT (" CHECK_DUE_AT ")"
    "  ELSE wake_at IS NULL OR wake_at > started_at END"
    " ORDER BY id",

  [CHECK_INSTANCE_DUE] =
    "SELECT 'instance ' || id || ': asked is ' || asked || ', asked_at ' || coalesce(asked_at, 'null')"
    "  || ', runs_again ' || runs_again"
    " FROM main.nango_instance WHERE (asked = 0) <> (asked_at IS NULL) OR (run IS NOT NULL AND asked <> 0)"
    "  OR (run IS NULL AND runs_again <> 0) OR (allows_deletes AND asked <> 1 AND NOT runs_again)"
    "  OR (run_allows_deletes AND run IS NULL) ORDER BY id",

#define CHECK_TIME(column) column " NOT BETWEEN 1 AND 253402300799999999"
  [CHECK_INSTANCE_STATE] =
    "SELECT 'instance ' || id || ': its state is none that there is' FROM main.nango_instance"
    " WHERE is_paused NOT IN (0, 1) OR is_initial NOT IN (0, 1) OR has_succeeded NOT IN (0, 1)"
    "  OR runs_again NOT IN (0, 1) OR may_repeat NOT IN (0, 1) OR allows_deletes NOT IN (0, 1)"
    "  OR run_allows_deletes NOT IN (0, 1) OR asked NOT IN (0, 1, 2, 3)"
    "  OR typeof(retries) <> 'integer' OR retries NOT BETWEEN 0 AND 100"
    "  OR typeof(expired) <> 'integer' OR expired NOT BETWEEN 0 AND 4"
    "  OR latest NOT IN (0, 1, 2, 3) OR (latest = 0) <> (finished_at IS NULL)"
    "  OR (frequency IS NULL) <> (interval IS NULL)"
    "  OR (error_type IS NULL) <> (error_at IS NULL)"
    "  OR length(cast(error_type AS BLOB)) > 8192 OR length(cast(error_description AS BLOB)) > 8192"
    "  OR created_at NOT BETWEEN 0 AND 253402300799999999 OR slot_at < 1 OR asked_at < 1 OR again_at < 1"
    "  OR lease_until < 1 OR progress_done < 0 OR progress_total < 1"
    "  OR " CHECK_TIME("started_at") " OR " CHECK_TIME("finished_at") " OR " CHECK_TIME("error_at")
    "  OR idle_since NOT BETWEEN 0 AND 253402300799999999 ORDER BY id",

  [CHECK_SYNC_STATE] =
    "SELECT 'sync ' || id || ': a number is out of range' FROM main.nango_sync"
    " WHERE manual_start NOT IN (0, 1) OR local_time NOT IN (0, 1) OR max_retries NOT BETWEEN 0 AND 100"
    "  OR retry_after_s NOT BETWEEN 1 AND 31536000 OR typeof(max_delete_percent) <> 'integer'"
    "  OR max_delete_percent NOT BETWEEN 0 AND 100 OR " CHECK_TIME("start_at") " ORDER BY id",

  [CHECK_RESULT] =
    "SELECT 'instance ' || r.instance || ', model ' || r.model || ': ' ||"
    "  CASE WHEN i.id IS NULL THEN 'a result, but no such instance'"
    "   WHEN NOT EXISTS (SELECT 1 FROM main.nango_sync_model AS m WHERE m.sync = i.sync AND m.model "
    "= r.model)"
    "    THEN 'a result, but the sync has no such model'"
    "   WHEN r.run NOT BETWEEN 1 AND i.latest_run THEN 'a result of a run that was never begun'"
    "   ELSE 'a result below 0' END"
    " FROM main.nango_result AS r LEFT JOIN main.nango_instance AS i ON i.id = r.instance"
    " WHERE i.id IS NULL OR NOT (r.added >= 0 AND r.updated >= 0 AND r.deleted >= 0 AND r.changed_after >= 0)"
    "  OR r.run NOT BETWEEN 1 AND i.latest_run"
    "  OR NOT EXISTS (SELECT 1 FROM main.nango_sync_model AS m WHERE m.sync = i.sync AND m.model = r.model)"
    " ORDER BY r.instance, r.model",

  [CHECK_KEPT_RUN] =
    "SELECT 'instance ' || r.instance || ', run ' || r.number || ': ' ||"
    "  CASE WHEN i.id IS NULL THEN 'kept, but no such instance'"
    "   WHEN r.number NOT BETWEEN 1 AND i.latest_run THEN 'kept, but it was never begun'"
    "   WHEN r.number IS i.run THEN 'kept, but it is in progress' ELSE 'its columns disagree' END"
    " FROM main.nango_run AS r LEFT JOIN main.nango_instance AS i ON i.id = r.instance"
    " WHERE i.id IS NULL OR r.number NOT BETWEEN 1 AND i.latest_run OR r.number IS i.run"
    "  OR r.result NOT IN (1, 2, 3) OR r.is_initial NOT IN (0, 1) OR (r.result = 2) <> (r.error_type IS NOT NULL)"
    "  OR length(cast(r.error_type AS BLOB)) > 8192 OR length(cast(r.error_description AS BLOB)) > 8192"
    "  OR " CHECK_TIME("r.started_at") " OR " CHECK_TIME("r.finished_at")
    " ORDER BY r.instance, r.number",

  [NAMES_OF_CONNECTIONS] =
    "SELECT id, provider_config_key, connection_id, metadata FROM main.nango_connection ORDER BY id",

  [NAMES_OF_COLLECTIONS] =
    "SELECT id, model, variant FROM main.nango_collection WHERE NOT is_removed ORDER BY id",

  [IDENTITIES_OF_COLLECTION] =
    "SELECT id, number FROM main.nango_identity WHERE collection = :collection ORDER BY id",

  [SEEN_OF_ALL] =
    "SELECT s.collection, s.chunk, s.bits, c.numbers"
    " FROM main.nango_seen AS s JOIN main.nango_collection AS c ON c.id = s.collection"
    " ORDER BY s.collection, s.chunk",

  [NAMES_OF_SYNCS] =
    "SELECT s.id, s.provider_config_key, s.name, s.frequency, s.interval, m.model"
    " FROM main.nango_sync AS s JOIN main.nango_sync_model AS m ON m.sync = s.id ORDER BY s.id, m.position",

  [NAMES_OF_INSTANCES] =
    "SELECT id, variant, frequency, interval, checkpoint, checkpoint_before FROM main.nango_instance"
    " ORDER BY id",

  /* ---- dumps: the columns and parameters have the names of members (syncs/dump_form.h); what else a row is needed
  ** for stands behind them. A NULL in the scope means all ---- */

  [DUMP_STORE] = "SELECT as_nango, last_stamp, last_run, clock, key0, key1 FROM main.nango_store",

#define DUMP_SQL_CONNECTION                                                                                    \
    "(:provider_config_key IS NULL OR c.provider_config_key = :provider_config_key)"                          \
    " AND (:connection_id IS NULL OR c.connection_id = :connection_id)"
  [DUMP_CONNECTIONS] =
    "SELECT c.provider_config_key AS provider_config_key, c.connection_id AS connection_id,"
    "  c.metadata AS metadata, c.created_at AS created_at, c.updated_at AS updated_at"
    " FROM main.nango_connection AS c WHERE " DUMP_SQL_CONNECTION
    " ORDER BY c.provider_config_key, c.connection_id",

#define DUMP_SQL_MODEL(sync)                                                                                   \
    "(:model IS NULL OR EXISTS (SELECT 1 FROM main.nango_sync_model AS m"                                     \
    "  WHERE m.sync = " sync " AND m.model = :model AND m.position IS NOT NULL))"
  [DUMP_SYNCS] =
    "SELECT s.provider_config_key AS provider_config_key, s.name AS sync, s.frequency AS frequency,"
    "  s.start_at AS start_at, s.manual_start AS manual_start, s.max_delete_percent AS max_delete_percent,"
    "  s.max_retries AS max_retries, s.retry_after_s AS retry_after_s, s.local_time AS local_time, s.id"
    " FROM main.nango_sync AS s"
    " WHERE (:provider_config_key IS NULL OR s.provider_config_key = :provider_config_key)"
    "  AND " DUMP_SQL_MODEL("s.id") " ORDER BY s.provider_config_key, s.name",

  /* Those that have left the definition come last, and belong to the metadata. */
  [DUMP_MODELS] =
    "SELECT s.provider_config_key AS provider_config_key, s.name AS sync, m.model AS model,"
    "  m.position AS position"
    " FROM main.nango_sync AS s JOIN main.nango_sync_model AS m ON m.sync = s.id"
    " WHERE s.id = :of AND (:metadata OR m.position IS NOT NULL)"
    " ORDER BY m.position IS NULL, m.position, m.model",

#define DUMP_SQL_INSTANCE_NAMES                                                                                   \
    "SELECT c.provider_config_key AS provider_config_key, c.connection_id AS connection_id, s.name AS sync,"  \
    "  i.variant AS variant"
  [DUMP_INSTANCES] =
    DUMP_SQL_INSTANCE_NAMES ", i.frequency AS frequency, i.is_paused AS is_paused, i.checkpoint AS checkpoint,"
    "  i.created_at AS created_at, i.slot_at AS slot_at, i.asked AS asked, i.asked_at AS asked_at,"
    "  i.again_at AS again_at, i.may_repeat AS may_repeat, i.retries AS retries, i.expired AS expired,"
    "  i.allows_deletes AS allows_deletes, i.started_at AS started_at, i.finished_at AS finished_at,"
    "  i.latest AS latest, i.is_initial AS is_initial, i.has_succeeded AS has_succeeded,"
    "  i.latest_run AS latest_run, i.succeeded_run AS succeeded_run,"
    "  i.checkpoint_before AS checkpoint_before, i.error_type AS error_type,"
    "  i.error_description AS error_description, i.error_at AS error_at, i.idle_since AS idle_since, i.id, i.run"
    " FROM main.nango_connection AS c CROSS JOIN main.nango_sync AS s CROSS JOIN main.nango_instance AS i"
    " WHERE s.provider_config_key = c.provider_config_key AND i.connection = c.id AND i.sync = s.id"
    "  AND " DUMP_SQL_CONNECTION " AND (:variant IS NULL OR i.variant = :variant) AND " DUMP_SQL_MODEL("s.id")
    " ORDER BY c.provider_config_key, c.connection_id, s.name, i.variant <> 'base', i.variant",

#define DUMP_SQL_INSTANCE_FROM                                                                                    \
    " FROM main.nango_instance AS i JOIN main.nango_connection AS c ON c.id = i.connection"                   \
    "  JOIN main.nango_sync AS s ON s.id = i.sync"
  [DUMP_RESULTS] =
    DUMP_SQL_INSTANCE_NAMES ", r.model AS model, r.run AS run, r.added AS added, r.updated AS updated,"
    "  r.deleted AS deleted, r.changed_after AS changed_after"
    DUMP_SQL_INSTANCE_FROM " JOIN main.nango_result AS r ON r.instance = i.id WHERE i.id = :of ORDER BY r.model",

  [DUMP_RUNS] =
    DUMP_SQL_INSTANCE_NAMES ", r.number AS number, r.started_at AS started_at, r.finished_at AS finished_at,"
    "  r.result AS result, r.is_initial AS is_initial, r.error_type AS error_type,"
    "  r.error_description AS error_description, r.results AS results,"
    "  r.checkpoint_from AS checkpoint_from, r.checkpoint_to AS checkpoint_to"
    DUMP_SQL_INSTANCE_FROM " JOIN main.nango_run AS r ON r.instance = i.id WHERE i.id = :of ORDER BY r.number",

  [DUMP_COLLECTIONS] =
    "SELECT c.provider_config_key AS provider_config_key, c.connection_id AS connection_id, k.model AS model,"
    "  k.variant AS variant, k.window_opened_at AS window_opened_at, k.window_live AS window_live, k.id"
    " FROM main.nango_connection AS c CROSS JOIN main.nango_collection AS k"
    " WHERE k.connection = c.id AND " DUMP_SQL_CONNECTION
    "  AND (:model IS NULL OR k.model = :model) AND (:variant IS NULL OR k.variant = :variant)"
    " ORDER BY c.provider_config_key, c.connection_id, k.model, k.variant <> 'base', k.variant",

  [LOAD_IS_EMPTY] =
    "SELECT NOT EXISTS (SELECT 1 FROM main.nango_connection) AND NOT EXISTS (SELECT 1 FROM main.nango_sync)",

  [LOAD_STORE] =
    "UPDATE main.nango_store SET last_stamp = :last_stamp, last_run = :last_run, clock = :clock,"
    "  key0 = :key0, key1 = :key1",

  /* OR IGNORE: a row that is there already, or whose owner is not, changes nothing, and that is looked at. */
  [LOAD_VARIABLE] = "INSERT OR IGNORE INTO main.nango_environment (name, value) VALUES (:name, :value)",

  [LOAD_CONNECTION] =
    "INSERT OR IGNORE INTO main.nango_connection (provider_config_key, connection_id, metadata, created_at,"
    "  updated_at) VALUES (:provider_config_key, :connection_id, :metadata, :created_at, :updated_at)",

  [LOAD_SYNC] =
    "INSERT OR IGNORE INTO main.nango_sync (provider_config_key, name, frequency, interval, start_at,"
    "  manual_start, max_delete_percent, max_retries, retry_after_s, local_time)"
    " VALUES (:provider_config_key, :sync, :frequency, :interval, :start_at, :manual_start,"
    "  :max_delete_percent, :max_retries, :retry_after_s, :local_time)",

  [LOAD_MODEL] =
    "INSERT OR IGNORE INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " SELECT provider_config_key, :model, id, :position FROM main.nango_sync"
    " WHERE provider_config_key = :provider_config_key AND name = :sync",

  [LOAD_INSTANCE] =
    "INSERT OR IGNORE INTO main.nango_instance (connection, sync, variant, created_at, frequency, interval,"
    "  is_paused, slot_at, asked, asked_at, again_at, runs_again, may_repeat, retries, expired,"
    "  allows_deletes, run_allows_deletes, started_at, finished_at, latest, is_initial, has_succeeded,"
    "  latest_run, succeeded_run, checkpoint, checkpoint_before, error_type, error_description, error_at,"
    "  idle_since)"
    " SELECT c.id, s.id, :variant, :created_at, :frequency, :interval, :is_paused, :slot_at, :asked, :asked_at,"
    "  :again_at, 0, :may_repeat, :retries, :expired, :allows_deletes, 0, :started_at, :finished_at, :latest,"
    "  :is_initial, :has_succeeded, :latest_run, :succeeded_run, :checkpoint, :checkpoint_before, :error_type,"
    "  :error_description, :error_at, :idle_since"
    " FROM main.nango_connection AS c JOIN main.nango_sync AS s ON s.provider_config_key = c.provider_config_key"
    " WHERE c.provider_config_key = :provider_config_key AND c.connection_id = :connection_id AND s.name = :sync",

#define LOAD_SQL_INSTANCE                                                                                      \
    DUMP_SQL_INSTANCE_FROM                                                                                        \
    " WHERE c.provider_config_key = :provider_config_key AND c.connection_id = :connection_id"                \
    "  AND s.provider_config_key = c.provider_config_key AND s.name = :sync AND i.variant = :variant"
  [LOAD_RESULT] =
    "INSERT OR IGNORE INTO main.nango_result (instance, model, run, added, updated, deleted, changed_after)"
    " SELECT i.id, :model, :run, :added, :updated, :deleted, :changed_after" LOAD_SQL_INSTANCE,

  [LOAD_RUN] =
    "INSERT OR IGNORE INTO main.nango_run (instance, number, started_at, finished_at, result, is_initial,"
    "  error_type, error_description, results, checkpoint_from, checkpoint_to)"
    " SELECT i.id, :number, :started_at, :finished_at, :result, :is_initial, :error_type, :error_description,"
    "  :results, :checkpoint_from, :checkpoint_to" LOAD_SQL_INSTANCE,

  [LOAD_COLLECTION] =
    "INSERT OR IGNORE INTO main.nango_collection (connection, variant, model, sequence, numbers,"
    "  added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, bytes)"
    " SELECT id, :variant, :model, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM main.nango_connection"
    " WHERE provider_config_key = :provider_config_key AND connection_id = :connection_id",

  [LOAD_RECORD] =
    "INSERT INTO main.nango_record (key, id, number, last_modified_at, first_seen_at, pruned_at, deleted_at,"
    "  payload) VALUES (:key, :id, :number, :last_modified_at, :first_seen_at, :pruned_at, :deleted_at, :payload)",

  /* ---- the environment ---- */

  [ENVIRONMENT_CLEAR] = "DELETE FROM main.nango_environment",

  [ENVIRONMENT_LIST] = "SELECT name, value FROM main.nango_environment ORDER BY name",

  [ENVIRONMENT_GET] = "SELECT value FROM main.nango_environment WHERE name = :name",

  [ENVIRONMENT_PUT] = "INSERT OR REPLACE INTO main.nango_environment (name, value) VALUES (:name, :value)",

  [ENVIRONMENT_REMOVE] = "DELETE FROM main.nango_environment WHERE name = :name",

  /* ---- repairs: each mends what one or more of the invariants above tell of (api/repair.c) ---- */

#define REPAIR_IS(column, low, high) \
    "(typeof(" column ") = 'integer' AND " column " BETWEEN " low " AND " high ")"
  /* To be put behind a first column and a first condition. A NULL that may be there stays. */
#define REPAIR_SET(column, low, high, otherwise) \
    ", " column " = CASE WHEN " REPAIR_IS(column, low, high) " THEN " column " ELSE " otherwise " END"
#define REPAIR_WRONG(column, low, high, otherwise) \
    " OR (" column " IS NOT " otherwise " AND NOT " REPAIR_IS(column, low, high) ")"
#define REPAIR_TIME_MAX "253402300799999999"
#define REPAIR_RUN_MAX "4611686018427387904"
#define REPAIR_END "9223372036854775807"

  [REPAIR_OBJECT] = "SELECT count(*) FROM main.sqlite_master WHERE name = :name",

  [REPAIR_TRIGGERS] =
    "SELECT name FROM main.sqlite_master"
    " WHERE type = 'trigger' AND tbl_name LIKE 'nango!_%' ESCAPE '!' ORDER BY name",

  [REPAIR_REINDEX] = "REINDEX",
  [REPAIR_REINDEX_CONNECTION] = "REINDEX main.nango_connection",
  [REPAIR_REINDEX_COLLECTION] = "REINDEX main.nango_collection",
  [REPAIR_REINDEX_SYNC] = "REINDEX main.nango_sync",
  [REPAIR_REINDEX_SYNC_MODEL] = "REINDEX main.nango_sync_model",
  [REPAIR_REINDEX_INSTANCE] = "REINDEX main.nango_instance",

  [REPAIR_STORE_ROWS] =
    "DELETE FROM main.nango_store WHERE rowid > (SELECT min(rowid) FROM main.nango_store)",

#define REPAIR_STORE_COLUMNS(X) \
    X("last_stamp", "0", REPAIR_TIME_MAX, "0") X("last_run", "0", REPAIR_RUN_MAX, "0") \
    X("clock", "0", REPAIR_TIME_MAX, "0") X("as_nango", "0", "1", "0")
  [REPAIR_STORE] =
    "UPDATE main.nango_store SET key0 = CASE typeof(key0) WHEN 'integer' THEN key0 ELSE random() END,"
    " key1 = CASE typeof(key1) WHEN 'integer' THEN key1 ELSE random() END" REPAIR_STORE_COLUMNS(REPAIR_SET)
    " WHERE typeof(key0) <> 'integer' OR typeof(key1) <> 'integer'" REPAIR_STORE_COLUMNS(REPAIR_WRONG),

  /* A stamp after :latest was hardly issued. */
#define REPAIR_MAX_STAMP \
    "(SELECT max(last_modified_at) FROM main.nango_record" \
    "  WHERE typeof(last_modified_at) = 'integer' AND last_modified_at <= :latest)"
  [REPAIR_LAST_STAMP] =
    "UPDATE main.nango_store SET last_stamp = " REPAIR_MAX_STAMP " WHERE last_stamp < " REPAIR_MAX_STAMP,

#define REPAIR_MAX_RUN \
    "(SELECT max(n) FROM (SELECT run AS n FROM main.nango_instance UNION ALL SELECT latest_run FROM main.nango_instance" \
    " UNION ALL SELECT run FROM main.nango_result UNION ALL SELECT number FROM main.nango_run)" \
    " WHERE typeof(n) = 'integer' AND n <= " REPAIR_RUN_MAX ")"
  [REPAIR_LAST_RUN] =
    "UPDATE main.nango_store SET last_run = " REPAIR_MAX_RUN " WHERE last_run < " REPAIR_MAX_RUN,

  [REPAIR_CONNECTION_TEXT] =
    "UPDATE OR IGNORE main.nango_connection SET provider_config_key = cast(provider_config_key AS TEXT),"
    "  connection_id = cast(connection_id AS TEXT), metadata = cast(metadata AS TEXT)"
    " WHERE typeof(provider_config_key) <> 'text' OR typeof(connection_id) <> 'text'"
    "  OR typeof(metadata) NOT IN ('text', 'null')",

#define REPAIR_CONNECTION_COLUMNS(X) \
    X("created_at", "0", REPAIR_TIME_MAX, ":now") X("updated_at", "0", REPAIR_TIME_MAX, ":now")
  [REPAIR_CONNECTION_TIMES] =
    "UPDATE main.nango_connection SET id = id" REPAIR_CONNECTION_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_CONNECTION_COLUMNS(REPAIR_WRONG),

  [REPAIR_CONNECTION_RENAME] =
    "UPDATE OR IGNORE main.nango_connection SET provider_config_key = :provider_config_key,"
    "  connection_id = 'connection-' || id WHERE id = :id",
  [REPAIR_CONNECTION_METADATA] = "UPDATE main.nango_connection SET metadata = NULL WHERE id = :id",

  [REPAIR_COLLECTION_IDS] = "DELETE FROM main.nango_collection WHERE id NOT BETWEEN 1 AND 4194303",

  [REPAIR_COLLECTION_TEXT] =
    "UPDATE OR IGNORE main.nango_collection SET model = cast(model AS TEXT), variant = cast(variant AS TEXT)"
    " WHERE typeof(model) <> 'text' OR typeof(variant) <> 'text'",

  [REPAIR_COLLECTION_REMOVED] =
    "UPDATE main.nango_collection SET is_removed = connection IS NULL"
    " WHERE is_removed NOT IN (0, 1) OR (is_removed AND connection IS NOT NULL)",

#define REPAIR_COLLECTION_COLUMNS(X) \
    X("numbers", "0", "274877906943", "0") X("added", "0", "numbers", "0") X("updated", "0", "numbers", "0") \
    X("deleted", "0", "numbers", "0") X("pruned_added", "0", "numbers", "0") \
    X("pruned_updated", "0", "numbers", "0") X("pruned_deleted", "0", "numbers", "0") \
    X("bytes", "0", "4611686018427387903", "0") X("window_live", "0", "numbers", "0") \
    X("oldest_payload_at", "1", REPAIR_TIME_MAX, "NULL") X("window_opened_at", "1", REPAIR_TIME_MAX, "NULL")
  [REPAIR_COLLECTION_NUMBERS] =
    "UPDATE main.nango_collection SET sequence = CASE WHEN " REPAIR_IS("sequence", "0", "274877906943")
    " THEN sequence ELSE 0 END" REPAIR_COLLECTION_COLUMNS(REPAIR_SET)
    " WHERE NOT " REPAIR_IS("sequence", "0", "274877906943") REPAIR_COLLECTION_COLUMNS(REPAIR_WRONG),

  /* Records are not removed one by one, so there are not many more numbers than records. */
  [REPAIR_COLLECTION_MANY] =
    "UPDATE main.nango_collection SET numbers = 0, sequence = 0 WHERE NOT is_removed AND numbers > 128 + 2 *"
    " (SELECT count(*) FROM main.nango_record"
    "  WHERE key BETWEEN nango_collection.id << 41 AND nango_collection.id << 41 | 2199023255551)",

  /* The counters of records are no more than the numbers, and these no more than the sequence. */
#define REPAIR_LAST_SEQUENCE \
    "max(numbers, (SELECT coalesce(max(key & 274877906943), 0) FROM main.nango_record" \
    "  WHERE key BETWEEN nango_collection.id << 41 AND nango_collection.id << 41 | 2199023255551))"
  [REPAIR_COLLECTION_SEQUENCE] =
    "UPDATE main.nango_collection SET sequence = " REPAIR_LAST_SEQUENCE " WHERE sequence < " REPAIR_LAST_SEQUENCE,

  [REPAIR_COLLECTION_COUNTS] =
    "UPDATE main.nango_collection SET added = 0, updated = 0, deleted = 0, pruned_added = 0, pruned_updated = 0,"
    "  pruned_deleted = 0, window_live = 0"
    " WHERE max(added, updated, deleted, pruned_added, pruned_updated, pruned_deleted, window_live) > numbers",

  /* Where records have lost the row of their collection: a row without a connection. */
  [REPAIR_COLLECTION_LOST] =
    "INSERT INTO main.nango_collection (id, connection, variant, model, sequence, numbers, added, updated, deleted,"
    "  pruned_added, pruned_updated, pruned_deleted, bytes)"
    " SELECT DISTINCT key >> 41, NULL, 'base', 'Recovered', 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM main.nango_record AS r"
    " WHERE key >> 41 BETWEEN 1 AND 4194303 AND (key >> 38 & 7) < 6 AND key & 274877906943"
    "  AND NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = r.key >> 41)",

  [REPAIR_CONNECTION_LOST] =
    "INSERT OR IGNORE INTO main.nango_connection (provider_config_key, connection_id, created_at, updated_at)"
    " SELECT 'recovered', 'collection-' || id, :now, :now FROM main.nango_collection AS c"
    " WHERE NOT is_removed AND NOT EXISTS (SELECT 1 FROM main.nango_connection WHERE id = c.connection)",

  [REPAIR_COLLECTION_OWNER] =
    "UPDATE main.nango_collection SET connection = (SELECT id FROM main.nango_connection"
    "  WHERE provider_config_key = 'recovered' AND connection_id = 'collection-' || nango_collection.id)"
    " WHERE NOT is_removed AND NOT EXISTS (SELECT 1 FROM main.nango_connection"
    "  WHERE id = nango_collection.connection)",

  [REPAIR_COLLECTION_MODEL] =
    "UPDATE main.nango_collection SET model = 'Recovered-' || id WHERE id = :id",
  [REPAIR_COLLECTION_BASE] = "UPDATE OR IGNORE main.nango_collection SET variant = 'base' WHERE id = :id",
  [REPAIR_COLLECTION_VARIANT] =
    "UPDATE main.nango_collection SET variant = 'recovered-' || id WHERE id = :id",

  [REPAIR_RECORD_KEYS] =
    "DELETE FROM main.nango_record WHERE (key >> 38 & 7) > 5 OR NOT key & 274877906943"
    "  OR NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = nango_record.key >> 41)",

  /* NULL is looked at record by record. */
  [REPAIR_RECORD_IDS] =
    "UPDATE main.nango_record SET id = cast(id AS TEXT) WHERE typeof(id) NOT IN ('text', 'null')",
  [REPAIR_RECORD_PAYLOADS] =
    "UPDATE main.nango_record SET payload = cast(payload AS TEXT) WHERE typeof(payload) NOT IN ('text', 'null')",

  /* Of what was taken away any row may be gone. */
  [REPAIR_RECORD_REMOVED] =
    "DELETE FROM main.nango_record WHERE (SELECT is_removed FROM main.nango_collection WHERE id = key >> 41)"
    " AND (NOT " REPAIR_IS("last_modified_at", "1", "(SELECT last_stamp FROM main.nango_store)")
    "  OR typeof(number) <> 'integer' OR last_modified_at IN"
    "  (SELECT last_modified_at FROM main.nango_record GROUP BY last_modified_at HAVING count(*) > 1))",

  [REPAIR_STAMP_TWICE] =
    "UPDATE main.nango_record SET first_seen_at = coalesce(first_seen_at, last_modified_at), last_modified_at = 0"
    " WHERE last_modified_at IN"
    "  (SELECT last_modified_at FROM main.nango_record GROUP BY last_modified_at HAVING count(*) > 1)",

#define REPAIR_RECORD_COLUMNS(X) \
    X("first_seen_at", "1", "last_modified_at", "NULL") \
    X("deleted_at", "1", REPAIR_DELETED_MAX, "NULL") X("writer", "1", "(SELECT last_run FROM main.nango_store)", "NULL")
  /* Only of a deleted record, in a store that was made with as_nango. */
#define REPAIR_DELETED_MAX \
    "CASE WHEN (key >> 38 & 7) % 3 = 2 AND (SELECT as_nango FROM main.nango_store) THEN " REPAIR_TIME_MAX " ELSE 0 END"
  [REPAIR_RECORD_TIMES] =
    "UPDATE main.nango_record SET pruned_at = CASE WHEN (key >> 38 & 7) < 3 THEN NULL"
    "   WHEN " REPAIR_IS("pruned_at", "1", REPAIR_TIME_MAX) " THEN pruned_at ELSE :now END"
    REPAIR_RECORD_COLUMNS(REPAIR_SET)
    " WHERE CASE WHEN (key >> 38 & 7) < 3 THEN pruned_at IS NOT NULL ELSE NOT "
    REPAIR_IS("pruned_at", "1", REPAIR_TIME_MAX) " END" REPAIR_RECORD_COLUMNS(REPAIR_WRONG),

  [REPAIR_ENTRIES_LOST] =
    "DELETE FROM main.nango_entry WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = key >> 32)",
  [REPAIR_ALTERNATES_LOST] =
    "DELETE FROM main.nango_alternate WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection WHERE id = key >> 32)",
  [REPAIR_IDENTITIES_LOST] =
    "DELETE FROM main.nango_identity WHERE NOT EXISTS"
    " (SELECT 1 FROM main.nango_collection WHERE id = nango_identity.collection)",
  [REPAIR_IDENTITIES_REMOVED] =
    "DELETE FROM main.nango_identity WHERE EXISTS (SELECT 1 FROM main.nango_collection AS c"
    "  WHERE c.id = collection AND c.is_removed AND (typeof(nango_identity.id) <> 'text' OR NOT "
    REPAIR_IS("number", "1", "c.numbers") "))",
  [REPAIR_SEEN_LOST] =
    "DELETE FROM main.nango_seen WHERE NOT EXISTS (SELECT 1 FROM main.nango_collection"
    "  WHERE id = nango_seen.collection AND window_opened_at IS NOT NULL)",

  [REPAIR_COLLECTIONS] = "SELECT id, is_removed FROM main.nango_collection ORDER BY id",

  /* By sequence; SQLite sorts them before the first is read, so they may change meanwhile. */
  [REPAIR_RECORDS_IN_ORDER] =
    "SELECT key, last_modified_at FROM main.nango_record WHERE key BETWEEN :first AND :last"
    " ORDER BY key & 274877906943, key",

  [REPAIR_RECORD_MOVE] =
    "UPDATE main.nango_record SET key = :new_key, last_modified_at = :stamp, first_seen_at ="
    "  coalesce(first_seen_at, CASE WHEN " REPAIR_IS("last_modified_at", "1", ":stamp") " THEN last_modified_at END)"
    " WHERE key = :key",

  [REPAIR_RECORD_AFTER] =
    "SELECT key, id, number, last_modified_at, first_seen_at, pruned_at, payload FROM main.nango_record"
    " WHERE key > :after AND key <= :last ORDER BY key LIMIT 1",

  [REPAIR_RECORD_PUT] =
    "UPDATE main.nango_record SET key = :new_key, id = :id, payload = :payload, pruned_at = :pruned_at"
    " WHERE key = :key",

  [REPAIR_RECORD_DROP] = "DELETE FROM main.nango_record WHERE key = :key",

  /* Of those with one id, the latest stays. */
  [REPAIR_RECORDS_TWICE] =
    "DELETE FROM main.nango_record WHERE key BETWEEN :first AND :last AND key NOT IN"
    " (SELECT key FROM (SELECT key, max(key & 274877906943) FROM main.nango_record"
    "   WHERE key BETWEEN :first AND :last GROUP BY id))",

  [REPAIR_RECORDS_COUNT] = "SELECT count(*) FROM main.nango_record WHERE key BETWEEN :first AND :last",

  [REPAIR_NUMBERS] =
    "UPDATE main.nango_record SET number = 0 WHERE key BETWEEN :first AND :last AND number IS NOT 0 AND"
    " (NOT " REPAIR_IS("number", "1", ":numbers") " OR key NOT IN"
    "  (SELECT min(key) FROM main.nango_record WHERE key BETWEEN :first AND :last GROUP BY number))",

  [REPAIR_NUMBERS_LAST] = "SELECT max(number) FROM main.nango_record WHERE key BETWEEN :first AND :last",

  [REPAIR_RECORDS_UNNUMBERED] =
    "SELECT key FROM main.nango_record WHERE key BETWEEN :first AND :last AND number = 0"
    " ORDER BY key & 274877906943",

  [REPAIR_RECORD_NUMBER] = "UPDATE main.nango_record SET number = :number WHERE key = :key",

  [REPAIR_RECORDS_BY_NUMBER] =
    "SELECT key FROM main.nango_record WHERE key BETWEEN :first AND :last ORDER BY number, key",

  [REPAIR_ENTRIES_BEYOND] = "DELETE FROM main.nango_entry WHERE key BETWEEN :first AND :last",
  [REPAIR_ALTERNATES_WRONG] =
    "DELETE FROM main.nango_alternate WHERE key >> 32 = :collection AND (typeof(alternates) <> 'blob'"
    "  OR length(alternates) % 20 OR length(alternates) > 20 * min(128, :numbers - 128 * (key & 4294967295)))",

  [REPAIR_IDENTITY_PUT] =
    "INSERT OR REPLACE INTO main.nango_identity (collection, id, number) VALUES (:collection, :id, :number)",

  [REPAIR_IDENTITIES_STRAY] =
    "DELETE FROM main.nango_identity WHERE collection = :collection AND id NOT IN"
    " (SELECT id FROM main.nango_record WHERE key BETWEEN :first AND :last)",

  [REPAIR_SEEN] = "SELECT chunk, bits FROM main.nango_seen WHERE collection = :collection ORDER BY chunk",

  [REPAIR_SYNC_TEXT] =
    "UPDATE OR IGNORE main.nango_sync SET provider_config_key = cast(provider_config_key AS TEXT),"
    "  name = cast(name AS TEXT), frequency = cast(frequency AS TEXT)"
    " WHERE typeof(provider_config_key) <> 'text' OR typeof(name) <> 'text' OR typeof(frequency) <> 'text'",

#define REPAIR_SYNC_COLUMNS(X) \
    X("start_at", "1", REPAIR_TIME_MAX, "NULL") X("manual_start", "0", "1", "0") X("local_time", "0", "1", "0") \
    X("max_retries", "0", "100", "0") X("retry_after_s", "1", "31536000", "30") \
    X("max_delete_percent", "0", "100", "0") X("interval", "30000000", "31536000000000", "0")
  [REPAIR_SYNC_NUMBERS] =
    "UPDATE main.nango_sync SET id = id" REPAIR_SYNC_COLUMNS(REPAIR_SET) " WHERE 0" REPAIR_SYNC_COLUMNS(REPAIR_WRONG),

  [REPAIR_SYNCS] =
    "SELECT id, provider_config_key, name, frequency, interval FROM main.nango_sync ORDER BY id",
  [REPAIR_SYNC_INTEGRATION] =
    "SELECT provider_config_key FROM main.nango_sync_model WHERE sync = :sync LIMIT 1",
  [REPAIR_SYNC_RENAME] =
    "UPDATE OR IGNORE main.nango_sync SET provider_config_key = :provider_config_key, name = :name WHERE id = :id",
  [REPAIR_SYNC_FREQUENCY] =
    "UPDATE main.nango_sync SET frequency = :frequency, interval = :interval WHERE id = :id",

  [REPAIR_MODEL_TEXT] =
    "UPDATE OR IGNORE main.nango_sync_model SET model = cast(model AS TEXT) WHERE typeof(model) <> 'text'",
  [REPAIR_MODEL_POSITIONS] =
    "UPDATE main.nango_sync_model SET position = cast(position AS INTEGER)"
    " WHERE typeof(position) NOT IN ('integer', 'null')",
  [REPAIR_MODEL_OWNERS] =
    "UPDATE OR IGNORE main.nango_sync_model SET provider_config_key ="
    "  (SELECT provider_config_key FROM main.nango_sync WHERE id = sync)"
    " WHERE provider_config_key <> (SELECT provider_config_key FROM main.nango_sync WHERE id = sync)",
  [REPAIR_MODELS_STRAY] =
    "DELETE FROM main.nango_sync_model WHERE provider_config_key IS NOT"
    "  (SELECT provider_config_key FROM main.nango_sync WHERE id = sync)",
  [REPAIR_MODELS] = "SELECT provider_config_key, model FROM main.nango_sync_model",
  [REPAIR_MODEL_DROP] =
    "DELETE FROM main.nango_sync_model WHERE provider_config_key = :provider_config_key AND model = :model",

  /* A sync without a model has those that it had once, else those of its results, else one that is made up. */
#define REPAIR_HAS_MODEL "EXISTS (SELECT 1 FROM main.nango_sync_model WHERE sync = s.id AND position IS NOT NULL)"
  [REPAIR_MODELS_LEFT] =
    "UPDATE main.nango_sync_model SET position = 0"
    " WHERE sync IN (SELECT id FROM main.nango_sync AS s WHERE NOT " REPAIR_HAS_MODEL ")",
  [REPAIR_MODELS_OF_RESULTS] =
    "INSERT OR IGNORE INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " SELECT DISTINCT s.provider_config_key, r.model, s.id, 0 FROM main.nango_sync AS s"
    "  JOIN main.nango_instance AS i ON i.sync = s.id JOIN main.nango_result AS r ON r.instance = i.id"
    " WHERE typeof(r.model) = 'text' AND NOT " REPAIR_HAS_MODEL,
  [REPAIR_MODELS_MADE_UP] =
    "INSERT INTO main.nango_sync_model (provider_config_key, model, sync, position)"
    " SELECT provider_config_key, 'Recovered-' || id, id, 0 FROM main.nango_sync AS s WHERE NOT " REPAIR_HAS_MODEL,

  [REPAIR_INSTANCES_STRAY] =
    "DELETE FROM main.nango_instance WHERE NOT EXISTS (SELECT 1 FROM main.nango_connection AS c"
    "  JOIN main.nango_sync AS s ON s.provider_config_key = c.provider_config_key"
    "  WHERE c.id = nango_instance.connection AND s.id = nango_instance.sync)",

#define REPAIR_ERROR_TEXT(column) \
    column " = CASE WHEN length(cast(" column " AS BLOB)) > 8192 THEN substr(cast(" column " AS TEXT), 1, 2000)" \
    " ELSE cast(" column " AS TEXT) END"
#define REPAIR_ERROR_WRONG(column) \
    " OR typeof(" column ") NOT IN ('text', 'null') OR length(cast(" column " AS BLOB)) > 8192"
  [REPAIR_INSTANCE_TEXT] =
    "UPDATE OR IGNORE main.nango_instance SET variant = cast(variant AS TEXT), frequency = cast(frequency AS TEXT),"
    "  checkpoint = cast(checkpoint AS TEXT), checkpoint_before = cast(checkpoint_before AS TEXT), "
    REPAIR_ERROR_TEXT("error_type") ", " REPAIR_ERROR_TEXT("error_description")
    " WHERE typeof(variant) <> 'text' OR typeof(frequency) NOT IN ('text', 'null')"
    "  OR typeof(checkpoint) NOT IN ('text', 'null') OR typeof(checkpoint_before) NOT IN ('text', 'null')"
    REPAIR_ERROR_WRONG("error_type") REPAIR_ERROR_WRONG("error_description"),

  [REPAIR_INSTANCE_BASE] = "UPDATE OR IGNORE main.nango_instance SET variant = 'base' WHERE id = :id",
  [REPAIR_INSTANCE_VARIANT] =
    "UPDATE main.nango_instance SET variant = 'recovered-' || id WHERE id = :id",

#define REPAIR_INSTANCE_COLUMNS(X) \
    X("created_at", "0", REPAIR_TIME_MAX, ":now") X("is_paused", "0", "1", "0") X("slot_at", "1", REPAIR_END, ":now") \
    X("asked", "0", "3", "0") X("asked_at", "1", REPAIR_END, "NULL") X("again_at", "1", REPAIR_END, "NULL") \
    X("runs_again", "0", "1", "0") X("may_repeat", "0", "1", "0") X("retries", "0", "100", "0") \
    X("expired", "0", "4", "0") X("allows_deletes", "0", "1", "0") X("run_allows_deletes", "0", "1", "0")
  [REPAIR_INSTANCE_SCHEDULE] =
    "UPDATE main.nango_instance SET id = id" REPAIR_INSTANCE_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_INSTANCE_COLUMNS(REPAIR_WRONG),

#define REPAIR_LATEST_COLUMNS(X) \
    X("run", "1", REPAIR_RUN_MAX, "NULL") X("lease_until", "1", REPAIR_END, "NULL") \
    X("token", "1", REPAIR_END, "NULL") X("started_at", "1", REPAIR_TIME_MAX, "NULL") \
    X("finished_at", "1", REPAIR_TIME_MAX, "NULL") X("latest", "0", "3", "3") X("is_initial", "0", "1", "1") \
    X("has_succeeded", "0", "1", "0") X("progress_done", "0", REPAIR_END, "NULL") \
    X("progress_total", "1", REPAIR_END, "NULL") X("error_at", "1", REPAIR_TIME_MAX, "NULL") \
    X("idle_since", "0", REPAIR_TIME_MAX, "NULL")
  [REPAIR_INSTANCE_LATEST] =
    "UPDATE main.nango_instance SET id = id" REPAIR_LATEST_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_LATEST_COLUMNS(REPAIR_WRONG),

#define REPAIR_KEPT_LAST \
    "(SELECT coalesce(max(number), 0) FROM main.nango_run" \
    "  WHERE instance = nango_instance.id AND " REPAIR_IS("number", "1", REPAIR_RUN_MAX) ")"
  [REPAIR_INSTANCE_LATEST_RUN] =
    "UPDATE main.nango_instance SET latest_run = max(coalesce(run, 0), " REPAIR_KEPT_LAST ")"
    " WHERE NOT " REPAIR_IS("latest_run", "0", "(SELECT last_run FROM main.nango_store)"),
  [REPAIR_INSTANCE_SUCCEEDED_RUN] =
    "UPDATE main.nango_instance SET succeeded_run = 0 WHERE NOT " REPAIR_IS("succeeded_run", "0", "latest_run"),

  /* A run in progress that cannot be is an aborted one. */
  [REPAIR_INSTANCE_RUN] =
    "UPDATE main.nango_instance SET run = NULL, latest = 3, finished_at = :now,"
    "  asked = CASE WHEN runs_again THEN 1 ELSE asked END, asked_at = CASE WHEN runs_again THEN :now ELSE asked_at END"
    " WHERE run IS NOT NULL AND (lease_until IS NULL OR token IS NULL OR started_at IS NULL OR run <> latest_run"
    "  OR run IN (SELECT run FROM main.nango_instance WHERE run IS NOT NULL GROUP BY run HAVING count(*) > 1))",
  [REPAIR_INSTANCE_NO_RUN] =
    "UPDATE main.nango_instance SET lease_until = NULL, token = NULL, progress_done = NULL, progress_total = NULL,"
    "  run_allows_deletes = 0, runs_again = 0"
    " WHERE run IS NULL AND (lease_until IS NOT NULL OR token IS NOT NULL OR progress_done IS NOT NULL"
    "  OR progress_total IS NOT NULL OR run_allows_deletes OR runs_again)",
  [REPAIR_INSTANCE_ASKED] =
    "UPDATE main.nango_instance SET asked = 0, asked_at = NULL, runs_again = run IS NOT NULL"
    " WHERE (asked = 0) <> (asked_at IS NULL) OR (run IS NOT NULL AND asked <> 0)",
  [REPAIR_INSTANCE_ALLOWS] =
    "UPDATE main.nango_instance SET allows_deletes = 0 WHERE allows_deletes AND asked <> 1 AND NOT runs_again",
  [REPAIR_INSTANCE_ENDED] =
    "UPDATE main.nango_instance SET latest = CASE latest WHEN 0 THEN 3 ELSE latest END,"
    "  finished_at = coalesce(finished_at, started_at, :now) WHERE (latest = 0) <> (finished_at IS NULL)",
  [REPAIR_INSTANCE_ERROR] =
    "UPDATE main.nango_instance SET error_at = CASE WHEN error_type IS NOT NULL THEN coalesce(finished_at, :now) END"
    " WHERE (error_type IS NULL) <> (error_at IS NULL)",
  [REPAIR_INSTANCE_BEFORE] =
    "UPDATE main.nango_instance SET checkpoint_before = :checkpoint WHERE id = :id",

  [REPAIR_INSTANCE_WAKE] =
    "UPDATE main.nango_instance SET wake_at = CASE WHEN run IS NULL THEN " CHECK_DUE_AT " ELSE started_at END"
    " WHERE CASE WHEN run IS NULL THEN wake_at IS NOT (" CHECK_DUE_AT ")"
    "  ELSE NOT " REPAIR_IS("wake_at", "1", "started_at") " END",

#define REPAIR_VARIANTS \
    "CASE variant WHEN 'base' THEN (SELECT count(*) FROM main.nango_instance AS v WHERE v.connection ="               \
    " nango_instance.connection AND v.sync = nango_instance.sync AND v.variant <> 'base') ELSE 0 END"
  [REPAIR_INSTANCE_VARIANTS] =
    "UPDATE main.nango_instance SET variants = " REPAIR_VARIANTS " WHERE variants IS NOT " REPAIR_VARIANTS,

  [REPAIR_RESULTS_STRAY] =
    "DELETE FROM main.nango_result WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i"
    "  JOIN main.nango_sync_model AS m ON m.sync = i.sync"
    "  WHERE i.id = nango_result.instance AND m.model = nango_result.model AND i.latest_run > 0)",
#define REPAIR_RESULT_RUN "(SELECT latest_run FROM main.nango_instance WHERE id = instance)"
#define REPAIR_RESULT_COLUMNS(X) \
    X("run", "1", REPAIR_RESULT_RUN, REPAIR_RESULT_RUN) X("added", "0", REPAIR_END, "0") \
    X("updated", "0", REPAIR_END, "0") X("deleted", "0", REPAIR_END, "0") \
    X("changed_after", "0", REPAIR_TIME_MAX, "1")
  [REPAIR_RESULT_NUMBERS] =
    "UPDATE main.nango_result SET instance = instance" REPAIR_RESULT_COLUMNS(REPAIR_SET)
    " WHERE 0" REPAIR_RESULT_COLUMNS(REPAIR_WRONG),

  [REPAIR_RUNS_STRAY] =
    "DELETE FROM main.nango_run WHERE NOT EXISTS (SELECT 1 FROM main.nango_instance AS i"
    "  WHERE i.id = instance AND number BETWEEN 1 AND i.latest_run AND number IS NOT i.run)"
    " OR typeof(number) <> 'integer' OR typeof(results) <> 'text' OR result NOT IN (1, 2, 3)"
    " OR is_initial NOT IN (0, 1) OR (result = 2) <> (error_type IS NOT NULL)"
    " OR length(cast(error_type AS BLOB)) > 8192 OR length(cast(error_description AS BLOB)) > 8192"
    " OR NOT " REPAIR_IS("started_at", "1", REPAIR_TIME_MAX) " OR NOT " REPAIR_IS("finished_at", "1", REPAIR_TIME_MAX),

  [REPAIR_ENVIRONMENT] =
    "UPDATE main.nango_environment SET value = coalesce(cast(value AS TEXT), '') WHERE typeof(value) <> 'text'",
};
/* clang-format on */

static const char *sql_text(statement_id id) {
  return statements[id];
}

/******** database/store.h ********/

/* store: an open store, its clock, and the one error idiom.
**
** The first failure of a public call is latched in the store, with its message. From then on every query does
** nothing, and the end of the call (call.h) rolls the transaction back and returns the result. So the code in
** between does not check each step: it asks store_failed() only before it loops, allocates or returns
** something. */
#ifndef NANGOLITE_STORE_H
#define NANGOLITE_STORE_H

typedef struct sync_function sync_function; /* syncs/sync_function.h */

/* What was found out of an image (snapshot.h): the same bytes need not be judged again. */
typedef struct image_verdict {
  size_t size; /* 0: nothing was judged yet */
  hash_key key;
  hash128 hash;
  int has_runs, as_nango;
} image_verdict;

struct nangolite {
  sqlite3 *db;
  int opened;                /* opening it succeeded; else call_open() refuses it */
  int owned;                 /* nangolite_open() opened db; an attached store leaves it open */
  int is_shared_memory;      /* memory:NAME */
  int is_in_statement;       /* its calls are made by functions of SQL: a statement of db is running */
  int reads_exclude;         /* a read takes the write lock: this SQLite's memory:NAME needs that */
  nangolite_options options; /* defaults filled in */
  int as_nango;              /* the file's mode, whatever options.as_nango says (schema_take_mode()) */

  image_verdict verdict; /* of the image that was restored last */

  /* Of a file that is read where it cannot be written, see immutable.h. */
  int64_t immutable_page; /* nango_store's page; 0: it is not read so */
  hash128 immutable_digest;

  int result;                 /* of the current public call, latched */
  unsigned failures;          /* counted, so that a run's end knows whether a call failed during the run */
  text message;               /* NUL-terminated; of the last failure */
  const char *static_message; /* instead, when there is no memory for one */
  int had_no_memory; /* a call has failed for want of memory: its statements are to be prepared anew */

  int64_t held_time;
  int clock_is_held;
  ATOMIC_INT interrupted; /* set by any thread, cleared at the start of a call */

  sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared when first used */
  int64_t schema_changes;                    /* SQLite's count of them when the statements were prepared */

  /* Valid inside a write transaction, see transaction.h. */
  int transaction;    /* enum transaction_kind */
  int is_held;        /* instead of one, a statement keeps the file as it is: transaction_hold() */
  int64_t now;        /* the clock at its start */
  int64_t last_stamp; /* the greatest stamp given in this file */
  int stamp_given;
  int64_t first_stamp; /* the first one given in this transaction */
  hash_key key;
  int64_t rows_to_free; /* that it may still free of collections that it takes away */

  sync_function **functions; /* in the order of their names (sync_function.h) */
  size_t function_count, function_capacity;
  int has_defined; /* this handle serves the syncs that it has defined, and no others */
  int64_t token;   /* of this open store among those of the process (open_stores.h) */
  nangolite *next_open;
  int is_recovering;   /* exclusive: runs that dead processes have left are still to be looked for */
  nangolite_run *runs; /* claimed here and not finished */
  int64_t runs_to_end; /* of these: whose functions have returned, and whose end could not be stored */
  void (*on_sync)(void *ctx, const char *event_json);
  void *on_sync_ctx;
  text events;       /* to be delivered when the transaction is committed, each with its NUL */
  int is_executing;  /* inside nangolite_run_due() or nangolite_run_until() */
  int is_dumping;    /* nangolite_dump() is giving out lines: until it returns, no other call may begin */
  int is_ending_run; /* the end of a run is being stored: an interrupt waits until it is */

  text secret_key; /* that requests must bring; empty: they need none */
};

/* Latches a failure with its message (sqlite3_mprintf() formats); does nothing when one is latched.
** Returns what is latched. */
static int store_fail(nangolite *store, int result, const char *format, ...);
static int store_fail_memory(nangolite *store);
/* The same for a result code of SQLite. */
static int store_fail_sqlite(nangolite *store, int code);
/* The same for another connection of SQLite that the call works on. */
static int store_fail_sqlite_of(nangolite *store, sqlite3 *db, int code);
static int store_failed(const nangolite *store);
/* Latches NANGOLITE_INTERRUPTED if nangolite_interrupt() was called; for loops that run no statement. */
static int store_interrupted(nangolite *store);

/* Latches NANGOLITE_NOMEM where an allocation of the text failed. */
static void store_check_text(nangolite *store, const text *t);

/* Memory for this call, NULL and latched when there is none. Give it back with sqlite3_free(). */
static void *store_allocate(nangolite *store, size_t bytes);
/* A text's content as a result of the call, or NULL and latched. The text is empty then. */
static char *store_take(nangolite *store, text *t);

/* The message of the last failure; "no error" where there was none. */
static const char *store_message(const nangolite *store);
/* A result as the word that programs compare. */
static const char *store_result_name(int result);

/* From now on the clock stands still at this time. */
static void store_hold_clock(nangolite *store, int64_t microseconds);

/* Microseconds since the epoch: the held clock, the caller's, or the system's; between 1970 and 9999. */
static int64_t store_given_clock(const nangolite *store);
/* The same for what is stored, where 0 means none: never less than 1. */
static int64_t store_clock(const nangolite *store);

/* The next stamp: the clock's, or one more than the last in this file. Inside a write transaction. */
static int64_t store_next_stamp(nangolite *store);
/* Moves the last stamp for what changes no record, so that whoever asks whether anything has changed hears of it. At the
** end of the year 9999 it stays. */
static void store_move_stamp(nangolite *store);

#endif

/******** database/store.c ********/

static const char out_of_memory[] = "out of memory";

static int store_failed(const nangolite *store) {
  return store->result != NANGOLITE_OK;
}

static int store_fail(nangolite *store, int result, const char *format, ...) {
  if (store_failed(store)) return store->result;
  va_list arguments;
  va_start(arguments, format);
  char *message = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  store->result = result;
  store->failures++;
  text_free(&store->message);
  store->static_message = message == NULL ? out_of_memory : NULL;
  if (message == NULL) return result;
  size_t length = strlen(message);
  store->message = (text){.at = message, .length = length, .capacity = length + 1};
  return result;
}

static int store_fail_memory(nangolite *store) {
  if (store_failed(store)) return store->result;
  store->failures++;
  store->had_no_memory = 1;
  store->static_message = out_of_memory;
  return store->result = NANGOLITE_NOMEM;
}

static int store_fail_sqlite_of(nangolite *store, sqlite3 *db, int code) {
  switch (code & 0xff) {
    case SQLITE_NOMEM: return store_fail_memory(store);
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL: /* too many at once wanted a WAL's locks */
    case SQLITE_LOCKED: return store_fail(store, NANGOLITE_BUSY, "the file is busy: %s", sqlite3_errmsg(db));
    case SQLITE_READONLY: return store_fail(store, NANGOLITE_READONLY, "the store is read-only");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: return store_fail(store, NANGOLITE_IOERR, "%s", sqlite3_errmsg(db));
    case SQLITE_FULL: return store_fail(store, NANGOLITE_FULL, "%s", sqlite3_errmsg(db));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return store_fail(store, NANGOLITE_CORRUPT, "%s", sqlite3_errmsg(db));
    case SQLITE_INTERRUPT: return store_fail(store, NANGOLITE_INTERRUPTED, "interrupted");
    default: return store_fail(store, NANGOLITE_ERROR, "%s", sqlite3_errmsg(db));
  }
}

static int store_fail_sqlite(nangolite *store, int code) {
  return store_fail_sqlite_of(store, store->db, code);
}

static void store_check_text(nangolite *store, const text *t) {
  if (t->failed) store_fail_memory(store);
}

static int store_interrupted(nangolite *store) {
  if (store->interrupted && !store->is_ending_run) store_fail(store, NANGOLITE_INTERRUPTED, "interrupted");
  return store_failed(store);
}

static void *store_allocate(nangolite *store, size_t bytes) {
  if (store_failed(store)) return NULL;
  void *memory = sqlite3_malloc64(bytes == 0 ? 1 : bytes);
  if (memory == NULL) store_fail_memory(store);
  return memory;
}

static char *store_take(nangolite *store, text *t) {
  if (store_failed(store)) {
    text_free(t);
    return NULL;
  }
  char *taken = text_take(t);
  if (taken == NULL) store_fail_memory(store);
  return taken;
}

static const char *store_message(const nangolite *store) {
  if (store->static_message != NULL) return store->static_message;
  return store->message.at == NULL ? "no error" : store->message.at;
}

static const char *store_result_name(int result) {
  static const char *const names[] = {[NANGOLITE_OK] = "ok",
                                      [NANGOLITE_ERROR] = "error",
                                      [NANGOLITE_NOMEM] = "nomem",
                                      [NANGOLITE_MISUSE] = "misuse",
                                      [NANGOLITE_BUSY] = "busy",
                                      [NANGOLITE_READONLY] = "readonly",
                                      [NANGOLITE_IOERR] = "ioerr",
                                      [NANGOLITE_FULL] = "full",
                                      [NANGOLITE_CORRUPT] = "corrupt",
                                      [NANGOLITE_INTERRUPTED] = "interrupted",
                                      [NANGOLITE_INVALID] = "invalid",
                                      [NANGOLITE_UNKNOWN_CONNECTION] = "unknown_connection",
                                      [NANGOLITE_UNKNOWN_PROVIDER_CONFIG] = "unknown_provider_config",
                                      [NANGOLITE_UNKNOWN_SYNC] = "unknown_sync",
                                      [NANGOLITE_NO_SYNCS_FOUND] = "no_syncs_found",
                                      [NANGOLITE_NOT_FOUND] = "not_found",
                                      [NANGOLITE_INVALID_VARIANT] = "invalid_variant",
                                      [NANGOLITE_VARIANT_EXISTS] = "sync_variant_already_exists",
                                      [NANGOLITE_RESOURCE_CAPPED] = "resource_capped",
                                      [NANGOLITE_INVALID_CURSOR] = "invalid_cursor",
                                      [NANGOLITE_ABORTED] = "aborted",
                                      [NANGOLITE_TOO_MANY_DELETES] = "too_many_deletes",
                                      [NANGOLITE_NEWER_SCHEMA] = "newer_schema"};
  _Static_assert(sizeof names / sizeof *names == NANGOLITE_NEWER_SCHEMA + 1, "every result has its name");
  int is_known = result >= 0 && (size_t)result < sizeof names / sizeof *names;
  return is_known ? names[result] : "unknown";
}

static void store_hold_clock(nangolite *store, int64_t microseconds) {
  store->held_time = microseconds;
  store->clock_is_held = 1;
}

static int64_t store_given_clock(const nangolite *store) {
  int64_t time = store->held_time;
  if (!store->clock_is_held && store->options.clock != NULL) {
    time = store->options.clock(store->options.clock_ctx);
  } else if (!store->clock_is_held) {
    time = platform_clock();
  }
  return time < 0 ? 0 : time > TIME_MAX ? TIME_MAX : time;
}

static int64_t store_clock(const nangolite *store) {
  int64_t time = store_given_clock(store);
  return time > 0 ? time : 1;
}

static int64_t store_next_stamp(nangolite *store) {
  if (store->last_stamp >= TIME_MAX) {
    store_fail(store, NANGOLITE_FULL, "no stamp is left before the year 10000");
    return TIME_MAX;
  }
  store->last_stamp = store->now > store->last_stamp ? store->now : store->last_stamp + 1;
  if (!store->stamp_given) store->first_stamp = store->last_stamp;
  store->stamp_given = 1;
  return store->last_stamp;
}

static void store_move_stamp(nangolite *store) {
  if (!store_failed(store) && store->last_stamp < TIME_MAX) store_next_stamp(store);
}

/******** database/open_stores.h ********/

/* open_stores: the stores that this process has open, each known by a token that it draws at random. The
** token is kept in the file with the runs that a store holds, so that a run whose process has died can be
** recognized. Two copies of the library in one process do not know each other's stores. */
#ifndef NANGOLITE_OPEN_STORES_H
#define NANGOLITE_OPEN_STORES_H

/* All of these may be called from any thread. */

/* Draws the token of a store and lists it. */
static void open_stores_enter(nangolite *store);
/* Takes a store off the list. Does nothing where it is not listed. */
static void open_stores_leave(nangolite *store);
/* Whether an open store of this process has this token. */
static int open_stores_has(int64_t token);
/* Whether another open store of this process has the same memory:NAME. */
static int open_stores_share_memory(const nangolite *store);

#endif

/******** database/open_stores.c ********/

/* The list of the open stores is the only state that stores share. Whoever holds its lock takes only a few
** steps along the list, so waiting for the lock may spin. SQLite's mutexes are not used, because they are
** missing where SQLite was built for one thread. */
static nangolite *open_stores_first;
static ATOMIC_INT open_stores_is_locked;

static void open_stores_lock(void) {
  while (ATOMIC_SWAP(&open_stores_is_locked, 1)) continue;
}

static void open_stores_unlock(void) {
  open_stores_is_locked = 0;
}

static void open_stores_enter(nangolite *store) {
  sqlite3_randomness((int)sizeof store->token, &store->token);
  store->token = (store->token & INT64_MAX) | 1; /* a positive number: 0 is none */
  open_stores_lock();
  store->next_open = open_stores_first;
  open_stores_first = store;
  open_stores_unlock();
}

static void open_stores_leave(nangolite *store) {
  open_stores_lock();
  nangolite **place = &open_stores_first;
  while (*place != NULL && *place != store) place = &(*place)->next_open;
  if (*place == store) *place = store->next_open;
  open_stores_unlock();
}

static int open_stores_has(int64_t token) {
  open_stores_lock();
  const nangolite *found = open_stores_first;
  while (found != NULL && found->token != token) found = found->next_open;
  open_stores_unlock();
  return found != NULL;
}

static int open_stores_share_memory(const nangolite *store) {
  if (!store->is_shared_memory) return 0;
  slice name = slice_of(sqlite3_db_filename(store->db, "main"));
  int is_shared = 0;
  open_stores_lock();
  for (const nangolite *other = open_stores_first; other != NULL && !is_shared; other = other->next_open) {
    if (other == store || !other->is_shared_memory) continue;
    is_shared = slice_equals(name, slice_of(sqlite3_db_filename(other->db, "main")));
  }
  open_stores_unlock();
  return is_shared;
}

/******** database/query.h ********/

/* query: the one way to run a statement of sql.h.
**
**   query q = query_open(store, CONNECTION_FIND);
**   query_bind_text(&q, slice_of(provider_config_key));      parameters in the order in which they appear
**   query_bind_text(&q, slice_of(connection_id));
**   if (query_next(&q)) id = query_int(&q, 0);               columns by their position
**   query_close(&q);
**
** Failures are latched in the store (store.h). After one, these functions do nothing, and query_next()
** returns 0. What is bound must live until query_close(). Each statement exists once: close it before you
** open it again. */
#ifndef NANGOLITE_QUERY_H
#define NANGOLITE_QUERY_H

typedef struct query {
  nangolite *store;
  sqlite3_stmt *statement; /* NULL: nothing to run, a failure is latched */
  int parameter;           /* bound so far */
} query;

/* Prepares the statement on its first use. */
static query query_open(nangolite *store, statement_id id);

static void query_bind_int(query *q, int64_t value);
static void query_bind_int_or_null(query *q, int64_t value); /* 0: NULL */
static void query_bind_text(query *q, slice value);          /* absent: NULL */
static void query_bind_blob(query *q, const void *bytes, size_t length);

/* The name of the parameter that is bound next, without its colon. NULL: there are no more, or a failure is latched. */
static const char *query_parameter(const query *q);

/* Steps to the next row. 0: no more, or a failure. */
static int query_next(query *q);

static int64_t query_int(const query *q, int column); /* NULL: 0 */
/* The same for what a damaged file may hold: 0 where the column is no integer from `low` to `high`, else 1 and *value.
** NULL counts as 0. */
static int query_int_within(const query *q, int column, int64_t low, int64_t high, int64_t *value);
static int query_is_blob(const query *q, int column);
/* The same for a number that code relies on: where it is no integer of this range the file is damaged, and that is
** latched. `_or_null` takes NULL as well: 0. */
static int64_t query_range(const query *q, int column, int64_t minimum, int64_t maximum);
static int64_t query_range_or_null(const query *q, int column, int64_t minimum, int64_t maximum);
static slice query_text(const query *q, int column); /* until the next step; NULL: absent */
static slice query_blob(const query *q, int column);

/* Ends the reading; the statement stays prepared. */
static void query_close(query *q);

/* For a statement whose row is a number: reads it and closes the statement. 0: there is no row. */
static int64_t query_number(query *q);

/* For a statement without rows: runs it and closes it. Returns how many rows it changed. */
static int64_t query_run(query *q);

/* The same for a statement with one parameter, a number. */
static void query_run_with(nangolite *store, statement_id id, int64_t parameter);

/* For a statement that frees rows of a collection, with the parameters :collection and :limit: runs it and returns how
** many rows went. */
static int64_t query_free_rows(nangolite *store, statement_id id, int64_t collection, int64_t limit);

/* Frees all statements from one on. */
static void query_finalize_from(nangolite *store, int first);
/* All of them; for closing the store. */
static void query_finalize_all(nangolite *store);

#endif

/******** database/query.c ********/

static query query_open(nangolite *store, statement_id id) {
  query q = {.store = store};
  if (store_failed(store)) return q;
  sqlite3_stmt **prepared = &store->statements[id];
  if (*prepared == NULL) {
    int code = sqlite3_prepare_v2(store->db, sql_text(id), -1, prepared, NULL);
    if (code != SQLITE_OK) store_fail_sqlite(store, code);
  }
  q.statement = *prepared;
  return q;
}

/* A value may be too long for SQLite as it was built, or as the caller has limited its connection. */
static void query_fail(query *q, int code) {
  int longest = sqlite3_limit(q->store->db, SQLITE_LIMIT_LENGTH, -1);
  if (code == SQLITE_TOOBIG)
    store_fail(q->store, NANGOLITE_INVALID,
               "a value or a row is longer than the %d bytes that SQLite holds here", longest);
  else store_fail_sqlite(q->store, code);
}

static void query_check(query *q, int code) {
  if (code != SQLITE_OK) query_fail(q, code);
}

static void query_bind_int(query *q, int64_t value) {
  if (q->statement != NULL) query_check(q, sqlite3_bind_int64(q->statement, ++q->parameter, value));
}

static void query_bind_int_or_null(query *q, int64_t value) {
  if (value != 0) query_bind_int(q, value);
  else if (q->statement != NULL) query_check(q, sqlite3_bind_null(q->statement, ++q->parameter));
}

static void query_bind_text(query *q, slice value) {
  if (q->statement == NULL) return;
  query_check(
    q, sqlite3_bind_text64(q->statement, ++q->parameter, value.at, value.length, SQLITE_STATIC, SQLITE_UTF8));
}

static void query_bind_blob(query *q, const void *bytes, size_t length) {
  if (q->statement == NULL) return;
  query_check(q, sqlite3_bind_blob64(q->statement, ++q->parameter, bytes, length, SQLITE_STATIC));
}

static const char *query_parameter(const query *q) {
  int has_more = !store_failed(q->store) && q->parameter < sqlite3_bind_parameter_count(q->statement);
  return has_more ? sqlite3_bind_parameter_name(q->statement, q->parameter + 1) + 1 : NULL;
}

/* Where memory fails at a bad moment, SQLite takes the whole transaction back and goes on with the step. */
static int query_next(query *q) {
  if (q->statement == NULL || store_interrupted(q->store)) return 0;
  int code = sqlite3_step(q->statement);
  int is_gone = q->store->transaction != 0 && sqlite3_get_autocommit(q->store->db);
  if (is_gone && (code == SQLITE_ROW || code == SQLITE_DONE)) code = SQLITE_NOMEM;
  if (code == SQLITE_ROW) return 1;
  if (code != SQLITE_DONE) query_fail(q, code);
  return 0;
}

static int64_t query_int(const query *q, int column) {
  return sqlite3_column_int64(q->statement, column);
}

static int query_int_within(const query *q, int column, int64_t low, int64_t high, int64_t *value) {
  int type = sqlite3_column_type(q->statement, column);
  *value = sqlite3_column_int64(q->statement, column);
  return (type == SQLITE_INTEGER || type == SQLITE_NULL) && *value >= low && *value <= high;
}

static int query_is_blob(const query *q, int column) {
  return sqlite3_column_type(q->statement, column) == SQLITE_BLOB;
}

static int64_t query_range(const query *q, int column, int64_t minimum, int64_t maximum) {
  int64_t value = query_int(q, column);
  int is_integer = sqlite3_column_type(q->statement, column) == SQLITE_INTEGER;
  if (is_integer && value >= minimum && value <= maximum) return value;
  store_fail(q->store, NANGOLITE_CORRUPT, "the file has a wrong %s: it is damaged",
             sqlite3_column_name(q->statement, column));
  return minimum;
}

static int64_t query_range_or_null(const query *q, int column, int64_t minimum, int64_t maximum) {
  if (sqlite3_column_type(q->statement, column) == SQLITE_NULL) return 0;
  return query_range(q, column, minimum, maximum);
}

static slice query_text(const query *q, int column) {
  slice value = {(const char *)sqlite3_column_text(q->statement, column), 0};
  value.length = (size_t)sqlite3_column_bytes(q->statement, column);
  if (value.at != NULL) return value;
  /* Without memory to convert a text, SQLite may leave a NULL in its place. */
  int had_memory = sqlite3_errcode(q->store->db) != SQLITE_NOMEM;
  if (had_memory && sqlite3_column_type(q->statement, column) == SQLITE_NULL) return value;
  store_fail_memory(q->store);
  return slice_of("");
}

static slice query_blob(const query *q, int column) {
  slice value = {sqlite3_column_blob(q->statement, column), 0};
  value.length = (size_t)sqlite3_column_bytes(q->statement, column);
  return value;
}

/* What sqlite3_reset() returns was latched when the step failed. */
static void query_close(query *q) {
  if (q->statement != NULL) sqlite3_reset(q->statement);
  q->statement = NULL;
}

static int64_t query_number(query *q) {
  int64_t number = query_next(q) ? query_int(q, 0) : 0;
  query_close(q);
  return number;
}

static int64_t query_run(query *q) {
  while (query_next(q)) continue; /* under PRAGMA count_changes even a change has a row */
  int64_t changed = q->statement == NULL || store_failed(q->store) ? 0 : sqlite3_changes(q->store->db);
  query_close(q);
  return changed;
}

static void query_run_with(nangolite *store, statement_id id, int64_t parameter) {
  query q = query_open(store, id);
  query_bind_int(&q, parameter);
  query_run(&q);
}

static int64_t query_free_rows(nangolite *store, statement_id id, int64_t collection, int64_t limit) {
  query q = query_open(store, id);
  query_bind_int(&q, collection);
  query_bind_int(&q, limit);
  return query_run(&q);
}

static void query_finalize_from(nangolite *store, int first) {
  for (int id = first; id < STATEMENT_COUNT; id++) {
    sqlite3_finalize(store->statements[id]);
    store->statements[id] = NULL;
  }
}

static void query_finalize_all(nangolite *store) {
  query_finalize_from(store, 0);
}

/******** database/immutable.h ********/

/* immutable: a store that is read in a folder which cannot be written, such as a file that is shipped with a
** program, or one under version control.
**
** WAL needs a file of shared memory beside the database. Where it is missing and cannot be made, and no
** log is there either, everything is in the database itself, and SQLite can read it as immutable: without
** locks, and without checking whether it has changed. Another process may be allowed to change it, so each
** call checks. */
#ifndef NANGOLITE_IMMUTABLE_H
#define NANGOLITE_IMMUTABLE_H

/* For a store whose file could not be read, and whose failure is latched. Where the file can be read as
** immutable, opens it so and forgets the failure. Where that is impossible because a log has no index, the
** message says so instead. */
static void immutable_open(nangolite *store);

/* Latches NANGOLITE_IOERR where the file is no longer what it was when it was opened, or where a log or
** journal has appeared beside it. Does nothing for a file that is not read as immutable. */
static void immutable_check(nangolite *store);

#endif

/******** database/immutable.c ********/

/* Whether there is a file whose name is the database's with this ending. 1 also where that cannot be found
** out. */
static int immutable_has(nangolite *store, const char *ending) {
  sqlite3_vfs *vfs = NULL;
  int is_there = 1;
  char *name = sqlite3_mprintf("%s%s", sqlite3_db_filename(store->db, "main"), ending);
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
  if (name == NULL) store_fail_memory(store);
  else if (vfs != NULL) vfs->xAccess(vfs, name, SQLITE_ACCESS_EXISTS, &is_there);
  sqlite3_free(name);
  return is_there;
}

/* Whether the database has no log, no index of a log and no journal beside it: then nobody is writing it. */
static int immutable_is_alone(nangolite *store) {
  return !immutable_has(store, "-wal") && !immutable_has(store, "-shm") && !immutable_has(store, "-journal");
}

/* A filename as a URI, in which % ? and # have a meaning. NULL: there is no memory. Free it with
** sqlite3_free(). */
static char *immutable_uri(const char *filename) {
  static const char digits[] = "0123456789abcdef";
  text uri = {0};
  text_append_string(&uri, "file:");
  for (; *filename != '\0'; filename++) {
    unsigned char byte = (unsigned char)*filename;
    char escaped[3] = {'%', digits[byte >> 4], digits[byte & 15]};
    if (strchr("%?#", byte) != NULL) text_append(&uri, escaped, sizeof escaped);
    else text_append(&uri, filename, 1);
  }
  text_append_string(&uri, "?immutable=1");
  return text_take(&uri);
}

static int immutable_append(text *t, sqlite3_file *file, int bytes, sqlite3_int64 at) {
  char *to = text_reserve(t, (size_t)bytes);
  if (to == NULL || file->pMethods->xRead(file, to, bytes, at) != SQLITE_OK) return 0;
  t->length += (size_t)bytes;
  return 1;
}

/* A digest of what changes with every change of the store: of the database's header, which tells the size
** of a page, and of the page that has nango_store's one row. */
static hash128 immutable_digest(nangolite *store) {
  static const hash_key key = {0, 0};
  sqlite3_file *file = NULL;
  text read = {0};
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file != NULL && immutable_append(&read, file, 100, 0)) {
    int size = (unsigned char)read.at[16] << 8 | (unsigned char)read.at[17];
    if (size == 1) size = 65536;
    immutable_append(&read, file, size, (store->immutable_page - 1) * size);
  }
  hash128 digest = hash_bytes(&key, read.at, read.length);
  text_free(&read);
  return digest;
}

/* Opens the file again, as immutable. 0: it could not be opened, and the store keeps its connection. */
static int immutable_reopen(nangolite *store) {
  sqlite3 *db = NULL;
  char *uri = immutable_uri(sqlite3_db_filename(store->db, "main"));
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  int code = uri == NULL ? SQLITE_NOMEM : sqlite3_open_v2(uri, &db, flags, NULL);
  sqlite3_free(uri);
  if (code == SQLITE_OK) {
    query_finalize_all(store);
    sqlite3_close(store->db);
    store->db = db;
    sqlite3_extended_result_codes(db, 1);
  } else {
    sqlite3_close(db);
  }
  return code == SQLITE_OK;
}

static void immutable_open(nangolite *store) {
  const char *filename = sqlite3_db_filename(store->db, "main");
  if (filename == NULL || *filename == '\0') return;
  int needs_index = immutable_has(store, "-wal") && !immutable_has(store, "-shm");
  if (needs_index) {
    store->result = NANGOLITE_OK;
    store_fail(
      store, NANGOLITE_IOERR,
      "filename: the folder cannot be written, where the index of %s-wal has to be made: open the store "
      "once where it can be written",
      filename);
  }
  if (needs_index || !immutable_is_alone(store) || !immutable_reopen(store)) return;
  store->result = NANGOLITE_OK;
  query q = query_open(store, SCHEMA_STORE_PAGE);
  store->immutable_page = query_number(&q);
  store->immutable_digest = immutable_digest(store);
}

static void immutable_check(nangolite *store) {
  if (store->immutable_page == 0 || store_failed(store)) return;
  if (immutable_is_alone(store) && hash_equals(immutable_digest(store), store->immutable_digest)) return;
  store_fail(
    store, NANGOLITE_IOERR,
    "the file was opened in a folder that cannot be written, and another process has begun to write it: "
    "open it again");
}

/******** database/transaction.h ********/

/* transaction: the only code that begins, commits and rolls back transactions.
**
** A call has a transaction of its own. Where the caller of an attached store has one open, the call has a
** savepoint in it instead. Either way all of its changes are kept, or none.
**
** Where the call is made by a function of SQL, a statement of the same connection is running. While one runs that
** writes, SQLite lets nobody end a transaction or begin a savepoint: such a call can read, but not write. */
#ifndef NANGOLITE_TRANSACTION_H
#define NANGOLITE_TRANSACTION_H

typedef enum transaction_kind {
  TRANSACTION_NONE,
  TRANSACTION_READ,
  TRANSACTION_WRITE,
  TRANSACTION_SAVEPOINT
} transaction_kind;

/* Begins a transaction that shows one state of the file to all the reads of a call. */
static void transaction_begin_read(nangolite *store);

/* At most so many rows does one call free of the collections that it takes away and that were taken away
** before. */
enum { TRANSACTION_ROWS_TO_FREE = 8000 };

/* Waits for the file's one write lock, then reads the clock, the last stamp and the hash key. Refuses a
** read-only store. */
static void transaction_begin_write(nangolite *store);

/* Reads the last stamp and the hash key, as transaction_begin_write() does. */
static void transaction_read_store(nangolite *store);

/* Does the same without reading anything, because there may be no tables yet. */
static void transaction_begin_schema(nangolite *store);

/* Commits where no failure is latched, else rolls back. A commit that fails is latched, and rolled back. Does
** nothing where no transaction was begun. Public functions end with call_end(), which calls this; only
** schema_migrate() and run_finish() call it themselves. */
static void transaction_end(nangolite *store);

/* Rolls back what transaction_end() could not roll back, because there was no memory. It is called before
** the next transaction begins, and when the store is closed. */
static void transaction_end_late(nangolite *store);

#endif

/******** database/transaction.c ********/

/* Runs a statement. Unlike query_run() it runs also where a failure is latched; it then does not
** latch its own. */
static int transaction_step(nangolite *store, statement_id id) {
  sqlite3_stmt *statement = store->statements[id];
  if (statement == NULL) return SQLITE_NOMEM;
  sqlite3_step(statement);
  int code = sqlite3_reset(statement);
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
  return code;
}

/* SQLite prepares a statement again where the schema has changed. If memory runs out while it does, it
** rolls the whole transaction back, the caller's too, and goes on outside of it. So where the caller of an
** attached store has changed the schema, the statements are prepared anew before any of them runs. */
static void transaction_follow_schema(nangolite *store) {
  if (store->owned) return;
  query q = query_open(store, PRAGMA_SCHEMA_CHANGES);
  int64_t changes = query_number(&q);
  if (store_failed(store) || changes == store->schema_changes) return;
  query_finalize_from(store, TRANSACTION_SAVEPOINT_RELEASE + 1);
  store->schema_changes = changes;
}

/* Prepares the statements that end the transaction before it begins, so that ending it needs no memory. */
static void transaction_open(nangolite *store, transaction_kind kind) {
  static const statement_id outermost[] = {TRANSACTION_COMMIT, TRANSACTION_ROLLBACK};
  static const statement_id nested[] = {TRANSACTION_SAVEPOINT_OPEN, TRANSACTION_SAVEPOINT_ROLLBACK,
                                        TRANSACTION_SAVEPOINT_RELEASE};
  transaction_end_late(store);
  int is_nested = !sqlite3_get_autocommit(store->db);
  int locks = kind == TRANSACTION_WRITE || store->reads_exclude;
  statement_id begin = locks ? TRANSACTION_BEGIN_WRITE : TRANSACTION_BEGIN_READ;
  if (is_nested) begin = TRANSACTION_SAVEPOINT_OPEN;
  query_open(store, begin);
  for (size_t i = 0; !is_nested && i < sizeof outermost / sizeof *outermost; i++)
    query_open(store, outermost[i]);
  for (size_t i = 0; is_nested && i < sizeof nested / sizeof *nested; i++) query_open(store, nested[i]);
  if (store_failed(store) || transaction_step(store, begin) != SQLITE_OK) return;
  store->transaction = is_nested ? TRANSACTION_SAVEPOINT : (int)kind;
  transaction_follow_schema(store);
}

/* A statement that has a row and was not reset shows one state of the file, as a transaction does, and needs none to
** begin or end. */
static void transaction_hold(nangolite *store) {
  transaction_end_late(store);
  transaction_follow_schema(store);
  query q = query_open(store, STORE_HOLD);
  store->is_held = query_next(&q);
}

static void transaction_let_go(nangolite *store) {
  if (store->is_held) sqlite3_reset(store->statements[STORE_HOLD]);
  store->is_held = 0;
}

/* Whether a statement of the connection is running that writes. */
static int transaction_is_barred(const nangolite *store) {
  sqlite3_stmt *other = NULL;
  while ((other = sqlite3_next_stmt(store->db, other)) != NULL) {
    if (sqlite3_stmt_busy(other) && !sqlite3_stmt_readonly(other)) return 1;
  }
  return 0;
}

static void transaction_begin_read(nangolite *store) {
  if (store->is_in_statement) {
    transaction_hold(store);
    return;
  }
  query_open(store, STORE_SET_STAMP); /* for transaction_abandon() */
  transaction_open(store, TRANSACTION_READ);
  query_open(store, STORE_SET_STAMP); /* the caller may have changed the schema */
}

static void transaction_begin_schema(nangolite *store) {
  int is_read_only =
    store->options.read_only || (store->db != NULL && sqlite3_db_readonly(store->db, "main") == 1);
  if (is_read_only) store_fail_sqlite(store, SQLITE_READONLY);
  if (store->is_in_statement && transaction_is_barred(store))
    store_fail(
      store, NANGOLITE_MISUSE,
      "a statement that writes cannot change the store besides: call this function in a SELECT of its own");
  transaction_open(store, TRANSACTION_WRITE);
  store->stamp_given = 0;
}

static void transaction_read_store(nangolite *store) {
  query q = query_open(store, STORE_READ);
  if (query_next(&q)) {
    store->last_stamp = query_int(&q, 0);
    store->key.k0 = (uint64_t)query_int(&q, 1);
    store->key.k1 = (uint64_t)query_int(&q, 2);
  } else if (!store_failed(store)) {
    store_fail(store, NANGOLITE_CORRUPT, "nango_store has no row");
  }
  query_close(&q);
}

static void transaction_begin_write(nangolite *store) {
  query_open(store, STORE_SET_STAMP);
  transaction_begin_schema(store);
  query_open(store, STORE_SET_STAMP);
  store->now = store_clock(store);
  store->rows_to_free = TRANSACTION_ROWS_TO_FREE;
  transaction_read_store(store);
}

static void transaction_write_stamp(nangolite *store) {
  if (!store->stamp_given) return;
  store->stamp_given = 0;
  query_run_with(store, STORE_SET_STAMP, store->last_stamp);
}

static int transaction_undo(nangolite *store, int nested) {
  if (nested && transaction_step(store, TRANSACTION_SAVEPOINT_ROLLBACK) != SQLITE_OK) return 0;
  return transaction_step(store, nested ? TRANSACTION_SAVEPOINT_RELEASE : TRANSACTION_ROLLBACK) == SQLITE_OK;
}

/* Where the caller interrupts its connection while a statement of its own is running there, SQLite refuses
** even ROLLBACK. It refuses a statement that writes as well, but when it does, it rolls the whole
** transaction back. So this runs one that writes. (It cannot change anything, because a stamp must not be
** NULL.) */
static void transaction_abandon(nangolite *store) {
  sqlite3_stmt *writing = store->statements[STORE_SET_STAMP];
  if (writing == NULL) return;
  sqlite3_bind_null(writing, 1);
  sqlite3_step(writing);
  sqlite3_reset(writing);
}

/* Rolls the transaction back. After a change of the schema even that may need memory; where there is none,
** transaction_end_late() does it later. */
static void transaction_roll_back(nangolite *store, int kind) {
  int is_nested = kind == TRANSACTION_SAVEPOINT;
  /* SQLite may have rolled everything back already: because of a full disk, a failed read, no memory. */
  int is_undone = sqlite3_get_autocommit(store->db) || transaction_undo(store, is_nested);
  if (!is_undone) transaction_abandon(store);
  if (!is_undone && !sqlite3_get_autocommit(store->db)) store->transaction = kind;
}

static void transaction_end(nangolite *store) {
  transaction_let_go(store);
  int kind = store->transaction;
  if (kind == TRANSACTION_NONE) return;
  transaction_write_stamp(store);
  store->transaction = TRANSACTION_NONE;
  statement_id end = kind == TRANSACTION_SAVEPOINT ? TRANSACTION_SAVEPOINT_RELEASE : TRANSACTION_COMMIT;
  if (store_failed(store) || transaction_step(store, end) != SQLITE_OK) transaction_roll_back(store, kind);
}

static void transaction_end_late(nangolite *store) {
  int kind = store->transaction;
  store->transaction = TRANSACTION_NONE;
  if (kind != TRANSACTION_NONE) transaction_roll_back(store, kind);
}

/******** database/call.h ********/

/* call: how a public function that works on a store begins and ends.
**
**   int nangolite_example(nangolite *store, const char *name) {
**     if (!call_open(store)) return NANGOLITE_MISUSE;
**     arguments_need(store, name, "name");           this latches what is wrong (store.h)
**     call_write(store);                             or call_read(), or neither where no file is needed
**     ...                                            once a failure is latched, queries do nothing
**     return call_end(store);
**   }
**
** A function that executes runs begins and ends several transactions with the same functions. */
#ifndef NANGOLITE_CALL_H
#define NANGOLITE_CALL_H

/* Forgets the failure of the call before and, outside of a sync function, an interrupt that came before
** this call. 0: the store is NULL or could not be opened, or the call comes from inside the function that
** takes the lines of a dump, and it must return NANGOLITE_MISUSE. */
static int call_open(nangolite *store);

/* These begin the call's transaction. Where a failure is latched, they do nothing. */
static void call_read(nangolite *store);
static void call_write(nangolite *store);

/* Ends the transaction, if one was begun: commits where nothing is latched, else rolls back. Then delivers
** the events that were queued in it, if it was committed, to the application's callback, which may use the
** store. Returns the result of the call. */
static int call_end(nangolite *store);

/* The same for a call that returns text: gives `taken` to the caller in *out, or frees it where the call
** failed. `taken` comes from store_take() before the end, because nothing may fail after the commit. `out`
** may be NULL. */
static int call_end_with(nangolite *store, char *taken, char **out);

#endif

/******** database/call.c ********/

/* Where SQLite 3.15 has no memory to convert a constant of a statement to UTF-16, the step fails, and the
** constant stays wrong for later steps. So after a lack of memory all statements are prepared anew. */
static void call_prepare_anew(nangolite *store) {
  if (!store->had_no_memory || store->transaction != TRANSACTION_NONE) return;
  query_finalize_all(store);
  store->had_no_memory = 0;
}

static int call_open(nangolite *store) {
  if (store == NULL || !store->opened || store->is_dumping) return 0;
  call_prepare_anew(store);
  store->result = NANGOLITE_OK;
  if (!store->is_executing) store->interrupted = 0;
  return 1;
}

static void call_read(nangolite *store) {
  immutable_check(store);
  transaction_begin_read(store);
}

static void call_write(nangolite *store) {
  transaction_begin_write(store);
}

/* The queue holds strings, each with its NUL. It is taken out of the store first, because the callback may
** end runs, and these queue further events. Without a callback nothing is queued (event_queue()). */
static void call_deliver(nangolite *store, int result) {
  if (store->on_sync == NULL) return;
  text queue = store->events;
  store->events = (text){0};
  for (size_t at = 0; result == NANGOLITE_OK && at < queue.length; at += strlen(queue.at + at) + 1) {
    if (store->on_sync != NULL) store->on_sync(store->on_sync_ctx, queue.at + at);
  }
  text_free(&queue);
}

static int call_end(nangolite *store) {
  transaction_end(store);
  int result = store->result;
  call_deliver(store, result);
  store->result = result; /* of this call, not of the calls that the callback made */
  return result;
}

static int call_end_with(nangolite *store, char *taken, char **out) {
  int result = call_end(store);
  if (result == NANGOLITE_OK && out != NULL) *out = taken;
  else sqlite3_free(taken);
  return result;
}

/******** database/arguments.h ********/

/* arguments: checks of what a caller gave. What is wrong is latched in the store (store.h). */
#ifndef NANGOLITE_ARGUMENTS_H
#define NANGOLITE_ARGUMENTS_H

/* NANGOLITE_MISUSE where an argument is NULL that must not be. */
static void arguments_need(nangolite *store, const void *argument, const char *name);

/* NANGOLITE_INVALID, naming the field and its rule; NANGOLITE_MISUSE for NULL. */
static void arguments_check_name(nangolite *store, name_kind kind, const char *name);
static void arguments_check_names(nangolite *store, const char *provider_config_key,
                                  const char *connection_id);

/* The same for all that a scope names; its variant may be NULL. */
static void arguments_check_scope(nangolite *store, const nangolite_scope *scope);

#endif

/******** database/arguments.c ********/

static void arguments_need(nangolite *store, const void *argument, const char *name) {
  if (argument == NULL) store_fail(store, NANGOLITE_MISUSE, "%s is NULL", name);
}

static void arguments_check_name(nangolite *store, name_kind kind, const char *name) {
  arguments_need(store, name, name_field(kind));
  const char *rule = name_check(kind, slice_of(name));
  if (rule != NULL) store_fail(store, NANGOLITE_INVALID, "%s %s", name_field(kind), rule);
}

static void arguments_check_names(nangolite *store, const char *provider_config_key,
                                  const char *connection_id) {
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  arguments_check_name(store, NAME_CONNECTION_ID, connection_id);
}

static void arguments_check_scope(nangolite *store, const nangolite_scope *scope) {
  arguments_need(store, scope, "scope");
  if (store_failed(store)) return;
  arguments_check_names(store, scope->provider_config_key, scope->connection_id);
  arguments_check_name(store, NAME_MODEL, scope->model);
  if (scope->variant != NULL) arguments_check_name(store, NAME_VARIANT, scope->variant);
}

/******** database/id_list.h ********/

/* id_list: the ids that a statement lists, read at once, so that the statement can be used again. */
#ifndef NANGOLITE_ID_LIST_H
#define NANGOLITE_ID_LIST_H

/* Freed with sqlite3_free(at). */
typedef struct id_list {
  int64_t *at;
  size_t count, capacity;
} id_list;

/* Both latch NANGOLITE_NOMEM where memory is missing. */
static void id_list_add(nangolite *store, id_list *list, int64_t id);
/* Adds the first column of every row, and closes the query. */
static void id_list_read(nangolite *store, id_list *list, query *q);

#endif

/******** database/id_list.c ********/

static void id_list_add(nangolite *store, id_list *list, int64_t id) {
  int64_t *at = list_room(list->at, NULL, list->count, &list->capacity, sizeof *at);
  if (at == NULL) {
    store_fail_memory(store);
    return;
  }
  list->at = at;
  at[list->count++] = id;
}

static void id_list_read(nangolite *store, id_list *list, query *q) {
  while (query_next(q)) id_list_add(store, list, query_int(q, 0));
  query_close(q);
}

/******** database/tables.h ********/

/* tables: the tables, indexes and views that a store's schema consists of, as SQL with its columns
** explained, in the order in which they are made. */
#ifndef NANGOLITE_TABLES_H
#define NANGOLITE_TABLES_H

#define TABLES_VERSION 100       /* of the schema that this library makes */
#define TABLES_FIRST_VERSION 100 /* files of lower versions were written by drafts, and are refused */

/* Marks a file that nangolite_open() made, in the header of the database: "NNGL". */
#define TABLES_APPLICATION_ID 0x4E4E474C

/* The kind of b-tree that a table or index is (https://sqlite.org/fileformat2.html, section 1.6). A view has
** none. */
typedef enum table_tree { TREE_NONE, TREE_TABLE, TREE_INDEX } table_tree;

/* A table, an index or a view, as a row of sqlite_master has it. */
typedef struct table_object {
  int since; /* the version that brought it */
  const char *type, *name, *table;
  table_tree tree;
  const char *sql; /* NULL: an index that SQLite makes with its table */
} table_object;

/* The object at a position, from 0 on. NULL: there are no more. */
static const table_object *table_at(int position);

#endif

/******** database/tables.c ********/

/* A time of a schedule as text, with three digits of fraction; NULL for NULL. */
#define TABLES_TIME(column)                                                                                  \
  "strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000, 'unixepoch')"                                         \
  " || printf('.%03dZ', " column " / 1000 % 1000)"

/* A stamp, or another time of a record, as text with six digits of fraction. */
#define TABLES_STAMP(column)                                                                                 \
  "strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000, 'unixepoch')"                                         \
  " || printf('.%06dZ', " column " % 1000000)"

/* The stamp of the last change of a collection that left a record in a state; row_key.h says where those lie. */
#define TABLES_LAST(state)                                                                                   \
  "coalesce((SELECT last_modified_at FROM nango_record WHERE key >= (c.id << 3 | " state ") << 38"           \
  " AND key < (c.id << 3 | " state ") + 1 << 38 ORDER BY key DESC LIMIT 1), 0)"

/* clang-format off */
static const table_object tables[] = {
  {100, "table", "nango_store", "nango_store", TREE_TABLE,
   "CREATE TABLE nango_store ("
   "  version INTEGER NOT NULL,"
   "  as_nango INTEGER NOT NULL,"             /* 1: the store does as Nango's does, see the option */
   "  last_stamp INTEGER NOT NULL,"           /* the greatest stamp that was issued */
   "  key0 INTEGER NOT NULL,"                 /* the hash key, drawn at random */
   "  key1 INTEGER NOT NULL,"
   "  last_run INTEGER NOT NULL,"             /* the last number that a run was issued */
   "  clock INTEGER NOT NULL)"                /* the latest time that the schedule has seen */},

  {100, "table", "nango_connection", "nango_connection", TREE_TABLE,
   "CREATE TABLE nango_connection ("
   "  id INTEGER PRIMARY KEY,"
   "  provider_config_key TEXT NOT NULL,"
   "  connection_id TEXT NOT NULL,"
   "  metadata TEXT,"                         /* a JSON object; NULL: none was set */
   "  created_at INTEGER NOT NULL,"
   "  updated_at INTEGER NOT NULL,"           /* when the metadata were set last, or created_at */
   "  UNIQUE (provider_config_key, connection_id))"},

  {100, "index", "sqlite_autoindex_nango_connection_1", "nango_connection", TREE_INDEX, NULL},

  {100, "table", "nango_collection", "nango_collection", TREE_TABLE,
   "CREATE TABLE nango_collection ("
   "  id INTEGER PRIMARY KEY,"
   "  connection INTEGER,"                    /* NULL: taken away */
   "  variant TEXT NOT NULL,"
   "  model TEXT NOT NULL,"
   "  sequence INTEGER NOT NULL,"             /* the last one that was issued (row_key.h) */
   "  numbers INTEGER NOT NULL,"              /* the last number that was issued */
   "  added INTEGER NOT NULL,"                /* records in each state */
   "  updated INTEGER NOT NULL,"
   "  deleted INTEGER NOT NULL,"
   "  pruned_added INTEGER NOT NULL,"
   "  pruned_updated INTEGER NOT NULL,"
   "  pruned_deleted INTEGER NOT NULL,"
   "  bytes INTEGER NOT NULL,"                /* of payloads that are not pruned */
   "  oldest_payload_at INTEGER,"             /* no payload has an earlier stamp; NULL: no payload */
   "  window_opened_at INTEGER,"              /* NULL: no delete window is open */
   "  window_live INTEGER NOT NULL DEFAULT 0,"  /* live records when it was opened */
   "  is_removed INTEGER NOT NULL DEFAULT 0," /* taken away; its rows are still to be freed */
   "  UNIQUE (connection, variant, model))"},

  {100, "index", "sqlite_autoindex_nango_collection_1", "nango_collection", TREE_INDEX, NULL},

  {100, "index", "nango_collection_by_age", "nango_collection", TREE_INDEX,
   "CREATE INDEX nango_collection_by_age ON nango_collection (oldest_payload_at)"
   "  WHERE oldest_payload_at IS NOT NULL"},

  {100, "table", "nango_record", "nango_record", TREE_TABLE,
   "CREATE TABLE nango_record ("
   "  key INTEGER PRIMARY KEY,"               /* collection, state and sequence (row_key.h) */
   "  id TEXT NOT NULL,"
   "  number INTEGER NOT NULL,"               /* as its identity has it */
   "  last_modified_at INTEGER NOT NULL,"     /* the stamp */
   "  first_seen_at INTEGER,"                 /* NULL: it is the stamp */
   "  pruned_at INTEGER,"
   "  deleted_at INTEGER,"                    /* as_nango: as a deletion gave it; NULL: it is the stamp, or not deleted */
   "  writer INTEGER,"                        /* the run that changed it last, where its merging needs it */
   "  payload TEXT NOT NULL)"                 /* only {\"id\":...} once pruned */},

  {100, "table", "nango_identity", "nango_identity", TREE_INDEX,
   "CREATE TABLE nango_identity ("
   "  collection INTEGER NOT NULL,"
   "  id TEXT NOT NULL,"
   "  number INTEGER NOT NULL,"               /* 1, 2, 3, ... in the order of arrival; never changes */
   "  PRIMARY KEY (collection, id)) WITHOUT ROWID"},

  {100, "table", "nango_entry", "nango_entry", TREE_TABLE,
   "CREATE TABLE nango_entry ("
   "  key INTEGER PRIMARY KEY,"               /* collection << 32 | group of numbers */
   "  entries BLOB NOT NULL)"                 /* what is known of these records (entry.h) */},

  {100, "table", "nango_alternate", "nango_alternate", TREE_TABLE,
   "CREATE TABLE nango_alternate ("
   "  key INTEGER PRIMARY KEY,"               /* as in nango_entry */
   "  alternates BLOB NOT NULL)"              /* further texts of the same values (entry.h) */},

  {100, "table", "nango_seen", "nango_seen", TREE_INDEX,
   "CREATE TABLE nango_seen ("
   "  collection INTEGER NOT NULL,"
   "  chunk INTEGER NOT NULL,"                /* numbers from chunk * 4096 */
   "  bits BLOB NOT NULL,"
   "  PRIMARY KEY (collection, chunk)) WITHOUT ROWID"},

  {100, "table", "nango_sync", "nango_sync", TREE_TABLE,
   "CREATE TABLE nango_sync ("
   "  id INTEGER PRIMARY KEY,"
   "  provider_config_key TEXT NOT NULL,"
   "  name TEXT NOT NULL,"
   "  frequency TEXT NOT NULL,"               /* as it was given */
   "  interval INTEGER NOT NULL,"
   "  start_at INTEGER,"                      /* NULL: when each instance was created */
   "  manual_start INTEGER NOT NULL,"
   "  max_delete_percent INTEGER NOT NULL,"   /* 0: no guard */
   "  max_retries INTEGER NOT NULL,"          /* 0: none */
   "  retry_after_s INTEGER NOT NULL,"        /* until the first retry, then doubled each time */
   "  local_time INTEGER NOT NULL,"           /* 1: whole days keep the local time of day */
   "  UNIQUE (provider_config_key, name))"},

  {100, "index", "sqlite_autoindex_nango_sync_1", "nango_sync", TREE_INDEX, NULL},

  {100, "table", "nango_sync_model", "nango_sync_model", TREE_INDEX,
   "CREATE TABLE nango_sync_model ("         /* a model belongs to one sync of its integration */
   "  provider_config_key TEXT NOT NULL,"
   "  model TEXT NOT NULL,"
   "  sync INTEGER NOT NULL,"
   "  position INTEGER,"                      /* NULL: it has left the definition; its records are still here */
   "  PRIMARY KEY (provider_config_key, model)) WITHOUT ROWID"},

  {100, "index", "nango_sync_model_by_sync", "nango_sync_model", TREE_INDEX,
   "CREATE INDEX nango_sync_model_by_sync ON nango_sync_model (sync, model)"},

  {100, "table", "nango_instance", "nango_instance", TREE_TABLE,
   "CREATE TABLE nango_instance ("
   "  id INTEGER PRIMARY KEY,"
   "  connection INTEGER NOT NULL,"
   "  sync INTEGER NOT NULL,"
   "  variant TEXT NOT NULL,"
   "  created_at INTEGER NOT NULL,"
   "  frequency TEXT,"                        /* its own; NULL: the definition's */
   "  interval INTEGER,"
   "  is_paused INTEGER NOT NULL,"            /* the columns from here on are struct schedule of schedule.h */
   "  slot_at INTEGER NOT NULL,"
   "  asked INTEGER NOT NULL,"
   "  asked_at INTEGER,"
   "  again_at INTEGER,"
   "  runs_again INTEGER NOT NULL,"
   "  may_repeat INTEGER NOT NULL,"
   "  retries INTEGER NOT NULL,"
   "  expired INTEGER NOT NULL,"
   "  allows_deletes INTEGER NOT NULL,"
   "  run INTEGER,"
   "  lease_until INTEGER,"
   "  run_allows_deletes INTEGER NOT NULL,"
   "  started_at INTEGER,"
   "  finished_at INTEGER,"
   "  latest INTEGER NOT NULL,"
   "  is_initial INTEGER NOT NULL,"
   "  has_succeeded INTEGER NOT NULL,"        /* struct schedule ends here */
   "  wake_at INTEGER,"                       /* when a run is due; while one is in progress, not after its start */
   "  token INTEGER,"                         /* of the open store that holds the run */
   "  progress_done INTEGER,"
   "  progress_total INTEGER,"
   "  latest_run INTEGER NOT NULL,"           /* the number of the latest run, 0: none */
   "  succeeded_run INTEGER NOT NULL,"        /* of the latest one that has succeeded */
   "  checkpoint TEXT,"
   "  checkpoint_before TEXT,"                /* as it was when the latest run began */
   "  error_type TEXT,"                       /* of the latest run that failed since one has succeeded */
   "  error_description TEXT,"
   "  error_at INTEGER,"
   "  idle_since INTEGER,"                    /* since when it may have rested (docs/file-format.md) */
   "  variants INTEGER NOT NULL DEFAULT 0,"   /* of a base: how many variants there are beside it */
   "  UNIQUE (connection, sync, variant))"},

  {100, "index", "sqlite_autoindex_nango_instance_1", "nango_instance", TREE_INDEX, NULL},

  {100, "index", "nango_instance_by_wake", "nango_instance", TREE_INDEX,
   "CREATE INDEX nango_instance_by_wake ON nango_instance (wake_at) WHERE wake_at IS NOT NULL"},

  {100, "index", "nango_instance_by_age", "nango_instance", TREE_INDEX,
   "CREATE INDEX nango_instance_by_age ON nango_instance (idle_since) WHERE idle_since IS NOT NULL"},

  {100, "table", "nango_result", "nango_result", TREE_INDEX,
   "CREATE TABLE nango_result ("             /* what runs have changed, for each model */
   "  instance INTEGER NOT NULL,"
   "  model TEXT NOT NULL,"
   "  run INTEGER NOT NULL,"                  /* the latest one with a change: the counts are of it */
   "  added INTEGER NOT NULL,"
   "  updated INTEGER NOT NULL,"
   "  deleted INTEGER NOT NULL,"
   "  changed_after INTEGER NOT NULL,"        /* a time before the first change since a run has succeeded */
   "  PRIMARY KEY (instance, model)) WITHOUT ROWID"},

  {100, "table", "nango_run", "nango_run", TREE_INDEX,
   "CREATE TABLE nango_run ("                /* the runs that ended last, at most keep_runs of an instance */
   "  instance INTEGER NOT NULL,"
   "  number INTEGER NOT NULL,"
   "  started_at INTEGER NOT NULL,"
   "  finished_at INTEGER NOT NULL,"
   "  result INTEGER NOT NULL,"               /* run_status of schedule.h */
   "  is_initial INTEGER NOT NULL,"
   "  error_type TEXT,"                       /* both at most 4,096 bytes */
   "  error_description TEXT,"
   "  results TEXT NOT NULL,"                 /* {\"Model\":{\"added\":1,\"updated\":0,\"deleted\":0}} */
   "  checkpoint_from TEXT,"
   "  checkpoint_to TEXT,"
   "  PRIMARY KEY (instance, number)) WITHOUT ROWID"},

  {100, "table", "nango_environment", "nango_environment", TREE_INDEX,
   "CREATE TABLE nango_environment ("
   "  name TEXT PRIMARY KEY,"
   "  value TEXT NOT NULL) WITHOUT ROWID"},

  /* ---- views, for any tool that reads SQLite: names for columns, RFC 3339 text for times ---- */

  {100, "view", "nango_view_records", "nango_view_records", TREE_NONE,
   "CREATE VIEW nango_view_records AS"
   " SELECT n.provider_config_key AS provider_config_key, n.connection_id AS connection_id, c.model AS model,"
   "  c.variant AS variant, r.id AS id, r.payload AS payload,"
   "  CASE (r.key >> 38 & 7) % 3 WHEN 0 THEN 'ADDED' WHEN 1 THEN 'UPDATED' ELSE 'DELETED' END AS last_action,"
   "  " TABLES_STAMP("coalesce(r.first_seen_at, r.last_modified_at)") " AS first_seen_at,"
   "  " TABLES_STAMP("r.last_modified_at") " AS last_modified_at,"
   "  CASE WHEN (r.key >> 38 & 7) % 3 = 2 THEN " TABLES_STAMP("coalesce(r.deleted_at, r.last_modified_at)")
   "  END AS deleted_at,"
   "  " TABLES_STAMP("r.pruned_at") " AS pruned_at"
   " FROM nango_connection AS n JOIN nango_collection AS c ON c.connection = n.id"
   "  JOIN nango_record AS r ON r.key >= c.id << 41 AND r.key < (c.id + 1) << 41"},

  {100, "view", "nango_view_collections", "nango_view_collections", TREE_NONE,
   "CREATE VIEW nango_view_collections AS"
   " SELECT provider_config_key, connection_id, model, variant, live, deleted, pruned, bytes,"
   "  CASE WHEN last_change > 0 THEN " TABLES_STAMP("last_change") " END AS last_change FROM ("
   "  SELECT n.provider_config_key AS provider_config_key, n.connection_id AS connection_id, c.model AS model,"
   "   c.variant AS variant, c.added + c.updated + c.pruned_added + c.pruned_updated AS live,"
   "   c.deleted + c.pruned_deleted AS deleted, c.pruned_added + c.pruned_updated + c.pruned_deleted AS pruned,"
   "   c.bytes AS bytes, max(" TABLES_LAST("0") ", " TABLES_LAST("1") ", " TABLES_LAST("2") ", "
        TABLES_LAST("3") ", " TABLES_LAST("4") ", " TABLES_LAST("5") ") AS last_change"
   "  FROM nango_connection AS n JOIN nango_collection AS c ON c.connection = n.id)"},

  {100, "view", "nango_view_connections", "nango_view_connections", TREE_NONE,
   "CREATE VIEW nango_view_connections AS"
   " SELECT provider_config_key, connection_id, metadata, " TABLES_TIME("created_at") " AS created_at"
   " FROM nango_connection"},

  /* A row for each instance. */
  {100, "view", "nango_view_syncs", "nango_view_syncs", TREE_NONE,
   "CREATE VIEW nango_view_syncs AS"
   " SELECT s.provider_config_key AS provider_config_key, c.connection_id AS connection_id, s.name AS name,"
   "  i.variant AS variant,"
   "  (SELECT '[' || group_concat('\"' || model || '\"') || ']' FROM"
   "   (SELECT m.model AS model FROM nango_sync_model AS m WHERE m.sync = s.id AND m.position IS NOT NULL"
   "    ORDER BY m.position)) AS models,"
   "  coalesce(i.frequency, s.frequency) AS frequency, " TABLES_TIME("s.start_at") " AS start_at,"
   "  s.manual_start AS manual_start, s.max_delete_percent AS max_delete_percent,"
   "  s.max_retries AS max_retries, s.retry_after_s AS retry_after_s, s.local_time AS local_time,"
   "  CASE WHEN i.run IS NOT NULL THEN 'RUNNING' WHEN i.is_paused THEN 'PAUSED' WHEN i.latest = 2 THEN 'ERROR'"
   "   WHEN i.latest = 3 THEN 'STOPPED' ELSE 'SUCCESS' END AS status,"
   "  i.error_type AS latest_error_type, i.error_description AS latest_error_description,"
   "  " TABLES_TIME("i.error_at") " AS latest_error_at"
   " FROM nango_instance AS i JOIN nango_sync AS s ON s.id = i.sync JOIN nango_connection AS c"
   "  ON c.id = i.connection"},

  /* A row for each run that is kept. */
  {100, "view", "nango_view_runs", "nango_view_runs", TREE_NONE,
   "CREATE VIEW nango_view_runs AS"
   " SELECT s.provider_config_key AS provider_config_key, c.connection_id AS connection_id, s.name AS name,"
   "  i.variant AS variant, r.number AS id, " TABLES_TIME("r.started_at") " AS startedAt,"
   "  " TABLES_TIME("r.finished_at") " AS finishedAt,"
   "  CASE r.result WHEN 1 THEN 'SUCCESS' WHEN 2 THEN 'ERROR' ELSE 'STOPPED' END AS result,"
   "  CASE WHEN r.is_initial THEN 'INITIAL' ELSE 'INCREMENTAL' END AS type,"
   "  r.error_type AS error_type, r.error_description AS error_description, r.results AS results,"
   "  '{\"from\":' || coalesce(r.checkpoint_from, 'null') || ',\"to\":' || coalesce(r.checkpoint_to, 'null')"
   "   || '}' AS checkpoints"
   " FROM nango_run AS r JOIN nango_instance AS i ON i.id = r.instance JOIN nango_sync AS s ON s.id = i.sync"
   "  JOIN nango_connection AS c ON c.id = i.connection"},
};
/* clang-format on */

static const table_object *table_at(int position) {
  return position < (int)(sizeof tables / sizeof *tables) ? &tables[position] : NULL;
}

/******** database/memory_image.h ********/

/* memory_image: a database as bytes, through the file system of SQLite that keeps its files in memory.
**
** That file system is asked for by its name, because a program may run with an older SQLite than the one
** whose header it was compiled with. It is missing where SQLite was built with SQLITE_OMIT_DESERIALIZE, and
** before 3.36 mostly: SQLITE_ENABLE_DESERIALIZE was needed for it then. */
#ifndef NANGOLITE_MEMORY_IMAGE_H
#define NANGOLITE_MEMORY_IMAGE_H

static int memory_image_is_available(void);

/* A database with a copy of these bytes; without any bytes it is empty. NULL: there is no memory for it.
** Close it with sqlite3_close(). */
static sqlite3 *memory_image_open(slice bytes);

/* Makes the database `to` a copy of `from`. Returns SQLITE_OK, or SQLite's result code: then `to` is as it
** was before. */
static int memory_image_copy(sqlite3 *to, sqlite3 *from);

/* The bytes of a database that memory_image_open() made. Free them with sqlite3_free(). NULL: there is no
** memory. */
static char *memory_image_read(sqlite3 *db, size_t *size);

#endif

/******** database/memory_image.c ********/

#define MEMORY_IMAGE_VFS "memdb"
#define MEMORY_IMAGE_PIECE (1 << 30) /* bytes that are read or written at once: an int must hold that */

static int memory_image_is_available(void) {
  return sqlite3_vfs_find(MEMORY_IMAGE_VFS) != NULL;
}

static sqlite3_file *memory_image_file(sqlite3 *db) {
  sqlite3_file *file = NULL;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return file;
}

static int memory_image_write(sqlite3 *db, slice bytes) {
  sqlite3_file *file = memory_image_file(db);
  int code = SQLITE_OK;
  for (size_t at = 0; code == SQLITE_OK && at < bytes.length; at += MEMORY_IMAGE_PIECE) {
    size_t left = bytes.length - at;
    int piece = left < MEMORY_IMAGE_PIECE ? (int)left : MEMORY_IMAGE_PIECE;
    code = file->pMethods->xWrite(file, bytes.at + at, piece, (sqlite3_int64)at);
  }
  return code;
}

static sqlite3 *memory_image_open(slice bytes) {
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2("image", &db, flags, MEMORY_IMAGE_VFS);
  if (code == SQLITE_OK) code = memory_image_write(db, bytes);
  if (code == SQLITE_OK) return db;
  sqlite3_close(db);
  return NULL;
}

static int memory_image_copy(sqlite3 *to, sqlite3 *from) {
  sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == NULL) return sqlite3_errcode(to);
  int code = sqlite3_backup_step(backup, -1), finished = sqlite3_backup_finish(backup);
  return code == SQLITE_DONE ? finished : code;
}

static char *memory_image_read(sqlite3 *db, size_t *size) {
  sqlite3_file *file = memory_image_file(db);
  sqlite3_int64 length = 0;
  if (file->pMethods->xFileSize(file, &length) != SQLITE_OK) return NULL;
  char *bytes = sqlite3_malloc64(length > 0 ? (sqlite3_uint64)length : 1);
  int code = SQLITE_OK;
  for (sqlite3_int64 at = 0; bytes != NULL && code == SQLITE_OK && at < length; at += MEMORY_IMAGE_PIECE) {
    sqlite3_int64 left = length - at;
    int piece = left < MEMORY_IMAGE_PIECE ? (int)left : MEMORY_IMAGE_PIECE;
    code = file->pMethods->xRead(file, bytes + at, piece, at);
  }
  if (code == SQLITE_OK) *size = (size_t)length;
  if (code == SQLITE_OK) return bytes;
  sqlite3_free(bytes);
  return NULL;
}

/******** database/blank_image.h ********/

/* blank_image: an empty store as bytes, in SQLite's file format (https://sqlite.org/fileformat2.html).
**
** Tests open stores in memory by the thousand. Making the tables with CREATE statements takes SQLite half
** a millisecond; copying them with the backup interface takes less than a tenth of that. The image is made
** from the same list of tables, and a test compares the two. Where SQLite has no file system for files in
** memory (memory_image.h), and in every store but ":memory:", the tables are made with CREATE. */
#ifndef NANGOLITE_BLANK_IMAGE_H
#define NANGOLITE_BLANK_IMAGE_H

/* Fills the store's database, which is in memory and empty, with the tables. 0: that was not possible, and
** the database is as it was. */
static int image_load(nangolite *store);

#endif

/******** database/blank_image.c ********/

enum {
  IMAGE_PAGE = 4096,
  IMAGE_HEADER = 100,   /* of the file, at the start of page 1 */
  IMAGE_ROOTS = 2,      /* page 1 is the root of sqlite_master, then come the tables, then its leaves */
  IMAGE_MASTER_MAX = 8, /* leaves of sqlite_master */
  IMAGE_LEAF_TABLE = 13,
  IMAGE_LEAF_INDEX = 10,
  IMAGE_INTERIOR_TABLE = 5
};

typedef struct blank_image {
  unsigned char *at;
  int pages;
} blank_image;

static void image_put(unsigned char *at, int bytes, uint64_t value) {
  for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
}

/* Writes a varint of a value below 2^14: no other is needed here. Returns its length. */
static int image_put_varint(unsigned char *at, unsigned value) {
  int bytes = value < 128 ? 1 : 2;
  if (bytes == 2) *at++ = (unsigned char)(0x80 | value >> 7);
  *at = (unsigned char)(value & 127);
  return bytes;
}

/* Section 1.6 of the file format: an empty b-tree page. `header` is where its header begins: 100 on page
** 1, else 0. */
static void image_start_page(blank_image *im, int page, int header, int kind) {
  unsigned char *at = im->at + (size_t)(page - 1) * IMAGE_PAGE + header;
  at[0] = (unsigned char)kind;
  image_put(at + 5, 2, IMAGE_PAGE);
}

/* Adds a cell to a page: its bytes in front of those of the other cells, its pointer behind theirs. 0: the
** page has no room. */
static int image_add_cell(blank_image *im, int page, int header, const unsigned char *cell, int length) {
  unsigned char *start = im->at + (size_t)(page - 1) * IMAGE_PAGE, *head = start + header;
  int pointers = header + (head[0] == IMAGE_INTERIOR_TABLE ? 12 : 8), cells = head[3] << 8 | head[4];
  int content = (head[5] << 8 | head[6]) - length;
  if (content < pointers + 2 * (cells + 1)) return 0;
  memcpy(start + content, cell, (size_t)length);
  image_put(start + pointers + 2 * cells, 2, (uint64_t)content);
  image_put(head + 3, 2, (uint64_t)cells + 1);
  image_put(head + 5, 2, (uint64_t)content);
  return 1;
}

/* Section 2.1: a record of sqlite_master, with the root page as one byte. Returns the cell's length. */
static int image_master_cell(unsigned char *cell, int rowid, const table_object *object, int root) {
  const char *const strings[] = {object->type, object->name, object->table, object->sql};
  unsigned char header[16], *body;
  int length = 1, size = 1;
  for (int i = 0; i < 4; i++) {
    unsigned bytes = strings[i] == NULL ? 0 : (unsigned)strlen(strings[i]);
    if (i == 3) header[length++] = 1; /* the root page, an integer of one byte, stands before the SQL */
    length += image_put_varint(header + length, strings[i] == NULL ? 0 : 13 + 2 * bytes);
    size += (int)bytes;
  }
  header[0] = (unsigned char)length;
  body = cell + image_put_varint(cell, (unsigned)(length + size));
  body += image_put_varint(body, (unsigned)rowid);
  memcpy(body, header, (size_t)length);
  body += length;
  for (int i = 0; i < 4; i++) {
    size_t bytes = strings[i] == NULL ? 0 : strlen(strings[i]);
    if (i == 3) *body++ = (unsigned char)root;
    if (bytes > 0) memcpy(body, strings[i], bytes);
    body += bytes;
  }
  return (int)(body - cell);
}

_Static_assert(TABLES_VERSION < 128, "the version is written as one byte");

/* nango_store's one row: version, as_nango, last_stamp, key0, key1, last_run, clock. */
static int image_write_cell(unsigned char *cell, int as_nango, const hash_key *key) {
  static const unsigned char header[] = {25, 1, 8, 1, 8, 8, 6, 6, 8, 8};
  memcpy(cell, header, sizeof header);
  cell[4] = (unsigned char)(as_nango ? 9 : 8); /* the types of the constants 1 and 0 */
  cell[sizeof header] = TABLES_VERSION;
  image_put(cell + sizeof header + 1, 8, key->k0);
  image_put(cell + sizeof header + 9, 8, key->k1);
  return (int)sizeof header + 17;
}

/* sqlite_master: page 1 is interior, and the rows are in leaves below it, in order. 0: there is no room. */
static int image_write_master(blank_image *im) {
  unsigned char cell[IMAGE_PAGE], divider[6];
  const table_object *object;
  int leaves = 1, next_root = IMAGE_ROOTS;
  image_start_page(im, 1, IMAGE_HEADER, IMAGE_INTERIOR_TABLE);
  image_start_page(im, ++im->pages, 0, IMAGE_LEAF_TABLE);
  for (int i = 0; (object = table_at(i)) != NULL; i++) {
    int root = object->tree == TREE_NONE ? 0 : next_root++;
    int length = image_master_cell(cell, i + 1, object, root);
    if (image_add_cell(im, im->pages, 0, cell, length)) continue;
    image_put(divider, 4, (uint64_t)im->pages);
    int last_rowid = image_put_varint(divider + 4, (unsigned)i);
    image_add_cell(im, 1, IMAGE_HEADER, divider, 4 + last_rowid);
    if (leaves++ == IMAGE_MASTER_MAX) return 0;
    image_start_page(im, ++im->pages, 0, IMAGE_LEAF_TABLE);
    if (!image_add_cell(im, im->pages, 0, cell, length)) return 0;
  }
  image_put(im->at + IMAGE_HEADER + 8, 4, (uint64_t)im->pages);
  return 1;
}

/* Section 1.3: the header of the file. The change counter at 24 stands at 92 too: this says that the size
** at 28 holds. */
static void image_write_header(blank_image *im) {
  static const char magic[16] = "SQLite format 3";
  unsigned char *at = im->at;
  memcpy(at, magic, sizeof magic);
  image_put(at + 16, 2, IMAGE_PAGE);
  memcpy(at + 18, "\1\1\0\100\40\40", 6); /* journal versions, nothing reserved, payload fractions */
  image_put(at + 24, 4, 1);               /* change counter */
  image_put(at + 28, 4, (uint64_t)im->pages);
  image_put(at + 40, 4, 1); /* schema cookie */
  image_put(at + 44, 4, 4); /* schema format */
  image_put(at + 56, 4, 1); /* UTF-8 */
  image_put(at + 68, 4, TABLES_APPLICATION_ID);
  image_put(at + 92, 4, 1);
  image_put(at + 96, 4, SQLITE_VERSION_NUMBER);
}

static int image_write(blank_image *im, int as_nango, const hash_key *key) {
  unsigned char cell[64];
  im->pages = 1;
  for (int i = 0; table_at(i) != NULL; i++) {
    table_tree tree = table_at(i)->tree;
    if (tree == TREE_NONE) continue;
    image_start_page(im, ++im->pages, 0, tree == TREE_TABLE ? IMAGE_LEAF_TABLE : IMAGE_LEAF_INDEX);
  }
  image_add_cell(im, IMAGE_ROOTS, 0, cell, image_write_cell(cell, as_nango, key));
  if (!image_write_master(im)) return 0;
  image_write_header(im);
  return 1;
}

static int image_copy(sqlite3 *to, const blank_image *im) {
  sqlite3 *from = memory_image_open((slice){(const char *)im->at, (size_t)im->pages * IMAGE_PAGE});
  int is_copied = from != NULL && memory_image_copy(to, from) == SQLITE_OK;
  sqlite3_close(from);
  return is_copied;
}

static int image_load(nangolite *store) {
  blank_image im = {NULL, 0};
  size_t pages = 1 + IMAGE_MASTER_MAX;
  for (int i = 0; table_at(i) != NULL; i++) pages++;
  if (!memory_image_is_available() || store_failed(store)) return 0;
  if ((im.at = sqlite3_malloc64(pages * IMAGE_PAGE)) == NULL) return 0;
  memset(im.at, 0, pages * IMAGE_PAGE);
  store->as_nango = store->options.as_nango != 0;
  int is_loaded = image_write(&im, store->as_nango, &store->key) && image_copy(store->db, &im);
  sqlite3_free(im.at);
  return is_loaded;
}

/******** database/schema.h ********/

/* schema: makes the tables of a store, knows their version, and makes a current file of an older one.
** docs/file-format.md draws the tables. */
#ifndef NANGOLITE_SCHEMA_H
#define NANGOLITE_SCHEMA_H

/* What a database is before anything is written to it. */
typedef enum schema_kind {
  SCHEMA_EMPTY,   /* it has no tables, indexes or views at all */
  SCHEMA_FOREIGN, /* it has some, but is no store */
  SCHEMA_STORE    /* a store, of some version */
} schema_kind;

static schema_kind schema_inspect(nangolite *store);

/* The version of the store's tables; 0: it is no store. */
static int64_t schema_version(nangolite *store);

/* The way to a version from the one before: what the list of tables does not make, such as new columns of
** an old table. */
typedef struct schema_step {
  int to; /* 0: there are no more */
  const char *sql;
} schema_step;

/* Which versions a store may have, and how it becomes a current one. The library has one history; a test
** of the migration makes up another. */
typedef struct schema_history {
  int first, current; /* versions: lower ones are drafts, higher ones are newer libraries' */
  const table_object *(*object_at)(int position);
  const schema_step *steps; /* in the order of versions */
} schema_history;

/* Latches NANGOLITE_NEWER_SCHEMA where a newer library wrote the store, and NANGOLITE_INVALID where a
** draft of the library did. Only reads the file. `argument` names the store in the message. */
static void schema_refuse(nangolite *store, const schema_history *history, const char *argument);

/* Makes what is missing, in one transaction; does nothing on a current store. Refuses what schema_refuse()
** refuses. */
static void schema_migrate(nangolite *store, const schema_history *history, const char *argument);

/* Sets store->as_nango to the mode in which a current store was made. Latches NANGOLITE_INVALID where the
** option as_nango asks for it and the store was made without. */
static void schema_take_mode(nangolite *store, const char *argument);
/* Runs SQL that makes or drops something. */
static void schema_execute(nangolite *store, const char *sql);

/* The history of this library. */
static const schema_history *schema_now(void);

#endif

/******** database/schema.c ********/

static const schema_history *schema_now(void) {
  static const schema_step none[] = {{0, NULL}};
  static const schema_history now = {
    .first = TABLES_FIRST_VERSION, .current = TABLES_VERSION, .object_at = table_at, .steps = none};
  return &now;
}

static int64_t schema_read(nangolite *store, statement_id id) {
  query q = query_open(store, id);
  return query_number(&q);
}

/* The order matters: another process may make the store between the two readings, and makes all its tables
** in one transaction. In the other order that store would look foreign. */
static schema_kind schema_inspect(nangolite *store) {
  if (schema_read(store, SCHEMA_COUNT_ALL) == 0) return SCHEMA_EMPTY;
  return schema_read(store, SCHEMA_COUNT_OURS) > 0 ? SCHEMA_STORE : SCHEMA_FOREIGN;
}

static int64_t schema_version(nangolite *store) {
  if (schema_inspect(store) != SCHEMA_STORE) return 0;
  int64_t version = schema_read(store, SCHEMA_VERSION_READ);
  if (version < 1) store_fail(store, NANGOLITE_CORRUPT, "nango_store has no version");
  return version;
}

static void schema_execute(nangolite *store, const char *sql) {
  if (store_failed(store)) return;
  int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
}

static void schema_insert_store(nangolite *store, int version) {
  query q = query_open(store, STORE_INSERT);
  query_bind_int(&q, version);
  query_bind_int(&q, store->options.as_nango != 0);
  query_bind_int(&q, (int64_t)store->key.k0);
  query_bind_int(&q, (int64_t)store->key.k1);
  query_run(&q);
}

static void schema_refuse(nangolite *store, const schema_history *history, const char *argument) {
  int64_t version = schema_version(store);
  if (version > history->current) {
    store_fail(store, NANGOLITE_NEWER_SCHEMA, "%s: the file has schema version %lld, this library knows %d",
               argument, (long long)version, history->current);
  } else if (version > 0 && version < history->first) {
    store_fail(store, NANGOLITE_INVALID,
               "%s: the file was written by a draft of nangolite (version %lld), which no release reads",
               argument, (long long)version);
  }
}

/* Makes the objects that versions above this one have brought. */
static void schema_create(nangolite *store, const schema_history *history, int64_t above) {
  const table_object *object;
  for (int i = 0; (object = history->object_at(i)) != NULL; i++) {
    if (object->since > above && object->sql != NULL) schema_execute(store, object->sql);
  }
}

/* Completes a new store. A file gets the mark of the library, but not the database of a caller who
** attached it. */
static void schema_begin(nangolite *store, int version) {
  schema_insert_store(store, version);
  query q = query_open(store, PRAGMA_APPLICATION_ID);
  if (store->owned) query_run(&q);
}

static void schema_upgrade(nangolite *store, const schema_history *history, int64_t from) {
  for (const schema_step *step = history->steps; step->to != 0; step++) {
    if (step->to > from) schema_execute(store, step->sql);
  }
  query_run_with(store, SCHEMA_VERSION_WRITE, history->current);
}

/* CREATE INDEX names its table without a database, and SQLite finds a temporary table of that name first.
** (The statements of sql.c name the store's tables with their database.) */
static void schema_refuse_temporary(nangolite *store) {
  if (schema_read(store, SCHEMA_COUNT_TEMPORARY) == 0) return;
  store_fail(
    store, NANGOLITE_INVALID,
    "db: it has a temporary table whose name begins with nango_, which must not be there while the store's "
    "tables are made");
}

static void schema_take_mode(nangolite *store, const char *argument) {
  store->as_nango = schema_read(store, STORE_MODE) != 0;
  if (store->options.as_nango && !store->as_nango)
    store_fail(store, NANGOLITE_INVALID, "%s: the store was made without as_nango, which cannot be changed",
               argument);
}

static void schema_migrate(nangolite *store, const schema_history *history, const char *argument) {
  schema_refuse(store, history, argument);
  if (store_failed(store) || schema_version(store) == history->current) return;
  transaction_begin_schema(store);
  schema_refuse_temporary(store);
  schema_refuse(store, history, argument); /* again, now that nobody else can change it */
  int64_t version = schema_version(store);
  schema_create(store, history, version);
  if (version == 0) schema_begin(store, history->current);
  else if (version < history->current) schema_upgrade(store, history, version);
  transaction_end(store);
}

/******** database/snapshot.h ********/

/* snapshot: the whole database of a store as bytes, and a store from such bytes. */
#ifndef NANGOLITE_SNAPSHOT_H
#define NANGOLITE_SNAPSHOT_H

/* Both are for outside a transaction. They latch NANGOLITE_MISUSE where this SQLite cannot do it, and
** where the store is attached, because its database is then the caller's. */

/* The bytes of the database. Free them with sqlite3_free(). NULL: a failure is latched. */
static char *snapshot_take(nangolite *store, size_t *size);

/* Gives the store the content that the bytes have. Latches NANGOLITE_MISUSE where the store is not in
** memory, NANGOLITE_BUSY where another handle of this process has it open, and NANGOLITE_INVALID,
** NANGOLITE_CORRUPT or NANGOLITE_NEWER_SCHEMA where the bytes are no store that this library reads, or
** have pages of another size. After a failure the store is as it was before. Returns whether runs are in
** progress in the content. */
static int snapshot_load(nangolite *store, slice bytes);

#endif

/******** database/snapshot.c ********/

/* The header of a database file (https://sqlite.org/fileformat2.html, section 1.3). */
enum {
  SNAPSHOT_HEADER = 100,
  SNAPSHOT_JOURNAL = 18 /* two bytes: 1 for a rollback journal, 2 for a write-ahead log */
};

static void snapshot_check_store(nangolite *store) {
  if (!store->owned)
    store_fail(store, NANGOLITE_MISUSE, "the store is attached: its database is the caller's");
  if (!memory_image_is_available())
    store_fail(store, NANGOLITE_MISUSE, "snapshots need SQLite 3.36 or newer, and this is %s",
               sqlite3_libversion());
}

/* The copy has no write-ahead log beside it, so its header must not name one. */
static char *snapshot_take(nangolite *store, size_t *size) {
  snapshot_check_store(store);
  sqlite3 *copy = store_failed(store) ? NULL : memory_image_open((slice){NULL, 0});
  if (copy == NULL) {
    store_fail_memory(store);
    return NULL;
  }
  int code = memory_image_copy(copy, store->db);
  char *bytes = code == SQLITE_OK ? memory_image_read(copy, size) : NULL;
  if (bytes == NULL) store_fail_sqlite(store, code == SQLITE_OK ? SQLITE_NOMEM : code);
  else if (*size >= SNAPSHOT_HEADER) bytes[SNAPSHOT_JOURNAL] = bytes[SNAPSHOT_JOURNAL + 1] = 1;
  sqlite3_close(copy);
  return bytes;
}

static int snapshot_has_runs(nangolite *probe) {
  query q = query_open(probe, INSTANCE_IN_PROGRESS);
  int has_runs = query_next(&q);
  query_close(&q);
  return has_runs;
}

/* Latches what is wrong with the bytes, by the same look at them that opening a file takes. Sets *verdict to the mode of
** the store that they are, and to whether runs are in progress there. */
static void snapshot_judge(nangolite *store, sqlite3 *from, image_verdict *verdict) {
  nangolite *probe = store_allocate(store, sizeof *probe);
  if (probe == NULL) return;
  memset(probe, 0, sizeof *probe);
  probe->db = from;
  probe->options.as_nango = store->options.as_nango;
  schema_kind kind = schema_inspect(probe);
  int is_store = kind == SCHEMA_STORE && (sqlite3_errcode(from) & 0xff) != SQLITE_NOTADB;
  if (store_failed(probe) && !is_store) probe->result = NANGOLITE_OK;
  if (!is_store) store_fail(probe, NANGOLITE_INVALID, "these bytes are no store");
  schema_refuse(probe, schema_now(), "image");
  schema_take_mode(probe, "image");
  transaction_read_store(probe);
  verdict->has_runs = snapshot_has_runs(probe);
  if (store_failed(probe)) store_fail(store, probe->result, "%s", store_message(probe));
  query_finalize_all(probe);
  text_free(&probe->message);
  verdict->as_nango = probe->as_nango;
  sqlite3_free(probe);
}

/* Tests restore one image again and again. To judge it, SQLite parses the whole schema, which takes longer than to copy
** a small store. So the last verdict is kept, with a hash of the bytes: its key is drawn anew for each image, so nobody
** can prepare two images with one hash. */
static void snapshot_judge_once(nangolite *store, sqlite3 *from, slice bytes) {
  image_verdict *last = &store->verdict;
  if (last->size == bytes.length && hash_equals(last->hash, hash_bytes(&last->key, bytes.at, bytes.length)))
    return;
  image_verdict verdict = {.size = bytes.length};
  snapshot_judge(store, from, &verdict);
  if (store_failed(store)) return;
  sqlite3_randomness((int)sizeof verdict.key, &verdict.key);
  verdict.hash = hash_bytes(&verdict.key, bytes.at, bytes.length);
  *last = verdict;
}

static void snapshot_copy(nangolite *store, sqlite3 *from) {
  int code = memory_image_copy(store->db, from);
  if (code == SQLITE_READONLY)
    store_fail(store, NANGOLITE_INVALID, "image: its pages have another size than those of the store");
  else if (code != SQLITE_OK) store_fail_sqlite(store, code);
}

/* A database in memory has no file name, except that of memory:NAME, which SQLite's memdb knows by one. */
static void snapshot_check_memory(nangolite *store) {
  if (store_failed(store)) return;
  const char *name = sqlite3_db_filename(store->db, "main");
  int is_file = !store->is_shared_memory && name != NULL && *name != '\0';
  if (is_file)
    store_fail(store, NANGOLITE_MISUSE, "the store is in a file: only one in memory can be restored");
  if (open_stores_share_memory(store))
    store_fail(store, NANGOLITE_BUSY, "the store is busy: another handle has it open");
}

static int snapshot_load(nangolite *store, slice bytes) {
  snapshot_check_store(store);
  snapshot_check_memory(store);
  if (store_failed(store)) return 0;
  if (bytes.length < SNAPSHOT_HEADER) store_fail(store, NANGOLITE_INVALID, "image: these bytes are no store");
  sqlite3 *from = store_failed(store) ? NULL : memory_image_open(bytes);
  if (from == NULL) store_fail_memory(store);
  else snapshot_judge_once(store, from, bytes);
  if (!store_failed(store)) snapshot_copy(store, from);
  sqlite3_close(from);
  if (store_failed(store)) return 0;
  store->as_nango = store->verdict.as_nango;
  return store->verdict.has_runs;
}

/******** records/connection.h ********/

/* connection: the row of a connection, which is an account of an end user in an integration: finding,
** making and listing connections, and their metadata. */
#ifndef NANGOLITE_CONNECTION_H
#define NANGOLITE_CONNECTION_H

/* A connection as the file has it. */
typedef struct connection_row {
  int64_t id;
  slice provider_config_key, connection_id;
  slice metadata;                 /* a JSON object; absent: no metadata were set */
  int64_t created_at, updated_at; /* updated_at: when the metadata were set last, else created_at */
} connection_row;

/* Reads a connection's row. Its slices are valid until `q` is closed, which the caller does in any case. 0:
** there is no such connection, or a failure is latched; metadata that are no JSON object are
** NANGOLITE_CORRUPT. */
static int connection_get(nangolite *store, int64_t id, query *q, connection_row *found);
/* Sets the metadata to a checked JSON object, and updated_at to now. */
static void connection_set_metadata(nangolite *store, int64_t id, slice metadata);

/* The connection's id. 0: it does not exist, which is latched, or a failure was latched before. */
static int64_t connection_find(nangolite *store, const char *provider_config_key, const char *connection_id);

/* The ids of the connections that have these names, in the order of names. Where a name is NULL, any name
** will do. The list may be empty. The caller frees it with sqlite3_free(list.at). */
static id_list connection_select(nangolite *store, const char *provider_config_key,
                                 const char *connection_id);

/* Latches NANGOLITE_UNKNOWN_PROVIDER_CONFIG where the integration has neither a connection nor a
** definition. */
static void connection_need_integration(nangolite *store, const char *provider_config_key);

/* The connection's id, for a write transaction: makes the connection where it does not exist. 0: a failure is
** latched. */
static int64_t connection_open(nangolite *store, const char *provider_config_key, const char *connection_id);

/* Only its own row: what it has must have gone before. */
static void connection_remove(nangolite *store, int64_t id);

#endif

/******** records/connection.c ********/

/* A damaged file may have any text in the place of metadata. */
static void connection_judge_metadata(nangolite *store, const connection_row *found) {
  json_value value;
  if (found->metadata.at == NULL || store_failed(store)) return;
  json_error error = json_scan(found->metadata, &value);
  if (error.reason == NULL && value.type == JSON_OBJECT) return;
  store_fail(store, NANGOLITE_CORRUPT, "the metadata of the connection '%.*s' are no JSON object",
             (int)found->connection_id.length, found->connection_id.at);
}

static int connection_get(nangolite *store, int64_t id, query *q, connection_row *found) {
  *q = query_open(store, CONNECTION_GET);
  query_bind_int(q, id);
  if (!query_next(q)) return 0;
  *found = (connection_row){query_int(q, 0),  query_text(q, 1), query_text(q, 2),
                            query_text(q, 3), query_int(q, 4),  query_int(q, 5)};
  connection_judge_metadata(store, found);
  return !store_failed(store);
}

static void connection_set_metadata(nangolite *store, int64_t id, slice metadata) {
  query q = query_open(store, CONNECTION_SET_METADATA);
  query_bind_text(&q, metadata);
  query_bind_int(&q, store->now);
  query_bind_int(&q, id);
  query_run(&q);
}

static int64_t connection_id_of(nangolite *store, const char *provider_config_key,
                                const char *connection_id) {
  query q = query_open(store, CONNECTION_FIND);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(connection_id));
  return query_number(&q);
}

/* An integration exists where it has a connection or a definition. */
static int connection_integration_exists(nangolite *store, const char *provider_config_key) {
  query q = query_open(store, INTEGRATION_FIND);
  query_bind_text(&q, slice_of(provider_config_key));
  int exists = query_next(&q);
  query_close(&q);
  return exists;
}

static void connection_need_integration(nangolite *store, const char *provider_config_key) {
  if (store_failed(store) || connection_integration_exists(store, provider_config_key)) return;
  store_fail(store, NANGOLITE_UNKNOWN_PROVIDER_CONFIG, "provider_config_key: there is no integration '%s'",
             provider_config_key);
}

static int64_t connection_find(nangolite *store, const char *provider_config_key, const char *connection_id) {
  int64_t id = connection_id_of(store, provider_config_key, connection_id);
  if (id != 0 || store_failed(store)) return id;
  connection_need_integration(store, provider_config_key);
  store_fail(store, NANGOLITE_UNKNOWN_CONNECTION,
             "connection_id: there is no connection '%s' in the integration '%s'", connection_id,
             provider_config_key);
  return 0;
}

static id_list connection_select(nangolite *store, const char *provider_config_key,
                                 const char *connection_id) {
  id_list list = {NULL, 0, 0};
  if (provider_config_key != NULL && connection_id != NULL) {
    int64_t id = connection_id_of(store, provider_config_key, connection_id);
    if (id != 0) id_list_add(store, &list, id);
    return list;
  }
  statement_id by = provider_config_key != NULL ? CONNECTION_OF_INTEGRATION
                    : connection_id != NULL     ? CONNECTION_OF_NAME
                                                : CONNECTION_ALL;
  query q = query_open(store, by);
  if (provider_config_key != NULL) query_bind_text(&q, slice_of(provider_config_key));
  if (connection_id != NULL) query_bind_text(&q, slice_of(connection_id));
  id_list_read(store, &list, &q);
  return list;
}

static int64_t connection_open(nangolite *store, const char *provider_config_key, const char *connection_id) {
  int64_t id = connection_id_of(store, provider_config_key, connection_id);
  if (id != 0 || store_failed(store)) return id;
  query q = query_open(store, CONNECTION_INSERT);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(connection_id));
  query_bind_int(&q, store->now);
  query_run(&q);
  return store_failed(store) ? 0 : sqlite3_last_insert_rowid(store->db);
}

static void connection_remove(nangolite *store, int64_t id) {
  query_run_with(store, CONNECTION_DELETE, id);
}

/******** records/collection.h ********/

/* collection: the row of a collection: its counters, its delete window, and what else is known of it without
** reading its records. */
#ifndef NANGOLITE_COLLECTION_H
#define NANGOLITE_COLLECTION_H

typedef struct collection {
  int64_t id;                  /* 0: the collection does not exist, and all else is 0 */
  int64_t sequence;            /* the sequence of its last change */
  int64_t numbers;             /* the last number that was issued */
  int64_t counts[STATE_COUNT]; /* how many records are in each state */
  int64_t bytes;               /* the bytes of the payloads that are not pruned */
  int64_t oldest_payload_at;   /* no payload that is not pruned has an earlier stamp; 0: there is none */
  int64_t stored_oldest;       /* oldest_payload_at as it is in the file */
  int64_t window_opened_at;    /* 0: no delete window is open */
  int64_t window_live;         /* how many records were live when it was opened */
} collection;

/* What names a collection. The variant may be NULL, which means "base". */
typedef struct collection_name {
  int64_t connection;
  const char *model, *variant;
} collection_name;

/* These read a collection's row, in a transaction. Where there is none, or a failure is latched, they
** return a collection whose id is 0. A row with a number out of its range is latched as NANGOLITE_CORRUPT. */

static collection collection_find(nangolite *store, const collection_name *name);
/* Latches NANGOLITE_UNKNOWN_CONNECTION or NANGOLITE_UNKNOWN_PROVIDER_CONFIG where the scope's connection
** does not exist. */
static collection collection_of_scope(nangolite *store, const nangolite_scope *scope);
/* Finds also a collection that was taken away (removal.h). */
static collection collection_by_id(nangolite *store, int64_t id);

/* Reads a collection's row in a write transaction, and makes it where it is not there. */
static collection collection_open(nangolite *store, const collection_name *name);

/* Writes the row back. */
static void collection_save(nangolite *store, collection *c);

/* How many records are not deleted. */
static int64_t collection_live(const collection *c);

/* Takes the next sequence, and returns the row key that it makes with a state. Latches NANGOLITE_FULL where
** the sequences are used up. */
static int64_t collection_next_key(nangolite *store, collection *c, int state);

/* The stamp of a collection's latest change. 0: it has no records. */
static int64_t collection_changed_at(nangolite *store, int64_t id);

/* Keeps oldest_payload_at true where a payload with this stamp is stored. */
static void collection_lower_oldest(collection *c, int64_t stamp);

/* The next three are of removal.h. */

/* Takes the collection away: no name leads to it any more, and its rows are still to be freed. */
static void collection_take_away(nangolite *store, int64_t id);
/* One that was taken away; 0: there is none. */
static int64_t collection_taken_away(nangolite *store);
/* Its own row goes, after all others. */
static void collection_remove(nangolite *store, int64_t id);

#endif

/******** records/collection.c ********/

/* The numbers of the row are checked here only. All other code may rely on their ranges. */
static int collection_read_row(const query *q, collection *c) {
  int column = 0;
  int is_sound = query_int_within(q, column++, 1, ROW_KEY_COLLECTION_MAX, &c->id);
  is_sound &= query_int_within(q, column++, 0, ROW_KEY_SEQUENCE_MAX, &c->sequence);
  is_sound &= query_int_within(q, column++, 0, c->sequence, &c->numbers);
  for (int state = 0; state < STATE_COUNT; state++)
    is_sound &= query_int_within(q, column++, 0, c->numbers, &c->counts[state]);
  is_sound &= query_int_within(q, column++, 0, INT64_MAX / 2, &c->bytes);
  is_sound &= query_int_within(q, column++, 0, TIME_MAX, &c->oldest_payload_at);
  c->stored_oldest = c->oldest_payload_at;
  is_sound &= query_int_within(q, column++, 0, TIME_MAX, &c->window_opened_at);
  is_sound &= query_int_within(q, column++, 0, c->numbers, &c->window_live);
  return is_sound;
}

static collection collection_read(query *q) {
  collection c = {0};
  if (query_next(q) && !collection_read_row(q, &c)) {
    store_fail(q->store, NANGOLITE_CORRUPT, "collection %lld: its row has a number that cannot be",
               (long long)c.id);
    c = (collection){0};
  }
  query_close(q);
  return c;
}

static collection collection_find(nangolite *store, const collection_name *name) {
  query q = query_open(store, COLLECTION_FIND);
  query_bind_int(&q, name->connection);
  query_bind_text(&q, name_of_variant(slice_of(name->variant)));
  query_bind_text(&q, slice_of(name->model));
  return collection_read(&q);
}

static collection collection_by_id(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_BY_ID);
  query_bind_int(&q, id);
  return collection_read(&q);
}

/* For a new collection whose id does not fit into a row key: gives it the least id that no collection has. */
static int64_t collection_reuse_id(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_FREE_ID);
  int64_t free_id = query_next(&q) ? query_int(&q, 0) : 0;
  query_close(&q);
  if (free_id > ROW_KEY_COLLECTION_MAX)
    store_fail(store, NANGOLITE_FULL, "the file has no room for a further collection");
  q = query_open(store, COLLECTION_SET_ID);
  query_bind_int(&q, free_id);
  query_bind_int(&q, id);
  query_run(&q);
  return free_id;
}

static collection collection_open(nangolite *store, const collection_name *name) {
  collection c = collection_find(store, name);
  if (c.id != 0 || store_failed(store)) return c;
  query q = query_open(store, COLLECTION_INSERT);
  query_bind_int(&q, name->connection);
  query_bind_text(&q, name_of_variant(slice_of(name->variant)));
  query_bind_text(&q, slice_of(name->model));
  query_run(&q);
  if (store_failed(store)) return c;
  c.id = sqlite3_last_insert_rowid(store->db);
  if (c.id > ROW_KEY_COLLECTION_MAX) c.id = collection_reuse_id(store, c.id);
  return c;
}

static void collection_save_age(nangolite *store, collection *c) {
  query q = query_open(store, COLLECTION_UPDATE_AGE);
  query_bind_int_or_null(&q, c->oldest_payload_at);
  query_bind_int(&q, c->id);
  query_run(&q);
  c->stored_oldest = c->oldest_payload_at;
}

static void collection_save(nangolite *store, collection *c) {
  query q = query_open(store, COLLECTION_UPDATE);
  query_bind_int(&q, c->sequence);
  query_bind_int(&q, c->numbers);
  for (int state = 0; state < STATE_COUNT; state++) query_bind_int(&q, c->counts[state]);
  query_bind_int(&q, c->bytes);
  query_bind_int_or_null(&q, c->window_opened_at);
  query_bind_int(&q, c->window_live);
  query_bind_int(&q, c->id);
  query_run(&q);
  if (c->oldest_payload_at != c->stored_oldest) collection_save_age(store, c);
}

static int64_t collection_live(const collection *c) {
  return c->counts[ACTION_ADDED] + c->counts[ACTION_UPDATED] + c->counts[STATE_PRUNED + ACTION_ADDED] +
         c->counts[STATE_PRUNED + ACTION_UPDATED];
}

static int64_t collection_next_key(nangolite *store, collection *c, int state) {
  if (c->sequence == ROW_KEY_SEQUENCE_MAX)
    store_fail(store, NANGOLITE_FULL, "the collection has no room for a further change");
  else c->sequence++;
  return row_key_make(c->id, state, c->sequence);
}

static int64_t collection_changed_at(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_CHANGED_AT);
  query_bind_int(&q, id);
  return query_number(&q);
}

static void collection_lower_oldest(collection *c, int64_t stamp) {
  if (c->oldest_payload_at == 0 || stamp < c->oldest_payload_at) c->oldest_payload_at = stamp;
}

static collection collection_of_scope(nangolite *store, const nangolite_scope *scope) {
  if (store_failed(store)) return (collection){0};
  collection_name name = {.connection =
                            connection_find(store, scope->provider_config_key, scope->connection_id),
                          .model = scope->model,
                          .variant = scope->variant};
  return collection_find(store, &name);
}

static void collection_take_away(nangolite *store, int64_t id) {
  query_run_with(store, COLLECTION_TAKE_AWAY, id);
}

static int64_t collection_taken_away(nangolite *store) {
  query q = query_open(store, COLLECTION_TAKEN_AWAY);
  return query_number(&q);
}

static void collection_remove(nangolite *store, int64_t id) {
  query q = query_open(store, COLLECTION_REMOVE);
  query_bind_int(&q, id);
  if (query_run(&q) == 0) store_fail(store, NANGOLITE_CORRUPT, "a collection's row cannot be removed");
}

/******** records/identity.h ********/

/* identity: the row that leads from a record's id to its number. No other part writes or
** deletes it.
**
** The row is written when the record arrives, and never changed: what changes is in the entry of the number
** (entry.h). The numbers of a collection are issued in the order of arrival, 1, 2, 3, ..., and none of them
** twice. */
#ifndef NANGOLITE_IDENTITY_H
#define NANGOLITE_IDENTITY_H

/* The number of the record with this id. 0: the collection has no such record, or a failure is latched. */
static int64_t identity_find(nangolite *store, const collection *c, slice id);

/* The number in a column. 0: the collection has never issued it, which is latched as NANGOLITE_CORRUPT. */
static int64_t identity_number(const query *q, int column, const collection *c);

/* Inserts the identities of new records, IDENTITY_GROUP of them with one statement. Add them in the order
** of ids, so that each page is touched once, and flush in the end. The ids must live until they are
** flushed. */
enum { IDENTITY_GROUP = 16 };
typedef struct identity_writer {
  nangolite *store;
  int64_t collection;
  int count;
  slice ids[IDENTITY_GROUP];
  int64_t numbers[IDENTITY_GROUP];
} identity_writer;

static void identity_add(identity_writer *w, slice id, int64_t number);
static void identity_flush(identity_writer *w);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t identity_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif

/******** records/identity.c ********/

static int64_t identity_number(const query *q, int column, const collection *c) {
  int64_t number;
  if (query_int_within(q, column, 1, c->numbers, &number)) return number;
  store_fail(q->store, NANGOLITE_CORRUPT, "collection %lld: an identity has a number that was never issued",
             (long long)c->id);
  return 0;
}

static int64_t identity_find(nangolite *store, const collection *c, slice id) {
  query q = query_open(store, IDENTITY_FIND);
  query_bind_int(&q, c->id);
  query_bind_text(&q, id);
  int64_t number = query_next(&q) ? identity_number(&q, 0, c) : 0;
  query_close(&q);
  return number;
}

static void identity_insert(identity_writer *w, statement_id id, int from, int count) {
  query q = query_open(w->store, id);
  for (int i = from; i < from + count; i++) {
    query_bind_int(&q, w->collection);
    query_bind_text(&q, w->ids[i]);
    query_bind_int(&q, w->numbers[i]);
  }
  query_run(&q);
}

static void identity_flush(identity_writer *w) {
  if (w->count == IDENTITY_GROUP) {
    identity_insert(w, IDENTITY_INSERT_GROUP, 0, IDENTITY_GROUP);
  } else {
    for (int i = 0; i < w->count; i++) identity_insert(w, IDENTITY_INSERT, i, 1);
  }
  w->count = 0;
}

static void identity_add(identity_writer *w, slice id, int64_t number) {
  w->ids[w->count] = id;
  w->numbers[w->count++] = number;
  if (w->count == IDENTITY_GROUP) identity_flush(w);
}

static int64_t identity_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, IDENTITIES_FREE, collection_id, limit);
}

/******** records/entry.h ********/

/* entry: what is known of each record without reading it: the rows of nango_entry and nango_alternate. No
** other part writes or deletes them.
**
** nango_entry has one row for every ENTRY_GROUP numbers of a collection, so records that arrived together
** share a row. A full row fills most of a page. It has 28 bytes for each record, little-endian:
**
**   0 .. 15  hash     of the payload's text; once it is pruned, of its value
**  16 .. 23  key      the record's row key (row_key.h); 0: the number names no record
**  24 .. 27  length   of the payload's text, 0 once it is pruned; the highest bit: there is an alternate
**
** nango_alternate has a row for a group where some record was saved with another text of the same value and
** the same type of id; in a store made with as_nango, where what was given last is another text than the
** stored one (as_nango.h). It has the hash and the length of that text, 20 bytes for each record. Where the
** highest bit of length in a record's entry is not set, these 20 bytes have no meaning.
**
** A few rows of each table are kept in memory during a call, so looking at numbers in ascending order reads
** each row once. What becomes of a record is marked; a flush writes what was marked in the order of
** numbers, each row once. */
#ifndef NANGOLITE_ENTRY_H
#define NANGOLITE_ENTRY_H

enum { ENTRY_GROUP = 128, ENTRY_BYTES = 28, ALTERNATE_BYTES = 20, ENTRY_ROWS = 4 };

/* The hash and length of a text: of a payload, or of an alternate. */
typedef struct entry_text {
  hash128 hash;
  uint32_t length;
} entry_text;

typedef struct known_entry {
  entry_text text; /* once the payload is pruned, the hash is that of its value, and the length is 0 */
  int64_t key;
  int has_alternate;
} entry;

/* A row of nango_entry or nango_alternate in memory. */
typedef struct entry_row {
  int64_t group; /* the numbers from group * ENTRY_GROUP + 1 on; -1: there is no row here */
  size_t length;
  int is_changed;
  unsigned char bytes[ENTRY_GROUP * ENTRY_BYTES];
} entry_row;

typedef struct entry_mark {
  int64_t number;
  entry becomes;
  entry_text alternate; /* length 0: there is none to write */
} entry_mark;

/* The entries of one collection, during one call. */
typedef struct entries {
  nangolite *store;
  collection *of;     /* its counters are kept by record.c */
  entry_row *rows[2]; /* ENTRY_ROWS rows of nango_entry, and of nango_alternate; NULL until needed */
  entry_mark *marks;
  size_t count, capacity;
  int is_unsorted;
} entries;

/* Reads nothing yet. `of` must live until entries_free(). */
static entries entries_open(nangolite *store, collection *of);
/* Writes what was marked. Nothing is marked then. */
static void entries_flush(entries *e);
/* Frees the memory. What was marked and not flushed is not written. */
static void entries_free(entries *e);

/* Reads the entry of a number that was issued. What was marked and not flushed is not in it. 0: the number
** names no record, or a failure is latched. An entry that is missing, or whose row key cannot be, is
** NANGOLITE_CORRUPT. */
static int entry_find(entries *e, int64_t number, entry *found);
/* Reads the alternate of a number whose entry is `of`. 0: there is none, or a failure is latched. */
static int entry_find_alternate(entries *e, int64_t number, const entry *of, entry_text *found);

/* Marks what a number's entry becomes; its alternate is forgotten. Each number may be marked at most once
** before a flush. */
static void entry_mark_change(entries *e, int64_t number, const entry *becomes);
/* The same for a record that keeps its payload, and came with another text of the same value: its
** alternate. */
static void entry_mark_alternate(entries *e, int64_t number, const entry *becomes, entry_text alternate);

/* For a repair, which makes the entries of a collection again. Its `numbers` are right already, and rows of
** alternates have the right length.
**
**   entry_mender m = entry_mend_begin(store, c);
**   entry_mend(&m, number, key, payload);           for each record, in the order of numbers
**   entry_mend_end(&m);                             0: nothing had to be written */
typedef enum entry_mended {
  ENTRY_WAS_RIGHT,
  ENTRY_WAS_WRONG,
  ENTRY_HAD_ANOTHER_TEXT /* it leads to the record, but the payload is not the text whose hash it has */
} entry_mended;

typedef struct entry_mender {
  nangolite *store;
  collection *of;
  int has_written;
  entry_row stored, alternates, made; /* of one group */
} entry_mender;

static entry_mender entry_mend_begin(nangolite *store, collection *of);
/* Of a pruned record the hash that is there is kept, because it cannot be made again. */
static entry_mended entry_mend(entry_mender *m, int64_t number, int64_t key, slice payload);
static int entry_mend_end(entry_mender *m);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t entry_free_rows(nangolite *store, int64_t collection_id, int64_t limit);
static int64_t entry_free_alternate_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif

/******** records/entry.c ********/

#define ENTRY_ALTERNATE_BIT UINT32_C(0x80000000)

_Static_assert((ENTRY_GROUP * ENTRY_BYTES) < 4000, "a full row needs no page beside its own");
_Static_assert(ENTRY_GROUP == 128 && ENTRY_BYTES == 28 && ALTERNATE_BYTES == 20,
               "the statements on invariants count with them");

/* The two tables, which are read and written in the same way. */
enum { ENTRY_TABLE, ALTERNATE_TABLE };

static const struct {
  statement_id get, put;
  size_t bytes;
} entry_tables[] = {[ENTRY_TABLE] = {ENTRY_GET, ENTRY_PUT, ENTRY_BYTES},
                    [ALTERNATE_TABLE] = {ALTERNATE_GET, ALTERNATE_PUT, ALTERNATE_BYTES}};

static int64_t entry_row_key(const entries *e, int64_t group) {
  return e->of->id << 32 | group;
}

static void entry_fail(entries *e, int64_t number, const char *what) {
  store_fail(e->store, NANGOLITE_CORRUPT, "collection %lld, record number %lld: %s", (long long)e->of->id,
             (long long)number, what);
}

static void entry_write_row(entries *e, int table, entry_row *row) {
  query q = query_open(e->store, entry_tables[table].put);
  query_bind_int(&q, entry_row_key(e, row->group));
  query_bind_blob(&q, row->bytes, row->length);
  query_run(&q);
  row->is_changed = 0;
}

/* A row that is not in the file is read as an empty one. */
static void entry_read_row(entries *e, int table, int64_t group, entry_row *row) {
  size_t bytes = entry_tables[table].bytes;
  row->group = group;
  row->length = 0;
  query q = query_open(e->store, entry_tables[table].get);
  query_bind_int(&q, entry_row_key(e, group));
  if (query_next(&q)) {
    slice stored = query_blob(&q, 0);
    if (stored.length % bytes != 0 || stored.length > ENTRY_GROUP * bytes || !query_is_blob(&q, 0))
      entry_fail(e, group * ENTRY_GROUP + 1, "the row of its entry has a length that cannot be");
    else if (stored.length > 0) memcpy(row->bytes, stored.at, row->length = stored.length);
  }
  query_close(&q);
}

static entry_row *entry_make_rows(entries *e) {
  entry_row *rows = store_allocate(e->store, ENTRY_ROWS * sizeof *rows);
  for (int i = 0; rows != NULL && i < ENTRY_ROWS; i++) {
    rows[i].group = -1;
    rows[i].is_changed = 0;
  }
  return rows;
}

/* The row of a number, which is read where it is not in memory. It takes the place of another row there,
** which is written first if it has changed. NULL: a failure is latched. */
static entry_row *entry_row_of(entries *e, int table, int64_t number) {
  int64_t group = (number - 1) / ENTRY_GROUP;
  if (e->rows[table] == NULL) e->rows[table] = entry_make_rows(e);
  if (e->rows[table] == NULL) return NULL;
  entry_row *row = &e->rows[table][group % ENTRY_ROWS];
  if (row->group == group) return row;
  if (row->group >= 0 && row->is_changed) entry_write_row(e, table, row);
  entry_read_row(e, table, group, row);
  if (!store_failed(e->store)) return row;
  row->group = -1;
  return NULL;
}

/* The bytes of a number in its row. NULL: the row ends before them. */
static unsigned char *entry_bytes(entry_row *row, int64_t number, size_t bytes) {
  size_t at = (size_t)((number - 1) % ENTRY_GROUP) * bytes;
  return at + bytes <= row->length ? row->bytes + at : NULL;
}

/* The same for writing: a row that ends before them is made longer, with zeros. */
static unsigned char *entry_room(entry_row *row, int64_t number, size_t bytes) {
  size_t end = (size_t)((number - 1) % ENTRY_GROUP + 1) * bytes;
  if (end > row->length) {
    memset(row->bytes + row->length, 0, end - row->length);
    row->length = end;
  }
  row->is_changed = 1;
  return row->bytes + (end - bytes);
}

static uint32_t entry_read_length(const unsigned char *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static void entry_write_length(unsigned char *to, uint32_t length) {
  for (int i = 0; i < 4; i++) to[i] = (unsigned char)(length >> (8 * i));
}

static int entry_find(entries *e, int64_t number, entry *found) {
  entry_row *row = entry_row_of(e, ENTRY_TABLE, number);
  const unsigned char *from = row == NULL ? NULL : entry_bytes(row, number, ENTRY_BYTES);
  if (row != NULL && from == NULL) entry_fail(e, number, "it has no entry");
  if (from == NULL) return 0;
  uint32_t length = entry_read_length(from + 24);
  found->text.hash = hash_read((const char *)from);
  found->key = (int64_t)bytes_word((const char *)from + 16);
  found->text.length = length & ~ENTRY_ALTERNATE_BIT;
  found->has_alternate = (length & ENTRY_ALTERNATE_BIT) != 0;
  if (found->key == 0) return 0;
  if (row_key_is_of(found->key, e->of->id, e->of->sequence)) return 1;
  entry_fail(e, number, "its entry has a row key that cannot be");
  return 0;
}

static int entry_find_alternate(entries *e, int64_t number, const entry *of, entry_text *found) {
  if (!of->has_alternate) return 0;
  entry_row *row = entry_row_of(e, ALTERNATE_TABLE, number);
  const unsigned char *from = row == NULL ? NULL : entry_bytes(row, number, ALTERNATE_BYTES);
  if (row != NULL && from == NULL) entry_fail(e, number, "it has no alternate");
  if (from == NULL) return 0;
  found->hash = hash_read((const char *)from);
  found->length = entry_read_length(from + HASH_BYTES);
  return found->length > 0;
}

static void entry_add_mark(entries *e, const entry_mark *mark) {
  entry_mark *marks = list_room(e->marks, NULL, e->count, &e->capacity, sizeof *marks);
  if (marks == NULL) {
    store_fail_memory(e->store);
    return;
  }
  e->marks = marks;
  if (e->count > 0 && marks[e->count - 1].number > mark->number) e->is_unsorted = 1;
  marks[e->count++] = *mark;
}

static void entry_mark_change(entries *e, int64_t number, const entry *becomes) {
  entry_mark mark = {number, *becomes, {{0, 0}, 0}};
  mark.becomes.has_alternate = 0;
  entry_add_mark(e, &mark);
}

static void entry_mark_alternate(entries *e, int64_t number, const entry *becomes, entry_text alternate) {
  entry_mark mark = {number, *becomes, alternate};
  mark.becomes.has_alternate = 1;
  entry_add_mark(e, &mark);
}

static int entry_compare_marks(const void *a, const void *b) {
  int64_t left = ((const entry_mark *)a)->number, right = ((const entry_mark *)b)->number;
  return (left > right) - (left < right);
}

static void entry_write(unsigned char *to, const entry *becomes) {
  uint32_t bit = becomes->has_alternate ? ENTRY_ALTERNATE_BIT : 0;
  hash_write(becomes->text.hash, (char *)to);
  for (int i = 0; i < 8; i++) to[16 + i] = (unsigned char)((uint64_t)becomes->key >> (8 * i));
  entry_write_length(to + 24, becomes->text.length | bit);
}

static void entry_flush_mark(entries *e, const entry_mark *mark) {
  entry_row *row = entry_row_of(e, ENTRY_TABLE, mark->number);
  if (row != NULL) entry_write(entry_room(row, mark->number, ENTRY_BYTES), &mark->becomes);
  if (row == NULL || mark->alternate.length == 0) return;
  row = entry_row_of(e, ALTERNATE_TABLE, mark->number);
  if (row == NULL) return;
  unsigned char *to = entry_room(row, mark->number, ALTERNATE_BYTES);
  hash_write(mark->alternate.hash, (char *)to);
  entry_write_length(to + HASH_BYTES, mark->alternate.length);
}

static void entries_flush(entries *e) {
  if (e->is_unsorted) qsort(e->marks, e->count, sizeof *e->marks, entry_compare_marks);
  for (size_t i = 0; i < e->count && !store_failed(e->store); i++) entry_flush_mark(e, &e->marks[i]);
  for (int table = ENTRY_TABLE; table <= ALTERNATE_TABLE; table++) {
    for (int i = 0; i < ENTRY_ROWS && e->rows[table] != NULL; i++) {
      entry_row *row = &e->rows[table][i];
      if (row->group >= 0 && row->is_changed) entry_write_row(e, table, row);
    }
  }
  e->count = 0;
  e->is_unsorted = 0;
}

static entries entries_open(nangolite *store, collection *of) {
  return (entries){.store = store, .of = of};
}

static void entries_free(entries *e) {
  sqlite3_free(e->rows[ENTRY_TABLE]);
  sqlite3_free(e->rows[ALTERNATE_TABLE]);
  sqlite3_free(e->marks);
  *e = (entries){.store = e->store, .of = e->of};
}

/* Any bytes: a row that is too long, or no blob, is read as an empty one. */
static void entry_mend_read(entry_mender *m, int table, entry_row *row) {
  row->length = 0;
  query q = query_open(m->store, entry_tables[table].get);
  query_bind_int(&q, m->of->id << 32 | row->group);
  if (query_next(&q) && query_is_blob(&q, 0)) {
    slice stored = query_blob(&q, 0);
    if (stored.length > 0 && stored.length <= sizeof row->bytes)
      memcpy(row->bytes, stored.at, row->length = stored.length);
  }
  query_close(&q);
}

static void entry_mend_open(entry_mender *m, int64_t group) {
  int64_t numbers = m->of->numbers - group * ENTRY_GROUP;
  m->stored.group = m->alternates.group = m->made.group = group;
  entry_mend_read(m, ENTRY_TABLE, &m->stored);
  entry_mend_read(m, ALTERNATE_TABLE, &m->alternates);
  m->made.length = (size_t)(numbers < ENTRY_GROUP ? numbers : ENTRY_GROUP) * ENTRY_BYTES;
  memset(m->made.bytes, 0, m->made.length);
}

static void entry_mend_close(entry_mender *m) {
  entry_row *made = &m->made;
  if (made->length == m->stored.length && memcmp(made->bytes, m->stored.bytes, made->length) == 0) return;
  entries all = {.store = m->store, .of = m->of};
  entry_write_row(&all, ENTRY_TABLE, made);
  m->has_written = 1;
}

/* Closes the groups before this one, and opens those that follow up to it. */
static void entry_mend_go_to(entry_mender *m, int64_t group) {
  while (m->made.group < group && !store_failed(m->store)) {
    if (m->made.group >= 0) entry_mend_close(m);
    entry_mend_open(m, m->made.group + 1);
  }
}

static entry_mender entry_mend_begin(nangolite *store, collection *of) {
  entry_mender m = {.store = store, .of = of};
  m.made.group = -1;
  return m;
}

static entry entry_mend_make(entry_mender *m, int64_t number, int64_t key, slice payload) {
  const unsigned char *was = entry_bytes(&m->stored, number, ENTRY_BYTES);
  entry made = {.key = key};
  if (row_key_is_pruned(key)) {
    int has_hash = was != NULL && entry_read_length(was + 24) == 0;
    if (has_hash) made.text.hash = hash_read((const char *)was);
    return made;
  }
  made.text.hash = hash_bytes(&m->store->key, payload.at, payload.length);
  made.text.length = (uint32_t)payload.length;
  const unsigned char *alternate = entry_bytes(&m->alternates, number, ALTERNATE_BYTES);
  made.has_alternate = was != NULL && alternate != NULL && entry_read_length(alternate + HASH_BYTES) > 0 &&
                       entry_read_length(was + 24) == (made.text.length | ENTRY_ALTERNATE_BIT) &&
                       hash_equals(made.text.hash, hash_read((const char *)was));
  return made;
}

static entry_mended entry_mend(entry_mender *m, int64_t number, int64_t key, slice payload) {
  entry_mend_go_to(m, (number - 1) / ENTRY_GROUP);
  if (store_failed(m->store)) return ENTRY_WAS_RIGHT;
  const unsigned char *was = entry_bytes(&m->stored, number, ENTRY_BYTES);
  unsigned char *bytes = entry_bytes(&m->made, number, ENTRY_BYTES);
  entry made = entry_mend_make(m, number, key, payload);
  entry_write(bytes, &made);
  if (was == NULL) return ENTRY_WAS_WRONG;
  if (memcmp(was, bytes, ENTRY_BYTES) == 0) return ENTRY_WAS_RIGHT;
  int is_led_to = memcmp(was + 16, bytes + 16, 8) == 0 && !row_key_is_pruned(key);
  return is_led_to && memcmp(was, bytes, 16) != 0 ? ENTRY_HAD_ANOTHER_TEXT : ENTRY_WAS_WRONG;
}

static int entry_mend_end(entry_mender *m) {
  if (m->of->numbers > 0) entry_mend_go_to(m, (m->of->numbers - 1) / ENTRY_GROUP);
  if (m->made.group >= 0 && !store_failed(m->store)) entry_mend_close(m);
  return m->has_written;
}

static int64_t entry_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, ENTRIES_FREE, collection_id, limit);
}

static int64_t entry_free_alternate_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, ALTERNATES_FREE, collection_id, limit);
}

/******** records/record.h ********/

/* record: the row that holds a record's payload. No other part writes or deletes it.
**
** nango_record holds the records in the order of change, under row keys (row_key.h). A change gives the
** record's row and entry a new row key, which is the last of its state. Pruning, and restoring a payload,
** change the state in the row key and keep the sequence. The entry is only marked here: entries_flush()
** writes it. The collection's counters are kept here, and collection_save() writes them. */
#ifndef NANGOLITE_RECORD_H
#define NANGOLITE_RECORD_H

typedef struct record_row {
  int64_t key;
  int64_t number;
  slice id, payload; /* valid until the query takes its next step or is closed */
  int64_t last_modified_at;
  int64_t first_seen_at; /* last_modified_at where the column is NULL */
  int64_t pruned_at;     /* 0: NULL */
  int64_t deleted_at;    /* 0: it is not deleted; last_modified_at where the column is NULL */
} record_row;

/* A record, its entry, and what a change writes. The slices belong to the caller. */
typedef struct record_change {
  int64_t number;
  entry was; /* its entry; not used where the record is new */
  slice id;
  slice payload;
  hash128 hash;         /* of the payload's text; for record_prune() of the value that is pruned */
  int64_t writer;       /* the number of the run, if it writes under ignore_if_modified_after; else 0 */
  entry_text alternate; /* the alternate that the record gets (entry.h); length 0: none */
  int64_t deleted_at;   /* of a deletion that says when it was, else 0 */
} record_change;

/* The alternate of a change, or its payload where it has none: with as_nango, what was given. */
static entry_text record_given(const record_change *change);

/* The number of the record with this id, and its entry. 0: there is no such record, or a failure is
** latched. */
static int64_t record_find(entries *e, slice id, entry *found);

/* Reads the columns of RECORD_GET and FEED_STATE. 0: a failure is latched, NANGOLITE_CORRUPT where the row
** cannot be. */
static int record_read(const query *q, record_row *found);

/* Reads the row with a row key. 0: a failure is latched, also where there is no such row. The caller closes
** `q` in any case. */
static int record_get_at(nangolite *store, int64_t key, query *q, record_row *found);

/* The same for the row that an entry leads to, which must have the entry's number. */
static int record_get(entries *e, int64_t number, const entry *of, query *q, record_row *found);
/* The same for a record whose payload is going to be parsed. The row must have the id `id`, and the payload
** the hash of the entry; where it was pruned, and has no such hash, it must be a JSON object. */
static int record_get_sound(entries *e, int64_t number, const entry *of, slice id, query *q,
                            record_row *found);
/* Judges the payload of a row in the same way, where the row was not found by its entry. Sets *known to its
** entry, which must lead to the row. 0: a failure is latched. */
static int record_is_sound(entries *e, const record_row *r, entry *known);
/* The run that made the record's latest change, if it did so under ignore_if_modified_after. 0: anybody
** else did, or a failure is latched. */
static int64_t record_writer(entries *e, int64_t number, const entry *of);

/* Stores a new record, as added or, for a tombstone, as deleted, and returns its number. The caller writes
** its identity. */
static int64_t record_insert(entries *into, action as, const record_change *change);

/* The same for RECORD_GROUP records, all of them added, with one statement. Returns the number of the
** first. */
enum { RECORD_GROUP = 16 };
static int64_t record_insert_group(entries *into, const record_change *changes);

/* Stores a record as it was in another store: what `row` says (its deleted_at is 0 for the stamp) besides
** its key and number, which are the next ones of the collection, in a state. `written` is what its entry
** has, and `alternate` its alternate (length 0: none). Returns its number. The caller writes its
** identity. */
static int64_t record_load(entries *into, int state, const record_row *row, entry_text written,
                           entry_text alternate);

/* The next four take the row as record_get() has read it. They use the lengths of its slices but not their
** bytes, so its query may be closed. */

/* A live record gets a payload of another value. */
static void record_update(entries *into, const record_row *was, const record_change *change);
/* A deleted record is added again. */
static void record_revive(entries *into, const record_row *was, const record_change *change);
/* The same value is stored in another text: a pruned payload comes back, or the type of the id is another
** one. Stamp and sequence stay. */
static void record_restore(entries *into, const record_row *was, const record_change *change);
/* The payload is pruned: change->payload is the stub that takes its place, change->hash is the hash of the
** value. For a record that was pruned before, only the stub is replaced. */
static void record_prune(entries *into, const record_row *was, const record_change *change);

/* A live record becomes deleted and keeps the payload or stub that it has. change->payload and change->hash
** are not used, and change->id only in messages. */
static void record_delete(entries *into, const record_change *change);

/* A record becomes deleted, or deleted again, with the payload that is given. Takes the row as record_get()
** has read it. */
static void record_delete_with(entries *into, const record_row *was, const record_change *change);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t record_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif

/******** records/record.c ********/

static void record_fail(nangolite *store, int64_t key, slice id, const char *what) {
  store_fail(store, NANGOLITE_CORRUPT, "collection %lld, id '%.*s': %s", (long long)row_key_collection(key),
             (int)id.length, id.at == NULL ? "" : id.at, what);
}

static int64_t record_find(entries *e, slice id, entry *found) {
  int64_t number = identity_find(e->store, e->of, id);
  if (number == 0 || entry_find(e, number, found)) return number;
  record_fail(e->store, row_key_make(e->of->id, 0, 0), id, "its identity leads to no record");
  return 0;
}

/* Why a row cannot be, or NULL. Every reader relies on this. It does not check that the payload is JSON,
** which would mean reading each of its bytes: whoever parses a payload does that. A column of another type
** is read as some value of the right type, which must be in its range as well. */
static const char *record_wrong(const record_row *r) {
  slice id = r->id, payload = r->payload;
  if (id.length == 0 || id.length > RECORD_ID_MAX || memchr(id.at, '\0', id.length) != NULL)
    return "its id cannot be";
  if (r->number < 1 || r->number > ROW_KEY_SEQUENCE_MAX) return "its number cannot be";
  if (r->last_modified_at < 1 || r->last_modified_at > TIME_MAX) return "its stamp cannot be";
  if (r->first_seen_at < 0 || r->first_seen_at > r->last_modified_at) return "its first_seen_at cannot be";
  if (r->pruned_at < 0 || r->pruned_at > TIME_MAX) return "its pruned_at cannot be";
  if (r->deleted_at < 0 || r->deleted_at > TIME_MAX) return "its deleted_at cannot be";
  if (row_key_state(r->key) >= STATE_COUNT) return "its key has a state that there is not";
  if (row_key_is_pruned(r->key) != (r->pruned_at != 0)) return "its pruned_at and its state disagree";
  if (payload.length < 2 || payload.at[0] != '{' || payload.at[payload.length - 1] != '}')
    return "the payload is no JSON object";
  return NULL;
}

static int record_read(const query *q, record_row *found) {
  *found = (record_row){.key = query_int(q, 0),
                        .id = query_text(q, 1),
                        .number = query_int(q, 2),
                        .last_modified_at = query_int(q, 3),
                        .first_seen_at = query_int(q, 4),
                        .pruned_at = query_int(q, 5),
                        .payload = query_text(q, 6)};
  int is_deleted = row_key_action(found->key) == ACTION_DELETED;
  if (is_deleted) found->deleted_at = query_int(q, 7);
  if (store_failed(q->store)) return 0; /* reading the texts may have failed for want of memory */
  const char *wrong = record_wrong(found);
  if (wrong != NULL) record_fail(q->store, found->key, found->id, wrong);
  if (found->first_seen_at == 0) found->first_seen_at = found->last_modified_at;
  if (is_deleted && found->deleted_at == 0) found->deleted_at = found->last_modified_at;
  return wrong == NULL;
}

static int record_get_at(nangolite *store, int64_t key, query *q, record_row *found) {
  *q = query_open(store, RECORD_GET);
  query_bind_int(q, key);
  if (query_next(q)) return record_read(q, found);
  store_fail(store, NANGOLITE_CORRUPT, "collection %lld: there is no record with the key %lld",
             (long long)row_key_collection(key), (long long)key);
  return 0;
}

static int record_get(entries *e, int64_t number, const entry *of, query *q, record_row *found) {
  if (!record_get_at(e->store, of->key, q, found)) return 0;
  if (found->number == number) return 1;
  record_fail(e->store, found->key, found->id, "its number is another than that of its entry");
  return 0;
}

/* A payload that has its hash is the one that was stored, and it was parsed before that. The hash of a
** pruned record is not that of its stub, so a stub is parsed here. */
static int record_is_judged(entries *e, const record_row *r, const entry *known) {
  if (!row_key_is_pruned(r->key)) {
    if (hash_equals(hash_bytes(&e->store->key, r->payload.at, r->payload.length), known->text.hash)) return 1;
    record_fail(e->store, r->key, r->id, "the payload has another hash than it was stored with");
    return 0;
  }
  json_value value;
  if (json_scan(r->payload, &value).reason == NULL && value.type == JSON_OBJECT) return 1;
  record_fail(e->store, r->key, r->id, "the payload is no JSON object");
  return 0;
}

static int record_get_sound(entries *e, int64_t number, const entry *of, slice id, query *q,
                            record_row *found) {
  if (!record_get(e, number, of, q, found)) return 0;
  if (slice_equals(found->id, id)) return record_is_judged(e, found, of);
  record_fail(e->store, found->key, id, "its entry leads to a record with another id");
  return 0;
}

static int record_is_sound(entries *e, const record_row *r, entry *known) {
  int is_there = r->number <= e->of->numbers && entry_find(e, r->number, known);
  if (!store_failed(e->store) && (!is_there || known->key != r->key))
    record_fail(e->store, r->key, r->id, "its entry does not lead to it");
  return !store_failed(e->store) && record_is_judged(e, r, known);
}

static int64_t record_writer(entries *e, int64_t number, const entry *of) {
  query q;
  record_row found = {0};
  int64_t writer = record_get(e, number, of, &q, &found) ? query_int(&q, 8) : 0;
  query_close(&q);
  return writer;
}

static entry_text record_given(const record_change *change) {
  return change->alternate.length > 0 ? change->alternate
                                      : (entry_text){change->hash, (uint32_t)change->payload.length};
}

static void record_mark(entries *into, int64_t number, const entry *becomes, const record_change *change) {
  if (change->alternate.length == 0) entry_mark_change(into, number, becomes);
  else entry_mark_alternate(into, number, becomes, change->alternate);
}

static entry record_entry(int64_t key, const record_change *change) {
  return (entry){{change->hash, (uint32_t)change->payload.length}, key, 0};
}

/* Marks the entry of a new record under the collection's next number, and counts the record. */
static void record_count_new(entries *into, int64_t key, int64_t stamp, const record_change *change) {
  entry made = record_entry(key, change);
  record_mark(into, ++into->of->numbers, &made, change);
  into->of->counts[row_key_state(key)]++;
  into->of->bytes += (int64_t)change->payload.length;
  collection_lower_oldest(into->of, stamp);
}

static void record_bind_new(query *q, int64_t key, int64_t number, int64_t stamp,
                            const record_change *change) {
  query_bind_int(q, key);
  query_bind_text(q, change->id);
  query_bind_int(q, number);
  query_bind_int(q, stamp);
  query_bind_int_or_null(q, change->writer);
  query_bind_text(q, change->payload);
}

static void record_set_deleted_at(nangolite *store, int64_t key, int64_t deleted_at) {
  if (deleted_at == 0) return;
  query q = query_open(store, RECORD_SET_DELETED_AT);
  query_bind_int(&q, deleted_at);
  query_bind_int(&q, key);
  query_run(&q);
}

static int64_t record_insert(entries *into, action as, const record_change *change) {
  int64_t key = collection_next_key(into->store, into->of, (int)as);
  int64_t stamp = store_next_stamp(into->store);
  query q = query_open(into->store, RECORD_INSERT);
  record_bind_new(&q, key, into->of->numbers + 1, stamp, change);
  query_run(&q);
  record_set_deleted_at(into->store, key, change->deleted_at);
  record_count_new(into, key, stamp, change);
  return into->of->numbers;
}

static int64_t record_insert_group(entries *into, const record_change *changes) {
  query q = query_open(into->store, RECORD_INSERT_GROUP);
  for (int i = 0; i < RECORD_GROUP; i++) {
    int64_t key = collection_next_key(into->store, into->of, ACTION_ADDED);
    int64_t stamp = store_next_stamp(into->store);
    record_bind_new(&q, key, into->of->numbers + 1, stamp, &changes[i]);
    record_count_new(into, key, stamp, &changes[i]);
  }
  query_run(&q);
  return into->of->numbers - RECORD_GROUP + 1;
}

static void record_load_row(entries *into, int64_t key, int64_t number, const record_row *row) {
  query q = query_open(into->store, LOAD_RECORD);
  query_bind_int(&q, key);
  query_bind_text(&q, row->id);
  query_bind_int(&q, number);
  query_bind_int(&q, row->last_modified_at);
  query_bind_int_or_null(&q, row->first_seen_at == row->last_modified_at ? 0 : row->first_seen_at);
  query_bind_int_or_null(&q, row->pruned_at);
  query_bind_int_or_null(&q, row->deleted_at);
  query_bind_text(&q, row->payload);
  query_run(&q);
}

static int64_t record_load(entries *into, int state, const record_row *row, entry_text written,
                           entry_text alternate) {
  collection *c = into->of;
  int64_t key = collection_next_key(into->store, c, state), number = ++c->numbers;
  entry becomes = {written, key, alternate.length > 0};
  record_load_row(into, key, number, row);
  if (alternate.length > 0) entry_mark_alternate(into, number, &becomes, alternate);
  else entry_mark_change(into, number, &becomes);
  c->counts[state]++;
  if (state >= STATE_PRUNED) return number;
  c->bytes += (int64_t)row->payload.length;
  collection_lower_oldest(c, row->last_modified_at);
  return number;
}

/* Gives a record another row key: runs `q`, a statement of which all but :key and :number is bound, marks
** the entry and counts the record in its new state. */
static void record_move(query *q, entries *into, const record_change *change, entry becomes) {
  int64_t from = change->was.key;
  query_bind_int(q, from);
  query_bind_int(q, change->number);
  if (query_run(q) != 1 && !store_failed(into->store))
    record_fail(into->store, from, change->id, "its entry leads to no record");
  record_mark(into, change->number, &becomes, change);
  into->of->counts[row_key_state(from)]--;
  into->of->counts[row_key_state(becomes.key)]++;
}

/* What the payload adds to the collection's bytes: nothing where it was pruned. */
static int64_t record_bytes(const record_row *r) {
  return row_key_is_pruned(r->key) ? 0 : (int64_t)r->payload.length;
}

/* Returns the new row key. */
static int64_t record_replace(entries *into, statement_id id, action as, const record_row *was,
                              const record_change *change) {
  int64_t key = collection_next_key(into->store, into->of, (int)as);
  int64_t stamp = store_next_stamp(into->store);
  query q = query_open(into->store, id);
  query_bind_int(&q, key);
  query_bind_int(&q, stamp);
  query_bind_int_or_null(&q, change->writer);
  query_bind_text(&q, change->payload);
  record_move(&q, into, change, record_entry(key, change));
  into->of->bytes += (int64_t)change->payload.length - record_bytes(was);
  collection_lower_oldest(into->of, stamp);
  return key;
}

static void record_update(entries *into, const record_row *was, const record_change *change) {
  record_replace(into, RECORD_CHANGE, ACTION_UPDATED, was, change);
}

static void record_revive(entries *into, const record_row *was, const record_change *change) {
  record_replace(into, RECORD_REVIVE, ACTION_ADDED, was, change);
}

static void record_delete_with(entries *into, const record_row *was, const record_change *change) {
  int64_t key = record_replace(into, RECORD_DELETE_WITH, ACTION_DELETED, was, change);
  record_set_deleted_at(into->store, key, change->deleted_at);
}

static void record_restore(entries *into, const record_row *was, const record_change *change) {
  int64_t key = row_key_make(into->of->id, (int)row_key_action(was->key), row_key_sequence(was->key));
  query q = query_open(into->store, RECORD_RESTORE);
  query_bind_int(&q, key);
  query_bind_text(&q, change->payload);
  record_move(&q, into, change, record_entry(key, change));
  into->of->bytes += (int64_t)change->payload.length - record_bytes(was);
  collection_lower_oldest(into->of, was->last_modified_at);
}

static void record_prune(entries *into, const record_row *was, const record_change *change) {
  int64_t key =
    row_key_make(into->of->id, STATE_PRUNED + (int)row_key_action(was->key), row_key_sequence(was->key));
  query q = query_open(into->store, RECORD_PRUNE);
  query_bind_int(&q, key);
  query_bind_text(&q, change->payload);
  query_bind_int(&q, was->pruned_at != 0 ? was->pruned_at : into->store->now);
  record_move(&q, into, change, (entry){{change->hash, 0}, key, 0});
  into->of->bytes -= record_bytes(was);
}

static void record_delete(entries *into, const record_change *change) {
  int state = row_key_is_pruned(change->was.key) ? STATE_PRUNED + ACTION_DELETED : ACTION_DELETED;
  entry becomes = change->was;
  becomes.key = collection_next_key(into->store, into->of, state);
  query q = query_open(into->store, RECORD_DELETE);
  query_bind_int(&q, becomes.key);
  query_bind_int(&q, store_next_stamp(into->store));
  query_bind_int_or_null(&q, change->writer);
  record_move(&q, into, change, becomes);
}

static int64_t record_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, RECORDS_FREE, collection_id, limit);
}

/******** records/delete_window.h ********/

/* delete_window: which records were seen since the delete window was opened, as one bit for each number of
** the collection (identity.h), and the deletion of the others when the window ends.
**
** The bits are in nango_seen, 4096 in each row; such a row is called a chunk. A call writes each chunk once
** in which it has set a bit, so a record that is seen needs no row of its own. The bits stay when a run or
** a process ends. */
#ifndef NANGOLITE_DELETE_WINDOW_H
#define NANGOLITE_DELETE_WINDOW_H

/* A chunk is so small that its row fits on a page with others, and needs no overflow page. */
enum { WINDOW_CHUNK_BITS = 4096, WINDOW_CHUNK_BYTES = WINDOW_CHUNK_BITS / 8 };

/* The chunk that is in memory. Where all is 0, there is none. */
typedef struct window_seen {
  int is_loaded, is_changed;
  int64_t collection, chunk;
  unsigned char bits[WINDOW_CHUNK_BYTES];
} window_seen;

/* Sets the bit of a number, where a window is open. If it is called with ascending numbers, each chunk is
** read and written once. Call window_flush() in the end. */
static void window_see(nangolite *store, const collection *c, window_seen *seen, int64_t number);
static void window_flush(nangolite *store, window_seen *seen);
/* Whether the bit of a number is set. */
static int window_has_seen(nangolite *store, const collection *c, window_seen *seen, int64_t number);

/* Opens a window. One that is open stays as it is. The caller saves the collection, here and in what
** follows. */
static void window_open(nangolite *store, collection *c);
/* Closes the window and forgets its bits. No record is deleted. */
static void window_discard(nangolite *store, collection *c);

/* Deletes the records that are live and were not seen, and closes the window. Returns how many it has
** deleted. `writer` is that of record_change (record.h). Latches NANGOLITE_TOO_MANY_DELETES where they
** would be more than `max_percent` of the records that were live when the window was opened (0: there is no
** limit). Whatever was saved since then was seen, so the missing records are among those. The memory that
** it needs does not grow with the collection. */
static int64_t window_end(nangolite *store, collection *c, int max_percent, int64_t writer);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t window_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif

/******** records/delete_window.c ********/

static void window_flush(nangolite *store, window_seen *seen) {
  if (!seen->is_changed) return;
  query q = query_open(store, SEEN_PUT);
  query_bind_int(&q, seen->collection);
  query_bind_int(&q, seen->chunk);
  query_bind_blob(&q, seen->bits, sizeof seen->bits);
  query_run(&q);
  seen->is_changed = 0;
}

/* A chunk of another length was not written by this code. It is refused, because it would decide what is
** deleted. */
static void window_read_chunk(nangolite *store, window_seen *seen) {
  memset(seen->bits, 0, sizeof seen->bits);
  query q = query_open(store, SEEN_GET);
  query_bind_int(&q, seen->collection);
  query_bind_int(&q, seen->chunk);
  if (query_next(&q)) {
    slice bits = query_blob(&q, 0);
    if (bits.length == sizeof seen->bits && query_is_blob(&q, 0))
      memcpy(seen->bits, bits.at, sizeof seen->bits);
    else
      store_fail(store, NANGOLITE_CORRUPT, "collection %lld, chunk %lld of its window: it has not %d bytes",
                 (long long)seen->collection, (long long)seen->chunk, WINDOW_CHUNK_BYTES);
  }
  query_close(&q);
}

static unsigned char *window_byte(nangolite *store, const collection *c, window_seen *seen, int64_t number) {
  int64_t chunk = number / WINDOW_CHUNK_BITS;
  if (!seen->is_loaded || seen->chunk != chunk) {
    window_flush(store, seen);
    seen->is_loaded = 1;
    seen->collection = c->id;
    seen->chunk = chunk;
    window_read_chunk(store, seen);
  }
  return &seen->bits[number % WINDOW_CHUNK_BITS / 8];
}

static void window_see(nangolite *store, const collection *c, window_seen *seen, int64_t number) {
  if (c->window_opened_at == 0) return;
  unsigned char *byte = window_byte(store, c, seen, number);
  int bit = 1 << number % 8;
  if (*byte & bit) return;
  *byte = (unsigned char)(*byte | bit);
  seen->is_changed = 1;
}

static int window_has_seen(nangolite *store, const collection *c, window_seen *seen, int64_t number) {
  return *window_byte(store, c, seen, number) >> number % 8 & 1;
}

static void window_open(nangolite *store, collection *c) {
  if (c->window_opened_at != 0) return;
  c->window_opened_at = store->now;
  c->window_live = collection_live(c);
}

static void window_discard(nangolite *store, collection *c) {
  c->window_opened_at = 0;
  c->window_live = 0;
  query_run_with(store, SEEN_CLEAR, c->id);
}

/* Goes through the numbers of a collection, and finds those whose records are live and were not seen. */
typedef struct window_missing {
  entries *known;
  window_seen *seen;
  int64_t number; /* the next one to look at */
  entry stored;   /* the entry of the number that was found last */
} window_missing;

/* The next such number. 0: there are no more, or a failure is latched. */
static int64_t window_next_missing(window_missing *m) {
  nangolite *store = m->known->store;
  const collection *c = m->known->of;
  while (m->number <= c->numbers && !store_interrupted(store)) {
    int64_t number = m->number++;
    if (window_has_seen(store, c, m->seen, number) || !entry_find(m->known, number, &m->stored)) continue;
    if (row_key_action(m->stored.key) != ACTION_DELETED) return number;
  }
  return 0;
}

static void window_guard(entries *known, window_seen *seen, int max_percent) {
  int64_t missing = 0, live = known->of->window_live;
  window_missing m = {.known = known, .seen = seen, .number = 1};
  while (window_next_missing(&m) != 0) missing++;
  if (missing == 0 || missing * 100 <= live * max_percent) return;
  store_fail(known->store, NANGOLITE_TOO_MANY_DELETES,
             "%lld of %lld live records were not seen, and max_delete_percent is %d", (long long)missing,
             (long long)live, max_percent);
}

enum { WINDOW_SLICE = 4096 }; /* so many deletions are flushed at once, which limits the memory */

static int64_t window_delete_missing(entries *known, window_seen *seen, int64_t writer) {
  int64_t deleted = 0, number;
  window_missing m = {.known = known, .seen = seen, .number = 1};
  while ((number = window_next_missing(&m)) != 0) {
    record_delete(known, &(record_change){.number = number, .was = m.stored, .writer = writer});
    if (++deleted % WINDOW_SLICE == 0) entries_flush(known);
  }
  entries_flush(known);
  return deleted;
}

static int64_t window_end(nangolite *store, collection *c, int max_percent, int64_t writer) {
  int64_t deleted = 0;
  window_seen seen = {0};
  entries known = entries_open(store, c);
  if (max_percent > 0) window_guard(&known, &seen, max_percent);
  if (!store_failed(store)) deleted = window_delete_missing(&known, &seen, writer);
  window_discard(store, c);
  entries_free(&known);
  return deleted;
}

static int64_t window_free_rows(nangolite *store, int64_t collection_id, int64_t limit) {
  return query_free_rows(store, SEEN_FREE, collection_id, limit);
}

/******** records/payload.h ********/

/* payload: what the store reads in the JSON of a record: its value, its id, and whether it has other
** members. All payloads here are valid JSON objects. */
#ifndef NANGOLITE_PAYLOAD_H
#define NANGOLITE_PAYLOAD_H

/* The member that the store adds when a record is read, and leaves out when it is saved. */
#define PAYLOAD_METADATA "_nango_metadata"

/* The hash of a payload's value, without the members "id" and "_nango_metadata". Two payloads of one record
** have the same value where their hashes are equal. */
static hash128 payload_digest(nangolite *store, slice payload);

/* A quick comparison of two payloads of one record. 1: their values differ for certain. It finds this out
** where the first member that differs has a number, literal or string without escapes in both. 0: they may
** be equal or differ, which payload_digest() must decide. */
static int payload_differs(slice a, slice b);

/* Whether a payload has no members besides "id" and "_nango_metadata". */
static int payload_is_bare(slice payload);
/* Whether a payload looks like a pruned record that was read: it is bare, and the "pruned_at" of its
** "_nango_metadata" is not null. */
static int payload_reads_pruned(slice payload);

/* The value of the last member of this name; of the type JSON_NULL where there is none. */
static json_value payload_member(json_value object, const char *name);
/* The value of the payload's last member "id"; of the type JSON_NULL where there is none. */
static json_value payload_id(slice payload);

/* Appends {"id":...} with the id of a payload. This stub is the payload of a record that was pruned, or
** that was deleted before it was ever saved. */
static void payload_append_stub(slice payload, text *out);

#endif

/******** records/payload.c ********/

static hash128 payload_digest(nangolite *store, slice payload) {
  static const char *const ignored[] = {"id", PAYLOAD_METADATA, NULL};
  hash128 digest = {0, 0};
  if (store_failed(store)) return digest;
  if (!json_digest(json_of(payload), ignored, &store->key, &digest)) store_fail_memory(store);
  return digest;
}

static int payload_ignores(json_value name) {
  return json_string_is(name, "id") || json_string_is(name, PAYLOAD_METADATA);
}

/* Whether two values of this kind differ wherever their texts differ. */
static int payload_is_plain(json_value value) {
  if (value.type == JSON_STRING) return !json_is_escaped(value);
  return value.type != JSON_ARRAY && value.type != JSON_OBJECT;
}

static int payload_has_again(json_iterator rest, json_value name) {
  json_member member;
  while (json_next_member(&rest, &member)) {
    int is_escaped = memchr(member.key.text.at, '\\', member.key.text.length) != NULL;
    if (slice_equals(member.key.text, name.text)) return 1;
    if (is_escaped && json_compare_strings(member.key, name) == 0) return 1;
  }
  return 0;
}

/* Whether the rest of one of them may have a member of this name again, which would then count. A name with
** an escape could be written in another way, so for such a name the answer is always yes. */
static int payload_either_has_again(json_iterator rest_a, json_iterator rest_b, json_value name) {
  slice a = {rest_a.at, (size_t)(rest_a.end - rest_a.at)}, b = {rest_b.at, (size_t)(rest_b.end - rest_b.at)};
  if (json_is_escaped(name) || payload_has_again(rest_a, name)) return 1;
  return !slice_equals(a, b) && payload_has_again(rest_b, name);
}

static int payload_differs(slice a, slice b) {
  json_iterator rest_a = json_iterate(json_of(a)), rest_b = json_iterate(json_of(b));
  json_member in_a, in_b;
  while (json_next_member(&rest_a, &in_a) && json_next_member(&rest_b, &in_b)) {
    if (!slice_equals(in_a.key.text, in_b.key.text)) return 0;
    if (slice_equals(in_a.value.text, in_b.value.text) || payload_ignores(in_a.key)) continue;
    if (!payload_is_plain(in_a.value) || !payload_is_plain(in_b.value)) return 0;
    return !payload_either_has_again(rest_a, rest_b, in_a.key);
  }
  return 0;
}

static int payload_is_bare(slice payload) {
  json_iterator members = json_iterate(json_of(payload));
  json_member member;
  while (json_next_member(&members, &member)) {
    if (!payload_ignores(member.key)) return 0;
  }
  return 1;
}

static json_value payload_member(json_value object, const char *name) {
  json_value found = {{NULL, 0}, JSON_NULL};
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (json_string_is(member.key, name)) found = member.value;
  }
  return found;
}

static int payload_reads_pruned(slice payload) {
  json_value metadata = payload_member(json_of(payload), PAYLOAD_METADATA);
  if (metadata.type != JSON_OBJECT || !payload_is_bare(payload)) return 0;
  return payload_member(metadata, "pruned_at").type != JSON_NULL;
}

static json_value payload_id(slice payload) {
  return payload_member(json_of(payload), "id");
}

static void payload_append_stub(slice payload, text *out) {
  json_value id = payload_id(payload);
  text_append_string(out, "{\"id\":");
  text_append(out, id.text.at, id.text.length);
  text_append_string(out, "}");
}

/******** records/guess.h ********/

/* guess: recognizes, by its bytes alone, the record that a source is likely to send next.
**
** In most saves a source sends what it sent last time, in the same order, which is the order of numbers. So
** the record with the number after the last one is expected next. If the next bytes of the input, as many
** as the length of that record's text, have the hash of that text, then they are that text. It was parsed
** before it was stored, so it is neither parsed nor looked up again. Each file has a hash key of its own,
** so nobody can prepare two texts that have the same hash. A record's alternate is recognized in the same
** way; with as_nango it is recognized instead of the stored text (as_nango.h).
**
** A few more records are tried, so that the guess goes on after a record that has changed, is new, is
** missing or came from another place: the records with the numbers that follow, and the one that was
** expected when the guess began to fail. Where none of them is recognized, some ids are looked up, ever
** more rarely, to find where the source is now. Between the look-ups nothing is tried after a few failures,
** so a source that sends another order each time costs little more than without the guess.
**
** Where NANGOLITE_OMIT_GUESS is defined, nothing is recognized. Every call has the same result, but takes
** longer. */
#ifndef NANGOLITE_GUESS_H
#define NANGOLITE_GUESS_H

typedef struct guess {
  entries *known;
  int64_t numbers;     /* the last number that is tried; 0: nothing is tried */
  int64_t next;        /* the number that is expected next; 0: it is not known */
  int64_t before_miss; /* what was expected when the guess began to fail; 0: it has not failed */
  int tries;           /* how many more records may fail until nothing is tried */
  size_t misses;       /* how many records have failed one after the other */
  size_t look_up_at;   /* the next record is looked up once `misses` is as great as this */
  slice hashed;        /* the bytes that were hashed last, and below their hash */
  hash128 hash;
} guess;

/* `known` must live as long as the guess. Where `is_wanted` is 0, nothing will be tried. */
static guess guess_open(entries *known, int is_wanted);

/* The number of the record with which the rest of the input begins; *length is the length of its text. 0:
** no record was recognized. */
static int64_t guess_take(guess *g, slice rest, size_t *length);

/* To be called after a record that was not recognized was parsed. Returns whether its id is to be looked up
** now. */
static int guess_miss(guess *g);
/* To be called with the number that this look-up has found; 0: the record is new. */
static void guess_found(guess *g, int64_t number);

#endif

/******** records/guess.c ********/

enum {
  GUESS_AHEAD = 7,           /* numbers that are tried, beginning with the one that is expected */
  GUESS_TRIES_AFTER_HIT = 8, /* records that may fail one after the other */
  GUESS_TRIES_AFTER_LOOK_UP = 4,
  GUESS_FIRST_LOOK_UP = 3 /* after so many misses; the next one after twice as many, and so on */
};

#ifdef NANGOLITE_OMIT_GUESS
#define GUESS_AVAILABLE 0
#else
#define GUESS_AVAILABLE 1
#endif

static guess guess_open(entries *known, int is_wanted) {
  int64_t numbers = GUESS_AVAILABLE && is_wanted ? known->of->numbers : 0;
  return (guess){.known = known, .numbers = numbers, .look_up_at = 1};
}

/* Whether the rest begins with another text, of which hash and length are known. In most cases the last
** byte already shows that it does not. Where several texts of one length are tried after each other, the
** hash is computed once. */
static int guess_begins_with(guess *g, slice rest, const entry_text *other) {
  size_t length = other->length;
  if (length < 2 || length > rest.length || rest.at[length - 1] != '}') return 0;
  if (g->hashed.at != rest.at || g->hashed.length != length) {
    g->hashed = (slice){rest.at, length};
    g->hash = hash_bytes(&g->known->store->key, rest.at, length);
  }
  return hash_equals(g->hash, other->hash);
}

/* Whether the record is saved unchanged by the text that is stored. */
static int guess_counts_text(const guess *g, const entry *due) {
  return !due->has_alternate || !g->known->store->as_nango;
}

/* Only a record that is live and not pruned is recognized: any other one may change by being saved. */
static int guess_is_record(guess *g, slice rest, int64_t number, size_t *length) {
  entry due;
  entry_text other;
  if (number < 1 || number > g->numbers || !entry_find(g->known, number, &due)) return 0;
  if (row_key_state(due.key) > ACTION_UPDATED) return 0;
  if (guess_counts_text(g, &due) && guess_begins_with(g, rest, &due.text)) {
    *length = due.text.length;
    return 1;
  }
  if (!entry_find_alternate(g->known, number, &due, &other) || !guess_begins_with(g, rest, &other)) return 0;
  *length = other.length;
  return 1;
}

static int64_t guess_hit(guess *g, int64_t number) {
  g->next = number + 1;
  g->before_miss = 0;
  g->misses = 0;
  g->tries = GUESS_TRIES_AFTER_HIT;
  g->look_up_at = GUESS_FIRST_LOOK_UP;
  return number;
}

static int64_t guess_take(guess *g, slice rest, size_t *length) {
  if (g->tries == 0) return 0;
  if (guess_is_record(g, rest, g->next, length)) return guess_hit(g, g->next);
  if (guess_is_record(g, rest, g->before_miss, length)) return guess_hit(g, g->before_miss);
  for (int64_t number = g->next + 1; number < g->next + GUESS_AHEAD; number++) {
    if (guess_is_record(g, rest, number, length)) return guess_hit(g, number);
  }
  return 0;
}

/* It is supposed that the expected record has come and has changed, so the one after it is expected now. */
static int guess_miss(guess *g) {
  if (g->numbers == 0) return 0;
  if (g->tries > 0) g->tries--;
  if (g->before_miss == 0) g->before_miss = g->next;
  if (g->next != 0) g->next++;
  return ++g->misses >= g->look_up_at;
}

static void guess_found(guess *g, int64_t number) {
  g->look_up_at = g->misses < GUESS_FIRST_LOOK_UP ? GUESS_FIRST_LOOK_UP : 2 * g->misses;
  if (number == 0) return;
  g->next = number + 1;
  g->tries = GUESS_TRIES_AFTER_LOOK_UP;
}

/******** records/as_nango.h ********/

/* as_nango: what becomes of a record that is given to a store made with the option as_nango, where Nango's
** own store does other than nangolite by default.
**
** Such a store keeps of a record what JSON.stringify(JSON.parse(text)) makes of its text, with the id as a
** string. What counts as given is that text with the id as it came: its hash is compared, and nothing else.
** Where the two differ, as they do for a numeric id and after an update, the entry has the stored text and
** its alternate has the given one (entry.h). */
#ifndef NANGOLITE_AS_NANGO_H
#define NANGOLITE_AS_NANGO_H

#define AS_NANGO_ID_MAX 255 /* UTF-16 units */

/* Appends the text that is stored for a record, still with its member "_nango_metadata", and its id. Sets
** *given to the hash and length of the given text, without that member, where it is another one, else to
** zeros. Latches what is wrong with the id; `position` is that of the record in the array. */
static void as_nango_take(nangolite *store, const json_record *given_record, size_t position, text *stored,
                          text *id, entry_text *given);

/* The time that the member "deletedAt" of a deleted record says, 0 where it says none. Latches
** NANGOLITE_INVALID where it is no time. */
static int64_t as_nango_deleted_at(nangolite *store, slice record, size_t position);

/* The hash of what was given last for the record with this entry. `alternate` is its alternate, where it
** has one. Of a pruned record it is all that is left. */
static hash128 as_nango_given(const entry *stored, const entry_text *alternate);

#endif

/******** records/as_nango.c ********/

static void as_nango_refuse(nangolite *store, size_t position, const char *what) {
  store_fail(store, NANGOLITE_INVALID, "record %lld: %s", (long long)position, what);
}

/* Whether JavaScript takes a value of canonical text for false. */
static int as_nango_is_falsy(json_value value) {
  slice spelled = value.text;
  if (value.type == JSON_NUMBER) return slice_equals(spelled, slice_of("0"));
  if (value.type == JSON_STRING) return spelled.length == 2;
  return value.type == JSON_NULL || value.type == JSON_FALSE;
}

/* ---- the id ---- */

/* Appends what String() makes of a value that is no array. Returns whether that has a lone surrogate. */
static int as_nango_append_one(json_value value, text *out) {
  int lone_surrogate = 0;
  if (value.type == JSON_STRING) json_unescape(value, out, &lone_surrogate);
  else if (value.type == JSON_OBJECT) text_append_string(out, "[object Object]");
  else if (value.type != JSON_NULL) text_append(out, value.text.at, value.text.length);
  return lone_surrogate;
}

/* The same of any value. An array is its elements with commas between, and so are the arrays in it. */
static int as_nango_append_string(json_value value, text *out) {
  const char *at = value.text.at, *end = at + value.text.length;
  int lone_surrogate = 0;
  while (at < end) {
    if (*at == ',') text_append(out, ",", 1);
    if (*at == '[' || *at == ']' || *at == ',') {
      at++;
    } else {
      const char *to = json_skip_value(at, end);
      lone_surrogate |= as_nango_append_one(json_between(at, to), out);
      at = to;
    }
  }
  return lone_surrogate;
}

static void as_nango_drop_nul(text *id, size_t from) {
  size_t to = from;
  for (size_t i = from; i < id->length; i++) {
    if (id->at[i] != '\0') id->at[to++] = id->at[i];
  }
  id->length = to;
}

static void as_nango_append_id(nangolite *store, json_value value, size_t position, text *id) {
  size_t from = id->length;
  if (as_nango_is_falsy(value)) as_nango_refuse(store, position, "id is missing, empty, null, false or 0");
  else if (as_nango_append_string(value, id)) as_nango_refuse(store, position, "id has a lone surrogate");
  store_check_text(store, id);
  if (store_failed(store)) return;
  as_nango_drop_nul(id, from);
  size_t units = utf8_units((slice){id->at + from, id->length - from});
  if (units == 0 || units > AS_NANGO_ID_MAX)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must have 1 to %d UTF-16 units, and has %lld",
               (long long)position, AS_NANGO_ID_MAX, (long long)units);
}

/* ---- the text ---- */

/* The hash and length of a record's canonical text without "_nango_metadata". */
static entry_text as_nango_text(nangolite *store, const json_record *record, slice written) {
  text without = {0};
  if (record->has_metadata) {
    json_without_member(json_of(written), PAYLOAD_METADATA, &without);
    store_check_text(store, &without);
    written = (slice){without.at, without.length};
  }
  entry_text given = {hash_bytes(&store->key, written.at, written.length), (uint32_t)written.length};
  text_free(&without);
  return given;
}

/* Appends a record's canonical text with the id as this JSON string. Returns whether it was written in
** another way. */
static int as_nango_append_with_id(slice record, slice id, text *out) {
  slice was = payload_id(record).text;
  size_t before = (size_t)(was.at - record.at);
  text_append(out, record.at, before);
  text_append(out, id.at, id.length);
  text_append(out, was.at + was.length, record.length - before - was.length);
  return !slice_equals(was, id);
}

static void as_nango_take(nangolite *store, const json_record *given_record, size_t position, text *stored,
                          text *id, entry_text *given) {
  text written = {0}, spelled = {0};
  size_t from = id->length;
  json_script_write(json_of(given_record->text), &written);
  store_check_text(store, &written);
  slice record = {written.at, written.length};
  if (!store_failed(store)) as_nango_append_id(store, payload_id(record), position, id);
  if (!store_failed(store)) {
    json_write(&spelled, (slice){id->at + from, id->length - from});
    store_check_text(store, &spelled);
  }
  if (!store_failed(store)) {
    int is_other = as_nango_append_with_id(record, (slice){spelled.at, spelled.length}, stored);
    if (is_other || given_record->has_metadata) *given = as_nango_text(store, given_record, record);
    store_check_text(store, stored);
  }
  text_free(&written);
  text_free(&spelled);
}

static hash128 as_nango_given(const entry *stored, const entry_text *alternate) {
  return stored->has_alternate ? alternate->hash : stored->text.hash;
}

/* ---- deletedAt ---- */

/* Milliseconds since 1970, as in a JavaScript Date. */
static int as_nango_parse_milliseconds(slice written, int64_t *time) {
  int64_t milliseconds = 0;
  if (written.length > 15) return 0;
  for (size_t i = 0; i < written.length; i++) {
    if (written.at[i] < '0' || written.at[i] > '9') return 0;
    milliseconds = milliseconds * 10 + (written.at[i] - '0');
  }
  *time = milliseconds * 1000;
  return 1;
}

/* A time of RFC 3339, which is in UTC where it has no offset; or a day, which is its beginning. */
static int as_nango_parse_time(slice written, int64_t *time) {
  static const char *const rests[] = {"", "Z", "T00:00:00Z", NULL};
  char spelled[64];
  if (written.length > sizeof spelled / 2) return 0;
  for (const char *const *rest = rests; *rest != NULL; rest++) {
    sqlite3_snprintf(sizeof spelled, spelled, "%.*s%s", (int)written.length, written.at, *rest);
    if (timestamp_parse(slice_of(spelled), time)) return 1;
  }
  return 0;
}

static int64_t as_nango_deleted_at(nangolite *store, slice record, size_t position) {
  json_value written = payload_member(json_of(record), "deletedAt");
  int64_t time = 0;
  int is_time = 0;
  if (as_nango_is_falsy(written)) return 0;
  slice inside = {written.text.at + 1, written.text.length - 2};
  if (written.type == JSON_STRING) is_time = as_nango_parse_time(inside, &time);
  if (written.type == JSON_NUMBER) is_time = as_nango_parse_milliseconds(written.text, &time);
  if (is_time && time > 0 && time <= TIME_MAX) return time;
  as_nango_refuse(store, position, "deletedAt must be a time, a day, or milliseconds, since 1970");
  return 0;
}

/******** records/batch.h ********/

/* batch: the JSON of one call, which is split into records before anything is stored, and which stored
** records these are. */
#ifndef NANGOLITE_BATCH_H
#define NANGOLITE_BATCH_H

enum { BATCH_NOT_SOUGHT = -1 };

typedef struct batch_item {
  slice text;           /* the object as it was given; with as_nango, as as_nango_take() has written it */
  slice id;             /* the unescaped string, or the text of the JSON number */
  size_t position;      /* in the array that was given, from 0 */
  int64_t number;       /* of the record; 0: the id is new; BATCH_NOT_SOUGHT: not looked up yet */
  entry stored;         /* the record's entry, where the number is above 0 */
  entry_text alternate; /* the record's alternate, where stored.has_alternate says that there is one */
  entry_text given;     /* with as_nango: what it was given as, where that is not `text`, else zeros */
  int has_metadata;     /* the text has a member "_nango_metadata", which is not stored */
  int is_duplicate;     /* an earlier record of the array has the same id, and that one counts */
  int is_new;           /* this call has stored it as a new record, under `number` */
} batch_item;

/* A stored record that is in the array: it was found by an item's id, or recognized by the guess. */
typedef struct batch_met {
  int64_t number;
  size_t position;
  batch_item *item; /* NULL: it was recognized, so it is unchanged, and nothing is to be done */
} batch_met;

typedef struct batch {
  batch_item *items; /* the records that were not recognized, in the order of the array */
  size_t count, capacity;
  size_t *by_id; /* the first item of each id, in the order of ids */
  size_t by_id_count;
  batch_met *met; /* after batch_settle(): one for each stored record, in the order of numbers */
  size_t met_count, met_capacity;
  int64_t known;      /* how many of `met` have no item */
  int64_t duplicates; /* how many records are left out because an earlier one has the same id */
  text ids;           /* the ids that were unescaped, one after the other */
  text texts;         /* with as_nango: the texts of all items, in the same way */
} batch;

/* The JSON of a call, of `length` bytes (-1: up to the NUL). Latches what is wrong with the arguments. The
** text is not parsed. */
static slice batch_text(nangolite *store, const char *json, int64_t length);

/* Splits the text into items, and orders them by their ids. A record that is wrong is latched as
** NANGOLITE_INVALID, with its position in the array and the reason. Records that the guess recognizes
** become `met` and not items; some items are looked up for the guess. Where `g` is NULL, neither is done.
** The text must live as long as the batch, which is to be freed in any case. */
static batch batch_read(nangolite *store, slice written, guess *g);

/* To be called when the numbers of all items are known. Fills `met` with one record of the array for each
** stored record, the first one; all others of the same stored record are duplicates. */
static void batch_settle(nangolite *store, batch *b);
static void batch_free(batch *b);

#endif

/******** records/batch.c ********/

/* Unescapes an id to b->ids. That text may move as it grows, so until batch_place_all() the id's `at` is
** NULL, and its bytes are the `length` bytes there that follow those of the item before. */
static void batch_unescape_id(nangolite *store, json_value written, batch *b, batch_item *item) {
  size_t from = b->ids.length;
  int lone_surrogate = 0;
  json_unescape(written, &b->ids, &lone_surrogate);
  if (b->ids.failed) {
    store_fail_memory(store);
    return;
  }
  item->id = (slice){NULL, b->ids.length - from};
  if (lone_surrogate)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id has a lone surrogate", (long long)item->position);
  else if (memchr(b->ids.at + from, '\0', item->id.length) != NULL)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id has the character U+0000",
               (long long)item->position);
}

/* The same for an item's text, of which b->texts has the bytes. */
static void batch_take_as_nango(nangolite *store, const json_record *r, batch *b, batch_item *item) {
  size_t id = b->ids.length, from = b->texts.length;
  as_nango_take(store, r, item->position, &b->texts, &b->ids, &item->given);
  item->id = (slice){NULL, b->ids.length - id};
  item->text = (slice){NULL, b->texts.length - from};
}

/* Gives the slices that have no place yet their places in `bytes`, which are complete now. */
static void batch_place(slice *s, const text *bytes, size_t *at) {
  if (s->at != NULL) return;
  s->at = bytes->at + *at;
  *at += s->length;
}

static void batch_place_all(batch *b) {
  size_t id = 0, written = 0;
  for (size_t i = 0; i < b->count && b->ids.length > 0; i++) {
    batch_place(&b->items[i].id, &b->ids, &id);
    batch_place(&b->items[i].text, &b->texts, &written);
  }
}

static void batch_read_id(nangolite *store, json_value id, batch *b, batch_item *item) {
  if (id.text.at == NULL) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id is missing", (long long)item->position);
    return;
  }
  if (id.type == JSON_STRING && memchr(id.text.at, '\\', id.text.length) != NULL)
    batch_unescape_id(store, id, b, item);
  else if (id.type == JSON_STRING) item->id = (slice){id.text.at + 1, id.text.length - 2};
  else if (id.type == JSON_NUMBER) item->id = id.text;
  else
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must be a string or a number",
               (long long)item->position);
  if (!store_failed(store) && (item->id.length == 0 || item->id.length > RECORD_ID_MAX)) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must have 1 to %d bytes, and has %lld",
               (long long)item->position, RECORD_ID_MAX, (long long)item->id.length);
  }
}

static void batch_add(nangolite *store, batch *b, const json_record *r, size_t position) {
  batch_item *items = list_room(b->items, NULL, b->count, &b->capacity, sizeof *b->items);
  if (items == NULL) {
    store_fail_memory(store);
    return;
  }
  b->items = items;
  batch_item *item = &items[b->count];
  *item = (batch_item){
    .text = r->text, .position = position, .number = BATCH_NOT_SOUGHT, .has_metadata = r->has_metadata};
  if (store->as_nango) batch_take_as_nango(store, r, b, item);
  else batch_read_id(store, r->id, b, item);
  b->count++;
}

static int batch_is_before(const batch *b, size_t left, size_t right) {
  return slice_compare(b->items[left].id, b->items[right].id) < 0;
}

static int batch_is_ascending(const batch *b) {
  for (size_t i = 1; i < b->count; i++) {
    if (!batch_is_before(b, i - 1, i)) return 0;
  }
  return 1;
}

/* Merges the sorted runs [low, middle) and [middle, high) of `from` into `to`. Equal ids keep their order. */
static void batch_merge(const batch *b, const size_t *from, size_t *to, size_t low, size_t middle,
                        size_t high) {
  size_t left = low, right = middle;
  for (size_t i = low; i < high; i++) {
    int take_right = left == middle || (right < high && batch_is_before(b, from[right], from[left]));
    to[i] = take_right ? from[right++] : from[left++];
  }
}

static void batch_sort(batch *b, size_t *spare) {
  size_t *from = b->by_id, *to = spare, count = b->count;
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t low = 0; low < count; low += 2 * width) {
      size_t middle = low + width < count ? low + width : count;
      size_t high = middle + width < count ? middle + width : count;
      batch_merge(b, from, to, low, middle, high);
    }
    size_t *swapped = from;
    from = to;
    to = swapped;
  }
  if (from != b->by_id) memcpy(b->by_id, from, count * sizeof *from);
}

/* In the order of ids, equal ids stand side by side, and the first one of the array comes first. */
static void batch_drop_equal_ids(batch *b) {
  size_t kept = 0;
  for (size_t i = 0; i < b->count; i++) {
    batch_item *item = &b->items[b->by_id[i]];
    item->is_duplicate = kept > 0 && slice_equals(item->id, b->items[b->by_id[kept - 1]].id);
    if (!item->is_duplicate) b->by_id[kept++] = b->by_id[i];
  }
  b->duplicates += (int64_t)(b->count - kept);
  b->by_id_count = kept;
}

static void batch_order(nangolite *store, batch *b) {
  b->by_id = store_allocate(store, 2 * b->count * sizeof *b->by_id);
  if (b->by_id == NULL) return;
  for (size_t i = 0; i < b->count; i++) b->by_id[i] = i;
  b->by_id_count = b->count;
  if (batch_is_ascending(b)) return;
  batch_sort(b, b->by_id + b->count);
  batch_drop_equal_ids(b);
}

static void batch_refuse(nangolite *store, const json_records *records) {
  store_fail(store, NANGOLITE_INVALID, "record %lld: %s, at byte %lld", (long long)records->count,
             records->error.reason, (long long)records->error.offset);
}

static slice batch_text(nangolite *store, const char *json, int64_t length) {
  arguments_need(store, json, "json");
  if (length < -1) store_fail(store, NANGOLITE_INVALID, "length must be -1 or more");
  if (store_failed(store)) return slice_of(NULL);
  return (slice){json, length == -1 ? strlen(json) : (size_t)length};
}

static void batch_meet(nangolite *store, batch *b, int64_t number, size_t position, batch_item *item) {
  batch_met *met = list_room(b->met, NULL, b->met_count, &b->met_capacity, sizeof *met);
  if (met == NULL) {
    store_fail_memory(store);
    return;
  }
  b->met = met;
  met[b->met_count++] = (batch_met){number, position, item};
}

static int batch_take_known(nangolite *store, batch *b, json_records *records, guess *g) {
  size_t length;
  slice rest = json_records_rest(records);
  int64_t number = rest.at == NULL ? 0 : guess_take(g, rest, &length);
  if (number == 0) return 0;
  batch_meet(store, b, number, records->count, NULL);
  json_records_pass(records, length);
  return 1;
}

/* For the guess: looks up the id of the latest item, if it is time to. */
static void batch_look_up(nangolite *store, batch *b, guess *g) {
  if (store_failed(store) || !guess_miss(g)) return;
  batch_item *item = &b->items[b->count - 1];
  slice id = item->id;
  if (id.at == NULL) id.at = b->ids.at + (b->ids.length - id.length); /* until batch_place_all() */
  item->number = identity_find(store, g->known->of, id);
  guess_found(g, item->number);
}

static batch batch_read(nangolite *store, slice written, guess *g) {
  batch b = {0};
  if (store_failed(store)) return b;
  json_records records;
  json_record r;
  json_records_open(&records, written);
  while (!store_interrupted(store)) {
    if (g != NULL && batch_take_known(store, &b, &records, g)) continue;
    if (!json_records_next(&records, &r)) break;
    batch_add(store, &b, &r, records.count - 1);
    if (g != NULL) batch_look_up(store, &b, g);
  }
  if (records.error.reason != NULL) batch_refuse(store, &records);
  batch_place_all(&b);
  if (!store_failed(store)) batch_order(store, &b);
  return b;
}

static int batch_compare_met(const void *a, const void *b) {
  const batch_met *left = a, *right = b;
  if (left->number != right->number) return left->number < right->number ? -1 : 1;
  return (left->position > right->position) - (left->position < right->position);
}

static int batch_is_met_in_order(const batch *b) {
  for (size_t i = 1; i < b->met_count; i++) {
    if (b->met[i - 1].number >= b->met[i].number) return 0;
  }
  return 1;
}

static void batch_settle(nangolite *store, batch *b) {
  size_t kept = 0;
  for (size_t i = 0; i < b->count && !store_failed(store); i++) {
    batch_item *item = &b->items[i];
    if (item->number > 0 && !item->is_duplicate) batch_meet(store, b, item->number, item->position, item);
  }
  if (!batch_is_met_in_order(b)) qsort(b->met, b->met_count, sizeof *b->met, batch_compare_met);
  for (size_t i = 0; i < b->met_count; i++) {
    const batch_met *met = &b->met[i];
    int is_again = kept > 0 && b->met[kept - 1].number == met->number;
    b->duplicates += is_again;
    if (is_again && met->item != NULL) met->item->is_duplicate = 1;
    if (!is_again) {
      b->known += met->item == NULL;
      b->met[kept++] = *met;
    }
  }
  b->met_count = kept;
}

static void batch_free(batch *b) {
  sqlite3_free(b->items);
  sqlite3_free(b->by_id);
  sqlite3_free(b->met);
  text_free(&b->ids);
  text_free(&b->texts);
}

/******** records/batch_lookup.h ********/

/* batch_lookup: looks up the numbers of a batch's ids, going through them in the order of ids.
**
** Looking up one id takes a statement and a descent from the root of the b-tree. Where the ids of a batch
** are close together in the file, as when a sync saves its records again, the next identity is found by
** stepping to it. Where they are far apart, one statement looks up several ids. */
#ifndef NANGOLITE_BATCH_LOOKUP_H
#define NANGOLITE_BATCH_LOOKUP_H

/* Gives every item of b->by_id its number, 0 where its id is new. */
static void lookup_batch(nangolite *store, const collection *c, batch *b);

#endif

/******** records/batch_lookup.c ********/

enum {
  LOOKUP_STEPS = 4,  /* rows to step over before the next descent from the root */
  LOOKUP_GROUP = 16, /* ids that one statement looks up, where they are far apart */
  LOOKUP_GROUPS = 3  /* how many groups are looked up before stepping is tried again */
};

/* The order of the rows depends on the encoding of the database, and may differ from that of the items. So
** a row and an id are only compared for being equal. */
typedef struct lookup_walk {
  nangolite *store;
  const collection *c;
  batch *b;
  query rows;
  int has_row;
  int groups; /* how many groups are still to be looked up before stepping is tried again */
} lookup_walk;

static int lookup_is_at(const lookup_walk *w, slice id) {
  return w->has_row && slice_equals(query_text(&w->rows, 0), id);
}

static void lookup_descend(lookup_walk *w, slice id) {
  query_close(&w->rows);
  w->rows = query_open(w->store, IDENTITIES_AT);
  query_bind_int(&w->rows, w->c->id);
  query_bind_text(&w->rows, id);
  w->has_row = query_next(&w->rows);
}

static int lookup_step_to(lookup_walk *w, slice id) {
  for (int i = 0; i < LOOKUP_STEPS && w->has_row; i++) {
    w->has_row = query_next(&w->rows);
    if (lookup_is_at(w, id)) return 1;
  }
  return 0;
}

static void lookup_find(lookup_walk *w, batch_item *item) {
  int is_there = lookup_step_to(w, item->id);
  if (!is_there) {
    if (w->has_row) w->groups = LOOKUP_GROUPS;
    lookup_descend(w, item->id);
    is_there = lookup_is_at(w, item->id);
  }
  item->number = is_there ? identity_number(&w->rows, 1, w->c) : 0;
}

/* Looks up LOOKUP_GROUP items with one statement: those from place `from` on, in the order of ids. */
static void lookup_find_group(lookup_walk *w, size_t from) {
  const size_t *places = &w->b->by_id[from];
  query q = query_open(w->store, IDENTITIES_OF_GROUP);
  for (int i = 0; i < LOOKUP_GROUP; i++) {
    query_bind_text(&q, w->b->items[places[i]].id);
    w->b->items[places[i]].number = 0;
  }
  query_bind_int(&q, w->c->id);
  while (query_next(&q)) {
    slice id = query_text(&q, 0);
    for (int i = 0; i < LOOKUP_GROUP; i++) {
      batch_item *item = &w->b->items[places[i]];
      if (slice_equals(item->id, id)) item->number = identity_number(&q, 1, w->c);
    }
  }
  query_close(&q);
  w->groups--;
}

static void lookup_batch(nangolite *store, const collection *c, batch *b) {
  lookup_walk w = {.store = store, .c = c, .b = b};
  for (size_t i = 0; i < b->by_id_count && !store_failed(store);) {
    batch_item *item = &b->items[b->by_id[i]];
    int is_group = w.groups > 0 && b->by_id_count - i >= LOOKUP_GROUP;
    if (c->numbers == 0) item->number = 0;
    else if (is_group) lookup_find_group(&w, i);
    else if (item->number == BATCH_NOT_SOUGHT) lookup_find(&w, item);
    i += is_group ? LOOKUP_GROUP : 1;
  }
  query_close(&w.rows);
}

/******** records/write.h ********/

/* write: saves, updates and deletes the records of a call, and decides what becomes of each record by what
** is stored of it. */
#ifndef NANGOLITE_WRITE_H
#define NANGOLITE_WRITE_H

typedef enum write_kind { WRITE_SAVE, WRITE_UPDATE, WRITE_DELETE } write_kind;

/* Who writes. A run under ignore_if_modified_after does not change a record that somebody else has changed
** since the run set this strategy. */
typedef struct writer {
  int64_t run;   /* the run's number; 0: a run without this strategy, or no run */
  int64_t since; /* the collection's sequence when the strategy was set; used where `run` is not 0 */
} writer;

/* Writes the records of the text to the collection, in the order of the array, and adds what it did to
** `changes`. It is called in a write transaction. Where the text is no array of records, nothing of it is
** written. A collection that is not there is made, unless the array is empty. */
static void write_records(nangolite *store, const collection_name *into, write_kind kind, slice written,
                          const writer *by, nangolite_changes *changes);

#endif

/******** records/write.c ********/

/* What a call that writes works with. */
typedef struct write_call {
  nangolite *store;
  collection into;
  entries known;
  batch records;
  write_kind kind;
  const writer *by;
  nangolite_changes *changes;
  window_seen seen;
  text scratch; /* the payload of the current record, where it is no part of the input */
} write_call;

/* The payload to store for an item: its text, without a member "_nango_metadata". */
static slice write_payload(write_call *w, const batch_item *item) {
  if (!item->has_metadata) return item->text;
  text_clear(&w->scratch);
  json_without_member(json_of(item->text), PAYLOAD_METADATA, &w->scratch);
  store_check_text(w->store, &w->scratch);
  return (slice){w->scratch.at, w->scratch.length};
}

static record_change write_change(write_call *w, const batch_item *item, slice payload) {
  return (record_change){.number = item->number,
                         .was = item->stored,
                         .id = item->id,
                         .payload = payload,
                         .hash = hash_bytes(&w->store->key, payload.at, payload.length),
                         .writer = w->by->run,
                         .alternate = item->given};
}

/* Whether the merging strategy ignore_if_modified_after forbids the change, because somebody else has
** changed the record since the run set the strategy. Counts it as skipped then. */
static int write_is_left_alone(write_call *w, const batch_item *item) {
  if (w->by->run == 0 || row_key_sequence(item->stored.key) <= w->by->since) return 0;
  if (record_writer(&w->known, item->number, &item->stored) == w->by->run) return 0;
  w->changes->skipped++;
  return 1;
}

static void write_insert(write_call *w, batch_item *item, action as, const record_change *change) {
  item->number = record_insert(&w->known, as, change);
  item->is_new = 1;
}

/* Whether a pruned record is saved as it was read: its text then has no payload to restore. It stays pruned
** and unchanged, with the hash of the value that was pruned. If the type of its id is another one, that is
** stored. */
static int write_is_read_back(write_call *w, const batch_item *item, const record_change *change) {
  const entry *stored = &item->stored;
  if (!item->has_metadata || !row_key_is_pruned(stored->key) || !payload_reads_pruned(item->text)) return 0;
  query q;
  record_row was = {0};
  int is_sound = record_get_sound(&w->known, item->number, stored, item->id, &q, &was);
  int is_retyped = is_sound && payload_id(was.payload).type != payload_id(change->payload).type;
  query_close(&q);
  record_change stub = *change;
  stub.hash = stored->text.hash;
  if (is_retyped) record_prune(&w->known, &was, &stub);
  w->changes->unchanged++;
  return 1;
}

/* Whether a payload has the value of the stored one, of which `was` is the text, or the stub where it was
** pruned. As Nango, what was given has to be the same. */
static int write_is_same(write_call *w, const record_change *change, slice was) {
  const entry *stored = &change->was;
  slice becomes = change->payload;
  int is_pruned = row_key_is_pruned(stored->key);
  if (w->store->as_nango) return is_pruned && hash_equals(stored->text.hash, record_given(change).hash);
  if (!is_pruned && payload_differs(was, becomes)) return 0;
  hash128 before = is_pruned ? stored->text.hash : payload_digest(w->store, was);
  return hash_equals(before, payload_digest(w->store, becomes));
}

/* Saves a payload over a live record that was pruned or has another text: compares the values. Where they
** differ, it updates the record. Otherwise the record is unchanged, but a pruned payload comes back,
** another type of the id is stored, or (in a save) the text becomes the record's alternate. */
static void write_compared(write_call *w, const record_change *change) {
  query q;
  record_row was = {0};
  if (!record_get_sound(&w->known, change->number, &change->was, change->id, &q, &was)) {
    query_close(&q);
    return;
  }
  int is_same = write_is_same(w, change, was.payload);
  int is_retyped = is_same && payload_id(was.payload).type != payload_id(change->payload).type;
  query_close(&q);
  if (!is_same) {
    record_update(&w->known, &was, change);
    w->changes->updated++;
    return;
  }
  entry_text other = {change->hash, (uint32_t)change->payload.length};
  if (row_key_is_pruned(was.key) || is_retyped) record_restore(&w->known, &was, change);
  else if (w->kind == WRITE_SAVE) entry_mark_alternate(&w->known, change->number, &change->was, other);
  w->changes->unchanged++;
}

/* Adds a deleted record again. */
static void write_revived(write_call *w, const record_change *change) {
  query q;
  record_row was = {0};
  int is_there = record_get(&w->known, change->number, &change->was, &q, &was);
  query_close(&q);
  if (!is_there) return;
  record_revive(&w->known, &was, change);
  w->changes->added++;
}

/* Whether the next RECORD_GROUP items are all new and can be stored by one statement, with their texts as
** payloads. */
static int write_may_group(const batch *b, size_t from) {
  if (b->count - from < RECORD_GROUP) return 0;
  for (size_t i = from; i < from + RECORD_GROUP; i++) {
    const batch_item *item = &b->items[i];
    if (item->number != 0 || item->is_duplicate || item->has_metadata) return 0;
  }
  return 1;
}

static void write_save_group(write_call *w, batch_item *items) {
  record_change changes[RECORD_GROUP];
  for (size_t i = 0; i < RECORD_GROUP; i++) changes[i] = write_change(w, &items[i], items[i].text);
  int64_t number = record_insert_group(&w->known, changes);
  for (size_t i = 0; i < RECORD_GROUP; i++) {
    items[i].number = number + (int64_t)i;
    items[i].is_new = 1;
  }
  w->changes->added += RECORD_GROUP;
}

/* Whether a change gives a record what was given for it last. */
static int write_is_given_again(const batch_item *item, const record_change *change) {
  return hash_equals(as_nango_given(&item->stored, &item->alternate), record_given(change).hash);
}

/* Whether the changed text is that of a live record's payload, or its alternate. */
static int write_is_known(const write_call *w, const batch_item *item, const record_change *change) {
  const entry *stored = &item->stored;
  if (row_key_is_pruned(stored->key)) return 0;
  if (w->store->as_nango) return write_is_given_again(item, change);
  return hash_equals(stored->text.hash, change->hash) ||
         (stored->has_alternate && hash_equals(item->alternate.hash, change->hash));
}

static void write_save(write_call *w, batch_item *item) {
  record_change change = write_change(w, item, write_payload(w, item));
  if (item->number == 0) {
    write_insert(w, item, ACTION_ADDED, &change);
    w->changes->added++;
    return;
  }
  if (write_is_left_alone(w, item)) return;
  if (row_key_action(item->stored.key) == ACTION_DELETED) write_revived(w, &change);
  else if (write_is_known(w, item, &change)) w->changes->unchanged++;
  else if (!write_is_read_back(w, item, &change)) write_compared(w, &change);
}

/* The payload that a patch makes of a live record: both merged, or the patch alone where the payload was
** pruned. */
static slice write_merged(write_call *w, const batch_item *item) {
  if (row_key_is_pruned(item->stored.key)) return write_payload(w, item);
  query q;
  record_row was = {0};
  text_clear(&w->scratch);
  if (record_get_sound(&w->known, item->number, &item->stored, item->id, &q, &was)) {
    json_merge(json_of(was.payload), json_of(item->text), PAYLOAD_METADATA, &w->scratch);
    store_check_text(w->store, &w->scratch);
  }
  query_close(&q);
  return (slice){w->scratch.at, w->scratch.length};
}

static void write_update(write_call *w, batch_item *item) {
  if (item->number == 0 || row_key_action(item->stored.key) == ACTION_DELETED) {
    w->changes->skipped++;
    return;
  }
  if (write_is_left_alone(w, item)) return;
  if (payload_is_bare(item->text)) {
    w->changes->unchanged++;
    return;
  }
  slice merged = write_merged(w, item);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, merged);
  if (write_is_known(w, item, &change)) w->changes->unchanged++;
  else write_compared(w, &change);
}

/* Stores a tombstone: a record that is deleted and was never saved. */
static void write_tombstone(write_call *w, batch_item *item) {
  text_clear(&w->scratch);
  payload_append_stub(item->text, &w->scratch);
  store_check_text(w->store, &w->scratch);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, (slice){w->scratch.at, w->scratch.length});
  write_insert(w, item, ACTION_DELETED, &change);
  w->changes->deleted++;
}

static void write_delete(write_call *w, batch_item *item) {
  if (item->number == 0) {
    write_tombstone(w, item);
    return;
  }
  if (write_is_left_alone(w, item)) return;
  if (row_key_action(item->stored.key) == ACTION_DELETED) {
    w->changes->unchanged++;
    return;
  }
  record_delete(
    &w->known,
    &(record_change){.number = item->number, .was = item->stored, .id = item->id, .writer = w->by->run});
  w->changes->deleted++;
}

/* ---- where the store does as Nango's ---- */

/* Merges the patch into the payload, or into the stub where that was pruned. */
static void write_merged_as_nango(write_call *w, const batch_item *item, slice patch, entry_text given) {
  text merged = {0};
  query q;
  record_row was = {0};
  int is_sound = record_get_sound(&w->known, item->number, &item->stored, item->id, &q, &was);
  if (is_sound) json_script_merge(json_of(was.payload), json_of(patch), &merged);
  query_close(&q);
  store_check_text(w->store, &merged);
  if (!store_failed(w->store)) {
    record_change change = write_change(w, item, (slice){merged.at, merged.length});
    change.alternate = given;
    record_update(&w->known, &was, &change);
  }
  text_free(&merged);
}

/* Whatever the merged payload is, the record is updated, unless the same patch was given last. In a delete
** window only what is updated, or left alone, is seen. */
static void write_update_as_nango(write_call *w, batch_item *item) {
  if (item->number == 0 || row_key_action(item->stored.key) == ACTION_DELETED) {
    w->changes->skipped++;
    return;
  }
  slice patch = write_payload(w, item);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, patch);
  int is_left_alone = write_is_left_alone(w, item);
  int is_again = !is_left_alone && write_is_given_again(item, &change);
  if (is_again) w->changes->skipped++;
  else window_see(w->store, &w->into, &w->seen, item->number);
  if (is_left_alone || is_again) return;
  write_merged_as_nango(w, item, patch, record_given(&change));
  w->changes->updated++;
}

/* Whether a record that is deleted is deleted again in all the same way, at a time that the record itself
** says. */
static int write_is_deleted_again(const batch_item *item, const record_row *was,
                                  const record_change *change) {
  return was->deleted_at != 0 && was->deleted_at == change->deleted_at && was->pruned_at == 0 &&
         write_is_given_again(item, change);
}

/* What is given becomes the payload. Only the deletion of a live record is counted. */
static void write_delete_as_nango(write_call *w, batch_item *item) {
  query q;
  record_row was = {0};
  int64_t deleted_at = as_nango_deleted_at(w->store, item->text, item->position);
  slice payload = write_payload(w, item);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, payload);
  change.deleted_at = deleted_at;
  if (item->number == 0) {
    write_insert(w, item, ACTION_DELETED, &change);
    return;
  }
  if (write_is_left_alone(w, item)) return;
  int is_there = record_get(&w->known, item->number, &item->stored, &q, &was);
  query_close(&q);
  if (!is_there || write_is_deleted_again(item, &was, &change)) return;
  record_delete_with(&w->known, &was, &change);
  w->changes->deleted += was.deleted_at == 0;
}

/* Reads the entries of the records that were met, in the order of numbers, so that each row of entries is
** read once. In a delete window all of these records are seen, except that write_update_as_nango() sees to
** them itself. */
static void write_read_entries(write_call *w) {
  int sees_later = w->store->as_nango && w->kind == WRITE_UPDATE;
  for (size_t i = 0; i < w->records.met_count && !store_interrupted(w->store); i++) {
    const batch_met *met = &w->records.met[i];
    batch_item *item = met->item;
    if (!sees_later) window_see(w->store, &w->into, &w->seen, met->number);
    if (item == NULL) continue;
    if (entry_find(&w->known, met->number, &item->stored))
      entry_find_alternate(&w->known, met->number, &item->stored, &item->alternate);
    else
      store_fail(w->store, NANGOLITE_CORRUPT, "collection %lld, id '%.*s': its identity leads to no record",
                 (long long)w->into.id, (int)item->id.length, item->id.at);
  }
}

/* What becomes of one record. */
typedef void (*write_function)(write_call *w, batch_item *item);

static write_function write_function_of(const write_call *w) {
  static const write_function by_default[] = {
    [WRITE_SAVE] = write_save, [WRITE_UPDATE] = write_update, [WRITE_DELETE] = write_delete};
  static const write_function as_nango[] = {[WRITE_SAVE] = write_save,
                                            [WRITE_UPDATE] = write_update_as_nango,
                                            [WRITE_DELETE] = write_delete_as_nango};
  return (w->store->as_nango ? as_nango : by_default)[w->kind];
}

static void write_items(write_call *w) {
  write_function write_one = write_function_of(w);
  batch *b = &w->records;
  for (size_t i = 0; i < b->count && !store_interrupted(w->store);) {
    int is_group = w->kind == WRITE_SAVE && write_may_group(b, i);
    if (is_group) write_save_group(w, &b->items[i]);
    else if (!b->items[i].is_duplicate) write_one(w, &b->items[i]);
    i += is_group ? RECORD_GROUP : 1;
  }
}

/* Writes the identities of the new records in the order of ids, so that each page is touched once. */
static void write_identities(write_call *w) {
  identity_writer into = {.store = w->store, .collection = w->into.id};
  for (size_t i = 0; i < w->records.by_id_count && !store_failed(w->store); i++) {
    const batch_item *item = &w->records.items[w->records.by_id[i]];
    if (item->is_new) identity_add(&into, item->id, item->number);
  }
  identity_flush(&into);
}

static void write_all(write_call *w) {
  collection before = w->into;
  lookup_batch(w->store, &w->into, &w->records);
  batch_settle(w->store, &w->records);
  write_read_entries(w);
  write_items(w);
  for (int64_t number = before.numbers + 1; number <= w->into.numbers; number++)
    window_see(w->store, &w->into, &w->seen, number);
  write_identities(w);
  entries_flush(&w->known);
  window_flush(w->store, &w->seen);
  w->changes->unchanged += w->records.known;
  w->changes->duplicates += w->records.duplicates;
  /* Where nothing of it has changed, the collection's row is not written. */
  if (memcmp(&before, &w->into, sizeof before) != 0) collection_save(w->store, &w->into);
}

static void write_records(nangolite *store, const collection_name *into, write_kind kind, slice written,
                          const writer *by, nangolite_changes *changes) {
  if (store_failed(store)) return;
  write_call w = {.store = store, .kind = kind, .by = by, .changes = changes};
  w.into = collection_find(store, into);
  w.known = entries_open(store, &w.into);
  guess g = guess_open(&w.known, kind == WRITE_SAVE && by->run == 0);
  w.records = batch_read(store, written, &g);
  if (store->as_nango && w.records.count + w.records.met_count == 0)
    store_fail(store, NANGOLITE_INVALID, "json: there are no records");
  if (w.records.count > 0 && w.into.id == 0) w.into = collection_open(store, into);
  if (!store_failed(store)) write_all(&w);
  entries_free(&w.known);
  batch_free(&w.records);
  text_free(&w.scratch);
}

/******** records/feed.h ********/

/* feed: reads the records of a collection in the order of their stamps, beginning at any place. */
#ifndef NANGOLITE_FEED_H
#define NANGOLITE_FEED_H

/* A set of states, with a bit for each. FEED_ACTION(ACTION_ADDED) is the records whose last action is
** ADDED, pruned or not. */
#define FEED_ACTION(a) (1u << (a) | 1u << (STATE_PRUNED + (a)))
#define FEED_ALL ((1u << STATE_COUNT) - 1)
#define FEED_PAYLOADS ((1u << STATE_PRUNED) - 1) /* the states that are not pruned */

/* A place between two records. The records with a smaller or the same (stamp, id) are before the place, the
** others after it. Where the id is absent, all records with this stamp are before the place. */
typedef struct feed_place {
  int64_t stamp;
  slice id;
} feed_place;

/* Whether the record with this stamp and id is before the place: a reader at this place has passed it. */
static int feed_is_behind(const feed_place *place, int64_t stamp, slice id);

/* The first row key of a state that is after the place. */
static int64_t feed_bisect(nangolite *store, const collection *c, int state, const feed_place *place);
/* Latches that the records of this key's collection are not in the order of their keys. */
static void feed_fail_order(nangolite *store, int64_t key);

/* A merge of the selected states by sequence, which is the order of stamps as well. */
typedef struct feed {
  nangolite *store;
  query states[STATE_COUNT];
  record_row heads[STATE_COUNT]; /* the next record of each state; key 0: none */
  int last; /* the state of the latest record, whose query takes its next step later; -1: none */
} feed;

/* Opens a feed of the records after a place (NULL: of all). Close it before another one is opened. */
static feed feed_open(nangolite *store, const collection *c, unsigned states, const feed_place *after);
/* Reads the next record. Its slices are valid until the next call. 0: there are no more, or a failure is
** latched. */
static int feed_next(feed *f, record_row *next);
static void feed_close(feed *f);

/* Sets *newest to the place of the record that changed last. Its id is valid until `row` is closed. The
** caller sets *row to zeros before the call, and closes it in any case. 0: there is no record, or a failure
** is latched. */
static int feed_newest(nangolite *store, const collection *c, query *row, feed_place *newest);

#endif

/******** records/feed.c ********/

static int feed_is_behind(const feed_place *place, int64_t stamp, slice id) {
  if (stamp != place->stamp) return stamp < place->stamp;
  return place->id.at == NULL || slice_compare(id, place->id) <= 0;
}

/* In a damaged b-tree the next row can have a smaller key, so that reading would never end. */
static void feed_fail_order(nangolite *store, int64_t key) {
  store_fail(store, NANGOLITE_CORRUPT, "collection %lld: its records are not in the order of their keys",
             (long long)row_key_collection(key));
}

/* The first row key of [from, to) that has a record, and whether that record is before the place. 0: there
** is none. */
static int64_t feed_probe(nangolite *store, int64_t from, int64_t to, const feed_place *place,
                          int *is_behind) {
  query q = query_open(store, RECORD_FIRST);
  query_bind_int(&q, from);
  query_bind_int(&q, to);
  int64_t key = query_next(&q) ? query_int(&q, 0) : 0;
  if (key != 0 && (key < from || key >= to)) feed_fail_order(store, key);
  if (key != 0) *is_behind = feed_is_behind(place, query_int(&q, 1), query_text(&q, 2));
  query_close(&q);
  return key;
}

/* The sequence of the place, found by looking up the record that it names: so it is mostly found for a
** reader who goes from page to page. -1: there is no such record, or it has another stamp by now. */
static int64_t feed_named_sequence(nangolite *store, const collection *c, const feed_place *place) {
  entry named;
  collection of = *c;
  entries known = entries_open(store, &of);
  int is_named = place->id.at != NULL && record_find(&known, place->id, &named) != 0;
  entries_free(&known);
  if (!is_named) return -1;
  query q = query_open(store, RECORD_FIRST);
  query_bind_int(&q, named.key);
  query_bind_int(&q, named.key + 1);
  int is_there = query_next(&q) && query_int(&q, 1) == place->stamp;
  query_close(&q);
  return is_there ? row_key_sequence(named.key) : -1;
}

/* By bisection: in a state, stamps ascend with row keys. Invariant: records below `low` are before the place, records at `high` or above are after it. */
static int64_t feed_bisect(nangolite *store, const collection *c, int state, const feed_place *place) {
  int64_t low = row_key_make(c->id, state, 0), high = row_key_make(c->id, state, c->sequence) + 1;
  while (low < high && !store_failed(store)) {
    int64_t middle = low + (high - low) / 2;
    int is_behind = 0;
    int64_t key = feed_probe(store, middle, high, place, &is_behind);
    if (is_behind) low = key + 1;
    else high = middle;
  }
  return low;
}

static void feed_step(feed *f, int state) {
  record_row *head = &f->heads[state];
  int64_t before = head->key;
  head->key = 0;
  if (!query_next(&f->states[state]) || !record_read(&f->states[state], head)) return;
  if (head->key <= before || row_key_state(head->key) != state) feed_fail_order(f->store, head->key);
}

static feed feed_open(nangolite *store, const collection *c, unsigned states, const feed_place *after) {
  feed f = {store, {{NULL, NULL, 0}}, {{0}}, -1};
  int64_t named = after == NULL ? 0 : feed_named_sequence(store, c, after);
  for (int state = 0; state < STATE_COUNT; state++) {
    if (!(states >> state & 1) || c->counts[state] == 0) continue;
    int64_t from = named >= 0 ? row_key_make(c->id, state, named + 1) : feed_bisect(store, c, state, after);
    f.states[state] = query_open(store, (statement_id)(FEED_STATE + state));
    query_bind_int(&f.states[state], from);
    query_bind_int(&f.states[state], row_key_make(c->id, state + 1, 0));
    feed_step(&f, state);
  }
  return f;
}

static int feed_next(feed *f, record_row *next) {
  if (f->last >= 0) feed_step(f, f->last);
  f->last = -1;
  for (int state = 0; state < STATE_COUNT; state++) {
    if (f->heads[state].key == 0) continue;
    if (f->last < 0 || row_key_sequence(f->heads[state].key) < row_key_sequence(f->heads[f->last].key))
      f->last = state;
  }
  if (f->last < 0 || store_failed(f->store)) return 0;
  *next = f->heads[f->last];
  return 1;
}

static void feed_close(feed *f) {
  for (int state = 0; state < STATE_COUNT; state++) query_close(&f->states[state]);
}

static int64_t feed_newest_key(nangolite *store, const collection *c) {
  int64_t newest = 0;
  for (int state = 0; state < STATE_COUNT; state++) {
    if (c->counts[state] == 0) continue;
    query q = query_open(store, RECORD_LAST);
    query_bind_int(&q, row_key_make(c->id, state, 0));
    query_bind_int(&q, row_key_make(c->id, state + 1, 0));
    int64_t key = query_number(&q);
    if (key != 0 && row_key_sequence(key) > row_key_sequence(newest)) newest = key;
  }
  return newest;
}

static int feed_newest(nangolite *store, const collection *c, query *row, feed_place *newest) {
  int64_t key = feed_newest_key(store, c);
  if (key == 0) return 0;
  *row = query_open(store, RECORD_FIRST);
  query_bind_int(row, key);
  query_bind_int(row, key + 1);
  if (!query_next(row)) return 0;
  *newest = (feed_place){query_int(row, 1), query_text(row, 2)};
  return 1;
}

/******** records/collection_list.h ********/

/* collection_list: writes the list of collections, with their counters, as JSON. */
#ifndef NANGOLITE_COLLECTION_LIST_H
#define NANGOLITE_COLLECTION_LIST_H

/* Appends {"collections":[...]} with the collections whose connection has these names (NULL: any name) and
** whose newest change is after a stamp (0: all of them). It is called in a transaction.
**
** Where nothing in the file has changed after the stamp, this reads one row. Otherwise it reads each
** collection of these connections, and finds its newest change by one look-up in each state, however many
** records there are. */
static void collection_list_append(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, int64_t changed_after, text *out);

#endif

/******** records/collection_list.c ********/

static int64_t collection_list_pruned(const collection *c) {
  int64_t pruned = 0;
  for (int state = STATE_PRUNED; state < STATE_COUNT; state++) pruned += c->counts[state];
  return pruned;
}

static void collection_list_append_number(text *out, const char *key, int64_t number) {
  text_append_string(out, key);
  text_append_int(out, number);
}

static void collection_list_append_string(text *out, const char *key, slice value) {
  text_append_string(out, key);
  json_write(out, value);
}

/* The current row of `q` has the collection's names. */
static void collection_list_append_one(const query *q, const collection *c, int64_t last_change, text *out) {
  collection_list_append_string(out, "{\"provider_config_key\":", query_text(q, 1));
  collection_list_append_string(out, ",\"connection_id\":", query_text(q, 2));
  collection_list_append_string(out, ",\"model\":", query_text(q, 3));
  collection_list_append_string(out, ",\"variant\":", query_text(q, 4));
  collection_list_append_number(out, ",\"live\":", collection_live(c));
  collection_list_append_number(
    out, ",\"deleted\":", c->counts[ACTION_DELETED] + c->counts[STATE_PRUNED + ACTION_DELETED]);
  collection_list_append_number(out, ",\"pruned\":", collection_list_pruned(c));
  collection_list_append_number(out, ",\"bytes\":", c->bytes);
  collection_list_append_number(out, ",\"last_change\":", last_change);
  text_append_string(out, "}");
}

static void collection_list_append_of(nangolite *store, int64_t connection, int64_t changed_after,
                                      text *out) {
  query q = query_open(store, COLLECTION_LIST);
  query_bind_int(&q, connection);
  while (query_next(&q)) {
    collection c = collection_by_id(store, query_int(&q, 0));
    int64_t last_change = collection_changed_at(store, c.id);
    if (changed_after > 0 && last_change <= changed_after) continue;
    if (out->length > 0 && out->at[out->length - 1] == '}') text_append_string(out, ",");
    collection_list_append_one(&q, &c, last_change, out);
  }
  query_close(&q);
}

static void collection_list_append(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, int64_t changed_after, text *out) {
  id_list connections = {NULL, 0, 0};
  text_append_string(out, "{\"collections\":[");
  transaction_read_store(store);
  if (changed_after == 0 || store->last_stamp > changed_after)
    connections = connection_select(store, provider_config_key, connection_id);
  for (size_t i = 0; i < connections.count && !store_failed(store); i++)
    collection_list_append_of(store, connections.at[i], changed_after, out);
  sqlite3_free(connections.at);
  text_append_string(out, "]}");
}

/******** records/metadata.h ********/

/* metadata: the JSON object that an application keeps with a connection, for its syncs to read. */
#ifndef NANGOLITE_METADATA_H
#define NANGOLITE_METADATA_H

/* The object in a JSON text, without the white space around it; it lies in `json`. Latches
** NANGOLITE_INVALID where the text is no JSON object. */
static slice metadata_check(nangolite *store, const char *json);

/* Stores a checked object as the connection's metadata. Where `is_merged` is not 0, its members are added
** to those that are stored, and replace those of the same name. It is called in a write transaction. */
static void metadata_set(nangolite *store, int64_t connection, slice object, int is_merged);

/* Appends the connection's metadata, or "{}" where none were set. */
static void metadata_append(nangolite *store, int64_t connection, text *out);

#endif

/******** records/metadata.c ********/

static slice metadata_check(nangolite *store, const char *json) {
  json_value value = {{NULL, 0}, JSON_NULL};
  arguments_need(store, json, "json");
  if (store_failed(store)) return value.text;
  json_error error = json_scan(slice_of(json), &value);
  if (error.reason != NULL)
    store_fail(store, NANGOLITE_INVALID, "metadata: %s, at byte %lld", error.reason, (long long)error.offset);
  else if (value.type != JSON_OBJECT) store_fail(store, NANGOLITE_INVALID, "metadata must be a JSON object");
  return value.text;
}

static void metadata_append(nangolite *store, int64_t connection, text *out) {
  connection_row found;
  query q = {NULL, NULL, 0};
  if (connection_get(store, connection, &q, &found)) {
    slice metadata = found.metadata.at == NULL ? slice_of("{}") : found.metadata;
    text_append(out, metadata.at, metadata.length);
  }
  query_close(&q);
}

static void metadata_set(nangolite *store, int64_t connection, slice object, int is_merged) {
  text before = {0}, merged = {0};
  if (is_merged) metadata_append(store, connection, &before);
  store_check_text(store, &before);
  if (is_merged && !store_failed(store)) {
    json_overlay(json_of((slice){before.at, before.length}), json_of(object), &merged);
    store_check_text(store, &merged);
    object = (slice){merged.at, merged.length};
  }
  if (!store_failed(store)) connection_set_metadata(store, connection, object);
  text_free(&before);
  text_free(&merged);
}

/******** records/connection_list.h ********/

/* connection_list: writes the list of connections as JSON. */
#ifndef NANGOLITE_CONNECTION_LIST_H
#define NANGOLITE_CONNECTION_LIST_H

/* Appends {"connections":[...]} with the connections of an integration (NULL: of all). It is called in a
** transaction. */
static void connection_list_append(nangolite *store, const char *provider_config_key, text *out);

/* Appends a connection's metadata as they are stored, or null where none were set. */
static void connection_append_metadata(const connection_row *c, text *out);

#endif

/******** records/connection_list.c ********/

static void connection_append_metadata(const connection_row *c, text *out) {
  slice metadata = c->metadata.at == NULL ? slice_of("null") : c->metadata;
  text_append(out, metadata.at, metadata.length);
}

static void connection_list_append_one(const connection_row *c, text *out) {
  text_append_string(out, "{\"provider_config_key\":");
  json_write(out, c->provider_config_key);
  text_append_string(out, ",\"connection_id\":");
  json_write(out, c->connection_id);
  text_append_string(out, ",\"metadata\":");
  connection_append_metadata(c, out);
  text_append_string(out, ",\"created_at\":");
  timestamp_write(out, c->created_at);
  text_append_string(out, "}");
}

static void connection_list_append(nangolite *store, const char *provider_config_key, text *out) {
  id_list list = connection_select(store, provider_config_key, NULL);
  text_append_string(out, "{\"connections\":[");
  for (size_t i = 0; i < list.count && !store_failed(store); i++) {
    connection_row c;
    query q;
    if (i > 0) text_append_string(out, ",");
    if (connection_get(store, list.at[i], &q, &c)) connection_list_append_one(&c, out);
    query_close(&q);
  }
  text_append_string(out, "]}");
  sqlite3_free(list.at);
}

/******** records/prune.h ********/

/* prune: replaces the payloads of a collection by stubs, in the order of stamps. */
#ifndef NANGOLITE_PRUNE_H
#define NANGOLITE_PRUNE_H

/* Prunes at most `limit` payloads (0: all) of the records that are before the place `until` (NULL: of all
** records), and returns how many it has pruned. *has_more says whether there are more of them. The
** collection's row is written. */
static int64_t prune_collection(nangolite *store, collection *c, const feed_place *until, int64_t limit,
                                int *has_more);

#endif

/******** records/prune.c ********/

enum { PRUNE_SLICE = 64 }; /* so many records are read before they are pruned, which limits the memory */

typedef struct prune_item {
  record_row was; /* only the lengths of its slices are valid */
  entry known;
  hash128 digest;
  size_t id_end, stub_end;
} prune_item;

typedef struct prune_slice {
  prune_item items[PRUNE_SLICE];
  int count;
  int is_at_end; /* its last payload is that of the very record that the pruning goes up to */
  text bytes;    /* id, stub, id, stub, ... */
} prune_slice;

/* By what a record will be compared once its payload is gone: its value, or as Nango what was given. */
static hash128 prune_digest(entries *from, const record_row *r, const entry *known) {
  entry_text alternate = {0};
  if (!from->store->as_nango) return payload_digest(from->store, r->payload);
  entry_find_alternate(from, r->number, known, &alternate);
  return as_nango_given(known, &alternate);
}

static void prune_add(entries *from, prune_slice *part, const record_row *r) {
  prune_item *item = &part->items[part->count];
  if (!record_is_sound(from, r, &item->known)) return;
  part->count++;
  item->was = *r;
  item->digest = prune_digest(from, r, &item->known);
  text_append(&part->bytes, r->id.at, r->id.length);
  item->id_end = part->bytes.length;
  payload_append_stub(r->payload, &part->bytes);
  item->stub_end = part->bytes.length;
  store_check_text(from->store, &part->bytes);
}

/* Reads the next payloads to prune, at most `most` and at most PRUNE_SLICE. *has_more says whether more
** follow. */
static void prune_read(entries *from, const feed_place *until, int64_t most, prune_slice *into,
                       int *has_more) {
  record_row next;
  into->count = 0;
  text_clear(&into->bytes);
  *has_more = 0;
  feed f = feed_open(from->store, from->of, FEED_PAYLOADS, NULL);
  while (feed_next(&f, &next)) {
    if (until != NULL && !feed_is_behind(until, next.last_modified_at, next.id)) break;
    if (into->count == PRUNE_SLICE || into->count == most) {
      *has_more = 1;
      break;
    }
    prune_add(from, into, &next);
    into->is_at_end =
      until != NULL && until->stamp == next.last_modified_at && slice_equals(until->id, next.id);
  }
  feed_close(&f);
}

static void prune_write(entries *into, const prune_slice *from) {
  size_t at = 0;
  for (int i = 0; i < from->count && !store_failed(into->store); i++) {
    const prune_item *item = &from->items[i];
    record_change change = {.number = item->was.number,
                            .was = item->known,
                            .hash = item->digest,
                            .id = {from->bytes.at + at, item->id_end - at},
                            .payload = {from->bytes.at + item->id_end, item->stub_end - item->id_end}};
    record_prune(into, &item->was, &change);
    at = item->stub_end;
  }
  entries_flush(into);
}

static void prune_find_oldest(nangolite *store, collection *c) {
  record_row oldest;
  feed f = feed_open(store, c, FEED_PAYLOADS, NULL);
  c->oldest_payload_at = feed_next(&f, &oldest) ? oldest.last_modified_at : 0;
  feed_close(&f);
}

static int64_t prune_collection(nangolite *store, collection *c, const feed_place *until, int64_t limit,
                                int *has_more) {
  int64_t pruned = 0;
  entries known = entries_open(store, c);
  prune_slice *part = store_allocate(store, sizeof *part);
  *has_more = 0;
  if (part == NULL) return 0;
  memset(part, 0, sizeof *part);
  do {
    prune_read(&known, until, limit == 0 ? INT64_MAX : limit - pruned, part, has_more);
    prune_write(&known, part);
    pruned += part->count;
  } while (*has_more && pruned != limit && !store_interrupted(store));
  prune_find_oldest(store, c);
  collection_save(store, c);
  entries_free(&known);
  text_free(&part->bytes);
  if (store->as_nango && until != NULL && until->id.at != NULL) *has_more = pruned > 0 && !part->is_at_end;
  sqlite3_free(part);
  return pruned;
}

/******** records/page.h ********/

/* page: reads one page of the records that a query selects, from a feed or by their ids, and says whether
** more records follow. */
#ifndef NANGOLITE_PAGE_H
#define NANGOLITE_PAGE_H

typedef struct page_query {
  unsigned states;
  int has_after;
  feed_place after;
  int limit;
  const slice *ids; /* NULL: the ids do not matter */
  size_t id_count;
  slice cursor; /* as it was given; absent: none was given. Below is the place that it names */
  feed_place cursor_place;
} page_query;

/* Turns a text like "added,UPDATED" into a set of states. 0: one of its words is not an action. With
** as_nango, deletions are left out unless they are all that it names. */
static unsigned page_filter(const nangolite *store, slice written);

/* The most that a page's limit may be. */
static int page_limit_max(const nangolite *store);

/* Why the records after this time cannot be asked for, or NULL. */
static const char *page_refuse_time(nangolite *store, int64_t time);
/* The place after which the records modified after this time stand; with as_nango, those of that time too. */
static feed_place page_modified_after(const nangolite *store, int64_t time);

/* Narrows the query to the records after a place, beside what it asks for already. Where there are a time
** and a cursor, give the time first: if both have the same stamp, the time leaves out more records, and is
** kept. */
static void page_begin_after(page_query *wanted, feed_place place);

/* Gives each record of the page to `emit`, and returns whether more records follow that the query selects.
** The page ends at the query's limit, or before the record with which its payloads would have more bytes
** than options.page_bytes (0: there is no such limit), but it has at least one record, if there is any.
** The slices of a record are valid during the call of `emit`. */
typedef void (*page_emit)(void *ctx, const record_row *r);
static int page_run(nangolite *store, const collection *c, const page_query *wanted, page_emit emit,
                    void *ctx);

/* For a page after which no records follow: whether the collection's newest change is after the cursor that
** was given, or no cursor was given. Then a reader can go on from *newest, the place of that change. `row`
** is as in feed_newest(). */
static int page_newest(nangolite *store, const collection *c, const page_query *wanted, query *row,
                       feed_place *newest);

#endif

/******** records/page.c ********/

/* A record that the query names. */
typedef struct page_named {
  int64_t number;
  entry known;
} page_named;

/* Where a page's records come from: the feed, or the records that the query names, in the feed's order. */
typedef struct page_source {
  nangolite *store;
  feed f;
  collection of;
  entries known;
  page_named named[PAGE_IDS_MAX];
  int is_named;
  size_t named_count, next_named;
  query row;
} page_source;

static unsigned page_word(slice word) {
  static const char *const names[ACTION_COUNT] = {"added", "updated", "deleted"};
  for (int a = 0; a < ACTION_COUNT; a++) {
    if (slice_is_word(word, names[a])) return FEED_ACTION(a);
  }
  return 0;
}

static unsigned page_filter(const nangolite *store, slice written) {
  unsigned states = 0;
  size_t from = 0;
  for (size_t i = 0; i <= written.length; i++) {
    if (i < written.length && written.at[i] != ',') continue;
    unsigned more = page_word((slice){written.at + from, i - from});
    if (more == 0) return 0;
    states |= more;
    from = i + 1;
  }
  unsigned others = states & ~FEED_ACTION(ACTION_DELETED);
  return store->as_nango && others != 0 ? others : states;
}

static int page_limit_max(const nangolite *store) {
  return store->as_nango ? PAGE_LIMIT_MAX_AS_NANGO : PAGE_LIMIT_MAX;
}

static const char *page_refuse_time(nangolite *store, int64_t time) {
  if (!store->as_nango || time >= store_clock(store) - 365 * MICROSECONDS_PER_DAY) return NULL;
  return "must be within the last 12 months";
}

static feed_place page_modified_after(const nangolite *store, int64_t time) {
  return (feed_place){store->as_nango ? time - 1 : time, {NULL, 0}};
}

static void page_begin_after(page_query *wanted, feed_place place) {
  if (!wanted->has_after || place.stamp > wanted->after.stamp) wanted->after = place;
  wanted->has_after = 1;
}

static int page_compare_named(const void *a, const void *b) {
  int64_t left = row_key_sequence(((const page_named *)a)->known.key);
  int64_t right = row_key_sequence(((const page_named *)b)->known.key);
  return (left > right) - (left < right);
}

static void page_find_named(page_source *from, const page_query *wanted) {
  for (size_t i = 0; i < wanted->id_count; i++) {
    page_named *named = &from->named[from->named_count];
    named->number = record_find(&from->known, wanted->ids[i], &named->known);
    if (named->number == 0) continue;
    if (wanted->states >> row_key_state(named->known.key) & 1) from->named_count++;
  }
  qsort(from->named, from->named_count, sizeof *from->named, page_compare_named);
}

static void page_open(page_source *from, nangolite *store, const collection *c, const page_query *wanted) {
  memset(from, 0, sizeof *from);
  from->store = store;
  from->is_named = wanted->ids != NULL;
  from->of = *c;
  from->known = entries_open(store, &from->of);
  if (from->is_named) page_find_named(from, wanted);
  else from->f = feed_open(store, c, wanted->states, wanted->has_after ? &wanted->after : NULL);
}

/* A record whose id was given twice is there twice, side by side, and is read once. */
static int page_next_named(page_source *from, const page_query *wanted, record_row *next) {
  while (from->next_named < from->named_count) {
    const page_named *named = &from->named[from->next_named++];
    if (from->next_named > 1 && named->number == named[-1].number) continue;
    query_close(&from->row);
    if (!record_get(&from->known, named->number, &named->known, &from->row, next)) return 0;
    if (wanted->has_after && feed_is_behind(&wanted->after, next->last_modified_at, next->id)) continue;
    return 1;
  }
  return 0;
}

static int page_next(page_source *from, const page_query *wanted, record_row *next) {
  return from->is_named ? page_next_named(from, wanted, next) : feed_next(&from->f, next);
}

static int page_newest(nangolite *store, const collection *c, const page_query *wanted, query *row,
                       feed_place *newest) {
  if (!feed_newest(store, c, row, newest)) return 0;
  return wanted->cursor.at == NULL || !feed_is_behind(&wanted->cursor_place, newest->stamp, newest->id);
}

static int page_run(nangolite *store, const collection *c, const page_query *wanted, page_emit emit,
                    void *ctx) {
  page_source from;
  record_row next;
  int64_t bound = store->options.page_bytes, bytes = 0;
  int count = 0, follows = 0;
  page_open(&from, store, c, wanted);
  while (!follows && page_next(&from, wanted, &next)) {
    bytes += (int64_t)next.payload.length;
    follows = count == wanted->limit || (bound > 0 && count > 0 && bytes > bound);
    if (!follows) emit(ctx, &next);
    count++;
  }
  query_close(&from.row);
  feed_close(&from.f);
  entries_free(&from.known);
  return follows;
}

/******** records/expectation.h ********/

/* expectation: compares the live records of a collection with an array of expected records. */
#ifndef NANGOLITE_EXPECTATION_H
#define NANGOLITE_EXPECTATION_H

/* Compares ids and JSON values. A member "_nango_metadata" of an expected record does not count, nor does
** the JSON type of an id. Of a pruned record the hash of its value is compared. `expected` was read without
** a guess, and has no duplicates. Where all are equal nothing is appended, otherwise a report for a person
** whose test has failed:
**
**     3 differences between the 10 expected and the 10 live records:
**       missing 7: {"id":7,"open":true}
**       unexpected 9: {"id":9,"open":false}
**       2 is different:
**         open: expected true, found false
**
** It is called in a transaction that has read the store's hash key. */
static void expectation_compare(nangolite *store, const collection *c, const batch *expected, text *report);

#endif

/******** records/expectation.c ********/

enum {
  EXPECTATION_RECORDS = 20,   /* wrong records that the report shows */
  EXPECTATION_VALUE_MAX = 200 /* bytes of a record that the report shows */
};

#define EXPECTATION_LIVE (FEED_ACTION(ACTION_ADDED) | FEED_ACTION(ACTION_UPDATED))

typedef struct expectation {
  nangolite *store;
  entries known;
  const batch *expected;
  unsigned char *is_met; /* for each expected record, whether it was found */
  int64_t live, wrong;
  text details;
} expectation;

/* The position of the expected record with this id, or `count` where there is none. */
static size_t expectation_find(const batch *b, slice id) {
  size_t low = 0, high = b->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = slice_compare(id, b->items[b->by_id[middle]].id);
    if (order == 0) return b->by_id[middle];
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return b->count;
}

/* Counts a wrong record, and returns whether the report shows it. */
static int expectation_tells(expectation *e) {
  return e->wrong++ < EXPECTATION_RECORDS;
}

static void expectation_tell(expectation *e, const char *what, slice id, slice payload) {
  if (!expectation_tells(e)) return;
  text_append_string(&e->details, what);
  text_append(&e->details, id.at, id.length);
  text_append_string(&e->details, ": ");
  json_difference_append_value(payload, EXPECTATION_VALUE_MAX, &e->details);
  text_append(&e->details, "\n", 1);
}

static void expectation_tell_different(expectation *e, const record_row *found, slice expected) {
  static const char *const ignored[] = {"id", PAYLOAD_METADATA, NULL};
  if (!expectation_tells(e)) return;
  text_append_string(&e->details, "  ");
  text_append(&e->details, found->id.at, found->id.length);
  if (row_key_is_pruned(found->key)) {
    text_append_string(&e->details, " is different, and its payload was pruned\n");
    return;
  }
  text_append_string(&e->details, " is different:\n");
  json_difference(json_of(expected), json_of(found->payload), ignored, &e->store->key, &e->details);
}

/* As Nango, a payload that was pruned is known only as it was given. */
static int expectation_is_given(expectation *e, const entry *known, const batch_item *expected) {
  hash128 hash = hash_bytes(&e->store->key, expected->text.at, expected->text.length);
  return hash_equals(known->text.hash, hash) || hash_equals(known->text.hash, expected->given.hash);
}

static int expectation_is_equal(expectation *e, const record_row *found, const batch_item *item) {
  entry known;
  slice expected = item->text;
  if (!record_is_sound(&e->known, found, &known)) return 1; /* a failure is latched, and there is no report */
  if (e->store->as_nango && row_key_is_pruned(found->key)) return expectation_is_given(e, &known, item);
  hash128 digest = payload_digest(e->store, expected);
  int is_pruned = row_key_is_pruned(found->key);
  return hash_equals(digest, is_pruned ? known.text.hash : payload_digest(e->store, found->payload));
}

static void expectation_meet(expectation *e, const record_row *found) {
  size_t position = expectation_find(e->expected, found->id);
  e->live++;
  if (position == e->expected->count) {
    expectation_tell(e, "  unexpected ", found->id, found->payload);
    return;
  }
  e->is_met[position] = 1;
  const batch_item *expected = &e->expected->items[position];
  if (!expectation_is_equal(e, found, expected)) expectation_tell_different(e, found, expected->text);
}

static void expectation_tell_missing(expectation *e) {
  for (size_t i = 0; i < e->expected->count; i++) {
    const batch_item *item = &e->expected->items[i];
    if (!e->is_met[i]) expectation_tell(e, "  missing ", item->id, item->text);
  }
}

static void expectation_report(expectation *e, text *report) {
  if (e->wrong == 0) return;
  text_append_int(report, e->wrong);
  text_append_string(report, e->wrong == 1 ? " difference between the " : " differences between the ");
  text_append_int(report, (int64_t)e->expected->count);
  text_append_string(report, " expected and the ");
  text_append_int(report, e->live);
  text_append_string(report, " live records:\n");
  text_append(report, e->details.at, e->details.length);
  if (e->wrong <= EXPECTATION_RECORDS) return;
  text_append_string(report, "  and ");
  text_append_int(report, e->wrong - EXPECTATION_RECORDS);
  text_append_string(report, " more\n");
}

static void expectation_compare(nangolite *store, const collection *c, const batch *expected, text *report) {
  record_row found;
  collection of = *c;
  expectation e = {.store = store, .expected = expected, .is_met = store_allocate(store, expected->count)};
  if (e.is_met == NULL) return;
  e.known = entries_open(store, &of);
  memset(e.is_met, 0, expected->count);
  feed f = feed_open(store, c, EXPECTATION_LIVE, NULL);
  while (!store_interrupted(store) && feed_next(&f, &found)) expectation_meet(&e, &found);
  feed_close(&f);
  expectation_tell_missing(&e);
  expectation_report(&e, report);
  store_check_text(store, &e.details);
  store_check_text(store, report);
  entries_free(&e.known);
  text_free(&e.details);
  sqlite3_free(e.is_met);
}

/******** records/removal.h ********/

/* removal: takes collections away for good, without tombstones, so that no feed shows their records any
** more.
**
** A collection is taken away at once, whatever its size: its row loses its connection, so no name leads to
** it any more, and a new collection of the same name begins empty. Its rows in the other tables are freed
** in parts, so that no call holds the file's lock for long. The collection's row is deleted last: until
** then no other collection can get its id. */
#ifndef NANGOLITE_REMOVAL_H
#define NANGOLITE_REMOVAL_H

/* Takes a collection away, in a write transaction. Frees all of it where it is small, and a part where it
** is large. Then frees a part of one that is left, so that the rows are freed even where nobody calls
** nangolite_maintain(). A call that takes many collections away frees at most store->rows_to_free rows of
** each table, which counts down. */
static void removal_take_away(nangolite *store, int64_t id);

/* Frees at most `limit` records of collections that were taken away, and at most as many rows of each other
** table. Returns how many records it has freed. A call that adds records frees as many as it adds, so that
** what is left to free does not stay for long where records are saved. */
static int64_t removal_free(nangolite *store, int64_t limit);
/* Whether a collection is left whose rows are still to be freed. */
static int removal_is_left(nangolite *store);

#endif

/******** records/removal.c ********/

enum {
  REMOVAL_CHUNK = 500,             /* rows that one statement frees, which limits its memory */
  REMOVAL_AT_ONCE = 4000,          /* rows of the collection that is being taken away */
  REMOVAL_EARLIER = 1000,          /* rows of a collection that is left */
  REMOVAL_BYTES = 16 * 1024 * 1024 /* of the payloads that are freed with them, roughly */
};

/* The rows of a collection: each function frees a limited number of them in one table. */
typedef int64_t (*removal_table)(nangolite *store, int64_t collection, int64_t limit);
static const removal_table removal_tables[] = {record_free_rows, identity_free_rows, entry_free_rows,
                                               entry_free_alternate_rows, window_free_rows};

static int64_t removal_free_table(nangolite *store, int64_t id, removal_table table, int64_t limit) {
  int64_t freed = 0, now = REMOVAL_CHUNK;
  while (freed < limit && now == REMOVAL_CHUNK && !store_interrupted(store)) {
    now = table(store, id, limit - freed < REMOVAL_CHUNK ? limit - freed : REMOVAL_CHUNK);
    freed += now;
  }
  return freed;
}

/* Frees at most `limit` rows of each table, and deletes the collection's row where none are left. Returns
** the greatest number of rows that one table has lost: that is the number of records, which have a row
** each. */
static int64_t removal_free_collection(nangolite *store, int64_t id, int64_t limit) {
  int64_t most = 0;
  for (size_t i = 0; i < sizeof removal_tables / sizeof *removal_tables; i++) {
    int64_t freed = removal_free_table(store, id, removal_tables[i], limit);
    if (freed > most) most = freed;
  }
  if (most == limit || store_failed(store)) return most;
  collection_remove(store, id);
  return most;
}

/* A collection without rows counts as one record, so that a call does not go through too many of them
** either. */
static int64_t removal_free(nangolite *store, int64_t limit) {
  int64_t freed = 0, id, left = limit;
  while (left > 0 && (id = collection_taken_away(store)) != 0) {
    int64_t now = removal_free_collection(store, id, left);
    freed += now;
    left -= now > 0 ? now : 1;
  }
  return freed;
}

static int removal_is_left(nangolite *store) {
  return collection_taken_away(store) != 0;
}

/* Frees at most `limit` rows of each table of a collection, fewer where its payloads are large, and not
** more than the call may still free. */
static void removal_free_share(nangolite *store, int64_t id, int64_t limit) {
  collection c = collection_by_id(store, id);
  int64_t records = 0;
  for (int state = 0; state < STATE_COUNT; state++) records += c.counts[state];
  int64_t average = records > 0 ? c.bytes / records : 0;
  if (average > 0 && limit > REMOVAL_BYTES / average) limit = REMOVAL_BYTES / average + 1;
  if (limit > store->rows_to_free) limit = store->rows_to_free;
  if (c.id != 0 && limit > 0) store->rows_to_free -= removal_free_collection(store, id, limit);
}

static void removal_take_away(nangolite *store, int64_t id) {
  collection_take_away(store, id);
  store_move_stamp(store);
  removal_free_share(store, id, REMOVAL_AT_ONCE);
  removal_free_share(store, collection_taken_away(store), REMOVAL_EARLIER);
}

/******** syncs/sync.h ********/

/* sync: the definitions of syncs and their models, as the file has them. */
#ifndef NANGOLITE_SYNC_H
#define NANGOLITE_SYNC_H

#define SYNC_RETRIES_MAX 100          /* retries of one run, before the next slot */
#define SYNC_RETRY_AFTER_S 30         /* the default; most APIs answer again by then */
#define SYNC_RETRY_AFTER_MAX 31536000 /* 365 days, which is the longest frequency too */

/* A definition as the file has it. */
typedef struct sync_row {
  int64_t id; /* 0: there is none */
  int64_t interval;
  int64_t start_at; /* 0: when each instance was created */
  int manual_start;
  int max_delete_percent;
  int local_time;
  int took_over; /* of sync_put(): a model of it was another sync's until now */
} sync_row;

/* These two return an id of 0 where there is no such sync. */
static sync_row sync_find(nangolite *store, const char *provider_config_key, slice name);
static sync_row sync_get(nangolite *store, int64_t id);
/* Whether the definition names the model now. */
static int sync_has_model(nangolite *store, int64_t sync, const char *model);

/* Latches what is wrong with a definition. *interval becomes its frequency in microseconds. */
static void sync_check(nangolite *store, const nangolite_sync *given, int64_t *interval);

/* Writes the definition and its models, and reads it again. In a write transaction. */
static sync_row sync_put(nangolite *store, const nangolite_sync *given, int64_t interval);

/* Gives it another name. Latches NANGOLITE_INVALID where another sync has that name. In a write
** transaction. */
static void sync_rename(nangolite *store, const char *provider_config_key, int64_t id, const char *new_name);
/* Removes the definition and its models. The caller has removed its instances. In a write transaction. */
static void sync_delete(nangolite *store, int64_t id);

#endif

/******** syncs/sync.c ********/

static sync_row sync_read(query *q) {
  sync_row found = {0};
  if (query_next(q)) {
    found.id = query_int(q, 0);
    found.interval = query_range(q, 1, FREQUENCY_MIN, FREQUENCY_MAX);
    found.start_at = query_range_or_null(q, 2, 1, TIME_MAX);
    found.manual_start = (int)query_range(q, 3, 0, 1);
    found.max_delete_percent = (int)query_range(q, 4, 0, 100);
    found.local_time = (int)query_range(q, 5, 0, 1);
  }
  query_close(q);
  return found;
}

static sync_row sync_find(nangolite *store, const char *provider_config_key, slice name) {
  query q = query_open(store, SYNC_FIND);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, name);
  return sync_read(&q);
}

static sync_row sync_get(nangolite *store, int64_t id) {
  query q = query_open(store, SYNC_GET);
  query_bind_int(&q, id);
  return sync_read(&q);
}

static int sync_has_model(nangolite *store, int64_t sync, const char *model) {
  query q = query_open(store, SYNC_MODEL_FIND);
  query_bind_int(&q, sync);
  query_bind_text(&q, slice_of(model));
  int is_there = query_next(&q);
  query_close(&q);
  return is_there;
}

static void sync_check_models(nangolite *store, const nangolite_sync *given) {
  if (given->model_count == 0) store_fail(store, NANGOLITE_INVALID, "models must name at least one model");
  arguments_need(store, given->models, "models");
  for (size_t i = 0; i < given->model_count && !store_failed(store); i++) {
    arguments_check_name(store, NAME_MODEL, given->models[i]);
  }
}

static void sync_check(nangolite *store, const nangolite_sync *given, int64_t *interval) {
  *interval = 0;
  arguments_need(store, given, "sync");
  if (store_failed(store)) return;
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, given->provider_config_key);
  arguments_check_name(store, NAME_SYNC, given->name);
  sync_check_models(store, given);
  arguments_need(store, given->frequency, "frequency");
  const char *reason = frequency_parse(slice_of(given->frequency), interval);
  if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "frequency %s", reason);
  if (given->start_at < 0 || given->start_at > TIME_MAX)
    store_fail(store, NANGOLITE_INVALID, "start_at must be in the years 1970 to 9999");
  if (given->max_retries < 0 || given->max_retries > SYNC_RETRIES_MAX)
    store_fail(store, NANGOLITE_INVALID, "max_retries must be 0 to %d", SYNC_RETRIES_MAX);
  if (given->retry_after_s < 0 || given->retry_after_s > SYNC_RETRY_AFTER_MAX)
    store_fail(store, NANGOLITE_INVALID, "retry_after_s must be 0 to %d, which is 365 days",
               SYNC_RETRY_AFTER_MAX);
  if (given->max_delete_percent < 0 || given->max_delete_percent > 100)
    store_fail(store, NANGOLITE_INVALID, "max_delete_percent must be 0 to 100");
}

static void sync_write(nangolite *store, statement_id statement, const nangolite_sync *given,
                       int64_t interval) {
  query q = query_open(store, statement);
  query_bind_text(&q, slice_of(given->frequency));
  query_bind_int(&q, interval);
  query_bind_int_or_null(&q, given->start_at);
  query_bind_int(&q, given->manual_start != 0);
  query_bind_int(&q, given->max_delete_percent);
  query_bind_int(&q, given->max_retries);
  query_bind_int(&q, given->retry_after_s != 0 ? given->retry_after_s : SYNC_RETRY_AFTER_S);
  query_bind_int(&q, given->local_time != 0);
  query_bind_text(&q, slice_of(given->provider_config_key));
  query_bind_text(&q, slice_of(given->name));
  query_run(&q);
}

/* A model that another sync had, and no definition names any more, is taken over with its records. What
** was seen in an open delete window there was seen by the other sync, so the windows are discarded. */
static void sync_take_over(nangolite *store, const char *provider_config_key, const char *model) {
  id_list collections = {NULL, 0, 0};
  query q = query_open(store, COLLECTION_WITH_WINDOW);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(model));
  id_list_read(store, &collections, &q);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++) {
    collection c = collection_by_id(store, collections.at[i]);
    window_discard(store, &c);
    collection_save(store, &c);
  }
  sqlite3_free(collections.at);
}

/* Latches NANGOLITE_INVALID where another definition names the model, or this definition names it twice.
** Returns whether the model was another sync's until now. */
static int sync_claim_model(nangolite *store, int64_t sync, const char *provider_config_key,
                            const char *model) {
  query q = query_open(store, SYNC_MODEL_OWNER);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(model));
  int is_known = query_next(&q), is_mine = is_known && query_int(&q, 0) == sync;
  if (is_known && query_int(&q, 1)) {
    slice name = query_text(&q, 2);
    if (is_mine) store_fail(store, NANGOLITE_INVALID, "models names %s twice", model);
    else
      store_fail(store, NANGOLITE_INVALID, "models: %s belongs to the sync '%.*s'", model, (int)name.length,
                 name.at);
  }
  query_close(&q);
  if (is_known && !is_mine) sync_take_over(store, provider_config_key, model);
  return is_known && !is_mine;
}

static int sync_put_models(nangolite *store, int64_t sync, const nangolite_sync *given) {
  int took_over = 0;
  query_run_with(store, SYNC_MODELS_LEAVE, sync);
  for (size_t i = 0; i < given->model_count && !store_failed(store); i++) {
    took_over |= sync_claim_model(store, sync, given->provider_config_key, given->models[i]);
    query q = query_open(store, SYNC_MODEL_PUT);
    query_bind_text(&q, slice_of(given->provider_config_key));
    query_bind_text(&q, slice_of(given->models[i]));
    query_bind_int(&q, sync);
    query_bind_int(&q, (int64_t)i);
    query_run(&q);
  }
  return took_over;
}

static sync_row sync_put(nangolite *store, const nangolite_sync *given, int64_t interval) {
  sync_row before = sync_find(store, given->provider_config_key, slice_of(given->name));
  sync_write(store, before.id == 0 ? SYNC_INSERT : SYNC_UPDATE, given, interval);
  sync_row now = sync_find(store, given->provider_config_key, slice_of(given->name));
  now.took_over = sync_put_models(store, now.id, given);
  return now;
}

static void sync_rename(nangolite *store, const char *provider_config_key, int64_t id, const char *new_name) {
  int64_t other = sync_find(store, provider_config_key, slice_of(new_name)).id;
  if (other == id) return;
  if (other != 0)
    store_fail(store, NANGOLITE_INVALID, "new_name: there is another sync '%s' in the integration", new_name);
  query q = query_open(store, SYNC_RENAME);
  query_bind_text(&q, slice_of(new_name));
  query_bind_int(&q, id);
  query_run(&q);
}

static void sync_delete(nangolite *store, int64_t id) {
  query_run_with(store, SYNC_MODELS_DELETE, id);
  query_run_with(store, SYNC_DELETE, id);
}

/******** syncs/sync_function.h ********/

/* sync_function: the syncs that this handle has defined, with the functions that it was given for them.
** They are known by their names, and are forgotten when the handle is closed. A handle serves the syncs
** that it has defined; a handle that has never defined one serves all syncs in the file. */
#ifndef NANGOLITE_SYNC_FUNCTION_H
#define NANGOLITE_SYNC_FUNCTION_H

struct sync_function {
  const char *provider_config_key, *name; /* they stand behind the struct, in its memory */
  int is_served;                          /* 0: it is not served, there is only room for it */
  nangolite_sync_fn exec;                 /* NULL: the application claims its runs */
  void *user;
};

/* Makes room for a sync. This may fail, and latches that, so it is called before the transaction that
** defines or renames the sync is committed. */
static void sync_function_reserve(nangolite *store, const char *provider_config_key, const char *name);
/* Puts the function of a definition into the room that was made, once the definition is committed. */
static void sync_function_set(nangolite *store, const nangolite_sync *given);

/* These are called once it is committed that the sync was removed, or that it has another name, for which
** room was made. */
static void sync_function_forget(nangolite *store, const char *provider_config_key, const char *name);
static void sync_function_rename(nangolite *store, const char *provider_config_key, const char *name,
                                 const char *new_name);

/* The sync and its function. NULL: this handle does not serve the sync, or has no function for it. */
static const sync_function *sync_function_find(nangolite *store, slice provider_config_key, slice name);
/* Whether this handle serves the sync. */
static int sync_function_serves(nangolite *store, slice provider_config_key, slice name);

static void sync_functions_free(nangolite *store);

#endif

/******** syncs/sync_function.c ********/

static int sync_function_compare(const sync_function *f, slice provider_config_key, slice name) {
  int order = slice_compare(slice_of(f->name), name);
  return order != 0 ? order : slice_compare(slice_of(f->provider_config_key), provider_config_key);
}

/* The place of the first sync that does not stand before these names. */
static size_t sync_function_place(const nangolite *store, slice provider_config_key, slice name) {
  size_t from = 0, to = store->function_count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (sync_function_compare(store->functions[middle], provider_config_key, name) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

static sync_function *sync_function_get(const nangolite *store, slice provider_config_key, slice name) {
  size_t at = sync_function_place(store, provider_config_key, name);
  if (at == store->function_count) return NULL;
  sync_function *found = store->functions[at];
  return sync_function_compare(found, provider_config_key, name) == 0 ? found : NULL;
}

static sync_function *sync_function_make(nangolite *store, const char *provider_config_key,
                                         const char *name) {
  size_t key_size = strlen(provider_config_key) + 1, name_size = strlen(name) + 1;
  sync_function *made = store_allocate(store, sizeof *made + key_size + name_size);
  if (made == NULL) return NULL;
  char *strings = (char *)(made + 1);
  memcpy(strings, provider_config_key, key_size);
  memcpy(strings + key_size, name, name_size);
  *made = (sync_function){strings, strings + key_size, 0, NULL, NULL};
  return made;
}

static void sync_function_reserve(nangolite *store, const char *provider_config_key, const char *name) {
  slice key = slice_of(provider_config_key), of_name = slice_of(name);
  if (store_failed(store) || sync_function_get(store, key, of_name) != NULL) return;
  sync_function **functions =
    list_room(store->functions, NULL, store->function_count, &store->function_capacity, sizeof *functions);
  if (functions == NULL) {
    store_fail_memory(store);
    return;
  }
  store->functions = functions;
  sync_function *made = sync_function_make(store, provider_config_key, name);
  if (made == NULL) return;
  size_t at = sync_function_place(store, key, of_name);
  memmove(functions + at + 1, functions + at, (store->function_count - at) * sizeof *functions);
  functions[at] = made;
  store->function_count++;
}

static void sync_function_set(nangolite *store, const nangolite_sync *given) {
  sync_function *f = sync_function_get(store, slice_of(given->provider_config_key), slice_of(given->name));
  if (f == NULL) return;
  f->exec = given->exec;
  f->user = given->user;
  f->is_served = 1;
  store->has_defined = 1;
}

static void sync_function_forget(nangolite *store, const char *provider_config_key, const char *name) {
  sync_function *f = sync_function_get(store, slice_of(provider_config_key), slice_of(name));
  if (f == NULL) return;
  f->is_served = 0;
  f->exec = NULL;
}

static void sync_function_rename(nangolite *store, const char *provider_config_key, const char *name,
                                 const char *new_name) {
  sync_function *from = sync_function_get(store, slice_of(provider_config_key), slice_of(name));
  sync_function *to = sync_function_get(store, slice_of(provider_config_key), slice_of(new_name));
  if (from == NULL || to == NULL || from == to) return;
  to->is_served = from->is_served;
  to->exec = from->exec;
  to->user = from->user;
  sync_function_forget(store, provider_config_key, name);
}

static const sync_function *sync_function_find(nangolite *store, slice provider_config_key, slice name) {
  const sync_function *found = sync_function_get(store, provider_config_key, name);
  return found == NULL || !found->is_served || found->exec == NULL ? NULL : found;
}

static int sync_function_serves(nangolite *store, slice provider_config_key, slice name) {
  if (!store->has_defined) return 1;
  const sync_function *found = sync_function_get(store, provider_config_key, name);
  return found != NULL && found->is_served;
}

static void sync_functions_free(nangolite *store) {
  for (size_t i = 0; i < store->function_count; i++) sqlite3_free(store->functions[i]);
  sqlite3_free(store->functions);
  store->functions = NULL;
  store->function_count = store->function_capacity = 0;
}

/******** syncs/sync_list.h ********/

/* sync_list: the definitions in a store, as JSON. */
#ifndef NANGOLITE_SYNC_LIST_H
#define NANGOLITE_SYNC_LIST_H

/* Appends {"syncs":[...]} with the definitions of an integration; NULL: of all integrations. In a
** transaction. */
static void sync_list_append(nangolite *store, const char *provider_config_key, text *out);

#endif

/******** syncs/sync_list.c ********/

static void sync_list_append_models(nangolite *store, int64_t sync, text *out) {
  const char *separator = "[";
  query q = query_open(store, SYNC_MODELS);
  query_bind_int(&q, sync);
  for (; query_next(&q); separator = ",") {
    text_append_string(out, separator);
    json_write(out, query_text(&q, 0));
  }
  query_close(&q);
  text_append_string(out, *separator == '[' ? "[]" : "]");
}

static void sync_list_append_number(text *out, const char *key, int64_t number) {
  text_append_string(out, key);
  text_append_int(out, number);
}

static void sync_list_append_boolean(text *out, const char *key, int is_true) {
  text_append_string(out, key);
  text_append_string(out, is_true ? "true" : "false");
}

/* `q` is at the row of the sync. */
static void sync_list_append_one(nangolite *store, const query *q, text *out) {
  slice provider_config_key = query_text(q, 1), name = query_text(q, 2);
  text_append_string(out, "{\"provider_config_key\":");
  json_write(out, provider_config_key);
  text_append_string(out, ",\"name\":");
  json_write(out, name);
  text_append_string(out, ",\"models\":");
  sync_list_append_models(store, query_int(q, 0), out);
  text_append_string(out, ",\"frequency\":");
  json_write(out, query_text(q, 3));
  text_append_string(out, ",\"start_at\":");
  timestamp_write(out, query_int(q, 4));
  sync_list_append_boolean(out, ",\"manual_start\":", query_int(q, 5) != 0);
  sync_list_append_number(out, ",\"max_delete_percent\":", query_int(q, 6));
  sync_list_append_number(out, ",\"max_retries\":", query_int(q, 7));
  sync_list_append_number(out, ",\"retry_after_s\":", query_int(q, 8));
  sync_list_append_boolean(out, ",\"local_time\":", query_int(q, 9) != 0);
  sync_list_append_boolean(out, ",\"served\":", sync_function_serves(store, provider_config_key, name));
  text_append_string(out, "}");
}

static void sync_list_append(nangolite *store, const char *provider_config_key, text *out) {
  const char *separator = "";
  query q = query_open(store, provider_config_key == NULL ? SYNC_LIST : SYNC_OF_INTEGRATION_LIST);
  if (provider_config_key != NULL) query_bind_text(&q, slice_of(provider_config_key));
  text_append_string(out, "{\"syncs\":[");
  for (; query_next(&q); separator = ",") {
    text_append_string(out, separator);
    sync_list_append_one(store, &q, out);
  }
  query_close(&q);
  text_append_string(out, "]}");
}

/******** syncs/instance.h ********/

/* instance: a sync of one variant on one connection: its row in nango_instance, and the collections that
** it fills. */
#ifndef NANGOLITE_INSTANCE_H
#define NANGOLITE_INSTANCE_H

/* A clock that is behind nango_store.clock by this or less does not count as set back. nango_store.clock
** is written only when it lags by more than this. It is a third of the shortest interval. */
#define INSTANCE_CLOCK_TOLERANCE (10 * MICROSECONDS_PER_SECOND)

enum { INSTANCE_NO_PROGRESS = -1 };

typedef struct instance {
  int64_t id; /* 0: there is no such instance */
  int64_t connection;
  int64_t sync;
  int64_t own_interval; /* 0: the definition's */
  int64_t created_at;
  schedule s;             /* with the grid of its own interval, or of the definition's */
  int64_t wake_at;        /* as it is in the file; beginning a run leaves it there */
  int64_t token;          /* of the open store that holds the run in progress */
  int64_t progress_done;  /* INSTANCE_NO_PROGRESS: no run in progress has told of any */
  int64_t progress_total; /* 0: not known */
  int64_t error_at;       /* when a run failed last; 0: none has failed since one has succeeded */
  int64_t latest_run;     /* its number; 0: there was none */
  int64_t succeeded_run;  /* of the latest run that has succeeded; 0: none has */
} instance;

/* The texts of an instance. They are in one allocation: free it with text_free(&names->strings). */
typedef struct instance_names {
  text strings;
  slice provider_config_key, connection_id, sync, variant; /* NUL-terminated */
  slice frequency;                                         /* its own, or the definition's */
  slice checkpoint, checkpoint_before;                     /* JSON; absent: none */
  slice error_type, error_description;                     /* of the latest failure; absent: none */
} instance_names;

/* The instance's id; 0: there is none. An absent variant is base. */
static int64_t instance_find(nangolite *store, int64_t connection, int64_t sync, slice variant);
static instance instance_get(nangolite *store, int64_t id);
/* Empty strings where there is no such instance, or a failure is latched. */
static instance_names instance_get_names(nangolite *store, int64_t id);
/* Writes the schedule, the token and the numbers of runs, and keeps wake_at as these say. */
static void instance_save(nangolite *store, const instance *i);

/* Whether the run in progress is over: its lease has ended, or, with the option `exclusive`, the store
** that held it is no longer open. *at is then when it ended. */
static int instance_has_ended_run(const nangolite *store, const instance *i, int64_t now, int64_t *at);

/* Remembers in nango_store.clock that times were computed with the clock of this transaction. Where the
** clock is later found to be set back, these times have to be looked at again (due_follow_clock()). */
static void instance_keep_clock(nangolite *store);

/* For an instance whose row a load has inserted: sets wake_at, and counts it beside its base, which must be there. */
static void instance_adopt(nangolite *store, int64_t id);

/* Makes an instance, whose first slot is now or at the definition's start_at. Returns its id. 0: a failure
** is latched. */
static int64_t instance_create(nangolite *store, int64_t connection, const sync_row *sync, slice variant);
/* These make the base instances that are missing: of a connection with each sync of its integration, and
** of a sync with each connection. */
static void instance_create_for_connection(nangolite *store, const char *provider_config_key,
                                           int64_t connection);
static void instance_create_for_sync(nangolite *store, const char *provider_config_key, const sync_row *sync);

/* The collections that it fills, and those that it filled before their models left the definition. Free
** list.at with sqlite3_free(). */
static id_list instance_collections(nangolite *store, int64_t id);

/* Absent: clears it. */
static void instance_set_checkpoint(nangolite *store, int64_t id, slice checkpoint);
/* Sets idle_since (docs/file-format.md). */
static void instance_set_idle(nangolite *store, int64_t id, int64_t since);
/* A run has begun or ended: moves idle_since to now where it is more than a day behind. */
static void instance_stir(nangolite *store, int64_t id);
static void instance_set_progress(nangolite *store, const instance *i, int64_t done, int64_t total);
/* An absent type forgets the error that is there. */
static void instance_set_error(nangolite *store, int64_t id, slice type, slice description, int64_t at);

/* Forgets its checkpoint, and the delete windows that are open in its collections. */
static void instance_forget(nangolite *store, int64_t id);
/* Takes its collections away (removal.h). */
static void instance_empty(nangolite *store, int64_t id);

/* Its own frequency, and the interval of it; absent and 0: the definition's. */
static void instance_set_frequency(nangolite *store, int64_t id, slice frequency, int64_t interval);

/* The lease of its run in progress, if that is still this run and has not ended `now`. */
static void instance_extend_lease(nangolite *store, int64_t id, int64_t run, int64_t lease_until,
                                  int64_t now);
/* A run begins: the checkpoint as it is now is the one before it. */
static void instance_begin_checkpoint(nangolite *store, int64_t id);
static void instance_clear_progress(nangolite *store, int64_t id);
/* Its own row: what it has must have gone before (command.h). */
static void instance_delete(nangolite *store, int64_t id);

/* The columns of the store's one row that the schedule keeps. */
static void instance_set_clock(nangolite *store, int64_t clock); /* the latest one that it has seen */
static int64_t instance_next_run(nangolite *store,
                                 int64_t step); /* a new number for a run: the last one plus a step */

#endif

/******** syncs/instance.c ********/

static int64_t instance_find(nangolite *store, int64_t connection, int64_t sync, slice variant) {
  query q = query_open(store, INSTANCE_FIND);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync);
  query_bind_text(&q, name_of_variant(variant));
  return query_number(&q);
}

/* Has the C library look at the environment variable TZ again. The function that SQLite calls need not do
** so. */
static void instance_read_zone(void) {
  struct tm time = {.tm_year = 100, .tm_mday = 1};
  (void)mktime(&time);
}

static int instance_offset_s(void *zone, int64_t time) {
  nangolite *store = zone;
  if (store->options.utc_offset_s != NULL) return store->options.utc_offset_s(store->options.clock_ctx, time);
  instance_read_zone();
  query q = query_open(store, LOCAL_OFFSET);
  query_bind_int(&q, time / MICROSECONDS_PER_SECOND);
  return (int)query_number(&q);
}

static schedule_grid instance_grid(nangolite *store, int64_t created_at, int64_t start_at, int64_t interval,
                                   int local_time) {
  schedule_grid grid = {start_at != 0 ? start_at : created_at, interval, start_at != 0, NULL, store};
  if (local_time) grid.offset_s = instance_offset_s;
  return grid;
}

enum { INSTANCE_FLAG_MAX = 1 };

static void instance_read_schedule(const query *q, schedule *s) {
  s->max_retries = (int)query_range(q, 8, 0, SYNC_RETRIES_MAX);
  s->retry_after = query_range(q, 9, 1, SYNC_RETRY_AFTER_MAX) * MICROSECONDS_PER_SECOND;
  s->is_paused = (int)query_range(q, 10, 0, INSTANCE_FLAG_MAX);
  s->slot_at = query_range(q, 11, 1, INT64_MAX);
  s->asked = (schedule_ask)query_range(q, 12, ASK_NONE, ASK_TAKE_UP);
  s->asked_at = query_range_or_null(q, 13, 1, INT64_MAX);
  s->again_at = query_range_or_null(q, 14, 1, INT64_MAX);
  s->runs_again = (int)query_range(q, 15, 0, INSTANCE_FLAG_MAX);
  s->may_repeat = (int)query_range(q, 16, 0, INSTANCE_FLAG_MAX);
  s->retries = (int)query_range(q, 17, 0, SYNC_RETRIES_MAX);
  s->expired = (int)query_range(q, 18, 0, SCHEDULE_TAKE_UPS + 1);
  s->allows_deletes = (int)query_range(q, 19, 0, INSTANCE_FLAG_MAX);
  s->run = query_range_or_null(q, 20, 1, INT64_MAX);
  s->lease_until = query_range_or_null(q, 21, 1, INT64_MAX);
  s->run_allows_deletes = (int)query_range(q, 22, 0, INSTANCE_FLAG_MAX);
  s->started_at = query_range_or_null(q, 23, 1, TIME_MAX);
  s->finished_at = query_range_or_null(q, 24, 1, INT64_MAX);
  s->latest = (run_status)query_range(q, 25, RUN_NONE, RUN_STOPPED);
  s->is_initial = (int)query_range(q, 26, 0, INSTANCE_FLAG_MAX);
  s->has_succeeded = (int)query_range(q, 27, 0, INSTANCE_FLAG_MAX);
}

/* The only code that reads a whole instance. What is out of its range is found here, so nothing that gets
** an instance has to look for it. */
static void instance_read(const query *q, instance *i) {
  i->id = query_int(q, 0);
  i->connection = query_int(q, 1);
  i->sync = query_int(q, 2);
  i->created_at = query_range(q, 3, 0, TIME_MAX);
  int64_t start_at = query_range_or_null(q, 4, 1, TIME_MAX);
  int64_t interval = query_range(q, 5, FREQUENCY_MIN, FREQUENCY_MAX);
  i->own_interval = query_range_or_null(q, 6, FREQUENCY_MIN, FREQUENCY_MAX);
  int local_time = (int)query_range(q, 7, 0, INSTANCE_FLAG_MAX);
  i->s.grid = instance_grid(q->store, i->created_at, start_at, interval, local_time);
  instance_read_schedule(q, &i->s);
  i->wake_at = query_range_or_null(q, 28, 1, INT64_MAX);
  i->token = query_range_or_null(q, 29, 1, INT64_MAX);
  i->progress_done = query_range(q, 30, INSTANCE_NO_PROGRESS, INT64_MAX);
  i->progress_total = query_range_or_null(q, 31, 0, INT64_MAX);
  i->latest_run = query_range(q, 32, 0, INT64_MAX);
  i->succeeded_run = query_range(q, 33, 0, INT64_MAX);
  i->error_at = query_range_or_null(q, 34, 1, INT64_MAX);
}

static instance instance_get(nangolite *store, int64_t id) {
  instance found = {0};
  query q = query_open(store, INSTANCE_GET);
  query_bind_int(&q, id);
  if (query_next(&q)) instance_read(&q, &found);
  query_close(&q);
  return found;
}

static int instance_has_ended_run(const nangolite *store, const instance *i, int64_t now, int64_t *at) {
  if (i->s.run == 0) return 0;
  int is_left = store->options.exclusive && !open_stores_has(i->token);
  *at = i->s.lease_until < now ? i->s.lease_until : now;
  return is_left || schedule_has_expired(&i->s, now);
}

static void instance_keep_clock(nangolite *store) {
  query q = query_open(store, STORE_KEEP_CLOCK);
  query_bind_int(&q, store->now);
  query_bind_int(&q, INSTANCE_CLOCK_TOLERANCE);
  query_run(&q);
}

/* While a run is in progress, the wake_at of its instance stays as it was when the run became due, so that
** beginning a run and extending its lease write no index. Whoever looks for what is due steps over the
** instance. */
static int64_t instance_wake_at(const nangolite *store, const instance *i) {
  if (i->s.run == 0) return schedule_due_at(&i->s);
  int64_t wake_at = i->s.started_at < store->now ? i->s.started_at : store->now;
  return i->wake_at != 0 && i->wake_at < wake_at ? i->wake_at : wake_at;
}

static void instance_save_schedule(query *q, const schedule *s) {
  query_bind_int(q, s->is_paused);
  query_bind_int(q, s->slot_at);
  query_bind_int(q, s->asked);
  query_bind_int_or_null(q, s->asked_at);
  query_bind_int_or_null(q, s->again_at);
  query_bind_int(q, s->runs_again);
  query_bind_int(q, s->may_repeat);
  query_bind_int(q, s->retries);
  query_bind_int(q, s->expired);
  query_bind_int(q, s->allows_deletes);
  query_bind_int_or_null(q, s->run);
  query_bind_int_or_null(q, s->lease_until);
  query_bind_int(q, s->run_allows_deletes);
  query_bind_int_or_null(q, s->started_at);
  query_bind_int_or_null(q, s->finished_at);
  query_bind_int(q, s->latest);
  query_bind_int(q, s->is_initial);
  query_bind_int(q, s->has_succeeded);
}

static void instance_save(nangolite *store, const instance *i) {
  instance_keep_clock(store);
  query q = query_open(store, INSTANCE_SAVE);
  instance_save_schedule(&q, &i->s);
  query_bind_int_or_null(&q, i->s.run != 0 ? i->token : 0);
  query_bind_int(&q, i->latest_run);
  query_bind_int(&q, i->succeeded_run);
  query_bind_int(&q, i->id);
  query_run(&q);
  q = query_open(store, INSTANCE_SET_WAKE);
  query_bind_int_or_null(&q, instance_wake_at(store, i));
  query_bind_int(&q, i->id);
  query_run(&q);
}

/* Checkpoints become a part of events and of the status. */
static void instance_judge_checkpoint(nangolite *store, int64_t id, slice checkpoint) {
  json_value value;
  if (checkpoint.at == NULL || (json_scan(checkpoint, &value).reason == NULL && value.type == JSON_OBJECT))
    return;
  store_fail(store, NANGOLITE_CORRUPT, "instance %lld: a checkpoint is no JSON object", (long long)id);
}

/* Copies the strings of the row one behind the other, each with its NUL. Absent ones are left out. */
static instance_names instance_get_names(nangolite *store, int64_t id) {
  instance_names names = {0};
  slice *const members[] = {&names.provider_config_key,
                            &names.connection_id,
                            &names.sync,
                            &names.variant,
                            &names.frequency,
                            &names.checkpoint,
                            &names.checkpoint_before,
                            &names.error_type,
                            &names.error_description};
  enum { MEMBERS = sizeof members / sizeof *members };
  query q = query_open(store, INSTANCE_NAMES);
  query_bind_int(&q, id);
  int is_there = query_next(&q);
  for (int i = 0; i < MEMBERS && is_there; i++) {
    *members[i] = query_text(&q, i);
    if (members[i]->at == NULL) continue;
    text_append(&names.strings, members[i]->at, members[i]->length);
    text_append(&names.strings, "", 1);
  }
  if (!is_there && !store_failed(store))
    store_fail(store, NANGOLITE_CORRUPT, "instance %lld: it has no connection or no sync", (long long)id);
  instance_judge_checkpoint(store, id, names.checkpoint);
  instance_judge_checkpoint(store, id, names.checkpoint_before);
  query_close(&q);
  store_check_text(store, &names.strings);
  const char *at = names.strings.at;
  for (int i = 0; i < MEMBERS && is_there && !store_failed(store); i++) {
    if (members[i]->at == NULL) continue;
    members[i]->at = at;
    at += members[i]->length + 1;
  }
  if (!is_there || store_failed(store)) {
    text_free(&names.strings);
    for (int i = 0; i < MEMBERS; i++) *members[i] = slice_of("");
  }
  return names;
}

static void instance_add_variants(nangolite *store, int64_t id, int64_t more) {
  query q = query_open(store, INSTANCE_ADD_VARIANTS);
  query_bind_int(&q, more);
  query_bind_int(&q, id);
  query_run(&q);
}

static int64_t instance_create(nangolite *store, int64_t connection, const sync_row *sync, slice variant) {
  int64_t created_at = store->now > 1 ? store->now : 0; /* 1 stands for a clock at 0: see store_clock() */
  schedule_grid grid = instance_grid(store, created_at, sync->start_at, sync->interval, sync->local_time);
  schedule s = schedule_create(store->now, &grid, sync->manual_start);
  instance_keep_clock(store);
  query q = query_open(store, INSTANCE_INSERT);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync->id);
  query_bind_text(&q, name_of_variant(variant));
  query_bind_int(&q, created_at);
  query_bind_int(&q, s.is_paused);
  query_bind_int(&q, s.slot_at);
  query_bind_int_or_null(&q, schedule_due_at(&s));
  query_run(&q);
  int64_t id = store_failed(store) ? 0 : sqlite3_last_insert_rowid(store->db);
  if (!name_is_base(variant)) instance_add_variants(store, id, 1);
  return store_failed(store) ? 0 : id;
}

static void instance_adopt(nangolite *store, int64_t id) {
  instance i = instance_get(store, id);
  if (store_failed(store)) return;
  instance_save(store, &i);
  instance_add_variants(store, id, 1); /* changes no row where it is a base itself */
}

static void instance_create_for_connection(nangolite *store, const char *provider_config_key,
                                           int64_t connection) {
  id_list syncs = {NULL, 0, 0};
  query q = query_open(store, SYNC_OF_INTEGRATION);
  query_bind_text(&q, slice_of(provider_config_key));
  id_list_read(store, &syncs, &q);
  for (size_t i = 0; i < syncs.count && !store_failed(store); i++) {
    sync_row sync = sync_get(store, syncs.at[i]);
    if (instance_find(store, connection, sync.id, slice_of(NULL)) == 0)
      instance_create(store, connection, &sync, slice_of(NULL));
  }
  sqlite3_free(syncs.at);
}

static void instance_create_for_sync(nangolite *store, const char *provider_config_key,
                                     const sync_row *sync) {
  id_list connections = {NULL, 0, 0};
  query q = query_open(store, CONNECTION_OF_INTEGRATION);
  query_bind_text(&q, slice_of(provider_config_key));
  id_list_read(store, &connections, &q);
  for (size_t i = 0; i < connections.count && !store_failed(store); i++) {
    int64_t connection = connections.at[i];
    if (instance_find(store, connection, sync->id, slice_of(NULL)) == 0)
      instance_create(store, connection, sync, slice_of(NULL));
  }
  sqlite3_free(connections.at);
}

static id_list instance_collections(nangolite *store, int64_t id) {
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_COLLECTIONS);
  query_bind_int(&q, id);
  id_list_read(store, &list, &q);
  return list;
}

static void instance_set_checkpoint(nangolite *store, int64_t id, slice checkpoint) {
  query q = query_open(store, INSTANCE_SET_CHECKPOINT);
  query_bind_text(&q, checkpoint);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_set_idle(nangolite *store, int64_t id, int64_t since) {
  query q = query_open(store, INSTANCE_SET_IDLE);
  query_bind_int_or_null(&q, since);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_stir(nangolite *store, int64_t id) {
  query q = query_open(store, INSTANCE_STIR);
  query_bind_int(&q, store->now);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_set_progress(nangolite *store, const instance *i, int64_t done, int64_t total) {
  query q = query_open(store, INSTANCE_SET_PROGRESS);
  query_bind_int(&q, done);
  query_bind_int_or_null(&q, total);
  query_bind_int(&q, i->id);
  query_run(&q);
}

static void instance_set_error(nangolite *store, int64_t id, slice type, slice description, int64_t at) {
  query q = query_open(store, INSTANCE_SET_ERROR);
  query_bind_text(&q, type);
  query_bind_text(&q, description);
  query_bind_int_or_null(&q, at);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_forget(nangolite *store, int64_t id) {
  instance_set_checkpoint(store, id, slice_of(NULL));
  id_list collections = instance_collections(store, id);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++) {
    collection c = collection_by_id(store, collections.at[i]);
    if (c.window_opened_at == 0) continue;
    window_discard(store, &c);
    collection_save(store, &c);
  }
  sqlite3_free(collections.at);
}

static void instance_empty(nangolite *store, int64_t id) {
  id_list collections = instance_collections(store, id);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++)
    removal_take_away(store, collections.at[i]);
  sqlite3_free(collections.at);
}

static void instance_delete(nangolite *store, int64_t id) {
  instance_add_variants(store, id, -1);
  query_run_with(store, INSTANCE_DELETE, id);
}

static void instance_set_frequency(nangolite *store, int64_t id, slice frequency, int64_t interval) {
  query q = query_open(store, INSTANCE_SET_FREQUENCY);
  query_bind_text(&q, frequency);
  query_bind_int_or_null(&q, interval);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_extend_lease(nangolite *store, int64_t id, int64_t run, int64_t lease_until,
                                  int64_t now) {
  query q = query_open(store, INSTANCE_EXTEND_LEASE);
  query_bind_int(&q, lease_until);
  query_bind_int(&q, id);
  query_bind_int(&q, run);
  query_bind_int(&q, now);
  query_run(&q);
}

static void instance_begin_checkpoint(nangolite *store, int64_t id) {
  query_run_with(store, INSTANCE_BEGIN_CHECKPOINT, id);
}

static void instance_clear_progress(nangolite *store, int64_t id) {
  query_run_with(store, INSTANCE_CLEAR_PROGRESS, id);
}

static void instance_set_clock(nangolite *store, int64_t clock) {
  query_run_with(store, STORE_SET_CLOCK, clock);
}

static int64_t instance_next_run(nangolite *store, int64_t step) {
  query_run_with(store, STORE_NEXT_RUN, step);
  query q = query_open(store, STORE_RUN);
  int64_t number = query_next(&q) ? query_range(&q, 0, 1, INT64_MAX) : 0;
  query_close(&q);
  return number;
}

/******** syncs/result.h ********/

/* result: what the runs of an instance have changed, for each model. No other part but the check and dumps
** (dump_form.h) touches nango_result. */
#ifndef NANGOLITE_RESULT_H
#define NANGOLITE_RESULT_H

/* Each of these is for the inside of a transaction. */

/* Adds what a call of the instance's run in progress has changed. A run that changes nothing writes no
** row. */
static void result_add(nangolite *store, const instance *i, const char *model, const nangolite_changes *made);

static void result_clear(nangolite *store, int64_t instance_id);
/* Forgets those of models that have become another sync's. */
static void result_clear_strays(nangolite *store);

/* Opens the results of the instance's latest run, one row for each model of the definition, in its order.
** query_next() steps through them, result_model() and the functions below it read the row at hand, and
** query_close() closes them. */
static query result_open(nangolite *store, const instance *i);
static slice result_model(const query *q);
/* A time just before the first change that runs have made since one has succeeded. 0: there was no change. */
static int64_t result_changed_after(const query *q);

/* Appends {"added":1,"updated":2,"deleted":3} of the row at hand. */
static void result_append_counts(text *out, const query *q);
/* Appends {"Model":{"added":0,"updated":0,"deleted":0}} with all models. */
static void result_append_all(nangolite *store, const instance *i, text *out);

#endif

/******** syncs/result.c ********/

static void result_put(nangolite *store, statement_id id, const instance *i, const char *model,
                       const nangolite_changes *made, int64_t *changed) {
  query q = query_open(store, id);
  query_bind_int(&q, made->added);
  if (id == RESULT_ADD) query_bind_int(&q, i->s.run);
  query_bind_int(&q, made->updated);
  query_bind_int(&q, made->deleted);
  query_bind_int(&q, id == RESULT_ADD ? i->succeeded_run : i->s.run);
  query_bind_int(&q, store->first_stamp - 1);
  query_bind_int(&q, i->id);
  query_bind_text(&q, slice_of(model));
  *changed = query_run(&q);
}

static void result_add(nangolite *store, const instance *i, const char *model,
                       const nangolite_changes *made) {
  int64_t changed = 0;
  if (made->added + made->updated + made->deleted == 0) return;
  result_put(store, RESULT_ADD, i, model, made, &changed);
  if (changed == 0) result_put(store, RESULT_INSERT, i, model, made, &changed);
}

static void result_clear_strays(nangolite *store) {
  query q = query_open(store, RESULT_CLEAR_STRAYS);
  query_run(&q);
}

static query result_open(nangolite *store, const instance *i) {
  query q = query_open(store, RESULT_LIST);
  query_bind_int(&q, i->latest_run);
  query_bind_int(&q, i->succeeded_run);
  query_bind_int(&q, i->id);
  query_bind_int(&q, i->sync);
  return q;
}

static slice result_model(const query *q) {
  return query_text(q, 0);
}

static int64_t result_changed_after(const query *q) {
  return query_int(q, 4);
}

static void result_append_counts(text *out, const query *q) {
  static const char *const keys[] = {"{\"added\":", ",\"updated\":", ",\"deleted\":"};
  for (int i = 0; i < 3; i++) {
    text_append_string(out, keys[i]);
    text_append_int(out, query_int(q, 1 + i));
  }
  text_append(out, "}", 1);
}

static void result_append_all(nangolite *store, const instance *i, text *out) {
  const char *separator = "{";
  query q = result_open(store, i);
  while (query_next(&q)) {
    text_append_string(out, separator);
    json_write(out, result_model(&q));
    text_append(out, ":", 1);
    result_append_counts(out, &q);
    separator = ",";
  }
  query_close(&q);
  text_append_string(out, *separator == '{' ? "{}" : "}");
}

static void result_clear(nangolite *store, int64_t instance_id) {
  query_run_with(store, RESULT_CLEAR, instance_id);
}

/******** syncs/kept_run.h ********/

/* kept_run: the runs of an instance that ended last, as many as options.keep_runs. No other part but the
** check and dumps (dump_form.h) touches nango_run. */
#ifndef NANGOLITE_KEPT_RUN_H
#define NANGOLITE_KEPT_RUN_H

/* Why a run failed. A type that is NULL: it did not fail. */
typedef struct run_error {
  const char *type, *description; /* the description may be NULL */
} run_error;

#define RUN_ERROR_MAX 4096 /* bytes of each of the two that are kept */

/* At most the first RUN_ERROR_MAX bytes of a string, which end with a whole character. NULL: an absent
** slice. */
static slice run_error_cut(const char *string);

/* Both are for the inside of a transaction; kept_run_add() needs a write transaction. */

/* Keeps the instance's latest run, which has just ended, and deletes the oldest ones that are too many. */
static void kept_run_add(nangolite *store, const instance *i, const instance_names *names,
                         const run_error *error);

/* Appends {"runs":[...]}: the run in progress, then the kept ones from the newest on, at most `limit` in
** all (0: all). */
static void kept_run_append(nangolite *store, const instance *i, int limit, text *out);

static void kept_run_clear(nangolite *store, int64_t instance_id);

#endif

/******** syncs/kept_run.c ********/

static slice run_error_cut(const char *string) {
  slice cut = slice_of(string);
  if (cut.length <= RUN_ERROR_MAX) return cut;
  cut.length = RUN_ERROR_MAX;
  while (cut.length > 0 && ((unsigned char)cut.at[cut.length] & 0xc0) == 0x80) cut.length--;
  return cut;
}

static void kept_run_trim(nangolite *store, const instance *i) {
  query q = query_open(store, RUN_TRIM);
  query_bind_int(&q, i->id);
  query_bind_int(&q, store->options.keep_runs > 0 ? store->options.keep_runs : 0);
  query_run(&q);
}

static void kept_run_insert(nangolite *store, const instance *i, const instance_names *names,
                            const run_error *error, const text *results) {
  query q = query_open(store, RUN_INSERT);
  query_bind_int(&q, i->id);
  query_bind_int(&q, i->latest_run);
  query_bind_int(&q, i->s.started_at);
  query_bind_int(&q, i->s.finished_at);
  query_bind_int(&q, i->s.latest);
  query_bind_int(&q, i->s.is_initial);
  query_bind_text(&q, run_error_cut(error->type));
  query_bind_text(&q, run_error_cut(error->description));
  query_bind_text(&q, (slice){results->at, results->length});
  query_bind_text(&q, names->checkpoint_before);
  query_bind_text(&q, names->checkpoint);
  query_run(&q);
}

static void kept_run_add(nangolite *store, const instance *i, const instance_names *names,
                         const run_error *error) {
  text results = {0};
  if (store->options.keep_runs > 0) {
    result_append_all(store, i, &results);
    store_check_text(store, &results);
    kept_run_insert(store, i, names, error, &results);
  }
  kept_run_trim(store, i);
  text_free(&results);
}

static void kept_run_append_time(text *out, const char *key, int64_t time) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0};
  timestamp_format(time, TIMESTAMP_MILLISECONDS, &cache, written);
  text_append_string(out, key);
  if (time == 0) text_append_string(out, "null");
  else json_write(out, (slice){written, TIMESTAMP_LENGTH(TIMESTAMP_MILLISECONDS)});
}

static void kept_run_append_json(text *out, slice json) {
  if (json.at == NULL) text_append_string(out, "null");
  else text_append(out, json.at, json.length);
}

static void kept_run_append_error(text *out, slice type, slice description) {
  if (type.at == NULL) {
    text_append_string(out, "null");
    return;
  }
  text_append_string(out, "{\"type\":");
  json_write_any(out, type);
  text_append_string(out, ",\"description\":");
  if (description.at == NULL) text_append_string(out, "null");
  else json_write_any(out, description);
  text_append_string(out, "}");
}

/* Appends the first members of one run, up to the key of its error. The caller appends the error, the
** results and the checkpoints. A `result` of RUN_NONE: the run is in progress. */
static void kept_run_append_head(text *out, int64_t number, int64_t started_at, int64_t finished_at,
                                 run_status result, int is_initial) {
  static const char *const names[] = {"null", "\"SUCCESS\"", "\"ERROR\"", "\"STOPPED\""};
  text_append_string(out, "{\"id\":\"");
  text_append_int(out, number);
  kept_run_append_time(out, "\",\"startedAt\":", started_at);
  kept_run_append_time(out, ",\"finishedAt\":", finished_at);
  text_append_string(out, ",\"result\":");
  text_append_string(out, names[result]);
  text_append_string(out, is_initial ? ",\"type\":\"INITIAL\"" : ",\"type\":\"INCREMENTAL\"");
  text_append_string(out, ",\"error\":");
}

static void kept_run_append_checkpoints(text *out, slice from, slice to) {
  text_append_string(out, ",\"checkpoints\":{\"from\":");
  kept_run_append_json(out, from);
  text_append_string(out, ",\"to\":");
  kept_run_append_json(out, to);
  text_append_string(out, "}}");
}

static void kept_run_append_current(nangolite *store, const instance *i, text *out) {
  instance_names names = instance_get_names(store, i->id);
  kept_run_append_head(out, i->s.run, i->s.started_at, 0, RUN_NONE, i->s.is_initial);
  text_append_string(out, "null,\"results\":");
  result_append_all(store, i, out);
  kept_run_append_checkpoints(out, names.checkpoint_before, names.checkpoint);
  text_free(&names.strings);
}

static void kept_run_append_row(const query *q, text *out) {
  run_status result = (run_status)query_range(q, 3, RUN_SUCCESS, RUN_STOPPED);
  kept_run_append_head(out, query_int(q, 0), query_range(q, 1, 1, TIME_MAX), query_range(q, 2, 1, TIME_MAX),
                       result, query_int(q, 4) != 0);
  kept_run_append_error(out, query_text(q, 5), query_text(q, 6));
  text_append_string(out, ",\"results\":");
  kept_run_append_json(out, query_text(q, 7));
  kept_run_append_checkpoints(out, query_text(q, 8), query_text(q, 9));
}

static void kept_run_append(nangolite *store, const instance *i, int limit, text *out) {
  const char *separator = "";
  int is_running = i->s.run != 0;
  text_append_string(out, "{\"runs\":[");
  if (is_running) kept_run_append_current(store, i, out);
  if (is_running) separator = ",";
  query q = query_open(store, RUN_LIST);
  query_bind_int(&q, i->id);
  query_bind_int(&q, limit == 0 ? -1 : limit - is_running);
  for (; query_next(&q); separator = ",") {
    text_append_string(out, separator);
    kept_run_append_row(&q, out);
  }
  query_close(&q);
  text_append_string(out, "]}");
}

static void kept_run_clear(nangolite *store, int64_t instance_id) {
  query_run_with(store, RUN_CLEAR, instance_id);
}

/******** syncs/event.h ********/

/* event: what the application is told at the end of a run. Events are queued inside the transaction that
** ends the run, and call_end() delivers them once that is committed, so that the callback may use the
** store. */
#ifndef NANGOLITE_EVENT_H
#define NANGOLITE_EVENT_H

/* Queues the events of the instance's latest run, which has just ended: one event for each model, or a
** single one where the run has failed. Does nothing where no callback is set. In a write transaction. */
static void event_queue(nangolite *store, const instance *i, const instance_names *names,
                        const run_error *error);

#endif

/******** syncs/event.c ********/

static void event_append_member(text *out, const char *key, slice value) {
  text_append(out, ",", 1);
  json_write(out, slice_of(key));
  text_append(out, ":", 1);
  json_write(out, value);
}

static void event_append_time(text *out, const char *key, int64_t time, int digits) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0};
  timestamp_format(time, digits, &cache, written);
  event_append_member(out, key, (slice){written, TIMESTAMP_LENGTH(digits)});
}

static void event_append_json(text *out, slice json) {
  if (json.at == NULL) text_append_string(out, "null");
  else text_append(out, json.at, json.length);
}

/* The time for a run that has changed nothing: no record that was changed before its end was changed after
** this time. */
static int64_t event_after_all(const nangolite *store, const instance *i) {
  return store->last_stamp > i->s.started_at ? store->last_stamp : i->s.started_at;
}

static void event_append_success(nangolite *store, const instance *i, const query *q) {
  text *out = &store->events;
  int64_t changed_after = result_changed_after(q);
  text_append_string(out, ",\"success\":true");
  event_append_time(out, "modifiedAfter", changed_after != 0 ? changed_after : event_after_all(store, i),
                    TIMESTAMP_MICROSECONDS);
  text_append_string(out, ",\"responseResults\":");
  result_append_counts(out, q);
}

static void event_append_failure(text *out, const instance *i, const run_error *error) {
  text_append_string(out, ",\"success\":false,\"error\":{\"type\":");
  json_write_any(out, slice_of(error->type));
  text_append_string(out, ",\"description\":");
  if (error->description == NULL) text_append_string(out, "null");
  else json_write_any(out, slice_of(error->description));
  text_append(out, "}", 1);
  event_append_time(out, "startedAt", i->s.started_at, TIMESTAMP_MILLISECONDS);
  event_append_time(out, "failedAt", i->s.finished_at, TIMESTAMP_MILLISECONDS);
}

static void event_append_head(text *out, const instance *i, const instance_names *names, slice model) {
  text_append_string(out, "{\"from\":\"nango\",\"type\":\"sync\"");
  event_append_member(out, "connectionId", names->connection_id);
  event_append_member(out, "providerConfigKey", names->provider_config_key);
  event_append_member(out, "syncName", names->sync);
  event_append_member(out, "syncVariant", names->variant);
  event_append_member(out, "model", model);
  event_append_member(out, "syncType", slice_of(i->s.is_initial ? "INITIAL" : "INCREMENTAL"));
}

static void event_append_checkpoints(text *out, const instance_names *names) {
  text_append_string(out, ",\"checkpoints\":{\"from\":");
  event_append_json(out, names->checkpoint_before);
  text_append_string(out, ",\"to\":");
  event_append_json(out, names->checkpoint);
  text_append(out, "}}", 3); /* 3, because the NUL belongs to the string in the queue */
}

static void event_queue_successes(nangolite *store, const instance *i, const instance_names *names) {
  query q = result_open(store, i);
  while (query_next(&q)) {
    event_append_head(&store->events, i, names, result_model(&q));
    event_append_success(store, i, &q);
    event_append_checkpoints(&store->events, names);
  }
  query_close(&q);
}

/* The models of a failure, joined by commas. */
static void event_append_models(nangolite *store, const instance *i, text *out) {
  query q = result_open(store, i);
  while (query_next(&q)) {
    slice model = result_model(&q);
    if (out->length > 0) text_append(out, ",", 1);
    text_append(out, model.at, model.length);
  }
  query_close(&q);
  store_check_text(store, out);
}

static void event_queue_failure(nangolite *store, const instance *i, const instance_names *names,
                                const run_error *error) {
  text models = {0};
  event_append_models(store, i, &models);
  event_append_head(&store->events, i, names, (slice){models.at, models.length});
  event_append_failure(&store->events, i, error);
  event_append_checkpoints(&store->events, names);
  text_free(&models);
}

static void event_queue(nangolite *store, const instance *i, const instance_names *names,
                        const run_error *error) {
  if (store->on_sync == NULL) return;
  if (error->type == NULL) event_queue_successes(store, i, names);
  else event_queue_failure(store, i, names, error);
  store_check_text(store, &store->events);
}

/******** syncs/run.h ********/

/* run: one execution of a sync instance. It is claimed, kept alive by its lease, and ended. docs/file-format.md
** draws its states. */
#ifndef NANGOLITE_RUN_H
#define NANGOLITE_RUN_H

/* The merging strategy that a run has set for a model. The first setting holds. */
typedef struct run_merging {
  int is_set;           /* 0: the strategy is not set, there is only room for it */
  int ignores_modified; /* 1: ignore_if_modified_after, 0: override */
  int64_t since;        /* the collection's sequence when the strategy was set */
  char model[256];
} run_merging;

/* The description of the error of a run whose lease has ended; the type is "expired". */
#define RUN_EXPIRED "the lease of the run has ended"

struct nangolite_run {
  nangolite *store;
  nangolite_run *next, **place; /* in store->runs: the next one, and what points to this one */
  int64_t number;               /* never issued twice in a file */
  int64_t instance, connection, sync;
  instance_names names;
  run_merging **mergings; /* in the order of their models */
  size_t merging_count, merging_capacity;
  int is_executing;                     /* its exec function is running, and the run ends when that returns */
  int must_end;                         /* its function has returned, and the end could not be stored yet */
  int has_failed;                       /* its exec function has returned an error */
  char *error_type, *error_description; /* what nangolite_run_fail() said */
};

/* Claims a run of an instance. `is_wanted`: the caller asked for this run, whether it is due or not.
** Returns the run, which is in store->runs then. NULL: a failure is latched. In a write transaction. */
static nangolite_run *run_claim(nangolite *store, instance *i, int is_wanted);
/* Takes the run out of store->runs and frees it. Changes nothing in the file. */
static void run_free(nangolite_run *run);
static void runs_free(nangolite *store);

/* The next three are for the inside of a write transaction. */

/* Ends the run that the instance has in progress and that is over, as expired at a time, and queues its
** event. */
static void run_close_expired(nangolite *store, instance *i, int64_t at);
/* The caller has just aborted the instance's latest run in `i`, and saves `i` afterwards: keeps the run.
** No event is queued. */
static void run_end_aborted(nangolite *store, instance *i);
/* Aborts every run in progress in the file. */
static void run_abort_all(nangolite *store);

/* The store has another content now, which does not know the runs that this handle holds. From now on
** each call that reads or writes the file for one of them returns NANGOLITE_ABORTED. */
enum { RUN_DISOWNED = -1 }; /* instead of a number, which is above 0 */
static void runs_disown(nangolite *store);

/* How long a lease lasts, in microseconds. */
static int64_t run_lease(const nangolite *store);

/* Reads the run's instance and extends the lease. Latches NANGOLITE_ABORTED where the run was aborted or
** its lease has ended. A lease of which more than half is left stays as it is, unless `is_always`. In a
** write transaction. */
static instance run_extend_lease(nangolite_run *run, int is_always);

/* Ends the run: with an error type as failed, without one as succeeded. Returns NANGOLITE_ABORTED where
** the run was aborted before or its lease has ended. The run is freed where this or NANGOLITE_OK is
** returned; after any other result it is still there and can be ended again. Begins and ends a transaction
** of its own. */
static int run_finish(nangolite_run *run, const run_error *error);

/* By which number and strategy the run writes to a model (write.h). */
static writer run_writer(const nangolite_run *run, const char *model);
/* Makes room for the model's strategy, before the call is committed; run_set_merging() fills it
** afterwards. NULL: a failure is latched. */
static run_merging *run_reserve_merging(nangolite_run *run, const char *model);
static void run_set_merging(run_merging *m, int ignores_modified, int64_t since);

#endif

/******** syncs/run.c ********/

/* In an attached store the numbers grow by random steps, because its owner may roll a claim back: so the
** number of a run that was rolled back is not issued again. */
static int64_t run_next_number(nangolite *store) {
  uint32_t step = 0;
  if (!store->owned) sqlite3_randomness(sizeof step, &step);
  return instance_next_run(store, 1 + (int64_t)step);
}

static int64_t run_lease(const nangolite *store) {
  return store->options.lease_ms * (MICROSECONDS_PER_SECOND / 1000);
}

static nangolite_run *run_make(nangolite *store, const instance *i) {
  nangolite_run *run = store_allocate(store, sizeof *run);
  if (run == NULL) return NULL;
  memset(run, 0, sizeof *run);
  run->store = store;
  run->number = run_next_number(store);
  run->instance = i->id;
  run->connection = i->connection;
  run->sync = i->sync;
  run->next = store->runs;
  run->place = &store->runs;
  if (run->next != NULL) run->next->place = &run->next;
  store->runs = run;
  return run;
}

static nangolite_run *run_claim(nangolite *store, instance *i, int is_wanted) {
  nangolite_run *run = run_make(store, i);
  if (run == NULL) return NULL;
  schedule_begin(&i->s, store->now, run->number, store->now + run_lease(store), is_wanted);
  i->latest_run = run->number;
  i->token = store->token;
  instance_save(store, i);
  instance_stir(store, i->id);
  instance_begin_checkpoint(store, i->id);
  store_move_stamp(store);
  run->names = instance_get_names(store, i->id);
  if (!store_failed(store)) return run;
  run_free(run);
  return NULL;
}

static void run_free(nangolite_run *run) {
  *run->place = run->next;
  if (run->next != NULL) run->next->place = run->place;
  run->store->runs_to_end -= run->must_end;
  for (size_t i = 0; i < run->merging_count; i++) sqlite3_free(run->mergings[i]);
  sqlite3_free(run->mergings);
  text_free(&run->names.strings);
  sqlite3_free(run->error_type);
  sqlite3_free(run->error_description);
  sqlite3_free(run);
}

static void runs_free(nangolite *store) {
  while (store->runs != NULL) run_free(store->runs);
}

/* What every end of a run does. The caller saves the instance. The last stamp moves before the event is
** made, because the event of a run without changes names it: every change that was made before the end of
** the run has an earlier stamp. */
static void run_end_any(nangolite *store, instance *i, const run_error *error) {
  instance_clear_progress(store, i->id);
  instance_stir(store, i->id);
  store_move_stamp(store);
  instance_names names = instance_get_names(store, i->id);
  kept_run_add(store, i, &names, error);
  if (i->s.latest != RUN_STOPPED) event_queue(store, i, &names, error);
  text_free(&names.strings);
}

/* Ends a run that was not aborted. The latest error is kept until a run succeeds. */
static void run_close(nangolite *store, instance *i, const run_error *error) {
  run_end_any(store, i, error);
  if (i->s.latest == RUN_SUCCESS) i->succeeded_run = i->latest_run;
  instance_save(store, i);
  int64_t failed_at = error->type == NULL ? 0 : i->s.finished_at;
  instance_set_error(store, i->id, run_error_cut(error->type), run_error_cut(error->description), failed_at);
}

static void run_close_expired(nangolite *store, instance *i, int64_t at) {
  schedule_expire(&i->s, at);
  run_close(store, i, &(run_error){"expired", RUN_EXPIRED});
}

static void run_end_aborted(nangolite *store, instance *i) {
  run_end_any(store, i, &(run_error){NULL, NULL});
}

static void run_abort_all(nangolite *store) {
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_IN_PROGRESS);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    if (store_failed(store)) break;
    schedule_end(&i.s, store->now, RUN_STOPPED);
    run_end_aborted(store, &i);
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
}

static void runs_disown(nangolite *store) {
  for (nangolite_run *run = store->runs; run != NULL; run = run->next) run->number = RUN_DISOWNED;
}

static void run_fail_aborted(nangolite *store) {
  store_fail(store, NANGOLITE_ABORTED, "the run was aborted, or its lease has ended");
}

static void run_write_lease(nangolite_run *run) {
  nangolite *store = run->store;
  instance_extend_lease(store, run->instance, run->number, store->now + run_lease(store), store->now);
}

static instance run_extend_lease(nangolite_run *run, int is_always) {
  nangolite *store = run->store;
  instance i = instance_get(store, run->instance);
  if (store_failed(store)) return i;
  if (i.s.run != run->number || schedule_has_expired(&i.s, store->now)) run_fail_aborted(store);
  int64_t left = i.s.lease_until - store->now;
  if (store_failed(store) || (!is_always && left > run_lease(store) / 2)) return i;
  run_write_lease(run);
  i.s.lease_until = store->now + run_lease(store);
  return i;
}

/* A run that finds that its own lease has ended is closed as expired here, because it may be long until
** anybody else looks for such runs. Returns 0 where the run was not in progress any more, or a failure is
** latched. */
static int run_end(nangolite_run *run, const run_error *error) {
  nangolite *store = run->store;
  instance i = instance_get(store, run->instance);
  if (store_failed(store) || i.s.run != run->number) return 0;
  if (schedule_has_expired(&i.s, store->now)) {
    run_close_expired(store, &i, i.s.lease_until);
    return 0;
  }
  schedule_end(&i.s, store->now, error->type == NULL ? RUN_SUCCESS : RUN_ERROR);
  run_close(store, &i, error);
  return 1;
}

static int run_finish(nangolite_run *run, const run_error *error) {
  nangolite *store = run->store;
  store->is_ending_run = 1;
  call_write(store);
  int was_in_progress = store_failed(store) || run_end(run, error);
  transaction_end(store);
  store->is_ending_run = 0; /* now, because calls that the event's callback makes may be interrupted */
  int result = call_end(store);
  if (result != NANGOLITE_OK) return result;
  run_free(run);
  if (!was_in_progress) run_fail_aborted(store);
  return store->result;
}

/* The place of the first strategy whose model does not stand before this one. */
static size_t run_merging_place(const nangolite_run *run, const char *model) {
  size_t from = 0, to = run->merging_count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (strcmp(run->mergings[middle]->model, model) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

static run_merging *run_merging_find(const nangolite_run *run, const char *model) {
  size_t at = run_merging_place(run, model);
  int is_there = at < run->merging_count && strcmp(run->mergings[at]->model, model) == 0;
  return is_there ? run->mergings[at] : NULL;
}

static writer run_writer(const nangolite_run *run, const char *model) {
  const run_merging *m = run_merging_find(run, model);
  return m == NULL || !m->ignores_modified ? (writer){0, 0} : (writer){run->number, m->since};
}

static run_merging *run_add_merging(nangolite_run *run, const char *model) {
  run_merging *made = store_allocate(run->store, sizeof *made);
  if (made == NULL) return NULL;
  memset(made, 0, sizeof *made);
  memcpy(made->model, model, strlen(model) + 1); /* a checked name: at most 255 */
  size_t at = run_merging_place(run, model);
  memmove(run->mergings + at + 1, run->mergings + at, (run->merging_count - at) * sizeof *run->mergings);
  run->merging_count++;
  return run->mergings[at] = made;
}

static run_merging *run_reserve_merging(nangolite_run *run, const char *model) {
  run_merging *found = run_merging_find(run, model);
  if (found != NULL || store_failed(run->store)) return found;
  run_merging **room =
    list_room(run->mergings, NULL, run->merging_count, &run->merging_capacity, sizeof *room);
  if (room == NULL) {
    store_fail_memory(run->store);
    return NULL;
  }
  run->mergings = room;
  return run_add_merging(run, model);
}

static void run_set_merging(run_merging *m, int ignores_modified, int64_t since) {
  if (m->is_set) return;
  m->is_set = 1;
  m->ignores_modified = ignores_modified;
  m->since = since;
}

/******** syncs/due.h ********/

/* due: finds the runs that are due among the syncs that this handle serves, claims them and executes them. */
#ifndef NANGOLITE_DUE_H
#define NANGOLITE_DUE_H

/* A place in the order in which instances are due: by wake_at, then by id. */
typedef struct due_place {
  int64_t wake_at, id;
} due_place;

/* The time at which there is next something to do for this handle. INT64_MAX: there never is. A time in
** the past: there is now. In a transaction. */
static int64_t due_next(nangolite *store);

/* The next two are for the inside of a write transaction. */

/* Where the clock was set back, slots that had been put off may be due earlier: looks at every schedule
** again. */
static void due_follow_clock(nangolite *store);

/* Claims the first run that is due at `until` and stands behind the place *after, which becomes its place.
** Closes the runs on the way there that are over. `exec_only`: claims only a run whose sync has a function
** here. *function is that function, or NULL. Returns NULL where nothing is due or a failure is latched. */
static nangolite_run *due_claim(nangolite *store, due_place *after, int64_t until, int exec_only,
                                const sync_function **function);

/* The functions from here on begin and end transactions of their own (call.h), and return the result. */

/* Every call that executes or claims begins with this. It ends the runs whose end could not be stored
** before, and then calls due_recover(). */
static int due_prepare(nangolite *store);
/* With the option `exclusive`, closes the runs that dead processes have left. Once it has succeeded, it
** does nothing. */
static int due_recover(nangolite *store);

/* *ran grows by the number of runs that were executed, whatever the result is. */

/* Executes what is due now, at most `max_runs` runs (0: all). */
static int due_run_all(nangolite *store, int max_runs, int *ran);
/* Executes what falls due up to a time, and moves the clock, which is held, along to that time. */
static int due_run_until(nangolite *store, int64_t until, int *ran);
/* Moves the clock, which is held, to the next run that falls due up to a time, and claims that run. Where
** there is none, moves the clock to that time and leaves *run NULL. */
static int due_claim_until(nangolite *store, int64_t until, nangolite_run **run);

#endif

/******** syncs/due.c ********/

/* ---- the clock ---- */

static int64_t due_last_clock(nangolite *store) {
  query q = query_open(store, STORE_CLOCK);
  return query_number(&q);
}

static int due_was_set_back(int64_t before, int64_t now) {
  return now < before - INSTANCE_CLOCK_TOLERANCE;
}

static void due_follow_clock(nangolite *store) {
  instance_keep_clock(store);
  int64_t before = due_last_clock(store);
  if (store_failed(store) || !due_was_set_back(before, store->now)) return;
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_ALL);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    schedule_follow_clock(&i.s, before, store->now, run_lease(store));
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
  instance_set_clock(store, store->now);
}

/* ---- what there is to do ---- */

typedef struct due_candidate {
  due_place place;
  const sync_function *function; /* NULL: none was given here */
  int64_t run, lease_until;      /* of the run in progress; 0: there is none */
  int is_served, is_over;        /* is_over: what instance_has_ended_run() says */
  int64_t over_at;               /* since when the run is over */
} due_candidate;

static void due_read(nangolite *store, const query *q, int64_t now, due_candidate *found) {
  instance i = {0};
  slice provider_config_key = query_text(q, 5), name = query_text(q, 6);
  found->place = (due_place){query_int(q, 1), query_int(q, 0)};
  found->run = i.s.run = query_int(q, 2);
  found->lease_until = i.s.lease_until = query_int(q, 3);
  i.token = query_int(q, 4);
  found->is_over = instance_has_ended_run(store, &i, now, &found->over_at);
  found->is_served = sync_function_serves(store, provider_config_key, name);
  found->function = sync_function_find(store, provider_config_key, name);
}

static query due_open(nangolite *store, const due_place *after, int64_t until) {
  query q = query_open(store, INSTANCE_WAKE_NEXT);
  query_bind_int(&q, after->wake_at);
  query_bind_int(&q, until);
  query_bind_int(&q, after->id);
  return q;
}

/* Finds the first instance behind a place that has something to do: a run that is over, or a run to begin.
** With `exec_only` a run is to begin only where its function was given here. 0: there is none up to
** `until`. */
static int due_find(nangolite *store, const due_place *after, int64_t until, int exec_only,
                    due_candidate *found) {
  int is_found = 0;
  query q = due_open(store, after, until);
  while (!is_found && query_next(&q)) {
    due_read(store, &q, until, found);
    int is_to_begin = found->run == 0 && (found->function != NULL || !exec_only);
    is_found = found->is_served && (found->run != 0 ? found->is_over : is_to_begin);
  }
  query_close(&q);
  return is_found;
}

/* Whether this handle holds the run of a candidate, with a lease that has not ended. Whoever moves the
** clock extends such leases. */
static int due_holds(const nangolite *store, const due_candidate *c, int64_t now) {
  const nangolite_run *run = store->runs;
  while (run != NULL && run->number != c->run) run = run->next;
  return run != NULL && c->lease_until > now;
}

/* When the first thing is to be done. This looks at the instances in the order of wake_at: at those with a
** run in progress, whose leases may end in any order, up to the first one without, whose run is the first
** to begin. `moves_clock`: leases of the handle's own runs do not count. INT64_MAX: there is nothing to
** do. */
static int64_t due_first(nangolite *store, int exec_only, int moves_clock) {
  due_place start = {0, 0};
  due_candidate found;
  int64_t first = INT64_MAX, now = store_clock(store);
  query q = due_open(store, &start, TIME_MAX);
  while (query_next(&q)) {
    due_read(store, &q, now, &found);
    if (!found.is_served) continue;
    int64_t at = found.run == 0 ? found.place.wake_at : found.is_over ? found.over_at : found.lease_until;
    if (found.run == 0 && exec_only && found.function == NULL) continue;
    if (found.run != 0 && moves_clock && due_holds(store, &found, now)) continue;
    if (at < first) first = at;
    if (found.run == 0 || found.place.wake_at >= first) break;
  }
  query_close(&q);
  return first > TIME_MAX ? INT64_MAX : first;
}

static int64_t due_next(nangolite *store) {
  int64_t first = due_first(store, 0, 0), now = store_clock(store);
  if (store->runs_to_end > 0) return now;
  if (first == 1) return 0; /* 1 may stand for a clock at 0: see store_clock() */
  return first != INT64_MAX && first > now && due_was_set_back(due_last_clock(store), now) ? now : first;
}

static nangolite_run *due_claim(nangolite *store, due_place *after, int64_t until, int exec_only,
                                const sync_function **function) {
  due_candidate found;
  int64_t at;
  while (due_find(store, after, until, exec_only, &found)) {
    instance i = instance_get(store, found.place.id);
    if (store_failed(store)) return NULL;
    if (found.run == 0) {
      *after = found.place;
      *function = found.function;
      return run_claim(store, &i, 0);
    }
    if (!instance_has_ended_run(store, &i, until, &at)) *after = found.place; /* not to find it again */
    else run_close_expired(store, &i, at);
  }
  return NULL;
}

/* ---- executing ---- */

/* The error of a run whose function has returned one without calling nangolite_run_fail(): the message of
** the last call that failed during the run, else the name of the result that the function returned. */
static void due_describe(nangolite_run *run, int returned, int has_failed_call) {
  nangolite *store = run->store;
  const char *description = has_failed_call ? store_message(store) : store_result_name(returned);
  if (run->error_type != NULL) return;
  run->error_type = sqlite3_mprintf("%s", "script_error");
  run->error_description = sqlite3_mprintf("%s", description);
}

static void due_mark(nangolite_run *run, int must_end) {
  run->store->runs_to_end += must_end - run->must_end;
  run->must_end = must_end;
}

/* Ends a run whose function has returned. Where its end cannot be stored, the run stays marked, to be
** ended later. */
static int due_end(nangolite_run *run) {
  run_error error = {NULL, NULL};
  if (run->has_failed) {
    error.type = run->error_type != NULL ? run->error_type : "script_error";
    error.description = run->error_description;
  }
  due_mark(run, 0);
  call_open(run->store);
  int result = run_finish(run, &error);
  if (result == NANGOLITE_OK || result == NANGOLITE_ABORTED) return NANGOLITE_OK;
  due_mark(run, 1);
  return result;
}

/* Calls the function of a claimed run, and ends the run by the function's result. */
static int due_execute(nangolite_run *run, const sync_function *function) {
  nangolite_sync_fn exec = function->exec;
  void *user = function->user;
  unsigned failures = run->store->failures;
  run->is_executing = 1;
  int returned = exec(run, user);
  run->is_executing = 0;
  run->has_failed = returned != NANGOLITE_OK;
  if (run->has_failed) due_describe(run, returned, run->store->failures != failures);
  return due_end(run);
}

/* How often one instance has run while the clock stood at one instant. */
typedef struct due_count {
  uint64_t names; /* a hash of the instance's names: its id may change if it is made again */
  int count;
} due_count;

typedef struct due_tally {
  due_count *at; /* `room` places, a power of two; count 0: free */
  size_t room, used;
  int64_t instant;
  int has_too_many; /* an instance has run DUE_RUNS_MAX times */
} due_tally;

enum { DUE_RUNS_MAX = 1000 }; /* of an instance at one instant: its runs make it due again and again */

static due_count *due_tally_place(due_tally *t, uint64_t names) {
  size_t at = (size_t)names & (t->room - 1);
  while (t->at[at].count != 0 && t->at[at].names != names) at = (at + 1) & (t->room - 1);
  return &t->at[at];
}

static void due_tally_grow(nangolite *store, due_tally *t) {
  due_tally larger = *t;
  if (t->used * 2 < t->room) return;
  larger.room = t->room == 0 ? 64 : t->room * 2;
  larger.at = store_allocate(store, larger.room * sizeof *larger.at);
  if (larger.at == NULL) return;
  memset(larger.at, 0, larger.room * sizeof *larger.at);
  for (size_t i = 0; i < t->room; i++) {
    if (t->at[i].count != 0) *due_tally_place(&larger, t->at[i].names) = t->at[i];
  }
  sqlite3_free(t->at);
  *t = larger;
}

static void due_tally_add(nangolite *store, due_tally *t, const nangolite_run *run) {
  const instance_names *names = &run->names;
  if (t->instant != store_clock(store) && t->room > 0) memset(t->at, 0, t->room * sizeof *t->at);
  if (t->instant != store_clock(store)) t->used = 0;
  t->instant = store_clock(store);
  due_tally_grow(store, t);
  if (store_failed(store)) return;
  size_t length = (size_t)(names->variant.at + names->variant.length - names->strings.at);
  due_count *place = due_tally_place(t, hash_bytes(&store->key, names->strings.at, length).low);
  place->names = hash_bytes(&store->key, names->strings.at, length).low;
  if (place->count++ == 0) t->used++;
  if (place->count >= DUE_RUNS_MAX) t->has_too_many = 1;
}

/* Claims and executes one run that is due at `until` and stands behind a place. Adds 1 to *ran. *is_done:
** there was none. */
static int due_run_one(nangolite *store, due_place *after, int64_t until, due_tally *tally, int *ran,
                       int *is_done) {
  const sync_function *function = NULL;
  call_open(store);
  store_interrupted(store);
  call_write(store);
  due_follow_clock(store);
  nangolite_run *run = due_claim(store, after, until, 1, &function);
  if (run != NULL && tally != NULL) due_tally_add(store, tally, run);
  int result = call_end(store);
  *is_done = run == NULL;
  if (run == NULL) return result;
  if (result != NANGOLITE_OK) {
    run_free(run);
    return result;
  }
  ++*ran;
  return due_execute(run, function);
}

/* Goes only forward in the order of wake_at, so an instance that is due again at once waits for the next
** round. An interrupt that comes while a function is running ends the round after that run. */
static int due_run_round(nangolite *store, int max_runs, due_tally *tally, int *ran) {
  due_place after = {0, 0};
  int64_t until = store_clock(store);
  int result = NANGOLITE_OK, is_done = 0, executed = 0;
  while (result == NANGOLITE_OK && !is_done && (max_runs == 0 || executed < max_runs)) {
    result = due_run_one(store, &after, until, tally, &executed, &is_done);
    if (result != NANGOLITE_OK) break;
    call_open(store);
    store_interrupted(store);
    result = store->result;
  }
  *ran += executed;
  return result;
}

static int due_run_all(nangolite *store, int max_runs, int *ran) {
  int result = due_prepare(store);
  return result != NANGOLITE_OK ? result : due_run_round(store, max_runs, NULL, ran);
}

/* ---- runs that were left ---- */

static int due_recover(nangolite *store) {
  id_list list = {NULL, 0, 0};
  int64_t at;
  if (!store->is_recovering) return NANGOLITE_OK;
  call_open(store);
  call_write(store);
  query q = query_open(store, INSTANCE_IN_PROGRESS);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    if (instance_has_ended_run(store, &i, store->now, &at)) run_close_expired(store, &i, at);
  }
  sqlite3_free(list.at);
  int result = call_end(store);
  if (result == NANGOLITE_OK) store->is_recovering = 0;
  return result;
}

/* Ends the marked runs. After each it begins again at the first run, because the callback of the event may
** have ended or claimed others. */
static int due_end_left(nangolite *store) {
  nangolite_run *run = store->runs;
  int result = NANGOLITE_OK;
  while (run != NULL && store->runs_to_end > 0 && result == NANGOLITE_OK) {
    int is_left = run->must_end;
    nangolite_run *next = run->next;
    if (is_left) result = due_end(run);
    run = is_left ? store->runs : next;
  }
  return result;
}

static int due_prepare(nangolite *store) {
  int result = due_end_left(store);
  return result != NANGOLITE_OK ? result : due_recover(store);
}

/* ---- moving the clock ---- */

/* Moves the held clock, and with it the leases of the handle's own runs. The new time counts as seen by
** the schedule. */
static int due_move_clock(nangolite *store, int64_t to) {
  call_open(store);
  call_write(store);
  for (const nangolite_run *run = store->runs; run != NULL && !store_failed(store); run = run->next) {
    instance_extend_lease(store, run->instance, run->number, to + run_lease(store), store->now);
  }
  store->now = to < TIME_MAX ? to : TIME_MAX;
  instance_keep_clock(store);
  int result = call_end(store);
  if (result == NANGOLITE_OK) store_hold_clock(store, to);
  return result;
}

/* Moves the clock to the time at which there is something to do next, or to `until` where there is nothing
** up to then: *is_done is then 1. */
static int due_move_to_next(nangolite *store, int64_t until, int exec_only, int *is_done) {
  call_open(store);
  call_write(store);
  due_follow_clock(store);
  int64_t next = due_first(store, exec_only, 1);
  if (call_end(store) != NANGOLITE_OK) return store->result;
  int64_t last = until < TIME_MAX ? until : TIME_MAX; /* the clock goes no further */
  *is_done = next > last;
  if (*is_done) return until > store_given_clock(store) ? due_move_clock(store, until) : NANGOLITE_OK;
  return next > store_clock(store) ? due_move_clock(store, next) : NANGOLITE_OK;
}

static int due_run_rounds(nangolite *store, int64_t until, due_tally *tally, int *ran) {
  for (;;) {
    int is_done = 0;
    int result = due_move_to_next(store, until, 1, &is_done);
    if (result == NANGOLITE_OK && !is_done) result = due_run_round(store, 0, tally, ran);
    if (result != NANGOLITE_OK || is_done) return result;
    if (!tally->has_too_many) continue;
    call_open(store);
    return store_fail(store, NANGOLITE_ERROR, "a sync ran %d times at one instant: it makes itself due",
                      DUE_RUNS_MAX);
  }
}

static int due_run_until(nangolite *store, int64_t until, int *ran) {
  due_tally tally = {NULL, 0, 0, 0, 0};
  int result = due_prepare(store);
  if (result == NANGOLITE_OK) result = due_run_rounds(store, until, &tally, ran);
  sqlite3_free(tally.at);
  return result;
}

static int due_claim_until(nangolite *store, int64_t until, nangolite_run **run) {
  int result = due_prepare(store), is_done = 0;
  while (result == NANGOLITE_OK && *run == NULL) {
    due_place start = {0, 0};
    const sync_function *function;
    result = due_move_to_next(store, until, 0, &is_done);
    if (result != NANGOLITE_OK || is_done) return result;
    call_open(store);
    call_write(store);
    nangolite_run *claimed = due_claim(store, &start, store->now, 0, &function);
    result = call_end(store);
    if (result == NANGOLITE_OK) *run = claimed;
    else if (claimed != NULL) run_free(claimed);
  }
  return result;
}

/******** syncs/checkpoint.h ********/

/* checkpoint: the small JSON object in which a sync remembers how far it has read. */
#ifndef NANGOLITE_CHECKPOINT_H
#define NANGOLITE_CHECKPOINT_H

#define CHECKPOINT_MEMBERS_MAX 16
#define CHECKPOINT_KEY_MAX 255     /* characters; with as_nango, UTF-16 units */
#define CHECKPOINT_STRING_MAX 4000 /* the same */

/* The object without the white space around it, as a part of `json`. Latches NANGOLITE_INVALID where it
** breaks a rule of checkpoints, and NANGOLITE_MISUSE where `json` is NULL. */
static slice checkpoint_check(nangolite *store, const char *json);

#endif

/******** syncs/checkpoint.c ********/

/* How long a string is: the code points of its unescaped text, or as Nango its UTF-16 units. */
static size_t checkpoint_length(nangolite *store, json_value string) {
  text unescaped = {0};
  size_t count = 0;
  json_unescape(string, &unescaped, NULL);
  store_check_text(store, &unescaped);
  if (store->as_nango) count = utf8_units((slice){unescaped.at, unescaped.length});
  for (size_t i = 0; i < unescaped.length && !store->as_nango; i++)
    count += ((unsigned char)unescaped.at[i] & 0xc0) != 0x80;
  text_free(&unescaped);
  return count;
}

static void checkpoint_check_member(nangolite *store, const json_member *member, int position) {
  const char *unit = store->as_nango ? "UTF-16 units" : "characters";
  if (checkpoint_length(store, member->key) > CHECKPOINT_KEY_MAX)
    store_fail(store, NANGOLITE_INVALID, "checkpoint: the key of member %d has more than %d %s", position,
               CHECKPOINT_KEY_MAX, unit);
  if (member->value.type == JSON_ARRAY || member->value.type == JSON_OBJECT ||
      member->value.type == JSON_NULL) {
    store_fail(store, NANGOLITE_INVALID,
               "checkpoint: the value of member %d must be a string, a number or a boolean", position);
  } else if (member->value.type == JSON_STRING &&
             checkpoint_length(store, member->value) > CHECKPOINT_STRING_MAX) {
    store_fail(store, NANGOLITE_INVALID, "checkpoint: the value of member %d has more than %d %s", position,
               CHECKPOINT_STRING_MAX, unit);
  }
}

static slice checkpoint_check(nangolite *store, const char *json) {
  json_value value = {{NULL, 0}, JSON_NULL};
  arguments_need(store, json, "checkpoint");
  if (store_failed(store)) return value.text;
  json_error error = json_scan(slice_of(json), &value);
  if (error.reason != NULL) {
    store_fail(store, NANGOLITE_INVALID, "checkpoint: %s, at byte %lld", error.reason,
               (long long)error.offset);
  } else if (value.type != JSON_OBJECT) {
    store_fail(store, NANGOLITE_INVALID, "checkpoint must be a JSON object");
  }
  if (store_failed(store)) return value.text;
  json_iterator members = json_iterate(value);
  json_member member;
  int count = 0;
  while (!store_failed(store) && json_next_member(&members, &member))
    checkpoint_check_member(store, &member, count++);
  if (count > CHECKPOINT_MEMBERS_MAX)
    store_fail(store, NANGOLITE_INVALID, "checkpoint must have at most %d members", CHECKPOINT_MEMBERS_MAX);
  return value.text;
}

/******** syncs/selection.h ********/

/* selection: finds the instances that a call names. */
#ifndef NANGOLITE_SELECTION_H
#define NANGOLITE_SELECTION_H

/* One sync by name; an absent variant is base. */
typedef struct selector {
  slice name, variant;
} selector;

/* What of a selection must be there. A connection that is named must always be there. */
typedef enum selection_rule {
  SELECTION_EACH,  /* each sync that is named, and at least one instance */
  SELECTION_SOME,  /* at least one instance; names that are not there are left out */
  SELECTION_NAMED, /* as SELECTION_SOME, but where names are given, there may be no instance */
  SELECTION_ANY    /* nothing: there may be no instance, and no such integration */
} selection_rule;

typedef struct selection {
  const char *provider_config_key;
  const char *connection_id; /* NULL: all connections of the integration */
  const selector *selectors;
  size_t count; /* 0: every instance, variants included */
  selection_rule rule;
} selection;

/* "sync" or "sync::variant". */
static selector selector_parse(slice written);
/* The rule that one of its names breaks. NULL: they are allowed. */
static const char *selector_check(selector s);

/* The ids of the instances, each once. Latches what must be there and is not. Free list.at with
** sqlite3_free(). In a transaction. */
static id_list selection_find(nangolite *store, const selection *s);

#endif

/******** syncs/selection.c ********/

static selector selector_parse(slice written) {
  for (size_t i = 0; i + 1 < written.length; i++) {
    if (written.at[i] != ':' || written.at[i + 1] != ':') continue;
    return (selector){{written.at, i}, {written.at + i + 2, written.length - i - 2}};
  }
  return (selector){written, {NULL, 0}};
}

static const char *selector_check(selector s) {
  const char *rule = name_check(NAME_SYNC, s.name);
  return rule != NULL || s.variant.at == NULL ? rule : name_check(NAME_VARIANT, s.variant);
}

static id_list selection_connections(nangolite *store, const selection *s) {
  id_list connections = {NULL, 0, 0};
  if (s->connection_id != NULL) {
    id_list_add(store, &connections, connection_find(store, s->provider_config_key, s->connection_id));
    return connections;
  }
  if (s->rule != SELECTION_ANY) connection_need_integration(store, s->provider_config_key);
  query q = query_open(store, CONNECTION_OF_INTEGRATION);
  query_bind_text(&q, slice_of(s->provider_config_key));
  id_list_read(store, &connections, &q);
  return connections;
}

typedef struct selection_name {
  selector named;
  size_t position;
} selection_name;

static int selection_compare_names(const selector *a, const selector *b) {
  int order = slice_compare(a->name, b->name), a_is_base = name_is_base(a->variant);
  if (order != 0) return order;
  if (a_is_base || name_is_base(b->variant)) return name_is_base(b->variant) - a_is_base;
  return slice_compare(a->variant, b->variant);
}

static int selection_compare_positions(const void *a, const void *b) {
  const selection_name *left = a, *right = b;
  return (left->position > right->position) - (left->position < right->position);
}

static int selection_compare(const void *a, const void *b) {
  const selection_name *left = a, *right = b;
  int order = selection_compare_names(&left->named, &right->named);
  return order != 0 ? order : selection_compare_positions(a, b);
}

/* The names that are given, each once, in the order in which each is given first. NULL: no name is given,
** or a failure is latched. Free it with sqlite3_free(). */
static selection_name *selection_distinct(nangolite *store, const selection *s, size_t *count) {
  selection_name *names = s->count == 0 ? NULL : store_allocate(store, s->count * sizeof *names);
  *count = 0;
  if (names == NULL) return NULL;
  for (size_t i = 0; i < s->count; i++) names[i] = (selection_name){s->selectors[i], i};
  qsort(names, s->count, sizeof *names, selection_compare);
  for (size_t i = 0; i < s->count; i++) {
    int is_new = i == 0 || selection_compare_names(&names[i].named, &names[*count - 1].named) != 0;
    if (is_new) names[(*count)++] = names[i];
  }
  qsort(names, *count, sizeof *names, selection_compare_positions);
  return names;
}

/* Adds the instances of one name. The base of a sync that is defined counts as known even where no
** connection has it. */
static void selection_add_named(nangolite *store, const selection *s, selector named,
                                const id_list *connections, id_list *list) {
  int64_t sync = sync_find(store, s->provider_config_key, named.name).id;
  int is_known = sync != 0 && name_is_base(named.variant);
  for (size_t i = 0; sync != 0 && i < connections->count && !store_failed(store); i++) {
    int64_t id = instance_find(store, connections->at[i], sync, named.variant);
    if (id == 0) continue;
    id_list_add(store, list, id);
    is_known = 1;
  }
  if (is_known || s->rule != SELECTION_EACH) return;
  store_fail(store, NANGOLITE_UNKNOWN_SYNC, "syncs: there is no sync '%.*s' of the variant '%.*s'",
             (int)named.name.length, named.name.at, named.variant.at == NULL ? 4 : (int)named.variant.length,
             named.variant.at == NULL ? "base" : named.variant.at);
}

static void selection_add_all(nangolite *store, const id_list *connections, id_list *list) {
  for (size_t i = 0; i < connections->count && !store_failed(store); i++) {
    query q = query_open(store, INSTANCE_OF_CONNECTION);
    query_bind_int(&q, connections->at[i]);
    id_list_read(store, list, &q);
  }
}

static void selection_need_something(nangolite *store, const selection *s, const id_list *found) {
  int may_be_nothing = s->rule == SELECTION_ANY || (s->rule == SELECTION_NAMED && s->count > 0);
  if (found->count == 0 && !may_be_nothing)
    store_fail(store, NANGOLITE_NO_SYNCS_FOUND, "syncs: there are none%s", s->count > 0 ? " of these" : "");
}

static id_list selection_find(nangolite *store, const selection *s) {
  id_list list = {NULL, 0, 0};
  id_list connections = selection_connections(store, s);
  size_t count;
  selection_name *names = selection_distinct(store, s, &count);
  for (size_t i = 0; i < count && !store_failed(store); i++)
    selection_add_named(store, s, names[i].named, &connections, &list);
  if (s->count == 0) selection_add_all(store, &connections, &list);
  selection_need_something(store, s, &list);
  sqlite3_free(names);
  sqlite3_free(connections.at);
  return list;
}

/******** syncs/status.h ********/

/* status: what GET /sync/status tells of instances. */
#ifndef NANGOLITE_STATUS_H
#define NANGOLITE_STATUS_H

/* Appends {"syncs":[...]} with the instances that are selected. In a transaction. */
static void status_append(nangolite *store, const selection *s, text *out);

/* Appends what is told of one instance, as an object. In a transaction. */
static void status_append_instance(nangolite *store, int64_t id, text *out);

#endif

/******** syncs/status.c ********/

static const char *status_latest(run_status latest) {
  static const char *const names[] = {NULL, "SUCCESS", "ERROR", "STOPPED"};
  return latest >= RUN_NONE && latest <= RUN_STOPPED ? names[latest] : NULL;
}

/* How the latest run stands; NULL: there was none. */
static const char *status_execution(const schedule *s) {
  return s->run != 0 ? "RUNNING" : status_latest(s->latest);
}

static const char *status_of(const schedule *s) {
  const char *execution = status_execution(s);
  if (s->run != 0) return execution;
  if (s->is_paused) return "PAUSED";
  return execution == NULL ? "SUCCESS" : execution;
}

static void status_append_key(text *out, const char *key) {
  json_write(out, slice_of(key));
  text_append(out, ":", 1);
}

static void status_append_string(text *out, const char *key, slice value) {
  status_append_key(out, key);
  if (value.at == NULL) text_append_string(out, "null");
  else json_write(out, value);
  text_append(out, ",", 1);
}

static void status_append_time(text *out, const char *key, int64_t time) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0};
  timestamp_format(time, TIMESTAMP_MILLISECONDS, &cache, written);
  slice value = {written, TIMESTAMP_LENGTH(TIMESTAMP_MILLISECONDS)};
  status_append_string(out, key, time == 0 ? slice_of(NULL) : value);
}

/* Appends {"Model":live records} with each model of the definition. */
static void status_append_counts(nangolite *store, const instance *i, const char *variant, text *out) {
  const char *separator = "{";
  query q = query_open(store, SYNC_MODELS);
  query_bind_int(&q, i->sync);
  while (query_next(&q)) {
    slice model = query_text(&q, 0);
    collection_name name = {.connection = i->connection, .model = model.at, .variant = variant};
    collection c = collection_find(store, &name);
    text_append_string(out, separator);
    json_write(out, model);
    text_append(out, ":", 1);
    text_append_int(out, collection_live(&c));
    separator = ",";
  }
  query_close(&q);
  text_append_string(out, *separator == '{' ? "{}" : "}");
}

/* Shows a run that is over as failed, although nobody has closed it yet. */
static instance status_instance(nangolite *store, int64_t id, int *has_expired) {
  int64_t at;
  instance i = instance_get(store, id);
  *has_expired = !store_failed(store) && instance_has_ended_run(store, &i, store_clock(store), &at);
  if (*has_expired) schedule_expire(&i.s, at);
  return i;
}

static void status_append_error(text *out, slice type, slice description, int64_t at) {
  status_append_key(out, "latestError");
  if (type.at == NULL) {
    text_append_string(out, "null,");
    return;
  }
  text_append_string(out, "{\"type\":");
  json_write_any(out, type);
  text_append_string(out, ",\"description\":");
  if (description.at == NULL) text_append_string(out, "null");
  else json_write_any(out, description);
  text_append_string(out, ",");
  status_append_time(out, "at", at);
  out->length--; /* the comma */
  text_append_string(out, "},");
}

static void status_append_progress(text *out, const instance *i) {
  status_append_key(out, "progress");
  if (i->s.run == 0 || i->progress_done == INSTANCE_NO_PROGRESS) {
    text_append_string(out, "null,");
    return;
  }
  text_append_string(out, "{\"done\":");
  text_append_int(out, i->progress_done);
  text_append_string(out, ",\"total\":");
  if (i->progress_total == 0) text_append_string(out, "null");
  else text_append_int(out, i->progress_total);
  text_append_string(out, "},");
}

static void status_append_schedule(text *out, const schedule *s) {
  int64_t due_at = s->is_paused ? 0 : schedule_due_at(s);
  status_append_time(out, "finishedAt", s->run != 0 ? 0 : s->finished_at);
  status_append_time(out, "nextScheduledSyncAt", due_at > TIME_MAX ? 0 : due_at);
}

static void status_append_outcome(nangolite *store, const instance *i, const instance_names *names,
                                  int has_expired, text *out) {
  text_append_string(out, "\"latestResult\":");
  if (i->s.started_at == 0) text_append_string(out, "null");
  else result_append_all(store, i, out);
  text_append(out, ",", 1);
  status_append_string(out, "latestExecutionStatus", slice_of(status_execution(&i->s)));
  if (has_expired) status_append_error(out, slice_of("expired"), slice_of(RUN_EXPIRED), i->s.finished_at);
  else status_append_error(out, names->error_type, names->error_description, i->error_at);
  status_append_progress(out, i);
}

static void status_append_instance(nangolite *store, int64_t id, text *out) {
  int has_expired;
  instance i = status_instance(store, id, &has_expired);
  instance_names names = instance_get_names(store, id);
  if (store_failed(store)) return;
  text_append_string(out, "{\"id\":\"");
  text_append_int(out, id);
  text_append_string(out, "\",");
  status_append_string(out, "connection_id", names.connection_id);
  status_append_string(out, "name", names.sync);
  status_append_string(out, "variant", names.variant);
  status_append_string(out, "type", slice_of(i.s.is_initial ? "INITIAL" : "INCREMENTAL"));
  status_append_string(out, "status", slice_of(status_of(&i.s)));
  status_append_string(out, "frequency", names.frequency);
  status_append_schedule(out, &i.s);
  status_append_key(out, "checkpoint");
  if (names.checkpoint.at == NULL) text_append_string(out, "null");
  else text_append(out, names.checkpoint.at, names.checkpoint.length);
  text_append(out, ",", 1);
  status_append_outcome(store, &i, &names, has_expired, out);
  status_append_key(out, "recordCount");
  status_append_counts(store, &i, names.variant.at, out);
  text_append(out, "}", 1);
  text_free(&names.strings);
}

static void status_append(nangolite *store, const selection *s, text *out) {
  id_list list = selection_find(store, s);
  text_append_string(out, "{\"syncs\":[");
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    if (n > 0) text_append(out, ",", 1);
    status_append_instance(store, list.at[n], out);
  }
  text_append_string(out, "]}");
  sqlite3_free(list.at);
}

/******** syncs/command.h ********/

/* command: what is done to definitions and to the instances that a call selects, for the C API and for requests. */
#ifndef NANGOLITE_COMMAND_H
#define NANGOLITE_COMMAND_H

typedef enum command_kind { COMMAND_TRIGGER, COMMAND_START, COMMAND_PAUSE, COMMAND_CANCEL } command_kind;

/* Each of these is for the inside of a write transaction. */

/* Does one thing to every instance that is selected. `flags` are those of nangolite_sync_trigger(), else
** 0. */
static void command_all(nangolite *store, const selection *s, command_kind kind, unsigned flags);

/* Reads the instance for a command. Where its run in progress is over, that is closed first, as expired. */
static instance command_get(nangolite *store, int64_t id);

/* The id of the instance that is named. 0, and a failure is latched, where there is none. A read
** transaction is enough for this. */
static int64_t command_find(nangolite *store, const char *provider_config_key, const char *connection_id,
                            selector which);

/* Stores a definition, which sync_check() has checked, and makes the base instances that are missing. */
static void command_define(nangolite *store, const nangolite_sync *given, int64_t interval);

/* Removes a definition with its instances and their records. Latches NANGOLITE_UNKNOWN_SYNC where there is
** none. */
static void command_remove_sync(nangolite *store, const char *provider_config_key, slice name);
/* Gives a definition another name, with the same failure. */
static void command_rename_sync(nangolite *store, const char *provider_config_key, slice name,
                                const char *new_name);

/* Gives an instance a frequency of its own, or where `frequency` is absent that of the definition again.
** Returns the instance's id. 0: a failure is latched. */
static int64_t command_set_frequency(nangolite *store, const char *provider_config_key,
                                     const char *connection_id, selector which, slice frequency);

/* Makes the instance of a variant, and returns its id. 0: a failure is latched. */
static int64_t command_create_variant(nangolite *store, const char *provider_config_key,
                                      const char *connection_id, selector which);
/* Removes the instance of a variant with its records. */
static void command_delete_variant(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, selector which);

/* Removes it with its schedule, checkpoint and records. Its run, if any, has become aborted. */
static void command_remove_instance(nangolite *store, int64_t id);

#endif

/******** syncs/command.c ********/

static void command_remove_instance(nangolite *store, int64_t id) {
  instance_empty(store, id);
  result_clear(store, id);
  kept_run_clear(store, id);
  instance_delete(store, id);
  store_move_stamp(store);
}

static instance command_get(nangolite *store, int64_t id) {
  int64_t at;
  instance i = instance_get(store, id);
  if (!store_failed(store) && instance_has_ended_run(store, &i, store->now, &at))
    run_close_expired(store, &i, at);
  return i;
}

static void command_reset(nangolite *store, instance *i, unsigned flags) {
  int was_running = i->s.run != 0;
  schedule_reset(&i->s, store->now);
  if (was_running) run_end_aborted(store, i);
  instance_forget(store, i->id);
  if (flags & NANGOLITE_EMPTY_CACHE) instance_empty(store, i->id);
}

static void command_cancel(nangolite *store, instance *i) {
  int was_running = i->s.run != 0;
  schedule_cancel(&i->s, store->now);
  if (was_running) run_end_aborted(store, i);
}

/* A trigger while a run is in progress does nothing in Nango, unless it has reset that. */
static int command_ignores_trigger(const nangolite *store, const instance *i) {
  return store->as_nango && i->s.run != 0;
}

static void command_do(nangolite *store, instance *i, command_kind kind, unsigned flags) {
  switch (kind) {
    case COMMAND_TRIGGER:
      if (flags & NANGOLITE_RESET) command_reset(store, i, flags);
      if (!command_ignores_trigger(store, i))
        schedule_trigger(&i->s, store->now, (flags & NANGOLITE_ALLOW_DELETES) != 0);
      break;
    case COMMAND_START:
      schedule_follow_clock(&i->s, store->now, store->now, run_lease(store));
      schedule_start(&i->s, store->now);
      break;
    case COMMAND_PAUSE: schedule_pause(&i->s); break;
    case COMMAND_CANCEL: command_cancel(store, i); break;
  }
  instance_save(store, i);
}

static void command_all(nangolite *store, const selection *s, command_kind kind, unsigned flags) {
  id_list list = selection_find(store, s);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = command_get(store, list.at[n]);
    command_do(store, &i, kind, flags);
  }
  sqlite3_free(list.at);
}

static id_list command_instances(nangolite *store, const char *provider_config_key, int64_t sync) {
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_OF_SYNC);
  query_bind_int(&q, sync);
  query_bind_text(&q, slice_of(provider_config_key));
  id_list_read(store, &list, &q);
  return list;
}

/* The definition's grid has changed. Changes the schedules of its instances: of all where the anchor or
** local_time has changed, else of those that have no frequency of their own. */
static void command_move_grid(nangolite *store, const char *provider_config_key, const sync_row *before,
                              const sync_row *now) {
  int moves_anchor = before->start_at != now->start_at || before->local_time != now->local_time;
  id_list list = command_instances(store, provider_config_key, now->id);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    if (i.own_interval != 0 && !moves_anchor) continue;
    schedule_follow_grid(&i.s, store->now);
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
}

static void command_define(nangolite *store, const nangolite_sync *given, int64_t interval) {
  sync_row before = sync_find(store, given->provider_config_key, slice_of(given->name));
  sync_row now = sync_put(store, given, interval);
  int moves_grid =
    before.interval != now.interval || before.start_at != now.start_at || before.local_time != now.local_time;
  if (now.took_over) result_clear_strays(store);
  if (before.id != 0 && moves_grid) command_move_grid(store, given->provider_config_key, &before, &now);
  instance_create_for_sync(store, given->provider_config_key, &now);
}

static int64_t command_find(nangolite *store, const char *provider_config_key, const char *connection_id,
                            selector which) {
  selection s = {provider_config_key, connection_id, &which, 1, SELECTION_EACH};
  id_list list = selection_find(store, &s);
  int64_t id = store_failed(store) || list.count == 0 ? 0 : list.at[0];
  sqlite3_free(list.at);
  return id;
}

static int64_t command_set_frequency(nangolite *store, const char *provider_config_key,
                                     const char *connection_id, selector which, slice frequency) {
  int64_t interval = 0;
  const char *reason = frequency.at == NULL ? NULL : frequency_parse(frequency, &interval);
  if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "frequency %s", reason);
  int64_t id = command_find(store, provider_config_key, connection_id, which);
  if (id == 0) return 0;
  instance i = command_get(store, id);
  instance_set_frequency(store, id, frequency, interval);
  i.s.grid.interval = interval != 0 ? interval : sync_get(store, i.sync).interval;
  schedule_follow_grid(&i.s, store->now);
  instance_save(store, &i);
  return id;
}

static sync_row command_need_sync(nangolite *store, const char *provider_config_key, slice name) {
  sync_row sync = sync_find(store, provider_config_key, name);
  if (sync.id == 0)
    store_fail(store, NANGOLITE_UNKNOWN_SYNC, "sync: there is no sync '%.*s'", (int)name.length, name.at);
  return sync;
}

static void command_remove_sync(nangolite *store, const char *provider_config_key, slice name) {
  connection_need_integration(store, provider_config_key);
  sync_row sync = command_need_sync(store, provider_config_key, name);
  id_list list = command_instances(store, provider_config_key, sync.id);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) command_remove_instance(store, list.at[n]);
  sqlite3_free(list.at);
  sync_delete(store, sync.id);
  store_move_stamp(store);
}

static void command_rename_sync(nangolite *store, const char *provider_config_key, slice name,
                                const char *new_name) {
  connection_need_integration(store, provider_config_key);
  sync_row sync = command_need_sync(store, provider_config_key, name);
  if (!store_failed(store)) sync_rename(store, provider_config_key, sync.id, new_name);
}

static int64_t command_create_variant(nangolite *store, const char *provider_config_key,
                                      const char *connection_id, selector which) {
  if (name_is_base(which.variant))
    store_fail(store, NANGOLITE_INVALID_VARIANT, "variant: 'base' cannot be created");
  int64_t connection = connection_find(store, provider_config_key, connection_id);
  sync_row sync = command_need_sync(store, provider_config_key, which.name);
  if (instance_find(store, connection, sync.id, which.variant) != 0)
    store_fail(store, NANGOLITE_VARIANT_EXISTS, "variant: there is one of this name");
  query q = query_open(store, INSTANCE_COUNT_VARIANTS);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync.id);
  if (query_number(&q) >= store->options.max_variants)
    store_fail(store, NANGOLITE_RESOURCE_CAPPED, "variant: a sync has at most %d on a connection",
               store->options.max_variants);
  return store_failed(store) ? 0 : instance_create(store, connection, &sync, which.variant);
}

static void command_delete_variant(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, selector which) {
  if (name_is_base(which.variant))
    store_fail(store, NANGOLITE_INVALID_VARIANT, "variant: 'base' cannot be deleted");
  int64_t connection = connection_find(store, provider_config_key, connection_id);
  sync_row sync = command_need_sync(store, provider_config_key, which.name);
  int64_t id = instance_find(store, connection, sync.id, which.variant);
  if (id == 0) store_fail(store, NANGOLITE_NOT_FOUND, "variant: there is none of this name");
  if (!store_failed(store)) command_remove_instance(store, id);
}

/******** syncs/fixture.h ********/

/* fixture: what a sync function did when it was recorded, stored as if it had done it. */
#ifndef NANGOLITE_FIXTURE_H
#define NANGOLITE_FIXTURE_H

/* Reads the "nango" object of a recorded fixture, or the whole file around it, and does in this order what it
** says:
**
**   "getMetadata"   an object, which becomes the connection's metadata
**   "Model"         an array of records, which are saved; every member counts whose name begins with A to Z
**   "batchSave", "batchUpdate", "batchDelete"
**                   each {"Model":[records]}, which are saved, updated and deleted
**
** Other members are ignored, and null counts as absent. Adds what was changed to `changes`, and makes the
** connection where it is not there. What is wrong is latched as NANGOLITE_INVALID, with its place. The
** caller has checked the names. In a write transaction. */
static void fixture_load(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *variant, slice written, nangolite_changes *changes);

#endif

/******** syncs/fixture.c ********/

typedef struct fixture_call {
  nangolite *store;
  int64_t connection;
  const char *variant;
  nangolite_changes *changes;
} fixture_call;

/* The last member of that name; absent where there is none, or null. */
static json_value fixture_member(json_value object, const char *name) {
  json_value found = {{NULL, 0}, JSON_NULL};
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (json_string_is(member.key, name)) found = member.value;
  }
  return found.type == JSON_NULL ? (json_value){{NULL, 0}, JSON_NULL} : found;
}

static int fixture_is_object(fixture_call *f, json_value value, const char *where) {
  if (value.type == JSON_OBJECT) return 1;
  store_fail(f->store, NANGOLITE_INVALID, "json: %s must be an object", where);
  return 0;
}

/* Puts the place before the message of a failure. */
static void fixture_say_where(fixture_call *f, const char *where, slice model) {
  nangolite *store = f->store;
  if (store->result != NANGOLITE_INVALID) return;
  char *why = sqlite3_mprintf("%s", store_message(store));
  store->result = NANGOLITE_OK;
  if (why == NULL) store_fail_memory(store);
  else store_fail(store, NANGOLITE_INVALID, "json: %s %.*s: %s", where, (int)model.length, model.at, why);
  sqlite3_free(why);
}

static void fixture_write(fixture_call *f, write_kind kind, const char *where, const json_member *member) {
  static const writer nobody = {.run = 0};
  slice quoted = member->key.text, model = {quoted.at + 1, quoted.length - 2};
  const char *rule = name_check(NAME_MODEL, model);
  if (rule != NULL) {
    store_fail(f->store, NANGOLITE_INVALID, "json: %s: model %s", where, rule);
    return;
  }
  json_value first;
  json_iterator records = json_iterate(member->value);
  if (member->value.type == JSON_ARRAY && !json_next_element(&records, &first)) return;
  char name[NAME_LENGTH_MAX + 1] = "";
  memcpy(name, model.at, model.length);
  collection_name into = {.connection = f->connection, .model = name, .variant = f->variant};
  write_records(f->store, &into, kind, member->value.text, &nobody, f->changes);
  fixture_say_where(f, where, model);
}

/* {"Model":[records]}; a model whose value is null counts as absent. */
static void fixture_write_models(fixture_call *f, write_kind kind, const char *where, json_value models) {
  if (models.text.at == NULL || !fixture_is_object(f, models, where)) return;
  json_iterator members = json_iterate(models);
  json_member member;
  while (!store_failed(f->store) && json_next_member(&members, &member)) {
    if (member.value.type != JSON_NULL) fixture_write(f, kind, where, &member);
  }
}

/* Models beside the other members: a name that begins with A to Z is that of a model. */
static void fixture_save_models(fixture_call *f, json_value object) {
  json_iterator members = json_iterate(object);
  json_member member;
  while (!store_failed(f->store) && json_next_member(&members, &member)) {
    char first = member.key.text.at[1];
    if (first >= 'A' && first <= 'Z' && member.value.type != JSON_NULL)
      fixture_write(f, WRITE_SAVE, "the model", &member);
  }
}

static void fixture_set_metadata(fixture_call *f, json_value metadata) {
  if (metadata.text.at == NULL || !fixture_is_object(f, metadata, "getMetadata")) return;
  metadata_set(f->store, f->connection, metadata.text, 0);
}

static void fixture_read(fixture_call *f, json_value file) {
  json_value nango = fixture_member(file, "nango");
  if (nango.text.at == NULL) nango = file;
  if (!fixture_is_object(f, nango, "nango")) return;
  fixture_set_metadata(f, fixture_member(nango, "getMetadata"));
  fixture_save_models(f, nango);
  fixture_write_models(f, WRITE_SAVE, "batchSave", fixture_member(nango, "batchSave"));
  fixture_write_models(f, WRITE_UPDATE, "batchUpdate", fixture_member(nango, "batchUpdate"));
  fixture_write_models(f, WRITE_DELETE, "batchDelete", fixture_member(nango, "batchDelete"));
}

static void fixture_load(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *variant, slice written, nangolite_changes *changes) {
  json_value file;
  fixture_call f = {.store = store, .variant = variant, .changes = changes};
  json_error error = json_scan(written, &file);
  if (error.reason != NULL)
    store_fail(store, NANGOLITE_INVALID, "json: %s, at byte %lld", error.reason, (long long)error.offset);
  if (store_failed(store) || !fixture_is_object(&f, file, "the fixture")) return;
  f.connection = connection_open(store, provider_config_key, connection_id);
  instance_create_for_connection(store, provider_config_key, f.connection);
  if (!store_failed(store)) fixture_read(&f, file);
}

/******** syncs/environment_rows.h ********/

/* environment_rows: the variables that GET /environment-variables lists. */
#ifndef NANGOLITE_ENVIRONMENT_ROWS_H
#define NANGOLITE_ENVIRONMENT_ROWS_H

/* These are for the inside of a transaction; environment_write() and environment_clear() need a write transaction. */

/* Sets a variable; a NULL value removes it. */
static void environment_write(nangolite *store, const char *name, const char *value);

/* Removes all variables. */
static void environment_clear(nangolite *store);

/* The variable's value. Free it with sqlite3_free(). NULL: it is not set, or a failure is latched. */
static char *environment_read(nangolite *store, const char *name);

/* Appends all variables, in the order of their names, as a JSON array of {"name":...,"value":...}. */
static void environment_append(nangolite *store, text *out);

#endif

/******** syncs/environment_rows.c ********/

static void environment_append(nangolite *store, text *out) {
  const char *before = "";
  text_append_string(out, "[");
  query q = query_open(store, ENVIRONMENT_LIST);
  for (; query_next(&q); before = ",") {
    text_append_string(out, before);
    text_append_string(out, "{\"name\":");
    json_write(out, query_text(&q, 0));
    text_append_string(out, ",\"value\":");
    json_write(out, query_text(&q, 1));
    text_append_string(out, "}");
  }
  query_close(&q);
  text_append_string(out, "]");
}

static void environment_write(nangolite *store, const char *name, const char *value) {
  query q = query_open(store, value == NULL ? ENVIRONMENT_REMOVE : ENVIRONMENT_PUT);
  query_bind_text(&q, slice_of(name));
  if (value != NULL) query_bind_text(&q, slice_of(value));
  query_run(&q);
}

static void environment_clear(nangolite *store) {
  query q = query_open(store, ENVIRONMENT_CLEAR);
  query_run(&q);
}

static char *environment_read(nangolite *store, const char *name) {
  text value = {0};
  query q = query_open(store, ENVIRONMENT_GET);
  query_bind_text(&q, slice_of(name));
  int is_set = query_next(&q);
  slice found = is_set ? query_text(&q, 0) : slice_of("");
  text_append(&value, found.at, found.length);
  query_close(&q);
  char *taken = is_set ? store_take(store, &value) : NULL;
  text_free(&value);
  return taken;
}

/******** syncs/dump_form.h ********/

/* dump_form: what the lines of a dump are. A line is a JSON object with the name of its kind, and one row of the
** store. nangolite.h shows the lines.
**
** dump_kinds has a row for each kind: its members in their order, and its two statements in sql.c. One selects the rows
** that become lines, and its columns have the names of the members. The other inserts a row, and its parameters have
** these names. These statements read and write tables that other parts own, because a dump has their columns as they
** are. */
#ifndef NANGOLITE_DUMP_FORM_H
#define NANGOLITE_DUMP_FORM_H

typedef enum dump_kind {
  DUMP_OF_STORE, /* the first line */
  DUMP_OF_VARIABLE,
  DUMP_OF_CONNECTION,
  DUMP_OF_SYNC,
  DUMP_OF_SYNC_MODEL, /* behind its sync */
  DUMP_OF_INSTANCE,
  DUMP_OF_RESULT, /* behind its instance, like its runs */
  DUMP_OF_RUN,
  DUMP_OF_COLLECTION,
  DUMP_OF_RECORD, /* behind its collection */
  DUMP_OF_END,    /* the last line */
  DUMP_KINDS
} dump_kind;

typedef enum dump_type {
  DUMP_TEXT,   /* a string that is UTF-8 */
  DUMP_BYTES,  /* a string; what is not UTF-8 in it is replaced */
  DUMP_NUMBER, /* an integer */
  DUMP_FLAG,   /* true, or left out */
  DUMP_WORD,   /* one of a list of words, by its number; the word 0 is left out */
  DUMP_OBJECT  /* a JSON object as it was given; dump_fits_a_line() */
} dump_type;

/* What a member may be. */
enum {
  DUMP_MAY_LACK = 1,   /* it may be NULL in the store, and is left out then */
  DUMP_IS_METADATA = 2 /* only in dumps with metadata */
};

typedef struct dump_member {
  const char *name; /* NULL: the list of members has ended */
  dump_type type;
  unsigned is;
  int64_t low, high; /* of a number, and of a word's number */
  const char *const *words;
} dump_member;

enum { DUMP_FORMAT = 1, DUMP_MEMBERS_MAX = 30, DUMP_LENGTH_MAX = 0x7fffffff, DUMP_HASH_DIGITS = 32 };

typedef struct dump_form {
  const char *name; /* of the kind */
  const char *one;  /* for messages: "a connection" */
  statement_id select, insert;
  dump_member members[DUMP_MEMBERS_MAX + 1];
} dump_form;

/* The value of a member: a number, a flag and a word have a number, all others a text. */
typedef struct dump_value {
  int is_there;
  int64_t number;
  slice text;
} dump_value;

static const dump_form *dump_form_of(dump_kind kind);
/* The form of that name; NULL: there is none. */
static const dump_form *dump_form_named(slice name, dump_kind *kind);
/* The position of a member; -1: there is no such member. */
static int dump_member_at(const dump_form *form, slice name);
static int dump_member_count(const dump_form *form);

/* Whether a JSON object stands in a line as it is. Else it stands there as a string: where it has a line break, or nests
** so deep that within the line it would be deeper than JSON may be. */
static int dump_fits_a_line(slice object);

#endif

/******** syncs/dump_form.c ********/

static const char *const dump_actions[] = {"ADDED", "UPDATED", "DELETED"};
static const char *const dump_asks[] = {NULL, "trigger", "retry", "take_up"};
static const char *const dump_results[] = {NULL, "SUCCESS", "ERROR", "STOPPED"};

_Static_assert(ACTION_ADDED == 0 && ACTION_COUNT == 3 && ASK_TRIGGER == 1 && ASK_TAKE_UP == 3 &&
                 RUN_SUCCESS == 1 && RUN_STOPPED == 3,
               "these lists have the words for them");

/* Members, by their type and by whether they may lack (OR_NULL). Those of PLAIN are in every dump, the others in dumps
** with metadata. */
#define FORM_PLAIN_TEXT(name)                                                                                \
  { name, DUMP_TEXT, 0, 0, 0, NULL }
#define FORM_PLAIN_NUMBER(name, low, high)                                                                   \
  { name, DUMP_NUMBER, 0, low, high, NULL }
#define FORM_PLAIN_TIME_OR_NULL(name)                                                                        \
  { name, DUMP_NUMBER, DUMP_MAY_LACK, 1, TIME_MAX, NULL }
#define FORM_PLAIN_TEXT_OR_NULL(name)                                                                        \
  { name, DUMP_TEXT, DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_PLAIN_FLAG(name)                                                                                \
  { name, DUMP_FLAG, 0, 0, 1, NULL }
#define FORM_PLAIN_OBJECT(name)                                                                              \
  { name, DUMP_OBJECT, 0, 0, 0, NULL }
#define FORM_PLAIN_OBJECT_OR_NULL(name)                                                                      \
  { name, DUMP_OBJECT, DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_FLAG(name)                                                                                      \
  { name, DUMP_FLAG, DUMP_IS_METADATA, 0, 1, NULL }
#define FORM_NUMBER(name, low, high)                                                                         \
  { name, DUMP_NUMBER, DUMP_IS_METADATA, low, high, NULL }
#define FORM_NUMBER_OR_NULL(name, low, high)                                                                 \
  { name, DUMP_NUMBER, DUMP_IS_METADATA | DUMP_MAY_LACK, low, high, NULL }
#define FORM_COUNT(name) FORM_NUMBER(name, 0, INT64_MAX)
#define FORM_TIME(name) FORM_NUMBER(name, 1, TIME_MAX)
#define FORM_TIME_OR_NULL(name) FORM_NUMBER_OR_NULL(name, 1, TIME_MAX)
#define FORM_WORD(name, words)                                                                               \
  { name, DUMP_WORD, DUMP_IS_METADATA, 0, (int)(sizeof(words) / sizeof *(words)) - 1, words }
#define FORM_TEXT(name)                                                                                      \
  { name, DUMP_TEXT, DUMP_IS_METADATA, 0, 0, NULL }
#define FORM_TEXT_OR_NULL(name)                                                                              \
  { name, DUMP_TEXT, DUMP_IS_METADATA | DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_BYTES_OR_NULL(name)                                                                             \
  { name, DUMP_BYTES, DUMP_IS_METADATA | DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_OBJECT_OR_NULL(name)                                                                            \
  { name, DUMP_OBJECT, DUMP_IS_METADATA | DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_END                                                                                             \
  { NULL, DUMP_TEXT, 0, 0, 0, NULL }

#define FORM_OF_CONNECTION FORM_PLAIN_TEXT("provider_config_key"), FORM_PLAIN_TEXT("connection_id")
#define FORM_OF_INSTANCE FORM_OF_CONNECTION, FORM_PLAIN_TEXT("sync"), FORM_PLAIN_TEXT("variant")
#define FORM_OF_COLLECTION FORM_OF_CONNECTION, FORM_PLAIN_TEXT("model"), FORM_PLAIN_TEXT("variant")

/* Where a kind has no statement of its own, dump.c and load.c have the code for it. */
#define FORM_NO_STATEMENT STATEMENT_COUNT

/* clang-format off */
static const dump_form dump_forms[DUMP_KINDS] = {
  [DUMP_OF_STORE] = {"store", "the store's line", FORM_NO_STATEMENT, FORM_NO_STATEMENT, {
    FORM_PLAIN_NUMBER("format", DUMP_FORMAT, DUMP_FORMAT), FORM_PLAIN_FLAG("as_nango"), FORM_PLAIN_FLAG("metadata"),
    FORM_PLAIN_OBJECT_OR_NULL("scope"), FORM_NUMBER("last_stamp", 0, TIME_MAX), FORM_COUNT("last_run"),
    FORM_NUMBER("clock", 0, TIME_MAX), FORM_TEXT("hash_key"), FORM_END}},

  [DUMP_OF_VARIABLE] = {"variable", "a variable", ENVIRONMENT_LIST, LOAD_VARIABLE, {
    FORM_PLAIN_TEXT("name"), FORM_PLAIN_TEXT("value"), FORM_END}},

  [DUMP_OF_CONNECTION] = {"connection", "a connection", DUMP_CONNECTIONS, LOAD_CONNECTION, {
    FORM_OF_CONNECTION, FORM_PLAIN_OBJECT_OR_NULL("metadata"), FORM_TIME("created_at"), FORM_TIME("updated_at"), FORM_END}},

  [DUMP_OF_SYNC] = {"sync", "a sync", DUMP_SYNCS, LOAD_SYNC, {
    FORM_PLAIN_TEXT("provider_config_key"), FORM_PLAIN_TEXT("sync"), FORM_PLAIN_TEXT("frequency"),
    FORM_PLAIN_TIME_OR_NULL("start_at"), FORM_PLAIN_FLAG("manual_start"), FORM_PLAIN_NUMBER("max_delete_percent", 0, 100),
    FORM_PLAIN_NUMBER("max_retries", 0, SYNC_RETRIES_MAX), FORM_PLAIN_NUMBER("retry_after_s", 1, SYNC_RETRY_AFTER_MAX),
    FORM_PLAIN_FLAG("local_time"), FORM_END}},

  [DUMP_OF_SYNC_MODEL] = {"model", "a model", DUMP_MODELS, LOAD_MODEL, {
    FORM_PLAIN_TEXT("provider_config_key"), FORM_PLAIN_TEXT("sync"), FORM_PLAIN_TEXT("model"),
    {"position", DUMP_NUMBER, DUMP_MAY_LACK, 0, INT64_MAX, NULL}, FORM_END}},

  /* asked to has_succeeded are struct schedule, without the run in progress. */
  [DUMP_OF_INSTANCE] = {"instance", "an instance", DUMP_INSTANCES, LOAD_INSTANCE, {
    FORM_OF_INSTANCE, FORM_PLAIN_TEXT_OR_NULL("frequency"), FORM_PLAIN_FLAG("is_paused"), FORM_PLAIN_OBJECT_OR_NULL("checkpoint"),
    FORM_NUMBER("created_at", 0, TIME_MAX), FORM_NUMBER("slot_at", 1, INT64_MAX), FORM_WORD("asked", dump_asks),
    FORM_NUMBER_OR_NULL("asked_at", 1, INT64_MAX), FORM_NUMBER_OR_NULL("again_at", 1, INT64_MAX), FORM_FLAG("may_repeat"),
    FORM_NUMBER("retries", 0, SYNC_RETRIES_MAX), FORM_NUMBER("expired", 0, SCHEDULE_TAKE_UPS + 1), FORM_FLAG("allows_deletes"),
    FORM_TIME_OR_NULL("started_at"), FORM_TIME_OR_NULL("finished_at"), FORM_WORD("latest", dump_results), FORM_FLAG("is_initial"),
    FORM_FLAG("has_succeeded"), FORM_COUNT("latest_run"), FORM_COUNT("succeeded_run"), FORM_OBJECT_OR_NULL("checkpoint_before"),
    FORM_BYTES_OR_NULL("error_type"), FORM_BYTES_OR_NULL("error_description"), FORM_TIME_OR_NULL("error_at"),
    FORM_NUMBER_OR_NULL("idle_since", 0, TIME_MAX), FORM_END}},

  [DUMP_OF_RESULT] = {"result", "a result", DUMP_RESULTS, LOAD_RESULT, {
    FORM_OF_INSTANCE, FORM_TEXT("model"), FORM_COUNT("run"), FORM_COUNT("added"), FORM_COUNT("updated"), FORM_COUNT("deleted"),
    FORM_COUNT("changed_after"), FORM_END}},

  [DUMP_OF_RUN] = {"run", "a run", DUMP_RUNS, LOAD_RUN, {
    FORM_OF_INSTANCE, FORM_NUMBER("number", 1, INT64_MAX), FORM_TIME("started_at"), FORM_TIME("finished_at"),
    FORM_WORD("result", dump_results), FORM_FLAG("is_initial"), FORM_BYTES_OR_NULL("error_type"),
    FORM_BYTES_OR_NULL("error_description"), FORM_PLAIN_OBJECT("results"), FORM_OBJECT_OR_NULL("checkpoint_from"),
    FORM_OBJECT_OR_NULL("checkpoint_to"), FORM_END}},

  [DUMP_OF_COLLECTION] = {"collection", "a collection", DUMP_COLLECTIONS, LOAD_COLLECTION, {
    FORM_OF_COLLECTION, FORM_TIME_OR_NULL("window_opened_at"), FORM_COUNT("window_live"), FORM_END}},

  [DUMP_OF_RECORD] = {"record", "a record", FORM_NO_STATEMENT, FORM_NO_STATEMENT, {
    FORM_OF_COLLECTION, FORM_PLAIN_TEXT("id"), FORM_WORD("action", dump_actions), FORM_TIME("first_seen_at"),
    FORM_TIME("last_modified_at"), FORM_TIME_OR_NULL("pruned_at"), FORM_TIME_OR_NULL("deleted_at"),
    FORM_TEXT_OR_NULL("hash"), FORM_TEXT_OR_NULL("alternate_hash"),
    FORM_NUMBER_OR_NULL("alternate_length", 1, DUMP_LENGTH_MAX), FORM_FLAG("seen"), FORM_PLAIN_OBJECT("payload"), FORM_END}},

  [DUMP_OF_END] = {"end", "the last line", FORM_NO_STATEMENT, FORM_NO_STATEMENT, {
    FORM_PLAIN_NUMBER("lines", 1, INT64_MAX), FORM_END}},
};
/* clang-format on */

static const dump_form *dump_form_of(dump_kind kind) {
  return &dump_forms[kind];
}

static const dump_form *dump_form_named(slice name, dump_kind *kind) {
  for (int i = 0; i < DUMP_KINDS; i++) {
    *kind = (dump_kind)i;
    if (slice_equals(name, slice_of(dump_forms[i].name))) return &dump_forms[i];
  }
  return NULL;
}

static int dump_member_at(const dump_form *form, slice name) {
  for (int i = 0; form->members[i].name != NULL; i++) {
    if (slice_equals(name, slice_of(form->members[i].name))) return i;
  }
  return -1;
}

static int dump_member_count(const dump_form *form) {
  int count = 0;
  while (form->members[count].name != NULL) count++;
  return count;
}

static int dump_fits_a_line(slice object) {
  const char *at = object.at, *end = at + object.length;
  int depth = 1; /* the line's own braces */
  while (at < end) {
    char c = *at++;
    if (c == '"') at = json_skip_string(at, end);
    else if (c == '{' || c == '[') depth++;
    else if (c == '}' || c == ']') depth--;
    if (c == '\n' || c == '\r' || depth > JSON_DEPTH_MAX) return 0;
  }
  return 1;
}

/******** syncs/dump.h ********/

/* dump: writes the lines of a dump. It reads the store in one transaction, row by row, so that its memory does not
** grow with the store. */
#ifndef NANGOLITE_DUMP_H
#define NANGOLITE_DUMP_H

typedef struct dump {
  nangolite *store;
  nangolite_scope scope; /* a NULL means all */
  int has_metadata;
  int (*write)(void *ctx, const char *text, size_t length); /* takes one line; other than 0: the dump ends */
  void *ctx;
  int64_t now;   /* when the runs in progress end */
  int64_t lines; /* written so far */
  text line;
} dump;

/* Writes all lines, in a transaction. A row that cannot be is latched as NANGOLITE_CORRUPT, a `write` that returns other
** than 0 as NANGOLITE_INTERRUPTED. */
static void dump_write(dump *d);

#endif

/******** syncs/dump.c ********/

/* ---- lines ---- */

static void dump_append_value(text *out, const dump_member *m, const dump_value *v) {
  if (m->type == DUMP_NUMBER) text_append_int(out, v->number);
  else if (m->type == DUMP_FLAG) text_append_string(out, "true");
  else if (m->type == DUMP_WORD) json_write_string(out, m->words[v->number]);
  else if (m->type == DUMP_OBJECT && dump_fits_a_line(v->text)) text_append(out, v->text.at, v->text.length);
  else json_write_any(out, v->text);
}

static void dump_append_line(dump *d, dump_kind kind, const dump_value *values) {
  const dump_form *form = dump_form_of(kind);
  text_append_string(&d->line, "{\"kind\":");
  json_write_string(&d->line, form->name);
  for (const dump_member *m = form->members; m->name != NULL; m++, values++) {
    if (!values->is_there || ((m->is & DUMP_IS_METADATA) && !d->has_metadata)) continue;
    text_append_string(&d->line, ",");
    json_write_string(&d->line, m->name);
    text_append_string(&d->line, ":");
    dump_append_value(&d->line, m, values);
  }
  text_append_string(&d->line, "}\n");
  store_check_text(d->store, &d->line);
}

static void dump_line(dump *d, dump_kind kind, const dump_value *values) {
  if (store_failed(d->store)) return;
  text_clear(&d->line);
  dump_append_line(d, kind, values);
  d->lines++;
  if (store_failed(d->store) || d->write(d->ctx, d->line.at, d->line.length) == 0) return;
  store_fail(d->store, NANGOLITE_INTERRUPTED, "the function that takes the lines has ended the dump");
}

/* ---- values ---- */

static void dump_set_number(dump_kind kind, dump_value *values, const char *name, int64_t number) {
  const dump_form *form = dump_form_of(kind);
  int at = dump_member_at(form, slice_of(name));
  const dump_member *m = &form->members[at];
  int is_left_out = m->type == DUMP_WORD ? m->words[number] == NULL : m->type == DUMP_FLAG && number == 0;
  values[at] = (dump_value){!is_left_out, number, {NULL, 0}};
}

/* 0: there is none. */
static void dump_set_number_or_none(dump_kind kind, dump_value *values, const char *name, int64_t number) {
  dump_set_number(kind, values, name, number);
  if (number == 0) values[dump_member_at(dump_form_of(kind), slice_of(name))].is_there = 0;
}

/* An absent text: there is none. */
static void dump_set_text(dump_kind kind, dump_value *values, const char *name, slice written) {
  values[dump_member_at(dump_form_of(kind), slice_of(name))] = (dump_value){written.at != NULL, 0, written};
}

/* Writes the hash as hexadecimal digits, which the value points to. */
static void dump_set_hash(dump_kind kind, dump_value *values, const char *name, hash128 hash, char *digits) {
  static const char hex[] = "0123456789abcdef";
  char bytes[HASH_BYTES];
  hash_write(hash, bytes);
  for (int i = 0; i < HASH_BYTES; i++) {
    digits[2 * i] = hex[(unsigned char)bytes[i] >> 4];
    digits[2 * i + 1] = hex[bytes[i] & 15];
  }
  dump_set_text(kind, values, name, (slice){digits, DUMP_HASH_DIGITS});
}

static int dump_is_sound(const dump_member *m, slice written) {
  json_value value;
  if (m->type == DUMP_BYTES) return 1;
  if (m->type == DUMP_TEXT) return utf8_is_valid(written);
  return json_scan(written, &value).reason == NULL && value.text.length == written.length &&
         value.type == JSON_OBJECT;
}

static slice dump_read_text(const query *q, int column, const dump_member *m) {
  int is_text = sqlite3_column_type(q->statement, column) == SQLITE_TEXT;
  slice written = query_text(q, column);
  if (!store_failed(q->store) && (!is_text || !dump_is_sound(m, written)))
    store_fail(q->store, NANGOLITE_CORRUPT, "the file has a wrong %s: it is damaged", m->name);
  return written;
}

static dump_value dump_read_value(const query *q, int column, const dump_member *m) {
  int is_null = sqlite3_column_type(q->statement, column) == SQLITE_NULL;
  dump_value v = {0, 0, {NULL, 0}};
  if (is_null && (m->is & DUMP_MAY_LACK)) return v;
  v.is_there = 1;
  if (m->type != DUMP_NUMBER && m->type != DUMP_FLAG && m->type != DUMP_WORD) {
    v.text = dump_read_text(q, column, m);
    return v;
  }
  v.number = query_range(q, column, m->low, m->high);
  if (m->type == DUMP_FLAG) v.is_there = v.number != 0;
  if (m->type == DUMP_WORD) v.is_there = !store_failed(q->store) && m->words[v.number] != NULL;
  return v;
}

/* The columns at the row at hand. 0: a failure is latched. */
static int dump_read_row(const query *q, dump_kind kind, dump_value *values) {
  const dump_member *members = dump_form_of(kind)->members;
  for (int i = 0; members[i].name != NULL; i++) values[i] = dump_read_value(q, i, &members[i]);
  return !store_failed(q->store);
}

/* ---- a run in progress, which is dumped as if it were aborted now (run_abort_all()) ---- */

static void dump_set_stopped(dump_value *values, const schedule *s) {
  dump_set_number(DUMP_OF_INSTANCE, values, "slot_at", s->slot_at);
  dump_set_number(DUMP_OF_INSTANCE, values, "asked", s->asked);
  dump_set_number_or_none(DUMP_OF_INSTANCE, values, "asked_at", s->asked_at);
  dump_set_number(DUMP_OF_INSTANCE, values, "finished_at", s->finished_at);
  dump_set_number(DUMP_OF_INSTANCE, values, "latest", s->latest);
}

/* As instance_stir() does. */
static void dump_set_stirred(dump_value *values, int64_t now) {
  dump_value *idle = &values[dump_member_at(dump_form_of(DUMP_OF_INSTANCE), slice_of("idle_since"))];
  int is_recent = idle->is_there && idle->number >= now - MICROSECONDS_PER_DAY && idle->number <= now;
  if (!is_recent) *idle = (dump_value){1, now, {NULL, 0}};
}

static void dump_stop_instance(dump *d, int64_t id, dump_value *values, instance *stopped) {
  *stopped = instance_get(d->store, id);
  if (store_failed(d->store)) return;
  schedule_end(&stopped->s, d->now, RUN_STOPPED);
  dump_set_stopped(values, &stopped->s);
  dump_set_stirred(values, d->now);
}

static dump_value *dump_value_of(dump_kind kind, dump_value *values, const char *name) {
  return &values[dump_member_at(dump_form_of(kind), slice_of(name))];
}

/* The line of the stopped run, whose instance has these values. */
static void dump_stopped_run(dump *d, const instance *stopped, dump_value *of) {
  dump_value values[DUMP_MEMBERS_MAX] = {{0}};
  text results = {0};
  if (d->store->options.keep_runs < 0 || store_failed(d->store)) return;
  result_append_all(d->store, stopped, &results);
  store_check_text(d->store, &results);
  memcpy(values, of, 4 * sizeof *values); /* what names the instance */
  dump_set_number(DUMP_OF_RUN, values, "number", stopped->latest_run);
  dump_set_number(DUMP_OF_RUN, values, "started_at", stopped->s.started_at);
  dump_set_number(DUMP_OF_RUN, values, "finished_at", stopped->s.finished_at);
  dump_set_number(DUMP_OF_RUN, values, "result", stopped->s.latest);
  dump_set_number(DUMP_OF_RUN, values, "is_initial", stopped->s.is_initial);
  dump_set_text(DUMP_OF_RUN, values, "results", (slice){results.at, results.length});
  *dump_value_of(DUMP_OF_RUN, values, "checkpoint_from") =
    *dump_value_of(DUMP_OF_INSTANCE, of, "checkpoint_before");
  *dump_value_of(DUMP_OF_RUN, values, "checkpoint_to") = *dump_value_of(DUMP_OF_INSTANCE, of, "checkpoint");
  dump_line(d, DUMP_OF_RUN, values);
  text_free(&results);
}

/* ---- records ---- */

typedef struct dump_collection {
  dump *d;
  collection c;
  entries known;
  window_seen seen;
  dump_value values[DUMP_MEMBERS_MAX]; /* of a record; those that name the collection stay */
} dump_collection;

static void dump_set_times(dump_collection *k, const record_row *r) {
  dump_set_number(DUMP_OF_RECORD, k->values, "action", row_key_action(r->key));
  dump_set_number(DUMP_OF_RECORD, k->values, "first_seen_at", r->first_seen_at);
  dump_set_number(DUMP_OF_RECORD, k->values, "last_modified_at", r->last_modified_at);
  dump_set_number_or_none(DUMP_OF_RECORD, k->values, "pruned_at", r->pruned_at);
  int64_t deleted_at = r->deleted_at == r->last_modified_at ? 0 : r->deleted_at;
  dump_set_number_or_none(DUMP_OF_RECORD, k->values, "deleted_at", deleted_at);
}

static void dump_set_alternate(dump_collection *k, const record_row *r, const entry *of, char *digits) {
  entry_text other = {{0, 0}, 0};
  int is_there = of->has_alternate && entry_find_alternate(&k->known, r->number, of, &other);
  dump_set_number_or_none(DUMP_OF_RECORD, k->values, "alternate_length", other.length);
  if (is_there) dump_set_hash(DUMP_OF_RECORD, k->values, "alternate_hash", other.hash, digits);
  else dump_set_text(DUMP_OF_RECORD, k->values, "alternate_hash", slice_of(NULL));
}

static void dump_set_record(dump_collection *k, const record_row *r) {
  if (!utf8_is_valid(r->id))
    store_fail(k->d->store, NANGOLITE_CORRUPT, "the file has a wrong id: it is damaged");
  dump_set_text(DUMP_OF_RECORD, k->values, "id", r->id);
  dump_set_text(DUMP_OF_RECORD, k->values, "payload", r->payload);
}

static void dump_full_record(dump_collection *k, const record_row *r) {
  char hash[DUMP_HASH_DIGITS], alternate[DUMP_HASH_DIGITS];
  entry of;
  if (!record_is_sound(&k->known, r, &of)) return;
  int is_seen = k->c.window_opened_at != 0 && window_has_seen(k->d->store, &k->c, &k->seen, r->number);
  dump_set_record(k, r);
  dump_set_times(k, r);
  dump_set_alternate(k, r, &of, alternate);
  if (row_key_is_pruned(r->key)) dump_set_hash(DUMP_OF_RECORD, k->values, "hash", of.text.hash, hash);
  else dump_set_text(DUMP_OF_RECORD, k->values, "hash", slice_of(NULL));
  dump_set_number(DUMP_OF_RECORD, k->values, "seen", is_seen);
  dump_line(k->d, DUMP_OF_RECORD, k->values);
}

/* In the order of change, which the stamps show. */
static void dump_full_records(dump_collection *k) {
  record_row r;
  feed f = feed_open(k->d->store, &k->c, FEED_ALL, NULL);
  while (feed_next(&f, &r) && !store_failed(k->d->store)) dump_full_record(k, &r);
  feed_close(&f);
}

static void dump_live_record(dump_collection *k, slice id, int64_t number) {
  query row = {k->d->store, NULL, 0};
  record_row r = {0};
  entry of;
  if (number == 0 || !entry_find(&k->known, number, &of) || row_key_action(of.key) == ACTION_DELETED) return;
  if (record_get_sound(&k->known, number, &of, id, &row, &r)) {
    dump_set_record(k, &r);
    dump_line(k->d, DUMP_OF_RECORD, k->values);
  }
  query_close(&row);
}

/* In the order of ids, of which no collection has more than numbers: in a damaged file they might never end. */
static void dump_live_records(dump_collection *k) {
  nangolite *store = k->d->store;
  int64_t count = 0;
  query q = query_open(store, IDENTITIES_OF_COLLECTION);
  query_bind_int(&q, k->c.id);
  while (query_next(&q)) {
    if (++count > k->c.numbers)
      store_fail(store, NANGOLITE_CORRUPT, "collection %lld: it has more ids than numbers",
                 (long long)k->c.id);
    dump_live_record(k, query_text(&q, 0), identity_number(&q, 1, &k->c));
  }
  query_close(&q);
}

static void dump_records(dump *d, int64_t collection_id, const dump_value *names) {
  dump_collection k = {.d = d, .c = collection_by_id(d->store, collection_id)};
  k.known = entries_open(d->store, &k.c);
  memcpy(k.values, names, 4 * sizeof *names); /* what names the collection */
  if (!store_failed(d->store) && d->has_metadata) dump_full_records(&k);
  else if (!store_failed(d->store)) dump_live_records(&k);
  entries_free(&k.known);
}

/* ---- rows ---- */

static slice dump_parameter(const dump *d, slice name) {
  const nangolite_scope *scope = &d->scope;
  const char *value = slice_equals(name, slice_of("provider_config_key")) ? scope->provider_config_key
                      : slice_equals(name, slice_of("connection_id"))     ? scope->connection_id
                      : slice_equals(name, slice_of("model"))             ? scope->model
                                                                          : scope->variant;
  return slice_of(value);
}

/* `of`: the row that the rows belong to. */
static void dump_bind(const dump *d, query *q, int64_t of) {
  for (const char *name; (name = query_parameter(q)) != NULL;) {
    if (strcmp(name, "of") == 0) query_bind_int(q, of);
    else if (strcmp(name, "metadata") == 0) query_bind_int(q, d->has_metadata);
    else query_bind_text(q, dump_parameter(d, slice_of(name)));
  }
}

/* The rows of a kind without rows of their own. */
static void dump_rows_of(dump *d, dump_kind kind, int64_t of) {
  dump_value values[DUMP_MEMBERS_MAX];
  query q = query_open(d->store, dump_form_of(kind)->select);
  dump_bind(d, &q, of);
  while (query_next(&q) && dump_read_row(&q, kind, values)) dump_line(d, kind, values);
  query_close(&q);
}

static void dump_sync(dump *d, int64_t id, dump_value *values) {
  dump_line(d, DUMP_OF_SYNC, values);
  dump_rows_of(d, DUMP_OF_SYNC_MODEL, id);
}

static void dump_instance(dump *d, int64_t id, int is_running, dump_value *values) {
  instance stopped = {0};
  if (is_running && d->has_metadata) dump_stop_instance(d, id, values, &stopped);
  dump_line(d, DUMP_OF_INSTANCE, values);
  if (!d->has_metadata) return;
  dump_rows_of(d, DUMP_OF_RESULT, id);
  dump_rows_of(d, DUMP_OF_RUN, id);
  if (is_running) dump_stopped_run(d, &stopped, values);
}

static void dump_collection_rows(dump *d, int64_t id, dump_value *values) {
  if (d->has_metadata) dump_line(d, DUMP_OF_COLLECTION, values);
  dump_records(d, id, values);
}

/* The rows of a kind that have others: behind its members, a row has its id and, of an instance, its run. */
static void dump_rows(dump *d, dump_kind kind) {
  dump_value values[DUMP_MEMBERS_MAX];
  int id = dump_member_count(dump_form_of(kind));
  query q = query_open(d->store, dump_form_of(kind)->select);
  dump_bind(d, &q, 0);
  while (query_next(&q) && dump_read_row(&q, kind, values)) {
    if (kind == DUMP_OF_SYNC) dump_sync(d, query_int(&q, id), values);
    if (kind == DUMP_OF_INSTANCE) dump_instance(d, query_int(&q, id), query_int(&q, id + 1) != 0, values);
    if (kind == DUMP_OF_COLLECTION) dump_collection_rows(d, query_int(&q, id), values);
  }
  query_close(&q);
}

/* ---- the first line and the last ---- */

/* The members of the scope that are not NULL, as an object; nothing where all are. */
static void dump_append_scope(const nangolite_scope *scope, text *out) {
  const char *const members[][2] = {{"provider_config_key", scope->provider_config_key},
                                    {"connection_id", scope->connection_id},
                                    {"model", scope->model},
                                    {"variant", scope->variant}};
  const char *separator = "{";
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    if (members[i][1] == NULL) continue;
    text_append_string(out, separator);
    json_write_string(out, members[i][0]);
    text_append_string(out, ":");
    json_write_string(out, members[i][1]);
    separator = ",";
  }
  if (*separator == ',') text_append_string(out, "}");
}

static void dump_set_store(const query *q, dump_value *values, char *digits) {
  hash128 key = {(uint64_t)query_int(q, 4), (uint64_t)query_int(q, 5)};
  dump_set_number(DUMP_OF_STORE, values, "as_nango", query_range(q, 0, 0, 1));
  dump_set_number(DUMP_OF_STORE, values, "last_stamp", query_range(q, 1, 0, TIME_MAX));
  dump_set_number(DUMP_OF_STORE, values, "last_run", query_range(q, 2, 0, INT64_MAX));
  dump_set_number(DUMP_OF_STORE, values, "clock", query_range(q, 3, 0, TIME_MAX));
  dump_set_hash(DUMP_OF_STORE, values, "hash_key", key, digits);
}

static void dump_first_line(dump *d) {
  dump_value values[DUMP_MEMBERS_MAX] = {{0}};
  char digits[DUMP_HASH_DIGITS];
  text scope = {0};
  dump_append_scope(&d->scope, &scope);
  store_check_text(d->store, &scope);
  query q = query_open(d->store, DUMP_STORE);
  if (query_next(&q)) dump_set_store(&q, values, digits);
  query_close(&q);
  dump_set_number(DUMP_OF_STORE, values, "format", DUMP_FORMAT);
  dump_set_number(DUMP_OF_STORE, values, "metadata", d->has_metadata);
  dump_set_text(DUMP_OF_STORE, values, "scope", (slice){scope.at, scope.length});
  dump_line(d, DUMP_OF_STORE, values);
  text_free(&scope);
}

static void dump_last_line(dump *d) {
  dump_value values[DUMP_MEMBERS_MAX] = {{0}};
  dump_set_number(DUMP_OF_END, values, "lines", d->lines + 1);
  dump_line(d, DUMP_OF_END, values);
}

static int dump_is_whole(const nangolite_scope *scope) {
  return scope->provider_config_key == NULL && scope->connection_id == NULL && scope->model == NULL &&
         scope->variant == NULL;
}

static void dump_write(dump *d) {
  d->lines = 0;
  dump_first_line(d);
  if (dump_is_whole(&d->scope)) dump_rows_of(d, DUMP_OF_VARIABLE, 0);
  dump_rows_of(d, DUMP_OF_CONNECTION, 0);
  dump_rows(d, DUMP_OF_SYNC);
  dump_rows(d, DUMP_OF_INSTANCE);
  dump_rows(d, DUMP_OF_COLLECTION);
  dump_last_line(d);
  text_free(&d->line);
}

/******** syncs/load.h ********/

/* load: reads the lines of a dump of a whole store, with metadata, into an empty store. */
#ifndef NANGOLITE_LOAD_H
#define NANGOLITE_LOAD_H

/* Both are for the inside of one write transaction. They latch NANGOLITE_INVALID, with the number of the line. */

/* Stores what the lines say, where the store has neither a connection nor a definition. Whether it may be is not
** known before nangolite_check() and load_compare() have agreed. */
static void load_lines(nangolite *store, slice json);
/* Dumps the store, and compares each line with that of `json`: so whatever it has besides what a dump writes is found. */
static void load_compare(nangolite *store, slice json);

#endif

/******** syncs/load.c ********/

enum { LOAD_NAMES = 4, LOAD_SLICE = 4096 /* so many records are flushed at once, which limits the memory */ };

typedef struct load {
  nangolite *store;
  slice rest;     /* what was not read yet */
  int64_t line;   /* the number of the line at hand, from 1 on */
  int has_ended;  /* that line was the last */
  dump_kind kind; /* of it */
  text unescaped; /* its strings, as far as they have escapes */
  dump_value values[DUMP_MEMBERS_MAX];

  hash_key key; /* of the first line, and the three below it */
  int64_t last_stamp, last_run, clock;

  /* The collection at hand; id 0: there is none. */
  collection c;
  entries known;
  window_seen seen;
  int64_t stamp; /* of its latest record */
  text names;
  slice of[LOAD_NAMES]; /* in `names` */
} load;

static const dump_value *load_value(const load *l, const char *name) {
  return &l->values[dump_member_at(dump_form_of(l->kind), slice_of(name))];
}

static void load_refuse(load *l, const char *why) {
  store_fail(l->store, NANGOLITE_INVALID, "%s", why);
}

static void load_refuse_member(load *l, const char *name, const char *why) {
  store_fail(l->store, NANGOLITE_INVALID, "%s of %s %s", name, dump_form_of(l->kind)->one, why);
}

/* ---- the values of a line ---- */

static int load_parse_number(slice digits, int64_t *number) {
  int is_negative = digits.length > 0 && *digits.at == '-';
  uint64_t limit = (uint64_t)INT64_MAX + (uint64_t)is_negative, value = 0;
  for (size_t i = (size_t)is_negative; i < digits.length; i++) {
    unsigned digit = (unsigned)digits.at[i] - '0';
    if (digit > 9 || value > (limit - digit) / 10) return 0;
    value = value * 10 + digit;
  }
  *number = is_negative ? (int64_t)(0 - value) : (int64_t)value;
  return 1;
}

static void load_number(load *l, const dump_member *m, json_value given, dump_value *v) {
  int is_number = given.type == JSON_NUMBER && load_parse_number(given.text, &v->number);
  if (is_number && v->number >= m->low && v->number <= m->high) return;
  store_fail(l->store, NANGOLITE_INVALID, "%s of %s must be an integer from %lld to %lld", m->name,
             dump_form_of(l->kind)->one, (long long)m->low, (long long)m->high);
}

static void load_word(load *l, const dump_member *m, json_value given, dump_value *v) {
  for (v->number = m->high; v->number >= m->low; v->number--) {
    const char *word = m->words[v->number];
    if (word != NULL && given.type == JSON_STRING && json_string_is(given, word)) return;
  }
  v->number = 0;
  load_refuse_member(l, m->name, "is none of its words");
}

/* The buffer has room for all strings of the line, so it does not move. */
static slice load_string(load *l, const dump_member *m, json_value given) {
  size_t from = l->unescaped.length;
  int lone_surrogate = 0;
  if (given.type != JSON_STRING) {
    load_refuse_member(l, m->name, "has another type");
    return slice_of(NULL);
  }
  json_unescape(given, &l->unescaped, &lone_surrogate);
  store_check_text(l->store, &l->unescaped);
  if (store_failed(l->store)) return slice_of(NULL);
  slice string = {l->unescaped.at + from, l->unescaped.length - from};
  if (lone_surrogate) load_refuse_member(l, m->name, "has a lone surrogate");
  if (string.length > 0 && memchr(string.at, '\0', string.length) != NULL)
    load_refuse_member(l, m->name, "has the character U+0000");
  return string;
}

static slice load_object(load *l, const dump_member *m, json_value given) {
  json_value value;
  if (given.type == JSON_OBJECT) return given.text;
  slice string = load_string(l, m, given);
  if (store_failed(l->store)) return string;
  if (json_scan(string, &value).reason != NULL || value.type != JSON_OBJECT)
    load_refuse_member(l, m->name, "is no JSON object");
  return string;
}

static void load_read_value(load *l, const dump_member *m, json_value given, dump_value *v) {
  v->is_there = 1;
  if (m->type == DUMP_NUMBER) load_number(l, m, given, v);
  else if (m->type == DUMP_WORD) load_word(l, m, given, v);
  else if (m->type == DUMP_OBJECT) v->text = load_object(l, m, given);
  else if (m->type != DUMP_FLAG) v->text = load_string(l, m, given);
  else if (given.type == JSON_TRUE) v->number = 1;
  else load_refuse_member(l, m->name, "must be true, or left out");
}

static void load_read_member(load *l, const json_member *member) {
  const dump_form *form = dump_form_of(l->kind);
  slice quoted = member->key.text, name = {quoted.at + 1, quoted.length - 2};
  int at = dump_member_at(form, name);
  if (at < 0)
    store_fail(l->store, NANGOLITE_INVALID, "%s has no member %.*s", form->one, (int)quoted.length,
               quoted.at);
  else if (l->values[at].is_there) load_refuse_member(l, form->members[at].name, "is there twice");
  else load_read_value(l, &form->members[at], member->value, &l->values[at]);
}

/* A flag that is left out is false, and a word that is left out is the word 0. */
static void load_find_missing(load *l) {
  const dump_member *members = dump_form_of(l->kind)->members;
  for (int i = 0; members[i].name != NULL; i++) {
    int may_lack = (members[i].is & DUMP_MAY_LACK) || members[i].type == DUMP_FLAG ||
                   (members[i].type == DUMP_WORD && members[i].words[0] == NULL);
    if (!l->values[i].is_there && !may_lack) load_refuse_member(l, members[i].name, "is missing");
  }
}

static void load_read_kind(load *l, json_iterator *members) {
  json_member first;
  int is_first = json_next_member(members, &first) && json_string_is(first.key, "kind");
  slice quoted = is_first ? first.value.text : slice_of("");
  if (!is_first || first.value.type != JSON_STRING) load_refuse(l, "its first member must be its kind");
  else if (dump_form_named((slice){quoted.at + 1, quoted.length - 2}, &l->kind) == NULL)
    store_fail(l->store, NANGOLITE_INVALID, "there is no kind %.*s", (int)quoted.length, quoted.at);
}

static void load_parse(load *l, slice line) {
  json_value object;
  json_member member;
  json_error error = json_scan(line, &object);
  if (error.reason != NULL)
    store_fail(l->store, NANGOLITE_INVALID, "%s, at byte %lld", error.reason, (long long)error.offset);
  else if (object.type != JSON_OBJECT) load_refuse(l, "it must be a JSON object");
  text_clear(&l->unescaped);
  if (text_reserve(&l->unescaped, line.length) == NULL) store_fail_memory(l->store);
  if (store_failed(l->store)) return;
  memset(l->values, 0, sizeof l->values);
  json_iterator members = json_iterate(object);
  load_read_kind(l, &members);
  while (!store_failed(l->store) && json_next_member(&members, &member)) load_read_member(l, &member);
  if (!store_failed(l->store)) load_find_missing(l);
}

/* ---- rows ---- */

static int64_t load_interval(load *l) {
  const dump_value *frequency = load_value(l, "frequency");
  int64_t interval = 0;
  const char *reason = frequency->is_there ? frequency_parse(frequency->text, &interval) : NULL;
  if (reason != NULL) store_fail(l->store, NANGOLITE_INVALID, "frequency %s", reason);
  return interval;
}

static void load_bind(load *l, query *q) {
  const dump_form *form = dump_form_of(l->kind);
  for (const char *name; (name = query_parameter(q)) != NULL;) {
    int at = dump_member_at(form, slice_of(name));
    dump_type type = at < 0 ? DUMP_NUMBER : form->members[at].type;
    if (at < 0) query_bind_int_or_null(q, load_interval(l)); /* it is no member, but follows from one */
    else if (type == DUMP_FLAG || type == DUMP_WORD) query_bind_int(q, l->values[at].number);
    else if (type != DUMP_NUMBER) query_bind_text(q, l->values[at].text);
    else if (l->values[at].is_there) query_bind_int(q, l->values[at].number);
    else query_bind_int_or_null(q, 0);
  }
}

/* Returns the id of the new row. */
static int64_t load_row(load *l) {
  query q = query_open(l->store, dump_form_of(l->kind)->insert);
  load_bind(l, &q);
  if (query_run(&q) != 1) load_refuse(l, "the same is there already, or what it belongs to is not");
  return store_failed(l->store) ? 0 : sqlite3_last_insert_rowid(l->store->db);
}

/* ---- the first line and the last ---- */

static int load_hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static hash128 load_hash(load *l, const char *name) {
  slice digits = load_value(l, name)->text;
  char bytes[HASH_BYTES] = {0};
  int is_hash = digits.length == DUMP_HASH_DIGITS;
  for (size_t i = 0; i < HASH_BYTES && is_hash; i++) {
    int high = load_hex(digits.at[2 * i]), low = load_hex(digits.at[2 * i + 1]);
    is_hash = high >= 0 && low >= 0;
    bytes[i] = (char)(is_hash ? high << 4 | low : 0);
  }
  if (!is_hash) load_refuse_member(l, name, "must be 32 digits of 0-9 a-f");
  return hash_read(bytes);
}

/* The store was opened as nangolite_open() was told to, and its mode belongs to the file. */
static void load_check_mode(load *l) {
  int as_nango = l->store->as_nango;
  if (load_value(l, "as_nango")->number != as_nango)
    load_refuse(l, as_nango ? "it is a dump of a store without as_nango, and this one has it"
                            : "it is a dump of a store with as_nango, and this one was made without it");
}

static void load_first_line(load *l) {
  if (load_value(l, "scope")->is_there) load_refuse(l, "it is a dump of a scope, and not of a whole store");
  load_check_mode(l);
  hash128 key = load_hash(l, "hash_key");
  l->key = l->store->key = (hash_key){key.low, key.high};
  l->last_stamp = load_value(l, "last_stamp")->number;
  l->last_run = load_value(l, "last_run")->number;
  l->clock = load_value(l, "clock")->number;
}

static void load_last_line(load *l) {
  l->has_ended = 1;
  if (load_value(l, "lines")->number != l->line)
    load_refuse(l, "the last line tells of another number of lines");
}

/* The numbers of the first line, when nothing moves them any more. */
static void load_finish(load *l) {
  query q = query_open(l->store, LOAD_STORE);
  query_bind_int(&q, l->last_stamp);
  query_bind_int(&q, l->last_run);
  query_bind_int(&q, l->clock);
  query_bind_int(&q, (int64_t)l->key.k0);
  query_bind_int(&q, (int64_t)l->key.k1);
  query_run(&q);
  l->store->last_stamp = l->last_stamp;
  l->store->stamp_given = 0;
}

/* ---- records ---- */

static void load_close_collection(load *l) {
  if (l->c.id != 0 && !store_failed(l->store)) {
    entries_flush(&l->known);
    window_flush(l->store, &l->seen);
    collection_save(l->store, &l->c);
  }
  if (l->known.store != NULL) entries_free(&l->known);
  l->c.id = 0;
}

/* The names outlive the line. */
static void load_keep_names(load *l) {
  size_t length = 0;
  text_clear(&l->names);
  for (int i = 0; i < LOAD_NAMES; i++) text_append(&l->names, l->values[i].text.at, l->values[i].text.length);
  store_check_text(l->store, &l->names);
  for (int i = 0; i < LOAD_NAMES && !store_failed(l->store); i++) {
    l->of[i] = (slice){l->names.at + length, l->values[i].text.length};
    length += l->of[i].length;
  }
}

static void load_collection(load *l) {
  load_close_collection(l);
  int64_t id = load_row(l);
  load_keep_names(l);
  if (store_failed(l->store)) return;
  l->c = collection_by_id(l->store, id);
  l->c.window_opened_at = load_value(l, "window_opened_at")->number;
  l->c.window_live = load_value(l, "window_live")->number;
  l->known = entries_open(l->store, &l->c);
  memset(&l->seen, 0, sizeof l->seen);
  l->stamp = 0;
}

static int load_is_of_collection(const load *l) {
  int is_same = l->c.id != 0;
  for (int i = 0; i < LOAD_NAMES && is_same; i++) is_same = slice_equals(l->of[i], l->values[i].text);
  return is_same;
}

/* Whether the record may have been deleted at another time than its stamp. */
static int load_may_say_when(load *l) {
  return l->store->as_nango && load_value(l, "action")->number == ACTION_DELETED;
}

static void load_check_record(load *l) {
  int has_alternate = load_value(l, "alternate_hash")->is_there;
  if (!load_is_of_collection(l)) load_refuse(l, "it does not stand behind the line of its collection");
  else if (identity_find(l->store, &l->c, load_value(l, "id")->text) != 0)
    load_refuse(l, "its id is there already");
  else if (load_value(l, "last_modified_at")->number <= l->stamp)
    load_refuse(l, "its stamp is not above that of the record before it");
  else if (has_alternate != load_value(l, "alternate_length")->is_there)
    load_refuse(l, "an alternate has a hash and a length");
  else if (load_value(l, "hash")->is_there != load_value(l, "pruned_at")->is_there)
    load_refuse(l, "a record that was pruned has a hash, and no other has one");
  else if (load_value(l, "deleted_at")->is_there && !load_may_say_when(l))
    load_refuse(l, "only a deleted record of a store with as_nango has a deleted_at");
  else if (load_value(l, "payload")->text.length > DUMP_LENGTH_MAX) load_refuse(l, "its payload is too long");
}

static entry_text load_text(load *l) {
  slice payload = load_value(l, "payload")->text;
  if (load_value(l, "pruned_at")->is_there) return (entry_text){load_hash(l, "hash"), 0};
  return (entry_text){hash_bytes(&l->key, payload.at, payload.length), (uint32_t)payload.length};
}

static entry_text load_alternate(load *l) {
  entry_text none = {{0, 0}, 0};
  if (!load_value(l, "alternate_hash")->is_there) return none;
  return (entry_text){load_hash(l, "alternate_hash"), (uint32_t)load_value(l, "alternate_length")->number};
}

static int64_t load_record_row(load *l) {
  record_row row = {.id = load_value(l, "id")->text,
                    .payload = load_value(l, "payload")->text,
                    .last_modified_at = load_value(l, "last_modified_at")->number,
                    .first_seen_at = load_value(l, "first_seen_at")->number,
                    .pruned_at = load_value(l, "pruned_at")->number,
                    .deleted_at = load_value(l, "deleted_at")->number};
  int state = (int)load_value(l, "action")->number + (row.pruned_at != 0 ? STATE_PRUNED : 0);
  entry_text written = load_text(l), alternate = load_alternate(l);
  l->stamp = row.last_modified_at;
  return store_failed(l->store) ? 0 : record_load(&l->known, state, &row, written, alternate);
}

static void load_record(load *l) {
  load_check_record(l);
  if (store_failed(l->store)) return;
  int64_t number = load_record_row(l);
  identity_writer w = {.store = l->store, .collection = l->c.id};
  identity_add(&w, load_value(l, "id")->text, number);
  identity_flush(&w);
  if (load_value(l, "seen")->number) {
    if (l->c.window_opened_at == 0) load_refuse(l, "it was seen, and no delete window is open");
    window_see(l->store, &l->c, &l->seen, number);
  }
  if (number % LOAD_SLICE == 0) entries_flush(&l->known);
}

/* ---- lines ---- */

static void load_line(load *l) {
  if ((l->line == 1) != (l->kind == DUMP_OF_STORE))
    load_refuse(l, "the first line is that of the store, and no other line is");
  if (l->has_ended) load_refuse(l, "it stands behind the last line");
  if (store_failed(l->store)) return;
  if (l->kind == DUMP_OF_STORE) load_first_line(l);
  else if (l->kind == DUMP_OF_INSTANCE) instance_adopt(l->store, load_row(l));
  else if (l->kind == DUMP_OF_COLLECTION) load_collection(l);
  else if (l->kind == DUMP_OF_RECORD) load_record(l);
  else if (l->kind == DUMP_OF_END) load_last_line(l);
  else load_row(l);
}

/* Puts the line's number before the message. What other parts refuse to read as CORRUPT came from the dump here; what
** SQLite cannot read stays a failure of the file. */
static void load_say_line(load *l) {
  nangolite *store = l->store;
  int is_damage = store->result == NANGOLITE_CORRUPT && (sqlite3_errcode(store->db) & 0xff) != SQLITE_CORRUPT;
  if (store->result != NANGOLITE_INVALID && !is_damage) return;
  char *why = sqlite3_mprintf("%s", store_message(store));
  store->result = NANGOLITE_OK;
  if (why == NULL) store_fail_memory(store);
  else store_fail(store, NANGOLITE_INVALID, "json: line %lld: %s", (long long)l->line, why);
  sqlite3_free(why);
}

/* 0: there are no more lines, or a failure is latched. */
static int load_next(load *l, slice *line) {
  if (l->rest.length == 0 || store_interrupted(l->store)) return 0;
  const char *end = memchr(l->rest.at, '\n', l->rest.length);
  l->line++;
  if (end == NULL) {
    load_refuse(l, "it has no line feed at its end");
    load_say_line(l);
    return 0;
  }
  *line = (slice){l->rest.at, (size_t)(end - l->rest.at)};
  l->rest = slice_from(l->rest, line->length + 1);
  return 1;
}

/* What a store may have that has neither a connection nor a definition. */
static void load_clear(nangolite *store) {
  query q = query_open(store, LOAD_IS_EMPTY);
  if (query_number(&q) == 0)
    store_fail(store, NANGOLITE_INVALID, "the store is not empty: it has connections or definitions");
  if (store_failed(store)) return;
  environment_clear(store);
  removal_free(store, INT64_MAX);
}

static void load_lines(nangolite *store, slice json) {
  load l = {.store = store, .rest = json};
  slice line;
  load_clear(store);
  while (load_next(&l, &line)) {
    load_parse(&l, line);
    if (!store_failed(store)) load_line(&l);
    load_say_line(&l);
  }
  load_close_collection(&l);
  if (!l.has_ended)
    store_fail(store, NANGOLITE_INVALID,
               "json: it ends behind line %lld, which is not the last line of a dump", (long long)l.line);
  load_finish(&l);
  text_free(&l.unescaped);
  text_free(&l.names);
}

/* ---- the comparison ---- */

typedef struct load_comparison {
  slice rest;
  int differs;
} load_comparison;

static int load_compare_line(void *ctx, const char *line, size_t length) {
  load_comparison *c = ctx;
  c->differs = c->rest.length < length || memcmp(c->rest.at, line, length) != 0;
  if (!c->differs) c->rest = slice_from(c->rest, length);
  return c->differs;
}

static void load_compare(nangolite *store, slice json) {
  load_comparison c = {.rest = json};
  dump d = {.store = store, .has_metadata = 1, .write = load_compare_line, .ctx = &c, .now = store->now};
  dump_write(&d);
  if (!c.differs || store->result != NANGOLITE_INTERRUPTED) return;
  store->result = NANGOLITE_OK; /* by load_compare_line() */
  store_fail(store, NANGOLITE_INVALID,
             "json: line %lld: it is not in its place, or not written as a dump writes it",
             (long long)d.lines);
}

/******** api/store_handle.c ********/

/* store_handle: the functions of the C API that need no file: errors, interrupts, the clock of a handle,
** and freeing. */

const char *nangolite_version(void) {
  return NANGOLITE_VERSION;
}

const char *nangolite_errmsg(nangolite *store) {
  return store == NULL ? "out of memory" : store_message(store);
}

const char *nangolite_result_name(int result) {
  return store_result_name(result);
}

void nangolite_interrupt(nangolite *store) {
  if (store == NULL || !store->opened) return;
  store->interrupted = 1;
  /* On an attached store this could roll back the caller's own transaction. */
  if (store->owned) sqlite3_interrupt(store->db);
}

void nangolite_free(void *memory) {
  sqlite3_free(memory);
}

int64_t nangolite_now(nangolite *store) {
  return store == NULL ? 0 : store_given_clock(store);
}

void nangolite_clock_set(nangolite *store, int64_t microseconds) {
  if (store != NULL) store_hold_clock(store, microseconds);
}

/* A sum that is too great for int64_t becomes INT64_MAX; store_given_clock() keeps the time in the years
** 1970 to 9999. */
void nangolite_clock_advance(nangolite *store, int64_t microseconds) {
  if (store == NULL) return;
  int64_t now = store_given_clock(store);
  store_hold_clock(store, microseconds > INT64_MAX - now ? INT64_MAX : now + microseconds);
}

/******** api/store_open.h ********/

/* store_open: the functions of the C API that open, attach and close a store. */
#ifndef NANGOLITE_STORE_OPEN_H
#define NANGOLITE_STORE_OPEN_H

#ifdef NANGOLITE_EXTENSION
/* nangolite_attach() with default options for functions of SQL, which are called while a statement of the connection is
** running. Where the database has no store, `makes` says whether it gets one; else that is NANGOLITE_INVALID. */
static int store_attach_in_statement(sqlite3 *db, int makes, nangolite **store);
#endif

#endif

/******** api/store_open.c ********/

#define BUSY_TIMEOUT_MS 5000
#define LEASE_MS 300000
#define PRUNE_AFTER_DAYS 30
#define DELETE_AFTER_DAYS 60
#define MAX_VARIANTS 100
#define CACHE_KB 2000
#define KEEP_RUNS 20 /* enough to see since when a sync fails, in a few kilobytes for each instance */

static int64_t open_option(nangolite *store, const char *name, int64_t value, int64_t minimum,
                           int64_t otherwise) {
  if (value < minimum)
    store_fail(store, NANGOLITE_INVALID, "options.%s must be at least %lld", name, (long long)minimum);
  return value == 0 ? otherwise : value;
}

static void open_options(nangolite *store, const nangolite_options *given) {
  nangolite_options *o = &store->options;
  if (given != NULL) *o = *given;
  o->busy_timeout_ms = (int)open_option(store, "busy_timeout_ms", o->busy_timeout_ms, 0, BUSY_TIMEOUT_MS);
  o->lease_ms = (int)open_option(store, "lease_ms", o->lease_ms, 0, LEASE_MS);
  o->prune_after_days =
    (int)open_option(store, "prune_after_days", o->prune_after_days, -1, PRUNE_AFTER_DAYS);
  o->delete_after_days =
    (int)open_option(store, "delete_after_days", o->delete_after_days, -1, DELETE_AFTER_DAYS);
  o->max_variants = (int)open_option(store, "max_variants", o->max_variants, 0, MAX_VARIANTS);
  o->keep_runs = (int)open_option(store, "keep_runs", o->keep_runs, -1, KEEP_RUNS);
  o->page_bytes = open_option(store, "page_bytes", o->page_bytes, 0, INT64_MAX);
  o->cache_kb = (int)open_option(store, "cache_kb", o->cache_kb, 0, CACHE_KB);
}

/* SQLite built with SQLITE_OMIT_AUTOINIT has no allocator until it is initialized. */
static nangolite *open_allocate(const nangolite_options *options, nangolite **store) {
  nangolite *made = sqlite3_initialize() == SQLITE_OK ? sqlite3_malloc64(sizeof *made) : NULL;
  *store = made;
  if (made == NULL) return NULL;
  memset(made, 0, sizeof *made);
  sqlite3_randomness((int)sizeof made->key, &made->key); /* for a new store; any other has its own */
  open_options(made, options);
  return made;
}

/* "memory:NAME" is a store in memory for all handles of the process. SQLite has shared memory by name
** since 3.36. Before 3.40.1 writers there did not wait for readers, who could then see half of a change.
** With such a version reads take the write lock as well. */
#define OPEN_MEMORY "memory:"
#define OPEN_MEMORY_NAME_MAX 255
#define OPEN_MEMORY_SINCE 3036000
#define OPEN_MEMORY_SOUND_SINCE 3040001

static void open_check_memory(nangolite *store, const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > OPEN_MEMORY_NAME_MAX)
    store_fail(store, NANGOLITE_INVALID, "filename: the name after memory: must have 1 to %d bytes",
               OPEN_MEMORY_NAME_MAX);
  if (sqlite3_libversion_number() < OPEN_MEMORY_SINCE || sqlite3_vfs_find("memdb") == NULL)
    store_fail(store, NANGOLITE_MISUSE,
               "filename: memory:NAME needs SQLite 3.36 or newer with its memdb VFS, this is %s",
               sqlite3_libversion());
}

/* The file name by which SQLite's memdb VFS shares a store in memory. Also sets what is special about such
** a store. Absent: the filename is that of a file, or it was refused. */
static slice open_memory(nangolite *store, const char *filename, text *path) {
  slice none = {NULL, 0};
  if (!slice_starts_with(slice_of(filename), OPEN_MEMORY)) return none;
  const char *name = filename + strlen(OPEN_MEMORY);
  open_check_memory(store, name);
  text_append_string(path, "/");
  text_append(path, name, strlen(name) + 1);
  store_check_text(store, path);
  store->is_shared_memory = 1;
  store->reads_exclude = sqlite3_libversion_number() < OPEN_MEMORY_SOUND_SINCE;
  return store_failed(store) ? none : (slice){path->at, path->length};
}

/* A shared store in memory that is opened read-only is so for this library only, not for SQLite, because a
** reader may have to take the write lock. */
static int open_access(const nangolite *store) {
  int is_read_only = store->options.read_only && !store->is_shared_memory;
  return is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

static int open_connection(nangolite *store, const char *filename) {
  text path = {0};
  slice memory = open_memory(store, filename, &path);
  const char *vfs = memory.at == NULL ? NULL : "memdb";
  int code = SQLITE_OK;
  if (!store_failed(store))
    code = sqlite3_open_v2(memory.at == NULL ? filename : memory.at, &store->db,
                           open_access(store) | SQLITE_OPEN_NOMUTEX, vfs);
  text_free(&path);
  return code;
}

static void open_database(nangolite *store, const char *filename) {
  if (store_failed(store)) return;
  int code = open_connection(store, filename);
  if (store_failed(store)) return;
  store->owned = 1;
  if (store->db == NULL) {
    store_fail_memory(store);
    return;
  }
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
  sqlite3_extended_result_codes(store->db, 1);
  sqlite3_busy_timeout(store->db, store->options.busy_timeout_ms);
}

/* SQLite takes a file of one byte for an empty one: on some file systems it writes the first byte of a new
** database by itself. */
static int open_is_one_byte(nangolite *store) {
  sqlite3_file *file = NULL;
  char first = 'S'; /* a database begins with "SQLite" */
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == NULL || file->pMethods == NULL) return 0;
  return file->pMethods->xRead(file, &first, 1, 0) == SQLITE_OK && first != 'S';
}

/* Refuses a file that is no store, before anything is written to it. */
static schema_kind open_inspect(nangolite *store) {
  schema_kind kind = schema_inspect(store);
  if (store->options.read_only && (store->result == NANGOLITE_IOERR || store->result == NANGOLITE_READONLY)) {
    immutable_open(store);
    kind = schema_inspect(store);
  }
  int not_a_database = store_failed(store) && (sqlite3_errcode(store->db) & 0xff) == SQLITE_NOTADB;
  if (not_a_database) store->result = NANGOLITE_OK;
  int is_foreign = kind == SCHEMA_FOREIGN;
  int is_missing = store->is_shared_memory && store->options.read_only && kind == SCHEMA_EMPTY;
  if (is_missing) store_fail(store, NANGOLITE_IOERR, "filename: there is no store of this name in memory");
  if (!store_failed(store) && kind == SCHEMA_EMPTY)
    is_foreign = store->options.read_only || open_is_one_byte(store);
  if (not_a_database || (!store_failed(store) && is_foreign)) {
    store_fail(store, NANGOLITE_INVALID, "filename: the file is not a nangolite store");
  }
  return kind;
}

static void open_pragma(nangolite *store, statement_id id) {
  query q = query_open(store, id);
  query_run(&q);
}

/* Another program copies the log into the file, so this handle never does, not even when it is closed. */
static void open_leave_checkpoints(nangolite *store) {
  enum { NO_CHECKPOINT_ON_CLOSE = 1006 }; /* SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE of SQLite 3.16 */
  if (store_failed(store)) return;
  sqlite3_wal_autocheckpoint(store->db, 0);
  if (sqlite3_db_config(store->db, NO_CHECKPOINT_ON_CLOSE, 1, NULL) != SQLITE_OK)
    store_fail(store, NANGOLITE_MISUSE, "options.leave_checkpoints needs SQLite 3.16, this is %s",
               sqlite3_libversion());
}

/* This is the only SQL that a number is put into, because a pragma takes no parameter. A negative size is
** in KiB. */
static void open_cache(nangolite *store) {
  char sql[64];
  if (store_failed(store)) return;
  sqlite3_snprintf(sizeof sql, sql, "PRAGMA main.cache_size = -%d", store->options.cache_kb);
  int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
}

/* Chooses WAL where that is possible. It is not possible on some file systems, in memory, and while others
** use the file with a rollback journal. With a rollback journal a power cut could damage the file under
** synchronous=NORMAL, so synchronous is FULL there. */
static void open_journal(nangolite *store) {
  if (store->options.read_only || store_failed(store)) return;
  query q = query_open(store, PRAGMA_WAL);
  int is_wal = query_next(&q) && slice_equals(query_text(&q, 0), slice_of("wal"));
  query_close(&q);
  if (store->result == NANGOLITE_BUSY) store->result = NANGOLITE_OK;
  open_pragma(store, is_wal ? PRAGMA_NORMAL : PRAGMA_FULL);
  if (store->options.leave_checkpoints) open_leave_checkpoints(store);
  else open_pragma(store, PRAGMA_WAL_LIMIT);
}

static void open_file(nangolite *store) {
  schema_kind kind = open_inspect(store);
  open_cache(store);
  if (kind == SCHEMA_EMPTY) open_pragma(store, PRAGMA_AUTO_VACUUM);
  if (kind == SCHEMA_STORE) schema_refuse(store, schema_now(), "filename");
  open_journal(store);
  schema_migrate(store, schema_now(), "filename");
  schema_take_mode(store, "filename");
}

static int open_result(nangolite *store) {
  store->opened = !store_failed(store);
  if (store->opened) open_stores_enter(store);
  store->is_recovering = store->options.exclusive && !store->options.read_only;
  return store->result;
}

int nangolite_open(const char *filename, const nangolite_options *options, nangolite **store) {
  if (store == NULL) return NANGOLITE_MISUSE;
  nangolite *made = open_allocate(options, store);
  if (made == NULL) return NANGOLITE_NOMEM;
  if (filename == NULL) store_fail(made, NANGOLITE_MISUSE, "filename is NULL");
  else if (*filename == '\0') store_fail(made, NANGOLITE_INVALID, "filename is empty");
  open_database(made, filename);
  int is_made =
    filename != NULL && strcmp(filename, ":memory:") == 0 && !made->options.read_only && image_load(made);
  if (!is_made) open_file(made);
  return open_result(made);
}

#ifdef NANGOLITE_EXTENSION
/* Before anything is written to it. */
static void open_need_store(nangolite *store) {
  if (schema_inspect(store) != SCHEMA_STORE)
    store_fail(store, NANGOLITE_INVALID, "the database has no nangolite store: nangolite_save() makes one");
}

static int store_attach_in_statement(sqlite3 *db, int makes, nangolite **store) {
  nangolite *made = open_allocate(NULL, store);
  if (made == NULL) return NANGOLITE_NOMEM;
  made->db = db;
  made->is_in_statement = 1;
  if (!makes) open_need_store(made);
  schema_migrate(made, schema_now(), "the database");
  return open_result(made);
}
#endif

int nangolite_attach(struct sqlite3 *db, const nangolite_options *options, nangolite **store) {
  if (store == NULL) return NANGOLITE_MISUSE;
  nangolite *made = open_allocate(options, store);
  if (made == NULL) return NANGOLITE_NOMEM;
  if (db == NULL) store_fail(made, NANGOLITE_MISUSE, "db is NULL");
  made->db = db;
  schema_migrate(made, schema_now(), "db");
  schema_take_mode(made, "db");
  return open_result(made);
}

void nangolite_close(nangolite *store) {
  if (store == NULL) return;
  transaction_end_late(store);
  open_stores_leave(store);
  runs_free(store);
  sync_functions_free(store);
  text_free(&store->events);
  query_finalize_all(store);
  if (store->owned) sqlite3_close(store->db);
  text_free(&store->message);
  text_free(&store->secret_key);
  sqlite3_free(store);
}

/******** api/json_values.c ********/

/* json_values: the functions of the C API that take JSON apart. They need no store. */

int nangolite_json_find(const char *json, int64_t length, const char *pointer, const char **value,
                        size_t *value_length) {
  json_value whole;
  if (value != NULL) *value = NULL;
  if (value_length != NULL) *value_length = 0;
  if (json == NULL || pointer == NULL || value == NULL || value_length == NULL) return NANGOLITE_MISUSE;
  if (length < -1 || (uint64_t)(length + 1) > SIZE_MAX) return NANGOLITE_INVALID;
  slice given = {json, length == -1 ? strlen(json) : (size_t)length};
  if (!json_pointer_is_valid(pointer) || json_scan(given, &whole).reason != NULL) return NANGOLITE_INVALID;
  json_value found = json_pointer_find(whole, pointer);
  *value = found.text.at;
  *value_length = found.text.length;
  return NANGOLITE_OK;
}

/* A lone surrogate, as json_unescape() writes it, becomes U+FFFD, which has three bytes as well. No other
** character begins with these two bytes. */
static void json_values_replace_surrogates(text *t) {
  for (size_t i = 0; i + 2 < t->length; i++) {
    if ((unsigned char)t->at[i] != 0xed || (unsigned char)t->at[i + 1] < 0xa0) continue;
    memcpy(t->at + i, "\xef\xbf\xbd", 3);
  }
}

/* Appends the characters of a string, or the JSON of another value. 0: there is a NUL among them, so they
** cannot be a string of C. */
static int json_values_append(json_value v, text *out) {
  int has_surrogate = 0;
  if (v.type != JSON_STRING) {
    text_append(out, v.text.at, v.text.length);
    return 1;
  }
  json_unescape(v, out, &has_surrogate);
  if (has_surrogate) json_values_replace_surrogates(out);
  return out->length == 0 || memchr(out->at, '\0', out->length) == NULL;
}

int nangolite_json_text(const char *value, size_t length, char **text_out) {
  json_value scanned;
  text out = {0};
  if (text_out != NULL) *text_out = NULL;
  if (value == NULL || text_out == NULL) return NANGOLITE_MISUSE;
  slice given = {value, length == SIZE_MAX ? strlen(value) : length};
  if (json_scan(given, &scanned).reason != NULL) return NANGOLITE_INVALID;
  int is_text = json_values_append(scanned, &out);
  *text_out = is_text ? text_take(&out) : NULL;
  text_free(&out);
  if (!is_text) return NANGOLITE_INVALID;
  return *text_out == NULL ? NANGOLITE_NOMEM : NANGOLITE_OK;
}

/******** api/backup.c ********/

/* backup: a copy of the store in a file of its own, made while the store is in use. */

#define BACKUP_PAGES 1024 /* copied between two looks at whether the call was interrupted */

static void backup_check(nangolite *store, const char *filename) {
  arguments_need(store, filename, "filename");
  slice name = slice_of(filename);
  if (filename != NULL && name.length == 0) store_fail(store, NANGOLITE_INVALID, "filename is empty");
  if (slice_starts_with(name, ":memory:") || slice_starts_with(name, "memory:"))
    store_fail(store, NANGOLITE_INVALID, "filename must name a file");
  if (!sqlite3_get_autocommit(store->db))
    store_fail(store, NANGOLITE_MISUSE, "a backup cannot be made inside your transaction");
  if (store->reads_exclude)
    store_fail(store, NANGOLITE_MISUSE, "a backup of memory:NAME needs SQLite 3.40.1 or newer, this is %s",
               sqlite3_libversion());
}

/* Whether there is a file of this name: without SQLITE_OPEN_CREATE, SQLite opens only files that are
** there. */
static int backup_exists(const char *filename) {
  sqlite3 *found = NULL;
  int code = sqlite3_open_v2(filename, &found, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
  sqlite3_close(found);
  return code == SQLITE_OK;
}

/* Makes the file, and latches a failure where one of this name is there. NULL: a failure is latched. */
static sqlite3 *backup_open(nangolite *store, const char *filename) {
  sqlite3 *made = NULL;
  if (store_failed(store)) return NULL;
  if (backup_exists(filename)) {
    store_fail(store, NANGOLITE_INVALID, "filename: there is a file of this name");
    return NULL;
  }
  int access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(filename, &made, access, NULL);
  if (code == SQLITE_OK) return made;
  if (made == NULL) store_fail_memory(store);
  else store_fail_sqlite_of(store, made, code);
  sqlite3_close(made);
  return NULL;
}

/* The copy is one transaction of the new file, so that either all of it is there, or nothing. */
static void backup_copy(nangolite *store, sqlite3 *made) {
  sqlite3_backup *copy = sqlite3_backup_init(made, "main", store->db, "main");
  int code = copy == NULL ? sqlite3_errcode(made) : SQLITE_OK;
  while (code == SQLITE_OK && !store_interrupted(store)) code = sqlite3_backup_step(copy, BACKUP_PAGES);
  sqlite3_backup_finish(copy);
  if (code != SQLITE_OK && code != SQLITE_DONE) store_fail_sqlite_of(store, made, code);
}

/* Closes the copy. Where it failed, its file is deleted, but not where the failure is BUSY: then somebody
** else may have made the file at the same moment. */
static void backup_close(nangolite *store, sqlite3 *made) {
  text path = {0};
  const char *name = sqlite3_db_filename(made, "main");
  int is_left = store_failed(store) && store->result != NANGOLITE_BUSY && name != NULL;
  if (is_left) text_append(&path, name, strlen(name) + 1);
  sqlite3_close(made);
  sqlite3_vfs *files = sqlite3_vfs_find(NULL);
  if (is_left && !path.failed && files != NULL) files->xDelete(files, path.at, 0);
  text_free(&path);
}

int nangolite_backup(nangolite *store, const char *filename) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  backup_check(store, filename);
  call_read(store);
  transaction_read_store(store); /* reads, so that all pages of the copy are of this moment */
  sqlite3 *made = backup_open(store, filename);
  if (made != NULL) backup_copy(store, made);
  if (made != NULL) backup_close(store, made);
  return call_end(store);
}

/******** api/overview.c ********/

/* overview: the functions of the C API that tell what is in a store, and the one that sets a connection's
** metadata. */

/* Checks names that may be NULL. */
static void overview_check_names(nangolite *store, const char *provider_config_key,
                                 const char *connection_id) {
  if (provider_config_key != NULL) arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  if (connection_id != NULL) arguments_check_name(store, NAME_CONNECTION_ID, connection_id);
}

int nangolite_collections(nangolite *store, const char *provider_config_key, const char *connection_id,
                          int64_t changed_after, char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  overview_check_names(store, provider_config_key, connection_id);
  if (changed_after < 0) store_fail(store, NANGOLITE_INVALID, "changed_after must be 0 or more");
  call_read(store);
  if (!store_failed(store))
    collection_list_append(store, provider_config_key, connection_id, changed_after, &out);
  return call_end_with(store, store_take(store, &out), json);
}

/* Appends what there is of an integration; NULL: of all integrations. */
typedef void (*overview_append)(nangolite *store, const char *provider_config_key, text *out);

static int overview_call(nangolite *store, const char *provider_config_key, overview_append append,
                         char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  overview_check_names(store, provider_config_key, NULL);
  call_read(store);
  if (!store_failed(store)) append(store, provider_config_key, &out);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_connections(nangolite *store, const char *provider_config_key, char **json) {
  return overview_call(store, provider_config_key, connection_list_append, json);
}

int nangolite_syncs(nangolite *store, const char *provider_config_key, char **json) {
  return overview_call(store, provider_config_key, sync_list_append, json);
}

int nangolite_metadata_get(nangolite *store, const char *provider_config_key, const char *connection_id,
                           char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  arguments_check_names(store, provider_config_key, connection_id);
  call_read(store);
  int64_t connection = store_failed(store) ? 0 : connection_find(store, provider_config_key, connection_id);
  if (connection != 0) metadata_append(store, connection, &out);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_metadata_set(nangolite *store, const char *provider_config_key, const char *connection_id,
                           const char *json, int is_merged) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  slice object = metadata_check(store, json);
  call_write(store);
  int64_t connection = store_failed(store) ? 0 : connection_find(store, provider_config_key, connection_id);
  if (connection != 0) metadata_set(store, connection, object, is_merged);
  return call_end(store);
}

int64_t nangolite_last_change(nangolite *store) {
  if (!call_open(store)) return 0;
  call_read(store);
  transaction_read_store(store);
  int64_t newest = store->last_stamp;
  return call_end(store) == NANGOLITE_OK ? newest : 0;
}

/******** api/connections.c ********/

/* connections: the functions of the C API that make and delete connections. A connection is made with an
** instance of every sync of its integration, and is deleted with all that these have stored. */

int nangolite_connection_create(nangolite *store, const char *provider_config_key,
                                const char *connection_id) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  call_write(store);
  if (!store_failed(store)) {
    int64_t connection = connection_open(store, provider_config_key, connection_id);
    instance_create_for_connection(store, provider_config_key, connection);
  }
  return call_end(store);
}

/* Deletes the connection with its instances and all its collections, also those that belong to no sync. */
static void connections_remove(nangolite *store, int64_t connection) {
  id_list instances = {0}, collections = {0};
  query q = query_open(store, INSTANCE_OF_CONNECTION);
  query_bind_int(&q, connection);
  id_list_read(store, &instances, &q);
  for (size_t i = 0; i < instances.count && !store_failed(store); i++)
    command_remove_instance(store, instances.at[i]);
  q = query_open(store, COLLECTION_OF_CONNECTION);
  query_bind_int(&q, connection);
  id_list_read(store, &collections, &q);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++)
    removal_take_away(store, collections.at[i]);
  connection_remove(store, connection);
  store_move_stamp(store);
  sqlite3_free(instances.at);
  sqlite3_free(collections.at);
}

int nangolite_connection_delete(nangolite *store, const char *provider_config_key,
                                const char *connection_id) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  call_write(store);
  if (!store_failed(store)) {
    int64_t connection = connection_find(store, provider_config_key, connection_id);
    if (connection != 0) connections_remove(store, connection);
  }
  return call_end(store);
}

/******** api/record_page.h ********/

/* record_page: a page of records as the structs of the C API. */
#ifndef NANGOLITE_RECORD_PAGE_H
#define NANGOLITE_RECORD_PAGE_H

/* Checks a query of the C API, NULL for the defaults, and latches what is wrong. The result points into
** `buffer`, which the caller frees, and into `ids`, an array of PAGE_IDS_MAX (NULL where the query has no
** ids). */
static page_query record_page_query(nangolite *store, const nangolite_query *given, text *buffer, slice *ids);

/* Reads a page of the collection. NULL: a failure is latched. */
static nangolite_page *record_page_read(nangolite *store, const collection *c, const page_query *wanted);

/* Ends the call (call.h) and returns its result. Frees the buffer. Gives the page to the caller in *page,
** or frees it where the call failed. */
static int record_page_end(nangolite *store, nangolite_page *read, text *buffer, nangolite_page **page);

#endif

/******** api/record_page.c ********/

static const char *const record_page_actions[ACTION_COUNT] = {"ADDED", "UPDATED", "DELETED"};

static void record_page_query_times(nangolite *store, const nangolite_query *given, text *buffer,
                                    page_query *out) {
  int64_t time = 0;
  if (given->modified_after != NULL) {
    int is_time = timestamp_parse(slice_of(given->modified_after), &time);
    const char *reason = is_time ? page_refuse_time(store, time) : "must be a time of RFC 3339";
    if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "modified_after %s", reason);
    page_begin_after(out, page_modified_after(store, time));
  }
  if (given->cursor != NULL) {
    cursor_place decoded;
    const char *reason = cursor_decode(slice_of(given->cursor), buffer, &decoded);
    store_check_text(store, buffer);
    if (reason != NULL) store_fail(store, NANGOLITE_INVALID_CURSOR, "cursor %s", reason);
    if (store_failed(store)) return;
    out->cursor = slice_of(given->cursor);
    out->cursor_place = (feed_place){decoded.stamp, decoded.id};
    page_begin_after(out, out->cursor_place);
  }
}

static void record_page_query_ids(nangolite *store, const nangolite_query *given, slice *ids,
                                  page_query *out) {
  if (given->id_count > PAGE_IDS_MAX)
    store_fail(store, NANGOLITE_INVALID, "ids must be at most %d", PAGE_IDS_MAX);
  if (given->id_count > 0) arguments_need(store, given->ids, "ids");
  for (size_t i = 0; i < given->id_count && !store_failed(store); i++) {
    arguments_need(store, given->ids[i], "ids");
    ids[i] = slice_of(given->ids[i]);
    if (ids[i].length == 0 || ids[i].length > RECORD_ID_MAX)
      store_fail(store, NANGOLITE_INVALID, "ids: each must have 1 to %d bytes", RECORD_ID_MAX);
  }
  out->ids = given->id_count == 0 ? NULL : ids;
  out->id_count = given->id_count;
}

static page_query record_page_query(nangolite *store, const nangolite_query *given, text *buffer,
                                    slice *ids) {
  page_query out = {.states = FEED_ALL, .limit = PAGE_LIMIT_DEFAULT};
  if (given == NULL) return out;
  if (given->limit != 0) out.limit = given->limit;
  if (out.limit < 1 || out.limit > page_limit_max(store))
    store_fail(store, NANGOLITE_INVALID, "limit must be 1 to %d", page_limit_max(store));
  if (given->filter != NULL) out.states = page_filter(store, slice_of(given->filter));
  if (out.states == 0)
    store_fail(store, NANGOLITE_INVALID, "filter must name added, updated or deleted, with commas between");
  record_page_query_times(store, given, buffer, &out);
  record_page_query_ids(store, given, ids, &out);
  return out;
}

/* A page under construction. The strings of a record lie one behind the other: id, payload, cursor, each
** with its NUL. */
typedef struct record_page_builder {
  nangolite_page page; /* the first member: what the caller holds is a pointer to the builder */
  size_t capacity;
  text strings;
  size_t last_from; /* where the last cursor stands in the strings */
  timestamp_cache second;
  nangolite *store;
} record_page_builder;

static void record_page_append(record_page_builder *b, slice bytes) {
  text_append(&b->strings, bytes.at, bytes.length);
  text_append(&b->strings, "", 1);
}

static void record_page_add(void *ctx, const record_row *r) {
  record_page_builder *b = ctx;
  nangolite_record *records = list_room(b->page.records, NULL, b->page.count, &b->capacity, sizeof *records);
  if (records == NULL) {
    store_fail_memory(b->store);
    return;
  }
  b->page.records = records;
  records[b->page.count++] = (nangolite_record){.payload_length = r->payload.length,
                                                .last_action = record_page_actions[row_key_action(r->key)],
                                                .first_seen_at = r->first_seen_at,
                                                .last_modified_at = r->last_modified_at,
                                                .deleted_at = r->deleted_at,
                                                .pruned_at = r->pruned_at};
  text_reserve(&b->strings, r->id.length + r->payload.length + BASE64_LENGTH(r->id.length) + 64);
  record_page_append(b, r->id);
  record_page_append(b, r->payload);
  cursor_encode((cursor_place){r->last_modified_at, r->id}, &b->second, &b->strings);
  record_page_append(b, slice_of(""));
}

/* Appends the last cursor behind the other strings, where it is not that of the page's last record. A page
** that was read by ids does not stand at a place in the feed, so it keeps the cursor that was given. */
static void record_page_append_last(record_page_builder *b, const collection *c, const page_query *wanted) {
  feed_place newest;
  query row = {0};
  b->last_from = b->strings.length;
  if (wanted->ids == NULL && page_newest(b->store, c, wanted, &row, &newest)) {
    cursor_encode((cursor_place){newest.stamp, newest.id}, &b->second, &b->strings);
    record_page_append(b, slice_of(""));
  } else if (wanted->cursor.at != NULL) {
    record_page_append(b, wanted->cursor);
  }
  query_close(&row);
}

/* Sets the pointers into the strings. This comes last, because only now do the strings stay where they
** are. */
static void record_page_place_strings(record_page_builder *b) {
  const char *at = b->strings.at;
  for (size_t i = 0; i < b->page.count; i++) {
    nangolite_record *r = &b->page.records[i];
    r->id = at;
    at += strlen(at) + 1;
    r->payload = at;
    at += r->payload_length + 1;
    r->cursor = at;
    at += strlen(at) + 1;
  }
}

static nangolite_page *record_page_read(nangolite *store, const collection *c, const page_query *wanted) {
  record_page_builder *b = store_allocate(store, sizeof *b);
  if (b == NULL) return NULL;
  memset(b, 0, sizeof *b);
  b->store = store;
  int follows = page_run(store, c, wanted, record_page_add, b), is_placed = follows && wanted->ids == NULL;
  if (!is_placed) record_page_append_last(b, c, wanted);
  store_check_text(store, &b->strings);
  if (store_failed(store)) {
    nangolite_page_free(&b->page);
    return NULL;
  }
  record_page_place_strings(b);
  if (follows) b->page.next_cursor = b->page.records[b->page.count - 1].cursor;
  if (is_placed) b->page.last_cursor = b->page.next_cursor;
  else if (b->last_from < b->strings.length) b->page.last_cursor = b->strings.at + b->last_from;
  return &b->page;
}

static int record_page_end(nangolite *store, nangolite_page *read, text *buffer, nangolite_page **page) {
  int result = call_end(store);
  text_free(buffer);
  if (result == NANGOLITE_OK) *page = read;
  else nangolite_page_free(read);
  return result;
}

void nangolite_page_free(nangolite_page *page) {
  if (page == NULL) return;
  record_page_builder *b = (record_page_builder *)(void *)page;
  text_free(&b->strings);
  sqlite3_free(b->page.records);
  sqlite3_free(b);
}

/******** api/records.h ********/

/* records: the functions of the C API on the records of a collection. */
#ifndef NANGOLITE_RECORDS_H
#define NANGOLITE_RECORDS_H

/* What is written, and where to. */
typedef struct records_call {
  const nangolite_scope *scope;
  write_kind kind;
  int makes_connection; /* where it is not there */
} records_call;

/* A call that writes records, from its beginning to its end. `changes` may be NULL. */
static int records_write(nangolite *store, const records_call *call, const char *json, int64_t length,
                         nangolite_changes *changes);

#endif

/******** api/records.c ********/

/* The id of the call's connection; 0: a failure is latched. */
static int64_t records_connection(nangolite *store, const records_call *call) {
  const nangolite_scope *scope = call->scope;
  if (!call->makes_connection)
    return connection_find(store, scope->provider_config_key, scope->connection_id);
  int64_t connection = connection_open(store, scope->provider_config_key, scope->connection_id);
  instance_create_for_connection(store, scope->provider_config_key, connection);
  return connection;
}

static int records_write(nangolite *store, const records_call *call, const char *json, int64_t length,
                         nangolite_changes *changes) {
  static const writer nobody = {.run = 0};
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_scope(store, call->scope);
  slice written = batch_text(store, json, length);
  call_write(store);
  if (!store_failed(store)) {
    collection_name into = {.connection = records_connection(store, call),
                            .model = call->scope->model,
                            .variant = call->scope->variant};
    write_records(store, &into, call->kind, written, &nobody, &made);
    removal_free(store, made.added);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}

int nangolite_records_save(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                           nangolite_changes *changes) {
  records_call call = {.scope = scope, .kind = WRITE_SAVE};
  return records_write(store, &call, json, length, changes);
}

int nangolite_records_update(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                             nangolite_changes *changes) {
  records_call call = {.scope = scope, .kind = WRITE_UPDATE};
  return records_write(store, &call, json, length, changes);
}

int nangolite_records_delete(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                             nangolite_changes *changes) {
  records_call call = {.scope = scope, .kind = WRITE_DELETE};
  return records_write(store, &call, json, length, changes);
}

int nangolite_records_list(nangolite *store, const nangolite_scope *scope, const nangolite_query *given,
                           nangolite_page **page) {
  text buffer = {0};
  slice ids[PAGE_IDS_MAX];
  if (page != NULL) *page = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, page, "page");
  arguments_check_scope(store, scope);
  page_query wanted = record_page_query(store, given, &buffer, ids);
  call_read(store);
  collection c = collection_of_scope(store, scope);
  nangolite_page *read = record_page_read(store, &c, &wanted);
  return record_page_end(store, read, &buffer, page);
}

int nangolite_records_prune(nangolite *store, const nangolite_scope *scope, const char *until_cursor,
                            int64_t limit, int64_t *count, int *has_more) {
  text buffer = {0};
  int more = 0;
  int64_t pruned = 0;
  if (count != NULL) *count = 0;
  if (has_more != NULL) *has_more = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_scope(store, scope);
  if (limit < 0) store_fail(store, NANGOLITE_INVALID, "limit must be 0 or more");
  nangolite_query until = {.cursor = until_cursor};
  page_query place = record_page_query(store, &until, &buffer, NULL);
  call_write(store);
  collection c = collection_of_scope(store, scope);
  if (c.id != 0)
    pruned = prune_collection(store, &c, until_cursor == NULL ? NULL : &place.after, limit, &more);
  int result = call_end(store);
  text_free(&buffer);
  if (result == NANGOLITE_OK && count != NULL) *count = pruned;
  if (result == NANGOLITE_OK && has_more != NULL) *has_more = more;
  return result;
}

int nangolite_records_count(nangolite *store, const nangolite_scope *scope, int64_t *live, int64_t *bytes) {
  if (live != NULL) *live = 0;
  if (bytes != NULL) *bytes = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_scope(store, scope);
  call_read(store);
  collection c = collection_of_scope(store, scope);
  int result = call_end(store);
  if (result == NANGOLITE_OK && live != NULL) *live = collection_live(&c);
  if (result == NANGOLITE_OK && bytes != NULL) *bytes = c.bytes;
  return result;
}

/******** api/syncs.c ********/

/* syncs: the functions of the C API on definitions and instances, and the one that sets the callback for
** events. */

/* Reads the names of syncs as the C API gives them. Free the array with sqlite3_free(). NULL: there are
** none, or a failure is latched. */
static selector *syncs_selectors(nangolite *store, const char *const *syncs, size_t count) {
  if (count > 0) arguments_need(store, syncs, "syncs");
  if (count > SIZE_MAX / sizeof(selector)) store_fail_memory(store);
  selector *selectors = count == 0 ? NULL : store_allocate(store, count * sizeof *selectors);
  for (size_t i = 0; i < count && !store_failed(store); i++) {
    arguments_need(store, syncs[i], "syncs");
    selectors[i] = selector_parse(slice_of(syncs[i]));
    const char *rule = selector_check(selectors[i]);
    if (rule != NULL) store_fail(store, NANGOLITE_INVALID, "syncs: a name %s", rule);
  }
  return selectors;
}

static void syncs_check_selection(nangolite *store, const char *provider_config_key,
                                  const char *connection_id) {
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  if (connection_id != NULL) arguments_check_name(store, NAME_CONNECTION_ID, connection_id);
}

static void syncs_check_names(nangolite *store, const char *provider_config_key, const char *connection_id,
                              const char *sync, const char *variant) {
  arguments_check_names(store, provider_config_key, connection_id);
  arguments_check_name(store, NAME_SYNC, sync);
  if (variant != NULL) arguments_check_name(store, NAME_VARIANT, variant);
}

static selection syncs_selection(const char *provider_config_key, const char *connection_id, size_t count) {
  return (selection){
    .provider_config_key = provider_config_key, .connection_id = connection_id, .count = count};
}

static int syncs_command_call(nangolite *store, selection s, const char *const *syncs, command_kind kind,
                              unsigned flags) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_selection(store, s.provider_config_key, s.connection_id);
  if (flags & ~(unsigned)(NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE | NANGOLITE_ALLOW_DELETES))
    store_fail(store, NANGOLITE_INVALID, "flags: unknown ones");
  if ((flags & NANGOLITE_EMPTY_CACHE) != 0 && (flags & NANGOLITE_RESET) == 0)
    store_fail(store, NANGOLITE_INVALID, "flags: NANGOLITE_EMPTY_CACHE needs NANGOLITE_RESET");
  selector *selectors = syncs_selectors(store, syncs, s.count);
  s.selectors = selectors;
  call_write(store);
  if (!store_failed(store)) command_all(store, &s, kind, flags);
  sqlite3_free(selectors);
  return call_end(store);
}

int nangolite_sync_trigger(nangolite *store, const char *provider_config_key, const char *connection_id,
                           const char *const *syncs, size_t sync_count, unsigned flags) {
  return syncs_command_call(store, syncs_selection(provider_config_key, connection_id, sync_count), syncs,
                            COMMAND_TRIGGER, flags);
}

int nangolite_sync_start(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, syncs_selection(provider_config_key, connection_id, sync_count), syncs,
                            COMMAND_START, 0);
}

int nangolite_sync_pause(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, syncs_selection(provider_config_key, connection_id, sync_count), syncs,
                            COMMAND_PAUSE, 0);
}

int nangolite_sync_cancel(nangolite *store, const char *provider_config_key, const char *connection_id,
                          const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, (selection){provider_config_key, connection_id, NULL, sync_count, 0},
                            syncs, COMMAND_CANCEL, 0);
}

int nangolite_sync_status(nangolite *store, const char *provider_config_key, const char *connection_id,
                          const char *const *syncs, size_t sync_count, char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  syncs_check_selection(store, provider_config_key, connection_id);
  selector *selectors = syncs_selectors(store, syncs, sync_count);
  selection s = syncs_selection(provider_config_key, connection_id, sync_count);
  s.selectors = selectors;
  s.rule = SELECTION_NAMED;
  if (!store_failed(store)) due_recover(store);
  call_read(store);
  if (!store_failed(store)) status_append(store, &s, &out);
  sqlite3_free(selectors);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_sync_define(nangolite *store, const nangolite_sync *sync) {
  int64_t interval;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  sync_check(store, sync, &interval);
  call_write(store);
  if (!store_failed(store)) {
    command_define(store, sync, interval);
    sync_function_reserve(store, sync->provider_config_key, sync->name);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK) sync_function_set(store, sync);
  return result;
}

int nangolite_sync_remove(nangolite *store, const char *provider_config_key, const char *name) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  arguments_check_name(store, NAME_SYNC, name);
  call_write(store);
  if (!store_failed(store)) command_remove_sync(store, provider_config_key, slice_of(name));
  int result = call_end(store);
  if (result == NANGOLITE_OK) sync_function_forget(store, provider_config_key, name);
  return result;
}

int nangolite_sync_rename(nangolite *store, const char *provider_config_key, const char *name,
                          const char *new_name) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  arguments_check_name(store, NAME_SYNC, name);
  arguments_need(store, new_name, "new_name");
  arguments_check_name(store, NAME_SYNC, new_name);
  call_write(store);
  if (!store_failed(store)) {
    command_rename_sync(store, provider_config_key, slice_of(name), new_name);
    sync_function_reserve(store, provider_config_key, new_name);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK) sync_function_rename(store, provider_config_key, name, new_name);
  return result;
}

int nangolite_sync_runs(nangolite *store, const char *provider_config_key, const char *connection_id,
                        const char *sync, const char *variant, int limit, char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  if (limit < 0) store_fail(store, NANGOLITE_INVALID, "limit must be 0 or more");
  call_read(store);
  int64_t id = store_failed(store) ? 0
                                   : command_find(store, provider_config_key, connection_id,
                                                  (selector){slice_of(sync), slice_of(variant)});
  instance i = instance_get(store, id);
  if (!store_failed(store)) kept_run_append(store, &i, limit, &out);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_sync_set_frequency(nangolite *store, const char *provider_config_key, const char *connection_id,
                                 const char *sync, const char *variant, const char *frequency,
                                 char **active) {
  text copy = {0};
  if (active != NULL) *active = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  call_write(store);
  selector which = {slice_of(sync), slice_of(variant)};
  int64_t id = store_failed(store) ? 0
                                   : command_set_frequency(store, provider_config_key, connection_id, which,
                                                           slice_of(frequency));
  if (id != 0 && active != NULL) {
    instance_names names = instance_get_names(store, id);
    text_append(&copy, names.frequency.at, names.frequency.length);
    text_free(&names.strings);
  }
  return call_end_with(store, active == NULL ? NULL : store_take(store, &copy), active);
}

int nangolite_variant_create(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *sync, const char *variant) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  call_write(store);
  if (!store_failed(store))
    command_create_variant(store, provider_config_key, connection_id,
                           (selector){slice_of(sync), slice_of(variant)});
  return call_end(store);
}

int nangolite_variant_delete(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *sync, const char *variant) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  call_write(store);
  if (!store_failed(store))
    command_delete_variant(store, provider_config_key, connection_id,
                           (selector){slice_of(sync), slice_of(variant)});
  return call_end(store);
}

int nangolite_on_sync(nangolite *store, void (*callback)(void *ctx, const char *event_json), void *ctx) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  store->on_sync = callback;
  store->on_sync_ctx = ctx;
  return call_end(store);
}

/******** api/scheduler.c ********/

/* scheduler: the functions of the C API that find what is due, and claim or execute it. */

int64_t nangolite_next_due(nangolite *store) {
  if (!call_open(store)) return 0;
  call_read(store);
  int64_t next = due_next(store);
  return call_end(store) == NANGOLITE_OK ? next : 0;
}

/* Ends the call. Gives the claimed run to the caller where its claim was stored, and frees it otherwise. */
static int scheduler_end_claim(nangolite *store, nangolite_run *claimed, nangolite_run **run) {
  int result = call_end(store);
  if (result == NANGOLITE_OK) *run = claimed;
  else if (claimed != NULL) run_free(claimed);
  return result;
}

int nangolite_run_next(nangolite *store, nangolite_run **run) {
  if (run != NULL) *run = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, run, "run");
  if (store_failed(store) || due_prepare(store) != NANGOLITE_OK) return store->result;
  call_open(store);
  call_write(store);
  due_follow_clock(store);
  due_place start = {0, 0};
  const sync_function *function;
  return scheduler_end_claim(store, due_claim(store, &start, store->now, 0, &function), run);
}

int nangolite_run_claim(nangolite *store, const char *provider_config_key, const char *connection_id,
                        const char *sync, const char *variant, nangolite_run **run) {
  if (run != NULL) *run = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, run, "run");
  arguments_check_names(store, provider_config_key, connection_id);
  arguments_check_name(store, NAME_SYNC, sync);
  if (variant != NULL) arguments_check_name(store, NAME_VARIANT, variant);
  if (store_failed(store) || due_prepare(store) != NANGOLITE_OK) return store->result;
  call_open(store);
  call_write(store);
  due_follow_clock(store);
  int64_t id =
    command_find(store, provider_config_key, connection_id, (selector){slice_of(sync), slice_of(variant)});
  instance i = command_get(store, id);
  if (i.s.run != 0) store_fail(store, NANGOLITE_BUSY, "a run of the sync '%s' is in progress", sync);
  return scheduler_end_claim(store, store_failed(store) ? NULL : run_claim(store, &i, 1), run);
}

/* A sync function must not execute other runs. */
static void scheduler_check_nesting(nangolite *store) {
  if (store->is_executing) store_fail(store, NANGOLITE_MISUSE, "called from inside a sync function");
}

int nangolite_run_due(nangolite *store, int max_runs, int *ran) {
  int executed = 0;
  if (ran != NULL) *ran = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  if (max_runs < 0) store_fail(store, NANGOLITE_INVALID, "max_runs must be 0 or more");
  scheduler_check_nesting(store);
  if (store_failed(store)) return call_end(store);
  store->is_executing = 1;
  int result = due_run_all(store, max_runs, &executed);
  store->is_executing = 0;
  if (ran != NULL) *ran = executed;
  return result;
}

static void scheduler_check_time(nangolite *store, int64_t microseconds) {
  if (!store->clock_is_held)
    store_fail(store, NANGOLITE_MISUSE, "the clock is not held: nangolite_clock_set() holds it");
  if (microseconds < store_given_clock(store))
    store_fail(store, NANGOLITE_INVALID, "microseconds is before now");
  scheduler_check_nesting(store);
}

int nangolite_run_until(nangolite *store, int64_t microseconds, int *ran) {
  int executed = 0;
  if (ran != NULL) *ran = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  scheduler_check_time(store, microseconds);
  if (store_failed(store)) return call_end(store);
  store->is_executing = 1;
  int result = due_run_until(store, microseconds, &executed);
  store->is_executing = 0;
  if (ran != NULL) *ran = executed;
  return result;
}

int nangolite_run_next_until(nangolite *store, int64_t microseconds, nangolite_run **run) {
  if (run != NULL) *run = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, run, "run");
  scheduler_check_time(store, microseconds);
  if (store_failed(store)) return call_end(store);
  return due_claim_until(store, microseconds, run);
}

/******** api/runs.c ********/

/* runs: the functions of the C API on a run. All but nangolite_run_fail(), nangolite_run_aborted() and those
** that name the run fail where it was aborted or its lease has ended. Of these all but nangolite_run_finish()
** extend the lease: nangolite_run_heartbeat() always, the others once half of it has gone (runs_begin()). */

/* Begins the transaction of a call on a run, and returns the run's instance. `model` is NULL where the
** call has none. */
static instance runs_begin(nangolite_run *run, const char *model) {
  nangolite *store = run->store;
  call_write(store);
  instance i = run_extend_lease(run, 0);
  if (model != NULL && !store_failed(store) && !sync_has_model(store, run->sync, model))
    store_fail(store, NANGOLITE_INVALID, "model: the sync '%s' has no model '%s'", run->names.sync.at, model);
  return i;
}

static collection_name runs_collection(const nangolite_run *run, const char *model) {
  return (collection_name){.connection = run->connection, .model = model, .variant = run->names.variant.at};
}

static collection runs_find(const nangolite_run *run, const char *model) {
  collection_name name = runs_collection(run, model);
  return collection_find(run->store, &name);
}

static int runs_write(nangolite_run *run, const char *model, write_kind kind, const char *json,
                      int64_t length, nangolite_changes *changes) {
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  slice written = batch_text(store, json, length);
  instance i = runs_begin(run, model);
  if (!store_failed(store)) {
    writer by = run_writer(run, model);
    collection_name into = runs_collection(run, model);
    write_records(store, &into, kind, written, &by, &made);
    removal_free(store, made.added);
    result_add(store, &i, model, &made);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}

int nangolite_run_save(nangolite_run *run, const char *model, const char *json, int64_t length,
                       nangolite_changes *changes) {
  return runs_write(run, model, WRITE_SAVE, json, length, changes);
}

int nangolite_run_update(nangolite_run *run, const char *model, const char *json, int64_t length,
                         nangolite_changes *changes) {
  return runs_write(run, model, WRITE_UPDATE, json, length, changes);
}

int nangolite_run_delete(nangolite_run *run, const char *model, const char *json, int64_t length,
                         nangolite_changes *changes) {
  return runs_write(run, model, WRITE_DELETE, json, length, changes);
}

int nangolite_run_list(nangolite_run *run, const char *model, const nangolite_query *given,
                       nangolite_page **page) {
  text buffer = {0};
  slice ids[PAGE_IDS_MAX];
  if (page != NULL) *page = NULL;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_need(store, page, "page");
  arguments_check_name(store, NAME_MODEL, model);
  page_query wanted = record_page_query(store, given, &buffer, ids);
  runs_begin(run, model);
  collection c = runs_find(run, model);
  nangolite_page *read = record_page_read(store, &c, &wanted);
  return record_page_end(store, read, &buffer, page);
}

int nangolite_run_track_deletes_start(nangolite_run *run, const char *model) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  runs_begin(run, model);
  if (!store_failed(store)) {
    collection_name name = runs_collection(run, model);
    collection c = collection_open(store, &name);
    window_open(store, &c);
    collection_save(store, &c);
  }
  return call_end(store);
}

int nangolite_run_track_deletes_end(nangolite_run *run, const char *model, nangolite_changes *changes) {
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  instance i = runs_begin(run, model);
  if (!store_failed(store)) {
    collection c = runs_find(run, model);
    int max_percent = i.s.run_allows_deletes ? 0 : sync_get(store, run->sync).max_delete_percent;
    if (c.window_opened_at == 0)
      store_fail(store, NANGOLITE_INVALID, "model: no delete window is open for '%s'", model);
    else made.deleted = window_end(store, &c, max_percent, run_writer(run, model).run);
    collection_save(store, &c);
    result_add(store, &i, model, &made);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}

int nangolite_run_set_merging(nangolite_run *run, const char *model, const char *strategy) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  arguments_need(store, strategy, "strategy");
  int overrides = slice_equals(slice_of(strategy), slice_of("override"));
  if (!overrides && !slice_equals(slice_of(strategy), slice_of("ignore_if_modified_after")))
    store_fail(store, NANGOLITE_INVALID, "strategy must be override or ignore_if_modified_after");
  runs_begin(run, model);
  collection c = runs_find(run, model);
  run_merging *m = store_failed(store) ? NULL : run_reserve_merging(run, model);
  int result = call_end(store);
  if (result == NANGOLITE_OK) run_set_merging(m, !overrides, c.sequence);
  return result;
}

int nangolite_run_checkpoint_get(nangolite_run *run, char **json) {
  text copy = {0};
  if (json != NULL) *json = NULL;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_need(store, json, "json");
  runs_begin(run, NULL);
  instance_names names = instance_get_names(store, run->instance);
  if (names.checkpoint.at != NULL) text_append(&copy, names.checkpoint.at, names.checkpoint.length);
  int is_there = names.checkpoint.at != NULL;
  text_free(&names.strings);
  char *taken = is_there ? store_take(store, &copy) : NULL;
  return call_end_with(store, taken, json);
}

/* Saves a checkpoint; an absent one clears it. */
static int runs_put_checkpoint(nangolite_run *run, slice checkpoint) {
  nangolite *store = run->store;
  runs_begin(run, NULL);
  instance_set_checkpoint(store, run->instance, checkpoint);
  return call_end(store);
}

int nangolite_run_checkpoint_save(nangolite_run *run, const char *json) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  return runs_put_checkpoint(run, checkpoint_check(run->store, json));
}

int nangolite_run_checkpoint_clear(nangolite_run *run) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  return runs_put_checkpoint(run, slice_of(NULL));
}

int nangolite_run_heartbeat(nangolite_run *run) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  call_write(run->store);
  run_extend_lease(run, 1);
  return call_end(run->store);
}

int nangolite_run_progress(nangolite_run *run, int64_t done, int64_t total) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  if (done < 0) store_fail(store, NANGOLITE_INVALID, "done must be 0 or more");
  if (total < 0) store_fail(store, NANGOLITE_INVALID, "total must be 0 or more");
  instance i = runs_begin(run, NULL);
  if (!store_failed(store)) instance_set_progress(store, &i, done, total);
  return call_end(store);
}

/* A time in the past counts as now. */
int nangolite_run_again_at(nangolite_run *run, int64_t microseconds) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  instance i = runs_begin(run, NULL);
  if (!store_failed(store) && microseconds > store->now + SCHEDULE_AGAIN_MAX)
    store_fail(store, NANGOLITE_INVALID, "microseconds must be at most 365 days from now");
  if (!store_failed(store)) {
    i.s.again_at = microseconds > store->now ? microseconds : store->now;
    instance_save(store, &i);
  }
  return call_end(store);
}

int nangolite_run_aborted(nangolite_run *run) {
  if (run == NULL || !call_open(run->store)) return 1;
  nangolite *store = run->store;
  query q = query_open(store, INSTANCE_LEASE);
  query_bind_int(&q, run->instance);
  query_bind_int(&q, run->number);
  int has_lease = query_next(&q) && query_int(&q, 0) > store_clock(store);
  query_close(&q);
  return !has_lease && !store_failed(store);
}

static void runs_keep(nangolite *store, char **place, const char *string) {
  char *copy = string == NULL || store_failed(store) ? NULL : sqlite3_mprintf("%s", string);
  if (string != NULL && copy == NULL) store_fail_memory(store);
  sqlite3_free(*place);
  *place = copy;
}

int nangolite_run_fail(nangolite_run *run, const char *error_type, const char *error_description) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  runs_keep(run->store, &run->error_type, error_type == NULL ? "script_error" : error_type);
  runs_keep(run->store, &run->error_description, error_description);
  return call_end(run->store);
}

int nangolite_run_finish(nangolite_run *run, const char *error_type, const char *error_description) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  if (run->is_executing)
    return store_fail(run->store, NANGOLITE_MISUSE, "the run ends when its sync function returns");
  run_error error = {error_type, error_description};
  if (error_type == NULL && error_description != NULL) error.type = "script_error";
  return run_finish(run, &error);
}

nangolite *nangolite_run_store(nangolite_run *run) {
  return run == NULL ? NULL : run->store;
}

const char *nangolite_run_provider_config_key(nangolite_run *run) {
  return run == NULL ? NULL : run->names.provider_config_key.at;
}

const char *nangolite_run_connection_id(nangolite_run *run) {
  return run == NULL ? NULL : run->names.connection_id.at;
}

const char *nangolite_run_sync(nangolite_run *run) {
  return run == NULL ? NULL : run->names.sync.at;
}

const char *nangolite_run_variant(nangolite_run *run) {
  return run == NULL ? NULL : run->names.variant.at;
}

/******** api/maintain.c ********/

/* maintain: nangolite_maintain(), which prunes payloads that are past their age, takes away the records of
** syncs that have long been at rest, and gives free pages back. */

#define MAINTAIN_DAYS_MAX 4000000   /* more than there are from 1970 to 9999 */
#define MAINTAIN_SEARCHED_MAX 20000 /* about so many pages of the list of free pages does a call search */
#define MAINTAIN_LOG_KEPT (4 * 1024 * 1024) /* a write-ahead log of so many bytes is not cut off */

typedef struct maintained {
  int64_t pruned, deleted;
  int has_more; /* instances are left to be looked at, or collections whose rows are to be freed */
} maintained;

static int64_t maintain_before(const nangolite *store, int days) {
  return store->now - (days < MAINTAIN_DAYS_MAX ? days : MAINTAIN_DAYS_MAX) * MICROSECONDS_PER_DAY;
}

/* The collection that may have the oldest payload, if that is not after `until`. 0: there is none. */
static int64_t maintain_find(nangolite *store, int64_t until) {
  query q = query_open(store, COLLECTION_OLDEST);
  query_bind_int(&q, until);
  return query_number(&q);
}

/* Each round prunes something or raises its collection's oldest_payload_at, so this ends. */
static int64_t maintain_prune(nangolite *store, int64_t max_records) {
  int64_t pruned = 0, id = 0;
  int has_more = 0;
  if (store->options.prune_after_days < 0) return 0;
  feed_place until = {maintain_before(store, store->options.prune_after_days), {NULL, 0}};
  while (pruned < max_records && (id = maintain_find(store, until.stamp)) != 0) {
    collection c = collection_by_id(store, id);
    int64_t now = prune_collection(store, &c, &until, max_records - pruned, &has_more);
    if (now == 0 && c.oldest_payload_at != 0 && c.oldest_payload_at <= until.stamp)
      store_fail(store, NANGOLITE_CORRUPT, "collection %lld: a payload past its age is not found",
                 (long long)id);
    pruned += now;
  }
  return pruned;
}

/* When the instance ran last, or one of its records changed after that. Where the clock stands still, the
** stamps of a run's changes are a little after its end; these do not count as later ones. */
static int64_t maintain_last_use(nangolite *store, const id_list *collections, int64_t idle_since) {
  int64_t last = idle_since;
  for (size_t i = 0; i < collections->count && !store_failed(store); i++) {
    int64_t changed_at = collection_changed_at(store, collections->at[i]);
    if (changed_at > last + INSTANCE_CLOCK_TOLERANCE) last = changed_at;
  }
  return last;
}

/* When the instance ran last. The file's idle_since may be up to a day behind that (instance_stir()). */
static int64_t maintain_last_run(nangolite *store, int64_t id, int64_t idle_since) {
  instance i = instance_get(store, id);
  int64_t last = i.s.started_at > i.s.finished_at ? i.s.started_at : i.s.finished_at;
  return last > idle_since ? last : idle_since;
}

/* Takes the records away, and what the sync remembers of them: its next run begins anew. Otherwise it
** would bring only what has changed since. */
static void maintain_retire(nangolite *store, int64_t id) {
  instance i = instance_get(store, id);
  instance_forget(store, id);
  instance_empty(store, id);
  i.s.has_succeeded = 0;
  instance_save(store, &i);
}

/* Looks at the instance that has rested the longest. Changes that were made outside of its runs count as a
** use, and idle_since is moved to the latest one. Where there was none, the records are taken away, and
** idle_since is moved to now. So the instance is not found again for a long time. 0: there is no instance
** to look at, or a failure is latched. */
static int maintain_retire_one(nangolite *store, int64_t until) {
  query q = query_open(store, INSTANCE_IDLE);
  query_bind_int(&q, until);
  query_bind_int(&q, store->now);
  int64_t id = query_next(&q) ? query_int(&q, 0) : 0, idle_since = id == 0 ? 0 : query_int(&q, 1);
  query_close(&q);
  if (id == 0) return 0;
  id_list collections = instance_collections(store, id);
  int64_t last = maintain_last_use(store, &collections, maintain_last_run(store, id, idle_since));
  int is_used = last > idle_since;
  if (!is_used && collections.count > 0) maintain_retire(store, id);
  instance_set_idle(store, id, is_used ? last : store->now);
  sqlite3_free(collections.at);
  return !store_failed(store);
}

/* Looks at no more than `most` instances. 0: none is left; 1: some may be. */
static int maintain_retire_all(nangolite *store, int64_t most) {
  if (store->options.delete_after_days < 0) return 0;
  int64_t until = maintain_before(store, store->options.delete_after_days);
  while (most > 0 && maintain_retire_one(store, until)) most--;
  return most == 0;
}

/* For each page that it gives back, SQLite may search its whole list of free pages. One page of this list
** names a thousand free pages. So where many pages are free, a call gives fewer back, and takes the same
** time. */
static int64_t maintain_pages_at_once(nangolite *store, int64_t most) {
  query q = query_open(store, PRAGMA_FREE_PAGES);
  int64_t searched = query_number(&q) / 1000 + 1, pages = MAINTAIN_SEARCHED_MAX / searched + 1;
  return pages < most ? pages : most;
}

/* Each row of the pragma is one page that was given back. There is none where the database was made without
** auto_vacuum. */
static int64_t maintain_pages(nangolite *store, int64_t max_records) {
  int64_t pages = 0, most = maintain_pages_at_once(store, max_records);
  query q = query_open(store, PRAGMA_VACUUM);
  while (pages < most && query_next(&q)) pages++;
  query_close(&q);
  return pages;
}

/* Gives pages back in a transaction of its own. Failures are ignored: the records are committed already,
** so the call must not fail any more, and a later call gives back what this one could not. (With a
** rollback journal, SQLite shortens the file only after the commit.) */
static int64_t maintain_pages_apart(nangolite *store, int64_t most) {
  if (store_failed(store)) return 0;
  int64_t pages = maintain_pages(store, most);
  store->result = NANGOLITE_OK;
  return pages;
}

/* The size of the write-ahead log's file; 0 where there is none. */
static int64_t maintain_log_size(nangolite *store) {
  sqlite3_file *file = NULL;
  sqlite3_int64 size = 0;
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  if (file == NULL || file->pMethods == NULL || file->pMethods->xFileSize(file, &size) != SQLITE_OK) return 0;
  return size;
}

/* The file becomes shorter when SQLite copies the pages of the write-ahead log into it. This leaves out
** what readers still need, so the log grows while somebody reads for long. Once nothing is left to do, a
** large log is cut off. That takes the lock of writers, so it is given up at once where somebody else uses
** the file. */
static void maintain_checkpoint(nangolite *store, int is_done) {
  if (store_failed(store) || !store->owned || store->options.leave_checkpoints) return;
  sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  if (!is_done || maintain_log_size(store) <= MAINTAIN_LOG_KEPT) return;
  sqlite3_busy_timeout(store->db, 0);
  sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  sqlite3_busy_timeout(store->db, store->options.busy_timeout_ms);
}

/* Takes away what has rested too long, frees rows of what was taken away, and then prunes payloads, at
** most `max_records` in all. Returns what it has done. */
static maintained maintain_records(nangolite *store, int64_t max_records) {
  maintained done = {0, 0, 0};
  store->rows_to_free = max_records;
  done.has_more = maintain_retire_all(store, max_records);
  store->rows_to_free -= removal_free(store, store->rows_to_free);
  done.deleted = max_records - store->rows_to_free;
  done.has_more |= removal_is_left(store);
  if (done.deleted < max_records) done.pruned = maintain_prune(store, max_records - done.deleted);
  return done;
}

int nangolite_maintain(nangolite *store, int64_t max_records, int64_t *pruned, int64_t *deleted) {
  if (pruned != NULL) *pruned = 0;
  if (deleted != NULL) *deleted = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  if (max_records < 1) store_fail(store, NANGOLITE_INVALID, "max_records must be at least 1");
  call_write(store);
  maintained done = maintain_records(store, max_records);
  int is_nested = store->transaction == TRANSACTION_SAVEPOINT;
  int64_t pages = is_nested ? maintain_pages(store, max_records) : 0;
  call_end(store);
  if (!is_nested) pages = maintain_pages_apart(store, max_records);
  if (done.pruned + done.deleted == 0) done.deleted = pages > 0 ? pages : done.has_more;
  maintain_checkpoint(store, done.pruned + done.deleted == 0);
  if (store_failed(store)) return store->result;
  if (pruned != NULL) *pruned = done.pruned;
  if (deleted != NULL) *deleted = done.deleted;
  return NANGOLITE_OK;
}

/******** api/testing.c ********/

/* testing: the functions of the C API for tests: expectations, snapshots and fixtures. */

int nangolite_expect(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                     char **report) {
  text out = {0};
  if (report != NULL) *report = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, report, "report");
  arguments_check_scope(store, scope);
  slice written = batch_text(store, json, length);
  call_read(store);
  transaction_read_store(store);
  batch expected = batch_read(store, written, NULL);
  if (expected.duplicates > 0) store_fail(store, NANGOLITE_INVALID, "json: an id is expected twice");
  collection c = collection_of_scope(store, scope);
  if (!store_failed(store)) expectation_compare(store, &c, &expected, &out);
  char *taken = out.length > 0 ? store_take(store, &out) : NULL;
  text_free(&out);
  batch_free(&expected);
  return call_end_with(store, taken, report);
}

int nangolite_snapshot(nangolite *store, void **image, size_t *size) {
  if (image != NULL) *image = NULL;
  if (size != NULL) *size = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, image, "image");
  arguments_need(store, size, "size");
  if (!store_failed(store)) *image = snapshot_take(store, size);
  return call_end(store);
}

int nangolite_restore(nangolite *store, const void *image, size_t size) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, image, "image");
  if (store->is_executing) store_fail(store, NANGOLITE_MISUSE, "called from inside a sync function");
  int has_runs = store_failed(store) ? 0 : snapshot_load(store, (slice){image, size});
  if (store_failed(store)) return call_end(store);
  runs_disown(store);
  if (has_runs) call_write(store);
  if (has_runs) run_abort_all(store);
  return call_end(store);
}

int nangolite_fixture_load(nangolite *store, const char *provider_config_key, const char *connection_id,
                           const char *variant, const char *json, int64_t length,
                           nangolite_changes *changes) {
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  if (variant != NULL) arguments_check_name(store, NAME_VARIANT, variant);
  slice written = batch_text(store, json, length);
  call_write(store);
  if (!store_failed(store)) fixture_load(store, provider_config_key, connection_id, variant, written, &made);
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}

/******** api/check.h ********/

/* check: whether a store keeps the invariants that the other parts rely on. */
#ifndef NANGOLITE_CHECK_H
#define NANGOLITE_CHECK_H

/* Latches NANGOLITE_MISUSE where the connection has replaced a function of SQLite that the statements on
** invariants need. */
static void check_functions(nangolite *store);

/* Which invariant was found broken first, in words that are to be freed with sqlite3_free(). NULL: none was, or a
** failure is latched. In a transaction, after transaction_read_store(). */
static char *check_run(nangolite *store);

/* What is wrong with the payload of a record; NULL: nothing is. The record's id ends with a NUL. */
static const char *check_payload_says(const record_row *r);

#endif

/******** api/check.c ********/

/* check: nangolite_check(), which looks whether a store keeps the invariants that the other parts rely on.
**
** The file
**  1. passes SQLite's own integrity_check;
**  2. has one row in nango_store, of this library's schema version, and every column holds values of its
**     type.
**
** Connections and collections
**  3. Their names are allowed, and a default variant is called "base". Metadata are a JSON object.
**  4. A collection belongs to a connection that is there, or was taken away (is_removed) and has none; its
**     number fits into a key (row_key.h). Of what was taken away any rows may be gone, so the names of its
**     collection and 5 to 7, 9, 11 and 15 to 17 are not checked there.
**  5. Its counters are the number of records in each state.
**  6. Its bytes are those of the payloads that are not pruned.
**  7. oldest_payload_at is not after the stamp of any payload that is not pruned; it is NULL exactly where
**     there is none.
**
** Records, identities and entries
**  8. A record's key names a state that there is, a collection that is there, and a sequence that was
**     issued.
**  9. Each record has one identity and each identity one record, by id and number. There is one entry for each
**     number that was issued, in rows of the right length; each record's entry leads to it, and no other does.
** 10. Identities have numbers that were issued, and no two of a collection have the same.
** 11. Within a collection, over all states, no sequence is there twice, and stamps ascend with it.
** 12. No stamp is there twice in the file, and none is above last_stamp.
** 13. first_seen_at is not after the stamp.
** 14. pruned_at is set exactly in the states of pruned records; deleted_at only of deleted ones, where the
**     store was made with as_nango.
** 15. A payload is one JSON object without "_nango_metadata", and its id is the record's.
** 16. A pruned payload is an object with the id alone.
** 17. Where the payload is there, its entry has the hash and the length of its text. For an entry that tells
**     of an alternate, there is one.
**
** Delete windows
** 18. Only a collection whose window is open has bits of what was seen, in chunks of WINDOW_CHUNK_BYTES.
** 19. Only numbers that were issued have been seen.
**
** Syncs, instances and runs
** 20. Names are allowed, a sync has models, each of its own integration, and an interval is that of its
**     frequency.
** 21. An instance belongs to a connection and a sync of one integration, and each pair of these has a base
**     instance, which counts the variants beside it.
** 22. A run in progress has a number that was issued, and no other instance has the same. The writer of a
**     record is a number of a run that was issued.
** 23. wake_at is when the instance is due by its schedule; while a run is in progress, not after that began.
** 24. An instance has a lease and a holder exactly while a run is in progress.
** 25. The columns of an instance's schedule agree with each other, and its times are in range.
** 26. A checkpoint keeps the rules of checkpoints.
** 27. A result belongs to an instance, to a model of its sync and to a run that was begun, and no count is
**     below 0.
** 28. A kept run belongs to an instance, was begun and is not in progress. It has an error exactly where it
**     failed, and its texts are bounded. */

_Static_assert(WINDOW_CHUNK_BITS == 4096 && WINDOW_CHUNK_BYTES == 512, "CHECK_SEEN_WINDOW names both");
_Static_assert(RUN_NONE == 0 && RUN_STOPPED == 3, "CHECK_INSTANCE_STATE names them");

typedef struct check_call {
  nangolite *store;
  char *reason; /* which invariant was found broken first, in words; NULL: none was */
} check_call;

static int check_goes_on(const check_call *k) {
  return k->reason == NULL && !store_interrupted(k->store);
}

static void check_say(check_call *k, const char *format, ...) {
  if (!check_goes_on(k)) return;
  va_list arguments;
  va_start(arguments, format);
  k->reason = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  if (k->reason == NULL) store_fail_memory(k->store);
}

static void check_version(check_call *k) {
  int64_t version = schema_version(k->store);
  if (version != TABLES_VERSION)
    check_say(k, "the schema version is %lld, not %d", (long long)version, TABLES_VERSION);
}

/* Each statement selects a sentence for every place where its invariant is broken. That of the pragma is
** "ok" where nothing is broken. */
static void check_statements(check_call *k) {
  for (int id = CHECK_INTEGRITY; id <= CHECK_LAST && check_goes_on(k); id++) {
    query q = query_open(k->store, (statement_id)id);
    slice found = query_next(&q) ? query_text(&q, 0) : slice_of("ok");
    if (!slice_equals(found, slice_of("ok"))) check_say(k, "%.*s", (int)found.length, found.at);
    query_close(&q);
  }
}

static void check_name(check_call *k, name_kind kind, slice name, const char *table, int64_t id) {
  const char *rule = name_check(kind, name);
  if (rule != NULL) check_say(k, "%s %lld: %s %s", table, (long long)id, name_field(kind), rule);
}

static void check_metadata(check_call *k, slice metadata, int64_t id) {
  json_value value;
  if (metadata.at == NULL) return;
  json_error error = json_scan(metadata, &value);
  if (error.reason != NULL || value.type != JSON_OBJECT)
    check_say(k, "connection %lld: its metadata are no JSON object", (long long)id);
}

static void check_connection_names(check_call *k) {
  query q = query_open(k->store, NAMES_OF_CONNECTIONS);
  while (check_goes_on(k) && query_next(&q)) {
    check_name(k, NAME_PROVIDER_CONFIG_KEY, query_text(&q, 1), "connection", query_int(&q, 0));
    check_name(k, NAME_CONNECTION_ID, query_text(&q, 2), "connection", query_int(&q, 0));
    check_metadata(k, query_text(&q, 3), query_int(&q, 0));
  }
  query_close(&q);
}

static void check_collection_names(check_call *k) {
  query q = query_open(k->store, NAMES_OF_COLLECTIONS);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t id = query_int(&q, 0);
    slice variant = query_text(&q, 2);
    check_name(k, NAME_MODEL, query_text(&q, 1), "collection", id);
    check_name(k, NAME_VARIANT, variant, "collection", id);
    if (name_is_base(variant) && !slice_equals(variant, slice_of("base")))
      check_say(k, "collection %lld: variant is another spelling of base", (long long)id);
  }
  query_close(&q);
}

static void check_interval(check_call *k, slice frequency, int64_t interval, const char *table, int64_t id) {
  int64_t parsed = 0;
  const char *reason = frequency_parse(frequency, &parsed);
  if (reason != NULL || parsed != interval)
    check_say(k, "%s %lld: interval is not that of the frequency", table, (long long)id);
}

static void check_syncs(check_call *k) {
  query q = query_open(k->store, NAMES_OF_SYNCS);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t id = query_int(&q, 0);
    check_name(k, NAME_PROVIDER_CONFIG_KEY, query_text(&q, 1), "sync", id);
    check_name(k, NAME_SYNC, query_text(&q, 2), "sync", id);
    check_name(k, NAME_MODEL, query_text(&q, 5), "sync", id);
    check_interval(k, query_text(&q, 3), query_int(&q, 4), "sync", id);
  }
  query_close(&q);
}

/* `checkpoint` is absent where there is none. Its text ends with a NUL. */
static void check_checkpoint(check_call *k, slice checkpoint, int64_t id) {
  if (checkpoint.at == NULL || !check_goes_on(k)) return;
  slice kept = checkpoint_check(k->store, checkpoint.at);
  if (k->store->result == NANGOLITE_INVALID) {
    k->store->result = NANGOLITE_OK; /* it was in the file, and is no argument of this call */
    check_say(k, "instance %lld: a checkpoint breaks the rules", (long long)id);
  } else if (!slice_equals(kept, checkpoint)) {
    check_say(k, "instance %lld: a checkpoint has white space around it", (long long)id);
  }
}

static void check_instances(check_call *k) {
  query q = query_open(k->store, NAMES_OF_INSTANCES);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t id = query_int(&q, 0);
    slice variant = query_text(&q, 1), frequency = query_text(&q, 2);
    check_name(k, NAME_VARIANT, variant, "instance", id);
    if (name_is_base(variant) && !slice_equals(variant, slice_of("base")))
      check_say(k, "instance %lld: variant is another spelling of base", (long long)id);
    if (frequency.at != NULL) check_interval(k, frequency, query_int(&q, 3), "instance", id);
    check_checkpoint(k, query_text(&q, 4), id);
    check_checkpoint(k, query_text(&q, 5), id);
  }
  query_close(&q);
}

static void check_say_of_record(check_call *k, const record_row *r, const char *what) {
  check_say(k, "collection %lld, id '%.*s': %s", (long long)row_key_collection(r->key), (int)r->id.length,
            r->id.at, what);
}

static const char *check_payload_says(const record_row *r) {
  json_records records;
  json_record parsed, further;
  if (r->payload.length == 0 || *r->payload.at != '{') return "the payload is no JSON object";
  json_records_open(&records, r->payload);
  int is_there = json_records_next(&records, &parsed) && !json_records_next(&records, &further);
  if (!is_there || records.error.reason != NULL) return "the payload is no JSON object";
  if (parsed.text.length != r->payload.length) return "the payload has white space around it";
  if (parsed.has_metadata) return "the payload has a " PAYLOAD_METADATA;
  if (parsed.id.text.at == NULL) return "the payload has no id";
  int is_same =
    parsed.id.type == JSON_STRING ? json_string_is(parsed.id, r->id.at) : slice_equals(parsed.id.text, r->id);
  return is_same ? NULL : "the payload has another id";
}

static void check_stub(check_call *k, const record_row *r) {
  text stub = {0};
  payload_append_stub(r->payload, &stub);
  store_check_text(k->store, &stub);
  if (!slice_equals(r->payload, (slice){stub.at, stub.length}))
    check_say_of_record(k, r, "the pruned payload is not its id alone");
  text_free(&stub);
}

/* Compares a payload that is there with what its record's entry says of it. */
static void check_entry_text(check_call *k, entries *known, const record_row *r, const entry *of) {
  entry_text other;
  if (!hash_equals(of->text.hash, hash_bytes(&k->store->key, r->payload.at, r->payload.length)))
    check_say_of_record(k, r, "the hash is not that of the payload");
  else if (of->text.length != r->payload.length)
    check_say_of_record(k, r, "the length in its entry is not that of the payload");
  else if (of->has_alternate && !entry_find_alternate(known, r->number, of, &other))
    check_say_of_record(k, r, "its entry tells of an alternate, and there is none");
}

static void check_entry(check_call *k, entries *known, const record_row *r) {
  entry of;
  int64_t number = identity_find(k->store, known->of, r->id);
  if (number == 0) check_say_of_record(k, r, "the record has no identity");
  else if (number != r->number) check_say_of_record(k, r, "its number is not that of its identity");
  else if (!entry_find(known, number, &of) || of.key != r->key)
    check_say_of_record(k, r, "its entry does not lead to it");
  else if (!row_key_is_pruned(r->key)) check_entry_text(k, known, r, &of);
  else if (of.text.length != 0 || of.has_alternate)
    check_say_of_record(k, r, "its entry knows a text that was pruned");
}

static void check_record(check_call *k, entries *known, const record_row *r) {
  const char *wrong = check_payload_says(r);
  if (wrong != NULL) check_say_of_record(k, r, wrong);
  else if (row_key_is_pruned(r->key)) check_stub(k, r);
  check_entry(k, known, r);
}

static void check_follows(check_call *k, const record_row *r, int64_t last_sequence, int64_t last_stamp) {
  if (row_key_sequence(r->key) == last_sequence) check_say_of_record(k, r, "its sequence is there twice");
  else if (r->last_modified_at <= last_stamp)
    check_say_of_record(k, r, "its stamp is not above that of the change before");
}

static void check_records(check_call *k, entries *known) {
  record_row r;
  int64_t sequence = 0, stamp = 0, bytes = 0;
  feed f = feed_open(k->store, known->of, FEED_ALL, NULL);
  while (check_goes_on(k) && feed_next(&f, &r)) {
    check_follows(k, &r, sequence, stamp);
    check_record(k, known, &r);
    sequence = row_key_sequence(r.key);
    stamp = r.last_modified_at;
    if (!row_key_is_pruned(r.key)) bytes += (int64_t)r.payload.length;
  }
  feed_close(&f);
  if (bytes != known->of->bytes)
    check_say(k, "collection %lld: bytes are %lld, its payloads have %lld", (long long)known->of->id,
              (long long)known->of->bytes, (long long)bytes);
}

/* check_record() has seen that every record has its identity. This finds identities that have no record. */
static void check_identities(check_call *k, entries *known) {
  query q = query_open(k->store, IDENTITIES_OF_COLLECTION);
  query_bind_int(&q, known->of->id);
  while (check_goes_on(k) && query_next(&q)) {
    query row = {k->store, NULL, 0};
    entry of;
    record_row r = {0};
    slice id = query_text(&q, 0);
    int is_there =
      entry_find(known, query_int(&q, 1), &of) && record_get(known, query_int(&q, 1), &of, &row, &r);
    if (!is_there || !slice_equals(r.id, id))
      check_say(k, "collection %lld, id '%.*s': the identity has no record", (long long)known->of->id,
                (int)id.length, id.at);
    query_close(&row);
  }
  query_close(&q);
}

static void check_entries(check_call *k, entries *known) {
  int64_t records = 0, used = 0;
  entry of;
  for (int state = 0; state < STATE_COUNT; state++) records += known->of->counts[state];
  for (int64_t number = 1; number <= known->of->numbers && check_goes_on(k); number++)
    used += entry_find(known, number, &of);
  if (used != records)
    check_say(k, "collection %lld: %lld entries lead to records, and there are %lld",
              (long long)known->of->id, (long long)used, (long long)records);
}

/* What the other parts refuse to read in the file, they latch as CORRUPT. Here this is what was looked
** for, and becomes the reason. What SQLite itself cannot read stays a failure. */
static void check_take_latched(check_call *k) {
  nangolite *store = k->store;
  if (store->result != NANGOLITE_CORRUPT || (sqlite3_errcode(store->db) & 0xff) == SQLITE_CORRUPT) return;
  store->result = NANGOLITE_OK;
  check_say(k, "%s", store_message(store));
}

static void check_collection(check_call *k, int64_t id) {
  collection c = collection_by_id(k->store, id);
  entries known = entries_open(k->store, &c);
  check_records(k, &known);
  check_identities(k, &known);
  check_entries(k, &known);
  check_take_latched(k);
  entries_free(&known);
}

static void check_collections(check_call *k) {
  query q = query_open(k->store, NAMES_OF_COLLECTIONS);
  while (check_goes_on(k) && query_next(&q)) check_collection(k, query_int(&q, 0));
  query_close(&q);
}

static void check_seen(check_call *k) {
  query q = query_open(k->store, SEEN_OF_ALL);
  while (check_goes_on(k) && query_next(&q)) {
    int64_t first = query_int(&q, 1) * WINDOW_CHUNK_BITS;
    slice bits = query_blob(&q, 2);
    for (int64_t bit = 0; bit < WINDOW_CHUNK_BITS; bit++) {
      int64_t number = first + bit;
      if ((number > 0 && number <= query_int(&q, 3)) || !((unsigned char)bits.at[bit / 8] >> bit % 8 & 1))
        continue;
      check_say(k, "collection %lld: number %lld was seen, and was never issued", (long long)query_int(&q, 0),
                (long long)number);
    }
  }
  query_close(&q);
}

static char *check_run(nangolite *store) {
  check_call k = {store, NULL};
  check_version(&k);
  check_statements(&k);
  check_connection_names(&k);
  check_collection_names(&k);
  check_collections(&k);
  check_seen(&k);
  check_syncs(&k);
  check_instances(&k);
  return k.reason;
}

static void check_functions(nangolite *store) {
  query q = query_open(store, CHECK_FUNCTIONS);
  if (query_number(&q) == 0) return;
  store_fail(
    store, NANGOLITE_MISUSE,
    "db: the connection has a function of its own named length or typeof, by which the check cannot go");
}

int nangolite_check(nangolite *store, char **reason) {
  if (reason != NULL) *reason = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, reason, "reason");
  call_read(store);
  check_functions(store);
  transaction_read_store(store);
  return call_end_with(store, check_run(store), reason);
}

/******** api/dumps.c ********/

/* dumps: the functions of the C API that write a store as text, and read it back. */

/* A NULL means all, so only what is given is checked. */
static void dumps_check_scope(nangolite *store, const nangolite_scope *scope) {
  if (scope->provider_config_key != NULL)
    arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, scope->provider_config_key);
  if (scope->connection_id != NULL) arguments_check_name(store, NAME_CONNECTION_ID, scope->connection_id);
  if (scope->model != NULL) arguments_check_name(store, NAME_MODEL, scope->model);
  if (scope->variant != NULL) arguments_check_name(store, NAME_VARIANT, scope->variant);
}

/* A name that is wrong must not give an empty dump, which would be equal to another empty one. */
static void dumps_find_scope(nangolite *store, const nangolite_scope *scope) {
  if (store_failed(store) || scope->provider_config_key == NULL) return;
  if (scope->connection_id != NULL) connection_find(store, scope->provider_config_key, scope->connection_id);
  else connection_need_integration(store, scope->provider_config_key);
}

static nangolite_scope dumps_scope(const nangolite_scope *given) {
  nangolite_scope scope = {0};
  if (given != NULL) scope = *given;
  if (scope.variant != NULL) scope.variant = name_of_variant(slice_of(scope.variant)).at;
  return scope;
}

int nangolite_dump(nangolite *store, const nangolite_scope *scope, unsigned flags,
                   int (*write)(void *ctx, const char *text, size_t length), void *ctx) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  dump d = {.store = store,
            .scope = dumps_scope(scope),
            .has_metadata = (flags & NANGOLITE_DUMP_METADATA) != 0,
            .write = write,
            .ctx = ctx,
            .now = store_clock(store)};
  if (write == NULL) store_fail(store, NANGOLITE_MISUSE, "write is NULL");
  if (flags & ~(unsigned)NANGOLITE_DUMP_METADATA) store_fail(store, NANGOLITE_INVALID, "flags: unknown ones");
  dumps_check_scope(store, &d.scope);
  call_read(store);
  transaction_read_store(store);
  dumps_find_scope(store, &d.scope);
  store->is_dumping = 1;
  if (!store_failed(store)) dump_write(&d);
  store->is_dumping = 0;
  return call_end(store);
}

/* What the check finds wrong came from the dump, except what SQLite says of its pages. */
static void dumps_judge(nangolite *store) {
  char *reason = store_failed(store) ? NULL : check_run(store);
  int is_of_file = reason != NULL && slice_starts_with(slice_of(reason), "*** in database");
  if (is_of_file) store_fail(store, NANGOLITE_CORRUPT, "%s", reason);
  else if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "json: %s", reason);
  sqlite3_free(reason);
}

int nangolite_load(nangolite *store, const char *json, int64_t length) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  slice written = batch_text(store, json, length);
  if (store->is_executing) store_fail(store, NANGOLITE_MISUSE, "called from inside a sync function");
  call_write(store);
  if (!store_failed(store)) load_lines(store, written);
  dumps_judge(store);
  if (!store_failed(store)) load_compare(store, written);
  int result = call_end(store);
  if (result == NANGOLITE_OK) runs_disown(store);
  return result;
}

/******** api/repair_report.h ********/

/* repair_report: what a repair has done, in sentences, and the one way to run a statement of it and tell. */
#ifndef NANGOLITE_REPAIR_REPORT_H
#define NANGOLITE_REPAIR_REPORT_H

typedef struct repair {
  nangolite *store;
  text report; /* a line for each kind of damage; empty: nothing was done */
} repair;

/* A line, where something was done so many times: "SENTENCE (3 rows).". */
static void repair_say(repair *r, const char *sentence, int64_t count);

/* A statement that mends rows by itself, and what it says of them. One with a parameter takes the time. */
typedef struct repair_step {
  statement_id id;
  const char *sentence;
} repair_step;

/* Runs statements one after the other and tells of those that changed rows. */
static void repair_run_steps(repair *r, const repair_step *steps, size_t count);

/* Of rows that are mended one by one: how many there were, and the name of the first. */
typedef struct repair_count {
  int64_t rows;
  text first;
} repair_count;

/* Counts a row. `place` is the name of it, as sqlite3_mprintf() formats it. */
static void repair_count_row(repair *r, repair_count *count, const char *place, ...);
/* A line that tells of them, if there were any: "SENTENCE (3 rows, the first is collection 1, id 'a').". Then
** none are counted. */
static void repair_say_counted(repair *r, const char *sentence, repair_count *count);

#endif

/******** api/repair_report.c ********/

static void repair_append(repair *r, const char *sentence, int64_t count, const text *first) {
  if (store_failed(r->store)) return;
  text_append_string(&r->report, sentence);
  text_append_string(&r->report, " (");
  text_append_int(&r->report, count);
  text_append_string(&r->report, count == 1 ? " row" : " rows");
  if (first != NULL) {
    text_append_string(&r->report, count == 1 ? ": " : ", the first is ");
    text_append(&r->report, first->at, first->length);
  }
  text_append_string(&r->report, ").\n");
  store_check_text(r->store, &r->report);
}

static void repair_say(repair *r, const char *sentence, int64_t count) {
  if (count > 0) repair_append(r, sentence, count, NULL);
}

static void repair_run_step(repair *r, const repair_step *step) {
  query q = query_open(r->store, step->id);
  int takes_time = q.statement != NULL && sqlite3_bind_parameter_count(q.statement) == 1;
  if (takes_time) query_bind_int(&q, r->store->now);
  repair_say(r, step->sentence, query_run(&q));
}

static void repair_run_steps(repair *r, const repair_step *steps, size_t count) {
  for (size_t i = 0; i < count && !store_failed(r->store); i++) repair_run_step(r, &steps[i]);
}

static void repair_count_row(repair *r, repair_count *count, const char *place, ...) {
  if (count->rows++ > 0 || store_failed(r->store)) return;
  va_list arguments;
  va_start(arguments, place);
  char *name = sqlite3_vmprintf(place, arguments);
  va_end(arguments);
  if (name == NULL) store_fail_memory(r->store);
  else text_append_string(&count->first, name);
  store_check_text(r->store, &count->first);
  sqlite3_free(name);
}

static void repair_say_counted(repair *r, const char *sentence, repair_count *count) {
  if (count->rows > 0) repair_append(r, sentence, count->rows, &count->first);
  text_free(&count->first);
  *count = (repair_count){0};
}

/******** api/repair_records.h ********/

/* repair_records: mends connections, collections, and all that is kept of records.
**
** What is believed, in this order: a record's row, then its entry, then its identity, then its collection's
** numbers. So identities, entries and counters are made again from the records where they differ. */
#ifndef NANGOLITE_REPAIR_RECORDS_H
#define NANGOLITE_REPAIR_RECORDS_H

static void repair_records(repair *r);

#endif

/******** api/repair_records.c ********/

/* What is mended in one collection. */
typedef struct repair_collection {
  repair *r;
  nangolite *store;
  collection c;
  int64_t first, last; /* the row keys that its records can have */
  int is_renumbered;   /* a bit of its delete window may mean another record than it did */
} repair_collection;

/* What is told of the records of all collections. */
typedef struct repair_told {
  repair_count moved, emptied, trimmed, renamed, dropped, twice, renumbered, entries, identities, strays,
    changed, counters, windows, beyond;
} repair_told;

static query repair_open_range(repair_collection *k, statement_id id) {
  query q = query_open(k->store, id);
  query_bind_int(&q, k->first);
  query_bind_int(&q, k->last);
  return q;
}

/* ---- connections and collections ----------------------------------------------------------------------- */

static const repair_step repair_first_steps[] = {
  {REPAIR_CONNECTION_TEXT, "Names and metadata of connections that were no text became text"},
  {REPAIR_CONNECTION_TIMES, "Connections had times that cannot be, which became the time of this repair"},
  {REPAIR_COLLECTION_IDS, "Collections had numbers that cannot be, and were dropped"},
  {REPAIR_COLLECTION_TEXT, "Names of collections that were no text became text"},
  {REPAIR_COLLECTION_REMOVED,
   "Whether collections were taken away was not clear; those with a connection were not"},
  {REPAIR_COLLECTION_NUMBERS, "Collections had numbers that cannot be, which were counted again"},
  {REPAIR_COLLECTION_MANY, "Collections had issued more numbers than can be, which were counted again"},
  {REPAIR_COLLECTION_LOST,
   "Collections had lost their own rows, and their records went into the model Recovered"},
  {REPAIR_COLLECTION_SEQUENCE, "Collections did not know how many changes they have had"},
  {REPAIR_COLLECTION_COUNTS, "Collections had counters that cannot be, which were counted again"},
  {REPAIR_CONNECTION_LOST,
   "Connections were made for collections that had lost theirs; their provider_config_key is "
   "recovered"},
  {REPAIR_COLLECTION_OWNER, "Collections that had lost their connections now have these"},
  {REPAIR_RECORD_KEYS, "Records had row keys that cannot be, and were dropped"},
  {REPAIR_RECORD_IDS, "Ids of records that were no text became text"},
  {REPAIR_RECORD_PAYLOADS, "Payloads that were no text became text"},
  {REPAIR_RECORD_REMOVED, "Records of collections that were taken away were damaged, and were dropped"},
  {REPAIR_STAMP_TWICE, "Stamps were there twice; these records get new ones"},
  {REPAIR_ENTRIES_LOST, "Rows of entries belonged to no collection, and were dropped"},
  {REPAIR_ALTERNATES_LOST, "Rows of alternates belonged to no collection, and were dropped"},
  {REPAIR_IDENTITIES_LOST, "Identities belonged to no collection, and were dropped"},
  {REPAIR_IDENTITIES_REMOVED,
   "Identities of collections that were taken away were damaged, and were dropped"},
  {REPAIR_SEEN_LOST, "Rows of delete windows belonged to none that is open, and were dropped"}};

static const repair_step repair_last_steps[] = {
  {REPAIR_RECORD_TIMES, "Records had a first_seen_at, pruned_at, deleted_at or writer that cannot be"}};

static void repair_rename_connection(repair *r, int64_t id, slice provider_config_key,
                                     repair_count *renamed) {
  int is_allowed = name_check(NAME_PROVIDER_CONFIG_KEY, provider_config_key) == NULL;
  query q = query_open(r->store, REPAIR_CONNECTION_RENAME);
  query_bind_text(&q, is_allowed ? provider_config_key : slice_of("recovered"));
  query_bind_int(&q, id);
  query_run(&q);
  repair_count_row(r, renamed, "connection %lld", (long long)id);
}

static int repair_is_object(slice json) {
  json_value value;
  return json_scan(json, &value).reason == NULL && value.type == JSON_OBJECT;
}

static void repair_connections(repair *r) {
  repair_count renamed = {0}, cleared = {0};
  query q = query_open(r->store, NAMES_OF_CONNECTIONS);
  while (query_next(&q)) {
    slice provider_config_key = query_text(&q, 1), metadata = query_text(&q, 3);
    if (name_check(NAME_PROVIDER_CONFIG_KEY, provider_config_key) != NULL ||
        name_check(NAME_CONNECTION_ID, query_text(&q, 2)) != NULL)
      repair_rename_connection(r, query_int(&q, 0), provider_config_key, &renamed);
    if (metadata.at == NULL || repair_is_object(metadata)) continue;
    query_run_with(r->store, REPAIR_CONNECTION_METADATA, query_int(&q, 0));
    repair_count_row(r, &cleared, "connection %lld", (long long)query_int(&q, 0));
  }
  query_close(&q);
  repair_say_counted(
    r, "Connections had names that cannot be, and are now named connection- and their number", &renamed);
  repair_say_counted(r, "Metadata of connections were no JSON object, and were dropped", &cleared);
}

/* "base" in another spelling becomes "base", where there is none. */
static void repair_variant(repair *r, slice variant, statement_id base, statement_id other, int64_t id) {
  query q = query_open(r->store, base);
  query_bind_int(&q, id);
  int is_base = name_is_base(variant) && query_run(&q) == 1;
  query_close(&q);
  if (!is_base) query_run_with(r->store, other, id);
}

static int repair_variant_is_wrong(slice variant) {
  if (name_is_base(variant)) return !slice_equals(variant, slice_of("base"));
  return name_check(NAME_VARIANT, variant) != NULL;
}

static void repair_collection_names(repair *r) {
  repair_count renamed = {0};
  query q = query_open(r->store, NAMES_OF_COLLECTIONS);
  while (query_next(&q)) {
    int64_t id = query_int(&q, 0);
    slice variant = query_text(&q, 2);
    int model_is_wrong = name_check(NAME_MODEL, query_text(&q, 1)) != NULL;
    int variant_is_wrong = repair_variant_is_wrong(variant);
    if (model_is_wrong) query_run_with(r->store, REPAIR_COLLECTION_MODEL, id);
    if (variant_is_wrong) repair_variant(r, variant, REPAIR_COLLECTION_BASE, REPAIR_COLLECTION_VARIANT, id);
    if (model_is_wrong || variant_is_wrong) repair_count_row(r, &renamed, "collection %lld", (long long)id);
  }
  query_close(&q);
  repair_say_counted(r, "Models or variants of collections had names that cannot be, and have new ones",
                     &renamed);
}

/* ---- the order of changes ------------------------------------------------------------------------------ */

typedef struct repair_place {
  int64_t key, stamp;
} repair_place;

/* The records of a collection in the order of sequences, as far as their stamps ascend with them, and those
** that are in doubt. */
typedef struct repair_order {
  repair_place *kept;
  size_t count, capacity;
  id_list doubtful;
} repair_order;

static void repair_keep(repair_collection *k, repair_order *order, repair_place place) {
  repair_place *kept = list_room(order->kept, NULL, order->count, &order->capacity, sizeof *kept);
  if (kept == NULL) {
    store_fail_memory(k->store);
    return;
  }
  order->kept = kept;
  kept[order->count++] = place;
}

/* Of two that contradict each other nobody knows which one is wrong, so both are in doubt: a reader who has
** passed one of them may not have seen the other. */
static void repair_place_record(repair_collection *k, repair_order *order, repair_place place) {
  repair_place *before = order->count > 0 ? &order->kept[order->count - 1] : NULL;
  int follows = before == NULL ||
                (row_key_sequence(before->key) < row_key_sequence(place.key) && before->stamp < place.stamp);
  if (place.stamp != 0 && follows) {
    repair_keep(k, order, place);
    return;
  }
  id_list_add(k->store, &order->doubtful, place.key);
  if (place.stamp == 0) return;
  id_list_add(k->store, &order->doubtful, before->key);
  order->count--;
}

/* Gives a record a new sequence and stamp, as if it had changed last. So each reader sees it once more. */
static void repair_move(repair_collection *k, int64_t key, repair_told *told) {
  query q = query_open(k->store, REPAIR_RECORD_MOVE);
  query_bind_int(&q, collection_next_key(k->store, &k->c, row_key_state(key)));
  query_bind_int(&q, store_next_stamp(k->store));
  query_bind_int(&q, key);
  query_run(&q);
  repair_count_row(k->r, &told->moved, "collection %lld, change %lld", (long long)k->c.id,
                   (long long)row_key_sequence(key));
}

static void repair_put_in_order(repair_collection *k, repair_told *told) {
  repair_order order = {0};
  query q = repair_open_range(k, REPAIR_RECORDS_IN_ORDER);
  while (query_next(&q) && !store_failed(k->store)) {
    repair_place place = {query_int(&q, 0), 0};
    if (!query_int_within(&q, 1, 1, k->store->last_stamp, &place.stamp)) place.stamp = 0;
    repair_place_record(k, &order, place);
  }
  query_close(&q);
  for (size_t i = 0; i < order.doubtful.count && !store_failed(k->store); i++)
    repair_move(k, order.doubtful.at[i], told);
  sqlite3_free(order.kept);
  sqlite3_free(order.doubtful.at);
}

/* ---- payloads and ids ---------------------------------------------------------------------------------- */

static int repair_id_can_be(slice id) {
  return id.length > 0 && id.length <= RECORD_ID_MAX && memchr(id.at, '\0', id.length) == NULL;
}

static void repair_put(repair_collection *k, const record_row *r, int64_t key, slice id, slice payload) {
  query q = query_open(k->store, REPAIR_RECORD_PUT);
  query_bind_int(&q, key);
  query_bind_text(&q, id);
  query_bind_text(&q, payload);
  query_bind_int_or_null(&q, !row_key_is_pruned(key) ? 0 : r->pruned_at > 0 ? r->pruned_at : k->store->now);
  query_bind_int(&q, r->key);
  query_run(&q);
}

static int64_t repair_key_pruned(const record_row *r) {
  int state = STATE_PRUNED + (int)row_key_action(r->key);
  return row_key_make(row_key_collection(r->key), state, row_key_sequence(r->key));
}

/* The payload is lost, and the record is not: it stays as one that was pruned. Its next save brings a payload
** back, as a change, because nobody knows the hash of what was lost. */
static void repair_empty(repair_collection *k, const record_row *r) {
  text stub = {0};
  text_append_string(&stub, "{\"id\":");
  json_write(&stub, r->id);
  text_append_string(&stub, "}");
  store_check_text(k->store, &stub);
  repair_put(k, r, repair_key_pruned(r), r->id, (slice){stub.at, stub.length});
  text_free(&stub);
}

/* The payload's own id, where it is JSON with one. The caller frees it. */
static int repair_own_id(repair_collection *k, slice payload, json_record *parsed, text *id) {
  json_records records;
  json_record further;
  json_records_open(&records, payload);
  int is_one = json_records_next(&records, parsed) && !json_records_next(&records, &further);
  if (!is_one || records.error.reason != NULL || parsed->has_metadata || parsed->id.text.at == NULL) return 0;
  if (parsed->id.type == JSON_STRING) json_unescape(parsed->id, id, NULL);
  else text_append(id, parsed->id.text.at, parsed->id.text.length);
  store_check_text(k->store, id);
  return !store_failed(k->store) && repair_id_can_be((slice){id->at, id->length});
}

static int repair_has_identity(repair_collection *k, slice id) {
  query q = query_open(k->store, IDENTITY_FIND);
  query_bind_int(&q, k->c.id);
  query_bind_text(&q, id);
  int is_there = query_next(&q);
  query_close(&q);
  return is_there;
}

/* Where id and payload disagree: the id is right if there is an identity of it. */
static void repair_disagreeing(repair_collection *k, const record_row *r, repair_told *told) {
  text own = {0};
  json_record parsed;
  int has_own = repair_own_id(k, r->payload, &parsed, &own);
  slice id = {own.at, own.length};
  int id_can_be = repair_id_can_be(r->id);
  if (has_own && id_can_be && slice_equals(id, r->id)) {
    repair_put(k, r, r->key, id, parsed.text);
    repair_count_row(k->r, &told->trimmed, "collection %lld, id '%.*s'", (long long)k->c.id, (int)id.length,
                     id.at);
  } else if (has_own && (!id_can_be || !repair_has_identity(k, r->id))) {
    repair_put(k, r, r->key, id, parsed.text);
    repair_count_row(k->r, &told->renamed, "collection %lld, id '%.*s'", (long long)k->c.id, (int)id.length,
                     id.at);
  } else if (id_can_be) {
    repair_empty(k, r);
    repair_count_row(k->r, &told->emptied, "collection %lld, id '%.*s'", (long long)k->c.id,
                     (int)r->id.length, r->id.at);
  } else {
    query_run_with(k->store, REPAIR_RECORD_DROP, r->key);
    repair_count_row(k->r, &told->dropped, "collection %lld, change %lld", (long long)k->c.id,
                     (long long)row_key_sequence(r->key));
  }
  text_free(&own);
}

/* A pruned record whose stub has more than its id gets the stub of it. */
static void repair_stub(repair_collection *k, const record_row *r, repair_told *told) {
  text stub = {0};
  payload_append_stub(r->payload, &stub);
  store_check_text(k->store, &stub);
  if (!slice_equals(r->payload, (slice){stub.at, stub.length})) {
    repair_put(k, r, r->key, r->id, (slice){stub.at, stub.length});
    repair_count_row(k->r, &told->trimmed, "collection %lld, id '%.*s'", (long long)k->c.id,
                     (int)r->id.length, r->id.at);
  }
  text_free(&stub);
}

/* The row is copied, because it is changed while it is read. Where the rows of a damaged b-tree are out of order, the
** next one may be one that was passed. */
static int repair_next_record(repair_collection *k, int64_t after, record_row *r, text *copy) {
  query q = query_open(k->store, REPAIR_RECORD_AFTER);
  query_bind_int(&q, after);
  query_bind_int(&q, k->last);
  int is_there = query_next(&q);
  text_clear(copy);
  if (is_there && query_int(&q, 0) <= after)
    store_fail(k->store, NANGOLITE_CORRUPT, "collection %lld: the rows of its records are out of order",
               (long long)k->c.id);
  else if (is_there) {
    *r = (record_row){.key = query_int(&q, 0), .pruned_at = query_int(&q, 5)};
    slice id = query_text(&q, 1), payload = query_text(&q, 6);
    text_append(copy, id.at == NULL ? "" : id.at, id.length);
    text_append(copy, "", 1);
    text_append(copy, payload.at == NULL ? "" : payload.at, payload.length);
    text_append(copy, "", 1);
    store_check_text(k->store, copy);
    r->id = (slice){copy->at, id.length};
    r->payload = (slice){copy->at + id.length + 1, payload.length};
  }
  query_close(&q);
  return is_there && !store_failed(k->store);
}

static void repair_payloads(repair_collection *k, repair_told *told) {
  record_row r;
  text copy = {0};
  int64_t after = k->first;
  while (repair_next_record(k, after, &r, &copy)) {
    if (!repair_id_can_be(r.id) || check_payload_says(&r) != NULL) repair_disagreeing(k, &r, told);
    else if (row_key_is_pruned(r.key)) repair_stub(k, &r, told);
    after = r.key;
  }
  text_free(&copy);
  query q = query_open(k->store, REPAIR_RECORDS_TWICE);
  query_bind_int(&q, k->first);
  query_bind_int(&q, k->last);
  int64_t twice = query_run(&q);
  if (twice == 0) return;
  repair_count_row(k->r, &told->twice, "collection %lld", (long long)k->c.id);
  told->twice.rows += twice - 1;
}

/* ---- numbers, entries and identities ------------------------------------------------------------------- */

/* Records are never removed one by one, so there are about as many numbers as records. A number that is far
** above would have to be counted up to. */
static int64_t repair_greatest_number(repair_collection *k) {
  query q = repair_open_range(k, REPAIR_RECORDS_COUNT);
  int64_t most = 2 * query_number(&q) + ENTRY_GROUP;
  return most < ROW_KEY_SEQUENCE_MAX ? most : ROW_KEY_SEQUENCE_MAX;
}

static void repair_give_number(repair_collection *k, int64_t key, repair_told *told) {
  query q = query_open(k->store, REPAIR_RECORD_NUMBER);
  query_bind_int(&q, ++k->c.numbers);
  query_bind_int(&q, key);
  query_run(&q);
  k->is_renumbered = 1;
  repair_count_row(k->r, &told->renumbered, "collection %lld, number %lld", (long long)k->c.id,
                   (long long)k->c.numbers);
}

static void repair_numbers(repair_collection *k, repair_told *told) {
  id_list unnumbered = {NULL, 0, 0};
  int64_t greatest = repair_greatest_number(k);
  query q = repair_open_range(k, REPAIR_NUMBERS);
  query_bind_int(&q, greatest);
  query_run(&q);
  q = repair_open_range(k, REPAIR_NUMBERS_LAST);
  int64_t last = query_number(&q);
  if (k->c.numbers < last) k->c.numbers = last;
  q = repair_open_range(k, REPAIR_RECORDS_UNNUMBERED);
  id_list_read(k->store, &unnumbered, &q);
  for (size_t i = 0; i < unnumbered.count && !store_failed(k->store); i++)
    repair_give_number(k, unnumbered.at[i], told);
  sqlite3_free(unnumbered.at);
  if (k->c.sequence < k->c.numbers) k->c.sequence = k->c.numbers;
}

static void repair_identity(repair_collection *k, const record_row *r, repair_told *told) {
  int64_t number = 0;
  query q = query_open(k->store, IDENTITY_FIND);
  query_bind_int(&q, k->c.id);
  query_bind_text(&q, r->id);
  int is_right =
    query_next(&q) && query_int_within(&q, 0, 1, ROW_KEY_SEQUENCE_MAX, &number) && number == r->number;
  query_close(&q);
  if (is_right) return;
  q = query_open(k->store, REPAIR_IDENTITY_PUT);
  query_bind_int(&q, k->c.id);
  query_bind_text(&q, r->id);
  query_bind_int(&q, r->number);
  query_run(&q);
  repair_count_row(k->r, &told->identities, "collection %lld, id '%.*s'", (long long)k->c.id,
                   (int)r->id.length, r->id.at);
}

static void repair_count_record(repair_collection *k, const record_row *r) {
  k->c.counts[row_key_state(r->key)]++;
  if (row_key_is_pruned(r->key)) return;
  k->c.bytes += (int64_t)r->payload.length;
  collection_lower_oldest(&k->c, r->last_modified_at);
}

static void repair_record(repair_collection *k, entry_mender *mender, int64_t key, repair_told *told) {
  query q = {0};
  record_row r;
  if (record_get_at(k->store, key, &q, &r)) {
    repair_identity(k, &r, told);
    entry_mended found = entry_mend(mender, r.number, r.key, r.payload);
    if (found != ENTRY_WAS_RIGHT)
      repair_count_row(k->r, found == ENTRY_WAS_WRONG ? &told->entries : &told->changed,
                       "collection %lld, id '%.*s'", (long long)k->c.id, (int)r.id.length, r.id.at);
    repair_count_record(k, &r);
  }
  query_close(&q);
}

static void repair_stray_rows(repair_collection *k, repair_told *told) {
  query q = query_open(k->store, REPAIR_IDENTITIES_STRAY);
  query_bind_int(&q, k->c.id);
  query_bind_int(&q, k->first);
  query_bind_int(&q, k->last);
  int64_t strays = query_run(&q);
  if (strays == 0) return;
  repair_count_row(k->r, &told->strays, "collection %lld", (long long)k->c.id);
  told->strays.rows += strays - 1;
}

/* Makes the entries and identities of the records, in the order of numbers, and counts the records. */
static void repair_entries(repair_collection *k, repair_told *told) {
  id_list keys = {NULL, 0, 0};
  query q = repair_open_range(k, REPAIR_RECORDS_BY_NUMBER);
  id_list_read(k->store, &keys, &q);
  entry_mender mender = entry_mend_begin(k->store, &k->c);
  for (size_t i = 0; i < keys.count && !store_interrupted(k->store); i++)
    repair_record(k, &mender, keys.at[i], told);
  if (entry_mend_end(&mender) && told->entries.rows == 0)
    repair_count_row(k->r, &told->entries, "collection %lld", (long long)k->c.id);
  sqlite3_free(keys.at);
  repair_stray_rows(k, told);
}

/* ---- delete windows ------------------------------------------------------------------------------------ */

static int repair_bits_are_wrong(const collection *c, int64_t chunk, slice bits) {
  for (int64_t bit = 0; bit < WINDOW_CHUNK_BITS; bit++) {
    int64_t number = chunk * WINDOW_CHUNK_BITS + bit;
    int is_seen = (unsigned char)bits.at[bit / 8] >> bit % 8 & 1;
    if (is_seen && (number < 1 || number > c->numbers)) return 1;
  }
  return 0;
}

static int repair_window_is_wrong(repair_collection *k) {
  int is_wrong = 0;
  query q = query_open(k->store, REPAIR_SEEN);
  query_bind_int(&q, k->c.id);
  while (!is_wrong && query_next(&q)) {
    int64_t chunk = 0;
    slice bits = query_blob(&q, 1);
    is_wrong = !query_int_within(&q, 0, 0, k->c.numbers / WINDOW_CHUNK_BITS, &chunk) ||
               !query_is_blob(&q, 1) || bits.length != WINDOW_CHUNK_BYTES ||
               repair_bits_are_wrong(&k->c, chunk, bits);
  }
  query_close(&q);
  return is_wrong;
}

/* Where it is not certain what a window has seen, it is closed without deleting anything: its end would take
** what was seen for missing. */
static void repair_window(repair_collection *k, repair_told *told) {
  if (k->c.window_opened_at == 0 || (!k->is_renumbered && !repair_window_is_wrong(k))) return;
  window_discard(k->store, &k->c);
  repair_count_row(k->r, &told->windows, "collection %lld", (long long)k->c.id);
}

/* ---- a collection -------------------------------------------------------------------------------------- */

static repair_collection repair_open(repair *r, int64_t id) {
  repair_collection k = {.r = r, .store = r->store, .c = collection_by_id(r->store, id)};
  k.first = row_key_make(id, 0, 0);
  k.last = row_key_make(id, (1 << ROW_KEY_STATE_BITS) - 1, ROW_KEY_SEQUENCE_MAX);
  return k;
}

static int repair_counters_differ(const collection *a, const collection *b) {
  int differ = a->sequence != b->sequence || a->numbers != b->numbers || a->bytes != b->bytes ||
               a->oldest_payload_at != b->oldest_payload_at || a->window_opened_at != b->window_opened_at ||
               a->window_live != b->window_live;
  for (int state = 0; state < STATE_COUNT; state++) differ |= a->counts[state] != b->counts[state];
  return differ;
}

/* Forgets what is counted again. An oldest_payload_at that was too early is allowed, and stays. */
static void repair_begin_counting(collection *c) {
  memset(c->counts, 0, sizeof c->counts);
  c->bytes = 0;
  c->oldest_payload_at = 0;
}

static void repair_end_counting(repair_collection *k, const collection *was, repair_told *told) {
  collection *c = &k->c;
  int is_bound = was->oldest_payload_at != 0 && was->oldest_payload_at < c->oldest_payload_at;
  if (is_bound) c->oldest_payload_at = was->oldest_payload_at;
  if (c->window_live > c->numbers) c->window_live = collection_live(c);
  if (!repair_counters_differ(c, was)) return;
  collection_save(k->store, c);
  repair_count_row(k->r, &told->counters, "collection %lld", (long long)c->id);
}

static void repair_free_wrong_rows(repair_collection *k, repair_told *told) {
  int64_t groups = (k->c.numbers + ENTRY_GROUP - 1) / ENTRY_GROUP;
  query q = query_open(k->store, REPAIR_ENTRIES_BEYOND);
  query_bind_int(&q, k->c.id << 32 | groups);
  query_bind_int(&q, k->c.id << 32 | UINT32_MAX);
  int64_t freed = query_run(&q);
  q = query_open(k->store, REPAIR_ALTERNATES_WRONG);
  query_bind_int(&q, k->c.id);
  query_bind_int(&q, k->c.numbers);
  freed += query_run(&q);
  if (freed > 0) repair_count_row(k->r, &told->beyond, "collection %lld", (long long)k->c.id);
}

static void repair_order_of(repair *r, int64_t id, repair_told *told) {
  repair_collection k = repair_open(r, id);
  int64_t sequence = k.c.sequence;
  repair_put_in_order(&k, told);
  if (k.c.sequence != sequence) collection_save(k.store, &k.c);
}

static void repair_collection_of(repair *r, int64_t id, repair_told *told) {
  repair_collection k = repair_open(r, id);
  collection was = k.c;
  repair_payloads(&k, told);
  repair_begin_counting(&k.c);
  repair_numbers(&k, told);
  repair_free_wrong_rows(&k, told);
  repair_entries(&k, told);
  repair_window(&k, told);
  repair_end_counting(&k, &was, told);
}

/* Of what was taken away only the window is looked at: nobody reads the rest. */
static void repair_window_of(repair *r, int64_t id, repair_told *told) {
  repair_collection k = repair_open(r, id);
  collection was = k.c;
  repair_window(&k, told);
  if (repair_counters_differ(&k.c, &was)) collection_save(k.store, &k.c);
}

static void repair_each(repair *r, void (*mend)(repair *, int64_t, repair_told *),
                        void (*mend_removed)(repair *, int64_t, repair_told *), repair_told *told) {
  query q = query_open(r->store, REPAIR_COLLECTIONS);
  while (query_next(&q)) {
    if (query_int(&q, 1) == 0) mend(r, query_int(&q, 0), told);
    else if (mend_removed != NULL) mend_removed(r, query_int(&q, 0), told);
  }
  query_close(&q);
}

static void repair_tell(repair *r, repair_told *told) {
  repair_say_counted(
    r, "Records contradicted the order of changes, and were moved to its end: readers see them again",
    &told->moved);
  repair_say_counted(
    r,
    "Payloads were no JSON object of their record's id; the records stay, as pruned ones, until "
    "they are saved again",
    &told->emptied);
  repair_say_counted(r, "Payloads had more around them than there may be, which was cut off", &told->trimmed);
  repair_say_counted(r, "Records had another id than their payload, and now have that one", &told->renamed);
  repair_say_counted(r, "Records had neither an id nor a payload with one, and were dropped", &told->dropped);
  repair_say_counted(r, "Records were there twice; the earlier ones were dropped", &told->twice);
  repair_say_counted(r, "Records had numbers that cannot be, and got new ones", &told->renumbered);
  repair_say_counted(
    r,
    "Payloads are JSON, but not the text that was stored; they stay as they are until they are "
    "saved again",
    &told->changed);
  repair_say_counted(r, "Rows of entries or alternates could not be, and were dropped", &told->beyond);
  repair_say_counted(r, "Entries of records were made again", &told->entries);
  repair_say_counted(r, "Identities of records were made again", &told->identities);
  repair_say_counted(r, "Identities belonged to no record, and were dropped", &told->strays);
  repair_say_counted(r, "Counters of collections were counted again", &told->counters);
  repair_say_counted(r, "Delete windows were closed without deleting, as it is not known what they have seen",
                     &told->windows);
}

static void repair_records(repair *r) {
  repair_told told = {0};
  repair_run_steps(r, repair_first_steps, sizeof repair_first_steps / sizeof *repair_first_steps);
  repair_connections(r);
  repair_collection_names(r);
  repair_each(r, repair_order_of, NULL, &told);
  repair_run_steps(r, repair_last_steps, sizeof repair_last_steps / sizeof *repair_last_steps);
  repair_each(r, repair_collection_of, repair_window_of, &told);
  repair_tell(r, &told);
}

/******** api/repair_syncs.h ********/

/* repair_syncs: mends definitions, instances, results, kept runs and variables.
**
** A schedule keeps each column that can be true. A run in progress of which anything is missing is aborted. */
#ifndef NANGOLITE_REPAIR_SYNCS_H
#define NANGOLITE_REPAIR_SYNCS_H

static void repair_syncs(repair *r);

#endif

/******** api/repair_syncs.c ********/

#define REPAIR_FREQUENCY "every hour" /* where a definition has none that can be read */

static const repair_step repair_definition_steps[] = {
  {REPAIR_SYNC_TEXT, "Names and frequencies of syncs that were no text became text"},
  {REPAIR_SYNC_NUMBERS, "Syncs had numbers that cannot be, which have their defaults now"},
  {REPAIR_MODEL_TEXT, "Models that were no text became text"},
  {REPAIR_MODEL_POSITIONS, "Models had a place in their definition that was no number"}};

static const repair_step repair_model_steps[] = {
  {REPAIR_MODEL_OWNERS, "Models were of another integration than their sync, and are of the same now"},
  {REPAIR_MODELS_STRAY, "Models belonged to no sync, and were dropped"}};

static const repair_step repair_missing_steps[] = {
  {REPAIR_MODELS_LEFT, "Syncs had no model, and have those again that had left them"},
  {REPAIR_MODELS_OF_RESULTS, "Syncs had no model, and have those again of which they have results"},
  {REPAIR_MODELS_MADE_UP,
   "Syncs had no model, and have one named Recovered- and a number until they are defined again"},
  {REPAIR_INSTANCES_STRAY, "Instances had no connection or no sync of their integration, and were dropped"},
  {REPAIR_INSTANCE_TEXT, "Texts of instances had another type or were too long"},
  {REPAIR_INSTANCE_SCHEDULE, "Schedules had values that cannot be, which have their defaults now"},
  {REPAIR_INSTANCE_LATEST, "Instances had values of their latest run that cannot be, which were cleared"},
  {REPAIR_LAST_RUN, "The last number of a run was below one that was issued"},
  {REPAIR_INSTANCE_LATEST_RUN, "Instances had a latest run that was never begun"},
  {REPAIR_INSTANCE_SUCCEEDED_RUN, "Instances had a run that succeeded and was never begun"},
  {REPAIR_INSTANCE_RUN, "Runs in progress could not be, and were aborted"},
  {REPAIR_INSTANCE_NO_RUN, "Instances without a run in progress had values of one, which were cleared"},
  {REPAIR_INSTANCE_ASKED, "Runs were asked for in a way that cannot be, and are not asked for now"},
  {REPAIR_INSTANCE_ALLOWS,
   "Leaves to delete more than max_delete_percent belonged to no run, and were taken back"},
  {REPAIR_INSTANCE_ENDED, "Instances had a latest run without its end, or an end without a run"},
  {REPAIR_INSTANCE_ERROR, "Errors had no time or no type"}};

static const repair_step repair_instance_steps[] = {
  {REPAIR_INSTANCE_WAKE, "Times at which runs are due were worked out again"},
  {REPAIR_INSTANCE_VARIANTS, "Variants were counted again"},
  {REPAIR_RESULTS_STRAY, "Results belonged to no instance, model or run, and were dropped"},
  {REPAIR_RESULT_NUMBERS, "Results had numbers that cannot be, which were cleared"},
  {REPAIR_RUNS_STRAY, "Kept runs could not be, and were dropped"},
  {REPAIR_ENVIRONMENT, "Values of variables that were no text became text"}};

#define REPAIR_STEPS(r, steps) repair_run_steps(r, steps, sizeof(steps) / sizeof *(steps))

/* ---- definitions --------------------------------------------------------------------------------------- */

/* The integration that a sync's models name, or one that is made up. The caller frees it. */
static void repair_integration_of(repair *r, int64_t sync, text *found) {
  query q = query_open(r->store, REPAIR_SYNC_INTEGRATION);
  query_bind_int(&q, sync);
  slice named = query_next(&q) ? query_text(&q, 0) : slice_of("");
  int is_allowed = name_check(NAME_PROVIDER_CONFIG_KEY, named) == NULL;
  if (is_allowed) text_append(found, named.at, named.length);
  else text_append_string(found, "recovered");
  query_close(&q);
  store_check_text(r->store, found);
}

static void repair_sync_names(repair *r, int64_t id, slice integration, slice name, repair_count *renamed) {
  int integration_is_right = name_check(NAME_PROVIDER_CONFIG_KEY, integration) == NULL;
  int name_is_right = name_check(NAME_SYNC, name) == NULL;
  if (integration_is_right && name_is_right) return;
  text other = {0};
  char made_up[48];
  sqlite3_snprintf((int)sizeof made_up, made_up, "recovered-%lld", (long long)id);
  if (!integration_is_right) repair_integration_of(r, id, &other);
  query q = query_open(r->store, REPAIR_SYNC_RENAME);
  query_bind_text(&q, integration_is_right ? integration : (slice){other.at, other.length});
  query_bind_text(&q, name_is_right ? name : slice_of(made_up));
  query_bind_int(&q, id);
  query_run(&q);
  text_free(&other);
  repair_count_row(r, renamed, "sync %lld", (long long)id);
}

static int repair_frequency_is_right(slice frequency, int64_t interval) {
  int64_t parsed = 0;
  return frequency_parse(frequency, &parsed) == NULL && parsed == interval;
}

/* The frequency as it is written counts, then the interval. */
static void repair_sync_frequency(repair *r, int64_t id, slice frequency, int64_t interval,
                                  repair_count *mended) {
  char written[48];
  int64_t parsed = 0;
  if (repair_frequency_is_right(frequency, interval)) return;
  if (frequency_parse(frequency, &parsed) != NULL) {
    int64_t seconds = interval / MICROSECONDS_PER_SECOND;
    sqlite3_snprintf((int)sizeof written, written, "every %lld seconds", (long long)seconds);
    frequency = slice_of(seconds > 0 ? written : REPAIR_FREQUENCY);
    if (frequency_parse(frequency, &parsed) != NULL) frequency_parse(slice_of(REPAIR_FREQUENCY), &parsed);
  }
  query q = query_open(r->store, REPAIR_SYNC_FREQUENCY);
  query_bind_text(&q, frequency);
  query_bind_int(&q, parsed);
  query_bind_int(&q, id);
  query_run(&q);
  repair_count_row(r, mended, "sync %lld", (long long)id);
}

static void repair_definitions(repair *r) {
  repair_count renamed = {0}, mended = {0};
  query q = query_open(r->store, REPAIR_SYNCS);
  while (query_next(&q)) {
    int64_t id = query_int(&q, 0);
    repair_sync_names(r, id, query_text(&q, 1), query_text(&q, 2), &renamed);
    repair_sync_frequency(r, id, query_text(&q, 3), query_int(&q, 4), &mended);
  }
  query_close(&q);
  repair_say_counted(r, "Syncs had names that cannot be, and have new ones", &renamed);
  repair_say_counted(r, "Syncs had a frequency and an interval that disagree", &mended);
}

static void repair_models(repair *r) {
  repair_count dropped = {0};
  query q = query_open(r->store, REPAIR_MODELS);
  while (query_next(&q)) {
    slice model = query_text(&q, 1);
    if (name_check(NAME_MODEL, model) == NULL) continue;
    query drop = query_open(r->store, REPAIR_MODEL_DROP);
    query_bind_text(&drop, query_text(&q, 0));
    query_bind_text(&drop, model);
    query_run(&drop);
    repair_count_row(r, &dropped, "'%.*s'", (int)model.length, model.at);
  }
  query_close(&q);
  repair_say_counted(r, "Models had names that cannot be, and were dropped", &dropped);
}

/* ---- instances ----------------------------------------------------------------------------------------- */

static void repair_set_before(nangolite *store, int64_t id, slice checkpoint) {
  query q = query_open(store, REPAIR_INSTANCE_BEFORE);
  query_bind_text(&q, checkpoint);
  query_bind_int(&q, id);
  query_run(&q);
}

/* `checkpoint` ends with a NUL. One that breaks a rule is forgotten, and white space around it is cut off. */
static void repair_checkpoint(repair *r, int64_t id, slice checkpoint,
                              void (*set)(nangolite *, int64_t, slice), repair_count *mended) {
  if (checkpoint.at == NULL || store_failed(r->store)) return;
  slice kept = checkpoint_check(r->store, checkpoint.at);
  if (r->store->result == NANGOLITE_INVALID) {
    r->store->result = NANGOLITE_OK; /* it was in the file, and is no argument of this call */
    kept = slice_of(NULL);
  }
  if (store_failed(r->store) || (kept.at != NULL && slice_equals(kept, checkpoint))) return;
  set(r->store, id, kept);
  repair_count_row(r, mended, "instance %lld", (long long)id);
}

static int repair_instance_variant_is_wrong(slice variant) {
  if (name_is_base(variant)) return !slice_equals(variant, slice_of("base"));
  return name_check(NAME_VARIANT, variant) != NULL;
}

static void repair_instance_variant(repair *r, int64_t id, slice variant, repair_count *renamed) {
  if (!repair_instance_variant_is_wrong(variant)) return;
  query q = query_open(r->store, REPAIR_INSTANCE_BASE);
  query_bind_int(&q, id);
  int is_base = name_is_base(variant) && query_run(&q) == 1;
  query_close(&q);
  if (!is_base) query_run_with(r->store, REPAIR_INSTANCE_VARIANT, id);
  repair_count_row(r, renamed, "instance %lld", (long long)id);
}

static void repair_instance_frequency(repair *r, int64_t id, const query *q, repair_count *mended) {
  slice frequency = query_text(q, 2);
  int64_t interval = 0, parsed = 0;
  int has_none = frequency.at == NULL && query_int_within(q, 3, 0, 0, &interval);
  if (has_none || (frequency.at != NULL && query_int_within(q, 3, FREQUENCY_MIN, FREQUENCY_MAX, &interval) &&
                   repair_frequency_is_right(frequency, interval)))
    return;
  int is_readable = frequency.at != NULL && frequency_parse(frequency, &parsed) == NULL;
  instance_set_frequency(r->store, id, is_readable ? frequency : slice_of(NULL), is_readable ? parsed : 0);
  repair_count_row(r, mended, "instance %lld", (long long)id);
}

static void repair_instances(repair *r) {
  repair_count renamed = {0}, mended = {0}, checkpoints = {0};
  query q = query_open(r->store, NAMES_OF_INSTANCES);
  while (query_next(&q)) {
    int64_t id = query_int(&q, 0);
    repair_instance_variant(r, id, query_text(&q, 1), &renamed);
    repair_instance_frequency(r, id, &q, &mended);
    repair_checkpoint(r, id, query_text(&q, 4), instance_set_checkpoint, &checkpoints);
    repair_checkpoint(r, id, query_text(&q, 5), repair_set_before, &checkpoints);
  }
  query_close(&q);
  repair_say_counted(r, "Variants of instances had names that cannot be, and have new ones", &renamed);
  repair_say_counted(r, "Instances had a frequency and an interval that disagree", &mended);
  repair_say_counted(
    r, "Checkpoints broke their rules, and were mended or, where they could not be read, forgotten",
    &checkpoints);
}

/* Each connection has a base instance of each sync of its integration. */
static void repair_bases(repair *r) {
  query q = query_open(r->store, CHECK_INSTANCE_BASE);
  int64_t missing = 0;
  while (query_next(&q)) missing++;
  query_close(&q);
  if (missing == 0) return;
  q = query_open(r->store, NAMES_OF_CONNECTIONS);
  while (query_next(&q)) {
    text integration = {0};
    slice named = query_text(&q, 1);
    text_append(&integration, named.at, named.length);
    text_append(&integration, "", 1);
    store_check_text(r->store, &integration);
    if (!store_failed(r->store)) instance_create_for_connection(r->store, integration.at, query_int(&q, 0));
    text_free(&integration);
  }
  query_close(&q);
  repair_say(r, "Connections had no base instance of a sync, and have a new one", missing);
}

static void repair_syncs(repair *r) {
  REPAIR_STEPS(r, repair_definition_steps);
  repair_definitions(r);
  REPAIR_STEPS(r, repair_model_steps);
  repair_models(r);
  REPAIR_STEPS(r, repair_missing_steps);
  repair_instances(r);
  repair_bases(r);
  REPAIR_STEPS(r, repair_instance_steps);
}

/******** api/repair.c ********/

/* repair: nangolite_repair(), which makes a damaged store keep its invariants again (api/check.c).
**
** Whatever the damage, it is one transaction: the check looks whether anything is wrong, the parts below mend
** it, and the check has the last word. So a sound store is not written, and no store is left half mended. */

/* A trigger of somebody else would change what is mended. Its name cannot be a parameter. */
static void repair_drop_trigger(repair *r, slice name) {
  char *sql = sqlite3_mprintf("DROP TRIGGER main.\"%.*w\"", (int)name.length, name.at);
  if (sql == NULL) store_fail_memory(r->store);
  else schema_execute(r->store, sql);
  sqlite3_free(sql);
}

/* One after the other is looked for anew, because SQLite refuses to drop a trigger while a list of them is
** read. */
static void repair_triggers(repair *r) {
  text name = {0};
  int64_t dropped = 0;
  for (int is_left = 1; is_left && !store_failed(r->store);) {
    query q = query_open(r->store, REPAIR_TRIGGERS);
    is_left = query_next(&q);
    text_clear(&name);
    if (is_left) text_append(&name, query_text(&q, 0).at, query_text(&q, 0).length);
    query_close(&q);
    store_check_text(r->store, &name);
    if (!is_left || store_failed(r->store)) break;
    repair_drop_trigger(r, (slice){name.at, name.length});
    dropped++;
  }
  text_free(&name);
  repair_say(r, "Triggers stood on the tables of the store, and were dropped", dropped);
}

/* Tables, indexes and views that are missing are made, empty. */
static void repair_schema(repair *r) {
  const table_object *object;
  int64_t made = 0;
  for (int i = 0; (object = table_at(i)) != NULL && !store_failed(r->store); i++) {
    query q = query_open(r->store, REPAIR_OBJECT);
    query_bind_text(&q, slice_of(object->name));
    if (query_number(&q) > 0 || object->sql == NULL) continue;
    schema_execute(r->store, object->sql);
    made++;
  }
  repair_say(r, "Tables, indexes or views were missing, and were made", made);
}

static int repair_is_intact(nangolite *store) {
  query q = query_open(store, CHECK_INTEGRITY);
  int is_intact = query_next(&q) && slice_equals(query_text(&q, 0), slice_of("ok"));
  query_close(&q);
  return is_intact;
}

/* In the database of a caller only the store's own indexes are made again. */
static void repair_indexes(repair *r) {
  static const statement_id own[] = {REPAIR_REINDEX_CONNECTION, REPAIR_REINDEX_COLLECTION,
                                     REPAIR_REINDEX_SYNC, REPAIR_REINDEX_SYNC_MODEL, REPAIR_REINDEX_INSTANCE};
  static const statement_id all[] = {REPAIR_REINDEX};
  const statement_id *reindex = r->store->owned ? all : own;
  int count = r->store->owned ? 1 : (int)(sizeof own / sizeof *own);
  if (repair_is_intact(r->store) || store_failed(r->store)) return;
  for (int i = 0; i < count; i++) {
    query q = query_open(r->store, reindex[i]);
    query_run(&q);
  }
  repair_say(r, "SQLite found the database damaged, and its indexes were made again", 1);
}

/* Two days are more than clocks differ by. */
static void repair_last_stamp(repair *r) {
  int64_t latest = r->store->now + 2 * MICROSECONDS_PER_DAY;
  query q = query_open(r->store, REPAIR_LAST_STAMP);
  query_bind_int(&q, latest < TIME_MAX ? latest : TIME_MAX);
  repair_say(r, "The last stamp was below one that was issued", query_run(&q));
}

static void repair_store(repair *r) {
  static const repair_step steps[] = {
    {REPAIR_STORE_ROWS, "nango_store had more than one row, of which the first stayed"},
    {REPAIR_STORE, "nango_store had values that cannot be; a hash key was drawn, numbers were set to 0"}};
  schema_refuse(r->store, schema_now(), "store");
  repair_run_steps(r, steps, sizeof steps / sizeof *steps);
  repair_last_stamp(r);
  transaction_read_store(r->store);
}

static void repair_all(repair *r) {
  repair_triggers(r);
  repair_indexes(r);
  repair_store(r);
  repair_records(r);
  repair_syncs(r);
  store_move_stamp(r->store);
  query_run_with(r->store, STORE_SET_STAMP, r->store->last_stamp); /* the check reads it */
  char *reason = check_run(r->store);
  if (reason != NULL) store_fail(r->store, NANGOLITE_CORRUPT, "this damage cannot be repaired: %s", reason);
  sqlite3_free(reason);
}

/* What other parts refuse to read, they latch as CORRUPT. Here it is what is going to be mended, unless SQLite
** itself cannot read it. */
static int repair_is_needed(nangolite *store) {
  char *reason = check_run(store);
  int is_sound = reason == NULL && !store_failed(store);
  sqlite3_free(reason);
  if (store->result == NANGOLITE_CORRUPT && (sqlite3_errcode(store->db) & 0xff) != SQLITE_CORRUPT)
    store->result = NANGOLITE_OK;
  return !is_sound && !store_failed(store);
}

int nangolite_repair(nangolite *store, char **report) {
  if (report != NULL) *report = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, report, "report");
  call_write(store);
  repair r = {.store = store};
  repair_schema(&r);
  check_functions(store);
  if (repair_is_needed(store)) repair_all(&r);
  char *told = r.report.length > 0 && !store_failed(store) ? store_take(store, &r.report) : NULL;
  text_free(&r.report);
  return call_end_with(store, told, report);
}

/******** requests/environment.c ********/

/* environment: the functions of the C API on the variables that GET /environment-variables lists. */

static void environment_check(nangolite *store, const char *what, const char *written) {
  int is_right = written == NULL || utf8_is_valid(slice_of(written));
  if (!is_right) store_fail(store, NANGOLITE_INVALID, "%s is not UTF-8", what);
}

static void environment_check_name(nangolite *store, const char *name) {
  arguments_need(store, name, "name");
  if (name != NULL && *name == '\0') store_fail(store, NANGOLITE_INVALID, "name is empty");
  environment_check(store, "name", name);
}

int nangolite_env_get(nangolite *store, const char *name, char **value) {
  if (value != NULL) *value = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  environment_check_name(store, name);
  arguments_need(store, value, "value");
  call_read(store);
  return call_end_with(store, environment_read(store, name), value);
}

int nangolite_env_set(nangolite *store, const char *name, const char *value) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  environment_check_name(store, name);
  environment_check(store, "value", value);
  call_write(store);
  environment_write(store, name, value);
  return call_end(store);
}

/******** requests/target.h ********/

/* target: takes the path, the query and the headers of a request apart. Nothing is checked here. */
#ifndef NANGOLITE_TARGET_H
#define NANGOLITE_TARGET_H

/* Of "https://host/a/b/?c=d#e" these are "/a/b" and "c=d", percent-encoded as they were. */
typedef struct target_parts {
  slice path;
  slice query;
} target_parts;

static target_parts target_of(slice written);

/* These take the next piece off what is left of a path, a query or a block of headers. 0: nothing is left. */

static int target_next_segment(slice *path, slice *segment);
static int target_next_pair(slice *pairs, slice *name, slice *value);
/* Empty lines are skipped. Of a line that has no name and colon, *name is the whole line, and *value is
** absent. */
static int target_next_header(slice *headers, slice *name, slice *value);

/* The text without the blanks around it. */
static slice target_trim(slice written);

/* The value of the first header of this name, which is in lower case; absent where there is none. */
static slice target_header(slice headers, const char *name);

/* In a form, a `+` is a blank. A `%` that is not followed by two hexadecimal digits stands for itself, as in
** browsers. */
typedef enum target_coding { CODING_PATH, CODING_FORM } target_coding;
/* Appends the decoded text. */
static void target_decode(slice written, target_coding coding, text *out);
/* Whether a segment of a path is this word once it is decoded. */
static int target_spells(slice written, slice word);

#endif

/******** requests/target.c ********/

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

/******** requests/route.h ********/

/* route: the table of the requests that are answered and of the parameters that each takes. Requests are
** told apart by it, and their input is checked by it. */
#ifndef NANGOLITE_ROUTE_H
#define NANGOLITE_ROUTE_H

/* Where a parameter stands. A refused request gets the code of the first place in this order that has an
** error; the last three count as the body. */
typedef enum param_place {
  PLACE_QUERY,
  PLACE_HEADER,
  PLACE_BODY,
  PLACE_URI,
  PLACE_OPTS,       /* in the body's "opts" */
  PLACE_SYNC,       /* in an object among the body's "syncs" */
  PLACE_CONNECTIONS /* in an array that is the body's "connection_id" */
} param_place;

typedef enum param_kind {
  KIND_NAME, /* by a rule of name.h, which is in `rule` */
  KIND_TIME,
  KIND_CURSOR,
  KIND_FILTER,
  KIND_FREQUENCY,
  KIND_INTEGER, /* 1 to `maximum`; with PARAM_FROM_0 also 0, with PARAM_PAGE_LIMIT page_limit_max() */
  KIND_BOOLEAN,
  KIND_MODE,        /* one of sync_mode's words */
  KIND_IDS,         /* may be repeated */
  KIND_LIST,        /* "name,name::variant" or "*" */
  KIND_SYNCS,       /* an array of names and of objects with PLACE_SYNC's members */
  KIND_OPTS,        /* an object with PLACE_OPTS' members */
  KIND_TEXT,        /* 1 to `maximum` bytes */
  KIND_OBJECT,      /* any object */
  KIND_CONNECTIONS, /* a connection's id, or an array of them */
  KIND_IGNORED      /* anything, any number of times; a name that ends in [ is the beginning of many */
} param_kind;

/* Where in input.values the checked value is put. A parameter that may stand in two places has two of
** these. "Integration" is the provider_config_key. */
/* clang-format off */
typedef enum value_id {
  VALUE_NONE,
  VALUE_INTEGRATION, VALUE_CONNECTION, VALUE_HEADER_INTEGRATION, VALUE_HEADER_CONNECTION,
  VALUE_MODEL, VALUE_VARIANT, VALUE_MODIFIED_AFTER, VALUE_DELTA, VALUE_FILTER, VALUE_CURSOR, VALUE_LIMIT, VALUE_IDS,
  VALUE_SYNCS, VALUE_OPTS, VALUE_RESET, VALUE_EMPTY_CACHE, VALUE_SYNC_MODE, VALUE_FULL_RESYNC,
  VALUE_SYNC, VALUE_FREQUENCY, VALUE_LISTED_NAME, VALUE_LISTED_VARIANT,
  VALUE_METADATA, VALUE_SEARCH, VALUE_INTEGRATIONS, VALUE_PAGE, VALUE_IGNORED,
  VALUE_COUNT
} value_id;
/* clang-format on */

enum { PARAM_REQUIRED = 1, PARAM_NULLABLE = 2, PARAM_FROM_0 = 4, PARAM_PAGE_LIMIT = 8 };

typedef struct param {
  const char *name; /* that of a header is in lower case */
  param_place place;
  value_id value;
  param_kind kind;
  name_kind rule;  /* of KIND_NAME */
  int64_t maximum; /* of KIND_INTEGER and KIND_TEXT */
  unsigned flags;
  value_id excluded; /* the parameter that must not be given beside this one */
  value_id needed;   /* the parameter that must be true where this one is */
} param;

typedef enum route_id {
  ROUTE_RECORDS,
  ROUTE_PRUNE,
  ROUTE_TRIGGER,
  ROUTE_START,
  ROUTE_PAUSE,
  ROUTE_STATUS,
  ROUTE_FREQUENCY,
  ROUTE_ENVIRONMENT,
  ROUTE_VARIANT_CREATE,
  ROUTE_VARIANT_DELETE,
  ROUTE_METADATA_SET,
  ROUTE_METADATA_MERGE,
  ROUTE_CONNECTIONS,
  ROUTE_CONNECTION,
  ROUTE_COUNT
} route_id;

enum { ROUTE_URI_MAX = 2 };

typedef struct route {
  const char *method;  /* in lower case */
  const char *path;    /* a segment in braces is the value of the next PLACE_URI parameter */
  const param *params; /* in the order in which they are checked; ends with one without a name */
} route;

typedef struct route_choice {
  route_id id;
  const route *route; /* NULL: there is none for this method */
  int path_is_known;
  slice uri[ROUTE_URI_MAX]; /* the segments in braces, as they were written */
} route_choice;

/* Finds the route of a request. The method may be in any letter case. */
static route_choice route_choose(slice method, slice path);

#endif

/******** requests/route.c ********/

#define ROUTE_NAME(field, where, to, which, more)                                                            \
  { .name = (field), .place = (where), .value = (to), .kind = KIND_NAME, .rule = (which), .flags = (more) }
#define ROUTE_PARAM(field, where, to, what, more)                                                            \
  { .name = (field), .place = (where), .value = (to), .kind = (what), .flags = (more) }
#define ROUTE_INTEGER(field, where, to, most)                                                                \
  { .name = (field), .place = (where), .value = (to), .kind = KIND_INTEGER, .maximum = (most) }
#define ROUTE_END                                                                                            \
  { .name = NULL }

#define ROUTE_KEY(place, flags)                                                                              \
  ROUTE_NAME("provider_config_key", place, VALUE_INTEGRATION, NAME_PROVIDER_CONFIG_KEY, flags)
#define ROUTE_CONNECTION(place, flags)                                                                       \
  ROUTE_NAME("connection_id", place, VALUE_CONNECTION, NAME_CONNECTION_ID, flags)

#define ROUTE_HEADERS(flags)                                                                                 \
  ROUTE_NAME("connection-id", PLACE_HEADER, VALUE_HEADER_CONNECTION, NAME_CONNECTION_ID, flags),             \
    ROUTE_NAME("provider-config-key", PLACE_HEADER, VALUE_HEADER_INTEGRATION, NAME_PROVIDER_CONFIG_KEY,      \
               flags)

#define ROUTE_SYNCS                                                                                          \
  ROUTE_PARAM("syncs", PLACE_BODY, VALUE_SYNCS, KIND_SYNCS, PARAM_REQUIRED),                                 \
    ROUTE_NAME("name", PLACE_SYNC, VALUE_LISTED_NAME, NAME_SYNC, PARAM_REQUIRED),                            \
    ROUTE_NAME("variant", PLACE_SYNC, VALUE_LISTED_VARIANT, NAME_VARIANT, 0)

static const param route_records[] = {
  ROUTE_NAME("model", PLACE_QUERY, VALUE_MODEL, NAME_MODEL, PARAM_REQUIRED),
  ROUTE_NAME("variant", PLACE_QUERY, VALUE_VARIANT, NAME_VARIANT, 0),
  ROUTE_PARAM("modified_after", PLACE_QUERY, VALUE_MODIFIED_AFTER, KIND_TIME, 0),
  ROUTE_PARAM("delta", PLACE_QUERY, VALUE_DELTA, KIND_TIME, 0),
  ROUTE_PARAM("filter", PLACE_QUERY, VALUE_FILTER, KIND_FILTER, 0),
  ROUTE_PARAM("cursor", PLACE_QUERY, VALUE_CURSOR, KIND_CURSOR, 0),
  ROUTE_PARAM("limit", PLACE_QUERY, VALUE_LIMIT, KIND_INTEGER, PARAM_PAGE_LIMIT),
  ROUTE_PARAM("ids", PLACE_QUERY, VALUE_IDS, KIND_IDS, 0),
  ROUTE_HEADERS(PARAM_REQUIRED),
  ROUTE_END};

static const param route_prune[] = {
  ROUTE_HEADERS(PARAM_REQUIRED),
  ROUTE_NAME("model", PLACE_BODY, VALUE_MODEL, NAME_MODEL, PARAM_REQUIRED),
  ROUTE_PARAM("until_cursor", PLACE_BODY, VALUE_CURSOR, KIND_CURSOR, PARAM_REQUIRED),
  ROUTE_NAME("variant", PLACE_BODY, VALUE_VARIANT, NAME_VARIANT, 0),
  ROUTE_INTEGER("limit", PLACE_BODY, VALUE_LIMIT, INT64_MAX),
  ROUTE_END};

/* clang-format off */
static const param route_trigger[] = {
  ROUTE_HEADERS(0),
  ROUTE_KEY(PLACE_BODY, 0),
  ROUTE_CONNECTION(PLACE_BODY, 0),
  ROUTE_SYNCS,
  ROUTE_PARAM("opts", PLACE_BODY, VALUE_OPTS, KIND_OPTS, 0),
  ROUTE_PARAM("reset", PLACE_OPTS, VALUE_RESET, KIND_BOOLEAN, 0),
  {.name = "emptyCache", .place = PLACE_OPTS, .value = VALUE_EMPTY_CACHE, .kind = KIND_BOOLEAN,
   .needed = VALUE_RESET},
  {.name = "sync_mode", .place = PLACE_BODY, .value = VALUE_SYNC_MODE, .kind = KIND_MODE,
   .excluded = VALUE_OPTS},
  {.name = "full_resync", .place = PLACE_BODY, .value = VALUE_FULL_RESYNC, .kind = KIND_BOOLEAN,
   .excluded = VALUE_OPTS},
  ROUTE_END
};
/* clang-format on */

static const param route_start_or_pause[] = {ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED),
                                             ROUTE_CONNECTION(PLACE_BODY, 0), ROUTE_SYNCS, ROUTE_END};

static const param route_status[] = {
  ROUTE_KEY(PLACE_QUERY, PARAM_REQUIRED), ROUTE_CONNECTION(PLACE_QUERY, 0),
  ROUTE_PARAM("syncs", PLACE_QUERY, VALUE_SYNCS, KIND_LIST, PARAM_REQUIRED), ROUTE_END};

static const param route_frequency[] = {
  ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_CONNECTION(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_NAME("sync_name", PLACE_BODY, VALUE_SYNC, NAME_SYNC, PARAM_REQUIRED),
  ROUTE_NAME("sync_variant", PLACE_BODY, VALUE_VARIANT, NAME_VARIANT, 0),
  ROUTE_PARAM("frequency", PLACE_BODY, VALUE_FREQUENCY, KIND_FREQUENCY, PARAM_REQUIRED | PARAM_NULLABLE),
  ROUTE_END};

static const param route_nothing[] = {ROUTE_END};

static const param route_variant[] = {
  ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED), ROUTE_CONNECTION(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_NAME("name", PLACE_URI, VALUE_SYNC, NAME_SYNC, PARAM_REQUIRED),
  ROUTE_NAME("variant", PLACE_URI, VALUE_VARIANT, NAME_VARIANT, PARAM_REQUIRED), ROUTE_END};

static const param route_metadata[] = {
  ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_PARAM("connection_id", PLACE_BODY, VALUE_CONNECTION, KIND_CONNECTIONS, PARAM_REQUIRED),
  ROUTE_PARAM("metadata", PLACE_BODY, VALUE_METADATA, KIND_OBJECT, PARAM_REQUIRED), ROUTE_END};

#define ROUTE_IGNORED(field) ROUTE_PARAM(field, PLACE_QUERY, VALUE_IGNORED, KIND_IGNORED, 0)
#define ROUTE_TEXT(field, to, most)                                                                          \
  { .name = (field), .place = PLACE_QUERY, .value = (to), .kind = KIND_TEXT, .maximum = (most) }

/* The library has no end users, organizations, tags and credentials, so the parameters on these are
** ignored. */
static const param route_connections[] = {ROUTE_TEXT("connectionId", VALUE_CONNECTION, 255),
                                          ROUTE_TEXT("search", VALUE_SEARCH, 255),
                                          ROUTE_TEXT("integrationId", VALUE_INTEGRATIONS, INT64_MAX),
                                          ROUTE_INTEGER("limit", PLACE_QUERY, VALUE_LIMIT, 2000),
                                          {.name = "page",
                                           .place = PLACE_QUERY,
                                           .value = VALUE_PAGE,
                                           .kind = KIND_INTEGER,
                                           .maximum = INT64_MAX,
                                           .flags = PARAM_FROM_0},
                                          ROUTE_IGNORED("endUserId"),
                                          ROUTE_IGNORED("endUserOrganizationId"),
                                          ROUTE_IGNORED("tags["),
                                          ROUTE_END};

static const param route_connection[] = {ROUTE_KEY(PLACE_QUERY, PARAM_REQUIRED),
                                         ROUTE_CONNECTION(PLACE_URI, PARAM_REQUIRED),
                                         ROUTE_IGNORED("force_refresh"),
                                         ROUTE_IGNORED("refresh_token"),
                                         ROUTE_IGNORED("refresh_github_app_jwt_token"),
                                         ROUTE_END};

static const route routes[ROUTE_COUNT] = {
  [ROUTE_RECORDS] = {.method = "get", .path = "/records", .params = route_records},
  [ROUTE_PRUNE] = {.method = "patch", .path = "/records/prune", .params = route_prune},
  [ROUTE_TRIGGER] = {.method = "post", .path = "/sync/trigger", .params = route_trigger},
  [ROUTE_START] = {.method = "post", .path = "/sync/start", .params = route_start_or_pause},
  [ROUTE_PAUSE] = {.method = "post", .path = "/sync/pause", .params = route_start_or_pause},
  [ROUTE_STATUS] = {.method = "get", .path = "/sync/status", .params = route_status},
  [ROUTE_FREQUENCY] = {.method = "put",
                       .path = "/sync/update-connection-frequency",
                       .params = route_frequency},
  [ROUTE_ENVIRONMENT] = {.method = "get", .path = "/environment-variables", .params = route_nothing},
  [ROUTE_VARIANT_CREATE] = {.method = "post",
                            .path = "/sync/{name}/variant/{variant}",
                            .params = route_variant},
  [ROUTE_VARIANT_DELETE] = {.method = "delete",
                            .path = "/sync/{name}/variant/{variant}",
                            .params = route_variant},
  [ROUTE_METADATA_SET] = {.method = "post", .path = "/connections/metadata", .params = route_metadata},
  [ROUTE_METADATA_MERGE] = {.method = "patch", .path = "/connections/metadata", .params = route_metadata},
  [ROUTE_CONNECTIONS] = {.method = "get", .path = "/connections", .params = route_connections},
  [ROUTE_CONNECTION] = {.method = "get", .path = "/connections/{connection_id}", .params = route_connection},
};

/* Whether a path is that of a route. What stands in the place of a name in braces is put into `uri`. */
static int route_has_path(const route *r, slice path, slice *uri) {
  slice pattern = slice_of(r->path), expected, found;
  int names = 0;
  while (target_next_segment(&pattern, &expected)) {
    if (!target_next_segment(&path, &found)) return 0;
    int is_name = *expected.at == '{';
    if (is_name && found.length == 0) return 0;
    if (is_name) uri[names++] = found;
    else if (!target_spells(found, expected)) return 0;
  }
  return path.length == 0;
}

static route_choice route_choose(slice method, slice path) {
  route_choice chosen = {.id = ROUTE_COUNT};
  for (int id = 0; id < ROUTE_COUNT && chosen.route == NULL; id++) {
    slice uri[ROUTE_URI_MAX] = {{NULL, 0}};
    if (!route_has_path(&routes[id], path, uri)) continue;
    chosen.path_is_known = 1;
    memcpy(chosen.uri, uri, sizeof uri);
    if (slice_is_word(method, routes[id].method)) chosen.route = &routes[id];
    chosen.id = (route_id)id;
  }
  return chosen;
}

/******** requests/reply.h ********/

/* reply: the JSON that answers a request, written from front to back into one text. */
#ifndef NANGOLITE_REPLY_H
#define NANGOLITE_REPLY_H

typedef struct reply {
  int status;
  text json;
} reply;

/* These two replace what was written by an error. */
static void reply_set_error(reply *r, int status, const char *code, const char *message);
/* With the status 400. `errors` are the elements of the array "errors", as JSON. */
static void reply_set_errors(reply *r, const char *code, slice message, slice errors);

/* {"records":[...],"next_cursor":...}: the page of the collection that the query selects. In a
** transaction. */
static void reply_set_records(nangolite *store, reply *r, const collection *c, const page_query *wanted);

#endif

/******** requests/reply.c ********/

/* A record's metadata take at most so many bytes, without the id in its cursor. */
#define REPLY_METADATA_SIZE 320
/* At most this much is reserved in advance for a page. */
#define REPLY_RESERVE_MAX (INT64_C(1) << 22)

static void reply_begin_error(reply *r, int status, const char *code) {
  r->status = status;
  text_clear(&r->json);
  text_append_string(&r->json, "{\"error\":{\"code\":");
  json_write_string(&r->json, code);
  text_append_string(&r->json, ",\"message\":");
}

static void reply_set_error(reply *r, int status, const char *code, const char *message) {
  reply_begin_error(r, status, code);
  json_write_any(&r->json, slice_of(message));
  text_append_string(&r->json, "}}");
}

static void reply_set_errors(reply *r, const char *code, slice message, slice errors) {
  reply_begin_error(r, 400, code);
  json_write_any(&r->json, message);
  text_append_string(&r->json, ",\"errors\":[");
  text_append(&r->json, errors.at, errors.length);
  text_append_string(&r->json, "]}}");
}

/* ---- records ---- */

typedef struct reply_page {
  text *out;
  timestamp_cache second;
  size_t count;
  size_t cursor_from, cursor_length; /* of the last record */
} reply_page;

/* These write to `to`, where the caller has reserved room, and return where what they wrote ends. So room
** is reserved only once for each record. */

static inline char *reply_put(char *to, const char *bytes, size_t length) {
  memcpy(to, bytes, length);
  return to + length;
}

#define REPLY_TIME_LENGTH (TIMESTAMP_LENGTH_MAX + 2) /* in quotes */
#define REPLY_PUT(to, literal) reply_put(to, literal, sizeof(literal) - 1)

static char *reply_put_time(char *to, reply_page *page, int64_t time) {
  if (time == 0) return REPLY_PUT(to, "null");
  *to++ = '"';
  timestamp_format(time, TIMESTAMP_MICROSECONDS, &page->second, to);
  to += TIMESTAMP_LENGTH_MAX;
  *to++ = '"';
  return to;
}

static char *reply_put_action(char *to, action last) {
  static const char *const actions[ACTION_COUNT] = {"\"ADDED\"", "\"UPDATED\"", "\"DELETED\""};
  return reply_put(to, actions[last], strlen(actions[last]));
}

/* All metadata but the cursor. */
static char *reply_put_metadata(char *to, reply_page *page, const record_row *row) {
  action last = row_key_action(row->key);
  to = REPLY_PUT(to, ",\"_nango_metadata\":{\"first_seen_at\":");
  const char *first_seen = to;
  to = reply_put_time(to, page, row->first_seen_at);
  to = REPLY_PUT(to, ",\"last_modified_at\":");
  if (row->last_modified_at == row->first_seen_at) to = reply_put(to, first_seen, REPLY_TIME_LENGTH);
  else to = reply_put_time(to, page, row->last_modified_at);
  to = REPLY_PUT(to, ",\"last_action\":");
  to = reply_put_action(to, last);
  to = REPLY_PUT(to, ",\"deleted_at\":");
  to = reply_put_time(to, page, row->deleted_at);
  to = REPLY_PUT(to, ",\"pruned_at\":");
  return reply_put_time(to, page, row->pruned_at);
}

/* A payload is an object with an id: the metadata are written over its last brace, behind a comma. */
static void reply_add_record(void *ctx, const record_row *row) {
  reply_page *page = ctx;
  text *out = page->out;
  char *to = text_reserve(out, row->payload.length + REPLY_METADATA_SIZE + BASE64_LENGTH(row->id.length));
  if (to == NULL) return;
  if (page->count++ > 0) *to++ = ',';
  to = reply_put(to, row->payload.at, row->payload.length - 1);
  to = reply_put_metadata(to, page, row);
  to = REPLY_PUT(to, ",\"cursor\":\"");
  out->length = page->cursor_from = (size_t)(to - out->at);
  cursor_encode((cursor_place){row->last_modified_at, row->id}, &page->second, out);
  page->cursor_length = out->length - page->cursor_from;
  text_append(out, "\"}}", 3);
}

/* Appends the cursor of the last record, which stands in the text already, as the next cursor. */
static void reply_append_next(reply_page *page) {
  char *to = text_reserve(page->out, page->cursor_length + 2);
  if (to == NULL) return;
  to[0] = to[page->cursor_length + 1] = '"';
  memcpy(to + 1, page->out->at + page->cursor_from, page->cursor_length);
  page->out->length += page->cursor_length + 2;
}

/* Reserves room for the page, from the average of the collection, so that the text seldom has to be moved. */
static void reply_reserve(text *out, const collection *c, const page_query *wanted) {
  int64_t payloads = c->counts[ACTION_ADDED] + c->counts[ACTION_UPDATED] + c->counts[ACTION_DELETED];
  int64_t expected = payloads < wanted->limit ? payloads : wanted->limit;
  if (expected == 0) return;
  int64_t each = c->bytes / payloads + REPLY_METADATA_SIZE;
  text_reserve(out, (size_t)(each > REPLY_RESERVE_MAX / expected ? REPLY_RESERVE_MAX : each * expected));
}

static void reply_set_records(nangolite *store, reply *r, const collection *c, const page_query *wanted) {
  reply_page page = {.out = &r->json};
  reply_reserve(&r->json, c, wanted);
  text_append_string(&r->json, "{\"records\":[");
  int follows = page_run(store, c, wanted, reply_add_record, &page);
  text_append_string(&r->json, "],\"next_cursor\":");
  if (follows) reply_append_next(&page);
  else text_append_string(&r->json, "null");
  text_append_string(&r->json, "}");
}

/******** requests/connection_reply.h ********/

/* connection_reply: connections as the HTTP API tells of them. */
#ifndef NANGOLITE_CONNECTION_REPLY_H
#define NANGOLITE_CONNECTION_REPLY_H

/* Which connections a request asks for. */
typedef struct connection_query {
  slice connection_id, search, integrations; /* absent: any; `integrations` are names with commas between */
  int64_t limit, page;                       /* at most `limit`, which is above 0; pages are counted from 0 */
} connection_query;

/* These write into the reply, in a transaction. */

/* {"connections":[...]}, the youngest first. */
static void reply_set_connections(nangolite *store, reply *r, const connection_query *wanted);

/* One connection with all its members. */
static void reply_set_connection(nangolite *store, reply *r, int64_t connection);

#endif

/******** requests/connection_reply.c ********/

/* The members with which a connection begins, in a list and alone. */
static void connection_reply_append_head(const connection_row *c, text *out) {
  text_append_string(out, "{\"id\":");
  text_append_int(out, c->id);
  text_append_string(out, ",\"connection_id\":");
  json_write(out, c->connection_id);
  text_append_string(out, ",\"provider_config_key\":");
  json_write(out, c->provider_config_key);
  text_append_string(out, ",\"provider\":");
  json_write(out, c->provider_config_key);
  text_append_string(out, ",\"errors\":[],\"end_user\":null,\"tags\":{},\"metadata\":");
  connection_append_metadata(c, out);
}

static void connection_reply_append_listed(const connection_row *c, text *out) {
  connection_reply_append_head(c, out);
  text_append_string(out, ",\"created\":");
  timestamp_write(out, c->created_at);
  text_append_string(out, "}");
}

static void connection_reply_append_whole(const connection_row *c, text *out) {
  connection_reply_append_head(c, out);
  text_append_string(out, ",\"connection_config\":{},\"webhook_url_override\":null,\"created_at\":");
  timestamp_write(out, c->created_at);
  text_append_string(out, ",\"updated_at\":");
  timestamp_write(out, c->updated_at);
  text_append_string(out, ",\"last_fetched_at\":null,\"credentials\":{}}");
}

/* Whether a name is one of `integrations`, which are names with commas between. Blanks around these do not
** count. */
static int connection_reply_is_among(slice integrations, slice name) {
  if (integrations.at == NULL) return 1;
  for (size_t from = 0, i = 0; i <= integrations.length; i++) {
    if (i < integrations.length && integrations.at[i] != ',') continue;
    slice one = target_trim((slice){integrations.at + from, i - from});
    if (slice_equals(one, name)) return 1;
    from = i + 1;
  }
  return 0;
}

/* The ids of the page's connections. Where int64_t cannot hold how many stand before the page, the page is
** empty. Free list.at with sqlite3_free(). */
static id_list connection_reply_select(nangolite *store, const connection_query *wanted) {
  id_list list = {NULL, 0, 0};
  int64_t before = wanted->page > INT64_MAX / wanted->limit ? INT64_MAX : wanted->page * wanted->limit;
  query q = query_open(store, CONNECTION_SEARCH);
  query_bind_text(&q, wanted->connection_id);
  query_bind_text(&q, wanted->search);
  while ((int64_t)list.count < wanted->limit && query_next(&q)) {
    if (!connection_reply_is_among(wanted->integrations, query_text(&q, 1))) continue;
    if (before-- > 0) continue;
    id_list_add(store, &list, query_int(&q, 0));
  }
  query_close(&q);
  return list;
}

static void reply_set_connections(nangolite *store, reply *r, const connection_query *wanted) {
  id_list list = connection_reply_select(store, wanted);
  text_append_string(&r->json, "{\"connections\":[");
  for (size_t i = 0; i < list.count && !store_failed(store); i++) {
    connection_row c;
    query q;
    if (i > 0) text_append_string(&r->json, ",");
    if (connection_get(store, list.at[i], &q, &c)) connection_reply_append_listed(&c, &r->json);
    query_close(&q);
  }
  text_append_string(&r->json, "]}");
  sqlite3_free(list.at);
}

static void reply_set_connection(nangolite *store, reply *r, int64_t connection) {
  connection_row c;
  query q;
  if (connection_get(store, connection, &q, &c)) connection_reply_append_whole(&c, &r->json);
  query_close(&q);
}

/******** requests/input.h ********/

/* input: what a request was given, checked against the description of its parameters (route.h). Not only
** the first error is reported, but up to 50, and how many more there are. */
#ifndef NANGOLITE_INPUT_H
#define NANGOLITE_INPUT_H

typedef struct input_value {
  int given; /* how often it was given; in a body the last one counts */
  int is_wrong;
  json_value json; /* as written, in a body */
  slice text;      /* its characters, with a NUL behind them; absent: null, or not given */
  int64_t number;  /* an integer, a time, a boolean, a filter's states, a mode's flags, or a position */
} input_value;

/* The parts of a request that have input. */
typedef struct input_source {
  slice query, headers, body;
  const slice *uri;
} input_source;

typedef struct input {
  nangolite *store;
  const param *params;
  input_value values[VALUE_COUNT];
  slice ids[PAGE_IDS_MAX];
  size_t id_count;
  selector *syncs;
  size_t sync_count, sync_capacity;
  const char **connections; /* ids of connections: a single one, or those of an array */
  size_t connection_count, connection_capacity;
  slice body; /* as it was sent, without the white space around it */
  cursor_place cursor;

  text strings; /* of the values; all room is reserved at the beginning, so that the strings never move */
  text cursor_id;
  text name, message; /* of the parameter that is being read or reported */
  text errors, first_message;
  size_t error_count;
  param_place first_wrong;
  int ran_out; /* memory was missing, which no text tells any more */
} input;

/* Reads the input and checks it. Returns 0 where something is wrong with it, or a failure is latched. Free
** it with input_free() in each case. */
static int input_read(nangolite *store, const route *to, const input_source *from, input *in);
static void input_free(input *in);

/* Replies with what is wrong with the input. */
static void input_refuse(const input *in, reply *r);

/* A checked string. NULL: it was not given, or it is null. */
static const char *input_string(const input *in, value_id value);

#endif

/******** requests/input.c ********/

/* The codes of errors, one for each kind. */
#define INPUT_UNKNOWN "unrecognized_keys"
#define INPUT_TYPE "invalid_type"
#define INPUT_FORMAT "invalid_format"
#define INPUT_VALUE "invalid_value"
#define INPUT_SMALL "too_small"
#define INPUT_BIG "too_big"
#define INPUT_CUSTOM "custom"

/* At most so many errors are listed. Where there are more, the message tells how many. */
#define INPUT_ERRORS_MAX 50

/* Empties a text for its next use, without forgetting that it failed. */
static void input_clear(input *in, text *t) {
  if (t->failed) in->ran_out = 1;
  text_clear(t);
}

/* ---- what is wrong ---- */

/* The member of the body in which a place is; NULL: it is in none. */
static const char *input_container(param_place place) {
  static const char *const names[] = {
    [PLACE_OPTS] = "opts", [PLACE_SYNC] = "syncs", [PLACE_CONNECTIONS] = "connection_id"};
  return place >= PLACE_OPTS ? names[place] : NULL;
}

/* The position of the element at hand, where the place is in an array; else -1. */
static int64_t input_position(const input *in, param_place place) {
  if (place == PLACE_SYNC) return in->values[VALUE_SYNCS].number;
  return place == PLACE_CONNECTIONS ? in->values[VALUE_CONNECTION].number : -1;
}

/* Begins the message with what it is about: "opts.reset", "syncs[2].name", or "the body" for the whole
** body. */
static void input_append_subject(input *in, param_place place, slice name) {
  text *out = &in->message;
  const char *container = input_container(place);
  input_clear(in, out);
  if (container != NULL) text_append_string(out, container);
  if (input_position(in, place) >= 0) {
    text_append_string(out, "[");
    text_append_int(out, input_position(in, place));
    text_append_string(out, "]");
  }
  if (place == PLACE_BODY && name.at == NULL) text_append_string(out, "the body");
  if (container != NULL && name.at != NULL) text_append_string(out, ".");
  text_append(out, name.at, name.length);
}

/* Every element of a path is a string, positions too. */
static void input_append_path(input *in, param_place place, slice name) {
  text *out = &in->errors;
  const char *container = input_container(place);
  text_append_string(out, ",\"path\":[");
  if (container != NULL) json_write_string(out, container);
  if (input_position(in, place) >= 0) {
    text_append_string(out, ",\"");
    text_append_int(out, input_position(in, place));
    text_append_string(out, "\"");
  }
  if (container != NULL && name.at != NULL) text_append_string(out, ",");
  if (name.at != NULL) json_write_any(out, name);
  text_append_string(out, "]}");
}

/* Adds an error to the list; its message is in in->message. */
static void input_list_error(input *in, param_place place, slice name, const char *code) {
  if (in->errors.length > 0) text_append_string(&in->errors, ",");
  text_append_string(&in->errors, "{\"code\":");
  json_write_string(&in->errors, code);
  text_append_string(&in->errors, ",\"message\":");
  json_write_any(&in->errors, (slice){in->message.at, in->message.length});
  input_append_path(in, place, name);
}

/* Reports an error. Its message is the name of the parameter and then `rule`. */
static void input_report(input *in, param_place place, slice name, const char *code, const char *rule) {
  param_place at = input_container(place) != NULL ? PLACE_BODY : place;
  int is_first = in->error_count == 0 || at < in->first_wrong;
  int is_listed = in->error_count++ < INPUT_ERRORS_MAX;
  if (!is_first && !is_listed) return;
  input_append_subject(in, place, name);
  text_append_string(&in->message, " ");
  text_append_string(&in->message, rule);
  if (is_listed) input_list_error(in, place, name, code);
  if (!is_first) return;
  input_clear(in, &in->first_message);
  text_append(&in->first_message, in->message.at, in->message.length);
  in->first_wrong = at;
}

static void input_report_param(input *in, const param *p, const char *code, const char *rule) {
  in->values[p->value].is_wrong = 1;
  input_report(in, p->place, slice_of(p->name), code, rule);
}

static void input_tell_how_many_more(input *in) {
  if (in->error_count <= INPUT_ERRORS_MAX) return;
  text_append_string(&in->first_message, " (");
  text_append_int(&in->first_message, (int64_t)(in->error_count - INPUT_ERRORS_MAX));
  text_append_string(&in->first_message, " more errors are not listed)");
}

static void input_refuse(const input *in, reply *r) {
  static const char *const codes[] = {[PLACE_QUERY] = "invalid_query_params",
                                      [PLACE_HEADER] = "invalid_headers",
                                      [PLACE_BODY] = "invalid_body",
                                      [PLACE_URI] = "invalid_uri_params"};
  reply_set_errors(r, codes[in->first_wrong], (slice){in->first_message.at, in->first_message.length},
                   (slice){in->errors.at, in->errors.length});
}

/* ---- checking one value ---- */

static slice input_end_string(input *in, size_t from) {
  text_append(&in->strings, "", 1);
  if (in->strings.failed) return (slice){NULL, 0};
  return (slice){in->strings.at + from, in->strings.length - 1 - from};
}

static slice input_keep(input *in, slice bytes) {
  size_t from = in->strings.length;
  text_append(&in->strings, bytes.at, bytes.length);
  return input_end_string(in, from);
}

static slice input_unescape(input *in, json_value string) {
  size_t from = in->strings.length;
  json_unescape(string, &in->strings, NULL);
  return input_end_string(in, from);
}

static void input_check_name(input *in, const param *p, input_value *v) {
  const char *rule = name_check(p->rule, v->text);
  if (rule != NULL) input_report_param(in, p, INPUT_FORMAT, rule);
}

static void input_check_time(input *in, const param *p, input_value *v) {
  int is_time = timestamp_parse(v->text, &v->number);
  const char *reason = is_time ? page_refuse_time(in->store, v->number) : NULL;
  if (!is_time) input_report_param(in, p, INPUT_FORMAT, "must be a time of RFC 3339");
  else if (reason != NULL) input_report_param(in, p, INPUT_CUSTOM, reason);
}

static void input_check_cursor(input *in, const param *p, input_value *v) {
  const char *reason = cursor_decode(v->text, &in->cursor_id, &in->cursor);
  if (reason != NULL) input_report_param(in, p, INPUT_FORMAT, reason);
}

static void input_check_filter(input *in, const param *p, input_value *v) {
  v->number = page_filter(in->store, v->text);
  if (v->number != 0) return;
  input_report_param(in, p, INPUT_VALUE, "must name added, updated or deleted, with commas between");
}

static void input_check_frequency(input *in, const param *p, input_value *v) {
  int64_t interval;
  const char *reason = frequency_parse(v->text, &interval);
  if (reason != NULL) input_report_param(in, p, INPUT_FORMAT, reason);
}

/* Digits, which may be followed by a point and zeros. A number that is too great for int64_t becomes
** INT64_MAX. */
static int input_parse_integer(slice written, int64_t *number) {
  size_t i = 0;
  *number = 0;
  for (; i < written.length && written.at[i] >= '0' && written.at[i] <= '9'; i++) {
    int digit = written.at[i] - '0';
    *number = *number > (INT64_MAX - digit) / 10 ? INT64_MAX : *number * 10 + digit;
  }
  size_t digits = i;
  if (i + 1 < written.length && written.at[i] == '.') {
    for (i++; i < written.length && written.at[i] == '0'; i++) continue;
  }
  return digits > 0 && i == written.length;
}

static void input_check_integer(input *in, const param *p, input_value *v) {
  int64_t least = p->flags & PARAM_FROM_0 ? 0 : 1;
  int64_t most = p->flags & PARAM_PAGE_LIMIT ? page_limit_max(in->store) : p->maximum;
  char rule[64] = "must be an integer of 1 or more";
  if (least == 0) rule[sizeof "must be an integer of " - 1] = '0';
  slice written = v->text;
  int is_negative = written.length > 0 && *written.at == '-';
  if (is_negative) written = (slice){written.at + 1, written.length - 1};
  if (most < INT64_MAX)
    sqlite3_snprintf(sizeof rule, rule, "must be an integer from 1 to %lld", (long long)most);
  if (!input_parse_integer(written, &v->number)) input_report_param(in, p, INPUT_TYPE, rule);
  else if ((is_negative && v->number > 0) || v->number < least) input_report_param(in, p, INPUT_SMALL, rule);
  else if (v->number > most) input_report_param(in, p, INPUT_BIG, rule);
}

static void input_check_text(input *in, const param *p, input_value *v) {
  char rule[64] = "must not be empty";
  if (p->maximum < INT64_MAX)
    sqlite3_snprintf(sizeof rule, rule, "must have 1 to %lld bytes", (long long)p->maximum);
  if (v->text.length == 0) input_report_param(in, p, INPUT_SMALL, rule);
  else if ((int64_t)v->text.length > p->maximum) input_report_param(in, p, INPUT_BIG, rule);
  else if (!utf8_is_valid(v->text) || memchr(v->text.at, '\0', v->text.length) != NULL)
    input_report_param(in, p, INPUT_FORMAT, "must be UTF-8 without U+0000");
}

static void input_check_nothing(input *in, const param *p, input_value *v) {
  (void)in;
  (void)p;
  (void)v;
}

static void input_check_boolean(input *in, const param *p, input_value *v) {
  (void)in;
  (void)p;
  v->number = v->json.type == JSON_TRUE;
}

/* "sync_mode" has the older names for what a trigger resets. */
static void input_check_mode(input *in, const param *p, input_value *v) {
  static const struct {
    const char *name;
    int64_t flags;
  } modes[] = {{"incremental", 0},
               {"full_refresh", NANGOLITE_RESET},
               {"full_refresh_and_clear_cache", NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE}};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (!slice_equals(v->text, slice_of(modes[i].name))) continue;
    v->number = modes[i].flags;
    return;
  }
  input_report_param(in, p, INPUT_VALUE, "must be incremental, full_refresh or full_refresh_and_clear_cache");
}

static int input_is_id(slice id) {
  int has_length = id.length > 0 && id.length <= RECORD_ID_MAX;
  return has_length && memchr(id.at, '\0', id.length) == NULL && utf8_is_valid(id);
}

static void input_check_ids(input *in, const param *p, input_value *v) {
  char rule[64];
  if (v->given > PAGE_IDS_MAX) {
    sqlite3_snprintf(sizeof rule, rule, "must not be given more than %d times", PAGE_IDS_MAX);
    input_report_param(in, p, INPUT_BIG, rule);
  }
  sqlite3_snprintf(sizeof rule, rule, "must each be 1 to %d bytes of UTF-8", RECORD_ID_MAX);
  for (size_t i = 0; i < in->id_count; i++) {
    if (input_is_id(in->ids[i])) continue;
    input_report_param(in, p, INPUT_FORMAT, rule);
    return;
  }
}

/* ---- syncs ---- */

static void input_add_sync(input *in, selector named) {
  selector *syncs = list_room(in->syncs, NULL, in->sync_count, &in->sync_capacity, sizeof *syncs);
  if (syncs == NULL) {
    in->ran_out = 1;
    return;
  }
  in->syncs = syncs;
  in->syncs[in->sync_count++] = named;
}

static void input_check_list(input *in, const param *p, input_value *v) {
  static const char rule[] = "must be * or names of syncs with commas between, each sync or sync::variant";
  slice written = v->text;
  if (slice_equals(written, slice_of("*"))) return;
  for (size_t from = 0, i = 0; i <= written.length; i++) {
    if (i < written.length && written.at[i] != ',') continue;
    selector named = selector_parse((slice){written.at + from, i - from});
    if (selector_check(named) != NULL) {
      input_report_param(in, p, INPUT_FORMAT, rule);
      return;
    }
    input_add_sync(in, named);
    from = i + 1;
  }
}

static void input_check_place(input *in, param_place place);
static void input_take_members(input *in, json_value object, param_place place);

/* {"name":…,"variant":…} */
static void input_check_listed(input *in, json_value object) {
  input_value *name = &in->values[VALUE_LISTED_NAME], *variant = &in->values[VALUE_LISTED_VARIANT];
  size_t errors = in->error_count;
  *name = *variant = (input_value){0};
  input_take_members(in, object, PLACE_SYNC);
  input_check_place(in, PLACE_SYNC);
  if (in->error_count == errors) input_add_sync(in, (selector){name->text, variant->text});
}

static void input_check_element(input *in, json_value element) {
  static const char rule[] = "must be sync or sync::variant, each 1 to 255 of A-Z a-z 0-9 _ -";
  slice nameless = {NULL, 0};
  if (element.type == JSON_OBJECT) {
    input_check_listed(in, element);
  } else if (element.type != JSON_STRING) {
    input_report(in, PLACE_SYNC, nameless, INPUT_TYPE, "must be a string or an object with name and variant");
  } else {
    selector named = selector_parse(input_unescape(in, element));
    if (selector_check(named) == NULL) input_add_sync(in, named);
    else input_report(in, PLACE_SYNC, nameless, INPUT_FORMAT, rule);
  }
}

static void input_check_syncs(input *in, const param *p, input_value *v) {
  json_iterator elements = json_iterate(v->json);
  json_value element;
  (void)p;
  for (v->number = 0; json_next_element(&elements, &element); v->number++) input_check_element(in, element);
}

static void input_check_opts(input *in, const param *p, input_value *v) {
  (void)p;
  input_take_members(in, v->json, PLACE_OPTS);
  input_check_place(in, PLACE_OPTS);
}

/* ---- connections ---- */

static void input_add_connection(input *in, const char *id) {
  const char **ids =
    list_room(in->connections, NULL, in->connection_count, &in->connection_capacity, sizeof *ids);
  if (ids == NULL) {
    in->ran_out = 1;
    return;
  }
  in->connections = ids;
  in->connections[in->connection_count++] = id;
}

static void input_check_connection(input *in, param_place place, slice name, json_value id) {
  if (id.type != JSON_STRING) {
    input_report(in, place, name, INPUT_TYPE, "must be a string");
    return;
  }
  slice written = input_unescape(in, id);
  const char *rule = name_check(NAME_CONNECTION_ID, written);
  if (rule != NULL) input_report(in, place, name, INPUT_FORMAT, rule);
  else input_add_connection(in, written.at);
}

static void input_check_connections(input *in, const param *p, input_value *v) {
  slice nameless = {NULL, 0};
  json_value element;
  if (v->json.type != JSON_ARRAY) {
    input_check_connection(in, p->place, slice_of(p->name), v->json);
    return;
  }
  json_iterator elements = json_iterate(v->json);
  for (v->number = 0; json_next_element(&elements, &element); v->number++)
    input_check_connection(in, PLACE_CONNECTIONS, nameless, element);
}

/* ---- checking all ---- */

typedef struct input_kind {
  void (*check)(input *in, const param *p, input_value *v);
  json_type type; /* in a body */
  const char *type_rule;
} input_kind;

static const input_kind input_kinds[] = {
  [KIND_NAME] = {.check = input_check_name, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_TIME] = {.check = input_check_time, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_CURSOR] = {.check = input_check_cursor, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_FILTER] = {.check = input_check_filter, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_FREQUENCY] = {.check = input_check_frequency,
                      .type = JSON_STRING,
                      .type_rule = "must be a string or null"},
  [KIND_INTEGER] = {.check = input_check_integer, .type = JSON_NUMBER, .type_rule = "must be a number"},
  [KIND_BOOLEAN] = {.check = input_check_boolean, .type = JSON_TRUE, .type_rule = "must be true or false"},
  [KIND_MODE] = {.check = input_check_mode, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_IDS] = {.check = input_check_ids, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_LIST] = {.check = input_check_list, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_SYNCS] = {.check = input_check_syncs, .type = JSON_ARRAY, .type_rule = "must be an array"},
  [KIND_OPTS] = {.check = input_check_opts, .type = JSON_OBJECT, .type_rule = "must be an object"},
  [KIND_TEXT] = {.check = input_check_text, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_OBJECT] = {.check = input_check_nothing, .type = JSON_OBJECT, .type_rule = "must be an object"},
  [KIND_CONNECTIONS] = {.check = input_check_connections,
                        .type = JSON_ARRAY,
                        .type_rule = "must be a string or an array of strings"},
  [KIND_IGNORED] = {.check = input_check_nothing, .type = JSON_NULL, .type_rule = ""},
};

/* Whether a value of a body is of the type that the parameter asks for; a string's characters are then in
** v->text. */
static int input_has_type(input *in, const param *p, input_value *v) {
  const input_kind *kind = &input_kinds[p->kind];
  json_type type = v->json.type == JSON_FALSE ? JSON_TRUE : v->json.type;
  int is_number = type == JSON_NUMBER && kind->type == type;
  int is_digits = type == JSON_STRING && kind->type == JSON_NUMBER; /* a number in quotes is accepted, too */
  int is_single = type == JSON_STRING && p->kind == KIND_CONNECTIONS;
  if (type != kind->type && !is_digits && !is_single) {
    input_report_param(in, p, INPUT_TYPE, kind->type_rule);
    return 0;
  }
  if (type == JSON_STRING && !is_single) v->text = input_unescape(in, v->json);
  if (is_number) v->text = v->json.text;
  return !in->strings.failed;
}

static void input_check(input *in, const param *p) {
  input_value *v = &in->values[p->value];
  int is_json = v->json.text.at != NULL;
  if (in->strings.failed) return;
  if (v->given == 0) {
    if (p->flags & PARAM_REQUIRED) input_report_param(in, p, INPUT_TYPE, "is required");
  } else if (v->given > 1 && p->kind != KIND_IDS && p->kind != KIND_IGNORED && !is_json) {
    input_report_param(in, p, INPUT_TYPE, "must be given only once");
  } else if (!is_json || v->json.type != JSON_NULL || !(p->flags & PARAM_NULLABLE)) {
    if (!is_json || input_has_type(in, p, v)) input_kinds[p->kind].check(in, p, v);
  }
}

static void input_check_place(input *in, param_place place) {
  for (const param *p = in->params; p->name != NULL; p++) {
    if (p->place == place) input_check(in, p);
  }
}

/* Parameters that exclude or need another one. */
static void input_check_relations(input *in) {
  for (const param *p = in->params; p->name != NULL; p++) {
    const input_value *v = &in->values[p->value], *needed = &in->values[p->needed];
    if (v->given > 0 && p->excluded != VALUE_NONE && in->values[p->excluded].given > 0)
      input_report_param(in, p, INPUT_CUSTOM, "must not be given together with opts");
    if (v->number != 0 && p->needed != VALUE_NONE && needed->number == 0 && !needed->is_wrong)
      input_report_param(in, p, INPUT_CUSTOM, "must not be true without reset");
  }
}

/* ---- taking what was given ---- */

/* "ids[]" and "ids[7]" are ways to write an element of an array. Returns what stands before the brackets;
** absent: there are no such brackets. */
static slice input_name_of_array(slice name) {
  size_t open = 0;
  while (open < name.length && name.at[open] != '[') open++;
  slice rest = slice_from(name, open);
  if (rest.length < 2 || rest.at[rest.length - 1] != ']') return (slice){NULL, 0};
  for (size_t i = 1; i + 1 < rest.length; i++) {
    if (rest.at[i] < '0' || rest.at[i] > '9') return (slice){NULL, 0};
  }
  return (slice){name.at, open};
}

static int input_is_named(const param *p, slice name) {
  if (slice_equals(slice_of(p->name), name)) return 1;
  if (p->kind == KIND_IGNORED && strchr(p->name, '[') != NULL) return slice_starts_with(name, p->name);
  return p->kind == KIND_IDS && slice_equals(slice_of(p->name), input_name_of_array(name));
}

/* The parameter whose name is in in->name. NULL: there is none. In a query and at the top of a body this
** is reported as an error. */
static const param *input_find(input *in, param_place place) {
  slice name = {in->name.at, in->name.length};
  for (const param *p = in->params; p->name != NULL; p++) {
    if (p->place == place && input_is_named(p, name)) return p;
  }
  int is_judged = place == PLACE_QUERY || place == PLACE_BODY;
  if (is_judged) input_report(in, place, name, INPUT_UNKNOWN, "is not known here");
  return NULL;
}

static void input_take_text(input *in, const param *p, slice written, target_coding coding) {
  input_value *v = &in->values[p->value];
  size_t from = in->strings.length;
  target_decode(written, coding, &in->strings);
  v->given++;
  v->text = input_end_string(in, from);
  if (p->kind == KIND_IDS && in->id_count < PAGE_IDS_MAX) in->ids[in->id_count++] = v->text;
}

static void input_take_query(input *in, slice pairs) {
  slice name, value;
  while (target_next_pair(&pairs, &name, &value)) {
    input_clear(in, &in->name);
    target_decode(name, CODING_FORM, &in->name);
    const param *p = input_find(in, PLACE_QUERY);
    if (p != NULL) input_take_text(in, p, value, CODING_FORM);
  }
}

static void input_take_headers(input *in, slice headers) {
  slice name, value;
  while (target_next_header(&headers, &name, &value)) {
    if (value.at == NULL) {
      input_report(in, PLACE_HEADER, name, INPUT_FORMAT, "is not a header: it has no name and colon");
      continue;
    }
    input_clear(in, &in->name);
    for (size_t i = 0; i < name.length; i++) text_append(&in->name, (char[]){slice_lower(name.at[i])}, 1);
    const param *p = input_find(in, PLACE_HEADER);
    if (p == NULL) continue;
    in->values[p->value].given++;
    in->values[p->value].text = input_keep(in, value);
  }
}

static void input_take_members(input *in, json_value object, param_place place) {
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    input_clear(in, &in->name);
    json_unescape(member.key, &in->name, NULL);
    const param *p = input_find(in, place);
    if (p == NULL) continue;
    in->values[p->value].given++;
    in->values[p->value].json = member.value;
  }
}

static int input_is_blank(slice body) {
  size_t i = 0;
  while (i < body.length && strchr(" \t\r\n", body.at[i]) != NULL) i++;
  return i == body.length;
}

/* A missing body counts as an empty object. Returns 0 where the body is no object, so that it has no
** members to check; this is reported. */
static int input_take_body(input *in, slice body) {
  char rule[128];
  json_value value;
  slice nameless = {NULL, 0};
  if (input_is_blank(body)) return 1;
  json_error error = json_scan(body, &value);
  if (error.reason != NULL) {
    long long at = (long long)error.offset;
    sqlite3_snprintf(sizeof rule, rule, "must be JSON: %s, at byte %lld", error.reason, at);
    input_report(in, PLACE_BODY, nameless, INPUT_FORMAT, rule);
  } else if (value.type != JSON_OBJECT) {
    input_report(in, PLACE_BODY, nameless, INPUT_TYPE, "must be an object");
  } else {
    in->body = value.text;
    input_take_members(in, value, PLACE_BODY);
  }
  return error.reason == NULL && value.type == JSON_OBJECT;
}

static void input_take_uri(input *in, const slice *uri) {
  for (const param *p = in->params; p->name != NULL; p++) {
    if (p->place == PLACE_URI) input_take_text(in, p, *uri++, CODING_PATH);
  }
}

/* Reserves room for all strings of the request. Each is copied at most once and gets a NUL, for which there
** is a separator in the request. (A test holds the total to what is reserved here.) */
static void input_open(nangolite *store, input *in, const route *to, const input_source *from) {
  memset(in, 0, sizeof *in);
  in->store = store;
  in->params = to->params;
  size_t bytes = from->query.length + from->headers.length + from->body.length;
  for (int i = 0; i < ROUTE_URI_MAX; i++) bytes += from->uri[i].length + 1;
  text_reserve(&in->strings, bytes);
}

static int input_ran_out(const input *in) {
  return in->ran_out || in->strings.failed || in->cursor_id.failed || in->name.failed || in->message.failed ||
         in->errors.failed || in->first_message.failed;
}

static int input_read(nangolite *store, const route *to, const input_source *from, input *in) {
  input_open(store, in, to, from);
  input_take_query(in, from->query);
  input_take_headers(in, from->headers);
  input_take_uri(in, from->uri);
  int has_body = input_take_body(in, from->body);
  input_check_place(in, PLACE_QUERY);
  input_check_place(in, PLACE_HEADER);
  if (has_body) input_check_place(in, PLACE_BODY);
  input_check_place(in, PLACE_URI);
  input_check_relations(in);
  input_tell_how_many_more(in);
  if (input_ran_out(in)) store_fail_memory(store);
  return in->error_count == 0 && !store_failed(store);
}

static void input_free(input *in) {
  sqlite3_free(in->syncs);
  sqlite3_free(in->connections);
  text *texts[] = {&in->strings, &in->cursor_id, &in->name, &in->message, &in->errors, &in->first_message};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) text_free(texts[i]);
}

static const char *input_string(const input *in, value_id value) {
  return in->values[value].text.at;
}

/******** requests/auth.h ********/

/* auth: the secret key that requests on a handle must bring, where one was set. */
#ifndef NANGOLITE_AUTH_H
#define NANGOLITE_AUTH_H

/* Whether a request with these headers may go on. Where it may not, the reply says why. */
static int auth_admits(const nangolite *store, slice headers, reply *r);

#endif

/******** requests/auth.c ********/

/* Takes the same time for a key that is nearly right as for one that is entirely wrong. */
static int auth_matches(slice given, slice key) {
  unsigned difference = given.length != key.length;
  for (size_t i = 0; i < given.length; i++) {
    difference |= (unsigned char)given.at[i] ^ (unsigned)(unsigned char)key.at[i % key.length];
  }
  return difference == 0;
}

/* What follows "Bearer " in the header; absent where the header does not begin with that. */
static slice auth_bearer(slice header) {
  static const char scheme[] = "bearer ";
  if (!slice_starts_with_word(header, scheme)) return (slice){NULL, 0};
  slice rest = slice_from(header, strlen(scheme));
  while (rest.length > 0 && *rest.at == ' ') rest = slice_from(rest, 1);
  return rest;
}

static int auth_admits(const nangolite *store, slice headers, reply *r) {
  slice key = {store->secret_key.at, store->secret_key.length};
  if (key.length == 0) return 1;
  slice header = target_header(headers, "authorization");
  if (header.length == 0) {
    reply_set_error(r, 401, "missing_auth_header", "the header Authorization is missing");
    return 0;
  }
  if (auth_matches(auth_bearer(header), key)) return 1;
  reply_set_error(r, 401, "unknown_key", "the header Authorization does not have the secret key");
  return 0;
}

int nangolite_secret_key_set(nangolite *store, const char *secret_key) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  text key = {0};
  if (secret_key != NULL && *secret_key == '\0') store_fail(store, NANGOLITE_INVALID, "secret_key is empty");
  if (secret_key != NULL) text_append_string(&key, secret_key);
  store_check_text(store, &key);
  text *unused = store_failed(store) ? &key : &store->secret_key;
  text_free(unused);
  if (!store_failed(store)) store->secret_key = key;
  return call_end(store);
}

/******** requests/request.c ********/

/* request: the function of the C API that answers requests of the HTTP API. It checks in this order: the
** secret key, the path, the method, the input, and then whether what the input names is there. */

#define REQUEST_CONNECTIONS 10000 /* so many are listed where no limit is given */

/* ---- what each request does ---- */

/* A handler reads checked input and writes its answer, or latches a failure. */
typedef void (*request_handler)(nangolite *store, const input *in, reply *out);

static nangolite_scope request_scope(const input *in) {
  return (nangolite_scope){.provider_config_key = input_string(in, VALUE_HEADER_INTEGRATION),
                           .connection_id = input_string(in, VALUE_HEADER_CONNECTION),
                           .model = input_string(in, VALUE_MODEL),
                           .variant = input_string(in, VALUE_VARIANT)};
}

static page_query request_listing(const input *in) {
  page_query wanted = {.states = FEED_ALL, .limit = PAGE_LIMIT_DEFAULT};
  const input_value *values = in->values;
  const input_value *since = &values[values[VALUE_DELTA].given ? VALUE_DELTA : VALUE_MODIFIED_AFTER];
  if (values[VALUE_FILTER].given) wanted.states = (unsigned)values[VALUE_FILTER].number;
  if (values[VALUE_LIMIT].given) wanted.limit = (int)values[VALUE_LIMIT].number;
  if (since->given) page_begin_after(&wanted, page_modified_after(in->store, since->number));
  if (values[VALUE_CURSOR].given) page_begin_after(&wanted, (feed_place){in->cursor.stamp, in->cursor.id});
  if (in->id_count > 0) wanted.ids = in->ids;
  wanted.id_count = in->id_count;
  return wanted;
}

/* Ends a handler's transaction. The answer must be complete before the commit, because nothing may fail
** after it. */
static void request_end(nangolite *store, reply *out) {
  text_reserve(&out->json, 1);
  store_check_text(store, &out->json);
  call_end(store);
}

static void request_records(nangolite *store, const input *in, reply *out) {
  nangolite_scope scope = request_scope(in);
  page_query wanted = request_listing(in);
  call_read(store);
  collection c = collection_of_scope(store, &scope);
  reply_set_records(store, out, &c, &wanted);
  request_end(store, out);
}

static void request_prune(nangolite *store, const input *in, reply *out) {
  nangolite_scope scope = request_scope(in);
  feed_place until = {in->cursor.stamp, in->cursor.id};
  int has_more = 0;
  call_write(store);
  collection c = collection_of_scope(store, &scope);
  int64_t limit = in->values[VALUE_LIMIT].number;
  int64_t count = c.id == 0 ? 0 : prune_collection(store, &c, &until, limit, &has_more);
  text_append_string(&out->json, "{\"count\":");
  text_append_int(&out->json, count);
  text_append_string(&out->json, has_more ? ",\"has_more\":true}" : ",\"has_more\":false}");
  request_end(store, out);
}

static void request_succeed(nangolite *store, reply *out) {
  text_append_string(&out->json, "{\"success\":true}");
  request_end(store, out);
}

static unsigned request_flags(const input *in) {
  const input_value *values = in->values;
  if (values[VALUE_SYNC_MODE].given) return (unsigned)values[VALUE_SYNC_MODE].number;
  unsigned flags = values[VALUE_RESET].number || values[VALUE_FULL_RESYNC].number ? NANGOLITE_RESET : 0;
  return values[VALUE_EMPTY_CACHE].number ? flags | NANGOLITE_EMPTY_CACHE : flags;
}

static selection request_selection(const input *in) {
  return (selection){.provider_config_key = input_string(in, VALUE_INTEGRATION),
                     .connection_id = input_string(in, VALUE_CONNECTION),
                     .selectors = in->syncs,
                     .count = in->sync_count,
                     .rule = SELECTION_SOME};
}

/* An integration or connection that is missing in the body is taken from the headers. */
static void request_trigger(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  if (s.provider_config_key == NULL) s.provider_config_key = input_string(in, VALUE_HEADER_INTEGRATION);
  if (s.connection_id == NULL) s.connection_id = input_string(in, VALUE_HEADER_CONNECTION);
  if (s.provider_config_key == NULL) {
    reply_set_error(out, 400, "missing_provider_config_key",
                    "provider_config_key is neither in the body nor in a header");
    return;
  }
  call_write(store);
  command_all(store, &s, COMMAND_TRIGGER, request_flags(in));
  request_succeed(store, out);
}

static void request_start(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  call_write(store);
  command_all(store, &s, COMMAND_START, 0);
  request_succeed(store, out);
}

static void request_pause(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  call_write(store);
  command_all(store, &s, COMMAND_PAUSE, 0);
  request_succeed(store, out);
}

static void request_status(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  s.rule = SELECTION_ANY;
  due_recover(store);
  call_read(store);
  status_append(store, &s, &out->json);
  request_end(store, out);
}

/* The instance that a request on one sync names. */
static selector request_selector(const input *in) {
  return (selector){in->values[VALUE_SYNC].text, in->values[VALUE_VARIANT].text};
}

static void request_frequency(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection = input_string(in, VALUE_CONNECTION);
  slice frequency = in->values[VALUE_FREQUENCY].text;
  call_write(store);
  int64_t id = command_set_frequency(store, key, connection, request_selector(in), frequency);
  instance_names names = instance_get_names(store, id);
  text_append_string(&out->json, "{\"frequency\":");
  json_write(&out->json, names.frequency);
  text_append_string(&out->json, "}");
  text_free(&names.strings);
  request_end(store, out);
}

static void request_environment(nangolite *store, const input *in, reply *out) {
  (void)in;
  call_read(store);
  environment_append(store, &out->json);
  request_end(store, out);
}

/* The answer is the body as it was sent, without the white space around it. */
static void request_metadata(nangolite *store, const input *in, reply *out, int is_merged) {
  const char *key = input_string(in, VALUE_INTEGRATION);
  slice object = in->values[VALUE_METADATA].json.text;
  call_write(store);
  for (size_t i = 0; i < in->connection_count && !store_failed(store); i++) {
    int64_t connection = connection_find(store, key, in->connections[i]);
    if (connection != 0) metadata_set(store, connection, object, is_merged);
  }
  text_append(&out->json, in->body.at, in->body.length);
  request_end(store, out);
}

static void request_metadata_set(nangolite *store, const input *in, reply *out) {
  out->status = 201;
  request_metadata(store, in, out, 0);
}

static void request_metadata_merge(nangolite *store, const input *in, reply *out) {
  request_metadata(store, in, out, 1);
}

static void request_connections(nangolite *store, const input *in, reply *out) {
  const input_value *values = in->values;
  connection_query wanted = {values[VALUE_CONNECTION].text, values[VALUE_SEARCH].text,
                             values[VALUE_INTEGRATIONS].text, REQUEST_CONNECTIONS, values[VALUE_PAGE].number};
  if (values[VALUE_LIMIT].given) wanted.limit = values[VALUE_LIMIT].number;
  call_read(store);
  reply_set_connections(store, out, &wanted);
  request_end(store, out);
}

static void request_connection(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection_id = input_string(in, VALUE_CONNECTION);
  call_read(store);
  int64_t connection = connection_find(store, key, connection_id);
  reply_set_connection(store, out, connection);
  request_end(store, out);
}

static void request_variant_create(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection = input_string(in, VALUE_CONNECTION);
  selector which = request_selector(in);
  call_write(store);
  int64_t id = command_create_variant(store, key, connection, which);
  text_append_string(&out->json, "{\"id\":\"");
  text_append_int(&out->json, id);
  text_append_string(&out->json, "\",\"name\":");
  json_write(&out->json, which.name);
  text_append_string(&out->json, ",\"variant\":");
  json_write(&out->json, which.variant);
  text_append_string(&out->json, "}");
  request_end(store, out);
}

static void request_variant_delete(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection = input_string(in, VALUE_CONNECTION);
  call_write(store);
  command_delete_variant(store, key, connection, request_selector(in));
  request_succeed(store, out);
}

static const request_handler request_handlers[ROUTE_COUNT] = {
  [ROUTE_RECORDS] = request_records,
  [ROUTE_PRUNE] = request_prune,
  [ROUTE_TRIGGER] = request_trigger,
  [ROUTE_START] = request_start,
  [ROUTE_PAUSE] = request_pause,
  [ROUTE_STATUS] = request_status,
  [ROUTE_FREQUENCY] = request_frequency,
  [ROUTE_ENVIRONMENT] = request_environment,
  [ROUTE_METADATA_SET] = request_metadata_set,
  [ROUTE_METADATA_MERGE] = request_metadata_merge,
  [ROUTE_CONNECTIONS] = request_connections,
  [ROUTE_CONNECTION] = request_connection,
  [ROUTE_VARIANT_CREATE] = request_variant_create,
  [ROUTE_VARIANT_DELETE] = request_variant_delete,
};

/* ---- answers to failures ---- */

/* The answer to a failure. A status of 0: no answer is given, and nangolite_request() itself fails. */
typedef struct request_failure {
  route_id route; /* ROUTE_COUNT: any route */
  int result, status;
  const char *code; /* NULL: the name of the result */
} request_failure;

#define REQUEST_UNKNOWN(route, status, code)                                                                 \
  {route, NANGOLITE_UNKNOWN_CONNECTION, status, code}, {                                                     \
    route, NANGOLITE_UNKNOWN_PROVIDER_CONFIG, status, code                                                   \
  }

/* The statuses and codes of Nango. The first row that fits is taken. */
static const request_failure request_failures[] = {
  {ROUTE_TRIGGER, NANGOLITE_UNKNOWN_CONNECTION, 404, NULL},
  {ROUTE_START, NANGOLITE_UNKNOWN_CONNECTION, 404, NULL},
  {ROUTE_PAUSE, NANGOLITE_UNKNOWN_CONNECTION, 404, NULL},
  REQUEST_UNKNOWN(ROUTE_RECORDS, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_PRUNE, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_STATUS, 400, "invalid_body"),
  REQUEST_UNKNOWN(ROUTE_FREQUENCY, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_VARIANT_CREATE, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_VARIANT_DELETE, 400, "unknown_connection"),
  {ROUTE_VARIANT_DELETE, NANGOLITE_UNKNOWN_SYNC, 404, "not_found"},
  REQUEST_UNKNOWN(ROUTE_METADATA_SET, 404, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_METADATA_MERGE, 404, "unknown_connection"),
  {ROUTE_CONNECTION, NANGOLITE_UNKNOWN_CONNECTION, 404, "not_found"},

  {ROUTE_COUNT, NANGOLITE_UNKNOWN_CONNECTION, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_UNKNOWN_PROVIDER_CONFIG, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_UNKNOWN_SYNC, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_NO_SYNCS_FOUND, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_INVALID_VARIANT, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_VARIANT_EXISTS, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_RESOURCE_CAPPED, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_NOT_FOUND, 404, NULL},
  {ROUTE_COUNT, NANGOLITE_BUSY, 503, NULL},
  {ROUTE_COUNT, NANGOLITE_NOMEM, 0, NULL},
  {ROUTE_COUNT, NANGOLITE_INTERRUPTED, 0, NULL},
};

static request_failure request_failure_of(route_id id, int result) {
  for (size_t i = 0; i < sizeof request_failures / sizeof *request_failures; i++) {
    const request_failure *f = &request_failures[i];
    if (f->result == result && (f->route == id || f->route == ROUTE_COUNT)) return *f;
  }
  return (request_failure){.route = id, .result = result, .status = 500, .code = "server_error"};
}

/* Makes an answer of a latched failure, which is then not latched any more: the call succeeds. */
static void request_report(nangolite *store, route_id id, reply *out) {
  if (!store_failed(store)) return;
  request_failure f = request_failure_of(id, store->result);
  if (f.status == 0) return;
  reply_set_error(out, f.status, f.code == NULL ? store_result_name(f.result) : f.code, store_message(store));
  store->result = NANGOLITE_OK;
}

/* ---- the request ---- */

static void request_run(nangolite *store, const route_choice *to, const input_source *from, reply *out) {
  input in;
  if (input_read(store, to->route, from, &in)) request_handlers[to->id](store, &in, out);
  else if (!store_failed(store)) input_refuse(&in, out);
  input_free(&in);
  request_report(store, to->id, out);
}

static void request_answer(nangolite *store, slice method, target_parts to, input_source *from, reply *out) {
  if (!auth_admits(store, from->headers, out)) return;
  route_choice chosen = route_choose(method, to.path);
  from->query = to.query;
  from->uri = chosen.uri;
  if (!chosen.path_is_known) reply_set_error(out, 404, "not_found", "there is no such path");
  else if (chosen.route == NULL) reply_set_error(out, 405, "method_not_allowed", "not for this path");
  else request_run(store, &chosen, from, out);
}

static slice request_slice(const char *given) {
  return given == NULL ? slice_of("") : slice_of(given);
}

int nangolite_request(nangolite *store, const char *method, const char *target, const char *headers,
                      const char *body, int *status, char **response) {
  if (status != NULL) *status = 0;
  if (response != NULL) *response = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, method, "method");
  arguments_need(store, target, "target");
  arguments_need(store, status, "status");
  arguments_need(store, response, "response");
  if (store_failed(store)) return call_end(store);
  input_source from = {.headers = request_slice(headers), .body = request_slice(body)};
  reply out = {.status = 200};
  request_answer(store, slice_of(method), target_of(slice_of(target)), &from, &out);
  *response = store_take(store, &out.json);
  if (*response != NULL) *status = out.status;
  return call_end(store);
}

/******** extension/host.h ********/

/* host: what the functions and tables of SQL share: the store of the connection that has loaded the library as an
** extension.
**
** The store is opened by the first call that needs it, and lives as long as a table of ours is connected. SQLite
** connects a table when a statement names it, and disconnects all tables when the connection is closed, before it looks
** whether statements are left: that is when the store frees its own. So whoever opens the store sees to it that a table
** is connected. Where that fails, the store is closed again at the end of the call. */
#ifndef NANGOLITE_HOST_H
#define NANGOLITE_HOST_H

#ifdef NANGOLITE_EXTENSION

typedef struct host {
  sqlite3 *db;
  nangolite *store; /* NULL: it is closed; one that could not be opened stays for its message */
  int references;   /* functions, modules and connected tables that know this host */
  int connected;    /* tables of ours that SQLite has connected */
} host;

/* NULL: there is no memory. It has one reference, which the caller gives up with host_release(). */
static host *host_make(sqlite3 *db);
static host *host_keep(host *h);
static void host_release(void *kept); /* the last one frees the host */

/* The store. NULL: there is no memory. Where the database has none, `makes` says whether it gets one. A store that could
** not be opened answers NANGOLITE_MISUSE to every call, and has the message. */
static nangolite *host_store(host *h, int makes);
/* The end of a function's call. */
static void host_leave(host *h);

/* The code of SQLite for the store's latest failure. */
static int host_code(const host *h);

/* ---- tables ---- */

typedef struct host_table {
  sqlite3_vtab base; /* the first member: SQLite holds a pointer to it */
  host *h;
} host_table;

/* Makes the table for xConnect; `columns` is a CREATE TABLE. */
static int host_connect(host *h, const char *columns, sqlite3_vtab **table, char **message);
static int host_disconnect(sqlite3_vtab *table);
/* Gives the table the message of the store's failure, and returns its code. */
static int host_fail(sqlite3_vtab *table);
/* Whether an argument can be text; else the table gets a message that names it. NULL can. */
static int host_is_text(sqlite3_vtab *table, sqlite3_value *value, const char *name);
/* Why an argument cannot be text, as the words behind its name. NULL: it can. */
static const char *host_refuse(sqlite3_value *value);

#endif
#endif

/******** extension/host.c ********/

#ifdef NANGOLITE_EXTENSION

static host *host_make(sqlite3 *db) {
  host *made = sqlite3_malloc64(sizeof *made);
  if (made != NULL) *made = (host){.db = db, .references = 1};
  return made;
}

static host *host_keep(host *h) {
  h->references++;
  return h;
}

static void host_close(host *h) {
  nangolite_close(h->store);
  h->store = NULL;
}

static void host_release(void *kept) {
  host *h = kept;
  if (--h->references > 0) return;
  host_close(h);
  sqlite3_free(h);
}

/* Tables that were made in a transaction are gone when it is rolled back. */
static int host_has_tables(const host *h) {
  return sqlite3_table_column_metadata(h->db, "main", "nango_store", NULL, NULL, NULL, NULL, NULL, NULL) ==
         SQLITE_OK;
}

/* Has SQLite connect a table. (Where the file has a table of this name, it does not.) */
static void host_connect_any(const host *h) {
  sqlite3_stmt *names_it = NULL;
  if (h->connected > 0) return;
  sqlite3_prepare_v2(h->db, "SELECT 1 FROM nango_syncs", -1, &names_it, NULL);
  sqlite3_finalize(names_it);
}

static nangolite *host_store(host *h, int makes) {
  if (h->store != NULL && (!h->store->opened || !host_has_tables(h))) host_close(h);
  if (h->store != NULL) return h->store;
  host_connect_any(h);
  store_attach_in_statement(h->db, makes, &h->store);
  return h->store;
}

static void host_leave(host *h) {
  if (h->connected == 0) host_close(h);
}

static int host_code(const host *h) {
  if (h->store == NULL) return SQLITE_NOMEM;
  switch (h->store->result) {
    case NANGOLITE_NOMEM: return SQLITE_NOMEM;
    case NANGOLITE_BUSY: return SQLITE_BUSY;
    case NANGOLITE_READONLY: return SQLITE_READONLY;
    case NANGOLITE_IOERR: return SQLITE_IOERR;
    case NANGOLITE_FULL: return SQLITE_FULL;
    case NANGOLITE_CORRUPT: return SQLITE_CORRUPT;
    case NANGOLITE_INTERRUPTED: return SQLITE_INTERRUPT;
    default: return SQLITE_ERROR;
  }
}

static int host_connect(host *h, const char *columns, sqlite3_vtab **table, char **message) {
  host_table *made = sqlite3_malloc64(sizeof *made);
  *table = NULL;
  if (made == NULL) return SQLITE_NOMEM;
  int code = sqlite3_declare_vtab(h->db, columns);
  if (code != SQLITE_OK) {
    *message = sqlite3_mprintf("%s", sqlite3_errmsg(h->db));
    sqlite3_free(made);
    return code;
  }
  *made = (host_table){.h = host_keep(h)};
  h->connected++;
  *table = &made->base;
  return SQLITE_OK;
}

static int host_disconnect(sqlite3_vtab *table) {
  host *h = ((host_table *)(void *)table)->h;
  if (--h->connected == 0) host_close(h);
  sqlite3_free(table);
  host_release(h);
  return SQLITE_OK;
}

static int host_fail(sqlite3_vtab *table) {
  const host *h = ((host_table *)(void *)table)->h;
  int code = host_code(h);
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = code == SQLITE_NOMEM ? NULL : sqlite3_mprintf("%s", nangolite_errmsg(h->store));
  return code;
}

static const char *host_refuse(sqlite3_value *value) {
  if (sqlite3_value_type(value) == SQLITE_NULL) return NULL;
  if (sqlite3_value_type(value) == SQLITE_BLOB) return "must be text and not a blob";
  const char *written = (const char *)sqlite3_value_text(value);
  if (written == NULL) return "finds no memory";
  return strlen(written) == (size_t)sqlite3_value_bytes(value) ? NULL : "must not hold U+0000";
}

static int host_is_text(sqlite3_vtab *table, sqlite3_value *value, const char *name) {
  const char *why = host_refuse(value);
  if (why == NULL) return 1;
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s %s", name, why);
  return 0;
}

#endif

/******** extension/functions.h ********/

/* functions: the functions of SQL that answer requests and write records.
**
**   nangolite(method, target [, headers [, body]])     the response's JSON
**   nangolite_save(provider_config_key, connection_id, model, json [, variant])    {"added":...}
**   nangolite_update(...), nangolite_delete(...)       the same
*/
#ifndef NANGOLITE_FUNCTIONS_H
#define NANGOLITE_FUNCTIONS_H

#ifdef NANGOLITE_EXTENSION

/* Registers them. Returns a code of SQLite. */
static int functions_register(host *h);

#endif
#endif

/******** extension/functions.c ********/

#ifdef NANGOLITE_EXTENSION

/* What a file could make somebody call without knowing it must not write: views and triggers cannot use such a function.
** SQLite knows the flag since 3.30; older versions ignore it. */
#ifndef SQLITE_DIRECTONLY
#define SQLITE_DIRECTONLY 0x80000
#endif
/* JSON functions take the result for JSON. SQLite asks for the flag since 3.45; older versions ignore it. */
#ifndef SQLITE_RESULT_SUBTYPE
#define SQLITE_RESULT_SUBTYPE 0x1000000
#endif
#define FUNCTIONS_SUBTYPE_JSON 'J'

enum { FUNCTIONS_ARGUMENTS_MAX = 5 };

static void functions_fail(sqlite3_context *context, const host *h) {
  sqlite3_result_error(context, nangolite_errmsg(h->store), -1);
  sqlite3_result_error_code(context, host_code(h));
}

/* Whether all arguments can be text; else it is told which cannot. */
static int functions_are_text(sqlite3_context *context, const char *const *names, int count,
                              sqlite3_value **values) {
  for (int i = 0; i < count; i++) {
    const char *why = host_refuse(values[i]);
    if (why == NULL) continue;
    char *message = sqlite3_mprintf("%s %s", names[i], why);
    if (message == NULL) sqlite3_result_error_nomem(context);
    else sqlite3_result_error(context, message, -1);
    sqlite3_free(message);
    return 0;
  }
  return 1;
}

static const char *functions_text(int count, sqlite3_value **values, int at) {
  return at < count ? (const char *)sqlite3_value_text(values[at]) : NULL;
}

static void functions_give_json(sqlite3_context *context, char *json) {
  if (json == NULL) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_text(context, json, -1, sqlite3_free);
  sqlite3_result_subtype(context, FUNCTIONS_SUBTYPE_JSON);
}

static void functions_request(sqlite3_context *context, int count, sqlite3_value **values) {
  static const char *const names[] = {"method", "target", "headers", "body"};
  host *h = sqlite3_user_data(context);
  int status;
  char *response;
  if (!functions_are_text(context, names, count, values)) return;
  const char *method = functions_text(count, values, 0), *target = functions_text(count, values, 1);
  const char *headers = functions_text(count, values, 2), *body = functions_text(count, values, 3);
  int result = nangolite_request(host_store(h, 0), method, target, headers, body, &status, &response);
  if (result == NANGOLITE_OK) functions_give_json(context, response);
  else functions_fail(context, h);
  host_leave(h);
}

static void functions_give_changes(sqlite3_context *context, const nangolite_changes *made) {
  functions_give_json(context, sqlite3_mprintf("{\"added\":%lld,\"updated\":%lld,\"deleted\":%lld,"
                                               "\"unchanged\":%lld,\"skipped\":%lld,\"duplicates\":%lld}",
                                               (long long)made->added, (long long)made->updated,
                                               (long long)made->deleted, (long long)made->unchanged,
                                               (long long)made->skipped, (long long)made->duplicates));
}

static void functions_write(sqlite3_context *context, int count, sqlite3_value **values, write_kind kind) {
  static const char *const names[] = {"provider_config_key", "connection_id", "model", "json", "variant"};
  host *h = sqlite3_user_data(context);
  nangolite_changes made;
  if (!functions_are_text(context, names, count, values)) return;
  nangolite_scope scope = {
    functions_text(count, values, 0),
    functions_text(count, values, 1),
    functions_text(count, values, 2),
    functions_text(count, values, 4),
  };
  records_call call = {.scope = &scope, .kind = kind, .makes_connection = kind == WRITE_SAVE};
  nangolite *store = host_store(h, kind == WRITE_SAVE);
  int result = records_write(store, &call, functions_text(count, values, 3), -1, &made);
  if (result == NANGOLITE_OK) functions_give_changes(context, &made);
  else functions_fail(context, h);
  host_leave(h);
}

static void functions_save(sqlite3_context *context, int count, sqlite3_value **values) {
  functions_write(context, count, values, WRITE_SAVE);
}

static void functions_update(sqlite3_context *context, int count, sqlite3_value **values) {
  functions_write(context, count, values, WRITE_UPDATE);
}

static void functions_delete(sqlite3_context *context, int count, sqlite3_value **values) {
  functions_write(context, count, values, WRITE_DELETE);
}

typedef struct functions_entry {
  const char *name;
  int fewest, most; /* arguments */
  void (*call)(sqlite3_context *context, int count, sqlite3_value **values);
} functions_entry;

static int functions_register(host *h) {
  static const functions_entry all[] = {
    {"nangolite", 2, 4, functions_request},
    {"nangolite_save", 4, FUNCTIONS_ARGUMENTS_MAX, functions_save},
    {"nangolite_update", 4, FUNCTIONS_ARGUMENTS_MAX, functions_update},
    {"nangolite_delete", 4, FUNCTIONS_ARGUMENTS_MAX, functions_delete},
  };
  int code = SQLITE_OK, flags = SQLITE_UTF8 | SQLITE_DIRECTONLY | SQLITE_RESULT_SUBTYPE;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    for (int count = all[i].fewest; count <= all[i].most && code == SQLITE_OK; count++)
      code = sqlite3_create_function_v2(h->db, all[i].name, count, flags, host_keep(h), all[i].call, NULL,
                                        NULL, host_release);
  }
  return code;
}

#endif

/******** extension/cursor_collation.h ********/

/* cursor_collation: a collation for the cursors of records, which as text have no order that means anything. */
#ifndef NANGOLITE_CURSOR_COLLATION_H
#define NANGOLITE_CURSOR_COLLATION_H

#ifdef NANGOLITE_EXTENSION

#define CURSOR_COLLATION "nangolite_cursor"

/* Registers it. Returns a code of SQLite. */
static int cursor_collation_register(sqlite3 *db);

#endif
#endif

/******** extension/cursor_collation.c ********/

#ifdef NANGOLITE_EXTENSION

static int cursor_collation_compare_places(const cursor_place *a, const cursor_place *b) {
  if (a->stamp != b->stamp) return a->stamp < b->stamp ? -1 : 1;
  return slice_compare(a->id, b->id);
}

/* A collation cannot fail, so text that is no cursor stands before all cursors. */
static int cursor_collation_compare(void *unused, int length, const void *at, int other_length,
                                    const void *other_at) {
  slice a = {at, (size_t)length}, b = {other_at, (size_t)other_length};
  text a_buffer = {0}, b_buffer = {0};
  cursor_place a_place, b_place;
  (void)unused;
  int a_is_cursor = cursor_decode(a, &a_buffer, &a_place) == NULL;
  int b_is_cursor = cursor_decode(b, &b_buffer, &b_place) == NULL;
  int order = a_is_cursor - b_is_cursor;
  if (a_is_cursor && b_is_cursor) order = cursor_collation_compare_places(&a_place, &b_place);
  else if (!a_is_cursor && !b_is_cursor) order = slice_compare(a, b);
  text_free(&a_buffer);
  text_free(&b_buffer);
  return order;
}

static int cursor_collation_register(sqlite3 *db) {
  return sqlite3_create_collation_v2(db, CURSOR_COLLATION, SQLITE_UTF8, NULL, cursor_collation_compare, NULL);
}

#endif

/******** extension/feed_back.h ********/

/* feed_back: reads the records of a collection against the order of their stamps, beginning at any place. */
#ifndef NANGOLITE_FEED_BACK_H
#define NANGOLITE_FEED_BACK_H

#ifdef NANGOLITE_EXTENSION

/* A merge of all states by sequence, the greatest first. */
typedef struct feed_back {
  nangolite *store;
  int64_t first[STATE_COUNT]; /* the first row key that a state can have */
  int64_t heads[STATE_COUNT]; /* the row key of each state's next record; 0: there is none */
  query row;                  /* of the latest record */
} feed_back;

/* Opens a feed of the records before a place, from the last one back (NULL: of all). Close it before another one is
** opened. */
static feed_back feed_back_open(nangolite *store, const collection *c, const feed_place *before);
/* Reads the next record. Its slices are valid until the next call. 0: there are no more, or a failure is latched. */
static int feed_back_next(feed_back *f, record_row *next);
static void feed_back_close(feed_back *f);

#endif
#endif

/******** extension/feed_back.c ********/

#ifdef NANGOLITE_EXTENSION

/* Moves a state's head to its last record whose row key is less than `below`. */
static void feed_back_seek(feed_back *f, int state, int64_t below) {
  query q = query_open(f->store, RECORD_LAST);
  query_bind_int(&q, f->first[state]);
  query_bind_int(&q, below);
  int64_t key = query_number(&q);
  if (key != 0 && (key < f->first[state] || key >= below)) feed_fail_order(f->store, key);
  f->heads[state] = key;
}

static feed_back feed_back_open(nangolite *store, const collection *c, const feed_place *before) {
  feed_back f = {.store = store};
  for (int state = 0; state < STATE_COUNT; state++) {
    if (c->counts[state] == 0) continue;
    f.first[state] = row_key_make(c->id, state, 0);
    int64_t end = row_key_make(c->id, state + 1, 0);
    feed_back_seek(&f, state, before == NULL ? end : feed_bisect(store, c, state, before));
  }
  return f;
}

static int feed_back_next(feed_back *f, record_row *next) {
  int last = 0;
  query_close(&f->row);
  for (int state = 1; state < STATE_COUNT; state++) {
    if (row_key_sequence(f->heads[state]) > row_key_sequence(f->heads[last])) last = state;
  }
  int64_t key = f->heads[last];
  if (key == 0 || store_failed(f->store)) return 0;
  feed_back_seek(f, last, key);
  return record_get_at(f->store, key, &f->row, next);
}

static void feed_back_close(feed_back *f) {
  query_close(&f->row);
}

#endif

/******** extension/records_plan.h ********/

/* records_plan: what a query asks of the table of records, and which part of that the table finds by itself. */
#ifndef NANGOLITE_RECORDS_PLAN_H
#define NANGOLITE_RECORDS_PLAN_H

#ifdef NANGOLITE_EXTENSION

typedef enum records_column {
  RECORDS_ID,
  RECORDS_PAYLOAD,
  RECORDS_LAST_ACTION,
  RECORDS_FIRST_SEEN_AT,
  RECORDS_LAST_MODIFIED_AT,
  RECORDS_DELETED_AT,
  RECORDS_PRUNED_AT,
  RECORDS_CURSOR,
  RECORDS_PROVIDER_CONFIG_KEY, /* from here on, the arguments */
  RECORDS_CONNECTION_ID,
  RECORDS_MODEL,
  RECORDS_VARIANT
} records_column;

/* What xBestIndex tells xFilter: a bit for each value that is given, in this order, and one for the direction. */
typedef enum records_given {
  GIVEN_PROVIDER_CONFIG_KEY,
  GIVEN_CONNECTION_ID,
  GIVEN_MODEL,
  GIVEN_VARIANT,
  GIVEN_ID,
  GIVEN_EQUAL, /* from here on, cursors */
  GIVEN_ABOVE,
  GIVEN_FROM,
  GIVEN_BELOW,
  GIVEN_UNTIL,
  GIVEN_COUNT
} records_given;

enum {
  RECORDS_ARGUMENTS = GIVEN_VARIANT + 1,
  RECORDS_BOUNDS = GIVEN_COUNT - GIVEN_EQUAL,
  RECORDS_BACKWARDS = 1 << GIVEN_COUNT,
  RECORDS_NEEDED = 1 << GIVEN_PROVIDER_CONFIG_KEY | 1 << GIVEN_CONNECTION_ID | 1 << GIVEN_MODEL,
};

/* xBestIndex: sets idxNum. The values come in the order of their bits. */
static int records_plan_make(sqlite3_vtab *table, sqlite3_index_info *info);

#endif
#endif

/******** extension/records_plan.c ********/

#ifdef NANGOLITE_EXTENSION

/* Which value a constraint gives; -1: none that is used. */
static int records_plan_given(int column, int op) {
  int is_equal = op == SQLITE_INDEX_CONSTRAINT_EQ;
  if (column >= RECORDS_PROVIDER_CONFIG_KEY) return is_equal ? column - RECORDS_PROVIDER_CONFIG_KEY : -1;
  if (column == RECORDS_ID) return is_equal ? GIVEN_ID : -1;
  if (column != RECORDS_CURSOR) return -1;
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return GIVEN_EQUAL;
    case SQLITE_INDEX_CONSTRAINT_GT: return GIVEN_ABOVE;
    case SQLITE_INDEX_CONSTRAINT_GE: return GIVEN_FROM;
    case SQLITE_INDEX_CONSTRAINT_LT: return GIVEN_BELOW;
    case SQLITE_INDEX_CONSTRAINT_LE: return GIVEN_UNTIL;
    default: return -1;
  }
}

/* Whether a constraint compares as its column does: the query may ask for another collation. SQLite tells since 3.22. */
static int records_plan_collates(sqlite3_index_info *info, int constraint, int given) {
#if SQLITE_VERSION_NUMBER >= 3022000
  const char *own = given >= GIVEN_EQUAL ? CURSOR_COLLATION : "BINARY";
  if (sqlite3_libversion_number() < 3022000 || given < GIVEN_ID) return 1;
  return sqlite3_stricmp(sqlite3_vtab_collation(info, constraint), own) == 0;
#else
  (void)info, (void)constraint, (void)given;
  return 1;
#endif
}

/* Sets at[] to the constraint that gives each value, or -1. 0: a needed argument is there, but not yet known in this
** order of the tables. */
static int records_plan_choose(sqlite3_index_info *info, int *at) {
  int usable = 1;
  for (int given = 0; given < GIVEN_COUNT; given++) at[given] = -1;
  for (int i = 0; i < info->nConstraint; i++) {
    int given = records_plan_given(info->aConstraint[i].iColumn, info->aConstraint[i].op);
    if (given < 0 || !records_plan_collates(info, i, given)) continue;
    if (info->aConstraint[i].usable) at[given] = i;
    else if (given < RECORDS_ARGUMENTS) usable = 0;
  }
  return usable;
}

static void records_plan_order(sqlite3_index_info *info) {
  if (info->nOrderBy != 1) return;
  int column = info->aOrderBy[0].iColumn;
  info->orderByConsumed = column == RECORDS_CURSOR || column == RECORDS_LAST_MODIFIED_AT;
  if (info->orderByConsumed && info->aOrderBy[0].desc) info->idxNum |= RECORDS_BACKWARDS;
}

/* How many rows the query planner is to expect. */
static double records_plan_estimate(int plan) {
  double rows = 100000;
  if (plan & (1 << GIVEN_ID | 1 << GIVEN_EQUAL)) return 1;
  if (plan & (1 << GIVEN_ABOVE | 1 << GIVEN_FROM)) rows /= 10;
  if (plan & (1 << GIVEN_BELOW | 1 << GIVEN_UNTIL)) rows /= 10;
  return rows;
}

/* The tables must be read in another order. Before 3.26 SQLite takes a hint only: that this order is dear. */
static int records_plan_refuse(sqlite3_index_info *info) {
  info->estimatedCost = 1e99;
  return sqlite3_libversion_number() >= 3026000 ? SQLITE_CONSTRAINT : SQLITE_OK;
}

/* Arguments and cursors are compared here and not again by SQLite; an id is, because it may be given as a number. */
static int records_plan_make(sqlite3_vtab *table, sqlite3_index_info *info) {
  int at[GIVEN_COUNT], values = 0;
  (void)table;
  if (!records_plan_choose(info, at)) return records_plan_refuse(info);
  for (int given = 0; given < GIVEN_COUNT; given++) {
    if (at[given] < 0) continue;
    info->idxNum |= 1 << given;
    info->aConstraintUsage[at[given]].argvIndex = ++values;
    info->aConstraintUsage[at[given]].omit = given != GIVEN_ID;
  }
  records_plan_order(info);
  double rows = records_plan_estimate(info->idxNum);
  info->estimatedCost = 10 + rows * 2;
  info->estimatedRows = (sqlite3_int64)rows;
  return SQLITE_OK;
}

#endif

/******** extension/records_table.h ********/

/* records_table: the records of a collection as a table of SQL, in the order of change, forwards or backwards:
**
**   SELECT id, payload FROM nango_records('github', 'ada', 'Issue' [, variant]) WHERE cursor > :cursor ORDER BY cursor
**
** Cursors are compared by the places that they name. A cursor, an id, and both orders are found by index. The rows are
** read in batches, each in one call, and a batch is a copy: so a statement may write the records that it reads. It does
** not read what was written after it had begun. */
#ifndef NANGOLITE_RECORDS_TABLE_H
#define NANGOLITE_RECORDS_TABLE_H

#ifdef NANGOLITE_EXTENSION

/* Registers it. Returns a code of SQLite. */
static int records_table_register(host *h);

#endif
#endif

/******** extension/records_table.c ********/

#ifdef NANGOLITE_EXTENSION

static const char records_table_columns[] =
  "CREATE TABLE nango_records (id TEXT, payload TEXT, last_action TEXT, first_seen_at TEXT, last_modified_at TEXT,"
  " deleted_at TEXT, pruned_at TEXT, cursor TEXT COLLATE " CURSOR_COLLATION ","
  " provider_config_key TEXT HIDDEN, connection_id TEXT HIDDEN, model TEXT HIDDEN, variant TEXT HIDDEN)";

static const char *const records_table_arguments[RECORDS_ARGUMENTS] = {"provider_config_key", "connection_id",
                                                                       "model", "variant"};

/* ---- reading ---- */

enum { RECORDS_BATCH_FIRST = 4, RECORDS_BATCH_MAX = 128, RECORDS_BATCH_BYTES = 1 << 20 };

/* One row of a batch; its texts lie in the batch's strings. */
typedef struct records_line {
  int64_t key, first_seen_at, last_modified_at, pruned_at;
  size_t id_at, id_length, payload_at, payload_length;
} records_line;

typedef struct records_bound {
  int is_given;
  text buffer; /* the place's id lives there */
  feed_place place;
} records_bound;

typedef struct records_cursor {
  sqlite3_vtab_cursor base; /* the first member: SQLite holds a pointer to it */
  int is_backwards;
  sqlite3_value *arguments[RECORDS_ARGUMENTS]; /* NULL: it was not given */
  sqlite3_value *id;
  records_bound bounds[RECORDS_BOUNDS]; /* from GIVEN_EQUAL on */

  int has_begun;
  int64_t collection, sequence; /* as they were when it began: what comes later is not read */
  records_line lines[RECORDS_BATCH_MAX];
  size_t count, next, wanted;
  text strings;
  int is_last; /* no batch follows */
  text written;
  timestamp_cache second;
} records_cursor;

static host *records_table_host(const records_cursor *c) {
  return ((host_table *)(void *)c->base.pVtab)->h;
}

static slice records_table_slice(const records_cursor *c, size_t at, size_t length) {
  return (slice){c->strings.at + at, length};
}

static int records_table_compare(const feed_place *place, int64_t stamp, slice id) {
  if (stamp != place->stamp) return stamp < place->stamp ? -1 : 1;
  return slice_compare(id, place->id);
}

/* Whether a place is outside of a bound, and to which side: -1 before it, 1 behind it, 0 it is inside. */
static int records_table_side(int given, int order) {
  switch (given) {
    case GIVEN_EQUAL: return order;
    case GIVEN_ABOVE: return order > 0 ? 0 : -1;
    case GIVEN_FROM: return order >= 0 ? 0 : -1;
    case GIVEN_BELOW: return order < 0 ? 0 : 1;
    default: return order <= 0 ? 0 : 1;
  }
}

/* The same for all bounds of a record: the side of the first one that it is outside of. */
static int records_table_outside(const records_cursor *c, const record_row *r) {
  for (int i = 0; i < RECORDS_BOUNDS; i++) {
    const records_bound *bound = &c->bounds[i];
    if (!bound->is_given) continue;
    int side =
      records_table_side(GIVEN_EQUAL + i, records_table_compare(&bound->place, r->last_modified_at, r->id));
    if (side != 0) return side;
  }
  return 0;
}

static void records_table_keep(records_cursor *c, const record_row *r) {
  records_line *line = &c->lines[c->count++];
  *line = (records_line){.key = r->key,
                         .first_seen_at = r->first_seen_at,
                         .last_modified_at = r->last_modified_at,
                         .pruned_at = r->pruned_at,
                         .id_at = c->strings.length,
                         .id_length = r->id.length,
                         .payload_at = c->strings.length + r->id.length,
                         .payload_length = r->payload.length};
  text_append(&c->strings, r->id.at, r->id.length);
  text_append(&c->strings, r->payload.at, r->payload.length);
}

/* Takes a record into the batch where it is wanted. 0: the batch ends here. */
static int records_table_take(records_cursor *c, const record_row *r) {
  int side = records_table_outside(c, r);
  int is_past = side == (c->is_backwards ? -1 : 1);
  int is_later = row_key_sequence(r->key) > c->sequence;
  c->is_last = is_past || (is_later && !c->is_backwards);
  if (c->is_last) return 0;
  if (side == 0 && !is_later) records_table_keep(c, r);
  return c->count < c->wanted && c->strings.length < RECORDS_BATCH_BYTES;
}

/* The place of the batch before: in the feed behind it, or, backwards, before it. No two records of a collection have one
** stamp. The id is kept in a buffer, because the batch's strings are written anew. */
static feed_place records_table_behind(const records_cursor *c, text *id) {
  const records_line *last = &c->lines[c->count - 1];
  slice was = records_table_slice(c, last->id_at, last->id_length);
  if (c->is_backwards) return (feed_place){last->last_modified_at - 1, {NULL, 0}};
  text_append(id, was.at, was.length);
  return (feed_place){last->last_modified_at, {id->at, id->length}};
}

/* The place at which a bound lets the first batch begin. 0: it is a bound of the other end. */
static int records_table_start(const records_cursor *c, int given, feed_place *place) {
  int is_lower = given == GIVEN_ABOVE || given == GIVEN_FROM;
  const records_bound *bound = &c->bounds[given - GIVEN_EQUAL];
  if (!bound->is_given || (given != GIVEN_EQUAL && is_lower == c->is_backwards)) return 0;
  *place = bound->place;
  if (!c->is_backwards && given != GIVEN_ABOVE) *place = (feed_place){place->stamp - 1, {NULL, 0}};
  return 1;
}

/* Where a batch begins, as a place in the feed: the records behind it are read, or, backwards, those before it. 0: all
** are. */
static int records_table_begin(const records_cursor *c, text *id, feed_place *place) {
  int has_place = 0;
  feed_place start;
  if (c->count > 0) *place = records_table_behind(c, id);
  if (c->count > 0) return 1;
  for (int given = GIVEN_EQUAL; given < GIVEN_COUNT; given++) {
    if (!records_table_start(c, given, &start)) continue;
    int is_nearer = c->is_backwards ? start.stamp < place->stamp : start.stamp > place->stamp;
    if (!has_place || is_nearer) *place = start;
    has_place = 1;
  }
  return has_place;
}

static void records_table_read_forwards(nangolite *store, const collection *of, const feed_place *after,
                                        records_cursor *c) {
  record_row next;
  feed f = feed_open(store, of, FEED_ALL, after);
  c->is_last = 1;
  while (feed_next(&f, &next) && records_table_take(c, &next))
    c->is_last = 1; /* unless a further one is taken */
  feed_close(&f);
}

static void records_table_read_backwards(nangolite *store, const collection *of, const feed_place *before,
                                         records_cursor *c) {
  record_row next;
  feed_back f = feed_back_open(store, of, before);
  c->is_last = 1;
  while (feed_back_next(&f, &next) && records_table_take(c, &next)) c->is_last = 1;
  feed_back_close(&f);
}

static void records_table_read_id(nangolite *store, const collection *of, records_cursor *c) {
  entry found;
  record_row row;
  query q = {0};
  collection copy = *of;
  entries known = entries_open(store, &copy);
  slice id = {(const char *)sqlite3_value_text(c->id), (size_t)sqlite3_value_bytes(c->id)};
  int64_t number = id.length > 0 && id.length <= RECORD_ID_MAX ? record_find(&known, id, &found) : 0;
  if (number != 0 && record_get(&known, number, &found, &q, &row)) records_table_take(c, &row);
  query_close(&q);
  entries_free(&known);
  c->is_last = 1;
}

/* What comes after the first batch was begun is not read. 0: there is nothing to read. */
static int records_table_is_same(const collection *of, records_cursor *c) {
  if (!c->has_begun) c->collection = of->id;
  if (!c->has_begun) c->sequence = of->sequence;
  c->has_begun = 1;
  return of->id != 0 && of->id == c->collection;
}

static void records_table_read(nangolite *store, const collection *of, records_cursor *c) {
  text id = {0};
  feed_place place = {0, {NULL, 0}};
  int has_place = records_table_begin(c, &id, &place);
  c->is_last = 1;
  c->count = 0;
  text_clear(&c->strings);
  store_check_text(store, &id);
  int is_readable = records_table_is_same(of, c) && !store_failed(store);
  if (is_readable && c->id != NULL) records_table_read_id(store, of, c);
  else if (is_readable && c->is_backwards)
    records_table_read_backwards(store, of, has_place ? &place : NULL, c);
  else if (is_readable) records_table_read_forwards(store, of, has_place ? &place : NULL, c);
  store_check_text(store, &c->strings);
  text_free(&id);
}

static const char *records_table_argument(const records_cursor *c, int argument) {
  sqlite3_value *value = c->arguments[argument];
  return value == NULL ? NULL : (const char *)sqlite3_value_text(value);
}

/* Reads the next batch. Returns a code of SQLite. */
static int records_table_load(records_cursor *c) {
  nangolite *store = host_store(records_table_host(c), 0);
  nangolite_scope scope = {
    records_table_argument(c, GIVEN_PROVIDER_CONFIG_KEY),
    records_table_argument(c, GIVEN_CONNECTION_ID),
    records_table_argument(c, GIVEN_MODEL),
    records_table_argument(c, GIVEN_VARIANT),
  };
  c->next = 0;
  if (!call_open(store)) return host_fail(c->base.pVtab);
  arguments_check_scope(store, &scope);
  call_read(store);
  collection of = collection_of_scope(store, &scope);
  c->wanted = c->wanted < RECORDS_BATCH_MAX / 2 ? c->wanted * 2 : RECORDS_BATCH_MAX;
  if (!store_failed(store)) records_table_read(store, &of, c);
  return call_end(store) == NANGOLITE_OK ? SQLITE_OK : host_fail(c->base.pVtab);
}

/* ---- what SQLite calls ---- */

static int records_table_connect(sqlite3 *db, void *h, int count, const char *const *words,
                                 sqlite3_vtab **table, char **message) {
  (void)db, (void)count, (void)words;
  return host_connect(h, records_table_columns, table, message);
}

static int records_table_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  (void)table;
  records_cursor *c = sqlite3_malloc64(sizeof *c);
  if (c == NULL) return SQLITE_NOMEM;
  memset(c, 0, sizeof *c);
  *cursor = &c->base;
  return SQLITE_OK;
}

/* Forgets the query before. */
static void records_table_reset(records_cursor *c) {
  sqlite3_vtab_cursor base = c->base;
  for (int i = 0; i < RECORDS_ARGUMENTS; i++) sqlite3_value_free(c->arguments[i]);
  for (int i = 0; i < RECORDS_BOUNDS; i++) text_free(&c->bounds[i].buffer);
  sqlite3_value_free(c->id);
  text_free(&c->strings);
  text_free(&c->written);
  memset(c, 0, sizeof *c);
  c->base = base;
}

static int records_table_close(sqlite3_vtab_cursor *cursor) {
  records_table_reset((records_cursor *)(void *)cursor);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* A cursor of the query. */
static int records_table_bind_cursor(records_cursor *c, records_bound *bound, sqlite3_value *value) {
  cursor_place place;
  sqlite3_vtab *table = c->base.pVtab;
  if (!host_is_text(table, value, "cursor")) return SQLITE_ERROR;
  slice written = slice_of((const char *)sqlite3_value_text(value));
  const char *reason = cursor_decode(written, &bound->buffer, &place);
  if (bound->buffer.failed) return SQLITE_NOMEM;
  if (reason != NULL) {
    table->zErrMsg = sqlite3_mprintf("cursor %s", reason);
    return SQLITE_ERROR;
  }
  bound->is_given = 1;
  bound->place = (feed_place){place.stamp, place.id};
  return SQLITE_OK;
}

/* A name of the collection, kept for the batches to come. */
static int records_table_bind_argument(records_cursor *c, int argument, sqlite3_value *value) {
  if (!host_is_text(c->base.pVtab, value, records_table_arguments[argument])) return SQLITE_ERROR;
  if (sqlite3_value_type(value) == SQLITE_NULL) return SQLITE_OK;
  c->arguments[argument] = sqlite3_value_dup(value);
  return c->arguments[argument] == NULL || sqlite3_value_text(c->arguments[argument]) == NULL ? SQLITE_NOMEM
                                                                                              : SQLITE_OK;
}

/* Nothing is equal to NULL, nor greater or less. Of numbers with a fraction or an exponent, and of blobs, SQLite finds
** out by itself whether they are equal to an id. */
static int records_table_bind(records_cursor *c, int given, sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  if (given < RECORDS_ARGUMENTS) return records_table_bind_argument(c, given, value);
  if (type == SQLITE_NULL) c->is_last = c->has_begun = 1;
  if (type == SQLITE_NULL) return SQLITE_OK;
  if (given >= GIVEN_EQUAL) return records_table_bind_cursor(c, &c->bounds[given - GIVEN_EQUAL], value);
  if (type != SQLITE_TEXT && type != SQLITE_INTEGER) return SQLITE_OK;
  c->id = sqlite3_value_dup(value);
  return c->id == NULL || sqlite3_value_text(c->id) == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

static int records_table_filter(sqlite3_vtab_cursor *cursor, int plan, const char *unused, int count,
                                sqlite3_value **values) {
  records_cursor *c = (records_cursor *)(void *)cursor;
  int code = SQLITE_OK;
  (void)unused, (void)count;
  records_table_reset(c);
  sqlite3_free(cursor->pVtab->zErrMsg);
  cursor->pVtab->zErrMsg = NULL;
  if ((plan & RECORDS_NEEDED) != RECORDS_NEEDED) {
    cursor->pVtab->zErrMsg =
      sqlite3_mprintf("nango_records takes provider_config_key, connection_id, model [, variant]");
    return SQLITE_ERROR;
  }
  c->is_backwards = (plan & RECORDS_BACKWARDS) != 0;
  c->wanted = RECORDS_BATCH_FIRST / 2;
  for (int given = 0, at = 0; given < GIVEN_COUNT && code == SQLITE_OK; given++) {
    if (plan >> given & 1) code = records_table_bind(c, given, values[at++]);
  }
  return code == SQLITE_OK && !c->is_last ? records_table_load(c) : code;
}

static int records_table_eof(sqlite3_vtab_cursor *cursor) {
  const records_cursor *c = (records_cursor *)(void *)cursor;
  return c->next == c->count;
}

static int records_table_next(sqlite3_vtab_cursor *cursor) {
  records_cursor *c = (records_cursor *)(void *)cursor;
  c->next++;
  return c->next == c->count && !c->is_last ? records_table_load(c) : SQLITE_OK;
}

static void records_table_give(sqlite3_context *context, slice value) {
  sqlite3_result_text64(context, value.at, value.length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void records_table_give_time(records_cursor *c, sqlite3_context *context, int64_t time) {
  char written[TIMESTAMP_LENGTH_MAX];
  if (time == 0) return;
  timestamp_format(time, TIMESTAMP_MICROSECONDS, &c->second, written);
  records_table_give(context, (slice){written, sizeof written});
}

static void records_table_give_cursor(records_cursor *c, sqlite3_context *context, const records_line *line) {
  slice id = records_table_slice(c, line->id_at, line->id_length);
  text_clear(&c->written);
  cursor_encode((cursor_place){line->last_modified_at, id}, &c->second, &c->written);
  if (c->written.failed) sqlite3_result_error_nomem(context);
  else records_table_give(context, (slice){c->written.at, c->written.length});
}

static int records_table_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  static const char *const actions[ACTION_COUNT] = {"ADDED", "UPDATED", "DELETED"};
  records_cursor *c = (records_cursor *)(void *)cursor;
  const records_line *line = &c->lines[c->next];
  int is_deleted = row_key_action(line->key) == ACTION_DELETED;
  switch (column) {
    case RECORDS_ID: records_table_give(context, records_table_slice(c, line->id_at, line->id_length)); break;
    case RECORDS_PAYLOAD:
      records_table_give(context, records_table_slice(c, line->payload_at, line->payload_length));
      break;
    case RECORDS_LAST_ACTION:
      records_table_give(context, slice_of(actions[row_key_action(line->key)]));
      break;
    case RECORDS_FIRST_SEEN_AT: records_table_give_time(c, context, line->first_seen_at); break;
    case RECORDS_LAST_MODIFIED_AT: records_table_give_time(c, context, line->last_modified_at); break;
    case RECORDS_DELETED_AT:
      records_table_give_time(c, context, is_deleted ? line->last_modified_at : 0);
      break;
    case RECORDS_PRUNED_AT: records_table_give_time(c, context, line->pruned_at); break;
    case RECORDS_CURSOR: records_table_give_cursor(c, context, line); break;
    default: {
      sqlite3_value *given = c->arguments[column - RECORDS_PROVIDER_CONFIG_KEY];
      if (given != NULL) sqlite3_result_value(context, given);
    }
  }
  return SQLITE_OK;
}

static int records_table_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid) {
  const records_cursor *c = (records_cursor *)(void *)cursor;
  *rowid = c->lines[c->next].key;
  return SQLITE_OK;
}

/* Without xCreate it is there by its name alone, and nobody can make another one. */
static int records_table_register(host *h) {
  static const sqlite3_module module = {.xConnect = records_table_connect,
                                        .xBestIndex = records_plan_make,
                                        .xDisconnect = host_disconnect,
                                        .xOpen = records_table_open,
                                        .xClose = records_table_close,
                                        .xFilter = records_table_filter,
                                        .xNext = records_table_next,
                                        .xEof = records_table_eof,
                                        .xColumn = records_table_column,
                                        .xRowid = records_table_rowid};
  return sqlite3_create_module_v2(h->db, "nango_records", &module, host_keep(h), host_release);
}

#endif

/******** extension/syncs_table.h ********/

/* syncs_table: the instances of syncs as a table of SQL, nango_syncs(): what GET /sync/status tells of each, in columns.
**
**   SELECT connection_id, name, status, latest_error_description FROM nango_syncs() WHERE status = 'ERROR' */
#ifndef NANGOLITE_SYNCS_TABLE_H
#define NANGOLITE_SYNCS_TABLE_H

#ifdef NANGOLITE_EXTENSION

/* Registers it. Returns a code of SQLite. */
static int syncs_table_register(host *h);

#endif
#endif

/******** extension/syncs_table.c ********/

#ifdef NANGOLITE_EXTENSION

/* The first column comes from the instance's names, the others from what the status tells. */
static const char syncs_table_columns[] =
  "CREATE TABLE nango_syncs (provider_config_key TEXT, connection_id TEXT, name TEXT, variant TEXT, type TEXT,"
  " status TEXT, frequency TEXT, finished_at TEXT, next_run_at TEXT, checkpoint TEXT, latest_result TEXT,"
  " latest_error_type TEXT, latest_error_description TEXT, latest_error_at TEXT, progress TEXT, record_count TEXT)";

static const char *const syncs_table_pointers[] = {NULL,
                                                   "/connection_id",
                                                   "/name",
                                                   "/variant",
                                                   "/type",
                                                   "/status",
                                                   "/frequency",
                                                   "/finishedAt",
                                                   "/nextScheduledSyncAt",
                                                   "/checkpoint",
                                                   "/latestResult",
                                                   "/latestError/type",
                                                   "/latestError/description",
                                                   "/latestError/at",
                                                   "/progress",
                                                   "/recordCount"};

typedef struct syncs_cursor {
  sqlite3_vtab_cursor base; /* the first member: SQLite holds a pointer to it */
  id_list list;
  size_t next;
  text provider_config_key, status; /* of the row, without their NUL */
} syncs_cursor;

static host *syncs_table_host(const syncs_cursor *c) {
  return ((host_table *)(void *)c->base.pVtab)->h;
}

static void syncs_table_forget(syncs_cursor *c) {
  sqlite3_free(c->list.at);
  text_free(&c->provider_config_key);
  text_free(&c->status);
  c->list = (id_list){0};
  c->next = 0;
}

static void syncs_table_describe(nangolite *store, int64_t id, syncs_cursor *c) {
  instance_names names = instance_get_names(store, id);
  text_clear(&c->provider_config_key);
  text_clear(&c->status);
  text_append(&c->provider_config_key, names.provider_config_key.at, names.provider_config_key.length);
  if (!store_failed(store)) status_append_instance(store, id, &c->status);
  store_check_text(store, &c->provider_config_key);
  store_check_text(store, &c->status);
  text_free(&names.strings);
}

/* Reads the row that is next, and before the first one which there are. */
static int syncs_table_load(syncs_cursor *c, int is_first) {
  nangolite *store = host_store(syncs_table_host(c), 0);
  if (!call_open(store)) return host_fail(c->base.pVtab);
  call_read(store);
  if (is_first) {
    query q = query_open(store, INSTANCE_ALL);
    id_list_read(store, &c->list, &q);
  }
  if (c->next < c->list.count) syncs_table_describe(store, c->list.at[c->next], c);
  return call_end(store) == NANGOLITE_OK ? SQLITE_OK : host_fail(c->base.pVtab);
}

static int syncs_table_connect(sqlite3 *db, void *h, int count, const char *const *words,
                               sqlite3_vtab **table, char **message) {
  (void)db, (void)count, (void)words;
  return host_connect(h, syncs_table_columns, table, message);
}

static int syncs_table_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 1000;
  info->estimatedRows = 100;
  return SQLITE_OK;
}

static int syncs_table_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  (void)table;
  syncs_cursor *c = sqlite3_malloc64(sizeof *c);
  if (c == NULL) return SQLITE_NOMEM;
  memset(c, 0, sizeof *c);
  *cursor = &c->base;
  return SQLITE_OK;
}

static int syncs_table_close(sqlite3_vtab_cursor *cursor) {
  syncs_table_forget((syncs_cursor *)(void *)cursor);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int syncs_table_filter(sqlite3_vtab_cursor *cursor, int plan, const char *unused, int count,
                              sqlite3_value **values) {
  syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  (void)plan, (void)unused, (void)count, (void)values;
  syncs_table_forget(c);
  return syncs_table_load(c, 1);
}

static int syncs_table_next(sqlite3_vtab_cursor *cursor) {
  syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  c->next++;
  return syncs_table_load(c, 0);
}

static int syncs_table_eof(sqlite3_vtab_cursor *cursor) {
  const syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  return c->next >= c->list.count;
}

/* A string as its characters, null as NULL, anything else as JSON. */
static void syncs_table_give(sqlite3_context *context, json_value value) {
  text unescaped = {0};
  slice written = value.text;
  if (value.text.at == NULL || value.type == JSON_NULL) return;
  if (value.type == JSON_STRING) {
    json_unescape(value, &unescaped, NULL);
    written = (slice){unescaped.at == NULL ? "" : unescaped.at, unescaped.length};
  }
  if (unescaped.failed) sqlite3_result_error_nomem(context);
  else sqlite3_result_text64(context, written.at, written.length, SQLITE_TRANSIENT, SQLITE_UTF8);
  text_free(&unescaped);
}

static int syncs_table_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  const syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  const char *pointer = syncs_table_pointers[column];
  json_value status = json_of((slice){c->status.at, c->status.length});
  if (pointer != NULL) syncs_table_give(context, json_pointer_find(status, pointer));
  else
    sqlite3_result_text64(context, c->provider_config_key.at, c->provider_config_key.length, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  return SQLITE_OK;
}

static int syncs_table_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid) {
  const syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  *rowid = c->list.at[c->next];
  return SQLITE_OK;
}

static int syncs_table_register(host *h) {
  static const sqlite3_module module = {.xConnect = syncs_table_connect,
                                        .xBestIndex = syncs_table_best_index,
                                        .xDisconnect = host_disconnect,
                                        .xOpen = syncs_table_open,
                                        .xClose = syncs_table_close,
                                        .xFilter = syncs_table_filter,
                                        .xNext = syncs_table_next,
                                        .xEof = syncs_table_eof,
                                        .xColumn = syncs_table_column,
                                        .xRowid = syncs_table_rowid};
  return sqlite3_create_module_v2(h->db, "nango_syncs", &module, host_keep(h), host_release);
}

#endif

/******** extension/entry.c ********/

/* entry: where SQLite enters the library as an extension, for each connection. */

#ifdef NANGOLITE_EXTENSION

int sqlite3_nangolite_init(struct sqlite3 *db, char **message, const struct sqlite3_api_routines *routines) {
  (void)routines;
#ifndef SQLITE_CORE
  sqlite3_api = routines;
#endif
  if (sqlite3_libversion_number() < 3015000) {
    *message = sqlite3_mprintf("nangolite needs SQLite 3.15, this is %s", sqlite3_libversion());
    return SQLITE_ERROR;
  }
  host *h = host_make(db);
  if (h == NULL) return SQLITE_NOMEM;
  int code = cursor_collation_register(db);
  if (code == SQLITE_OK) code = functions_register(h);
  if (code == SQLITE_OK) code = records_table_register(h);
  if (code == SQLITE_OK) code = syncs_table_register(h);
  host_release(h);
  if (code != SQLITE_OK) *message = sqlite3_mprintf("%s", sqlite3_errmsg(db));
  return code;
}

#endif
