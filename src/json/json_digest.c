#include "json/json_digest.h"
#include "base/list.h"

/* Each container is hashed by itself, the innermost first. What is hashed:
**
**   array   "[" element …                   string        quote, its unescaped bytes, end mark
**   object  "{" (name, end mark, value) …   other scalar  its text, end mark
**                                           container     "[" or "{", its own digest
**
** with the members in the order of their names. The end mark is a byte that does not occur in UTF-8, so that
** no two different values are written alike. */
#define DIGEST_END_MARK ((char)0xff)

/* A member's value: a scalar's text, or the digest of a container. */
typedef struct digest_value {
  json_type type;
  int escaped; /* a string with an escape */
  union {
    slice text;
    hash128 digest;
  } as;
} digest_value;

typedef struct digest_frame {
  int object;
  size_t start; /* object: its first member in the lists; array: its first byte in `bytes` */
} digest_frame;

enum { DIGEST_LOCAL_MEMBERS = 32, DIGEST_LOCAL_FRAMES = 8 };

typedef struct digester {
  const hash_key *key;
  const char *const *ignored;
  const char *end;      /* of the text */
  hash128 result;       /* of the container closed last */
  text bytes;           /* what is being written of open arrays, and of the object being closed */
  members_entry *names; /* of the open objects; the rest of each is in `values` */
  digest_value *values;
  digest_frame *frames;   /* open containers */
  size_t count, capacity; /* of names and values */
  size_t depth, frames_capacity;
  members_entry local_names[DIGEST_LOCAL_MEMBERS];
  digest_value local_values[DIGEST_LOCAL_MEMBERS];
  digest_frame local_frames[DIGEST_LOCAL_FRAMES];
} digester;

static int digest_is_container(json_type type) {
  return type == JSON_ARRAY || type == JSON_OBJECT;
}

/* The functions below write to memory that has room for it, and return where they end. A string without an
** escape is copied with its closing quote, whose place the end mark takes. */
static char *digest_put_characters(json_value string, int escaped, char *to) {
  int lone_surrogate;
  if (escaped) {
    to = json_write_unescaped(string, to, &lone_surrogate);
  } else {
    memcpy(to, string.text.at + 1, string.text.length - 1);
    to += string.text.length - 2;
  }
  *to++ = DIGEST_END_MARK;
  return to;
}

static char *digest_put_value(const digest_value *value, char *to) {
  slice bytes = value->as.text;
  if (value->type == JSON_STRING) {
    *to++ = '"';
    return digest_put_characters((json_value){bytes, JSON_STRING}, value->escaped, to);
  }
  if (digest_is_container(value->type)) {
    *to++ = value->type == JSON_OBJECT ? '{' : '[';
    hash_write(value->as.digest, to);
    return to + HASH_BYTES;
  }
  memcpy(to, bytes.at, bytes.length);
  to += bytes.length;
  *to++ = DIGEST_END_MARK;
  return to;
}

/* What a value takes at most. */
static size_t digest_value_size(const digest_value *value) {
  return digest_is_container(value->type) ? 1 + HASH_BYTES : value->as.text.length + 1;
}

/* Writes what comes next in the innermost array. */
static void digest_write_value(digester *d, const digest_value *value) {
  char *to = text_reserve(&d->bytes, digest_value_size(value));
  if (to != NULL) d->bytes.length = (size_t)(digest_put_value(value, to) - d->bytes.at);
}

static void digest_write_members(digester *d, size_t first) {
  size_t count = members_sort(d->names + first, d->count - first);
  text_append(&d->bytes, "{", 1);
  for (size_t i = first; i < first + count; i++) {
    const members_entry *name = &d->names[i];
    const digest_value *value = &d->values[name->number];
    char *to = text_reserve(&d->bytes, name->name.text.length + digest_value_size(value));
    if (to == NULL) return;
    to = digest_put_characters(name->name, name->escaped, to);
    d->bytes.length = (size_t)(digest_put_value(value, to) - d->bytes.at);
  }
}

/* Makes both lists longer. */
static int digest_grow_members(digester *d) {
  size_t capacity = d->capacity;
  members_entry *names = list_room(d->names, d->local_names, d->count, &capacity, sizeof *names);
  if (names == NULL) return 0;
  d->names = names;
  digest_value *values = list_room(d->values, d->local_values, d->count, &d->capacity, sizeof *values);
  if (values == NULL) return 0;
  d->values = values;
  return 1;
}

/* One more member, whose value is still to come. */
static int digest_add_name(digester *d, json_value name, int escaped) {
  if (d->count == d->capacity && !digest_grow_members(d)) return 0;
  d->names[d->count] = members_entry_of(name, escaped, d->count);
  d->count++;
  return 1;
}

static int digest_in_object(const digester *d) {
  return d->depth > 0 && d->frames[d->depth - 1].object;
}

/* A value of the innermost container. */
static void digest_add_value(digester *d, const digest_value *value) {
  if (digest_in_object(d)) d->values[d->count - 1] = *value;
  else digest_write_value(d, value);
}

/* From a scalar to behind it. */
static const char *digest_pass_scalar(digester *d, const char *at) {
  digest_value value = {.type = json_type_at(at), .as.text = {at, 0}};
  const char *end = value.type == JSON_STRING ? json_judge_string(at + 1, d->end, &value.escaped)
                                              : json_skip_value(at, d->end);
  value.as.text.length = (size_t)(end - at);
  digest_add_value(d, &value);
  return end;
}

static int digest_open(digester *d, int object) {
  digest_frame *frames = list_room(d->frames, d->local_frames, d->depth, &d->frames_capacity, sizeof *frames);
  if (frames == NULL) return 0;
  d->frames = frames;
  d->frames[d->depth++] = (digest_frame){object, object ? d->count : d->bytes.length};
  if (!object) text_append(&d->bytes, "[", 1);
  return 1;
}

static void digest_close(digester *d) {
  digest_frame frame = d->frames[--d->depth];
  size_t from = frame.object ? d->bytes.length : frame.start;
  json_type type = frame.object ? JSON_OBJECT : JSON_ARRAY;
  if (frame.object) {
    digest_write_members(d, frame.start);
    d->count = frame.start;
  }
  if (d->bytes.failed) return;
  d->result = hash_bytes(d->key, d->bytes.at + from, d->bytes.length - from);
  d->bytes.length = from;
  if (d->depth > 0) digest_add_value(d, &(digest_value){.type = type, .as.digest = d->result});
}

static int digest_ignores(const digester *d, json_value name) {
  if (d->ignored == NULL || d->depth > 1) return 0;
  for (const char *const *ignored = d->ignored; *ignored != NULL; ignored++) {
    if (json_string_is(name, *ignored)) return 1;
  }
  return 0;
}

/* From behind a value or an opening bracket to the next value, past closing brackets and the next member's
** name. NULL: no memory. */
static const char *digest_to_value(digester *d, const char *at) {
  while (d->depth > 0) {
    at = json_skip_space(at, d->end);
    if (*at == '}' || *at == ']') {
      digest_close(d);
      at++;
      continue;
    }
    if (*at == ',') at = json_skip_space(at + 1, d->end);
    if (!digest_in_object(d)) return at;
    int escaped;
    const char *name_end = json_judge_string(at + 1, d->end, &escaped);
    json_value name = json_between(at, name_end);
    at = json_skip_space(json_skip_space(name_end, d->end) + 1, d->end);
    if (!digest_ignores(d, name)) return digest_add_name(d, name, escaped) ? at : NULL;
    at = json_skip_value(at, d->end);
  }
  return at;
}

/* Returns 0 where there was no memory. It reads the text once: no container is skipped to find its end. */
static int digest_walk(digester *d, const char *at) {
  do {
    if (*at == '{' || *at == '[') {
      if (!digest_open(d, *at == '{')) return 0;
      at++;
    } else {
      at = digest_pass_scalar(d, at);
    }
    at = digest_to_value(d, at);
  } while (at != NULL && d->depth > 0 && !d->bytes.failed);
  return at != NULL && !d->bytes.failed;
}

static int json_digest(json_value value, const char *const *ignored, const hash_key *key, hash128 *digest) {
  digester d;
  d.key = key;
  d.ignored = ignored;
  d.end = value.text.at + value.text.length;
  d.bytes = (text){0};
  d.names = d.local_names;
  d.values = d.local_values;
  d.frames = d.local_frames;
  d.capacity = DIGEST_LOCAL_MEMBERS;
  d.frames_capacity = DIGEST_LOCAL_FRAMES;
  d.count = d.depth = 0;
  text_reserve(&d.bytes, value.text.length + 2); /* enough for a flat object, in one allocation */
  int done = digest_walk(&d, value.text.at);
  if (done && !digest_is_container(value.type)) d.result = hash_bytes(key, d.bytes.at, d.bytes.length);
  if (done) *digest = d.result;
  text_free(&d.bytes);
  list_free(d.names, d.local_names);
  list_free(d.values, d.local_values);
  list_free(d.frames, d.local_frames);
  return done;
}
