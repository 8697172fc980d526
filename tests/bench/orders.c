/* Sets made of the records of another set: in another order, a part of them, or written in another way. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

/* ---- the making of a set, record by record ---- */

static record_set *begin_set(const record_set *from, int count, size_t room) {
  record_set *set = must_allocate(sizeof *set);
  *set = (record_set){NULL, count, from->batch, NULL, NULL};
  set->records = must_allocate((size_t)(count + 1) * sizeof *set->records);
  set->arrays = must_allocate((size_t)(records_arrays(set) + 1) * sizeof *set->arrays);
  set->text = must_allocate(room + (size_t)count * 2 + 2);
  return set;
}

/* Puts the comma or bracket before record i, and returns where its text begins. */
static char *before_record(record_set *set, int i, char *to) {
  if (i % set->batch == 0) set->arrays[i / set->batch] = (size_t)(to - set->text);
  *to++ = i % set->batch == 0 ? '[' : ',';
  return to;
}

static char *after_record(record_set *set, int i, char *to) {
  if (i % set->batch == set->batch - 1 || i == set->count - 1) *to++ = ']';
  if (i == set->count - 1) set->arrays[records_arrays(set)] = (size_t)(to - set->text);
  return to;
}

/* The records of `from` that stand at these places, in this order. */
static record_set *arranged(const record_set *from, const int *places, int count) {
  record_set *set = begin_set(from, count, (size_t)records_bytes(from));
  char *to = set->text;
  for (int i = 0; i < count; i++) {
    const record *was = &from->records[places[i]];
    to = before_record(set, i, to);
    set->records[i] = (record){to + (was->id - was->text), to, was->id_length, was->text_length};
    memcpy(to, was->text, (size_t)was->text_length);
    to = after_record(set, i, to + was->text_length);
  }
  return set;
}

/* ---- other orders, and parts ---- */

record_set *records_shuffled(const record_set *from) {
  int *places = must_allocate((size_t)from->count * sizeof *places);
  for (int i = 0; i < from->count; i++) places[i] = i;
  for (int i = from->count - 1; i > 0; i--) {
    int other = (int)(mixed((uint64_t)i) % (uint64_t)(i + 1)), held = places[i];
    places[i] = places[other];
    places[other] = held;
  }
  record_set *set = arranged(from, places, from->count);
  free(places);
  return set;
}

static int find_tenth(const record_set *from, int revision, int wanted, int *places) {
  int count = 0;
  for (int i = 0; i < from->count; i++) {
    if (records_is_tenth(i, revision) == wanted) places[count++] = i;
  }
  return count;
}

record_set *records_tenth_first(const record_set *from, int revision) {
  int *places = must_allocate((size_t)from->count * sizeof *places);
  int count = find_tenth(from, revision, 1, places);
  find_tenth(from, revision, 0, places + count);
  record_set *set = arranged(from, places, from->count);
  free(places);
  return set;
}

record_set *records_only_tenth(const record_set *from, int revision) {
  int *places = must_allocate((size_t)from->count * sizeof *places);
  record_set *set = arranged(from, places, find_tenth(from, revision, 1, places));
  free(places);
  return set;
}

/* ---- the same values, written in another way ---- */

enum { MEMBERS_MAX = 1024 };

/* Returns the end of the member that begins at `at`: its comma, or the brace that ends the object. The text is
** sound: it was made here, or SQLite has read it. */
static const char *member_end(const char *at) {
  int depth = 0, in_string = 0;
  for (;; at++) {
    if (in_string) {
      if (*at == '\\') at++;
      else if (*at == '"') in_string = 0;
    } else if (*at == '"') in_string = 1;
    else if (depth == 0 && (*at == ',' || *at == '}')) return at;
    else if (*at == '{' || *at == '[') depth++;
    else if (*at == '}' || *at == ']') depth--;
  }
}

static char *copy_with_blanks(char *to, const char *from, const char *end) {
  int in_string = 0;
  for (; from < end; from++) {
    *to++ = *from;
    if (in_string && *from == '\\') *to++ = *++from;
    else if (*from == '"') in_string = !in_string;
    else if (!in_string && (*from == ',' || *from == ':')) *to++ = ' ';
  }
  return to;
}

/* The id stays first, so that the baseline's copy of it lies where it lay. */
static char *reformat(char *to, const record *was) {
  const char *starts[MEMBERS_MAX], *ends[MEMBERS_MAX];
  const char *at = was->text + 1;
  int count = 0;
  for (;; at++) {
    if (count == MEMBERS_MAX) die("a record has too many members", "");
    starts[count] = at;
    at = ends[count++] = member_end(at);
    if (*at == '}') break;
  }
  *to++ = '{';
  to = copy_with_blanks(to, starts[0], ends[0]);
  while (--count > 0) {
    *to++ = ',';
    *to++ = ' ';
    to = copy_with_blanks(to, starts[count], ends[count]);
  }
  *to++ = '}';
  return to;
}

record_set *records_reformatted(const record_set *from) {
  record_set *set = begin_set(from, from->count, (size_t)records_bytes(from) * 2);
  char *to = set->text;
  for (int i = 0; i < from->count; i++) {
    const record *was = &from->records[i];
    char *text = to = before_record(set, i, to);
    to = reformat(to, was);
    /* behind `{"id":` one blank has come */
    set->records[i] = (record){text + (was->id - was->text) + 1, text, was->id_length, (int)(to - text)};
    to = after_record(set, i, to);
  }
  return set;
}
