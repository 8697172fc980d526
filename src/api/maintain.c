/* maintain: nangolite_maintain(), which prunes payloads that are past their age, takes away the records of
** syncs that have long been at rest, and gives free pages back. */
#include "database/call.h"
#include "records/prune.h"
#include "records/removal.h"
#include "syncs/instance.h"

#define MAINTAIN_DAYS_MAX 4000000   /* more than there are from 1970 to 9999 */
#define MAINTAIN_SEARCHED_MAX 20000 /* about so many pages of the list of free pages does a call search */
#define MAINTAIN_LOG_KEPT (4 * 1024 * 1024) /* a write-ahead log of so many bytes is not cut off */

typedef struct maintained {
  int64_t pruned, deleted;
  int has_more; /* instances are left to be looked at, or collections whose rows are to be freed */
} maintained;

static int64_t maintain_before(const nangolite *store, int days) {
  return store->now - (days < MAINTAIN_DAYS_MAX ? days : MAINTAIN_DAYS_MAX) * MICROSECONDS_PER_DAY;
}

/* The collection that may have the oldest payload, if that is not after `until`. 0: there is none. */
static int64_t maintain_find(nangolite *store, int64_t until) {
  query q = query_open(store, COLLECTION_OLDEST);
  query_bind_int(&q, until);
  return query_number(&q);
}

/* Each round prunes something or raises its collection's oldest_payload_at, so this ends. */
static int64_t maintain_prune(nangolite *store, int64_t max_records) {
  int64_t pruned = 0, id = 0;
  int has_more = 0;
  if (store->options.prune_after_days < 0) return 0;
  feed_place until = {maintain_before(store, store->options.prune_after_days), {NULL, 0}};
  while (pruned < max_records && (id = maintain_find(store, until.stamp)) != 0) {
    collection c = collection_by_id(store, id);
    int64_t now = prune_collection(store, &c, &until, max_records - pruned, &has_more);
    if (now == 0 && c.oldest_payload_at != 0 && c.oldest_payload_at <= until.stamp)
      store_fail(store, NANGOLITE_CORRUPT, "collection %lld: a payload past its age is not found",
                 (long long)id);
    pruned += now;
  }
  return pruned;
}

/* When the instance ran last, or one of its records changed after that. Where the clock stands still, the
** stamps of a run's changes are a little after its end; these do not count as later ones. */
static int64_t maintain_last_use(nangolite *store, const id_list *collections, int64_t idle_since) {
  int64_t last = idle_since;
  for (size_t i = 0; i < collections->count && !store_failed(store); i++) {
    int64_t changed_at = collection_changed_at(store, collections->at[i]);
    if (changed_at > last + INSTANCE_CLOCK_TOLERANCE) last = changed_at;
  }
  return last;
}

/* When the instance ran last. The file's idle_since may be up to a day behind that (instance_stir()). */
static int64_t maintain_last_run(nangolite *store, int64_t id, int64_t idle_since) {
  instance i = instance_get(store, id);
  int64_t last = i.s.started_at > i.s.finished_at ? i.s.started_at : i.s.finished_at;
  return last > idle_since ? last : idle_since;
}

/* Takes the records away, and what the sync remembers of them: its next run begins anew. Otherwise it
** would bring only what has changed since. */
static void maintain_retire(nangolite *store, int64_t id) {
  instance i = instance_get(store, id);
  instance_forget(store, id);
  instance_empty(store, id);
  i.s.has_succeeded = 0;
  instance_save(store, &i);
}

/* Looks at the instance that has rested the longest. Changes that were made outside of its runs count as a
** use, and idle_since is moved to the latest one. Where there was none, the records are taken away, and
** idle_since is moved to now. So the instance is not found again for a long time. 0: there is no instance
** to look at, or a failure is latched. */
static int maintain_retire_one(nangolite *store, int64_t until) {
  query q = query_open(store, INSTANCE_IDLE);
  query_bind_int(&q, until);
  query_bind_int(&q, store->now);
  int64_t id = query_next(&q) ? query_int(&q, 0) : 0, idle_since = id == 0 ? 0 : query_int(&q, 1);
  query_close(&q);
  if (id == 0) return 0;
  id_list collections = instance_collections(store, id);
  int64_t last = maintain_last_use(store, &collections, maintain_last_run(store, id, idle_since));
  int is_used = last > idle_since;
  if (!is_used && collections.count > 0) maintain_retire(store, id);
  instance_set_idle(store, id, is_used ? last : store->now);
  sqlite3_free(collections.at);
  return !store_failed(store);
}

/* Looks at no more than `most` instances. 0: none is left; 1: some may be. */
static int maintain_retire_all(nangolite *store, int64_t most) {
  if (store->options.delete_after_days < 0) return 0;
  int64_t until = maintain_before(store, store->options.delete_after_days);
  while (most > 0 && maintain_retire_one(store, until)) most--;
  return most == 0;
}

/* For each page that it gives back, SQLite may search its whole list of free pages. One page of this list
** names a thousand free pages. So where many pages are free, a call gives fewer back, and takes the same
** time. */
static int64_t maintain_pages_at_once(nangolite *store, int64_t most) {
  query q = query_open(store, PRAGMA_FREE_PAGES);
  int64_t searched = query_number(&q) / 1000 + 1, pages = MAINTAIN_SEARCHED_MAX / searched + 1;
  return pages < most ? pages : most;
}

/* Each row of the pragma is one page that was given back. There is none where the database was made without
** auto_vacuum. */
static int64_t maintain_pages(nangolite *store, int64_t max_records) {
  int64_t pages = 0, most = maintain_pages_at_once(store, max_records);
  query q = query_open(store, PRAGMA_VACUUM);
  while (pages < most && query_next(&q)) pages++;
  query_close(&q);
  return pages;
}

/* Gives pages back in a transaction of its own. Failures are ignored: the records are committed already,
** so the call must not fail any more, and a later call gives back what this one could not. (With a
** rollback journal, SQLite shortens the file only after the commit.) */
static int64_t maintain_pages_apart(nangolite *store, int64_t most) {
  if (store_failed(store)) return 0;
  int64_t pages = maintain_pages(store, most);
  store->result = NANGOLITE_OK;
  return pages;
}

/* The size of the write-ahead log's file; 0 where there is none. */
static int64_t maintain_log_size(nangolite *store) {
  sqlite3_file *file = NULL;
  sqlite3_int64 size = 0;
  sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  if (file == NULL || file->pMethods == NULL || file->pMethods->xFileSize(file, &size) != SQLITE_OK) return 0;
  return size;
}

/* The file becomes shorter when SQLite copies the pages of the write-ahead log into it. This leaves out
** what readers still need, so the log grows while somebody reads for long. Once nothing is left to do, a
** large log is cut off. That takes the lock of writers, so it is given up at once where somebody else uses
** the file. */
static void maintain_checkpoint(nangolite *store, int is_done) {
  if (store_failed(store) || !store->owned || store->options.leave_checkpoints) return;
  sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  if (!is_done || maintain_log_size(store) <= MAINTAIN_LOG_KEPT) return;
  sqlite3_busy_timeout(store->db, 0);
  sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  sqlite3_busy_timeout(store->db, store->options.busy_timeout_ms);
}

/* Takes away what has rested too long, frees rows of what was taken away, and then prunes payloads, at
** most `max_records` in all. Returns what it has done. */
static maintained maintain_records(nangolite *store, int64_t max_records) {
  maintained done = {0, 0, 0};
  store->rows_to_free = max_records;
  done.has_more = maintain_retire_all(store, max_records);
  store->rows_to_free -= removal_free(store, store->rows_to_free);
  done.deleted = max_records - store->rows_to_free;
  done.has_more |= removal_is_left(store);
  if (done.deleted < max_records) done.pruned = maintain_prune(store, max_records - done.deleted);
  return done;
}

int nangolite_maintain(nangolite *store, int64_t max_records, int64_t *pruned, int64_t *deleted) {
  if (pruned != NULL) *pruned = 0;
  if (deleted != NULL) *deleted = 0;
  if (!call_open(store)) return NANGOLITE_MISUSE;
  if (max_records < 1) store_fail(store, NANGOLITE_INVALID, "max_records must be at least 1");
  call_write(store);
  maintained done = maintain_records(store, max_records);
  int is_nested = store->transaction == TRANSACTION_SAVEPOINT;
  int64_t pages = is_nested ? maintain_pages(store, max_records) : 0;
  call_end(store);
  if (!is_nested) pages = maintain_pages_apart(store, max_records);
  if (done.pruned + done.deleted == 0) done.deleted = pages > 0 ? pages : done.has_more;
  maintain_checkpoint(store, done.pruned + done.deleted == 0);
  if (store_failed(store)) return store->result;
  if (pruned != NULL) *pruned = done.pruned;
  if (deleted != NULL) *deleted = done.deleted;
  return NANGOLITE_OK;
}
