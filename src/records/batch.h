/* batch: the JSON of one call, split into records before anything is stored. */
#ifndef NANGOLITE_BATCH_H
#define NANGOLITE_BATCH_H

#include "base/slice.h"
#include "json/json_scan.h"
#include "base/list.h"
#include "database/store.h"

typedef struct batch_item {
  slice text;           /* the object as it was given */
  slice id;             /* unescaped, or the number's text */
  int has_metadata;     /* the text has a member "_nango_metadata" to be dropped */
} batch_item;

typedef struct batch {
  batch_item *items;    /* no two with the same id: the first stands for all */
  size_t count;
  size_t capacity;
  size_t *by_id;        /* the items' positions in the order of their ids */
  int64_t duplicates;   /* how many were left out for that */
  text ids;             /* the ids that had to be unescaped */
} batch;

/* Splits `length` bytes of JSON (-1: up to the NUL). What is wrong is latched as NANGOLITE_INVALID, with
** the position in the array and the reason. The text must outlive the batch. */
static batch batch_parse(nangolite *store, const char *json, int64_t length);
static void batch_free(batch *b);

#endif
