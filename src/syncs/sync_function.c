#include "syncs/sync_function.h"

#include "base/list.h"

static int sync_function_compare(const sync_function *f, slice provider_config_key, slice name) {
  int order = slice_compare(slice_of(f->name), name);
  return order != 0 ? order : slice_compare(slice_of(f->provider_config_key), provider_config_key);
}

/* The place of the first sync that does not stand before these names. */
static size_t sync_function_place(const nangolite *store, slice provider_config_key, slice name) {
  size_t from = 0, to = store->function_count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (sync_function_compare(store->functions[middle], provider_config_key, name) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

static sync_function *sync_function_get(const nangolite *store, slice provider_config_key, slice name) {
  size_t at = sync_function_place(store, provider_config_key, name);
  if (at == store->function_count) return NULL;
  sync_function *found = store->functions[at];
  return sync_function_compare(found, provider_config_key, name) == 0 ? found : NULL;
}

static sync_function *sync_function_make(nangolite *store, const char *provider_config_key,
                                         const char *name) {
  size_t key_size = strlen(provider_config_key) + 1, name_size = strlen(name) + 1;
  sync_function *made = store_allocate(store, sizeof *made + key_size + name_size);
  if (made == NULL) return NULL;
  char *strings = (char *)(made + 1);
  memcpy(strings, provider_config_key, key_size);
  memcpy(strings + key_size, name, name_size);
  *made = (sync_function){strings, strings + key_size, 0, NULL, NULL};
  return made;
}

static void sync_function_reserve(nangolite *store, const char *provider_config_key, const char *name) {
  slice key = slice_of(provider_config_key), of_name = slice_of(name);
  if (store_failed(store) || sync_function_get(store, key, of_name) != NULL) return;
  sync_function **functions =
    list_room(store->functions, NULL, store->function_count, &store->function_capacity, sizeof *functions);
  if (functions == NULL) {
    store_fail_memory(store);
    return;
  }
  store->functions = functions;
  sync_function *made = sync_function_make(store, provider_config_key, name);
  if (made == NULL) return;
  size_t at = sync_function_place(store, key, of_name);
  memmove(functions + at + 1, functions + at, (store->function_count - at) * sizeof *functions);
  functions[at] = made;
  store->function_count++;
}

static void sync_function_set(nangolite *store, const nangolite_sync *given) {
  sync_function *f = sync_function_get(store, slice_of(given->provider_config_key), slice_of(given->name));
  if (f == NULL) return;
  f->exec = given->exec;
  f->user = given->user;
  f->is_served = 1;
  store->has_defined = 1;
}

static void sync_function_forget(nangolite *store, const char *provider_config_key, const char *name) {
  sync_function *f = sync_function_get(store, slice_of(provider_config_key), slice_of(name));
  if (f == NULL) return;
  f->is_served = 0;
  f->exec = NULL;
}

static void sync_function_rename(nangolite *store, const char *provider_config_key, const char *name,
                                 const char *new_name) {
  sync_function *from = sync_function_get(store, slice_of(provider_config_key), slice_of(name));
  sync_function *to = sync_function_get(store, slice_of(provider_config_key), slice_of(new_name));
  if (from == NULL || to == NULL || from == to) return;
  to->is_served = from->is_served;
  to->exec = from->exec;
  to->user = from->user;
  sync_function_forget(store, provider_config_key, name);
}

static const sync_function *sync_function_find(nangolite *store, slice provider_config_key, slice name) {
  const sync_function *found = sync_function_get(store, provider_config_key, name);
  return found == NULL || !found->is_served || found->exec == NULL ? NULL : found;
}

static int sync_function_serves(nangolite *store, slice provider_config_key, slice name) {
  if (!store->has_defined) return 1;
  const sync_function *found = sync_function_get(store, provider_config_key, name);
  return found != NULL && found->is_served;
}

static void sync_functions_free(nangolite *store) {
  for (size_t i = 0; i < store->function_count; i++) sqlite3_free(store->functions[i]);
  sqlite3_free(store->functions);
  store->functions = NULL;
  store->function_count = store->function_capacity = 0;
}
