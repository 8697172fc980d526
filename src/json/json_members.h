/* json_members: the names of an object's members, sorted: for comparing objects, for merging them, and for
** finding the last of several members with the same name. */
#ifndef NANGOLITE_JSON_MEMBERS_H
#define NANGOLITE_JSON_MEMBERS_H

#include "json/json.h"

typedef struct members_entry {
  uint64_t prefix; /* the name's first eight bytes, unescaped, the first one highest */
  json_value name;
  size_t number; /* the owner's: where it keeps the rest of the member */
  int escaped;   /* the name has an escape */
} members_entry;

/* `name` is where it stands in its object: some bytes that follow it there are read, too. */
static members_entry members_entry_of(json_value name, int escaped, size_t number);

/* Sorts the entries of one object by the bytes of their names, and keeps only the last written one of each
** name. Returns how many are left. Takes n log n steps whatever the input. */
static size_t members_sort(members_entry *entries, size_t count);

/* The entry of that name in sorted entries, or NULL. */
static members_entry *members_find(members_entry *entries, size_t count, json_value name);

#endif
