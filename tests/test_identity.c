/* The identity of a record. */
#include "records.h"

/* {"id":<quote>aaa…<quote>} with `count` times `unit`. */
static int save_id_of(test *t, const char *unit, size_t count, const char *quote) {
  static char json[1 << 14];
  size_t at = (size_t)snprintf(json, sizeof json, "{\"id\":%s", quote);
  assert_true(count * strlen(unit) + 32 < sizeof json);
  for (size_t i = 0; i < count; i++) at += (size_t)snprintf(json + at, sizeof json - at, "%s", unit);
  snprintf(json + at, sizeof json - at, "%s}", quote);
  return nangolite_records_save(t->store, &issues, json, -1, NULL);
}

TEST(test_same_id_as_number_and_string_is_one_record) {
  SAME(save(t, "Issue", "{'id':7,'a':1}"), "1 added");
  SAME(save(t, "Issue", "{'id':'7','a':2}"), "1 updated");
  assert_int_equal(live(t, "Issue"), 1);
  SAME(save(t, "Issue", "[{'id':7,'a':3},{'id':'7','a':4}]"), "1 updated, 1 duplicates");
  SAME(payload(t, "7"), "{'id':7,'a':3}");
  SAME(delete (t, "Issue", "{'id':'7'}"), "1 deleted");
}

TEST(test_a_number_is_identified_by_its_text) {
  SAME(save(t, "Issue", "[{'id':1},{'id':1.0},{'id':1e0},{'id':1E0},{'id':10e-1}]"), "5 added");
  SAME(save(t, "Issue", "[{'id':0},{'id':-0},{'id':-0.0},{'id':-1}]"), "4 added");
  SAME(payload(t, "1.0"), "{'id':1.0}");
  SAME(save(t, "Issue", "{'id':'1E0'}"), "1 unchanged");
}

TEST(test_integers_of_any_size_stay_exact) {
  SAME(save(t, "Issue", "[{'id':9007199254740992},{'id':9007199254740993}]"), "2 added");
  SAME(save(t, "Issue", "[{'id':18446744073709551615},{'id':18446744073709551616}]"), "2 added");
  SAME(save(t, "Issue",
            "[{'id':123456789012345678901234567890123456789012345678901},"
            "{'id':123456789012345678901234567890123456789012345678902}]"),
       "2 added");
  SAME(ids(t, NULL), "9007199254740992 9007199254740993 18446744073709551615 18446744073709551616 "
                     "123456789012345678901234567890123456789012345678901 "
                     "123456789012345678901234567890123456789012345678902");
}

TEST(test_zero_is_a_valid_id) {
  SAME(save(t, "Issue", "{'id':0}"), "1 added");
  SAME(save(t, "Issue", "{'id':'0'}"), "1 unchanged");
}

TEST(test_the_id_must_be_present) {
  REFUSED(save_text(t, "{}"), "id");
  REFUSED(save_text(t, "{'ID':1}"), "id");
  REFUSED(save_text(t, "{'a':{'id':1}}"), "id");
  REFUSED(save_text(t, "[{'id':1},{'name':'id'}]"), "id");
  SAME(ids(t, NULL), "");
}

TEST(test_the_id_must_be_a_string_or_a_number) {
  static const char *const wrong[] = {"null", "true", "false", "[]", "{}", "[1]", "{'id':1}", "''"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char json[64];
    snprintf(json, sizeof json, "{'id':%s}", wrong[i]);
    REFUSED(save_text(t, json), "id");
  }
  SAME(ids(t, NULL), "");
}

TEST(test_a_string_id_has_at_most_1024_bytes) {
  OK(save_id_of(t, "a", 1024, "\""));
  REFUSED(save_id_of(t, "a", 1025, "\""), "id");
  OK(save_id_of(t, "\xc3\xa9", 512, "\""));
  REFUSED(save_id_of(t, "\xc3\xa9", 513, "\""), "id");
  assert_int_equal(live(t, "Issue"), 2);
}

TEST(test_an_escaped_id_is_measured_unescaped) {
  OK(save_id_of(t, "\\u0061", 1024, "\""));
  REFUSED(save_id_of(t, "\\u0061", 1025, "\""), "id");
  OK(save_id_of(t, "\\u00e9", 512, "\""));
  REFUSED(save_id_of(t, "\\u00e9", 513, "\""), "id");
}

TEST(test_a_number_id_has_at_most_1024_characters) {
  OK(save_id_of(t, "9", 1024, ""));
  REFUSED(save_id_of(t, "9", 1025, ""), "id");
}

TEST(test_an_id_of_full_length_works_everywhere) {
  char id[1025];
  memset(id, 'a', 1024);
  id[1024] = '\0';
  OK(save_id_of(t, "a", 1024, "\""));
  save(t, "Issue", "{'id':'b'}");
  const nangolite_record *one = record(t, "Issue", id);
  assert_non_null(one);
  assert_string_equal(one->id, id);
  SAME(feed_after(t, "Issue", one->cursor), "b ADDED {'id':'b'}");
}

TEST(test_an_id_has_no_nul_character) {
  REFUSED(save_text(t, "{'id':'\\u0000'}"), "id");
  REFUSED(save_text(t, "{'id':'a\\u0000b'}"), "id");
  SAME(ids(t, NULL), "");
}

TEST(test_an_id_has_no_lone_surrogate) {
  REFUSED(save_text(t, "{'id':'\\ud800'}"), "id");
  REFUSED(save_text(t, "{'id':'a\\udc00'}"), "id");
  REFUSED(save_text(t, "{'id':'\\ud83dx\\ude00'}"), "id");
  REFUSED(save_text(t, "{'id':'\\ude00\\ud83d'}"), "id");
  REFUSED(save_text(t, "{'id':'\\ud83d\\u0041'}"), "id");
  SAME(ids(t, NULL), "");
}

TEST(test_the_same_id_escaped_is_the_same_record) {
  save(t, "Issue", "{'id':'a/\xf0\x9f\x98\x80\xc3\xa9'}");
  SAME(save(t, "Issue", "{'id':'\\u0061\\/\\ud83d\\uDE00\\u00E9'}"), "1 unchanged");
  save(t, "Issue", "{'id':'\\u0022\\\\\\n'}");
  assert_non_null(record(t, "Issue", "\"\\\n"));
}

TEST(test_the_key_id_may_be_escaped) {
  SAME(save(t, "Issue", "{'\\u0069\\u0064':5}"), "1 added");
  SAME(ids(t, NULL), "5");
  SAME(save(t, "Issue", "{'id':5}"), "1 unchanged");
}

TEST(test_of_two_ids_in_a_record_the_last_counts) {
  SAME(save(t, "Issue", "{'id':1,'id':2}"), "1 added");
  SAME(ids(t, NULL), "2");
  SAME(payload(t, "2"), "{'id':1,'id':2}");
  SAME(save(t, "Issue", "{'id':2,'\\u0069d':'3'}"), "1 added");
  SAME(ids(t, NULL), "2 3");
  SAME(save(t, "Issue", "{'id':null,'id':2}"), "1 unchanged");
  REFUSED(save_text(t, "{'id':1,'id':null}"), "id");
}

TEST(test_ids_are_compared_byte_by_byte) {
  SAME(
    save(t, "Issue", "[{'id':'a'},{'id':'A'},{'id':'a '},{'id':' a'},{'id':'\xc3\xa9'},{'id':'e\xcc\x81'}]"),
    "6 added");
  SAME(save(t, "Issue", "[{'id':'%'},{'id':'_'},{'id':'*'}]"), "3 added");
}

TEST(test_a_change_of_the_ids_type_alone_is_stored_and_is_no_change) {
  save(t, "Issue", "{'id':7,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{'id':'7','a':1}"), "1 unchanged");
  SAME(payload(t, "7"), "{'id':'7','a':1}");
  SAME(metadata(t, "7"), "ADDED, first 0d+0, last 0d+0");
  SAME(save(t, "Issue", "{'id':7,'a':1}"), "1 unchanged");
  SAME(payload(t, "7"), "{'id':7,'a':1}");
}

TEST(test_the_id_keeps_its_type_when_it_is_pruned) {
  save(t, "Issue", "[{'id':7,'a':1},{'id':'8','a':1}]");
  prune(t, NULL, 0);
  SAME(emptied(t, "7"), "{'id':7}");
  SAME(emptied(t, "8"), "{'id':'8'}");
  SAME(save(t, "Issue", "{'id':'7','a':1}"), "1 unchanged");
  SAME(payload(t, "7"), "{'id':'7','a':1}");
  prune(t, NULL, 0);
  SAME(emptied(t, "7"), "{'id':'7'}");
}

TEST(test_a_type_change_by_an_update_is_stored) {
  save(t, "Issue", "{'id':7,'a':1}");
  SAME(update(t, "Issue", "{'id':'7','a':1}"), "1 unchanged");
  SAME(payload(t, "7"), "{'id':'7','a':1}");
  SAME(update(t, "Issue", "{'id':7}"), "1 unchanged"); /* a patch of the id alone changes nothing */
  SAME(payload(t, "7"), "{'id':'7','a':1}");
  SAME(update(t, "Issue", "{'id':7,'b':2}"), "1 updated");
  SAME(payload(t, "7"), "{'id':7,'a':1,'b':2}");
}

TEST(test_a_delete_leaves_the_type_of_the_id) {
  save(t, "Issue", "{'id':7,'a':1}");
  delete (t, "Issue", "{'id':'7'}");
  SAME(payload(t, "7"), "{'id':7,'a':1}");
  prune(t, NULL, 0);
  SAME(emptied(t, "7"), "{'id':7}");
}

TEST(test_ids_with_quotes_read_right_when_pruned) {
  save(t, "Issue", "{'id':'a\\\"b\\\\c\\n\xc3\xa9','x':1}");
  prune(t, NULL, 0);
  const nangolite_record *one = record(t, "Issue", "a\"b\\c\n\xc3\xa9");
  assert_non_null(one);
  assert_true(one->pruned_at != 0);
  OK(save_bytes(t, one->payload, one->payload_length)); /* it is JSON, and of the same record */
  assert_int_equal(live(t, "Issue"), 1);
}

TESTS(MEMORY(test_same_id_as_number_and_string_is_one_record),
      MEMORY(test_a_number_is_identified_by_its_text), MEMORY(test_integers_of_any_size_stay_exact),
      MEMORY(test_zero_is_a_valid_id), MEMORY(test_the_id_must_be_present),
      MEMORY(test_the_id_must_be_a_string_or_a_number), MEMORY(test_a_string_id_has_at_most_1024_bytes),
      MEMORY(test_an_escaped_id_is_measured_unescaped), MEMORY(test_a_number_id_has_at_most_1024_characters),
      MEMORY(test_an_id_of_full_length_works_everywhere), MEMORY(test_an_id_has_no_nul_character),
      MEMORY(test_an_id_has_no_lone_surrogate), MEMORY(test_the_same_id_escaped_is_the_same_record),
      MEMORY(test_the_key_id_may_be_escaped), MEMORY(test_of_two_ids_in_a_record_the_last_counts),
      MEMORY(test_ids_are_compared_byte_by_byte),
      MEMORY(test_a_change_of_the_ids_type_alone_is_stored_and_is_no_change),
      MEMORY(test_the_id_keeps_its_type_when_it_is_pruned), MEMORY(test_a_type_change_by_an_update_is_stored),
      MEMORY(test_a_delete_leaves_the_type_of_the_id), MEMORY(test_ids_with_quotes_read_right_when_pruned))
