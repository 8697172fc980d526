/* disk.h: a disk in memory, as an SQLite VFS. A test can let its operations fail, and cut its power.
**
**   disk_begin(1);                          from now on, files are here: with shared memory (WAL), or without
**   disk_fail(i, SQLITE_IOERR, 0); call;    the operation after i others fails, once or for ever
**   disk_mend(); …
**   disk_cut_power(&random);                what was not synced is there in part
**   disk_end();
**
** One process and one connection at a time: there are no locks. */
#ifndef NANGOLITE_TEST_DISK_H
#define NANGOLITE_TEST_DISK_H

#include <stdlib.h>

#include "plain.h"

enum { DISK_FILES = 6, DISK_SHARED = 8, DISK_SHARED_BYTES = 32768, DISK_SECTOR = 512 };

/* A write that is not synced yet; data NULL: the file was cut off at `offset`. */
typedef struct disk_change {
  struct disk_change *next;
  size_t offset, length;
  unsigned char *data;
} disk_change;

typedef struct disk_file {
  char name[64]; /* "": there is none */
  unsigned char *data, *synced;
  size_t size, synced_size;
  disk_change *first, *last; /* since it was synced */
} disk_file;

typedef struct disk_handle {
  sqlite3_file base;
  int number; /* in disk_files */
  int is_temporary;
} disk_handle;

static disk_file disk_files[DISK_FILES];
static void *disk_shared[DISK_SHARED];
static sqlite3_vfs *disk_usual;
static int disk_left = -1; /* operations that still succeed; -1: all */
static int disk_error, disk_is_for_ever, disk_failures, disk_operations;

static int disk_fails(void) {
  disk_operations++;
  if (disk_left < 0 || disk_left-- > 0) return 0;
  disk_failures++;
  disk_left = disk_is_for_ever ? 0 : -1;
  return 1;
}

/* On a full disk only those operations fail that need room. */
static int disk_result(int code, int needs_room) {
  if (disk_error == SQLITE_FULL && !needs_room) return SQLITE_OK;
  if (!disk_fails()) return SQLITE_OK;
  return disk_error == SQLITE_FULL ? SQLITE_FULL : code;
}

static void *disk_copy(const void *bytes, size_t size) {
  void *copy = malloc(size + 1);
  if (copy == NULL) abort();
  if (size > 0) memcpy(copy, bytes, size);
  return copy;
}

static void disk_forget_changes(disk_file *f) {
  while (f->first != NULL) {
    disk_change *change = f->first;
    f->first = change->next;
    free(change->data);
    free(change);
  }
  f->last = NULL;
}

static void disk_remove(disk_file *f) {
  disk_forget_changes(f);
  free(f->data);
  free(f->synced);
  memset(f, 0, sizeof *f);
}

static disk_file *disk_find(const char *name) {
  for (int i = 0; i < DISK_FILES; i++) {
    if (strcmp(disk_files[i].name, name) == 0) return &disk_files[i];
  }
  return NULL;
}

static void disk_resize(unsigned char **data, size_t *size, size_t wanted) {
  *data = realloc(*data, wanted + 1);
  if (*data == NULL) abort();
  if (wanted > *size) memset(*data + *size, 0, wanted - *size);
  *size = wanted;
}

static void disk_apply(unsigned char **data, size_t *size, const disk_change *change, size_t length) {
  if (change->data == NULL) {
    if (change->offset < *size) *size = change->offset;
    return;
  }
  if (change->offset + length > *size) disk_resize(data, size, change->offset + length);
  if (length > 0) memcpy(*data + change->offset, change->data, length);
}

static void disk_note(disk_file *f, size_t offset, const void *bytes, size_t length) {
  disk_change *change = disk_copy(&(disk_change){NULL, offset, length, NULL}, sizeof *change);
  if (bytes != NULL) change->data = disk_copy(bytes, length);
  if (f->last != NULL) f->last->next = change;
  else f->first = change;
  f->last = change;
  disk_apply(&f->data, &f->size, change, length);
}

/* ---- a file's methods ---------------------------------------------------------------------------------- */

static disk_file *disk_of(sqlite3_file *file) {
  return &disk_files[((disk_handle *)(void *)file)->number];
}

static void disk_drop_shared(void) {
  for (int i = 0; i < DISK_SHARED; i++) {
    free(disk_shared[i]);
    disk_shared[i] = NULL;
  }
}

static int disk_close(sqlite3_file *file) {
  if (((disk_handle *)(void *)file)->is_temporary) disk_remove(disk_of(file));
  return SQLITE_OK;
}

static int disk_read(sqlite3_file *file, void *to, int count, sqlite3_int64 offset) {
  disk_file *f = disk_of(file);
  if (disk_result(SQLITE_IOERR_READ, 0) != SQLITE_OK) return SQLITE_IOERR_READ;
  size_t wanted = (size_t)count, from = (size_t)offset, there = from >= f->size ? 0 : f->size - from;
  if (there > wanted) there = wanted;
  if (there > 0) memcpy(to, f->data + from, there);
  if (there == wanted) return SQLITE_OK;
  memset((char *)to + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

/* A write that fails has written some of it. */
static int disk_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  int code = disk_result(SQLITE_IOERR_WRITE, 1);
  disk_note(disk_of(file), (size_t)offset, bytes, (size_t)(code == SQLITE_OK ? count : count / 2));
  return code;
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int code = disk_result(SQLITE_IOERR_TRUNCATE, 0);
  if (code == SQLITE_OK) disk_note(disk_of(file), (size_t)size, NULL, 0);
  return code;
}

static int disk_sync(sqlite3_file *file, int flags) {
  disk_file *f = disk_of(file);
  int code = disk_result(SQLITE_IOERR_FSYNC, 0);
  (void)flags;
  if (code != SQLITE_OK) return code;
  disk_forget_changes(f);
  free(f->synced);
  f->synced = disk_copy(f->data, f->size);
  f->synced_size = f->size;
  return SQLITE_OK;
}

static int disk_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  *size = (sqlite3_int64)disk_of(file)->size;
  return disk_result(SQLITE_IOERR_FSTAT, 0);
}

static int disk_lock(sqlite3_file *file, int lock) {
  (void)file;
  (void)lock;
  return SQLITE_OK;
}

static int disk_check_lock(sqlite3_file *file, int *is_locked) {
  (void)file;
  *is_locked = 0;
  return SQLITE_OK;
}

static int disk_control(sqlite3_file *file, int operation, void *argument) {
  (void)file;
  (void)operation;
  (void)argument;
  return SQLITE_NOTFOUND;
}

static int disk_sector(sqlite3_file *file) {
  (void)file;
  return DISK_SECTOR;
}

static int disk_characteristics(sqlite3_file *file) {
  (void)file;
  return 0;
}

static int disk_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at) {
  (void)file;
  *at = NULL;
  if (page >= DISK_SHARED || size > DISK_SHARED_BYTES) return SQLITE_IOERR_SHMMAP;
  if (disk_shared[page] == NULL && extend) {
    if (disk_result(SQLITE_IOERR_SHMMAP, 1) != SQLITE_OK) return SQLITE_IOERR_SHMMAP;
    disk_shared[page] = calloc(1, DISK_SHARED_BYTES);
  }
  *at = disk_shared[page];
  return SQLITE_OK;
}

static int disk_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  (void)file;
  (void)offset;
  (void)count;
  (void)flags;
  return SQLITE_OK;
}

static void disk_shm_barrier(sqlite3_file *file) {
  (void)file;
}

static int disk_shm_unmap(sqlite3_file *file, int is_removed) {
  (void)file;
  if (is_removed) disk_drop_shared();
  return SQLITE_OK;
}

/* clang-format off */
static sqlite3_io_methods disk_methods = {
  2, disk_close, disk_read, disk_write, disk_truncate, disk_sync, disk_file_size,
  disk_lock, disk_lock, disk_check_lock, disk_control, disk_sector, disk_characteristics,
  disk_shm_map, disk_shm_lock, disk_shm_barrier, disk_shm_unmap, NULL, NULL};
/* clang-format on */

/* ---- the VFS's methods --------------------------------------------------------------------------------- */

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
  disk_handle *handle = (disk_handle *)(void *)file;
  disk_file *f = name == NULL ? NULL : disk_find(name);
  (void)vfs;
  file->pMethods = NULL;
  if (disk_result(SQLITE_CANTOPEN, 0) != SQLITE_OK) return SQLITE_CANTOPEN;
  if (f == NULL && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
  if (f == NULL) {
    f = disk_find("");
    if (f == NULL) abort();
    snprintf(f->name, sizeof f->name, "%s", name == NULL ? "a temporary file" : name);
  }
  handle->number = (int)(f - disk_files);
  handle->is_temporary = name == NULL;
  file->pMethods = &disk_methods;
  if (flags_out != NULL) *flags_out = flags;
  return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  disk_file *f = disk_find(name);
  (void)vfs;
  (void)sync;
  if (disk_result(SQLITE_IOERR_DELETE, 0) != SQLITE_OK) return SQLITE_IOERR_DELETE;
  if (f == NULL) return SQLITE_IOERR_DELETE_NOENT;
  disk_remove(f);
  return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *is_there) {
  (void)vfs;
  (void)flags;
  *is_there = disk_find(name) != NULL && (flags != SQLITE_ACCESS_EXISTS || disk_find(name)->size > 0);
  return disk_result(SQLITE_IOERR_ACCESS, 0);
}

static int disk_full_name(sqlite3_vfs *vfs, const char *name, int size, char *to) {
  (void)vfs;
  snprintf(to, (size_t)size, "%s", name);
  return SQLITE_OK;
}

static int disk_randomness(sqlite3_vfs *vfs, int count, char *to) {
  (void)vfs;
  return disk_usual->xRandomness(disk_usual, count, to);
}

static int disk_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;
}

static int disk_time(sqlite3_vfs *vfs, double *days) {
  (void)vfs;
  *days = 2460000.5;
  return SQLITE_OK;
}

static int disk_last_error(sqlite3_vfs *vfs, int size, char *to) {
  (void)vfs;
  if (size > 0) *to = '\0';
  return 0;
}

static sqlite3_vfs disk_vfs = {
  1,           sizeof(disk_handle), 60,   NULL, "disk", NULL, disk_open,       disk_delete,
  disk_access, disk_full_name,      NULL, NULL, NULL,   NULL, disk_randomness, disk_sleep,
  disk_time,   disk_last_error,     NULL, NULL, NULL,   NULL};

/* ---- for tests ----------------------------------------------------------------------------------------- */

static void disk_clear(void) {
  for (int i = 0; i < DISK_FILES; i++) disk_remove(&disk_files[i]);
  disk_drop_shared();
}

static void disk_begin(int has_shared_memory) {
  disk_usual = sqlite3_vfs_find(NULL);
  disk_methods.iVersion = has_shared_memory ? 2 : 1;
  disk_clear();
  assert_int_equal(sqlite3_vfs_register(&disk_vfs, 1), SQLITE_OK);
}

static void disk_end(void) {
  assert_int_equal(sqlite3_vfs_unregister(&disk_vfs), SQLITE_OK);
  assert_int_equal(sqlite3_vfs_register(disk_usual, 1), SQLITE_OK);
  disk_clear();
}

/* SQLITE_IOERR: operations of any kind fail, each with its own code. SQLITE_FULL: those that need room. */
static void disk_fail(int after, int error, int for_ever) {
  disk_left = after;
  disk_error = error;
  disk_is_for_ever = for_ever;
  disk_failures = 0;
}

static void disk_mend(void) {
  disk_left = -1;
}

/* What the files hold now, or another time: as a process finds them after another one was killed. */
static void disk_save(disk_file *to) {
  for (int i = 0; i < DISK_FILES; i++) {
    disk_remove(&to[i]);
    if (disk_files[i].name[0] == '\0') continue;
    memcpy(to[i].name, disk_files[i].name, sizeof to[i].name);
    to[i].data = disk_copy(disk_files[i].data, disk_files[i].size);
    to[i].size = disk_files[i].size;
  }
}

static inline void disk_load(const disk_file *from) {
  disk_clear();
  for (int i = 0; i < DISK_FILES; i++) {
    disk_file *f = &disk_files[i];
    if (from[i].name[0] == '\0') continue;
    memcpy(f->name, from[i].name, sizeof f->name);
    f->data = disk_copy(from[i].data, from[i].size);
    f->synced = disk_copy(from[i].data, from[i].size);
    f->size = f->synced_size = from[i].size;
  }
}

/* Of the changes that were not synced, some are kept, some are lost, and some are kept up to a sector. */
static inline void disk_cut_power(test_random *random) {
  disk_drop_shared();
  for (int i = 0; i < DISK_FILES; i++) {
    disk_file *f = &disk_files[i];
    if (f->name[0] == '\0') continue;
    int keeps = (int)random_below(random, 3); /* mostly all, mostly none, or half of them */
    for (const disk_change *change = f->first; change != NULL; change = change->next) {
      int lot = (int)random_below(random, 20);
      size_t length = lot == 0 ? change->length / 2 / DISK_SECTOR * DISK_SECTOR : change->length;
      if (keeps == 0 ? lot != 1 : keeps == 1 ? lot < 2 : lot < 10)
        disk_apply(&f->synced, &f->synced_size, change, length);
    }
    disk_forget_changes(f);
    free(f->data);
    f->data = disk_copy(f->synced, f->synced_size);
    f->size = f->synced_size;
  }
}

#endif
