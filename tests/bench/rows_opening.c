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

void report_opening(void) {
  pairs opening = {.name = "opening :memory: 100 times", .limit = 3};
  pairs saving = {.name = "the same, with a first record saved"};
  report_heading("Opening");
  for (int i = 0; i < 15; i++) {
    pairs_measure(&opening, job_library_open, NULL, job_baseline_open, NULL, NULL);
    pairs_measure(&saving, job_library_save, NULL, job_baseline_save, NULL, NULL);
  }
  report_pairs(&opening);
  report_pairs(&saving);
}
