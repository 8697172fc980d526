/* input: what a request was given, checked against the description of its parameters (route.h). Every wrong
** one is reported, not just the first. */
#ifndef NANGOLITE_INPUT_H
#define NANGOLITE_INPUT_H

#include "base/slice.h"
#include "values/frequency.h"
#include "json/json_scan.h"
#include "requests/reply.h"
#include "requests/route.h"
#include "syncs/selection.h"

typedef struct input_value {
  int given;          /* how often; in a body the last one counts */
  int is_wrong;
  json_value json;    /* as written, in a body */
  slice text;         /* its characters, with a NUL behind them; absent: null, or not given */
  int64_t number;     /* an integer, a time, a boolean, a filter's states, a mode's flags */
} input_value;

/* Where everything that a request gives stands. */
typedef struct input_source {
  slice query, headers, body;
  const slice *uri;
} input_source;

typedef struct input {
  const param *params;
  input_value values[SLOT_COUNT];
  slice ids[PAGE_IDS_MAX];
  size_t id_count;
  selector *syncs;
  size_t sync_count, sync_capacity;
  cursor_place cursor;

  text strings;                   /* what `text` of values points to: set aside at once, so nothing moves */
  text cursor_id;
  text name, message;             /* for a moment */
  text errors, first_message;
  size_t error_count;
  param_place first_wrong;
  int ran_out;                    /* of memory, where no text says so */
} input;

/* Reads and checks. 0: something is wrong with it, or a failure is latched. Give it back with input_free()
** either way. */
static int input_read(nangolite *store, const route *to, const input_source *from, input *in);
static void input_free(input *in);

/* Replies with all that is wrong with it. */
static void input_refuse(const input *in, reply *r);

/* A checked string; NULL where it was not given. */
static const char *input_string(const input *in, param_slot slot);

#endif
