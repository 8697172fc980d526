/* target: takes the path, the query and the headers of a request apart. Nothing is checked here. */
#ifndef NANGOLITE_TARGET_H
#define NANGOLITE_TARGET_H

#include "base/slice.h"
#include "base/text.h"

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
