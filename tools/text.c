#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "terminal.h"
#include "text.h"

/* A character as it comes out: at most two escapes. */
typedef struct shape {
  char bytes[16];
  size_t length, width;
} shape;

enum { REPLACEMENT = 0xfffd };

span span_of(const char *text) {
  return (span){text, text == NULL ? 0 : strlen(text)};
}

void *text_need(void *memory) {
  if (memory != NULL) return memory;
  fputs("nangolite: no memory\n", stderr);
  exit(1);
}

char *text_copy(span text) {
  char *copy = text_need(calloc(1, text.length + 1));
  if (text.length > 0) memcpy(copy, text.at, text.length);
  return copy;
}

/* ---- characters ---- */

/* The character at the start of the text, and its bytes. Whatever is not UTF-8 is one REPLACEMENT a byte. */
static uint32_t decode(span text, size_t *bytes) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned char first = (unsigned char)text.at[0];
  size_t length = first < 0x80   ? 1
                  : first < 0xc0 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf8 ? 4
                                 : 0;
  uint32_t c = length == 1 ? first : length == 0 ? 0 : first & (0x7fU >> length);
  *bytes = 1;
  if (length == 1) return first;
  if (length == 0 || length > text.length) return REPLACEMENT;
  for (size_t i = 1; i < length; i++) {
    unsigned char next = (unsigned char)text.at[i];
    if ((next & 0xc0) != 0x80) return REPLACEMENT;
    c = c << 6 | (next & 0x3f);
  }
  if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return REPLACEMENT;
  *bytes = length;
  return c;
}

/* What a terminal, or its reader's eye, could take for something else than it is. */
static int is_deceiving(uint32_t c) {
  static const struct {
    uint32_t first, last;
  } ranges[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
  };
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
    if (c >= ranges[i].first && c <= ranges[i].last) return 1;
  }
  return (c & 0xfffe) == 0xfffe;
}

static void escape(shape *s, uint32_t c) {
  int length;
  if (c < 0x10000) {
    length = snprintf(s->bytes, sizeof s->bytes, "\\u%04x", (unsigned)c);
  } else {
    uint32_t rest = c - 0x10000;
    length = snprintf(s->bytes, sizeof s->bytes, "\\u%04x\\u%04x", (unsigned)(0xd800 + (rest >> 10)),
                      (unsigned)(0xdc00 + (rest & 0x3ff)));
  }
  s->length = s->width = (size_t)length;
}

/* Takes one character from the start of the text. */
static shape next_shape(span *text) {
  shape s;
  size_t bytes;
  uint32_t c = decode(*text, &bytes);
  int width = c == '\t' || c == '\n' || c == '\r' ? 1 : is_deceiving(c) ? -1 : terminal_width(c);
  if (width < 0) {
    escape(&s, c);
  } else if (c == REPLACEMENT) {
    s = (shape){"\xef\xbf\xbd", 3, 1};
  } else {
    memcpy(s.bytes, width == 1 && c < ' ' ? " " : text->at, bytes);
    s.length = bytes;
    s.width = (size_t)width;
  }
  text->at += bytes;
  text->length -= bytes;
  return s;
}

void text_put(FILE *out, span text) {
  while (text.length > 0) {
    shape s = next_shape(&text);
    fwrite(s.bytes, 1, s.length, out);
  }
}

/* ---- widths ---- */

size_t text_width(span text) {
  size_t width = 0;
  while (text.length > 0) width += next_shape(&text).width;
  return width;
}

/* Whether it takes more columns; looks no further than that. */
static int is_wider(span text, size_t width) {
  size_t used = 0;
  while (text.length > 0 && used <= width) used += next_shape(&text).width;
  return used > width;
}

size_t text_put_cut(FILE *out, span text, size_t width) {
  int is_cut = is_wider(text, width);
  size_t used = 0, room = is_cut && width > 0 ? width - 1 : width;
  while (text.length > 0) {
    shape s = next_shape(&text);
    if (used + s.width > room) break;
    fwrite(s.bytes, 1, s.length, out);
    used += s.width;
  }
  if (is_cut && width > 0) fputs("\xe2\x80\xa6", out); /* an ellipsis */
  return is_cut && width > 0 ? used + 1 : used;
}

/* How many bytes of the text fit in a line: whole words, or as much of a word as fits where it is longer than
** that. */
static size_t line_length(span text, size_t width) {
  span rest = text;
  size_t used = 0, at_blank = 0, fits = 0;
  while (rest.length > 0) {
    size_t before = text.length - rest.length;
    int is_blank = *rest.at == ' ' || *rest.at == '\n';
    used += next_shape(&rest).width;
    if (is_blank) at_blank = before;
    if (used > width && !is_blank)
      return at_blank > 0 ? at_blank : fits > 0 ? fits : text.length - rest.length;
    fits = text.length - rest.length;
  }
  return text.length;
}

static span without_blanks(span text) {
  while (text.length > 0 && *text.at == ' ') text = (span){text.at + 1, text.length - 1};
  return text;
}

void text_put_wrapped(FILE *out, span text, wrapping how) {
  size_t room = how.width > how.indent + 10 ? how.width - how.indent : 10;
  for (size_t line = 1; text.length > 0; line++) {
    size_t length = how.width == 0 ? text.length : line_length(text, room);
    size_t blanks = line > 1 ? how.indent : how.indent > how.used ? how.indent - how.used : 0;
    fprintf(out, "%*s", (int)blanks, "");
    if (line == how.lines && length < text.length) {
      text_put_cut(out, text, room);
      length = text.length;
    } else {
      text_put(out, (span){text.at, length});
    }
    fputc('\n', out);
    text = without_blanks((span){text.at + length, text.length - length});
  }
}

void text_complain(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *message = text_need(sqlite3_vmprintf(format, arguments));
  va_end(arguments);
  fflush(stdout);
  fputs("nangolite: ", stderr);
  text_put(stderr, span_of(message));
  fputc('\n', stderr);
  sqlite3_free(message);
}
