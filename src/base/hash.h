/* hash: SipHash with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012,
** and their reference code's 128-bit variant). The hash key is drawn at random for each store, so
** that nobody who supplies records can prepare two with the same hash. */
#ifndef NANGOLITE_HASH_H
#define NANGOLITE_HASH_H

#include "base/internal.h"

typedef struct hash_key {
  uint64_t k0, k1;
} hash_key;
typedef struct hash128 {
  uint64_t low, high;
} hash128;

/* SipHash-1-3. The same bytes and key give the same number whatever the machine's byte order. */
static hash128 hash_bytes(const hash_key *key, const char *bytes, size_t length);
/* The same with any number of rounds per block and at the end: SipHash-2-4 is what test vectors are
** published for. */
static hash128 hash_bytes_rounds(const hash_key *key, const char *bytes, size_t length, int block_rounds,
                                 int final_rounds);
static int hash_equals(hash128 a, hash128 b);

/* A hash as the 16 bytes that the reference code writes, and back. */
#define HASH_BYTES 16
_Static_assert(HASH_BYTES == sizeof(hash128), "all of it is written");
static void hash_write(hash128 hash, char *bytes);
static hash128 hash_read(const char *bytes);

#endif
