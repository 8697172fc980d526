/* records: the functions of the C API on records: arguments, a transaction, and the parts that do the
** work. */
#ifndef NANGOLITE_RECORDS_H
#define NANGOLITE_RECORDS_H

#include "page.h"
#include "prune.h"
#include "write.h"

#endif
