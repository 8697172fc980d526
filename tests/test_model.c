/* Random operations on a store and on a plain model of it, which must agree in everything after each. */
#define _POSIX_C_SOURCE 200809L

#include "dump.h"
#include "value.h"

#include <time.h>

enum { COLLECTIONS = 4, IDS = 12, CURSORS = 64, LIST_MAX = 500 };

static const nangolite_scope places[COLLECTIONS] = {{"github", "user-1", "Issue", NULL},
                                                    {"github", "user-1", "Issue", "v"},
                                                    {"github", "user-1", "Label", "BASE"},
                                                    {"slack", "u", "Issue", "base"}};
static const char *const id_texts[IDS] = {"0", "1", "2",  "7",        "-0", "1.0", "12345678901234567890",
                                          "a", "b", "||", "\xc3\xa9", "7 "};

/* One record. `text` NULL: known by its value alone. */
typedef struct entry {
  int exists, quoted; /* quoted: the id is a string */
  const value *value; /* without the id; what was lost too */
  const char *text;
  const char *last_action;
  int64_t first_seen_at, last_modified_at, deleted_at, pruned_at;
} entry;

typedef struct cursor {
  const char *text;
  int64_t stamp;
} cursor;

typedef struct model {
  entry entries[COLLECTIONS][IDS];
  int64_t last_stamp;
} model;

static model now, before; /* `before`: at the caller's BEGIN */
static int64_t clock_now;
static cursor cursors[CURSORS];
static size_t cursor_count;
static test_random r;

static int64_t next_stamp(void) {
  now.last_stamp = clock_now > now.last_stamp ? clock_now : now.last_stamp + 1;
  return now.last_stamp;
}

/* ---- what an operation does to one record ---- */

typedef struct incoming {
  int id, quoted;
  const value *value;
  const char *text;
} incoming;

static void change(entry *e, const char *action, const value *to, const char *text) {
  int64_t stamp = next_stamp();
  if (!e->exists || strcmp(action, "ADDED") == 0) e->first_seen_at = stamp;
  e->exists = 1;
  e->last_action = action;
  e->last_modified_at = stamp;
  e->deleted_at = strcmp(action, "DELETED") == 0 ? stamp : 0;
  if (e->deleted_at == 0) e->pruned_at = 0;
  e->value = to;
  e->text = text;
}

/* Nothing changed; but a payload that was lost comes back, and another type of id is stored. */
static void unchanged(entry *e, const incoming *with, nangolite_changes *changes) {
  changes->unchanged++;
  if (e->pruned_at != 0) {
    e->pruned_at = 0;
    e->text = with->text;
  } else if (e->quoted != with->quoted) {
    e->text = NULL;
  }
  e->quoted = with->quoted;
}

static void model_save(entry *e, const incoming *with, nangolite_changes *changes) {
  if (e->exists && e->deleted_at == 0 && value_equal(e->value, with->value)) {
    unchanged(e, with, changes);
    return;
  }
  int added = !e->exists || e->deleted_at != 0;
  change(e, added ? "ADDED" : "UPDATED", with->value, with->text);
  e->quoted = with->quoted;
  *(added ? &changes->added : &changes->updated) += 1;
}

static void model_update(entry *e, const incoming *with, nangolite_changes *changes) {
  if (!e->exists || e->deleted_at != 0) {
    changes->skipped++;
    return;
  }
  if (with->value->first == NULL) { /* nothing but the id */
    changes->unchanged++;
    return;
  }
  const value *merged = e->pruned_at != 0 ? with->value : value_merged(e->value, with->value);
  if (value_equal(e->value, merged)) {
    unchanged(e, with, changes);
    return;
  }
  change(e, "UPDATED", merged, e->pruned_at != 0 ? with->text : NULL);
  e->quoted = with->quoted;
  changes->updated++;
}

static void model_delete(entry *e, const incoming *with, nangolite_changes *changes) {
  if (e->exists && e->deleted_at != 0) {
    changes->unchanged++;
    return;
  }
  if (!e->exists) {
    e->quoted = with->quoted;
    change(e, "DELETED", value_new('{', NULL, NULL), NULL);
  } else {
    change(e, "DELETED", e->value, e->text);
  }
  changes->deleted++;
}

/* ---- comparing ---- */

static const char *name_of(int id) {
  return id_texts[id];
}

/* A payload: the id it has, and its value without it. */
static const value *payload_value(test *t, const nangolite_record *one, value *id) {
  const char *at = one->payload;
  value *whole = read_value(t, &at, NULL);
  *id = *value_member(whole, "id");
  value_remove(whole, "id");
  return whole;
}

static void compare_record(test *t, const nangolite_record *one, entry *e, int id) {
  size_t mark = values_used;
  value written;
  const value *got = payload_value(t, one, &written);
  assert_string_equal(one->id, name_of(id));
  assert_string_equal(one->last_action, e->last_action);
  assert_int_equal(one->first_seen_at, e->first_seen_at);
  assert_int_equal(one->last_modified_at, e->last_modified_at);
  assert_int_equal(one->deleted_at, e->deleted_at);
  assert_int_equal(one->pruned_at, e->pruned_at);
  assert_string_equal(written.text, name_of(id));
  assert_int_equal(written.kind == '"', e->quoted);
  if (e->pruned_at != 0) {
    assert_null(got->first);
  } else {
    assert_true(value_equal(got, e->value));
    if (e->text != NULL) assert_string_equal(one->payload, e->text);
    else e->text = format(t, "%s", one->payload); /* from now on it is known */
  }
  values_used = mark;
}

static int matches(const entry *e, const nangolite_query *query, int id, int64_t after) {
  if (!e->exists || e->last_modified_at <= after) return 0;
  if (query->filter != NULL) {
    char lower[8] = {0};
    for (size_t i = 0; e->last_action[i] != '\0'; i++) lower[i] = (char)(e->last_action[i] | 0x20);
    if (strstr(query->filter, lower) == NULL) return 0;
  }
  for (size_t i = 0; i < query->id_count; i++) {
    if (strcmp(query->ids[i], name_of(id)) == 0) return 1;
  }
  return query->id_count == 0;
}

/* The matching record with the next stamp; -1: none. */
static int next_match(entry *entries, const nangolite_query *query, int64_t after) {
  int best = -1;
  for (int id = 0; id < IDS; id++) {
    if (!matches(&entries[id], query, id, after)) continue;
    if (best < 0 || entries[id].last_modified_at < entries[best].last_modified_at) best = id;
  }
  return best;
}

static void keep_cursor(test *t, const nangolite_record *one) {
  cursors[cursor_count++ % CURSORS] = (cursor){format(t, "%s", one->cursor), one->last_modified_at};
}

/* Lists one page and compares it. */
static void compare_page(test *t, int place, const nangolite_query *query, int64_t after) {
  entry *entries = now.entries[place];
  nangolite_page *page;
  OK(nangolite_records_list(t->store, &places[place], query, &page));
  for (size_t i = 0; i < page->count; i++) {
    int id = next_match(entries, query, after);
    assert_true(id >= 0);
    compare_record(t, &page->records[i], &entries[id], id);
    after = entries[id].last_modified_at;
    if (random_below(&r, 8) == 0) keep_cursor(t, &page->records[i]);
  }
  int more = next_match(entries, query, after) >= 0;
  assert_int_equal(page->next_cursor != NULL, more);
  if (more) assert_int_equal(page->count, query->limit == 0 ? 100 : query->limit);
  if (more) assert_string_equal(page->next_cursor, page->records[page->count - 1].cursor);
  nangolite_page_free(page);
}

static void compare_count(test *t, int place) {
  int64_t live_records, bytes, expected_live = 0, expected_bytes = 0;
  OK(nangolite_records_count(t->store, &places[place], &live_records, &bytes));
  for (int id = 0; id < IDS; id++) {
    const entry *e = &now.entries[place][id];
    if (!e->exists) continue;
    expected_live += e->deleted_at == 0;
    if (e->pruned_at == 0) expected_bytes += (int64_t)strlen(e->text);
  }
  assert_int_equal(live_records, expected_live);
  assert_int_equal(bytes, expected_bytes);
}

static void compare(test *t, int place) {
  static const nangolite_query all = {0};
  compare_page(t, place, &all, 0);
  compare_count(t, place);
}

/* ---- the operations ---- */

static const char *written_record(test *t, const incoming *with, int metadata) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  value whole = *value_copy(with->value),
        id = {with->quoted ? '"' : 'n', name_of(with->id), "id", NULL, NULL};
  if (random_below(&r, 2) == 0) id.next = whole.first, whole.first = &id;
  else value_add(&whole, &id);
  write_value(&r, out, &whole);
  fclose(out);
  const char *copy =
    format(t, metadata ? "%.*s,\"_nango_metadata\":{\"x\":[1]}}" : "%.*s}", (int)length - 1, text);
  free(text);
  return copy;
}

static incoming random_incoming(test *t, int *metadata) {
  incoming with = {.id = (int)random_below(&r, IDS)};
  with.quoted = name_of(with.id)[0] >= 'a' || strchr(name_of(with.id), '|') ||
                strchr(name_of(with.id), ' ') || (unsigned char)name_of(with.id)[0] >= 0x80 ||
                random_below(&r, 3) == 0;
  with.value = value_random_record(&r);
  *metadata = random_below(&r, 10) == 0;
  with.text = written_record(t, &with, 0);
  return with;
}

/* Now and then exactly what is there, so that there is something unchanged. */
static void repeat_stored(test *t, incoming *with, int place) {
  const entry *e = &now.entries[place][with->id];
  if (!e->exists || random_below(&r, 3) > 0) return;
  with->value = e->value;
  with->text = written_record(t, with, 0);
}

typedef void model_fn(entry *, const incoming *, nangolite_changes *);
typedef int store_fn(nangolite *, const nangolite_scope *, const char *, int64_t, nangolite_changes *);

static void write_some(test *t, int place, model_fn *to_model, store_fn *to_store) {
  nangolite_changes expected = {0}, changes;
  int seen[IDS] = {0};
  const char *json = "";
  uint64_t count = random_below(&r, 5);
  for (uint64_t i = 0; i < count; i++) {
    int metadata;
    incoming with = random_incoming(t, &metadata);
    repeat_stored(t, &with, place);
    const char *text = with.text;
    if (metadata) text = format(t, "%.*s,\"_nango_metadata\":{\"x\":[1]}}", (int)strlen(text) - 1, text);
    json = format(t, "%s%s%s", json, i > 0 ? "," : "", text);
    if (seen[with.id]++) expected.duplicates++;
    else to_model(&now.entries[place][with.id], &with, &expected);
  }
  json = count == 1 && random_below(&r, 2) == 0 ? json : format(t, "[%s]", json);
  OK(to_store(t->store, &places[place], json, -1, &changes));
  SAME(changes_text(t, changes), changes_text(t, expected));
}

static int next_payload(const entry *entries, int64_t until) {
  int best = -1;
  for (int id = 0; id < IDS; id++) {
    const entry *e = &entries[id];
    if (!e->exists || e->pruned_at != 0 || e->last_modified_at > until) continue;
    if (best < 0 || e->last_modified_at < entries[best].last_modified_at) best = id;
  }
  return best;
}

static void prune_some(test *t, int place) {
  cursor until = {NULL, INT64_MAX};
  if (cursor_count > 0 && random_below(&r, 3) > 0)
    until = cursors[random_below(&r, cursor_count < CURSORS ? cursor_count : CURSORS)];
  int64_t limit = (int64_t)random_below(&r, 4), count, expected = 0;
  int has_more, id;
  entry *entries = now.entries[place];
  while ((limit == 0 || expected < limit) && (id = next_payload(entries, until.stamp)) >= 0) {
    entries[id].pruned_at = clock_now;
    expected++;
  }
  OK(nangolite_records_prune(t->store, &places[place], until.text, limit, &count, &has_more));
  assert_int_equal(count, expected);
  assert_int_equal(has_more, next_payload(entries, until.stamp) >= 0);
}

static void maintain_all(test *t) {
  int64_t slice = 1 + (int64_t)random_below(&r, 5), pruned, deleted, all = 0, expected = 0;
  do {
    OK(nangolite_maintain(t->store, slice, &pruned, &deleted));
    assert_true(pruned <= slice);
    assert_true(deleted == 0 || pruned == 0); /* free pages that went back: there is nothing to delete */
    all += pruned;
  } while (pruned + deleted > 0);
  for (int place = 0; place < COLLECTIONS; place++) {
    for (int id = 0; id < IDS; id++) {
      entry *e = &now.entries[place][id];
      if (!e->exists || e->pruned_at != 0 || e->last_modified_at > clock_now - DAYS(30)) continue;
      e->pruned_at = clock_now;
      expected++;
    }
  }
  assert_int_equal(all, expected);
}

static const char *time_text(test *t, int64_t stamp) {
  time_t seconds = (time_t)(stamp / 1000000);
  struct tm parts;
  char text[32];
  gmtime_r(&seconds, &parts);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return format(t, "%s.%06dZ", text, (int)(stamp % 1000000));
}

static void list_some(test *t, int place) {
  nangolite_query query = {.limit = (int)random_below(&r, 8)};
  const char *wanted[4];
  int64_t after = 0;
  if (random_below(&r, 3) == 0) {
    query.filter =
      PICK(&r, "added", "updated", "deleted", "added,updated", "deleted,added", "updated,deleted,added");
  }
  if (cursor_count > 0 && random_below(&r, 2) == 0) {
    cursor from = cursors[random_below(&r, cursor_count < CURSORS ? cursor_count : CURSORS)];
    query.cursor = from.text;
    after = from.stamp;
  }
  if (now.last_stamp > 0 && random_below(&r, 4) == 0) {
    int64_t time = now.last_stamp - (int64_t)random_below(&r, 20) * (random_below(&r, 2) == 0 ? 1 : DAYS(1));
    query.modified_after = time_text(t, time);
    if (time > after) after = time;
  }
  if (random_below(&r, 3) == 0) {
    query.ids = wanted;
    query.id_count = 1 + random_below(&r, 4);
    for (size_t i = 0; i < query.id_count; i++) wanted[i] = name_of((int)random_below(&r, IDS));
  }
  compare_page(t, place, &query, after);
}

static void move_clock(test *t) {
  uint64_t how = random_below(&r, 10);
  if (how < 4) clock_now += (int64_t)random_below(&r, 5000);
  else if (how < 6) clock_now += DAYS(11) + (int64_t)random_below(&r, 1000000007);
  else if (how < 7) clock_now -= DAYS(2) + (int64_t)random_below(&r, 1000000007);
  nangolite_clock_set(t->store, clock_now);
}

/* The caller's transactions, where there is a caller. */
static void caller_acts(test *t) {
  if (t->db == NULL) return;
  if (sqlite3_get_autocommit(t->db)) {
    before = now;
    assert_int_equal(sqlite3_exec(t->db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
  } else if (random_below(&r, 2) == 0) {
    assert_int_equal(sqlite3_exec(t->db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  } else {
    assert_int_equal(sqlite3_exec(t->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    now = before;
    cursor_count = 0; /* its stamps may be given again */
  }
}

/* The store becomes what its dump says, which is what it was. */
static void load_again(test *t) {
  const char *dump = full(t, t->store), *content = plain(t, t->store);
  OK(nangolite_connection_delete(t->store, "github", "user-1"));
  OK(nangolite_connection_delete(t->store, "slack", "u"));
  load_dump(t, t->store, dump);
  SAME(plain(t, t->store), content);
}

static void open_again(test *t) {
  if (t->db != NULL || strcmp(t->path, ":memory:") == 0) return;
  reopen(t, NULL);
  nangolite_clock_set(t->store, clock_now);
}

static void act(test *t) {
  int place = (int)random_below(&r, COLLECTIONS);
  uint64_t what = random_below(&r, 100);
  if (what < 30) write_some(t, place, model_save, nangolite_records_save);
  else if (what < 48) write_some(t, place, model_update, nangolite_records_update);
  else if (what < 58) write_some(t, place, model_delete, nangolite_records_delete);
  else if (what < 66) prune_some(t, place);
  else if (what < 84) list_some(t, place);
  else if (what < 92) move_clock(t);
  else if (what < 94) maintain_all(t);
  else if (what < 98) caller_acts(t);
  else if (what < 99) load_again(t);
  else open_again(t);
  compare(t, place);
}

static void check_all(test *t) {
  char *reason;
  for (int place = 0; place < COLLECTIONS; place++) compare(t, place);
  OK(nangolite_check(t->store, &reason));
  SAME(taken(t, reason), NULL);
}

static void play(test *t, test_random seed) {
  memset(&now, 0, sizeof now);
  clock_now = HALF_PAST_TEN;
  cursor_count = values_used = 0;
  r = seed;
  OK(nangolite_connection_create(t->store, "slack", "u"));
  for (int i = 0, n = rounds(1500); i < n; i++) {
    act(t);
    if (i % 100 == 99) check_all(t);
  }
  if (t->db != NULL) sqlite3_exec(t->db, "COMMIT", NULL, NULL, NULL);
  check_all(t);
  free(values);
  values = NULL;
}

TEST(test_random_operations_agree_with_the_model) {
  play(t, random_sequence());
}

TEST(test_the_same_operations_agree_with_the_model_each_time) {
  play(t, (test_random){20240115});
}

TESTS(EVERYWHERE(test_random_operations_agree_with_the_model),
      EVERYWHERE(test_the_same_operations_agree_with_the_model_each_time))
