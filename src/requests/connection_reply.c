#include "requests/connection_reply.h"

#include "json/json_write.h"
#include "requests/target.h"
#include "values/timestamp.h"

/* The members with which a connection begins, in a list and alone. */
static void connection_reply_append_head(const connection_row *c, text *out) {
  text_append_string(out, "{\"id\":");
  text_append_int(out, c->id);
  text_append_string(out, ",\"connection_id\":");
  json_write(out, c->connection_id);
  text_append_string(out, ",\"provider_config_key\":");
  json_write(out, c->provider_config_key);
  text_append_string(out, ",\"provider\":");
  json_write(out, c->provider_config_key);
  text_append_string(out, ",\"errors\":[],\"end_user\":null,\"tags\":{},\"metadata\":");
  connection_append_metadata(c, out);
}

static void connection_reply_append_listed(const connection_row *c, text *out) {
  connection_reply_append_head(c, out);
  text_append_string(out, ",\"created\":");
  timestamp_write(out, c->created_at);
  text_append_string(out, "}");
}

static void connection_reply_append_whole(const connection_row *c, text *out) {
  connection_reply_append_head(c, out);
  text_append_string(out, ",\"connection_config\":{},\"webhook_url_override\":null,\"created_at\":");
  timestamp_write(out, c->created_at);
  text_append_string(out, ",\"updated_at\":");
  timestamp_write(out, c->updated_at);
  text_append_string(out, ",\"last_fetched_at\":null,\"credentials\":{}}");
}

/* Whether a name is one of `integrations`, which are names with commas between. Blanks around these do not
** count. */
static int connection_reply_is_among(slice integrations, slice name) {
  if (integrations.at == NULL) return 1;
  for (size_t from = 0, i = 0; i <= integrations.length; i++) {
    if (i < integrations.length && integrations.at[i] != ',') continue;
    slice one = target_trim((slice){integrations.at + from, i - from});
    if (slice_equals(one, name)) return 1;
    from = i + 1;
  }
  return 0;
}

/* The ids of the page's connections. Where int64_t cannot hold how many stand before the page, the page is
** empty. Free list.at with sqlite3_free(). */
static id_list connection_reply_select(nangolite *store, const connection_query *wanted) {
  id_list list = {NULL, 0, 0};
  int64_t before = wanted->page > INT64_MAX / wanted->limit ? INT64_MAX : wanted->page * wanted->limit;
  query q = query_open(store, CONNECTION_SEARCH);
  query_bind_text(&q, wanted->connection_id);
  query_bind_text(&q, wanted->search);
  while ((int64_t)list.count < wanted->limit && query_next(&q)) {
    if (!connection_reply_is_among(wanted->integrations, query_text(&q, 1))) continue;
    if (before-- > 0) continue;
    id_list_add(store, &list, query_int(&q, 0));
  }
  query_close(&q);
  return list;
}

static void reply_set_connections(nangolite *store, reply *r, const connection_query *wanted) {
  id_list list = connection_reply_select(store, wanted);
  text_append_string(&r->json, "{\"connections\":[");
  for (size_t i = 0; i < list.count && !store_failed(store); i++) {
    connection_row c;
    query q;
    if (i > 0) text_append_string(&r->json, ",");
    if (connection_get(store, list.at[i], &q, &c)) connection_reply_append_listed(&c, &r->json);
    query_close(&q);
  }
  text_append_string(&r->json, "]}");
  sqlite3_free(list.at);
}

static void reply_set_connection(nangolite *store, reply *r, int64_t connection) {
  connection_row c;
  query q;
  if (connection_get(store, connection, &q, &c)) connection_reply_append_whole(&c, &r->json);
  query_close(&q);
}
