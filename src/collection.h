/* collection: the row that a collection has: its counters, and what there is to know without reading its
** records. */
#ifndef NANGOLITE_COLLECTION_H
#define NANGOLITE_COLLECTION_H

#include "connection.h"

typedef struct collection {
  int64_t id;                  /* 0: it does not exist, and is empty */
  int64_t sequence;            /* of its last change */
  int64_t numbers;             /* of its last identity */
  int64_t counts[LANE_COUNT];  /* records in each lane */
  int64_t bytes;               /* of payloads that are not pruned */
  int64_t oldest_payload_at;   /* no payload that is not pruned has an earlier stamp; 0: there is none */
  int64_t window_opened_at;    /* 0: no delete window is open */
} collection;

/* Latches what is wrong with a scope. */
static void collection_check_scope(nangolite *store, const nangolite_scope *scope);

/* Reads it; an empty one where it is not there. The variant may be NULL. */
static collection collection_find(nangolite *store, int64_t connection, const char *model,
                                  const char *variant);
static collection collection_by_id(nangolite *store, int64_t id);

/* The same for writing: makes it where it is not there. */
static collection collection_open(nangolite *store, int64_t connection, const char *model,
                                  const char *variant);

/* Writes the counters back. */
static void collection_save(nangolite *store, const collection *c);

static int64_t collection_live(const collection *c);

/* The key of a change that is made now, in a lane; latched when the sequence is used up. */
static int64_t collection_next_key(nangolite *store, collection *c, int lane);

/* A payload with this stamp is there now. */
static void collection_note_payload(collection *c, int64_t stamp);

#endif
