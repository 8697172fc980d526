#include "api/repair_syncs.h"

#include "syncs/checkpoint.h"
#include "syncs/instance.h"

#define REPAIR_FREQUENCY "every hour" /* where a definition has none that can be read */

static const repair_step repair_definition_steps[] = {
  {REPAIR_SYNC_TEXT, "Names and frequencies of syncs that were no text became text"},
  {REPAIR_SYNC_NUMBERS, "Syncs had numbers that cannot be, which have their defaults now"},
  {REPAIR_MODEL_TEXT, "Models that were no text became text"},
  {REPAIR_MODEL_POSITIONS, "Models had a place in their definition that was no number"}};

static const repair_step repair_model_steps[] = {
  {REPAIR_MODEL_OWNERS, "Models were of another integration than their sync, and are of the same now"},
  {REPAIR_MODELS_STRAY, "Models belonged to no sync, and were dropped"}};

static const repair_step repair_missing_steps[] = {
  {REPAIR_MODELS_LEFT, "Syncs had no model, and have those again that had left them"},
  {REPAIR_MODELS_OF_RESULTS, "Syncs had no model, and have those again of which they have results"},
  {REPAIR_MODELS_MADE_UP,
   "Syncs had no model, and have one named Recovered- and a number until they are defined again"},
  {REPAIR_INSTANCES_STRAY, "Instances had no connection or no sync of their integration, and were dropped"},
  {REPAIR_INSTANCE_TEXT, "Texts of instances had another type or were too long"},
  {REPAIR_INSTANCE_SCHEDULE, "Schedules had values that cannot be, which have their defaults now"},
  {REPAIR_INSTANCE_LATEST, "Instances had values of their latest run that cannot be, which were cleared"},
  {REPAIR_LAST_RUN, "The last number of a run was below one that was issued"},
  {REPAIR_INSTANCE_LATEST_RUN, "Instances had a latest run that was never begun"},
  {REPAIR_INSTANCE_SUCCEEDED_RUN, "Instances had a run that succeeded and was never begun"},
  {REPAIR_INSTANCE_RUN, "Runs in progress could not be, and were aborted"},
  {REPAIR_INSTANCE_NO_RUN, "Instances without a run in progress had values of one, which were cleared"},
  {REPAIR_INSTANCE_ASKED, "Runs were asked for in a way that cannot be, and are not asked for now"},
  {REPAIR_INSTANCE_ALLOWS,
   "Leaves to delete more than max_delete_percent belonged to no run, and were taken back"},
  {REPAIR_INSTANCE_ENDED, "Instances had a latest run without its end, or an end without a run"},
  {REPAIR_INSTANCE_ERROR, "Errors had no time or no type"}};

static const repair_step repair_instance_steps[] = {
  {REPAIR_INSTANCE_WAKE, "Times at which runs are due were worked out again"},
  {REPAIR_INSTANCE_VARIANTS, "Variants were counted again"},
  {REPAIR_RESULTS_STRAY, "Results belonged to no instance, model or run, and were dropped"},
  {REPAIR_RESULT_NUMBERS, "Results had numbers that cannot be, which were cleared"},
  {REPAIR_RUNS_STRAY, "Kept runs could not be, and were dropped"},
  {REPAIR_ENVIRONMENT, "Values of variables that were no text became text"}};

#define REPAIR_STEPS(r, steps) repair_run_steps(r, steps, sizeof(steps) / sizeof *(steps))

/* ---- definitions --------------------------------------------------------------------------------------- */

/* The integration that a sync's models name, or one that is made up. The caller frees it. */
static void repair_integration_of(repair *r, int64_t sync, text *found) {
  query q = query_open(r->store, REPAIR_SYNC_INTEGRATION);
  query_bind_int(&q, sync);
  slice named = query_next(&q) ? query_text(&q, 0) : slice_of("");
  int is_allowed = name_check(NAME_PROVIDER_CONFIG_KEY, named) == NULL;
  if (is_allowed) text_append(found, named.at, named.length);
  else text_append_string(found, "recovered");
  query_close(&q);
  store_check_text(r->store, found);
}

static void repair_sync_names(repair *r, int64_t id, slice integration, slice name, repair_count *renamed) {
  int integration_is_right = name_check(NAME_PROVIDER_CONFIG_KEY, integration) == NULL;
  int name_is_right = name_check(NAME_SYNC, name) == NULL;
  if (integration_is_right && name_is_right) return;
  text other = {0};
  char made_up[48];
  sqlite3_snprintf((int)sizeof made_up, made_up, "recovered-%lld", (long long)id);
  if (!integration_is_right) repair_integration_of(r, id, &other);
  query q = query_open(r->store, REPAIR_SYNC_RENAME);
  query_bind_text(&q, integration_is_right ? integration : (slice){other.at, other.length});
  query_bind_text(&q, name_is_right ? name : slice_of(made_up));
  query_bind_int(&q, id);
  query_run(&q);
  text_free(&other);
  repair_count_row(r, renamed, "sync %lld", (long long)id);
}

static int repair_frequency_is_right(slice frequency, int64_t interval) {
  int64_t parsed = 0;
  return frequency_parse(frequency, &parsed) == NULL && parsed == interval;
}

/* The frequency as it is written counts, then the interval. */
static void repair_sync_frequency(repair *r, int64_t id, slice frequency, int64_t interval,
                                  repair_count *mended) {
  char written[48];
  int64_t parsed = 0;
  if (repair_frequency_is_right(frequency, interval)) return;
  if (frequency_parse(frequency, &parsed) != NULL) {
    int64_t seconds = interval / MICROSECONDS_PER_SECOND;
    sqlite3_snprintf((int)sizeof written, written, "every %lld seconds", (long long)seconds);
    frequency = slice_of(seconds > 0 ? written : REPAIR_FREQUENCY);
    if (frequency_parse(frequency, &parsed) != NULL) frequency_parse(slice_of(REPAIR_FREQUENCY), &parsed);
  }
  query q = query_open(r->store, REPAIR_SYNC_FREQUENCY);
  query_bind_text(&q, frequency);
  query_bind_int(&q, parsed);
  query_bind_int(&q, id);
  query_run(&q);
  repair_count_row(r, mended, "sync %lld", (long long)id);
}

static void repair_definitions(repair *r) {
  repair_count renamed = {0}, mended = {0};
  query q = query_open(r->store, REPAIR_SYNCS);
  while (query_next(&q)) {
    int64_t id = query_int(&q, 0);
    repair_sync_names(r, id, query_text(&q, 1), query_text(&q, 2), &renamed);
    repair_sync_frequency(r, id, query_text(&q, 3), query_int(&q, 4), &mended);
  }
  query_close(&q);
  repair_say_counted(r, "Syncs had names that cannot be, and have new ones", &renamed);
  repair_say_counted(r, "Syncs had a frequency and an interval that disagree", &mended);
}

static void repair_models(repair *r) {
  repair_count dropped = {0};
  query q = query_open(r->store, REPAIR_MODELS);
  while (query_next(&q)) {
    slice model = query_text(&q, 1);
    if (name_check(NAME_MODEL, model) == NULL) continue;
    query drop = query_open(r->store, REPAIR_MODEL_DROP);
    query_bind_text(&drop, query_text(&q, 0));
    query_bind_text(&drop, model);
    query_run(&drop);
    repair_count_row(r, &dropped, "'%.*s'", (int)model.length, model.at);
  }
  query_close(&q);
  repair_say_counted(r, "Models had names that cannot be, and were dropped", &dropped);
}

/* ---- instances ----------------------------------------------------------------------------------------- */

static void repair_set_before(nangolite *store, int64_t id, slice checkpoint) {
  query q = query_open(store, REPAIR_INSTANCE_BEFORE);
  query_bind_text(&q, checkpoint);
  query_bind_int(&q, id);
  query_run(&q);
}

/* `checkpoint` ends with a NUL. One that breaks a rule is forgotten, and white space around it is cut off. */
static void repair_checkpoint(repair *r, int64_t id, slice checkpoint,
                              void (*set)(nangolite *, int64_t, slice), repair_count *mended) {
  if (checkpoint.at == NULL || store_failed(r->store)) return;
  slice kept = checkpoint_check(r->store, checkpoint.at);
  if (r->store->result == NANGOLITE_INVALID) {
    r->store->result = NANGOLITE_OK; /* it was in the file, and is no argument of this call */
    kept = slice_of(NULL);
  }
  if (store_failed(r->store) || (kept.at != NULL && slice_equals(kept, checkpoint))) return;
  set(r->store, id, kept);
  repair_count_row(r, mended, "instance %lld", (long long)id);
}

static int repair_instance_variant_is_wrong(slice variant) {
  if (name_is_base(variant)) return !slice_equals(variant, slice_of("base"));
  return name_check(NAME_VARIANT, variant) != NULL;
}

static void repair_instance_variant(repair *r, int64_t id, slice variant, repair_count *renamed) {
  if (!repair_instance_variant_is_wrong(variant)) return;
  query q = query_open(r->store, REPAIR_INSTANCE_BASE);
  query_bind_int(&q, id);
  int is_base = name_is_base(variant) && query_run(&q) == 1;
  query_close(&q);
  if (!is_base) query_run_with(r->store, REPAIR_INSTANCE_VARIANT, id);
  repair_count_row(r, renamed, "instance %lld", (long long)id);
}

static void repair_instance_frequency(repair *r, int64_t id, const query *q, repair_count *mended) {
  slice frequency = query_text(q, 2);
  int64_t interval = 0, parsed = 0;
  int has_none = frequency.at == NULL && query_int_within(q, 3, 0, 0, &interval);
  if (has_none || (frequency.at != NULL && query_int_within(q, 3, FREQUENCY_MIN, FREQUENCY_MAX, &interval) &&
                   repair_frequency_is_right(frequency, interval)))
    return;
  int is_readable = frequency.at != NULL && frequency_parse(frequency, &parsed) == NULL;
  instance_set_frequency(r->store, id, is_readable ? frequency : slice_of(NULL), is_readable ? parsed : 0);
  repair_count_row(r, mended, "instance %lld", (long long)id);
}

static void repair_instances(repair *r) {
  repair_count renamed = {0}, mended = {0}, checkpoints = {0};
  query q = query_open(r->store, NAMES_OF_INSTANCES);
  while (query_next(&q)) {
    int64_t id = query_int(&q, 0);
    repair_instance_variant(r, id, query_text(&q, 1), &renamed);
    repair_instance_frequency(r, id, &q, &mended);
    repair_checkpoint(r, id, query_text(&q, 4), instance_set_checkpoint, &checkpoints);
    repair_checkpoint(r, id, query_text(&q, 5), repair_set_before, &checkpoints);
  }
  query_close(&q);
  repair_say_counted(r, "Variants of instances had names that cannot be, and have new ones", &renamed);
  repair_say_counted(r, "Instances had a frequency and an interval that disagree", &mended);
  repair_say_counted(
    r, "Checkpoints broke their rules, and were mended or, where they could not be read, forgotten",
    &checkpoints);
}

/* Each connection has a base instance of each sync of its integration. */
static void repair_bases(repair *r) {
  query q = query_open(r->store, CHECK_INSTANCE_BASE);
  int64_t missing = 0;
  while (query_next(&q)) missing++;
  query_close(&q);
  if (missing == 0) return;
  q = query_open(r->store, NAMES_OF_CONNECTIONS);
  while (query_next(&q)) {
    text integration = {0};
    slice named = query_text(&q, 1);
    text_append(&integration, named.at, named.length);
    text_append(&integration, "", 1);
    store_check_text(r->store, &integration);
    if (!store_failed(r->store)) instance_create_for_connection(r->store, integration.at, query_int(&q, 0));
    text_free(&integration);
  }
  query_close(&q);
  repair_say(r, "Connections had no base instance of a sync, and have a new one", missing);
}

static void repair_syncs(repair *r) {
  REPAIR_STEPS(r, repair_definition_steps);
  repair_definitions(r);
  REPAIR_STEPS(r, repair_model_steps);
  repair_models(r);
  REPAIR_STEPS(r, repair_missing_steps);
  repair_instances(r);
  repair_bases(r);
  REPAIR_STEPS(r, repair_instance_steps);
}
