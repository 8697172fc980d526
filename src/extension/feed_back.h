/* feed_back: reads the records of a collection against the order of their stamps, beginning at any place. */
#ifndef NANGOLITE_FEED_BACK_H
#define NANGOLITE_FEED_BACK_H

#include "records/feed.h"

#ifdef NANGOLITE_EXTENSION

/* A merge of all states by sequence, the greatest first. */
typedef struct feed_back {
  nangolite *store;
  int64_t first[STATE_COUNT]; /* the first row key that a state can have */
  int64_t heads[STATE_COUNT]; /* the row key of each state's next record; 0: there is none */
  query row;                  /* of the latest record */
} feed_back;

/* Opens a feed of the records before a place, from the last one back (NULL: of all). Close it before another one is
** opened. */
static feed_back feed_back_open(nangolite *store, const collection *c, const feed_place *before);
/* Reads the next record. Its slices are valid until the next call. 0: there are no more, or a failure is latched. */
static int feed_back_next(feed_back *f, record_row *next);
static void feed_back_close(feed_back *f);

#endif
#endif
