/* Checkpoints: what they may hold, and that the next run resumes from the last one, whatever became of the
** run. */
#include "syncs.h"

static const char *long_text(test *t, size_t length, const char *character) {
  char *text = (char *)(uintptr_t)format(t, "%*s", (int)(length * strlen(character)), "");
  for (size_t i = 0; i < length; i++) memcpy(text + i * strlen(character), character, strlen(character));
  return text;
}

static const char *members(test *t, int count) {
  const char *text = "{";
  for (int i = 0; i < count; i++) text = format(t, "%s%s'k%d':%d", text, i ? "," : "", i, i);
  return format(t, "%s}", text);
}

TEST(test_what_a_checkpoint_may_hold) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  const char *good[] = {"{}",
                        "{'a':1}",
                        "{'a':'x','b':-1.5e300,'c':true,'d':false}",
                        members(t, 16),
                        format(t, "{'%s':1}", long_text(t, 255, "k")),
                        format(t, "{'%s':1}", long_text(t, 255, "\xc3\xbc")),
                        format(t, "{'k':'%s'}", long_text(t, 4000, "v")),
                        format(t, "{'k':'%s'}", long_text(t, 4000, "\xf0\x9f\x98\x80")),
                        format(t, "{'k':'%s'}", long_text(t, 4000, "\\u00fc")),
                        "{'':''}"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    OK(nangolite_run_checkpoint_save(run, double_quoted(t, good[i])));
    SAME(checkpoint(t, run), good[i]);
  }
  succeed(t, run);
}

TEST(test_what_a_checkpoint_may_not_hold) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_checkpoint_save(run, "{\"stays\":1}"));
  const char *bad[] = {"",
                       " ",
                       "null",
                       "1",
                       "'text'",
                       "[]",
                       "[{}]",
                       "{'a':null}",
                       "{'a':{}}",
                       "{'a':[]}",
                       "{'a':1",
                       "{'a':1}x",
                       "{'a':01}",
                       "{a:1}",
                       "{'a':'\xff'}",
                       members(t, 17),
                       format(t, "{'%s':1}", long_text(t, 256, "k")),
                       format(t, "{'k':'%s'}", long_text(t, 4001, "v")),
                       format(t, "{'k':'%s'}", long_text(t, 4001, "\xc3\xbc"))};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    FAILS(NANGOLITE_INVALID, nangolite_run_checkpoint_save(run, double_quoted(t, bad[i])));
    SAYS("checkpoint");
  }
  FAILS(NANGOLITE_MISUSE, nangolite_run_checkpoint_save(run, NULL));
  FAILS(NANGOLITE_MISUSE, nangolite_run_checkpoint_get(run, NULL));
  SAME(checkpoint(t, run), "{'stays':1}");
  succeed(t, run);
}

TEST(test_a_checkpoint_can_be_cleared) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  SAME(checkpoint(t, run), NULL);
  OK(nangolite_run_checkpoint_clear(run));
  OK(nangolite_run_checkpoint_save(run, "{\"a\":1}"));
  OK(nangolite_run_checkpoint_clear(run));
  SAME(checkpoint(t, run), NULL);
  succeed(t, run);
  SAME(status(t, "issues", "checkpoint"), "null");
}

/* Reads pages 1 to 5, and fails in front of page 3 the first time. */
static int read_pages(nangolite_run *run, script *s) {
  char *json = NULL;
  int page = 1;
  if (nangolite_run_checkpoint_get(run, &json) != NANGOLITE_OK) return NANGOLITE_ERROR;
  if (json != NULL) page = 1 + (int)strtol(member(s->t, json, "page"), NULL, 10);
  nangolite_free(json);
  for (; page <= 5; page++) {
    if (page == 3 && s->count == 1) return NANGOLITE_ERROR;
    if (nangolite_run_save(run, "Issue", format(s->t, "[{\"id\":%d}]", page), -1, NULL) != NANGOLITE_OK)
      return NANGOLITE_ERROR;
    s->told = format(s->t, "%s%d ", s->told == NULL ? "" : s->told, page);
    if (nangolite_run_checkpoint_save(run, format(s->t, "{\"page\":%d}", page)) != NANGOLITE_OK)
      return NANGOLITE_ERROR;
  }
  return nangolite_run_checkpoint_clear(run);
}

TEST(test_the_next_run_resumes_where_a_failed_one_stopped) {
  script s = {.t = t, .act = read_pages};
  define(t, "issues", "every hour", &s);
  run_due(t);
  SAME(status(t, "issues", "checkpoint"), "{'page':2}");
  assert_int_equal(live(t, "Issue"), 2);
  run_until(t, HALF_PAST_TEN + HOURS(1));
  SAME(s.told, "1 2 3 4 5 ");
  SAME(status(t, "issues", "checkpoint"), "null");
}

TEST(test_a_checkpoint_survives_a_reopen_and_an_expired_run) {
  define(t, "issues", "every hour", NULL);
  OK(nangolite_run_checkpoint_save(claim(t), "{\"page\":7}"));
  reopen(t, NULL);
  nangolite_clock_advance(t->store, HOURS(1));
  assert_non_null(claim(t));
  SAME(status(t, "issues", "checkpoint"), "{'page':7}");
}

TEST(test_each_variant_and_connection_has_its_own_checkpoint) {
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  define(t, "issues", "every hour", NULL);
  OK(nangolite_variant_create(t->store, "github", "user-1", "issues", "v"));
  nangolite_run *run;
  while ((run = claim(t)) != NULL) {
    SAME(checkpoint(t, run), NULL);
    OK(nangolite_run_checkpoint_save(
      run, format(t, "{\"%s\":\"%s\"}", nangolite_run_variant(run), nangolite_run_connection_id(run))));
    succeed(t, run);
  }
  SAME(status(t, "issues", "checkpoint"), "{'base':'user-1'}");
  SAME(status(t, "issues::v", "checkpoint"), "{'v':'user-1'}");
}

TEST(test_a_reset_clears_the_checkpoint) {
  define(t, "issues", "every hour", NULL);
  nangolite_run *run = claim(t);
  OK(nangolite_run_checkpoint_save(run, "{\"page\":7}"));
  succeed(t, run);
  trigger(t, "issues");
  SAME(status(t, "issues", "checkpoint"), "{'page':7}");
  reset(t, "issues");
  SAME(status(t, "issues", "checkpoint"), "null");
}

TESTS(MEMORY(test_what_a_checkpoint_may_hold), MEMORY(test_what_a_checkpoint_may_not_hold),
      EVERYWHERE(test_a_checkpoint_can_be_cleared),
      EVERYWHERE(test_the_next_run_resumes_where_a_failed_one_stopped),
      ON_FILE(test_a_checkpoint_survives_a_reopen_and_an_expired_run),
      MEMORY(test_each_variant_and_connection_has_its_own_checkpoint),
      MEMORY(test_a_reset_clears_the_checkpoint))
