/* JSON as JavaScript writes it: numbers, objects, and what Nango's store makes of a patch. What is expected
** was computed by Node.js. */
#include <locale.h>

#include "../nangolite.c"
#include "failing.h"
#include "plain.h"

/* The text that a function has appended must be this. It is freed. */
static void judge(text *out, const char *expected) {
  assert_int_equal(out->failed, 0);
  char *written = text_take(out);
  assert_string_equal(written, expected);
  sqlite3_free(written);
}

/* clang-format off */
static const struct { const char *written, *expected; } numbers[] = {
  /* integers */
  {"0", "0"}, {"-0", "0"}, {"7", "7"}, {"-7", "-7"}, {"100", "100"}, {"999999999999999", "999999999999999"},
  {"9007199254740992", "9007199254740992"}, {"9007199254740993", "9007199254740992"},
  {"123456789012345678", "123456789012345680"}, {"12345678901234567890", "12345678901234567000"},
  {"999999999999999999999", "1e+21"}, {"100000000000000000000", "100000000000000000000"},
  /* other spellings of the same number */
  {"1.0", "1"}, {"-1.50", "-1.5"}, {"1e3", "1000"}, {"1E+3", "1000"}, {"1000e-3", "1"}, {"0.5e1", "5"},
  {"-0.0", "0"}, {"0e9999999999", "0"}, {"0.10", "0.1"},
  /* where the exponent begins */
  {"1e20", "100000000000000000000"}, {"1e21", "1e+21"}, {"1.5e300", "1.5e+300"}, {"123e25", "1.23e+27"},
  {"0.000001", "0.000001"}, {"0.0000001", "1e-7"}, {"0.00000123", "0.00000123"}, {"1.23e-7", "1.23e-7"},
  /* the fewest digits that read back */
  {"0.1", "0.1"}, {"0.30000000000000004", "0.30000000000000004"}, {"0.1000000000000000055", "0.1"},
  {"3.141592653589793238", "3.141592653589793"}, {"5e-324", "5e-324"}, {"4.9406564584124654e-324", "5e-324"},
  {"2.4703282292062327e-324", "0"}, {"2.4703282292062328e-324", "5e-324"},
  {"2.2250738585072014e-308", "2.2250738585072014e-308"}, {"1.7976931348623157e308", "1.7976931348623157e+308"},
  {"1.7976931348623159e308", "null"}, {"1e999", "null"}, {"-1e999", "null"}, {"1e-999", "0"},
  {"9007199254740994.5", "9007199254740994"}, {"5.684341886080802e-14", "5.684341886080802e-14"},
  /* powers of two: the doubles below are nearer than those above */
  {"9.5367431640625e-07", "9.5367431640625e-7"}, {"1.1102230246251565e-16", "1.1102230246251565e-16"},
  {"9.007199254740992e15", "9007199254740992"}, {"4.4501477170144028e-308", "4.450147717014403e-308"},
  {"1.6155871338926322e-308", "1.615587133892632e-308"},
  /* exactly between two doubles, and a little more, far behind */
  {"9007199254740993.0000000000000000000000000000000000000001", "9007199254740994"},
  {"9007199254740993.0000000000000000000000000000000000000000", "9007199254740992"},
};
/* clang-format on */

static void judge_numbers(void) {
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    text out = {0};
    json_number_write(slice_of(numbers[i].written), &out);
    judge(&out, numbers[i].expected);
  }
}

PLAIN_TEST(test_numbers_are_doubles_in_their_shortest_spelling) {
  judge_numbers();
}

/* A decimal comma of the locale changes nothing, neither in what is read nor in what is written. */
PLAIN_TEST(test_numbers_do_not_depend_on_the_locale) {
  static const char *const locales[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "pl_PL.UTF-8", "ru_RU.UTF-8"};
  for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
    if (setlocale(LC_NUMERIC, locales[i]) == NULL) continue;
    judge_numbers();
    setlocale(LC_NUMERIC, "C");
    return;
  }
  SKIP("there is no locale with a decimal comma");
}

PLAIN_TEST(test_a_number_of_many_digits_is_read_to_its_end) {
  static char written[2100] = "9007199254740993.";
  size_t length = strlen(written);
  memset(written + length, '0', 2000);
  for (int more = 0; more <= 1; more++) {
    text out = {0};
    written[length + 1999] = (char)('0' + more);
    json_number_write((slice){written, length + 2000}, &out);
    judge(&out, more ? "9007199254740994" : "9007199254740992");
  }
}

/* clang-format off */
static const struct { const char *written, *expected; } objects[] = {
  {"{}", "{}"}, {" { } ", "{}"}, {"{ \"a\" : [ 1 , { } , [ ] ] }", "{\"a\":[1,{},[]]}"},
  {"{\"a\":true,\"b\":false,\"c\":null}", "{\"a\":true,\"b\":false,\"c\":null}"},
  /* the order of members */
  {"{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}"},
  {"{\"b\":1,\"10\":2,\"9\":3,\"a\":4,\"0\":5}", "{\"0\":5,\"9\":3,\"10\":2,\"b\":1,\"a\":4}"},
  {"{\"z\":0,\"01\":1,\"-1\":2,\"1.5\":3,\"1\":4}", "{\"1\":4,\"z\":0,\"01\":1,\"-1\":2,\"1.5\":3}"},
  {"{\"4294967295\":1,\"4294967294\":2,\"99999999999\":3}", "{\"4294967294\":2,\"4294967295\":1,\"99999999999\":3}"},
  {"{\"a\":{\"2\":1,\"1\":2},\"b\":[{\"2\":1,\"1\":2}]}", "{\"a\":{\"1\":2,\"2\":1},\"b\":[{\"1\":2,\"2\":1}]}"},
  {"{\"\":1,\"\\u0031\":2}", "{\"1\":2,\"\":1}"},
  /* the last of equal names, in the place of the first */
  {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"}, {"{\"a\":1,\"b\":2,\"\\u0061\":{\"x\":1}}", "{\"a\":{\"x\":1},\"b\":2}"},
  {"{\"a\":1,\"a\":2,\"a\":3}", "{\"a\":3}"}, {"{\"1\":1,\"0\":0,\"1\":2}", "{\"0\":0,\"1\":2}"},
  /* strings */
  {"{\"a\":\"\\u0041\\/\\u00e9\"}", "{\"a\":\"A/\xc3\xa9\"}"}, {"{\"a\":\"\xc3\xa9\"}", "{\"a\":\"\xc3\xa9\"}"},
  {"{\"a\":\"\\u0008\\u000C\\u000a\\u000d\\u0009\"}", "{\"a\":\"\\b\\f\\n\\r\\t\"}"},
  {"{\"a\":\"\\u0000\\u001F\\u007f\\\"\\\\\"}", "{\"a\":\"\\u0000\\u001f\x7f\\\"\\\\\"}"},
  {"{\"a\":\"\\ud83d\\ude42\"}", "{\"a\":\"\xf0\x9f\x99\x82\"}"}, {"{\"a\":\"\\uD800\"}", "{\"a\":\"\\ud800\"}"},
  {"{\"a\":\"\\udc00\\ud800x\"}", "{\"a\":\"\\udc00\\ud800x\"}"}, {"{\"a\":\"\\ud7ff\\ue000\"}", "{\"a\":\"\xed\x9f\xbf\xee\x80\x80\"}"},
  {"{\"\\ud800\":1,\"\\ud800\":2}", "{\"\\ud800\":2}"},
  /* names that JavaScript has itself are members like others */
  {"{\"__proto__\":1,\"toString\":2}", "{\"__proto__\":1,\"toString\":2}"},
};

static const struct { const char *stored, *patch, *expected; } merges[] = {
  {"{}", "{}", "{}"}, {"{\"a\":1}", "{}", "{\"a\":1}"}, {"{}", "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}"},
  /* what the patch names stands behind what it does not name */
  {"{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":4,\"a\":5}", "{\"b\":2,\"c\":4,\"a\":5}"},
  {"{\"a\":1,\"7\":2}", "{\"5\":3,\"a\":4}", "{\"5\":3,\"7\":2,\"a\":4}"},
  /* objects are merged, all else is replaced */
  {"{\"a\":{\"x\":1,\"y\":2},\"b\":0}", "{\"a\":{\"x\":3}}", "{\"b\":0,\"a\":{\"y\":2,\"x\":3}}"},
  {"{\"a\":{\"b\":{\"c\":{\"d\":1}}}}", "{\"a\":{\"b\":{\"c\":{\"e\":null}}}}", "{\"a\":{\"b\":{\"c\":{\"d\":1,\"e\":null}}}}"},
  {"{\"a\":[1,2]}", "{\"a\":[]}", "{\"a\":[]}"}, {"{\"a\":[{\"x\":1}]}", "{\"a\":{\"0\":1}}", "{\"a\":{\"0\":1}}"},
  {"{\"a\":{\"x\":1}}", "{\"a\":[1]}", "{\"a\":[1]}"}, {"{\"a\":{\"x\":1}}", "{\"a\":null}", "{\"a\":null}"},
  {"{\"a\":null}", "{\"a\":{\"x\":1}}", "{\"a\":{\"x\":1}}"},
  /* three names are dropped wherever they stand */
  {"{\"a\":1}", "{\"constructor\":1,\"prototype\":2,\"__proto__\":{\"p\":1},\"b\":3}", "{\"a\":1,\"b\":3}"},
  {"{\"constructor\":1,\"a\":{\"prototype\":1,\"b\":2}}", "{\"c\":[{\"__proto__\":1,\"d\":2}]}", "{\"a\":{\"b\":2},\"c\":[{\"d\":2}]}"},
  /* those of methods only where they are new in an object that is merged */
  {"{\"a\":1}", "{\"toString\":1,\"valueOf\":2,\"hasOwnProperty\":3,\"b\":4}", "{\"a\":1,\"b\":4}"},
  {"{\"toString\":1}", "{\"toString\":2}", "{\"toString\":2}"},
  {"{\"a\":{}}", "{\"a\":{\"valueOf\":1},\"b\":{\"valueOf\":2}}", "{\"a\":{},\"b\":{\"valueOf\":2}}"},
};
/* clang-format on */

PLAIN_TEST(test_an_object_is_written_as_json_stringify_writes_it) {
  for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
    text out = {0};
    json_value value;
    assert_null(json_scan(slice_of(objects[i].written), &value).reason);
    json_script_write(value, &out);
    judge(&out, objects[i].expected);
  }
}

PLAIN_TEST(test_a_patch_is_merged_as_nango_does) {
  for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
    text out = {0};
    json_script_merge(json_of(slice_of(merges[i].stored)), json_of(slice_of(merges[i].patch)), &out);
    judge(&out, merges[i].expected);
  }
}

/* Nothing recurses, and nothing is looked at once for each level. */
PLAIN_TEST(test_deep_nesting_is_written_and_merged) {
  text deep = {0}, out = {0};
  for (int i = 0; i < JSON_DEPTH_MAX; i++) text_append_string(&deep, i % 2 ? "{\"a\": " : "{\"b\": ");
  text_append_string(&deep, "1.0");
  for (int i = 0; i < JSON_DEPTH_MAX; i++) text_append_string(&deep, "}");
  json_value value = json_of((slice){deep.at, deep.length});
  json_script_write(value, &out);
  assert_int_equal(out.length, deep.length - JSON_DEPTH_MAX - 2);
  text_clear(&out);
  json_script_merge(value, value, &out);
  assert_int_equal(out.length, deep.length - JSON_DEPTH_MAX - 2);
  text_free(&deep);
  text_free(&out);
}

/* Each allocation fails in turn: the text has failed then, and nothing is left behind. */
PLAIN_TEST(test_writing_and_merging_survive_a_lack_of_memory) {
  static const char written[] = "{\"a\":{\"2\":\"\\u0041\",\"1\":[1.5,{}]},\"b\":{\"a\":1,\"a\":2}}";
  json_value value = json_of(slice_of(written));
  int has_failed = 1;
  failing_begin();
  for (int i = 0; has_failed; i++) {
    text out = {0};
    failing_after(i);
    json_script_write(value, &out);
    json_script_merge(value, value, &out);
    failing_never();
    has_failed = failing_count > 0;
    assert_int_equal(out.failed, has_failed);
    text_free(&out);
  }
  failing_end();
}

TESTS(PLAIN(test_numbers_are_doubles_in_their_shortest_spelling),
      PLAIN(test_numbers_do_not_depend_on_the_locale), PLAIN(test_a_number_of_many_digits_is_read_to_its_end),
      PLAIN(test_an_object_is_written_as_json_stringify_writes_it),
      PLAIN(test_a_patch_is_merged_as_nango_does), PLAIN(test_deep_nesting_is_written_and_merged),
      PLAIN(test_writing_and_merging_survive_a_lack_of_memory))
