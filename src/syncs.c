#include "syncs.h"

/* A run whose lease has ended is over before anything else happens to its instance. */
static instance syncs_get(nangolite *store, int64_t id) {
  instance i = instance_get(store, id);
  if (schedule_has_expired(&i.s, store->now)) run_close_expired(store, &i, i.s.lease_until);
  return i;
}

static void syncs_reset(nangolite *store, instance *i, unsigned flags) {
  schedule_reset(&i->s, store->now);
  instance_forget(store, i->id);
  if (flags & NANGOLITE_EMPTY_CACHE) instance_empty(store, i->id, INSTANCE_SHARED_TOO);
}

static void syncs_do(nangolite *store, instance *i, syncs_command command, unsigned flags) {
  switch (command) {
    case SYNCS_TRIGGER:
      if (flags & NANGOLITE_RESET) syncs_reset(store, i, flags);
      schedule_trigger(&i->s, store->now);
      break;
    case SYNCS_START:
      schedule_start(&i->s, store->now);
      break;
    case SYNCS_PAUSE:
      schedule_pause(&i->s);
      break;
  }
  instance_save(store, i);
}

static void syncs_command_all(nangolite *store, const selection *s, syncs_command command, unsigned flags) {
  instance_list list = selection_find(store, s);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = syncs_get(store, list.at[n]);
    syncs_do(store, &i, command, flags);
  }
  sqlite3_free(list.at);
}

/* Reads the names of the C API; the array is freed with sqlite3_free(). */
static selector *syncs_selectors(nangolite *store, const char *const *syncs, size_t count) {
  if (count > 0) store_need(store, syncs, "syncs");
  if (count > SIZE_MAX / sizeof(selector)) store_fail_memory(store);
  selector *selectors = count == 0 ? NULL : store_allocate(store, count * sizeof *selectors);
  for (size_t i = 0; i < count && !store_failed(store); i++) {
    store_need(store, syncs[i], "syncs");
    selectors[i] = selector_parse(slice_of(syncs[i]));
    const char *rule = selector_check(selectors[i]);
    if (rule != NULL) store_fail(store, NANGOLITE_INVALID, "syncs: a name %s", rule);
  }
  return selectors;
}

static void syncs_check_selection(nangolite *store, const char *provider_config_key,
                                  const char *connection_id) {
  connection_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  if (connection_id != NULL) connection_check_name(store, NAME_CONNECTION_ID, connection_id);
}

static void syncs_check_names(nangolite *store, const char *provider_config_key, const char *connection_id,
                              const char *sync, const char *variant) {
  connection_check_names(store, provider_config_key, connection_id);
  connection_check_name(store, NAME_SYNC, sync);
  if (variant != NULL) connection_check_name(store, NAME_VARIANT, variant);
}

static int syncs_command_call(nangolite *store, selection s, const char *const *syncs, syncs_command command,
                              unsigned flags) {
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  syncs_check_selection(store, s.provider_config_key, s.connection_id);
  if (flags & ~(unsigned)(NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE))
    store_fail(store, NANGOLITE_INVALID, "flags: unknown ones");
  if (flags == NANGOLITE_EMPTY_CACHE)
    store_fail(store, NANGOLITE_INVALID, "flags: NANGOLITE_EMPTY_CACHE needs NANGOLITE_RESET");
  selector *selectors = syncs_selectors(store, syncs, s.count);
  s.selectors = selectors;
  transaction_begin_write(store);
  if (!store_failed(store)) syncs_command_all(store, &s, command, flags);
  sqlite3_free(selectors);
  return event_end_transaction(store);
}

int nangolite_sync_trigger(nangolite *store, const char *provider_config_key, const char *connection_id,
                           const char *const *syncs, size_t sync_count, unsigned flags) {
  return syncs_command_call(store, (selection){provider_config_key, connection_id, NULL, sync_count, 0},
                            syncs, SYNCS_TRIGGER, flags);
}

int nangolite_sync_start(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, (selection){provider_config_key, connection_id, NULL, sync_count, 0},
                            syncs, SYNCS_START, 0);
}

int nangolite_sync_pause(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, (selection){provider_config_key, connection_id, NULL, sync_count, 0},
                            syncs, SYNCS_PAUSE, 0);
}

int nangolite_sync_status(nangolite *store, const char *provider_config_key, const char *connection_id,
                          const char *const *syncs, size_t sync_count, char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  store_need(store, json, "json");
  syncs_check_selection(store, provider_config_key, connection_id);
  selector *selectors = syncs_selectors(store, syncs, sync_count);
  selection s = {provider_config_key, connection_id, selectors, sync_count, 1};
  transaction_begin_read(store);
  if (!store_failed(store)) status_append(store, &s, &out);
  transaction_end(store);
  sqlite3_free(selectors);
  char *taken = store_take(store, &out);
  if (!store_failed(store)) *json = taken;
  return store_end(store);
}

/* A definition's new grid, for the instances that have no frequency of their own or whose anchor moves. */
static void syncs_move_grid(nangolite *store, const char *provider_config_key, const sync_row *before,
                            const sync_row *now) {
  instance_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_OF_SYNC);
  query_bind_int(&q, now->id);
  query_bind_text(&q, slice_of(provider_config_key));
  instance_list_read(store, &list, &q);
  for (size_t n = 0; n < list.count && !store_failed(store); n++) {
    instance i = instance_get(store, list.at[n]);
    if (i.own_interval != 0 && before->start_at == now->start_at) continue;
    schedule_set_grid(&i.s, store->now, i.s.anchor, i.s.interval);
    instance_save(store, &i);
  }
  sqlite3_free(list.at);
}

int nangolite_sync_define(nangolite *store, const nangolite_sync *sync) {
  int64_t interval;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  sync_check(store, sync, &interval);
  transaction_begin_write(store);
  if (!store_failed(store)) {
    sync_row before = sync_find(store, sync->provider_config_key, slice_of(sync->name));
    sync_row now = sync_store(store, sync, interval);
    if (before.id != 0 && (before.interval != now.interval || before.start_at != now.start_at))
      syncs_move_grid(store, sync->provider_config_key, &before, &now);
    instance_create_for_sync(store, sync->provider_config_key, &now);
    sync_function_reserve(store, sync);
  }
  transaction_end(store);
  if (!store_failed(store)) sync_function_set(store, sync);
  return store_end(store);
}

/* An instance that is named; 0 and latched where it is not there. */
static int64_t syncs_find(nangolite *store, const char *provider_config_key, const char *connection_id,
                          selector which) {
  selection s = {provider_config_key, connection_id, &which, 1, 0};
  instance_list list = selection_find(store, &s);
  int64_t id = store_failed(store) || list.count == 0 ? 0 : list.at[0];
  sqlite3_free(list.at);
  return id;
}

static int64_t syncs_set_frequency(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, selector which, slice frequency) {
  int64_t interval = 0;
  const char *reason = frequency.at == NULL ? NULL : frequency_parse(frequency, &interval);
  if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "frequency %s", reason);
  int64_t id = syncs_find(store, provider_config_key, connection_id, which);
  if (id == 0) return 0;
  instance i = syncs_get(store, id);
  query q = query_open(store, INSTANCE_SET_FREQUENCY);
  query_bind_text(&q, frequency);
  query_bind_int_or_null(&q, interval);
  query_bind_int(&q, id);
  query_run(&q);
  int64_t in_force = interval != 0 ? interval : sync_get(store, i.sync).interval;
  schedule_set_grid(&i.s, store->now, i.s.anchor, in_force);
  instance_save(store, &i);
  return id;
}

int nangolite_sync_set_frequency(nangolite *store, const char *provider_config_key, const char *connection_id,
                                 const char *sync, const char *variant, const char *frequency,
                                 char **active) {
  text copy = {0};
  if (active != NULL) *active = NULL;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  transaction_begin_write(store);
  selector which = {slice_of(sync), slice_of(variant)};
  int64_t id = store_failed(store) ? 0
                                   : syncs_set_frequency(store, provider_config_key, connection_id, which,
                                                         slice_of(frequency));
  if (id != 0 && active != NULL) {
    instance_names names = instance_get_names(store, id);
    text_append(&copy, names.frequency.at, names.frequency.length);
    text_free(&names.strings);
  }
  char *taken = active == NULL ? NULL : store_take(store, &copy);   /* before the commit: it may fail */
  int result = event_end_transaction(store);
  if (result != NANGOLITE_OK) sqlite3_free(taken);
  else if (active != NULL) *active = taken;
  return result;
}

static sync_row syncs_need_sync(nangolite *store, const char *provider_config_key, slice name) {
  sync_row sync = sync_find(store, provider_config_key, name);
  if (sync.id == 0)
    store_fail(store, NANGOLITE_UNKNOWN_SYNC, "sync: there is no sync '%.*s'", (int)name.length, name.at);
  return sync;
}

static int64_t syncs_create_variant(nangolite *store, const char *provider_config_key,
                                    const char *connection_id, selector which) {
  if (name_is_base(which.variant))
    store_fail(store, NANGOLITE_INVALID_VARIANT, "variant: 'base' cannot be created");
  int64_t connection = connection_find(store, provider_config_key, connection_id);
  sync_row sync = syncs_need_sync(store, provider_config_key, which.name);
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

static void syncs_delete_variant(nangolite *store, const char *provider_config_key, const char *connection_id,
                                 selector which) {
  if (name_is_base(which.variant))
    store_fail(store, NANGOLITE_INVALID_VARIANT, "variant: 'base' cannot be deleted");
  int64_t connection = connection_find(store, provider_config_key, connection_id);
  sync_row sync = syncs_need_sync(store, provider_config_key, which.name);
  int64_t id = instance_find(store, connection, sync.id, which.variant);
  if (id == 0) store_fail(store, NANGOLITE_NOT_FOUND, "variant: there is none of this name");
  if (!store_failed(store)) instance_remove(store, id);
}

int nangolite_variant_create(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *sync, const char *variant) {
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  store_need(store, variant, "variant");
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  transaction_begin_write(store);
  if (!store_failed(store))
    syncs_create_variant(store, provider_config_key, connection_id,
                         (selector){slice_of(sync), slice_of(variant)});
  transaction_end(store);
  return store_end(store);
}

int nangolite_variant_delete(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *sync, const char *variant) {
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  store_need(store, variant, "variant");
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  transaction_begin_write(store);
  if (!store_failed(store))
    syncs_delete_variant(store, provider_config_key, connection_id,
                         (selector){slice_of(sync), slice_of(variant)});
  transaction_end(store);
  return store_end(store);
}

int nangolite_on_sync(nangolite *store, void (*callback)(void *ctx, const char *event_json), void *ctx) {
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  store->on_sync = callback;
  store->on_sync_ctx = ctx;
  return store_end(store);
}
