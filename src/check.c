#include "check.h"

/* Statements that select one row, a sentence, for each row that breaks an invariant. */
static const statement_id check_statements[] = {CHECK_INTEGRITY};

int nangolite_check(nangolite *store, char **reason) {
  text found = {0};
  if (reason != NULL) *reason = NULL;
  if (!store_begin(store)) return NANGOLITE_MISUSE;
  store_need(store, reason, "reason");
  transaction_begin_read(store);
  for (size_t i = 0; i < sizeof check_statements / sizeof *check_statements && found.length == 0; i++) {
    query q = query_open(store, check_statements[i]);
    if (query_next(&q)) text_append(&found, query_text(&q, 0).at, query_text(&q, 0).length);
    query_close(&q);
  }
  transaction_end(store);
  if (found.length > 0 && !slice_equals((slice){found.at, found.length}, slice_of("ok"))) *reason = store_take(store, &found);
  text_free(&found);
  return store_end(store);
}
