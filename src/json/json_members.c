#include "json/json_members.h"

#include "base/bytes.h"

/* Up to this many members, sorting by insertion is quicker than by a heap. */
#define MEMBERS_INSERTION_MAX 32

/* The prefix of a name with escapes. */
static uint64_t members_escaped_prefix(json_value name) {
  json_bytes bytes = json_bytes_of(name);
  uint64_t prefix = 0;
  int byte = 0;
  for (int i = 0; i < 8; i++) {
    if (byte != -1) byte = json_next_byte(&bytes);
    prefix = prefix << 8 | (byte == -1 ? 0 : (uint64_t)byte);
  }
  return prefix;
}

/* A name of at least four bytes can be read as eight: a quote, a colon, a value and a bracket follow it. */
static uint64_t members_plain_prefix(json_value name) {
  size_t length = name.text.length - 2;
  uint64_t prefix = 0;
  if (length >= 4) {
    prefix = bytes_reverse(bytes_word(name.text.at + 1));
    return length >= 8 ? prefix : prefix & ~(UINT64_MAX >> (8 * length));
  }
  for (size_t i = 0; i < length; i++) prefix |= (uint64_t)(unsigned char)name.text.at[1 + i] << (56 - 8 * i);
  return prefix;
}

static members_entry members_entry_of(json_value name, int escaped, size_t number) {
  members_entry entry = {.name = name, .number = number, .escaped = escaped};
  entry.prefix = escaped ? members_escaped_prefix(name) : members_plain_prefix(name);
  return entry;
}

/* By the bytes of the names. */
static int members_compare(const members_entry *a, const members_entry *b) {
  if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
  if (a->escaped || b->escaped) return json_compare_strings(a->name, b->name);
  size_t length_a = a->name.text.length, length_b = b->name.text.length;
  size_t shorter = length_a < length_b ? length_a : length_b;
  int order = memcmp(a->name.text.at + 1, b->name.text.at + 1, shorter - 2);
  if (order != 0 || length_a == length_b) return order;
  return length_a < length_b ? -1 : 1;
}

/* Equal names in the order in which they are written: all lie in one text. */
static int members_before(const members_entry *a, const members_entry *b) {
  int order = members_compare(a, b);
  return order != 0 ? order < 0 : a->name.text.at < b->name.text.at;
}

static void members_sort_by_insertion(members_entry *entries, size_t count) {
  for (size_t i = 1; i < count; i++) {
    size_t to = i;
    members_entry entry = entries[i];
    for (; to > 0 && members_before(&entry, &entries[to - 1]); to--) entries[to] = entries[to - 1];
    entries[to] = entry;
  }
}

/* Puts `entry` into the heap whose hole is `hole`: no entry comes before one of the two below it. */
static void members_sift(members_entry *entries, size_t hole, size_t count, members_entry entry) {
  for (;;) {
    size_t below = 2 * hole + 1;
    if (below >= count) break;
    if (below + 1 < count && members_before(&entries[below], &entries[below + 1])) below++;
    if (members_before(&entries[below], &entry)) break;
    entries[hole] = entries[below];
    hole = below;
  }
  entries[hole] = entry;
}

static void members_sort_by_heap(members_entry *entries, size_t count) {
  for (size_t i = count / 2; i-- > 0;) members_sift(entries, i, count, entries[i]);
  for (size_t last = count - 1; last > 0; last--) {
    members_entry entry = entries[last];
    entries[last] = entries[0];
    members_sift(entries, 0, last, entry);
  }
}

static size_t members_sort(members_entry *entries, size_t count) {
  size_t kept = 0;
  if (count <= MEMBERS_INSERTION_MAX) members_sort_by_insertion(entries, count);
  else members_sort_by_heap(entries, count);
  for (size_t i = 0; i < count; i++) {
    if (i + 1 == count || members_compare(&entries[i], &entries[i + 1]) != 0) entries[kept++] = entries[i];
  }
  return kept;
}

static members_entry *members_find(members_entry *entries, size_t count, json_value name) {
  members_entry wanted = members_entry_of(name, json_is_escaped(name), 0);
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = members_compare(&wanted, &entries[middle]);
    if (order == 0) return &entries[middle];
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return NULL;
}
