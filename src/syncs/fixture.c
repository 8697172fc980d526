#include "syncs/fixture.h"

#include "json/json_scan.h"
#include "records/metadata.h"
#include "syncs/instance.h"

typedef struct fixture_call {
  nangolite *store;
  int64_t connection;
  const char *variant;
  nangolite_changes *changes;
} fixture_call;

/* The last member of that name; absent where there is none, or null. */
static json_value fixture_member(json_value object, const char *name) {
  json_value found = {{NULL, 0}, JSON_NULL};
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (json_string_is(member.key, name)) found = member.value;
  }
  return found.type == JSON_NULL ? (json_value){{NULL, 0}, JSON_NULL} : found;
}

static int fixture_is_object(fixture_call *f, json_value value, const char *where) {
  if (value.type == JSON_OBJECT) return 1;
  store_fail(f->store, NANGOLITE_INVALID, "json: %s must be an object", where);
  return 0;
}

/* Puts the place before the message of a failure. */
static void fixture_say_where(fixture_call *f, const char *where, slice model) {
  nangolite *store = f->store;
  if (store->result != NANGOLITE_INVALID) return;
  char *why = sqlite3_mprintf("%s", store_message(store));
  store->result = NANGOLITE_OK;
  if (why == NULL) store_fail_memory(store);
  else store_fail(store, NANGOLITE_INVALID, "json: %s %.*s: %s", where, (int)model.length, model.at, why);
  sqlite3_free(why);
}

static void fixture_write(fixture_call *f, write_kind kind, const char *where, const json_member *member) {
  static const writer nobody = {.run = 0};
  slice quoted = member->key.text, model = {quoted.at + 1, quoted.length - 2};
  const char *rule = name_check(NAME_MODEL, model);
  if (rule != NULL) {
    store_fail(f->store, NANGOLITE_INVALID, "json: %s: model %s", where, rule);
    return;
  }
  json_value first;
  json_iterator records = json_iterate(member->value);
  if (member->value.type == JSON_ARRAY && !json_next_element(&records, &first)) return;
  char name[NAME_LENGTH_MAX + 1] = "";
  memcpy(name, model.at, model.length);
  collection_name into = {.connection = f->connection, .model = name, .variant = f->variant};
  write_records(f->store, &into, kind, member->value.text, &nobody, f->changes);
  fixture_say_where(f, where, model);
}

/* {"Model":[records]}; a model whose value is null counts as absent. */
static void fixture_write_models(fixture_call *f, write_kind kind, const char *where, json_value models) {
  if (models.text.at == NULL || !fixture_is_object(f, models, where)) return;
  json_iterator members = json_iterate(models);
  json_member member;
  while (!store_failed(f->store) && json_next_member(&members, &member)) {
    if (member.value.type != JSON_NULL) fixture_write(f, kind, where, &member);
  }
}

/* Models beside the other members: a name that begins with A to Z is that of a model. */
static void fixture_save_models(fixture_call *f, json_value object) {
  json_iterator members = json_iterate(object);
  json_member member;
  while (!store_failed(f->store) && json_next_member(&members, &member)) {
    char first = member.key.text.at[1];
    if (first >= 'A' && first <= 'Z' && member.value.type != JSON_NULL)
      fixture_write(f, WRITE_SAVE, "the model", &member);
  }
}

static void fixture_set_metadata(fixture_call *f, json_value metadata) {
  if (metadata.text.at == NULL || !fixture_is_object(f, metadata, "getMetadata")) return;
  metadata_set(f->store, f->connection, metadata.text, 0);
}

static void fixture_read(fixture_call *f, json_value file) {
  json_value nango = fixture_member(file, "nango");
  if (nango.text.at == NULL) nango = file;
  if (!fixture_is_object(f, nango, "nango")) return;
  fixture_set_metadata(f, fixture_member(nango, "getMetadata"));
  fixture_save_models(f, nango);
  fixture_write_models(f, WRITE_SAVE, "batchSave", fixture_member(nango, "batchSave"));
  fixture_write_models(f, WRITE_UPDATE, "batchUpdate", fixture_member(nango, "batchUpdate"));
  fixture_write_models(f, WRITE_DELETE, "batchDelete", fixture_member(nango, "batchDelete"));
}

static void fixture_load(nangolite *store, const char *provider_config_key, const char *connection_id,
                         const char *variant, slice written, nangolite_changes *changes) {
  json_value file;
  fixture_call f = {.store = store, .variant = variant, .changes = changes};
  json_error error = json_scan(written, &file);
  if (error.reason != NULL)
    store_fail(store, NANGOLITE_INVALID, "json: %s, at byte %lld", error.reason, (long long)error.offset);
  if (store_failed(store) || !fixture_is_object(&f, file, "the fixture")) return;
  f.connection = connection_open(store, provider_config_key, connection_id);
  instance_create_for_connection(store, provider_config_key, f.connection);
  if (!store_failed(store)) fixture_read(&f, file);
}
