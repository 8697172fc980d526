/* request: the requests of the HTTP API, answered in the process. What is checked, and in which order: the
** key, the path, the method, the input, then what it names. */
#ifndef NANGOLITE_REQUEST_H
#define NANGOLITE_REQUEST_H

#include "environment.h"
#include "input.h"
#include "records.h"
#include "secret.h"
#include "syncs.h"

#endif
