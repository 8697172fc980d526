/* What a handle keeps in memory after it has read a large collection, and does nothing any more. */
#include "bench.h"

/* SQLite's memory and the library's, in MB, with one store more than before. */
static double kept_after_reading(const char *path, int cache_kb) {
  sqlite3_int64 before = sqlite3_memory_used();
  library *l = library_open(path, cache_kb);
  library_read_pages(l, 100);
  double kept = (double)(sqlite3_memory_used() - before) / 1e6;
  library_close(l);
  return kept;
}

void rows_memory(const options *o) {
  report_heading("Memory that an idle handle keeps after reading a large collection", NULL);
  remove_database(o->ours);
  record_set *set = records_make(0, o->records, BATCH, IDS_RANDOM);
  library *l = library_open(o->ours, CACHE_KB);
  library_save(l, set);
  library_close(l);
  records_free(set);
  double with_default = kept_after_reading(o->ours, CACHE_KB), with_more = kept_after_reading(o->ours, 16384);
  report_limited("with the default of 2 MB for SQLite's cache", with_default, "MB", 1, 2.6);
  report_value("with .cache_kb = 16384", with_more, "MB", 1);
}
