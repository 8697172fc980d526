#include "records/guess.h"

enum {
  GUESS_AHEAD = 7,           /* numbers that are tried, beginning with the one that is expected */
  GUESS_TRIES_AFTER_HIT = 8, /* records that may fail one after the other */
  GUESS_TRIES_AFTER_LOOK_UP = 4,
  GUESS_FIRST_LOOK_UP = 3 /* after so many misses; the next one after twice as many, and so on */
};

#ifdef NANGOLITE_OMIT_GUESS
#define GUESS_AVAILABLE 0
#else
#define GUESS_AVAILABLE 1
#endif

static guess guess_open(entries *known, int is_wanted) {
  int64_t numbers = GUESS_AVAILABLE && is_wanted ? known->of->numbers : 0;
  return (guess){.known = known, .numbers = numbers, .look_up_at = 1};
}

/* Whether the rest begins with another text, of which hash and length are known. In most cases the last
** byte already shows that it does not. Where several texts of one length are tried after each other, the
** hash is computed once. */
static int guess_begins_with(guess *g, slice rest, const entry_text *other) {
  size_t length = other->length;
  if (length < 2 || length > rest.length || rest.at[length - 1] != '}') return 0;
  if (g->hashed.at != rest.at || g->hashed.length != length) {
    g->hashed = (slice){rest.at, length};
    g->hash = hash_bytes(&g->known->store->key, rest.at, length);
  }
  return hash_equals(g->hash, other->hash);
}

/* Whether the record is saved unchanged by the text that is stored. */
static int guess_counts_text(const guess *g, const entry *due) {
  return !due->has_alternate || !g->known->store->as_nango;
}

/* Only a record that is live and not pruned is recognized: any other one may change by being saved. */
static int guess_is_record(guess *g, slice rest, int64_t number, size_t *length) {
  entry due;
  entry_text other;
  if (number < 1 || number > g->numbers || !entry_find(g->known, number, &due)) return 0;
  if (row_key_state(due.key) > ACTION_UPDATED) return 0;
  if (guess_counts_text(g, &due) && guess_begins_with(g, rest, &due.text)) {
    *length = due.text.length;
    return 1;
  }
  if (!entry_find_alternate(g->known, number, &due, &other) || !guess_begins_with(g, rest, &other)) return 0;
  *length = other.length;
  return 1;
}

static int64_t guess_hit(guess *g, int64_t number) {
  g->next = number + 1;
  g->before_miss = 0;
  g->misses = 0;
  g->tries = GUESS_TRIES_AFTER_HIT;
  g->look_up_at = GUESS_FIRST_LOOK_UP;
  return number;
}

static int64_t guess_take(guess *g, slice rest, size_t *length) {
  if (g->tries == 0) return 0;
  if (guess_is_record(g, rest, g->next, length)) return guess_hit(g, g->next);
  if (guess_is_record(g, rest, g->before_miss, length)) return guess_hit(g, g->before_miss);
  for (int64_t number = g->next + 1; number < g->next + GUESS_AHEAD; number++) {
    if (guess_is_record(g, rest, number, length)) return guess_hit(g, number);
  }
  return 0;
}

/* It is supposed that the expected record has come and has changed, so the one after it is expected now. */
static int guess_miss(guess *g) {
  if (g->numbers == 0) return 0;
  if (g->tries > 0) g->tries--;
  if (g->before_miss == 0) g->before_miss = g->next;
  if (g->next != 0) g->next++;
  return ++g->misses >= g->look_up_at;
}

static void guess_found(guess *g, int64_t number) {
  g->look_up_at = g->misses < GUESS_FIRST_LOOK_UP ? GUESS_FIRST_LOOK_UP : 2 * g->misses;
  if (number == 0) return;
  g->next = number + 1;
  g->tries = GUESS_TRIES_AFTER_LOOK_UP;
}
