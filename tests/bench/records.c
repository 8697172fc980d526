/* The records: made-up issues of a tracker, about 500 bytes and 19 members each, or a file's. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REVISION_MARK ",\"revision\":"
enum { REVISION_DIGITS = 6, REVISION_FIRST = 100000, RECORD_ROOM = 1024 };

/* Bodies from a file: the text of an object without its id, and without its opening brace. */
static char **bodies;
static int body_count;

/* SplitMix64: different numbers stay different. */
uint64_t mixed(uint64_t number) {
  number += UINT64_C(0x9e3779b97f4a7c15);
  number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
  return number ^ number >> 31;
}

/* Ascending: as an API counts. Random: UUIDs, in the order of creation. */
static int make_id(char *to, int number, id_order order) {
  if (order == IDS_ASCENDING) return sprintf(to, "%d", 213984712 + number * 7 + number * 31 % 5);
  uint64_t high = mixed((uint64_t)number), low = mixed(~(uint64_t)number);
  return sprintf(to, "%08x-%04x-4%03x-%04x-%04x%08x", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
                 (unsigned)(high & 0xfff), (unsigned)(0x8000 | (low >> 48 & 0x3fff)),
                 (unsigned)(low >> 32 & 0xffff), (unsigned)(low & 0xffffffff));
}

static const char *pick(uint64_t *seed, const char *const *from, size_t count) {
  *seed = mixed(*seed);
  return from[*seed % count];
}

static int make_body(char *to, int number) {
  static const char *const titles[] = {
    "Crash when the second page is empty", "The list jumps while it is being scrolled",
    "Export leaves out archived rows",     "Search does not find names with an umlaut",
    "A second window shows old figures",   "Slow start with many accounts"};
  static const char *const logins[] = {"ana-lind", "k-mori", "tomas.berg", "j_okafor", "wei-chen", "priya-n"};
  static const char *const labels[] = {"\"bug\"", "\"bug\",\"needs triage\"", "\"feature\"", "",
                                       "\"ui\",\"bug\",\"p1\""};
  static const char *const texts[] = {
    "Steps:\\n1. open the list\\n2. press \\\"next\\\" twice\\nExpected: the page. Actual: nothing.",
    "Seen on two machines, in the caf\xc3\xa9 build too. A log is attached; its last line has the number.",
    "Since the last release. Going back to the one before helps.\\n\\nIs there another way around it?"};
  uint64_t seed = mixed((uint64_t)number);
  int count = (int)(seed % 1000);
  return sprintf(to,
                 ",\"number\":%d,\"title\":\"%s\",\"state\":\"%s\",\"locked\":false,"
                 "\"author\":{\"login\":\"%s\",\"id\":%d},\"assignee\":null,\"labels\":[%s],\"comments\":%d,"
                 "\"milestone\":{\"title\":\"v2.%d\",\"due_on\":null},"
                 "\"html_url\":\"https://git.example/acme/app/issues/%d\",\"body\":\"%s\",\"draft\":false,"
                 "\"score\":%d.%02d,\"created_at\":\"2024-%02d-%02dT10:22:%02dZ\","
                 "\"updated_at\":\"2024-11-%02dT08:%02d:10Z\",\"closed_at\":null}",
                 number, pick(&seed, titles, 6), count % 3 ? "open" : "closed", pick(&seed, logins, 6),
                 58000 + count, pick(&seed, labels, 5), count % 40, count % 9, number, pick(&seed, texts, 3),
                 count % 5, count % 100, 1 + count % 12, 1 + count % 28, count % 60, 1 + count % 30,
                 count % 60);
}

static char *read_whole(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) die("cannot read", path);
  size_t length = (size_t)ftell(file);
  char *text = must_allocate(length + 1);
  rewind(file);
  if (fread(text, 1, length, file) != length) die("cannot read", path);
  text[length] = '\0';
  fclose(file);
  return text;
}

void records_use_file(const char *path) {
  sqlite3 *db;
  sqlite3_stmt *query;
  char *text = read_whole(path);
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) die("cannot open SQLite", "");
  const char *sql = "SELECT json_remove(value, '$.id') FROM json_each(?1) WHERE type = 'object'";
  if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK) die("no JSON", sqlite3_errmsg(db));
  sqlite3_bind_text(query, 1, text, -1, SQLITE_STATIC);
  while (sqlite3_step(query) == SQLITE_ROW) {
    const char *object = (const char *)sqlite3_column_text(query, 0);
    if (object == NULL || strlen(object) < 3) continue;
    bodies = realloc(bodies, (size_t)(body_count + 1) * sizeof *bodies);
    if (bodies == NULL) die("out of memory", "");
    bodies[body_count] = must_allocate(strlen(object) + 1);
    sprintf(bodies[body_count++], ",%s", object + 1);
  }
  sqlite3_finalize(query);
  sqlite3_close(db);
  free(text);
  if (body_count == 0) die("no array of objects in", path);
}

static int make_record(char *to, int number, id_order order, record *made) {
  char *at = to + sprintf(to, "{\"id\":\"");
  made->text = to;
  made->id = at;
  made->id_length = make_id(at, number, order);
  at += made->id_length;
  at += sprintf(at, "\"" REVISION_MARK "%d", REVISION_FIRST);
  at += body_count > 0 ? sprintf(at, "%s", bodies[number % body_count]) : make_body(at, number);
  made->text_length = (int)(at - to);
  return made->text_length;
}

static size_t largest_body(void) {
  size_t largest = 0;
  for (int i = 0; i < body_count; i++) largest = strlen(bodies[i]) > largest ? strlen(bodies[i]) : largest;
  return largest;
}

record_set *records_make(int first, int count, int batch, id_order order) {
  record_set *set = must_allocate(sizeof *set);
  size_t room = RECORD_ROOM + largest_body(), length = 0;
  *set = (record_set){NULL, count, batch, NULL, NULL};
  set->records = must_allocate((size_t)count * sizeof *set->records);
  set->arrays = must_allocate((size_t)(records_arrays(set) + 1) * sizeof *set->arrays);
  set->text = must_allocate((size_t)count * room + 1);
  for (int i = 0; i < count; i++) {
    if (i % batch == 0) set->arrays[i / batch] = length;
    set->text[length++] = i % batch == 0 ? '[' : ',';
    length += (size_t)make_record(set->text + length, first + i, order, &set->records[i]);
    if (i % batch == batch - 1 || i == count - 1) set->text[length++] = ']';
  }
  set->arrays[records_arrays(set)] = length;
  return set;
}

int records_arrays(const record_set *set) {
  return (set->count + set->batch - 1) / set->batch;
}

int64_t records_bytes(const record_set *set) {
  int64_t bytes = 0;
  for (int i = 0; i < set->count; i++) bytes += set->records[i].text_length;
  return bytes;
}

int records_is_tenth(int index, int revision) {
  return mixed((uint64_t)revision * 1000003 + (uint64_t)index) % 10 == 0;
}

static void change(record_set *set, int index, int revision) {
  char digits[16];
  const record *r = &set->records[index];
  size_t at = (size_t)(r->id - set->text) + (size_t)r->id_length + 1 + strlen(REVISION_MARK);
  snprintf(digits, sizeof digits, "%d", REVISION_FIRST + revision);
  memcpy(set->text + at, digits, REVISION_DIGITS);
}

void records_change_tenth(record_set *set, int revision) {
  for (int i = 0; i < set->count; i++) {
    if (records_is_tenth(i, revision)) change(set, i, revision);
  }
}

void records_change_all(record_set *set, int revision) {
  for (int i = 0; i < set->count; i++) change(set, i, revision);
}

void records_free(record_set *set) {
  free(set->text);
  free(set->arrays);
  free(set->records);
  free(set);
}
