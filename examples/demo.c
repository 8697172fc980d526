/* demo: two recorded answers of an issue tracker, and what an application hears of them. See --help. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifndef _WIN32
#include <sys/ioctl.h>
#endif

#include <sqlite3.h>

#include "nangolite.h"

static const char help[] =
  "demo             an hourly sync reads examples/data/issues-0900.json, then\n"
  "                 issues-1000.json; shows the feed, then only what changed\n"
  "demo FILE        saves the records in FILE, saves them again, reads them back,\n"
  "                 compares\n"
  "demo FILE FILE   shows two states of your own as above\n"
  "\n"
  "  --all          show every row; without it a long table is cut\n"
  "  --help         this text\n"
  "\n"
  "A FILE holds what an integration saved:\n"
  "{\"nango\": {\"batchSave\": {\"Model\": [{\"id\": ...}, ...]}}}.\n"
  "Colours are used on a terminal, unless NO_COLOR is set. The output is as wide as\n"
  "the terminal, or as COLUMNS says.\n";

/* ---- the terminal ---- */

static int has_colour;
static int shows_all;
static size_t columns = 80;

static const char *colour(const char *code) {
  return has_colour ? code : "";
}

#define BOLD colour("\033[1m")
#define DIM colour("\033[2m")
#define PLAIN colour("\033[0m")

static const char *colour_of(const char *action) {
  if (*action == 'A') return colour("\033[32m");
  return *action == 'U' ? colour("\033[33m") : colour("\033[31m");
}

/* Two columns are taken by the letters of East Asia and by most pictures. */
static int width_of(unsigned long c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
         (c >= 0x1f300 && c <= 0x1faff) ? 2 : 1;
}

/* Prints UTF-8 text in at most `width` columns. */
static void print_cut(const char *text, size_t width) {
  size_t used = 0;
  while (*text != '\0') {
    size_t bytes = 1;
    unsigned long c = (unsigned char)*text;
    if (c >= 0xc0) c &= c >= 0xf0 ? 0x07 : c >= 0xe0 ? 0x0f : 0x1f;
    for (; ((unsigned char)text[bytes] & 0xc0) == 0x80; bytes++) {
      c = c << 6 | ((unsigned char)text[bytes] & 0x3f);
    }
    used += (size_t)width_of(c);
    if (used > width - 3 && strlen(text) > 3) {
      printf("...");
      return;
    }
    fwrite(text, 1, bytes, stdout);
    text += bytes;
  }
}

/* ---- JSON, as far as a display needs it: nangolite is the one that checks it ---- */

typedef struct span {
  const char *at, *end;
} span;

static const char *skip_blank(const char *at, const char *end) {
  while (at < end && strchr(" \t\r\n,:", *at) != NULL) at++;
  return at;
}

static const char *skip_string(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++) at += *at == '\\' && at + 1 < end;
  return at < end ? at + 1 : end;
}

static const char *skip_value(const char *at, const char *end) {
  int depth = 0;
  do {
    if (at < end && *at == '"') {
      at = skip_string(at, end);
      continue;
    }
    if (at < end && (*at == '{' || *at == '[')) depth++;
    if (at < end && (*at == '}' || *at == ']')) depth--;
    if (at < end) at++;
  } while (at < end && (depth > 0 || strchr(" \t\r\n,:]}", *at) == NULL));
  return at;
}

/* Steps over an array or an object, whose keys are then values too. Start with an empty `*value`. */
static int next_value(span inside, span *value) {
  const char *at = value->at == NULL ? inside.at + 1 : value->end;
  value->at = skip_blank(at, inside.end - 1);
  if (value->at >= inside.end - 1) return 0;
  value->end = skip_value(value->at, inside.end - 1);
  return 1;
}

static int next_member(span object, span *key, span *value) {
  span step = *value;
  if (!next_value(object, &step)) return 0;
  *key = step;
  *value = step;
  return next_value(object, value);
}

static int is_object(span s) {
  return s.at != NULL && s.end - s.at >= 2 && *s.at == '{';
}

static span member(span object, const char *name) {
  span key, value = {NULL, NULL};
  size_t length = strlen(name);
  while (is_object(object) && next_member(object, &key, &value)) {
    if ((size_t)(key.end - key.at) == length + 2 && memcmp(key.at + 1, name, length) == 0) return value;
  }
  return (span){NULL, NULL};
}

static span of_text(const char *text) {
  return (span){text, text + strlen(text)};
}

static size_t put_utf8(char *out, unsigned long c) {
  if (c < 0x80) {
    *out = (char)c;
    return 1;
  }
  size_t bytes = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = bytes - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
  out[0] = (char)((0xf00 >> bytes & 0xff) | c);
  return bytes;
}

/* One \ escape at `at`, behind the backslash; what does not show is a blank. */
static const char *put_escape(const char *at, char *out, size_t *length) {
  unsigned long c = 0, low = 0;
  if (*at != 'u') {
    out[(*length)++] = strchr("\"\\/", *at) != NULL ? *at : ' ';
    return at + 1;
  }
  c = strtoul((char[5]){at[1], at[2], at[3], at[4], 0}, NULL, 16);
  at += 5;
  if (c >= 0xd800 && c < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
    low = strtoul((char[5]){at[2], at[3], at[4], at[5], 0}, NULL, 16);
    c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
    at += 6;
  }
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) c = ' ';
  *length += put_utf8(out + *length, c >= 0xd800 && c < 0xe000 ? '?' : c);
  return at;
}

enum { SHOWN_MAX = 400 };

/* A value as people read it: strings unescaped, without needless white space, cut at SHOWN_MAX bytes. */
static const char *shown(span value, char out[SHOWN_MAX + 8]) {
  size_t length = 0;
  int inside = 0, bare = value.at != NULL && *value.at == '"';
  for (const char *at = value.at; at < value.end && length < SHOWN_MAX; ) {
    if (inside && *at == '\\') {
      at = put_escape(at + 1, out, &length);
      continue;
    }
    if (*at == '"') inside = !inside;
    if ((*at != '"' || !bare) && (inside || strchr(" \t\r\n", *at) == NULL)) out[length++] = *at;
    at++;
  }
  if (length >= SHOWN_MAX) {
    while (((unsigned char)out[length - 1] & 0xc0) == 0x80) length--;
    if ((unsigned char)out[length - 1] & 0x80) length--;
  }
  out[length] = '\0';
  return out;
}

/* ---- files ---- */

static void fail(const char *what, const char *why) {
  fprintf(stderr, "demo: %s: %s\n", what, why);
  exit(1);
}

static char *read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  if (file == NULL) fail(name, "cannot be opened (the demo's own files lie below the top of the repository)");
  char *text = NULL;
  size_t length = 0, got;
  do {
    text = realloc(text, length + 65537);
    if (text == NULL) fail(name, "no memory");
    got = fread(text + length, 1, 65536, file);
    length += got;
  } while (got > 0);
  fclose(file);
  text[length] = '\0';
  return text;
}

/* {"Model": [records], ...} */
static span models_of(const char *name, const char *text) {
  const char *start = skip_blank(text, text + strlen(text));
  span envelope = {start, skip_value(start, text + strlen(text))};
  span models = member(member(envelope, "nango"), "batchSave");
  if (!is_object(models)) fail(name, "there is no nango.batchSave in it");
  return models;
}

/* ---- the store ---- */

static nangolite *store;

static void need(int result) {
  if (result != NANGOLITE_OK) fail(nangolite_result_name(result), nangolite_errmsg(store));
}

static double milliseconds(void) {
  return (double)clock() * 1e3 / CLOCKS_PER_SEC;
}

static void print_time(int64_t stamp, int with_date) {
  time_t seconds = (time_t)(stamp / 1000000);
  char text[32];
  strftime(text, sizeof text, with_date ? "%Y-%m-%d %H:%M" : "%H:%M:%S", gmtime(&seconds));
  printf("%s", text);
  if (!with_date) printf(".%06d", (int)(stamp % 1000000));
}

/* One model: its collection, and how far its feed was read. */
typedef struct shelf {
  char model[256];
  nangolite_scope scope;
  char *cursor;              /* NULL: from the start */
  nangolite_page *before;    /* as the records were when the feed was read last */
  nangolite_changes changes; /* what the latest run made of it */
} shelf;

static void shelf_of(span key, shelf *made) {
  *made = (shelf){.cursor = NULL};
  snprintf(made->model, sizeof made->model, "%.*s", (int)(key.end - key.at - 2), key.at + 1);
  made->scope = (nangolite_scope){"tracker", "mira", made->model, NULL};
}

static nangolite_changes save(const shelf *into, span records, double *took) {
  nangolite_changes changes;
  double start = milliseconds();
  need(nangolite_records_save(store, &into->scope, records.at, records.end - records.at, &changes));
  *took = milliseconds() - start;
  return changes;
}

static void print_summary(const nangolite_changes *c, double took) {
  printf("   %s%" PRId64 " added, %" PRId64 " updated, %" PRId64 " deleted, %" PRId64 " unchanged%s", BOLD,
         c->added, c->updated, c->deleted, c->unchanged, PLAIN);
  if (c->duplicates > 0) printf(", %" PRId64 " duplicates", c->duplicates);
  printf("   %s%.2f ms%s\n\n", DIM, took, PLAIN);
}

/* ---- tables ---- */

/* What stands for a record in one line. */
static span title_of(span record) {
  static const char *const names[] = {"title",   "display_title", "name",        "subject",
                                      "message", "summary",       "description", NULL};
  for (size_t i = 0; names[i] != NULL; i++) {
    span found = member(record, names[i]);
    if (found.at != NULL && *found.at == '"') return found;
  }
  return record;
}

static int id_width(const nangolite_page *page) {
  size_t width = 2;
  for (size_t i = 0; i < page->count; i++) {
    size_t length = strlen(page->records[i].id);
    if (length > width) width = length;
  }
  return (int)(width < 20 ? width : 20);
}

static void print_head(int ids) {
  printf("   %s%-7s  %-*s  %-15s  %s%s\n", DIM, "ACTION", ids, "ID", "CHANGED AT", "RECORD", PLAIN);
}

static void print_row(const nangolite_record *r, int ids) {
  char title[SHOWN_MAX + 8];
  printf("   %s%-7s%s  %-*.*s  ", colour_of(r->last_action), r->last_action, PLAIN, ids, ids, r->id);
  print_time(r->last_modified_at, 0);
  printf("  ");
  size_t taken = (size_t)ids + 31;
  print_cut(shown(title_of(of_text(r->payload)), title), columns > taken + 10 ? columns - taken : 10);
  printf("\n");
}

/* The members that differ from those of the record as it was. */
static void print_differences(span was, span is, int ids) {
  char before[SHOWN_MAX + 8], after[SHOWN_MAX + 8];
  span key, value = {NULL, NULL};
  size_t indent = (size_t)ids + 14;
  while (next_member(is, &key, &value)) {
    char name[40];
    snprintf(name, sizeof name, "%.*s", (int)(key.end - key.at - 2), key.at + 1);
    span old = member(was, name);
    if (old.at != NULL && strcmp(shown(old, before), shown(value, after)) == 0) continue;
    size_t taken = indent + strlen(name) + 6, width = columns > taken + 20 ? (columns - taken) / 2 : 10;
    printf("%*s%s%s:%s ", (int)indent, "", DIM, name, PLAIN);
    print_cut(old.at == NULL ? "nothing" : before, width);
    printf(" %s->%s ", DIM, PLAIN);
    print_cut(shown(value, after), width);
    printf("\n");
  }
}

static const nangolite_record *find(const nangolite_page *page, const char *id) {
  for (size_t i = 0; page != NULL && i < page->count; i++) {
    if (strcmp(page->records[i].id, id) == 0) return &page->records[i];
  }
  return NULL;
}

/* Prints a page; what is in `before` as well is shown with what changed in it. */
static void print_page(const nangolite_page *page, const nangolite_page *before, int ids, size_t *printed) {
  for (size_t i = 0; i < page->count; i++) {
    const nangolite_record *r = &page->records[i];
    if (++*printed > 40 && !shows_all) continue;
    print_row(r, ids);
    const nangolite_record *was = *r->last_action == 'U' ? find(before, r->id) : NULL;
    if (was != NULL) print_differences(of_text(was->payload), of_text(r->payload), ids);
  }
}

/* Reads the feed of a model from where it was read last, page by page, and prints it. */
static size_t print_feed(shelf *from) {
  size_t printed = 0, pages = 0;
  nangolite_page *page = NULL;
  double took = 0;
  do {
    nangolite_page_free(page);
    nangolite_query query = {.cursor = from->cursor, .limit = 500};
    double start = milliseconds();
    need(nangolite_records_list(store, &from->scope, &query, &page));
    took += milliseconds() - start;
    int ids = id_width(page);
    if (pages++ == 0 && page->count > 0) print_head(ids);
    print_page(page, from->before, ids, &printed);
    if (page->count > 0) {
      free(from->cursor);
      from->cursor = strdup(page->records[page->count - 1].cursor);
    }
  } while (page->next_cursor != NULL);
  nangolite_page_free(page);
  if (printed > 40 && !shows_all) printf("   ... and %zu more (--all shows them)\n", printed - 40);
  const char *noun = printed == 1 ? "record" : "records";
  printf("   %s%zu %s, read in %.2f ms%s\n\n", DIM, printed, noun, took, PLAIN);
  return printed;
}

/* ---- two states, and the sync that reads them ---- */

enum { SHELVES_MAX = 32 };

/* What the tracker answers now. */
typedef struct source {
  span models;
  shelf shelves[SHELVES_MAX];
  const char *names[SHELVES_MAX];
  size_t count;
} source;

static void add_models(source *into, span models) {
  span key, records = {NULL, NULL};
  while (next_member(models, &key, &records)) {
    shelf made;
    size_t i = 0;
    shelf_of(key, &made);
    while (i < into->count && strcmp(into->names[i], made.model) != 0) i++;
    if (i < into->count || i == SHELVES_MAX) continue;
    into->shelves[i] = made;
    into->shelves[i].scope.model = into->names[i] = into->shelves[i].model;
    into->count++;
  }
}

/* One model inside the sync: between start and end of the window, what is not saved has vanished. */
static int sync_model(nangolite_run *run, shelf *into, span records) {
  nangolite_changes vanished;
  if (records.at == NULL) records = of_text("[]");
  const char *model = into->model;
  int64_t length = records.end - records.at;
  int result = nangolite_run_track_deletes_start(run, model);
  if (result == NANGOLITE_OK) result = nangolite_run_save(run, model, records.at, length, &into->changes);
  if (result == NANGOLITE_OK) result = nangolite_run_track_deletes_end(run, model, &vanished);
  if (result == NANGOLITE_OK) into->changes.deleted = vanished.deleted;
  return result;
}

/* The sync function. */
static int sync_all(nangolite_run *run, void *user) {
  source *from = user;
  for (size_t i = 0; i < from->count; i++) {
    int result = sync_model(run, &from->shelves[i], member(from->models, from->names[i]));
    if (result != NANGOLITE_OK) fail(nangolite_result_name(result), nangolite_errmsg(store));
  }
  return NANGOLITE_OK;
}

static void define_sync(source *from) {
  nangolite_sync sync = {.provider_config_key = "tracker", .name = "everything", .frequency = "every hour",
                         .models = from->names, .model_count = from->count, .exec = sync_all, .user = from};
  need(nangolite_sync_define(store, &sync));
}

static void print_step(int number, const char *what) {
  printf("%s%d  ", BOLD, number);
  print_time(nangolite_now(store), 1);
  printf("%s  %s\n", PLAIN, what);
}

/* Lets the schedule go on to `time`, where the sync is due, and shows what came of it. */
static size_t show_run(int number, source *from, int64_t time, const char *what) {
  size_t news = 0;
  double start = milliseconds();
  need(nangolite_run_until(store, time, NULL));
  double took = milliseconds() - start;
  print_step(number, what);
  for (size_t i = 0; i < from->count; i++) {
    shelf *of = &from->shelves[i];
    print_summary(&of->changes, took);
    const char *where = of->cursor == NULL ? "its start" : "where the application stopped reading";
    printf("   The feed of %s, from %s:\n\n", of->model, where);
    news += print_feed(of);
  }
  return news;
}

/* Keeps the records as they are now, to compare with them. */
static void remember(source *from) {
  nangolite_query query = {.limit = 500};
  for (size_t i = 0; i < from->count; i++) {
    need(nangolite_records_list(store, &from->shelves[i].scope, &query, &from->shelves[i].before));
  }
}

static void print_end(source *from, size_t news) {
  int64_t total = 0;
  for (size_t i = 0; i < from->count; i++) {
    nangolite_changes *c = &from->shelves[i].changes;
    total += c->added + c->updated + c->deleted + c->unchanged;
  }
  printf("%s%zu of %" PRId64 " records are news.%s ", BOLD, news, total, PLAIN);
  printf("Next time the application asks from here:\n");
  for (size_t i = 0; i < from->count; i++) {
    shelf *of = &from->shelves[i];
    printf("   %s cursor=%s\n", of->model, of->cursor == NULL ? "" : of->cursor);
    nangolite_page_free(of->before);
    free(of->cursor);
  }
}

static void show_two_states(const char *name1, const char *name2) {
  static source from;
  char *text1 = read_file(name1), *text2 = read_file(name2);
  span first = models_of(name1, text1), second = models_of(name2, text2);
  add_models(&from, first);
  add_models(&from, second);
  int64_t nine = INT64_C(1772442000) * 1000000;   /* Monday, 2 March 2026: the same output each time */
  nangolite_clock_set(store, nine);
  define_sync(&from);

  from.models = first;
  show_run(1, &from, nine, "The tracker is read for the first time.");
  remember(&from);
  from.models = second;
  size_t news = show_run(2, &from, nine + INT64_C(3600) * 1000000,
                         "It is read again: other order, white space and escapes.");
  print_end(&from, news);
  free(text1);
  free(text2);
}

/* ---- one file ---- */

/* Whether a record's payload is this text. */
static int is_exact(const nangolite_record *r, span text) {
  size_t length = (size_t)(text.end - text.at);
  return length == r->payload_length && memcmp(text.at, r->payload, length) == 0;
}

/* Walks feed and file side by side: each payload must be the next text of the file, duplicates apart. */
static size_t count_exact(const shelf *from, span records, double *took) {
  size_t exact = 0;
  span record = {NULL, NULL};
  nangolite_page *page = NULL;
  char *cursor = NULL;
  *took = 0;
  do {
    nangolite_query query = {.cursor = cursor, .limit = 500};
    double start = milliseconds();
    need(nangolite_records_list(store, &from->scope, &query, &page));
    *took += milliseconds() - start;
    for (size_t i = 0; i < page->count; i++) {
      int found = 0;
      while (!found && next_value(records, &record)) found = is_exact(&page->records[i], record);
      exact += (size_t)found;
    }
    free(cursor);
    cursor = page->next_cursor == NULL ? NULL : strdup(page->next_cursor);
    nangolite_page_free(page);
  } while (cursor != NULL);
  return exact;
}

static int show_one_model(span key, span records) {
  shelf on;
  double saving, again, reading;
  int64_t live, bytes;
  shelf_of(key, &on);
  nangolite_changes first = save(&on, records, &saving);
  nangolite_changes second = save(&on, records, &again);
  size_t exact = count_exact(&on, records, &reading);
  need(nangolite_records_count(store, &on.scope, &live, &bytes));
  printf("%s%s%s  %" PRId64 " records, %" PRId64 " bytes of payload\n", BOLD, on.model, PLAIN, live, bytes);
  printf("   saved           %8.2f ms   %" PRId64 " added, %" PRId64 " duplicates\n", saving, first.added,
         first.duplicates);
  printf("   saved again     %8.2f ms   %" PRId64 " changes, %" PRId64 " unchanged\n", again,
         second.added + second.updated + second.deleted, second.unchanged);
  printf("   read by cursor  %8.2f ms   %zu of %" PRId64 " equal the file byte for byte\n\n", reading, exact,
         live);
  return second.unchanged == live && (int64_t)exact == live;
}

static int show_one_file(const char *name) {
  char *text = read_file(name);
  span key, records = {NULL, NULL}, models = models_of(name, text);
  int is_right = 1;
  while (next_member(models, &key, &records)) is_right &= show_one_model(key, records);
  free(text);
  return is_right;
}

/* Takes the arguments; a value to exit with, or -1. */
static int take_arguments(int count, char **arguments, const char *files[2], int *given) {
  for (int i = 1; i < count; i++) {
    int is_help = strcmp(arguments[i], "--help") == 0;
    if (strcmp(arguments[i], "--all") == 0) shows_all = 1;
    else if (*arguments[i] != '-' && *given < 2) files[(*given)++] = arguments[i];
    else {
      fputs(help, is_help ? stdout : stderr);
      return is_help ? 0 : 2;
    }
  }
  return -1;
}

/* 0: it is not known. */
static int width_of_terminal(void) {
#ifdef TIOCGWINSZ
  struct winsize size;
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) return size.ws_col;
#endif
  return 0;
}

static void look_at_terminal(void) {
  const char *no_color = getenv("NO_COLOR"), *width = getenv("COLUMNS");
  has_colour = isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');
  int wide = width != NULL ? atoi(width) : width_of_terminal();
  if (wide > 0) columns = wide < 60 ? 60 : (size_t)wide;
}

int main(int count, char **arguments) {
  const char *files[2] = {"examples/data/issues-0900.json", "examples/data/issues-1000.json"};
  int given = 0, is_right = 1, status = take_arguments(count, arguments, files, &given);
  if (status >= 0) return status;
  look_at_terminal();
  need(nangolite_open(":memory:", NULL, &store));
  need(nangolite_connection_create(store, "tracker", "mira"));
  printf("%snangolite %s, SQLite %s%s\n\n", DIM, nangolite_version(), sqlite3_libversion(), PLAIN);
  if (given == 1) is_right = show_one_file(files[0]);
  else show_two_states(files[0], files[1]);
  nangolite_close(store);
  return is_right ? 0 : 1;
}
