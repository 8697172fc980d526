/* entry: what is known of each record without reading it: the rows of nango_entry and nango_alternate. No
** other part writes or deletes them.
**
** nango_entry has one row for every ENTRY_GROUP numbers of a collection, so records that arrived together
** share a row. A full row fills most of a page. It has 28 bytes for each record, little-endian:
**
**   0 .. 15  hash     of the payload's text; once it is pruned, of its value
**  16 .. 23  key      the record's row key (row_key.h); 0: the number names no record
**  24 .. 27  length   of the payload's text, 0 once it is pruned; the highest bit: there is an alternate
**
** nango_alternate has a row for a group where some record was saved with another text of the same value and
** the same type of id; in a store made with as_nango, where what was given last is another text than the
** stored one (as_nango.h). It has the hash and the length of that text, 20 bytes for each record. Where the
** highest bit of length in a record's entry is not set, these 20 bytes have no meaning.
**
** A few rows of each table are kept in memory during a call, so looking at numbers in ascending order reads
** each row once. What becomes of a record is marked; a flush writes what was marked in the order of
** numbers, each row once. */
#ifndef NANGOLITE_ENTRY_H
#define NANGOLITE_ENTRY_H

#include "base/hash.h"
#include "records/collection.h"

enum { ENTRY_GROUP = 128, ENTRY_BYTES = 28, ALTERNATE_BYTES = 20, ENTRY_ROWS = 4 };

/* The hash and length of a text: of a payload, or of an alternate. */
typedef struct entry_text {
  hash128 hash;
  uint32_t length;
} entry_text;

typedef struct known_entry {
  entry_text text; /* once the payload is pruned, the hash is that of its value, and the length is 0 */
  int64_t key;
  int has_alternate;
} entry;

/* A row of nango_entry or nango_alternate in memory. */
typedef struct entry_row {
  int64_t group; /* the numbers from group * ENTRY_GROUP + 1 on; -1: there is no row here */
  size_t length;
  int is_changed;
  unsigned char bytes[ENTRY_GROUP * ENTRY_BYTES];
} entry_row;

typedef struct entry_mark {
  int64_t number;
  entry becomes;
  entry_text alternate; /* length 0: there is none to write */
} entry_mark;

/* The entries of one collection, during one call. */
typedef struct entries {
  nangolite *store;
  collection *of;     /* its counters are kept by record.c */
  entry_row *rows[2]; /* ENTRY_ROWS rows of nango_entry, and of nango_alternate; NULL until needed */
  entry_mark *marks;
  size_t count, capacity;
  int is_unsorted;
} entries;

/* Reads nothing yet. `of` must live until entries_free(). */
static entries entries_open(nangolite *store, collection *of);
/* Writes what was marked. Nothing is marked then. */
static void entries_flush(entries *e);
/* Frees the memory. What was marked and not flushed is not written. */
static void entries_free(entries *e);

/* Reads the entry of a number that was issued. What was marked and not flushed is not in it. 0: the number
** names no record, or a failure is latched. An entry that is missing, or whose row key cannot be, is
** NANGOLITE_CORRUPT. */
static int entry_find(entries *e, int64_t number, entry *found);
/* Reads the alternate of a number whose entry is `of`. 0: there is none, or a failure is latched. */
static int entry_find_alternate(entries *e, int64_t number, const entry *of, entry_text *found);

/* Marks what a number's entry becomes; its alternate is forgotten. Each number may be marked at most once
** before a flush. */
static void entry_mark_change(entries *e, int64_t number, const entry *becomes);
/* The same for a record that keeps its payload, and came with another text of the same value: its
** alternate. */
static void entry_mark_alternate(entries *e, int64_t number, const entry *becomes, entry_text alternate);

/* For a repair, which makes the entries of a collection again. Its `numbers` are right already, and rows of
** alternates have the right length.
**
**   entry_mender m = entry_mend_begin(store, c);
**   entry_mend(&m, number, key, payload);           for each record, in the order of numbers
**   entry_mend_end(&m);                             0: nothing had to be written */
typedef enum entry_mended {
  ENTRY_WAS_RIGHT,
  ENTRY_WAS_WRONG,
  ENTRY_HAD_ANOTHER_TEXT /* it leads to the record, but the payload is not the text whose hash it has */
} entry_mended;

typedef struct entry_mender {
  nangolite *store;
  collection *of;
  int has_written;
  entry_row stored, alternates, made; /* of one group */
} entry_mender;

static entry_mender entry_mend_begin(nangolite *store, collection *of);
/* Of a pruned record the hash that is there is kept, because it cannot be made again. */
static entry_mended entry_mend(entry_mender *m, int64_t number, int64_t key, slice payload);
static int entry_mend_end(entry_mender *m);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t entry_free_rows(nangolite *store, int64_t collection_id, int64_t limit);
static int64_t entry_free_alternate_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif
