/* base64: RFC 4648 section 4, the standard alphabet with padding. */
#ifndef NANGOLITE_BASE64_H
#define NANGOLITE_BASE64_H

#include "base/slice.h"
#include "base/text.h"

#define BASE64_LENGTH(bytes) (((bytes) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(length) characters, and returns their end. */
static char *base64_write(slice bytes, char *to);

/* Appends the bytes. 0: not what base64_write() could have made (other characters, wrong padding, bits that
** are left over and not zero), and nothing is appended. A failed allocation is no such answer: it is latched
** in `out`. */
static int base64_decode(slice encoded, text *out);

#endif
