/* White-box tests of dump_form: the members of a kind, and the statements that have their names. */
#include "../nangolite.c"
#include "plain.h"

/* `has`: what the statement has by this name. */
static void each_member_has(const dump_form *form, int count, const char *(*name_at)(sqlite3_stmt *, int),
                            sqlite3_stmt *statement) {
  int members = dump_member_count(form);
  assert_true(members <= DUMP_MEMBERS_MAX);
  assert_true(count >= members);
  for (int i = 0; i < members; i++) assert_string_equal(name_at(statement, i), form->members[i].name);
}

/* The columns are read by position. */
PLAIN_TEST(test_the_columns_of_a_kind_are_its_members_in_their_order) {
  nangolite *store;
  int tested = 0;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  for (int kind = 0; kind < DUMP_KINDS; kind++) {
    const dump_form *form = dump_form_of((dump_kind)kind);
    if (form->select == STATEMENT_COUNT) continue;
    query q = query_open(store, form->select);
    each_member_has(form, sqlite3_column_count(q.statement), sqlite3_column_name, q.statement);
    query_close(&q);
    tested++;
  }
  assert_int_equal(tested, 8);
  nangolite_close(store);
}

/* Except where the members follow from others, or are set by code: those of a collection. */
PLAIN_TEST(test_each_member_is_a_parameter_of_the_insertion) {
  nangolite *store;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  for (int kind = 0; kind < DUMP_KINDS; kind++) {
    const dump_form *form = dump_form_of((dump_kind)kind);
    if (form->insert == STATEMENT_COUNT || kind == DUMP_OF_COLLECTION) continue;
    query q = query_open(store, form->insert);
    for (int i = 0; i < dump_member_count(form); i++) {
      char name[64];
      snprintf(name, sizeof name, ":%s", form->members[i].name);
      if (sqlite3_bind_parameter_index(q.statement, name) == 0) fail_msg("%s: no %s", form->name, name);
    }
    query_close(&q);
  }
  nangolite_close(store);
}

/* Lines of rows that belong to others take their names over. */
PLAIN_TEST(test_what_names_an_instance_or_a_collection_comes_first) {
  static const dump_kind instances[] = {DUMP_OF_INSTANCE, DUMP_OF_RESULT, DUMP_OF_RUN};
  static const char *const of_instance[] = {"provider_config_key", "connection_id", "sync", "variant"};
  static const char *const of_collection[] = {"provider_config_key", "connection_id", "model", "variant"};
  for (int i = 0; i < LOAD_NAMES; i++) {
    for (int n = 0; n < 3; n++)
      assert_string_equal(dump_form_of(instances[n])->members[i].name, of_instance[i]);
    assert_string_equal(dump_form_of(DUMP_OF_COLLECTION)->members[i].name, of_collection[i]);
    assert_string_equal(dump_form_of(DUMP_OF_RECORD)->members[i].name, of_collection[i]);
  }
}

typedef struct fitting {
  const char *object;
  int fits;
} fitting;

PLAIN_TEST(test_which_json_stands_in_a_line_as_it_is) {
  static const fitting cases[] = {{"{}", 1},
                                  {"{\"a\":[1,{}], \"b\":\"\\n\"}", 1},
                                  {"{\n}", 0},
                                  {"{\"a\":1,\r\"b\":2}", 0},
                                  {"{\"a\":\"{[{[\"}", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(dump_fits_a_line(slice_of(cases[i].object)), cases[i].fits);
}

PLAIN_TEST(test_json_fits_a_line_that_is_then_nested_no_deeper_than_json_may_be) {
  for (int depth = JSON_DEPTH_MAX - 2; depth <= JSON_DEPTH_MAX; depth++) {
    text object = {0}, line = {0};
    json_value value;
    text_append_string(&object, "{\"a\":");
    for (int i = 1; i < depth; i++) text_append_string(&object, "[");
    for (int i = 1; i < depth; i++) text_append_string(&object, "]");
    text_append_string(&object, "}");
    text_append_string(&line, "{\"payload\":");
    text_append(&line, object.at, object.length);
    text_append_string(&line, "}");
    int is_json = json_scan((slice){line.at, line.length}, &value).reason == NULL;
    assert_int_equal(dump_fits_a_line((slice){object.at, object.length}), is_json);
    text_free(&object);
    text_free(&line);
  }
}

typedef struct number {
  const char *digits;
  int is_number;
  int64_t value;
} number;

PLAIN_TEST(test_integers_are_read_exactly_or_refused) {
  static const number cases[] = {{"0", 1, 0},
                                 {"-1", 1, -1},
                                 {"9223372036854775807", 1, INT64_MAX},
                                 {"9223372036854775808", 0, 0},
                                 {"-9223372036854775808", 1, INT64_MIN},
                                 {"-9223372036854775809", 0, 0},
                                 {"18446744073709551616", 0, 0},
                                 {"1.0", 0, 0},
                                 {"1e3", 0, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t value = 0;
    assert_int_equal(load_parse_number(slice_of(cases[i].digits), &value), cases[i].is_number);
    if (cases[i].is_number) assert_true(value == cases[i].value);
  }
}

TESTS(PLAIN(test_the_columns_of_a_kind_are_its_members_in_their_order),
      PLAIN(test_each_member_is_a_parameter_of_the_insertion),
      PLAIN(test_what_names_an_instance_or_a_collection_comes_first),
      PLAIN(test_which_json_stands_in_a_line_as_it_is),
      PLAIN(test_json_fits_a_line_that_is_then_nested_no_deeper_than_json_may_be),
      PLAIN(test_integers_are_read_exactly_or_refused))
