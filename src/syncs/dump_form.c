#include "syncs/dump_form.h"

#include "json/json_scan.h"
#include "syncs/instance.h"

static const char *const dump_actions[] = {"ADDED", "UPDATED", "DELETED"};
static const char *const dump_asks[] = {NULL, "trigger", "retry", "take_up"};
static const char *const dump_results[] = {NULL, "SUCCESS", "ERROR", "STOPPED"};

_Static_assert(ACTION_ADDED == 0 && ACTION_COUNT == 3 && ASK_TRIGGER == 1 && ASK_TAKE_UP == 3 &&
                 RUN_SUCCESS == 1 && RUN_STOPPED == 3,
               "these lists have the words for them");

/* Members, by their type and by whether they may lack (OR_NULL). Those of PLAIN are in every dump, the others in dumps
** with metadata. */
#define FORM_PLAIN_TEXT(name)                                                                                \
  { name, DUMP_TEXT, 0, 0, 0, NULL }
#define FORM_PLAIN_NUMBER(name, low, high)                                                                   \
  { name, DUMP_NUMBER, 0, low, high, NULL }
#define FORM_PLAIN_TIME_OR_NULL(name)                                                                        \
  { name, DUMP_NUMBER, DUMP_MAY_LACK, 1, TIME_MAX, NULL }
#define FORM_PLAIN_TEXT_OR_NULL(name)                                                                        \
  { name, DUMP_TEXT, DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_PLAIN_FLAG(name)                                                                                \
  { name, DUMP_FLAG, 0, 0, 1, NULL }
#define FORM_PLAIN_OBJECT(name)                                                                              \
  { name, DUMP_OBJECT, 0, 0, 0, NULL }
#define FORM_PLAIN_OBJECT_OR_NULL(name)                                                                      \
  { name, DUMP_OBJECT, DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_FLAG(name)                                                                                      \
  { name, DUMP_FLAG, DUMP_IS_METADATA, 0, 1, NULL }
#define FORM_NUMBER(name, low, high)                                                                         \
  { name, DUMP_NUMBER, DUMP_IS_METADATA, low, high, NULL }
#define FORM_NUMBER_OR_NULL(name, low, high)                                                                 \
  { name, DUMP_NUMBER, DUMP_IS_METADATA | DUMP_MAY_LACK, low, high, NULL }
#define FORM_COUNT(name) FORM_NUMBER(name, 0, INT64_MAX)
#define FORM_TIME(name) FORM_NUMBER(name, 1, TIME_MAX)
#define FORM_TIME_OR_NULL(name) FORM_NUMBER_OR_NULL(name, 1, TIME_MAX)
#define FORM_WORD(name, words)                                                                               \
  { name, DUMP_WORD, DUMP_IS_METADATA, 0, (int)(sizeof(words) / sizeof *(words)) - 1, words }
#define FORM_TEXT(name)                                                                                      \
  { name, DUMP_TEXT, DUMP_IS_METADATA, 0, 0, NULL }
#define FORM_TEXT_OR_NULL(name)                                                                              \
  { name, DUMP_TEXT, DUMP_IS_METADATA | DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_BYTES_OR_NULL(name)                                                                             \
  { name, DUMP_BYTES, DUMP_IS_METADATA | DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_OBJECT_OR_NULL(name)                                                                            \
  { name, DUMP_OBJECT, DUMP_IS_METADATA | DUMP_MAY_LACK, 0, 0, NULL }
#define FORM_END                                                                                             \
  { NULL, DUMP_TEXT, 0, 0, 0, NULL }

#define FORM_OF_CONNECTION FORM_PLAIN_TEXT("provider_config_key"), FORM_PLAIN_TEXT("connection_id")
#define FORM_OF_INSTANCE FORM_OF_CONNECTION, FORM_PLAIN_TEXT("sync"), FORM_PLAIN_TEXT("variant")
#define FORM_OF_COLLECTION FORM_OF_CONNECTION, FORM_PLAIN_TEXT("model"), FORM_PLAIN_TEXT("variant")

/* Where a kind has no statement of its own, dump.c and load.c have the code for it. */
#define FORM_NO_STATEMENT STATEMENT_COUNT

/* clang-format off */
static const dump_form dump_forms[DUMP_KINDS] = {
  [DUMP_OF_STORE] = {"store", "the store's line", FORM_NO_STATEMENT, FORM_NO_STATEMENT, {
    FORM_PLAIN_NUMBER("format", DUMP_FORMAT, DUMP_FORMAT), FORM_PLAIN_FLAG("as_nango"), FORM_PLAIN_FLAG("metadata"),
    FORM_PLAIN_OBJECT_OR_NULL("scope"), FORM_NUMBER("last_stamp", 0, TIME_MAX), FORM_COUNT("last_run"),
    FORM_NUMBER("clock", 0, TIME_MAX), FORM_TEXT("hash_key"), FORM_END}},

  [DUMP_OF_VARIABLE] = {"variable", "a variable", ENVIRONMENT_LIST, LOAD_VARIABLE, {
    FORM_PLAIN_TEXT("name"), FORM_PLAIN_TEXT("value"), FORM_END}},

  [DUMP_OF_CONNECTION] = {"connection", "a connection", DUMP_CONNECTIONS, LOAD_CONNECTION, {
    FORM_OF_CONNECTION, FORM_PLAIN_OBJECT_OR_NULL("metadata"), FORM_TIME("created_at"), FORM_TIME("updated_at"), FORM_END}},

  [DUMP_OF_SYNC] = {"sync", "a sync", DUMP_SYNCS, LOAD_SYNC, {
    FORM_PLAIN_TEXT("provider_config_key"), FORM_PLAIN_TEXT("sync"), FORM_PLAIN_TEXT("frequency"),
    FORM_PLAIN_TIME_OR_NULL("start_at"), FORM_PLAIN_FLAG("manual_start"), FORM_PLAIN_NUMBER("max_delete_percent", 0, 100),
    FORM_PLAIN_NUMBER("max_retries", 0, SYNC_RETRIES_MAX), FORM_PLAIN_NUMBER("retry_after_s", 1, SYNC_RETRY_AFTER_MAX),
    FORM_PLAIN_FLAG("local_time"), FORM_END}},

  [DUMP_OF_SYNC_MODEL] = {"model", "a model", DUMP_MODELS, LOAD_MODEL, {
    FORM_PLAIN_TEXT("provider_config_key"), FORM_PLAIN_TEXT("sync"), FORM_PLAIN_TEXT("model"),
    {"position", DUMP_NUMBER, DUMP_MAY_LACK, 0, INT64_MAX, NULL}, FORM_END}},

  /* asked to has_succeeded are struct schedule, without the run in progress. */
  [DUMP_OF_INSTANCE] = {"instance", "an instance", DUMP_INSTANCES, LOAD_INSTANCE, {
    FORM_OF_INSTANCE, FORM_PLAIN_TEXT_OR_NULL("frequency"), FORM_PLAIN_FLAG("is_paused"), FORM_PLAIN_OBJECT_OR_NULL("checkpoint"),
    FORM_NUMBER("created_at", 0, TIME_MAX), FORM_NUMBER("slot_at", 1, INT64_MAX), FORM_WORD("asked", dump_asks),
    FORM_NUMBER_OR_NULL("asked_at", 1, INT64_MAX), FORM_NUMBER_OR_NULL("again_at", 1, INT64_MAX), FORM_FLAG("may_repeat"),
    FORM_NUMBER("retries", 0, SYNC_RETRIES_MAX), FORM_NUMBER("expired", 0, SCHEDULE_TAKE_UPS + 1), FORM_FLAG("allows_deletes"),
    FORM_TIME_OR_NULL("started_at"), FORM_TIME_OR_NULL("finished_at"), FORM_WORD("latest", dump_results), FORM_FLAG("is_initial"),
    FORM_FLAG("has_succeeded"), FORM_COUNT("latest_run"), FORM_COUNT("succeeded_run"), FORM_OBJECT_OR_NULL("checkpoint_before"),
    FORM_BYTES_OR_NULL("error_type"), FORM_BYTES_OR_NULL("error_description"), FORM_TIME_OR_NULL("error_at"),
    FORM_NUMBER_OR_NULL("idle_since", 0, TIME_MAX), FORM_END}},

  [DUMP_OF_RESULT] = {"result", "a result", DUMP_RESULTS, LOAD_RESULT, {
    FORM_OF_INSTANCE, FORM_TEXT("model"), FORM_COUNT("run"), FORM_COUNT("added"), FORM_COUNT("updated"), FORM_COUNT("deleted"),
    FORM_COUNT("changed_after"), FORM_END}},

  [DUMP_OF_RUN] = {"run", "a run", DUMP_RUNS, LOAD_RUN, {
    FORM_OF_INSTANCE, FORM_NUMBER("number", 1, INT64_MAX), FORM_TIME("started_at"), FORM_TIME("finished_at"),
    FORM_WORD("result", dump_results), FORM_FLAG("is_initial"), FORM_BYTES_OR_NULL("error_type"),
    FORM_BYTES_OR_NULL("error_description"), FORM_PLAIN_OBJECT("results"), FORM_OBJECT_OR_NULL("checkpoint_from"),
    FORM_OBJECT_OR_NULL("checkpoint_to"), FORM_END}},

  [DUMP_OF_COLLECTION] = {"collection", "a collection", DUMP_COLLECTIONS, LOAD_COLLECTION, {
    FORM_OF_COLLECTION, FORM_TIME_OR_NULL("window_opened_at"), FORM_COUNT("window_live"), FORM_END}},

  [DUMP_OF_RECORD] = {"record", "a record", FORM_NO_STATEMENT, FORM_NO_STATEMENT, {
    FORM_OF_COLLECTION, FORM_PLAIN_TEXT("id"), FORM_WORD("action", dump_actions), FORM_TIME("first_seen_at"),
    FORM_TIME("last_modified_at"), FORM_TIME_OR_NULL("pruned_at"), FORM_TIME_OR_NULL("deleted_at"),
    FORM_TEXT_OR_NULL("hash"), FORM_TEXT_OR_NULL("alternate_hash"),
    FORM_NUMBER_OR_NULL("alternate_length", 1, DUMP_LENGTH_MAX), FORM_FLAG("seen"), FORM_PLAIN_OBJECT("payload"), FORM_END}},

  [DUMP_OF_END] = {"end", "the last line", FORM_NO_STATEMENT, FORM_NO_STATEMENT, {
    FORM_PLAIN_NUMBER("lines", 1, INT64_MAX), FORM_END}},
};
/* clang-format on */

static const dump_form *dump_form_of(dump_kind kind) {
  return &dump_forms[kind];
}

static const dump_form *dump_form_named(slice name, dump_kind *kind) {
  for (int i = 0; i < DUMP_KINDS; i++) {
    *kind = (dump_kind)i;
    if (slice_equals(name, slice_of(dump_forms[i].name))) return &dump_forms[i];
  }
  return NULL;
}

static int dump_member_at(const dump_form *form, slice name) {
  for (int i = 0; form->members[i].name != NULL; i++) {
    if (slice_equals(name, slice_of(form->members[i].name))) return i;
  }
  return -1;
}

static int dump_member_count(const dump_form *form) {
  int count = 0;
  while (form->members[count].name != NULL) count++;
  return count;
}

static int dump_fits_a_line(slice object) {
  const char *at = object.at, *end = at + object.length;
  int depth = 1; /* the line's own braces */
  while (at < end) {
    char c = *at++;
    if (c == '"') at = json_skip_string(at, end);
    else if (c == '{' || c == '[') depth++;
    else if (c == '}' || c == ']') depth--;
    if (c == '\n' || c == '\r' || depth > JSON_DEPTH_MAX) return 0;
  }
  return 1;
}
