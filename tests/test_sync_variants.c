/* Variants: further copies of a sync on a connection, each with its own schedule, checkpoint and records. */
#include "syncs.h"

#define create(t, name) OK(nangolite_variant_create((t)->store, "github", "user-1", "issues", name))
#define drop(t, name) OK(nangolite_variant_delete((t)->store, "github", "user-1", "issues", name))

TEST(test_a_variant_starts_at_once_with_a_grid_of_its_own) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(20));
  create(t, "v");
  SAME(next_due(t), "0:20");
  SAME(run_until(t, HALF_PAST_TEN + HOURS(2)), "4");
  SAME(s.log, "issues 0:00; issues/v 0:20; issues 1:00; issues/v 1:20; issues 2:00");
}

TEST(test_a_variant_has_its_own_records) {
  define(t, "issues", "every hour", NULL);
  create(t, "v");
  nangolite_run *base = claim(t), *variant = claim(t);
  run_save(t, base, "Issue", "{'id':1,'of':'base'}");
  run_save(t, variant, "Issue", "{'id':1,'of':'v'}");
  succeed(t, base);
  succeed(t, variant);
  FEED(t, "Issue", "1 ADDED {'id':1,'of':'base'}");
  nangolite_scope scope_v = {"github", "user-1", "Issue", "v"};
  SAME(feed_of(t, t->store, scope_v, NULL), "1 ADDED {'id':1,'of':'v'}");
}

TEST(test_deleting_a_variant_removes_all_of_it) {
  nangolite_scope scope_v = {"github", "user-1", "Issue", "v"};
  define(t, "issues", "every hour", NULL);
  create(t, "v");
  nangolite_run *base = claim(t), *run = claim(t);
  run_save(t, base, "Issue", "{'id':1}");
  run_save(t, run, "Issue", "[{'id':1},{'id':2}]");
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  OK(nangolite_run_checkpoint_save(run, "{\"page\":1}"));
  drop(t, "v");
  assert_true(nangolite_run_aborted(run));
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "[{\"id\":3}]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_checkpoint_save(run, "{}"));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  SAME(feed_of(t, t->store, scope_v, NULL), "");
  succeed(t, base);
  assert_int_equal(live(t, "Issue"), 1);
  create(t, "v"); /* a new one knows nothing of it */
  run = claim(t);
  SAME(checkpoint(t, run), NULL);
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Issue", NULL));
  succeed(t, run);
  SAME(status(t, "issues::v", "type"), "'INITIAL'");
}

TEST(test_a_run_of_a_deleted_variant_is_not_that_of_its_successor) {
  define(t, "issues", "every hour", NULL);
  create(t, "v");
  nangolite_run *base = claim(t), *old = claim(t);
  drop(t, "v");
  create(t, "v");
  nangolite_run *next = claim(t);
  FAILS(NANGOLITE_ABORTED, nangolite_run_heartbeat(old));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(old, NULL, NULL));
  OK(nangolite_run_heartbeat(next));
  succeed(t, next);
  succeed(t, base);
}

TEST(test_the_records_of_another_sync_of_the_same_variant_stay) {
  nangolite_scope scope_v = {"github", "user-1", "Of_more", "v"};
  define(t, "issues", "every hour", NULL);
  define(t, "more", "every hour", NULL);
  create(t, "v");
  OK(nangolite_variant_create(t->store, "github", "user-1", "more", "v"));
  OK(nangolite_records_save(t->store, &scope_v, "[{\"id\":1}]", -1, NULL));
  drop(t, "v");
  SAME(feed_of(t, t->store, scope_v, NULL), "1 ADDED {'id':1}");
  OK(nangolite_variant_delete(t->store, "github", "user-1", "more", "v"));
  SAME(feed_of(t, t->store, scope_v, NULL), "");
}

TEST(test_base_can_be_neither_created_nor_deleted) {
  define(t, "issues", "every hour", NULL);
  static const char *const spellings[] = {"base", "BASE", "Base", "bAsE"};
  for (size_t i = 0; i < 4; i++) {
    FAILS(NANGOLITE_INVALID_VARIANT,
          nangolite_variant_create(t->store, "github", "user-1", "issues", spellings[i]));
    FAILS(NANGOLITE_INVALID_VARIANT,
          nangolite_variant_delete(t->store, "github", "user-1", "issues", spellings[i]));
    SAYS("base");
  }
}

TEST(test_what_is_there_or_not_there) {
  define(t, "issues", "every hour", NULL);
  create(t, "v");
  create(t, "V");
  FAILS(NANGOLITE_VARIANT_EXISTS, nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  FAILS(NANGOLITE_NOT_FOUND, nangolite_variant_delete(t->store, "github", "user-1", "issues", "w"));
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_variant_create(t->store, "github", "user-1", "nothing", "v"));
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_variant_delete(t->store, "github", "user-1", "nothing", "v"));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_variant_create(t->store, "github", "user-9", "issues", "v"));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_variant_delete(t->store, "github", "user-9", "issues", "v"));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG,
        nangolite_variant_create(t->store, "slack", "user-1", "issues", "v"));
  FAILS(NANGOLITE_INVALID, nangolite_variant_create(t->store, "github", "user-1", "issues", "a b"));
  FAILS(NANGOLITE_INVALID, nangolite_variant_create(t->store, "github", "user-1", "issues", ""));
  FAILS(NANGOLITE_INVALID_VARIANT, nangolite_variant_create(t->store, "github", "user-1", "issues", NULL));
  FAILS(NANGOLITE_INVALID_VARIANT, nangolite_variant_delete(t->store, "github", "user-1", "issues", NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_variant_delete(t->store, "github", "user-1", NULL, "v"));
}

TEST(test_a_sync_has_a_hundred_variants_on_a_connection) {
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  define(t, "issues", "every hour", NULL);
  for (int i = 0; i < 100; i++) create(t, format(t, "v%d", i));
  FAILS(NANGOLITE_RESOURCE_CAPPED,
        nangolite_variant_create(t->store, "github", "user-1", "issues", "one-more"));
  SAYS("100");
  FAILS(NANGOLITE_VARIANT_EXISTS, nangolite_variant_create(t->store, "github", "user-1", "issues", "v7"));
  OK(nangolite_variant_create(t->store, "github", "user-2", "issues", "one-more"));
  drop(t, "v7");
  create(t, "one-more");
}

TEST(test_the_number_of_variants_is_an_option) {
  reopen(t, (&(nangolite_options){.max_variants = 1}));
  define(t, "issues", "every hour", NULL);
  create(t, "v");
  FAILS(NANGOLITE_RESOURCE_CAPPED, nangolite_variant_create(t->store, "github", "user-1", "issues", "w"));
}

TEST(test_a_variant_of_its_own_frequency) {
  char *active = NULL;
  define(t, "issues", "every hour", NULL);
  create(t, "v");
  OK(nangolite_sync_set_frequency(t->store, "github", "user-1", "issues", "v", "every day", &active));
  SAME(taken(t, active), "every day");
  SAME(status(t, "issues", "frequency"), "'every hour'");
  SAME(status(t, "issues::v", "frequency"), "'every day'");
}

/* ---- connections ---- */

TEST(test_deleting_a_connection_removes_its_syncs_and_aborts_their_runs) {
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  define(t, "issues", "every hour", NULL);
  create(t, "v");
  nangolite_run *first = claim(t), *second = claim(t), *third = claim(t);
  run_save(t, first, "Issue", "{'id':1}");
  run_save(t, second, "Issue", "{'id':1}");
  save(t, "Note", "{'id':1}");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  int aborted = nangolite_run_aborted(first) + nangolite_run_aborted(second) + nangolite_run_aborted(third);
  assert_int_equal(aborted, 2);
  nangolite_run *runs[] = {first, second, third};
  for (int i = 0; i < 3; i++) {
    int is_aborted = strcmp(nangolite_run_connection_id(runs[i]), "user-1") == 0;
    if (is_aborted) FAILS(NANGOLITE_ABORTED, nangolite_run_save(runs[i], "Issue", "[{\"id\":2}]", -1, NULL));
    if (is_aborted) FAILS(NANGOLITE_ABORTED, nangolite_run_finish(runs[i], NULL, NULL));
    else succeed(t, runs[i]);
  }
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  FEED(t, "Issue", "");
  FEED(t, "Note", "");
  SAME(status(t, "issues", "latestExecutionStatus"), "null");
  SAME(status(t, "issues::v", "status"), NULL);
}

TESTS(EVERYWHERE(test_a_variant_starts_at_once_with_a_grid_of_its_own),
      MEMORY(test_a_variant_has_its_own_records), EVERYWHERE(test_deleting_a_variant_removes_all_of_it),
      MEMORY(test_a_run_of_a_deleted_variant_is_not_that_of_its_successor),
      MEMORY(test_the_records_of_another_sync_of_the_same_variant_stay),
      MEMORY(test_base_can_be_neither_created_nor_deleted), MEMORY(test_what_is_there_or_not_there),
      MEMORY(test_a_sync_has_a_hundred_variants_on_a_connection),
      MEMORY(test_the_number_of_variants_is_an_option), MEMORY(test_a_variant_of_its_own_frequency),
      EVERYWHERE(test_deleting_a_connection_removes_its_syncs_and_aborts_their_runs))
