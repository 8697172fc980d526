/* cmocka.h: what these tests use of cmocka, for targets that have no package of it; and it writes TAP alone. */
#ifndef NANGOLITE_CROSS_CMOCKA_H
#define NANGOLITE_CROSS_CMOCKA_H

#include <stddef.h>
#include <string.h>

struct CMUnitTest {
  const char *name;
  void (*test)(void **state);
  int (*set_up)(void **state);
  int (*clean_up)(void **state);
  void *initial_state;
};

void cmocka_set_test_filter(const char *pattern);
int cmocka_run(const struct CMUnitTest *tests, size_t count);
#define cmocka_run_group_tests(tests, set_up, clean_up) cmocka_run(tests, sizeof(tests) / sizeof *(tests))

void print_error(const char *format, ...);
void _fail(const char *file, int line); /* leaves the test */
void cross_skip(void);
void cross_true(int fact, const char *words, const char *file, int line);
void cross_number(unsigned long long actual, unsigned long long expected, int equal, const char *words,
                  const char *file, int line);
void cross_string(const char *actual, const char *expected, int equal, const char *words, const char *file,
                  int line);

#define skip() cross_skip()
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))
#define fail() _fail(__FILE__, __LINE__)
#define assert_in_range(value, low, high)                                                                    \
  cross_true((value) >= (low) && (value) <= (high), #value " is from " #low " to " #high, __FILE__, __LINE__)
#define assert_true(fact) cross_true((fact) ? 1 : 0, #fact, __FILE__, __LINE__)
#define assert_false(fact) cross_true((fact) ? 0 : 1, "not " #fact, __FILE__, __LINE__)
#define assert_null(pointer) cross_true((pointer) == NULL, #pointer " is NULL", __FILE__, __LINE__)
#define assert_non_null(pointer) cross_true((pointer) != NULL, #pointer " is not NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b)                                                                               \
  cross_true((const void *)(a) == (const void *)(b), #a " is " #b, __FILE__, __LINE__)
#define assert_memory_equal(a, b, size)                                                                      \
  cross_true(memcmp((a), (b), (size)) == 0, #a " has the bytes of " #b, __FILE__, __LINE__)
#define assert_int_equal(a, b)                                                                               \
  cross_number((unsigned long long)(a), (unsigned long long)(b), 1, #a " is " #b, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)                                                                           \
  cross_number((unsigned long long)(a), (unsigned long long)(b), 0, #a " is not " #b, __FILE__, __LINE__)
#define assert_string_equal(a, b) cross_string((a), (b), 1, #a " is " #b, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) cross_string((a), (b), 0, #a " is not " #b, __FILE__, __LINE__)

#endif
