/* The rows on saving and reading many records. One round is one pair of each row. */
#include "bench.h"

enum { ROW_FIRST, ROW_UNCHANGED, ROW_CHANGED, ROW_READ, ROW_READ_500, ROW_COUNT };

static void job_library_save(void *l, const void *set) { library_save(l, set); }
static void job_baseline_save(void *b, const void *set) { baseline_save(b, set); }
static void job_baseline_save_changed(void *b, const void *set) { baseline_save_changed(b, set); }

typedef struct reading {
  int limit;
  int64_t least;   /* bytes that all records have */
} reading;

static void job_library_read(void *l, const void *argument) {
  const reading *r = argument;
  if (library_read_all(l, r->limit) < r->least) die("nangolite", "has not read all");
}

static void job_baseline_read(void *b, const void *argument) {
  const reading *r = argument;
  if (baseline_read_all(b, r->limit) < r->least) die("the baseline", "has not read all");
}

static int64_t bytes_of(const record_set *set) {
  return (int64_t)set->arrays[(set->count + BATCH - 1) / BATCH] - set->count - set->count / BATCH - 1;
}

static void round_of_rows(const options *o, pairs *rows, record_set *set, int round) {
  const reading pages = {100, bytes_of(set)}, long_pages = {500, bytes_of(set)};
  remove_database(o->ours);
  remove_database(o->theirs);
  library *l = library_open(o->ours);
  baseline *b = baseline_open(o->theirs);
  pairs_measure(&rows[ROW_FIRST], job_library_save, l, job_baseline_save, b, set);
  pairs_measure(&rows[ROW_UNCHANGED], job_library_save, l, job_baseline_save_changed, b, set);
  records_change(set, 10, 1 + round);
  pairs_measure(&rows[ROW_CHANGED], job_library_save, l, job_baseline_save_changed, b, set);
  pairs_measure(&rows[ROW_READ], job_library_read, l, job_baseline_read, b, &pages);
  pairs_measure(&rows[ROW_READ_500], job_library_read, l, job_baseline_read, b, &long_pages);
  library_close(l);
  baseline_close(b);
}

/* Only ascending ids have limits. */
void report_saving(const options *o, id_order order) {
  double limited = order == IDS_ASCENDING;
  pairs rows[ROW_COUNT] = {
    {.name = "first save", .limit = 1.15 * limited},
    {.name = "saving again, unchanged", .limit = 0.75 * limited},
    {.name = "saving again, 10 % changed", .limit = 0.95 * limited},
    {.name = "reading all, 100 a page", .limit = 1.30 * limited},
    {.name = "reading all, 500 a page"}};
  report_heading(order == IDS_ASCENDING ? "Ids in ascending order, against hand-written SQLite"
                                        : "The same with random ids (no limit)");
  record_set *set = records_make(0, o->records, order);
  for (int round = 0; round < o->pairs; round++) round_of_rows(o, rows, set, round);
  for (int row = 0; row < ROW_COUNT; row++) report_pairs(&rows[row]);
  if (order == IDS_ASCENDING) {
    report_value("mean length of a record", (double)bytes_of(set) / set->count, "bytes", 0);
    report_value("on disk, a record, nangolite", (double)database_bytes(o->ours) / set->count, "bytes", 0);
    report_value("on disk, a record, baseline", (double)database_bytes(o->theirs) / set->count, "bytes", 0);
  }
  records_free(set);
}
