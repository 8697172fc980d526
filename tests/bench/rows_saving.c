/* The rows on saving and reading many records. One round is one pair of each row. */
#include "bench.h"

/* clang-format off */
enum {
  ROW_FIRST, ROW_READ_FRESH_PAGES, ROW_READ_FRESH_TEXT, ROW_UNCHANGED, ROW_CHANGED, ROW_CHANGED_FIRST,
  ROW_AFTER_MOVE, ROW_SHUFFLED, ROW_ONLY_CHANGED, ROW_READ_PAGES, ROW_READ_TEXT, ROW_READ_500,
  ROW_REFORMATTED, ROW_REFORMATTED_AGAIN, ROW_NOISE, ROW_COUNT
};
/* clang-format on */

/* ---- the jobs ---- */

static void job_library_save(void *l, const void *set) {
  library_save(l, set);
  library_settle(l);
}

static void job_baseline_save(void *b, const void *set) {
  baseline_save(b, 1, set);
  baseline_settle(b);
}

static void job_baseline_save_changed(void *b, const void *set) {
  baseline_save_changed(b, 1, set);
  baseline_settle(b);
}

typedef struct reading {
  int limit;
  int64_t least; /* bytes that all records have */
} reading;

static void check_read(int64_t bytes, const reading *r) {
  if (bytes < r->least) die("reading", "not all was read");
}

static void job_library_pages(void *l, const void *how) {
  check_read(library_read_pages(l, ((const reading *)how)->limit), how);
}

static void job_library_text(void *l, const void *how) {
  check_read(library_read_text(l, ((const reading *)how)->limit), how);
}

static void job_baseline_read(void *b, const void *how) {
  check_read(baseline_read_all(b, ((const reading *)how)->limit), how);
}

/* ---- a round ---- */

typedef struct contest {
  bench_row *rows;
  library *l;
  baseline *b;
  record_set *set;
} contest;

static void save_both(contest *c, int at, const record_set *set) {
  row_measure(&c->rows[at], job_library_save, c->l, job_baseline_save_changed, c->b, set);
}

static void save_copy(contest *c, int at, record_set *set) {
  save_both(c, at, set);
  records_free(set);
}

static void read_both(contest *c, int pages, int text) {
  const reading hundred = {100, records_bytes(c->set)};
  row_measure(&c->rows[pages], job_library_pages, c->l, job_baseline_read, c->b, &hundred);
  row_measure(&c->rows[text], job_library_text, c->l, job_baseline_read, c->b, &hundred);
}

static void save_unchanged(contest *c) {
  save_both(c, ROW_UNCHANGED, c->set);
  row_measure(&c->rows[ROW_NOISE], job_baseline_save_changed, c->b, job_baseline_save_changed, c->b, c->set);
}

/* Three times a tenth of the records changes: in place, moved to the front, and sent alone. */
static void save_changes(contest *c, int revision) {
  records_change_tenth(c->set, revision);
  save_both(c, ROW_CHANGED, c->set);
  records_change_tenth(c->set, revision + 1);
  record_set *moved = records_tenth_first(c->set, revision + 1);
  save_both(c, ROW_CHANGED_FIRST, moved);
  save_copy(c, ROW_AFTER_MOVE, moved);
  save_copy(c, ROW_SHUFFLED, records_shuffled(c->set));
  records_change_tenth(c->set, revision + 2);
  save_copy(c, ROW_ONLY_CHANGED, records_only_tenth(c->set, revision + 2));
}

static void save_reformatted(contest *c) {
  record_set *written_otherwise = records_reformatted(c->set);
  save_both(c, ROW_REFORMATTED, written_otherwise);
  save_copy(c, ROW_REFORMATTED_AGAIN, written_otherwise);
}

static void round_of_rows(contest *c, int round) {
  const reading five_hundred = {500, records_bytes(c->set)};
  row_measure(&c->rows[ROW_FIRST], job_library_save, c->l, job_baseline_save, c->b, c->set);
  read_both(c, ROW_READ_FRESH_PAGES, ROW_READ_FRESH_TEXT);
  save_unchanged(c);
  save_changes(c, 1 + round * 3);
  read_both(c, ROW_READ_PAGES, ROW_READ_TEXT);
  row_measure(&c->rows[ROW_READ_500], job_library_text, c->l, job_baseline_read, c->b, &five_hundred);
  save_reformatted(c);
}

/* ---- the rows ---- */

static void name_rows(bench_row *rows) {
  static const char *const names[ROW_COUNT] = {"first save",
                                               "reading what is fresh, C API",
                                               "reading what is fresh, as JSON text",
                                               "unchanged",
                                               "10 % changed",
                                               "10 % changed and moved to the front",
                                               "unchanged, after the changed ones moved to the front",
                                               "unchanged, shuffled",
                                               "only the changed 10 % sent",
                                               "reading after three rounds of changes, C API",
                                               "reading after three rounds, as JSON text",
                                               "reading after three rounds, 500 a page",
                                               "reformatted, the first time",
                                               "reformatted once, the same text again",
                                               "noise: the upsert against itself, unchanged"};
  for (int i = 0; i < ROW_COUNT; i++) rows[i].name = names[i];
}

static void limit(bench_row *r, double cpu, double bytes) {
  r->cpu_limit = cpu;
  r->bytes_limit = bytes;
}

static void limit_rows(bench_row *rows, id_order order) {
  int is_random = order == IDS_RANDOM;
  limit(&rows[ROW_FIRST], is_random ? 1.10 : 0.90, is_random ? 1.05 : 0);
  limit(&rows[ROW_READ_FRESH_PAGES], 0.95, 0);
  limit(&rows[ROW_READ_FRESH_TEXT], 1.0, 0);
  limit(&rows[ROW_UNCHANGED], 0.15, 0);
  limit(&rows[ROW_CHANGED], 0.60, 1.30);
  limit(&rows[ROW_AFTER_MOVE], 0.30, 0);
  limit(&rows[ROW_SHUFFLED], 0.60, 0);
  if (is_random) limit(&rows[ROW_ONLY_CHANGED], 1.1, 1.4);
  limit(&rows[ROW_READ_PAGES], 0.60, 0);
  limit(&rows[ROW_READ_TEXT], 0.75, 0);
  limit(&rows[ROW_REFORMATTED_AGAIN], 0.15, 0);
}

static void report_sizes(const options *o, const record_set *set) {
  report_value("mean length of a record", (double)records_bytes(set) / set->count, "bytes", 0);
  report_value("on disk, a record, nangolite", (double)database_bytes(o->ours) / set->count, "bytes", 0);
  report_value("on disk, a record, the upsert", (double)database_bytes(o->theirs) / set->count, "bytes", 0);
}

static void report_order(const options *o, id_order order, int cache_kb, const char *title) {
  bench_row rows[ROW_COUNT] = {{0}};
  name_rows(rows);
  limit_rows(rows, order);
  report_heading(title, "an upsert that skips equal payloads");
  record_set *set = records_make(0, o->records, BATCH, order);
  for (int round = 0; round < o->pairs; round++) {
    remove_database(o->ours);
    remove_database(o->theirs);
    contest c = {rows, library_open(o->ours, cache_kb), baseline_open(o->theirs, cache_kb), set};
    round_of_rows(&c, round);
    library_close(c.l);
    baseline_close(c.b);
  }
  report_rows(rows, ROW_COUNT);
  report_sizes(o, set);
  records_free(set);
}

void rows_saving(const options *o) {
  report_order(o, IDS_RANDOM, o->cache_kb, "Random ids (UUIDs), 1,000 records a call");
  report_order(o, IDS_ASCENDING, o->cache_kb, "Ids in ascending order, 1,000 records a call");
  if (!o->is_full) return;
  report_order(o, IDS_RANDOM, 16384, "Random ids, with 16 MB for SQLite's cache on both sides");
}
