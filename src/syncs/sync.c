#include "syncs/sync.h"

#include "database/arguments.h"
#include "database/id_list.h"
#include "records/delete_window.h"

static sync_row sync_read(query *q) {
  sync_row found = {0};
  if (query_next(q)) {
    found.id = query_int(q, 0);
    found.interval = query_range(q, 1, FREQUENCY_MIN, FREQUENCY_MAX);
    found.start_at = query_range_or_null(q, 2, 1, TIME_MAX);
    found.manual_start = (int)query_range(q, 3, 0, 1);
    found.max_delete_percent = (int)query_range(q, 4, 0, 100);
    found.local_time = (int)query_range(q, 5, 0, 1);
  }
  query_close(q);
  return found;
}

static sync_row sync_find(nangolite *store, const char *provider_config_key, slice name) {
  query q = query_open(store, SYNC_FIND);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, name);
  return sync_read(&q);
}

static sync_row sync_get(nangolite *store, int64_t id) {
  query q = query_open(store, SYNC_GET);
  query_bind_int(&q, id);
  return sync_read(&q);
}

static int sync_has_model(nangolite *store, int64_t sync, const char *model) {
  query q = query_open(store, SYNC_MODEL_FIND);
  query_bind_int(&q, sync);
  query_bind_text(&q, slice_of(model));
  int is_there = query_next(&q);
  query_close(&q);
  return is_there;
}

static void sync_check_models(nangolite *store, const nangolite_sync *given) {
  if (given->model_count == 0) store_fail(store, NANGOLITE_INVALID, "models must name at least one model");
  arguments_need(store, given->models, "models");
  for (size_t i = 0; i < given->model_count && !store_failed(store); i++) {
    arguments_check_name(store, NAME_MODEL, given->models[i]);
  }
}

static void sync_check(nangolite *store, const nangolite_sync *given, int64_t *interval) {
  *interval = 0;
  arguments_need(store, given, "sync");
  if (store_failed(store)) return;
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, given->provider_config_key);
  arguments_check_name(store, NAME_SYNC, given->name);
  sync_check_models(store, given);
  arguments_need(store, given->frequency, "frequency");
  const char *reason = frequency_parse(slice_of(given->frequency), interval);
  if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "frequency %s", reason);
  if (given->start_at < 0 || given->start_at > TIME_MAX)
    store_fail(store, NANGOLITE_INVALID, "start_at must be in the years 1970 to 9999");
  if (given->max_retries < 0 || given->max_retries > SYNC_RETRIES_MAX)
    store_fail(store, NANGOLITE_INVALID, "max_retries must be 0 to %d", SYNC_RETRIES_MAX);
  if (given->retry_after_s < 0 || given->retry_after_s > SYNC_RETRY_AFTER_MAX)
    store_fail(store, NANGOLITE_INVALID, "retry_after_s must be 0 to %d, which is 365 days",
               SYNC_RETRY_AFTER_MAX);
  if (given->max_delete_percent < 0 || given->max_delete_percent > 100)
    store_fail(store, NANGOLITE_INVALID, "max_delete_percent must be 0 to 100");
}

static void sync_write(nangolite *store, statement_id statement, const nangolite_sync *given,
                       int64_t interval) {
  query q = query_open(store, statement);
  query_bind_text(&q, slice_of(given->frequency));
  query_bind_int(&q, interval);
  query_bind_int_or_null(&q, given->start_at);
  query_bind_int(&q, given->manual_start != 0);
  query_bind_int(&q, given->max_delete_percent);
  query_bind_int(&q, given->max_retries);
  query_bind_int(&q, given->retry_after_s != 0 ? given->retry_after_s : SYNC_RETRY_AFTER_S);
  query_bind_int(&q, given->local_time != 0);
  query_bind_text(&q, slice_of(given->provider_config_key));
  query_bind_text(&q, slice_of(given->name));
  query_run(&q);
}

/* A model that another sync had, and no definition names any more, is taken over with its records. What
** was seen in an open delete window there was seen by the other sync, so the windows are discarded. */
static void sync_take_over(nangolite *store, const char *provider_config_key, const char *model) {
  id_list collections = {NULL, 0, 0};
  query q = query_open(store, COLLECTION_WITH_WINDOW);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(model));
  id_list_read(store, &collections, &q);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++) {
    collection c = collection_by_id(store, collections.at[i]);
    window_discard(store, &c);
    collection_save(store, &c);
  }
  sqlite3_free(collections.at);
}

/* Latches NANGOLITE_INVALID where another definition names the model, or this definition names it twice.
** Returns whether the model was another sync's until now. */
static int sync_claim_model(nangolite *store, int64_t sync, const char *provider_config_key,
                            const char *model) {
  query q = query_open(store, SYNC_MODEL_OWNER);
  query_bind_text(&q, slice_of(provider_config_key));
  query_bind_text(&q, slice_of(model));
  int is_known = query_next(&q), is_mine = is_known && query_int(&q, 0) == sync;
  if (is_known && query_int(&q, 1)) {
    slice name = query_text(&q, 2);
    if (is_mine) store_fail(store, NANGOLITE_INVALID, "models names %s twice", model);
    else
      store_fail(store, NANGOLITE_INVALID, "models: %s belongs to the sync '%.*s'", model, (int)name.length,
                 name.at);
  }
  query_close(&q);
  if (is_known && !is_mine) sync_take_over(store, provider_config_key, model);
  return is_known && !is_mine;
}

static int sync_put_models(nangolite *store, int64_t sync, const nangolite_sync *given) {
  int took_over = 0;
  query_run_with(store, SYNC_MODELS_LEAVE, sync);
  for (size_t i = 0; i < given->model_count && !store_failed(store); i++) {
    took_over |= sync_claim_model(store, sync, given->provider_config_key, given->models[i]);
    query q = query_open(store, SYNC_MODEL_PUT);
    query_bind_text(&q, slice_of(given->provider_config_key));
    query_bind_text(&q, slice_of(given->models[i]));
    query_bind_int(&q, sync);
    query_bind_int(&q, (int64_t)i);
    query_run(&q);
  }
  return took_over;
}

static sync_row sync_put(nangolite *store, const nangolite_sync *given, int64_t interval) {
  sync_row before = sync_find(store, given->provider_config_key, slice_of(given->name));
  sync_write(store, before.id == 0 ? SYNC_INSERT : SYNC_UPDATE, given, interval);
  sync_row now = sync_find(store, given->provider_config_key, slice_of(given->name));
  now.took_over = sync_put_models(store, now.id, given);
  return now;
}

static void sync_rename(nangolite *store, const char *provider_config_key, int64_t id, const char *new_name) {
  int64_t other = sync_find(store, provider_config_key, slice_of(new_name)).id;
  if (other == id) return;
  if (other != 0)
    store_fail(store, NANGOLITE_INVALID, "new_name: there is another sync '%s' in the integration", new_name);
  query q = query_open(store, SYNC_RENAME);
  query_bind_text(&q, slice_of(new_name));
  query_bind_int(&q, id);
  query_run(&q);
}

static void sync_delete(nangolite *store, int64_t id) {
  query_run_with(store, SYNC_MODELS_DELETE, id);
  query_run_with(store, SYNC_DELETE, id);
}
