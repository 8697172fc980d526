/* due: finding what is due, and executing it. */
#ifndef NANGOLITE_DUE_H
#define NANGOLITE_DUE_H

#include "run.h"

/* Closes all runs in progress: nobody else uses the file, so their processes are dead. */
static void due_close_all(nangolite *store);

#endif
