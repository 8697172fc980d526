/* syncs.h: helpers for tests of syncs. The sync is called "issues" and fills the model Issue, on github /
** user-1, unless a test says otherwise. Any other sync fills a model of its own name: "more" fills Of_more.
**
**   TEST(test_a_sync_runs_at_once) {
**     script s = {.t = t};
**     define(t, "issues", "every hour", &s);
**     SAME(run_due(t), "1");
**     SAME(s.log, "issues 0:00");
**   } */
#ifndef NANGOLITE_TEST_SYNCS_H
#define NANGOLITE_TEST_SYNCS_H

#include "records.h"

/* What a sync function of a test does, and what it did. */
typedef struct script {
  test *t;
  const char *log; /* "issues 0:00; issues/v 1:30", who ran and when */
  /* what the function does; its result is returned. NULL: it does nothing, and succeeds */
  int (*act)(nangolite_run *run, struct script *s);
  int fails;        /* so many of the next runs return NANGOLITE_ERROR */
  int count;        /* runs so far */
  const char *told; /* what `act` leaves for the test */
} script;

/* A time as hours and minutes since HALF_PAST_TEN: "0:00", "26:30", with seconds where there are any:
** "0:00:30". */
static inline const char *clock_text(test *t, int64_t time) {
  if (time == INT64_MAX) return "never";
  int64_t passed = (time - HALF_PAST_TEN) / 1000000, of_second = (time - HALF_PAST_TEN) % 1000000;
  const char *sign = time < HALF_PAST_TEN ? "-" : "";
  if (passed < 0) passed = -passed;
  const char *text = format(t, "%s%lld:%02d", sign, (long long)(passed / 3600), (int)(passed / 60 % 60));
  if (passed % 60 != 0) text = format(t, "%s:%02d", text, (int)(passed % 60));
  return of_second == 0 ? text : format(t, "%s+%lld", text, (long long)of_second);
}

static inline int script_run(nangolite_run *run, void *user) {
  script *s = user;
  const char *variant = nangolite_run_variant(run);
  const char *who = format(
    s->t, "%s%s%s %s", nangolite_run_sync(run), strcmp(variant, "base") == 0 ? "" : "/",
    strcmp(variant, "base") == 0 ? "" : variant, clock_text(s->t, nangolite_now(nangolite_run_store(run))));
  s->log = s->log == NULL ? who : format(s->t, "%s; %s", s->log, who);
  s->count++;
  if (s->fails > 0 && s->fails--) return NANGOLITE_ERROR;
  return s->act == NULL ? NANGOLITE_OK : s->act(run, s);
}

/* What was logged since the last call; "" for nothing. */
static inline const char *taken_log(script *s) {
  const char *log = s->log == NULL ? "" : s->log;
  s->log = NULL;
  return log;
}

static const char *const issue_model[] = {"Issue"};

/* A model belongs to one sync, so every other sync gets one of its own: "more" fills Of_more. */
static inline const char *const *model_of(const char *name) {
  static char names[8][256];
  static const char *models[8];
  static int used;
  if (strcmp(name, "issues") == 0) return issue_model;
  int at = used++ % 8;
  snprintf(names[at], sizeof names[at], "Of_%.250s", name);
  models[at] = names[at];
  return &models[at];
}

static inline nangolite_sync sync_of(const char *name, const char *frequency, script *s) {
  nangolite_sync made = {.provider_config_key = "github",
                         .name = name,
                         .models = model_of(name),
                         .model_count = 1,
                         .frequency = frequency};
  if (s != NULL) made.exec = script_run;
  made.user = s;
  return made;
}

/* Defines it; without a script its runs are claimed with nangolite_run_next(). */
#define define(t, name, frequency, script)                                                                   \
  test_define(t, (t)->store, sync_of(name, frequency, script), __FILE__, __LINE__)
#define define_of(t, sync) test_define(t, (t)->store, sync, __FILE__, __LINE__)
#define define_in(t, handle, sync) test_define(t, handle, sync, __FILE__, __LINE__)

static inline void test_define(test *t, nangolite *store, nangolite_sync sync, const char *file, int line) {
  (void)t;
  test_result(store, nangolite_sync_define(store, &sync), NANGOLITE_OK, "defining", file, line);
}

/* How many were executed. */
#define run_due(t) test_run_due(t, 0, __FILE__, __LINE__)
#define run_due_most(t, max_runs) test_run_due(t, max_runs, __FILE__, __LINE__)
#define run_until(t, time) test_run_until(t, time, __FILE__, __LINE__)

static inline const char *test_run_due(test *t, int max_runs, const char *file, int line) {
  int ran = -1;
  test_result(t->store, nangolite_run_due(t->store, max_runs, &ran), NANGOLITE_OK, "run_due", file, line);
  return format(t, "%d", ran);
}

static inline const char *test_run_until(test *t, int64_t time, const char *file, int line) {
  int ran = -1;
  test_result(t->store, nangolite_run_until(t->store, time, &ran), NANGOLITE_OK, "run_until", file, line);
  if (nangolite_now(t->store) != time) fail_msg("run_until() left the clock somewhere else");
  return format(t, "%d", ran);
}

/* The next run that is due, NULL where nothing is. */
#define claim(t) test_claim(t, (t)->store, __FILE__, __LINE__)
#define claim_in(t, handle) test_claim(t, handle, __FILE__, __LINE__)

static inline nangolite_run *test_claim(test *t, nangolite *store, const char *file, int line) {
  nangolite_run *run = NULL;
  (void)t;
  test_result(store, nangolite_run_next(store, &run), NANGOLITE_OK, "run_next", file, line);
  return run;
}

#define succeed(t, run) test_succeed(run, __FILE__, __LINE__)

static inline void test_succeed(nangolite_run *run, const char *file, int line) {
  nangolite *store = nangolite_run_store(run);
  test_result(store, nangolite_run_finish(run, NULL, NULL), NANGOLITE_OK, "finishing", file, line);
}

/* ---- commands ------------------------------------------------------------------------------------------ */

#define trigger(t, name) test_command(t, nangolite_sync_trigger, name, 0, __FILE__, __LINE__)
#define reset(t, name) test_command(t, nangolite_sync_trigger, name, NANGOLITE_RESET, __FILE__, __LINE__)
#define empty_cache(t, name)                                                                                 \
  test_command(t, nangolite_sync_trigger, name, NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE, __FILE__, __LINE__)
#define start_sync(t, name) test_command(t, test_start, name, 0, __FILE__, __LINE__)
#define pause_sync(t, name) test_command(t, test_pause, name, 0, __FILE__, __LINE__)

typedef int (*test_commanding)(nangolite *, const char *, const char *, const char *const *, size_t,
                               unsigned);

static inline int test_start(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *const *syncs, size_t count, unsigned flags) {
  (void)flags;
  return nangolite_sync_start(store, provider_config_key, connection_id, syncs, count);
}

static inline int test_pause(nangolite *store, const char *provider_config_key, const char *connection_id,
                             const char *const *syncs, size_t count, unsigned flags) {
  (void)flags;
  return nangolite_sync_pause(store, provider_config_key, connection_id, syncs, count);
}

static inline void test_command(test *t, test_commanding command, const char *name, unsigned flags,
                                const char *file, int line) {
  int result = command(t->store, "github", "user-1", &name, 1, flags);
  test_result(t->store, result, NANGOLITE_OK, name, file, line);
}

/* ---- what the store tells ------------------------------------------------------------------------------ */

/* A member of the status of one instance, as it is written: status(t, "issues::v", "frequency"). */
#define status(t, name, key) test_status(t, (t)->store, name, key, __FILE__, __LINE__)
#define status_in(t, handle, name, key) test_status(t, handle, name, key, __FILE__, __LINE__)

static inline const char *test_status(test *t, nangolite *store, const char *name, const char *key,
                                      const char *file, int line) {
  char *json = NULL;
  int result = nangolite_sync_status(store, "github", "user-1", &name, 1, &json);
  test_result(store, result, NANGOLITE_OK, "status", file, line);
  return member(t, taken(t, json), format(t, "syncs[0].%s", key));
}

#define next_due(t) clock_text(t, nangolite_next_due((t)->store))

/* The events of t->store, from here on; the text grows by one line for each. */
typedef struct listener {
  test *t;
  const char *heard;
  int count;
} listener;

static inline void listener_hear(void *ctx, const char *event_json) {
  listener *l = ctx;
  const char *event = single_quoted(l->t, event_json);
  l->heard = l->heard == NULL ? event : format(l->t, "%s\n%s", l->heard, event);
  l->count++;
}

#define listen_to(t, handle, listener) OK_OF(handle, nangolite_on_sync(handle, listener_hear, listener))

static inline const char *taken_events(listener *l) {
  const char *heard = l->heard == NULL ? "" : l->heard;
  l->heard = NULL;
  return heard;
}

/* ---- inside a run -------------------------------------------------------------------------------------- */

#define run_save(t, run, model, json) test_write(t, nangolite_run_save, run, model, json, __FILE__, __LINE__)
#define run_update(t, run, model, json)                                                                      \
  test_write(t, nangolite_run_update, run, model, json, __FILE__, __LINE__)
#define run_delete(t, run, model, json)                                                                      \
  test_write(t, nangolite_run_delete, run, model, json, __FILE__, __LINE__)

typedef int (*test_writing)(nangolite_run *, const char *, const char *, int64_t, nangolite_changes *);

static inline const char *test_write(test *t, test_writing write, nangolite_run *run, const char *model,
                                     const char *json, const char *file, int line) {
  nangolite_changes changes;
  int result = write(run, model, double_quoted(t, json), -1, &changes);
  test_result(nangolite_run_store(run), result, NANGOLITE_OK, json, file, line);
  return changes_text(t, changes);
}

/* Ends the delete window: "2 deleted". */
#define end_window(t, run, model) test_end_window(t, run, model, __FILE__, __LINE__)

static inline const char *test_end_window(test *t, nangolite_run *run, const char *model, const char *file,
                                          int line) {
  nangolite_changes changes;
  int result = nangolite_run_track_deletes_end(run, model, &changes);
  test_result(nangolite_run_store(run), result, NANGOLITE_OK, "ending the window", file, line);
  return changes_text(t, changes);
}

#define checkpoint(t, run) test_checkpoint(t, run, __FILE__, __LINE__)

static inline const char *test_checkpoint(test *t, nangolite_run *run, const char *file, int line) {
  char *json = NULL;
  test_result(nangolite_run_store(run), nangolite_run_checkpoint_get(run, &json), NANGOLITE_OK, "checkpoint",
              file, line);
  return single_quoted(t, taken(t, json));
}

#endif
