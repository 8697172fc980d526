/* guess: recognizes, by its bytes alone, the record that a source is likely to send next.
**
** In most saves a source sends what it sent last time, in the same order, which is the order of numbers. So
** the record with the number after the last one is expected next. If the next bytes of the input, as many
** as the length of that record's text, have the hash of that text, then they are that text. It was parsed
** before it was stored, so it is neither parsed nor looked up again. Each file has a hash key of its own,
** so nobody can prepare two texts that have the same hash. A record's alternate is recognized in the same
** way; with as_nango it is recognized instead of the stored text (as_nango.h).
**
** A few more records are tried, so that the guess goes on after a record that has changed, is new, is
** missing or came from another place: the records with the numbers that follow, and the one that was
** expected when the guess began to fail. Where none of them is recognized, some ids are looked up, ever
** more rarely, to find where the source is now. Between the look-ups nothing is tried after a few failures,
** so a source that sends another order each time costs little more than without the guess.
**
** Where NANGOLITE_OMIT_GUESS is defined, nothing is recognized. Every call has the same result, but takes
** longer. */
#ifndef NANGOLITE_GUESS_H
#define NANGOLITE_GUESS_H

#include "records/entry.h"

typedef struct guess {
  entries *known;
  int64_t numbers;     /* the last number that is tried; 0: nothing is tried */
  int64_t next;        /* the number that is expected next; 0: it is not known */
  int64_t before_miss; /* what was expected when the guess began to fail; 0: it has not failed */
  int tries;           /* how many more records may fail until nothing is tried */
  size_t misses;       /* how many records have failed one after the other */
  size_t look_up_at;   /* the next record is looked up once `misses` is as great as this */
  slice hashed;        /* the bytes that were hashed last, and below their hash */
  hash128 hash;
} guess;

/* `known` must live as long as the guess. Where `is_wanted` is 0, nothing will be tried. */
static guess guess_open(entries *known, int is_wanted);

/* The number of the record with which the rest of the input begins; *length is the length of its text. 0:
** no record was recognized. */
static int64_t guess_take(guess *g, slice rest, size_t *length);

/* To be called after a record that was not recognized was parsed. Returns whether its id is to be looked up
** now. */
static int guess_miss(guess *g);
/* To be called with the number that this look-up has found; 0: the record is new. */
static void guess_found(guess *g, int64_t number);

#endif
