#include "json/json_number.h"

/* The greatest double. The cast matters where constants have more digits than doubles (x87). */
#define NUMBER_MAX ((double)1.7976931348623157e308)

enum {
  NUMBER_PLAIN_MAX = 15, /* any integer of so many digits is a double, and is written as it is */
  NUMBER_DIGITS = 800,   /* no double needs more than 767 digits to be told from its neighbours */
  NUMBER_SHORTEST = 17,  /* so many digits always read back as the same double */
  NUMBER_EXPONENT_MAX = 100000,
  NUMBER_TEXT = 64
};

/* A positive number: digits * 10^exponent. */
typedef struct number_decimal {
  uint64_t digits;
  int exponent;
} number_decimal;

/* An integer whose spelling cannot change. */
static int number_is_plain(slice written) {
  size_t from = *written.at == '-';
  size_t count = written.length - from;
  if (count > NUMBER_PLAIN_MAX || (written.at[from] == '0' && written.length > 1)) return 0;
  for (size_t i = from; i < written.length; i++) {
    if (written.at[i] < '0' || written.at[i] > '9') return 0;
  }
  return 1;
}

/* The exponent that is written from `at` on, or a greater one than any double has. */
static int number_read_exponent(slice written, size_t at) {
  int is_negative = written.at[at] == '-', exponent = 0;
  if (written.at[at] == '-' || written.at[at] == '+') at++;
  for (; at < written.length && exponent < 10 * NUMBER_EXPONENT_MAX; at++)
    exponent = exponent * 10 + (written.at[at] - '0');
  return is_negative ? -exponent : exponent;
}

/* The number without its sign. strtod() gets digits and an exponent, and no decimal point, which would have
** to be that of the locale. Of digits that are too many only this is kept: whether one of them is not 0. */
static double number_read(slice written) {
  char digits[NUMBER_DIGITS + NUMBER_TEXT];
  size_t count = 0, i = 0;
  int64_t exponent = 0;
  int has_point = 0, has_more = 0;
  for (; i < written.length && written.at[i] != 'e' && written.at[i] != 'E'; i++) {
    char c = written.at[i];
    if (c == '.') has_point = 1;
    if (c < '0' || c > '9') continue;
    int is_kept = count < NUMBER_DIGITS && (count > 0 || c != '0');
    if (is_kept) digits[count++] = c;
    else if (count > 0 && c != '0') has_more = 1;
    exponent += (count == NUMBER_DIGITS && !is_kept) - has_point;
  }
  if (has_more && digits[count - 1] == '0') digits[count - 1] = '1';
  if (i < written.length) exponent += number_read_exponent(written, i + 1);
  if (count == 0) return 0;
  if (exponent > NUMBER_EXPONENT_MAX) exponent = NUMBER_EXPONENT_MAX;
  if (exponent < -NUMBER_EXPONENT_MAX) exponent = -NUMBER_EXPONENT_MAX;
  sqlite3_snprintf(NUMBER_TEXT, digits + count, "e%lld", (long long)exponent);
  return strtod(digits, NULL);
}

static int number_reads_back(number_decimal d, double value) {
  char spelled[NUMBER_TEXT];
  sqlite3_snprintf(sizeof spelled, spelled, "%llue%d", (unsigned long long)d.digits, d.exponent);
  return strtod(spelled, NULL) == value;
}

/* The nearest decimal of so many digits. Whatever stands for the decimal point is skipped. */
static number_decimal number_nearest(double value, int count) {
  char spelled[NUMBER_TEXT];
  const char *at = spelled;
  number_decimal d = {0, 0};
  snprintf(spelled, sizeof spelled, "%.*e", count - 1, value);
  for (; *at != 'e'; at++) {
    if (*at >= '0' && *at <= '9') d.digits = d.digits * 10 + (uint64_t)(*at - '0');
  }
  d.exponent = (int)strtol(at + 1, NULL, 10) - (count - 1);
  return d;
}

/* The decimal with the fewest digits that reads back as the value. Where the value is a power of two, the
** doubles below it are nearer than those above, so that a neighbour of the nearest decimal may read back
** where that one does not. */
static number_decimal number_shortest(double value) {
  number_decimal d = {0, 0};
  for (int count = 1; count <= NUMBER_SHORTEST; count++) {
    d = number_nearest(value, count);
    if (number_reads_back(d, value)) break;
    d.digits++;
    if (number_reads_back(d, value)) break;
    d.digits -= 2;
    if (number_reads_back(d, value)) break;
  }
  for (; d.digits % 10 == 0; d.digits /= 10) d.exponent++;
  return d;
}

static void number_append_zeros(int count, text *out) {
  for (int i = 0; i < count; i++) text_append(out, "0", 1);
}

/* digits[.digits]e+exponent, with one digit before the point. */
static void number_append_scientific(const char *digits, size_t count, int exponent, text *out) {
  text_append(out, digits, 1);
  if (count > 1) text_append(out, ".", 1);
  text_append(out, digits + 1, count - 1);
  text_append_string(out, exponent < 0 ? "e" : "e+");
  text_append_int(out, exponent);
}

/* Number::toString; `point` is how many digits stand before the decimal point. */
static void number_append(number_decimal d, text *out) {
  char digits[NUMBER_TEXT];
  sqlite3_snprintf(sizeof digits, digits, "%llu", (unsigned long long)d.digits);
  size_t count = strlen(digits);
  int point = (int)count + d.exponent;
  if (point < -5 || point > 21) {
    number_append_scientific(digits, count, point - 1, out);
  } else if (d.exponent >= 0) {
    text_append(out, digits, count);
    number_append_zeros(d.exponent, out);
  } else if (point > 0) {
    text_append(out, digits, (size_t)point);
    text_append(out, ".", 1);
    text_append(out, digits + point, count - (size_t)point);
  } else {
    text_append_string(out, "0.");
    number_append_zeros(-point, out);
    text_append(out, digits, count);
  }
}

static void json_number_write(slice written, text *out) {
  if (number_is_plain(written)) {
    text_append(out, written.at, written.length);
    return;
  }
  double value = number_read(written);
  if (value == 0) {
    text_append_string(out, "0");
  } else if (value > NUMBER_MAX) {
    text_append_string(out, "null");
  } else {
    if (*written.at == '-') text_append(out, "-", 1);
    number_append(number_shortest(value), out);
  }
}
