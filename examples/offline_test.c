/* offline_test: how to test sync logic without a network. A sync function reads a pretended source page by
** page, keeps its place in a checkpoint, and is cut off in the middle of a run. A week of its schedule passes
** in milliseconds, the same each time. Prints TAP. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nangolite.h"

#define HOUR (INT64_C(3600) * 1000000)
#define DAY (24 * HOUR)
#define MONDAY (INT64_C(1772409600) * 1000000)   /* 2 March 2026, 0:00 UTC */

/* ---- the source: what the API would have said ---- */

enum { PAGES = 4, PAGE_SIZE = 25 };

/* A tracker that gets one comment an hour, on one issue after the other, and is down when it is told to. */
typedef struct source {
  nangolite *store;
  int64_t fails_from, fails_until;
  int requests;
} source;

static int source_comments(const source *from, int issue) {
  int64_t hours = (nangolite_now(from->store) - MONDAY) / HOUR;
  return (int)((hours + PAGES * PAGE_SIZE - issue) / (PAGES * PAGE_SIZE));
}

/* Writes a page of the listing, or answers 0: the line is down. Only the first two pages come then. */
static int source_get(source *from, int page, char *json, size_t size) {
  int64_t now = nangolite_now(from->store);
  from->requests++;
  if (now >= from->fails_from && now < from->fails_until && page >= 2) return 0;
  size_t length = 0;
  for (int i = 0; i < PAGE_SIZE; i++) {
    int issue = page * PAGE_SIZE + i;
    length += (size_t)snprintf(json + length, size - length, "%s{\"id\": %d, \"comments\": %d}",
                               i == 0 ? "[" : ", ", issue, source_comments(from, issue));
  }
  snprintf(json + length, size - length, "]");
  return 1;
}

/* ---- the sync function under test ---- */

/* The page to go on with: 0, or what the run before left in its checkpoint. */
static int next_page(nangolite_run *run) {
  char *json;
  int page = 0;
  if (nangolite_run_checkpoint_get(run, &json) != NANGOLITE_OK || json == NULL) return 0;
  sscanf(json, "{\"page\": %d}", &page);
  nangolite_free(json);
  return page;
}

static int save_page(nangolite_run *run, source *from, int page) {
  char json[4096], checkpoint[32];
  if (!source_get(from, page, json, sizeof json)) {
    nangolite_run_fail(run, "source_down", "the tracker did not answer");
    return NANGOLITE_ERROR;
  }
  snprintf(checkpoint, sizeof checkpoint, "{\"page\": %d}", page + 1);
  int result = nangolite_run_save(run, "Issue", json, -1, NULL);
  return result == NANGOLITE_OK ? nangolite_run_checkpoint_save(run, checkpoint) : result;
}

static int sync_issues(nangolite_run *run, void *user) {
  int result = NANGOLITE_OK, page = next_page(run);
  while (page < PAGES && result == NANGOLITE_OK) result = save_page(run, user, page++);
  return result == NANGOLITE_OK ? nangolite_run_checkpoint_clear(run) : result;
}

/* ---- the test ---- */

static int tests, failures;

static void check(int holds, const char *what) {
  printf("%sok %d - %s\n", holds ? "" : "not ", ++tests, what);
  failures += !holds;
}

static void need(nangolite *store, int result) {
  if (result == NANGOLITE_OK) return;
  printf("Bail out! %s\n", nangolite_errmsg(store));
  exit(1);
}

/* What the application heard of runs that ended. */
typedef struct events {
  int succeeded, failed, source_down;
} events;

static void on_sync(void *ctx, const char *json) {
  events *heard = ctx;
  if (strstr(json, "\"success\":true") != NULL) heard->succeeded++;
  else heard->failed++;
  if (strstr(json, "source_down") != NULL) heard->source_down++;
}

static int run_until(nangolite *store, int64_t time) {
  int ran;
  need(store, nangolite_run_until(store, time, &ran));
  return ran;
}

static int status_has(nangolite *store, const char *text) {
  char *json;
  need(store, nangolite_sync_status(store, "tracker", "mira", NULL, 0, &json));
  int has = strstr(json, text) != NULL;
  nangolite_free(json);
  return has;
}

/* How many records changed after `time`, read as an application reads them. */
static size_t changed_since(nangolite *store, const char *time) {
  nangolite_scope issues = {"tracker", "mira", "Issue", NULL};
  nangolite_query query = {.modified_after = time, .limit = 500};
  nangolite_page *page;
  need(store, nangolite_records_list(store, &issues, &query, &page));
  size_t count = page->count;
  nangolite_page_free(page);
  return count;
}

/* One week and a gap, the same from the same start. Its last state goes to *state. */
static void play(source *from, events *heard, char **state) {
  const char *models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "tracker", .name = "issues", .models = models,
                         .model_count = 1, .frequency = "every hour", .exec = sync_issues, .user = from};
  nangolite *store = from->store;
  nangolite_clock_set(store, MONDAY);
  nangolite_on_sync(store, on_sync, heard);
  need(store, nangolite_sync_define(store, &sync));
  need(store, nangolite_connection_create(store, "tracker", "mira"));

  check(run_until(store, MONDAY) == 1, "the first run is at once");
  check(changed_since(store, "2026-03-01T00:00:00Z") == PAGES * PAGE_SIZE, "it saves every page");

  check(run_until(store, MONDAY + DAY) == 24, "then one an hour");
  check(changed_since(store, "2026-03-02T00:30:00Z") == 24, "each hour one issue has changed");
  check(heard->failed == 0, "no run of Monday failed");

  from->fails_from = MONDAY + DAY + 20 * HOUR;
  from->fails_until = MONDAY + DAY + 23 * HOUR;
  run_until(store, from->fails_from);
  check(heard->failed == 1 && heard->source_down == 1, "on Tuesday at 20:00 a run is cut off in the middle");
  check(status_has(store, "\"status\":\"ERROR\""), "the status says so");
  check(status_has(store, "\"checkpoint\":{\"page\": 2}"), "what was read is kept, and the place");

  int before = from->requests;
  run_until(store, from->fails_from + 2 * HOUR);
  check(from->requests == before + 2, "while it is down, each run asks for the page that is missing");
  before = from->requests;
  run_until(store, from->fails_until);
  check(from->requests == before + 2, "at 23:00 the run goes on with the third page");
  check(status_has(store, "\"status\":\"SUCCESS\"") && status_has(store, "\"checkpoint\":null"), "and ends");

  run_until(store, MONDAY + 7 * DAY);
  check(heard->succeeded + heard->failed == 7 * 24 + 1, "in the week no turn was lost");
  check(heard->failed == 3, "and three runs failed");
  nangolite_clock_advance(store, 7 * DAY);
  int ran;
  need(store, nangolite_run_due(store, 0, &ran));
  check(ran == 1, "after a week in which the app was closed one run catches up");
  need(store, nangolite_sync_status(store, "tracker", "mira", NULL, 0, state));
}

int main(void) {
  char *states[2], *reason;
  for (int i = 0; i < 2; i++) {
    source from = {0};
    events heard = {0};
    if (nangolite_open(":memory:", NULL, &from.store) != NANGOLITE_OK) need(from.store, NANGOLITE_ERROR);
    play(&from, &heard, &states[i]);
    need(from.store, nangolite_check(from.store, &reason));
    check(reason == NULL, "the store is sound");
    nangolite_free(reason);
    nangolite_close(from.store);
  }
  check(strcmp(states[0], states[1]) == 0, "played again, it ends the same to the byte");
  nangolite_free(states[0]);
  nangolite_free(states[1]);
  printf("1..%d\n", tests);
  return failures > 0;
}
