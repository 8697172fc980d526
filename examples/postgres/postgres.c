/* postgres: follows the feeds of one store into a PostgreSQL, until SIGTERM or SIGINT.
**
**   postgres STORE CONNINFO [once]     once: ends as soon as nothing is left to take over
**
** Any number of these programs, each with the store of its share of the connections, write into one server. The records of
** a page and the cursor behind it are stored in one transaction, so a kill at any point neither loses nor doubles
** anything: the next start goes on from the cursor. Whoever listens on the channel nango_changes hears of each
** collection that has changed. README.md beside this file shows the tables and what to do with a distributed server. */
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nangolite.h"

enum { PAGE = 500, PAGES_A_TRANSACTION = 20, POLL_MS = 200, RETRY_MS = 1000 };

static volatile sig_atomic_t is_asked_to_end;

static void end(int signal_number) {
  (void)signal_number;
  is_asked_to_end = 1;
}

static void wait_ms(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  if (!is_asked_to_end) nanosleep(&time, NULL);
}

static void fail_memory(void) {
  fputs("out of memory\n", stderr);
  exit(1);
}

/* ---- the server ---- */

/* json and not jsonb: a payload stays as it is, byte for byte. The lock is for programs that start at the same time. */
static const char tables[] =
  "BEGIN;"
  "SELECT pg_advisory_xact_lock(1313752908);"
  "CREATE TABLE IF NOT EXISTS nango_record ("
  "  provider_config_key text NOT NULL, connection_id text NOT NULL, model text NOT NULL, variant text NOT NULL,"
  "  id text NOT NULL, payload json NOT NULL, last_action text NOT NULL,"
  "  first_seen_at timestamptz NOT NULL, last_modified_at timestamptz NOT NULL, pruned_at timestamptz,"
  "  PRIMARY KEY (connection_id, provider_config_key, model, variant, id));"
  "CREATE TABLE IF NOT EXISTS nango_cursor ("
  "  provider_config_key text NOT NULL, connection_id text NOT NULL, model text NOT NULL, variant text NOT NULL,"
  "  cursor text,"
  "  PRIMARY KEY (connection_id, provider_config_key, model, variant));"
  "COMMIT";

/* The four names of a collection are $1 to $4 everywhere. */
static const char insert_cursor[] =
  "INSERT INTO nango_cursor (provider_config_key, connection_id, model, variant)"
  " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

/* The lock keeps out a second program that follows the same store by mistake. */
static const char read_cursor[] =
  "SELECT cursor FROM nango_cursor WHERE provider_config_key = $1 AND connection_id = $2 AND model = $3 AND variant = $4"
  " FOR UPDATE";

static const char store_cursor[] =
  "UPDATE nango_cursor SET cursor = $5"
  " WHERE provider_config_key = $1 AND connection_id = $2 AND model = $3 AND variant = $4";

static const char store_records[] =
  "INSERT INTO nango_record (provider_config_key, connection_id, model, variant, id, payload, last_action,"
  "  first_seen_at, last_modified_at, pruned_at)"
  " SELECT $1, $2, $3, $4, r.id, r.payload::json, r.last_action, 'epoch'::timestamptz + r.first_seen * interval '1 us',"
  "  'epoch'::timestamptz + r.modified * interval '1 us', 'epoch'::timestamptz + r.pruned * interval '1 us'"
  " FROM unnest($5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[])"
  "  AS r (id, payload, last_action, first_seen, modified, pruned)"
  " ON CONFLICT (connection_id, provider_config_key, model, variant, id) DO UPDATE SET payload = excluded.payload,"
  "  last_action = excluded.last_action, first_seen_at = excluded.first_seen_at,"
  "  last_modified_at = excluded.last_modified_at, pruned_at = excluded.pruned_at";

static const char notify[] =
  "SELECT pg_notify('nango_changes',"
  " json_build_object('provider_config_key', $1::text, 'connection_id', $2::text, 'model', $3::text, 'variant', $4::text)::text)";

static const struct {
  const char *name, *sql;
  int parameters;
} statements[] = {
  {"insert_cursor", insert_cursor, 4},  {"read_cursor", read_cursor, 4}, {"store_cursor", store_cursor, 5},
  {"store_records", store_records, 10}, {"notify", notify, 4},
};

/* Whether the server did it; else its message is printed. *cell, where it is asked for, is the first one of the first
** row (NULL: there is none), to be freed. */
static int is_done(PGconn *server, PGresult *answer, char **cell) {
  ExecStatusType status = PQresultStatus(answer);
  int is_fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  if (!is_fine) fprintf(stderr, "PostgreSQL: %s", PQerrorMessage(server));
  if (cell != NULL) *cell = NULL;
  if (cell != NULL && is_fine && PQntuples(answer) > 0 && !PQgetisnull(answer, 0, 0)) {
    *cell = strdup(PQgetvalue(answer, 0, 0));
    if (*cell == NULL) fail_memory();
  }
  PQclear(answer);
  return is_fine;
}

static int run(PGconn *server, const char *sql) {
  return is_done(server, PQexec(server, sql), NULL);
}

static int run_prepared(PGconn *server, const char *name, int count, const char *const *values, char **cell) {
  return is_done(server, PQexecPrepared(server, name, count, values, NULL, NULL, 0), cell);
}

/* Prepares a new connection. */
static int prepare(PGconn *server) {
  int is_fine = run(server, "SET client_min_messages = warning") &&
                run(server, "SET client_encoding = 'UTF8'") && run(server, tables);
  for (size_t i = 0; is_fine && i < sizeof statements / sizeof *statements; i++)
    is_fine = is_done(
      server, PQprepare(server, statements[i].name, statements[i].sql, statements[i].parameters, NULL), NULL);
  return is_fine;
}

/* ---- a page as arrays ---- */

/* Text that grows. */
typedef struct buffer {
  char *at;
  size_t length, capacity;
} buffer;

static void append(buffer *b, const char *bytes, size_t length) {
  if (b->length + length + 1 > b->capacity) {
    b->capacity = (b->length + length + 1) * 2;
    b->at = realloc(b->at, b->capacity);
    if (b->at == NULL) fail_memory();
  }
  memcpy(b->at + b->length, bytes, length);
  b->length += length;
  b->at[b->length] = '\0';
}

/* An element of an array: in quotes, with a backslash before quotes and backslashes. */
static void append_text(buffer *b, const char *text) {
  append(b, b->length == 0 ? "{\"" : ",\"", 2);
  while (*text != '\0') {
    size_t plain = strcspn(text, "\"\\");
    append(b, text, plain);
    text += plain;
    if (*text == '\0') break;
    append(b, "\\", 1);
    append(b, text++, 1);
  }
  append(b, "\"", 1);
}

static void append_time(buffer *b, int64_t microseconds, int is_null) {
  char written[32];
  int length =
    snprintf(written, sizeof written, "%s%lld", b->length == 0 ? "{" : ",", (long long)microseconds);
  if (is_null) length = snprintf(written, sizeof written, "%sNULL", b->length == 0 ? "{" : ",");
  append(b, written, (size_t)length);
}

enum { IDS, PAYLOADS, ACTIONS, FIRST_SEEN, MODIFIED, PRUNED, COLUMNS };

static int store_page(PGconn *server, const nangolite_scope *scope, const nangolite_page *page) {
  buffer columns[COLUMNS] = {{0}};
  const char *values[4 + COLUMNS] = {scope->provider_config_key, scope->connection_id, scope->model,
                                     scope->variant};
  for (size_t i = 0; i < page->count; i++) {
    const nangolite_record *r = &page->records[i];
    append_text(&columns[IDS], r->id);
    append_text(&columns[PAYLOADS], r->payload);
    append_text(&columns[ACTIONS], r->last_action);
    append_time(&columns[FIRST_SEEN], r->first_seen_at, 0);
    append_time(&columns[MODIFIED], r->last_modified_at, 0);
    append_time(&columns[PRUNED], r->pruned_at, r->pruned_at == 0);
  }
  for (int column = 0; column < COLUMNS; column++) {
    append(&columns[column], "}", 1);
    values[4 + column] = columns[column].at;
  }
  int is_fine = run_prepared(server, "store_records", 4 + COLUMNS, values, NULL);
  for (int column = 0; column < COLUMNS; column++) free(columns[column].at);
  return is_fine;
}

/* ---- following ---- */

typedef struct follower {
  nangolite *store;
  PGconn *server;
  int64_t taken_over; /* all changes up to this stamp */
  int64_t changes;    /* for the message at the end */
} follower;

/* A failure of the store: one that passes is tried again later. */
static int store_failed(follower *f, int result) {
  fprintf(stderr, "store: %s\n", nangolite_errmsg(f->store));
  if (result != NANGOLITE_BUSY && result != NANGOLITE_UNKNOWN_CONNECTION) exit(1);
  return 0;
}

/* Takes over one page behind *cursor, which becomes its end. 0: a failure, or nothing more; *is_done tells. */
static int follow_page(follower *f, const nangolite_scope *scope, char **cursor, int *is_done) {
  nangolite_page *page;
  nangolite_query query = {.cursor = *cursor, .limit = PAGE};
  int result = nangolite_records_list(f->store, scope, &query, &page);
  if (result != NANGOLITE_OK) return store_failed(f, result);
  int is_fine = page->count == 0 || store_page(f->server, scope, page);
  *is_done = is_fine && page->next_cursor == NULL;
  if (is_fine && page->last_cursor != NULL) {
    char *last = strdup(page->last_cursor);
    if (last == NULL) fail_memory();
    free(*cursor);
    *cursor = last;
    f->changes += (int64_t)page->count;
  }
  nangolite_page_free(page);
  return is_fine && !*is_done;
}

/* One transaction: several pages, and the cursor behind them. Whether it is stored; *is_done: nothing is left. */
static int follow_pages(follower *f, const nangolite_scope *scope, int *is_done) {
  const char *values[5] = {scope->provider_config_key, scope->connection_id, scope->model, scope->variant};
  char *cursor = NULL;
  int is_fine = run(f->server, "BEGIN") && run_prepared(f->server, "insert_cursor", 4, values, NULL) &&
                run_prepared(f->server, "read_cursor", 4, values, &cursor);
  int pages = 0, more = is_fine;
  *is_done = 0;
  while (more && pages++ < PAGES_A_TRANSACTION) more = follow_page(f, scope, &cursor, is_done);
  is_fine = is_fine && (more || *is_done);
  values[4] = cursor;
  is_fine = is_fine && run_prepared(f->server, "store_cursor", 5, values, NULL) &&
            run_prepared(f->server, "notify", 4, values, NULL) && run(f->server, "COMMIT");
  if (!is_fine) run(f->server, "ROLLBACK");
  free(cursor);
  return is_fine;
}

static int follow_collection(follower *f, const nangolite_scope *scope) {
  int is_done = 0;
  while (!is_done && !is_asked_to_end) {
    if (!follow_pages(f, scope, &is_done)) return 0;
  }
  return is_done;
}

/* A string of a JSON object, to be given back with nangolite_free(). */
static char *member(const char *json, size_t length, const char *pointer) {
  const char *value;
  size_t value_length;
  char *text = NULL;
  nangolite_json_find(json, (int64_t)length, pointer, &value, &value_length);
  if (value == NULL || nangolite_json_text(value, value_length, &text) != NANGOLITE_OK) fail_memory();
  return text;
}

static int follow_described(follower *f, const char *json, size_t length) {
  char *names[] = {member(json, length, "/provider_config_key"), member(json, length, "/connection_id"),
                   member(json, length, "/model"), member(json, length, "/variant")};
  nangolite_scope scope = {names[0], names[1], names[2], names[3]};
  int is_fine = follow_collection(f, &scope);
  for (int i = 0; i < 4; i++) nangolite_free(names[i]);
  return is_fine;
}

/* Follows every collection that has changed. Whether all of it is taken over. */
static int follow_all(follower *f) {
  char *json, pointer[64];
  const char *described;
  size_t length;
  int64_t newest = nangolite_last_change(f->store);
  int result = nangolite_collections(f->store, NULL, NULL, f->taken_over, &json);
  if (result != NANGOLITE_OK) return store_failed(f, result);
  int is_fine = 1;
  for (int i = 0; is_fine; i++) {
    snprintf(pointer, sizeof pointer, "/collections/%d", i);
    nangolite_json_find(json, -1, pointer, &described, &length);
    if (described == NULL) break;
    is_fine = follow_described(f, described, length);
  }
  nangolite_free(json);
  if (is_fine)
    f->taken_over = newest; /* read before the list, so that what comes meanwhile is seen the next time */
  return is_fine;
}

/* Reconnects where the connection is lost. */
static int is_connected(PGconn *server) {
  if (PQstatus(server) == CONNECTION_OK) return 1;
  PQreset(server);
  if (PQstatus(server) == CONNECTION_OK) return prepare(server);
  fprintf(stderr, "PostgreSQL: %s", PQerrorMessage(server));
  return 0;
}

static void follow(follower *f, int once) {
  while (!is_asked_to_end) {
    int is_new = nangolite_last_change(f->store) > f->taken_over;
    int is_fine = !is_new || (is_connected(f->server) && follow_all(f));
    if (once && is_fine) break;
    if (!is_fine) wait_ms(RETRY_MS);
    else if (!is_new) wait_ms(POLL_MS);
  }
}

int main(int count, char **arguments) {
  follower f = {0};
  int once = count == 4 && strcmp(arguments[3], "once") == 0;
  if (count != 3 && !once) {
    fputs("usage: postgres STORE CONNINFO [once]\n", stderr);
    return 2;
  }
  signal(SIGTERM, end);
  signal(SIGINT, end);
  nangolite_options options = {.read_only = 1};
  if (nangolite_open(arguments[1], &options, &f.store) != NANGOLITE_OK) {
    fprintf(stderr, "%s: %s\n", arguments[1], nangolite_errmsg(f.store));
    nangolite_close(f.store);
    return 1;
  }
  f.server = PQconnectdb(arguments[2]);
  int is_fine = PQstatus(f.server) == CONNECTION_OK;
  if (!is_fine) fprintf(stderr, "PostgreSQL: %s", PQerrorMessage(f.server));
  is_fine = is_fine && prepare(f.server);
  if (is_fine) follow(&f, once);
  printf("%lld changes\n", (long long)f.changes);
  PQfinish(f.server);
  nangolite_close(f.store);
  return is_fine ? 0 : 1;
}
