/* instance: a sync of one variant on one connection: its row in nango_instance, and the collections that
** it fills. */
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

/* A clock that is behind nango_store.clock by this or less does not count as set back. nango_store.clock
** is written only when it lags by more than this. It is a third of the shortest interval. */
#define INSTANCE_CLOCK_TOLERANCE (10 * MICROSECONDS_PER_SECOND)

enum { INSTANCE_NO_PROGRESS = -1 };

typedef struct instance {
  int64_t id; /* 0: there is no such instance */
  int64_t connection;
  int64_t sync;
  int64_t own_interval; /* 0: the definition's */
  int64_t created_at;
  schedule s;             /* with the grid of its own interval, or of the definition's */
  int64_t wake_at;        /* as it is in the file; beginning a run leaves it there */
  int64_t token;          /* of the open store that holds the run in progress */
  int64_t progress_done;  /* INSTANCE_NO_PROGRESS: no run in progress has told of any */
  int64_t progress_total; /* 0: not known */
  int64_t error_at;       /* when a run failed last; 0: none has failed since one has succeeded */
  int64_t latest_run;     /* its number; 0: there was none */
  int64_t succeeded_run;  /* of the latest run that has succeeded; 0: none has */
} instance;

/* The texts of an instance. They are in one allocation: free it with text_free(&names->strings). */
typedef struct instance_names {
  text strings;
  slice provider_config_key, connection_id, sync, variant; /* NUL-terminated */
  slice frequency;                                         /* its own, or the definition's */
  slice checkpoint, checkpoint_before;                     /* JSON; absent: none */
  slice error_type, error_description;                     /* of the latest failure; absent: none */
} instance_names;

/* The instance's id; 0: there is none. An absent variant is base. */
static int64_t instance_find(nangolite *store, int64_t connection, int64_t sync, slice variant);
static instance instance_get(nangolite *store, int64_t id);
/* Empty strings where there is no such instance, or a failure is latched. */
static instance_names instance_get_names(nangolite *store, int64_t id);
/* Writes the schedule, the token and the numbers of runs, and keeps wake_at as these say. */
static void instance_save(nangolite *store, const instance *i);

/* Whether the run in progress is over: its lease has ended, or, with the option `exclusive`, the store
** that held it is no longer open. *at is then when it ended. */
static int instance_has_ended_run(const nangolite *store, const instance *i, int64_t now, int64_t *at);

/* Remembers in nango_store.clock that times were computed with the clock of this transaction. Where the
** clock is later found to be set back, these times have to be looked at again (due_follow_clock()). */
static void instance_keep_clock(nangolite *store);

/* For an instance whose row a load has inserted: sets wake_at, and counts it beside its base, which must be there. */
static void instance_adopt(nangolite *store, int64_t id);

/* Makes an instance, whose first slot is now or at the definition's start_at. Returns its id. 0: a failure
** is latched. */
static int64_t instance_create(nangolite *store, int64_t connection, const sync_row *sync, slice variant);
/* These make the base instances that are missing: of a connection with each sync of its integration, and
** of a sync with each connection. */
static void instance_create_for_connection(nangolite *store, const char *provider_config_key,
                                           int64_t connection);
static void instance_create_for_sync(nangolite *store, const char *provider_config_key, const sync_row *sync);

/* The collections that it fills, and those that it filled before their models left the definition. Free
** list.at with sqlite3_free(). */
static id_list instance_collections(nangolite *store, int64_t id);

/* Absent: clears it. */
static void instance_set_checkpoint(nangolite *store, int64_t id, slice checkpoint);
/* Sets idle_since (docs/file-format.md). */
static void instance_set_idle(nangolite *store, int64_t id, int64_t since);
/* A run has begun or ended: moves idle_since to now where it is more than a day behind. */
static void instance_stir(nangolite *store, int64_t id);
static void instance_set_progress(nangolite *store, const instance *i, int64_t done, int64_t total);
/* An absent type forgets the error that is there. */
static void instance_set_error(nangolite *store, int64_t id, slice type, slice description, int64_t at);

/* Forgets its checkpoint, and the delete windows that are open in its collections. */
static void instance_forget(nangolite *store, int64_t id);
/* Takes its collections away (removal.h). */
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
