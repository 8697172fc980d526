#include <stdio.h>

#include "progress.h"
#include "terminal.h"

enum { BAR = 24, MEGABYTE = 1 << 20 };

static void draw(const progress *p) {
  static const char full[] = "########################", empty[] = "........................";
  int filled = p->shown * BAR / 100;
  if (p->total > 0)
    fprintf(stderr, "\r%s [%.*s%.*s] %d%%", p->what, filled, full, BAR - filled, empty, p->shown);
  else if (p->shown > 0) fprintf(stderr, "\r%s %d MB", p->what, p->shown);
  else fprintf(stderr, "\r%s ...", p->what);
  fflush(stderr);
}

void progress_begin(progress *p, const char *what, int64_t total) {
  *p = (progress){total >= 0 && terminal_is(stderr) ? what : NULL, 0, total, 0};
  if (p->what != NULL) draw(p);
}

void progress_set(progress *p, int64_t done) {
  p->done = done > p->total && p->total > 0 ? p->total : done;
  int now = p->total > 0 ? (int)((double)p->done / (double)p->total * 100) : (int)(done / MEGABYTE);
  if (p->what == NULL || now == p->shown) return;
  p->shown = now;
  draw(p);
}

void progress_add(progress *p, int64_t more) {
  progress_set(p, p->done + more);
}

void progress_end(progress *p) {
  if (p->what != NULL) fprintf(stderr, "\r%48s\r", "");
}
