/* batch: the JSON of one call, split into records before anything is stored, and which stored records it met. */
#ifndef NANGOLITE_BATCH_H
#define NANGOLITE_BATCH_H

#include "base/list.h"
#include "base/slice.h"
#include "json/json_scan.h"
#include "records/guess.h"
#include "records/identity.h"

enum { BATCH_NOT_SOUGHT = -1 };

typedef struct batch_item {
  slice text;           /* the object as it was given */
  slice id;             /* unescaped, or the number's text */
  size_t position;      /* in the array that was given */
  int64_t number;       /* its identity's; 0: the id is new; BATCH_NOT_SOUGHT */
  entry stored;         /* where the number is above 0 */
  entry_text alternate; /* where `stored` tells of one */
  int has_metadata;     /* the text has a member "_nango_metadata" to be dropped */
  int is_duplicate;     /* an earlier record of the array has its id: that one counts */
  int is_new;           /* it was stored under `number` by this call */
} batch_item;

/* A stored record that the call met: by looking up an item's id, or by knowing its bytes. */
typedef struct batch_met {
  int64_t number;
  size_t position;
  batch_item *item; /* NULL: its bytes were known, and nothing is to be done */
} batch_met;

typedef struct batch {
  batch_item *items; /* in the order of the array; those whose bytes were known are not among them */
  size_t count, capacity;
  size_t *by_id; /* the items that are no duplicates, in the order of their ids */
  size_t by_id_count;
  batch_met *met; /* from batch_settle() on: one for each stored record, in the order of numbers */
  size_t met_count, met_capacity;
  int64_t known;      /* how many of them have no item */
  int64_t duplicates; /* left out, as an earlier one has their id */
  text ids;           /* the ids that had to be unescaped */
} batch;

/* The JSON of a call, of `length` bytes (-1: up to the NUL). What is wrong with the arguments is latched; the text is
** not looked at. */
static slice batch_text(nangolite *store, const char *json, int64_t length);

/* Splits the text. What is wrong is latched as NANGOLITE_INVALID, with the position in the array and the reason. The
** text must outlive the batch. Then orders the items by their ids. Records that the guess recognizes are met at once, and
** are no items; NULL: there is no guess. */
static batch batch_read(nangolite *store, slice written, guess *g);

/* The numbers of the items are known: of each stored record the first that met it counts, and the others are
** duplicates. */
static void batch_settle(nangolite *store, batch *b);
static void batch_free(batch *b);

#endif
