/* scheduler: the functions of the C API that find what is due, and claim or execute it. */
#include "database/arguments.h"
#include "database/call.h"
#include "syncs/command.h"
#include "syncs/due.h"

int64_t nangolite_next_due(nangolite *store) {
  if (!call_open(store)) return 0;
  call_read(store);
  int64_t next = due_next(store);
  return call_end(store) == NANGOLITE_OK ? next : 0;
}

/* Ends the call. Gives the claimed run to the caller where its claim was stored, and frees it otherwise. */
static int scheduler_end_claim(nangolite *store, nangolite_run *claimed, nangolite_run **run) {
  int result = call_end(store);
  if (result == NANGOLITE_OK) *run = claimed;
  else if (claimed != NULL) run_free(claimed);
  return result;
}

int nangolite_run_next(nangolite *store, nangolite_run **run) {
  if (run != NULL) *run = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, run, "run");
  if (store_failed(store) || due_prepare(store) != NANGOLITE_OK) return store->result;
  call_open(store);
  call_write(store);
  due_follow_clock(store);
  due_place start = {0, 0};
  const sync_function *function;
  return scheduler_end_claim(store, due_claim(store, &start, store->now, 0, &function), run);
}

int nangolite_run_claim(nangolite *store, const char *provider_config_key, const char *connection_id,
                        const char *sync, const char *variant, nangolite_run **run) {
  if (run != NULL) *run = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, run, "run");
  arguments_check_names(store, provider_config_key, connection_id);
  arguments_check_name(store, NAME_SYNC, sync);
  if (variant != NULL) arguments_check_name(store, NAME_VARIANT, variant);
  if (store_failed(store) || due_prepare(store) != NANGOLITE_OK) return store->result;
  call_open(store);
  call_write(store);
  due_follow_clock(store);
  int64_t id =
    command_find(store, provider_config_key, connection_id, (selector){slice_of(sync), slice_of(variant)});
  instance i = command_get(store, id);
  if (i.s.run != 0) store_fail(store, NANGOLITE_BUSY, "a run of the sync '%s' is in progress", sync);
  return scheduler_end_claim(store, store_failed(store) ? NULL : run_claim(store, &i, 1), run);
}

/* A sync function must not execute other runs. */
static void scheduler_check_nesting(nangolite *store) {
  if (store->is_executing) store_fail(store, NANGOLITE_MISUSE, "called from inside a sync function");
}

int nangolite_run_due(nangolite *store, int max_runs, int *ran) {
  int executed = 0;
  if (ran != NULL) *ran = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  if (max_runs < 0) store_fail(store, NANGOLITE_INVALID, "max_runs must be 0 or more");
  scheduler_check_nesting(store);
  if (store_failed(store)) return call_end(store);
  store->is_executing = 1;
  int result = due_run_all(store, max_runs, &executed);
  store->is_executing = 0;
  if (ran != NULL) *ran = executed;
  return result;
}

static void scheduler_check_time(nangolite *store, int64_t microseconds) {
  if (!store->clock_is_held)
    store_fail(store, NANGOLITE_MISUSE, "the clock is not held: nangolite_clock_set() holds it");
  if (microseconds < store_given_clock(store))
    store_fail(store, NANGOLITE_INVALID, "microseconds is before now");
  scheduler_check_nesting(store);
}

int nangolite_run_until(nangolite *store, int64_t microseconds, int *ran) {
  int executed = 0;
  if (ran != NULL) *ran = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  scheduler_check_time(store, microseconds);
  if (store_failed(store)) return call_end(store);
  store->is_executing = 1;
  int result = due_run_until(store, microseconds, &executed);
  store->is_executing = 0;
  if (ran != NULL) *ran = executed;
  return result;
}

int nangolite_run_next_until(nangolite *store, int64_t microseconds, nangolite_run **run) {
  if (run != NULL) *run = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, run, "run");
  scheduler_check_time(store, microseconds);
  if (store_failed(store)) return call_end(store);
  return due_claim_until(store, microseconds, run);
}
