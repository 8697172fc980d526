/* runs: the functions of the C API inside a run. Each extends the lease, and changes nothing where that
** has ended. */
#ifndef NANGOLITE_RUNS_H
#define NANGOLITE_RUNS_H

#include "checkpoint.h"
#include "due.h"
#include "page.h"

#endif
