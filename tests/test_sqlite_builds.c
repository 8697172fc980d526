/* What a program may have done to its SQLite: other limits, its own functions and tables of the same names. */
#include "records.h"

TEST(test_a_value_that_sqlite_cannot_hold_is_refused) {
  sqlite3_limit(t->db, SQLITE_LIMIT_LENGTH, 4000);
  const char *long_one = format(t, "%4000d", 1);
  FAILS(NANGOLITE_INVALID, nangolite_env_set(t->store, "KEY", long_one));
  SAYS("longer than the 4000 bytes");
  const char *json = format(t, "{\"id\":1,\"a\":\"%s\"}", long_one);
  FAILS(NANGOLITE_INVALID, nangolite_records_save(t->store, &issues, json, -1, NULL));
  SAYS("longer than the 4000 bytes");
  SAME(save(t, "Issue", "{'id':1}"), "1 added");
}

/* A caller who limits the length of statements hears of that, and nothing of a record. */
TEST(test_a_statement_that_sqlite_cannot_hold_is_no_fault_of_the_input) {
  nangolite *second = attach_store(t, t->db, NULL);
  int before = sqlite3_limit(t->db, SQLITE_LIMIT_SQL_LENGTH, 10);
  FAILS_OF(second, NANGOLITE_ERROR, nangolite_records_save(second, &issues, "{\"id\":1}", -1, NULL));
  SAME(nangolite_errmsg(second), "string or blob too big");
  sqlite3_limit(t->db, SQLITE_LIMIT_SQL_LENGTH, before);
}

TESTS(
  ATTACHED(test_a_value_that_sqlite_cannot_hold_is_refused),
  ATTACHED(test_a_statement_that_sqlite_cannot_hold_is_no_fault_of_the_input)
)
