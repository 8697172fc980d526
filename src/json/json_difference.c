#include "json/json_difference.h"

#include "base/list.h"
#include "json/json_digest.h"
#include "json/json_members.h"

enum {
  DIFFERENCE_DEPTH = 8,      /* deeper values are shown whole, so that the recursion is bounded */
  DIFFERENCE_VALUE_MAX = 100 /* bytes of a value that are shown */
};

typedef struct difference_call {
  text *out;
  const char *const *ignored;
  const hash_key *key;
  int lines;
  text path;
} difference_call;

/* The members of an object that count, in the order of their names. */
typedef struct difference_members {
  members_entry *names; /* the number is the member's place in `values` */
  json_value *values;
  size_t count, names_capacity, values_capacity, read;
} difference_members;

static void difference_compare(difference_call *d, json_value expected, json_value found, int depth);

static int difference_is_same(difference_call *d, json_value a, json_value b) {
  hash128 digest_a, digest_b;
  if (json_digest(a, NULL, d->key, &digest_a) && json_digest(b, NULL, d->key, &digest_b))
    return hash_equals(digest_a, digest_b);
  d->out->failed = 1;
  return 1;
}

/* A cut does not go through a UTF-8 character. */
static void json_difference_append_value(slice value, size_t most, text *out) {
  size_t length = value.length;
  if (length > most) {
    length = most;
    while (length > 0 && ((unsigned char)value.at[length] & 0xc0) == 0x80) length--;
  }
  for (size_t i = 0; i < length; i++) {
    char c = value.at[i];
    text_append(out, (unsigned char)c < 0x20 ? " " : &c, 1);
  }
  if (length < value.length) text_append_string(out, "...");
}

/* An absent value is shown as "nothing". */
static void difference_append_side(difference_call *d, const char *side, json_value value) {
  text_append_string(d->out, side);
  if (value.text.at == NULL) text_append_string(d->out, "nothing");
  else json_difference_append_value(value.text, DIFFERENCE_VALUE_MAX, d->out);
}

static void difference_append_line(difference_call *d, json_value expected, json_value found) {
  if (d->lines++ >= DIFFERENCE_LINES) return;
  text_append_string(d->out, "    ");
  text_append(d->out, d->path.at, d->path.length);
  difference_append_side(d, d->path.length > 0 ? ": expected " : "expected ", expected);
  difference_append_side(d, ", found ", found);
  text_append(d->out, "\n", 1);
}

/* ---- objects ---- */

static int difference_ignores(const difference_call *d, json_value name, int depth) {
  for (const char *const *ignored = d->ignored; depth == 0 && ignored != NULL && *ignored != NULL;
       ignored++) {
    if (json_string_is(name, *ignored)) return 1;
  }
  return 0;
}

static int difference_add_member(difference_members *m, const json_member *member) {
  members_entry *names = list_room(m->names, NULL, m->read, &m->names_capacity, sizeof *names);
  if (names == NULL) return 0;
  m->names = names;
  json_value *values = list_room(m->values, NULL, m->read, &m->values_capacity, sizeof *values);
  if (values == NULL) return 0;
  m->values = values;
  names[m->read] = members_entry_of(member->key, json_is_escaped(member->key), m->read);
  values[m->read++] = member->value;
  return 1;
}

static difference_members difference_read(difference_call *d, json_value object, int depth) {
  difference_members m = {0};
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (!difference_ignores(d, member.key, depth) && !difference_add_member(&m, &member)) d->out->failed = 1;
  }
  m.count = m.read == 0 ? 0 : members_sort(m.names, m.read);
  return m;
}

static void difference_free(difference_members *m) {
  sqlite3_free(m->names);
  sqlite3_free(m->values);
}

static json_value difference_value(const difference_members *m, json_value name) {
  json_value absent = {{NULL, 0}, JSON_NULL};
  const members_entry *found = m->count == 0 ? NULL : members_find(m->names, m->count, name);
  return found == NULL ? absent : m->values[found->number];
}

/* Compares what is one step further down the path. */
static void difference_step(difference_call *d, const char *separator, slice step, const char *end,
                            json_value expected, json_value found, int depth) {
  size_t length = d->path.length;
  if (length > 0 || *separator == '[') text_append_string(&d->path, separator);
  text_append(&d->path, step.at, step.length);
  text_append_string(&d->path, end);
  if (expected.text.at == NULL || found.text.at == NULL) difference_append_line(d, expected, found);
  else difference_compare(d, expected, found, depth + 1);
  d->path.length = length;
}

static void difference_member(difference_call *d, json_value name, json_value expected, json_value found,
                              int depth) {
  slice written = {name.text.at + 1, name.text.length - 2};
  difference_step(d, ".", written, "", expected, found, depth);
}

static void difference_objects(difference_call *d, json_value expected, json_value found, int depth) {
  difference_members e = difference_read(d, expected, depth), f = difference_read(d, found, depth);
  for (size_t i = 0; i < e.count && !d->out->failed; i++) {
    json_value name = e.names[i].name;
    difference_member(d, name, e.values[e.names[i].number], difference_value(&f, name), depth);
  }
  for (size_t i = 0; i < f.count && !d->out->failed; i++) {
    json_value name = f.names[i].name, absent = difference_value(&e, name);
    if (absent.text.at == NULL) difference_member(d, name, absent, f.values[f.names[i].number], depth);
  }
  difference_free(&e);
  difference_free(&f);
}

/* ---- arrays ---- */

static size_t difference_count(json_value array) {
  json_iterator elements = json_iterate(array);
  json_value element;
  size_t count = 0;
  while (json_next_element(&elements, &element)) count++;
  return count;
}

static void difference_arrays(difference_call *d, json_value expected, json_value found, int depth) {
  json_iterator left = json_iterate(expected), right = json_iterate(found);
  json_value in_left, in_right;
  for (int i = 0; json_next_element(&left, &in_left) && json_next_element(&right, &in_right); i++) {
    char position[16];
    sqlite3_snprintf(sizeof position, position, "%d", i);
    difference_step(d, "[", slice_of(position), "]", in_left, in_right, depth);
  }
}

static void difference_compare(difference_call *d, json_value expected, json_value found, int depth) {
  int is_alike = expected.type == found.type && depth < DIFFERENCE_DEPTH;
  if (d->out->failed || (depth > 0 && difference_is_same(d, expected, found))) return;
  if (is_alike && expected.type == JSON_OBJECT) difference_objects(d, expected, found, depth);
  else if (is_alike && expected.type == JSON_ARRAY && difference_count(expected) == difference_count(found))
    difference_arrays(d, expected, found, depth);
  else difference_append_line(d, expected, found);
}

static void json_difference(json_value expected, json_value found, const char *const *ignored,
                            const hash_key *key, text *out) {
  difference_call d = {.out = out, .ignored = ignored, .key = key};
  difference_compare(&d, expected, found, 0);
  if (d.lines > DIFFERENCE_LINES) {
    text_append_string(out, "    and ");
    text_append_int(out, d.lines - DIFFERENCE_LINES);
    text_append_string(out, " more\n");
  }
  if (d.path.failed) out->failed = 1;
  text_free(&d.path);
}
