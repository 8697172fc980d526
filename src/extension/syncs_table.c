#include "extension/syncs_table.h"

#include "database/call.h"
#include "json/json_pointer.h"
#include "syncs/status.h"

#ifdef NANGOLITE_EXTENSION

/* The first column comes from the instance's names, the others from what the status tells. */
static const char syncs_table_columns[] =
  "CREATE TABLE nango_syncs (provider_config_key TEXT, connection_id TEXT, name TEXT, variant TEXT, type TEXT,"
  " status TEXT, frequency TEXT, finished_at TEXT, next_run_at TEXT, checkpoint TEXT, latest_result TEXT,"
  " latest_error_type TEXT, latest_error_description TEXT, latest_error_at TEXT, progress TEXT, record_count TEXT)";

static const char *const syncs_table_pointers[] = {NULL,
                                                   "/connection_id",
                                                   "/name",
                                                   "/variant",
                                                   "/type",
                                                   "/status",
                                                   "/frequency",
                                                   "/finishedAt",
                                                   "/nextScheduledSyncAt",
                                                   "/checkpoint",
                                                   "/latestResult",
                                                   "/latestError/type",
                                                   "/latestError/description",
                                                   "/latestError/at",
                                                   "/progress",
                                                   "/recordCount"};

typedef struct syncs_cursor {
  sqlite3_vtab_cursor base; /* the first member: SQLite holds a pointer to it */
  id_list list;
  size_t next;
  text provider_config_key, status; /* of the row, without their NUL */
} syncs_cursor;

static host *syncs_table_host(const syncs_cursor *c) {
  return ((host_table *)(void *)c->base.pVtab)->h;
}

static void syncs_table_forget(syncs_cursor *c) {
  sqlite3_free(c->list.at);
  text_free(&c->provider_config_key);
  text_free(&c->status);
  c->list = (id_list){0};
  c->next = 0;
}

static void syncs_table_describe(nangolite *store, int64_t id, syncs_cursor *c) {
  instance_names names = instance_get_names(store, id);
  text_clear(&c->provider_config_key);
  text_clear(&c->status);
  text_append(&c->provider_config_key, names.provider_config_key.at, names.provider_config_key.length);
  if (!store_failed(store)) status_append_instance(store, id, &c->status);
  store_check_text(store, &c->provider_config_key);
  store_check_text(store, &c->status);
  text_free(&names.strings);
}

/* Reads the row that is next, and before the first one which there are. */
static int syncs_table_load(syncs_cursor *c, int is_first) {
  nangolite *store = host_store(syncs_table_host(c), 0);
  if (!call_open(store)) return host_fail(c->base.pVtab);
  call_read(store);
  if (is_first) {
    query q = query_open(store, INSTANCE_ALL);
    id_list_read(store, &c->list, &q);
  }
  if (c->next < c->list.count) syncs_table_describe(store, c->list.at[c->next], c);
  return call_end(store) == NANGOLITE_OK ? SQLITE_OK : host_fail(c->base.pVtab);
}

static int syncs_table_connect(sqlite3 *db, void *h, int count, const char *const *words,
                               sqlite3_vtab **table, char **message) {
  (void)db, (void)count, (void)words;
  return host_connect(h, syncs_table_columns, table, message);
}

static int syncs_table_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 1000;
  info->estimatedRows = 100;
  return SQLITE_OK;
}

static int syncs_table_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  (void)table;
  syncs_cursor *c = sqlite3_malloc64(sizeof *c);
  if (c == NULL) return SQLITE_NOMEM;
  memset(c, 0, sizeof *c);
  *cursor = &c->base;
  return SQLITE_OK;
}

static int syncs_table_close(sqlite3_vtab_cursor *cursor) {
  syncs_table_forget((syncs_cursor *)(void *)cursor);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int syncs_table_filter(sqlite3_vtab_cursor *cursor, int plan, const char *unused, int count,
                              sqlite3_value **values) {
  syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  (void)plan, (void)unused, (void)count, (void)values;
  syncs_table_forget(c);
  return syncs_table_load(c, 1);
}

static int syncs_table_next(sqlite3_vtab_cursor *cursor) {
  syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  c->next++;
  return syncs_table_load(c, 0);
}

static int syncs_table_eof(sqlite3_vtab_cursor *cursor) {
  const syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  return c->next >= c->list.count;
}

/* A string as its characters, null as NULL, anything else as JSON. */
static void syncs_table_give(sqlite3_context *context, json_value value) {
  text unescaped = {0};
  slice written = value.text;
  if (value.text.at == NULL || value.type == JSON_NULL) return;
  if (value.type == JSON_STRING) {
    json_unescape(value, &unescaped, NULL);
    written = (slice){unescaped.at == NULL ? "" : unescaped.at, unescaped.length};
  }
  if (unescaped.failed) sqlite3_result_error_nomem(context);
  else sqlite3_result_text64(context, written.at, written.length, SQLITE_TRANSIENT, SQLITE_UTF8);
  text_free(&unescaped);
}

static int syncs_table_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  const syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  const char *pointer = syncs_table_pointers[column];
  json_value status = json_of((slice){c->status.at, c->status.length});
  if (pointer != NULL) syncs_table_give(context, json_pointer_find(status, pointer));
  else
    sqlite3_result_text64(context, c->provider_config_key.at, c->provider_config_key.length, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  return SQLITE_OK;
}

static int syncs_table_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid) {
  const syncs_cursor *c = (syncs_cursor *)(void *)cursor;
  *rowid = c->list.at[c->next];
  return SQLITE_OK;
}

static int syncs_table_register(host *h) {
  static const sqlite3_module module = {.xConnect = syncs_table_connect,
                                        .xBestIndex = syncs_table_best_index,
                                        .xDisconnect = host_disconnect,
                                        .xOpen = syncs_table_open,
                                        .xClose = syncs_table_close,
                                        .xFilter = syncs_table_filter,
                                        .xNext = syncs_table_next,
                                        .xEof = syncs_table_eof,
                                        .xColumn = syncs_table_column,
                                        .xRowid = syncs_table_rowid};
  return sqlite3_create_module_v2(h->db, "nango_syncs", &module, host_keep(h), host_release);
}

#endif
