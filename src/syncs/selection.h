/* selection: finds the instances that a call names. */
#ifndef NANGOLITE_SELECTION_H
#define NANGOLITE_SELECTION_H

#include "database/id_list.h"
#include "base/slice.h"
#include "syncs/instance.h"

/* One sync by name; an absent variant is base. */
typedef struct selector {
  slice name, variant;
} selector;

/* What of a selection must be there. A connection that is named must always be there. */
typedef enum selection_rule {
  SELECTION_EACH,  /* each sync that is named, and at least one instance */
  SELECTION_SOME,  /* at least one instance; names that are not there are left out */
  SELECTION_NAMED, /* as SELECTION_SOME, but where names are given, there may be no instance */
  SELECTION_ANY    /* nothing: there may be no instance, and no such integration */
} selection_rule;

typedef struct selection {
  const char *provider_config_key;
  const char *connection_id; /* NULL: all connections of the integration */
  const selector *selectors;
  size_t count; /* 0: every instance, variants included */
  selection_rule rule;
} selection;

/* "sync" or "sync::variant". */
static selector selector_parse(slice written);
/* The rule that one of its names breaks. NULL: they are allowed. */
static const char *selector_check(selector s);

/* The ids of the instances, each once. Latches what must be there and is not. Free list.at with
** sqlite3_free(). In a transaction. */
static id_list selection_find(nangolite *store, const selection *s);

#endif
