/* json_pointer: finding one value in JSON text by its path (RFC 6901). Nothing is allocated. */
#ifndef NANGOLITE_JSON_POINTER_H
#define NANGOLITE_JSON_POINTER_H

#include "json/json.h"

/* Whether this is a pointer at all: empty, or tokens that begin with '/', and '~' only in "~0" and "~1". */
static int json_pointer_is_valid(const char *pointer);

/* The value in a scanned one that a valid pointer names; text.at NULL: there is none. Of two equal keys the
** last counts. */
static json_value json_pointer_find(json_value within, const char *pointer);

#endif
