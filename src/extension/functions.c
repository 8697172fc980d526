#include "extension/functions.h"

#include "api/records.h"

#ifdef NANGOLITE_EXTENSION

/* What a file could make somebody call without knowing it must not write: views and triggers cannot use such a function.
** SQLite knows the flag since 3.30; older versions ignore it. */
#ifndef SQLITE_DIRECTONLY
#define SQLITE_DIRECTONLY 0x80000
#endif
/* JSON functions take the result for JSON. SQLite asks for the flag since 3.45; older versions ignore it. */
#ifndef SQLITE_RESULT_SUBTYPE
#define SQLITE_RESULT_SUBTYPE 0x1000000
#endif
#define FUNCTIONS_SUBTYPE_JSON 'J'

enum { FUNCTIONS_ARGUMENTS_MAX = 5 };

static void functions_fail(sqlite3_context *context, const host *h) {
  sqlite3_result_error(context, nangolite_errmsg(h->store), -1);
  sqlite3_result_error_code(context, host_code(h));
}

/* Whether all arguments can be text; else it is told which cannot. */
static int functions_are_text(sqlite3_context *context, const char *const *names, int count,
                              sqlite3_value **values) {
  for (int i = 0; i < count; i++) {
    const char *why = host_refuse(values[i]);
    if (why == NULL) continue;
    char *message = sqlite3_mprintf("%s %s", names[i], why);
    if (message == NULL) sqlite3_result_error_nomem(context);
    else sqlite3_result_error(context, message, -1);
    sqlite3_free(message);
    return 0;
  }
  return 1;
}

static const char *functions_text(int count, sqlite3_value **values, int at) {
  return at < count ? (const char *)sqlite3_value_text(values[at]) : NULL;
}

static void functions_give_json(sqlite3_context *context, char *json) {
  if (json == NULL) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_text(context, json, -1, sqlite3_free);
  sqlite3_result_subtype(context, FUNCTIONS_SUBTYPE_JSON);
}

static void functions_request(sqlite3_context *context, int count, sqlite3_value **values) {
  static const char *const names[] = {"method", "target", "headers", "body"};
  host *h = sqlite3_user_data(context);
  int status;
  char *response;
  if (!functions_are_text(context, names, count, values)) return;
  const char *method = functions_text(count, values, 0), *target = functions_text(count, values, 1);
  const char *headers = functions_text(count, values, 2), *body = functions_text(count, values, 3);
  int result = nangolite_request(host_store(h, 0), method, target, headers, body, &status, &response);
  if (result == NANGOLITE_OK) functions_give_json(context, response);
  else functions_fail(context, h);
  host_leave(h);
}

static void functions_give_changes(sqlite3_context *context, const nangolite_changes *made) {
  functions_give_json(context, sqlite3_mprintf("{\"added\":%lld,\"updated\":%lld,\"deleted\":%lld,"
                                               "\"unchanged\":%lld,\"skipped\":%lld,\"duplicates\":%lld}",
                                               (long long)made->added, (long long)made->updated,
                                               (long long)made->deleted, (long long)made->unchanged,
                                               (long long)made->skipped, (long long)made->duplicates));
}

static void functions_write(sqlite3_context *context, int count, sqlite3_value **values, write_kind kind) {
  static const char *const names[] = {"provider_config_key", "connection_id", "model", "json", "variant"};
  host *h = sqlite3_user_data(context);
  nangolite_changes made;
  if (!functions_are_text(context, names, count, values)) return;
  nangolite_scope scope = {
    functions_text(count, values, 0),
    functions_text(count, values, 1),
    functions_text(count, values, 2),
    functions_text(count, values, 4),
  };
  records_call call = {.scope = &scope, .kind = kind, .makes_connection = kind == WRITE_SAVE};
  nangolite *store = host_store(h, kind == WRITE_SAVE);
  int result = records_write(store, &call, functions_text(count, values, 3), -1, &made);
  if (result == NANGOLITE_OK) functions_give_changes(context, &made);
  else functions_fail(context, h);
  host_leave(h);
}

static void functions_save(sqlite3_context *context, int count, sqlite3_value **values) {
  functions_write(context, count, values, WRITE_SAVE);
}

static void functions_update(sqlite3_context *context, int count, sqlite3_value **values) {
  functions_write(context, count, values, WRITE_UPDATE);
}

static void functions_delete(sqlite3_context *context, int count, sqlite3_value **values) {
  functions_write(context, count, values, WRITE_DELETE);
}

typedef struct functions_entry {
  const char *name;
  int fewest, most; /* arguments */
  void (*call)(sqlite3_context *context, int count, sqlite3_value **values);
} functions_entry;

static int functions_register(host *h) {
  static const functions_entry all[] = {
    {"nangolite", 2, 4, functions_request},
    {"nangolite_save", 4, FUNCTIONS_ARGUMENTS_MAX, functions_save},
    {"nangolite_update", 4, FUNCTIONS_ARGUMENTS_MAX, functions_update},
    {"nangolite_delete", 4, FUNCTIONS_ARGUMENTS_MAX, functions_delete},
  };
  int code = SQLITE_OK, flags = SQLITE_UTF8 | SQLITE_DIRECTONLY | SQLITE_RESULT_SUBTYPE;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    for (int count = all[i].fewest; count <= all[i].most && code == SQLITE_OK; count++)
      code = sqlite3_create_function_v2(h->db, all[i].name, count, flags, host_keep(h), all[i].call, NULL,
                                        NULL, host_release);
  }
  return code;
}

#endif
