#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "text.h"

/* ---- the nearest name ---- */

enum { NAME_LONGEST = 63 };

static size_t least_of(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* How many letters are to be added, taken away, replaced or exchanged with the next. */
static size_t distance(const char *a, const char *b) {
  size_t rows[3][NAME_LONGEST + 1], length = strlen(b);
  for (size_t j = 0; j <= length; j++) rows[1][j] = j;
  for (size_t i = 1; a[i - 1] != '\0'; i++) {
    size_t *before = rows[i % 3], *row = rows[(i + 1) % 3], *two_before = rows[(i + 2) % 3];
    row[0] = i;
    for (size_t j = 1; j <= length; j++) {
      row[j] = least_of(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
      int is_exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_exchanged && two_before[j - 2] + 1 < row[j]) row[j] = two_before[j - 2] + 1;
    }
  }
  return rows[(strlen(a) + 1) % 3][length];
}

static const char *nearest(const char *name, const char *const *names) {
  const char *found = NULL;
  size_t best = strlen(name) / 3 + 1;
  if (strlen(name) > NAME_LONGEST) return NULL;
  for (; *names != NULL; names++) {
    int is_start = strlen(name) >= 3 && strncmp(name, *names, strlen(name)) == 0;
    size_t far = strlen(*names) > NAME_LONGEST ? best + 1 : is_start ? 0 : distance(name, *names);
    if (far > best || (far == best && found != NULL)) continue;
    best = far;
    found = *names;
  }
  return found;
}

void line_complain_unknown(const char *what, const char *name, const char *const *names) {
  const char *found = nearest(name, names);
  if (found == NULL) text_complain("%s '%s'", what, name);
  else text_complain("%s '%s'; did you mean '%s'?", what, name, found);
}

/* ---- options ---- */

static int takes(const line *l, option_id id) {
  return id == OPTION_HELP || (l->of->options >> id & 1) != 0;
}

enum { SPELLED_SIZE = 24 };

/* Complains about an option that no command has, or not this one. */
static void complain_option(const line *l, const char *word, int is_known) {
  const char *names[OPTION_COUNT + 1] = {NULL};
  char spelled[OPTION_COUNT][SPELLED_SIZE], what[64];
  size_t count = 0;
  for (int i = 0; i < OPTION_COUNT; i++) {
    if (!takes(l, (option_id)i)) continue;
    snprintf(spelled[count], SPELLED_SIZE, "--%s", command_options[i].name);
    names[count] = spelled[count];
    count++;
  }
  snprintf(what, sizeof what, is_known ? "%s does not take the option" : "%s: there is no option",
           l->of->name);
  char *name = text_copy((span){word, strcspn(word, "=")});
  line_complain_unknown(what, name, names);
  free(name);
}

/* The option that the word names, whose value may follow an equals sign; OPTION_COUNT: none. */
static option_id find_option(const char *word) {
  size_t length = strcspn(word, "=");
  for (int i = 0; i < OPTION_COUNT; i++) {
    if (command_options[i].letter != 0 && word[0] == '-' && word[1] == command_options[i].letter)
      return (option_id)i;
    if (length > 2 && strlen(command_options[i].name) == length - 2 &&
        memcmp(command_options[i].name, word + 2, length - 2) == 0) {
      return (option_id)i;
    }
  }
  return OPTION_COUNT;
}

/* The value written in the same word: --limit=5, -n5. NULL: there is none. */
static const char *joined_value(const char *word) {
  if (word[1] != '-') return word[2] != '\0' ? word + 2 : NULL;
  const char *equals = strchr(word, '=');
  return equals == NULL ? NULL : equals + 1;
}

/* Takes the option at words[0], and its value; returns how many words it has. 0: it is wrong. */
static size_t take_option(line *l, char **words, size_t count) {
  option_id id = find_option(words[0]);
  const char *value = joined_value(words[0]);
  if (id == OPTION_COUNT || !takes(l, id)) {
    complain_option(l, words[0], id != OPTION_COUNT);
    return 0;
  }
  const option *o = &command_options[id];
  if (o->value == NULL && value != NULL) {
    text_complain("%s: the option --%s takes no value ('%s')", l->of->name, o->name, words[0]);
    return 0;
  }
  if (o->value != NULL && value == NULL && count < 2) {
    text_complain("%s: the option --%s needs a value: --%s %s", l->of->name, o->name, o->name, o->value);
    return 0;
  }
  int takes_next = o->value != NULL && value == NULL;
  l->given[l->given_count++] = (struct given){id, takes_next ? words[1] : value};
  return takes_next ? 2 : 1;
}

/* ---- the line ---- */

static int has_right_count(const line *l) {
  char name[ARGUMENT_SIZE];
  if (line_has(l, OPTION_HELP)) return 1;
  if (l->argument_count < command_least(l->of)) {
    command_argument(l->of, l->argument_count, name);
    text_complain("%s: %s is missing: nangolite FILE %s %s", l->of->name, name, l->of->name,
                  l->of->arguments);
    return 0;
  }
  if (l->argument_count > command_most(l->of)) {
    text_complain("%s: there is no place for '%s': nangolite FILE %s %s", l->of->name,
                  l->arguments[command_most(l->of)], l->of->name, l->of->arguments);
    return 0;
  }
  return 1;
}

int line_read(line *l, char **words, size_t count) {
  int only_arguments = 0;
  l->arguments = text_need(calloc(count + 1, sizeof *l->arguments));
  l->given = text_need(calloc(count + 1, sizeof *l->given));
  for (size_t i = 0; i < count;) {
    if (!only_arguments && strcmp(words[i], "--") == 0) {
      only_arguments = 1;
      i++;
    } else if (!only_arguments && words[i][0] == '-' && words[i][1] != '\0') {
      size_t taken = take_option(l, words + i, count - i);
      if (taken == 0) return 0;
      i += taken;
    } else {
      l->arguments[l->argument_count++] = words[i++];
    }
  }
  return has_right_count(l);
}

void line_free(line *l) {
  free(l->arguments);
  free(l->given);
}

const char *line_argument(const line *l, size_t index) {
  return index < l->argument_count ? l->arguments[index] : NULL;
}

int line_has(const line *l, option_id id) {
  for (size_t i = 0; i < l->given_count; i++) {
    if (l->given[i].id == id) return 1;
  }
  return 0;
}

const char *line_value(const line *l, option_id id) {
  const char *value = NULL;
  for (size_t i = 0; i < l->given_count; i++) {
    if (l->given[i].id == id) value = l->given[i].value;
  }
  return value;
}

int line_number(const line *l, option_id id, int least, int otherwise) {
  const char *value = line_value(l, id);
  if (value == NULL) return otherwise;
  size_t digits = strspn(value, "0123456789");
  int is_number = digits > 0 && digits < 10 && value[digits] == '\0';
  if (is_number && atoi(value) >= least) return atoi(value);
  text_complain("%s: --%s needs a number from %d to 999999999, not '%s'", l->of->name,
                command_options[id].name, least, value);
  return -1;
}
