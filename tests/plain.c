/* plain.c: what plain.h promises to the tests. */
#include "plain.h"

#include <stdlib.h>
#include <time.h>

void plain_begin(void) {
  const char *filter = getenv("TEST_FILTER");
  setvbuf(stdout, NULL, _IOLBF, 0); /* so that the output of a test that crashes is not lost */
  if (filter != NULL) cmocka_set_test_filter(filter);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1);
  sqlite3_initialize();
}

void plain_finish(sqlite3_int64 memory_before, const char *file, int line) {
  sqlite3_int64 left = sqlite3_memory_used() - memory_before;
  if (left == 0) return;
  print_error("%lld bytes of memory are left\n", (long long)left);
  _fail(file, line);
}

test_random random_sequence(void) {
  const char *given = getenv("TEST_SEED");
  test_random sequence = {given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL)};
  printf("# seed: TEST_SEED=%llu\n", (unsigned long long)sequence.state);
  return sequence;
}

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
uint64_t random_next(test_random *sequence) {
  uint64_t mixed = sequence->state += UINT64_C(0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
  return mixed ^ (mixed >> 31);
}

uint64_t random_below(test_random *sequence, uint64_t bound) {
  return random_next(sequence) % bound;
}

int rounds(int full) {
  const char *percent = getenv("TEST_SCALE");
  if (percent == NULL) return full;
  int scaled = (int)(full * strtod(percent, NULL) / 100);
  return scaled < 1 ? 1 : scaled;
}
