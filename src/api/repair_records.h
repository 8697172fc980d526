/* repair_records: mends connections, collections, and all that is kept of records.
**
** What is believed, in this order: a record's row, then its entry, then its identity, then its collection's
** numbers. So identities, entries and counters are made again from the records where they differ. */
#ifndef NANGOLITE_REPAIR_RECORDS_H
#define NANGOLITE_REPAIR_RECORDS_H

#include "api/repair_report.h"

static void repair_records(repair *r);

#endif
