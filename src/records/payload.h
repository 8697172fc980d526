/* payload: what the store knows of a record's JSON. */
#ifndef NANGOLITE_PAYLOAD_H
#define NANGOLITE_PAYLOAD_H

#include "base/slice.h"
#include "json/json_digest.h"
#include "database/store.h"

/* The member that the store adds when a record is read, and drops when it is saved. */
#define PAYLOAD_METADATA "_nango_metadata"

/* The digest of a record's value, its id apart: two payloads of one record say the same where it is equal. */
static hash128 payload_digest(nangolite *store, slice payload);

/* 1: two payloads of one record differ for sure, as is plain where a scalar has changed and all before it
** is alike, name by name. 0: their digests must tell. */
static int payload_differs(slice a, slice b);

/* Whether it has no members besides "id" and "_nango_metadata". */
static int payload_is_bare(slice payload);
/* Whether it is what a pruned record reads: bare, with a "_nango_metadata" whose "pruned_at" is not null. */
static int payload_reads_pruned(slice payload);

/* The token of the last top-level member "id". */
static json_value payload_id(slice payload);

/* Appends {"id":...}, all that is left of a payload that was pruned or never known. */
static void payload_append_stub(slice payload, text *out);

#endif
