/* command: the tables of commands and options, from which help, completion and the reading of a command line
** are made. */
#ifndef NANGOLITE_TOOL_COMMAND_H
#define NANGOLITE_TOOL_COMMAND_H

#include <stddef.h>

#include "nangolite.h"

/* What the program ends with. */
enum { DONE = 0, FAILED = 1, WRONG_USAGE = 2, NO_STORE = 3 };

typedef enum option_id {
  OPTION_JSON,
  OPTION_FOLLOW,
  OPTION_SINCE,
  OPTION_CURSOR,
  OPTION_FILTER,
  OPTION_ID,
  OPTION_LIMIT,
  OPTION_HEADER,
  OPTION_DATA,
  OPTION_CONTENT,
  OPTION_RESET,
  OPTION_EMPTY_CACHE,
  OPTION_ALLOW_DELETES,
  OPTION_PRUNE_AFTER,
  OPTION_DELETE_AFTER,
  OPTION_HELP,
  OPTION_COUNT
} option_id;

typedef struct option {
  char letter;       /* 0: none */
  const char *name;  /* without its two hyphens */
  const char *value; /* what stands for its value in help; NULL: it takes none */
  const char *sentence;
} option;

/* How a command uses the file. */
typedef enum command_access {
  ACCESS_READ,  /* it writes nothing, and leaves no file behind */
  ACCESS_WRITE, /* there must be a store */
  ACCESS_MAKE   /* the command opens it itself, and makes it where it is missing */
} command_access;

typedef struct line line;

typedef struct command {
  const char *group; /* a title above it in help; NULL: as the one before */
  const char *name, *arguments;
  unsigned options; /* bits 1 << option_id */
  command_access access;
  int (*run)(nangolite *store, const line *given); /* what the program ends with */
  const char *sentence, *more, *example;
} command;

/* Both end with a name that is NULL. */
extern const option command_options[OPTION_COUNT + 1];
extern const command commands[];

const command *command_find(const char *name);

/* The Nth name in the arguments, without brackets and dots, in `name`; 0: there are fewer. The last one is
** repeated where it ends in "...". */
enum { ARGUMENT_SIZE = 32 };
int command_argument(const command *c, size_t index, char name[ARGUMENT_SIZE]);

/* How many arguments it needs, and may have; SIZE_MAX: any number. */
size_t command_least(const command *c);
size_t command_most(const command *c);

/* ---- what they do, each in the file of its subject ---- */

int list_status(nangolite *store, const line *given);
int list_runs(nangolite *store, const line *given);
int list_syncs(nangolite *store, const line *given);
int list_connections(nangolite *store, const line *given);
int list_collections(nangolite *store, const line *given);
int records_run(nangolite *store, const line *given);
int request_run(nangolite *store, const line *given);
int control_trigger(nangolite *store, const line *given);
int control_start(nangolite *store, const line *given);
int control_pause(nangolite *store, const line *given);
int control_cancel(nangolite *store, const line *given);
int care_backup(nangolite *store, const line *given);
int care_compact(nangolite *store, const line *given);
int care_maintain(nangolite *store, const line *given);
int transfer_export(nangolite *store, const line *given);
int transfer_import(nangolite *store, const line *given);
int care_repair(nangolite *store, const line *given);
int care_check(nangolite *store, const line *given);

#endif
