/* id_list: ids of rows that a statement lists, read at once so that the statement is free again. */
#ifndef NANGOLITE_ID_LIST_H
#define NANGOLITE_ID_LIST_H

#include "database/query.h"

/* Freed with sqlite3_free(at). */
typedef struct id_list {
  int64_t *at;
  size_t count, capacity;
} id_list;

/* Without memory they latch that in the store. */
static void id_list_add(nangolite *store, id_list *list, int64_t id);
/* Adds the first column of every row, and closes the query. */
static void id_list_read(nangolite *store, id_list *list, query *q);

#endif
