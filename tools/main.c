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
  int status = DONE;
  if (access_of(given) != ACCESS_MAKE) status = store_open(given->file, access_of(given), &with, &store);
  if (status == DONE) status = given->of->run(store, given);
  store_close(store);
  return status;
}

static int is_help_word(const char *word) {
  return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* nangolite COMMAND --help, nangolite FILE --help. 0: it is neither. */
static int take_help(int count, char **words) {
  const command *c = command_find(words[0]);
  if (count < 2 || !is_help_word(words[1])) return 0;
  if (c != NULL) help_print_command(c);
  else help_print();
  return 1;
}

/* The command behind FILE; NULL, after complaining: there is none. */
static const command *command_of(int count, char **words) {
  const command *c = count > 1 ? command_find(words[1]) : NULL;
  if (c != NULL) return c;
  if (command_find(words[0]) != NULL) text_complain("FILE comes first: nangolite FILE %s", words[0]);
  else if (count > 1) complain_of_command(words[1]);
  else text_complain("COMMAND is missing: nangolite FILE COMMAND (nangolite --help lists them)");
  return NULL;
}

static int take_command(int count, char **words) {
  line given = {.file = words[0]};
  if (take_help(count, words)) return DONE;
  given.of = command_of(count, words);
  if (given.of == NULL) return WRONG_USAGE;
  int status = line_read(&given, words + 2, (size_t)count - 2) ? DONE : WRONG_USAGE;
  if (status == DONE && !line_has(&given, OPTION_HELP)) status = run(&given);
  else if (status == DONE) help_print_command(given.of);
  line_free(&given);
  return status;
}

/* nangolite --OPTION */
static int take_option(int count, char **words) {
  static const char *const names[] = {"--help", "--version", NULL};
  if (strcmp(words[0], "--version") == 0) {
    printf("nangolite %s, SQLite %s\n", nangolite_version(), sqlite3_libversion());
  } else if (strcmp(words[0], "--complete") == 0) {
    help_complete(words + 1, (size_t)count - 1);
  } else if (is_help_word(words[0])) {
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
