/* id_list: the ids that a statement lists, read at once, so that the statement can be used again. */
#ifndef NANGOLITE_ID_LIST_H
#define NANGOLITE_ID_LIST_H

#include "database/query.h"

/* Freed with sqlite3_free(at). */
typedef struct id_list {
  int64_t *at;
  size_t count, capacity;
} id_list;

/* Both latch NANGOLITE_NOMEM where memory is missing. */
static void id_list_add(nangolite *store, id_list *list, int64_t id);
/* Adds the first column of every row, and closes the query. */
static void id_list_read(nangolite *store, id_list *list, query *q);

#endif
