#include "database/id_list.h"

#include "base/list.h"

static void id_list_add(nangolite *store, id_list *list, int64_t id) {
  int64_t *at = list_room(list->at, NULL, list->count, &list->capacity, sizeof *at);
  if (at == NULL) {
    store_fail_memory(store);
    return;
  }
  list->at = at;
  at[list->count++] = id;
}

static void id_list_read(nangolite *store, id_list *list, query *q) {
  while (query_next(q)) id_list_add(store, list, query_int(q, 0));
  query_close(q);
}
