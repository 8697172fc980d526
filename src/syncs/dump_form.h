/* dump_form: what the lines of a dump are. A line is a JSON object with the name of its kind, and one row of the
** store. nangolite.h shows the lines.
**
** dump_kinds has a row for each kind: its members in their order, and its two statements in sql.c. One selects the rows
** that become lines, and its columns have the names of the members. The other inserts a row, and its parameters have
** these names. These statements read and write tables that other parts own, because a dump has their columns as they
** are. */
#ifndef NANGOLITE_DUMP_FORM_H
#define NANGOLITE_DUMP_FORM_H

#include "base/slice.h"
#include "database/sql.h"

typedef enum dump_kind {
  DUMP_OF_STORE, /* the first line */
  DUMP_OF_VARIABLE,
  DUMP_OF_CONNECTION,
  DUMP_OF_SYNC,
  DUMP_OF_SYNC_MODEL, /* behind its sync */
  DUMP_OF_INSTANCE,
  DUMP_OF_RESULT, /* behind its instance, like its runs */
  DUMP_OF_RUN,
  DUMP_OF_COLLECTION,
  DUMP_OF_RECORD, /* behind its collection */
  DUMP_OF_END,    /* the last line */
  DUMP_KINDS
} dump_kind;

typedef enum dump_type {
  DUMP_TEXT,   /* a string that is UTF-8 */
  DUMP_BYTES,  /* a string; what is not UTF-8 in it is replaced */
  DUMP_NUMBER, /* an integer */
  DUMP_FLAG,   /* true, or left out */
  DUMP_WORD,   /* one of a list of words, by its number; the word 0 is left out */
  DUMP_OBJECT  /* a JSON object as it was given; dump_fits_a_line() */
} dump_type;

/* What a member may be. */
enum {
  DUMP_MAY_LACK = 1,   /* it may be NULL in the store, and is left out then */
  DUMP_IS_METADATA = 2 /* only in dumps with metadata */
};

typedef struct dump_member {
  const char *name; /* NULL: the list of members has ended */
  dump_type type;
  unsigned is;
  int64_t low, high; /* of a number, and of a word's number */
  const char *const *words;
} dump_member;

enum { DUMP_FORMAT = 1, DUMP_MEMBERS_MAX = 30, DUMP_LENGTH_MAX = 0x7fffffff, DUMP_HASH_DIGITS = 32 };

typedef struct dump_form {
  const char *name; /* of the kind */
  const char *one;  /* for messages: "a connection" */
  statement_id select, insert;
  dump_member members[DUMP_MEMBERS_MAX + 1];
} dump_form;

/* The value of a member: a number, a flag and a word have a number, all others a text. */
typedef struct dump_value {
  int is_there;
  int64_t number;
  slice text;
} dump_value;

static const dump_form *dump_form_of(dump_kind kind);
/* The form of that name; NULL: there is none. */
static const dump_form *dump_form_named(slice name, dump_kind *kind);
/* The position of a member; -1: there is no such member. */
static int dump_member_at(const dump_form *form, slice name);
static int dump_member_count(const dump_form *form);

/* Whether a JSON object stands in a line as it is. Else it stands there as a string: where it has a line break, or nests
** so deep that within the line it would be deeper than JSON may be. */
static int dump_fits_a_line(slice object);

#endif
