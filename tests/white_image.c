/* White-box tests of image: an empty store as bytes. */
#include "../nangolite.c"
#include "plain.h"

/* Rows of a query, one a line. */
static char *rows(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement;
  text out = {NULL, 0, 0, 0};
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
      const char *value = (const char *)sqlite3_column_text(statement, i);
      text_append_string(&out, value == NULL ? "NULL" : value);
      text_append_string(&out, "|");
    }
    text_append_string(&out, "\n");
  }
  sqlite3_finalize(statement);
  return text_take(&out);
}

/* The same of a store whose tables were copied in, and of one whose tables were made with CREATE. */
static void assert_alike(const nangolite_options *options, const char *sql) {
  nangolite *copied, *made;
  sqlite3 *db;
  assert_int_equal(nangolite_open(":memory:", options, &copied), NANGOLITE_OK);
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(nangolite_attach(db, options, &made), NANGOLITE_OK);
  char *expected = rows(db, sql), *found = rows(copied->db, sql);
  assert_string_equal(found, expected);
  sqlite3_free(expected);
  sqlite3_free(found);
  nangolite_close(made);
  sqlite3_close(db);
  nangolite_close(copied);
}

PLAIN_TEST(test_the_image_has_the_tables_that_create_makes) {
  assert_alike(NULL, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name");
}

PLAIN_TEST(test_the_image_has_the_row_that_a_new_store_has) {
  static const nangolite_options as_nango = {.as_nango = 1};
  static const char row[] =
    "SELECT version, as_nango, typeof(as_nango), last_stamp, last_run, clock FROM nango_store";
  assert_alike(NULL, row);
  assert_alike(&as_nango, row);
}

PLAIN_TEST(test_the_image_is_a_sound_database) {
  nangolite *store;
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  char *found = rows(store->db, "PRAGMA integrity_check");
  assert_string_equal(found, "ok|\n");
  sqlite3_free(found);
  nangolite_close(store);
}

PLAIN_TEST(test_every_store_in_memory_has_a_key_of_its_own) {
  nangolite *a, *b;
  assert_int_equal(nangolite_open(":memory:", NULL, &a), NANGOLITE_OK);
  assert_int_equal(nangolite_open(":memory:", NULL, &b), NANGOLITE_OK);
  char *of_a = rows(a->db, "SELECT key0, key1 FROM nango_store"),
       *of_b = rows(b->db, "SELECT key0, key1 FROM nango_store");
  assert_string_not_equal(of_a, of_b);
  sqlite3_free(of_a);
  sqlite3_free(of_b);
  nangolite_close(a);
  nangolite_close(b);
}

PLAIN_TEST(test_the_image_is_what_a_store_in_memory_is_made_from) {
  int is_expected = sqlite3_libversion_number() >= 3036000 && !sqlite3_compileoption_used("OMIT_DESERIALIZE");
  nangolite *store, plain;
  memset(&plain, 0, sizeof plain);
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  assert_int_equal(sqlite3_open(":memory:", &plain.db), SQLITE_OK);
  assert_int_equal(image_load(&plain), is_expected);
  sqlite3_close(plain.db);
  nangolite_close(store);
}

TESTS(PLAIN(test_the_image_has_the_tables_that_create_makes),
      PLAIN(test_the_image_has_the_row_that_a_new_store_has), PLAIN(test_the_image_is_a_sound_database),
      PLAIN(test_every_store_in_memory_has_a_key_of_its_own),
      PLAIN(test_the_image_is_what_a_store_in_memory_is_made_from))
