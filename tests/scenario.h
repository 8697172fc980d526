/* scenario.h: a list of calls that between them use every function of the library, for tests that let each of them fail.
**
** A step is one call. It has put a wrong value into each of its results before, and makes sure that a failed call has
** cleared them. Steps build on each other, and their times and ids are fixed: after the same steps, the state is the same. */
#ifndef NANGOLITE_SCENARIO_H
#define NANGOLITE_SCENARIO_H

#include <stdlib.h>

#include "test.h"

typedef struct scenario_step {
  const char *name;
  int (*run)(nangolite *store, const char *given);
  const char *given;
} scenario_step;

#define SCENARIO_CLEARED(result, cleared) \
  if ((result) != NANGOLITE_OK && !(cleared)) fail_msg("a failed call has not cleared its results")

static const nangolite_scope scenario_issues = {"github", "user-1", "Issue", NULL};
static const nangolite_scope scenario_copies = {"github", "user-1", "Issue", "copy"};
static const nangolite_scope scenario_labels = {"github", "user-1", "Label", "base"};

static int scenario_change(nangolite *store, test_changing change, const nangolite_scope *scope, const char *json) {
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
    fprintf(out, "%c{\"id\":\"%d\",\"%s\":%d,\"text\":\"%0380d\"}", i == 0 ? '[' : ',', i % 48 + 100, word, i, i);
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
  return scenario_list_query(store, &(nangolite_query){.filter = filter, .modified_after = "2024-01-15T10:30:00.000001Z"});
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
  int is_unread = reason != NULL && (strstr(reason, "unable to get the page") || strstr(reason, "Failed to read"));
  if (reason != NULL && !is_unread) fail_msg("the store is not sound: %s", reason);
  nangolite_free(reason);
  return is_unread ? NANGOLITE_IOERR : result;
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

static const scenario_step scenario[] = {
  {"connect", scenario_connect, "user-1"},
  {"connect another", scenario_connect, "user-2"},
  {"save", scenario_save, "[{\"id\":1,\"a\":{\"b\":[1,2]}},{\"id\":\"two\",\"t\":\"\\u00e9\"},{\"id\":3,\"n\":1.50}]"},
  {"save the same, written otherwise", scenario_save, "[{\"a\" : {\"b\":[1, 2]}, \"id\":\"1\"},{\"t\":\"\xc3\xa9\",\"id\":\"two\"}]"},
  {"save a change, a new one, one with metadata", scenario_save,
   "[{\"id\":3,\"n\":1.5},{\"id\":4,\"x\":1},{\"id\":\"f\\u00efve\",\"_nango_metadata\":{\"cursor\":\"x\"},\"a\":[]}]"},
  {"save a copy", scenario_save_copy, "[{\"id\":1},{\"id\":2}]"},
  {"save labels", scenario_save_label, "{\"id\":\"bug\",\"colour\":\"red\"}"},
  {"update", scenario_update, "[{\"id\":1,\"a\":{\"c\":null,\"b\":[3]}},{\"id\":4,\"x\":1},{\"id\":\"unknown\"}]"},
  {"delete", scenario_delete, "[{\"id\":4},{\"id\":\"never there\"},{\"id\":4}]"},
  {"save many", scenario_save_many, "n"},
  {"save a deep one", scenario_save_deep, "deep"},
  {"save the deep one again", scenario_save_deep, "deep"},
  {"list", scenario_list, "added,UPDATED"},
  {"list after a cursor", scenario_list_after, "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3"},
  {"list by id", scenario_list_ids, "two"},
  {"prune two", scenario_prune_two, NULL},
  {"prune up to a cursor", scenario_prune, "MjAyNC0wMS0xNVQxMDozNzowMC4wMDBafHwxMjM0NTY3"},
  {"save what was pruned", scenario_save, "[{\"id\":3,\"n\":1.5},{\"id\":1,\"other\":1}]"},
  {"update what was pruned", scenario_update, "[{\"id\":\"two\",\"t\":\"patch\"}]"},
  {"delete what was pruned", scenario_delete, "[{\"id\":\"f\\u00efve\"}]"},
  {"save what was deleted", scenario_save, "[{\"id\":4,\"x\":2},{\"id\":\"f\xc3\xafve\"}]"},
  {"count", scenario_count, NULL},
  {"maintain", scenario_maintain, NULL},
  {"check", scenario_check, NULL},
};

enum { SCENARIO_STEPS = sizeof scenario / sizeof scenario[0] };

/* Runs a step at its time. */
static int scenario_run(nangolite *store, int step) {
  nangolite_clock_set(store, HALF_PAST_TEN + MINUTES(step));
  return scenario[step].run(store, scenario[step].given);
}

static void scenario_write_feed(nangolite *store, const nangolite_scope *of, FILE *out) {
  nangolite_query query = {.limit = 500};
  nangolite_page *page = NULL;
  int64_t live, bytes;
  int result = nangolite_records_list(store, of, &query, &page);
  if (result == NANGOLITE_UNKNOWN_CONNECTION || result == NANGOLITE_UNKNOWN_PROVIDER_CONFIG) return;
  if (result != NANGOLITE_OK) fail_msg("listing gave %s: %s", nangolite_result_name(result), nangolite_errmsg(store));
  for (size_t i = 0; i < page->count; i++) {
    const nangolite_record *r = &page->records[i];
    fprintf(out, "%s %s %s %lld %lld %lld %lld %s\n", of->model, r->id, r->last_action, (long long)r->first_seen_at,
            (long long)r->last_modified_at, (long long)r->deleted_at, (long long)r->pruned_at, r->payload);
  }
  nangolite_page_free(page);
  result = nangolite_records_count(store, of, &live, &bytes);
  if (result != NANGOLITE_OK) fail_msg("counting gave %s", nangolite_result_name(result));
  fprintf(out, "%s: %lld live, %lld bytes\n", of->model, (long long)live, (long long)bytes);
}

/* All that can be read from the store; to be given to free(). */
static char *scenario_state(nangolite *store) {
  static const nangolite_scope *const scopes[] = {&scenario_issues, &scenario_copies, &scenario_labels};
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) scenario_write_feed(store, scopes[i], out);
  fclose(out);
  return text;
}

static inline void scenario_expect_state(nangolite *store, const char *expected, const char *when) {
  char *state = scenario_state(store);
  if (strcmp(state, expected) != 0) fail_msg("%s, the store has\n%s\nand should have\n%s", when, state, expected);
  free(state);
}

static inline void scenario_expect_sound(nangolite *store, const char *when) {
  char *reason = NULL;
  int result = nangolite_check(store, &reason);
  if (result != NANGOLITE_OK) fail_msg("%s, the check gave %s: %s", when, nangolite_result_name(result), nangolite_errmsg(store));
  if (reason != NULL) fail_msg("%s, the store is not sound: %s", when, reason);
}

#endif
