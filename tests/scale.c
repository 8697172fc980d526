/* What takes too long for every day: a million records are removed in bounded memory, and the schedule of
** 100,000 instances costs what that of 100 does. TEST_SCALE lessens it. */
#include "syncs.h"

#include <stdlib.h>
#include <time.h>

#define MEGABYTES(n) ((sqlite3_int64)(n) << 20)

enum { BATCH = 1000 };

/* In batches, to the collection of a run. */
static void save_many(test *t, nangolite_run *run, int count) {
  char *json = malloc(BATCH * 160);
  for (int from = 0; from < count; from += BATCH) {
    char *at = json;
    for (int i = from; i < from + BATCH; i++)
      at += sprintf(at,
                    "%c{\"id\":%d,\"title\":\"One of very many issues, to be removed for good with all"
                    " others\"}",
                    i == from ? '[' : ',', i);
    strcpy(at, "]");
    OK(nangolite_run_save(run, "Issue", json, -1, NULL));
  }
  free(json);
}

/* The most memory that a removal took, besides what was in use before. */
static void few(sqlite3_int64 before) {
  sqlite3_int64 most = sqlite3_memory_highwater(0) - before;
  printf("# at most %lld KB more than before\n", (long long)most / 1024);
  if (most > MEGABYTES(24)) fail_msg("a removal took %lld KB", (long long)most / 1024);
}

static sqlite3_int64 begin_removal(void) {
  sqlite3_memory_highwater(1);
  return sqlite3_memory_used();
}

TEST(test_a_million_records_are_removed_in_bounded_memory) {
  int count = (rounds(1000000) + BATCH - 1) / BATCH * BATCH;
  define(t, "issues", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  nangolite_run *base = claim(t), *variant = claim(t);
  save_many(t, base, count);
  save_many(t, variant, count);
  OK(nangolite_run_track_deletes_start(base, "Issue"));
  OK(nangolite_run_save(base, "Issue", "[{\"id\":0}]", -1, NULL));

  sqlite3_int64 before = begin_removal();
  OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", "v"));
  few(before);
  assert_int_equal(live(t, "Issue"), count);

  before = begin_removal();
  empty_cache(t, "issues");
  few(before);
  assert_int_equal(live(t, "Issue"), 0);

  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(base, NULL, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(variant, NULL, NULL));
  nangolite_run *run = claim(t);
  save_many(t, run, count);
  before = begin_removal();
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  few(before);
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
}

/* Seconds for a thousand times. */
static double time_next_due(nangolite *store) {
  double best = 1e9;
  for (int round = 0; round < 20; round++) {
    clock_t start = clock();
    for (int i = 0; i < 1000; i++) nangolite_next_due(store);
    double took = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (took < best) best = took;
  }
  return best;
}

static double time_run(test *t) {
  double best = 1e9;
  for (int round = 0; round < 100; round++) {
    clock_t start = clock();
    succeed(t, claim(t));
    double took = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (took < best) best = took;
  }
  return best;
}

static void connect_up_to(test *t, int from, int to) {
  for (int i = from; i < to; i++) {
    char name[32];
    snprintf(name, sizeof name, "c%d", i);
    OK(nangolite_connection_create(t->store, "github", name));
  }
}

TEST(test_the_schedule_of_100000_instances_costs_what_that_of_100_does) {
  int many = rounds(100000) + 200;
  define(t, "issues", "every day", NULL);
  connect_up_to(t, 0, 200);
  double due_few = time_next_due(t->store), run_few = time_run(t);
  connect_up_to(t, 200, many);
  double due_many = time_next_due(t->store), run_many = time_run(t);
  printf("# next_due %.2f and %.2f us, a run %.1f and %.1f us\n", due_few * 1e3, due_many * 1e3,
         run_few * 1e6, run_many * 1e6);
  assert_true(due_many < 3 * due_few);
  assert_true(run_many < 4 * run_few);
}

TESTS(ON_FILE(test_a_million_records_are_removed_in_bounded_memory),
      MEMORY(test_the_schedule_of_100000_instances_costs_what_that_of_100_does))
