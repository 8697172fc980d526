/* write: saves, updates and deletes the records of a call, and decides what becomes of each record by what
** is stored of it. */
#ifndef NANGOLITE_WRITE_H
#define NANGOLITE_WRITE_H

#include "json/json_merge.h"
#include "json/json_script.h"
#include "records/batch_lookup.h"
#include "records/delete_window.h"
#include "records/payload.h"
#include "records/record.h"

typedef enum write_kind { WRITE_SAVE, WRITE_UPDATE, WRITE_DELETE } write_kind;

/* Who writes. A run under ignore_if_modified_after does not change a record that somebody else has changed
** since the run set this strategy. */
typedef struct writer {
  int64_t run;   /* the run's number; 0: a run without this strategy, or no run */
  int64_t since; /* the collection's sequence when the strategy was set; used where `run` is not 0 */
} writer;

/* Writes the records of the text to the collection, in the order of the array, and adds what it did to
** `changes`. It is called in a write transaction. Where the text is no array of records, nothing of it is
** written. A collection that is not there is made, unless the array is empty. */
static void write_records(nangolite *store, const collection_name *into, write_kind kind, slice written,
                          const writer *by, nangolite_changes *changes);

#endif
