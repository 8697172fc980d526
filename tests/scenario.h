/* scenario.h: a list of calls that together use every function of the library, for tests that let each of
** them fail.
**
** A step is one call. It has put a wrong value into each of its results before, and makes sure that a failed
** call has cleared them. Steps build on each other, and their times and ids are fixed: after the same steps,
** the state is the same.
**
**   scenario_prepare(store, step);   what must be there before the call: the steps on runs claim theirs
**   scenario_run(store, step);       the call
**   scenario_conclude();             finishes the run */
#ifndef NANGOLITE_TEST_SCENARIO_H
#define NANGOLITE_TEST_SCENARIO_H

#include <stdlib.h>

#include "test.h"

typedef struct scenario_step {
  const char *name;
  int (*run)(nangolite *store, const char *given);
  const char *given;
  enum { STEP_SIMPLE, STEP_IN_RUN, STEP_LAST_IN_RUN, STEP_OF_MANY_CALLS } kind;
} scenario_step;

static nangolite_run *scenario_claimed; /* the run of a step that is in one */

#define SCENARIO_CLEARED(result, cleared)                                                                    \
  if ((result) != NANGOLITE_OK && !(cleared)) fail_msg("a failed call has not cleared its results")

static const nangolite_scope scenario_issues = {"github", "user-1", "Issue", NULL};
static const nangolite_scope scenario_copies = {"github", "user-1", "Issue", "copy"};
static const nangolite_scope scenario_labels = {"github", "user-1", "Label", "base"};

static int scenario_change(nangolite *store, test_changing change, const nangolite_scope *scope,
                           const char *json) {
  static const nangolite_changes nothing = {0};
  nangolite_changes changes = {1, 2, 3, 4, 5, 6};
  int result = change(store, scope, json, -1, &changes);
  SCENARIO_CLEARED(result, memcmp(&changes, &nothing, sizeof changes) == 0);
  return result;
}

static int scenario_connect(nangolite *store, const char *id) {
  return nangolite_connection_create(store, "github", id);
}

static int scenario_save(nangolite *store, const char *json) {
  return scenario_change(store, nangolite_records_save, &scenario_issues, json);
}

static int scenario_save_copy(nangolite *store, const char *json) {
  return scenario_change(store, nangolite_records_save, &scenario_copies, json);
}

static int scenario_save_label(nangolite *store, const char *json) {
  return scenario_change(store, nangolite_records_save, &scenario_labels, json);
}

static int scenario_update(nangolite *store, const char *json) {
  return scenario_change(store, nangolite_records_update, &scenario_issues, json);
}

static int scenario_delete(nangolite *store, const char *json) {
  return scenario_change(store, nangolite_records_delete, &scenario_issues, json);
}

/* 60 records of about 400 bytes, of which 12 are duplicates. */
static int scenario_save_many(nangolite *store, const char *word) {
  char *json = NULL;
  size_t length;
  FILE *out = open_memstream(&json, &length);
  for (int i = 0; i < 60; i++)
    fprintf(out, "%c{\"id\":\"%d\",\"%s\":%d,\"text\":\"%0380d\"}", i == 0 ? '[' : ',', i % 48 + 100, word, i,
            i);
  fputc(']', out);
  fclose(out);
  int result = scenario_change(store, nangolite_records_save, &scenario_issues, json);
  free(json);
  return result;
}

/* One record of 900 arrays, one inside the other, in an object of 70 members. */
static int scenario_save_deep(nangolite *store, const char *id) {
  char *json = NULL;
  size_t length;
  FILE *out = open_memstream(&json, &length);
  fprintf(out, "{\"id\":\"%s\",\"deep\":", id);
  for (int i = 0; i < 900; i++) fputc('[', out);
  for (int i = 0; i < 900; i++) fputc(']', out);
  for (int i = 0; i < 70; i++) fprintf(out, ",\"member %d\":{\"%d\":%d}", i, i, i);
  fputc('}', out);
  fclose(out);
  int result = scenario_change(store, nangolite_records_save, &scenario_issues, json);
  free(json);
  return result;
}

static int scenario_list_query(nangolite *store, const nangolite_query *query) {
  nangolite_page *page = (nangolite_page *)store;
  int result = nangolite_records_list(store, &scenario_issues, query, &page);
  SCENARIO_CLEARED(result, page == NULL);
  nangolite_page_free(page);
  return result;
}

static int scenario_list(nangolite *store, const char *filter) {
  const nangolite_query query = {.filter = filter, .modified_after = "2024-01-15T10:30:00.000001Z"};
  return scenario_list_query(store, &query);
}

static int scenario_list_after(nangolite *store, const char *cursor) {
  return scenario_list_query(store, &(nangolite_query){.cursor = cursor, .limit = 3});
}

static int scenario_list_ids(nangolite *store, const char *id) {
  const char *ids[] = {id, "1", "none"};
  return scenario_list_query(store, &(nangolite_query){.ids = ids, .id_count = 3});
}

static int scenario_prune_up_to(nangolite *store, const char *cursor, int64_t limit) {
  int64_t count = 77;
  int has_more = 77;
  int result = nangolite_records_prune(store, &scenario_issues, cursor, limit, &count, &has_more);
  SCENARIO_CLEARED(result, count == 0 && has_more == 0);
  return result;
}

static int scenario_prune(nangolite *store, const char *cursor) {
  return scenario_prune_up_to(store, cursor, 0);
}

static int scenario_prune_two(nangolite *store, const char *cursor) {
  return scenario_prune_up_to(store, cursor, 2);
}

static int scenario_count(nangolite *store, const char *given) {
  int64_t live = 77, bytes = 77;
  (void)given;
  int result = nangolite_records_count(store, &scenario_issues, &live, &bytes);
  SCENARIO_CLEARED(result, live == 0 && bytes == 0);
  return result;
}

/* SQLite's integrity_check takes a page that cannot be read for one that is wrong, and says so. */
static int scenario_check(nangolite *store, const char *given) {
  char *reason = (char *)(uintptr_t)given;
  int result = nangolite_check(store, &reason);
  int is_unread = reason != NULL && strstr(reason, "*** in database main ***") != NULL;
  if (reason != NULL && !is_unread) fail_msg("the store is not sound: %s", reason);
  nangolite_free(reason);
  return is_unread ? NANGOLITE_IOERR : result;
}

/* A sound store is not changed, but a page that could not be read may look like damage. */
static int scenario_repair(nangolite *store, const char *given) {
  char *report = (char *)(uintptr_t)given;
  int result = nangolite_repair(store, &report);
  SCENARIO_CLEARED(result, report == NULL);
  nangolite_free(report);
  return result;
}

/* A hundred days later. */
static int scenario_maintain(nangolite *store, const char *given) {
  int64_t pruned = 77, deleted = 77;
  (void)given;
  nangolite_clock_advance(store, DAYS(100));
  int result = nangolite_maintain(store, 40, &pruned, &deleted);
  SCENARIO_CLEARED(result, pruned == 0 && deleted == 0);
  nangolite_clock_advance(store, -DAYS(100));
  return result;
}

/* ---- syncs --------------------------------------------------------------------------------------------- */

/* A failing call in it fails the run, not the call that executes it. */
static int scenario_exec(nangolite_run *run, void *user) {
  (void)user;
  int result = nangolite_run_save(run, "Issue", "[{\"id\":\"from a run\",\"n\":1}]", -1, NULL);
  if (result == NANGOLITE_OK) result = nangolite_run_checkpoint_save(run, "{\"page\":7}");
  return result;
}

static void scenario_heard(void *ctx, const char *event) {
  (void)ctx;
  if (event[0] != '{') fail_msg("no event: %s", event);
}

static int scenario_define(nangolite *store, const char *name) {
  const char *const models[] = {"Issue", "Label", "Milestone", "Comment"};
  const char *const *of_it = strcmp(name, "issues") == 0 ? models : models + 2;
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = name,
                         .models = of_it,
                         .model_count = 2,
                         .frequency = "every hour",
                         .exec = scenario_exec};
  return nangolite_sync_define(store, &sync);
}

static int scenario_remove(nangolite *store, const char *name) {
  return nangolite_sync_remove(store, "github", name);
}

static int scenario_env(nangolite *store, const char *value) {
  return nangolite_env_set(store, "TOKEN", value);
}

static int scenario_metadata(nangolite *store, const char *json) {
  return nangolite_metadata_set(store, "github", "user-1", json, json[1] != '}');
}

/* What tells of the store, by its name. */
static int scenario_look(nangolite *store, const char *what) {
  char *json = (char *)(uintptr_t)what;
  int result = NANGOLITE_MISUSE;
  if (strcmp(what, "connections") == 0) result = nangolite_connections(store, NULL, &json);
  if (strcmp(what, "collections") == 0) result = nangolite_collections(store, "github", NULL, 0, &json);
  if (strcmp(what, "changed") == 0)
    result = nangolite_collections(store, NULL, "user-1", HALF_PAST_TEN, &json);
  if (strcmp(what, "syncs") == 0) result = nangolite_syncs(store, "github", &json);
  if (strcmp(what, "metadata") == 0) result = nangolite_metadata_get(store, "github", "user-1", &json);
  if (strcmp(what, "variable") == 0) result = nangolite_env_get(store, "TOKEN", &json);
  SCENARIO_CLEARED(result, json == NULL);
  nangolite_free(json);
  return result;
}

static int scenario_variant(nangolite *store, const char *variant) {
  return nangolite_variant_create(store, "github", "user-1", "issues", variant);
}

static int scenario_variant_delete(nangolite *store, const char *variant) {
  return nangolite_variant_delete(store, "github", "user-1", "issues", variant);
}

static int scenario_pause(nangolite *store, const char *sync) {
  return nangolite_sync_pause(store, "github", NULL, &sync, 1);
}

static int scenario_start(nangolite *store, const char *sync) {
  return nangolite_sync_start(store, "github", NULL, &sync, 1);
}

static int scenario_trigger(nangolite *store, const char *sync) {
  return nangolite_sync_trigger(store, "github", "user-1", &sync, 1, NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE);
}

static int scenario_frequency(nangolite *store, const char *frequency) {
  char *active = (char *)(uintptr_t)frequency;
  int result = nangolite_sync_set_frequency(store, "github", "user-1", "issues", NULL, frequency, &active);
  SCENARIO_CLEARED(result, active == NULL);
  nangolite_free(active);
  return result;
}

static int scenario_status(nangolite *store, const char *given) {
  char *json = (char *)(uintptr_t)given;
  int result = nangolite_sync_status(store, "github", "user-1", NULL, 0, &json);
  SCENARIO_CLEARED(result, json == NULL);
  nangolite_free(json);
  return result;
}

static int scenario_claim(nangolite *store, const char *given) {
  nangolite_run *run = (nangolite_run *)(uintptr_t)given;
  int result = nangolite_run_next(store, &run);
  SCENARIO_CLEARED(result, run == NULL);
  scenario_claimed = run;
  if (result == NANGOLITE_OK && run == NULL) fail_msg("nothing is due");
  return result;
}

static int scenario_run_due(nangolite *store, const char *given) {
  int ran = 77;
  (void)given;
  int result = nangolite_run_due(store, 1, &ran);
  if (ran < 0 || ran > 1) fail_msg("ran is not set"); /* whatever the result */
  return result;
}

static int scenario_run_until(nangolite *store, const char *given) {
  int ran = 77;
  (void)given;
  int result = nangolite_run_until(store, nangolite_now(store) + HOURS(3), &ran);
  if (ran == 77) fail_msg("ran is not set"); /* whatever the result */
  return result;
}

static int scenario_run_save(nangolite *store, const char *json) {
  nangolite_changes changes = {1, 2, 3, 4, 5, 6};
  (void)store;
  int result = nangolite_run_save(scenario_claimed, "Label", json, -1, &changes);
  SCENARIO_CLEARED(result, changes.added == 0 && changes.unchanged == 0);
  return result;
}

static int scenario_run_list(nangolite *store, const char *given) {
  nangolite_page *page = (nangolite_page *)(uintptr_t)store;
  (void)given;
  int result = nangolite_run_list(scenario_claimed, "Label", NULL, &page);
  SCENARIO_CLEARED(result, page == NULL);
  nangolite_page_free(page);
  return result;
}

static int scenario_window_start(nangolite *store, const char *model) {
  (void)store;
  return nangolite_run_track_deletes_start(scenario_claimed, model);
}

static int scenario_window_end(nangolite *store, const char *model) {
  nangolite_changes changes = {1, 2, 3, 4, 5, 6};
  (void)store;
  int result = nangolite_run_track_deletes_end(scenario_claimed, model, &changes);
  SCENARIO_CLEARED(result, changes.added == 0 && changes.deleted == 0);
  return result;
}

static int scenario_merging(nangolite *store, const char *strategy) {
  (void)store;
  return nangolite_run_set_merging(scenario_claimed, "Label", strategy);
}

static int scenario_checkpoint_save(nangolite *store, const char *json) {
  (void)store;
  return nangolite_run_checkpoint_save(scenario_claimed, json);
}

static int scenario_checkpoint_get(nangolite *store, const char *given) {
  char *json = (char *)(uintptr_t)given;
  (void)store;
  int result = nangolite_run_checkpoint_get(scenario_claimed, &json);
  SCENARIO_CLEARED(result, json == NULL);
  nangolite_free(json);
  return result;
}

static int scenario_checkpoint_clear(nangolite *store, const char *given) {
  (void)store;
  (void)given;
  return nangolite_run_checkpoint_clear(scenario_claimed);
}

static int scenario_heartbeat(nangolite *store, const char *given) {
  (void)store;
  (void)given;
  return nangolite_run_heartbeat(scenario_claimed);
}

static int scenario_finish(nangolite *store, const char *error) {
  nangolite_run *run = scenario_claimed;
  (void)store;
  scenario_claimed = NULL;
  return nangolite_run_finish(run, error, error);
}

static int scenario_fail(nangolite *store, const char *error) {
  (void)store;
  return nangolite_run_fail(scenario_claimed, error, error);
}

/* "METHOD target body"; a server_error is told as an error of its own. */
static int scenario_request(nangolite *store, const char *given) {
  static const char headers[] = "Connection-Id: user-1\nProvider-Config-Key: github\n";
  char method[10], target[200];
  int status = 77, after = 0;
  char *response = (char *)(uintptr_t)given;
  sscanf(given, "%9s %199s %n", method, target, &after);
  int result = nangolite_request(store, method, target, headers, given[after] == '\0' ? NULL : given + after,
                                 &status, &response);
  SCENARIO_CLEARED(result, status == 0 && response == NULL);
  if (result == NANGOLITE_OK && status >= 300 && status != 500)
    fail_msg("%s: %d %s", given, status, response);
  nangolite_free(response);
  return result == NANGOLITE_OK && status == 500 ? NANGOLITE_ERROR : result;
}

static int scenario_disconnect(nangolite *store, const char *id) {
  return nangolite_connection_delete(store, "github", id);
}

/* ---- dumps --------------------------------------------------------------------------------------------- */

static int scenario_count_line(void *ctx, const char *line, size_t length) {
  *(int64_t *)ctx += line[length - 1] == '\n';
  return 0;
}

static int scenario_dump(nangolite *store, const char *without) {
  int64_t lines = 0;
  int result =
    nangolite_dump(store, NULL, without == NULL ? NANGOLITE_DUMP_METADATA : 0, scenario_count_line, &lines);
  if (result == NANGOLITE_OK && lines < 5) fail_msg("%lld lines", (long long)lines);
  return result;
}

/* A page that cannot be read is told as in scenario_check(). */
static int scenario_load(nangolite *store, const char *dump) {
  int result = nangolite_load(store, dump, -1);
  if (result == NANGOLITE_INVALID) fail_msg("loading: %s", nangolite_errmsg(store));
  return result == NANGOLITE_CORRUPT ? NANGOLITE_IOERR : result;
}

#define SCENARIO_ISSUE                                                                                       \
  "{\"kind\":\"record\",\"provider_config_key\":\"github\",\"connection_id\":\"user-1\","                    \
  "\"model\":\"Issue\",\"variant\":\"base\",\"id\":"
#define SCENARIO_INSTANCE                                                                                    \
  ",\"provider_config_key\":\"github\",\"connection_id\":\"user-1\",\"sync\":\"issues\","                    \
  "\"variant\":\"base\","
static const char scenario_dumped[] =
  "{\"kind\":\"store\",\"format\":1,\"metadata\":true,\"last_stamp\":1705314600000009,\"last_run\":1,"
  "\"clock\":1705314600000000,\"hash_key\":\"00112233445566778899aabbccddeeff\"}\n"
  "{\"kind\":\"variable\",\"name\":\"TOKEN\",\"value\":\"loaded\"}\n"
  "{\"kind\":\"connection\",\"provider_config_key\":\"github\",\"connection_id\":\"user-1\","
  "\"metadata\":{\"team\":7},\"created_at\":1705314600000000,\"updated_at\":1705314600000000}\n"
  "{\"kind\":\"sync\",\"provider_config_key\":\"github\",\"sync\":\"issues\",\"frequency\":\"every hour\","
  "\"max_delete_percent\":0,\"max_retries\":0,\"retry_after_s\":30}\n"
  "{\"kind\":\"model\",\"provider_config_key\":\"github\",\"sync\":\"issues\",\"model\":\"Issue\","
  "\"position\":0}\n"
  "{\"kind\":\"instance\"" SCENARIO_INSTANCE
  "\"checkpoint\":{\"page\":7},\"created_at\":1705314600000000,\"slot_at\":1705318200000000,"
  "\"may_repeat\":true,\"retries\":0,\"expired\":0,\"started_at\":1705314600000000,"
  "\"finished_at\":1705314600000000,\"latest\":\"SUCCESS\",\"is_initial\":true,\"has_succeeded\":true,"
  "\"latest_run\":1,\"succeeded_run\":1,\"idle_since\":1705314600000000}\n"
  "{\"kind\":\"result\"" SCENARIO_INSTANCE "\"model\":\"Issue\",\"run\":1,\"added\":1,\"updated\":0,"
  "\"deleted\":0,\"changed_after\":1705314599999999}\n"
  "{\"kind\":\"run\"" SCENARIO_INSTANCE "\"number\":1,\"started_at\":1705314600000000,"
  "\"finished_at\":1705314600000000,\"result\":\"SUCCESS\",\"is_initial\":true,"
  "\"results\":{\"Issue\":{\"added\":1,\"updated\":0,\"deleted\":0}},\"checkpoint_to\":{\"page\":7}}\n"
  "{\"kind\":\"collection\",\"provider_config_key\":\"github\",\"connection_id\":\"user-1\","
  "\"model\":\"Issue\",\"variant\":\"base\",\"window_opened_at\":1705314600000002,\"window_live\":2}\n" SCENARIO_ISSUE
  "\"1\",\"action\":\"ADDED\",\"first_seen_at\":1705314600000000,"
  "\"last_modified_at\":1705314600000000,\"alternate_hash\":\"00112233445566778899aabbccddeeff\","
  "\"alternate_length\":20,\"seen\":true,\"payload\":{\"id\":1,\"title\":\"x\"}}\n" SCENARIO_ISSUE
  "\"2\",\"action\":\"DELETED\",\"first_seen_at\":1705314600000001,"
  "\"last_modified_at\":1705314600000005,\"payload\":\"{\\\"id\\\":2,\\n\\\"a\\\":1}\"}\n" SCENARIO_ISSUE
  "\"3\",\"action\":\"ADDED\",\"first_seen_at\":1705314600000007,"
  "\"last_modified_at\":1705314600000007,\"pruned_at\":1705314600000008,"
  "\"hash\":\"00112233445566778899aabbccddeeff\",\"payload\":{\"id\":3}}\n"
  "{\"kind\":\"end\",\"lines\":13}\n";

static const scenario_step scenario[] = {
  {"connect", scenario_connect, "user-1", STEP_SIMPLE},
  {"connect another", scenario_connect, "user-2", STEP_SIMPLE},
  {"save", scenario_save,
   "[{\"id\":1,\"a\":{\"b\":[1,2]}},{\"id\":\"two\",\"t\":\"\\u00e9\"},{\"id\":3,\"n\":1.50}]", STEP_SIMPLE},
  {"save the same, written otherwise", scenario_save,
   "[{\"a\" : {\"b\":[1, 2]}, \"id\":\"1\"},{\"t\":\"\xc3\xa9\",\"id\":\"two\"}]", STEP_SIMPLE},
  {"save a change, a new one, one with metadata", scenario_save,
   "[{\"id\":3,\"n\":1.5},{\"id\":4,\"x\":1},{\"id\":\"f\\u00efve\",\"_nango_metadata\":{\"cursor\":\"x\"},"
   "\"a\":[]}]",
   STEP_SIMPLE},
  {"save a copy", scenario_save_copy, "[{\"id\":1},{\"id\":2}]", STEP_SIMPLE},
  {"save labels", scenario_save_label, "{\"id\":\"bug\",\"colour\":\"red\"}", STEP_SIMPLE},
  {"update", scenario_update,
   "[{\"id\":1,\"a\":{\"c\":null,\"b\":[3]}},{\"id\":4,\"x\":1},{\"id\":\"unknown\"}]", STEP_SIMPLE},
  {"delete", scenario_delete, "[{\"id\":4},{\"id\":\"never there\"},{\"id\":4}]", STEP_SIMPLE},
  {"save many", scenario_save_many, "n", STEP_SIMPLE},
  {"save a deep one", scenario_save_deep, "deep", STEP_SIMPLE},
  {"save the deep one again", scenario_save_deep, "deep", STEP_SIMPLE},
  {"list", scenario_list, "added,UPDATED", STEP_SIMPLE},
  {"list after a cursor", scenario_list_after, "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3", STEP_SIMPLE},
  {"list by id", scenario_list_ids, "two", STEP_SIMPLE},
  {"prune two", scenario_prune_two, NULL, STEP_SIMPLE},
  {"prune up to a cursor", scenario_prune, "MjAyNC0wMS0xNVQxODozMDowMC4wMDBafHwz", STEP_SIMPLE},
  {"save what was pruned", scenario_save, "[{\"id\":3,\"n\":1.5},{\"id\":1,\"other\":1}]", STEP_SIMPLE},
  {"update what was pruned", scenario_update, "[{\"id\":\"two\",\"t\":\"patch\"}]", STEP_SIMPLE},
  {"delete what was pruned", scenario_delete, "[{\"id\":\"f\\u00efve\"}]", STEP_SIMPLE},
  {"save what was deleted", scenario_save, "[{\"id\":4,\"x\":2},{\"id\":\"f\xc3\xafve\"}]", STEP_SIMPLE},
  {"count", scenario_count, NULL, STEP_SIMPLE},
  {"maintain", scenario_maintain, NULL, STEP_SIMPLE},
  {"set a variable", scenario_env, "secret", STEP_SIMPLE},
  {"set it to another value", scenario_env, "other", STEP_SIMPLE},
  {"define", scenario_define, "issues", STEP_SIMPLE},
  {"define another", scenario_define, "labels", STEP_SIMPLE},
  {"connect with syncs", scenario_connect, "user-3", STEP_SIMPLE},
  {"create a variant", scenario_variant, "copy", STEP_SIMPLE},
  {"set metadata", scenario_metadata, "{}", STEP_SIMPLE},
  {"merge metadata", scenario_metadata, "{\"a\":{\"b\":1},\"c\":null}", STEP_SIMPLE},
  {"merge them again", scenario_metadata, "{\"\\u0061\":2,\"d\":[]}", STEP_SIMPLE},
  {"get metadata", scenario_look, "metadata", STEP_SIMPLE},
  {"get the variable", scenario_look, "variable", STEP_SIMPLE},
  {"look at connections", scenario_look, "connections", STEP_SIMPLE},
  {"look at collections", scenario_look, "collections", STEP_SIMPLE},
  {"look at what changed", scenario_look, "changed", STEP_SIMPLE},
  {"look at definitions", scenario_look, "syncs", STEP_SIMPLE},
  {"pause", scenario_pause, "labels", STEP_SIMPLE},
  {"start", scenario_start, "labels", STEP_SIMPLE},
  {"pause again", scenario_pause, "labels", STEP_SIMPLE},
  {"set a frequency", scenario_frequency, "every half hour", STEP_SIMPLE},
  {"set the default frequency", scenario_frequency, NULL, STEP_SIMPLE},
  {"status", scenario_status, NULL, STEP_SIMPLE},
  {"dump", scenario_dump, NULL, STEP_SIMPLE},
  {"dump without metadata", scenario_dump, "without", STEP_SIMPLE},
  {"claim", scenario_claim, NULL, STEP_LAST_IN_RUN},
  {"save in a run", scenario_run_save, "[{\"id\":\"in a run\"},{\"id\":\"bug\"}]", STEP_IN_RUN},
  {"list in a run", scenario_run_list, NULL, STEP_IN_RUN},
  {"set merging", scenario_merging, "ignore_if_modified_after", STEP_IN_RUN},
  {"save a checkpoint", scenario_checkpoint_save, "{\"page\":1,\"when\":\"now\"}", STEP_IN_RUN},
  {"get a checkpoint", scenario_checkpoint_get, NULL, STEP_IN_RUN},
  {"clear a checkpoint", scenario_checkpoint_clear, NULL, STEP_IN_RUN},
  {"heartbeat", scenario_heartbeat, NULL, STEP_IN_RUN},
  {"dump during a run", scenario_dump, NULL, STEP_IN_RUN},
  {"say why it fails", scenario_fail, "script_error", STEP_IN_RUN},
  {"start a window", scenario_window_start, "Label", STEP_IN_RUN},
  {"save in a window", scenario_run_save, "[{\"id\":\"new\"},{\"id\":\"bug\",\"n\":1}]", STEP_IN_RUN},
  {"end a window", scenario_window_end, "Label", STEP_IN_RUN},
  {"finish", scenario_finish, NULL, STEP_LAST_IN_RUN},
  {"finish with an error", scenario_finish, "an error", STEP_LAST_IN_RUN},
  {"run what is due", scenario_run_due, NULL, STEP_OF_MANY_CALLS},
  {"run for three hours", scenario_run_until, NULL, STEP_OF_MANY_CALLS},
  {"request records", scenario_request, "GET /records?model=Issue&limit=5", STEP_SIMPLE},
  {"request the status", scenario_request,
   "GET /sync/status?provider_config_key=github&syncs=*&connection_id=user-1", STEP_SIMPLE},
  {"request the variables", scenario_request, "GET /environment-variables", STEP_SIMPLE},
  {"request to set metadata", scenario_request,
   "POST /connections/metadata {\"provider_config_key\":\"github\",\"connection_id\":[\"user-1\",\"user-2\"],"
   "\"metadata\":{\"team\":7}}",
   STEP_SIMPLE},
  {"request a connection", scenario_request, "GET /connections/user-1?provider_config_key=github",
   STEP_SIMPLE},
  {"request the connections", scenario_request, "GET /connections?integrationId=github,x&search=USER",
   STEP_SIMPLE},
  {"request to prune", scenario_request,
   "PATCH /records/prune {\"model\":\"Label\",\"until_cursor\":\"MjAyNC0wMi0xNVQxODozMDowMC4wMDBafHwz\"}",
   STEP_SIMPLE},
  {"trigger with an empty cache", scenario_trigger, "issues", STEP_SIMPLE},
  {"delete a variant", scenario_variant_delete, "copy", STEP_SIMPLE},
  {"remove the variable", scenario_env, NULL, STEP_SIMPLE},
  {"check", scenario_check, NULL, STEP_SIMPLE},
  {"repair", scenario_repair, NULL, STEP_SIMPLE},
  {"disconnect", scenario_disconnect, "user-1", STEP_SIMPLE},
  {"disconnect another", scenario_disconnect, "user-2", STEP_SIMPLE},
  {"disconnect the last", scenario_disconnect, "user-3", STEP_SIMPLE},
  {"remove a definition", scenario_remove, "issues", STEP_SIMPLE},
  {"remove another", scenario_remove, "labels", STEP_SIMPLE},
  {"load", scenario_load, scenario_dumped, STEP_SIMPLE},
};

enum { SCENARIO_STEPS = sizeof scenario / sizeof scenario[0] };

/* A step that claims or finishes a run cannot be called twice. */
static inline int scenario_is_repeatable(int step) {
  return scenario[step].kind == STEP_SIMPLE || scenario[step].kind == STEP_IN_RUN;
}

/* Whether the call fails or succeeds as one. */
static inline int scenario_is_whole(int step) {
  return scenario[step].kind != STEP_OF_MANY_CALLS;
}

/* Sets the clock to the step's time, an hour after the one before. */
static inline int scenario_prepare(nangolite *store, int step) {
  const scenario_step *s = &scenario[step];
  int result = NANGOLITE_OK, is_in_run = s->kind == STEP_IN_RUN || s->run == scenario_finish;
  nangolite_clock_set(store, HALF_PAST_TEN + HOURS(step));
  nangolite_on_sync(store, scenario_heard, NULL);
  /* gives this handle the function */
  if (s->kind == STEP_OF_MANY_CALLS) result = scenario_define(store, "issues");
  if (is_in_run) result = scenario_claim(store, NULL);
  if (s->run == scenario_window_end && result == NANGOLITE_OK)
    result = scenario_window_start(store, s->given);
  return result;
}

static inline int scenario_run(nangolite *store, int step) {
  return scenario[step].run(store, scenario[step].given);
}

static inline void scenario_conclude(void) {
  if (scenario_claimed != NULL) nangolite_run_finish(scenario_claimed, NULL, NULL);
  scenario_claimed = NULL;
}

static void scenario_write_feed(nangolite *store, const nangolite_scope *of, FILE *out) {
  nangolite_query query = {.limit = 500};
  nangolite_page *page = NULL;
  int64_t live, bytes;
  int result = nangolite_records_list(store, of, &query, &page);
  if (result == NANGOLITE_UNKNOWN_CONNECTION || result == NANGOLITE_UNKNOWN_PROVIDER_CONFIG) return;
  if (result != NANGOLITE_OK)
    fail_msg("listing gave %s: %s", nangolite_result_name(result), nangolite_errmsg(store));
  for (size_t i = 0; i < page->count; i++) {
    const nangolite_record *r = &page->records[i];
    fprintf(out, "%s %s %s %lld %lld %lld %lld %s\n", of->model, r->id, r->last_action,
            (long long)r->first_seen_at, (long long)r->last_modified_at, (long long)r->deleted_at,
            (long long)r->pruned_at, r->payload);
  }
  nangolite_page_free(page);
  result = nangolite_records_count(store, of, &live, &bytes);
  if (result != NANGOLITE_OK) fail_msg("counting gave %s", nangolite_result_name(result));
  fprintf(out, "%s: %lld live, %lld bytes\n", of->model, (long long)live, (long long)bytes);
}

static void scenario_write_syncs(nangolite *store, const char *connection, FILE *out) {
  char *json = NULL;
  if (nangolite_sync_status(store, "github", connection, NULL, 0, &json) == NANGOLITE_OK)
    fprintf(out, "%s\n", json);
  nangolite_free(json);
  int status = 0;
  nangolite_request(store, "GET", "/environment-variables", NULL, NULL, &status, &json);
  fprintf(out, "%s\n", json == NULL ? "none" : json); /* next_due depends on what a handle has defined */
  nangolite_free(json);
  nangolite_connections(store, NULL, &json);
  fprintf(out, "%s\n", json == NULL ? "none" : json);
  nangolite_free(json);
}

/* All that can be read from the store; to be given to free(). */
static char *scenario_state(nangolite *store) {
  static const nangolite_scope *const scopes[] = {&scenario_issues, &scenario_copies, &scenario_labels};
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) scenario_write_feed(store, scopes[i], out);
  scenario_write_syncs(store, "user-1", out);
  scenario_write_syncs(store, "user-3", out);
  fclose(out);
  return text;
}

static inline void scenario_expect_state(nangolite *store, const char *expected, const char *when) {
  char *state = scenario_state(store);
  if (strcmp(state, expected) != 0)
    fail_msg("%s, the store has\n%s\nand should have\n%s", when, state, expected);
  free(state);
}

static inline void scenario_expect_sound(nangolite *store, const char *when) {
  char *reason = NULL;
  int result = nangolite_check(store, &reason);
  if (result != NANGOLITE_OK)
    fail_msg("%s, the check gave %s: %s", when, nangolite_result_name(result), nangolite_errmsg(store));
  if (reason != NULL) fail_msg("%s, the store is not sound: %s", when, reason);
}

#endif
