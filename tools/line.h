/* line: a command line, read by the tables of commands and options. */
#ifndef NANGOLITE_TOOL_LINE_H
#define NANGOLITE_TOOL_LINE_H

#include "command.h"

struct line {
  const char *file;
  const command *of;
  const char **arguments; /* those of the command, then a NULL */
  size_t argument_count;
  struct given {
    option_id id;
    const char *value;
  } * given; /* the options, in their order */
  size_t given_count;
};

/* Reads the words of a command, those behind its name. 0: something is wrong with them, and was complained
** about. */
int line_read(line *l, char **words, size_t count);

void line_free(line *l);

/* An argument, or NULL. */
const char *line_argument(const line *l, size_t index);

int line_has(const line *l, option_id id);

/* The value given last, or NULL. */
const char *line_value(const line *l, option_id id);

/* A number of at least `least`; `otherwise` where it is not given. -1: the value is no such number, and was
** complained about. */
int line_number(const line *l, option_id id, int least, int otherwise);

/* Complains that there is no such name, and tells the one of `names` (NULL at its end) that it may be meant
** as. `what` says what there is not: "there is no command". */
void line_complain_unknown(const char *what, const char *name, const char *const *names);

#endif
