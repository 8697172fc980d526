/* nangolite: looks into a store, and takes care of it. The commands are in command.c. */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "help.h"
#include "line.h"
#include "store.h"
#include "terminal.h"
#include "text.h"

/* What was printed must have arrived; a reader that has left has all that it wanted. */
static int end(int status) {
  int is_lost = fflush(stdout) != 0 || ferror(stdout);
  if (is_lost && terminal_reader_left()) return DONE;
  if (terminal_signal() != 0) return 128 + terminal_signal();
  if (!is_lost) return status;
  text_complain("standard output could not be written");
  return FAILED;
}

static void complain_of_command(const char *name) {
  const char *names[32] = {NULL};
  size_t count = 0;
  for (const command *c = commands; c->name != NULL && count < 31; c++) names[count++] = c->name;
  line_complain_unknown("there is no command", name, names);
}

/* Options of the store that options of the line set; 0: one is wrong. */
static int take_ages(const line *given, nangolite_options *with) {
  int prune = line_number(given, OPTION_PRUNE_AFTER, 1, 0),
      remove = line_number(given, OPTION_DELETE_AFTER, 1, 0);
  with->prune_after_days = prune == 0 ? -1 : prune;
  with->delete_after_days = remove == 0 ? -1 : remove;
  return prune >= 0 && remove >= 0;
}

/* A request that only reads must not need the right to write. */
static command_access access_of(const line *given) {
  int is_get = given->of->run == request_run && strcmp(given->arguments[0], "GET") == 0;
  return is_get ? ACCESS_READ : given->of->access;
}

static int run(const line *given) {
  nangolite_options with = {.clock = NULL};
  nangolite *store = NULL;
  if (!take_ages(given, &with)) return WRONG_USAGE;
  int status = store_open(given->file, access_of(given), &with, &store);
  if (status == DONE) status = given->of->run(store, given);
  store_close(store);
  return status;
}

/* nangolite FILE COMMAND ..., or nangolite COMMAND --help. */
static int take_command(int count, char **words) {
  line given = {.file = words[0]};
  int is_swapped = command_find(words[0]) != NULL && (count == 1 || command_find(words[1]) == NULL);
  int is_help = is_swapped && count == 2 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0);
  if (is_help) {
    help_print_command(command_find(words[0]));
    return DONE;
  }
  if (is_swapped) {
    text_complain("FILE comes first: nangolite FILE %s", words[0]);
    return WRONG_USAGE;
  }
  if (count < 2) {
    text_complain("COMMAND is missing: nangolite FILE COMMAND (nangolite --help lists them)");
    return WRONG_USAGE;
  }
  given.of = command_find(words[1]);
  if (given.of == NULL) {
    complain_of_command(words[1]);
    return WRONG_USAGE;
  }
  if (!line_read(&given, words + 2, (size_t)count - 2)) return WRONG_USAGE;
  if (!line_has(&given, OPTION_HELP)) return run(&given);
  help_print_command(given.of);
  return DONE;
}

/* nangolite --OPTION */
static int take_option(int count, char **words) {
  static const char *const names[] = {"--help", "--version", NULL};
  if (strcmp(words[0], "--version") == 0) {
    printf("nangolite %s, SQLite %s\n", nangolite_version(), sqlite3_libversion());
  } else if (strcmp(words[0], "--complete") == 0) {
    help_complete(words + 1, (size_t)count - 1);
  } else if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0) {
    const command *c = count > 1 ? command_find(words[1]) : NULL;
    if (c != NULL) help_print_command(c);
    else help_print();
  } else {
    line_complain_unknown("there is no option", words[0], names);
    return WRONG_USAGE;
  }
  return DONE;
}

int main(int count, char **words) {
  terminal_begin(&count, &words);
  if (count < 2) {
    text_complain("FILE is missing: nangolite FILE COMMAND (nangolite --help lists the commands)");
    return WRONG_USAGE;
  }
  int is_option = words[1][0] == '-';
  return end(is_option ? take_option(count - 1, words + 1) : take_command(count - 1, words + 1));
}
