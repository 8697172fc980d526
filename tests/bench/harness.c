/* Clocks, databases and memory. */
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

cost cost_now(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  double cpu = (double)clock() / CLOCKS_PER_SEC;
  return (cost){(double)now.tv_sec + (double)now.tv_nsec * 1e-9, cpu, counting_written()};
}

cost cost_since(cost from) {
  cost now = cost_now();
  return (cost){now.wall - from.wall, now.cpu - from.cpu, now.bytes - from.bytes};
}

double load_average(void) {
  double load = 0;
  FILE *file = fopen("/proc/loadavg", "r");
  if (file != NULL && fscanf(file, "%lf", &load) != 1) load = 0;
  if (file != NULL) fclose(file);
  return load;
}

/* ---- databases ---- */

static const char *const endings[] = {"", "-wal", "-shm", "-journal"};

void remove_database(const char *path) {
  char name[4200];
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

/* Of a database that nobody has open: closing has moved its WAL into the file. */
void copy_database(const char *from, const char *to) {
  static char block[1 << 20];
  remove_database(to);
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  if (in == NULL || out == NULL) die("cannot copy", from);
  for (size_t count; (count = fread(block, 1, sizeof block, in)) > 0;) {
    if (fwrite(block, 1, count, out) != count) die("cannot write", to);
  }
  fclose(in);
  if (fclose(out) != 0) die("cannot write", to);
}
