/* The same jobs by other stores than SQLite: each written by hand, as one would for a cache of records that can
** be read by change. */
#ifndef NANGOLITE_BENCH_OTHERS_H
#define NANGOLITE_BENCH_OTHERS_H

#include "../bench.h"

/* A record's payload is kept by id, with the stamp of its latest change; and its id by that stamp. */
typedef struct other_store {
  const char *name;
  void *(*open)(const char *path);
  /* A transaction for each array; equal payloads are skipped. */
  void (*save)(void *store, const record_set *set);
  /* Pages in the order of the stamps; returns bytes copied. */
  int64_t (*read_all)(void *store, int limit);
  void (*close)(void *store);
} other_store;

extern const other_store lmdb_store, leveldb_store;

/* Eight bytes whose order as bytes is that of the numbers. */
void put_stamp(unsigned char *to, int64_t stamp);
int64_t get_stamp(const unsigned char *from);

#endif
