/* connections: the functions of the C API on connections. A connection comes with an instance of every
** sync of its integration, and goes with all that they have stored. */
#ifndef NANGOLITE_CONNECTIONS_H
#define NANGOLITE_CONNECTIONS_H

#include "instance.h"

#endif
