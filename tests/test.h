/* test.h: how the tests of nangolite are written.
**
**   #include "test.h"
**
**   TEST(test_a_deleted_record_that_is_saved_again_is_added) {
**     save(t, "Issue", "[{'id':1}]");
**     delete(t, "Issue", "[{'id':1}]");
**     SAME(save(t, "Issue", "[{'id':1}]"), "1 added");
**     FEED(t, "Issue", "1 ADDED {'id':1}");
**   }
**
**   TESTS(EVERYWHERE(test_a_deleted_record_that_is_saved_again_is_added))
**
** A test gets `t`: an open store with the connection github / user-1 and a clock that stands at
** HALF_PAST_TEN. After each test, these are checked without being named in it: nangolite_check() finds the
** store sound, and closing it leaves no statement, no transaction and no memory behind. Its files are
** removed.
**
** In the texts that these helpers take and return, ' stands for ", so that JSON is readable here. Where bytes
** matter, call the library itself. Strings that a helper returns live until the test ends. A helper that
** fails ends the test. */
#ifndef NANGOLITE_TEST_H
#define NANGOLITE_TEST_H

#include "nangolite.h"
#include "plain.h"

/* ---- defining tests ------------------------------------------------------------------------------------ */

typedef struct test {
  nangolite *store;
  sqlite3 *db;      /* the caller's connection, where the store is attached to one; else NULL */
  const char *path; /* the name of the store's file, or ":memory:" */
  struct test_private *mine;
} test;

/* A test of the library. TESTS(MEMORY(test_a), EVERYWHERE(test_b)) is the program's main(), as plain.h has
** it. */
#define TEST(name)                                                                                           \
  static void name##_body(test *t);                                                                          \
  static void name(void **state) {                                                                           \
    name##_body(*state);                                                                                     \
    test_finish(*state, __FILE__, __LINE__);                                                                 \
  }                                                                                                          \
  static void name##_body(test *t)

/* What a test runs on. MEMORY is enough for most; use EVERYWHERE for what depends on transactions and files,
** BARE for tests that open their stores themselves (t->store is NULL), and PLAIN for a PLAIN_TEST (see
** plain.h). */
#define MEMORY(name)                                                                                         \
  { #name, name, test_on_memory, test_clean_up, NULL }
#define ATTACHED(name)                                                                                       \
  { #name "_attached", name, test_on_attached, test_clean_up, NULL }
#define ON_FILE(name)                                                                                        \
  { #name "_on_a_file", name, test_on_file, test_clean_up, NULL }
#define EVERYWHERE(name) MEMORY(name), ATTACHED(name), ON_FILE(name)
#define BARE(name)                                                                                           \
  { #name, name, test_on_nothing, test_clean_up, NULL }

/* ---- judging ------------------------------------------------------------------------------------------- */

/* The call must succeed, or fail with this result; otherwise its message is shown. The store is t->store, or
** with _OF another one. */
#define OK(call) OK_OF(t->store, call)
#define OK_OF(handle, call) test_result(handle, call, NANGOLITE_OK, #call, __FILE__, __LINE__)
#define FAILS(result, call) FAILS_OF(t->store, result, call)
#define FAILS_OF(handle, result, call) test_result(handle, call, result, #call, __FILE__, __LINE__)

/* The message of the last failure contains this. */
#define SAYS(part) test_says(t, part, __FILE__, __LINE__)

/* Two texts must be the same when each " in them is read as '. NULL is the same as NULL. */
#define SAME(actual, expected) test_same(actual, expected, #actual, __FILE__, __LINE__)

/* The feed of the model, from its start, must be this (see feed()). */
#define FEED(t, model, expected) test_same(feed(t, model), expected, "the feed of " model, __FILE__, __LINE__)

/* ---- records ------------------------------------------------------------------------------------------- */

/* Say what changed: "1 added, 2 unchanged", "nothing". */
#define save(t, model, json) test_change(t, nangolite_records_save, model, json, __FILE__, __LINE__)
#define update(t, model, json) test_change(t, nangolite_records_update, model, json, __FILE__, __LINE__)
/* (clang-format takes the next one for an operator of C++) */
/* clang-format off */
#define delete(t, model, json) test_change(t, nangolite_records_delete, model, json, __FILE__, __LINE__)
/* clang-format on */

/* All pages as one text: "1 ADDED {'id':1}; 2 DELETED pruned {'id':2}", "" if there is nothing. On the way it
** checks that the stamps rise, that the metadata agree with each other, and that every record has a cursor.
** */
#define feed(t, model) test_feed((t), (t)->store, scope(model), NULL, __FILE__, __LINE__)
#define feed_after(t, model, position)                                                                       \
  test_feed((t), (t)->store, scope(model), &(nangolite_query){.cursor = (position)}, __FILE__, __LINE__)
#define feed_of(t, handle, scope, query) test_feed(t, handle, scope, query, __FILE__, __LINE__)

/* One record with its metadata, NULL if there is none; where the feed ends now; how many records are live. */
#define record(t, model, id) test_record(t, model, id, __FILE__, __LINE__)
#define end_of_feed(t, model) test_end_of_feed(t, model, __FILE__, __LINE__)
#define live(t, model) test_live(t, model, __FILE__, __LINE__)

/* github, user-1, this model, base. */
nangolite_scope scope(const char *model);
const char *changes_text(test *t, nangolite_changes changes);

/* ---- the clock ----------------------------------------------------------------------------------------- */

#define HALF_PAST_TEN INT64_C(1705314600000000) /* 2024-01-15T10:30:00Z */
#define SECONDS(n) ((int64_t)(n)*1000000)
#define MINUTES(n) SECONDS((n)*INT64_C(60))
#define HOURS(n) SECONDS((n)*INT64_C(3600))
#define DAYS(n) SECONDS((n)*INT64_C(86400))

/* ---- files and further stores -------------------------------------------------------------------------- */

/* A file name that nobody else uses. The file, if one is made, is removed after the test. */
const char *temporary(test *t);

/* Further stores. Those still open at the end of the test are checked and closed like its own. */
#define open_store(t, path, options) test_open(t, path, options, __FILE__, __LINE__)
#define attach_store(t, db, options) test_attach(t, db, options, __FILE__, __LINE__)
void close_store(test *t, nangolite *store); /* t->store too, which then is NULL */

/* Closes t->store and opens it again with these options; in memory, that is an empty one. Connection and
** clock as before. */
#define reopen(t, options) test_reopen(t, options, __FILE__, __LINE__)

/* ---- text ---------------------------------------------------------------------------------------------- */

const char *format(test *t, const char *format, ...);
const char *double_quoted(test *t, const char *text); /* ' becomes " */
const char *single_quoted(test *t, const char *text); /* " becomes ' */
const char *taken(test *t, char *result);             /* a copy; the result is given to nangolite_free() */

/* The value at a path in a JSON text, as it is written there: member(t, json, "error.errors[0].path") is
** "['model']". NULL where there is none. For JSON with simple keys: those are compared as written. */
const char *member(test *t, const char *json, const char *path);

/* ---- for the macros ------------------------------------------------------------------------------------ */

typedef int (*test_changing)(nangolite *, const nangolite_scope *, const char *, int64_t,
                             nangolite_changes *);

int test_on_memory(void **state);
int test_on_attached(void **state);
int test_on_file(void **state);
int test_on_nothing(void **state);
void test_finish(test *t, const char *file, int line);
int test_clean_up(void **state);

void test_result(nangolite *store, int result, int expected, const char *call, const char *file, int line);
void test_says(test *t, const char *part, const char *file, int line);
void test_same(const char *actual, const char *expected, const char *what, const char *file, int line);
const char *test_change(test *t, test_changing change, const char *model, const char *json, const char *file,
                        int line);
const char *test_feed(test *t, nangolite *store, nangolite_scope scope, const nangolite_query *query,
                      const char *file, int line);
const nangolite_record *test_record(test *t, const char *model, const char *id, const char *file, int line);
const char *test_end_of_feed(test *t, const char *model, const char *file, int line);
int64_t test_live(test *t, const char *model, const char *file, int line);
nangolite *test_open(test *t, const char *path, const nangolite_options *options, const char *file, int line);
nangolite *test_attach(test *t, sqlite3 *db, const nangolite_options *options, const char *file, int line);
void test_reopen(test *t, const nangolite_options *options, const char *file, int line);

#endif
