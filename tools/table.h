/* table: rows in columns that fit the terminal. */
#ifndef NANGOLITE_TOOL_TABLE_H
#define NANGOLITE_TOOL_TABLE_H

#include <stddef.h>

typedef struct column {
  const char *title;
  int is_right; /* numbers stand at the right */
  size_t least; /* it is not cut below that; 0: never cut */
  int rank;     /* where the terminal is too narrow, the column with the lowest is left out first; 0: never */
} column;

typedef enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_WAITING, COLOUR_BUSY, COLOUR_DIM } colour;

typedef struct table table;

table *table_new(const column *columns, size_t count);

/* The next cell, which is copied; rows follow one another. */
void table_add(table *t, const char *text, colour of);

/* A line below the row that was added last, which is copied. */
void table_note(table *t, const char *text);

/* Prints the rows and forgets them. The title is printed once, and widths never shrink, so that rows that
** come later stand below the ones before. */
void table_print(table *t);

void table_free(table *t);

#endif
