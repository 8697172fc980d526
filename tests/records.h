/* records.h: more helpers for tests of records. Unless they name another model, they mean Issue. */
#ifndef NANGOLITE_TEST_RECORDS_H
#define NANGOLITE_TEST_RECORDS_H

#include <stdlib.h>

#include "test.h"

static const nangolite_scope issues = {"github", "user-1", "Issue", NULL};

/* The ids of one page, and "..." where a next cursor says that more follow: "1 2 3 ...". */
#define ids(t, query) test_ids(t, issues, query, __FILE__, __LINE__)
#define ids_of(t, scope, query) test_ids(t, scope, query, __FILE__, __LINE__)

static inline const char *test_ids(test *t, nangolite_scope where, const nangolite_query *query,
                                   const char *file, int line) {
  nangolite_page *page = NULL;
  test_result(t->store, nangolite_records_list(t->store, &where, query, &page), NANGOLITE_OK, "listing", file,
              line);
  const char *text = "";
  for (size_t i = 0; i < page->count; i++)
    text = format(t, "%s%s%s", text, i ? " " : "", page->records[i].id);
  if (page->next_cursor != NULL) text = format(t, "%s ...", text);
  nangolite_page_free(page);
  return text;
}

/* Prunes and says how many, and whether there are more: "3", "2 ...". */
#define prune(t, until_cursor, limit) test_prune(t, issues, until_cursor, limit, __FILE__, __LINE__)

static inline const char *test_prune(test *t, nangolite_scope where, const char *until_cursor, int64_t limit,
                                     const char *file, int line) {
  int64_t count = -1;
  int has_more = -1;
  test_result(t->store, nangolite_records_prune(t->store, &where, until_cursor, limit, &count, &has_more),
              NANGOLITE_OK, "pruning", file, line);
  return format(t, has_more ? "%lld ..." : "%lld", (long long)count);
}

/* A record's payload, NULL where there is no record; and the same without blanks, for a pruned record. */
#define payload(t, id) test_payload(record(t, "Issue", id))
#define emptied(t, id) test_without_blanks(t, test_payload(record(t, "Issue", id)))

static inline const char *test_payload(const nangolite_record *one) {
  return one == NULL ? NULL : one->payload;
}

static inline const char *test_without_blanks(test *t, const char *json) {
  if (json == NULL) return NULL;
  char *copy = (char *)(uintptr_t)format(t, "%s", json), *to = copy;
  for (const char *from = copy; *from != '\0'; from++) {
    if (*from != ' ') *to++ = *from;
  }
  *to = '\0';
  return copy;
}

/* Saves these bytes, in which ' is no ", and returns the result. */
static inline int save_bytes(test *t, const char *json, size_t length) {
  return nangolite_records_save(t->store, &issues, json, (int64_t)length, NULL);
}

static inline int save_text(test *t, const char *json) {
  return nangolite_records_save(t->store, &issues, double_quoted(t, json), -1, NULL);
}

/* The call must be refused as invalid, with these words in the message. */
#define REFUSED(call, words)                                                                                 \
  do {                                                                                                       \
    FAILS(NANGOLITE_INVALID, call);                                                                          \
    SAYS(words);                                                                                             \
  } while (0)

/* A record's metadata, times as days and microseconds since HALF_PAST_TEN:
** "ADDED, first 0d+0, last 0d+0", "DELETED, first 0d+0, last 1d+0, deleted 1d+0, pruned 2d+0". */
#define metadata(t, id) test_metadata(t, record(t, "Issue", id))

static inline const char *test_since(test *t, int64_t time) {
  int64_t passed = time - HALF_PAST_TEN;
  return format(t, "%lldd+%lld", (long long)(passed / DAYS(1)), (long long)(passed % DAYS(1)));
}

static inline const char *test_metadata(test *t, const nangolite_record *one) {
  if (one == NULL) return "none";
  const char *text = format(t, "%s, first %s, last %s", one->last_action, test_since(t, one->first_seen_at),
                            test_since(t, one->last_modified_at));
  if (one->deleted_at != 0) text = format(t, "%s, deleted %s", text, test_since(t, one->deleted_at));
  if (one->pruned_at != 0) text = format(t, "%s, pruned %s", text, test_since(t, one->pruned_at));
  return text;
}

#endif
