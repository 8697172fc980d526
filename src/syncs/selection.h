/* selection: which instances a call means. */
#ifndef NANGOLITE_SELECTION_H
#define NANGOLITE_SELECTION_H

#include "database/id_list.h"
#include "base/slice.h"
#include "syncs/instance.h"

/* One sync by name; an absent variant is base. */
typedef struct selector {
  slice name, variant;
} selector;

/* What must be there of a selection. */
typedef enum selection_rule {
  SELECTION_EACH,  /* each that is named, and altogether something */
  SELECTION_SOME,  /* something; names that are not there are left out */
  SELECTION_NAMED, /* the same, and of what is named there may be nothing */
  SELECTION_ANY    /* there may be nothing, and no integration either */
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
/* NULL: its names are allowed; else the rule that one breaks. */
static const char *selector_check(selector s);

/* The instances, each once; in a transaction. Latches what is not there. */
static id_list selection_find(nangolite *store, const selection *s);

#endif
