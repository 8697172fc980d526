/* feed: the records of a collection in the order of their stamps, from any place on. */
#ifndef NANGOLITE_FEED_H
#define NANGOLITE_FEED_H

#include "base/slice.h"
#include "records/record.h"

/* A set of states, one bit each: FEED_ACTION(ACTION_ADDED) selects what was added last, pruned or not. */
#define FEED_ACTION(a) (1u << (a) | 1u << (STATE_PRUNED + (a)))
#define FEED_ALL ((1u << STATE_COUNT) - 1)
#define FEED_PAYLOADS ((1u << STATE_PRUNED) - 1) /* what is not pruned */

/* Between two records: behind all whose (stamp, id) is not greater. An absent id: behind all with that
** stamp. */
typedef struct feed_place {
  int64_t stamp;
  slice id;
} feed_place;

static int feed_is_behind(const feed_place *place, int64_t stamp, slice id);

/* A merge of the selected states by sequence, which is their order by stamp. */
typedef struct feed {
  nangolite *store;
  query states[STATE_COUNT];
  record_row heads[STATE_COUNT]; /* the next record of each state; key 0: none */
  int last;                      /* the state that feed_next() took from, still to be stepped; -1: none */
} feed;

/* `after` NULL: from the start. One feed at a time is open. */
static feed feed_open(nangolite *store, const collection *c, unsigned states, const feed_place *after);
/* The record's slices are valid until the next call. 0: no more. */
static int feed_next(feed *f, record_row *next);
static void feed_close(feed *f);

/* The place of the record that changed last; its id is valid until `row`, which is to be closed. 0: there
** is no record. */
static int feed_newest(nangolite *store, const collection *c, query *row, feed_place *newest);

#endif
