/* plain.h: how a program of tests looks, and what tests of algorithms need. Tests of stores include test.h,
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

#define PLAIN_TEST(name)                                      \
  static void name##_body(void);                              \
  static void name(void **state) {                            \
    sqlite3_int64 memory_before = sqlite3_memory_used();      \
    (void)state;                                              \
    name##_body();                                            \
    plain_finish(memory_before, __FILE__, __LINE__);          \
  }                                                           \
  static void name##_body(void)

#define PLAIN(name) {#name, name, NULL, NULL, NULL}

/* Ends the test without a verdict. tests/run shows the reason. */
#define SKIP(reason)                                          \
  do {                                                        \
    printf("# skip: %s\n", reason);                           \
    skip();                                                   \
  } while (0)

/* The program. With TEST_FILTER in the environment, only the tests whose names match it (* and ?). A test that is not listed does not compile (but in a white-box test it does: take care
** there). */
#define TESTS(...)                                            \
  int main(void) {                                            \
    const struct CMUnitTest tests[] = {__VA_ARGS__};          \
    plain_begin();                                            \
    return cmocka_run_group_tests(tests, NULL, NULL);         \
  }

/* A sequence that is the same for the same seed: TEST_SEED of the environment, else the time. It is
** printed. */
typedef struct test_random { uint64_t state; } test_random;
test_random random_sequence(void);
uint64_t random_next(test_random *sequence);
uint64_t random_below(test_random *sequence, uint64_t bound);

/* How often to repeat, where `full` is right for a fast machine: less under valgrind (TEST_SCALE, in
** percent), at least 1. */
int rounds(int full);

/* Behind the macros. */
void plain_begin(void);
void plain_finish(sqlite3_int64 memory_before, const char *file, int line);

#endif
