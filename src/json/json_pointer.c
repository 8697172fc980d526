#include "json/json_pointer.h"

static const json_value json_pointer_nothing = {{NULL, 0}, JSON_NULL};

static int json_pointer_is_valid(const char *pointer) {
  if (*pointer != '\0' && *pointer != '/') return 0;
  for (const char *at = pointer; *at != '\0'; at++) {
    if (*at == '~' && at[1] != '0' && at[1] != '1') return 0;
  }
  return 1;
}

/* Removes the next token from the pointer, and returns it without the '/' before it. */
static slice json_pointer_take(const char **pointer) {
  slice token = {*pointer + 1, 0};
  while (token.at[token.length] != '\0' && token.at[token.length] != '/') token.length++;
  *pointer = token.at + token.length;
  return token;
}

/* Whether a token, in which ~0 stands for ~ and ~1 for /, spells this key. */
static int json_pointer_spells(slice token, json_value key) {
  json_bytes bytes = json_bytes_of(key);
  for (size_t i = 0; i < token.length; i++) {
    char c = token.at[i];
    if (c == '~') c = token.at[++i] == '0' ? '~' : '/';
    if (json_next_byte(&bytes) != (unsigned char)c) return 0;
  }
  return json_next_byte(&bytes) == -1;
}

static json_value json_pointer_member(json_value object, slice token) {
  json_value found = json_pointer_nothing;
  json_iterator members = json_iterate(object);
  json_member member;
  while (json_next_member(&members, &member)) {
    if (json_pointer_spells(token, member.key)) found = member.value;
  }
  return found;
}

/* Digits without a zero before them, and no more of them than any text has elements. -1: it is none; "-", the
** place behind the last element, is none either. */
static int64_t json_pointer_index(slice token) {
  int64_t index = 0;
  if (token.length == 0 || token.length > 18 || (token.length > 1 && *token.at == '0')) return -1;
  for (size_t i = 0; i < token.length; i++) {
    if (token.at[i] < '0' || token.at[i] > '9') return -1;
    index = index * 10 + (token.at[i] - '0');
  }
  return index;
}

static json_value json_pointer_element(json_value array, slice token) {
  int64_t left = json_pointer_index(token);
  json_iterator elements = json_iterate(array);
  json_value element;
  while (left >= 0 && json_next_element(&elements, &element)) {
    if (left-- == 0) return element;
  }
  return json_pointer_nothing;
}

static json_value json_pointer_find(json_value within, const char *pointer) {
  while (*pointer != '\0' && within.text.at != NULL) {
    slice token = json_pointer_take(&pointer);
    if (within.type == JSON_OBJECT) within = json_pointer_member(within, token);
    else if (within.type == JSON_ARRAY) within = json_pointer_element(within, token);
    else within = json_pointer_nothing;
  }
  return within;
}
