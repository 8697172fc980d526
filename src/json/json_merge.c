#include "json/json_merge.h"
#include "base/list.h"

/* Where a container ends, so that stepping over it does not read its text. Without this, a text would be read
** once for each level of nesting. Containers are numbered in the order in which they begin. */
typedef struct merge_extent {
  const char *end;
  size_t next; /* the number of the first one behind it; while it is open, of the one around it */
} merge_extent;

/* All containers of one of the two texts. */
typedef struct merge_extents {
  merge_extent *at;
  size_t count, capacity;
} merge_extents;

typedef struct merge_member {
  json_value name, value;
  size_t container; /* the value's number, if it is a container */
} merge_member;

typedef struct merge_iterator {
  const char *at, *end;
  size_t container; /* the number of the next one that comes */
} merge_iterator;

/* A member of the patch. `edit` is the number of its edit, or one of the two below. */
typedef struct merge_change {
  merge_member member;
  size_t edit;
} merge_change;

/* Nothing of that name is stored. */
#define MERGE_NEW SIZE_MAX
/* It changes nothing: its value is stored already, or a later member overrides it. */
#define MERGE_NOTHING (SIZE_MAX - 1)

/* What becomes of a stored member, in the order of the stored text. */
typedef struct merge_edit {
  merge_member stored;
  size_t change; /* its number; MERGE_NOTHING: a later stored member has the same name and counts */
} merge_edit;

/* Two objects that are being merged. What is in the lists from these numbers on belongs to the innermost. */
typedef struct merge_frame {
  size_t names, changes, edits;
  size_t next_edit;
  const char *copied;     /* the stored text before this is dealt with */
  const char *last, *end; /* of the stored object: behind its last member, behind itself */
  int empty;              /* it has no member yet */
} merge_frame;

typedef struct merge {
  text *out; /* its `failed` is the merge's */
  const char *dropped;
  merge_extents stored, patch;
  members_entry *names; /* of the patch's members that count, in order; numbers are those of changes */
  merge_change *changes;
  merge_edit *edits;
  merge_frame *frames;
  size_t name_count, name_capacity;
  size_t change_count, change_capacity;
  size_t edit_count, edit_capacity;
  size_t depth, frame_capacity;
} merge;

/* Returns items with room for one more, or sets `failed`. */
static void *merge_room(merge *m, void *items, size_t count, size_t *capacity, size_t size) {
  void *room = list_room(items, NULL, count, capacity, size);
  if (room == NULL) m->out->failed = 1;
  return room == NULL ? items : room;
}

static void merge_read_extents(merge *m, merge_extents *extents, json_value object) {
  const char *at = object.text.at, *end = at + object.text.length;
  size_t open = SIZE_MAX;
  do {
    char c = *at++;
    if (c == '"') {
      at = json_skip_string(at, end);
    } else if (c == '{' || c == '[') {
      extents->at = merge_room(m, extents->at, extents->count, &extents->capacity, sizeof *extents->at);
      if (m->out->failed) return;
      extents->at[extents->count] = (merge_extent){NULL, open};
      open = extents->count++;
    } else if (c == '}' || c == ']') {
      size_t around = extents->at[open].next;
      extents->at[open] = (merge_extent){at, extents->count};
      open = around;
    }
  } while (open != SIZE_MAX);
}

static merge_iterator merge_iterate(const merge_extents *extents, const merge_member *object) {
  const char *end = extents->at[object->container].end - 1;
  return (merge_iterator){.at = object->value.text.at + 1, .end = end, .container = object->container + 1};
}

static int merge_next_member(const merge_extents *extents, merge_iterator *iterator, merge_member *member) {
  const char *end = iterator->end;
  const char *from = json_skip_space(iterator->at, end);
  if (from == end) return 0;
  if (*from == ',') from = json_skip_space(from + 1, end);
  const char *to = json_skip_string(from + 1, end);
  member->name = json_between(from, to);
  from = json_skip_space(json_skip_space(to, end) + 1, end);
  member->container = iterator->container;
  if (*from == '{' || *from == '[') {
    to = extents->at[iterator->container].end;
    iterator->container = extents->at[iterator->container].next;
  } else {
    to = json_skip_value(from, end);
  }
  member->value = json_between(from, to);
  iterator->at = to;
  return 1;
}

static void merge_add_change(merge *m, const merge_member *member) {
  m->changes = merge_room(m, m->changes, m->change_count, &m->change_capacity, sizeof *m->changes);
  m->names = merge_room(m, m->names, m->name_count, &m->name_capacity, sizeof *m->names);
  if (m->out->failed) return;
  m->names[m->name_count++] = members_entry_of(member->name, json_is_escaped(member->name), m->change_count);
  m->changes[m->change_count++] = (merge_change){*member, MERGE_NOTHING};
}

/* Lists the patch's members; those that count are MERGE_NEW until a stored one turns up. */
static void merge_read_patch(merge *m, const merge_frame *frame, const merge_member *patch) {
  merge_iterator iterator = merge_iterate(&m->patch, patch);
  merge_member member;
  while (!m->out->failed && merge_next_member(&m->patch, &iterator, &member)) {
    int dropped = m->depth == 0 && m->dropped != NULL && json_string_is(member.name, m->dropped);
    if (!dropped) merge_add_change(m, &member);
  }
  if (m->out->failed || m->name_count == frame->names) return;
  m->name_count = frame->names + members_sort(m->names + frame->names, m->name_count - frame->names);
  for (size_t i = frame->names; i < m->name_count; i++) m->changes[m->names[i].number].edit = MERGE_NEW;
}

/* Whether a patch's value leaves the stored one as it is. Objects are merged to find out. */
static int merge_keeps(json_value stored, json_value patch) {
  if (stored.type != patch.type || stored.type == JSON_OBJECT) return 0;
  if (slice_equals(stored.text, patch.text)) return 1;
  return stored.type == JSON_STRING && json_compare_strings(stored, patch) == 0;
}

/* The patch's member of that name, or NULL. */
static const members_entry *merge_find(const merge *m, const merge_frame *frame, json_value name) {
  size_t count = m->name_count - frame->names;
  return count == 0 ? NULL : members_find(m->names + frame->names, count, name);
}

/* A stored member for which there is a change. */
static void merge_add_edit(merge *m, const merge_member *stored, size_t number) {
  merge_change *change = &m->changes[number];
  if (change->edit < MERGE_NOTHING) m->edits[change->edit].change = MERGE_NOTHING;
  change->edit = MERGE_NOTHING;
  if (merge_keeps(stored->value, change->member.value)) return;
  m->edits = merge_room(m, m->edits, m->edit_count, &m->edit_capacity, sizeof *m->edits);
  if (m->out->failed) return;
  change->edit = m->edit_count;
  m->edits[m->edit_count++] = (merge_edit){*stored, number};
}

static void merge_read_stored(merge *m, merge_frame *frame, const merge_member *stored) {
  merge_iterator iterator = merge_iterate(&m->stored, stored);
  merge_member member;
  while (!m->out->failed && merge_next_member(&m->stored, &iterator, &member)) {
    const members_entry *name = merge_find(m, frame, member.name);
    frame->empty = 0;
    if (name != NULL) merge_add_edit(m, &member, name->number);
  }
  frame->last = iterator.at;
  frame->end = iterator.end + 1;
}

static void merge_open(merge *m, const merge_member *stored, const merge_member *patch) {
  merge_frame frame = {
    .names = m->name_count,
    .changes = m->change_count,
    .edits = m->edit_count,
    .next_edit = m->edit_count,
    .copied = stored->value.text.at,
    .empty = 1,
  };
  m->frames = merge_room(m, m->frames, m->depth, &m->frame_capacity, sizeof *m->frames);
  if (m->out->failed) return;
  merge_read_patch(m, &frame, patch);
  merge_read_stored(m, &frame, stored);
  m->frames[m->depth++] = frame;
}

static void merge_copy(merge *m, merge_frame *frame, const char *to) {
  text_append(m->out, frame->copied, (size_t)(to - frame->copied));
  frame->copied = to;
}

static void merge_append_new(merge *m, merge_frame *frame) {
  for (size_t i = frame->changes; i < m->change_count; i++) {
    const merge_member *member = &m->changes[i].member;
    if (m->changes[i].edit != MERGE_NEW) continue;
    if (!frame->empty) text_append(m->out, ",", 1);
    frame->empty = 0;
    text_append(m->out, member->name.text.at, member->name.text.length);
    text_append(m->out, ":", 1);
    text_append(m->out, member->value.text.at, member->value.text.length);
  }
}

static void merge_close(merge *m) {
  merge_frame *frame = &m->frames[m->depth - 1];
  merge_copy(m, frame, frame->last);
  merge_append_new(m, frame);
  merge_copy(m, frame, frame->end);
  m->name_count = frame->names;
  m->change_count = frame->changes;
  m->edit_count = frame->edits;
  m->depth--;
}

/* Makes the next edit of the innermost pair of objects; closes them when there is none left. */
static void merge_step(merge *m) {
  merge_frame *frame = &m->frames[m->depth - 1];
  if (frame->next_edit == m->edit_count) {
    merge_close(m);
    return;
  }
  merge_edit edit = m->edits[frame->next_edit++];
  if (edit.change == MERGE_NOTHING) return;
  merge_member patch = m->changes[edit.change].member;
  merge_copy(m, frame, edit.stored.value.text.at);
  frame->copied += edit.stored.value.text.length;
  int objects = edit.stored.value.type == JSON_OBJECT && patch.value.type == JSON_OBJECT;
  if (objects) merge_open(m, &edit.stored, &patch);
  else text_append(m->out, patch.value.text.at, patch.value.text.length);
}

static void json_merge(json_value stored, json_value patch, const char *dropped, text *out) {
  merge m = {.out = out, .dropped = dropped};
  merge_member stored_root = {.value = stored}, patch_root = {.value = patch};
  if (out->failed) return;
  merge_read_extents(&m, &m.stored, stored);
  merge_read_extents(&m, &m.patch, patch);
  if (!out->failed) merge_open(&m, &stored_root, &patch_root);
  while (m.depth > 0 && !out->failed) merge_step(&m);
  sqlite3_free(m.stored.at);
  sqlite3_free(m.patch.at);
  sqlite3_free(m.names);
  sqlite3_free(m.changes);
  sqlite3_free(m.edits);
  sqlite3_free(m.frames);
}
