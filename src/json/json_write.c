#include "json/json_write.h"

#include "base/utf8.h"

/* RFC 8259 section 7: what a string must escape. */
static void json_write_escape(text *t, unsigned char byte) {
  static const char hex[] = "0123456789abcdef";
  static const char names[] = "\bb\tt\nn\ff\rr\"\"\\\\";
  char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
  for (const char *name = names; *name != '\0'; name += 2) {
    if ((unsigned char)*name != byte) continue;
    escape[1] = name[1];
    text_append(t, escape, 2);
    return;
  }
  text_append(t, escape, sizeof escape);
}

static void json_write_surrogate(text *t, const char *bytes) {
  char escape[8];
  int number = 0xd000 | (bytes[1] & 0x3f) << 6 | (bytes[2] & 0x3f);
  sqlite3_snprintf(sizeof escape, escape, "\\u%04x", number);
  text_append_string(t, escape);
}

static void json_write(text *t, slice bytes) {
  size_t from = 0;
  text_append(t, "\"", 1);
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char byte = (unsigned char)bytes.at[i];
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    text_append(t, bytes.at + from, i - from);
    json_write_escape(t, byte);
    from = i + 1;
  }
  if (from < bytes.length) text_append(t, bytes.at + from, bytes.length - from);
  text_append(t, "\"", 1);
}

static void json_write_string(text *t, const char *string) {
  if (string == NULL) text_append(t, "null", 4);
  else json_write(t, slice_of(string));
}

/* The length of the UTF-8 character at the start of the bytes; 0: there is none. */
static size_t json_write_character(slice bytes) {
  unsigned char low, high;
  size_t length = utf8_followers((unsigned char)*bytes.at, &low, &high) + 1;
  if ((unsigned char)*bytes.at < 0x80) return 1;
  if (length == 1 || length > bytes.length || !utf8_is_valid((slice){bytes.at, length})) return 0;
  return length;
}

static void json_write_any(text *out, slice bytes) {
  text valid = {0};
  if (utf8_is_valid(bytes)) {
    json_write(out, bytes);
    return;
  }
  while (bytes.length > 0) {
    size_t length = json_write_character(bytes);
    if (length > 0) text_append(&valid, bytes.at, length);
    else text_append_string(&valid, "\xef\xbf\xbd");
    if (length == 0) length = 1;
    bytes = slice_from(bytes, length);
  }
  json_write(out, (slice){valid.at, valid.length});
  if (valid.failed) out->failed = 1;
  text_free(&valid);
}
