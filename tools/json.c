#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "nangolite.h"

span json_at(span value, const char *pointer) {
  span found = {NULL, 0};
  if (value.at == NULL) return found;
  int result = nangolite_json_find(value.at, (int64_t)value.length, pointer, &found.at, &found.length);
  if (result != NANGOLITE_OK || (found.length == 4 && memcmp(found.at, "null", 4) == 0))
    return (span){NULL, 0};
  return found;
}

/* Where a string ends that begins at `at`. */
static const char *after_string(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++) at += *at == '\\';
  return at < end ? at + 1 : end;
}

/* Where a value ends. The library has written it, so it is JSON. */
static const char *after_value(const char *at, const char *end) {
  int depth = 0;
  do {
    if (*at == '"') {
      at = after_string(at, end);
      continue;
    }
    if (*at == '{' || *at == '[') depth++;
    if (*at == '}' || *at == ']') depth--;
    at++;
  } while (at < end && (depth > 0 || strchr(",:]} \t\r\n", *at) == NULL));
  return at;
}

int json_next(span array, span *element) {
  if (array.at == NULL) return 0;
  const char *end = array.at + array.length;
  const char *at = element->at == NULL ? array.at + 1 : element->at + element->length;
  while (at < end && strchr(",: \t\r\n", *at) != NULL) at++;
  if (at >= end || *at == ']' || *at == '}') return 0;
  *element = (span){at, (size_t)(after_value(at, end) - at)};
  return 1;
}

char *json_text(span value) {
  char *text = NULL;
  if (value.at == NULL || nangolite_json_text(value.at, value.length, &text) != NANGOLITE_OK)
    return text_copy(value);
  char *copy = text_copy(span_of(text));
  nangolite_free(text);
  return copy;
}

int64_t json_number(span value) {
  char digits[24] = "";
  if (value.at == NULL || value.length >= sizeof digits) return 0;
  memcpy(digits, value.at, value.length);
  return strtoll(digits, NULL, 10);
}

void json_put_string(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text != '\0'; text++) {
    size_t plain = strcspn(text, "\"\\\t\r\n");
    text_put(out, (span){text, plain});
    text += plain;
    if (*text == '\0') break;
    if (*text == '"' || *text == '\\') fprintf(out, "\\%c", *text);
    else fprintf(out, "\\u%04x", (unsigned)*text);
  }
  fputc('"', out);
}
