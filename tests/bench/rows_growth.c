/* What becomes slower as a store grows, and how much memory it takes. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest the process has been, from Linux; 0 where there is no such file. */
static double peak_megabytes(void) {
  char line[256];
  double kilobytes = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = strtod(line + 6, NULL);
  }
  if (status != NULL) fclose(status);
  return kilobytes / 1024;
}

static double sqlite_peak_megabytes(void) {
  return (double)sqlite3_memory_highwater(1) / (1 << 20);
}

/* Reads a page behind a cursor some times. */
typedef struct page_reader {
  library *l;
  char cursor[256];
} page_reader;

static void read_pages(void *reader, const void *times) {
  page_reader *r = reader;
  nangolite_query query = {.cursor = *r->cursor == '\0' ? NULL : r->cursor, .limit = 100};
  nangolite_page *page;
  for (int i = 0; i < *(const int *)times; i++) {
    int result = nangolite_records_list(library_store(r->l), library_scope(), &query, &page);
    library_must(r->l, result, "nangolite_records_list");
    if (page->count != 100) die("a page", "is not full");
    nangolite_page_free(page);
  }
}

/* The cursor behind which `left` records follow. */
static void find_cursor(page_reader *r, const record_set *last, int left) {
  char id[64];
  const char *ids[] = {id};
  const record *before = &last->records[last->count - left - 1];
  nangolite_query query = {.limit = 1, .ids = ids, .id_count = 1};
  nangolite_page *page;
  snprintf(id, sizeof id, "%.*s", before->id_length, before->id);
  int result = nangolite_records_list(library_store(r->l), library_scope(), &query, &page);
  library_must(r->l, result, "nangolite_records_list");
  snprintf(r->cursor, sizeof r->cursor, "%s", page->records[0].cursor);
  nangolite_page_free(page);
}

static double milliseconds_of(timed_job *job, void *side, int times) {
  cost from = cost_now();
  job(side, &times);
  return cost_since(from).wall * 1e3 / times;
}

static void read_status(void *l, const void *times) {
  for (int i = 0; i < *(const int *)times; i++) {
    char *json;
    int result = nangolite_sync_status(library_store(l), "tracker", "acme", NULL, 0, &json);
    library_must(l, result, "nangolite_sync_status");
    nangolite_free(json);
  }
}

static void report_pages(library *l, const record_set *last, int records) {
  char name[64];
  static const int times = 100;
  page_reader start = {l, ""}, end = {l, ""};
  bench_row ends = {.name = name, .cpu_limit = 1.2};
  snprintf(name, sizeof name, "a page of 100 at the end of %d records", records);
  find_cursor(&start, last, 0); /* warms the path to it */
  *start.cursor = '\0';
  find_cursor(&end, last, 150);
  for (int i = 0; i < 15; i++) row_measure(&ends, read_pages, &end, read_pages, &start, &times);
  report_row(&ends);
}

static int is_milestone(int records) {
  while (records % 10 == 0) records /= 10;
  return records == 1;
}

static void report_milestone(library *l, int records, double saved_a_second, const record_set *last) {
  page_reader middle = {l, ""};
  find_cursor(&middle, last, 150);
  double page = milliseconds_of(read_pages, &middle, 200), status = milliseconds_of(read_status, l, 1000);
  report_growth(records, saved_a_second, page, status);
}

/* Saves more and more records, made 10,000 at a time so that they do not count as memory of the library. */
void rows_growth(const options *o) {
  enum { STEP = 10000 };
  report_heading("Growth", "a page at the start");
  sqlite_peak_megabytes();
  remove_database(o->ours);
  library *l = library_open(o->ours, o->cache_kb);
  record_set *set = NULL;
  for (int records = STEP; records <= o->growth; records += STEP) {
    if (set != NULL) records_free(set);
    set = records_make(records - STEP, STEP, BATCH, IDS_ASCENDING);
    cost from = cost_now();
    library_save(l, set);
    double saved_a_second = STEP / cost_since(from).wall;
    if (is_milestone(records)) report_milestone(l, records, saved_a_second, set);
  }
  report_value("memory of SQLite and the library while saving, peak", sqlite_peak_megabytes(), "MB", 1);
  library_read_text(l, 100);
  report_value("memory of SQLite and the library while reading all, peak", sqlite_peak_megabytes(), "MB", 1);
  report_value("memory of the process, peak, with 10,000 records of ours", peak_megabytes(), "MB", 1);
  report_pages(l, set, o->growth);
  records_free(set);
  library_close(l);
}
