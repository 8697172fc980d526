#include "database/call.h"

/* Where SQLite 3.15 has no memory to convert a constant of a statement to UTF-16, the step fails, and the
** constant stays wrong for later steps. So after a lack of memory all statements are prepared anew. */
static void call_prepare_anew(nangolite *store) {
  if (!store->had_no_memory || store->transaction != TRANSACTION_NONE) return;
  query_finalize_all(store);
  store->had_no_memory = 0;
}

static int call_open(nangolite *store) {
  if (store == NULL || !store->opened || store->is_dumping) return 0;
  call_prepare_anew(store);
  store->result = NANGOLITE_OK;
  if (!store->is_executing) store->interrupted = 0;
  return 1;
}

static void call_read(nangolite *store) {
  immutable_check(store);
  transaction_begin_read(store);
}

static void call_write(nangolite *store) {
  transaction_begin_write(store);
}

/* The queue holds strings, each with its NUL. It is taken out of the store first, because the callback may
** end runs, and these queue further events. Without a callback nothing is queued (event_queue()). */
static void call_deliver(nangolite *store, int result) {
  if (store->on_sync == NULL) return;
  text queue = store->events;
  store->events = (text){0};
  for (size_t at = 0; result == NANGOLITE_OK && at < queue.length; at += strlen(queue.at + at) + 1) {
    if (store->on_sync != NULL) store->on_sync(store->on_sync_ctx, queue.at + at);
  }
  text_free(&queue);
}

static int call_end(nangolite *store) {
  transaction_end(store);
  int result = store->result;
  call_deliver(store, result);
  store->result = result; /* of this call, not of the calls that the callback made */
  return result;
}

static int call_end_with(nangolite *store, char *taken, char **out) {
  int result = call_end(store);
  if (result == NANGOLITE_OK && out != NULL) *out = taken;
  else sqlite3_free(taken);
  return result;
}
