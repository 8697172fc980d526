/* The library's side: the jobs of baseline.c through nangolite.h. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

struct library {
  nangolite *store;
};

void library_must(library *l, int result, const char *what) {
  if (result != NANGOLITE_OK) die(what, nangolite_errmsg(l->store));
}

const nangolite_scope *library_scope(void) {
  static const nangolite_scope scope = {"tracker", "acme", "Issue", NULL};
  return &scope;
}

library *library_open(const char *path) {
  static const char *const models[] = {"Issue"};
  nangolite_sync sync = {.provider_config_key = "tracker", .name = "issues", .frequency = "every hour"};
  library *l = must_allocate(sizeof *l);
  library_must(l, nangolite_open(path, NULL, &l->store), "nangolite_open");
  sync.models = models;
  sync.model_count = 1;
  library_must(l, nangolite_sync_define(l->store, &sync), "nangolite_sync_define");
  library_must(l, nangolite_connection_create(l->store, "tracker", "acme"), "nangolite_connection_create");
  return l;
}

void library_close(library *l) {
  nangolite_close(l->store);
  free(l);
}

nangolite *library_store(library *l) {
  return l->store;
}

void library_save(library *l, const record_set *set) {
  for (int i = 0; i * BATCH < set->count; i++) {
    int64_t length = (int64_t)(set->arrays[i + 1] - set->arrays[i]);
    int result = nangolite_records_save(l->store, library_scope(), set->text + set->arrays[i], length, NULL);
    library_must(l, result, "nangolite_records_save");
  }
}

int64_t library_read_all(library *l, int limit) {
  nangolite_query query = {NULL, NULL, NULL, limit, NULL, 0};
  nangolite_page *page = NULL, *before = NULL;
  int64_t bytes = 0;
  do {
    int result = nangolite_records_list(l->store, library_scope(), &query, &page);
    library_must(l, result, "nangolite_records_list");
    for (size_t i = 0; i < page->count; i++) bytes += (int64_t)page->records[i].payload_length;
    query.cursor = page->next_cursor;
    nangolite_page_free(before);
    before = page;
  } while (query.cursor != NULL);
  nangolite_page_free(before);
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
  library l = {nangolite_run_store(run)};
  for (int i = 0; i * BATCH < set->count; i++) {
    int64_t length = (int64_t)(set->arrays[i + 1] - set->arrays[i]);
    int result = nangolite_run_save(run, library_scope()->model, set->text + set->arrays[i], length, NULL);
    library_must(&l, result, "nangolite_run_save");
  }
}
