#include "extension/cursor_collation.h"

#include "values/cursor.h"

#ifdef NANGOLITE_EXTENSION

static int cursor_collation_compare_places(const cursor_place *a, const cursor_place *b) {
  if (a->stamp != b->stamp) return a->stamp < b->stamp ? -1 : 1;
  return slice_compare(a->id, b->id);
}

/* A collation cannot fail, so text that is no cursor stands before all cursors. */
static int cursor_collation_compare(void *unused, int length, const void *at, int other_length,
                                    const void *other_at) {
  slice a = {at, (size_t)length}, b = {other_at, (size_t)other_length};
  text a_buffer = {0}, b_buffer = {0};
  cursor_place a_place, b_place;
  (void)unused;
  int a_is_cursor = cursor_decode(a, &a_buffer, &a_place) == NULL;
  int b_is_cursor = cursor_decode(b, &b_buffer, &b_place) == NULL;
  int order = a_is_cursor - b_is_cursor;
  if (a_is_cursor && b_is_cursor) order = cursor_collation_compare_places(&a_place, &b_place);
  else if (!a_is_cursor && !b_is_cursor) order = slice_compare(a, b);
  text_free(&a_buffer);
  text_free(&b_buffer);
  return order;
}

static int cursor_collation_register(sqlite3 *db) {
  return sqlite3_create_collation_v2(db, CURSOR_COLLATION, SQLITE_UTF8, NULL, cursor_collation_compare, NULL);
}

#endif
