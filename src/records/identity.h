/* identity: the row that leads from a record's id to its number. No other part writes or
** deletes it.
**
** The row is written when the record arrives, and never changed: what changes is in the entry of the number
** (entry.h). The numbers of a collection are issued in the order of arrival, 1, 2, 3, ..., and none of them
** twice. */
#ifndef NANGOLITE_IDENTITY_H
#define NANGOLITE_IDENTITY_H

#include "base/slice.h"
#include "records/collection.h"

/* The number of the record with this id. 0: the collection has no such record, or a failure is latched. */
static int64_t identity_find(nangolite *store, const collection *c, slice id);

/* The number in a column. 0: the collection has never issued it, which is latched as NANGOLITE_CORRUPT. */
static int64_t identity_number(const query *q, int column, const collection *c);

/* Inserts the identities of new records, IDENTITY_GROUP of them with one statement. Add them in the order
** of ids, so that each page is touched once, and flush in the end. The ids must live until they are
** flushed. */
enum { IDENTITY_GROUP = 16 };
typedef struct identity_writer {
  nangolite *store;
  int64_t collection;
  int count;
  slice ids[IDENTITY_GROUP];
  int64_t numbers[IDENTITY_GROUP];
} identity_writer;

static void identity_add(identity_writer *w, slice id, int64_t number);
static void identity_flush(identity_writer *w);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t identity_free_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif
