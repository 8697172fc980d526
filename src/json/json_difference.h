/* json_difference: where two JSON values differ, in lines for people. */
#ifndef NANGOLITE_JSON_DIFFERENCE_H
#define NANGOLITE_JSON_DIFFERENCE_H

#include "base/hash.h"
#include "json/json.h"

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
