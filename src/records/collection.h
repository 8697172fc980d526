/* collection: the row of a collection: its counters, its delete window, and what else is known of it without
** reading its records. */
#ifndef NANGOLITE_COLLECTION_H
#define NANGOLITE_COLLECTION_H

#include "records/connection.h"

typedef struct collection {
  int64_t id;                  /* 0: the collection does not exist, and all else is 0 */
  int64_t sequence;            /* the sequence of its last change */
  int64_t numbers;             /* the last number that was issued */
  int64_t counts[STATE_COUNT]; /* how many records are in each state */
  int64_t bytes;               /* the bytes of the payloads that are not pruned */
  int64_t oldest_payload_at;   /* no payload that is not pruned has an earlier stamp; 0: there is none */
  int64_t stored_oldest;       /* oldest_payload_at as it is in the file */
  int64_t window_opened_at;    /* 0: no delete window is open */
  int64_t window_live;         /* how many records were live when it was opened */
} collection;

/* What names a collection. The variant may be NULL, which means "base". */
typedef struct collection_name {
  int64_t connection;
  const char *model, *variant;
} collection_name;

/* These read a collection's row, in a transaction. Where there is none, or a failure is latched, they
** return a collection whose id is 0. A row with a number out of its range is latched as NANGOLITE_CORRUPT. */

static collection collection_find(nangolite *store, const collection_name *name);
/* Latches NANGOLITE_UNKNOWN_CONNECTION or NANGOLITE_UNKNOWN_PROVIDER_CONFIG where the scope's connection
** does not exist. */
static collection collection_of_scope(nangolite *store, const nangolite_scope *scope);
/* Finds also a collection that was taken away (removal.h). */
static collection collection_by_id(nangolite *store, int64_t id);

/* Reads a collection's row in a write transaction, and makes it where it is not there. */
static collection collection_open(nangolite *store, const collection_name *name);

/* Writes the row back. */
static void collection_save(nangolite *store, collection *c);

/* How many records are not deleted. */
static int64_t collection_live(const collection *c);

/* Takes the next sequence, and returns the row key that it makes with a state. Latches NANGOLITE_FULL where
** the sequences are used up. */
static int64_t collection_next_key(nangolite *store, collection *c, int state);

/* The stamp of a collection's latest change. 0: it has no records. */
static int64_t collection_changed_at(nangolite *store, int64_t id);

/* Keeps oldest_payload_at true where a payload with this stamp is stored. */
static void collection_lower_oldest(collection *c, int64_t stamp);

/* The next three are of removal.h. */

/* Takes the collection away: no name leads to it any more, and its rows are still to be freed. */
static void collection_take_away(nangolite *store, int64_t id);
/* One that was taken away; 0: there is none. */
static int64_t collection_taken_away(nangolite *store);
/* Its own row goes, after all others. */
static void collection_remove(nangolite *store, int64_t id);

#endif
