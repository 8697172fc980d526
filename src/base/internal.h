/* internal: the system's headers and the limits, for every part.
**
** A part uses only the parts that stand above it in the list of amalgamate.sh. All memory comes from SQLite's
** allocator: a program that configures that, or lets it fail in tests, reaches every allocation. */
#ifndef NANGOLITE_INTERNAL_H
#define NANGOLITE_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A loadable extension calls SQLite by a table that its host gives it: sqlite3ext.h makes a macro of each name. The
** host has initialized SQLite, which that table has no function for. */
#if defined(NANGOLITE_EXTENSION) && !defined(SQLITE_CORE)
#ifdef NANGOLITE_SQLITE_H /* another sqlite3ext.h, as "…" or <…> */
#include NANGOLITE_SQLITE_H
#else
#include <sqlite3ext.h>
#endif
static const sqlite3_api_routines *sqlite3_api;
#define sqlite3_initialize() SQLITE_OK
#elif defined(NANGOLITE_SQLITE_H) /* another header of SQLite, as "…" or <…> */
#include NANGOLITE_SQLITE_H
#elif !defined(SQLITE3_H) /* SQLite's own source may stand above */
#include <sqlite3.h>
#endif

#include "nangolite.h"

/* A flag that another thread may set. A C11 compiler may lack atomics, and C99 has none; then a volatile int is
** used. */
#if __STDC_VERSION__ >= 201112L && !defined(__STDC_NO_ATOMICS__) && !defined(__TINYC__)
#include <stdatomic.h>
#define ATOMIC_INT atomic_int
#define ATOMIC_SWAP(place, value) atomic_exchange(place, value) /* sets it, and is what it was */
#else
#define ATOMIC_INT volatile int
#define ATOMIC_SWAP(place, value) (*(place) = (value), 0) /* without atomics: for programs of one thread */
#endif

/* What a record may be. */
#define RECORD_ID_MAX 1024  /* bytes of UTF-8 */
#define JSON_DEPTH_MAX 1000 /* nested arrays and objects */

/* What a page may hold. */
#define PAGE_LIMIT_DEFAULT 100
#define PAGE_LIMIT_MAX 500
#define PAGE_LIMIT_MAX_AS_NANGO 10000
#define PAGE_IDS_MAX 100

#define TIME_MAX INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z, the last of RFC 3339 */
#define MICROSECONDS_PER_SECOND INT64_C(1000000)
#define MICROSECONDS_PER_DAY (86400 * MICROSECONDS_PER_SECOND)

#endif
