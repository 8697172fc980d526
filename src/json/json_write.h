/* json_write: strings as JSON. All else of JSON is appended as it is (text.h).
**
** A failed allocation is latched in the text. */
#ifndef NANGOLITE_JSON_WRITE_H
#define NANGOLITE_JSON_WRITE_H

#include "base/slice.h"
#include "base/text.h"

static void json_write(text *t, slice bytes);               /* UTF-8 as a JSON string, in quotes */
static void json_write_string(text *t, const char *string); /* NULL: the JSON null */

/* For the parts that write strings themselves: the escape of a byte that must be escaped, and that of a lone
** surrogate, which json_unescape() has written as three bytes. */
static void json_write_escape(text *t, unsigned char byte);
static void json_write_surrogate(text *t, const char *bytes);

/* Any bytes as a JSON string; what is not UTF-8 in them becomes U+FFFD. */
static void json_write_any(text *out, slice bytes);

#endif
