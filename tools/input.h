/* input: what standard input holds. */
#ifndef NANGOLITE_TOOL_INPUT_H
#define NANGOLITE_TOOL_INPUT_H

#include <stddef.h>

/* All of it, with a NUL behind it; *text is to be given to free(). DONE, or what the program ends with, after
** complaining. `progress`, which may be NULL, is told how many bytes there are. */
int input_read(char **text, size_t *length, void (*progress)(size_t length));

#endif
