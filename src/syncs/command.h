/* command: what is done to definitions and to the instances that a call selects, for the C API and for requests. */
#ifndef NANGOLITE_COMMAND_H
#define NANGOLITE_COMMAND_H

#include "base/slice.h"
#include "syncs/selection.h"

typedef enum command_kind { COMMAND_TRIGGER, COMMAND_START, COMMAND_PAUSE, COMMAND_CANCEL } command_kind;

/* Each of these is for the inside of a write transaction. */

/* Does one thing to every instance that is selected. `flags` are those of nangolite_sync_trigger(), else
** 0. */
static void command_all(nangolite *store, const selection *s, command_kind kind, unsigned flags);

/* Reads the instance for a command. Where its run in progress is over, that is closed first, as expired. */
static instance command_get(nangolite *store, int64_t id);

/* The id of the instance that is named. 0, and a failure is latched, where there is none. A read
** transaction is enough for this. */
static int64_t command_find(nangolite *store, const char *provider_config_key, const char *connection_id,
                            selector which);

/* Stores a definition, which sync_check() has checked, and makes the base instances that are missing. */
static void command_define(nangolite *store, const nangolite_sync *given, int64_t interval);

/* Removes a definition with its instances and their records. Latches NANGOLITE_UNKNOWN_SYNC where there is
** none. */
static void command_remove_sync(nangolite *store, const char *provider_config_key, slice name);
/* Gives a definition another name, with the same failure. */
static void command_rename_sync(nangolite *store, const char *provider_config_key, slice name,
                                const char *new_name);

/* Gives an instance a frequency of its own, or where `frequency` is absent that of the definition again.
** Returns the instance's id. 0: a failure is latched. */
static int64_t command_set_frequency(nangolite *store, const char *provider_config_key,
                                     const char *connection_id, selector which, slice frequency);

/* Makes the instance of a variant, and returns its id. 0: a failure is latched. */
static int64_t command_create_variant(nangolite *store, const char *provider_config_key,
                                      const char *connection_id, selector which);
/* Removes the instance of a variant with its records. */
static void command_delete_variant(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, selector which);

/* Removes it with its schedule, checkpoint and records. Its run, if any, has become aborted. */
static void command_remove_instance(nangolite *store, int64_t id);

#endif
