/* lists: the commands that list syncs, runs, connections and collections. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "json.h"
#include "line.h"
#include "moment.h"
#include "names.h"
#include "store.h"
#include "table.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- cells ---- */

static void add_text(table *t, span value, colour of) {
  char *text = json_text(value);
  table_add(t, text, of);
  free(text);
}

static void add_member(table *t, span object, const char *pointer) {
  add_text(t, json_at(object, pointer), COLOUR_NONE);
}

static colour colour_of(const char *status) {
  if (strcmp(status, "SUCCESS") == 0) return COLOUR_GOOD;
  if (strcmp(status, "ERROR") == 0) return COLOUR_BAD;
  return strcmp(status, "RUNNING") == 0 ? COLOUR_BUSY : COLOUR_WAITING;
}

static void add_status(table *t, span value) {
  char *status = json_text(value);
  table_add(t, status, colour_of(status));
  free(status);
}

static int64_t moment_of(span value) {
  char *text = json_text(value);
  int64_t microseconds = moment_read(text);
  free(text);
  return microseconds;
}

/* "issues", or "issues::eu" where the variant is not base. */
static char *sync_name(span name, span variant) {
  char *sync = json_text(name), *of = json_text(variant);
  char *both = text_need(sqlite3_mprintf(*of == '\0' || strcmp(of, "base") == 0 ? "%s" : "%s::%s", sync, of));
  free(sync);
  free(of);
  return both;
}

static void add_sync_name(table *t, span name, span variant) {
  char *both = sync_name(name, variant);
  table_add(t, both, COLOUR_NONE);
  sqlite3_free(both);
}

/* "type: description", below the row. */
static void note_error(table *t, span error) {
  if (error.at == NULL) return;
  char *type = json_text(json_at(error, "/type")), *description = json_text(json_at(error, "/description"));
  char *both = text_need(sqlite3_mprintf(*description == '\0' ? "%s" : "%s: %s", type, description));
  table_note(t, both);
  free(type);
  free(description);
  sqlite3_free(both);
}

/* Where a list is empty, a person is told so; a program reads nothing. */
static int end_list(const line *given, size_t count, const char *what) {
  if (count == 0 && !line_has(given, OPTION_JSON))
    text_complain("%s: there are no %s", store_filename(), what);
  return DONE;
}

/* ---- instances: what the status tells, of one integration or of all ---- */

typedef int (*instance_fn)(void *ctx, const char *provider_config_key, span instance);

/* Names that are not there are left out by the library; a person has misspelled them. */
static int complain_of_missing(nangolite *store, const line *given, span syncs) {
  for (size_t i = 2; i < given->argument_count; i++) {
    const char *name = given->arguments[i];
    int is_there = 0;
    for (span element = {NULL, 0}; !is_there && json_next(syncs, &element);) {
      char *found = sync_name(json_at(element, "/name"), json_at(element, "/variant"));
      size_t length = strlen(found);
      is_there =
        strncmp(found, name, length) == 0 && (name[length] == '\0' || strcmp(name + length, "::base") == 0);
      sqlite3_free(found);
    }
    if (is_there) continue;
    char **names = names_in_store(store, "SYNC", given->arguments[0], NULL);
    static const char *const none[] = {NULL};
    line_complain_unknown("there is no sync", name, names == NULL ? none : (const char *const *)names);
    names_free(names);
    return FAILED;
  }
  return DONE;
}

static int each_of_integration(nangolite *store, const line *given, const char *key, instance_fn use,
                               void *ctx) {
  size_t named = given->argument_count > 2 ? given->argument_count - 2 : 0;
  span element = {NULL, 0};
  char *json = NULL;
  int result = nangolite_sync_status(store, key, line_argument(given, 1),
                                     given->arguments + (named > 0 ? 2 : 0), named, &json);
  if (result != NANGOLITE_OK) return store_failed(store, result);
  span syncs = json_at(span_of(json), "/syncs");
  int status = complain_of_missing(store, given, syncs);
  while (status == DONE && json_next(syncs, &element)) status = use(ctx, key, element);
  nangolite_free(json);
  return status;
}

/* The integrations that have a definition are those that can have an instance. */
static int each_instance(nangolite *store, const line *given, instance_fn use, void *ctx) {
  char *json = NULL, *before = NULL;
  if (given->argument_count > 0) return each_of_integration(store, given, given->arguments[0], use, ctx);
  int result = nangolite_syncs(store, NULL, &json), status = DONE;
  if (result != NANGOLITE_OK) return store_failed(store, result);
  for (span element = {NULL, 0}; status == DONE && json_next(json_at(span_of(json), "/syncs"), &element);) {
    char *key = json_text(json_at(element, "/provider_config_key"));
    if (before == NULL || strcmp(before, key) != 0) status = each_of_integration(store, given, key, use, ctx);
    free(before);
    before = key;
  }
  free(before);
  nangolite_free(json);
  return status;
}

/* The names that stand in front of what the library tells of an integration. */
static void put_with_names(span object, const char *const names[][2]) {
  fputc('{', stdout);
  for (size_t i = 0; names[i][0] != NULL; i++) {
    printf("\"%s\":", names[i][0]);
    json_put_string(stdout, names[i][1]);
    fputc(',', stdout);
  }
  text_put(stdout, (span){object.at + 1, object.length - 1});
  fputc('\n', stdout);
}

/* ---- status ---- */

typedef struct status_list {
  table *rows; /* NULL: JSON */
  int64_t now;
  size_t count;
} status_list;

static void add_distance(table *t, span value, int64_t now) {
  char text[MOMENT_SIZE] = "";
  int64_t moment = value.at == NULL ? 0 : moment_of(value);
  if (moment > 0) moment_show_distance(moment, now, text);
  table_add(t, text, COLOUR_NONE);
}

static void add_next(table *t, span instance, int64_t now) {
  span next = json_at(instance, "/nextScheduledSyncAt");
  if (next.at != NULL && moment_of(next) <= now) table_add(t, "due", COLOUR_WAITING);
  else add_distance(t, next, now);
}

/* All models of the sync together. */
static void add_records(table *t, span counts) {
  int64_t sum = 0;
  char text[24];
  for (span element = {NULL, 0}; json_next(counts, &element);) sum += json_number(element); /* a key is 0 */
  snprintf(text, sizeof text, "%" PRId64, sum);
  table_add(t, text, COLOUR_NONE);
}

/* Behind RUNNING stands how far it has come. */
static void add_progress(table *t, span instance) {
  span progress = json_at(instance, "/progress");
  int64_t done = json_number(json_at(progress, "/done")), of = json_number(json_at(progress, "/total"));
  char text[48];
  if (progress.at == NULL) {
    add_status(t, json_at(instance, "/status"));
    return;
  }
  if (of > 0) snprintf(text, sizeof text, "RUNNING %d%%", (int)((double)done / (double)of * 100));
  else snprintf(text, sizeof text, "RUNNING %" PRId64, done);
  table_add(t, text, COLOUR_BUSY);
}

static int add_instance(void *ctx, const char *provider_config_key, span instance) {
  status_list *list = ctx;
  table *t = list->rows;
  list->count++;
  if (t == NULL) {
    const char *const names[][2] = {{"provider_config_key", provider_config_key}, {NULL, NULL}};
    put_with_names(instance, names);
    return ferror(stdout) ? FAILED : DONE;
  }
  table_add(t, provider_config_key, COLOUR_NONE);
  add_member(t, instance, "/connection_id");
  add_sync_name(t, json_at(instance, "/name"), json_at(instance, "/variant"));
  add_progress(t, instance);
  add_records(t, json_at(instance, "/recordCount"));
  add_distance(t, json_at(instance, "/finishedAt"), list->now);
  add_next(t, instance, list->now);
  add_member(t, instance, "/frequency");
  note_error(t, json_at(instance, "/latestError"));
  return DONE;
}

int list_status(nangolite *store, const line *given) {
  static const column columns[] = {
    {"INTEGRATION", 0, 8, 5}, {"CONNECTION", 0, 8, 0}, {"SYNC", 0, 10, 0},    {"STATUS", 0, 0, 0},
    {"RECORDS", 1, 0, 2},     {"LAST RUN", 0, 0, 4},   {"NEXT RUN", 0, 0, 3}, {"FREQUENCY", 0, 0, 1},
  };
  status_list list = {NULL, nangolite_now(store), 0};
  if (!line_has(given, OPTION_JSON)) list.rows = table_new(columns, COUNT(columns));
  int status = each_instance(store, given, add_instance, &list);
  if (status == DONE && list.rows != NULL) table_print(list.rows);
  table_free(list.rows);
  return status == DONE ? end_list(given, list.count, "syncs on connections") : status;
}

/* ---- runs ---- */

enum { RUNS_SHOWN = 50 };

/* Of which instance, and the JSON; all are kept until they can be put in order. */
typedef struct run_row {
  char *provider_config_key, *connection_id, *name, *variant, *started, *json;
} run_row;

typedef struct run_list {
  nangolite *store;
  run_row *rows;
  size_t count, room;
  int limit;
} run_list;

static void keep_run(run_list *list, const char *provider_config_key, span instance, span run) {
  if (list->count == list->room) {
    list->room = list->room * 2 + 64;
    list->rows = text_need(realloc(list->rows, list->room * sizeof *list->rows));
  }
  list->rows[list->count++] = (run_row){
    .provider_config_key = text_copy(span_of(provider_config_key)),
    .connection_id = json_text(json_at(instance, "/connection_id")),
    .name = json_text(json_at(instance, "/name")),
    .variant = json_text(json_at(instance, "/variant")),
    .started = json_text(json_at(run, "/startedAt")),
    .json = text_copy(run),
  };
}

static int keep_runs(void *ctx, const char *provider_config_key, span instance) {
  run_list *list = ctx;
  char *connection_id = json_text(json_at(instance, "/connection_id")),
       *name = json_text(json_at(instance, "/name"));
  char *variant = json_text(json_at(instance, "/variant")), *json = NULL;
  int result =
    nangolite_sync_runs(list->store, provider_config_key, connection_id, name, variant, list->limit, &json);
  span runs = json_at(span_of(json), "/runs");
  for (span run = {NULL, 0}; json_next(runs, &run);) keep_run(list, provider_config_key, instance, run);
  nangolite_free(json);
  free(connection_id);
  free(name);
  free(variant);
  /* It may have gone since the status was told. */
  int is_fine =
    result == NANGOLITE_OK || result == NANGOLITE_UNKNOWN_SYNC || result == NANGOLITE_UNKNOWN_CONNECTION;
  return is_fine ? DONE : store_failed(list->store, result);
}

static int compare_runs(const void *a, const void *b) {
  const run_row *left = a, *right = b;
  int order = strcmp(right->started, left->started);
  return order != 0 ? order : strcmp(left->connection_id, right->connection_id);
}

static void free_runs(run_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    run_row *r = &list->rows[i];
    free(r->provider_config_key);
    free(r->connection_id);
    free(r->name);
    free(r->variant);
    free(r->started);
    free(r->json);
  }
  free(list->rows);
}

/* "+3 ~2 -1": added, updated, deleted, all models together. */
static void add_changes(table *t, span results) {
  static const char *const members[] = {"/added", "/updated", "/deleted"};
  char text[80];
  int64_t sums[3] = {0, 0, 0};
  for (span element = {NULL, 0}; json_next(results, &element);) {
    for (int i = 0; i < 3 && *element.at == '{'; i++) sums[i] += json_number(json_at(element, members[i]));
  }
  snprintf(text, sizeof text, "+%" PRId64 " ~%" PRId64 " -%" PRId64, sums[0], sums[1], sums[2]);
  table_add(t, text, COLOUR_NONE);
}

static void add_run(table *t, const run_row *r) {
  span run = span_of(r->json), finished = json_at(run, "/finishedAt"), result = json_at(run, "/result");
  int64_t started = moment_of(json_at(run, "/startedAt"));
  char text[MOMENT_SIZE] = "";
  moment_show(started, text);
  table_add(t, text, COLOUR_NONE);
  table_add(t, r->provider_config_key, COLOUR_NONE);
  table_add(t, r->connection_id, COLOUR_NONE);
  char *both =
    text_need(sqlite3_mprintf(strcmp(r->variant, "base") == 0 ? "%s" : "%s::%s", r->name, r->variant));
  table_add(t, both, COLOUR_NONE);
  sqlite3_free(both);
  if (result.at == NULL) table_add(t, "RUNNING", COLOUR_BUSY);
  else add_status(t, result);
  strcpy(text, "");
  if (finished.at != NULL) moment_show_duration(moment_of(finished) - started, text);
  table_add(t, text, COLOUR_NONE);
  add_changes(t, json_at(run, "/results"));
  add_member(t, run, "/type");
  note_error(t, json_at(run, "/error"));
}

static void put_run(const run_row *r) {
  const char *const names[][2] = {{"provider_config_key", r->provider_config_key},
                                  {"connection_id", r->connection_id},
                                  {"name", r->name},
                                  {"variant", r->variant},
                                  {NULL, NULL}};
  put_with_names(span_of(r->json), names);
}

static void print_runs(const run_list *list, int is_json) {
  static const column columns[] = {
    {"STARTED (UTC)", 0, 0, 0}, {"INTEGRATION", 0, 8, 4}, {"CONNECTION", 0, 8, 5}, {"SYNC", 0, 10, 0},
    {"RESULT", 0, 0, 0},        {"TOOK", 1, 0, 2},        {"CHANGES", 0, 0, 3},    {"TYPE", 0, 0, 1},
  };
  size_t shown = list->limit > 0 && list->count > (size_t)list->limit ? (size_t)list->limit : list->count;
  table *t = is_json ? NULL : table_new(columns, COUNT(columns));
  for (size_t i = 0; i < shown && !ferror(stdout); i++) {
    if (is_json) put_run(&list->rows[i]);
    else add_run(t, &list->rows[i]);
  }
  if (t != NULL) table_print(t);
  table_free(t);
  if (shown < list->count && !is_json) {
    text_complain("these are the %d newest; --limit 0 shows all", (int)shown);
  }
}

int list_runs(nangolite *store, const line *given) {
  run_list list = {store, NULL, 0, 0, line_number(given, OPTION_LIMIT, 0, RUNS_SHOWN)};
  if (list.limit < 0) return WRONG_USAGE;
  if (list.limit > 0) list.limit++; /* one more, to know whether there are more */
  int status = each_instance(store, given, keep_runs, &list);
  if (list.limit > 0) list.limit--;
  if (list.count > 0) qsort(list.rows, list.count, sizeof *list.rows, compare_runs);
  if (status == DONE) print_runs(&list, line_has(given, OPTION_JSON));
  if (status == DONE) status = end_list(given, list.count, "runs");
  free_runs(&list);
  return status;
}

/* ---- lists that the library tells whole ---- */

typedef void (*element_fn)(table *t, span element);

/* The elements of an array, as lines or, each put into the table by `add`, as rows. Frees `json`. */
static int print_elements(const line *given, char *json, const char *array, table *t, element_fn add) {
  size_t count = 0;
  int is_json = line_has(given, OPTION_JSON);
  for (span element = {NULL, 0}; !ferror(stdout) && json_next(json_at(span_of(json), array), &element);
       count++) {
    if (is_json) {
      text_put(stdout, element);
      putchar('\n');
    } else {
      add(t, element);
    }
  }
  table_print(t);
  table_free(t);
  nangolite_free(json);
  return end_list(given, count, array + 1);
}

static void append_option(char **text, const char *format, span value) {
  if (value.at == NULL || json_number(value) == 0) return;
  char *before = *text;
  *text =
    text_need(sqlite3_mprintf("%s%s%lld%s", before, *before == '\0' ? "" : ", ", json_number(value), format));
  sqlite3_free(before);
}

/* What is not as it is without saying so. */
static void add_options(table *t, span sync) {
  static const char *const flags[][2] = {
    {"/manual_start", "manual start"}, {"/local_time", "local time"}, {NULL, NULL}};
  char *text = text_need(sqlite3_mprintf("%s", ""));
  append_option(&text, " retries", json_at(sync, "/max_retries"));
  append_option(&text, " % deletes at most", json_at(sync, "/max_delete_percent"));
  for (size_t i = 0; flags[i][0] != NULL; i++) {
    span flag = json_at(sync, flags[i][0]);
    if (flag.at == NULL || *flag.at != 't') continue;
    char *before = text;
    text = text_need(sqlite3_mprintf("%s%s%s", before, *before == '\0' ? "" : ", ", flags[i][1]));
    sqlite3_free(before);
  }
  table_add(t, text, COLOUR_NONE);
  sqlite3_free(text);
}

static void add_models(table *t, span models) {
  char *text = text_need(sqlite3_mprintf("%s", ""));
  for (span element = {NULL, 0}; json_next(models, &element);) {
    char *model = json_text(element), *before = text;
    text = text_need(sqlite3_mprintf("%s%s%s", before, *before == '\0' ? "" : ", ", model));
    sqlite3_free(before);
    free(model);
  }
  table_add(t, text, COLOUR_NONE);
  sqlite3_free(text);
}

static void add_sync(table *t, span sync) {
  add_member(t, sync, "/provider_config_key");
  add_member(t, sync, "/name");
  add_member(t, sync, "/frequency");
  add_models(t, json_at(sync, "/models"));
  add_options(t, sync);
}

int list_syncs(nangolite *store, const line *given) {
  static const column columns[] = {{"INTEGRATION", 0, 8, 0},
                                   {"SYNC", 0, 10, 0},
                                   {"FREQUENCY", 0, 10, 2},
                                   {"MODELS", 0, 10, 3},
                                   {"OPTIONS", 0, 12, 1}};
  char *json = NULL;
  int result = nangolite_syncs(store, line_argument(given, 0), &json);
  if (result != NANGOLITE_OK) return store_failed(store, result);
  return print_elements(given, json, "/syncs", table_new(columns, COUNT(columns)), add_sync);
}

static void add_moment(table *t, int64_t moment) {
  char text[MOMENT_SIZE] = "";
  if (moment > 0) moment_show(moment, text);
  table_add(t, text, COLOUR_NONE);
}

static void add_connection(table *t, span connection) {
  add_member(t, connection, "/provider_config_key");
  add_member(t, connection, "/connection_id");
  add_moment(t, moment_of(json_at(connection, "/created_at")));
  add_member(t, connection, "/metadata");
}

int list_connections(nangolite *store, const line *given) {
  static const column columns[] = {
    {"INTEGRATION", 0, 8, 0}, {"CONNECTION", 0, 8, 0}, {"CREATED (UTC)", 0, 0, 2}, {"METADATA", 0, 10, 1}};
  char *json = NULL;
  int result = nangolite_connections(store, line_argument(given, 0), &json);
  if (result != NANGOLITE_OK) return store_failed(store, result);
  return print_elements(given, json, "/connections", table_new(columns, COUNT(columns)), add_connection);
}

static void add_collection(table *t, span collection) {
  add_member(t, collection, "/provider_config_key");
  add_member(t, collection, "/connection_id");
  add_member(t, collection, "/model");
  add_member(t, collection, "/variant");
  add_member(t, collection, "/live");
  add_member(t, collection, "/deleted");
  add_member(t, collection, "/pruned");
  add_member(t, collection, "/bytes");
  add_moment(t, json_number(json_at(collection, "/last_change")));
}

int list_collections(nangolite *store, const line *given) {
  static const column columns[] = {
    {"INTEGRATION", 0, 8, 6}, {"CONNECTION", 0, 8, 0}, {"MODEL", 0, 8, 0},
    {"VARIANT", 0, 4, 5},     {"LIVE", 1, 0, 0},       {"DELETED", 1, 0, 4},
    {"PRUNED", 1, 0, 2},      {"BYTES", 1, 0, 1},      {"CHANGED (UTC)", 0, 0, 3}};
  char *json = NULL;
  int result = nangolite_collections(store, line_argument(given, 0), line_argument(given, 1), 0, &json);
  if (result != NANGOLITE_OK) return store_failed(store, result);
  return print_elements(given, json, "/collections", table_new(columns, COUNT(columns)), add_collection);
}
