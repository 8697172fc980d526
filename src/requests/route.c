#include "requests/route.h"

#define ROUTE_NAME(field, where, to, which, more)                                                            \
  { .name = (field), .place = (where), .value = (to), .kind = KIND_NAME, .rule = (which), .flags = (more) }
#define ROUTE_PARAM(field, where, to, what, more)                                                            \
  { .name = (field), .place = (where), .value = (to), .kind = (what), .flags = (more) }
#define ROUTE_INTEGER(field, where, to, most)                                                                \
  { .name = (field), .place = (where), .value = (to), .kind = KIND_INTEGER, .maximum = (most) }
#define ROUTE_END                                                                                            \
  { .name = NULL }

#define ROUTE_KEY(place, flags)                                                                              \
  ROUTE_NAME("provider_config_key", place, VALUE_INTEGRATION, NAME_PROVIDER_CONFIG_KEY, flags)
#define ROUTE_CONNECTION(place, flags)                                                                       \
  ROUTE_NAME("connection_id", place, VALUE_CONNECTION, NAME_CONNECTION_ID, flags)

#define ROUTE_HEADERS(flags)                                                                                 \
  ROUTE_NAME("connection-id", PLACE_HEADER, VALUE_HEADER_CONNECTION, NAME_CONNECTION_ID, flags),             \
    ROUTE_NAME("provider-config-key", PLACE_HEADER, VALUE_HEADER_INTEGRATION, NAME_PROVIDER_CONFIG_KEY,      \
               flags)

#define ROUTE_SYNCS                                                                                          \
  ROUTE_PARAM("syncs", PLACE_BODY, VALUE_SYNCS, KIND_SYNCS, PARAM_REQUIRED),                                 \
    ROUTE_NAME("name", PLACE_SYNC, VALUE_LISTED_NAME, NAME_SYNC, PARAM_REQUIRED),                            \
    ROUTE_NAME("variant", PLACE_SYNC, VALUE_LISTED_VARIANT, NAME_VARIANT, 0)

static const param route_records[] = {
  ROUTE_NAME("model", PLACE_QUERY, VALUE_MODEL, NAME_MODEL, PARAM_REQUIRED),
  ROUTE_NAME("variant", PLACE_QUERY, VALUE_VARIANT, NAME_VARIANT, 0),
  ROUTE_PARAM("modified_after", PLACE_QUERY, VALUE_MODIFIED_AFTER, KIND_TIME, 0),
  ROUTE_PARAM("delta", PLACE_QUERY, VALUE_DELTA, KIND_TIME, 0),
  ROUTE_PARAM("filter", PLACE_QUERY, VALUE_FILTER, KIND_FILTER, 0),
  ROUTE_PARAM("cursor", PLACE_QUERY, VALUE_CURSOR, KIND_CURSOR, 0),
  ROUTE_PARAM("limit", PLACE_QUERY, VALUE_LIMIT, KIND_INTEGER, PARAM_PAGE_LIMIT),
  ROUTE_PARAM("ids", PLACE_QUERY, VALUE_IDS, KIND_IDS, 0),
  ROUTE_HEADERS(PARAM_REQUIRED),
  ROUTE_END};

static const param route_prune[] = {
  ROUTE_HEADERS(PARAM_REQUIRED),
  ROUTE_NAME("model", PLACE_BODY, VALUE_MODEL, NAME_MODEL, PARAM_REQUIRED),
  ROUTE_PARAM("until_cursor", PLACE_BODY, VALUE_CURSOR, KIND_CURSOR, PARAM_REQUIRED),
  ROUTE_NAME("variant", PLACE_BODY, VALUE_VARIANT, NAME_VARIANT, 0),
  ROUTE_INTEGER("limit", PLACE_BODY, VALUE_LIMIT, INT64_MAX),
  ROUTE_END};

/* clang-format off */
static const param route_trigger[] = {
  ROUTE_HEADERS(0),
  ROUTE_KEY(PLACE_BODY, 0),
  ROUTE_CONNECTION(PLACE_BODY, 0),
  ROUTE_SYNCS,
  ROUTE_PARAM("opts", PLACE_BODY, VALUE_OPTS, KIND_OPTS, 0),
  ROUTE_PARAM("reset", PLACE_OPTS, VALUE_RESET, KIND_BOOLEAN, 0),
  {.name = "emptyCache", .place = PLACE_OPTS, .value = VALUE_EMPTY_CACHE, .kind = KIND_BOOLEAN,
   .needed = VALUE_RESET},
  {.name = "sync_mode", .place = PLACE_BODY, .value = VALUE_SYNC_MODE, .kind = KIND_MODE,
   .excluded = VALUE_OPTS},
  {.name = "full_resync", .place = PLACE_BODY, .value = VALUE_FULL_RESYNC, .kind = KIND_BOOLEAN,
   .excluded = VALUE_OPTS},
  ROUTE_END
};
/* clang-format on */

static const param route_start_or_pause[] = {ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED),
                                             ROUTE_CONNECTION(PLACE_BODY, 0), ROUTE_SYNCS, ROUTE_END};

static const param route_status[] = {
  ROUTE_KEY(PLACE_QUERY, PARAM_REQUIRED), ROUTE_CONNECTION(PLACE_QUERY, 0),
  ROUTE_PARAM("syncs", PLACE_QUERY, VALUE_SYNCS, KIND_LIST, PARAM_REQUIRED), ROUTE_END};

static const param route_frequency[] = {
  ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_CONNECTION(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_NAME("sync_name", PLACE_BODY, VALUE_SYNC, NAME_SYNC, PARAM_REQUIRED),
  ROUTE_NAME("sync_variant", PLACE_BODY, VALUE_VARIANT, NAME_VARIANT, 0),
  ROUTE_PARAM("frequency", PLACE_BODY, VALUE_FREQUENCY, KIND_FREQUENCY, PARAM_REQUIRED | PARAM_NULLABLE),
  ROUTE_END};

static const param route_nothing[] = {ROUTE_END};

static const param route_variant[] = {
  ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED), ROUTE_CONNECTION(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_NAME("name", PLACE_URI, VALUE_SYNC, NAME_SYNC, PARAM_REQUIRED),
  ROUTE_NAME("variant", PLACE_URI, VALUE_VARIANT, NAME_VARIANT, PARAM_REQUIRED), ROUTE_END};

static const param route_metadata[] = {
  ROUTE_KEY(PLACE_BODY, PARAM_REQUIRED),
  ROUTE_PARAM("connection_id", PLACE_BODY, VALUE_CONNECTION, KIND_CONNECTIONS, PARAM_REQUIRED),
  ROUTE_PARAM("metadata", PLACE_BODY, VALUE_METADATA, KIND_OBJECT, PARAM_REQUIRED), ROUTE_END};

#define ROUTE_IGNORED(field) ROUTE_PARAM(field, PLACE_QUERY, VALUE_IGNORED, KIND_IGNORED, 0)
#define ROUTE_TEXT(field, to, most)                                                                          \
  { .name = (field), .place = PLACE_QUERY, .value = (to), .kind = KIND_TEXT, .maximum = (most) }

/* The library has no end users, organizations, tags and credentials, so the parameters on these are
** ignored. */
static const param route_connections[] = {ROUTE_TEXT("connectionId", VALUE_CONNECTION, 255),
                                          ROUTE_TEXT("search", VALUE_SEARCH, 255),
                                          ROUTE_TEXT("integrationId", VALUE_INTEGRATIONS, INT64_MAX),
                                          ROUTE_INTEGER("limit", PLACE_QUERY, VALUE_LIMIT, 2000),
                                          {.name = "page",
                                           .place = PLACE_QUERY,
                                           .value = VALUE_PAGE,
                                           .kind = KIND_INTEGER,
                                           .maximum = INT64_MAX,
                                           .flags = PARAM_FROM_0},
                                          ROUTE_IGNORED("endUserId"),
                                          ROUTE_IGNORED("endUserOrganizationId"),
                                          ROUTE_IGNORED("tags["),
                                          ROUTE_END};

static const param route_connection[] = {ROUTE_KEY(PLACE_QUERY, PARAM_REQUIRED),
                                         ROUTE_CONNECTION(PLACE_URI, PARAM_REQUIRED),
                                         ROUTE_IGNORED("force_refresh"),
                                         ROUTE_IGNORED("refresh_token"),
                                         ROUTE_IGNORED("refresh_github_app_jwt_token"),
                                         ROUTE_END};

static const route routes[ROUTE_COUNT] = {
  [ROUTE_RECORDS] = {.method = "get", .path = "/records", .params = route_records},
  [ROUTE_PRUNE] = {.method = "patch", .path = "/records/prune", .params = route_prune},
  [ROUTE_TRIGGER] = {.method = "post", .path = "/sync/trigger", .params = route_trigger},
  [ROUTE_START] = {.method = "post", .path = "/sync/start", .params = route_start_or_pause},
  [ROUTE_PAUSE] = {.method = "post", .path = "/sync/pause", .params = route_start_or_pause},
  [ROUTE_STATUS] = {.method = "get", .path = "/sync/status", .params = route_status},
  [ROUTE_FREQUENCY] = {.method = "put",
                       .path = "/sync/update-connection-frequency",
                       .params = route_frequency},
  [ROUTE_ENVIRONMENT] = {.method = "get", .path = "/environment-variables", .params = route_nothing},
  [ROUTE_VARIANT_CREATE] = {.method = "post",
                            .path = "/sync/{name}/variant/{variant}",
                            .params = route_variant},
  [ROUTE_VARIANT_DELETE] = {.method = "delete",
                            .path = "/sync/{name}/variant/{variant}",
                            .params = route_variant},
  [ROUTE_METADATA_SET] = {.method = "post", .path = "/connections/metadata", .params = route_metadata},
  [ROUTE_METADATA_MERGE] = {.method = "patch", .path = "/connections/metadata", .params = route_metadata},
  [ROUTE_CONNECTIONS] = {.method = "get", .path = "/connections", .params = route_connections},
  [ROUTE_CONNECTION] = {.method = "get", .path = "/connections/{connection_id}", .params = route_connection},
};

/* Whether a path is that of a route. What stands in the place of a name in braces is put into `uri`. */
static int route_has_path(const route *r, slice path, slice *uri) {
  slice pattern = slice_of(r->path), expected, found;
  int names = 0;
  while (target_next_segment(&pattern, &expected)) {
    if (!target_next_segment(&path, &found)) return 0;
    int is_name = *expected.at == '{';
    if (is_name && found.length == 0) return 0;
    if (is_name) uri[names++] = found;
    else if (!target_spells(found, expected)) return 0;
  }
  return path.length == 0;
}

static route_choice route_choose(slice method, slice path) {
  route_choice chosen = {.id = ROUTE_COUNT};
  for (int id = 0; id < ROUTE_COUNT && chosen.route == NULL; id++) {
    slice uri[ROUTE_URI_MAX] = {{NULL, 0}};
    if (!route_has_path(&routes[id], path, uri)) continue;
    chosen.path_is_known = 1;
    memcpy(chosen.uri, uri, sizeof uri);
    if (slice_is_word(method, routes[id].method)) chosen.route = &routes[id];
    chosen.id = (route_id)id;
  }
  return chosen;
}
