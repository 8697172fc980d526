#include "json/json_script.h"

#include "base/list.h"
#include "json/json_members.h"
#include "json/json_number.h"
#include "json/json_write.h"

/* A value, and its name where it is a member of an object. Nodes are known by their numbers in the list; 0
** is none, and stands above the roots. */
typedef struct script_node {
  json_value name, value;           /* as they are written; of a container only the type is set */
  size_t parent, first, last, next; /* first and last: of its children */
} script_node;

/* A child and where it comes in its object: array indices in their order, and behind them all others. */
typedef struct script_place {
  uint64_t rank;
  size_t node;
} script_place;

#define SCRIPT_INDEX_MAX UINT64_C(4294967294)
#define SCRIPT_BEHIND_INDICES (SCRIPT_INDEX_MAX + 1)

/* The names of an object's members in order. */
typedef struct script_names {
  members_entry *at; /* numbers are those of nodes */
  size_t count, capacity;
} script_names;

/* Two objects that are still to be merged. */
typedef struct script_pair {
  size_t stored, patch;
} script_pair;

typedef struct script {
  text *out; /* its `failed` is that of all that is done */
  int is_merge;
  script_node *nodes;
  script_place *places; /* of the object that is put in order */
  script_names stored, patch;
  script_pair *pairs;
  size_t node_count, node_capacity;
  size_t place_count, place_capacity;
  size_t pair_count, pair_capacity;
} script;

/* Returns items with room for one more, or sets `failed`. */
static void *script_room(script *s, void *items, size_t count, size_t *capacity, size_t size) {
  void *room = list_room(items, NULL, count, capacity, size);
  if (room == NULL) s->out->failed = 1;
  return room == NULL ? items : room;
}

static int script_is_container(json_type type) {
  return type == JSON_OBJECT || type == JSON_ARRAY;
}

/* ---- the order of members ---- */

/* The order in which JavaScript goes through members: `position` is that in which they were made. */
static uint64_t script_rank(json_value name, uint64_t position) {
  json_bytes bytes = json_bytes_of(name);
  uint64_t index = 0;
  int digits = 0, byte;
  while ((byte = json_next_byte(&bytes)) != -1) {
    int is_digit = byte >= '0' && byte <= '9' && digits < 10 && (digits == 0 || index > 0);
    if (!is_digit) return SCRIPT_BEHIND_INDICES + position;
    index = index * 10 + (uint64_t)(byte - '0');
    digits++;
  }
  return digits > 0 && index <= SCRIPT_INDEX_MAX ? index : SCRIPT_BEHIND_INDICES + position;
}

static int script_compare_places(const void *a, const void *b) {
  uint64_t left = ((const script_place *)a)->rank, right = ((const script_place *)b)->rank;
  return (left > right) - (left < right);
}

/* One more child of the object that is put in order, behind those before. */
static void script_place_child(script *s, size_t node) {
  s->places = script_room(s, s->places, s->place_count, &s->place_capacity, sizeof *s->places);
  if (s->out->failed) return;
  uint64_t rank = script_rank(s->nodes[node].name, s->place_count);
  s->places[s->place_count++] = (script_place){rank, node};
}

static void script_link(script *s, size_t parent, size_t child) {
  script_node *above = &s->nodes[parent];
  if (above->last == 0) above->first = child;
  else s->nodes[above->last].next = child;
  above->last = child;
  s->nodes[child].parent = parent;
  s->nodes[child].next = 0;
}

/* The children that were placed become those of the object. */
static void script_take_places(script *s, size_t object) {
  int has_index = 0;
  for (size_t i = 0; i < s->place_count; i++) has_index |= s->places[i].rank <= SCRIPT_INDEX_MAX;
  if (has_index) qsort(s->places, s->place_count, sizeof *s->places, script_compare_places);
  s->nodes[object].first = s->nodes[object].last = 0;
  for (size_t i = 0; i < s->place_count; i++) script_link(s, object, s->places[i].node);
  s->place_count = 0;
}

static void script_read_names(script *s, size_t object, script_names *names) {
  names->count = 0;
  for (size_t child = s->nodes[object].first; child != 0; child = s->nodes[child].next) {
    json_value name = s->nodes[child].name;
    names->at = script_room(s, names->at, names->count, &names->capacity, sizeof *names->at);
    if (s->out->failed) return;
    names->at[names->count++] = members_entry_of(name, json_is_escaped(name), child);
  }
  if (names->count > 0) names->count = members_sort(names->at, names->count);
}

static members_entry *script_find(const script_names *names, json_value name) {
  return names->count == 0 ? NULL : members_find(names->at, names->count, name);
}

static int script_is_one_of(json_value name, const char *const *names) {
  for (; *names != NULL; names++) {
    if (json_string_is(name, *names)) return 1;
  }
  return 0;
}

static int script_is_dropped(const script *s, json_value name) {
  static const char *const names[] = {"constructor", "prototype", "__proto__", NULL};
  return s->is_merge && script_is_one_of(name, names);
}

/* Whether every object of JavaScript has something of this name. */
static int script_is_inherited(json_value name) {
  static const char *const names[] = {"__defineGetter__",
                                      "__defineSetter__",
                                      "__lookupGetter__",
                                      "__lookupSetter__",
                                      "hasOwnProperty",
                                      "isPrototypeOf",
                                      "propertyIsEnumerable",
                                      "toLocaleString",
                                      "toString",
                                      "valueOf",
                                      NULL};
  return script_is_one_of(name, names);
}

/* The object was read: of the children with one name the last one takes the place of the first. */
static void script_settle(script *s, size_t object) {
  script_read_names(s, object, &s->stored);
  for (size_t child = s->nodes[object].first; child != 0 && !s->out->failed; child = s->nodes[child].next) {
    members_entry *last = script_find(&s->stored, s->nodes[child].name);
    if (last->number != 0 && !script_is_dropped(s, last->name)) script_place_child(s, last->number);
    last->number = 0;
  }
  if (!s->out->failed) script_take_places(s, object);
}

/* ---- reading ---- */

static size_t script_add(script *s, size_t parent, json_value name, json_value value) {
  s->nodes = script_room(s, s->nodes, s->node_count, &s->node_capacity, sizeof *s->nodes);
  if (s->out->failed) return 0;
  s->nodes[s->node_count] = (script_node){.name = name, .value = value};
  if (parent != 0) script_link(s, parent, s->node_count);
  return s->node_count++;
}

/* Reads the name of a member, where `at` is in an object, and returns where its value begins. */
static const char *script_read_name(const script *s, size_t open, const char *at, const char *end,
                                    json_value *name) {
  *name = (json_value){{NULL, 0}, JSON_NULL};
  if (open == 0 || s->nodes[open].value.type != JSON_OBJECT) return at;
  const char *to = json_skip_string(at + 1, end);
  *name = json_between(at, to);
  return json_skip_space(json_skip_space(to, end) + 1, end);
}

/* Reads an object, and returns its node. */
static size_t script_read(script *s, json_value object) {
  const char *at = object.text.at, *end = at + object.text.length;
  size_t open = 0, root = s->node_count;
  do {
    at = json_skip_space(at, end);
    if (*at == '}' || *at == ']') {
      if (*at++ == '}') script_settle(s, open);
      if (!s->out->failed) open = s->nodes[open].parent;
      continue;
    }
    if (*at == ',') at = json_skip_space(at + 1, end);
    json_value name, value;
    at = script_read_name(s, open, at, end, &name);
    value = (json_value){{at, 1}, json_type_at(at)};
    if (!script_is_container(value.type)) value = json_between(at, json_skip_value(at, end));
    size_t node = script_add(s, open, name, value);
    at += value.text.length;
    if (script_is_container(value.type)) open = node;
  } while (open != 0 && !s->out->failed);
  return root;
}

/* ---- merging ---- */

static void script_add_pair(script *s, size_t stored, size_t patch) {
  s->pairs = script_room(s, s->pairs, s->pair_count, &s->pair_capacity, sizeof *s->pairs);
  if (!s->out->failed) s->pairs[s->pair_count++] = (script_pair){stored, patch};
}

/* A member of the patch, where an object is merged into the stored one. */
static void script_merge_member(script *s, size_t member) {
  const script_node *patch = &s->nodes[member];
  const members_entry *found = script_find(&s->stored, patch->name);
  if (found == NULL) {
    if (!script_is_inherited(patch->name)) script_place_child(s, member);
  } else if (patch->value.type == JSON_OBJECT && s->nodes[found->number].value.type == JSON_OBJECT) {
    script_add_pair(s, found->number, member);
    script_place_child(s, found->number);
  } else {
    script_place_child(s, member);
  }
}

static void script_merge_pair(script *s, script_pair pair) {
  script_read_names(s, pair.stored, &s->stored);
  script_read_names(s, pair.patch, &s->patch);
  size_t child = s->nodes[pair.stored].first;
  for (; child != 0 && !s->out->failed; child = s->nodes[child].next) {
    if (script_find(&s->patch, s->nodes[child].name) == NULL) script_place_child(s, child);
  }
  for (child = s->nodes[pair.patch].first; child != 0 && !s->out->failed; child = s->nodes[child].next)
    script_merge_member(s, child);
  if (!s->out->failed) script_take_places(s, pair.stored);
}

/* ---- writing ---- */

/* The bytes of an unescaped string; a lone surrogate is three bytes there, which begin with 0xed. */
static void script_write_unescaped(slice bytes, text *out) {
  text_append(out, "\"", 1);
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.at[i];
    if (byte < 0x20 || byte == '"' || byte == '\\') {
      json_write_escape(out, byte);
    } else if (byte == 0xed && (unsigned char)bytes.at[i + 1] >= 0xa0) {
      json_write_surrogate(out, bytes.at + i);
      i += 2;
    } else {
      text_append(out, bytes.at + i, 1);
    }
  }
  text_append(out, "\"", 1);
}

static void script_write_string(json_value string, text *out) {
  text unescaped = {0};
  if (!json_is_escaped(string)) {
    text_append(out, string.text.at, string.text.length);
    return;
  }
  json_unescape(string, &unescaped, NULL);
  if (unescaped.failed) out->failed = 1;
  script_write_unescaped((slice){unescaped.at, unescaped.length}, out);
  text_free(&unescaped);
}

static void script_write_scalar(json_value value, text *out) {
  if (value.type == JSON_NUMBER) json_number_write(value.text, out);
  else if (value.type == JSON_STRING) script_write_string(value, out);
  else text_append(out, value.text.at, value.text.length);
}

/* Writes a node up to where its children stand. */
static void script_write_start(script *s, const script_node *node) {
  if (node->name.text.at != NULL) {
    script_write_string(node->name, s->out);
    text_append(s->out, ":", 1);
  }
  if (script_is_container(node->value.type)) text_append(s->out, node->value.text.at, 1);
  else script_write_scalar(node->value, s->out);
}

static void script_write_end(script *s, const script_node *node) {
  if (script_is_container(node->value.type))
    text_append(s->out, node->value.type == JSON_OBJECT ? "}" : "]", 1);
}

static void script_write(script *s, size_t root) {
  size_t at = root;
  while (!s->out->failed) {
    script_write_start(s, &s->nodes[at]);
    if (s->nodes[at].first != 0) {
      at = s->nodes[at].first;
      continue;
    }
    script_write_end(s, &s->nodes[at]);
    while (at != root && s->nodes[at].next == 0) {
      at = s->nodes[at].parent;
      script_write_end(s, &s->nodes[at]);
    }
    if (at == root) break;
    text_append(s->out, ",", 1);
    at = s->nodes[at].next;
  }
}

static script script_open(text *out, int is_merge) {
  script s = {.out = out, .is_merge = is_merge};
  json_value none = {{NULL, 0}, JSON_NULL};
  if (!out->failed) script_add(&s, 0, none, none); /* so that no other node has the number 0 */
  return s;
}

static void script_free(script *s) {
  sqlite3_free(s->nodes);
  sqlite3_free(s->places);
  sqlite3_free(s->stored.at);
  sqlite3_free(s->patch.at);
  sqlite3_free(s->pairs);
}

static void json_script_write(json_value object, text *out) {
  script s = script_open(out, 0);
  size_t root = out->failed ? 0 : script_read(&s, object);
  script_write(&s, root);
  script_free(&s);
}

static void json_script_merge(json_value stored, json_value patch, text *out) {
  script s = script_open(out, 1);
  size_t root = out->failed ? 0 : script_read(&s, stored);
  size_t changes = out->failed ? 0 : script_read(&s, patch);
  if (!out->failed) script_add_pair(&s, root, changes);
  while (s.pair_count > 0 && !out->failed) script_merge_pair(&s, s.pairs[--s.pair_count]);
  script_write(&s, root);
  script_free(&s);
}
