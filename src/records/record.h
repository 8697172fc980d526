/* record: the two rows that a record has, and the only code that writes them.
**
** nango_identity holds what a save must know to find a record unchanged: small rows in the order of ids.
** nango_record holds the payloads in the order of change, under keys (key.h). Every change moves a record
** to the end of its state: a new key in both rows. The counters of the collection are kept here, and
** written back by collection_save(). */
#ifndef NANGOLITE_RECORD_H
#define NANGOLITE_RECORD_H

#include "base/slice.h"
#include "records/collection.h"

typedef struct identity {
  int64_t key;
  hash128 hash;      /* of the payload's text; once it is pruned, of its value */
  int64_t number;    /* its bit in the delete window: 1, 2, 3, ... in the order of arrival */
  int64_t writer;    /* the run that changed it last under ignore_if_modified_after; 0: anybody */
} identity;

typedef struct record_row {
  int64_t key;
  slice id, payload;           /* until the query is closed */
  int64_t last_modified_at;
  int64_t first_seen_at;
  int64_t pruned_at;           /* 0: null */
} record_row;

/* What a change writes; the record is named by its id. */
typedef struct record_change {
  slice id;
  slice payload;
  hash128 hash;
  int64_t writer;
} record_change;

/* Reads the columns with which the statements on nango_identity begin. */
static void identity_read(const query *q, identity *found);

/* 0: there is none. */
static int identity_find(nangolite *store, int64_t collection_id, slice id, identity *found);

/* Reads one row of nango_record, in the order of the columns of RECORD_GET. 0: none; `q` is to be closed
** either way. */
static int record_get(nangolite *store, int64_t key, query *q, record_row *found);
static void record_read(const query *q, record_row *found);

/* Stores a record whose id is new, as added or (a tombstone) deleted. 0: the id is taken, and nothing was
** written. */
static int record_insert(nangolite *store, collection *c, action as, const record_change *change,
                         int64_t *number);

/* The same for as many as one statement takes, which saves a third of SQLite's work. 0: one of the ids is
** taken, and nothing was written. *first_number: of the first of them. */
enum { RECORD_GROUP = 16 };
static int record_insert_group(nangolite *store, collection *c, const record_change *changes,
                               int64_t *first_number);

/* These take the row as record_get() read it; of its slices only the lengths count. */

/* A live record gets another payload. */
static void record_update(nangolite *store, collection *c, const record_row *was,
                          const record_change *change);
/* A deleted one is added again. */
static void record_revive(nangolite *store, collection *c, const record_row *was,
                          const record_change *change);
/* The same value in another text: a pruned payload comes back. No stamp moves. */
static void record_restore(nangolite *store, collection *c, const record_row *was,
                           const record_change *change);
/* The payload goes: change->payload is the stub that stays, change->hash the value's. */
static void record_prune(nangolite *store, collection *c, const record_row *was, const record_change *change);

/* A live one is marked as deleted and keeps what payload it has. */
static void record_delete(nangolite *store, collection *c, const identity *stored, slice id, int64_t writer);

#endif
