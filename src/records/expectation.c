#include "records/expectation.h"

#include "json/json_difference.h"
#include "records/feed.h"
#include "records/payload.h"

enum {
  EXPECTATION_RECORDS = 20,   /* wrong records that the report shows */
  EXPECTATION_VALUE_MAX = 200 /* bytes of a record that the report shows */
};

#define EXPECTATION_LIVE (FEED_ACTION(ACTION_ADDED) | FEED_ACTION(ACTION_UPDATED))

typedef struct expectation {
  nangolite *store;
  entries known;
  const batch *expected;
  unsigned char *is_met; /* for each expected record, whether it was found */
  int64_t live, wrong;
  text details;
} expectation;

/* The position of the expected record with this id, or `count` where there is none. */
static size_t expectation_find(const batch *b, slice id) {
  size_t low = 0, high = b->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = slice_compare(id, b->items[b->by_id[middle]].id);
    if (order == 0) return b->by_id[middle];
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return b->count;
}

/* Counts a wrong record, and returns whether the report shows it. */
static int expectation_tells(expectation *e) {
  return e->wrong++ < EXPECTATION_RECORDS;
}

static void expectation_tell(expectation *e, const char *what, slice id, slice payload) {
  if (!expectation_tells(e)) return;
  text_append_string(&e->details, what);
  text_append(&e->details, id.at, id.length);
  text_append_string(&e->details, ": ");
  json_difference_append_value(payload, EXPECTATION_VALUE_MAX, &e->details);
  text_append(&e->details, "\n", 1);
}

static void expectation_tell_different(expectation *e, const record_row *found, slice expected) {
  static const char *const ignored[] = {"id", PAYLOAD_METADATA, NULL};
  if (!expectation_tells(e)) return;
  text_append_string(&e->details, "  ");
  text_append(&e->details, found->id.at, found->id.length);
  if (row_key_is_pruned(found->key)) {
    text_append_string(&e->details, " is different, and its payload was pruned\n");
    return;
  }
  text_append_string(&e->details, " is different:\n");
  json_difference(json_of(expected), json_of(found->payload), ignored, &e->store->key, &e->details);
}

/* As Nango, a payload that was pruned is known only as it was given. */
static int expectation_is_given(expectation *e, const entry *known, const batch_item *expected) {
  hash128 hash = hash_bytes(&e->store->key, expected->text.at, expected->text.length);
  return hash_equals(known->text.hash, hash) || hash_equals(known->text.hash, expected->given.hash);
}

static int expectation_is_equal(expectation *e, const record_row *found, const batch_item *item) {
  entry known;
  slice expected = item->text;
  if (!record_is_sound(&e->known, found, &known)) return 1; /* a failure is latched, and there is no report */
  if (e->store->as_nango && row_key_is_pruned(found->key)) return expectation_is_given(e, &known, item);
  hash128 digest = payload_digest(e->store, expected);
  int is_pruned = row_key_is_pruned(found->key);
  return hash_equals(digest, is_pruned ? known.text.hash : payload_digest(e->store, found->payload));
}

static void expectation_meet(expectation *e, const record_row *found) {
  size_t position = expectation_find(e->expected, found->id);
  e->live++;
  if (position == e->expected->count) {
    expectation_tell(e, "  unexpected ", found->id, found->payload);
    return;
  }
  e->is_met[position] = 1;
  const batch_item *expected = &e->expected->items[position];
  if (!expectation_is_equal(e, found, expected)) expectation_tell_different(e, found, expected->text);
}

static void expectation_tell_missing(expectation *e) {
  for (size_t i = 0; i < e->expected->count; i++) {
    const batch_item *item = &e->expected->items[i];
    if (!e->is_met[i]) expectation_tell(e, "  missing ", item->id, item->text);
  }
}

static void expectation_report(expectation *e, text *report) {
  if (e->wrong == 0) return;
  text_append_int(report, e->wrong);
  text_append_string(report, e->wrong == 1 ? " difference between the " : " differences between the ");
  text_append_int(report, (int64_t)e->expected->count);
  text_append_string(report, " expected and the ");
  text_append_int(report, e->live);
  text_append_string(report, " live records:\n");
  text_append(report, e->details.at, e->details.length);
  if (e->wrong <= EXPECTATION_RECORDS) return;
  text_append_string(report, "  and ");
  text_append_int(report, e->wrong - EXPECTATION_RECORDS);
  text_append_string(report, " more\n");
}

static void expectation_compare(nangolite *store, const collection *c, const batch *expected, text *report) {
  record_row found;
  collection of = *c;
  expectation e = {.store = store, .expected = expected, .is_met = store_allocate(store, expected->count)};
  if (e.is_met == NULL) return;
  e.known = entries_open(store, &of);
  memset(e.is_met, 0, expected->count);
  feed f = feed_open(store, c, EXPECTATION_LIVE, NULL);
  while (!store_interrupted(store) && feed_next(&f, &found)) expectation_meet(&e, &found);
  feed_close(&f);
  expectation_tell_missing(&e);
  expectation_report(&e, report);
  store_check_text(store, &e.details);
  store_check_text(store, report);
  entries_free(&e.known);
  text_free(&e.details);
  sqlite3_free(e.is_met);
}
