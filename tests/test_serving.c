/* Which syncs a handle serves, so that a loop of nangolite_next_due() and nangolite_run_due() comes to rest whatever an
** older version of the program has left in the file; removing and renaming syncs. */
#include "syncs.h"

/* The loop of the header: how many rounds until nothing is due, at most 100. */
static int rounds_of_loop(test *t) {
  for (int round = 0; round < 100; round++) {
    if (nangolite_next_due(t->store) > nangolite_now(t->store)) return round;
    OK(nangolite_run_due(t->store, 0, NULL));
  }
  return 100;
}

/* An older version of the program defined "old" and "new", and now only "new" is defined. */
static void start_newer_version(test *t, script *s) {
  define(t, "old", "every hour", NULL);
  define(t, "new", "every hour", NULL);
  reopen(t, NULL);
  define(t, "new", "every hour", s);
}

TEST(test_the_loop_rests_where_an_older_version_left_a_sync) {
  script s = {.t = t};
  start_newer_version(t, &s);
  assert_int_equal(rounds_of_loop(t), 1);
  SAME(s.log, "new 0:00");
  SAME(next_due(t), "1:00");
}

TEST(test_the_loop_rests_where_another_process_executes_a_sync) {
  script s = {.t = t}, theirs = {.t = t};
  nangolite *other = open_store(t, t->path, NULL);
  define_in(t, other, sync_of("theirs", "every hour", &theirs));
  define(t, "mine", "every hour", &s);
  assert_int_equal(rounds_of_loop(t), 1);
  OK_OF(other, nangolite_run_due(other, 0, NULL));
  assert_int_equal(theirs.count, 1);
}

TEST(test_run_next_hands_out_what_the_handle_serves) {
  start_newer_version(t, NULL);
  nangolite_run *run = claim(t);
  assert_non_null(run);
  SAME(nangolite_run_sync(run), "new");
  succeed(t, run);
  assert_null(claim(t));
}

TEST(test_a_handle_that_has_never_defined_any_serves_all) {
  define(t, "issues", "every hour", NULL);
  define(t, "more", "every hour", NULL);
  reopen(t, NULL);
  for (int i = 0; i < 2; i++) succeed(t, claim(t));
  assert_null(claim(t));
  SAME(next_due(t), "1:00");
}

TEST(test_the_end_of_a_lease_counts_where_the_sync_is_served) {
  nangolite *worker = open_store(t, t->path, NULL), *ui = open_store(t, t->path, NULL);
  define_in(t, worker, sync_of("theirs", "every hour", NULL));
  assert_non_null(claim_in(t, worker));
  define_in(t, ui, sync_of("mine", "every hour", NULL));
  succeed(t, claim_in(t, ui));
  assert_true(nangolite_next_due(ui) == HALF_PAST_TEN + HOURS(1));
  assert_true(nangolite_next_due(worker) == HALF_PAST_TEN + MINUTES(5));
}

TEST(test_a_definition_that_was_refused_serves_nothing) {
  define(t, "issues", "every hour", NULL);
  reopen(t, NULL);
  nangolite_sync wrong = sync_of("more", "now and then", NULL);
  FAILS(NANGOLITE_INVALID, nangolite_sync_define(t->store, &wrong));
  assert_non_null(claim(t));
}

TEST(test_the_commands_reach_what_is_not_served) {
  script s = {.t = t};
  start_newer_version(t, &s);
  trigger(t, "old");
  SAME(status(t, "old", "status"), "'SUCCESS'");
}

/* ---- removing and renaming ---- */

TEST(test_removing_a_sync_removes_its_instances_and_their_records) {
  define(t, "issues", "every hour", NULL);
  define(t, "more", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':1}");
  OK(nangolite_sync_remove(t->store, "github", "issues"));
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "[{\"id\":2}]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  FEED(t, "Issue", "");
  SAME(status(t, "issues", "name"), NULL);
  SAME(status(t, "more", "name"), "'more'");
  run = claim(t);
  SAME(nangolite_run_sync(run), "more");
  succeed(t, run);
  SAME(next_due(t), "1:00");
  define(t, "issues", "every hour", NULL); /* its model is free, and it begins anew */
  SAME(status(t, "issues", "latestExecutionStatus"), "null");
}

TEST(test_what_cannot_be_removed) {
  define(t, "issues", "every hour", NULL);
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_sync_remove(t->store, "github", "none"));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_sync_remove(t->store, "slack", "issues"));
  FAILS(NANGOLITE_INVALID, nangolite_sync_remove(t->store, "github", "a b"));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_remove(t->store, "github", NULL));
}

TEST(test_renaming_a_sync_keeps_its_instances_records_state_and_function) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  save(t, "Issue", "{'id':1}");
  const char *id = status(t, "issues", "id");
  OK(nangolite_sync_rename(t->store, "github", "issues", "tickets"));
  OK(nangolite_sync_rename(t->store, "github", "tickets", "tickets"));
  SAME(status(t, "tickets", "id"), id);
  SAME(status(t, "tickets", "latestExecutionStatus"), "'SUCCESS'");
  SAME(status(t, "issues", "id"), NULL);
  assert_int_equal(live(t, "Issue"), 1);
  SAME(run_until(t, HALF_PAST_TEN + HOURS(1)), "1");
  SAME(s.log, "issues 0:00; tickets 1:00");
}

TEST(test_names_that_a_sync_cannot_get) {
  define(t, "issues", "every hour", NULL);
  define(t, "more", "every hour", NULL);
  FAILS(NANGOLITE_INVALID, nangolite_sync_rename(t->store, "github", "issues", "more"));
  SAYS("there is another sync 'more'");
  FAILS(NANGOLITE_INVALID, nangolite_sync_rename(t->store, "github", "issues", "a b"));
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_sync_rename(t->store, "github", "none", "other"));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_rename(t->store, "github", "issues", NULL));
}

#define KEPT(name) ATTACHED(name), ON_FILE(name) /* where opening again finds what was there */

TESTS(KEPT(test_the_loop_rests_where_an_older_version_left_a_sync),
      ON_FILE(test_the_loop_rests_where_another_process_executes_a_sync),
      KEPT(test_run_next_hands_out_what_the_handle_serves),
      KEPT(test_a_handle_that_has_never_defined_any_serves_all),
      ON_FILE(test_the_end_of_a_lease_counts_where_the_sync_is_served),
      KEPT(test_a_definition_that_was_refused_serves_nothing),
      KEPT(test_the_commands_reach_what_is_not_served),
      EVERYWHERE(test_removing_a_sync_removes_its_instances_and_their_records),
      MEMORY(test_what_cannot_be_removed),
      EVERYWHERE(test_renaming_a_sync_keeps_its_instances_records_state_and_function),
      MEMORY(test_names_that_a_sync_cannot_get))
