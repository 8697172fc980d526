/* bytes: eight bytes looked at as one number. */
#ifndef NANGOLITE_BYTES_H
#define NANGOLITE_BYTES_H

#include "base/internal.h"

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
