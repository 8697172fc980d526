#include "reply.h"
#include "utf8.h"

/* What a record's metadata take, but for the rest of a long id in its cursor. */
#define REPLY_METADATA_SIZE 320
/* As much is set aside for a page in advance; more grows as it comes. */
#define REPLY_RESERVE_MAX (INT64_C(1) << 22)

/* The length of the UTF-8 character at the start of the bytes; 0: there is none. */
static size_t reply_character(slice bytes) {
  unsigned char low, high;
  size_t length = utf8_followers((unsigned char)*bytes.at, &low, &high) + 1;
  if ((unsigned char)*bytes.at < 0x80) return 1;
  if (length == 1 || length > bytes.length || !utf8_is_valid((slice){bytes.at, length})) return 0;
  return length;
}

static void reply_append_string(text *out, slice bytes) {
  text valid = {0};
  if (utf8_is_valid(bytes)) {
    text_append_json(out, bytes);
    return;
  }
  while (bytes.length > 0) {
    size_t length = reply_character(bytes);
    if (length > 0) text_append(&valid, bytes.at, length);
    else text_append_string(&valid, "\xef\xbf\xbd");
    if (length == 0) length = 1;
    bytes = (slice){bytes.at + length, bytes.length - length};
  }
  text_append_json(out, (slice){valid.at, valid.length});
  if (valid.failed) out->failed = 1;
  text_free(&valid);
}

static void reply_begin_error(reply *r, int status, const char *code) {
  r->status = status;
  text_clear(&r->json);
  text_append_string(&r->json, "{\"error\":{\"code\":");
  text_append_json_string(&r->json, code);
  text_append_string(&r->json, ",\"message\":");
}

static void reply_set_error(reply *r, int status, const char *code, const char *message) {
  reply_begin_error(r, status, code);
  reply_append_string(&r->json, slice_of(message));
  text_append_string(&r->json, "}}");
}

static void reply_set_errors(reply *r, const char *code, slice message, slice errors) {
  reply_begin_error(r, 400, code);
  reply_append_string(&r->json, message);
  text_append_string(&r->json, ",\"errors\":[");
  text_append(&r->json, errors.at, errors.length);
  text_append_string(&r->json, "]}}");
}

/* ---- records ---- */

typedef struct reply_page {
  text *out;
  timestamp_cache second;
  size_t count;
  size_t cursor_from, cursor_length;   /* of the last record */
} reply_page;

static void reply_append_time(reply_page *page, const char *before, int64_t time) {
  text_append_string(page->out, before);
  if (time == 0) {
    text_append(page->out, "null", 4);
    return;
  }
  text_append(page->out, "\"", 1);
  timestamp_append(time, TIMESTAMP_MICROSECONDS, &page->second, page->out);
  text_append(page->out, "\"", 1);
}

static void reply_append_cursor(reply_page *page, const record_row *row) {
  text_append_string(page->out, ",\"cursor\":\"");
  page->cursor_from = page->out->length;
  cursor_encode((cursor_place){row->last_modified_at, row->id}, &page->second, page->out);
  page->cursor_length = page->out->length - page->cursor_from;
  text_append(page->out, "\"", 1);
}

/* A payload is an object and has an id, so that the metadata can take the place of its last brace. */
static void reply_add_record(void *ctx, const record_row *row) {
  static const char *const actions[ACTION_COUNT] = {
    ",\"last_action\":\"ADDED\"", ",\"last_action\":\"UPDATED\"", ",\"last_action\":\"DELETED\""};
  reply_page *page = ctx;
  action last = key_action(row->key);
  if (text_reserve(page->out, row->payload.length + REPLY_METADATA_SIZE) == NULL) return;
  if (page->count++ > 0) text_append(page->out, ",", 1);
  text_append(page->out, row->payload.at, row->payload.length - 1);
  reply_append_time(page, ",\"_nango_metadata\":{\"first_seen_at\":", row->first_seen_at);
  reply_append_time(page, ",\"last_modified_at\":", row->last_modified_at);
  text_append_string(page->out, actions[last]);
  reply_append_time(page, ",\"deleted_at\":", last == ACTION_DELETED ? row->last_modified_at : 0);
  reply_append_time(page, ",\"pruned_at\":", row->pruned_at);
  reply_append_cursor(page, row);
  text_append(page->out, "}}", 2);
}

/* The cursor of the last record once more. */
static void reply_append_next(reply_page *page) {
  char *to = text_reserve(page->out, page->cursor_length + 2);
  if (to == NULL) return;
  to[0] = to[page->cursor_length + 1] = '"';
  memcpy(to + 1, page->out->at + page->cursor_from, page->cursor_length);
  page->out->length += page->cursor_length + 2;
}

/* Room for the page, by the collection's average, so that growing moves little. */
static void reply_reserve(text *out, const collection *c, const listing_query *wanted) {
  int64_t payloads = c->counts[ACTION_ADDED] + c->counts[ACTION_UPDATED] + c->counts[ACTION_DELETED];
  int64_t expected = payloads < wanted->limit ? payloads : wanted->limit;
  if (expected == 0) return;
  int64_t each = c->bytes / payloads + REPLY_METADATA_SIZE;
  text_reserve(out, (size_t)(each > REPLY_RESERVE_MAX / expected ? REPLY_RESERVE_MAX : each * expected));
}

static void reply_set_records(nangolite *store, reply *r, const collection *c, const listing_query *wanted) {
  reply_page page = {&r->json, {0, ""}, 0, 0, 0};
  reply_reserve(&r->json, c, wanted);
  text_append_string(&r->json, "{\"records\":[");
  int follows = listing_run(store, c, wanted, reply_add_record, &page);
  text_append_string(&r->json, "],\"next_cursor\":");
  if (follows) reply_append_next(&page);
  else text_append_string(&r->json, "null");
  text_append_string(&r->json, "}");
}

