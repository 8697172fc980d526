/* sync: the definitions of syncs, and the functions that this process gave for them. */
#ifndef NANGOLITE_SYNC_H
#define NANGOLITE_SYNC_H

#include "base/slice.h"
#include "records/connection.h"
#include "values/frequency.h"

#define SYNC_RETRIES_MAX 100          /* before one slot */
#define SYNC_RETRY_AFTER_S 30         /* the default: most APIs are back by then */
#define SYNC_RETRY_AFTER_MAX 31536000 /* 365 days, as of a frequency */

/* A definition as the file has it. */
typedef struct sync_row {
  int64_t id; /* 0: there is none */
  int64_t interval;
  int64_t start_at; /* 0: when the instance is created */
  int manual_start;
  int max_delete_percent;
  int local_time;
  int took_over; /* sync_store(): a model that was another sync's */
} sync_row;

static sync_row sync_find(nangolite *store, const char *provider_config_key, slice name);
static sync_row sync_get(nangolite *store, int64_t id);
static int sync_has_model(nangolite *store, int64_t sync, const char *model);

/* Latches what is wrong with a definition; *interval is its frequency. */
static void sync_check(nangolite *store, const nangolite_sync *given, int64_t *interval);

/* Writes the definition and its models; in a write transaction. */
static sync_row sync_store(nangolite *store, const nangolite_sync *given, int64_t interval);

/* Gives it another name; where another sync has that, latches NANGOLITE_INVALID. In a write transaction. */
static void sync_rename(nangolite *store, const char *provider_config_key, int64_t id, const char *new_name);
/* Removes the definition, whose instances are gone. */
static void sync_delete(nangolite *store, int64_t id);

#endif
