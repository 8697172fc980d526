#include "requests/input.h"

#include "json/json_write.h"

/* The codes of errors, one for each kind. */
#define INPUT_UNKNOWN "unrecognized_keys"
#define INPUT_TYPE "invalid_type"
#define INPUT_FORMAT "invalid_format"
#define INPUT_VALUE "invalid_value"
#define INPUT_SMALL "too_small"
#define INPUT_BIG "too_big"
#define INPUT_CUSTOM "custom"

/* At most so many errors are listed. Where there are more, the message tells how many. */
#define INPUT_ERRORS_MAX 50

/* Empties a text for its next use, without forgetting that it failed. */
static void input_clear(input *in, text *t) {
  if (t->failed) in->ran_out = 1;
  text_clear(t);
}

/* ---- what is wrong ---- */

/* The member of the body in which a place is; NULL: it is in none. */
static const char *input_container(param_place place) {
  static const char *const names[] = {
    [PLACE_OPTS] = "opts", [PLACE_SYNC] = "syncs", [PLACE_CONNECTIONS] = "connection_id"};
  return place >= PLACE_OPTS ? names[place] : NULL;
}

/* The position of the element at hand, where the place is in an array; else -1. */
static int64_t input_position(const input *in, param_place place) {
  if (place == PLACE_SYNC) return in->values[VALUE_SYNCS].number;
  return place == PLACE_CONNECTIONS ? in->values[VALUE_CONNECTION].number : -1;
}

/* Begins the message with what it is about: "opts.reset", "syncs[2].name", or "the body" for the whole
** body. */
static void input_append_subject(input *in, param_place place, slice name) {
  text *out = &in->message;
  const char *container = input_container(place);
  input_clear(in, out);
  if (container != NULL) text_append_string(out, container);
  if (input_position(in, place) >= 0) {
    text_append_string(out, "[");
    text_append_int(out, input_position(in, place));
    text_append_string(out, "]");
  }
  if (place == PLACE_BODY && name.at == NULL) text_append_string(out, "the body");
  if (container != NULL && name.at != NULL) text_append_string(out, ".");
  text_append(out, name.at, name.length);
}

/* Every element of a path is a string, positions too. */
static void input_append_path(input *in, param_place place, slice name) {
  text *out = &in->errors;
  const char *container = input_container(place);
  text_append_string(out, ",\"path\":[");
  if (container != NULL) json_write_string(out, container);
  if (input_position(in, place) >= 0) {
    text_append_string(out, ",\"");
    text_append_int(out, input_position(in, place));
    text_append_string(out, "\"");
  }
  if (container != NULL && name.at != NULL) text_append_string(out, ",");
  if (name.at != NULL) json_write_any(out, name);
  text_append_string(out, "]}");
}

/* Adds an error to the list; its message is in in->message. */
static void input_list_error(input *in, param_place place, slice name, const char *code) {
  if (in->errors.length > 0) text_append_string(&in->errors, ",");
  text_append_string(&in->errors, "{\"code\":");
  json_write_string(&in->errors, code);
  text_append_string(&in->errors, ",\"message\":");
  json_write_any(&in->errors, (slice){in->message.at, in->message.length});
  input_append_path(in, place, name);
}

/* Reports an error. Its message is the name of the parameter and then `rule`. */
static void input_report(input *in, param_place place, slice name, const char *code, const char *rule) {
  param_place at = input_container(place) != NULL ? PLACE_BODY : place;
  int is_first = in->error_count == 0 || at < in->first_wrong;
  int is_listed = in->error_count++ < INPUT_ERRORS_MAX;
  if (!is_first && !is_listed) return;
  input_append_subject(in, place, name);
  text_append_string(&in->message, " ");
  text_append_string(&in->message, rule);
  if (is_listed) input_list_error(in, place, name, code);
  if (!is_first) return;
  input_clear(in, &in->first_message);
  text_append(&in->first_message, in->message.at, in->message.length);
  in->first_wrong = at;
}

static void input_report_param(input *in, const param *p, const char *code, const char *rule) {
  in->values[p->value].is_wrong = 1;
  input_report(in, p->place, slice_of(p->name), code, rule);
}

static void input_tell_how_many_more(input *in) {
  if (in->error_count <= INPUT_ERRORS_MAX) return;
  text_append_string(&in->first_message, " (");
  text_append_int(&in->first_message, (int64_t)(in->error_count - INPUT_ERRORS_MAX));
  text_append_string(&in->first_message, " more errors are not listed)");
}

static void input_refuse(const input *in, reply *r) {
  static const char *const codes[] = {[PLACE_QUERY] = "invalid_query_params",
                                      [PLACE_HEADER] = "invalid_headers",
                                      [PLACE_BODY] = "invalid_body",
                                      [PLACE_URI] = "invalid_uri_params"};
  reply_set_errors(r, codes[in->first_wrong], (slice){in->first_message.at, in->first_message.length},
                   (slice){in->errors.at, in->errors.length});
}

/* ---- checking one value ---- */

static slice input_end_string(input *in, size_t from) {
  text_append(&in->strings, "", 1);
  if (in->strings.failed) return (slice){NULL, 0};
  return (slice){in->strings.at + from, in->strings.length - 1 - from};
}

static slice input_keep(input *in, slice bytes) {
  size_t from = in->strings.length;
  text_append(&in->strings, bytes.at, bytes.length);
  return input_end_string(in, from);
}

static slice input_unescape(input *in, json_value string) {
  size_t from = in->strings.length;
  json_unescape(string, &in->strings, NULL);
  return input_end_string(in, from);
}

static void input_check_name(input *in, const param *p, input_value *v) {
  const char *rule = name_check(p->rule, v->text);
  if (rule != NULL) input_report_param(in, p, INPUT_FORMAT, rule);
}

static void input_check_time(input *in, const param *p, input_value *v) {
  int is_time = timestamp_parse(v->text, &v->number);
  const char *reason = is_time ? page_refuse_time(in->store, v->number) : NULL;
  if (!is_time) input_report_param(in, p, INPUT_FORMAT, "must be a time of RFC 3339");
  else if (reason != NULL) input_report_param(in, p, INPUT_CUSTOM, reason);
}

static void input_check_cursor(input *in, const param *p, input_value *v) {
  const char *reason = cursor_decode(v->text, &in->cursor_id, &in->cursor);
  if (reason != NULL) input_report_param(in, p, INPUT_FORMAT, reason);
}

static void input_check_filter(input *in, const param *p, input_value *v) {
  v->number = page_filter(in->store, v->text);
  if (v->number != 0) return;
  input_report_param(in, p, INPUT_VALUE, "must name added, updated or deleted, with commas between");
}

static void input_check_frequency(input *in, const param *p, input_value *v) {
  int64_t interval;
  const char *reason = frequency_parse(v->text, &interval);
  if (reason != NULL) input_report_param(in, p, INPUT_FORMAT, reason);
}

/* Digits, which may be followed by a point and zeros. A number that is too great for int64_t becomes
** INT64_MAX. */
static int input_parse_integer(slice written, int64_t *number) {
  size_t i = 0;
  *number = 0;
  for (; i < written.length && written.at[i] >= '0' && written.at[i] <= '9'; i++) {
    int digit = written.at[i] - '0';
    *number = *number > (INT64_MAX - digit) / 10 ? INT64_MAX : *number * 10 + digit;
  }
  size_t digits = i;
  if (i + 1 < written.length && written.at[i] == '.') {
    for (i++; i < written.length && written.at[i] == '0'; i++) continue;
  }
  return digits > 0 && i == written.length;
}

static void input_check_integer(input *in, const param *p, input_value *v) {
  int64_t least = p->flags & PARAM_FROM_0 ? 0 : 1;
  int64_t most = p->flags & PARAM_PAGE_LIMIT ? page_limit_max(in->store) : p->maximum;
  char rule[64] = "must be an integer of 1 or more";
  if (least == 0) rule[sizeof "must be an integer of " - 1] = '0';
  slice written = v->text;
  int is_negative = written.length > 0 && *written.at == '-';
  if (is_negative) written = (slice){written.at + 1, written.length - 1};
  if (most < INT64_MAX)
    sqlite3_snprintf(sizeof rule, rule, "must be an integer from 1 to %lld", (long long)most);
  if (!input_parse_integer(written, &v->number)) input_report_param(in, p, INPUT_TYPE, rule);
  else if ((is_negative && v->number > 0) || v->number < least) input_report_param(in, p, INPUT_SMALL, rule);
  else if (v->number > most) input_report_param(in, p, INPUT_BIG, rule);
}

static void input_check_text(input *in, const param *p, input_value *v) {
  char rule[64] = "must not be empty";
  if (p->maximum < INT64_MAX)
    sqlite3_snprintf(sizeof rule, rule, "must have 1 to %lld bytes", (long long)p->maximum);
  if (v->text.length == 0) input_report_param(in, p, INPUT_SMALL, rule);
  else if ((int64_t)v->text.length > p->maximum) input_report_param(in, p, INPUT_BIG, rule);
  else if (!utf8_is_valid(v->text) || memchr(v->text.at, '\0', v->text.length) != NULL)
    input_report_param(in, p, INPUT_FORMAT, "must be UTF-8 without U+0000");
}

static void input_check_nothing(input *in, const param *p, input_value *v) {
  (void)in;
  (void)p;
  (void)v;
}

static void input_check_boolean(input *in, const param *p, input_value *v) {
  (void)in;
  (void)p;
  v->number = v->json.type == JSON_TRUE;
}

/* "sync_mode" has the older names for what a trigger resets. */
static void input_check_mode(input *in, const param *p, input_value *v) {
  static const struct {
    const char *name;
    int64_t flags;
  } modes[] = {{"incremental", 0},
               {"full_refresh", NANGOLITE_RESET},
               {"full_refresh_and_clear_cache", NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE}};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (!slice_equals(v->text, slice_of(modes[i].name))) continue;
    v->number = modes[i].flags;
    return;
  }
  input_report_param(in, p, INPUT_VALUE, "must be incremental, full_refresh or full_refresh_and_clear_cache");
}

static int input_is_id(slice id) {
  int has_length = id.length > 0 && id.length <= RECORD_ID_MAX;
  return has_length && memchr(id.at, '\0', id.length) == NULL && utf8_is_valid(id);
}

static void input_check_ids(input *in, const param *p, input_value *v) {
  char rule[64];
  if (v->given > PAGE_IDS_MAX) {
    sqlite3_snprintf(sizeof rule, rule, "must not be given more than %d times", PAGE_IDS_MAX);
    input_report_param(in, p, INPUT_BIG, rule);
  }
  sqlite3_snprintf(sizeof rule, rule, "must each be 1 to %d bytes of UTF-8", RECORD_ID_MAX);
  for (size_t i = 0; i < in->id_count; i++) {
    if (input_is_id(in->ids[i])) continue;
    input_report_param(in, p, INPUT_FORMAT, rule);
    return;
  }
}

/* ---- syncs ---- */

static void input_add_sync(input *in, selector named) {
  selector *syncs = list_room(in->syncs, NULL, in->sync_count, &in->sync_capacity, sizeof *syncs);
  if (syncs == NULL) {
    in->ran_out = 1;
    return;
  }
  in->syncs = syncs;
  in->syncs[in->sync_count++] = named;
}

static void input_check_list(input *in, const param *p, input_value *v) {
  static const char rule[] = "must be * or names of syncs with commas between, each sync or sync::variant";
  slice written = v->text;
  if (slice_equals(written, slice_of("*"))) return;
  for (size_t from = 0, i = 0; i <= written.length; i++) {
    if (i < written.length && written.at[i] != ',') continue;
    selector named = selector_parse((slice){written.at + from, i - from});
    if (selector_check(named) != NULL) {
      input_report_param(in, p, INPUT_FORMAT, rule);
      return;
    }
    input_add_sync(in, named);
    from = i + 1;
  }
}

static void input_check_place(input *in, param_place place);
static void input_take_members(input *in, json_value object, param_place place);

/* {"name":…,"variant":…} */
static void input_check_listed(input *in, json_value object) {
  input_value *name = &in->values[VALUE_LISTED_NAME], *variant = &in->values[VALUE_LISTED_VARIANT];
  size_t errors = in->error_count;
  *name = *variant = (input_value){0};
  input_take_members(in, object, PLACE_SYNC);
  input_check_place(in, PLACE_SYNC);
  if (in->error_count == errors) input_add_sync(in, (selector){name->text, variant->text});
}

static void input_check_element(input *in, json_value element) {
  static const char rule[] = "must be sync or sync::variant, each 1 to 255 of A-Z a-z 0-9 _ -";
  slice nameless = {NULL, 0};
  if (element.type == JSON_OBJECT) {
    input_check_listed(in, element);
  } else if (element.type != JSON_STRING) {
    input_report(in, PLACE_SYNC, nameless, INPUT_TYPE, "must be a string or an object with name and variant");
  } else {
    selector named = selector_parse(input_unescape(in, element));
    if (selector_check(named) == NULL) input_add_sync(in, named);
    else input_report(in, PLACE_SYNC, nameless, INPUT_FORMAT, rule);
  }
}

static void input_check_syncs(input *in, const param *p, input_value *v) {
  json_iterator elements = json_iterate(v->json);
  json_value element;
  (void)p;
  for (v->number = 0; json_next_element(&elements, &element); v->number++) input_check_element(in, element);
}

static void input_check_opts(input *in, const param *p, input_value *v) {
  (void)p;
  input_take_members(in, v->json, PLACE_OPTS);
  input_check_place(in, PLACE_OPTS);
}

/* ---- connections ---- */

static void input_add_connection(input *in, const char *id) {
  const char **ids =
    list_room(in->connections, NULL, in->connection_count, &in->connection_capacity, sizeof *ids);
  if (ids == NULL) {
    in->ran_out = 1;
    return;
  }
  in->connections = ids;
  in->connections[in->connection_count++] = id;
}

static void input_check_connection(input *in, param_place place, slice name, json_value id) {
  if (id.type != JSON_STRING) {
    input_report(in, place, name, INPUT_TYPE, "must be a string");
    return;
  }
  slice written = input_unescape(in, id);
  const char *rule = name_check(NAME_CONNECTION_ID, written);
  if (rule != NULL) input_report(in, place, name, INPUT_FORMAT, rule);
  else input_add_connection(in, written.at);
}

static void input_check_connections(input *in, const param *p, input_value *v) {
  slice nameless = {NULL, 0};
  json_value element;
  if (v->json.type != JSON_ARRAY) {
    input_check_connection(in, p->place, slice_of(p->name), v->json);
    return;
  }
  json_iterator elements = json_iterate(v->json);
  for (v->number = 0; json_next_element(&elements, &element); v->number++)
    input_check_connection(in, PLACE_CONNECTIONS, nameless, element);
}

/* ---- checking all ---- */

typedef struct input_kind {
  void (*check)(input *in, const param *p, input_value *v);
  json_type type; /* in a body */
  const char *type_rule;
} input_kind;

static const input_kind input_kinds[] = {
  [KIND_NAME] = {.check = input_check_name, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_TIME] = {.check = input_check_time, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_CURSOR] = {.check = input_check_cursor, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_FILTER] = {.check = input_check_filter, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_FREQUENCY] = {.check = input_check_frequency,
                      .type = JSON_STRING,
                      .type_rule = "must be a string or null"},
  [KIND_INTEGER] = {.check = input_check_integer, .type = JSON_NUMBER, .type_rule = "must be a number"},
  [KIND_BOOLEAN] = {.check = input_check_boolean, .type = JSON_TRUE, .type_rule = "must be true or false"},
  [KIND_MODE] = {.check = input_check_mode, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_IDS] = {.check = input_check_ids, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_LIST] = {.check = input_check_list, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_SYNCS] = {.check = input_check_syncs, .type = JSON_ARRAY, .type_rule = "must be an array"},
  [KIND_OPTS] = {.check = input_check_opts, .type = JSON_OBJECT, .type_rule = "must be an object"},
  [KIND_TEXT] = {.check = input_check_text, .type = JSON_STRING, .type_rule = "must be a string"},
  [KIND_OBJECT] = {.check = input_check_nothing, .type = JSON_OBJECT, .type_rule = "must be an object"},
  [KIND_CONNECTIONS] = {.check = input_check_connections,
                        .type = JSON_ARRAY,
                        .type_rule = "must be a string or an array of strings"},
  [KIND_IGNORED] = {.check = input_check_nothing, .type = JSON_NULL, .type_rule = ""},
};

/* Whether a value of a body is of the type that the parameter asks for; a string's characters are then in
** v->text. */
static int input_has_type(input *in, const param *p, input_value *v) {
  const input_kind *kind = &input_kinds[p->kind];
  json_type type = v->json.type == JSON_FALSE ? JSON_TRUE : v->json.type;
  int is_number = type == JSON_NUMBER && kind->type == type;
  int is_digits = type == JSON_STRING && kind->type == JSON_NUMBER; /* a number in quotes is accepted, too */
  int is_single = type == JSON_STRING && p->kind == KIND_CONNECTIONS;
  if (type != kind->type && !is_digits && !is_single) {
    input_report_param(in, p, INPUT_TYPE, kind->type_rule);
    return 0;
  }
  if (type == JSON_STRING && !is_single) v->text = input_unescape(in, v->json);
  if (is_number) v->text = v->json.text;
  return !in->strings.failed;
}

static void input_check(input *in, const param *p) {
  input_value *v = &in->values[p->value];
  int is_json = v->json.text.at != NULL;
  if (in->strings.failed) return;
  if (v->given == 0) {
    if (p->flags & PARAM_REQUIRED) input_report_param(in, p, INPUT_TYPE, "is required");
  } else if (v->given > 1 && p->kind != KIND_IDS && p->kind != KIND_IGNORED && !is_json) {
    input_report_param(in, p, INPUT_TYPE, "must be given only once");
  } else if (!is_json || v->json.type != JSON_NULL || !(p->flags & PARAM_NULLABLE)) {
    if (!is_json || input_has_type(in, p, v)) input_kinds[p->kind].check(in, p, v);
  }
}

static void input_check_place(input *in, param_place place) {
  for (const param *p = in->params; p->name != NULL; p++) {
    if (p->place == place) input_check(in, p);
  }
}

/* Parameters that exclude or need another one. */
static void input_check_relations(input *in) {
  for (const param *p = in->params; p->name != NULL; p++) {
    const input_value *v = &in->values[p->value], *needed = &in->values[p->needed];
    if (v->given > 0 && p->excluded != VALUE_NONE && in->values[p->excluded].given > 0)
      input_report_param(in, p, INPUT_CUSTOM, "must not be given together with opts");
    if (v->number != 0 && p->needed != VALUE_NONE && needed->number == 0 && !needed->is_wrong)
      input_report_param(in, p, INPUT_CUSTOM, "must not be true without reset");
  }
}

/* ---- taking what was given ---- */

/* "ids[]" and "ids[7]" are ways to write an element of an array. Returns what stands before the brackets;
** absent: there are no such brackets. */
static slice input_name_of_array(slice name) {
  size_t open = 0;
  while (open < name.length && name.at[open] != '[') open++;
  slice rest = slice_from(name, open);
  if (rest.length < 2 || rest.at[rest.length - 1] != ']') return (slice){NULL, 0};
  for (size_t i = 1; i + 1 < rest.length; i++) {
    if (rest.at[i] < '0' || rest.at[i] > '9') return (slice){NULL, 0};
  }
  return (slice){name.at, open};
}

static int input_is_named(const param *p, slice name) {
  if (slice_equals(slice_of(p->name), name)) return 1;
  if (p->kind == KIND_IGNORED && strchr(p->name, '[') != NULL) return slice_starts_with(name, p->name);
  return p->kind == KIND_IDS && slice_equals(slice_of(p->name), input_name_of_array(name));
}

/* The parameter whose name is in in->name. NULL: there is none. In a query and at the top of a body this
** is reported as an error. */
static const param *input_find(input *in, param_place place) {
  slice name = {in->name.at, in->name.length};
  for (const param *p = in->params; p->name != NULL; p++) {
    if (p->place == place && input_is_named(p, name)) return p;
  }
  int is_judged = place == PLACE_QUERY || place == PLACE_BODY;
  if (is_judged) input_report(in, place, name, INPUT_UNKNOWN, "is not known here");
  return NULL;
}

static void input_take_text(input *in, const param *p, slice written, target_coding coding) {
  input_value *v = &in->values[p->value];
  size_t from = in->strings.length;
  target_decode(written, coding, &in->strings);
  v->given++;
  v->text = input_end_string(in, from);
  if (p->kind == KIND_IDS && in->id_count < PAGE_IDS_MAX) in->ids[in->id_count++] = v->text;
}

static void input_take_query(input *in, slice pairs) {
  slice name, value;
  while (target_next_pair(&pairs, &name, &value)) {
    input_clear(in, &in->name);
    target_decode(name, CODING_FORM, &in->name);
    const param *p = input_find(in, PLACE_QUERY);
    if (p != NULL) input_take_text(in, p, value, CODING_FORM);
  }
}

static void input_take_headers(input *in, slice headers) {
  slice name, value;
  while (target_next_header(&headers, &name, &value)) {
    if (value.at == NULL) {
      input_report(in, PLACE_HEADER, name, INPUT_FORMAT, "is not a header: it has no name and colon");
      continue;
    }
    input_clear(in, &in->name);
    for (size_t i = 0; i < name.length; i++) text_append(&in->name, (char[]){slice_lower(name.at[i])}, 1);
    const param *p = input_find(in, PLACE_HEADER);
    if (p == NULL) continue;
    in->values[p->value].given++;
    in->values[p->value].text = input_keep(in, value);
  }
}

static void input_take_members(input *in, json_value object, param_place place) {
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    input_clear(in, &in->name);
    json_unescape(member.key, &in->name, NULL);
    const param *p = input_find(in, place);
    if (p == NULL) continue;
    in->values[p->value].given++;
    in->values[p->value].json = member.value;
  }
}

static int input_is_blank(slice body) {
  size_t i = 0;
  while (i < body.length && strchr(" \t\r\n", body.at[i]) != NULL) i++;
  return i == body.length;
}

/* A missing body counts as an empty object. Returns 0 where the body is no object, so that it has no
** members to check; this is reported. */
static int input_take_body(input *in, slice body) {
  char rule[128];
  json_value value;
  slice nameless = {NULL, 0};
  if (input_is_blank(body)) return 1;
  json_error error = json_scan(body, &value);
  if (error.reason != NULL) {
    long long at = (long long)error.offset;
    sqlite3_snprintf(sizeof rule, rule, "must be JSON: %s, at byte %lld", error.reason, at);
    input_report(in, PLACE_BODY, nameless, INPUT_FORMAT, rule);
  } else if (value.type != JSON_OBJECT) {
    input_report(in, PLACE_BODY, nameless, INPUT_TYPE, "must be an object");
  } else {
    in->body = value.text;
    input_take_members(in, value, PLACE_BODY);
  }
  return error.reason == NULL && value.type == JSON_OBJECT;
}

static void input_take_uri(input *in, const slice *uri) {
  for (const param *p = in->params; p->name != NULL; p++) {
    if (p->place == PLACE_URI) input_take_text(in, p, *uri++, CODING_PATH);
  }
}

/* Reserves room for all strings of the request. Each is copied at most once and gets a NUL, for which there
** is a separator in the request. (A test holds the total to what is reserved here.) */
static void input_open(nangolite *store, input *in, const route *to, const input_source *from) {
  memset(in, 0, sizeof *in);
  in->store = store;
  in->params = to->params;
  size_t bytes = from->query.length + from->headers.length + from->body.length;
  for (int i = 0; i < ROUTE_URI_MAX; i++) bytes += from->uri[i].length + 1;
  text_reserve(&in->strings, bytes);
}

static int input_ran_out(const input *in) {
  return in->ran_out || in->strings.failed || in->cursor_id.failed || in->name.failed || in->message.failed ||
         in->errors.failed || in->first_message.failed;
}

static int input_read(nangolite *store, const route *to, const input_source *from, input *in) {
  input_open(store, in, to, from);
  input_take_query(in, from->query);
  input_take_headers(in, from->headers);
  input_take_uri(in, from->uri);
  int has_body = input_take_body(in, from->body);
  input_check_place(in, PLACE_QUERY);
  input_check_place(in, PLACE_HEADER);
  if (has_body) input_check_place(in, PLACE_BODY);
  input_check_place(in, PLACE_URI);
  input_check_relations(in);
  input_tell_how_many_more(in);
  if (input_ran_out(in)) store_fail_memory(store);
  return in->error_count == 0 && !store_failed(store);
}

static void input_free(input *in) {
  sqlite3_free(in->syncs);
  sqlite3_free(in->connections);
  text *texts[] = {&in->strings, &in->cursor_id, &in->name, &in->message, &in->errors, &in->first_message};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) text_free(texts[i]);
}

static const char *input_string(const input *in, value_id value) {
  return in->values[value].text.at;
}
