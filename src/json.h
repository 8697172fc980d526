/* json: scanning and comparing JSON text (RFC 8259), in place and without copies.
**
** Two levels. json_scan_*() judge text that nobody has looked at: they find its end or the reason why it is not JSON.
** Everything else takes a json_value of scanned text and relies on its being well-formed.
** Nothing here recurses: nesting costs heap or a bit, never stack. */
#ifndef NANGOLITE_JSON_H
#define NANGOLITE_JSON_H

#include "hash.h"
#include "text.h"

typedef enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_type;

/* One well-formed value: its bytes without the white space around it. A string's bytes include its quotes. */
typedef struct json_value {
  slice text;
  json_type type;
} json_value;

typedef struct json_member {
  json_value key;     /* a string, as written */
  json_value value;
} json_member;

/* Where a scan stopped and why; the reason is a static string ("expected a value", "not UTF-8", "nested deeper than 1000", …). */
typedef struct json_error {
  const char *reason;    /* NULL: no error */
  size_t offset;         /* bytes from the start of the text */
} json_error;

/* A whole JSON text: one value, white space around it, nothing else. */
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

/* Reads the next record in one pass over its bytes: validates it, finds its id. 0: the end (after checking that nothing
** follows), or an error, which stays in `records->error`. */
static void json_records_open(json_records *records, slice text);
static int json_records_next(json_records *records, json_record *record);

/* Steps through a container: zero the iterator's `at` with json_iterate(). 0: no more. */
typedef struct json_iterator { const char *at, *end; } json_iterator;
static json_iterator json_iterate(json_value container);
static int json_next_member(json_iterator *iterator, json_member *member);
static int json_next_element(json_iterator *iterator, json_value *element);

/* Appends the characters of a string value as UTF-8. A lone surrogate becomes the three bytes that UTF-8 would use for it
** (so that unequal strings stay unequal); *lone_surrogate then is 1. The pointer may be NULL. */
static void json_unescape(json_value string, text *out, int *lone_surrogate);

/* Whether a string value spells exactly these bytes once unescaped. */
static int json_string_is(json_value string, const char *spelled);

/* Appends `object` without its top-level members of that name; all other bytes stay as they are, commas apart. */
static void json_without_member(json_value object, const char *name, text *out);

/* The 128-bit digest of a value: equal for equal values whatever their white space, key order, escapes and overridden
** duplicate keys; numbers count as written. Top-level members named in `ignored` (a NULL-terminated list; NULL: none) are left out.
** 0: no memory. */
static int json_digest(json_value value, const char *const *ignored, const hash_key *key, hash128 *digest);

#endif
