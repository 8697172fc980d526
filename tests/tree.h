/* tree.h: random JSON values as trees, and the many ways to spell one. For tests that include
** ../nangolite.c. */
#ifndef NANGOLITE_TEST_TREE_H
#define NANGOLITE_TEST_TREE_H

#include <stdlib.h>

#include "plain.h"

typedef struct tree {
  json_type type;
  char number[24];
  uint32_t characters[12]; /* of a string, or of a member's name */
  size_t length;           /* how many of them */
  struct tree *items[8];   /* elements, or members' values */
  struct tree *names[8];
  size_t count;
  struct tree *made_before;
} tree;

static tree *tree_last;

static tree *tree_new(json_type type) {
  tree *t = calloc(1, sizeof *t);
  if (t == NULL) abort();
  t->type = type;
  t->made_before = tree_last;
  tree_last = t;
  return t;
}

/* All trees made so far. */
static void tree_free_all(void) {
  while (tree_last != NULL) {
    tree *before = tree_last->made_before;
    free(tree_last);
    tree_last = before;
  }
}

/* Every kind of character, escaped or not; never the low half of a pair behind a high one, which would be
** one character. */
static uint32_t tree_random_character(test_random *random, uint32_t before) {
  static const uint32_t characters[] = {
    'a',    'b',     'c',     ' ',      '/',    '"',    '\\',   0,      1,      0x1f,
    '\n',   '\t',    0x7f,    0x80,     0xe9,   0x7ff,  0x800,  0x20ac, 0xd7ff, 0xe000,
    0xffff, 0x10000, 0x1f600, 0x10ffff, 0xd800, 0xdbff, 0xdc00, 0xdfff,
  };
  uint32_t character = characters[random_below(random, sizeof characters / sizeof *characters)];
  if (before >= 0xd800 && before <= 0xdbff && character >= 0xdc00 && character <= 0xdfff) return 'x';
  return character;
}

static void tree_set_text(tree *t, const char *ascii) {
  t->length = strlen(ascii);
  for (size_t i = 0; i < t->length; i++) t->characters[i] = (unsigned char)ascii[i];
}

static tree *tree_random_string(test_random *random) {
  tree *t = tree_new(JSON_STRING);
  t->length = random_below(random, 12);
  for (size_t i = 0; i < t->length; i++) {
    uint32_t character = tree_random_character(random, i == 0 ? 0 : t->characters[i - 1]);
    t->characters[i] = random_below(random, 3) > 0 ? 'a' + (uint32_t)random_below(random, 3) : character;
  }
  return t;
}

/* Few names, so that objects meet in them; some differ late, some are the start of another. */
static tree *tree_random_name(test_random *random) {
  static const char *const names[] = {
    "", "a", "b", "id", "name", "name1", "created_at", "created_by", "created_", "x",
  };
  tree *t = tree_new(JSON_STRING);
  size_t choice = random_below(random, 2 + sizeof names / sizeof *names);
  if (choice >= sizeof names / sizeof *names) return tree_random_string(random);
  tree_set_text(t, names[choice]);
  return t;
}

static tree *tree_random_number(test_random *random) {
  static const char *const numbers[] = {
    "0", "-0", "1", "1.0", "10", "1e1", "1E1", "1e+1", "-1", "12345678901234567890", "0.1", "-1.5e-300",
  };
  tree *t = tree_new(JSON_NUMBER);
  size_t choice = random_below(random, sizeof numbers / sizeof *numbers);
  snprintf(t->number, sizeof t->number, "%s", numbers[choice]);
  return t;
}

static int tree_same_text(const tree *a, const tree *b) {
  size_t size = a->length * sizeof *a->characters;
  return a->length == b->length && memcmp(a->characters, b->characters, size) == 0;
}

/* The number of the member of that name, or `count`. */
static size_t tree_member(const tree *object, const tree *name) {
  size_t i = 0;
  while (i < object->count && !tree_same_text(object->names[i], name)) i++;
  return i;
}

static tree *tree_random(test_random *random, int depth);

static void tree_add_random_member(test_random *random, tree *object, int depth) {
  tree *name = tree_random_name(random);
  if (tree_member(object, name) < object->count) return;
  object->names[object->count] = name;
  object->items[object->count++] = tree_random(random, depth);
}

static tree *tree_random_container(test_random *random, json_type type, int depth) {
  tree *t = tree_new(type);
  for (size_t more = random_below(random, 8); more > 0; more--) {
    if (type == JSON_OBJECT) tree_add_random_member(random, t, depth - 1);
    else t->items[t->count++] = tree_random(random, depth - 1);
  }
  return t;
}

static tree *tree_random(test_random *random, int depth) {
  json_type type = (json_type)random_below(random, depth > 0 ? 9 : 5);
  if (type == JSON_NUMBER) return tree_random_number(random);
  if (type == JSON_STRING) return tree_random_string(random);
  if (type < JSON_NUMBER) return tree_new(type);
  return tree_random_container(random, type == JSON_ARRAY ? JSON_ARRAY : JSON_OBJECT, depth);
}

/* ---- spelling ------------------------------------------------------------------------------------------ */

/* With NULL for the sequence a tree is spelled in the plainest way, which is always the same. */
static uint64_t tree_choose(test_random *random, uint64_t bound) {
  return random == NULL ? 0 : random_below(random, bound);
}

static void tree_spell_space(test_random *random, text *out) {
  uint64_t length = tree_choose(random, 3);
  for (uint64_t i = 0; i < length; i++) text_append(out, &" \n\r\t"[tree_choose(random, 4)], 1);
}

static void tree_spell_unit(test_random *random, text *out, uint32_t unit) {
  char escape[16];
  snprintf(escape, sizeof escape, tree_choose(random, 2) ? "\\u%04X" : "\\u%04x", (unsigned)unit);
  text_append_string(out, escape);
}

static void tree_spell_character(test_random *random, text *out, uint32_t character) {
  static const char short_escapes[] = "\"\"\\\\//\bb\ff\nn\rr\tt";
  char bytes[4];
  int lone = character >= 0xd800 && character <= 0xdfff;
  int must = character < 0x20 || character == '"' || character == '\\' || lone;
  const char *escape = character < 0x80 && character != 0 ? strchr(short_escapes, (int)character) : NULL;
  if (!must && tree_choose(random, 3) < 2) {
    text_append(out, bytes, json_encode(character, bytes));
  } else if (escape != NULL && (escape - short_escapes) % 2 == 0 && tree_choose(random, 2)) {
    text_append(out, "\\", 1);
    text_append(out, escape + 1, 1);
  } else if (character > 0xffff) {
    tree_spell_unit(random, out, 0xd800 + ((character - 0x10000) >> 10));
    tree_spell_unit(random, out, 0xdc00 + (character & 0x3ff));
  } else {
    tree_spell_unit(random, out, character);
  }
}

static void tree_spell_string(test_random *random, text *out, const tree *t) {
  text_append(out, "\"", 1);
  for (size_t i = 0; i < t->length; i++) tree_spell_character(random, out, t->characters[i]);
  text_append(out, "\"", 1);
}

static void tree_spell(test_random *random, text *out, const tree *t);

static void tree_spell_item(test_random *random, text *out, const tree *t, size_t i) {
  tree_spell_space(random, out);
  if (t->type == JSON_OBJECT) {
    tree_spell_string(random, out, t->names[i]);
    tree_spell_space(random, out);
    text_append(out, ":", 1);
    tree_spell_space(random, out);
  }
  tree_spell(random, out, t->items[i]);
  tree_spell_space(random, out);
}

/* Objects in any order; now and then a member is overridden by the one that counts, which comes later. */
static void tree_spell_items(test_random *random, text *out, const tree *t) {
  size_t order[8];
  for (size_t i = 0; i < t->count; i++) order[i] = i;
  for (size_t i = t->count; t->type == JSON_OBJECT && i > 1; i--) {
    size_t j = random == NULL ? i - 1 : random_below(random, i), swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
  }
  for (size_t i = 0; i < t->count; i++) {
    if (i > 0) text_append(out, ",", 1);
    if (t->type == JSON_OBJECT && tree_choose(random, 8) == 1) {
      size_t overridden = i + tree_choose(random, t->count - i);
      tree_spell_string(random, out, t->names[order[overridden]]);
      text_append_string(out, ":[{\"a\":[]}],");
    }
    tree_spell_item(random, out, t, order[i]);
  }
}

static void tree_spell(test_random *random, text *out, const tree *t) {
  static const char *const words[] = {"null", "false", "true"};
  if (t->type < JSON_NUMBER) {
    text_append_string(out, words[t->type]);
  } else if (t->type == JSON_NUMBER) {
    text_append_string(out, t->number);
  } else if (t->type == JSON_STRING) {
    tree_spell_string(random, out, t);
  } else {
    text_append(out, t->type == JSON_OBJECT ? "{" : "[", 1);
    tree_spell_items(random, out, t);
    if (t->count == 0) tree_spell_space(random, out);
    text_append(out, t->type == JSON_OBJECT ? "}" : "]", 1);
  }
}

/* The value spelled, in memory of exactly its length, so that a sanitizer reports a read behind its end.
** tree_end() frees it. */
static char *tree_exact;

static json_value tree_value(test_random *random, const tree *t) {
  text out = {0};
  json_value value;
  tree_spell(random, &out, t);
  free(tree_exact);
  tree_exact = malloc(out.length);
  if (tree_exact == NULL) abort();
  memcpy(tree_exact, out.at, out.length);
  json_error error = json_scan((slice){tree_exact, out.length}, &value);
  if (error.reason != NULL) print_error("%.*s\n%s\n", (int)out.length, out.at, error.reason);
  assert_null(error.reason);
  text_free(&out);
  return value;
}

static void tree_end(void) {
  free(tree_exact);
  tree_exact = NULL;
  tree_free_all();
}

/* ---- changing ------------------------------------------------------------------------------------------ */

static void tree_mutate_container(test_random *random, tree *t) {
  size_t last = t->count - 1;
  if (t->count > 0 && random_below(random, 3) == 0) {
    t->count--;
  } else if (t->count > 0 && t->type == JSON_OBJECT && random_below(random, 2)) {
    tree *renamed = tree_new(JSON_STRING);
    tree_set_text(renamed, "renamed");
    t->names[last] = renamed;
  } else if (t->count < 8) {
    t->items[t->count] = tree_new(JSON_NULL);
    t->names[t->count] = tree_new(JSON_STRING);
    tree_set_text(t->names[t->count], "new");
    t->count++;
  } else {
    t->count--;
  }
}

/* Makes one change somewhere, always of the value, not of the spelling. */
static void tree_mutate(test_random *random, tree *t) {
  if (t->count > 0 && random_below(random, 4) > 0) {
    tree_mutate(random, t->items[random_below(random, t->count)]);
  } else if (t->type == JSON_ARRAY || t->type == JSON_OBJECT) {
    if (t->count == 0 && random_below(random, 2)) t->type = t->type == JSON_ARRAY ? JSON_OBJECT : JSON_ARRAY;
    else tree_mutate_container(random, t);
  } else if (t->type == JSON_STRING && t->length > 0) {
    t->length--;
  } else if (t->type == JSON_NUMBER) {
    snprintf(t->number, sizeof t->number, "%s", strcmp(t->number, "7") == 0 ? "70" : "7");
  } else {
    t->type = t->type == JSON_NULL ? JSON_FALSE : JSON_NULL;
  }
}

#endif
