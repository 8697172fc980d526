#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "names.h"
#include "store.h"

/* Where the names of a kind are: in the answer of which function, in which member of its elements. */
typedef struct source {
  const char *kind;
  int (*list)(nangolite *store, const char *provider_config_key, const char *connection_id, char **json);
  const char *array, *member;
} source;

static int list_of_connections(nangolite *store, const char *provider_config_key, const char *connection_id,
                               char **json) {
  (void)connection_id;
  return nangolite_connections(store, provider_config_key, json);
}

static int list_of_syncs(nangolite *store, const char *provider_config_key, const char *connection_id,
                         char **json) {
  (void)connection_id;
  return nangolite_syncs(store, provider_config_key, json);
}

static int list_of_collections(nangolite *store, const char *provider_config_key, const char *connection_id,
                               char **json) {
  return nangolite_collections(store, provider_config_key, connection_id, 0, json);
}

static const source sources[] = {
  {"PROVIDER_CONFIG_KEY", list_of_connections, "/connections", "/provider_config_key"},
  {"CONNECTION_ID", list_of_connections, "/connections", "/connection_id"},
  {"SYNC", list_of_syncs, "/syncs", "/name"},
  {"MODEL", list_of_collections, "/collections", "/model"},
  {"VARIANT", list_of_collections, "/collections", "/variant"},
  {NULL, NULL, NULL, NULL},
};

static int has_name(char **names, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0) return 1;
  }
  return 0;
}

/* A shell is not helped by more names than these. */
enum { NAMES_MOST = 200 };

static char **names_of(span array, const char *member) {
  char **names = text_need(calloc(NAMES_MOST + 1, sizeof *names));
  size_t count = 0;
  for (span element = {NULL, 0}; count < NAMES_MOST && json_next(array, &element);) {
    char *name = json_text(json_at(element, member));
    if (has_name(names, count, name)) free(name);
    else names[count++] = name;
  }
  return names;
}

char **names_in_store(nangolite *store, const char *kind, const char *provider_config_key,
                      const char *connection_id) {
  const source *s = sources;
  char *json = NULL;
  while (s->kind != NULL && strcmp(s->kind, kind) != 0) s++;
  if (s->kind == NULL || s->list(store, provider_config_key, connection_id, &json) != NANGOLITE_OK)
    return NULL;
  char **names = names_of(json_at(span_of(json), s->array), s->member);
  nangolite_free(json);
  return names;
}

char **names_in_file(const char *file, const char *kind, const char *provider_config_key,
                     const char *connection_id) {
  nangolite *store = NULL;
  char **names = NULL;
  if (store_open_quietly(file, &store))
    names = names_in_store(store, kind, provider_config_key, connection_id);
  store_close(store);
  return names;
}

void names_free(char **names) {
  for (size_t i = 0; names != NULL && names[i] != NULL; i++) free(names[i]);
  free(names);
}
