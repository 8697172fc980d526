/* maintain: the care that is due: payloads past their age, records of syncs that no longer run, freed
** pages. */
#ifndef NANGOLITE_MAINTAIN_H
#define NANGOLITE_MAINTAIN_H

#include "instance.h"
#include "prune.h"

#endif
