/* syncs: the functions of the C API on definitions and instances. What they do to what is
** selected is here for the requests as well. */
#ifndef NANGOLITE_SYNCS_H
#define NANGOLITE_SYNCS_H

#include "due.h"
#include "status.h"

typedef enum syncs_command { SYNCS_TRIGGER, SYNCS_START, SYNCS_PAUSE } syncs_command;

/* Each of these is for the inside of a write transaction. */

/* Does it to every instance that is selected. `flags` are those of a trigger. */
static void syncs_command_all(nangolite *store, const selection *s, syncs_command command, unsigned flags);

/* `frequency` absent: back to the definition's. The instance's id, or 0 and latched. */
static int64_t syncs_set_frequency(nangolite *store, const char *provider_config_key,
                                   const char *connection_id, selector which, slice frequency);

/* The id of the new instance, or 0 and latched. */
static int64_t syncs_create_variant(nangolite *store, const char *provider_config_key,
                                    const char *connection_id, selector which);
static void syncs_delete_variant(nangolite *store, const char *provider_config_key, const char *connection_id,
                                 selector which);

#endif
