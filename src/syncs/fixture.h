/* fixture: what a sync function did when it was recorded, stored as if it had done it. */
#ifndef NANGOLITE_FIXTURE_H
#define NANGOLITE_FIXTURE_H

#include "base/slice.h"
#include "records/write.h"

/* Reads the "nango" object of a recorded fixture, or the whole file around it: "batchSave", "batchUpdate" and
** "batchDelete", each {"Model":[records]}, and "getMetadata", which become the connection's metadata; or {"Model":
** [records]} alone, which are saved. Other members are left alone, and null is as absent. Saves, updates and deletes in
** this order, and adds to `changes`; makes the connection where it is not there. In a write transaction. What is wrong
** is latched as NANGOLITE_INVALID, with its place. The names were checked. */
static void fixture_load(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *variant, slice written, nangolite_changes *changes);

#endif
