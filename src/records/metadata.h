/* metadata: the JSON object that an application keeps with a connection, for its syncs to read. */
#ifndef NANGOLITE_METADATA_H
#define NANGOLITE_METADATA_H

#include "records/connection.h"

/* The object in a JSON text, without the white space around it; it lies in `json`. Latches
** NANGOLITE_INVALID where the text is no JSON object. */
static slice metadata_check(nangolite *store, const char *json);

/* Stores a checked object as the connection's metadata. Where `is_merged` is not 0, its members are added
** to those that are stored, and replace those of the same name. It is called in a write transaction. */
static void metadata_set(nangolite *store, int64_t connection, slice object, int is_merged);

/* Appends the connection's metadata, or "{}" where none were set. */
static void metadata_append(nangolite *store, int64_t connection, text *out);

#endif
