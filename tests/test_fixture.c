/* nangolite_fixture_load(): recorded fixtures as Nango's own tests keep them (SPEC section 8). */
#include "test.h"

/* Says what changed, as save() does. */
static const char *load(test *t, const char *json) {
  nangolite_changes changes;
  OK(nangolite_fixture_load(t->store, "github", "user-1", NULL, double_quoted(t, json), -1, &changes));
  return changes_text(t, changes);
}

static const char *metadata(test *t, const char *connection_id) {
  char *json = NULL;
  OK(nangolite_metadata_get(t->store, "github", connection_id, &json));
  return taken(t, json);
}

TEST(test_saves_updates_and_deletes_come_in_this_order) {
  SAME(load(t, "{'batchDelete':{'Issue':[{'id':'2'}]},'batchUpdate':{'Issue':[{'id':'1','b':2}]},"
               "'batchSave':{'Issue':[{'id':'1','a':1},{'id':'2'}],'Label':[{'id':'x'}]}}"),
       "3 added, 1 updated, 1 deleted");
  FEED(t, "Issue", "1 UPDATED {'id':'1','a':1,'b':2}; 2 DELETED {'id':'2'}");
  FEED(t, "Label", "x ADDED {'id':'x'}");
}

TEST(test_the_whole_file_is_taken_too_and_what_is_not_known_is_ignored) {
  SAME(load(t, "{'api':{'get':{}},'nango':{'getConnection':{'a':1},'batchSave':{'Issue':[{'id':1}]},"
               "'batchDelete':null,'getMetadata':null}}"),
       "1 added");
  SAME(metadata(t, "user-1"), "{}");
}

TEST(test_models_alone_are_saved) {
  SAME(load(t, "{'Issue':[{'id':1}],'Label':[{'id':1},{'id':2}]}"), "3 added");
}

TEST(test_metadata_are_the_connections) {
  load(t, "{'getMetadata':{'a': [1]}}");
  SAME(metadata(t, "user-1"), "{'a': [1]}");
}

TEST(test_the_connection_is_made_where_it_is_missing) {
  OK(nangolite_fixture_load(t->store, "github", "user-2", "v1", "{\"Issue\":[{\"id\":1}]}", -1, NULL));
  nangolite_scope of = {"github", "user-2", "Issue", "v1"};
  SAME(feed_of(t, t->store, of, NULL), "1 ADDED {'id':1}");
}

TEST(test_of_an_id_twice_the_first_counts) {
  SAME(load(t, "{'batchSave':{'Issue':[{'id':1,'a':1},{'id':1,'a':2}]}}"), "1 added, 1 duplicates");
  FEED(t, "Issue", "1 ADDED {'id':1,'a':1}");
}

/* Each is refused as a whole, with its place. */
TEST(test_what_is_wrong_with_a_fixture_is_named_and_nothing_is_stored) {
  static const struct {
    const char *json, *says;
  } cases[] = {{"{'batchSave':{'Issue':[{'id':1}]},'batchDelete':{'Issue':[{}]}}",
                "batchDelete Issue: record 0: id is missing"},
               {"{'batchSave':{'Issue':[{'id':1}],'issue':[]}}", "batchSave: model must be a capital letter"},
               {"{'batchSave':[]}", "batchSave must be an object"},
               {"{'getMetadata':7}", "getMetadata must be an object"},
               {"{'nango':7}", "nango must be an object"},
               {"[]", "the fixture must be an object"},
               {"{'Issue':7}", "the model Issue: record 0: expected an array"},
               {"{", "at byte 1"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    nangolite_changes changes = {.added = 7};
    FAILS(NANGOLITE_INVALID, nangolite_fixture_load(t->store, "github", "user-3", NULL,
                                                    double_quoted(t, cases[i].json), -1, &changes));
    SAYS(cases[i].says);
    assert_int_equal(changes.added, 0);
  }
  nangolite_scope of = {"github", "user-3", "Issue", NULL};
  int64_t live;
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_records_count(t->store, &of, &live, NULL));
}

TEST(test_pointers_and_names_are_checked) {
  FAILS(NANGOLITE_MISUSE, nangolite_fixture_load(t->store, "github", "user-1", NULL, NULL, -1, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_fixture_load(t->store, NULL, "user-1", NULL, "{}", -1, NULL));
  FAILS(NANGOLITE_INVALID,
        nangolite_fixture_load(t->store, "github", "user-1", "no variant", "{}", -1, NULL));
  FAILS(NANGOLITE_INVALID, nangolite_fixture_load(t->store, "github", "user-1", NULL, "{}", -2, NULL));
}

TESTS(EVERYWHERE(test_saves_updates_and_deletes_come_in_this_order),
      MEMORY(test_the_whole_file_is_taken_too_and_what_is_not_known_is_ignored),
      MEMORY(test_models_alone_are_saved), MEMORY(test_metadata_are_the_connections),
      MEMORY(test_the_connection_is_made_where_it_is_missing), MEMORY(test_of_an_id_twice_the_first_counts),
      EVERYWHERE(test_what_is_wrong_with_a_fixture_is_named_and_nothing_is_stored),
      MEMORY(test_pointers_and_names_are_checked))
