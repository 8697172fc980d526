/* sync_function: the functions that this process gave for syncs. They are known by the sync's names, and gone with
** the handle. */
#ifndef NANGOLITE_SYNC_FUNCTION_H
#define NANGOLITE_SYNC_FUNCTION_H

#include "base/slice.h"
#include "database/store.h"

struct sync_function {
  sync_function *next;
  const char *provider_config_key, *name;   /* behind the struct, in its memory */
  nangolite_sync_fn exec;
  void *user;
};

/* Makes room for a function; may fail, so it comes before the definition is committed. */
static void sync_function_reserve(nangolite *store, const nangolite_sync *given);
/* Takes what a definition gives, once it is committed; exec NULL forgets what was given before. */
static void sync_function_set(nangolite *store, const nangolite_sync *given);
/* Whether this handle executes it: a handle that was given no function leaves none out. */
static int sync_function_serves(nangolite *store, slice provider_config_key, slice name);
static const sync_function *sync_function_find(nangolite *store, slice provider_config_key, slice name);
static void sync_functions_free(nangolite *store);

#endif
