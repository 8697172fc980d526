/* maintain: the care that is due: payloads past their age, records of syncs that no longer run, freed pages. */
#include "database/call.h"
#include "records/prune.h"
#include "records/removal.h"
#include "syncs/instance.h"

#define MAINTAIN_DAYS_MAX 4000000  /* longer than from 1970 to 9999 */
#define MAINTAIN_PAGES_MIN 1000   /* pages that a slice gives back at least, if they are free */

static int64_t maintain_before(const nangolite *store, int days) {
  return store->now - (days < MAINTAIN_DAYS_MAX ? days : MAINTAIN_DAYS_MAX) * MICROSECONDS_PER_DAY;
}

/* The row that is the longest past its age, by COLLECTION_OLDEST or INSTANCE_IDLE; 0: none is. */
static int64_t maintain_find(nangolite *store, statement_id id, int64_t until) {
  query q = query_open(store, id);
  query_bind_int(&q, until);
  return query_number(&q);
}

/* Each round prunes something or raises its collection's oldest_payload_at, so this ends. */
static int64_t maintain_prune(nangolite *store, int64_t max_records) {
  int64_t pruned = 0, id = 0;
  int has_more = 0;
  if (store->options.prune_after_days < 0) return 0;
  feed_place until = {maintain_before(store, store->options.prune_after_days), {NULL, 0}};
  while (pruned < max_records && (id = maintain_find(store, COLLECTION_OLDEST, until.stamp)) != 0) {
    collection c = collection_by_id(store, id);
    pruned += prune_collection(store, &c, &until, max_records - pruned, &has_more);
  }
  return pruned;
}

static int64_t maintain_remove_slice(nangolite *store, int64_t id, int64_t first, int64_t limit) {
  instance i = instance_get(store, id);
  instance_forget(store, id);
  i.s.has_succeeded = 0;
  instance_save(store, &i);
  return removal_slice(store, first, limit);
}

/* Each round removes something, or notes that an instance has nothing left, so this ends. With its records
** goes what a sync remembers of them: its next run begins anew, else it would bring only what changed
** since. */
static int64_t maintain_remove(nangolite *store, int64_t max_records) {
  int64_t removed = 0, id = 0;
  if (store->options.delete_after_days < 0) return 0;
  int64_t until = maintain_before(store, store->options.delete_after_days);
  while (removed < max_records && (id = maintain_find(store, INSTANCE_IDLE, until)) != 0) {
    id_list collections = instance_collections(store, id);
    if (collections.count == 0) instance_set_idle(store, id, 0);
    else removed += maintain_remove_slice(store, id, collections.at[0], max_records - removed);
    sqlite3_free(collections.at);
  }
  return removed;
}

/* Each step of the pragma gives one page back. */
static void maintain_pages(nangolite *store, int64_t pages) {
  query q = query_open(store, PRAGMA_VACUUM);
  while (pages-- > 0 && query_next(&q)) continue;
  query_close(&q);
}

/* In a transaction of its own, and without a failure: after the commit of the records nothing may fail any
** more, and what is not given back now is so later. (A rollback journal's commit cuts the file off when it
** cannot be taken back.) */
static void maintain_pages_apart(nangolite *store, int64_t pages) {
  if (store_failed(store)) return;
  maintain_pages(store, pages);
  store->result = NANGOLITE_OK;
}

/* A file gets shorter when the pages are taken over from the write-ahead log; what readers still need
** waits. */
static void maintain_checkpoint(nangolite *store) {
  if (store_failed(store) || !store->owned) return;
  sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

int nangolite_maintain(nangolite *store, int64_t max_records, int64_t *pruned, int64_t *deleted) {
  int64_t pruned_now = 0, deleted_now = 0;
  if (pruned != NULL) *pruned = 0;
  if (deleted != NULL) *deleted = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  if (max_records < 1) store_fail(store, NANGOLITE_INVALID, "max_records must be at least 1");
  call_write(store);
  deleted_now = maintain_remove(store, max_records);
  if (deleted_now < max_records) pruned_now = maintain_prune(store, max_records - deleted_now);
  int64_t pages = max_records > MAINTAIN_PAGES_MIN ? max_records : MAINTAIN_PAGES_MIN;
  if (pruned_now + deleted_now == 0) pages = INT64_MAX;
  int is_nested = store->transaction == TRANSACTION_SAVEPOINT;
  if (is_nested) maintain_pages(store, pages);
  call_end(store);
  if (!is_nested) maintain_pages_apart(store, pages);
  maintain_checkpoint(store);
  if (!store_failed(store) && pruned != NULL) *pruned = pruned_now;
  if (!store_failed(store) && deleted != NULL) *deleted = deleted_now;
  return store->result;
}
