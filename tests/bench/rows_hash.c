/* Saving, against the second baseline: the one that keeps a hash of each payload in its index. */
#include "bench.h"

enum { ROW_FIRST, ROW_UNCHANGED, ROW_CHANGED, ROW_SHUFFLED, ROW_COUNT };

static void job_library_save(void *l, const void *set) {
  library_save(l, set);
  library_settle(l);
}

static void job_baseline_save(void *b, const void *set) {
  hash_baseline_save(b, set);
}

static void round_of_rows(bench_row *rows, library *l, hash_baseline *b, record_set *set, int round) {
  row_measure(&rows[ROW_FIRST], job_library_save, l, job_baseline_save, b, set);
  row_measure(&rows[ROW_UNCHANGED], job_library_save, l, job_baseline_save, b, set);
  records_change_tenth(set, 1 + round);
  row_measure(&rows[ROW_CHANGED], job_library_save, l, job_baseline_save, b, set);
  record_set *shuffled = records_shuffled(set);
  row_measure(&rows[ROW_SHUFFLED], job_library_save, l, job_baseline_save, b, shuffled);
  records_free(shuffled);
}

void rows_hash(const options *o) {
  bench_row rows[ROW_COUNT] = {{.name = "first save"},
                               {.name = "unchanged", .cpu_limit = 0.35},
                               {.name = "10 % changed"},
                               {.name = "unchanged, shuffled", .cpu_limit = 1.3}};
  report_heading("Random ids, the second baseline", "one that keeps a hash of each payload in its index");
  record_set *set = records_make(0, o->records, BATCH, IDS_RANDOM);
  for (int round = 0; round < o->pairs; round++) {
    remove_database(o->ours);
    remove_database(o->theirs);
    library *l = library_open(o->ours, o->cache_kb);
    hash_baseline *b = hash_baseline_open(o->theirs, o->cache_kb);
    round_of_rows(rows, l, b, set, round);
    library_close(l);
    hash_baseline_close(b);
  }
  report_rows(rows, ROW_COUNT);
  records_free(set);
}
