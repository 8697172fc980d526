#include "records/batch.h"

#include "database/arguments.h"

/* Ids that are unescaped go to b->ids, which moves as it grows: until batch_place_ids() such an item's
** `at` is NULL and its bytes are the next `length` ones there. */
static void batch_unescape_id(nangolite *store, batch *b, json_value written, batch_item *item) {
  size_t from = b->ids.length;
  int lone_surrogate = 0;
  json_unescape(written, &b->ids, &lone_surrogate);
  if (b->ids.failed) {
    store_fail_memory(store);
    return;
  }
  item->id = (slice){NULL, b->ids.length - from};
  if (lone_surrogate)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id has a lone surrogate", (long long)b->count);
  else if (memchr(b->ids.at + from, '\0', item->id.length) != NULL)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id has the character U+0000", (long long)b->count);
}

static void batch_place_ids(batch *b) {
  size_t at = 0;
  for (size_t i = 0; i < b->count && b->ids.length > 0; i++) {
    if (b->items[i].id.at != NULL) continue;
    b->items[i].id.at = b->ids.at + at;
    at += b->items[i].id.length;
  }
}

static void batch_read_id(nangolite *store, batch *b, json_value id, batch_item *item) {
  if (id.text.at == NULL) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id is missing", (long long)b->count);
    return;
  }
  if (id.type == JSON_STRING && memchr(id.text.at, '\\', id.text.length) != NULL)
    batch_unescape_id(store, b, id, item);
  else if (id.type == JSON_STRING) item->id = (slice){id.text.at + 1, id.text.length - 2};
  else if (id.type == JSON_NUMBER) item->id = id.text;
  else
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must be a string or a number", (long long)b->count);
  if (!store_failed(store) && (item->id.length == 0 || item->id.length > RECORD_ID_MAX)) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must have 1 to %d bytes, and has %lld",
               (long long)b->count, RECORD_ID_MAX, (long long)item->id.length);
  }
}

static void batch_add(nangolite *store, batch *b, const json_record *r) {
  batch_item *items = list_room(b->items, NULL, b->count, &b->capacity, sizeof *b->items);
  if (items == NULL) {
    store_fail_memory(store);
    return;
  }
  b->items = items;
  batch_item item = {r->text, {NULL, 0}, r->has_metadata};
  batch_read_id(store, b, r->id, &item);
  b->items[b->count++] = item;
}

static int batch_is_before(const batch *b, size_t left, size_t right) {
  return slice_compare(b->items[left].id, b->items[right].id) < 0;
}

static int batch_is_ascending(const batch *b) {
  for (size_t i = 1; i < b->count; i++) {
    if (!batch_is_before(b, i - 1, i)) return 0;
  }
  return 1;
}

/* Merges the two sorted runs [low, middle) and [middle, high); equal ids keep their order. */
static void batch_merge(const batch *b, const size_t *from, size_t *to, size_t low, size_t middle,
                        size_t high) {
  size_t left = low, right = middle;
  for (size_t i = low; i < high; i++) {
    int take_right = left == middle || (right < high && batch_is_before(b, from[right], from[left]));
    to[i] = take_right ? from[right++] : from[left++];
  }
}

static void batch_sort(batch *b, size_t *spare) {
  size_t *from = b->by_id, *to = spare, count = b->count;
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t low = 0; low < count; low += 2 * width) {
      size_t middle = low + width < count ? low + width : count;
      size_t high = middle + width < count ? middle + width : count;
      batch_merge(b, from, to, low, middle, high);
    }
    size_t *swapped = from;
    from = to;
    to = swapped;
  }
  if (from != b->by_id) memcpy(b->by_id, from, count * sizeof *from);
}

/* Equal ids stand side by side, the first of the array before the others: those lose their id, then their
** place. */
static void batch_drop_duplicates(batch *b, size_t *moved_to) {
  size_t kept = 1, at = 0;
  for (size_t i = 1; i < b->count; i++) {
    batch_item *item = &b->items[b->by_id[i]];
    if (slice_equals(item->id, b->items[b->by_id[kept - 1]].id)) item->id.length = 0;
    else b->by_id[kept++] = b->by_id[i];
  }
  for (size_t i = 0; i < b->count; i++) {
    moved_to[i] = at;
    if (b->items[i].id.length > 0) b->items[at++] = b->items[i];
  }
  for (size_t i = 0; i < kept; i++) b->by_id[i] = moved_to[b->by_id[i]];
  b->duplicates = (int64_t)(b->count - kept);
  b->count = kept;
}

static void batch_order(nangolite *store, batch *b) {
  b->by_id = store_allocate(store, 2 * b->count * sizeof *b->by_id);
  if (b->by_id == NULL) return;
  for (size_t i = 0; i < b->count; i++) b->by_id[i] = i;
  if (batch_is_ascending(b)) return;
  size_t *spare = b->by_id + b->count;
  batch_sort(b, spare);
  batch_drop_duplicates(b, spare);
}

static void batch_refuse(nangolite *store, const json_records *records) {
  store_fail(store, NANGOLITE_INVALID, "record %lld: %s, at byte %lld", (long long)records->count,
             records->error.reason, (long long)records->error.offset);
}

static batch batch_parse(nangolite *store, const char *json, int64_t length) {
  batch b = {0};
  arguments_need(store, json, "json");
  if (length < -1) store_fail(store, NANGOLITE_INVALID, "length must be -1 or more");
  if (store_failed(store)) return b;
  slice written = {json, length == -1 ? strlen(json) : (size_t)length};
  json_records records;
  json_record r;
  json_records_open(&records, written);
  while (!store_interrupted(store) && json_records_next(&records, &r)) batch_add(store, &b, &r);
  if (records.error.reason != NULL) batch_refuse(store, &records);
  batch_place_ids(&b);
  if (!store_failed(store)) batch_order(store, &b);
  return b;
}

static void batch_free(batch *b) {
  sqlite3_free(b->items);
  sqlite3_free(b->by_id);
  text_free(&b->ids);
}
