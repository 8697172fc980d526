/* A model belongs to one sync of its integration; what becomes of its records when it leaves the definition. */
#include "syncs.h"

static const char *const both[] = {"Issue", "Label"}, *const label_alone[] = {"Label"};

static void define_with(test *t, const char *name, const char *const *models, size_t count) {
  nangolite_sync sync = sync_of(name, "every hour", NULL);
  sync.models = models;
  sync.model_count = count;
  define_of(t, sync);
}

static const char *feed_in(test *t, const char *model, const char *variant) {
  return feed_of(t, t->store, ((nangolite_scope){"github", "user-1", model, variant}), NULL);
}

/* "issues" fills Issue and Label, one record each in base and in the variant v; then Issue leaves it. */
static void let_issue_leave(test *t) {
  define_with(t, "issues", both, 2);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  for (int n = 0; n < 2; n++) {
    nangolite_run *run = claim(t);
    run_save(t, run, "Issue", "{'id':1}");
    run_save(t, run, "Label", "{'id':1}");
    succeed(t, run);
  }
  define_with(t, "issues", label_alone, 1);
}

TEST(test_a_model_of_another_sync_is_refused_and_the_message_names_that_sync) {
  nangolite_sync more = sync_of("more", "every hour", NULL);
  define_with(t, "issues", both, 2);
  more.models = label_alone;
  FAILS(NANGOLITE_INVALID, nangolite_sync_define(t->store, &more));
  SAYS("Label belongs to the sync 'issues'");
  SAME(status(t, "more", "name"), NULL);
  OK(nangolite_connection_create(t->store, "slack", "user-1"));
  more.provider_config_key = "slack";
  define_of(t, more);
  define_with(t, "issues", both, 2);
}

TEST(test_a_model_that_left_its_definition_stays_readable) {
  let_issue_leave(t);
  SAME(feed_in(t, "Issue", NULL), "1 ADDED {'id':1}");
  SAME(status(t, "issues", "recordCount"), "{'Label':1}");
  nangolite_clock_advance(t->store, HOURS(1));
  nangolite_run *run = claim(t);
  FAILS(NANGOLITE_INVALID, nangolite_run_save(run, "Issue", "{\"id\":2}", -1, NULL));
  succeed(t, run);
  SAME(status(t, "issues", "latestResult"), "{'Label':{'added':0,'updated':0,'deleted':0}}");
}

TEST(test_a_model_that_left_its_definition_goes_with_the_variant) {
  let_issue_leave(t);
  OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", "v"));
  SAME(feed_in(t, "Issue", "v"), "");
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  SAME(feed_in(t, "Issue", "v"), "");
  SAME(feed_in(t, "Issue", NULL), "1 ADDED {'id':1}");
}

TEST(test_a_model_that_left_its_definition_goes_with_the_cache) {
  let_issue_leave(t);
  empty_cache(t, "issues");
  SAME(feed_in(t, "Issue", NULL), "");
  SAME(feed_in(t, "Issue", "v"), "1 ADDED {'id':1}");
}

TEST(test_a_model_that_left_its_definition_goes_with_the_connection) {
  let_issue_leave(t);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_connection_create(t->store, "github", "user-1"));
  SAME(feed_in(t, "Issue", NULL), "");
}

TEST(test_a_model_that_left_its_definition_goes_when_its_sync_rests_for_long) {
  let_issue_leave(t);
  nangolite_clock_advance(t->store, DAYS(61));
  int64_t deleted = 0;
  OK(nangolite_maintain(t->store, 100, NULL, &deleted));
  assert_int_equal(deleted, 4);
  SAME(feed_in(t, "Issue", NULL), "");
}

TEST(test_the_definition_that_takes_a_model_takes_its_records) {
  let_issue_leave(t);
  define_with(t, "more", issue_model, 1);
  OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", "v"));
  empty_cache(t, "issues");
  SAME(feed_in(t, "Issue", NULL), "1 ADDED {'id':1}");
  SAME(feed_in(t, "Issue", "v"), "1 ADDED {'id':1}");
  SAME(status(t, "more", "recordCount"), "{'Issue':1}");
  empty_cache(t, "more");
  SAME(feed_in(t, "Issue", NULL), "");
  nangolite_sync back = sync_of("issues", "every hour", NULL);
  FAILS(NANGOLITE_INVALID, nangolite_sync_define(t->store, &back));
  SAYS("'more'");
}

TEST(test_a_model_comes_back_to_its_definition_with_its_records) {
  let_issue_leave(t);
  define_with(t, "issues", both, 2);
  SAME(status(t, "issues", "recordCount"), "{'Issue':1,'Label':1}");
}

TEST(test_what_the_former_sync_of_a_model_has_seen_does_not_count) {
  define_with(t, "issues", both, 2);
  nangolite_run *run = claim(t);
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  run_save(t, run, "Issue", "[{'id':1},{'id':2}]");
  succeed(t, run);
  define_with(t, "issues", label_alone, 1);
  define_with(t, "more", issue_model, 1);
  run = claim(t);
  FAILS(NANGOLITE_INVALID, nangolite_run_track_deletes_end(run, "Issue", NULL));
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  run_save(t, run, "Issue", "{'id':1}");
  OK(nangolite_run_track_deletes_end(run, "Issue", NULL));
  succeed(t, run);
  assert_int_equal(live(t, "Issue"), 1);
}

TESTS(EVERYWHERE(test_a_model_of_another_sync_is_refused_and_the_message_names_that_sync),
      MEMORY(test_a_model_that_left_its_definition_stays_readable),
      EVERYWHERE(test_a_model_that_left_its_definition_goes_with_the_variant),
      MEMORY(test_a_model_that_left_its_definition_goes_with_the_cache),
      MEMORY(test_a_model_that_left_its_definition_goes_with_the_connection),
      MEMORY(test_a_model_that_left_its_definition_goes_when_its_sync_rests_for_long),
      EVERYWHERE(test_the_definition_that_takes_a_model_takes_its_records),
      MEMORY(test_a_model_comes_back_to_its_definition_with_its_records),
      MEMORY(test_what_the_former_sync_of_a_model_has_seen_does_not_count))
