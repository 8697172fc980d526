/* Looking around: what is in a store, and whether it has changed. */
#include "syncs.h"

/* ---- last_change ---- */

TEST(test_last_change_is_the_newest_stamp) {
  int64_t before = nangolite_last_change(t->store);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  int64_t after = nangolite_last_change(t->store);
  assert_true(after > before);
  assert_true(after == HALF_PAST_TEN + 1);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  assert_true(nangolite_last_change(t->store) == after);
  delete (t, "Issue", "[{'id':1}]");
  assert_true(nangolite_last_change(t->store) == after + 1);
  assert_true(nangolite_last_change(NULL) == 0);
}

TEST(test_last_change_is_heard_of_by_other_handles) {
  nangolite *other = open_store(t, t->path, NULL);
  save(t, "Issue", "[{'id':1}]");
  assert_true(nangolite_last_change(other) == HALF_PAST_TEN);
  save(t, "Issue", "[{'id':2}]");
  assert_true(nangolite_last_change(other) == HALF_PAST_TEN + 1);
}

TEST(test_last_change_moves_when_a_run_begins_and_ends_and_when_something_is_taken_away) {
  nangolite_run *run = NULL;
  define(t, "issues", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "eu"));
  int64_t before = nangolite_last_change(t->store);
  OK(nangolite_run_next(t->store, &run));
  int64_t begun = nangolite_last_change(t->store);
  assert_true(begun > before);
  OK(nangolite_run_heartbeat(run));
  assert_true(nangolite_last_change(t->store) == begun);
  OK(nangolite_run_finish(run, NULL, NULL));
  int64_t ended = nangolite_last_change(t->store);
  assert_true(ended > begun);
  OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", "eu"));
  int64_t without_variant = nangolite_last_change(t->store);
  assert_true(without_variant > ended);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  assert_true(nangolite_last_change(t->store) > without_variant);
}

/* ---- collections ---- */

static const char *collections(test *t, const char *provider_config_key, const char *connection_id,
                               int64_t changed_after) {
  char *json = NULL;
  OK(nangolite_collections(t->store, provider_config_key, connection_id, changed_after, &json));
  return single_quoted(t, taken(t, json));
}

/* "user-1 Issue base, user-1 Pull base" */
static const char *names_of(test *t, const char *provider_config_key, const char *connection_id,
                            int64_t changed_after) {
  const char *json = double_quoted(t, collections(t, provider_config_key, connection_id, changed_after));
  const char *text = "", *model;
  for (int i = 0; (model = member(t, json, format(t, "collections[%d].model", i))) != NULL; i++) {
    text = format(t, "%s%s%s %s %s", text, i == 0 ? "" : ", ",
                  member(t, json, format(t, "collections[%d].connection_id", i)), model,
                  member(t, json, format(t, "collections[%d].variant", i)));
  }
  return single_quoted(t, text);
}

TEST(test_a_collection_is_told_with_its_counts) {
  SAME(collections(t, NULL, NULL, 0), "{'collections':[]}");
  save(t, "Issue", "[{'id':1,'a':1},{'id':2},{'id':3}]");
  delete (t, "Issue", "[{'id':2},{'id':4}]");
  SAME(collections(t, NULL, NULL, 0),
       "{'collections':[{'provider_config_key':'github','connection_id':'user-1','model':'Issue',"
       "'variant':'base','live':2,'deleted':2,'pruned':0,'bytes':38,'last_change':1705314600000004}]}");
  OK(nangolite_records_prune(t->store, &issues, NULL, 2, NULL, NULL));
  SAME(collections(t, "github", "user-1", 0),
       "{'collections':[{'provider_config_key':'github','connection_id':'user-1','model':'Issue',"
       "'variant':'base','live':2,'deleted':2,'pruned':2,'bytes':16,'last_change':1705314600000004}]}");
}

static void fill_several(test *t) {
  static const nangolite_scope scopes[] = {{"github", "user-1", "Issue", "eu"},
                                           {"github", "user-2", "Issue", NULL},
                                           {"github", "user-1", "Pull", NULL},
                                           {"gitlab", "user-1", "Issue", NULL},
                                           {"github", "user-1", "Issue", NULL}};
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  OK(nangolite_connection_create(t->store, "gitlab", "user-1"));
  for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
    OK(nangolite_records_save(t->store, &scopes[i], "[{\"id\":1}]", -1, NULL));
}

TEST(test_collections_come_by_name_and_null_means_all) {
  fill_several(t);
  SAME(names_of(t, NULL, NULL, 0), "'user-1' 'Issue' 'base', 'user-1' 'Issue' 'eu', 'user-1' 'Pull' 'base', "
                                   "'user-2' 'Issue' 'base', 'user-1' 'Issue' 'base'");
  SAME(names_of(t, "github", NULL, 0),
       "'user-1' 'Issue' 'base', 'user-1' 'Issue' 'eu', 'user-1' 'Pull' 'base', "
       "'user-2' 'Issue' 'base'");
  SAME(names_of(t, "github", "user-2", 0), "'user-2' 'Issue' 'base'");
  SAME(names_of(t, NULL, "user-2", 0), "'user-2' 'Issue' 'base'");
  SAME(names_of(t, NULL, "user-9", 0), "");
  SAME(names_of(t, "slack", NULL, 0), "");
  SAME(names_of(t, "slack", "user-1", 0), "");
}

TEST(test_collections_that_changed_since) {
  fill_several(t);
  int64_t since = nangolite_last_change(t->store);
  SAME(names_of(t, NULL, NULL, since), "");
  save(t, "Pull", "[{'id':1}]");
  SAME(names_of(t, NULL, NULL, since), "");
  save(t, "Pull", "[{'id':1,'a':1}]");
  SAME(names_of(t, NULL, NULL, since), "'user-1' 'Pull' 'base'");
  delete (t, "Issue", "[{'id':1}]");
  SAME(names_of(t, NULL, NULL, since), "'user-1' 'Issue' 'base', 'user-1' 'Pull' 'base'");
  SAME(names_of(t, "gitlab", NULL, since), "");
  SAME(names_of(t, NULL, NULL, nangolite_last_change(t->store)), "");
  SAME(names_of(t, NULL, NULL, INT64_MAX), "");
  SAME(names_of(t, "github", "user-1", since - 1), "'user-1' 'Issue' 'base', 'user-1' 'Pull' 'base'");
}

TEST(test_what_was_taken_away_is_not_told) {
  fill_several(t);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  SAME(names_of(t, NULL, NULL, 0), "'user-2' 'Issue' 'base', 'user-1' 'Issue' 'base'");
  SAME(names_of(t, "github", "user-1", 0), "");
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  SAME(names_of(t, "github", "user-1", 0), "");
}

TEST(test_what_collections_refuse) {
  char *json = (char *)(uintptr_t) "?";
  FAILS(NANGOLITE_INVALID, nangolite_collections(t->store, "a/b", NULL, 0, &json));
  assert_null(json);
  FAILS(NANGOLITE_INVALID, nangolite_collections(t->store, NULL, "", 0, &json));
  FAILS(NANGOLITE_INVALID, nangolite_collections(t->store, NULL, NULL, -1, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_collections(t->store, NULL, NULL, 0, NULL));
  assert_int_equal(nangolite_collections(NULL, NULL, NULL, 0, &json), NANGOLITE_MISUSE);
}

/* ---- connections and their metadata ---- */

static const char *connections(test *t, const char *provider_config_key) {
  char *json = NULL;
  OK(nangolite_connections(t->store, provider_config_key, &json));
  return single_quoted(t, taken(t, json));
}

static const char *metadata_now(test *t) {
  char *json = NULL;
  OK(nangolite_metadata_get(t->store, "github", "user-1", &json));
  return single_quoted(t, taken(t, json));
}

static void set_metadata(test *t, const char *json, int merge) {
  OK(nangolite_metadata_set(t->store, "github", "user-1", double_quoted(t, json), merge));
}

TEST(test_connections_are_listed_by_name) {
  SAME(connections(t, NULL),
       "{'connections':[{'provider_config_key':'github','connection_id':'user-1','metadata':null,"
       "'created_at':'2024-01-15T10:30:00.000Z'}]}");
  nangolite_clock_advance(t->store, SECONDS(1));
  OK(nangolite_connection_create(t->store, "gitlab", "a\"b"));
  set_metadata(t, " {'team' : 7} ", 0);
  SAME(connections(t, NULL),
       "{'connections':[{'provider_config_key':'github','connection_id':'user-1','metadata':{'team' : 7},"
       "'created_at':'2024-01-15T10:30:00.000Z'},{'provider_config_key':'gitlab','connection_id':'a\\'b',"
       "'metadata':null,'created_at':'2024-01-15T10:30:01.000Z'}]}");
  SAME(connections(t, "slack"), "{'connections':[]}");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  SAME(connections(t, "github"), "{'connections':[]}");
}

TEST(test_metadata_are_empty_at_first_and_read_as_they_were_set) {
  SAME(metadata_now(t), "{}");
  set_metadata(t, " { 'a' : [1, 2.50] , 'b':'caf\\u00e9'} ", 0);
  SAME(metadata_now(t), "{ 'a' : [1, 2.50] , 'b':'caf\\u00e9'}");
  set_metadata(t, "{'c':null}", 0);
  SAME(metadata_now(t), "{'c':null}");
  set_metadata(t, "{}", 0);
  SAME(metadata_now(t), "{}");
}

TEST(test_merging_metadata_replaces_members_at_the_top) {
  set_metadata(t, "{'a':1}", 1);
  SAME(metadata_now(t), "{'a':1}");
  set_metadata(t, "{'b':{'x':1,'y':2}, 'a':null}", 1);
  SAME(metadata_now(t), "{'a':null,'b':{'x':1,'y':2}}");
  set_metadata(t, "{'c':3,'b':{'z':3}}", 1);
  SAME(metadata_now(t), "{'a':null,'b':{'z':3},'c':3}");
  set_metadata(t, "{}", 1);
  SAME(metadata_now(t), "{'a':null,'b':{'z':3},'c':3}");
  set_metadata(t, "{'d':1,'\\u0061':2,'d':4,'a':5}", 1);
  SAME(metadata_now(t), "{'a':5,'b':{'z':3},'c':3,'d':4}");
}

TEST(test_metadata_stay_in_the_file_and_go_with_their_connection) {
  set_metadata(t, "{'a':1}", 0);
  reopen(t, NULL);
  SAME(metadata_now(t), "{'a':1}");
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  SAME(metadata_now(t), "{'a':1}");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  SAME(metadata_now(t), "{}");
}

TEST(test_what_metadata_refuse) {
  static const char *const bad[] = {"", "[]", "7", "null", "{", "{'a':1} x", "{'a':'\xff'}"};
  char *json = (char *)(uintptr_t) "?";
  set_metadata(t, "{'a':1}", 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    FAILS(NANGOLITE_INVALID,
          nangolite_metadata_set(t->store, "github", "user-1", double_quoted(t, bad[i]), 0));
    SAYS("metadata");
    FAILS(NANGOLITE_INVALID,
          nangolite_metadata_set(t->store, "github", "user-1", double_quoted(t, bad[i]), 1));
  }
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_metadata_set(t->store, "github", "user-9", "{}", 0));
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_metadata_set(t->store, "slack", "user-1", "{}", 1));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_metadata_get(t->store, "github", "user-9", &json));
  assert_null(json);
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_metadata_get(t->store, "slack", "user-1", &json));
  FAILS(NANGOLITE_INVALID, nangolite_metadata_get(t->store, "github", "", &json));
  FAILS(NANGOLITE_MISUSE, nangolite_metadata_get(t->store, "github", NULL, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_metadata_get(t->store, "github", "user-1", NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_metadata_set(t->store, "github", "user-1", NULL, 0));
  FAILS(NANGOLITE_INVALID, nangolite_connections(t->store, "", &json));
  FAILS(NANGOLITE_MISUSE, nangolite_connections(t->store, NULL, NULL));
  SAME(metadata_now(t), "{'a':1}");
}

TEST(test_metadata_of_many_members_are_merged_in_good_time) {
  const char *members = "";
  for (int i = 0; i < 300; i++)
    members = format(t, "%s%s'k%d':%d", members, i == 0 ? "" : ",", i * 7 % 300, i);
  set_metadata(t, format(t, "{%s}", members), 0);
  set_metadata(t, format(t, "{%s,'new':1}", members), 1);
  SAME(metadata_now(t), format(t, "{%s,'new':1}", members));
}

static int read_metadata(nangolite_run *run, script *s) {
  char *json = NULL;
  int result = nangolite_metadata_get(nangolite_run_store(run), nangolite_run_provider_config_key(run),
                                      nangolite_run_connection_id(run), &json);
  s->told = single_quoted(s->t, taken(s->t, json));
  return result;
}

TEST(test_a_sync_reads_the_metadata_of_its_connection) {
  script s = {.t = t, .act = read_metadata};
  set_metadata(t, "{'project':'x'}", 0);
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(s.told, "{'project':'x'}");
}

/* ---- definitions ---- */

static const char *syncs(test *t, nangolite *store, const char *provider_config_key) {
  char *json = NULL;
  OK_OF(store, nangolite_syncs(store, provider_config_key, &json));
  return single_quoted(t, taken(t, json));
}

TEST(test_definitions_are_listed_with_their_members) {
  static const char *const models[] = {"Pull", "Issue"};
  SAME(syncs(t, t->store, NULL), "{'syncs':[]}");
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "pulls",
                         .models = models,
                         .model_count = 2,
                         .frequency = "1.5 hours",
                         .start_at = HALF_PAST_TEN + HOURS(1),
                         .manual_start = 7,
                         .max_delete_percent = 50};
  OK(nangolite_sync_define(t->store, &sync));
  SAME(syncs(t, t->store, NULL),
       "{'syncs':[{'provider_config_key':'github','name':'pulls','models':['Pull','Issue'],"
       "'frequency':'1.5 hours','start_at':'2024-01-15T11:30:00.000Z','manual_start':true,"
       "'max_delete_percent':50,'max_retries':0,'retry_after_s':30,'local_time':false,'served':true}]}");
  sync = (nangolite_sync){.provider_config_key = "gitlab",
                          .name = "all",
                          .models = models,
                          .model_count = 1,
                          .frequency = "every day",
                          .max_retries = 3,
                          .retry_after_s = 60,
                          .local_time = 1};
  OK(nangolite_sync_define(t->store, &sync));
  SAME(syncs(t, t->store, "gitlab"),
       "{'syncs':[{'provider_config_key':'gitlab','name':'all','models':['Pull'],'frequency':'every day',"
       "'start_at':null,'manual_start':false,'max_delete_percent':0,'max_retries':3,'retry_after_s':60,"
       "'local_time':true,'served':true}]}");
  SAME(syncs(t, t->store, "slack"), "{'syncs':[]}");
}

static const char *served(test *t, nangolite *store) {
  const char *json = double_quoted(t, syncs(t, store, NULL)), *text = "", *name;
  for (int i = 0; (name = member(t, json, format(t, "syncs[%d].name", i))) != NULL; i++)
    text = format(t, "%s%s %s; ", text, name, member(t, json, format(t, "syncs[%d].served", i)));
  return single_quoted(t, text);
}

TEST(test_served_is_what_this_handle_executes) {
  static const char *const models[] = {"Pull"};
  script s = {.t = t};
  nangolite *other = open_store(t, t->path, NULL);
  nangolite_sync pulls = sync_of("pulls", "every hour", &s);
  pulls.models = models;
  define(t, "issues", "every hour", &s);
  SAME(served(t, other), "'issues' true; ");
  define_in(t, other, pulls);
  SAME(served(t, other), "'issues' false; 'pulls' true; ");
  SAME(served(t, t->store), "'issues' true; 'pulls' false; ");
  define(t, "issues", "every hour", NULL);
  SAME(served(t, t->store), "'issues' true; 'pulls' false; ");
}

TEST(test_what_syncs_refuse) {
  char *json = (char *)(uintptr_t) "?";
  FAILS(NANGOLITE_INVALID, nangolite_syncs(t->store, "a/b", &json));
  assert_null(json);
  FAILS(NANGOLITE_MISUSE, nangolite_syncs(t->store, NULL, NULL));
  assert_int_equal(nangolite_syncs(NULL, NULL, &json), NANGOLITE_MISUSE);
}

/* ---- the environment ---- */

TEST(test_a_variable_is_read_back) {
  char *value = (char *)(uintptr_t) "?";
  OK(nangolite_env_get(t->store, "TOKEN", &value));
  assert_null(value);
  OK(nangolite_env_set(t->store, "TOKEN", "a\"b"));
  OK(nangolite_env_get(t->store, "TOKEN", &value));
  assert_string_equal(taken(t, value), "a\"b");
  OK(nangolite_env_set(t->store, "TOKEN", ""));
  OK(nangolite_env_get(t->store, "TOKEN", &value));
  assert_string_equal(taken(t, value), "");
  OK(nangolite_env_set(t->store, "TOKEN", NULL));
  OK(nangolite_env_get(t->store, "TOKEN", &value));
  assert_null(value);
  FAILS(NANGOLITE_INVALID, nangolite_env_get(t->store, "", &value));
  FAILS(NANGOLITE_INVALID, nangolite_env_get(t->store, "\xff", &value));
  FAILS(NANGOLITE_MISUSE, nangolite_env_get(t->store, NULL, &value));
  FAILS(NANGOLITE_MISUSE, nangolite_env_get(t->store, "TOKEN", NULL));
}

TESTS(MEMORY(test_last_change_is_the_newest_stamp), ON_FILE(test_last_change_is_heard_of_by_other_handles),
      MEMORY(test_last_change_moves_when_a_run_begins_and_ends_and_when_something_is_taken_away),
      EVERYWHERE(test_a_collection_is_told_with_its_counts),
      MEMORY(test_collections_come_by_name_and_null_means_all), MEMORY(test_collections_that_changed_since),
      MEMORY(test_what_was_taken_away_is_not_told), MEMORY(test_what_collections_refuse),
      EVERYWHERE(test_connections_are_listed_by_name),
      EVERYWHERE(test_metadata_are_empty_at_first_and_read_as_they_were_set),
      MEMORY(test_merging_metadata_replaces_members_at_the_top),
      ON_FILE(test_metadata_stay_in_the_file_and_go_with_their_connection),
      EVERYWHERE(test_what_metadata_refuse), MEMORY(test_metadata_of_many_members_are_merged_in_good_time),
      MEMORY(test_a_sync_reads_the_metadata_of_its_connection),
      EVERYWHERE(test_definitions_are_listed_with_their_members),
      ON_FILE(test_served_is_what_this_handle_executes), MEMORY(test_what_syncs_refuse),
      EVERYWHERE(test_a_variable_is_read_back))
