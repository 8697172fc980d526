/* The rows on opening a store in memory, 100 times. */
#include "bench.h"

static void job_library_open(void *unused, const void *also_unused) {
  (void)unused, (void)also_unused;
  for (int i = 0; i < 100; i++) library_open_memory();
}

static void job_baseline_open(void *unused, const void *also_unused) {
  (void)unused, (void)also_unused;
  for (int i = 0; i < 100; i++) baseline_open_memory();
}

static void job_library_save(void *unused, const void *also_unused) {
  (void)unused, (void)also_unused;
  for (int i = 0; i < 100; i++) library_open_memory_and_save();
}

static void job_baseline_save(void *unused, const void *also_unused) {
  (void)unused, (void)also_unused;
  for (int i = 0; i < 100; i++) baseline_open_memory_and_save();
}

void rows_opening(const options *o) {
  bench_row opening = {.name = "opening :memory: 100 times", .cpu_limit = 3};
  bench_row saving = {.name = "the same, with a first record saved"};
  (void)o;
  report_heading("Opening", "opening SQLite and creating one table");
  for (int i = 0; i < 15; i++) {
    row_measure(&opening, job_library_open, NULL, job_baseline_open, NULL, NULL);
    row_measure(&saving, job_library_save, NULL, job_baseline_save, NULL, NULL);
  }
  report_row(&opening);
  report_row(&saving);
}
