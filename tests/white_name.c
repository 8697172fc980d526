/* White-box tests of name. */
#include "../nangolite.c"
#include "plain.h"

static const char letters_and_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* The rules once more, as the documentation writes them. */
static const struct {
  name_kind kind;
  const char *field, *marks;
  size_t shortest;
} rules[] = {
  {NAME_PROVIDER_CONFIG_KEY, "provider_config_key", "~:.@ _-", 1},
  {NAME_CONNECTION_ID, "connection_id", ",.;:=+~[]|@${}\"'\\/_ -", 1},
  {NAME_MODEL, "model", "_-", 2},
  {NAME_SYNC, "sync", "_-", 1},
  {NAME_VARIANT, "variant", "_-", 1},
};
#define RULES (sizeof rules / sizeof rules[0])

PLAIN_TEST(test_every_byte_is_allowed_or_refused_as_the_rule_says) {
  for (size_t i = 0; i < RULES; i++) {
    for (int byte = 0; byte < 256; byte++) {
      char name[] = {'A', (char)byte, 'z'};
      int listed = strchr(letters_and_digits, byte) != NULL || strchr(rules[i].marks, byte) != NULL;
      int allowed = byte != 0 && listed;
      const char *reason = name_check(rules[i].kind, (slice){name, sizeof name});
      if ((reason == NULL) != allowed) print_error("%s, byte %d\n", rules[i].field, byte);
      assert_int_equal(reason == NULL, allowed);
    }
  }
}

PLAIN_TEST(test_names_have_1_to_255_bytes_and_models_at_least_2) {
  char name[256];
  memset(name, 'A', sizeof name);
  for (size_t i = 0; i < RULES; i++) {
    for (size_t length = 0; length <= sizeof name; length++) {
      const char *reason = name_check(rules[i].kind, (slice){name, length});
      assert_int_equal(reason == NULL, length >= rules[i].shortest && length <= 255);
    }
    assert_non_null(name_check(rules[i].kind, (slice){NULL, 0}));
  }
}

PLAIN_TEST(test_a_model_begins_with_a_capital) {
  static const char *const refused[] = {"issue", "1ssue", "_Issue", "-Issue", " Issue", "I"};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    assert_non_null(name_check(NAME_MODEL, slice_of(refused[i])));
  }
  assert_null(name_check(NAME_MODEL, slice_of("GithubIssue")));
  assert_null(name_check(NAME_MODEL, slice_of("I1_-z")));
}

PLAIN_TEST(test_the_message_names_the_field_and_the_rule) {
  for (size_t i = 0; i < RULES; i++) {
    const char *reason = name_check(rules[i].kind, slice_of(""));
    assert_string_equal(name_field(rules[i].kind), rules[i].field);
    for (const char *mark = rules[i].marks; *mark != '\0'; mark++) {
      if (*mark == ' ') assert_non_null(strstr(reason, "blank"));
      else assert_non_null(strchr(reason, *mark));
    }
    assert_non_null(strstr(reason, rules[i].shortest == 2 ? "254" : "1 to 255"));
  }
}

PLAIN_TEST(test_base_is_base_in_any_letter_case_and_when_omitted) {
  static const char *const base[] = {"base", "Base", "BASE", "bAsE"};
  static const char *const other[] = {"",     "bas",  "bases",   "base ",  " base",
                                      "b@se", "BA5E", "b\x01se", "default"};
  assert_true(name_is_base(slice_of(NULL)));
  for (size_t i = 0; i < sizeof base / sizeof base[0]; i++) assert_true(name_is_base(slice_of(base[i])));
  for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) assert_false(name_is_base(slice_of(other[i])));
  assert_false(name_is_base((slice){"base\0", 5}));
}

TESTS(PLAIN(test_every_byte_is_allowed_or_refused_as_the_rule_says),
      PLAIN(test_names_have_1_to_255_bytes_and_models_at_least_2), PLAIN(test_a_model_begins_with_a_capital),
      PLAIN(test_the_message_names_the_field_and_the_rule),
      PLAIN(test_base_is_base_in_any_letter_case_and_when_omitted))
