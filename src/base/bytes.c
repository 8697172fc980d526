#include "base/bytes.h"

static inline uint64_t bytes_reverse(uint64_t word) {
  word = (word & UINT64_C(0x00ff00ff00ff00ff)) << 8 | (word >> 8 & UINT64_C(0x00ff00ff00ff00ff));
  word = (word & UINT64_C(0x0000ffff0000ffff)) << 16 | (word >> 16 & UINT64_C(0x0000ffff0000ffff));
  return word << 32 | word >> 32;
}

static inline uint64_t bytes_word(const char *bytes) {
  static const uint16_t one = 1;
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return *(const unsigned char *)&one == 1 ? word : bytes_reverse(word);
}

static inline uint64_t bytes_flag_zero(uint64_t word) {
  return (word - BYTES_EVERY) & ~word & BYTES_HIGH_BITS;
}

static inline size_t bytes_first_flag(uint64_t flags) {
  uint64_t lowest = flags & (0 - flags);
  return (size_t)((lowest >> 7) * UINT64_C(0x0001020304050607) >> 56);
}
