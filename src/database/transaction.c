#include "database/transaction.h"

/* Runs a statement. Unlike query_run() it runs also where a failure is latched; it then does not
** latch its own. */
static int transaction_step(nangolite *store, statement_id id) {
  sqlite3_stmt *statement = store->statements[id];
  if (statement == NULL) return SQLITE_NOMEM;
  sqlite3_step(statement);
  int code = sqlite3_reset(statement);
  if (code != SQLITE_OK) store_fail_sqlite(store, code);
  return code;
}

/* SQLite prepares a statement again where the schema has changed. If memory runs out while it does, it
** rolls the whole transaction back, the caller's too, and goes on outside of it. So where the caller of an
** attached store has changed the schema, the statements are prepared anew before any of them runs. */
static void transaction_follow_schema(nangolite *store) {
  if (store->owned) return;
  query q = query_open(store, PRAGMA_SCHEMA_CHANGES);
  int64_t changes = query_number(&q);
  if (store_failed(store) || changes == store->schema_changes) return;
  query_finalize_from(store, TRANSACTION_SAVEPOINT_RELEASE + 1);
  store->schema_changes = changes;
}

/* Prepares the statements that end the transaction before it begins, so that ending it needs no memory. */
static void transaction_open(nangolite *store, transaction_kind kind) {
  static const statement_id outermost[] = {TRANSACTION_COMMIT, TRANSACTION_ROLLBACK};
  static const statement_id nested[] = {TRANSACTION_SAVEPOINT_OPEN, TRANSACTION_SAVEPOINT_ROLLBACK,
                                        TRANSACTION_SAVEPOINT_RELEASE};
  transaction_end_late(store);
  int is_nested = !sqlite3_get_autocommit(store->db);
  int locks = kind == TRANSACTION_WRITE || store->reads_exclude;
  statement_id begin = locks ? TRANSACTION_BEGIN_WRITE : TRANSACTION_BEGIN_READ;
  if (is_nested) begin = TRANSACTION_SAVEPOINT_OPEN;
  query_open(store, begin);
  for (size_t i = 0; !is_nested && i < sizeof outermost / sizeof *outermost; i++)
    query_open(store, outermost[i]);
  for (size_t i = 0; is_nested && i < sizeof nested / sizeof *nested; i++) query_open(store, nested[i]);
  if (store_failed(store) || transaction_step(store, begin) != SQLITE_OK) return;
  store->transaction = is_nested ? TRANSACTION_SAVEPOINT : (int)kind;
  transaction_follow_schema(store);
}

/* A statement that has a row and was not reset shows one state of the file, as a transaction does, and needs none to
** begin or end. */
static void transaction_hold(nangolite *store) {
  transaction_end_late(store);
  transaction_follow_schema(store);
  query q = query_open(store, STORE_HOLD);
  store->is_held = query_next(&q);
}

static void transaction_let_go(nangolite *store) {
  if (store->is_held) sqlite3_reset(store->statements[STORE_HOLD]);
  store->is_held = 0;
}

/* Whether a statement of the connection is running that writes. */
static int transaction_is_barred(const nangolite *store) {
  sqlite3_stmt *other = NULL;
  while ((other = sqlite3_next_stmt(store->db, other)) != NULL) {
    if (sqlite3_stmt_busy(other) && !sqlite3_stmt_readonly(other)) return 1;
  }
  return 0;
}

static void transaction_begin_read(nangolite *store) {
  if (store->is_in_statement) {
    transaction_hold(store);
    return;
  }
  query_open(store, STORE_SET_STAMP); /* for transaction_abandon() */
  transaction_open(store, TRANSACTION_READ);
  query_open(store, STORE_SET_STAMP); /* the caller may have changed the schema */
}

static void transaction_begin_schema(nangolite *store) {
  int is_read_only =
    store->options.read_only || (store->db != NULL && sqlite3_db_readonly(store->db, "main") == 1);
  if (is_read_only) store_fail_sqlite(store, SQLITE_READONLY);
  if (store->is_in_statement && transaction_is_barred(store))
    store_fail(
      store, NANGOLITE_MISUSE,
      "a statement that writes cannot change the store besides: call this function in a SELECT of its own");
  transaction_open(store, TRANSACTION_WRITE);
  store->stamp_given = 0;
}

static void transaction_read_store(nangolite *store) {
  query q = query_open(store, STORE_READ);
  if (query_next(&q)) {
    store->last_stamp = query_int(&q, 0);
    store->key.k0 = (uint64_t)query_int(&q, 1);
    store->key.k1 = (uint64_t)query_int(&q, 2);
  } else if (!store_failed(store)) {
    store_fail(store, NANGOLITE_CORRUPT, "nango_store has no row");
  }
  query_close(&q);
}

static void transaction_begin_write(nangolite *store) {
  query_open(store, STORE_SET_STAMP);
  transaction_begin_schema(store);
  query_open(store, STORE_SET_STAMP);
  store->now = store_clock(store);
  store->rows_to_free = TRANSACTION_ROWS_TO_FREE;
  transaction_read_store(store);
}

static void transaction_write_stamp(nangolite *store) {
  if (!store->stamp_given) return;
  store->stamp_given = 0;
  query_run_with(store, STORE_SET_STAMP, store->last_stamp);
}

static int transaction_undo(nangolite *store, int nested) {
  if (nested && transaction_step(store, TRANSACTION_SAVEPOINT_ROLLBACK) != SQLITE_OK) return 0;
  return transaction_step(store, nested ? TRANSACTION_SAVEPOINT_RELEASE : TRANSACTION_ROLLBACK) == SQLITE_OK;
}

/* Where the caller interrupts its connection while a statement of its own is running there, SQLite refuses
** even ROLLBACK. It refuses a statement that writes as well, but when it does, it rolls the whole
** transaction back. So this runs one that writes. (It cannot change anything, because a stamp must not be
** NULL.) */
static void transaction_abandon(nangolite *store) {
  sqlite3_stmt *writing = store->statements[STORE_SET_STAMP];
  if (writing == NULL) return;
  sqlite3_bind_null(writing, 1);
  sqlite3_step(writing);
  sqlite3_reset(writing);
}

/* Rolls the transaction back. After a change of the schema even that may need memory; where there is none,
** transaction_end_late() does it later. */
static void transaction_roll_back(nangolite *store, int kind) {
  int is_nested = kind == TRANSACTION_SAVEPOINT;
  /* SQLite may have rolled everything back already: because of a full disk, a failed read, no memory. */
  int is_undone = sqlite3_get_autocommit(store->db) || transaction_undo(store, is_nested);
  if (!is_undone) transaction_abandon(store);
  if (!is_undone && !sqlite3_get_autocommit(store->db)) store->transaction = kind;
}

static void transaction_end(nangolite *store) {
  transaction_let_go(store);
  int kind = store->transaction;
  if (kind == TRANSACTION_NONE) return;
  transaction_write_stamp(store);
  store->transaction = TRANSACTION_NONE;
  statement_id end = kind == TRANSACTION_SAVEPOINT ? TRANSACTION_SAVEPOINT_RELEASE : TRANSACTION_COMMIT;
  if (store_failed(store) || transaction_step(store, end) != SQLITE_OK) transaction_roll_back(store, kind);
}

static void transaction_end_late(nangolite *store) {
  int kind = store->transaction;
  store->transaction = TRANSACTION_NONE;
  if (kind != TRANSACTION_NONE) transaction_roll_back(store, kind);
}
