#include "base/list.h"

#define LIST_CAPACITY_MIN 16

static void *list_room(void *items, const void *local, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return items;
  size_t wanted = *capacity < LIST_CAPACITY_MIN ? LIST_CAPACITY_MIN : 2 * *capacity;
  if (wanted > SIZE_MAX / 2 / size) return NULL;
  void *grown = sqlite3_realloc64(items == local ? NULL : items, wanted * size);
  if (grown == NULL) return NULL;
  if (items == local && count > 0) memcpy(grown, items, count * size);
  *capacity = wanted;
  return grown;
}

static void list_free(void *items, const void *local) {
  if (items != local) sqlite3_free(items);
}
