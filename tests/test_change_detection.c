/* When two payloads are the same. */
#include "records.h"

/* Values that a record has under "v". */
static const char *const same[][2] = {
  {"{'a':1,'b':2}", " { 'a' : 1 ,\n\t'b':2 } "},
  {"[1,2]", "[ 1 ,2\r\n]"},
  {"{'a':1,'b':2}", "{'b':2,'a':1}"},
  {"{'x':{'a':1,'b':[{'c':1,'d':2}]}}", "{'x':{'b':[{'d':2,'c':1}],'a':1}}"},
  {"'abc'", "'\\u0061b\\u0063'"},
  {"'/'", "'\\/'"},
  {"'\\n\\t\\b\\f\\r'", "'\\u000a\\u0009\\u0008\\u000C\\u000d'"},
  {"'\\\\'", "'\\u005c'"},
  {"'\xc3\xa9'", "'\\u00e9'"},
  {"'\\u00e9'", "'\\u00E9'"},
  {"'\xf0\x9f\x98\x80'", "'\\ud83d\\ude00'"},
  {"'\\ud800'", "'\\uD800'"},
  {"{'abc':1}", "{'\\u0061bc':1}"},
  {"{'a':1,'a':2}", "{'a':2}"},
  {"{'a':1,'\\u0061':2}", "{'a':2}"},
  {"{'a':{'x':1},'b':1,'a':{'y':2}}", "{'b':1,'a':{'y':2}}"},
  {"{'a':1,'a':1,'a':1}", "{'a':1}"},
  {"[{'a':1,'a':2}]", "[{'a':2}]"},
  {"{}", "{ }"},
  {"[]", "[\n]"},
  {"1.50e+10", " 1.50e+10 "},
  {"'\\u0000'", "'\\u0000'"},
};

static const char *const different[][2] = {
  {"1", "1.0"},
  {"0", "-0"},
  {"100", "1e2"},
  {"1e2", "1E2"},
  {"1e2", "1e+2"},
  {"1", "2"},
  {"1", "'1'"},
  {"true", "'true'"},
  {"null", "false"},
  {"null", "0"},
  {"null", "''"},
  {"[]", "{}"},
  {"[]", "null"},
  {"[1,2]", "[2,1]"},
  {"[1,2]", "[12]"},
  {"[1,2]", "[[1],2]"},
  {"[[],[]]", "[[[]]]"},
  {"[[1,2]]", "[[1],[2]]"},
  {"[[]]", "[]"},
  {"{'a':'b'}", "{'b':'a'}"},
  {"{'ab':'c'}", "{'a':'bc'}"},
  {"{'a':1,'b':2}", "{'a':2,'b':1}"},
  {"{'a':1}", "{'a':1,'b':null}"},
  {"{'a':1}", "{'A':1}"},
  {"{'a':{'b':1}}", "{'a':{'b':2}}"},
  {"{'a':{'b':1}}", "{'a':{},'b':1}"},
  {"{'a':{'b':1},'c':2}", "{'a':{'b':1,'c':2}}"},
  {"'a'", "'a '"},
  {"'a'", "'A'"},
  {"'\xc3\xa9'", "'e\xcc\x81'"},
  {"'\\ud800'", "'\\ud801'"},
  {"'\\ud800'", "'\\udc00'"},
  {"'\\ud800'", "'\\ufffd'"},
  {"'\\u0000'", "''"},
  {"'a\\u0000b'", "'a\\u0000c'"},
  {"'\\\\n'", "'\\n'"},
  {"['a','b']", "['a,b']"},
  {"['a','b']", "['ab']"},
  {"{'a':1,'a':2}", "{'a':1}"},
  {"{'a':2,'a':1}", "{'a':2}"},
  {"{}", "{'':{}}"},
  {"[{'a':1},{'b':2}]", "[{'a':1,'b':2}]"},
  {"{'a':['b']}", "{'a':{'b':0}}"},
  {"'1'", "'1.0'"},
  {"9007199254740992", "9007199254740993"},
  {"0.1", "0.10"},
  {"true", "false"},
};

static void start_with(test *t, const char *value, int pruned) {
  delete (t, "Issue", "{'id':1}");
  save(t, "Issue", format(t, "{'id':1,'v':%s}", value));
  if (pruned) prune(t, NULL, 0);
  nangolite_clock_advance(t->store, SECONDS(1));
}

static void expect_same(test *t, const char *before, const char *after, int pruned) {
  start_with(t, before, pruned);
  int64_t stamp = record(t, "Issue", "1")->last_modified_at;
  const char *changes = save(t, "Issue", format(t, "{'id':1,'v':%s}", after));
  if (strcmp(changes, "1 unchanged") != 0) fail_msg("%s and %s are the same", before, after);
  assert_int_equal(record(t, "Issue", "1")->last_modified_at, stamp);
  assert_int_equal(record(t, "Issue", "1")->pruned_at, 0);
}

static void expect_different(test *t, const char *before, const char *after, int pruned) {
  start_with(t, before, pruned);
  int64_t stamp = record(t, "Issue", "1")->last_modified_at;
  const char *json = format(t, "{'id':1,'v':%s}", after);
  if (strcmp(save(t, "Issue", json), "1 updated") != 0) fail_msg("%s and %s differ", before, after);
  assert_true(record(t, "Issue", "1")->last_modified_at > stamp);
  SAME(payload(t, "1"), json);
}

TEST(test_the_same_value_written_otherwise_is_no_change) {
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    expect_same(t, same[i][0], same[i][1], 0);
    expect_same(t, same[i][1], same[i][0], 0);
  }
}

TEST(test_another_value_is_a_change) {
  for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
    expect_different(t, different[i][0], different[i][1], 0);
    expect_different(t, different[i][1], different[i][0], 0);
  }
}

TEST(test_the_same_value_is_no_change_after_pruning) {
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    expect_same(t, same[i][0], same[i][1], 1);
    expect_same(t, same[i][1], same[i][0], 1);
  }
}

TEST(test_another_value_is_a_change_after_pruning) {
  for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
    expect_different(t, different[i][0], different[i][1], 1);
    expect_different(t, different[i][1], different[i][0], 1);
  }
}

TEST(test_the_stored_text_stays_where_nothing_changed) {
  save(t, "Issue", "{'id':1,'a':1,'b':2}");
  save(t, "Issue", "{ 'b' : 2, 'id' : 1, 'a' : 1 }");
  SAME(payload(t, "1"), "{'id':1,'a':1,'b':2}");
}

TEST(test_a_member_more_or_less_is_a_change) {
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(save(t, "Issue", "{'id':1,'a':1,'b':null}"), "1 updated");
  SAME(save(t, "Issue", "{'id':1,'b':null}"), "1 updated");
  SAME(save(t, "Issue", "{'id':1}"), "1 updated");
}

TEST(test_key_order_of_the_record_itself_is_no_change) {
  save(t, "Issue", "{'id':1,'a':1,'b':2}");
  SAME(save(t, "Issue", "{'b':2,'a':1,'id':1}"), "1 unchanged");
  SAME(save(t, "Issue", "{'b':9,'a':1,'id':1,'b':2}"), "1 unchanged");
}

TEST(test_metadata_makes_no_change) {
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(save(t, "Issue", "{'id':1,'a':1,'_nango_metadata':{'last_action':'UPDATED'}}"), "1 unchanged");
  prune(t, NULL, 0);
  SAME(save(t, "Issue", "{'_nango_metadata':[],'id':1,'a':1}"), "1 unchanged");
}

TEST(test_a_key_of_many_members_is_found_in_any_order) {
  char forward[8192] = "{'id':1", backward[8192] = "{";
  size_t f = 7, b = 1;
  for (int i = 0; i < 300; i++) {
    f += (size_t)snprintf(forward + f, sizeof forward - f, ",'key%d':%d", i, i);
    b += (size_t)snprintf(backward + b, sizeof backward - b, "'key%d':%d,", 299 - i, 299 - i);
  }
  strcat(forward, "}");
  strcat(backward, "'id':1}");
  save(t, "Issue", forward);
  SAME(save(t, "Issue", backward), "1 unchanged");
  prune(t, NULL, 0);
  SAME(save(t, "Issue", backward), "1 unchanged");
  memcpy(strstr(backward, ":150,"), ":151", 4);
  SAME(save(t, "Issue", backward), "1 updated");
}

TEST(test_the_comparison_holds_at_every_depth) {
  char a[4096] = "{'id':1,'v':", b[4096];
  size_t at = strlen(a);
  for (int i = 0; i < 900; i++) a[at++] = '[';
  a[at++] = '1';
  for (int i = 0; i < 900; i++) a[at++] = ']';
  strcpy(a + at, "}");
  strcpy(b, a);
  *strchr(b + 12, '1') = '2';
  save(t, "Issue", a);
  SAME(save(t, "Issue", a), "1 unchanged");
  SAME(save(t, "Issue", b), "1 updated");
  prune(t, NULL, 0);
  SAME(save(t, "Issue", a), "1 updated");
}

TESTS(MEMORY(test_the_same_value_written_otherwise_is_no_change), MEMORY(test_another_value_is_a_change),
      MEMORY(test_the_same_value_is_no_change_after_pruning),
      MEMORY(test_another_value_is_a_change_after_pruning),
      MEMORY(test_the_stored_text_stays_where_nothing_changed),
      MEMORY(test_a_member_more_or_less_is_a_change),
      MEMORY(test_key_order_of_the_record_itself_is_no_change), MEMORY(test_metadata_makes_no_change),
      MEMORY(test_a_key_of_many_members_is_found_in_any_order),
      MEMORY(test_the_comparison_holds_at_every_depth))
