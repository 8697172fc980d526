/* GET /sync/status. */
#include "request.h"

#define Q "invalid_query_params"

static int should_fail;

static int sync_issues(nangolite_run *run, void *user) {
  (void)user;
  int result = nangolite_run_save(run, "Issue", "[{\"id\":1},{\"id\":2}]", -1, NULL);
  if (result == NANGOLITE_OK) result = nangolite_run_checkpoint_save(run, "{\"page\":7}");
  return should_fail ? NANGOLITE_ERROR : result;
}

static void define(test *t, const char *name, int manual_start) {
  static const char *const models[] = {"Issue", "Label", "Pull"};
  int is_pulls = strcmp(name, "pulls") == 0;
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = name,
                         .models = models + (is_pulls ? 2 : 0),
                         .model_count = is_pulls ? 1 : 2,
                         .frequency = "every hour",
                         .manual_start = manual_start,
                         .exec = sync_issues};
  should_fail = 0;
  OK(nangolite_sync_define(t->store, &sync));
}

static const char *status(test *t, const char *query) {
  return ask_with(t, format(t, "GET /sync/status?%s", query), NULL, NULL);
}

/* "issues base, issues eu" of all syncs in the answer. */
static const char *names(test *t, const char *query) {
  const char *answer = status(t, query), *text = "", *name;
  SAME(gist(t, answer), "200");
  for (int i = 0; (name = part(t, answer, format(t, "syncs[%d].name", i))) != NULL; i++) {
    const char *variant = part(t, answer, format(t, "syncs[%d].variant", i));
    text = format(t, "%s%s%s %s", text, i == 0 ? "" : ", ", name, variant);
  }
  return text;
}

TEST(test_a_sync_before_its_first_run) {
  define(t, "issues", 0);
  const char *answer = status(t, "provider_config_key=github&syncs=issues&connection_id=user-1");
  const char *id = part(t, answer, "syncs[0].id");
  assert_true(*id == '\'' && strlen(id) > 2);
  SAME(answer,
       format(t,
              "200 {'syncs':[{'id':%s,'connection_id':'user-1','name':'issues','variant':'base',"
              "'type':'INITIAL','status':'SUCCESS','frequency':'every hour','finishedAt':null,"
              "'nextScheduledSyncAt':'2024-01-15T10:30:00.000Z','checkpoint':null,'latestResult':null,"
              "'latestExecutionStatus':null,'latestError':null,'progress':null,"
              "'recordCount':{'Issue':0,'Label':0}}]}",
              id));
}

TEST(test_a_sync_after_a_run) {
  define(t, "issues", 0);
  OK(nangolite_run_due(t->store, 0, NULL));
  const char *answer = status(t, "provider_config_key=github&syncs=issues&connection_id=user-1");
  SAME(part(t, answer, "syncs[0].status"), "'SUCCESS'");
  SAME(part(t, answer, "syncs[0].finishedAt"), "'2024-01-15T10:30:00.000Z'");
  SAME(part(t, answer, "syncs[0].nextScheduledSyncAt"), "'2024-01-15T11:30:00.000Z'");
  SAME(part(t, answer, "syncs[0].checkpoint"), "{'page':7}");
  SAME(part(t, answer, "syncs[0].latestResult.Issue"), "{'added':2,'updated':0,'deleted':0}");
  SAME(part(t, answer, "syncs[0].latestExecutionStatus"), "'SUCCESS'");
  SAME(part(t, answer, "syncs[0].recordCount"), "{'Issue':2,'Label':0}");
}

TEST(test_a_sync_that_is_running_failed_or_stopped) {
  nangolite_run *run = NULL;
  define(t, "issues", 0);
  OK(nangolite_run_next(t->store, &run));
  const char *answer = status(t, "provider_config_key=github&syncs=*");
  SAME(part(t, answer, "syncs[0].status"), "'RUNNING'");
  SAME(part(t, answer, "syncs[0].latestExecutionStatus"), "'RUNNING'");
  OK(nangolite_run_finish(run, "type", "because"));
  SAME(part(t, status(t, "provider_config_key=github&syncs=*"), "syncs[0].status"), "'ERROR'");
  SAME(gist(t, ask(t, "POST /sync/trigger", "{'syncs':[]}")), "200");
  OK(nangolite_run_next(t->store, &run));
  SAME(gist(t, ask(t, "POST /sync/trigger", "{'syncs':[],'opts':{'reset':true}}")), "200");
  SAME(part(t, status(t, "provider_config_key=github&syncs=*"), "syncs[0].status"), "'STOPPED'");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
}

TEST(test_a_paused_sync_has_no_next_run) {
  define(t, "issues", 1);
  const char *answer = status(t, "provider_config_key=github&syncs=issues");
  SAME(part(t, answer, "syncs[0].status"), "'PAUSED'");
  SAME(part(t, answer, "syncs[0].nextScheduledSyncAt"), "null");
}

static void define_several(test *t) {
  define(t, "issues", 0);
  define(t, "pulls", 0);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "eu"));
}

TEST(test_syncs_are_named_with_commas_between) {
  define_several(t);
  SAME(names(t, "provider_config_key=github&syncs=issues"), "'issues' 'base'");
  SAME(names(t, "provider_config_key=github&syncs=issues::eu"), "'issues' 'eu'");
  SAME(names(t, "provider_config_key=github&syncs=issues%3A%3Aeu%2Cpulls"), "'issues' 'eu', 'pulls' 'base'");
  SAME(names(t, "provider_config_key=github&syncs=issues,issues::BASE,issues::eu"),
       "'issues' 'base', 'issues' 'eu'");
  SAME(names(t, "provider_config_key=github&syncs=pulls,issues::eu,issues,pulls::base,issues::eu"),
       "'pulls' 'base', 'issues' 'eu', 'issues' 'base'");
}

TEST(test_a_star_means_all_syncs_variants_included) {
  define_several(t);
  static const char all[] = "'issues' 'base', 'issues' 'eu', 'pulls' 'base'";
  SAME(names(t, "provider_config_key=github&syncs=*"), all);
  SAME(names(t, "provider_config_key=github&syncs=%2A&connection_id=user-1"), all);
}

TEST(test_names_without_a_sync_are_left_out) {
  define_several(t);
  SAME(names(t, "provider_config_key=github&syncs=none,pulls,pulls::eu"), "'pulls' 'base'");
  SAME(status(t, "provider_config_key=github&syncs=none"), "200 {'syncs':[]}");
}

TEST(test_an_omitted_connection_means_all_of_the_integration) {
  define(t, "issues", 0);
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  SAME(names(t, "provider_config_key=github&syncs=issues"), "'issues' 'base', 'issues' 'base'");
  SAME(names(t, "provider_config_key=github&syncs=issues&connection_id=user-2"), "'issues' 'base'");
}

TEST(test_status_is_checked) {
  static const request_case cases[] = {
    {"GET /sync/status?provider_config_key=github&syncs=*", NULL, "200"},
    {"GET /sync/status", NULL, "400 " Q " ['provider_config_key'] ['syncs']"},
    {"GET /sync/status?provider_config_key=github", NULL, "400 " Q " ['syncs']"},
    {"GET /sync/status?provider_config_key=&syncs=*", NULL, "400 " Q " ['provider_config_key']"},
    {"GET /sync/status?provider_config_key=github&syncs=*&connection_id=", NULL,
     "400 " Q " ['connection_id']"},
    {"GET /sync/status?provider_config_key=github&syncs=", NULL, "400 " Q " ['syncs']"},
    {"GET /sync/status?provider_config_key=github&syncs=issues,", NULL, "400 " Q " ['syncs']"},
    {"GET /sync/status?provider_config_key=github&syncs=issues,*", NULL, "400 " Q " ['syncs']"},
    {"GET /sync/status?provider_config_key=github&syncs=a+b", NULL, "400 " Q " ['syncs']"},
    {"GET /sync/status?provider_config_key=github&syncs=issues::", NULL, "400 " Q " ['syncs']"},
    {"GET /sync/status?provider_config_key=github&syncs=a&syncs=b", NULL, "400 " Q " ['syncs']"},
    {"GET /sync/status?provider_config_key=github&syncs=*&model=Issue", NULL, "400 " Q " ['model']"},
    {"GET /sync/status?provider_config_key=gitlab&syncs=*", NULL, "200"},
    {"GET /sync/status?provider_config_key=gitlab&syncs=issues", NULL, "200"},
    {"GET /sync/status?provider_config_key=gitlab&syncs=*&connection_id=user-1", NULL, "400 invalid_body"},
    {"GET /sync/status?provider_config_key=github&syncs=*&connection_id=user-2", NULL, "400 invalid_body"},
    {"GET /sync/status?provider_config_key=github&syncs=none&connection_id=user-2", NULL, "400 invalid_body"},
  };
  define(t, "issues", 0);
  judge(t, cases);
}

TEST(test_nothing_to_tell_of_is_no_syncs) {
  SAME(status(t, "provider_config_key=github&syncs=*"), "200 {'syncs':[]}");
  SAME(status(t, "provider_config_key=github&syncs=*&connection_id=user-1"), "200 {'syncs':[]}");
  SAME(status(t, "provider_config_key=github&syncs=issues"), "200 {'syncs':[]}");
  SAME(status(t, "provider_config_key=gitlab&syncs=*"), "200 {'syncs':[]}");
}

TEST(test_the_c_function_gives_the_same_json) {
  const char *const chosen[] = {"issues"};
  char *json = NULL;
  define(t, "issues", 0);
  OK(nangolite_run_due(t->store, 0, NULL));
  OK(nangolite_sync_status(t->store, "github", NULL, chosen, 1, &json));
  SAME(status(t, "provider_config_key=github&syncs=issues"), format(t, "200 %s", taken(t, json)));
}

TESTS(EVERYWHERE(test_a_sync_before_its_first_run), MEMORY(test_a_sync_after_a_run),
      MEMORY(test_a_sync_that_is_running_failed_or_stopped), MEMORY(test_a_paused_sync_has_no_next_run),
      MEMORY(test_syncs_are_named_with_commas_between), MEMORY(test_a_star_means_all_syncs_variants_included),
      MEMORY(test_names_without_a_sync_are_left_out),
      MEMORY(test_an_omitted_connection_means_all_of_the_integration), ATTACHED(test_status_is_checked),
      MEMORY(test_nothing_to_tell_of_is_no_syncs), MEMORY(test_the_c_function_gives_the_same_json))
