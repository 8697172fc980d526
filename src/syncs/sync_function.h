/* sync_function: the syncs that this handle has defined, with the functions that it gave for them. They are known by
** their names, and gone with the handle. A handle serves what it has defined; one that has never defined any serves
** all that is in the file. */
#ifndef NANGOLITE_SYNC_FUNCTION_H
#define NANGOLITE_SYNC_FUNCTION_H

#include "base/slice.h"
#include "database/store.h"

struct sync_function {
  const char *provider_config_key, *name; /* behind the struct, in its memory */
  int is_served;                          /* 0: there is only room for it */
  nangolite_sync_fn exec;                 /* NULL: its runs are claimed */
  void *user;
};

/* Makes room for a sync; may fail, so it comes before the transaction that defines it is committed. */
static void sync_function_reserve(nangolite *store, const char *provider_config_key, const char *name);
/* Takes what a definition gives, once it is committed, into the room that was made. */
static void sync_function_set(nangolite *store, const nangolite_sync *given);

/* The sync is gone, or has another name, for which room was made; once that is committed. */
static void sync_function_forget(nangolite *store, const char *provider_config_key, const char *name);
static void sync_function_rename(nangolite *store, const char *provider_config_key, const char *name,
                                 const char *new_name);

/* The sync where it has a function here, else NULL. */
static const sync_function *sync_function_find(nangolite *store, slice provider_config_key, slice name);
/* Whether this handle serves the sync. */
static int sync_function_serves(nangolite *store, slice provider_config_key, slice name);

static void sync_functions_free(nangolite *store);

#endif
