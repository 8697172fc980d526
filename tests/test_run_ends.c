/* How runs end and explain themselves: an end that cannot be stored is stored later, the latest error, the runs that are
** kept, progress, what an event reaches back to, and a guard that is lifted once. */
#define _POSIX_C_SOURCE 200809L

#include "syncs.h"

#include <stdlib.h>

/* Another connection that holds the write lock. */
static sqlite3 *lock_file(test *t) {
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  return db;
}

static void unlock_file(sqlite3 *db) {
  assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- an end that cannot be stored ---- */

TEST(test_a_run_that_could_not_be_finished_can_be_finished_again) {
  reopen(t, (&(nangolite_options){.busy_timeout_ms = 1}));
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':1}");
  sqlite3 *other = lock_file(t);
  FAILS(NANGOLITE_BUSY, nangolite_run_finish(run, NULL, NULL));
  FAILS(NANGOLITE_BUSY, nangolite_run_finish(run, "network", NULL));
  unlock_file(other);
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  SAME(next_due(t), "1:00");
}

static sqlite3 *locked_by_exec;

static int save_and_lock(nangolite_run *run, script *s) {
  int result = nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL);
  locked_by_exec = lock_file(s->t);
  return result;
}

TEST(test_what_run_due_could_not_end_is_ended_first_thing_by_the_next_call) {
  for (int kind = 0; kind < 4; kind++) {
    script s = {.t = t, .act = save_and_lock};
    listener l = {.t = t};
    nangolite_run *run = NULL;
    int ran = 7;
    reopen(t, (&(nangolite_options){.busy_timeout_ms = 1}));
    listen_to(t, t->store, &l);
    define(t, "issues", "every hour", &s);
    trigger(t, "issues");
    FAILS(NANGOLITE_BUSY, nangolite_run_due(t->store, 0, &ran));
    assert_int_equal(ran, 1); /* whatever the result */
    SAME(status(t, "issues", "status"), "'RUNNING'");
    assert_true(nangolite_next_due(t->store) <= nangolite_now(t->store));
    FAILS(NANGOLITE_BUSY, nangolite_run_due(t->store, 0, &ran));
    assert_int_equal(ran, 0);
    unlock_file(locked_by_exec);
    if (kind == 0) OK(nangolite_run_due(t->store, 0, NULL));
    if (kind == 1) OK(nangolite_run_next(t->store, &run));
    if (kind == 2) OK(nangolite_run_until(t->store, nangolite_now(t->store), NULL));
    if (kind == 3) OK(nangolite_run_claim(t->store, "github", "user-1", "issues", NULL, &run));
    SAME(member(t, taken_events(&l), "success"), "true");
    if (run != NULL) succeed(t, run);
    SAME(status(t, "issues", "status"), "'SUCCESS'");
    assert_true(nangolite_next_due(t->store) > nangolite_now(t->store));
  }
}

TEST(test_a_strategy_whose_call_failed_is_not_set) {
  reopen(t, (&(nangolite_options){.busy_timeout_ms = 1}));
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  save(t, "Issue", "{'id':1}");
  sqlite3 *other = lock_file(t);
  FAILS(NANGOLITE_BUSY, nangolite_run_set_merging(run, "Issue", "ignore_if_modified_after"));
  unlock_file(other);
  save(t, "Issue", "{'id':1,'by':'user'}");
  OK(nangolite_run_set_merging(run, "Issue", "ignore_if_modified_after"));
  SAME(run_save(t, run, "Issue", "{'id':1,'by':'run'}"), "1 updated");
  succeed(t, run);
}

TEST(test_finishing_with_nulls_is_success_also_after_run_fail) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_fail(run, "network", "down"));
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'SUCCESS'");
}

/* ---- why it failed ---- */

TEST(test_the_latest_error_is_in_the_status_until_a_run_succeeds) {
  define(t, "issues", "every hour", NULL);
  SAME(status(t, "issues", "latestError"), "null");
  OK(nangolite_run_finish(claim(t), "network", "line down"));
  SAME(status(t, "issues", "latestError"),
       "{'type':'network','description':'line down','at':'2024-01-15T10:30:00.000Z'}");
  nangolite_clock_advance(t->store, HOURS(1));
  nangolite_run *run = claim(t);
  SAME(status(t, "issues", "latestError.type"), "'network'");
  reset(t, "issues"); /* an aborted run changes nothing in it */
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  SAME(status(t, "issues", "latestError.type"), "'network'");
  succeed(t, claim(t));
  SAME(status(t, "issues", "latestError"), "null");
}

static int return_what_save_says(nangolite_run *run, script *s) {
  (void)s;
  return nangolite_run_save(run, "Issue", "[{\"n\":1}]", -1, NULL);
}

static int return_a_number(nangolite_run *run, script *s) {
  (void)s;
  nangolite_run_heartbeat(run);
  return NANGOLITE_IOERR;
}

TEST(test_the_description_is_the_message_of_the_last_call_that_failed_during_the_run) {
  script s = {.t = t, .act = return_what_save_says};
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "latestError.type"), "'script_error'");
  const char *description = status(t, "issues", "latestError.description");
  assert_non_null(strstr(description, "id"));
  assert_null(strstr(description, "'invalid'"));
  FAILS(NANGOLITE_INVALID, nangolite_records_save(t->store, &issues, "?", -1, NULL));
  s.act = return_a_number; /* no call has failed during this run */
  trigger(t, "issues");
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "latestError.description"), "'ioerr'");
}

static int end_a_window_of_too_many(nangolite_run *run, script *s) {
  (void)s;
  nangolite_run_track_deletes_start(run, "Issue");
  return nangolite_run_track_deletes_end(run, "Issue", NULL);
}

TEST(test_too_many_deletes_says_how_many_of_how_many) {
  script s = {.t = t, .act = end_a_window_of_too_many};
  nangolite_sync sync = sync_of("issues", "every hour", &s);
  sync.max_delete_percent = 50;
  define_of(t, sync);
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  SAME(run_due(t), "1");
  assert_non_null(strstr(status(t, "issues", "latestError.description"), "3 of 3"));
}

/* ---- the runs that are kept ---- */

static const char *runs_of(test *t, const char *sync, int limit) {
  char *json = NULL;
  OK(nangolite_sync_runs(t->store, "github", "user-1", sync, NULL, limit, &json));
  return member(t, taken(t, json), "runs");
}

static int count_runs(test *t) {
  int count = 0;
  const char *list = runs_of(t, "issues", 0);
  for (const char *at = list; (at = strstr(at, "'startedAt'")) != NULL; at++) count++;
  return count;
}

TEST(test_the_last_runs_are_kept_newest_first) {
  define(t, "issues", "every hour", NULL);
  SAME(runs_of(t, "issues", 0), "[]");
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "[{'id':1},{'id':2}]");
  OK(nangolite_run_checkpoint_save(run, "{\"page\":2}"));
  nangolite_clock_advance(t->store, SECONDS(3));
  succeed(t, run);
  nangolite_clock_advance(t->store, HOURS(1));
  OK(nangolite_run_finish(claim(t), "network", "line \"down\""));
  trigger(t, "issues");
  run = claim(t);
  run_delete(t, run, "Issue", "{'id':1}");
  const char *list = format(t, "{'runs':%s}", runs_of(t, "issues", 0));
  SAME(member(t, list, "runs[0].result"), "null");
  SAME(member(t, list, "runs[0].finishedAt"), "null");
  SAME(member(t, list, "runs[0].results"), "{'Issue':{'added':0,'updated':0,'deleted':1}}");
  SAME(member(t, list, "runs[1].result"), "'ERROR'");
  SAME(member(t, list, "runs[1].error"), "{'type':'network','description':'line \\'down\\''}");
  SAME(member(t, list, "runs[1].type"), "'INCREMENTAL'");
  SAME(member(t, list, "runs[1].checkpoints"), "{'from':{'page':2},'to':{'page':2}}");
  SAME(member(t, list, "runs[2].startedAt"), "'2024-01-15T10:30:00.000Z'");
  SAME(member(t, list, "runs[2].finishedAt"), "'2024-01-15T10:30:03.000Z'");
  SAME(member(t, list, "runs[2].result"), "'SUCCESS'");
  SAME(member(t, list, "runs[2].type"), "'INITIAL'");
  SAME(member(t, list, "runs[2].error"), "null");
  SAME(member(t, list, "runs[2].results"), "{'Issue':{'added':2,'updated':0,'deleted':0}}");
  SAME(member(t, list, "runs[2].checkpoints"), "{'from':null,'to':{'page':2}}");
  SAME(member(t, list, "runs[3]"), NULL);
  SAME(member(t, format(t, "{'runs':%s}", runs_of(t, "issues", 1)), "runs[1]"), NULL);
  succeed(t, run);
}

TEST(test_kept_runs_are_bounded) {
  static const int kept[][2] = {{0, 20}, {3, 3}, {-1, 0}};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
    reopen(t, (&(nangolite_options){.keep_runs = kept[i][0]}));
    define(t, "issues", "every hour", NULL);
    for (int n = 0; n < 25; n++) {
      trigger(t, "issues");
      succeed(t, claim(t));
    }
    assert_int_equal(count_runs(t), kept[i][1]);
  }
  nangolite *store = NULL;
  assert_int_equal(nangolite_open(":memory:", &(nangolite_options){.keep_runs = -2}, &store),
                   NANGOLITE_INVALID);
  nangolite_close(store);
}

TEST(test_the_texts_of_an_error_are_cut_at_a_characters_end) {
  char *text = malloc(6001);
  memset(text, 'a', 6000);
  text[6000] = '\0';
  memcpy(text + 4094, "\xe2\x82\xac", 3); /* 4,096 bytes would cut it */
  define(t, "issues", "every hour", NULL);
  OK(nangolite_run_finish(claim(t), text, text));
  const char *description = status(t, "issues", "latestError.description");
  assert_int_equal(strlen(description), 4094 + 2); /* with its quotes */
  free(text);
}

TEST(test_aborted_runs_are_kept_too_and_have_no_error) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  reset(t, "issues");
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  const char *list = format(t, "{'runs':%s}", runs_of(t, "issues", 0));
  SAME(member(t, list, "runs[0].result"), "'STOPPED'");
  SAME(member(t, list, "runs[0].error"), "null");
}

TEST(test_whose_runs_cannot_be_told) {
  char *json = NULL;
  define(t, "issues", "every hour", NULL);
  FAILS(NANGOLITE_UNKNOWN_SYNC, nangolite_sync_runs(t->store, "github", "user-1", "none", NULL, 0, &json));
  FAILS(NANGOLITE_UNKNOWN_CONNECTION,
        nangolite_sync_runs(t->store, "github", "user-9", "issues", NULL, 0, &json));
  FAILS(NANGOLITE_INVALID, nangolite_sync_runs(t->store, "github", "user-1", "issues", NULL, -1, &json));
  FAILS(NANGOLITE_MISUSE, nangolite_sync_runs(t->store, "github", "user-1", "issues", NULL, 0, NULL));
}

/* ---- while it runs ---- */

TEST(test_progress_is_shown_until_the_run_ends) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  SAME(status(t, "issues", "progress"), "null");
  OK(nangolite_run_progress(run, 0, 0));
  SAME(status(t, "issues", "progress"), "{'done':0,'total':null}");
  OK(nangolite_run_progress(run, 20, 100));
  trigger(t, "issues"); /* whatever else is written */
  SAME(status(t, "issues", "progress"), "{'done':20,'total':100}");
  FAILS(NANGOLITE_INVALID, nangolite_run_progress(run, -1, 5));
  FAILS(NANGOLITE_INVALID, nangolite_run_progress(run, 1, -5));
  succeed(t, run);
  SAME(status(t, "issues", "progress"), "null");
  run = claim(t);
  SAME(status(t, "issues", "progress"), "null");
  succeed(t, run);
}

TEST(test_finished_at_is_null_while_a_run_is_in_progress) {
  define(t, "issues", "every hour", NULL);
  succeed(t, claim(t));
  SAME(status(t, "issues", "finishedAt"), "'2024-01-15T10:30:00.000Z'");
  trigger(t, "issues");
  nangolite_run *run = claim(t);
  SAME(status(t, "issues", "finishedAt"), "null");
  succeed(t, run);
}

static int add_a_model(nangolite_run *run, script *s) {
  static const char *const models[] = {"Issue", "Label"};
  nangolite_sync sync = sync_of("issues", "every hour", s);
  sync.models = models;
  sync.model_count = 2;
  int result = nangolite_sync_define(nangolite_run_store(run), &sync);
  return result != NANGOLITE_OK ? result : nangolite_run_save(run, "Label", "[{\"id\":1}]", -1, NULL);
}

TEST(test_a_model_added_to_the_definition_inside_exec_gets_its_event_and_result) {
  script s = {.t = t, .act = add_a_model};
  listener l = {.t = t};
  define(t, "issues", "every hour", &s);
  listen_to(t, t->store, &l);
  SAME(run_due(t), "1");
  assert_int_equal(l.count, 2);
  assert_non_null(strstr(l.heard, "'model':'Label'"));
  SAME(status(t, "issues", "latestResult"),
       "{'Issue':{'added':0,'updated':0,'deleted':0},'Label':{'added':1,'updated':0,'deleted':0}}");
}

/* ---- events ---- */

TEST(test_a_failure_is_told_once_with_the_models_joined) {
  static const char *const models[] = {"Issue", "Comment", "Label"};
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  listener l = {.t = t};
  sync.models = models;
  sync.model_count = 3;
  define_of(t, sync);
  listen_to(t, t->store, &l);
  OK(nangolite_run_finish(claim(t), "network", NULL));
  assert_int_equal(l.count, 1);
  SAME(member(t, l.heard, "model"), "'Issue,Comment,Label'");
  SAME(member(t, l.heard, "from"), "'nango'");
}

TEST(test_modified_after_reaches_back_to_failed_expired_and_aborted_runs) {
  for (int kind = 0; kind < 3; kind++) {
    listener l = {.t = t};
    reopen(t, NULL);
    define(t, "issues", "every hour", NULL);
    succeed(t, claim(t));
    nangolite_clock_advance(t->store, HOURS(1));
    nangolite_run *run = claim(t);
    run_save(t, run, "Issue", format(t, "{'id':'first of %d'}", kind));
    if (kind == 0) OK(nangolite_run_finish(run, "network", NULL));
    if (kind == 1) nangolite_clock_advance(t->store, MINUTES(6));
    if (kind == 2) OK(nangolite_sync_cancel(t->store, "github", "user-1", NULL, 0));
    if (kind > 0) FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
    nangolite_clock_advance(t->store, HOURS(1));
    run = claim(t);
    run_save(t, run, "Issue", format(t, "{'id':'second of %d'}", kind));
    OK(nangolite_run_finish(run, "network", NULL));
    nangolite_clock_advance(t->store, HOURS(1));
    listen_to(t, t->store, &l);
    run = claim(t);
    run_save(t, run, "Issue", format(t, "{'id':'third of %d'}", kind));
    succeed(t, run);
    char after[40] = "";
    SAME(member(t, l.heard, "responseResults"), "{'added':1,'updated':0,'deleted':0}");
    const char *time = member(t, taken_events(&l), "modifiedAfter");
    snprintf(after, sizeof after, "%.27s", time + 1);
    const char *listed = feed_of(t, t->store, issues, &(nangolite_query){.modified_after = after});
    assert_non_null(strstr(listed, format(t, "first of %d", kind)));
    assert_non_null(strstr(listed, format(t, "third of %d", kind)));
    trigger(t, "issues"); /* and no further once a run has succeeded */
    run = claim(t);
    run_save(t, run, "Issue", format(t, "{'id':'last of %d'}", kind));
    succeed(t, run);
    snprintf(after, sizeof after, "%.27s", member(t, taken_events(&l), "modifiedAfter") + 1);
    SAME(feed_of(t, t->store, issues, &(nangolite_query){.modified_after = after}),
         format(t, "last of %d ADDED {'id':'last of %d'}", kind, kind));
  }
}

/* ---- a guard that is lifted once ---- */

static void trigger_with_deletes(test *t) {
  const char *name = "issues";
  OK(nangolite_sync_trigger(t->store, "github", "user-1", &name, 1, NANGOLITE_ALLOW_DELETES));
}

static int ends_its_window(test *t) {
  nangolite_run *run = claim(t);
  OK(nangolite_run_track_deletes_start(run, "Issue"));
  int result = nangolite_run_track_deletes_end(run, "Issue", NULL);
  OK(nangolite_run_finish(run, result == NANGOLITE_OK ? NULL : "refused", NULL));
  return result;
}

TEST(test_a_trigger_that_allows_deletes_lifts_the_guard_for_one_run) {
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.max_delete_percent = 50;
  define_of(t, sync);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  assert_int_equal(ends_its_window(t), NANGOLITE_TOO_MANY_DELETES);
  trigger_with_deletes(t);
  assert_int_equal(ends_its_window(t), NANGOLITE_OK);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  trigger(t, "issues");
  assert_int_equal(ends_its_window(t), NANGOLITE_TOO_MANY_DELETES);
}

TEST(test_a_trigger_that_is_taken_back_takes_its_permission_along) {
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.max_delete_percent = 50;
  define_of(t, sync);
  save(t, "Issue", "[{'id':1},{'id':2}]");
  succeed(t, claim(t));
  trigger_with_deletes(t);
  OK(nangolite_sync_cancel(t->store, "github", "user-1", NULL, 0));
  trigger(t, "issues");
  assert_int_equal(ends_its_window(t), NANGOLITE_TOO_MANY_DELETES);
}

/* ---- what a run writes ---- */

static long size_of(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  fclose(file);
  return size;
}

TEST(test_a_run_that_saves_unchanged_records_writes_six_pages) {
  define(t, "issues", "every hour", NULL);
  for (int i = 0; i < 3; i++) {
    nangolite_run *run = claim(t);
    run_save(t, run, "Issue", "[{'id':1},{'id':2}]");
    succeed(t, run);
    nangolite_clock_advance(t->store, HOURS(1));
  }
  const char *wal = format(t, "%s-wal", t->path);
  long before = size_of(wal);
  if (before == 0) return; /* no WAL here */
  nangolite_run *run = claim(t);
  nangolite_clock_advance(t->store, MINUTES(2));
  SAME(run_save(t, run, "Issue", "[{'id':1},{'id':2}]"), "2 unchanged");
  succeed(t, run);
  /* Before 3.24 SQLite writes a page also where an UPDATE leaves it as it is: one for each of the calls. */
  int pages = sqlite3_libversion_number() < 3024000 ? 9 : 6;
  assert_true(size_of(wal) - before <= pages * (4096 + 24));
}

TEST(test_every_beginning_and_end_of_a_run_moves_the_last_change) {
  define(t, "issues", "every hour", NULL);
  int64_t before = nangolite_last_change(t->store);
  nangolite_run *run = claim(t);
  int64_t begun = nangolite_last_change(t->store);
  assert_true(begun > before);
  OK(nangolite_run_heartbeat(run));
  assert_true(nangolite_last_change(t->store) == begun);
  succeed(t, run);
  assert_true(nangolite_last_change(t->store) > begun);
  begun = nangolite_last_change(t->store);
  OK(nangolite_sync_remove(t->store, "github", "issues"));
  assert_true(nangolite_last_change(t->store) > begun);
}

/* ---- the views ---- */

/* The first row of a query, its columns joined by blanks. */
static const char *row(test *t, const char *sql) {
  sqlite3_stmt *statement = NULL;
  const char *text = "";
  assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &statement, NULL), SQLITE_OK);
  int columns = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_count(statement) : 0;
  for (int i = 0; i < columns; i++) {
    const char *value = (const char *)sqlite3_column_text(statement, i);
    text = format(t, "%s%s%s", text, i > 0 ? " " : "", value == NULL ? "NULL" : value);
  }
  sqlite3_finalize(statement);
  return text;
}

TEST(test_the_views_show_connections_syncs_and_runs) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  run_save(t, run, "Issue", "{'id':1}");
  OK(nangolite_run_checkpoint_save(run, "{\"page\":2}"));
  SAME(row(t, "SELECT status FROM nango_view_syncs"), "RUNNING");
  OK(nangolite_run_finish(run, "network", "down"));
  SAME(row(t, "SELECT provider_config_key, connection_id, metadata, created_at FROM nango_view_connections"),
       "github user-1 NULL 2024-01-15T10:30:00.000Z");
  SAME(row(t, "SELECT provider_config_key, connection_id, name, variant, models, frequency, start_at, status,"
              " latest_error_type, latest_error_description, latest_error_at FROM nango_view_syncs"),
       "github user-1 issues base ['Issue'] every hour NULL ERROR network down 2024-01-15T10:30:00.000Z");
  SAME(
    row(
      t,
      "SELECT connection_id, name, startedAt, finishedAt, result, type, error_type, error_description, results,"
      " checkpoints FROM nango_view_runs"),
    "user-1 issues 2024-01-15T10:30:00.000Z 2024-01-15T10:30:00.000Z ERROR INITIAL network down"
    " {'Issue':{'added':1,'updated':0,'deleted':0}} {'from':null,'to':{'page':2}}");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  SAME(row(t, "SELECT count(*) FROM nango_view_runs"), "0");
}

TESTS(ATTACHED(test_the_views_show_connections_syncs_and_runs),
      ON_FILE(test_a_run_that_could_not_be_finished_can_be_finished_again),
      ON_FILE(test_what_run_due_could_not_end_is_ended_first_thing_by_the_next_call),
      ON_FILE(test_a_strategy_whose_call_failed_is_not_set),
      MEMORY(test_finishing_with_nulls_is_success_also_after_run_fail),
      EVERYWHERE(test_the_latest_error_is_in_the_status_until_a_run_succeeds),
      MEMORY(test_the_description_is_the_message_of_the_last_call_that_failed_during_the_run),
      MEMORY(test_too_many_deletes_says_how_many_of_how_many),
      EVERYWHERE(test_the_last_runs_are_kept_newest_first), MEMORY(test_kept_runs_are_bounded),
      EVERYWHERE(test_the_texts_of_an_error_are_cut_at_a_characters_end),
      MEMORY(test_aborted_runs_are_kept_too_and_have_no_error), MEMORY(test_whose_runs_cannot_be_told),
      EVERYWHERE(test_progress_is_shown_until_the_run_ends),
      MEMORY(test_finished_at_is_null_while_a_run_is_in_progress),
      MEMORY(test_a_model_added_to_the_definition_inside_exec_gets_its_event_and_result),
      MEMORY(test_a_failure_is_told_once_with_the_models_joined),
      MEMORY(test_modified_after_reaches_back_to_failed_expired_and_aborted_runs),
      EVERYWHERE(test_a_trigger_that_allows_deletes_lifts_the_guard_for_one_run),
      MEMORY(test_a_trigger_that_is_taken_back_takes_its_permission_along),
      ON_FILE(test_a_run_that_saves_unchanged_records_writes_six_pages),
      EVERYWHERE(test_every_beginning_and_end_of_a_run_moves_the_last_change))
