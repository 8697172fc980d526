/* The deep merge: what is kept byte for byte, what is replaced, what it costs. */
#include <time.h>

#include "../nangolite.c"
#include "failing.h"
#include "plain.h"
#include "tree.h"

static const hash_key digest_key = {1, 2};

/* The merged text; its owner frees it with text_free(). It must be JSON. */
static text merged(json_value stored, json_value patch) {
  text out = {0};
  json_value value;
  json_merge(stored, patch, "_nango_metadata", &out);
  assert_int_equal(out.failed, 0);
  json_error error = json_scan((slice){out.at, out.length}, &value);
  if (error.reason != NULL) print_error("%.*s\n", (int)out.length, out.at);
  assert_null(error.reason);
  assert_int_equal(value.type, JSON_OBJECT);
  return out;
}

static const struct {
  const char *stored, *patch, *expected;
} merges[] = {
  /* nothing to do */
  {"{}", "{}", "{}"},
  {"{ }", "{}", "{ }"},
  {"{ \"a\" : 1 }", "{ }", "{ \"a\" : 1 }"},
  /* scalars and arrays are replaced, in their place */
  {"{\"a\":1,\"b\":2}", "{\"a\":3}", "{\"a\":3,\"b\":2}"},
  {"{\"a\" : 1 , \"b\":2}", "{\"a\":[]}", "{\"a\" : [] , \"b\":2}"},
  {"{\"a\":[1,2],\"b\":2}", "{\"a\":[3]}", "{\"a\":[3],\"b\":2}"},
  {"{\"a\":1}", "{\"a\":1.0}", "{\"a\":1.0}"},
  {"{\"a\":1}", "{\"a\":\"1\"}", "{\"a\":\"1\"}"},
  /* null is a value */
  {"{\"a\":1}", "{\"a\":null}", "{\"a\":null}"},
  {"{\"a\":null}", "{\"a\":{\"b\":null}}", "{\"a\":{\"b\":null}}"},
  {"{}", "{\"a\":null}", "{\"a\":null}"},
  /* objects merge, at any depth; what is not an object is replaced by one and the other way round */
  {"{\"a\":{\"x\":1 , \"y\":2}}", "{\"a\":{\"y\":3}}", "{\"a\":{\"x\":1 , \"y\":3}}"},
  {"{\"a\":{\"x\":1}}", "{\"a\":{}}", "{\"a\":{\"x\":1}}"},
  {"{\"a\":{\"b\":{\"c\":{\"d\":1}}},\"z\":0}", "{\"a\":{\"b\":{\"c\":{\"d\":2,\"e\":3}}}}",
   "{\"a\":{\"b\":{\"c\":{\"d\":2,\"e\":3}}},\"z\":0}"},
  {"{\"a\":{\"x\":1}}", "{\"a\":[{\"x\":2}]}", "{\"a\":[{\"x\":2}]}"},
  {"{\"a\":[{\"x\":1}]}", "{\"a\":{ \"y\":2}}", "{\"a\":{ \"y\":2}}"},
  {"{\"a\":{\"x\":1}}", "{\"a\":7}", "{\"a\":7}"},
  {"{\"a\":[{\"x\":1}]}", "{\"a\":[{\"y\":1}]}", "{\"a\":[{\"y\":1}]}"},
  /* new members follow the last stored one, in the patch's order */
  {"{\"a\":1}", "{\"c\":2,\"b\":3}", "{\"a\":1,\"c\":2,\"b\":3}"},
  {"{ \"a\": 1\n}", "{\"b\" : 2 }", "{ \"a\": 1,\"b\":2\n}"},
  {"{}", "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}"},
  {"{\"a\":{}}", "{\"a\":{\"x\":1},\"b\":{ \"y\" : [] }}", "{\"a\":{\"x\":1},\"b\":{ \"y\" : [] }}"},
  {"{\"b\":1}", "{\"a\":0,\"b\":2,\"c\":3}", "{\"b\":2,\"a\":0,\"c\":3}"},
  /* a scalar of the same value keeps its spelling; so does an array of the same bytes */
  {"{\"a\":\"\\u0041\"}", "{\"a\":\"A\"}", "{\"a\":\"\\u0041\"}"},
  {"{\"\\u0061\":\"x\"}", "{\"a\":\"y\"}", "{\"\\u0061\":\"y\"}"},
  {"{\"a\":\"x\"}", "{\"\\u0061\":\"y\"}", "{\"a\":\"y\"}"},
  {"{\"a\":[1, 2]}", "{\"a\":[1, 2]}", "{\"a\":[1, 2]}"},
  /* the last of equal names counts, on both sides */
  {"{\"a\":1}", "{\"a\":2,\"a\":3}", "{\"a\":3}"},
  {"{}", "{\"a\":2,\"b\":0,\"\\u0061\":3}", "{\"b\":0,\"\\u0061\":3}"},
  {"{\"a\":1,\"a\":2}", "{\"a\":3}", "{\"a\":1,\"a\":3}"},
  {"{\"a\":3,\"a\":2}", "{\"a\":3}", "{\"a\":3,\"a\":3}"},
  {"{\"a\":2,\"a\":3}", "{\"a\":3}", "{\"a\":2,\"a\":3}"},
  {"{\"a\":{\"x\":1},\"a\":1}", "{\"a\":{\"y\":1}}", "{\"a\":{\"x\":1},\"a\":{\"y\":1}}"},
  {"{\"a\":1,\"a\":{\"x\":1}}", "{\"a\":{\"y\":1}}", "{\"a\":1,\"a\":{\"x\":1,\"y\":1}}"},
  {"{\"a\":{\"x\":1}}", "{\"a\":{\"x\":2},\"a\":{\"y\":3}}", "{\"a\":{\"x\":1,\"y\":3}}"},
  {"{\"a\":{\"x\":1}}", "{\"a\":{\"x\":2},\"a\":5}", "{\"a\":5}"},
  /* the patch's metadata are dropped, at the top only */
  {"{\"a\":1}", "{\"_nango_metadata\":{\"x\":1},\"b\":2}", "{\"a\":1,\"b\":2}"},
  {"{}", "{\"\\u005fnango_metadata\":1}", "{}"},
  {"{\"a\":{}}", "{\"a\":{\"_nango_metadata\":1}}", "{\"a\":{\"_nango_metadata\":1}}"},
  {"{}", "{\"_nango_metadata\":1,\"_nango_metadata\":2}", "{}"},
  /* names that look like text */
  {"{\"}\":\"{\",\"\":[\"]\"]}", "{\"\":\"\\\"\",\"}\":\"]\"}", "{\"}\":\"]\",\"\":\"\\\"\"}"},
};

PLAIN_TEST(test_a_merge_changes_what_the_patch_changes_and_no_other_byte) {
  for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
    text out = merged(json_of(slice_of(merges[i].stored)), json_of(slice_of(merges[i].patch)));
    char *result = text_take(&out);
    assert_non_null(result);
    assert_string_equal(result, merges[i].expected);
    sqlite3_free(result);
  }
}

PLAIN_TEST(test_a_merge_is_appended_and_nothing_is_dropped_unasked) {
  text out = {0};
  text_append_string(&out, "before ");
  json_merge(json_of(slice_of("{\"a\":1}")), json_of(slice_of("{\"_nango_metadata\":2}")), NULL, &out);
  assert_true(slice_equals((slice){out.at, out.length}, slice_of("before {\"a\":1,\"_nango_metadata\":2}")));
  text_free(&out);
}

/* ---- against a merge of trees -------------------------------------------------------------------------- */

static tree *merge_trees(const tree *stored, tree *patch) {
  tree *result = tree_new(JSON_OBJECT), *made_before = result->made_before;
  *result = *stored;
  result->made_before = made_before;
  for (size_t i = 0; i < patch->count; i++) {
    size_t at = tree_member(stored, patch->names[i]);
    if (at < stored->count) {
      int both = stored->items[at]->type == JSON_OBJECT && patch->items[i]->type == JSON_OBJECT;
      result->items[at] = both ? merge_trees(stored->items[at], patch->items[i]) : patch->items[i];
    } else if (result->count < 8) {
      result->names[result->count] = patch->names[i];
      result->items[result->count++] = patch->items[i];
    } else {
      patch->count = i; /* no more room: the patch ends here */
    }
  }
  return result;
}

static tree *random_object(test_random *random) {
  return tree_random_container(random, JSON_OBJECT, 4);
}

static hash128 digest(slice json) {
  hash128 result = {0, 0};
  assert_int_equal(json_digest(json_of(json), NULL, &digest_key, &result), 1);
  return result;
}

static hash128 digest_of_tree(test_random *random, const tree *t) {
  return digest(tree_value(random, t).text);
}

PLAIN_TEST(test_a_merge_of_texts_is_the_merge_of_their_values) {
  test_random random = random_sequence();
  for (int i = 0; i < rounds(5000); i++) {
    text stored = {0}, patch = {0};
    tree *stored_tree = random_object(&random), *patch_tree = random_object(&random);
    tree *expected = merge_trees(stored_tree, patch_tree);
    tree_spell(&random, &stored, stored_tree);
    tree_spell(&random, &patch, patch_tree);
    text out = merged(json_of((slice){stored.at, stored.length}), json_of((slice){patch.at, patch.length}));
    int equal = hash_equals(digest((slice){out.at, out.length}), digest_of_tree(&random, expected));
    if (!equal) print_error("%.*s\n%.*s\n", (int)stored.length, stored.at, (int)patch.length, patch.at);
    assert_true(equal);
    text_free(&stored);
    text_free(&patch);
    text_free(&out);
    tree_end();
  }
}

PLAIN_TEST(test_merging_again_changes_no_byte) {
  test_random random = random_sequence();
  for (int i = 0; i < rounds(2000); i++) {
    text stored = {0}, patch = {0};
    tree_spell(&random, &stored, random_object(&random));
    tree_spell(&random, &patch, random_object(&random));
    json_value patch_value = json_of((slice){patch.at, patch.length});
    text once = merged(json_of((slice){stored.at, stored.length}), patch_value);
    text twice = merged(json_of((slice){once.at, once.length}), patch_value);
    assert_true(slice_equals((slice){once.at, once.length}, (slice){twice.at, twice.length}));
    text_free(&stored);
    text_free(&patch);
    text_free(&once);
    text_free(&twice);
    tree_end();
  }
}

/* ---- cost ---------------------------------------------------------------------------------------------- */

static double seconds_of_processor(void) {
  return (double)clock() / CLOCKS_PER_SEC;
}

/* Members m<step>, m<2*step>, … modulo `count`: every one once, in no useful order. */
static void spell_members(text *out, size_t count, size_t step, const char *value) {
  for (size_t i = 0; i < count; i++) {
    text_append_string(out, i == 0 ? "{\"m" : ",\"m");
    text_append_int(out, (int64_t)((uint64_t)i * step % count));
    text_append_string(out, "\":");
    text_append_string(out, value);
  }
  text_append_string(out, "}");
}

PLAIN_TEST(test_wide_objects_merge_without_comparing_each_with_each) {
  text stored = {0}, patch = {0};
  spell_members(&stored, 100000, 7919, "1");
  spell_members(&patch, 100000, 104729, "{}");
  double start = seconds_of_processor();
  text out = merged(json_of((slice){stored.at, stored.length}), json_of((slice){patch.at, patch.length}));
  assert_true(seconds_of_processor() - start < 20); /* each with each would take minutes */
  assert_int_equal(out.length, stored.length + 100000);
  text_free(&stored);
  text_free(&patch);
  text_free(&out);
}

/* { "a": { "a": … { members } … } } */
static void spell_deep(text *out, size_t depth, const char *value) {
  for (size_t i = 1; i < depth; i++) text_append_string(out, "{\"a\":");
  spell_members(out, 50000, 7919, value);
  for (size_t i = 1; i < depth; i++) text_append_string(out, "}");
}

PLAIN_TEST(test_deep_objects_merge_without_reading_each_level_again) {
  text stored = {0}, patch = {0};
  spell_deep(&stored, 1000, "\"some text that is stored\"");
  spell_deep(&patch, 1000, "0");
  double start = seconds_of_processor();
  text out = merged(json_of((slice){stored.at, stored.length}), json_of((slice){patch.at, patch.length}));
  assert_true(seconds_of_processor() - start < 20);
  assert_int_equal(out.length, patch.length);
  text_free(&stored);
  text_free(&patch);
  text_free(&out);
}

PLAIN_TEST(test_a_merge_that_gets_no_memory_says_so) {
  int failed = 1, i = 0;
  text stored = {0}, patch = {0};
  failing_begin();
  spell_deep(&stored, 30, "1");
  spell_deep(&patch, 30, "2");
  json_value stored_value = json_of((slice){stored.at, stored.length});
  json_value patch_value = json_of((slice){patch.at, patch.length});
  for (; failed; i++) {
    text out = {0};
    sqlite3_int64 before = sqlite3_memory_used();
    failing_after(i);
    json_merge(stored_value, patch_value, NULL, &out);
    failing_never();
    failed = out.failed;
    if (!failed) assert_int_equal(out.length, stored.length);
    text_free(&out);
    assert_true(sqlite3_memory_used() == before);
  }
  assert_true(i > 20);
  text_free(&stored);
  text_free(&patch);
  failing_end();
}

TESTS(PLAIN(test_a_merge_changes_what_the_patch_changes_and_no_other_byte),
      PLAIN(test_a_merge_is_appended_and_nothing_is_dropped_unasked),
      PLAIN(test_a_merge_of_texts_is_the_merge_of_their_values), PLAIN(test_merging_again_changes_no_byte),
      PLAIN(test_wide_objects_merge_without_comparing_each_with_each),
      PLAIN(test_deep_objects_merge_without_reading_each_level_again),
      PLAIN(test_a_merge_that_gets_no_memory_says_so))
