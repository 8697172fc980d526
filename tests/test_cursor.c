/* Cursors: what they say, what they survive, which are refused. */
#include "records.h"

/* Base64 with the standard alphabet and padding (RFC 4648 section 4). */
static const char *base64(test *t, const char *bytes) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t length = strlen(bytes);
  char *out = (char *)(uintptr_t)format(t, "%*s", (int)((length + 2) / 3 * 4), ""), *to = out;
  for (size_t i = 0; i < length; i += 3) {
    unsigned three = (unsigned)(unsigned char)bytes[i] << 16;
    if (i + 1 < length) three |= (unsigned)(unsigned char)bytes[i + 1] << 8;
    if (i + 2 < length) three |= (unsigned char)bytes[i + 2];
    for (int k = 0; k < 4; k++) *to++ = i + (size_t)k <= length ? alphabet[three >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

static int list_from(test *t, const char *cursor) {
  nangolite_query query = {.cursor = cursor};
  nangolite_page *page = NULL;
  int result = nangolite_records_list(t->store, &issues, &query, &page);
  assert_true((result == NANGOLITE_OK) == (page != NULL));
  nangolite_page_free(page);
  return result;
}

static const char *ids_from(test *t, const char *cursor) {
  nangolite_query query = {.cursor = cursor};
  return ids(t, &query);
}

TEST(test_a_cursor_is_base64_of_the_stamp_and_the_id) {
  save(t, "Issue", "[{'id':1234567},{'id':'a||b/\xc3\xa9'},{'id':'?\?>>~~'}]");
  SAME(record(t, "Issue", "1234567")->cursor, base64(t, "2024-01-15T10:30:00.000000Z||1234567"));
  SAME(record(t, "Issue", "a||b/\xc3\xa9")->cursor, base64(t, "2024-01-15T10:30:00.000001Z||a||b/\xc3\xa9"));
  SAME(record(t, "Issue", "?\?>>~~")->cursor, base64(t, "2024-01-15T10:30:00.000002Z||?\?>>~~"));
}

TEST(test_the_published_cursor_is_valid) {
  static const char published[] = "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3";
  SAME(base64(t, "2024-01-15T10:31:00.000Z||1234567"), published);
  save(t, "Issue", "{'id':'before'}");
  nangolite_clock_advance(t->store, MINUTES(2));
  save(t, "Issue", "{'id':'after'}");
  SAME(ids_from(t, published), "after");
  SAME(prune(t, published, 0), "1");
  assert_int_equal(record(t, "Issue", "after")->pruned_at, 0);
}

TEST(test_a_cursor_continues_behind_its_record) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  SAME(ids_from(t, record(t, "Issue", "1")->cursor), "2 3");
  SAME(ids_from(t, record(t, "Issue", "2")->cursor), "3");
  SAME(ids_from(t, record(t, "Issue", "3")->cursor), "");
}

TEST(test_a_cursor_stays_good_after_its_record_changed) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  const char *cursor = format(t, "%s", record(t, "Issue", "2")->cursor);
  save(t, "Issue", "{'id':2,'a':1}");
  SAME(ids_from(t, cursor), "3 2");
  delete (t, "Issue", "{'id':2}");
  SAME(ids_from(t, cursor), "3 2");
  prune(t, NULL, 0);
  SAME(ids_from(t, cursor), "3 2");
}

TEST(test_a_cursor_is_good_in_any_collection) {
  save(t, "Issue", "{'id':1}");
  save(t, "Label", "{'id':2}");
  save(t, "Issue", "{'id':3}");
  SAME(ids_from(t, record(t, "Label", "2")->cursor), "3");
}

TEST(test_a_cursor_of_a_time_with_an_offset_is_good) {
  save(t, "Issue", "{'id':1}");
  nangolite_clock_advance(t->store, MINUTES(2));
  save(t, "Issue", "{'id':2}");
  SAME(ids_from(t, base64(t, "2024-01-15T12:31:00+02:00||x")), "2");
  SAME(ids_from(t, base64(t, "2024-01-15T10:29:59.999999999Z||x")), "1 2");
  SAME(ids_from(t, base64(t, "1970-01-01T00:00:00Z||x")), "1 2");
  SAME(ids_from(t, base64(t, "9999-12-31T23:59:59Z||x")), "");
}

TEST(test_a_cursor_and_a_time_hold_together) {
  save(t, "Issue", "[{'id':1},{'id':2},{'id':3}]");
  nangolite_query query = {.cursor = base64(t, "2024-01-15T10:30:00.000001Z||0")}; /* before 2, by its id */
  SAME(ids(t, &query), "2 3");
  query.modified_after = "2024-01-15T10:30:00.000001Z";
  SAME(ids(t, &query), "3");
  query.modified_after = "2024-01-15T10:30:00.000000Z";
  SAME(ids(t, &query), "2 3");
  query.modified_after = "2024-01-15T10:30:00.000002Z";
  SAME(ids(t, &query), "");
}

TEST(test_a_cursor_of_every_length_of_id_is_good) {
  char id[200];
  for (size_t length = 1; length < sizeof id; length++) {
    memset(id, 'i', length);
    id[length] = '\0';
    nangolite_clock_advance(t->store, 1);
    save(t, "Issue", format(t, "{'id':'%s'}", id));
    const char *cursor = record(t, "Issue", id)->cursor;
    assert_int_equal(strlen(cursor) % 4, 0);
    SAME(ids_from(t, cursor), "");
  }
}

TEST(test_a_cursor_longer_than_any_record_has_is_judged_by_its_content) {
  char id[3000];
  memset(id, 'i', sizeof id - 1);
  id[sizeof id - 1] = '\0';
  save(t, "Issue", "{'id':1}");
  int result = list_from(t, base64(t, format(t, "2024-01-15T10:30:00.000000Z||%s", id)));
  assert_true(result == NANGOLITE_OK || result == NANGOLITE_INVALID_CURSOR);
}

TEST(test_text_that_is_no_base64_is_refused) {
  static const char *const texts[] = {"A",
                                      "AB",
                                      "ABC",
                                      "====",
                                      "!!!!",
                                      "abc def=",
                                      "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY",
                                      "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3\n",
                                      " MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3",
                                      "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3====",
                                      "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3=",
                                      "MjAy=C0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3",
                                      "\xff\xff\xff\xff",
                                      "2024-01-15T10:31:00.000Z||1234567",
                                      "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHw_Pz8-"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (list_from(t, texts[i]) != NANGOLITE_INVALID_CURSOR) print_error("accepted: %s\n", texts[i]);
    FAILS(NANGOLITE_INVALID_CURSOR, list_from(t, texts[i]));
    FAILS(NANGOLITE_INVALID_CURSOR, nangolite_records_prune(t->store, &issues, texts[i], 0, NULL, NULL));
  }
}

TEST(test_base64_without_padding_is_refused) {
  OK(list_from(t, base64(t, "2024-01-15T10:31:00Z||1")));
  char *cursor = (char *)(uintptr_t)base64(t, "2024-01-15T10:31:00Z||1");
  assert_string_equal(strchr(cursor, '='), "=");
  *strchr(cursor, '=') = '\0';
  FAILS(NANGOLITE_INVALID_CURSOR, list_from(t, cursor));
}

TEST(test_base64_of_anything_else_is_refused) {
  static const char *const contents[] = {"1234567",
                                         "2024-01-15T10:31:00.000Z",
                                         "2024-01-15T10:31:00.000Z|1234567",
                                         "||1234567",
                                         "yesterday||1234567",
                                         "2024-01-15||1",
                                         "2024-01-15T10:31:00.000||1",
                                         "2024-13-15T10:31:00.000Z||1",
                                         "2024-01-15T10:31:00.000Zx||1",
                                         " 2024-01-15T10:31:00.000Z||1",
                                         "1705314660000||1",
                                         "2024-02-30T10:31:00Z||1",
                                         "2024-01-15T24:00:00Z||1"};
  for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
    if (list_from(t, base64(t, contents[i])) == NANGOLITE_OK) print_error("accepted: %s\n", contents[i]);
    FAILS(NANGOLITE_INVALID_CURSOR, list_from(t, base64(t, contents[i])));
  }
}

TEST(test_a_cursor_cut_anywhere_is_never_misread) {
  save(t, "Issue", "{'id':1234567}");
  const char *cursor = record(t, "Issue", "1234567")->cursor;
  for (size_t length = 1; length < strlen(cursor); length++) {
    int result = list_from(t, format(t, "%.*s", (int)length, cursor));
    if (length % 4 != 0 || length < 40) assert_int_equal(result, NANGOLITE_INVALID_CURSOR);
  }
}

TEST(test_paging_by_cursor_sees_every_record_once) {
  for (int i = 0; i < 23; i++) save(t, "Issue", format(t, "{'id':%d}", i));
  const char *all = feed(t, "Issue");
  for (int limit = 1; limit <= 25; limit++)
    SAME(feed_of(t, t->store, issues, &(nangolite_query){.limit = limit}), all);
}

TESTS(MEMORY(test_a_cursor_is_base64_of_the_stamp_and_the_id), MEMORY(test_the_published_cursor_is_valid),
      MEMORY(test_a_cursor_continues_behind_its_record),
      MEMORY(test_a_cursor_stays_good_after_its_record_changed),
      MEMORY(test_a_cursor_is_good_in_any_collection), MEMORY(test_a_cursor_of_a_time_with_an_offset_is_good),
      MEMORY(test_a_cursor_and_a_time_hold_together), MEMORY(test_a_cursor_of_every_length_of_id_is_good),
      MEMORY(test_a_cursor_longer_than_any_record_has_is_judged_by_its_content),
      MEMORY(test_text_that_is_no_base64_is_refused), MEMORY(test_base64_without_padding_is_refused),
      MEMORY(test_base64_of_anything_else_is_refused), MEMORY(test_a_cursor_cut_anywhere_is_never_misread),
      MEMORY(test_paging_by_cursor_sees_every_record_once))
