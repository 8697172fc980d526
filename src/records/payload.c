#include "records/payload.h"

static hash128 payload_digest(nangolite *store, slice payload) {
  static const char *const ignored[] = {"id", PAYLOAD_METADATA, NULL};
  hash128 digest = {0, 0};
  if (store_failed(store)) return digest;
  if (!json_digest(json_of(payload), ignored, &store->key, &digest)) store_fail_memory(store);
  return digest;
}

static int payload_ignores(json_value name) {
  return json_string_is(name, "id") || json_string_is(name, PAYLOAD_METADATA);
}

/* Whether two values of this kind differ wherever their texts differ. */
static int payload_is_plain(json_value value) {
  if (value.type == JSON_STRING) return !json_is_escaped(value);
  return value.type != JSON_ARRAY && value.type != JSON_OBJECT;
}

static int payload_has_again(json_iterator rest, json_value name) {
  json_member member;
  while (json_next_member(&rest, &member)) {
    int is_escaped = memchr(member.key.text.at, '\\', member.key.text.length) != NULL;
    if (slice_equals(member.key.text, name.text)) return 1;
    if (is_escaped && json_compare_strings(member.key, name) == 0) return 1;
  }
  return 0;
}

/* Whether the rest of one of them may have a member of this name again, which would then count. A name with
** an escape could be written in another way, so for such a name the answer is always yes. */
static int payload_either_has_again(json_iterator rest_a, json_iterator rest_b, json_value name) {
  slice a = {rest_a.at, (size_t)(rest_a.end - rest_a.at)}, b = {rest_b.at, (size_t)(rest_b.end - rest_b.at)};
  if (json_is_escaped(name) || payload_has_again(rest_a, name)) return 1;
  return !slice_equals(a, b) && payload_has_again(rest_b, name);
}

static int payload_differs(slice a, slice b) {
  json_iterator rest_a = json_iterate(json_of(a)), rest_b = json_iterate(json_of(b));
  json_member in_a, in_b;
  while (json_next_member(&rest_a, &in_a) && json_next_member(&rest_b, &in_b)) {
    if (!slice_equals(in_a.key.text, in_b.key.text)) return 0;
    if (slice_equals(in_a.value.text, in_b.value.text) || payload_ignores(in_a.key)) continue;
    if (!payload_is_plain(in_a.value) || !payload_is_plain(in_b.value)) return 0;
    return !payload_either_has_again(rest_a, rest_b, in_a.key);
  }
  return 0;
}

static int payload_is_bare(slice payload) {
  json_iterator members = json_iterate(json_of(payload));
  json_member member;
  while (json_next_member(&members, &member)) {
    if (!payload_ignores(member.key)) return 0;
  }
  return 1;
}

static json_value payload_member(json_value object, const char *name) {
  json_value found = {{NULL, 0}, JSON_NULL};
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (json_string_is(member.key, name)) found = member.value;
  }
  return found;
}

static int payload_reads_pruned(slice payload) {
  json_value metadata = payload_member(json_of(payload), PAYLOAD_METADATA);
  if (metadata.type != JSON_OBJECT || !payload_is_bare(payload)) return 0;
  return payload_member(metadata, "pruned_at").type != JSON_NULL;
}

static json_value payload_id(slice payload) {
  return payload_member(json_of(payload), "id");
}

static void payload_append_stub(slice payload, text *out) {
  json_value id = payload_id(payload);
  text_append_string(out, "{\"id\":");
  text_append(out, id.text.at, id.text.length);
  text_append_string(out, "}");
}
