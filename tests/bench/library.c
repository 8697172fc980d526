/* The library's side: the jobs of baseline.c through nangolite.h. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

struct library {
  nangolite *store;
};

void library_must(nangolite *store, int result, const char *what) {
  if (result != NANGOLITE_OK) die(what, nangolite_errmsg(store));
}

const nangolite_scope *library_scope(void) {
  static const nangolite_scope scope = {"tracker", "acme", "Issue", NULL};
  return &scope;
}

library *library_open(const char *path) {
  library *l = must_allocate(sizeof *l);
  const nangolite_scope *scope = library_scope();
  library_must(l->store, nangolite_open(path, NULL, &l->store), "nangolite_open");
  library_must(l->store, nangolite_connection_create(l->store, scope->provider_config_key, scope->connection_id),
               "nangolite_connection_create");
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
    library_must(l->store, result, "nangolite_records_save");
  }
}

int64_t library_read_all(library *l, int limit) {
  nangolite_query query = {NULL, NULL, NULL, limit, NULL, 0};
  nangolite_page *page = NULL, *before = NULL;
  int64_t bytes = 0;
  do {
    library_must(l->store, nangolite_records_list(l->store, library_scope(), &query, &page), "nangolite_records_list");
    for (size_t i = 0; i < page->count; i++) bytes += (int64_t)page->records[i].payload_length;
    query.cursor = page->next_cursor;
    nangolite_page_free(before);
    before = page;
  } while (query.cursor != NULL);
  nangolite_page_free(before);
  return bytes;
}

void library_open_memory(void) {
  nangolite *store;
  library_must(store, nangolite_open(":memory:", NULL, &store), "nangolite_open");
  nangolite_close(store);
}
