/* White-box tests of selection: how a call names a sync. */
#include "../nangolite.c"
#include "plain.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Whether a slice is this; NULL: absent. */
static int is(slice found, const char *expected) {
  if (expected == NULL) return found.at == NULL;
  return found.at != NULL && slice_equals(found, slice_of(expected));
}

PLAIN_TEST(test_a_sync_is_named_alone_or_with_its_variant) {
  static const struct {
    const char *written, *name, *variant;
  } cases[] = {
    {"issues", "issues", NULL},
    {"issues::copy", "issues", "copy"},
    {"issues::base", "issues", "base"},
    {"issues::", "issues", ""},
    {"::copy", "", "copy"},
    {"::", "", ""},
    {"", "", NULL},
    {":", ":", NULL},
    {"issues:copy", "issues:copy", NULL},
    {"issues:", "issues:", NULL},
    {"issues:::copy", "issues", ":copy"},
    {"issues::a::b", "issues", "a::b"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    selector named = selector_parse(slice_of(cases[i].written));
    int is_right = is(named.name, cases[i].name) && is(named.variant, cases[i].variant);
    if (!is_right) fail_msg("%s", cases[i].written);
  }
}

PLAIN_TEST(test_both_names_must_be_allowed) {
  /* clang-format off */
  static const struct { const char *written; int is_allowed; } cases[] = {
    {"issues", 1},      {"issues::copy", 1},   {"issues::BASE", 1}, {"a-b_C9::0", 1}, {"issues::", 0},
    {"::copy", 0},      {"", 0},               {"issues:copy", 0},  {"issues:::a", 0}, {"issues::a::b", 0},
    {"issues ", 0},     {"issues::a b", 0},    {"is.sues", 0},      {"issues::\xc3\xa9", 0},
  };
  /* clang-format on */
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *rule = selector_check(selector_parse(slice_of(cases[i].written)));
    if ((rule == NULL) != cases[i].is_allowed) fail_msg("%s", cases[i].written);
  }
}

TESTS(PLAIN(test_a_sync_is_named_alone_or_with_its_variant), PLAIN(test_both_names_must_be_allowed))
