/* cmocka.c: see cmocka.h. */
#include "cmocka.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PASSED, FAILED, SKIPPED };

static jmp_buf leave;
static int is_inside;
static const char *filter;

void print_error(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
}

void _fail(const char *file, int line) {
  printf("%s:%d: failure\n", file, line);
  fflush(stdout);
  if (!is_inside) exit(1);
  longjmp(leave, 1 + FAILED);
}

void cross_skip(void) {
  longjmp(leave, 1 + SKIPPED);
}

void cross_true(int fact, const char *words, const char *file, int line) {
  if (fact) return;
  printf("it is not so: %s\n", words);
  _fail(file, line);
}

void cross_number(unsigned long long actual, unsigned long long expected, int equal, const char *words,
                  const char *file, int line) {
  if ((actual == expected) == equal) return;
  printf("%lld and %lld: ", (long long)actual, (long long)expected);
  cross_true(0, words, file, line);
}

void cross_string(const char *actual, const char *expected, int equal, const char *words, const char *file,
                  int line) {
  int is_same = actual != NULL && expected != NULL && strcmp(actual, expected) == 0;
  if (is_same == equal) return;
  printf("\"%s\" and \"%s\": ", actual == NULL ? "NULL" : actual, expected == NULL ? "NULL" : expected);
  cross_true(0, words, file, line);
}

void cmocka_set_test_filter(const char *pattern) {
  filter = pattern;
}

static int matches(const char *pattern, const char *name) {
  if (*pattern == '*') return matches(pattern + 1, name) || (*name != '\0' && matches(pattern, name + 1));
  if (*pattern == '\0' || *name == '\0') return *pattern == *name;
  return (*pattern == '?' || *pattern == *name) && matches(pattern + 1, name + 1);
}

static int run_one(const struct CMUnitTest *test) {
  void *state = test->initial_state;
  is_inside = 1;
  int left = setjmp(leave);
  if (left == 0) {
    if (test->set_up != NULL && test->set_up(&state) != 0) _fail("set_up", 0);
    test->test(&state);
  }
  is_inside = 0;
  int verdict = left == 0 ? PASSED : left - 1;
  if (test->clean_up != NULL && state != NULL && test->clean_up(&state) != 0) verdict = FAILED;
  return verdict;
}

int cmocka_run(const struct CMUnitTest *tests, size_t count) {
  int failed = 0, run = 0;
  for (size_t i = 0; i < count; i++) {
    if (filter != NULL && !matches(filter, tests[i].name)) continue;
    int verdict = run_one(&tests[i]);
    failed += verdict == FAILED;
    printf("%sok %d - %s%s\n", verdict == FAILED ? "not " : "", ++run, tests[i].name,
           verdict == SKIPPED ? " # SKIP" : "");
  }
  printf("1..%d\n", run);
  fflush(stdout);
  return failed;
}
