#include "records/as_nango.h"

#include "json/json_script.h"
#include "json/json_write.h"
#include "records/payload.h"
#include "values/timestamp.h"

static void as_nango_refuse(nangolite *store, size_t position, const char *what) {
  store_fail(store, NANGOLITE_INVALID, "record %lld: %s", (long long)position, what);
}

/* Whether JavaScript takes a value of canonical text for false. */
static int as_nango_is_falsy(json_value value) {
  slice spelled = value.text;
  if (value.type == JSON_NUMBER) return slice_equals(spelled, slice_of("0"));
  if (value.type == JSON_STRING) return spelled.length == 2;
  return value.type == JSON_NULL || value.type == JSON_FALSE;
}

/* ---- the id ---- */

/* Appends what String() makes of a value that is no array. Returns whether that has a lone surrogate. */
static int as_nango_append_one(json_value value, text *out) {
  int lone_surrogate = 0;
  if (value.type == JSON_STRING) json_unescape(value, out, &lone_surrogate);
  else if (value.type == JSON_OBJECT) text_append_string(out, "[object Object]");
  else if (value.type != JSON_NULL) text_append(out, value.text.at, value.text.length);
  return lone_surrogate;
}

/* The same of any value. An array is its elements with commas between, and so are the arrays in it. */
static int as_nango_append_string(json_value value, text *out) {
  const char *at = value.text.at, *end = at + value.text.length;
  int lone_surrogate = 0;
  while (at < end) {
    if (*at == ',') text_append(out, ",", 1);
    if (*at == '[' || *at == ']' || *at == ',') {
      at++;
    } else {
      const char *to = json_skip_value(at, end);
      lone_surrogate |= as_nango_append_one(json_between(at, to), out);
      at = to;
    }
  }
  return lone_surrogate;
}

static void as_nango_drop_nul(text *id, size_t from) {
  size_t to = from;
  for (size_t i = from; i < id->length; i++) {
    if (id->at[i] != '\0') id->at[to++] = id->at[i];
  }
  id->length = to;
}

static void as_nango_append_id(nangolite *store, json_value value, size_t position, text *id) {
  size_t from = id->length;
  if (as_nango_is_falsy(value)) as_nango_refuse(store, position, "id is missing, empty, null, false or 0");
  else if (as_nango_append_string(value, id)) as_nango_refuse(store, position, "id has a lone surrogate");
  store_check_text(store, id);
  if (store_failed(store)) return;
  as_nango_drop_nul(id, from);
  size_t units = utf8_units((slice){id->at + from, id->length - from});
  if (units == 0 || units > AS_NANGO_ID_MAX)
    store_fail(store, NANGOLITE_INVALID, "record %lld: id must have 1 to %d UTF-16 units, and has %lld",
               (long long)position, AS_NANGO_ID_MAX, (long long)units);
}

/* ---- the text ---- */

/* The hash and length of a record's canonical text without "_nango_metadata". */
static entry_text as_nango_text(nangolite *store, const json_record *record, slice written) {
  text without = {0};
  if (record->has_metadata) {
    json_without_member(json_of(written), PAYLOAD_METADATA, &without);
    store_check_text(store, &without);
    written = (slice){without.at, without.length};
  }
  entry_text given = {hash_bytes(&store->key, written.at, written.length), (uint32_t)written.length};
  text_free(&without);
  return given;
}

/* Appends a record's canonical text with the id as this JSON string. Returns whether it was written in
** another way. */
static int as_nango_append_with_id(slice record, slice id, text *out) {
  slice was = payload_id(record).text;
  size_t before = (size_t)(was.at - record.at);
  text_append(out, record.at, before);
  text_append(out, id.at, id.length);
  text_append(out, was.at + was.length, record.length - before - was.length);
  return !slice_equals(was, id);
}

static void as_nango_take(nangolite *store, const json_record *given_record, size_t position, text *stored,
                          text *id, entry_text *given) {
  text written = {0}, spelled = {0};
  size_t from = id->length;
  json_script_write(json_of(given_record->text), &written);
  store_check_text(store, &written);
  slice record = {written.at, written.length};
  if (!store_failed(store)) as_nango_append_id(store, payload_id(record), position, id);
  if (!store_failed(store)) {
    json_write(&spelled, (slice){id->at + from, id->length - from});
    store_check_text(store, &spelled);
  }
  if (!store_failed(store)) {
    int is_other = as_nango_append_with_id(record, (slice){spelled.at, spelled.length}, stored);
    if (is_other || given_record->has_metadata) *given = as_nango_text(store, given_record, record);
    store_check_text(store, stored);
  }
  text_free(&written);
  text_free(&spelled);
}

static hash128 as_nango_given(const entry *stored, const entry_text *alternate) {
  return stored->has_alternate ? alternate->hash : stored->text.hash;
}

/* ---- deletedAt ---- */

/* Milliseconds since 1970, as in a JavaScript Date. */
static int as_nango_parse_milliseconds(slice written, int64_t *time) {
  int64_t milliseconds = 0;
  if (written.length > 15) return 0;
  for (size_t i = 0; i < written.length; i++) {
    if (written.at[i] < '0' || written.at[i] > '9') return 0;
    milliseconds = milliseconds * 10 + (written.at[i] - '0');
  }
  *time = milliseconds * 1000;
  return 1;
}

/* A time of RFC 3339, which is in UTC where it has no offset; or a day, which is its beginning. */
static int as_nango_parse_time(slice written, int64_t *time) {
  static const char *const rests[] = {"", "Z", "T00:00:00Z", NULL};
  char spelled[64];
  if (written.length > sizeof spelled / 2) return 0;
  for (const char *const *rest = rests; *rest != NULL; rest++) {
    sqlite3_snprintf(sizeof spelled, spelled, "%.*s%s", (int)written.length, written.at, *rest);
    if (timestamp_parse(slice_of(spelled), time)) return 1;
  }
  return 0;
}

static int64_t as_nango_deleted_at(nangolite *store, slice record, size_t position) {
  json_value written = payload_member(json_of(record), "deletedAt");
  int64_t time = 0;
  int is_time = 0;
  if (as_nango_is_falsy(written)) return 0;
  slice inside = {written.text.at + 1, written.text.length - 2};
  if (written.type == JSON_STRING) is_time = as_nango_parse_time(inside, &time);
  if (written.type == JSON_NUMBER) is_time = as_nango_parse_milliseconds(written.text, &time);
  if (is_time && time > 0 && time <= TIME_MAX) return time;
  as_nango_refuse(store, position, "deletedAt must be a time, a day, or milliseconds, since 1970");
  return 0;
}
