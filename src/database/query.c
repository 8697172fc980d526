#include "database/query.h"

static query query_open(nangolite *store, statement_id id) {
  query q = {.store = store};
  if (store_failed(store)) return q;
  sqlite3_stmt **prepared = &store->statements[id];
  if (*prepared == NULL) {
    int code = sqlite3_prepare_v2(store->db, sql_text(id), -1, prepared, NULL);
    if (code != SQLITE_OK) store_fail_sqlite(store, code);
  }
  q.statement = *prepared;
  return q;
}

/* A value may be too long for SQLite as it was built, or as the caller has limited its connection. */
static void query_fail(query *q, int code) {
  int longest = sqlite3_limit(q->store->db, SQLITE_LIMIT_LENGTH, -1);
  if (code == SQLITE_TOOBIG)
    store_fail(q->store, NANGOLITE_INVALID,
               "a value or a row is longer than the %d bytes that SQLite holds here", longest);
  else store_fail_sqlite(q->store, code);
}

static void query_check(query *q, int code) {
  if (code != SQLITE_OK) query_fail(q, code);
}

static void query_bind_int(query *q, int64_t value) {
  if (q->statement != NULL) query_check(q, sqlite3_bind_int64(q->statement, ++q->parameter, value));
}

static void query_bind_int_or_null(query *q, int64_t value) {
  if (value != 0) query_bind_int(q, value);
  else if (q->statement != NULL) query_check(q, sqlite3_bind_null(q->statement, ++q->parameter));
}

static void query_bind_text(query *q, slice value) {
  if (q->statement == NULL) return;
  query_check(
    q, sqlite3_bind_text64(q->statement, ++q->parameter, value.at, value.length, SQLITE_STATIC, SQLITE_UTF8));
}

static void query_bind_blob(query *q, const void *bytes, size_t length) {
  if (q->statement == NULL) return;
  query_check(q, sqlite3_bind_blob64(q->statement, ++q->parameter, bytes, length, SQLITE_STATIC));
}

static const char *query_parameter(const query *q) {
  int has_more = !store_failed(q->store) && q->parameter < sqlite3_bind_parameter_count(q->statement);
  return has_more ? sqlite3_bind_parameter_name(q->statement, q->parameter + 1) + 1 : NULL;
}

/* Where memory fails at a bad moment, SQLite takes the whole transaction back and goes on with the step. */
static int query_next(query *q) {
  if (q->statement == NULL || store_interrupted(q->store)) return 0;
  int code = sqlite3_step(q->statement);
  int is_gone = q->store->transaction != 0 && sqlite3_get_autocommit(q->store->db);
  if (is_gone && (code == SQLITE_ROW || code == SQLITE_DONE)) code = SQLITE_NOMEM;
  if (code == SQLITE_ROW) return 1;
  if (code != SQLITE_DONE) query_fail(q, code);
  return 0;
}

static int64_t query_int(const query *q, int column) {
  return sqlite3_column_int64(q->statement, column);
}

static int query_int_within(const query *q, int column, int64_t low, int64_t high, int64_t *value) {
  int type = sqlite3_column_type(q->statement, column);
  *value = sqlite3_column_int64(q->statement, column);
  return (type == SQLITE_INTEGER || type == SQLITE_NULL) && *value >= low && *value <= high;
}

static int query_is_blob(const query *q, int column) {
  return sqlite3_column_type(q->statement, column) == SQLITE_BLOB;
}

static int64_t query_range(const query *q, int column, int64_t minimum, int64_t maximum) {
  int64_t value = query_int(q, column);
  int is_integer = sqlite3_column_type(q->statement, column) == SQLITE_INTEGER;
  if (is_integer && value >= minimum && value <= maximum) return value;
  store_fail(q->store, NANGOLITE_CORRUPT, "the file has a wrong %s: it is damaged",
             sqlite3_column_name(q->statement, column));
  return minimum;
}

static int64_t query_range_or_null(const query *q, int column, int64_t minimum, int64_t maximum) {
  if (sqlite3_column_type(q->statement, column) == SQLITE_NULL) return 0;
  return query_range(q, column, minimum, maximum);
}

static slice query_text(const query *q, int column) {
  slice value = {(const char *)sqlite3_column_text(q->statement, column), 0};
  value.length = (size_t)sqlite3_column_bytes(q->statement, column);
  if (value.at != NULL) return value;
  /* Without memory to convert a text, SQLite may leave a NULL in its place. */
  int had_memory = sqlite3_errcode(q->store->db) != SQLITE_NOMEM;
  if (had_memory && sqlite3_column_type(q->statement, column) == SQLITE_NULL) return value;
  store_fail_memory(q->store);
  return slice_of("");
}

static slice query_blob(const query *q, int column) {
  slice value = {sqlite3_column_blob(q->statement, column), 0};
  value.length = (size_t)sqlite3_column_bytes(q->statement, column);
  return value;
}

/* What sqlite3_reset() returns was latched when the step failed. */
static void query_close(query *q) {
  if (q->statement != NULL) sqlite3_reset(q->statement);
  q->statement = NULL;
}

static int64_t query_number(query *q) {
  int64_t number = query_next(q) ? query_int(q, 0) : 0;
  query_close(q);
  return number;
}

static int64_t query_run(query *q) {
  while (query_next(q)) continue; /* under PRAGMA count_changes even a change has a row */
  int64_t changed = q->statement == NULL || store_failed(q->store) ? 0 : sqlite3_changes(q->store->db);
  query_close(q);
  return changed;
}

static void query_run_with(nangolite *store, statement_id id, int64_t parameter) {
  query q = query_open(store, id);
  query_bind_int(&q, parameter);
  query_run(&q);
}

static int64_t query_free_rows(nangolite *store, statement_id id, int64_t collection, int64_t limit) {
  query q = query_open(store, id);
  query_bind_int(&q, collection);
  query_bind_int(&q, limit);
  return query_run(&q);
}

static void query_finalize_from(nangolite *store, int first) {
  for (int id = first; id < STATEMENT_COUNT; id++) {
    sqlite3_finalize(store->statements[id]);
    store->statements[id] = NULL;
  }
}

static void query_finalize_all(nangolite *store) {
  query_finalize_from(store, 0);
}
