/* testing: the functions of the C API for tests: expectations, snapshots and fixtures. */
#include "database/arguments.h"
#include "database/call.h"
#include "database/snapshot.h"
#include "records/expectation.h"
#include "syncs/fixture.h"
#include "syncs/run.h"

int nangolite_expect(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                     char **report) {
  text out = {0};
  if (report != NULL) *report = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, report, "report");
  arguments_check_scope(store, scope);
  slice written = batch_text(store, json, length);
  call_read(store);
  transaction_read_store(store);
  batch expected = batch_read(store, written, NULL);
  if (expected.duplicates > 0) store_fail(store, NANGOLITE_INVALID, "json: an id is expected twice");
  collection c = collection_of_scope(store, scope);
  if (!store_failed(store)) expectation_compare(store, &c, &expected, &out);
  char *taken = out.length > 0 ? store_take(store, &out) : NULL;
  text_free(&out);
  batch_free(&expected);
  return call_end_with(store, taken, report);
}

int nangolite_snapshot(nangolite *store, void **image, size_t *size) {
  if (image != NULL) *image = NULL;
  if (size != NULL) *size = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, image, "image");
  arguments_need(store, size, "size");
  if (!store_failed(store)) *image = snapshot_take(store, size);
  return call_end(store);
}

int nangolite_restore(nangolite *store, const void *image, size_t size) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, image, "image");
  if (store->is_executing) store_fail(store, NANGOLITE_MISUSE, "called from inside a sync function");
  int has_runs = store_failed(store) ? 0 : snapshot_load(store, (slice){image, size});
  if (store_failed(store)) return call_end(store);
  runs_disown(store);
  if (has_runs) call_write(store);
  if (has_runs) run_abort_all(store);
  return call_end(store);
}

int nangolite_fixture_load(nangolite *store, const char *provider_config_key, const char *connection_id,
                           const char *variant, const char *json, int64_t length,
                           nangolite_changes *changes) {
  nangolite_changes made = {0};
  if (changes != NULL) *changes = made;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_check_names(store, provider_config_key, connection_id);
  if (variant != NULL) arguments_check_name(store, NAME_VARIANT, variant);
  slice written = batch_text(store, json, length);
  call_write(store);
  if (!store_failed(store)) fixture_load(store, provider_config_key, connection_id, variant, written, &made);
  int result = call_end(store);
  if (result == NANGOLITE_OK && changes != NULL) *changes = made;
  return result;
}
