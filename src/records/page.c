#include "records/page.h"

/* A record that the query names. */
typedef struct page_named {
  int64_t number;
  entry known;
} page_named;

/* Where a page's records come from: the feed, or the records that the query names, in the feed's order. */
typedef struct page_source {
  nangolite *store;
  feed f;
  collection of;
  entries known;
  page_named named[PAGE_IDS_MAX];
  int is_named;
  size_t named_count, next_named;
  query row;
} page_source;

static unsigned page_word(slice word) {
  static const char *const names[ACTION_COUNT] = {"added", "updated", "deleted"};
  for (int a = 0; a < ACTION_COUNT; a++) {
    if (slice_is_word(word, names[a])) return FEED_ACTION(a);
  }
  return 0;
}

static unsigned page_filter(const nangolite *store, slice written) {
  unsigned states = 0;
  size_t from = 0;
  for (size_t i = 0; i <= written.length; i++) {
    if (i < written.length && written.at[i] != ',') continue;
    unsigned more = page_word((slice){written.at + from, i - from});
    if (more == 0) return 0;
    states |= more;
    from = i + 1;
  }
  unsigned others = states & ~FEED_ACTION(ACTION_DELETED);
  return store->as_nango && others != 0 ? others : states;
}

static int page_limit_max(const nangolite *store) {
  return store->as_nango ? PAGE_LIMIT_MAX_AS_NANGO : PAGE_LIMIT_MAX;
}

static const char *page_refuse_time(nangolite *store, int64_t time) {
  if (!store->as_nango || time >= store_clock(store) - 365 * MICROSECONDS_PER_DAY) return NULL;
  return "must be within the last 12 months";
}

static feed_place page_modified_after(const nangolite *store, int64_t time) {
  return (feed_place){store->as_nango ? time - 1 : time, {NULL, 0}};
}

static void page_begin_after(page_query *wanted, feed_place place) {
  if (!wanted->has_after || place.stamp > wanted->after.stamp) wanted->after = place;
  wanted->has_after = 1;
}

static int page_compare_named(const void *a, const void *b) {
  int64_t left = row_key_sequence(((const page_named *)a)->known.key);
  int64_t right = row_key_sequence(((const page_named *)b)->known.key);
  return (left > right) - (left < right);
}

static void page_find_named(page_source *from, const page_query *wanted) {
  for (size_t i = 0; i < wanted->id_count; i++) {
    page_named *named = &from->named[from->named_count];
    named->number = record_find(&from->known, wanted->ids[i], &named->known);
    if (named->number == 0) continue;
    if (wanted->states >> row_key_state(named->known.key) & 1) from->named_count++;
  }
  qsort(from->named, from->named_count, sizeof *from->named, page_compare_named);
}

static void page_open(page_source *from, nangolite *store, const collection *c, const page_query *wanted) {
  memset(from, 0, sizeof *from);
  from->store = store;
  from->is_named = wanted->ids != NULL;
  from->of = *c;
  from->known = entries_open(store, &from->of);
  if (from->is_named) page_find_named(from, wanted);
  else from->f = feed_open(store, c, wanted->states, wanted->has_after ? &wanted->after : NULL);
}

/* A record whose id was given twice is there twice, side by side, and is read once. */
static int page_next_named(page_source *from, const page_query *wanted, record_row *next) {
  while (from->next_named < from->named_count) {
    const page_named *named = &from->named[from->next_named++];
    if (from->next_named > 1 && named->number == named[-1].number) continue;
    query_close(&from->row);
    if (!record_get(&from->known, named->number, &named->known, &from->row, next)) return 0;
    if (wanted->has_after && feed_is_behind(&wanted->after, next->last_modified_at, next->id)) continue;
    return 1;
  }
  return 0;
}

static int page_next(page_source *from, const page_query *wanted, record_row *next) {
  return from->is_named ? page_next_named(from, wanted, next) : feed_next(&from->f, next);
}

static int page_newest(nangolite *store, const collection *c, const page_query *wanted, query *row,
                       feed_place *newest) {
  if (!feed_newest(store, c, row, newest)) return 0;
  return wanted->cursor.at == NULL || !feed_is_behind(&wanted->cursor_place, newest->stamp, newest->id);
}

static int page_run(nangolite *store, const collection *c, const page_query *wanted, page_emit emit,
                    void *ctx) {
  page_source from;
  record_row next;
  int64_t bound = store->options.page_bytes, bytes = 0;
  int count = 0, follows = 0;
  page_open(&from, store, c, wanted);
  while (!follows && page_next(&from, wanted, &next)) {
    bytes += (int64_t)next.payload.length;
    follows = count == wanted->limit || (bound > 0 && count > 0 && bytes > bound);
    if (!follows) emit(ctx, &next);
    count++;
  }
  query_close(&from.row);
  feed_close(&from.f);
  entries_free(&from.known);
  return follows;
}
