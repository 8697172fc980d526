/* The sync event: its exact JSON, when it comes, and what its callback may do. */
#include "syncs.h"

#define HEAD                                                                                                 \
  "{'from':'nango','type':'sync','connectionId':'user-1','providerConfigKey':'github','syncName':'issues',"  \
  "'syncVariant':'base'"

TEST(test_the_event_of_a_success) {
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  nangolite_clock_advance(t->store, SECONDS(1));
  run_save(t, run, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  run_save(t, run, "Issue", "[{'id':1},{'id':2,'a':1}]");
  run_delete(t, run, "Issue", "{'id':3}");
  OK(nangolite_run_checkpoint_save(run, "{\"page\": 2}"));
  assert_int_equal(l.count, 0);
  succeed(t, run);
  SAME(taken_events(&l), HEAD
       ",'model':'Issue','syncType':'INITIAL','success':true,"
       "'modifiedAfter':'2024-01-15T10:30:00.999999Z','responseResults':{'added':3,'updated':1,'deleted':1},"
       "'checkpoints':{'from':null,'to':{'page': 2}}}");
}

TEST(test_the_event_of_a_failure) {
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_checkpoint_save(run, "{\"page\":2}"));
  nangolite_clock_advance(t->store, SECONDS(90) + 5000);
  OK(nangolite_run_finish(run, "network", "line \"down\""));
  SAME(taken_events(&l), HEAD ",'model':'Issue','syncType':'INITIAL','success':false,"
                              "'error':{'type':'network','description':'line \\'down\\''},"
                              "'startedAt':'2024-01-15T10:30:00.000Z','failedAt':'2024-01-15T10:31:30.005Z',"
                              "'checkpoints':{'from':null,'to':{'page':2}}}");
}

TEST(test_there_is_one_event_for_each_model_in_the_order_of_the_definition) {
  static const char *const models[] = {"Issue", "Comment", "Label"};
  listener l = {.t = t};
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.models = models;
  sync.model_count = 3;
  listen_to(t, t->store, &l);
  define_of(t, sync);
  nangolite_run *run = claim(t);
  run_save(t, run, "Label", "{'id':1}");
  succeed(t, run);
  assert_int_equal(l.count, 3);
  const char *first = strstr(l.heard, "'Issue'"), *second = strstr(l.heard, "'Comment'");
  const char *third = strstr(l.heard, "'Label'");
  assert_true(first != NULL && second > first && third > second);
  assert_non_null(strstr(third, "'added':1"));
}

TEST(test_an_expired_run_is_told_of_by_the_handle_that_closes_it) {
  nangolite *other = open_store(t, t->path, NULL);
  listener mine = {.t = t}, others = {.t = t};
  listen_to(t, t->store, &mine);
  listen_to(t, other, &others);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_checkpoint_save(run, "{\"page\":2}"));
  nangolite_clock_advance(other, MINUTES(7));
  nangolite_run *again = claim_in(t, other);
  assert_non_null(again);
  assert_int_equal(mine.count, 0);
  assert_int_equal(others.count, 1);
  SAME(member(t, others.heard, "success"), "false");
  SAME(member(t, others.heard, "error.type"), "'expired'");
  SAME(member(t, others.heard, "failedAt"), "'2024-01-15T10:35:00.000Z'");
  SAME(member(t, others.heard, "checkpoints.to"), "{'page':2}");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  assert_int_equal(mine.count + others.count, 1);
  succeed(t, again);
}

TEST(test_whoever_finds_the_lease_ended_tells_of_it_once) {
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  nangolite_clock_advance(t->store, MINUTES(6));
  trigger(t, "issues");
  assert_int_equal(l.count, 1);
  SAME(member(t, l.heard, "error.type"), "'expired'");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, "late", NULL));
  assert_int_equal(l.count, 1);
  run = claim(t);
  nangolite_clock_advance(t->store, MINUTES(6));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  assert_int_equal(l.count, 2);
}

TEST(test_an_aborted_run_has_no_event) {
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  nangolite_run *run = claim(t), *variant = claim(t);
  reset(t, "issues");
  OK(nangolite_variant_delete(t->store, "github", "user-1", "issues", "v"));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(variant, NULL, NULL));
  assert_int_equal(l.count, 0);
}

TEST(test_the_sync_type_is_initial_until_a_run_has_succeeded) {
  script s = {.t = t, .fails = 2};
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", &s);
  static const char *const types[] = {"'INITIAL'", "'INITIAL'", "'INITIAL'", "'INCREMENTAL'",
                                      "'INCREMENTAL'"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    trigger(t, "issues");
    run_due(t);
    SAME(member(t, taken_events(&l), "syncType"), types[i]);
  }
  reset(t, "issues");
  s.fails = 1;
  run_due(t);
  SAME(member(t, taken_events(&l), "syncType"), "'INITIAL'");
}

TEST(test_checkpoints_tell_from_where_to_where) {
  define(t, "issues", "every hour", NULL);
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  static const struct {
    const char *save, *from, *to;
  } runs[] = {
    {"{\"a\":1}", "null", "{'a':1}"}, {"{\"a\":2}", "{'a':1}", "{'a':2}"}, {NULL, "{'a':2}", "{'a':2}"}};
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
    trigger(t, "issues");
    nangolite_run *run = claim(t);
    if (runs[i].save != NULL) OK(nangolite_run_checkpoint_save(run, runs[i].save));
    succeed(t, run);
    SAME(member(t, l.heard, "checkpoints.from"), runs[i].from);
    SAME(member(t, taken_events(&l), "checkpoints.to"), runs[i].to);
  }
  reset(t, "issues");
  succeed(t, claim(t));
  SAME(member(t, l.heard, "checkpoints.from"), "null");
  SAME(member(t, taken_events(&l), "checkpoints.to"), "null");
}

/* What is listed after the modifiedAfter of the event. */
static const char *listed_after(test *t, const char *event) {
  const char *quoted = member(t, event, "modifiedAfter");
  const char *time = format(t, "%.*s", (int)strlen(quoted) - 2, quoted + 1);
  return feed_of(t, t->store, scope("Issue"), &(nangolite_query){.modified_after = time});
}

TEST(test_modified_after_lists_everything_that_the_run_changed) {
  listener l = {.t = t};
  define(t, "issues", "every hour", NULL);
  save(t, "Issue", "[{'id':'before'},{'id':'changed'}]");
  listen_to(t, t->store, &l);
  /* with stamps that follow the clock, and that run ahead of it */
  for (int back = 0; back < 2; back++) {
    trigger(t, "issues");
    nangolite_run *run = claim(t);
    save(t, "Issue", format(t, "{'id':'meanwhile','n':%d}", back));
    run_save(t, run, "Issue", format(t, "[{'id':1,'n':%d},{'id':'changed','n':%d}]", back, back));
    nangolite_clock_advance(t->store, -HOURS(2));
    run_save(t, run, "Issue", format(t, "{'id':2,'n':%d}", back));
    succeed(t, run);
    SAME(
      listed_after(t, taken_events(&l)),
      format(
        t, back == 0
             ? "1 ADDED {'id':1,'n':0}; changed UPDATED {'id':'changed','n':0}; 2 ADDED {'id':2,'n':0}"
             : "1 UPDATED {'id':1,'n':1}; changed UPDATED {'id':'changed','n':1}; 2 UPDATED {'id':2,'n':1}"));
  }
}

TEST(test_modified_after_of_a_run_that_changed_nothing) {
  listener l = {.t = t};
  define(t, "issues", "every hour", NULL);
  listen_to(t, t->store, &l);
  succeed(t, claim(t));
  SAME(member(t, taken_events(&l), "modifiedAfter"),
       "'2024-01-15T10:30:00.000001Z'"); /* begin and end have stamps */
  trigger(t, "issues");
  nangolite_run *run = claim(t);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  run_save(t, run, "Issue", "{'id':1}");
  succeed(t, run);
  SAME(listed_after(t, taken_events(&l)), "");
}

TEST(test_the_deletes_of_a_window_are_in_the_event) {
  listener l = {.t = t};
  define(t, "issues", "every hour", NULL);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  listen_to(t, t->store, &l);
  nangolite_run *run = claim(t);
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  end_window(t, run, "Issue");
  succeed(t, run);
  SAME(member(t, l.heard, "responseResults"), "{'added':0,'updated':0,'deleted':2}");
  SAME(listed_after(t, l.heard), "1 DELETED {'id':1}; 2 DELETED {'id':2}");
}

/* ---- the callback ---- */

static void use_the_store(void *ctx, const char *event_json) {
  listener *l = ctx;
  test *t = l->t;
  const char *name = "issues";
  l->count++;
  assert_non_null(strstr(event_json, "\"success\":true"));
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  save(t, "Seen", format(t, "{'id':%d}", l->count));
  nangolite_run *run = NULL;
  OK(nangolite_run_next(t->store, &run));
  assert_null(run);
  if (l->count == 1) OK(nangolite_sync_trigger(t->store, "github", "user-1", &name, 1, 0));
  FAILS(NANGOLITE_INVALID, nangolite_records_save(t->store, &issues, "?", -1, NULL));
}

static int save_one(nangolite_run *run, script *s) {
  (void)s;
  return nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL);
}

TEST(test_a_callback_may_use_the_store) {
  script s = {.t = t, .act = save_one};
  listener l = {.t = t};
  define(t, "issues", "every hour", &s);
  OK(nangolite_on_sync(t->store, use_the_store, &l));
  SAME(run_due(t), "1");
  assert_int_equal(l.count, 1);
  SAME(run_due(t), "1"); /* what the callback triggered */
  nangolite_clock_advance(t->store, HOURS(1));
  succeed(t, claim(t)); /* the failure inside the callback is not the call's */
  assert_int_equal(l.count, 3);
  assert_int_equal(live(t, "Seen"), 3);
}

TEST(test_a_callback_can_be_taken_away) {
  listener l = {.t = t};
  define(t, "issues", "every hour", NULL);
  listen_to(t, t->store, &l);
  OK(nangolite_on_sync(t->store, NULL, NULL));
  succeed(t, claim(t));
  assert_int_equal(l.count, 0);
}

TEST(test_names_are_escaped_in_the_event) {
  listener l = {.t = t};
  OK(nangolite_connection_create(t->store, "slack", "a\"b\\c"));
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.provider_config_key = "slack";
  listen_to(t, t->store, &l);
  define_of(t, sync);
  succeed(t, claim(t));
  assert_non_null(strstr(l.heard, "'connectionId':'a\\'b\\\\c'"));
}

TEST(test_what_is_not_utf_8_in_an_error_is_replaced) {
  listener l = {.t = t};
  listen_to(t, t->store, &l);
  define(t, "issues", "every hour", NULL);
  OK(nangolite_run_finish(claim(t), "net\xff", "a\xe2\x82z \xc3\xa9"));
  assert_non_null(
    strstr(l.heard, "{'type':'net\xef\xbf\xbd','description':'a\xef\xbf\xbd\xef\xbf\xbdz \xc3\xa9'}"));
}

TESTS(EVERYWHERE(test_the_event_of_a_success), MEMORY(test_the_event_of_a_failure),
      MEMORY(test_there_is_one_event_for_each_model_in_the_order_of_the_definition),
      ON_FILE(test_an_expired_run_is_told_of_by_the_handle_that_closes_it),
      MEMORY(test_whoever_finds_the_lease_ended_tells_of_it_once), MEMORY(test_an_aborted_run_has_no_event),
      MEMORY(test_the_sync_type_is_initial_until_a_run_has_succeeded),
      MEMORY(test_checkpoints_tell_from_where_to_where),
      EVERYWHERE(test_modified_after_lists_everything_that_the_run_changed),
      MEMORY(test_modified_after_of_a_run_that_changed_nothing),
      MEMORY(test_the_deletes_of_a_window_are_in_the_event), EVERYWHERE(test_a_callback_may_use_the_store),
      MEMORY(test_a_callback_can_be_taken_away), MEMORY(test_names_are_escaped_in_the_event),
      MEMORY(test_what_is_not_utf_8_in_an_error_is_replaced))
