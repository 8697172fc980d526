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
  delete(t, "Issue", "[{'id':1}]");
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
  delete(t, "Issue", "[{'id':2},{'id':4}]");
  SAME(collections(t, NULL, NULL, 0),
       "{'collections':[{'provider_config_key':'github','connection_id':'user-1','model':'Issue',"
       "'variant':'base','live':2,'deleted':2,'pruned':0,'bytes':38,'last_change':1705314600000004}]}");
  OK(nangolite_records_prune(t->store, &issues, NULL, 2, NULL, NULL));
  SAME(collections(t, "github", "user-1", 0),
       "{'collections':[{'provider_config_key':'github','connection_id':'user-1','model':'Issue',"
       "'variant':'base','live':2,'deleted':2,'pruned':2,'bytes':16,'last_change':1705314600000004}]}");
}

static void fill_several(test *t) {
  static const nangolite_scope scopes[] = {{"github", "user-1", "Issue", "eu"}, {"github", "user-2", "Issue", NULL},
                                           {"github", "user-1", "Pull", NULL}, {"gitlab", "user-1", "Issue", NULL},
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
  SAME(names_of(t, "github", NULL, 0), "'user-1' 'Issue' 'base', 'user-1' 'Issue' 'eu', 'user-1' 'Pull' 'base', "
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
  delete(t, "Issue", "[{'id':1}]");
  SAME(names_of(t, NULL, NULL, since), "'user-1' 'Issue' 'base', 'user-1' 'Pull' 'base'");
  SAME(names_of(t, "gitlab", NULL, since), "");
  SAME(names_of(t, NULL, NULL, nangolite_last_change(t->store)), "");
  SAME(names_of(t, NULL, NULL, INT64_MAX), "");
  SAME(names_of(t, "github", "user-1", since - 1), "'user-1' 'Issue' 'base', 'user-1' 'Pull' 'base'");
}

TEST(test_what_collections_refuse) {
  char *json = (char *)(uintptr_t)"?";
  FAILS(NANGOLITE_INVALID, nangolite_collections(t->store, "a/b", NULL, 0, &json));
  assert_null(json);
  FAILS(NANGOLITE_INVALID, nangolite_collections(t->store, NULL, "", 0, &json));
  FAILS(NANGOLITE_INVALID, nangolite_collections(t->store, NULL, NULL, -1, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_collections(t->store, NULL, NULL, 0, NULL));
  assert_int_equal(nangolite_collections(NULL, NULL, NULL, 0, &json), NANGOLITE_MISUSE);
}

/* ---- the environment ---- */

TEST(test_a_variable_is_read_back) {
  char *value = (char *)(uintptr_t)"?";
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
      EVERYWHERE(test_a_collection_is_told_with_its_counts),
      MEMORY(test_collections_come_by_name_and_null_means_all), MEMORY(test_collections_that_changed_since),
      MEMORY(test_what_collections_refuse), EVERYWHERE(test_a_variable_is_read_back))
