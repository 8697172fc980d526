/* White-box tests of row_key: a record's collection, state and sequence as one number. */
#include "../nangolite.c"
#include "plain.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const int64_t collections[] = {1, 2, 3, 4194302, 4194303};
static const int64_t sequences[] = {
  0, 1, 2, INT64_C(137438953472), INT64_C(274877906942), INT64_C(274877906943)};

PLAIN_TEST(test_a_key_is_made_of_the_bits_that_the_format_says) {
  static const struct {
    int64_t collection;
    int state;
    int64_t sequence, key;
  } cases[] = {
    {1, 0, 0, INT64_C(1) << 41},
    {0, 1, 0, INT64_C(1) << 38},
    {0, 0, 1, 1},
    {1, 2, 3, (INT64_C(1) << 41) + (INT64_C(2) << 38) + 3},
    {4194303, 5, INT64_C(274877906943), INT64_C(0x7fffff7fffffffff)},
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_true(row_key_make(cases[i].collection, cases[i].state, cases[i].sequence) == cases[i].key);
}

PLAIN_TEST(test_the_parts_of_a_key_are_those_that_it_was_made_of) {
  for (size_t c = 0; c < COUNT(collections); c++) {
    for (int state = 0; state < STATE_COUNT; state++) {
      for (size_t s = 0; s < COUNT(sequences); s++) {
        int64_t key = row_key_make(collections[c], state, sequences[s]);
        assert_true(key > 0);
        assert_true(row_key_collection(key) == collections[c]);
        assert_int_equal(row_key_state(key), state);
        assert_true(row_key_sequence(key) == sequences[s]);
      }
    }
  }
}

PLAIN_TEST(test_keys_are_in_the_order_of_collection_then_state_then_sequence) {
  int64_t before = 0;
  for (size_t c = 0; c < COUNT(collections); c++) {
    for (int state = 0; state < STATE_COUNT; state++) {
      for (size_t s = 0; s < COUNT(sequences); s++) {
        int64_t key = row_key_make(collections[c], state, sequences[s]);
        assert_true(key > before);
        before = key;
      }
    }
  }
}

PLAIN_TEST(test_a_state_tells_the_last_action_and_whether_the_payload_is_pruned) {
  static const struct {
    int state;
    action last;
    int is_pruned;
  } cases[] = {
    {0, ACTION_ADDED, 0}, {1, ACTION_UPDATED, 0}, {2, ACTION_DELETED, 0},
    {3, ACTION_ADDED, 1}, {4, ACTION_UPDATED, 1}, {5, ACTION_DELETED, 1},
  };
  assert_int_equal(COUNT(cases), STATE_COUNT);
  for (size_t i = 0; i < COUNT(cases); i++) {
    int64_t key = row_key_make(7, cases[i].state, 8);
    assert_int_equal(row_key_action(key), cases[i].last);
    assert_int_equal(row_key_is_pruned(key), cases[i].is_pruned);
  }
}

PLAIN_TEST(test_the_greatest_key_is_a_rowid) {
  int64_t key = row_key_make(ROW_KEY_COLLECTION_MAX, STATE_COUNT - 1, ROW_KEY_SEQUENCE_MAX);
  assert_true(key > 0 && key < INT64_MAX);
  int all_bits = (1 << ROW_KEY_STATE_BITS) - 1;
  assert_true(row_key_make(ROW_KEY_COLLECTION_MAX, all_bits, ROW_KEY_SEQUENCE_MAX) == INT64_MAX);
}

TESTS(PLAIN(test_a_key_is_made_of_the_bits_that_the_format_says),
      PLAIN(test_the_parts_of_a_key_are_those_that_it_was_made_of),
      PLAIN(test_keys_are_in_the_order_of_collection_then_state_then_sequence),
      PLAIN(test_a_state_tells_the_last_action_and_whether_the_payload_is_pruned),
      PLAIN(test_the_greatest_key_is_a_rowid))
