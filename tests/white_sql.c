/* White-box tests of sql: the list of statements and their ids. */
#include "../nangolite.c"
#include "plain.h"

PLAIN_TEST(test_every_statement_is_one_that_a_store_can_prepare) {
  nangolite *store;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  for (int id = 0; id < STATEMENT_COUNT; id++) {
    sqlite3_stmt *statement = NULL;
    if (sql_text((statement_id)id) == NULL) fail_msg("the statement %d has no SQL", id);
    if (sqlite3_prepare_v2(store->db, sql_text((statement_id)id), -1, &statement, NULL) != SQLITE_OK)
      fail_msg("%s: %s", sqlite3_errmsg(store->db), sql_text((statement_id)id));
    sqlite3_finalize(statement);
  }
  nangolite_close(store);
}

/* How many values a statement for a group of rows takes. */
static int parameters(nangolite *store, statement_id id) {
  query q = query_open(store, id);
  assert_non_null(q.statement);
  int count = sqlite3_bind_parameter_count(q.statement);
  query_close(&q);
  return count;
}

PLAIN_TEST(test_a_statement_for_a_group_takes_as_many_rows_as_the_group_has) {
  nangolite *store;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  assert_int_equal(parameters(store, IDENTITIES_OF_GROUP), LOOKUP_GROUP + 1); /* and the collection */
  assert_int_equal(parameters(store, IDENTITY_INSERT_GROUP),
                   IDENTITY_GROUP * parameters(store, IDENTITY_INSERT));
  assert_int_equal(parameters(store, RECORD_INSERT_GROUP), RECORD_GROUP * parameters(store, RECORD_INSERT));
  nangolite_close(store);
}

TESTS(PLAIN(test_every_statement_is_one_that_a_store_can_prepare),
      PLAIN(test_a_statement_for_a_group_takes_as_many_rows_as_the_group_has))
