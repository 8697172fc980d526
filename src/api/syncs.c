/* syncs: the functions of the C API on definitions and instances, and the one that sets the callback for
** events. */
#include "database/arguments.h"
#include "database/call.h"
#include "syncs/command.h"
#include "syncs/due.h"
#include "syncs/status.h"
#include "syncs/sync_function.h"

/* Reads the names of syncs as the C API gives them. Free the array with sqlite3_free(). NULL: there are
** none, or a failure is latched. */
static selector *syncs_selectors(nangolite *store, const char *const *syncs, size_t count) {
  if (count > 0) arguments_need(store, syncs, "syncs");
  if (count > SIZE_MAX / sizeof(selector)) store_fail_memory(store);
  selector *selectors = count == 0 ? NULL : store_allocate(store, count * sizeof *selectors);
  for (size_t i = 0; i < count && !store_failed(store); i++) {
    arguments_need(store, syncs[i], "syncs");
    selectors[i] = selector_parse(slice_of(syncs[i]));
    const char *rule = selector_check(selectors[i]);
    if (rule != NULL) store_fail(store, NANGOLITE_INVALID, "syncs: a name %s", rule);
  }
  return selectors;
}

static void syncs_check_selection(nangolite *store, const char *provider_config_key,
                                  const char *connection_id) {
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  if (connection_id != NULL) arguments_check_name(store, NAME_CONNECTION_ID, connection_id);
}

static void syncs_check_names(nangolite *store, const char *provider_config_key, const char *connection_id,
                              const char *sync, const char *variant) {
  arguments_check_names(store, provider_config_key, connection_id);
  arguments_check_name(store, NAME_SYNC, sync);
  if (variant != NULL) arguments_check_name(store, NAME_VARIANT, variant);
}

static selection syncs_selection(const char *provider_config_key, const char *connection_id, size_t count) {
  return (selection){
    .provider_config_key = provider_config_key, .connection_id = connection_id, .count = count};
}

static int syncs_command_call(nangolite *store, selection s, const char *const *syncs, command_kind kind,
                              unsigned flags) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_selection(store, s.provider_config_key, s.connection_id);
  if (flags & ~(unsigned)(NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE | NANGOLITE_ALLOW_DELETES))
    store_fail(store, NANGOLITE_INVALID, "flags: unknown ones");
  if ((flags & NANGOLITE_EMPTY_CACHE) != 0 && (flags & NANGOLITE_RESET) == 0)
    store_fail(store, NANGOLITE_INVALID, "flags: NANGOLITE_EMPTY_CACHE needs NANGOLITE_RESET");
  selector *selectors = syncs_selectors(store, syncs, s.count);
  s.selectors = selectors;
  call_write(store);
  if (!store_failed(store)) command_all(store, &s, kind, flags);
  sqlite3_free(selectors);
  return call_end(store);
}

int nangolite_sync_trigger(nangolite *store, const char *provider_config_key, const char *connection_id,
                           const char *const *syncs, size_t sync_count, unsigned flags) {
  return syncs_command_call(store, syncs_selection(provider_config_key, connection_id, sync_count), syncs,
                            COMMAND_TRIGGER, flags);
}

int nangolite_sync_start(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, syncs_selection(provider_config_key, connection_id, sync_count), syncs,
                            COMMAND_START, 0);
}

int nangolite_sync_pause(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, syncs_selection(provider_config_key, connection_id, sync_count), syncs,
                            COMMAND_PAUSE, 0);
}

int nangolite_sync_cancel(nangolite *store, const char *provider_config_key, const char *connection_id,
                          const char *const *syncs, size_t sync_count) {
  return syncs_command_call(store, (selection){provider_config_key, connection_id, NULL, sync_count, 0},
                            syncs, COMMAND_CANCEL, 0);
}

int nangolite_sync_status(nangolite *store, const char *provider_config_key, const char *connection_id,
                          const char *const *syncs, size_t sync_count, char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  syncs_check_selection(store, provider_config_key, connection_id);
  selector *selectors = syncs_selectors(store, syncs, sync_count);
  selection s = syncs_selection(provider_config_key, connection_id, sync_count);
  s.selectors = selectors;
  s.rule = SELECTION_NAMED;
  if (!store_failed(store)) due_recover(store);
  call_read(store);
  if (!store_failed(store)) status_append(store, &s, &out);
  sqlite3_free(selectors);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_sync_define(nangolite *store, const nangolite_sync *sync) {
  int64_t interval;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  sync_check(store, sync, &interval);
  call_write(store);
  if (!store_failed(store)) {
    command_define(store, sync, interval);
    sync_function_reserve(store, sync->provider_config_key, sync->name);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK) sync_function_set(store, sync);
  return result;
}

int nangolite_sync_remove(nangolite *store, const char *provider_config_key, const char *name) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  arguments_check_name(store, NAME_SYNC, name);
  call_write(store);
  if (!store_failed(store)) command_remove_sync(store, provider_config_key, slice_of(name));
  int result = call_end(store);
  if (result == NANGOLITE_OK) sync_function_forget(store, provider_config_key, name);
  return result;
}

int nangolite_sync_rename(nangolite *store, const char *provider_config_key, const char *name,
                          const char *new_name) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_name(store, NAME_PROVIDER_CONFIG_KEY, provider_config_key);
  arguments_check_name(store, NAME_SYNC, name);
  arguments_need(store, new_name, "new_name");
  arguments_check_name(store, NAME_SYNC, new_name);
  call_write(store);
  if (!store_failed(store)) {
    command_rename_sync(store, provider_config_key, slice_of(name), new_name);
    sync_function_reserve(store, provider_config_key, new_name);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK) sync_function_rename(store, provider_config_key, name, new_name);
  return result;
}

int nangolite_sync_runs(nangolite *store, const char *provider_config_key, const char *connection_id,
                        const char *sync, const char *variant, int limit, char **json) {
  text out = {0};
  if (json != NULL) *json = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, json, "json");
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  if (limit < 0) store_fail(store, NANGOLITE_INVALID, "limit must be 0 or more");
  call_read(store);
  int64_t id = store_failed(store) ? 0
                                   : command_find(store, provider_config_key, connection_id,
                                                  (selector){slice_of(sync), slice_of(variant)});
  instance i = instance_get(store, id);
  if (!store_failed(store)) kept_run_append(store, &i, limit, &out);
  return call_end_with(store, store_take(store, &out), json);
}

int nangolite_sync_set_frequency(nangolite *store, const char *provider_config_key, const char *connection_id,
                                 const char *sync, const char *variant, const char *frequency,
                                 char **active) {
  text copy = {0};
  if (active != NULL) *active = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  call_write(store);
  selector which = {slice_of(sync), slice_of(variant)};
  int64_t id = store_failed(store) ? 0
                                   : command_set_frequency(store, provider_config_key, connection_id, which,
                                                           slice_of(frequency));
  if (id != 0 && active != NULL) {
    instance_names names = instance_get_names(store, id);
    text_append(&copy, names.frequency.at, names.frequency.length);
    text_free(&names.strings);
  }
  return call_end_with(store, active == NULL ? NULL : store_take(store, &copy), active);
}

int nangolite_variant_create(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *sync, const char *variant) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  call_write(store);
  if (!store_failed(store))
    command_create_variant(store, provider_config_key, connection_id,
                           (selector){slice_of(sync), slice_of(variant)});
  return call_end(store);
}

int nangolite_variant_delete(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *sync, const char *variant) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  syncs_check_names(store, provider_config_key, connection_id, sync, variant);
  call_write(store);
  if (!store_failed(store))
    command_delete_variant(store, provider_config_key, connection_id,
                           (selector){slice_of(sync), slice_of(variant)});
  return call_end(store);
}

int nangolite_on_sync(nangolite *store, void (*callback)(void *ctx, const char *event_json), void *ctx) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  store->on_sync = callback;
  store->on_sync_ctx = ctx;
  return call_end(store);
}
