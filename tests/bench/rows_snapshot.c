/* A store of a test, in memory: its image and its dump, and the way back. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_RECORDS = 1000, SNAPSHOT_TIMES = 51 };

/* A dump as one text. */
typedef struct written {
  char *at;
  size_t length, capacity;
} written;

static int append_line(void *ctx, const char *line, size_t length) {
  written *w = ctx;
  if (w->length + length > w->capacity) return 1;
  memcpy(w->at + w->length, line, length);
  w->length += length;
  return 0;
}

/* What is measured, in the order of the rows. */
enum { TAKING, GOING_BACK, DUMPING, LOADING, MEASURES };

static void take_and_go_back(library *l, double *seconds[MEASURES], int time) {
  void *image = NULL;
  size_t size = 0;
  cost from = cost_now();
  library_must(l, nangolite_snapshot(library_store(l), &image, &size), "nangolite_snapshot");
  seconds[TAKING][time] = cost_since(from).cpu;
  from = cost_now();
  library_must(l, nangolite_restore(library_store(l), image, size), "nangolite_restore");
  seconds[GOING_BACK][time] = cost_since(from).cpu;
  nangolite_free(image);
}

static void dump_and_load(library *l, written *w, double *seconds[MEASURES], int time) {
  nangolite *other = NULL;
  w->length = 0;
  cost from = cost_now();
  library_must(l, nangolite_dump(library_store(l), NULL, NANGOLITE_DUMP_METADATA, append_line, w),
               "nangolite_dump");
  seconds[DUMPING][time] = cost_since(from).cpu;
  if (nangolite_open(":memory:", NULL, &other) != NANGOLITE_OK)
    die("nangolite_open", nangolite_errmsg(other));
  from = cost_now();
  if (nangolite_load(other, w->at, (int64_t)w->length) != NANGOLITE_OK)
    die("nangolite_load", nangolite_errmsg(other));
  seconds[LOADING][time] = cost_since(from).cpu;
  nangolite_close(other);
}

void rows_snapshot(const options *o) {
  double values[MEASURES][SNAPSHOT_TIMES], *seconds[MEASURES];
  written w = {.capacity = 10000000};
  (void)o;
  for (int i = 0; i < MEASURES; i++) seconds[i] = values[i];
  report_heading("A store in memory with 1,000 records, in CPU time", NULL);
  w.at = must_allocate(w.capacity);
  record_set *set = records_make(0, SNAPSHOT_RECORDS, BATCH, IDS_RANDOM);
  library *l = library_open(":memory:", CACHE_KB);
  library_save(l, set);
  for (int i = 0; i < SNAPSHOT_TIMES; i++) take_and_go_back(l, seconds, i);
  for (int i = 0; i < SNAPSHOT_TIMES; i++) dump_and_load(l, &w, seconds, i);
  report_limited("nangolite_snapshot()", 1000 * median(seconds[TAKING], SNAPSHOT_TIMES), "ms", 2, 0.8);
  report_limited("nangolite_restore()", 1000 * median(seconds[GOING_BACK], SNAPSHOT_TIMES), "ms", 2, 0.8);
  report_value("nangolite_dump()", 1000 * median(seconds[DUMPING], SNAPSHOT_TIMES), "ms", 2);
  report_value("nangolite_load()", 1000 * median(seconds[LOADING], SNAPSHOT_TIMES), "ms", 2);
  library_close(l);
  records_free(set);
  free(w.at);
}
