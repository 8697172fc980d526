/* runs: the functions of the C API on a run. All but nangolite_run_fail(), nangolite_run_aborted() and those
** that name the run fail where it was aborted or its lease has ended. Of these all but nangolite_run_finish()
** extend the lease: nangolite_run_heartbeat() always, the others once half of it has gone (runs_begin()). */
#include "api/record_page.h"
#include "database/arguments.h"
#include "database/call.h"
#include "syncs/checkpoint.h"
#include "syncs/result.h"
#include "syncs/run.h"

/* Begins the transaction of a call on a run, and returns the run's instance. `model` is NULL where the
** call has none. */
static instance runs_begin(nangolite_run *run, const char *model) {
  nangolite *store = run->store;
  call_write(store);
  instance i = run_extend_lease(run, 0);
  if (model != NULL && !store_failed(store) && !sync_has_model(store, run->sync, model))
    store_fail(store, NANGOLITE_INVALID, "model: the sync '%s' has no model '%s'", run->names.sync.at, model);
  return i;
}

static collection_name runs_collection(const nangolite_run *run, const char *model) {
  return (collection_name){.connection = run->connection, .model = model, .variant = run->names.variant.at};
}

static collection runs_find(const nangolite_run *run, const char *model) {
  collection_name name = runs_collection(run, model);
  return collection_find(run->store, &name);
}

static int runs_write(nangolite_run *run, const char *model, write_kind kind, const char *json,
                      int64_t length, nangolite_changes *changes) {
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  slice written = batch_text(store, json, length);
  instance i = runs_begin(run, model);
  if (!store_failed(store)) {
    writer by = run_writer(run, model);
    collection_name into = runs_collection(run, model);
    write_records(store, &into, kind, written, &by, &made);
    removal_free(store, made.added);
    result_add(store, &i, model, &made);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}

int nangolite_run_save(nangolite_run *run, const char *model, const char *json, int64_t length,
                       nangolite_changes *changes) {
  return runs_write(run, model, WRITE_SAVE, json, length, changes);
}

int nangolite_run_update(nangolite_run *run, const char *model, const char *json, int64_t length,
                         nangolite_changes *changes) {
  return runs_write(run, model, WRITE_UPDATE, json, length, changes);
}

int nangolite_run_delete(nangolite_run *run, const char *model, const char *json, int64_t length,
                         nangolite_changes *changes) {
  return runs_write(run, model, WRITE_DELETE, json, length, changes);
}

int nangolite_run_list(nangolite_run *run, const char *model, const nangolite_query *given,
                       nangolite_page **page) {
  text buffer = {0};
  slice ids[PAGE_IDS_MAX];
  if (page != NULL) *page = NULL;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_need(store, page, "page");
  arguments_check_name(store, NAME_MODEL, model);
  page_query wanted = record_page_query(store, given, &buffer, ids);
  runs_begin(run, model);
  collection c = runs_find(run, model);
  nangolite_page *read = record_page_read(store, &c, &wanted);
  return record_page_end(store, read, &buffer, page);
}

int nangolite_run_track_deletes_start(nangolite_run *run, const char *model) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  runs_begin(run, model);
  if (!store_failed(store)) {
    collection_name name = runs_collection(run, model);
    collection c = collection_open(store, &name);
    window_open(store, &c);
    collection_save(store, &c);
  }
  return call_end(store);
}

int nangolite_run_track_deletes_end(nangolite_run *run, const char *model, nangolite_changes *changes) {
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  instance i = runs_begin(run, model);
  if (!store_failed(store)) {
    collection c = runs_find(run, model);
    int max_percent = i.s.run_allows_deletes ? 0 : sync_get(store, run->sync).max_delete_percent;
    if (c.window_opened_at == 0)
      store_fail(store, NANGOLITE_INVALID, "model: no delete window is open for '%s'", model);
    else made.deleted = window_end(store, &c, max_percent, run_writer(run, model).run);
    collection_save(store, &c);
    result_add(store, &i, model, &made);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}

int nangolite_run_set_merging(nangolite_run *run, const char *model, const char *strategy) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_check_name(store, NAME_MODEL, model);
  arguments_need(store, strategy, "strategy");
  int overrides = slice_equals(slice_of(strategy), slice_of("override"));
  if (!overrides && !slice_equals(slice_of(strategy), slice_of("ignore_if_modified_after")))
    store_fail(store, NANGOLITE_INVALID, "strategy must be override or ignore_if_modified_after");
  runs_begin(run, model);
  collection c = runs_find(run, model);
  run_merging *m = store_failed(store) ? NULL : run_reserve_merging(run, model);
  int result = call_end(store);
  if (result == NANGOLITE_OK) run_set_merging(m, !overrides, c.sequence);
  return result;
}

int nangolite_run_checkpoint_get(nangolite_run *run, char **json) {
  text copy = {0};
  if (json != NULL) *json = NULL;
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  arguments_need(store, json, "json");
  runs_begin(run, NULL);
  instance_names names = instance_get_names(store, run->instance);
  if (names.checkpoint.at != NULL) text_append(&copy, names.checkpoint.at, names.checkpoint.length);
  int is_there = names.checkpoint.at != NULL;
  text_free(&names.strings);
  char *taken = is_there ? store_take(store, &copy) : NULL;
  return call_end_with(store, taken, json);
}

/* Saves a checkpoint; an absent one clears it. */
static int runs_put_checkpoint(nangolite_run *run, slice checkpoint) {
  nangolite *store = run->store;
  runs_begin(run, NULL);
  instance_set_checkpoint(store, run->instance, checkpoint);
  return call_end(store);
}

int nangolite_run_checkpoint_save(nangolite_run *run, const char *json) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  return runs_put_checkpoint(run, checkpoint_check(run->store, json));
}

int nangolite_run_checkpoint_clear(nangolite_run *run) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  return runs_put_checkpoint(run, slice_of(NULL));
}

int nangolite_run_heartbeat(nangolite_run *run) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  call_write(run->store);
  run_extend_lease(run, 1);
  return call_end(run->store);
}

int nangolite_run_progress(nangolite_run *run, int64_t done, int64_t total) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  if (done < 0) store_fail(store, NANGOLITE_INVALID, "done must be 0 or more");
  if (total < 0) store_fail(store, NANGOLITE_INVALID, "total must be 0 or more");
  instance i = runs_begin(run, NULL);
  if (!store_failed(store)) instance_set_progress(store, &i, done, total);
  return call_end(store);
}

/* A time in the past counts as now. */
int nangolite_run_again_at(nangolite_run *run, int64_t microseconds) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  nangolite *store = run->store;
  instance i = runs_begin(run, NULL);
  if (!store_failed(store) && microseconds > store->now + SCHEDULE_AGAIN_MAX)
    store_fail(store, NANGOLITE_INVALID, "microseconds must be at most 365 days from now");
  if (!store_failed(store)) {
    i.s.again_at = microseconds > store->now ? microseconds : store->now;
    instance_save(store, &i);
  }
  return call_end(store);
}

int nangolite_run_aborted(nangolite_run *run) {
  if (run == NULL || !call_open(run->store)) return 1;
  nangolite *store = run->store;
  query q = query_open(store, INSTANCE_LEASE);
  query_bind_int(&q, run->instance);
  query_bind_int(&q, run->number);
  int has_lease = query_next(&q) && query_int(&q, 0) > store_clock(store);
  query_close(&q);
  return !has_lease && !store_failed(store);
}

static void runs_keep(nangolite *store, char **place, const char *string) {
  char *copy = string == NULL || store_failed(store) ? NULL : sqlite3_mprintf("%s", string);
  if (string != NULL && copy == NULL) store_fail_memory(store);
  sqlite3_free(*place);
  *place = copy;
}

int nangolite_run_fail(nangolite_run *run, const char *error_type, const char *error_description) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  runs_keep(run->store, &run->error_type, error_type == NULL ? "script_error" : error_type);
  runs_keep(run->store, &run->error_description, error_description);
  return call_end(run->store);
}

int nangolite_run_finish(nangolite_run *run, const char *error_type, const char *error_description) {
  if (run == NULL || !call_open(run->store)) return NANGOLITE_MISUSE;
  if (run->is_executing)
    return store_fail(run->store, NANGOLITE_MISUSE, "the run ends when its sync function returns");
  run_error error = {error_type, error_description};
  if (error_type == NULL && error_description != NULL) error.type = "script_error";
  return run_finish(run, &error);
}

nangolite *nangolite_run_store(nangolite_run *run) {
  return run == NULL ? NULL : run->store;
}

const char *nangolite_run_provider_config_key(nangolite_run *run) {
  return run == NULL ? NULL : run->names.provider_config_key.at;
}

const char *nangolite_run_connection_id(nangolite_run *run) {
  return run == NULL ? NULL : run->names.connection_id.at;
}

const char *nangolite_run_sync(nangolite_run *run) {
  return run == NULL ? NULL : run->names.sync.at;
}

const char *nangolite_run_variant(nangolite_run *run) {
  return run == NULL ? NULL : run->names.variant.at;
}
