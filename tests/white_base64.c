/* White-box tests of base64 and utf8. */
#include "../nangolite.c"
#include "plain.h"

static const char *const vectors[][2] = {
  /* RFC 4648 section 10 */
  {"", ""},
  {"f", "Zg=="},
  {"fo", "Zm8="},
  {"foo", "Zm9v"},
  {"foob", "Zm9vYg=="},
  {"fooba", "Zm9vYmE="},
  {"foobar", "Zm9vYmFy"},
};

static void encode(slice bytes, text *out) {
  char *to = text_reserve(out, BASE64_LENGTH(bytes.length) + 1);
  assert_non_null(to);
  out->length += (size_t)(base64_write(bytes, to) - to);
}

static int text_is(const text *t, const char *expected) {
  return !t->failed && slice_equals((slice){t->at, t->length}, slice_of(expected));
}

PLAIN_TEST(test_the_vectors_of_rfc_4648_encode) {
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    text out = {NULL, 0, 0, 0};
    encode(slice_of(vectors[i][0]), &out);
    assert_true(text_is(&out, vectors[i][1]));
    text_free(&out);
  }
}

PLAIN_TEST(test_the_vectors_of_rfc_4648_decode) {
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    text out = {NULL, 0, 0, 0};
    assert_true(base64_decode(slice_of(vectors[i][1]), &out));
    assert_true(text_is(&out, vectors[i][0]));
    text_free(&out);
  }
}

PLAIN_TEST(test_both_append_to_what_is_there) {
  text out = {NULL, 0, 0, 0};
  text_append_string(&out, "a cursor: ");
  encode(slice_of("foo"), &out);
  assert_true(base64_decode(slice_of("YmFy"), &out));
  assert_true(text_is(&out, "a cursor: Zm9vbar"));
  text_free(&out);
}

PLAIN_TEST(test_what_is_not_strictly_base64_is_refused_and_appends_nothing) {
  static const char
    *const refused[] =
      {
        "Z",      "Zg",         "Zg=",     "Zm9",      "Zm9vY", "====",
        "=",      "==",         "Z===",    "=Zm9",     "Zg=a",  "Zg==Zg==",
        "Zm=v",   "Zm8=Zm9v",   "Zh==",    "Zv==",     "Zm9=",  "Zm+=", /* bits left over that are not zero */
        "Zm9v\n", "Zm9v\nZm9v", " Zm9v",   "Zm 9",     "Zm9-",  "Zm9_",
        "Zm9.",   "Zm9\x80",    "Zm9\xff", "Zm9v====",
      };
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    text out = {NULL, 0, 0, 0};
    text_append_string(&out, "x");
    int accepted = base64_decode(slice_of(refused[i]), &out);
    if (accepted) print_error("accepted: the one of number %d\n", (int)i);
    assert_false(accepted);
    assert_true(text_is(&out, "x"));
    text_free(&out);
  }
  text out = {NULL, 0, 0, 0};
  assert_false(base64_decode((slice){"Zm9\0", 4}, &out));
  text_free(&out);
}

PLAIN_TEST(test_any_bytes_come_back) {
  test_random sequence = random_sequence();
  for (int round = rounds(2000); round > 0; round--) {
    char bytes[300];
    size_t length = random_below(&sequence, sizeof bytes + 1);
    for (size_t i = 0; i < length; i++) bytes[i] = (char)random_next(&sequence);
    text encoded = {NULL, 0, 0, 0}, decoded = {NULL, 0, 0, 0};
    encode((slice){bytes, length}, &encoded);
    assert_int_equal(encoded.length, (length + 2) / 3 * 4);
    assert_true(base64_decode((slice){encoded.at, encoded.length}, &decoded));
    assert_true(slice_equals((slice){decoded.at, decoded.length}, (slice){bytes, length}));
    text_free(&encoded);
    text_free(&decoded);
  }
}

PLAIN_TEST(test_what_decodes_is_what_its_bytes_encode_to) {
  test_random sequence = random_sequence();
  for (int round = rounds(20000); round > 0; round--) {
    static const char characters[] = "AQgwZz019+/=v8";
    char written[8];
    for (size_t i = 0; i < sizeof written; i++) {
      written[i] = characters[random_below(&sequence, sizeof characters - 1)];
    }
    text decoded = {NULL, 0, 0, 0}, encoded = {NULL, 0, 0, 0};
    if (base64_decode((slice){written, sizeof written}, &decoded)) {
      encode((slice){decoded.at, decoded.length}, &encoded);
      assert_true(slice_equals((slice){encoded.at, encoded.length}, (slice){written, sizeof written}));
    }
    text_free(&decoded);
    text_free(&encoded);
  }
}

PLAIN_TEST(test_utf8_is_told_from_other_bytes) {
  /* clang-format off */
  static const struct { const char *bytes; int valid; } cases[] = {
    {"", 1}, {"plain", 1}, {"\xc2\x80", 1}, {"\xdf\xbf", 1}, {"\xe0\xa0\x80", 1}, {"\xed\x9f\xbf", 1},
    {"\xee\x80\x80", 1},
    {"\xef\xbf\xbf", 1}, {"\xf0\x90\x80\x80", 1}, {"\xf4\x8f\xbf\xbf", 1}, {"a\xc3\xa9z", 1},
    {"\x80", 0}, {"\xbf", 0}, {"\xc0\x80", 0}, {"\xc1\xbf", 0}, {"\xc2", 0}, {"\xc2z", 0}, {"\xc2\xc2", 0},
    {"\xe0\x9f\xbf", 0},
    {"\xe0\xa0", 0}, {"\xed\xa0\x80", 0}, {"\xed\xbf\xbf", 0}, {"\xf0\x8f\xbf\xbf", 0}, {"\xf0\x90\x80", 0},
    {"\xf4\x90\x80\x80", 0}, {"\xf5\x80\x80\x80", 0}, {"\xff", 0}, {"\xe1\x80z", 0}, {"a\xc3", 0},
    {"\xf1\x80\x80\xc0", 0},
  };
  /* clang-format on */
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (utf8_is_valid(slice_of(cases[i].bytes)) != cases[i].valid) print_error("case %d\n", (int)i);
    assert_int_equal(utf8_is_valid(slice_of(cases[i].bytes)), cases[i].valid);
  }
}

TESTS(PLAIN(test_the_vectors_of_rfc_4648_encode), PLAIN(test_the_vectors_of_rfc_4648_decode),
      PLAIN(test_both_append_to_what_is_there),
      PLAIN(test_what_is_not_strictly_base64_is_refused_and_appends_nothing), PLAIN(test_any_bytes_come_back),
      PLAIN(test_what_decodes_is_what_its_bytes_encode_to), PLAIN(test_utf8_is_told_from_other_bytes))
