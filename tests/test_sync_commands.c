/* trigger, start and pause: what each does to an instance that waits, runs or is paused, and which
** instances are meant. */
#include "syncs.h"

/* ---- trigger ---- */

TEST(test_a_trigger_is_one_run_as_soon_as_possible) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(20));
  trigger(t, "issues");
  trigger(t, "issues");
  SAME(next_due(t), "0:20");
  SAME(run_due(t), "1");
  SAME(run_due(t), "0");
  SAME(next_due(t), "1:00");
}

TEST(test_a_trigger_runs_a_paused_sync_that_stays_paused) {
  script s = {.t = t};
  nangolite_sync sync = sync_of("issues", "every hour", &s);
  sync.manual_start = 1;
  define_of(t, sync);
  trigger(t, "issues");
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "status"), "'PAUSED'");
  SAME(run_until(t, HALF_PAST_TEN + DAYS(1)), "0");
}

TEST(test_a_trigger_before_start_at_runs_and_leaves_the_grid) {
  script s = {.t = t};
  nangolite_sync sync = sync_of("issues", "every day", &s);
  sync.start_at = HALF_PAST_TEN + DAYS(2);
  define_of(t, sync);
  trigger(t, "issues");
  SAME(run_due(t), "1");
  SAME(next_due(t), "48:00");
}

TEST(test_a_trigger_while_a_run_is_in_progress_leads_to_one_more_run) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  trigger(t, "issues");
  trigger(t, "issues"); /* however often */
  SAME(status(t, "issues", "status"), "'RUNNING'");
  assert_null(claim(t));
  succeed(t, run);
  run = claim(t);
  assert_non_null(run);
  succeed(t, run);
  assert_null(claim(t));
  SAME(next_due(t), "1:00");
}

TEST(test_a_trigger_with_reset_begins_anew) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':1}");
  OK(nangolite_run_checkpoint_save(run, "{\"page\":1}"));
  succeed(t, run);
  reset(t, "issues");
  SAME(status(t, "issues", "checkpoint"), "null");
  run = claim(t);
  SAME(checkpoint(t, run), NULL);
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 unchanged");
  succeed(t, run);
  SAME(status(t, "issues", "type"), "'INITIAL'");
}

TEST(test_emptying_the_cache_removes_the_records_for_good) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "[{'id':1},{'id':2}]");
  run_delete(t, run, "Issue", "{'id':2}");
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  save(t, "Label", "{'id':1}");
  const char *seen = end_of_feed(t, "Issue");
  empty_cache(t, "issues"); /* with a run in progress and an open window */
  FEED(t, "Issue", "");
  assert_int_equal(live(t, "Label"), 1);
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  run = claim(t);
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  succeed(t, run);
  SAME(feed_after(t, "Issue", seen), "1 ADDED {'id':1}"); /* a reader's cursor stays good */
}

TEST(test_emptying_is_of_one_variant) {
  define(t, "issues", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  nangolite_scope of_variant = {"github", "user-1", "Issue", "v"};
  OK(nangolite_records_save(t->store, &of_variant, "[{\"id\":1}]", -1, NULL));
  save(t, "Issue", "{'id':1}");
  empty_cache(t, "issues::v");
  assert_int_equal(live(t, "Issue"), 1);
  SAME(feed_of(t, t->store, of_variant, NULL), "");
}

TEST(test_flags_that_are_refused) {
  static const char *const names[] = {"issues"};
  define(t, "issues", "every hour", NULL);
  FAILS(NANGOLITE_INVALID,
        nangolite_sync_trigger(t->store, "github", "user-1", names, 1, NANGOLITE_EMPTY_CACHE));
  FAILS(NANGOLITE_INVALID, nangolite_sync_trigger(t->store, "github", "user-1", names, 1, 8));
  FAILS(NANGOLITE_INVALID, nangolite_sync_trigger(t->store, "github", "user-1", names, 1, 2 | 4));
  FAILS(NANGOLITE_INVALID, nangolite_sync_trigger(t->store, "github", "user-1", names, 1, 1 | 8));
}

/* ---- start and pause ---- */

TEST(test_a_paused_sync_does_not_run_until_it_is_started) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  pause_sync(t, "issues");
  pause_sync(t, "issues");
  SAME(next_due(t), "never");
  SAME(run_until(t, HALF_PAST_TEN + MINUTES(200)), "0");
  start_sync(t, "issues");
  SAME(run_due(t), "1");
  SAME(next_due(t), "4:00");
  SAME(s.log, "issues 0:00; issues 3:20");
}

TEST(test_starting_what_is_started_has_no_effect) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  run_due(t);
  nangolite_clock_advance(t->store, MINUTES(20));
  start_sync(t, "issues");
  SAME(run_due(t), "0");
  SAME(next_due(t), "1:00");
}

TEST(test_a_run_in_progress_ends_normally_when_it_is_paused) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  pause_sync(t, "issues");
  SAME(status(t, "issues", "status"), "'RUNNING'");
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'PAUSED'");
  SAME(status(t, "issues", "latestExecutionStatus"), "'SUCCESS'");
  SAME(next_due(t), "never");
}

TEST(test_a_pause_takes_back_a_turn_and_a_trigger) {
  define(t, "issues", "every hour", NULL);
  trigger(t, "issues");
  pause_sync(t, "issues");
  assert_null(claim(t));
}

TEST(test_pausing_what_is_paused_leaves_a_waiting_trigger) {
  define(t, "issues", "every hour", NULL);
  pause_sync(t, "issues");
  trigger(t, "issues");
  pause_sync(t, "issues");
  nangolite_run *run = claim(t);
  assert_non_null(run);
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'PAUSED'");
  assert_null(claim(t));
}

/* ---- which are meant ---- */

static const char *claimed(test *t) {
  const char *text = "";
  nangolite_run *run;
  while ((run = claim(t)) != NULL) {
    text = format(t, "%s%s%s:%s/%s", text, *text ? " " : "", nangolite_run_connection_id(run),
                  nangolite_run_sync(run), nangolite_run_variant(run));
    succeed(t, run);
  }
  return text;
}

TEST(test_which_instances_a_command_means) {
  static const char *const bare[] = {"issues"}, *const variant[] = {"issues::v", "issues::v", "labels::base"};
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  define(t, "issues", "every hour", NULL);
  define(t, "labels", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  claimed(t);
  OK(nangolite_sync_trigger(t->store, "github", "user-1", NULL, 0, 0));
  SAME(claimed(t), "user-1:issues/base user-1:labels/base user-1:issues/v");
  OK(nangolite_sync_trigger(t->store, "github", NULL, bare, 1, 0));
  SAME(claimed(t), "user-1:issues/base user-2:issues/base");
  OK(nangolite_sync_trigger(t->store, "github", "user-1", variant, 3, 0));
  SAME(claimed(t), "user-1:labels/base user-1:issues/v");
  OK(nangolite_sync_trigger(t->store, "github", NULL, variant, 1, 0));
  SAME(claimed(t), "user-1:issues/v");
  OK(nangolite_sync_pause(t->store, "github", NULL, NULL, 0));
  SAME(next_due(t), "never");
  OK(nangolite_sync_start(t->store, "github", "user-2", NULL, 0));
  SAME(claimed(t), "user-2:issues/base user-2:labels/base");
}

TEST(test_a_command_on_what_is_not_there_changes_nothing) {
  static const char *const some[] = {"issues", "nothing"};
  static const char *const variant[] = {"issues::v"}, *const none[] = {NULL};
  static const char *const bad[] = {"issues::"}, *const worse[] = {"a::b::c"};
  FAILS(NANGOLITE_NO_SYNCS_FOUND, nangolite_sync_trigger(t->store, "github", "user-1", NULL, 0, 0));
  define(t, "issues", "every hour", NULL);
  succeed(t, claim(t));
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_sync_trigger(t->store, "github", "user-1", some, 2, 0));
  SAYS("nothing");
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_sync_pause(t->store, "github", "user-1", variant, 1));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_sync_start(t->store, "github", "user-9", some, 1));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_sync_trigger(t->store, "slack", NULL, NULL, 0, 0));
  FAILS(NANGOLITE_INVALID, nangolite_sync_trigger(t->store, "github", NULL, bad, 1, 0));
  FAILS(NANGOLITE_INVALID, nangolite_sync_trigger(t->store, "github", NULL, worse, 1, 0));
  FAILS(NANGOLITE_INVALID, nangolite_sync_trigger(t->store, "a/b", NULL, some, 1, 0));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_trigger(t->store, "github", NULL, none, 1, 0));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_trigger(t->store, "github", NULL, NULL, 1, 0));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_trigger(t->store, NULL, NULL, some, 1, 0));
  assert_null(claim(t));
  SAME(status(t, "issues", "status"), "'SUCCESS'");
}

TESTS(EVERYWHERE(test_a_trigger_is_one_run_as_soon_as_possible),
      MEMORY(test_a_trigger_runs_a_paused_sync_that_stays_paused),
      MEMORY(test_a_trigger_before_start_at_runs_and_leaves_the_grid),
      MEMORY(test_a_trigger_while_a_run_is_in_progress_leads_to_one_more_run),
      EVERYWHERE(test_a_trigger_with_reset_begins_anew),
      EVERYWHERE(test_emptying_the_cache_removes_the_records_for_good),
      MEMORY(test_emptying_is_of_one_variant), MEMORY(test_flags_that_are_refused),
      MEMORY(test_a_paused_sync_does_not_run_until_it_is_started),
      MEMORY(test_starting_what_is_started_has_no_effect),
      MEMORY(test_a_run_in_progress_ends_normally_when_it_is_paused),
      MEMORY(test_a_pause_takes_back_a_turn_and_a_trigger),
      MEMORY(test_pausing_what_is_paused_leaves_a_waiting_trigger),
      MEMORY(test_which_instances_a_command_means),
      MEMORY(test_a_command_on_what_is_not_there_changes_nothing))
