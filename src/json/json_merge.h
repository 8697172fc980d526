/* json_merge: the deep merge of JSON objects, as text. */
#ifndef NANGOLITE_JSON_MERGE_H
#define NANGOLITE_JSON_MERGE_H

#include "json/json.h"
#include "json/json_members.h"

/* Appends `stored` with `patch` merged into it; both are objects. An object in the patch is merged into a
** stored object member by member; any other value, null too, replaces the stored one. Of members with the
** same name the last counts, on both sides. Stored members keep their places. Where a value does not change,
** its bytes stay as they are, white space included; a string that is only escaped in another way is no
** change. New members follow the last stored one, as they are written in the patch and in its order. The
** patch's top-level members of the name `dropped` (NULL: none) are left out. */
static void json_merge(json_value stored, json_value patch, const char *dropped, text *out);

#endif
