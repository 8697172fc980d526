/* key: where a record stands in its collection, as one number, which is the rowid of nango_records.
**
**   bit 62 ........ 41 | 40 .. 38 | 37 ........ 0
**   collection         | lane     | sequence
**
** A collection's records lie together, and within it each lane lies in the order of change: the sequence
** counts the collection's changes, so it orders its records as their stamps do. The lane says what a feed
** and a pruning select by: the last action, and whether the payload is still there. So every page, however
** filtered, is a merge of at most six ranges of one b-tree, and no index has to be kept beside it. */
#ifndef NANGOLITE_KEY_H
#define NANGOLITE_KEY_H

#include "internal.h"

typedef enum action { ACTION_ADDED, ACTION_UPDATED, ACTION_DELETED, ACTION_COUNT } action;

/* A lane is an action, plus LANE_PRUNED once the payload has been pruned. */
enum { LANE_PRUNED = ACTION_COUNT, LANE_COUNT = 2 * ACTION_COUNT };

#define KEY_SEQUENCE_BITS 38
#define KEY_LANE_BITS 3
#define KEY_SEQUENCE_MAX ((INT64_C(1) << KEY_SEQUENCE_BITS) - 1)   /* 274 billion changes of one collection */
#define KEY_COLLECTION_MAX ((INT64_C(1) << 22) - 1)                /* 4 million collections of one file */

static int64_t key_make(int64_t collection, int lane, int64_t sequence);
static int64_t key_collection(int64_t key);
static int64_t key_sequence(int64_t key);
static int key_lane(int64_t key);
static action key_action(int64_t key);
static int key_is_pruned(int64_t key);

#endif
