/* control: the commands to syncs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "names.h"
#include "store.h"
#include "text.h"

/* What was told to whom, as a line. */
static void report(const char *what, const line *given) {
  printf("%s ", what);
  for (size_t i = 2; i < given->argument_count; i++) {
    if (i > 2) fputs(", ", stdout);
    text_put(stdout, span_of(given->arguments[i]));
  }
  if (given->argument_count == 2) fputs("all syncs", stdout);
  fputs(" of ", stdout);
  text_put(stdout, span_of(given->arguments[1]));
  fputs(" (", stdout);
  text_put(stdout, span_of(given->arguments[0]));
  puts(")");
}

static int is_there(char **names, const char *name) {
  for (; names != NULL && *names != NULL; names++) {
    if (strcmp(*names, name) == 0) return 1;
  }
  return 0;
}

/* A sync that is not there is told with the name that it may be meant as. */
static int failed(nangolite *store, const line *given, int result) {
  char **names =
    result == NANGOLITE_UNKNOWN_SYNC ? names_in_store(store, "SYNC", given->arguments[0], NULL) : NULL;
  int is_told = 0;
  for (size_t i = 2; names != NULL && i < given->argument_count && !is_told; i++) {
    char *name = text_copy((span){given->arguments[i], strcspn(given->arguments[i], ":")});
    is_told = !is_there(names, name);
    if (is_told) line_complain_unknown("there is no sync", name, (const char *const *)names);
    free(name);
  }
  names_free(names);
  return is_told ? FAILED : store_failed(store, result);
}

static int end(nangolite *store, const line *given, int result, const char *what) {
  if (result != NANGOLITE_OK) return failed(store, given, result);
  report(what, given);
  return DONE;
}

static const char *const *syncs_of(const line *given) {
  return given->arguments + 2;
}

int control_trigger(nangolite *store, const line *given) {
  unsigned flags = (line_has(given, OPTION_RESET) ? NANGOLITE_RESET : 0U) |
                   (line_has(given, OPTION_EMPTY_CACHE) ? NANGOLITE_EMPTY_CACHE : 0U) |
                   (line_has(given, OPTION_ALLOW_DELETES) ? NANGOLITE_ALLOW_DELETES : 0U);
  if (line_has(given, OPTION_EMPTY_CACHE) && !line_has(given, OPTION_RESET)) {
    text_complain(
      "trigger: --empty-cache needs --reset, because a checkpoint would skip the records that it removes");
    return WRONG_USAGE;
  }
  int result = nangolite_sync_trigger(store, given->arguments[0], given->arguments[1], syncs_of(given),
                                      given->argument_count - 2, flags);
  return end(store, given, result, "triggered");
}

int control_start(nangolite *store, const line *given) {
  int result = nangolite_sync_start(store, given->arguments[0], given->arguments[1], syncs_of(given),
                                    given->argument_count - 2);
  return end(store, given, result, "started");
}

int control_pause(nangolite *store, const line *given) {
  int result = nangolite_sync_pause(store, given->arguments[0], given->arguments[1], syncs_of(given),
                                    given->argument_count - 2);
  return end(store, given, result, "paused");
}

int control_cancel(nangolite *store, const line *given) {
  int result = nangolite_sync_cancel(store, given->arguments[0], given->arguments[1], syncs_of(given),
                                     given->argument_count - 2);
  return end(store, given, result, "cancelled");
}
