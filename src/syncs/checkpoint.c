#include "syncs/checkpoint.h"

#include "database/arguments.h"

/* How long a string is: the code points of its unescaped text, or as Nango its UTF-16 units. */
static size_t checkpoint_length(nangolite *store, json_value string) {
  text unescaped = {0};
  size_t count = 0;
  json_unescape(string, &unescaped, NULL);
  store_check_text(store, &unescaped);
  if (store->as_nango) count = utf8_units((slice){unescaped.at, unescaped.length});
  for (size_t i = 0; i < unescaped.length && !store->as_nango; i++)
    count += ((unsigned char)unescaped.at[i] & 0xc0) != 0x80;
  text_free(&unescaped);
  return count;
}

static void checkpoint_check_member(nangolite *store, const json_member *member, int position) {
  const char *unit = store->as_nango ? "UTF-16 units" : "characters";
  if (checkpoint_length(store, member->key) > CHECKPOINT_KEY_MAX)
    store_fail(store, NANGOLITE_INVALID, "checkpoint: the key of member %d has more than %d %s", position,
               CHECKPOINT_KEY_MAX, unit);
  if (member->value.type == JSON_ARRAY || member->value.type == JSON_OBJECT ||
      member->value.type == JSON_NULL) {
    store_fail(store, NANGOLITE_INVALID,
               "checkpoint: the value of member %d must be a string, a number or a boolean", position);
  } else if (member->value.type == JSON_STRING &&
             checkpoint_length(store, member->value) > CHECKPOINT_STRING_MAX) {
    store_fail(store, NANGOLITE_INVALID, "checkpoint: the value of member %d has more than %d %s", position,
               CHECKPOINT_STRING_MAX, unit);
  }
}

static slice checkpoint_check(nangolite *store, const char *json) {
  json_value value = {{NULL, 0}, JSON_NULL};
  arguments_need(store, json, "checkpoint");
  if (store_failed(store)) return value.text;
  json_error error = json_scan(slice_of(json), &value);
  if (error.reason != NULL) {
    store_fail(store, NANGOLITE_INVALID, "checkpoint: %s, at byte %lld", error.reason,
               (long long)error.offset);
  } else if (value.type != JSON_OBJECT) {
    store_fail(store, NANGOLITE_INVALID, "checkpoint must be a JSON object");
  }
  if (store_failed(store)) return value.text;
  json_iterator members = json_iterate(value);
  json_member member;
  int count = 0;
  while (!store_failed(store) && json_next_member(&members, &member))
    checkpoint_check_member(store, &member, count++);
  if (count > CHECKPOINT_MEMBERS_MAX)
    store_fail(store, NANGOLITE_INVALID, "checkpoint must have at most %d members", CHECKPOINT_MEMBERS_MAX);
  return value.text;
}
