#include "syncs/selection.h"

static selector selector_parse(slice written) {
  for (size_t i = 0; i + 1 < written.length; i++) {
    if (written.at[i] != ':' || written.at[i + 1] != ':') continue;
    return (selector){{written.at, i}, {written.at + i + 2, written.length - i - 2}};
  }
  return (selector){written, {NULL, 0}};
}

static const char *selector_check(selector s) {
  const char *rule = name_check(NAME_SYNC, s.name);
  return rule != NULL || s.variant.at == NULL ? rule : name_check(NAME_VARIANT, s.variant);
}

static id_list selection_connections(nangolite *store, const selection *s) {
  id_list connections = {NULL, 0, 0};
  if (s->connection_id != NULL) {
    id_list_add(store, &connections, connection_find(store, s->provider_config_key, s->connection_id));
    return connections;
  }
  if (s->rule != SELECTION_ANY) connection_need_integration(store, s->provider_config_key);
  query q = query_open(store, CONNECTION_OF_INTEGRATION);
  query_bind_text(&q, slice_of(s->provider_config_key));
  id_list_read(store, &connections, &q);
  return connections;
}

typedef struct selection_name {
  selector named;
  size_t position;
} selection_name;

static int selection_compare_names(const selector *a, const selector *b) {
  int order = slice_compare(a->name, b->name), a_is_base = name_is_base(a->variant);
  if (order != 0) return order;
  if (a_is_base || name_is_base(b->variant)) return name_is_base(b->variant) - a_is_base;
  return slice_compare(a->variant, b->variant);
}

static int selection_compare_positions(const void *a, const void *b) {
  const selection_name *left = a, *right = b;
  return (left->position > right->position) - (left->position < right->position);
}

static int selection_compare(const void *a, const void *b) {
  const selection_name *left = a, *right = b;
  int order = selection_compare_names(&left->named, &right->named);
  return order != 0 ? order : selection_compare_positions(a, b);
}

/* The names that are given, each once, in the order in which each is given first. NULL: no name is given,
** or a failure is latched. Free it with sqlite3_free(). */
static selection_name *selection_distinct(nangolite *store, const selection *s, size_t *count) {
  selection_name *names = s->count == 0 ? NULL : store_allocate(store, s->count * sizeof *names);
  *count = 0;
  if (names == NULL) return NULL;
  for (size_t i = 0; i < s->count; i++) names[i] = (selection_name){s->selectors[i], i};
  qsort(names, s->count, sizeof *names, selection_compare);
  for (size_t i = 0; i < s->count; i++) {
    int is_new = i == 0 || selection_compare_names(&names[i].named, &names[*count - 1].named) != 0;
    if (is_new) names[(*count)++] = names[i];
  }
  qsort(names, *count, sizeof *names, selection_compare_positions);
  return names;
}

/* Adds the instances of one name. The base of a sync that is defined counts as known even where no
** connection has it. */
static void selection_add_named(nangolite *store, const selection *s, selector named,
                                const id_list *connections, id_list *list) {
  int64_t sync = sync_find(store, s->provider_config_key, named.name).id;
  int is_known = sync != 0 && name_is_base(named.variant);
  for (size_t i = 0; sync != 0 && i < connections->count && !store_failed(store); i++) {
    int64_t id = instance_find(store, connections->at[i], sync, named.variant);
    if (id == 0) continue;
    id_list_add(store, list, id);
    is_known = 1;
  }
  if (is_known || s->rule != SELECTION_EACH) return;
  store_fail(store, NANGOLITE_UNKNOWN_SYNC, "syncs: there is no sync '%.*s' of the variant '%.*s'",
             (int)named.name.length, named.name.at, named.variant.at == NULL ? 4 : (int)named.variant.length,
             named.variant.at == NULL ? "base" : named.variant.at);
}

static void selection_add_all(nangolite *store, const id_list *connections, id_list *list) {
  for (size_t i = 0; i < connections->count && !store_failed(store); i++) {
    query q = query_open(store, INSTANCE_OF_CONNECTION);
    query_bind_int(&q, connections->at[i]);
    id_list_read(store, list, &q);
  }
}

static void selection_need_something(nangolite *store, const selection *s, const id_list *found) {
  int may_be_nothing = s->rule == SELECTION_ANY || (s->rule == SELECTION_NAMED && s->count > 0);
  if (found->count == 0 && !may_be_nothing)
    store_fail(store, NANGOLITE_NO_SYNCS_FOUND, "syncs: there are none%s", s->count > 0 ? " of these" : "");
}

static id_list selection_find(nangolite *store, const selection *s) {
  id_list list = {NULL, 0, 0};
  id_list connections = selection_connections(store, s);
  size_t count;
  selection_name *names = selection_distinct(store, s, &count);
  for (size_t i = 0; i < count && !store_failed(store); i++)
    selection_add_named(store, s, names[i].named, &connections, &list);
  if (s->count == 0) selection_add_all(store, &connections, &list);
  selection_need_something(store, s, &list);
  sqlite3_free(names);
  sqlite3_free(connections.at);
  return list;
}
