/* JSON: what is accepted and refused, where and why; stepping, strings, digests. */
#include "../nangolite.c"
#include "failing.h"
#include "plain.h"
#include "tree.h"

#define TEXT(literal)                                                                                        \
  { literal, sizeof(literal) - 1 }
#define LONG_PLAIN "0123456789abcdefghijklmnopqrstuvwxyz"

static const hash_key digest_key = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};

/* A copy of exactly that length, so that a sanitizer sees a read behind it. `before` bytes of white space
** come first, so that the words in which strings are read fall differently. */
static char *exact_copy(slice bytes, size_t before) {
  char *copy = malloc(before + bytes.length + 1);
  if (copy == NULL) abort();
  copy = realloc(copy, before + bytes.length == 0 ? 1 : before + bytes.length);
  memset(copy, ' ', before);
  memcpy(copy + before, bytes.at, bytes.length);
  return copy;
}

/* ---- json_scan ----------------------------------------------------------------------------------------- */

static json_error scan(slice bytes, size_t before, json_type *type) {
  json_value value;
  char *copy = exact_copy(bytes, before);
  json_error error = json_scan((slice){copy, before + bytes.length}, &value);
  const char *end = copy + before + bytes.length;
  if (error.reason != NULL) assert_null(value.text.at);
  else assert_true(value.text.at >= copy && value.text.at + value.text.length <= end);
  *type = value.type;
  free(copy);
  return error;
}

/* clang-format off */
static const struct { slice bytes; json_type type; } accepted[] = {
  {TEXT("null"), JSON_NULL}, {TEXT("true"), JSON_TRUE}, {TEXT("false"), JSON_FALSE},
  {TEXT(" \t\r\n0\n"), JSON_NUMBER}, {TEXT("-0"), JSON_NUMBER}, {TEXT("0.0"), JSON_NUMBER},
  {TEXT("1e5"), JSON_NUMBER},
  {TEXT("1E-05"), JSON_NUMBER}, {TEXT("0e+1"), JSON_NUMBER},
  {TEXT("-1234567890.0987654321e-99999"), JSON_NUMBER},
  {TEXT("123456789012345678901234567890"), JSON_NUMBER},
  {TEXT("\"\""), JSON_STRING}, {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), JSON_STRING},
  {TEXT("\"\\u0000\\uD83D\\uDE00\\uffFF\""), JSON_STRING},
  {TEXT("\"\\ud800\""), JSON_STRING}, {TEXT("\"\\udc00\\ud800x\""), JSON_STRING},
  {TEXT("\"\\ud800\\n\""), JSON_STRING},
  {TEXT("\"\x7f\""), JSON_STRING}, {TEXT("\"" LONG_PLAIN "\""), JSON_STRING},
  {TEXT("\"" LONG_PLAIN "\\n" LONG_PLAIN "\""), JSON_STRING},
  {TEXT("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbb\xbf\""), JSON_STRING},
  {TEXT("[]"), JSON_ARRAY}, {TEXT("[ ]"), JSON_ARRAY}, {TEXT("[[],[[]],{}]"), JSON_ARRAY},
  {TEXT("[1,\"\",null,true,false,{}]"), JSON_ARRAY},
  {TEXT("[1\n,\t2]"), JSON_ARRAY}, {TEXT("[-1]"), JSON_ARRAY}, {TEXT("[1]\r\n"), JSON_ARRAY},
  {TEXT("{}"), JSON_OBJECT}, {TEXT("{ }"), JSON_OBJECT}, {TEXT("{\"\":0}"), JSON_OBJECT},
  {TEXT("{\"a\":1,\"a\":2}"), JSON_OBJECT},
  {TEXT("{\"a\" : {\"b\" : [ { } , [ ] ] } , \"c\" : null }"), JSON_OBJECT},
  {TEXT("{\"\\u0061\":[]}"), JSON_OBJECT},
};
/* clang-format on */

PLAIN_TEST(test_what_rfc_8259_allows_is_accepted) {
  for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
    for (size_t before = 0; before < 9; before++) {
      json_type type;
      json_error error = scan(accepted[i].bytes, before, &type);
      if (error.reason != NULL) print_error("%s: %s\n", accepted[i].bytes.at, error.reason);
      assert_null(error.reason);
      assert_int_equal(type, accepted[i].type);
    }
  }
}

#define EARLY "the text ends too early"
#define VALUE "expected a value"
#define NAME "expected a member's name"
#define IN_OBJECT "expected ',' or '}'"
#define IN_ARRAY "expected ',' or ']'"
#define DIGIT "expected a digit"
#define HEX "expected four hexadecimal digits"
#define ESCAPE "an unknown escape"
#define CONTROL "a control character in a string"
#define UTF8 "not UTF-8"
#define BEHIND "text behind the value"

/* clang-format off */
static const struct { slice bytes; const char *reason; size_t offset; } refused[] = {
  {TEXT(""), EARLY, 0}, {TEXT(" "), EARLY, 1}, {TEXT("\0"), VALUE, 0}, {TEXT("\xef\xbb\xbf{}"), VALUE, 0},
  {TEXT("\f1"), VALUE, 0},
  {TEXT("nul"), EARLY, 3}, {TEXT("nulL"), VALUE, 0}, {TEXT("True"), VALUE, 0}, {TEXT("[tru]"), VALUE, 1},
  {TEXT("falsey"), BEHIND, 5},
  {TEXT("NaN"), VALUE, 0}, {TEXT("Infinity"), VALUE, 0}, {TEXT("undefined"), VALUE, 0},
  {TEXT("'a'"), VALUE, 0}, {TEXT("a"), VALUE, 0},
  {TEXT("+1"), VALUE, 0}, {TEXT(".5"), VALUE, 0}, {TEXT("-"), EARLY, 1}, {TEXT("-a"), DIGIT, 1},
  {TEXT("--1"), DIGIT, 1},
  {TEXT("01"), BEHIND, 1}, {TEXT("-01"), BEHIND, 2}, {TEXT("1."), EARLY, 2}, {TEXT("[1.]"), DIGIT, 3},
  {TEXT("1.e1"), DIGIT, 2},
  {TEXT("1e"), EARLY, 2}, {TEXT("1e+"), EARLY, 3}, {TEXT("[1e]"), DIGIT, 3}, {TEXT("1e+-1"), DIGIT, 3},
  {TEXT("1e1.5"), BEHIND, 3},
  {TEXT("0x10"), BEHIND, 1}, {TEXT("1 2"), BEHIND, 2}, {TEXT("-Infinity"), DIGIT, 1},
  {TEXT("1_000"), BEHIND, 1}, {TEXT("\xef\xbc\x91"), VALUE, 0},
  {TEXT("\""), EARLY, 1}, {TEXT("\"abc"), EARLY, 4}, {TEXT("\"" LONG_PLAIN), EARLY, sizeof LONG_PLAIN},
  {TEXT("\"\\\""), EARLY, 3},
  {TEXT("\"\\"), EARLY, 2}, {TEXT("\"\\q\""), ESCAPE, 1}, {TEXT("\"\\'\""), ESCAPE, 1},
  {TEXT("\"\\U0041\""), ESCAPE, 1}, {TEXT("\"\\\n\""), ESCAPE, 1},
  {TEXT("\"\\\xc3\xa9\""), ESCAPE, 1}, {TEXT("\"\\u"), EARLY, 3}, {TEXT("\"\\u12"), EARLY, 5},
  {TEXT("\"\\u12\""), HEX, 5}, {TEXT("\"\\u00g0\""), HEX, 5},
  {TEXT("\"\\u 123\""), HEX, 3}, {TEXT("\"\\ud83d\\u\""), HEX, 9}, {TEXT("\"\t\""), CONTROL, 1},
  {TEXT("\"a\nb\""), CONTROL, 2}, {TEXT("\"\0\""), CONTROL, 1},
  {TEXT("\"1234567\x1f\""), CONTROL, 8}, {TEXT("\"12345678\x1f\""), CONTROL, 9}, {TEXT("\"\xff\""), UTF8, 1},
  {TEXT("\"" LONG_PLAIN "\x80\""), UTF8, sizeof LONG_PLAIN},
  {TEXT("\"\xe2\x82"), EARLY, 3}, {TEXT("\"\xe2\x82\""), UTF8, 1}, {TEXT("\"a\xc3\""), UTF8, 2},
  {TEXT("\"\xc3\xa9\xe2\x82z\""), UTF8, 3},
  {TEXT("["), EARLY, 1}, {TEXT("[1"), EARLY, 2}, {TEXT("[1,"), EARLY, 3}, {TEXT("[,1]"), VALUE, 1},
  {TEXT("[1,]"), VALUE, 3}, {TEXT("[1,,2]"), VALUE, 3},
  {TEXT("[1 2]"), IN_ARRAY, 3}, {TEXT("[1}"), IN_ARRAY, 2}, {TEXT("[1:2]"), IN_ARRAY, 2},
  {TEXT("]"), VALUE, 0}, {TEXT("[]]"), BEHIND, 2}, {TEXT("[\"a\"b]"), IN_ARRAY, 4},
  {TEXT("[}"), VALUE, 1}, {TEXT("[[]"), EARLY, 3}, {TEXT("[*]"), VALUE, 1}, {TEXT("[1]x"), BEHIND, 3},
  {TEXT("[1]\0"), BEHIND, 3},
  {TEXT("{"), EARLY, 1}, {TEXT("{\"a\""), EARLY, 4}, {TEXT("{\"a\":"), EARLY, 5},
  {TEXT("{\"a\":1"), EARLY, 6}, {TEXT("{\"a\":1,"), EARLY, 7},
  {TEXT("{\"a\":1,}"), NAME, 7}, {TEXT("{,}"), NAME, 1}, {TEXT("{1:1}"), NAME, 1}, {TEXT("{a:1}"), NAME, 1},
  {TEXT("{'a':1}"), NAME, 1}, {TEXT("{]"), NAME, 1},
  {TEXT("{\"a\" 1}"), "expected ':'", 5}, {TEXT("{\"a\",1}"), "expected ':'", 4},
  {TEXT("{\"a\"}"), "expected ':'", 4}, {TEXT("{\"a\":}"), VALUE, 5},
  {TEXT("{\"a\":1 \"b\":2}"), IN_OBJECT, 7}, {TEXT("{\"a\":1]"), IN_OBJECT, 6},
  {TEXT("{\"a\":1:2}"), IN_OBJECT, 6}, {TEXT("{\"a\":1,,\"b\":2}"), NAME, 7},
  {TEXT("{\"a\"::1}"), VALUE, 5}, {TEXT("{}}"), BEHIND, 2}, {TEXT("{\"a\":[1}"), IN_ARRAY, 7},
  {TEXT("[{\"a\":1]"), IN_OBJECT, 7}, {TEXT("{\"a\\x\":1}"), ESCAPE, 3},
  {TEXT("{}//"), BEHIND, 2}, {TEXT("/**/{}"), VALUE, 0}, {TEXT("{\"a\":1 /**/}"), IN_OBJECT, 7},
  {TEXT("{}{}"), BEHIND, 2},
};
/* clang-format on */

PLAIN_TEST(test_what_is_not_json_is_refused_with_place_and_reason) {
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    for (size_t before = 0; before < 9; before++) {
      json_type type;
      json_error error = scan(refused[i].bytes, before, &type);
      if (error.offset != before + refused[i].offset) print_error("%s\n", refused[i].bytes.at);
      assert_non_null(error.reason);
      assert_string_equal(error.reason, refused[i].reason);
      assert_int_equal(error.offset, before + refused[i].offset);
    }
  }
}

PLAIN_TEST(test_absent_text_is_refused) {
  json_value value;
  json_error error = json_scan((slice){NULL, 0}, &value);
  assert_string_equal(error.reason, EARLY);
  assert_int_equal(error.offset, 0);
}

PLAIN_TEST(test_text_that_ends_too_early_says_so) {
  static const char whole[] =
    "{\"a\":[1.5e-3,true,false,null,{\"b\\u0041\":\"\xf0\x9f\x98\x80\"}],\"c\":{\"d\":-0.5}}";
  for (size_t length = 0; length < sizeof whole - 1; length++) {
    json_type type;
    json_error error = scan((slice){whole, length}, 0, &type);
    assert_non_null(error.reason);
    assert_string_equal(error.reason, EARLY);
    assert_int_equal(error.offset, length);
  }
}

/* The characters that a sequence of bytes spells, read back from what they would be written as: slow, and
** unlike the scanner. */
static int plain_is_utf8(const unsigned char *bytes, size_t length) {
  size_t at = 0;
  while (at < length) {
    uint32_t character = bytes[at];
    size_t more = character < 0x80 ? 0 : character >= 0xf0 ? 3 : character >= 0xe0 ? 2 : 1;
    char written[4];
    if (at + more >= length) return 0;
    if (more > 0) character &= 0x3fu >> more;
    for (size_t i = 1; i <= more; i++) character = character << 6 | (bytes[at + i] & 0x3fu);
    if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff)) return 0;
    if (json_encode(character, written) != more + 1 || memcmp(written, bytes + at, more + 1) != 0) return 0;
    at += more + 1;
  }
  return 1;
}

static void assert_judged_as_utf8(const unsigned char *bytes, size_t length) {
  char string[32] = "\"";
  json_type type;
  memcpy(string + 1, bytes, length);
  strcpy(string + 1 + length, "~~~~~~~\"");
  json_error error = scan((slice){string, length + 9}, 0, &type);
  assert_int_equal(error.reason == NULL, plain_is_utf8(bytes, length));
  if (error.reason != NULL) assert_string_equal(error.reason, UTF8);
}

PLAIN_TEST(test_only_utf8_is_accepted) {
  static const unsigned char followers[] = {' ', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc3, 0xff};
  size_t count = sizeof followers;
  for (unsigned first = 0x80; first < 0x100; first++) {
    unsigned char bytes[4] = {(unsigned char)first, 0, 0, 0};
    assert_judged_as_utf8(bytes, 1);
    for (size_t i = 0; i < count * count * count; i++) {
      bytes[1] = followers[i % count];
      bytes[2] = followers[i / count % count];
      bytes[3] = followers[i / count / count];
      for (size_t length = 2; length <= 4; length++) assert_judged_as_utf8(bytes, length);
    }
  }
}

/* ---- depth --------------------------------------------------------------------------------------------- */

/* `depth` containers, objects and arrays by turns, around a number. */
static void nest(text *out, size_t depth, int closed) {
  for (size_t i = 0; i < depth; i++) text_append_string(out, i % 2 == 0 ? "{\"a\":" : "[");
  text_append_string(out, "1");
  for (size_t i = depth; closed && i > 0; i--) text_append_string(out, i % 2 == 1 ? "}" : "]");
}

static json_error scan_nested(size_t depth) {
  text out = {0};
  json_value value;
  nest(&out, depth, 1);
  json_error error = json_scan((slice){out.at, out.length}, &value);
  text_free(&out);
  return error;
}

PLAIN_TEST(test_nesting_is_accepted_down_to_1000_and_refused_below) {
  assert_null(scan_nested(999).reason);
  assert_null(scan_nested(1000).reason);
  json_error error = scan_nested(1001);
  assert_string_equal(error.reason, "nested deeper than 1000");
  assert_int_equal(error.offset, 500 * 6);
  assert_string_equal(scan_nested(1000000).reason, "nested deeper than 1000");
}

PLAIN_TEST(test_the_array_of_records_does_not_count_for_their_nesting) {
  for (size_t depth = 999; depth <= 1001; depth++) {
    text out = {0};
    json_records records;
    json_record record;
    text_append_string(&out, "[{},");
    nest(&out, depth, 1);
    text_append_string(&out, "]");
    json_records_open(&records, (slice){out.at, out.length});
    assert_int_equal(json_records_next(&records, &record), 1);
    assert_int_equal(json_records_next(&records, &record), depth <= 1000);
    if (depth > 1000) assert_string_equal(records.error.reason, "nested deeper than 1000");
    else assert_int_equal(record.text.length, out.length - 5);
    text_free(&out);
  }
}

PLAIN_TEST(test_a_value_nested_1000_deep_can_be_digested) {
  hash128 digests[2];
  for (size_t i = 0; i < 2; i++) {
    text out = {0};
    nest(&out, 999 + i, 1);
    assert_int_equal(json_digest(json_of((slice){out.at, out.length}), NULL, &digest_key, &digests[i]), 1);
    text_free(&out);
  }
  assert_false(hash_equals(digests[0], digests[1]));
}

/* ---- json_records -------------------------------------------------------------------------------------- */

/* What a call's records come to: "id " or "id+meta " each, then "| position reason offset" if refused. */
static void describe_records(slice bytes, char *to, size_t size) {
  char *copy = exact_copy(bytes, 0);
  size_t length = 0;
  json_records records;
  json_record record;
  json_records_open(&records, (slice){copy, bytes.length});
  to[0] = '\0';
  while (json_records_next(&records, &record)) {
    json_value value;
    assert_null(json_scan(record.text, &value).reason);
    assert_int_equal(value.type, JSON_OBJECT);
    assert_int_equal(value.text.length, record.text.length);
    slice id = record.id.text.at == NULL ? (slice){"none", 4} : record.id.text;
    const char *meta = record.has_metadata ? "+meta" : "";
    length += (size_t)snprintf(to + length, size - length, "%.*s%s ", (int)id.length, id.at, meta);
  }
  assert_null(record.text.at);
  if (records.error.reason != NULL) {
    json_error error = records.error;
    snprintf(to + length, size - length, "| %d %s %d", (int)records.count, error.reason, (int)error.offset);
  }
  assert_int_equal(json_records_next(&records, &record), 0);
  free(copy);
}

/* clang-format off */
static const struct { slice bytes; const char *expected; } calls[] = {
  {TEXT("[]"), ""}, {TEXT(" [ ] "), ""}, {TEXT("{}"), "none "}, {TEXT(" {\"id\":1}\n"), "1 "},
  {TEXT("[{\"id\":\"a\"}]"), "\"a\" "},
  {TEXT("[{\"id\":1},{\"id\":2} , {} ]"), "1 2 none "}, {TEXT("[{\"id\":1,\"x\":0,\"id\":2}]"), "2 "},
  {TEXT("[{\"id\":1,\"\\u0069d\":{\"id\":3}}]"), "{\"id\":3} "}, {TEXT("[{\"i\\u0064\":null}]"), "null "},
  {TEXT("[{\"a\":{\"id\":1},\"b\":[{\"id\":2}]}]"), "none "},
  {TEXT("[{\"id \":1,\"ix\":2,\"Id\":3,\"\":4,\"i\":5,\"idd\":6}]"), "none "},
  {TEXT("[{\"_nango_metadata\":{\"id\":7},\"id\":8}]"), "8+meta "},
  {TEXT("[{\"\\u005fnango_metadat\\u0061\":0}]"), "none+meta "},
  {TEXT("[{\"_nango_metadatb\":0,\"_nango_metadata_\":0,\"\\u0069e\":0}]"), "none "},
  {TEXT("[{\"a\":{\"_nango_metadata\":0}}]"), "none "},
  {TEXT("[{\"_nango_metadata\":0},{\"id\":[ 1 ]}]"), "none+meta [ 1 ] "},
  {TEXT(""), "| 0 the text ends too early 0"}, {TEXT("  "), "| 0 the text ends too early 2"},
  {TEXT("["), "| 0 the text ends too early 1"},
  {TEXT("1"), "| 0 expected an array of objects or one object 0"},
  {TEXT("\"[]\""), "| 0 expected an array of objects or one object 0"},
  {TEXT("[1]"), "| 0 a record must be an object 1"},
  {TEXT("[{},[]]"), "none | 1 a record must be an object 4"},
  {TEXT("[{}, null]"), "none | 1 a record must be an object 5"},
  {TEXT("[{},]"), "none | 1 a record must be an object 4"},
  {TEXT("[,{}]"), "| 0 a record must be an object 1"}, {TEXT("[{}{}]"), "none | 1 expected ',' or ']' 3"},
  {TEXT("[{}"), "none | 1 the text ends too early 3"},
  {TEXT("[{},"), "none | 1 the text ends too early 4"}, {TEXT("[{}]]"), "none | 1 text behind the records 4"},
  {TEXT("{},{}"), "none | 1 text behind the records 2"},
  {TEXT("{}\0"), "none | 1 text behind the records 2"},
  {TEXT("[{\"id\":1},{\"id\":01}]"), "1 | 1 expected ',' or '}' 17"},
  {TEXT("[{\"id\":1},{\"id\":2,}]"), "1 | 1 expected a member's name 18"},
  {TEXT("[{\"id\":1,\"a\":[}]"), "| 0 expected a value 14"},
  {TEXT("[{\"a\":\"\xff\"}]"), "| 0 not UTF-8 7"}, {TEXT("[{\"a\"}]"), "| 0 expected ':' 5"},
  {TEXT("[{\"a\":{\"b\":1]}}]"), "| 0 expected ',' or '}' 12"},
  {TEXT("{\"a\":"), "| 0 the text ends too early 5"}, {TEXT("{\"a"), "| 0 the text ends too early 3"},
  {TEXT("{"), "| 0 the text ends too early 1"}, {TEXT("{]"), "| 0 expected a member's name 1"},
};
/* clang-format on */

PLAIN_TEST(test_records_are_split_and_known_by_their_last_id) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    char description[200];
    describe_records(calls[i].bytes, description, sizeof description);
    assert_string_equal(description, calls[i].expected);
  }
  json_records records;
  json_record record;
  json_records_open(&records, (slice){NULL, 0});
  assert_int_equal(json_records_next(&records, &record), 0);
  assert_string_equal(records.error.reason, EARLY);
}

/* ---- stepping and strings ------------------------------------------------------------------------------ */

static json_value value_of(const char *json) {
  json_value value;
  json_error error = json_scan(slice_of(json), &value);
  assert_null(error.reason);
  return value;
}

static void assert_slice(slice actual, const char *expected) {
  assert_int_equal(actual.length, strlen(expected));
  assert_memory_equal(actual.at, expected, actual.length);
}

PLAIN_TEST(test_members_are_stepped_through_in_their_order) {
  static const char *const names[] = {"\"a\"", "\"b\"", "\"}\"", "\"\\\"\"", "\"a\""};
  static const char *const values[] = {"1", "{\"x\":[1,{}]}", "\"]\\\\\"", "[ ]", "-1.5e3"};
  static const json_type types[] = {JSON_NUMBER, JSON_OBJECT, JSON_STRING, JSON_ARRAY, JSON_NUMBER};
  json_iterator iterator = json_iterate(
    value_of(" { \"a\":1,\"b\" : {\"x\":[1,{}]} ,\"}\":\"]\\\\\",\"\\\"\":[ ]\n,\"a\":-1.5e3} "));
  json_member member;
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(json_next_member(&iterator, &member), 1);
    assert_slice(member.key.text, names[i]);
    assert_slice(member.value.text, values[i]);
    assert_int_equal(member.key.type, JSON_STRING);
    assert_int_equal(member.value.type, types[i]);
  }
  assert_int_equal(json_next_member(&iterator, &member), 0);
  assert_int_equal(json_next_member(&iterator, &member), 0);
}

PLAIN_TEST(test_elements_are_stepped_through_in_their_order) {
  static const char *const expected[] = {"null", "true", "false", "0", "\",\"", "[[],[]]", "{\"a\":[1]}"};
  json_iterator iterator = json_iterate(value_of("[null,true , false,0\t,\",\",[[],[]],{\"a\":[1]} ]"));
  json_value element;
  for (size_t i = 0; i < 7; i++) {
    assert_int_equal(json_next_element(&iterator, &element), 1);
    assert_slice(element.text, expected[i]);
  }
  assert_int_equal(json_next_element(&iterator, &element), 0);
  iterator = json_iterate(value_of("[ ]"));
  assert_int_equal(json_next_element(&iterator, &element), 0);
}

/* clang-format off */
static const struct { const char *json; slice expected; int lone; } unescaped[] = {
  {"\"\"", TEXT(""), 0}, {"\"plain\"", TEXT("plain"), 0},
  {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", TEXT("\"\\/\b\f\n\r\t"), 0},
  {"\"a\\u0000b\"", TEXT("a\0b"), 0},
  {"\"\\u007f\\u0080\\u07ff\\u0800\\uFFFF\"", TEXT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"), 0},
  {"\"\\ud83d\\uDE00\"", TEXT("\xf0\x9f\x98\x80"), 0},
  {"\"\\ud800\\udc00\\udbff\\udfff\"", TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), 0},
  {"\"\\ud83d\"", TEXT("\xed\xa0\xbd"), 1}, {"\"\\ude00\"", TEXT("\xed\xb8\x80"), 1},
  {"\"\\ud83dx\"", TEXT("\xed\xa0\xbdx"), 1},
  {"\"\\ud83d\\n\"", TEXT("\xed\xa0\xbd\n"), 1},
  {"\"\\ud83d\\ud83d\\ude00\"", TEXT("\xed\xa0\xbd\xf0\x9f\x98\x80"), 1},
  {"\"\\ude00\\ude00\"", TEXT("\xed\xb8\x80\xed\xb8\x80"), 1},
  {"\"\\ude00\\ud83d\"", TEXT("\xed\xb8\x80\xed\xa0\xbd"), 1},
  {"\"\\ud83d\\u0041\"", TEXT("\xed\xa0\xbd" "A"), 1}, {"\"\xc3\xa9\\u00e9\"", TEXT("\xc3\xa9\xc3\xa9"), 0},
};
/* clang-format on */

PLAIN_TEST(test_strings_are_unescaped_and_lone_surrogates_told) {
  for (size_t i = 0; i < sizeof unescaped / sizeof *unescaped; i++) {
    text out = {0};
    int lone = 2;
    text_append_string(&out, "before ");
    json_unescape(value_of(unescaped[i].json), &out, &lone);
    json_unescape(value_of("\"!\""), &out, NULL);
    assert_int_equal(out.length, 7 + unescaped[i].expected.length + 1);
    assert_memory_equal(out.at + 7, unescaped[i].expected.at, unescaped[i].expected.length);
    assert_int_equal(lone, unescaped[i].lone);
    text_free(&out);
  }
}

PLAIN_TEST(test_a_string_is_known_however_it_is_escaped) {
  static const char *const same[] = {"\"id\"", "\"\\u0069d\"", "\"i\\u0064\"", "\"\\u0069\\u0064\""};
  static const char *const other[] = {
    "\"\"",     "\"i\"",         "\"ids\"", "\"Id\"", "\"\\u0069\"", "\"\\u0069ds\"", "\"\\u0069\\u0065\"",
    "\"\\nd\"", "\"id\\u0000\"",
  };
  for (size_t i = 0; i < 4; i++) assert_true(json_string_is(value_of(same[i]), "id"));
  for (size_t i = 0; i < 9; i++) assert_false(json_string_is(value_of(other[i]), "id"));
  assert_true(json_string_is(value_of("\"\""), ""));
  assert_false(json_string_is(value_of("\"a\""), ""));
  assert_true(json_string_is(value_of("\"a\\\\n\""), "a\\n"));
  assert_false(json_string_is(value_of("\"a\\n\""), "a\\n"));
  assert_true(json_string_is(value_of("\"\xc3\xa9\\u00e9\""), "\xc3\xa9\xc3\xa9"));
}

PLAIN_TEST(test_strings_are_ordered_by_their_unescaped_bytes) {
  static const char *const ordered[] = {
    "\"\"",
    "\"\\u0000\"",
    "\"\\n\"",
    "\"A\"",
    "\"a\"",
    "\"a\\u0000\"",
    "\"ab\"",
    "\"\\u00e9\"",
    "\"\xe2\x82\xac\"",
    "\"\\ud83d\\ude00\"",
  };
  size_t count = sizeof ordered / sizeof *ordered;
  for (size_t i = 0; i < count * count; i++) {
    int order = json_compare_strings(value_of(ordered[i / count]), value_of(ordered[i % count]));
    assert_int_equal((order > 0) - (order < 0), (i / count > i % count) - (i / count < i % count));
  }
  assert_int_equal(json_compare_strings(value_of("\"\\u0061\\/\""), value_of("\"a/\"")), 0);
}

static const struct {
  const char *object, *expected;
} without[] = {
  {"{\"m\":1}", "{}"},
  {"{ \"m\":1 }", "{ }"},
  {"{\"m\":1,\"m\":2}", "{}"},
  {"{}", "{}"},
  {"{ }", "{ }"},
  {"{\"a\":1}", "{\"a\":1}"},
  {"{\"m\":1,\"a\":2}", "{\"a\":2}"},
  {"{\"a\":2,\"m\":1}", "{\"a\":2}"},
  {"{\"a\":2,\"m\":1,\"b\":3}", "{\"a\":2,\"b\":3}"},
  {"{\"m\":0,\"a\":2,\"m\":1,\"b\":3,\"m\":{}}", "{\"a\":2,\"b\":3}"},
  {"{\"a\":{\"m\":1},\"m\":[1,2,\"}\"],\"mm\":\"m\"}", "{\"a\":{\"m\":1},\"mm\":\"m\"}"},
  {"{\n  \"a\": 1,\n  \"m\": 2,\n  \"b\": 3\n}", "{\n  \"a\": 1,\n  \"b\": 3\n}"},
  {"{\n  \"a\": 1,\n  \"m\": 2\n}", "{\n  \"a\": 1\n}"},
  {"{\n  \"m\": 2,\n  \"a\": 1\n}", "{\n  \"a\": 1\n}"},
  {"{ \"a\" : 1 , \"\\u006d\" : 2 , \"b\":3 }", "{ \"a\" : 1 , \"b\":3 }"},
};

PLAIN_TEST(test_a_member_is_left_out_and_the_other_bytes_stay) {
  for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
    text out = {0};
    json_without_member(value_of(without[i].object), "m", &out);
    assert_slice((slice){out.at, out.length}, without[i].expected);
    text_free(&out);
  }
}

/* ---- json_digest --------------------------------------------------------------------------------------- */

static hash128 digest(json_value value, const char *const *ignored) {
  hash128 result = {0, 0};
  assert_int_equal(json_digest(value, ignored, &digest_key, &result), 1);
  return result;
}

/* Values of one row are equal, those of different rows are not. */
/* clang-format off */
static const char *const digested[][5] = {
  {"null"}, {"true"}, {"false"}, {"0"}, {"-0"}, {"0.0"}, {"1"}, {"1.0"}, {"10e-1"}, {"\"1\"", "\"\\u0031\""},
  {"\"null\""}, {"\"\""}, {"\"[]\""},
  {"[]", "[ ]"}, {"{}", "{\n}"}, {"[[]]"}, {"[{}]"}, {"[null]"}, {"[[],[]]"}, {"[[[]]]"}, {"{\"\":null}"},
  {"{\"\":{}}"}, {"{\"\":[]}"}, {"[\"\"]"},
  {"[1,2]", " [ 1 ,2 ] "}, {"[2,1]"}, {"[12]"}, {"[1,[2]]"}, {"[[1],2]"}, {"[[1,2]]"}, {"[\"1\",2]"},
  {"[\"1,2\"]"}, {"[\"a\",\"b\"]"}, {"[\"ab\"]"}, {"[\"ab\",\"\"]"},
  {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "{ \"\\u0062\" : 2, \"a\":1 }",
   "{\"a\":0,\"b\":2,\"a\":1}", "{\"\\u0061\":[],\"b\":3,\"b\":2,\"a\":1}"},
  {"{\"a\":2,\"b\":1}"}, {"{\"a\":1}", "{\"a\":2,\"a\":1}"}, {"{\"a\":2}", "{\"a\":1,\"\\u0061\":2}"},
  {"{\"a\":\"1\"}"}, {"{\"a\":1,\"b\":2,\"c\":null}"}, {"{\"a\\u0000\":1}"},
  {"[\"a\\\"b\"]"}, {"[\"a\",\"\",\"b\"]"}, {"{\"a\":\"b\"}"}, {"{\"a\\\"\":\"b\"}"}, {"{\"a\":\"\\\"b\"}"},
  {"{\"a\":{\"b\":2}}"}, {"{\"a\":{},\"b\":2}"}, {"{\"ab\":1}"},
  {"{\"created_at\":1,\"created_by\":2}", "{\"created_by\":2,\"created_at\":1}"},
  {"{\"created_at\":2,\"created_by\":1}"},
  {"{\"a\":[{\"x\":1,\"y\":2}]}", "{\"a\":[{\"y\":2,\"x\":1}]}"},
  {"\"\xc3\xa9\"", "\"\\u00e9\"", "\"\\u00E9\""}, {"\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\ude00\""},
  {"\"\\ud83d\""}, {"\"\\ude00\""}, {"\"\\ufffd\"", "\"\xef\xbf\xbd\""}, {"\"/\"", "\"\\/\""},
  {"\"\\u0000\""}, {"\"\\n\"", "\"\\u000a\""}, {"\"n\""}, {"1e2"}, {"1E2"}, {"1e+2"}, {"100"},
};
/* clang-format on */

PLAIN_TEST(test_digests_are_equal_for_equal_values_only) {
  size_t rows = sizeof digested / sizeof *digested;
  for (size_t i = 0; i < rows * 5; i++) {
    for (size_t j = 0; j < rows * 5; j++) {
      const char *a = digested[i / 5][i % 5], *b = digested[j / 5][j % 5];
      if (a == NULL || b == NULL) continue;
      int equal = hash_equals(digest(value_of(a), NULL), digest(value_of(b), NULL));
      if (equal != (i / 5 == j / 5)) print_error("%s and %s\n", a, b);
      assert_int_equal(equal, i / 5 == j / 5);
    }
  }
}

PLAIN_TEST(test_a_digest_leaves_out_ignored_members_of_the_top_level_only) {
  static const char *const ignored[] = {"id", "_nango_metadata", NULL};
  hash128 expected = digest(value_of("{\"a\":{\"id\":1}}"), NULL);
  assert_true(hash_equals(digest(value_of("{\"id\":7,\"a\":{\"id\":1}}"), ignored), expected));
  json_value metadata = value_of("{\"a\":{\"id\":1},\"\\u0069d\":[1,{}],\"_nango_metadata\":{\"id\":{}}}");
  assert_true(hash_equals(digest(metadata, ignored), expected));
  assert_false(hash_equals(digest(value_of("{\"a\":{\"id\":2}}"), ignored), expected));
  assert_false(hash_equals(digest(value_of("{\"a\":{}}"), ignored), expected));
  assert_true(hash_equals(digest(value_of("{\"id\":{\"a\":{}}}"), ignored), digest(value_of("{}"), NULL)));
  assert_true(hash_equals(digest(value_of("[{\"id\":1}]"), ignored), digest(value_of("[{\"id\":1}]"), NULL)));
}

PLAIN_TEST(test_another_key_gives_another_digest) {
  hash_key key = digest_key;
  hash128 other;
  key.k1 ^= 1;
  assert_int_equal(json_digest(value_of("{}"), NULL, &key, &other), 1);
  assert_false(hash_equals(other, digest(value_of("{}"), NULL)));
}

PLAIN_TEST(test_a_value_has_one_digest_however_it_is_spelled) {
  test_random random = random_sequence();
  for (int i = 0; i < rounds(5000); i++) {
    tree *t = tree_random(&random, 4);
    hash128 plain = digest(tree_value(NULL, t), NULL);
    for (int j = 0; j < 3; j++) assert_true(hash_equals(digest(tree_value(&random, t), NULL), plain));
    tree_mutate(&random, t);
    assert_false(hash_equals(digest(tree_value(&random, t), NULL), plain));
    tree_end();
  }
}

/* Members in random order with many names alike, more of them than are sorted by insertion. */
static void spell_wide(test_random *random, text *out, size_t count, size_t last_of[]) {
  text_append_string(out, "{");
  for (size_t i = 0; i < 3 * count; i++) {
    size_t member = i < 2 * count ? random_below(random, count) : i - 2 * count;
    char spelled[64];
    const char *comma = i == 0 ? "" : ",", *w = member % 2 ? "\\u0077" : "w";
    snprintf(spelled, sizeof spelled, "%s\"%s_common_%d\":%d", comma, w, (int)member, (int)(i * 7919));
    text_append_string(out, spelled);
    last_of[member] = i * 7919;
  }
  text_append_string(out, "}");
}

PLAIN_TEST(test_wide_objects_have_one_digest_whatever_their_order) {
  test_random random = random_sequence();
  for (size_t count = 1; count < 400; count += 1 + count / 3) {
    size_t last_of[400];
    text wide = {0}, plain = {0};
    spell_wide(&random, &wide, count, last_of);
    for (size_t i = count; i-- > 0;) {
      char spelled[64];
      const char *before = i == count - 1 ? "{" : ",";
      snprintf(spelled, sizeof spelled, "%s\"w_common_%d\":%d", before, (int)i, (int)last_of[i]);
      text_append_string(&plain, spelled);
    }
    text_append_string(&plain, "}");
    hash128 expected = digest(json_of((slice){plain.at, plain.length}), NULL);
    assert_true(hash_equals(digest(json_of((slice){wide.at, wide.length}), NULL), expected));
    text_free(&wide);
    text_free(&plain);
  }
}

PLAIN_TEST(test_a_digest_that_gets_no_memory_says_so) {
  static const char json[] = "{\"a\":[[[[[[[[[[1,\"\\u0061\"]]]]]]]]]],\"b\":{\"c\":1}";
  text wide = {0};
  hash128 expected, result;
  failing_begin();
  text_append_string(&wide, json);
  for (int i = 0; i < 200; i++) {
    char member[64];
    snprintf(member, sizeof member, ",\"m%d\":{\"v\":[%d]}", i, i);
    text_append_string(&wide, member);
  }
  text_append_string(&wide, "}");
  json_value value = json_of((slice){wide.at, wide.length});
  expected = digest(value, NULL);
  int done = 0, i = 0;
  for (; !done; i++) {
    sqlite3_int64 before = sqlite3_memory_used();
    failing_after(i);
    result = (hash128){1, 2};
    done = json_digest(value, NULL, &digest_key, &result);
    failing_never();
    if (!done) assert_true(hash_equals(result, (hash128){1, 2}));
    assert_true(sqlite3_memory_used() == before);
  }
  assert_true(i > 5);
  assert_true(hash_equals(result, expected));
  text_free(&wide);
  failing_end();
}

TESTS(PLAIN(test_what_rfc_8259_allows_is_accepted),
      PLAIN(test_what_is_not_json_is_refused_with_place_and_reason), PLAIN(test_absent_text_is_refused),
      PLAIN(test_text_that_ends_too_early_says_so), PLAIN(test_only_utf8_is_accepted),
      PLAIN(test_nesting_is_accepted_down_to_1000_and_refused_below),
      PLAIN(test_the_array_of_records_does_not_count_for_their_nesting),
      PLAIN(test_a_value_nested_1000_deep_can_be_digested),
      PLAIN(test_records_are_split_and_known_by_their_last_id),
      PLAIN(test_members_are_stepped_through_in_their_order),
      PLAIN(test_elements_are_stepped_through_in_their_order),
      PLAIN(test_strings_are_unescaped_and_lone_surrogates_told),
      PLAIN(test_a_string_is_known_however_it_is_escaped),
      PLAIN(test_strings_are_ordered_by_their_unescaped_bytes),
      PLAIN(test_a_member_is_left_out_and_the_other_bytes_stay),
      PLAIN(test_digests_are_equal_for_equal_values_only),
      PLAIN(test_a_digest_leaves_out_ignored_members_of_the_top_level_only),
      PLAIN(test_another_key_gives_another_digest), PLAIN(test_a_value_has_one_digest_however_it_is_spelled),
      PLAIN(test_wide_objects_have_one_digest_whatever_their_order),
      PLAIN(test_a_digest_that_gets_no_memory_says_so))
