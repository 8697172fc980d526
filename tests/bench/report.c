/* Pairs, medians, and the report. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- measuring ---- */

static cost measured(timed_job *job, void *side, const void *argument) {
  cost from = cost_now();
  job(side, argument);
  return cost_since(from);
}

void row_measure(bench_row *r, timed_job *ours, void *us, timed_job *theirs, void *them, const void *how) {
  if (r->count == PAIRS_MAX) die("too many pairs of", r->name);
  int i = r->count++;
  if (i % 2 == 0) r->ours[i] = measured(ours, us, how);
  r->theirs[i] = measured(theirs, them, how);
  if (i % 2 == 1) r->ours[i] = measured(ours, us, how);
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

/* ---- a row in figures ---- */

typedef struct summary {
  double cpu, cpu_least, cpu_most; /* ratios */
  double bytes, wall;              /* ratios; bytes is 0 where the other side wrote nothing */
  double our_cpu, their_cpu;       /* seconds */
  double our_bytes, their_bytes;
} summary;

static void summarise_times(summary *s, const bench_row *r) {
  double ours[PAIRS_MAX], theirs[PAIRS_MAX], cpu[PAIRS_MAX], wall[PAIRS_MAX];
  for (int i = 0; i < r->count; i++) {
    ours[i] = r->ours[i].cpu;
    theirs[i] = r->theirs[i].cpu;
    cpu[i] = ours[i] / theirs[i];
    wall[i] = r->ours[i].wall / r->theirs[i].wall;
  }
  s->our_cpu = median(ours, r->count);
  s->their_cpu = median(theirs, r->count);
  s->wall = median(wall, r->count);
  s->cpu = median(cpu, r->count);
  s->cpu_least = cpu[0], s->cpu_most = cpu[r->count - 1]; /* median() has sorted them */
}

static void summarise_bytes(summary *s, const bench_row *r) {
  double ours[PAIRS_MAX], theirs[PAIRS_MAX];
  for (int i = 0; i < r->count; i++) {
    ours[i] = (double)r->ours[i].bytes;
    theirs[i] = (double)r->theirs[i].bytes;
  }
  s->our_bytes = median(ours, r->count);
  s->their_bytes = median(theirs, r->count);
  s->bytes = s->their_bytes > 0 ? s->our_bytes / s->their_bytes : 0;
}

static summary summarise(const bench_row *r) {
  summary s;
  summarise_times(&s, r);
  summarise_bytes(&s, r);
  return s;
}

/* ---- the report ---- */

static FILE *json;
static const char *section = "", *compared_with = "";
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
  printf("%s, SQLite %s, %s, %s", date, sqlite3_libversion(), BENCH_COMPILER, machine);
  printf("; %d records; load %.1f at the start\n", records, load_average());
  fprintf(json, "{\"date\":\"%s\",\"sqlite\":\"%s\",", date, sqlite3_libversion());
  fprintf(json, "\"compiler\":\"%s\",\"load\":%.1f,", BENCH_COMPILER, load_average());
  fprintf(json, "\"machine\":\"%s\",\"records\":%d,\n\"rows\":[", machine, records);
}

void report_heading(const char *text, const char *against) {
  section = text;
  compared_with = against == NULL ? "" : against;
  printf("\n%s%s%s\n", text, against == NULL ? "" : ", against ", compared_with);
  if (against != NULL) {
    printf("  %-54s  %5s  %-14s %14s %8s %14s %6s\n", "", "CPU", "of the pairs", "", "bytes", "", "time");
  }
}

/* Begins an object, on a line of its own. */
static void begin_row(const char *name) {
  fprintf(json, "%s\n{\"section\":\"%s\",\"name\":\"%s\"", rows++ == 0 ? "" : ",", section, name);
}

/* Returns what to print behind a figure. */
static const char *verdict(double value, double limit, char *text, size_t room) {
  *text = '\0';
  if (limit == 0) return text;
  int is_met = value <= limit;
  missed += !is_met;
  snprintf(text, room, "<= %.2f %s", limit, is_met ? "met" : "MISSED");
  return text;
}

static void print_time(double seconds) {
  if (seconds >= 0.1) printf("%8.2f s ", seconds);
  else if (seconds >= 1e-4) printf("%8.2f ms", seconds * 1e3);
  else printf("%8.2f us", seconds * 1e6);
}

static void print_row(const bench_row *r, const summary *s) {
  char text[64], spread[64], bytes[16] = "-";
  snprintf(spread, sizeof spread, "(%.2f to %.2f)", s->cpu_least, s->cpu_most);
  if (s->their_bytes > 0) snprintf(bytes, sizeof bytes, "%.2f", s->bytes);
  printf("  %-54s  %5.2f  %-14s ", r->name, s->cpu, spread);
  printf("%-15s", verdict(s->cpu, r->cpu_limit, text, sizeof text));
  printf("%7s ", bytes);
  printf("%-14s %6.2f ", verdict(s->bytes, r->bytes_limit, text, sizeof text), s->wall);
  print_time(s->our_cpu);
  print_time(s->their_cpu);
  printf(" %8.2f %8.2f MB\n", s->our_bytes / 1e6, s->their_bytes / 1e6);
  fflush(stdout);
}

void report_row(const bench_row *r) {
  summary s = summarise(r);
  print_row(r, &s);
  begin_row(r->name);
  fprintf(json, ",\"against\":\"%s\",\"pairs\":%d", compared_with, r->count);
  fprintf(json, ",\"cpu\":%.4f,\"cpu_least\":%.4f,\"cpu_most\":%.4f", s.cpu, s.cpu_least, s.cpu_most);
  fprintf(json, ",\"cpu_limit\":%.2f,\"bytes\":%.4f", r->cpu_limit, s.bytes);
  fprintf(json, ",\"bytes_limit\":%.2f", r->bytes_limit);
  fprintf(json, ",\"wall\":%.4f,\"our_cpu\":%.9f,\"their_cpu\":%.9f", s.wall, s.our_cpu, s.their_cpu);
  fprintf(json, ",\"our_bytes\":%.0f,\"their_bytes\":%.0f}", s.our_bytes, s.their_bytes);
}

void report_rows(const bench_row *all, int count) {
  for (int i = 0; i < count; i++) report_row(&all[i]);
}

void report_limited(const char *name, double value, const char *unit, int decimals, double limit) {
  char text[64];
  printf("  %-62s %12.*f %-10s %s\n", name, decimals, value, unit, verdict(value, limit, text, sizeof text));
  fflush(stdout);
  begin_row(name);
  fprintf(json, ",\"value\":%.*f,\"unit\":\"%s\",\"value_limit\":%.2f}", decimals, value, unit, limit);
}

void report_value(const char *name, double value, const char *unit, int decimals) {
  report_limited(name, value, unit, decimals, 0);
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
  printf("\n%d limits missed; load %.1f at the end\n", missed, load_average());
  fprintf(json, "\n],\n\"missed\":%d,\"load_at_the_end\":%.1f}\n", missed, load_average());
  fclose(json);
}
