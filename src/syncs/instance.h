/* instance: a sync of one variant on one connection: its schedule as the file has it, and what it fills. */
#ifndef NANGOLITE_INSTANCE_H
#define NANGOLITE_INSTANCE_H

#include "database/id_list.h"
#include "database/open_stores.h"
#include "base/slice.h"
#include "base/list.h"
#include "records/removal.h"
#include "values/schedule.h"
#include "syncs/sync.h"
#include "records/delete_window.h"

/* A clock that is behind the latest one by less than this has not been set back: a third of the shortest interval,
** because the latest one is noted as roughly as that, too. */
#define INSTANCE_CLOCK_TOLERANCE (10 * MICROSECONDS_PER_SECOND)

enum { INSTANCE_NO_PROGRESS = -1 };

typedef struct instance {
  int64_t id; /* 0: there is none */
  int64_t connection;
  int64_t sync;
  int64_t own_interval; /* 0: the definition's */
  int64_t created_at;
  schedule s;             /* with the grid that is in force */
  int64_t wake_at;        /* as it is in the file, where a run in progress leaves it */
  int64_t token;          /* of the open store that holds the run in progress */
  int64_t progress_done;  /* INSTANCE_NO_PROGRESS: the run in progress has not told of any */
  int64_t progress_total; /* 0: not known */
  int64_t error_at;       /* of the latest failure; 0: none since a run has succeeded */
  int64_t latest_run;     /* its number; 0: there was none */
  int64_t succeeded_run;
} instance;

/* What an instance is called; strings of one allocation, free it with text_free(&names->strings). */
typedef struct instance_names {
  text strings;
  slice provider_config_key, connection_id, sync, variant; /* NUL-terminated */
  slice frequency;
  slice checkpoint, checkpoint_before; /* JSON; absent: none */
  slice error_type, error_description; /* of the latest failure; absent: none */
} instance_names;

static int64_t instance_find(nangolite *store, int64_t connection, int64_t sync, slice variant);
static instance instance_get(nangolite *store, int64_t id);
static instance_names instance_get_names(nangolite *store, int64_t id);
static void instance_save(nangolite *store, const instance *i);

/* Whether the run in progress is over: its lease has ended, or nobody else uses the file and the store that held it is
** no longer open. *at: since when. */
static int instance_has_ended_run(const nangolite *store, const instance *i, int64_t now, int64_t *at);

/* Times are computed with this clock: when a later look finds it set back, they are to be looked at again. */
static void instance_note_clock(nangolite *store);

/* Makes an instance that has its first slot now, or when the definition says so. Returns its id. */
static int64_t instance_create(nangolite *store, int64_t connection, const sync_row *sync, slice variant);
/* Makes the base instances that a connection, or a definition, brings with it. */
static void instance_create_for_connection(nangolite *store, const char *provider_config_key,
                                           int64_t connection);
static void instance_create_for_sync(nangolite *store, const char *provider_config_key, const sync_row *sync);

/* The collections that it fills, and those that it filled before their models left the definition. */
static id_list instance_collections(nangolite *store, int64_t id);

static void instance_set_checkpoint(nangolite *store, int64_t id, slice checkpoint);
static void instance_set_idle(nangolite *store, int64_t id, int64_t since);
/* A run has begun or ended. */
static void instance_stir(nangolite *store, int64_t id);
static void instance_set_progress(nangolite *store, const instance *i, int64_t done, int64_t total);
/* Type NULL: forgets the error that is there. */
static void instance_set_error(nangolite *store, int64_t id, slice type, slice description, int64_t at);

/* Forgets the checkpoint and open delete windows. */
static void instance_forget(nangolite *store, int64_t id);
/* Takes away what it has filled. */
static void instance_empty(nangolite *store, int64_t id);

/* Its own frequency, and the interval of it; absent and 0: the definition's. */
static void instance_set_frequency(nangolite *store, int64_t id, slice frequency, int64_t interval);

/* The lease of its run in progress, if that is still this run and has not ended `now`. */
static void instance_extend_lease(nangolite *store, int64_t id, int64_t run, int64_t lease_until,
                                  int64_t now);
/* A run begins: the checkpoint as it is now is the one before it. */
static void instance_begin_checkpoint(nangolite *store, int64_t id);
static void instance_clear_progress(nangolite *store, int64_t id);
/* Its own row: what it has must have gone before (command.h). */
static void instance_delete(nangolite *store, int64_t id);

/* The columns of the store's one row that the schedule keeps. */
static void instance_set_clock(nangolite *store, int64_t clock); /* the latest one that it has seen */
static int64_t instance_next_run(nangolite *store,
                                 int64_t step); /* a new number for a run: the last one plus a step */

#endif
