/* frequency: "every 1.5 hours" to microseconds, and the grid on which runs fall: anchor, anchor +
** interval, … */
#ifndef NANGOLITE_FREQUENCY_H
#define NANGOLITE_FREQUENCY_H

#include "base/slice.h"
#include "values/timestamp.h"

#define FREQUENCY_MIN (30 * MICROSECONDS_PER_SECOND)
#define FREQUENCY_MAX (365 * MICROSECONDS_PER_DAY)

/* NULL: *interval is set. Else the reason why it is refused, which continues "frequency …". */
static const char *frequency_parse(slice written, int64_t *interval);

/* The first point of the grid not before `time`, and the first after it. None is before the anchor; INT64_MAX
** (never) where the next one would be beyond int64_t. */
static int64_t frequency_at_or_after(int64_t anchor, int64_t interval, int64_t time);
static int64_t frequency_next(int64_t anchor, int64_t interval, int64_t time);

#endif
