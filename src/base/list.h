/* list: arrays that grow, of any kind of item. The first items may live in a small array of the owner
** (`local`), so that what is usually short costs no allocation. */
#ifndef NANGOLITE_LIST_H
#define NANGOLITE_LIST_H

#include "base/internal.h"

/* Returns the array with room for one more item than `count`, moved if need be. NULL: no memory; the array
** is as it was. `size` is an item's; `local` NULL: there is none. */
static void *list_room(void *items, const void *local, size_t count, size_t *capacity, size_t size);
static void list_free(void *items, const void *local);

#endif
