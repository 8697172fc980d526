/* nangolite_maintain(): the records of a sync are removed for good when for 60 days it has not run and none of them
** has changed; in bounded slices. */
#include "syncs.h"

static const char *maintain(test *t, int64_t max_records) {
  int64_t pruned = -1, deleted = -1;
  OK(nangolite_maintain(t->store, max_records, &pruned, &deleted));
  return format(t, "%lld, %lld", (long long)pruned, (long long)deleted);
}

/* A run that saves three issues, and is done. */
static void run_once(test *t) {
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  OK(nangolite_run_checkpoint_save(run, "{\"page\":9}"));
  succeed(t, run);
}

TEST(test_records_of_a_sync_that_has_not_run_for_60_days_are_removed) {
  define(t, "issues", "every hour", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(60) - 1);
  SAME(maintain(t, 100), "3, 0");
  nangolite_clock_advance(t->store, 1);
  SAME(maintain(t, 100), "0, 3");
  FEED(t, "Issue", "");
  SAME(maintain(t, 100), "0, 0");
}

TEST(test_a_sync_that_runs_keeps_its_records) {
  define(t, "issues", "every day", NULL);
  for (int day = 0; day < 100; day++) {
    run_once(t);
    nangolite_clock_advance(t->store, DAYS(1));
  }
  SAME(maintain(t, 100), "3, 0");
  assert_int_equal(live(t, "Issue"), 3);
}

TEST(test_a_failed_run_keeps_the_records_as_well) {
  define(t, "issues", "every day", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(59));
  OK(nangolite_run_finish(claim(t), "network", NULL));
  nangolite_clock_advance(t->store, DAYS(59));
  SAME(maintain(t, 100), "3, 0");
}

TEST(test_a_run_in_progress_after_a_long_time_keeps_its_records) {
  define(t, "issues", "every day", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(61));
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':4}");
  SAME(maintain(t, 100), "3, 0");
  succeed(t, run);
  assert_int_equal(live(t, "Issue"), 4);
}

TEST(test_the_age_is_an_option) {
  reopen(t, (&(nangolite_options){.delete_after_days = 2, .prune_after_days = -1}));
  define(t, "issues", "every hour", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(maintain(t, 100), "0, 0");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(maintain(t, 100), "0, 3");
}

TEST(test_an_age_of_minus_1_never_removes) {
  reopen(t, (&(nangolite_options){.delete_after_days = -1, .prune_after_days = -1}));
  define(t, "issues", "every hour", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(10000));
  SAME(maintain(t, 100), "0, 0");
}

TEST(test_syncs_are_judged_apart) {
  define(t, "issues", "every day", NULL);
  run_once(t);
  define(t, "more", "every day", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Of_more", "{'id':1}");
  succeed(t, run);
  pause_sync(t, "issues");
  nangolite_clock_advance(t->store, DAYS(50));
  succeed(t, claim(t)); /* only "more" is due */
  nangolite_clock_advance(t->store, DAYS(11));
  SAME(maintain(t, 100), "1, 3");
  assert_int_equal(live(t, "Of_more"), 1);
}

TEST(test_records_that_others_changed_yesterday_stay) {
  define(t, "issues", "every day", NULL);
  run_once(t);
  pause_sync(t, "issues");
  nangolite_clock_advance(t->store, DAYS(60));
  save(t, "Issue", "[{'id':7},{'id':8}]");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(maintain(t, 100), "3, 0");
  assert_int_equal(live(t, "Issue"), 5);
  nangolite_clock_advance(t->store, DAYS(58));
  SAME(maintain(t, 100), "2, 0");
  nangolite_clock_advance(t->store, DAYS(1) + MINUTES(1));
  SAME(maintain(t, 100), "0, 5");
  SAME(maintain(t, 100), "0, 0");
}

TEST(test_a_deletion_by_others_is_a_change_too) {
  define(t, "issues", "every day", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(60));
  delete (t, "Issue", "{'id':2}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(maintain(t, 100), "2, 0");
}

TEST(test_a_sync_of_90_days_keeps_its_records_for_two_of_its_intervals) {
  define(t, "issues", "90 days", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(60));
  SAME(maintain(t, 100), "3, 0");
  nangolite_clock_advance(t->store, DAYS(119));
  SAME(maintain(t, 100), "0, 0");
  assert_int_equal(live(t, "Issue"), 3);
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(maintain(t, 100), "0, 3");
}

TEST(test_the_frequency_of_one_instance_counts) {
  define(t, "issues", "every day", NULL);
  OK(nangolite_sync_set_frequency(t->store, "github", "user-1", "issues", NULL, "80 days", NULL));
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(159));
  SAME(maintain(t, 100), "3, 0");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(maintain(t, 100), "0, 3");
}

TEST(test_records_that_come_after_others_were_removed_go_in_their_turn) {
  define(t, "issues", "every day", NULL);
  run_once(t);
  pause_sync(t, "issues");
  nangolite_clock_advance(t->store, DAYS(61));
  SAME(maintain(t, 100), "0, 3");
  nangolite_clock_advance(t->store, DAYS(10));
  save(t, "Issue", "[{'id':7},{'id':8}]");
  nangolite_clock_advance(t->store, DAYS(59));
  SAME(maintain(t, 100), "2, 0");
  nangolite_clock_advance(t->store, DAYS(2));
  SAME(maintain(t, 100), "0, 2");
}

TEST(test_executing_what_is_due_first_keeps_the_records_of_ten_weeks_ago) {
  script s = {.t = t};
  define(t, "issues", "every day", &s);
  run_due(t);
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(70));
  run_due(t);
  SAME(maintain(t, 100), "1, 0");
  assert_int_equal(live(t, "Issue"), 1);
}

TEST(test_variants_are_judged_apart) {
  define(t, "issues", "every day", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  run_once(t);
  run_once(t);
  pause_sync(t, "issues::v");
  nangolite_clock_advance(t->store, DAYS(50));
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(11));
  SAME(maintain(t, 100), "3, 3");
  assert_int_equal(live(t, "Issue"), 3);
}

TEST(test_slices_are_bounded) {
  define(t, "issues", "every day", NULL);
  nangolite_run *run = claim(t);
  for (int i = 0; i < 10; i++) run_save(t, run, "Issue", format(t, "{'id':%d}", i));
  run_delete(t, run, "Issue", "[{'id':1},{'id':2}]");
  run_update(t, run, "Issue", "[{'id':3,'a':1},{'id':4,'a':1}]");
  succeed(t, run);
  prune(t, NULL, 3);
  nangolite_clock_advance(t->store, DAYS(61));
  for (int left = 10; left > 0; left -= 2) {
    char *reason;
    SAME(maintain(t, 2), "0, 2");
    OK(nangolite_check(t->store, &reason));
    SAME(taken(t, reason), NULL);
  }
  SAME(maintain(t, 2), "0, 0");
}

TEST(test_a_sync_whose_records_were_removed_begins_anew) {
  define(t, "issues", "every day", NULL);
  run_once(t);
  nangolite_clock_advance(t->store, DAYS(61));
  maintain(t, 100);
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  nangolite_run *run = claim(t);
  SAME(checkpoint(t, run), NULL);
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  succeed(t, run);
  SAME(member(t, l.heard, "syncType"), "'INITIAL'");
}

TEST(test_a_sync_that_never_ran_counts_from_its_creation) {
  define(t, "issues", "every day", NULL);
  pause_sync(t, "issues");
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, DAYS(59));
  SAME(maintain(t, 100), "1, 0");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(maintain(t, 100), "0, 1");
}

TEST(test_many_records_go_in_two_slices) {
  enum { RECORDS = 20000, BATCH = 1000 };
  define(t, "issues", "every day", NULL);
  nangolite_run *run = claim(t);
  for (int from = 0; from < RECORDS; from += BATCH) {
    char json[BATCH * 80], *at = json;
    for (int i = from; i < from + BATCH; i++)
      at += sprintf(at, "%c{\"id\":\"n%d\",\"title\":\"something to be removed again\"}",
                    at == json ? '[' : ',', i);
    strcpy(at, "]");
    OK(nangolite_run_save(run, "Issue", json, -1, NULL));
  }
  succeed(t, run);
  nangolite_clock_advance(t->store, DAYS(61));
  SAME(maintain(t, RECORDS - 5), format(t, "0, %d", RECORDS - 5));
  SAME(maintain(t, RECORDS), "0, 5");
}

TESTS(EVERYWHERE(test_records_of_a_sync_that_has_not_run_for_60_days_are_removed),
      MEMORY(test_a_sync_that_runs_keeps_its_records), MEMORY(test_a_failed_run_keeps_the_records_as_well),
      MEMORY(test_a_run_in_progress_after_a_long_time_keeps_its_records), MEMORY(test_the_age_is_an_option),
      MEMORY(test_an_age_of_minus_1_never_removes), MEMORY(test_syncs_are_judged_apart),
      MEMORY(test_records_that_others_changed_yesterday_stay),
      MEMORY(test_a_deletion_by_others_is_a_change_too),
      MEMORY(test_a_sync_of_90_days_keeps_its_records_for_two_of_its_intervals),
      MEMORY(test_the_frequency_of_one_instance_counts),
      MEMORY(test_records_that_come_after_others_were_removed_go_in_their_turn),
      MEMORY(test_executing_what_is_due_first_keeps_the_records_of_ten_weeks_ago),
      MEMORY(test_variants_are_judged_apart), EVERYWHERE(test_slices_are_bounded),
      MEMORY(test_a_sync_whose_records_were_removed_begins_anew),
      MEMORY(test_a_sync_that_never_ran_counts_from_its_creation), MEMORY(test_many_records_go_in_two_slices))
