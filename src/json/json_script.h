/* json_script: JSON objects as JavaScript has them, written anew and merged. */
#ifndef NANGOLITE_JSON_SCRIPT_H
#define NANGOLITE_JSON_SCRIPT_H

#include "json/json.h"

/* Appends an object as JSON.stringify(JSON.parse(text)) writes it: without white space; of members with the
** same name the last value, in the place of the first; members whose names are array indices first, in
** ascending order; numbers as json_number.h has them; nothing escaped in strings but what must be, and lone
** surrogates. */
static void json_script_write(json_value object, text *out);

/* Appends `stored` with `patch` merged into it, in the same spelling. It differs from json_merge.h in this:
** members that the patch names stand behind those that it does not name; the members "constructor",
** "prototype" and "__proto__" are dropped everywhere, on both sides; and so is, where two objects are
** merged, a new member that has the name of a method that every object of JavaScript has, such as
** "toString". */
static void json_script_merge(json_value stored, json_value patch, text *out);

#endif
