#include "json/json.h"

#include "base/bytes.h"

static json_type json_type_at(const char *at) {
  switch (*at) {
    case '"': return JSON_STRING;
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case 'n': return JSON_NULL;
    case 'f': return JSON_FALSE;
    case 't': return JSON_TRUE;
    default: return JSON_NUMBER;
  }
}

static json_value json_between(const char *from, const char *to) {
  json_value value = {{from, (size_t)(to - from)}, json_type_at(from)};
  return value;
}

static json_value json_of(slice bytes) {
  return json_between(bytes.at, bytes.at + bytes.length);
}

static inline int json_is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline const char *json_skip_space(const char *at, const char *end) {
  while (at < end && json_is_space(*at)) at++;
  return at;
}

/* The next quote or backslash of a string, which ends before `end`. */
static inline const char *json_find_quote(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t word = bytes_word(at);
    uint64_t flags = bytes_flag_zero(word ^ '"' * BYTES_EVERY);
    flags |= bytes_flag_zero(word ^ '\\' * BYTES_EVERY);
    if (flags != 0) return at + bytes_first_flag(flags);
  }
  while (*at != '"' && *at != '\\') at++;
  return at;
}

static int json_is_escaped(json_value string) {
  const char *end = string.text.at + (string.text.length - 1);
  return json_find_quote(string.text.at + 1, end) != end;
}

static inline const char *json_judge_string(const char *at, const char *end, int *escaped) {
  at = json_find_quote(at, end);
  *escaped = *at != '"';
  while (*at != '"') at = json_find_quote(at + 2, end);
  return at + 1;
}

static inline const char *json_skip_string(const char *at, const char *end) {
  int escaped;
  return json_judge_string(at, end, &escaped);
}

/* Well-formed text has brackets that match, so that counting them is enough. */
static const char *json_skip_container(const char *at, const char *end) {
  size_t depth = 0;
  do {
    switch (*at++) {
      case '"': at = json_skip_string(at, end); break;
      case '{':
      case '[': depth++; break;
      case '}':
      case ']': depth--; break;
      default: break;
    }
  } while (depth > 0);
  return at;
}

static const char *json_skip_value(const char *at, const char *end) {
  if (*at == '"') return json_skip_string(at + 1, end);
  if (*at == '{' || *at == '[') return json_skip_container(at, end);
  while (at < end && *at != ',' && *at != ']' && *at != '}' && !json_is_space(*at)) at++;
  return at;
}

/* `end` is where the closing bracket stands. */
static json_iterator json_iterate(json_value container) {
  json_iterator iterator = {container.text.at + 1, container.text.at + (container.text.length - 1)};
  return iterator;
}

static int json_next_element(json_iterator *iterator, json_value *element) {
  const char *end = iterator->end;
  const char *from = json_skip_space(iterator->at, end);
  if (from == end) return 0;
  if (*from == ',') from = json_skip_space(from + 1, end);
  iterator->at = json_skip_value(from, end);
  *element = json_between(from, iterator->at);
  return 1;
}

static int json_next_member(json_iterator *iterator, json_member *member) {
  const char *end = iterator->end;
  if (!json_next_element(iterator, &member->key)) return 0;
  const char *from = json_skip_space(iterator->at, end);
  from = json_skip_space(from + 1, end);
  iterator->at = json_skip_value(from, end);
  member->value = json_between(from, iterator->at);
  return 1;
}

static uint32_t json_hex4(const char *at) {
  uint32_t number = 0;
  for (int i = 0; i < 4; i++) {
    uint32_t digit = (unsigned char)at[i];
    number = number << 4 | (digit <= '9' ? digit - '0' : (digit & 0xf) + 9);
  }
  return number;
}

static int json_is_surrogate(uint32_t character) {
  return character >= 0xd800 && character <= 0xdfff;
}

/* Reads the escape at *at; two that make a surrogate pair are read as one. */
static uint32_t json_read_escape(const char **at) {
  static const char names[] = "b\bf\fn\nr\rt\t";
  const char *from = *at;
  *at = from + 2;
  if (from[1] != 'u') {
    for (const char *name = names; *name != '\0'; name += 2) {
      if (*name == from[1]) return (unsigned char)name[1];
    }
    return (unsigned char)from[1];
  }
  *at = from + 6;
  uint32_t first = json_hex4(from + 2);
  if (first < 0xd800 || first > 0xdbff || from[6] != '\\' || from[7] != 'u') return first;
  uint32_t second = json_hex4(from + 8);
  if (second < 0xdc00 || second > 0xdfff) return first;
  *at = from + 12;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

/* Writes one character as UTF-8, at most four bytes, and returns how many. */
static size_t json_encode(uint32_t character, char *to) {
  if (character < 0x80) {
    to[0] = (char)character;
    return 1;
  }
  size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; i--) {
    to[i] = (char)(0x80 | (character & 0x3f));
    character >>= 6;
  }
  to[0] = (char)((0xf00 >> length & 0xf0) | character);
  return length;
}

static char *json_write_unescaped(json_value string, char *to, int *lone_surrogate) {
  const char *at = string.text.at + 1;
  const char *end = string.text.at + (string.text.length - 1);
  while (at < end) {
    const char *escape = memchr(at, '\\', (size_t)(end - at));
    size_t plain = (size_t)((escape == NULL ? end : escape) - at);
    memcpy(to, at, plain);
    to += plain;
    at += plain;
    if (escape == NULL) break;
    uint32_t character = json_read_escape(&at);
    if (json_is_surrogate(character)) *lone_surrogate = 1;
    to += json_encode(character, to);
  }
  return to;
}

static void json_unescape(json_value string, text *out, int *lone_surrogate) {
  int unasked;
  char *to = text_reserve(out, string.text.length);
  if (lone_surrogate == NULL) lone_surrogate = &unasked;
  *lone_surrogate = 0;
  if (to == NULL) return;
  out->length += (size_t)(json_write_unescaped(string, to, lone_surrogate) - to);
}

static json_bytes json_bytes_of(json_value string) {
  json_bytes bytes = {.at = string.text.at + 1, .end = string.text.at + (string.text.length - 1)};
  return bytes;
}

static int json_next_byte(json_bytes *bytes) {
  if (bytes->from < bytes->length) return (unsigned char)bytes->character[bytes->from++];
  if (bytes->at == bytes->end) return -1;
  if (*bytes->at != '\\') return (unsigned char)*bytes->at++;
  bytes->length = json_encode(json_read_escape(&bytes->at), bytes->character);
  bytes->from = 1;
  return (unsigned char)bytes->character[0];
}

static int json_string_is(json_value string, const char *spelled) {
  char first = string.text.at[1];
  if (first != '\\' && first != (*spelled == '\0' ? '"' : *spelled)) return 0; /* tells most apart */
  size_t length = strlen(spelled);
  if (string.text.length < length + 2) return 0;
  if (string.text.length == length + 2 && memcmp(string.text.at + 1, spelled, length) == 0) {
    return memchr(spelled, '\\', length) == NULL;
  }
  json_bytes bytes = json_bytes_of(string);
  for (size_t i = 0; i < length; i++) {
    if (json_next_byte(&bytes) != (unsigned char)spelled[i]) return 0;
  }
  return json_next_byte(&bytes) == -1;
}

static int json_compare_strings(json_value a, json_value b) {
  json_bytes bytes_a = json_bytes_of(a), bytes_b = json_bytes_of(b);
  for (;;) {
    int byte_a = json_next_byte(&bytes_a), byte_b = json_next_byte(&bytes_b);
    if (byte_a != byte_b) return byte_a < byte_b ? -1 : 1;
    if (byte_a == -1) return 0;
  }
}

/* A kept member goes with the white space around it, up to the commas. */
static void json_without_member(json_value object, const char *name, text *out) {
  json_iterator iterator = json_iterate(object);
  const char *from = iterator.at, *end = iterator.end;
  json_member member;
  int kept = 0;
  text_append(out, "{", 1);
  while (json_next_member(&iterator, &member)) {
    const char *to = json_skip_space(iterator.at, end);
    if (!json_string_is(member.key, name)) {
      if (kept++ > 0) text_append(out, ",", 1);
      text_append(out, from, (size_t)(to - from));
    } else if (to == end) {
      text_append(out, iterator.at, (size_t)(to - iterator.at));
    }
    from = to == end ? end : to + 1;
  }
  text_append(out, from, (size_t)(end + 1 - from));
}
