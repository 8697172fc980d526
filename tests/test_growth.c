/* What a call costs does not grow with what is there already: counted in steps of SQLite's machine, which are the
** same each time. */
#include "syncs.h"

static int count_step(void *steps) {
  ++*(int64_t *)steps;
  return 0;
}

static void count_from(test *t, int64_t *steps) {
  *steps = 0;
  sqlite3_progress_handler(t->db, 1, count_step, steps);
}

/* Makes or deletes the variants from one number up to another; how many steps each took. */
static int64_t steps_of_variants(test *t, int from, int to, int is_creation) {
  int64_t steps;
  count_from(t, &steps);
  for (int i = from; i < to; i++) {
    char name[20];
    snprintf(name, sizeof name, "v%d", i);
    if (is_creation) OK(nangolite_variant_create(t->store, "github", "user-1", "issues", name));
    else OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", name));
  }
  sqlite3_progress_handler(t->db, 0, NULL, NULL);
  return steps / (to - from);
}

TEST(test_a_variant_costs_no_more_for_having_many_beside_it) {
  reopen(t, (&(nangolite_options){.max_variants = 3000}));
  define(t, "issues", "every hour", NULL);
  int64_t first = steps_of_variants(t, 0, 100, 1);
  steps_of_variants(t, 100, 1900, 1);
  int64_t last = steps_of_variants(t, 1900, 2000, 1);
  assert_true(first > 10 && last < first + first / 5);
  int64_t gone = steps_of_variants(t, 0, 100, 0);
  steps_of_variants(t, 100, 1900, 0);
  last = steps_of_variants(t, 1900, 2000, 0);
  assert_true(gone > 10 && last < gone + gone / 5);
}

TEST(test_max_variants_counts_what_is_there) {
  reopen(t, (&(nangolite_options){.max_variants = 2}));
  define(t, "issues", "every hour", NULL);
  define(t, "more", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "a"));
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "b"));
  OK(nangolite_variant_create(t->store, "github", "user-1", "more", "a"));
  FAILS(NANGOLITE_RESOURCE_CAPPED, nangolite_variant_create(t->store, "github", "user-1", "issues", "c"));
  OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", "a"));
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "c"));
  FAILS(NANGOLITE_RESOURCE_CAPPED, nangolite_variant_create(t->store, "github", "user-1", "issues", "d"));
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "a"));
}

/* Definitions with models of their own, and functions. */
static int64_t steps_of_definitions(test *t, script *s, int from, int to) {
  int64_t steps;
  count_from(t, &steps);
  for (int i = from; i < to; i++) {
    char name[20];
    snprintf(name, sizeof name, "s%d", i);
    define(t, name, "every hour", s);
  }
  sqlite3_progress_handler(t->db, 0, NULL, NULL);
  return steps / (to - from);
}

TEST(test_a_definition_costs_no_more_for_having_many_beside_it) {
  script s = {.t = t};
  int64_t first = steps_of_definitions(t, &s, 0, 100);
  steps_of_definitions(t, &s, 100, 900);
  int64_t last = steps_of_definitions(t, &s, 900, 1000);
  assert_true(first > 10 && last < first + first / 5);
}

static int take_line(void *ctx, const char *line, size_t length) {
  (void)line;
  *(int64_t *)ctx += (int64_t)length;
  return 0;
}

/* How much memory a dump needs besides what is there, in bytes; *length: what it has written. */
static int64_t memory_of_dump(test *t, unsigned flags, int64_t *length) {
  reopen(t, NULL);
  sqlite3_int64 before = sqlite3_memory_used();
  *length = 0;
  sqlite3_memory_highwater(1);
  OK(nangolite_dump(t->store, NULL, flags, take_line, length));
  return sqlite3_memory_highwater(0) - before;
}

static void save_long_records(test *t, int from, int to) {
  for (int i = from; i < to; i++)
    save(t, "Issue", format(t, "[{'id':%d,'text':'%01000d'},{'id':'b%d','text':'%01000d'}]", i, i, i, i));
}

TEST(test_the_memory_of_a_dump_does_not_grow_with_the_store) {
  int64_t length;
  save_long_records(t, 0, 3000);
  for (int i = 0; i < 500; i++)
    OK(nangolite_connection_create(t->store, "github", format(t, "a connection with a long name %d", i)));
  for (unsigned flags = 0; flags <= NANGOLITE_DUMP_METADATA; flags++) {
    int64_t memory = memory_of_dump(t, flags, &length);
    if (length < 6000000) fail_msg("it has written %lld bytes", (long long)length);
    if (memory > 2600000)
      fail_msg("it needs %lld bytes", (long long)memory); /* 2 MB of them are SQLite's cache */
  }
}

TESTS(ATTACHED(test_a_variant_costs_no_more_for_having_many_beside_it),
      EVERYWHERE(test_max_variants_counts_what_is_there),
      ATTACHED(test_a_definition_costs_no_more_for_having_many_beside_it),
      ON_FILE(test_the_memory_of_a_dump_does_not_grow_with_the_store))
