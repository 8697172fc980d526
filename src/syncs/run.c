#include "syncs/run.h"

#include "database/call.h"
#include "syncs/result.h"

/* Steps at random, so that a run whose claim the caller rolled back is not taken for the one claimed next. */
static int64_t run_next_number(nangolite *store) {
  uint32_t step = 0;
  sqlite3_randomness(sizeof step, &step);
  query_run_with(store, STORE_NEXT_RUN, 1 + (int64_t)step);
  query q = query_open(store, STORE_RUN);
  return query_number(&q);
}

static int64_t run_lease(const nangolite *store) {
  return store->options.lease_ms * (MICROSECONDS_PER_SECOND / 1000);
}

static nangolite_run *run_claim(nangolite *store, instance *i) {
  nangolite_run *run = store_allocate(store, sizeof *run);
  if (run == NULL) return NULL;
  memset(run, 0, sizeof *run);
  run->store = store;
  run->number = run_next_number(store);
  run->instance = i->id;
  run->connection = i->connection;
  run->sync = i->sync;
  schedule_begin(&i->s, store->now, run->number, store->now + run_lease(store));
  instance_save(store, i);
  instance_set_idle(store, i->id, store->now);
  result_begin(store, i);
  query_run_with(store, INSTANCE_BEGIN_CHECKPOINT, i->id);
  run->names = instance_get_names(store, i->id);
  run->next = store->runs;
  store->runs = run;
  if (!store_failed(store)) return run;
  run_free(run);
  return NULL;
}

static void run_free(nangolite_run *run) {
  nangolite_run **place = &run->store->runs;
  while (*place != run) place = &(*place)->next;
  *place = run->next;
  while (run->merging != NULL) run_clear_merging(run, run->merging->model);
  text_free(&run->names.strings);
  sqlite3_free(run->error_type);
  sqlite3_free(run->error_description);
  sqlite3_free(run);
}

static void runs_free(nangolite *store) {
  while (store->runs != NULL) run_free(store->runs);
}

/* Ends the run that the instance has in progress, and queues its events. */
static void run_close(nangolite *store, instance *i, run_status as, int64_t at, const run_error *error) {
  schedule_end(&i->s, at, as);
  instance_save(store, i);
  instance_set_idle(store, i->id, at);
  event_queue(store, i, error);
}

static void run_close_expired(nangolite *store, instance *i, int64_t at) {
  run_close(store, i, RUN_ERROR, at, &(run_error){"expired", "the lease of the run has ended"});
}

static void run_fail_aborted(nangolite *store) {
  store_fail(store, NANGOLITE_ABORTED, "the run was aborted, or its lease has ended");
}

static void run_extend_lease(nangolite_run *run) {
  nangolite *store = run->store;
  query q = query_open(store, INSTANCE_EXTEND_LEASE);
  query_bind_int(&q, store->now + run_lease(store));
  query_bind_int(&q, run->instance);
  query_bind_int(&q, run->number);
  query_bind_int(&q, store->now);
  if (query_run(&q) == 0) run_fail_aborted(store);
}

/* A run that finds its own lease ended closes itself as expired: nobody may look again for long. */
static int run_end(nangolite_run *run, const run_error *error) {
  nangolite *store = run->store;
  instance i = instance_get(store, run->instance);
  int is_mine = i.s.run == run->number, has_expired = is_mine && schedule_has_expired(&i.s, store->now);
  if (has_expired) run_close_expired(store, &i, i.s.lease_until);
  else if (is_mine) run_close(store, &i, error->type == NULL ? RUN_SUCCESS : RUN_ERROR, store->now, error);
  return is_mine && !has_expired;
}

static int run_finish(nangolite_run *run, const run_error *error) {
  nangolite *store = run->store;
  store->is_ending_run = 1;
  call_write(store);
  int was_in_progress = store_failed(store) || run_end(run, error);
  store->is_ending_run = 0;
  int result = call_end(store);
  run_free(run);
  if (result == NANGOLITE_OK && !was_in_progress) run_fail_aborted(store);
  return store->result;
}

static run_merging **run_merging_place(run_merging **place, const char *model) {
  while (*place != NULL && strcmp((*place)->model, model) != 0) place = &(*place)->next;
  return place;
}

static writer run_writer(const nangolite_run *run, const char *model) {
  run_merging *first = run->merging;
  const run_merging *m = *run_merging_place(&first, model);
  return m == NULL ? (writer){0, 0} : (writer){run->number, m->since};
}

static void run_set_merging(nangolite_run *run, const char *model, int64_t since) {
  run_merging **place = run_merging_place(&run->merging, model);
  if (*place == NULL) {
    run_merging *made = store_allocate(run->store, sizeof *made);
    if (made == NULL) return;
    made->next = NULL;
    memcpy(made->model, model, strlen(model) + 1);   /* a checked name: at most 255 */
    *place = made;
  }
  (*place)->since = since;
}

static void run_clear_merging(nangolite_run *run, const char *model) {
  run_merging **place = run_merging_place(&run->merging, model);
  run_merging *gone = *place;
  if (gone == NULL) return;
  *place = gone->next;
  sqlite3_free(gone);
}
