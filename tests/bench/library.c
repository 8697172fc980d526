/* The library's side: the jobs of baseline.c through nangolite.h. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct library {
  nangolite *store;
  sqlite3 *beside; /* another connection to the file, for checkpoints */
};

void library_must(library *l, int result, const char *what) {
  if (result != NANGOLITE_OK) die(what, nangolite_errmsg(l->store));
}

const nangolite_scope *library_scope(void) {
  static const nangolite_scope scope = {"tracker", "acme", "Issue", NULL};
  return &scope;
}

library *library_open(const char *path, int cache_kb) {
  static const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "tracker", .name = "issues", .frequency = "every hour"};
  library *l = must_allocate(sizeof *l);
  nangolite_options o = {.cache_kb = cache_kb};
  library_must(l, nangolite_open(path, &o, &l->store), "nangolite_open");
  sync.models = models;
  sync.model_count = 1;
  library_must(l, nangolite_sync_define(l->store, &sync), "nangolite_sync_define");
  library_must(l, nangolite_connection_create(l->store, "tracker", "acme"), "nangolite_connection_create");
  if (sqlite3_open(path, &l->beside) != SQLITE_OK) die(path, "cannot be opened a second time");
  return l;
}

void library_close(library *l) {
  nangolite_close(l->store);
  sqlite3_close(l->beside);
  free(l);
}

void library_settle(library *l) {
  int code = sqlite3_wal_checkpoint_v2(l->beside, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  if (code != SQLITE_OK) die("a checkpoint failed", sqlite3_errmsg(l->beside));
}

nangolite *library_store(library *l) {
  return l->store;
}

void library_save_array(library *l, const nangolite_scope *scope, const record_set *set, int array) {
  int64_t length = (int64_t)(set->arrays[array + 1] - set->arrays[array]);
  int result = nangolite_records_save(l->store, scope, set->text + set->arrays[array], length, NULL);
  library_must(l, result, "nangolite_records_save");
}

void library_save(library *l, const record_set *set) {
  for (int i = 0; i < records_arrays(set); i++) library_save_array(l, library_scope(), set, i);
}

/* As an application in the same process does it: pages of records. */
int64_t library_read_pages(library *l, int limit) {
  char cursor[2048] = "";
  nangolite_query query = {.limit = limit};
  int64_t bytes = 0;
  int more;
  do {
    nangolite_page *page;
    int result = nangolite_records_list(l->store, library_scope(), &query, &page);
    library_must(l, result, "nangolite_records_list");
    for (size_t i = 0; i < page->count; i++) bytes += (int64_t)page->records[i].payload_length;
    more = page->next_cursor != NULL;
    if (more) snprintf(cursor, sizeof cursor, "%s", page->next_cursor);
    query.cursor = cursor;
    nangolite_page_free(page);
  } while (more);
  return bytes;
}

/* Puts the cursor of the next page behind "cursor=" in the request's target. 0: there is no further page. */
static int follow_cursor(const char *response, char *cursor, size_t room) {
  static const char digits[] = "0123456789ABCDEF";
  static const char name[] = "\"next_cursor\":\"";
  size_t length = strlen(response);
  const char *from = response + length - (length < 2000 ? length : 2000); /* it stands at the end */
  for (const char *found; (found = strstr(from, name)) != NULL;) from = found + sizeof name - 1;
  if (response[length - 2] != '"') return 0;
  for (const char *end = cursor + room; *from != '"' && end - cursor > 4; from++) {
    int is_special = *from == '+' || *from == '/' || *from == '=';
    *cursor++ = is_special ? '%' : *from;
    if (is_special) *cursor++ = digits[*from >> 4];
    if (is_special) *cursor++ = digits[*from & 15];
  }
  *cursor = '\0';
  return 1;
}

/* As a client of the HTTP API does it: GET /records, page after page. */
int64_t library_read_text(library *l, int limit) {
  static const char headers[] = "Provider-Config-Key: tracker\r\nConnection-Id: acme\r\n";
  char target[2048];
  int64_t bytes = 0;
  int status, more;
  int length = snprintf(target, sizeof target, "/records?model=Issue&limit=%d", limit);
  do {
    char *response;
    int result = nangolite_request(l->store, "GET", target, headers, NULL, &status, &response);
    library_must(l, result, "nangolite_request");
    if (status != 200) die("GET /records", response);
    bytes += (int64_t)strlen(response);
    int start = length + snprintf(target + length, sizeof target - (size_t)length, "&cursor=");
    more = follow_cursor(response, target + start, sizeof target - (size_t)start);
    nangolite_free(response);
  } while (more);
  return bytes;
}

void library_open_memory(void) {
  library l;
  library_must(&l, nangolite_open(":memory:", NULL, &l.store), "nangolite_open");
  nangolite_close(l.store);
}

void library_open_memory_and_save(void) {
  library l;
  library_must(&l, nangolite_open(":memory:", NULL, &l.store), "nangolite_open");
  library_must(&l, nangolite_connection_create(l.store, "tracker", "acme"), "nangolite_connection_create");
  library_must(&l, nangolite_records_save(l.store, library_scope(), "{\"id\":\"1\"}", -1, NULL), "a save");
  nangolite_close(l.store);
}

nangolite_run *library_begin_run(library *l) {
  nangolite_run *run;
  library_must(l, nangolite_run_next(l->store, &run), "nangolite_run_next");
  if (run == NULL) die("nangolite_run_next", "nothing is due");
  return run;
}

void library_run_save(nangolite_run *run, const record_set *set) {
  library l = {.store = nangolite_run_store(run)};
  for (int i = 0; i < records_arrays(set); i++) {
    int64_t length = (int64_t)(set->arrays[i + 1] - set->arrays[i]);
    int result = nangolite_run_save(run, library_scope()->model, set->text + set->arrays[i], length, NULL);
    library_must(&l, result, "nangolite_run_save");
  }
}
