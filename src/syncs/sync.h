/* sync: the definitions of syncs and their models, as the file has them. */
#ifndef NANGOLITE_SYNC_H
#define NANGOLITE_SYNC_H

#include "base/slice.h"
#include "records/connection.h"
#include "values/frequency.h"

#define SYNC_RETRIES_MAX 100          /* retries of one run, before the next slot */
#define SYNC_RETRY_AFTER_S 30         /* the default; most APIs answer again by then */
#define SYNC_RETRY_AFTER_MAX 31536000 /* 365 days, which is the longest frequency too */

/* A definition as the file has it. */
typedef struct sync_row {
  int64_t id; /* 0: there is none */
  int64_t interval;
  int64_t start_at; /* 0: when each instance was created */
  int manual_start;
  int max_delete_percent;
  int local_time;
  int took_over; /* of sync_put(): a model of it was another sync's until now */
} sync_row;

/* These two return an id of 0 where there is no such sync. */
static sync_row sync_find(nangolite *store, const char *provider_config_key, slice name);
static sync_row sync_get(nangolite *store, int64_t id);
/* Whether the definition names the model now. */
static int sync_has_model(nangolite *store, int64_t sync, const char *model);

/* Latches what is wrong with a definition. *interval becomes its frequency in microseconds. */
static void sync_check(nangolite *store, const nangolite_sync *given, int64_t *interval);

/* Writes the definition and its models, and reads it again. In a write transaction. */
static sync_row sync_put(nangolite *store, const nangolite_sync *given, int64_t interval);

/* Gives it another name. Latches NANGOLITE_INVALID where another sync has that name. In a write
** transaction. */
static void sync_rename(nangolite *store, const char *provider_config_key, int64_t id, const char *new_name);
/* Removes the definition and its models. The caller has removed its instances. In a write transaction. */
static void sync_delete(nangolite *store, int64_t id);

#endif
