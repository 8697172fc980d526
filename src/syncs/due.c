#include "syncs/due.h"

#include "database/call.h"

/* ---- the clock ---- */

static int64_t due_last_clock(nangolite *store) {
  query q = query_open(store, STORE_CLOCK);
  return query_number(&q);
}

static int due_was_set_back(int64_t before, int64_t now) {
  return now < before - INSTANCE_CLOCK_TOLERANCE;
}

static void due_follow_clock(nangolite *store) {
  instance_keep_clock(store);
  int64_t before = due_last_clock(store);
  if (store_failed(store) || !due_was_set_back(before, store->now)) return;
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_ALL);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    schedule_follow_clock(&i.s, before, store->now, run_lease(store));
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
  instance_set_clock(store, store->now);
}

/* ---- what there is to do ---- */

typedef struct due_candidate {
  due_place place;
  const sync_function *function; /* NULL: none was given here */
  int64_t run, lease_until;      /* of the run in progress; 0: there is none */
  int is_served, is_over;        /* is_over: what instance_has_ended_run() says */
  int64_t over_at;               /* since when the run is over */
} due_candidate;

static void due_read(nangolite *store, const query *q, int64_t now, due_candidate *found) {
  instance i = {0};
  slice provider_config_key = query_text(q, 5), name = query_text(q, 6);
  found->place = (due_place){query_int(q, 1), query_int(q, 0)};
  found->run = i.s.run = query_int(q, 2);
  found->lease_until = i.s.lease_until = query_int(q, 3);
  i.token = query_int(q, 4);
  found->is_over = instance_has_ended_run(store, &i, now, &found->over_at);
  found->is_served = sync_function_serves(store, provider_config_key, name);
  found->function = sync_function_find(store, provider_config_key, name);
}

static query due_open(nangolite *store, const due_place *after, int64_t until) {
  query q = query_open(store, INSTANCE_WAKE_NEXT);
  query_bind_int(&q, after->wake_at);
  query_bind_int(&q, until);
  query_bind_int(&q, after->id);
  return q;
}

/* Finds the first instance behind a place that has something to do: a run that is over, or a run to begin.
** With `exec_only` a run is to begin only where its function was given here. 0: there is none up to
** `until`. */
static int due_find(nangolite *store, const due_place *after, int64_t until, int exec_only,
                    due_candidate *found) {
  int is_found = 0;
  query q = due_open(store, after, until);
  while (!is_found && query_next(&q)) {
    due_read(store, &q, until, found);
    int is_to_begin = found->run == 0 && (found->function != NULL || !exec_only);
    is_found = found->is_served && (found->run != 0 ? found->is_over : is_to_begin);
  }
  query_close(&q);
  return is_found;
}

/* Whether this handle holds the run of a candidate, with a lease that has not ended. Whoever moves the
** clock extends such leases. */
static int due_holds(const nangolite *store, const due_candidate *c, int64_t now) {
  const nangolite_run *run = store->runs;
  while (run != NULL && run->number != c->run) run = run->next;
  return run != NULL && c->lease_until > now;
}

/* When the first thing is to be done. This looks at the instances in the order of wake_at: at those with a
** run in progress, whose leases may end in any order, up to the first one without, whose run is the first
** to begin. `moves_clock`: leases of the handle's own runs do not count. INT64_MAX: there is nothing to
** do. */
static int64_t due_first(nangolite *store, int exec_only, int moves_clock) {
  due_place start = {0, 0};
  due_candidate found;
  int64_t first = INT64_MAX, now = store_clock(store);
  query q = due_open(store, &start, TIME_MAX);
  while (query_next(&q)) {
    due_read(store, &q, now, &found);
    if (!found.is_served) continue;
    int64_t at = found.run == 0 ? found.place.wake_at : found.is_over ? found.over_at : found.lease_until;
    if (found.run == 0 && exec_only && found.function == NULL) continue;
    if (found.run != 0 && moves_clock && due_holds(store, &found, now)) continue;
    if (at < first) first = at;
    if (found.run == 0 || found.place.wake_at >= first) break;
  }
  query_close(&q);
  return first > TIME_MAX ? INT64_MAX : first;
}

static int64_t due_next(nangolite *store) {
  int64_t first = due_first(store, 0, 0), now = store_clock(store);
  if (store->runs_to_end > 0) return now;
  if (first == 1) return 0; /* 1 may stand for a clock at 0: see store_clock() */
  return first != INT64_MAX && first > now && due_was_set_back(due_last_clock(store), now) ? now : first;
}

static nangolite_run *due_claim(nangolite *store, due_place *after, int64_t until, int exec_only,
                                const sync_function **function) {
  due_candidate found;
  int64_t at;
  while (due_find(store, after, until, exec_only, &found)) {
    instance i = instance_get(store, found.place.id);
    if (store_failed(store)) return NULL;
    if (found.run == 0) {
      *after = found.place;
      *function = found.function;
      return run_claim(store, &i, 0);
    }
    if (!instance_has_ended_run(store, &i, until, &at)) *after = found.place; /* not to find it again */
    else run_close_expired(store, &i, at);
  }
  return NULL;
}

/* ---- executing ---- */

/* The error of a run whose function has returned one without calling nangolite_run_fail(): the message of
** the last call that failed during the run, else the name of the result that the function returned. */
static void due_describe(nangolite_run *run, int returned, int has_failed_call) {
  nangolite *store = run->store;
  const char *description = has_failed_call ? store_message(store) : store_result_name(returned);
  if (run->error_type != NULL) return;
  run->error_type = sqlite3_mprintf("%s", "script_error");
  run->error_description = sqlite3_mprintf("%s", description);
}

static void due_mark(nangolite_run *run, int must_end) {
  run->store->runs_to_end += must_end - run->must_end;
  run->must_end = must_end;
}

/* Ends a run whose function has returned. Where its end cannot be stored, the run stays marked, to be
** ended later. */
static int due_end(nangolite_run *run) {
  run_error error = {NULL, NULL};
  if (run->has_failed) {
    error.type = run->error_type != NULL ? run->error_type : "script_error";
    error.description = run->error_description;
  }
  due_mark(run, 0);
  call_open(run->store);
  int result = run_finish(run, &error);
  if (result == NANGOLITE_OK || result == NANGOLITE_ABORTED) return NANGOLITE_OK;
  due_mark(run, 1);
  return result;
}

/* Calls the function of a claimed run, and ends the run by the function's result. */
static int due_execute(nangolite_run *run, const sync_function *function) {
  nangolite_sync_fn exec = function->exec;
  void *user = function->user;
  unsigned failures = run->store->failures;
  run->is_executing = 1;
  int returned = exec(run, user);
  run->is_executing = 0;
  run->has_failed = returned != NANGOLITE_OK;
  if (run->has_failed) due_describe(run, returned, run->store->failures != failures);
  return due_end(run);
}

/* How often one instance has run while the clock stood at one instant. */
typedef struct due_count {
  uint64_t names; /* a hash of the instance's names: its id may change if it is made again */
  int count;
} due_count;

typedef struct due_tally {
  due_count *at; /* `room` places, a power of two; count 0: free */
  size_t room, used;
  int64_t instant;
  int has_too_many; /* an instance has run DUE_RUNS_MAX times */
} due_tally;

enum { DUE_RUNS_MAX = 1000 }; /* of an instance at one instant: its runs make it due again and again */

static due_count *due_tally_place(due_tally *t, uint64_t names) {
  size_t at = (size_t)names & (t->room - 1);
  while (t->at[at].count != 0 && t->at[at].names != names) at = (at + 1) & (t->room - 1);
  return &t->at[at];
}

static void due_tally_grow(nangolite *store, due_tally *t) {
  due_tally larger = *t;
  if (t->used * 2 < t->room) return;
  larger.room = t->room == 0 ? 64 : t->room * 2;
  larger.at = store_allocate(store, larger.room * sizeof *larger.at);
  if (larger.at == NULL) return;
  memset(larger.at, 0, larger.room * sizeof *larger.at);
  for (size_t i = 0; i < t->room; i++) {
    if (t->at[i].count != 0) *due_tally_place(&larger, t->at[i].names) = t->at[i];
  }
  sqlite3_free(t->at);
  *t = larger;
}

static void due_tally_add(nangolite *store, due_tally *t, const nangolite_run *run) {
  const instance_names *names = &run->names;
  if (t->instant != store_clock(store) && t->room > 0) memset(t->at, 0, t->room * sizeof *t->at);
  if (t->instant != store_clock(store)) t->used = 0;
  t->instant = store_clock(store);
  due_tally_grow(store, t);
  if (store_failed(store)) return;
  size_t length = (size_t)(names->variant.at + names->variant.length - names->strings.at);
  due_count *place = due_tally_place(t, hash_bytes(&store->key, names->strings.at, length).low);
  place->names = hash_bytes(&store->key, names->strings.at, length).low;
  if (place->count++ == 0) t->used++;
  if (place->count >= DUE_RUNS_MAX) t->has_too_many = 1;
}

/* Claims and executes one run that is due at `until` and stands behind a place. Adds 1 to *ran. *is_done:
** there was none. */
static int due_run_one(nangolite *store, due_place *after, int64_t until, due_tally *tally, int *ran,
                       int *is_done) {
  const sync_function *function = NULL;
  call_open(store);
  store_interrupted(store);
  call_write(store);
  due_follow_clock(store);
  nangolite_run *run = due_claim(store, after, until, 1, &function);
  if (run != NULL && tally != NULL) due_tally_add(store, tally, run);
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

/* Goes only forward in the order of wake_at, so an instance that is due again at once waits for the next
** round. An interrupt that comes while a function is running ends the round after that run. */
static int due_run_round(nangolite *store, int max_runs, due_tally *tally, int *ran) {
  due_place after = {0, 0};
  int64_t until = store_clock(store);
  int result = NANGOLITE_OK, is_done = 0, executed = 0;
  while (result == NANGOLITE_OK && !is_done && (max_runs == 0 || executed < max_runs)) {
    result = due_run_one(store, &after, until, tally, &executed, &is_done);
    if (result != NANGOLITE_OK) break;
    call_open(store);
    store_interrupted(store);
    result = store->result;
  }
  *ran += executed;
  return result;
}

static int due_run_all(nangolite *store, int max_runs, int *ran) {
  int result = due_prepare(store);
  return result != NANGOLITE_OK ? result : due_run_round(store, max_runs, NULL, ran);
}

/* ---- runs that were left ---- */

static int due_recover(nangolite *store) {
  id_list list = {NULL, 0, 0};
  int64_t at;
  if (!store->is_recovering) return NANGOLITE_OK;
  call_open(store);
  call_write(store);
  query q = query_open(store, INSTANCE_IN_PROGRESS);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    if (instance_has_ended_run(store, &i, store->now, &at)) run_close_expired(store, &i, at);
  }
  sqlite3_free(list.at);
  int result = call_end(store);
  if (result == NANGOLITE_OK) store->is_recovering = 0;
  return result;
}

/* Ends the marked runs. After each it begins again at the first run, because the callback of the event may
** have ended or claimed others. */
static int due_end_left(nangolite *store) {
  nangolite_run *run = store->runs;
  int result = NANGOLITE_OK;
  while (run != NULL && store->runs_to_end > 0 && result == NANGOLITE_OK) {
    int is_left = run->must_end;
    nangolite_run *next = run->next;
    if (is_left) result = due_end(run);
    run = is_left ? store->runs : next;
  }
  return result;
}

static int due_prepare(nangolite *store) {
  int result = due_end_left(store);
  return result != NANGOLITE_OK ? result : due_recover(store);
}

/* ---- moving the clock ---- */

/* Moves the held clock, and with it the leases of the handle's own runs. The new time counts as seen by
** the schedule. */
static int due_move_clock(nangolite *store, int64_t to) {
  call_open(store);
  call_write(store);
  for (const nangolite_run *run = store->runs; run != NULL && !store_failed(store); run = run->next) {
    instance_extend_lease(store, run->instance, run->number, to + run_lease(store), store->now);
  }
  store->now = to < TIME_MAX ? to : TIME_MAX;
  instance_keep_clock(store);
  int result = call_end(store);
  if (result == NANGOLITE_OK) store_hold_clock(store, to);
  return result;
}

/* Moves the clock to the time at which there is something to do next, or to `until` where there is nothing
** up to then: *is_done is then 1. */
static int due_move_to_next(nangolite *store, int64_t until, int exec_only, int *is_done) {
  call_open(store);
  call_write(store);
  due_follow_clock(store);
  int64_t next = due_first(store, exec_only, 1);
  if (call_end(store) != NANGOLITE_OK) return store->result;
  int64_t last = until < TIME_MAX ? until : TIME_MAX; /* the clock goes no further */
  *is_done = next > last;
  if (*is_done) return until > store_given_clock(store) ? due_move_clock(store, until) : NANGOLITE_OK;
  return next > store_clock(store) ? due_move_clock(store, next) : NANGOLITE_OK;
}

static int due_run_rounds(nangolite *store, int64_t until, due_tally *tally, int *ran) {
  for (;;) {
    int is_done = 0;
    int result = due_move_to_next(store, until, 1, &is_done);
    if (result == NANGOLITE_OK && !is_done) result = due_run_round(store, 0, tally, ran);
    if (result != NANGOLITE_OK || is_done) return result;
    if (!tally->has_too_many) continue;
    call_open(store);
    return store_fail(store, NANGOLITE_ERROR, "a sync ran %d times at one instant: it makes itself due",
                      DUE_RUNS_MAX);
  }
}

static int due_run_until(nangolite *store, int64_t until, int *ran) {
  due_tally tally = {NULL, 0, 0, 0, 0};
  int result = due_prepare(store);
  if (result == NANGOLITE_OK) result = due_run_rounds(store, until, &tally, ran);
  sqlite3_free(tally.at);
  return result;
}

static int due_claim_until(nangolite *store, int64_t until, nangolite_run **run) {
  int result = due_prepare(store), is_done = 0;
  while (result == NANGOLITE_OK && *run == NULL) {
    due_place start = {0, 0};
    const sync_function *function;
    result = due_move_to_next(store, until, 0, &is_done);
    if (result != NANGOLITE_OK || is_done) return result;
    call_open(store);
    call_write(store);
    nangolite_run *claimed = due_claim(store, &start, store->now, 0, &function);
    result = call_end(store);
    if (result == NANGOLITE_OK) *run = claimed;
    else if (claimed != NULL) run_free(claimed);
  }
  return result;
}
