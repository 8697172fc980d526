/* nangolite_interrupt(). */
#define _POSIX_C_SOURCE 200809L

#include "syncs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static nangolite *target;
static int interrupt_at; /* the reading of the clock at which to interrupt; 0: never */

static int64_t interrupting_clock(void *ctx) {
  (void)ctx;
  if (interrupt_at > 0 && --interrupt_at == 0) nangolite_interrupt(target);
  return HALF_PAST_TEN;
}

/* Records 0 to `count`, in a malloc()ed text. */
static char *many_records(int count) {
  char *json = malloc((size_t)count * 64);
  size_t at = 0;
  for (int i = 0; i < count; i++)
    at += (size_t)sprintf(json + at, "%c{\"id\":%d,\"a\":[1,2,3]}", i ? ',' : '[', i);
  strcpy(json + at, "]");
  return json;
}

static void reopen_with_interrupting_clock(test *t) {
  interrupt_at = 0;
  reopen(t, (&(nangolite_options){.clock = interrupting_clock}));
  target = t->store;
}

TEST(test_an_interrupted_call_stores_nothing) {
  char *json = many_records(1000);
  nangolite_changes changes = {.added = 9};
  reopen_with_interrupting_clock(t);
  save(t, "Issue", "{'id':'before'}");
  interrupt_at = 1; /* inside the call, before the first record */
  FAILS(NANGOLITE_INTERRUPTED, nangolite_records_save(t->store, &issues, json, -1, &changes));
  SAME(changes_text(t, changes), "nothing");
  SAME(ids(t, NULL), "before");
  OK(nangolite_records_save(t->store, &issues, json, -1, &changes));
  SAME(changes_text(t, changes), "1000 added");
  free(json);
}

TEST(test_where_no_call_is_running_it_has_no_effect) {
  nangolite_interrupt(t->store);
  SAME(save(t, "Issue", "[{'id':1},{'id':2}]"), "2 added");
  nangolite_interrupt(t->store);
  SAME(feed(t, "Issue"), "1 ADDED {'id':1}; 2 ADDED {'id':2}");
}

static int interrupt_and_save(nangolite_run *run, script *s) {
  nangolite_interrupt(s->t->store);
  return nangolite_run_save(run, "Issue", "{\"id\":1}", -1, NULL);
}

TEST(test_a_run_whose_call_is_interrupted_is_closed_as_failed) {
  script s = {.t = t, .act = interrupt_and_save};
  int ran = 7;
  define(t, "issues", "every hour", &s);
  FAILS(NANGOLITE_INTERRUPTED, nangolite_run_due(t->store, 1, &ran));
  assert_int_equal(ran, 1); /* whatever the result */
  SAME(status(t, "issues", "status"), "'ERROR'");
  FEED(t, "Issue", "");
  s.act = NULL;
  nangolite_clock_advance(t->store, HOURS(1));
  SAME(run_due(t), "1");
}

TEST(test_an_interrupt_leaves_the_callers_transaction_open) {
  char *json = many_records(100);
  nangolite *store = NULL;
  interrupt_at = 0;
  OK(nangolite_attach(t->db, &(nangolite_options){.clock = interrupting_clock}, &store));
  target = store;
  assert_int_equal(
    sqlite3_exec(t->db, "CREATE TABLE mine (a); BEGIN; INSERT INTO mine VALUES (1)", NULL, NULL, NULL),
    SQLITE_OK);
  save(t, "Issue", "{'id':'before'}");
  interrupt_at = 1;
  FAILS_OF(store, NANGOLITE_INTERRUPTED, nangolite_records_save(store, &issues, json, -1, NULL));
  nangolite_close(store);
  free(json);
  assert_false(sqlite3_get_autocommit(t->db));
  SAME(ids(t, NULL), "before");
  assert_int_equal(sqlite3_exec(t->db, "INSERT INTO mine VALUES (2); COMMIT", NULL, NULL, NULL), SQLITE_OK);
  SAME(ids(t, NULL), "before");
}

/* The caller's own sqlite3_interrupt(), beside its own running statement, at which SQLite refuses even
** ROLLBACK. */
static sqlite3 *interrupted_db;

static int64_t db_interrupting_clock(void *ctx) {
  (void)ctx;
  if (interrupt_at > 0 && --interrupt_at == 0) sqlite3_interrupt(interrupted_db);
  return HALF_PAST_TEN;
}

static void interrupt_beside_a_statement(test *t, const char *begin) {
  nangolite *store = NULL;
  sqlite3_stmt *running = NULL;
  interrupt_at = 0;
  interrupted_db = t->db;
  OK(nangolite_attach(t->db, &(nangolite_options){.clock = db_interrupting_clock}, &store));
  save(t, "Issue", "{'id':'before'}");
  assert_int_equal(sqlite3_exec(t->db, begin, NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(t->db, "SELECT 1 UNION ALL SELECT 2", -1, &running, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(running), SQLITE_ROW);
  interrupt_at = 1;
  FAILS_OF(store, NANGOLITE_INTERRUPTED, nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL));
  assert_true(sqlite3_get_autocommit(t->db));
  sqlite3_finalize(running);
  OK_OF(store, nangolite_records_save(store, &issues, "{\"id\":2}", -1, NULL));
  nangolite_close(store);
  SAME(ids(t, NULL), "before 2");
}

TEST(test_the_callers_own_interrupt_leaves_nothing_behind) {
  interrupt_beside_a_statement(t, "SELECT 1");
}

TEST(test_the_callers_own_interrupt_takes_its_transaction_back) {
  interrupt_beside_a_statement(t, "CREATE TABLE mine (a); BEGIN; INSERT INTO mine VALUES (1)");
}

static atomic_int calling, done;

static void *interrupter(void *ctx) {
  struct timespec a_while = {0, 2000000};
  (void)ctx;
  while (!atomic_load(&done)) {
    if (atomic_load(&calling)) nangolite_interrupt(target);
    nanosleep(&a_while, NULL);
  }
  return NULL;
}

TEST(test_it_may_be_called_from_another_thread) {
  pthread_t thread;
  char *json = many_records(20000);
  target = t->store;
  atomic_store(&done, 0);
  save(t, "Issue", "{'id':'before'}");
  assert_int_equal(pthread_create(&thread, NULL, interrupter, NULL), 0);
  atomic_store(&calling, 1);
  int result = nangolite_records_save(t->store, &issues, json, -1, NULL);
  atomic_store(&calling, 0);
  atomic_store(&done, 1);
  pthread_join(thread, NULL);
  free(json);
  FAILS(NANGOLITE_INTERRUPTED, result);
  SAME(ids(t, NULL), "before");
}

TESTS(EVERYWHERE(test_an_interrupted_call_stores_nothing),
      EVERYWHERE(test_where_no_call_is_running_it_has_no_effect),
      EVERYWHERE(test_a_run_whose_call_is_interrupted_is_closed_as_failed),
      ATTACHED(test_an_interrupt_leaves_the_callers_transaction_open),
      ATTACHED(test_the_callers_own_interrupt_leaves_nothing_behind),
      ATTACHED(test_the_callers_own_interrupt_takes_its_transaction_back),
      EVERYWHERE(test_it_may_be_called_from_another_thread))
