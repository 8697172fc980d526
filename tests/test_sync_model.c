/* Random operations on syncs, compared with a plain model: what is claimed and when, every status,
** checkpoint, event and feed, what each call answers. The clock goes forward only; white_schedule.c moves
** it back. */
#define _POSIX_C_SOURCE 200809L

#include "dump.h"
#include "syncs.h"

#include <time.h>

#define CONNECTIONS 2
#define SYNCS 2
#define VARIANTS 2
#define INSTANCES (CONNECTIONS * SYNCS * VARIANTS)
#define MODELS 3
#define COLLECTIONS (CONNECTIONS * VARIANTS * MODELS)
#define IDS 6
#define HANDLES 6
#define LEASE MINUTES(5)

static const char *const connections[] = {"user-1", "user-2"}, *const syncs[] = {"issues", "more"};
static const char *const variants[] = {"base", "v"}, *const models[] = {"Issue", "Label", "Comment"};
static const int first_models[] = {0, 1}, model_counts[] = {1, 2};
static const char *const frequencies[] = {"every half hour", "every hour", "every 1.5 hours"};
static const int64_t intervals[] = {MINUTES(30), MINUTES(60), MINUTES(90)};

typedef enum ended { NONE, SUCCEEDED, FAILED, STOPPED } ended;

typedef struct instance {
  int exists, born; /* born: the order of creation */
  int64_t anchor, slot, asked_at, lease, finished,
    position;    /* position: when the run in progress became due */
  int frequency; /* 0 is the definition's */
  int is_paused, is_triggered, is_initial, has_succeeded;
  int runs_again, may_repeat, expired;
  int run; /* 0: none is in progress */
  ended latest;
  int checkpoint, results[3], has_begun;
} instance;

typedef struct stored {
  int is_there, is_deleted, value, order, arrival; /* order, arrival: of its last and of its first change */
} stored;
typedef struct collection {
  stored records[IDS];
  int is_open, seen[IDS];
} collection;
typedef struct handle {
  nangolite_run *run;
  int instance, number;
} handle;

typedef struct world {
  test *t;
  test_random r;
  int has_connection[CONNECTIONS], births, runs, orders, events;
  instance instances[INSTANCES];
  collection collections[COLLECTIONS];
  handle handles[HANDLES];
  listener heard;
} world;

static int connection_of(int i) {
  return i / (SYNCS * VARIANTS);
}
static int sync_index(int i) {
  return i / VARIANTS % SYNCS;
}
static int variant_of(int i) {
  return i % VARIANTS;
}
static int first_model(int i) {
  return first_models[sync_index(i)];
}
static int below(world *w, uint64_t bound) {
  return (int)random_below(&w->r, bound);
}
static int64_t now_of(world *w) {
  return nangolite_now(w->t->store);
}

static collection *collection_of(world *w, int i, int model) {
  return &w->collections[(connection_of(i) * VARIANTS + variant_of(i)) * MODELS + model];
}

static const char *name_of(world *w, int i) {
  return format(w->t, "%s%s", syncs[sync_index(i)], variant_of(i) ? "::v" : "");
}

/* ---- the model ---- */

static int64_t turn_after(const instance *n, int64_t time) {
  int64_t turn = n->anchor;
  if (turn <= time) turn += (time - turn) / intervals[n->frequency] * intervals[n->frequency];
  while (turn <= time) turn += intervals[n->frequency];
  return turn;
}

static void create(world *w, int i) {
  instance made = {.exists = 1, .born = ++w->births, .anchor = now_of(w), .slot = now_of(w), .is_initial = 1};
  w->instances[i] = made;
}

static int64_t due_of(const instance *n) {
  if (n->is_paused) return n->asked_at;
  return n->asked_at != 0 && n->asked_at < n->slot ? n->asked_at : n->slot;
}

static void end_run(instance *n, int64_t at, ended as) {
  n->run = 0;
  n->latest = as;
  n->finished = at;
  if (as == SUCCEEDED) n->has_succeeded = 1;
  if (as != STOPPED) n->expired = 0;
  if (n->slot <= at) n->slot = turn_after(n, at);
  n->asked_at = n->runs_again ? at : 0;
  n->is_triggered = n->runs_again;
  n->runs_again = 0;
}

static int has_expired(world *w, const instance *n) {
  return n->run != 0 && n->lease <= now_of(w);
}

static void expire(instance *n) {
  int expired = n->expired;
  end_run(n, n->lease, FAILED);
  n->expired = expired < 4 ? expired + 1 : 4;
  if (n->expired < 4 && n->may_repeat && n->asked_at == 0) n->asked_at = n->lease;
}

static void close_expired(world *w, int i) {
  if (!has_expired(w, &w->instances[i])) return;
  expire(&w->instances[i]);
  w->events++;
}

static int64_t wake_of(const instance *n) {
  return n->run ? n->lease : due_of(n);
}

static int first_awake(world *w) {
  int first = -1;
  for (int i = 0; i < INSTANCES; i++) {
    const instance *n = &w->instances[i];
    if (!n->exists || wake_of(n) == 0) continue;
    if (first < 0 || wake_of(n) < wake_of(&w->instances[first])) first = i;
  }
  return first;
}

/* What the scheduler finds first: a run to close or one to begin, in the order in which they became due. */
static int first_to_do(world *w) {
  int first = -1;
  int64_t first_at = 0;
  for (int i = 0; i < INSTANCES; i++) {
    const instance *n = &w->instances[i];
    int64_t at = n->run ? n->position : due_of(n);
    if (!n->exists || at == 0 || at > now_of(w) || (n->run && !has_expired(w, n))) continue;
    if (first >= 0 && (at > first_at || (at == first_at && n->born > w->instances[first].born))) continue;
    first = i;
    first_at = at;
  }
  return first;
}

static void begin_run(world *w, int i) {
  instance *n = &w->instances[i];
  n->position = due_of(n);
  n->run = ++w->runs;
  n->lease = now_of(w) + LEASE;
  n->asked_at = n->is_triggered = n->runs_again = 0;
  n->may_repeat = 1;
  if (n->slot <= now_of(w)) n->slot = turn_after(n, now_of(w));
  n->is_initial = !n->has_succeeded;
  n->has_begun = 1;
  memset(n->results, 0, sizeof n->results);
}

static void forget_instance(world *w, int i) {
  memset(&w->instances[i], 0, sizeof w->instances[i]);
  for (int m = 0; m < model_counts[sync_index(i)]; m++)
    memset(collection_of(w, i, first_model(i) + m), 0, sizeof(collection));
}

/* 0 to 5: added, updated, deleted, unchanged, skipped, nothing. */
static int change(world *w, collection *c, int kind, int id, int value) {
  stored *s = &c->records[id];
  if (c->is_open && (s->is_there || kind != 1)) c->seen[id] = 1;
  if (kind == 0 && s->is_there && !s->is_deleted && s->value == value) return 3;
  if (kind == 1 && (!s->is_there || s->is_deleted)) return 4;
  if (kind == 1 && s->value == value) return 3;
  if (kind == 2 && s->is_there && s->is_deleted) return 3;
  int what = kind == 2 ? 2 : s->is_there && !s->is_deleted ? 1 : 0;
  int order = ++w->orders;
  *s = (stored){.is_there = 1,
                .is_deleted = kind == 2,
                .value = kind < 2      ? value
                         : s->is_there ? s->value
                                       : -1,
                .order = order,
                .arrival = s->is_there ? s->arrival : order};
  return what;
}

/* ---- comparing ---- */

static const char *model_feed(world *w, const collection *c) {
  const char *text = "";
  for (int last = 0, next = 0;; last = c->records[next].order) {
    next = -1;
    for (int id = 0; id < IDS; id++) {
      const stored *s = &c->records[id];
      if (s->is_there && s->order > last && (next < 0 || s->order < c->records[next].order)) next = id;
    }
    if (next < 0) return text;
    const stored *s = &c->records[next];
    const char *payload =
      s->value < 0 ? format(w->t, "{'id':%d}", next) : format(w->t, "{'id':%d,'v':%d}", next, s->value);
    int is_update = !s->is_deleted && s->value >= 1000;
    text = format(w->t, "%s%s%d %s %s", text, *text ? "; " : "", next,
                  s->is_deleted ? "DELETED"
                  : is_update   ? "?"
                                : "*",
                  payload);
  }
}

/* The feed without telling ADDED from UPDATED: the counts of each call do that. */
static const char *store_feed(world *w, int i, int model) {
  nangolite_scope where = {"github", connections[connection_of(i)], models[model], variants[variant_of(i)]};
  char *text = (char *)(uintptr_t)format(w->t, "%s", feed_of(w->t, w->t->store, where, NULL)), *at;
  while ((at = strstr(text, "ADDED {")) != NULL && (at == text || at[-1] == ' ')) {
    *at = '*';
    memmove(at + 1, at + 5, strlen(at + 5) + 1);
  }
  while ((at = strstr(text, "UPDATED {")) != NULL) {
    *at = '*';
    memmove(at + 1, at + 7, strlen(at + 7) + 1);
  }
  return text;
}

static const char *time_of(world *w, int64_t time) {
  if (time == 0) return "null";
  int64_t minutes = time / 60000000, seconds = time / 1000000 % 60;
  time_t whole = (time_t)(minutes * 60);
  struct tm parts = *gmtime(&whole);
  return format(w->t, "'%04d-%02d-%02dT%02d:%02d:%02d.000Z'", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, (int)seconds);
}

static void compare_instance(world *w, int i) {
  static const char *const names[] = {"null", "'SUCCESS'", "'ERROR'", "'STOPPED'"};
  test *t = w->t;
  const instance *n = &w->instances[i];
  const char *name = name_of(w, i);
  char *json = NULL;
  OK(nangolite_sync_status(t->store, "github", connections[connection_of(i)], &name, 1, &json));
  const char *one = member(t, taken(t, json), "syncs[0]");
  if (!n->exists) {
    SAME(one, NULL);
    return;
  }
  const char *execution = has_expired(w, n) ? "'ERROR'" : n->run ? "'RUNNING'" : names[n->latest];
  int is_running = n->run != 0 && !has_expired(w, n);
  SAME(member(t, one, "latestExecutionStatus"), execution);
  SAME(member(t, one, "status"), is_running          ? "'RUNNING'"
                                 : n->is_paused      ? "'PAUSED'"
                                 : *execution == 'n' ? "'SUCCESS'"
                                                     : execution);
  SAME(member(t, one, "type"), n->is_initial ? "'INITIAL'" : "'INCREMENTAL'");
  SAME(member(t, one, "frequency"), format(t, "'%s'", frequencies[n->frequency]));
  SAME(member(t, one, "finishedAt"), time_of(w, is_running ? 0 : has_expired(w, n) ? n->lease : n->finished));
  instance later = *n;
  if (has_expired(w, n)) expire(&later);
  SAME(member(t, one, "nextScheduledSyncAt"), time_of(w, n->is_paused ? 0 : due_of(&later)));
  SAME(member(t, one, "checkpoint"), n->checkpoint ? format(t, "{'at':%d}", n->checkpoint) : "null");
  const char *result = member(t, one, format(t, "latestResult.%s", models[first_model(i)]));
  if (n->has_begun)
    SAME(result,
         format(t, "{'added':%d,'updated':%d,'deleted':%d}", n->results[0], n->results[1], n->results[2]));
  else SAME(result, NULL);
}

static void compare(world *w) {
  test *t = w->t;
  int first = first_awake(w);
  assert_int_equal(nangolite_next_due(t->store), first < 0 ? INT64_MAX : wake_of(&w->instances[first]));
  assert_int_equal(w->heard.count, w->events);
  for (int i = 0; i < INSTANCES; i++) {
    if (!w->has_connection[connection_of(i)]) continue;
    compare_instance(w, i);
    for (int m = 0; m < MODELS && sync_index(i) == 0; m++)
      SAME(store_feed(w, i, m), model_feed(w, collection_of(w, i, m)));
  }
}

/* ---- operations ---- */

static void claim_one(world *w) {
  test *t = w->t;
  int free = -1, expected;
  for (int h = 0; h < HANDLES; h++) {
    if (w->handles[h].run == NULL) free = h;
  }
  if (free < 0) return;
  while ((expected = first_to_do(w)) >= 0 && w->instances[expected].run) close_expired(w, expected);
  nangolite_run *run = claim(t);
  if (expected < 0) {
    assert_null(run);
    return;
  }
  assert_non_null(run);
  SAME(nangolite_run_connection_id(run), connections[connection_of(expected)]);
  SAME(nangolite_run_sync(run), syncs[sync_index(expected)]);
  SAME(nangolite_run_variant(run), variants[variant_of(expected)]);
  begin_run(w, expected);
  w->handles[free] = (handle){run, expected, w->runs};
}

static int is_alive(world *w, const handle *h) {
  const instance *n = &w->instances[h->instance];
  return n->exists && n->run == h->number && n->lease > now_of(w);
}

static void use_run(world *w, handle *h) {
  test *t = w->t;
  instance *n = &w->instances[h->instance];
  int first = first_model(h->instance), alive = is_alive(w, h);
  int model = first + below(w, (uint64_t)model_counts[sync_index(h->instance)]);
  int id = below(w, IDS);
  int value = below(w, 3), kind = below(w, 8), expected = alive ? NANGOLITE_OK : NANGOLITE_ABORTED;
  collection *c = collection_of(w, h->instance, model);
  nangolite_changes changes = {0};
  assert_int_equal(nangolite_run_aborted(h->run), !alive);
  if (kind < 3) {
    static int (*const writers[])(nangolite_run *, const char *, const char *, int64_t,
                                  nangolite_changes *) = {nangolite_run_save, nangolite_run_update,
                                                          nangolite_run_delete};
    const char *json = format(t, "{\"id\":%d,\"v\":%d}", id, value);
    FAILS(expected, writers[kind](h->run, models[model], json, -1, &changes));
    int what = alive ? change(w, c, kind, id, value) : 5;
    int64_t counts[] = {changes.added,     changes.updated, changes.deleted,
                        changes.unchanged, changes.skipped, 1};
    assert_int_equal(counts[what], 1);
    if (what < 3 && model == first) n->results[what]++;
  } else if (kind == 3) {
    FAILS(expected, nangolite_run_checkpoint_save(h->run, format(t, "{\"at\":%d}", value + 1)));
    if (alive) n->checkpoint = value + 1;
  } else if (kind == 4) {
    FAILS(expected, nangolite_run_checkpoint_clear(h->run));
    if (alive) n->checkpoint = 0;
  } else if (kind == 5) {
    FAILS(expected, nangolite_run_heartbeat(h->run));
  } else if (kind == 6) {
    FAILS(expected, nangolite_run_track_deletes_start(h->run, models[model]));
    if (alive) c->is_open = 1;
  } else {
    if (alive && !c->is_open) expected = NANGOLITE_INVALID;
    FAILS(expected, nangolite_run_track_deletes_end(h->run, models[model], &changes));
    if (expected == NANGOLITE_INVALID) return; /* nothing is changed, the lease neither */
    int64_t deleted = 0;
    while (alive) { /* in the order of arrival */
      int next = -1;
      for (int one = 0; one < IDS; one++) {
        stored *s = &c->records[one];
        if (s->is_there && !s->is_deleted && !c->seen[one] &&
            (next < 0 || s->arrival < c->records[next].arrival))
          next = one;
      }
      if (next < 0) break;
      c->records[next].is_deleted = 1;
      c->records[next].order = ++w->orders;
      deleted++;
    }
    assert_int_equal(changes.deleted, deleted);
    if (alive && model == first) n->results[2] += (int)deleted;
    if (alive) c->is_open = 0;
    if (alive) memset(c->seen, 0, sizeof c->seen);
  }
  /* A lease that has over half of it left is not written again, but by a heartbeat. */
  if (alive && (kind == 5 || n->lease - now_of(w) <= LEASE / 2)) n->lease = now_of(w) + LEASE;
}

static void finish_run(world *w, handle *h) {
  test *t = w->t;
  instance *n = &w->instances[h->instance];
  int fails = below(w, 3) == 0, alive = is_alive(w, h);
  if (!alive && n->exists && n->run == h->number) close_expired(w, h->instance);
  if (alive) end_run(n, now_of(w), fails ? FAILED : SUCCEEDED);
  if (alive) w->events += fails ? 1 : model_counts[sync_index(h->instance)];
  int result = nangolite_run_finish(h->run, fails ? "failed" : NULL, NULL);
  h->run = NULL;
  FAILS(alive ? NANGOLITE_OK : NANGOLITE_ABORTED, result);
}

static void command(world *w, int i) {
  test *t = w->t;
  const char *name = name_of(w, i), *connection = connections[connection_of(i)];
  instance *n = &w->instances[i];
  int kind = below(w, 5), expected = n->exists ? NANGOLITE_OK : NANGOLITE_UNKNOWN_SYNC;
  unsigned flags = kind == 1 ? NANGOLITE_RESET : kind == 2 ? NANGOLITE_RESET | NANGOLITE_EMPTY_CACHE : 0;
  if (kind < 3) FAILS(expected, nangolite_sync_trigger(t->store, "github", connection, &name, 1, flags));
  if (kind == 3) FAILS(expected, nangolite_sync_start(t->store, "github", connection, &name, 1));
  if (kind == 4) FAILS(expected, nangolite_sync_pause(t->store, "github", connection, &name, 1));
  if (!n->exists) return;
  close_expired(w, i);
  if (flags != 0) {
    if (n->run) end_run(n, now_of(w), STOPPED);
    n->has_succeeded = n->checkpoint = 0;
    for (int m = 0; m < model_counts[sync_index(i)]; m++) {
      collection *c = collection_of(w, i, first_model(i) + m);
      c->is_open = 0;
      memset(c->seen, 0, sizeof c->seen);
      if (kind == 2) memset(c, 0, sizeof *c);
    }
  }
  int is_asked = kind < 3 || (kind == 3 && n->is_paused), pauses = kind == 4 && !n->is_paused;
  if (kind == 3) n->is_paused = 0;
  if (is_asked && n->run) n->runs_again = 1;
  if (is_asked && !n->run && !n->is_triggered) n->asked_at = now_of(w);
  if (is_asked && !n->run) n->is_triggered = 1;
  if (pauses) n->is_paused = 1;
  if (pauses) n->asked_at = n->is_triggered = n->runs_again = n->may_repeat = 0;
}

static void create_or_delete_variant(world *w, int i) {
  test *t = w->t;
  const char *connection = connections[connection_of(i)], *sync = syncs[sync_index(i)];
  if (variant_of(i) == 0) return;
  if (!w->instances[i].exists) {
    OK(nangolite_variant_create(t->store, "github", connection, sync, "v"));
    create(w, i);
  } else if (below(w, 3) == 0) {
    OK(nangolite_variant_delete(t->store, "github", connection, sync, "v"));
    forget_instance(w, i);
  }
}

static void create_connection(world *w, int which) {
  test *t = w->t;
  OK(nangolite_connection_create(t->store, "github", connections[which]));
  for (int s = 0; s < SYNCS && !w->has_connection[which]; s++) create(w, (which * SYNCS + s) * VARIANTS);
  w->has_connection[which] = 1;
}

static void delete_connection(world *w, int which) {
  test *t = w->t;
  OK(nangolite_connection_delete(t->store, "github", connections[which]));
  w->has_connection[which] = 0;
  memset(&w->instances[which * SYNCS * VARIANTS], 0, sizeof(instance) * SYNCS * VARIANTS);
  memset(&w->collections[which * VARIANTS * MODELS], 0, sizeof(collection) * VARIANTS * MODELS);
}

static void set_frequency(world *w, int i) {
  test *t = w->t;
  instance *n = &w->instances[i];
  int frequency = below(w, 3);
  if (!n->exists) return;
  OK(nangolite_sync_set_frequency(t->store, "github", connections[connection_of(i)], syncs[sync_index(i)],
                                  variants[variant_of(i)], frequency == 0 ? NULL : frequencies[frequency],
                                  NULL));
  close_expired(w, i);
  n->frequency = frequency;
  if (n->run || n->slot > now_of(w)) n->slot = turn_after(n, now_of(w));
}

static void save_from_outside(world *w, int i) {
  test *t = w->t;
  int model = below(w, MODELS), id = below(w, IDS), value = below(w, 3);
  nangolite_scope where = {"github", connections[connection_of(i)], models[model], variants[variant_of(i)]};
  OK(nangolite_records_save(t->store, &where, format(t, "{\"id\":%d,\"v\":%d}", id, value), -1, NULL));
  change(w, collection_of(w, i, model), 0, id, value);
}

static void step(world *w) {
  int i = below(w, INSTANCES), kind = below(w, 40);
  handle *h = &w->handles[below(w, HANDLES)];
  if (below(w, 2) && h->run != NULL) i = h->instance; /* most happens where a run is in progress */
  if (kind == 0 && below(w, 4) == 0 && w->has_connection[connection_of(i)])
    delete_connection(w, connection_of(i));
  if (!w->has_connection[connection_of(i)]) create_connection(w, connection_of(i));
  else if (kind < 6) claim_one(w);
  else if (kind < 18) {
    if (h->run != NULL) use_run(w, h);
  } else if (kind < 22) {
    if (h->run != NULL) finish_run(w, h);
  } else if (kind < 26) command(w, i);
  else if (kind < 28) create_or_delete_variant(w, i);
  else if (kind < 29) set_frequency(w, i);
  else if (kind < 32) save_from_outside(w, i);
  else nangolite_clock_advance(w->t->store, SECONDS(below(w, below(w, 5) ? 240 : 7200)));
}

static void define_both(world *w) {
  for (int s = 0; s < SYNCS; s++) {
    nangolite_sync sync = sync_of(syncs[s], frequencies[0], NULL);
    sync.models = models + first_models[s];
    sync.model_count = (size_t)model_counts[s];
    define_of(w->t, sync);
  }
}

/* Ends with every handle finished, so that the test leaves no memory. */
/* The store becomes what its dump says, which is what it was, except that instances and records then stand in the order
** in which the dump names them. A run in progress would be stopped by that. */
static void load_again(world *w) {
  test *t = w->t;
  for (int i = 0; i < INSTANCES; i++) {
    if (w->instances[i].exists && w->instances[i].run != 0) return;
  }
  const char *dump = full(t, t->store);
  for (int c = 0; c < CONNECTIONS; c++)
    if (w->has_connection[c]) OK(nangolite_connection_delete(t->store, "github", connections[c]));
  for (int s = 0; s < SYNCS; s++) OK(nangolite_sync_remove(t->store, "github", syncs[s]));
  load_dump(t, t->store, dump);
  define_both(w); /* so that the handle serves them again */
  for (int i = 0; i < INSTANCES; i++) w->instances[i].born = i;
  w->births = INSTANCES;
  for (int c = 0; c < COLLECTIONS; c++) {
    for (int id = 0; id < IDS; id++)
      w->collections[c].records[id].arrival = w->collections[c].records[id].order;
  }
}

static void play(test *t, test_random r, int steps) {
  static world w;
  w = (world){.t = t, .r = r, .heard = {.t = t}};
  reopen(t, NULL);
  listen_to(t, t->store, &w.heard);
  define_both(&w);
  w.has_connection[0] = 1;
  create(&w, 0);
  create(&w, VARIANTS);
  for (int n = 0; n < steps; n++) {
    step(&w);
    if (n % 20 == 19) load_again(&w);
    if (n % 5 == 0) compare(&w);
  }
  for (int h = 0; h < HANDLES; h++) {
    if (w.handles[h].run != NULL) finish_run(&w, &w.handles[h]);
  }
  compare(&w);
}

TEST(test_syncs_do_what_a_plain_model_does) {
  test_random r = random_sequence();
  for (int game = 0, games = rounds(8); game < games; game++) {
    r.state += (uint64_t)game;
    play(t, r, 250);
  }
}

TESTS(MEMORY(test_syncs_do_what_a_plain_model_does))
