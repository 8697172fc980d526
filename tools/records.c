/* records: the command that prints a collection, and goes on with what changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "line.h"
#include "moment.h"
#include "names.h"
#include "store.h"
#include "table.h"
#include "terminal.h"

enum { PAGE = 500, IDS_MOST = 100, LOOKS_EVERY_MS = 100 };

/* How far the feed was read, and what is still wanted of it. */
typedef struct reader {
  nangolite *store;
  nangolite_scope scope;
  nangolite_query query;
  table *rows;  /* NULL: JSON */
  int64_t left; /* -1: all */
  int64_t printed;
  char *cursor;
  char since[MOMENT_SIZE];
  const char *ids[IDS_MOST];
} reader;

/* ---- printing ---- */

static void put_moment(const char *name, int64_t microseconds) {
  char text[MOMENT_SIZE];
  moment_write(microseconds, text);
  if (microseconds == 0) printf(",\"%s\":null", name);
  else printf(",\"%s\":\"%s\"", name, text);
}

/* The payload with its metadata as the last member, as GET /records has it. */
static void put_record(const nangolite_record *r) {
  span payload = {r->payload, r->payload_length};
  char first[MOMENT_SIZE];
  while (payload.length > 1 && payload.at[payload.length - 1] != '}') payload.length--;
  text_put(stdout, (span){payload.at, payload.length - (payload.length > 0)});
  moment_write(r->first_seen_at, first);
  printf(",\"_nango_metadata\":{\"first_seen_at\":\"%s\"", first);
  put_moment("last_modified_at", r->last_modified_at);
  printf(",\"last_action\":\"%s\"", r->last_action);
  put_moment("deleted_at", r->deleted_at);
  put_moment("pruned_at", r->pruned_at);
  printf(",\"cursor\":\"%s\"}}\n", r->cursor);
}

static void add_record(table *t, const nangolite_record *r) {
  colour of = *r->last_action == 'A' ? COLOUR_GOOD : *r->last_action == 'U' ? COLOUR_WAITING : COLOUR_BAD;
  char when[MOMENT_SIZE];
  moment_show(r->last_modified_at, when);
  table_add(t, when, COLOUR_NONE);
  table_add(t, r->last_action, of);
  table_add(t, r->id, COLOUR_NONE);
  table_add(t, r->pruned_at == 0 ? r->payload : "(pruned)", r->pruned_at == 0 ? COLOUR_NONE : COLOUR_DIM);
}

/* ---- reading ---- */

static void keep_cursor(reader *from, const char *cursor) {
  if (cursor == NULL) return;
  char *copy = text_copy(span_of(cursor));
  free(from->cursor);
  from->cursor = copy;
  from->query.cursor = copy;
}

static int wants_more(const reader *from) {
  return from->left != 0 && !store_is_stopped() && !terminal_reader_left() && !ferror(stdout);
}

static int read_page(reader *from, int *has_more) {
  nangolite_page *page = NULL;
  from->query.limit = from->left >= 0 && from->left < PAGE ? (int)from->left : PAGE;
  if (from->query.id_count > 0) from->query.limit = IDS_MOST;
  int result = nangolite_records_list(from->store, &from->scope, &from->query, &page);
  if (result != NANGOLITE_OK) return store_failed(from->store, result);
  for (size_t i = 0; i < page->count && wants_more(from); i++) {
    if (from->rows == NULL) put_record(&page->records[i]);
    else add_record(from->rows, &page->records[i]);
    from->printed++;
    if (from->left > 0) from->left--;
  }
  if (from->rows != NULL) table_print(from->rows);
  *has_more = page->next_cursor != NULL;
  keep_cursor(from, page->last_cursor);
  nangolite_page_free(page);
  return DONE;
}

static int read_all(reader *from) {
  int status = DONE, has_more = 1;
  while (status == DONE && has_more && wants_more(from)) status = read_page(from, &has_more);
  return status;
}

/* What has changed since is looked at after the stamp was read, so no change falls between the two. */
static int follow(reader *from) {
  int64_t seen = -1;
  int status = DONE;
  while (status == DONE && wants_more(from)) {
    int64_t newest = nangolite_last_change(from->store);
    if (newest != seen || newest == 0) status = read_all(from);
    if (fflush(stdout) != 0) break;
    seen = newest;
    if (status == DONE && wants_more(from)) terminal_wait(LOOKS_EVERY_MS);
  }
  return status;
}

/* ---- the command ---- */

static void take_since(reader *from, const char *since) {
  from->query.modified_after = since;
  if (since == NULL || strcmp(since, "now") != 0) return;
  int64_t now = nangolite_now(from->store), newest = nangolite_last_change(from->store);
  moment_write(newest > now ? newest : now, from->since);
  from->query.modified_after = from->since;
}

/* 0: there are too many. */
static int take_ids(reader *from, const line *given) {
  for (size_t i = 0; i < given->given_count; i++) {
    if (given->given[i].id != OPTION_ID) continue;
    if (from->query.id_count == IDS_MOST) {
      text_complain("records: --id may be given at most %d times", IDS_MOST);
      return 0;
    }
    from->ids[from->query.id_count++] = given->given[i].value;
  }
  from->query.ids = from->ids;
  return 1;
}

/* The library reads a collection that was never written as empty. */
static void complain_of_empty(const reader *from) {
  static const char *const none[] = {NULL};
  const char *model = from->scope.model;
  char **names =
    names_in_store(from->store, "MODEL", from->scope.provider_config_key, from->scope.connection_id);
  int is_there = 0;
  for (size_t i = 0; names != NULL && names[i] != NULL; i++) is_there |= strcmp(names[i], model) == 0;
  if (is_there) text_complain("%s: there are no such records", store_filename());
  else
    line_complain_unknown("there are no records of the model", model,
                          names == NULL ? none : (const char *const *)names);
  names_free(names);
}

int records_run(nangolite *store, const line *given) {
  static const column columns[] = {
    {"CHANGED (UTC)", 0, 0, 1}, {"ACTION", 0, 0, 0}, {"ID", 0, 8, 0}, {"RECORD", 0, 10, 0}};
  reader from = {.store = store, .left = line_number(given, OPTION_LIMIT, 1, 0)};
  from.scope =
    (nangolite_scope){given->arguments[0], given->arguments[1], given->arguments[2], line_argument(given, 3)};
  from.query.filter = line_value(given, OPTION_FILTER);
  from.query.cursor = line_value(given, OPTION_CURSOR);
  if (from.left < 0 || !take_ids(&from, given)) return WRONG_USAGE;
  if (from.left == 0) from.left = -1;
  take_since(&from, line_value(given, OPTION_SINCE));
  if (!line_has(given, OPTION_JSON)) from.rows = table_new(columns, sizeof columns / sizeof *columns);
  int is_followed = line_has(given, OPTION_FOLLOW), status = is_followed ? follow(&from) : read_all(&from);
  if (status == DONE && from.printed == 0 && !is_followed && from.rows != NULL) complain_of_empty(&from);
  table_free(from.rows);
  free(from.cursor);
  return status;
}
