/* fixture: what a sync function did when it was recorded, stored as if it had done it. */
#ifndef NANGOLITE_FIXTURE_H
#define NANGOLITE_FIXTURE_H

#include "base/slice.h"
#include "records/write.h"

/* Reads the "nango" object of a recorded fixture, or the whole file around it, and does in this order what it
** says:
**
**   "getMetadata"   an object, which becomes the connection's metadata
**   "Model"         an array of records, which are saved; every member counts whose name begins with A to Z
**   "batchSave", "batchUpdate", "batchDelete"
**                   each {"Model":[records]}, which are saved, updated and deleted
**
** Other members are ignored, and null counts as absent. Adds what was changed to `changes`, and makes the
** connection where it is not there. What is wrong is latched as NANGOLITE_INVALID, with its place. The
** caller has checked the names. In a write transaction. */
static void fixture_load(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *variant, slice written, nangolite_changes *changes);

#endif
