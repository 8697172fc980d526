/* fuzz_pointer: any bytes as a JSON pointer and a JSON text. What nangolite_json_find() finds lies in the text and
** is JSON; following the pointer token by token, with a search of its own, finds the same; and
** nangolite_json_text() answers for it.
**
** An input is the pointer, a line break, and the text.
**
**   clang -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_pointer.c -lsqlite3 -o fuzz_pointer
**   gcc -DFUZZ_REPLAY -I. tests/fuzz/fuzz_pointer.c -lsqlite3 -o fuzz_pointer
**   ./fuzz_pointer corpus/pointer/...
**
** The second form runs each file that it is given once. */
#include "../../nangolite.c"

#include <stdio.h>
#include <stdlib.h>

static void fuzz_require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "fuzz_pointer: %s\n", what);
  abort();
}

/* The same by unescaping everything: slow, and another way. */
static json_value fuzz_step(json_value within, slice token) {
  json_value found = {{NULL, 0}, JSON_NULL};
  json_iterator iterator = json_iterate(within);
  json_member member;
  char position[24];
  for (long long i = 0; within.type == JSON_ARRAY && json_next_element(&iterator, &member.value); i++) {
    sqlite3_snprintf(sizeof position, position, "%lld", i);
    if (slice_equals(slice_of(position), token)) return member.value;
  }
  while (within.type == JSON_OBJECT && json_next_member(&iterator, &member)) {
    text key = {0};
    json_unescape(member.key, &key, NULL);
    if (slice_equals((slice){key.at == NULL ? "" : key.at, key.length}, token)) found = member.value;
    text_free(&key);
  }
  return found;
}

static json_value fuzz_find(json_value within, const char *pointer) {
  while (*pointer == '/' && within.text.at != NULL) {
    text token = {0};
    for (pointer++; *pointer != '\0' && *pointer != '/'; pointer++) {
      char c = *pointer;
      if (c == '~') c = *++pointer == '0' ? '~' : '/';
      text_append(&token, &c, 1);
    }
    within = fuzz_step(within, (slice){token.at == NULL ? "" : token.at, token.length});
    text_free(&token);
  }
  return within;
}

static void fuzz_text(const char *value, size_t length) {
  char *unescaped = NULL;
  int result = nangolite_json_text(value, length, &unescaped);
  fuzz_require(result == NANGOLITE_OK || (result == NANGOLITE_INVALID && *value == '"'),
               "a value has no text");
  fuzz_require((result == NANGOLITE_OK) == (unescaped != NULL), "result and text differ");
  if (unescaped != NULL) fuzz_require(utf8_is_valid(slice_of(unescaped)), "a text is not UTF-8");
  if (unescaped != NULL && *value != '"')
    fuzz_require(slice_equals(slice_of(unescaped), (slice){value, length}), "a value was changed");
  nangolite_free(unescaped);
}

static void fuzz_pointer(const char *pointer, const char *json, size_t length) {
  json_value whole;
  const char *value = json;
  size_t value_length = 1;
  int result = nangolite_json_find(json, (int64_t)length, pointer, &value, &value_length);
  int is_json = json_scan((slice){json, length}, &whole).reason == NULL;
  fuzz_require((result == NANGOLITE_OK) == (is_json && json_pointer_is_valid(pointer)), "the wrong result");
  fuzz_require(result == NANGOLITE_OK || value == NULL, "a failure has a value");
  fuzz_require(value != NULL || value_length == 0, "nothing has a length");
  if (result != NANGOLITE_OK) return;
  json_value expected = fuzz_find(whole, pointer);
  fuzz_require(value == expected.text.at && value_length == expected.text.length, "another value was found");
  if (value != NULL) fuzz_text(value, value_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t before = 0;
  while (before < size && data[before] != '\n') before++;
  char *pointer = malloc(before + 1);
  fuzz_require(pointer != NULL, "no memory");
  memcpy(pointer, data, before);
  pointer[before] = '\0';
  size_t from = before < size ? before + 1 : size;
  /* A copy of just its size, so that a byte behind it is noticed. */
  char *json = malloc(size - from + (size == from));
  fuzz_require(json != NULL, "no memory");
  memcpy(json, data + from, size - from);
  fuzz_pointer(pointer, json, size - from);
  free(pointer);
  free(json);
  return 0;
}

#ifdef FUZZ_REPLAY
int main(int count, char **names) {
  static uint8_t bytes[1 << 20];
  for (int i = 1; i < count; i++) {
    FILE *file = fopen(names[i], "rb");
    if (file == NULL) return perror(names[i]), 1;
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, length);
  }
  printf("%d files replayed\n", count - 1);
  return 0;
}
#endif
