/* White-box tests of cursor. */
#include "../nangolite.c"
#include "plain.h"

#define TEN_THIRTY_ONE INT64_C(1705314660000000) /* 2024-01-15T10:31:00Z */

/* The cursor of a text that may or may not deserve one. */
static const char *decode_plain(slice plain, text *buffer, cursor_place *place) {
  text encoded = {NULL, 0, 0, 0};
  char *to = text_reserve(&encoded, BASE64_LENGTH(plain.length) + 1);
  assert_non_null(to);
  slice written = {to, (size_t)(base64_write(plain, to) - to)};
  const char *reason = cursor_decode(written, buffer, place);
  text_free(&encoded);
  return reason;
}

static void assert_encodes(int64_t stamp, slice id, const char *expected) {
  timestamp_cache cache = {0};
  text out = {NULL, 0, 0, 0};
  cursor_encode((cursor_place){stamp, id}, &cache, &out);
  char *written = text_take(&out);
  assert_string_equal(written, expected);
  sqlite3_free(written);
}

PLAIN_TEST(test_the_documented_cursor_is_read) {
  text buffer = {NULL, 0, 0, 0};
  cursor_place place;
  assert_null(cursor_decode(slice_of("MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3"), &buffer, &place));
  assert_int_equal(place.stamp, TEN_THIRTY_ONE);
  assert_true(slice_equals(place.id, slice_of("1234567")));
  text_free(&buffer);
}

PLAIN_TEST(test_cursors_are_the_base64_of_time_bars_and_id) {
  /* as `printf '2024-01-15T10:31:00.000000Z||7' | base64` has them */
  assert_encodes(TEN_THIRTY_ONE, slice_of("7"), "MjAyNC0wMS0xNVQxMDozMTowMC4wMDAwMDBafHw3");
  assert_encodes(TEN_THIRTY_ONE, slice_of("42"), "MjAyNC0wMS0xNVQxMDozMTowMC4wMDAwMDBafHw0Mg==");
  assert_encodes(TEN_THIRTY_ONE, slice_of("abc"), "MjAyNC0wMS0xNVQxMDozMTowMC4wMDAwMDBafHxhYmM=");
  assert_encodes(TEN_THIRTY_ONE + 1, slice_of("abcd"), "MjAyNC0wMS0xNVQxMDozMTowMC4wMDAwMDFafHxhYmNk");
}

PLAIN_TEST(test_the_id_is_all_that_follows_the_first_bars) {
  static const char *const ids[] = {
    "1", "a||b", "||", "|", "|||", "a|b", "\xc3\xa9t\xc3\xa9", "\n", " ", "2024-01-15T10:31:00Z||1"};
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
    timestamp_cache cache = {0};
    text encoded = {NULL, 0, 0, 0}, buffer = {NULL, 0, 0, 0};
    cursor_place place;
    cursor_encode((cursor_place){TEN_THIRTY_ONE + 123456, slice_of(ids[i])}, &cache, &encoded);
    assert_null(cursor_decode((slice){encoded.at, encoded.length}, &buffer, &place));
    assert_int_equal(place.stamp, TEN_THIRTY_ONE + 123456);
    assert_true(slice_equals(place.id, slice_of(ids[i])));
    text_free(&encoded);
    text_free(&buffer);
  }
}

PLAIN_TEST(test_any_time_of_rfc_3339_will_do) {
  static const char *const times[] = {"2024-01-15T10:31:00Z||7", "2024-01-15t11:31:00.000000000+01:00||7",
                                      "2024-01-15 10:31:00.0Z||7"};
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
    text buffer = {NULL, 0, 0, 0};
    cursor_place place;
    assert_null(decode_plain(slice_of(times[i]), &buffer, &place));
    assert_int_equal(place.stamp, TEN_THIRTY_ONE);
    text_free(&buffer);
  }
}

PLAIN_TEST(test_a_malformed_cursor_is_refused_with_the_reason) {
  static const struct {
    const char *plain, *reason;
  } cases[] = {
    {"7", "||"},
    {"2024-01-15T10:31:00Z", "||"},
    {"2024-01-15T10:31:00Z|7", "||"},
    {"2024-01-15T10:31:00Z| |7", "||"},
    {"||7", "time"},
    {"2024-01-15||7", "time"},
    {"1705314660000000||7", "time"},
    {"2024-02-30T10:31:00Z||7", "time"},
    {"2024-01-15T10:31:00Z ||7", "time"},
    {"2024-01-15T10:31:00Z||", "1 to 1024"},
    {"2024-01-15T10:31:00Z||\xff", "UTF-8"},
    {"2024-01-15T10:31:00Z||a\xc3", "UTF-8"},
    {"2024-01-15T10:31:00Z||\xed\xa0\x80", "UTF-8"},
  };
  text buffer = {NULL, 0, 0, 0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    cursor_place place = {42, {NULL, 0}};
    const char *reason = decode_plain(slice_of(cases[i].plain), &buffer, &place);
    if (reason == NULL || strstr(reason, cases[i].reason) == NULL) print_error("number %d\n", (int)i);
    assert_non_null(reason);
    assert_non_null(strstr(reason, cases[i].reason));
    assert_int_equal(place.stamp, 42);
  }
  text_free(&buffer);
}

PLAIN_TEST(test_what_is_not_base64_is_no_cursor) {
  static const char *const refused[] = {
    "",
    "x",
    "not base64!",
    "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY",
    "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3=",
    " MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3",
    "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3\n",
    "====",
    "2024-01-15T10:31:00Z||7",
  };
  text buffer = {NULL, 0, 0, 0};
  cursor_place place;
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    const char *reason = cursor_decode(slice_of(refused[i]), &buffer, &place);
    assert_non_null(reason);
    assert_non_null(strstr(reason, "base64"));
  }
  assert_non_null(cursor_decode((slice){NULL, 0}, &buffer, &place));
  text_free(&buffer);
}

PLAIN_TEST(test_the_id_has_1_to_1024_bytes_and_no_nul) {
  char plain[22 + 1025] = "2024-01-15T10:31:00Z||";
  memset(plain + 22, 'x', 1025);
  text buffer = {NULL, 0, 0, 0};
  cursor_place place;
  assert_null(decode_plain((slice){plain, 22 + 1024}, &buffer, &place));
  assert_int_equal(place.id.length, 1024);
  assert_non_null(decode_plain((slice){plain, 22 + 1025}, &buffer, &place));
  plain[30] = '\0';
  assert_non_null(decode_plain((slice){plain, 22 + 100}, &buffer, &place));
  text_free(&buffer);
}

PLAIN_TEST(test_any_place_comes_back) {
  test_random sequence = random_sequence();
  timestamp_cache cache = {0};
  text encoded = {NULL, 0, 0, 0}, buffer = {NULL, 0, 0, 0};
  for (int round = rounds(20000); round > 0; round--) {
    char id[RECORD_ID_MAX];
    size_t length = 1 + random_below(&sequence, round % 10 == 0 ? sizeof id : 20);
    for (size_t i = 0; i < length; i++) id[i] = "0123456789abc|-{}"[random_below(&sequence, 17)];
    int64_t stamp = (int64_t)random_below(&sequence, UINT64_C(253402300800000000));
    cursor_place place, written = {stamp, {id, length}};
    text_clear(&encoded);
    cursor_encode(written, &cache, &encoded);
    assert_null(cursor_decode((slice){encoded.at, encoded.length}, &buffer, &place));
    assert_int_equal(place.stamp, written.stamp);
    assert_true(slice_equals(place.id, written.id));
  }
  text_free(&encoded);
  text_free(&buffer);
}

TESTS(PLAIN(test_the_documented_cursor_is_read), PLAIN(test_cursors_are_the_base64_of_time_bars_and_id),
      PLAIN(test_the_id_is_all_that_follows_the_first_bars), PLAIN(test_any_time_of_rfc_3339_will_do),
      PLAIN(test_a_malformed_cursor_is_refused_with_the_reason), PLAIN(test_what_is_not_base64_is_no_cursor),
      PLAIN(test_the_id_has_1_to_1024_bytes_and_no_nul), PLAIN(test_any_place_comes_back))
