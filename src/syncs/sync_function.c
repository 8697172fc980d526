#include "syncs/sync_function.h"

static sync_function **sync_function_place(nangolite *store, slice provider_config_key, slice name) {
  sync_function **place = &store->functions;
  while (*place != NULL && !(slice_equals(slice_of((*place)->name), name) &&
                             slice_equals(slice_of((*place)->provider_config_key), provider_config_key))) {
    place = &(*place)->next;
  }
  return place;
}

static sync_function *sync_function_make(nangolite *store, const nangolite_sync *given) {
  size_t key_size = strlen(given->provider_config_key) + 1, name_size = strlen(given->name) + 1;
  sync_function *made = store_allocate(store, sizeof *made + key_size + name_size);
  if (made == NULL) return NULL;
  char *strings = (char *)(made + 1);
  memcpy(strings, given->provider_config_key, key_size);
  memcpy(strings + key_size, given->name, name_size);
  *made = (sync_function){NULL, strings, strings + key_size, NULL, NULL};
  return made;
}

static void sync_function_reserve(nangolite *store, const nangolite_sync *given) {
  sync_function **place =
      sync_function_place(store, slice_of(given->provider_config_key), slice_of(given->name));
  if (*place == NULL && given->exec != NULL) *place = sync_function_make(store, given);
}

static void sync_function_set(nangolite *store, const nangolite_sync *given) {
  sync_function **place =
      sync_function_place(store, slice_of(given->provider_config_key), slice_of(given->name));
  if (*place == NULL) return;
  (*place)->exec = given->exec;
  (*place)->user = given->user;
}

static const sync_function *sync_function_find(nangolite *store, slice provider_config_key, slice name) {
  const sync_function *found = *sync_function_place(store, provider_config_key, name);
  return found == NULL || found->exec == NULL ? NULL : found;
}

static int sync_function_serves(nangolite *store, slice provider_config_key, slice name) {
  return store->functions == NULL || *sync_function_place(store, provider_config_key, name) != NULL;
}

static void sync_functions_free(nangolite *store) {
  while (store->functions != NULL) {
    sync_function *next = store->functions->next;
    sqlite3_free(store->functions);
    store->functions = next;
  }
}
