#include "extension/host.h"

#include "api/store_open.h"

#ifdef NANGOLITE_EXTENSION

static host *host_make(sqlite3 *db) {
  host *made = sqlite3_malloc64(sizeof *made);
  if (made != NULL) *made = (host){.db = db, .references = 1};
  return made;
}

static host *host_keep(host *h) {
  h->references++;
  return h;
}

static void host_close(host *h) {
  nangolite_close(h->store);
  h->store = NULL;
}

static void host_release(void *kept) {
  host *h = kept;
  if (--h->references > 0) return;
  host_close(h);
  sqlite3_free(h);
}

/* Tables that were made in a transaction are gone when it is rolled back. */
static int host_has_tables(const host *h) {
  return sqlite3_table_column_metadata(h->db, "main", "nango_store", NULL, NULL, NULL, NULL, NULL, NULL) ==
         SQLITE_OK;
}

/* Has SQLite connect a table. (Where the file has a table of this name, it does not.) */
static void host_connect_any(const host *h) {
  sqlite3_stmt *names_it = NULL;
  if (h->connected > 0) return;
  sqlite3_prepare_v2(h->db, "SELECT 1 FROM nango_syncs", -1, &names_it, NULL);
  sqlite3_finalize(names_it);
}

static nangolite *host_store(host *h, int makes) {
  if (h->store != NULL && (!h->store->opened || !host_has_tables(h))) host_close(h);
  if (h->store != NULL) return h->store;
  host_connect_any(h);
  store_attach_in_statement(h->db, makes, &h->store);
  return h->store;
}

static void host_leave(host *h) {
  if (h->connected == 0) host_close(h);
}

static int host_code(const host *h) {
  if (h->store == NULL) return SQLITE_NOMEM;
  switch (h->store->result) {
    case NANGOLITE_NOMEM: return SQLITE_NOMEM;
    case NANGOLITE_BUSY: return SQLITE_BUSY;
    case NANGOLITE_READONLY: return SQLITE_READONLY;
    case NANGOLITE_IOERR: return SQLITE_IOERR;
    case NANGOLITE_FULL: return SQLITE_FULL;
    case NANGOLITE_CORRUPT: return SQLITE_CORRUPT;
    case NANGOLITE_INTERRUPTED: return SQLITE_INTERRUPT;
    default: return SQLITE_ERROR;
  }
}

static int host_connect(host *h, const char *columns, sqlite3_vtab **table, char **message) {
  host_table *made = sqlite3_malloc64(sizeof *made);
  *table = NULL;
  if (made == NULL) return SQLITE_NOMEM;
  int code = sqlite3_declare_vtab(h->db, columns);
  if (code != SQLITE_OK) {
    *message = sqlite3_mprintf("%s", sqlite3_errmsg(h->db));
    sqlite3_free(made);
    return code;
  }
  *made = (host_table){.h = host_keep(h)};
  h->connected++;
  *table = &made->base;
  return SQLITE_OK;
}

static int host_disconnect(sqlite3_vtab *table) {
  host *h = ((host_table *)(void *)table)->h;
  if (--h->connected == 0) host_close(h);
  sqlite3_free(table);
  host_release(h);
  return SQLITE_OK;
}

static int host_fail(sqlite3_vtab *table) {
  const host *h = ((host_table *)(void *)table)->h;
  int code = host_code(h);
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = code == SQLITE_NOMEM ? NULL : sqlite3_mprintf("%s", nangolite_errmsg(h->store));
  return code;
}

static const char *host_refuse(sqlite3_value *value) {
  if (sqlite3_value_type(value) == SQLITE_NULL) return NULL;
  if (sqlite3_value_type(value) == SQLITE_BLOB) return "must be text and not a blob";
  const char *written = (const char *)sqlite3_value_text(value);
  if (written == NULL) return "finds no memory";
  return strlen(written) == (size_t)sqlite3_value_bytes(value) ? NULL : "must not hold U+0000";
}

static int host_is_text(sqlite3_vtab *table, sqlite3_value *value, const char *name) {
  const char *why = host_refuse(value);
  if (why == NULL) return 1;
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s %s", name, why);
  return 0;
}

#endif
