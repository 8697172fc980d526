/* fuzz_request: any bytes as a request. There is always an answer of a known status, it is JSON, and only a
** success has changed anything.
**
** An input looks like HTTP: "METHOD target", lines of headers, a blank line, the body. A "!" before the
** method asks for a secret key. Every request meets the same store: what it did is rolled back.
**
**   clang -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_request.c -lsqlite3 -o fuzz_request
**   gcc -DFUZZ_REPLAY -I. tests/fuzz/fuzz_request.c -lsqlite3 -o fuzz_request
**   ./fuzz_request corpus/request/...
**
** The second form runs each file that it is given once. */
#include "../../nangolite.c"

#include <stdio.h>
#include <stdlib.h>

#define FUZZ_NOW INT64_C(1705314600000000) /* 2024-01-15T10:30:00Z */

static sqlite3 *fuzz_db;
static nangolite *fuzz_store;

static void fuzz_require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "fuzz_request: %s\n", what);
  abort();
}

static void fuzz_ok(int result) {
  fuzz_require(result == NANGOLITE_OK, nangolite_errmsg(fuzz_store));
}

static void fuzz_sql(const char *sql) {
  fuzz_require(sqlite3_exec(fuzz_db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

/* Records in every state, a variant, a run in progress, a checkpoint. */
static void fuzz_open(void) {
  static const char *const models[] = {"Issue"};
  static const nangolite_scope base = {"github", "user-1", "Issue", NULL};
  static const nangolite_scope eu = {"github", "user-1", "Issue", "eu"};
  nangolite_sync sync = {.provider_config_key = "github",
                         .name = "issues",
                         .models = models,
                         .model_count = 1,
                         .frequency = "every hour"};
  nangolite_run *run;
  fuzz_require(sqlite3_open(":memory:", &fuzz_db) == SQLITE_OK, "no memory");
  fuzz_ok(nangolite_attach(fuzz_db, NULL, &fuzz_store));
  nangolite_clock_set(fuzz_store, FUZZ_NOW);
  fuzz_ok(nangolite_connection_create(fuzz_store, "github", "user-1"));
  fuzz_ok(nangolite_sync_define(fuzz_store, &sync));
  fuzz_ok(nangolite_variant_create(fuzz_store, "github", "user-1", "issues", "eu"));
  fuzz_ok(nangolite_records_save(fuzz_store, &base, "[{\"id\":1},{\"id\":2},{\"id\":\"a b\"},{\"id\":4}]", -1,
                                 NULL));
  fuzz_ok(nangolite_records_save(fuzz_store, &base, "[{\"id\":2,\"a\":[1]}]", -1, NULL));
  fuzz_ok(nangolite_records_prune(fuzz_store, &base, NULL, 1, NULL, NULL));
  fuzz_ok(nangolite_records_delete(fuzz_store, &base, "[{\"id\":4}]", -1, NULL));
  fuzz_ok(nangolite_records_save(fuzz_store, &eu, "[{\"id\":1,\"b\":\"\\u00e9\"}]", -1, NULL));
  fuzz_ok(nangolite_env_set(fuzz_store, "TOKEN", "a\"b"));
  fuzz_ok(nangolite_connection_create(fuzz_store, "gitlab", "user-2"));
  fuzz_ok(nangolite_metadata_set(fuzz_store, "github", "user-1", "{\"a\":{\"b\":1},\"c\":2}", 0));
  fuzz_ok(nangolite_run_next(fuzz_store, &run));
  fuzz_ok(nangolite_run_checkpoint_save(run, "{\"page\":7}"));
}

/* Takes what stands before `mark` off the input, as a string with nothing behind it. */
static char *fuzz_take(const uint8_t **at, const uint8_t *end, const char *mark) {
  size_t length = strlen(mark), taken = 0, left = (size_t)(end - *at);
  while (taken + length <= left && memcmp(*at + taken, mark, length) != 0) taken++;
  int is_there = taken + length <= left;
  if (!is_there) taken = left;
  char *string = malloc(taken + 1);
  fuzz_require(string != NULL, "no memory");
  memcpy(string, *at, taken);
  string[taken] = '\0';
  *at += is_there ? taken + length : taken;
  return string;
}

static void fuzz_answer(int status, const char *response, int changes) {
  static const int known[] = {200, 201, 400, 401, 404, 405};
  static const char error[] = "{\"error\":{\"code\":\"";
  json_value value;
  int is_known = 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) is_known |= status == known[i];
  fuzz_require(is_known, response);
  fuzz_require(json_scan(slice_of(response), &value).reason == NULL, "the answer is not JSON");
  int is_success = status < 300, is_error = strncmp(response, error, sizeof error - 1) == 0;
  /* Metadata are answered with the body as it came, whatever is in it. */
  fuzz_require(is_error || is_success, "a failure without an error");
  fuzz_require(!is_error || !is_success || changes > 0, "an error with success");
  fuzz_require(changes == 0 || is_success, "a refused request changed something");
}

static void fuzz_request(const char *method, const char *target, const char *headers, const char *body) {
  int status = 0, is_open = *method != '!';
  char *response = NULL, *reason = NULL;
  fuzz_ok(nangolite_secret_key_set(fuzz_store, is_open ? NULL : "k"));
  fuzz_sql("BEGIN");
  int changes = sqlite3_total_changes(fuzz_db);
  fuzz_ok(
    nangolite_request(fuzz_store, is_open ? method : method + 1, target, headers, body, &status, &response));
  changes = sqlite3_total_changes(fuzz_db) - changes;
  fuzz_answer(status, response, changes);
  if (changes > 0) fuzz_ok(nangolite_check(fuzz_store, &reason));
  fuzz_require(reason == NULL, reason);
  fuzz_sql("ROLLBACK");
  nangolite_free(response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *end = data + size;
  if (fuzz_store == NULL) fuzz_open();
  char *method = fuzz_take(&data, end, " ");
  char *target = fuzz_take(&data, end, "\n");
  char *headers = fuzz_take(&data, end, "\n\n");
  char *body = fuzz_take(&data, end, "\n\n\n\n");
  fuzz_request(method, target, headers, body);
  free(method);
  free(target);
  free(headers);
  free(body);
  return 0;
}

#ifdef FUZZ_REPLAY
int main(int count, char **names) {
  static uint8_t bytes[1 << 20];
  for (int i = 1; i < count; i++) {
    FILE *file = fopen(names[i], "rb");
    if (file == NULL) return perror(names[i]), 1;
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    uint8_t *exact = malloc(length + (length == 0));
    if (exact == NULL) return 1;
    memcpy(exact, bytes, length);
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
  }
  printf("%d files replayed\n", count - 1);
  return 0;
}
#endif
