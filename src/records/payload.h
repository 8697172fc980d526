/* payload: what the store reads in the JSON of a record: its value, its id, and whether it has other
** members. All payloads here are valid JSON objects. */
#ifndef NANGOLITE_PAYLOAD_H
#define NANGOLITE_PAYLOAD_H

#include "base/slice.h"
#include "json/json_digest.h"
#include "database/store.h"

/* The member that the store adds when a record is read, and leaves out when it is saved. */
#define PAYLOAD_METADATA "_nango_metadata"

/* The hash of a payload's value, without the members "id" and "_nango_metadata". Two payloads of one record
** have the same value where their hashes are equal. */
static hash128 payload_digest(nangolite *store, slice payload);

/* A quick comparison of two payloads of one record. 1: their values differ for certain. It finds this out
** where the first member that differs has a number, literal or string without escapes in both. 0: they may
** be equal or differ, which payload_digest() must decide. */
static int payload_differs(slice a, slice b);

/* Whether a payload has no members besides "id" and "_nango_metadata". */
static int payload_is_bare(slice payload);
/* Whether a payload looks like a pruned record that was read: it is bare, and the "pruned_at" of its
** "_nango_metadata" is not null. */
static int payload_reads_pruned(slice payload);

/* The value of the last member of this name; of the type JSON_NULL where there is none. */
static json_value payload_member(json_value object, const char *name);
/* The value of the payload's last member "id"; of the type JSON_NULL where there is none. */
static json_value payload_id(slice payload);

/* Appends {"id":...} with the id of a payload. This stub is the payload of a record that was pruned, or
** that was deleted before it was ever saved. */
static void payload_append_stub(slice payload, text *out);

#endif
