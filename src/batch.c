#include "batch.h"

/* Ids that are unescaped go to b->ids, which moves as it grows: until batch_place_ids() such an item's `at` is NULL and its
** bytes are the next `length` ones there. */
static void batch_unescape_id(nangolite *store, batch *b, json_value written, batch_item *item) {
  size_t from = b->ids.length;
  int lone_surrogate = 0;
  json_unescape(written, &b->ids, &lone_surrogate);
  if (b->ids.failed) {
    store_fail_memory(store);
    return;
  }
  item->id = (slice){NULL, b->ids.length - from};
  if (lone_surrogate) store_fail(store, NANGOLITE_INVALID, "record %lld: id has a lone surrogate", (long long)b->count);
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
  item->id_is_number = id.type == JSON_NUMBER;
  if (id.text.at == NULL) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id is missing", (long long)b->count);
    return;
  }
  if (id.type == JSON_STRING && memchr(id.text.at, '\\', id.text.length) != NULL) batch_unescape_id(store, b, id, item);
  else if (id.type == JSON_STRING) item->id = (slice){id.text.at + 1, id.text.length - 2};
  else if (id.type == JSON_NUMBER) item->id = id.text;
  else store_fail(store, NANGOLITE_INVALID, "record %lld: id must be a string or a number", (long long)b->count);
  if (!store_failed(store) && (item->id.length == 0 || item->id.length > RECORD_ID_MAX)) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must have 1 to %d bytes, and has %lld", (long long)b->count,
               RECORD_ID_MAX, (long long)item->id.length);
  }
}

static void batch_add(nangolite *store, batch *b, const json_record *r) {
  batch_item *items = list_room(b->items, NULL, b->count, &b->capacity, sizeof *b->items);
  if (items == NULL) {
    store_fail_memory(store);
    return;
  }
  b->items = items;
  batch_item item = {r->text, {NULL, 0}, 0, r->has_metadata};
  batch_read_id(store, b, r->id, &item);
  b->items[b->count++] = item;
}

static uint64_t batch_hash_id(const nangolite *store, slice id) {
  return hash_bytes(&store->key, id.at, id.length).low;
}

/* Open addressing over a table of twice as many slots, each a position plus one. */
static void batch_drop_duplicates(nangolite *store, batch *b) {
  size_t slots = 4;
  while (slots < 2 * b->count) slots *= 2;
  size_t *table = b->count < 2 ? NULL : store_allocate(store, slots * sizeof *table);
  if (table == NULL) return;
  memset(table, 0, slots * sizeof *table);
  size_t kept = 0;
  for (size_t i = 0; i < b->count; i++) {
    size_t slot = (size_t)batch_hash_id(store, b->items[i].id) & (slots - 1);
    while (table[slot] != 0 && !slice_equals(b->items[table[slot] - 1].id, b->items[i].id)) slot = (slot + 1) & (slots - 1);
    if (table[slot] != 0) continue;
    b->items[kept++] = b->items[i];
    table[slot] = kept;
  }
  b->duplicates = (int64_t)(b->count - kept);
  b->count = kept;
  sqlite3_free(table);
}

static void batch_refuse(nangolite *store, const json_records *records) {
  store_fail(store, NANGOLITE_INVALID, "record %lld: %s, at byte %lld", (long long)records->count, records->error.reason,
             (long long)records->error.offset);
}

static batch batch_parse(nangolite *store, const char *json, int64_t length) {
  batch b = {0};
  store_need(store, json, "json");
  if (length < -1) store_fail(store, NANGOLITE_INVALID, "length must be -1 or more");
  if (store_failed(store)) return b;
  slice written = {json, length == -1 ? strlen(json) : (size_t)length};
  json_records records;
  json_record r;
  json_records_open(&records, written);
  while (!store_interrupted(store) && json_records_next(&records, &r)) batch_add(store, &b, &r);
  if (records.error.reason != NULL) batch_refuse(store, &records);
  batch_place_ids(&b);
  if (!store_failed(store)) batch_drop_duplicates(store, &b);
  return b;
}

static void batch_free(batch *b) {
  sqlite3_free(b->items);
  text_free(&b->ids);
}
