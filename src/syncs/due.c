#include "syncs/due.h"

#include "database/call.h"

typedef struct due_candidate {
  due_place place;
  const sync_function *function;   /* NULL: none was given here */
  int has_run;                     /* a run in progress: its lease has ended */
} due_candidate;

static int64_t due_last_clock(nangolite *store) {
  query q = query_open(store, STORE_CLOCK);
  return query_number(&q);
}

static void due_follow_clock(nangolite *store) {
  instance_note_clock(store);
  if (store_failed(store) || store->now >= due_last_clock(store) - INSTANCE_CLOCK_TOLERANCE) return;
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_ASLEEP);
  query_bind_int(&q, store->now);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    schedule_clock_back(&i.s, store->now, run_lease(store));
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
  query_run_with(store, STORE_SET_CLOCK, store->now);
}

/* The first one after a place that there is something to do for: a run to close, or one to begin (with
** `exec_only`: whose function was given here). 0: none until then. */
static int due_find(nangolite *store, const due_place *after, int64_t until, int exec_only,
                    due_candidate *found) {
  int is_found = 0;
  query q = query_open(store, INSTANCE_WAKE_NEXT);
  query_bind_int(&q, after->wake_at);
  query_bind_int(&q, until);
  query_bind_int(&q, after->id);
  while (!is_found && query_next(&q)) {
    found->place = (due_place){query_int(&q, 1), query_int(&q, 0)};
    found->has_run = query_int(&q, 2) != 0;
    found->function = sync_function_find(store, query_text(&q, 3), query_text(&q, 4));
    is_found = found->has_run || found->function != NULL || !exec_only;
  }
  query_close(&q);
  return is_found;
}

/* Closes what has expired on the way to the next run, and claims that; in a write transaction. NULL:
** nothing is due. */
static nangolite_run *due_claim(nangolite *store, due_place *after, int64_t until, int exec_only,
                                const sync_function **function) {
  due_candidate found;
  while (due_find(store, after, until, exec_only, &found)) {
    instance i = instance_get(store, found.place.id);
    if (store_failed(store)) return NULL;
    if (!found.has_run) {
      *after = found.place;
      *function = found.function;
      return run_claim(store, &i);
    }
    run_close_expired(store, &i, i.s.lease_until);
  }
  return NULL;
}

static int64_t due_first(nangolite *store) {
  query q = query_open(store, INSTANCE_WAKE_FIRST);
  int64_t first = query_number(&q);
  return first == 0 || first > TIME_MAX ? INT64_MAX : first;
}

static int64_t due_next(nangolite *store) {
  int64_t first = due_first(store), now = store_clock(store);
  int was_set_back = now < due_last_clock(store) - INSTANCE_CLOCK_TOLERANCE;
  if (first == 1) return 0;   /* 1 may be the clock at 0: see store_clock() */
  return was_set_back && first != INT64_MAX && first > now ? now : first;
}

/* Runs the function of a claimed run, and ends it as the function tells. */
static int due_execute(nangolite_run *run, const sync_function *function) {
  nangolite_sync_fn exec = function->exec;
  void *user = function->user;
  run->is_executing = 1;
  int returned = exec(run, user);
  run->is_executing = 0;
  run_error error = {NULL, NULL};
  if (returned != NANGOLITE_OK) {
    error.type = run->error_type != NULL ? run->error_type : "script_error";
    error.description = run->error_type != NULL ? run->error_description : store_result_name(returned);
  }
  call_open(run->store);
  int result = run_finish(run, &error);
  return result == NANGOLITE_ABORTED ? NANGOLITE_OK : result;
}

/* Claims and executes one run that is due at `until`, behind a place. *ran counts it. */
static int due_run_one(nangolite *store, due_place *after, int64_t until, int *ran, int *is_done) {
  const sync_function *function = NULL;
  call_open(store);
  store_interrupted(store);
  call_write(store);
  due_follow_clock(store);
  nangolite_run *run = due_claim(store, after, until, 1, &function);
  int result = call_end(store);
  *is_done = run == NULL;
  if (run == NULL) return result;
  if (result != NANGOLITE_OK) {
    run_free(run);
    return result;
  }
  ++*ran;
  return due_execute(run, function);
}

/* Goes only forward in the order of waking: an instance that is due again at once waits for the next call. An
** interrupt that comes while a function is running ends this after that run. */
static int due_run_all(nangolite *store, int max_runs, int *ran) {
  due_place after = {0, 0};
  int64_t until = store_clock(store);
  int result = NANGOLITE_OK, is_done = 0, executed = 0;
  while (result == NANGOLITE_OK && !is_done && (max_runs == 0 || executed < max_runs)) {
    result = due_run_one(store, &after, until, &executed, &is_done);
    if (result != NANGOLITE_OK) break;
    call_open(store);
    store_interrupted(store);
    result = store->result;
  }
  *ran += executed;
  return result;
}

/* When there is something to do next for this process; INT64_MAX: nothing until then. */
static int64_t due_next_until(nangolite *store, int64_t until) {
  due_candidate found;
  due_place start = {0, 0};
  call_open(store);
  call_read(store);
  int64_t next = due_find(store, &start, until, 1, &found) ? found.place.wake_at : INT64_MAX;
  call_end(store);
  return next;
}

static int due_run_until(nangolite *store, int64_t until, int *ran) {
  call_write(store);
  due_follow_clock(store);
  if (call_end(store) != NANGOLITE_OK) return store->result;
  for (;;) {
    /* The clock goes no further than TIME_MAX. */
    int64_t next = due_next_until(store, until < TIME_MAX ? until : TIME_MAX);
    if (store_failed(store) || next == INT64_MAX) return store->result;
    if (next > store_clock(store)) store_hold_clock(store, next);
    int result = due_run_all(store, 0, ran);
    if (result != NANGOLITE_OK) return result;
  }
}

static void due_close_all(nangolite *store) {
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_IN_PROGRESS);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    run_close_expired(store, &i, i.s.lease_until < store->now ? i.s.lease_until : store->now);
  }
  sqlite3_free(list.at);
}
