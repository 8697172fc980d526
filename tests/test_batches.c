/* Large calls of new, known and deleted ids in every mixture and order: what each of them counts and changes,
** and in which order. Whatever the library does to look ids up together, or to insert records together, must
** not show. */
#include "test.h"

enum { IDS = 700, BATCH_MAX = 300 };

typedef struct batches {
  test *t;
  nangolite *store;
  test_random random;
  int versions[IDS]; /* 0: never saved */
  int is_deleted[IDS];
  int order[IDS]; /* the ids of the current batch, the first `count` of them */
  int count;
  char json[BATCH_MAX * 64];
  char expected[BATCH_MAX * 24], actual[BATCH_MAX * 24];
  const char *cursor; /* where the feed ended before the batch */
} batches;

/* Ids of which UTF-8 and UTF-16 have different orders, too. */
static int write_id(char *to, int id) {
  static const char *const kinds[] = {"", "z", "\xc3\xa9", "\xef\xbc\xa1", "\xf0\x9f\x98\x80"};
  return sprintf(to, "%s%d", kinds[id % 5], id);
}

/* A stretch of neighbours, in order or mixed, or ids from everywhere. */
static void choose_ids(batches *b) {
  int is_stretch = random_below(&b->random, 2) == 0;
  int is_mixed = !is_stretch || random_below(&b->random, 2) == 0;
  b->count = 1 + (int)random_below(&b->random, BATCH_MAX);
  int room = is_stretch ? b->count : IDS;
  int first = is_stretch ? (int)random_below(&b->random, (uint64_t)(IDS - room)) : 0;
  for (int i = 0; i < room; i++) b->order[i] = first + i;
  for (int i = 0; is_mixed && i < b->count; i++) {
    int other = i + (int)random_below(&b->random, (uint64_t)(room - i)), id = b->order[i];
    b->order[i] = b->order[other];
    b->order[other] = id;
  }
}

static void write_batch_json(batches *b, const int *versions) {
  char *at = b->json;
  for (int i = 0; i < b->count; i++) {
    at += sprintf(at, "%s{\"id\":\"", i == 0 ? "[" : ",");
    at += write_id(at, b->order[i]);
    at += sprintf(at, "\",\"version\":%d}", versions[i]);
  }
  sprintf(at, "]");
}

static void expect_change(batches *b, int id) {
  char *at = b->expected + strlen(b->expected);
  at += write_id(at, id);
  sprintf(at, " ");
}

/* Few change, or many. */
static nangolite_changes expect_saves(batches *b, int *versions) {
  nangolite_changes made = {0};
  uint64_t change_one_in = 1 + random_below(&b->random, 12);
  for (int i = 0; i < b->count; i++) {
    int id = b->order[i], was = b->versions[id];
    versions[i] = was == 0 || random_below(&b->random, change_one_in) == 0 ? was + 1 : was;
    if (was == 0 || b->is_deleted[id]) made.added++;
    else if (versions[i] != was) made.updated++;
    else made.unchanged++;
    if (was != versions[i] || b->is_deleted[id]) expect_change(b, id);
    b->versions[id] = versions[i];
    b->is_deleted[id] = 0;
  }
  return made;
}

static nangolite_changes expect_deletes(batches *b, int *versions) {
  nangolite_changes made = {0};
  for (int i = 0; i < b->count; i++) {
    int id = b->order[i];
    if (b->is_deleted[id]) made.unchanged++;
    else made.deleted++;
    if (!b->is_deleted[id]) expect_change(b, id);
    versions[i] = 0;
    if (b->versions[id] == 0) b->versions[id] = 1; /* a tombstone: the next save adds it */
    b->is_deleted[id] = 1;
  }
  return made;
}

/* The ids that follow the cursor, and the cursor behind them. */
static void read_changes(batches *b) {
  nangolite_scope issues = scope("Issue");
  nangolite_query query = {.cursor = b->cursor, .limit = 500};
  nangolite_page *page;
  char *at = b->actual;
  *at = '\0';
  OK_OF(b->store, nangolite_records_list(b->store, &issues, &query, &page));
  for (size_t i = 0; i < page->count; i++) at += sprintf(at, "%s ", page->records[i].id);
  if (page->count > 0) b->cursor = format(b->t, "%s", page->records[page->count - 1].cursor);
  nangolite_page_free(page);
}

static void write_and_compare(batches *b) {
  nangolite_scope issues = scope("Issue");
  nangolite_changes made, expected;
  int versions[BATCH_MAX], is_delete = random_below(&b->random, 6) == 0;
  *b->expected = '\0';
  choose_ids(b);
  expected = is_delete ? expect_deletes(b, versions) : expect_saves(b, versions);
  write_batch_json(b, versions);
  if (is_delete) OK_OF(b->store, nangolite_records_delete(b->store, &issues, b->json, -1, &made));
  else OK_OF(b->store, nangolite_records_save(b->store, &issues, b->json, -1, &made));
  SAME(changes_text(b->t, made), changes_text(b->t, expected));
  read_changes(b);
  SAME(b->actual, b->expected);
}

static void write_many(test *t, nangolite *store) {
  static batches b;
  b = (batches){.t = t, .store = store, .random = random_sequence()};
  for (int i = rounds(60); i > 0; i--) write_and_compare(&b);
}

TEST(test_large_calls_change_what_they_should_in_their_order) {
  write_many(t, t->store);
}

TEST(test_large_calls_are_right_in_a_database_of_utf_16) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "PRAGMA encoding = 'UTF-16le'", NULL, NULL, NULL), SQLITE_OK);
  nangolite *store = attach_store(t, db, NULL);
  OK_OF(store, nangolite_connection_create(store, "github", "user-1"));
  write_many(t, store);
  close_store(t, store);
  sqlite3_close(db);
}

TESTS(EVERYWHERE(test_large_calls_change_what_they_should_in_their_order),
      BARE(test_large_calls_are_right_in_a_database_of_utf_16))
