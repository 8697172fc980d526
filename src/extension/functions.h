/* functions: the functions of SQL that answer requests and write records.
**
**   nangolite(method, target [, headers [, body]])     the response's JSON
**   nangolite_save(provider_config_key, connection_id, model, json [, variant])    {"added":...}
**   nangolite_update(...), nangolite_delete(...)       the same
*/
#ifndef NANGOLITE_FUNCTIONS_H
#define NANGOLITE_FUNCTIONS_H

#include "extension/host.h"

#ifdef NANGOLITE_EXTENSION

/* Registers them. Returns a code of SQLite. */
static int functions_register(host *h);

#endif
#endif
