#include "records/connection_list.h"

#include "json/json_write.h"
#include "values/timestamp.h"

static void connection_append_metadata(const connection_row *c, text *out) {
  slice metadata = c->metadata.at == NULL ? slice_of("null") : c->metadata;
  text_append(out, metadata.at, metadata.length);
}

static void connection_list_append_one(const connection_row *c, text *out) {
  text_append_string(out, "{\"provider_config_key\":");
  json_write(out, c->provider_config_key);
  text_append_string(out, ",\"connection_id\":");
  json_write(out, c->connection_id);
  text_append_string(out, ",\"metadata\":");
  connection_append_metadata(c, out);
  text_append_string(out, ",\"created_at\":");
  timestamp_write(out, c->created_at);
  text_append_string(out, "}");
}

static void connection_list_append(nangolite *store, const char *provider_config_key, text *out) {
  id_list list = connection_select(store, provider_config_key, NULL);
  text_append_string(out, "{\"connections\":[");
  for (size_t i = 0; i < list.count && !store_failed(store); i++) {
    connection_row c;
    query q;
    if (i > 0) text_append_string(out, ",");
    if (connection_get(store, list.at[i], &q, &c)) connection_list_append_one(&c, out);
    query_close(&q);
  }
  text_append_string(out, "]}");
  sqlite3_free(list.at);
}
