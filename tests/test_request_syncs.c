/* POST /sync/trigger, /sync/start, /sync/pause; PUT /sync/update-connection-frequency. */
#include "request.h"

#define B "invalid_body"
#define GITHUB "'provider_config_key':'github'"
#define USER GITHUB ",'connection_id':'user-1'"

static int runs;

/* Saves a record that tells its run, and remembers it in the checkpoint. */
static int sync_issues(nangolite_run *run, void *user) {
  char json[64];
  (void)user;
  snprintf(json, sizeof json, "{\"id\":\"%s %s %d\"}", nangolite_run_connection_id(run),
           nangolite_run_variant(run), ++runs);
  int result = nangolite_run_save(run, "Issue", json, -1, NULL);
  snprintf(json, sizeof json, "{\"run\":%d}", runs);
  return result == NANGOLITE_OK ? nangolite_run_checkpoint_save(run, json) : result;
}

static void define(test *t, const char *name) {
  static const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = name,
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour",
                         .exec = sync_issues};
  OK(nangolite_sync_define(t->store, &sync));
}

/* How many runs are due, which are executed. */
static int due(test *t) {
  int ran = 0;
  OK(nangolite_run_due(t->store, 0, &ran));
  return ran;
}

/* The sync "issues" on user-1, with its first run done. */
static void prepare(test *t) {
  runs = 0;
  define(t, "issues");
  assert_int_equal(due(t), 1);
}

static void prepare_variant(test *t) {
  prepare(t);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "eu"));
  assert_int_equal(due(t), 1);
}

static void prepare_connections(test *t) {
  prepare(t);
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  assert_int_equal(due(t), 1);
}

/* Of the syncs that the status names, by this member: "issues::base: SUCCESS". */
static const char *states(test *t, const char *key) {
  const char *answer = ask(t, "GET /sync/status?provider_config_key=github&syncs=*", NULL), *text = "", *name;
  for (int i = 0; (name = part(t, answer, format(t, "syncs[%d].name", i))) != NULL; i++) {
    text = format(t, "%s%s%s %s %s %s", text, i == 0 ? "" : ", ",
                  part(t, answer, format(t, "syncs[%d].connection_id", i)), name,
                  part(t, answer, format(t, "syncs[%d].variant", i)),
                  part(t, answer, format(t, "syncs[%d].%s", i, key)));
  }
  return text;
}

/* ---- trigger ---- */

TEST(test_trigger_asks_for_one_run) {
  prepare(t);
  SAME(ask(t, "POST /sync/trigger", "{" USER ",'syncs':['issues']}"), "200 {'success':true}");
  assert_int_equal(due(t), 1);
  assert_int_equal(due(t), 0);
}

TEST(test_syncs_are_named_in_three_forms) {
  static const struct {
    const char *syncs;
    int runs;
  } cases[] = {{"['issues']", 1},
               {"['issues::eu']", 1},
               {"['issues::base']", 1},
               {"[{'name':'issues'}]", 1},
               {"[{'name':'issues','variant':'eu'}]", 1},
               {"[{'variant':'BASE','name':'issues'}]", 1},
               {"['issues','issues::eu']", 2},
               {"['issues','issues',{'name':'issues'}]", 1},
               {"[]", 2}};
  prepare_variant(t);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    SAME(ask(t, "POST /sync/trigger", format(t, "{" USER ",'syncs':%s}", cases[i].syncs)),
         "200 {'success':true}");
    assert_int_equal(due(t), cases[i].runs);
  }
}

TEST(test_an_omitted_connection_means_all_of_the_integration) {
  prepare_connections(t);
  SAME(gist(t, ask_with(t, "POST /sync/trigger", NULL, "{" GITHUB ",'syncs':['issues']}")), "200");
  assert_int_equal(due(t), 2);
  SAME(gist(t, ask_with(t, "POST /sync/trigger", NULL, "{" GITHUB ",'syncs':[]}")), "200");
  assert_int_equal(due(t), 2);
}

TEST(test_trigger_takes_from_the_headers_what_the_body_leaves_out) {
  prepare_connections(t);
  SAME(gist(t, ask(t, "POST /sync/trigger", "{'syncs':[]}")), "200");
  assert_int_equal(due(t), 1);
  const char *other = "Provider-Config-Key: gitlab\nConnection-Id: user-3";
  SAME(gist(t, ask_with(t, "POST /sync/trigger", other, "{'syncs':[]}")), "400 unknown_provider_config");
  SAME(gist(t, ask_with(t, "POST /sync/trigger", other, "{" GITHUB ",'syncs':[]}")),
       "404 unknown_connection");
  SAME(gist(t, ask_with(t, "POST /sync/trigger", other, "{" USER ",'syncs':[]}")), "200");
  assert_int_equal(due(t), 1);
}

TEST(test_trigger_without_a_provider_config_key_says_so) {
  prepare(t);
  SAME(gist(t, ask_with(t, "POST /sync/trigger", NULL, "{'syncs':[]}")), "400 missing_provider_config_key");
  SAME(gist(t, ask_with(t, "POST /sync/trigger", "Connection-Id: user-1", "{'syncs':['issues']}")),
       "400 missing_provider_config_key");
  SAME(gist(t, ask_with(t, "POST /sync/trigger", NULL, "{'syncs':7}")), "400 " B " ['syncs']");
}

TEST(test_reset_forgets_the_checkpoint_and_keeps_the_records) {
  prepare(t);
  SAME(gist(t, ask(t, "POST /sync/trigger", "{" USER ",'syncs':[],'opts':{'reset':true}}")), "200");
  SAME(states(t, "checkpoint"), "'user-1' 'issues' 'base' null");
  SAME(states(t, "recordCount"), "'user-1' 'issues' 'base' {'Issue':1}");
  assert_int_equal(due(t), 1);
  SAME(states(t, "type"), "'user-1' 'issues' 'base' 'INITIAL'");
}

TEST(test_empty_cache_also_removes_the_records) {
  prepare(t);
  SAME(gist(t, ask(t, "POST /sync/trigger", "{" USER ",'syncs':[],'opts':{'reset':true,'emptyCache':true}}")),
       "200");
  SAME(states(t, "recordCount"), "'user-1' 'issues' 'base' {'Issue':0}");
  assert_int_equal(due(t), 1);
}

/* Whether the checkpoint, and whether the records, are still there after a trigger with these members. */
static const char *left(test *t, const char *members) {
  SAME(gist(t, ask(t, "POST /sync/trigger", format(t, "{" USER ",'syncs':[]%s}", members))), "200");
  int has_checkpoint = strstr(states(t, "checkpoint"), "run") != NULL;
  int has_records = strstr(states(t, "recordCount"), ":0") == NULL;
  assert_int_equal(due(t), 1);
  return has_checkpoint ? has_records ? "all" : "checkpoint" : has_records ? "records" : "nothing";
}

TEST(test_options_and_their_older_names) {
  prepare(t);
  SAME(left(t, ""), "all");
  SAME(left(t, ",'opts':{}"), "all");
  SAME(left(t, ",'opts':{'reset':false,'emptyCache':false}"), "all");
  SAME(left(t, ",'opts':{'emptyCache':false}"), "all");
  SAME(left(t, ",'opts':{'reset':true}"), "records");
  SAME(left(t, ",'opts':{'emptyCache':true,'reset':true}"), "nothing");
  SAME(left(t, ",'sync_mode':'incremental'"), "all");
  SAME(left(t, ",'sync_mode':'full_refresh'"), "records");
  SAME(left(t, ",'sync_mode':'full_refresh_and_clear_cache'"), "nothing");
  SAME(left(t, ",'full_resync':false"), "all");
  SAME(left(t, ",'full_resync':true"), "records");
  SAME(left(t, ",'full_resync':true,'sync_mode':'incremental'"), "all");
}

TEST(test_options_are_checked) {
  static const request_case cases[] = {
    {"POST /sync/trigger", "{'syncs':[],'opts':{'emptyCache':true}}", "400 " B " ['opts','emptyCache']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':{'emptyCache':true,'reset':false}}",
     "400 " B " ['opts','emptyCache']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':{'emptyCache':true,'reset':1}}", "400 " B " ['opts','reset']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':{'reset':'true'}}", "400 " B " ['opts','reset']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':{'reset':null}}", "400 " B " ['opts','reset']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':[]}", "400 " B " ['opts']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':null}", "400 " B " ['opts']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':{},'sync_mode':'incremental'}", "400 " B " ['sync_mode']"},
    {"POST /sync/trigger", "{'syncs':[],'opts':{},'full_resync':false}", "400 " B " ['full_resync']"},
    {"POST /sync/trigger", "{'syncs':[],'sync_mode':'full'}", "400 " B " ['sync_mode']"},
    {"POST /sync/trigger", "{'syncs':[],'sync_mode':'INCREMENTAL'}", "400 " B " ['sync_mode']"},
    {"POST /sync/trigger", "{'syncs':[],'sync_mode':true}", "400 " B " ['sync_mode']"},
    {"POST /sync/trigger", "{'syncs':[],'full_resync':'true'}", "400 " B " ['full_resync']"},
    {"POST /sync/trigger", "{'syncs':[],'full_resync':1}", "400 " B " ['full_resync']"},
  };
  prepare(t);
  judge(t, cases);
  assert_int_equal(due(t), 0);
}

/* ---- what the three have in common ---- */

TEST(test_the_syncs_of_a_body_are_checked) {
  static const char *const lines[] = {"POST /sync/trigger", "POST /sync/start", "POST /sync/pause"};
  static const struct {
    const char *members, *gist;
  } cases[] = {
    {"", "400 " B " ['syncs']"},
    {",'syncs':null", "400 " B " ['syncs']"},
    {",'syncs':'issues'", "400 " B " ['syncs']"},
    {",'syncs':{}", "400 " B " ['syncs']"},
    {",'syncs':['']", "400 " B " ['syncs','0']"},
    {",'syncs':['issues','is sues']", "400 " B " ['syncs','1']"},
    {",'syncs':['issues::']", "400 " B " ['syncs','0']"},
    {",'syncs':['::eu']", "400 " B " ['syncs','0']"},
    {",'syncs':['issues:eu']", "400 " B " ['syncs','0']"},
    {",'syncs':['issues::eu::x']", "400 " B " ['syncs','0']"},
    {",'syncs':['*']", "400 " B " ['syncs','0']"},
    {",'syncs':[null,true,7,['issues']]",
     "400 " B " ['syncs','0'] ['syncs','1'] ['syncs','2'] ['syncs','3']"},
    {",'syncs':[{}]", "400 " B " ['syncs','0','name']"},
    {",'syncs':[{'name':7}]", "400 " B " ['syncs','0','name']"},
    {",'syncs':[{'name':'issues','variant':null}]", "400 " B " ['syncs','0','variant']"},
    {",'syncs':[{'name':'issues','variant':''}]", "400 " B " ['syncs','0','variant']"},
    {",'syncs':[{'name':'issues','model':'Issue'}]", "200"},
    {",'syncs':[],'provider_config_key':''", "400 " B " ['provider_config_key']"},
    {",'syncs':[],'connection_id':''", "400 " B " ['connection_id']"},
    {",'syncs':[],'connection_id':null", "400 " B " ['connection_id']"},
    {",'syncs':[],'connection_id':'\\u00e9'", "400 " B " ['connection_id']"},
    {",'syncs':[],'connection_id':'user-2'", "404 unknown_connection"},
    {",'syncs':[],'provider_config_key':'gitlab'", "400 unknown_provider_config"},
    {",'syncs':['pulls']", "400 no_syncs_found"},
    {",'syncs':['issues','pulls']", "200"},
    {",'syncs':['issues::eu']", "400 no_syncs_found"},
    {",'syncs':[{'name':'issues','variant':'eu'}]", "400 no_syncs_found"},
    {",'syncs':['issues']", "200"},
  };
  prepare(t);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
      request_case one[] = {{lines[i], format(t, "{" USER "%s}", cases[j].members), cases[j].gist}};
      judge(t, one);
    }
  }
}

TEST(test_all_of_none_is_no_syncs_found) {
  static const request_case cases[] = {
    {"POST /sync/trigger", "{" GITHUB ",'syncs':[]}", "400 no_syncs_found"},
    {"POST /sync/start", "{" USER ",'syncs':[]}", "400 no_syncs_found"},
    {"POST /sync/pause", "{" GITHUB ",'syncs':[]}", "400 no_syncs_found"},
  };
  judge(t, cases);
}

TEST(test_start_and_pause_need_a_provider_config_key_in_the_body) {
  static const request_case cases[] = {
    {"POST /sync/start", "{'syncs':[]}", "400 " B " ['provider_config_key']"},
    {"POST /sync/pause", "{'syncs':[]}", "400 " B " ['provider_config_key']"},
  };
  prepare(t);
  judge(t, cases);
}

TEST(test_of_several_names_those_that_are_there_are_commanded) {
  prepare(t);
  SAME(gist(t, ask(t, "POST /sync/pause", "{" USER ",'syncs':['pulls','issues']}")), "200");
  SAME(states(t, "status"), "'user-1' 'issues' 'base' 'PAUSED'");
}

TEST(test_a_command_on_a_sync_that_is_on_no_connection_finds_no_syncs) {
  static const char *const name[] = {"issues"};
  prepare(t);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  SAME(gist(t, ask(t, "POST /sync/pause", "{" GITHUB ",'syncs':['issues']}")), "400 no_syncs_found");
  SAME(gist(t, ask(t, "POST /sync/start", "{" GITHUB ",'syncs':['issues::eu']}")), "400 no_syncs_found");
  SAME(gist(t, ask_with(t, "POST /sync/trigger", NULL, "{" GITHUB ",'syncs':['issues']}")),
       "400 no_syncs_found");
  FAILS(NANGOLITE_NO_SYNCS_FOUND, nangolite_sync_pause(t->store, "github", NULL, name, 1));
}

TEST(test_unknown_members_of_options_and_of_syncs_are_ignored) {
  prepare(t);
  SAME(gist(t, ask(t, "POST /sync/trigger",
                   "{" USER ",'syncs':[{'name':'issues','id':7}],'opts':{'reset':true,'force':1}}")),
       "200");
  SAME(states(t, "checkpoint"), "'user-1' 'issues' 'base' null");
}

TEST(test_pause_stops_the_schedule_until_start) {
  prepare(t);
  SAME(ask(t, "POST /sync/pause", "{" USER ",'syncs':['issues']}"), "200 {'success':true}");
  SAME(states(t, "status"), "'user-1' 'issues' 'base' 'PAUSED'");
  nangolite_clock_advance(t->store, DAYS(1));
  assert_int_equal(due(t), 0);
  SAME(ask(t, "POST /sync/start", "{" USER ",'syncs':['issues']}"), "200 {'success':true}");
  SAME(states(t, "status"), "'user-1' 'issues' 'base' 'SUCCESS'");
  assert_int_equal(due(t), 1);
  SAME(gist(t, ask(t, "POST /sync/start", "{" USER ",'syncs':['issues']}")), "200");
  assert_int_equal(due(t), 0);
}

TEST(test_pause_and_start_reach_every_connection_and_variant) {
  prepare_connections(t);
  OK(nangolite_variant_create(t->store, "github", "user-2", "issues", "eu"));
  SAME(gist(t, ask(t, "POST /sync/pause", "{" GITHUB ",'syncs':[]}")), "200");
  SAME(states(t, "status"), "'user-1' 'issues' 'base' 'PAUSED', 'user-2' 'issues' 'base' 'PAUSED', "
                            "'user-2' 'issues' 'eu' 'PAUSED'");
  SAME(gist(t, ask(t, "POST /sync/start", "{" GITHUB ",'syncs':['issues']}")), "200");
  SAME(states(t, "status"), "'user-1' 'issues' 'base' 'SUCCESS', 'user-2' 'issues' 'base' 'SUCCESS', "
                            "'user-2' 'issues' 'eu' 'PAUSED'");
}

/* ---- frequency ---- */

#define FREQUENCY "PUT /sync/update-connection-frequency"

TEST(test_a_connection_gets_a_frequency_and_goes_back_to_the_default) {
  prepare(t);
  SAME(ask(t, FREQUENCY, "{" USER ",'sync_name':'issues','frequency':'every 30 minutes'}"),
       "200 {'frequency':'every 30 minutes'}");
  SAME(states(t, "frequency"), "'user-1' 'issues' 'base' 'every 30 minutes'");
  nangolite_clock_advance(t->store, MINUTES(30));
  assert_int_equal(due(t), 1);
  SAME(ask(t, FREQUENCY, "{" USER ",'sync_name':'issues','frequency':null}"),
       "200 {'frequency':'every hour'}");
  SAME(states(t, "frequency"), "'user-1' 'issues' 'base' 'every hour'");
}

TEST(test_a_frequency_of_one_variant) {
  prepare_variant(t);
  SAME(ask(t, FREQUENCY, "{" USER ",'sync_name':'issues','sync_variant':'eu','frequency':'2h'}"),
       "200 {'frequency':'2h'}");
  SAME(states(t, "frequency"), "'user-1' 'issues' 'base' 'every hour', 'user-1' 'issues' 'eu' '2h'");
}

TEST(test_frequencies_are_checked) {
  static const request_case cases[] = {
    {FREQUENCY, "{}", "400 " B " ['provider_config_key'] ['connection_id'] ['sync_name'] ['frequency']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues'}", "400 " B " ['frequency']"},
    {FREQUENCY, "{" GITHUB ",'sync_name':'issues','frequency':'1h'}", "400 " B " ['connection_id']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','frequency':30}", "400 " B " ['frequency']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','frequency':''}", "400 " B " ['frequency']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','frequency':'often'}", "400 " B " ['frequency']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','frequency':'30s'}", "200"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','frequency':'29s'}", "400 " B " ['frequency']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','frequency':'365 days'}", "200"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','frequency':'366 days'}", "400 " B " ['frequency']"},
    {FREQUENCY, "{" USER ",'sync_name':'is sues','frequency':'1h'}", "400 " B " ['sync_name']"},
    {FREQUENCY, "{" USER ",'sync_name':null,'frequency':'1h'}", "400 " B " ['sync_name']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','sync_variant':'','frequency':'1h'}",
     "400 " B " ['sync_variant']"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','sync_variant':'Base','frequency':'1h'}", "200"},
    {FREQUENCY, "{" USER ",'sync_name':'pulls','frequency':'1h'}", "400 unknown_sync"},
    {FREQUENCY, "{" USER ",'sync_name':'issues','sync_variant':'eu','frequency':'1h'}", "400 unknown_sync"},
    {FREQUENCY, "{" GITHUB ",'connection_id':'user-2','sync_name':'issues','frequency':'1h'}",
     "400 unknown_connection"},
    {FREQUENCY, "{'provider_config_key':'x','connection_id':'user-1','sync_name':'issues','frequency':'1h'}",
     "400 unknown_connection"},
  };
  prepare(t);
  judge(t, cases);
}

TESTS(EVERYWHERE(test_trigger_asks_for_one_run), MEMORY(test_syncs_are_named_in_three_forms),
      MEMORY(test_an_omitted_connection_means_all_of_the_integration),
      MEMORY(test_trigger_takes_from_the_headers_what_the_body_leaves_out),
      MEMORY(test_trigger_without_a_provider_config_key_says_so),
      MEMORY(test_reset_forgets_the_checkpoint_and_keeps_the_records),
      MEMORY(test_empty_cache_also_removes_the_records), MEMORY(test_options_and_their_older_names),
      ATTACHED(test_options_are_checked), ATTACHED(test_the_syncs_of_a_body_are_checked),
      ATTACHED(test_all_of_none_is_no_syncs_found),
      ATTACHED(test_start_and_pause_need_a_provider_config_key_in_the_body),
      MEMORY(test_of_several_names_those_that_are_there_are_commanded),
      MEMORY(test_a_command_on_a_sync_that_is_on_no_connection_finds_no_syncs),
      MEMORY(test_unknown_members_of_options_and_of_syncs_are_ignored),
      MEMORY(test_pause_stops_the_schedule_until_start),
      MEMORY(test_pause_and_start_reach_every_connection_and_variant),
      MEMORY(test_a_connection_gets_a_frequency_and_goes_back_to_the_default),
      MEMORY(test_a_frequency_of_one_variant), ATTACHED(test_frequencies_are_checked))
