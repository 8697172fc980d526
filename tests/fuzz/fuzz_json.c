/* fuzz_json: any bytes as JSON. Nothing may crash, and the parts of the library must agree on them.
**
**   clang -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_json.c -lsqlite3 -o fuzz_json
**   ./fuzz_json corpus/
**   gcc -DFUZZ_REPLAY -I. tests/fuzz/fuzz_json.c -lsqlite3 -o fuzz_json && ./fuzz_json corpus/json/...
**
** The second form runs each file that it is given once. */
#include "../../nangolite.c"

#include <stdio.h>
#include <stdlib.h>

static void fuzz_require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "fuzz_json: %s\n", what);
  abort();
}

/* Scans text that must be JSON. */
static json_value fuzz_scan(text *t) {
  json_value value;
  fuzz_require(!t->failed, "no memory");
  fuzz_require(json_scan((slice){t->at, t->length}, &value).reason == NULL, "the output is not JSON");
  return value;
}

static hash128 fuzz_digest(json_value value) {
  static const char *const ignored[] = {"id", "_nango_metadata", NULL};
  static const hash_key key = {1, 2};
  hash128 digest = {0, 0};
  fuzz_require(json_digest(value, ignored, &key, &digest), "no memory");
  return digest;
}

/* Appends the value without white space, with its strings unescaped and escaped again. For this only, it
** recurses. */
static void fuzz_respell(json_value value, text *out, int depth) {
  text plain = {0};
  json_iterator iterator = json_iterate(value);
  json_member member;
  int lone_surrogate = 0, first = 1;
  if (value.type == JSON_STRING) json_unescape(value, &plain, &lone_surrogate);
  if (value.type == JSON_STRING && !lone_surrogate && depth < 100) {
    json_write(out, (slice){plain.at, plain.length});
  } else if (value.type == JSON_OBJECT && depth < 100) {
    for (; json_next_member(&iterator, &member); first = 0) {
      text_append(out, first ? "{" : ",", 1);
      fuzz_respell(member.key, out, depth + 1);
      text_append(out, ":", 1);
      fuzz_respell(member.value, out, depth + 1);
    }
    text_append_string(out, first ? "{}" : "}");
  } else if (value.type == JSON_ARRAY && depth < 100) {
    for (; json_next_element(&iterator, &member.value); first = 0) {
      text_append(out, first ? "[" : ",", 1);
      fuzz_respell(member.value, out, depth + 1);
    }
    text_append_string(out, first ? "[]" : "]");
  } else {
    text_append(out, value.text.at, value.text.length);
  }
  text_free(&plain);
}

static void fuzz_spelling(json_value value) {
  text out = {0};
  fuzz_respell(value, &out, 0);
  fuzz_require(hash_equals(fuzz_digest(fuzz_scan(&out)), fuzz_digest(value)),
               "another spelling, another digest");
  text_free(&out);
}

static void fuzz_object(json_value object) {
  text without = {0}, empty = {0}, again = {0};
  json_member member;
  json_without_member(object, "_nango_metadata", &without);
  json_value plain = fuzz_scan(&without);
  json_iterator iterator = json_iterate(plain);
  fuzz_require(plain.type == JSON_OBJECT, "an object became something else");
  while (json_next_member(&iterator, &member)) {
    fuzz_require(!json_string_is(member.key, "_nango_metadata"), "the member is still there");
  }
  fuzz_require(hash_equals(fuzz_digest(plain), fuzz_digest(object)), "an ignored member is digested");
  json_merge(json_of(slice_of("{}")), plain, "_nango_metadata", &empty);
  fuzz_require(hash_equals(fuzz_digest(fuzz_scan(&empty)), fuzz_digest(object)),
               "merged into nothing it is not itself");
  json_merge(plain, json_of((slice){empty.at, empty.length}), NULL, &again);
  fuzz_require(hash_equals(fuzz_digest(fuzz_scan(&again)), fuzz_digest(object)),
               "merged into itself it is another");
  text_free(&without);
  text_free(&empty);
  text_free(&again);
}

/* The array's first two objects, merged; once more changes nothing. */
static void fuzz_merge(json_value array) {
  json_iterator iterator = json_iterate(array);
  json_value stored, patch;
  text once = {0}, twice = {0};
  if (!json_next_element(&iterator, &stored) || stored.type != JSON_OBJECT) return;
  if (!json_next_element(&iterator, &patch) || patch.type != JSON_OBJECT) return;
  json_merge(stored, patch, "_nango_metadata", &once);
  json_merge(fuzz_scan(&once), patch, "_nango_metadata", &twice);
  fuzz_scan(&twice);
  fuzz_require(slice_equals((slice){once.at, once.length}, (slice){twice.at, twice.length}),
               "merging again changes it");
  text_free(&once);
  text_free(&twice);
}

static int fuzz_is_records(json_value value) {
  json_iterator iterator = json_iterate(value);
  json_value element;
  if (value.type == JSON_OBJECT) return 1;
  if (value.type != JSON_ARRAY) return 0;
  while (json_next_element(&iterator, &element)) {
    if (element.type != JSON_OBJECT) return 0;
  }
  return 1;
}

/* What stepping finds in a record is what reading it found. */
static void fuzz_record(const json_record *record) {
  json_iterator iterator = json_iterate(json_of(record->text));
  json_member member;
  json_value id = {{NULL, 0}, JSON_NULL};
  int has_metadata = 0;
  while (json_next_member(&iterator, &member)) {
    if (json_string_is(member.key, "id")) id = member.value;
    has_metadata |= json_string_is(member.key, "_nango_metadata");
  }
  fuzz_require(id.text.at == record->id.text.at && id.text.length == record->id.text.length, "another id");
  fuzz_require(id.type == record->id.type && has_metadata == record->has_metadata, "other metadata");
}

static int fuzz_records(slice bytes) {
  json_records records;
  json_record record;
  json_records_open(&records, bytes);
  while (json_records_next(&records, &record)) fuzz_record(&record);
  fuzz_require(records.error.offset <= bytes.length, "an error outside");
  return records.error.reason == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  slice bytes = {(const char *)data, size};
  json_value value;
  json_error error = json_scan(bytes, &value);
  int records = fuzz_records(bytes);
  fuzz_require(error.offset <= size, "an error outside");
  if (error.reason != NULL) {
    fuzz_require(!records || strstr(error.reason, "nested") != NULL, "not JSON, but records");
    return 0;
  }
  fuzz_require(records == fuzz_is_records(value), "JSON judged in two ways");
  fuzz_digest(value);
  if (value.type >= JSON_STRING) fuzz_spelling(value);
  if (value.type == JSON_OBJECT) fuzz_object(value);
  if (value.type == JSON_ARRAY) fuzz_merge(value);
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
    uint8_t *exact = malloc(length + (length == 0));
    if (exact == NULL) return 1;
    memcpy(exact, bytes, length);
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
  }
  printf("%d files replayed\n", count - 1);
  return 0;
}
#endif
