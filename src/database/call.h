/* call: how a public function that works on a store begins and ends.
**
**   int nangolite_example(nangolite *store, const char *name) {
**     if (!call_open(store)) return NANGOLITE_MISUSE;
**     arguments_need(store, name, "name");           this latches what is wrong (store.h)
**     call_write(store);                             or call_read(), or neither where no file is needed
**     ...                                            once a failure is latched, queries do nothing
**     return call_end(store);
**   }
**
** A function that executes runs begins and ends several transactions with the same functions. */
#ifndef NANGOLITE_CALL_H
#define NANGOLITE_CALL_H

#include "database/immutable.h"
#include "database/transaction.h"

/* Forgets the failure of the call before and, outside of a sync function, an interrupt that came before
** this call. 0: the store is NULL or could not be opened, or the call comes from inside the function that
** takes the lines of a dump, and it must return NANGOLITE_MISUSE. */
static int call_open(nangolite *store);

/* These begin the call's transaction. Where a failure is latched, they do nothing. */
static void call_read(nangolite *store);
static void call_write(nangolite *store);

/* Ends the transaction, if one was begun: commits where nothing is latched, else rolls back. Then delivers
** the events that were queued in it, if it was committed, to the application's callback, which may use the
** store. Returns the result of the call. */
static int call_end(nangolite *store);

/* The same for a call that returns text: gives `taken` to the caller in *out, or frees it where the call
** failed. `taken` comes from store_take() before the end, because nothing may fail after the commit. `out`
** may be NULL. */
static int call_end_with(nangolite *store, char *taken, char **out);

#endif
