/* What JavaScript calls besides the functions of nangolite.h: those that take a struct, with its members as
** arguments, and the callbacks. Whatever JavaScript reads or writes of a struct by itself has its
** places asserted here. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sqlite3.h>

#include "nangolite.h"

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("nangolite"), import_name(#name)))

/* `where` is what JavaScript knows the store by. */
IMPORT(clock) int64_t js_clock(int where);
IMPORT(event) void js_event(int where, const char *event_json);
IMPORT(write) int js_write(int where, const char *text, size_t length);
IMPORT(utc_offset) int js_utc_offset(int where, int64_t microseconds);

_Static_assert(sizeof(nangolite_scope) == 16 && offsetof(nangolite_scope, variant) == 12, "src/library.js writes it");
_Static_assert(sizeof(nangolite_changes) == 48 && offsetof(nangolite_changes, duplicates) == 40,
               "src/library.js reads it");
_Static_assert(offsetof(nangolite_query, modified_after) == 0 && offsetof(nangolite_query, filter) == 4 &&
                   offsetof(nangolite_query, cursor) == 8 && offsetof(nangolite_query, limit) == 12 &&
                   offsetof(nangolite_query, ids) == 16 && offsetof(nangolite_query, id_count) == 20,
               "src/library.js writes it");
_Static_assert(sizeof(nangolite_record) == 56 && offsetof(nangolite_record, payload_length) == 8 &&
                   offsetof(nangolite_record, last_action) == 12 && offsetof(nangolite_record, cursor) == 16 &&
                   offsetof(nangolite_record, first_seen_at) == 24 && offsetof(nangolite_record, pruned_at) == 48,
               "src/library.js reads it");
_Static_assert(offsetof(nangolite_page, records) == 0 && offsetof(nangolite_page, count) == 4 &&
                   offsetof(nangolite_page, next_cursor) == 8 && offsetof(nangolite_page, last_cursor) == 12,
               "src/library.js reads it");

static int64_t clock_of(void *ctx) {
  return js_clock((int)(intptr_t)ctx);
}

static void event_of(void *ctx, const char *event_json) {
  js_event((int)(intptr_t)ctx, event_json);
}

static int utc_offset_of(void *ctx, int64_t microseconds) {
  return js_utc_offset((int)(intptr_t)ctx, microseconds);
}

/* The options in the order in which src/store.js lists them. Local time is asked of JavaScript, which knows the host's
** zone: the C library here knows only UTC. */
EXPORT(js_options)
nangolite_options *js_options(int where, int has_clock, int lease_ms, int prune_after_days, int delete_after_days,
                              int max_variants, int keep_runs, int as_nango, int64_t page_bytes) {
  nangolite_options *options = sqlite3_malloc64(sizeof *options);
  if (!options) return NULL;
  *options = (nangolite_options){.clock = has_clock ? clock_of : NULL,
                                 .clock_ctx = (void *)(intptr_t)where,
                                 .utc_offset_s = utc_offset_of,
                                 .lease_ms = lease_ms,
                                 .prune_after_days = prune_after_days,
                                 .delete_after_days = delete_after_days,
                                 .max_variants = max_variants,
                                 .keep_runs = keep_runs,
                                 .as_nango = as_nango,
                                 .page_bytes = page_bytes};
  return options;
}

EXPORT(js_on_sync) int js_on_sync(nangolite *store, int where) {
  return nangolite_on_sync(store, where ? event_of : NULL, (void *)(intptr_t)where);
}

static int write_of(void *ctx, const char *text, size_t length) {
  return js_write((int)(intptr_t)ctx, text, length);
}

EXPORT(js_dump) int js_dump(nangolite *store, const nangolite_scope *scope, unsigned flags, int where) {
  return nangolite_dump(store, scope, flags, write_of, (void *)(intptr_t)where);
}

EXPORT(js_sync_define)
int js_sync_define(nangolite *store, const char *provider_config_key, const char *name, const char *const *models,
                   size_t model_count, const char *frequency, int64_t start_at, int max_delete_percent,
                   int max_retries, int retry_after_s, int manual_start, int local_time) {
  nangolite_sync sync = {.provider_config_key = provider_config_key,
                         .name = name,
                         .models = models,
                         .model_count = model_count,
                         .frequency = frequency,
                         .start_at = start_at,
                         .manual_start = manual_start,
                         .max_delete_percent = max_delete_percent,
                         .max_retries = max_retries,
                         .retry_after_s = retry_after_s,
                         .local_time = local_time};
  return nangolite_sync_define(store, &sync);
}

EXPORT(js_malloc) void *js_malloc(size_t size) {
  return sqlite3_malloc64(size);
}
