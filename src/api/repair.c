/* repair: nangolite_repair(), which makes a damaged store keep its invariants again (api/check.c).
**
** Whatever the damage, it is one transaction: the check looks whether anything is wrong, the parts below mend
** it, and the check has the last word. So a sound store is not written, and no store is left half mended. */
#include "api/check.h"
#include "api/repair_records.h"
#include "api/repair_syncs.h"
#include "database/arguments.h"
#include "database/call.h"
#include "database/schema.h"

/* A trigger of somebody else would change what is mended. Its name cannot be a parameter. */
static void repair_drop_trigger(repair *r, slice name) {
  char *sql = sqlite3_mprintf("DROP TRIGGER main.\"%.*w\"", (int)name.length, name.at);
  if (sql == NULL) store_fail_memory(r->store);
  else schema_execute(r->store, sql);
  sqlite3_free(sql);
}

/* One after the other is looked for anew, because SQLite refuses to drop a trigger while a list of them is
** read. */
static void repair_triggers(repair *r) {
  text name = {0};
  int64_t dropped = 0;
  for (int is_left = 1; is_left && !store_failed(r->store);) {
    query q = query_open(r->store, REPAIR_TRIGGERS);
    is_left = query_next(&q);
    text_clear(&name);
    if (is_left) text_append(&name, query_text(&q, 0).at, query_text(&q, 0).length);
    query_close(&q);
    store_check_text(r->store, &name);
    if (!is_left || store_failed(r->store)) break;
    repair_drop_trigger(r, (slice){name.at, name.length});
    dropped++;
  }
  text_free(&name);
  repair_say(r, "Triggers stood on the tables of the store, and were dropped", dropped);
}

/* Tables, indexes and views that are missing are made, empty. */
static void repair_schema(repair *r) {
  const table_object *object;
  int64_t made = 0;
  for (int i = 0; (object = table_at(i)) != NULL && !store_failed(r->store); i++) {
    query q = query_open(r->store, REPAIR_OBJECT);
    query_bind_text(&q, slice_of(object->name));
    if (query_number(&q) > 0 || object->sql == NULL) continue;
    schema_execute(r->store, object->sql);
    made++;
  }
  repair_say(r, "Tables, indexes or views were missing, and were made", made);
}

static int repair_is_intact(nangolite *store) {
  query q = query_open(store, CHECK_INTEGRITY);
  int is_intact = query_next(&q) && slice_equals(query_text(&q, 0), slice_of("ok"));
  query_close(&q);
  return is_intact;
}

/* In the database of a caller only the store's own indexes are made again. */
static void repair_indexes(repair *r) {
  static const statement_id own[] = {REPAIR_REINDEX_CONNECTION, REPAIR_REINDEX_COLLECTION,
                                     REPAIR_REINDEX_SYNC, REPAIR_REINDEX_SYNC_MODEL, REPAIR_REINDEX_INSTANCE};
  static const statement_id all[] = {REPAIR_REINDEX};
  const statement_id *reindex = r->store->owned ? all : own;
  int count = r->store->owned ? 1 : (int)(sizeof own / sizeof *own);
  if (repair_is_intact(r->store) || store_failed(r->store)) return;
  for (int i = 0; i < count; i++) {
    query q = query_open(r->store, reindex[i]);
    query_run(&q);
  }
  repair_say(r, "SQLite found the database damaged, and its indexes were made again", 1);
}

/* Two days are more than clocks differ by. */
static void repair_last_stamp(repair *r) {
  int64_t latest = r->store->now + 2 * MICROSECONDS_PER_DAY;
  query q = query_open(r->store, REPAIR_LAST_STAMP);
  query_bind_int(&q, latest < TIME_MAX ? latest : TIME_MAX);
  repair_say(r, "The last stamp was below one that was issued", query_run(&q));
}

static void repair_store(repair *r) {
  static const repair_step steps[] = {
    {REPAIR_STORE_ROWS, "nango_store had more than one row, of which the first stayed"},
    {REPAIR_STORE, "nango_store had values that cannot be; a hash key was drawn, numbers were set to 0"}};
  schema_refuse(r->store, schema_now(), "store");
  repair_run_steps(r, steps, sizeof steps / sizeof *steps);
  repair_last_stamp(r);
  transaction_read_store(r->store);
}

static void repair_all(repair *r) {
  repair_triggers(r);
  repair_indexes(r);
  repair_store(r);
  repair_records(r);
  repair_syncs(r);
  store_move_stamp(r->store);
  query_run_with(r->store, STORE_SET_STAMP, r->store->last_stamp); /* the check reads it */
  char *reason = check_run(r->store);
  if (reason != NULL) store_fail(r->store, NANGOLITE_CORRUPT, "this damage cannot be repaired: %s", reason);
  sqlite3_free(reason);
}

/* What other parts refuse to read, they latch as CORRUPT. Here it is what is going to be mended, unless SQLite
** itself cannot read it. */
static int repair_is_needed(nangolite *store) {
  char *reason = check_run(store);
  int is_sound = reason == NULL && !store_failed(store);
  sqlite3_free(reason);
  if (store->result == NANGOLITE_CORRUPT && (sqlite3_errcode(store->db) & 0xff) != SQLITE_CORRUPT)
    store->result = NANGOLITE_OK;
  return !is_sound && !store_failed(store);
}

int nangolite_repair(nangolite *store, char **report) {
  if (report != NULL) *report = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, report, "report");
  call_write(store);
  repair r = {.store = store};
  repair_schema(&r);
  check_functions(store);
  if (repair_is_needed(store)) repair_all(&r);
  char *told = r.report.length > 0 && !store_failed(store) ? store_take(store, &r.report) : NULL;
  text_free(&r.report);
  return call_end_with(store, told, report);
}
