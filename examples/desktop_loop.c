/* desktop_loop: how an application with an event loop embeds nangolite.
**
** The worker thread claims the runs that are due, has several in flight at once, saves page by page, and ends them; it
** sleeps until something is due, an answer comes, or the UI wakes it. The UI thread never waits for the network. It reads
** the store on the application's own connection, and keeps its place in each feed in a table of its own, in the
** transaction that uses what was read: a crash at any point neither loses a change nor shows one twice. It hears of
** changes by nangolite_last_change(), whichever process made them. The network is pretended: an answer is a moment. */
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

#include <sqlite3.h>

#include "nangolite.h"

static const char help[] =
  "desktop_loop [FILE]   syncs three accounts into FILE (desktop.db) every 30 seconds\n"
  "                      s and Enter: sync now   c: cancel   o: offline, and online again\n"
  "                      q and Enter, or Ctrl-C: quit\n";

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

/* ---- between the threads: two pipes of bytes, nothing else is shared ---- */

static int to_ui[2];       /* 'w': look again   'q': quit */
static int to_worker[2];   /* 'w': look again   'o': offline or online   'q': stop */

static void tell(const int *ends, char byte) {
  if (write(ends[1], &byte, 1) < 0) _exit(1);
}

static void on_signal(int number) {
  (void)number;
  tell(to_ui, 'q');
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
  int is_stopping, is_offline;
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

/* After BUSY the run is still there, and can be ended again. */
static void job_end(worker *w, job *j, const char *error_type, const char *error_description) {
  int result = NANGOLITE_BUSY;
  while (result == NANGOLITE_BUSY) result = nangolite_run_finish(j->run, error_type, error_description);
  j->run = NULL;
  w->rounds[j->account]++;
  tell(to_ui, 'w');
}

/* Saves the page that has come. The delete window spans all pages of a run. */
static int job_save(worker *w, job *j) {
  char json[2048];
  job_answer(w, j, json, sizeof json);
  int result = j->page == 0 ? nangolite_run_track_deletes_start(j->run, MODEL) : NANGOLITE_OK;
  if (result == NANGOLITE_OK) result = nangolite_run_save(j->run, MODEL, json, -1, NULL);
  if (result == NANGOLITE_OK) result = nangolite_run_progress(j->run, ++j->page, PAGES);
  if (result == NANGOLITE_OK && j->page == PAGES) result = nangolite_run_track_deletes_end(j->run, MODEL, NULL);
  return result;
}

/* An answer has come. A run that was cancelled hears of it here, and is ended all the same. */
static void job_step(worker *w, job *j) {
  if (w->is_offline) {
    job_end(w, j, "network", "there is no connection");   /* it is repeated: see max_retries below */
    return;
  }
  int result = job_save(w, j);
  if (result != NANGOLITE_OK) job_end(w, j, nangolite_result_name(result), nangolite_errmsg(w->store));
  else if (j->page == PAGES) job_end(w, j, NULL, NULL);
  else job_ask(w, j);
  tell(to_ui, 'w');
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
  for (ssize_t i = 0; i < count; i++) {
    w->is_stopping |= bytes[i] == 'q';
    w->is_offline ^= bytes[i] == 'o';
  }
}

static void worker_open(worker *w) {
  const char *models[] = {MODEL};
  nangolite_sync sync = {.provider_config_key = INTEGRATION, .name = SYNC, .models = models, .model_count = 1,
                         .frequency = "every 30 seconds", .max_delete_percent = 50,
                         .max_retries = 10, .retry_after_s = 2};
  nangolite_options options = {.lease_ms = 60000};
  if (nangolite_open(filename, &options, &w->store) != NANGOLITE_OK) fail(w->store, filename);
  if (nangolite_sync_define(w->store, &sync) != NANGOLITE_OK) fail(w->store, "define");
  for (int i = 0; i < ACCOUNTS; i++) {
    int result = nangolite_connection_create(w->store, INTEGRATION, accounts[i]);
    if (result != NANGOLITE_OK) fail(w->store, "connect");
  }
}

/* What is in flight fails now, and is repeated when the application runs again; what it saved stays. The care of the
** file comes after what was due: else an application that was closed for long would lose records that it is about to
** read again. */
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

/* What the UI knows of an account. */
typedef struct account_view {
  char finished_at[32];   /* of the run that was shown last; "" at first */
  int pages, was_taken_up;
} account_view;

typedef struct ui {
  sqlite3 *db;            /* the application's own connection */
  nangolite *store;       /* attached to it */
  account_view views[ACCOUNTS];
  int64_t last_change;
  int is_terminal, is_quitting, runs;
} ui;

static void execute(ui *u, const char *sql) {
  if (sqlite3_exec(u->db, sql, NULL, NULL, NULL) == SQLITE_OK) return;
  fprintf(stderr, "desktop_loop: %s: %s\n", sql, sqlite3_errmsg(u->db));
  exit(1);
}

static void ui_open(ui *u) {
  if (sqlite3_open(filename, &u->db) != SQLITE_OK) exit(1);
  sqlite3_busy_timeout(u->db, 5000);
  if (nangolite_attach(u->db, NULL, &u->store) != NANGOLITE_OK) fail(u->store, filename);
  execute(u, "CREATE TABLE IF NOT EXISTS feeds (account TEXT PRIMARY KEY, cursor TEXT)");
}

/* The cursor of an account in the application's own table; "" at first. */
static void ui_get_cursor(ui *u, int account, char *cursor, size_t size) {
  sqlite3_stmt *statement = NULL;
  sqlite3_prepare_v2(u->db, "SELECT cursor FROM feeds WHERE account = ?", -1, &statement, NULL);
  sqlite3_bind_text(statement, 1, accounts[account], -1, SQLITE_STATIC);
  int is_there = sqlite3_step(statement) == SQLITE_ROW;
  snprintf(cursor, size, "%s", is_there ? (const char *)sqlite3_column_text(statement, 0) : "");
  sqlite3_finalize(statement);
}

static void ui_put_cursor(ui *u, int account, const char *cursor) {
  char *sql = sqlite3_mprintf("INSERT OR REPLACE INTO feeds VALUES (%Q, %Q)", accounts[account], cursor);
  execute(u, sql);
  sqlite3_free(sql);
}

/* Reads what is new of an account, as far as it goes. What it does with the records, and the place that it has reached,
** are one transaction: the store works inside it. */
static void ui_read_feed(ui *u, int account) {
  nangolite_scope issues = {INTEGRATION, accounts[account], MODEL, NULL};
  int counts[3] = {0, 0, 0}, has_more = 1;
  char cursor[2048];
  execute(u, "BEGIN IMMEDIATE");
  ui_get_cursor(u, account, cursor, sizeof cursor);
  while (has_more) {
    nangolite_query query = {.cursor = *cursor == '\0' ? NULL : cursor, .limit = 500};
    nangolite_page *page;
    if (nangolite_records_list(u->store, &issues, &query, &page) != NANGOLITE_OK) fail(u->store, "list");
    for (size_t i = 0; i < page->count; i++) counts[strchr("AUD", *page->records[i].last_action) - "AUD"]++;
    if (page->last_cursor != NULL) snprintf(cursor, sizeof cursor, "%s", page->last_cursor);
    has_more = page->next_cursor != NULL;
    nangolite_page_free(page);
  }
  ui_put_cursor(u, account, cursor);
  execute(u, "COMMIT");
  printf("%-5s %3d added, %3d updated, %3d deleted\n", accounts[account], counts[0], counts[1], counts[2]);
}

/* A member of the account's status as text: "" for null. */
static void status_get(const char *json, const char *pointer, char *text, size_t size) {
  const char *value = NULL;
  size_t length = 0;
  char *found = NULL;
  nangolite_json_find(json, -1, pointer, &value, &length);
  if (value != NULL && *value != 'n') nangolite_json_text(value, length, &found);
  snprintf(text, size, "%s", found == NULL ? "" : found);
  nangolite_free(found);
}

/* A run has ended since the last look, by whichever process. */
static void ui_tell_end(ui *u, int account, const char *json) {
  char error[512], next[64];
  status_get(json, "/syncs/0/latestError/description", error, sizeof error);
  status_get(json, "/syncs/0/nextScheduledSyncAt", next, sizeof next);
  if (u->is_terminal) printf("\r\033[K");
  ui_read_feed(u, account);
  if (*error != '\0') printf("%-5s was not read to its end: %s. Again at %s\n", accounts[account], error, next);
  u->runs++;
}

static void ui_look_at(ui *u, int account) {
  static const char *const syncs[] = {SYNC};
  account_view *view = &u->views[account];
  char *json = NULL, status[32], finished_at[32], done[32], error[64];
  if (nangolite_sync_status(u->store, INTEGRATION, accounts[account], syncs, 1, &json) != NANGOLITE_OK)
    fail(u->store, "status");
  status_get(json, "/syncs/0/status", status, sizeof status);
  status_get(json, "/syncs/0/finishedAt", finished_at, sizeof finished_at);
  status_get(json, "/syncs/0/progress/done", done, sizeof done);
  status_get(json, "/syncs/0/latestError/type", error, sizeof error);
  int is_taken_up = strcmp(status, "RUNNING") == 0 && strcmp(error, "expired") == 0;
  if (is_taken_up && !view->was_taken_up)
    printf("%-5s goes on where the application was stopped\n", accounts[account]);
  view->was_taken_up = is_taken_up;
  view->pages = atoi(done);
  if (*finished_at != '\0' && strcmp(finished_at, view->finished_at) != 0) ui_tell_end(u, account, json);
  if (*finished_at != '\0') snprintf(view->finished_at, sizeof view->finished_at, "%s", finished_at);
  nangolite_free(json);
}

static void ui_draw_progress(const ui *u) {
  if (!u->is_terminal) return;
  printf("\r\033[K");
  for (int i = 0; i < ACCOUNTS; i++) {
    int pages = u->views[i].pages;
    printf("%s [%.*s%.*s]  ", accounts[i], pages, "#####", PAGES - pages, ".....");
  }
  fflush(stdout);
}

/* One row is read where nothing has changed. */
static void ui_look(ui *u) {
  int64_t last_change = nangolite_last_change(u->store);
  if (last_change == u->last_change) return;
  u->last_change = last_change;
  for (int i = 0; i < ACCOUNTS; i++) ui_look_at(u, i);
  ui_draw_progress(u);
}

/* To all accounts. */
static void ui_command(ui *u, char key) {
  int result = NANGOLITE_OK;
  if (key == 's') result = nangolite_sync_trigger(u->store, INTEGRATION, NULL, NULL, 0, 0);
  if (key == 'c') result = nangolite_sync_cancel(u->store, INTEGRATION, NULL, NULL, 0);
  if (result != NANGOLITE_OK) fail(u->store, "command");
  if (key == 's' || key == 'c') tell(to_worker, 'w');
  if (key == 'o') tell(to_worker, 'o');
  if (key == 'q') u->is_quitting = 1;
}

/* 0: no more will be typed. */
static int ui_key(ui *u) {
  char bytes[64];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  for (ssize_t i = 0; i < count; i++) ui_command(u, bytes[i]);
  return count > 0;
}

static void ui_hear(ui *u) {
  char bytes[64];
  ssize_t count = read(to_ui[0], bytes, sizeof bytes);
  for (ssize_t i = 0; i < count; i++) u->is_quitting |= bytes[i] == 'q';
}

/* The pause is for what other processes do; this process's worker says when to look. */
static void ui_loop(ui *u) {
  struct pollfd fds[2] = {{to_ui[0], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  while (!u->is_quitting) {
    ui_look(u);
    if (poll(fds, 2, 250) <= 0) continue;
    if (fds[0].revents != 0) ui_hear(u);
    if (fds[1].revents != 0 && !ui_key(u)) fds[1].fd = -1;
  }
}

static void ui_close(ui *u) {
  ui_look(u);   /* the worker's last runs */
  if (u->is_terminal) printf("\r\033[K");
  for (int i = 0; i < ACCOUNTS; i++) {
    nangolite_scope issues = {INTEGRATION, accounts[i], MODEL, NULL};
    int64_t live = 0;
    nangolite_records_count(u->store, &issues, &live, NULL);
    printf("%-5s %" PRId64 " issues\n", accounts[i], live);
  }
  printf("%d runs. Closed.\n", u->runs);
  nangolite_close(u->store);
  sqlite3_close(u->db);
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
  ui_open(&u);
  if (pthread_create(&thread, NULL, worker_main, &w) != 0) return 1;
  ui_loop(&u);
  tell(to_worker, 'q');
  pthread_join(thread, NULL);
  ui_close(&u);
  return 0;
}
