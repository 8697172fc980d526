#include "key.h"

static int64_t key_make(int64_t collection, int lane, int64_t sequence) {
  return (collection << KEY_LANE_BITS | lane) << KEY_SEQUENCE_BITS | sequence;
}

static int64_t key_collection(int64_t key) {
  return key >> (KEY_SEQUENCE_BITS + KEY_LANE_BITS);
}

static int64_t key_sequence(int64_t key) {
  return key & KEY_SEQUENCE_MAX;
}

static int key_lane(int64_t key) {
  return (int)(key >> KEY_SEQUENCE_BITS & ((1 << KEY_LANE_BITS) - 1));
}

static action key_action(int64_t key) {
  return (action)(key_lane(key) % LANE_PRUNED);
}

static int key_is_pruned(int64_t key) {
  return key_lane(key) >= LANE_PRUNED;
}
