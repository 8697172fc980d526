/* text: printing what a file holds so that it is no more than text to the terminal, and how wide that is.
**
** Control characters (C0, DEL, C1), characters that change the order or the visibility of others (the
** bidirectional controls, zero width, tags), and bytes that are not UTF-8 never come out: they are written as
** \u001b is, the latter as U+FFFD. Inside a JSON string that is the same value. White space outside of JSON
** strings becomes a blank. */
#ifndef NANGOLITE_TOOL_TEXT_H
#define NANGOLITE_TOOL_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Bytes that somebody else owns. `at` NULL: there are none, as with JSON's null. */
typedef struct span {
  const char *at;
  size_t length;
} span;

span span_of(const char *text); /* NULL too */

void text_put(FILE *out, span text);

/* Columns of the text as it comes out. */
size_t text_width(span text);

/* Prints at most `width` columns, the last a sign that there is more; returns how many it has printed. */
size_t text_put_cut(FILE *out, span text, size_t width);

typedef struct wrapping {
  size_t used;   /* columns of the first line that are printed already */
  size_t indent; /* blanks before each line */
  size_t width;  /* 0: all in one line */
  size_t lines;  /* at most so many; 0: all */
} wrapping;

/* Prints words in lines. */
void text_put_wrapped(FILE *out, span text, wrapping how);

/* "nangolite: " and a message, to standard error. */
void text_complain(const char *format, ...);

/* The memory, or the end of the program. */
void *text_need(void *memory);

/* A copy, ended with a NUL; to be given to free(). */
char *text_copy(span text);

#endif
