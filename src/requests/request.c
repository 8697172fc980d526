/* request: the function of the C API that answers requests of the HTTP API. It checks in this order: the
** secret key, the path, the method, the input, and then whether what the input names is there. */
#include "json/json_write.h"
#include "database/arguments.h"
#include "database/call.h"
#include "records/prune.h"
#include "records/metadata.h"
#include "requests/auth.h"
#include "requests/connection_reply.h"
#include "requests/input.h"
#include "syncs/command.h"
#include "syncs/due.h"
#include "syncs/environment_rows.h"
#include "syncs/status.h"

#define REQUEST_CONNECTIONS 10000 /* so many are listed where no limit is given */

/* ---- what each request does ---- */

/* A handler reads checked input and writes its answer, or latches a failure. */
typedef void (*request_handler)(nangolite *store, const input *in, reply *out);

static nangolite_scope request_scope(const input *in) {
  return (nangolite_scope){.provider_config_key = input_string(in, VALUE_HEADER_INTEGRATION),
                           .connection_id = input_string(in, VALUE_HEADER_CONNECTION),
                           .model = input_string(in, VALUE_MODEL),
                           .variant = input_string(in, VALUE_VARIANT)};
}

static page_query request_listing(const input *in) {
  page_query wanted = {.states = FEED_ALL, .limit = PAGE_LIMIT_DEFAULT};
  const input_value *values = in->values;
  const input_value *since = &values[values[VALUE_DELTA].given ? VALUE_DELTA : VALUE_MODIFIED_AFTER];
  if (values[VALUE_FILTER].given) wanted.states = (unsigned)values[VALUE_FILTER].number;
  if (values[VALUE_LIMIT].given) wanted.limit = (int)values[VALUE_LIMIT].number;
  if (since->given) page_begin_after(&wanted, page_modified_after(in->store, since->number));
  if (values[VALUE_CURSOR].given) page_begin_after(&wanted, (feed_place){in->cursor.stamp, in->cursor.id});
  if (in->id_count > 0) wanted.ids = in->ids;
  wanted.id_count = in->id_count;
  return wanted;
}

/* Ends a handler's transaction. The answer must be complete before the commit, because nothing may fail
** after it. */
static void request_end(nangolite *store, reply *out) {
  text_reserve(&out->json, 1);
  store_check_text(store, &out->json);
  call_end(store);
}

static void request_records(nangolite *store, const input *in, reply *out) {
  nangolite_scope scope = request_scope(in);
  page_query wanted = request_listing(in);
  call_read(store);
  collection c = collection_of_scope(store, &scope);
  reply_set_records(store, out, &c, &wanted);
  request_end(store, out);
}

static void request_prune(nangolite *store, const input *in, reply *out) {
  nangolite_scope scope = request_scope(in);
  feed_place until = {in->cursor.stamp, in->cursor.id};
  int has_more = 0;
  call_write(store);
  collection c = collection_of_scope(store, &scope);
  int64_t limit = in->values[VALUE_LIMIT].number;
  int64_t count = c.id == 0 ? 0 : prune_collection(store, &c, &until, limit, &has_more);
  text_append_string(&out->json, "{\"count\":");
  text_append_int(&out->json, count);
  text_append_string(&out->json, has_more ? ",\"has_more\":true}" : ",\"has_more\":false}");
  request_end(store, out);
}

static void request_succeed(nangolite *store, reply *out) {
  text_append_string(&out->json, "{\"success\":true}");
  request_end(store, out);
}

static unsigned request_flags(const input *in) {
  const input_value *values = in->values;
  if (values[VALUE_SYNC_MODE].given) return (unsigned)values[VALUE_SYNC_MODE].number;
  unsigned flags = values[VALUE_RESET].number || values[VALUE_FULL_RESYNC].number ? NANGOLITE_RESET : 0;
  return values[VALUE_EMPTY_CACHE].number ? flags | NANGOLITE_EMPTY_CACHE : flags;
}

static selection request_selection(const input *in) {
  return (selection){.provider_config_key = input_string(in, VALUE_INTEGRATION),
                     .connection_id = input_string(in, VALUE_CONNECTION),
                     .selectors = in->syncs,
                     .count = in->sync_count,
                     .rule = SELECTION_SOME};
}

/* An integration or connection that is missing in the body is taken from the headers. */
static void request_trigger(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  if (s.provider_config_key == NULL) s.provider_config_key = input_string(in, VALUE_HEADER_INTEGRATION);
  if (s.connection_id == NULL) s.connection_id = input_string(in, VALUE_HEADER_CONNECTION);
  if (s.provider_config_key == NULL) {
    reply_set_error(out, 400, "missing_provider_config_key",
                    "provider_config_key is neither in the body nor in a header");
    return;
  }
  call_write(store);
  command_all(store, &s, COMMAND_TRIGGER, request_flags(in));
  request_succeed(store, out);
}

static void request_start(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  call_write(store);
  command_all(store, &s, COMMAND_START, 0);
  request_succeed(store, out);
}

static void request_pause(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  call_write(store);
  command_all(store, &s, COMMAND_PAUSE, 0);
  request_succeed(store, out);
}

static void request_status(nangolite *store, const input *in, reply *out) {
  selection s = request_selection(in);
  s.rule = SELECTION_ANY;
  due_recover(store);
  call_read(store);
  status_append(store, &s, &out->json);
  request_end(store, out);
}

/* The instance that a request on one sync names. */
static selector request_selector(const input *in) {
  return (selector){in->values[VALUE_SYNC].text, in->values[VALUE_VARIANT].text};
}

static void request_frequency(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection = input_string(in, VALUE_CONNECTION);
  slice frequency = in->values[VALUE_FREQUENCY].text;
  call_write(store);
  int64_t id = command_set_frequency(store, key, connection, request_selector(in), frequency);
  instance_names names = instance_get_names(store, id);
  text_append_string(&out->json, "{\"frequency\":");
  json_write(&out->json, names.frequency);
  text_append_string(&out->json, "}");
  text_free(&names.strings);
  request_end(store, out);
}

static void request_environment(nangolite *store, const input *in, reply *out) {
  (void)in;
  call_read(store);
  environment_append(store, &out->json);
  request_end(store, out);
}

/* The answer is the body as it was sent, without the white space around it. */
static void request_metadata(nangolite *store, const input *in, reply *out, int is_merged) {
  const char *key = input_string(in, VALUE_INTEGRATION);
  slice object = in->values[VALUE_METADATA].json.text;
  call_write(store);
  for (size_t i = 0; i < in->connection_count && !store_failed(store); i++) {
    int64_t connection = connection_find(store, key, in->connections[i]);
    if (connection != 0) metadata_set(store, connection, object, is_merged);
  }
  text_append(&out->json, in->body.at, in->body.length);
  request_end(store, out);
}

static void request_metadata_set(nangolite *store, const input *in, reply *out) {
  out->status = 201;
  request_metadata(store, in, out, 0);
}

static void request_metadata_merge(nangolite *store, const input *in, reply *out) {
  request_metadata(store, in, out, 1);
}

static void request_connections(nangolite *store, const input *in, reply *out) {
  const input_value *values = in->values;
  connection_query wanted = {values[VALUE_CONNECTION].text, values[VALUE_SEARCH].text,
                             values[VALUE_INTEGRATIONS].text, REQUEST_CONNECTIONS, values[VALUE_PAGE].number};
  if (values[VALUE_LIMIT].given) wanted.limit = values[VALUE_LIMIT].number;
  call_read(store);
  reply_set_connections(store, out, &wanted);
  request_end(store, out);
}

static void request_connection(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection_id = input_string(in, VALUE_CONNECTION);
  call_read(store);
  int64_t connection = connection_find(store, key, connection_id);
  reply_set_connection(store, out, connection);
  request_end(store, out);
}

static void request_variant_create(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection = input_string(in, VALUE_CONNECTION);
  selector which = request_selector(in);
  call_write(store);
  int64_t id = command_create_variant(store, key, connection, which);
  text_append_string(&out->json, "{\"id\":\"");
  text_append_int(&out->json, id);
  text_append_string(&out->json, "\",\"name\":");
  json_write(&out->json, which.name);
  text_append_string(&out->json, ",\"variant\":");
  json_write(&out->json, which.variant);
  text_append_string(&out->json, "}");
  request_end(store, out);
}

static void request_variant_delete(nangolite *store, const input *in, reply *out) {
  const char *key = input_string(in, VALUE_INTEGRATION), *connection = input_string(in, VALUE_CONNECTION);
  call_write(store);
  command_delete_variant(store, key, connection, request_selector(in));
  request_succeed(store, out);
}

static const request_handler request_handlers[ROUTE_COUNT] = {
  [ROUTE_RECORDS] = request_records,
  [ROUTE_PRUNE] = request_prune,
  [ROUTE_TRIGGER] = request_trigger,
  [ROUTE_START] = request_start,
  [ROUTE_PAUSE] = request_pause,
  [ROUTE_STATUS] = request_status,
  [ROUTE_FREQUENCY] = request_frequency,
  [ROUTE_ENVIRONMENT] = request_environment,
  [ROUTE_METADATA_SET] = request_metadata_set,
  [ROUTE_METADATA_MERGE] = request_metadata_merge,
  [ROUTE_CONNECTIONS] = request_connections,
  [ROUTE_CONNECTION] = request_connection,
  [ROUTE_VARIANT_CREATE] = request_variant_create,
  [ROUTE_VARIANT_DELETE] = request_variant_delete,
};

/* ---- answers to failures ---- */

/* The answer to a failure. A status of 0: no answer is given, and nangolite_request() itself fails. */
typedef struct request_failure {
  route_id route; /* ROUTE_COUNT: any route */
  int result, status;
  const char *code; /* NULL: the name of the result */
} request_failure;

#define REQUEST_UNKNOWN(route, status, code)                                                                 \
  {route, NANGOLITE_UNKNOWN_CONNECTION, status, code}, {                                                     \
    route, NANGOLITE_UNKNOWN_PROVIDER_CONFIG, status, code                                                   \
  }

/* The statuses and codes of Nango. The first row that fits is taken. */
static const request_failure request_failures[] = {
  {ROUTE_TRIGGER, NANGOLITE_UNKNOWN_CONNECTION, 404, NULL},
  {ROUTE_START, NANGOLITE_UNKNOWN_CONNECTION, 404, NULL},
  {ROUTE_PAUSE, NANGOLITE_UNKNOWN_CONNECTION, 404, NULL},
  REQUEST_UNKNOWN(ROUTE_RECORDS, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_PRUNE, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_STATUS, 400, "invalid_body"),
  REQUEST_UNKNOWN(ROUTE_FREQUENCY, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_VARIANT_CREATE, 400, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_VARIANT_DELETE, 400, "unknown_connection"),
  {ROUTE_VARIANT_DELETE, NANGOLITE_UNKNOWN_SYNC, 404, "not_found"},
  REQUEST_UNKNOWN(ROUTE_METADATA_SET, 404, "unknown_connection"),
  REQUEST_UNKNOWN(ROUTE_METADATA_MERGE, 404, "unknown_connection"),
  {ROUTE_CONNECTION, NANGOLITE_UNKNOWN_CONNECTION, 404, "not_found"},

  {ROUTE_COUNT, NANGOLITE_UNKNOWN_CONNECTION, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_UNKNOWN_PROVIDER_CONFIG, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_UNKNOWN_SYNC, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_NO_SYNCS_FOUND, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_INVALID_VARIANT, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_VARIANT_EXISTS, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_RESOURCE_CAPPED, 400, NULL},
  {ROUTE_COUNT, NANGOLITE_NOT_FOUND, 404, NULL},
  {ROUTE_COUNT, NANGOLITE_BUSY, 503, NULL},
  {ROUTE_COUNT, NANGOLITE_NOMEM, 0, NULL},
  {ROUTE_COUNT, NANGOLITE_INTERRUPTED, 0, NULL},
};

static request_failure request_failure_of(route_id id, int result) {
  for (size_t i = 0; i < sizeof request_failures / sizeof *request_failures; i++) {
    const request_failure *f = &request_failures[i];
    if (f->result == result && (f->route == id || f->route == ROUTE_COUNT)) return *f;
  }
  return (request_failure){.route = id, .result = result, .status = 500, .code = "server_error"};
}

/* Makes an answer of a latched failure, which is then not latched any more: the call succeeds. */
static void request_report(nangolite *store, route_id id, reply *out) {
  if (!store_failed(store)) return;
  request_failure f = request_failure_of(id, store->result);
  if (f.status == 0) return;
  reply_set_error(out, f.status, f.code == NULL ? store_result_name(f.result) : f.code, store_message(store));
  store->result = NANGOLITE_OK;
}

/* ---- the request ---- */

static void request_run(nangolite *store, const route_choice *to, const input_source *from, reply *out) {
  input in;
  if (input_read(store, to->route, from, &in)) request_handlers[to->id](store, &in, out);
  else if (!store_failed(store)) input_refuse(&in, out);
  input_free(&in);
  request_report(store, to->id, out);
}

static void request_answer(nangolite *store, slice method, target_parts to, input_source *from, reply *out) {
  if (!auth_admits(store, from->headers, out)) return;
  route_choice chosen = route_choose(method, to.path);
  from->query = to.query;
  from->uri = chosen.uri;
  if (!chosen.path_is_known) reply_set_error(out, 404, "not_found", "there is no such path");
  else if (chosen.route == NULL) reply_set_error(out, 405, "method_not_allowed", "not for this path");
  else request_run(store, &chosen, from, out);
}

static slice request_slice(const char *given) {
  return given == NULL ? slice_of("") : slice_of(given);
}

int nangolite_request(nangolite *store, const char *method, const char *target, const char *headers,
                      const char *body, int *status, char **response) {
  if (status != NULL) *status = 0;
  if (response != NULL) *response = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, method, "method");
  arguments_need(store, target, "target");
  arguments_need(store, status, "status");
  arguments_need(store, response, "response");
  if (store_failed(store)) return call_end(store);
  input_source from = {.headers = request_slice(headers), .body = request_slice(body)};
  reply out = {.status = 200};
  request_answer(store, slice_of(method), target_of(slice_of(target)), &from, &out);
  *response = store_take(store, &out.json);
  if (*response != NULL) *status = out.status;
  return call_end(store);
}
