#include "syncs/load.h"

#include "json/json_scan.h"
#include "syncs/environment_rows.h"

enum { LOAD_NAMES = 4, LOAD_SLICE = 4096 /* so many records are flushed at once, which limits the memory */ };

typedef struct load {
  nangolite *store;
  slice rest;     /* what was not read yet */
  int64_t line;   /* the number of the line at hand, from 1 on */
  int has_ended;  /* that line was the last */
  dump_kind kind; /* of it */
  text unescaped; /* its strings, as far as they have escapes */
  dump_value values[DUMP_MEMBERS_MAX];

  hash_key key; /* of the first line, and the three below it */
  int64_t last_stamp, last_run, clock;

  /* The collection at hand; id 0: there is none. */
  collection c;
  entries known;
  window_seen seen;
  int64_t stamp; /* of its latest record */
  text names;
  slice of[LOAD_NAMES]; /* in `names` */
} load;

static const dump_value *load_value(const load *l, const char *name) {
  return &l->values[dump_member_at(dump_form_of(l->kind), slice_of(name))];
}

static void load_refuse(load *l, const char *why) {
  store_fail(l->store, NANGOLITE_INVALID, "%s", why);
}

static void load_refuse_member(load *l, const char *name, const char *why) {
  store_fail(l->store, NANGOLITE_INVALID, "%s of %s %s", name, dump_form_of(l->kind)->one, why);
}

/* ---- the values of a line ---- */

static int load_parse_number(slice digits, int64_t *number) {
  int is_negative = digits.length > 0 && *digits.at == '-';
  uint64_t limit = (uint64_t)INT64_MAX + (uint64_t)is_negative, value = 0;
  for (size_t i = (size_t)is_negative; i < digits.length; i++) {
    unsigned digit = (unsigned)digits.at[i] - '0';
    if (digit > 9 || value > (limit - digit) / 10) return 0;
    value = value * 10 + digit;
  }
  *number = is_negative ? (int64_t)(0 - value) : (int64_t)value;
  return 1;
}

static void load_number(load *l, const dump_member *m, json_value given, dump_value *v) {
  int is_number = given.type == JSON_NUMBER && load_parse_number(given.text, &v->number);
  if (is_number && v->number >= m->low && v->number <= m->high) return;
  store_fail(l->store, NANGOLITE_INVALID, "%s of %s must be an integer from %lld to %lld", m->name,
             dump_form_of(l->kind)->one, (long long)m->low, (long long)m->high);
}

static void load_word(load *l, const dump_member *m, json_value given, dump_value *v) {
  for (v->number = m->high; v->number >= m->low; v->number--) {
    const char *word = m->words[v->number];
    if (word != NULL && given.type == JSON_STRING && json_string_is(given, word)) return;
  }
  v->number = 0;
  load_refuse_member(l, m->name, "is none of its words");
}

/* The buffer has room for all strings of the line, so it does not move. */
static slice load_string(load *l, const dump_member *m, json_value given) {
  size_t from = l->unescaped.length;
  int lone_surrogate = 0;
  if (given.type != JSON_STRING) {
    load_refuse_member(l, m->name, "has another type");
    return slice_of(NULL);
  }
  json_unescape(given, &l->unescaped, &lone_surrogate);
  store_check_text(l->store, &l->unescaped);
  if (store_failed(l->store)) return slice_of(NULL);
  slice string = {l->unescaped.at + from, l->unescaped.length - from};
  if (lone_surrogate) load_refuse_member(l, m->name, "has a lone surrogate");
  if (string.length > 0 && memchr(string.at, '\0', string.length) != NULL)
    load_refuse_member(l, m->name, "has the character U+0000");
  return string;
}

static slice load_object(load *l, const dump_member *m, json_value given) {
  json_value value;
  if (given.type == JSON_OBJECT) return given.text;
  slice string = load_string(l, m, given);
  if (store_failed(l->store)) return string;
  if (json_scan(string, &value).reason != NULL || value.type != JSON_OBJECT)
    load_refuse_member(l, m->name, "is no JSON object");
  return string;
}

static void load_read_value(load *l, const dump_member *m, json_value given, dump_value *v) {
  v->is_there = 1;
  if (m->type == DUMP_NUMBER) load_number(l, m, given, v);
  else if (m->type == DUMP_WORD) load_word(l, m, given, v);
  else if (m->type == DUMP_OBJECT) v->text = load_object(l, m, given);
  else if (m->type != DUMP_FLAG) v->text = load_string(l, m, given);
  else if (given.type == JSON_TRUE) v->number = 1;
  else load_refuse_member(l, m->name, "must be true, or left out");
}

static void load_read_member(load *l, const json_member *member) {
  const dump_form *form = dump_form_of(l->kind);
  slice quoted = member->key.text, name = {quoted.at + 1, quoted.length - 2};
  int at = dump_member_at(form, name);
  if (at < 0)
    store_fail(l->store, NANGOLITE_INVALID, "%s has no member %.*s", form->one, (int)quoted.length,
               quoted.at);
  else if (l->values[at].is_there) load_refuse_member(l, form->members[at].name, "is there twice");
  else load_read_value(l, &form->members[at], member->value, &l->values[at]);
}

/* A flag that is left out is false, and a word that is left out is the word 0. */
static void load_find_missing(load *l) {
  const dump_member *members = dump_form_of(l->kind)->members;
  for (int i = 0; members[i].name != NULL; i++) {
    int may_lack = (members[i].is & DUMP_MAY_LACK) || members[i].type == DUMP_FLAG ||
                   (members[i].type == DUMP_WORD && members[i].words[0] == NULL);
    if (!l->values[i].is_there && !may_lack) load_refuse_member(l, members[i].name, "is missing");
  }
}

static void load_read_kind(load *l, json_iterator *members) {
  json_member first;
  int is_first = json_next_member(members, &first) && json_string_is(first.key, "kind");
  slice quoted = is_first ? first.value.text : slice_of("");
  if (!is_first || first.value.type != JSON_STRING) load_refuse(l, "its first member must be its kind");
  else if (dump_form_named((slice){quoted.at + 1, quoted.length - 2}, &l->kind) == NULL)
    store_fail(l->store, NANGOLITE_INVALID, "there is no kind %.*s", (int)quoted.length, quoted.at);
}

static void load_parse(load *l, slice line) {
  json_value object;
  json_member member;
  json_error error = json_scan(line, &object);
  if (error.reason != NULL)
    store_fail(l->store, NANGOLITE_INVALID, "%s, at byte %lld", error.reason, (long long)error.offset);
  else if (object.type != JSON_OBJECT) load_refuse(l, "it must be a JSON object");
  text_clear(&l->unescaped);
  if (text_reserve(&l->unescaped, line.length) == NULL) store_fail_memory(l->store);
  if (store_failed(l->store)) return;
  memset(l->values, 0, sizeof l->values);
  json_iterator members = json_iterate(object);
  load_read_kind(l, &members);
  while (!store_failed(l->store) && json_next_member(&members, &member)) load_read_member(l, &member);
  if (!store_failed(l->store)) load_find_missing(l);
}

/* ---- rows ---- */

static int64_t load_interval(load *l) {
  const dump_value *frequency = load_value(l, "frequency");
  int64_t interval = 0;
  const char *reason = frequency->is_there ? frequency_parse(frequency->text, &interval) : NULL;
  if (reason != NULL) store_fail(l->store, NANGOLITE_INVALID, "frequency %s", reason);
  return interval;
}

static void load_bind(load *l, query *q) {
  const dump_form *form = dump_form_of(l->kind);
  for (const char *name; (name = query_parameter(q)) != NULL;) {
    int at = dump_member_at(form, slice_of(name));
    dump_type type = at < 0 ? DUMP_NUMBER : form->members[at].type;
    if (at < 0) query_bind_int_or_null(q, load_interval(l)); /* it is no member, but follows from one */
    else if (type == DUMP_FLAG || type == DUMP_WORD) query_bind_int(q, l->values[at].number);
    else if (type != DUMP_NUMBER) query_bind_text(q, l->values[at].text);
    else if (l->values[at].is_there) query_bind_int(q, l->values[at].number);
    else query_bind_int_or_null(q, 0);
  }
}

/* Returns the id of the new row. */
static int64_t load_row(load *l) {
  query q = query_open(l->store, dump_form_of(l->kind)->insert);
  load_bind(l, &q);
  if (query_run(&q) != 1) load_refuse(l, "the same is there already, or what it belongs to is not");
  return store_failed(l->store) ? 0 : sqlite3_last_insert_rowid(l->store->db);
}

/* ---- the first line and the last ---- */

static int load_hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static hash128 load_hash(load *l, const char *name) {
  slice digits = load_value(l, name)->text;
  char bytes[HASH_BYTES] = {0};
  int is_hash = digits.length == DUMP_HASH_DIGITS;
  for (size_t i = 0; i < HASH_BYTES && is_hash; i++) {
    int high = load_hex(digits.at[2 * i]), low = load_hex(digits.at[2 * i + 1]);
    is_hash = high >= 0 && low >= 0;
    bytes[i] = (char)(is_hash ? high << 4 | low : 0);
  }
  if (!is_hash) load_refuse_member(l, name, "must be 32 digits of 0-9 a-f");
  return hash_read(bytes);
}

/* The store was opened as nangolite_open() was told to, and its mode belongs to the file. */
static void load_check_mode(load *l) {
  int as_nango = l->store->as_nango;
  if (load_value(l, "as_nango")->number != as_nango)
    load_refuse(l, as_nango ? "it is a dump of a store without as_nango, and this one has it"
                            : "it is a dump of a store with as_nango, and this one was made without it");
}

static void load_first_line(load *l) {
  if (load_value(l, "scope")->is_there) load_refuse(l, "it is a dump of a scope, and not of a whole store");
  load_check_mode(l);
  hash128 key = load_hash(l, "hash_key");
  l->key = l->store->key = (hash_key){key.low, key.high};
  l->last_stamp = load_value(l, "last_stamp")->number;
  l->last_run = load_value(l, "last_run")->number;
  l->clock = load_value(l, "clock")->number;
}

static void load_last_line(load *l) {
  l->has_ended = 1;
  if (load_value(l, "lines")->number != l->line)
    load_refuse(l, "the last line tells of another number of lines");
}

/* The numbers of the first line, when nothing moves them any more. */
static void load_finish(load *l) {
  query q = query_open(l->store, LOAD_STORE);
  query_bind_int(&q, l->last_stamp);
  query_bind_int(&q, l->last_run);
  query_bind_int(&q, l->clock);
  query_bind_int(&q, (int64_t)l->key.k0);
  query_bind_int(&q, (int64_t)l->key.k1);
  query_run(&q);
  l->store->last_stamp = l->last_stamp;
  l->store->stamp_given = 0;
}

/* ---- records ---- */

static void load_close_collection(load *l) {
  if (l->c.id != 0 && !store_failed(l->store)) {
    entries_flush(&l->known);
    window_flush(l->store, &l->seen);
    collection_save(l->store, &l->c);
  }
  if (l->known.store != NULL) entries_free(&l->known);
  l->c.id = 0;
}

/* The names outlive the line. */
static void load_keep_names(load *l) {
  size_t length = 0;
  text_clear(&l->names);
  for (int i = 0; i < LOAD_NAMES; i++) text_append(&l->names, l->values[i].text.at, l->values[i].text.length);
  store_check_text(l->store, &l->names);
  for (int i = 0; i < LOAD_NAMES && !store_failed(l->store); i++) {
    l->of[i] = (slice){l->names.at + length, l->values[i].text.length};
    length += l->of[i].length;
  }
}

static void load_collection(load *l) {
  load_close_collection(l);
  int64_t id = load_row(l);
  load_keep_names(l);
  if (store_failed(l->store)) return;
  l->c = collection_by_id(l->store, id);
  l->c.window_opened_at = load_value(l, "window_opened_at")->number;
  l->c.window_live = load_value(l, "window_live")->number;
  l->known = entries_open(l->store, &l->c);
  memset(&l->seen, 0, sizeof l->seen);
  l->stamp = 0;
}

static int load_is_of_collection(const load *l) {
  int is_same = l->c.id != 0;
  for (int i = 0; i < LOAD_NAMES && is_same; i++) is_same = slice_equals(l->of[i], l->values[i].text);
  return is_same;
}

/* Whether the record may have been deleted at another time than its stamp. */
static int load_may_say_when(load *l) {
  return l->store->as_nango && load_value(l, "action")->number == ACTION_DELETED;
}

static void load_check_record(load *l) {
  int has_alternate = load_value(l, "alternate_hash")->is_there;
  if (!load_is_of_collection(l)) load_refuse(l, "it does not stand behind the line of its collection");
  else if (identity_find(l->store, &l->c, load_value(l, "id")->text) != 0)
    load_refuse(l, "its id is there already");
  else if (load_value(l, "last_modified_at")->number <= l->stamp)
    load_refuse(l, "its stamp is not above that of the record before it");
  else if (has_alternate != load_value(l, "alternate_length")->is_there)
    load_refuse(l, "an alternate has a hash and a length");
  else if (load_value(l, "hash")->is_there != load_value(l, "pruned_at")->is_there)
    load_refuse(l, "a record that was pruned has a hash, and no other has one");
  else if (load_value(l, "deleted_at")->is_there && !load_may_say_when(l))
    load_refuse(l, "only a deleted record of a store with as_nango has a deleted_at");
  else if (load_value(l, "payload")->text.length > DUMP_LENGTH_MAX) load_refuse(l, "its payload is too long");
}

static entry_text load_text(load *l) {
  slice payload = load_value(l, "payload")->text;
  if (load_value(l, "pruned_at")->is_there) return (entry_text){load_hash(l, "hash"), 0};
  return (entry_text){hash_bytes(&l->key, payload.at, payload.length), (uint32_t)payload.length};
}

static entry_text load_alternate(load *l) {
  entry_text none = {{0, 0}, 0};
  if (!load_value(l, "alternate_hash")->is_there) return none;
  return (entry_text){load_hash(l, "alternate_hash"), (uint32_t)load_value(l, "alternate_length")->number};
}

static int64_t load_record_row(load *l) {
  record_row row = {.id = load_value(l, "id")->text,
                    .payload = load_value(l, "payload")->text,
                    .last_modified_at = load_value(l, "last_modified_at")->number,
                    .first_seen_at = load_value(l, "first_seen_at")->number,
                    .pruned_at = load_value(l, "pruned_at")->number,
                    .deleted_at = load_value(l, "deleted_at")->number};
  int state = (int)load_value(l, "action")->number + (row.pruned_at != 0 ? STATE_PRUNED : 0);
  entry_text written = load_text(l), alternate = load_alternate(l);
  l->stamp = row.last_modified_at;
  return store_failed(l->store) ? 0 : record_load(&l->known, state, &row, written, alternate);
}

static void load_record(load *l) {
  load_check_record(l);
  if (store_failed(l->store)) return;
  int64_t number = load_record_row(l);
  identity_writer w = {.store = l->store, .collection = l->c.id};
  identity_add(&w, load_value(l, "id")->text, number);
  identity_flush(&w);
  if (load_value(l, "seen")->number) {
    if (l->c.window_opened_at == 0) load_refuse(l, "it was seen, and no delete window is open");
    window_see(l->store, &l->c, &l->seen, number);
  }
  if (number % LOAD_SLICE == 0) entries_flush(&l->known);
}

/* ---- lines ---- */

static void load_line(load *l) {
  if ((l->line == 1) != (l->kind == DUMP_OF_STORE))
    load_refuse(l, "the first line is that of the store, and no other line is");
  if (l->has_ended) load_refuse(l, "it stands behind the last line");
  if (store_failed(l->store)) return;
  if (l->kind == DUMP_OF_STORE) load_first_line(l);
  else if (l->kind == DUMP_OF_INSTANCE) instance_adopt(l->store, load_row(l));
  else if (l->kind == DUMP_OF_COLLECTION) load_collection(l);
  else if (l->kind == DUMP_OF_RECORD) load_record(l);
  else if (l->kind == DUMP_OF_END) load_last_line(l);
  else load_row(l);
}

/* Puts the line's number before the message. What other parts refuse to read as CORRUPT came from the dump here; what
** SQLite cannot read stays a failure of the file. */
static void load_say_line(load *l) {
  nangolite *store = l->store;
  int is_damage = store->result == NANGOLITE_CORRUPT && (sqlite3_errcode(store->db) & 0xff) != SQLITE_CORRUPT;
  if (store->result != NANGOLITE_INVALID && !is_damage) return;
  char *why = sqlite3_mprintf("%s", store_message(store));
  store->result = NANGOLITE_OK;
  if (why == NULL) store_fail_memory(store);
  else store_fail(store, NANGOLITE_INVALID, "json: line %lld: %s", (long long)l->line, why);
  sqlite3_free(why);
}

/* 0: there are no more lines, or a failure is latched. */
static int load_next(load *l, slice *line) {
  if (l->rest.length == 0 || store_interrupted(l->store)) return 0;
  const char *end = memchr(l->rest.at, '\n', l->rest.length);
  l->line++;
  if (end == NULL) {
    load_refuse(l, "it has no line feed at its end");
    load_say_line(l);
    return 0;
  }
  *line = (slice){l->rest.at, (size_t)(end - l->rest.at)};
  l->rest = slice_from(l->rest, line->length + 1);
  return 1;
}

/* What a store may have that has neither a connection nor a definition. */
static void load_clear(nangolite *store) {
  query q = query_open(store, LOAD_IS_EMPTY);
  if (query_number(&q) == 0)
    store_fail(store, NANGOLITE_INVALID, "the store is not empty: it has connections or definitions");
  if (store_failed(store)) return;
  environment_clear(store);
  removal_free(store, INT64_MAX);
}

static void load_lines(nangolite *store, slice json) {
  load l = {.store = store, .rest = json};
  slice line;
  load_clear(store);
  while (load_next(&l, &line)) {
    load_parse(&l, line);
    if (!store_failed(store)) load_line(&l);
    load_say_line(&l);
  }
  load_close_collection(&l);
  if (!l.has_ended)
    store_fail(store, NANGOLITE_INVALID,
               "json: it ends behind line %lld, which is not the last line of a dump", (long long)l.line);
  load_finish(&l);
  text_free(&l.unescaped);
  text_free(&l.names);
}

/* ---- the comparison ---- */

typedef struct load_comparison {
  slice rest;
  int differs;
} load_comparison;

static int load_compare_line(void *ctx, const char *line, size_t length) {
  load_comparison *c = ctx;
  c->differs = c->rest.length < length || memcmp(c->rest.at, line, length) != 0;
  if (!c->differs) c->rest = slice_from(c->rest, length);
  return c->differs;
}

static void load_compare(nangolite *store, slice json) {
  load_comparison c = {.rest = json};
  dump d = {.store = store, .has_metadata = 1, .write = load_compare_line, .ctx = &c, .now = store->now};
  dump_write(&d);
  if (!c.differs || store->result != NANGOLITE_INTERRUPTED) return;
  store->result = NANGOLITE_OK; /* by load_compare_line() */
  store_fail(store, NANGOLITE_INVALID,
             "json: line %lld: it is not in its place, or not written as a dump writes it",
             (long long)d.lines);
}
