/* testing: the functions of the C API for tests of sync functions. */
#include "database/arguments.h"
#include "database/call.h"
#include "records/expectation.h"

int nangolite_expect(nangolite *store, const nangolite_scope *scope, const char *json, int64_t length,
                     char **report) {
  text out = {0};
  if (report != NULL) *report = NULL;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  arguments_need(store, report, "report");
  arguments_check_scope(store, scope);
  batch expected = batch_read(store, batch_text(store, json, length), NULL);
  if (expected.duplicates > 0) store_fail(store, NANGOLITE_INVALID, "json: an id is expected twice");
  call_read(store);
  transaction_read_store(store);
  collection c = collection_of_scope(store, scope);
  if (!store_failed(store)) expectation_compare(store, &c, &expected, &out);
  char *taken = out.length > 0 ? store_take(store, &out) : NULL;
  text_free(&out);
  batch_free(&expected);
  return call_end_with(store, taken, report);
}
