/* POST and DELETE /sync/{name}/variant/{variant}; GET /environment-variables. */
#include "request.h"

#define USER "{'provider_config_key':'github','connection_id':'user-1'}"

static void define(test *t) {
  static const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  OK(nangolite_sync_define(t->store, &sync));
}

TEST(test_a_variant_is_created_and_deleted) {
  define(t);
  const char *answer = ask(t, "POST /sync/issues/variant/eu", USER);
  const char *status = ask(t, "GET /sync/status?provider_config_key=github&syncs=issues::eu", NULL);
  SAME(answer, format(t, "200 {'id':%s,'name':'issues','variant':'eu'}", part(t, status, "syncs[0].id")));
  SAME(ask(t, "DELETE /sync/issues/variant/eu", USER), "200 {'success':true}");
  SAME(ask(t, "GET /sync/status?provider_config_key=github&syncs=issues::eu", NULL), "200 {'syncs':[]}");
}

TEST(test_deleting_a_variant_removes_its_records) {
  nangolite_scope eu = {"github", "user-1", "Issue", "eu"};
  define(t);
  SAME(gist(t, ask(t, "POST /sync/issues/variant/eu", USER)), "200");
  OK(nangolite_records_save(t->store, &eu, "[{\"id\":1}]", -1, NULL));
  SAME(gist(t, ask(t, "DELETE /sync/issues/variant/eu", USER)), "200");
  SAME(ask(t, "GET /records?model=Issue&variant=eu", NULL), "200 {'records':[],'next_cursor':null}");
}

TEST(test_names_of_variants_may_be_percent_encoded) {
  define(t);
  SAME(part(t, ask(t, "POST /sync/iss%75es/variant/%65u/", USER), "variant"), "'eu'");
}

TEST(test_variants_are_checked) {
  static const request_case cases[] = {
    {"POST /sync/issues/variant/base", USER, "400 invalid_variant"},
    {"POST /sync/issues/variant/BaSe", USER, "400 invalid_variant"},
    {"DELETE /sync/issues/variant/base", USER, "400 invalid_variant"},
    {"POST /sync/issues/variant/e.u", USER, "400 invalid_uri_params ['variant']"},
    {"POST /sync/issues/variant/e%2Fu", USER, "400 invalid_uri_params ['variant']"},
    {"POST /sync/issues/variant/e+u", USER, "400 invalid_uri_params ['variant']"},
    {"POST /sync/is%20sues/variant/eu%00", USER, "400 invalid_uri_params ['name'] ['variant']"},
    {"DELETE /sync/issues/variant/%ff", USER, "400 invalid_uri_params ['variant']"},
    {"POST /sync/issues/variant/eu", NULL, "400 invalid_body ['provider_config_key'] ['connection_id']"},
    {"DELETE /sync/issues/variant/eu", "{}", "400 invalid_body ['provider_config_key'] ['connection_id']"},
    {"POST /sync/issues/variant/eu", "{'provider_config_key':'github','connection_id':'user-2'}",
     "400 unknown_connection"},
    {"POST /sync/issues/variant/eu", "{'provider_config_key':'gitlab','connection_id':'x'}",
     "400 unknown_connection"},
    {"DELETE /sync/issues/variant/eu", "{'provider_config_key':'github','connection_id':'user-2'}",
     "400 unknown_connection"},
    {"POST /sync/pulls/variant/eu", USER, "400 unknown_sync"},
    {"DELETE /sync/pulls/variant/eu", USER, "404 not_found"},
    {"DELETE /sync/issues/variant/eu", USER, "404 not_found"},
    {"POST /sync/issues/variant/eu", USER, "200"},
    {"POST /sync/issues/variant/eu", USER, "400 sync_variant_already_exists"},
    {"DELETE /sync/issues/variant/eu", USER, "200"},
    {"DELETE /sync/issues/variant/eu", USER, "404 not_found"},
  };
  define(t);
  judge(t, cases);
}

TEST(test_100_variants_besides_base_are_the_most) {
  define(t);
  for (int i = 1; i <= 100; i++)
    SAME(gist(t, ask(t, format(t, "POST /sync/issues/variant/v%d", i), USER)), "200");
  SAME(gist(t, ask(t, "POST /sync/issues/variant/v101", USER)), "400 resource_capped");
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  SAME(gist(t, ask(t, "POST /sync/issues/variant/v1",
                   "{'provider_config_key':'github','connection_id':'user-2'}")),
       "200");
  SAME(gist(t, ask(t, "DELETE /sync/issues/variant/v7", USER)), "200");
  SAME(gist(t, ask(t, "POST /sync/issues/variant/v101", USER)), "200");
}

TEST(test_the_most_variants_are_an_option) {
  nangolite_options options = {.max_variants = 1};
  reopen(t, &options);
  define(t);
  SAME(gist(t, ask(t, "POST /sync/issues/variant/eu", USER)), "200");
  SAME(gist(t, ask(t, "POST /sync/issues/variant/us", USER)), "400 resource_capped");
}

/* ---- the environment ---- */

static const char *environment(test *t) {
  return ask_with(t, "GET /environment-variables", NULL, NULL);
}

TEST(test_environment_variables_are_listed_by_name) {
  SAME(environment(t), "200 []");
  OK(nangolite_env_set(t->store, "TOKEN", "a\"b"));
  OK(nangolite_env_set(t->store, "API_URL", "https://api.example.com/caf\xc3\xa9"));
  OK(nangolite_env_set(t->store, "EMPTY", ""));
  SAME(environment(t),
       "200 [{'name':'API_URL','value':'https://api.example.com/caf\xc3\xa9'},{'name':'EMPTY','value':''},"
       "{'name':'TOKEN','value':'a\\'b'}]");
}

TEST(test_an_environment_variable_is_replaced_and_removed) {
  OK(nangolite_env_set(t->store, "TOKEN", "one"));
  OK(nangolite_env_set(t->store, "TOKEN", "two"));
  SAME(environment(t), "200 [{'name':'TOKEN','value':'two'}]");
  OK(nangolite_env_set(t->store, "TOKEN", NULL));
  OK(nangolite_env_set(t->store, "TOKEN", NULL));
  SAME(environment(t), "200 []");
}

TEST(test_environment_variables_are_in_the_file) {
  OK(nangolite_env_set(t->store, "TOKEN", "one"));
  reopen(t, NULL);
  SAME(environment(t), "200 [{'name':'TOKEN','value':'one'}]");
}

TEST(test_wrong_environment_variables_are_refused) {
  FAILS(NANGOLITE_INVALID, nangolite_env_set(t->store, "", "value"));
  SAYS("name");
  FAILS(NANGOLITE_INVALID, nangolite_env_set(t->store, "\xff", "value"));
  FAILS(NANGOLITE_INVALID, nangolite_env_set(t->store, "TOKEN", "\xff"));
  FAILS(NANGOLITE_MISUSE, nangolite_env_set(t->store, NULL, "value"));
  assert_int_equal(nangolite_env_set(NULL, "TOKEN", "value"), NANGOLITE_MISUSE);
  SAME(environment(t), "200 []");
}

/* ---- failures that are nobody's input ---- */

TEST(test_a_read_only_store_answers_what_it_can) {
  nangolite_options options = {.read_only = 1};
  define(t);
  reopen(t, &options);
  SAME(gist(t, ask(t, "GET /records?model=Issue", NULL)), "200");
  SAME(gist(t, ask(t, "GET /sync/status?provider_config_key=github&syncs=*", NULL)), "200");
  SAME(gist(t, environment(t)), "200");
  SAME(gist(t, ask(t, "POST /sync/pause", "{'provider_config_key':'github','syncs':[]}")),
       "500 server_error");
}

TEST(test_a_file_that_stays_locked_is_busy) {
  nangolite_options options = {.busy_timeout_ms = 1};
  define(t);
  reopen(t, &options);
  sqlite3 *other;
  assert_int_equal(sqlite3_open(t->path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  SAME(gist(t, ask(t, "POST /sync/pause", "{'provider_config_key':'github','syncs':[]}")), "503 busy");
  SAME(gist(t, ask(t, "GET /records?model=Issue", NULL)), "200");
  assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  SAME(gist(t, ask(t, "POST /sync/pause", "{'provider_config_key':'github','syncs':[]}")), "200");
}

TEST(test_a_table_that_is_gone_is_a_server_error) {
  assert_int_equal(sqlite3_exec(t->db, "ALTER TABLE nango_environment RENAME TO away", NULL, NULL, NULL),
                   SQLITE_OK);
  SAME(gist(t, environment(t)), "500 server_error");
  assert_int_equal(sqlite3_exec(t->db, "ALTER TABLE away RENAME TO nango_environment", NULL, NULL, NULL),
                   SQLITE_OK);
  SAME(gist(t, environment(t)), "200");
}

TESTS(EVERYWHERE(test_a_variant_is_created_and_deleted), MEMORY(test_deleting_a_variant_removes_its_records),
      MEMORY(test_names_of_variants_may_be_percent_encoded), ATTACHED(test_variants_are_checked),
      MEMORY(test_100_variants_besides_base_are_the_most), MEMORY(test_the_most_variants_are_an_option),
      EVERYWHERE(test_environment_variables_are_listed_by_name),
      MEMORY(test_an_environment_variable_is_replaced_and_removed),
      ON_FILE(test_environment_variables_are_in_the_file),
      MEMORY(test_wrong_environment_variables_are_refused),
      ON_FILE(test_a_read_only_store_answers_what_it_can), ON_FILE(test_a_file_that_stays_locked_is_busy),
      ATTACHED(test_a_table_that_is_gone_is_a_server_error))
