/* record: the row that holds a record's payload, and the only code that writes it.
**
** nango_record holds the records in the order of change, under row keys (row_key.h). Every change moves a record to the
** end of its state: a new key in its row and in its entry. The entry is marked here, and written by entries_flush(); the
** counters of the collection are kept here, and written by collection_save(). */
#ifndef NANGOLITE_RECORD_H
#define NANGOLITE_RECORD_H

#include "base/slice.h"
#include "records/entry.h"
#include "records/identity.h"

typedef struct record_row {
  int64_t key;
  int64_t number;
  slice id, payload; /* until the query is closed */
  int64_t last_modified_at;
  int64_t first_seen_at;
  int64_t pruned_at; /* 0: null */
} record_row;

/* A record, its entry, and what a change writes. */
typedef struct record_change {
  int64_t number;
  entry was; /* of a new record: unused */
  slice id;
  slice payload;
  hash128 hash;
  int64_t writer; /* the run that changes it under ignore_if_modified_after; 0: anybody */
} record_change;

/* The number of the record with an id, and its entry. 0: there is none, or a failure is latched. */
static int64_t record_find(entries *e, slice id, entry *found);

/* Reads the columns with which the statements on nango_record begin. 0: a row that cannot be, and that is latched. */
static int record_read(const query *q, record_row *found);

/* Reads the row with a key. 0: it is not there, which is latched; `q` is to be closed either way. */
static int record_get_at(nangolite *store, int64_t key, query *q, record_row *found);

/* Reads the row that an entry leads to. 0: it is not there or not that of the number, which is latched; `q` is to be
** closed either way. */
static int record_get(entries *e, int64_t number, const entry *of, query *q, record_row *found);
/* The same for a record whose payload is going to be parsed: what its hash does not vouch for is judged, and 0 and
** latched where it is no JSON object. `id` is the record's. */
static int record_get_sound(entries *e, int64_t number, const entry *of, slice id, query *q,
                            record_row *found);
/* The same judgement of a row that was read otherwise; *known is its entry. */
static int record_is_sound(entries *e, const record_row *r, entry *known);
/* Who changed it last under a merging strategy; 0: anybody. */
static int64_t record_writer(entries *e, int64_t number, const entry *of);

/* Stores a record that is new, as added or (a tombstone) deleted, and returns its number. Its identity is still to be
** written. */
static int64_t record_insert(entries *into, action as, const record_change *change);

/* The same for as many as one statement takes, all added. Returns the first one's number. */
enum { RECORD_GROUP = 16 };
static int64_t record_insert_group(entries *into, const record_change *changes);

/* These take the row as record_get() read it; of its slices only the lengths count. */

/* A live record gets another payload. */
static void record_update(entries *into, const record_row *was, const record_change *change);
/* A deleted one is added again. */
static void record_revive(entries *into, const record_row *was, const record_change *change);
/* The same value in another text: a pruned payload comes back. No stamp moves. */
static void record_restore(entries *into, const record_row *was, const record_change *change);
/* The payload goes: change->payload is the stub that stays, change->hash the value's. One that was pruned before stays
** so, with another stub. */
static void record_prune(entries *into, const record_row *was, const record_change *change);

/* A live one is marked as deleted and keeps what payload it has; change->payload does not count. */
static void record_delete(entries *into, const record_change *change);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t record_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif
