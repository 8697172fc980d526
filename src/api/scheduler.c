/* scheduler: the functions of the C API that find what is due and execute it. */
#include "database/arguments.h"
#include "database/call.h"
#include "syncs/due.h"

int64_t nangolite_next_due(nangolite *store) {
  if (!call_open(store)) return 0;
  call_read(store);
  int64_t next = due_next(store);
  return call_end(store) == NANGOLITE_OK ? next : 0;
}

int nangolite_run_next(nangolite *store, nangolite_run **run) {
  if (run != NULL) *run = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, run, "run");
  call_write(store);
  due_follow_clock(store);
  due_place start = {0, 0};
  const sync_function *function;
  nangolite_run *claimed = due_claim(store, &start, store->now, 0, &function);
  int result = call_end(store);
  if (result == NANGOLITE_OK) *run = claimed;
  else if (claimed != NULL) run_free(claimed);
  return result;
}

/* Runs may not nest. */
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
  if (result == NANGOLITE_OK && ran != NULL) *ran = executed;
  return result;
}

int nangolite_run_until(nangolite *store, int64_t microseconds, int *ran) {
  int executed = 0;
  if (ran != NULL) *ran = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  if (!store->clock_is_held)
    store_fail(store, NANGOLITE_MISUSE, "the clock is not held: nangolite_clock_set() holds it");
  if (microseconds < store_given_clock(store))
    store_fail(store, NANGOLITE_INVALID, "microseconds is before now");
  scheduler_check_nesting(store);
  if (store_failed(store)) return call_end(store);
  store->is_executing = 1;
  int result = due_run_until(store, microseconds, &executed);
  store->is_executing = 0;
  if (result != NANGOLITE_OK) return result;
  if (store_given_clock(store) < microseconds) store_hold_clock(store, microseconds);
  if (ran != NULL) *ran = executed;
  return result;
}
