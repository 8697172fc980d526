/* make bench: the rows of the report.
**
**   bench [-q] [-d DIRECTORY] [-n RECORDS] [-g RECORDS] [-f RECORDS.json] [-l OBJECT] REPORT.json
**
**   -q  quick: fewer records, no growth      -d  where the databases go        -n  records of the table's rows
**   -g  how far to grow                      -f  records' bodies from a file   -l  the library, to tell its size */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
  const char *directory, *object;
  int records, pairs, growth;
} options;

static char ours_path[4096], theirs_path[4096];

/* ---- saving and reading: one round is one pair of each row ---- */

enum { ROW_FIRST, ROW_UNCHANGED, ROW_CHANGED, ROW_READ, ROW_READ_500, ROW_COUNT };

static void job_library_save(void *l, const void *set) { library_save(l, set); }
static void job_baseline_save(void *b, const void *set) { baseline_save(b, set); }
static void job_baseline_save_changed(void *b, const void *set) { baseline_save_changed(b, set); }
static void job_library_read(void *l, const void *limit) { library_read_all(l, *(const int *)limit); }
static void job_baseline_read(void *b, const void *limit) { baseline_read_all(b, *(const int *)limit); }

static void round_of_rows(pairs *rows, record_set *set, int round) {
  static const int page = 100, page_500 = 500;
  remove_database(ours_path);
  remove_database(theirs_path);
  library *l = library_open(ours_path);
  baseline *b = baseline_open(theirs_path);
  pairs_measure(&rows[ROW_FIRST], job_library_save, l, job_baseline_save, b, set);
  pairs_measure(&rows[ROW_UNCHANGED], job_library_save, l, job_baseline_save_changed, b, set);
  records_change(set, 10, 1 + round);
  pairs_measure(&rows[ROW_CHANGED], job_library_save, l, job_baseline_save_changed, b, set);
  pairs_measure(&rows[ROW_READ], job_library_read, l, job_baseline_read, b, &page);
  pairs_measure(&rows[ROW_READ_500], job_library_read, l, job_baseline_read, b, &page_500);
  library_close(l);
  baseline_close(b);
}

static void report_saving(const options *o, id_order order) {
  double limited = order == IDS_ASCENDING;
  pairs rows[ROW_COUNT] = {
    {.name = "first save", .limit = 1.15 * limited}, {.name = "saving again, unchanged", .limit = 0.75 * limited},
    {.name = "saving again, 10 % changed", .limit = 0.95 * limited},
    {.name = "reading all, 100 a page", .limit = 1.30 * limited}, {.name = "reading all, 500 a page"}};
  report_heading(order == IDS_ASCENDING ? "Ids in ascending order, against hand-written SQLite"
                                        : "The same with random ids (no limit)");
  record_set *set = records_make(0, o->records, order);
  for (int round = 0; round < o->pairs; round++) round_of_rows(rows, set, round);
  for (int row = 0; row < ROW_COUNT; row++) report_pairs(&rows[row]);
  if (order == IDS_ASCENDING) {
    report_value("mean length of a record", (double)set->arrays[(set->count + BATCH - 1) / BATCH] / set->count - 1, "bytes", 0);
    report_value("on disk, a record, nangolite", (double)database_bytes(ours_path) / set->count, "bytes", 0);
    report_value("on disk, a record, baseline", (double)database_bytes(theirs_path) / set->count, "bytes", 0);
  }
  records_free(set);
}

/* ---- opening ---- */

static void job_open(void *unused, const void *open) {
  (void)unused;
  for (int i = 0; i < 100; i++) (*(void (*const *)(void))open)();
}

static void job_library_open(void *unused, const void *also_unused) {
  void (*const open)(void) = library_open_memory;
  (void)also_unused;
  job_open(unused, &open);
}

static void job_baseline_open(void *unused, const void *also_unused) {
  void (*const open)(void) = baseline_open_memory;
  (void)also_unused;
  job_open(unused, &open);
}

static void report_opening(void) {
  pairs row = {.name = "opening :memory: 100 times", .limit = 3};
  for (int i = 0; i < 15; i++) pairs_measure(&row, job_library_open, NULL, job_baseline_open, NULL, NULL);
  report_pairs(&row);
}

/* ---- small calls and large ones ---- */

static void must(library *l, int result, const char *what) {
  library_must(library_store(l), result, what);
}

/* Saves the records one by one, and tells the median and the 99th percentile. */
static void report_single_saves(library *l, const record_set *set) {
  enum { SINGLES = 2000 };
  static double times[SINGLES];
  int count = set->count < SINGLES ? set->count : SINGLES;
  for (int i = 0; i < count; i++) {
    const record *r = &set->records[i];
    clock_reading from = clock_now();
    must(l, nangolite_records_save(library_store(l), library_scope(), r->text, r->text_length, NULL), "a single save");
    times[i] = clock_since(from).wall * 1e6;
  }
  report_value("one record in a call of its own, median", median(times, count), "us", 1);
  report_value("one record in a call of its own, 99th percentile", percentile(times, count, 0.99), "us", 1);
}

/* Patches: the id, a new state, one more reaction. */
static char *make_patches(const record_set *set, int count) {
  char *text = must_allocate((size_t)count * 160 + 2), *to = text;
  for (int i = 0; i < count; i++) {
    const record *r = &set->records[i];
    to += sprintf(to, "%c{\"id\":\"%.*s\",\"state\":\"merged\",\"reactions\":{\"heart\":%d}}", i == 0 ? '[' : ',', r->id_length,
                  r->id, i);
  }
  sprintf(to, "]");
  return text;
}

static void report_updates(library *l, const record_set *set) {
  int count = set->count < BATCH ? set->count : BATCH;
  char *patches = make_patches(set, count);
  nangolite_changes changes;
  clock_reading from = clock_now();
  must(l, nangolite_records_update(library_store(l), library_scope(), patches, -1, &changes), "update");
  double seconds = clock_since(from).wall;
  if (changes.updated != count) die("update", "not every patch was merged");
  report_value("deep merges of two members, in one call of 1,000", count / seconds, "a second", 0);
  free(patches);
}

static void report_pruning(library *l, int64_t most) {
  int64_t pruned = 0;
  clock_reading from = clock_now();
  must(l, nangolite_records_prune(library_store(l), library_scope(), NULL, most, &pruned, NULL), "prune");
  double seconds = clock_since(from).wall;
  report_value("records pruned in one call", (double)pruned, "", 0);
  report_value("time of that call", seconds, "s", 3);
}

static void report_other_work(const options *o) {
  report_heading("Other work (no limit)");
  record_set *set = records_make(0, o->records, IDS_ASCENDING), *more = records_make(o->records, BATCH * 2, IDS_ASCENDING);
  remove_database(ours_path);
  library *l = library_open(ours_path);
  library_save(l, set);
  report_single_saves(l, more);
  report_updates(l, set);
  report_pruning(l, 100000);
  library_close(l);
  records_free(set);
  records_free(more);
}

/* ---- growth ---- */

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
  nangolite_query query = {NULL, NULL, *r->cursor == '\0' ? NULL : r->cursor, 100, NULL, 0};
  nangolite_page *page;
  for (int i = 0; i < *(const int *)times; i++) {
    must(r->l, nangolite_records_list(library_store(r->l), library_scope(), &query, &page), "nangolite_records_list");
    if (page->count != 100) die("a page", "is not full");
    nangolite_page_free(page);
  }
}

/* The cursor behind which `left` records follow. */
static void find_cursor(page_reader *r, const record_set *last, int left) {
  char id[64];
  const char *ids[] = {id};
  const record *before = &last->records[last->count - left - 1];
  nangolite_query query = {NULL, NULL, NULL, 1, ids, 1};
  nangolite_page *page;
  snprintf(id, sizeof id, "%.*s", before->id_length, before->id);
  must(r->l, nangolite_records_list(library_store(r->l), library_scope(), &query, &page), "nangolite_records_list");
  snprintf(r->cursor, sizeof r->cursor, "%s", page->records[0].cursor);
  nangolite_page_free(page);
}

static double milliseconds_of(timed_job *job, void *side, int times) {
  clock_reading from = clock_now();
  job(side, &times);
  return clock_since(from).wall * 1e3 / times;
}

static void read_counts(void *l, const void *times) {
  int64_t live;
  for (int i = 0; i < *(const int *)times; i++) {
    must(l, nangolite_records_count(library_store(l), library_scope(), &live, NULL), "nangolite_records_count");
  }
}

static void report_pages(library *l, const record_set *last) {
  static const int times = 100;
  page_reader start = {l, ""}, end = {l, ""};
  pairs row = {.name = "a page of 100 at the end, against the start", .limit = 1.2};
  find_cursor(&start, last, 0);   /* warms the path to it */
  *start.cursor = '\0';
  find_cursor(&end, last, 150);
  for (int i = 0; i < 15; i++) pairs_measure(&row, read_pages, &end, read_pages, &start, &times);
  report_pairs(&row);
}

static int is_milestone(int records) {
  while (records % 10 == 0) records /= 10;
  return records == 1;
}

static void report_milestone(library *l, int records, double saved_a_second, const record_set *last) {
  page_reader middle = {l, ""};
  find_cursor(&middle, last, 150);
  report_growth(records, saved_a_second, milliseconds_of(read_pages, &middle, 200), milliseconds_of(read_counts, l, 2000));
}

/* Saves more and more records, made 10,000 at a time so that they do not count as memory of the library. */
static void report_growing(const options *o) {
  enum { STEP = 10000 };
  report_heading("Growth");
  sqlite_peak_megabytes();
  remove_database(ours_path);
  library *l = library_open(ours_path);
  record_set *set = NULL;
  for (int records = STEP; records <= o->growth; records += STEP) {
    if (set != NULL) records_free(set);
    set = records_make(records - STEP, STEP, IDS_ASCENDING);
    clock_reading from = clock_now();
    library_save(l, set);
    double saved_a_second = STEP / clock_since(from).wall;
    if (is_milestone(records)) report_milestone(l, records, saved_a_second, set);
  }
  report_value("memory of SQLite and the library while saving, peak", sqlite_peak_megabytes(), "MB", 1);
  library_read_all(l, 100);
  report_value("memory of SQLite and the library while reading all, peak", sqlite_peak_megabytes(), "MB", 1);
  report_value("memory of the process, peak, with 10,000 records of ours", peak_megabytes(), "MB", 1);
  report_pages(l, set);
  records_free(set);
  library_close(l);
}

/* ---- the program ---- */

static void report_size(const char *object) {
  char command[4096];
  long text = 0;
  snprintf(command, sizeof command, "size '%s' 2>/dev/null | sed -n '2s/^ *\\([0-9]*\\).*/\\1/p'", object);
  FILE *output = popen(command, "r");
  if (output != NULL && fscanf(output, "%ld", &text) == 1) {
    report_value("the compiled library", (double)text / 1024, "KB", 0);
  }
  if (output != NULL) pclose(output);
}

static options read_options(int argc, char **argv) {
  options o = {".", NULL, 100000, 5, 1000000};
  for (int c; (c = getopt(argc, argv, "qd:n:g:f:l:")) != -1;) {
    if (c == 'q') o.records = 20000, o.growth = 0;
    else if (c == 'd') o.directory = optarg;
    else if (c == 'n') o.records = atoi(optarg);
    else if (c == 'g') o.growth = atoi(optarg);
    else if (c == 'f') records_use_file(optarg);
    else if (c == 'l') o.object = optarg;
    else exit(2);
  }
  if (optind != argc - 1 || o.records < BATCH) die("usage", "bench [-q] [-d DIR] [-n N] [-g N] [-f FILE] [-l OBJECT] REPORT.json");
  return o;
}

int main(int argc, char **argv) {
  options o = read_options(argc, argv);
  snprintf(ours_path, sizeof ours_path, "%s/bench-ours.db", o.directory);
  snprintf(theirs_path, sizeof theirs_path, "%s/bench-theirs.db", o.directory);
  report_open(argv[optind], o.records);
  if (o.growth > 0) report_growing(&o);   /* first: the process is small still */
  report_saving(&o, IDS_ASCENDING);
  report_saving(&o, IDS_RANDOM);
  report_heading("Opening");
  report_opening();
  report_other_work(&o);
  if (o.object != NULL) report_size(o.object);
  report_close();
  remove_database(ours_path);
  remove_database(theirs_path);
  printf("\n%d limits missed\n", report_missed());
  return 0;
}
