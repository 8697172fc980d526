/* plain.h: how a test program is written, and what tests of algorithms need. Tests of stores include test.h,
** which adds more.
**
**   #include "../nangolite.c"
**   #include "plain.h"
**
**   PLAIN_TEST(test_nothing_encodes_to_nothing) { ... cmocka's assertions ... }
**
**   TESTS(PLAIN(test_nothing_encodes_to_nothing))
**
** After each test, what it took from SQLite's allocator must have been given back. */
#ifndef NANGOLITE_TEST_PLAIN_H
#define NANGOLITE_TEST_PLAIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#ifdef _WIN32
#include "cross/posix.h"
#endif

#define PLAIN_TEST(name)                                                                                     \
  static void name##_body(void);                                                                             \
  static void name(void **state) {                                                                           \
    sqlite3_int64 memory_before = sqlite3_memory_used();                                                     \
    (void)state;                                                                                             \
    name##_body();                                                                                           \
    plain_finish(memory_before, __FILE__, __LINE__);                                                         \
  }                                                                                                          \
  static void name##_body(void)

#define PLAIN(name)                                                                                          \
  { #name, name, NULL, NULL, NULL }

/* Ends the test without a verdict. tests/run shows the reason. */
#define SKIP(reason)                                                                                         \
  do {                                                                                                       \
    printf("# skip: %s\n", reason);                                                                          \
    skip();                                                                                                  \
  } while (0)

/* The program's main(). With TEST_FILTER in the environment it runs only the tests whose names match (* and
** ?). A test that is not listed here is an unused function, which does not compile; in a white-box test it
** does, and tests/repository.sh finds it. */
#define TESTS(...)                                                                                           \
  int main(void) {                                                                                           \
    const struct CMUnitTest tests[] = {__VA_ARGS__};                                                         \
    plain_begin();                                                                                           \
    return cmocka_run_group_tests(tests, NULL, NULL);                                                        \
  }

/* Random numbers, the same ones for the same seed: TEST_SEED of the environment, else the time. The seed is
** printed. */
typedef struct test_random {
  uint64_t state;
} test_random;
test_random random_sequence(void);
uint64_t random_next(test_random *sequence);
uint64_t random_below(test_random *sequence, uint64_t bound);

/* How often to repeat something: `full`, or that percentage of it which TEST_SCALE says (for valgrind, which
** is slow), at least once. */
int rounds(int full);

/* For the macros. */
void plain_begin(void);
void plain_finish(sqlite3_int64 memory_before, const char *file, int line);

#endif
