/* A run: claimed, kept alive by its lease, ended; and what an aborted one may still do. */
#define _POSIX_C_SOURCE 200809L

#include "syncs.h"

#include <sys/wait.h>
#include <unistd.h>

#define LEASE MINUTES(5)

/* ---- claiming and ending ---- */

TEST(test_a_run_is_claimed_used_and_finished) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  assert_ptr_equal(nangolite_run_store(run), t->store);
  SAME(nangolite_run_provider_config_key(run), "github");
  SAME(nangolite_run_connection_id(run), "user-1");
  SAME(nangolite_run_sync(run), "issues");
  SAME(nangolite_run_variant(run), "base");
  assert_false(nangolite_run_aborted(run));
  SAME(run_save(t, run, "Issue", "[{'id':1},{'id':2}]"), "2 added");
  SAME(run_update(t, run, "Issue", "[{'id':1,'a':1},{'id':9}]"), "1 updated, 1 skipped");
  SAME(run_delete(t, run, "Issue", "[{'id':2}]"), "1 deleted");
  nangolite_page *page;
  OK(nangolite_run_list(run, "Issue", &(nangolite_query){.filter = "updated"}, &page));
  assert_int_equal(page->count, 1);
  nangolite_page_free(page);
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  FEED(t, "Issue", "1 UPDATED {'id':1,'a':1}; 2 DELETED {'id':2}");
}

TEST(test_nothing_is_claimed_where_nothing_is_due) {
  assert_null(claim(t));
  define(t, "issues", "every hour", NULL);
  succeed(t, claim(t));
  assert_null(claim(t));
  nangolite_clock_advance(t->store, HOURS(1));
  nangolite_run *run = claim(t);
  assert_non_null(run);
  succeed(t, run);
}

TEST(test_at_most_one_run_of_an_instance_is_in_progress) {
  define(t, "issues", "every 1 minute", NULL);
  nangolite_run *run = claim(t);
  nangolite *other = open_store(t, t->path, NULL);
  nangolite_clock_advance(t->store, MINUTES(2));
  nangolite_clock_set(other, nangolite_now(t->store));
  assert_null(claim(t));
  assert_null(claim_in(t, other));
  succeed(t, run);
}

TEST(test_run_next_claims_also_what_has_an_exec) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  nangolite_run *run = claim(t);
  SAME(run_due(t), "0");
  succeed(t, run);
  assert_int_equal(s.count, 0);
}

TEST(test_run_due_leaves_what_has_no_exec) {
  script s = {.t = t};
  define(t, "a", "every hour", NULL);
  define(t, "b", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(s.log, "b 0:00");
  SAME(run_until(t, HALF_PAST_TEN + HOURS(1)), "1");
  nangolite_run *run = claim(t);
  SAME(nangolite_run_sync(run), "a");
  succeed(t, run);
}

TEST(test_the_oldest_due_comes_first) {
  script s = {.t = t};
  define(t, "c", "every hour", &s);
  nangolite_clock_advance(t->store, MINUTES(1));
  define(t, "a", "every hour", &s);
  nangolite_clock_advance(t->store, MINUTES(1));
  define(t, "b", "every hour", &s);
  SAME(run_due_most(t, 1), "1");
  SAME(s.log, "c 0:02");
  SAME(run_due_most(t, 2), "2");
  SAME(s.log, "c 0:02; a 0:02; b 0:02");
}

TEST(test_max_runs_bounds_what_is_executed) {
  script s = {.t = t};
  for (int i = 0; i < 5; i++) define(t, format(t, "sync%d", i), "every hour", &s);
  SAME(run_due_most(t, 2), "2");
  SAME(run_due_most(t, 2), "2");
  SAME(run_due(t), "1");
  FAILS(NANGOLITE_INVALID, nangolite_run_due(t->store, -1, NULL));
}

TEST(test_a_failure_says_why) {
  define(t, "issues", "every hour", NULL);
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  OK(nangolite_run_finish(claim(t), "rate_limit", "come back later"));
  SAME(member(t, taken_events(&l), "error"), "{'type':'rate_limit','description':'come back later'}");
  trigger(t, "issues");
  OK(nangolite_run_finish(claim(t), NULL, "only words"));
  SAME(member(t, taken_events(&l), "error"), "{'type':'script_error','description':'only words'}");
  trigger(t, "issues");
  OK(nangolite_run_finish(claim(t), "only_type", NULL));
  SAME(member(t, taken_events(&l), "error.type"), "'only_type'");
  SAME(status(t, "issues", "status"), "'ERROR'");
}

TEST(test_the_functions_of_a_run_take_no_null) {
  int64_t none = 0;
  assert_int_equal(nangolite_run_finish(NULL, NULL, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_run_heartbeat(NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_run_fail(NULL, "a", "b"), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_run_save(NULL, "Issue", "[]", -1, NULL), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_run_set_merging(NULL, "Issue", "override"), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_run_checkpoint_save(NULL, "{}"), NANGOLITE_MISUSE);
  assert_int_equal(nangolite_run_aborted(NULL), 1);
  assert_null(nangolite_run_store(NULL));
  assert_null(nangolite_run_sync(NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_run_next(t->store, NULL));
  assert_int_equal(nangolite_next_due(NULL), none);
}

TEST(test_a_model_that_is_not_of_the_sync_is_refused) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  nangolite_page *page;
  FAILS(NANGOLITE_INVALID, nangolite_run_save(run, "Label", "[]", -1, NULL));
  SAYS("Label");
  FAILS(NANGOLITE_INVALID, nangolite_run_update(run, "Label", "[{\"id\":1}]", -1, NULL));
  FAILS(NANGOLITE_INVALID, nangolite_run_delete(run, "Label", "[{\"id\":1}]", -1, NULL));
  FAILS(NANGOLITE_INVALID, nangolite_run_list(run, "Label", NULL, &page));
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_start(run, "Label"));
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Label", NULL));
  FAILS(NANGOLITE_INVALID, nangolite_run_set_merging(run, "Label", "override"));
  succeed(t, run);
}

/* ---- inside a sync function ---- */

static int misuse(nangolite_run *run, script *s) {
  nangolite *store = nangolite_run_store(run);
  int ran = 7, due = nangolite_run_due(store, 0, &ran);
  int until = nangolite_run_until(store, nangolite_now(store) + 1, &ran);
  int finish = nangolite_run_finish(run, NULL, NULL);
  s->told = format(s->t, "%s %s %s %d", nangolite_result_name(due), nangolite_result_name(until),
                   nangolite_result_name(finish), ran);
  return nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL);
}

TEST(test_runs_do_not_nest_and_do_not_finish_themselves) {
  script s = {.t = t, .act = misuse};
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(s.told, "misuse misuse misuse 0");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  FEED(t, "Issue", "1 ADDED {'id':1}");
}

static int say_and_fail(nangolite_run *run, script *s) {
  (void)s;
  nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL);
  nangolite_run_fail(run, "first", "is replaced");
  nangolite_run_fail(run, "http_404", "\"gone\"");
  return NANGOLITE_ERROR;
}

static int say_and_succeed(nangolite_run *run, script *s) {
  (void)s;
  return nangolite_run_fail(run, "unused", NULL);
}

TEST(test_run_fail_tells_the_reason_of_a_failure_and_fails_nothing_itself) {
  script s = {.t = t, .act = say_and_fail};
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(member(t, taken_events(&l), "error.type"), "'http_404'");
  FEED(t, "Issue", "1 ADDED {'id':1}");
  s.act = say_and_succeed;
  trigger(t, "issues");
  run_due(t);
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  s.fails = 1;
  trigger(t, "issues");
  taken_events(&l);
  run_due(t);
  SAME(member(t, taken_events(&l), "error.type"), "'script_error'");
}

static int delete_everything(nangolite_run *run, script *s) {
  nangolite *store = nangolite_run_store(run);
  int result = nangolite_connection_delete(store, "github", "user-1");
  if (result != NANGOLITE_OK) return NANGOLITE_OK;
  s->told = nangolite_result_name(nangolite_run_heartbeat(run));
  return nangolite_connection_create(store, "github", "user-1");
}

TEST(test_a_sync_function_may_delete_its_own_connection) {
  script s = {.t = t, .act = delete_everything};
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", &s);
  SAME(run_due_most(t, 1), "1");
  SAME(s.told, "aborted");
  assert_int_equal(l.count, 0);
}

static int define_again(nangolite_run *run, script *s) {
  nangolite_sync sync = sync_of("issues", "every day", NULL);
  s->act = NULL;
  return nangolite_sync_define(nangolite_run_store(run), &sync);
}

TEST(test_a_sync_function_may_define_its_sync_again) {
  script s = {.t = t, .act = define_again};
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(next_due(t), "24:00");
}

/* ---- aborted, expired ---- */

/* Everything that writes or looks must say ABORTED, and nothing may have changed. */
static void all_aborted(test *t, nangolite_run *run) {
  char *json = NULL;
  assert_true(nangolite_run_aborted(run));
  FAILS(NANGOLITE_ABORTED, nangolite_run_heartbeat(run));
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "[{\"id\":\"late\"}]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "[]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_update(run, "Issue", "[{\"id\":1,\"late\":1}]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_delete(run, "Issue", "[{\"id\":1}]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_track_deletes_start(run, "Issue"));
  FAILS(NANGOLITE_ABORTED, nangolite_run_track_deletes_end(run, "Issue", NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_set_merging(run, "Issue", "override"));
  FAILS(NANGOLITE_ABORTED, nangolite_run_checkpoint_save(run, "{\"late\":1}"));
  FAILS(NANGOLITE_ABORTED, nangolite_run_checkpoint_clear(run));
  FAILS(NANGOLITE_ABORTED, nangolite_run_checkpoint_get(run, &json));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
}

TEST(test_a_reset_aborts_a_run_in_progress) {
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':1}");
  reset(t, "issues");
  SAME(status(t, "issues", "status"), "'STOPPED'");
  nangolite_run *next = claim(t); /* before the aborted one is finished */
  SAME(status(t, "issues", "status"), "'RUNNING'");
  OK(nangolite_run_checkpoint_save(next, "{\"page\":1}"));
  all_aborted(t, run);
  SAME(checkpoint(t, next), "{'page':1}");
  succeed(t, next);
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  FEED(t, "Issue", "1 ADDED {'id':1}");
  assert_int_equal(l.count, 1);
}

TEST(test_a_run_whose_lease_has_ended_is_aborted) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, LEASE - 1);
  assert_false(nangolite_run_aborted(run));
  nangolite_clock_advance(t->store, 1);
  SAME(status(t, "issues", "status"), "'ERROR'");
  all_aborted(t, run);
  SAME(status(t, "issues", "status"), "'ERROR'");
  FEED(t, "Issue", "1 ADDED {'id':1}");
}

TEST(test_every_call_extends_the_lease) {
  char *json;
  nangolite_page *page;
  define(t, "issues", "every day", NULL);
  nangolite_run *run = claim(t);
  for (int i = 0; i < 10; i++) {
    nangolite_clock_advance(t->store, LEASE - 1);
    switch (i) {
      case 0: OK(nangolite_run_save(run, "Issue", "[]", -1, NULL)); break;
      case 1: run_save(t, run, "Issue", "{'id':1}"); break;
      case 2: run_update(t, run, "Issue", "{'id':1}"); break;
      case 3: run_delete(t, run, "Issue", "{'id':1}"); break;
      case 4:
        OK(nangolite_run_list(run, "Issue", NULL, &page));
        nangolite_page_free(page);
        break;
      case 5: OK(nangolite_run_checkpoint_save(run, "{}")); break;
      case 6:
        OK(nangolite_run_checkpoint_get(run, &json));
        nangolite_free(json);
        break;
      case 7: OK(nangolite_run_track_deletes_start(run, "Issue")); break;
      case 8: OK(nangolite_run_set_merging(run, "Issue", "override")); break;
      default: OK(nangolite_run_heartbeat(run));
    }
    assert_int_equal(nangolite_next_due(t->store), nangolite_now(t->store) + LEASE);
  }
  nangolite_clock_advance(t->store, LEASE - 1);
  assert_false(nangolite_run_aborted(run)); /* looking does not extend it */
  nangolite_clock_advance(t->store, 1);
  assert_true(nangolite_run_aborted(run));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
}

TEST(test_the_length_of_the_lease_is_an_option) {
  reopen(t, (&(nangolite_options){.lease_ms = 1500}));
  define(t, "issues", "every day", NULL);
  nangolite_run *run = claim(t);
  nangolite_clock_advance(t->store, 1499999);
  OK(nangolite_run_heartbeat(run));
  nangolite_clock_advance(t->store, 1500000);
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
}

TEST(test_a_run_of_a_closed_store_is_left_to_its_lease) {
  nangolite *other = open_store(t, t->path, NULL);
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define_in(t, other, sync_of("issues", "every hour", NULL));
  assert_non_null(claim_in(t, other));
  close_store(t, other);
  SAME(status(t, "issues", "status"), "'RUNNING'");
  assert_null(claim(t));
  nangolite_clock_advance(t->store, LEASE);
  SAME(status(t, "issues", "status"), "'ERROR'");
  SAME(status(t, "issues", "finishedAt"), "'2024-01-15T10:35:00.000Z'");
  nangolite_run *again = claim(t); /* it is taken up at once */
  assert_non_null(again);
  SAME(member(t, l.heard, "error.type"), "'expired'");
  succeed(t, again);
  SAME(next_due(t), "1:00");
}

TEST(test_an_exclusive_store_closes_the_runs_that_were_left) {
  listener l = {.t = t};
  define(t, "issues", "every hour", NULL);
  assert_non_null(claim(t));
  reopen(t, (&(nangolite_options){.exclusive = 1}));
  listen_to(t, t->store, &l);
  SAME(status(t, "issues", "status"), "'ERROR'");
  SAME(member(t, l.heard, "error.type"), "'expired'"); /* the first call that asks closes it */
  nangolite_run *again = claim(t);
  assert_non_null(again);
  succeed(t, again);
}

static int64_t clock_of_exclusive(void *ctx) {
  (void)ctx;
  return HALF_PAST_TEN + DAYS(7);
}

TEST(test_an_exclusive_store_makes_up_at_once_for_a_run_that_died_long_ago) {
  script s = {.t = t};
  define(t, "issues", "every day", &s);
  assert_non_null(claim(t));
  reopen(t, (&(nangolite_options){.exclusive = 1, .clock = clock_of_exclusive}));
  define(t, "issues", "every day", &s);
  SAME(status(t, "issues", "finishedAt"), "'2024-01-15T10:35:00.000Z'");
  SAME(run_due(t), "1");
}

/* ---- other processes ---- */

/* Claims all it can of 20 instances for a while, holding each for a moment; writes a byte for each. */
static int claim_in_process(const char *path, int number, int report) {
  nangolite *store;
  int result = nangolite_open(path, NULL, &store);
  nangolite_clock_set(store, HALF_PAST_TEN);
  for (int i = 0; i < 200 && result == NANGOLITE_OK; i++) {
    nangolite_run *run = NULL;
    result = nangolite_run_next(store, &run);
    if (run == NULL) continue;
    char json[64];
    snprintf(json, sizeof json, "{\"id\":\"%d-%s\"}", number, nangolite_run_variant(run));
    result = nangolite_run_save(run, "Issue", json, -1, NULL);
    if (result == NANGOLITE_OK) result = nangolite_run_finish(run, NULL, NULL);
    if (result == NANGOLITE_OK && write(report, "x", 1) != 1) result = NANGOLITE_ERROR;
  }
  nangolite_close(store);
  return result;
}

TEST(test_processes_execute_each_run_once) {
  enum { PROCESSES = 4, INSTANCES = 20 };
  int report[2], count = 0, status;
  char byte;
  pid_t processes[PROCESSES];
  define(t, "issues", "every hour", NULL);
  for (int i = 1; i < INSTANCES; i++)
    OK(nangolite_variant_create(t->store, "github", "user-1", "issues", format(t, "v%d", i)));
  close_store(t, t->store);
  assert_int_equal(pipe(report), 0);
  fflush(NULL);
  for (int p = 0; p < PROCESSES; p++) {
    processes[p] = fork();
    if (processes[p] == 0) _exit(claim_in_process(t->path, p, report[1]));
  }
  int failed = 0;
  for (int p = 0; p < PROCESSES; p++) failed += waitpid(processes[p], &status, 0) < 0 || status != 0;
  close(report[1]);
  while (read(report[0], &byte, 1) == 1) count++;
  close(report[0]);
  assert_int_equal(failed, 0);
  assert_int_equal(count, INSTANCES);
  reopen(t, NULL);
  SAME(next_due(t), "1:00");
}

TESTS(EVERYWHERE(test_a_run_is_claimed_used_and_finished),
      MEMORY(test_nothing_is_claimed_where_nothing_is_due),
      ON_FILE(test_at_most_one_run_of_an_instance_is_in_progress),
      MEMORY(test_run_next_claims_also_what_has_an_exec), MEMORY(test_run_due_leaves_what_has_no_exec),
      MEMORY(test_the_oldest_due_comes_first), MEMORY(test_max_runs_bounds_what_is_executed),
      MEMORY(test_a_failure_says_why), MEMORY(test_the_functions_of_a_run_take_no_null),
      MEMORY(test_a_model_that_is_not_of_the_sync_is_refused),
      EVERYWHERE(test_runs_do_not_nest_and_do_not_finish_themselves),
      MEMORY(test_run_fail_tells_the_reason_of_a_failure_and_fails_nothing_itself),
      EVERYWHERE(test_a_sync_function_may_delete_its_own_connection),
      MEMORY(test_a_sync_function_may_define_its_sync_again),
      EVERYWHERE(test_a_reset_aborts_a_run_in_progress),
      EVERYWHERE(test_a_run_whose_lease_has_ended_is_aborted), MEMORY(test_every_call_extends_the_lease),
      MEMORY(test_the_length_of_the_lease_is_an_option),
      ON_FILE(test_a_run_of_a_closed_store_is_left_to_its_lease),
      ON_FILE(test_an_exclusive_store_closes_the_runs_that_were_left),
      ON_FILE(test_an_exclusive_store_makes_up_at_once_for_a_run_that_died_long_ago),
      ON_FILE(test_processes_execute_each_run_once))
