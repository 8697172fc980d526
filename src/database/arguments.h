/* arguments: checks of what a caller gave. What is wrong is latched in the store (store.h). */
#ifndef NANGOLITE_ARGUMENTS_H
#define NANGOLITE_ARGUMENTS_H

#include "database/store.h"
#include "values/name.h"

/* NANGOLITE_MISUSE where an argument is NULL that must not be. */
static void arguments_need(nangolite *store, const void *argument, const char *name);

/* NANGOLITE_INVALID, naming the field and its rule; NANGOLITE_MISUSE for NULL. */
static void arguments_check_name(nangolite *store, name_kind kind, const char *name);
static void arguments_check_names(nangolite *store, const char *provider_config_key,
                                  const char *connection_id);

/* The same for all that a scope names; its variant may be NULL. */
static void arguments_check_scope(nangolite *store, const nangolite_scope *scope);

#endif
