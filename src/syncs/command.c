#include "syncs/command.h"

#include "syncs/run.h"

static void command_remove_instance(nangolite *store, int64_t id) {
  instance_empty(store, id);
  result_clear(store, id);
  kept_run_clear(store, id);
  instance_delete(store, id);
  store_move_stamp(store);
}

static instance command_get(nangolite *store, int64_t id) {
  int64_t at;
  instance i = instance_get(store, id);
  if (!store_failed(store) && instance_has_ended_run(store, &i, store->now, &at))
    run_close_expired(store, &i, at);
  return i;
}

static void command_reset(nangolite *store, instance *i, unsigned flags) {
  int was_running = i->s.run != 0;
  schedule_reset(&i->s, store->now);
  if (was_running) run_end_aborted(store, i);
  instance_forget(store, i->id);
  if (flags & NANGOLITE_EMPTY_CACHE) instance_empty(store, i->id);
}

static void command_cancel(nangolite *store, instance *i) {
  int was_running = i->s.run != 0;
  schedule_cancel(&i->s, store->now);
  if (was_running) run_end_aborted(store, i);
}

/* A trigger while a run is in progress does nothing in Nango, unless it has reset that. */
static int command_ignores_trigger(const nangolite *store, const instance *i) {
  return store->as_nango && i->s.run != 0;
}

static void command_do(nangolite *store, instance *i, command_kind kind, unsigned flags) {
  switch (kind) {
    case COMMAND_TRIGGER:
      if (flags & NANGOLITE_RESET) command_reset(store, i, flags);
      if (!command_ignores_trigger(store, i))
        schedule_trigger(&i->s, store->now, (flags & NANGOLITE_ALLOW_DELETES) != 0);
      break;
    case COMMAND_START:
      schedule_follow_clock(&i->s, store->now, store->now, run_lease(store));
      schedule_start(&i->s, store->now);
      break;
    case COMMAND_PAUSE: schedule_pause(&i->s); break;
    case COMMAND_CANCEL: command_cancel(store, i); break;
  }
  instance_save(store, i);
}

static void command_all(nangolite *store, const selection *s, command_kind kind, unsigned flags) {
  id_list list = selection_find(store, s);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = command_get(store, list.at[n]);
    command_do(store, &i, kind, flags);
  }
  sqlite3_free(list.at);
}

static id_list command_instances(nangolite *store, const char *provider_config_key, int64_t sync) {
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_OF_SYNC);
  query_bind_int(&q, sync);
  query_bind_text(&q, slice_of(provider_config_key));
  id_list_read(store, &list, &q);
  return list;
}

/* The definition's grid has changed. Changes the schedules of its instances: of all where the anchor or
** local_time has changed, else of those that have no frequency of their own. */
static void command_move_grid(nangolite *store, const char *provider_config_key, const sync_row *before,
                              const sync_row *now) {
  int moves_anchor = before->start_at != now->start_at || before->local_time != now->local_time;
  id_list list = command_instances(store, provider_config_key, now->id);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    if (i.own_interval != 0 && !moves_anchor) continue;
    schedule_follow_grid(&i.s, store->now);
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
}

static void command_define(nangolite *store, const nangolite_sync *given, int64_t interval) {
  sync_row before = sync_find(store, given->provider_config_key, slice_of(given->name));
  sync_row now = sync_put(store, given, interval);
  int moves_grid =
    before.interval != now.interval || before.start_at != now.start_at || before.local_time != now.local_time;
  if (now.took_over) result_clear_strays(store);
  if (before.id != 0 && moves_grid) command_move_grid(store, given->provider_config_key, &before, &now);
  instance_create_for_sync(store, given->provider_config_key, &now);
}

static int64_t command_find(nangolite *store, const char *provider_config_key, const char *connection_id,
                            selector which) {
  selection s = {provider_config_key, connection_id, &which, 1, SELECTION_EACH};
  id_list list = selection_find(store, &s);
  int64_t id = store_failed(store) || list.count == 0 ? 0 : list.at[0];
  sqlite3_free(list.at);
  return id;
}

static int64_t command_set_frequency(nangolite *store, const char *provider_config_key,
                                     const char *connection_id, selector which, slice frequency) {
  int64_t interval = 0;
  const char *reason = frequency.at == NULL ? NULL : frequency_parse(frequency, &interval);
  if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "frequency %s", reason);
  int64_t id = command_find(store, provider_config_key, connection_id, which);
  if (id == 0) return 0;
  instance i = command_get(store, id);
  instance_set_frequency(store, id, frequency, interval);
  i.s.grid.interval = interval != 0 ? interval : sync_get(store, i.sync).interval;
  schedule_follow_grid(&i.s, store->now);
  instance_save(store, &i);
  return id;
}

static sync_row command_need_sync(nangolite *store, const char *provider_config_key, slice name) {
  sync_row sync = sync_find(store, provider_config_key, name);
  if (sync.id == 0)
    store_fail(store, NANGOLITE_UNKNOWN_SYNC, "sync: there is no sync '%.*s'", (int)name.length, name.at);
  return sync;
}

static void command_remove_sync(nangolite *store, const char *provider_config_key, slice name) {
  connection_need_integration(store, provider_config_key);
  sync_row sync = command_need_sync(store, provider_config_key, name);
  id_list list = command_instances(store, provider_config_key, sync.id);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) command_remove_instance(store, list.at[n]);
  sqlite3_free(list.at);
  sync_delete(store, sync.id);
  store_move_stamp(store);
}

static void command_rename_sync(nangolite *store, const char *provider_config_key, slice name,
                                const char *new_name) {
  connection_need_integration(store, provider_config_key);
  sync_row sync = command_need_sync(store, provider_config_key, name);
  if (!store_failed(store)) sync_rename(store, provider_config_key, sync.id, new_name);
}

static int64_t command_create_variant(nangolite *store, const char *provider_config_key,
                                      const char *connection_id, selector which) {
  if (name_is_base(which.variant))
    store_fail(store, NANGOLITE_INVALID_VARIANT, "variant: 'base' cannot be created");
  int64_t connection = connection_find(store, provider_config_key, connection_id);
  sync_row sync = command_need_sync(store, provider_config_key, which.name);
  if (instance_find(store, connection, sync.id, which.variant) != 0)
    store_fail(store, NANGOLITE_VARIANT_EXISTS, "variant: there is one of this name");
  query q = query_open(store, INSTANCE_COUNT_VARIANTS);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync.id);
  if (query_number(&q) >= store->options.max_variants)
    store_fail(store, NANGOLITE_RESOURCE_CAPPED, "variant: a sync has at most %d on a connection",
               store->options.max_variants);
  return store_failed(store) ? 0 : instance_create(store, connection, &sync, which.variant);
}

static void command_delete_variant(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, selector which) {
  if (name_is_base(which.variant))
    store_fail(store, NANGOLITE_INVALID_VARIANT, "variant: 'base' cannot be deleted");
  int64_t connection = connection_find(store, provider_config_key, connection_id);
  sync_row sync = command_need_sync(store, provider_config_key, which.name);
  int64_t id = instance_find(store, connection, sync.id, which.variant);
  if (id == 0) store_fail(store, NANGOLITE_NOT_FOUND, "variant: there is none of this name");
  if (!store_failed(store)) command_remove_instance(store, id);
}
