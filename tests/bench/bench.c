/* make bench: the rows of the report.
**
**   bench [-q] [-d DIRECTORY] [-n RECORDS] [-g RECORDS] [-f RECORDS.json] [-l OBJECT] REPORT.json
**
**   -q  quick: fewer records, no growth     -d  where the databases go
**   -n  records of the table's rows         -g  how far to grow
**   -f  records' bodies from a file         -l  the library, to tell its size */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static const char usage[] = "bench [-q] [-d DIR] [-n N] [-g N] [-f FILE] [-l OBJECT] REPORT.json";

static void read_options(options *o, int argc, char **argv) {
  const char *directory = ".";
  *o = (options){NULL, 100000, 5, 1000000, 100000, "", ""};
  for (int c; (c = getopt(argc, argv, "qd:n:g:f:l:")) != -1;) {
    if (c == 'q') o->records = 20000, o->growth = 0, o->schedules = 10000;
    else if (c == 'd') directory = optarg;
    else if (c == 'n') o->records = atoi(optarg);
    else if (c == 'g') o->growth = atoi(optarg);
    else if (c == 'f') records_use_file(optarg);
    else if (c == 'l') o->object = optarg;
    else exit(2);
  }
  if (optind != argc - 1 || o->records < BATCH) die("usage", usage);
  snprintf(o->ours, sizeof o->ours, "%s/bench-ours.db", directory);
  snprintf(o->theirs, sizeof o->theirs, "%s/bench-theirs.db", directory);
}

int main(int argc, char **argv) {
  static options o;
  read_options(&o, argc, argv);
  report_open(argv[optind], o.records);
  if (o.growth > 0) report_growing(&o);   /* first: the process is small still */
  report_saving(&o, IDS_ASCENDING);
  report_saving(&o, IDS_RANDOM);
  report_windows(&o);
  report_schedule(&o);
  report_opening();
  report_other_work(&o);
  if (o.object != NULL) report_size(o.object);
  report_close();
  remove_database(o.ours);
  remove_database(o.theirs);
  printf("\n%d limits missed\n", report_missed());
  return 0;
}
