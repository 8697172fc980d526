/* row_key: where a record stands in its collection, as one number, which is the rowid of nango_record.
**
**   bit 62 ........ 41 | 40 .. 38 | 37 ........ 0
**   collection         | state     | sequence
**
** A collection's records lie together, and within it each state lies in the order of change: the sequence
** counts the collection's changes, so it orders its records as their stamps do. The state says what a feed
** and a pruning select by: the last action, and whether the payload is still there. So every page, however
** filtered, is a merge of at most six ranges of one b-tree, and no further index is needed. */
#ifndef NANGOLITE_ROW_KEY_H
#define NANGOLITE_ROW_KEY_H

#include "base/internal.h"

typedef enum action { ACTION_ADDED, ACTION_UPDATED, ACTION_DELETED, ACTION_COUNT } action;

/* A state is an action, plus STATE_PRUNED once the payload has been pruned. */
enum { STATE_PRUNED = ACTION_COUNT, STATE_COUNT = 2 * ACTION_COUNT };

#define ROW_KEY_SEQUENCE_BITS 38
#define ROW_KEY_STATE_BITS 3
/* A collection has up to 274 billion changes, and a file up to 4 million collections. */
#define ROW_KEY_SEQUENCE_MAX ((INT64_C(1) << ROW_KEY_SEQUENCE_BITS) - 1)
#define ROW_KEY_COLLECTION_MAX ((INT64_C(1) << 22) - 1)

static int64_t row_key_make(int64_t collection, int state, int64_t sequence);
static int64_t row_key_collection(int64_t key);
static int64_t row_key_sequence(int64_t key);
static int row_key_state(int64_t key);
static action row_key_action(int64_t key);
static int row_key_is_pruned(int64_t key);
/* Whether a record of that collection can have this key, of whose changes `last` is the last. */
static int row_key_is_of(int64_t key, int64_t collection, int64_t last);

#endif
