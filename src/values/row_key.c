#include "values/row_key.h"

static int64_t row_key_make(int64_t collection, int state, int64_t sequence) {
  return (collection << ROW_KEY_STATE_BITS | state) << ROW_KEY_SEQUENCE_BITS | sequence;
}

static int64_t row_key_collection(int64_t key) {
  return key >> (ROW_KEY_SEQUENCE_BITS + ROW_KEY_STATE_BITS);
}

static int64_t row_key_sequence(int64_t key) {
  return key & ROW_KEY_SEQUENCE_MAX;
}

static int row_key_state(int64_t key) {
  return (int)(key >> ROW_KEY_SEQUENCE_BITS & ((1 << ROW_KEY_STATE_BITS) - 1));
}

static action row_key_action(int64_t key) {
  return (action)(row_key_state(key) % STATE_PRUNED);
}

static int row_key_is_pruned(int64_t key) {
  return row_key_state(key) >= STATE_PRUNED;
}

static int row_key_is_of(int64_t key, int64_t collection, int64_t last) {
  int64_t sequence = row_key_sequence(key);
  return row_key_collection(key) == collection && row_key_state(key) < STATE_COUNT && sequence >= 1 &&
         sequence <= last;
}
