#include "base/hash.h"

#include "base/bytes.h"

typedef struct hash_state {
  uint64_t v0, v1, v2, v3;
} hash_state;

static inline uint64_t hash_rotate(uint64_t word, int bits) {
  return word << bits | word >> (64 - bits);
}

static inline void hash_rounds(hash_state *s, int rounds) {
  for (int i = 0; i < rounds; i++) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = hash_rotate(s->v1, 13) ^ s->v0;
    s->v3 = hash_rotate(s->v3, 16) ^ s->v2;
    s->v0 = hash_rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = hash_rotate(s->v1, 17) ^ s->v2;
    s->v3 = hash_rotate(s->v3, 21) ^ s->v0;
    s->v2 = hash_rotate(s->v2, 32);
  }
}

static inline void hash_block(hash_state *s, uint64_t word, int rounds) {
  s->v3 ^= word;
  hash_rounds(s, rounds);
  s->v0 ^= word;
}

/* The bytes behind the last whole block, with the length in the highest byte. */
static inline uint64_t hash_last_word(const char *bytes, size_t length) {
  size_t rest = length % 8;
  uint64_t word = (uint64_t)length << 56;
  if (rest == 0) return word;
  if (length >= 8) return word | bytes_word(bytes + (length - 8)) >> (64 - 8 * rest);
  for (size_t i = 0; i < rest; i++) word |= (uint64_t)(unsigned char)bytes[length - rest + i] << (8 * i);
  return word;
}

/* Inlined, so that the compiler can unroll the loops where the numbers of rounds are constants. */
static inline hash128 hash_bytes_rounds(const hash_key *key, const char *bytes, size_t length,
                                        int block_rounds, int final_rounds) {
  hash_state s = {
    .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
    .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
    .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
    .v3 = key->k1 ^ UINT64_C(0x7465646279746573),
  };
  hash128 result;
  for (size_t at = 0; length - at >= 8; at += 8) hash_block(&s, bytes_word(bytes + at), block_rounds);
  hash_block(&s, hash_last_word(bytes, length), block_rounds);
  s.v2 ^= 0xee;
  hash_rounds(&s, final_rounds);
  result.low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  s.v1 ^= 0xdd;
  hash_rounds(&s, final_rounds);
  result.high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  return result;
}

static hash128 hash_bytes(const hash_key *key, const char *bytes, size_t length) {
  return hash_bytes_rounds(key, bytes, length, 1, 3);
}

static int hash_equals(hash128 a, hash128 b) {
  return a.low == b.low && a.high == b.high;
}

static void hash_write(hash128 hash, char *bytes) {
  for (int i = 0; i < 8; i++) {
    bytes[i] = (char)(hash.low >> (8 * i) & 0xff);
    bytes[8 + i] = (char)(hash.high >> (8 * i) & 0xff);
  }
}

static hash128 hash_read(const char *bytes) {
  hash128 hash = {bytes_word(bytes), bytes_word(bytes + 8)};
  return hash;
}
