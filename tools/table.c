#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "terminal.h"
#include "text.h"

enum { COLUMNS_MOST = 10, GAP = 2, NOTE_INDENT = 2, NOTE_LINES = 4 };

typedef struct row {
  struct cell {
    const char *text;
    colour of;
  } cells[COLUMNS_MOST];
  char *note;
} row;

struct table {
  const column *columns;
  size_t count;
  row *rows;
  size_t row_count, room, cells; /* `cells` of the last row are there */
  size_t natural[COLUMNS_MOST];  /* the widest cell, and the title */
  size_t widths[COLUMNS_MOST];   /* as printed; 0: left out */
  int has_title, has_colour;
};

table *table_new(const column *columns, size_t count) {
  table *t = text_need(calloc(1, sizeof *t));
  t->columns = columns;
  t->count = count;
  t->cells = count;
  t->has_colour = terminal_has_colour();
  for (size_t i = 0; i < count; i++) t->natural[i] = strlen(columns[i].title);
  return t;
}

static row *new_row(table *t) {
  if (t->row_count == t->room) {
    t->room = t->room * 2 + 64;
    t->rows = text_need(realloc(t->rows, t->room * sizeof *t->rows));
  }
  t->cells = 0;
  t->rows[t->row_count] = (row){.note = NULL};
  return &t->rows[t->row_count++];
}

void table_add(table *t, const char *text, colour of) {
  row *r = t->cells == t->count ? new_row(t) : &t->rows[t->row_count - 1];
  size_t i = t->cells++, width = text_width(span_of(text));
  r->cells[i].text = text_copy(span_of(text));
  r->cells[i].of = of;
  if (width > t->natural[i]) t->natural[i] = width;
}

void table_note(table *t, const char *text) {
  t->rows[t->row_count - 1].note = text_copy(span_of(text));
}

/* ---- widths ---- */

static size_t total(const table *t) {
  size_t sum = 0;
  for (size_t i = 0; i < t->count; i++) {
    if (t->widths[i] > 0) sum += t->widths[i] + (sum > 0 ? GAP : 0);
  }
  return sum;
}

/* The widest of the columns that may be cut further; t->count: there is none. */
static size_t widest(const table *t) {
  size_t found = t->count;
  for (size_t i = 0; i < t->count; i++) {
    size_t least = t->columns[i].least;
    if (least == 0 || t->widths[i] <= least) continue;
    if (found == t->count || t->widths[i] > t->widths[found]) found = i;
  }
  return found;
}

/* Leaves out the column that can be spared most easily; 0: there is none. */
static int leave_out(table *t) {
  size_t found = t->count;
  for (size_t i = 0; i < t->count; i++) {
    int rank = t->columns[i].rank;
    if (rank == 0 || t->widths[i] == 0) continue;
    if (found == t->count || rank < t->columns[found].rank) found = i;
  }
  if (found < t->count) t->widths[found] = 0;
  return found < t->count;
}

/* Whether all columns fit when each is cut as far as it may be. */
static int can_fit(const table *t, size_t width) {
  table least = *t;
  for (size_t i = 0; i < t->count; i++) {
    size_t to = t->columns[i].least;
    if (to > 0 && to < least.widths[i]) least.widths[i] = to;
  }
  return total(&least) <= width;
}

static void fit(table *t) {
  size_t width = terminal_columns(), i;
  memcpy(t->widths, t->natural, sizeof t->widths);
  if (width == 0) return;
  while (!can_fit(t, width) && leave_out(t)) {
  }
  while (total(t) > width && (i = widest(t)) < t->count) t->widths[i]--;
}

/* ---- printing ---- */

static const char *code_of(const table *t, colour of) {
  static const char *const codes[] = {"", "\033[32m", "\033[31m", "\033[33m", "\033[36m", "\033[2m"};
  return t->has_colour ? codes[of] : "";
}

/* A cell, and the gap before the next one unless it `is_last`. `left`: how many columns the line still has; a
** table that cannot fit is cut there. */
static void put_cell(const table *t, size_t i, const struct cell *c, int is_last, size_t *left) {
  span text = span_of(c->text);
  size_t used = text_width(text), width = t->widths[i] < *left ? t->widths[i] : *left;
  size_t blanks = used < width ? width - used : 0;
  const char *code = text.length == 0 ? "" : code_of(t, c->of);
  if (t->columns[i].is_right) printf("%*s", (int)blanks, "");
  fputs(code, stdout);
  used = text_put_cut(stdout, text, width);
  if (*code != '\0') fputs("\033[0m", stdout);
  *left -= width;
  if (is_last || *left <= GAP) {
    *left = 0;
    return;
  }
  printf("%*s", (int)((t->columns[i].is_right ? 0 : width - used) + GAP), "");
  *left -= GAP;
}

static void put_cells(const table *t, const struct cell *cells) {
  size_t left = terminal_columns() == 0 ? (size_t)-1 : terminal_columns(), last = 0;
  for (size_t i = 0; i < t->count; i++) {
    if (t->widths[i] > 0 && *cells[i].text != '\0') last = i;
  }
  for (size_t i = 0; i <= last && left > 0; i++) {
    if (t->widths[i] > 0) put_cell(t, i, &cells[i], i == last, &left);
  }
  putchar('\n');
}

static void put_title(table *t) {
  struct cell cells[COLUMNS_MOST];
  if (t->has_title) return;
  t->has_title = 1;
  for (size_t i = 0; i < t->count; i++) cells[i] = (struct cell){t->columns[i].title, COLOUR_DIM};
  put_cells(t, cells);
}

static void put_row(const table *t, const row *r) {
  wrapping how = {.indent = NOTE_INDENT, .width = terminal_columns(), .lines = NOTE_LINES};
  put_cells(t, r->cells);
  if (r->note == NULL) return;
  fputs(code_of(t, COLOUR_BAD), stdout);
  text_put_wrapped(stdout, span_of(r->note), how);
  if (t->has_colour) fputs("\033[0m", stdout);
}

static void forget_rows(table *t) {
  for (size_t i = 0; i < t->row_count; i++) {
    for (size_t j = 0; j < t->count; j++) free((char *)t->rows[i].cells[j].text);
    free(t->rows[i].note);
  }
  t->row_count = 0;
}

void table_print(table *t) {
  if (t->row_count == 0) return;
  fit(t);
  put_title(t);
  for (size_t i = 0; i < t->row_count && !ferror(stdout); i++) put_row(t, &t->rows[i]);
  forget_rows(t);
}

void table_free(table *t) {
  if (t == NULL) return;
  forget_rows(t);
  free(t->rows);
  free(t);
}
