#include "values/frequency.h"

#define FREQUENCY_MINUTE (60 * MICROSECONDS_PER_SECOND)
#define FREQUENCY_HOUR (60 * FREQUENCY_MINUTE)

static const char frequency_unknown[] =
  "must be like \"every half hour\", \"every day\", \"every 90 minutes\" or \"1.5h\"";

typedef struct frequency_word {
  const char *word;
  int64_t interval;
} frequency_word;

static const frequency_word frequency_phrases[] = {
  {"every half day", 12 * FREQUENCY_HOUR},       {"every half hour", 30 * FREQUENCY_MINUTE},
  {"every quarter hour", 15 * FREQUENCY_MINUTE}, {"every hour", FREQUENCY_HOUR},
  {"every day", MICROSECONDS_PER_DAY},           {"every week", 7 * MICROSECONDS_PER_DAY},
  {"every month", 30 * MICROSECONDS_PER_DAY},    {NULL, 0},
};

/* clang-format off */
static const frequency_word frequency_units[] = {
  {"s", MICROSECONDS_PER_SECOND}, {"sec", MICROSECONDS_PER_SECOND}, {"secs", MICROSECONDS_PER_SECOND},
  {"second", MICROSECONDS_PER_SECOND}, {"seconds", MICROSECONDS_PER_SECOND},
  {"m", FREQUENCY_MINUTE}, {"min", FREQUENCY_MINUTE}, {"mins", FREQUENCY_MINUTE},
  {"minute", FREQUENCY_MINUTE}, {"minutes", FREQUENCY_MINUTE},
  {"h", FREQUENCY_HOUR}, {"hr", FREQUENCY_HOUR}, {"hrs", FREQUENCY_HOUR},
  {"hour", FREQUENCY_HOUR}, {"hours", FREQUENCY_HOUR},
  {"d", MICROSECONDS_PER_DAY}, {"day", MICROSECONDS_PER_DAY}, {"days", MICROSECONDS_PER_DAY},
  {"w", 7 * MICROSECONDS_PER_DAY}, {"week", 7 * MICROSECONDS_PER_DAY}, {"weeks", 7 * MICROSECONDS_PER_DAY},
  {NULL, 0},
};
/* clang-format on */

/* The interval of a word of the table. 0: the table does not have the word. */
static int64_t frequency_find(const frequency_word *words, slice wanted) {
  while (words->word != NULL && !slice_equals(slice_of(words->word), wanted)) words++;
  return words->interval;
}

static size_t frequency_count_digits(slice s) {
  size_t count = 0;
  while (count < s.length && s.at[count] >= '0' && s.at[count] <= '9') count++;
  return count;
}

/* The interval that the digits before the point stand for. Where that is too long, the result is more than
** FREQUENCY_MAX, but it does not overflow, however many digits there are. */
static int64_t frequency_of_whole(slice digits, int64_t unit) {
  int64_t number = 0;
  for (size_t i = 0; i < digits.length && number * unit <= FREQUENCY_MAX; i++) {
    number = number * 10 + (digits.at[i] - '0');
  }
  return number * unit;
}

/* The interval that the digits after the point stand for, rounded down to microseconds. It goes from the last
** digit to the first: in this order, rounding down in each step gives the same as rounding down once. */
static int64_t frequency_of_decimals(slice digits, int64_t unit) {
  int64_t tenths = 0;
  for (size_t i = digits.length; i > 0; i--) tenths = (tenths + (digits.at[i - 1] - '0') * unit) / 10;
  return tenths;
}

/* Reads "[every ]N[.N][ ]unit". 0: the text does not have this form. */
static int64_t frequency_of_number(slice written) {
  static const char every[] = "every ";
  slice rest = slice_starts_with(written, every) ? slice_from(written, strlen(every)) : written;
  slice whole = {rest.at, frequency_count_digits(rest)};
  slice decimals = {NULL, 0};
  rest = slice_from(rest, whole.length);
  if (rest.length > 0 && *rest.at == '.') {
    rest = slice_from(rest, 1);
    decimals = (slice){rest.at, frequency_count_digits(rest)};
    rest = slice_from(rest, decimals.length);
    if (decimals.length == 0) return 0;
  }
  if (rest.length > 0 && *rest.at == ' ') rest = slice_from(rest, 1);
  int64_t unit = frequency_find(frequency_units, rest);
  if (unit == 0 || whole.length == 0) return 0;
  int64_t interval = frequency_of_whole(whole, unit) + frequency_of_decimals(decimals, unit);
  return interval > 0 ? interval : 1; /* "0s" has this form, and is refused as too short */
}

static const char *frequency_parse(slice written, int64_t *interval) {
  if (written.at == NULL) return frequency_unknown;
  int64_t found = frequency_find(frequency_phrases, written);
  if (found == 0) found = frequency_of_number(written);
  if (found == 0) return frequency_unknown;
  if (found < FREQUENCY_MIN) return "must be at least 30 seconds";
  if (found > FREQUENCY_MAX) return "must be at most 365 days";
  *interval = found;
  return NULL;
}

/* The distance may be more than int64_t can hold, but uint64_t holds it. The interval may come from a damaged
** file, and may then have any value. */
static int64_t frequency_at_or_after(int64_t anchor, int64_t interval, int64_t time) {
  if (time <= anchor) return anchor;
  if (interval < 1) return INT64_MAX;
  uint64_t over = ((uint64_t)time - (uint64_t)anchor) % (uint64_t)interval;
  if (over == 0) return time;
  int64_t missing = interval - (int64_t)over;
  return time > INT64_MAX - missing ? INT64_MAX : time + missing;
}

static int64_t frequency_next(int64_t anchor, int64_t interval, int64_t time) {
  return time == INT64_MAX ? INT64_MAX : frequency_at_or_after(anchor, interval, time + 1);
}
