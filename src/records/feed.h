/* feed: reads the records of a collection in the order of their stamps, beginning at any place. */
#ifndef NANGOLITE_FEED_H
#define NANGOLITE_FEED_H

#include "base/slice.h"
#include "records/record.h"

/* A set of states, with a bit for each. FEED_ACTION(ACTION_ADDED) is the records whose last action is
** ADDED, pruned or not. */
#define FEED_ACTION(a) (1u << (a) | 1u << (STATE_PRUNED + (a)))
#define FEED_ALL ((1u << STATE_COUNT) - 1)
#define FEED_PAYLOADS ((1u << STATE_PRUNED) - 1) /* the states that are not pruned */

/* A place between two records. The records with a smaller or the same (stamp, id) are before the place, the
** others after it. Where the id is absent, all records with this stamp are before the place. */
typedef struct feed_place {
  int64_t stamp;
  slice id;
} feed_place;

/* Whether the record with this stamp and id is before the place: a reader at this place has passed it. */
static int feed_is_behind(const feed_place *place, int64_t stamp, slice id);

/* The first row key of a state that is after the place. */
static int64_t feed_bisect(nangolite *store, const collection *c, int state, const feed_place *place);
/* Latches that the records of this key's collection are not in the order of their keys. */
static void feed_fail_order(nangolite *store, int64_t key);

/* A merge of the selected states by sequence, which is the order of stamps as well. */
typedef struct feed {
  nangolite *store;
  query states[STATE_COUNT];
  record_row heads[STATE_COUNT]; /* the next record of each state; key 0: none */
  int last; /* the state of the latest record, whose query takes its next step later; -1: none */
} feed;

/* Opens a feed of the records after a place (NULL: of all). Close it before another one is opened. */
static feed feed_open(nangolite *store, const collection *c, unsigned states, const feed_place *after);
/* Reads the next record. Its slices are valid until the next call. 0: there are no more, or a failure is
** latched. */
static int feed_next(feed *f, record_row *next);
static void feed_close(feed *f);

/* Sets *newest to the place of the record that changed last. Its id is valid until `row` is closed. The
** caller sets *row to zeros before the call, and closes it in any case. 0: there is no record, or a failure
** is latched. */
static int feed_newest(nangolite *store, const collection *c, query *row, feed_place *newest);

#endif
