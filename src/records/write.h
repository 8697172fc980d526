/* write: save, update and delete: what each of them does to a record, given what is stored. */
#ifndef NANGOLITE_WRITE_H
#define NANGOLITE_WRITE_H

#include "json/json_merge.h"
#include "records/batch_lookup.h"
#include "records/delete_window.h"
#include "records/payload.h"
#include "records/record.h"

typedef enum write_kind { WRITE_SAVE, WRITE_UPDATE, WRITE_DELETE } write_kind;

/* Who writes. A run under ignore_if_modified_after leaves records alone that others changed after `since`. */
typedef struct writer {
  int64_t run;   /* 0: nobody in particular */
  int64_t since; /* the collection's sequence when the strategy was set; only with a run */
} writer;

/* Writes the records of the text to the collection, in the order of the array, and adds to `changes`; inside a write
** transaction. Text that is no array of records is refused as a whole. A collection that is not there is made, unless
** the array is empty. */
static void write_records(nangolite *store, const collection_name *into, write_kind kind, slice written,
                          const writer *by, nangolite_changes *changes);

#endif
