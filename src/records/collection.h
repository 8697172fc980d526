/* collection: the row that a collection has: its counters, and what there is to know without reading its
** records. */
#ifndef NANGOLITE_COLLECTION_H
#define NANGOLITE_COLLECTION_H

#include "records/connection.h"

typedef struct collection {
  int64_t id;                  /* 0: it does not exist, and is empty */
  int64_t sequence;            /* of its last change */
  int64_t numbers;             /* of its last identity */
  int64_t counts[STATE_COUNT]; /* records in each state */
  int64_t bytes;               /* of payloads that are not pruned */
  int64_t oldest_payload_at;   /* no payload that is not pruned has an earlier stamp; 0: there is none */
  int64_t stored_oldest;       /* oldest_payload_at as it is in the file */
  int64_t window_opened_at;    /* 0: no delete window is open */
  int64_t window_live;         /* live records when it was opened */
} collection;

/* Whose records a collection holds. The variant may be NULL: base. */
typedef struct collection_name {
  int64_t connection;
  const char *model, *variant;
} collection_name;

/* Reads it; an empty one where it is not there. */
static collection collection_find(nangolite *store, const collection_name *name);
/* The collection that a scope names; in a transaction. Latches an unknown connection. */
static collection collection_of_scope(nangolite *store, const nangolite_scope *scope);
static collection collection_by_id(nangolite *store, int64_t id);

/* The same for writing: makes it where it is not there. */
static collection collection_open(nangolite *store, const collection_name *name);

/* Writes the counters back. */
static void collection_save(nangolite *store, collection *c);

static int64_t collection_live(const collection *c);

/* The key of a change that is made now, in a state; latched when the sequence is used up. */
static int64_t collection_next_key(nangolite *store, collection *c, int state);

/* The stamp of its latest change; 0: it has no record. */
static int64_t collection_changed_at(nangolite *store, int64_t id);

/* A payload with this stamp is there now. */
static void collection_note_payload(collection *c, int64_t stamp);

/* The next three are of removal.h. */

/* Takes the collection away: no name leads to it any more, and its rows are still to be freed. */
static void collection_take_away(nangolite *store, int64_t id);
/* One that was taken away; 0: there is none. */
static int64_t collection_taken_away(nangolite *store);
/* Its own row goes, after all others. */
static void collection_remove(nangolite *store, int64_t id);

#endif
