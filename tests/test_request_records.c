/* GET /records and PATCH /records/prune. */
#include "request.h"

#define FIRST "2024-01-15T10:30:00.000000Z"
#define SECOND "2024-01-15T10:30:00.000001Z"

/* The ids of a page, in order, and whether another page follows: "1 2 3 +". */
static const char *ids(test *t, const char *answer) {
  const char *text = "", *id;
  SAME(gist(t, answer), "200");
  for (int i = 0; (id = part(t, answer, format(t, "records[%d].id", i))) != NULL; i++) {
    text = format(t, "%s%s%s", text, i == 0 ? "" : " ", id);
  }
  return strcmp(part(t, answer, "next_cursor"), "null") == 0 ? text : format(t, "%s +", text);
}

static const char *list(test *t, const char *query) {
  return ids(t, ask(t, format(t, "GET /records?model=Issue&%s", query), NULL));
}

/* Records 1 to `count`, one stamp each, from HALF_PAST_TEN on. */
static void fill(test *t, int count) {
  for (int id = 1; id <= count; id++) save(t, "Issue", format(t, "[{'id':%d}]", id));
}

/* Without the quotes around it. */
static const char *bare(test *t, const char *string) {
  return format(t, "%.*s", (int)strlen(string) - 2, string + 1);
}

TEST(test_a_record_reads_as_its_payload_with_metadata) {
  save(t, "Issue", "[{ 'title' : 'caf\\u00e9' , 'id':'a' }]");
  SAME(ask(t, "GET /records?model=Issue", NULL),
       "200 {'records':[{ 'title' : 'caf\\u00e9' , 'id':'a' ,'_nango_metadata':{'first_seen_at':'" FIRST
       "','last_modified_at':'" FIRST "','last_action':'ADDED','deleted_at':null,'pruned_at':null,"
       "'cursor':'MjAyNC0wMS0xNVQxMDozMDowMC4wMDAwMDBafHxh'}}],'next_cursor':null}");
}

TEST(test_metadata_tell_what_happened_to_a_record) {
  save(t, "Issue", "[{'id':1}]");
  save(t, "Issue", "[{'id':1,'a':2}]");
  const char *answer = ask(t, "GET /records?model=Issue", NULL);
  SAME(part(t, answer, "records[0]._nango_metadata.first_seen_at"), "'" FIRST "'");
  SAME(part(t, answer, "records[0]._nango_metadata.last_modified_at"), "'" SECOND "'");
  SAME(part(t, answer, "records[0]._nango_metadata.last_action"), "'UPDATED'");
  nangolite_clock_advance(t->store, SECONDS(1));
  delete (t, "Issue", "[{'id':1}]");
  answer = ask(t, "GET /records?model=Issue", NULL);
  SAME(part(t, answer, "records[0]._nango_metadata.last_action"), "'DELETED'");
  SAME(part(t, answer, "records[0]._nango_metadata.deleted_at"), "'2024-01-15T10:30:01.000000Z'");
  SAME(part(t, answer, "records[0].a"), "2");
}

TEST(test_a_record_that_was_answered_can_be_saved_back) {
  save(t, "Issue", "[{'id':1,'a':[true]}]");
  const char *answer = ask(t, "GET /records?model=Issue", NULL);
  SAME(save(t, "Issue", part(t, answer, "records")), "1 unchanged");
}

TEST(test_nothing_there_is_an_empty_page) {
  SAME(ask(t, "GET /records?model=Issue", NULL), "200 {'records':[],'next_cursor':null}");
  SAME(ask(t, "GET /records?model=Issue&variant=eu", NULL), "200 {'records':[],'next_cursor':null}");
}

TEST(test_pages_follow_each_other_by_cursor) {
  fill(t, 5);
  const char *cursor = "", *all = "";
  for (int page = 0; page < 3; page++) {
    const char *answer = ask(t, format(t, "GET /records?model=Issue&limit=2%s", cursor), NULL);
    all = format(t, "%s[%s]", all, ids(t, answer));
    cursor = format(t, "&cursor=%s", bare(t, part(t, answer, "next_cursor")));
  }
  SAME(all, "[1 2 +][3 4 +][5]");
}

TEST(test_next_cursor_is_that_of_the_last_record) {
  fill(t, 3);
  const char *answer = ask(t, "GET /records?model=Issue&limit=2", NULL);
  SAME(part(t, answer, "next_cursor"), part(t, answer, "records[1]._nango_metadata.cursor"));
}

TEST(test_next_cursor_is_null_exactly_where_nothing_follows_that_matches) {
  fill(t, 4);
  delete (t, "Issue", "[{'id':4}]");
  SAME(list(t, "limit=3&filter=added"), "1 2 3");
  SAME(list(t, "limit=2&filter=added"), "1 2 +");
  SAME(list(t, "limit=3"), "1 2 3 +");
  SAME(list(t, "limit=4"), "1 2 3 4");
}

TEST(test_limit_is_100_unless_given) {
  fill(t, 101);
  SAME(part(t, ask(t, "GET /records?model=Issue", NULL), "records[99].id"), "100");
  assert_null(part(t, ask(t, "GET /records?model=Issue", NULL), "records[100]"));
  SAME(part(t, ask(t, "GET /records?model=Issue&limit=500", NULL), "records[100].id"), "101");
}

TEST(test_modified_after_is_strictly_after) {
  fill(t, 3);
  SAME(list(t, "modified_after=2024-01-15T10:30:00.000001Z"), "3");
  SAME(list(t, "modified_after=2024-01-15T10:29:59.999999Z"), "1 2 3");
  SAME(list(t, "modified_after=2024-01-15T11:30:00%2b01:00"), "2 3");
  SAME(list(t, "modified_after=2024-01-15T10:30:00Z"), "2 3");
}

TEST(test_delta_is_an_older_name_and_goes_before_modified_after) {
  fill(t, 3);
  SAME(list(t, "delta=2024-01-15T10:30:00Z"), "2 3");
  SAME(list(t, "delta=2024-01-15T10:30:00Z&modified_after=2024-01-15T10:30:00.000001Z"), "2 3");
  SAME(list(t, "delta=2024-01-15T10:30:00.000001Z&modified_after=2024-01-15T10:30:00Z"), "3");
}

TEST(test_a_cursor_and_modified_after_both_hold) {
  fill(t, 4);
  const char *answer = ask(t, "GET /records?model=Issue&limit=2", NULL);
  const char *cursor = bare(t, part(t, answer, "next_cursor"));
  SAME(list(t, format(t, "cursor=%s&modified_after=2024-01-15T10:30:00.000002Z", cursor)), "4");
  SAME(list(t, format(t, "cursor=%s&modified_after=2024-01-15T10:29:00Z", cursor)), "3 4");
}

TEST(test_filters_are_a_union_in_any_letter_case) {
  fill(t, 3);
  save(t, "Issue", "[{'id':2,'a':1}]");
  delete (t, "Issue", "[{'id':3}]");
  SAME(list(t, "filter=added"), "1");
  SAME(list(t, "filter=UPDATED"), "2");
  SAME(list(t, "filter=Deleted"), "3");
  SAME(list(t, "filter=added,deleted"), "1 3");
  SAME(list(t, "filter=added%2Cupdated%2CDELETED"), "1 2 3");
  SAME(list(t, "filter=added,added"), "1");
}

TEST(test_ids_are_repeatable_and_numbers_are_named_by_their_text) {
  fill(t, 4);
  save(t, "Issue", "[{'id':'a b+c&d'},{'id':'caf\xc3\xa9'}]");
  SAME(list(t, "ids=3&ids=1&ids=9&ids=1"), "1 3");
  SAME(list(t, "ids=a+b%2Bc%26d&ids=caf%C3%A9"), "'a b+c&d' 'caf\xc3\xa9'");
  SAME(list(t, "ids=1&ids=2&limit=1"), "1 +");
  SAME(list(t, "ids=1&ids=2&filter=deleted"), "");
}

TEST(test_ids_are_given_as_http_clients_write_arrays) {
  fill(t, 4);
  SAME(list(t, "ids[]=3&ids[]=1"), "1 3");
  SAME(list(t, "ids%5B%5D=3&ids%5b%5d=1"), "1 3");
  SAME(list(t, "ids[0]=3&ids[1]=1&ids[17]=2"), "1 2 3");
  SAME(list(t, "ids=3&ids[]=1&ids[0]=4"), "1 3 4");
}

TEST(test_a_variant_has_records_of_its_own_and_base_is_the_default) {
  nangolite_scope eu = {"github", "user-1", "Issue", "eu"};
  fill(t, 1);
  OK(nangolite_records_save(t->store, &eu, "[{\"id\":2}]", -1, NULL));
  SAME(list(t, "variant=eu"), "2");
  SAME(list(t, "variant=base"), "1");
  SAME(list(t, "variant=BASE"), "1");
  SAME(list(t, ""), "1");
}

TEST(test_large_payloads_are_answered_whole) {
  const char *large = format(t, "%0300000d", 0);
  save(t, "Issue", format(t, "[{'id':1,'a':'%s'},{'id':2}]", large));
  const char *answer = ask(t, "GET /records?model=Issue", NULL);
  SAME(part(t, answer, "records[0].a"), format(t, "'%s'", large));
  SAME(part(t, answer, "records[1].id"), "2");
}

TEST(test_a_page_ends_before_page_bytes) {
  nangolite_options options = {.page_bytes = 20};
  reopen(t, &options);
  fill(t, 5);
  SAME(list(t, ""), "1 2 +");
}

/* ---- pruning ---- */

static const char *prune(test *t, const char *body) {
  return ask(t, "PATCH /records/prune", body);
}

static const char *cursor_of(test *t, int number) {
  const char *answer = ask(t, "GET /records?model=Issue", NULL);
  return bare(t, part(t, answer, format(t, "records[%d]._nango_metadata.cursor", number - 1)));
}

TEST(test_pruning_empties_payloads_up_to_the_cursor_and_its_record) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  SAME(prune(t, format(t, "{'model':'Issue','until_cursor':'%s'}", cursor_of(t, 2))),
       "200 {'count':2,'has_more':false}");
  const char *answer = ask(t, "GET /records?model=Issue", NULL);
  SAME(part(t, answer, "records[0].a"), NULL);
  SAME(part(t, answer, "records[0]._nango_metadata.pruned_at"), "'" FIRST "'");
  SAME(part(t, answer, "records[1].a"), NULL);
  SAME(part(t, answer, "records[2].a"), "1");
  SAME(part(t, answer, "records[2]._nango_metadata.pruned_at"), "null");
}

TEST(test_pruning_with_a_limit_takes_the_oldest_and_tells_whether_there_is_more) {
  fill(t, 3);
  const char *until = cursor_of(t, 3);
  SAME(prune(t, format(t, "{'model':'Issue','until_cursor':'%s','limit':2}", until)),
       "200 {'count':2,'has_more':true}");
  SAME(prune(t, format(t, "{'model':'Issue','until_cursor':'%s','limit':1}", until)),
       "200 {'count':1,'has_more':false}");
  SAME(prune(t, format(t, "{'model':'Issue','until_cursor':'%s','limit':1}", until)),
       "200 {'count':0,'has_more':false}");
}

TEST(test_pruning_a_variant_leaves_base_alone) {
  nangolite_scope eu = {"github", "user-1", "Issue", "eu"};
  fill(t, 1);
  OK(nangolite_records_save(t->store, &eu, "[{\"id\":1,\"a\":1}]", -1, NULL));
  const char *answer = ask(t, "GET /records?model=Issue&variant=eu", NULL);
  const char *until = bare(t, part(t, answer, "records[0]._nango_metadata.cursor"));
  SAME(prune(t, format(t, "{'model':'Issue','variant':'eu','until_cursor':'%s'}", until)),
       "200 {'count':1,'has_more':false}");
  SAME(part(t, ask(t, "GET /records?model=Issue", NULL), "records[0]._nango_metadata.pruned_at"), "null");
}

TESTS(EVERYWHERE(test_a_record_reads_as_its_payload_with_metadata),
      MEMORY(test_metadata_tell_what_happened_to_a_record),
      MEMORY(test_a_record_that_was_answered_can_be_saved_back), MEMORY(test_nothing_there_is_an_empty_page),
      MEMORY(test_pages_follow_each_other_by_cursor), MEMORY(test_next_cursor_is_that_of_the_last_record),
      MEMORY(test_next_cursor_is_null_exactly_where_nothing_follows_that_matches),
      MEMORY(test_limit_is_100_unless_given), MEMORY(test_modified_after_is_strictly_after),
      MEMORY(test_delta_is_an_older_name_and_goes_before_modified_after),
      MEMORY(test_a_cursor_and_modified_after_both_hold), MEMORY(test_filters_are_a_union_in_any_letter_case),
      MEMORY(test_ids_are_repeatable_and_numbers_are_named_by_their_text),
      MEMORY(test_ids_are_given_as_http_clients_write_arrays),
      MEMORY(test_a_variant_has_records_of_its_own_and_base_is_the_default),
      MEMORY(test_large_payloads_are_answered_whole), MEMORY(test_a_page_ends_before_page_bytes),
      EVERYWHERE(test_pruning_empties_payloads_up_to_the_cursor_and_its_record),
      MEMORY(test_pruning_with_a_limit_takes_the_oldest_and_tells_whether_there_is_more),
      MEMORY(test_pruning_a_variant_leaves_base_alone))
