/* harness.c: what test.h promises to the tests. */
#define _POSIX_C_SOURCE 200809L

#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HANDLES_MAX 16
#define CONNECTION "github", "user-1"

/* Things that live until the test ends, in a list of each kind. */
typedef struct kept {
  struct kept *next;
  void *what;
} kept;

typedef enum test_kind { ON_NOTHING, ON_MEMORY, ON_ATTACHED, ON_A_FILE } test_kind;

struct test_private {
  test_kind kind;
  sqlite3_int64 memory_before;
  nangolite *others[HANDLES_MAX]; /* stores besides test.store */
  kept *strings, *pages, *files;
};

static void give_up(const char *file, int line) {
  _fail(file, line);
  abort(); /* not reached: _fail() leaves the test */
}

static void keep(kept **list, void *what) {
  kept *one = malloc(sizeof *one);
  if (one == NULL) abort();
  *one = (kept){*list, what};
  *list = one;
}

static void let_go(kept **list, void (*end)(void *what)) {
  while (*list != NULL) {
    kept *one = *list;
    *list = one->next;
    end(one->what);
    free(one);
  }
}

/* ---- text ---------------------------------------------------------------------------------------------- */

static char *keep_text(test *t, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL) abort();
  text[size] = '\0';
  keep(&t->mine->strings, text);
  return text;
}

const char *format(test *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *text = keep_text(t, (size_t)length);
  va_start(arguments, format);
  vsnprintf(text, (size_t)length + 1, format, arguments);
  va_end(arguments);
  return text;
}

static const char *replaced(test *t, const char *text, char from, char to) {
  if (text == NULL) return NULL;
  size_t length = strlen(text);
  char *copy = keep_text(t, length);
  for (size_t i = 0; i < length; i++) copy[i] = text[i] == from ? to : text[i];
  return copy;
}

const char *double_quoted(test *t, const char *text) {
  return replaced(t, text, '\'', '"');
}

const char *single_quoted(test *t, const char *text) {
  return replaced(t, text, '"', '\'');
}

const char *taken(test *t, char *result) {
  const char *copy = result == NULL ? NULL : format(t, "%s", result);
  nangolite_free(result);
  return copy;
}

static const char *past_space(const char *at) {
  return at + strspn(at, " \t\r\n,:");
}

/* Past the value at `at`: a string, a container with all that is in it, or anything up to the next
** separator. */
static const char *past_value(const char *at) {
  int depth = 0;
  do {
    if (*at == '\0') return at;
    if (*at == '"') {
      for (at++; *at != '"' && *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0') at++;
      }
      if (*at != '\0') at++;
    } else if (*at == '{' || *at == '[') {
      depth++;
      at++;
    } else if (*at == '}' || *at == ']') {
      depth--;
      at++;
    } else {
      at += strcspn(at, ",:]} \t\r\n");
    }
    if (depth > 0) at = past_space(at);
  } while (depth > 0);
  return at;
}

/* The element of that number in the array at `at`, or NULL. */
static const char *element_at(const char *at, long number) {
  if (*at != '[') return NULL;
  at = past_space(at + 1);
  for (; number > 0 && *at != ']' && *at != '\0'; number--) at = past_space(past_value(at));
  return *at == ']' || *at == '\0' ? NULL : at;
}

static const char *member_at(const char *at, const char *key, size_t length) {
  if (*at != '{') return NULL;
  at = past_space(at + 1);
  while (*at == '"') {
    const char *end = past_value(at);
    const char *value = past_space(end);
    if ((size_t)(end - at) == length + 2 && memcmp(at + 1, key, length) == 0) return value;
    at = past_space(past_value(value));
  }
  return NULL;
}

const char *member(test *t, const char *json, const char *path) {
  int is_written_here = json != NULL && strchr(json, '"') == NULL;
  const char *at = json == NULL ? NULL : past_space(is_written_here ? double_quoted(t, json) : json);
  while (at != NULL && *path != '\0') {
    if (*path == '[') {
      char *end;
      at = element_at(at, strtol(path + 1, &end, 10));
      path = *end == ']' ? end + 1 : end;
    } else {
      path += *path == '.';
      size_t length = strcspn(path, ".[");
      at = member_at(at, path, length);
      path += length;
    }
  }
  if (at == NULL) return NULL;
  return single_quoted(t, format(t, "%.*s", (int)(past_value(at) - at), at));
}

/* ---- judging ------------------------------------------------------------------------------------------- */

void test_result(nangolite *store, int result, int expected, const char *call, const char *file, int line) {
  const char *message = store == NULL ? "(no store)" : nangolite_errmsg(store);
  if (result != expected) {
    print_error("%s gave %s, not %s: %s\n", call, nangolite_result_name(result),
                nangolite_result_name(expected), message);
    give_up(file, line);
  }
  if (result != NANGOLITE_OK && store != NULL && (message == NULL || message[0] == '\0')) {
    print_error("%s failed as it should, but without a message\n", call);
    give_up(file, line);
  }
}

void test_says(test *t, const char *part, const char *file, int line) {
  const char *message = nangolite_errmsg(t->store);
  if (strstr(single_quoted(t, message), single_quoted(t, part)) != NULL) return;
  print_error("the message is '%s', and does not say '%s'\n", message, part);
  give_up(file, line);
}

static int quoted_equal(const char *a, const char *b) {
  for (; *a != '\0' && *b != '\0'; a++, b++) {
    if ((*a == '"' ? '\'' : *a) != (*b == '"' ? '\'' : *b)) return 0;
  }
  return *a == *b;
}

void test_same(const char *actual, const char *expected, const char *what, const char *file, int line) {
  if (actual == expected) return;
  if (actual != NULL && expected != NULL && quoted_equal(actual, expected)) return;
  print_error("%s is\n  %s\nbut should be\n  %s\n", what, actual == NULL ? "NULL" : actual,
              expected == NULL ? "NULL" : expected);
  give_up(file, line);
}

static void make_sure(int fact, const char *words, const char *file, int line) {
  if (fact) return;
  print_error("%s\n", words);
  give_up(file, line);
}

/* ---- records ------------------------------------------------------------------------------------------- */

nangolite_scope scope(const char *model) {
  nangolite_scope here = {CONNECTION, model, NULL};
  return here;
}

const char *changes_text(test *t, nangolite_changes changes) {
  const struct {
    int64_t count;
    const char *name;
  } counts[] = {{changes.added, "added"},     {changes.updated, "updated"},
                {changes.deleted, "deleted"}, {changes.unchanged, "unchanged"},
                {changes.skipped, "skipped"}, {changes.duplicates, "duplicates"}};
  const char *text = "";
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    if (counts[i].count == 0) continue;
    text =
      format(t, "%s%s%lld %s", text, *text == '\0' ? "" : ", ", (long long)counts[i].count, counts[i].name);
  }
  return *text == '\0' ? "nothing" : text;
}

const char *test_change(test *t, test_changing change, const char *model, const char *json, const char *file,
                        int line) {
  nangolite_scope here = scope(model);
  nangolite_changes changes;
  test_result(t->store, change(t->store, &here, double_quoted(t, json), -1, &changes), NANGOLITE_OK, json,
              file, line);
  return changes_text(t, changes);
}

static const nangolite_page *list(test *t, nangolite *store, nangolite_scope here,
                                  const nangolite_query *query, const char *file, int line) {
  nangolite_page *page = NULL;
  test_result(store, nangolite_records_list(store, &here, query, &page), NANGOLITE_OK, "listing", file, line);
  make_sure(page != NULL, "listing gave no page", file, line);
  keep(&t->mine->pages, page);
  return page;
}

/* What holds for every record that is read, given the stamp of the one before. */
static void look_at(const nangolite_record *one, int64_t stamp_before, const char *file, int line) {
  int deleted = strcmp(one->last_action, "DELETED") == 0;
  make_sure(one->last_modified_at > stamp_before, "a stamp is not greater than the one before it", file,
            line);
  make_sure(one->first_seen_at <= one->last_modified_at, "first_seen_at is later than last_modified_at", file,
            line);
  make_sure(deleted == (one->deleted_at != 0), "deleted_at and last_action do not agree", file, line);
  make_sure(strlen(one->payload) == one->payload_length, "payload_length is not the length of the payload",
            file, line);
  make_sure(one->cursor != NULL && one->cursor[0] != '\0', "a record has no cursor", file, line);
}

const char *test_feed(test *t, nangolite *store, nangolite_scope here, const nangolite_query *query,
                      const char *file, int line) {
  nangolite_query next = {0};
  if (query != NULL) next = *query;
  if (query != NULL && query->cursor != NULL) next.cursor = double_quoted(t, query->cursor);
  int64_t stamp = 0;
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  do {
    const nangolite_page *page = list(t, store, here, &next, file, line);
    make_sure(page->count > 0 || page->next_cursor == NULL, "an empty page says that more follows", file,
              line);
    for (size_t i = 0; i < page->count; i++) {
      const nangolite_record *one = &page->records[i];
      look_at(one, stamp, file, line);
      fprintf(out, "%s%s %s%s %s", stamp == 0 ? "" : "; ", one->id, one->last_action,
              one->pruned_at != 0 ? " pruned" : "", one->payload);
      stamp = one->last_modified_at;
    }
    next.cursor = page->next_cursor;
  } while (next.cursor != NULL);
  fclose(out);
  keep(&t->mine->strings, text);
  return single_quoted(t, text);
}

const nangolite_record *test_record(test *t, const char *model, const char *id, const char *file, int line) {
  nangolite_query query = {.ids = &id, .id_count = 1};
  const nangolite_page *page = list(t, t->store, scope(model), &query, file, line);
  make_sure(page->count <= 1, "one id gave several records", file, line);
  if (page->count == 0) return NULL;
  look_at(page->records, 0, file, line);
  return page->records;
}

const char *test_end_of_feed(test *t, const char *model, const char *file, int line) {
  nangolite_query next = {.limit = 500};
  const char *end = NULL;
  do {
    const nangolite_page *page = list(t, t->store, scope(model), &next, file, line);
    if (page->count > 0) end = page->records[page->count - 1].cursor;
    next.cursor = page->next_cursor;
  } while (next.cursor != NULL);
  return end;
}

int64_t test_live(test *t, const char *model, const char *file, int line) {
  nangolite_scope here = scope(model);
  int64_t count = -1;
  test_result(t->store, nangolite_records_count(t->store, &here, &count, NULL), NANGOLITE_OK, "counting",
              file, line);
  return count;
}

/* ---- stores -------------------------------------------------------------------------------------------- */

const char *temporary(test *t) {
  static int made = 0;
  const char *build = getenv("B");
  if (build == NULL) build = "build";
  mkdir(build, 0777);
  const char *directory = format(t, "%s/tmp", build);
  mkdir(directory, 0777);
  const char *path = format(t, "%s/%ld-%d.db", directory, (long)getpid(), ++made);
  keep(&t->mine->files, (void *)(uintptr_t)path);
  return path;
}

static void prepare(nangolite *store, const nangolite_options *options, const char *file, int line) {
  if (options == NULL || options->clock == NULL) nangolite_clock_set(store, HALF_PAST_TEN);
  if (options != NULL && options->read_only) return;
  test_result(store, nangolite_connection_create(store, CONNECTION), NANGOLITE_OK, "making the connection",
              file, line);
}

static nangolite *keep_store(test *t, nangolite *store, const char *file, int line) {
  for (int i = 0; i < HANDLES_MAX; i++) {
    if (t->mine->others[i] != NULL) continue;
    t->mine->others[i] = store;
    return store;
  }
  nangolite_close(store);
  make_sure(0, "too many stores in one test", file, line);
  return NULL;
}

/* Opens or, with a db, attaches. The store is kept before it is judged, so that it is closed whatever
** comes. */
static nangolite *start(test *t, const char *path, sqlite3 *db, const nangolite_options *options,
                        const char *file, int line) {
  nangolite *store = NULL;
  int result = db == NULL ? nangolite_open(path, options, &store) : nangolite_attach(db, options, &store);
  if (store != NULL) keep_store(t, store, file, line);
  test_result(store, result, NANGOLITE_OK, db == NULL ? "nangolite_open" : "nangolite_attach", file, line);
  make_sure(store != NULL, "opened without a store", file, line);
  prepare(store, options, file, line);
  return store;
}

nangolite *test_open(test *t, const char *path, const nangolite_options *options, const char *file,
                     int line) {
  return start(t, path, NULL, options, file, line);
}

nangolite *test_attach(test *t, sqlite3 *db, const nangolite_options *options, const char *file, int line) {
  return start(t, NULL, db, options, file, line);
}

/* No longer among those that are closed at the end. */
static void forget_store(test *t, nangolite *store) {
  if (t->store == store) t->store = NULL;
  for (int i = 0; i < HANDLES_MAX; i++) {
    if (t->mine->others[i] == store) t->mine->others[i] = NULL;
  }
}

void close_store(test *t, nangolite *store) {
  forget_store(t, store);
  nangolite_close(store);
}

/* test.store is in a place of its own. */
static void begin_store(test *t, const nangolite_options *options, const char *file, int line) {
  nangolite *store = start(t, t->path, t->db, options, file, line);
  forget_store(t, store);
  t->store = store;
}

void test_reopen(test *t, const nangolite_options *options, const char *file, int line) {
  if (t->store != NULL) close_store(t, t->store);
  begin_store(t, options, file, line);
}

/* ---- before and after a test --------------------------------------------------------------------------- */

static test *new_test(test_kind kind) {
  test *t = calloc(1, sizeof *t);
  if (t != NULL) t->mine = calloc(1, sizeof *t->mine);
  if (t == NULL || t->mine == NULL) abort();
  t->mine->kind = kind;
  t->mine->memory_before = sqlite3_memory_used();
  t->path = ":memory:";
  return t;
}

static int set_up(void **state, test_kind kind) {
  test *t = new_test(kind);
  *state = t;
  if (kind == ON_A_FILE) t->path = temporary(t);
  if (kind == ON_ATTACHED && sqlite3_open(":memory:", &t->db) != SQLITE_OK) return -1;
  if (kind != ON_NOTHING) begin_store(t, NULL, __FILE__, __LINE__);
  return 0;
}

int test_on_nothing(void **state) {
  return set_up(state, ON_NOTHING);
}

int test_on_memory(void **state) {
  return set_up(state, ON_MEMORY);
}

int test_on_attached(void **state) {
  return set_up(state, ON_ATTACHED);
}

int test_on_file(void **state) {
  return set_up(state, ON_A_FILE);
}

static void end_page(void *page) {
  nangolite_page_free(page);
}

static void end_file(void *path) {
  static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
  char name[1024];
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    snprintf(name, sizeof name, "%s%s", (const char *)path, endings[i]);
    unlink(name);
  }
}

static void check_sound(nangolite *store, const char *file, int line) {
  char *reason = NULL;
  test_result(store, nangolite_check(store, &reason), NANGOLITE_OK, "nangolite_check", file, line);
  if (reason == NULL) return;
  print_error("the store is not sound: %s\n", reason);
  nangolite_free(reason);
  give_up(file, line);
}

static void close_all(test *t) {
  for (int i = 0; i < HANDLES_MAX; i++) {
    if (t->mine->others[i] != NULL) close_store(t, t->mine->others[i]);
  }
  if (t->store != NULL) close_store(t, t->store);
}

/* After a test that passed: what its store left behind. */
void test_finish(test *t, const char *file, int line) {
  let_go(&t->mine->pages, end_page);
  for (int i = 0; i < HANDLES_MAX; i++) {
    if (t->mine->others[i] != NULL) check_sound(t->mine->others[i], file, line);
  }
  if (t->store != NULL) check_sound(t->store, file, line);
  close_all(t);
  if (t->db != NULL) {
    make_sure(sqlite3_next_stmt(t->db, NULL) == NULL, "a statement is left open", file, line);
    make_sure(sqlite3_get_autocommit(t->db), "a transaction is left open", file, line);
    make_sure(sqlite3_close(t->db) == SQLITE_OK, "the caller's connection does not close", file, line);
    t->db = NULL;
  }
  plain_finish(t->mine->memory_before, file, line);
}

/* After every test; one that failed may have left anything. */
int test_clean_up(void **state) {
  test *t = *state;
  let_go(&t->mine->pages, end_page);
  close_all(t);
  sqlite3_close_v2(t->db);
  let_go(&t->mine->files, end_file);
  let_go(&t->mine->strings, free);
  free(t->mine);
  free(t);
  return 0;
}
