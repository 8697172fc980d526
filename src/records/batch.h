/* batch: the JSON of one call, which is split into records before anything is stored, and which stored
** records these are. */
#ifndef NANGOLITE_BATCH_H
#define NANGOLITE_BATCH_H

#include "base/list.h"
#include "base/slice.h"
#include "json/json_scan.h"
#include "records/as_nango.h"
#include "records/guess.h"
#include "records/identity.h"

enum { BATCH_NOT_SOUGHT = -1 };

typedef struct batch_item {
  slice text;           /* the object as it was given; with as_nango, as as_nango_take() has written it */
  slice id;             /* the unescaped string, or the text of the JSON number */
  size_t position;      /* in the array that was given, from 0 */
  int64_t number;       /* of the record; 0: the id is new; BATCH_NOT_SOUGHT: not looked up yet */
  entry stored;         /* the record's entry, where the number is above 0 */
  entry_text alternate; /* the record's alternate, where stored.has_alternate says that there is one */
  entry_text given;     /* with as_nango: what it was given as, where that is not `text`, else zeros */
  int has_metadata;     /* the text has a member "_nango_metadata", which is not stored */
  int is_duplicate;     /* an earlier record of the array has the same id, and that one counts */
  int is_new;           /* this call has stored it as a new record, under `number` */
} batch_item;

/* A stored record that is in the array: it was found by an item's id, or recognized by the guess. */
typedef struct batch_met {
  int64_t number;
  size_t position;
  batch_item *item; /* NULL: it was recognized, so it is unchanged, and nothing is to be done */
} batch_met;

typedef struct batch {
  batch_item *items; /* the records that were not recognized, in the order of the array */
  size_t count, capacity;
  size_t *by_id; /* the first item of each id, in the order of ids */
  size_t by_id_count;
  batch_met *met; /* after batch_settle(): one for each stored record, in the order of numbers */
  size_t met_count, met_capacity;
  int64_t known;      /* how many of `met` have no item */
  int64_t duplicates; /* how many records are left out because an earlier one has the same id */
  text ids;           /* the ids that were unescaped, one after the other */
  text texts;         /* with as_nango: the texts of all items, in the same way */
} batch;

/* The JSON of a call, of `length` bytes (-1: up to the NUL). Latches what is wrong with the arguments. The
** text is not parsed. */
static slice batch_text(nangolite *store, const char *json, int64_t length);

/* Splits the text into items, and orders them by their ids. A record that is wrong is latched as
** NANGOLITE_INVALID, with its position in the array and the reason. Records that the guess recognizes
** become `met` and not items; some items are looked up for the guess. Where `g` is NULL, neither is done.
** The text must live as long as the batch, which is to be freed in any case. */
static batch batch_read(nangolite *store, slice written, guess *g);

/* To be called when the numbers of all items are known. Fills `met` with one record of the array for each
** stored record, the first one; all others of the same stored record are duplicates. */
static void batch_settle(nangolite *store, batch *b);
static void batch_free(batch *b);

#endif
