/* desktop_loop: how an application with an event loop embeds nangolite.
**
** The UI thread waits in poll() for keys, signals and the worker's news; it reads with its own handle and
** never waits for the network. The worker thread waits in poll() for the next due run and for answers; it
** claims runs, has several in flight at once, saves page by page, and finishes them. On the way out it ends
** its runs, and both close their handles. The network is pretended: an answer is a moment that comes. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>
#else
#include <poll.h>
#endif

#include "nangolite.h"

static const char help[] =
  "desktop_loop [FILE]   syncs three accounts into FILE (desktop.db) every 30 seconds\n"
  "                      s and Enter: sync now   q and Enter, or Ctrl-C: quit\n";

enum { ACCOUNTS = 3, PAGES = 5, PAGE_SIZE = 20 };
static const char *const accounts[ACCOUNTS] = {"lena", "mira", "okan"};

#define INTEGRATION "tracker"
#define SYNC "issues"
#define MODEL "Issue"

static const char *filename = "desktop.db";

static int account_of(const char *connection_id) {
  int account = 0;
  while (account < ACCOUNTS - 1 && strcmp(accounts[account], connection_id) != 0) account++;
  return account;
}

static void fail(nangolite *store, const char *what) {
  fprintf(stderr, "desktop_loop: %s: %s\n", what, nangolite_errmsg(store));
  exit(1);
}

/* ---- Windows has no poll() and waits for no pipe: it looks at them fifty times a second ---- */

#ifdef _WIN32

enum { POLLIN = 1 };
struct pollfd { int fd; short events, revents; };

#define pipe(ends) _pipe(ends, 4096, _O_BINARY)

/* A pipe whose other end is closed, and a file, can be read: they are at their end. */
static int can_read(int fd) {
  HANDLE handle = (HANDLE)_get_osfhandle(fd);
  DWORD bytes = 0;
  if (GetFileType(handle) == FILE_TYPE_CHAR) return WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
  return !PeekNamedPipe(handle, NULL, 0, NULL, &bytes, NULL) || bytes > 0;
}

static int poll(struct pollfd *fds, int count, int timeout_ms) {
  ULONGLONG start = GetTickCount64();
  for (;;) {
    int ready = 0;
    for (int i = 0; i < count; i++) {
      fds[i].revents = (short)(fds[i].fd >= 0 && can_read(fds[i].fd) ? POLLIN : 0);
      ready += fds[i].revents != 0;
    }
    if (ready > 0 || (timeout_ms >= 0 && GetTickCount64() - start >= (ULONGLONG)timeout_ms)) return ready;
    Sleep(20);
  }
}

#endif

/* ---- between the threads: two pipes, nothing shared ---- */

typedef enum news_kind { NEWS_PAGE, NEWS_DONE, NEWS_FAILED, NEWS_QUIT } news_kind;

typedef struct news {
  news_kind kind;
  int account, pages;
} news;

static int to_ui[2], to_worker[2];   /* of `news`; of bytes: 'w' look again, 'q' stop */

static void tell_ui(news_kind kind, int account, int pages) {
  news said = {kind, account, pages};
  if (write(to_ui[1], &said, sizeof said) < 0) _exit(1);   /* whole, as it is shorter than PIPE_BUF */
}

static void tell_worker(char byte) {
  if (write(to_worker[1], &byte, 1) < 0) _exit(1);
}

static void on_signal(int number) {
  (void)number;
  tell_ui(NEWS_QUIT, 0, 0);
}

/* ---- the worker ---- */

/* A run whose request is under way. */
typedef struct job {
  nangolite_run *run;     /* NULL: this place is free */
  int account, page;
  int64_t answer_at;
} job;

typedef struct worker {
  nangolite *store;
  job jobs[ACCOUNTS];
  int rounds[ACCOUNTS];   /* what the pretended API says differs from round to round */
  int is_stopping;
} worker;

static void job_ask(worker *w, job *j) {
  j->answer_at = nangolite_now(w->store) + (20 + 15 * j->account) * 1000;
}

/* One page as the API would send it; each round one issue in ten has changed. */
static void job_answer(const worker *w, const job *j, char *json, size_t size) {
  size_t length = 0;
  for (int i = 0; i < PAGE_SIZE; i++) {
    int id = j->page * PAGE_SIZE + i;
    int comments = (w->rounds[j->account] + 9 - id % 10) / 10;
    length += (size_t)snprintf(json + length, size - length, "%s{\"id\": %d, \"comments\": %d}",
                               i == 0 ? "[" : ", ", id, comments);
  }
  snprintf(json + length, size - length, "]");
}

static void job_end(worker *w, job *j, const char *error_type, const char *error_description) {
  int result = NANGOLITE_BUSY;
  while (result == NANGOLITE_BUSY)   /* the run is still there, and can be finished again */
    result = nangolite_run_finish(j->run, error_type, error_description);
  j->run = NULL;
  w->rounds[j->account]++;
  tell_ui(result == NANGOLITE_OK && error_type == NULL ? NEWS_DONE : NEWS_FAILED, j->account, j->page);
}

/* An answer has come: save it, and ask for the next page. The delete window spans all pages of a run. */
static void job_step(worker *w, job *j) {
  char json[2048];
  job_answer(w, j, json, sizeof json);
  int result = j->page == 0 ? nangolite_run_track_deletes_start(j->run, MODEL) : NANGOLITE_OK;
  if (result == NANGOLITE_OK) result = nangolite_run_save(j->run, MODEL, json, -1, NULL);
  if (result == NANGOLITE_OK && ++j->page == PAGES) {
    result = nangolite_run_track_deletes_end(j->run, MODEL, NULL);
  }
  if (result != NANGOLITE_OK) {
    job_end(w, j, nangolite_result_name(result), nangolite_errmsg(w->store));
    return;
  }
  tell_ui(NEWS_PAGE, j->account, j->page);
  if (j->page == PAGES) job_end(w, j, NULL, NULL);
  else job_ask(w, j);
}

static job *worker_free_job(worker *w) {
  for (int i = 0; i < ACCOUNTS; i++) {
    if (w->jobs[i].run == NULL) return &w->jobs[i];
  }
  return NULL;
}

/* Claims what is due, as far as there are places. Another instance of the application may be faster. */
static void worker_claim(worker *w) {
  for (job *j = worker_free_job(w); j != NULL; j = worker_free_job(w)) {
    if (nangolite_run_next(w->store, &j->run) != NANGOLITE_OK || j->run == NULL) return;
    j->account = account_of(nangolite_run_connection_id(j->run));
    j->page = 0;
    job_ask(w, j);
  }
}

/* How long nothing will happen, in milliseconds. */
static int worker_pause(worker *w) {
  int64_t now = nangolite_now(w->store);
  int64_t next = worker_free_job(w) != NULL ? nangolite_next_due(w->store) : INT64_MAX;
  for (int i = 0; i < ACCOUNTS; i++) {
    if (w->jobs[i].run != NULL && w->jobs[i].answer_at < next) next = w->jobs[i].answer_at;
  }
  if (next <= now) return 0;
  int64_t pause = (next - now + 999) / 1000;
  return pause > 60000 ? 60000 : (int)pause;
}

static void worker_wait(worker *w) {
  struct pollfd fd = {to_worker[0], POLLIN, 0};
  char bytes[16];
  if (poll(&fd, 1, worker_pause(w)) <= 0) return;
  ssize_t count = read(to_worker[0], bytes, sizeof bytes);
  for (ssize_t i = 0; i < count; i++) w->is_stopping |= bytes[i] == 'q';
}

static void worker_open(worker *w) {
  const char *models[] = {MODEL};
  nangolite_sync sync = {.provider_config_key = INTEGRATION, .name = SYNC, .models = models, .model_count = 1,
                         .frequency = "every 30 seconds", .max_delete_percent = 50};
  nangolite_options options = {.lease_ms = 60000};
  if (nangolite_open(filename, &options, &w->store) != NANGOLITE_OK) fail(w->store, filename);
  if (nangolite_sync_define(w->store, &sync) != NANGOLITE_OK) fail(w->store, "define");
  for (int i = 0; i < ACCOUNTS; i++) {
    int result = nangolite_connection_create(w->store, INTEGRATION, accounts[i]);
    if (result != NANGOLITE_OK) fail(w->store, "connect");
  }
}

/* What is in flight fails now, and goes on at the next turn; what it saved stays. */
static void worker_close(worker *w) {
  for (int i = 0; i < ACCOUNTS; i++) {
    if (w->jobs[i].run != NULL) job_end(w, &w->jobs[i], "closed", "the application was closed");
  }
  nangolite_maintain(w->store, 1000, NULL, NULL);
  nangolite_close(w->store);
}

static void *worker_main(void *argument) {
  worker *w = argument;
  while (!w->is_stopping) {
    worker_claim(w);
    worker_wait(w);
    for (int i = 0; i < ACCOUNTS; i++) {
      if (w->jobs[i].run != NULL && w->jobs[i].answer_at <= nangolite_now(w->store)) job_step(w, &w->jobs[i]);
    }
  }
  worker_close(w);
  return NULL;
}

/* ---- the UI ---- */

typedef struct ui {
  nangolite *store;
  char *cursors[ACCOUNTS];    /* how far each account's feed was read */
  int pages[ACCOUNTS];
  int is_terminal, is_quitting, runs;
} ui;

static void ui_draw_progress(const ui *u) {
  if (!u->is_terminal) return;
  printf("\r\033[K");
  for (int i = 0; i < ACCOUNTS; i++) {
    printf("%s [%.*s%.*s]  ", accounts[i], u->pages[i], "#####", PAGES - u->pages[i], ".....");
  }
  fflush(stdout);
}

/* Reads what is new of one account, as far as it goes, and tells it in a line. */
static void ui_read_feed(ui *u, int account) {
  nangolite_scope issues = {INTEGRATION, accounts[account], MODEL, NULL};
  int counts[3] = {0, 0, 0}, has_more = 1;
  while (has_more) {
    nangolite_query query = {.cursor = u->cursors[account], .limit = 500};
    nangolite_page *page;
    if (nangolite_records_list(u->store, &issues, &query, &page) != NANGOLITE_OK) fail(u->store, "list");
    for (size_t i = 0; i < page->count; i++) counts[strchr("AUD", *page->records[i].last_action) - "AUD"]++;
    if (page->count > 0) {
      free(u->cursors[account]);
      u->cursors[account] = strdup(page->records[page->count - 1].cursor);
    }
    has_more = page->next_cursor != NULL;
    nangolite_page_free(page);
  }
  if (u->is_terminal) printf("\r\033[K");
  printf("%-5s %3d added, %3d updated, %3d deleted\n", accounts[account], counts[0], counts[1], counts[2]);
}

static void ui_hear(ui *u) {
  news said;
  if (read(to_ui[0], &said, sizeof said) != (ssize_t)sizeof said) return;
  if (said.kind == NEWS_QUIT) u->is_quitting = 1;
  if (said.kind == NEWS_PAGE) u->pages[said.account] = said.pages;
  if (said.kind == NEWS_DONE || said.kind == NEWS_FAILED) {
    u->runs++;
    u->pages[said.account] = 0;
    ui_read_feed(u, said.account);
    if (said.kind == NEWS_FAILED) printf("%-5s was not read to its end\n", accounts[said.account]);
  }
  ui_draw_progress(u);
}

static void ui_sync_now(ui *u) {
  int result = nangolite_sync_trigger(u->store, INTEGRATION, NULL, NULL, 0, 0);   /* all accounts */
  if (result != NANGOLITE_OK) fail(u->store, "trigger");
  tell_worker('w');
}

/* A line was typed; 0: no more will be. */
static int ui_key(ui *u) {
  char bytes[64];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  for (ssize_t i = 0; i < count; i++) {
    if (bytes[i] == 's') ui_sync_now(u);
    if (bytes[i] == 'q') u->is_quitting = 1;
  }
  return count > 0;
}

static void ui_loop(ui *u) {
  struct pollfd fds[2] = {{to_ui[0], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  while (!u->is_quitting) {
    if (poll(fds, 2, -1) < 0) continue;   /* a signal: its news is in the pipe */
    if (fds[0].revents != 0) ui_hear(u);
    if (fds[1].revents != 0 && !ui_key(u)) fds[1].fd = -1;
  }
}

static void ui_close(ui *u) {
  struct pollfd fd = {to_ui[0], POLLIN, 0};
  while (poll(&fd, 1, 0) > 0) ui_hear(u);   /* the worker's last words */
  if (u->is_terminal) printf("\r\033[K");
  for (int i = 0; i < ACCOUNTS; i++) {
    nangolite_scope issues = {INTEGRATION, accounts[i], MODEL, NULL};
    int64_t live = 0;
    nangolite_records_count(u->store, &issues, &live, NULL);
    printf("%-5s %" PRId64 " issues\n", accounts[i], live);
    free(u->cursors[i]);
  }
  printf("%d runs. Closed.\n", u->runs);
  nangolite_close(u->store);
}

int main(int count, char **arguments) {
  static worker w;
  ui u = {.is_terminal = isatty(STDOUT_FILENO)};
  pthread_t thread;
  if (count > 2 || (count == 2 && *arguments[1] == '-')) {
    fputs(help, stdout);
    return count == 2 && strcmp(arguments[1], "--help") == 0 ? 0 : 2;
  }
  if (count == 2) filename = arguments[1];
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (pipe(to_ui) != 0 || pipe(to_worker) != 0) return 1;
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);

  worker_open(&w);
  if (nangolite_open(filename, NULL, &u.store) != NANGOLITE_OK) fail(u.store, filename);
  if (pthread_create(&thread, NULL, worker_main, &w) != 0) return 1;
  ui_loop(&u);
  tell_worker('q');
  pthread_join(thread, NULL);
  ui_close(&u);
  return 0;
}
