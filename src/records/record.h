/* record: the row that holds a record's payload. No other part writes or deletes it.
**
** nango_record holds the records in the order of change, under row keys (row_key.h). A change gives the
** record's row and entry a new row key, which is the last of its state. Pruning, and restoring a payload,
** change the state in the row key and keep the sequence. The entry is only marked here: entries_flush()
** writes it. The collection's counters are kept here, and collection_save() writes them. */
#ifndef NANGOLITE_RECORD_H
#define NANGOLITE_RECORD_H

#include "base/slice.h"
#include "records/entry.h"
#include "records/identity.h"

typedef struct record_row {
  int64_t key;
  int64_t number;
  slice id, payload; /* valid until the query takes its next step or is closed */
  int64_t last_modified_at;
  int64_t first_seen_at; /* last_modified_at where the column is NULL */
  int64_t pruned_at;     /* 0: NULL */
  int64_t deleted_at;    /* 0: it is not deleted; last_modified_at where the column is NULL */
} record_row;

/* A record, its entry, and what a change writes. The slices belong to the caller. */
typedef struct record_change {
  int64_t number;
  entry was; /* its entry; not used where the record is new */
  slice id;
  slice payload;
  hash128 hash;         /* of the payload's text; for record_prune() of the value that is pruned */
  int64_t writer;       /* the number of the run, if it writes under ignore_if_modified_after; else 0 */
  entry_text alternate; /* the alternate that the record gets (entry.h); length 0: none */
  int64_t deleted_at;   /* of a deletion that says when it was, else 0 */
} record_change;

/* The alternate of a change, or its payload where it has none: with as_nango, what was given. */
static entry_text record_given(const record_change *change);

/* The number of the record with this id, and its entry. 0: there is no such record, or a failure is
** latched. */
static int64_t record_find(entries *e, slice id, entry *found);

/* Reads the columns of RECORD_GET and FEED_STATE. 0: a failure is latched, NANGOLITE_CORRUPT where the row
** cannot be. */
static int record_read(const query *q, record_row *found);

/* Reads the row with a row key. 0: a failure is latched, also where there is no such row. The caller closes
** `q` in any case. */
static int record_get_at(nangolite *store, int64_t key, query *q, record_row *found);

/* The same for the row that an entry leads to, which must have the entry's number. */
static int record_get(entries *e, int64_t number, const entry *of, query *q, record_row *found);
/* The same for a record whose payload is going to be parsed. The row must have the id `id`, and the payload
** the hash of the entry; where it was pruned, and has no such hash, it must be a JSON object. */
static int record_get_sound(entries *e, int64_t number, const entry *of, slice id, query *q,
                            record_row *found);
/* Judges the payload of a row in the same way, where the row was not found by its entry. Sets *known to its
** entry, which must lead to the row. 0: a failure is latched. */
static int record_is_sound(entries *e, const record_row *r, entry *known);
/* The run that made the record's latest change, if it did so under ignore_if_modified_after. 0: anybody
** else did, or a failure is latched. */
static int64_t record_writer(entries *e, int64_t number, const entry *of);

/* Stores a new record, as added or, for a tombstone, as deleted, and returns its number. The caller writes
** its identity. */
static int64_t record_insert(entries *into, action as, const record_change *change);

/* The same for RECORD_GROUP records, all of them added, with one statement. Returns the number of the
** first. */
enum { RECORD_GROUP = 16 };
static int64_t record_insert_group(entries *into, const record_change *changes);

/* Stores a record as it was in another store: what `row` says (its deleted_at is 0 for the stamp) besides
** its key and number, which are the next ones of the collection, in a state. `written` is what its entry
** has, and `alternate` its alternate (length 0: none). Returns its number. The caller writes its
** identity. */
static int64_t record_load(entries *into, int state, const record_row *row, entry_text written,
                           entry_text alternate);

/* The next four take the row as record_get() has read it. They use the lengths of its slices but not their
** bytes, so its query may be closed. */

/* A live record gets a payload of another value. */
static void record_update(entries *into, const record_row *was, const record_change *change);
/* A deleted record is added again. */
static void record_revive(entries *into, const record_row *was, const record_change *change);
/* The same value is stored in another text: a pruned payload comes back, or the type of the id is another
** one. Stamp and sequence stay. */
static void record_restore(entries *into, const record_row *was, const record_change *change);
/* The payload is pruned: change->payload is the stub that takes its place, change->hash is the hash of the
** value. For a record that was pruned before, only the stub is replaced. */
static void record_prune(entries *into, const record_row *was, const record_change *change);

/* A live record becomes deleted and keeps the payload or stub that it has. change->payload and change->hash
** are not used, and change->id only in messages. */
static void record_delete(entries *into, const record_change *change);

/* A record becomes deleted, or deleted again, with the payload that is given. Takes the row as record_get()
** has read it. */
static void record_delete_with(entries *into, const record_row *was, const record_change *change);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t record_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif
