/* nangolite_sync_status(): what it tells of instances, and of which. */
#include "syncs.h"

static const char *all(test *t, const char *connection, const char *const *syncs, size_t count) {
  char *json = NULL;
  OK(nangolite_sync_status(t->store, "github", connection, syncs, count, &json));
  return single_quoted(t, taken(t, json));
}

TEST(test_the_status_before_the_first_run) {
  define(t, "issues", "every hour", NULL);
  const char *text = all(t, "user-1", NULL, 0);
  const char *id = member(t, text, "syncs[0].id");
  SAME(text,
       format(t,
              "{'syncs':[{'id':%s,'connection_id':'user-1','name':'issues','variant':'base','type':'INITIAL',"
              "'status':'SUCCESS','frequency':'every hour','finishedAt':null,"
              "'nextScheduledSyncAt':'2024-01-15T10:30:00.000Z','checkpoint':null,'latestResult':null,"
              "'latestExecutionStatus':null,'latestError':null,'progress':null,'recordCount':{'Issue':0}}]}",
              id));
}

TEST(test_the_status_after_runs) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  SAME(status(t, "issues", "status"), "'RUNNING'");
  SAME(status(t, "issues", "latestExecutionStatus"), "'RUNNING'");
  SAME(status(t, "issues", "finishedAt"), "null");
  run_save(t, run, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  run_delete(t, run, "Issue", "{'id':3}");
  OK(nangolite_run_checkpoint_save(run, " {\"page\": 3} "));
  nangolite_clock_advance(t->store, SECONDS(61));
  succeed(t, run);
  const char *text = all(t, "user-1", NULL, 0);
  SAME(
    text,
    format(t,
           "{'syncs':[{'id':%s,'connection_id':'user-1','name':'issues','variant':'base','type':'INITIAL',"
           "'status':'SUCCESS','frequency':'every hour','finishedAt':'2024-01-15T10:31:01.000Z',"
           "'nextScheduledSyncAt':'2024-01-15T11:30:00.000Z','checkpoint':{'page': 3},"
           "'latestResult':{'Issue':{'added':3,'updated':0,'deleted':1}},'latestExecutionStatus':'SUCCESS',"
           "'latestError':null,'progress':null,'recordCount':{'Issue':2}}]}",
           member(t, text, "syncs[0].id")));
  nangolite_clock_advance(t->store, HOURS(1));
  OK(nangolite_run_finish(claim(t), "network", NULL));
  SAME(status(t, "issues", "type"), "'INCREMENTAL'");
  SAME(status(t, "issues", "status"), "'ERROR'");
  SAME(status(t, "issues", "latestResult"), "{'Issue':{'added':0,'updated':0,'deleted':0}}");
  SAME(status(t, "issues", "checkpoint"), "{'page': 3}");
}

TEST(test_paused_goes_before_how_the_latest_run_ended) {
  define(t, "issues", "every hour", NULL);
  OK(nangolite_run_finish(claim(t), "network", NULL));
  pause_sync(t, "issues");
  SAME(status(t, "issues", "status"), "'PAUSED'");
  SAME(status(t, "issues", "latestExecutionStatus"), "'ERROR'");
  SAME(status(t, "issues", "nextScheduledSyncAt"), "null");
  trigger(t, "issues");
  SAME(status(t, "issues", "nextScheduledSyncAt"), "null");
  nangolite_run *run = claim(t);
  SAME(status(t, "issues", "status"), "'RUNNING'");
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'PAUSED'");
  start_sync(t, "issues");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
}

TEST(test_stopped_is_an_aborted_run_after_which_none_has_begun) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  reset(t, "issues");
  SAME(status(t, "issues", "status"), "'STOPPED'");
  SAME(status(t, "issues", "latestExecutionStatus"), "'STOPPED'");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  SAME(status(t, "issues", "status"), "'STOPPED'");
  run = claim(t);
  SAME(status(t, "issues", "status"), "'RUNNING'");
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'SUCCESS'");
}

TEST(test_a_run_whose_lease_has_ended_is_an_error_before_anybody_closes_it) {
  define(t, "issues", "every hour", NULL);
  assert_non_null(claim(t));
  nangolite_clock_advance(t->store, MINUTES(5));
  SAME(status(t, "issues", "status"), "'ERROR'");
  SAME(status(t, "issues", "latestExecutionStatus"), "'ERROR'");
  SAME(status(t, "issues", "finishedAt"), "'2024-01-15T10:35:00.000Z'");
  SAME(status(t, "issues", "latestError.type"), "'expired'");
  SAME(status(t, "issues", "latestError.at"), "'2024-01-15T10:35:00.000Z'");
  SAME(status(t, "issues", "nextScheduledSyncAt"),
       "'2024-01-15T10:35:00.000Z'"); /* when it is taken up again */
}

TEST(test_records_are_counted_by_variant_and_model) {
  static const char *const models[] = {"Issue", "Label"};
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.models = models;
  sync.model_count = 2;
  define_of(t, sync);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  nangolite_scope of_variant = {"github", "user-1", "Label", "v"};
  OK(nangolite_records_save(t->store, &of_variant, "[{\"id\":1},{\"id\":2}]", -1, NULL));
  save(t, "Issue", "{'id':1}");
  save(t, "Other", "{'id':1}");
  SAME(status(t, "issues", "recordCount"), "{'Issue':1,'Label':0}");
  SAME(status(t, "issues::v", "recordCount"), "{'Issue':0,'Label':2}");
}

/* The names in the answer: "issues issues/v". */
static const char *names(test *t, const char *connection, const char *const *syncs, size_t count) {
  const char *text = all(t, connection, syncs, count), *found = "";
  for (int i = 0;; i++) {
    const char *name = member(t, text, format(t, "syncs[%d].name", i));
    if (name == NULL) return found;
    const char *variant = member(t, text, format(t, "syncs[%d].variant", i));
    const char *whose = member(t, text, format(t, "syncs[%d].connection_id", i));
    found = format(t, "%s%s%.*s:%.*s/%.*s", found, i ? " " : "", (int)strlen(whose) - 2, whose + 1,
                   (int)strlen(name) - 2, name + 1, (int)strlen(variant) - 2, variant + 1);
  }
}

TEST(test_which_instances_are_told_of) {
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  define(t, "issues", "every hour", NULL);
  define(t, "labels", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  static const char *const bare[] = {"issues"}, *const two[] = {"labels", "issues::v", "labels"};
  static const char *const missing[] = {"nothing", "labels::x", "labels::BASE"};
  SAME(names(t, "user-1", NULL, 0), "user-1:issues/base user-1:issues/v user-1:labels/base");
  SAME(names(t, NULL, NULL, 0),
       "user-1:issues/base user-1:issues/v user-1:labels/base user-2:issues/base user-2:labels/base");
  SAME(names(t, "user-1", bare, 1), "user-1:issues/base");
  SAME(names(t, NULL, bare, 1), "user-1:issues/base user-2:issues/base");
  SAME(names(t, "user-1", two, 3), "user-1:labels/base user-1:issues/v");
  SAME(names(t, "user-1", missing, 3), "user-1:labels/base");
}

TEST(test_a_status_of_what_is_not_there) {
  char *json = (char *)(uintptr_t) "?";
  const char *bad = "a b", *none = NULL;
  FAILS(NANGOLITE_NO_SYNCS_FOUND, nangolite_sync_status(t->store, "github", "user-1", NULL, 0, &json));
  assert_null(json);
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_sync_status(t->store, "github", "user-9", NULL, 0, &json));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_sync_status(t->store, "slack", NULL, NULL, 0, &json));
  FAILS(NANGOLITE_INVALID, nangolite_sync_status(t->store, "github", NULL, &bad, 1, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_status(t->store, "github", NULL, &none, 1, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_status(t->store, "github", NULL, NULL, 1, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_status(t->store, NULL, NULL, NULL, 0, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_status(t->store, "github", NULL, NULL, 0, NULL));
}

TESTS(MEMORY(test_the_status_before_the_first_run), EVERYWHERE(test_the_status_after_runs),
      MEMORY(test_paused_goes_before_how_the_latest_run_ended),
      MEMORY(test_stopped_is_an_aborted_run_after_which_none_has_begun),
      MEMORY(test_a_run_whose_lease_has_ended_is_an_error_before_anybody_closes_it),
      MEMORY(test_records_are_counted_by_variant_and_model), MEMORY(test_which_instances_are_told_of),
      MEMORY(test_a_status_of_what_is_not_there))
