/* row_key: where a record stands: its collection, state and sequence in one number, the rowid of
** nango_record.
**
**   bit 62 ........ 41 | 40 .. 38 | 37 ........ 0
**   collection         | state     | sequence
**
** The records of a collection lie together, and within it the records of each state lie in the order of
** change: the sequence counts the collection's changes, so it orders the records as their stamps do. The
** state is what feeds and pruning select by: the last action, and whether the payload was pruned. So a feed
** of any states is a merge of at most six ranges of one b-tree, and no further index is needed. */
#ifndef NANGOLITE_ROW_KEY_H
#define NANGOLITE_ROW_KEY_H

#include "base/internal.h"

typedef enum action { ACTION_ADDED, ACTION_UPDATED, ACTION_DELETED, ACTION_COUNT } action;

/* A state is an action, plus STATE_PRUNED once the payload has been pruned. */
enum { STATE_PRUNED = ACTION_COUNT, STATE_COUNT = 2 * ACTION_COUNT };

#define ROW_KEY_SEQUENCE_BITS 38
#define ROW_KEY_STATE_BITS 3
/* A collection can have 274 billion changes, and a file can have 4 million collections. */
#define ROW_KEY_SEQUENCE_MAX ((INT64_C(1) << ROW_KEY_SEQUENCE_BITS) - 1)
#define ROW_KEY_COLLECTION_MAX ((INT64_C(1) << 22) - 1)

static int64_t row_key_make(int64_t collection, int state, int64_t sequence);
static int64_t row_key_collection(int64_t key);
static int64_t row_key_sequence(int64_t key);
static int row_key_state(int64_t key);
static action row_key_action(int64_t key);
static int row_key_is_pruned(int64_t key);
/* Whether a record of this collection can have this row key. `last` is the sequence of the collection's last
** change. */
static int row_key_is_of(int64_t key, int64_t collection, int64_t last);

#endif
