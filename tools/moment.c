#include <inttypes.h>
#include <stdio.h>

#include "moment.h"

enum { SECOND = 1000000 };

/* Days since 1970 of the proleptic Gregorian calendar; a year begins in March, so that a leap day is its
** last. */
static int64_t days_of(int year, int month, int day) {
  int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t moment_read(const char *text) {
  int year, month, day, hour, minute, second, thousandth;
  int read =
    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d", &year, &month, &day, &hour, &minute, &second, &thousandth);
  if (read != 7 || year < 1970 || month < 1 || month > 12) return 0;
  int64_t seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  return seconds * SECOND + thousandth * 1000;
}

typedef struct date {
  int year, month, day, hour, minute, second, rest;
} date;

static date date_of(int64_t microseconds) {
  int64_t seconds = microseconds / SECOND, days = seconds / 86400, of_day = seconds % 86400;
  int64_t shifted = days + 719468, era = shifted / 146097, of_era = shifted % 146097;
  int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
  date d = {.day = (int)(of_year - (153 * month + 2) / 5 + 1),
            .month = (int)(month < 10 ? month + 3 : month - 9)};
  d.year = (int)(year + era * 400 + (d.month <= 2));
  d.hour = (int)(of_day / 3600);
  d.minute = (int)(of_day / 60 % 60);
  d.second = (int)(of_day % 60);
  d.rest = (int)(microseconds % SECOND);
  return d;
}

void moment_write(int64_t microseconds, char text[MOMENT_SIZE]) {
  date d = date_of(microseconds < 0 ? 0 : microseconds);
  snprintf(text, MOMENT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", d.year % 10000, d.month, d.day, d.hour,
           d.minute, d.second, d.rest);
}

void moment_show(int64_t microseconds, char text[MOMENT_SIZE]) {
  date d = date_of(microseconds < 0 ? 0 : microseconds);
  snprintf(text, MOMENT_SIZE, "%04d-%02d-%02d %02d:%02d:%02d", d.year % 10000, d.month, d.day, d.hour,
           d.minute, d.second);
}

/* A whole number of the unit that leaves at least two of it, where there is one so small. */
static void show_length(int64_t microseconds, char text[MOMENT_SIZE]) {
  static const struct {
    int64_t seconds;
    const char *name;
  } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
  size_t i = 0;
  while (i < 3 && microseconds / SECOND < units[i].seconds * 2) i++;
  snprintf(text, MOMENT_SIZE, "%" PRId64 " %s", microseconds / SECOND / units[i].seconds, units[i].name);
}

void moment_show_distance(int64_t microseconds, int64_t now, char text[MOMENT_SIZE]) {
  char length[MOMENT_SIZE];
  int64_t distance = microseconds < now ? now - microseconds : microseconds - now;
  show_length(distance, length);
  if (distance < SECOND) snprintf(text, MOMENT_SIZE, "now");
  else snprintf(text, MOMENT_SIZE, microseconds < now ? "%.30s ago" : "in %.30s", length);
}

void moment_show_duration(int64_t microseconds, char text[MOMENT_SIZE]) {
  if (microseconds < 0) microseconds = 0;
  if (microseconds < INT64_C(10) * SECOND) {
    snprintf(text, MOMENT_SIZE, "%" PRId64 ".%d s", microseconds / SECOND, (int)(microseconds / 100000 % 10));
  } else {
    show_length(microseconds, text);
  }
}
