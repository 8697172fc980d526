/* sync_function: the syncs that this handle has defined, with the functions that it was given for them.
** They are known by their names, and are forgotten when the handle is closed. A handle serves the syncs
** that it has defined; a handle that has never defined one serves all syncs in the file. */
#ifndef NANGOLITE_SYNC_FUNCTION_H
#define NANGOLITE_SYNC_FUNCTION_H

#include "base/slice.h"
#include "database/store.h"

struct sync_function {
  const char *provider_config_key, *name; /* they stand behind the struct, in its memory */
  int is_served;                          /* 0: it is not served, there is only room for it */
  nangolite_sync_fn exec;                 /* NULL: the application claims its runs */
  void *user;
};

/* Makes room for a sync. This may fail, and latches that, so it is called before the transaction that
** defines or renames the sync is committed. */
static void sync_function_reserve(nangolite *store, const char *provider_config_key, const char *name);
/* Puts the function of a definition into the room that was made, once the definition is committed. */
static void sync_function_set(nangolite *store, const nangolite_sync *given);

/* These are called once it is committed that the sync was removed, or that it has another name, for which
** room was made. */
static void sync_function_forget(nangolite *store, const char *provider_config_key, const char *name);
static void sync_function_rename(nangolite *store, const char *provider_config_key, const char *name,
                                 const char *new_name);

/* The sync and its function. NULL: this handle does not serve the sync, or has no function for it. */
static const sync_function *sync_function_find(nangolite *store, slice provider_config_key, slice name);
/* Whether this handle serves the sync. */
static int sync_function_serves(nangolite *store, slice provider_config_key, slice name);

static void sync_functions_free(nangolite *store);

#endif
