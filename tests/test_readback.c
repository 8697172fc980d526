/* A record that is read with its metadata can be saved back. */
#include "records.h"

static const char *or_null(test *t, int64_t time) {
  return time == 0 ? "null" : format(t, "'%lld'", (long long)time);
}

/* The record as the API gives it: the payload with "_nango_metadata" as its last member. */
static const char *with_metadata(test *t, const nangolite_record *one) {
  return format(
    t,
    "%.*s,'_nango_metadata':{'first_seen_at':%s,'last_modified_at':%s,'last_action':'%s','deleted_at':%s,"
    "'pruned_at':%s,'cursor':'%s'}}",
    (int)one->payload_length - 1, single_quoted(t, one->payload), or_null(t, one->first_seen_at),
    or_null(t, one->last_modified_at), one->last_action, or_null(t, one->deleted_at),
    or_null(t, one->pruned_at), one->cursor);
}

TEST(test_a_record_read_with_metadata_can_be_saved_back) {
  static const char *const records[] = {"{'id':1}", "{'id':'2','a':[1.0,{'b':null}]}",
                                        "{ 'id' : 3, 'é':'\\u00e9' }"};
  for (size_t i = 0; i < 3; i++) {
    const char *id = format(t, "%zu", i + 1);
    save(t, "Issue", records[i]);
    nangolite_clock_advance(t->store, DAYS(1));
    SAME(save(t, "Issue", with_metadata(t, record(t, "Issue", id))), "1 unchanged");
    SAME(payload(t, id), records[i]);
  }
}

TEST(test_a_record_read_can_be_changed_and_saved) {
  save(t, "Issue", "{'id':1,'a':1}");
  const char *read = with_metadata(t, record(t, "Issue", "1"));
  char *changed = (char *)(uintptr_t)format(t, "%s", read);
  strstr(changed, "'a':1")[4] = '2';
  SAME(save(t, "Issue", changed), "1 updated");
  SAME(payload(t, "1"), "{'id':1,'a':2}");
}

TEST(test_a_record_read_can_be_given_to_update_and_delete) {
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(update(t, "Issue", with_metadata(t, record(t, "Issue", "1"))), "1 unchanged");
  SAME(delete (t, "Issue", with_metadata(t, record(t, "Issue", "1"))), "1 deleted");
  SAME(save(t, "Issue", with_metadata(t, record(t, "Issue", "1"))), "1 added");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

TEST(test_a_whole_page_can_be_saved_into_another_model) {
  save(t, "Issue", "[{'id':1,'a':'x'},{'id':'b','c':[true]},{'id':3.5}]");
  nangolite_page *page;
  OK(nangolite_records_list(t->store, &issues, NULL, &page));
  const char *json = "[";
  for (size_t i = 0; i < page->count; i++)
    json = format(t, "%s%s%s", json, i ? "," : "", with_metadata(t, &page->records[i]));
  nangolite_page_free(page);
  SAME(save(t, "Copy", format(t, "%s]", json)), "3 added");
  SAME(feed(t, "Copy"), feed(t, "Issue"));
}

TEST(test_a_pruned_record_saved_back_stays_pruned_with_its_hash) {
  save(t, "Issue", "{'id':1,'a':1}");
  prune(t, NULL, 0);
  const char *before = metadata(t, "1");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", with_metadata(t, record(t, "Issue", "1"))), "1 unchanged");
  SAME(metadata(t, "1"), before);
  SAME(emptied(t, "1"), "{'id':1}");
  SAME(save(t, "Issue", "{'id':1,'a':1}"), "1 unchanged"); /* what was lost comes back */
  SAME(payload(t, "1"), "{'id':1,'a':1}");
}

/* Its own pruned_at must say so, and it must be all that there is. */
TEST(test_what_only_looks_like_a_pruned_record_is_a_change) {
  static const char *const changes[] = {"{'id':1}",
                                        "{'id':1,'_nango_metadata':{}}",
                                        "{'id':1,'_nango_metadata':{'pruned_at':null}}",
                                        "{'id':1,'_nango_metadata':'pruned_at'}",
                                        "{'id':1,'_nango_metadata':{'pruned_at':'x','pruned_at':null}}",
                                        "{'id':1,'b':2,'_nango_metadata':{'pruned_at':'x'}}"};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    save(t, "Issue", "{'id':1,'a':1}");
    prune(t, NULL, 0);
    SAME(save(t, "Issue", changes[i]), "1 updated");
  }
  SAME(save(t, "Issue", "{'id':1,'_nango_metadata':{'pruned_at':'x'}}"), "1 updated"); /* it was not pruned */
}

TEST(test_a_pruned_record_saved_back_may_change_the_type_of_its_id) {
  save(t, "Issue", "{'id':1,'a':1}");
  prune(t, NULL, 0);
  const char *before = metadata(t, "1");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(save(t, "Issue", "{'id':'1','_nango_metadata':{'pruned_at':'x'}}"), "1 unchanged");
  SAME(emptied(t, "1"), "{'id':'1'}");
  SAME(metadata(t, "1"), before);
  SAME(save(t, "Issue", "{'id':1,'a':1}"), "1 unchanged");
}

TEST(test_a_deleted_and_pruned_record_saved_back_is_added) {
  save(t, "Issue", "{'id':1,'a':1}");
  delete (t, "Issue", "{'id':1}");
  prune(t, NULL, 0);
  SAME(save(t, "Issue", with_metadata(t, record(t, "Issue", "1"))), "1 added");
}

TESTS(MEMORY(test_a_record_read_with_metadata_can_be_saved_back),
      MEMORY(test_a_record_read_can_be_changed_and_saved),
      MEMORY(test_a_record_read_can_be_given_to_update_and_delete),
      MEMORY(test_a_whole_page_can_be_saved_into_another_model),
      MEMORY(test_a_pruned_record_saved_back_stays_pruned_with_its_hash),
      MEMORY(test_what_only_looks_like_a_pruned_record_is_a_change),
      MEMORY(test_a_pruned_record_saved_back_may_change_the_type_of_its_id),
      MEMORY(test_a_deleted_and_pruned_record_saved_back_is_added))
