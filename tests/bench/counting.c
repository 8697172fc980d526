/* A VFS that counts the bytes written, and passes everything on to the system's own one. */
#include "bench.h"

typedef struct counted_file {
  sqlite3_file base;
  int is_wal;
  sqlite3_file *real; /* lies behind this struct */
} counted_file;

static sqlite3_vfs *real_vfs;
static _Atomic int64_t written, wal_written;

int64_t counting_written(void) {
  return written;
}
int64_t counting_wal_written(void) {
  return wal_written;
}

static sqlite3_file *real_of(sqlite3_file *file) {
  return ((counted_file *)file)->real;
}

static int count_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  written += count;
  if (((counted_file *)file)->is_wal) wal_written += count;
  return real_of(file)->pMethods->xWrite(real_of(file), bytes, count, offset);
}

/* ---- passed on ---- */

static int pass_close(sqlite3_file *f) {
  return real_of(f)->pMethods->xClose(real_of(f));
}
static int pass_read(sqlite3_file *f, void *to, int count, sqlite3_int64 offset) {
  return real_of(f)->pMethods->xRead(real_of(f), to, count, offset);
}
static int pass_truncate(sqlite3_file *f, sqlite3_int64 size) {
  return real_of(f)->pMethods->xTruncate(real_of(f), size);
}
static int pass_sync(sqlite3_file *f, int flags) {
  return real_of(f)->pMethods->xSync(real_of(f), flags);
}
static int pass_size(sqlite3_file *f, sqlite3_int64 *size) {
  return real_of(f)->pMethods->xFileSize(real_of(f), size);
}
static int pass_lock(sqlite3_file *f, int level) {
  return real_of(f)->pMethods->xLock(real_of(f), level);
}
static int pass_unlock(sqlite3_file *f, int level) {
  return real_of(f)->pMethods->xUnlock(real_of(f), level);
}
static int pass_check_lock(sqlite3_file *f, int *is_locked) {
  return real_of(f)->pMethods->xCheckReservedLock(real_of(f), is_locked);
}
static int pass_control(sqlite3_file *f, int operation, void *argument) {
  return real_of(f)->pMethods->xFileControl(real_of(f), operation, argument);
}
static int pass_sector_size(sqlite3_file *f) {
  return real_of(f)->pMethods->xSectorSize(real_of(f));
}
static int pass_characteristics(sqlite3_file *f) {
  return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}
static int pass_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **at) {
  return real_of(f)->pMethods->xShmMap(real_of(f), region, size, extend, at);
}
static int pass_shm_lock(sqlite3_file *f, int offset, int count, int flags) {
  return real_of(f)->pMethods->xShmLock(real_of(f), offset, count, flags);
}
static void pass_shm_barrier(sqlite3_file *f) {
  real_of(f)->pMethods->xShmBarrier(real_of(f));
}
static int pass_shm_unmap(sqlite3_file *f, int remove) {
  return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}
static int pass_fetch(sqlite3_file *f, sqlite3_int64 offset, int count, void **at) {
  return real_of(f)->pMethods->xFetch(real_of(f), offset, count, at);
}
static int pass_unfetch(sqlite3_file *f, sqlite3_int64 offset, void *at) {
  return real_of(f)->pMethods->xUnfetch(real_of(f), offset, at);
}

/* clang-format off */
static const sqlite3_io_methods counted_methods = {
  .iVersion = 3, .xClose = pass_close, .xRead = pass_read, .xWrite = count_write, .xTruncate = pass_truncate,
  .xSync = pass_sync, .xFileSize = pass_size, .xLock = pass_lock, .xUnlock = pass_unlock,
  .xCheckReservedLock = pass_check_lock, .xFileControl = pass_control, .xSectorSize = pass_sector_size,
  .xDeviceCharacteristics = pass_characteristics, .xShmMap = pass_shm_map, .xShmLock = pass_shm_lock,
  .xShmBarrier = pass_shm_barrier, .xShmUnmap = pass_shm_unmap, .xFetch = pass_fetch,
  .xUnfetch = pass_unfetch};
/* clang-format on */

/* ---- the VFS ---- */

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
  counted_file *counted = (counted_file *)file;
  (void)vfs;
  counted->real = (sqlite3_file *)(counted + 1);
  counted->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  int code = real_vfs->xOpen(real_vfs, name, counted->real, flags, flags_out);
  counted->base.pMethods = counted->real->pMethods != NULL ? &counted_methods : NULL;
  return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs;
  return real_vfs->xDelete(real_vfs, name, sync);
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)vfs;
  return real_vfs->xAccess(real_vfs, name, flags, result);
}

static int full_path(sqlite3_vfs *vfs, const char *name, int room, char *path) {
  (void)vfs;
  return real_vfs->xFullPathname(real_vfs, name, room, path);
}

void counting_begin(void) {
  static sqlite3_vfs counting;
  real_vfs = sqlite3_vfs_find(NULL);
  if (real_vfs == NULL) die("counting bytes", "SQLite has no VFS");
  counting = *real_vfs; /* random bytes, time and the like: as they are */
  counting.zName = "counting";
  counting.pNext = NULL;
  counting.szOsFile = (int)sizeof(counted_file) + real_vfs->szOsFile;
  counting.xOpen = open_file;
  counting.xDelete = delete_file;
  counting.xAccess = access_file;
  counting.xFullPathname = full_path;
  if (sqlite3_vfs_register(&counting, 1) != SQLITE_OK) die("counting bytes", "the VFS was refused");
}
