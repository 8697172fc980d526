/* environment: the variables that GET /environment-variables lists. */
#ifndef NANGOLITE_ENVIRONMENT_H
#define NANGOLITE_ENVIRONMENT_H

#include "transaction.h"

/* Appends them as a JSON array of {"name","value"}, by name. In a transaction. */
static void environment_append(nangolite *store, text *out);

#endif
