/* make bench-check: a few fixed jobs, each in a function of its own named job_*, whose instructions valgrind
** counts. The clock is held and the records are the same in every run; what the store draws at random moves
** the counts by far less than the five percent that are looked for. */
#include "bench.h"

#include <stdio.h>

enum { RECORDS = 5000 };

#if defined(__GNUC__)
#define COUNTED __attribute__((noinline))
#else
#define COUNTED
#endif

void job_first_save(library *l, const record_set *set);
void job_save_unchanged(library *l, const record_set *set);
void job_save_changed(library *l, const record_set *set);
void job_read(library *l);
void job_open(void);

COUNTED void job_first_save(library *l, const record_set *set) { library_save(l, set); }
COUNTED void job_save_unchanged(library *l, const record_set *set) { library_save(l, set); }
COUNTED void job_save_changed(library *l, const record_set *set) { library_save(l, set); }
COUNTED void job_read(library *l) { library_read_all(l, 100); }
COUNTED void job_open(void) { library_open_memory(); }

int main(int argc, char **argv) {
  if (argc != 2) die("usage", "counted DATABASE");
  remove_database(argv[1]);
  record_set *set = records_make(0, RECORDS, IDS_ASCENDING);
  library *l = library_open(argv[1]);
  nangolite_clock_set(library_store(l), INT64_C(1700000000000000));
  job_first_save(l, set);
  job_save_unchanged(l, set);
  records_change(set, 10, 1);
  job_save_changed(l, set);
  job_read(l);
  job_open();
  library_close(l);
  records_free(set);
  remove_database(argv[1]);
  return 0;
}
