/* instance: a sync of one variant on one connection: its schedule as the file has it, and what it fills. */
#ifndef NANGOLITE_INSTANCE_H
#define NANGOLITE_INSTANCE_H

#include "database/id_list.h"
#include "base/slice.h"
#include "base/list.h"
#include "records/removal.h"
#include "values/schedule.h"
#include "syncs/sync.h"
#include "records/delete_window.h"

/* A clock that is behind the latest one by less than this has not been set back. */
#define INSTANCE_CLOCK_TOLERANCE (60 * MICROSECONDS_PER_SECOND)

typedef struct instance {
  int64_t id;              /* 0: there is none */
  int64_t connection;
  int64_t sync;
  int64_t own_interval;    /* 0: the definition's */
  int64_t created_at;
  schedule s;              /* with the grid that is in force */
} instance;

/* What an instance is called; strings of one allocation, free it with text_free(&names->strings). */
typedef struct instance_names {
  text strings;
  slice provider_config_key, connection_id, sync, variant;   /* NUL-terminated */
  slice frequency;
  slice checkpoint, checkpoint_before;                       /* JSON; absent: none */
} instance_names;

static int64_t instance_find(nangolite *store, int64_t connection, int64_t sync, slice variant);
static instance instance_get(nangolite *store, int64_t id);
static instance_names instance_get_names(nangolite *store, int64_t id);
static void instance_save(nangolite *store, const instance *i);

/* The turns that were executed, as the file has them: "from-to from-to". */
static void instance_read_executed(slice written, schedule *s);
static void instance_write_executed(const schedule *s, text *out);

/* Times are computed with this clock: when a later look finds it set back, they are to be looked at again. */
static void instance_note_clock(nangolite *store);

/* Makes an instance that has its first turn now, or when the definition says so. Returns its id. */
static int64_t instance_create(nangolite *store, int64_t connection, const sync_row *sync, slice variant);
/* Makes the base instances that a connection, or a definition, brings with it. */
static void instance_create_for_connection(nangolite *store, const char *provider_config_key,
                                           int64_t connection);
static void instance_create_for_sync(nangolite *store, const char *provider_config_key, const sync_row *sync);

/* The collections that it fills, and those that it filled before their models left the definition. */
static id_list instance_collections(nangolite *store, int64_t id);

static void instance_set_checkpoint(nangolite *store, int64_t id, slice checkpoint);
static void instance_set_idle(nangolite *store, int64_t id, int64_t since);

/* Forgets the checkpoint and open delete windows. */
static void instance_forget(nangolite *store, int64_t id);
/* Takes away what it has filled. */
static void instance_empty(nangolite *store, int64_t id);
/* Removes it with its schedule, checkpoint and records. Its run, if any, has become aborted. */
static void instance_remove(nangolite *store, int64_t id);

#endif
