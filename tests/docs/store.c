/* Makes app.db, the store that the code blocks of the documents work on: two connections, records that were added, updated
** and deleted, a sync that succeeds and one that has failed. The clock stands still, so it is the same each time. */
#include "nangolite.h"

static int read_issues(nangolite_run *run, void *user) {
  (void)user;
  return nangolite_run_save(
    run, "Issue", "[{\"id\":1,\"title\":\"a\",\"open\":true},{\"id\":2,\"title\":\"b\",\"open\":true}]", -1,
    NULL);
}

static int read_users(nangolite_run *run, void *user) {
  (void)user;
  nangolite_run_fail(run, "network", "GET /users: the connection was reset");
  return NANGOLITE_ERROR;
}

int main(void) {
  nangolite *store;
  nangolite_scope issues = {"github", "ada", "Issue", NULL};
  const char *issue[] = {"Issue"}, *person[] = {"User"};
  nangolite_sync syncs[] = {
    {.provider_config_key = "github",
     .name = "issues",
     .models = issue,
     .model_count = 1,
     .frequency = "every hour",
     .exec = read_issues},
    {.provider_config_key = "github",
     .name = "users",
     .models = person,
     .model_count = 1,
     .frequency = "every day",
     .exec = read_users},
  };
  int result = nangolite_open("app.db", NULL, &store);
  nangolite_clock_set(store, INT64_C(1772409600) * 1000000); /* 2 March 2026, 0:00 UTC */
  if (result == NANGOLITE_OK) result = nangolite_sync_define(store, &syncs[0]);
  if (result == NANGOLITE_OK) result = nangolite_sync_define(store, &syncs[1]);
  if (result == NANGOLITE_OK) result = nangolite_connection_create(store, "github", "ada");
  if (result == NANGOLITE_OK) result = nangolite_connection_create(store, "github", "grace");
  if (result == NANGOLITE_OK) result = nangolite_run_due(store, 0, NULL);
  nangolite_clock_advance(store, 60000000);
  if (result == NANGOLITE_OK)
    result = nangolite_records_save(store, &issues, "[{\"id\":2,\"title\":\"c\",\"open\":true}]", -1, NULL);
  if (result == NANGOLITE_OK) result = nangolite_records_delete(store, &issues, "{\"id\":1}", -1, NULL);
  nangolite_close(store);
  return result;
}
