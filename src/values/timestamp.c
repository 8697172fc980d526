#include "values/timestamp.h"

#define TIMESTAMP_FIRST (-INT64_C(62167219200) * MICROSECONDS_PER_SECOND)    /* 0000-01-01T00:00:00Z */
#define TIMESTAMP_LAST (INT64_C(253402300800) * MICROSECONDS_PER_SECOND - 1) /* the end of 9999-12-31 */

/* Both directions of the date as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years are
** counted from March, so that the leap day is a year's last, in eras of 400 years, which all have 146,097
** days. 1970-01-01 is the 719,468th day after 0000-03-01. Days before that one (year 0000 has some) fall into
** era -1. */
#define DAYS_PER_ERA 146097
#define DAYS_TO_1970 719468

typedef struct timestamp_date {
  int year, month, day;
} timestamp_date;

static timestamp_date timestamp_date_of(int64_t day) {
  int64_t since = day + DAYS_TO_1970;
  int64_t era = (since >= 0 ? since : since - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
  int of_era = (int)(since - era * DAYS_PER_ERA);
  int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int of_year = of_era - (365 * year + year / 4 - year / 100);
  int month = (5 * of_year + 2) / 153; /* 0 is March */
  return (timestamp_date){.year = year + (int)era * 400 + (month >= 10),
                          .month = month < 10 ? month + 3 : month - 9,
                          .day = of_year - (153 * month + 2) / 5 + 1};
}

static int64_t timestamp_day_of(timestamp_date date) {
  int year = date.year - (date.month <= 2);
  int era = (year >= 0 ? year : year - 399) / 400;
  int of_era = year - era * 400;
  int of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
  int day = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return (int64_t)era * DAYS_PER_ERA + day - DAYS_TO_1970;
}

static int timestamp_month_length(int year, int month) {
  static const char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return lengths[month - 1] + leap;
}

/* ---- to text ------------------------------------------------------------------------------------------- */

/* Two digits. In pairs, because the divisions of a pair need not wait for those of another. */
static inline void timestamp_put(char *to, int value) {
  to[0] = (char)('0' + value / 10);
  to[1] = (char)('0' + value % 10);
}

static void timestamp_fill(timestamp_cache *cache, int64_t second) {
  int64_t day = (second >= 0 ? second : second - 86399) / 86400;
  int of_day = (int)(second - day * 86400);
  timestamp_date date = timestamp_date_of(day);
  memcpy(cache->text, "0000-00-00T00:00:00.", sizeof cache->text);
  timestamp_put(cache->text, date.year / 100);
  timestamp_put(cache->text + 2, date.year % 100);
  timestamp_put(cache->text + 5, date.month);
  timestamp_put(cache->text + 8, date.day);
  timestamp_put(cache->text + 11, of_day / 3600);
  timestamp_put(cache->text + 14, of_day / 60 % 60);
  timestamp_put(cache->text + 17, of_day % 60);
  cache->second = second;
}

static void timestamp_format(int64_t microseconds, int digits, timestamp_cache *cache, char *to) {
  if (microseconds < TIMESTAMP_FIRST) microseconds = TIMESTAMP_FIRST;
  if (microseconds > TIMESTAMP_LAST) microseconds = TIMESTAMP_LAST;
  int64_t second = microseconds / MICROSECONDS_PER_SECOND;
  int fraction = (int)(microseconds % MICROSECONDS_PER_SECOND);
  if (fraction < 0) {
    second--;
    fraction += (int)MICROSECONDS_PER_SECOND;
  }
  if (second != cache->second || cache->text[0] == '\0') timestamp_fill(cache, second);
  memcpy(to, cache->text, sizeof cache->text);
  to += sizeof cache->text;
  timestamp_put(to, fraction / 10000);
  if (digits == TIMESTAMP_MICROSECONDS) {
    timestamp_put(to + 2, fraction / 100 % 100);
    timestamp_put(to + 4, fraction % 100);
  } else {
    to[2] = (char)('0' + fraction / 1000 % 10);
  }
  to[digits] = 'Z';
}

/* ---- from text ----------------------------------------------------------------------------------------- */

/* Reads text from left to right; the first thing that does not fit is latched. */
typedef struct timestamp_reader {
  slice rest;
  int wrong;
} timestamp_reader;

static char timestamp_read(timestamp_reader *r) {
  if (r->rest.length == 0) {
    r->wrong = 1;
    return '\0';
  }
  r->rest.length--;
  return *r->rest.at++;
}

static char timestamp_read_one_of(timestamp_reader *r, const char *allowed) {
  char c = timestamp_read(r);
  if (c == '\0' || strchr(allowed, c) == NULL) r->wrong = 1;
  return c;
}

static int timestamp_read_number(timestamp_reader *r, int width, int low, int high) {
  int number = 0;
  for (; width > 0; width--) number = number * 10 + (timestamp_read_one_of(r, "0123456789") - '0');
  if (number < low || number > high) r->wrong = 1;
  return number;
}

static int timestamp_next_is_digit(const timestamp_reader *r) {
  return r->rest.length > 0 && *r->rest.at >= '0' && *r->rest.at <= '9';
}

/* An optional "." and one to nine digits, as microseconds. */
static int64_t timestamp_read_fraction(timestamp_reader *r) {
  if (r->rest.length == 0 || *r->rest.at != '.') return 0;
  timestamp_read(r);
  int64_t nanoseconds = 0;
  for (int i = 0; i < 9; i++) {
    int digit = i == 0 || timestamp_next_is_digit(r) ? timestamp_read_number(r, 1, 0, 9) : 0;
    nanoseconds = nanoseconds * 10 + digit;
  }
  return nanoseconds / 1000;
}

/* Seconds that local time is ahead of UTC. */
static int timestamp_read_offset(timestamp_reader *r) {
  char sign = timestamp_read_one_of(r, "Zz+-");
  if (sign == 'Z' || sign == 'z') return 0;
  int hours = timestamp_read_number(r, 2, 0, 23);
  timestamp_read_one_of(r, ":");
  int minutes = timestamp_read_number(r, 2, 0, 59);
  return (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
}

static timestamp_date timestamp_read_date(timestamp_reader *r) {
  timestamp_date date = {.year = 1970, .month = 1, .day = 1};
  date.year = timestamp_read_number(r, 4, 0, 9999);
  timestamp_read_one_of(r, "-");
  date.month = timestamp_read_number(r, 2, 1, 12);
  timestamp_read_one_of(r, "-");
  if (!r->wrong) date.day = timestamp_read_number(r, 2, 1, timestamp_month_length(date.year, date.month));
  return date;
}

/* Seconds since midnight; *leap: the sixtieth second. */
static int timestamp_read_time(timestamp_reader *r, int *leap) {
  int hour = timestamp_read_number(r, 2, 0, 23);
  timestamp_read_one_of(r, ":");
  int minute = timestamp_read_number(r, 2, 0, 59);
  timestamp_read_one_of(r, ":");
  int second = timestamp_read_number(r, 2, 0, 60);
  *leap = second == 60;
  return hour * 3600 + minute * 60 + second;
}

/* Whether a month begins with this second, in UTC: before it there may have been a leap second. */
static int timestamp_begins_month(int64_t second) {
  int64_t day = (second >= 0 ? second : second - 86399) / 86400;
  return day * 86400 == second && timestamp_date_of(day).day == 1;
}

static int timestamp_parse(slice written, int64_t *microseconds) {
  timestamp_reader r = {written, 0};
  int leap = 0;
  timestamp_date date = timestamp_read_date(&r);
  timestamp_read_one_of(&r, "Tt ");
  int of_day = timestamp_read_time(&r, &leap);
  int64_t fraction = timestamp_read_fraction(&r);
  int offset = timestamp_read_offset(&r);
  if (r.wrong || r.rest.length > 0) return 0;
  int64_t second = timestamp_day_of(date) * 86400 + of_day - offset;
  if (leap && !timestamp_begins_month(second)) return 0;
  *microseconds = second * MICROSECONDS_PER_SECOND + fraction;
  return 1;
}

static void timestamp_write(text *out, int64_t microseconds) {
  char written[TIMESTAMP_LENGTH_MAX];
  timestamp_cache cache = {0, ""};
  if (microseconds == 0) {
    text_append_string(out, "null");
    return;
  }
  timestamp_format(microseconds, TIMESTAMP_MILLISECONDS, &cache, written);
  text_append_string(out, "\"");
  text_append(out, written, TIMESTAMP_LENGTH(TIMESTAMP_MILLISECONDS));
  text_append_string(out, "\"");
}
