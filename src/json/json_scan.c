#include "json/json_scan.h"

#include "base/bytes.h"

#define JSON_ENDS_EARLY "the text ends too early"

/* Every function below that passes a part of the text takes where it starts and returns where it ends, or
** NULL after having set `reason` and `failed_at`. */
typedef struct json_scanner {
  const char *end;
  const char *reason, *failed_at;
  int escaped;                               /* set by a string with an escape */
  size_t depth;                              /* open containers */
  uint64_t objects[JSON_DEPTH_MAX / 64 + 1]; /* one bit for each of them: it is an object, not an array */
} json_scanner;

_Static_assert(JSON_DEPTH_MAX == 1000, "json_pass_opening() names the limit");

/* `objects` needs no initial value: a bit of it counts only while its container is open. */
static inline void json_begin(json_scanner *s, slice bytes) {
  s->end = bytes.at + bytes.length;
  s->reason = NULL;
  s->failed_at = bytes.at;
  s->escaped = 0;
  s->depth = 0;
}

static const char *json_fail(json_scanner *s, const char *at, const char *reason) {
  s->failed_at = at;
  s->reason = at == s->end ? JSON_ENDS_EARLY : reason;
  return NULL;
}

/* The first byte of a string's body that needs a closer look: a quote, a backslash, a control character,
** one of a character that is not ASCII. Such a byte sets its own highest flag; only bytes behind the first
** one may be flagged in error. */
static inline const char *json_pass_plain(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t word = bytes_word(at);
    uint64_t quotes = (word ^ '"' * BYTES_EVERY) - BYTES_EVERY;
    uint64_t backslashes = (word ^ '\\' * BYTES_EVERY) - BYTES_EVERY;
    uint64_t controls = word - 0x20 * BYTES_EVERY;
    uint64_t flags = (word | quotes | backslashes | controls) & BYTES_HIGH_BITS;
    if (flags != 0) return at + bytes_first_flag(flags);
  }
  for (; at < end; at++) {
    unsigned char byte = (unsigned char)*at;
    if (byte == '"' || byte == '\\' || byte < 0x20 || byte >= 0x80) break;
  }
  return at;
}

static int json_is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *json_pass_escape(json_scanner *s, const char *at) {
  const char *from = at++;
  s->escaped = 1;
  if (at == s->end) return json_fail(s, at, NULL);
  switch (*at++) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at;
    case 'u': break;
    default: return json_fail(s, from, "an unknown escape");
  }
  for (int i = 0; i < 4; i++, at++) {
    if (at == s->end || !json_is_hex(*at)) return json_fail(s, at, "expected four hexadecimal digits");
  }
  return at;
}

/* Passes characters that are not ASCII, one or more of them. */
static const char *json_pass_characters(json_scanner *s, const char *at) {
  do {
    unsigned char low, high;
    const char *from = at++;
    size_t followers = utf8_followers((unsigned char)*from, &low, &high);
    if (followers == 0) return json_fail(s, from, "not UTF-8");
    for (; followers > 0; followers--, at++) {
      if (at == s->end) return json_fail(s, at, NULL);
      if ((unsigned char)*at < low || (unsigned char)*at > high) return json_fail(s, from, "not UTF-8");
      low = 0x80;
      high = 0xbf;
    }
  } while (at < s->end && (unsigned char)*at >= 0x80);
  return at;
}

/* From within a string's body to behind the closing quote. */
static const char *json_pass_string_rest(json_scanner *s, const char *at) {
  for (;;) {
    at = json_pass_plain(at, s->end);
    if (at == s->end) return json_fail(s, at, NULL);
    if (*at == '"') return at + 1;
    if (*at == '\\') at = json_pass_escape(s, at);
    else if ((unsigned char)*at < 0x20) return json_fail(s, at, "a control character in a string");
    else at = json_pass_characters(s, at);
    if (at == NULL) return NULL;
  }
}

/* From behind the opening quote to behind the closing one. */
static inline const char *json_pass_string(json_scanner *s, const char *at) {
  at = json_pass_plain(at, s->end);
  return at < s->end && *at == '"' ? at + 1 : json_pass_string_rest(s, at);
}

static inline const char *json_skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

static const char *json_pass_digits(json_scanner *s, const char *at) {
  const char *to = json_skip_digits(at, s->end);
  return to == at ? json_fail(s, at, "expected a digit") : to;
}

static const char *json_pass_number(json_scanner *s, const char *at) {
  if (*at == '-') at++;
  at = at < s->end && *at == '0' ? at + 1 : json_pass_digits(s, at);
  if (at != NULL && at < s->end && *at == '.') at = json_pass_digits(s, at + 1);
  if (at != NULL && at < s->end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < s->end && (*at == '+' || *at == '-')) at++;
    at = json_pass_digits(s, at);
  }
  return at;
}

static const char *json_pass_word(json_scanner *s, const char *at, const char *word) {
  const char *from = at;
  for (; *word != '\0'; word++, at++) {
    if (at == s->end || *at != *word) return json_fail(s, at == s->end ? at : from, "expected a value");
  }
  return at;
}

static inline const char *json_pass_scalar(json_scanner *s, const char *at) {
  if (at == s->end) return json_fail(s, at, NULL);
  switch (*at) {
    case '"': return json_pass_string(s, at + 1);
    case 't': return json_pass_word(s, at, "true");
    case 'f': return json_pass_word(s, at, "false");
    case 'n': return json_pass_word(s, at, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return json_pass_number(s, at);
    default: return json_fail(s, at, "expected a value");
  }
}

static inline const char *json_pass_name(json_scanner *s, const char *at) {
  if (at == s->end || *at != '"') return json_fail(s, at, "expected a member's name");
  return json_pass_string(s, at + 1);
}

/* From behind a member's name to its value. */
static inline const char *json_pass_colon(json_scanner *s, const char *at) {
  at = json_skip_space(at, s->end);
  if (at == s->end || *at != ':') return json_fail(s, at, "expected ':'");
  return json_skip_space(at + 1, s->end);
}

static inline int json_is_opening(json_scanner *s, const char *at) {
  return at < s->end && (*at == '{' || *at == '[');
}

static const char *json_pass_opening(json_scanner *s, const char *at) {
  uint64_t bit = UINT64_C(1) << (s->depth % 64), *bits = &s->objects[s->depth / 64];
  if (s->depth == JSON_DEPTH_MAX) return json_fail(s, at, "nested deeper than 1000");
  *bits = *at == '{' ? *bits | bit : *bits & ~bit;
  s->depth++;
  return at + 1;
}

static inline int json_in_object(const json_scanner *s) {
  return s->objects[(s->depth - 1) / 64] >> ((s->depth - 1) % 64) & 1;
}

/* From the comma behind a value to what follows it. */
static inline const char *json_pass_comma(json_scanner *s, const char *at, int object) {
  if (at < s->end && *at == ',') return json_skip_space(at + 1, s->end);
  return json_fail(s, at, object ? "expected ',' or '}'" : "expected ',' or ']'");
}

/* From behind a value, or behind an opening bracket, to the next value, or until no more than `outside`
** containers are open. Passes closing brackets, one comma, and the next member's name. */
static const char *json_pass_to_value(json_scanner *s, const char *at, size_t outside, int opened) {
  for (; s->depth > outside; opened = 0) {
    int object = json_in_object(s);
    at = json_skip_space(at, s->end);
    if (at < s->end && *at == (object ? '}' : ']')) {
      s->depth--;
      at++;
      continue;
    }
    if (!opened) at = json_pass_comma(s, at, object);
    if (object && at != NULL) at = json_pass_name(s, at);
    return object && at != NULL ? json_pass_colon(s, at) : at;
  }
  return at;
}

static const char *json_pass_value(json_scanner *s, const char *at) {
  size_t outside = s->depth;
  do {
    int opening = json_is_opening(s, at);
    at = opening ? json_pass_opening(s, at) : json_pass_scalar(s, at);
    if (at != NULL) at = json_pass_to_value(s, at, outside, opening);
  } while (at != NULL && s->depth > outside);
  return at;
}

static json_error json_scan(slice bytes, json_value *value) {
  json_error error = {NULL, 0};
  json_scanner s;
  if (bytes.at == NULL) bytes.at = "";
  json_begin(&s, bytes);
  const char *from = json_skip_space(bytes.at, s.end);
  const char *to = json_pass_value(&s, from);
  *value = (json_value){{NULL, 0}, JSON_NULL};
  if (to != NULL && json_skip_space(to, s.end) < s.end) {
    to = json_fail(&s, json_skip_space(to, s.end), "text behind the value");
  }
  if (to != NULL) *value = json_between(from, to);
  else error = (json_error){s.reason, (size_t)(s.failed_at - bytes.at)};
  return error;
}

/* Where json_records stand. */
enum { JSON_RECORDS_START, JSON_RECORDS_ARRAY, JSON_RECORDS_SINGLE, JSON_RECORDS_END };

/* Remembers a member that counts, "id" or "_nango_metadata". The first character of the name and its length
** rule out most others at once. */
static inline void json_take_member(json_record *record, json_value name, int escaped, json_value value) {
  char first = name.text.at[1];
  size_t length = name.text.length;
  if (!escaped && !(first == 'i' && length == 4) && !(first == '_' && length == 17)) return;
  if (json_string_is(name, "id")) record->id = value;
  else if (json_string_is(name, "_nango_metadata")) record->has_metadata = 1;
}

static inline const char *json_pass_member(json_scanner *s, const char *at, json_record *record) {
  s->escaped = 0;
  const char *name_end = json_pass_name(s, at);
  int escaped = s->escaped;
  const char *value = name_end == NULL ? NULL : json_pass_colon(s, name_end);
  const char *end = value == NULL               ? NULL
                    : json_is_opening(s, value) ? json_pass_value(s, value)
                                                : json_pass_scalar(s, value);
  if (end != NULL) json_take_member(record, json_between(at, name_end), escaped, json_between(value, end));
  return end;
}

static const char *json_pass_record(json_scanner *s, const char *at, json_record *record) {
  const char *from = at;
  if (at == s->end || *at != '{') return json_fail(s, at, "a record must be an object");
  s->depth = 1;
  at = json_skip_space(at + 1, s->end);
  int more = at == s->end || *at != '}';
  while (more) {
    at = json_pass_member(s, at, record);
    if (at == NULL) return NULL;
    at = json_skip_space(at, s->end);
    more = at == s->end || *at != '}';
    if (more) at = json_pass_comma(s, at, 1);
    if (at == NULL) return NULL;
  }
  record->text = (slice){from, (size_t)(at + 1 - from)};
  return at + 1;
}

static void json_records_open(json_records *records, slice bytes) {
  *records = (json_records){.text = bytes, .state = JSON_RECORDS_START};
  if (bytes.at == NULL) records->text = (slice){"", 0};
}

/* To the next record, or behind the last one, where the state becomes JSON_RECORDS_END. */
static const char *json_pass_to_record(json_scanner *s, const char *at, json_records *records) {
  int first = records->state == JSON_RECORDS_START;
  at = json_skip_space(at, s->end);
  if (first && at < s->end && *at == '{') {
    records->state = JSON_RECORDS_SINGLE;
    return at;
  }
  if (first) {
    if (at == s->end || *at != '[') return json_fail(s, at, "expected an array of objects or one object");
    records->state = JSON_RECORDS_ARRAY;
    at = json_skip_space(at + 1, s->end);
  }
  if (records->state == JSON_RECORDS_ARRAY) {
    if (at == s->end || *at != ']') return first ? at : json_pass_comma(s, at, 0);
    at++;
  }
  records->state = JSON_RECORDS_END;
  at = json_skip_space(at, s->end);
  return at < s->end ? json_fail(s, at, "text behind the records") : at;
}

/* The next record's first byte; NULL: the end or an error. */
static const char *json_find_record(json_scanner *s, json_records *records) {
  const char *at = records->text.at + records->at;
  if (records->error.reason != NULL || records->state == JSON_RECORDS_END) return NULL;
  json_begin(s, records->text);
  if (records->is_at_record) return at;
  at = json_pass_to_record(s, at, records);
  if (at == NULL) records->error = (json_error){s->reason, (size_t)(s->failed_at - records->text.at)};
  if (at == NULL || records->state == JSON_RECORDS_END) return NULL;
  records->at = (size_t)(at - records->text.at);
  records->is_at_record = 1;
  return at;
}

static slice json_records_rest(json_records *records) {
  json_scanner s;
  const char *at = json_find_record(&s, records);
  return at == NULL ? (slice){NULL, 0} : slice_from(records->text, records->at);
}

static void json_records_pass(json_records *records, size_t length) {
  records->at += length;
  records->count++;
  records->is_at_record = 0;
}

static int json_records_next(json_records *records, json_record *record) {
  json_scanner s;
  *record = (json_record){{NULL, 0}, {{NULL, 0}, JSON_NULL}, 0};
  const char *at = json_find_record(&s, records);
  if (at == NULL) return 0;
  const char *end = json_pass_record(&s, at, record);
  if (end == NULL) {
    *record = (json_record){{NULL, 0}, {{NULL, 0}, JSON_NULL}, 0};
    records->error = (json_error){s.reason, (size_t)(s.failed_at - records->text.at)};
    return 0;
  }
  json_records_pass(records, (size_t)(end - at));
  return 1;
}
