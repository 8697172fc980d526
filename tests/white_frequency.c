/* White-box tests of frequency: what is accepted, and the grid of runs. */
#include "../nangolite.c"
#include "plain.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* ---- text ---------------------------------------------------------------------------------------------- */

PLAIN_TEST(test_accepted_frequencies) {
  /* clang-format off */
  static const struct { const char *written; int64_t interval; } cases[] = {
    {"every half day", 12 * HOUR}, {"every half hour", 30 * MINUTE}, {"every quarter hour", 15 * MINUTE},
    {"every hour", HOUR}, {"every day", DAY}, {"every week", 7 * DAY}, {"every month", 30 * DAY},
    {"every 30 s", 30 * SECOND}, {"every 31 sec", 31 * SECOND}, {"every 32 secs", 32 * SECOND},
    {"every 33 second", 33 * SECOND}, {"every 34 seconds", 34 * SECOND},
    {"every 1 m", MINUTE}, {"every 2 min", 2 * MINUTE}, {"every 3 mins", 3 * MINUTE},
    {"every 4 minute", 4 * MINUTE},
    {"every 5 minutes", 5 * MINUTE}, {"every 1 h", HOUR}, {"every 2 hr", 2 * HOUR}, {"every 3 hrs", 3 * HOUR},
    {"every 4 hour", 4 * HOUR}, {"every 5 hours", 5 * HOUR}, {"every 1 d", DAY}, {"every 2 day", 2 * DAY},
    {"every 3 days", 3 * DAY}, {"every 1 w", 7 * DAY}, {"every 2 week", 14 * DAY},
    {"every 3 weeks", 21 * DAY},
    {"30s", 30 * SECOND}, {"90 seconds", 90 * SECOND}, {"every 30s", 30 * SECOND}, {"1h", HOUR},
    {"1 hour", HOUR},
    {"1.5 hours", 90 * MINUTE}, {"every 1.5h", 90 * MINUTE}, {"0.5m", 30 * SECOND},
    {"0.5 hours", 30 * MINUTE},
    {"030s", 30 * SECOND}, {"00000000000000000000000000030s", 30 * SECOND},
    {"1.0000000000000000000000000h", HOUR},
    {"365d", 365 * DAY}, {"365.0 days", 365 * DAY}, {"8760 hours", 365 * DAY}, {"31536000s", 365 * DAY},
    {"30.0000019s", 30 * SECOND + 1}, {"0.1h", 6 * MINUTE}, {"0.7 minutes", 42 * SECOND},
    {"0.333333333333333333333333333333 weeks", INT64_C(201599999999)},
  };
  /* clang-format on */
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t interval = 0;
    const char *reason = frequency_parse(slice_of(cases[i].written), &interval);
    if (reason != NULL) print_error("number %d: %s\n", (int)i, reason);
    assert_null(reason);
    assert_int_equal(interval, cases[i].interval);
  }
}

static void assert_refused(const char *const *refused, size_t count, const char *reason) {
  for (size_t i = 0; i < count; i++) {
    int64_t interval = 42;
    const char *said = frequency_parse(slice_of(refused[i]), &interval);
    if (said == NULL) print_error("number %d was accepted\n", (int)i);
    assert_non_null(said);
    if (strstr(said, reason) == NULL) print_error("number %d: %s\n", (int)i, said);
    assert_non_null(strstr(said, reason));
    assert_int_equal(interval, 42);
  }
}

PLAIN_TEST(test_frequencies_out_of_range_are_refused) {
  static const char *const shorter[] = {
    "29s", "every 1 second", "29.999999s",        "29.9999999999999s", "0.49 minutes",
    "0s",  "0.0h",           "0.000000000000001s"};
  static const char *const longer[] = {"366d",
                                       "365.1 days",
                                       "every 53 weeks",
                                       "31536001s",
                                       "525601 minutes",
                                       "9223372036854775808 s",
                                       "99999999999999999999999999999999999999999 w",
                                       "1000000000000s"};
  assert_refused(shorter, sizeof shorter / sizeof shorter[0], "at least 30 seconds");
  assert_refused(longer, sizeof longer / sizeof longer[0], "at most 365 days");
}

PLAIN_TEST(test_anything_else_is_no_frequency) {
  /* clang-format off */
  static const char *const refused[] = {
    "", " ", "every", "every ", "hour", "half day", "day", "every minute", "every second",
    "every quarter day", "every half week",
    "every year", "every 2 months", "1 month", "every 1 year", "every two hours", "Every hour", "EVERY HOUR",
    "every Hour",
    "every 5 Minutes", "5M", "1H", "5  minutes", "every  5 minutes", "every5 minutes", " every hour",
    "every hour ", "5 minutes ",
    "5\tminutes", "5", "every 5", "minutes", "every m", "-5m", "+5m", "every -5 minutes", "1e3s", "0x40s",
    "1.5.5h", "1.h", ".5h",
    ".h", "1,5h", "1/2 h", "5 minutess", "5 minutes and", "5 m 30 s", "1h30m", "every hours", "every days",
    "every half  day",
    "* * * * *", "@hourly", "\xd9\xa3 s", "every every hour", "every every 5 m", "NaN s", "inf d",
  };
  /* clang-format on */
  assert_refused(refused, sizeof refused / sizeof refused[0], "must be like");
  int64_t interval;
  assert_non_null(frequency_parse((slice){NULL, 0}, &interval));
  assert_non_null(frequency_parse((slice){"every hour\0", 11}, &interval));
  assert_non_null(frequency_parse((slice){"5m\0", 3}, &interval));
}

/* ---- the grid ------------------------------------------------------------------------------------------ */

PLAIN_TEST(test_points_of_the_grid) {
  static const struct {
    int64_t anchor, interval, time, at_or_after, next;
  } cases[] = {
    {0, HOUR, 0, 0, HOUR},
    {0, HOUR, 1, HOUR, HOUR},
    {0, HOUR, HOUR - 1, HOUR, HOUR},
    {0, HOUR, HOUR, HOUR, 2 * HOUR},
    {0, HOUR, 100 * DAY + 1, 100 * DAY + HOUR, 100 * DAY + HOUR},
    {5 * MINUTE, HOUR, 0, 5 * MINUTE, 5 * MINUTE}, /* none before the anchor */
    {5 * MINUTE, HOUR, 5 * MINUTE, 5 * MINUTE, HOUR + 5 * MINUTE},
    {-90 * MINUTE, HOUR, -31 * MINUTE, -30 * MINUTE, -30 * MINUTE}, /* before 1970 */
    {-90 * MINUTE, HOUR, 0, 30 * MINUTE, 30 * MINUTE},
    {-90 * MINUTE, HOUR, -30 * MINUTE, -30 * MINUTE, 30 * MINUTE},
    {0, 365 * DAY, INT64_C(253402300799999999), 8036 * 365 * DAY, 8036 * 365 * DAY}, /* the end of 9999 */
    {INT64_MIN, 3, INT64_MAX, INT64_MAX, INT64_MAX}, /* 2^64 - 1 is a multiple of 3 */
    {INT64_MIN, 2, INT64_MAX, INT64_MAX, INT64_MAX}, /* the next would be beyond */
    {INT64_MIN, HOUR, INT64_MIN, INT64_MIN, INT64_MIN + HOUR},
    {INT64_MAX, HOUR, 0, INT64_MAX, INT64_MAX},
    {0, INT64_MAX, 1, INT64_MAX, INT64_MAX},
    {0, 0, 1, INT64_MAX, INT64_MAX}, /* what only a damaged file holds */
    {0, -HOUR, 1, INT64_MAX, INT64_MAX},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t at = frequency_at_or_after(cases[i].anchor, cases[i].interval, cases[i].time);
    int64_t next = frequency_next(cases[i].anchor, cases[i].interval, cases[i].time);
    if (at != cases[i].at_or_after || next != cases[i].next) print_error("number %d\n", (int)i);
    assert_true(at == cases[i].at_or_after);
    assert_true(next == cases[i].next);
  }
}

PLAIN_TEST(test_the_next_point_is_the_nearest_one_on_the_grid) {
  test_random sequence = random_sequence();
  for (int round = rounds(100000); round > 0; round--) {
    int64_t anchor = (int64_t)random_below(&sequence, 400 * (uint64_t)DAY) - 200 * DAY;
    int64_t interval = 1 + (int64_t)random_below(&sequence, (uint64_t)DAY);
    int64_t time = (int64_t)random_below(&sequence, 400 * (uint64_t)DAY) - 200 * DAY;
    int64_t next = frequency_next(anchor, interval, time);
    assert_true(next > time && next >= anchor);
    assert_true((next - anchor) % interval == 0);
    assert_true(next == anchor || next - interval <= time);
    assert_true(frequency_at_or_after(anchor, interval, next) == next);
  }
}

TESTS(PLAIN(test_accepted_frequencies), PLAIN(test_frequencies_out_of_range_are_refused),
      PLAIN(test_anything_else_is_no_frequency), PLAIN(test_points_of_the_grid),
      PLAIN(test_the_next_point_is_the_nearest_one_on_the_grid))
