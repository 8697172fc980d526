#include "database/store.h"

static const char out_of_memory[] = "out of memory";

static int store_failed(const nangolite *store) {
  return store->result != NANGOLITE_OK;
}

static int store_fail(nangolite *store, int result, const char *format, ...) {
  if (store_failed(store)) return store->result;
  va_list arguments;
  va_start(arguments, format);
  char *message = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  store->result = result;
  store->failures++;
  text_free(&store->message);
  store->static_message = message == NULL ? out_of_memory : NULL;
  if (message == NULL) return result;
  size_t length = strlen(message);
  store->message = (text){.at = message, .length = length, .capacity = length + 1};
  return result;
}

static int store_fail_memory(nangolite *store) {
  if (store_failed(store)) return store->result;
  store->failures++;
  store->had_no_memory = 1;
  store->static_message = out_of_memory;
  return store->result = NANGOLITE_NOMEM;
}

static int store_fail_sqlite_of(nangolite *store, sqlite3 *db, int code) {
  switch (code & 0xff) {
    case SQLITE_NOMEM: return store_fail_memory(store);
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL: /* too many at once wanted a WAL's locks */
    case SQLITE_LOCKED: return store_fail(store, NANGOLITE_BUSY, "the file is busy: %s", sqlite3_errmsg(db));
    case SQLITE_READONLY: return store_fail(store, NANGOLITE_READONLY, "the store is read-only");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: return store_fail(store, NANGOLITE_IOERR, "%s", sqlite3_errmsg(db));
    case SQLITE_FULL: return store_fail(store, NANGOLITE_FULL, "%s", sqlite3_errmsg(db));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return store_fail(store, NANGOLITE_CORRUPT, "%s", sqlite3_errmsg(db));
    case SQLITE_INTERRUPT: return store_fail(store, NANGOLITE_INTERRUPTED, "interrupted");
    default: return store_fail(store, NANGOLITE_ERROR, "%s", sqlite3_errmsg(db));
  }
}

static int store_fail_sqlite(nangolite *store, int code) {
  return store_fail_sqlite_of(store, store->db, code);
}

static void store_check_text(nangolite *store, const text *t) {
  if (t->failed) store_fail_memory(store);
}

static int store_interrupted(nangolite *store) {
  if (store->interrupted && !store->is_ending_run) store_fail(store, NANGOLITE_INTERRUPTED, "interrupted");
  return store_failed(store);
}

static void *store_allocate(nangolite *store, size_t bytes) {
  if (store_failed(store)) return NULL;
  void *memory = sqlite3_malloc64(bytes == 0 ? 1 : bytes);
  if (memory == NULL) store_fail_memory(store);
  return memory;
}

static char *store_take(nangolite *store, text *t) {
  if (store_failed(store)) {
    text_free(t);
    return NULL;
  }
  char *taken = text_take(t);
  if (taken == NULL) store_fail_memory(store);
  return taken;
}

static const char *store_message(const nangolite *store) {
  if (store->static_message != NULL) return store->static_message;
  return store->message.at == NULL ? "no error" : store->message.at;
}

static const char *store_result_name(int result) {
  static const char *const names[] = {[NANGOLITE_OK] = "ok",
                                      [NANGOLITE_ERROR] = "error",
                                      [NANGOLITE_NOMEM] = "nomem",
                                      [NANGOLITE_MISUSE] = "misuse",
                                      [NANGOLITE_BUSY] = "busy",
                                      [NANGOLITE_READONLY] = "readonly",
                                      [NANGOLITE_IOERR] = "ioerr",
                                      [NANGOLITE_FULL] = "full",
                                      [NANGOLITE_CORRUPT] = "corrupt",
                                      [NANGOLITE_INTERRUPTED] = "interrupted",
                                      [NANGOLITE_INVALID] = "invalid",
                                      [NANGOLITE_UNKNOWN_CONNECTION] = "unknown_connection",
                                      [NANGOLITE_UNKNOWN_PROVIDER_CONFIG] = "unknown_provider_config",
                                      [NANGOLITE_UNKNOWN_SYNC] = "unknown_sync",
                                      [NANGOLITE_NO_SYNCS_FOUND] = "no_syncs_found",
                                      [NANGOLITE_NOT_FOUND] = "not_found",
                                      [NANGOLITE_INVALID_VARIANT] = "invalid_variant",
                                      [NANGOLITE_VARIANT_EXISTS] = "sync_variant_already_exists",
                                      [NANGOLITE_RESOURCE_CAPPED] = "resource_capped",
                                      [NANGOLITE_INVALID_CURSOR] = "invalid_cursor",
                                      [NANGOLITE_ABORTED] = "aborted",
                                      [NANGOLITE_TOO_MANY_DELETES] = "too_many_deletes",
                                      [NANGOLITE_NEWER_SCHEMA] = "newer_schema"};
  _Static_assert(sizeof names / sizeof *names == NANGOLITE_NEWER_SCHEMA + 1, "every result has its name");
  int is_known = result >= 0 && (size_t)result < sizeof names / sizeof *names;
  return is_known ? names[result] : "unknown";
}

static void store_hold_clock(nangolite *store, int64_t microseconds) {
  store->held_time = microseconds;
  store->clock_is_held = 1;
}

static int64_t store_given_clock(const nangolite *store) {
  int64_t time = store->held_time;
  if (!store->clock_is_held && store->options.clock != NULL) {
    time = store->options.clock(store->options.clock_ctx);
  } else if (!store->clock_is_held) {
    time = platform_clock();
  }
  return time < 0 ? 0 : time > TIME_MAX ? TIME_MAX : time;
}

static int64_t store_clock(const nangolite *store) {
  int64_t time = store_given_clock(store);
  return time > 0 ? time : 1;
}

static int64_t store_next_stamp(nangolite *store) {
  if (store->last_stamp >= TIME_MAX) {
    store_fail(store, NANGOLITE_FULL, "no stamp is left before the year 10000");
    return TIME_MAX;
  }
  store->last_stamp = store->now > store->last_stamp ? store->now : store->last_stamp + 1;
  if (!store->stamp_given) store->first_stamp = store->last_stamp;
  store->stamp_given = 1;
  return store->last_stamp;
}

static void store_move_stamp(nangolite *store) {
  if (!store_failed(store) && store->last_stamp < TIME_MAX) store_next_stamp(store);
}
