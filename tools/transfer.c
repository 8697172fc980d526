/* transfer: the commands that write a store as text, and make a store of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "json.h"
#include "line.h"
#include "progress.h"
#include "store.h"
#include "terminal.h"

/* ---- export ---- */

/* The records there are in the scope, deleted ones too: how far an export has come is told by them. */
static int64_t count_records(nangolite *store, const nangolite_scope *of) {
  int64_t count = 0;
  char *json = NULL;
  if (nangolite_collections(store, of->provider_config_key, of->connection_id, 0, &json) != NANGOLITE_OK)
    return 0;
  span collections = json_at(span_of(json), "/collections");
  for (span c = {NULL, 0}; json_next(collections, &c);) {
    count += json_number(json_at(c, "/live")) + json_number(json_at(c, "/deleted"));
  }
  nangolite_free(json);
  return count;
}

/* A pipe or a file gets the very bytes, which import takes; a terminal does not obey them. */
static int put_line(void *ctx, const char *text, size_t length) {
  static const char record[] = "{\"kind\":\"record\"";
  progress *shown = ctx;
  if (terminal_is(stdout)) {
    text_put(stdout, (span){text, length - 1});
    putchar('\n');
  } else {
    fwrite(text, 1, length, stdout);
  }
  if (length >= sizeof record && memcmp(text, record, sizeof record - 1) == 0) progress_add(shown, 1);
  return ferror(stdout) || store_is_stopped();
}

int transfer_export(nangolite *store, const line *given) {
  nangolite_scope of = {line_argument(given, 0), line_argument(given, 1), line_argument(given, 2),
                        line_argument(given, 3)};
  unsigned flags = line_has(given, OPTION_CONTENT) ? 0U : NANGOLITE_DUMP_METADATA;
  progress shown;
  progress_begin(&shown, "exporting", terminal_is(stdout) ? -1 : count_records(store, &of));
  int result = nangolite_dump(store, given->argument_count == 0 ? NULL : &of, flags, put_line, &shown);
  progress_end(&shown);
  if (result == NANGOLITE_OK) return DONE;
  return ferror(stdout) ? FAILED
                        : store_failed(store, result); /* what standard output lacks is told at the end */
}

/* ---- import ---- */

static progress reading;

static void tell_read(size_t length) {
  progress_set(&reading, (int64_t)length);
}

/* What a file on standard input holds; 0: it is none. */
static int64_t size_of_input(void) {
  long size = fseek(stdin, 0, SEEK_END) == 0 ? ftell(stdin) : 0;
  if (size > 0) rewind(stdin);
  return size > 0 ? size : 0;
}

static int read_dump(char **text, size_t *length) {
  progress_begin(&reading, "reading", size_of_input());
  int status = input_read(text, length, tell_read);
  progress_end(&reading);
  return status;
}

/* A file that was made for a dump which then was refused is taken away again. */
static int load(const char *file, const char *text, size_t length) {
  int was_there = store_is_there(file);
  nangolite *store = NULL;
  int status = store_open(file, ACCESS_MAKE, NULL, &store);
  if (status == DONE) {
    progress storing;
    progress_begin(&storing, "storing", 0);
    int result = nangolite_load(store, text, (int64_t)length);
    progress_end(&storing);
    if (result != NANGOLITE_OK) store_failed(store, result);
    if (result != NANGOLITE_OK) status = FAILED;
  }
  store_close(store);
  if (status != DONE && !was_there) store_remove();
  return status;
}

/* The whole dump is read before the file is touched. */
int transfer_import(nangolite *store, const line *given) {
  char *text = NULL;
  size_t length = 0;
  (void)store;
  if (terminal_is(stdin)) {
    text_complain("import reads a dump from standard input: nangolite FILE import < DUMP");
    return WRONG_USAGE;
  }
  int status = read_dump(&text, &length);
  if (status == DONE) status = load(given->file, text, length);
  free(text);
  return status;
}
