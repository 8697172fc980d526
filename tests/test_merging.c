/* The merging strategy of a run: override, or leave alone what somebody else changed meanwhile. */
#include "syncs.h"

#define merging(run, strategy) OK(nangolite_run_set_merging(run, "Issue", strategy))

static nangolite_run *begin(test *t) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1},{'id':4,'a':1}]");
  return run;
}

TEST(test_a_run_overrides_by_default) {
  nangolite_run *run = begin(t);
  save(t, "Issue", "{'id':1,'by':'user'}");
  SAME(run_save(t, run, "Issue", "{'id':1,'a':2}"), "1 updated");
  succeed(t, run);
}

TEST(test_what_somebody_else_changed_is_left_alone) {
  nangolite_run *run = begin(t);
  merging(run, "ignore_if_modified_after");
  save(t, "Issue", "{'id':1,'by':'user'}");
  update(t, "Issue", "{'id':2,'by':'user'}");
  delete (t, "Issue", "{'id':3}");
  save(t, "Issue", "{'id':5,'by':'user'}");
  SAME(run_save(t, run, "Issue", "[{'id':1,'a':2},{'id':3,'a':2},{'id':5,'a':2},{'id':4,'a':2}]"),
       "1 updated, 3 skipped");
  SAME(run_update(t, run, "Issue", "{'id':2,'a':2}"), "1 skipped");
  SAME(run_delete(t, run, "Issue", "[{'id':1},{'id':4}]"), "1 deleted, 1 skipped");
  succeed(t, run);
  SAME(payload(t, "1"), "{'id':1,'by':'user'}");
  SAME(payload(t, "2"), "{'id':2,'a':1,'by':'user'}");
}

TEST(test_what_was_changed_before_the_strategy_was_set_is_not_left_alone) {
  nangolite_run *run = begin(t);
  save(t, "Issue", "{'id':1,'by':'user'}");
  merging(run, "ignore_if_modified_after");
  SAME(run_save(t, run, "Issue", "{'id':1,'a':2}"), "1 updated");
  succeed(t, run);
}

TEST(test_a_run_does_not_leave_its_own_changes_alone) {
  nangolite_run *run = begin(t);
  merging(run, "ignore_if_modified_after");
  SAME(run_save(t, run, "Issue", "[{'id':1,'a':2},{'id':9}]"), "1 added, 1 updated");
  SAME(run_save(t, run, "Issue", "[{'id':1,'a':3},{'id':9,'a':1}]"), "2 updated");
  SAME(run_update(t, run, "Issue", "{'id':9,'b':1}"), "1 updated");
  SAME(run_delete(t, run, "Issue", "{'id':9}"), "1 deleted");
  SAME(run_save(t, run, "Issue", "{'id':9}"), "1 added");
  save(t, "Issue", "{'id':9,'by':'user'}");
  SAME(run_save(t, run, "Issue", "{'id':9}"), "1 skipped");
  succeed(t, run);
}

TEST(test_an_unchanged_save_of_somebody_else_is_no_change) {
  nangolite_run *run = begin(t);
  merging(run, "ignore_if_modified_after");
  save(t, "Issue", "{'a':1,'id':1}");
  SAME(run_save(t, run, "Issue", "{'id':1,'a':2}"), "1 updated");
  succeed(t, run);
}

TEST(test_pruning_is_no_change) {
  nangolite_run *run = begin(t);
  merging(run, "ignore_if_modified_after");
  prune(t, NULL, 0);
  SAME(run_save(t, run, "Issue", "[{'id':1,'a':2},{'id':2,'a':1}]"), "1 updated, 1 unchanged");
  succeed(t, run);
}

TEST(test_what_is_left_alone_counts_as_seen) {
  nangolite_run *run = begin(t);
  merging(run, "ignore_if_modified_after");
  save(t, "Issue", "{'id':1,'by':'user'}");
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  SAME(run_save(t, run, "Issue", "[{'id':1,'a':2},{'id':2,'a':1}]"), "1 unchanged, 1 skipped");
  SAME(end_window(t, run, "Issue"), "2 deleted");
  succeed(t, run);
  SAME(payload(t, "1"), "{'id':1,'by':'user'}");
}

TEST(test_what_the_window_of_a_run_deleted_is_its_own_change) {
  nangolite_run *run = begin(t);
  merging(run, "ignore_if_modified_after");
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  SAME(end_window(t, run, "Issue"), "4 deleted");
  SAME(run_save(t, run, "Issue", "{'id':1,'a':1}"), "1 added");
  succeed(t, run);
}

TEST(test_setting_the_strategy_again_changes_nothing) {
  nangolite_run *run = begin(t);
  merging(run, "ignore_if_modified_after");
  save(t, "Issue", "[{'id':1,'by':'user'},{'id':2,'by':'user'}]");
  merging(run, "override");
  SAME(run_save(t, run, "Issue", "{'id':1,'a':2}"), "1 skipped");
  merging(run, "ignore_if_modified_after");
  SAME(run_save(t, run, "Issue", "[{'id':1,'a':3},{'id':2,'a':3}]"), "2 skipped");
  succeed(t, run);
}

TEST(test_an_override_that_was_set_first_stays) {
  nangolite_run *run = begin(t);
  merging(run, "override");
  merging(run, "ignore_if_modified_after");
  save(t, "Issue", "{'id':1,'by':'user'}");
  SAME(run_save(t, run, "Issue", "{'id':1,'a':2}"), "1 updated");
  succeed(t, run);
}

TEST(test_the_strategy_is_of_one_run_and_one_model) {
  static const char *const models[] = {"Issue", "Label"};
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.models = models;
  sync.model_count = 2;
  define_of(t, sync);
  nangolite_run *run = claim(t);
  run_save(t, run, "Label", "{'id':1}");
  merging(run, "ignore_if_modified_after");
  save(t, "Label", "{'id':1,'by':'user'}");
  SAME(run_save(t, run, "Label", "{'id':1,'a':2}"), "1 updated");
  succeed(t, run);
  save(t, "Issue", "{'id':1,'by':'user'}");
  nangolite_clock_advance(t->store, HOURS(1));
  run = claim(t);
  SAME(run_save(t, run, "Issue", "{'id':1,'a':2}"), "1 updated");
  succeed(t, run);
}

TEST(test_the_strategy_of_a_model_without_records) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  merging(run, "ignore_if_modified_after");
  save(t, "Issue", "{'id':1,'by':'user'}");
  SAME(run_save(t, run, "Issue", "[{'id':1},{'id':2}]"), "1 added, 1 skipped");
  succeed(t, run);
}

TEST(test_an_unknown_strategy_is_refused) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  static const char *const wrong[] = {"", "Override", "ignore", "ignore_if_modified_after "};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    FAILS(NANGOLITE_INVALID, nangolite_run_set_merging(run, "Issue", wrong[i]));
    SAYS("strategy");
  }
  FAILS(NANGOLITE_MISUSE, nangolite_run_set_merging(run, "Issue", NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_run_set_merging(run, NULL, "override"));
  succeed(t, run);
}

TESTS(MEMORY(test_a_run_overrides_by_default), EVERYWHERE(test_what_somebody_else_changed_is_left_alone),
      MEMORY(test_what_was_changed_before_the_strategy_was_set_is_not_left_alone),
      MEMORY(test_a_run_does_not_leave_its_own_changes_alone),
      MEMORY(test_an_unchanged_save_of_somebody_else_is_no_change), MEMORY(test_pruning_is_no_change),
      MEMORY(test_what_is_left_alone_counts_as_seen),
      MEMORY(test_what_the_window_of_a_run_deleted_is_its_own_change),
      MEMORY(test_setting_the_strategy_again_changes_nothing),
      MEMORY(test_an_override_that_was_set_first_stays),
      MEMORY(test_the_strategy_is_of_one_run_and_one_model),
      MEMORY(test_the_strategy_of_a_model_without_records), MEMORY(test_an_unknown_strategy_is_refused))
