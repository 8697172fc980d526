/* Several processes on one file: opening at once, writing at once, and being killed. */
#define _POSIX_C_SOURCE 200809L

#include "records.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 6, BATCH = 20 };

/* Other processes do not use cmocka: they end with 0 where all went well. */
typedef int process_fn(const char *path, int number, int acknowledge);

static pid_t start_process(process_fn *be, const char *path, int number, int acknowledge) {
  fflush(NULL);
  pid_t process = fork();
  if (process != 0) return process;
  _exit(be(path, number, acknowledge));
}

static int save_batch(nangolite *store, const char *path, int number, int batch) {
  char json[BATCH * 64];
  size_t at = 0;
  for (int i = 0; i < BATCH; i++) {
    at += (size_t)snprintf(json + at, sizeof json - at, "%c{\"id\":\"%d-%d-%d\",\"n\":%d}", i > 0 ? ',' : '[',
                           number, batch, i, batch);
  }
  snprintf(json + at, sizeof json - at, "]");
  int result = nangolite_records_save(store, &issues, json, -1, NULL);
  if (result != NANGOLITE_OK) printf("# %s %d: %s\n", path, number, nangolite_errmsg(store));
  return result;
}

static int open_and_save(const char *path, int number, int acknowledge) {
  nangolite *store;
  (void)acknowledge;
  int result = nangolite_open(path, NULL, &store);
  if (result != NANGOLITE_OK) printf("# %s %d: opening: %s\n", path, number, nangolite_errmsg(store));
  if (result == NANGOLITE_OK) result = nangolite_connection_create(store, "github", "user-1");
  for (int batch = 0; batch < 5 && result == NANGOLITE_OK; batch++)
    result = save_batch(store, path, number, batch);
  nangolite_close(store);
  fflush(stdout);
  return result;
}

TEST(test_processes_that_make_a_store_at_once_all_succeed) {
  close_store(t, t->store); /* nothing of SQLite may be open across a fork */
  for (int i = 0, n = rounds(6); i < n; i++) {
    const char *path = temporary(t);
    pid_t processes[PROCESSES];
    int status, failed = 0;
    for (int p = 0; p < PROCESSES; p++) processes[p] = start_process(open_and_save, path, p, -1);
    for (int p = 0; p < PROCESSES; p++) {
      int has_ended = waitpid(processes[p], &status, 0) == processes[p];
      failed += !has_ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    assert_int_equal(failed, 0);
    nangolite *store = open_store(t, path, NULL);
    int64_t live_records = 0;
    OK_OF(store, nangolite_records_count(store, &issues, &live_records, NULL));
    assert_int_equal(live_records, PROCESSES * 5 * BATCH);
    close_store(t, store);
  }
}

/* Saves batch after batch and says so after each, until it is killed. */
static int save_for_ever(const char *path, int number, int acknowledge) {
  nangolite *store;
  int result = nangolite_open(path, NULL, &store);
  for (int batch = 0; result == NANGOLITE_OK; batch++) {
    result = save_batch(store, path, number, batch);
    if (result == NANGOLITE_OK && write(acknowledge, "", 1) != 1) result = NANGOLITE_ERROR;
  }
  return result;
}

/* The batches of a process that are in the store; each must be there whole. */
static int64_t whole_batches(test *t, int number) {
  int64_t records = 0;
  nangolite_query query = {.limit = 500};
  nangolite_page *page = NULL;
  const char *start = format(t, "%d-", number), *next = NULL;
  do {
    query.cursor = next;
    OK(nangolite_records_list(t->store, &issues, &query, &page));
    for (size_t i = 0; i < page->count; i++)
      records += strncmp(page->records[i].id, start, strlen(start)) == 0;
    next = page->next_cursor == NULL ? NULL : format(t, "%s", page->next_cursor);
    nangolite_page_free(page);
  } while (next != NULL);
  assert_int_equal(records % BATCH, 0);
  return records / BATCH;
}

/* How often the process said that a batch was stored, before it was killed. */
static int64_t acknowledged_before_kill(test *t, int number) {
  test_random random = {(uint64_t)number};
  struct timespec time = {0, (long)(3000000 + random_below(&random, 25000000))};
  char bytes[256];
  int ends[2];
  ssize_t got;
  int64_t count = 0;
  assert_int_equal(pipe(ends), 0);
  pid_t process = start_process(save_for_ever, t->path, number, ends[1]);
  close(ends[1]);
  nanosleep(&time, NULL);
  kill(process, SIGKILL);
  assert_int_equal(waitpid(process, NULL, 0), process);
  while ((got = read(ends[0], bytes, sizeof bytes)) > 0) count += got;
  close(ends[0]);
  return count;
}

TEST(test_a_process_killed_at_any_time_leaves_whole_calls) {
  for (int number = 1; number <= rounds(20); number++) {
    close_store(t, t->store); /* nothing of SQLite may be open across a fork */
    int64_t acknowledged = acknowledged_before_kill(t, number);
    reopen(t, NULL);
    int64_t stored = whole_batches(t, number);
    assert_true(stored == acknowledged || stored == acknowledged + 1);
    char *reason;
    OK(nangolite_check(t->store, &reason));
    SAME(taken(t, reason), NULL);
  }
}

TESTS(MEMORY(test_processes_that_make_a_store_at_once_all_succeed),
      ON_FILE(test_a_process_killed_at_any_time_leaves_whole_calls))
