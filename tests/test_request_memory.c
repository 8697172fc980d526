/* Requests where memory runs out, at one allocation after the other, SQLite's included. Every fifth fails;
** TEST_EVERY=1 fails every one. */
#include "failing.h"
#include "nangolite.h"

#include <stdlib.h>

#define HEADERS "Connection-Id: user-1\nProvider-Config-Key: github\nAuthorization: Bearer s3cret"
#define USER "\"provider_config_key\":\"github\",\"connection_id\":\"user-1\""

typedef struct asked {
  const char *method, *target, *body;
} asked;

static const asked requests[] = {
  {"GET", "/records?model=Issue&limit=5&ids=a&ids=b&filter=added", NULL},
  {"GET", "/records?model=Issue&cursor=MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3", NULL},
  {"GET", "/records?model=Issue&limit=10", NULL},
  {"GET", "/records?model=issue&%ff=1&a=2&b=3&c=4&limit=0&cursor=x", NULL},
  {"PATCH", "/records/prune",
   "{\"model\":\"Issue\",\"until_cursor\":\"MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3\"}"},
  {"POST", "/sync/trigger",
   "{" USER ",\"syncs\":[\"issues\",{\"name\":\"issues\"}],\"opts\":{\"reset\":true}}"},
  {"POST", "/sync/trigger", "{\"syncs\":[\"a b\",{\"x\":1},7],\"opts\":{\"y\":1},\"sync_mode\":\"z\"}"},
  {"POST", "/sync/pause", "{" USER ",\"syncs\":[]}"},
  {"GET", "/sync/status?provider_config_key=github&syncs=issues,none", NULL},
  {"PUT", "/sync/update-connection-frequency", "{" USER ",\"sync_name\":\"issues\",\"frequency\":\"2h\"}"},
  {"GET", "/environment-variables", NULL},
  {"POST", "/sync/issues/variant/eu", "{" USER "}"},
  {"DELETE", "/sync/issues/variant/us", "{" USER "}"},
  {"GET", "/nowhere", NULL},
};

static nangolite *open_store(void) {
  static const char *const models[] = {"Issue"};
  static const nangolite_scope scope = {"github", "user-1", "Issue", NULL};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  nangolite *store;
  char json[100];
  assert_int_equal(nangolite_open(":memory:", NULL, &store), NANGOLITE_OK);
  nangolite_clock_set(store, INT64_C(1705314600000000));
  assert_int_equal(nangolite_connection_create(store, "github", "user-1"), NANGOLITE_OK);
  assert_int_equal(nangolite_sync_define(store, &sync), NANGOLITE_OK);
  for (int i = 0; i < 12; i++) {
    snprintf(json, sizeof json, "{\"id\":\"a rather long id, number %d\"}", i);
    assert_int_equal(nangolite_records_save(store, &scope, json, -1, NULL), NANGOLITE_OK);
  }
  assert_int_equal(nangolite_env_set(store, "TOKEN", "a value"), NANGOLITE_OK);
  assert_int_equal(nangolite_secret_key_set(store, "s3cret"), NANGOLITE_OK);
  return store;
}

static void close_store(nangolite *store) {
  char *reason = NULL;
  assert_int_equal(nangolite_check(store, &reason), NANGOLITE_OK);
  if (reason != NULL) fail_msg("%s", reason);
  nangolite_close(store);
}

static int ask(nangolite *store, const asked *a, int *status, char **response) {
  return nangolite_request(store, a->method, a->target, HEADERS, a->body, status, response);
}

/* Fails one allocation of a request. 0: it has no so many. */
static int attempt(const asked *a, int number, int expected_status, const char *expected) {
  nangolite *store = open_store();
  int status = 7;
  char *response = NULL;
  failing_after(number);
  int result = ask(store, a, &status, &response);
  int had_so_many = failing_left == 0;
  failing_never();
  if (result != NANGOLITE_OK) {
    assert_int_equal(result, NANGOLITE_NOMEM);
    assert_int_equal(status, 0);
    assert_null(response);
    assert_int_equal(ask(store, a, &status, &response), NANGOLITE_OK);
  }
  assert_int_equal(status, expected_status);
  assert_string_equal(response, expected);
  nangolite_free(response);
  close_store(store);
  return had_so_many;
}

static void sweep(const asked *a, int step) {
  nangolite *store = open_store();
  int status = 0, number = 0;
  char *expected = NULL;
  assert_int_equal(ask(store, a, &status, &expected), NANGOLITE_OK);
  while (attempt(a, number, status, expected)) number += step;
  assert_true(number > 0);
  nangolite_free(expected);
  close_store(store);
}

PLAIN_TEST(test_a_request_without_memory_has_no_answer_and_did_nothing) {
  const char *every = getenv("TEST_EVERY");
  int step = every != NULL ? atoi(every) : 500 / rounds(100);
  failing_begin();
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) sweep(&requests[i], step);
  failing_end();
}

TESTS(PLAIN(test_a_request_without_memory_has_no_answer_and_did_nothing))
