/* The feed's promise: whoever reads page after page by cursor, at any pace, while any number of writers
** write, sees every record's latest state at least once and never misses a change.
**
** Writers in processes (or threads) of their own, each with a clock of its own that also jumps back,
** change records of which each is soon left alone for good. Readers follow by cursor and remember what
** they saw. In the end what each remembers must be what the store has: a change that was committed behind
** a reader's cursor would be missing. */
#define _POSIX_C_SOURCE 200809L

#include "records.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WRITERS = 4, READERS = 3, CALLS = 400, WINDOW = 8, IDS_MAX = CALLS + WINDOW };

typedef struct job {
  const char *path;
  int number; /* of the writer or reader */
  int calls;
  int done; /* the end of a pipe: writers hold it open for writing, readers see its end */
} job;

typedef struct seen {
  int64_t stamp;
  char action[8], payload[64];
} seen;

typedef struct jumping_clock {
  test_random random;
  int64_t offset;
} jumping_clock;

/* The system's clock, up to an hour off, and off otherwise each time. */
static int64_t jump(void *ctx) {
  jumping_clock *clock = ctx;
  struct timespec real;
  timespec_get(&real, TIME_UTC);
  if (random_below(&clock->random, 4) == 0) {
    clock->offset = (int64_t)random_below(&clock->random, (uint64_t)HOURS(2)) - HOURS(1);
  }
  return (int64_t)real.tv_sec * 1000000 + real.tv_nsec / 1000 + clock->offset;
}

static void pause_for(uint64_t microseconds) {
  struct timespec time = {0, (long)microseconds * 1000};
  nanosleep(&time, NULL);
}

/* A problem, said to those who look at the log. Not with cmocka: this runs in other processes and threads. */
static int problem(const job *j, const char *what, nangolite *store) {
  printf("# %s %d: %s (%s)\n", j->path, j->number, what, store == NULL ? "" : nangolite_errmsg(store));
  fflush(stdout);
  return 1;
}

/* ---- a writer ---- */

static int write_once(const job *j, nangolite *store, test_random *random, int call) {
  char json[512];
  size_t at = 0;
  int count = 1 + (int)random_below(random, 4);
  for (int i = 0; i < count; i++) {
    int id = call + (int)random_below(random, WINDOW);
    at += (size_t)snprintf(json + at, sizeof json - at, "%c{\"id\":%d,\"w\":%d,\"n\":%d}", i > 0 ? ',' : '[',
                           id, j->number, call);
  }
  snprintf(json + at, sizeof json - at, "]");
  switch (random_below(random, 6)) {
    case 0: return nangolite_records_delete(store, &issues, json, -1, NULL);
    case 1: return nangolite_records_update(store, &issues, json, -1, NULL);
    default: return nangolite_records_save(store, &issues, json, -1, NULL);
  }
}

static int be_writer(const job *j) {
  nangolite *store;
  test_random random = {(uint64_t)j->number * 7919};
  jumping_clock clock = {{(uint64_t)j->number}, 0};
  nangolite_options options = {.clock = jump, .clock_ctx = &clock, .busy_timeout_ms = 20000};
  int failed = nangolite_open(j->path, &options, &store) != NANGOLITE_OK && problem(j, "opening", store);
  for (int call = 0; call < j->calls && !failed; call++) {
    failed = write_once(j, store, &random, call) != NANGOLITE_OK && problem(j, "writing", store);
    if (random_below(&random, 8) == 0) pause_for(random_below(&random, 3000));
  }
  nangolite_close(store);
  close(j->done);
  return failed;
}

/* ---- a reader ---- */

static int remember(const job *j, seen *memory, const nangolite_page *page, int64_t *last) {
  for (size_t i = 0; i < page->count; i++) {
    const nangolite_record *one = &page->records[i];
    seen *s = &memory[atoi(one->id)];
    if (one->last_modified_at <= *last)
      return problem(j, "a stamp that is not greater than the one before", NULL);
    *last = s->stamp = one->last_modified_at;
    snprintf(s->action, sizeof s->action, "%s", one->last_action);
    snprintf(s->payload, sizeof s->payload, "%s", one->payload);
  }
  return 0;
}

/* Reads from a cursor to where nothing follows, at its own pace, and leaves the cursor there. */
static int read_on(const job *j, nangolite *store, seen *memory, char cursor[128], int64_t *last) {
  int limit = 1 + j->number * 7, more = 1;
  while (more) {
    nangolite_query query = {.cursor = cursor[0] != '\0' ? cursor : NULL, .limit = limit};
    nangolite_page *page;
    if (nangolite_records_list(store, &issues, &query, &page) != NANGOLITE_OK)
      return problem(j, "reading", store);
    int failed = remember(j, memory, page, last);
    more = page->next_cursor != NULL;
    if (page->count > 0) snprintf(cursor, 128, "%s", page->records[page->count - 1].cursor);
    nangolite_page_free(page);
    if (failed) return 1;
    pause_for((uint64_t)j->number * 300);
  }
  return 0;
}

static int compare(const job *j, nangolite *store, const seen *memory) {
  seen *truth = calloc(IDS_MAX, sizeof *truth);
  char cursor[128] = "";
  int64_t last = 0;
  int failed = truth == NULL || read_on(j, store, truth, cursor, &last);
  for (int id = 0; id < IDS_MAX && !failed; id++) {
    const seen *a = &memory[id], *b = &truth[id];
    if (a->stamp == b->stamp && strcmp(a->action, b->action) == 0 && strcmp(a->payload, b->payload) == 0)
      continue;
    printf("# record %d was seen as %s %s, and is %s %s\n", id, a->action, a->payload, b->action, b->payload);
    failed = problem(j, "a change was missed", NULL);
  }
  free(truth);
  return failed;
}

static int be_reader(const job *j) {
  nangolite *store;
  seen *memory = calloc(IDS_MAX, sizeof *memory);
  char cursor[128] = "", byte;
  int64_t last = 0;
  int failed =
    nangolite_open(j->path, &(nangolite_options){.busy_timeout_ms = 20000}, &store) != NANGOLITE_OK &&
    problem(j, "opening", store);
  int over = 0;
  while (!failed && !over) {
    over = read(j->done, &byte, 1) == 0; /* all writers have ended; what they wrote is still to be read */
    failed = read_on(j, store, memory, cursor, &last);
  }
  if (!failed) failed = compare(j, store, memory);
  nangolite_close(store);
  free(memory);
  close(j->done);
  return failed;
}

/* ---- all of them ---- */

/* A pipe whose reading end does not wait. */
static void open_pipe(int ends[2]) {
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
}

static pid_t start_process(int (*be)(const job *), job j, int unused) {
  fflush(NULL);
  pid_t process = fork();
  if (process != 0) return process;
  close(unused);
  _exit(be(&j));
}

TEST(test_readers_in_other_processes_miss_no_change) {
  pid_t processes[WRITERS + READERS];
  int ends[2], status;
  close_store(t, t->store); /* nothing of SQLite may be open across a fork */
  open_pipe(ends);
  for (int i = 0; i < READERS; i++) {
    processes[i] = start_process(be_reader, (job){t->path, i, 0, ends[0]}, ends[1]);
  }
  for (int i = 0; i < WRITERS; i++) {
    processes[READERS + i] = start_process(be_writer, (job){t->path, i, rounds(CALLS), ends[1]}, ends[0]);
  }
  close(ends[0]);
  close(ends[1]);
  int failed = 0;
  for (int i = 0; i < WRITERS + READERS; i++) {
    assert_true(processes[i] > 0);
    assert_int_equal(waitpid(processes[i], &status, 0), processes[i]);
    failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  }
  assert_int_equal(failed, 0);
  reopen(t, NULL);
  assert_true(live(t, "Issue") > 0);
}

typedef struct worker {
  pthread_t thread;
  int (*be)(const job *);
  job job;
  int failed;
} worker;

static void *work(void *ctx) {
  worker *w = ctx;
  w->failed = w->be(&w->job);
  return NULL;
}

TEST(test_readers_in_other_threads_miss_no_change) {
  worker workers[4];
  int ends[2];
  if (!sqlite3_threadsafe()) SKIP("this SQLite is for one thread");
  open_pipe(ends);
  for (int i = 0; i < 4; i++) {
    int reads = i < 2;
    workers[i] = (worker){.be = reads ? be_reader : be_writer,
                          .job = {t->path, i, rounds(CALLS / 2), dup(ends[reads ? 0 : 1])}};
    assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
  }
  close(ends[0]);
  close(ends[1]);
  int failed = 0;
  for (int i = 0; i < 4; i++) {
    pthread_join(workers[i].thread, NULL);
    failed += workers[i].failed;
  }
  assert_int_equal(failed, 0);
  assert_true(live(t, "Issue") > 0);
}

TESTS(ON_FILE(test_readers_in_other_processes_miss_no_change),
      ON_FILE(test_readers_in_other_threads_miss_no_change))
