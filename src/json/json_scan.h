/* json_scan: checks text from outside: it is JSON (RFC 8259), or where and why it is not. The text must be
** UTF-8 and nest no deeper than JSON_DEPTH_MAX. Overlong forms and surrogates are not UTF-8; a lone surrogate
** that is written as an escape is accepted. */
#ifndef NANGOLITE_JSON_SCAN_H
#define NANGOLITE_JSON_SCAN_H

#include "base/slice.h"
#include "json/json.h"
#include "base/utf8.h"

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
