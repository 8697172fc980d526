/* json_digest: the 128-bit digest of a JSON value. */
#ifndef NANGOLITE_JSON_DIGEST_H
#define NANGOLITE_JSON_DIGEST_H

#include "json/json.h"
#include "json/json_members.h"

/* Equal values have equal digests, whatever their white space, the order of their keys, the way their strings
** are escaped, and the members that a later one of the same key overrides. Numbers are compared as they are
** written. Top-level members named in `ignored` (a list that ends with NULL; NULL: none) are left out.
** Returns 0 where there was no memory. */
static int json_digest(json_value value, const char *const *ignored, const hash_key *key, hash128 *digest);

#endif
