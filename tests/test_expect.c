/* nangolite_expect(): the live records against expected ones (SPEC section 8). */
#include "test.h"

/* The report on the model "Issue"; NULL: as expected. */
static const char *report(test *t, const char *expected) {
  char *text = NULL;
  nangolite_scope issues = scope("Issue");
  OK(nangolite_expect(t->store, &issues, double_quoted(t, expected), -1, &text));
  return taken(t, text);
}

TEST(test_what_is_expected_is_no_report) {
  save(t, "Issue", "[{'id':'1','a':[1,2],'b':'x'},{'id':'2'}]");
  SAME(report(t, "[{'id':'2'},{'b':'\\u0078', 'a':[1, 2],'id':'1'}]"), NULL);
}

TEST(test_an_empty_collection_is_expected_as_an_empty_array) {
  SAME(report(t, "[]"), NULL);
  SAME(report(t, "{'id':1}"),
       "1 difference between the 1 expected and the 0 live records:\n  missing 1: {'id':1}\n");
}

TEST(test_deleted_records_are_not_expected) {
  save(t, "Issue", "[{'id':1},{'id':2}]");
  delete (t, "Issue", "[{'id':2}]");
  SAME(report(t, "[{'id':1}]"), NULL);
  SAME(report(t, "[{'id':1},{'id':2}]"),
       "1 difference between the 2 expected and the 1 live records:\n  missing 2: {'id':2}\n");
}

TEST(test_an_unexpected_record_is_shown) {
  save(t, "Issue", "[{'id':1},{'id':2,'n':'é'}]");
  SAME(report(t, "[{'id':1}]"),
       "1 difference between the 1 expected and the 2 live records:\n  unexpected 2: {'id':2,'n':'é'}\n");
}

TEST(test_members_that_differ_are_named_by_their_path) {
  save(t, "Issue", "[{'id':1,'a':{'b':1,'c':[1,{'d':2}]},'e':1,'same':{'x':[]}}]");
  SAME(report(t, "[{'id':1,'a':{'b':2,'c':[1,{'d':3}]},'f':null,'same':{'x':[ ]}}]"),
       "1 difference between the 1 expected and the 1 live records:\n"
       "  1 is different:\n"
       "    a.b: expected 2, found 1\n"
       "    a.c[1].d: expected 3, found 2\n"
       "    f: expected null, found nothing\n"
       "    e: expected nothing, found 1\n");
}

TEST(test_arrays_of_other_lengths_are_shown_whole) {
  save(t, "Issue", "[{'id':1,'a':[1,2]}]");
  SAME(report(t, "[{'id':1,'a':[1]}]"), "1 difference between the 1 expected and the 1 live records:\n"
                                        "  1 is different:\n    a: expected [1], found [1,2]\n");
}

TEST(test_an_id_of_the_other_type_is_no_difference) {
  save(t, "Issue", "[{'id':7,'a':1}]");
  SAME(report(t, "[{'id':'7','a':1}]"), NULL);
}

TEST(test_metadata_in_what_is_expected_do_not_count) {
  save(t, "Issue", "[{'id':7,'a':1}]");
  SAME(report(t, "[{'id':7,'_nango_metadata':{'cursor':'x'},'a':1}]"), NULL);
}

TEST(test_of_a_pruned_record_the_kept_hash_is_compared) {
  nangolite_scope issues = scope("Issue");
  save(t, "Issue", "[{'id':7,'a':1}]");
  OK(nangolite_records_prune(t->store, &issues, NULL, 0, NULL, NULL));
  SAME(report(t, "[{'a':1,'id':7}]"), NULL);
  SAME(report(t, "[{'a':2,'id':7}]"), "1 difference between the 1 expected and the 1 live records:\n"
                                      "  7 is different, and its payload was pruned\n");
}

TEST(test_an_id_that_is_expected_twice_is_invalid) {
  char *text = NULL;
  nangolite_scope issues = scope("Issue");
  FAILS(NANGOLITE_INVALID, nangolite_expect(t->store, &issues, "[{\"id\":7},{\"id\":\"7\"}]", -1, &text));
  SAYS("twice");
  SAME(text, NULL);
}

TEST(test_long_values_and_long_lists_are_cut) {
  const char *many = "[", *long_value = "";
  for (int i = 0; i < 30; i++) many = format(t, "%s%s{'id':%d}", many, i > 0 ? "," : "", i);
  for (int i = 0; i < 60; i++) long_value = format(t, "%séé", long_value);
  save(t, "Issue", format(t, "%s]", many));
  const char *text = report(t, "[]");
  assert_non_null(strstr(text, "30 differences between the 0 expected and the 30 live records:\n"));
  assert_non_null(strstr(text, "  and 10 more\n"));
  delete (t, "Issue", format(t, "%s]", many));
  save(t, "Issue", format(t, "{'id':'long','v':'%s'}", long_value));
  text = report(t, "{'id':'long','v':''}");
  assert_non_null(strstr(text, "...\n"));
  assert_true(strlen(text) < 300);
}

TEST(test_many_members_that_differ_are_cut) {
  const char *json = "{'id':1", *text;
  for (int i = 0; i < 30; i++) json = format(t, "%s,'m%d':1", json, i);
  save(t, "Issue", format(t, "%s}", json));
  text = report(t, "{'id':1}");
  assert_non_null(strstr(text, "    and 10 more\n"));
}

TEST(test_an_unknown_connection_or_bad_json_has_no_report) {
  char *text = NULL;
  nangolite_scope issues = scope("Issue"), nobody = {"github", "nobody", "Issue", NULL};
  FAILS(NANGOLITE_UNKNOWN_CONNECTION, nangolite_expect(t->store, &nobody, "[]", -1, &text));
  FAILS(NANGOLITE_INVALID, nangolite_expect(t->store, &issues, "[{}]", -1, &text));
  FAILS(NANGOLITE_MISUSE, nangolite_expect(t->store, &issues, "[]", -1, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_expect(t->store, &issues, NULL, -1, &text));
}

TESTS(EVERYWHERE(test_what_is_expected_is_no_report),
      MEMORY(test_an_empty_collection_is_expected_as_an_empty_array),
      MEMORY(test_deleted_records_are_not_expected), MEMORY(test_an_unexpected_record_is_shown),
      MEMORY(test_members_that_differ_are_named_by_their_path),
      MEMORY(test_arrays_of_other_lengths_are_shown_whole),
      MEMORY(test_an_id_of_the_other_type_is_no_difference),
      MEMORY(test_metadata_in_what_is_expected_do_not_count),
      MEMORY(test_of_a_pruned_record_the_kept_hash_is_compared),
      MEMORY(test_an_id_that_is_expected_twice_is_invalid), MEMORY(test_long_values_and_long_lists_are_cut),
      MEMORY(test_many_members_that_differ_are_cut),
      MEMORY(test_an_unknown_connection_or_bad_json_has_no_report))
