/* nangolite_dump() and nangolite_load() (SPEC section 8). */
#define _POSIX_C_SOURCE 200809L

#include "dump.h"
#include "syncs.h"

#include <string.h>

/* ---- helpers ---- */

/* A store without the connection that each store of a test has. */
static nangolite *empty(test *t) {
  nangolite *store = open_store(t, ":memory:", NULL);
  nangolite_clock_set(store, nangolite_now(t->store));
  OK_OF(store, nangolite_connection_delete(store, "github", "user-1"));
  return store;
}

/* The store again, made of its dump. */
static nangolite *loaded(test *t) {
  const char *written = full(t, t->store);
  nangolite *copy = empty(t);
  load_dump(t, copy, written);
  SAME(plain(t, copy), plain(t, t->store));
  return copy;
}

/* The lines that have this in them, each with its line feed. */
static const char *lines_with(test *t, const char *dump, const char *part) {
  const char *found = "";
  for (const char *end; *dump != '\0'; dump = end + 1) {
    end = strchr(dump, '\n');
    const char *line = single_quoted(t, format(t, "%.*s", (int)(end - dump + 1), dump));
    if (strstr(line, part) != NULL) found = format(t, "%s%s", found, line);
  }
  return found;
}

static const char *kind(test *t, const char *dump, const char *name) {
  return lines_with(t, dump, format(t, "{'kind':'%s'", name));
}

/* ---- the lines ---- */

static const char shown[] =
  "{'kind':'store','format':1,'metadata':true,'last_stamp':1705314600000001,'last_run':1,"
  "'clock':1705314600000000,'hash_key':'00112233445566778899aabbccddeeff'}\n"
  "{'kind':'variable','name':'TOKEN','value':'x'}\n"
  "{'kind':'connection','provider_config_key':'github','connection_id':'user-1','metadata':{'team':7},"
  "'created_at':1705314600000000,'updated_at':1705314600000000}\n"
  "{'kind':'sync','provider_config_key':'github','sync':'issues','frequency':'every hour',"
  "'max_delete_percent':0,'max_retries':0,'retry_after_s':30}\n"
  "{'kind':'model','provider_config_key':'github','sync':'issues','model':'Issue','position':0}\n"
  "{'kind':'instance','provider_config_key':'github','connection_id':'user-1','sync':'issues',"
  "'variant':'base','checkpoint':{'page':7},'created_at':1705314600000000,'slot_at':1705318200000000,"
  "'may_repeat':true,'retries':0,'expired':0,'started_at':1705314600000000,"
  "'finished_at':1705314600000000,'latest':'SUCCESS','is_initial':true,'has_succeeded':true,"
  "'latest_run':1,'succeeded_run':1,'idle_since':1705314600000000}\n"
  "{'kind':'result','provider_config_key':'github','connection_id':'user-1','sync':'issues',"
  "'variant':'base','model':'Issue','run':1,'added':1,'updated':0,'deleted':0,"
  "'changed_after':1705314599999999}\n"
  "{'kind':'run','provider_config_key':'github','connection_id':'user-1','sync':'issues',"
  "'variant':'base','number':1,'started_at':1705314600000000,'finished_at':1705314600000000,"
  "'result':'SUCCESS','is_initial':true,'results':{'Issue':{'added':1,'updated':0,'deleted':0}},"
  "'checkpoint_to':{'page':7}}\n"
  "{'kind':'collection','provider_config_key':'github','connection_id':'user-1','model':'Issue',"
  "'variant':'base','window_live':0}\n"
  "{'kind':'record','provider_config_key':'github','connection_id':'user-1','model':'Issue',"
  "'variant':'base','id':'1','action':'ADDED','first_seen_at':1705314600000000,"
  "'last_modified_at':1705314600000000,'payload':{'id':1,'title':'x'}}\n"
  "{'kind':'end','lines':11}\n";

TEST(test_a_dump_reads_as_the_header_shows) {
  nangolite *store = empty(t);
  OK_OF(store, nangolite_load(store, double_quoted(t, shown), -1));
  SAME(full(t, store), shown);
  SAME(feed_of(t, store, scope("Issue"), NULL), "1 ADDED {'id':1,'title':'x'}");
}

TEST(test_a_dump_without_metadata_has_what_is_live) {
  save(t, "Issue", "[{'id':'b'},{'id':'a'},{'id':'gone'}]");
  save(t, "Issue", "[{'id':'b','n':1}]");
  delete (t, "Issue", "[{'id':'gone'},{'id':'never'}]");
  OK(nangolite_env_set(t->store, "TOKEN", "x"));
  SAME(plain(t, t->store),
       "{'kind':'store','format':1}\n"
       "{'kind':'variable','name':'TOKEN','value':'x'}\n"
       "{'kind':'connection','provider_config_key':'github','connection_id':'user-1'}\n"
       "{'kind':'record','provider_config_key':'github','connection_id':'user-1','model':'Issue',"
       "'variant':'base','id':'a','payload':{'id':'a'}}\n"
       "{'kind':'record','provider_config_key':'github','connection_id':'user-1','model':'Issue',"
       "'variant':'base','id':'b','payload':{'id':'b','n':1}}\n"
       "{'kind':'end','lines':6}\n");
}

static void fill(nangolite *store, int backwards) {
  static const nangolite_scope scopes[] = {{"github", "user-1", "Issue", NULL},
                                           {"github", "user-1", "Issue", "v"},
                                           {"github", "user-1", "Label", NULL},
                                           {"slack", "u", "Issue", NULL}};
  for (int i = 0; i < 4; i++) {
    const nangolite_scope *into = &scopes[backwards ? 3 - i : i];
    OK_OF(store, nangolite_connection_create(store, into->provider_config_key, into->connection_id));
    const char *ids[] = {"[{\"id\":1}]", "[{\"id\":\"two\"}]", "[{\"id\":3}]"};
    for (int n = 0; n < 3; n++)
      OK_OF(store, nangolite_records_save(store, into, ids[backwards ? 2 - n : n], -1, NULL));
  }
  OK_OF(store, nangolite_env_set(store, backwards ? "B" : "A", "1"));
  OK_OF(store, nangolite_env_set(store, backwards ? "A" : "B", "1"));
}

TEST(test_the_order_depends_on_the_content_alone) {
  nangolite *other = empty(t);
  nangolite_scope away = {"github", "away", "Issue", NULL};
  OK_OF(other, nangolite_connection_create(other, "github", "away"));
  OK_OF(other, nangolite_records_save(other, &away, "[{\"id\":9}]", -1, NULL));
  OK_OF(other, nangolite_connection_delete(other, "github", "away"));
  fill(t->store, 0);
  fill(other, 1);
  SAME(plain(t, other), plain(t, t->store));
  assert_string_not_equal(full(t, other), full(t, t->store)); /* its stamps are others */
}

TEST(test_a_scope_selects_and_a_null_means_all) {
  script s = {.t = t};
  fill(t->store, 0);
  define(t, "issues", "every hour", &s);
  define(t, "more", "every hour", &s);
  nangolite_scope of = {"github", "user-1", "Issue", NULL};
  const char *dump = dump_of(t, t->store, &of, 0);
  SAME(kind(t, dump, "store"), "{'kind':'store','format':1,'scope':{'provider_config_key':'github',"
                               "'connection_id':'user-1','model':'Issue'}}\n");
  SAME(kind(t, dump, "variable"), "");
  SAME(lines_with(t, dump, "slack"), "");
  SAME(lines_with(t, dump, "Label"), "");
  SAME(lines_with(t, dump, "Of_more"), "");
  SAME(kind(t, dump, "sync"),
       "{'kind':'sync','provider_config_key':'github','sync':'issues','frequency':'every hour',"
       "'max_delete_percent':0,'max_retries':0,'retry_after_s':30}\n");
  assert_string_not_equal(lines_with(t, dump, "'variant':'v'"), "");
  of = (nangolite_scope){NULL, NULL, NULL, "BASE"};
  dump = dump_of(t, t->store, &of, NANGOLITE_DUMP_METADATA);
  SAME(lines_with(t, dump, "'variant':'v'"), "");
  assert_string_not_equal(lines_with(t, dump, "slack"), "");
  of = (nangolite_scope){0};
  SAME(dump_of(t, t->store, &of, 0), plain(t, t->store));
}

TEST(test_a_scope_that_names_what_is_not_there_is_refused) {
  nangolite_scope of = {"github", "nobody", NULL, NULL};
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_dump(t->store, &of, 0, dump_append, NULL));
  of = (nangolite_scope){"nothing", NULL, NULL, NULL};
  FAILS(NANGOLITE_UNKNOWN_PROVIDER_CONFIG, nangolite_dump(t->store, &of, 0, dump_append, NULL));
  of = (nangolite_scope){NULL, NULL, "lower", NULL};
  REFUSED(nangolite_dump(t->store, &of, 0, dump_append, NULL), "model must be");
  REFUSED(nangolite_dump(t->store, NULL, 2, dump_append, NULL), "flags");
  FAILS(NANGOLITE_MISUSE, nangolite_dump(t->store, NULL, 0, NULL, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_load(t->store, NULL, 0));
  REFUSED(nangolite_load(t->store, "", -2), "length");
}

/* JSON that has line breaks stands in a string, and so does JSON that the line would nest too deep. */
TEST(test_each_line_is_one_json_object_whatever_the_payload) {
  char deep[2100] = "[{\"id\":\"deep\",\"a\":", closing[1000];
  memset(deep + strlen(deep), '[', 999);
  memset(closing, ']', 999);
  closing[999] = '\0';
  strcat(deep, closing);
  strcat(deep, "}]");
  OK(save_bytes(t, deep, strlen(deep)));
  OK(save_text(t, "[{'id':1,\n 'a':'b'},{'id':2,\r'a':1},{'id':3, 'a':'line\\nbreak {['}]"));
  OK(nangolite_metadata_set(t->store, "github", "user-1", "{\n}", 0));
  nangolite *copy = loaded(t);
  SAME(feed_of(t, copy, scope("Issue"), NULL), feed(t, "Issue"));
  assert_non_null(strstr(full(t, copy), "\"payload\":\"{\\\"id\\\":1,\\n \\\"a\\\":\\\"b\\\"}\"}\n"));
  assert_non_null(strstr(full(t, copy), "\"payload\":{\"id\":3, \"a\":\"line\\nbreak {[\"}}\n"));
  SAME(member(t, strstr(full(t, copy), "{\"kind\":\"connection\""), "metadata"), "'{\\n}'");
}

/* ---- what a load gives back ---- */

TEST(test_records_come_back_with_their_metadata_and_cursors) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2},{'id':3},{'id':'\\u00e9'}]");
  nangolite_clock_advance(t->store, DAYS(1));
  const char *old = end_of_feed(t, "Issue");
  save(t, "Issue", "[{'id':2,'b':1},{'id':4, 'x': [1, 2]}]");
  delete (t, "Issue", "[{'id':1},{'id':'never'}]");
  prune(t, old, 1);
  nangolite *copy = loaded(t);
  SAME(feed_of(t, copy, scope("Issue"), NULL), feed(t, "Issue"));
  nangolite_query after = {.cursor = old};
  SAME(feed_of(t, copy, scope("Issue"), &after), feed_after(t, "Issue", old));
  char *here = NULL, *there = NULL;
  int status;
  static const char headers[] = "Connection-Id: user-1\nProvider-Config-Key: github";
  OK(nangolite_request(t->store, "GET", "/records?model=Issue", headers, NULL, &status, &here));
  OK_OF(copy, nangolite_request(copy, "GET", "/records?model=Issue", headers, NULL, &status, &there));
  SAME(taken(t, there), taken(t, here));
  assert_true(nangolite_last_change(copy) == nangolite_last_change(t->store));
}

/* `json` is saved in both, and must do the same: what it says. */
static void save_both(test *t, nangolite *copy, const char *json, const char *does) {
  nangolite_changes changes;
  SAME(save(t, "Issue", json), does);
  OK_OF(copy, nangolite_records_save(copy, &issues, double_quoted(t, json), -1, &changes));
  SAME(changes_text(t, changes), does);
  SAME(full(t, copy), full(t, t->store));
}

TEST(test_the_next_save_of_an_unchanged_source_changes_nothing) {
  static const char source[] = "[{'id':1,'a':{'b':1.50}},{'id':2,'t':'\\u00e9'},{'id':3}]";
  save(t, "Issue", source);
  save(t, "Issue", "[{'a':{'b':1.50},'id':1}]"); /* leaves an alternate */
  prune(t, NULL, 2);
  nangolite *copy = loaded(t);
  save_both(t, copy, "[{'a' : {'b':1.50},'id':1}]", "1 unchanged");
  save_both(t, copy, source, "3 unchanged");
  save_both(t, copy, "[{'id':2,'t':'e'},{'id':4}]", "1 added, 1 updated");
}

TEST(test_a_reformatted_text_is_known_after_a_load) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2}]");
  save(t, "Issue", "[{'a':1, 'id':1}]");
  const char *dump = full(t, t->store);
  assert_string_not_equal(lines_with(t, dump, "'alternate_length':15"), "");
  save_both(t, loaded(t), "[{'a':1, 'id':1}]", "1 unchanged");
}

static int open_window(nangolite_run *run, script *s) {
  (void)s;
  if (nangolite_run_track_deletes_start(run, "Issue") != NANGOLITE_OK) return NANGOLITE_ERROR;
  return nangolite_run_save(run, "Issue", "[{\"id\":2},{\"id\":5}]", -1, NULL);
}

static int close_window(nangolite_run *run, script *s) {
  nangolite_changes changes;
  int result = nangolite_run_track_deletes_end(run, "Issue", &changes);
  s->told = format(s->t, "%lld", (long long)changes.deleted);
  return result;
}

TEST(test_a_window_in_progress_goes_on_after_a_load) {
  script s = {.t = t, .act = open_window};
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  delete (t, "Issue", "[{'id':3}]");
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  nangolite *copy = loaded(t);
  s.act = close_window;
  define_in(t, copy, sync_of("issues", "every hour", &s));
  nangolite_clock_advance(copy, HOURS(1));
  int ran = 0;
  OK_OF(copy, nangolite_run_due(copy, 0, &ran));
  assert_int_equal(ran, 1);
  SAME(s.told, "1");
  SAME(feed_of(t, copy, scope("Issue"), NULL),
       "2 ADDED {'id':2}; 3 DELETED {'id':3}; 5 ADDED {'id':5}; 1 DELETED {'id':1}");
}

static int fail_with_words(nangolite_run *run, script *s) {
  (void)s;
  nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL);
  nangolite_run_checkpoint_save(run, "{\"page\":1}");
  nangolite_run_fail(run, "api \xff", "too many\nrequests");
  return NANGOLITE_ERROR;
}

/* Without the ids of instances, which a load gives anew. */
static const char *status_of(test *t, nangolite *store) {
  char *json = NULL;
  OK_OF(store, nangolite_sync_status(store, "github", NULL, NULL, 0, &json));
  for (char *id = json; (id = strstr(id, "\"id\":\"")) != NULL;)
    for (id += 6; *id != '"'; id++) *id = '_';
  return taken(t, json);
}

static const char *runs_of(test *t, nangolite *store) {
  char *json = NULL;
  OK_OF(store, nangolite_sync_runs(store, "github", "user-1", "issues", NULL, 0, &json));
  return taken(t, json);
}

TEST(test_syncs_come_back_with_their_runs_and_what_is_due) {
  script s = {.t = t, .act = fail_with_words};
  nangolite_sync sync = sync_of("issues", "every 1.5 hours", &s);
  sync.max_retries = 3;
  sync.max_delete_percent = 50;
  define_of(t, sync);
  define(t, "more", "every day", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  OK(nangolite_sync_set_frequency(t->store, "github", "user-1", "issues", "v", "every 2 hours", NULL));
  run_due(t);
  s.act = NULL;
  nangolite_clock_advance(t->store, MINUTES(1));
  run_due(t);
  pause_sync(t, "more");
  trigger(t, "more");
  nangolite *copy = loaded(t);
  SAME(status_of(t, copy), status_of(t, t->store));
  SAME(runs_of(t, copy), runs_of(t, t->store));
  nangolite *neither = empty(t); /* it has defined nothing, so it serves all */
  OK_OF(neither, nangolite_load(neither, full(t, t->store), -1));
  assert_true(nangolite_next_due(neither) == nangolite_next_due(copy));
  nangolite_clock_set(copy, HALF_PAST_TEN + DAYS(2));
  nangolite_run *run = NULL;
  const char *due = "";
  do {
    OK_OF(copy, nangolite_run_next(copy, &run));
    if (run == NULL) break;
    due = format(t, "%s%s/%s ", due, nangolite_run_sync(run), nangolite_run_variant(run));
    OK_OF(copy, nangolite_run_finish(run, NULL, NULL));
  } while (1);
  SAME(due, "more/base issues/base issues/v ");
}

TEST(test_a_model_that_has_left_its_definition_stays_with_its_sync) {
  static const char *const models[] = {"Issue", "Label"};
  nangolite_sync sync = sync_of("issues", "every hour", NULL);
  sync.models = models;
  sync.model_count = 2;
  define_of(t, sync);
  save(t, "Label", "[{'id':1}]");
  sync.model_count = 1;
  define_of(t, sync);
  nangolite *copy = loaded(t);
  SAME(lines_with(t, plain(t, copy), "'kind':'model'"),
       "{'kind':'model','provider_config_key':'github','sync':'issues','model':'Issue','position':0}\n");
  OK_OF(copy, nangolite_sync_remove(copy, "github", "issues"));
  SAME(feed_of(t, copy, scope("Label"), NULL), "");
}

TEST(test_a_run_in_progress_is_dumped_as_stopped) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL));
  OK(nangolite_run_progress(run, 1, 2));
  trigger(t, "issues");
  nangolite_clock_advance(t->store, MINUTES(2));
  nangolite *copy = loaded(t);
  SAME(status(t, "issues", "status"), "'RUNNING'");
  SAME(member(t, status_of(t, copy), "syncs[0].status"), "'STOPPED'");
  SAME(member(t, runs_of(t, copy), "runs[0].result"), "'STOPPED'");
  SAME(member(t, runs_of(t, copy), "runs[0].results"), "{'Issue':{'added':1,'updated':0,'deleted':0}}");
  assert_true(nangolite_next_due(copy) == nangolite_now(copy)); /* the trigger's run */
  OK(nangolite_run_finish(run, NULL, NULL));
}

/* As restoring an image aborts the runs in it, so does a dump. */
TEST(test_a_run_is_stopped_by_a_dump_as_by_a_restore) {
  if (sqlite3_vfs_find("memdb") == NULL) SKIP("this SQLite has no files in memory (memdb, 3.36)");
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_checkpoint_save(run, "{\"page\":1}"));
  nangolite_clock_advance(t->store, DAYS(2));
  const char *dump = full(t, t->store);
  void *image;
  size_t size;
  OK(nangolite_snapshot(t->store, &image, &size));
  nangolite *restored = empty(t);
  OK_OF(restored, nangolite_restore(restored, image, size));
  nangolite_free(image);
  SAME(kind(t, dump, "instance"), kind(t, full(t, restored), "instance"));
  SAME(kind(t, dump, "run"), kind(t, full(t, restored), "run"));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
}

TEST(test_runs_that_the_handle_holds_are_aborted_by_a_load) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  const char *dump = full(t, t->store);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_sync_remove(t->store, "github", "issues"));
  OK(nangolite_load(t->store, dump, -1));
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "[]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
}

/* The number of the run is issued again, because the dump does not know it. */
TEST(test_a_run_from_before_a_load_is_not_taken_for_one_after_it) {
  const char *dump = full(t, t->store);
  define(t, "issues", "every hour", NULL);
  nangolite_run *before = claim(t);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_sync_remove(t->store, "github", "issues"));
  OK(nangolite_load(t->store, dump, -1));
  define(t, "issues", "every hour", NULL);
  nangolite_run *after = claim(t);
  assert_non_null(after);
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(before, "Issue", "[{\"id\":1}]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(before, NULL, NULL));
  OK(nangolite_run_finish(after, NULL, NULL));
}

/* ---- what a load refuses ---- */

TEST(test_a_store_that_is_not_empty_refuses_a_load) {
  const char *dump = full(t, t->store);
  REFUSED(nangolite_load(t->store, dump, -1), "not empty");
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  define(t, "issues", "every hour", NULL);
  REFUSED(nangolite_load(t->store, dump, -1), "not empty");
}

TEST(test_what_was_taken_away_is_not_in_the_way) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  const char *dump = full(t, t->store);
  char *many = NULL;
  size_t length;
  FILE *out = open_memstream(&many, &length);
  for (int i = 0; i < 12000; i++) fprintf(out, "%c{\"id\":%d}", i == 0 ? '[' : ',', i);
  fputc(']', out);
  fclose(out);
  OK(save_bytes(t, many, length));
  free(many);
  OK(nangolite_env_set(t->store, "TOKEN", "x"));
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_load(t->store, dump, -1));
  SAME(full(t, t->store), dump);
  FEED(t, "Issue", "1 ADDED {'id':1}; 2 ADDED {'id':2}");
}

/* The text with one part of it replaced; each ' stands for ". */
static const char *with(test *t, const char *text, const char *part, const char *by) {
  const char *at = strstr(text, part);
  if (at == NULL) fail_msg("the text has no %s", part);
  return format(t, "%.*s%s%s", (int)(at - text), text, by, at + strlen(part));
}

/* Refused, with these words, and nothing is stored. */
static void refuse(test *t, const char *text, const char *words) {
  nangolite *store = empty(t);
  const char *before = full(t, store);
  int result = nangolite_load(store, double_quoted(t, text), -1);
  if (result != NANGOLITE_INVALID) fail_msg("%s: %s", words, nangolite_result_name(result));
  if (strstr(nangolite_errmsg(store), words) == NULL) fail_msg("%s: %s", words, nangolite_errmsg(store));
  SAME(full(t, store), before);
  close_store(t, store);
}

TEST(test_another_dump_than_that_of_a_whole_store_with_metadata_is_refused) {
  nangolite_scope of = {"github", NULL, NULL, NULL};
  refuse(t, plain(t, t->store), "json: line 1: last_stamp of the store's line is missing");
  refuse(t, dump_of(t, t->store, &of, NANGOLITE_DUMP_METADATA), "line 1: it is a dump of a scope");
  refuse(t, with(t, shown, "'format':1", "'format':2"), "line 1: format of the store's line must be");
  refuse(t, with(t, shown, "'metadata':true", "'as_nango':true,'metadata':true"),
         "line 1: it is a dump of a store with as_nango");
}

TEST(test_a_part_of_a_dump_is_refused) {
  size_t length = strlen(shown);
  for (size_t end = 0; end<length; end += end + 60> length ? 1 : 23) {
    refuse(t, format(t, "%.*s", (int)end, shown), end == 0 ? "json: it ends behind line 0" : "json: ");
  }
  refuse(t, with(t, shown, "{'kind':'end','lines':11}\n", ""), "json: it ends behind line 10");
}

TEST(test_lines_that_are_doubled_missing_or_in_another_order_are_refused) {
  const char *lines[11], *at = shown;
  for (int i = 0; i < 11; i++) {
    const char *end = strchr(at, '\n') + 1;
    lines[i] = format(t, "%.*s", (int)(end - at), at);
    at = end;
  }
  for (int i = 0; i < 11; i++) {
    refuse(t, with(t, shown, lines[i], format(t, "%s%s", lines[i], lines[i])), "json: ");
    if (i != 1)
      refuse(t, with(t, shown, lines[i], ""), "json: "); /* with one line less than the last one tells */
    if (i > 0)
      refuse(t,
             with(t, with(t, shown, lines[i], ""), lines[i - 1], format(t, "%s%s", lines[i], lines[i - 1])),
             "json: ");
  }
  refuse(t, with(t, shown, lines[9], format(t, "%s%s", lines[9], lines[9])),
         "line 11: its id is there already");
  refuse(t, with(t, shown, lines[2], format(t, "%s%s", lines[2], lines[2])),
         "line 4: the same is there already");
  refuse(t, with(t, shown, lines[2], ""), "line 5: the same is there already, or what it belongs to is not");
}

typedef struct wrong {
  const char *part, *by, *words;
} wrong;

TEST(test_lines_that_are_wrong_are_refused_and_named) {
  static const wrong cases[] = {
    {"'title':'x'}", "'title':'x'", "line 10: "},
    {"{'kind':'variable'", "['kind','variable'", "line 2: "},
    {"{'kind':'variable','name'", "{'name':'TOKEN','kind'", "line 2: its first member must be its kind"},
    {"'kind':'variable'", "'kind':'other'", "line 2: there is no kind \"other\""},
    {"'kind':'variable'", "'kind':7", "line 2: its first member must be its kind"},
    {"'name':'TOKEN'", "'nam':'TOKEN'", "line 2: a variable has no member \"nam\""},
    {"'name':'TOKEN'", "'name':'TOKEN','name':'TOKEN'", "line 2: name of a variable is there twice"},
    {"'name':'TOKEN',", "", "line 2: name of a variable is missing"},
    {"'name':'TOKEN'", "'name':7", "line 2: name of a variable has another type"},
    {"'name':'TOKEN'", "'name':'\\ud800'", "line 2: name of a variable has a lone surrogate"},
    {"'name':'TOKEN'", "'name':'\\u0000'", "line 2: name of a variable has the character U+0000"},
    {"'name':'TOKEN'", "'name':'T\\u004fKEN'", "line 2: it is not in its place, or not written as"},
    {"'name':'TOKEN'", "'name': 'TOKEN'", "line 2: it is not in its place, or not written as"},
    {"{'team':7}", "7", "line 3: metadata of a connection has another type"},
    {"{'team':7}", "'[]'", "line 3: metadata of a connection is no JSON object"},
    {"{'team':7}", "'{}'", "line 3: it is not in its place, or not written as"},
    {"'created_at':1705314600000000,'updated", "'created_at':0,'updated",
     "line 3: created_at of a connection must be an integer"},
    {"'created_at':1705314600000000,'updated", "'created_at':1.5,'updated",
     "line 3: created_at of a connection must be an integer"},
    {"'created_at':1705314600000000,'updated", "'created_at':1e15,'updated",
     "line 3: created_at of a connection must be an integer"},
    {"'created_at':1705314600000000,'updated", "'created_at':null,'updated",
     "line 3: created_at of a connection must be an integer"},
    {"'created_at':1705314600000000,'updated", "'created_at':99999999999999999999,'updated",
     "line 3: created_at of a connection must be"},
    {"'every hour'", "'every minute'", "line 4: frequency"},
    {"'max_retries':0", "'max_retries':101",
     "line 4: max_retries of a sync must be an integer from 0 to 100"},
    {"'may_repeat':true", "'may_repeat':false",
     "line 6: may_repeat of an instance must be true, or left out"},
    {"'latest':'SUCCESS'", "'latest':'BEST'", "line 6: latest of an instance is none of its words"},
    {"'slot_at':1705318200000000", "'slot_at':0", "line 6: slot_at of an instance must be an integer from 1"},
    {"'page':7}", "'page':[]}", "json: instance 1: a checkpoint breaks the rules"},
    {"'latest_run':1", "'latest_run':2", "json: instance 1: its latest run was never begun"},
    {"'variant':'base','model':'Issue','run':1", "'variant':'v','model':'Issue','run':1",
     "line 7: the same is there already, or"},
    {"'result':'SUCCESS'", "'result':'ERROR'", "json: instance 1, run 1: its columns disagree"},
    {"'variant':'base','window", "'variant':'Base','window",
     "line 10: it does not stand behind the line of its collection"},
    {"'window_live':0", "'window_live':2", "json: collection 1: "},
    {"'id':'1','action'", "'id':'2','action'", "json: collection 1, id '2': the payload has another id"},
    {"'id':'1','action'", "'id':'','action'", "json: collection 1"},
    {"'action':'ADDED',", "", "line 10: action of a record is missing"},
    {"'first_seen_at':1705314600000000,'last", "'first_seen_at':1705314600000001,'last",
     "json: collection 1, id '1': first_seen_at is after"},
    {"'last_stamp':1705314600000001", "'last_stamp':1",
     "json: collection 1, id '1': its stamp was never issued"},
    {"'payload':{", "'seen':true,'payload':{", "line 10: it was seen, and no delete window is open"},
    {"'payload':{", "'pruned_at':1705314600000001,'payload':{",
     "line 10: a record that was pruned has a hash"},
    {"'payload':{", "'hash':'00','payload':{", "line 10: a record that was pruned has a hash"},
    {"'payload':{", "'alternate_length':3,'payload':{", "line 10: an alternate has a hash and a length"},
    {"'payload':{", "'alternate_hash':'xx','alternate_length':3,'payload':{",
     "line 10: alternate_hash of a record must be 32"},
    {"'payload':{'id':1,'title':'x'}", "'payload':'{\\'id\\':1,\\'title\\':\\'x\\'}'",
     "line 10: it is not in its place, or not written as"},
    {"'payload':{'id':1,", "'payload':{'id':1,'_nango_metadata':{},",
     "json: collection 1, id '1': the payload has a"},
    {"'hash_key':'00", "'hash_key':'0X", "line 1: hash_key of the store's line must be 32 digits"},
    {"'lines':11", "'lines':12", "line 11: the last line tells of another number of lines"},
    {"'lines':11}\n", "'lines':11}\n{}\n", "line 12: "},
    {"'lines':11}\n", "'lines':11}\n{'kind':'variable','name':'A','value':'b'}\n",
     "line 12: it stands behind the last line"},
    {"'lines':11}\n", "'lines':11}", "line 11: it has no line feed at its end"},
    {"{'kind':'variable'", "\n{'kind':'variable'", "line 2: the text ends too early"},
    {"{'kind':'variable'", "{'kind':'store'", "line 2: the store's line has no member \"name\""},
    {"'value':'x'", "'value':'\xff'", "line 2: not UTF-8"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refuse(t, with(t, shown, cases[i].part, cases[i].by), cases[i].words);
}

/* Whatever one byte becomes: refused, or it was a dump of another store. */
TEST(test_bytes_that_are_changed_are_refused_or_come_back) {
  test_random r = random_sequence();
  const char *dump = double_quoted(t, shown);
  size_t length = strlen(dump);
  for (int i = 0, n = rounds(150); i < n; i++) {
    nangolite *store = empty(t);
    char *changed = (char *)(uintptr_t)format(t, "%s", dump);
    changed[random_below(&r, length)] = (char)(1 + random_below(&r, 255));
    int result = nangolite_load(store, changed, (int64_t)length);
    if (result == NANGOLITE_OK) SAME(full(t, store), changed);
    else if (result != NANGOLITE_INVALID) fail_msg("%s: %s", nangolite_errmsg(store), changed);
    close_store(t, store);
  }
}

static int load_inside(nangolite_run *run, script *s) {
  int result = nangolite_load(nangolite_run_store(run), s->told, -1);
  return result == NANGOLITE_MISUSE ? NANGOLITE_OK : NANGOLITE_ERROR;
}

TEST(test_a_sync_function_cannot_load) {
  script s = {.t = t, .act = load_inside, .told = full(t, t->store)};
  define(t, "issues", "every hour", &s);
  SAME(run_due(t), "1");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
}

/* ---- stopping, reading on ---- */

typedef struct stopper {
  nangolite *store;
  int lines, until, inner;
} stopper;

static int stop(void *ctx, const char *line, size_t length) {
  stopper *s = ctx;
  (void)line;
  (void)length;
  return ++s->lines == s->until ? -7 : 0;
}

TEST(test_a_write_that_returns_other_than_0_stops_the_dump) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  for (int until = 1; until <= 6; until++) {
    stopper s = {t->store, 0, until, 0};
    FAILS(NANGOLITE_INTERRUPTED, nangolite_dump(t->store, NULL, 1, stop, &s));
    assert_int_equal(s.lines, until);
  }
  stopper s = {t->store, 0, 7, 0};
  OK(nangolite_dump(t->store, NULL, 1, stop, &s));
  assert_int_equal(s.lines, 6);
}

static int interrupt(void *ctx, const char *line, size_t length) {
  stopper *s = ctx;
  (void)line;
  (void)length;
  s->lines++;
  nangolite_interrupt(s->store);
  return 0;
}

TEST(test_a_dump_can_be_interrupted) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  stopper s = {t->store, 0, 0, 0};
  FAILS(NANGOLITE_INTERRUPTED, nangolite_dump(t->store, NULL, 1, interrupt, &s));
  assert_true(s.lines < 6);
}

static nangolite *to_interrupt;

static int interrupt_now(void *ctx) {
  (void)ctx;
  nangolite_interrupt(to_interrupt);
  return 0;
}

/* After more and more steps of SQLite, until the load comes to its end first. */
TEST(test_a_load_that_is_interrupted_stores_nothing) {
  nangolite *store = NULL;
  int result = NANGOLITE_INTERRUPTED, interrupted = 0;
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_attach(t->db, NULL, &store));
  to_interrupt = store;
  const char *before = full(t, store), *json = double_quoted(t, shown);
  for (int steps = 1; result == NANGOLITE_INTERRUPTED; steps += 1 + steps / 4) {
    sqlite3_progress_handler(t->db, steps, interrupt_now, NULL);
    result = nangolite_load(store, json, -1);
    sqlite3_progress_handler(t->db, 0, NULL, NULL);
    if (result == NANGOLITE_INTERRUPTED) SAME(full(t, store), before);
    interrupted += result == NANGOLITE_INTERRUPTED;
  }
  if (result != NANGOLITE_OK) fail_msg("%s", nangolite_errmsg(store));
  SAME(full(t, store), shown);
  assert_true(interrupted > 10);
  nangolite_close(store);
}

static int call_inside(void *ctx, const char *line, size_t length) {
  stopper *s = ctx;
  nangolite_page *page = NULL;
  (void)line;
  (void)length;
  s->lines++;
  s->inner += nangolite_records_list(s->store, &issues, NULL, &page) == NANGOLITE_MISUSE;
  s->inner += nangolite_dump(s->store, NULL, 0, stop, s) == NANGOLITE_MISUSE;
  return 0;
}

TEST(test_calls_inside_write_are_misuse) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  stopper s = {t->store, 0, 0, 0};
  OK(nangolite_dump(t->store, NULL, 1, call_inside, &s));
  assert_int_equal(s.inner, 2 * s.lines);
  FEED(t, "Issue", "1 ADDED {'id':1}; 2 ADDED {'id':2}");
}

TESTS(EVERYWHERE(test_a_dump_reads_as_the_header_shows),
      EVERYWHERE(test_a_dump_without_metadata_has_what_is_live),
      MEMORY(test_the_order_depends_on_the_content_alone), MEMORY(test_a_scope_selects_and_a_null_means_all),
      MEMORY(test_a_scope_that_names_what_is_not_there_is_refused),
      MEMORY(test_each_line_is_one_json_object_whatever_the_payload),
      EVERYWHERE(test_records_come_back_with_their_metadata_and_cursors),
      MEMORY(test_the_next_save_of_an_unchanged_source_changes_nothing),
      MEMORY(test_a_reformatted_text_is_known_after_a_load),
      MEMORY(test_a_window_in_progress_goes_on_after_a_load),
      EVERYWHERE(test_syncs_come_back_with_their_runs_and_what_is_due),
      MEMORY(test_a_model_that_has_left_its_definition_stays_with_its_sync),
      MEMORY(test_a_run_in_progress_is_dumped_as_stopped),
      MEMORY(test_a_run_is_stopped_by_a_dump_as_by_a_restore),
      EVERYWHERE(test_runs_that_the_handle_holds_are_aborted_by_a_load),
      MEMORY(test_a_run_from_before_a_load_is_not_taken_for_one_after_it),
      MEMORY(test_a_store_that_is_not_empty_refuses_a_load),
      EVERYWHERE(test_what_was_taken_away_is_not_in_the_way),
      MEMORY(test_another_dump_than_that_of_a_whole_store_with_metadata_is_refused),
      MEMORY(test_a_part_of_a_dump_is_refused),
      MEMORY(test_lines_that_are_doubled_missing_or_in_another_order_are_refused),
      MEMORY(test_lines_that_are_wrong_are_refused_and_named),
      MEMORY(test_bytes_that_are_changed_are_refused_or_come_back), MEMORY(test_a_sync_function_cannot_load),
      EVERYWHERE(test_a_write_that_returns_other_than_0_stops_the_dump),
      MEMORY(test_a_dump_can_be_interrupted), MEMORY(test_calls_inside_write_are_misuse),
      ATTACHED(test_a_load_that_is_interrupted_stores_nothing))
