/* make bench-others: nangolite beside stores that are not SQLite, or are used from JavaScript. This program
** measures those in C, and writes the records for the others.
**
**   others RECORDS DIRECTORY
**
** It prints a line for each store and job: its name, the job, CPU seconds, seconds. DIRECTORY/records-0.jsonl and
** records-1.jsonl have the records, an array of 1,000 in a line, the second after a tenth has changed. */
#define _POSIX_C_SOURCE 200809L
#include "others.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 3, STORES = 4, JOBS = 4 };

static const char *const job_names[JOBS] = {"first save", "unchanged", "10 % changed", "reading"};

void put_stamp(unsigned char *to, int64_t stamp) {
  for (int i = 0; i < 8; i++) to[i] = (unsigned char)((uint64_t)stamp >> (56 - 8 * i));
}

int64_t get_stamp(const unsigned char *from) {
  uint64_t stamp = 0;
  for (int i = 0; i < 8; i++) stamp = stamp << 8 | from[i];
  return (int64_t)stamp;
}

/* ---- the two that bench.h has ---- */

static void *open_library(const char *path) { return library_open(path, CACHE_KB); }
static void save_library(void *store, const record_set *set) { library_save(store, set); }
static int64_t read_library(void *store, int limit) { return library_read_pages(store, limit); }
static void close_library(void *store) { library_close(store); }

static void *open_upsert(const char *path) { return baseline_open(path, CACHE_KB); }
static void save_upsert(void *store, const record_set *set) { baseline_save_changed(store, 1, set); }
static int64_t read_upsert(void *store, int limit) { return baseline_read_all(store, limit); }
static void close_upsert(void *store) { baseline_close(store); }

static const other_store nangolite_store = {
  "nangolite", open_library, save_library, read_library, close_library};
static const other_store upsert_store = {
  "SQLite, by hand in C", open_upsert, save_upsert, read_upsert, close_upsert};
static const other_store *const stores[STORES] = {
  &nangolite_store, &upsert_store, &lmdb_store, &leveldb_store};

/* ---- measuring ---- */

static double cpu[STORES][JOBS][ROUNDS], wall[STORES][JOBS][ROUNDS];

/* Each job ends with its data in the files of the store, as far as it takes it there by itself. */
static void measure(int store, int job, int round, void *opened, const record_set *set) {
  const other_store *s = stores[store];
  cost from = cost_now();
  if (job < 3) s->save(opened, set);
  else if (s->read_all(opened, 100) < records_bytes(set)) die(s->name, "has not read all");
  cost spent = cost_since(from);
  cpu[store][job][round] = spent.cpu;
  wall[store][job][round] = spent.wall;
}

static void round_of_jobs(int records, const char *directory, int round) {
  char path[STORES][4200];
  void *opened[STORES];
  record_set *set = records_make(0, records, BATCH, IDS_RANDOM);
  for (int i = 0; i < STORES; i++) {
    snprintf(path[i], sizeof path[i], "%s/round-%d-store-%d", directory, round, i);
    opened[i] = stores[i]->open(path[i]);
  }
  for (int job = 0; job < JOBS; job++) {
    if (job == 2) records_change_tenth(set, 1);
    for (int i = 0; i < STORES; i++) {
      int store = (i + round) % STORES;   /* each round begins with another one */
      measure(store, job, round, opened[store], set);
    }
  }
  for (int i = 0; i < STORES; i++) stores[i]->close(opened[i]);
  records_free(set);
}

static void write_records(const record_set *set, const char *directory, int number) {
  char path[4200];
  snprintf(path, sizeof path, "%s/records-%d.jsonl", directory, number);
  FILE *file = fopen(path, "w");
  if (file == NULL) die("cannot write", path);
  for (int i = 0; i < records_arrays(set); i++) {
    fwrite(set->text + set->arrays[i], 1, set->arrays[i + 1] - set->arrays[i], file);
    fputc('\n', file);
  }
  if (fclose(file) != 0) die("cannot write", path);
}

int main(int argc, char **argv) {
  if (argc != 3 || atoi(argv[1]) < BATCH) die("usage", "others RECORDS DIRECTORY");
  record_set *set = records_make(0, atoi(argv[1]), BATCH, IDS_RANDOM);
  write_records(set, argv[2], 0);
  records_change_tenth(set, 1);
  write_records(set, argv[2], 1);
  records_free(set);
  for (int round = 0; round < ROUNDS; round++) round_of_jobs(atoi(argv[1]), argv[2], round);
  for (int i = 0; i < STORES; i++) {
    for (int job = 0; job < JOBS; job++) {
      printf("%s|%s|%.4f", stores[i]->name, job_names[job], median(cpu[i][job], ROUNDS));
      printf("|%.4f\n", median(wall[i][job], ROUNDS));
    }
  }
  return 0;
}
