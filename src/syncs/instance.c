#include "syncs/instance.h"

#include "json/json_scan.h"

static int64_t instance_find(nangolite *store, int64_t connection, int64_t sync, slice variant) {
  query q = query_open(store, INSTANCE_FIND);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync);
  query_bind_text(&q, name_of_variant(variant));
  return query_number(&q);
}

/* Has the C library look at the environment variable TZ again. The function that SQLite calls need not do
** so. */
static void instance_read_zone(void) {
  struct tm time = {.tm_year = 100, .tm_mday = 1};
  (void)mktime(&time);
}

static int instance_offset_s(void *zone, int64_t time) {
  nangolite *store = zone;
  if (store->options.utc_offset_s != NULL) return store->options.utc_offset_s(store->options.clock_ctx, time);
  instance_read_zone();
  query q = query_open(store, LOCAL_OFFSET);
  query_bind_int(&q, time / MICROSECONDS_PER_SECOND);
  return (int)query_number(&q);
}

static schedule_grid instance_grid(nangolite *store, int64_t created_at, int64_t start_at, int64_t interval,
                                   int local_time) {
  schedule_grid grid = {start_at != 0 ? start_at : created_at, interval, start_at != 0, NULL, store};
  if (local_time) grid.offset_s = instance_offset_s;
  return grid;
}

enum { INSTANCE_FLAG_MAX = 1 };

static void instance_read_schedule(const query *q, schedule *s) {
  s->max_retries = (int)query_range(q, 8, 0, SYNC_RETRIES_MAX);
  s->retry_after = query_range(q, 9, 1, SYNC_RETRY_AFTER_MAX) * MICROSECONDS_PER_SECOND;
  s->is_paused = (int)query_range(q, 10, 0, INSTANCE_FLAG_MAX);
  s->slot_at = query_range(q, 11, 1, INT64_MAX);
  s->asked = (schedule_ask)query_range(q, 12, ASK_NONE, ASK_TAKE_UP);
  s->asked_at = query_range_or_null(q, 13, 1, INT64_MAX);
  s->again_at = query_range_or_null(q, 14, 1, INT64_MAX);
  s->runs_again = (int)query_range(q, 15, 0, INSTANCE_FLAG_MAX);
  s->may_repeat = (int)query_range(q, 16, 0, INSTANCE_FLAG_MAX);
  s->retries = (int)query_range(q, 17, 0, SYNC_RETRIES_MAX);
  s->expired = (int)query_range(q, 18, 0, SCHEDULE_TAKE_UPS + 1);
  s->allows_deletes = (int)query_range(q, 19, 0, INSTANCE_FLAG_MAX);
  s->run = query_range_or_null(q, 20, 1, INT64_MAX);
  s->lease_until = query_range_or_null(q, 21, 1, INT64_MAX);
  s->run_allows_deletes = (int)query_range(q, 22, 0, INSTANCE_FLAG_MAX);
  s->started_at = query_range_or_null(q, 23, 1, TIME_MAX);
  s->finished_at = query_range_or_null(q, 24, 1, INT64_MAX);
  s->latest = (run_status)query_range(q, 25, RUN_NONE, RUN_STOPPED);
  s->is_initial = (int)query_range(q, 26, 0, INSTANCE_FLAG_MAX);
  s->has_succeeded = (int)query_range(q, 27, 0, INSTANCE_FLAG_MAX);
}

/* The only code that reads a whole instance. What is out of its range is found here, so nothing that gets
** an instance has to look for it. */
static void instance_read(const query *q, instance *i) {
  i->id = query_int(q, 0);
  i->connection = query_int(q, 1);
  i->sync = query_int(q, 2);
  i->created_at = query_range(q, 3, 0, TIME_MAX);
  int64_t start_at = query_range_or_null(q, 4, 1, TIME_MAX);
  int64_t interval = query_range(q, 5, FREQUENCY_MIN, FREQUENCY_MAX);
  i->own_interval = query_range_or_null(q, 6, FREQUENCY_MIN, FREQUENCY_MAX);
  int local_time = (int)query_range(q, 7, 0, INSTANCE_FLAG_MAX);
  i->s.grid = instance_grid(q->store, i->created_at, start_at, interval, local_time);
  instance_read_schedule(q, &i->s);
  i->wake_at = query_range_or_null(q, 28, 1, INT64_MAX);
  i->token = query_range_or_null(q, 29, 1, INT64_MAX);
  i->progress_done = query_range(q, 30, INSTANCE_NO_PROGRESS, INT64_MAX);
  i->progress_total = query_range_or_null(q, 31, 0, INT64_MAX);
  i->latest_run = query_range(q, 32, 0, INT64_MAX);
  i->succeeded_run = query_range(q, 33, 0, INT64_MAX);
  i->error_at = query_range_or_null(q, 34, 1, INT64_MAX);
}

static instance instance_get(nangolite *store, int64_t id) {
  instance found = {0};
  query q = query_open(store, INSTANCE_GET);
  query_bind_int(&q, id);
  if (query_next(&q)) instance_read(&q, &found);
  query_close(&q);
  return found;
}

static int instance_has_ended_run(const nangolite *store, const instance *i, int64_t now, int64_t *at) {
  if (i->s.run == 0) return 0;
  int is_left = store->options.exclusive && !open_stores_has(i->token);
  *at = i->s.lease_until < now ? i->s.lease_until : now;
  return is_left || schedule_has_expired(&i->s, now);
}

static void instance_keep_clock(nangolite *store) {
  query q = query_open(store, STORE_KEEP_CLOCK);
  query_bind_int(&q, store->now);
  query_bind_int(&q, INSTANCE_CLOCK_TOLERANCE);
  query_run(&q);
}

/* While a run is in progress, the wake_at of its instance stays as it was when the run became due, so that
** beginning a run and extending its lease write no index. Whoever looks for what is due steps over the
** instance. */
static int64_t instance_wake_at(const nangolite *store, const instance *i) {
  if (i->s.run == 0) return schedule_due_at(&i->s);
  int64_t wake_at = i->s.started_at < store->now ? i->s.started_at : store->now;
  return i->wake_at != 0 && i->wake_at < wake_at ? i->wake_at : wake_at;
}

static void instance_save_schedule(query *q, const schedule *s) {
  query_bind_int(q, s->is_paused);
  query_bind_int(q, s->slot_at);
  query_bind_int(q, s->asked);
  query_bind_int_or_null(q, s->asked_at);
  query_bind_int_or_null(q, s->again_at);
  query_bind_int(q, s->runs_again);
  query_bind_int(q, s->may_repeat);
  query_bind_int(q, s->retries);
  query_bind_int(q, s->expired);
  query_bind_int(q, s->allows_deletes);
  query_bind_int_or_null(q, s->run);
  query_bind_int_or_null(q, s->lease_until);
  query_bind_int(q, s->run_allows_deletes);
  query_bind_int_or_null(q, s->started_at);
  query_bind_int_or_null(q, s->finished_at);
  query_bind_int(q, s->latest);
  query_bind_int(q, s->is_initial);
  query_bind_int(q, s->has_succeeded);
}

static void instance_save(nangolite *store, const instance *i) {
  instance_keep_clock(store);
  query q = query_open(store, INSTANCE_SAVE);
  instance_save_schedule(&q, &i->s);
  query_bind_int_or_null(&q, i->s.run != 0 ? i->token : 0);
  query_bind_int(&q, i->latest_run);
  query_bind_int(&q, i->succeeded_run);
  query_bind_int(&q, i->id);
  query_run(&q);
  q = query_open(store, INSTANCE_SET_WAKE);
  query_bind_int_or_null(&q, instance_wake_at(store, i));
  query_bind_int(&q, i->id);
  query_run(&q);
}

/* Checkpoints become a part of events and of the status. */
static void instance_judge_checkpoint(nangolite *store, int64_t id, slice checkpoint) {
  json_value value;
  if (checkpoint.at == NULL || (json_scan(checkpoint, &value).reason == NULL && value.type == JSON_OBJECT))
    return;
  store_fail(store, NANGOLITE_CORRUPT, "instance %lld: a checkpoint is no JSON object", (long long)id);
}

/* Copies the strings of the row one behind the other, each with its NUL. Absent ones are left out. */
static instance_names instance_get_names(nangolite *store, int64_t id) {
  instance_names names = {0};
  slice *const members[] = {&names.provider_config_key,
                            &names.connection_id,
                            &names.sync,
                            &names.variant,
                            &names.frequency,
                            &names.checkpoint,
                            &names.checkpoint_before,
                            &names.error_type,
                            &names.error_description};
  enum { MEMBERS = sizeof members / sizeof *members };
  query q = query_open(store, INSTANCE_NAMES);
  query_bind_int(&q, id);
  int is_there = query_next(&q);
  for (int i = 0; i < MEMBERS && is_there; i++) {
    *members[i] = query_text(&q, i);
    if (members[i]->at == NULL) continue;
    text_append(&names.strings, members[i]->at, members[i]->length);
    text_append(&names.strings, "", 1);
  }
  if (!is_there && !store_failed(store))
    store_fail(store, NANGOLITE_CORRUPT, "instance %lld: it has no connection or no sync", (long long)id);
  instance_judge_checkpoint(store, id, names.checkpoint);
  instance_judge_checkpoint(store, id, names.checkpoint_before);
  query_close(&q);
  store_check_text(store, &names.strings);
  const char *at = names.strings.at;
  for (int i = 0; i < MEMBERS && is_there && !store_failed(store); i++) {
    if (members[i]->at == NULL) continue;
    members[i]->at = at;
    at += members[i]->length + 1;
  }
  if (!is_there || store_failed(store)) {
    text_free(&names.strings);
    for (int i = 0; i < MEMBERS; i++) *members[i] = slice_of("");
  }
  return names;
}

static void instance_add_variants(nangolite *store, int64_t id, int64_t more) {
  query q = query_open(store, INSTANCE_ADD_VARIANTS);
  query_bind_int(&q, more);
  query_bind_int(&q, id);
  query_run(&q);
}

static int64_t instance_create(nangolite *store, int64_t connection, const sync_row *sync, slice variant) {
  int64_t created_at = store->now > 1 ? store->now : 0; /* 1 stands for a clock at 0: see store_clock() */
  schedule_grid grid = instance_grid(store, created_at, sync->start_at, sync->interval, sync->local_time);
  schedule s = schedule_create(store->now, &grid, sync->manual_start);
  instance_keep_clock(store);
  query q = query_open(store, INSTANCE_INSERT);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync->id);
  query_bind_text(&q, name_of_variant(variant));
  query_bind_int(&q, created_at);
  query_bind_int(&q, s.is_paused);
  query_bind_int(&q, s.slot_at);
  query_bind_int_or_null(&q, schedule_due_at(&s));
  query_run(&q);
  int64_t id = store_failed(store) ? 0 : sqlite3_last_insert_rowid(store->db);
  if (!name_is_base(variant)) instance_add_variants(store, id, 1);
  return store_failed(store) ? 0 : id;
}

static void instance_adopt(nangolite *store, int64_t id) {
  instance i = instance_get(store, id);
  if (store_failed(store)) return;
  instance_save(store, &i);
  instance_add_variants(store, id, 1); /* changes no row where it is a base itself */
}

static void instance_create_for_connection(nangolite *store, const char *provider_config_key,
                                           int64_t connection) {
  id_list syncs = {NULL, 0, 0};
  query q = query_open(store, SYNC_OF_INTEGRATION);
  query_bind_text(&q, slice_of(provider_config_key));
  id_list_read(store, &syncs, &q);
  for (size_t i = 0; i < syncs.count && !store_failed(store); i++) {
    sync_row sync = sync_get(store, syncs.at[i]);
    if (instance_find(store, connection, sync.id, slice_of(NULL)) == 0)
      instance_create(store, connection, &sync, slice_of(NULL));
  }
  sqlite3_free(syncs.at);
}

static void instance_create_for_sync(nangolite *store, const char *provider_config_key,
                                     const sync_row *sync) {
  id_list connections = {NULL, 0, 0};
  query q = query_open(store, CONNECTION_OF_INTEGRATION);
  query_bind_text(&q, slice_of(provider_config_key));
  id_list_read(store, &connections, &q);
  for (size_t i = 0; i < connections.count && !store_failed(store); i++) {
    int64_t connection = connections.at[i];
    if (instance_find(store, connection, sync->id, slice_of(NULL)) == 0)
      instance_create(store, connection, sync, slice_of(NULL));
  }
  sqlite3_free(connections.at);
}

static id_list instance_collections(nangolite *store, int64_t id) {
  id_list list = {NULL, 0, 0};
  query q = query_open(store, INSTANCE_COLLECTIONS);
  query_bind_int(&q, id);
  id_list_read(store, &list, &q);
  return list;
}

static void instance_set_checkpoint(nangolite *store, int64_t id, slice checkpoint) {
  query q = query_open(store, INSTANCE_SET_CHECKPOINT);
  query_bind_text(&q, checkpoint);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_set_idle(nangolite *store, int64_t id, int64_t since) {
  query q = query_open(store, INSTANCE_SET_IDLE);
  query_bind_int_or_null(&q, since);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_stir(nangolite *store, int64_t id) {
  query q = query_open(store, INSTANCE_STIR);
  query_bind_int(&q, store->now);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_set_progress(nangolite *store, const instance *i, int64_t done, int64_t total) {
  query q = query_open(store, INSTANCE_SET_PROGRESS);
  query_bind_int(&q, done);
  query_bind_int_or_null(&q, total);
  query_bind_int(&q, i->id);
  query_run(&q);
}

static void instance_set_error(nangolite *store, int64_t id, slice type, slice description, int64_t at) {
  query q = query_open(store, INSTANCE_SET_ERROR);
  query_bind_text(&q, type);
  query_bind_text(&q, description);
  query_bind_int_or_null(&q, at);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_forget(nangolite *store, int64_t id) {
  instance_set_checkpoint(store, id, slice_of(NULL));
  id_list collections = instance_collections(store, id);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++) {
    collection c = collection_by_id(store, collections.at[i]);
    if (c.window_opened_at == 0) continue;
    window_discard(store, &c);
    collection_save(store, &c);
  }
  sqlite3_free(collections.at);
}

static void instance_empty(nangolite *store, int64_t id) {
  id_list collections = instance_collections(store, id);
  for (size_t i = 0; i < collections.count && !store_failed(store); i++)
    removal_take_away(store, collections.at[i]);
  sqlite3_free(collections.at);
}

static void instance_delete(nangolite *store, int64_t id) {
  instance_add_variants(store, id, -1);
  query_run_with(store, INSTANCE_DELETE, id);
}

static void instance_set_frequency(nangolite *store, int64_t id, slice frequency, int64_t interval) {
  query q = query_open(store, INSTANCE_SET_FREQUENCY);
  query_bind_text(&q, frequency);
  query_bind_int_or_null(&q, interval);
  query_bind_int(&q, id);
  query_run(&q);
}

static void instance_extend_lease(nangolite *store, int64_t id, int64_t run, int64_t lease_until,
                                  int64_t now) {
  query q = query_open(store, INSTANCE_EXTEND_LEASE);
  query_bind_int(&q, lease_until);
  query_bind_int(&q, id);
  query_bind_int(&q, run);
  query_bind_int(&q, now);
  query_run(&q);
}

static void instance_begin_checkpoint(nangolite *store, int64_t id) {
  query_run_with(store, INSTANCE_BEGIN_CHECKPOINT, id);
}

static void instance_clear_progress(nangolite *store, int64_t id) {
  query_run_with(store, INSTANCE_CLEAR_PROGRESS, id);
}

static void instance_set_clock(nangolite *store, int64_t clock) {
  query_run_with(store, STORE_SET_CLOCK, clock);
}

static int64_t instance_next_run(nangolite *store, int64_t step) {
  query_run_with(store, STORE_NEXT_RUN, step);
  query q = query_open(store, STORE_RUN);
  int64_t number = query_next(&q) ? query_range(&q, 0, 1, INT64_MAX) : 0;
  query_close(&q);
  return number;
}
