/* What happens to a desktop app: closed for a week, killed in the middle of a run, a clock that is
** corrected, two instances of it open at once. No run is executed twice at a time, none is lost, none
** piles up. */
#define _POSIX_C_SOURCE 200809L

#include "syncs.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEASE MINUTES(5)

/* The app starts: opens its file, and defines its syncs again. The clock stands at `hours` after
** HALF_PAST_TEN. */
static void start_app(test *t, script *s, int64_t now) {
  reopen(t, NULL);
  nangolite_clock_set(t->store, now);
  define(t, "issues", "every hour", s);
}

static int save_pages(nangolite_run *run, script *s) {
  (void)s;
  int result = nangolite_run_save(run, "Issue", "[{\"id\":1},{\"id\":2}]", -1, NULL);
  if (result == NANGOLITE_OK) result = nangolite_run_checkpoint_save(run, "{\"page\":1}");
  return result;
}

TEST(test_an_app_that_was_closed_for_a_week_syncs_once) {
  script s = {.t = t, .act = save_pages};
  start_app(t, &s, HALF_PAST_TEN);
  run_due(t);
  start_app(t, &s, HALF_PAST_TEN + DAYS(7) + MINUTES(13));
  SAME(run_due(t), "1");
  SAME(run_due(t), "0");
  SAME(next_due(t), "169:00");
  SAME(status(t, "issues", "checkpoint"), "{'page':1}");
}

/* ---- killed ---- */

static int die_in_the_middle(nangolite_run *run, void *user) {
  (void)user;
  nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL);
  nangolite_run_checkpoint_save(run, "{\"page\":1}");
  kill(getpid(), SIGKILL);
  return NANGOLITE_OK;
}

/* Another process executes what is due, and is killed in the middle of it. */
static void be_killed(test *t, int64_t now) {
  int status;
  close_store(t, t->store);
  fflush(NULL);
  pid_t process = fork();
  if (process == 0) {
    nangolite *store;
    nangolite_open(t->path, NULL, &store);
    nangolite_clock_set(store, now);
    nangolite_sync sync = sync_of("issues", "every hour", NULL);
    sync.exec = die_in_the_middle;
    nangolite_sync_define(store, &sync);
    nangolite_run_due(store, 0, NULL);
    _exit(1);
  }
  waitpid(process, &status, 0);
  assert_true(WIFSIGNALED(status));
}

TEST(test_an_app_that_was_killed_goes_on_when_the_lease_has_ended) {
  script s = {.t = t};
  listener l = {.t = t};
  be_killed(t, HALF_PAST_TEN);
  start_app(t, &s, HALF_PAST_TEN + MINUTES(1));
  listen_to(t, t->store, &l);
  SAME(status(t, "issues", "status"), "'RUNNING'"); /* nobody can tell yet */
  SAME(run_due(t), "0");
  SAME(next_due(t), "0:05");
  nangolite_clock_set(t->store, HALF_PAST_TEN + LEASE);
  SAME(status(t, "issues", "status"), "'ERROR'");
  SAME(status(t, "issues", "checkpoint"), "{'page':1}");
  assert_int_equal(live(t, "Issue"), 1);
  SAME(run_due(t), "1"); /* it is taken up at once */
  SAME(member(t, taken_events(&l), "error.type"), "'expired'");
  SAME(run_until(t, HALF_PAST_TEN + HOURS(1)), "1");
  SAME(s.log, "issues 0:05; issues 1:00");
}

TEST(test_an_app_that_was_killed_and_stays_closed_syncs_at_its_start) {
  script s = {.t = t};
  be_killed(t, HALF_PAST_TEN);
  start_app(t, &s, HALF_PAST_TEN + DAYS(7));
  SAME(run_due(t), "1");
  SAME(run_due(t), "0");
  SAME(status(t, "issues", "status"), "'SUCCESS'");
}

TEST(test_an_app_that_is_alone_on_its_file_need_not_wait_for_the_lease) {
  script s = {.t = t};
  be_killed(t, HALF_PAST_TEN);
  reopen(t, (&(nangolite_options){.exclusive = 1}));
  define(t, "issues", "every hour", &s);
  SAME(status(t, "issues", "status"), "'ERROR'");
  SAME(run_due(t), "1");
}

TEST(test_an_app_that_was_killed_with_a_clock_a_year_ahead) {
  script s = {.t = t};
  start_app(t, &s, HALF_PAST_TEN);
  run_due(t);
  be_killed(t, HALF_PAST_TEN + DAYS(365));
  start_app(t, &s, HALF_PAST_TEN + HOURS(1));
  SAME(run_until(t, HALF_PAST_TEN + HOURS(3)), "3");
  SAME(s.log, "issues 0:00; issues 1:05; issues 2:00; issues 3:00");
}

/* ---- the clock ---- */

TEST(test_a_clock_corrected_backwards_by_an_hour) {
  for (int minutes = 15; minutes <= 120; minutes += 15) {
    script s = {.t = t};
    reopen(t, NULL);
    OK(nangolite_connection_delete(t->store, "github", "user-1"));
    OK(nangolite_connection_create(t->store, "github", "user-1"));
    define(t, "issues", format(t, "%d minutes", minutes), &s);
    run_until(t, HALF_PAST_TEN + HOURS(4) + MINUTES(1));
    int before = s.count;
    nangolite_clock_advance(t->store, -HOURS(1));
    run_until(t, HALF_PAST_TEN + HOURS(4) + MINUTES(1));
    int again = s.count - before;
    if (minutes > 60) assert_int_equal(again, 0); /* back by less than an interval: none twice */
    else assert_int_equal(again, 60 / minutes);   /* it goes on from the new time */
    run_until(t, HALF_PAST_TEN + HOURS(8));
    assert_int_equal(s.count, 8 * 60 / minutes + 1 + again); /* none lost */
  }
}

TEST(test_a_clock_corrected_while_a_run_is_in_progress) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  nangolite_clock_advance(t->store, -MINUTES(59));
  OK(nangolite_run_heartbeat(run));
  assert_null(claim(t));
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  succeed(t, run);
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  nangolite_clock_advance(t->store, MINUTES(59));
  assert_null(claim(t));
  SAME(next_due(t), "1:00");
}

TEST(test_a_clock_that_another_app_sees_corrected_aborts_no_run) {
  nangolite *other = open_store(t, t->path, NULL);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  nangolite_clock_set(other, HALF_PAST_TEN - HOURS(1));
  assert_null(claim_in(t, other));
  SAME(run_save(t, run, "Issue", "{'id':1}"), "1 added");
  succeed(t, run);
}

TEST(test_a_suspended_app_finds_that_its_run_has_expired) {
  script s = {.t = t};
  start_app(t, &s, HALF_PAST_TEN);
  nangolite_run *run = claim(t);
  nangolite_clock_advance(t->store, HOURS(9)); /* the laptop was asleep */
  FAILS(NANGOLITE_ABORTED, nangolite_run_save(run, "Issue", "[{\"id\":1}]", -1, NULL));
  FAILS(NANGOLITE_ABORTED, nangolite_run_finish(run, NULL, NULL));
  SAME(run_due(t), "1");
  SAME(next_due(t), "10:00");
}

/* ---- two instances of the app ---- */

TEST(test_two_apps_share_the_work) {
  script mine = {.t = t}, others = {.t = t};
  nangolite *other = open_store(t, t->path, NULL);
  define(t, "issues", "every hour", &mine);
  define_in(t, other, sync_of("issues", "every hour", &others));
  for (int hour = 0; hour < 24; hour++) {
    nangolite *first = hour % 3 ? t->store : other, *second = hour % 3 ? other : t->store;
    nangolite_clock_set(t->store, HALF_PAST_TEN + HOURS(hour));
    nangolite_clock_set(other, HALF_PAST_TEN + HOURS(hour));
    OK_OF(first, nangolite_run_due(first, 0, NULL));
    OK_OF(second, nangolite_run_due(second, 0, NULL));
  }
  assert_int_equal(mine.count + others.count, 24);
  assert_int_equal(others.count, 8);
}

TEST(test_two_apps_one_of_which_hangs) {
  script mine = {.t = t};
  nangolite *other = open_store(t, t->path, NULL);
  define(t, "issues", "every hour", &mine);
  nangolite_run *hanging = claim_in(t, other);
  run_save(t, hanging, "Issue", "{'id':1}");
  SAME(run_until(t, HALF_PAST_TEN + HOURS(2)), "3"); /* what hangs is taken up when its lease ends */
  nangolite_clock_set(other, HALF_PAST_TEN + HOURS(2));
  FAILS_OF(other, NANGOLITE_ABORTED, nangolite_run_save(hanging, "Issue", "[{\"id\":2}]", -1, NULL));
  FAILS_OF(other, NANGOLITE_ABORTED, nangolite_run_checkpoint_save(hanging, "{\"late\":1}"));
  FAILS_OF(other, NANGOLITE_ABORTED, nangolite_run_finish(hanging, NULL, NULL));
  SAME(status(t, "issues", "status"), "'SUCCESS'");
  SAME(status(t, "issues", "checkpoint"), "null");
}

TEST(test_a_ui_reads_while_a_run_is_in_progress) {
  nangolite *ui = open_store(t, t->path, NULL);
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  SAME(status_in(t, ui, "issues", "status"), "'RUNNING'");
  run_save(t, run, "Issue", "{'id':1}");
  SAME(feed_of(t, ui, issues, NULL), "1 ADDED {'id':1}");
  SAME(status_in(t, ui, "issues", "latestResult"), "{'Issue':{'added':1,'updated':0,'deleted':0}}");
  succeed(t, run);
  SAME(status_in(t, ui, "issues", "status"), "'SUCCESS'");
}

/* ---- a worker thread with its own handle ---- */

typedef struct worker {
  const char *path;
  int result, ran;
} worker;

static void *work(void *given) {
  worker *w = given;
  nangolite *store = NULL;
  w->result = nangolite_open(w->path, NULL, &store);
  nangolite_clock_set(store, HALF_PAST_TEN);
  while (w->result == NANGOLITE_OK) {
    nangolite_run *run = NULL;
    w->result = nangolite_run_next(store, &run);
    if (run == NULL) break;
    w->result = nangolite_run_save(run, "Issue", "[{\"id\":1},{\"id\":2}]", -1, NULL);
    int finished = nangolite_run_finish(run, NULL, NULL);
    if (w->result == NANGOLITE_OK) w->result = finished;
    w->ran++;
  }
  nangolite_close(store);
  return NULL;
}

TEST(test_workers_in_threads_execute_each_run_once) {
  enum { WORKERS = 3, INSTANCES = 30 };
  pthread_t threads[WORKERS];
  worker workers[WORKERS];
  int ran = 0;
  define(t, "issues", "every hour", NULL);
  for (int i = 1; i < INSTANCES; i++)
    OK(nangolite_variant_create(t->store, "github", "user-1", "issues", format(t, "v%d", i)));
  for (int i = 0; i < WORKERS; i++) {
    workers[i] = (worker){t->path, 0, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < WORKERS; i++) {
    assert_int_equal(workers[i].result, NANGOLITE_OK);
    ran += workers[i].ran;
  }
  assert_int_equal(ran, INSTANCES);
}

/* ---- interrupted ---- */

static int interrupt_itself(nangolite_run *run, script *s) {
  nangolite_interrupt(nangolite_run_store(run));
  int result = nangolite_run_save(run, "Issue", "[{\"id\":1},{\"id\":2}]", -1, NULL);
  s->told = nangolite_result_name(result);
  return result;
}

TEST(test_run_due_can_be_interrupted) {
  script s = {.t = t, .act = interrupt_itself}, other = {.t = t};
  int ran = 7;
  define(t, "issues", "every hour", &s);
  nangolite_clock_advance(t->store, 1);
  define(t, "later", "every hour", &other);
  FAILS(NANGOLITE_INTERRUPTED, nangolite_run_due(t->store, 0, &ran));
  assert_int_equal(ran, 1); /* whatever the result */
  SAME(s.told, "interrupted");
  assert_int_equal(other.count, 0);
  SAME(status(t, "issues", "status"), "'ERROR'"); /* it has ended, and is not left to its lease */
  SAME(run_due(t), "1");
  assert_int_equal(other.count, 1);
}

TESTS(ON_FILE(test_an_app_that_was_closed_for_a_week_syncs_once),
      ON_FILE(test_an_app_that_was_killed_goes_on_when_the_lease_has_ended),
      ON_FILE(test_an_app_that_was_killed_and_stays_closed_syncs_at_its_start),
      ON_FILE(test_an_app_that_is_alone_on_its_file_need_not_wait_for_the_lease),
      ON_FILE(test_an_app_that_was_killed_with_a_clock_a_year_ahead),
      ON_FILE(test_a_clock_corrected_backwards_by_an_hour),
      EVERYWHERE(test_a_clock_corrected_while_a_run_is_in_progress),
      ON_FILE(test_a_clock_that_another_app_sees_corrected_aborts_no_run),
      ON_FILE(test_a_suspended_app_finds_that_its_run_has_expired), ON_FILE(test_two_apps_share_the_work),
      ON_FILE(test_two_apps_one_of_which_hangs), ON_FILE(test_a_ui_reads_while_a_run_is_in_progress),
      ON_FILE(test_workers_in_threads_execute_each_run_once), EVERYWHERE(test_run_due_can_be_interrupted))
