/* What a payload may be, and that it comes out as it went in. */
#include "records.h"

/* Saves a record and expects exactly these bytes when it is read. No ' is translated. */
static void expect_kept(test *t, const char *id, const char *json, const char *expected) {
  OK(save_bytes(t, json, strlen(json)));
  const nangolite_record *one = record(t, "Issue", id);
  assert_non_null(one);
  assert_string_equal(one->payload, expected);
  assert_int_equal(one->payload_length, strlen(expected));
}

static void expect_not_json(test *t, const char *json) {
  if (save_bytes(t, json, strlen(json)) != NANGOLITE_INVALID) print_error("accepted: %s\n", json);
  FAILS(NANGOLITE_INVALID, save_bytes(t, json, strlen(json)));
}

TEST(test_a_payload_comes_out_byte_for_byte) {
  static const char *const payloads[] = {
    "{\"id\":1}",
    "{ \"id\" : 1 }",
    "{\"id\":1,\n\t\"b\" : [ 1 , 2 ],\r\n  \"a\":{ }}",
    "{\"z\":1,\"id\":1,\"a\":2,\"Z\":3}",
    "{\"id\":1,\"n\":[0,-0,1.0,1.10,1e5,1E+5,1e-400,1e400,12345678901234567890123]}",
    "{\"id\":1,\"n\":0.1000000000000000055511151231257827}",
    "{\"id\":1,\"s\":\"\\/\\u002f/\\b\\f\\n\\r\\t\\\"\\\\\\u00e9\xc3\xa9\\ud83d\\ude00\xf0\x9f\x98\x80\"}",
    "{\"id\":1,\"a\":1,\"a\":2,\"a\":{\"b\":1,\"b\":1}}",
    "{\"id\":1,\"\":{\"\":[\"\",null,true,false]}}",
    "{\"id\":1,\"s\":\"\x7f\xc2\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf\"}",
    "{\"id\":1,\"nul\\u0000key\":\"nul\\u0000value\"}",
    "{\"id\":1,\"s\":\"it's\"}",
  };
  for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
    delete (t, "Issue", "{'id':1}");
    expect_kept(t, "1", payloads[i], payloads[i]);
  }
}

TEST(test_white_space_around_a_record_is_not_kept) {
  expect_kept(t, "1", " \t\r\n{\"id\":1}\n ", "{\"id\":1}");
  expect_kept(t, "2", " [ { \"id\":2} , {\"id\" :3} ] ", "{ \"id\":2}");
  SAME(payload(t, "3"), "{'id' :3}");
}

TEST(test_lone_surrogates_are_kept_in_a_payload) {
  expect_kept(t, "1", "{\"id\":1,\"a\":\"\\ud800\",\"b\":\"\\udfffx\",\"\\ud800\":0}",
              "{\"id\":1,\"a\":\"\\ud800\",\"b\":\"\\udfffx\",\"\\ud800\":0}");
}

TEST(test_the_metadata_member_is_dropped) {
  expect_kept(t, "1", "{\"_nango_metadata\":{\"x\":[1,{}]},\"id\":1,\"a\":2}", "{\"id\":1,\"a\":2}");
  expect_kept(t, "2", "{\"id\":2,\"_nango_metadata\":null,\"a\":2}", "{\"id\":2,\"a\":2}");
  expect_kept(t, "3", "{\"id\":3,\"_nango_metadata\":\"}\"}", "{\"id\":3}");
  expect_kept(t, "4", "{\"_nango_metadata\":1,\"id\":4,\"_nango_metadata\":2}", "{\"id\":4}");
}

TEST(test_the_metadata_member_is_dropped_however_its_key_is_escaped) {
  expect_kept(t, "1", "{\"id\":1,\"\\u005fnango_metadata\":{}}", "{\"id\":1}");
  expect_kept(t, "2", "{\"\\u005F\\u006eango\\u005fmetadat\\u0061\":{},\"id\":2}", "{\"id\":2}");
}

TEST(test_only_a_top_level_metadata_member_is_dropped) {
  expect_kept(t, "1", "{\"id\":1,\"a\":{\"_nango_metadata\":1}}", "{\"id\":1,\"a\":{\"_nango_metadata\":1}}");
  expect_kept(t, "2", "{\"id\":2,\"_nango_metadata \":1,\"nango_metadata\":2,\"_NANGO_METADATA\":3}",
              "{\"id\":2,\"_nango_metadata \":1,\"nango_metadata\":2,\"_NANGO_METADATA\":3}");
}

TEST(test_text_that_is_not_json_is_refused) {
  static const char *const texts[] = {
    "",
    " ",
    "[",
    "]",
    "{",
    "}",
    "[{\"id\":1}",
    "{\"id\":1}}",
    "[{\"id\":1}]]",
    "[{\"id\":1},]",
    "[,{\"id\":1}]",
    "[{\"id\":1}{\"id\":2}]",
    "{\"id\":1}{\"id\":2}",
    "{\"id\":1},{\"id\":2}",
    "{\"id\":1,}",
    "{,\"id\":1}",
    "{\"id\"}",
    "{\"id\":}",
    "{\"id\" 1}",
    "{id:1}",
    "{'id':1}",
    "{\"id\":01}",
    "{\"id\":+1}",
    "{\"id\":.5}",
    "{\"id\":1.}",
    "{\"id\":1e}",
    "{\"id\":1e+}",
    "{\"id\":-}",
    "{\"id\":--1}",
    "{\"id\":0x10}",
    "{\"id\":1,\"a\":NaN}",
    "{\"id\":1,\"a\":Infinity}",
    "{\"id\":1,\"a\":nul}",
    "{\"id\":1,\"a\":nulll}",
    "{\"id\":1,\"a\":True}",
    "{\"id\":1,\"a\":undefined}",
    "{\"id\":1,\"a\":\"}",
    "{\"id\":1,\"a\":\"\\\"}",
    "{\"id\":1,\"a\":\"\\x41\"}",
    "{\"id\":1,\"a\":\"\\u12\"}",
    "{\"id\":1,\"a\":\"\\u12g4\"}",
    "{\"id\":1,\"a\":\"\\'\"}",
    "{\"id\":1,\"a\":\"\n\"}",
    "{\"id\":1,\"a\":\"\t\"}",
    "{\"id\":1,\"a\":\"\x1f\"}",
    "{\"id\":1,\"a\n\":1}",
    "{\"id\":1}//",
    "/**/{\"id\":1}",
    "{\"id\":1,\"a\":[1 2]}",
    "{\"id\":1,\"a\":[1,]}",
    "{\"id\":1,\"a\":[}",
    "{\"id\":1,\"a\":{]}",
    "{\"id\":1,\"a\":[1}}",
    "\xef\xbb\xbf{\"id\":1}",
    "{\"id\":1}\xc2\xa0",
    "{\"id\":1\x0b}",
    "{\"id\":1 1}",
    "{\"id\":1,\"a\":1 2}",
    "{\"id\":1,\"a\":-a}",
    "{\"id\":1,\"a\":1.2.3}",
    "{\"id\":1,\"a\":1e5.5}",
    "{\"id\":1,1:1}",
    "{\"id\":1,null:1}",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_not_json(t, texts[i]);
  SAME(ids(t, NULL), "");
}

TEST(test_anything_but_objects_is_refused) {
  static const char *const texts[] = {"1",       "\"a\"",          "null",           "true",
                                      "[1]",     "[null]",         "[[]]",           "[[{\"id\":1}]]",
                                      "[\"a\"]", "[{\"id\":1},2]", "[{\"id\":1},[]]"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_not_json(t, texts[i]);
  SAME(ids(t, NULL), "");
}

TEST(test_a_bad_record_refuses_the_whole_call) {
  nangolite_changes changes;
  static const nangolite_changes none = {0};
  memset(&changes, 1, sizeof changes);
  save(t, "Issue", "{'id':1,'a':1}");
  const char *json = double_quoted(t, "[{'id':1,'a':2},{'id':2},{'id':[]},{'id':4}]");
  REFUSED(nangolite_records_save(t->store, &issues, json, -1, &changes), "2");
  assert_memory_equal(&changes, &none, sizeof none);
  SAME(ids(t, NULL), "1");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_the_message_gives_the_position_in_the_array) {
  REFUSED(save_text(t, "[{'id':1},{'id':2},{'id':7},x]"), "3");
  REFUSED(save_text(t, "[{'id':10},{'id':10},{'a':5}]"), "2");
  REFUSED(nangolite_records_delete(t->store, &issues, "[{\"id\":0},{\"id\":0},{}]", -1, NULL), "2");
  REFUSED(nangolite_records_update(t->store, &issues, "[{\"id\":0},{\"id\":0},{}]", -1, NULL), "2");
}

TEST(test_a_single_object_is_an_array_of_one) {
  SAME(save(t, "Issue", "{'id':1}"), "1 added");
  SAME(update(t, "Issue", "{'id':1,'a':1}"), "1 updated");
  SAME(delete (t, "Issue", "{'id':1}"), "1 deleted");
}

TEST(test_an_empty_array_is_fine_and_changes_nothing) {
  SAME(save(t, "Issue", "[]"), "nothing");
  SAME(update(t, "Issue", " [ ] "), "nothing");
  SAME(delete (t, "Issue", "[]"), "nothing");
  save(t, "Issue", "{'id':1}");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0"); /* the first stamp */
}

TEST(test_length_bounds_what_is_read) {
  static const char text[] = "{\"id\":1}{\"id\":2}";
  char *exact = malloc(8);
  memcpy(exact, text, 8);
  OK(save_bytes(t, exact, 8));
  for (size_t length = 0; length < 8; length++) FAILS(NANGOLITE_INVALID, save_bytes(t, exact, length));
  free(exact);
  FAILS(NANGOLITE_INVALID, save_bytes(t, text, 9));
  FAILS(NANGOLITE_INVALID, nangolite_records_save(t->store, &issues, text, -1, NULL));
  FAILS(NANGOLITE_INVALID, nangolite_records_save(t->store, &issues, text, -2, NULL));
  SAME(ids(t, NULL), "1");
}

TEST(test_a_nul_byte_inside_the_length_is_refused) {
  FAILS(NANGOLITE_INVALID, save_bytes(t, "{\"id\":1}\0", 9));
  FAILS(NANGOLITE_INVALID, save_bytes(t, "{\"id\":1,\"a\":\"\0\"}", 16));
  FAILS(NANGOLITE_INVALID, save_bytes(t, "\0{\"id\":1}", 9));
}

TEST(test_bytes_that_are_not_utf8_are_refused) {
  static const char *const bytes[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3(",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xe2\x82",
                                      "\xe2(\xa1",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x9f\x98",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff"};
  for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
    char json[64];
    snprintf(json, sizeof json, "{\"id\":1,\"a\":\"%s\"}", bytes[i]);
    expect_not_json(t, json);
    snprintf(json, sizeof json, "{\"id\":1,\"a\":{\"%s\":1}}", bytes[i]);
    expect_not_json(t, json);
    snprintf(json, sizeof json, "{\"id\":\"%s\"}", bytes[i]);
    expect_not_json(t, json);
    snprintf(json, sizeof json, "{\"id\":1}%s", bytes[i]);
    expect_not_json(t, json);
  }
  SAME(ids(t, NULL), "");
}

/* {"id":1,"a":[[…]]} in which `depth` arrays and objects stand in each other, the record counted. */
static char *nested(int depth, int close) {
  size_t inner = (size_t)depth - 1;
  char *json = malloc(2 * inner + 32);
  size_t at = (size_t)sprintf(json, "{\"id\":1,\"a\":");
  for (size_t i = 0; i < inner; i++) json[at++] = '[';
  for (size_t i = 0; close && i < inner; i++) json[at++] = ']';
  if (close) json[at++] = '}';
  json[at] = 0;
  return json;
}

TEST(test_nesting_of_1000_is_kept) {
  char *json = nested(1000, 1);
  expect_kept(t, "1", json, json);
  free(json);
}

TEST(test_nesting_deeper_than_1000_is_refused) {
  char *json = nested(1001, 1);
  REFUSED(save_bytes(t, json, strlen(json)), "1000");
  free(json);
}

TEST(test_nesting_of_a_million_is_refused_without_overflow) {
  for (int close = 0; close < 2; close++) {
    char *json = nested(1000000, close);
    FAILS(NANGOLITE_INVALID, save_bytes(t, json, strlen(json)));
    free(json);
  }
}

TEST(test_a_large_payload_comes_out_byte_for_byte) {
  const size_t length = 5000000;
  char *json = malloc(length + 64);
  size_t at = (size_t)sprintf(json, "{\"id\":1,\"a\":\"");
  for (size_t i = 0; i < length; i++) json[at++] = (char)('a' + i % 26);
  strcpy(json + at, "\"}");
  expect_kept(t, "1", json, json);
  free(json);
}

TEST(test_ten_thousand_records_in_one_call) {
  nangolite_changes changes;
  char *json = malloc(10000 * 32);
  size_t at = 0;
  for (int i = 0; i < 10000; i++) at += (size_t)sprintf(json + at, "%c{\"id\":%d}", i ? ',' : '[', i);
  strcpy(json + at, "]");
  OK(nangolite_records_save(t->store, &issues, json, -1, &changes));
  free(json);
  SAME(changes_text(t, changes), "10000 added");
  assert_int_equal(live(t, "Issue"), 10000);
}

TESTS(MEMORY(test_a_payload_comes_out_byte_for_byte), MEMORY(test_white_space_around_a_record_is_not_kept),
      MEMORY(test_lone_surrogates_are_kept_in_a_payload), MEMORY(test_the_metadata_member_is_dropped),
      MEMORY(test_the_metadata_member_is_dropped_however_its_key_is_escaped),
      MEMORY(test_only_a_top_level_metadata_member_is_dropped), MEMORY(test_text_that_is_not_json_is_refused),
      MEMORY(test_anything_but_objects_is_refused), MEMORY(test_a_bad_record_refuses_the_whole_call),
      MEMORY(test_the_message_gives_the_position_in_the_array),
      MEMORY(test_a_single_object_is_an_array_of_one),
      MEMORY(test_an_empty_array_is_fine_and_changes_nothing), MEMORY(test_length_bounds_what_is_read),
      MEMORY(test_a_nul_byte_inside_the_length_is_refused), MEMORY(test_bytes_that_are_not_utf8_are_refused),
      MEMORY(test_nesting_of_1000_is_kept), MEMORY(test_nesting_deeper_than_1000_is_refused),
      MEMORY(test_nesting_of_a_million_is_refused_without_overflow),
      MEMORY(test_a_large_payload_comes_out_byte_for_byte), MEMORY(test_ten_thousand_records_in_one_call))
