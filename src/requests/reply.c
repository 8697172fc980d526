#include "requests/reply.h"
#include "base/base64.h"
#include "json/json_write.h"

/* A record's metadata take at most so many bytes, without the id in its cursor. */
#define REPLY_METADATA_SIZE 320
/* At most this much is reserved in advance for a page. */
#define REPLY_RESERVE_MAX (INT64_C(1) << 22)

static void reply_begin_error(reply *r, int status, const char *code) {
  r->status = status;
  text_clear(&r->json);
  text_append_string(&r->json, "{\"error\":{\"code\":");
  json_write_string(&r->json, code);
  text_append_string(&r->json, ",\"message\":");
}

static void reply_set_error(reply *r, int status, const char *code, const char *message) {
  reply_begin_error(r, status, code);
  json_write_any(&r->json, slice_of(message));
  text_append_string(&r->json, "}}");
}

static void reply_set_errors(reply *r, const char *code, slice message, slice errors) {
  reply_begin_error(r, 400, code);
  json_write_any(&r->json, message);
  text_append_string(&r->json, ",\"errors\":[");
  text_append(&r->json, errors.at, errors.length);
  text_append_string(&r->json, "]}}");
}

/* ---- records ---- */

typedef struct reply_page {
  text *out;
  timestamp_cache second;
  size_t count;
  size_t cursor_from, cursor_length; /* of the last record */
} reply_page;

/* These write to `to`, where the caller has reserved room, and return where what they wrote ends. So room
** is reserved only once for each record. */

static inline char *reply_put(char *to, const char *bytes, size_t length) {
  memcpy(to, bytes, length);
  return to + length;
}

#define REPLY_TIME_LENGTH (TIMESTAMP_LENGTH_MAX + 2) /* in quotes */
#define REPLY_PUT(to, literal) reply_put(to, literal, sizeof(literal) - 1)

static char *reply_put_time(char *to, reply_page *page, int64_t time) {
  if (time == 0) return REPLY_PUT(to, "null");
  *to++ = '"';
  timestamp_format(time, TIMESTAMP_MICROSECONDS, &page->second, to);
  to += TIMESTAMP_LENGTH_MAX;
  *to++ = '"';
  return to;
}

static char *reply_put_action(char *to, action last) {
  static const char *const actions[ACTION_COUNT] = {"\"ADDED\"", "\"UPDATED\"", "\"DELETED\""};
  return reply_put(to, actions[last], strlen(actions[last]));
}

/* All metadata but the cursor. */
static char *reply_put_metadata(char *to, reply_page *page, const record_row *row) {
  action last = row_key_action(row->key);
  to = REPLY_PUT(to, ",\"_nango_metadata\":{\"first_seen_at\":");
  const char *first_seen = to;
  to = reply_put_time(to, page, row->first_seen_at);
  to = REPLY_PUT(to, ",\"last_modified_at\":");
  if (row->last_modified_at == row->first_seen_at) to = reply_put(to, first_seen, REPLY_TIME_LENGTH);
  else to = reply_put_time(to, page, row->last_modified_at);
  to = REPLY_PUT(to, ",\"last_action\":");
  to = reply_put_action(to, last);
  to = REPLY_PUT(to, ",\"deleted_at\":");
  to = reply_put_time(to, page, row->deleted_at);
  to = REPLY_PUT(to, ",\"pruned_at\":");
  return reply_put_time(to, page, row->pruned_at);
}

/* A payload is an object with an id: the metadata are written over its last brace, behind a comma. */
static void reply_add_record(void *ctx, const record_row *row) {
  reply_page *page = ctx;
  text *out = page->out;
  char *to = text_reserve(out, row->payload.length + REPLY_METADATA_SIZE + BASE64_LENGTH(row->id.length));
  if (to == NULL) return;
  if (page->count++ > 0) *to++ = ',';
  to = reply_put(to, row->payload.at, row->payload.length - 1);
  to = reply_put_metadata(to, page, row);
  to = REPLY_PUT(to, ",\"cursor\":\"");
  out->length = page->cursor_from = (size_t)(to - out->at);
  cursor_encode((cursor_place){row->last_modified_at, row->id}, &page->second, out);
  page->cursor_length = out->length - page->cursor_from;
  text_append(out, "\"}}", 3);
}

/* Appends the cursor of the last record, which stands in the text already, as the next cursor. */
static void reply_append_next(reply_page *page) {
  char *to = text_reserve(page->out, page->cursor_length + 2);
  if (to == NULL) return;
  to[0] = to[page->cursor_length + 1] = '"';
  memcpy(to + 1, page->out->at + page->cursor_from, page->cursor_length);
  page->out->length += page->cursor_length + 2;
}

/* Reserves room for the page, from the average of the collection, so that the text seldom has to be moved. */
static void reply_reserve(text *out, const collection *c, const page_query *wanted) {
  int64_t payloads = c->counts[ACTION_ADDED] + c->counts[ACTION_UPDATED] + c->counts[ACTION_DELETED];
  int64_t expected = payloads < wanted->limit ? payloads : wanted->limit;
  if (expected == 0) return;
  int64_t each = c->bytes / payloads + REPLY_METADATA_SIZE;
  text_reserve(out, (size_t)(each > REPLY_RESERVE_MAX / expected ? REPLY_RESERVE_MAX : each * expected));
}

static void reply_set_records(nangolite *store, reply *r, const collection *c, const page_query *wanted) {
  reply_page page = {.out = &r->json};
  reply_reserve(&r->json, c, wanted);
  text_append_string(&r->json, "{\"records\":[");
  int follows = page_run(store, c, wanted, reply_add_record, &page);
  text_append_string(&r->json, "],\"next_cursor\":");
  if (follows) reply_append_next(&page);
  else text_append_string(&r->json, "null");
  text_append_string(&r->json, "}");
}
