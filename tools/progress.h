/* progress: a bar on standard error, where that is a terminal; nothing elsewhere. */
#ifndef NANGOLITE_TOOL_PROGRESS_H
#define NANGOLITE_TOOL_PROGRESS_H

#include <stdint.h>

typedef struct progress {
  const char *what; /* "reading"; NULL: it is not shown */
  int64_t done, total;
  int shown; /* the percent that was drawn last, or the megabytes where the total is not known */
} progress;

/* `total` 0: it is not known. -1: nothing is to be shown. */
void progress_begin(progress *p, const char *what, int64_t total);

void progress_add(progress *p, int64_t more);
void progress_set(progress *p, int64_t done);

/* Takes the bar away. */
void progress_end(progress *p);

#endif
