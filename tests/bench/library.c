/* The library's side: the jobs of baseline.c through nangolite.h. */
#include "bench.h"

#include <stdio.h>
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

/* One page as GET /records answers it; "next_cursor" is its last member. Writes the target of the next page, if there is one. */
static int64_t request_page(library *l, char *target, size_t size, int limit) {
  static const char headers[] = "Connection-Id: acme\nProvider-Config-Key: tracker";
  char *response = NULL;
  int status = 0;
  library_must(l->store, nangolite_request(l->store, "GET", target, headers, NULL, &status, &response), "nangolite_request");
  if (status != 200) die("a page was refused", response);
  size_t length = strlen(response);
  *target = '\0';
  if (length > 2 && response[length - 2] == '"') {
    char *cursor = response + length - 2;
    *cursor = '\0';
    while (cursor[-1] != '"') cursor--;
    snprintf(target, size, "/records?model=%s&limit=%d&cursor=%s", library_scope()->model, limit, cursor);
  }
  nangolite_free(response);
  return (int64_t)length;
}

int64_t library_read_all(library *l, int limit) {
  char target[4096];
  int64_t bytes = 0;
  snprintf(target, sizeof target, "/records?model=%s&limit=%d", library_scope()->model, limit);
  while (*target != '\0') bytes += request_page(l, target, sizeof target, limit);
  return bytes;
}

void library_open_memory(void) {
  nangolite *store;
  library_must(store, nangolite_open(":memory:", NULL, &store), "nangolite_open");
  nangolite_close(store);
}
