/* json_digest: the 128-bit digest of a JSON value. */
#ifndef NANGOLITE_JSON_DIGEST_H
#define NANGOLITE_JSON_DIGEST_H

#include "json/json.h"
#include "json/json_members.h"

/* Equal for equal values whatever their white space, key order, escapes and overridden duplicate keys;
** numbers count as written. Top-level members named in `ignored` (a NULL-terminated list; NULL: none) are
** left out. 0: no memory. */
static int json_digest(json_value value, const char *const *ignored, const hash_key *key, hash128 *digest);

#endif
