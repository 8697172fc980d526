/* make bench: the rows of the report.
**
**   bench [-a] [-q] [-s SECTIONS] [-d DIRECTORY] [-n RECORDS] [-g RECORDS] [-c KIB] [-f RECORDS.json]
**         [-l OBJECT] REPORT.json
**
**   -a  all rows, also those that take minutes      -q  quick: fewer records
**   -s  only these sections, by name, with commas   -d  where the databases go
**   -n  records of the table's rows                 -g  how far to grow
**   -c  SQLite's page cache, on both sides           -f  records' bodies from a file
**   -l  the library, to tell its size */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct section {
  const char *name;
  void (*measure)(const options *o);
  int is_long; /* only with -a, or when it is named */
} section;

/* Growth first: the process is small still. */
static const section sections[] = {
  {"growth", rows_growth, 1},     {"saving", rows_saving, 0},   {"hash", rows_hash, 0},
  {"small", rows_small, 0},       {"windows", rows_windows, 0}, {"life", rows_life, 0},
  {"schedule", rows_schedule, 0}, {"opening", rows_opening, 0}, {"memory", rows_memory, 0},
  {"snapshot", rows_snapshot, 0}, {"locks", rows_locks, 1},     {"other", rows_other, 0}};

/* Whether a name stands in a list with commas. */
static int is_named(const char *list, const char *name) {
  size_t length = strlen(name);
  for (const char *at = list; at != NULL; at = strchr(at, ',')) {
    at += *at == ',';
    if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) return 1;
  }
  return 0;
}

static void measure_sections(const options *o) {
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    const section *s = &sections[i];
    int is_wanted = o->only != NULL ? is_named(o->only, s->name) : o->is_full || !s->is_long;
    if (is_wanted) s->measure(o);
  }
}

static void report_size(const char *object) {
  char command[4200];
  long text = 0;
  snprintf(command, sizeof command, "size '%s' 2>/dev/null | sed -n '2s/^ *\\([0-9]*\\).*/\\1/p'", object);
  FILE *output = popen(command, "r");
  if (output != NULL && fscanf(output, "%ld", &text) == 1) {
    report_value("the compiled library", (double)text / 1024, "KB", 0);
  }
  if (output != NULL) pclose(output);
}

static const char usage[] =
  "bench [-a] [-q] [-s SECTIONS] [-d DIR] [-n N] [-g N] [-c KIB] [-f FILE] [-l OBJECT] REPORT.json";

static void read_options(options *o, int argc, char **argv) {
  const char *directory = ".";
  *o = (options){.records = 100000, .pairs = 3, .growth = 1000000, .schedules = 100000, .cache_kb = CACHE_KB};
  for (int c; (c = getopt(argc, argv, "aqs:d:n:g:c:f:l:")) != -1;) {
    if (c == 'a') o->is_full = 1;
    else if (c == 'q') o->records = 20000, o->growth = 100000, o->schedules = 10000;
    else if (c == 's') o->only = optarg;
    else if (c == 'd') directory = optarg;
    else if (c == 'n') o->records = atoi(optarg);
    else if (c == 'g') o->growth = atoi(optarg);
    else if (c == 'c') o->cache_kb = atoi(optarg);
    else if (c == 'f') records_use_file(optarg);
    else if (c == 'l') o->object = optarg;
    else exit(2);
  }
  if (optind != argc - 1 || o->records < 5 * BATCH) die("usage", usage);
  snprintf(o->ours, sizeof o->ours, "%s/bench-ours.db", directory);
  snprintf(o->theirs, sizeof o->theirs, "%s/bench-theirs.db", directory);
}

int main(int argc, char **argv) {
  static options o;
  read_options(&o, argc, argv);
  counting_begin();
  report_open(argv[optind], o.records);
  measure_sections(&o);
  if (o.object != NULL) report_size(o.object);
  report_close();
  remove_database(o.ours);
  remove_database(o.theirs);
  return 0;
}
