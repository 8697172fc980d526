/* White-box tests of the parts of a request: target takes it apart, route tells which it is, input checks
** what it gives, reply writes records. */
#include "../nangolite.c"
#include "plain.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void assert_slice(slice found, const char *expected) {
  char *written = sqlite3_mprintf("%.*s", (int)found.length, found.at == NULL ? "" : found.at);
  if (expected == NULL) assert_null(found.at);
  else assert_string_equal(written, expected);
  sqlite3_free(written);
}

/* ---- target -------------------------------------------------------------------------------------------- */

PLAIN_TEST(test_a_target_is_a_path_and_a_query) {
  static const struct {
    const char *target, *path, *query;
  } cases[] = {
    {"", "", ""},
    {"/", "/", ""},
    {"/records", "/records", ""},
    {"/records/", "/records", ""},
    {"/records//", "/records/", ""},
    {"/records?", "/records", ""},
    {"/records?model=A&limit=1", "/records", "model=A&limit=1"},
    {"/records?a=b?c", "/records", "a=b?c"},
    {"/records#x?y", "/records", ""},
    {"/records?a=b#c", "/records", "a=b"},
    {"/%2Frecords", "/%2Frecords", ""},
    {"https://api.example.com/records?a=b", "/records", "a=b"},
    {"http://localhost:3003/records", "/records", ""},
    {"https://api.example.com?a=b", "", "a=b"},
    {"https://api.example.com", "", ""},
    {"/a://b", "/a://b", ""},
    {"records:/x", "records:/x", ""},
    {"?a=b", "", "a=b"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    target_parts parts = target_of(slice_of(cases[i].target));
    assert_slice(parts.path, cases[i].path);
    assert_slice(parts.query, cases[i].query);
  }
}

PLAIN_TEST(test_segments_stand_between_slashes) {
  slice path = slice_of("/sync//a%2Fb/"), segment;
  static const char *const expected[] = {"sync", "", "a%2Fb", ""};
  for (size_t i = 0; i < COUNT(expected); i++) {
    assert_true(target_next_segment(&path, &segment));
    assert_slice(segment, expected[i]);
  }
  assert_false(target_next_segment(&path, &segment));
  slice relative = slice_of("sync");
  assert_false(target_next_segment(&relative, &segment));
}

PLAIN_TEST(test_pairs_stand_between_ampersands) {
  slice pairs = slice_of("&&a=1&b&c==&=d&"), name, value;
  static const char *const expected[][2] = {{"a", "1"}, {"b", ""}, {"c", "="}, {"", "d"}};
  for (size_t i = 0; i < COUNT(expected); i++) {
    assert_true(target_next_pair(&pairs, &name, &value));
    assert_slice(name, expected[i][0]);
    assert_slice(value, expected[i][1]);
  }
  assert_false(target_next_pair(&pairs, &name, &value));
}

PLAIN_TEST(test_headers_stand_on_lines_and_lose_the_blanks_around_them) {
  slice headers = slice_of("\r\nA: 1\r\n b\t:  2:3 \n\nC:\nno colon\n: no name\nD: 4"), name, value;
  static const char *const expected[][2] = {{"A", "1"},         {"b", "2:3"},        {"C", ""},
                                            {"no colon", NULL}, {": no name", NULL}, {"D", "4"}};
  for (size_t i = 0; i < COUNT(expected); i++) {
    assert_true(target_next_header(&headers, &name, &value));
    assert_slice(name, expected[i][0]);
    assert_slice(value, expected[i][1]);
  }
  assert_false(target_next_header(&headers, &name, &value));
}

PLAIN_TEST(test_a_header_is_found_by_its_name_in_any_letter_case_and_the_first_counts) {
  slice headers = slice_of("x\nAUTHORIZATION: one\nauthorization: two\nauthorization-x: three");
  assert_slice(target_header(headers, "authorization"), "one");
  assert_slice(target_header(headers, "authorization-x"), "three");
  assert_slice(target_header(headers, "x"), NULL);
}

PLAIN_TEST(test_percent_encoded_bytes_are_decoded_and_what_is_none_stays) {
  static const struct {
    const char *written, *in_a_path, *in_a_form;
  } cases[] = {
    {"", "", ""},
    {"plain", "plain", "plain"},
    {"a+b", "a+b", "a b"},
    {"%41%62%2f", "Ab/", "Ab/"},
    {"%2B", "+", "+"},
    {"%2b%20", "+ ", "+ "},
    {"%c3%A9", "\xc3\xa9", "\xc3\xa9"},
    {"100%", "100%", "100%"},
    {"%4", "%4", "%4"},
    {"%4x", "%4x", "%4x"},
    {"%%41", "%A", "%A"},
    {"%g0", "%g0", "%g0"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    text path = {0}, form = {0};
    target_decode(slice_of(cases[i].written), CODING_PATH, &path);
    target_decode(slice_of(cases[i].written), CODING_FORM, &form);
    assert_slice((slice){path.at, path.length}, cases[i].in_a_path);
    assert_slice((slice){form.at, form.length}, cases[i].in_a_form);
    text_free(&path);
    text_free(&form);
  }
}

PLAIN_TEST(test_a_segment_spells_a_word_however_it_is_encoded) {
  static const struct {
    const char *written;
    int spells;
  } cases[] = {
    {"sync", 1}, {"%73ync", 1}, {"%73%79%6E%63", 1}, {"syn", 0}, {"synca", 0},
    {"Sync", 0}, {"", 0},       {"%73", 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_int_equal(target_spells(slice_of(cases[i].written), slice_of("sync")), cases[i].spells);
}

/* ---- route --------------------------------------------------------------------------------------------- */

PLAIN_TEST(test_each_request_is_told_by_its_method_and_path) {
  static const struct {
    const char *method, *path;
    route_id id;
  } cases[] = {
    {"GET", "/records", ROUTE_RECORDS},
    {"get", "/%72ecords", ROUTE_RECORDS},
    {"PATCH", "/records/prune", ROUTE_PRUNE},
    {"POST", "/sync/trigger", ROUTE_TRIGGER},
    {"POST", "/sync/start", ROUTE_START},
    {"POST", "/sync/pause", ROUTE_PAUSE},
    {"GET", "/sync/status", ROUTE_STATUS},
    {"PUT", "/sync/update-connection-frequency", ROUTE_FREQUENCY},
    {"GET", "/environment-variables", ROUTE_ENVIRONMENT},
    {"POST", "/sync/issues/variant/copy", ROUTE_VARIANT_CREATE},
    {"DELETE", "/sync/issues/variant/copy", ROUTE_VARIANT_DELETE},
    {"Delete", "/sync/trigger/variant/start", ROUTE_VARIANT_DELETE},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    route_choice chosen = route_choose(slice_of(cases[i].method), slice_of(cases[i].path));
    assert_true(chosen.path_is_known);
    assert_non_null(chosen.route);
    assert_int_equal(chosen.id, cases[i].id);
  }
}

PLAIN_TEST(test_the_names_in_a_path_are_taken_as_they_are_written) {
  route_choice chosen = route_choose(slice_of("POST"), slice_of("/sync/a%20b/variant/%2f"));
  assert_slice(chosen.uri[0], "a%20b");
  assert_slice(chosen.uri[1], "%2f");
}

PLAIN_TEST(test_a_path_that_is_none_is_not_known) {
  /* clang-format off */
  static const char *const paths[] = {
    "", "/", "/record", "/records/", "/records/x", "records", "//records", "/sync", "/sync/x",
    "/sync/trigger/x", "/sync//variant/x", "/sync/x/variant/", "/sync/x/variants/y", "/sync/x/variant/y/z",
    "/Records"};
  /* clang-format on */
  for (size_t i = 0; i < COUNT(paths); i++)
    assert_false(route_choose(slice_of("GET"), slice_of(paths[i])).path_is_known);
}

PLAIN_TEST(test_a_method_that_a_path_has_not_has_no_route) {
  static const char *const methods[] = {"", "POST", "GETS", "GE", "HEAD", "OPTIONS"};
  for (size_t i = 0; i < COUNT(methods); i++) {
    route_choice chosen = route_choose(slice_of(methods[i]), slice_of("/records"));
    assert_true(chosen.path_is_known);
    assert_null(chosen.route);
  }
}

/* The table itself: what other parts rely on. */
PLAIN_TEST(test_every_route_is_described) {
  for (int id = 0; id < ROUTE_COUNT; id++) {
    int names = 0, braces = 0;
    for (const param *p = routes[id].params; p->name != NULL; p++) {
      assert_int_not_equal(p->value, VALUE_NONE);
      if (p->kind == KIND_INTEGER) assert_true(p->maximum > 0 || (p->flags & PARAM_PAGE_LIMIT));
      names += p->place == PLACE_URI;
    }
    for (const char *c = routes[id].path; *c != '\0'; c++) braces += *c == '{';
    assert_int_equal(names, braces);
    assert_in_range(names, 0, ROUTE_URI_MAX);
    assert_non_null(request_handlers[id]);
  }
}

/* ---- input --------------------------------------------------------------------------------------------- */

/* The strings of an input point into one text, which must not be moved: all room is reserved at first. */
PLAIN_TEST(test_the_strings_of_a_request_need_no_more_room_than_the_request) {
  static const struct {
    const char *method, *path, *query, *headers, *body;
  } cases[] = {
    {"GET", "/records", "", "", ""},
    {"GET", "/records", "ids&ids&ids=&ids=1", "", ""},
    {"GET", "/records", "filter=added&model=A", "provider-config-key:g\nconnection-id:u", ""},
    {"PATCH", "/records/prune", "", "connection-id:u",
     "{\"model\":\"A\",\"until_cursor\":\"\",\"variant\":\"\\u0062\",\"limit\":1}"},
    {"POST", "/sync/trigger", "", "connection-id:u", "{\"syncs\":[\"\",\"a\",\"b::c\"],\"sync_mode\":\"\"}"},
    {"GET", "/sync/status", "syncs=*&provider_config_key=g&connection_id=u", "", ""},
    {"PUT", "/sync/update-connection-frequency", "", "", "{\"frequency\":\"\",\"sync_name\":\"\"}"},
    {"POST", "/sync/a/variant/b", "", "", "{\"provider_config_key\":\"g\",\"connection_id\":\"u\"}"},
  };
  nangolite *store;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  for (size_t i = 0; i < COUNT(cases); i++) {
    input in;
    route_choice to = route_choose(slice_of(cases[i].method), slice_of(cases[i].path));
    input_source from = {.query = slice_of(cases[i].query),
                         .headers = slice_of(cases[i].headers),
                         .body = slice_of(cases[i].body),
                         .uri = to.uri};
    size_t reserved = from.query.length + from.headers.length + from.body.length;
    for (int u = 0; u < ROUTE_URI_MAX; u++) reserved += to.uri[u].length + 1;
    input_read(store, to.route, &from, &in);
    assert_in_range(in.strings.length, 0, reserved);
    input_free(&in);
  }
  nangolite_close(store);
}

/* ---- reply --------------------------------------------------------------------------------------------- */

PLAIN_TEST(test_a_record_takes_no_more_room_than_is_reserved_for_it) {
  text out = {0};
  reply_page page = {.out = &out};
  record_row row = {.key = row_key_make(1, STATE_PRUNED + ACTION_DELETED, 1),
                    .id = slice_of("id"),
                    .payload = slice_of("{\"id\":\"id\"}"),
                    .last_modified_at = TIME_MAX,
                    .first_seen_at = TIME_MAX - 1,
                    .pruned_at = TIME_MAX};
  reply_add_record(&page, &row);
  size_t first = out.length;
  reply_add_record(&page, &row); /* with a comma before it */
  assert_true(out.length - first <= row.payload.length + REPLY_METADATA_SIZE + BASE64_LENGTH(row.id.length));
  text_free(&out);
}

TESTS(PLAIN(test_the_strings_of_a_request_need_no_more_room_than_the_request),
      PLAIN(test_a_record_takes_no_more_room_than_is_reserved_for_it),
      PLAIN(test_a_target_is_a_path_and_a_query), PLAIN(test_segments_stand_between_slashes),
      PLAIN(test_pairs_stand_between_ampersands),
      PLAIN(test_headers_stand_on_lines_and_lose_the_blanks_around_them),
      PLAIN(test_a_header_is_found_by_its_name_in_any_letter_case_and_the_first_counts),
      PLAIN(test_percent_encoded_bytes_are_decoded_and_what_is_none_stays),
      PLAIN(test_a_segment_spells_a_word_however_it_is_encoded),
      PLAIN(test_each_request_is_told_by_its_method_and_path),
      PLAIN(test_the_names_in_a_path_are_taken_as_they_are_written),
      PLAIN(test_a_path_that_is_none_is_not_known), PLAIN(test_a_method_that_a_path_has_not_has_no_route),
      PLAIN(test_every_route_is_described))
