/* check: whether a store keeps every invariant that the other parts rely on. */
#ifndef NANGOLITE_CHECK_H
#define NANGOLITE_CHECK_H

#include "payload.h"
#include "record.h"

#endif
