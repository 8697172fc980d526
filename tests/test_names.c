/* Allowed names: connections, models and variants. */
#include "records.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

typedef int use_name(test *t, const char *name);

static int create(test *t, const char *provider_config_key, const char *connection_id) {
  return nangolite_connection_create(t->store, provider_config_key, connection_id);
}

static int save_in(test *t, nangolite_scope where, const char *json) {
  return nangolite_records_save(t->store, &where, double_quoted(t, json), -1, NULL);
}

static nangolite_scope variant(const char *name) {
  nangolite_scope where = issues;
  where.variant = name;
  return where;
}

static int create_key(test *t, const char *name) {
  return create(t, name, "user-1");
}

static int create_id(test *t, const char *name) {
  return create(t, "github", name);
}

static int use_model(test *t, const char *name) {
  return save_in(t, scope(name), "[]");
}

static int use_variant(test *t, const char *name) {
  return save_in(t, variant(name), "[]");
}

/* Tries every byte after the start of a name. */
static void expect_characters(test *t, use_name *use, const char *start, const char *allowed,
                              const char *field) {
  for (int c = 1; c < 256; c++) {
    const char *name = format(t, "%s%c", start, c);
    if (strchr(allowed, c) != NULL) OK(use(t, name));
    else REFUSED(use(t, name), field);
  }
}

static void expect_lengths(test *t, use_name *use, size_t most, const char *field) {
  char name[300];
  memset(name, 'A', sizeof name);
  name[most] = 0;
  OK(use(t, name));
  name[most] = 'A';
  name[most + 1] = 0;
  REFUSED(use(t, name), field);
  REFUSED(use(t, ""), field);
}

TEST(test_provider_config_key_takes_its_characters_and_no_others) {
  expect_characters(t, create_key, "", LETTERS DIGITS "~:.@ _-", "provider_config_key");
  expect_characters(t, create_key, "a", LETTERS DIGITS "~:.@ _-", "provider_config_key");
}

TEST(test_provider_config_key_has_1_to_255_characters) {
  expect_lengths(t, create_key, 255, "provider_config_key");
}

TEST(test_connection_id_takes_its_characters_and_no_others) {
  expect_characters(t, create_id, "", LETTERS DIGITS ",.;:=+~[]|@${}\"'\\/_ -", "connection_id");
  expect_characters(t, create_id, "a", LETTERS DIGITS ",.;:=+~[]|@${}\"'\\/_ -", "connection_id");
}

TEST(test_connection_id_has_1_to_255_characters) {
  expect_lengths(t, create_id, 255, "connection_id");
}

TEST(test_model_begins_with_a_capital_letter) {
  for (int c = 1; c < 256; c++) {
    char name[3] = {(char)c, 'a', 0};
    if (c >= 'A' && c <= 'Z') OK(use_model(t, name));
    else REFUSED(use_model(t, name), "model");
  }
}

TEST(test_model_takes_its_characters_and_no_others) {
  expect_characters(t, use_model, "A", LETTERS DIGITS "_-", "model");
}

TEST(test_model_has_2_to_255_characters) {
  expect_lengths(t, use_model, 255, "model");
  REFUSED(use_model(t, "A"), "model");
}

TEST(test_variant_takes_its_characters_and_no_others) {
  expect_characters(t, use_variant, "", LETTERS DIGITS "_-", "variant");
}

TEST(test_variant_has_1_to_255_characters) {
  expect_lengths(t, use_variant, 255, "variant");
}

TEST(test_base_in_any_letter_case_is_the_omitted_variant) {
  static const char *const spellings[] = {"base", "BASE", "Base", "bAsE"};
  save(t, "Issue", "{'id':0}");
  for (size_t i = 0; i < 4; i++) {
    OK(save_in(t, variant(spellings[i]), format(t, "{'id':%zu}", i + 1)));
    SAME(ids_of(t, variant(spellings[i]), NULL), ids(t, NULL));
  }
  SAME(ids(t, NULL), "0 1 2 3 4");
}

TEST(test_names_differ_by_letter_case) {
  OK(create(t, "github", "User-1"));
  OK(create(t, "GitHub", "user-1"));
  OK(save_in(t, variant("v"), "{'id':1}"));
  SAME(ids_of(t, variant("v"), NULL), "1");
  SAME(ids_of(t, variant("V"), NULL), "");
  SAME(ids_of(t, ((nangolite_scope){"github", "User-1", "Issue", "v"}), NULL), "");
  SAME(ids_of(t, ((nangolite_scope){"GitHub", "user-1", "Issue", "v"}), NULL), "");
  SAME(ids_of(t, ((nangolite_scope){"github", "user-1", "ISSUE", "v"}), NULL), "");
}

TEST(test_names_are_never_patterns) {
  static const char *const names[] = {"a_b", "axb", "a'b", "a\\b", "a[x]b"};
  for (size_t i = 0; i < 5; i++) OK(create(t, "github", names[i]));
  for (size_t i = 0; i < 5; i++) {
    nangolite_scope where = {"github", names[i], "Issue", NULL};
    SAME(ids_of(t, where, NULL), "");
    OK(save_in(t, where, format(t, "{'id':%zu}", i)));
    SAME(ids_of(t, where, NULL), format(t, "%zu", i));
  }
}

TEST(test_an_integration_exists_once_it_has_a_connection) {
  nangolite_scope where = {"slack", "user-1", "Issue", NULL};
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, save_in(t, where, "[]"));
  OK(create(t, "slack", "user-2"));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, save_in(t, where, "[]"));
  OK(create(t, "slack", "user-1"));
  OK(save_in(t, where, "[]"));
}

TEST(test_a_connection_that_exists_can_be_created_again) {
  save(t, "Issue", "{'id':1}");
  OK(create(t, "github", "user-1"));
  SAME(ids(t, NULL), "1");
}

TEST(test_every_function_that_takes_a_scope_checks_its_names) {
  static const nangolite_scope wrong[] = {{"git/hub", "user-1", "Issue", NULL},
                                          {"github", "user\n1", "Issue", NULL},
                                          {"github", "user-1", "issue", NULL},
                                          {"github", "user-1", "Issue", "a b"}};
  static const char *const fields[] = {"provider_config_key", "connection_id", "model", "variant"};
  for (size_t i = 0; i < 4; i++) {
    nangolite_page *page = NULL;
    REFUSED(nangolite_records_save(t->store, &wrong[i], "[]", -1, NULL), fields[i]);
    REFUSED(nangolite_records_update(t->store, &wrong[i], "[]", -1, NULL), fields[i]);
    REFUSED(nangolite_records_delete(t->store, &wrong[i], "[]", -1, NULL), fields[i]);
    REFUSED(nangolite_records_prune(t->store, &wrong[i], NULL, 0, NULL, NULL), fields[i]);
    REFUSED(nangolite_records_count(t->store, &wrong[i], NULL, NULL), fields[i]);
    REFUSED(nangolite_records_list(t->store, &wrong[i], NULL, &page), fields[i]);
    assert_null(page);
  }
}

TEST(test_a_name_with_a_line_end_is_refused) {
  REFUSED(create(t, "github\n", "user-1"), "provider_config_key");
  REFUSED(create(t, "github", "user-1\n"), "connection_id");
  REFUSED(use_model(t, "Issue\n"), "model");
  REFUSED(use_variant(t, "v\n"), "variant");
}

TESTS(MEMORY(test_provider_config_key_takes_its_characters_and_no_others),
      MEMORY(test_provider_config_key_has_1_to_255_characters),
      MEMORY(test_connection_id_takes_its_characters_and_no_others),
      MEMORY(test_connection_id_has_1_to_255_characters), MEMORY(test_model_begins_with_a_capital_letter),
      MEMORY(test_model_takes_its_characters_and_no_others), MEMORY(test_model_has_2_to_255_characters),
      MEMORY(test_variant_takes_its_characters_and_no_others), MEMORY(test_variant_has_1_to_255_characters),
      MEMORY(test_base_in_any_letter_case_is_the_omitted_variant), MEMORY(test_names_differ_by_letter_case),
      MEMORY(test_names_are_never_patterns), MEMORY(test_an_integration_exists_once_it_has_a_connection),
      MEMORY(test_a_connection_that_exists_can_be_created_again),
      MEMORY(test_every_function_that_takes_a_scope_checks_its_names),
      MEMORY(test_a_name_with_a_line_end_is_refused))
