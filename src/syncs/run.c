#include "syncs/run.h"

#include "base/list.h"
#include "database/call.h"

/* In an attached store the numbers grow by random steps, because its owner may roll a claim back: so the
** number of a run that was rolled back is not issued again. */
static int64_t run_next_number(nangolite *store) {
  uint32_t step = 0;
  if (!store->owned) sqlite3_randomness(sizeof step, &step);
  return instance_next_run(store, 1 + (int64_t)step);
}

static int64_t run_lease(const nangolite *store) {
  return store->options.lease_ms * (MICROSECONDS_PER_SECOND / 1000);
}

static nangolite_run *run_make(nangolite *store, const instance *i) {
  nangolite_run *run = store_allocate(store, sizeof *run);
  if (run == NULL) return NULL;
  memset(run, 0, sizeof *run);
  run->store = store;
  run->number = run_next_number(store);
  run->instance = i->id;
  run->connection = i->connection;
  run->sync = i->sync;
  run->next = store->runs;
  run->place = &store->runs;
  if (run->next != NULL) run->next->place = &run->next;
  store->runs = run;
  return run;
}

static nangolite_run *run_claim(nangolite *store, instance *i, int is_wanted) {
  nangolite_run *run = run_make(store, i);
  if (run == NULL) return NULL;
  schedule_begin(&i->s, store->now, run->number, store->now + run_lease(store), is_wanted);
  i->latest_run = run->number;
  i->token = store->token;
  instance_save(store, i);
  instance_stir(store, i->id);
  instance_begin_checkpoint(store, i->id);
  store_move_stamp(store);
  run->names = instance_get_names(store, i->id);
  if (!store_failed(store)) return run;
  run_free(run);
  return NULL;
}

static void run_free(nangolite_run *run) {
  *run->place = run->next;
  if (run->next != NULL) run->next->place = run->place;
  run->store->runs_to_end -= run->must_end;
  for (size_t i = 0; i < run->merging_count; i++) sqlite3_free(run->mergings[i]);
  sqlite3_free(run->mergings);
  text_free(&run->names.strings);
  sqlite3_free(run->error_type);
  sqlite3_free(run->error_description);
  sqlite3_free(run);
}

static void runs_free(nangolite *store) {
  while (store->runs != NULL) run_free(store->runs);
}

/* What every end of a run does. The caller saves the instance. The last stamp moves before the event is
** made, because the event of a run without changes names it: every change that was made before the end of
** the run has an earlier stamp. */
static void run_end_any(nangolite *store, instance *i, const run_error *error) {
  instance_clear_progress(store, i->id);
  instance_stir(store, i->id);
  store_move_stamp(store);
  instance_names names = instance_get_names(store, i->id);
  kept_run_add(store, i, &names, error);
  if (i->s.latest != RUN_STOPPED) event_queue(store, i, &names, error);
  text_free(&names.strings);
}

/* Ends a run that was not aborted. The latest error is kept until a run succeeds. */
static void run_close(nangolite *store, instance *i, const run_error *error) {
  run_end_any(store, i, error);
  if (i->s.latest == RUN_SUCCESS) i->succeeded_run = i->latest_run;
  instance_save(store, i);
  int64_t failed_at = error->type == NULL ? 0 : i->s.finished_at;
  instance_set_error(store, i->id, run_error_cut(error->type), run_error_cut(error->description), failed_at);
}

static void run_close_expired(nangolite *store, instance *i, int64_t at) {
  schedule_expire(&i->s, at);
  run_close(store, i, &(run_error){"expired", RUN_EXPIRED});
}

static void run_end_aborted(nangolite *store, instance *i) {
  run_end_any(store, i, &(run_error){NULL, NULL});
}

static void run_abort_all(nangolite *store) {
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_IN_PROGRESS);
  id_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    if (store_failed(store)) break;
    schedule_end(&i.s, store->now, RUN_STOPPED);
    run_end_aborted(store, &i);
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
}

static void runs_disown(nangolite *store) {
  for (nangolite_run *run = store->runs; run != NULL; run = run->next) run->number = RUN_DISOWNED;
}

static void run_fail_aborted(nangolite *store) {
  store_fail(store, NANGOLITE_ABORTED, "the run was aborted, or its lease has ended");
}

static void run_write_lease(nangolite_run *run) {
  nangolite *store = run->store;
  instance_extend_lease(store, run->instance, run->number, store->now + run_lease(store), store->now);
}

static instance run_extend_lease(nangolite_run *run, int is_always) {
  nangolite *store = run->store;
  instance i = instance_get(store, run->instance);
  if (store_failed(store)) return i;
  if (i.s.run != run->number || schedule_has_expired(&i.s, store->now)) run_fail_aborted(store);
  int64_t left = i.s.lease_until - store->now;
  if (store_failed(store) || (!is_always && left > run_lease(store) / 2)) return i;
  run_write_lease(run);
  i.s.lease_until = store->now + run_lease(store);
  return i;
}

/* A run that finds that its own lease has ended is closed as expired here, because it may be long until
** anybody else looks for such runs. Returns 0 where the run was not in progress any more, or a failure is
** latched. */
static int run_end(nangolite_run *run, const run_error *error) {
  nangolite *store = run->store;
  instance i = instance_get(store, run->instance);
  if (store_failed(store) || i.s.run != run->number) return 0;
  if (schedule_has_expired(&i.s, store->now)) {
    run_close_expired(store, &i, i.s.lease_until);
    return 0;
  }
  schedule_end(&i.s, store->now, error->type == NULL ? RUN_SUCCESS : RUN_ERROR);
  run_close(store, &i, error);
  return 1;
}

static int run_finish(nangolite_run *run, const run_error *error) {
  nangolite *store = run->store;
  store->is_ending_run = 1;
  call_write(store);
  int was_in_progress = store_failed(store) || run_end(run, error);
  transaction_end(store);
  store->is_ending_run = 0; /* now, because calls that the event's callback makes may be interrupted */
  int result = call_end(store);
  if (result != NANGOLITE_OK) return result;
  run_free(run);
  if (!was_in_progress) run_fail_aborted(store);
  return store->result;
}

/* The place of the first strategy whose model does not stand before this one. */
static size_t run_merging_place(const nangolite_run *run, const char *model) {
  size_t from = 0, to = run->merging_count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (strcmp(run->mergings[middle]->model, model) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

static run_merging *run_merging_find(const nangolite_run *run, const char *model) {
  size_t at = run_merging_place(run, model);
  int is_there = at < run->merging_count && strcmp(run->mergings[at]->model, model) == 0;
  return is_there ? run->mergings[at] : NULL;
}

static writer run_writer(const nangolite_run *run, const char *model) {
  const run_merging *m = run_merging_find(run, model);
  return m == NULL || !m->ignores_modified ? (writer){0, 0} : (writer){run->number, m->since};
}

static run_merging *run_add_merging(nangolite_run *run, const char *model) {
  run_merging *made = store_allocate(run->store, sizeof *made);
  if (made == NULL) return NULL;
  memset(made, 0, sizeof *made);
  memcpy(made->model, model, strlen(model) + 1); /* a checked name: at most 255 */
  size_t at = run_merging_place(run, model);
  memmove(run->mergings + at + 1, run->mergings + at, (run->merging_count - at) * sizeof *run->mergings);
  run->merging_count++;
  return run->mergings[at] = made;
}

static run_merging *run_reserve_merging(nangolite_run *run, const char *model) {
  run_merging *found = run_merging_find(run, model);
  if (found != NULL || store_failed(run->store)) return found;
  run_merging **room =
    list_room(run->mergings, NULL, run->merging_count, &run->merging_capacity, sizeof *room);
  if (room == NULL) {
    store_fail_memory(run->store);
    return NULL;
  }
  run->mergings = room;
  return run_add_merging(run, model);
}

static void run_set_merging(run_merging *m, int ignores_modified, int64_t since) {
  if (m->is_set) return;
  m->is_set = 1;
  m->ignores_modified = ignores_modified;
  m->since = since;
}
