/* json_values: the functions of the C API that take JSON apart. They need no store. */
#include "json/json_pointer.h"
#include "json/json_scan.h"

int nangolite_json_find(const char *json, int64_t length, const char *pointer, const char **value,
                        size_t *value_length) {
  json_value whole;
  if (value != NULL) *value = NULL;
  if (value_length != NULL) *value_length = 0;
  if (json == NULL || pointer == NULL || value == NULL || value_length == NULL) return NANGOLITE_MISUSE;
  if (length < -1 || (uint64_t)(length + 1) > SIZE_MAX) return NANGOLITE_INVALID;
  slice given = {json, length == -1 ? strlen(json) : (size_t)length};
  if (!json_pointer_is_valid(pointer) || json_scan(given, &whole).reason != NULL) return NANGOLITE_INVALID;
  json_value found = json_pointer_find(whole, pointer);
  *value = found.text.at;
  *value_length = found.text.length;
  return NANGOLITE_OK;
}

/* A lone surrogate, as json_unescape() writes it, becomes U+FFFD, which has three bytes as well. No other
** character begins with these two bytes. */
static void json_values_replace_surrogates(text *t) {
  for (size_t i = 0; i + 2 < t->length; i++) {
    if ((unsigned char)t->at[i] != 0xed || (unsigned char)t->at[i + 1] < 0xa0) continue;
    memcpy(t->at + i, "\xef\xbf\xbd", 3);
  }
}

/* Appends the characters of a string, or the JSON of another value. 0: there is a NUL among them, so they
** cannot be a string of C. */
static int json_values_append(json_value v, text *out) {
  int has_surrogate = 0;
  if (v.type != JSON_STRING) {
    text_append(out, v.text.at, v.text.length);
    return 1;
  }
  json_unescape(v, out, &has_surrogate);
  if (has_surrogate) json_values_replace_surrogates(out);
  return out->length == 0 || memchr(out->at, '\0', out->length) == NULL;
}

int nangolite_json_text(const char *value, size_t length, char **text_out) {
  json_value scanned;
  text out = {0};
  if (text_out != NULL) *text_out = NULL;
  if (value == NULL || text_out == NULL) return NANGOLITE_MISUSE;
  slice given = {value, length == SIZE_MAX ? strlen(value) : length};
  if (json_scan(given, &scanned).reason != NULL) return NANGOLITE_INVALID;
  int is_text = json_values_append(scanned, &out);
  *text_out = is_text ? text_take(&out) : NULL;
  text_free(&out);
  if (!is_text) return NANGOLITE_INVALID;
  return *text_out == NULL ? NANGOLITE_NOMEM : NANGOLITE_OK;
}
