/* route: the table of the requests that are answered and of the parameters that each takes. Requests are
** told apart by it, and their input is checked by it. */
#ifndef NANGOLITE_ROUTE_H
#define NANGOLITE_ROUTE_H

#include "base/slice.h"
#include "values/name.h"
#include "requests/target.h"

/* Where a parameter stands. A refused request gets the code of the first place in this order that has an
** error; the last three count as the body. */
typedef enum param_place {
  PLACE_QUERY,
  PLACE_HEADER,
  PLACE_BODY,
  PLACE_URI,
  PLACE_OPTS,       /* in the body's "opts" */
  PLACE_SYNC,       /* in an object among the body's "syncs" */
  PLACE_CONNECTIONS /* in an array that is the body's "connection_id" */
} param_place;

typedef enum param_kind {
  KIND_NAME, /* by a rule of name.h, which is in `rule` */
  KIND_TIME,
  KIND_CURSOR,
  KIND_FILTER,
  KIND_FREQUENCY,
  KIND_INTEGER, /* 1 to `maximum`; with PARAM_FROM_0 also 0, with PARAM_PAGE_LIMIT page_limit_max() */
  KIND_BOOLEAN,
  KIND_MODE,        /* one of sync_mode's words */
  KIND_IDS,         /* may be repeated */
  KIND_LIST,        /* "name,name::variant" or "*" */
  KIND_SYNCS,       /* an array of names and of objects with PLACE_SYNC's members */
  KIND_OPTS,        /* an object with PLACE_OPTS' members */
  KIND_TEXT,        /* 1 to `maximum` bytes */
  KIND_OBJECT,      /* any object */
  KIND_CONNECTIONS, /* a connection's id, or an array of them */
  KIND_IGNORED      /* anything, any number of times; a name that ends in [ is the beginning of many */
} param_kind;

/* Where in input.values the checked value is put. A parameter that may stand in two places has two of
** these. "Integration" is the provider_config_key. */
/* clang-format off */
typedef enum value_id {
  VALUE_NONE,
  VALUE_INTEGRATION, VALUE_CONNECTION, VALUE_HEADER_INTEGRATION, VALUE_HEADER_CONNECTION,
  VALUE_MODEL, VALUE_VARIANT, VALUE_MODIFIED_AFTER, VALUE_DELTA, VALUE_FILTER, VALUE_CURSOR, VALUE_LIMIT, VALUE_IDS,
  VALUE_SYNCS, VALUE_OPTS, VALUE_RESET, VALUE_EMPTY_CACHE, VALUE_SYNC_MODE, VALUE_FULL_RESYNC,
  VALUE_SYNC, VALUE_FREQUENCY, VALUE_LISTED_NAME, VALUE_LISTED_VARIANT,
  VALUE_METADATA, VALUE_SEARCH, VALUE_INTEGRATIONS, VALUE_PAGE, VALUE_IGNORED,
  VALUE_COUNT
} value_id;
/* clang-format on */

enum { PARAM_REQUIRED = 1, PARAM_NULLABLE = 2, PARAM_FROM_0 = 4, PARAM_PAGE_LIMIT = 8 };

typedef struct param {
  const char *name; /* that of a header is in lower case */
  param_place place;
  value_id value;
  param_kind kind;
  name_kind rule;  /* of KIND_NAME */
  int64_t maximum; /* of KIND_INTEGER and KIND_TEXT */
  unsigned flags;
  value_id excluded; /* the parameter that must not be given beside this one */
  value_id needed;   /* the parameter that must be true where this one is */
} param;

typedef enum route_id {
  ROUTE_RECORDS,
  ROUTE_PRUNE,
  ROUTE_TRIGGER,
  ROUTE_START,
  ROUTE_PAUSE,
  ROUTE_STATUS,
  ROUTE_FREQUENCY,
  ROUTE_ENVIRONMENT,
  ROUTE_VARIANT_CREATE,
  ROUTE_VARIANT_DELETE,
  ROUTE_METADATA_SET,
  ROUTE_METADATA_MERGE,
  ROUTE_CONNECTIONS,
  ROUTE_CONNECTION,
  ROUTE_COUNT
} route_id;

enum { ROUTE_URI_MAX = 2 };

typedef struct route {
  const char *method;  /* in lower case */
  const char *path;    /* a segment in braces is the value of the next PLACE_URI parameter */
  const param *params; /* in the order in which they are checked; ends with one without a name */
} route;

typedef struct route_choice {
  route_id id;
  const route *route; /* NULL: there is none for this method */
  int path_is_known;
  slice uri[ROUTE_URI_MAX]; /* the segments in braces, as they were written */
} route_choice;

/* Finds the route of a request. The method may be in any letter case. */
static route_choice route_choose(slice method, slice path);

#endif
