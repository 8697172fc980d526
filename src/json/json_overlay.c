#include "json/json_overlay.h"

#include "json/json_members.h"

/* The members of `above`: as they are written, and by name. */
typedef struct overlay {
  json_member *members;
  char *is_used; /* it took the place of one below */
  members_entry *by_name;
  size_t count, name_count;
} overlay;

static size_t overlay_count(json_value object) {
  json_iterator iterator = json_iterate(object);
  json_member member;
  size_t count = 0;
  while (json_next_member(&iterator, &member)) count++;
  return count;
}

/* 0: no memory. */
static int overlay_read(overlay *o, json_value above) {
  json_iterator iterator = json_iterate(above);
  o->count = overlay_count(above);
  o->members = sqlite3_malloc64((o->count + 1) * sizeof *o->members);
  o->by_name = sqlite3_malloc64((o->count + 1) * sizeof *o->by_name);
  o->is_used = sqlite3_malloc64(o->count + 1);
  if (o->members == NULL || o->by_name == NULL || o->is_used == NULL) return 0;
  memset(o->is_used, 0, o->count + 1);
  for (size_t i = 0; i < o->count && json_next_member(&iterator, &o->members[i]); i++) {
    json_value key = o->members[i].key;
    o->by_name[i] = members_entry_of(key, json_is_escaped(key), i);
  }
  o->name_count = o->count == 0 ? 0 : members_sort(o->by_name, o->count);
  return 1;
}

static void overlay_free(overlay *o) {
  sqlite3_free(o->members);
  sqlite3_free(o->by_name);
  sqlite3_free(o->is_used);
}

static void overlay_append(text *out, json_value key, json_value value) {
  if (out->length > 0 && out->at[out->length - 1] != '{') text_append(out, ",", 1);
  text_append(out, key.text.at, key.text.length);
  text_append(out, ":", 1);
  text_append(out, value.text.at, value.text.length);
}

static void overlay_append_below(overlay *o, json_value below, text *out) {
  json_iterator iterator = json_iterate(below);
  json_member member;
  while (json_next_member(&iterator, &member)) {
    const members_entry *over = members_find(o->by_name, o->name_count, member.key);
    if (over != NULL) member.value = o->members[over->number].value;
    if (over != NULL) o->is_used[over->number] = 1;
    overlay_append(out, member.key, member.value);
  }
}

/* The first of several with one name takes the value of the last. */
static void overlay_append_new(overlay *o, text *out) {
  for (size_t i = 0; i < o->count; i++) {
    const members_entry *over = members_find(o->by_name, o->name_count, o->members[i].key);
    if (over == NULL || o->is_used[over->number]) continue;
    o->is_used[over->number] = 1;
    overlay_append(out, o->members[i].key, o->members[over->number].value);
  }
}

static void json_overlay(json_value below, json_value above, text *out) {
  overlay o = {NULL, NULL, NULL, 0, 0};
  text_append(out, "{", 1);
  if (overlay_read(&o, above)) {
    overlay_append_below(&o, below, out);
    overlay_append_new(&o, out);
  } else {
    out->failed = 1;
  }
  text_append(out, "}", 1);
  overlay_free(&o);
}
