/* Updating: the deep merge into what is stored. */
#include "records.h"

/* What is stored, a patch, and what then is stored; NULL: unchanged. */
typedef struct merging {
  const char *stored, *patch, *merged;
} merging;

static void expect_merged(test *t, const merging *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    delete (t, "Issue", "{'id':1}");
    save(t, "Issue", cases[i].stored);
    const char *changes = update(t, "Issue", cases[i].patch);
    if (cases[i].merged == NULL) {
      SAME(changes, "1 unchanged");
      SAME(payload(t, "1"), cases[i].stored);
    } else {
      SAME(payload(t, "1"), cases[i].merged);
      SAME(changes, "1 updated");
    }
  }
}

#define MERGE(...)                                                                                           \
  do {                                                                                                       \
    static const merging cases[] = {__VA_ARGS__};                                                            \
    expect_merged(t, cases, sizeof cases / sizeof *cases);                                                   \
  } while (0)

TEST(test_objects_merge_member_by_member) {
  MERGE({"{'id':1,'a':1}", "{'id':1,'b':2}", "{'id':1,'a':1,'b':2}"},
        {"{'id':1,'a':1,'b':2}", "{'id':1,'a':3}", "{'id':1,'a':3,'b':2}"},
        {"{'id':1,'o':{'x':1,'y':2}}", "{'id':1,'o':{'y':3,'z':4}}", "{'id':1,'o':{'x':1,'y':3,'z':4}}"},
        {"{'id':1,'o':{'p':{'q':{'r':1}}}}", "{'id':1,'o':{'p':{'q':{'s':2}}}}",
         "{'id':1,'o':{'p':{'q':{'r':1,'s':2}}}}"},
        {"{'id':1,'o':{}}", "{'id':1,'o':{'a':1}}", "{'id':1,'o':{'a':1}}"},
        {"{'id':1,'o':{'':1}}", "{'id':1,'o':{'':2}}", "{'id':1,'o':{'':2}}"});
}

TEST(test_arrays_are_replaced) {
  MERGE({"{'id':1,'a':[1,2,3]}", "{'id':1,'a':[4]}", "{'id':1,'a':[4]}"},
        {"{'id':1,'a':[{'x':1}]}", "{'id':1,'a':[{'y':2}]}", "{'id':1,'a':[{'y':2}]}"},
        {"{'id':1,'a':[1]}", "{'id':1,'a':[]}", "{'id':1,'a':[]}"});
}

TEST(test_what_has_another_type_is_replaced) {
  MERGE({"{'id':1,'a':{'x':1}}", "{'id':1,'a':2}", "{'id':1,'a':2}"},
        {"{'id':1,'a':2}", "{'id':1,'a':{'x':1,'y':{}}}", "{'id':1,'a':{'x':1,'y':{}}}"},
        {"{'id':1,'a':[1]}", "{'id':1,'a':{'x':1}}", "{'id':1,'a':{'x':1}}"},
        {"{'id':1,'a':{'x':1}}", "{'id':1,'a':[1]}", "{'id':1,'a':[1]}"},
        {"{'id':1,'a':null}", "{'id':1,'a':{'x':1}}", "{'id':1,'a':{'x':1}}"},
        {"{'id':1,'a':1}", "{'id':1,'a':'1'}", "{'id':1,'a':'1'}"},
        {"{'id':1,'a':1}", "{'id':1,'a':1.0}", "{'id':1,'a':1.0}"});
}

TEST(test_an_explicit_null_is_stored_as_null) {
  MERGE({"{'id':1,'a':1}", "{'id':1,'a':null}", "{'id':1,'a':null}"},
        {"{'id':1,'a':{'x':1}}", "{'id':1,'a':{'x':null}}", "{'id':1,'a':{'x':null}}"},
        {"{'id':1}", "{'id':1,'a':null}", "{'id':1,'a':null}"},
        {"{'id':1,'a':null}", "{'id':1,'a':null}", NULL});
}

TEST(test_stored_members_keep_their_place_and_text) {
  MERGE({"{ 'z' : 1.0 , 'id' : 1 , 'a' : '\\u0061' }", "{'id':1,'z':2}",
         "{ 'z' : 2 , 'id' : 1 , 'a' : '\\u0061' }"},
        {"{'b':[ 1, 2 ],'id':1,'o':{ 'x' :1e2, 'y':2}}", "{'id':1,'o':{'y':3}}",
         "{'b':[ 1, 2 ],'id':1,'o':{ 'x' :1e2, 'y':3}}"},
        {"{'id':1,'c':1,'b':2,'a':3}", "{'a':4,'b':5,'id':1}", "{'id':1,'c':1,'b':5,'a':4}"});
}

TEST(test_new_members_follow_in_their_order) {
  MERGE({"{'id':1,'z':1}", "{'c':1,'id':1,'b':2,'a':3}", "{'id':1,'z':1,'c':1,'b':2,'a':3}"},
        {"{'id':1,'o':{'z':1},'p':2}", "{'id':1,'o':{'c':1,'b':{ 'x' : 1 }}}",
         "{'id':1,'o':{'z':1,'c':1,'b':{ 'x' : 1 }},'p':2}"});
}

TEST(test_a_key_is_the_same_however_it_is_escaped) {
  MERGE({"{'id':1,'abc':1}", "{'id':1,'\\u0061bc':2}", "{'id':1,'abc':2}"},
        {"{'id':1,'\\u0061bc':1}", "{'id':1,'abc':2}", "{'id':1,'\\u0061bc':2}"},
        {"{'id':1,'o':{'\\/':1}}", "{'id':1,'o':{'/':{'x':1}}}", "{'id':1,'o':{'\\/':{'x':1}}}"});
}

TEST(test_a_patch_that_changes_nothing_is_unchanged) {
  MERGE({"{'id':1,'a':1,'o':{'x':[1,{}]}}", "{'id':1}", NULL},
        {"{'id':1,'a':1,'o':{'x':[1,{}]}}", "{'id':1,'o':{}}", NULL},
        {"{'id':1,'a':1,'o':{'x':[1,{}]}}", "{ 'o' : { 'x' : [ 1 , { } ] } , 'id' : 1 }", NULL},
        {"{'id':1,'a':'x'}", "{'id':1,'a':'\\u0078'}", NULL},
        {"{'id':1,'a':{'y':1,'x':2}}", "{'id':1,'a':{'x':2,'y':1}}", NULL});
}

TEST(test_an_unchanged_update_moves_no_stamp) {
  save(t, "Issue", "{'id':1,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(update(t, "Issue", "{'id':1,'a':1}"), "1 unchanged");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0");
}

TEST(test_an_update_that_changes_gets_a_stamp) {
  save(t, "Issue", "{'id':1,'a':1}");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(update(t, "Issue", "{'id':1,'a':2}"), "1 updated");
  SAME(metadata(t, "1"), "UPDATED, first 0d+0, last 1d+0");
}

TEST(test_where_a_key_is_twice_the_last_one_is_merged) {
  save(t, "Issue", "{'id':1,'a':1,'a':{'x':1}}");
  SAME(update(t, "Issue", "{'id':1,'a':{'y':2}}"), "1 updated");
  SAME(save(t, "Issue", "{'id':1,'a':{'x':1,'y':2}}"), "1 unchanged");
  save(t, "Issue", "{'id':2,'o':{'k':{'z':1},'k':5}}");
  SAME(update(t, "Issue", "{'id':2,'o':{'k':{'x':1},'k':{'y':1}}}"), "1 updated");
  SAME(save(t, "Issue", "{'id':2,'o':{'k':{'y':1}}}"), "1 unchanged");
  save(t, "Issue", "{'id':3,'o':{'z':1}}");
  SAME(update(t, "Issue", "{'id':3,'o':{'x':1},'o':{'y':1}}"), "1 updated");
  SAME(save(t, "Issue", "{'id':3,'o':{'z':1,'y':1}}"), "1 unchanged");
  save(t, "Issue", "{'id':4}");
  SAME(update(t, "Issue", "{'id':4,'n':{'a':1},'n':{'b':1}}"), "1 updated");
  SAME(save(t, "Issue", "{'id':4,'n':{'b':1}}"), "1 unchanged");
}

TEST(test_the_stored_metadata_member_is_not_merged) {
  save(t, "Issue", "{'id':1,'a':1}");
  SAME(update(t, "Issue", "{'id':1,'_nango_metadata':{'x':1}}"), "1 unchanged");
  SAME(update(t, "Issue", "{'id':1,'b':2,'_nango_metadata':{'x':1}}"), "1 updated");
  SAME(payload(t, "1"), "{'id':1,'a':1,'b':2}");
}

TEST(test_an_unknown_id_is_skipped) {
  SAME(update(t, "Issue", "[{'id':1,'a':1},{'id':2}]"), "2 skipped");
  SAME(feed(t, "Issue"), "");
}

TEST(test_a_deleted_id_is_skipped) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2}]");
  delete (t, "Issue", "[{'id':1},{'id':3}]");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(update(t, "Issue", "[{'id':1,'a':2},{'id':3,'a':2},{'id':2,'a':2}]"), "1 updated, 2 skipped");
  SAME(payload(t, "1"), "{'id':1,'a':1}");
  SAME(metadata(t, "1"), "DELETED, first 0d+0, last 0d+2, deleted 0d+2");
}

TEST(test_a_patch_becomes_the_payload_of_a_pruned_record) {
  save(t, "Issue", "{'id':1,'a':1,'b':2}");
  prune(t, NULL, 0);
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(update(t, "Issue", "{'id':1, 'b':3}"), "1 updated");
  SAME(payload(t, "1"), "{'id':1, 'b':3}");
  SAME(metadata(t, "1"), "UPDATED, first 0d+0, last 1d+0");
  SAME(update(t, "Issue", "{'id':1,'a':1}"), "1 updated");
  SAME(payload(t, "1"), "{'id':1, 'b':3,'a':1}");
}

TEST(test_a_patch_equal_to_what_was_pruned_brings_it_back_unchanged) {
  save(t, "Issue", "{'id':1,'a':1}");
  prune(t, NULL, 0);
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(update(t, "Issue", "{'a':1,'id':1}"), "1 unchanged");
  SAME(payload(t, "1"), "{'a':1,'id':1}");
  SAME(metadata(t, "1"), "ADDED, first 0d+0, last 0d+0");
}

TEST(test_a_record_is_merged_again_and_again) {
  save(t, "Issue", "{'id':1,'o':{}}");
  for (int i = 0; i < 50; i++)
    SAME(update(t, "Issue", format(t, "{'id':1,'o':{'k%d':%d}}", i % 10, i)), "1 updated");
  SAME(payload(t, "1"),
       "{'id':1,'o':{'k0':40,'k1':41,'k2':42,'k3':43,'k4':44,'k5':45,'k6':46,'k7':47,'k8':48,'k9':49}}");
  SAME(save(t, "Issue", payload(t, "1")), "1 unchanged");
}

TEST(test_the_merged_value_is_what_is_compared_later) {
  save(t, "Issue", "{'id':1,'a':1}");
  update(t, "Issue", "{'id':1,'b':2}");
  SAME(save(t, "Issue", "{'b':2,'a':1,'id':1}"), "1 unchanged");
  prune(t, NULL, 0);
  SAME(save(t, "Issue", "{'b':2,'a':1,'id':1}"), "1 unchanged");
}

/* {"id":1,"o":{"o":… value …}} with `depth` objects in each other, the record counted. */
static const char *deep(test *t, int depth, const char *value) {
  char head[6 * 1000 + 16] = "{'id':1", tail[1001];
  size_t at = 7;
  for (int i = 1; i < depth; i++) at += (size_t)sprintf(head + at, "%s'o':{", i == 1 ? "," : "");
  memset(tail, '}', (size_t)depth);
  tail[depth] = '\0';
  return format(t, "%s%s%s", head, value, tail);
}

TEST(test_objects_merge_down_to_the_deepest) {
  SAME(save(t, "Issue", deep(t, 1000, "'a':1")), "1 added");
  SAME(update(t, "Issue", deep(t, 1000, "'b':2")), "1 updated");
  SAME(payload(t, "1"), deep(t, 1000, "'a':1,'b':2"));
  SAME(update(t, "Issue", deep(t, 1000, "'a':1")), "1 unchanged");
}

TEST(test_a_merge_of_many_members_is_right) {
  const char *stored = "{'id':1", *patch = "{'id':1", *merged = "{'id':1";
  for (int i = 0; i < 200; i++) {
    stored = format(t, "%s,'k%d':%d", stored, i, i);
    merged = format(t, "%s,'k%d':%d", merged, i, i % 3 == 0 ? -i - 1 : i);
  }
  for (int i = 198; i >= 0; i -= 3) patch = format(t, "%s,'k%d':%d", patch, i, -i - 1);
  save(t, "Issue", format(t, "%s}", stored));
  SAME(update(t, "Issue", format(t, "%s}", patch)), "1 updated");
  SAME(payload(t, "1"), format(t, "%s}", merged));
}

/* Whatever the record's state: there is nothing to merge. */
TEST(test_a_patch_of_the_id_alone_changes_nothing) {
  save(t, "Issue", "[{'id':1,'a':1},{'id':2,'a':1},{'id':3,'a':1}]");
  SAME(prune(t, NULL, 1), "1 ...");
  delete (t, "Issue", "{'id':3}");
  const char *before = feed(t, "Issue");
  nangolite_clock_advance(t->store, DAYS(1));
  SAME(update(t, "Issue", "[{'id':1},{'id':2},{'id':3},{'id':4}]"), "2 unchanged, 2 skipped");
  SAME(update(t, "Issue", "[{'id':'1'},{'id':'2','_nango_metadata':{'a':1}}]"), "2 unchanged");
  SAME(feed(t, "Issue"), before);
  SAME(payload(t, "2"), "{'id':2,'a':1}");
  SAME(save(t, "Issue", "{'id':1,'a':1}"), "1 unchanged"); /* the hash of what was lost is still there */
}

TESTS(MEMORY(test_a_patch_of_the_id_alone_changes_nothing), MEMORY(test_objects_merge_member_by_member),
      MEMORY(test_arrays_are_replaced), MEMORY(test_what_has_another_type_is_replaced),
      MEMORY(test_an_explicit_null_is_stored_as_null), MEMORY(test_stored_members_keep_their_place_and_text),
      MEMORY(test_new_members_follow_in_their_order), MEMORY(test_a_key_is_the_same_however_it_is_escaped),
      MEMORY(test_a_patch_that_changes_nothing_is_unchanged), MEMORY(test_an_unchanged_update_moves_no_stamp),
      MEMORY(test_an_update_that_changes_gets_a_stamp),
      MEMORY(test_where_a_key_is_twice_the_last_one_is_merged),
      MEMORY(test_the_stored_metadata_member_is_not_merged), MEMORY(test_an_unknown_id_is_skipped),
      MEMORY(test_a_deleted_id_is_skipped), MEMORY(test_a_patch_becomes_the_payload_of_a_pruned_record),
      MEMORY(test_a_patch_equal_to_what_was_pruned_brings_it_back_unchanged),
      MEMORY(test_a_record_is_merged_again_and_again),
      MEMORY(test_the_merged_value_is_what_is_compared_later), MEMORY(test_objects_merge_down_to_the_deepest),
      MEMORY(test_a_merge_of_many_members_is_right))
