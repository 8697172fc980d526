/* White-box tests of bytes and slice. */
#include "../nangolite.c"
#include "plain.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- bytes --------------------------------------------------------------------------------------------- */

PLAIN_TEST(test_the_first_of_eight_bytes_is_the_lowest_of_the_number) {
  static const struct {
    const char *bytes;
    uint64_t word;
  } cases[] = {
    {"\x01\0\0\0\0\0\0\0", UINT64_C(0x01)},
    {"\0\0\0\0\0\0\0\x01", UINT64_C(0x0100000000000000)},
    {"\x01\x02\x03\x04\x05\x06\x07\x08", UINT64_C(0x0807060504030201)},
    {"\xff\xfe\0\x80\x7f\0\0\xfd", UINT64_C(0xfd00007f8000feff)},
  };
  for (size_t i = 0; i < COUNT(cases); i++) assert_true(bytes_word(cases[i].bytes) == cases[i].word);
}

PLAIN_TEST(test_a_number_is_reversed_byte_by_byte) {
  static const struct {
    uint64_t word, reversed;
  } cases[] = {
    {0, 0},
    {UINT64_MAX, UINT64_MAX},
    {0x01, UINT64_C(0x0100000000000000)},
    {UINT64_C(0x0102030405060708), UINT64_C(0x0807060504030201)},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    assert_true(bytes_reverse(cases[i].word) == cases[i].reversed);
    assert_true(bytes_reverse(cases[i].reversed) == cases[i].word);
  }
}

/* Every byte in every place, among bytes that are easily taken for it. */
PLAIN_TEST(test_the_first_byte_that_is_0_is_found_in_every_place) {
  static const unsigned char others[] = {0x01, 0x7f, 0x80, 0x81, 0xff};
  for (size_t place = 0; place < 8; place++) {
    for (size_t i = 0; i < COUNT(others); i++) {
      char bytes[8];
      memset(bytes, others[i], sizeof bytes);
      assert_true(bytes_flag_zero(bytes_word(bytes)) == 0);
      bytes[place] = '\0';
      assert_int_equal(bytes_first_flag(bytes_flag_zero(bytes_word(bytes))), place);
      memset(bytes + place, 0, sizeof bytes - place); /* and what follows may be 0 too */
      assert_int_equal(bytes_first_flag(bytes_flag_zero(bytes_word(bytes))), place);
    }
  }
}

/* ---- slices -------------------------------------------------------------------------------------------- */

static const slice absent = {NULL, 0};

PLAIN_TEST(test_a_slice_of_nothing_is_absent_and_one_of_an_empty_string_is_not) {
  assert_null(slice_of(NULL).at);
  assert_int_equal(slice_of(NULL).length, 0);
  assert_non_null(slice_of("").at);
  assert_int_equal(slice_of("abc").length, 3);
}

PLAIN_TEST(test_slices_are_in_the_order_of_their_bytes) {
  static const char *const ascending[] = {"",  "\x01", "A",    "AA",   "AB",      "B",
                                          "a", "\x7f", "\x80", "\xff", "\xff\xff"};
  for (size_t i = 0; i < COUNT(ascending); i++) {
    for (size_t j = 0; j < COUNT(ascending); j++) {
      int order = slice_compare(slice_of(ascending[i]), slice_of(ascending[j]));
      assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
      assert_int_equal(slice_equals(slice_of(ascending[i]), slice_of(ascending[j])), i == j);
    }
  }
}

PLAIN_TEST(test_a_nul_is_a_byte_like_any_other) {
  slice shorter = {"a\0b", 2}, longer = {"a\0b", 3}, other = {"a\0c", 3};
  assert_true(slice_compare(shorter, longer) < 0);
  assert_true(slice_compare(longer, other) < 0);
  assert_false(slice_equals(longer, other));
}

PLAIN_TEST(test_an_absent_slice_is_as_an_empty_one_in_comparisons) {
  assert_true(slice_equals(absent, slice_of("")));
  assert_int_equal(slice_compare(absent, slice_of("")), 0);
  assert_true(slice_compare(absent, slice_of("a")) < 0);
}

PLAIN_TEST(test_what_is_left_begins_behind_the_bytes_taken) {
  assert_true(slice_equals(slice_from(slice_of("abc"), 0), slice_of("abc")));
  assert_true(slice_equals(slice_from(slice_of("abc"), 1), slice_of("bc")));
  assert_int_equal(slice_from(slice_of("abc"), 3).length, 0);
}

PLAIN_TEST(test_a_slice_starts_with_its_start) {
  static const struct {
    const char *whole, *start;
    int exact, in_any_case;
  } cases[] = {
    {"bearer x", "bearer ", 1, 1},
    {"Bearer x", "bearer ", 0, 1},
    {"BEARER ", "bearer ", 0, 1},
    {"bearer", "bearer ", 0, 0},
    {"", "bearer ", 0, 0},
    {"xbearer ", "bearer ", 0, 0},
    {"abc", "", 1, 1},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    slice whole = slice_of(cases[i].whole);
    assert_int_equal(slice_starts_with(whole, cases[i].start), cases[i].exact);
    assert_int_equal(slice_starts_with_word(whole, cases[i].start), cases[i].in_any_case);
  }
}

PLAIN_TEST(test_a_word_is_the_same_in_any_letter_case_of_ascii) {
  static const struct {
    const char *written;
    int is_base;
  } cases[] = {
    {"base", 1},  {"BASE", 1}, {"bAsE", 1},    {"bas", 0},
    {"bases", 0}, {"", 0},     {"b\xc1se", 0}, {"\x02\x01\x13\x05", 0},
    {"b@se", 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_int_equal(slice_is_word(slice_of(cases[i].written), "base"), cases[i].is_base);
  for (int byte = 0; byte < 256; byte++) {
    int lower = byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte;
    assert_int_equal((unsigned char)slice_lower((char)byte), lower);
  }
}

TESTS(PLAIN(test_the_first_of_eight_bytes_is_the_lowest_of_the_number),
      PLAIN(test_a_number_is_reversed_byte_by_byte),
      PLAIN(test_the_first_byte_that_is_0_is_found_in_every_place),
      PLAIN(test_a_slice_of_nothing_is_absent_and_one_of_an_empty_string_is_not),
      PLAIN(test_slices_are_in_the_order_of_their_bytes), PLAIN(test_a_nul_is_a_byte_like_any_other),
      PLAIN(test_an_absent_slice_is_as_an_empty_one_in_comparisons),
      PLAIN(test_what_is_left_begins_behind_the_bytes_taken), PLAIN(test_a_slice_starts_with_its_start),
      PLAIN(test_a_word_is_the_same_in_any_letter_case_of_ascii))
