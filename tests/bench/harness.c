/* Clocks, pairs, medians, and the report. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void die(const char *what, const char *why) {
  fprintf(stderr, "bench: %s: %s\n", what, why);
  exit(1);
}

void *must_allocate(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (memory == NULL) die("out of memory", "");
  return memory;
}

/* ---- clocks ---- */

clock_reading clock_now(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (clock_reading){(double)now.tv_sec + (double)now.tv_nsec * 1e-9, (double)clock() / CLOCKS_PER_SEC};
}

clock_reading clock_since(clock_reading from) {
  clock_reading now = clock_now();
  return (clock_reading){now.wall - from.wall, now.cpu - from.cpu};
}

static clock_reading timed(timed_job *job, void *side, const void *argument) {
  clock_reading from = clock_now();
  job(side, argument);
  return clock_since(from);
}

void pairs_measure(pairs *p, timed_job *ours, void *us, timed_job *theirs, void *them, const void *argument) {
  if (p->count == PAIRS_MAX) die("too many pairs of", p->name);
  int i = p->count++;
  if (i % 2 == 0) p->ours[i] = timed(ours, us, argument);
  p->theirs[i] = timed(theirs, them, argument);
  if (i % 2 == 1) p->ours[i] = timed(ours, us, argument);
}

static int compare_doubles(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare_doubles);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

double percentile(const double *sorted, int count, double share) {
  int at = (int)(share * count);
  return sorted[at < count ? at : count - 1];
}

/* ---- databases ---- */

void remove_database(const char *path) {
  static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
  char name[4096];
  for (int i = 0; i < 4; i++) {
    snprintf(name, sizeof name, "%s%s", path, endings[i]);
    remove(name);
  }
}

static int64_t read_pragma(sqlite3 *db, const char *sql) {
  sqlite3_stmt *query;
  if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK) die(sql, sqlite3_errmsg(db));
  int64_t value = sqlite3_step(query) == SQLITE_ROW ? sqlite3_column_int64(query, 0) : 0;
  sqlite3_finalize(query);
  return value;
}

int64_t database_bytes(const char *path) {
  sqlite3 *db;
  if (sqlite3_open(path, &db) != SQLITE_OK) die(path, sqlite3_errmsg(db));
  read_pragma(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  int64_t bytes = read_pragma(db, "PRAGMA page_count") * read_pragma(db, "PRAGMA page_size");
  sqlite3_close(db);
  return bytes;
}

/* ---- the report ---- */

static FILE *json;
static int rows, missed;

static void machine_name(char *name, size_t room) {
  char line[256];
  FILE *info = fopen("/proc/cpuinfo", "r");
  snprintf(name, room, "an unknown processor");
  while (info != NULL && fgets(line, sizeof line, info) != NULL) {
    const char *value = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || value == NULL) continue;
    snprintf(name, room, "%.*s", (int)strcspn(value + 2, "\"\\\n"), value + 2);
    break;
  }
  if (info != NULL) fclose(info);
}

void report_open(const char *path, int records) {
  char date[32], machine[128];
  time_t now = time(NULL);
  json = fopen(path, "w");
  if (json == NULL) die("cannot write", path);
  strftime(date, sizeof date, "%Y-%m-%d", gmtime(&now));
  machine_name(machine, sizeof machine);
  printf("%s, SQLite %s, %s, %s; %d records\n", date, sqlite3_libversion(), BENCH_COMPILER, machine, records);
  fprintf(json, "{\"date\":\"%s\",\"sqlite\":\"%s\",", date, sqlite3_libversion());
  fprintf(json, "\"compiler\":\"%s\",", BENCH_COMPILER);
  fprintf(json, "\"machine\":\"%s\",\"records\":%d,\n\"rows\":[", machine, records);
}

void report_heading(const char *text) {
  printf("\n%s\n", text);
}

static void print_time(double seconds) {
  if (seconds >= 0.1) printf("%8.2f s ", seconds);
  else if (seconds >= 1e-4) printf("%8.2f ms", seconds * 1e3);
  else printf("%8.2f us", seconds * 1e6);
}

/* Begins an object, on a line of its own. */
static void begin_row(const char *name) {
  fprintf(json, "%s\n{\"name\":\"%s\"", rows++ == 0 ? "" : ",", name);
}

typedef struct ratio_summary { double ours, theirs, ratio, least, most, cpu; } ratio_summary;

static ratio_summary summarise(const pairs *p) {
  double ours[PAIRS_MAX], theirs[PAIRS_MAX], ratios[PAIRS_MAX], cpu[PAIRS_MAX];
  for (int i = 0; i < p->count; i++) {
    ours[i] = p->ours[i].wall;
    theirs[i] = p->theirs[i].wall;
    ratios[i] = ours[i] / theirs[i];
    cpu[i] = p->ours[i].cpu / p->theirs[i].cpu;
  }
  double ratio = median(ratios, p->count);
  double least = ratios[0], most = ratios[p->count - 1];   /* median() has sorted them */
  return (ratio_summary){
    median(ours, p->count), median(theirs, p->count), ratio, least, most, median(cpu, p->count)};
}

void report_pairs(const pairs *p) {
  ratio_summary s = summarise(p);
  int is_met = p->limit == 0 || s.ratio <= p->limit;
  const char *verdict = p->limit == 0 ? "" : is_met ? "met" : "MISSED";
  missed += !is_met;
  printf("  %-46s", p->name);
  print_time(s.ours);
  print_time(s.theirs);
  printf("  %5.2f  (%.2f to %.2f; CPU %.2f)", s.ratio, s.least, s.most, s.cpu);
  if (p->limit != 0) printf("  at most %.2f: %s", p->limit, verdict);
  printf("\n");
  fflush(stdout);
  begin_row(p->name);
  fprintf(json, ",\"ours\":%.9f,\"theirs\":%.9f,\"ratio\":%.4f", s.ours, s.theirs, s.ratio);
  fprintf(json, ",\"least\":%.4f,\"most\":%.4f,\"cpu\":%.4f", s.least, s.most, s.cpu);
  fprintf(json, ",\"limit\":%.2f,\"pairs\":%d}", p->limit, p->count);
}

void report_value(const char *name, double value, const char *unit, int decimals) {
  printf("  %-56s %12.*f %s\n", name, decimals, value, unit);
  fflush(stdout);
  begin_row(name);
  fprintf(json, ",\"value\":%.*f,\"unit\":\"%s\"}", decimals, value, unit);
}

void report_growth(int64_t records, double saved_a_second, double page_ms, double status_ms) {
  printf("  %10lld records: %8.0f saved a second, a page in %.3f ms, status in %.3f ms\n", (long long)records,
         saved_a_second, page_ms, status_ms);
  fflush(stdout);
  begin_row("growth");
  fprintf(json, ",\"at\":%lld,\"saved_a_second\":%.0f", (long long)records, saved_a_second);
  fprintf(json, ",\"page_ms\":%.4f,\"status_ms\":%.4f}", page_ms, status_ms);
}

void report_close(void) {
  fprintf(json, "\n]}\n");
  fclose(json);
}

int report_missed(void) {
  return missed;
}
