#include "api/record_page.h"

#include "base/list.h"
#include "database/arguments.h"

static const char *const record_page_actions[ACTION_COUNT] = {"ADDED", "UPDATED", "DELETED"};

static void record_page_query_times(nangolite *store, const nangolite_query *given, text *buffer,
                                    page_query *out) {
  int64_t time = 0;
  if (given->modified_after != NULL) {
    int is_time = timestamp_parse(slice_of(given->modified_after), &time);
    const char *reason = is_time ? page_refuse_time(store, time) : "must be a time of RFC 3339";
    if (reason != NULL) store_fail(store, NANGOLITE_INVALID, "modified_after %s", reason);
    page_begin_after(out, page_modified_after(store, time));
  }
  if (given->cursor != NULL) {
    cursor_place decoded;
    const char *reason = cursor_decode(slice_of(given->cursor), buffer, &decoded);
    store_check_text(store, buffer);
    if (reason != NULL) store_fail(store, NANGOLITE_INVALID_CURSOR, "cursor %s", reason);
    if (store_failed(store)) return;
    out->cursor = slice_of(given->cursor);
    out->cursor_place = (feed_place){decoded.stamp, decoded.id};
    page_begin_after(out, out->cursor_place);
  }
}

static void record_page_query_ids(nangolite *store, const nangolite_query *given, slice *ids,
                                  page_query *out) {
  if (given->id_count > PAGE_IDS_MAX)
    store_fail(store, NANGOLITE_INVALID, "ids must be at most %d", PAGE_IDS_MAX);
  if (given->id_count > 0) arguments_need(store, given->ids, "ids");
  for (size_t i = 0; i < given->id_count && !store_failed(store); i++) {
    arguments_need(store, given->ids[i], "ids");
    ids[i] = slice_of(given->ids[i]);
    if (ids[i].length == 0 || ids[i].length > RECORD_ID_MAX)
      store_fail(store, NANGOLITE_INVALID, "ids: each must have 1 to %d bytes", RECORD_ID_MAX);
  }
  out->ids = given->id_count == 0 ? NULL : ids;
  out->id_count = given->id_count;
}

static page_query record_page_query(nangolite *store, const nangolite_query *given, text *buffer,
                                    slice *ids) {
  page_query out = {.states = FEED_ALL, .limit = PAGE_LIMIT_DEFAULT};
  if (given == NULL) return out;
  if (given->limit != 0) out.limit = given->limit;
  if (out.limit < 1 || out.limit > page_limit_max(store))
    store_fail(store, NANGOLITE_INVALID, "limit must be 1 to %d", page_limit_max(store));
  if (given->filter != NULL) out.states = page_filter(store, slice_of(given->filter));
  if (out.states == 0)
    store_fail(store, NANGOLITE_INVALID, "filter must name added, updated or deleted, with commas between");
  record_page_query_times(store, given, buffer, &out);
  record_page_query_ids(store, given, ids, &out);
  return out;
}

/* A page under construction. The strings of a record lie one behind the other: id, payload, cursor, each
** with its NUL. */
typedef struct record_page_builder {
  nangolite_page page; /* the first member: what the caller holds is a pointer to the builder */
  size_t capacity;
  text strings;
  size_t last_from; /* where the last cursor stands in the strings */
  timestamp_cache second;
  nangolite *store;
} record_page_builder;

static void record_page_append(record_page_builder *b, slice bytes) {
  text_append(&b->strings, bytes.at, bytes.length);
  text_append(&b->strings, "", 1);
}

static void record_page_add(void *ctx, const record_row *r) {
  record_page_builder *b = ctx;
  nangolite_record *records = list_room(b->page.records, NULL, b->page.count, &b->capacity, sizeof *records);
  if (records == NULL) {
    store_fail_memory(b->store);
    return;
  }
  b->page.records = records;
  records[b->page.count++] = (nangolite_record){.payload_length = r->payload.length,
                                                .last_action = record_page_actions[row_key_action(r->key)],
                                                .first_seen_at = r->first_seen_at,
                                                .last_modified_at = r->last_modified_at,
                                                .deleted_at = r->deleted_at,
                                                .pruned_at = r->pruned_at};
  text_reserve(&b->strings, r->id.length + r->payload.length + BASE64_LENGTH(r->id.length) + 64);
  record_page_append(b, r->id);
  record_page_append(b, r->payload);
  cursor_encode((cursor_place){r->last_modified_at, r->id}, &b->second, &b->strings);
  record_page_append(b, slice_of(""));
}

/* Appends the last cursor behind the other strings, where it is not that of the page's last record. A page
** that was read by ids does not stand at a place in the feed, so it keeps the cursor that was given. */
static void record_page_append_last(record_page_builder *b, const collection *c, const page_query *wanted) {
  feed_place newest;
  query row = {0};
  b->last_from = b->strings.length;
  if (wanted->ids == NULL && page_newest(b->store, c, wanted, &row, &newest)) {
    cursor_encode((cursor_place){newest.stamp, newest.id}, &b->second, &b->strings);
    record_page_append(b, slice_of(""));
  } else if (wanted->cursor.at != NULL) {
    record_page_append(b, wanted->cursor);
  }
  query_close(&row);
}

/* Sets the pointers into the strings. This comes last, because only now do the strings stay where they
** are. */
static void record_page_place_strings(record_page_builder *b) {
  const char *at = b->strings.at;
  for (size_t i = 0; i < b->page.count; i++) {
    nangolite_record *r = &b->page.records[i];
    r->id = at;
    at += strlen(at) + 1;
    r->payload = at;
    at += r->payload_length + 1;
    r->cursor = at;
    at += strlen(at) + 1;
  }
}

static nangolite_page *record_page_read(nangolite *store, const collection *c, const page_query *wanted) {
  record_page_builder *b = store_allocate(store, sizeof *b);
  if (b == NULL) return NULL;
  memset(b, 0, sizeof *b);
  b->store = store;
  int follows = page_run(store, c, wanted, record_page_add, b), is_placed = follows && wanted->ids == NULL;
  if (!is_placed) record_page_append_last(b, c, wanted);
  store_check_text(store, &b->strings);
  if (store_failed(store)) {
    nangolite_page_free(&b->page);
    return NULL;
  }
  record_page_place_strings(b);
  if (follows) b->page.next_cursor = b->page.records[b->page.count - 1].cursor;
  if (is_placed) b->page.last_cursor = b->page.next_cursor;
  else if (b->last_from < b->strings.length) b->page.last_cursor = b->strings.at + b->last_from;
  return &b->page;
}

static int record_page_end(nangolite *store, nangolite_page *read, text *buffer, nangolite_page **page) {
  int result = call_end(store);
  text_free(buffer);
  if (result == NANGOLITE_OK) *page = read;
  else nangolite_page_free(read);
  return result;
}

void nangolite_page_free(nangolite_page *page) {
  if (page == NULL) return;
  record_page_builder *b = (record_page_builder *)(void *)page;
  text_free(&b->strings);
  sqlite3_free(b->page.records);
  sqlite3_free(b);
}
