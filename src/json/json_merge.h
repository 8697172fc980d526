/* merge: the deep merge of JSON objects, as text. */
#ifndef NANGOLITE_JSON_MERGE_H
#define NANGOLITE_JSON_MERGE_H

#include "json/json.h"
#include "json/json_members.h"

/* Appends `stored` with `patch` merged into it; both are objects. A patch's object merges into an object
** member by member; any other value replaces what is stored, null too. Of members with one name the last
** counts, on both sides. What is stored keeps its place and its bytes, white space included, unless its
** value changes; a scalar of the same value does not. New members follow the last stored one, in the
** patch's order and spelling. The patch's top-level members of the name `dropped` (NULL: none) are left
** out. */
static void json_merge(json_value stored, json_value patch, const char *dropped, text *out);

#endif
