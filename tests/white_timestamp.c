/* White-box tests of timestamp. */
#include "../nangolite.c"
#include "plain.h"

/* The last microsecond of 9999, and the first one of 0000. */
#define LAST INT64_C(253402300799999999)
#define FIRST INT64_C(-62167219200000000)

static void assert_formats(int64_t microseconds, int digits, const char *expected) {
  timestamp_cache cache = {0};
  char written[TIMESTAMP_LENGTH_MAX + 1] = {0};
  timestamp_format(microseconds, digits, &cache, written);
  assert_string_equal(written, expected);
}

PLAIN_TEST(test_known_times_read_and_write_with_six_digits) {
  static const struct {
    int64_t microseconds;
    const char *written;
  } cases[] = {
    {INT64_C(0), "1970-01-01T00:00:00.000000Z"},
    {INT64_C(1), "1970-01-01T00:00:00.000001Z"},
    {INT64_C(-1), "1969-12-31T23:59:59.999999Z"},
    {INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z"},
    {INT64_C(951868799999999), "2000-02-29T23:59:59.999999Z"},
    {INT64_C(951868800000000), "2000-03-01T00:00:00.000000Z"},
    {INT64_C(1705314660000000), "2024-01-15T10:31:00.000000Z"},
    {INT64_C(1709164800000000), "2024-02-29T00:00:00.000000Z"},
    {INT64_C(2147483647000000), "2038-01-19T03:14:07.000000Z"},
    {INT64_C(2147483648000000), "2038-01-19T03:14:08.000000Z"},
    {INT64_C(4107542400000000), "2100-03-01T00:00:00.000000Z"},
    {INT64_C(4107542399999999), "2100-02-28T23:59:59.999999Z"},
    {INT64_C(-2208988800000000), "1900-01-01T00:00:00.000000Z"},
    {INT64_C(-62135596800000000), "0001-01-01T00:00:00.000000Z"},
    {FIRST, "0000-01-01T00:00:00.000000Z"},
    {LAST, "9999-12-31T23:59:59.999999Z"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t parsed = 0;
    assert_formats(cases[i].microseconds, TIMESTAMP_MICROSECONDS, cases[i].written);
    assert_true(timestamp_parse(slice_of(cases[i].written), &parsed));
    assert_int_equal(parsed, cases[i].microseconds);
  }
}

PLAIN_TEST(test_three_digits_are_cut_off_towards_the_past) {
  assert_formats(INT64_C(1705314660123456), TIMESTAMP_MILLISECONDS, "2024-01-15T10:31:00.123Z");
  assert_formats(INT64_C(1705314660999999), TIMESTAMP_MILLISECONDS, "2024-01-15T10:31:00.999Z");
  assert_formats(INT64_C(-1), TIMESTAMP_MILLISECONDS, "1969-12-31T23:59:59.999Z");
}

PLAIN_TEST(test_times_outside_the_years_keep_the_width) {
  assert_formats(LAST + 1, TIMESTAMP_MICROSECONDS, "9999-12-31T23:59:59.999999Z");
  assert_formats(INT64_MAX, TIMESTAMP_MICROSECONDS, "9999-12-31T23:59:59.999999Z");
  assert_formats(FIRST - 1, TIMESTAMP_MICROSECONDS, "0000-01-01T00:00:00.000000Z");
  assert_formats(INT64_MIN, TIMESTAMP_MICROSECONDS, "0000-01-01T00:00:00.000000Z");
}

PLAIN_TEST(test_the_cache_changes_nothing) {
  static const int64_t steps[] = {0, 1, 999999, 1000000, 1, -1000000, 60000000, -60000000, 86400000000, -7};
  timestamp_cache cache = {0};
  int64_t time = -3000000;
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    timestamp_cache none = {0};
    char with[TIMESTAMP_LENGTH_MAX], without[TIMESTAMP_LENGTH_MAX];
    time += steps[i];
    timestamp_format(time, TIMESTAMP_MICROSECONDS, &cache, with);
    timestamp_format(time, TIMESTAMP_MICROSECONDS, &none, without);
    assert_memory_equal(with, without, sizeof with);
  }
}

/* Every day from 0000-01-01 to 9999-12-31, counted on by the rule that people know (fewer of them under
** valgrind). */
PLAIN_TEST(test_every_day_of_the_calendar) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int years = rounds(10000);
  int64_t day = FIRST / MICROSECONDS_PER_DAY;
  for (int year = 0; year < years; year++) {
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; month++) {
      int length = lengths[month - 1] + (leap && month == 2);
      assert_int_equal(timestamp_month_length(year, month), length);
      for (int of_month = 1; of_month <= length; of_month++, day++) {
        timestamp_date date = timestamp_date_of(day);
        int same = date.year == year && date.month == month && date.day == of_month;
        if (same && timestamp_day_of(date) == day) continue;
        print_error("day %d is not %04d-%02d-%02d\n", (int)day, year, month, of_month);
        fail();
      }
    }
  }
  if (years == 10000) assert_int_equal(day, (LAST + 1) / MICROSECONDS_PER_DAY);
}

PLAIN_TEST(test_accepted_ways_to_write_a_time) {
  static const struct {
    const char *written;
    int64_t microseconds;
  } cases[] = {
    {"2024-01-15T10:31:00Z", INT64_C(1705314660000000)},
    {"2024-01-15t10:31:00z", INT64_C(1705314660000000)},
    {"2024-01-15 10:31:00Z", INT64_C(1705314660000000)},
    {"2024-01-15T10:31:00.0Z", INT64_C(1705314660000000)},
    {"2024-01-15T10:31:00.5Z", INT64_C(1705314660500000)},
    {"2024-01-15T10:31:00.000Z", INT64_C(1705314660000000)},
    {"2024-01-15T10:31:00.123456Z", INT64_C(1705314660123456)},
    {"2024-01-15T10:31:00.123456789Z", INT64_C(1705314660123456)},
    {"2024-01-15T10:31:00.999999999Z", INT64_C(1705314660999999)},
    {"1969-12-31T23:59:59.999999999Z", INT64_C(-1)},
    {"2024-01-15T10:31:00+00:00", INT64_C(1705314660000000)},
    {"2024-01-15T10:31:00-00:00", INT64_C(1705314660000000)},
    {"2024-01-15T11:31:00+01:00", INT64_C(1705314660000000)},
    {"2024-01-15T16:16:00.25+05:45", INT64_C(1705314660250000)},
    {"2024-01-14T10:32:00-23:59", INT64_C(1705314660000000)},
    {"2024-01-16T10:30:00+23:59", INT64_C(1705314660000000)},
    {"1985-04-12T23:20:50.52Z", INT64_C(482196050520000)}, /* the examples of RFC 3339 section 5.8 */
    {"1996-12-19T16:39:57-08:00", INT64_C(851042397000000)},
    {"1990-12-31T23:59:60Z", INT64_C(662688000000000)},
    {"1990-12-31T15:59:60-08:00", INT64_C(662688000000000)},
    {"1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130000)},
    {"2016-12-31T23:59:60.5Z", INT64_C(1483228800500000)},
    {"0000-01-01T00:00:00+23:59", FIRST - (23 * 60 + 59) * INT64_C(60000000)},
    {"9999-12-31T23:59:59.999999-23:59", LAST + (23 * 60 + 59) * INT64_C(60000000)},
    {"9999-12-31T23:59:60Z", LAST + 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t parsed = 0;
    int accepted = timestamp_parse(slice_of(cases[i].written), &parsed);
    if (!accepted || parsed != cases[i].microseconds) print_error("number %d\n", (int)i);
    assert_true(accepted);
    assert_int_equal(parsed, cases[i].microseconds);
  }
}

PLAIN_TEST(test_what_is_no_time_of_rfc_3339_is_refused) {
  /* clang-format off */
  static const char *const refused[] = {
    "", "2024", "2024-01-15", "2024-01-15T10:31Z", "2024-01-15T10:31:00", "2024-01-15T10:31:00.Z",
    "2024-01-15T10:31:00.",
    "2024-01-15T10:31:00.1234567890Z", "2024-01-15T10:31:00,5Z", "2024-01-15T10:31:00 Z",
    "2024-01-15T10:31:00ZZ",
    "2024-01-15T10:31:00Z ", " 2024-01-15T10:31:00Z", "2024-1-15T10:31:00Z", "24-01-15T10:31:00Z",
    "+2024-01-15T10:31:00Z",
    "-2024-01-15T10:31:00Z", "12024-01-15T10:31:00Z", "2024/01/15T10:31:00Z", "2024-01-15_10:31:00Z",
    "20240115T103100Z",
    "2024-00-15T10:31:00Z", "2024-13-15T10:31:00Z", "2024-01-00T10:31:00Z", "2024-01-32T10:31:00Z",
    "2024-04-31T10:31:00Z",
    "2023-02-29T10:31:00Z", "2100-02-29T10:31:00Z", "2024-02-30T10:31:00Z", "2024-01-15T24:00:00Z",
    "2024-01-15T23:60:00Z",
    "2024-01-15T10:31:61Z", "2024-01-15T10:31:60Z", "2024-01-15T23:59:60Z", "2024-01-31T23:59:60+01:00",
    "2024-01-15T10:31:00+1:00", "2024-01-15T10:31:00+0100", "2024-01-15T10:31:00+01",
    "2024-01-15T10:31:00+24:00",
    "2024-01-15T10:31:00+01:60", "2024-01-15T10:31:00+01:00Z", "2024-01-15T10:31:00+", "2024-01-15T1a:31:00Z",
    "2024-01-15T-1:31:00Z", "now", "1705314660", "2024-W03-1T10:31:00Z", "\xef\xbb\xbf 2024-01-15T10:31:00Z",
  };
  /* clang-format on */
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    int64_t parsed = 42;
    int accepted = timestamp_parse(slice_of(refused[i]), &parsed);
    if (accepted) print_error("number %d was accepted\n", (int)i);
    assert_false(accepted);
    assert_int_equal(parsed, 42);
  }
  int64_t parsed;
  assert_false(timestamp_parse((slice){NULL, 0}, &parsed));
  assert_false(timestamp_parse((slice){"2024-01-15T10:31:00Z\0", 21}, &parsed));
  assert_false(timestamp_parse((slice){"2024-01-15T10:31:\0000Z", 20}, &parsed));
}

PLAIN_TEST(test_any_time_comes_back_and_text_order_is_time_order) {
  test_random sequence = random_sequence();
  timestamp_cache cache = {0};
  char before[TIMESTAMP_LENGTH_MAX], here[TIMESTAMP_LENGTH_MAX];
  int64_t time_before = FIRST;
  timestamp_format(time_before, TIMESTAMP_MICROSECONDS, &cache, before);
  for (int round = rounds(100000); round > 0; round--) {
    int64_t time = FIRST + (int64_t)random_below(&sequence, (uint64_t)(LAST - FIRST) + 1);
    int64_t parsed;
    timestamp_format(time, TIMESTAMP_MICROSECONDS, &cache, here);
    assert_true(timestamp_parse((slice){here, sizeof here}, &parsed));
    assert_int_equal(parsed, time);
    assert_int_equal(memcmp(here, before, sizeof here) < 0, time < time_before);
    memcpy(before, here, sizeof here);
    time_before = time;
  }
}

TESTS(PLAIN(test_known_times_read_and_write_with_six_digits),
      PLAIN(test_three_digits_are_cut_off_towards_the_past),
      PLAIN(test_times_outside_the_years_keep_the_width), PLAIN(test_the_cache_changes_nothing),
      PLAIN(test_every_day_of_the_calendar), PLAIN(test_accepted_ways_to_write_a_time),
      PLAIN(test_what_is_no_time_of_rfc_3339_is_refused),
      PLAIN(test_any_time_comes_back_and_text_order_is_time_order))
