#include "records.h"

static int records_write(nangolite *store, const nangolite_scope *scope, write_kind kind, const char *json,
                         int64_t length, nangolite_changes *changes) {
  static const writer nobody = {0, 0};
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  collection_check_scope(store, scope);
  batch b = batch_parse(store, json, length);
  transaction_begin_write(store);
  if (!store_failed(store)) {
    int64_t connection = connection_find(store, scope->provider_config_key, scope->connection_id);
    if (b.count > 0) {
      collection c = collection_open(store, connection, scope->model, scope->variant);
      if (!store_failed(store)) write_batch(store, &c, kind, &b, &nobody, &made);
    }
  }
  transaction_end(store);
  batch_free(&b);
  if (!store_failed(store) && changes != NULL) *changes = made;
  return store_end(store);
}

int nangolite_records_save(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                           nangolite_changes *changes) {
  return records_write(store, scope, WRITE_SAVE, json, length, changes);
}

int nangolite_records_update(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                             nangolite_changes *changes) {
  return records_write(store, scope, WRITE_UPDATE, json, length, changes);
}

int nangolite_records_delete(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                             nangolite_changes *changes) {
  return records_write(store, scope, WRITE_DELETE, json, length, changes);
}

static collection records_collection(nangolite *store, const nangolite_scope *scope) {
  if (store_failed(store)) return (collection){0};
  int64_t connection = connection_find(store, scope->provider_config_key, scope->connection_id);
  return collection_find(store, connection, scope->model, scope->variant);
}

int nangolite_records_list(nangolite *store, const nangolite_scope *scope, const nangolite_query *given,
                           nangolite_page **page) {
  text buffer = {0};
  slice ids[PAGE_IDS_MAX];
  if (page != NULL) *page = NULL;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  store_need(store, page, "page");
  collection_check_scope(store, scope);
  listing_query listing = page_query(store, given, &buffer, ids);
  transaction_begin_read(store);
  collection c = records_collection(store, scope);
  nangolite_page *read = page_read(store, &c, &listing);
  transaction_end(store);
  text_free(&buffer);
  if (store_failed(store)) nangolite_page_free(read);
  else *page = read;
  return store_end(store);
}

int nangolite_records_prune(nangolite *store, const nangolite_scope *scope, const char *until_cursor,
                            int64_t limit, int64_t *count, int *has_more) {
  text buffer = {0};
  int more = 0;
  int64_t pruned = 0;
  if (count != NULL) *count = 0;
  if (has_more != NULL) *has_more = 0;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  collection_check_scope(store, scope);
  if (limit < 0) store_fail(store, NANGOLITE_INVALID, "limit must be 0 or more");
  nangolite_query until = {NULL, NULL, until_cursor, 0, NULL, 0};
  listing_query place = page_query(store, &until, &buffer, NULL);
  transaction_begin_write(store);
  collection c = records_collection(store, scope);
  if (c.id != 0)
    pruned = prune_collection(store, &c, until_cursor == NULL ? NULL : &place.after, limit, &more);
  transaction_end(store);
  text_free(&buffer);
  if (!store_failed(store) && count != NULL) *count = pruned;
  if (!store_failed(store) && has_more != NULL) *has_more = more;
  return store_end(store);
}

int nangolite_records_count(nangolite *store, const nangolite_scope *scope, int64_t *live, int64_t *bytes) {
  if (live != NULL) *live = 0;
  if (bytes != NULL) *bytes = 0;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  collection_check_scope(store, scope);
  transaction_begin_read(store);
  collection c = records_collection(store, scope);
  transaction_end(store);
  if (!store_failed(store) && live != NULL) *live = collection_live(&c);
  if (!store_failed(store) && bytes != NULL) *bytes = c.bytes;
  return store_end(store);
}
