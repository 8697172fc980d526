#include "payload.h"

static hash128 payload_digest(nangolite *store, slice payload) {
  static const char *const ignored[] = {"id", PAYLOAD_METADATA, NULL};
  hash128 digest = {0, 0};
  if (store_failed(store)) return digest;
  if (!json_digest(json_of(payload), ignored, &store->key, &digest)) store_fail_memory(store);
  return digest;
}

static json_value payload_id(slice payload) {
  json_value id = {{NULL, 0}, JSON_NULL};
  json_iterator members = json_iterate(json_of(payload));
  json_member member;
  while (json_next_member(&members, &member)) {
    if (json_string_is(member.key, "id")) id = member.value;
  }
  return id;
}

static void payload_append_stub(slice payload, text *out) {
  json_value id = payload_id(payload);
  text_append_string(out, "{\"id\":");
  text_append(out, id.text.at, id.text.length);
  text_append_string(out, "}");
}
