/* entry: what is known of each record without reading it, for as many records in a row as fit a page; and the only code
** that writes these rows.
**
** nango_entry has a row for every ENTRY_GROUP numbers of a collection, so records that arrived together share one. Of
** each record it holds 28 bytes, little-endian:
**
**   0 .. 15  hash     of the payload's text; once it is pruned, of its value
**  16 .. 23  key      where the record stands (row_key.h); 0: the number names no record
**  24 .. 27  length   of the payload's text, 0 once it is pruned; the highest bit says that there is an alternate
**
** nango_alternate has a row for a group of which a record came with another text of the same value and the same type of
** id: hash and length of that text, 20 bytes for each record. Where the entry's bit is not set, they mean nothing.
**
** A call reads each row once, as long as it stays near, marks what becomes of its records, and flushes in the end, in
** the order of numbers: each row is then written once. */
#ifndef NANGOLITE_ENTRY_H
#define NANGOLITE_ENTRY_H

#include "base/hash.h"
#include "records/collection.h"

enum { ENTRY_GROUP = 128, ENTRY_BYTES = 28, ALTERNATE_BYTES = 20, ENTRY_SLOTS = 4 };

/* A text: that of a payload, or another one of the same value. */
typedef struct entry_text {
  hash128 hash;
  uint32_t length;
} entry_text;

typedef struct known_entry {
  entry_text text; /* once the payload is pruned, the hash is that of its value, and the length is 0 */
  int64_t key;
  int has_alternate;
} entry;

/* A row at hand. */
typedef struct entry_row {
  int64_t group; /* -1: none */
  size_t length;
  int is_changed;
  unsigned char bytes[ENTRY_GROUP * ENTRY_BYTES];
} entry_row;

typedef struct entry_mark {
  int64_t number;
  entry becomes;
  entry_text alternate; /* length 0: none is given */
} entry_mark;

/* The entries of one collection, during one call. */
typedef struct entries {
  nangolite *store;
  collection *of;     /* its counters are kept up by record.h */
  entry_row *rows[2]; /* ENTRY_SLOTS of nango_entry, and of nango_alternate; NULL until they are needed */
  entry_mark *marks;
  size_t count, capacity;
  int is_unsorted;
} entries;

static entries entries_open(nangolite *store, collection *of);
/* Writes what was marked, and forgets it. */
static void entries_flush(entries *e);
/* Gives the memory back, writing nothing. */
static void entries_free(entries *e);

/* Reads the entry of a number, as it was before what is marked. 0: the number names no record, or a failure is latched:
** what could not be an entry is CORRUPT. */
static int entry_find(entries *e, int64_t number, entry *found);
/* The other text that an entry tells of. 0: there is none, or a failure is latched. */
static int entry_find_alternate(entries *e, int64_t number, const entry *of, entry_text *found);

/* What becomes of a number's entry. One mark for each number until they are flushed. */
static void entry_mark_change(entries *e, int64_t number, const entry *becomes);
/* The same for a record that keeps its payload and came with another text. */
static void entry_mark_alternate(entries *e, int64_t number, const entry *becomes, entry_text alternate);

/* Frees at most `limit` rows of a collection that was taken away (removal.h), and returns how many. */
static int64_t entry_free_rows(nangolite *store, int64_t collection_id, int64_t limit);
static int64_t entry_free_alternate_rows(nangolite *store, int64_t collection_id, int64_t limit);

#endif
