#include "records/prune.h"

enum { PRUNE_SLICE = 64 }; /* so many records are read before they are pruned, which limits the memory */

typedef struct prune_item {
  record_row was; /* only the lengths of its slices are valid */
  entry known;
  hash128 digest;
  size_t id_end, stub_end;
} prune_item;

typedef struct prune_slice {
  prune_item items[PRUNE_SLICE];
  int count;
  int is_at_end; /* its last payload is that of the very record that the pruning goes up to */
  text bytes;    /* id, stub, id, stub, ... */
} prune_slice;

/* By what a record will be compared once its payload is gone: its value, or as Nango what was given. */
static hash128 prune_digest(entries *from, const record_row *r, const entry *known) {
  entry_text alternate = {0};
  if (!from->store->as_nango) return payload_digest(from->store, r->payload);
  entry_find_alternate(from, r->number, known, &alternate);
  return as_nango_given(known, &alternate);
}

static void prune_add(entries *from, prune_slice *part, const record_row *r) {
  prune_item *item = &part->items[part->count];
  if (!record_is_sound(from, r, &item->known)) return;
  part->count++;
  item->was = *r;
  item->digest = prune_digest(from, r, &item->known);
  text_append(&part->bytes, r->id.at, r->id.length);
  item->id_end = part->bytes.length;
  payload_append_stub(r->payload, &part->bytes);
  item->stub_end = part->bytes.length;
  store_check_text(from->store, &part->bytes);
}

/* Reads the next payloads to prune, at most `most` and at most PRUNE_SLICE. *has_more says whether more
** follow. */
static void prune_read(entries *from, const feed_place *until, int64_t most, prune_slice *into,
                       int *has_more) {
  record_row next;
  into->count = 0;
  text_clear(&into->bytes);
  *has_more = 0;
  feed f = feed_open(from->store, from->of, FEED_PAYLOADS, NULL);
  while (feed_next(&f, &next)) {
    if (until != NULL && !feed_is_behind(until, next.last_modified_at, next.id)) break;
    if (into->count == PRUNE_SLICE || into->count == most) {
      *has_more = 1;
      break;
    }
    prune_add(from, into, &next);
    into->is_at_end =
      until != NULL && until->stamp == next.last_modified_at && slice_equals(until->id, next.id);
  }
  feed_close(&f);
}

static void prune_write(entries *into, const prune_slice *from) {
  size_t at = 0;
  for (int i = 0; i < from->count && !store_failed(into->store); i++) {
    const prune_item *item = &from->items[i];
    record_change change = {.number = item->was.number,
                            .was = item->known,
                            .hash = item->digest,
                            .id = {from->bytes.at + at, item->id_end - at},
                            .payload = {from->bytes.at + item->id_end, item->stub_end - item->id_end}};
    record_prune(into, &item->was, &change);
    at = item->stub_end;
  }
  entries_flush(into);
}

static void prune_find_oldest(nangolite *store, collection *c) {
  record_row oldest;
  feed f = feed_open(store, c, FEED_PAYLOADS, NULL);
  c->oldest_payload_at = feed_next(&f, &oldest) ? oldest.last_modified_at : 0;
  feed_close(&f);
}

static int64_t prune_collection(nangolite *store, collection *c, const feed_place *until, int64_t limit,
                                int *has_more) {
  int64_t pruned = 0;
  entries known = entries_open(store, c);
  prune_slice *part = store_allocate(store, sizeof *part);
  *has_more = 0;
  if (part == NULL) return 0;
  memset(part, 0, sizeof *part);
  do {
    prune_read(&known, until, limit == 0 ? INT64_MAX : limit - pruned, part, has_more);
    prune_write(&known, part);
    pruned += part->count;
  } while (*has_more && pruned != limit && !store_interrupted(store));
  prune_find_oldest(store, c);
  collection_save(store, c);
  entries_free(&known);
  text_free(&part->bytes);
  if (store->as_nango && until != NULL && until->id.at != NULL) *has_more = pruned > 0 && !part->is_at_end;
  sqlite3_free(part);
  return pruned;
}
