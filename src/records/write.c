#include "records/write.h"

/* A call that writes, record by record. */
typedef struct write_call {
  nangolite *store;
  collection *into;
  const writer *by;
  nangolite_changes *changes;
  window_seen seen;
  text scratch;         /* a payload that is not a slice of the input */
  int expects_new;      /* the record before was new: try to insert before looking */
  int met_taken_id;     /* a group of records was not all new: no further group is tried */
} write_call;

static int write_find(write_call *w, const batch_item *item, const lookup *known, identity *stored) {
  *stored = known->stored;
  if (known->state != LOOKUP_UNKNOWN) return known->state == LOOKUP_FOUND;
  return identity_find(w->store, w->into->id, item->id, stored);
}

/* The payload that an item stands for: its text, less a "_nango_metadata". */
static slice write_payload(write_call *w, const batch_item *item) {
  if (!item->has_metadata) return item->text;
  text_clear(&w->scratch);
  json_without_member(json_of(item->text), PAYLOAD_METADATA, &w->scratch);
  store_check_text(w->store, &w->scratch);
  return (slice){w->scratch.at, w->scratch.length};
}

static record_change write_change(write_call *w, slice id, slice payload) {
  return (record_change){id, payload, hash_bytes(&w->store->key, payload.at, payload.length), w->by->run};
}

static void write_note(write_call *w, int64_t number) {
  if (w->into->window_opened_at != 0) window_note(w->store, &w->seen, number);
}

/* The merging strategy: somebody else changed it after the run set it. */
static int write_is_left_alone(write_call *w, const identity *stored) {
  if (w->by->run == 0 || stored->writer == w->by->run || row_key_sequence(stored->key) <= w->by->since) return 0;
  w->changes->skipped++;
  return 1;
}

static int write_insert(write_call *w, action as, const record_change *change) {
  int64_t number;
  if (!record_insert(w->store, w->into, as, change, &number)) return 0;
  write_note(w, number);
  return 1;
}

static int write_is_same(write_call *w, const identity *stored, slice was, slice becomes) {
  int is_pruned = row_key_is_pruned(stored->key);
  if (!is_pruned && payload_differs(was, becomes)) return 0;
  hash128 before = is_pruned ? stored->hash : payload_digest(w->store, was);
  return hash_equals(before, payload_digest(w->store, becomes));
}

/* A live record against a payload of another text or, where it is pruned, of any text. */
static void write_compared(write_call *w, const identity *stored, const record_change *change) {
  query q;
  record_row was = {0};
  if (!record_get(w->store, stored->key, &q, &was)) {
    query_close(&q);
    return;
  }
  int is_same = write_is_same(w, stored, was.payload, change->payload);
  int is_retyped = is_same && payload_id(was.payload).type != payload_id(change->payload).type;
  query_close(&q);
  if (!is_same) {
    record_update(w->store, w->into, &was, change);
    w->changes->updated++;
    return;
  }
  if (row_key_is_pruned(stored->key) || is_retyped) record_restore(w->store, w->into, &was, change);
  w->changes->unchanged++;
}

static void write_revived(write_call *w, const identity *stored, const record_change *change) {
  query q;
  record_row was = {0};
  int is_there = record_get(w->store, stored->key, &q, &was);
  query_close(&q);
  if (!is_there) return;
  record_revive(w->store, w->into, &was, change);
  w->changes->added++;
}

static int write_may_group(const write_call *w, const batch *b, const lookup *known, size_t from) {
  if (w->met_taken_id || !w->expects_new || b->count - from < RECORD_GROUP) return 0;
  for (size_t i = from; i < from + RECORD_GROUP; i++) {
    if (known[i].state == LOOKUP_FOUND || b->items[i].has_metadata) return 0;
  }
  return 1;
}

/* Saves the next RECORD_GROUP items, which are all taken to be new, at once. 0: they are to be saved one by
** one. */
static int write_save_group(write_call *w, const batch *b, const lookup *known, size_t from) {
  record_change changes[RECORD_GROUP];
  int64_t number;
  if (!write_may_group(w, b, known, from)) return 0;
  for (size_t i = 0; i < RECORD_GROUP; i++) {
    const batch_item *item = &b->items[from + i];
    changes[i] = write_change(w, item->id, item->text);
  }
  w->met_taken_id = !record_insert_group(w->store, w->into, changes, &number);
  if (w->met_taken_id) return 0;
  for (int i = 0; i < RECORD_GROUP; i++) write_note(w, number + i);
  w->changes->added += RECORD_GROUP;
  return 1;
}

static void write_save(write_call *w, const batch_item *item, const lookup *known) {
  identity stored;
  record_change change = write_change(w, item->id, write_payload(w, item));
  int is_new = known->state == LOOKUP_UNKNOWN && w->expects_new && write_insert(w, ACTION_ADDED, &change);
  if (!is_new && !write_find(w, item, known, &stored)) {
    write_insert(w, ACTION_ADDED, &change);
    is_new = 1;
  }
  w->expects_new = is_new;
  if (is_new) {
    w->changes->added++;
    return;
  }
  write_note(w, stored.number);
  if (write_is_left_alone(w, &stored)) return;
  if (row_key_action(stored.key) == ACTION_DELETED) write_revived(w, &stored, &change);
  else if (!row_key_is_pruned(stored.key) && hash_equals(stored.hash, change.hash)) w->changes->unchanged++;
  else write_compared(w, &stored, &change);
}

/* What a patch makes of a live record: the merge, or the patch itself where the payload was pruned. */
static slice write_merged(write_call *w, const identity *stored, const batch_item *item) {
  if (row_key_is_pruned(stored->key)) return write_payload(w, item);
  query q;
  record_row was = {0};
  text_clear(&w->scratch);
  if (record_get(w->store, stored->key, &q, &was)) {
    json_merge(json_of(was.payload), json_of(item->text), PAYLOAD_METADATA, &w->scratch);
    store_check_text(w->store, &w->scratch);
  }
  query_close(&q);
  return (slice){w->scratch.at, w->scratch.length};
}

static void write_update(write_call *w, const batch_item *item, const lookup *known) {
  identity stored;
  int is_there = write_find(w, item, known, &stored);
  if (is_there) write_note(w, stored.number);
  if (!is_there || row_key_action(stored.key) == ACTION_DELETED) {
    w->changes->skipped++;
    return;
  }
  if (write_is_left_alone(w, &stored)) return;
  slice merged = write_merged(w, &stored, item);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item->id, merged);
  if (!row_key_is_pruned(stored.key) && hash_equals(stored.hash, change.hash)) w->changes->unchanged++;
  else write_compared(w, &stored, &change);
}

static void write_tombstone(write_call *w, const batch_item *item) {
  text_clear(&w->scratch);
  payload_append_stub(item->text, &w->scratch);
  store_check_text(w->store, &w->scratch);
  record_change change = write_change(w, item->id, (slice){w->scratch.at, w->scratch.length});
  write_insert(w, ACTION_DELETED, &change);
  w->changes->deleted++;
}

static void write_delete(write_call *w, const batch_item *item, const lookup *known) {
  identity stored;
  if (!write_find(w, item, known, &stored)) {
    write_tombstone(w, item);
    return;
  }
  write_note(w, stored.number);
  if (write_is_left_alone(w, &stored)) return;
  if (row_key_action(stored.key) == ACTION_DELETED) {
    w->changes->unchanged++;
    return;
  }
  record_delete(w->store, w->into, &stored, item->id, w->by->run);
  w->changes->deleted++;
}

static void write_all(write_call *w, write_kind kind, const batch *b) {
  static void (*const write_one[])(write_call *, const batch_item *, const lookup *) = {
    [WRITE_SAVE] = write_save, [WRITE_UPDATE] = write_update, [WRITE_DELETE] = write_delete};
  lookup *known = lookup_batch(w->store, w->into->id, b);
  for (size_t i = 0; i < b->count && !store_interrupted(w->store);) {
    if (kind == WRITE_SAVE && write_save_group(w, b, known, i)) {
      i += RECORD_GROUP;
    } else {
      write_one[kind](w, &b->items[i], &known[i]);
      i++;
    }
  }
  sqlite3_free(known);
}

static void write_batch(nangolite *store, const collection_name *into, write_kind kind, const batch *b,
                        const writer *by, nangolite_changes *changes) {
  if (store_failed(store) || b->count == 0) return;
  collection c = collection_open(store, into), before = c;
  if (store_failed(store)) return;
  write_call w = {.store = store, .into = &c, .by = by, .changes = changes, .expects_new = 1};
  write_all(&w, kind, b);
  changes->duplicates += b->duplicates;
  window_store(store, &c, &w.seen);
  text_free(&w.scratch);
  /* A call that changes nothing writes nothing. */
  if (memcmp(&before, &c, sizeof before) != 0) collection_save(store, &c);
}
