/* guess: recognizing, by its bytes alone, the record that the source is likely to send next.
**
** In most saves a source sends what it sent last time, in the same order, which is the order of numbers. If the bytes
** that are due next, in the length that the record due next has, have its hash, they are that record byte for byte: its
** text was judged when it was stored, so it needs no scanning and no look-up. The hash is keyed for each file, so nobody
** can prepare two texts that look alike.
**
** Due next is what follows the last record that was met. A few others are tried as well, so that the guess goes on
** behind what has changed, is new, has gone or came from elsewhere: those that follow, and the one that was due when
** guessing began to fail. Where all fail, a look-up now and then tells where the source has gone; in between, nothing
** is tried, so that a source in another order each time costs next to nothing.
**
** With NANGOLITE_OMIT_GUESS nothing is ever recognized: the result of every call is the same, only slower. */
#ifndef NANGOLITE_GUESS_H
#define NANGOLITE_GUESS_H

#include "records/entry.h"

typedef struct guess {
  entries *known;
  int64_t numbers;     /* the last one that is tried; 0: nothing is */
  int64_t next;        /* due next; 0: unknown */
  int64_t before_miss; /* due when guessing began to fail; 0: it did not */
  int tries;           /* records that may fail until nothing is tried */
  size_t misses;       /* in a row */
  size_t look_up_at;   /* as many misses in a row call for the next look-up */
  slice hashed;        /* the text that was hashed last */
  hash128 hash;
} guess;

/* `is_wanted` 0: nothing will be tried. */
static guess guess_open(entries *known, int is_wanted);

/* The number of the record that the rest of the input begins with, and its length. 0: it could not be recognized. */
static int64_t guess_take(guess *g, slice rest, size_t *length);

/* The record was not recognized: it was scanned. Returns whether its number is to be looked up at once. */
static int guess_miss(guess *g);
/* Where that look-up led to; 0: the record is new. */
static void guess_found(guess *g, int64_t number);

#endif
