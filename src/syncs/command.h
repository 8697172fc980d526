/* command: what is done to definitions and to the instances that a call selects, for the C API and for requests. */
#ifndef NANGOLITE_COMMAND_H
#define NANGOLITE_COMMAND_H

#include "base/slice.h"
#include "syncs/selection.h"

typedef enum command_kind { COMMAND_TRIGGER, COMMAND_START, COMMAND_PAUSE, COMMAND_CANCEL } command_kind;

/* Each of these is for the inside of a write transaction. */

/* Does it to every instance that is selected. `flags` are those of a trigger. */
static void command_all(nangolite *store, const selection *s, command_kind kind, unsigned flags);

/* The instance of a command. A run of its that is over is closed before anything else happens to it. */
static instance command_get(nangolite *store, int64_t id);

/* An instance that is named; 0 and latched where it is not there. */
static int64_t command_find(nangolite *store, const char *provider_config_key, const char *connection_id,
                            selector which);

/* Stores a definition that was checked, with its instances. */
static void command_define(nangolite *store, const nangolite_sync *given, int64_t interval);

/* Removes a definition with its instances and their records. */
static void command_remove_sync(nangolite *store, const char *provider_config_key, slice name);
static void command_rename_sync(nangolite *store, const char *provider_config_key, slice name,
                                const char *new_name);

/* `frequency` absent: back to the definition's. The instance's id, or 0 and latched. */
static int64_t command_set_frequency(nangolite *store, const char *provider_config_key,
                                     const char *connection_id, selector which, slice frequency);

/* The id of the new instance, or 0 and latched. */
static int64_t command_create_variant(nangolite *store, const char *provider_config_key,
                                      const char *connection_id, selector which);
static void command_delete_variant(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, selector which);

/* Removes it with its schedule, checkpoint and records. Its run, if any, has become aborted. */
static void command_remove_instance(nangolite *store, int64_t id);

#endif
