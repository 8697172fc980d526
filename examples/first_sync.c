#include <stdio.h>
#include "nangolite.h"

/* Your HTTP client stands here. The first time there is no network. */
static const char *get_issues(void) {
  static int requests;
  if (requests++ == 0) return NULL;
  return "[{\"id\": 1, \"title\": \"Crash at start\"}, {\"id\": 2, \"title\": \"Typo\"}]";
}

static int read_issues(nangolite_run *run, void *user) {
  (void)user;
  int result = nangolite_run_track_deletes_start(run, "Issue");
  if (result != NANGOLITE_OK) return result;
  const char *json = get_issues();
  if (json == NULL) {
    nangolite_run_fail(run, "network", "the issue tracker does not answer");
    return NANGOLITE_ERROR; /* what is stored stays */
  }
  result = nangolite_run_save(run, "Issue", json, -1, NULL);
  if (result != NANGOLITE_OK) return result;
  return nangolite_run_track_deletes_end(run, "Issue", NULL); /* what was not saved since the start is deleted */
}

static void show(nangolite *store) {
  char *status, *why = NULL;
  const char *value;
  size_t length;
  int64_t live = 0;
  nangolite_scope issues = {"github", "ada", "Issue", NULL};
  nangolite_records_count(store, &issues, &live, NULL);
  if (nangolite_sync_status(store, "github", "ada", NULL, 0, &status) != NANGOLITE_OK) return;
  nangolite_json_find(status, -1, "/syncs/0/latestError/description", &value, &length);
  if (value != NULL) nangolite_json_text(value, length, &why);
  printf("%d issues, %s\n", (int)live, why != NULL ? why : "no error");
  nangolite_free(why);
  nangolite_free(status);
}

int main(void) {
  nangolite *store;
  const char *models[] = {"Issue"};
  nangolite_sync issues = {.provider_config_key = "github", .name = "issues", .models = models, .model_count = 1,
                           .frequency = "every hour", .max_retries = 3, .exec = read_issues};
  if (nangolite_open(":memory:", NULL, &store) != NANGOLITE_OK) return 1;
  nangolite_clock_set(store, nangolite_now(store)); /* stands still, so that this example need not wait */
  nangolite_sync_define(store, &issues);
  nangolite_connection_create(store, "github", "ada"); /* its first run is due at once */

  nangolite_run_due(store, 0, NULL);
  show(store);
  nangolite_clock_advance(store, 30 * 1000000); /* the first retry comes after 30 seconds */
  nangolite_run_due(store, 0, NULL);
  show(store);
  nangolite_close(store);
}
