/* json_number: a JSON number as JavaScript has it and writes it: a double, in the shortest decimal spelling
** that reads back as the same double (ECMAScript, Number::toString). */
#ifndef NANGOLITE_JSON_NUMBER_H
#define NANGOLITE_JSON_NUMBER_H

#include "base/slice.h"
#include "base/text.h"

/* Appends a well-formed JSON number as JSON.stringify(JSON.parse(written)) writes it: "null" where it is
** too great for a double, and "0" for -0. The locale does not matter. */
static void json_number_write(slice written, text *out);

#endif
