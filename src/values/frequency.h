/* frequency: turns a text like "every 1.5 hours" into microseconds, and finds the points of the grid anchor,
** anchor + interval, anchor + 2 * interval, ... */
#ifndef NANGOLITE_FREQUENCY_H
#define NANGOLITE_FREQUENCY_H

#include "base/slice.h"
#include "values/timestamp.h"

#define FREQUENCY_MIN (30 * MICROSECONDS_PER_SECOND)
#define FREQUENCY_MAX (365 * MICROSECONDS_PER_DAY)

/* Returns NULL and sets *interval, or returns why the text is refused, as the words that follow "frequency"
** in a message. */
static const char *frequency_parse(slice written, int64_t *interval);

/* The first point of the grid that is not before `time`, and the first point that is after it. No point is
** before the anchor. INT64_MAX means never: int64_t cannot hold the next point, or the interval is less
** than 1. */
static int64_t frequency_at_or_after(int64_t anchor, int64_t interval, int64_t time);
static int64_t frequency_next(int64_t anchor, int64_t interval, int64_t time);

#endif
