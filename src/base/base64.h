/* base64: RFC 4648 section 4, the standard alphabet with padding. */
#ifndef NANGOLITE_BASE64_H
#define NANGOLITE_BASE64_H

#include "base/slice.h"
#include "base/text.h"

#define BASE64_LENGTH(bytes) (((bytes) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(length) characters, and returns their end. */
static char *base64_write(slice bytes, char *to);

/* Appends the bytes. Returns 0, and appends nothing, where the text is not what base64_write() writes: other
** characters, wrong padding, or bits left over that are not zero. Where memory is missing it returns 1, and
** `out` has failed. */
static int base64_decode(slice encoded, text *out);

#endif
