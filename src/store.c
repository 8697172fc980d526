#include "store.h"

static const char out_of_memory[] = "out of memory";

static int store_begin(nangolite *store) {
  if (store == NULL || !store->opened) return 0;
  store->result = NANGOLITE_OK;
  if (!store->is_executing) store->interrupted = 0;
  return 1;
}

static void store_need(nangolite *store, const void *argument, const char *name) {
  if (argument == NULL) store_fail(store, NANGOLITE_MISUSE, "%s is NULL", name);
}

static int store_end(nangolite *store) {
  return store->result;
}

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
  text_free(&store->message);
  store->static_message = message == NULL ? out_of_memory : NULL;
  if (message != NULL) store->message = (text){message, strlen(message), strlen(message) + 1, 0};
  return result;
}

static int store_fail_memory(nangolite *store) {
  if (store_failed(store)) return store->result;
  store->static_message = out_of_memory;
  return store->result = NANGOLITE_NOMEM;
}

static int store_fail_sqlite(nangolite *store, int code) {
  switch (code & 0xff) {
    case SQLITE_NOMEM: return store_fail_memory(store);
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL:   /* too many at once wanted a WAL's locks */
    case SQLITE_LOCKED:
      return store_fail(store, NANGOLITE_BUSY, "the file is busy: %s", sqlite3_errmsg(store->db));
    case SQLITE_READONLY: return store_fail(store, NANGOLITE_READONLY, "the store is read-only");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: return store_fail(store, NANGOLITE_IOERR, "%s", sqlite3_errmsg(store->db));
    case SQLITE_FULL: return store_fail(store, NANGOLITE_FULL, "%s", sqlite3_errmsg(store->db));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return store_fail(store, NANGOLITE_CORRUPT, "%s", sqlite3_errmsg(store->db));
    case SQLITE_INTERRUPT: return store_fail(store, NANGOLITE_INTERRUPTED, "interrupted");
    case SQLITE_TOOBIG:
      return store_fail(store, NANGOLITE_INVALID, "a record is larger than SQLite can hold");
    default: return store_fail(store, NANGOLITE_ERROR, "%s", sqlite3_errmsg(store->db));
  }
}

static int store_interrupted(nangolite *store) {
  if (store->interrupted) store_fail(store, NANGOLITE_INTERRUPTED, "interrupted");
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

static int64_t store_given_clock(const nangolite *store) {
  int64_t time = store->held_time;
  if (!store->clock_is_held && store->options.clock != NULL) {
    time = store->options.clock(store->options.clock_ctx);
  } else if (!store->clock_is_held) {
    struct timespec system = {0, 0};
    timespec_get(&system, TIME_UTC);
    time = (int64_t)system.tv_sec * MICROSECONDS_PER_SECOND + system.tv_nsec / 1000;
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
