#include "syncs/dump.h"

#include "json/json_scan.h"
#include "json/json_write.h"
#include "records/feed.h"
#include "syncs/kept_run.h"

/* ---- lines ---- */

static void dump_append_value(text *out, const dump_member *m, const dump_value *v) {
  if (m->type == DUMP_NUMBER) text_append_int(out, v->number);
  else if (m->type == DUMP_FLAG) text_append_string(out, "true");
  else if (m->type == DUMP_WORD) json_write_string(out, m->words[v->number]);
  else if (m->type == DUMP_OBJECT && dump_fits_a_line(v->text)) text_append(out, v->text.at, v->text.length);
  else json_write_any(out, v->text);
}

static void dump_append_line(dump *d, dump_kind kind, const dump_value *values) {
  const dump_form *form = dump_form_of(kind);
  text_append_string(&d->line, "{\"kind\":");
  json_write_string(&d->line, form->name);
  for (const dump_member *m = form->members; m->name != NULL; m++, values++) {
    if (!values->is_there || ((m->is & DUMP_IS_METADATA) && !d->has_metadata)) continue;
    text_append_string(&d->line, ",");
    json_write_string(&d->line, m->name);
    text_append_string(&d->line, ":");
    dump_append_value(&d->line, m, values);
  }
  text_append_string(&d->line, "}\n");
  store_check_text(d->store, &d->line);
}

static void dump_line(dump *d, dump_kind kind, const dump_value *values) {
  if (store_failed(d->store)) return;
  text_clear(&d->line);
  dump_append_line(d, kind, values);
  d->lines++;
  if (store_failed(d->store) || d->write(d->ctx, d->line.at, d->line.length) == 0) return;
  store_fail(d->store, NANGOLITE_INTERRUPTED, "the function that takes the lines has ended the dump");
}

/* ---- values ---- */

static void dump_set_number(dump_kind kind, dump_value *values, const char *name, int64_t number) {
  const dump_form *form = dump_form_of(kind);
  int at = dump_member_at(form, slice_of(name));
  const dump_member *m = &form->members[at];
  int is_left_out = m->type == DUMP_WORD ? m->words[number] == NULL : m->type == DUMP_FLAG && number == 0;
  values[at] = (dump_value){!is_left_out, number, {NULL, 0}};
}

/* 0: there is none. */
static void dump_set_number_or_none(dump_kind kind, dump_value *values, const char *name, int64_t number) {
  dump_set_number(kind, values, name, number);
  if (number == 0) values[dump_member_at(dump_form_of(kind), slice_of(name))].is_there = 0;
}

/* An absent text: there is none. */
static void dump_set_text(dump_kind kind, dump_value *values, const char *name, slice written) {
  values[dump_member_at(dump_form_of(kind), slice_of(name))] = (dump_value){written.at != NULL, 0, written};
}

/* Writes the hash as hexadecimal digits, which the value points to. */
static void dump_set_hash(dump_kind kind, dump_value *values, const char *name, hash128 hash, char *digits) {
  static const char hex[] = "0123456789abcdef";
  char bytes[HASH_BYTES];
  hash_write(hash, bytes);
  for (int i = 0; i < HASH_BYTES; i++) {
    digits[2 * i] = hex[(unsigned char)bytes[i] >> 4];
    digits[2 * i + 1] = hex[bytes[i] & 15];
  }
  dump_set_text(kind, values, name, (slice){digits, DUMP_HASH_DIGITS});
}

static int dump_is_sound(const dump_member *m, slice written) {
  json_value value;
  if (m->type == DUMP_BYTES) return 1;
  if (m->type == DUMP_TEXT) return utf8_is_valid(written);
  return json_scan(written, &value).reason == NULL && value.text.length == written.length &&
         value.type == JSON_OBJECT;
}

static slice dump_read_text(const query *q, int column, const dump_member *m) {
  int is_text = sqlite3_column_type(q->statement, column) == SQLITE_TEXT;
  slice written = query_text(q, column);
  if (!store_failed(q->store) && (!is_text || !dump_is_sound(m, written)))
    store_fail(q->store, NANGOLITE_CORRUPT, "the file has a wrong %s: it is damaged", m->name);
  return written;
}

static dump_value dump_read_value(const query *q, int column, const dump_member *m) {
  int is_null = sqlite3_column_type(q->statement, column) == SQLITE_NULL;
  dump_value v = {0, 0, {NULL, 0}};
  if (is_null && (m->is & DUMP_MAY_LACK)) return v;
  v.is_there = 1;
  if (m->type != DUMP_NUMBER && m->type != DUMP_FLAG && m->type != DUMP_WORD) {
    v.text = dump_read_text(q, column, m);
    return v;
  }
  v.number = query_range(q, column, m->low, m->high);
  if (m->type == DUMP_FLAG) v.is_there = v.number != 0;
  if (m->type == DUMP_WORD) v.is_there = !store_failed(q->store) && m->words[v.number] != NULL;
  return v;
}

/* The columns at the row at hand. 0: a failure is latched. */
static int dump_read_row(const query *q, dump_kind kind, dump_value *values) {
  const dump_member *members = dump_form_of(kind)->members;
  for (int i = 0; members[i].name != NULL; i++) values[i] = dump_read_value(q, i, &members[i]);
  return !store_failed(q->store);
}

/* ---- a run in progress, which is dumped as if it were aborted now (run_abort_all()) ---- */

static void dump_set_stopped(dump_value *values, const schedule *s) {
  dump_set_number(DUMP_OF_INSTANCE, values, "slot_at", s->slot_at);
  dump_set_number(DUMP_OF_INSTANCE, values, "asked", s->asked);
  dump_set_number_or_none(DUMP_OF_INSTANCE, values, "asked_at", s->asked_at);
  dump_set_number(DUMP_OF_INSTANCE, values, "finished_at", s->finished_at);
  dump_set_number(DUMP_OF_INSTANCE, values, "latest", s->latest);
}

/* As instance_stir() does. */
static void dump_set_stirred(dump_value *values, int64_t now) {
  dump_value *idle = &values[dump_member_at(dump_form_of(DUMP_OF_INSTANCE), slice_of("idle_since"))];
  int is_recent = idle->is_there && idle->number >= now - MICROSECONDS_PER_DAY && idle->number <= now;
  if (!is_recent) *idle = (dump_value){1, now, {NULL, 0}};
}

static void dump_stop_instance(dump *d, int64_t id, dump_value *values, instance *stopped) {
  *stopped = instance_get(d->store, id);
  if (store_failed(d->store)) return;
  schedule_end(&stopped->s, d->now, RUN_STOPPED);
  dump_set_stopped(values, &stopped->s);
  dump_set_stirred(values, d->now);
}

static dump_value *dump_value_of(dump_kind kind, dump_value *values, const char *name) {
  return &values[dump_member_at(dump_form_of(kind), slice_of(name))];
}

/* The line of the stopped run, whose instance has these values. */
static void dump_stopped_run(dump *d, const instance *stopped, dump_value *of) {
  dump_value values[DUMP_MEMBERS_MAX] = {{0}};
  text results = {0};
  if (d->store->options.keep_runs < 0 || store_failed(d->store)) return;
  result_append_all(d->store, stopped, &results);
  store_check_text(d->store, &results);
  memcpy(values, of, 4 * sizeof *values); /* what names the instance */
  dump_set_number(DUMP_OF_RUN, values, "number", stopped->latest_run);
  dump_set_number(DUMP_OF_RUN, values, "started_at", stopped->s.started_at);
  dump_set_number(DUMP_OF_RUN, values, "finished_at", stopped->s.finished_at);
  dump_set_number(DUMP_OF_RUN, values, "result", stopped->s.latest);
  dump_set_number(DUMP_OF_RUN, values, "is_initial", stopped->s.is_initial);
  dump_set_text(DUMP_OF_RUN, values, "results", (slice){results.at, results.length});
  *dump_value_of(DUMP_OF_RUN, values, "checkpoint_from") =
    *dump_value_of(DUMP_OF_INSTANCE, of, "checkpoint_before");
  *dump_value_of(DUMP_OF_RUN, values, "checkpoint_to") = *dump_value_of(DUMP_OF_INSTANCE, of, "checkpoint");
  dump_line(d, DUMP_OF_RUN, values);
  text_free(&results);
}

/* ---- records ---- */

typedef struct dump_collection {
  dump *d;
  collection c;
  entries known;
  window_seen seen;
  dump_value values[DUMP_MEMBERS_MAX]; /* of a record; those that name the collection stay */
} dump_collection;

static void dump_set_times(dump_collection *k, const record_row *r) {
  dump_set_number(DUMP_OF_RECORD, k->values, "action", row_key_action(r->key));
  dump_set_number(DUMP_OF_RECORD, k->values, "first_seen_at", r->first_seen_at);
  dump_set_number(DUMP_OF_RECORD, k->values, "last_modified_at", r->last_modified_at);
  dump_set_number_or_none(DUMP_OF_RECORD, k->values, "pruned_at", r->pruned_at);
  int64_t deleted_at = r->deleted_at == r->last_modified_at ? 0 : r->deleted_at;
  dump_set_number_or_none(DUMP_OF_RECORD, k->values, "deleted_at", deleted_at);
}

static void dump_set_alternate(dump_collection *k, const record_row *r, const entry *of, char *digits) {
  entry_text other = {{0, 0}, 0};
  int is_there = of->has_alternate && entry_find_alternate(&k->known, r->number, of, &other);
  dump_set_number_or_none(DUMP_OF_RECORD, k->values, "alternate_length", other.length);
  if (is_there) dump_set_hash(DUMP_OF_RECORD, k->values, "alternate_hash", other.hash, digits);
  else dump_set_text(DUMP_OF_RECORD, k->values, "alternate_hash", slice_of(NULL));
}

static void dump_set_record(dump_collection *k, const record_row *r) {
  if (!utf8_is_valid(r->id))
    store_fail(k->d->store, NANGOLITE_CORRUPT, "the file has a wrong id: it is damaged");
  dump_set_text(DUMP_OF_RECORD, k->values, "id", r->id);
  dump_set_text(DUMP_OF_RECORD, k->values, "payload", r->payload);
}

static void dump_full_record(dump_collection *k, const record_row *r) {
  char hash[DUMP_HASH_DIGITS], alternate[DUMP_HASH_DIGITS];
  entry of;
  if (!record_is_sound(&k->known, r, &of)) return;
  int is_seen = k->c.window_opened_at != 0 && window_has_seen(k->d->store, &k->c, &k->seen, r->number);
  dump_set_record(k, r);
  dump_set_times(k, r);
  dump_set_alternate(k, r, &of, alternate);
  if (row_key_is_pruned(r->key)) dump_set_hash(DUMP_OF_RECORD, k->values, "hash", of.text.hash, hash);
  else dump_set_text(DUMP_OF_RECORD, k->values, "hash", slice_of(NULL));
  dump_set_number(DUMP_OF_RECORD, k->values, "seen", is_seen);
  dump_line(k->d, DUMP_OF_RECORD, k->values);
}

/* In the order of change, which the stamps show. */
static void dump_full_records(dump_collection *k) {
  record_row r;
  feed f = feed_open(k->d->store, &k->c, FEED_ALL, NULL);
  while (feed_next(&f, &r) && !store_failed(k->d->store)) dump_full_record(k, &r);
  feed_close(&f);
}

static void dump_live_record(dump_collection *k, slice id, int64_t number) {
  query row = {k->d->store, NULL, 0};
  record_row r = {0};
  entry of;
  if (number == 0 || !entry_find(&k->known, number, &of) || row_key_action(of.key) == ACTION_DELETED) return;
  if (record_get_sound(&k->known, number, &of, id, &row, &r)) {
    dump_set_record(k, &r);
    dump_line(k->d, DUMP_OF_RECORD, k->values);
  }
  query_close(&row);
}

/* In the order of ids, of which no collection has more than numbers: in a damaged file they might never end. */
static void dump_live_records(dump_collection *k) {
  nangolite *store = k->d->store;
  int64_t count = 0;
  query q = query_open(store, IDENTITIES_OF_COLLECTION);
  query_bind_int(&q, k->c.id);
  while (query_next(&q)) {
    if (++count > k->c.numbers)
      store_fail(store, NANGOLITE_CORRUPT, "collection %lld: it has more ids than numbers",
                 (long long)k->c.id);
    dump_live_record(k, query_text(&q, 0), identity_number(&q, 1, &k->c));
  }
  query_close(&q);
}

static void dump_records(dump *d, int64_t collection_id, const dump_value *names) {
  dump_collection k = {.d = d, .c = collection_by_id(d->store, collection_id)};
  k.known = entries_open(d->store, &k.c);
  memcpy(k.values, names, 4 * sizeof *names); /* what names the collection */
  if (!store_failed(d->store) && d->has_metadata) dump_full_records(&k);
  else if (!store_failed(d->store)) dump_live_records(&k);
  entries_free(&k.known);
}

/* ---- rows ---- */

static slice dump_parameter(const dump *d, slice name) {
  const nangolite_scope *scope = &d->scope;
  const char *value = slice_equals(name, slice_of("provider_config_key")) ? scope->provider_config_key
                      : slice_equals(name, slice_of("connection_id"))     ? scope->connection_id
                      : slice_equals(name, slice_of("model"))             ? scope->model
                                                                          : scope->variant;
  return slice_of(value);
}

/* `of`: the row that the rows belong to. */
static void dump_bind(const dump *d, query *q, int64_t of) {
  for (const char *name; (name = query_parameter(q)) != NULL;) {
    if (strcmp(name, "of") == 0) query_bind_int(q, of);
    else if (strcmp(name, "metadata") == 0) query_bind_int(q, d->has_metadata);
    else query_bind_text(q, dump_parameter(d, slice_of(name)));
  }
}

/* The rows of a kind without rows of their own. */
static void dump_rows_of(dump *d, dump_kind kind, int64_t of) {
  dump_value values[DUMP_MEMBERS_MAX];
  query q = query_open(d->store, dump_form_of(kind)->select);
  dump_bind(d, &q, of);
  while (query_next(&q) && dump_read_row(&q, kind, values)) dump_line(d, kind, values);
  query_close(&q);
}

static void dump_sync(dump *d, int64_t id, dump_value *values) {
  dump_line(d, DUMP_OF_SYNC, values);
  dump_rows_of(d, DUMP_OF_SYNC_MODEL, id);
}

static void dump_instance(dump *d, int64_t id, int is_running, dump_value *values) {
  instance stopped = {0};
  if (is_running && d->has_metadata) dump_stop_instance(d, id, values, &stopped);
  dump_line(d, DUMP_OF_INSTANCE, values);
  if (!d->has_metadata) return;
  dump_rows_of(d, DUMP_OF_RESULT, id);
  dump_rows_of(d, DUMP_OF_RUN, id);
  if (is_running) dump_stopped_run(d, &stopped, values);
}

static void dump_collection_rows(dump *d, int64_t id, dump_value *values) {
  if (d->has_metadata) dump_line(d, DUMP_OF_COLLECTION, values);
  dump_records(d, id, values);
}

/* The rows of a kind that have others: behind its members, a row has its id and, of an instance, its run. */
static void dump_rows(dump *d, dump_kind kind) {
  dump_value values[DUMP_MEMBERS_MAX];
  int id = dump_member_count(dump_form_of(kind));
  query q = query_open(d->store, dump_form_of(kind)->select);
  dump_bind(d, &q, 0);
  while (query_next(&q) && dump_read_row(&q, kind, values)) {
    if (kind == DUMP_OF_SYNC) dump_sync(d, query_int(&q, id), values);
    if (kind == DUMP_OF_INSTANCE) dump_instance(d, query_int(&q, id), query_int(&q, id + 1) != 0, values);
    if (kind == DUMP_OF_COLLECTION) dump_collection_rows(d, query_int(&q, id), values);
  }
  query_close(&q);
}

/* ---- the first line and the last ---- */

/* The members of the scope that are not NULL, as an object; nothing where all are. */
static void dump_append_scope(const nangolite_scope *scope, text *out) {
  const char *const members[][2] = {{"provider_config_key", scope->provider_config_key},
                                    {"connection_id", scope->connection_id},
                                    {"model", scope->model},
                                    {"variant", scope->variant}};
  const char *separator = "{";
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    if (members[i][1] == NULL) continue;
    text_append_string(out, separator);
    json_write_string(out, members[i][0]);
    text_append_string(out, ":");
    json_write_string(out, members[i][1]);
    separator = ",";
  }
  if (*separator == ',') text_append_string(out, "}");
}

static void dump_set_store(const query *q, dump_value *values, char *digits) {
  hash128 key = {(uint64_t)query_int(q, 4), (uint64_t)query_int(q, 5)};
  dump_set_number(DUMP_OF_STORE, values, "as_nango", query_range(q, 0, 0, 1));
  dump_set_number(DUMP_OF_STORE, values, "last_stamp", query_range(q, 1, 0, TIME_MAX));
  dump_set_number(DUMP_OF_STORE, values, "last_run", query_range(q, 2, 0, INT64_MAX));
  dump_set_number(DUMP_OF_STORE, values, "clock", query_range(q, 3, 0, TIME_MAX));
  dump_set_hash(DUMP_OF_STORE, values, "hash_key", key, digits);
}

static void dump_first_line(dump *d) {
  dump_value values[DUMP_MEMBERS_MAX] = {{0}};
  char digits[DUMP_HASH_DIGITS];
  text scope = {0};
  dump_append_scope(&d->scope, &scope);
  store_check_text(d->store, &scope);
  query q = query_open(d->store, DUMP_STORE);
  if (query_next(&q)) dump_set_store(&q, values, digits);
  query_close(&q);
  dump_set_number(DUMP_OF_STORE, values, "format", DUMP_FORMAT);
  dump_set_number(DUMP_OF_STORE, values, "metadata", d->has_metadata);
  dump_set_text(DUMP_OF_STORE, values, "scope", (slice){scope.at, scope.length});
  dump_line(d, DUMP_OF_STORE, values);
  text_free(&scope);
}

static void dump_last_line(dump *d) {
  dump_value values[DUMP_MEMBERS_MAX] = {{0}};
  dump_set_number(DUMP_OF_END, values, "lines", d->lines + 1);
  dump_line(d, DUMP_OF_END, values);
}

static int dump_is_whole(const nangolite_scope *scope) {
  return scope->provider_config_key == NULL && scope->connection_id == NULL && scope->model == NULL &&
         scope->variant == NULL;
}

static void dump_write(dump *d) {
  d->lines = 0;
  dump_first_line(d);
  if (dump_is_whole(&d->scope)) dump_rows_of(d, DUMP_OF_VARIABLE, 0);
  dump_rows_of(d, DUMP_OF_CONNECTION, 0);
  dump_rows(d, DUMP_OF_SYNC);
  dump_rows(d, DUMP_OF_INSTANCE);
  dump_rows(d, DUMP_OF_COLLECTION);
  dump_last_line(d);
  text_free(&d->line);
}
