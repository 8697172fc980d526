/* reply: the JSON that answers a request, written from front to back into one text. */
#ifndef NANGOLITE_REPLY_H
#define NANGOLITE_REPLY_H

#include "base/slice.h"
#include "records/page.h"

typedef struct reply {
  int status;
  text json;
} reply;

/* These two replace what was written by an error. */
static void reply_set_error(reply *r, int status, const char *code, const char *message);
/* With the status 400. `errors` are the elements of the array "errors", as JSON. */
static void reply_set_errors(reply *r, const char *code, slice message, slice errors);

/* {"records":[...],"next_cursor":...}: the page of the collection that the query selects. In a
** transaction. */
static void reply_set_records(nangolite *store, reply *r, const collection *c, const page_query *wanted);

#endif
