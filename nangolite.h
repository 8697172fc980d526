/* nangolite: Nango's Syncs API as a C library on one SQLite file.
**
** Sync functions run on a schedule and save records (JSON objects with an id) into the file; an application
** reads what changed, page by page, with a cursor. All of it happens inside your process: there is no
** server and no network. This is an independent project, not affiliated with Nango.
**
** To embed it, add nangolite.c and nangolite.h to your project and link SQLite, 3.15 or newer:
**
**     cc -c nangolite.c && cc app.c nangolite.o -lsqlite3
**
** What holds everywhere, said once:
**
** - Results. Every function that can fail returns a nangolite_result, as an int. The exceptions are
**   nangolite_next_due(), nangolite_last_change() and nangolite_run_aborted(), whose comments say what they
**   return then. The message of the last failure is nangolite_errmsg(store). After a failed call the handle
**   stays usable.
** - All or nothing. A call that writes is one transaction: if it returned NANGOLITE_OK, all of it is stored,
**   else nothing of it. A few calls are several transactions, and what was done before a failure stays: those
**   that execute or claim runs (ends of runs that are still to be stored, runs that the option `exclusive`
**   has found, the moved clock, each claim, each call of a sync function and each end of a run are apart),
**   nangolite_sync_status() with that option, nangolite_maintain() (it gives pages back apart from its work
**   on records) and nangolite_restore() (it aborts runs after it has copied). After a power cut the latest
**   calls may be missing, but each is there as a whole or not at all.
** - NULL. A pointer must not be NULL, unless the comment of its function says that it may: NANGOLITE_MISUSE.
** - Out-parameters are 0 or NULL unless the call returned NANGOLITE_OK. Only nangolite_open(),
**   nangolite_attach(), nangolite_run_due() and nangolite_run_until() set theirs on failure too.
** - Ownership. What you pass in stays yours and is copied where it is kept; it may go as soon as the call
**   returns. A `char **` result is yours: give it back with nangolite_free(). A page is yours until
**   nangolite_page_free(); both may outlive the store. A `const char *` result belongs to the object it
**   came from.
** - Strings are UTF-8 and end with a NUL. An int64_t length of -1 means "up to the NUL"; less than that is
**   NANGOLITE_INVALID.
** - Time is in microseconds since 1970-01-01T00:00Z, without leap seconds, as int64_t. Times as text are
**   RFC 3339. Options whose names end in _ms, _days and _s count in those units. The years are 1970 to 9999.
** - Threads. A handle, its runs included, belongs to one thread at a time. From any thread at any time you
**   may call nangolite_interrupt(), and what takes no handle: nangolite_version(), nangolite_result_name(),
**   nangolite_free(), nangolite_page_free(), nangolite_json_find(), nangolite_json_text(), nangolite_open().
**   Any number of handles, in any threads and processes, may have the same file open: they read side by side
**   and write one after the other. A handle must not be used on both sides of a fork().
** - Memory comes from SQLite's allocator. Nothing is ever printed, and no input makes the library abort.
** - Names. provider_config_key: 1 to 255 of A-Z a-z 0-9 ~ : . @ _ - and blank. connection_id: 1 to 255 of
**   A-Z a-z 0-9 , . ; : = + ~ [ ] | @ $ { } " ' \ / _ - and blank. Model: a capital letter, then 1 to 254
**   of A-Z a-z 0-9 _ -. Sync and variant: 1 to 255 of those. Any other is NANGOLITE_INVALID, and the
**   message tells the field and the rule. A variant that is NULL, or "base" in any letter case, is the
**   default one.
**
** These results can come from every function that takes a store or a run, and are not repeated below:
**
** - NANGOLITE_MISUSE: a pointer is NULL that must not be, the store could not be opened, the call has no
**   place here, or this SQLite lacks something that the call needs; the message says which.
** - NANGOLITE_NOMEM, NANGOLITE_IOERR, NANGOLITE_CORRUPT: there is no memory; the file could not be read or
**   written; it is damaged.
** - NANGOLITE_BUSY: another handle held the file for longer than the busy timeout. Try again.
** - NANGOLITE_INTERRUPTED: nangolite_interrupt() was called.
** - NANGOLITE_ERROR: SQLite failed in a way that has no result of its own; the message is SQLite's.
** - From functions that write also NANGOLITE_READONLY, NANGOLITE_FULL, and NANGOLITE_INVALID for a value that
**   is longer than SQLite can hold (1 GB, unless it was built or set otherwise).
**
** The words are those of Nango's Syncs API. README.md shows them at work; docs/file-format.md has the format
** of the file. The last line of each function's comment names the section of the project's specification,
** SPEC.md, that the function keeps: 2 records, 3 syncs, runs and the schedule, 4 requests, 5 the C API,
** 6 what must hold of files, memory and time, 7 as Nango, 8 testing syncs, 9 looking inside. */
#ifndef NANGOLITE_H
#define NANGOLITE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version: text for people, and a number to compare, major * 1000000 + minor * 1000 + patch. */
#define NANGOLITE_VERSION "0.2.0"
#define NANGOLITE_VERSION_NUMBER 2000

/* What stands before each declaration, for example your compiler's words for exporting from a shared
** library. Define it before the header is read, in all places alike.
** nangolite.c may follow sqlite3.c in one translation unit. Do not include it in a source file of your own:
** its internal names have no prefix, and may be the same as yours. */
#ifndef NANGOLITE_API
#define NANGOLITE_API extern
#endif

struct sqlite3;

/* An open store. Made by nangolite_open() or nangolite_attach(), gone with nangolite_close(). */
typedef struct nangolite nangolite;

/* A run in progress. Inside a sync function it lives until the function returns. One that was claimed with
** nangolite_run_next(), nangolite_run_claim() or nangolite_run_next_until() lives until
** nangolite_run_finish() frees it, or until its store is closed. */
typedef struct nangolite_run nangolite_run;

/* ---- Results ---- */

/* Values are fixed; later versions only add to the end. */
typedef enum nangolite_result {
  NANGOLITE_OK = 0,
  NANGOLITE_ERROR,       /* SQLite failed in a way that has no value below */
  NANGOLITE_NOMEM,       /* out of memory */
  NANGOLITE_MISUSE,      /* NULL for a needed pointer, a misplaced call, or an SQLite that cannot do it */
  NANGOLITE_BUSY,        /* another handle held the file past the busy timeout */
  NANGOLITE_READONLY,    /* the store was opened for reading, or the file may not be written */
  NANGOLITE_IOERR,       /* the file cannot be opened, read or written */
  NANGOLITE_FULL,        /* no room: on the disk, or in the file's own numbers */
  NANGOLITE_CORRUPT,     /* the file is damaged */
  NANGOLITE_INTERRUPTED, /* nangolite_interrupt() ended the call */

  NANGOLITE_INVALID,                 /* refused input; the message names the field and the rule */
  NANGOLITE_UNKNOWN_CONNECTION,      /* the integration exists, this connection does not */
  NANGOLITE_UNKNOWN_PROVIDER_CONFIG, /* the integration has neither a connection nor a definition */
  NANGOLITE_UNKNOWN_SYNC,            /* a sync or variant was named that is not there */
  NANGOLITE_NO_SYNCS_FOUND,          /* no connection that was meant has an instance of what was meant */
  NANGOLITE_NOT_FOUND,               /* the variant to delete is not there */

  NANGOLITE_INVALID_VARIANT,  /* "base" can be neither created nor deleted */
  NANGOLITE_VARIANT_EXISTS,   /* the variant to create is there */
  NANGOLITE_RESOURCE_CAPPED,  /* as many variants as max_variants allows */
  NANGOLITE_INVALID_CURSOR,   /* text that is no cursor */
  NANGOLITE_ABORTED,          /* the run was aborted or its lease has ended: nothing was changed */
  NANGOLITE_TOO_MANY_DELETES, /* the end of a delete window was refused by max_delete_percent */
  NANGOLITE_NEWER_SCHEMA      /* the file was written by a newer version of nangolite */
} nangolite_result;

/* ---- Opening and closing ---- */

/* Start from zeros: zero is the default everywhere. A number below the least one that is named here is
** NANGOLITE_INVALID: 0, or -1 where -1 has a meaning. */
typedef struct nangolite_options {
  /* Where time comes from: microseconds since 1970. It is called in the thread of the call that needs the
  ** time, often inside its transaction, and must not call the library, nangolite_interrupt() apart. NULL: the
  ** system clock. */
  int64_t (*clock)(void *ctx);
  void *clock_ctx;

  /* How long a call waits for another handle's transaction. 0: 5000. Not used by an attached store. */
  int busy_timeout_ms;

  /* How long a run may be silent before it counts as dead. Calls on it extend this lease once half of it has
  ** gone (nangolite_run_heartbeat() always does), so half of it must be long enough for the slowest request
  ** to the API that a sync makes between two calls here. 0: 300000, five minutes. */
  int lease_ms;

  /* For nangolite_maintain(): a payload goes when its record has not changed for so many days. 0: 30. -1:
  ** never. */
  int prune_after_days;

  /* For nangolite_maintain(): the records of a sync go, and its checkpoint with them, when neither has it run
  ** nor has any of them changed for so many days or for two of its intervals, whichever is longer. 0: 60. -1:
  ** never. */
  int delete_after_days;

  /* How many variants a sync may have on one connection besides base. 0: 100. */
  int max_variants;

  /* A page ends before the record whose payload would take it past so many bytes, but holds at least one
  ** record. 0: no bound but the query's limit. */
  int64_t page_bytes;

  /* For syncs with local_time: how many seconds local time is ahead of UTC at a time in microseconds. `ctx`
  ** is clock_ctx. As with `clock`, it must not call the library. NULL: the host's zone, by the C library. */
  int (*utc_offset_s)(void *ctx, int64_t microseconds);

  /* How much of the file SQLite keeps in memory for this handle, in KiB: what an idle handle keeps once it
  ** has read or written much. 0: 2000. Not used by an attached store. */
  int cache_kb;

  /* Not 0: this handle never takes the write-ahead log over into the file, nor cuts it off: a tool that
  ** replicates the file does. Needs SQLite 3.16, else NANGOLITE_MISUSE. Not used by an attached store, nor
  ** with read_only. */
  int leave_checkpoints;

  /* How many runs of each instance are kept for nangolite_sync_runs(). 0: 20. -1: none. */
  int keep_runs;

  /* Not 0: the store does what Nango's own store does wherever this library's default is kinder
  ** (docs/differences.md has a table), so that a test that passes here passes in front of Nango. The mode
  ** belongs to the file: it is set when the store is made, which keeps it, whatever is given here later. A
  ** store that was made without it is NANGOLITE_INVALID. SPEC.md, section 7. */
  int as_nango;

  /* Not 0: you promise that no other process uses the file; further handles of this process may. Runs that an
  ** earlier process left behind are then closed by the first call that executes, claims or asks for the
  ** status, instead of when their leases end: as failed, "expired", with their events. Two copies of the
  ** library in one process count as two processes. */
  int exclusive;

  /* Not 0: the store must exist and is not written; calls that write answer NANGOLITE_READONLY. No right to
  ** write is needed, in the folder neither. Where the folder cannot be written and nobody has the store open,
  ** it is taken to stay as it is: once another process writes it, calls answer NANGOLITE_IOERR until it is
  ** opened again. A log that a killed process left there without its index (a -wal without its -shm) is
  ** NANGOLITE_IOERR too, never older data. */
  int read_only;
} nangolite_options;

/* The version of the library at run time: NANGOLITE_VERSION. Static.
** SPEC.md, section 5. */
NANGOLITE_API const char *nangolite_version(void);

/* Opens the store in a file, and makes it where the file is missing or empty. ":memory:" is a store of its
** own that ends with the handle. "memory:NAME", NAME being 1 to 255 bytes, is one store in memory for all
** handles of this process that open it by this name, in whatever threads, until the last of them is closed:
** for tests of programs with several handles. There is no WAL in memory: while a handle writes, the others
** wait, readers too, and a writer waits for the readers, each for as long as its busy timeout says. SQLite
** calls such a database "file:/NAME?vfs=memdb", and lets it grow to SQLITE_CONFIG_MEMDB_MAXSIZE, 1 GB
** unless you change it. A file gets write-ahead logging (WAL) and synchronous=NORMAL; where WAL cannot be
** had, the rollback journal and synchronous=FULL. An older store is migrated in one transaction.
** `options` may be NULL: all defaults. *store is set on failure too, for nangolite_errmsg(), and must be
** closed then as well; it is NULL only where there was no memory for it, or no place to put it. All other
** calls answer NANGOLITE_MISUSE for such a store.
** NANGOLITE_INVALID: an empty filename or a wrong option, or the file is no store, or a draft of nangolite
** wrote it before the first release (it is left as it was).
** NANGOLITE_NEWER_SCHEMA: a newer nangolite wrote it (it is left as it was).
** NANGOLITE_IOERR: it cannot be opened; with read_only, also that it does not exist.
** NANGOLITE_MISUSE: memory:NAME with an SQLite before 3.36, or without its memdb VFS; leave_checkpoints with
** an SQLite before 3.16.
** SPEC.md, sections 5 and 6. */
NANGOLITE_API int nangolite_open(const char *filename, const nangolite_options *options, nangolite **store);

/* Makes a store inside your own database, in tables whose names begin with "nango_", beside yours. It works
** on your connection: inside the transaction that you have open, if any (its own work is then a savepoint),
** else in its own. If you roll back, the store is as before. It takes no hook, changes no pragma and leaves
** your busy handler alone. The connection must outlive the store, and both belong to one thread at a time.
** Attach outside a transaction, or roll that one back only together with the store: the tables are made in
** it. `options` may be NULL: all defaults. While the tables are made, the connection must have no temporary
** table or index whose table's name begins with nango_ (NANGOLITE_INVALID); later it may, the store does not
** use it. *store and the results are as with nangolite_open(), save that a database without a store gets one.
** SPEC.md, sections 5 and 6. */
NANGOLITE_API int nangolite_attach(struct sqlite3 *db, const nangolite_options *options, nangolite **store);

/* Closes the store and frees the handle; an attached store leaves the connection open. NULL does nothing.
** Runs that were claimed and not finished are freed too: in the file they stay in progress until their
** leases end. Not to be called from inside a sync function or an event callback.
** SPEC.md, section 5. */
NANGOLITE_API void nangolite_close(nangolite *store);

/* The message of the last call on this store that failed, in English, for people: "no error" where none
** has. It belongs to the store and is valid until the next call on it. With NULL it tells of an open that
** had no memory for a store.
** SPEC.md, section 5. */
NANGOLITE_API const char *nangolite_errmsg(nangolite *store);

/* A result as a static word for programs: the error code of the HTTP API where there is one
** ("unknown_connection", "sync_variant_already_exists"), else the name in lower case ("ok", "readonly").
** "unknown" for a number that is none.
** SPEC.md, sections 4 and 5. */
NANGOLITE_API const char *nangolite_result_name(int result);

/* Makes the call that is running on the store end soon with NANGOLITE_INTERRUPTED. From any thread, as long
** as the store is not being closed. A call that waits for another handle's transaction ends when that wait is
** over, at the latest after the busy timeout. While a sync function is executed, the function's own calls are
** what ends; after it no further run begins, and its end is stored all the same. Where no call is running it
** does nothing, and neither does it for NULL.
** SPEC.md, section 5. */
NANGOLITE_API void nangolite_interrupt(nangolite *store);

/* Gives back a `char *` or an image that the library returned. NULL does nothing.
** SPEC.md, section 5. */
NANGOLITE_API void nangolite_free(void *memory);

/* ---- The clock ---- */

/* Every handle has its own clock: the system's, that of the options, or one that is held still, for tests.
** Whatever the clock does, the stamps of changes in one file never go back: see nangolite_records_save(). */

/* The time by the store's clock, in microseconds; one outside the years 1970 to 9999 reads as the nearest in
** them. 0 for NULL.
** SPEC.md, section 5. */
NANGOLITE_API int64_t nangolite_now(nangolite *store);

/* From now on the clock of this handle stands still at this time. It may be set backwards. NULL does
** nothing.
** SPEC.md, sections 3 and 5. */
NANGOLITE_API void nangolite_clock_set(nangolite *store, int64_t microseconds);

/* Moves the clock that stands still; one that runs is first held at its time. Less than 0 moves it back.
** NULL does nothing.
** SPEC.md, sections 3 and 5. */
NANGOLITE_API void nangolite_clock_advance(nangolite *store, int64_t microseconds);

/* ---- Connections and settings ---- */

/* A connection is one user's account in an integration. Creating it gives it an instance of every sync that
** is defined for the integration. One that exists is left as it is: NANGOLITE_OK.
** NANGOLITE_INVALID: a name that is not allowed.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_connection_create(nangolite *store, const char *provider_config_key,
                                              const char *connection_id);

/* Removes the connection with its schedules, checkpoints, metadata and records. Runs in progress on it become
** aborted. However many records there are, they are gone at once and the call is short: what lies behind them
** in the file is freed later, by nangolite_maintain(), and bit by bit by calls that remove or add records.
** The same holds for a variant and for NANGOLITE_EMPTY_CACHE.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: it is not there.
** NANGOLITE_INVALID: a name that is not allowed.
** SPEC.md, sections 3 and 6. */
NANGOLITE_API int nangolite_connection_delete(nangolite *store, const char *provider_config_key,
                                              const char *connection_id);

/* Sets a variable that GET /environment-variables lists. A NULL value removes it. It is stored in the file.
** NANGOLITE_INVALID: an empty name, or text that is not UTF-8.
** SPEC.md, section 4. */
NANGOLITE_API int nangolite_env_set(nangolite *store, const char *name, const char *value);

/* From now on, requests on this handle need "Authorization: Bearer <secret_key>". NULL: they need no key.
** It is kept in memory only.
** NANGOLITE_INVALID: an empty key.
** SPEC.md, section 4. */
NANGOLITE_API int nangolite_secret_key_set(nangolite *store, const char *secret_key);

/* ---- Records ---- */

/* A collection: the records of one model (and variant) of one connection. No member but `variant` may be
** NULL. The collection need not exist: reading, it is empty; writing makes it. The connection must. */
typedef struct nangolite_scope {
  const char *provider_config_key, *connection_id, *model, *variant;
} nangolite_scope;

/* What a call did, in records. `skipped`: updates of records that are not there, and records that a run's
** merging strategy left alone. `duplicates`: objects with an id that came earlier in the same call. */
typedef struct nangolite_changes {
  int64_t added, updated, deleted, unchanged, skipped, duplicates;
} nangolite_changes;

/* The three that write take `length` bytes of JSON (RFC 8259): an array of objects, or one object. Each
** object needs an "id": a string of 1 to 1024 bytes without U+0000 or lone surrogates, or a number of as
** many characters, identified by its text; 7 and "7" are the same record. Of two objects with one id in a
** call the first counts; the others are counted in `duplicates`. Nesting may be 1,000 deep. Where a key
** appears twice in an object, the last one counts. A payload is kept as it was written, byte for byte,
** without white space around it and without a member "_nango_metadata" at its top: a record that was read
** can be saved back.
**
** Every change gets a stamp, last_modified_at: the clock, or the last stamp in the file plus one, whichever
** is greater. Changes of a call are made in the order of its array. So the order of stamps is the order of
** changes, and a reader who follows the cursor misses none.
**
** *changes, which may be NULL, tells what was done. The message of text that is refused gives the position in
** the array, from 0, and the reason. */

/* Saves whole records. One that is new, or was deleted, is added; one that differs is updated; one that is
** the same is unchanged: it keeps its stamp and its text. The same means equal as JSON: white space, the
** order of keys and the way a string is escaped do not count, numbers are compared as they are written. A
** pruned record that comes again the same gets its payload back and counts as unchanged. One that comes back
** as it was read, {"id": ..., "_nango_metadata": {... "pruned_at": not null}}, is unchanged and stays pruned.
** NANGOLITE_INVALID: a name that is not allowed, or text that is not an array of objects with ids.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 2. */
NANGOLITE_API int nangolite_records_save(nangolite *store, const nangolite_scope *scope, const char *json,
                                         int64_t length, nangolite_changes *changes);

/* Merges into records: objects member by member, everything else is replaced, null is a value like any
** other. What is stored keeps its place and text, new members follow. Records that are not there, or are
** deleted, are skipped. Into a pruned record nothing can be merged: the patch becomes its payload. A patch
** without members besides "id" changes nothing.
** NANGOLITE_INVALID: a name that is not allowed, or text that is not an array of objects with ids.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 2. */
NANGOLITE_API int nangolite_records_update(nangolite *store, const nangolite_scope *scope, const char *json,
                                           int64_t length, nangolite_changes *changes);

/* Marks records as deleted; only their "id" is looked at. They keep their last payload and stay in the
** feed. An id that was never saved gets a record that is deleted, so that readers hear of it. Deleted
** before: unchanged.
** NANGOLITE_INVALID: a name that is not allowed, or text that is not an array of objects with ids.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 2. */
NANGOLITE_API int nangolite_records_delete(nangolite *store, const nangolite_scope *scope, const char *json,
                                           int64_t length, nangolite_changes *changes);

/* Empties payloads that you no longer need, the oldest stamps first, and keeps all else: such a record
** reads {"id": ...}, and later saves are still compared with what it was. No stamp moves.
** `until_cursor`: as far as this cursor, its record included; NULL: to the end. `limit`: at most so many;
** 0: all. *count: how many were pruned now. *has_more: 1 where more are left to prune as far as the cursor.
** Both may be NULL.
** NANGOLITE_INVALID: a name that is not allowed, a limit below 0.
** NANGOLITE_INVALID_CURSOR: `until_cursor` is no cursor.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 2. */
NANGOLITE_API int nangolite_records_prune(nangolite *store, const nangolite_scope *scope,
                                          const char *until_cursor, int64_t limit, int64_t *count,
                                          int *has_more);

/* *live: the records that are not deleted. *bytes: the size of the payloads that are stored, those of
** deleted records too. Both may be NULL. Takes the same short time however many there are.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_records_count(nangolite *store, const nangolite_scope *scope, int64_t *live,
                                          int64_t *bytes);

/* What to list. Start from zeros: no restriction. Any pointer may be NULL. */
typedef struct nangolite_query {
  const char *modified_after; /* RFC 3339, any offset, up to 9 digits of fraction; strictly after it */
  const char *filter;         /* "added", "updated", "deleted", or several with commas; any letter case */
  const char *cursor;         /* what follows it */
  int limit;                  /* records in a page, 1 to 500; 0: 100 */
  const char *const *ids;     /* only these, numbers as their text */
  size_t id_count;            /* up to 100; 0: no restriction */
} nangolite_query;

/* One record of a page. The strings belong to the page and end with a NUL. */
typedef struct nangolite_record {
  const char *id, *payload; /* id: unescaped, or the number's text; payload: JSON without metadata */
  size_t payload_length;
  const char *last_action; /* "ADDED", "UPDATED" or "DELETED" */
  const char *cursor;      /* its place in the feed, for nangolite_query.cursor and pruning */
  int64_t first_seen_at, last_modified_at;
  int64_t deleted_at, pruned_at; /* 0: null */
} nangolite_record;

/* Records in the order of their stamps. `next_cursor` is NULL exactly where no record follows that matches
** the query. `last_cursor` is what to keep, and to give as the cursor of your next query, to hear of all
** that changes later and of nothing twice. Where records follow, it is the last record's cursor; at the
** end, the cursor that you gave or that of the collection's newest change, whichever is later, so that a
** reader whose filter matches nothing moves on as well. With `ids` it is the cursor that you gave: such a
** page is no place in the feed. It is NULL only where you gave none and the collection has never had a
** change (or you asked for ids). Both belong to the page. */
typedef struct nangolite_page {
  nangolite_record *records;
  size_t count;
  const char *next_cursor, *last_cursor;
} nangolite_page;

/* Reads one page. `query` may be NULL. A cursor is judged by its content alone: it stays good after its
** record has changed or gone, and in other queries. *page: give it back with nangolite_page_free().
** NANGOLITE_INVALID: a name, time, filter, limit or id that is not allowed.
** NANGOLITE_INVALID_CURSOR: `query->cursor` is no cursor.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 2. */
NANGOLITE_API int nangolite_records_list(nangolite *store, const nangolite_scope *scope,
                                         const nangolite_query *query, nangolite_page **page);

/* Frees a page and all its strings. NULL does nothing.
** SPEC.md, section 5. */
NANGOLITE_API void nangolite_page_free(nangolite_page *page);

/* ---- Syncs and variants ---- */

/* A sync function. It reads the external API and writes with nangolite_run_save() and its siblings.
** NANGOLITE_OK is success; with any other result the run has failed, for the reason given to
** nangolite_run_fail(), else as "script_error" with the message of the last call that failed during the run,
** or else the name of the result. It may use the run's store for all but closing or restoring it, executing
** runs and moving the clock with nangolite_run_next_until(). */
typedef int (*nangolite_sync_fn)(nangolite_run *run, void *user);

/* Start from zeros. */
typedef struct nangolite_sync {
  const char *provider_config_key, *name;
  const char *const *models; /* at least one, no two alike */
  size_t model_count;
  const char *frequency; /* "every hour", "every 1.5 hours", "30m": 30 seconds to 365 days */
  int64_t start_at;      /* anchor of the grid of runs; 0: when the instance is created */
  int manual_start;      /* not 0: instances wait for nangolite_sync_start() */
  /* 1 to 100: the end of a delete window refuses to delete more of the records that were live when it opened;
  ** 0: no guard. */
  int max_delete_percent;
  int max_retries;        /* 0 to 100: how often a failed run is repeated before its next turn */
  int retry_after_s;      /* seconds until the first retry, doubled each time; 0: 30; at most 365 days */
  int local_time;         /* not 0: a frequency of whole days keeps the local time of day */
  nangolite_sync_fn exec; /* NULL: runs are claimed with nangolite_run_next() */
  void *user;             /* for exec; must live as long as it can be called */
} nangolite_sync;

/* Defines a sync, and gives it an instance on every connection of its integration. With a name that is
** defined it replaces the definition: instances keep their state, and the frequencies set for them. The
** definition is stored in the file; `exec` and `user` are not: define again at each start. From the first
** definition on a handle serves the syncs that it has defined, and no others: see "The schedule" below. Of
** *sync, `exec` and `user` may be NULL. A frequency is "every half day", "every half hour", "every quarter
** hour", "every hour", "every day",
** "every week", "every month" (30 days), or "every N unit", where "every" and the blank before the unit may
** be missing, N may have decimals, and the unit is s, sec, second, m, min, minute, h, hr, hour, d, day, w,
** week, the long ones also in plural. Runs fall on anchor + k * frequency: each of these times is a turn. An
** instance runs at once when it is created, then on this grid; where start_at is still to come, from then on.
** However many turns were missed, one run makes up for them. With local_time, a frequency of whole days keeps
** the anchor's time of day by local clocks, summer and winter: a time that a day lacks moves forward by the
** length of the gap, of one that it has twice the first counts. Other frequencies ignore it. A failed run is
** repeated after retry_after_s, twice that, and so on, max_retries times for each turn, trigger, start or
** claim; a retry that would fall on or after the next turn is that turn.
** NANGOLITE_INVALID: a name, model, frequency, time, percentage or number that is not allowed, or a model
** that another sync of the integration has.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_define(nangolite *store, const nangolite_sync *sync);

/* Removes a definition with its instances and their records. Runs in progress become aborted.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_SYNC: it is not there.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_remove(nangolite *store, const char *provider_config_key, const char *name);

/* Gives a sync another name; its instances, their state and their records stay, and so does the function that
** this handle has given for it. With its own name it does nothing.
** NANGOLITE_INVALID: a name that is not allowed, or that another sync of the integration has.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_SYNC: it is not there.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_rename(nangolite *store, const char *provider_config_key, const char *name,
                                        const char *new_name);

/* In trigger, start, pause, cancel and status, `connection_id` NULL means all connections of the integration,
** and `sync_count` 0 (`syncs` may then be NULL) all instances, variants included. A name is "sync" (its base)
** or "sync::variant". */

/* For nangolite_sync_trigger(). */
enum {
  NANGOLITE_RESET = 1,        /* forget the checkpoint and an open delete window, abort a run in progress */
  NANGOLITE_EMPTY_CACHE = 2,  /* with NANGOLITE_RESET: also remove the records for good */
  NANGOLITE_ALLOW_DELETES = 4 /* in the run that follows, max_delete_percent does not count */
};

/* Asks for one run as soon as possible, also of a paused sync, which stays paused. Without NANGOLITE_RESET,
** a run in progress ends as it would, and one more run follows it, however often that is asked for.
** NANGOLITE_ALLOW_DELETES is for the one run that follows, however it ends. `flags`: 0 or the above.
** NANGOLITE_INVALID: a name that is not allowed, NANGOLITE_EMPTY_CACHE without NANGOLITE_RESET, or an unknown
** flag.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** NANGOLITE_NO_SYNCS_FOUND: there is no instance of what was meant, be it all or syncs that are named.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_trigger(nangolite *store, const char *provider_config_key,
                                         const char *connection_id, const char *const *syncs,
                                         size_t sync_count, unsigned flags);

/* Starts what is paused, with a run at once; where a run is in progress, with one more after it. No effect on
** what is started.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** NANGOLITE_NO_SYNCS_FOUND: there is no instance of what was meant, be it all or syncs that are named.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_start(nangolite *store, const char *provider_config_key,
                                       const char *connection_id, const char *const *syncs,
                                       size_t sync_count);

/* No further run until nangolite_sync_start(), triggers apart: a waiting trigger, retry or take-up is taken
** back, and a run in progress ends normally. No effect on what is paused.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** NANGOLITE_NO_SYNCS_FOUND: there is no instance of what was meant, be it all or syncs that are named.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_pause(nangolite *store, const char *provider_config_key,
                                       const char *connection_id, const char *const *syncs,
                                       size_t sync_count);

/* Aborts a run in progress, without an event, and takes back a waiting trigger, retry or take-up and what
** nangolite_run_again_at() has asked for. The checkpoint, delete windows and the grid stay: the next turn is
** next. A sync function that cancels itself goes on, hears NANGOLITE_ABORTED from its calls, and is counted
** as having run.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** NANGOLITE_NO_SYNCS_FOUND: there is no instance of what was meant, be it all or syncs that are named.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_cancel(nangolite *store, const char *provider_config_key,
                                        const char *connection_id, const char *const *syncs,
                                        size_t sync_count);

/* Tells the runs of one instance, the one in progress first, then the newest. *json, to be freed with
** nangolite_free():
**     {"runs":[{"id":"7","startedAt":"2024-01-15T10:30:00.000Z","finishedAt":"2024-01-15T10:30:04.250Z",
**       "result":"SUCCESS","type":"INCREMENTAL","error":null,
**       "results":{"Issue":{"added":1,"updated":0,"deleted":0}},
**       "checkpoints":{"from":null,"to":{"page":2}}}]}
** result: "SUCCESS", "ERROR" or "STOPPED"; null, as finishedAt is, of a run in progress. type: "INITIAL" or
** "INCREMENTAL". error: {"type","description"} of a run that failed, each cut at 4,096 bytes. The id is a
** string of digits; times are RFC 3339 with three digits; checkpoints are objects or null. As many runs are
** kept as options.keep_runs says, and at most `limit` are told (0: all).
** NANGOLITE_INVALID: a name that is not allowed, or a limit below 0.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_sync_runs(nangolite *store, const char *provider_config_key,
                                      const char *connection_id, const char *sync, const char *variant,
                                      int limit, char **json);

/* Tells how instances stand. *json, to be freed with nangolite_free():
**     {"syncs":[{"id":"1","connection_id":"user-1","name":"issues","variant":"base","type":"INCREMENTAL",
**       "status":"SUCCESS","frequency":"every hour","finishedAt":"2024-01-15T10:30:04.250Z",
**       "nextScheduledSyncAt":"2024-01-15T11:30:00.000Z","checkpoint":{"page":2},
**       "latestResult":{"Issue":{"added":1,"updated":0,"deleted":0}},"latestExecutionStatus":"SUCCESS",
**       "latestError":null,"progress":null,"recordCount":{"Issue":3}}]}
** status: "RUNNING", "PAUSED", "SUCCESS" (before the first run, too), "ERROR" (the latest run has failed, or
** its lease has ended) or "STOPPED" (it was aborted). latestExecutionStatus: the same without "PAUSED", null
** before the first run. type: "INITIAL" until a run has succeeded since creation or reset. finishedAt: null
** while a run is in progress and before the first. nextScheduledSyncAt: null while paused. latestError:
** {"type","description","at"} of the latest run that has failed since one has succeeded. progress:
** {"done","total"} of a run in progress that has told of it; total is null where it is not known.
** recordCount: live records of each model of the definition. Names that are not there are left out instead of
** refused.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the integration or connection is not
** there.
** NANGOLITE_NO_SYNCS_FOUND: `sync_count` is 0, and there is no instance.
** SPEC.md, sections 3 and 4. */
NANGOLITE_API int nangolite_sync_status(nangolite *store, const char *provider_config_key,
                                        const char *connection_id, const char *const *syncs,
                                        size_t sync_count, char **json);

/* Gives one instance a frequency of its own; NULL: back to the definition's. The anchor stays, the next run
** is the first turn after now, and a turn that is due stays due. *active (may be NULL): the frequency that
** now holds, as it was given; free it with nangolite_free().
** NANGOLITE_INVALID: a name or a frequency that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_sync_set_frequency(nangolite *store, const char *provider_config_key,
                                               const char *connection_id, const char *sync,
                                               const char *variant, const char *frequency, char **active);

/* Creates a variant: a further copy of a sync on one connection, with its own schedule, checkpoint and
** records. It starts as base would.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_INVALID_VARIANT: "base" or NULL.
** NANGOLITE_VARIANT_EXISTS: there is one of this name.
** NANGOLITE_RESOURCE_CAPPED: there are max_variants.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it has nowhere to
** be.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_variant_create(nangolite *store, const char *provider_config_key,
                                           const char *connection_id, const char *sync, const char *variant);

/* Removes a variant with its schedule, checkpoint and records. A run in progress on it becomes aborted.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_INVALID_VARIANT: "base" or NULL.
** NANGOLITE_NOT_FOUND: no such variant.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_variant_delete(nangolite *store, const char *provider_config_key,
                                           const char *connection_id, const char *sync, const char *variant);

/* ---- The schedule ---- */

/* A program executes its syncs in one of two ways. Sync functions with `exec`: sleep until
** nangolite_next_due(), then nangolite_run_due(). Its own loop: nangolite_run_next() claims a run, any
** calls later nangolite_run_finish() ends it.
**
** Which syncs. A handle serves the syncs that it has defined; one that has never defined any serves all that
** are in the file. nangolite_next_due(), _run_due(), _run_until(), _run_next() and _run_next_until() look at
** those and at nothing else, so a loop of next_due and run_due (and of run_next, where there are syncs
** without `exec`) comes to rest, whatever an older version of the program has left in the file.
** nangolite_sync_remove() takes away what is left.
**
** Runs. At most one run of an instance is in progress at a time, over all handles and processes on the file.
** A run holds a lease; when that ends without a word, the run is closed as failed, "expired": by the next
** call that executes or claims on a handle that serves the sync, by the next trigger, start, pause, cancel,
** claim or new frequency of that instance, or by its own nangolite_run_finish(), whichever comes first. An
** expired run did not have its turn: it is taken up at once, from the saved checkpoint, three times; then the
** sync runs once a turn until a run ends by itself.
**
** The clock. A turn is executed once as long as the clock is set back by less than an interval; after a
** greater jump, back or forward, the schedule goes on from the new time. Two handles on one file whose clocks
** differ are not supported for executing syncs (the stamps of their changes are in order all the same).
** Execute what is due before nangolite_maintain(): an app that was closed for ten weeks then syncs before
** anything is removed. */

/* When there is something to do for this handle: a run that it serves is due, its lease ends, or a run's end
** is still to be stored. INT64_MAX: never. In the past: now. 0 where that could not be found out, for NULL
** too: the call that executes then tells why, and so does nangolite_errmsg().
** SPEC.md, sections 3 and 5. */
NANGOLITE_API int64_t nangolite_next_due(nangolite *store);

/* Executes the syncs that are due and have an `exec`, the oldest due first: at most `max_runs`, 0: all. An
** instance runs at most once in a call. A run that fails does not stop the others, and is counted in *ran as
** well. *ran (may be NULL) is set whatever the result. Where the end of a run could not be stored
** (NANGOLITE_BUSY, NANGOLITE_FULL, ...), the call ends with that result, and the next one that executes or
** claims stores the end first.
** NANGOLITE_INVALID: max_runs below 0.
** NANGOLITE_MISUSE: called from inside a sync function.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_due(nangolite *store, int max_runs, int *ran);

/* With a clock that stands still: moves it from one due run to the next, up to and including this time,
** executes each at its time, and leaves the clock at the given time. The same always comes out. The leases of
** runs that this handle holds move along. *ran (may be NULL) is set whatever the result.
** NANGOLITE_INVALID: a time before now.
** NANGOLITE_MISUSE: the clock is running, or called from inside a sync function.
** NANGOLITE_ERROR: also where an instance has run 1,000 times at one instant, because it asks for itself; the
** clock stays there.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_until(nangolite *store, int64_t microseconds, int *ran);

/* Claims the next due run that this handle serves, whether its sync has an `exec` or not. *run: the run, for
** nangolite_run_finish(); NULL: nothing is due.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_next(nangolite *store, nangolite_run **run);

/* Claims a run of this one, now, whether it is due or not, paused or not, served or not. It takes a waiting
** trigger or retry and the due turn along. *run: the run, for nangolite_run_finish().
** NANGOLITE_BUSY: also where a run of it is in progress.
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION, NANGOLITE_UNKNOWN_SYNC: it is not there.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_claim(nangolite *store, const char *provider_config_key,
                                      const char *connection_id, const char *sync, const char *variant,
                                      nangolite_run **run);

/* With a clock that stands still: moves it to the next run that falls due, up to and including this time, and
** claims that as nangolite_run_next() does. *run: the run, for nangolite_run_finish(); NULL: there is none,
** and the clock is at the given time. The leases of runs that this handle holds move along.
** NANGOLITE_INVALID: a time before now.
** NANGOLITE_MISUSE: the clock is running, or called from inside a sync function.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_next_until(nangolite *store, int64_t microseconds, nangolite_run **run);

/* ---- Inside a run ---- */

/* The functions that take a run. All but nangolite_run_fail(), nangolite_run_aborted(), nangolite_run_store()
** and what names the run extend its lease, in the transaction of the call: so those that only read write as
** well. They answer NANGOLITE_ABORTED, having changed nothing, once the run was aborted or its lease has
** ended. A model that is not among those of the sync's definition is NANGOLITE_INVALID. */

/* Sets when this instance runs next, whether this run succeeds or fails: when the API says it may be asked
** again, or now, where there are more pages to come. It is stored at once and takes the place of retries,
** take-ups and the turns until then. A trigger, start or claim before it runs as well, and leaves it. While
** the sync is paused it is kept and not run. It is gone with the first run that begins at or after it, and
** with nangolite_sync_cancel(). A time in the past is now.
** NANGOLITE_INVALID: more than 365 days from now.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_again_at(nangolite_run *run, int64_t microseconds);

/* Tells how far the run has come; the status shows it to every handle until the run ends. `total` 0: it is
** not known.
** NANGOLITE_INVALID: a number below 0.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_progress(nangolite_run *run, int64_t done, int64_t total);

/* Ends a run that was claimed: a success where both strings are NULL, also after nangolite_run_fail(), else a
** failure ("script_error" where only the type is NULL). What it saved, and its checkpoint, stay in both
** cases. Frees the run when it answers NANGOLITE_OK or NANGOLITE_ABORTED; after any other result the run is
** still there and can be finished again.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** NANGOLITE_MISUSE: a run that nangolite_run_due() or nangolite_run_until() executes; those end it
** themselves.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_finish(nangolite_run *run, const char *error_type,
                                       const char *error_description);

/* Extends the lease, where the sync is long without any other call.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_heartbeat(nangolite_run *run);

/* Says what the run is to report if its sync function then returns an error. It fails nothing by itself, does
** not look at the file and does not extend the lease. `error_type` and `error_description` may be NULL:
** "script_error", and no description.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_fail(nangolite_run *run, const char *error_type,
                                     const char *error_description);

/* Whether the run was aborted or its lease has ended: 1 or 0. It does not extend the lease. 0 also where the
** file could not be read (nangolite_errmsg()): the run's next call then tells. 1 for NULL.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_aborted(nangolite_run *run);

/* What is being run. The strings live as long as the run. NULL for NULL.
** SPEC.md, section 5. */
NANGOLITE_API nangolite *nangolite_run_store(nangolite_run *run);
NANGOLITE_API const char *nangolite_run_provider_config_key(nangolite_run *run);
NANGOLITE_API const char *nangolite_run_connection_id(nangolite_run *run);
NANGOLITE_API const char *nangolite_run_sync(nangolite_run *run);
NANGOLITE_API const char *nangolite_run_variant(nangolite_run *run);

/* As nangolite_records_save(), _update(), _delete() and _list(), in the collection of the run's connection
** and variant. `changes` and `query` may be NULL.
** NANGOLITE_INVALID: as there, and a model that is not the sync's.
** NANGOLITE_INVALID_CURSOR: from list, `query->cursor` is no cursor.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, sections 2 and 3. */
NANGOLITE_API int nangolite_run_save(nangolite_run *run, const char *model, const char *json, int64_t length,
                                     nangolite_changes *changes);
NANGOLITE_API int nangolite_run_update(nangolite_run *run, const char *model, const char *json,
                                       int64_t length, nangolite_changes *changes);
NANGOLITE_API int nangolite_run_delete(nangolite_run *run, const char *model, const char *json,
                                       int64_t length, nangolite_changes *changes);
NANGOLITE_API int nangolite_run_list(nangolite_run *run, const char *model, const nangolite_query *query,
                                     nangolite_page **page);

/* Opens a delete window: from now to its end, every record of the model that is saved, updated or deleted, by
** whomever, counts as seen; the end marks every live record that was not seen as deleted. The window lasts
** over runs and restarts: where one is open, start does nothing.
** NANGOLITE_INVALID: a model that is not the sync's.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 2. */
NANGOLITE_API int nangolite_run_track_deletes_start(nangolite_run *run, const char *model);

/* Ends the delete window. *changes (may be NULL): how many were deleted.
** NANGOLITE_INVALID: no window is open, or a model that is not the sync's.
** NANGOLITE_TOO_MANY_DELETES: more than max_delete_percent of the records that were live when the window
** opened would go; nothing is deleted and the window stays open.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 2. */
NANGOLITE_API int nangolite_run_track_deletes_end(nangolite_run *run, const char *model,
                                                  nangolite_changes *changes);

/* How this run writes to a model: "override" (as at its start), or "ignore_if_modified_after": records that
** anybody else changes from now on are left alone; counted as skipped, and as seen in a delete window. It can
** be set once: setting it again in the same run changes nothing.
** NANGOLITE_INVALID: another strategy, or a model that is not the sync's.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_set_merging(nangolite_run *run, const char *model, const char *strategy);

/* The checkpoint is a JSON object in which a sync remembers how far it has read. It outlives runs, failed
** ones too. *json: the checkpoint; NULL: none. Free it with nangolite_free().
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_checkpoint_get(nangolite_run *run, char **json);

/* Replaces the checkpoint. It has at most 16 members; keys of up to 255 characters; values that are strings
** of up to 4,000 characters, numbers or booleans.
** NANGOLITE_INVALID: it is not that.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_checkpoint_save(nangolite_run *run, const char *json);

/* Forgets the checkpoint. Where there is none, NANGOLITE_OK.
** NANGOLITE_ABORTED: the run was aborted or its lease has ended.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_run_checkpoint_clear(nangolite_run *run);

/* ---- Looking around ---- */

/* Tells which connections there are, of an integration; NULL: of all. *json, to be freed with
** nangolite_free():
**     {"connections":[{"provider_config_key":"github","connection_id":"user-1","metadata":{"team":7},
**       "created_at":"2024-01-15T10:30:00.000Z"}]}
** in the order of these names. metadata: null until they are set. What is not there is not in it.
** NANGOLITE_INVALID: a name that is not allowed.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_connections(nangolite *store, const char *provider_config_key, char **json);

/* Tells which definitions of syncs the file has, of an integration; NULL: of all. *json, to be freed with
** nangolite_free():
**     {"syncs":[{"provider_config_key":"github","name":"issues","models":["Issue"],"frequency":"every hour",
**       "start_at":null,"manual_start":false,"max_delete_percent":0,"max_retries":0,"retry_after_s":30,
**       "local_time":false,"served":true}]}
** in the order of these names. start_at: RFC 3339 text, or null. served: whether this handle serves it: one
** that has defined syncs serves those, one that has defined none serves all.
** NANGOLITE_INVALID: a name that is not allowed.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_syncs(nangolite *store, const char *provider_config_key, char **json);

/* Tells which collections there are. NULL names mean all. *json, to be freed with nangolite_free():
**     {"collections":[{"provider_config_key":"github","connection_id":"user-1","model":"Issue",
**       "variant":"base","live":2,"deleted":1,"pruned":0,"bytes":512,"last_change":1705314600000003}]}
** in the order of these names, of a model its base first. live: records that are not deleted. deleted:
** tombstones. pruned: those of both without a payload. bytes: the size of the payloads that are stored.
** last_change: the newest stamp, in microseconds; 0: no record was ever stored. What is not there is not in
** it, an unknown connection as well. `changed_after`: only those with a change after this stamp, such as the
** nangolite_last_change() of the time before; 0: all. Where nothing at all has changed since, that reads one
** row; otherwise it takes a few look-ups for each collection, however many records they have.
** NANGOLITE_INVALID: a name that is not allowed, changed_after below 0.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_collections(nangolite *store, const char *provider_config_key,
                                        const char *connection_id, int64_t changed_after, char **json);

/* The greatest stamp given in the file: what to poll, as often as you like, for whether anything has
** changed. It reads one row. Every change of a record, every beginning and end of a run and every taking
** away moves it, by whatever handle and process. 0: there was none yet, or the file could not be read
** (nangolite_errmsg()); 0 for NULL.
** SPEC.md, section 5. */
NANGOLITE_API int64_t nangolite_last_change(nangolite *store);

/* A connection's metadata: a JSON object in which an application keeps what its syncs need to know of the
** connection. *json: as it was set; "{}" at first. Free it with nangolite_free().
** NANGOLITE_INVALID: a name that is not allowed.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_metadata_get(nangolite *store, const char *provider_config_key,
                                         const char *connection_id, char **json);

/* Sets a connection's metadata. `json`: an object, kept byte for byte without white space around it. `merge`
** 0: it takes the place of the metadata; else its members go over those that are there, at the top only, and
** the others stay: a null is a value like any other.
** NANGOLITE_INVALID: a name that is not allowed, or text that is no JSON object.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, sections 4 and 5. */
NANGOLITE_API int nangolite_metadata_set(nangolite *store, const char *provider_config_key,
                                         const char *connection_id, const char *json, int merge);

/* *value: the variable's value; NULL: it is not set. Free it with nangolite_free().
** NANGOLITE_INVALID: an empty name, or text that is not UTF-8.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_env_get(nangolite *store, const char *name, char **value);

/* ---- JSON ---- */

/* For programs without a JSON library of their own: payloads, statuses and events can be read with these
** two. They need no store, and can be called from any thread. */

/* Finds the value at a JSON pointer (RFC 6901: "/user/login", "/labels/0/name", "" for the whole) in `length`
** bytes of JSON, which may nest 1,000 deep; -1: up to the NUL. *value points into `json` and is not followed
** by a NUL: the value as it is written there, *value_length bytes, a string with its quotes; NULL and 0:
** there is none. Of two equal keys the last one counts. Nothing is allocated.
** NANGOLITE_INVALID: it is not JSON, or not a pointer, or a length below -1.
** NANGOLITE_MISUSE: a pointer is NULL.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_json_find(const char *json, int64_t length, const char *pointer,
                                      const char **value, size_t *value_length);

/* *text: a JSON string's characters, any other JSON value as it is written, without the white space around
** it. `length`: of the value in bytes; (size_t)-1: up to the NUL. Lone surrogates become U+FFFD. Free it with
** nangolite_free().
** NANGOLITE_INVALID: it is not JSON, or a string with U+0000 in it.
** NANGOLITE_MISUSE: a pointer is NULL.
** NANGOLITE_NOMEM: there is no memory for the text.
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_json_text(const char *value, size_t length, char **text);

/* ---- Events ---- */

/* Has `callback` called at the end of each run that this handle ends, aborted ones apart, in the thread that
** ends it, after the end is stored: once for each model of the sync, or of a run that has failed once in all.
** `event_json` is valid during the call, and is the sync event of Nango's webhooks:
**     {"from":"nango","type":"sync","connectionId":"user-1","providerConfigKey":"github","syncName":"issues",
**       "syncVariant":"base","model":"Issue","syncType":"INCREMENTAL","success":true,
**       "modifiedAfter":"2024-01-15T10:30:00.000000Z","responseResults":{"added":1,"updated":0,"deleted":0},
**       "checkpoints":{"from":null,"to":{"page":2}}}
** Listing with modified_after as in modifiedAfter gives all that this run has changed, and all that failed,
** expired and aborted runs before it have changed since one has succeeded. syncType is "INITIAL" until a run
** has succeeded since creation or reset. Of a failed run `model` is the models joined by commas, and in place
** of success, modifiedAfter and responseResults there are "success":false, "error":{"type","description"},
** "startedAt" and "failedAt". The callback may read and write, but must not close the store. One callback a
** handle; NULL: none. `ctx` is passed to it, may be NULL, and must live as long.
** SPEC.md, section 3. */
NANGOLITE_API int nangolite_on_sync(nangolite *store, void (*callback)(void *ctx, const char *event_json),
                                    void *ctx);

/* ---- Care of the file ---- */

/* Verifies every invariant of the store, and SQLite's own of the file; takes time in proportion to its
** size. Whenever it could look, NANGOLITE_OK: *reason is NULL where the store is sound, else the first
** fault that was found, in words; free it with nangolite_free().
** NANGOLITE_MISUSE: also where the connection of an attached store has functions of its own named length or
** typeof.
** SPEC.md, section 6. */
NANGOLITE_API int nangolite_check(nangolite *store, char **reason);

/* Makes a damaged store sound again, in one transaction: then nangolite_check() holds. Where SQLite itself
** cannot read the file any more, first bring out what is left with the `.recover` of SQLite's shell, and open
** that. What can be derived is made again: counters, hashes, identities, entries, the times at which runs are
** due. What cannot be true is dropped or has its default. Records stay, byte for byte; where a payload is
** damaged only that goes, as if it had been pruned, and the next save brings it back as a change.
** Records whose order is in doubt move to the end of the feed, so that a reader may see one twice but misses
** none. A run in progress that cannot be is aborted, and a delete window of which it is not certain what it
** has seen is closed without deleting. It takes time in proportion to the size of the store, with the lock of
** writers held.
** *report: a sentence in a line for each kind of damage; NULL: the store was sound, and nothing was written.
** Free it with nangolite_free(). To fetch again what was lost, trigger the syncs with NANGOLITE_RESET.
** NANGOLITE_CORRUPT: SQLite cannot read the file, or this damage cannot be repaired; nothing was changed.
** NANGOLITE_MISUSE: also as of nangolite_check().
** SPEC.md, section 5. */
NANGOLITE_API int nangolite_repair(nangolite *store, char **report);

/* Copies the store to a new file, while this and other handles use it. The copy is the store at one moment,
** sound and whole, and nangolite_open() opens it; runs in progress are in progress in it too, until their
** leases end. With WAL, writers go on meanwhile, and the WAL grows by what they write; with the rollback
** journal and with memory:NAME they wait. Of an attached store the whole database of the connection is
** copied, your tables too. A copy that failed leaves no file behind.
** NANGOLITE_INVALID: there is a file of this name, or it names no file.
** NANGOLITE_IOERR, NANGOLITE_FULL: also where the new file could not be written.
** NANGOLITE_MISUSE: inside a transaction of yours; memory:NAME with an SQLite before 3.40.1.
** SPEC.md, sections 5 and 6. */
NANGOLITE_API int nangolite_backup(nangolite *store, const char *filename);

/* Does one slice of the care that is due: empties payloads past prune_after_days, removes records past
** delete_after_days, frees what was removed by other calls, at most `max_records` records in all, and gives
** at most as many free pages back to the file system. Nothing of this ever happens unless you call it. Call
** it again and again, and between two calls others can write: *pruned and *deleted (may be NULL) are how many
** records it pruned and freed, and when both are 0, nothing is left to do. So in a call that pruned and freed
** no record, *deleted is how many pages it gave back, or 1 where something else is still to be looked at. The
** call that finds nothing left cuts off a write-ahead log of more than 4 MB, unless somebody else is using
** the file. Execute what is due first: the records of a sync go when it has not run for long, and an app that
** was closed for ten weeks has to run its syncs before that is judged.
** NANGOLITE_INVALID: max_records below 1.
** SPEC.md, sections 2 and 6. */
NANGOLITE_API int nangolite_maintain(nangolite *store, int64_t max_records, int64_t *pruned,
                                     int64_t *deleted);

/* ---- Requests ---- */

/* Answers a request of Nango's HTTP API in the process: the same methods, paths, parameters and bodies, the
** same status and JSON, so that an HTTP client's transport can be pointed at it.
** `method`: "GET". `target`: path and query, percent-encoded. `headers`: lines "Name: value", or NULL.
** `body`: JSON, or NULL. *status: the HTTP status. *response: the JSON; free it with nangolite_free().
** NANGOLITE_OK: there is a response, whatever its status. NANGOLITE_BUSY becomes one of 503, other failures
** of the file one of 500.
** NANGOLITE_MISUSE, NANGOLITE_NOMEM, NANGOLITE_INTERRUPTED: there is no response.
** SPEC.md, section 4. */
NANGOLITE_API int nangolite_request(nangolite *store, const char *method, const char *target,
                                    const char *headers, const char *body, int *status, char **response);

/* ---- Testing syncs ---- */

/* The whole store as the bytes of its database, which nangolite_open() can read as a file, too. *image, of
** *size bytes, goes back with nangolite_free(). It holds all that the file holds: the key of the hashes, and
** the data of users.
** NANGOLITE_MISUSE: the store is attached, or this SQLite has no memdb VFS: it was built with
** SQLITE_OMIT_DESERIALIZE, or before 3.36 without SQLITE_ENABLE_DESERIALIZE.
** NANGOLITE_BUSY: another handle held the file past the busy timeout.
** SPEC.md, section 8. */
NANGOLITE_API int nangolite_snapshot(nangolite *store, void **image, size_t *size);

/* Makes a store in memory what it was when the snapshot was taken, or what another store was; its last stamp
** too, so that a test that is played again gives the same bytes. `image`: `size` bytes, which stay yours.
** Cursors from after the snapshot mean nothing then. Sync functions, the callback of events, options and the
** clock stay as they are. Runs that were in progress read STOPPED, and every run that this handle holds is
** aborted; those that were claimed are still to be finished.
** NANGOLITE_MISUSE: a store in a file, one that is attached, a call from inside a sync function, or an SQLite
** as above.
** NANGOLITE_BUSY: another handle has the same memory:NAME open.
** NANGOLITE_INVALID: the bytes are no store, or one with pages of another size.
** NANGOLITE_CORRUPT, NANGOLITE_NEWER_SCHEMA: they are a store that is damaged, or was written by a newer
** nangolite. After each of these the store is unchanged.
** SPEC.md, section 8. */
NANGOLITE_API int nangolite_restore(nangolite *store, const void *image, size_t size);

/* Compares the live records of a collection with `length` bytes of JSON: an array of expected records, or
** one. By id and by JSON value, as nangolite_records_save() compares; an id of the other JSON type finds
** its record and is no difference, and a member "_nango_metadata" in what is expected does not count. Of a
** pruned record the kept hash is compared. *report is NULL where they are equal, else text for a person who
** reads a failing test; free it with nangolite_free():
**
**     2 differences between the 3 expected and the 2 live records:
**       2 is different:
**         labels[0]: expected "bug", found "feature"
**       missing 3: {"id":3,"open":true}
**
** NANGOLITE_INVALID: a name that is not allowed, text that is not an array of objects with ids, or an id
** twice in it.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: the connection is not there.
** SPEC.md, section 8. */
NANGOLITE_API int nangolite_expect(nangolite *store, const nangolite_scope *scope, const char *json,
                                   int64_t length, char **report);

/* Stores what a sync function did when it was recorded, as Nango's own tests keep it in *.test.json files:
** the object "nango" of such a file, or the whole file.
**
**     {"nango": {"getMetadata": {"repository": "acme/docs"},
**                "batchSave": {"Issue": [{"id": "1", "title": "a"}]},
**                "batchUpdate": {"Issue": [{"id": "1", "title": "b"}]},
**                "batchDelete": {"Issue": [{"id": "2"}]}}}
**
** Or only {"Issue": [records]}, which are saved. In one transaction: makes the connection if need be, sets
** its metadata to getMetadata, then saves, updates and deletes. Of an id twice in batchSave the first counts.
** Other members are ignored, and null is as absent. `variant` NULL: base. *changes (may be NULL) is the sum
** of all.
** NANGOLITE_INVALID: a name that is not allowed, or text that is not as above; the message names the place.
** SPEC.md, section 8. */
NANGOLITE_API int nangolite_fixture_load(nangolite *store, const char *provider_config_key,
                                         const char *connection_id, const char *variant, const char *json,
                                         int64_t length, nangolite_changes *changes);

/* ---- Dumps ---- */

/* A dump is a store as text: one JSON object a line, each with its "kind", in an order that depends on the
** content alone. So two stores have the same content where their dumps are equal, and what differs shows line
** by line. A member that is null or false is left out. Times are microseconds, as everywhere in this header.
** With metadata (here some lines are broken to fit):
**
**   {"kind":"store","format":1,"metadata":true,"last_stamp":1705314600000001,"last_run":1,
**    "clock":1705314600000000,"hash_key":"00112233445566778899aabbccddeeff"}
**   {"kind":"variable","name":"TOKEN","value":"x"}
**   {"kind":"connection","provider_config_key":"github","connection_id":"user-1","metadata":{"team":7},
**    "created_at":1705314600000000,"updated_at":1705314600000000}
**   {"kind":"sync","provider_config_key":"github","sync":"issues","frequency":"every hour",
**    "max_delete_percent":0,"max_retries":0,"retry_after_s":30}
**   {"kind":"model","provider_config_key":"github","sync":"issues","model":"Issue","position":0}
**   {"kind":"instance","provider_config_key":"github","connection_id":"user-1","sync":"issues",
**    "variant":"base","checkpoint":{"page":7},"created_at":1705314600000000,"slot_at":1705318200000000,
**    "may_repeat":true,"retries":0,"expired":0,"started_at":1705314600000000,
**    "finished_at":1705314600000000,"latest":"SUCCESS","is_initial":true,"has_succeeded":true,
**    "latest_run":1,"succeeded_run":1,"idle_since":1705314600000000}
**   {"kind":"result","provider_config_key":"github","connection_id":"user-1","sync":"issues",
**    "variant":"base","model":"Issue","run":1,"added":1,"updated":0,"deleted":0,
**    "changed_after":1705314599999999}
**   {"kind":"run","provider_config_key":"github","connection_id":"user-1","sync":"issues","variant":"base",
**    "number":1,"started_at":1705314600000000,"finished_at":1705314600000000,"result":"SUCCESS",
**    "is_initial":true,"results":{"Issue":{"added":1,"updated":0,"deleted":0}},"checkpoint_to":{"page":7}}
**   {"kind":"collection","provider_config_key":"github","connection_id":"user-1","model":"Issue",
**    "variant":"base","window_live":0}
**   {"kind":"record","provider_config_key":"github","connection_id":"user-1","model":"Issue",
**    "variant":"base","id":"1","action":"ADDED","first_seen_at":1705314600000000,
**    "last_modified_at":1705314600000000,"payload":{"id":1,"title":"x"}}
**   {"kind":"end","lines":11}
**
** A JSON object in a line, such as a payload, stands there as it was given, byte for byte. Where it has a
** line break, or is nested about as deep as JSON may be, it is a string that holds that text. Without
** metadata there are no results, runs, collections and tombstones, nothing tells of times and runs, and the
** records of a collection stand in the order of their ids; with it, in the order of their stamps. A database
** in UTF-16, which only a caller's own connection can have, orders names and ids by that encoding. */

/* What a dump has besides its content. */
enum {
  NANGOLITE_DUMP_METADATA = 1 /* stamps, actions, tombstones, runs: all that nangolite_load() needs */
};

/* Gives the store to `write`, line by line. `text`: a whole line with its line feed, `length` bytes without a
** NUL, which belong to the library. `ctx` goes to `write` as it is. The dump shows one state of the store,
** however long it takes, and the memory that it needs does not grow with the store. Inside `write`, every
** call on this store that can fail is NANGOLITE_MISUSE, and it must not be closed. A slow `write` keeps a
** reader open.
** `scope` NULL: the whole store. A NULL in it means all. Environment variables are in dumps of the whole
** store only; of definitions, a scope with a model has those that name it.
** `flags`: 0 or NANGOLITE_DUMP_METADATA. A dump with metadata is as confidential as the file: it has the key
** of the hashes. Runs in progress are dumped as if they were aborted now, as STOPPED; the store does not
** change.
** NANGOLITE_INTERRUPTED: `write` returned other than 0, which ends the dump.
** NANGOLITE_UNKNOWN_PROVIDER_CONFIG, NANGOLITE_UNKNOWN_CONNECTION: what the scope names is not there.
** NANGOLITE_INVALID: a name that is not allowed, an unknown flag.
** NANGOLITE_CORRUPT: a row that cannot be; the lines before it were given.
** SPEC.md, section 8. */
NANGOLITE_API int nangolite_dump(nangolite *store, const nangolite_scope *scope, unsigned flags,
                                 int (*write)(void *ctx, const char *text, size_t length), void *ctx);

/* Makes an empty store, which has neither connections nor definitions, what the dumped one was: records,
** cursors and stamps, what is due when, windows that are open, and what the next save finds unchanged.
** Dumping it again with metadata gives the same bytes. Its own environment variables go. Sync functions,
** options and the clock of the handle stay; runs that it still holds are aborted. Ids of connections and
** syncs in answers are given anew.
** `json`: what nangolite_dump() has written of a whole store with NANGOLITE_DUMP_METADATA, of `length` bytes
** (-1: up to the NUL). All of it is one transaction, which holds the file's write lock as long as it takes.
** NANGOLITE_INVALID: anything else; the message names the line and what is wrong. Also a store that is not
** empty, and a dump of a store that was made with another as_nango. The store is unchanged.
** NANGOLITE_MISUSE: a call from inside a sync function.
** SPEC.md, section 8. */
NANGOLITE_API int nangolite_load(nangolite *store, const char *json, int64_t length);

/* ---- The functions of SQL ---- */

#ifdef NANGOLITE_EXTENSION
struct sqlite3_api_routines;

/* The library as an extension of SQLite, where it was compiled with -DNANGOLITE_EXTENSION. As a shared
** library it is loaded by SQLite (`.load`, sqlite3_load_extension()). With -DSQLITE_CORE it is linked in, and
** sqlite3_auto_extension((void (*)(void))sqlite3_nangolite_init) gives it to each connection that is opened.
** It works on the store in the connection's database "main":
**
**   nangolite(method, target [, headers [, body]])      the response of nangolite_request(): JSON
**   nangolite_save(provider_config_key, connection_id, model, json [, variant])
**   nangolite_update(...), nangolite_delete(...)        {"added":1,"updated":0,"deleted":0,"unchanged":0,
**                                                        "skipped":0,"duplicates":0}
**   nango_records(provider_config_key, connection_id, model [, variant])
**       a table: id, payload, last_action, first_seen_at, last_modified_at, deleted_at, pruned_at, cursor
**   nango_syncs()
**       a table: provider_config_key, connection_id, name, variant, type, status, frequency, finished_at,
**       next_run_at, checkpoint, latest_result, latest_error_type, latest_error_description,
**       latest_error_at, progress, record_count
**
** nangolite_save() makes the connection where it is missing, and the store where the database has none; all
** others fail there. A failure is an error of the statement, with the message of nangolite_errmsg(); a
** request that is refused has a response. The four functions cannot be used in views and triggers (SQLite
** since 3.30 sees to that), and change the store only where no statement that writes is running: in a SELECT.
** Times are RFC 3339. `cursor` is compared as a place in the feed (by the collation nangolite_cursor), by
** index and in both orders; text that is no cursor is an error where it is compared by index. A statement
** reads what was there when it began.
** SQLite calls it, and gives all three arguments; *message, where it is set, is freed with sqlite3_free().
** Returns a result code of SQLite, 0 for success.
** SPEC.md, section 9. */
NANGOLITE_API int sqlite3_nangolite_init(struct sqlite3 *db, char **message,
                                         const struct sqlite3_api_routines *routines);
#endif

#ifdef __cplusplus
}
#endif

#endif
