#include "records/write.h"

/* What a call that writes works with. */
typedef struct write_call {
  nangolite *store;
  collection into;
  entries known;
  batch records;
  write_kind kind;
  const writer *by;
  nangolite_changes *changes;
  window_seen seen;
  text scratch; /* the payload of the current record, where it is no part of the input */
} write_call;

/* The payload to store for an item: its text, without a member "_nango_metadata". */
static slice write_payload(write_call *w, const batch_item *item) {
  if (!item->has_metadata) return item->text;
  text_clear(&w->scratch);
  json_without_member(json_of(item->text), PAYLOAD_METADATA, &w->scratch);
  store_check_text(w->store, &w->scratch);
  return (slice){w->scratch.at, w->scratch.length};
}

static record_change write_change(write_call *w, const batch_item *item, slice payload) {
  return (record_change){.number = item->number,
                         .was = item->stored,
                         .id = item->id,
                         .payload = payload,
                         .hash = hash_bytes(&w->store->key, payload.at, payload.length),
                         .writer = w->by->run,
                         .alternate = item->given};
}

/* Whether the merging strategy ignore_if_modified_after forbids the change, because somebody else has
** changed the record since the run set the strategy. Counts it as skipped then. */
static int write_is_left_alone(write_call *w, const batch_item *item) {
  if (w->by->run == 0 || row_key_sequence(item->stored.key) <= w->by->since) return 0;
  if (record_writer(&w->known, item->number, &item->stored) == w->by->run) return 0;
  w->changes->skipped++;
  return 1;
}

static void write_insert(write_call *w, batch_item *item, action as, const record_change *change) {
  item->number = record_insert(&w->known, as, change);
  item->is_new = 1;
}

/* Whether a pruned record is saved as it was read: its text then has no payload to restore. It stays pruned
** and unchanged, with the hash of the value that was pruned. If the type of its id is another one, that is
** stored. */
static int write_is_read_back(write_call *w, const batch_item *item, const record_change *change) {
  const entry *stored = &item->stored;
  if (!item->has_metadata || !row_key_is_pruned(stored->key) || !payload_reads_pruned(item->text)) return 0;
  query q;
  record_row was = {0};
  int is_sound = record_get_sound(&w->known, item->number, stored, item->id, &q, &was);
  int is_retyped = is_sound && payload_id(was.payload).type != payload_id(change->payload).type;
  query_close(&q);
  record_change stub = *change;
  stub.hash = stored->text.hash;
  if (is_retyped) record_prune(&w->known, &was, &stub);
  w->changes->unchanged++;
  return 1;
}

/* Whether a payload has the value of the stored one, of which `was` is the text, or the stub where it was
** pruned. As Nango, what was given has to be the same. */
static int write_is_same(write_call *w, const record_change *change, slice was) {
  const entry *stored = &change->was;
  slice becomes = change->payload;
  int is_pruned = row_key_is_pruned(stored->key);
  if (w->store->as_nango) return is_pruned && hash_equals(stored->text.hash, record_given(change).hash);
  if (!is_pruned && payload_differs(was, becomes)) return 0;
  hash128 before = is_pruned ? stored->text.hash : payload_digest(w->store, was);
  return hash_equals(before, payload_digest(w->store, becomes));
}

/* Saves a payload over a live record that was pruned or has another text: compares the values. Where they
** differ, it updates the record. Otherwise the record is unchanged, but a pruned payload comes back,
** another type of the id is stored, or (in a save) the text becomes the record's alternate. */
static void write_compared(write_call *w, const record_change *change) {
  query q;
  record_row was = {0};
  if (!record_get_sound(&w->known, change->number, &change->was, change->id, &q, &was)) {
    query_close(&q);
    return;
  }
  int is_same = write_is_same(w, change, was.payload);
  int is_retyped = is_same && payload_id(was.payload).type != payload_id(change->payload).type;
  query_close(&q);
  if (!is_same) {
    record_update(&w->known, &was, change);
    w->changes->updated++;
    return;
  }
  entry_text other = {change->hash, (uint32_t)change->payload.length};
  if (row_key_is_pruned(was.key) || is_retyped) record_restore(&w->known, &was, change);
  else if (w->kind == WRITE_SAVE) entry_mark_alternate(&w->known, change->number, &change->was, other);
  w->changes->unchanged++;
}

/* Adds a deleted record again. */
static void write_revived(write_call *w, const record_change *change) {
  query q;
  record_row was = {0};
  int is_there = record_get(&w->known, change->number, &change->was, &q, &was);
  query_close(&q);
  if (!is_there) return;
  record_revive(&w->known, &was, change);
  w->changes->added++;
}

/* Whether the next RECORD_GROUP items are all new and can be stored by one statement, with their texts as
** payloads. */
static int write_may_group(const batch *b, size_t from) {
  if (b->count - from < RECORD_GROUP) return 0;
  for (size_t i = from; i < from + RECORD_GROUP; i++) {
    const batch_item *item = &b->items[i];
    if (item->number != 0 || item->is_duplicate || item->has_metadata) return 0;
  }
  return 1;
}

static void write_save_group(write_call *w, batch_item *items) {
  record_change changes[RECORD_GROUP];
  for (size_t i = 0; i < RECORD_GROUP; i++) changes[i] = write_change(w, &items[i], items[i].text);
  int64_t number = record_insert_group(&w->known, changes);
  for (size_t i = 0; i < RECORD_GROUP; i++) {
    items[i].number = number + (int64_t)i;
    items[i].is_new = 1;
  }
  w->changes->added += RECORD_GROUP;
}

/* Whether a change gives a record what was given for it last. */
static int write_is_given_again(const batch_item *item, const record_change *change) {
  return hash_equals(as_nango_given(&item->stored, &item->alternate), record_given(change).hash);
}

/* Whether the changed text is that of a live record's payload, or its alternate. */
static int write_is_known(const write_call *w, const batch_item *item, const record_change *change) {
  const entry *stored = &item->stored;
  if (row_key_is_pruned(stored->key)) return 0;
  if (w->store->as_nango) return write_is_given_again(item, change);
  return hash_equals(stored->text.hash, change->hash) ||
         (stored->has_alternate && hash_equals(item->alternate.hash, change->hash));
}

static void write_save(write_call *w, batch_item *item) {
  record_change change = write_change(w, item, write_payload(w, item));
  if (item->number == 0) {
    write_insert(w, item, ACTION_ADDED, &change);
    w->changes->added++;
    return;
  }
  if (write_is_left_alone(w, item)) return;
  if (row_key_action(item->stored.key) == ACTION_DELETED) write_revived(w, &change);
  else if (write_is_known(w, item, &change)) w->changes->unchanged++;
  else if (!write_is_read_back(w, item, &change)) write_compared(w, &change);
}

/* The payload that a patch makes of a live record: both merged, or the patch alone where the payload was
** pruned. */
static slice write_merged(write_call *w, const batch_item *item) {
  if (row_key_is_pruned(item->stored.key)) return write_payload(w, item);
  query q;
  record_row was = {0};
  text_clear(&w->scratch);
  if (record_get_sound(&w->known, item->number, &item->stored, item->id, &q, &was)) {
    json_merge(json_of(was.payload), json_of(item->text), PAYLOAD_METADATA, &w->scratch);
    store_check_text(w->store, &w->scratch);
  }
  query_close(&q);
  return (slice){w->scratch.at, w->scratch.length};
}

static void write_update(write_call *w, batch_item *item) {
  if (item->number == 0 || row_key_action(item->stored.key) == ACTION_DELETED) {
    w->changes->skipped++;
    return;
  }
  if (write_is_left_alone(w, item)) return;
  if (payload_is_bare(item->text)) {
    w->changes->unchanged++;
    return;
  }
  slice merged = write_merged(w, item);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, merged);
  if (write_is_known(w, item, &change)) w->changes->unchanged++;
  else write_compared(w, &change);
}

/* Stores a tombstone: a record that is deleted and was never saved. */
static void write_tombstone(write_call *w, batch_item *item) {
  text_clear(&w->scratch);
  payload_append_stub(item->text, &w->scratch);
  store_check_text(w->store, &w->scratch);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, (slice){w->scratch.at, w->scratch.length});
  write_insert(w, item, ACTION_DELETED, &change);
  w->changes->deleted++;
}

static void write_delete(write_call *w, batch_item *item) {
  if (item->number == 0) {
    write_tombstone(w, item);
    return;
  }
  if (write_is_left_alone(w, item)) return;
  if (row_key_action(item->stored.key) == ACTION_DELETED) {
    w->changes->unchanged++;
    return;
  }
  record_delete(
    &w->known,
    &(record_change){.number = item->number, .was = item->stored, .id = item->id, .writer = w->by->run});
  w->changes->deleted++;
}

/* ---- where the store does as Nango's ---- */

/* Merges the patch into the payload, or into the stub where that was pruned. */
static void write_merged_as_nango(write_call *w, const batch_item *item, slice patch, entry_text given) {
  text merged = {0};
  query q;
  record_row was = {0};
  int is_sound = record_get_sound(&w->known, item->number, &item->stored, item->id, &q, &was);
  if (is_sound) json_script_merge(json_of(was.payload), json_of(patch), &merged);
  query_close(&q);
  store_check_text(w->store, &merged);
  if (!store_failed(w->store)) {
    record_change change = write_change(w, item, (slice){merged.at, merged.length});
    change.alternate = given;
    record_update(&w->known, &was, &change);
  }
  text_free(&merged);
}

/* Whatever the merged payload is, the record is updated, unless the same patch was given last. In a delete
** window only what is updated, or left alone, is seen. */
static void write_update_as_nango(write_call *w, batch_item *item) {
  if (item->number == 0 || row_key_action(item->stored.key) == ACTION_DELETED) {
    w->changes->skipped++;
    return;
  }
  slice patch = write_payload(w, item);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, patch);
  int is_left_alone = write_is_left_alone(w, item);
  int is_again = !is_left_alone && write_is_given_again(item, &change);
  if (is_again) w->changes->skipped++;
  else window_see(w->store, &w->into, &w->seen, item->number);
  if (is_left_alone || is_again) return;
  write_merged_as_nango(w, item, patch, record_given(&change));
  w->changes->updated++;
}

/* Whether a record that is deleted is deleted again in all the same way, at a time that the record itself
** says. */
static int write_is_deleted_again(const batch_item *item, const record_row *was,
                                  const record_change *change) {
  return was->deleted_at != 0 && was->deleted_at == change->deleted_at && was->pruned_at == 0 &&
         write_is_given_again(item, change);
}

/* What is given becomes the payload. Only the deletion of a live record is counted. */
static void write_delete_as_nango(write_call *w, batch_item *item) {
  query q;
  record_row was = {0};
  int64_t deleted_at = as_nango_deleted_at(w->store, item->text, item->position);
  slice payload = write_payload(w, item);
  if (store_failed(w->store)) return;
  record_change change = write_change(w, item, payload);
  change.deleted_at = deleted_at;
  if (item->number == 0) {
    write_insert(w, item, ACTION_DELETED, &change);
    return;
  }
  if (write_is_left_alone(w, item)) return;
  int is_there = record_get(&w->known, item->number, &item->stored, &q, &was);
  query_close(&q);
  if (!is_there || write_is_deleted_again(item, &was, &change)) return;
  record_delete_with(&w->known, &was, &change);
  w->changes->deleted += was.deleted_at == 0;
}

/* Reads the entries of the records that were met, in the order of numbers, so that each row of entries is
** read once. In a delete window all of these records are seen, except that write_update_as_nango() sees to
** them itself. */
static void write_read_entries(write_call *w) {
  int sees_later = w->store->as_nango && w->kind == WRITE_UPDATE;
  for (size_t i = 0; i < w->records.met_count && !store_interrupted(w->store); i++) {
    const batch_met *met = &w->records.met[i];
    batch_item *item = met->item;
    if (!sees_later) window_see(w->store, &w->into, &w->seen, met->number);
    if (item == NULL) continue;
    if (entry_find(&w->known, met->number, &item->stored))
      entry_find_alternate(&w->known, met->number, &item->stored, &item->alternate);
    else
      store_fail(w->store, NANGOLITE_CORRUPT, "collection %lld, id '%.*s': its identity leads to no record",
                 (long long)w->into.id, (int)item->id.length, item->id.at);
  }
}

/* What becomes of one record. */
typedef void (*write_function)(write_call *w, batch_item *item);

static write_function write_function_of(const write_call *w) {
  static const write_function by_default[] = {
    [WRITE_SAVE] = write_save, [WRITE_UPDATE] = write_update, [WRITE_DELETE] = write_delete};
  static const write_function as_nango[] = {[WRITE_SAVE] = write_save,
                                            [WRITE_UPDATE] = write_update_as_nango,
                                            [WRITE_DELETE] = write_delete_as_nango};
  return (w->store->as_nango ? as_nango : by_default)[w->kind];
}

static void write_items(write_call *w) {
  write_function write_one = write_function_of(w);
  batch *b = &w->records;
  for (size_t i = 0; i < b->count && !store_interrupted(w->store);) {
    int is_group = w->kind == WRITE_SAVE && write_may_group(b, i);
    if (is_group) write_save_group(w, &b->items[i]);
    else if (!b->items[i].is_duplicate) write_one(w, &b->items[i]);
    i += is_group ? RECORD_GROUP : 1;
  }
}

/* Writes the identities of the new records in the order of ids, so that each page is touched once. */
static void write_identities(write_call *w) {
  identity_writer into = {.store = w->store, .collection = w->into.id};
  for (size_t i = 0; i < w->records.by_id_count && !store_failed(w->store); i++) {
    const batch_item *item = &w->records.items[w->records.by_id[i]];
    if (item->is_new) identity_add(&into, item->id, item->number);
  }
  identity_flush(&into);
}

static void write_all(write_call *w) {
  collection before = w->into;
  lookup_batch(w->store, &w->into, &w->records);
  batch_settle(w->store, &w->records);
  write_read_entries(w);
  write_items(w);
  for (int64_t number = before.numbers + 1; number <= w->into.numbers; number++)
    window_see(w->store, &w->into, &w->seen, number);
  write_identities(w);
  entries_flush(&w->known);
  window_flush(w->store, &w->seen);
  w->changes->unchanged += w->records.known;
  w->changes->duplicates += w->records.duplicates;
  /* Where nothing of it has changed, the collection's row is not written. */
  if (memcmp(&before, &w->into, sizeof before) != 0) collection_save(w->store, &w->into);
}

static void write_records(nangolite *store, const collection_name *into, write_kind kind, slice written,
                          const writer *by, nangolite_changes *changes) {
  if (store_failed(store)) return;
  write_call w = {.store = store, .kind = kind, .by = by, .changes = changes};
  w.into = collection_find(store, into);
  w.known = entries_open(store, &w.into);
  guess g = guess_open(&w.known, kind == WRITE_SAVE && by->run == 0);
  w.records = batch_read(store, written, &g);
  if (store->as_nango && w.records.count + w.records.met_count == 0)
    store_fail(store, NANGOLITE_INVALID, "json: there are no records");
  if (w.records.count > 0 && w.into.id == 0) w.into = collection_open(store, into);
  if (!store_failed(store)) write_all(&w);
  entries_free(&w.known);
  batch_free(&w.records);
  text_free(&w.scratch);
}
