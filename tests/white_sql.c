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

TESTS(PLAIN(test_every_statement_is_one_that_a_store_can_prepare))
