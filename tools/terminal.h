/* terminal: what differs between POSIX and Windows. All files of the tool but this one are plain C. */
#ifndef NANGOLITE_TOOL_TERMINAL_H
#define NANGOLITE_TOOL_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Call it first. Makes *arguments UTF-8, standard input and output free of translations, and a reader who
** leaves early no reason to be killed. */
void terminal_begin(int *count, char ***arguments);

int terminal_is(FILE *stream);

/* How wide what is printed may be: COLUMNS, else the width of the terminal that standard output is. 0: any
** width. */
size_t terminal_columns(void);

/* Whether standard output shows colours: a terminal, without NO_COLOR. */
int terminal_has_colour(void);

/* How many columns a character takes. -1: it cannot be shown. */
int terminal_width(uint32_t character);

/* Waits, shorter when a signal comes or the reader of standard output leaves. */
void terminal_wait(int milliseconds);

/* Has `stop` called when the user wants an end (Ctrl-C), and a second time ends the program. `stop` may do
** what a signal handler may. */
void terminal_on_signal(void (*stop)(void));

/* The signal that has come; 0: none. */
int terminal_signal(void);

/* Whether nobody reads standard output any more. */
int terminal_reader_left(void);

#endif
