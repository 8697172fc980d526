/* help: what the tables of commands and options say to people and to shells. */
#ifndef NANGOLITE_TOOL_HELP_H
#define NANGOLITE_TOOL_HELP_H

#include "command.h"

/* All commands, a line each. */
void help_print(void);

void help_print_command(const command *c);

/* The words that may stand in place of the last one of a command line, each with a tab and what it means, for
** the shells' completion. */
void help_complete(char **words, size_t count);

#endif
