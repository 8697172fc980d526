/* When the texts of two payloads alone tell that a record has changed. */
#include "../nangolite.c"
#include "plain.h"

static slice bytes_of(const char *string) {
  return (slice){string, strlen(string)};
}

/* clang-format off */
static const struct { const char *a, *b; int differ; } pairs[] = {
  /* a scalar has changed, and all before it is alike */
  {"{\"id\":1,\"a\":1}", "{\"id\":1,\"a\":2}", 1}, {"{\"a\":\"x\",\"b\":[1]}", "{\"a\":\"y\",\"b\":[2]}", 1},
  {"{\"a\":1}", "{\"a\":1.0}", 1}, {"{\"a\":1}", "{\"a\":\"1\"}", 1}, {"{\"a\":null}", "{\"a\":false}", 1},
  {"{ \"a\" : [1, 2] , \"b\":true }", "{\"a\":[1, 2],\"b\":false}", 1},
  /* nothing has changed, or only what does not count */
  {"{\"a\":1}", "{\"a\":1}", 0}, {"{\"a\":1}", "{ \"a\" : 1 }", 0}, {"{\"id\":7}", "{\"id\":\"7\"}", 0},
  {"{\"_nango_metadata\":1}", "{\"_nango_metadata\":2}", 0}, {"{\"\\u0069d\":7}", "{\"\\u0069d\":\"7\"}", 0},
  /* what another spelling could be */
  {"{\"a\":\"\\u0041\"}", "{\"a\":\"A\"}", 0}, {"{\"a\":\"A\"}", "{\"a\":\"\\u0041\"}", 0},
  {"{\"a\":{\"x\":1}}", "{\"a\":{ \"x\":1}}", 0}, {"{\"a\":[1]}", "{\"a\":[ 1]}", 0},
  {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", 0}, {"{\"a\":1}", "{\"\\u0061\":2}", 0},
  /* the last of equal names counts */
  {"{\"a\":1,\"a\":3}", "{\"a\":2,\"a\":3}", 0}, {"{\"a\":1,\"\\u0061\":2}", "{\"a\":2}", 0},
  {"{\"a\":2}", "{\"a\":1,\"b\":0,\"a\":2}", 0}, {"{\"a\":1,\"a\":3}", "{\"a\":1,\"a\":4}", 1},
  /* members that are there on one side only */
  {"{\"a\":1}", "{\"a\":1,\"b\":2}", 0}, {"{\"a\":1,\"b\":2}", "{\"a\":1}", 0}, {"{}", "{}", 0},
};
/* clang-format on */

PLAIN_TEST(test_a_changed_scalar_tells_that_payloads_differ) {
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    slice a = bytes_of(pairs[i].a), b = bytes_of(pairs[i].b);
    if (payload_differs(a, b) != pairs[i].differ) fail_msg("%s %s", pairs[i].a, pairs[i].b);
    if (payload_differs(b, a) != pairs[i].differ) fail_msg("%s %s", pairs[i].b, pairs[i].a);
  }
}

/* A record of members from few names and values, so that names repeat and values meet in another spelling. */
static size_t make_payload(test_random *random, char *to) {
  static const char *const names[] = {"a", "\\u0061", "b", "id", "_nango_metadata"};
  static const char *const values[] = {"1", "2", "\"x\"", "\"\\u0078\"", "null", "[1]", "[ 1]", "{\"k\":1}"};
  char *at = to;
  uint64_t count = random_below(random, 4);
  *at++ = '{';
  for (uint64_t i = 0; i < count; i++) {
    const char *name = names[random_below(random, 5)], *value = values[random_below(random, 8)];
    at += sprintf(at, "%s\"%s\":%s", i == 0 ? "" : ",", name, value);
  }
  *at++ = '}';
  return (size_t)(at - to);
}

PLAIN_TEST(test_payloads_that_differ_have_other_digests) {
  nangolite store = {0};
  test_random random = random_sequence();
  int differing = 0;
  for (int i = rounds(200000); i > 0; i--) {
    char a[256], b[256];
    slice left = {a, make_payload(&random, a)}, right = {b, make_payload(&random, b)};
    if (!payload_differs(left, right)) continue;
    differing++;
    if (hash_equals(payload_digest(&store, left), payload_digest(&store, right)))
      fail_msg("%.*s %.*s", (int)left.length, a, (int)right.length, b);
  }
  assert_true(differing > 0);
}

TESTS(PLAIN(test_a_changed_scalar_tells_that_payloads_differ),
      PLAIN(test_payloads_that_differ_have_other_digests))
