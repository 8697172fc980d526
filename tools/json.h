/* json: reading the JSON that the library tells. */
#ifndef NANGOLITE_TOOL_JSON_H
#define NANGOLITE_TOOL_JSON_H

#include <stdint.h>

#include "text.h"

/* The value at a JSON pointer; none where it is null or missing. */
span json_at(span value, const char *pointer);

/* Steps over the elements of an array, or over the keys and values of an object in turn: start with an empty
** `element`. 0: there are no more. */
int json_next(span array, span *element);

/* A string's characters, or any other value as it is written; "" for none. To be given to free(). */
char *json_text(span value);

/* 0 for what is no number. */
int64_t json_number(span value);

/* Prints a JSON string of this text. */
void json_put_string(FILE *out, const char *text);

#endif
