/* text: a growing byte buffer.
**
** A failed allocation is latched: `failed` is set, later appends do nothing, and the caller checks it once,
** at the end. A text of zeros is empty and ready for use; text_free() frees its memory and makes it that
** again. */
#ifndef NANGOLITE_TEXT_H
#define NANGOLITE_TEXT_H

#include "base/internal.h"

typedef struct text {
  char *at; /* without a NUL at its end: text_take() adds one */
  size_t length;
  size_t capacity;
  int failed; /* an allocation failed: the content is incomplete */
} text;

/* Makes room for `more` bytes behind the content and returns where they go, NULL when there is no memory.
** The caller writes there and adds to `length` what it wrote. */
static char *text_reserve(text *t, size_t more);

static void text_append(text *t, const char *bytes, size_t length);
static void text_append_string(text *t, const char *string); /* up to the NUL */
static void text_append_int(text *t, int64_t value);

/* Ends the content with a NUL and hands it over: free it with sqlite3_free(). NULL: there was no memory.
** Either way `t` is empty afterwards. */
static char *text_take(text *t);
static void text_clear(text *t); /* empty, keeps the memory for the next use */
static void text_free(text *t);

#endif
