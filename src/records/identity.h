/* identity: the row that leads from a record's id to its number, and the only code that writes it.
**
** It is written once, when the record arrives, and never again: what changes is in the number's entry (entry.h).
** Numbers are given in the order of arrival, 1, 2, 3, ..., and none is issued twice. */
#ifndef NANGOLITE_IDENTITY_H
#define NANGOLITE_IDENTITY_H

#include "base/slice.h"
#include "records/collection.h"

/* The number of a record; 0: the collection has none with this id. */
static int64_t identity_find(nangolite *store, const collection *c, slice id);

/* The number in a column, which must be one that was given; else latches that the file is damaged. */
static int64_t identity_number(const query *q, int column, const collection *c);

/* Several ids and their numbers, a statement for each IDENTITY_GROUP of them: add them, in the order of ids so that
** each page is touched once, and flush the rest. */
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
