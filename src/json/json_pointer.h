/* json_pointer: finding one value in JSON text by its path (RFC 6901). Nothing is allocated. */
#ifndef NANGOLITE_JSON_POINTER_H
#define NANGOLITE_JSON_POINTER_H

#include "json/json.h"

/* Whether this is a pointer: empty, or tokens that each begin with '/', in which '~' is followed by 0 or 1. */
static int json_pointer_is_valid(const char *pointer);

/* The value that a valid pointer names within a checked one; text.at NULL: there is none. Of two equal keys
** the last counts. */
static json_value json_pointer_find(json_value within, const char *pointer);

#endif
