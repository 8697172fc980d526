/* request.h: asking a store as a client of the HTTP API would. As in test.h, ' stands for ". */
#ifndef NANGOLITE_TEST_REQUEST_H
#define NANGOLITE_TEST_REQUEST_H

#include "test.h"

#define USUAL_HEADERS "Connection-Id: user-1\r\nProvider-Config-Key: github\r\n"

/* The answer with its status, "200 {'success':true}". `line` is "GET /records?model=Issue". Only in the body
** does ' stand for ". */
static inline const char *ask_with(test *t, const char *line, const char *headers, const char *body) {
  int status = 0;
  char *response = NULL;
  const char *blank = strchr(line, ' ');
  const char *method = format(t, "%.*s", (int)(blank - line), line);
  OK(nangolite_request(t->store, method, blank + 1, headers, double_quoted(t, body), &status, &response));
  assert_non_null(response);
  return format(t, "%d %s", status, taken(t, response));
}

static inline const char *ask(test *t, const char *line, const char *body) {
  return ask_with(t, line, USUAL_HEADERS, body);
}

/* The value at a path in an answer (see member()). */
static inline const char *part(test *t, const char *answer, const char *path) {
  return single_quoted(t, member(t, answer + 4, path));
}

/* An answer in short: "200", or of an error its status, its code and the paths of what is wrong:
** "400 invalid_body ['model'] ['opts','reset']". Every error has a message. */
static inline const char *gist(test *t, const char *answer) {
  const char *code = part(t, answer, "error.code");
  if (code == NULL) return format(t, "%.3s", answer);
  assert_true(strlen(part(t, answer, "error.message")) > 2);
  const char *text = format(t, "%.3s %.*s", answer, (int)strlen(code) - 2, code + 1);
  for (int i = 0; part(t, answer, format(t, "error.errors[%d]", i)) != NULL; i++) {
    assert_true(strlen(part(t, answer, format(t, "error.errors[%d].code", i))) > 2);
    assert_true(strlen(part(t, answer, format(t, "error.errors[%d].message", i))) > 2);
    text = format(t, "%s %s", text, part(t, answer, format(t, "error.errors[%d].path", i)));
  }
  return text;
}

/* A table of requests, each with the gist of its answer. A 4xx must not have changed anything: run it
** ATTACHED. */
typedef struct request_case {
  const char *line, *body, *gist;
} request_case;

#define judge(t, cases) judge_cases(t, cases, sizeof(cases) / sizeof *(cases), __FILE__, __LINE__)

static inline void judge_cases(test *t, const request_case *cases, size_t count, const char *file, int line) {
  assert_non_null(t->db);
  for (size_t i = 0; i < count; i++) {
    int changes = sqlite3_total_changes(t->db);
    const char *answer = ask(t, cases[i].line, cases[i].body);
    const char *name = format(t, "%s %s", cases[i].line, cases[i].body == NULL ? "" : cases[i].body);
    test_same(gist(t, answer), cases[i].gist, name, file, line);
    if (*answer == '4') assert_int_equal(sqlite3_total_changes(t->db), changes);
  }
}

#endif
