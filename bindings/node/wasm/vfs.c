/* The system of the WebAssembly build. It has no files and no threads: SQLite keeps stores, journals and temporary files in
** memory; what it asks of the system besides is the time and random bytes, and wasi-libc has both. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#define PATH_MAX_BYTES 512
#define RANDOM_MAX_BYTES 256             /* what getentropy() gives in one call */
#define JULIAN_DAY_1970_MS INT64_C(210866760000000)

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
  (void)vfs, (void)name, (void)flags, (void)out_flags;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_directory) {
  (void)vfs, (void)name, (void)sync_directory;
  return SQLITE_IOERR_DELETE_NOENT;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *answer) {
  (void)vfs, (void)name, (void)flags;
  *answer = 0;
  return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *path) {
  (void)vfs;
  sqlite3_snprintf(size, path, "%s", name);
  return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *bytes) {
  (void)vfs;
  for (int done = 0; done < size; done += RANDOM_MAX_BYTES) {
    int left = size - done;
    if (getentropy(bytes + done, (size_t)(left < RANDOM_MAX_BYTES ? left : RANDOM_MAX_BYTES)) != 0) return done;
  }
  return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;                   /* nobody else holds a store: there is nothing to wait for */
}

static int vfs_current_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *milliseconds) {
  (void)vfs;
  struct timespec now;
  if (timespec_get(&now, TIME_UTC) == 0) return SQLITE_ERROR;
  *milliseconds = JULIAN_DAY_1970_MS + (sqlite3_int64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  return SQLITE_OK;
}

static int vfs_current_time(sqlite3_vfs *vfs, double *days) {
  sqlite3_int64 milliseconds = 0;
  int result = vfs_current_time_ms(vfs, &milliseconds);
  *days = (double)milliseconds / 86400000.0;
  return result;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *message) {
  (void)vfs, (void)size, (void)message;
  return 0;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {.iVersion = 2,
                            .szOsFile = sizeof(sqlite3_file),
                            .mxPathname = PATH_MAX_BYTES,
                            .zName = "none",
                            .xOpen = vfs_open,
                            .xDelete = vfs_delete,
                            .xAccess = vfs_access,
                            .xFullPathname = vfs_full_pathname,
                            .xRandomness = vfs_randomness,
                            .xSleep = vfs_sleep,
                            .xCurrentTime = vfs_current_time,
                            .xGetLastError = vfs_last_error,
                            .xCurrentTimeInt64 = vfs_current_time_ms};
  return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) {
  return SQLITE_OK;
}

/* ---- Mutexes ---- */

/* SQLite without threads has none, and leaves these functions out. The library calls them. */

sqlite3_mutex *sqlite3_mutex_alloc(int id) {
  static char only;
  (void)id;
  return (sqlite3_mutex *)&only;
}

void sqlite3_mutex_enter(sqlite3_mutex *mutex) {
  (void)mutex;
}

void sqlite3_mutex_leave(sqlite3_mutex *mutex) {
  (void)mutex;
}
