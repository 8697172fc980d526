#include "extension/records_table.h"

#include "database/arguments.h"
#include "database/call.h"
#include "extension/cursor_collation.h"
#include "extension/feed_back.h"
#include "extension/records_plan.h"
#include "values/cursor.h"

#ifdef NANGOLITE_EXTENSION

static const char records_table_columns[] =
  "CREATE TABLE nango_records (id TEXT, payload TEXT, last_action TEXT, first_seen_at TEXT, last_modified_at TEXT,"
  " deleted_at TEXT, pruned_at TEXT, cursor TEXT COLLATE " CURSOR_COLLATION ","
  " provider_config_key TEXT HIDDEN, connection_id TEXT HIDDEN, model TEXT HIDDEN, variant TEXT HIDDEN)";

static const char *const records_table_arguments[RECORDS_ARGUMENTS] = {"provider_config_key", "connection_id",
                                                                       "model", "variant"};

/* ---- reading ---- */

enum { RECORDS_BATCH_FIRST = 4, RECORDS_BATCH_MAX = 128, RECORDS_BATCH_BYTES = 1 << 20 };

/* One row of a batch; its texts lie in the batch's strings. */
typedef struct records_line {
  int64_t key, first_seen_at, last_modified_at, pruned_at;
  size_t id_at, id_length, payload_at, payload_length;
} records_line;

typedef struct records_bound {
  int is_given;
  text buffer; /* the place's id lives there */
  feed_place place;
} records_bound;

typedef struct records_cursor {
  sqlite3_vtab_cursor base; /* the first member: SQLite holds a pointer to it */
  int is_backwards;
  sqlite3_value *arguments[RECORDS_ARGUMENTS]; /* NULL: it was not given */
  sqlite3_value *id;
  records_bound bounds[RECORDS_BOUNDS]; /* from GIVEN_EQUAL on */

  int has_begun;
  int64_t collection, sequence; /* as they were when it began: what comes later is not read */
  records_line lines[RECORDS_BATCH_MAX];
  size_t count, next, wanted;
  text strings;
  int is_last; /* no batch follows */
  text written;
  timestamp_cache second;
} records_cursor;

static host *records_table_host(const records_cursor *c) {
  return ((host_table *)(void *)c->base.pVtab)->h;
}

static slice records_table_slice(const records_cursor *c, size_t at, size_t length) {
  return (slice){c->strings.at + at, length};
}

static int records_table_compare(const feed_place *place, int64_t stamp, slice id) {
  if (stamp != place->stamp) return stamp < place->stamp ? -1 : 1;
  return slice_compare(id, place->id);
}

/* Whether a place is outside of a bound, and to which side: -1 before it, 1 behind it, 0 it is inside. */
static int records_table_side(int given, int order) {
  switch (given) {
    case GIVEN_EQUAL: return order;
    case GIVEN_ABOVE: return order > 0 ? 0 : -1;
    case GIVEN_FROM: return order >= 0 ? 0 : -1;
    case GIVEN_BELOW: return order < 0 ? 0 : 1;
    default: return order <= 0 ? 0 : 1;
  }
}

/* The same for all bounds of a record: the side of the first one that it is outside of. */
static int records_table_outside(const records_cursor *c, const record_row *r) {
  for (int i = 0; i < RECORDS_BOUNDS; i++) {
    const records_bound *bound = &c->bounds[i];
    if (!bound->is_given) continue;
    int side =
      records_table_side(GIVEN_EQUAL + i, records_table_compare(&bound->place, r->last_modified_at, r->id));
    if (side != 0) return side;
  }
  return 0;
}

static void records_table_keep(records_cursor *c, const record_row *r) {
  records_line *line = &c->lines[c->count++];
  *line = (records_line){.key = r->key,
                         .first_seen_at = r->first_seen_at,
                         .last_modified_at = r->last_modified_at,
                         .pruned_at = r->pruned_at,
                         .id_at = c->strings.length,
                         .id_length = r->id.length,
                         .payload_at = c->strings.length + r->id.length,
                         .payload_length = r->payload.length};
  text_append(&c->strings, r->id.at, r->id.length);
  text_append(&c->strings, r->payload.at, r->payload.length);
}

/* Takes a record into the batch where it is wanted. 0: the batch ends here. */
static int records_table_take(records_cursor *c, const record_row *r) {
  int side = records_table_outside(c, r);
  int is_past = side == (c->is_backwards ? -1 : 1);
  int is_later = row_key_sequence(r->key) > c->sequence;
  c->is_last = is_past || (is_later && !c->is_backwards);
  if (c->is_last) return 0;
  if (side == 0 && !is_later) records_table_keep(c, r);
  return c->count < c->wanted && c->strings.length < RECORDS_BATCH_BYTES;
}

/* The place of the batch before: in the feed behind it, or, backwards, before it. No two records of a collection have one
** stamp. The id is kept in a buffer, because the batch's strings are written anew. */
static feed_place records_table_behind(const records_cursor *c, text *id) {
  const records_line *last = &c->lines[c->count - 1];
  slice was = records_table_slice(c, last->id_at, last->id_length);
  if (c->is_backwards) return (feed_place){last->last_modified_at - 1, {NULL, 0}};
  text_append(id, was.at, was.length);
  return (feed_place){last->last_modified_at, {id->at, id->length}};
}

/* The place at which a bound lets the first batch begin. 0: it is a bound of the other end. */
static int records_table_start(const records_cursor *c, int given, feed_place *place) {
  int is_lower = given == GIVEN_ABOVE || given == GIVEN_FROM;
  const records_bound *bound = &c->bounds[given - GIVEN_EQUAL];
  if (!bound->is_given || (given != GIVEN_EQUAL && is_lower == c->is_backwards)) return 0;
  *place = bound->place;
  if (!c->is_backwards && given != GIVEN_ABOVE) *place = (feed_place){place->stamp - 1, {NULL, 0}};
  return 1;
}

/* Where a batch begins, as a place in the feed: the records behind it are read, or, backwards, those before it. 0: all
** are. */
static int records_table_begin(const records_cursor *c, text *id, feed_place *place) {
  int has_place = 0;
  feed_place start;
  if (c->count > 0) *place = records_table_behind(c, id);
  if (c->count > 0) return 1;
  for (int given = GIVEN_EQUAL; given < GIVEN_COUNT; given++) {
    if (!records_table_start(c, given, &start)) continue;
    int is_nearer = c->is_backwards ? start.stamp < place->stamp : start.stamp > place->stamp;
    if (!has_place || is_nearer) *place = start;
    has_place = 1;
  }
  return has_place;
}

static void records_table_read_forwards(nangolite *store, const collection *of, const feed_place *after,
                                        records_cursor *c) {
  record_row next;
  feed f = feed_open(store, of, FEED_ALL, after);
  c->is_last = 1;
  while (feed_next(&f, &next) && records_table_take(c, &next))
    c->is_last = 1; /* unless a further one is taken */
  feed_close(&f);
}

static void records_table_read_backwards(nangolite *store, const collection *of, const feed_place *before,
                                         records_cursor *c) {
  record_row next;
  feed_back f = feed_back_open(store, of, before);
  c->is_last = 1;
  while (feed_back_next(&f, &next) && records_table_take(c, &next)) c->is_last = 1;
  feed_back_close(&f);
}

static void records_table_read_id(nangolite *store, const collection *of, records_cursor *c) {
  entry found;
  record_row row;
  query q = {0};
  collection copy = *of;
  entries known = entries_open(store, &copy);
  slice id = {(const char *)sqlite3_value_text(c->id), (size_t)sqlite3_value_bytes(c->id)};
  int64_t number = id.length > 0 && id.length <= RECORD_ID_MAX ? record_find(&known, id, &found) : 0;
  if (number != 0 && record_get(&known, number, &found, &q, &row)) records_table_take(c, &row);
  query_close(&q);
  entries_free(&known);
  c->is_last = 1;
}

/* What comes after the first batch was begun is not read. 0: there is nothing to read. */
static int records_table_is_same(const collection *of, records_cursor *c) {
  if (!c->has_begun) c->collection = of->id;
  if (!c->has_begun) c->sequence = of->sequence;
  c->has_begun = 1;
  return of->id != 0 && of->id == c->collection;
}

static void records_table_read(nangolite *store, const collection *of, records_cursor *c) {
  text id = {0};
  feed_place place = {0, {NULL, 0}};
  int has_place = records_table_begin(c, &id, &place);
  c->is_last = 1;
  c->count = 0;
  text_clear(&c->strings);
  store_check_text(store, &id);
  int is_readable = records_table_is_same(of, c) && !store_failed(store);
  if (is_readable && c->id != NULL) records_table_read_id(store, of, c);
  else if (is_readable && c->is_backwards)
    records_table_read_backwards(store, of, has_place ? &place : NULL, c);
  else if (is_readable) records_table_read_forwards(store, of, has_place ? &place : NULL, c);
  store_check_text(store, &c->strings);
  text_free(&id);
}

static const char *records_table_argument(const records_cursor *c, int argument) {
  sqlite3_value *value = c->arguments[argument];
  return value == NULL ? NULL : (const char *)sqlite3_value_text(value);
}

/* Reads the next batch. Returns a code of SQLite. */
static int records_table_load(records_cursor *c) {
  nangolite *store = host_store(records_table_host(c), 0);
  nangolite_scope scope = {
    records_table_argument(c, GIVEN_PROVIDER_CONFIG_KEY),
    records_table_argument(c, GIVEN_CONNECTION_ID),
    records_table_argument(c, GIVEN_MODEL),
    records_table_argument(c, GIVEN_VARIANT),
  };
  c->next = 0;
  if (!call_open(store)) return host_fail(c->base.pVtab);
  arguments_check_scope(store, &scope);
  call_read(store);
  collection of = collection_of_scope(store, &scope);
  c->wanted = c->wanted < RECORDS_BATCH_MAX / 2 ? c->wanted * 2 : RECORDS_BATCH_MAX;
  if (!store_failed(store)) records_table_read(store, &of, c);
  return call_end(store) == NANGOLITE_OK ? SQLITE_OK : host_fail(c->base.pVtab);
}

/* ---- what SQLite calls ---- */

static int records_table_connect(sqlite3 *db, void *h, int count, const char *const *words,
                                 sqlite3_vtab **table, char **message) {
  (void)db, (void)count, (void)words;
  return host_connect(h, records_table_columns, table, message);
}

static int records_table_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  (void)table;
  records_cursor *c = sqlite3_malloc64(sizeof *c);
  if (c == NULL) return SQLITE_NOMEM;
  memset(c, 0, sizeof *c);
  *cursor = &c->base;
  return SQLITE_OK;
}

/* Forgets the query before. */
static void records_table_reset(records_cursor *c) {
  sqlite3_vtab_cursor base = c->base;
  for (int i = 0; i < RECORDS_ARGUMENTS; i++) sqlite3_value_free(c->arguments[i]);
  for (int i = 0; i < RECORDS_BOUNDS; i++) text_free(&c->bounds[i].buffer);
  sqlite3_value_free(c->id);
  text_free(&c->strings);
  text_free(&c->written);
  memset(c, 0, sizeof *c);
  c->base = base;
}

static int records_table_close(sqlite3_vtab_cursor *cursor) {
  records_table_reset((records_cursor *)(void *)cursor);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* A cursor of the query. */
static int records_table_bind_cursor(records_cursor *c, records_bound *bound, sqlite3_value *value) {
  cursor_place place;
  sqlite3_vtab *table = c->base.pVtab;
  if (!host_is_text(table, value, "cursor")) return SQLITE_ERROR;
  slice written = slice_of((const char *)sqlite3_value_text(value));
  const char *reason = cursor_decode(written, &bound->buffer, &place);
  if (bound->buffer.failed) return SQLITE_NOMEM;
  if (reason != NULL) {
    table->zErrMsg = sqlite3_mprintf("cursor %s", reason);
    return SQLITE_ERROR;
  }
  bound->is_given = 1;
  bound->place = (feed_place){place.stamp, place.id};
  return SQLITE_OK;
}

/* A name of the collection, kept for the batches to come. */
static int records_table_bind_argument(records_cursor *c, int argument, sqlite3_value *value) {
  if (!host_is_text(c->base.pVtab, value, records_table_arguments[argument])) return SQLITE_ERROR;
  if (sqlite3_value_type(value) == SQLITE_NULL) return SQLITE_OK;
  c->arguments[argument] = sqlite3_value_dup(value);
  return c->arguments[argument] == NULL || sqlite3_value_text(c->arguments[argument]) == NULL ? SQLITE_NOMEM
                                                                                              : SQLITE_OK;
}

/* Nothing is equal to NULL, nor greater or less. Of numbers with a fraction or an exponent, and of blobs, SQLite finds
** out by itself whether they are equal to an id. */
static int records_table_bind(records_cursor *c, int given, sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  if (given < RECORDS_ARGUMENTS) return records_table_bind_argument(c, given, value);
  if (type == SQLITE_NULL) c->is_last = c->has_begun = 1;
  if (type == SQLITE_NULL) return SQLITE_OK;
  if (given >= GIVEN_EQUAL) return records_table_bind_cursor(c, &c->bounds[given - GIVEN_EQUAL], value);
  if (type != SQLITE_TEXT && type != SQLITE_INTEGER) return SQLITE_OK;
  c->id = sqlite3_value_dup(value);
  return c->id == NULL || sqlite3_value_text(c->id) == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

static int records_table_filter(sqlite3_vtab_cursor *cursor, int plan, const char *unused, int count,
                                sqlite3_value **values) {
  records_cursor *c = (records_cursor *)(void *)cursor;
  int code = SQLITE_OK;
  (void)unused, (void)count;
  records_table_reset(c);
  sqlite3_free(cursor->pVtab->zErrMsg);
  cursor->pVtab->zErrMsg = NULL;
  if ((plan & RECORDS_NEEDED) != RECORDS_NEEDED) {
    cursor->pVtab->zErrMsg =
      sqlite3_mprintf("nango_records takes provider_config_key, connection_id, model [, variant]");
    return SQLITE_ERROR;
  }
  c->is_backwards = (plan & RECORDS_BACKWARDS) != 0;
  c->wanted = RECORDS_BATCH_FIRST / 2;
  for (int given = 0, at = 0; given < GIVEN_COUNT && code == SQLITE_OK; given++) {
    if (plan >> given & 1) code = records_table_bind(c, given, values[at++]);
  }
  return code == SQLITE_OK && !c->is_last ? records_table_load(c) : code;
}

static int records_table_eof(sqlite3_vtab_cursor *cursor) {
  const records_cursor *c = (records_cursor *)(void *)cursor;
  return c->next == c->count;
}

static int records_table_next(sqlite3_vtab_cursor *cursor) {
  records_cursor *c = (records_cursor *)(void *)cursor;
  c->next++;
  return c->next == c->count && !c->is_last ? records_table_load(c) : SQLITE_OK;
}

static void records_table_give(sqlite3_context *context, slice value) {
  sqlite3_result_text64(context, value.at, value.length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void records_table_give_time(records_cursor *c, sqlite3_context *context, int64_t time) {
  char written[TIMESTAMP_LENGTH_MAX];
  if (time == 0) return;
  timestamp_format(time, TIMESTAMP_MICROSECONDS, &c->second, written);
  records_table_give(context, (slice){written, sizeof written});
}

static void records_table_give_cursor(records_cursor *c, sqlite3_context *context, const records_line *line) {
  slice id = records_table_slice(c, line->id_at, line->id_length);
  text_clear(&c->written);
  cursor_encode((cursor_place){line->last_modified_at, id}, &c->second, &c->written);
  if (c->written.failed) sqlite3_result_error_nomem(context);
  else records_table_give(context, (slice){c->written.at, c->written.length});
}

static int records_table_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  static const char *const actions[ACTION_COUNT] = {"ADDED", "UPDATED", "DELETED"};
  records_cursor *c = (records_cursor *)(void *)cursor;
  const records_line *line = &c->lines[c->next];
  int is_deleted = row_key_action(line->key) == ACTION_DELETED;
  switch (column) {
    case RECORDS_ID: records_table_give(context, records_table_slice(c, line->id_at, line->id_length)); break;
    case RECORDS_PAYLOAD:
      records_table_give(context, records_table_slice(c, line->payload_at, line->payload_length));
      break;
    case RECORDS_LAST_ACTION:
      records_table_give(context, slice_of(actions[row_key_action(line->key)]));
      break;
    case RECORDS_FIRST_SEEN_AT: records_table_give_time(c, context, line->first_seen_at); break;
    case RECORDS_LAST_MODIFIED_AT: records_table_give_time(c, context, line->last_modified_at); break;
    case RECORDS_DELETED_AT:
      records_table_give_time(c, context, is_deleted ? line->last_modified_at : 0);
      break;
    case RECORDS_PRUNED_AT: records_table_give_time(c, context, line->pruned_at); break;
    case RECORDS_CURSOR: records_table_give_cursor(c, context, line); break;
    default: {
      sqlite3_value *given = c->arguments[column - RECORDS_PROVIDER_CONFIG_KEY];
      if (given != NULL) sqlite3_result_value(context, given);
    }
  }
  return SQLITE_OK;
}

static int records_table_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid) {
  const records_cursor *c = (records_cursor *)(void *)cursor;
  *rowid = c->lines[c->next].key;
  return SQLITE_OK;
}

/* Without xCreate it is there by its name alone, and nobody can make another one. */
static int records_table_register(host *h) {
  static const sqlite3_module module = {.xConnect = records_table_connect,
                                        .xBestIndex = records_plan_make,
                                        .xDisconnect = host_disconnect,
                                        .xOpen = records_table_open,
                                        .xClose = records_table_close,
                                        .xFilter = records_table_filter,
                                        .xNext = records_table_next,
                                        .xEof = records_table_eof,
                                        .xColumn = records_table_column,
                                        .xRowid = records_table_rowid};
  return sqlite3_create_module_v2(h->db, "nango_records", &module, host_keep(h), host_release);
}

#endif
