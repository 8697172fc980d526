#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "line.h"
#include "names.h"
#include "terminal.h"
#include "text.h"

/* Lines of help are no longer than this, as wide as the terminal may be. */
enum { LONGEST = 100 };

static size_t width_of_help(void) {
  size_t columns = terminal_columns();
  return columns == 0 || columns > LONGEST ? LONGEST : columns;
}

static void put_paragraph(const char *text) {
  text_put_wrapped(stdout, span_of(text), (wrapping){.width = width_of_help()});
}

/* A name, and behind it, or below it where that is too narrow, what it means. */
static void put_entry(const char *name, const char *sentence, size_t column) {
  wrapping how = {.used = 2 + strlen(name), .indent = column, .width = width_of_help()};
  int is_beside = how.used + 1 < column && column + 24 <= how.width;
  printf(is_beside ? "  %s" : "  %s\n", name);
  if (!is_beside) how.used = 0;
  if (!is_beside) how.indent = 6;
  text_put_wrapped(stdout, span_of(sentence), how);
}

static void put_usage(const command *c) {
  char *usage = text_need(malloc(strlen(c->arguments) + 64));
  sprintf(usage, "nangolite FILE %s%s%s%s", c->name, *c->arguments != '\0' ? " " : "", c->arguments,
          c->options != 0 ? " [OPTION...]" : "");
  put_paragraph(usage);
  free(usage);
}

static void put_option(const option *o) {
  char name[64];
  int length = o->letter != 0 ? snprintf(name, sizeof name, "-%c, ", o->letter) : 0;
  snprintf(name + length, sizeof name - (size_t)length, "--%s%s%s", o->name, o->value == NULL ? "" : " ",
           o->value == NULL ? "" : o->value);
  put_entry(name, o->sentence, 28);
}

void help_print_command(const command *c) {
  put_usage(c);
  putchar('\n');
  put_paragraph(c->sentence);
  if (c->more != NULL) put_paragraph(c->more);
  putchar('\n');
  for (int i = 0; i < OPTION_COUNT; i++) {
    if (i == OPTION_HELP || (c->options >> i & 1) != 0) put_option(&command_options[i]);
  }
  printf("\nExample:\n  %s\n", c->example); /* to be copied: it is not wrapped */
}

void help_print(void) {
  put_paragraph("nangolite FILE COMMAND [ARGUMENT...] [OPTION...]");
  putchar('\n');
  put_paragraph("Looks into a nangolite store, and takes care of it. FILE is the store's database.");
  for (const command *c = commands; c->name != NULL; c++) {
    if (c->group != NULL) printf("\n%s\n", c->group);
    put_entry(c->name, c->sentence, 16);
  }
  putchar('\n');
  put_paragraph("nangolite COMMAND --help tells more about a command, nangolite --version the version.");
  put_paragraph(
    "Ends with 0: done, 1: the store is unsound or the work failed, 2: wrong usage, 3: the file is missing "
    "or no store.");
}

/* ---- completion ---- */

static void offer(const char *word, const char *meaning, const char *start) {
  if (strncmp(word, start, strlen(start)) == 0) printf("%s\t%s\n", word, meaning);
}

static void offer_commands(const char *start) {
  for (const command *c = commands; c->name != NULL; c++) offer(c->name, c->sentence, start);
}

static void offer_options(const command *c, const char *start) {
  for (int i = 0; i < OPTION_COUNT; i++) {
    char name[32];
    snprintf(name, sizeof name, "--%s", command_options[i].name);
    if (i == OPTION_HELP || (c->options >> i & 1) != 0) offer(name, command_options[i].sentence, start);
  }
}

/* What the file has for this argument. */
static void offer_names(const char *file, const line *before, const char *kind, const char *start) {
  char **names = names_in_file(file, kind, line_argument(before, 0), line_argument(before, 1));
  for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
    span name = span_of(names[i]);
    if (strncmp(names[i], start, strlen(start)) == 0) {
      text_put(stdout, name);
      printf("\t%s\n", kind);
    }
  }
  names_free(names);
}

void help_complete(char **words, size_t count) {
  const char *start = count == 0 ? "" : words[count - 1];
  line before = {NULL, NULL, NULL, 0, NULL, 0};
  char kind[ARGUMENT_SIZE];
  const command *c = count < 2 ? NULL : command_find(words[1]);
  if (count == 1) {
    offer("--help", "all commands", start);
    offer("--version", "the version", start);
  }
  if (count == 2) offer_commands(start);
  if (count < 3 || c == NULL) return;
  if (*start == '-') {
    offer_options(c, start);
    return;
  }
  const char **arguments = text_need(calloc(count, sizeof *arguments));
  before.arguments = arguments;
  for (size_t i = 2; i + 1 < count; i++) {
    if (*words[i] != '-') arguments[before.argument_count++] = words[i];
  }
  if (command_argument(c, before.argument_count, kind)) offer_names(words[0], &before, kind, start);
  free(arguments);
}
