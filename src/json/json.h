/* json: stepping through well-formed JSON text (RFC 8259), in place and without copies.
**
** Text from outside is checked by json_scan.h first. What is here takes values of checked text, and relies on
** their being well-formed. Nothing recurses, so that deep nesting takes no stack. */
#ifndef NANGOLITE_JSON_H
#define NANGOLITE_JSON_H

#include "base/slice.h"
#include "base/hash.h"
#include "base/text.h"

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
