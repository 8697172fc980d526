/* auth: the secret key that requests on a handle must bring, where one was set. */
#ifndef NANGOLITE_AUTH_H
#define NANGOLITE_AUTH_H

#include "base/slice.h"
#include "requests/reply.h"
#include "requests/target.h"

/* Whether a request with these headers may go on. Where it may not, the reply says why. */
static int auth_admits(const nangolite *store, slice headers, reply *r);

#endif
