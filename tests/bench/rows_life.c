/* A long life: how large the file is after many rounds in which a tenth of the records changed. */
#include "bench.h"

#include <stdio.h>

static void live(library *l, baseline *b, record_set *set, int cycles) {
  library_save(l, set);
  baseline_save(b, 1, set);
  for (int i = 1; i <= cycles; i++) {
    records_change_tenth(set, i);
    record_set *changed = records_only_tenth(set, i);
    library_save(l, changed);
    baseline_save_changed(b, 1, changed);
    records_free(changed);
  }
}

void rows_life(const options *o) {
  char name[96];
  int cycles = o->is_full ? 100 : 20;
  report_heading("A long life, random ids", NULL);
  remove_database(o->ours);
  remove_database(o->theirs);
  record_set *set = records_make(0, o->is_full ? o->records : o->records / 5, BATCH, IDS_RANDOM);
  library *l = library_open(o->ours, o->cache_kb);
  baseline *b = baseline_open(o->theirs, o->cache_kb);
  live(l, b, set, cycles);
  library_close(l);
  baseline_close(b);
  double ours = (double)database_bytes(o->ours), theirs = (double)database_bytes(o->theirs);
  snprintf(name, sizeof name, "the file after %d cycles of 10 %% changed, to the upsert's", cycles);
  report_limited(name, ours / theirs, "", 2, 1.30);
  report_value("the file then", ours / 1e6, "MB", 1);
  records_free(set);
}
