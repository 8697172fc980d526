#include "records/batch.h"

#include "database/arguments.h"

/* Unescapes an id to b->ids. That text may move as it grows, so until batch_place_all() the id's `at` is
** NULL, and its bytes are the `length` bytes there that follow those of the item before. */
static void batch_unescape_id(nangolite *store, json_value written, batch *b, batch_item *item) {
  size_t from = b->ids.length;
  int lone_surrogate = 0;
  json_unescape(written, &b->ids, &lone_surrogate);
  if (b->ids.failed) {
    store_fail_memory(store);
    return;
  }
  item->id = (slice){NULL, b->ids.length - from};
  if (lone_surrogate)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id has a lone surrogate", (long long)item->position);
  else if (memchr(b->ids.at + from, '\0', item->id.length) != NULL)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id has the character U+0000",
               (long long)item->position);
}

/* The same for an item's text, of which b->texts has the bytes. */
static void batch_take_as_nango(nangolite *store, const json_record *r, batch *b, batch_item *item) {
  size_t id = b->ids.length, from = b->texts.length;
  as_nango_take(store, r, item->position, &b->texts, &b->ids, &item->given);
  item->id = (slice){NULL, b->ids.length - id};
  item->text = (slice){NULL, b->texts.length - from};
}

/* Gives the slices that have no place yet their places in `bytes`, which are complete now. */
static void batch_place(slice *s, const text *bytes, size_t *at) {
  if (s->at != NULL) return;
  s->at = bytes->at + *at;
  *at += s->length;
}

static void batch_place_all(batch *b) {
  size_t id = 0, written = 0;
  for (size_t i = 0; i < b->count && b->ids.length > 0; i++) {
    batch_place(&b->items[i].id, &b->ids, &id);
    batch_place(&b->items[i].text, &b->texts, &written);
  }
}

static void batch_read_id(nangolite *store, json_value id, batch *b, batch_item *item) {
  if (id.text.at == NULL) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id is missing", (long long)item->position);
    return;
  }
  if (id.type == JSON_STRING && memchr(id.text.at, '\\', id.text.length) != NULL)
    batch_unescape_id(store, id, b, item);
  else if (id.type == JSON_STRING) item->id = (slice){id.text.at + 1, id.text.length - 2};
  else if (id.type == JSON_NUMBER) item->id = id.text;
  else
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must be a string or a number",
               (long long)item->position);
  if (!store_failed(store) && (item->id.length == 0 || item->id.length > RECORD_ID_MAX)) {
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must have 1 to %d bytes, and has %lld",
               (long long)item->position, RECORD_ID_MAX, (long long)item->id.length);
  }
}

static void batch_add(nangolite *store, batch *b, const json_record *r, size_t position) {
  batch_item *items = list_room(b->items, NULL, b->count, &b->capacity, sizeof *b->items);
  if (items == NULL) {
    store_fail_memory(store);
    return;
  }
  b->items = items;
  batch_item *item = &items[b->count];
  *item = (batch_item){
    .text = r->text, .position = position, .number = BATCH_NOT_SOUGHT, .has_metadata = r->has_metadata};
  if (store->as_nango) batch_take_as_nango(store, r, b, item);
  else batch_read_id(store, r->id, b, item);
  b->count++;
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

/* Merges the sorted runs [low, middle) and [middle, high) of `from` into `to`. Equal ids keep their order. */
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

/* In the order of ids, equal ids stand side by side, and the first one of the array comes first. */
static void batch_drop_equal_ids(batch *b) {
  size_t kept = 0;
  for (size_t i = 0; i < b->count; i++) {
    batch_item *item = &b->items[b->by_id[i]];
    item->is_duplicate = kept > 0 && slice_equals(item->id, b->items[b->by_id[kept - 1]].id);
    if (!item->is_duplicate) b->by_id[kept++] = b->by_id[i];
  }
  b->duplicates += (int64_t)(b->count - kept);
  b->by_id_count = kept;
}

static void batch_order(nangolite *store, batch *b) {
  b->by_id = store_allocate(store, 2 * b->count * sizeof *b->by_id);
  if (b->by_id == NULL) return;
  for (size_t i = 0; i < b->count; i++) b->by_id[i] = i;
  b->by_id_count = b->count;
  if (batch_is_ascending(b)) return;
  batch_sort(b, b->by_id + b->count);
  batch_drop_equal_ids(b);
}

static void batch_refuse(nangolite *store, const json_records *records) {
  store_fail(store, NANGOLITE_INVALID, "record %lld: %s, at byte %lld", (long long)records->count,
             records->error.reason, (long long)records->error.offset);
}

static slice batch_text(nangolite *store, const char *json, int64_t length) {
  arguments_need(store, json, "json");
  if (length < -1) store_fail(store, NANGOLITE_INVALID, "length must be -1 or more");
  if (store_failed(store)) return slice_of(NULL);
  return (slice){json, length == -1 ? strlen(json) : (size_t)length};
}

static void batch_meet(nangolite *store, batch *b, int64_t number, size_t position, batch_item *item) {
  batch_met *met = list_room(b->met, NULL, b->met_count, &b->met_capacity, sizeof *met);
  if (met == NULL) {
    store_fail_memory(store);
    return;
  }
  b->met = met;
  met[b->met_count++] = (batch_met){number, position, item};
}

static int batch_take_known(nangolite *store, batch *b, json_records *records, guess *g) {
  size_t length;
  slice rest = json_records_rest(records);
  int64_t number = rest.at == NULL ? 0 : guess_take(g, rest, &length);
  if (number == 0) return 0;
  batch_meet(store, b, number, records->count, NULL);
  json_records_pass(records, length);
  return 1;
}

/* For the guess: looks up the id of the latest item, if it is time to. */
static void batch_look_up(nangolite *store, batch *b, guess *g) {
  if (store_failed(store) || !guess_miss(g)) return;
  batch_item *item = &b->items[b->count - 1];
  slice id = item->id;
  if (id.at == NULL) id.at = b->ids.at + (b->ids.length - id.length); /* until batch_place_all() */
  item->number = identity_find(store, g->known->of, id);
  guess_found(g, item->number);
}

static batch batch_read(nangolite *store, slice written, guess *g) {
  batch b = {0};
  if (store_failed(store)) return b;
  json_records records;
  json_record r;
  json_records_open(&records, written);
  while (!store_interrupted(store)) {
    if (g != NULL && batch_take_known(store, &b, &records, g)) continue;
    if (!json_records_next(&records, &r)) break;
    batch_add(store, &b, &r, records.count - 1);
    if (g != NULL) batch_look_up(store, &b, g);
  }
  if (records.error.reason != NULL) batch_refuse(store, &records);
  batch_place_all(&b);
  if (!store_failed(store)) batch_order(store, &b);
  return b;
}

static int batch_compare_met(const void *a, const void *b) {
  const batch_met *left = a, *right = b;
  if (left->number != right->number) return left->number < right->number ? -1 : 1;
  return (left->position > right->position) - (left->position < right->position);
}

static int batch_is_met_in_order(const batch *b) {
  for (size_t i = 1; i < b->met_count; i++) {
    if (b->met[i - 1].number >= b->met[i].number) return 0;
  }
  return 1;
}

static void batch_settle(nangolite *store, batch *b) {
  size_t kept = 0;
  for (size_t i = 0; i < b->count && !store_failed(store); i++) {
    batch_item *item = &b->items[i];
    if (item->number > 0 && !item->is_duplicate) batch_meet(store, b, item->number, item->position, item);
  }
  if (!batch_is_met_in_order(b)) qsort(b->met, b->met_count, sizeof *b->met, batch_compare_met);
  for (size_t i = 0; i < b->met_count; i++) {
    const batch_met *met = &b->met[i];
    int is_again = kept > 0 && b->met[kept - 1].number == met->number;
    b->duplicates += is_again;
    if (is_again && met->item != NULL) met->item->is_duplicate = 1;
    if (!is_again) {
      b->known += met->item == NULL;
      b->met[kept++] = *met;
    }
  }
  b->met_count = kept;
}

static void batch_free(batch *b) {
  sqlite3_free(b->items);
  sqlite3_free(b->by_id);
  sqlite3_free(b->met);
  text_free(&b->ids);
  text_free(&b->texts);
}
