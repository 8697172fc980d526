/* platform: what differs between operating systems; no other part asks which one it is compiled for.
**
** It defines no feature macro, because nangolite.c may be included behind other headers: it takes what the
** system's headers show under the compiler's options. */
#ifndef NANGOLITE_PLATFORM_H
#define NANGOLITE_PLATFORM_H

#include "base/internal.h"

/* The system's clock: microseconds since 1970, UTC. */
static int64_t platform_clock(void);

#endif
