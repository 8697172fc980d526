/* checkpoint: the small JSON object in which a sync remembers how far it has read. */
#ifndef NANGOLITE_CHECKPOINT_H
#define NANGOLITE_CHECKPOINT_H

#include "base/slice.h"
#include "json/json_scan.h"
#include "database/store.h"

#define CHECKPOINT_MEMBERS_MAX 16
#define CHECKPOINT_KEY_MAX 255     /* characters; with as_nango, UTF-16 units */
#define CHECKPOINT_STRING_MAX 4000 /* the same */

/* The object without the white space around it, as a part of `json`. Latches NANGOLITE_INVALID where it
** breaks a rule of checkpoints, and NANGOLITE_MISUSE where `json` is NULL. */
static slice checkpoint_check(nangolite *store, const char *json);

#endif
