/* names: which names a file has, for completion and for telling what a wrong one may be meant as. */
#ifndef NANGOLITE_TOOL_NAMES_H
#define NANGOLITE_TOOL_NAMES_H

#include "nangolite.h"

/* The names that can stand for an argument of this kind ("PROVIDER_CONFIG_KEY", "CONNECTION_ID", "SYNC",
** "MODEL", "VARIANT"), a NULL behind the last; NULL: the kind has none, or they could not be read. */
char **names_in_store(nangolite *store, const char *kind, const char *provider_config_key,
                      const char *connection_id);

/* The same, of a file that is not open. Says nothing where it is no store. */
char **names_in_file(const char *file, const char *kind, const char *provider_config_key,
                     const char *connection_id);

void names_free(char **names);

#endif
