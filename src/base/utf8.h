/* utf8: which bytes are UTF-8 (the Unicode Standard, table 3-7). */
#ifndef NANGOLITE_UTF8_H
#define NANGOLITE_UTF8_H

#include "base/slice.h"
#include "base/text.h"

/* How many bytes follow the first one of a character that is not ASCII; 0: no character begins with it. *low
** and *high are the range of the second byte; the bytes behind that one are 0x80 to 0xbf. This admits no
** overlong forms, no surrogates and nothing above U+10FFFF. */
static size_t utf8_followers(unsigned char first, unsigned char *low, unsigned char *high);

static int utf8_is_valid(slice bytes);

/* How many UTF-16 units the characters are, which JavaScript counts as a string's length. The three bytes
** of a lone surrogate (json_unescape()) are one. */
static size_t utf8_units(slice bytes);

#endif
