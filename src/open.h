/* open: opening, attaching and closing a store. Everything a store is made of is below this part. */
#ifndef NANGOLITE_OPEN_H
#define NANGOLITE_OPEN_H

#include "due.h"
#include "image.h"
#include "schema.h"

#endif
