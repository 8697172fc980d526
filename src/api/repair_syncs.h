/* repair_syncs: mends definitions, instances, results, kept runs and variables.
**
** A schedule keeps each column that can be true. A run in progress of which anything is missing is aborted. */
#ifndef NANGOLITE_REPAIR_SYNCS_H
#define NANGOLITE_REPAIR_SYNCS_H

#include "api/repair_report.h"

static void repair_syncs(repair *r);

#endif
