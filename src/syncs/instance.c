#include "syncs/instance.h"

static int64_t instance_find(nangolite *store, int64_t connection, int64_t sync, slice variant) {
  query q = query_open(store, INSTANCE_FIND);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync);
  query_bind_text(&q, name_of_variant(variant));
  return query_number(&q);
}

/* Numbers with one character between two. */
static void instance_read_executed(slice written, schedule *s) {
  int64_t numbers[2 * SCHEDULE_ROWS] = {0};
  size_t count = 0;
  for (size_t i = 0; i < written.length && count < 2 * SCHEDULE_ROWS; i++) {
    int is_digit = written.at[i] >= '0' && written.at[i] <= '9';
    if (!is_digit) count++;
    else if (numbers[count] < INT64_MAX / 10) numbers[count] = numbers[count] * 10 + (written.at[i] - '0');
  }
  s->executed_count = written.length == 0 ? 0 : (int)(count + 1) / 2;
  if (s->executed_count > SCHEDULE_ROWS) s->executed_count = SCHEDULE_ROWS;
  for (int i = 0; i < s->executed_count; i++)
    s->executed[i] = (schedule_row){numbers[2 * i], numbers[2 * i + 1]};
}

static void instance_write_executed(const schedule *s, text *out) {
  for (int i = 0; i < s->executed_count; i++) {
    if (i > 0) text_append(out, " ", 1);
    text_append_int(out, s->executed[i].from);
    text_append(out, "-", 1);
    text_append_int(out, s->executed[i].to);
  }
}

static void instance_read(const query *q, instance *i) {
  i->id = query_int(q, 0);
  i->connection = query_int(q, 1);
  i->sync = query_int(q, 2);
  i->s.anchor = query_int(q, 3);
  i->s.interval = query_int(q, 4);
  i->s.is_paused = (int)query_int(q, 5);
  i->s.is_triggered = (int)query_int(q, 6);
  i->s.due_at = query_int(q, 7);
  i->s.has_start = (int)query_int(q, 8);
  instance_read_executed(query_text(q, 9), &i->s);
  i->s.run = query_int(q, 10);
  i->s.lease_until = i->s.run == 0 ? 0 : query_int(q, 11);
  i->s.started_at = query_int(q, 12);
  i->s.finished_at = query_int(q, 13);
  i->s.latest = (run_status)query_int(q, 14);
  i->s.is_initial = (int)query_int(q, 15);
  i->s.has_succeeded = (int)query_int(q, 16);
  i->own_interval = query_int(q, 17);
  i->created_at = query_int(q, 18);
}

static instance instance_get(nangolite *store, int64_t id) {
  instance found = {0};
  query q = query_open(store, INSTANCE_GET);
  query_bind_int(&q, id);
  if (query_next(&q)) instance_read(&q, &found);
  query_close(&q);
  return found;
}

static void instance_note_clock(nangolite *store) {
  query q = query_open(store, STORE_NOTE_CLOCK);
  query_bind_int(&q, store->now);
  query_bind_int(&q, INSTANCE_CLOCK_TOLERANCE);
  query_run(&q);
}

static void instance_save(nangolite *store, const instance *i) {
  const schedule *s = &i->s;
  text executed = {0};
  instance_write_executed(s, &executed);
  store_check_text(store, &executed);
  instance_note_clock(store);
  query q = query_open(store, INSTANCE_SAVE);
  query_bind_int(&q, s->is_paused);
  query_bind_int(&q, s->is_triggered);
  query_bind_int_or_null(&q, s->due_at);
  query_bind_text(&q, (slice){executed.at, executed.length});
  query_bind_int_or_null(&q, s->run);
  query_bind_int_or_null(&q, schedule_wake_at(s));
  query_bind_int_or_null(&q, s->started_at);
  query_bind_int_or_null(&q, s->finished_at);
  query_bind_int(&q, s->latest);
  query_bind_int(&q, s->is_initial);
  query_bind_int(&q, s->has_succeeded);
  query_bind_int(&q, i->id);
  query_run(&q);
  text_free(&executed);
}

/* The strings of a row, one behind the other, each with its NUL; absent ones are left out. */
static instance_names instance_get_names(nangolite *store, int64_t id) {
  instance_names names = {0};
  slice *const members[] = {
      &names.provider_config_key, &names.connection_id,    &names.sync, &names.variant, &names.frequency,
      &names.checkpoint,          &names.checkpoint_before};
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

static int64_t instance_create(nangolite *store, int64_t connection, const sync_row *sync, slice variant) {
  int64_t created_at = store->now > 1 ? store->now : 0;   /* 1 stands for a clock at 0: see store_clock() */
  schedule s = schedule_create(created_at, sync->interval, sync->start_at, sync->manual_start);
  if (s.due_at == 0 && !s.is_paused) s.due_at = 1;
  instance_note_clock(store);
  query q = query_open(store, INSTANCE_INSERT);
  query_bind_int(&q, connection);
  query_bind_int(&q, sync->id);
  query_bind_text(&q, name_of_variant(variant));
  query_bind_int(&q, created_at);
  query_bind_int(&q, s.is_paused);
  query_bind_int_or_null(&q, s.due_at);
  query_run(&q);
  return store_failed(store) ? 0 : sqlite3_last_insert_rowid(store->db);
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

static void instance_remove(nangolite *store, int64_t id) {
  instance_empty(store, id);
  store_next_stamp(store);
  query_run_with(store, RESULT_CLEAR, id);
  query_run_with(store, INSTANCE_DELETE, id);
}
