/* What has no counterpart written by hand. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

/* Saves the records one by one, and tells the median and the 99th percentile. */
static void report_single_saves(library *l, const record_set *set) {
  enum { SINGLES = 2000 };
  static double times[SINGLES];
  int count = set->count < SINGLES ? set->count : SINGLES;
  for (int i = 0; i < count; i++) {
    const record *r = &set->records[i];
    cost from = cost_now();
    int result = nangolite_records_save(library_store(l), library_scope(), r->text, r->text_length, NULL);
    library_must(l, result, "a single save");
    times[i] = cost_since(from).wall * 1e6;
  }
  report_value("one record in a call of its own, median", median(times, count), "us", 1);
  report_value("one record in a call of its own, 99th percentile", percentile(times, count, 0.99), "us", 1);
}

/* Patches: the id, a new state, one more reaction. */
static char *make_patches(const record_set *set, int count) {
  char *text = must_allocate((size_t)count * 160 + 2), *to = text;
  for (int i = 0; i < count; i++) {
    const record *r = &set->records[i];
    to += sprintf(to, "%c{\"id\":\"%.*s\"", i == 0 ? '[' : ',', r->id_length, r->id);
    to += sprintf(to, ",\"state\":\"merged\",\"reactions\":{\"heart\":%d}}", i);
  }
  sprintf(to, "]");
  return text;
}

static void report_updates(library *l, const record_set *set) {
  int count = set->count < BATCH ? set->count : BATCH;
  char *patches = make_patches(set, count);
  nangolite_changes changes;
  cost from = cost_now();
  int result = nangolite_records_update(library_store(l), library_scope(), patches, -1, &changes);
  double seconds = cost_since(from).wall;
  library_must(l, result, "update");
  if (changes.updated != count) die("update", "not every patch was merged");
  report_value("deep merges of two members, in one call of 1,000", count / seconds, "a second", 0);
  free(patches);
}

static void report_pruning(library *l, int64_t most) {
  int64_t pruned = 0;
  cost from = cost_now();
  int result = nangolite_records_prune(library_store(l), library_scope(), NULL, most, &pruned, NULL);
  library_must(l, result, "prune");
  double seconds = cost_since(from).wall;
  report_value("records pruned in one call", (double)pruned, "", 0);
  report_value("time of that call", seconds, "s", 3);
}

void rows_other(const options *o) {
  report_heading("Other work, random ids", NULL);
  record_set *set = records_make(0, o->records, BATCH, IDS_RANDOM);
  record_set *more = records_make(o->records, BATCH * 2, BATCH, IDS_RANDOM);
  remove_database(o->ours);
  library *l = library_open(o->ours, o->cache_kb);
  library_save(l, set);
  report_single_saves(l, more);
  report_updates(l, set);
  report_pruning(l, 100000);
  library_close(l);
  records_free(set);
  records_free(more);
}
