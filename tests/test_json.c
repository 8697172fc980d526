/* Reading JSON with the two functions that need no store. */
#include "test.h"

/* What a pointer finds, as it is written; "(nothing)", or the name of the failure. */
static const char *find(test *t, const char *json, const char *pointer) {
  const char *value = "?";
  size_t length = 7;
  int result = nangolite_json_find(double_quoted(t, json), -1, pointer, &value, &length);
  if (result != NANGOLITE_OK) {
    assert_null(value);
    assert_int_equal(length, 0);
    return nangolite_result_name(result);
  }
  if (value == NULL) assert_int_equal(length, 0);
  return value == NULL ? "(nothing)" : format(t, "%.*s", (int)length, value);
}

static const char *text_of(test *t, const char *value) {
  char *text = (char *)(uintptr_t) "?";
  const char *json = double_quoted(t, value);
  int result = nangolite_json_text(json, strlen(json), &text);
  if (result != NANGOLITE_OK) {
    assert_null(text);
    return nangolite_result_name(result);
  }
  return taken(t, text);
}

/* RFC 6901, section 5. In these, " is written as itself: the keys have quotes in them. */
TEST(test_the_examples_of_rfc_6901) {
  static const char document[] =
    "{ \"foo\": [\"bar\", \"baz\"], \"\": 0, \"a/b\": 1, \"c%d\": 2, \"e^f\": 3, \"g|h\": 4,"
    " \"i\\\\j\": 5, \"k\\\"l\": 6, \" \": 7, \"m~n\": 8 }";
  static const struct {
    const char *pointer, *value;
  } cases[] = {{"", document},        {"/foo", "[\"bar\", \"baz\"]"},
               {"/foo/0", "\"bar\""}, {"/", "0"},
               {"/a~1b", "1"},        {"/c%d", "2"},
               {"/e^f", "3"},         {"/g|h", "4"},
               {"/i\\j", "5"},        {"/k\"l", "6"},
               {"/ ", "7"},           {"/m~0n", "8"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *value;
    size_t length;
    assert_int_equal(nangolite_json_find(document, -1, cases[i].pointer, &value, &length), NANGOLITE_OK);
    SAME(format(t, "%.*s", (int)length, value), cases[i].value);
  }
}

TEST(test_a_pointer_steps_through_objects_and_arrays) {
  const char *json = " {'user':{'login':'mira','teams':[{'id':1},{'id':2, 'x' : [ ] }]},'n':null} ";
  SAME(find(t, json, "/user/login"), "'mira'");
  SAME(find(t, json, "/user/teams/1/id"), "2");
  SAME(find(t, json, "/user/teams/1/x"), "[ ]");
  SAME(find(t, json, "/n"), "null");
  SAME(find(t, json, ""), "{'user':{'login':'mira','teams':[{'id':1},{'id':2, 'x' : [ ] }]},'n':null}");
  SAME(find(t, " 7 ", ""), "7");
}

TEST(test_what_is_not_there_is_null) {
  const char *json = "{'a':[1,2],'b':{'c':'d'},'e':7}";
  static const char *const pointers[] = {
    "/x",   "/a/2", "/a/-", "/a/01", "/a/1x",  "/a/", "/a/+1", "/a/-1",  "/a/99999999999999999999",
    "/b/d", "/b/",  "/e/0", "/e/",   "/b/c/0", "/",   "//",    "/a/0/0", "/a/18446744073709551616"};
  for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
    SAME(find(t, json, pointers[i]), "(nothing)");
}

TEST(test_keys_are_compared_by_their_characters) {
  SAME(find(t, "{'caf\\u00e9':1}", "/caf\xc3\xa9"), "1");
  SAME(find(t, "{'caf\xc3\xa9':1}", "/caf\xc3\xa9"), "1");
  SAME(find(t, "{'\\ud83d\\ude00':1}", "/\xf0\x9f\x98\x80"), "1");
  SAME(find(t, "{'\\u0061\\/b':1}", "/a~1b"), "1");
  SAME(find(t, "{'~1':1,'/':2,'~':3}", "/~01"), "1");
  SAME(find(t, "{'a\\u0000b':1}", "/a"), "(nothing)");
  SAME(find(t, "{'0':1}", "/0"), "1");
}

TEST(test_of_two_equal_keys_the_last_counts) {
  SAME(find(t, "{'a':1,'\\u0061':{'b':2}}", "/a"), "{'b':2}");
  SAME(find(t, "{'a':{'b':2},'a':1}", "/a/b"), "(nothing)");
}

TEST(test_what_is_no_json_or_no_pointer_is_invalid) {
  static const char *const texts[] = {"",   " ",   "{",   "{'a':", "{'a':1",       "[1,]",
                                      "'a", "'\\", "nul", "{} {}", "{'a':'\xff'}", "\xef\xbb\xbf{}"};
  static const char *const pointers[] = {"a", "a/b", "~", "/~", "/~2", "/a~", "/a/~x", "#/a"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    SAME(find(t, texts[i], "/a"), "invalid");
    SAME(find(t, texts[i], ""), "invalid");
  }
  for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
    SAME(find(t, "{'a':1}", pointers[i]), "invalid");
  const char *value;
  size_t length;
  assert_int_equal(nangolite_json_find("{}", -2, "", &value, &length), NANGOLITE_INVALID);
  assert_int_equal(nangolite_json_find("{}", 0, "", &value, &length), NANGOLITE_INVALID);
  const char *deep = format(t, "%0*d", 1001, 0);
  memset((char *)(uintptr_t)deep, '[', 1001);
  SAME(find(t, deep, ""), "invalid");
}

TEST(test_a_length_ends_the_text) {
  (void)t;
  const char *value;
  size_t length;
  assert_int_equal(nangolite_json_find("[1,2]x", 5, "/1", &value, &length), NANGOLITE_OK);
  assert_int_equal(length, 1);
  assert_int_equal(*value, '2');
  assert_int_equal(nangolite_json_find("[1,2]x", 6, "/1", &value, &length), NANGOLITE_INVALID);
}

TEST(test_a_string_is_unescaped_and_anything_else_stays_as_it_is_written) {
  SAME(text_of(t, "'caf\\u00e9 \\ud83d\\ude00\\n\\/'"), "caf\xc3\xa9 \xf0\x9f\x98\x80\n/");
  SAME(text_of(t, "''"), "");
  SAME(text_of(t, "1.50"), "1.50");
  SAME(text_of(t, " [ 1 , 2 ] "), "[ 1 , 2 ]");
  SAME(text_of(t, "null"), "null");
  SAME(text_of(t, "'a\\ud800b\\udfff'"), "a\xef\xbf\xbd"
                                         "b\xef\xbf\xbd");
  SAME(text_of(t, "'\xed\x9f\xbf'"), "\xed\x9f\xbf");
}

TEST(test_what_is_no_json_has_no_text) {
  static const char *const texts[] = {"", "'", "'a", "abc", "1 2", "'a\\u0000b'"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) SAME(text_of(t, texts[i]), "invalid");
}

TEST(test_a_found_value_is_a_text) {
  const char *value;
  size_t length;
  char *text;
  assert_int_equal(nangolite_json_find("{\"a\":\"b\\\"c\"}", -1, "/a", &value, &length), NANGOLITE_OK);
  assert_int_equal(nangolite_json_text(value, length, &text), NANGOLITE_OK);
  assert_string_equal(taken(t, text), "b\"c");
}

TEST(test_null_is_misuse) {
  (void)t;
  const char *value = "?";
  size_t length = 7;
  char *text = (char *)(uintptr_t) "?";
  assert_int_equal(nangolite_json_find(NULL, -1, "", &value, &length), NANGOLITE_MISUSE);
  assert_null(value);
  assert_int_equal(nangolite_json_find("{}", -1, NULL, &value, &length), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_json_find("{}", -1, "", NULL, &length), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_json_find("{}", -1, "", &value, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_json_text(NULL, 0, &text), NANGOLITE_MISUSE);
  assert_null(text);
  assert_int_equal(nangolite_json_text("1", 1, NULL), NANGOLITE_MISUSE);
}

TESTS(BARE(test_the_examples_of_rfc_6901), BARE(test_a_pointer_steps_through_objects_and_arrays),
      BARE(test_what_is_not_there_is_null), BARE(test_keys_are_compared_by_their_characters),
      BARE(test_of_two_equal_keys_the_last_counts), BARE(test_what_is_no_json_or_no_pointer_is_invalid),
      BARE(test_a_length_ends_the_text),
      BARE(test_a_string_is_unescaped_and_anything_else_stays_as_it_is_written),
      BARE(test_what_is_no_json_has_no_text), BARE(test_a_found_value_is_a_text), BARE(test_null_is_misuse))
