/* input: what a request was given, checked against the description of its parameters (route.h). Not only
** the first error is reported, but up to 50, and how many more there are. */
#ifndef NANGOLITE_INPUT_H
#define NANGOLITE_INPUT_H

#include "base/slice.h"
#include "values/frequency.h"
#include "json/json_scan.h"
#include "requests/reply.h"
#include "requests/route.h"
#include "syncs/selection.h"

typedef struct input_value {
  int given; /* how often it was given; in a body the last one counts */
  int is_wrong;
  json_value json; /* as written, in a body */
  slice text;      /* its characters, with a NUL behind them; absent: null, or not given */
  int64_t number;  /* an integer, a time, a boolean, a filter's states, a mode's flags, or a position */
} input_value;

/* The parts of a request that have input. */
typedef struct input_source {
  slice query, headers, body;
  const slice *uri;
} input_source;

typedef struct input {
  nangolite *store;
  const param *params;
  input_value values[VALUE_COUNT];
  slice ids[PAGE_IDS_MAX];
  size_t id_count;
  selector *syncs;
  size_t sync_count, sync_capacity;
  const char **connections; /* ids of connections: a single one, or those of an array */
  size_t connection_count, connection_capacity;
  slice body; /* as it was sent, without the white space around it */
  cursor_place cursor;

  text strings; /* of the values; all room is reserved at the beginning, so that the strings never move */
  text cursor_id;
  text name, message; /* of the parameter that is being read or reported */
  text errors, first_message;
  size_t error_count;
  param_place first_wrong;
  int ran_out; /* memory was missing, which no text tells any more */
} input;

/* Reads the input and checks it. Returns 0 where something is wrong with it, or a failure is latched. Free
** it with input_free() in each case. */
static int input_read(nangolite *store, const route *to, const input_source *from, input *in);
static void input_free(input *in);

/* Replies with what is wrong with the input. */
static void input_refuse(const input *in, reply *r);

/* A checked string. NULL: it was not given, or it is null. */
static const char *input_string(const input *in, value_id value);

#endif
