/* Defining syncs: instances come from definitions and connections in either order, and outlive a new
** definition. */
#include "syncs.h"

TEST(test_a_connection_and_a_definition_in_either_order_make_an_instance) {
  define(t, "issues", "every hour", NULL);
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  define(t, "labels", "every hour", NULL);
  for (int i = 0; i < 4; i++) succeed(t, claim(t));
  assert_null(claim(t));
}

TEST(test_a_definition_is_of_its_integration) {
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.provider_config_key = "slack";
  define_of(t, sync);
  assert_null(claim(t));
  OK(nangolite_connection_create(t->store, "slack", "user-9"));
  nangolite_run *run = claim(t);
  SAME(nangolite_run_connection_id(run), "user-9");
  succeed(t, run);
}

TEST(test_an_integration_exists_once_it_has_a_definition) {
  char *json;
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG,
        nangolite_sync_status(t->store, "slack", "user-9", NULL, 0, &json));
  sync.provider_config_key = "slack";
  define_of(t, sync);
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_sync_status(t->store, "slack", "user-9", NULL, 0, &json));
}

TEST(test_creating_a_connection_again_changes_nothing) {
  define(t, "issues", "every hour", NULL);
  succeed(t, claim(t));
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  assert_null(claim(t));
}

TEST(test_a_definition_that_waits_for_a_start_is_paused) {
  script s = {.t = t};
  nangolite_sync sync = sync_of("issues", "every hour", &s);
  sync.manual_start = 1;
  define_of(t, sync);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  SAME(status(t, "issues", "status"), "'PAUSED'");
  SAME(status(t, "issues::v", "status"), "'PAUSED'");
  SAME(next_due(t), "never");
  SAME(run_until(t, HALF_PAST_TEN + MINUTES(90)), "0");
  start_sync(t, "issues");
  SAME(run_due(t), "1");
  SAME(next_due(t), "2:00");
  SAME(status(t, "issues::v", "status"), "'PAUSED'");
}

TEST(test_defining_again_keeps_the_state) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_checkpoint_save(run, "{\"page\":1}"));
  run_save(t, run, "Issue", "{'id':1}");
  succeed(t, run);
  pause_sync(t, "issues");
  nangolite_clock_advance(t->store, MINUTES(10));
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.manual_start = 1;
  define_of(t, sync);
  sync.manual_start = 0;
  define_of(t, sync);
  SAME(status(t, "issues", "status"), "'PAUSED'");
  SAME(status(t, "issues", "checkpoint"), "{'page':1}");
  SAME(status(t, "issues", "type"), "'INITIAL'");
  SAME(status(t, "issues", "recordCount"), "{'Issue':1}");
  start_sync(t, "issues");
  succeed(t, claim(t));
  SAME(next_due(t), "1:00");
}

TEST(test_defining_again_while_a_run_is_in_progress) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  define(t, "issues", "every day", NULL);
  SAME(status(t, "issues", "status"), "'RUNNING'");
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  succeed(t, run);
  SAME(next_due(t), "24:00");
}

TEST(test_definitions_live_in_the_file_and_functions_in_the_process) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  reopen(t, NULL);
  SAME(status(t, "issues", "frequency"), "'every hour'");
  SAME(run_due(t), "0");
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  define(t, "issues", "every hour", NULL); /* takes the function away */
  nangolite_clock_advance(t->store, HOURS(1));
  SAME(run_due(t), "0");
  succeed(t, claim(t));
}

static int count_other(nangolite_run *run, void *user) {
  (void)run;
  ++*(int *)user;
  return NANGOLITE_OK;
}

TEST(test_the_latest_function_and_its_user_are_called) {
  script s = {.t = t};
  int other = 0;
  nangolite_sync sync = sync_of("issues", "every hour", &s);
  define_of(t, sync);
  sync.exec = count_other;
  sync.user = &other;
  define_of(t, sync);
  SAME(run_due(t), "1");
  assert_int_equal(s.count, 0);
  assert_int_equal(other, 1);
}

TEST(test_a_definition_is_copied) {
  char key[] = "github", name[] = "issues", frequency[] = "every hour", model[] = "Issue";
  const char *models[] = {model};
  script s = {.t = t};
  nangolite_sync sync = {.provider_config_key = key,
                         .name = name,
                         .models = models,
                         .model_count = 1,
                         .frequency = frequency,
                         .exec = script_run,
                         .user = &s};
  define_of(t, sync);
  memset(key, 'x', sizeof key - 1);
  memset(name, 'x', sizeof name - 1);
  memset(frequency, 'x', sizeof frequency - 1);
  memset(model, 'x', sizeof model - 1);
  SAME(run_due(t), "1");
  SAME(s.log, "issues 0:00");
}

TEST(test_models_come_and_go_with_the_definition) {
  static const char *const models[] = {"Label", "Issue"};
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  define_of(t, sync);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':1}");
  sync.models = models;
  sync.model_count = 2;
  define_of(t, sync);
  SAME(run_save(t, run, "Label", "{'id':1}"), "1 added");
  succeed(t, run);
  sync.model_count = 1;
  define_of(t, sync);
  nangolite_clock_advance(t->store, HOURS(1));
  run = claim(t);
  FAILS(NANGOLITE_INVALID, nangolite_run_save(run, "Issue", "[{\"id\":2}]", -1, NULL));
  succeed(t, run);
  SAME(status(t, "issues", "recordCount"), "{'Label':1}");
  assert_int_equal(live(t, "Issue"), 1); /* what it had filled stays */
}

/* ---- refused ---- */

static void refused(test *t, nangolite_sync sync, const char *words) {
  FAILS(NANGOLITE_INVALID, nangolite_sync_define(t->store, &sync));
  SAYS(words);
  assert_null(claim(t));
}

TEST(test_wrong_definitions_are_refused) {
  static const char *const twice[] = {"Issue", "Label", "Issue"}, *const lower[] = {"issue"};
  nangolite_sync good = sync_of("issues", "every hour", NULL), sync = good;
  refused(t, (sync.provider_config_key = "a/b", sync), "provider_config_key");
  sync = good;
  refused(t, (sync.name = "a b", sync), "sync");
  refused(t, (sync.name = "", sync), "sync");
  refused(t, (sync.name = "a::b", sync), "sync");
  sync = good;
  refused(t, (sync.frequency = "every 29s", sync), "frequency");
  refused(t, (sync.frequency = "now and then", sync), "frequency");
  sync = good;
  refused(t, (sync.model_count = 0, sync), "models");
  sync.models = twice;
  refused(t, (sync.model_count = 3, sync), "models");
  sync.models = lower;
  refused(t, (sync.model_count = 1, sync), "model");
  sync = good;
  refused(t, (sync.start_at = -1, sync), "start_at");
  refused(t, (sync.start_at = INT64_MAX, sync), "start_at");
  sync = good;
  refused(t, (sync.max_delete_percent = -1, sync), "max_delete_percent");
  refused(t, (sync.max_delete_percent = 101, sync), "max_delete_percent");
}

TEST(test_null_in_a_definition_is_misuse) {
  static const char *const none[] = {NULL};
  nangolite_sync good = sync_of("issues", "every hour", NULL), sync = good;
  FAILS(NANGOLITE_MISUSE, nangolite_sync_define(t->store, NULL));
  sync.provider_config_key = NULL;
  FAILS(NANGOLITE_MISUSE, nangolite_sync_define(t->store, &sync));
  sync = good;
  sync.name = NULL;
  FAILS(NANGOLITE_MISUSE, nangolite_sync_define(t->store, &sync));
  sync = good;
  sync.frequency = NULL;
  FAILS(NANGOLITE_MISUSE, nangolite_sync_define(t->store, &sync));
  sync = good;
  sync.models = NULL;
  FAILS(NANGOLITE_MISUSE, nangolite_sync_define(t->store, &sync));
  sync.models = none;
  FAILS(NANGOLITE_MISUSE, nangolite_sync_define(t->store, &sync));
  assert_null(claim(t));
}

TEST(test_a_refused_definition_leaves_the_one_before) {
  script s = {.t = t};
  define(t, "issues", "every hour", &s);
  nangolite_sync sync = sync_of("issues", "every 1s", NULL);
  FAILS(NANGOLITE_INVALID, nangolite_sync_define(t->store, &sync));
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "frequency"), "'every hour'");
}

TESTS(EVERYWHERE(test_a_connection_and_a_definition_in_either_order_make_an_instance),
      MEMORY(test_a_definition_is_of_its_integration),
      MEMORY(test_an_integration_exists_once_it_has_a_definition),
      MEMORY(test_creating_a_connection_again_changes_nothing),
      MEMORY(test_a_definition_that_waits_for_a_start_is_paused),
      EVERYWHERE(test_defining_again_keeps_the_state), MEMORY(test_defining_again_while_a_run_is_in_progress),
      ON_FILE(test_definitions_live_in_the_file_and_functions_in_the_process),
      MEMORY(test_the_latest_function_and_its_user_are_called), MEMORY(test_a_definition_is_copied),
      MEMORY(test_models_come_and_go_with_the_definition), MEMORY(test_wrong_definitions_are_refused),
      MEMORY(test_null_in_a_definition_is_misuse), MEMORY(test_a_refused_definition_leaves_the_one_before))
