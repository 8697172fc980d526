/* tables: the tables, indexes and views that a store's schema consists of, as SQL with its columns
** explained, in the order in which they are made. */
#ifndef NANGOLITE_TABLES_H
#define NANGOLITE_TABLES_H

#include "base/internal.h"

#define TABLES_VERSION 100       /* of the schema that this library makes */
#define TABLES_FIRST_VERSION 100 /* files of lower versions were written by drafts, and are refused */

/* Marks a file that nangolite_open() made, in the header of the database: "NNGL". */
#define TABLES_APPLICATION_ID 0x4E4E474C

/* The kind of b-tree that a table or index is (https://sqlite.org/fileformat2.html, section 1.6). A view has
** none. */
typedef enum table_tree { TREE_NONE, TREE_TABLE, TREE_INDEX } table_tree;

/* A table, an index or a view, as a row of sqlite_master has it. */
typedef struct table_object {
  int since; /* the version that brought it */
  const char *type, *name, *table;
  table_tree tree;
  const char *sql; /* NULL: an index that SQLite makes with its table */
} table_object;

/* The object at a position, from 0 on. NULL: there are no more. */
static const table_object *table_at(int position);

#endif
