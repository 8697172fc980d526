#include "api/records.h"

#include "api/record_page.h"
#include "database/arguments.h"
#include "database/call.h"
#include "records/prune.h"
#include "records/removal.h"
#include "syncs/instance.h"

/* The id of the call's connection; 0: a failure is latched. */
static int64_t records_connection(nangolite *store, const records_call *call) {
  const nangolite_scope *scope = call->scope;
  if (!call->makes_connection)
    return connection_find(store, scope->provider_config_key, scope->connection_id);
  int64_t connection = connection_open(store, scope->provider_config_key, scope->connection_id);
  instance_create_for_connection(store, scope->provider_config_key, connection);
  return connection;
}

static int records_write(nangolite *store, const records_call *call, const char *json, int64_t length,
                         nangolite_changes *changes) {
  static const writer nobody = {.run = 0};
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_scope(store, call->scope);
  slice written = batch_text(store, json, length);
  call_write(store);
  if (!store_failed(store)) {
    collection_name into = {.connection = records_connection(store, call),
                            .model = call->scope->model,
                            .variant = call->scope->variant};
    write_records(store, &into, call->kind, written, &nobody, &made);
    removal_free(store, made.added);
  }
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}

int nangolite_records_save(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                           nangolite_changes *changes) {
  records_call call = {.scope = scope, .kind = WRITE_SAVE};
  return records_write(store, &call, json, length, changes);
}

int nangolite_records_update(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                             nangolite_changes *changes) {
  records_call call = {.scope = scope, .kind = WRITE_UPDATE};
  return records_write(store, &call, json, length, changes);
}

int nangolite_records_delete(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                             nangolite_changes *changes) {
  records_call call = {.scope = scope, .kind = WRITE_DELETE};
  return records_write(store, &call, json, length, changes);
}

int nangolite_records_list(nangolite *store, const nangolite_scope *scope, const nangolite_query *given,
                           nangolite_page **page) {
  text buffer = {0};
  slice ids[PAGE_IDS_MAX];
  if (page != NULL) *page = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, page, "page");
  arguments_check_scope(store, scope);
  page_query wanted = record_page_query(store, given, &buffer, ids);
  call_read(store);
  collection c = collection_of_scope(store, scope);
  nangolite_page *read = record_page_read(store, &c, &wanted);
  return record_page_end(store, read, &buffer, page);
}

int nangolite_records_prune(nangolite *store, const nangolite_scope *scope, const char *until_cursor,
                            int64_t limit, int64_t *count, int *has_more) {
  text buffer = {0};
  int more = 0;
  int64_t pruned = 0;
  if (count != NULL) *count = 0;
  if (has_more != NULL) *has_more = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_scope(store, scope);
  if (limit < 0) store_fail(store, NANGOLITE_INVALID, "limit must be 0 or more");
  nangolite_query until = {.cursor = until_cursor};
  page_query place = record_page_query(store, &until, &buffer, NULL);
  call_write(store);
  collection c = collection_of_scope(store, scope);
  if (c.id != 0)
    pruned = prune_collection(store, &c, until_cursor == NULL ? NULL : &place.after, limit, &more);
  int result = call_end(store);
  text_free(&buffer);
  if (result == NANGOLITE_OK && count != NULL) *count = pruned;
  if (result == NANGOLITE_OK && has_more != NULL) *has_more = more;
  return result;
}

int nangolite_records_count(nangolite *store, const nangolite_scope *scope, int64_t *live, int64_t *bytes) {
  if (live != NULL) *live = 0;
  if (bytes != NULL) *bytes = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_scope(store, scope);
  call_read(store);
  collection c = collection_of_scope(store, scope);
  int result = call_end(store);
  if (result == NANGOLITE_OK && live != NULL) *live = collection_live(&c);
  if (result == NANGOLITE_OK && bytes != NULL) *bytes = c.bytes;
  return result;
}
