#include "base/platform.h"

#if defined(_WIN32)

/* Declared here as <windows.h> does it, whose macros would get into a program that includes nangolite.c. Every
** version of Windows has this function; those with a finer clock lack it before Windows 8. */
struct _FILETIME;
__declspec(dllimport) void __stdcall GetSystemTimeAsFileTime(struct _FILETIME *time);

static int64_t platform_clock(void) {
  uint32_t time[2] = {0, 0}; /* a FILETIME: tenths of microseconds since 1601, the lower half first */
  GetSystemTimeAsFileTime((struct _FILETIME *)time);
  int64_t since_1601 = (int64_t)((uint64_t)time[1] << 32 | time[0]) / 10;
  return since_1601 - INT64_C(11644473600) * MICROSECONDS_PER_SECOND;
}

#elif defined(CLOCK_REALTIME) && !defined(__wasi__) /* POSIX, Android; WASI may hide the function alone */

static int64_t platform_clock(void) {
  struct timespec time = {0, 0};
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * MICROSECONDS_PER_SECOND + time.tv_nsec / 1000;
}

#elif defined(TIME_UTC) /* C11: the same call, where the options hide what is not of the C standard */

static int64_t platform_clock(void) {
  struct timespec time = {0, 0};
  timespec_get(&time, TIME_UTC);
  return (int64_t)time.tv_sec * MICROSECONDS_PER_SECOND + time.tv_nsec / 1000;
}

#else /* -std=c99 hides both: SQLite has found the clock, and tells days since noon in Greenwich, 4714 BC */

static int64_t platform_clock(void) {
  double days = 2440587.5; /* 1970 */
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  if (vfs != NULL) vfs->xCurrentTime(vfs, &days);
  return (int64_t)((days - 2440587.5) * 86400000 + 0.5) * 1000; /* to the millisecond */
}

#endif
